//! What goes over the wire, as far as it is read.

use serde::Deserialize;
use serde_json::Value;

use super::dpop;
use crate::http::Reply;
use crate::refusal::ApiError;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Session {
    pub did: String,
    pub handle: String,
    pub access_jwt: String,
    pub refresh_jwt: String,
    #[serde(default)]
    pub did_doc: Option<Value>,
}

#[derive(Deserialize)]
pub(super) struct Me {
    pub did: String,
    pub handle: String,
    #[serde(default)]
    pub active: Option<bool>,
    #[serde(default)]
    pub status: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Resolved {
    pub did: String,
}

/// Of `putRecord`, and each of `applyWrites`' results.
#[derive(Deserialize)]
pub(super) struct Written {
    pub uri: String,
    pub cid: String,
}

#[derive(Deserialize)]
pub(super) struct AllWritten {
    pub results: Vec<Written>,
}

#[derive(Deserialize)]
pub(super) struct GotRecord {
    pub uri: String,
    pub cid: String,
    #[serde(default)]
    pub value: Value,
}

#[derive(Deserialize)]
pub(super) struct Listed {
    pub records: Vec<GotRecord>,
    #[serde(default)]
    pub cursor: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Uploaded {
    pub blob: Blob,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Blob {
    pub r#ref: Link,
    pub mime_type: String,
}

#[derive(Deserialize)]
pub(super) struct Link {
    #[serde(rename = "$link")]
    pub link: String,
}

/// The API's error: `{"error": code, "message": words}`.
pub(super) fn api_error(reply: &Reply) -> Option<ApiError> {
    let json = reply.json.as_ref()?;
    let code = json.get("error")?.as_str()?.to_owned();
    let words = json
        .get("message")
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned();
    // A garbage token answers 400 `InvalidToken` (NETWORKS.md 10). A nonce that is wanted again after the one that was shown
    // says nothing of the call either.
    let token = matches!(
        code.as_str(),
        "ExpiredToken" | "InvalidToken" | "AuthMissing" | "AuthenticationRequired" | "invalid_token"
    ) || code == dpop::WANTS_NONCE;
    // Somebody wrote there first; it may have been us.
    let duplicate = code == "InvalidSwap";
    Some(ApiError {
        code,
        words,
        token,
        duplicate,
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
                400,
                r#"{"error": "InvalidRequest", "message": "Invalid app.bsky.feed.post record: Record/text must not be longer than 300 graphemes"}"#,
                Some(Said::TooLong),
            ),
            (
                403,
                r#"{"error": "AccountTakedown", "message": "Account has been taken down"}"#,
                Some(Said::Suspended),
            ),
            (
                400,
                r#"{"error": "AccountDeactivated", "message": "Account is deactivated"}"#,
                Some(Said::Deactivated),
            ),
            (
                400,
                r#"{"error": "BlobTooLarge", "message": "This file is too large. It is 2.1MB but the maximum size is 1MB."}"#,
                Some(Said::PictureTooLarge),
            ),
            (
                400,
                r#"{"error": "InvalidMimeType", "message": "Wrong mimetype of blob"}"#,
                Some(Said::PictureKind),
            ),
            (
                400,
                r#"{"error": "InvalidRequest", "message": "Could not find blob: bafkreigh"}"#,
                Some(Said::PictureGone),
            ),
            (
                400,
                r#"{"error": "InvalidRequest", "message": "Invalid record key"}"#,
                None,
            ),
        ] {
            let reply = &Reply::of(status, serde_json::from_str(body).unwrap());
            let answer = crate::refusal::answer(reply, api_error(reply));
            assert_eq!(said(Network::Bluesky, answer), meant, "{body}");
        }
    }
}
