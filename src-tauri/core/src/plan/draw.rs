//! The drawing itself: what a moment must fulfil, and the earliest that does.

use std::collections::{BTreeMap, HashMap};

use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};

use super::lane::{Lane, minus, plus};
use super::{
    Blocked, EXACT_GRACE, HORIZON_DAYS, Input, Item, JITTER, LATE, MARGIN, Placed, Reason, Slot, When, Why,
    WhyCode,
};
use crate::calendar::{Opening, Shut, Span};
use crate::ids::AccountId;
use crate::network::Persona;

/// Everything placed so far.
pub(super) struct Table<'a> {
    input: &'a Input<'a>,
    lanes: HashMap<&'a AccountId, Lane<'a>>,
    /// Sends of all accounts, by time: the persona distance lies between any two.
    sends: BTreeMap<Timestamp, Vec<(Persona, usize)>>,
    horizon: Timestamp,
}

/// Sends that are in nobody's queue: those that happened.
const HAPPENED: usize = usize::MAX;
/// Placed by this plan: no longer a kept time that might give way.
const PLACED: usize = usize::MAX - 1;

/// A moment that fulfils everything, and until when it could be later without breaking anything.
struct Found {
    at: Timestamp,
    /// The last moment of the same occurrence that fulfils everything as well.
    latest: Timestamp,
    opening: Opening,
}

