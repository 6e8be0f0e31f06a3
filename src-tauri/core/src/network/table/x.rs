//! NETWORKS.md 1.

use crate::bells::{Bell, Kind, row};
use crate::lookup::Resend;
use crate::network::said::{by_code, by_words};
use crate::network::sign_in::REGISTERED;
use crate::network::{
    Case, Command, Facts, Field, Form, Limits, MediaLimits, Refers, Said, TextLimit, TextUnit, ThreadSending,
    Warning, Way,
};

pub static FACTS: Facts = Facts {
    name: "x",
    title: "X",
    family: "X",
    command: Command {
        about: "X, with the client ID of an app of your own",
        example: "--client-id ID",
    },
    // The person's own client id; a refresh token's life is not documented (NETWORKS.md 1.1).
    sign_in: Form {
        ports: REGISTERED,
        ..Form::of(&[Way::Browser, Way::Token], &[Field::ClientId], &[Field::Server])
    },
    // NETWORKS.md 1.3 to 1.5. Quotes were taken from self-serve (1.2).
    limits: Limits::of(
        TextLimit::of(280, TextUnit::Weighted),
        MediaLimits::of(4, 5_000_000, 1_000),
        Refers {
            reply: true,
            quote: false,
            repost: true,
        },
    ),
    visibilities: &[],
    warning: Warning::None,
    has_quotes_with_pictures: true,
    thread: ThreadSending::PartByPart,
    is_paid: true,
    resend: |_| Resend::Never,
    // NETWORKS.md 1.6. The adapter's own codes are the names themselves; these are the problems' types.
    says: &[
        by_code("usage_capped", Said::UsageCap),
        by_code("user_suspended", Said::Suspended),
        by_code("client_forbidden", Said::NotPermitted),
        by_code("not_authorized_for_resource", Said::NotPermitted),
        by_code("oauth1_permissions", Said::NotPermitted),
        by_code("credits", Said::OutOfCredit),
        by_words("forbidden", "not permitted", Said::NotPermitted),
        by_words("forbidden", "access this feature", Said::NotPermitted),
        by_code("invalid_url", Said::BadLink),
        by_code("cashtag", Said::TooManyCashtags),
        by_code("media_expired", Said::PictureGone),
        by_code("too_large", Said::PictureTooLarge),
    ],
    // NETWORKS.md 1.7: no way to post without the bell; what replies and reposts do was never shown.
    bells: &[row(None, None, Some(Kind::TopLevel), Bell::Rings)],
    keeps_replies_silent: |_| false,
    cannot_happen: |_, case| {
        Some(match case {
            Case::WrongAuthor => "Its answer names no author; whose the token is was asked at the claim.",
            Case::WiderVisibility => "It has no visibility that could be wider.",
            Case::Quote => "Who pays for what they use may not quote there.",
            _ => return None,
        })
    },
};
