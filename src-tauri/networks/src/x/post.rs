//! The post call, and taking a post away.

use kossori_core::answer::{Answer, Receipt, Refusal};
use kossori_engine::model::Account;
use kossori_engine::ports::CallError;

use super::freeze::Record;
use super::tally::Tally;
use super::{Server, call_error, data, page, wire};
use crate::http::{Body, Call, Reply};
use crate::refusal;

pub(super) async fn post(
    server: &Server<'_>,
    account: &Account,
    record: &Record,
    index: u32,
    replies_to: Option<&str>,
) -> Answer {
    let Some(part) = record.parts.get(index as usize) else {
        return Answer::NeverLeft;
    };
    // Without its pictures, or without what it answers, it would be another post.
    if part.media.len() != part.pictures || (index > 0 && replies_to.is_none()) {
        return Answer::NeverLeft;
    }
    let body = Body::Json(part.body(part.parent(index, replies_to)));
    let call = Call::post(server.url("/2/tweets"), body, server.options.post_limit).bearer(&server.token);
    let reply = match server.http.send(call).await {
        Ok(reply) => reply,
        Err(failure) => return failure.into(),
    };
    if !reply.is_success() {
        return refusal::without_parent(refused(&reply), |_, code| index > 0 && code == "reply_not_found");
    }
    let unclear = Answer::Unclear {
        status: Some(reply.status),
    };
    let made = reply
        .json
        .and_then(|mut json| serde_json::from_value::<wire::Made>(json.get_mut("data")?.take()).ok());
    match made {
        // The answer is an id and the text, and names nobody. What posts there is whom the token speaks for, and nobody else: who
        // that is was asked of the server for this very set of tokens, and compared, at the claim (RULES.md 3). So an answer of
        // exactly this form proves the account's author; if a server does name one, its word counts.
        Some(made) if wire::is_id(&made.id) => Answer::Posted {
            author: Some(made.author_id.unwrap_or_else(|| account.author_id.clone())),
            receipt: receipt(account, made.id),
        },
        _ => unclear,
    }
}

fn refused(reply: &Reply) -> Answer {
    let problem = wire::problem(reply);
    let capped = problem.as_ref().is_some_and(|problem| problem.capped);
    match refusal::answer(reply, problem.map(|problem| problem.error)) {
        // With 402 it is told by the status; a usage cap comes with 429 or 403 (NETWORKS.md 1.6).
        Answer::Refused {
            status, code, words, ..
        } if capped => Answer::Refused {
            status,
            kind: Refusal::OutOfCredit,
            code,
            words,
        },
        answer => answer,
    }
}

/// No visibility: there is one for all posts of an account.
pub(super) fn receipt(account: &Account, id: String) -> Receipt {
    Receipt {
        url: Some(page::of(&account.server, &account.handle, &id)),
        ids: vec![id],
        visibility: None,
        last_url: None,
    }
}

pub(super) async fn delete(server: &Server<'_>, id: &str) -> Result<(), CallError> {
    if !wire::is_id(id) {
        return Err(CallError::Unsupported("id"));
    }
    let url = server.url(&format!("/2/tweets/{id}"));
    let reply = server.send(Call::delete(url, server.options.call_limit)).await?;
    // Gone already, if the API says so.
    if reply.status == 404 && wire::problem(&reply).is_some() {
        return Ok(());
    }
    if !reply.is_success() {
        return Err(call_error(&reply));
    }
    let status = reply.status;
    match data::<wire::Deleted>(reply)?.deleted {
        true => {
            server.charge(Tally::deleted);
            Ok(())
        }
        false => Err(CallError::Unclear { status: Some(status) }),
    }
}
