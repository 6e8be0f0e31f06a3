//! One account's sends and spans, as the plan fills them.

use std::collections::{BTreeMap, HashMap};

use jiff::{SignedDuration, Timestamp};

use super::{AccountRules, BREAK_GAP};
use crate::calendar::{Opening, Span};
use crate::ids::DeliveryId;

/// The account's open time, read from the calendar as far as anybody asked, and what is placed in it.
pub(super) struct Lane<'a> {
    pub rules: &'a AccountRules,
    spans: Vec<Span>,
    more: Box<dyn Iterator<Item = Span> + 'a>,
    /// Sends of this account: those that happened and those placed.
    sends: BTreeMap<Timestamp, Vec<DeliveryId>>,
    /// Sends an occurrence, by its start; a delivery counts once, however often it was tried.
    counts: HashMap<Timestamp, Vec<(String, DeliveryId)>>,
    /// The last drawn placement: queue order is kept.
    pub last: Option<Timestamp>,
    /// What has begun goes first: nothing of the account before this.
    pub first: Option<Timestamp>,
}

impl<'a> Lane<'a> {
    pub fn new(rules: &'a AccountRules, spans: Box<dyn Iterator<Item = Span> + 'a>) -> Lane<'a> {
        Lane {
            rules,
            spans: Vec::new(),
            more: spans,
            sends: BTreeMap::new(),
            counts: HashMap::new(),
            last: None,
            first: None,
        }
    }

    /// The first span that ends after `at`.
    pub fn span_after(&mut self, at: Timestamp) -> Option<&Span> {
        while self.spans.last().is_none_or(|span| span.to <= at) {
            self.spans.push(self.more.next()?);
        }
        let index = self.spans.partition_point(|span| span.to <= at);
        self.spans.get(index)
    }

    pub fn add(&mut self, delivery: &DeliveryId, at: Timestamp, occurrence: Option<(&str, Timestamp)>) {
        self.sends.entry(at).or_default().push(delivery.clone());
        if let Some((window, opened)) = occurrence {
            let counted = self.counts.entry(opened).or_default();
            if !counted.iter().any(|(name, id)| name == window && id == delivery) {
                counted.push((window.to_owned(), delivery.clone()));
            }
        }
    }

    /// Sends of others counted for this occurrence.
    pub fn count(&self, opening: &Opening, but: &DeliveryId) -> usize {
        self.counts.get(&opening.opened).map_or(0, |counted| {
            counted
                .iter()
                .filter(|(window, id)| *window == opening.window && id != but)
                .count()
        })
    }

    pub fn cap(&self) -> usize {
        self.rules.spacing.per_window as usize
    }

    pub fn gap(&self, in_break: bool) -> SignedDuration {
        let own = SignedDuration::from_mins(i64::from(self.rules.spacing.gap_minutes));
        if in_break { own.min(BREAK_GAP) } else { own }
    }

    /// The last send of another delivery that is nearer to `at` than `gap`.
    pub fn too_near(&self, at: Timestamp, gap: SignedDuration, but: &DeliveryId) -> Option<Timestamp> {
        let (from, to) = (minus(at, gap), plus(at, gap));
        self.sends
            .range(from..to)
            .rev()
            .find(|(send, ids)| **send > from && ids.iter().any(|id| id != but))
            .map(|(send, _)| *send)
    }

    /// The first send of another delivery at or after `at`.
    pub fn next_send(&self, at: Timestamp, but: &DeliveryId) -> Option<Timestamp> {
        self.sends
            .range(at..)
            .find(|(_, ids)| ids.iter().any(|id| id != but))
            .map(|(send, _)| *send)
    }
}

pub(super) fn plus(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.saturating_add(by).unwrap_or(Timestamp::MAX)
}

pub(super) fn minus(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.saturating_sub(by).unwrap_or(Timestamp::MIN)
}
