//! NETWORKS.md 4.

use crate::bells::{Bell, Kind, row};
use crate::lookup::Resend;
use crate::network::cases::NO_KEYS;
use crate::network::said::{by_code, by_words};
use crate::network::{
    Case, Command, Facts, Field, Form, Limits, MediaLimits, Refers, Said, TextLimit, TextUnit, ThreadSending,
    Visibility, Warning, Way,
};

pub static FACTS: Facts = Facts {
    name: "misskey",
    title: "Misskey",
    family: "Misskey and its forks",
    command: Command {
        about: "Misskey and its forks, by browser or with a token",
        example: "--server https://example.social",
    },
    // MiAuth (NETWORKS.md 4.1).
    sign_in: Form::of(&[Way::Browser, Way::Token], &[Field::Server], &[]),
    // NETWORKS.md 4.2 to 4.4; of others' posts `replyId`, and `renoteId` with words or without.
    limits: Limits::of(
        TextLimit {
            cw_max: Some(100),
            ..TextLimit::of(3_000, TextUnit::CodePoints)
        },
        MediaLimits::of(16, 30 * 1024 * 1024, 512),
        Refers {
            reply: true,
            quote: true,
            repost: true,
        },
    ),
    // Its own words are public, home, followers, specified (NETWORKS.md 4.2).
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
    resend: |_| Resend::Never,
    // NETWORKS.md 4.4, 4.5; notes/create names the rest.
    says: &[
        by_code("YOUR_ACCOUNT_SUSPENDED", Said::Suspended),
        by_code("YOUR_ACCOUNT_MOVED", Said::Deactivated),
        by_code("PERMISSION_DENIED", Said::NotPermitted),
        by_code("ROLE_PERMISSION_DENIED", Said::NotPermitted),
        by_code("CONTAINS_PROHIBITED_WORDS", Said::ForbiddenWords),
        by_code("CONTAINS_TOO_MANY_MENTIONS", Said::TooManyMentions),
        by_code("NO_SUCH_REPLY_TARGET", Said::ReplyNotFound),
        by_code("CANNOT_REPLY_TO_AN_INVISIBLE_NOTE", Said::ReplyNotFound),
        by_code("CANNOT_REPLY_TO_A_PURE_RENOTE", Said::ReplyNotAllowed),
        by_code(
            "CANNOT_REPLY_TO_SPECIFIED_VISIBILITY_NOTE_WITH_EXTENDED_VISIBILITY",
            Said::ReplyWouldBeWider,
        ),
        by_code("NO_SUCH_RENOTE_TARGET", Said::RepostNotFound),
        by_code("CANNOT_RENOTE_TO_A_PURE_RENOTE", Said::RepostNotAllowed),
        by_code("CANNOT_RENOTE_DUE_TO_VISIBILITY", Said::RepostNotAllowed),
        by_code("YOU_HAVE_BEEN_BLOCKED", Said::ReplyNotAllowed),
        by_code("NO_SUCH_FILE", Said::PictureGone),
        by_code("MAX_FILE_SIZE_EXCEEDED", Said::PictureTooLarge),
        by_code("REQUEST_TOO_LARGE", Said::PictureTooLarge),
        by_code("UNALLOWED_FILE_TYPE", Said::PictureKind),
        by_code("INAPPROPRIATE", Said::PictureIndecent),
        by_code("NO_FREE_SPACE", Said::NoRoomForPictures),
        by_code("MAX_LENGTH", Said::TooLong),
        by_words("INVALID_PARAM", "/text/maxlength", Said::TooLong),
    ],
    // NETWORKS.md 4.6: every reply is silent, to oneself too; renotes, home and followers ring; specified does not. But
    // a follower on Mastodon is rung by replies to oneself, a subscriber on Akkoma by a specified post that they see.
    bells: &[
        row(None, None, Some(Kind::Reply), Bell::Unknown),
        row(None, Some(Visibility::Direct), None, Bell::Unknown),
        row(None, None, None, Bell::Rings),
    ],
    // It and its forks alert for notes that answer none (NETWORKS.md 4.6).
    keeps_replies_silent: |_| true,
    cannot_happen: |_, case| (case == Case::Duplicate).then_some(NO_KEYS),
};
