//! The last look before the post call, the row that is committed before its first byte leaves, and the call itself with
//! its bound.

use std::future::Future;
use std::pin::pin;
use std::task::Poll;

use jiff::{SignedDuration, Timestamp};
use kossori_core::answer::Answer;
use kossori_core::cost::Booking;
use kossori_core::delivery::{Step, step};

use super::Stop;
use super::claim::{Opening, key_ends, opening_now, persona_free_at};
use super::put::Put;
use super::rows::expect_of;
use super::voice::Voice;
use crate::bug::Bug;
use crate::engine::Engine;
use crate::model::{Account, Delivery, Event};
use crate::ports::{Change, Clock};

/// A post call that may be made now.
pub(super) struct Leaving {
    pub until: Timestamp,
    /// An earlier call of this part may have been taken.
    pub tried_before: bool,
    /// What was counted for it, with the row.
    pub booked: Option<Booking>,
}

impl Engine {
    /// `staged` → `sending`, committed before the first byte leaves. `None`: too little of the span is left.
    pub(super) async fn send(
        &self,
        delivery: &mut Delivery,
        account: &Account,
    ) -> Result<Option<Leaving>, Stop> {
        let _gate = self.gate.lock().await;
        // Uploads take time: the clock may have been set since the claim.
        self.watch_clock().await.map_err(|_| Stop::Store)?;
        let board = self.board().await.map_err(|_| Stop::Store)?;
        let now = board.now;
        // As it is now: it may have been edited since the attempt began.
        let account = board.accounts.get(&account.id).ok_or(Stop::Gone)?;
        let blind = self.has(Bug::NoLookBeforeSending) || self.has(Bug::CatchesUp);
        let opening = match opening_now(&board, delivery, now) {
            Some(opening) => opening,
            None if blind => Opening::believed(now),
            None => return Ok(None),
        };
        // The whole time that the call may take has to fit, or a slow server would commit outside.
        let left = opening.until.duration_since(now);
        let retiring = self.is_retiring() && delivery.parts_sent == 0;
        // Signed out since the claim: the tokens in hand are not used any more.
        let mute = account.health.is_mute();
        if left < self.settings.post_limit && !blind
            || self.nothing_may_begin()
            || mute
            || retiring
            || account.id != delivery.account
        {
            return Ok(None);
        }
        if let Some(free) = persona_free_at(&board, delivery, account).filter(|free| *free > now) {
            // Somebody else's send was late: this one keeps its distance from when it really was.
            let put = Put {
                not_before: Some(free),
                ..self.put("persona", None, None)
            };
            return Err(Stop::PutBack(put));
        }
        if key_ends(delivery, account, now).is_some_and(|end| now >= end) && !self.has(Bug::KeyLifeForgotten)
        {
            return Ok(None);
        }
        if board.costs.over.contains(&delivery.id) {
            // The cap was lowered, or something became dearer, since the claim.
            let put = Put {
                not_before: None,
                ..self.put("cost_cap", None, None)
            };
            return Err(Stop::PutBack(put));
        }
        let booked = self
            .booking(&board, delivery, account)
            .await
            .map_err(|_| Stop::Store)?;
        let expect = expect_of(delivery);
        delivery.state = step(delivery.state, Step::Send).map_err(|_| Stop::Gone)?;
        let tried_before = delivery
            .frozen
            .as_ref()
            .is_some_and(|frozen| frozen.first_try.is_some());
        if let Some(frozen) = &mut delivery.frozen {
            frozen.for_good = true;
            frozen.first_try.get_or_insert(now);
        }
        let mut attempt = self.live_attempt(delivery).await?;
        attempt.sending_at = Some(now);
        attempt.window = opening.window.clone();
        attempt.opened = opening.opened;
        let event = if tried_before {
            Event::Resent
        } else {
            Event::Sending
        };
        let overridden = delivery.override_window && opening.window.is_none();
        let mut changes = vec![
            Change::Delivery {
                expect,
                delivery: Box::new(delivery.clone()),
            },
            Change::UpdateAttempt(attempt),
            self.entry(delivery, event, overridden.then(|| "override_window".to_owned())),
        ];
        changes.extend(booked.clone().map(Change::Book));
        if self.has(Bug::SendingWrittenLate) {
            self.memory().written_late = changes;
        } else {
            self.ports.store.commit(changes).await?;
        }
        self.tell_delivery(delivery);
        Ok(Some(Leaving {
            until: opening.until,
            tried_before,
            booked,
        }))
    }

    /// The post call itself, of this part. What is not heard within its bound is unclear.
    pub(super) async fn post_call(&self, delivery: &Delivery, voice: &Voice, until: Timestamp) -> Answer {
        let Some(frozen) = &delivery.frozen else {
            return Answer::NeverLeft;
        };
        let part = delivery.parts_sent;
        let replies_to = delivery
            .receipt
            .as_ref()
            .and_then(|receipt| receipt.ids.last())
            .cloned();
        let limit = self
            .now()
            .saturating_add(self.settings.post_limit)
            .unwrap_or(until)
            .min(until);
        let call = voice
            .publisher
            .post(&voice.session, &frozen.record, part, replies_to.as_deref());
        let (limit, longest) = if self.has(Bug::NoTimeLimit) {
            (Timestamp::MAX, SignedDuration::MAX)
        } else {
            (limit, self.settings.post_limit)
        };
        bounded(self.ports.clock.as_ref(), limit, longest, call)
            .await
            .unwrap_or(Answer::Unclear { status: None })
    }
}

/// Runs `call` until the wall clock says `limit`, or `longest` has passed since boot (suspended time counts).
/// The clock is read before every poll: after a wake-up nothing of the call runs past its limit.
async fn bounded<T>(
    clock: &dyn Clock,
    limit: Timestamp,
    longest: SignedDuration,
    call: impl Future<Output = T>,
) -> Option<T> {
    let started = clock.since_boot();
    let longest = std::time::Duration::try_from(longest).unwrap_or_default();
    let over = || clock.now() >= limit || clock.since_boot().saturating_sub(started) >= longest;
    let mut call = pin!(call);
    let mut guarded = std::future::poll_fn(|cx| {
        if over() {
            Poll::Ready(None)
        } else {
            call.as_mut().poll(cx).map(Some)
        }
    });
    loop {
        tokio::select! {
            biased;
            () = clock.sleep_until(limit) => if over() { return None },
            answer = &mut guarded => return answer,
        }
    }
}
