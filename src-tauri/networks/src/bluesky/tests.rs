//! The adapter against answers that the reference server does not give by itself.

use std::sync::Arc;

use kossori_core::answer::{Answer, Refusal};
use kossori_core::network::Network;
use kossori_engine::ports::{CallError, Frozen, Look, Outgoing, OutgoingPart, Publisher, Session, SignIn};
use kossori_engine::secret::Secret;
use serde_json::{Value, json};

use super::Bluesky;
use crate::testing::{Does, FixedClock, Seen, Stub, json, now, options, says, session};

pub(super) const DID: &str = "did:plc:abcdefghijklmnopqrstuvwx";
const TOKENS: &str = r#"{"access":"acc","refresh":"ref"}"#;

pub(super) fn adapter() -> Bluesky {
    Bluesky::new(Arc::new(FixedClock), &options())
}

pub(super) fn bluesky(server: &str) -> Session {
    session(Network::Bluesky, server, DID, TOKENS)
}

pub(super) fn outgoing(texts: &[&str]) -> Outgoing {
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

/// Frozen without asking anybody: texts without mentions.
async fn frozen(texts: &[&str]) -> (Frozen, Value) {
    let frozen = adapter()
        .freeze(&bluesky("http://127.0.0.1:9"), &outgoing(texts))
        .await
        .unwrap();
    let value = serde_json::from_str(&frozen.0).unwrap();
    (frozen, value)
}

#[tokio::test]
async fn freezing_is_repeatable_and_chains_a_thread() {
    let (frozen_once, record) = frozen(&["one", "two", "three"]).await;
    assert_eq!(frozen_once, frozen(&["one", "two", "three"]).await.0);
    let part = |index: usize| &record["parts"][index];
    let reference = |index: usize| {
        let uri = format!(
            "at://{DID}/app.bsky.feed.post/{}",
            part(index)["rkey"].as_str().unwrap()
        );
        json!({"uri": uri, "cid": part(index)["cid"]})
    };
    assert_eq!(part(0)["record"].get("reply"), None);
    assert_eq!(
        part(1)["record"]["reply"],
        json!({"root": reference(0), "parent": reference(0)})
    );
    assert_eq!(
        part(2)["record"]["reply"],
        json!({"root": reference(0), "parent": reference(1)})
    );
    assert_eq!(part(0)["record"]["createdAt"], "2026-11-23T12:31:00.000Z");
    assert_eq!(part(2)["record"]["createdAt"], "2026-11-23T12:31:00.002Z");
    assert_eq!(part(0)["record"]["langs"], json!(["ja"]));
}

#[tokio::test]
async fn facets_are_bytes_and_mentions_need_somebody() {
    let stub = Stub::start(|seen| match seen.path.as_str() {
        "/xrpc/com.atproto.identity.resolveHandle?handle=bob.test" => {
            json(200, &json!({"did": "did:plc:bob"}))
        }
        "/xrpc/com.atproto.identity.resolveHandle?handle=nobody.test" => json(
            400,
            &json!({"error": "InvalidRequest", "message": "Unable to resolve handle"}),
        ),
        path => panic!("{path}"),
    })
    .await;
    let text = "👩‍👩‍👧 @bob.test @nobody.test @BOB.test https://example.com/あ #昼休み";
    let frozen = adapter()
        .freeze(&bluesky(&stub.url), &outgoing(&[text]))
        .await
        .unwrap();
    let record: Value = serde_json::from_str(&frozen.0).unwrap();
    let facets = record["parts"][0]["record"]["facets"].as_array().unwrap();
    let found: Vec<(&str, &Value)> = facets
        .iter()
        .map(|facet| {
            let at = |name: &str| usize::try_from(facet["index"][name].as_u64().unwrap()).unwrap();
            (&text[at("byteStart")..at("byteEnd")], &facet["features"][0])
        })
        .collect();
    let kind = |name: &str| format!("app.bsky.richtext.facet#{name}");
    assert_eq!(
        found,
        [
            (
                "@bob.test",
                &json!({"$type": kind("mention"), "did": "did:plc:bob"})
            ),
            (
                "@BOB.test",
                &json!({"$type": kind("mention"), "did": "did:plc:bob"})
            ),
            (
                "https://example.com/あ",
                &json!({"$type": kind("link"), "uri": "https://example.com/あ"})
            ),
            ("#昼休み", &json!({"$type": kind("tag"), "tag": "昼休み"})),
        ]
    );
    assert_eq!(stub.seen().len(), 2, "each handle is asked for once");

    // A server that cannot answer now is no reason to post a dead mention.
    let down = Stub::start(|_| says(503, &[], "")).await;
    let refused = adapter().freeze(&bluesky(&down.url), &outgoing(&[text])).await;
    assert_eq!(refused.unwrap_err(), CallError::Unclear { status: Some(503) });
}

#[tokio::test]
async fn only_the_right_key_and_content_prove_a_post() {
    let (single, record) = frozen(&["one"]).await;
    let (rkey, cid) = (
        record["parts"][0]["rkey"].clone(),
        record["parts"][0]["cid"].clone(),
    );
    let uri = |did: &str, rkey: &str| format!("at://{did}/app.bsky.feed.post/{rkey}");
    let ours = uri(DID, rkey.as_str().unwrap());
    let strangers = uri("did:plc:someoneelse", rkey.as_str().unwrap());
    let unclear = Answer::Unclear { status: Some(200) };
    for (body, expected) in [
        (json!({"uri": ours, "cid": cid}), None),
        (
            json!({"uri": ours, "cid": "bafyreihldkhcwijkde7gx4rpkkuw7pl6lbyu5gieunyc7ihactn5bkd2nm"}),
            Some(unclear.clone()),
        ),
        (
            json!({"uri": uri(DID, "3kaaaaaaaaaaa"), "cid": cid}),
            Some(unclear.clone()),
        ),
        (
            json!({"uri": format!("at:///app.bsky.feed.post/{}", rkey.as_str().unwrap()), "cid": cid}),
            Some(unclear.clone()),
        ),
        (json!({"uri": "at://x", "cid": cid}), Some(unclear.clone())),
        (json!({"cid": cid}), Some(unclear.clone())),
        (json!({}), Some(unclear.clone())),
    ] {
        let answered = body.clone();
        let stub = Stub::start(move |_| json(200, &answered)).await;
        let answer = adapter().post(&bluesky(&stub.url), &single, 0, None).await;
        match expected {
            Some(expected) => assert_eq!(answer, expected, "{body}"),
            None => {
                let Answer::Posted { receipt, author } = answer else {
                    panic!("{body}: {answer:?}")
                };
                assert_eq!(author.as_deref(), Some(DID));
                assert_eq!(receipt.ids.join(" "), ours);
                let expected = format!("https://bsky.app/profile/{DID}/post/{}", rkey.as_str().unwrap());
                assert_eq!(receipt.url, Some(expected));
            }
        }
    }
    // Posted, but into somebody else's repository: said, so that it can be judged.
    let stub = Stub::start(move |_| json(200, &json!({"uri": strangers, "cid": cid}))).await;
    let answer = adapter().post(&bluesky(&stub.url), &single, 0, None).await;
    assert!(matches!(answer, Answer::Posted { author: Some(author), .. } if author == "did:plc:someoneelse"));

    // A thread with one answer missing proves nothing.
    let (thread, record) = frozen(&["one", "two"]).await;
    let first = json!({"uri": uri(DID, record["parts"][0]["rkey"].as_str().unwrap()), "cid": record["parts"][0]["cid"]});
    let stub = Stub::start(move |_| json(200, &json!({"results": [first]}))).await;
    assert_eq!(
        adapter().post(&bluesky(&stub.url), &thread, 0, None).await,
        unclear
    );
    assert_eq!(stub.seen()[0].path, "/xrpc/com.atproto.repo.applyWrites");
}

#[tokio::test]
async fn refusals() {
    let (frozen, _) = frozen(&["one"]).await;
    for (status, code, kind) in [
        (400, "InvalidToken", Refusal::Token),
        (400, "ExpiredToken", Refusal::Token),
        (401, "AuthMissing", Refusal::Token),
        (400, "InvalidSwap", Refusal::Duplicate),
        (400, "InvalidRequest", Refusal::Other),
        (429, "RateLimitExceeded", Refusal::RateLimit { retry_after: None }),
    ] {
        let stub = Stub::start(move |_| json(status, &json!({"error": code, "message": "words"}))).await;
        let answer = adapter().post(&bluesky(&stub.url), &frozen, 0, None).await;
        let expected = Answer::Refused {
            status,
            kind,
            code: code.to_owned(),
            words: "words".to_owned(),
        };
        assert_eq!(answer, expected, "{status} {code}");
    }
    let stub = Stub::start(|_| json(500, &json!({"error": "InternalServerError"}))).await;
    let answer = adapter().post(&bluesky(&stub.url), &frozen, 0, None).await;
    assert_eq!(
        answer,
        Answer::Unclear { status: Some(500) },
        "what a second applyWrites answers"
    );
}

#[tokio::test]
async fn looking() {
    let (frozen, record) = frozen(&["one", "two"]).await;
    let parts = record["parts"].as_array().unwrap().clone();
    let missing = || {
        json(
            400,
            &json!({"error": "RecordNotFound", "message": "Could not locate record"}),
        )
    };
    let other_cid = "bafyreihldkhcwijkde7gx4rpkkuw7pl6lbyu5gieunyc7ihactn5bkd2nm";
    // What is under each key, what the look says.
    for (under, expected) in [
        (["ours", "ours"], "there"),
        (["nothing", "ours"], "there"),
        (["other", "ours"], "there"),
        (["nothing", "nothing"], "absent"),
        (["other", "nothing"], "cannot tell"),
        (["error", "nothing"], "error"),
        (["nothing", "error"], "error"),
        (["nothing", "html"], "error"),
    ] {
        let parts = parts.clone();
        let stub = Stub::start(move |seen: &Seen| {
            assert_eq!(seen.header("authorization"), None);
            let part = parts
                .iter()
                .position(|part| seen.path.ends_with(part["rkey"].as_str().unwrap()))
                .unwrap();
            let got = |cid: &Value| json(200, &json!({"uri": "at://x", "cid": cid, "value": {}}));
            match under[part] {
                "ours" => got(&parts[part]["cid"]),
                "other" => got(&json!(other_cid)),
                "nothing" => missing(),
                // Another "not here" than "this record is not here", such as of an account that has moved away.
                "error" => json(
                    400,
                    &json!({"error": "InvalidRequest", "message": "Could not find repo"}),
                ),
                _ => Does::Says(b"HTTP/1.1 400 X\r\n\r\n<html>".to_vec()),
            }
        })
        .await;
        let look = adapter().look(&bluesky(&stub.url), &frozen, 0, None).await;
        let said = match &look {
            Ok(Look::There(receipt)) if receipt.ids.len() == 2 => "there",
            Ok(Look::Absent) => "absent",
            Ok(Look::Alike { .. } | Look::Unseen | Look::CannotTell) => "cannot tell",
            Err(_) => "error",
            Ok(Look::There(_)) => "there in part",
        };
        assert_eq!(said, expected, "{under:?}");
    }
}

#[tokio::test]
async fn a_reply_to_a_post_that_lives_elsewhere() {
    let post = json!({"uri": "at://did:plc:bob/app.bsky.feed.post/3kabc", "cid": "bafyb",
                      "value": {"reply": {"root": {"uri": "at://root", "cid": "bafyr"}, "parent": {}}}});
    let bobs = Stub::start(move |_| json(200, &post)).await;
    let document = json!({"id": "did:plc:bob", "service": [
        {"id": "#atproto_pds", "type": "AtprotoPersonalDataServer", "serviceEndpoint": bobs.url}]});
    let directory = Stub::start(move |seen| {
        assert_eq!(seen.path, "/did:plc:bob");
        json(200, &document)
    })
    .await;
    let own = Stub::start(|seen| match seen.path.contains("resolveHandle") {
        true => json(200, &json!({"did": "did:plc:bob"})),
        false => json(
            400,
            &json!({"error": "InvalidRequest", "message": "Could not locate record"}),
        ),
    })
    .await;
    let mut session = bluesky(&own.url);
    session.account.plc = Some(directory.url.clone());
    let mut reply = outgoing(&["one"]);
    reply.reply_to = Some("https://bsky.app/profile/bob.test/post/3kabc".to_owned());
    let frozen = adapter().freeze(&session, &reply).await.unwrap();
    let record: Value = serde_json::from_str(&frozen.0).unwrap();
    assert_eq!(
        record["parts"][0]["record"]["reply"],
        json!({"root": {"uri": "at://root", "cid": "bafyr"},
               "parent": {"uri": "at://did:plc:bob/app.bsky.feed.post/3kabc", "cid": "bafyb"}})
    );
    assert!(
        bobs.seen()
            .iter()
            .all(|seen| seen.header("authorization").is_none()),
        "no token for strangers"
    );

    reply.reply_to = Some("https://example.com/nothing".to_owned());
    let refused = adapter().freeze(&session, &reply).await.unwrap_err();
    assert!(matches!(refused, CallError::Refused { code, .. } if code == "reply_not_found"));
}

#[tokio::test]
async fn signing_in_needs_an_allowed_server() {
    let mut sign_in = SignIn {
        network: Network::Bluesky,
        server: Some("http://127.0.0.1:9".to_owned()),
        handle: Some("alice.test".to_owned()),
        secret: Some(Secret::new("app-password".to_owned())),
        kept: None,
        client_id: None,
        client_secret: None,
        client_name: None,
        local_server: false,
        plc: None,
        proxy: None,
    };
    assert_eq!(
        adapter().sign_in(&sign_in).await.unwrap_err(),
        CallError::AddressRefused
    );
    sign_in.local_server = true;
    sign_in.handle = None;
    assert_eq!(
        adapter().sign_in(&sign_in).await.unwrap_err(),
        CallError::Unsupported("no_handle")
    );
}

#[tokio::test]
async fn an_account_that_is_switched_off_says_so() {
    let me = json!({"did": DID, "handle": "alice.test", "active": false, "status": "takendown"});
    let stub = Stub::start(move |_| json(200, &me)).await;
    let refused = adapter().author(&bluesky(&stub.url)).await.unwrap_err();
    assert!(matches!(refused, CallError::Refused { code, .. } if code == "account_takendown"));
}

#[test]
fn the_page_follows_from_the_address() {
    let account = bluesky("https://pds.example").account;
    let page = format!("https://bsky.app/profile/{DID}/post/3k");
    for (id, expected) in [
        (format!("at://{DID}/app.bsky.feed.post/3k"), Some(page.as_str())),
        // What a repost shows is another's, and its address does not tell whose.
        (format!("at://{DID}/app.bsky.feed.repost/3k"), None),
        (format!("at://{DID}/app.bsky.feed.post"), None),
        ("3k".to_owned(), None),
    ] {
        assert_eq!(adapter().page(&account, &id).as_deref(), expected, "{id}");
    }
}
