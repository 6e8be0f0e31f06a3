//! Quotes and reposts, and taking things away again.

use kossori_core::answer::Answer;
use kossori_engine::ports::{CallError, Found, Frozen, Look, Outgoing, OutgoingPicture, Publisher};
use serde_json::{Value, json};

use super::tests::{DID, adapter, bluesky, outgoing};
use crate::testing::{Does, Seen, Stub, json, now, says};

const BOBS: &str = "at://did:plc:bob/app.bsky.feed.post/3kabc";

fn missing() -> Does {
    json(
        400,
        &json!({"error": "RecordNotFound", "message": "Could not locate record"}),
    )
}

/// A server that knows Bob's post, and a gate of it if there is one.
async fn with_post(gate: Option<Value>) -> Stub {
    Stub::start(move |seen: &Seen| {
        if seen.path.contains("app.bsky.feed.postgate") {
            return match &gate {
                Some(value) => json(200, &json!({"uri": "at://gate", "cid": "bafyg", "value": value})),
                None => missing(),
            };
        }
        match seen.path.contains("collection=app.bsky.feed.post&rkey=3kabc") {
            true => json(200, &json!({"uri": BOBS, "cid": "bafyb", "value": {}})),
            false => missing(),
        }
    })
    .await
}

fn quoting(url: &str) -> Outgoing {
    let mut quote = outgoing(&["look at this", "and more"]);
    quote.quote = Some(url.to_owned());
    quote
}

fn reposting(url: &str) -> Outgoing {
    let mut repost = outgoing(&[""]);
    repost.repost = Some(url.to_owned());
    repost
}

const AT_BOBS: &str = "https://bsky.app/profile/did:plc:bob/post/3kabc";

fn record(frozen: &Frozen) -> Value {
    serde_json::from_str(&frozen.0).unwrap()
}

#[tokio::test]
async fn the_first_part_quotes() {
    let stub = with_post(None).await;
    let mut session = bluesky(&stub.url);
    session.account.plc = Some(stub.url.clone());
    let mut quote = quoting(AT_BOBS);
    let frozen = record(&adapter().freeze(&session, &quote).await.unwrap());
    let embed = json!({"$type": "app.bsky.embed.record", "record": {"uri": BOBS, "cid": "bafyb"}});
    assert_eq!(frozen["parts"][0]["record"]["embed"], embed);
    assert_eq!(frozen["parts"][1]["record"].get("embed"), None);
    assert!(
        stub.seen()
            .iter()
            .all(|seen| seen.header("authorization").is_none())
    );

    let bytes: std::sync::Arc<[u8]> = b"png".to_vec().into();
    quote.parts[0].pictures.push(OutgoingPicture {
        picture: kossori_engine::ports::CleanPicture {
            bytes,
            mime: "image/png".to_owned(),
            width: 2,
            height: 1,
        },
        alt: "a cat".to_owned(),
    });
    let frozen = record(&adapter().freeze(&session, &quote).await.unwrap());
    let both = &frozen["parts"][0]["record"]["embed"];
    assert_eq!(both["$type"], "app.bsky.embed.recordWithMedia");
    assert_eq!(both["record"], embed);
    assert_eq!(both["media"]["$type"], "app.bsky.embed.images");
    assert_eq!(both["media"]["images"][0]["alt"], "a cat");
    assert_eq!(frozen["parts"][0]["pictures"].as_array().unwrap().len(), 1);
}

