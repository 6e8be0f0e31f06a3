//! The tick: what is due now is begun, and the moment of the next tick is named. Nothing polls.

mod apart;
mod start;
mod late;
mod held;
mod ahead;
mod next;

pub(crate) use late::ends;

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use kossori_core::delivery::State;
use kossori_core::ids::AccountId;

use crate::bug::Bug;
use crate::engine::{Busy, Engine};
use crate::model::{Account, Delivery};
use crate::planning::{Board, Redraw};
use crate::problem::Outcome;

/// With a doubt about the clock nothing is due: the next look at it need not come sooner.
const UNSURE: SignedDuration = SignedDuration::from_secs(10);

impl Engine {
    /// Begins what is due; answers when to come again. `None`: only when something changes.
    pub async fn tick(self: &Arc<Self>) -> Outcome<Option<Timestamp>> {
        if !self.role.publishes() || self.is_retiring() {
            return Ok(None);
        }
        self.watch_clock().await?;
        let (board, placed, due) = {
            let _gate = self.gate.lock().await;
            let busy = self.memory().busy.clone();
            let left_over = self.recovered_from_crash(&busy).await?;
            self.put_right(left_over).await?;
            if self.clock_is_unsure() {
                // What a wrong clock says is not written down: it would miss, ask and move what is on time. Where its
                // plan leads is known for this tick alone.
                let mut board = self.board().await?;
                let drawn = self.draw(&mut board, &Redraw::OnlyWhatMust);
                (board, drawn.placed, Vec::new())
            } else {
                self.leave_month_ahead(self.now()).await?;
                self.expire().await?;
                self.end_holds().await?;
                self.doubt_old_keys().await?;
                let overdue = self.overdue().await?;
                let (board, placed, moved) = self.replan(Redraw::OnlyWhatMust).await?;
                if !moved.is_empty() {
                    self.tell(kossori_api::Event::Changed);
                }
                let due: Vec<Delivery> = placed
                    .iter()
                    .filter(|place| place.slot.as_ref().is_some_and(|slot| slot.at <= board.now))
                    .filter_map(|place| {
                        board
                            .queue
                            .iter()
                            .find(|d| d.id == place.id && d.state == State::Queued)
                    })
                    .cloned()
                    .chain(overdue)
                    .collect();
                (board, placed, due)
            }
        };
        self.memory().ticked = Some(board.now);
        self.note_waiting(&board, &placed).await;
        for delivery in due {
            self.begin_attempt(&board, &delivery);
        }
        self.begin_looks(&board);
        self.begin_clock_checks(&board);
        self.mind_tokens(&board);
        self.watch_keyring();
        let next = self.next_tick(&board);
        if self.clock_is_unsure() {
            // What was drawn for this tick alone is drawn nearer at each: it would be run after.
            let soonest = board.now.saturating_add(UNSURE).unwrap_or(Timestamp::MAX);
            return Ok(next.map(|next| next.max(soonest)));
        }
        Ok(next)
    }

    /// What would be caught up with, if that fault were put in on purpose.
    async fn overdue(&self) -> Outcome<Vec<Delivery>> {
        if !self.has(Bug::CatchesUp) {
            return Ok(Vec::new());
        }
        let board = self.board().await?;
        let late = |delivery: &Delivery| {
            delivery.state == State::Queued && delivery.planned.as_ref().is_some_and(|p| p.at <= board.now)
        };
        Ok(board
            .queue
            .iter()
            .filter(|delivery| late(delivery))
            .cloned()
            .collect())
    }

    fn begin_attempt(self: &Arc<Self>, board: &Board, delivery: &Delivery) {
        let Some(account) = board.accounts.get(&delivery.account) else {
            return;
        };
        if !self.may_claim(board, delivery, account, board.now) {
            return;
        }
        let Some(busy) = self.occupy_unless_waiting(account, board.now) else {
            return;
        };
        tokio::spawn(Arc::clone(self).attempt(busy, delivery.id.clone(), account.clone()));
    }

    fn begin_looks(self: &Arc<Self>, board: &Board) {
        if self.memory().unwritten.is_some_and(|until| board.now < until) {
            return;
        }
        for delivery in board
            .queue
            .iter()
            .filter(|delivery| delivery.state == State::Unknown)
        {
            let due = delivery
                .open_question
                .as_ref()
                // Asked before the clock was set back: that would be a long time yet.
                .is_none_or(|question| {
                    question.next_look <= board.now || question.since > board.now && !self.clock_is_unsure()
                });
            let Some(account) = board.accounts.get(&delivery.account) else {
                continue;
            };
            if !due || self.memory().stopped.contains(&delivery.id) {
                continue;
            }
            // A look reads: it waits for its own time, and for a server that refuses.
            let busy = self.memory().busy.contains(&account.id);
            if !busy
                && self.may_call(account, board.now, true)
                && let Some(busy) = self.occupy(&account.id)
            {
                tokio::spawn(Arc::clone(self).look_due(busy, delivery.id.clone(), account.clone()));
            }
        }
    }

    /// One attempt or look of an account at a time, and none while the account waits after a fruitless call.
    fn occupy_unless_waiting(
        self: &Arc<Self>,
        account: &Account,
        now: Timestamp,
    ) -> Option<Busy<Arc<Engine>>> {
        let waits = {
            let memory = self.memory();
            memory.waits_for_keyring(&account.id, now)
                || memory.backoff.get(&account.id).is_some_and(|until| now < *until)
                || memory.busy.contains(&account.id)
        };
        if waits || !self.may_call(account, now, false) {
            return None;
        }
        self.occupy(&account.id)
    }

    /// The account's next call waits so long.
    fn wait_with(&self, account: &AccountId, wait: SignedDuration) {
        let until = self.now().saturating_add(wait).unwrap_or(Timestamp::MAX);
        self.memory().backoff.insert(account.clone(), until);
    }
}
