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
