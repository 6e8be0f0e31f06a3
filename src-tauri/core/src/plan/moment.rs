//! What can be said of one item and one moment without looking at any other.

use jiff::{SignedDuration, Timestamp};

use super::{Item, LATE, MARGIN, When};
use crate::calendar::{Opening, Span};

/// The stored time if it lies ahead or passed by less than 60 s.
pub(super) fn standing(item: &Item, now: Timestamp) -> Option<Timestamp> {
    item.stored
        .as_ref()
        .map(|stored| stored.at)
        .filter(|at| now.duration_since(*at) < LATE)
}

pub(super) fn expired(item: &Item, at: Timestamp) -> bool {
    item.expires_at.is_some_and(|expires| at >= expires)
}

/// Too soon: before its retry time, or before the exact time or the day that was asked for.
pub(super) fn earliest_allowed(item: &Item, now: Timestamp) -> Timestamp {
    let asked = match item.when {
        When::At { at, .. } | When::FromDay { from: at, .. } => at,
        When::Next | When::Window(_) => now,
    };
    now.max(asked).max(item.not_before.unwrap_or(now))
}

/// How much of the span a claim needs ahead (RULES.md 3).
pub(super) fn margin(item: &Item) -> SignedDuration {
    MARGIN.saturating_mul(i32::try_from(item.calls.max(1)).unwrap_or(i32::MAX))
}

/// The occurrences that the item waits for.
struct Named<'a> {
    window: &'a str,
    from: Timestamp,
}

impl Named<'_> {
    /// One that crosses midnight is of the day on which it opens.
    fn is(&self, opening: &Opening) -> bool {
        opening.window == self.window && opening.opened >= self.from
    }
}

fn named(item: &Item) -> Option<Named<'_>> {
    let (window, from) = match &item.when {
        When::Window(window) => (window, Timestamp::MIN),
        When::FromDay {
            window: Some(window),
            from,
        } => (window, *from),
        When::FromDay { window: None, .. } | When::Next | When::At { .. } => return None,
    };
    Some(Named { window, from })
}

/// Until when the stretch around `at` lasts in which the item may go; `None` if it may not go at `at`.
pub(super) fn piece_until(span: &Span, item: &Item, at: Timestamp) -> Option<Timestamp> {
    if !span.holds(at) {
        return None;
    }
    let Some(named) = named(item) else {
        return Some(span.to);
    };
    span.openings
        .iter()
        .find(|opening| named.is(opening) && opening.from <= at && at < opening.to)
        .map(|opening| opening.to)
}

/// Where the named window opens later in the span.
pub(super) fn next_piece(span: &Span, item: &Item, at: Timestamp) -> Option<Timestamp> {
    let named = named(item)?;
    span.openings
        .iter()
        .filter(|opening| named.is(opening) && opening.from > at)
        .map(|o| o.from)
        .min()
}

/// Until when a send counts for the same occurrence: it closes, or one that goes before it opens.
pub(super) fn counted_until(span: &Span, counted: &Opening, at: Timestamp) -> Timestamp {
    span.openings
        .iter()
        .filter(|opening| opening.from > at && opening.rank() < counted.rank())
        .map(|opening| opening.from)
        .fold(counted.to, Timestamp::min)
}

pub(super) fn plus(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.saturating_add(by).unwrap_or(Timestamp::MAX)
}

pub(super) fn minus(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.saturating_sub(by).unwrap_or(Timestamp::MIN)
}
