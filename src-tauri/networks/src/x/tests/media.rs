//! Pictures: in one call or in pieces, waited for, described.

use kossori_core::answer::Answer;
use kossori_engine::ports::{CallError, Publisher};
use serde_json::{Value, json};

use super::{adapter, frozen_of, outgoing, picture, session};
use crate::testing::{Does, Seen, Stub, json};

const MEGABYTE: usize = 1024 * 1024;

fn has(seen: &Seen, text: &str) -> bool {
    seen.body.windows(text.len()).any(|part| part == text.as_bytes())
}

#[tokio::test]
async fn small_ones_go_at_once() {
    let mut post = outgoing(&[""]);
    post.parts[0].pictures = vec![
        picture(b"PNG", "image/png", "a cat"),
        picture(b"GIF", "image/gif", ""),
    ];
    let frozen = frozen_of(&post).await;
    let stub = Stub::start(|seen| match (seen.method.as_str(), seen.path.as_str()) {
        ("POST", "/2/media/upload") if has(seen, "tweet_gif") => {
            json(200, &json!({"data": {"id": "72", "media_key": "16_72"}}))
        }
        ("POST", "/2/media/upload") => {
            json(200, &json!({"data": {"id": "71", "expires_after_secs": 86_400}}))
        }
        ("POST", "/2/media/metadata") => json(200, &json!({"data": {"id": "71"}})),
        ("POST", "/2/tweets") => json(201, &json!({"data": {"id": "20", "text": ""}})),
        (_, path) => panic!("{path}"),
    })
    .await;
    let (adapter, session) = (adapter(), session(&stub.url));
    assert_eq!(
        adapter.post(&session, &frozen, 0, None).await,
        Answer::NeverLeft,
        "not without its pictures"
    );
    let pictures = &post.parts[0].pictures;
    let uploaded = adapter.upload(&session, &frozen, 0, pictures).await.unwrap();
    assert_eq!(
        adapter.upload(&session, &uploaded, 0, pictures).await.unwrap(),
        uploaded
    );
    adapter.post(&session, &uploaded, 0, None).await;

    let seen = stub.seen();
    let paths: Vec<&str> = seen.iter().map(|seen| seen.path.as_str()).collect();
    let expected = [
        "/2/media/upload",
        "/2/media/metadata",
        "/2/media/upload",
        "/2/tweets",
    ];
    assert_eq!(
        paths, expected,
        "uploaded once, described where there is something to say"
    );
    for part in [
        "name=\"media\"; filename=\"picture.png\"",
        "Content-Type: image/png",
        "tweet_image",
        "PNG",
    ] {
        assert!(has(&seen[0], part), "{part}");
    }
    let described = json!({"id": "71", "metadata": {"alt_text": {"text": "a cat"}}});
    assert_eq!(seen[1].json(), described);
    assert_eq!(
        seen[3].json(),
        json!({"text": "", "media": {"media_ids": ["71", "72"]}})
    );
}

#[tokio::test]
async fn large_ones_go_in_pieces() {
    let bytes: Vec<u8> = (0..2 * MEGABYTE + 5).map(|at| b'a' + (at % 23) as u8).collect();
    let mut post = outgoing(&["one"]);
    post.parts[0].pictures = vec![picture(&bytes, "image/jpeg", "")];
    let frozen = frozen_of(&post).await;
    let stub = Stub::start(|seen| match (seen.method.as_str(), seen.path.as_str()) {
        ("POST", "/2/media/upload/initialize") => json(200, &json!({"data": {"id": "71"}})),
        ("POST", "/2/media/upload/71/append") => json(200, &json!({"data": {"expires_at": 1}})),
        ("POST", "/2/media/upload/71/finalize") => {
            let info = json!({"state": "pending", "check_after_secs": 3600});
            json(
                200,
                &json!({"data": {"id": "71", "media_key": "3_71", "processing_info": info}}),
            )
        }
        ("GET", "/2/media/upload?command=STATUS&media_id=71") => json(
            200,
            &json!({"data": {"id": "71", "processing_info": {"state": "succeeded"}}}),
        ),
        (_, path) => panic!("{path}"),
    })
    .await;
    let uploaded = adapter()
        .upload(&session(&stub.url), &frozen, 0, &post.parts[0].pictures)
        .await
        .unwrap();
    let record: Value = serde_json::from_str(&uploaded.0).unwrap();
    assert_eq!(record["parts"][0]["media"], json!([{"id": "71", "key": "3_71"}]));
    let seen = stub.seen();
    let begun =
        json!({"media_type": "image/jpeg", "media_category": "tweet_image", "total_bytes": bytes.len()});
    assert_eq!(seen[0].json(), begun);
    let pieces: Vec<&Seen> = seen.iter().filter(|seen| seen.path.ends_with("append")).collect();
    assert_eq!(pieces.len(), 3);
    let mut joined = Vec::new();
    for (index, piece) in pieces.iter().enumerate() {
        assert!(
            has(piece, &format!("name=\"segment_index\"\r\n\r\n{index}\r\n")),
            "{index}"
        );
        let head = b"Content-Type: image/jpeg\r\n\r\n";
        let from = piece
            .body
            .windows(head.len())
            .position(|part| part == head)
            .unwrap()
            + head.len();
        let rest = &piece.body[from..];
        let len = rest.windows(4).position(|part| part == b"\r\n--").unwrap();
        joined.extend_from_slice(&rest[..len]);
    }
    assert_eq!(joined, bytes);
    assert!(seen[4].body.is_empty(), "nothing is in the last call");
}

