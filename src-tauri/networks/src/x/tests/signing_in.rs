//! Both ways to sign in, and what becomes of the tokens.

use kossori_core::network::Network;
use kossori_engine::ports::{CallError, CameBack, Drawn, Publisher, SignIn};
use kossori_engine::secret::Secret;
use reqwest::Url;
use serde_json::{Value, json};

use super::{TOKENS, adapter, session};
use crate::testing::{Does, Seen, Stub, json, now, says};

const REDIRECT: &str = "http://127.0.0.1:8737/";
const DRAWN: Drawn = Drawn {
    state: [0xab; 16],
    verifier: [0; 32],
};

fn sign_in(server: Option<&str>) -> SignIn {
    SignIn {
        network: Network::X,
        server: server.map(str::to_owned),
        handle: None,
        secret: None,
        kept: None,
        client_id: Some("c1".to_owned()),
        client_secret: None,
        client_name: None,
        local_server: server.is_some(),
        plc: None,
        proxy: None,
    }
}

fn me() -> Does {
    json(
        200,
        &json!({"data": {"id": "7", "name": "Alice", "username": "alice"}}),
    )
}

fn pairs(seen: &Seen) -> Vec<(String, String)> {
    assert_eq!(
        seen.header("content-type"),
        Some("application/x-www-form-urlencoded")
    );
    assert_eq!(seen.header("authorization"), None, "a public client");
    let text = String::from_utf8(seen.body.clone()).unwrap();
    let url = Url::parse(&format!("http://x/?{text}")).unwrap();
    url.query_pairs().into_owned().collect()
}

fn owned(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs
        .iter()
        .map(|(a, b)| ((*a).to_owned(), (*b).to_owned()))
        .collect()
}

#[tokio::test]
async fn by_a_token() {
    let stub = Stub::start(|seen: &Seen| match seen.header("authorization") {
        Some("Bearer t0ken") if seen.path == "/2/users/me" => me(),
        _ => json(
            401,
            &json!({"title": "Unauthorized", "type": "about:blank", "detail": "Unauthorized"}),
        ),
    })
    .await;
    let in_an_hour = now().as_second() + 3600;
    let at = "2026-11-23T13:31:00Z";
    for (given, kept) in [
        (
            "t0ken\n".to_owned(),
            json!({"access_token": "t0ken", "client_id": "c1"}),
        ),
        (
            json!({"access_token": "t0ken", "expires_in": 3600, "token_type": "bearer"}).to_string(),
            json!({"access_token": "t0ken", "client_id": "c1", "expires_at": in_an_hour}),
        ),
        (
            json!({"access_token": "t0ken", "refresh_token": "r0", "client_id": "c2", "expires_at": at})
                .to_string(),
            json!({"access_token": "t0ken", "refresh_token": "r0", "client_id": "c2", "expires_at": in_an_hour}),
        ),
        (
            json!({"access_token": "t0ken", "expires_at": in_an_hour, "expires_in": 1, "scope": "x"})
                .to_string(),
            json!({"access_token": "t0ken", "client_id": "c1", "expires_at": in_an_hour}),
        ),
    ] {
        let mut sign_in = sign_in(Some(&format!("{}/home", stub.url)));
        sign_in.secret = Some(Secret::new(given));
        let signed_in = adapter().sign_in(&sign_in).await.unwrap();
        assert_eq!(
            (
                signed_in.server.as_str(),
                signed_in.handle.as_str(),
                signed_in.author_id.as_str()
            ),
            (stub.url.as_str(), "alice", "7")
        );
        let tokens: Value = serde_json::from_str(signed_in.tokens.expose()).unwrap();
        assert_eq!(tokens, kept);
        let ends = adapter()
            .access_ends_at(&signed_in.tokens)
            .map(|at| at.as_second());
        assert_eq!(ends, kept["expires_at"].as_i64());
    }
    let mut wrong = sign_in(Some(&stub.url));
    wrong.secret = Some(Secret::new("wrong".to_owned()));
    let refused = adapter().sign_in(&wrong).await.unwrap_err();
    assert!(matches!(refused, CallError::Token { .. }), "{refused:?}");
    wrong.secret = None;
    let refused = adapter().sign_in(&wrong).await.unwrap_err();
    assert_eq!(refused, CallError::Unsupported("no_token"));
}

