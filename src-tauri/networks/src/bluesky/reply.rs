//! The post that a post answers: found by its URL, named by its address and content id.

use kossori_engine::model::Account;
use kossori_engine::ports::CallError;
use serde_json::{Value, json};

use super::xrpc::{self, Pds};
use super::{POSTS, identity, session, wire};
use crate::http::address;

/// The `reply` of a record: who is answered, and where the conversation began.
pub(super) async fn reply(pds: &Pds<'_>, account: &Account, url: &str) -> Result<Value, CallError> {
    let (author, rkey) = named(url).ok_or_else(not_found)?;
    let did = if author.starts_with("did:") {
        author
    } else {
        resolve(pds, &author).await?.ok_or_else(not_found)?
    };
    let post = match record(pds, pds.origin, &did, &rkey).await {
        // Our server knows others' posts only through a view of the network, which it may lack: ask the author's.
        Err(CallError::Refused { .. }) => {
            let home = home(pds, account, &did).await?;
            match record(pds, &home, &did, &rkey).await {
                Err(CallError::Refused { .. }) => return Err(not_found()),
                answer => answer?,
            }
        }
        answer => answer?,
    };
    // What is answered becomes a part of the account's own record: nothing but what was asked for, and two short texts.
    if post.uri != format!("at://{did}/{POSTS}/{rkey}") || !is_cid(&post.cid) {
        return Err(not_found());
    }
    let parent = json!({ "uri": post.uri, "cid": post.cid });
    let root = post.value.pointer("/reply/root").and_then(|root| {
        let of = |name: &str| root.get(name)?.as_str();
        let (uri, cid) = (of("uri")?, of("cid")?);
        (uri.starts_with("at://") && uri.len() <= MOST_URI && is_cid(cid))
            .then(|| json!({ "uri": uri, "cid": cid }))
    });
    let root = root.unwrap_or_else(|| parent.clone());
    Ok(json!({ "root": root, "parent": parent }))
}

/// An AT URI names an author, a collection and a key of 512 bytes at most.
const MOST_URI: usize = 1024;

/// Base 32, as the network writes them.
fn is_cid(cid: &str) -> bool {
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

async fn record(pds: &Pds<'_>, origin: &str, did: &str, rkey: &str) -> Result<wire::GotRecord, CallError> {
    let query = [("repo", did), ("collection", POSTS), ("rkey", rkey)];
    pds.get(xrpc::url(origin, "com.atproto.repo.getRecord", &query)?, None)
        .await?
        .parsed()
}

/// The server of another account, by its DID document.
async fn home(pds: &Pds<'_>, account: &Account, did: &str) -> Result<String, CallError> {
    let document = identity::document(pds, account.plc.as_deref(), did).await?;
    let endpoint = document
        .as_ref()
        .and_then(session::pds_of)
        .ok_or_else(not_found)?;
    address::origin(&endpoint, account.local_server).ok_or(CallError::AddressRefused)
}

fn not_found() -> CallError {
    CallError::Refused {
        status: 404,
        code: "reply_not_found".to_owned(),
        words: String::new(),
    }
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
