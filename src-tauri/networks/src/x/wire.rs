//! What goes over the wire, as far as it is read. X is renaming its tweets to posts, so that some fields come under either
//! name; what is missing is survived, and judged where it is needed.

use serde::Deserialize;
use serde_json::Value;

use crate::http::Reply;
use crate::refusal::ApiError;
use kossori_engine::ports::CallError;

#[derive(Deserialize)]
pub(super) struct User {
    pub id: String,
    pub username: String,
}

/// What the post call answers.
#[derive(Deserialize)]
pub(super) struct Made {
    pub id: String,
    #[serde(rename = "text")]
    pub _text: String,
    #[serde(default)]
    pub author_id: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Deleted {
    pub deleted: bool,
}

/// Whether it is reposted now.
#[derive(Deserialize)]
pub(super) struct Reposted {
    pub retweeted: bool,
}

#[derive(Deserialize)]
pub(super) struct Media {
    pub id: String,
    /// As posts name it.
    #[serde(default)]
    pub media_key: Option<String>,
    #[serde(default)]
    pub processing_info: Option<Processing>,
}

#[derive(Deserialize)]
pub(super) struct Processing {
    #[serde(default)]
    pub state: String,
    #[serde(default)]
    pub check_after_secs: Option<u64>,
    #[serde(default)]
    error: Option<Value>,
}

impl Processing {
    /// Why it failed, where that is said.
    pub fn words(&self) -> &str {
        let words = self
            .error
            .as_ref()
            .and_then(|error| error.get("message")?.as_str());
        words.unwrap_or_default()
    }
}

/// A page of posts, newest first.
#[derive(Deserialize)]
pub(super) struct Page {
    #[serde(default)]
    pub data: Vec<Post>,
    pub meta: Meta,
}

#[derive(Deserialize)]
pub(super) struct Meta {
    pub result_count: usize,
    #[serde(default)]
    pub next_token: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Post {
    pub id: String,
    pub text: String,
    #[serde(default)]
    pub author_id: Option<String>,
    #[serde(default)]
    pub conversation_id: Option<String>,
    #[serde(default)]
    pub created_at: Option<String>,
    #[serde(default)]
    referenced_tweets: Option<Vec<Reference>>,
    #[serde(default)]
    referenced_posts: Option<Vec<Reference>>,
    #[serde(default)]
    entities: Option<Entities>,
    #[serde(default)]
    attachments: Option<Attachments>,
}

#[derive(Deserialize)]
struct Reference {
    #[serde(rename = "type")]
    kind: String,
    id: String,
}

#[derive(Deserialize)]
struct Entities {
    #[serde(default)]
    urls: Option<Vec<Url>>,
}

#[derive(Deserialize)]
pub(super) struct Url {
    /// As it stands in the text, on `t.co`.
    #[serde(default)]
    pub url: Option<String>,
    #[serde(default)]
    pub expanded_url: Option<String>,
    /// It leads to a picture of the post itself.
    #[serde(default)]
    pub media_key: Option<String>,
}

#[derive(Deserialize)]
struct Attachments {
    #[serde(default)]
    media_keys: Option<Vec<String>>,
}

impl Post {
    pub fn replied_to(&self) -> Option<&str> {
        self.referenced("replied_to")
    }

    pub fn reposted(&self) -> Option<&str> {
        self.referenced("retweeted")
    }

    /// The API writes one so, also where it does not tell of what.
    pub fn looks_like_a_repost(&self) -> bool {
        self.text.starts_with("RT @")
    }

    fn referenced(&self, kind: &str) -> Option<&str> {
        let all = self
            .referenced_tweets
            .iter()
            .chain(&self.referenced_posts)
            .flatten();
        all.into_iter()
            .find(|reference| reference.kind == kind)
            .map(|reference| reference.id.as_str())
    }

    pub fn urls(&self) -> &[Url] {
        let urls = self
            .entities
            .as_ref()
            .and_then(|entities| entities.urls.as_deref());
        urls.unwrap_or_default()
    }

