//! Signing in by browser: what is registered and asked for, and what is believed of how the person comes back.

use kossori_core::network::{Network, Software};
use kossori_engine::ports::{Begun, CallError, CameBack, Drawn, Publisher, SignIn};
use kossori_engine::secret::Secret;
use serde_json::{Value, json};

use super::tests::adapter;
use crate::testing::{Does, Seen, Stub, json, says, session};

const REDIRECT: &str = "http://127.0.0.1:8737/";
const BY_HAND: &str = "urn:ietf:wg:oauth:2.0:oob";
const FINE: &str = "read:accounts read:statuses read:search write:statuses write:media";
/// 32 times 2, and the SHA-256 of that text, as RFC 7636 writes them.
const VERIFIER: &str = "AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI";
const CHALLENGE: &str = "bB1ju9q0N8VDaMu9iIaohqea2XcpfiZe6_H19fAVM7k";
const STATE: &str = "AQEBAQEBAQEBAQEBAQEBAQ";

const DRAWN: Drawn = Drawn {
    state: [1; 16],
    verifier: [2; 32],
};

fn sign_in(server: &str) -> SignIn {
    SignIn {
        network: Network::Mastodon,
        server: Some(server.to_owned()),
        handle: None,
        secret: None,
        kept: None,
        client_id: None,
        client_secret: None,
        client_name: None,
        local_server: true,
        plc: None,
        proxy: None,
    }
}

fn pairs(query: &[u8]) -> Vec<(String, String)> {
    let query = String::from_utf8(query.to_vec()).unwrap();
    let url = reqwest::Url::parse(&format!("http://x/?{query}")).unwrap();
    url.query_pairs().into_owned().collect()
}

fn value<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let (_, value) = pairs.iter().find(|(known, _)| known == name)?;
    Some(value)
}

/// What a server does of its own; the rest is the usual.
type Quirk = fn(&Seen) -> Option<Does>;

async fn server(quirk: Quirk) -> Stub {
    Stub::start(move |seen: &Seen| {
        if let Some(does) = quirk(seen) {
            return does;
        }
        match (seen.method.as_str(), seen.path.as_str()) {
            ("POST", "/api/v1/apps") => {
                json(200, &json!({"id": "9", "client_id": "c1", "client_secret": "s1"}))
            }
            ("POST", "/oauth/token") => json(200, &json!({"access_token": "t0ken", "token_type": "Bearer"})),
            ("POST", "/oauth/revoke") => json(200, &json!({})),
            ("GET", "/api/v1/accounts/verify_credentials") => json(200, &json!({"id": "1", "acct": "alice"})),
            ("GET", "/api/v2/instance") => json(200, &json!({"domain": "example.social"})),
            _ => json(404, &json!({"error": "Record not found"})),
        }
    })
    .await
}

fn plain(_: &Seen) -> Option<Does> {
    None
}

fn nodeinfo(seen: &Seen, name: &str) -> Option<Does> {
    let host = seen.header("host")?;
    match seen.path.as_str() {
        "/.well-known/nodeinfo" => Some(json(
            200,
            &json!({"links": [{"rel": "http://nodeinfo.diaspora.software/ns/schema/2.0",
                               "href": format!("http://{host}/nodeinfo/2.0")}]}),
        )),
        "/nodeinfo/2.0" => Some(json(200, &json!({"software": {"name": name}}))),
        _ => None,
    }
}

fn sent(stub: &Stub, path: &str) -> Vec<Vec<(String, String)>> {
    let all = stub.seen();
    let posts = all
        .iter()
        .filter(|seen| seen.method == "POST" && seen.path == path);
    posts.map(|seen| pairs(&seen.body)).collect()
}

fn back(pairs: &[(&str, &str)]) -> CameBack {
    let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    CameBack::Redirected(pairs.iter().map(own).collect())
}

fn code_of(error: CallError) -> String {
    match error {
        CallError::Refused { code, .. } => code,
        other => format!("{other:?}"),
    }
}

