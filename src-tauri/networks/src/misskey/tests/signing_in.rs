use kossori_core::network::{Network, Software};
use kossori_engine::ports::{Begun, CallError, CameBack, Drawn, Publisher, SignIn, SignedIn};
use kossori_engine::secret::Secret;
use serde_json::{Value, json};

use super::{TOKENS, adapter, answers, asked, at, error};
use crate::testing::{Does, Seen, Stub, says};

const SESSION: &str = "07070707-0707-4707-8707-070707070707";

fn of(stub: &Stub, secret: Option<&str>) -> SignIn {
    SignIn {
        network: Network::Misskey,
        server: Some(format!("{}/@alice", stub.url)),
        handle: None,
        secret: secret.map(|secret| Secret::new(secret.to_owned())),
        kept: None,
        client_id: None,
        client_secret: None,
        client_name: None,
        local_server: true,
        plc: None,
        proxy: None,
    }
}

fn drawn() -> Drawn {
    Drawn {
        state: [1; 16],
        verifier: [7; 32],
    }
}

/// What `/api/miauth/{session}/check` answers, beside a server that is as it should be.
async fn server(check: Value) -> Stub {
    Stub::start(move |seen: &Seen| match seen.path.as_str() {
        "/api/i" if seen.header("authorization") != Some("Bearer t0ken") => {
            error(401, "AUTHENTICATION_FAILED")
        }
        "/api/i" => answers(
            200,
            &json!({"id": "u1", "username": "alice", "host": null, "policies": {}}),
        ),
        "/api/meta" => answers(
            200,
            &json!({"uri": "https://x.example", "maxNoteTextLength": 700}),
        ),
        path if path == format!("/api/miauth/{SESSION}/check") => answers(200, &check),
        path => panic!("{path}"),
    })
    .await
}

fn is_alice(signed_in: &SignedIn, stub: &Stub) {
    let host = stub.url.strip_prefix("http://").unwrap();
    assert_eq!(signed_in.server, stub.url);
    assert_eq!(signed_in.handle, format!("alice@{host}"));
    assert_eq!(signed_in.author_id, "u1");
    assert_eq!(signed_in.tokens.expose(), TOKENS);
    assert_eq!(signed_in.about.limits.text.max, 700);
    assert_eq!(signed_in.about.limits.text.cw_max, Some(100));
    assert_eq!(signed_in.about.software, Software::Unknown);
    assert_eq!(signed_in.session_ends_at, None);
    for request in stub.seen() {
        assert_eq!(request.method, "POST", "{}", request.path);
        let body = String::from_utf8(request.body.clone()).unwrap();
        assert!(!body.contains("t0ken"), "the token is in no body: {body}");
        let public = request.path == "/api/meta" || request.path.contains("miauth");
        assert_eq!(
            request.header("authorization").is_none(),
            public,
            "{}",
            request.path
        );
    }
}

#[tokio::test]
async fn by_token() {
    let stub = server(json!(null)).await;
    for given in ["t0ken\n", r#"{"token":"t0ken","user":{"id":"u1"}}"#] {
        let signed_in = adapter().sign_in(&of(&stub, Some(given))).await.unwrap();
        is_alice(&signed_in, &stub);
    }
    let refused = adapter().sign_in(&of(&stub, Some("wrong"))).await.unwrap_err();
    assert!(
        matches!(&refused, CallError::Token { code, .. } if code == "AUTHENTICATION_FAILED"),
        "{refused:?}"
    );
    let mut public = of(&stub, Some("t0ken"));
    public.local_server = false;
    assert_eq!(
        adapter().sign_in(&public).await.unwrap_err(),
        CallError::AddressRefused
    );
    let session = at(&stub);
    let author = adapter().author(&session).await.unwrap();
    assert_eq!(
        (author.id.as_str(), author.date),
        ("u1", None),
        "a date over HTTP proves nothing"
    );
    assert!(matches!(
        adapter().refresh(&session).await,
        Err(CallError::Token { .. })
    ));
    assert_eq!(
        adapter().revoke(&session).await,
        Err(CallError::Unsupported("revoke"))
    );
}

