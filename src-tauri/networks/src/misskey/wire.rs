//! What goes over the wire, as far as it is read. Unknown fields and most missing ones are survived: no two forks send
//! quite the same.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use crate::http::Reply;
use crate::refusal::ApiError;

#[derive(Deserialize)]
pub(super) struct User {
    pub id: String,
    #[serde(default)]
    pub username: String,
    #[serde(default, rename = "isCat")]
    pub is_cat: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Note {
    pub id: String,
    #[serde(default)]
    pub user_id: Option<String>,
    #[serde(default)]
    pub user: Option<User>,
    #[serde(default)]
    pub text: Option<String>,
    #[serde(default)]
    pub cw: Option<String>,
    #[serde(default)]
    pub visibility: Option<String>,
    #[serde(default)]
    pub reply_id: Option<String>,
    #[serde(default)]
    pub renote_id: Option<String>,
    #[serde(default)]
    pub channel_id: Option<String>,
    #[serde(default)]
    pub file_ids: Vec<String>,
    #[serde(default)]
    pub poll: Option<Value>,
    #[serde(default)]
    pub created_at: Option<String>,
    /// Of a note of another server.
    #[serde(default)]
    pub uri: Option<String>,
    #[serde(default)]
    pub url: Option<String>,
}

impl Note {
    /// Who wrote it, if that is said, and said once.
    pub fn author(&self) -> Option<&str> {
        let user = self.user.as_ref().map(|user| user.id.as_str());
        match (self.user_id.as_deref(), user) {
            (Some(one), Some(other)) if one != other => None,
            (one, other) => one.or(other).filter(|id| !id.is_empty()),
        }
    }

    pub fn created_at(&self) -> Option<Timestamp> {
        self.created_at.as_deref()?.parse().ok()
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Created {
    pub created_note: Note,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct File {
    pub id: String,
    #[serde(default)]
    pub comment: Option<String>,
    #[serde(default)]
    pub is_sensitive: bool,
}

/// What `ap/show` found: a user or a note.
#[derive(Deserialize)]
pub(super) struct Shown {
    #[serde(rename = "type")]
    pub kind: String,
    pub object: Value,
}

#[derive(Deserialize)]
pub(super) struct Checked {
    pub ok: bool,
    #[serde(default)]
    pub token: Option<String>,
}

/// `maxCwLength` and `maxAltTextLength` are Sharkey's.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Meta {
    #[serde(default)]
    pub max_note_text_length: Option<u64>,
    #[serde(default)]
    pub max_cw_length: Option<u64>,
    #[serde(default)]
    pub max_alt_text_length: Option<u64>,
    /// In bytes; an upload may also be held to less by the account's role.
    #[serde(default)]
    pub max_file_size: Option<u64>,
}

/// The API's error: `{"error":{"code","id","message","kind"}}`. The code says what it is (NETWORKS.md 4.5).
pub(super) fn api_error(reply: &Reply) -> Option<ApiError> {
    let error = reply.json.as_ref()?.get("error")?;
    let code = error.get("code")?.as_str()?.to_owned();
    let mut words = error.get("message")?.as_str()?.to_owned();
    // Which of the fields was wrong, and why.
    let info = |name: &str| error.get("info")?.get(name)?.as_str();
    if let (Some(param), Some(reason)) = (info("param"), info("reason")) {
        words = format!("{words} ({param}: {reason})");
    }
    // Old servers say it with 403.
    let token = matches!(code.as_str(), "AUTHENTICATION_FAILED" | "CREDENTIAL_REQUIRED");
    Some(ApiError {
        code,
        words,
        token,
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
                403,
                r#"{"error": {"code": "YOUR_ACCOUNT_SUSPENDED", "id": "i", "kind": "client", "message": "Your account has been suspended."}}"#,
                Some(Said::Suspended),
            ),
            (
                403,
                r#"{"error": {"code": "PERMISSION_DENIED", "id": "i", "kind": "client", "message": "Your app does not have the necessary permissions."}}"#,
                Some(Said::NotPermitted),
            ),
            (
                400,
                r#"{"error": {"code": "CONTAINS_PROHIBITED_WORDS", "id": "i", "kind": "client", "message": "Cannot post because it contains prohibited words."}}"#,
                Some(Said::ForbiddenWords),
            ),
            (
                400,
                r#"{"error": {"code": "CONTAINS_TOO_MANY_MENTIONS", "id": "i", "kind": "client", "message": "Cannot post because it exceeds the allowed number of mentions."}}"#,
                Some(Said::TooManyMentions),
            ),
            (
                400,
                r#"{"error": {"code": "NO_SUCH_REPLY_TARGET", "id": "i", "kind": "client", "message": "No such reply target."}}"#,
                Some(Said::ReplyNotFound),
            ),
            (
                400,
                r#"{"error": {"code": "NO_SUCH_RENOTE_TARGET", "id": "i", "kind": "client", "message": "No such renote target."}}"#,
                Some(Said::RepostNotFound),
            ),
            (
                400,
                r#"{"error": {"code": "CANNOT_RENOTE_DUE_TO_VISIBILITY", "id": "i", "kind": "client", "message": "You can not Renote due to target visibility."}}"#,
                Some(Said::RepostNotAllowed),
            ),
            (
                400,
                r#"{"error": {"code": "NO_SUCH_FILE", "id": "i", "kind": "client", "message": "Some files are not found."}}"#,
                Some(Said::PictureGone),
            ),
            (
                413,
                r#"{"error": {"code": "MAX_FILE_SIZE_EXCEEDED", "id": "i", "kind": "client", "message": "Cannot upload the file because it exceeds the maximum file size."}}"#,
                Some(Said::PictureTooLarge),
            ),
            (
                400,
                r#"{"error": {"code": "UNALLOWED_FILE_TYPE", "id": "i", "kind": "client", "message": "Cannot upload the file because it is an unallowed file type."}}"#,
                Some(Said::PictureKind),
            ),
            (
                400,
                r#"{"error": {"code": "NO_FREE_SPACE", "id": "i", "kind": "client", "message": "Cannot upload the file because you have no free space of drive."}}"#,
                Some(Said::NoRoomForPictures),
            ),
            (
                400,
                r#"{"error": {"code": "INAPPROPRIATE", "id": "i", "kind": "client", "message": "Cannot upload the file because it has been determined that it possibly contains inappropriate content."}}"#,
                Some(Said::PictureIndecent),
            ),
            (
                400,
                r#"{"error": {"code": "INVALID_FILE_NAME", "id": "i", "kind": "client", "message": "Invalid file name."}}"#,
                None,
            ),
            (
                400,
                r##"{"error": {"code": "INVALID_PARAM", "id": "i", "kind": "client", "message": "Invalid param.", "info": {"param": "#/properties/text/maxLength", "reason": "must NOT have more than 3000 characters"}}}"##,
                Some(Said::TooLong),
            ),
        ] {
            let reply = &Reply::of(status, serde_json::from_str(body).unwrap());
            let answer = crate::refusal::answer(reply, api_error(reply));
            assert_eq!(said(Network::Misskey, answer), meant, "{body}");
        }
    }
}
