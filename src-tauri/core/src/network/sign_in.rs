//! How one signs in to a network: the ways, and what a person has to give for each. The page's forms, the command line's flags
//! and docs/networks.md are made from this.

use super::Network;

/// Listed best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// There is nobody to sign in to.
    Nobody,
    /// The system's browser, and back through a port of this machine or a question to the server.
    Browser,
    /// The browser, and what it shows at the end is pasted: the network takes no address of this machine.
    Paste,
    /// One that the network makes for apps.
    AppPassword,
    /// One that was made in the network's own settings.
    Token,
}

impl Way {
    pub fn as_str(self) -> &'static str {
        match self {
            Way::Nobody => "nobody",
            Way::Browser => "browser",
            Way::Paste => "paste",
            Way::AppPassword => "app_password",
            Way::Token => "token",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    Name,
    Handle,
    Server,
    /// Of the person's own registration with the network.
    ClientId,
    ClientSecret,
}

impl Field {
    pub fn as_str(self) -> &'static str {
        match self {
            Field::Name => "name",
            Field::Handle => "handle",
            Field::Server => "server",
            Field::ClientId => "client_id",
            Field::ClientSecret => "client_secret",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Form {
    pub ways: &'static [Way],
    pub required: &'static [Field],
    pub optional: &'static [Field],
    /// The ports that a browser may come back to, where they must be registered (RULES.md 8). Empty: any.
    pub ports: &'static [u16],
    /// What a session lasts without the person, in days. `None`: until it is ended.
    pub lasts_days: Option<u32>,
    /// The same of one by browser, where that is less.
    pub lasts_days_by_browser: Option<u32>,
}

/// For networks that take only addresses that were registered, to the letter (RULES.md 8).
const REGISTERED: &[u16] = &[8737, 8738, 8739];

impl Form {
    pub fn has(&self, way: Way) -> bool {
        self.ways.contains(&way)
    }
}

impl Network {
    pub fn sign_in(self) -> Form {
        match self {
            Network::Practice => Form {
                ways: &[Way::Nobody],
                required: &[],
                optional: &[Field::Name],
                ports: &[],
                lasts_days: None,
                lasts_days_by_browser: None,
            },
            // An app password's session is renewed as long as it is used, one by browser ends after 14 days whatever is done
            // (NETWORKS.md 2.1): for what goes out unattended the app password stands first.
            Network::Bluesky => Form {
                ways: &[Way::AppPassword, Way::Browser],
                required: &[Field::Handle],
                optional: &[Field::Server],
                ports: &[],
                lasts_days: None,
                lasts_days_by_browser: Some(14),
            },
            Network::Mastodon => Form {
                ways: &[Way::Browser, Way::Paste, Way::Token],
                required: &[Field::Server],
                optional: &[],
                ports: &[],
                lasts_days: None,
                lasts_days_by_browser: None,
            },
            // MiAuth (NETWORKS.md 4.1).
            Network::Misskey => Form {
                ways: &[Way::Browser, Way::Token],
                required: &[Field::Server],
                optional: &[],
                ports: &[],
                lasts_days: None,
                lasts_days_by_browser: None,
            },
            // The person's own client id; a refresh token's life is not documented (NETWORKS.md 1.1).
            Network::X => Form {
                ways: &[Way::Browser, Way::Token],
                required: &[Field::ClientId],
                optional: &[Field::Server],
                ports: REGISTERED,
                lasts_days: None,
                lasts_days_by_browser: None,
            },
            // NETWORKS.md 5.1.
            Network::Threads => Form {
                ways: &[Way::Token, Way::Paste],
                required: &[],
                optional: &[Field::ClientId, Field::ClientSecret, Field::Server],
                ports: &[],
                lasts_days: Some(60),
                lasts_days_by_browser: None,
            },
            // NETWORKS.md 6.1.
            Network::LinkedIn => Form {
                ways: &[Way::Browser, Way::Paste, Way::Token],
                required: &[],
                optional: &[Field::ClientId, Field::ClientSecret, Field::Server],
                ports: REGISTERED,
                lasts_days: Some(60),
                lasts_days_by_browser: None,
            },
        }
    }
}
