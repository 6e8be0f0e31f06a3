//! The post call.

use kossori_core::answer::{Answer, Receipt, Refusal};

use super::freeze::Record;
use super::{Server, site, wire};
use crate::http::{Body, Call};
use crate::refusal;

pub(super) async fn post(server: &Server<'_>, author: &str, record: &Record, part: u32) -> Answer {
    // Without its pictures it would be another post.
    if part != 0 || !record.is_complete() {
        return Answer::NeverLeft;
    }
    let body = Body::Json(record.body(author));
    let call = Call::post(server.url("/rest/posts"), body, server.options.post_limit);
    let reply = match server.http.send(server.versioned(call)).await {
        Ok(reply) => reply,
        Err(failure) => return failure.into(),
    };
    if !reply.is_success() {
        let error = wire::api_error(&reply);
        let twin = wire::twin_of(&reply).filter(|id| is_post(id)).map(str::to_owned);
        return match (refusal::answer(&reply, error), twin) {
            (
                Answer::Refused {
                    status,
                    kind: Refusal::Duplicate,
                    code,
                    words,
                },
                Some(twin),
            ) => Answer::Refused {
                status,
                kind: Refusal::DuplicateOf(Box::new(receipt(server, &twin))),
                code,
                words,
            },
            (answer, _) => answer,
        };
    }
    let id = reply
        .header("x-restli-id")
        .map(str::trim)
        .filter(|id| is_post(id));
    match id {
        // The answer is a header with the post's id and names nobody. Who posted it is in what it answers: the body named the
        // author, a token that may post for persons posts for its own person alone, and another's URN is refused (403). Whose
        // token it is was asked for this set of tokens at the claim.
        Some(id) => Answer::Posted {
            receipt: receipt(server, id),
            author: Some(author.to_owned()),
        },
        None => Answer::Unclear {
            status: Some(reply.status),
        },
    }
}

/// A share or an ugcPost.
pub(super) fn is_post(id: &str) -> bool {
    let of = id
        .strip_prefix("urn:li:share:")
        .or(id.strip_prefix("urn:li:ugcPost:"));
    of.is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
}

fn receipt(server: &Server<'_>, id: &str) -> Receipt {
    Receipt {
        ids: vec![id.to_owned()],
        url: Some(format!("{}/feed/update/{id}/", site(server.origin))),
        // It is not told.
        visibility: None,
        last_url: None,
    }
}
