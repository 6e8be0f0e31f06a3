//! What is sent, what its answer means, and what is deleted.

use jiff::SignedDuration;
use kossori_core::answer::{Answer, Receipt, Refusal};
use kossori_core::network::{Network, Visibility};
use kossori_engine::ports::{CallError, Frozen, Look, Outgoing, Publisher};
use serde_json::{Value, json};

use super::{ALICE, POST, adapter, alice, frozen, outgoing, picture, refused_code};
use crate::testing::{Does, Stub, json, says, session};

#[tokio::test]
async fn a_share_of_another_post() {
    let session = alice("http://127.0.0.1:9");
    let url = "https://www.linkedin.com/feed/update/urn:li:share:71/";
    let mut quote = outgoing("look (here)", Vec::new());
    quote.quote = Some(url.to_owned());
    let mut repost = outgoing("", Vec::new());
    repost.repost = Some(url.to_owned());
    for (post, commentary) in [(&quote, "look \\(here\\)"), (&repost, "")] {
        let stub = Stub::start(|_| says(201, &[("x-restli-id", "urn:li:share:72")], "")).await;
        let frozen = adapter().freeze(&session, post).await.unwrap();
        let answer = adapter().post(&alice(&stub.url), &frozen, 0, None).await;
        assert!(
            matches!(&answer, Answer::Posted { receipt, .. } if receipt.ids == ["urn:li:share:72"]),
            "{answer:?}"
        );
        let sent = stub.seen()[0].json();
        assert_eq!(sent["reshareContext"], json!({"parent": "urn:li:share:71"}));
        assert_eq!(
            (&sent["commentary"], &sent["visibility"]),
            (&json!(commentary), &json!("PUBLIC"))
        );
        assert_eq!(sent.get("content"), None);
        let look = adapter().look(&alice(&stub.url), &frozen, 0, None).await;
        assert_eq!(look, Ok(Look::CannotTell));
    }
    let activity = "https://www.linkedin.com/feed/update/urn:li:activity:71/";
    quote.quote = Some(activity.to_owned());
    repost.repost = Some(activity.to_owned());
    for (post, code) in [(&quote, "quote_not_found"), (&repost, "repost_not_found")] {
        let refused = adapter().freeze(&session, post).await.unwrap_err();
        assert_eq!(refused_code(&refused), code);
    }
    let mut pictured = outgoing("look", vec![picture("a cat")]);
    pictured.quote = Some(url.to_owned());
    let refused = adapter().freeze(&session, &pictured).await.unwrap_err();
    assert_eq!(refused, CallError::Unsupported("pictures"));
}

