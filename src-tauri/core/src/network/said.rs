//! What a server's no says, where its documentation tells: a name, to which the catalogues have a sentence and a next step
//! (`said.NAME`, `said_next.NAME`). What is in no row keeps the server's own words.

use super::Network;

macro_rules! said {
    ($($variant:ident = $name:literal,)+) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Said {
            $($variant,)+
        }

        impl Said {
            pub const ALL: &[Said] = &[$(Said::$variant),+];

            pub fn as_str(self) -> &'static str {
                match self {
                    $(Said::$variant => $name,)+
                }
            }
        }
    };
}

said! {
    // Found out by an adapter itself, before anything is sent.
    ReplyNotFound = "reply_not_found",
    QuoteNotFound = "quote_not_found",
    RepostNotFound = "repost_not_found",
    QuoteNotAllowed = "quote_not_allowed",
    RepostNotAllowed = "repost_not_allowed",
    AlreadyReposted = "already_reposted",
    ReplyWouldBeWider = "reply_would_be_wider",
    QuoteWouldBeWider = "quote_would_be_wider",
    RepostWouldBeWider = "repost_would_be_wider",
    // Said by a server.
    ReplyNotAllowed = "reply_not_allowed",
    Duplicate = "duplicate",
    Suspended = "suspended",
    Deactivated = "deactivated",
    NotPermitted = "not_permitted",
    BlockedForNow = "blocked_for_now",
    RateLimit = "rate_limit",
    OutOfCredit = "out_of_credit",
    UsageCap = "usage_cap",
    ForbiddenWords = "forbidden_words",
    TooManyMentions = "too_many_mentions",
    TooManyLinks = "too_many_links",
    TooManyCashtags = "too_many_cashtags",
    BadLink = "bad_link",
    TooLong = "too_long",
    Empty = "empty",
    VisibilityNotAllowed = "visibility_not_allowed",
    PictureGone = "picture_gone",
    PictureNotReady = "picture_not_ready",
    PictureTooLarge = "picture_too_large",
    PictureKind = "picture_kind",
    PictureIndecent = "picture_indecent",
    NoRoomForPictures = "no_room_for_pictures",
    VersionGone = "version_gone",
}

/// One documented error. Of several that fit, the first counts.
#[derive(Clone, Copy, Debug)]
pub struct SaidRow {
    /// The adapter's code of it, which is the API's where that has codes.
    pub code: &'static str,
    /// A part of the words, in lower case, where the code alone does not tell; empty: the code does.
    pub words: &'static str,
    pub said: Said,
}

pub(super) const fn by_code(code: &'static str, said: Said) -> SaidRow {
    SaidRow {
        code,
        words: "",
        said,
    }
}

pub(super) const fn by_words(code: &'static str, words: &'static str, said: Said) -> SaidRow {
    SaidRow { code, words, said }
}

impl Network {
    /// `code` and `words` as they are kept with a refusal. `None`: nobody has documented it.
    pub fn said(self, code: &str, words: &str) -> Option<Said> {
        let words = words.to_lowercase();
        let documented = self
            .facts()
            .says
            .iter()
            .find(|row| row.code == code && words.contains(row.words))
            .map(|row| row.said);
        // An adapter's own code is the name itself.
        documented.or_else(|| Said::ALL.iter().copied().find(|said| said.as_str() == code))
    }
}

#[cfg(test)]
mod tests {
    use super::Said;
    use crate::network::Network;

    #[test]
    fn a_row_that_an_earlier_one_hides_is_a_mistake() {
        for network in Network::ALL {
            let rows = network.facts().says;
            for (at, row) in rows.iter().enumerate() {
                assert_eq!(row.words, row.words.to_lowercase(), "{network}: {}", row.code);
                let hidden = rows[..at]
                    .iter()
                    .any(|earlier| earlier.code == row.code && row.words.contains(earlier.words));
                assert!(!hidden, "{network}: {} {:?}", row.code, row.words);
            }
        }
    }

    #[test]
    fn words_are_read_whatever_their_case_and_unknown_ones_are_left() {
        let said = |code, words| Network::Mastodon.said(code, words);
        assert_eq!(
            said(
                "unprocessable",
                "Validation failed: Text CHARACTER limit of 500 exceeded"
            ),
            Some(Said::TooLong)
        );
        assert_eq!(said("unprocessable", "Something nobody wrote down"), None);
        assert_eq!(said("quote_not_found", ""), Some(Said::QuoteNotFound));
        assert_eq!(Network::Bluesky.said("unprocessable", "character limit"), None);
    }
}