#[tokio::test]
async fn there_is_one_x() {
    for (server, local, allowed) in [
        (Some("https://api.x.com"), false, true),
        (Some("http://127.0.0.1:8000"), true, true),
        (Some("http://[::1]:8000"), true, true),
        (Some("http://localhost:8000"), true, true),
        (Some("http://127.0.0.1:8000"), false, false),
        (Some("https://example.com"), false, false),
        (Some("https://example.com"), true, false),
        (Some("http://192.168.0.5"), true, false),
        (Some("http://api.x.com"), true, false),
        (None, false, true),
    ] {
        let mut sign_in = sign_in(server);
        sign_in.local_server = local;
        let begun = adapter().begin(&sign_in, Some(REDIRECT), &DRAWN).await;
        match begun {
            Ok(begun) => {
                let pages = server.filter(|_| local).unwrap_or("https://x.com");
                assert!(
                    allowed && begun.url.starts_with(&format!("{pages}/i/oauth2/authorize?")),
                    "{}",
                    begun.url
                );
            }
            Err(error) => assert_eq!((error, allowed), (CallError::AddressRefused, false), "{server:?}"),
        }
    }
}

#[tokio::test]
async fn by_browser() {
    let stub = Stub::start(|seen| match seen.path.as_str() {
        "/2/oauth2/token" => json(
            200,
            &json!({"token_type": "bearer", "expires_in": 7200, "access_token": "new", "refresh_token": "r1",
                    "scope": "tweet.read tweet.write users.read media.write offline.access"}),
        ),
        "/2/users/me" => me(),
        path => panic!("{path}"),
    })
    .await;
    let (adapter, sign_in) = (adapter(), sign_in(Some(&stub.url)));
    let begun = adapter.begin(&sign_in, Some(REDIRECT), &DRAWN).await.unwrap();
    let url = Url::parse(&begun.url).unwrap();
    let asked: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    let state = "ab".repeat(16);
    let verifier = "A".repeat(43);
    let expected = owned(&[
        ("response_type", "code"),
        ("client_id", "c1"),
        ("redirect_uri", REDIRECT),
        (
            "scope",
            "tweet.read tweet.write users.read media.write offline.access",
        ),
        ("state", &state),
        // Of 43 times `A`.
        ("code_challenge", "DwBzhbb51LfusnSGBa_hqYSgo7-j8BTQnip4TOnlzRo"),
        ("code_challenge_method", "S256"),
    ]);
    assert_eq!(asked, expected);
    assert!(!begun.url.contains(&verifier) && !begun.url.contains('+'));
    assert_eq!(stub.seen().len(), 0, "nobody is asked yet");

    let back = owned(&[("state", &state), ("code", "c0de")]);
    let pasted = format!("{REDIRECT}?state={state}&code=c0de");
    for came in [CameBack::Redirected(back), CameBack::Pasted(Secret::new(pasted))] {
        let calls = stub.seen().len();
        let signed_in = adapter.finish(&sign_in, &begun, &came).await.unwrap();
        let tokens: Value = serde_json::from_str(signed_in.tokens.expose()).unwrap();
        let expected = json!({"access_token": "new", "refresh_token": "r1", "client_id": "c1",
                              "expires_at": now().as_second() + 7200});
        assert_eq!((tokens, signed_in.author_id.as_str()), (expected, "7"));
        let exchanged = owned(&[
            ("grant_type", "authorization_code"),
            ("code", "c0de"),
            ("redirect_uri", REDIRECT),
            ("client_id", "c1"),
            ("code_verifier", &verifier),
        ]);
        assert_eq!(pairs(&stub.seen()[calls]), exchanged);
        assert_eq!(stub.seen()[calls + 1].header("authorization"), Some("Bearer new"));
    }
}

