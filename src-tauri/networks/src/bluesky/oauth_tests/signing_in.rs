//! From a handle to an account, and who is not believed on the way.

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::SignedDuration;
use kossori_engine::ports::{Begun, CallError, CameBack, Publisher};
use kossori_engine::secret::Secret;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{
    DID, DRAWN, REDIRECT, SCOPE, adapter, back, begun, code_of, fake, form, opened, sign_in, signed_in,
};
use crate::testing::{Stub, json as reply, now};

#[tokio::test]
async fn from_a_handle_to_an_account() {
    let adapter = adapter();
    let stub = fake(|_, _| {}).await;
    let begun = begun(&adapter, &stub).await.unwrap();
    let opens = reqwest::Url::parse(&begun.url).unwrap();
    let pairs: HashMap<String, String> = opens.query_pairs().into_owned().collect();
    assert_eq!(opens.path(), "/authorize");
    assert_eq!(pairs["request_uri"], "urn:req:1");
    assert_eq!(pairs.len(), 2, "everything else was pushed");
    assert_eq!(
        pairs["client_id"],
        "http://localhost?redirect_uri=http%3A%2F%2F127.0.0.1%2F&scope=atproto+repo%3Aapp.bsky.feed.post+repo%3Aapp.bsky.feed.repost+blob%3Aimage%2F*"
    );
    let came = back(&stub, &[]);
    let signed_in = adapter.finish(&sign_in(&stub.url), &begun, &came).await.unwrap();
    assert_eq!((&*signed_in.server, &*signed_in.author_id), (&*stub.url, DID));
    assert_eq!(signed_in.handle, "alice.test");
    let in_14_days = now() + SignedDuration::from_hours(14 * 24);
    assert_eq!(signed_in.session_ends_at, Some(in_14_days));
    let in_an_hour = now() + SignedDuration::from_hours(1);
    assert_eq!(adapter.access_ends_at(&signed_in.tokens), Some(in_an_hour));

    let seen = stub.seen();
    let calls: Vec<&str> = seen
        .iter()
        .map(|seen| seen.path.split('?').next().unwrap())
        .collect();
    let document = format!("/{DID}");
    assert_eq!(
        calls,
        [
            "/xrpc/com.atproto.identity.resolveHandle",
            &document,
            "/.well-known/oauth-protected-resource",
            "/.well-known/oauth-authorization-server",
            "/par",
            "/par",
            "/token",
            "/xrpc/com.atproto.server.getSession",
        ],
        "a nonce is fetched once, and shown from then on"
    );
    let pushed = form(&seen[5]);
    assert_eq!(pushed["redirect_uri"], REDIRECT);
    assert_eq!(pushed["login_hint"], "alice.test");
    assert_eq!(pushed["code_challenge_method"], "S256");
    let exchanged = form(&seen[6]);
    let verifier = &exchanged["code_verifier"];
    assert_eq!(
        pushed["code_challenge"],
        URL_SAFE_NO_PAD.encode(Sha256::digest(verifier))
    );
    assert_eq!(exchanged["client_id"], pushed["client_id"]);
    let mut ids: Vec<String> = seen
        .iter()
        .filter(|seen| seen.header("dpop").is_some())
        .map(|seen| opened(seen)["jti"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(ids.len(), 4);
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 4, "no proof's id twice");
    // The server, which learns the verifier, cannot make the key of it.
    let kept: Value = serde_json::from_str(begun.kept.expose()).unwrap();
    assert_ne!(kept["key"], kept["verifier"]);
}

#[tokio::test]
async fn who_does_not_speak_for_the_account_is_not_asked() {
    const SERVER: &str = "/.well-known/oauth-protected-resource";
    const AUTHORITY: &str = "/.well-known/oauth-authorization-server";
    let document: &'static str = Box::leak(format!("/{DID}").into_boxed_str());
    let handle = "/xrpc/com.atproto.identity.resolveHandle";
    // Where, what is said instead, what becomes of it.
    for (at, key, said, expected) in [
        (handle, "did", json!("did:plc:somebodyelse"), "handle_not_found"),
        (handle, "error", json!("InvalidRequest"), "handle_not_found"),
        (document, "id", json!("did:plc:somebodyelse"), "handle_not_found"),
        (
            document,
            "alsoKnownAs",
            json!(["at://mallory.test"]),
            "handle_not_found",
        ),
        (document, "service", json!([]), "handle_not_found"),
        (SERVER, "resource", json!("http://127.0.0.1:9"), "issuer_differs"),
        (SERVER, "authorization_servers", json!([]), "unclear"),
        (
            SERVER,
            "authorization_servers",
            json!(["http://127.0.0.1:9", "http://127.0.0.1:8"]),
            "unclear",
        ),
        (AUTHORITY, "issuer", json!("http://127.0.0.1:9"), "issuer_differs"),
        (
            AUTHORITY,
            "protected_resources",
            json!(["http://127.0.0.1:9"]),
            "issuer_differs",
        ),
        (
            AUTHORITY,
            "code_challenge_methods_supported",
            json!(["plain"]),
            "unclear",
        ),
        (
            AUTHORITY,
            "dpop_signing_alg_values_supported",
            json!(["RS256"]),
            "unclear",
        ),
        (
            AUTHORITY,
            "authorization_response_iss_parameter_supported",
            json!(false),
            "unclear",
        ),
        (
            AUTHORITY,
            "authorization_endpoint",
            json!("javascript:alert(1)"),
            "address",
        ),
        ("/par", "error", json!("invalid_request"), "invalid_request"),
    ] {
        let (key_of, instead) = (key.to_owned(), said.clone());
        let stub = fake(move |path, body| {
            if path == at {
                body[&key_of] = instead.clone();
            }
        });
        let stub = stub.await;
        // The directory of a DID that nobody has answers like any other path that is none.
        let found = match said == json!("did:plc:somebodyelse") && at == handle {
            true => continue_without_document(&stub).await,
            false => begun(&adapter(), &stub).await,
        };
        assert_eq!(code_of(found.unwrap_err()), expected, "{at} {key} {said}");
        let pushed = stub.seen().iter().any(|seen| seen.path == "/par");
        assert_eq!(
            pushed,
            at == "/par",
            "{at} {key}: nothing is told to the wrong one"
        );
    }
}

/// A resolver that lies about whose the handle is: the DID that it names says nothing of it.
async fn continue_without_document(stub: &Stub) -> Result<Begun, CallError> {
    let directory = Stub::start(|seen| {
        assert_eq!(seen.path, "/did:plc:somebodyelse");
        reply(
            200,
            &json!({"id": "did:plc:somebodyelse", "alsoKnownAs": ["at://mallory.test"]}),
        )
    })
    .await;
    let mut sign_in = sign_in(&stub.url);
    sign_in.plc = Some(directory.url.clone());
    adapter().begin(&sign_in, Some(REDIRECT), &DRAWN).await
}

#[tokio::test]
async fn an_account_on_another_server_than_the_issuers() {
    // A server that points at an authority which says of itself that it is somebody else's.
    let issuer = fake(|path, body| {
        if path.ends_with("oauth-authorization-server") {
            body["protected_resources"] = json!(["http://127.0.0.1:9"]);
        }
    })
    .await;
    let at = issuer.url.clone();
    let server = fake(move |path, body| {
        if path.ends_with("oauth-protected-resource") {
            body["authorization_servers"] = json!([at]);
        }
    })
    .await;
    assert_eq!(
        code_of(begun(&adapter(), &server).await.unwrap_err()),
        "issuer_differs"
    );
    assert!(issuer.seen().iter().all(|seen| seen.method == "GET"));
}

#[tokio::test]
async fn an_older_server_is_asked_for_the_older_permission() {
    let stub = Stub::start(|seen| match seen.path.as_str() {
        "/par" if form(seen)["scope"] == SCOPE => reply(400, &json!({"error": "invalid_scope"})),
        "/par" => reply(201, &json!({"request_uri": "urn:req:2"})),
        _ => panic!("{}", seen.path),
    })
    .await;
    let par = format!("{}/par", stub.url);
    let others = fake(move |path, body| {
        if path.ends_with("oauth-authorization-server") {
            body["pushed_authorization_request_endpoint"] = json!(par);
        }
    })
    .await;
    let begun = begun(&adapter(), &others).await.unwrap();
    assert!(begun.url.contains("urn%3Areq%3A2"), "{}", begun.url);
    assert!(
        begun.url.contains("transition"),
        "it is part of what the client is called"
    );
}

#[tokio::test]
async fn what_comes_back_and_is_given() {
    // What comes back; what the token endpoint and the server say; what becomes of it, and whether the tokens are ended.
    let none = || (String::new(), Value::Null);
    let token = |key: &str, said: Value| (format!("/token {key}"), said);
    for (changed, (at, said), expected, revoked) in [
        (
            &[("iss", "https://evil.example")][..],
            none(),
            "state_differs",
            false,
        ),
        (&[("iss", "")][..], none(), "state_differs", false),
        (&[("state", "guessed")][..], none(), "state_differs", false),
        (
            &[("code", ""), ("error", "access_denied")][..],
            none(),
            "access_denied",
            false,
        ),
        (&[("code", "")][..], none(), "no_code", false),
        (
            &[][..],
            token("error", json!("invalid_grant")),
            "invalid_grant",
            false,
        ),
        (
            &[][..],
            token("sub", json!("did:plc:mallory")),
            "other_account",
            true,
        ),
        (&[][..], token("scope", json!("atproto")), "not_granted", true),
        (
            &[][..],
            token("scope", json!("repo:app.bsky.feed.post blob:image/*")),
            "not_granted",
            true,
        ),
        (&[][..], token("token_type", json!("Bearer")), "unclear", false),
        (&[][..], token("refresh_token", json!("")), "unclear", false),
        (
            &[][..],
            (
                "/xrpc/com.atproto.server.getSession did".to_owned(),
                json!("did:plc:mallory"),
            ),
            "other_account",
            true,
        ),
    ] {
        let place = at.clone();
        let stub = fake(move |path, body| {
            if let Some(key) = place.strip_prefix(path).and_then(|rest| rest.strip_prefix(' ')) {
                body[key] = said.clone();
            }
        })
        .await;
        let refused = signed_in(&adapter(), &stub, changed).await.unwrap_err();
        assert_eq!(code_of(refused), expected, "{changed:?} {at}");
        let seen = stub.seen();
        let ended = seen.iter().find(|seen| seen.path == "/revoke");
        assert_eq!(ended.is_some(), revoked, "{changed:?} {at}");
        if let Some(ended) = ended {
            assert_eq!(form(ended)["token"], "ref-1");
        }
        let exchanged = seen.iter().any(|seen| seen.path == "/token");
        assert_eq!(
            exchanged,
            changed.is_empty(),
            "a code that is not ours is not used"
        );
    }
}

#[tokio::test]
async fn a_pasted_address_is_looked_at_as_the_browsers_is() {
    let stub = fake(|_, _| {}).await;
    let adapter = adapter();
    let begun = begun(&adapter, &stub).await.unwrap();
    let state = hex::encode(DRAWN.state);
    let finish = async |text: String| {
        let came = CameBack::Pasted(Secret::new(text));
        adapter.finish(&sign_in(&stub.url), &begun, &came).await
    };
    let lone = finish("c0de".to_owned()).await.unwrap_err();
    assert_eq!(code_of(lone), "no_code", "nobody knows whose it is");
    let no_issuer = finish(format!("{REDIRECT}?code=c0de&state={state}"))
        .await
        .unwrap_err();
    assert_eq!(code_of(no_issuer), "state_differs");
    let whole = format!("{REDIRECT}?code=c0de&state={state}&iss={}", stub.url);
    assert_eq!(finish(whole).await.unwrap().author_id, DID);
}