/// Whose home cannot be asked for now is not gone: the post waits.
#[tokio::test]
async fn a_directory_that_is_away_says_nothing() {
    let gone = |missing: &str| CallError::Refused {
        status: 404,
        code: missing.to_owned(),
        words: String::new(),
    };
    let unclear = |status| CallError::Unclear { status: Some(status) };
    type Case = (fn() -> Does, Option<CallError>);
    let cases: [Case; 6] = [
        (|| json(404, &json!({"message": "DID not registered"})), None),
        (|| says(410, &[("Content-Type", "text/html")], "<html>"), None),
        (|| json(200, &json!({"id": "did:plc:somebodyelse"})), None),
        (|| json(500, &json!({"message": "down"})), Some(unclear(500))),
        (
            || says(503, &[("Content-Type", "text/html")], "<html>"),
            Some(unclear(503)),
        ),
        (
            || says(200, &[("Content-Type", "text/html")], "<html>"),
            Some(unclear(200)),
        ),
    ];
    for (said, expected) in cases {
        let stub = Stub::start(move |seen: &Seen| match seen.path.as_str() {
            "/did:plc:bob" => said(),
            _ => missing(),
        })
        .await;
        let mut session = bluesky(&stub.url);
        session.account.plc = Some(stub.url.clone());
        let mut answering = outgoing(&["an answer"]);
        answering.reply_to = Some(AT_BOBS.to_owned());
        for (post, code) in [
            (answering, "reply_not_found"),
            (quoting(AT_BOBS), "quote_not_found"),
            (reposting(AT_BOBS), "repost_not_found"),
        ] {
            let refused = adapter().freeze(&session, &post).await.unwrap_err();
            assert_eq!(refused, expected.clone().unwrap_or_else(|| gone(code)), "{code}");
        }
    }
}

#[tokio::test]
async fn what_may_not_be_quoted_is_not() {
    let rule = "app.bsky.feed.postgate#disableRule";
    for (gate, url, expected) in [
        (
            Some(json!({"embeddingRules": [{"$type": rule}]})),
            AT_BOBS,
            Some("quote_not_allowed"),
        ),
        (
            Some(json!({"embeddingRules": [{"$type": "another"}]})),
            AT_BOBS,
            None,
        ),
        (Some(json!({"detachedEmbeddingUris": ["at://x"]})), AT_BOBS, None),
        (
            None,
            "https://bsky.app/profile/did:plc:bob/post/3kgone",
            Some("quote_not_found"),
        ),
        (None, "https://example.com/", Some("quote_not_found")),
    ] {
        let stub = with_post(gate.clone()).await;
        let mut session = bluesky(&stub.url);
        session.account.plc = Some(stub.url.clone());
        let refused = match adapter().freeze(&session, &quoting(url)).await {
            Err(CallError::Refused { code, .. }) => Some(code),
            Ok(_) => None,
            Err(error) => panic!("{error:?}"),
        };
        assert_eq!(refused.as_deref(), expected, "{gate:?} {url}");
    }
    // One's own gate keeps others out.
    let gated = with_post(Some(json!({"embeddingRules": [{"$type": rule}]}))).await;
    let mut session = bluesky(&gated.url);
    session.account.author_id = "did:plc:bob".to_owned();
    adapter().freeze(&session, &quoting(AT_BOBS)).await.unwrap();
}

