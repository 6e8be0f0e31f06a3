//! The post call. There is no key for it: the same call twice is two notes (NETWORKS.md 4.5).

use kossori_core::answer::{Answer, Receipt};

use super::freeze::{Part, Record, visibility_word};
use super::{Server, wire};
use crate::http::{Body, Call};
use crate::refusal;
use crate::visibility::meant_by;

/// What part `index` answers: the note that the claim froze, or the part before it.
pub(super) fn parent<'a>(part: &'a Part, index: u32, replies_to: Option<&'a str>) -> Option<&'a str> {
    if index == 0 {
        part.reply_id.as_deref()
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
    // Without its pictures, or without what it answers, it would be another note.
    if part.file_ids.len() != part.pictures || (index > 0 && replies_to.is_none()) {
        return Answer::NeverLeft;
    }
    let body = Body::Json(part.body(parent(part, index, replies_to)));
    let call = Call::post(server.url("notes/create"), body, server.options.post_limit);
    let reply = match server.http.send(server.signed(call)).await {
        Ok(reply) => reply,
        Err(failure) => return failure.into(),
    };
    if !reply.is_success() {
        let error = wire::api_error(&reply);
        return refusal::without_parent(refusal::answer(&reply, error), |_, code| {
            index > 0 && code == "NO_SUCH_REPLY_TARGET"
        });
    }
    let unclear = Answer::Unclear {
        status: Some(reply.status),
    };
    let created = reply
        .json
        .and_then(|json| serde_json::from_value::<wire::Created>(json).ok());
    let Some(note) = created.map(|created| created.created_note) else {
        return unclear;
    };
    match note.author().map(str::to_owned) {
        Some(author) if !note.id.is_empty() => Answer::Posted {
            receipt: receipt(note, server.origin),
            author: Some(author),
        },
        // Who posted it is left unsaid, or said twice: no server does that, so it is something else that answers.
        _ => unclear,
    }
}

/// The visibility may be another one than was asked for: a server makes a note narrower for its words, its author's role, or
/// what it answers (NETWORKS.md 4.5).
pub(super) fn receipt(note: wire::Note, origin: &str) -> Receipt {
    Receipt {
        url: Some(page(&note.id, origin)),
        ids: vec![note.id],
        visibility: note.visibility.map(in_our_words),
        last_url: None,
    }
}

/// Misskey's words for who may read; what is none of them stays as it is.
fn in_our_words(theirs: String) -> String {
    match meant_by(&theirs, visibility_word) {
        Some(ours) => ours.as_str().to_owned(),
        None => theirs,
    }
}

/// The server names no page for its own notes.
pub(super) fn page(id: &str, origin: &str) -> String {
    format!("{origin}/notes/{id}")
}
