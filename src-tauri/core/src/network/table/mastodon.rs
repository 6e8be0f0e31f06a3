//! NETWORKS.md 3: Mastodon, and the servers with its API.

use crate::bells::{Bell, Kind, row};
use crate::lookup::{KEY_LIFE, Resend};
use crate::network::cases::NO_KEYS;
use crate::network::said::{by_code, by_words};
use crate::network::{
    Case, Command, Facts, Field, Form, Limits, MediaLimits, Refers, Said, Software, TextLimit, TextUnit,
    ThreadSending, Visibility, Warning, Way,
};

pub static FACTS: Facts = Facts {
    name: "mastodon",
    title: "Mastodon",
    family: "Mastodon family",
    command: Command {
        about: "Mastodon and servers like it, by browser or with a token",
        example: "--server https://example.social",
    },
    sign_in: Form::of(&[Way::Browser, Way::Paste, Way::Token], &[Field::Server], &[]),
    // NETWORKS.md 3.3, 3.4. The server says whether it has quotes; reposts all of them have (3.1, 3.2, 3.9).
    limits: Limits::of(
        TextLimit {
            url_length: Some(23),
            cw_counts: true,
            ..TextLimit::of(500, TextUnit::Graphemes)
        },
        MediaLimits::of(4, 16 * 1024 * 1024, 1_500),
        Refers {
            reply: true,
            quote: false,
            repost: true,
        },
    ),
    visibilities: &[
        Visibility::Public,
        Visibility::Unlisted,
        Visibility::Private,
        Visibility::Direct,
    ],
    warning: Warning::Words,
    has_quotes_with_pictures: true,
    thread: ThreadSending::PartByPart,
    is_paid: false,
    resend: |software| {
        if software.locks_idempotency_key() {
            Resend::WithinKeyLife(KEY_LIFE)
        } else {
            Resend::Never
        }
    },
    // NETWORKS.md 3.5. Its errors have words alone, in the language of the server.
    says: &[
        by_words("unprocessable", "duplicate", Said::Duplicate),
        by_words("bad_request", "duplicate idempotency key", Said::Duplicate),
        by_code("conflict", Said::Duplicate),
        by_words("unprocessable", "character", Said::TooLong),
        by_words("unprocessable", "not finished processing", Said::PictureNotReady),
        by_words("unprocessable", "media", Said::PictureGone),
        by_words("unprocessable", "text can't be blank", Said::Empty),
        by_words("forbidden", "empty statuses", Said::Empty),
        by_words("forbidden", "suspended", Said::Suspended),
        by_words("forbidden", "login is currently disabled", Said::Suspended),
        by_code("forbidden", Said::NotPermitted),
        by_words("bad_request", "direct visibility", Said::VisibilityNotAllowed),
        by_words("not_found", "trying to reply", Said::ReplyNotFound),
        by_code("too_large", Said::PictureTooLarge),
    ],
    bells: &[
        // NETWORKS.md 3.6: Mastodon rings its own for everything but boosts, replies to others and direct posts, unlisted
        // and private ones too. Elsewhere Friendica rings for reshares and Misskey for renotes (4.6), and Akkoma for a
        // direct post that a subscriber can see. Replies to oneself ring and those to others do not: the kind covers both.
        row(Some(Software::Mastodon), None, Some(Kind::Repost), Bell::Unknown),
        row(
            Some(Software::Mastodon),
            Some(Visibility::Direct),
            None,
            Bell::Unknown,
        ),
        row(Some(Software::Mastodon), None, None, Bell::Rings),
        // NETWORKS.md 3.6: subscribers hear of a post that answers none and that they can see, a direct one that mentions
        // them too; a boost tells its author alone. A follower on Mastodon is rung by each reply to oneself, one on
        // Friendica or Misskey by reshares.
        row(Some(Software::Akkoma), None, Some(Kind::TopLevel), Bell::Rings),
        row(Some(Software::Akkoma), None, None, Bell::Unknown),
        row(Some(Software::Pleroma), None, Some(Kind::TopLevel), Bell::Rings),
        row(Some(Software::Pleroma), None, None, Bell::Unknown),
        // NETWORKS.md 3.6: its own are rung by what is neither a boost nor a reply. Those elsewhere as above.
        row(
            Some(Software::GoToSocial),
            None,
            Some(Kind::TopLevel),
            Bell::Rings,
        ),
        // NETWORKS.md 3.6: by top-level posts and reshares. snac has no bell, and of Pixelfed none is known: what
        // followers elsewhere hear of those is unknown here.
        row(Some(Software::Friendica), None, Some(Kind::TopLevel), Bell::Rings),
        row(Some(Software::Friendica), None, Some(Kind::Repost), Bell::Rings),
    ],
    // NETWORKS.md 3.6. Mastodon itself rings for each reply to oneself; of the others nobody knows.
    keeps_replies_silent: |software| {
        matches!(
            software,
            Software::Akkoma | Software::Pleroma | Software::GoToSocial | Software::Friendica
        )
    },
    cannot_happen: |software, case| {
        Some(match (case, software) {
            (Case::Duplicate, Software::Mastodon | Software::Akkoma | Software::Pleroma) => {
                "The same key again is answered with the same post."
            }
            (Case::Duplicate, software) if software != Software::Pixelfed => NO_KEYS,
            (Case::Token | Case::TokenInThread, Software::Snac) => {
                "It turns a token away without a word, which is not believed: the post is looked up."
            }
            (Case::Quote, software) if !matches!(software, Software::Mastodon | Software::Friendica) => {
                "It is not known to have quotes, and would leave one out without a word."
            }
            _ => return None,
        })
    },
};
