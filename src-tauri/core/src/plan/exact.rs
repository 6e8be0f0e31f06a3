//! Exact times: as asked, without jitter, gap or cap, but counted (RULES.md 2).

use jiff::{SignedDuration, Timestamp};

use super::moment::{earliest_allowed, expired, margin, plus, standing};
use super::table::Table;
use super::{EXACT_GRACE, Item, Placed, Reason, Slot, When};
use crate::calendar::Shut;

impl Table<'_> {
    /// An exact time is met if an open moment lies within ten minutes after it. `None`: it is not, or no more; it
    /// counts as any other until it expires. An override never does, it is missed.
    pub fn exact(&mut self, index: usize) -> Option<Placed> {
        let item = &self.input.queue[index];
        let When::At { at, override_window } = item.when else {
            return None;
        };
        let end = plus(at, EXACT_GRACE);
        let slot = self.start(index).and_then(|start| {
            if override_window {
                self.override_slot(item, start, end)
            } else {
                self.open_slot(index, start, end)
            }
        });
        match slot {
            Some(slot) => Some(self.settle(index, slot, false, Vec::new())),
            None if override_window => Some(self.nowhere(index, Reason::OutsideWindow, Vec::new())),
            None => None,
        }
    }

    /// From where the item is looked at: its stored time if that stands, never before what has begun is out.
    fn start(&self, index: usize) -> Option<Timestamp> {
        let item = &self.input.queue[index];
        let lane = &self.lanes[self.lane_of[index]?];
        let now = self.input.now;
        let first = lane.first.filter(|_| !item.parts_out).unwrap_or(now);
        let allowed = earliest_allowed(item, now).max(first);
        Some(standing(item, now).map_or(allowed, |stored| stored.max(allowed)))
    }

    /// Its own ten minutes, against windows, work hours, busy time and overtime; never against a pause or a closing.
    fn override_slot(&self, item: &Item, start: Timestamp, end: Timestamp) -> Option<Slot> {
        let calendar = self.input.calendar;
        let barred = |at: Timestamp| {
            matches!(
                calendar.shut_at(&item.account, at),
                Some(Shut::Paused | Shut::Closed)
            )
        };
        let need = margin(item);
        // Second by second, but only while something bars it: a pause may end within the ten minutes.
        let second = SignedDuration::from_secs(1);
        let mut at = start;
        while barred(at) || barred(plus(at, need)) {
            at = plus(at, second);
            if at >= end {
                return None;
            }
        }
        if plus(at, need) > end || expired(item, at) {
            return None;
        }
        let span = calendar.span_at(&item.account, at);
        let occurrence = span.as_ref().and_then(|span| span.occurrence_at(at));
        Some(Slot {
            at: self.as_stored(item, at),
            window: occurrence.map(|opening| opening.window.clone()),
            opened: occurrence.map(|opening| opening.opened),
        })
    }

    fn open_slot(&mut self, index: usize, start: Timestamp, end: Timestamp) -> Option<Slot> {
        let item = &self.input.queue[index];
        let need = margin(item);
        let mut from = start;
        let lane = self.lane_of[index].map(|lane| &mut self.lanes[lane])?;
        loop {
            let span = lane.span_after(from)?;
            let at = span.from.max(from);
            if at >= end || expired(item, at) {
                return None;
            }
            if span.to.duration_since(at) >= need {
                let counted = span.occurrence_at(at)?;
                let (window, opened) = (Some(counted.window.clone()), Some(counted.opened));
                let at = self.as_stored(item, at);
                return Some(Slot { at, window, opened });
            }
            from = span.to;
        }
    }

    /// A stored time that passed a moment ago stands as it is stored, though it is judged by now.
    fn as_stored(&self, item: &Item, at: Timestamp) -> Timestamp {
        let now = self.input.now;
        standing(item, now).filter(|_| at == now).unwrap_or(at)
    }
}
