//! Looking for a post whose key is not known here: another copy of the folder may have sent it.

use jiff::Timestamp;
use kossori_core::answer::Receipt;
use kossori_core::tid;
use kossori_engine::ports::{CallError, Found};
use serde_json::Value;

use super::freeze::Record;
use super::post::page_of;
use super::wire;
use super::xrpc::{self, Pds};

/// 1,000 own posts since then. More than that, and nothing is said: an incomplete look is no "absent".
const PAGES: usize = 10;

/// By what a reader sees: the text, what it quotes, and the pictures by their content; of a repost, what it reposts. All parts went at once, so the first one that is
/// there proves the others.
pub(super) async fn find(
    pds: &Pds<'_>,
    record: &Record,
    since: Timestamp,
    known: &[String],
) -> Result<Found, CallError> {
    let first = record.parts.first().ok_or(CallError::BadFrozen)?;
    let wanted = seen(&first.record);
    let mut cursor = String::new();
    for _ in 0..PAGES {
        let mut query = vec![
            ("repo", record.did.as_str()),
            ("collection", first.collection()),
            ("limit", "100"),
        ];
        if !cursor.is_empty() {
            query.push(("cursor", &cursor));
        }
        let url = xrpc::url(pds.origin, "com.atproto.repo.listRecords", &query)?;
        let page: wire::Listed = pds.get(url, None).await?.parsed()?;
        // Newest first: keys are made of the time. What a record says of its own age may be anything.
        for listed in &page.records {
            let rkey = listed.uri.rsplit('/').next().unwrap_or_default();
            let made = tid::decode(rkey)
                .and_then(|(micros, _)| Timestamp::from_microsecond(i64::try_from(micros).ok()?).ok());
            if made.is_some_and(|made| made < since) {
                return Ok(Found::Absent);
            }
            if !known.contains(&listed.uri) && seen(&listed.value) == wanted {
                return Ok(Found::There(Receipt {
                    ids: vec![listed.uri.clone()],
                    url: page_of(&listed.uri, &listed.value),
                    visibility: None,
                    last_url: None,
                }));
            }
        }
        match page.cursor {
            Some(next) if !page.records.is_empty() && next != cursor => cursor = next,
            _ => return Ok(Found::Absent),
        }
    }
    Err(CallError::Unclear { status: Some(200) })
}

fn seen(post: &Value) -> [&Value; 4] {
    [
        &post["text"],
        &post["embed"],
        &post["reply"]["parent"]["uri"],
        &post["subject"]["uri"],
    ]
}
