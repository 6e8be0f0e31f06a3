//! Taking down again what was sent. A person's act, and allowed at any time: it publishes nothing. What it was stays as
//! it is in queue and journal; beside it stands what of it is gone.

use jiff::SignedDuration;
use kossori_api::{Code, DeliveryDetail, Problem};
use kossori_core::delivery::State;
use kossori_core::ids::DeliveryId;

use crate::engine::Engine;
use crate::limit::within;
use crate::model::{Account, Delivery, Event};
use crate::planning::OPEN;
use crate::ports::{CallError, Change, Publisher, Session};
use crate::problem::{Outcome, of_call, of_store};
use crate::publish::may_be_there_since;
use crate::queue::of_mute;
use crate::tokens::Mute;

/// As long as the post call may take.
const ONE_WITHIN: SignedDuration = SignedDuration::from_secs(30);

/// Parts of it are being taken down: nobody queues it again meanwhile. Over when this is dropped, however that comes about.
struct Deleting<'a> {
    engine: &'a Engine,
    id: DeliveryId,
}

impl Drop for Deleting<'_> {
    fn drop(&mut self) {
        self.engine.memory().deleting.remove(&self.id);
    }
}

impl Engine {
    /// All proved parts, the last one first: what an interruption leaves is a thread that still hangs together. It ends
    /// with the first part that does not go; asked again, it goes on with that one.
    ///
    /// # Errors
    /// `partly_deleted` names the parts that are left, if others are gone. What is gone already is none.
    pub(crate) async fn post_delete(&self, id: &str) -> Outcome<DeliveryDetail> {
        let delivery = self.delivery(id).await?;
        if delivery.deleted_at.is_some() {
            return self.queue_show(id).await;
        }
        may_be_deleted(&delivery)?;
        let account = self.account(delivery.account.as_str()).await?;
        // Nothing of the account goes out, or is about to answer this one, meanwhile.
        let busy = self.wait_to_occupy(&account.id).await;
        let waits = self.memory().waits.until_for_look(&account, self.now());
        if waits.is_some() {
            return Err(Problem::new(Code::ServerBusy));
        }
        let publisher = self.publisher_of(account.network)?;
        let mut session = match self.ready(&account).await {
            Ok(session) => session,
            Err(mute) => {
                self.note_mute(&account, &mute).await;
                return Err(of_mute(mute, &account));
            }
        };
        // It may have changed while this waited; from here on it is not queued again.
        let (delivery, deleting) = {
            let _gate = self.gate.lock().await;
            let delivery = self.delivery(id).await?;
            if delivery.deleted_at.is_some() {
                return self.queue_show(id).await;
            }
            may_be_deleted(&delivery)?;
            self.refuse_if_answered(&delivery).await?;
            self.memory().deleting.insert(delivery.id.clone());
            let deleting = Deleting {
                engine: self,
                id: delivery.id.clone(),
            };
            (delivery, deleting)
        };
        let done = self
            .delete_parts(delivery, publisher.as_ref(), &mut session, &account)
            .await;
        if done.is_ok() {
            self.recovered(&account).await;
        }
        self.note_spent(&account, publisher.as_ref()).await;
        self.note_paid(&account, publisher.as_ref()).await;
        drop(deleting);
        drop(busy);
        let delivery = done?;
        self.tell_delivery(&delivery);
        self.tell_changed();
        match delivery.deleted_at {
            Some(_) => self.queue_show(id).await,
            // Of the rest nobody knows the ids.
            None => Err(partly(&delivery)),
        }
    }

    async fn delete_parts(
        &self,
        mut delivery: Delivery,
        publisher: &dyn Publisher,
        session: &mut Session,
        account: &Account,
    ) -> Outcome<Delivery> {
        let ids: Vec<String> = delivery.ids_there().into_iter().map(str::to_owned).collect();
        for part in ids.iter().rev() {
            if let Err(mute) = self.delete_part(publisher, session, part).await {
                self.note_undeleted(account, &mute).await;
                return Err(undeleted(&delivery, mute, account));
            }
            delivery = self.note_deleted(delivery.id.as_str(), part).await?;
        }
        Ok(delivery)
    }

    /// Parts of it were taken down, or are being.
    pub(crate) fn loses_parts(&self, delivery: &Delivery) -> bool {
        !delivery.deleted_ids.is_empty() || self.memory().deleting.contains(&delivery.id)
    }

