//! Tokens that are bound to a key: every call carries a proof, signed for this call alone, that whoever shows the token has
//! the key (RFC 9449; NETWORKS.md 2.1). Nothing is drawn here: the key is made of what the engine drew, signatures are
//! deterministic (RFC 6979), and a proof's id is a hash of the key, the time and a count.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use kossori_engine::ports::Clock;
use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey};
use reqwest::Url;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::http::{Call, Failure, Http, Reply};

/// A server's nonces are much shorter; what is longer is none.
const NONCE_MOST: usize = 1_024;
/// Nonces kept at once: two servers for each session, and what attempts to sign in left.
const NONCES_MOST: usize = 128;

/// How many proofs this process has signed.
static SIGNED: AtomicU64 = AtomicU64::new(0);

/// The private key of one session.
#[derive(Clone, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(super) struct Key(SigningKey);

impl Key {
    /// Of what was drawn, through a hash: other things that are made of it tell nothing about the key.
    pub fn of(drawn: &[u8; 32]) -> Option<Key> {
        // Of 2^32 numbers one is no key.
        (0_u8..=255).find_map(|n| {
            let made = Sha256::new()
                .chain_update(b"kossori dpop key")
                .chain_update([n])
                .chain_update(drawn)
                .finalize();
            SigningKey::from_slice(&made).ok().map(Key)
        })
    }

    fn public(&self) -> Value {
        let point = self.0.verifying_key().to_encoded_point(false);
        let of = |side: Option<&p256::FieldBytes>| side.map(|bytes| URL_SAFE_NO_PAD.encode(bytes));
        json!({ "kty": "EC", "crv": "P-256", "x": of(point.x()), "y": of(point.y()) })
    }

    /// Which key it is, telling nothing of it.
    fn name(&self) -> String {
        URL_SAFE_NO_PAD.encode(Sha256::digest(self.public().to_string()))
    }
}

impl TryFrom<String> for Key {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Key, &'static str> {
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| "no base64")?;
        SigningKey::from_slice(&bytes).map(Key).map_err(|_| "no key")
    }
}

impl From<Key> for String {
    fn from(key: Key) -> String {
        URL_SAFE_NO_PAD.encode(key.0.to_bytes())
    }
}

/// What a proof speaks of.
struct Said<'a> {
    method: &'a str,
    url: &'a str,
    nonce: Option<&'a str>,
    token: Option<&'a str>,
    at: Timestamp,
    /// No two proofs of a process have the same one.
    count: u64,
}

/// `None`: the address is none.
fn proof(key: &Key, said: &Said<'_>) -> Option<String> {
    let mut url = Url::parse(said.url).ok()?;
    url.set_query(None);
    url.set_fragment(None);
    let id = Sha256::new()
        .chain_update(b"kossori dpop id")
        .chain_update(key.0.to_bytes())
        .chain_update(said.at.as_nanosecond().to_be_bytes())
        .chain_update(said.count.to_be_bytes())
        .finalize();
    let mut claims = json!({
        "jti": URL_SAFE_NO_PAD.encode(id),
        "htm": said.method,
        "htu": url.as_str(),
        "iat": said.at.as_second(),
    });
    if let Some(nonce) = said.nonce {
        claims["nonce"] = json!(nonce);
    }
    if let Some(token) = said.token {
        claims["ath"] = json!(URL_SAFE_NO_PAD.encode(Sha256::digest(token)));
    }
    let head = json!({ "typ": "dpop+jwt", "alg": "ES256", "jwk": key.public() });
    let part = |json: Value| URL_SAFE_NO_PAD.encode(json.to_string());
    let signed = format!("{}.{}", part(head), part(claims));
    let signature: Signature = key.0.sign(signed.as_bytes());
    Some(format!(
        "{signed}.{}",
        URL_SAFE_NO_PAD.encode(signature.to_bytes())
    ))
}

/// What servers gave to be shown again. In memory: whoever has none is given one.
pub(super) struct Proofs {
    clock: Arc<dyn Clock>,
    /// By key and origin: two accounts of one server show nothing of each other's.
    nonces: Mutex<HashMap<(String, String), String>>,
}

impl Proofs {
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Proofs {
            clock,
            nonces: Mutex::default(),
        }
    }

    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The call with a proof, and once more if the server wants another nonce shown: it has looked at nothing else then, so
    /// nothing was done (RULES.md 4).
    pub async fn send(
        &self,
        http: &Http,
        call: Call,
        key: &Key,
        token: Option<&str>,
    ) -> Result<Reply, Failure> {
        let again = call.clone();
        let reply = self.once(http, call, key, token).await?;
        if wants_nonce(&reply) && reply.header("dpop-nonce").is_some() {
            return self.once(http, again, key, token).await;
        }
        Ok(reply)
    }

    async fn once(&self, http: &Http, call: Call, key: &Key, token: Option<&str>) -> Result<Reply, Failure> {
        let url = Url::parse(call.url()).map_err(|_| Failure::AddressRefused)?;
        let place = (key.name(), url.origin().ascii_serialization());
        let nonce = self.nonces().get(&place).cloned();
        let said = Said {
            method: call.method(),
            url: call.url(),
            nonce: nonce.as_deref(),
            token,
            at: self.now(),
            count: SIGNED.fetch_add(1, Ordering::Relaxed),
        };
        let proof = proof(key, &said).ok_or(Failure::AddressRefused)?;
        let reply = http.send(call.dpop(token, proof)).await?;
        if let Some(next) = reply.header("dpop-nonce").filter(|next| next.len() <= NONCE_MOST) {
            let mut nonces = self.nonces();
            if nonces.len() >= NONCES_MOST {
                nonces.clear();
            }
            nonces.insert(place, next.to_owned());
        }
        Ok(reply)
    }

    fn nonces(&self) -> std::sync::MutexGuard<'_, HashMap<(String, String), String>> {
        self.nonces.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(super) const WANTS_NONCE: &str = "use_dpop_nonce";

/// RFC 9449, 8 and 9: a token endpoint says it in its error, a server of resources in a header too.
pub(super) fn wants_nonce(reply: &Reply) -> bool {
    let error = reply.json.as_ref().and_then(|json| json.get("error"));
    let challenge = reply.header("www-authenticate").unwrap_or_default();
    match reply.status {
        400 => error == Some(&json!(WANTS_NONCE)),
        401 => error == Some(&json!(WANTS_NONCE)) || challenge.contains(WANTS_NONCE),
        _ => false,
    }
}
