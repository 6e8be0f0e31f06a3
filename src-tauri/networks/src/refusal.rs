//! From an API's own error to the engine's words, the same for every network that answers in JSON.

use kossori_core::answer::{Answer, Refusal};
use kossori_engine::ports::CallError;

use crate::http::{Failure, Reply};

/// An error that the API itself worded. A body that is none of these is not believed (RULES.md 4).
#[derive(Clone, Debug)]
pub(crate) struct ApiError {
    pub code: String,
    pub words: String,
    /// The code says that the token is invalid or expired, whatever the status.
    pub token: bool,
    /// The code says that the same thing was posted before.
    pub duplicate: bool,
}

const MOST_WORDS: usize = 500;
/// A Bluesky handle has 253 at most, others a name and a domain.
const MOST_HANDLE: usize = 320;
const MOST_CODE: usize = 100;

/// The server's words as they may be kept and shown: one line, not endless, and in the order in which they stand.
pub(crate) fn tame(words: &str) -> String {
    words
        .chars()
        .map(|c| if is_wild(c) { ' ' } else { c })
        .take(MOST_WORDS)
        .collect()
}

/// What it calls an account: the same, and short.
pub(crate) fn tame_handle(handle: &str) -> String {
    tame(handle.trim()).chars().take(MOST_HANDLE).collect()
}

/// A code is a word or a few, for programs.
fn tame_code(code: &str) -> String {
    let plain = |c: char| if c.is_ascii_graphic() { c } else { '_' };
    code.chars().map(plain).take(MOST_CODE).collect()
}

/// What moves a terminal's cursor, ends a line, or turns round what stands beside it.
fn is_wild(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// What a reply to the post call means if it is no success.
pub(crate) fn answer(reply: &Reply, error: Option<ApiError>) -> Answer {
    let status = reply.status;
    let Some(error) = error.filter(|_| (400..500).contains(&status)) else {
        return Answer::Unclear { status: Some(status) };
    };
    let kind = match status {
        401 => Refusal::Token,
        402 => Refusal::OutOfCredit,
        400 | 403 if error.token => Refusal::Token,
        429 => Refusal::RateLimit {
            retry_after: reply.retry_after,
        },
        409 => Refusal::Duplicate,
        _ if error.duplicate => Refusal::Duplicate,
        _ => Refusal::Other,
    };
    Answer::Refused {
        status,
        kind,
        code: tame_code(&error.code),
        words: tame(&error.words),
    }
}

/// What the answer to the post call of a part says, if its code says that what it answers is not there.
pub(crate) fn without_parent(answer: Answer, says_so: impl Fn(u16, &str) -> bool) -> Answer {
    match answer {
        Answer::Refused {
            status,
            kind: Refusal::Other,
            code,
            words,
        } if says_so(status, &code) => Answer::Refused {
            status,
            kind: Refusal::NoParent,
            code,
            words,
        },
        answer => answer,
    }
}

/// What a reply to any other call means if it is no success.
pub(crate) fn call_error(reply: &Reply, error: Option<ApiError>) -> CallError {
    let status = reply.status;
    if status == 429 {
        return CallError::RateLimit {
            retry_after: reply.retry_after,
        };
    }
    let Some(error) = error.filter(|_| (400..500).contains(&status)) else {
        return CallError::Unclear { status: Some(status) };
    };
    let (code, words) = (tame_code(&error.code), tame(&error.words));
    if status == 402 {
        CallError::OutOfCredit
    } else if status == 401 || (error.token && matches!(status, 400 | 403)) {
        CallError::Token { code, words }
    } else {
        CallError::Refused { status, code, words }
    }
}

/// What a call before the post call means to it: whatever went wrong, nothing was posted.
pub(crate) fn call_answer(error: CallError) -> Answer {
    let refused = |status, kind, code, words| Answer::Refused {
        status,
        kind,
        code,
        words,
    };
    match error {
        CallError::Token { code, words } => refused(401, Refusal::Token, code, words),
        CallError::RateLimit { retry_after } => refused(
            429,
            Refusal::RateLimit { retry_after },
            "rate_limit".to_owned(),
            String::new(),
        ),
        CallError::OutOfCredit => refused(
            402,
            Refusal::OutOfCredit,
            "out_of_credit".to_owned(),
            String::new(),
        ),
        CallError::Refused { status, code, words } => refused(status, Refusal::Other, code, words),
        CallError::Offline
        | CallError::Unclear { .. }
        | CallError::AddressRefused
        | CallError::BadFrozen
        | CallError::Unsupported(_) => Answer::NeverLeft,
    }
}

impl From<Failure> for Answer {
    fn from(failure: Failure) -> Self {
        match failure {
            // Nothing was written in either case; the address will be refused again and shown by the next call.
            Failure::NeverLeft | Failure::AddressRefused => Answer::NeverLeft,
            Failure::Cut => Answer::Unclear { status: None },
            Failure::Senseless { status } => Answer::Unclear { status: Some(status) },
        }
    }
}

impl From<Failure> for CallError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::NeverLeft | Failure::Cut => CallError::Offline,
            Failure::AddressRefused => CallError::AddressRefused,
            Failure::Senseless { status } => CallError::Unclear { status: Some(status) },
        }
    }
}