#[tokio::test]
async fn a_browser_that_comes_back_otherwise() {
    let stub = Stub::start(|_| {
        let words = "Value passed for the authorization code was invalid.";
        json(
            400,
            &json!({"error": "invalid_request", "error_description": words}),
        )
    })
    .await;
    let (adapter, sign_in) = (adapter(), sign_in(Some(&stub.url)));
    let begun = adapter.begin(&sign_in, Some(REDIRECT), &DRAWN).await.unwrap();
    let state = "ab".repeat(16);
    let other = format!("{}ac", &state[2..]);
    for (back, code, calls) in [
        (vec![("state", "ac"), ("code", "c")], "state_differs", 0),
        (vec![("state", &state[2..]), ("code", "c")], "state_differs", 0),
        (vec![("state", ""), ("code", "c")], "state_differs", 0),
        (vec![("state", &other), ("code", "c")], "state_differs", 0),
        (vec![("code", "c")], "state_differs", 0),
        (vec![("error", "access_denied")], "state_differs", 0),
        (
            vec![("state", &state), ("state", &state), ("code", "c")],
            "state_differs",
            0,
        ),
        (
            vec![("state", &state), ("error", "access_denied")],
            "access_denied",
            0,
        ),
        (
            vec![("state", &state), ("error", "<b>"), ("code", "c")],
            "sign_in_refused",
            0,
        ),
        (vec![("state", &state)], "no_code", 0),
        (vec![("state", &state), ("code", "")], "no_code", 0),
        (vec![("state", &state), ("code", "late")], "invalid_request", 1),
    ] {
        let before = stub.seen().len();
        let came = CameBack::Redirected(owned(&back));
        let refused = adapter.finish(&sign_in, &begun, &came).await.unwrap_err();
        assert!(
            matches!(&refused, CallError::Refused { code: found, .. } if found == code),
            "{back:?}: {refused:?}"
        );
        assert_eq!(stub.seen().len() - before, calls, "{back:?}");
    }
    let begin = adapter.begin(&sign_in, None, &DRAWN).await.unwrap_err();
    assert_eq!(begin, CallError::Unsupported("no_redirect"));
    let mut nobody = sign_in;
    nobody.client_id = Some(" ".to_owned());
    let begin = adapter.begin(&nobody, Some(REDIRECT), &DRAWN).await.unwrap_err();
    assert_eq!(begin, CallError::Unsupported("no_client_id"));
    for body in [
        json!({}),
        json!({"access_token": ""}),
        json!({"access_token": "a", "token_type": "mac"}),
    ] {
        let stub = Stub::start(move |_| json(200, &body)).await;
        let sign_in = super::signing_in::sign_in(Some(&stub.url));
        let came = CameBack::Redirected(owned(&[("state", &state), ("code", "c")]));
        let unclear = adapter.finish(&sign_in, &begun, &came).await.unwrap_err();
        assert_eq!(unclear, CallError::Unclear { status: Some(200) });
    }
}

