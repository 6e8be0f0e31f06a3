//! Is the wall clock to be trusted? (RULES.md 7)

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

const DRIFT: SignedDuration = SignedDuration::from_secs(90);
const SERVER_TOLERANCE: SignedDuration = SignedDuration::from_secs(120);

/// Wall clock minus time since boot: the same number for as long as nobody sets the clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Baseline(pub Timestamp);

impl Baseline {
    pub fn take(now: Timestamp, since_boot: SignedDuration) -> Baseline {
        Baseline(now.saturating_sub(since_boot).unwrap_or(Timestamp::MIN))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// The wall clock moved against the time since boot by more than 90 s.
    Jumped,
    /// The newest journal row lies in the future.
    BeforeJournal,
}

/// Is there a reason to doubt the clock now?
pub fn doubt(
    baseline: Baseline,
    now: Timestamp,
    since_boot: SignedDuration,
    newest_journal: Option<Timestamp>,
) -> Option<Doubt> {
    if newest_journal.is_some_and(|newest| now < newest) {
        return Some(Doubt::BeforeJournal);
    }
    let moved = Baseline::take(now, since_boot).0.duration_since(baseline.0).abs();
    (moved > DRIFT).then_some(Doubt::Jumped)
}

/// Does a signed-in server's `Date` agree with the wall clock?
pub fn agrees(now: Timestamp, server_date: Timestamp) -> bool {
    now.duration_since(server_date).abs() <= SERVER_TOLERANCE
}