    pub fn media_keys(&self) -> &[String] {
        let keys = self
            .attachments
            .as_ref()
            .and_then(|all| all.media_keys.as_deref());
        keys.unwrap_or_default()
    }
}

/// Ids are numbers of up to 19 digits, written as text.
pub(super) fn is_id(id: &str) -> bool {
    (1..=19).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_digit())
}

/// By age: ids grow, first in length.
pub(super) fn age(id: &str) -> (usize, &str) {
    (id.len(), id)
}

pub(super) struct Problem {
    pub error: ApiError,
    /// Nothing more goes before the account is paid for again, whatever the status.
    pub capped: bool,
}

/// The API's own error, in one of its forms (NETWORKS.md 1.6): a problem with a title, a list of errors, a code with a message.
pub(super) fn problem(reply: &Reply) -> Option<Problem> {
    if !(400..500).contains(&reply.status) {
        return None;
    }
    let json = reply.json.as_ref()?;
    let text = |value: &Value, name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
    let first = json.get("errors").and_then(|errors| errors.get(0));
    // Of a list's first error the own words are plainer than those of the whole.
    let words_of = |value: &Value| text(value, "message").or_else(|| text(value, "detail"));
    let title = text(json, "title").or_else(|| text(first?, "title"));
    let kind = text(json, "type").or_else(|| text(first?, "type"));
    // A problem of something that stands before the API has the same form and a type of its own.
    if kind
        .as_deref()
        .is_some_and(|kind| kind != "about:blank" && name_of(kind).is_none())
    {
        return None;
    }
    let numbered = json.get("code").is_some_and(Value::is_i64) && json.get("message").is_some();
    if title.is_none() && first.and_then(words_of).is_none() && !numbered {
        return None;
    }
    let words = first
        .and_then(words_of)
        .or_else(|| words_of(json))
        .or(title.clone())?;
    let number = first.unwrap_or(json).get("code").and_then(Value::as_i64);
    let kind = kind.as_deref().and_then(name_of);
    let lower = words.to_lowercase();
    let capped = matches!(kind.as_deref(), Some("usage-capped" | "credits"))
        || matches!(title.as_deref(), Some("CreditsDepleted" | "UsageCapExceeded"));
    let error = ApiError {
        code: code(reply.status, kind.as_deref(), &lower),
        // A token of the app itself: no refresh makes it a person's, only a sign-in does.
        token: kind.as_deref() == Some("unsupported-authentication"),
        // "You are not allowed to create a Tweet with duplicate content." (NETWORKS.md 1.6), and its number of old. The words
        // for a post may change, so the end of them is what counts: if one is taken for a duplicate that is none, it is looked
        // for and asked about; the other way round something that is out would be called turned away.
        // A repost that is there already is one such, and its number is 327.
        duplicate: reply.status == 403
            && (lower.contains("duplicate content")
                || lower.contains("already retweeted")
                || lower.contains("already reposted")
                || matches!(number, Some(187 | 327))),
        words,
    };
    Some(Problem { error, capped })
}

/// OAuth's error, as the token endpoint words it.
pub(super) fn oauth_error(reply: &Reply) -> Option<ApiError> {
    let json = reply.json.as_ref()?;
    let code = json.get("error")?.as_str()?.to_owned();
    let words = json.get("error_description").and_then(Value::as_str);
    Some(ApiError {
        words: words.unwrap_or_default().to_owned(),
        code,
        token: false,
        duplicate: false,
    })
}

/// The last step of a problem's type, which is an address of the API's, by its new name or its old one.
fn name_of(kind: &str) -> Option<String> {
    let name = kind
        .strip_prefix("https://api.x.com/2/problems/")
        .or_else(|| kind.strip_prefix("https://api.twitter.com/2/problems/"))?;
    let plain = !name.is_empty()
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    plain.then(|| name.to_ascii_lowercase())
}

/// What is said in words only (NETWORKS.md 1.6).
const BY_WORDS: [(&str, &str); 11] = [
    ("duplicate content", "duplicate"),
    ("already retweeted", "already_reposted"),
    ("already reposted", "already_reposted"),
    ("suspended", "suspended"),
    ("not permitted", "not_permitted"),
    ("invalid url", "invalid_url"),
    ("cashtag", "cashtag"),
    ("reply to this conversation is not allowed", "reply_not_allowed"),
    ("deleted or not visible", "reply_not_found"),
    ("too long", "too_long"),
    ("media ids are invalid", "media_expired"),
];

/// A code of ours: of the problem's type, else of its words, else of the status.
fn code(status: u16, kind: Option<&str>, lower: &str) -> String {
    if let Some(kind) = kind.filter(|kind| *kind != "invalid-request") {
        return kind.replace('-', "_");
    }
    let by_words = BY_WORDS.iter().find(|(words, _)| lower.contains(words));
    let by_status = match status {
        400 => "bad_request",
        401 => "unauthorized",
        402 => "out_of_credit",
        403 => "forbidden",
        404 => "not_found",
        409 => "conflict",
        413 => "too_large",
        422 => "unprocessable",
        429 => "rate_limit",
        _ => "refused",
    };
    by_words.map_or(by_status, |(_, code)| code).to_owned()
}

/// A page of posts that is whole: as many as it says there are, each with an id.
pub(super) fn page(reply: Reply) -> Result<Page, CallError> {
    if reply.status != 200 {
        return Err(super::call_error(&reply));
    }
    reply
        .json
        .and_then(|json| serde_json::from_value::<Page>(json).ok())
        .filter(|page| {
            page.data.len() == page.meta.result_count && page.data.iter().all(|post| is_id(&post.id))
        })
        .ok_or(CallError::Unclear { status: Some(200) })
}

#[cfg(test)]
mod tests {
    use kossori_core::network::{Network, Said};

