//! What a claim freezes: the bodies, a key for each part, and where looking begins.

use kossori_core::network::Visibility;
use kossori_engine::ports::{CallError, Outgoing};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{Server, VERSION, at_url, wire};
use crate::http::plain_id;

#[derive(Serialize, Deserialize)]
pub(super) struct Record {
    v: u64,
    /// The account's newest own status at the claim: what is looked for came after it.
    pub last_own: Option<String>,
    pub parts: Vec<Part>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct Part {
    pub text: String,
    pub cw: Option<String>,
    pub visibility: String,
    pub lang: Option<String>,
    pub idempotency_key: String,
    /// The local id of the post that part 0 answers; later parts answer the one before.
    pub in_reply_to: Option<String>,
    /// How many pictures it has, and their ids once uploaded.
    pub pictures: usize,
    pub media_ids: Vec<String>,
}

impl Part {
    /// The body of the post call.
    pub fn body(&self, in_reply_to: Option<&str>) -> Value {
        let mut body = json!({ "status": self.text, "visibility": self.visibility });
        if let Some(cw) = &self.cw {
            body["spoiler_text"] = json!(cw);
            body["sensitive"] = json!(true);
        }
        if let Some(lang) = &self.lang {
            body["language"] = json!(lang);
        }
        if let Some(id) = in_reply_to {
            body["in_reply_to_id"] = json!(id);
        }
        if !self.media_ids.is_empty() {
            body["media_ids"] = json!(self.media_ids);
        }
        body
    }
}

pub(super) async fn freeze(
    server: &Server<'_>,
    author: &str,
    outgoing: &Outgoing,
) -> Result<Record, CallError> {
    let in_reply_to = match &outgoing.reply_to {
        Some(url) => Some(local_id(server, url).await?),
        None => None,
    };
    let newest: Vec<wire::Status> = server
        .get(&format!(
            "/api/v1/accounts/{}/statuses?limit=1&exclude_reblogs=true",
            plain_id(author)?
        ))
        .await?;
    let visibility = visibility_word(outgoing.visibility.unwrap_or(Visibility::Public));
    let parts = outgoing.parts.iter().enumerate().map(|(index, part)| Part {
        text: part.text.clone(),
        cw: outgoing.cw.clone().filter(|cw| !cw.trim().is_empty()),
        visibility: visibility.to_owned(),
        // Mastodon knows ISO 639-1 alone; `ja-JP` would be ignored.
        lang: outgoing
            .lang
            .as_deref()
            .and_then(|lang| lang.split('-').next())
            .map(str::to_lowercase),
        idempotency_key: key(&outgoing.key, index),
        in_reply_to: in_reply_to.clone().filter(|_| index == 0),
        pictures: part.pictures.len(),
        media_ids: Vec::new(),
    });
    Ok(Record {
        v: VERSION,
        last_own: newest.into_iter().next().map(|status| status.id),
        parts: parts.collect(),
    })
}

pub(super) fn visibility_word(visibility: Visibility) -> &'static str {
    match visibility {
        Visibility::Public => "public",
        Visibility::Unlisted => "unlisted",
        Visibility::Private => "private",
        Visibility::Direct => "direct",
    }
}

/// One key for each part, all from the claim's randomness.
fn key(random: &[u8; 16], part: usize) -> String {
    let mut hash = Sha256::new();
    hash.update(random);
    hash.update((part as u64).to_be_bytes());
    hex::encode(&hash.finalize()[..16])
}

/// What the server calls a post that somebody names by its URL. It may have to fetch it first.
async fn local_id(server: &Server<'_>, url: &str) -> Result<String, CallError> {
    if let Some(status) = at_url::own_status(server, url).await? {
        return Ok(status.id);
    }
    let query: String = reqwest::Url::parse_with_params(
        "https://query/",
        [
            ("q", url),
            ("resolve", "true"),
            ("type", "statuses"),
            ("limit", "5"),
        ],
    )
    .ok()
    .and_then(|made| made.query().map(str::to_owned))
    .ok_or_else(not_found)?;
    let found: wire::Found = match server.get(&format!("/api/v2/search?{query}")).await {
        Err(CallError::Refused { status: 404, .. }) => return Err(not_found()),
        answer => answer?,
    };
    // A server that searched for words instead of resolving the URL may have found something else: an answer to
    // the wrong post is worse than none.
    let named = found
        .statuses
        .into_iter()
        .find(|status| status.url.as_deref() == Some(url) || status.uri.as_deref() == Some(url));
    named.map(|status| status.id).ok_or_else(not_found)
}

fn not_found() -> CallError {
    CallError::Refused {
        status: 404,
        code: "reply_not_found".to_owned(),
        words: String::new(),
    }
}
