//! What goes over the wire, as far as it is read. Unknown fields and most missing ones are survived: no two servers
//! send quite the same.

use serde::Deserialize;
use serde_json::Value;

use crate::http::Reply;
use crate::refusal::ApiError;

#[derive(Deserialize)]
pub(super) struct Account {
    pub id: String,
    #[serde(default)]
    pub acct: String,
    /// Told to the account itself alone.
    #[serde(default)]
    pub source: Option<Source>,
}

#[derive(Deserialize)]
pub(super) struct Source {
    /// What its posts are if nothing is said.
    #[serde(default)]
    pub privacy: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Status {
    pub id: String,
    #[serde(default)]
    pub url: Option<String>,
    #[serde(default)]
    pub uri: Option<String>,
    #[serde(default)]
    pub account: Option<Account>,
    #[serde(default)]
    pub content: String,
    /// The source, where a server sends it.
    #[serde(default)]
    pub text: Option<String>,
    #[serde(default)]
    pub visibility: Option<String>,
    #[serde(default)]
    pub in_reply_to_id: Option<String>,
    #[serde(default)]
    pub created_at: Option<String>,
    #[serde(default)]
    pub media_attachments: Vec<Attachment>,
    /// Whether the account that asks reposts it.
    #[serde(default)]
    pub reblogged: Option<bool>,
    /// What this one reposts, if it is nothing but a repost.
    #[serde(default)]
    reblog: Option<Value>,
    /// What it quotes, in the form of the server's software.
    #[serde(default)]
    quote: Option<Value>,
    #[serde(default)]
    quote_approval: Option<Value>,
}

/// What a status quotes, as far as it is told.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Quoted<'a> {
    Nothing,
    /// One that is not shown, or not yet: its author is asked first.
    Something,
    This(&'a str),
}

impl Status {
    pub fn reposted(&self) -> Option<Status> {
        serde_json::from_value(self.reblog.clone().filter(|status| !status.is_null())?).ok()
    }

    /// Mastodon answers `{"state", "quoted_status"}`, in a quote `quoted_status_id`; Friendica the status itself.
    pub fn quoted(&self) -> Quoted<'_> {
        let Some(quote) = self.quote.as_ref().filter(|quote| !quote.is_null()) else {
            return Quoted::Nothing;
        };
        ["/quoted_status/id", "/quoted_status_id", "/id"]
            .iter()
            .find_map(|at| quote.pointer(at)?.as_str())
            .map_or(Quoted::Something, Quoted::This)
    }

    /// Its author lets this account not quote it. Where that is not told, nobody is kept from it here.
    pub fn is_kept_from_quotes(&self) -> bool {
        let current = self
            .quote_approval
            .as_ref()
            .and_then(|approval| approval.get("current_user")?.as_str());
        current == Some("denied")
    }
}

#[derive(Deserialize)]
pub(super) struct Attachment {
    pub id: String,
    #[serde(default)]
    pub url: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Found {
    #[serde(default)]
    pub statuses: Vec<Status>,
}

/// The API's error: an object with a text in `error`, or on Pixelfed in `message`, beside `errors`. It has no codes of its own, so ours are made of the status.
pub(super) fn api_error(reply: &Reply) -> Option<ApiError> {
    let json = reply.json.as_ref()?;
    let error = match json.get("error") {
        Some(error) => error.as_str()?,
        // Pixelfed's, of what it was asked wrongly.
        None => json
            .get("errors")?
            .as_object()
            .and(json.get("message")?.as_str())?,
    };
    let words = match json.get("error_description").and_then(Value::as_str) {
        Some(description) => description.to_owned(),
        None => error.to_owned(),
    };
    let lower = words.to_lowercase();
    // "Invalid credentials." with 403 is Pleroma's; the code `invalid_token` OAuth's.
    let token = error == "invalid_token"
        || lower.contains("access token")
        || lower.trim_end_matches('.') == "invalid credentials";
    // "Duplicate idempotency key." is Pixelfed's, with 400 (NETWORKS.md 3.5).
    let duplicate = lower.contains("duplicate");
    let code = match reply.status {
        400 => "bad_request",
        401 => "unauthorized",
        403 => "forbidden",
        404 => "not_found",
        409 => "conflict",
        413 => "too_large",
        422 => "unprocessable",
        429 => "rate_limit",
        _ => "refused",
    };
    Some(ApiError {
        code: code.to_owned(),
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
                422,
                r#"{"error": "Validation failed: Text character limit of 500 exceeded"}"#,
                Some(Said::TooLong),
            ),
            (
                422,
                r#"{"error": "Validation failed: Text can't be blank"}"#,
                Some(Said::Empty),
            ),
            (422, r#"{"error": "Duplicate record"}"#, Some(Said::Duplicate)),
            (
                400,
                r#"{"error": "Duplicate idempotency key."}"#,
                Some(Said::Duplicate),
            ),
            (
                409,
                r#"{"error": "An identical request is still being processed"}"#,
                Some(Said::Duplicate),
            ),
            (
                422,
                r#"{"error": "Cannot attach files that have not finished processing. Try again in a moment!"}"#,
                Some(Said::PictureNotReady),
            ),
            (
                422,
                r#"{"error": "Unprocessable Entity: unknown media"}"#,
                Some(Said::PictureGone),
            ),
            (
                403,
                r#"{"error": "Your login is currently disabled"}"#,
                Some(Said::Suspended),
            ),
            (
                403,
                r#"{"error": "This action is not allowed"}"#,
                Some(Said::NotPermitted),
            ),
            (
                403,
                r#"{"error": "Empty statuses are not allowed"}"#,
                Some(Said::Empty),
            ),
            (
                400,
                r#"{"error": "Direct visibility is not available."}"#,
                Some(Said::VisibilityNotAllowed),
            ),
            (
                404,
                r#"{"error": "The post you are trying to reply to does not appear to exist."}"#,
                Some(Said::ReplyNotFound),
            ),
            (404, r#"{"error": "Record not found"}"#, None),
            (422, r#"{"error": "Nobody wrote this down"}"#, None),
        ] {
            let reply = &Reply::of(status, serde_json::from_str(body).unwrap());
            let answer = crate::refusal::answer(reply, api_error(reply));
            assert_eq!(said(Network::Mastodon, answer), meant, "{body}");
        }
    }
}