impl<'a> Table<'a> {
    pub fn new(input: &'a Input<'a>) -> Table<'a> {
        let horizon = plus(input.now, SignedDuration::from_hours(24 * HORIZON_DAYS));
        let mut lanes = HashMap::new();
        for (id, rules) in input.accounts {
            let spans = input.calendar.spans_from(id, input.now, horizon);
            lanes.insert(id, Lane::new(rules, Box::new(spans)));
        }
        let mut table = Table {
            input,
            lanes,
            sends: BTreeMap::new(),
            horizon,
        };
        for send in input.counted {
            let occurrence = send
                .occurrence
                .as_ref()
                .map(|(window, opened)| (window.as_str(), *opened));
            if let Some(lane) = table.lanes.get_mut(&send.account) {
                lane.add(&send.delivery, send.at, occurrence);
                let persona = lane.rules.persona;
                table.sends.entry(send.at).or_default().push((persona, HAPPENED));
            }
        }
        // Times that stand, of accounts whose turn has not come: a drawn one keeps its persona distance from them.
        for (index, item) in input.queue.iter().enumerate() {
            if let (Some(stored), Some(rules)) = (&item.stored, input.accounts.get(&item.account))
                && !item.held
                && stored.at >= input.now
            {
                table
                    .sends
                    .entry(stored.at)
                    .or_default()
                    .push((rules.persona, index));
            }
        }
        table
    }

    /// The turn of item `index` has come: its stored time stands in nobody's way but its own.
    pub fn leave_kept(&mut self, index: usize) {
        if let Some(stored) = &self.input.queue[index].stored
            && let Some(sends) = self.sends.get_mut(&stored.at)
        {
            sends.retain(|(_, of)| *of != index);
            if sends.is_empty() {
                self.sends.remove(&stored.at);
            }
        }
    }

    pub fn under_way(&mut self, item: &Item) -> Placed {
        if let Some(stored) = &item.stored {
            self.occupy(item, stored);
        }
        Placed {
            id: item.id.clone(),
            slot: item.stored.clone(),
            changed: false,
            reason: None,
            why_not_sooner: Vec::new(),
        }
    }

    pub fn held(&mut self, item: &Item) -> Placed {
        let why = Why {
            code: WhyCode::Hold,
            until: None,
        };
        nowhere(item, Some(Reason::Hold), vec![why])
    }

    /// An exact time is met as asked if an open moment lies within ten minutes after it; later it counts as any
    /// other until it expires.
    pub fn exact(&mut self, item: &Item) -> Placed {
        let When::At { at, override_window } = item.when else {
            return self.drawn(item);
        };
        let now = self.input.now;
        let end = plus(at, EXACT_GRACE);
        if override_window {
            let slot = self.override_slot(item, at, end);
            return self.settle(item, slot, Some(Reason::OutsideWindow), Vec::new());
        }
        if now < end
            && let Some(slot) = self.open_moment(item, at, end)
        {
            return self.settle(item, Some(slot), None, Vec::new());
        }
        self.drawn(item)
    }

    /// Its own ten minutes, against windows, work hours, busy time and overtime; never against a pause or a closing.
    fn override_slot(&self, item: &Item, at: Timestamp, end: Timestamp) -> Option<Slot> {
        let from = standing(item, self.input.now).unwrap_or(self.input.now.max(at));
        if from >= end {
            return None;
        }
        let shut = self.input.calendar.shut_at(&item.account, from);
        if matches!(shut, Some(Shut::Paused | Shut::Closed)) {
            return None;
        }
        let span = self.input.calendar.span_at(&item.account, from);
        let occurrence = span.as_ref().and_then(|span| span.occurrence_at(from));
        Some(Slot {
            at: from,
            window: occurrence.map(|o| o.window.clone()),
            opened: occurrence.map(|o| o.opened),
        })
    }

    fn open_moment(&mut self, item: &Item, at: Timestamp, end: Timestamp) -> Option<Slot> {
        let need = margin(item);
        let mut from = standing(item, self.input.now)
            .unwrap_or(self.input.now.max(at))
            .max(at);
        let lane = self.lanes.get_mut(&item.account)?;
        while from < end {
            let span = lane.span_after(from)?;
            let start = span.from.max(from);
            if start >= end {
                return None;
            }
            if span.to.duration_since(start) >= need {
                let occurrence = span.occurrence_at(start)?;
                return Some(Slot {
                    at: start,
                    window: Some(occurrence.window.clone()),
                    opened: Some(occurrence.opened),
                });
            }
            from = span.to;
        }
        None
    }

    pub fn drawn(&mut self, item: &Item) -> Placed {
        let mut why = Vec::new();
        if let Some(kept) = self.kept(item) {
            if self.input.explain {
                // What the earliest moment for it would be, and what lies before that.
                self.earliest(item, &mut why);
            }
            return self.settle(item, Some(kept), None, why);
        }
        let found = self.earliest(item, &mut why);
        let slot = found.map(|found| {
            let jitter = self.jitter(item, &found);
            if jitter > SignedDuration::ZERO {
                push(&mut why, WhyCode::Jitter, Some(plus(found.at, jitter)));
            }
            Slot {
                at: plus(found.at, jitter),
                window: Some(found.opening.window),
                opened: Some(found.opening.opened),
            }
        });
        let reason = self.shut_reason(item);
        self.settle(item, slot, Some(reason), why)
    }

    /// The stored time, if it stands: it lies ahead, or passed by less than 60 s, and is allowed.
    fn kept(&mut self, item: &Item) -> Option<Slot> {
        let at = standing(item, self.input.now)?;
        let exact_first = matches!(item.when, When::At { at: asked, .. } if at < asked);
        if exact_first || item.not_before.is_some_and(|not_before| at < not_before) || expired(item, at) {
            return None;
        }
        let distance = self.input.persona_gap;
        let now = self.input.now;
        let lane = self.lanes.get_mut(&item.account)?;
        if lane.first.is_some_and(|first| at < first) && !item.first_of_account {
            return None;
        }
        let persona = lane.rules.persona;
        // A time that passed a moment ago is judged by where it will be claimed.
        let judged = at.max(now);
        let span = lane.span_after(judged)?.clone();
        let piece = piece_at(&span, item, judged)?;
        if piece.until.duration_since(judged) < margin(item) {
            return None;
        }
        let counted = span.occurrence_at(judged)?.clone();
        // What it counts for may have changed its name with the windows: the row is brought up to date.
        let slot = Slot {
            at,
            window: Some(counted.window.clone()),
            opened: Some(counted.opened),
        };
        let gap = lane.gap(counted.is_break);
        if lane.count(&counted, &item.id) >= lane.cap() || lane.too_near(judged, gap, &item.id).is_some() {
            return None;
        }
        if self.persona_near(judged, persona, distance).is_some() {
            return None;
        }
        Some(slot)
    }

    /// The earliest moment at which everything holds.
    fn earliest(&mut self, item: &Item, why: &mut Vec<Why>) -> Option<Found> {
        let input = self.input;
        let distance = input.persona_gap;
        let mut at = input.now;
        if let When::At { at: asked, .. } = item.when {
            at = at.max(asked);
        }
        if let Some(not_before) = item.not_before.filter(|not_before| *not_before > at) {
            at = not_before;
            push(why, WhyCode::Retry, Some(at));
        }
        let lane = self.lanes.get(&item.account)?;
        let persona = lane.rules.persona;
        let order = if item.first_of_account {
            None
        } else {
            lane.last.max(lane.first)
        };
        if let Some(last) = order.filter(|last| *last > at) {
            at = last;
            push(why, WhyCode::Order, Some(at));
        }
        loop {
            if at >= self.horizon || expired(item, at) {
                return None;
            }
            let lane = self.lanes.get_mut(&item.account)?;
            let span = lane.span_after(at)?;
            if span.from > at {
                let (from, code) = (span.from, shut_code(input.calendar.shut_at(&item.account, at)));
                at = from;
                push(why, code, Some(at));
            }
            let span = lane.span_after(at)?;
            let Some(piece) = piece_at(span, item, at) else {
                at = next_piece(span, item, at).unwrap_or(span.to);
                push(why, WhyCode::OutsideWindow, Some(at));
                continue;
            };
            if piece.until.duration_since(at) < margin(item) {
                at = piece.until;
                push(why, WhyCode::Margin, Some(at));
                continue;
            }
            let counted = span.occurrence_at(at)?.clone();
            let same_until = counted_until(span, &counted, at).min(piece.until);
            if lane.count(&counted, &item.id) >= lane.cap() {
                at = same_until;
                push(why, WhyCode::Cap, Some(at));
                continue;
            }
            let gap = lane.gap(counted.is_break);
            if let Some(send) = lane.too_near(at, gap, &item.id) {
                at = plus(send, gap);
                push(why, WhyCode::Gap, Some(at));
                continue;
            }
            let next_own = lane.next_send(at, &item.id).map(|send| minus(send, gap));
            if let Some(send) = self.persona_near(at, persona, distance) {
                at = plus(send, distance);
                push(why, WhyCode::Persona, Some(at));
                continue;
            }
            let next_other = self.next_of_others(at, persona).map(|send| minus(send, distance));
            let expiry = item
                .expires_at
                .map(|expires| minus(expires, SignedDuration::from_millis(1)));
            // The margin ends with the piece; the occurrence may change before that.
            let bounds = [
                Some(minus(piece.until, margin(item))),
                Some(minus(same_until, SignedDuration::from_millis(1))),
                next_own,
                next_other,
                expiry,
            ];
            let latest = bounds
                .into_iter()
                .flatten()
                .fold(Timestamp::MAX, Timestamp::min)
                .max(at);
            return Some(Found {
                at,
                latest,
                opening: counted,
            });
        }
    }

    /// `u × J`, and nothing in a break.
    fn jitter(&self, item: &Item, found: &Found) -> SignedDuration {
        let jitters = self
            .lanes
            .get(&item.account)
            .is_some_and(|lane| lane.rules.spacing.jitter);
        if !jitters || found.opening.is_break {
            return SignedDuration::ZERO;
        }
        let widest = found.latest.duration_since(found.at).min(JITTER);
        let u = chance(item, &found.opening);
        // Milliseconds: below 2^53 by far, so nothing is lost on the way.
        #[allow(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            reason = "at most 900,000 ms"
        )]
        let jitter = (u * widest.as_millis() as f64) as i64;
        SignedDuration::from_millis(jitter)
    }

    /// Writes the slot down for those that follow. A blocked account's delivery is placed, so that the others
    /// queue behind it, but shown without a time while its span is open.
    fn settle(&mut self, item: &Item, slot: Option<Slot>, reason: Option<Reason>, why: Vec<Why>) -> Placed {
        let Some(slot) = slot else {
            return nowhere(item, reason, why);
        };
        self.occupy(item, &slot);
        if let Some(lane) = self.lanes.get_mut(&item.account) {
            if item.first_of_account {
                lane.first = lane.first.max(Some(slot.at));
            }
            if !matches!(item.when, When::At { .. }) {
                lane.last = lane.last.max(Some(slot.at));
            }
            if let Some(blocked) = lane.rules.blocked {
                let now = self.input.now;
                let open = lane
                    .span_after(now)
                    .filter(|span| span.holds(now))
                    .map(|span| span.to);
                if open.is_some_and(|until| slot.at < until) {
                    return nowhere(item, Some(blocked_reason(blocked)), why);
                }
            }
        }
        Placed {
            id: item.id.clone(),
            changed: item.stored.as_ref() != Some(&slot),
            slot: Some(slot),
            reason: None,
            why_not_sooner: why,
        }
    }

    fn occupy(&mut self, item: &Item, slot: &Slot) {
        let Some(lane) = self.lanes.get_mut(&item.account) else {
            return;
        };
        let occurrence = slot.window.as_deref().zip(slot.opened);
        lane.add(&item.id, slot.at, occurrence);
        self.sends
            .entry(slot.at)
            .or_default()
            .push((lane.rules.persona, PLACED));
    }

    /// The last send of another persona that is nearer than the distance.
    fn persona_near(&self, at: Timestamp, persona: Persona, distance: SignedDuration) -> Option<Timestamp> {
        let (from, to) = (minus(at, distance), plus(at, distance));
        self.sends
            .range(from..to)
            .rev()
            .find(|(send, of)| **send > from && of.iter().any(|(other, _)| *other != persona))
            .map(|(send, _)| *send)
    }

    fn next_of_others(&self, at: Timestamp, persona: Persona) -> Option<Timestamp> {
        let soon = plus(at, SignedDuration::from_hours(24));
        self.sends
            .range(at..soon)
            .find(|(_, of)| of.iter().any(|(other, _)| *other != persona))
            .map(|(send, _)| *send)
    }

    fn shut_reason(&self, item: &Item) -> Reason {
        match self.input.calendar.shut_at(&item.account, self.input.now) {
            Some(Shut::Paused) => Reason::Paused,
            _ => Reason::NoWindow,
        }
    }
}

