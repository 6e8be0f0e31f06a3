//! The drawing itself: what a moment must fulfil, and the earliest that does.

use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};

use super::moment::{counted_until, earliest_allowed, expired, margin, minus, next_piece, piece_until, plus};
use super::table::{Reasons, Table};
use super::{Item, JITTER, Placed, Reason, Slot, When, WhyCode};
use crate::calendar::{Opening, Shut};

/// A moment that fulfils everything, and until when it could be later without breaking anything.
struct Found {
    at: Timestamp,
    /// The last moment of the same occurrence that fulfils everything as well.
    latest: Timestamp,
    opening: Opening,
}

/// The least by which a moment is before another.
const LEAST: SignedDuration = SignedDuration::from_millis(1);

/// 2 to the 32nd: what is divided by it stays below 1.
const BEYOND_U32: f64 = 4_294_967_296.0;

impl Table<'_> {
    pub fn drawn(&mut self, index: usize) -> Placed {
        let item = &self.input.queue[index];
        // An exact time that lies ahead and cannot be met keeps nobody waiting until then.
        let in_order = !matches!(item.when, When::At { at, .. } if at > self.input.now);
        let mut why = self.reasons();
        if let Some(slot) = self.keeps(index) {
            if self.input.explain {
                self.explain_kept(index, &slot, &mut why);
            }
            return self.settle(index, slot, in_order, why.rows);
        }
        // A time that became forbidden moves later. Earlier only if it has no other: before it expires, say.
        let mut found = None;
        if let Some(stored) = item.stored.as_ref().filter(|stored| stored.at > self.input.now) {
            found = self.earliest(index, stored.at, &mut why);
        }
        if found.is_none() {
            why.rows.clear();
            found = self.earliest(index, self.input.now, &mut why);
        }
        match found {
            Some(found) => {
                let jitter = self.jitter(index, &found);
                let at = plus(found.at, jitter);
                if !jitter.is_zero() {
                    why.push(WhyCode::Jitter, Some(at));
                }
                let slot = Slot {
                    at,
                    window: Some(found.opening.window),
                    opened: Some(found.opening.opened),
                };
                self.settle(index, slot, in_order, why.rows)
            }
            None => {
                let (reason, code) = match self.input.calendar.shut_at(&item.account, self.input.now) {
                    Some(Shut::Paused) => (Reason::Paused, WhyCode::Pause),
                    shut => (Reason::NoWindow, shut_code(shut)),
                };
                if why.rows.is_empty() {
                    why.push(code, None);
                }
                self.nowhere(index, reason, why.rows)
            }
        }
    }

    /// The stored time, if it stands.
    fn keeps(&self, index: usize) -> Option<Slot> {
        let item = &self.input.queue[index];
        let at = self.kept[index]?;
        let lane = &self.lanes[self.lane_of[index]?];
        if !item.parts_out && lane.first.is_some_and(|first| at < first) {
            return None;
        }
        let counted = lane.span_read(at)?.occurrence_at(at)?;
        if lane.full(counted, &item.id, false)
            || lane.too_near(at, lane.gap(counted), &item.id, false).is_some()
            || self.persona_near(at, lane.rules.persona, false).is_some()
        {
            return None;
        }
        // What it counts for may have changed its name with the windows: the row is brought up to date.
        item.stored.as_ref().map(|stored| Slot {
            at: stored.at,
            window: Some(counted.window.clone()),
            opened: Some(counted.opened),
        })
    }

    /// What lies before the earliest moment for it, and then its jitter, as far as it comes before the stored time.
    fn explain_kept(&mut self, index: usize, slot: &Slot, why: &mut Reasons) {
        let found = self.earliest(index, self.input.now, why);
        why.rows
            .retain(|row| row.until.is_some_and(|until| until <= slot.at));
        if found.is_some_and(|found| found.at < slot.at && slot.at <= plus(found.at, JITTER)) {
            why.push(WhyCode::Jitter, Some(slot.at));
        }
    }

    /// The earliest moment from `from` on at which everything holds. Each step goes to the first moment at which what it found wrong
    /// can have ended.
    fn earliest(&mut self, index: usize, from: Timestamp, why: &mut Reasons) -> Option<Found> {
        let input = self.input;
        let item = &input.queue[index];
        let number = self.lane_of[index]?;
        let persona = self.lanes[number].rules.persona;
        let mut at = earliest_allowed(item, input.now);
        if item
            .not_before
            .is_some_and(|not_before| not_before > input.now && not_before == at)
        {
            why.push(WhyCode::Retry, Some(at));
        } else if matches!(item.when, When::FromDay { from, .. } if from > input.now && from == at) {
            why.push(WhyCode::Day, Some(at));
        }
        let lane = &self.lanes[number];
        at = at.max(from);
        let order = if item.parts_out {
            None
        } else {
            lane.last(&item.when).max(lane.first)
        };
        if let Some(last) = order.filter(|last| *last > at) {
            at = last;
            why.push(WhyCode::Order, Some(at));
        }
        loop {
            if at >= self.horizon || expired(item, at) {
                return None;
            }
            let span = self.lanes[number].span_after(at)?;
            if span.from > at {
                let from = span.from;
                if input.explain {
                    why.push(shut_code(input.calendar.shut_at(&item.account, at)), Some(from));
                }
                at = from;
                continue;
            }
            let Some(until) = piece_until(span, item, at) else {
                at = next_piece(span, item, at).unwrap_or(span.to);
                why.push(WhyCode::OutsideWindow, Some(at));
                continue;
            };
            if until.duration_since(at) < margin(item) {
                at = until;
                why.push(WhyCode::Margin, Some(at));
                continue;
            }
            let lane = &self.lanes[number];
            let span = lane.span_read(at)?;
            let counted = span.occurrence_at(at)?;
            let same_until = counted_until(span, counted, at).min(until);
            if lane.full(counted, &item.id, true) {
                at = same_until;
                why.push(WhyCode::Cap, Some(at));
                continue;
            }
            let gap = lane.gap(counted);
            if let Some(send) = lane.too_near(at, gap, &item.id, true) {
                // The gap may be another in the next occurrence.
                at = plus(send, gap).min(same_until);
                why.push(WhyCode::Gap, Some(at));
                continue;
            }
            if let Some(send) = self.persona_near(at, persona, true) {
                at = plus(send, input.persona_gap);
                why.push(WhyCode::Persona, Some(at));
                continue;
            }
            let bounds = [
                Some(minus(until, margin(item))),
                Some(minus(same_until, LEAST)),
                lane.next_send(at, gap, &item.id).map(|send| minus(send, gap)),
                self.next_of_others(at, persona)
                    .map(|send| minus(send, input.persona_gap)),
                item.expires_at.map(|expires| minus(expires, LEAST)),
            ];
            let latest = bounds
                .into_iter()
                .flatten()
                .fold(Timestamp::MAX, Timestamp::min)
                .max(at);
            return Some(Found {
                at,
                latest,
                opening: counted.clone(),
            });
        }
    }

    /// `u × J`, and nothing in a break.
    fn jitter(&self, index: usize, found: &Found) -> SignedDuration {
        let jitters = self.lane_of[index].is_some_and(|lane| self.lanes[lane].rules.spacing.jitter);
        if !jitters || found.opening.is_break {
            return SignedDuration::ZERO;
        }
        let widest = found.latest.duration_since(found.at).min(JITTER);
        let u = chance(&self.input.queue[index], &found.opening);
        #[allow(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            reason = "at most 900,000 ms"
        )]
        let jitter = (u * widest.as_millis() as f64) as i64;
        SignedDuration::from_millis(jitter)
    }
}

fn shut_code(shut: Option<Shut>) -> WhyCode {
    match shut {
        Some(Shut::Paused) => WhyCode::Pause,
        Some(Shut::Closed) => WhyCode::Closed,
        Some(Shut::Busy) => WhyCode::Busy,
        Some(Shut::WorkHours | Shut::OutsideWindow) | None => WhyCode::OutsideWindow,
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
    f64::from(u32::from_be_bytes(first)) / BEYOND_U32
}
