//! `account`: one identity on one network.

use clap::{Args, Subcommand, ValueEnum};
use kossori_api::{
    AccountAdded, AccountChanged, AccountRemoved, AccountView, Accounts, Network, Persona, Request,
};
use serde_json::Value;

use crate::content::{any_line, secret_line};
use crate::session::Will;
use crate::sign_in::SignInByBrowser;
use crate::task::{Outcome, Show, Task, read};
use crate::words::Words;

#[derive(Subcommand)]
pub enum Account {
    /// Add one
    #[command(
        subcommand,
        after_help = "Example:\n  kossorictl account add practice --name me"
    )]
    Add(Box<Add>),
    /// All of them
    #[command(after_help = "Example:\n  kossorictl account list --json")]
    List,
    /// Ask its server who the tokens speak for, and what it accepts
    #[command(after_help = "Example:\n  kossorictl account check ID")]
    Check { id: String },
    /// Sign in again
    #[command(after_help = "Example:\n  kossorictl account sign-in ID --app-password-stdin < password")]
    SignIn(SignIn),
    /// Forget its tokens; what is queued waits
    #[command(after_help = "Example:\n  kossorictl account sign-out ID")]
    SignOut { id: String },
    /// Change its persona, client name or proxy
    #[command(after_help = "Example:\n  kossorictl account edit ID --persona official")]
    Edit(Edit),
    /// Remove it; its deliveries become drafts
    #[command(after_help = "Example:\n  kossorictl account remove ID")]
    Remove { id: String },
}

#[derive(Subcommand)]
pub enum Add {
    /// The built-in network that needs no account: a local timeline
    #[command(after_help = "Example:\n  kossorictl account add practice --name me")]
    Practice {
        /// What it is called
        #[arg(long, value_name = "N")]
        name: Option<String>,
        #[command(flatten)]
        common: Common,
    },
    /// Bluesky, with an app password, or by browser for 14 days
    #[command(
        after_help = "Example:\n  kossorictl account add bluesky --handle me.bsky.social --app-password-stdin < password"
    )]
    Bluesky {
        #[arg(long, value_name = "H")]
        handle: String,
        /// The account's server, if it is not found by the handle
        #[arg(long, value_name = "URL")]
        server: Option<String>,
        /// Read the app password from one line of standard input
        #[arg(long)]
        app_password_stdin: bool,
        #[command(flatten)]
        common: Common,
    },
    /// Mastodon and servers like it, by browser or with a token
    #[command(after_help = "Example:\n  kossorictl account add mastodon --server https://example.social")]
    Mastodon {
        #[arg(long, value_name = "URL")]
        server: String,
        #[command(flatten)]
        token: TokenOrBrowser,
        #[command(flatten)]
        common: Common,
    },
    /// Misskey and its forks, by browser or with a token
    #[command(after_help = "Example:\n  kossorictl account add misskey --server https://example.social")]
    Misskey {
        #[arg(long, value_name = "URL")]
        server: String,
        #[command(flatten)]
        token: TokenOrBrowser,
        #[command(flatten)]
        common: Common,
    },
    /// X, with the client ID of an app of your own
    #[command(after_help = "Example:\n  kossorictl account add x --client-id ID")]
    X {
        #[arg(long, value_name = "ID")]
        client_id: String,
        #[command(flatten)]
        token: TokenOrBrowser,
        /// Another address of the API, for tests: on this machine only
        #[arg(long, value_name = "URL")]
        server: Option<String>,
        #[command(flatten)]
        common: Common,
    },
    /// Threads, with a token or an app of your own
    #[command(after_help = "Example:\n  kossorictl account add threads --token-stdin < token")]
    Threads {
        #[command(flatten)]
        app: OwnApp,
        #[command(flatten)]
        token: TokenOrBrowser,
        /// Another address of the API, for tests: on this machine only
        #[arg(long, value_name = "URL")]
        server: Option<String>,
        #[command(flatten)]
        common: Common,
    },
    /// LinkedIn, with a token or an app of your own
    #[command(
        name = "linkedin",
        after_help = "Example:\n  kossorictl account add linkedin --client-id ID --secret-stdin < secret"
    )]
    LinkedIn {
        #[command(flatten)]
        app: OwnApp,
        #[command(flatten)]
        token: TokenOrBrowser,
        /// Another address of the API, for tests: on this machine only
        #[arg(long, value_name = "URL")]
        server: Option<String>,
        #[command(flatten)]
        common: Common,
    },
}

#[derive(Args)]
pub struct TokenOrBrowser {
    /// Read the token, or a JSON object with access_token, from one line of standard input
    #[arg(long)]
    token_stdin: bool,
    /// Sign in by browser, and paste what it shows at the end
    #[arg(long, conflicts_with = "token_stdin")]
    paste: bool,
}

#[derive(Args)]
pub struct OwnApp {
    /// Of your own app there; for Threads by --paste followed by a space and the https page that it leads back to
    #[arg(long, value_name = "ID")]
    client_id: Option<String>,
    /// Read your app's secret from one line of standard input
    #[arg(long, requires = "client_id", conflicts_with = "token_stdin")]
    secret_stdin: bool,
}

