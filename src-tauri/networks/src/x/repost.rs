//! Reposts, which have calls of their own and, in their answer, no id: they are undone by the id of what is reposted.

use kossori_core::answer::{Answer, Receipt};
use kossori_engine::model::Account;
use kossori_engine::ports::CallError;
use serde_json::json;

use super::post::refused;
use super::tally::Tally;
use super::{Server, call_error, data, page, wire};
use crate::http::{Body, Call};

/// What receipts put before the id of what is reposted: a bare id would be that of the other post.
const NAMED: &str = "repost:";

pub(super) async fn post(server: &Server<'_>, account: &Account, of: &str) -> Answer {
    if !wire::is_id(of) || !wire::is_id(&account.author_id) {
        return Answer::NeverLeft;
    }
    let url = server.url(&format!("/2/users/{}/retweets", account.author_id));
    let body = Body::Json(json!({ "tweet_id": of }));
    // The path has a limit of its own, which says nothing of posts (NETWORKS.md 1.6).
    let call = Call::post(url, body, server.options.post_limit).apart();
    let reply = match server.http.send(call.bearer(&server.token)).await {
        Ok(reply) => reply,
        Err(failure) => return failure.into(),
    };
    if !reply.is_success() {
        return refused(&reply);
    }
    let status = reply.status;
    let made = reply
        .json
        .and_then(|mut json| serde_json::from_value::<wire::Reposted>(json.get_mut("data")?.take()).ok());
    match made {
        // It names nobody, but it was made at the path of the account, whose token no other's repost is made with.
        Some(made) if made.retweeted => Answer::Posted {
            receipt: receipt(account, of),
            author: Some(account.author_id.clone()),
        },
        _ => Answer::Unclear { status: Some(status) },
    }
}

/// A repost has no page of its own; `i` stands for anybody's name.
pub(super) fn receipt(account: &Account, of: &str) -> Receipt {
    Receipt {
        ids: vec![format!("{NAMED}{of}")],
        url: Some(page::of(&account.server, "i", of)),
        visibility: None,
        last_url: None,
    }
}

/// What is reposted, by a receipt's id; `None`: the id is a post's.
pub(super) fn named(id: &str) -> Option<&str> {
    id.strip_prefix(NAMED)
}

pub(super) async fn undo(server: &Server<'_>, author: &str, of: &str) -> Result<(), CallError> {
    if !wire::is_id(of) || !wire::is_id(author) {
        return Err(CallError::Unsupported("id"));
    }
    let url = server.url(&format!("/2/users/{author}/retweets/{of}"));
    let reply = server.send(Call::delete(url, server.options.call_limit)).await?;
    // Gone with what was reposted, if the API says so.
    if reply.status == 404 && wire::problem(&reply).is_some() {
        return Ok(());
    }
    if !reply.is_success() {
        return Err(call_error(&reply));
    }
    let status = reply.status;
    match data::<wire::Reposted>(reply)?.retweeted {
        false => {
            server.charge(Tally::deleted);
            Ok(())
        }
        true => Err(CallError::Unclear { status: Some(status) }),
    }
}
