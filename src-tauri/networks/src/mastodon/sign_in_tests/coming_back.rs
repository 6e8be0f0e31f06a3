//! There and back, by the browser or by hand, and who comes back from elsewhere.

use kossori_core::network::Network;
use kossori_engine::ports::{Begun, CallError, CameBack, Publisher};
use kossori_engine::secret::Secret;
use serde_json::{Value, json};

use super::{
    CHALLENGE, DRAWN, FINE, REDIRECT, STATE, VERIFIER, back, code_of, pairs, plain, sent, server, sign_in,
    value,
};
use crate::mastodon::tests::adapter;
use crate::testing::session;

const BY_HAND: &str = "urn:ietf:wg:oauth:2.0:oob";

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
    session.tokens = Secret::new(crate::mastodon::tests::TOKENS.to_owned());
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
            vec![("code", "c0de"), ("state", STATE), ("state", "other")],
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
        (
            vec![("error", "access_denied"), ("state", "other")],
            "state_differs",
        ),
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
