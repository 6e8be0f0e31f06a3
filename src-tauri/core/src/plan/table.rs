//! Everything placed so far: who stands in whose way.

use std::collections::{BTreeMap, HashMap};

use jiff::{SignedDuration, Timestamp};

use super::lane::{Lane, Sort};
use super::moment::{earliest_allowed, expired, margin, minus, piece_until, plus, standing};
use super::{
    Blocked, EXACT_GRACE, HORIZON_DAYS, Input, Item, JITTER, Placed, Reason, Slot, When, Why, WhyCode,
};
use crate::ids::AccountId;
use crate::network::Persona;

pub(super) struct Table<'a> {
    pub input: &'a Input<'a>,
    pub lanes: Vec<Lane<'a>>,
    /// By the item's place in the queue; `None` for an account that does not exist.
    pub lane_of: Vec<Option<usize>>,
    /// Sends of all accounts by time, those that happened, those placed and the stored times of those whose turn
    /// has not come: the persona distance lies between any two. The number is the item's place in the queue; what
    /// happened has numbers beyond.
    sends: BTreeMap<(Timestamp, usize), Persona>,
    /// The moment for which the item's stored time holds a place in `sends`.
    pub kept: Vec<Option<Timestamp>>,
    pub horizon: Timestamp,
}

/// Why not sooner, written down only for those who ask.
pub(super) struct Reasons {
    asked: bool,
    pub rows: Vec<Why>,
}

impl Reasons {
    /// One row a run of the same code.
    pub fn push(&mut self, code: WhyCode, until: Option<Timestamp>) {
        match self.rows.last_mut() {
            _ if !self.asked => {}
            Some(last) if last.code == code => last.until = until,
            _ => self.rows.push(Why { code, until }),
        }
    }
}

