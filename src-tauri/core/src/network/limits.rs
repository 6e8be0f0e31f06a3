//! What a server accepts.

use serde::{Deserialize, Serialize};

use super::{Network, Visibility};

/// What one account's server accepts. Built from the network's defaults and the server's own words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    pub text: TextLimit,
    pub media: MediaLimits,
    pub max_parts: u32,
    #[serde(default)]
    pub refers: Refers,
    /// Of the network's visibilities those that this server does not have.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub without: Vec<Visibility>,
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
    /// How long the content warning may be by itself, in code points.
    #[serde(default)]
    pub cw_max: Option<u32>,
    /// The content warning becomes a title, which hides nothing, unless the post is a reply (Friendica, NETWORKS.md 3.9).
    #[serde(default)]
    pub cw_is_title: bool,
    /// How many different links there may be.
    #[serde(default)]
    pub max_links: Option<u32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TextUnit {
    Graphemes,
    CodePoints,
    /// UTF-16 code units.
    Utf16,
    /// X's weights (NETWORKS.md 1.4).
    Weighted,
    /// Code points, but an emoji counts as its UTF-8 bytes (NETWORKS.md 5.3).
    EmojiBytes,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MediaLimits {
    /// 0: the network takes no pictures from here.
    pub max_count: u32,
    pub max_bytes: u64,
    pub max_pixels: u64,
    /// In Unicode code points.
    pub alt_max: u32,
    pub alt_required: bool,
    /// A post needs a picture, unless it is a reply (Pixelfed, NETWORKS.md 3.9).
    #[serde(default)]
    pub required: bool,
}

/// What may be made of another post by its URL, as far as the server has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refers {
    pub reply: bool,
    /// Shown beside one's own words.
    pub quote: bool,
    pub repost: bool,
}

/// As long as nobody asked the server, nothing is promised but the answer, which all have.
impl Default for Refers {
    fn default() -> Self {
        Refers {
            reply: true,
            quote: false,
            repost: false,
        }
    }
}

const MAX_PARTS: u32 = 50;
/// 7,680 × 4,320.
const PIXELS: u64 = 33_177_600;

impl TextLimit {
    const fn of(max: u32, unit: TextUnit) -> Self {
        TextLimit {
            max,
            unit,
            max_bytes: None,
            url_length: None,
            cw_counts: false,
            cw_max: None,
            cw_is_title: false,
            max_links: None,
        }
    }
}

impl MediaLimits {
    const fn of(max_count: u32, max_bytes: u64, alt_max: u32) -> Self {
        MediaLimits {
            max_count,
            max_bytes,
            max_pixels: PIXELS,
            alt_max,
            alt_required: false,
            required: false,
        }
    }
}

impl Network {
    /// What its API has for other people's posts, where it does not depend on the server.
    fn refers(self) -> Refers {
        let (reply, quote, repost) = match self {
            // A timeline of this machine's own.
            Network::Practice => (false, false, false),
            // NETWORKS.md 2.2: records that name another by its address and content id.
            Network::Bluesky => (true, true, true),
            // The server says whether it has quotes; reposts all of them have (NETWORKS.md 3.1, 3.2, 3.9).
            Network::Mastodon => (true, false, true),
            // NETWORKS.md 4.2: `replyId`, and `renoteId` with words or without.
            Network::Misskey => (true, true, true),
            // Quotes were taken from self-serve (NETWORKS.md 1.2).
            Network::X => (true, false, true),
            // NETWORKS.md 5.2. Of one's own posts: others' are not to be found by their address.
            Network::Threads => (true, true, true),
            // What answers a post there is a comment (NETWORKS.md 6.2).
            Network::LinkedIn => (false, true, true),
        };
        Refers { reply, quote, repost }
    }

    /// Limits until the server has named its own.
    pub fn default_limits(self) -> Limits {
        let (text, media) = match self {
            Network::Practice => (
                TextLimit {
                    cw_counts: true,
                    ..TextLimit::of(500, TextUnit::Graphemes)
                },
                MediaLimits::of(4, 2_000_000, 1_500),
            ),
            // NETWORKS.md 2.3, 2.4.
            Network::Bluesky => (
                TextLimit {
                    max_bytes: Some(3_000),
                    ..TextLimit::of(300, TextUnit::Graphemes)
                },
                MediaLimits::of(4, 1_000_000, 2_000),
            ),
            // NETWORKS.md 3.3, 3.4.
            Network::Mastodon => (
                TextLimit {
                    url_length: Some(23),
                    cw_counts: true,
                    ..TextLimit::of(500, TextUnit::Graphemes)
                },
                MediaLimits::of(4, 16 * 1024 * 1024, 1_500),
            ),
            // NETWORKS.md 4.2 to 4.4.
            Network::Misskey => (
                TextLimit {
                    cw_max: Some(100),
                    ..TextLimit::of(3_000, TextUnit::CodePoints)
                },
                MediaLimits::of(16, 30 * 1024 * 1024, 512),
            ),
            // NETWORKS.md 1.3 to 1.5.
            Network::X => (
                TextLimit::of(280, TextUnit::Weighted),
                MediaLimits::of(4, 5_000_000, 1_000),
            ),
            // NETWORKS.md 5.2, 5.3: pictures only from a public address, which nothing here has.
            Network::Threads => (
                TextLimit {
                    max_links: Some(5),
                    ..TextLimit::of(500, TextUnit::EmojiBytes)
                },
                MediaLimits::of(0, 8_000_000, 1_000),
            ),
            // NETWORKS.md 6.2, 6.3; of the text no official number, so the unit is the one that counts most.
            Network::LinkedIn => (
                TextLimit::of(3_000, TextUnit::Utf16),
                MediaLimits {
                    max_pixels: 36_152_319,
                    ..MediaLimits::of(20, 8_000_000, 4_086)
                },
            ),
        };
        let max_parts = match self {
            // What follows a post there is a comment (NETWORKS.md 6.2).
            Network::LinkedIn => 1,
            _ => MAX_PARTS,
        };
        Limits {
            text,
            media,
            max_parts,
            refers: self.refers(),
            without: Vec::new(),
        }
    }
}
