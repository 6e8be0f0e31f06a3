//! What goes over the wire, as far as it is read.

use jiff::Timestamp;
use kossori_core::answer::{Answer, Refusal};
use kossori_engine::ports::CallError;
use serde::Deserialize;
use serde_json::Value;

use crate::http::Reply;
use crate::refusal::{self, ApiError, tame};

#[derive(Deserialize)]
pub(super) struct Me {
    pub id: String,
    #[serde(default)]
    pub username: String,
}

/// No `Debug`: it is a secret.
#[derive(Deserialize)]
pub(super) struct Granted {
    pub access_token: String,
    /// In seconds. A code's token has none of it: it lives an hour.
    #[serde(default)]
    pub expires_in: Option<i64>,
}

#[derive(Clone, Deserialize)]
pub(super) struct Made {
    pub id: String,
}

#[derive(Deserialize)]
pub(super) struct Container {
    #[serde(default)]
    pub status: String,
    #[serde(default)]
    pub error_message: String,
}

#[derive(Deserialize)]
pub(super) struct Page {
    pub data: Vec<Media>,
    #[serde(default)]
    paging: Option<Paging>,
}

#[derive(Deserialize)]
struct Paging {
    #[serde(default)]
    cursors: Option<Cursors>,
}

#[derive(Deserialize)]
struct Cursors {
    #[serde(default)]
    after: Option<String>,
}

impl Page {
    /// Where the next page begins.
    pub fn after(&self) -> Option<String> {
        let cursors = self.paging.as_ref()?.cursors.as_ref()?;
        cursors.after.clone().filter(|after| !after.is_empty())
    }
}

#[derive(Clone, Deserialize)]
pub(super) struct Media {
    pub id: String,
    #[serde(default)]
    pub text: String,
    #[serde(default)]
    pub timestamp: Option<String>,
    #[serde(default)]
    pub permalink: Option<String>,
    #[serde(default)]
    pub replied_to: Option<Made>,
    #[serde(default)]
    pub quoted_post: Option<Made>,
    #[serde(default)]
    pub reposted_post: Option<Made>,
}

impl Media {
    pub fn at(&self) -> Option<Timestamp> {
        time(self.timestamp.as_deref()?)
    }
}

/// Graph's times have no colon in their offset: `2026-11-23T12:31:00+0000`.
pub(super) fn time(text: &str) -> Option<Timestamp> {
    text.parse()
        .ok()
        .or_else(|| Timestamp::strptime("%Y-%m-%dT%H:%M:%S%z", text).ok())
}

/// The API's error, as far as it decides something.
pub(super) struct GraphError {
    code: i64,
    subcode: Option<i64>,
    /// It says itself that it may have been otherwise a moment later.
    transient: bool,
    api: ApiError,
}

/// The token is invalid, has expired, or its session was ended.
const TOKEN: [i64; 2] = [190, 102];
/// Calls of the app, of the person, of the page, of anybody: too many (Graph API's error codes).
const RATE: [i64; 4] = [4, 17, 32, 613];
/// "An unknown error", "temporarily unavailable".
const PASSING: [i64; 2] = [1, 2];
/// As many posts as a day may have.
const DAY_IS_FULL: i64 = 2_207_042;
/// "The requested resource does not exist". Also the answer to publishing a container that was made a moment ago and is not
/// known everywhere yet.
const NOT_THERE: i64 = 24;
/// "Object does not exist, cannot be loaded due to missing permissions".
const NOT_THERE_EITHER: (i64, i64) = (100, 33);
/// "Param reply_to_id is not a post that can be answered".
const NO_PARENT: (i64, i64) = (100, 4_279_019);
const TOO_MANY_LINKS: &str = "THREADS_API__LINK_LIMIT_EXCEEDED";

/// Whether there is nothing of that id.
pub(super) fn says_gone(code: &str) -> bool {
    code.strip_prefix(&format!("graph_{NOT_THERE}"))
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('_'))
}

/// Whether it is the answered post that is not there, and not the container.
pub(super) fn is_no_parent(code: &str) -> bool {
    code == format!("graph_{}_{}", NO_PARENT.0, NO_PARENT.1)
}

/// Whether a container's refusal says that what it answers is not there: not known yet, or gone.
pub(super) fn says_no_parent(code: &str) -> bool {
    let named = |(code, subcode): (i64, i64)| format!("graph_{code}_{subcode}");
    says_gone(code) || code == named(NO_PARENT) || code == named(NOT_THERE_EITHER)
}

impl GraphError {
    /// `{"error": {"message", "type", "code", "error_subcode", "is_transient", "fbtrace_id"}}`.
    pub fn of(reply: &Reply) -> Option<Self> {
        let error = reply.json.as_ref()?.get("error")?;
        let message = error.get("message")?.as_str()?;
        let code = error.get("code")?.as_i64()?;
        let subcode = error.get("error_subcode").and_then(Value::as_i64);
        // What is meant for people says more, where it is there.
        let title = error.get("error_user_title").and_then(Value::as_str);
        let said = error.get("error_user_msg").and_then(Value::as_str);
        let links = [Some(message), title, said]
            .into_iter()
            .flatten()
            .any(|words| words.contains(TOO_MANY_LINKS));
        let name = match (links, subcode) {
            (true, _) => TOO_MANY_LINKS.to_ascii_lowercase(),
            (false, Some(subcode)) => format!("graph_{code}_{subcode}"),
            (false, None) => format!("graph_{code}"),
        };
        let words = match said {
            Some(said) if !message.contains(said) => format!("{message}: {said}"),
            _ => message.to_owned(),
        };
        Some(GraphError {
            code,
            subcode,
            transient: error.get("is_transient").and_then(Value::as_bool) == Some(true)
                || PASSING.contains(&code),
            api: ApiError {
                code: name,
                words,
                token: TOKEN.contains(&code),
                duplicate: false,
            },
        })
    }

