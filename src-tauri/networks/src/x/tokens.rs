//! The token set: what is kept of it, and what a person may give.

use jiff::{SignedDuration, Timestamp};
use kossori_engine::ports::CallError;
use kossori_engine::secret::Secret;
use serde::{Deserialize, Serialize};
use serde_json::Value;

#[derive(Serialize, Deserialize)]
pub(super) struct Tokens {
    pub access_token: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<String>,
    /// Of the person's own registration: a refresh and an end name it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// When the access token ends, in seconds since 1970 by our clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expires_at: Option<i64>,
}

/// What a token endpoint answers, here or elsewhere.
#[derive(Deserialize)]
pub(super) struct Granted {
    pub access_token: String,
    #[serde(default)]
    token_type: Option<String>,
    #[serde(default)]
    refresh_token: Option<String>,
    #[serde(default)]
    client_id: Option<String>,
    /// In seconds.
    #[serde(default)]
    expires_in: Option<i64>,
    /// Seconds since 1970, or RFC 3339.
    #[serde(default)]
    expires_at: Option<Value>,
}

impl Granted {
    pub fn is_usable(&self) -> bool {
        let kind = self.token_type.as_deref().unwrap_or("bearer");
        !self.access_token.is_empty() && kind.eq_ignore_ascii_case("bearer")
    }

    /// `now`: when it came.
    pub fn tokens(self, client_id: Option<&str>, now: Timestamp) -> Tokens {
        let counted = self
            .expires_in
            .and_then(|secs| now.checked_add(SignedDuration::from_secs(secs)).ok());
        let named = self.expires_at.and_then(|at| match at {
            Value::String(at) => at.parse::<Timestamp>().ok(),
            at => Timestamp::from_second(at.as_i64()?).ok(),
        });
        Tokens {
            access_token: self.access_token,
            refresh_token: self.refresh_token.filter(|token| !token.is_empty()),
            client_id: self.client_id.or_else(|| client_id.map(str::to_owned)),
            // A span is counted from now on, and of a set that is given late it is partly used up.
            expires_at: named.or(counted).map(Timestamp::as_second),
        }
    }
}

impl Tokens {
    /// One line with the access token, or what a sign-in elsewhere answered, as JSON.
    pub fn given(given: &str, client_id: Option<&str>, now: Timestamp) -> Tokens {
        match serde_json::from_str::<Granted>(given) {
            Ok(granted) => granted.tokens(client_id, now),
            Err(_) => Tokens {
                access_token: given.trim().to_owned(),
                refresh_token: None,
                client_id: client_id.map(str::to_owned),
                expires_at: None,
            },
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

    pub fn ends_at(&self) -> Option<Timestamp> {
        Timestamp::from_second(self.expires_at?).ok()
    }
}
