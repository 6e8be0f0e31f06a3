//! The table of networks: what differs between them is data, checked before anything is sent.

use serde::{Deserialize, Serialize};

mod cases;
mod facts;
mod limits;
mod said;
mod sign_in;
/// One row a file.
mod table {
    pub(super) mod bluesky;
    pub(super) mod linkedin;
    pub(super) mod mastodon;
    pub(super) mod misskey;
    pub(super) mod practice;
    pub(super) mod threads;
    pub(super) mod x;
}

pub use cases::{Case, cannot_happen};
pub use facts::{Command, Facts, Warning};
pub use limits::{Limits, MediaLimits, Refers, TextLimit, TextUnit};
pub use said::{Said, SaidRow};
pub use sign_in::{Field, Form, Way};

macro_rules! networks {
    ($($network:ident => $row:ident,)+) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "lowercase")]
        pub enum Network {
            $($network,)+
        }

        impl Network {
            pub const ALL: [Network; [$(Network::$network),+].len()] = [$(Network::$network),+];

            /// Its row of the table.
            pub fn facts(self) -> &'static Facts {
                match self {
                    $(Network::$network => &table::$row::FACTS,)+
                }
            }
        }
    };
}

networks! {
    Practice => practice,
    Bluesky => bluesky,
    Mastodon => mastodon,
    Misskey => misskey,
    X => x,
    Threads => threads,
    LinkedIn => linkedin,
}

impl Network {
    pub fn as_str(self) -> &'static str {
        self.facts().name
    }

    pub fn parse(text: &str) -> Option<Network> {
        Network::ALL.into_iter().find(|network| network.as_str() == text)
    }

    /// Whether the network takes money for what is posted (`crate::cost`).
    pub fn is_paid(self) -> bool {
        self.facts().is_paid
    }

    /// How a thread goes out: at once or part by part (RULES.md 3).
    pub fn thread(self) -> ThreadSending {
        self.facts().thread
    }

    /// Visibilities the network knows; the first is its default. Empty: the network has no such thing,
    /// and asking for one is refused, never mapped to a wider one.
    pub fn visibilities(self) -> &'static [Visibility] {
        self.facts().visibilities
    }

    /// Whether a post that quotes may have pictures of its own.
    pub fn has_quotes_with_pictures(self) -> bool {
        self.facts().has_quotes_with_pictures
    }

    pub fn warning(self) -> Warning {
        self.facts().warning
    }

    /// Limits until the server has named its own.
    pub fn default_limits(self) -> Limits {
        self.facts().limits.clone()
    }

    pub fn sign_in(self) -> &'static Form {
        &self.facts().sign_in
    }
}

impl std::fmt::Display for Network {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ThreadSending {
    /// All parts in one call, all or nothing.
    AtOnce,
    /// One post call a part, each a reply to the last.
    PartByPart,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Persona {
    Personal,
    Official,
    Anonymous,
}

impl Persona {
    /// Official and anonymous accounts are never preselected and need a deliberate confirm.
    pub fn needs_confirm(self) -> bool {
        self != Persona::Personal
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Visibility {
    Public,
    Unlisted,
    Private,
    Direct,
}

impl Visibility {
    /// The widest first.
    pub const ALL: [Visibility; 4] = [
        Visibility::Public,
        Visibility::Unlisted,
        Visibility::Private,
        Visibility::Direct,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Visibility::Public => "public",
            Visibility::Unlisted => "unlisted",
            Visibility::Private => "private",
            Visibility::Direct => "direct",
        }
    }
}

/// Which software answers the Mastodon API: told by nodeinfo.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Software {
    Mastodon,
    Akkoma,
    Pleroma,
    GoToSocial,
    Pixelfed,
    Friendica,
    Snac,
    /// Everything else, and no readable nodeinfo.
    Unknown,
}

impl Software {
    pub const ALL: [Software; 8] = [
        Software::Mastodon,
        Software::Akkoma,
        Software::Pleroma,
        Software::GoToSocial,
        Software::Pixelfed,
        Software::Friendica,
        Software::Snac,
        Software::Unknown,
    ];

    /// From nodeinfo's `software.name`, which is compared in lower case.
    pub fn from_nodeinfo(name: &str) -> Software {
        match name.to_ascii_lowercase().as_str() {
            "mastodon" => Software::Mastodon,
            "akkoma" => Software::Akkoma,
            "pleroma" => Software::Pleroma,
            "gotosocial" => Software::GoToSocial,
            "pixelfed" => Software::Pixelfed,
            "friendica" => Software::Friendica,
            "snac" | "snac2" => Software::Snac,
            _ => Software::Unknown,
        }
    }

    pub fn honours_idempotency_key(self) -> bool {
        matches!(self, Software::Mastodon | Software::Akkoma | Software::Pleroma)
    }

    /// Two calls with one key at the same moment make one post: the server takes a lock for the key. Akkoma and older
    /// Pleroma know of a key only what they have answered to it, and the name does not tell which Pleroma it is
    /// (NETWORKS.md 3.5): there, a call that arrives late while the next one is being answered is a second post.
    pub fn locks_idempotency_key(self) -> bool {
        self == Software::Mastodon
    }
}

#[cfg(test)]
mod tests {
    use super::Network;

    #[test]
    fn a_network_has_one_word_everywhere() {
        for network in Network::ALL {
            let word = serde_json::to_value(network).unwrap();
            assert_eq!(word, network.as_str());
            assert_eq!(Network::parse(network.as_str()), Some(network));
        }
    }
}
