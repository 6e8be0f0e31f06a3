//! The table of networks: what differs between them is data, checked before anything is sent.

use serde::{Deserialize, Serialize};

mod cases;
mod limits;
mod sign_in;

pub use cases::{Case, cannot_happen};
pub use limits::{Limits, MediaLimits, Refers, TextLimit, TextUnit};
pub use sign_in::{Field, Form, Way};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Network {
    Practice,
    Bluesky,
    Mastodon,
    Misskey,
    X,
    Threads,
    LinkedIn,
}

impl Network {
    pub const ALL: [Network; 7] = [
        Network::Practice,
        Network::Bluesky,
        Network::Mastodon,
        Network::Misskey,
        Network::X,
        Network::Threads,
        Network::LinkedIn,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Network::Practice => "practice",
            Network::Bluesky => "bluesky",
            Network::Mastodon => "mastodon",
            Network::Misskey => "misskey",
            Network::X => "x",
            Network::Threads => "threads",
            Network::LinkedIn => "linkedin",
        }
    }

    pub fn parse(text: &str) -> Option<Network> {
        Network::ALL.into_iter().find(|network| network.as_str() == text)
    }

    /// Whether the network takes money for what is posted (`crate::cost`).
    pub fn is_paid(self) -> bool {
        self == Network::X
    }

    /// How a thread goes out: at once or part by part (RULES.md 3).
    pub fn thread(self) -> ThreadSending {
        match self {
            Network::Bluesky | Network::Practice => ThreadSending::AtOnce,
            _ => ThreadSending::PartByPart,
        }
    }

    /// Visibilities the network knows; the first is its default. Empty: the network has no such thing,
    /// and asking for one is refused, never mapped to a wider one.
    pub fn visibilities(self) -> &'static [Visibility] {
        match self {
            Network::Mastodon => &[
                Visibility::Public,
                Visibility::Unlisted,
                Visibility::Private,
                Visibility::Direct,
            ],
            // Its own words are public, home, followers, specified (NETWORKS.md 4.2).
            Network::Misskey => &[
                Visibility::Public,
                Visibility::Unlisted,
                Visibility::Private,
                Visibility::Direct,
            ],
            // PUBLIC and CONNECTIONS (NETWORKS.md 6.2).
            Network::LinkedIn => &[Visibility::Public, Visibility::Private],
            _ => &[],
        }
    }

    /// Whether a post that quotes may have pictures of its own. LinkedIn's posts have either `reshareContext` or `content`
    /// (NETWORKS.md 6.2).
    pub fn has_quotes_with_pictures(self) -> bool {
        self != Network::LinkedIn
    }

    /// Whether readers see the words of a content warning. Elsewhere it becomes a label, or nothing.
    pub fn shows_cw_text(self) -> bool {
        matches!(self, Network::Practice | Network::Mastodon | Network::Misskey)
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
    pub fn as_str(self) -> &'static str {
        match self {
            Visibility::Public => "public",
            Visibility::Unlisted => "unlisted",
            Visibility::Private => "private",
            Visibility::Direct => "direct",
        }
    }
}

/// Which software answers the Mastodon API: told by nodeinfo. Only the first three honour an
/// idempotency key for long enough to be resent with it (RULES.md 5).
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
}
