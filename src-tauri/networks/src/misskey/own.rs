//! The account's own notes.
//!
//! With `sinceId` alone a server answers the oldest first, from its database. Asked for the newest, it answers from a list
//! in memory that may lag behind or lack some (core/FanoutTimelineEndpointService.ts), so the newest is only where to go on
//! from.

use jiff::Timestamp;
use kossori_engine::ports::CallError;
use serde_json::{Value, json};

use super::{Server, wire};

const PAGE: usize = 100;
/// 1,000 own notes since the claim. More than that, and nothing is said: an incomplete look is no "absent".
const PAGES: usize = 10;
/// Before every id.
const BEGINNING: &str = "0";

/// Where to begin.
#[derive(Clone, Copy)]
pub(super) enum From<'a> {
    /// After the note of this id; `None`: at the beginning.
    Note(Option<&'a str>),
    At(Timestamp),
}

/// Who looks. To the account itself a server leaves out its answers to whom it mutes, and what it renoted of them
/// (core/QueryService.ts), to anybody else only what is not for them.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Eyes {
    Own,
    Anybodys,
}

/// Goes through the account's own notes until `enough` says so or there are no more. `refers`: what is looked for may
/// answer or renote somebody else. Then a note may be seen twice.
pub(super) async fn walk(
    server: &Server<'_>,
    author: &str,
    from: From<'_>,
    refers: bool,
    mut enough: impl FnMut(wire::Note) -> bool,
) -> Result<(), CallError> {
    if pages(server, author, from, Eyes::Own, &mut enough).await? || !refers {
        return Ok(());
    }
    match pages(server, author, from, Eyes::Anybodys, &mut enough).await {
        // A server may show nothing at all to strangers.
        Ok(_) | Err(CallError::Token { .. } | CallError::Refused { .. }) => Ok(()),
        Err(error) => Err(error),
    }
}

/// Whether it was enough before the end.
async fn pages(
    server: &Server<'_>,
    author: &str,
    from: From<'_>,
    eyes: Eyes,
    enough: &mut impl FnMut(wire::Note) -> bool,
) -> Result<bool, CallError> {
    let unreadable = CallError::Unclear { status: Some(200) };
    let mut begin = match from {
        From::Note(id) => ("sinceId", json!(id.unwrap_or(BEGINNING))),
        // The server makes an id of it, and looks for greater ones: another of the same millisecond may be a smaller one.
        From::At(at) => ("sinceDate", json!(at.as_millisecond().saturating_sub(1).max(0))),
    };
    let mut before: Option<String> = None;
    for _ in 0..PAGES {
        let mut body = question(author, PAGE);
        body[begin.0] = begin.1.clone();
        if let Some(before) = &before {
            body["untilId"] = json!(before);
        }
        let page: Vec<wire::Note> = match eyes {
            Eyes::Own => server.ask("users/notes", body).await?,
            Eyes::Anybodys => server.ask_openly("users/notes", body).await?,
        };
        // Pages may be short for reasons of the server's own, so only an empty one is the end.
        let (Some(first), Some(last)) = (page.first(), page.last()) else {
            return Ok(false);
        };
        // A fork may answer the newest first, as Misskey does if `untilId` is there.
        let newest_first = before.is_some() || first.id > last.id;
        let in_order = page.windows(2).all(|two| (two[0].id > two[1].id) == newest_first);
        let last = last.id.clone();
        // It does not go on where it was told to.
        let stuck = if newest_first {
            before.as_ref().is_some_and(|before| *before <= last)
        } else {
            begin.1 == last
        };
        if !in_order || stuck {
            return Err(unreadable);
        }
        for note in page {
            if too_old(&note, from) {
                if newest_first {
                    return Ok(false);
                }
                continue;
            }
            if enough(note) {
                return Ok(true);
            }
        }
        if newest_first {
            before = Some(last);
        } else {
            begin = ("sinceId", json!(last));
        }
    }
    Err(unreadable)
}

/// The id of the account's newest note.
pub(super) async fn newest(server: &Server<'_>, author: &str) -> Result<Option<String>, CallError> {
    let listed: Vec<wire::Note> = server.ask("users/notes", question(author, 1)).await?;
    let Some(mut newest) = listed.into_iter().next().map(|note| note.id) else {
        return Ok(None);
    };
    let from = newest.clone();
    walk(server, author, From::Note(Some(&from)), false, |note| {
        if note.id > newest {
            newest = note.id;
        }
        false
    })
    .await?;
    Ok(Some(newest))
}

/// Answers, notes in channels and renotes too: whatever has an id.
fn question(author: &str, limit: usize) -> Value {
    json!({ "userId": author, "limit": limit, "withReplies": true, "withRenotes": true, "withChannelNotes": true })
}

/// A server that does not know where to begin begins anywhere.
fn too_old(note: &wire::Note, from: From<'_>) -> bool {
    match from {
        From::Note(last) => last.is_some_and(|last| note.id.as_str() <= last),
        // One that does not say when it was made may be later.
        From::At(at) => note.created_at().is_some_and(|made| made < at),
    }
}
