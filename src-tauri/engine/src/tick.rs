//! The tick: what is due now is begun, and the moment of the next tick is named. Nothing polls.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use kossori_core::delivery::{State, Step, step};
use kossori_core::ids::AccountId;
use kossori_core::network::Network;

use crate::engine::{Busy, Engine};
use crate::journal::later;
use crate::model::{Account, Delivery, EXACT_GRACE, Event, OpenQuestion, Planned, When};
use crate::planning::{Board, Redraw};
use crate::ports::{Attention, Change};
use crate::problem::{Outcome, of_step, of_store};
use crate::publish::{expect_of, key_ends, may_be_there_since};
use crate::tokens::{AHEAD, entry};

/// How long a planned time may have passed before it is drawn again.
const LATE: SignedDuration = kossori_core::plan::LATE;
/// How long after a server disagreed about the time it is asked again.
const CLOCK_AGAIN: SignedDuration = SignedDuration::from_mins(5);

impl Engine {
    /// After a crash, or a start after any end: what was not yet sent goes back to the queue, what may have been
    /// sent is looked up (RULES.md 3). A new folder gets its rules and its salt.
    pub async fn start(&self) -> Outcome<()> {
        let _gate = self.gate.lock().await;
        let mut changes = Vec::new();
        if self
            .ports
            .store
            .setting("rules")
            .await
            .map_err(of_store)?
            .is_none()
        {
            changes.push(put("rules", &self.default_rules()));
        }
        if self
            .ports
            .store
            .setting("salt")
            .await
            .map_err(of_store)?
            .is_none()
        {
            let mut salt = [0; 16];
            self.ports.ids.random(&mut salt);
            changes.push(put(
                "salt",
                &salt.iter().map(|byte| format!("{byte:02x}")).collect::<String>(),
            ));
        }
        changes.extend(self.recovered_from_crash(&BTreeSet::new()).await?);
        if !changes.is_empty() {
            self.ports.store.commit(changes).await.map_err(of_store)?;
        }
        Ok(())
    }

    /// Rows that bring back what nobody works on any more: after a crash, or a store that failed half way.
    async fn recovered_from_crash(&self, busy: &BTreeSet<AccountId>) -> Outcome<Vec<Change>> {
        let now = self.now();
        let mut changes = Vec::new();
        let cut_off = self
            .ports
            .store
            .deliveries(&[State::Claimed, State::Staged, State::Sending])
            .await
            .map_err(of_store)?;
        for delivery in cut_off
            .into_iter()
            .filter(|delivery| !busy.contains(&delivery.account))
        {
            let mut back = delivery.clone();
            back.state = step(delivery.state, Step::Crash).map_err(of_step)?;
            back.planned = None;
            let event = if back.state == State::Unknown {
                let next_look = self.settings.looks.next(now, 0);
                back.open_question = Some(OpenQuestion {
                    since: now,
                    looks: 0,
                    looked: 0,
                    next_look,
                });
                Event::Unknown
            } else {
                Event::Voided
            };
            let attempts = self.ports.store.attempts(&delivery.id).await.map_err(of_store)?;
            if let Some(mut attempt) = attempts
                .into_iter()
                .find(|a| Some(&a.id) == delivery.attempt.as_ref() && a.ended_at.is_none())
            {
                attempt.ended_at = Some(now);
                attempt.outcome = Some("crash".to_owned());
                changes.push(Change::UpdateAttempt(attempt));
            }
            changes.push(self.entry(&back, event, Some("crash".to_owned())));
            changes.push(Change::Delivery {
                expect: expect_of(&delivery),
                delivery: Box::new(back),
            });
        }
        Ok(changes)
    }

    /// Begins what is due; answers when to come again. `None`: only when something changes.
    pub async fn tick(self: &Arc<Self>) -> Outcome<Option<Timestamp>> {
        if !self.role.publishes() || self.is_retiring() {
            return Ok(None);
        }
        self.watch_clock().await?;
        let (board, due) = {
            let _gate = self.gate.lock().await;
            let busy = self.memory().busy.clone();
            let left_over = self.recovered_from_crash(&busy).await?;
            if !left_over.is_empty() {
                self.ports.store.commit(left_over).await.map_err(of_store)?;
            }
            self.expire().await?;
            self.doubt_old_keys().await?;
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
                .collect();
            (board, due)
        };
        for delivery in due {
            self.begin_attempt(&board, &delivery);
        }
        self.begin_looks(&board);
        self.begin_clock_checks(&board);
        self.mind_tokens(&board);
        self.watch_keyring();
        Ok(self.next_tick(&board))
    }