/// The stored time if it lies ahead or passed by less than 60 s.
fn standing(item: &Item, now: Timestamp) -> Option<Timestamp> {
    item.stored
        .as_ref()
        .map(|stored| stored.at)
        .filter(|at| now.duration_since(*at) < LATE)
}

fn expired(item: &Item, at: Timestamp) -> bool {
    item.expires_at.is_some_and(|expires| at >= expires)
}

fn margin(item: &Item) -> SignedDuration {
    MARGIN.saturating_mul(i32::try_from(item.calls.max(1)).unwrap_or(i32::MAX))
}

/// The stretch around a moment in which the item may go.
struct Piece {
    until: Timestamp,
}

fn piece_at(span: &Span, item: &Item, at: Timestamp) -> Option<Piece> {
    if at < span.from || at >= span.to {
        return None;
    }
    match &item.when {
        When::Window(name) => span
            .openings
            .iter()
            .find(|opening| &opening.window == name && opening.from <= at && at < opening.to)
            .map(|opening| Piece { until: opening.to }),
        When::Next | When::At { .. } => Some(Piece { until: span.to }),
    }
}

/// Where the named window opens later in the span.
fn next_piece(span: &Span, item: &Item, at: Timestamp) -> Option<Timestamp> {
    let When::Window(name) = &item.when else {
        return None;
    };
    span.openings
        .iter()
        .filter(|o| &o.window == name && o.from > at)
        .map(|o| o.from)
        .min()
}

