//! Uploading, the post call, and looking.

use kossori_core::answer::{Answer, Receipt, Refusal};
use kossori_engine::ports::{CallError, Look, OutgoingPicture};
use serde_json::{Value, json};

use super::freeze::{Blob, Record};
use super::session::Tokens;
use super::xrpc::{self, Pds};
use super::{POSTS, REPOSTS, cid, dpop, wire};
use crate::http::{Body, Call, Reply};
use crate::refusal;

/// Uploads what the record names, in its order: all parts' pictures at once for part 0, as all parts go at once.
/// The server drops blobs that nothing names after a while, so this comes right before the post call.
pub(super) async fn upload(
    pds: &Pds<'_>,
    tokens: &Tokens,
    record: &Record,
    part: u32,
    pictures: &[OutgoingPicture],
) -> Result<(), CallError> {
    if part > 0 {
        return Ok(());
    }
    let blobs: Vec<&Blob> = record.parts.iter().flat_map(|part| &part.pictures).collect();
    if blobs.len() != pictures.len() {
        return Err(CallError::BadFrozen);
    }
    for (blob, picture) in blobs.into_iter().zip(pictures) {
        let clean = &picture.picture;
        if cid::of_blob(&clean.bytes).as_ref() != Some(&blob.cid) || clean.mime != blob.mime {
            return Err(CallError::BadFrozen);
        }
        let body = Body::Bytes {
            mime: clean.mime.clone(),
            bytes: clean.bytes.clone(),
        };
        let said = pds
            .call("com.atproto.repo.uploadBlob", body, Some(tokens.voice()))
            .await?;
        let uploaded: wire::Uploaded = said.parsed()?;
        // Another reference than the record's would be refused with the post, or worse, be another picture.
        if uploaded.blob.r#ref.link != blob.cid || uploaded.blob.mime_type != blob.mime {
            return Err(CallError::Unclear { status: Some(200) });
        }
    }
    Ok(())
}

/// One part: `putRecord`, which answers an identical record that is there with 200 and writes nothing. More:
/// one `applyWrites`, all or nothing; sent again it answers 500, so the outcome is unknown and a look finds it.
pub(super) async fn post(pds: &Pds<'_>, tokens: &Tokens, record: &Record) -> Answer {
    let (method, body) = match &record.parts[..] {
        [] => return Answer::NeverLeft,
        [only] => (
            "com.atproto.repo.putRecord",
            json!({
                "repo": record.did,
                "collection": only.collection(),
                "rkey": only.rkey,
                "record": only.record,
            }),
        ),
        parts => {
            let writes: Vec<Value> = parts
                .iter()
                .map(|part| {
                    json!({
                        "$type": "com.atproto.repo.applyWrites#create",
                        "collection": part.collection(),
                        "rkey": part.rkey,
                        "value": part.record,
                    })
                })
                .collect();
            (
                "com.atproto.repo.applyWrites",
                json!({ "repo": record.did, "writes": writes }),
            )
        }
    };
    let Ok(url) = xrpc::url(pds.origin, method, &[]) else {
        return Answer::NeverLeft;
    };
    let call = Call::post(url, Body::Json(body), pds.options.post_limit);
    match pds.send(call, Some(tokens.voice())).await {
        Ok(reply) if reply.is_success() => posted(reply, record),
        Ok(reply) => turned_away(&reply),
        Err(failure) => failure.into(),
    }
}

fn turned_away(reply: &Reply) -> Answer {
    match refusal::answer(reply, wire::api_error(reply)) {
        // It came again for the nonce that was just given.
        Answer::Refused {
            status, code, words, ..
        } if dpop::wants_nonce(reply) => Answer::Refused {
            status,
            kind: Refusal::Nonce,
            code,
            words,
        },
        answer => answer,
    }
}

