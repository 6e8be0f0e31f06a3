//! `account add NETWORK`: a subcommand for each network, with the flags that its form of signing in asks for.

use clap::error::ErrorKind;
use clap::{Arg, ArgAction, ArgMatches, Args, Command, Error, FromArgMatches, Subcommand};
use kossori_api::{Field, Network, Way};

use super::PersonaName;

/// A network, what is known of the account there, and how the sign-in goes.
pub struct Add {
    pub network: Network,
    /// Or the name, where there is nobody to sign in to.
    pub handle: Option<String>,
    pub server: Option<String>,
    pub client_id: Option<String>,
    /// The secret that comes in is the account's: an app password or a token.
    pub with_secret: bool,
    /// It is the secret of the person's own app.
    pub with_app_secret: bool,
    pub paste: bool,
    pub common: Common,
}

#[derive(Args)]
pub struct Common {
    /// Whose voice it is: official and anonymous ones want a deliberate yes each time
    #[arg(long, value_name = "P")]
    pub persona: Option<PersonaName>,
    /// The client's name that this account shows
    #[arg(long, value_name = "N")]
    pub client_name: Option<String>,
    /// Read the proxy that all its calls go through from standard input: the first line, before a secret.
    /// socks5h://[USER:PASSWORD@]HOST:PORT, or the same with http or https
    #[arg(long)]
    pub proxy_stdin: bool,
    /// Allow http:// and loopback or private servers
    #[arg(long)]
    pub local_server: bool,
    /// The directory of Bluesky identities to ask
    #[arg(long, value_name = "URL")]
    pub plc: Option<String>,
}

const APP_PASSWORD: &str = "app_password_stdin";
const TOKEN: &str = "token_stdin";
const PASTE: &str = "paste";

/// An adapter's own address can be another one only for tests, unless it is the account's server.
fn is_for_tests(network: Network) -> bool {
    let form = network.sign_in();
    !form.requires(Field::Server) && !form.asks_for(Field::Handle)
}

fn flag(network: Network, field: Field) -> Arg {
    let is_required = network.sign_in().requires(field);
    let arg = match field {
        Field::Name => Arg::new("name")
            .long("name")
            .value_name("N")
            .help("What it is called"),
        Field::Handle => Arg::new("handle").long("handle").value_name("H"),
        Field::Server => {
            let arg = Arg::new("server").long("server").value_name("URL");
            match (is_required, is_for_tests(network)) {
                (true, _) => arg,
                (false, true) => arg.help("Another address of the API, for tests: on this machine only"),
                (false, false) => arg.help("The account's server, if it is not found by the handle"),
            }
        }
        Field::ClientId => {
            let arg = Arg::new("client_id").long("client-id").value_name("ID");
            if is_required {
                arg
            } else {
                arg.help(
                    "Of your own app there; for Threads by --paste followed by a space and the https page that it leads \
                     back to",
                )
            }
        }
        Field::ClientSecret => {
            return Arg::new("secret_stdin")
                .long("secret-stdin")
                .action(ArgAction::SetTrue)
                .requires("client_id")
                .conflicts_with(TOKEN)
                .help("Read your app's secret from one line of standard input");
        }
    };
    arg.required(is_required)
}

fn command(network: Network) -> Command {
    let facts = network.facts();
    let form = network.sign_in();
    let mut command = Command::new(facts.name)
        .about(facts.command.about)
        .after_help(format!(
            "Example:\n  kossorictl account add {} {}",
            facts.name, facts.command.example
        ));
    let all = [
        Field::Name,
        Field::Handle,
        Field::Server,
        Field::ClientId,
        Field::ClientSecret,
    ];
    let (last, first): (Vec<Field>, Vec<Field>) = all
        .into_iter()
        .filter(|field| form.asks_for(*field))
        .partition(|field| *field == Field::Server && is_for_tests(network));
    command = command.args(first.into_iter().map(|field| flag(network, field)));
    if form.has(Way::AppPassword) {
        command = command.arg(
            Arg::new(APP_PASSWORD)
                .long("app-password-stdin")
                .action(ArgAction::SetTrue)
                .help("Read the app password from one line of standard input"),
        );
    }
    if form.has(Way::Token) {
        command = command.arg(
            Arg::new(TOKEN)
                .long("token-stdin")
                .action(ArgAction::SetTrue)
                .help("Read the token, or a JSON object with access_token, from one line of standard input"),
        );
    }
    if form.has(Way::Paste) {
        command = command.arg(
            Arg::new(PASTE)
                .long("paste")
                .action(ArgAction::SetTrue)
                .conflicts_with(TOKEN)
                .help("Sign in by browser, and paste what it shows at the end"),
        );
    }
    command = command.args(last.into_iter().map(|field| flag(network, field)));
    Common::augment_args(command)
}

impl Subcommand for Add {
    fn augment_subcommands(command_of_all: Command) -> Command {
        command_of_all.subcommands(Network::ALL.map(command))
    }

    fn augment_subcommands_for_update(command_of_all: Command) -> Command {
        Self::augment_subcommands(command_of_all)
    }

    fn has_subcommand(name: &str) -> bool {
        Network::parse(name).is_some()
    }
}

impl FromArgMatches for Add {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        let missing = || Error::new(ErrorKind::MissingSubcommand);
        let (name, given) = matches.subcommand().ok_or_else(missing)?;
        let network = Network::parse(name).ok_or_else(missing)?;
        // A flag that the network's form does not ask for is not there to be read.
        let text = |id: &str| given.try_get_one::<String>(id).ok().flatten().cloned();
        let is_set = |id: &str| {
            given
                .try_get_one::<bool>(id)
                .ok()
                .flatten()
                .is_some_and(|set| *set)
        };
        Ok(Add {
            network,
            handle: text("handle").or_else(|| text("name")),
            server: text("server"),
            client_id: text("client_id"),
            with_secret: is_set(APP_PASSWORD) || is_set(TOKEN),
            with_app_secret: is_set("secret_stdin"),
            paste: is_set(PASTE),
            common: Common::from_arg_matches(given)?,
        })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}