    fn begin_attempt(self: &Arc<Self>, board: &Board, delivery: &Delivery) {
        let Some(account) = board.accounts.get(&delivery.account) else {
            return;
        };
        if !self.may_claim(board, delivery, account, board.now) {
            return;
        }
        let Some(busy) = self.occupy_unless_waiting(&account.id, board.now) else {
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
                .is_none_or(|question| question.next_look <= board.now);
            let Some(account) = board.accounts.get(&delivery.account) else {
                continue;
            };
            // A look reads: it waits for its own time, and for nothing else.
            if due && let Some(busy) = self.occupy(&account.id) {
                tokio::spawn(Arc::clone(self).look_due(busy, delivery.id.clone(), account.clone()));
            }
        }
    }

    /// One attempt or look of an account at a time, and none while the account waits after a fruitless call.
    fn occupy_unless_waiting(
        self: &Arc<Self>,
        account: &AccountId,
        now: Timestamp,
    ) -> Option<Busy<Arc<Engine>>> {
        let waits = {
            let memory = self.memory();
            memory.waits_for_keyring(account, now)
                || memory.backoff.get(account).is_some_and(|until| now < *until)
        };
        if waits { None } else { self.occupy(account) }
    }

    /// Tokens come in before a window and are forgotten after it.
    fn mind_tokens(self: &Arc<Self>, board: &Board) {
        // Practice has none.
        for account in board
            .accounts
            .values()
            .filter(|account| account.network != Network::Practice)
        {
            let soonest = soonest(board, &account.id);
            // Before the window begins, not before its post: a keyring that locks with the screen stops nothing.
            let begins = window_begins(board, &account.id);
            let near = begins.is_some_and(|at| at.duration_since(board.now) <= AHEAD);
            let open = board.calendar.span_at(&account.id, board.now).is_some();
            let asked = board
                .queue
                .iter()
                .any(|d| d.account == account.id && d.state == State::Unknown);
            if near && !self.memory().tokens.contains_key(&account.id) {
                let needed = soonest.unwrap_or(board.now);
                let until = board
                    .calendar
                    .span_at(&account.id, needed)
                    .map_or(needed, |span| span.to);
                self.begin_fetch(account.clone(), until);
            } else if !near && !open && !asked && !self.memory().busy.contains(&account.id) {
                self.drop_tokens(&account.id);
            }
        }
    }

    fn begin_fetch(self: &Arc<Self>, account: Account, until: Timestamp) {
        let Some(busy) = self.occupy_unless_waiting(&account.id, self.now()) else {
            return;
        };
        let engine = Arc::clone(self);
        tokio::spawn(async move {
            engine.fetch_ahead(&account, until).await;
            if !engine.memory().tokens.contains_key(&account.id) {
                engine.wait_with(&account.id, engine.settings.backoff);
            }
            drop(busy);
        });
    }

    /// A doubt about the clock ends with a signed-in server's `Date`: asked when something is to go soon, for then
    /// the tokens may be read.
    fn begin_clock_checks(self: &Arc<Self>, board: &Board) {
        if !self.clock_is_unsure() {
            return;
        }
        for account in board
            .accounts
            .values()
            .filter(|account| self.needs_clock_check(account))
        {
            let near = soonest(board, &account.id).is_some_and(|at| at.duration_since(board.now) <= AHEAD);
            if !near {
                continue;
            }
            let Some(busy) = self.occupy_unless_waiting(&account.id, board.now) else {
                continue;
            };
            let (engine, account) = (Arc::clone(self), account.clone());
            tokio::spawn(async move {
                match engine.ready(&account).await {
                    Err(mute) => engine.note_mute(&account, &mute).await,
                    Ok(_) if engine.clock_is_unsure() => engine.wait_with(&account.id, CLOCK_AGAIN),
                    Ok(_) => {}
                }
                drop(busy);
            });
        }
    }

    /// The account's next call waits so long.
    fn wait_with(&self, account: &AccountId, wait: SignedDuration) {
        let until = self.now().saturating_add(wait).unwrap_or(Timestamp::MAX);
        self.memory().backoff.insert(account.clone(), until);
    }

