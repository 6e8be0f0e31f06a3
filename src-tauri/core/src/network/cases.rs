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
    RateLimit,
    FailureBefore,
    FailureAfter,
    /// The answer names somebody else.
    WrongAuthor,
    /// Readers are more than were asked for.
    WiderVisibility,
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
    pub const ALL: [Case; 16] = [
        Case::Publish,
        Case::Thread,
        Case::Pictures,
        Case::Duplicate,
        Case::LostAnswer,
        Case::Token,
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
    let no_keys = "It refuses no second copy, so nothing is ever sent to it a second time by itself.";
    Some(match (network, case) {
        (
            Network::Practice,
            Case::FailureBefore | Case::FailureAfter | Case::WrongAuthor | Case::Huge | Case::Html,
        ) => "It is in the app itself: there is no server that could answer so.",
        (Network::LinkedIn, Case::Thread) => {
            "What follows a post there is a comment, so a post has one part."
        }
        (Network::Threads, Case::Pictures) => {
            "It takes pictures from a public address only, which nothing here has."
        }
        (Network::Misskey, Case::Duplicate) => no_keys,
        (Network::Mastodon, Case::Duplicate) if software != Software::Pixelfed => match software {
            Software::Mastodon | Software::Akkoma | Software::Pleroma => {
                "The same key again is answered with the same post."
            }
            _ => no_keys,
        },
        (Network::Bluesky | Network::Practice, Case::Duplicate) => "The same key again is the same post.",
        (Network::Mastodon, Case::Token) if software == Software::Snac => {
            "It turns a token away without a word, which is not believed: the post is looked up."
        }
        (Network::LinkedIn, Case::WrongAuthor) => {
            "Its answer names no author, and it refuses a post under another author's name."
        }
        (Network::Bluesky | Network::Practice | Network::X | Network::Threads, Case::WiderVisibility) => {
            "It has no visibility that could be wider."
        }
        (Network::LinkedIn, Case::WiderVisibility) => {
            "Its answer does not tell the visibility, and nobody may read it back."
        }
        (Network::Practice, Case::Quote | Case::Repost) => "Nobody else posts there.",
        (Network::X, Case::Quote) => "Who pays for what they use may not quote there.",
        (Network::Mastodon, Case::Quote) => match software {
            Software::Mastodon | Software::Friendica => return None,
            _ => "It is not known to have quotes, and would leave one out without a word.",
        },
        _ => return None,
    })
}
