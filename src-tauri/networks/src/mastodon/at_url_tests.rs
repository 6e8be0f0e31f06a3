//! A post that a person names by its address.

use kossori_core::network::Network;
use kossori_engine::ports::{CallError, Named, Publisher};
use serde_json::{Value, json};

use super::tests::{TOKENS, adapter, frozen_with, outgoing, status};
use crate::testing::{Stub, json, says, session};

/// What the server has at `/api/v1/statuses/41`, what the person pasted, and what that proves of part 1 of a thread
/// whose part 0 is 40.
#[tokio::test]
async fn a_part_that_a_person_names_by_its_address() {
    let adapter = adapter();
    let frozen = frozen_with(
        &adapter,
        &outgoing(&["one", "two & a half"]),
        json!([status("10", "", "public")]),
    )
    .await;
    let part = |change: &dyn Fn(&mut Value)| {
        let mut part = status("41", "<p>two &amp; a half</p>", "unlisted");
        part["in_reply_to_id"] = json!("40");
        change(&mut part);
        part
    };
    let right = part(&|_| {});
    let cases: Vec<(&str, Value, &str, &str)> = vec![
        ("the part", right.clone(), "/@alice/41", "the part"),
        (
            "with what browsers add",
            right.clone(),
            "/@alice/41/?x=1#y",
            "the part",
        ),
        (
            "as the server names it",
            right.clone(),
            "/users/alice/statuses/41",
            "the part",
        ),
        (
            "public where unlisted was asked",
            part(&|p| p["visibility"] = json!("public")),
            "/@alice/41",
            "the part",
        ),
        (
            "another author",
            part(&|p| p["account"]["id"] = json!("2")),
            "/@alice/41",
            "other author",
        ),
        (
            "no author",
            part(&|p| p["account"] = json!(null)),
            "/@alice/41",
            "other author",
        ),
        (
            "other words",
            part(&|p| p["content"] = json!("<p>two</p>")),
            "/@alice/41",
            "other content",
        ),
        (
            "an answer to something else",
            part(&|p| p["in_reply_to_id"] = json!("39")),
            "/@alice/41",
            "other content",
        ),
        (
            "no answer",
            part(&|p| p["in_reply_to_id"] = json!(null)),
            "/@alice/41",
            "other content",
        ),
        (
            "with a picture",
            part(&|p| p["media_attachments"] = json!([{"id": "m"}])),
            "/@alice/41",
            "other content",
        ),
        (
            "from before the claim",
            part(&|p| p["id"] = json!("10")),
            "/@alice/10",
            "other content",
        ),
        (
            "from long before the claim",
            part(&|p| p["id"] = json!("9")),
            "/@alice/9",
            "other content",
        ),
        (
            "another status than was asked for",
            right.clone(),
            "/@alice/42",
            "nothing",
        ),
        ("the profile", right.clone(), "", "nothing"),
        (
            "a path that steps out",
            right.clone(),
            "/@alice/..%2f41",
            "nothing",
        ),
    ];
    for (why, there, path, expected) in cases {
        let stub = Stub::start(move |_| json(200, &there)).await;
        let session = session(Network::Mastodon, &stub.url, "1", TOKENS);
        let url = format!("{}{path}", stub.url);
        let named = adapter
            .at_url(&session, &frozen, 1, Some("40"), &url)
            .await
            .unwrap();
        let said = match &named {
            Named::ThePart(receipt) => {
                assert_eq!(receipt.ids, ["41"], "{why}");
                "the part"
            }
            Named::Nothing => "nothing",
            Named::OtherAuthor => "other author",
            Named::OtherContent => "other content",
        };
        assert_eq!(said, expected, "{why}");
        for asked in stub.seen() {
            assert_eq!(asked.method, "GET", "{why}");
            assert!(
                asked.path.starts_with("/api/v1/statuses/"),
                "{why}: {}",
                asked.path
            );
        }
    }
}

#[tokio::test]
async fn an_address_elsewhere_is_not_even_asked_for() {
    let adapter = adapter();
    let frozen = frozen_with(&adapter, &outgoing(&["one", "two"]), json!([])).await;
    let stub = Stub::start(|_| json(404, &json!({"error": "Record not found"}))).await;
    let session = session(Network::Mastodon, &stub.url, "1", TOKENS);
    for url in [
        "https://elsewhere.example/@alice/41".to_owned(),
        format!("{}.evil.example/@alice/41", stub.url),
        "41".to_owned(),
        String::new(),
    ] {
        let named = adapter.at_url(&session, &frozen, 1, Some("40"), &url).await;
        assert_eq!(named, Ok(Named::Nothing), "{url}");
    }
    assert_eq!(stub.seen().len(), 0);
    let gone = format!("{}/@alice/41", stub.url);
    let named = adapter.at_url(&session, &frozen, 1, Some("40"), &gone).await;
    assert_eq!(named, Ok(Named::Nothing), "404");

    let hanging = Stub::start(|_| says(502, &[("Content-Type", "text/html")], "<html>")).await;
    let session = crate::testing::session(Network::Mastodon, &hanging.url, "1", TOKENS);
    let url = format!("{}/@alice/41", hanging.url);
    let unclear = adapter.at_url(&session, &frozen, 1, Some("40"), &url).await;
    assert_eq!(
        unclear,
        Err(CallError::Unclear { status: Some(502) }),
        "an answer that says nothing"
    );
}