/// Proof is the server naming each part's key with the content id that was computed here.
fn posted(reply: Reply, record: &Record) -> Answer {
    let unclear = Answer::Unclear {
        status: Some(reply.status),
    };
    let Some(json) = reply.json else {
        return unclear;
    };
    let written: Option<Vec<wire::Written>> = match record.parts.len() {
        1 => serde_json::from_value(json).ok().map(|written| vec![written]),
        _ => serde_json::from_value(json)
            .ok()
            .map(|all: wire::AllWritten| all.results),
    };
    let Some(written) = written.filter(|written| written.len() == record.parts.len()) else {
        return unclear;
    };
    let mut author = None;
    for (part, written) in record.parts.iter().zip(&written) {
        let Some((did, collection, rkey)) = address_of(&written.uri) else {
            return unclear;
        };
        if collection != part.collection() || rkey != part.rkey || written.cid != part.cid {
            return unclear;
        }
        author = Some(did.to_owned());
        if did != record.did {
            break;
        }
    }
    Answer::Posted {
        receipt: receipt(record),
        author,
    }
}

/// The repository, the collection and the key.
fn address_of(uri: &str) -> Option<(&str, &str, &str)> {
    let (did, rest) = uri.strip_prefix("at://")?.split_once('/')?;
    let (collection, rkey) = rest.split_once('/')?;
    (!did.is_empty()).then_some((did, collection, rkey))
}

fn receipt(record: &Record) -> Receipt {
    let first = record.parts.first();
    Receipt {
        ids: record.parts.iter().map(|part| record.uri(part)).collect(),
        url: first.and_then(|part| page_of(&record.uri(part), &part.record)),
        visibility: None,
        last_url: None,
    }
}

/// Where people see `record`: a repost has no page of its own, what it reposts has.
pub(super) fn page_of(uri: &str, record: &Value) -> Option<String> {
    let shown = match address_of(uri)? {
        (_, REPOSTS, _) => record["subject"]["uri"].as_str()?,
        _ => uri,
    };
    let (did, _, rkey) = address_of(shown)?;
    Some(format!("https://bsky.app/profile/{did}/post/{rkey}"))
}

/// What is not there any more is no error: the server answers so itself.
pub(super) async fn delete(pds: &Pds<'_>, tokens: &Tokens, own: &str, id: &str) -> Result<(), CallError> {
    let (did, collection, rkey) = address_of(id).ok_or(CallError::Unsupported("delete"))?;
    if did != own || ![POSTS, REPOSTS].contains(&collection) {
        return Err(CallError::Unsupported("delete"));
    }
    let body = json!({ "repo": did, "collection": collection, "rkey": rkey });
    pds.call(
        "com.atproto.repo.deleteRecord",
        Body::Json(body),
        Some(tokens.voice()),
    )
    .await
    .map(drop)
}

/// By key, on the account's own server, without a token: the repository is public and the view of the network
/// lags behind it.
///
/// All parts were written at once or not at all, so one part that is there with its content id proves them all
/// (a person may have deleted another since). Something else under one of our keys is nothing that can be
/// judged here: a person must.
pub(super) async fn look(pds: &Pds<'_>, record: &Record) -> Result<Look, CallError> {
    let mut something_else = false;
    for part in &record.parts {
        let query = [
            ("repo", record.did.as_str()),
            ("collection", part.collection()),
            ("rkey", &part.rkey),
        ];
        let url = xrpc::url(pds.origin, "com.atproto.repo.getRecord", &query)?;
        match pds.get(url, None).await {
            Ok(said) => {
                let there: wire::GotRecord = said.parsed()?;
                if there.cid == part.cid {
                    return Ok(Look::There(receipt(record)));
                }
                something_else = true;
            }
            Err(CallError::Refused { code, .. }) if code == "RecordNotFound" => {}
            Err(error) => return Err(error),
        }
    }
    Ok(if something_else {
        Look::CannotTell
    } else {
        Look::Absent
    })
}
