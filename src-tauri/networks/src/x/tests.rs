//! The adapter against what X is documented to answer, and what may come instead.

use std::sync::Arc;

use kossori_core::answer::Answer;
use kossori_core::network::{Network, Visibility};
use kossori_engine::ports::{
    CallError, CleanPicture, Frozen, Outgoing, OutgoingPart, OutgoingPicture, Publisher, Session,
};
use serde_json::{Value, json};

use super::X;
use crate::testing::{Does, FixedClock, Stub, json, now, options, says};

mod answers;
mod looking;
mod media;
mod reposting;
mod signing_in;

const TOKENS: &str =
    r#"{"access_token":"t0ken","refresh_token":"r0","client_id":"c1","expires_at":1795450260}"#;

fn adapter() -> X {
    X::new(Arc::new(FixedClock), &options())
}

fn session(server: &str) -> Session {
    let mut session = crate::testing::session(Network::X, server, "7", TOKENS);
    session.account.handle = "alice".to_owned();
    session
}

fn outgoing(texts: &[&str]) -> Outgoing {
    let parts = texts.iter().map(|text| OutgoingPart {
        text: (*text).to_owned(),
        pictures: Vec::new(),
    });
    Outgoing {
        parts: parts.collect(),
        cw: None,
        visibility: None,
        lang: Some("ja".to_owned()),
        reply_to: None,
        quote: None,
        repost: None,
        at: now(),
        key: [7; 16],
    }
}

fn picture(bytes: &[u8], mime: &str, alt: &str) -> OutgoingPicture {
    let picture = CleanPicture {
        bytes: Arc::from(bytes),
        mime: mime.to_owned(),
        width: 1,
        height: 1,
    };
    OutgoingPicture {
        picture,
        alt: alt.to_owned(),
    }
}

fn page(posts: &[Value], next: Option<&str>) -> Value {
    let mut page = json!({"meta": {"result_count": posts.len()}});
    if !posts.is_empty() {
        page["data"] = json!(posts);
    }
    if let Some(next) = next {
        page["meta"]["next_token"] = json!(next);
    }
    page
}

/// A frozen record after the own post 10.
async fn frozen_of(outgoing: &Outgoing) -> Frozen {
    let stub = Stub::start(|_| json(200, &page(&[json!({"id": "10", "text": "x"})], None))).await;
    adapter().freeze(&session(&stub.url), outgoing).await.unwrap()
}

type Says = Box<dyn Fn() -> Does + Send + Sync>;

