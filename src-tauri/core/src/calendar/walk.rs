//! The spans of an account, found some weeks at a time, so that a plan may ask for a year and pay for a week.

use std::vec::IntoIter;

use jiff::Timestamp;

use super::zone::{DAY_SECONDS, timestamp};
use super::{Calendar, Span};
use crate::ids::AccountId;

/// The first look is short, for those who want the next span only; then each is twice as long.
const FIRST_DAYS: i64 = 4;
const MOST_DAYS: i64 = 64;

pub(super) struct Walk<'a> {
    calendar: &'a Calendar,
    account: &'a AccountId,
    /// All before here has been looked at.
    seen: Timestamp,
    to: Timestamp,
    days: i64,
    found: IntoIter<Span>,
    /// The last span found: what follows may still belong to it.
    open: Option<Span>,
}

impl<'a> Walk<'a> {
    pub(super) fn new(
        calendar: &'a Calendar,
        account: &'a AccountId,
        from: Timestamp,
        to: Timestamp,
    ) -> Walk<'a> {
        Walk {
            calendar,
            account,
            seen: from,
            to,
            days: FIRST_DAYS,
            found: Vec::new().into_iter(),
            open: None,
        }
    }
}

impl Iterator for Walk<'_> {
    type Item = Span;

    fn next(&mut self) -> Option<Span> {
        loop {
            if let Some(span) = self.found.next() {
                match self.open.take() {
                    None => self.open = Some(span),
                    Some(open) if open.to == span.from => self.open = Some(joined(open, span)),
                    Some(open) => {
                        self.open = Some(span);
                        return Some(open);
                    }
                }
            } else if self.seen >= self.to || self.open.as_ref().is_some_and(|open| open.to < self.seen) {
                return self.open.take();
            } else {
                let until = timestamp(self.seen.as_second() + self.days * DAY_SECONDS).min(self.to);
                self.found = self
                    .calendar
                    .stretch_of_spans(self.account, self.seen, until)
                    .into_iter();
                self.seen = until;
                self.days = (self.days * 2).min(MOST_DAYS);
            }
        }
    }
}

/// `before` ends where `after` begins, because a look ended there: an occurrence cut by it is made whole.
fn joined(mut before: Span, after: Span) -> Span {
    let seam = after.from;
    for opening in after.openings {
        let cut = before.openings.iter_mut().rev().find(|earlier| {
            opening.from == seam
                && earlier.to == seam
                && earlier.is_break == opening.is_break
                && earlier.opened == opening.opened
                && earlier.window == opening.window
        });
        match cut {
            Some(earlier) => earlier.to = opening.to,
            None => before.openings.push(opening),
        }
    }
    before.to = after.to;
    before
}