impl<'a> Table<'a> {
    pub fn new(input: &'a Input<'a>) -> Table<'a> {
        let horizon = plus(input.now, SignedDuration::from_hours(24 * HORIZON_DAYS));
        let lanes: Vec<Lane<'a>> = input
            .accounts
            .iter()
            .map(|(id, rules)| {
                Lane::new(
                    rules,
                    input.calendar.spans_from(id, input.now, horizon),
                    input.now,
                )
            })
            .collect();
        let numbers: HashMap<&AccountId, usize> = input
            .accounts
            .keys()
            .enumerate()
            .map(|(lane, id)| (id, lane))
            .collect();
        let mut table = Table {
            input,
            lanes,
            lane_of: input
                .queue
                .iter()
                .map(|item| numbers.get(&item.account).copied())
                .collect(),
            sends: BTreeMap::new(),
            kept: vec![None; input.queue.len()],
            horizon,
        };
        for (index, send) in input.counted.iter().enumerate() {
            let Some(lane) = numbers.get(&send.account).map(|lane| &mut table.lanes[*lane]) else {
                continue;
            };
            let occurrence = send
                .occurrence
                .as_ref()
                .map(|(window, opened)| (window.as_str(), *opened));
            let place = (send.at, input.queue.len() + index);
            lane.add(place, &send.delivery, Sort::Real, occurrence);
            table.sends.insert(place, lane.rules.persona);
        }
        for (index, item) in input.queue.iter().enumerate() {
            if let Some(lane) = table.lane_of[index]
                && let Some(at) = stands_alone(&mut table.lanes[lane], item, input.now)
            {
                table.kept[index] = Some(at);
                table.sends.insert((at, index), table.lanes[lane].rules.persona);
            }
        }
        table
    }

    pub fn reasons(&self) -> Reasons {
        Reasons {
            asked: self.input.explain,
            rows: Vec::new(),
        }
    }

    pub fn under_way(&mut self, index: usize) -> Placed {
        let item = &self.input.queue[index];
        if let Some(stored) = &item.stored {
            self.occupy(index, stored, Sort::Real);
        }
        Placed {
            id: item.id.clone(),
            slot: item.stored.clone(),
            changed: false,
            reason: None,
            why_not_sooner: Vec::new(),
        }
    }

    pub fn held(&mut self, index: usize) -> Placed {
        let why = Why {
            code: WhyCode::Hold,
            until: None,
        };
        self.nowhere(index, Reason::Hold, vec![why])
    }

    pub fn over_cap(&mut self, index: usize) -> Placed {
        let why = Why {
            code: WhyCode::CostCap,
            until: None,
        };
        self.nowhere(index, Reason::CostCap, vec![why])
    }

    /// Writes the slot down for those that follow. A blocked account's delivery is placed, so that its others queue
    /// behind it, but has no time while its span is open. `in_order`: the account's next ones come after it.
    pub fn settle(&mut self, index: usize, slot: Slot, in_order: bool, why: Vec<Why>) -> Placed {
        let item = &self.input.queue[index];
        let Some(lane) = self.lane_of[index].map(|lane| &mut self.lanes[lane]) else {
            return self.nowhere(index, Reason::NoWindow, why);
        };
        if item.first_of_account {
            // It is to be out before the next is claimed.
            lane.first = lane.first.max(Some(plus(slot.at, margin(item))));
        }
        if in_order {
            lane.placed_in_order(&item.when, slot.at);
        }
        if let Some(blocked) = lane.rules.blocked
            && lane.hides(slot.at)
        {
            self.occupy(index, &slot, Sort::Shadow);
            return self.nowhere(index, blocked_reason(blocked), why);
        }
        self.occupy(index, &slot, Sort::Real);
        Placed {
            id: item.id.clone(),
            changed: item.stored.as_ref() != Some(&slot),
            slot: Some(slot),
            reason: None,
            why_not_sooner: why,
        }
    }

    pub fn nowhere(&mut self, index: usize, reason: Reason, why: Vec<Why>) -> Placed {
        self.leave_kept(index);
        let item = &self.input.queue[index];
        Placed {
            id: item.id.clone(),
            slot: None,
            changed: item.stored.is_some(),
            reason: Some(reason),
            why_not_sooner: why,
        }
    }

    fn occupy(&mut self, index: usize, slot: &Slot, sort: Sort) {
        self.leave_kept(index);
        let Some(lane) = self.lane_of[index].map(|lane| &mut self.lanes[lane]) else {
            return;
        };
        let occurrence = slot.window.as_deref().zip(slot.opened);
        lane.add((slot.at, index), &self.input.queue[index].id, sort, occurrence);
        // What has no time keeps no other persona away.
        if sort == Sort::Real {
            self.sends.insert((slot.at, index), lane.rules.persona);
        }
    }

    /// The item's turn is over: its stored time holds no place any more.
    fn leave_kept(&mut self, index: usize) {
        if let Some(at) = self.kept[index].take() {
            self.sends.remove(&(at, index));
        }
    }

    /// The last send of another persona that is nearer than the distance. `and_kept`: the stored times of those
    /// whose turn has not come too. A drawing goes out of their way, a stored time in front of them does not.
    pub fn persona_near(&self, at: Timestamp, persona: Persona, and_kept: bool) -> Option<Timestamp> {
        let distance = self.input.persona_gap;
        let (from, to) = (minus(at, distance), plus(at, distance));
        self.sends
            .range((from, 0)..(to, 0))
            .rev()
            .find(|((send, number), other)| {
                let kept = self.kept.get(*number).is_some_and(Option::is_some);
                *send > from && **other != persona && (and_kept || !kept)
            })
            .map(|((send, _), _)| *send)
    }

    /// The first send of another persona from `at` on that `at` and its jitter could come too near.
    pub fn next_of_others(&self, at: Timestamp, persona: Persona) -> Option<Timestamp> {
        let to = plus(plus(at, self.input.persona_gap), JITTER);
        self.sends
            .range((at, 0)..=(to, usize::MAX))
            .find(|(_, other)| **other != persona)
            .map(|((send, _), _)| *send)
    }
}

/// When the item would be claimed by its stored time, if that is still ahead and allowed as far as no other delivery
/// comes into it. A time that passed a moment ago is judged by now.
fn stands_alone(lane: &mut Lane<'_>, item: &Item, now: Timestamp) -> Option<Timestamp> {
    let at = standing(item, now)?.max(now);
    if lane.hides(at) || at < earliest_allowed(item, now) || expired(item, at) {
        return None;
    }
    if let When::At {
        at: asked,
        override_window: true,
    } = item.when
    {
        return (at < plus(asked, EXACT_GRACE)).then_some(at);
    }
    let until = piece_until(lane.span_after(at)?, item, at)?;
    (until.duration_since(at) >= margin(item)).then_some(at)
}

fn blocked_reason(blocked: Blocked) -> Reason {
    match blocked {
        Blocked::BehindUnknown => Reason::BehindUnknown,
        Blocked::NeedsSignIn => Reason::NeedsSignIn,
        Blocked::ProxyMissing => Reason::ProxyMissing,
        Blocked::OutOfCredit => Reason::OutOfCredit,
        Blocked::Keyring => Reason::Keyring,
    }
}
