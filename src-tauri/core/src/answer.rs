//! What an answer to the post call means (RULES.md 4): the one table. Adapters say what they saw, in this
//! file's words; what becomes of the delivery is decided here and nowhere else.

use jiff::SignedDuration;

/// What an adapter saw of the post call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// DNS, connect, TLS or proxy failure: no byte of the request was written.
    NeverLeft,
    /// 2xx with the post's id. `author` is the id the server names; an answer that names none proves nothing.
    Posted {
        receipt: Receipt,
        author: Option<String>,
    },
    /// A status with a body that parses as that API's error.
    Refused {
        status: u16,
        kind: Refusal,
        code: String,
        words: String,
    },
    /// Anything else: a cut or late answer, a body that is not that API's, a status without one.
    Unclear { status: Option<u16> },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// 401, or 400/403 whose code says that the token is invalid or expired.
    Token,
    /// `use_dpop_nonce`: the adapter answers it itself, once; seen here only if it came twice.
    Nonce,
    /// 429, with what `Retry-After` said, if it could be read.
    RateLimit { retry_after: Option<SignedDuration> },
    /// 402, X's usage cap.
    OutOfCredit,
    /// Duplicate content, a used idempotency key, any 409.
    Duplicate,
    /// The same, and the API names the post that is there (LinkedIn, NETWORKS.md 6.4).
    DuplicateOf(Box<Receipt>),
    /// 400, 403, 404 or 422 whose code says that the post which this part answers is not there, or may not be seen.
    NoParent,
    /// 400, 403, 404, 413, 422 otherwise; 426, by which LinkedIn says that the API's version is gone.
    Other,
}

/// Proof of a post.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Receipt {
    /// The network's own id of each part that is proved, in order.
    pub ids: Vec<String>,
    /// A thread's is its first part's.
    pub url: Option<String>,
    /// Of the last proved part, if it is not the first: what comes after it answers it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_url: Option<String>,
    /// What the server says it made of the visibility, in its own word, if it says so.
    pub visibility: Option<String>,
}

/// What becomes of the delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Becomes {
    Sent(Receipt),
    /// Back in the queue; it did not leave or was turned away.
    Queued(Why),
    /// Refresh the tokens once in this attempt and call again in the same span; else `needs_sign_in`.
    RefreshOnce,
    Rejected {
        code: String,
        words: String,
    },
    /// It is there, if an earlier call of this part may have been taken; else unknown, since it may be another post of the
    /// same words (RULES.md 5).
    SentBefore(Receipt),
    /// A part of a thread that came before all of the network's servers knew the one before it may be taken a little later;
    /// else it is rejected.
    NotYet {
        code: String,
        words: String,
    },
    Unknown,
}

/// How long a part waits that was turned away because the one before it was not known, each time.
pub const PARENT_WAITS: [SignedDuration; 3] = [
    SignedDuration::from_secs(15),
    SignedDuration::from_secs(60),
    SignedDuration::from_mins(5),
];

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    NeverLeft,
    /// Not before this much later.
    RateLimit(SignedDuration),
    NeedsSignIn,
    OutOfCredit,
}

const RETRY_AFTER_LEAST: SignedDuration = SignedDuration::from_secs(1);
const RETRY_AFTER_MOST: SignedDuration = SignedDuration::from_hours(24);
const RETRY_AFTER_UNREADABLE: SignedDuration = SignedDuration::from_mins(15);

/// How long a rate limit holds: as long as was asked for, within reason.
pub fn retry_after(asked: Option<SignedDuration>) -> SignedDuration {
    asked.map_or(RETRY_AFTER_UNREADABLE, |asked| {
        asked.clamp(RETRY_AFTER_LEAST, RETRY_AFTER_MOST)
    })
}

/// `author` is the id that the claim froze; `refreshed` whether this attempt had its one refresh.
pub fn becomes(answer: Answer, author: &str, refreshed: bool) -> Becomes {
    match answer {
        Answer::NeverLeft => Becomes::Queued(Why::NeverLeft),
        Answer::Posted {
            receipt,
            author: named,
        } if named.as_deref() == Some(author) => Becomes::Sent(receipt),
        // Posted by somebody else, or by nobody knows whom: nobody can call that sent.
        Answer::Posted { .. } => Becomes::Unknown,
        Answer::Refused {
            status,
            kind,
            code,
            words,
        } => match kind {
            Refusal::Token | Refusal::Nonce if !refreshed => Becomes::RefreshOnce,
            Refusal::Token | Refusal::Nonce => Becomes::Queued(Why::NeedsSignIn),
            Refusal::RateLimit { retry_after: asked } => Becomes::Queued(Why::RateLimit(retry_after(asked))),
            Refusal::OutOfCredit => Becomes::Queued(Why::OutOfCredit),
            Refusal::Duplicate => Becomes::Unknown,
            Refusal::DuplicateOf(there) => Becomes::SentBefore(*there),
            Refusal::NoParent if matches!(status, 400 | 403 | 404 | 422) => Becomes::NotYet { code, words },
            Refusal::NoParent => Becomes::Unknown,
            Refusal::Other if matches!(status, 400 | 403 | 404 | 413 | 422 | 426) => {
                Becomes::Rejected { code, words }
            }
            Refusal::Other => Becomes::Unknown,
        },
        Answer::Unclear { .. } => Becomes::Unknown,
    }
}

#[cfg(test)]
#[path = "answer_tests.rs"]
mod tests;
