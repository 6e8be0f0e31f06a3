//! Tokens of an app password's session, and where the account lives.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use kossori_engine::ports::CallError;
use kossori_engine::secret::Secret;
use serde::{Deserialize, Serialize};
use serde_json::Value;

#[derive(Serialize, Deserialize)]
pub(super) struct Tokens {
    pub access: String,
    pub refresh: String,
}

impl Tokens {
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
pub(super) fn ends_at(jwt: &str) -> Option<Timestamp> {
    let claims = URL_SAFE_NO_PAD.decode(jwt.split('.').nth(1)?).ok()?;
    let claims: Value = serde_json::from_slice(&claims).ok()?;
    Timestamp::from_second(claims.get("exp")?.as_i64()?).ok()
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
