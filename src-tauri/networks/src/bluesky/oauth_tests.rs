//! Signing in by browser, and the calls of such a session, against a server that departs from the rules as told. Every proof is
//! opened with another implementation than the one that signed it.

use std::collections::HashMap;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kossori_core::network::Network;
use kossori_engine::ports::{Begun, CallError, CameBack, Drawn, Publisher, SignIn, SignedIn};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::Bluesky;
use crate::testing::{Does, FixedClock, Seen, Stub, json as reply, now, options, says};

mod signing_in;
mod session;

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
