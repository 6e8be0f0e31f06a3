//! The adapter against servers that differ as real ones do.

use std::sync::Arc;

use kossori_core::network::{Network, Visibility};
use kossori_engine::ports::{
    CleanPicture, Frozen, Outgoing, OutgoingPart, OutgoingPicture, Publisher, Session,
};
use serde_json::{Value, json};

use super::Misskey;
use crate::testing::{FixedClock, Seen, Stub, json as answers, now, options, session};

mod looking;
mod meant;
mod referring;
mod sending;
mod signing_in;

const TOKENS: &str = r#"{"token":"t0ken"}"#;
const OTHERS: &str = "https://other.example/notes/5";

type Script = Box<dyn Fn() -> crate::testing::Does + Send + Sync>;

fn adapter() -> Misskey {
    Misskey::new(Arc::new(FixedClock), &options())
}

fn at(stub: &Stub) -> Session {
    session(Network::Misskey, &stub.url, "u1", TOKENS)
}

fn outgoing(texts: &[&str]) -> Outgoing {
    let parts = texts.iter().map(|text| OutgoingPart {
        text: (*text).to_owned(),
        pictures: Vec::new(),
    });
    Outgoing {
        parts: parts.collect(),
        cw: None,
        visibility: Some(Visibility::Unlisted),
        lang: Some("ja-JP".to_owned()),
        reply_to: None,
        quote: None,
        repost: None,
        at: now(),
        key: [7; 16],
    }
}

fn picture(bytes: &'static str, alt: &str) -> OutgoingPicture {
    let bytes: Arc<[u8]> = Arc::from(bytes.as_bytes());
    let picture = CleanPicture {
        bytes,
        mime: "image/png".to_owned(),
        width: 1,
        height: 1,
    };
    OutgoingPicture {
        picture,
        alt: alt.to_owned(),
    }
}

/// A note of the account's own, as servers send it.
fn note(id: &str, text: &str, change: &[(&str, Value)]) -> Value {
    let mut note = json!({"id": id, "userId": "u1", "user": {"id": "u1", "username": "alice", "host": null},
        "createdAt": "2026-11-23T12:31:01.000Z", "text": text, "cw": null, "visibility": "home", "localOnly": false,
        "fileIds": [], "files": [], "replyId": null, "renoteId": null});
    for (field, value) in change {
        note[*field] = value.clone();
    }
    note
}

fn error(status: u16, code: &str) -> crate::testing::Does {
    answers(
        status,
        &json!({"error": {"code": code, "id": "00000000-0000-4000-8000-000000000000", "message": format!("{code}."),
                          "kind": "client"}}),
    )
}

/// `users/notes` as Misskey answers it, out of these notes: with `sinceId` or `sinceDate` alone the oldest first.
fn page_of(notes: &[Value], seen: &Seen, most: usize) -> Vec<Value> {
    let asked = seen.json();
    let limit = usize::try_from(asked["limit"].as_u64().unwrap())
        .unwrap()
        .min(most);
    let id = |note: &Value| note["id"].as_str().unwrap().to_owned();
    let mut left: Vec<Value> = notes
        .iter()
        .filter(|note| {
            asked["sinceId"]
                .as_str()
                .is_none_or(|since| id(note).as_str() > since)
        })
        .filter(|note| {
            asked["untilId"]
                .as_str()
                .is_none_or(|until| id(note).as_str() < until)
        })
        .cloned()
        .collect();
    left.sort_by_key(id);
    if asked["untilId"].is_string() || !(asked["sinceId"].is_string() || asked["sinceDate"].is_number()) {
        left.reverse();
    }
    left.truncate(limit);
    left
}

async fn timeline(notes: Vec<Value>, most: usize) -> Stub {
    Stub::start(move |seen| match seen.path.as_str() {
        "/api/users/notes" => answers(200, &json!(page_of(&notes, seen, most))),
        path => panic!("{path}"),
    })
    .await
}

async fn frozen_with(adapter: &Misskey, outgoing: &Outgoing, own: Vec<Value>) -> Frozen {
    let stub = timeline(own, 100).await;
    adapter.freeze(&at(&stub), outgoing).await.unwrap()
}

fn record(frozen: &Frozen) -> Value {
    serde_json::from_str(&frozen.0).unwrap()
}

fn asked(stub: &Stub, path: &str) -> Vec<Seen> {
    let seen = stub.seen().into_iter();
    seen.filter(|seen| seen.path == path).collect()
}

#[test]
fn tokens_do_not_show() {
    let shown = format!(
        "{:?}",
        session(Network::Misskey, "https://example.social", "u1", TOKENS)
    );
    assert!(!shown.contains("t0ken"), "{shown}");
}
