//! What a claim freezes: keys, records, content ids. Everything that the server would otherwise decide is decided
//! here, so that the same can be sent again and told from anything else.

use jiff::fmt::temporal::DateTimePrinter;
use jiff::{SignedDuration, Timestamp};
use kossori_core::tid;
use kossori_engine::model::Account;
use kossori_engine::ports::{CallError, Outgoing, OutgoingPart};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::xrpc::Pds;
use super::{POSTS, REPOSTS, cid, facets, labels, refers};
use crate::frozen;

#[derive(Serialize, Deserialize)]
pub(super) struct Record {
    v: u64,
    pub did: String,
    pub parts: Vec<Part>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct Part {
    pub rkey: String,
    pub cid: String,
    pub record: Value,
    pub pictures: Vec<Blob>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct Blob {
    pub cid: String,
    pub mime: String,
    pub size: u64,
}

impl Part {
    /// Where its record goes: by its type.
    pub fn collection(&self) -> &'static str {
        if self.record["$type"] == REPOSTS {
            REPOSTS
        } else {
            POSTS
        }
    }
}

impl Record {
    pub fn uri(&self, part: &Part) -> String {
        format!("at://{}/{}/{}", self.did, part.collection(), part.rkey)
    }
}

pub(super) async fn freeze(
    pds: &Pds<'_>,
    account: &Account,
    outgoing: &Outgoing,
) -> Result<Record, CallError> {
    if let Some(url) = &outgoing.repost {
        return repost(pds, account, outgoing, url).await;
    }
    let answered = match &outgoing.reply_to {
        Some(url) => Some(refers::reply(pds, account, url).await?),
        None => None,
    };
    let mut quoted = match &outgoing.quote {
        Some(url) => Some(refers::quote(pds, account, url).await?),
        None => None,
    };
    let mut mentions = facets::Mentions::new(pds);
    let mut record = Record {
        v: frozen::version(outgoing),
        did: account.author_id.clone(),
        parts: Vec::new(),
    };
    let mut answers = answered;
    let mut root = answers.as_ref().map(|reply| reply["root"].clone());
    for (index, part) in (0_u32..).zip(&outgoing.parts) {
        // Readers sort a thread by these, so each part is a little later than the one before it.
        let at = outgoing
            .at
            .checked_add(SignedDuration::from_millis(i64::from(index)))
            .map_err(|_| CallError::Unsupported("time"))?;
        let rkey = key(at, &outgoing.key);
        let (mut post, pictures) = post(outgoing, part, at, answers.as_ref(), &mut mentions).await?;
        if let Some(quoted) = quoted.take() {
            post["embed"] = embed(quoted, post.get("embed").cloned());
        }
        let part = Part {
            cid: cid::of_record(&post).ok_or(CallError::Unsupported("record"))?,
            rkey,
            record: post,
            pictures,
        };
        let this = json!({ "uri": record.uri(&part), "cid": part.cid });
        let root = root.get_or_insert_with(|| this.clone());
        answers = Some(json!({ "root": root, "parent": this }));
        record.parts.push(part);
    }
    Ok(record)
}

/// A record of its own, under a key of ours, as a post is: the same again is no second one.
async fn repost(
    pds: &Pds<'_>,
    account: &Account,
    outgoing: &Outgoing,
    url: &str,
) -> Result<Record, CallError> {
    let record = json!({
        "$type": REPOSTS,
        "subject": refers::subject(pds, account, url).await?,
        "createdAt": datetime(outgoing.at),
    });
    Ok(Record {
        v: frozen::version(outgoing),
        did: account.author_id.clone(),
        parts: vec![Part {
            rkey: key(outgoing.at, &outgoing.key),
            cid: cid::of_record(&record).ok_or(CallError::Unsupported("record"))?,
            record,
            pictures: Vec::new(),
        }],
    })
}

/// A quote and, beside it, the post's own pictures.
fn embed(quoted: Value, pictures: Option<Value>) -> Value {
    match pictures {
        None => quoted,
        Some(media) => json!({
            "$type": "app.bsky.embed.recordWithMedia",
            "record": quoted,
            "media": media,
        }),
    }
}

fn datetime(at: Timestamp) -> String {
    DateTimePrinter::new().precision(Some(3)).timestamp_to_string(&at)
}

async fn post(
    outgoing: &Outgoing,
    part: &OutgoingPart,
    at: Timestamp,
    answers: Option<&Value>,
    mentions: &mut facets::Mentions<'_, '_>,
) -> Result<(Value, Vec<Blob>), CallError> {
    let mut post = json!({
        "$type": POSTS,
        "text": part.text,
        "createdAt": datetime(at),
    });
    let facets = facets::facets(&part.text, mentions).await?;
    if !facets.is_empty() {
        post["facets"] = Value::Array(facets);
    }
    if let Some(lang) = &outgoing.lang {
        post["langs"] = json!([lang]);
    }
    if let Some(labels) = outgoing.cw.as_deref().and_then(labels::self_labels) {
        post["labels"] = labels;
    }
    if let Some(answers) = answers {
        post["reply"] = answers.clone();
    }
    let mut blobs = Vec::new();
    let mut images = Vec::new();
    for picture in &part.pictures {
        let clean = &picture.picture;
        let blob = Blob {
            cid: cid::of_blob(&clean.bytes).ok_or(CallError::Unsupported("picture"))?,
            mime: clean.mime.clone(),
            size: clean.bytes.len() as u64,
        };
        images.push(json!({
            "alt": picture.alt,
            "aspectRatio": { "width": clean.width.max(1), "height": clean.height.max(1) },
            "image": {
                "$type": "blob",
                "ref": { "$link": blob.cid },
                "mimeType": blob.mime,
                "size": blob.size,
            },
        }));
        blobs.push(blob);
    }
    if !images.is_empty() {
        post["embed"] = json!({ "$type": "app.bsky.embed.images", "images": images });
    }
    Ok((post, blobs))
}

/// A TID: the part's moment in microseconds and ten bits of the claim's randomness, so that the same claim makes
/// the same key and another one, even at the same moment, most likely another.
fn key(at: Timestamp, random: &[u8; 16]) -> String {
    let micros = u64::try_from(at.as_microsecond()).unwrap_or(0);
    tid::encode(micros, u16::from_be_bytes([random[0], random[1]]))
}

#[cfg(test)]
mod tests {
    use super::key;

    #[test]
    fn keys_sort_by_time() {
        let at = "2026-11-23T12:00:00Z".parse().unwrap();
        let later = "2026-11-23T12:00:00.001Z".parse().unwrap();
        let random = [0xff; 16];
        assert_eq!(key(at, &random), key(at, &random));
        assert!(key(at, &random) < key(later, &[0; 16]));
        assert_ne!(key(at, &random), key(at, &[0; 16]));
        assert!(kossori_core::tid::is_tid(&key(at, &random)));
    }
}
