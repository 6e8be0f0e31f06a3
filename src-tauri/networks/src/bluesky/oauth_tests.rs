//! Signing in by browser, and the calls of such a session, against a server that departs from the rules as told. Every proof is
//! opened with another implementation than the one that signed it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use kossori_core::answer::{Answer, Refusal};
use kossori_core::network::Network;
use kossori_engine::ports::{
    Begun, CallError, CameBack, CleanPicture, Drawn, Outgoing, OutgoingPart, OutgoingPicture, Publisher,
    Session, SignIn, SignedIn,
};
use kossori_engine::secret::Secret;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::Bluesky;
use crate::testing::{Does, FixedClock, Seen, Stub, json as reply, now, options, says, session};

const DID: &str = "did:plc:abcdefghijklmnopqrstuvwx";
const REDIRECT: &str = "http://127.0.0.1:40123/";
const NONCE: &str = "nonce-1";
const SCOPE: &str = "atproto repo:app.bsky.feed.post repo:app.bsky.feed.repost blob:image/*";

fn adapter() -> Bluesky {
    Bluesky::new(Arc::new(FixedClock), &options())
}

fn sign_in(server: &str) -> SignIn {
    SignIn {
        network: Network::Bluesky,
        server: Some(server.to_owned()),
        handle: Some("@Alice.test".to_owned()),
        secret: None,
        kept: None,
        client_id: None,
        client_secret: None,
        client_name: None,
        local_server: true,
        plc: Some(server.to_owned()),
        proxy: None,
    }
}

const DRAWN: Drawn = Drawn {
    state: [3; 16],
    verifier: [5; 32],
};

fn decoded(part: &str) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

/// The claims of a call's proof, once its signature, its call and its token were found to fit.
fn opened(seen: &Seen) -> Value {
    let proof = seen.header("dpop").expect("a proof");
    let parts: Vec<&str> = proof.split('.').collect();
    let [head, claims, signature] = parts[..] else {
        panic!("{proof}")
    };
    let signed = format!("{head}.{claims}");
    let (head, claims) = (decoded(head), decoded(claims));
    assert_eq!(
        (&head["typ"], &head["alg"]),
        (&json!("dpop+jwt"), &json!("ES256"))
    );
    let jwk = head["jwk"].as_object().unwrap();
    assert_eq!((&jwk["kty"], &jwk["crv"]), (&json!("EC"), &json!("P-256")));
    assert_eq!(jwk.len(), 4, "the public half and nothing else");
    let side = |name: &str| URL_SAFE_NO_PAD.decode(jwk[name].as_str().unwrap()).unwrap();
    let point = [vec![4], side("x"), side("y")].concat();
    let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
    ring::signature::UnparsedPublicKey::new(&ring::signature::ECDSA_P256_SHA256_FIXED, point)
        .verify(signed.as_bytes(), &signature)
        .expect("the signature is the key's");

    let path = seen.path.split('?').next().unwrap();
    let host = seen.header("host").unwrap();
    assert_eq!(claims["htu"], json!(format!("http://{host}{path}")));
    assert_eq!(claims["htm"], json!(seen.method));
    assert_eq!(claims["iat"], json!(now().as_second()));
    let token = seen
        .header("authorization")
        .map(|value| value.strip_prefix("DPoP ").expect("no bearer"));
    let hash = token.map(|token| URL_SAFE_NO_PAD.encode(Sha256::digest(token)));
    assert_eq!(claims.get("ath").and_then(Value::as_str), hash.as_deref());
    claims
}

fn form(seen: &Seen) -> HashMap<String, String> {
    let url = format!("http://x/?{}", String::from_utf8(seen.body.clone()).unwrap());
    let url = reqwest::Url::parse(&url).unwrap();
    url.query_pairs().into_owned().collect()
}