/// Until when a send counts for the same occurrence: it closes, or one that opened earlier opens again.
fn counted_until(span: &Span, counted: &Opening, at: Timestamp) -> Timestamp {
    let key = |o: &Opening| (!o.is_break, o.opened, o.window.clone());
    let mine = key(counted);
    span.openings
        .iter()
        .filter(|opening| opening.from > at && key(opening) < mine)
        .map(|opening| opening.from)
        .fold(counted.to, Timestamp::min)
}

fn shut_code(shut: Option<Shut>) -> WhyCode {
    match shut {
        Some(Shut::Paused) => WhyCode::Pause,
        Some(Shut::Closed) => WhyCode::Closed,
        Some(Shut::Busy) => WhyCode::Busy,
        Some(Shut::WorkHours | Shut::OutsideWindow) | None => WhyCode::OutsideWindow,
    }
}

fn blocked_reason(blocked: Blocked) -> Reason {
    match blocked {
        Blocked::BehindUnknown => Reason::BehindUnknown,
        Blocked::NeedsSignIn => Reason::NeedsSignIn,
        Blocked::OutOfCredit => Reason::OutOfCredit,
    }
}

fn nowhere(item: &Item, reason: Option<Reason>, why: Vec<Why>) -> Placed {
    Placed {
        id: item.id.clone(),
        slot: None,
        changed: item.stored.is_some(),
        reason,
        why_not_sooner: why,
    }
}

/// One row a run of the same code.
fn push(why: &mut Vec<Why>, code: WhyCode, until: Option<Timestamp>) {
    match why.last_mut() {
        Some(last) if last.code == code => last.until = until,
        _ => why.push(Why { code, until }),
    }
}

/// In [0, 1), of post and occurrence: one post's deliveries go together where nothing keeps them apart.
fn chance(item: &Item, opening: &Opening) -> f64 {
    let mut hash = Sha256::new();
    hash.update(item.post.as_str().as_bytes());
    hash.update([0]);
    hash.update(opening.window.as_bytes());
    hash.update([0]);
    hash.update(opening.opened.as_second().to_be_bytes());
    let digest = hash.finalize();
    let mut first = [0; 4];
    first.copy_from_slice(&digest[..4]);
    f64::from(u32::from_be_bytes(first)) / (f64::from(u32::MAX) + 1.0)
}
