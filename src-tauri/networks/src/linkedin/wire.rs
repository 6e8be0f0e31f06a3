//! What goes over the wire, as far as it is read.

use serde::Deserialize;
use serde_json::Value;

use crate::http::Reply;
use crate::refusal::{ApiError, tame, tame_handle};

#[derive(Deserialize)]
pub(super) struct UserInfo {
    pub sub: String,
    #[serde(default)]
    pub name: String,
}

impl UserInfo {
    /// The author of what this person posts.
    pub fn urn(&self) -> String {
        format!("urn:li:person:{}", self.sub)
    }

    /// LinkedIn tells an app no handle: the name is what a person knows an account by.
    pub fn handle(&self) -> String {
        let name = tame_handle(&self.name);
        if name.is_empty() {
            tame_handle(&self.sub)
        } else {
            name
        }
    }
}

/// No `Debug`: it is a secret.
#[derive(Deserialize)]
pub(super) struct Granted {
    pub access_token: String,
    /// In seconds.
    #[serde(default)]
    pub expires_in: Option<i64>,
    /// Separated by commas or spaces.
    #[serde(default)]
    pub scope: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Initialized {
    pub value: Upload,
}

#[derive(Deserialize)]
pub(super) struct Upload {
    #[serde(rename = "uploadUrl")]
    pub url: String,
    pub image: String,
}

#[derive(Deserialize)]
pub(super) struct Image {
    #[serde(default)]
    pub status: String,
}

/// The API's error: an object with a text in `message` and the status. Its codes stand in one of three places, the nearest
/// to the mistake first; an error without one is named after its status.
pub(super) fn api_error(reply: &Reply) -> Option<ApiError> {
    let json = reply.json.as_ref()?;
    let message = json.get("message")?.as_str()?;
    let status = json.get("status")?.as_u64()?;
    let service = json.get("serviceErrorCode").and_then(Value::as_u64);
    let inputs = json
        .pointer("/errorDetails/inputErrors")
        .and_then(Value::as_array);
    let inputs: Vec<&str> = inputs
        .into_iter()
        .flatten()
        .filter_map(|input| input.get("code")?.as_str())
        .collect();
    let named = inputs
        .first()
        .copied()
        .or_else(|| json.get("code").and_then(Value::as_str));
    let code = match (named, service) {
        (Some(named), _) => tame(named).to_ascii_lowercase(),
        (None, Some(number)) => format!("service_{number}"),
        (None, None) => format!("status_{status}"),
    };
    // Invalid, revoked by the person, expired.
    let token = matches!(service, Some(65_600..=65_602))
        || matches!(
            code.as_str(),
            "invalid_access_token" | "revoked_access_token" | "expired_access_token"
        );
    let twin = twin(message);
    let duplicate = inputs.contains(&"DUPLICATE_POST") || twin.is_some();
    // What it names is what a person can look at (NETWORKS.md 6.4): it is not lost to the words around it.
    let words = match twin {
        Some(urn) if !tame(message).contains(urn) => urn.to_owned(),
        _ => message.to_owned(),
    };
    Some(ApiError {
        code,
        words,
        token,
        duplicate,
    })
}

/// The post that the API's error names as the one that is there.
pub(super) fn twin_of(reply: &Reply) -> Option<&str> {
    twin(reply.json.as_ref()?.get("message")?.as_str()?)
}

/// The post that a refusal as a duplicate names.
fn twin(message: &str) -> Option<&str> {
    let from = message.find("duplicate of urn:li:")? + "duplicate of ".len();
    let urn = &message[from..];
    let end = urn
        .find(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, ':' | '-' | '_'))
        .unwrap_or(urn.len());
    Some(&urn[..end])
}

/// An error of the sign-in, in OAuth's own shape.
pub(super) fn oauth_error(reply: &Reply) -> Option<ApiError> {
    let json = reply.json.as_ref()?;
    let code = json.get("error")?.as_str()?;
    let words = json.get("error_description").and_then(Value::as_str);
    Some(ApiError {
        code: tame(code),
        words: words.unwrap_or(code).to_owned(),
        token: false,
        duplicate: false,
    })
}

#[cfg(test)]
mod tests {
    use kossori_core::network::{Network, Said};

    use super::api_error;
    use crate::http::Reply;
    use crate::testing::said;

    #[test]
    fn every_documented_error_has_a_sentence() {
        for (status, body, meant) in [
            (
                422,
                r#"{"message": "Content is a duplicate of urn:li:share:7141", "errorDetails": {"inputErrors": [{"description": "Duplicate post is detected", "code": "DUPLICATE_POST"}]}, "status": 422}"#,
                Some(Said::Duplicate),
            ),
            (
                403,
                r#"{"message": "Not enough permissions to access: posts.CREATE", "code": "ACCESS_DENIED", "serviceErrorCode": 100, "status": 403}"#,
                Some(Said::NotPermitted),
            ),
            (
                403,
                r#"{"message": "Not enough permissions to access: posts.CREATE", "serviceErrorCode": 100, "status": 403}"#,
                Some(Said::NotPermitted),
            ),
            (
                426,
                r#"{"message": "Requested version 20240101 is not active", "code": "NONEXISTENT_VERSION", "status": 426}"#,
                Some(Said::VersionGone),
            ),
            (
                422,
                r#"{"message": "/commentary :: length 3001 is over 3000", "errorDetails": {"inputErrors": [{"description": "/commentary", "code": "FIELD_LENGTH_TOO_LONG"}]}, "status": 422}"#,
                Some(Said::TooLong),
            ),
            (
                404,
                r#"{"message": "urn:li:share:1 does not exist", "code": "NOT_FOUND", "status": 404}"#,
                Some(Said::QuoteNotFound),
            ),
            (
                422,
                r#"{"message": "m", "errorDetails": {"inputErrors": [{"description": "/content/media", "code": "MEDIA_ASSET_WAITING_UPLOAD"}]}, "status": 422}"#,
                Some(Said::PictureNotReady),
            ),
            (
                422,
                r#"{"message": "Nobody wrote this down", "status": 422}"#,
                None,
            ),
        ] {
            let reply = &Reply::of(status, serde_json::from_str(body).unwrap());
            let answer = crate::refusal::answer(reply, api_error(reply));
            assert_eq!(said(Network::LinkedIn, answer), meant, "{body}");
        }
    }
}
