//! NETWORKS.md 6.

use crate::lookup::Resend;
use crate::network::said::{by_code, by_words};
use crate::network::sign_in::REGISTERED;
use crate::network::{
    Case, Command, Facts, Field, Form, Limits, MediaLimits, Refers, Said, TextLimit, TextUnit, ThreadSending,
    Visibility, Warning, Way,
};

pub static FACTS: Facts = Facts {
    name: "linkedin",
    title: "LinkedIn",
    family: "LinkedIn",
    command: Command {
        about: "LinkedIn, with a token or an app of your own",
        example: "--client-id ID --secret-stdin < secret",
    },
    // NETWORKS.md 6.1.
    sign_in: Form {
        ports: REGISTERED,
        lasts_days: Some(60),
        ..Form::of(
            &[Way::Browser, Way::Paste, Way::Token],
            &[],
            &[Field::ClientId, Field::ClientSecret, Field::Server],
        )
    },
    // NETWORKS.md 6.2, 6.3; of the text no official number, so the unit is the one that counts most. What answers or
    // follows a post there is a comment.
    limits: Limits::of(
        TextLimit::of(3_000, TextUnit::Utf16),
        MediaLimits {
            max_pixels: 36_152_319,
            ..MediaLimits::of(20, 8_000_000, 4_086)
        },
        Refers {
            reply: false,
            quote: true,
            repost: true,
        },
    )
    .in_parts(1),
    // PUBLIC and CONNECTIONS (NETWORKS.md 6.2).
    visibilities: &[Visibility::Public, Visibility::Private],
    warning: Warning::None,
    // A post has either `reshareContext` or `content` (NETWORKS.md 6.2).
    has_quotes_with_pictures: false,
    thread: ThreadSending::PartByPart,
    is_paid: false,
    resend: |_| Resend::Never,
    // NETWORKS.md 6.2, 6.4, and the Posts API's page of errors.
    says: &[
        by_code("duplicate_post", Said::Duplicate),
        by_code("access_denied", Said::NotPermitted),
        by_code("service_100", Said::NotPermitted),
        by_code("nonexistent_version", Said::VersionGone),
        by_words("field_length_too_long", "commentary", Said::TooLong),
        by_words("not_found", "does not exist", Said::QuoteNotFound),
        by_code("media_asset_waiting_upload", Said::PictureNotReady),
    ],
    // NETWORKS.md 6.5: nothing is documented.
    bells: &[],
    keeps_replies_silent: |_| false,
    cannot_happen: |_, case| {
        Some(match case {
            Case::Thread | Case::TokenInThread => {
                "What follows a post there is a comment, so a post has one part."
            }
            Case::WrongAuthor => {
                "Its answer names no author, and it refuses a post under another author's name."
            }
            Case::WiderVisibility => "Its answer does not tell the visibility, and nobody may read it back.",
            _ => return None,
        })
    },
};
