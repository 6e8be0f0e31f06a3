//! A timeline on this machine, for trying things out.

use crate::bells::{Bell, row};
use crate::lookup::Resend;
use crate::network::{
    Case, Command, Facts, Field, Form, Limits, MediaLimits, Refers, TextLimit, TextUnit, ThreadSending,
    Warning, Way,
};

pub static FACTS: Facts = Facts {
    name: "practice",
    title: "Practice",
    family: "Practice",
    command: Command {
        about: "The built-in network that needs no account: a local timeline",
        example: "--name me",
    },
    sign_in: Form::of(&[Way::Nobody], &[], &[Field::Name]),
    limits: Limits::of(
        TextLimit {
            cw_counts: true,
            ..TextLimit::of(500, TextUnit::Graphemes)
        },
        MediaLimits::of(4, 2_000_000, 1_500),
        Refers {
            reply: false,
            quote: false,
            repost: false,
        },
    ),
    visibilities: &[],
    warning: Warning::Words,
    has_quotes_with_pictures: true,
    thread: ThreadSending::AtOnce,
    is_paid: false,
    // Its keys are unique.
    resend: |_| Resend::SameKey,
    // What it refuses with is the app's own, and has its sentence already.
    says: &[],
    // Nobody follows it.
    bells: &[row(None, None, None, Bell::Silent)],
    keeps_replies_silent: |_| false,
    cannot_happen: |_, case| {
        Some(match case {
            Case::FailureBefore | Case::FailureAfter | Case::WrongAuthor | Case::Huge | Case::Html => {
                "It is in the app itself: there is no server that could answer so."
            }
            Case::Duplicate => "The same key again is the same post.",
            Case::WiderVisibility => "It has no visibility that could be wider.",
            Case::Quote | Case::Repost => "Nobody else posts there.",
            _ => return None,
        })
    },
};