    use crate::http::Reply;
    use crate::testing::said;

    #[test]
    fn every_documented_error_has_a_sentence() {
        for (status, body, meant) in [
            (
                403,
                r#"{"detail": "You are not allowed to create a Tweet with duplicate content.", "type": "about:blank", "title": "Forbidden", "status": 403}"#,
                Some(Said::Duplicate),
            ),
            (
                403,
                r#"{"detail": "You are not permitted to perform this action.", "type": "about:blank", "title": "Forbidden", "status": 403}"#,
                Some(Said::NotPermitted),
            ),
            (
                403,
                r#"{"detail": "Your account is not permitted to access this feature.", "type": "about:blank", "title": "Forbidden", "status": 403}"#,
                Some(Said::NotPermitted),
            ),
            (
                403,
                r#"{"detail": "The Tweet contains an invalid URL.", "type": "about:blank", "title": "Forbidden", "status": 403}"#,
                Some(Said::BadLink),
            ),
            (
                403,
                r#"{"detail": "Posts are limited to a maximum of one cashtag.", "type": "about:blank", "title": "Forbidden", "status": 403}"#,
                Some(Said::TooManyCashtags),
            ),
            (
                403,
                r#"{"detail": "Reply to this conversation is not allowed.", "type": "about:blank", "title": "Forbidden", "status": 403}"#,
                Some(Said::ReplyNotAllowed),
            ),
            (
                403,
                r#"{"detail": "d", "type": "https://api.x.com/2/problems/user-suspended", "title": "Forbidden", "status": 403}"#,
                Some(Said::Suspended),
            ),
            (
                429,
                r#"{"detail": "Usage cap exceeded: Monthly product cap", "type": "https://api.x.com/2/problems/usage-capped", "title": "UsageCapExceeded", "status": 429}"#,
                Some(Said::UsageCap),
            ),
            (
                402,
                r#"{"detail": "d", "type": "https://api.x.com/2/problems/credits", "title": "CreditsDepleted", "status": 402}"#,
                Some(Said::OutOfCredit),
            ),
            (
                403,
                r#"{"detail": "Nobody wrote this down.", "type": "about:blank", "title": "Forbidden", "status": 403}"#,
                None,
            ),
        ] {
            let reply = &Reply::of(status, serde_json::from_str(body).unwrap());
            let answer = crate::x::post::refused(reply);
            assert_eq!(said(Network::X, answer), meant, "{body}");
        }
    }
}
