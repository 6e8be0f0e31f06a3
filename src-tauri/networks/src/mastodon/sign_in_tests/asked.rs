//! What is asked for, as the server says that it may be, and how a refusal is told.

use kossori_core::network::{Network, Software};
use kossori_engine::ports::{CallError, Publisher};
use kossori_engine::secret::Secret;
use serde_json::{Value, json};

use super::{
    DRAWN, FINE, Quirk, REDIRECT, STATE, back, nodeinfo, pairs, plain, sent, server, sign_in, value,
};
use crate::mastodon::tests::adapter;
use crate::testing::{Does, Seen, Stub, json, says, session};

/// The server's document of its own sign-in, with `{here}` for its origin; then where the browser is sent, where the code
/// goes, and which `iss` is its own.
#[tokio::test]
async fn what_the_server_says_of_its_sign_in() {
    let document = |issuer: &str, authorization: &str, token: &str| json!({"issuer": issuer, "authorization_endpoint": authorization, "token_endpoint": token});
    for (document, page, exchange, iss, accepted) in [
        (
            document("{here}/", "{here}/auth", "{here}/token"),
            "/auth",
            "/token",
            Some("{here}/"),
            true,
        ),
        (
            document("{here}/", "{here}/auth", "{here}/token"),
            "/auth",
            "/token",
            Some("{here}"),
            false,
        ),
        (
            document("{here}/", "{here}/auth?x=1", "{here}/token"),
            "/auth",
            "/token",
            None,
            true,
        ),
        (
            document(
                "{here}",
                "https://elsewhere.example/auth",
                "https://elsewhere.example/token",
            ),
            "/oauth/authorize",
            "/oauth/token",
            Some("{here}"),
            true,
        ),
        // It speaks for another one.
        (
            document("https://elsewhere.example", "{here}/auth", "{here}/token"),
            "/oauth/authorize",
            "/oauth/token",
            Some("{here}/"),
            true,
        ),
        (json!([1]), "/oauth/authorize", "/oauth/token", None, true),
    ] {
        let text = document.to_string();
        let stub = Stub::start(move |seen: &Seen| {
            let here = format!("http://{}", seen.header("host").unwrap());
            match seen.path.as_str() {
                "/.well-known/oauth-authorization-server" => says(
                    200,
                    &[("Content-Type", "application/json")],
                    &text.replace("{here}", &here),
                ),
                "/api/v1/apps" => json(200, &json!({"client_id": 1, "client_secret": "s1"})),
                "/token" | "/oauth/token" => json(200, &json!({"access_token": "t0ken"})),
                "/api/v1/accounts/verify_credentials" => json(200, &json!({"id": "1", "acct": "alice"})),
                "/api/v2/instance" => json(200, &json!({})),
                _ => json(404, &json!({"error": "Record not found"})),
            }
        })
        .await;
        let adapter = adapter();
        let sign_in = sign_in(&stub.url);
        let begun = adapter.begin(&sign_in, Some(REDIRECT), &DRAWN).await.unwrap();
        assert_eq!(
            begun.url.split_once('?').unwrap().0,
            format!("{}{page}", stub.url),
            "{document}"
        );
        let iss = iss.map(|iss| iss.replace("{here}", &stub.url));
        let mut came = vec![("code", "c0de"), ("state", STATE)];
        came.extend(iss.as_deref().map(|iss| ("iss", iss)));
        let answer = adapter.finish(&sign_in, &begun, &back(&came)).await;
        assert_eq!(answer.is_ok(), accepted, "{document} {iss:?}");
        assert_eq!(sent(&stub, exchange).len(), usize::from(accepted), "{document}");
    }
}

/// What the server does differently, and the scopes that are registered one after another.
#[tokio::test]
async fn scopes() {
    fn refuses(seen: &Seen, status: u16, error: Value) -> Option<Does> {
        let fine = seen.path == "/api/v1/apps" && value(&pairs(&seen.body), "scopes") == Some(FINE);
        fine.then(|| json(status, &error))
    }
    let cases: [(Quirk, &[&str]); 6] = [
        (plain, &[FINE]),
        (
            |seen| {
                refuses(
                    seen,
                    422,
                    json!({"error": "Validation failed: Scopes doesn't match"}),
                )
            },
            &[FINE, "read write"],
        ),
        (
            |seen| refuses(seen, 400, json!({"error": "invalid_scope"})),
            &[FINE, "read write"],
        ),
        (|seen| nodeinfo(seen, "pixelfed"), &["read write"]),
        (
            |seen| {
                let here = format!("http://{}", seen.header("host").unwrap());
                (seen.path == "/.well-known/oauth-authorization-server").then(|| {
                    json(
                        200,
                        &json!({"issuer": here, "scopes_supported": ["read", "write", "follow"]}),
                    )
                })
            },
            &["read write"],
        ),
        (
            |seen| {
                let here = format!("http://{}", seen.header("host").unwrap());
                let scopes: Vec<&str> = FINE.split(' ').chain(["read", "write"]).collect();
                (seen.path == "/.well-known/oauth-authorization-server")
                    .then(|| json(200, &json!({"issuer": here, "scopes_supported": scopes})))
            },
            &[FINE],
        ),
    ];
    for (quirk, expected) in cases {
        let stub = server(quirk).await;
        let begun = adapter()
            .begin(&sign_in(&stub.url), Some(REDIRECT), &DRAWN)
            .await
            .unwrap();
        let registered = sent(&stub, "/api/v1/apps");
        let scopes: Vec<&str> = registered
            .iter()
            .map(|app| value(app, "scopes").unwrap())
            .collect();
        assert_eq!(scopes, expected);
        let asked = pairs(begun.url.split_once('?').unwrap().1.as_bytes());
        assert_eq!(value(&asked, "scope"), expected.last().copied());
    }
}

