//! A post that somebody names by its URL: found on its author's server, known by its address and content id.

use kossori_engine::model::Account;
use kossori_engine::ports::CallError;
use serde_json::{Value, json};

use super::xrpc::{self, Pds};
use super::{POSTS, identity, session, wire};
use crate::http::address;

pub(super) struct PostAt {
    pub uri: String,
    pub cid: String,
    pub value: Value,
    pub did: String,
    pub rkey: String,
}

impl PostAt {
    pub fn strong_ref(&self) -> Value {
        json!({ "uri": self.uri, "cid": self.cid })
    }
}

/// `missing`: the code of the refusal if there is no such post.
pub(super) async fn post_at(
    pds: &Pds<'_>,
    account: &Account,
    url: &str,
    missing: &str,
) -> Result<PostAt, CallError> {
    let (author, rkey) = named(url).ok_or_else(|| refused(missing))?;
    let did = if author.starts_with("did:") {
        author
    } else {
        resolve(pds, &author).await?.ok_or_else(|| refused(missing))?
    };
    let found = record(pds, account, POSTS, &did, &rkey).await?;
    let post = found.ok_or_else(|| refused(missing))?;
    // It becomes a part of the account's own record: nothing but what was asked for, and two short texts.
    if post.uri != format!("at://{did}/{POSTS}/{rkey}") || !is_cid(&post.cid) {
        return Err(refused(missing));
    }
    Ok(PostAt {
        uri: post.uri,
        cid: post.cid,
        value: post.value,
        did,
        rkey,
    })
}

pub(super) fn refused(code: &str) -> CallError {
    CallError::Refused {
        status: 404,
        code: code.to_owned(),
        words: String::new(),
    }
}

/// An AT URI names an author, a collection and a key of 512 bytes at most.
pub(super) const MOST_URI: usize = 1024;

/// Base 32, as the network writes them.
pub(super) fn is_cid(cid: &str) -> bool {
    (1..=128).contains(&cid.len()) && cid.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// The DID of a handle; `None` if nobody has it.
pub(super) async fn resolve(pds: &Pds<'_>, handle: &str) -> Result<Option<String>, CallError> {
    let url = xrpc::url(
        pds.origin,
        "com.atproto.identity.resolveHandle",
        &[("handle", handle)],
    )?;
    match pds.get(url, None).await {
        Ok(said) => Ok(Some(said.parsed::<wire::Resolved>()?.did)),
        Err(CallError::Refused { .. }) => Ok(None),
        Err(other) => Err(other),
    }
}

/// `https://bsky.app/profile/AUTHOR/post/RKEY`, another client's page with the same path, or `at://AUTHOR/…/RKEY`.
fn named(url: &str) -> Option<(String, String)> {
    let url = url.trim();
    let parts: Vec<&str> = match url.strip_prefix("at://") {
        Some(rest) => rest.split('/').collect(),
        None => {
            let rest = url
                .strip_prefix("https://")
                .or_else(|| url.strip_prefix("http://"))?;
            rest.split(['?', '#'])
                .next()?
                .split('/')
                .skip(1)
                .filter(|part| !part.is_empty())
                .collect()
        }
    };
    match parts[..] {
        [author, POSTS, rkey] | ["profile", author, "post", rkey]
            if !author.is_empty() && !rkey.is_empty() =>
        {
            Some((author.replace("%3A", ":"), rkey.to_owned()))
        }
        _ => None,
    }
}

/// Somebody's record, wherever it is; `None` if there is none.
pub(super) async fn record(
    pds: &Pds<'_>,
    account: &Account,
    collection: &str,
    did: &str,
    rkey: &str,
) -> Result<Option<wire::GotRecord>, CallError> {
    match record_at(pds, pds.origin, collection, did, rkey).await {
        // Our server knows others' records only through a view of the network, which it may lack: ask the author's.
        Err(CallError::Refused { .. }) => {}
        answer => return answer.map(Some),
    }
    let Some(home) = home(pds, account, did).await? else {
        return Ok(None);
    };
    match record_at(pds, &home, collection, did, rkey).await {
        Err(CallError::Refused { .. }) => Ok(None),
        answer => answer.map(Some),
    }
}

async fn record_at(
    pds: &Pds<'_>,
    origin: &str,
    collection: &str,
    did: &str,
    rkey: &str,
) -> Result<wire::GotRecord, CallError> {
    let query = [("repo", did), ("collection", collection), ("rkey", rkey)];
    pds.get(xrpc::url(origin, "com.atproto.repo.getRecord", &query)?, None)
        .await?
        .parsed()
}

/// The server of another account, by its DID document.
async fn home(pds: &Pds<'_>, account: &Account, did: &str) -> Result<Option<String>, CallError> {
    let document = identity::document(pds, account.plc.as_deref(), did).await?;
    let Some(endpoint) = document.as_ref().and_then(session::pds_of) else {
        return Ok(None);
    };
    address::origin(&endpoint, account.local_server)
        .map(Some)
        .ok_or(CallError::AddressRefused)
}

#[cfg(test)]
mod tests {
    use super::named;

    #[test]
    fn urls_of_posts() {
        let expected = |author: &str| Some((author.to_owned(), "3kabc".to_owned()));
        for (url, author) in [
            ("https://bsky.app/profile/alice.test/post/3kabc", "alice.test"),
            (
                "https://bsky.app/profile/did:plc:abc/post/3kabc?ref=x",
                "did:plc:abc",
            ),
            (
                "https://bsky.app/profile/did%3Aplc%3Aabc/post/3kabc/",
                "did:plc:abc",
            ),
            ("at://did:plc:abc/app.bsky.feed.post/3kabc", "did:plc:abc"),
        ] {
            assert_eq!(named(url), expected(author), "{url}");
        }
        for url in [
            "https://bsky.app/profile/alice.test",
            "https://example.com/",
            "at://did:plc:abc/app.bsky.feed.like/3kabc",
            "x",
            "",
        ] {
            assert_eq!(named(url), None, "{url}");
        }
    }
}
