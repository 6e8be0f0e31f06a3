//! Taking down again what was sent. A person's act, and allowed at any time: it publishes nothing. What it was stays as
//! it is in queue and journal; beside it stands what of it is gone.

use jiff::SignedDuration;
use kossori_api::{Code, DeliveryDetail, Problem};
use kossori_core::delivery::State;

use crate::engine::Engine;
use crate::limit::within;
use crate::model::{Account, Delivery, Event};
use crate::ports::{CallError, Change, Publisher, Session};
use crate::problem::{Outcome, of_call, of_store};
use crate::queue::of_mute;
use crate::tokens::Mute;

/// As long as the post call may take.
const ONE_WITHIN: SignedDuration = SignedDuration::from_secs(30);

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
        // Another request may have come first.
        let mut delivery = self.delivery(id).await?;
        let ids: Vec<String> = delivery.ids_there().into_iter().map(str::to_owned).collect();
        for part in ids.iter().rev() {
            let gone = self.delete_part(publisher.as_ref(), &mut session, part).await;
            if let Err(mute) = gone {
                self.note_undeleted(&account, &mute).await;
                return Err(undeleted(&delivery, mute, &account));
            }
            delivery = self.note_deleted(id, part).await?;
        }
        self.recovered(&account).await;
        drop(busy);
        self.tell_delivery(&delivery);
        self.tell_changed();
        match delivery.deleted_at {
            Some(_) => self.queue_show(id).await,
            // Of the rest nobody knows the ids.
            None => Err(partly(&delivery)),
        }
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
        delivery.deleted_at = left.is_empty().then(|| self.now());
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
    let left: Vec<String> = delivery.parts_there().iter().map(u32::to_string).collect();
    Problem::new(Code::PartlyDeleted).with("left", left.join(", "))
}
