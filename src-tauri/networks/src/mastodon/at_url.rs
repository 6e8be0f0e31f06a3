//! A post that somebody names by the address of its page.

use kossori_core::network::Software;
use kossori_engine::model::Account;
use kossori_engine::ports::{CallError, Named};

use super::freeze::Record;
use super::look::{Compared, Wanted};
use super::post::receipt;
use super::{Server, wire};
use crate::http::plain_id;

/// Is it this part? The account's own, its words or pictures as frozen, and an answer to the part before.
pub(super) async fn named(
    server: &Server<'_>,
    account: &Account,
    record: &Record,
    index: u32,
    replies_to: Option<&str>,
    url: &str,
) -> Result<Named, CallError> {
    let part = record.parts.get(index as usize).ok_or(CallError::BadFrozen)?;
    let found = match own_status(server, url).await? {
        None if !names_its_id(account.software) => among_latest(server, account, url).await?,
        found => found,
    };
    let Some(status) = found else {
        return Ok(Named::Nothing);
    };
    if status.account.as_ref().map(|author| author.id.as_str()) != Some(account.author_id.as_str()) {
        return Ok(Named::OtherAuthor);
    }
    // It was there before the claim: the same words, said another time. Ids grow, first in length (as `since_id` means).
    let age = |id: &str| (id.len(), id.to_owned());
    let older = record
        .last_own
        .as_ref()
        .is_some_and(|last| age(&status.id) <= age(last));
    Ok(
        match Wanted::of(part, index, replies_to, account.software).compare(&status) {
            // A server that changed the visibility says so in the receipt. What cannot be told apart is what the person says.
            Compared::Same | Compared::OtherVisibility | Compared::OnlyPictures | Compared::OtherMarks
                if !older =>
            {
                Named::ThePart(receipt(status))
            }
            _ => Named::OtherContent,
        },
    )
}

/// Whether a page's address ends in the id that the API knows. Friendica's and snac's have names of their own.
fn names_its_id(software: Software) -> bool {
    match software {
        Software::Mastodon
        | Software::Akkoma
        | Software::Pleroma
        | Software::GoToSocial
        | Software::Pixelfed => true,
        Software::Friendica | Software::Snac | Software::Unknown => false,
    }
}

/// One of the account's newest, by its address alone. What is older is not found.
async fn among_latest(
    server: &Server<'_>,
    account: &Account,
    url: &str,
) -> Result<Option<wire::Status>, CallError> {
    let bare = |url: &str| {
        let url = url.trim().split(['?', '#']).next().unwrap_or_default();
        url.trim_end_matches('/').to_owned()
    };
    let wanted = bare(url);
    let own = wanted
        .strip_prefix(server.origin)
        .is_some_and(|path| path.starts_with('/'));
    if !own {
        return Ok(None);
    }
    let path = format!(
        "/api/v1/accounts/{}/statuses?limit=40&exclude_reblogs=true",
        plain_id(&account.author_id)?
    );
    let page: Vec<wire::Status> = server.get(&path).await?;
    let is_wanted = |named: &Option<String>| named.as_deref().is_some_and(|named| bare(named) == wanted);
    Ok(page
        .into_iter()
        .find(|status| is_wanted(&status.url) || is_wanted(&status.uri)))
}

/// A page of the account's own server ends in its own id, of others' posts too (`/@bob@elsewhere.example/5`).
pub(super) async fn own_status(server: &Server<'_>, url: &str) -> Result<Option<wire::Status>, CallError> {
    let path = url
        .trim()
        .strip_prefix(server.origin)
        .and_then(|rest| rest.split(['?', '#']).next())
        .unwrap_or_default();
    let id = path.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    if id.is_empty() || !path.starts_with('/') || !id.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Ok(None);
    }
    match server
        .get::<wire::Status>(&format!("/api/v1/statuses/{id}"))
        .await
    {
        Ok(status) if status.id == id => Ok(Some(status)),
        Ok(_) | Err(CallError::Refused { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}
