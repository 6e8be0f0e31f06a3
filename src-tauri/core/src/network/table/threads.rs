//! NETWORKS.md 5.

use crate::lookup::Resend;
use crate::network::said::{by_code, by_words};
use crate::network::{
    Case, Command, Facts, Field, Form, Limits, MediaLimits, Refers, Said, TextLimit, TextUnit, ThreadSending,
    Warning, Way,
};

pub static FACTS: Facts = Facts {
    name: "threads",
    title: "Threads",
    family: "Threads",
    command: Command {
        about: "Threads, with a token or an app of your own",
        example: "--token-stdin < token",
    },
    // NETWORKS.md 5.1.
    sign_in: Form {
        lasts_days: Some(60),
        ..Form::of(
            &[Way::Token, Way::Paste],
            &[],
            &[Field::ClientId, Field::ClientSecret, Field::Server],
        )
    },
    // NETWORKS.md 5.2, 5.3: pictures only from a public address, which nothing here has. Of posts one's own can be
    // answered, quoted and reposted: others' are not to be found by their address.
    limits: Limits::of(
        TextLimit {
            max_links: Some(5),
            ..TextLimit::of(500, TextUnit::EmojiBytes)
        },
        MediaLimits::of(0, 8_000_000, 1_000),
        Refers {
            reply: true,
            quote: true,
            repost: true,
        },
    ),
    visibilities: &[],
    warning: Warning::None,
    has_quotes_with_pictures: true,
    thread: ThreadSending::PartByPart,
    is_paid: false,
    // Only publishing the same container again, which the adapter guarantees.
    resend: |_| Resend::SameKey,
    // NETWORKS.md 5.2, 5.3, and the codes that all of Meta's Graph API shares.
    says: &[
        by_code("threads_api__link_limit_exceeded", Said::TooManyLinks),
        by_code("graph_10", Said::NotPermitted),
        by_code("graph_200", Said::NotPermitted),
        by_code("graph_100_4279019", Said::ReplyNotFound),
        by_code("graph_4_2207042", Said::RateLimit),
        by_code("graph_506", Said::Duplicate),
        by_code("graph_368", Said::BlockedForNow),
        by_words("graph_100", "can be quoted", Said::QuoteNotFound),
        by_words("graph_100", "at most 500", Said::TooLong),
    ],
    // NETWORKS.md 5.6: nothing is documented.
    bells: &[],
    keeps_replies_silent: |_| false,
    cannot_happen: |_, case| {
        Some(match case {
            Case::Pictures => "It takes pictures from a public address only, which nothing here has.",
            Case::WiderVisibility => "It has no visibility that could be wider.",
            _ => return None,
        })
    },
};
