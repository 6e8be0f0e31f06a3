//! Pictures, and uploads that fail.

use std::sync::atomic::{AtomicUsize, Ordering};

use kossori_core::answer::Answer;
use kossori_engine::ports::{CallError, Frozen, Publisher};
use serde_json::json;

use super::{ALICE, POST, adapter, alice, outgoing, picture};
use crate::testing::{Seen, Stub, json, says};

#[tokio::test]
async fn pictures_are_uploaded_and_waited_for() {
    let (begun, asked) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let stub = Stub::start(move |seen: &Seen| match (seen.method.as_str(), seen.path.as_str()) {
        ("POST", "/rest/images?action=initializeUpload") => {
            let number = begun.fetch_add(1, Ordering::SeqCst) + 1;
            let host = seen.header("host").unwrap();
            json(
                200,
                &json!({"value": {"uploadUrlExpiresAt": 1, "uploadUrl": format!("http://{host}/upload/{number}"),
                                  "image": format!("urn:li:image:C4E{number}")}}),
            )
        }
        ("PUT", "/upload/1" | "/upload/2") => says(201, &[], ""),
        ("GET", "/rest/images/urn%3Ali%3Aimage%3AC4E1" | "/rest/images/urn%3Ali%3Aimage%3AC4E2") => {
            let ready = asked.fetch_add(1, Ordering::SeqCst) != 0;
            json(200, &json!({"status": if ready { "AVAILABLE" } else { "PROCESSING" }, "owner": ALICE}))
        }
        ("POST", "/rest/posts") => says(201, &[("X-RestLi-Id", POST)], ""),
        other => panic!("{other:?}"),
    })
    .await;
    let (adapter, session) = (adapter(), alice(&stub.url));
    let pictures = vec![picture("a cat (grey)"), picture("")];
    let frozen = adapter
        .freeze(&session, &outgoing("two", pictures.clone()))
        .await
        .unwrap();
    assert_eq!(
        adapter.post(&session, &frozen, 0, None).await,
        Answer::NeverLeft,
        "not without its pictures"
    );
    let ready = adapter.upload(&session, &frozen, 0, &pictures).await.unwrap();
    let again = adapter.upload(&session, &ready, 0, &pictures).await.unwrap();
    assert_eq!(ready, again, "it may be asked for again");
    assert!(matches!(
        adapter.post(&session, &ready, 0, None).await,
        Answer::Posted { .. }
    ));
    let seen = stub.seen();
    let upload = &seen[0];
    assert_eq!(
        upload.json(),
        json!({"initializeUploadRequest": {"owner": ALICE}})
    );
    assert_eq!(seen[1].body, b"not really a picture");
    assert_eq!(seen[1].header("content-type"), Some("image/png"));
    assert_eq!(seen[1].header("authorization"), Some("Bearer t0ken"));
    let posted = seen.last().unwrap().json();
    // A description is no little text.
    assert_eq!(
        posted["content"],
        json!({"multiImage": {"images": [
            {"id": "urn:li:image:C4E1", "altText": "a cat (grey)"},
            {"id": "urn:li:image:C4E2"},
        ]}})
    );

    let one = Frozen(
        r#"{"v":1,"commentary":"","visibility":"PUBLIC","alts":["x"],"images":["urn:li:image:C4E1"]}"#.into(),
    );
    adapter.post(&session, &one, 0, None).await;
    let posted = stub.seen().last().unwrap().json();
    assert_eq!(
        posted["content"],
        json!({"media": {"id": "urn:li:image:C4E1", "altText": "x"}})
    );
}

#[tokio::test]
async fn uploads_that_fail() {
    let elsewhere = Stub::start(|_| says(201, &[], "")).await;
    let other = elsewhere.url.clone();
    // The upload's address (`None`: its own), the answer to the PUT, to the question, what comes of it.
    type Answers = (u16, &'static str, u16, &'static str);
    let cases: [(Answers, Result<(), CallError>); 7] = [
        ((201, "", 200, r#"{"status":"AVAILABLE"}"#), Ok(())),
        // It may not be asked.
        ((200, "", 403, r#"{"status":403,"message":"no"}"#), Ok(())),
        (
            (201, "", 200, r#"{"status":"PROCESSING"}"#),
            Err(CallError::Unclear { status: Some(200) }),
        ),
        (
            (201, "", 200, r#"{"status":"PROCESSING_FAILED"}"#),
            Err(CallError::Refused {
                status: 422,
                code: "picture_refused".to_owned(),
                words: "PROCESSING_FAILED".to_owned(),
            }),
        ),
        (
            (500, "oops", 200, "{}"),
            Err(CallError::Unclear { status: Some(500) }),
        ),
        (
            (400, r#"{"status":400,"message":"no picture"}"#, 200, "{}"),
            Err(CallError::Refused {
                status: 400,
                code: "status_400".to_owned(),
                words: "no picture".to_owned(),
            }),
        ),
        (
            (201, "", 429, "slow down"),
            Err(CallError::RateLimit { retry_after: None }),
        ),
    ];
    let adapter = adapter();
    for ((put, put_body, get, get_body), expected) in cases {
        let stub = Stub::start(move |seen: &Seen| {
            let typed = [("Content-Type", "application/json")];
            match seen.method.as_str() {
                "POST" => {
                    let host = seen.header("host").unwrap();
                    json(200, &json!({"value": {"uploadUrl": format!("http://{host}/u"), "image": "urn:li:image:C"}}))
                }
                "PUT" => says(put, &typed, put_body),
                _ => says(get, &typed, get_body),
            }
        })
        .await;
        let session = alice(&stub.url);
        let pictures = vec![picture("")];
        let frozen = adapter
            .freeze(&session, &outgoing("x", pictures.clone()))
            .await
            .unwrap();
        let uploaded = adapter.upload(&session, &frozen, 0, &pictures).await;
        assert_eq!(uploaded.map(|_| ()), expected);
    }

    // An address elsewhere gets the picture without the token; one that may not be called gets nothing.
    let stub = Stub::start(move |seen: &Seen| match seen.method.as_str() {
        "POST" => json(
            200,
            &json!({"value": {"uploadUrl": format!("{other}/u"), "image": "urn:li:image:C"}}),
        ),
        _ => json(200, &json!({"status": "AVAILABLE"})),
    })
    .await;
    let session = alice(&stub.url);
    let pictures = vec![picture("")];
    let frozen = adapter
        .freeze(&session, &outgoing("x", pictures.clone()))
        .await
        .unwrap();
    adapter.upload(&session, &frozen, 0, &pictures).await.unwrap();
    let seen = elsewhere.seen();
    assert_eq!((seen.len(), seen[0].header("authorization")), (1, None));
    for value in [
        json!({"uploadUrl": "ftp://elsewhere.example/u", "image": "urn:li:image:C"}),
        json!({"uploadUrl": "https://me:secret@elsewhere.example/u", "image": "urn:li:image:C"}),
    ] {
        let stub = Stub::start(move |_| json(200, &json!({"value": value}))).await;
        let uploaded = adapter.upload(&alice(&stub.url), &frozen, 0, &pictures).await;
        assert_eq!(uploaded.unwrap_err(), CallError::AddressRefused);
    }
    for answer in [
        json!({}),
        json!({"value": {}}),
        json!({"value": {"uploadUrl": "x", "image": "urn:li:share:1"}}),
    ] {
        let stub = Stub::start(move |_| json(200, &answer)).await;
        let uploaded = adapter.upload(&alice(&stub.url), &frozen, 0, &pictures).await;
        assert_eq!(uploaded.unwrap_err(), CallError::Unclear { status: Some(200) });
    }
}
