//! One attempt, from the claim to the answer (RULES.md 3 and 4). Every step is committed before the next begins,
//! each compares what it expects to find, and whoever finds something else stops.

mod claim;
mod outgoing;
mod voice;
mod post_call;
mod outcome;
mod difference;
mod put;
mod rows;

use std::sync::Arc;

use jiff::Timestamp;
use kossori_core::ids::DeliveryId;

use crate::bug::Bug;
use crate::engine::{Busy, Engine};
use crate::model::{Account, Delivery, ServerRefusal};
use crate::ports::StoreError;

use put::Put;
use voice::Voice;

pub(crate) use claim::{key_ends, margin, may_be_there_since, opening_now};
pub(crate) use difference::{Difference, after_proof};
pub(crate) use outcome::merge_proof;
pub(crate) use rows::expect_of;

impl Engine {
    /// Claims `id` and sees the attempt through. The account is marked busy for as long as this runs.
    pub(crate) async fn attempt(self: Arc<Self>, busy: Busy<Arc<Engine>>, id: DeliveryId, account: Account) {
        let outcome = self.try_attempt(&id, &account).await;
        match outcome {
            Ok(()) | Err(Stop::Gone) => {}
            Err(Stop::Store) => {
                let until = self
                    .now()
                    .saturating_add(self.settings.backoff)
                    .unwrap_or(Timestamp::MAX);
                self.memory().backoff.insert(account.id.clone(), until);
            }
            Err(Stop::PutBack(put)) => self.put_back(&id, &account, put).await,
            Err(Stop::Refused(refusal)) => self.refuse_before_sending(&id, &account, refusal).await,
            Err(Stop::Illegal) => self.stop(&id),
        }
        drop(busy);
    }

    /// A change of it was refused as illegal: nothing more becomes of it by itself, and a person is shown it.
    pub(crate) fn stop(&self, id: &DeliveryId) {
        // Said once: whoever hears of it looks again, and may find it still so.
        let is_news = self.memory().stopped.insert(id.clone());
        if is_news {
            self.tell_changed();
        }
    }

    async fn try_attempt(&self, id: &DeliveryId, account: &Account) -> Result<(), Stop> {
        self.keep_wariness(account).await;
        // Ready first, claimed after: a locked keyring or a server that is away leaves no trace in the queue.
        let session = match self.ready(account).await {
            Ok(session) => self.with_todays_about(session).await,
            Err(mute) => {
                self.note_mute(account, &mute).await;
                return Err(Stop::Gone);
            }
        };
        // As its server describes it today.
        let account = &session.account.clone();
        if self.memory().waits.asked(&account.id, self.now()).is_some() {
            // It was asked about itself and asked to wait.
            return Err(Stop::Gone);
        }
        let publisher = self
            .ports
            .publishers
            .publisher(account.network)
            .ok_or(Stop::Gone)?;
        let mut voice = Voice {
            publisher,
            session,
            refreshed: false,
        };
        let delivery = self.claim(id, account).await?;
        let gone = self.go(delivery, &mut voice, account).await;
        self.note_spent(account, voice.publisher.as_ref()).await;
        self.note_paid(account, voice.publisher.as_ref()).await;
        gone
    }

    /// From the claim on.
    async fn go(&self, mut delivery: Delivery, voice: &mut Voice, account: &Account) -> Result<(), Stop> {
        let outgoing = self.outgoing(&delivery, account).await?;
        self.guard_again(&delivery, account).await?;
        self.freeze(&mut delivery, voice, &outgoing, account).await?;
        loop {
            self.upload(&mut delivery, voice, &outgoing, account).await?;
            self.note_paid(account, voice.publisher.as_ref()).await;
            if let Some(until) = self.note_spent(account, voice.publisher.as_ref()).await {
                let put = Put {
                    not_before: Some(until),
                    ..self.put("rate_limit", None, None)
                };
                return Err(Stop::PutBack(put));
            }
            let Some(leaving) = self.send(&mut delivery, account).await? else {
                return Err(Stop::PutBack(self.put("margin", None, None)));
            };
            let answer = self.post_call(&delivery, voice, leaving.until).await;
            if self.has(Bug::SendingWrittenLate) {
                let late = std::mem::take(&mut self.memory().written_late);
                self.ports.store.commit(late).await?;
            }
            let again = self.hear(&mut delivery, account, voice, answer, &leaving).await?;
            if !again {
                return Ok(());
            }
        }
    }
}

/// Why an attempt ended before its post call.
pub(crate) enum Stop {
    /// Somebody voided the attempt, or it is no longer due: whoever did that has said what is now.
    Gone,
    /// The store did not take or give a row. The next tick finds what was left half way.
    Store,
    /// Back to the queue; nothing left.
    PutBack(Put),
    /// A plain no before the post call.
    Refused(ServerRefusal),
    /// The store refused a change that no step could have made.
    Illegal,
}

impl From<StoreError> for Stop {
    fn from(error: StoreError) -> Stop {
        match error {
            StoreError::Stale => Stop::Gone,
            StoreError::Illegal => Stop::Illegal,
            _ => Stop::Store,
        }
    }
}
