//! Tokens of both kinds of session, by app password and by browser, and where the account lives.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use kossori_engine::ports::CallError;
use kossori_engine::secret::Secret;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::dpop::Key;
use super::xrpc::Voice;

#[derive(Serialize, Deserialize)]
pub(super) struct Tokens {
    pub access: String,
    pub refresh: String,
    /// Of a session by browser.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bound: Option<Bound>,
}

/// What a session by browser is bound to. Times in seconds since 1970, by our clock.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Bound {
    pub key: Key,
    pub did: String,
    /// What this program was called when the session was made: the session is of that name alone.
    pub client_id: String,
    pub token_endpoint: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revocation_endpoint: Option<String>,
    pub access_ends_at: i64,
    /// The whole session's: a refresh does not move it.
    pub session_ends_at: i64,
}

impl Tokens {
    pub fn of_password(access: String, refresh: String) -> Tokens {
        Tokens {
            access,
            refresh,
            bound: None,
        }
    }

    pub fn voice(&self) -> Voice<'_> {
        match &self.bound {
            Some(bound) => Voice::Bound {
                token: &self.access,
                key: &bound.key,
            },
            None => Voice::Bearer(&self.access),
        }
    }

    /// When the access token ends.
    pub fn access_ends_at(&self) -> Option<Timestamp> {
        match &self.bound {
            Some(bound) => Timestamp::from_second(bound.access_ends_at).ok(),
            None => ends_at(&self.access),
        }
    }

    /// When the person has to sign in again.
    pub fn session_ends_at(&self) -> Option<Timestamp> {
        match &self.bound {
            Some(bound) => Timestamp::from_second(bound.session_ends_at).ok(),
            None => ends_at(&self.refresh),
        }
    }

    /// Whose they are, as far as they tell.
    pub fn did(&self) -> Option<String> {
        match &self.bound {
            Some(bound) => Some(bound.did.clone()),
            None => Some(claims(&self.access)?.get("sub")?.as_str()?.to_owned()),
        }
    }

    pub fn read(secret: &Secret) -> Result<Self, CallError> {
        serde_json::from_str(secret.expose()).map_err(|_| CallError::Token {
            code: "tokens_unreadable".to_owned(),
            words: String::new(),
        })
    }

    pub fn write(&self) -> Result<Secret, CallError> {
        serde_json::to_string(self)
            .map(Secret::new)
            .map_err(|_| CallError::Unsupported("tokens"))
    }
}

/// When a token ends, as it says itself. Nobody trusts it with more than when to refresh.
fn ends_at(jwt: &str) -> Option<Timestamp> {
    Timestamp::from_second(claims(jwt)?.get("exp")?.as_i64()?).ok()
}

fn claims(jwt: &str) -> Option<Value> {
    let claims = URL_SAFE_NO_PAD.decode(jwt.split('.').nth(1)?).ok()?;
    serde_json::from_slice(&claims).ok()
}

/// The server that a DID document names.
pub(super) fn pds_of(document: &Value) -> Option<String> {
    let services = document.get("service")?.as_array()?;
    let pds = services.iter().find(|service| {
        let id = service.get("id").and_then(Value::as_str).unwrap_or_default();
        let kind = service.get("type").and_then(Value::as_str).unwrap_or_default();
        id.ends_with("#atproto_pds") && kind == "AtprotoPersonalDataServer"
    })?;
    Some(pds.get("serviceEndpoint")?.as_str()?.to_owned())
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use serde_json::json;

    use super::{ends_at, pds_of};

    #[test]
    fn token_ends() {
        let jwt = format!(
            "x.{}.y",
            URL_SAFE_NO_PAD.encode(r#"{"exp":1795392000,"sub":"did:plc:x"}"#)
        );
        assert_eq!(ends_at(&jwt).map(|at| at.as_second()), Some(1_795_392_000));
        for garbage in ["", "a", "a.b", "a.!!.c", "a.e30.c"] {
            assert_eq!(ends_at(garbage), None, "{garbage}");
        }
    }

    #[test]
    fn the_server_in_a_document() {
        let document = json!({"service": [
            {"id": "#other", "type": "Other", "serviceEndpoint": "https://no.example"},
            {"id": "#atproto_pds", "type": "AtprotoPersonalDataServer", "serviceEndpoint": "https://yes.example"},
        ]});
        assert_eq!(pds_of(&document).as_deref(), Some("https://yes.example"));
        assert_eq!(pds_of(&json!({"service": []})), None);
        assert_eq!(pds_of(&json!({})), None);
    }
}
