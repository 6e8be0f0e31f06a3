//! The table of networks: what differs between them is data, checked before anything is sent.

use serde::{Deserialize, Serialize};

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

    /// Whether an adapter exists. The others are refused with `not_built_yet`.
    pub fn is_built(self) -> bool {
        matches!(self, Network::Practice | Network::Bluesky | Network::Mastodon)
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
            _ => &[],
        }
    }

    /// Whether readers see the words of a content warning. Elsewhere it becomes a label, or nothing.
    pub fn shows_cw_text(self) -> bool {
        matches!(self, Network::Practice | Network::Mastodon | Network::Misskey)
    }

    /// Limits until the server has named its own (NETWORKS.md 2.3, 2.4, 3.3, 3.4).
    pub fn default_limits(self) -> Limits {
        match self {
            Network::Practice => Limits {
                text: TextLimit {
                    max: 500,
                    unit: TextUnit::Graphemes,
                    max_bytes: None,
                    url_length: None,
                    cw_counts: true,
                },
                media: MediaLimits {
                    max_count: 4,
                    max_bytes: 2_000_000,
                    max_pixels: 33_177_600,
                    alt_max: 1_500,
                    alt_required: false,
                },
                max_parts: 50,
            },
            Network::Bluesky => Limits {
                text: TextLimit {
                    max: 300,
                    unit: TextUnit::Graphemes,
                    max_bytes: Some(3_000),
                    url_length: None,
                    cw_counts: false,
                },
                media: MediaLimits {
                    max_count: 4,
                    max_bytes: 1_000_000,
                    max_pixels: 33_177_600,
                    alt_max: 2_000,
                    alt_required: false,
                },
                max_parts: 50,
            },
            _ => Limits {
                text: TextLimit {
                    max: 500,
                    unit: TextUnit::Graphemes,
                    max_bytes: None,
                    url_length: Some(23),
                    cw_counts: true,
                },
                media: MediaLimits {
                    max_count: 4,
                    max_bytes: 16 * 1024 * 1024,
                    max_pixels: 33_177_600,
                    alt_max: 1_500,
                    alt_required: false,
                },
                max_parts: 50,
            },
        }
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
    /// Everything else, and no readable nodeinfo.
    Unknown,
}

impl Software {
    /// From nodeinfo's `software.name`, which is compared in lower case.
    pub fn from_nodeinfo(name: &str) -> Software {
        match name.to_ascii_lowercase().as_str() {
            "mastodon" => Software::Mastodon,
            "akkoma" => Software::Akkoma,
            "pleroma" => Software::Pleroma,
            _ => Software::Unknown,
        }
    }

    pub fn honours_idempotency_key(self) -> bool {
        self != Software::Unknown
    }
}

/// What one account's server accepts. Built from the network's defaults and the server's own words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    pub text: TextLimit,
    pub media: MediaLimits,
    pub max_parts: u32,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextLimit {
    /// In `unit`s.
    pub max: u32,
    pub unit: TextUnit,
    /// A second bound, in UTF-8 bytes.
    pub max_bytes: Option<u32>,
    /// What a URL with a scheme counts as, whatever its own length.
    pub url_length: Option<u32>,
    /// Whether the content warning counts towards `max`.
    pub cw_counts: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TextUnit {
    Graphemes,
    CodePoints,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MediaLimits {
    pub max_count: u32,
    pub max_bytes: u64,
    pub max_pixels: u64,
    /// In Unicode code points.
    pub alt_max: u32,
    pub alt_required: bool,
}