#[derive(Args)]
pub struct Common {
    /// Whose voice it is: official and anonymous ones want a deliberate yes each time
    #[arg(long, value_name = "P")]
    persona: Option<PersonaName>,
    /// The client's name that this account shows
    #[arg(long, value_name = "N")]
    client_name: Option<String>,
    /// Read the proxy that all its calls go through from standard input: the first line, before a secret.
    /// socks5h://[USER:PASSWORD@]HOST:PORT, or the same with http or https
    #[arg(long)]
    proxy_stdin: bool,
    /// Allow http:// and loopback or private servers
    #[arg(long)]
    local_server: bool,
    /// The directory of Bluesky identities to ask
    #[arg(long, value_name = "URL")]
    plc: Option<String>,
}

#[derive(Args)]
pub struct SignIn {
    id: String,
    /// Read the app password from one line of standard input
    #[arg(long, conflicts_with = "token_stdin")]
    app_password_stdin: bool,
    /// Read the token from one line of standard input
    #[arg(long)]
    token_stdin: bool,
    /// Of your own app there, if it is another one now
    #[arg(long, value_name = "ID")]
    client_id: Option<String>,
    /// Read your app's secret from one line of standard input
    #[arg(long, conflicts_with_all = ["app_password_stdin", "token_stdin"])]
    secret_stdin: bool,
    /// Sign in by browser, and paste what it shows at the end
    #[arg(long, conflicts_with_all = ["app_password_stdin", "token_stdin"])]
    paste: bool,
}

#[derive(Args)]
pub struct Edit {
    id: String,
    #[arg(long, value_name = "P")]
    persona: Option<PersonaName>,
    #[arg(long, value_name = "N")]
    client_name: Option<String>,
    /// Read the proxy that all its calls go through from one line of standard input:
    /// socks5h://[USER:PASSWORD@]HOST:PORT, or the same with http or https; none, or an empty line, removes it
    #[arg(long)]
    proxy_stdin: bool,
}

#[derive(Clone, Copy, ValueEnum)]
pub enum PersonaName {
    Personal,
    Official,
    Anonymous,
}

impl From<PersonaName> for Persona {
    fn from(name: PersonaName) -> Persona {
        match name {
            PersonaName::Personal => Persona::Personal,
            PersonaName::Official => Persona::Official,
            PersonaName::Anonymous => Persona::Anonymous,
        }
    }
}

pub fn task(account: Account) -> Outcome<Task> {
    Ok(match account {
        Account::Add(new) => add(*new)?,
        Account::List => Task::ask(Request::AccountList, show_list),
        Account::Check { id } => Task::ask(Request::AccountCheck { id }, show_one),
        Account::SignIn(typed) => {
            if typed.app_password_stdin || typed.token_stdin {
                let secret = Some(secret_line()?);
                return Ok(Task::ask(
                    Request::AccountSignIn { id: typed.id, secret },
                    show_one,
                ));
            }
            let client_secret = typed.secret_stdin.then(secret_line).transpose()?;
            let without = Request::AccountSignIn {
                id: typed.id.clone(),
                secret: None,
            };
            by_browser(
                Some(without),
                Request::SignInBegin {
                    account: Some(typed.id),
                    network: None,
                    handle: None,
                    server: None,
                    client_id: typed.client_id,
                    client_secret,
                    persona: None,
                    client_name: None,
                    local_server: false,
                    plc: None,
                    proxy: None,
                    paste: typed.paste,
                },
                typed.paste,
                show_one,
            )
        }
        Account::SignOut { id } => Task::ask(Request::AccountSignOut { id }, show_signed_out),
        Account::Edit(typed) => {
            let proxy = typed.proxy_stdin.then(any_line).transpose()?;
            let persona = typed.persona.map(Persona::from);
            Task::ask(
                Request::AccountEdit {
                    id: typed.id,
                    persona,
                    client_name: typed.client_name,
                    proxy,
                },
                show_one,
            )
        }
        Account::Remove { id } => Task::ask(Request::AccountRemove { id }, show_removed),
    })
}

/// A network, what is known of the account there, and how the sign-in goes.
struct New {
    network: Network,
    handle: Option<String>,
    server: Option<String>,
    client_id: Option<String>,
    /// The secret that comes in is the account's: an app password or a token.
    with_secret: bool,
    /// It is the secret of the person's own app.
    with_app_secret: bool,
    paste: bool,
    common: Common,
}

impl New {
    fn of(network: Network, common: Common) -> New {
        New {
            network,
            handle: None,
            server: None,
            client_id: None,
            with_secret: false,
            with_app_secret: false,
            paste: false,
            common,
        }
    }

    fn with(self, token: &TokenOrBrowser) -> New {
        New {
            with_secret: token.token_stdin,
            paste: token.paste,
            ..self
        }
    }

    fn of_app(self, app: OwnApp) -> New {
        New {
            client_id: app.client_id,
            with_app_secret: app.secret_stdin,
            ..self
        }
    }
}

