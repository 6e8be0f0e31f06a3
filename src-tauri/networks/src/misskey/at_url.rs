//! A note that somebody names by the address of its page.

use kossori_engine::ports::{CallError, Named};
use serde_json::json;

use super::freeze::Record;
use super::look::{Compared, Wanted};
use super::post::receipt;
use super::{Server, wire};

/// Is it this part? The account's own, its words and pictures as frozen, and an answer to the part before.
pub(super) async fn named(
    server: &Server<'_>,
    author: &str,
    record: &Record,
    index: u32,
    replies_to: Option<&str>,
    url: &str,
) -> Result<Named, CallError> {
    let part = record.parts.get(index as usize).ok_or(CallError::BadFrozen)?;
    let Some(note) = own_note(server, url).await? else {
        return Ok(Named::Nothing);
    };
    if note.author() != Some(author) {
        return Ok(Named::OtherAuthor);
    }
    // It was there before the claim: the same words, said another time. Ids grow, as `sinceId` means.
    let older = record.last_own.as_ref().is_some_and(|last| note.id <= *last);
    Ok(match Wanted::of(part, index, replies_to).compare(&note) {
        // A server that changed the visibility says so in the receipt. Pictures without words are what the person says.
        Compared::Same | Compared::OtherVisibility | Compared::OnlyPictures if !older => {
            Named::ThePart(receipt(note, server.origin))
        }
        _ => Named::OtherContent,
    })
}

/// The account's own server has a page for every note that it knows: `/notes/ID`.
pub(super) async fn own_note(server: &Server<'_>, url: &str) -> Result<Option<wire::Note>, CallError> {
    let id = url
        .trim()
        .strip_prefix(server.origin)
        .and_then(|rest| rest.strip_prefix("/notes/"))
        .and_then(|rest| rest.split(['?', '#']).next())
        .map(|rest| rest.trim_end_matches('/'))
        .unwrap_or_default();
    if id.is_empty() || !id.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Ok(None);
    }
    match server
        .ask::<wire::Note>("notes/show", json!({ "noteId": id }))
        .await
    {
        Ok(note) if note.id == id => Ok(Some(note)),
        Ok(_) | Err(CallError::Refused { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}
