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

mod add;

use add::Add;

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
                    Request::AccountSignIn {
                        id: typed.id,
                        secret,
                        client_id: typed.client_id,
                    },
                    show_one,
                ));
            }
            let client_secret = typed.secret_stdin.then(secret_line).transpose()?;
            let without = Request::AccountSignIn {
                id: typed.id.clone(),
                secret: None,
                client_id: None,
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

fn add(new: Add) -> Outcome<Task> {
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
