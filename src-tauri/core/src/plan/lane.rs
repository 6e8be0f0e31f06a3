//! One account's open time and sends, as the plan fills them.

use std::collections::{BTreeMap, HashMap};

use jiff::{SignedDuration, Timestamp};

use super::moment::{minus, plus};
use super::{AccountRules, BREAK_GAP, JITTER, When};
use crate::calendar::{Opening, Span};
use crate::ids::DeliveryId;

/// How a send came to stand here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sort {
    /// It happened, or it is planned.
    Real,
    /// The place in the queue of a delivery that cannot be claimed now. Those drawn behind it queue behind it; a
    /// time that is stored does not give way to it.
    Shadow,
}

/// The account's open time, read from the calendar as far as anybody asked, and what is placed in it.
pub(super) struct Lane<'a> {
    pub rules: &'a AccountRules,
    spans: Vec<Span>,
    more: Box<dyn Iterator<Item = Span> + 'a>,
    /// The end of the span that is open now, if the account is blocked: before it nothing has a time.
    hidden_until: Option<Timestamp>,
    /// Sends of this account, by time and then by a number that is its own.
    sends: BTreeMap<(Timestamp, usize), (&'a DeliveryId, Sort)>,
    /// Sends an occurrence, by its start; a delivery counts once, however often it was tried.
    counts: HashMap<Timestamp, Vec<(String, &'a DeliveryId, Sort)>>,
    /// The last drawn placement: queue order is kept.
    last: Option<Timestamp>,
    /// The last of those that wait for a day, by that day. They keep the queue's order among themselves.
    last_of_days: BTreeMap<Timestamp, Timestamp>,
    /// What has begun goes first: nothing else of the account before this.
    pub first: Option<Timestamp>,
}

impl<'a> Lane<'a> {
    pub fn new(rules: &'a AccountRules, spans: impl Iterator<Item = Span> + 'a, now: Timestamp) -> Lane<'a> {
        let mut lane = Lane {
            rules,
            spans: Vec::new(),
            more: Box::new(spans),
            hidden_until: None,
            sends: BTreeMap::new(),
            counts: HashMap::new(),
            last: None,
            last_of_days: BTreeMap::new(),
            first: None,
        };
        if rules.blocked.is_some() {
            lane.hidden_until = lane
                .span_after(now)
                .filter(|span| span.holds(now))
                .map(|span| span.to);
        }
        lane
    }

    /// Where the queue's order ends so far for what is asked so: what waits for a later day keeps nobody back.
    pub fn last(&self, when: &When) -> Option<Timestamp> {
        match when {
            When::FromDay { from, .. } => self.last_of_days.range(..=*from).map(|(_, at)| *at).max(),
            When::Next | When::Window(_) | When::At { .. } => self.last,
        }
    }

    pub fn placed_in_order(&mut self, when: &When, at: Timestamp) {
        if let When::FromDay { from, .. } = when {
            let last = self.last_of_days.entry(*from).or_insert(at);
            *last = at.max(*last);
        } else {
            self.last = self.last.max(Some(at));
        }
    }

    /// The first span that ends after `at`.
    pub fn span_after(&mut self, at: Timestamp) -> Option<&Span> {
        while self.spans.last().is_none_or(|span| span.to <= at) {
            self.spans.push(self.more.next()?);
        }
        self.span_read(at)
    }

    /// The same, of what was read so far.
    pub fn span_read(&self, at: Timestamp) -> Option<&Span> {
        let index = self.spans.partition_point(|span| span.to <= at);
        self.spans.get(index)
    }

    /// At `at` the account would be in the span that is open now, and cannot be claimed.
    pub fn hides(&self, at: Timestamp) -> bool {
        self.hidden_until.is_some_and(|until| at < until)
    }

    pub fn add(
        &mut self,
        (at, number): (Timestamp, usize),
        delivery: &'a DeliveryId,
        sort: Sort,
        occurrence: Option<(&str, Timestamp)>,
    ) {
        self.sends.insert((at, number), (delivery, sort));
        if let Some((window, opened)) = occurrence {
            let counted = self.counts.entry(opened).or_default();
            if !counted
                .iter()
                .any(|(name, id, _)| name == window && *id == delivery)
            {
                counted.push((window.to_owned(), delivery, sort));
            }
        }
    }

    /// The occurrence has as many sends of others as it may.
    pub fn full(&self, opening: &Opening, but: &DeliveryId, shadows: bool) -> bool {
        let sends = self.counts.get(&opening.opened).map_or(0, |counted| {
            counted
                .iter()
                .filter(|(window, id, sort)| {
                    *window == opening.window && *id != but && (shadows || *sort == Sort::Real)
                })
                .count()
        });
        sends >= self.rules.spacing.per_window as usize
    }

    pub fn gap(&self, opening: &Opening) -> SignedDuration {
        let own = SignedDuration::from_mins(i64::from(self.rules.spacing.gap_minutes));
        if opening.is_break { own.min(BREAK_GAP) } else { own }
    }

    /// The last send of another delivery that is nearer to `at` than `gap`.
    pub fn too_near(
        &self,
        at: Timestamp,
        gap: SignedDuration,
        but: &DeliveryId,
        shadows: bool,
    ) -> Option<Timestamp> {
        let (from, to) = (minus(at, gap), plus(at, gap));
        self.sends
            .range((from, 0)..(to, 0))
            .rev()
            .find(|((send, _), (id, sort))| *send > from && *id != but && (shadows || *sort == Sort::Real))
            .map(|((send, _), _)| *send)
    }

    /// The first send of another delivery from `at` on that `at` and its jitter could come too near.
    pub fn next_send(&self, at: Timestamp, gap: SignedDuration, but: &DeliveryId) -> Option<Timestamp> {
        let to = plus(plus(at, gap), JITTER);
        self.sends
            .range((at, 0)..=(to, usize::MAX))
            .find(|(_, (id, _))| *id != but)
            .map(|((send, _), _)| *send)
    }
}