#[tokio::test]
async fn what_is_sent() {
    let stub = Stub::start(|seen| match (seen.method.as_str(), seen.path.as_str()) {
        ("GET", "/2/users/7/tweets?max_results=5") => {
            let posts = ["99", "100", "98"].map(|id| json!({"id": id, "text": "x"}));
            json(200, &page(&posts, Some("more")))
        }
        ("POST", "/2/tweets") => json(201, &json!({"data": {"id": "101", "text": "one"}})),
        (_, path) => panic!("{path}"),
    })
    .await;
    let (adapter, session) = (adapter(), session(&stub.url));
    let mut thread = outgoing(&["one", "two"]);
    thread.reply_to = Some(format!("{}/bob/status/50", stub.url));
    let frozen = adapter.freeze(&session, &thread).await.unwrap();
    assert_eq!(frozen, adapter.freeze(&session, &thread).await.unwrap());
    let record: Value = serde_json::from_str(&frozen.0).unwrap();
    assert_eq!(record["last_own"], "100", "ids are numbers");

    let posted = adapter.post(&session, &frozen, 0, None).await;
    let Answer::Posted { receipt, author } = posted else {
        panic!("{posted:?}")
    };
    assert_eq!(author.as_deref(), Some("7"));
    assert_eq!(receipt.ids, ["101"]);
    assert_eq!(receipt.url, Some(format!("{}/alice/status/101", stub.url)));
    adapter.post(&session, &frozen, 1, Some("101")).await;
    let posts: Vec<_> = stub
        .seen()
        .into_iter()
        .filter(|seen| seen.method == "POST")
        .collect();
    let answering = |text: &str, id: &str| json!({"text": text, "reply": {"in_reply_to_tweet_id": id}});
    assert_eq!(posts[0].json(), answering("one", "50"));
    assert_eq!(posts[1].json(), answering("two", "101"));
    assert_eq!(posts[0].header("authorization"), Some("Bearer t0ken"));

    let calls = stub.seen().len();
    // A later part without what it answers would start a thread of its own.
    assert_eq!(adapter.post(&session, &frozen, 1, None).await, Answer::NeverLeft);
    assert_eq!(
        adapter.post(&session, &frozen, 2, Some("1")).await,
        Answer::NeverLeft
    );
    let newer = Frozen(r#"{"v":2}"#.into());
    assert_eq!(adapter.post(&session, &newer, 0, None).await, Answer::NeverLeft);
    assert_eq!(stub.seen().len(), calls);
}

#[tokio::test]
async fn what_cannot_be_frozen() {
    let stub = Stub::start(|_| json(200, &page(&[], None))).await;
    let session = session(&stub.url);
    let empty = adapter().freeze(&session, &outgoing(&["one"])).await.unwrap();
    let record: Value = serde_json::from_str(&empty.0).unwrap();
    assert_eq!(record["last_own"], Value::Null, "nothing was posted there before");

    let mut narrow = outgoing(&["one"]);
    narrow.visibility = Some(Visibility::Private);
    let refused = adapter().freeze(&session, &narrow).await;
    assert_eq!(refused, Err(CallError::Unsupported("visibility")));
    let mut reply = outgoing(&["one"]);
    reply.reply_to = Some("https://example.com/bob/status/50".to_owned());
    let refused = adapter().freeze(&session, &reply).await.unwrap_err();
    assert!(
        matches!(&refused, CallError::Refused { code, .. } if code == "reply_not_found"),
        "{refused:?}"
    );
    assert_eq!(stub.seen().len(), 1, "what cannot be sent is not paid for");

    // A list that is not whole says nothing of where it ends.
    for body in [
        json!({}),
        json!({"data": [{"id": "10", "text": "x"}]}),
        json!({"meta": {"result_count": 2}, "data": [{"id": "10", "text": "x"}]}),
        json!({"meta": {"result_count": 1}, "data": [{"id": "x", "text": "x"}]}),
    ] {
        let stub = Stub::start(move |_| json(200, &body)).await;
        let unclear = adapter()
            .freeze(&super::tests::session(&stub.url), &outgoing(&["one"]))
            .await;
        assert_eq!(unclear, Err(CallError::Unclear { status: Some(200) }));
    }
}

#[tokio::test]
async fn taking_a_post_away() {
    let gone = json!({"title": "Not Found Error", "detail": "x",
                      "type": "https://api.x.com/2/problems/resource-not-found"});
    let html = [("Content-Type", "text/html")];
    let cases: Vec<(Says, Result<(), CallError>)> = vec![
        (
            Box::new(|| json(200, &json!({"data": {"deleted": true}}))),
            Ok(()),
        ),
        (Box::new(move || json(404, &gone)), Ok(())),
        (
            Box::new(move || says(404, &html, "<html>")),
            Err(CallError::Unclear { status: Some(404) }),
        ),
        (
            Box::new(|| json(200, &json!({"data": {"deleted": false}}))),
            Err(CallError::Unclear { status: Some(200) }),
        ),
        (
            Box::new(|| json(200, &json!({}))),
            Err(CallError::Unclear { status: Some(200) }),
        ),
        (
            Box::new(|| json(402, &json!({"title": "CreditsDepleted", "detail": "x"}))),
            Err(CallError::OutOfCredit),
        ),
    ];
    for (does, expected) in cases {
        let stub = Stub::start(move |_| does()).await;
        assert_eq!(adapter().delete(&session(&stub.url), "20").await, expected);
        let seen = stub.seen().remove(0);
        assert_eq!(
            (seen.method.as_str(), seen.path.as_str()),
            ("DELETE", "/2/tweets/20")
        );
    }
    let odd = adapter().delete(&session("http://127.0.0.1:1"), "../users").await;
    assert_eq!(odd, Err(CallError::Unsupported("id")));
}

#[test]
fn the_page_follows_from_the_id() {
    let mut account = crate::testing::session(Network::X, "https://api.x.com", "7", TOKENS).account;
    account.handle = "alice".to_owned();
    for (id, expected) in [
        ("20", Some("https://x.com/alice/status/20")),
        ("20a", None),
        ("repost:20", None),
        ("", None),
        ("../20", None),
    ] {
        assert_eq!(adapter().page(&account, id).as_deref(), expected, "{id:?}");
    }
}