fn add(new: Add) -> Outcome<Task> {
    let new = match new {
        Add::Practice { name, common } => New {
            handle: name,
            ..New::of(Network::Practice, common)
        },
        Add::Bluesky {
            handle,
            server,
            app_password_stdin,
            common,
        } => New {
            handle: Some(handle),
            server,
            with_secret: app_password_stdin,
            ..New::of(Network::Bluesky, common)
        },
        Add::Mastodon {
            server,
            token,
            common,
        } => New {
            server: Some(server),
            ..New::of(Network::Mastodon, common).with(&token)
        },
        Add::Misskey {
            server,
            token,
            common,
        } => New {
            server: Some(server),
            ..New::of(Network::Misskey, common).with(&token)
        },
        Add::X {
            client_id,
            token,
            server,
            common,
        } => New {
            server,
            client_id: Some(client_id),
            ..New::of(Network::X, common).with(&token)
        },
        Add::Threads {
            app,
            token,
            server,
            common,
        } => New {
            server,
            ..New::of(Network::Threads, common).with(&token).of_app(app)
        },
        Add::LinkedIn {
            app,
            token,
            server,
            common,
        } => New {
            server,
            ..New::of(Network::LinkedIn, common).with(&token).of_app(app)
        },
    };
    let proxy = new.common.proxy_stdin.then(any_line).transpose()?;
    let persona = new.common.persona.map(Persona::from);
    if new.network != Network::Practice && !new.with_secret {
        let client_secret = new.with_app_secret.then(secret_line).transpose()?;
        let request = Request::SignInBegin {
            account: None,
            network: Some(new.network),
            handle: new.handle,
            server: new.server,
            client_id: new.client_id,
            client_secret,
            persona,
            client_name: new.common.client_name,
            local_server: new.common.local_server,
            plc: new.common.plc,
            proxy,
            paste: new.paste,
        };
        return Ok(by_browser(None, request, new.paste, show_added));
    }
    let secret = new.with_secret.then(secret_line).transpose()?;
    let request = Request::AccountAdd {
        network: new.network,
        handle: new.handle,
        server: new.server,
        secret,
        client_id: new.client_id,
        persona,
        client_name: new.common.client_name,
        local_server: new.common.local_server,
        plc: new.common.plc,
        proxy,
    };
    Ok(Task::Ask {
        request,
        will: will(),
        show: show_added,
    })
}

fn by_browser(without: Option<Request>, begin: Request, paste: bool, show: Show) -> Task {
    Task::SignIn(Box::new(SignInByBrowser {
        without,
        begin,
        paste,
        will: will(),
        show,
    }))
}

/// Typed on a terminal it may make the keyring ask; from a script it may not (RULES.md 6).
fn will() -> Will {
    if is_typed() { Will::MayPrompt } else { Will::Usual }
}

/// A person at a terminal typed this, whatever is redirected.
fn is_typed() -> bool {
    use std::io::IsTerminal;
    std::io::stdin().is_terminal() || std::io::stdout().is_terminal() || std::io::stderr().is_terminal()
}

fn show_added(words: &Words, answer: Value) -> Outcome<String> {
    let added: AccountAdded = read(answer)?;
    let said = words.say(
        "cli.account_added",
        &[("handle", &added.handle), ("network", &added.network)],
    );
    Ok(words.lines([said, added.id]))
}

fn show_list(words: &Words, answer: Value) -> Outcome<String> {
    let list: Accounts = read(answer)?;
    if list.accounts.is_empty() {
        return Ok(words.say("cli.no_accounts", &[]));
    }
    let rows: Vec<Vec<String>> = list.accounts.iter().map(|account| row(words, account)).collect();
    Ok(words.table(&rows))
}

fn show_one(words: &Words, answer: Value) -> Outcome<String> {
    let account: AccountView = read(answer.clone())?;
    let changed: AccountChanged = read(answer)?;
    Ok(words.lines([words.table(&[row(words, &account)]), words.moved(&changed.moved)]))
}

fn show_signed_out(words: &Words, answer: Value) -> Outcome<String> {
    let changed: AccountChanged = read(answer)?;
    Ok(words.lines([words.say("cli.signed_out", &[]), words.moved(&changed.moved)]))
}

fn row(words: &Words, account: &AccountView) -> Vec<String> {
    vec![
        account.id.clone(),
        account.network.clone(),
        account.handle.clone(),
        words.word("persona", &account.persona),
        words.word("health", &account.health),
        account
            .proxy
            .iter()
            .map(|kind| words.say("cli.proxied", &[("kind", kind)]))
            .collect(),
    ]
}

fn show_removed(words: &Words, answer: Value) -> Outcome<String> {
    let removed: AccountRemoved = read(answer)?;
    let count = removed.drafts.len().to_string();
    let said = words.say("cli.account_removed", &[("count", &count)]);
    Ok(words.lines(
        [said]
            .into_iter()
            .chain(removed.drafts)
            .chain([words.moved(&removed.moved)]),
    ))
}
