//! The claim, and what must hold for it: an open span with room enough, an account that can speak, a key that still
//! keeps a second copy away, distance from the other personas.

use jiff::{SignedDuration, Timestamp};
use kossori_core::calendar::Shut;
use kossori_core::delivery::{State, Step, step};
use kossori_core::ids::DeliveryId;
use kossori_core::lookup::{self, Resend};
use kossori_core::plan::MARGIN;
use kossori_core::rules::Spacing;

use super::Stop;
use crate::bug::Bug;
use crate::engine::Engine;
use crate::model::{Account, Delivery, EXACT_GRACE, Event, When};
use crate::planning::{Board, calls_left};
use crate::ports::{Change, Expect};

/// Where a delivery may go right now, and until when.
#[derive(Clone, Debug)]
pub(crate) struct Opening {
    pub until: Timestamp,
    pub window: Option<String>,
    pub opened: Option<Timestamp>,
}

impl Opening {
    /// What a fault put in on purpose takes for one.
    pub(super) fn believed(now: Timestamp) -> Opening {
        Opening {
            until: now.saturating_add(MARGIN).unwrap_or(now),
            window: None,
            opened: None,
        }
    }
}

impl Engine {
    /// `queued` → `claimed`, if it is still what the plan saw.
    pub(super) async fn claim(&self, id: &DeliveryId, account: &Account) -> Result<Delivery, Stop> {
        let _gate = self.gate.lock().await;
        let board = self.board().await.map_err(|_| Stop::Store)?;
        let now = board.now;
        let Some(delivery) = board.queue.iter().find(|delivery| &delivery.id == id) else {
            return Err(Stop::Gone);
        };
        let account = board.accounts.get(&account.id).ok_or(Stop::Gone)?;
        if !self.may_claim(&board, delivery, account, now) {
            return Err(Stop::Gone);
        }
        let mut delivery = delivery.clone();
        delivery.state = step(delivery.state, Step::Claim).map_err(|_| Stop::Gone)?;
        delivery.attempts += 1;
        delivery.refusal = None;
        let attempt = self.new_attempt(&mut delivery);
        let changes = vec![
            Change::Delivery {
                expect: Expect {
                    state: State::Queued,
                    attempt: None,
                },
                delivery: Box::new(delivery.clone()),
            },
            Change::AddAttempt(attempt),
            self.entry(&delivery, Event::Claimed, None),
        ];
        self.ports.store.commit(changes).await?;
        self.tell_delivery(&delivery);
        Ok(delivery)
    }

    /// Everything that must hold at the moment of a claim.
    pub(crate) fn may_claim(
        &self,
        board: &Board,
        delivery: &Delivery,
        account: &Account,
        now: Timestamp,
    ) -> bool {
        let due =
            delivery.planned.as_ref().is_some_and(|planned| planned.at <= now) || self.has(Bug::CatchesUp);
        let waiting = delivery.not_before.is_some_and(|not_before| now < not_before)
            || delivery.expires_at.is_some_and(|expires| now >= expires);
        let blocked = board.queue.iter().any(|other| {
            other.account == delivery.account
                && other.id != delivery.id
                && (other.state.blocks_account()
                    || other.state.is_before_sending()
                    // The rest of a thread goes before anything else of its account.
                    || other.state == State::Queued && other.parts_sent > 0 && delivery.parts_sent == 0)
        });
        // Of another persona, and about to be sent: this one waits until it is known when.
        let crossed = board.queue.iter().any(|other| {
            (other.state.is_before_sending() || other.state == State::Sending)
                && board
                    .accounts
                    .get(&other.account)
                    .is_some_and(|of| of.persona != account.persona)
        });
        let mute = account.health.is_mute();
        delivery.state == State::Queued
            && due
            && !waiting
            && !blocked
            && !crossed
            && !mute
            && !board.costs.over.contains(&delivery.id)
            && persona_free_at(board, delivery, account).is_none_or(|free| free <= now)
            && (self.has(Bug::KeyLifeForgotten)
                || key_ends(delivery, account, now).is_none_or(|end| now < end))
            && !self.is_retiring()
            && !self.nothing_may_begin()
            && !self.memory().folder_is_a_copy
            && !self.memory().stopped.contains(&delivery.id)
            && (self.has(Bug::CatchesUp)
                || opening_now(board, delivery, now)
                    .is_some_and(|opening| opening.until.duration_since(now) >= margin(account, delivery)))
    }
}

