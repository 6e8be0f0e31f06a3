//! Unknown outcomes: when to look, and what a look that found nothing allows (RULES.md 5).

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::network::{Network, Software};

/// When the looks come, counted from the moment the outcome became unknown. A parameter, so that tests need
/// not wait for hours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LookTimes {
    pub first: Vec<SignedDuration>,
    /// After the listed ones, every so often while online.
    pub then_every: SignedDuration,
    /// What may be resent is, once a look this late or later found nothing.
    pub resend_from: SignedDuration,
    /// The person is asked once a look this late or later found nothing …
    pub ask_from: SignedDuration,
    /// … or after this long without one such look that succeeded.
    pub ask_at_latest: SignedDuration,
}

impl Default for LookTimes {
    fn default() -> Self {
        LookTimes {
            first: vec![
                SignedDuration::from_secs(2),
                SignedDuration::from_secs(15),
                SignedDuration::from_secs(60),
                SignedDuration::from_mins(10),
            ],
            then_every: SignedDuration::from_hours(1),
            resend_from: SignedDuration::from_secs(60),
            ask_from: SignedDuration::from_mins(10),
            ask_at_latest: SignedDuration::from_hours(24),
        }
    }
}

impl LookTimes {
    /// The moment of the look after `looks` looks, none of them before `since`.
    pub fn next(&self, since: Timestamp, looks: u32) -> Timestamp {
        let index = looks as usize;
        let after = match self.first.get(index) {
            Some(after) => *after,
            None => {
                let last = self.first.last().copied().unwrap_or(SignedDuration::ZERO);
                let more = i32::try_from(index + 1 - self.first.len()).unwrap_or(i32::MAX);
                last.saturating_add(self.then_every.saturating_mul(more))
            }
        };
        since.saturating_add(after).unwrap_or(Timestamp::MAX)
    }
}

/// What a network lets us do about an unknown outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resend {
    /// The same record under the same key: a second copy cannot come of it.
    SameKey,
    /// The same `Idempotency-Key`, for so long after the first try.
    WithinKeyLife(SignedDuration),
    Never,
}

/// How long after the first try a Mastodon-like server's key may still be used: it lives one hour there.
pub const KEY_LIFE: SignedDuration = SignedDuration::from_mins(50);

pub fn resend(network: Network, software: Software) -> Resend {
    (network.facts().resend)(software)
}

/// What a look that did not find it was worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Looked {
    Absent,
    /// It told nothing. The first one after a night may only have come before the network did.
    Failed,
    /// And neither did the one before.
    FailedAgain,
}

/// What to do after a look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    LookAgain,
    /// Freeze stays; it goes again as it is in the next open span, or this one.
    SendAgain,
    AskPerson,
}

/// After a look that found nothing, or could not be made.
///
/// `since`: when the outcome became unknown. `first_try`: when the post call was first made. A look that succeeds later than
/// `ask_from` asks or sends again, so where this goes on for a day, none has since.
pub fn verdict(
    times: &LookTimes,
    resend: Resend,
    since: Timestamp,
    first_try: Timestamp,
    now: Timestamp,
    looked: Looked,
) -> Verdict {
    let open_for = now.duration_since(since);
    let may_resend = match resend {
        Resend::SameKey => true,
        // A clock that was set back past the first try cannot tell its age.
        Resend::WithinKeyLife(life) => first_try <= now && now.duration_since(first_try) < life,
        Resend::Never => false,
    };
    let absent = looked == Looked::Absent;
    if absent && may_resend && open_for >= times.resend_from {
        return Verdict::SendAgain;
    }
    if absent && open_for >= times.ask_from {
        return Verdict::AskPerson;
    }
    if looked == Looked::FailedAgain && open_for >= times.ask_at_latest {
        return Verdict::AskPerson;
    }
    Verdict::LookAgain
}

#[cfg(test)]
#[path = "lookup_tests.rs"]
mod tests;
