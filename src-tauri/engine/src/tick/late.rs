//! What has waited too long: past its expiry it is missed, past its key's life it is doubted.

use jiff::Timestamp;
use kossori_core::delivery::{State, Step, step};

use super::apart::Right;
use crate::engine::Engine;
use crate::model::{Delivery, EXACT_GRACE, Event, OpenQuestion, When};
use crate::ports::Change;
use crate::problem::{Outcome, of_step, of_store};
use crate::publish::{expect_of, key_ends, may_be_there_since};

impl Engine {
    /// What is past its time becomes `missed`. The caller holds the gate.
    pub(super) async fn expire(&self) -> Outcome<()> {
        let now = self.now();
        let waiting = self
            .ports
            .store
            .deliveries(&[State::Queued, State::Held])
            .await
            .map_err(of_store)?;
        let mut found = Vec::new();
        for delivery in waiting {
            if ends(&delivery).is_none_or(|ends| now < ends) {
                continue;
            }
            if let Some(since) = may_be_there_since(&delivery) {
                // Nobody can call that missed. It is not sent any more: looked up, and then a person says.
                found.push(self.doubted(&delivery, since, "expired")?);
                continue;
            }
            let mut missed = delivery.clone();
            missed.state = step(delivery.state, Step::Expire).map_err(of_step)?;
            missed.planned = None;
            let entry = self.entry(&missed, Event::Missed, None);
            let change = Change::Delivery {
                expect: expect_of(&delivery),
                delivery: Box::new(missed),
            };
            found.push(Right {
                id: delivery.id,
                changes: vec![change, entry],
            });
        }
        self.put_right(found).await
    }

    /// What may be there already and may no longer be sent with its key is looked up once more, and then a person is
    /// asked (RULES.md 5). The caller holds the gate.
    pub(super) async fn doubt_old_keys(&self) -> Outcome<()> {
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
        let mut found = Vec::new();
        for delivery in waiting {
            let Some(since) = may_be_there_since(&delivery) else {
                continue;
            };
            if delivery.refusal.is_some() {
                found.push(self.doubted(&delivery, since, "refused")?);
                continue;
            }
            let account = accounts.iter().find(|account| account.id == delivery.account);
            if account.is_none_or(|account| key_ends(&delivery, account, now).is_none_or(|end| now < end)) {
                continue;
            }
            found.push(self.doubted(&delivery, since, "key_too_old")?);
        }
        self.put_right(found).await
    }
}

impl Engine {
    /// What waits and may be there already becomes `unknown`, and is looked up now.
    fn doubted(&self, delivery: &Delivery, since: Timestamp, why: &str) -> Outcome<Right> {
        let mut doubted = delivery.clone();
        doubted.state = step(delivery.state, Step::Doubt).map_err(of_step)?;
        doubted.planned = None;
        doubted.open_question = Some(OpenQuestion::new(since, self.now()));
        let entry = self.entry(&doubted, Event::Unknown, Some(why.to_owned()));
        let change = Change::Delivery {
            expect: expect_of(delivery),
            delivery: Box::new(doubted),
        };
        Ok(Right {
            id: delivery.id.clone(),
            changes: vec![entry, change],
        })
    }
}

/// When it is too late for it: its expiry, or the end of the ten minutes that it opens for itself.
pub(crate) fn ends(delivery: &Delivery) -> Option<Timestamp> {
    let override_ends = match delivery.when {
        When::At(at) if delivery.override_window => at.saturating_add(EXACT_GRACE).ok(),
        _ => None,
    };
    [delivery.expires_at, override_ends].into_iter().flatten().min()
}
