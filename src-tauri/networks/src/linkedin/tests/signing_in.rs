//! Signing in, by token and by browser.

use jiff::SignedDuration;
use kossori_core::network::Network;
use kossori_engine::ports::{Begun, CallError, CameBack, Drawn, Publisher, SignIn};
use kossori_engine::secret::Secret;
use serde_json::json;

use super::{ALICE, adapter, alice, refused_code};
use crate::testing::{Does, Seen, Stub, json, now, session};

fn sign_in(server: &str) -> SignIn {
    SignIn {
        network: Network::LinkedIn,
        server: Some(server.to_owned()),
        handle: None,
        secret: None,
        kept: None,
        client_id: Some("my-app".to_owned()),
        client_secret: Some(Secret::new("my-secret\n".to_owned())),
        client_name: None,
        local_server: true,
        plc: None,
        proxy: None,
    }
}

fn drawn() -> Drawn {
    Drawn {
        state: [0xab; 16],
        verifier: [1; 32],
    }
}

fn state() -> String {
    "ab".repeat(16)
}

fn userinfo(seen: &Seen) -> Does {
    if seen.header("authorization") == Some("Bearer t0ken") {
        json(
            200,
            &json!({"sub": "AlIcE_1", "name": "Alice Example", "locale": "ja"}),
        )
    } else {
        json(
            401,
            &json!({"status": 401, "serviceErrorCode": 65600, "code": "INVALID_ACCESS_TOKEN", "message": "Invalid access token"}),
        )
    }
}

