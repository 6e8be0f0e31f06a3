//! What a claim freezes: the bodies, a key for each part, and where looking begins.

use kossori_core::network::{Software, Visibility};
use kossori_engine::model::Account;
use kossori_engine::ports::{CallError, Outgoing};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::repost::{self, Repost};
use super::{Server, at_url, verify_credentials, wire};
use crate::frozen;
use crate::http::plain_id;
use crate::visibility::meant_by;

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
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quote: Option<Quote>,
    /// Then it is nothing else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repost: Option<Repost>,
}

impl Record {
    /// All parts are for the same people. A repost that asks for nothing is as its server has it.
    pub fn meant_for(&self) -> Option<Visibility> {
        meant_by(&self.parts.first()?.visibility, visibility_word)
    }
}

/// The local id of what is quoted, and what the server calls it in a post.
#[derive(Serialize, Deserialize)]
pub(super) struct Quote {
    field: String,
    pub id: String,
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
        if let Some(quote) = &self.quote {
            body[&quote.field] = json!(quote.id);
        }
        body
    }
}

pub(super) async fn freeze(
    server: &Server<'_>,
    account: &Account,
    outgoing: &Outgoing,
) -> Result<Record, CallError> {
    if let Some(url) = &outgoing.repost {
        let repost = repost::freeze(server, account, outgoing, url).await?;
        return Ok(repost_record(outgoing, repost));
    }
    let answered = match &outgoing.reply_to {
        Some(url) => Some(local_status(server, url, "reply_not_found").await?),
        None => None,
    };
    let visibility = match outgoing.visibility {
        Some(chosen) => chosen,
        None => usual(server, answered.as_ref()).await?,
    };
    let in_reply_to = answered.map(|status| status.id);
    let mut quote = match &outgoing.quote {
        Some(url) => Some(quoted(server, account, url).await?),
        None => None,
    };
    let author = &account.author_id;
    let newest: Vec<wire::Status> = server
        .get(&format!(
            "/api/v1/accounts/{}/statuses?limit=1&exclude_reblogs=true",
            plain_id(author)?
        ))
        .await?;
    let visibility = visibility_word(visibility);
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
        quote: quote.take(),
        repost: None,
    });
    Ok(Record {
        v: frozen::version(outgoing),
        last_own: newest.into_iter().next().map(|status| status.id),
        parts: parts.collect(),
    })
}

/// One part with nothing in it but what it reposts.
pub(super) fn repost_record(outgoing: &Outgoing, repost: Repost) -> Record {
    Record {
        v: frozen::version(outgoing),
        last_own: None,
        parts: vec![Part {
            text: String::new(),
            cw: None,
            visibility: repost.visibility.clone().unwrap_or_default(),
            lang: None,
            idempotency_key: key(&outgoing.key, 0),
            in_reply_to: None,
            pictures: 0,
            media_ids: Vec::new(),
            quote: None,
            repost: Some(repost),
        }],
    }
}

/// # Errors
/// `quote_not_allowed` where its author does not let this account quote it.
async fn quoted(server: &Server<'_>, account: &Account, url: &str) -> Result<Quote, CallError> {
    // It would be left out without a word, and the rest posted.
    if !account.limits.refers.quote {
        return Err(CallError::Unsupported("quote"));
    }
    let status = local_status(server, url, "quote_not_found").await?;
    if status.is_kept_from_quotes() {
        return Err(refused(403, "quote_not_allowed"));
    }
    let field = match server.software {
        Software::Friendica => "quote_id",
        _ => "quoted_status_id",
    };
    Ok(Quote {
        field: field.to_owned(),
        id: status.id,
    })
}

/// Where nothing was chosen: as the account's own posts are on its server, and never wider than what is answered, as the servers'
/// own pages have it. Public, where the server has no such setting.
async fn usual(server: &Server<'_>, answered: Option<&wire::Status>) -> Result<Visibility, CallError> {
    let (me, _) = verify_credentials(server).await?;
    let own = me.source.and_then(|source| source.privacy);
    let parent = answered.and_then(|status| status.visibility.as_deref());
    let read = |word: Option<&str>| word.map_or(Visibility::Public, visibility_of);
    Ok(read(own.as_deref()).max(read(parent)))
}

/// A word that is none of the four is some server's own, such as Akkoma's `local`: for not everybody.
fn visibility_of(word: &str) -> Visibility {
    meant_by(word, visibility_word).unwrap_or(Visibility::Private)
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

/// A post that somebody names by its URL, as the server knows it. It may have to fetch it first. `missing`: the code of the
/// refusal if there is none.
pub(super) async fn local_status(
    server: &Server<'_>,
    url: &str,
    missing: &str,
) -> Result<wire::Status, CallError> {
    if let Some(status) = at_url::own_status(server, url).await? {
        return Ok(status);
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
    .ok_or_else(|| refused(404, missing))?;
    let found: wire::Found = match server.get(&format!("/api/v2/search?{query}")).await {
        Err(CallError::Refused { status: 404, .. }) => return Err(refused(404, missing)),
        answer => answer?,
    };
    // A server that searched for words instead of resolving the URL may have found something else: an answer to
    // the wrong post is worse than none.
    let named = found
        .statuses
        .into_iter()
        .find(|status| status.url.as_deref() == Some(url) || status.uri.as_deref() == Some(url));
    named.ok_or_else(|| refused(404, missing))
}

pub(super) fn refused(status: u16, code: &str) -> CallError {
    CallError::Refused {
        status,
        code: code.to_owned(),
        words: String::new(),
    }
}
