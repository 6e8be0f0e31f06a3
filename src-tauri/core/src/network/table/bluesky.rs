//! NETWORKS.md 2.

use crate::bells::{Bell, Kind, row};
use crate::lookup::Resend;
use crate::network::said::{by_code, by_words};
use crate::network::{
    Case, Command, Facts, Field, Form, Limits, MediaLimits, Refers, Said, TextLimit, TextUnit, ThreadSending,
    Warning, Way,
};

pub static FACTS: Facts = Facts {
    name: "bluesky",
    title: "Bluesky",
    family: "Bluesky",
    command: Command {
        about: "Bluesky, with an app password, or by browser for 14 days",
        example: "--handle me.bsky.social --app-password-stdin < password",
    },
    // An app password's session is renewed as long as it is used, one by browser ends after 14 days whatever is done
    // (NETWORKS.md 2.1): for what goes out unattended the app password stands first.
    sign_in: Form {
        lasts_days_by_browser: Some(14),
        ..Form::of(
            &[Way::AppPassword, Way::Browser],
            &[Field::Handle],
            &[Field::Server],
        )
    },
    // NETWORKS.md 2.3, 2.4; of others' posts 2.2: records that name another by its address and content id.
    limits: Limits::of(
        TextLimit {
            max_bytes: Some(3_000),
            ..TextLimit::of(300, TextUnit::Graphemes)
        },
        MediaLimits::of(4, 1_000_000, 2_000),
        Refers {
            reply: true,
            quote: true,
            repost: true,
        },
    ),
    visibilities: &[],
    warning: Warning::Label,
    has_quotes_with_pictures: true,
    thread: ThreadSending::AtOnce,
    is_paid: false,
    // Record keys are unique.
    resend: |_| Resend::SameKey,
    // NETWORKS.md 2.5, and the PDS's own words (com.atproto.repo.*, lexicon validation).
    says: &[
        by_code("AccountTakedown", Said::Suspended),
        by_code("AccountSuspended", Said::Suspended),
        by_code("AccountDeactivated", Said::Deactivated),
        by_code("BlobTooLarge", Said::PictureTooLarge),
        by_code("BlobNotFound", Said::PictureGone),
        by_code("InvalidMimeType", Said::PictureKind),
        by_words("InvalidRequest", "grapheme", Said::TooLong),
        by_words("InvalidRequest", "must not be longer", Said::TooLong),
        by_words("InvalidRequest", "could not find blob", Said::PictureGone),
        by_words("InvalidRequest", "too large", Said::PictureTooLarge),
        by_words("InvalidRequest", "mimetype", Said::PictureKind),
    ],
    // NETWORKS.md 2.6: subscribers choose posts, replies or both, so either rings someone, and the account can
    // only forbid it for all posts. What makes the alerts is not public, so nothing is known of reposts.
    bells: &[
        row(None, None, Some(Kind::TopLevel), Bell::Rings),
        row(None, None, Some(Kind::Reply), Bell::Rings),
        row(None, None, Some(Kind::Repost), Bell::Unknown),
    ],
    keeps_replies_silent: |_| false,
    cannot_happen: |_, case| {
        Some(match case {
            Case::Duplicate => "The same key again is the same post.",
            Case::WiderVisibility => "It has no visibility that could be wider.",
            _ => return None,
        })
    },
};