/// The open span that `delivery` may use at `now`: its own ten minutes for an override, else the calendar's.
pub(crate) fn opening_now(board: &Board, delivery: &Delivery, now: Timestamp) -> Option<Opening> {
    if let (When::At(at), true) = (&delivery.when, delivery.override_window) {
        let end = at.saturating_add(EXACT_GRACE).ok()?;
        let shut = board.calendar.shut_at(&delivery.account, now);
        let barred = matches!(shut, Some(Shut::Paused | Shut::Closed));
        if now < *at || now >= end || barred {
            return None;
        }
        let closes = board
            .rules
            .closed
            .iter()
            .map(|closed| closed.from)
            .filter(|from| *from > now);
        let until = closes.fold(end, Timestamp::min);
        let occurrence = board
            .calendar
            .span_at(&delivery.account, now)
            .and_then(|span| span.occurrence_at(now).cloned());
        let (window, opened) = occurrence.map(|of| (of.window, of.opened)).unzip();
        return Some(Opening {
            until,
            window,
            opened,
        });
    }
    let span = board.calendar.span_at(&delivery.account, now)?;
    let (window, from) = match &delivery.when {
        When::Window(name) => (Some(name), Timestamp::MIN),
        When::FromDay { day, window } => (window.as_ref(), board.day_begins(*day, window.as_deref())),
        When::Next | When::At(_) => (None, Timestamp::MIN),
    };
    if now < from {
        return None;
    }
    if let Some(name) = window {
        let named = span
            .openings
            .iter()
            .find(|o| &o.window == name && o.opened >= from && o.from <= now && now < o.to)?;
        let occurrence = span.occurrence_at(now)?;
        return Some(Opening {
            until: named.to,
            window: Some(occurrence.window.clone()),
            opened: Some(occurrence.opened),
        });
    }
    let occurrence = span.occurrence_at(now)?;
    Some(Opening {
        until: span.to,
        window: Some(occurrence.window.clone()),
        opened: Some(occurrence.opened),
    })
}

/// What must be left of the span to claim: 45 s, for a thread sent part by part 45 s for each part to go.
pub(crate) fn margin(account: &Account, delivery: &Delivery) -> SignedDuration {
    MARGIN.saturating_mul(i32::try_from(calls_left(account.network, delivery)).unwrap_or(i32::MAX))
}

/// The first post call of this part, if nobody knows that it was not taken.
pub(crate) fn may_be_there_since(delivery: &Delivery) -> Option<Timestamp> {
    let frozen = delivery.frozen.as_ref().filter(|frozen| frozen.for_good)?;
    frozen.first_try.filter(|_| delivery.state != State::Sending)
}

/// From when on the post call may not be made again without asking, because its key would no longer keep a second
/// copy away (RULES.md 5). Seen by a clock that was set back past the first call, it has ended: nobody knows how old it is.
pub(crate) fn key_ends(delivery: &Delivery, account: &Account, now: Timestamp) -> Option<Timestamp> {
    let first = may_be_there_since(delivery)?;
    match lookup::resend(account.network, account.software) {
        Resend::SameKey => None,
        Resend::WithinKeyLife(life) if first <= now => {
            Some(first.saturating_add(life).unwrap_or(Timestamp::MAX))
        }
        Resend::WithinKeyLife(_) | Resend::Never => Some(first.min(now)),
    }
}

/// When the distance from what other personas really sent is kept (RULES.md 2). The plan keeps it from what was
/// planned; a send may have come later than that. An exact time that was queued before the distance was widened
/// keeps the usual one.
pub(super) fn persona_free_at(board: &Board, delivery: &Delivery, account: &Account) -> Option<Timestamp> {
    let set = board.spacing.default.persona_gap_minutes;
    let minutes = match delivery.when {
        When::At(_) => set.min(Spacing::default().persona_gap_minutes),
        When::Next | When::Window(_) | When::FromDay { .. } => set,
    };
    let others = board.counted.iter().filter(|send| {
        board
            .accounts
            .get(&send.account)
            .is_some_and(|of| of.persona != account.persona)
    });
    let last = others.map(|send| send.at).max()?;
    last.saturating_add(SignedDuration::from_mins(i64::from(minutes)))
        .ok()
}