    fn next_tick(&self, board: &Board) -> Option<Timestamp> {
        // Backoffs that have passed are forgotten, so that the map does not grow.
        self.memory().backoff.retain(|_, until| *until > board.now);
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
                .and_then(|account| key_ends(delivery, account))
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
                if let Some(not_before) = delivery.not_before {
                    at(not_before);
                }
            }
        }
        if let Some(until) = self.memory().unwritten {
            at(until);
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

    /// What is past its time becomes `missed`. The caller holds the gate.
    async fn expire(&self) -> Outcome<()> {
        let now = self.now();
        let waiting = self
            .ports
            .store
            .deliveries(&[State::Queued, State::Held])
            .await
            .map_err(of_store)?;
        let mut changes = Vec::new();
        for delivery in waiting {
            if ends(&delivery).is_none_or(|ends| now < ends) {
                continue;
            }
            let mut missed = delivery.clone();
            missed.state = step(delivery.state, Step::Expire).map_err(of_step)?;
            missed.planned = None;
            changes.push(Change::Delivery {
                expect: expect_of(&delivery),
                delivery: Box::new(missed.clone()),
            });
            changes.push(self.entry(&missed, Event::Missed, None));
        }
        if changes.is_empty() {
            return Ok(());
        }
        self.ports.store.commit(changes).await.map_err(of_store)
    }

    /// What may be there already and may no longer be sent with its key is looked up once more, and then a person is
    /// asked (RULES.md 5). The caller holds the gate.
    async fn doubt_old_keys(&self) -> Outcome<()> {
        let now = self.now();
        let waiting = self
            .ports
            .store
            .deliveries(&[State::Queued])
            .await
            .map_err(of_store)?;
        if waiting
            .iter()
            .all(|delivery| may_be_there_since(delivery).is_none())
        {
            return Ok(());
        }
        let accounts = self.ports.store.accounts().await.map_err(of_store)?;
        let mut changes = Vec::new();
        for delivery in waiting {
            let Some(since) = may_be_there_since(&delivery) else {
                continue;
            };
            let account = accounts.iter().find(|account| account.id == delivery.account);
            if account.is_none_or(|account| key_ends(&delivery, account).is_none_or(|end| now < end)) {
                continue;
            }
            let mut doubted = delivery.clone();
            doubted.state = step(delivery.state, Step::Doubt).map_err(of_step)?;
            doubted.planned = None;
            doubted.open_question = Some(OpenQuestion {
                since,
                looks: 0,
                looked: 0,
                next_look: now,
            });
            changes.push(self.entry(&doubted, Event::Unknown, Some("key_too_old".to_owned())));
            changes.push(Change::Delivery {
                expect: expect_of(&delivery),
                delivery: Box::new(doubted),
            });
        }
        if changes.is_empty() {
            return Ok(());
        }
        self.ports.store.commit(changes).await.map_err(of_store)
    }

    /// When nothing is left that could be done now: for `run --until-empty` (RULES.md 8).
    pub(crate) async fn nothing_left_now(&self) -> Outcome<bool> {
        if self.is_busy() {
            return Ok(false);
        }
        let mut board = self.board().await?;
        // As the next tick will plan it: after a crash, say, what waits has no stored time yet.
        self.draw(&mut board, &Redraw::OnlyWhatMust);
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

    /// Reads and forgets one entry that is sure not to be there: is the keyring open?
    pub(crate) async fn keyring_answers(&self) -> Outcome<()> {
        let probe = entry(&AccountId("none".to_owned()));
        self.ports
            .vault
            .read(&probe, Attention::Unattended)
            .await
            .map(drop)
            .map_err(crate::problem::of_vault)
    }
}

pub(crate) fn put<T: serde::Serialize>(name: &'static str, value: &T) -> Change {
    // Settings are plain data: they always serialise.
    Change::PutSetting {
        name,
        json: serde_json::to_string(value).unwrap_or_default(),
    }
}

/// When it is too late for it: its expiry, or the end of the ten minutes that it opens for itself.
fn ends(delivery: &Delivery) -> Option<Timestamp> {
    let override_ends = match delivery.when {
        When::At(at) if delivery.override_window => at.saturating_add(EXACT_GRACE).ok(),
        _ => None,
    };
    [delivery.expires_at, override_ends].into_iter().flatten().min()
}

/// When the first window begins in which something of the account is to go.
fn window_begins(board: &Board, account: &AccountId) -> Option<Timestamp> {
    board
        .queue
        .iter()
        .filter(|delivery| &delivery.account == account && delivery.state == State::Queued)
        .filter_map(|delivery| delivery.planned.as_ref().map(begins))
        .min()
}

fn begins(planned: &Planned) -> Timestamp {
    planned.opened.map_or(planned.at, |opened| opened.min(planned.at))
}

fn soonest(board: &Board, account: &AccountId) -> Option<Timestamp> {
    board
        .queue
        .iter()
        .filter(|delivery| &delivery.account == account && delivery.state == State::Queued)
        .filter_map(|delivery| {
            delivery
                .planned
                .as_ref()
                .map(|planned| later(delivery.not_before, planned.at))
        })
        .min()
}