#[tokio::test]
async fn signing_in_by_token() {
    let stub = Stub::start(|seen: &Seen| match seen.path.as_str() {
        "/v2/userinfo" => userinfo(seen),
        path => panic!("{path}"),
    })
    .await;
    let in_60_days = now().checked_add(SignedDuration::from_hours(60 * 24)).unwrap();
    let mut wish = sign_in(&stub.url);
    for (given, ends) in [
        ("t0ken\n", Some(in_60_days)),
        (
            r#"{"access_token":"t0ken","expires_in":5184000,"scope":"x"}"#,
            Some(in_60_days),
        ),
        (r#"{"access_token":"t0ken","expires_in":-1}"#, Some(in_60_days)),
        (
            r#"{"access_token":"t0ken","expires_in":9223372036854775807}"#,
            Some(in_60_days),
        ),
    ] {
        wish.secret = Some(Secret::new(given.to_owned()));
        let signed_in = adapter().sign_in(&wish).await.unwrap();
        assert_eq!(signed_in.server, stub.url);
        assert_eq!(signed_in.handle, "Alice Example");
        assert_eq!(signed_in.author_id, ALICE);
        assert_eq!(signed_in.session_ends_at, ends, "{given}");
        assert_eq!(signed_in.about.limits, Network::LinkedIn.default_limits());
        let author = adapter()
            .author(&session(
                Network::LinkedIn,
                &stub.url,
                ALICE,
                signed_in.tokens.expose(),
            ))
            .await
            .unwrap();
        assert_eq!(author.id, ALICE);
    }
    wish.secret = Some(Secret::new("wrong".to_owned()));
    let refused = adapter().sign_in(&wish).await.unwrap_err();
    let expected = CallError::Token {
        code: "invalid_access_token".to_owned(),
        words: "Invalid access token".to_owned(),
    };
    assert_eq!(refused, expected);
    wish.secret = Some(Secret::new("line\r\nbreak".to_owned()));
    assert_eq!(adapter().sign_in(&wish).await.unwrap_err(), CallError::Offline);
    wish.secret = None;
    assert_eq!(
        adapter().sign_in(&wish).await.unwrap_err(),
        CallError::Unsupported("no_token")
    );
}

#[tokio::test]
async fn only_a_stand_in_on_this_machine() {
    for (server, local) in [
        ("https://linkedin.example", true),
        ("http://192.168.0.3:80", true),
        ("http://127.0.0.1:1", false),
    ] {
        let mut wish = sign_in(server);
        wish.secret = Some(Secret::new("t0ken".to_owned()));
        wish.local_server = local;
        assert_eq!(
            adapter().sign_in(&wish).await.unwrap_err(),
            CallError::AddressRefused,
            "{server}"
        );
        let begun = adapter().begin(&wish, None, &drawn()).await;
        assert_eq!(begun.unwrap_err(), CallError::AddressRefused, "{server}");
    }
}

#[tokio::test]
async fn somebody_without_a_sound_name() {
    for answer in [
        json!({}),
        json!({"sub": ""}),
        json!({"sub": 5}),
        json!({"sub": "a,b:c"}),
        json!([]),
    ] {
        let stub = Stub::start(move |_| json(200, &answer)).await;
        let asked = adapter().author(&alice(&stub.url)).await.unwrap_err();
        assert_eq!(asked, CallError::Unclear { status: Some(200) });
    }
    let stub = Stub::start(|_| json(200, &json!({"sub": "x", "name": " "}))).await;
    assert_eq!(adapter().author(&alice(&stub.url)).await.unwrap().handle, "x");
}

#[tokio::test]
async fn signing_in_by_browser() {
    let stub = Stub::start(|seen: &Seen| match seen.path.as_str() {
        "/v2/userinfo" => userinfo(seen),
        "/oauth/v2/accessToken" => {
            let body = String::from_utf8(seen.body.clone()).unwrap();
            if body.contains("code=old") {
                return json(
                    400,
                    &json!({"error": "invalid_request", "error_description": "authorization code expired"}),
                );
            }
            let scope = if body.contains("code=narrow") {
                "openid,profile"
            } else {
                "openid,profile,w_member_social"
            };
            json(
                200,
                &json!({"access_token": "t0ken", "expires_in": 5184000, "scope": scope, "token_type": "Bearer"}),
            )
        }
        path => panic!("{path}"),
    })
    .await;
    let wish = sign_in(&stub.url);
    let begun = adapter()
        .begin(&wish, Some("http://127.0.0.1:8738/"), &drawn())
        .await
        .unwrap();
    let asked = format!(
        "{}/oauth/v2/authorization?response_type=code&client_id=my-app&redirect_uri=http%3A%2F%2F127.0.0.1%3A8738%2F\
         &state={}&scope=openid+profile+w_member_social",
        stub.url,
        state()
    );
    assert_eq!(begun.url, asked);
    let back = |query: &[(&str, &str)]| {
        let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        CameBack::Redirected(query.iter().map(own).collect())
    };
    let came = back(&[("code", "c0de"), ("state", &state())]);
    let signed_in = adapter().finish(&wish, &begun, &came).await.unwrap();
    assert_eq!(signed_in.author_id, ALICE);
    let in_60_days = now().checked_add(SignedDuration::from_hours(60 * 24)).ok();
    assert_eq!(signed_in.session_ends_at, in_60_days);
    // Signed in again, the registration that the tokens came of need not be named: it lies with them in the keyring.
    let again = SignIn {
        client_id: None,
        client_secret: None,
        kept: Some(signed_in.tokens.clone()),
        ..sign_in(&stub.url)
    };
    let begun_again = adapter()
        .begin(&again, Some("http://127.0.0.1:8738/"), &drawn())
        .await
        .unwrap();
    assert_eq!(begun_again.url, begun.url);
    let signed_in_again = adapter().finish(&again, &begun_again, &came).await.unwrap();
    assert_eq!(signed_in_again.tokens.expose(), signed_in.tokens.expose());
    let asked: Vec<Seen> = stub.seen();
    let granted = || asked.iter().filter(|seen| seen.path == "/oauth/v2/accessToken");
    assert_eq!(granted().count(), 2);
    assert!(granted().all(|seen| seen.body == asked[0].body));
    assert_eq!(asked[0].header("authorization"), None);
    assert_eq!(
        String::from_utf8(asked[0].body.clone()).unwrap(),
        "grant_type=authorization_code&code=c0de&redirect_uri=http%3A%2F%2F127.0.0.1%3A8738%2F&client_id=my-app\
         &client_secret=my-secret"
    );

    // What came back, what becomes of it.
    for (came, expected) in [
        (back(&[("code", "c0de"), ("state", "other")]), "state_differs"),
        (
            back(&[("error", "user_cancelled_authorize"), ("state", &state())]),
            "access_denied",
        ),
        (back(&[("code", "old"), ("state", &state())]), "invalid_request"),
        (back(&[("code", "narrow"), ("state", &state())]), "scope_missing"),
    ] {
        let error = adapter().finish(&wish, &begun, &came).await.unwrap_err();
        assert_eq!(refused_code(&error), expected);
    }

    // Nobody listens: the address that the browser ended at is pasted, or its code.
    let begun = adapter().begin(&wish, None, &drawn()).await.unwrap();
    assert!(
        begun
            .url
            .contains("redirect_uri=http%3A%2F%2F127.0.0.1%3A8737%2F")
    );
    for pasted in [
        format!("http://127.0.0.1:8737/?code=c0de&state={}\n", state()),
        "c0de".to_owned(),
    ] {
        let came = CameBack::Pasted(Secret::new(pasted));
        let signed_in = adapter().finish(&wish, &begun, &came).await.unwrap();
        assert_eq!(signed_in.author_id, ALICE);
    }
}

#[tokio::test]
async fn a_sign_in_by_browser_needs_a_registration() {
    let mut wish = sign_in("http://127.0.0.1:9");
    wish.client_secret = None;
    let missing = adapter().begin(&wish, None, &drawn()).await.unwrap_err();
    assert_eq!(missing, CallError::Unsupported("no_client_secret"));
    let mut wish = sign_in("http://127.0.0.1:9");
    wish.client_id = Some(" ".to_owned());
    let missing = adapter().begin(&wish, None, &drawn()).await.unwrap_err();
    assert_eq!(missing, CallError::Unsupported("no_client_id"));
    let garbage = Begun {
        url: String::new(),
        expects: String::new(),
        kept: Secret::new("?".to_owned()),
    };
    let came = CameBack::Pasted(Secret::new("c".to_owned()));
    let broken = adapter().finish(&wish, &garbage, &came).await.unwrap_err();
    assert_eq!(broken, CallError::Unsupported("kept"));
}

#[test]
fn nothing_leaks() {
    let answered = format!("{:?}", sign_in("http://127.0.0.1:9"));
    assert!(!answered.contains("my-secret"), "{answered}");
}

/// As its account is kept, when it is signed in again.
#[tokio::test]
async fn the_networks_own_server_may_be_named() {
    let mut again = sign_in("https://api.linkedin.com");
    again.local_server = false;
    let begun = adapter()
        .begin(&again, Some("http://127.0.0.1:8737/"), &drawn())
        .await
        .unwrap();
    assert!(
        begun
            .url
            .starts_with("https://www.linkedin.com/oauth/v2/authorization?"),
        "{}",
        begun.url
    );
    let mut elsewhere = sign_in("https://other.example");
    elsewhere.local_server = false;
    let refused = adapter()
        .begin(&elsewhere, Some("http://127.0.0.1:8737/"), &drawn())
        .await
        .unwrap_err();
    assert_eq!(refused, CallError::AddressRefused);
}
