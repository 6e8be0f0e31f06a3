//! What a server accepts.

use serde::{Deserialize, Serialize};

use super::Visibility;

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

impl Limits {
    pub(super) const fn of(text: TextLimit, media: MediaLimits, refers: Refers) -> Self {
        Limits {
            text,
            media,
            max_parts: MAX_PARTS,
            refers,
            without: Vec::new(),
        }
    }

    pub(super) const fn in_parts(mut self, most: u32) -> Self {
        self.max_parts = most;
        self
    }
}

impl TextLimit {
    pub(super) const fn of(max: u32, unit: TextUnit) -> Self {
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
    pub(super) const fn of(max_count: u32, max_bytes: u64, alt_max: u32) -> Self {
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