#[tokio::test]
async fn there_and_back() {
    let stub = server(plain).await;
    let adapter = adapter();
    let mut sign_in = sign_in(&stub.url);
    sign_in.client_name = Some("Quiet".to_owned());
    let begun = adapter.begin(&sign_in, Some(REDIRECT), &DRAWN).await.unwrap();
    let registered = &sent(&stub, "/api/v1/apps")[0];
    assert_eq!(value(registered, "client_name"), Some("Quiet"));
    assert_eq!(value(registered, "redirect_uris"), Some(REDIRECT));
    assert_eq!(value(registered, "scopes"), Some(FINE));
    assert!(
        stub.seen()
            .iter()
            .all(|seen| seen.header("user-agent") == Some("Quiet"))
    );

    let (page, query) = begun.url.split_once('?').unwrap();
    assert_eq!(page, format!("{}/oauth/authorize", stub.url));
    let expected = [
        ("response_type", "code"),
        ("client_id", "c1"),
        ("redirect_uri", REDIRECT),
        ("scope", FINE),
        ("state", STATE),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    let own = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
    assert_eq!(pairs(query.as_bytes()), expected.map(own));

    let came = back(&[("code", "c0de"), ("state", STATE)]);
    let signed_in = adapter.finish(&sign_in, &begun, &came).await.unwrap();
    assert_eq!(signed_in.handle, "alice@example.social");
    assert_eq!(
        (signed_in.author_id.as_str(), signed_in.server.as_str()),
        ("1", stub.url.as_str())
    );
    assert_eq!(signed_in.session_ends_at, None);
    let tokens: Value = serde_json::from_str(signed_in.tokens.expose()).unwrap();
    assert_eq!(
        tokens,
        json!({"access_token": "t0ken", "client_id": "c1", "client_secret": "s1"})
    );
    let expected = [
        ("grant_type", "authorization_code"),
        ("code", "c0de"),
        ("client_id", "c1"),
        ("client_secret", "s1"),
        ("redirect_uri", REDIRECT),
        ("code_verifier", VERIFIER),
    ];
    assert_eq!(sent(&stub, "/oauth/token"), [expected.map(own).to_vec()]);

    let mut session = session(Network::Mastodon, &stub.url, "1", signed_in.tokens.expose());
    assert_eq!(adapter.author(&session).await.unwrap().id, "1");
    adapter.revoke(&session).await.unwrap();
    let expected = [("client_id", "c1"), ("client_secret", "s1"), ("token", "t0ken")];
    assert_eq!(sent(&stub, "/oauth/revoke"), [expected.map(own).to_vec()]);
    // A token that was made elsewhere is nobody's here to end.
    session.tokens = Secret::new(super::tests::TOKENS.to_owned());
    assert_eq!(
        adapter.revoke(&session).await,
        Err(CallError::Unsupported("revoke"))
    );
}

#[tokio::test]
async fn by_hand() {
    let stub = server(plain).await;
    let adapter = adapter();
    let sign_in = sign_in(&stub.url);
    let begun = adapter.begin(&sign_in, None, &DRAWN).await.unwrap();
    assert_eq!(
        value(&sent(&stub, "/api/v1/apps")[0], "redirect_uris"),
        Some(BY_HAND)
    );
    let native = format!("{}/oauth/authorize/native?code=c0de", stub.url);
    for pasted in [" c0de\n", native.as_str()] {
        let came = CameBack::Pasted(Secret::new(pasted.to_owned()));
        adapter.finish(&sign_in, &begun, &came).await.unwrap();
    }
    for exchange in sent(&stub, "/oauth/token") {
        assert_eq!(value(&exchange, "code"), Some("c0de"));
        assert_eq!(value(&exchange, "redirect_uri"), Some(BY_HAND));
    }
    let came = CameBack::Pasted(Secret::new(" ".to_owned()));
    let refused = adapter.finish(&sign_in, &begun, &came).await.unwrap_err();
    assert_eq!(code_of(refused), "no_code");

    // The browser ended at an address that nobody listened at any more: its state is there to be looked at.
    let begun = adapter.begin(&sign_in, Some(REDIRECT), &DRAWN).await.unwrap();
    for (query, expected) in [
        (format!("code=c0de&state={STATE}"), None),
        ("code=c0de&state=another".to_owned(), Some("state_differs")),
        ("code=c0de".to_owned(), Some("state_differs")),
    ] {
        let came = CameBack::Pasted(Secret::new(format!("{REDIRECT}?{query}")));
        let answer = adapter.finish(&sign_in, &begun, &came).await;
        assert_eq!(answer.err().map(code_of).as_deref(), expected, "{query}");
    }
}

#[tokio::test]
async fn who_comes_back_from_elsewhere_is_turned_away() {
    let stub = server(plain).await;
    let adapter = adapter();
    let sign_in = sign_in(&stub.url);
    let begun = adapter.begin(&sign_in, Some(REDIRECT), &DRAWN).await.unwrap();
    for (came, expected) in [
        (vec![("code", "c0de")], "state_differs"),
        (vec![("code", "c0de"), ("state", "")], "state_differs"),
        (
            vec![("code", "c0de"), ("state", "AQEBAQEBAQEBAQEBAQEBAR")],
            "state_differs",
        ),
        (
            vec![("code", "c0de"), ("state", STATE), ("state", "x")],
            "state_differs",
        ),
        (
            vec![("code", "a"), ("code", "b"), ("state", STATE)],
            "state_differs",
        ),
        (
            vec![
                ("code", "c0de"),
                ("state", STATE),
                ("iss", "https://evil.example"),
            ],
            "state_differs",
        ),
        // A stranger's no is none.
        (vec![("error", "access_denied"), ("state", "x")], "state_differs"),
        (
            vec![("error", "access_denied"), ("state", STATE)],
            "access_denied",
        ),
        (
            vec![("error", "invalid_scope"), ("state", STATE)],
            "invalid_scope",
        ),
        (vec![("error", "What is this?"), ("state", STATE)], "refused"),
        (vec![("state", STATE)], "no_code"),
        (vec![("code", ""), ("state", STATE)], "no_code"),
    ] {
        let refused = adapter.finish(&sign_in, &begun, &back(&came)).await.unwrap_err();
        assert_eq!(code_of(refused), expected, "{came:?}");
    }
    let other = Begun {
        url: begun.url.clone(),
        expects: begun.expects.clone(),
        kept: Secret::new("{}".to_owned()),
    };
    let came = back(&[("code", "c0de"), ("state", STATE)]);
    let refused = adapter.finish(&sign_in, &other, &came).await.unwrap_err();
    assert_eq!(code_of(refused), "state_differs");
    assert_eq!(sent(&stub, "/oauth/token").len(), 0, "no code leaves for nothing");
}

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
    let mut session = session(Network::Mastodon, &stub.url, "1", super::tests::TOKENS);
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