#[tokio::test]
async fn answers_of_no_such_server() {
    let cases: Vec<(Box<dyn Fn() -> Does + Send + Sync>, CallError)> = vec![
        (
            Box::new(|| says(200, &[("Content-Type", "text/html")], "<html>")),
            CallError::Unclear { status: Some(200) },
        ),
        (
            Box::new(|| answers(200, &json!({"id": "", "username": "alice"}))),
            CallError::Unclear { status: Some(200) },
        ),
        (
            Box::new(|| answers(200, &json!({"id": 1}))),
            CallError::Unclear { status: Some(200) },
        ),
        (
            Box::new(|| answers(404, &json!({"error": "Not found"}))),
            CallError::Unclear { status: Some(404) },
        ),
        (
            Box::new(|| says(302, &[("Location", "https://example.com/")], "")),
            CallError::Unclear { status: Some(302) },
        ),
        (Box::new(|| Does::Hangs), CallError::Offline),
    ];
    for (does, expected) in cases {
        let stub = Stub::start(move |_| does()).await;
        assert_eq!(
            adapter().sign_in(&of(&stub, Some("t0ken"))).await.unwrap_err(),
            expected
        );
    }
}

#[tokio::test]
async fn by_browser() {
    let stub = server(json!({"ok": true, "token": "t0ken", "user": {"id": "u1", "username": "alice"}})).await;
    let sign_in = of(&stub, None);
    let redirect = "http://127.0.0.1:8737/";
    let begun = adapter().begin(&sign_in, Some(redirect), &drawn()).await.unwrap();
    assert_eq!(
        begun.url,
        format!(
            "{}/miauth/{SESSION}?name=Kossori&permission=write%3Anotes%2Cwrite%3Adrive%2Cread%3Aaccount&\
             callback=http%3A%2F%2F127.0.0.1%3A8737%2F",
            stub.url
        )
    );
    assert!(
        !format!("{begun:?}").contains("kept: \"{"),
        "the session's name does not show"
    );
    let session = |value: &str| vec![("session".to_owned(), value.to_owned())];
    let back = CameBack::Redirected(session(SESSION));
    is_alice(&adapter().finish(&sign_in, &begun, &back).await.unwrap(), &stub);

    // By hand: whatever was pasted, the server knows.
    let unheard = adapter().begin(&sign_in, None, &drawn()).await.unwrap();
    assert!(!unheard.url.contains("callback"), "{}", unheard.url);
    for pasted in ["", "done", &format!("{redirect}?session={SESSION}"), &unheard.url] {
        let back = CameBack::Pasted(Secret::new(pasted.to_owned()));
        is_alice(&adapter().finish(&sign_in, &unheard, &back).await.unwrap(), &stub);
    }

    // Another session than the one begun: the server is not even asked.
    let before = stub.seen().len();
    for back in [
        CameBack::Redirected(session("17070707-0707-4707-8707-070707070707")),
        CameBack::Redirected(session(&SESSION[..35])),
        CameBack::Redirected(session("")),
        CameBack::Redirected(vec![("code".to_owned(), SESSION.to_owned())]),
        CameBack::Redirected(Vec::new()),
        CameBack::Pasted(Secret::new(format!("{redirect}?session=another"))),
    ] {
        let refused = adapter().finish(&sign_in, &begun, &back).await.unwrap_err();
        assert!(
            matches!(&refused, CallError::Refused { code, .. } if code == "state_differs"),
            "{refused:?}"
        );
    }
    assert_eq!(stub.seen().len(), before);
    let garbled = Begun {
        url: String::new(),
        expects: String::new(),
        kept: Secret::new("{}".to_owned()),
    };
    let refused = adapter().finish(&sign_in, &garbled, &back).await.unwrap_err();
    assert_eq!(refused, CallError::Unsupported("browser"));
}

#[tokio::test]
async fn sessions_that_were_not_allowed() {
    for (check, expected) in [
        (json!({"ok": false}), "access_denied"),
        (json!({"ok": false, "token": "t0ken"}), "access_denied"),
        (json!({"ok": true}), "unclear"),
        (json!({"ok": true, "token": ""}), "unclear"),
        (json!({"token": "t0ken"}), "unclear"),
        (json!([]), "unclear"),
    ] {
        let stub = server(check.clone()).await;
        let sign_in = of(&stub, None);
        let begun = adapter().begin(&sign_in, None, &drawn()).await.unwrap();
        let back = CameBack::Pasted(Secret::new(String::new()));
        let said = match adapter().finish(&sign_in, &begun, &back).await.unwrap_err() {
            CallError::Refused { code, .. } => code,
            CallError::Unclear { status: Some(200) } => "unclear".to_owned(),
            other => panic!("{other:?}"),
        };
        assert_eq!(said, expected, "{check}");
        assert_eq!(asked(&stub, "/api/i").len(), 0, "{check}");
    }
    // What answers is no Misskey: the browser is not sent there.
    let stub = Stub::start(|_| answers(404, &json!({"error": "Not found"}))).await;
    let refused = adapter()
        .begin(&of(&stub, None), None, &drawn())
        .await
        .unwrap_err();
    assert_eq!(refused, CallError::Unclear { status: Some(404) });
}
