//! What may become of a post, and where it cannot: each with its reason. The tests ask every adapter the same; what stands
//! here is what they do not ask.

use super::{Network, Software};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Case {
    Publish,
    Thread,
    Pictures,
    /// The same once more is turned away by the server.
    Duplicate,
    LostAnswer,
    /// The token is refused at the post call.
    Token,
    /// The same, at the last call of a thread.
    TokenInThread,
    RateLimit,
    FailureBefore,
    FailureAfter,
    /// The answer names somebody else.
    WrongAuthor,
    /// Readers are more than were asked for.
    WiderVisibility,
    /// The server has it, and answers when nobody waits any more.
    Slow,
    Huge,
    /// A page of somebody else's.
    Html,
    /// Words with another post beside them; and its answer lost.
    Quote,
    /// Another post as it is, and taken back; and its answer lost.
    Repost,
}

impl Case {
    pub const ALL: [Case; 17] = [
        Case::Publish,
        Case::Thread,
        Case::Pictures,
        Case::Duplicate,
        Case::LostAnswer,
        Case::Token,
        Case::TokenInThread,
        Case::RateLimit,
        Case::FailureBefore,
        Case::FailureAfter,
        Case::WrongAuthor,
        Case::WiderVisibility,
        Case::Slow,
        Case::Huge,
        Case::Html,
        Case::Quote,
        Case::Repost,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Case::Publish => "publish",
            Case::Thread => "thread",
            Case::Pictures => "pictures",
            Case::Duplicate => "duplicate",
            Case::LostAnswer => "lost answer",
            Case::Token => "token refused",
            Case::TokenInThread => "token refused in a thread",
            Case::RateLimit => "rate limit",
            Case::FailureBefore => "5xx before",
            Case::FailureAfter => "5xx after",
            Case::WrongAuthor => "wrong author",
            Case::WiderVisibility => "wider visibility",
            Case::Slow => "slow",
            Case::Huge => "huge",
            Case::Html => "HTML",
            Case::Quote => "quote",
            Case::Repost => "repost",
        }
    }
}

/// Why `case` cannot happen there. `None`: it can.
pub fn cannot_happen(network: Network, software: Software, case: Case) -> Option<&'static str> {
    (network.facts().cannot_happen)(software, case)
}

/// Of networks that have no keys by which a second copy would be known.
pub(super) const NO_KEYS: &str =
    "It refuses no second copy, so nothing is ever sent to it a second time by itself.";