#[tokio::test]
async fn each_state_of_processing() {
    let mut post = outgoing(&["one"]);
    post.parts[0].pictures = vec![picture(b"GIF", "image/gif", "")];
    let frozen = frozen_of(&post).await;
    let unclear = || Err(CallError::Unclear { status: Some(200) });
    let failed = |words: &str| {
        Err(CallError::Refused {
            status: 422,
            code: "media_failed".to_owned(),
            words: words.to_owned(),
        })
    };
    // The states, one an answer, the last of them for ever; what comes of it, after how many calls.
    for (states, expected, calls) in [
        (&[json!(null)][..], Ok(()), 1),
        (&[json!({"state": "succeeded"})], Ok(()), 1),
        (
            &[
                json!({"state": "pending", "check_after_secs": 1}),
                json!({"state": "in_progress"}),
                json!(null),
            ],
            Ok(()),
            3,
        ),
        (
            &[json!({"state": "in_progress", "progress_percent": 5})],
            unclear(),
            4,
        ),
        (&[json!({"state": "failed"})], failed(""), 1),
        (
            &[
                json!({"state": "pending"}),
                json!({"state": "failed", "error": {"message": "bad"}}),
            ],
            failed("bad"),
            2,
        ),
        (&[json!({"state": "resting"})], unclear(), 1),
        (&[json!({})], unclear(), 1),
    ] {
        let script = states.to_vec();
        let asked = std::sync::atomic::AtomicUsize::new(0);
        let stub = Stub::start(move |_| {
            let at = asked.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
            let state = script.get(at).or(script.last()).cloned().unwrap_or_default();
            json(200, &json!({"data": {"id": "71", "processing_info": state}}))
        })
        .await;
        let upload = adapter()
            .upload(&session(&stub.url), &frozen, 0, &post.parts[0].pictures)
            .await;
        assert_eq!(
            (upload.map(|_| ()), stub.seen().len()),
            (expected, calls),
            "{states:?}"
        );
    }
}

type Script = Box<dyn Fn(&Seen) -> Does + Send + Sync>;

#[tokio::test]
async fn uploads_that_fail() {
    let mut post = outgoing(&["one"]);
    post.parts[0].pictures = vec![picture(b"PNG", "image/png", "a cat")];
    let frozen = frozen_of(&post).await;
    let cases: Vec<(Script, CallError)> = vec![
        (Box::new(|_| Does::Hangs), CallError::Offline),
        (
            Box::new(|_| json(200, &json!({"data": {"id": "../x"}}))),
            CallError::Unclear { status: Some(200) },
        ),
        (
            Box::new(|_| json(401, &json!({"title": "Unauthorized", "type": "about:blank"}))),
            CallError::Token {
                code: "unauthorized".to_owned(),
                words: "Unauthorized".to_owned(),
            },
        ),
        // Described or not at all.
        (
            Box::new(|seen| match seen.path.as_str() {
                "/2/media/upload" => json(200, &json!({"data": {"id": "71"}})),
                _ => json(402, &json!({"title": "CreditsDepleted", "detail": "x"})),
            }),
            CallError::OutOfCredit,
        ),
    ];
    for (script, expected) in cases {
        let stub = Stub::start(script).await;
        let upload = adapter()
            .upload(&session(&stub.url), &frozen, 0, &post.parts[0].pictures)
            .await;
        assert_eq!(upload.unwrap_err(), expected);
    }
}