#[tokio::test]
async fn a_repost_is_a_record_under_a_key_of_ours() {
    let known = with_post(None).await;
    let mut session = bluesky(&known.url);
    session.account.plc = Some(known.url.clone());
    let frozen = adapter().freeze(&session, &reposting(AT_BOBS)).await.unwrap();
    assert_eq!(
        frozen,
        adapter().freeze(&session, &reposting(AT_BOBS)).await.unwrap()
    );
    let (rkey, cid) = {
        let record = record(&frozen);
        let part = &record["parts"][0];
        assert_eq!(
            part["record"],
            json!({"$type": "app.bsky.feed.repost", "subject": {"uri": BOBS, "cid": "bafyb"},
                   "createdAt": "2026-11-23T12:31:00.000Z"})
        );
        let text = |name: &str| part[name].as_str().unwrap().to_owned();
        (text("rkey"), text("cid"))
    };
    let gone = "https://bsky.app/profile/did:plc:bob/post/3kgone";
    let refused = adapter().freeze(&session, &reposting(gone)).await;
    assert!(matches!(refused, Err(CallError::Refused { code, .. }) if code == "repost_not_found"));

    let ours = format!("at://{DID}/app.bsky.feed.repost/{rkey}");
    let says = json!({"uri": ours, "cid": cid});
    let stub = Stub::start(move |_| json(200, &says)).await;
    let answer = adapter().post(&bluesky(&stub.url), &frozen, 0, None).await;
    let Answer::Posted { receipt, author } = answer else {
        panic!("{answer:?}")
    };
    assert_eq!(author.as_deref(), Some(DID));
    assert_eq!(receipt.ids, std::slice::from_ref(&ours));
    assert_eq!(receipt.url.as_deref(), Some(AT_BOBS), "it has no page of its own");
    let sent = &stub.seen()[0];
    assert_eq!(sent.path, "/xrpc/com.atproto.repo.putRecord");
    assert_eq!(
        (&sent.json()["collection"], &sent.json()["rkey"]),
        (&json!("app.bsky.feed.repost"), &json!(rkey))
    );
    // A post under the same key is none.
    let says = json!({"uri": format!("at://{DID}/app.bsky.feed.post/{rkey}"), "cid": cid});
    let stub = Stub::start(move |_| json(200, &says)).await;
    let answer = adapter().post(&bluesky(&stub.url), &frozen, 0, None).await;
    assert_eq!(answer, Answer::Unclear { status: Some(200) });

    // Its answer was lost.
    for (there, expected) in [(true, Some(ours.clone())), (false, None)] {
        let cid = cid.clone();
        let stub = Stub::start(move |seen| {
            assert!(
                seen.path.contains("collection=app.bsky.feed.repost"),
                "{}",
                seen.path
            );
            match there {
                true => json(200, &json!({"uri": "at://x", "cid": cid, "value": {}})),
                false => missing(),
            }
        })
        .await;
        let found = match adapter().look(&bluesky(&stub.url), &frozen, 0, None).await {
            Ok(Look::There(receipt)) => receipt.ids.into_iter().next(),
            Ok(Look::Absent) => None,
            other => panic!("{other:?}"),
        };
        assert_eq!(found, expected);
    }
}

#[tokio::test]
async fn a_repost_of_another_copy_is_found() {
    for (subject, known, expected) in [
        (BOBS, "", true),
        ("at://did:plc:bob/app.bsky.feed.post/3other", "", false),
        (
            BOBS,
            "at://did:plc:abcdefghijklmnopqrstuvwx/app.bsky.feed.repost/3zzzzzzzzzzzz",
            false,
        ),
    ] {
        let stub = Stub::start(move |seen: &Seen| {
            if seen.path.contains("listRecords") {
                assert!(seen.path.contains("collection=app.bsky.feed.repost"));
                let uri = format!("at://{DID}/app.bsky.feed.repost/3zzzzzzzzzzzz");
                let value =
                    json!({"$type": "app.bsky.feed.repost", "subject": {"uri": subject, "cid": "bafyb"}});
                return json(
                    200,
                    &json!({"records": [{"uri": uri, "cid": "bafyr", "value": value}]}),
                );
            }
            json(200, &json!({"uri": BOBS, "cid": "bafyb", "value": {}}))
        })
        .await;
        let known = [known.to_owned()];
        let found = adapter()
            .find(&bluesky(&stub.url), &reposting(AT_BOBS), now(), &known)
            .await
            .unwrap();
        assert_eq!(matches!(found, Found::There(_)), expected, "{subject} {found:?}");
    }
}

#[tokio::test]
async fn what_is_taken_away_is_named_exactly() {
    let stub = Stub::start(|_| json(200, &json!({}))).await;
    for (collection, rkey) in [("app.bsky.feed.repost", "3kr"), ("app.bsky.feed.post", "3kp")] {
        let id = format!("at://{DID}/{collection}/{rkey}");
        adapter().delete(&bluesky(&stub.url), &id).await.unwrap();
        let sent = stub.seen().pop().unwrap();
        assert_eq!(sent.path, "/xrpc/com.atproto.repo.deleteRecord");
        assert_eq!(
            sent.json(),
            json!({"repo": DID, "collection": collection, "rkey": rkey})
        );
    }
    for id in [
        BOBS.to_owned(),
        format!("at://{DID}/app.bsky.actor.profile/self"),
        "3kp".to_owned(),
    ] {
        let refused = adapter().delete(&bluesky(&stub.url), &id).await;
        assert_eq!(refused, Err(CallError::Unsupported("delete")), "{id}");
    }
    assert_eq!(stub.seen().len(), 2, "nobody was asked");
}
