//! What a person wrote: parts, pictures, and how it is to be shown.

use serde::{Deserialize, Serialize};

use crate::ids::MediaId;
use crate::network::{Network, Visibility};
use crate::quiet_debug;

/// Approved content. One part is a single post, more are a thread.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Content {
    pub parts: Vec<Part>,
    pub cw: Option<String>,
    pub visibility: Option<Visibility>,
    /// BCP 47, such as `ja`.
    pub lang: Option<String>,
    /// The URL of the post that this one answers.
    pub reply_to: Option<String>,
    /// The URL of the post that the first part shows beside its own words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quote: Option<String>,
    /// The URL of the post that is handed on as it is. Then there is one part, without words and pictures.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repost: Option<String>,
    /// Answers the account's own last thread, where that rings fewer bells; `reply_to` is empty then.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub quiet_reply: bool,
    /// A network's own wording of part 1, instead of the shared one.
    #[serde(default)]
    pub variants: Vec<Variant>,
}

#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    pub text: String,
    #[serde(default)]
    pub media: Vec<Picture>,
}

/// A cleaned picture in the store and what it shows, in words.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Picture {
    pub media: MediaId,
    pub alt: String,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Variant {
    pub network: Network,
    pub text: String,
}

quiet_debug!(Content { parts, visibility, lang, quiet_reply, variants; cw, reply_to, quote, repost });
quiet_debug!(Part { media; text });
quiet_debug!(Picture { media; alt });
quiet_debug!(Variant { network; text });

impl Content {
    /// Its first part answers a post, of somebody else's or the account's own.
    pub fn is_reply(&self) -> bool {
        self.reply_to.is_some() || self.quiet_reply
    }

    /// The content as `network` gets it: its variant in place, nothing else changed.
    pub fn for_network(&self, network: Network) -> Content {
        let mut content = self.clone();
        if let Some(variant) = self.variants.iter().find(|variant| variant.network == network) {
            match content.parts.first_mut() {
                Some(first) => first.text = variant.text.clone(),
                None => content.parts.push(Part {
                    text: variant.text.clone(),
                    media: Vec::new(),
                }),
            }
        }
        content.variants = Vec::new();
        content
    }

    /// What is left of a thread whose first parts are out, as an answer to `at`. `None`: nothing is left.
    pub fn behind(&self, parts_sent: u32, at: Option<&str>) -> Option<Content> {
        if parts_sent == 0 {
            return Some(self.clone());
        }
        let parts: Vec<Part> = self.parts.iter().skip(parts_sent as usize).cloned().collect();
        (!parts.is_empty()).then(|| Content {
            parts,
            reply_to: at.map(str::to_owned),
            quote: None,
            // With nothing to go on at, it is still no post of its own.
            quiet_reply: self.quiet_reply && at.is_none(),
            // They are wordings of the first part.
            variants: Vec::new(),
            ..self.clone()
        })
    }
}
