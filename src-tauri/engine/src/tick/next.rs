//! When the next tick is to come, and whether anything is left for one.

use jiff::Timestamp;
use kossori_core::delivery::State;
use kossori_core::ids::AccountId;
use kossori_core::plan::LATE;

use super::ahead::begins;
use super::late::ends;
use crate::engine::Engine;
use crate::model::Delivery;
use crate::patience::told_that_it_ends;
use crate::planning::{Board, Redraw};
use crate::problem::Outcome;
use crate::publish::key_ends;
use crate::tokens::AHEAD;

impl Engine {
    /// The next moment at which something changes by itself.
    pub(super) fn next_tick(&self, board: &Board) -> Option<Timestamp> {
        // Backoffs that have passed are forgotten, so that the map does not grow.
        {
            let mut memory = self.memory();
            memory.backoff.retain(|_, until| *until > board.now);
            memory.waits.forget_old(board.now);
        }
        let mut next: Option<Timestamp> = None;
        let mut at = |moment: Timestamp| {
            if moment > board.now {
                next = Some(next.map_or(moment, |so_far| so_far.min(moment)));
            }
        };
        let backoffs: Vec<(AccountId, Timestamp)> = self
            .memory()
            .backoff
            .iter()
            .map(|(id, until)| (id.clone(), *until))
            .collect();
        for delivery in &board.queue {
            if delivery.state == State::Queued
                && let Some(again) = self.memory().keyring_asked_again_at(&delivery.account)
            {
                at(again);
            }
            if let Some(expires) = ends(delivery) {
                at(expires);
            }
            if let Some(old) = board
                .accounts
                .get(&delivery.account)
                .and_then(|account| key_ends(delivery, account, board.now))
            {
                at(old);
            }
            if let Some(hold) = delivery.hold_until {
                at(hold);
            }
            if let Some(question) = &delivery.open_question
                && delivery.state == State::Unknown
            {
                at(question.next_look);
                if let Some(account) = board.accounts.get(&delivery.account)
                    && let Some(until) = self.memory().waits.until_for_look(account, board.now)
                {
                    at(until);
                }
            }
            if let (State::Queued, Some(planned)) = (delivery.state, &delivery.planned) {
                at(planned.at);
                // Unclaimed by then, it is drawn again.
                at(planned.at.saturating_add(LATE).unwrap_or(Timestamp::MAX));
                if let Ok(ahead) = planned.at.checked_sub(AHEAD) {
                    at(ahead);
                }
                if let Ok(ahead) = begins(planned).checked_sub(AHEAD) {
                    at(ahead);
                }
                if let Some((_, until)) = backoffs.iter().find(|(id, _)| *id == delivery.account) {
                    at(*until);
                }
                if let Some(account) = board.accounts.get(&delivery.account)
                    && let Some(until) = self.memory().waits.until(account, board.now)
                {
                    at(until);
                }
                if let Some(not_before) = delivery.not_before {
                    at(not_before);
                }
            }
        }
        if let Some(begins) = board.costs.next(board.now) {
            at(begins);
        }
        if let Some(until) = self.memory().unwritten {
            at(until);
        }
        // Tokens are forgotten when their window ends.
        for account in self.memory().tokens.keys() {
            if let Some(span) = board.calendar.span_at(account, board.now) {
                at(span.to);
            }
        }
        // What has waited too long by then is told.
        if let Some(told) = self.memory().waited.next(board.now) {
            at(told);
        }
        let ends = board.accounts.values().filter_map(told_that_it_ends);
        for told in ends.filter(|told| *told > board.now) {
            at(told);
        }
        // When the break or the pause ends, what waits is drawn anew and tokens are forgotten.
        if let Some(break_now) = &board.rules.break_now {
            at(break_now.to);
        }
        if let Some(until) = board.rules.pause.as_ref().and_then(|pause| pause.until) {
            at(until);
        }
        next
    }

    /// When nothing is left that could be done now: for `run --until-empty` (RULES.md 8).
    pub(crate) async fn nothing_left_now(&self) -> Outcome<bool> {
        if self.is_busy() {
            return Ok(false);
        }
        let mut board = self.board().await?;
        // As the next tick will plan it: after a crash, say, what waits has no stored time yet.
        self.draw(&mut board, &Redraw::OnlyWhatMust);
        // What is stopped waits for a person.
        let stopped = self.memory().stopped.clone();
        board.queue.retain(|delivery| !stopped.contains(&delivery.id));
        let looks = &self.settings.looks;
        let under_way = board.queue.iter().any(|delivery| match delivery.state {
            State::Claimed | State::Staged | State::Sending => true,
            State::Unknown => delivery.open_question.as_ref().is_none_or(|question| {
                let last = question
                    .since
                    .saturating_add(looks.resend_from)
                    .unwrap_or(Timestamp::MAX);
                question.next_look <= last
            }),
            _ => false,
        });
        let planned_in_open_span = board.queue.iter().any(|delivery| {
            delivery.state == State::Queued
                && delivery.planned.as_ref().is_some_and(|planned| {
                    planned.at <= board.now
                        || board
                            .calendar
                            .span_at(&delivery.account, board.now)
                            .is_some_and(|span| planned.at < span.to)
                })
                // A keyring that is locked, an account that waits: nothing goes now, whatever is planned.
                && !self.cannot_go_now(delivery)
        });
        Ok(!under_way && !planned_in_open_span)
    }

    fn cannot_go_now(&self, delivery: &Delivery) -> bool {
        let memory = self.memory();
        memory.folder_is_a_copy
            || memory.doubt.is_some()
            || memory.keyring_keeps_from(&delivery.account).is_some()
    }
}
