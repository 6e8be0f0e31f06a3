//! The calls of such a session, its renewal and its end.

use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use kossori_core::answer::{Answer, Refusal};
use kossori_core::network::Network;
use kossori_engine::ports::{
    CallError, CleanPicture, Drawn, Outgoing, OutgoingPart, OutgoingPicture, Publisher, Session,
};
use kossori_engine::secret::Secret;
use serde_json::{Value, json};

use super::{
    DID, DRAWN, NONCE, REDIRECT, adapter, back, code_of, fake, form, opened, sign_in, signed_in, wants_nonce,
};
use crate::bluesky::Bluesky;
use crate::testing::{Does, Stub, json as reply, now, says, session};

/// A session by browser at `stub`.
async fn bound(adapter: &Bluesky, stub: &Stub) -> Session {
    let signed_in = signed_in(adapter, stub, &[]).await.unwrap();
    session(Network::Bluesky, &stub.url, DID, signed_in.tokens.expose())
}

fn at(session: &Session, server: &str) -> Session {
    let mut session = session.clone();
    session.account.server = server.to_owned();
    session
}

#[tokio::test]
async fn a_post_is_sent_once_more_for_a_nonce_and_for_nothing_else() {
    let own = adapter();
    let home = fake(|_, _| {}).await;
    let session = bound(&own, &home).await;
    let outgoing = Outgoing {
        parts: vec![OutgoingPart {
            text: "one".to_owned(),
            pictures: Vec::new(),
        }],
        cw: None,
        visibility: None,
        lang: None,
        reply_to: None,
        quote: None,
        repost: None,
        at: now(),
        key: [7; 16],
    };
    let frozen = own.freeze(&session, &outgoing).await.unwrap();
    let record: Value = serde_json::from_str(&frozen.0).unwrap();
    let part = &record["parts"][0];
    let written = json!({
        "uri": format!("at://{DID}/app.bsky.feed.post/{}", part["rkey"].as_str().unwrap()),
        "cid": part["cid"],
    });
    let refused = |status, kind, code: &str| Answer::Refused {
        status,
        kind,
        code: code.to_owned(),
        words: String::new(),
    };
    let nonce_refused = |status| refused(status, Refusal::Nonce, "use_dpop_nonce");
    let challenge: &[(&str, &str)] = &[
        ("Content-Type", "application/json"),
        ("WWW-Authenticate", r#"DPoP error="use_dpop_nonce""#),
        ("DPoP-Nonce", "nonce-2"),
    ];
    // What is answered, one after another; how many calls that makes; what becomes of it (`None`: it is out).
    let cases: Vec<(Vec<Does>, usize, Option<Answer>)> = vec![
        (vec![reply(200, &written)], 1, None),
        (vec![wants_nonce(401), reply(200, &written)], 2, None),
        (
            vec![says(401, challenge, r#"{"error":"other"}"#), reply(200, &written)],
            2,
            None,
        ),
        (
            vec![wants_nonce(401), wants_nonce(401), reply(200, &written)],
            2,
            Some(nonce_refused(401)),
        ),
        (
            vec![wants_nonce(400), wants_nonce(400), reply(200, &written)],
            2,
            Some(nonce_refused(400)),
        ),
        // Without a nonce there is nothing to show.
        (
            vec![
                reply(401, &json!({"error": "use_dpop_nonce"})),
                reply(200, &written),
            ],
            1,
            Some(nonce_refused(401)),
        ),
        (
            vec![reply(400, &json!({"error": "use_dpop_nonce"}))],
            1,
            Some(nonce_refused(400)),
        ),
        (
            vec![
                says(401, &challenge[..1], r#"{"error":"invalid_token"}"#),
                reply(200, &written),
            ],
            1,
            Some(refused(401, Refusal::Token, "invalid_token")),
        ),
        (
            vec![Does::Hangs, reply(200, &written)],
            1,
            Some(Answer::Unclear { status: None }),
        ),
        // After a nonce the answer may be lost like any other.
        (
            vec![wants_nonce(401), Does::Hangs],
            2,
            Some(Answer::Unclear { status: None }),
        ),
        (
            vec![
                says(503, challenge, r#"{"error":"use_dpop_nonce"}"#),
                reply(200, &written),
            ],
            1,
            Some(Answer::Unclear { status: Some(503) }),
        ),
    ];
    for (index, (answers, calls, expected)) in cases.into_iter().enumerate() {
        let answers = Mutex::new(answers.into_iter());
        let stub = Stub::start(move |_| answers.lock().unwrap().next().expect("no more calls")).await;
        let answer = own.post(&at(&session, &stub.url), &frozen, 0, None).await;
        match expected {
            Some(expected) => assert_eq!(answer, expected, "case {index}"),
            None => assert!(
                matches!(answer, Answer::Posted { .. }),
                "case {index}: {answer:?}"
            ),
        }
        let seen = stub.seen();
        assert_eq!(seen.len(), calls, "case {index}");
        let claims: Vec<Value> = seen.iter().map(opened).collect();
        assert!(
            seen.iter()
                .all(|seen| seen.header("authorization") == Some("DPoP acc-1"))
        );
        if let [first, second] = &seen[..] {
            assert_eq!(first.body, second.body, "case {index}: the same call");
            assert_ne!(claims[0].get("nonce"), claims[1].get("nonce"), "case {index}");
            assert_ne!(claims[0]["jti"], claims[1]["jti"], "case {index}");
        }
    }

    // An upload is told the same, and posts nothing.
    let mut pictured = outgoing.clone();
    pictured.parts[0].pictures.push(OutgoingPicture {
        picture: CleanPicture {
            bytes: b"png".to_vec().into(),
            mime: "image/png".to_owned(),
            width: 2,
            height: 1,
        },
        alt: "a cat".to_owned(),
    });
    let frozen = own.freeze(&session, &pictured).await.unwrap();
    for status in [400, 401] {
        let stub = Stub::start(move |_| wants_nonce(status)).await;
        let uploaded = own
            .upload(&at(&session, &stub.url), &frozen, 0, &pictured.parts[0].pictures)
            .await;
        let refused = CallError::Token {
            code: "use_dpop_nonce".to_owned(),
            words: String::new(),
        };
        assert_eq!(uploaded, Err(refused), "{status}");
    }

    // Of another account on the same server nothing is shown.
    let server = Stub::start(|_| wants_nonce(401)).await;
    own.author(&at(&session, &server.url)).await.unwrap_err();
    let other = Drawn {
        verifier: [6; 32],
        ..DRAWN
    };
    let begun = own
        .begin(&sign_in(&home.url), Some(REDIRECT), &other)
        .await
        .unwrap();
    let second = own
        .finish(&sign_in(&home.url), &begun, &back(&home, &[]))
        .await
        .unwrap();
    let second = crate::testing::session(Network::Bluesky, &server.url, DID, second.tokens.expose());
    own.author(&second).await.unwrap_err();
    let nonces: Vec<Option<Value>> = server
        .seen()
        .iter()
        .map(|seen| opened(seen).get("nonce").cloned())
        .collect();
    let shown = Some(json!(NONCE));
    assert_eq!(nonces, [None, shown.clone(), None, shown]);
}

#[tokio::test]
async fn a_refresh_moves_no_end_and_a_sign_out_ends_all() {
    let adapter = adapter();
    let stub = fake(|_, _| {}).await;
    let old = bound(&adapter, &stub).await;
    let ends_at = |tokens: &Secret| {
        let tokens: Value = serde_json::from_str(tokens.expose()).unwrap();
        Timestamp::from_second(tokens["bound"]["session_ends_at"].as_i64().unwrap()).unwrap()
    };
    // Nine days later.
    let mut late: Value = serde_json::from_str(old.tokens.expose()).unwrap();
    let five_days = now() + SignedDuration::from_hours(5 * 24);
    late["bound"]["session_ends_at"] = json!(five_days.as_second());
    let late = session(Network::Bluesky, &stub.url, DID, &late.to_string());
    let fresh = adapter.refresh(&late).await.unwrap();
    assert_eq!(fresh.session_ends_at, Some(five_days));
    assert_eq!(ends_at(&fresh.tokens), five_days);
    let seen = stub.seen();
    let asked = form(seen.last().unwrap());
    assert_eq!(asked["grant_type"], "refresh_token");
    assert_eq!(asked["refresh_token"], "ref-1");
    assert!(asked["client_id"].starts_with("http://localhost?"));
    adapter.revoke(&late).await.unwrap();
    let seen = stub.seen();
    let ended = seen.last().unwrap();
    assert_eq!((&*ended.path, &*form(ended)["token"]), ("/revoke", "ref-1"));

    for (key, said, expected) in [
        ("error", json!("invalid_grant"), "token: invalid_grant"),
        // A clock that is wrong is not mended by signing in again.
        ("error", json!("invalid_dpop_proof"), "invalid_dpop_proof"),
        ("sub", json!("did:plc:mallory"), "token: other_account"),
        ("scope", json!("atproto"), "token: other_account"),
        ("token_type", json!("Bearer"), "unclear"),
    ] {
        let (said_there, signing_in) = (said.clone(), Arc::new(Mutex::new(true)));
        let calm = signing_in.clone();
        let stub = fake(move |path, body| {
            if path == "/token" && !*calm.lock().unwrap() {
                body[key] = said_there.clone();
            }
        })
        .await;
        let session = bound(&adapter, &stub).await;
        *signing_in.lock().unwrap() = false;
        let refused = adapter.refresh(&session).await.unwrap_err();
        assert_eq!(code_of(refused), expected, "{key}: {said}");
    }
}

#[tokio::test]
async fn a_renamed_account_is_signed_in_again_as_itself() {
    let adapter = adapter();
    let stub = fake(|path, body| {
        if path[1..] == *DID {
            body["alsoKnownAs"] = json!(["at://alice.example"]);
        }
    })
    .await;
    let mut again = sign_in(&stub.url);
    // What an app password's session knows of itself.
    let access = format!("x.{}.y", URL_SAFE_NO_PAD.encode(json!({"sub": DID}).to_string()));
    again.kept = Some(Secret::new(json!({"access": access, "refresh": "r"}).to_string()));
    adapter.begin(&again, Some(REDIRECT), &DRAWN).await.unwrap();
    let seen = stub.seen();
    assert!(seen.iter().all(|seen| !seen.path.contains("resolveHandle")));
    assert_eq!(form(seen.last().unwrap())["login_hint"], "alice.example");
}
