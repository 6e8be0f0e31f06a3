//! The post call.

use kossori_core::answer::{Answer, Receipt};

use super::freeze::{Part, Record};
use super::{Server, wire};
use crate::http::{Body, Call};
use crate::refusal;

/// What part `part` answers: the post that the claim froze, or the part before it.
pub(super) fn parent<'a>(part: &'a Part, index: u32, replies_to: Option<&'a str>) -> Option<&'a str> {
    if index == 0 {
        part.in_reply_to.as_deref()
    } else {
        replies_to
    }
}

pub(super) async fn post(
    server: &Server<'_>,
    record: &Record,
    index: u32,
    replies_to: Option<&str>,
) -> Answer {
    let Some(part) = record.parts.get(index as usize) else {
        return Answer::NeverLeft;
    };
    // Without its pictures, or without what it answers, it would be another post.
    if part.media_ids.len() != part.pictures || (index > 0 && replies_to.is_none()) {
        return Answer::NeverLeft;
    }
    let body = Body::Json(part.body(parent(part, index, replies_to)));
    let call = Call::post(server.url("/api/v1/statuses"), body, server.options.post_limit)
        .header("Idempotency-Key", part.idempotency_key.clone());
    let reply = match server.http.send(server.signed(call)).await {
        Ok(reply) => reply,
        Err(failure) => return failure.into(),
    };
    if !reply.is_success() {
        let error = wire::api_error(&reply);
        // Of a post, "Record not found" is said where what it answers is not there.
        return refusal::without_parent(refusal::answer(&reply, error), |status, _| {
            index > 0 && status == 404
        });
    }
    let unclear = Answer::Unclear {
        status: Some(reply.status),
    };
    let status = reply
        .json
        .and_then(|json| serde_json::from_value::<wire::Status>(json).ok());
    match status {
        Some(status) if !status.id.is_empty() => match author(&status) {
            // Who posted it is left unsaid: no server does that, so it is something else that answers.
            None => unclear,
            author => Answer::Posted {
                receipt: receipt(status),
                author,
            },
        },
        _ => unclear,
    }
}

fn author(status: &wire::Status) -> Option<String> {
    let account = status.account.as_ref()?;
    (!account.id.is_empty()).then(|| account.id.clone())
}

pub(super) fn receipt(status: wire::Status) -> Receipt {
    Receipt {
        ids: vec![status.id],
        url: status.url.or(status.uri),
        visibility: status.visibility,
        last_url: None,
    }
}