    fn rate_limit(&self) -> bool {
        RATE.contains(&self.code) || self.subcode == Some(DAY_IS_FULL)
    }

    /// There is nothing of that id.
    pub fn not_there(&self) -> bool {
        self.code == NOT_THERE
    }

    /// There is nothing of that id, or it may not be seen.
    pub fn not_to_be_seen(&self) -> bool {
        self.not_there() || (self.code, self.subcode) == (NOT_THERE_EITHER.0, Some(NOT_THERE_EITHER.1))
    }
}

/// What a reply to the publishing call means if it is no success. Graph's limits and tokens are told by the code, its status
/// is mostly 400.
pub(super) fn answer(reply: &Reply) -> Answer {
    let error = GraphError::of(reply);
    match error {
        Some(error) if error.rate_limit() && (400..500).contains(&reply.status) => Answer::Refused {
            status: reply.status,
            kind: Refusal::RateLimit {
                retry_after: reply.retry_after,
            },
            code: error.api.code,
            words: tame(&error.api.words),
        },
        // What may pass may have been done: it is looked up. Limits are called so too, and were heard above.
        Some(error) if error.transient => Answer::Unclear {
            status: Some(reply.status),
        },
        error => refusal::answer(reply, error.map(|error| error.api)),
    }
}

/// What a reply to any other call means if it is no success.
pub(super) fn call_error(reply: &Reply) -> CallError {
    let error = GraphError::of(reply);
    match error {
        Some(error) if error.rate_limit() => CallError::RateLimit {
            retry_after: reply.retry_after,
        },
        Some(error) if error.transient => CallError::Unclear {
            status: Some(reply.status),
        },
        error => refusal::call_error(reply, error.map(|error| error.api)),
    }
}

/// The token endpoints have a shape of their own, or the API's.
pub(super) fn sign_in_error(reply: &Reply) -> CallError {
    let own = || {
        let json = reply.json.as_ref()?;
        let words = json.get("error_message")?.as_str()?;
        let code = json.get("error_type").and_then(Value::as_str);
        Some(ApiError {
            code: tame(code.unwrap_or("not_signed_in")),
            words: words.to_owned(),
            token: false,
            duplicate: false,
        })
    };
    match (own(), GraphError::of(reply)) {
        (Some(error), _) => refusal::call_error(reply, Some(error)),
        (None, Some(error)) if error.rate_limit() => call_error(reply),
        // A wrong secret is "an unknown error" there, and no passing one.
        (None, error) => refusal::call_error(reply, error.map(|error| error.api)),
    }
}

#[cfg(test)]
mod tests {
    use super::answer;
    use super::time;
    use crate::http::Reply;
    use crate::testing::said;
    use kossori_core::network::{Network, Said};

    #[test]
    fn times() {
        for text in [
            "2026-11-23T12:31:00+0000",
            "2026-11-23T12:31:00Z",
            "2026-11-23T21:31:00+0900",
            "2026-11-23T12:31:00+00:00",
        ] {
            let read = time(text).map(|at| at.to_string());
            assert_eq!(read.as_deref(), Some("2026-11-23T12:31:00Z"), "{text}");
        }
        for text in ["", "yesterday", "2026-11-23"] {
            assert_eq!(time(text), None, "{text}");
        }
    }

    #[test]
    fn every_documented_error_has_a_sentence() {
        for (status, body, meant) in [
            (
                400,
                r#"{"error": {"message": "THREADS_API__LINK_LIMIT_EXCEEDED", "type": "OAuthException", "code": 100, "error_subcode": 4279048}}"#,
                Some(Said::TooManyLinks),
            ),
            (
                400,
                r#"{"error": {"message": "Param text must be at most 500 characters long.", "type": "OAuthException", "code": 100}}"#,
                Some(Said::TooLong),
            ),
            (
                400,
                r#"{"error": {"message": "Param reply_to_id is not a post that can be answered", "type": "OAuthException", "code": 100, "error_subcode": 4279019}}"#,
                Some(Said::ReplyNotFound),
            ),
            (
                400,
                r#"{"error": {"message": "Application request limit reached", "type": "OAuthException", "code": 4, "error_subcode": 2207042}}"#,
                Some(Said::RateLimit),
            ),
            (
                403,
                r#"{"error": {"message": "Application does not have permission for this action", "type": "OAuthException", "code": 10}}"#,
                Some(Said::NotPermitted),
            ),
            (
                400,
                r#"{"error": {"message": "Duplicate status message", "type": "OAuthException", "code": 506}}"#,
                Some(Said::Duplicate),
            ),
            (
                400,
                r#"{"error": {"message": "The action attempted has been deemed abusive or is otherwise disallowed", "type": "OAuthException", "code": 368}}"#,
                Some(Said::BlockedForNow),
            ),
            (
                400,
                r#"{"error": {"message": "Nobody wrote this down", "type": "OAuthException", "code": 100}}"#,
                None,
            ),
        ] {
            let reply = &Reply::of(status, serde_json::from_str(body).unwrap());
            let answer = answer(reply);
            assert_eq!(said(Network::Threads, answer), meant, "{body}");
        }
    }
}
