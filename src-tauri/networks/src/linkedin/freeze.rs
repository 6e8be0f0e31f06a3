//! What a claim freezes: the post as it will be sent. There is nothing to be asked first.

use kossori_core::network::Visibility;
use kossori_core::text::little;
use kossori_engine::ports::{CallError, Outgoing};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::frozen;

#[derive(Serialize, Deserialize)]
pub(super) struct Record {
    v: u64,
    /// Escaped already: what is sent again is the same to the letter.
    commentary: String,
    visibility: String,
    /// A description for each picture, empty where there is none.
    alts: Vec<String>,
    /// The pictures' URNs once uploaded, in the same order.
    pub images: Vec<String>,
}

pub(super) fn freeze(outgoing: &Outgoing) -> Result<Record, CallError> {
    // What follows a post there is a comment (NETWORKS.md 6.2).
    let [part] = outgoing.parts.as_slice() else {
        return Err(CallError::Unsupported("thread"));
    };
    if outgoing.reply_to.is_some() {
        return Err(CallError::Unsupported("reply"));
    }
    let visibility = match outgoing.visibility.unwrap_or(Visibility::Public) {
        Visibility::Public => "PUBLIC",
        Visibility::Private => "CONNECTIONS",
        // Never mapped to a wider one.
        Visibility::Unlisted | Visibility::Direct => return Err(CallError::Unsupported("visibility")),
    };
    Ok(Record {
        v: frozen::version(outgoing),
        commentary: little::escape(&part.text),
        visibility: visibility.to_owned(),
        alts: part.pictures.iter().map(|picture| picture.alt.clone()).collect(),
        images: Vec::new(),
    })
}

impl Record {
    pub fn is_complete(&self) -> bool {
        self.images.len() == self.alts.len()
    }

    /// The body of the post call.
    pub fn body(&self, author: &str) -> Value {
        let mut body = json!({
            "author": author,
            "commentary": self.commentary,
            "visibility": self.visibility,
            "distribution": {
                "feedDistribution": "MAIN_FEED",
                "targetEntities": [],
                "thirdPartyDistributionChannels": [],
            },
            "lifecycleState": "PUBLISHED",
            "isReshareDisabledByAuthor": false,
        });
        let mut images = self.images.iter().zip(&self.alts).map(|(id, alt)| {
            let mut image = json!({ "id": id });
            if !alt.is_empty() {
                image["altText"] = json!(alt);
            }
            image
        });
        match self.images.len() {
            0 => {}
            1 => body["content"] = json!({ "media": images.next() }),
            _ => body["content"] = json!({ "multiImage": { "images": images.collect::<Vec<_>>() } }),
        }
        body
    }
}
