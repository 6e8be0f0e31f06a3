//! A zone's clock over some weeks, as pieces of constant offset, so that the days of a period become instants by
//! addition instead of one look-up each.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::rules::Stretch;

pub(super) const DAY_SECONDS: i64 = 86_400;

/// One piece of constant offset. Seconds since the epoch.
struct Piece {
    from: i64,
    to: i64,
    /// Civil seconds are UTC seconds plus this.
    offset: i64,
    /// Until here the clock shows what it has shown before: the second pass of a repeated hour.
    repeats_until: i64,
}

pub(super) struct Clock(Vec<Piece>);

/// What a period does in an hour that the clock shows twice (RULES.md 1, DST).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Repeated {
    /// Windows: open in the first pass only.
    FirstPass,
    /// Work hours: hold in both.
    BothPasses,
}

impl Clock {
    /// `from` and `to` in seconds since the epoch. A repetition that began before `from` is not known.
    pub(super) fn new(zone: &TimeZone, from: i64, to: i64) -> Clock {
        let start = timestamp(from);
        let mut pieces = vec![Piece {
            from,
            to,
            offset: i64::from(zone.to_offset(start).seconds()),
            repeats_until: from,
        }];
        for transition in zone.following(start) {
            let at = transition.timestamp().as_second();
            if at >= to {
                break;
            }
            let offset = i64::from(transition.offset().seconds());
            let Some(last) = pieces.last_mut() else { break };
            if offset == last.offset {
                continue;
            }
            last.to = at;
            let repeats_until = at + (last.offset - offset).max(0);
            pieces.push(Piece {
                from: at,
                to,
                offset,
                repeats_until,
            });
        }
        Clock(pieces)
    }

    /// The instants at which the clock shows something in `[civil_from, civil_to)`, civil seconds since 1970.
    /// What the clock skips has none.
    pub(super) fn instants(&self, civil_from: i64, civil_to: i64, repeated: Repeated) -> Vec<Stretch> {
        let mut found: Vec<Stretch> = Vec::with_capacity(1);
        for piece in &self.0 {
            let earliest = match repeated {
                Repeated::FirstPass => piece.repeats_until,
                Repeated::BothPasses => piece.from,
            };
            let from = earliest.max(civil_from - piece.offset);
            let to = piece.to.min(civil_to - piece.offset);
            if from >= to {
                continue;
            }
            let (from, to) = (timestamp(from), timestamp(to));
            match found.last_mut() {
                Some(last) if last.to == from => last.to = to,
                _ => found.push(Stretch { from, to }),
            }
        }
        found
    }
}

/// Clamped to what a timestamp can hold.
pub(super) fn timestamp(second: i64) -> Timestamp {
    let end = if second < 0 {
        Timestamp::MIN
    } else {
        Timestamp::MAX
    };
    Timestamp::from_second(second).unwrap_or(end)
}