#[tokio::test]
async fn what_is_sent() {
    let stub = Stub::start(|_| says(201, &[("x-restli-id", POST), ("x-linkedin-id", "other")], "")).await;
    let session = alice(&stub.url);
    let adapter = adapter();
    let frozen = frozen("Lunch (late) #昼休み https://example.com/a_b").await;
    let answer = adapter.post(&session, &frozen, 0, None).await;
    let receipt = Receipt {
        ids: vec![POST.to_owned()],
        url: Some(format!("{}/feed/update/{POST}/", stub.url)),
        visibility: None,
        last_url: None,
    };
    let author = Some(ALICE.to_owned());
    assert_eq!(answer, Answer::Posted { receipt, author });
    let seen = stub.seen();
    assert_eq!(
        (seen[0].method.as_str(), seen[0].path.as_str()),
        ("POST", "/rest/posts")
    );
    assert_eq!(seen[0].header("authorization"), Some("Bearer t0ken"));
    assert_eq!(seen[0].header("x-restli-protocol-version"), Some("2.0.0"));
    let version = seen[0].header("linkedin-version").unwrap();
    assert!(version.len() == 6 && version.starts_with("20"), "{version}");
    assert_eq!(
        seen[0].json(),
        json!({
            "author": ALICE,
            "commentary": r"Lunch \(late\) \#昼休み https://example.com/a\_b",
            "visibility": "PUBLIC",
            "distribution": {"feedDistribution": "MAIN_FEED", "targetEntities": [], "thirdPartyDistributionChannels": []},
            "lifecycleState": "PUBLISHED",
            "isReshareDisabledByAuthor": false,
        })
    );

    // Not ours, not whole, or not readable: nothing leaves.
    for (record, part) in [
        (frozen.clone(), 1),
        (Frozen("{\"v\":2}".into()), 0),
        (Frozen("nonsense".into()), 0),
        (
            Frozen(r#"{"v":1,"commentary":"x","visibility":"PUBLIC","alts":["a"],"images":[]}"#.into()),
            0,
        ),
    ] {
        assert_eq!(
            adapter.post(&session, &record, part, None).await,
            Answer::NeverLeft
        );
    }
    assert_eq!(stub.seen().len(), 1);
}

#[tokio::test]
async fn what_is_not_possible_there() {
    let session = alice("http://127.0.0.1:9");
    let adapter = adapter();
    let refuses = async |outgoing: Outgoing| adapter.freeze(&session, &outgoing).await.unwrap_err();
    let mut thread = outgoing("one", Vec::new());
    thread.parts.push(thread.parts[0].clone());
    assert_eq!(refuses(thread).await, CallError::Unsupported("thread"));
    let mut reply = outgoing("one", Vec::new());
    reply.reply_to = Some("https://www.linkedin.com/feed/update/x".to_owned());
    assert_eq!(refuses(reply).await, CallError::Unsupported("reply"));
    for visibility in [Visibility::Unlisted, Visibility::Direct] {
        let mut hidden = outgoing("one", Vec::new());
        hidden.visibility = Some(visibility);
        assert_eq!(refuses(hidden).await, CallError::Unsupported("visibility"));
    }
    let mut private = outgoing("one", Vec::new());
    private.visibility = Some(Visibility::Private);
    let frozen = adapter.freeze(&session, &private).await.unwrap();
    let record: Value = serde_json::from_str(&frozen.0).unwrap();
    assert_eq!(record["visibility"], "CONNECTIONS");
    assert!(matches!(
        adapter.refresh(&session).await,
        Err(CallError::Token { .. })
    ));
    assert_eq!(adapter.access_ends_at(&session.tokens), None);
    assert_eq!(
        adapter.look(&session, &frozen, 0, None).await.unwrap(),
        Look::CannotTell
    );
}

fn refused(status: u16, kind: Refusal, code: &str, words: &str) -> Answer {
    Answer::Refused {
        status,
        kind,
        code: code.to_owned(),
        words: words.to_owned(),
    }
}

/// The duplicate's twin; where it stands depends on the server.
fn twin() -> Refusal {
    Refusal::DuplicateOf(Box::new(Receipt {
        ids: vec![POST.to_owned()],
        ..Receipt::default()
    }))
}

fn at(url: &str, expected: Answer) -> Answer {
    let Answer::Refused {
        status,
        kind: Refusal::DuplicateOf(twin),
        code,
        words,
    } = expected
    else {
        return expected;
    };
    let twin = Receipt {
        url: Some(format!("{url}/feed/update/{POST}/")),
        ..*twin
    };
    refused(status, Refusal::DuplicateOf(Box::new(twin)), &code, &words)
}

#[tokio::test]
async fn what_the_answer_to_the_post_call_means() {
    let unclear = |status| Answer::Unclear { status: Some(status) };
    let duplicate = json!({
        "errorDetailType": "com.linkedin.common.error.BadRequest",
        "message": format!("com.linkedin.content.BadRequestResponseException: Content is a duplicate of {POST}"),
        "errorDetails": {"inputErrors": [{"description": "Duplicate post is detected", "input": {}, "code": "DUPLICATE_POST"}]},
        "status": 422,
    });
    let duplicate_words =
        format!("com.linkedin.content.BadRequestResponseException: Content is a duplicate of {POST}");
    let far = format!("{} Content is a duplicate of {POST}.", "x".repeat(600));
    let far = json!({"message": far, "status": 400});
    let html = |status| move || says(status, &[("Content-Type", "text/html")], "<html>");
    let cases: Vec<(Box<dyn Fn() -> Does + Send + Sync>, Answer)> = vec![
        (Box::new(|| says(201, &[], "")), unclear(201)),
        (Box::new(|| says(201, &[("x-restli-id", " ")], "")), unclear(201)),
        (
            Box::new(|| says(201, &[("x-restli-id", "urn:li:share:")], "")),
            unclear(201),
        ),
        (
            Box::new(|| says(201, &[("x-restli-id", "urn:li:person:AlIcE_1")], "")),
            unclear(201),
        ),
        (
            Box::new(|| says(201, &[("x-restli-id", "7141138937766391808")], "")),
            unclear(201),
        ),
        (Box::new(html(200)), unclear(200)),
        (Box::new(html(403)), unclear(403)),
        (Box::new(html(429)), unclear(429)),
        (Box::new(html(500)), unclear(500)),
        (
            Box::new(|| says(302, &[("Location", "https://elsewhere.example/")], "")),
            unclear(302),
        ),
        (
            Box::new(|| json(422, &json!({"message": "no status"}))),
            unclear(422),
        ),
        (Box::new(|| json(400, &json!([1]))), unclear(400)),
        (
            Box::new(|| json(500, &json!({"message": "Internal Server Error", "status": 500}))),
            unclear(500),
        ),
        (
            Box::new(|| json(503, &json!({"message": "x", "status": 503}))),
            unclear(503),
        ),
        (Box::new(|| Does::Hangs), Answer::Unclear { status: None }),
        (Box::new(|| Does::Waits), Answer::Unclear { status: None }),
        (
            Box::new(|| Does::Floods(b"HTTP/1.1 201 X\r\nx-restli-id: urn:li:share:5\r\n\r\n".to_vec())),
            unclear(201),
        ),
        (
            Box::new(|| Does::Drips(b"HTTP/1.1 422 X\r\nContent-Type: application/json\r\n\r\n{".to_vec())),
            unclear(422),
        ),
        (
            Box::new(|| {
                json(
                    401,
                    &json!({"status": 401, "serviceErrorCode": 65601, "code": "REVOKED_ACCESS_TOKEN", "message": "revoked"}),
                )
            }),
            refused(401, Refusal::Token, "revoked_access_token", "revoked"),
        ),
        (
            Box::new(|| {
                json(
                    403,
                    &json!({"status": 403, "serviceErrorCode": 65602, "message": "expired"}),
                )
            }),
            refused(403, Refusal::Token, "service_65602", "expired"),
        ),
        (
            Box::new(|| {
                json(
                    403,
                    &json!({"status": 403, "serviceErrorCode": 100, "code": "ACCESS_DENIED", "message": "Not enough\npermissions"}),
                )
            }),
            refused(403, Refusal::Other, "access_denied", "Not enough permissions"),
        ),
        (
            Box::new(|| {
                says(
                    429,
                    &[("Content-Type", "application/json"), ("Retry-After", "60")],
                    r#"{"status":429,"message":"throttle limit"}"#,
                )
            }),
            refused(
                429,
                Refusal::RateLimit {
                    retry_after: Some(SignedDuration::from_secs(60)),
                },
                "status_429",
                "throttle limit",
            ),
        ),
        (
            Box::new(move || json(422, &duplicate)),
            refused(422, twin(), "duplicate_post", &duplicate_words),
        ),
        // The post that it names is kept, however long the words.
        (
            Box::new(move || json(400, &far)),
            refused(400, twin(), "status_400", POST),
        ),
        (
            Box::new(|| json(409, &json!({"status": 409, "message": "Conflict"}))),
            refused(409, Refusal::Duplicate, "status_409", "Conflict"),
        ),
        (
            Box::new(|| {
                json(
                    426,
                    &json!({"status": 426, "code": "NONEXISTENT_VERSION", "message": "not active"}),
                )
            }),
            refused(426, Refusal::Other, "nonexistent_version", "not active"),
        ),
        (
            Box::new(|| {
                json(
                    422,
                    &json!({"status": 422, "message": "too long", "errorDetails": {"inputErrors": [{"code": "FIELD_LENGTH_TOO_LONG"}]}}),
                )
            }),
            refused(422, Refusal::Other, "field_length_too_long", "too long"),
        ),
    ];
    let adapter = adapter();
    let frozen = frozen("one").await;
    for (index, (does, expected)) in cases.into_iter().enumerate() {
        let stub = Stub::start(move |_| does()).await;
        let answer = adapter.post(&alice(&stub.url), &frozen, 0, None).await;
        assert_eq!(answer, at(&stub.url, expected), "case {index}");
        assert_eq!(stub.seen().len(), 1, "it is never called twice: case {index}");
    }
    let nobody = alice("http://127.0.0.1:9");
    assert_eq!(adapter.post(&nobody, &frozen, 0, None).await, Answer::NeverLeft);
    let tokenless = session(Network::LinkedIn, "http://127.0.0.1:9", ALICE, "nonsense");
    assert_eq!(
        adapter.post(&tokenless, &frozen, 0, None).await,
        Answer::NeverLeft
    );
}

#[tokio::test]
async fn deleting() {
    for (status, body, expected) in [
        (204, "", Ok(())),
        (404, r#"{"status":404,"message":"gone"}"#, Ok(())),
        (404, "<html>", Ok(())),
        (
            403,
            r#"{"status":403,"message":"not yours"}"#,
            Err(CallError::Refused {
                status: 403,
                code: "status_403".to_owned(),
                words: "not yours".to_owned(),
            }),
        ),
        (500, "", Err(CallError::Unclear { status: Some(500) })),
    ] {
        let stub = Stub::start(move |_| says(status, &[("Content-Type", "application/json")], body)).await;
        let deleted = adapter().delete(&alice(&stub.url), POST).await;
        assert_eq!(deleted, expected, "{status}");
        let seen = stub.seen();
        assert_eq!(seen[0].method, "DELETE");
        assert_eq!(seen[0].path, "/rest/posts/urn%3Ali%3Ashare%3A7141138937766391808");
    }
}
