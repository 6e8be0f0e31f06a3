//! The rows of an attempt: how they are begun, ended, written and told.

use jiff::{SignedDuration, Timestamp};
use kossori_core::delivery::{Step, step};
use kossori_core::ids::AttemptId;

use super::Stop;
use crate::engine::Engine;
use crate::model::{Attempt, Delivery, Event};
use crate::ports::{Change, Expect, StoreError};

/// What a change of `delivery` expects to find.
pub(crate) fn expect_of(delivery: &Delivery) -> Expect {
    Expect {
        state: delivery.state,
        attempt: delivery.attempt.clone(),
    }
}

impl Engine {
    pub(crate) fn tell_delivery(&self, delivery: &Delivery) {
        let state = delivery.state.as_str().to_owned();
        self.tell(kossori_api::Event::Delivery {
            id: delivery.id.to_string(),
            state,
        });
    }

    pub(super) fn new_attempt(&self, delivery: &mut Delivery) -> Attempt {
        let id = AttemptId(self.ports.ids.next());
        delivery.attempt = Some(id.clone());
        Attempt {
            id,
            delivery: delivery.id.clone(),
            account: delivery.account.clone(),
            n: delivery.attempts,
            part: delivery.parts_sent,
            began_at: self.now(),
            sending_at: None,
            ended_at: None,
            outcome: None,
            code: None,
            window: None,
            opened: None,
            never_left: false,
        }
    }

    /// The row of the attempt that is under way.
    pub(super) async fn live_attempt(&self, delivery: &Delivery) -> Result<Attempt, Stop> {
        let attempts = self.ports.store.attempts(&delivery.id).await?;
        attempts
            .into_iter()
            .find(|attempt| Some(&attempt.id) == delivery.attempt.as_ref())
            .ok_or(Stop::Gone)
    }

    /// The same, ended; the caller commits it.
    pub(super) async fn ended(
        &self,
        delivery: &Delivery,
        outcome: &str,
        code: Option<String>,
    ) -> Result<Attempt, Stop> {
        let mut attempt = self.live_attempt(delivery).await?;
        attempt.ended_at = Some(self.now());
        attempt.outcome = Some(outcome.to_owned());
        attempt.code = code;
        Ok(attempt)
    }

    /// A step that changes the state and nothing else of note.
    pub(super) async fn move_on(
        &self,
        delivery: &mut Delivery,
        which: Step,
        event: Event,
        detail: Option<&str>,
        also: Vec<Change>,
    ) -> Result<(), Stop> {
        let expect = expect_of(delivery);
        delivery.state = step(delivery.state, which).map_err(|_| Stop::Gone)?;
        let mut changes = vec![
            Change::Delivery {
                expect,
                delivery: Box::new(delivery.clone()),
            },
            self.entry(delivery, event, detail.map(str::to_owned)),
        ];
        changes.extend(also);
        self.ports.store.commit(changes).await?;
        self.tell_delivery(delivery);
        Ok(())
    }

    /// What came of a post call must not be lost to a disk that is full for a moment: tried until it is written or
    /// somebody else has moved the row. A crash meanwhile leaves `sending`, which becomes `unknown`: the truth too.
    pub(super) async fn commit_stubbornly(&self, changes: Vec<Change>) -> Result<(), Stop> {
        loop {
            match self.ports.store.commit(changes.clone()).await {
                Ok(()) => return Ok(()),
                Err(StoreError::Full | StoreError::ReadOnly | StoreError::Broken) => {
                    let again = self
                        .now()
                        .saturating_add(SignedDuration::from_secs(5))
                        .unwrap_or(Timestamp::MAX);
                    self.ports.clock.sleep_until(again).await;
                }
                Err(error) => return Err(error.into()),
            }
        }
    }
}