#[tokio::test]
async fn refresh_tokens_rotate() {
    for (answer, refresh) in [
        (
            json!({"access_token": "new", "refresh_token": "r1", "expires_in": 7200}),
            "r1",
        ),
        (json!({"access_token": "new", "expires_in": 7200}), "r0"),
    ] {
        let stub = Stub::start(move |_| json(200, &answer)).await;
        let refreshed = adapter().refresh(&session(&stub.url)).await.unwrap();
        let tokens: Value = serde_json::from_str(refreshed.tokens.expose()).unwrap();
        let expected = json!({"access_token": "new", "refresh_token": refresh, "client_id": "c1",
                              "expires_at": now().as_second() + 7200});
        assert_eq!(tokens, expected);
        let asked = owned(&[
            ("grant_type", "refresh_token"),
            ("refresh_token", "r0"),
            ("client_id", "c1"),
        ]);
        assert_eq!(pairs(&stub.seen()[0]), asked);
    }
    let html = [("Content-Type", "text/html")];
    let cases: Vec<(super::Says, bool)> = vec![
        (
            Box::new(|| {
                json(
                    400,
                    &json!({"error": "invalid_request", "error_description": "x"}),
                )
            }),
            true,
        ),
        (Box::new(|| json(400, &json!({"error": "invalid_grant"}))), true),
        (
            Box::new(|| json(401, &json!({"error": "unauthorized_client"}))),
            true,
        ),
        (Box::new(move || says(400, &html, "<html>")), false),
        (Box::new(|| json(503, &json!({"error": "x"}))), false),
        (Box::new(|| Does::Hangs), false),
    ];
    for (does, over) in cases {
        let stub = Stub::start(move |_| does()).await;
        let error = adapter().refresh(&session(&stub.url)).await.unwrap_err();
        assert_eq!(matches!(error, CallError::Token { .. }), over, "{error:?}");
    }
    let mut bare = session("http://127.0.0.1:1");
    bare.tokens = Secret::new(r#"{"access_token":"t0ken"}"#.to_owned());
    let error = adapter().refresh(&bare).await.unwrap_err();
    assert!(
        matches!(&error, CallError::Token { code, .. } if code == "no_refresh_token"),
        "{error:?}"
    );
    assert_eq!(adapter().access_ends_at(&bare.tokens), None);
    let ends = adapter().access_ends_at(&Secret::new(TOKENS.to_owned()));
    assert_eq!(ends.map(|at| at.as_second()), Some(1_795_450_260));
}

#[tokio::test]
async fn both_tokens_are_ended() {
    let stub = Stub::start(|_| json(200, &json!({"revoked": true}))).await;
    adapter().revoke(&session(&stub.url)).await.unwrap();
    let ended: Vec<_> = stub.seen().iter().map(pairs).collect();
    let expected = ["r0", "t0ken"].map(|token| owned(&[("token", token), ("client_id", "c1")]));
    assert_eq!(ended, expected);
    assert!(stub.seen().iter().all(|seen| seen.path == "/2/oauth2/revoke"));
    let mut bare = session(&stub.url);
    bare.tokens = Secret::new(r#"{"access_token":"t0ken"}"#.to_owned());
    assert_eq!(
        adapter().revoke(&bare).await,
        Err(CallError::Unsupported("revoke"))
    );
    // The end of the one was the end of the other; the end of neither is told.
    for (refresh, access, ended) in [(200, 400, true), (400, 400, false), (200, 503, false)] {
        let stub = Stub::start(move |seen| {
            let of_refresh = String::from_utf8_lossy(&seen.body).contains("token=r0");
            let status = if of_refresh { refresh } else { access };
            json(status, &json!({"error": "invalid_request"}))
        })
        .await;
        let answer = adapter().revoke(&session(&stub.url)).await;
        assert_eq!(answer.is_ok(), ended, "{refresh} {access}: {answer:?}");
    }
}

#[tokio::test]
async fn who_the_tokens_speak_for() {
    let cases: Vec<(super::Says, bool)> = vec![
        (Box::new(me), true),
        (Box::new(|| json(200, &json!({"data": {"id": "7"}}))), false),
        (
            Box::new(|| json(200, &json!({"data": {"id": "", "username": "alice"}}))),
            false,
        ),
        (
            Box::new(|| json(200, &json!({"id": "7", "username": "alice"}))),
            false,
        ),
        (
            Box::new(|| json(500, &json!({"title": "x", "type": "about:blank"}))),
            false,
        ),
    ];
    for (does, told) in cases {
        let stub = Stub::start(move |_| does()).await;
        match adapter().author(&session(&stub.url)).await {
            Ok(author) => assert_eq!(
                (author.id.as_str(), author.handle.as_str(), told),
                ("7", "alice", true)
            ),
            Err(error) => assert!(!told && matches!(error, CallError::Unclear { .. }), "{error:?}"),
        }
    }
}