fn wants_nonce(status: u16) -> Does {
    let headers = [("Content-Type", "application/json"), ("DPoP-Nonce", NONCE)];
    says(status, &headers, r#"{"error":"use_dpop_nonce"}"#)
}

/// Directory, server and authority in one. `bend` changes what it would answer at a path.
async fn fake(bend: impl Fn(&str, &mut Value) + Send + Sync + 'static) -> Stub {
    Stub::start(move |seen| {
        let here = format!("http://{}", seen.header("host").unwrap());
        let path = seen.path.split('?').next().unwrap();
        let bound = matches!(path, "/par" | "/token" | "/revoke") || path.ends_with("getSession");
        if bound && opened(seen).get("nonce") != Some(&json!(NONCE)) {
            return wants_nonce(if path.starts_with("/xrpc") { 401 } else { 400 });
        }
        let (status, mut body) = match path {
            "/xrpc/com.atproto.identity.resolveHandle" => {
                assert!(seen.path.ends_with("?handle=alice.test"), "{}", seen.path);
                (200, json!({"did": DID}))
            }
            "/.well-known/oauth-protected-resource" => {
                (200, json!({"resource": here, "authorization_servers": [here]}))
            }
            "/.well-known/oauth-authorization-server" => {
                let at = |what: &str| format!("{here}/{what}");
                (200, json!({
                    "issuer": here,
                    "authorization_endpoint": at("authorize"),
                    "token_endpoint": at("token"),
                    "pushed_authorization_request_endpoint": at("par"),
                    "revocation_endpoint": at("revoke"),
                    "code_challenge_methods_supported": ["S256"],
                    "dpop_signing_alg_values_supported": ["RS256", "ES256"],
                    "authorization_response_iss_parameter_supported": true,
                    "protected_resources": [here],
                }))
            }
            "/par" => (201, json!({"request_uri": "urn:req:1", "expires_in": 300})),
            "/token" => (200, json!({
                "access_token": "acc-1", "token_type": "DPoP", "refresh_token": "ref-1",
                "scope": SCOPE, "sub": DID, "expires_in": 3600,
            })),
            "/revoke" => (200, json!({})),
            "/xrpc/com.atproto.server.getSession" => (200, json!({"did": DID, "handle": "alice.test"})),
            _ if path[1..] == *DID => (200, json!({
                "id": DID,
                "alsoKnownAs": ["at://alice.test"],
                "service": [{"id": "#atproto_pds", "type": "AtprotoPersonalDataServer", "serviceEndpoint": here}],
            })),
            _ => panic!("{path}"),
        };
        bend(path, &mut body);
        let status = if body.get("error").is_some() { 400 } else { status };
        reply(status, &body)
    })
    .await
}

async fn begun(adapter: &Bluesky, stub: &Stub) -> Result<Begun, CallError> {
    adapter.begin(&sign_in(&stub.url), Some(REDIRECT), &DRAWN).await
}

fn back(stub: &Stub, changed: &[(&str, &str)]) -> CameBack {
    let state = hex::encode(DRAWN.state);
    let mut pairs = vec![("iss", stub.url.as_str()), ("state", &state), ("code", "c0de")];
    for (name, value) in changed {
        pairs.retain(|(known, _)| known != name);
        if !value.is_empty() {
            pairs.push((*name, *value));
        }
    }
    let own = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
    CameBack::Redirected(pairs.into_iter().map(own).collect())
}

async fn signed_in(adapter: &Bluesky, stub: &Stub, changed: &[(&str, &str)]) -> Result<SignedIn, CallError> {
    let begun = begun(adapter, stub).await?;
    adapter
        .finish(&sign_in(&stub.url), &begun, &back(stub, changed))
        .await
}

fn code_of(error: CallError) -> String {
    match error {
        CallError::Refused { code, .. } => code,
        CallError::Token { code, .. } => format!("token: {code}"),
        CallError::Unclear { .. } => "unclear".to_owned(),
        CallError::AddressRefused => "address".to_owned(),
        other => panic!("{other:?}"),
    }
}

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
            vec![says(401, challenge, r#"{"error":"x"}"#), reply(200, &written)],
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
