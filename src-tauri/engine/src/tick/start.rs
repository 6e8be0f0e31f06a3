//! What a start finds: a new folder without rules and salt, and what a crash has cut off.

use std::collections::BTreeSet;

use kossori_core::delivery::{State, Step, step};
use kossori_core::ids::AccountId;

use super::apart::Right;
use crate::bug::Bug;
use crate::engine::Engine;
use crate::model::{Event, OpenQuestion};
use crate::ports::Change;
use crate::problem::{Outcome, of_step, of_store};
use crate::publish::expect_of;
use crate::schedule::put_setting;

impl Engine {
    /// After a crash, or a start after any end: what was not yet sent goes back to the queue, what may have been
    /// sent is looked up (RULES.md 3). A new folder gets its rules and its salt.
    pub async fn start(&self) -> Outcome<()> {
        let _gate = self.gate.lock().await;
        let store = &self.ports.store;
        let mut changes = Vec::new();
        if store.setting("rules").await.map_err(of_store)?.is_none() {
            changes.push(put_setting("rules", &self.default_rules()));
        }
        if store.setting("salt").await.map_err(of_store)?.is_none() {
            let mut salt = [0; 16];
            self.ports.ids.random(&mut salt);
            let salt: String = salt.iter().map(|byte| format!("{byte:02x}")).collect();
            changes.push(put_setting("salt", &salt));
        }
        self.remember_waits().await?;
        self.remember_waited().await?;
        if !changes.is_empty() {
            store.commit(changes).await.map_err(of_store)?;
        }
        let cut_off = self.recovered_from_crash(&BTreeSet::new()).await?;
        self.put_right(cut_off).await
    }

    /// What brings back what nobody works on any more: after a crash, or a store that failed half way.
    pub(super) async fn recovered_from_crash(&self, busy: &BTreeSet<AccountId>) -> Outcome<Vec<Right>> {
        let now = self.now();
        let mut found = Vec::new();
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
            if self.has(Bug::SendingQueuedAtStart) {
                back.state = State::Queued;
                back.frozen = None;
            }
            back.planned = None;
            let event = if back.state == State::Unknown {
                back.open_question = Some(OpenQuestion::new(now, self.settings.looks.next(now, 0)));
                Event::Unknown
            } else {
                Event::Voided
            };
            let mut changes = Vec::new();
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
            found.push(Right {
                id: delivery.id,
                changes,
            });
        }
        Ok(found)
    }
}
