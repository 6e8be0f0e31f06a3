//! Signing in, by token and by browser, and renewing.

use jiff::SignedDuration;
use kossori_core::network::Network;
use kossori_engine::ports::{CallError, CameBack, Drawn, Publisher, SignIn};
use kossori_engine::secret::Secret;
use serde_json::{Value, json};

use super::{ALICE, adapter, alice, asked, graph, of};
use crate::testing::{Seen, Stub, json, now};

const PAGE: &str = "https://me.example/back";

fn sign_in(server: &str) -> SignIn {
    SignIn {
        network: Network::Threads,
        server: Some(server.to_owned()),
        handle: None,
        secret: None,
        kept: None,
        client_id: Some(format!("4711 {PAGE}")),
        client_secret: Some(Secret::new("my-secret".to_owned())),
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

fn sixty_days() -> Option<jiff::Timestamp> {
    now().checked_add(SignedDuration::from_hours(60 * 24)).ok()
}

/// Codes, short and long tokens, as Meta hands them out.
async fn grants() -> Stub {
    Stub::start(|seen: &Seen| {
        let (path, pairs) = asked(seen);
        match path.as_str() {
            "oauth/access_token" if of(&pairs, "code") == Some("AQold") => json(
                400,
                &json!({"error_type": "OAuthException", "code": 400, "error_message": "This authorization code has expired"}),
            ),
            "oauth/access_token" => json(200, &json!({"access_token": "THshort", "user_id": 17841400001_u64})),
            "access_token" if of(&pairs, "access_token") == Some("THshort") => {
                assert_eq!(of(&pairs, "client_secret"), Some("my-secret"));
                json(200, &json!({"access_token": "THlong", "token_type": "bearer", "expires_in": 5184000}))
            }
            "access_token" => graph(400, json!({"message": "Session key invalid", "type": "OAuthException", "code": 452})),
            "refresh_access_token" if of(&pairs, "access_token") == Some("THtoken") => {
                json(200, &json!({"access_token": "THnew", "token_type": "bearer", "expires_in": 5184000}))
            }
            "refresh_access_token" => graph(400, json!({"message": "Session has expired", "code": 190})),
            "me" if matches!(of(&pairs, "access_token"), Some("THlong" | "THtoken")) => {
                json(200, &json!({"id": ALICE, "username": "alice"}))
            }
            "me" => graph(400, json!({"message": "Invalid OAuth access token", "type": "OAuthException", "code": 190})),
            other => panic!("{other}"),
        }
    })
    .await
}

#[tokio::test]
async fn signing_in_by_token() {
    let stub = grants().await;
    // What is given, with the app's secret; the token that is kept, whether somebody said when it ends.
    for (given, secret, kept, told) in [
        ("THtoken\n", false, "THtoken", false),
        ("THtoken", true, "THtoken", false),
        ("THshort", true, "THlong", true),
        (
            r#"{"access_token":"THtoken","expires_in":5184000}"#,
            false,
            "THtoken",
            true,
        ),
        (r#"{"access_token":"THtoken"}"#, true, "THtoken", false),
    ] {
        let mut wish = sign_in(&stub.url);
        wish.secret = Some(Secret::new(given.to_owned()));
        wish.client_id = None;
        if !secret {
            wish.client_secret = None;
        }
        let signed_in = adapter().sign_in(&wish).await.unwrap();
        assert_eq!(signed_in.author_id, ALICE);
        assert_eq!(
            (signed_in.handle.as_str(), &signed_in.server),
            ("alice", &stub.url)
        );
        assert_eq!(signed_in.session_ends_at, sixty_days(), "{given}");
        let tokens: Value = serde_json::from_str(signed_in.tokens.expose()).unwrap();
        assert_eq!(tokens["access_token"], kept, "{given}");
        let renewed = if told { 7 * 24 } else { 25 };
        let at = now().checked_add(SignedDuration::from_hours(renewed)).ok();
        assert_eq!(adapter().access_ends_at(&signed_in.tokens), at, "{given}");
    }
    let mut wish = sign_in(&stub.url);
    wish.secret = Some(Secret::new("wrong".to_owned()));
    let refused = adapter().sign_in(&wish).await.unwrap_err();
    assert!(matches!(refused, CallError::Token { .. }), "{refused:?}");
    wish.server = Some("https://graph.elsewhere.example".to_owned());
    assert_eq!(
        adapter().sign_in(&wish).await.unwrap_err(),
        CallError::AddressRefused
    );
    let asked = Stub::start(|_| json(200, &json!({"id": "../x", "username": "y"}))).await;
    let mut wish = sign_in(&asked.url);
    (wish.secret, wish.client_secret) = (Some(Secret::new("THtoken".to_owned())), None);
    let strange = adapter().sign_in(&wish).await.unwrap_err();
    assert_eq!(strange, CallError::Unclear { status: Some(200) });
}

#[tokio::test]
async fn signing_in_by_browser() {
    let stub = grants().await;
    let wish = sign_in(&stub.url);
    let begun = adapter().begin(&wish, None, &drawn()).await.unwrap();
    let state = "ab".repeat(16);
    let expected = format!(
        "{}/oauth/authorize?client_id=4711&redirect_uri=https%3A%2F%2Fme.example%2Fback&scope=threads_basic%2C\
         threads_content_publish%2Cthreads_manage_replies%2Cthreads_read_replies%2Cthreads_delete&response_type=code\
         &state={state}",
        stub.url
    );
    assert_eq!(begun.url, expected);
    let pasted = |text: String| CameBack::Pasted(Secret::new(text));
    for came in [
        pasted(format!("{PAGE}?code=AQgood&state={state}#_")),
        pasted("AQgood#_".to_owned()),
        // A token that was made in the app itself.
        pasted("THtoken".to_owned()),
    ] {
        let signed_in = adapter().finish(&wish, &begun, &came).await.unwrap();
        assert_eq!(
            (signed_in.author_id.as_str(), signed_in.session_ends_at),
            (ALICE, sixty_days())
        );
        // Signed in again, the registration that the tokens came of need not be named: it lies with them in the keyring.
        let again = SignIn {
            client_id: None,
            client_secret: None,
            kept: Some(signed_in.tokens.clone()),
            ..sign_in(&stub.url)
        };
        let begun_again = adapter().begin(&again, None, &drawn()).await.unwrap();
        assert_eq!(begun_again.url, begun.url);
        let signed_in_again = adapter().finish(&again, &begun_again, &came).await.unwrap();
        // Exchanged for one that lasts, too.
        assert_eq!(signed_in_again.tokens.expose(), signed_in.tokens.expose());
        // A token alone leaves the registration where it is.
        let by_token = SignIn {
            secret: Some(Secret::new("THtoken".to_owned())),
            kept: Some(signed_in.tokens.clone()),
            client_id: None,
            client_secret: None,
            ..sign_in(&stub.url)
        };
        let by_token = adapter().sign_in(&by_token).await.unwrap();
        assert!(by_token.tokens.expose().contains("my-secret"));
    }
    let exchanged = &stub.seen()[0];
    assert_eq!(
        String::from_utf8(exchanged.body.clone()).unwrap(),
        "client_id=4711&client_secret=my-secret&grant_type=authorization_code&redirect_uri=https%3A%2F%2Fme.example%2Fback\
         &code=AQgood"
    );
    for (came, code) in [
        (pasted(format!("{PAGE}?code=AQgood&state=other")), "state_differs"),
        (
            pasted(format!("{PAGE}?error=access_denied&state={state}")),
            "access_denied",
        ),
        (
            pasted(format!("{PAGE}?code=AQold&state={state}")),
            "OAuthException",
        ),
    ] {
        let refused = adapter().finish(&wish, &begun, &came).await.unwrap_err();
        assert!(
            matches!(&refused, CallError::Refused { code: found, .. } if found == code),
            "{refused:?}"
        );
    }

    // What is missing.
    let mut wish = sign_in(&stub.url);
    wish.client_id = Some("4711".to_owned());
    let begun = adapter().begin(&wish, None, &drawn()).await;
    assert_eq!(begun.unwrap_err(), CallError::Unsupported("no_redirect"));
    assert!(adapter().begin(&wish, Some(PAGE), &drawn()).await.is_ok());
    let begun = adapter()
        .begin(&wish, Some("http://127.0.0.1:8737/"), &drawn())
        .await;
    assert_eq!(begun.unwrap_err(), CallError::Unsupported("redirect"));
    wish.client_secret = None;
    let begun = adapter().begin(&wish, Some(PAGE), &drawn()).await;
    assert_eq!(begun.unwrap_err(), CallError::Unsupported("no_client_secret"));
    wish.client_id = None;
    let begun = adapter().begin(&wish, Some(PAGE), &drawn()).await;
    assert_eq!(begun.unwrap_err(), CallError::Unsupported("no_client_id"));
}

#[tokio::test]
async fn renewing() {
    let stub = grants().await;
    let renewed = adapter().refresh(&alice(&stub.url)).await.unwrap();
    assert_eq!(renewed.session_ends_at, sixty_days());
    let tokens: Value = serde_json::from_str(renewed.tokens.expose()).unwrap();
    assert_eq!(tokens["access_token"], "THnew");
    assert_eq!(
        stub.seen()[0].path,
        "/refresh_access_token?grant_type=th_refresh_token&access_token=THtoken"
    );
    assert_eq!(tokens["app"], Value::Null);
    let mut own = alice(&stub.url);
    own.tokens = Secret::new(
        r#"{"access_token":"THtoken","since":0,"app":{"id":"4711 p","secret":"hush"}}"#.to_owned(),
    );
    let renewed = adapter().refresh(&own).await.unwrap();
    let tokens: Value = serde_json::from_str(renewed.tokens.expose()).unwrap();
    assert_eq!(tokens["app"], json!({"id": "4711 p", "secret": "hush"}));
    let mut over = alice(&stub.url);
    over.tokens = Secret::new(r#"{"access_token":"THold","since":0}"#.to_owned());
    let refused = adapter().refresh(&over).await.unwrap_err();
    assert!(matches!(refused, CallError::Token { .. }), "{refused:?}");
    over.tokens = Secret::new("nonsense".to_owned());
    let refused = adapter().refresh(&over).await.unwrap_err();
    assert!(matches!(refused, CallError::Token { .. }), "{refused:?}");
    assert_eq!(adapter().access_ends_at(&over.tokens), None);
    let author = adapter().author(&alice(&stub.url)).await.unwrap();
    assert_eq!((author.id.as_str(), author.handle.as_str()), (ALICE, "alice"));
}

/// As its account is kept, when it is signed in again.
#[tokio::test]
async fn the_networks_own_server_may_be_named() {
    let mut again = sign_in("https://graph.threads.net");
    again.local_server = false;
    let begun = adapter().begin(&again, None, &drawn()).await.unwrap();
    assert!(
        begun.url.starts_with("https://threads.com/oauth/authorize?"),
        "{}",
        begun.url
    );
    let mut elsewhere = sign_in("https://other.example");
    elsewhere.local_server = false;
    let refused = adapter().begin(&elsewhere, None, &drawn()).await.unwrap_err();
    assert_eq!(refused, CallError::AddressRefused);
}
