//! How one signs in to a network: the ways, and what a person has to give for each. The page's forms, the command line's flags
//! and docs/networks.md are made from this.

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
pub(super) const REGISTERED: &[u16] = &[8737, 8738, 8739];

impl Form {
    pub(super) const fn of(
        ways: &'static [Way],
        required: &'static [Field],
        optional: &'static [Field],
    ) -> Form {
        Form {
            ways,
            required,
            optional,
            ports: &[],
            lasts_days: None,
            lasts_days_by_browser: None,
        }
    }

    pub fn has(&self, way: Way) -> bool {
        self.ways.contains(&way)
    }

    pub fn requires(&self, field: Field) -> bool {
        self.required.contains(&field)
    }

    /// Required or not.
    pub fn asks_for(&self, field: Field) -> bool {
        self.requires(field) || self.optional.contains(&field)
    }
}
