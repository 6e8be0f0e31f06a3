//! What a claim freezes: the post as it will be sent. There is nothing to be asked first.

use kossori_core::network::Visibility;
use kossori_core::text::little;
use kossori_engine::ports::{CallError, Outgoing};
use reqwest::Url;
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
    /// The URN of the post that is shared again, with words or without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    parent: Option<String>,
}

/// `site`: where people see the network.
pub(super) fn freeze(outgoing: &Outgoing, site: &str) -> Result<Record, CallError> {
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
    let parent = match (&outgoing.quote, &outgoing.repost) {
        (_, Some(url)) => Some(post_at(url, site).ok_or_else(|| not_found("repost_not_found"))?),
        (Some(url), None) => Some(post_at(url, site).ok_or_else(|| not_found("quote_not_found"))?),
        (None, None) => None,
    };
    if parent.is_some() && !part.pictures.is_empty() {
        // A share of another post has no content of its own.
        return Err(CallError::Unsupported("pictures"));
    }
    Ok(Record {
        v: frozen::version(outgoing),
        commentary: little::escape(&part.text),
        visibility: visibility.to_owned(),
        alts: part.pictures.iter().map(|picture| picture.alt.clone()).collect(),
        images: Vec::new(),
        parent,
    })
}

/// The URN of the post at `url`: `…/feed/update/urn:li:share:1/`, or `…/posts/NAME_WORDS-share-1-XXXX`. What an address names by
/// its activity alone has another URN that nobody here may ask for.
fn post_at(url: &str, site: &str) -> Option<String> {
    let url = Url::parse(url.trim()).ok()?;
    if !is_of(&url, site) {
        return None;
    }
    let mut steps = url.path_segments()?.filter(|step| !step.is_empty());
    let named = match (steps.next()?, steps.next()?) {
        ("feed", "update") => steps.next()?.replace("%3A", ":"),
        ("posts", slug) => {
            let mut words = slug.rsplit('-');
            let _random = words.next()?;
            let (number, kind) = (words.next()?, words.next()?);
            format!("urn:li:{kind}:{number}")
        }
        _ => return None,
    };
    super::post::is_post(&named).then_some(named)
}

/// Whether it is a page of the network: of its site, which has a name for each language too (`jp.linkedin.com`).
fn is_of(url: &Url, site: &str) -> bool {
    let host = url.host_str().unwrap_or_default();
    let named = host == "linkedin.com" || host.ends_with(".linkedin.com");
    named || Url::parse(site).is_ok_and(|site| site.origin() == url.origin())
}

fn not_found(code: &str) -> CallError {
    CallError::Refused {
        status: 404,
        code: code.to_owned(),
        words: String::new(),
    }
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
        if let Some(parent) = &self.parent {
            body["reshareContext"] = json!({ "parent": parent });
        }
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

#[cfg(test)]
mod tests {
    #[test]
    fn addresses_of_posts() {
        for (url, expected) in [
            (
                "https://www.linkedin.com/feed/update/urn:li:share:71/",
                Some("urn:li:share:71"),
            ),
            (
                "https://www.linkedin.com/feed/update/urn%3Ali%3AugcPost%3A71?x=1",
                Some("urn:li:ugcPost:71"),
            ),
            (
                "https://www.linkedin.com/posts/alice-b_two-words-share-71-AbC_?utm=1",
                Some("urn:li:share:71"),
            ),
            (
                "https://www.linkedin.com/posts/alice_x-ugcPost-71-AbC_",
                Some("urn:li:ugcPost:71"),
            ),
            ("https://www.linkedin.com/posts/alice_x-activity-71-AbC_", None),
            ("https://www.linkedin.com/feed/update/urn:li:activity:71/", None),
            ("https://www.linkedin.com/in/alice/", None),
            (
                "https://jp.linkedin.com/feed/update/urn:li:share:71/",
                Some("urn:li:share:71"),
            ),
            (
                "http://127.0.0.1:5/feed/update/urn:li:share:71/",
                Some("urn:li:share:71"),
            ),
            ("http://127.0.0.1:6/feed/update/urn:li:share:71/", None),
            ("https://example.com/feed/update/urn:li:share:71/", None),
            ("https://notlinkedin.com/feed/update/urn:li:share:71/", None),
            ("https://www.linkedin.com.example/posts/alice-share-71-AbC_", None),
            ("urn:li:share:71", None),
            ("", None),
        ] {
            let found = super::post_at(url, "http://127.0.0.1:5");
            assert_eq!(found.as_deref(), expected, "{url}");
        }
    }
}