/// What refuses, the path at which it does, and how that is told.
#[tokio::test]
async fn refusals() {
    fn at(seen: &Seen, path: &str, does: impl Fn() -> Does) -> Option<Does> {
        (seen.path == path).then(does)
    }
    const UNCLEAR: CallError = CallError::Unclear { status: Some(502) };
    let refused = |status: u16, code: &str, words: &str| CallError::Refused {
        status,
        code: code.to_owned(),
        words: words.to_owned(),
    };
    let cases: [(Quirk, CallError); 7] = [
        (
            |seen| at(seen, "/api/v1/apps", || json(429, &json!({"error": "Too many"}))),
            CallError::RateLimit { retry_after: None },
        ),
        (
            |seen| {
                at(seen, "/api/v1/apps", || {
                    says(502, &[("Content-Type", "text/html")], "<html>")
                })
            },
            UNCLEAR,
        ),
        (
            |seen| at(seen, "/api/v1/apps", || json(200, &json!({"client_id": "c1"}))),
            CallError::Unclear { status: Some(200) },
        ),
        (
            |seen| {
                at(seen, "/oauth/token", || {
                    json(
                        401,
                        &json!({"error": "invalid_client", "error_description": "Unknown\nclient"}),
                    )
                })
            },
            refused(401, "invalid_client", "Unknown client"),
        ),
        (
            |seen| {
                at(seen, "/oauth/token", || {
                    json(400, &json!({"error": "invalid_grant"}))
                })
            },
            refused(400, "invalid_grant", "invalid_grant"),
        ),
        (
            |seen| at(seen, "/oauth/token", || json(200, &json!({"access_token": ""}))),
            CallError::Unclear { status: Some(200) },
        ),
        (
            |seen| {
                at(seen, "/api/v1/accounts/verify_credentials", || {
                    json(401, &json!({"error": "The access token is invalid"}))
                })
            },
            CallError::Token {
                code: "unauthorized".to_owned(),
                words: "The access token is invalid".to_owned(),
            },
        ),
    ];
    for (quirk, expected) in cases {
        let stub = server(quirk).await;
        let adapter = adapter();
        let sign_in = sign_in(&stub.url);
        let answer = match adapter.begin(&sign_in, Some(REDIRECT), &DRAWN).await {
            Ok(begun) => {
                let came = back(&[("code", "c0de"), ("state", STATE)]);
                adapter.finish(&sign_in, &begun, &came).await.map(|_| ())
            }
            Err(error) => Err(error),
        };
        assert_eq!(answer, Err(expected));
    }
    let mut elsewhere = sign_in("http://127.0.0.1:9/");
    elsewhere.local_server = false;
    let refused = adapter().begin(&elsewhere, None, &DRAWN).await.unwrap_err();
    assert_eq!(refused, CallError::AddressRefused);
}

#[tokio::test]
async fn a_token_that_snac_does_not_know() {
    let stub = server(|seen| match seen.path.as_str() {
        "/api/v1/accounts/verify_credentials" => Some(says(422, &[], "")),
        _ => nodeinfo(seen, "snac"),
    })
    .await;
    let adapter = adapter();
    let mut sign_in = sign_in(&stub.url);
    sign_in.secret = Some(Secret::new("wrong".to_owned()));
    let refused = adapter.sign_in(&sign_in).await.unwrap_err();
    assert!(matches!(refused, CallError::Token { .. }), "{refused:?}");
    let mut session = session(Network::Mastodon, &stub.url, "1", crate::mastodon::tests::TOKENS);
    for (software, is_token) in [(Software::Snac, true), (Software::Unknown, false)] {
        session.account.software = software;
        let refused = adapter.author(&session).await.unwrap_err();
        assert_eq!(
            matches!(refused, CallError::Token { .. }),
            is_token,
            "{refused:?}"
        );
    }
}