    /// A quiet reply that is frozen for good goes as it is: without what it answers it would be a post of its own.
    async fn refuse_if_answered(&self, delivery: &Delivery) -> Outcome<()> {
        let store = &self.ports.store;
        let open = store.deliveries(&OPEN).await.map_err(of_store)?;
        let unsent = |reply: &&Delivery| reply.account == delivery.account && reply.parts_sent == 0;
        for reply in open.iter().filter(unsent) {
            let Some(frozen) = reply.frozen.as_ref().filter(|frozen| frozen.for_good) else {
                continue;
            };
            let revision = store.revision(&reply.revision).await.map_err(of_store)?;
            if !revision.is_some_and(|revision| revision.content.quiet_reply) {
                continue;
            }
            // What was the last thread then.
            let answered = store.last_thread(&reply.account, Some(frozen.at)).await;
            if answered
                .map_err(of_store)?
                .is_some_and(|answered| answered.id == delivery.id)
            {
                return Err(Problem::new(Code::QuietReplyOpen));
            }
        }
        Ok(())
    }

    /// With the one refresh that each call of a person has.
    async fn delete_part(
        &self,
        publisher: &dyn Publisher,
        session: &mut Session,
        id: &str,
    ) -> Result<(), Mute> {
        let clock = self.ports.clock.as_ref();
        let late = Err(CallError::Offline);
        let mut gone = within(clock, ONE_WITHIN, publisher.delete(session, id)).await;
        if let Some(Err(CallError::Token { .. })) = gone {
            *session = self.refresh(session).await?;
            gone = within(clock, ONE_WITHIN, publisher.delete(session, id)).await;
        }
        gone.unwrap_or(late).map_err(Mute::Call)
    }

    /// Each part at once: whatever happens next, nobody asks for it a second time.
    async fn note_deleted(&self, id: &str, part: &str) -> Outcome<Delivery> {
        let _gate = self.gate.lock().await;
        let mut delivery = self.delivery(id).await?;
        let all = delivery.parts_there();
        delivery.deleted_ids.push(part.to_owned());
        let left = delivery.parts_there();
        let all_gone = left.is_empty() && may_be_part(&delivery).is_none();
        delivery.deleted_at = all_gone.then(|| self.now());
        // Of a thread, which part it was.
        let number = all.into_iter().find(|part| !left.contains(part));
        let detail = number.filter(|_| delivery.parts > 1).map(|part| part.to_string());
        let changes = vec![
            Change::Deleted {
                id: delivery.id.clone(),
                ids: delivery.deleted_ids.clone(),
                at: delivery.deleted_at,
            },
            self.entry(&delivery, Event::Deleted, detail),
        ];
        self.ports.store.commit(changes).await.map_err(of_store)?;
        Ok(delivery)
    }

    async fn note_undeleted(&self, account: &Account, mute: &Mute) {
        match mute {
            // The server takes the sign-in no more, or is away.
            Mute::NeedsSignIn
            | Mute::ProxyMissing
            | Mute::Keyring(_)
            | Mute::Call(CallError::Token { .. } | CallError::Offline) => {
                self.note_mute(account, mute).await;
            }
            Mute::Call(error) => self.note_look_error(account, error).await,
        }
    }
}

/// Whether there is something to take down, and what stands in the way: the outcome has to be known, and nothing more
/// may go out of it.
pub(crate) fn may_be_deleted(delivery: &Delivery) -> Outcome<()> {
    let refused = match delivery.state {
        State::Claimed | State::Staged | State::Sending => Code::AlreadySending,
        State::Unknown | State::NeedsYou => Code::OutcomeOpen,
        State::Queued | State::Held if delivery.parts_sent > 0 => Code::RestWaits,
        State::Queued | State::Held => Code::NotSent,
        _ if delivery.parts_sent == 0 => Code::NotSent,
        _ if delivery.ids_there().is_empty() => Code::DeleteByHand,
        _ => return Ok(()),
    };
    Err(Problem::new(refused))
}

fn undeleted(delivery: &Delivery, mute: Mute, account: &Account) -> Problem {
    if !delivery.deleted_ids.is_empty() {
        return partly(delivery);
    }
    match mute {
        // There is no such call, or not for what it is.
        Mute::Call(CallError::Unsupported(_)) => Problem::new(Code::DeleteByHand),
        Mute::Call(error) => of_call(error),
        other => of_mute(other, account),
    }
}

fn partly(delivery: &Delivery) -> Problem {
    let left = delivery.parts_there().into_iter().chain(may_be_part(delivery));
    let left: Vec<String> = left.map(|part| part.to_string()).collect();
    Problem::new(Code::PartlyDeleted).with("left", left.join(", "))
}

/// The part, from 1, that was tried last and may be there: a person left it open.
fn may_be_part(delivery: &Delivery) -> Option<u32> {
    let since = may_be_there_since(delivery).filter(|_| delivery.parts_sent < delivery.parts);
    since.map(|_| delivery.parts_sent + 1)
}
