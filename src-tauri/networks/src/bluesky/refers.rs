//! What may be made of another post: an answer to it, a quote of it, a repost.

use kossori_engine::model::Account;
use kossori_engine::ports::CallError;
use serde_json::{Value, json};

use super::post_at::{self, MOST_URI, PostAt, is_cid, post_at};
use super::xrpc::Pds;

const POSTGATES: &str = "app.bsky.feed.postgate";
const NO_EMBEDDING: &str = "app.bsky.feed.postgate#disableRule";

/// The `reply` of a record: who is answered, and where the conversation began.
pub(super) async fn reply(pds: &Pds<'_>, account: &Account, url: &str) -> Result<Value, CallError> {
    let post = post_at(pds, account, url, "reply_not_found").await?;
    let parent = post.strong_ref();
    let root = post.value.pointer("/reply/root").and_then(|root| {
        let of = |name: &str| root.get(name)?.as_str();
        let (uri, cid) = (of("uri")?, of("cid")?);
        (uri.starts_with("at://") && uri.len() <= MOST_URI && is_cid(cid))
            .then(|| json!({ "uri": uri, "cid": cid }))
    });
    let root = root.unwrap_or_else(|| parent.clone());
    Ok(json!({ "root": root, "parent": parent }))
}

/// The `app.bsky.embed.record` of a quote.
///
/// # Errors
/// `quote_not_allowed` where its author's postgate keeps it from being shown in others' posts: the server would take the quote,
/// and nobody would see more of it than that it is not to be seen.
pub(super) async fn quote(pds: &Pds<'_>, account: &Account, url: &str) -> Result<Value, CallError> {
    let post = post_at(pds, account, url, "quote_not_found").await?;
    if post.did != account.author_id && is_kept_from_quotes(pds, account, &post).await {
        return Err(CallError::Refused {
            status: 403,
            code: "quote_not_allowed".to_owned(),
            words: String::new(),
        });
    }
    Ok(json!({ "$type": "app.bsky.embed.record", "record": post.strong_ref() }))
}

/// A postgate has the key of its post. One that cannot be read keeps nothing: those who show the quote obey it themselves.
async fn is_kept_from_quotes(pds: &Pds<'_>, account: &Account, post: &PostAt) -> bool {
    let found = post_at::record(pds, account, POSTGATES, &post.did, &post.rkey).await;
    let Ok(Some(gate)) = found else {
        return false;
    };
    let rules = gate.value["embeddingRules"].as_array();
    rules
        .into_iter()
        .flatten()
        .any(|rule| rule["$type"] == NO_EMBEDDING)
}

/// The subject of a repost.
pub(super) async fn subject(pds: &Pds<'_>, account: &Account, url: &str) -> Result<Value, CallError> {
    let post = post_at(pds, account, url, "repost_not_found").await?;
    Ok(post.strong_ref())
}
