//! What waited when the folder was copied, and is approved in the copy: the other one may have sent it since. It is looked
//! for first, as far as its network lets anybody look (RULES.md 6).

use jiff::{SignedDuration, Timestamp};
use kossori_api::{Code, Problem};
use kossori_core::delivery::{State, Step, step};

use super::resolve::of_mute;
use crate::adopt::ADOPTED_AT;
use crate::engine::Engine;
use crate::looking::Seen;
use crate::model::{Account, Delivery, Event, OpenQuestion};
use crate::ports::{CallError, Change, Found};
use crate::problem::{Outcome, of_call, of_step, of_store};
use crate::publish::{Stop, expect_of};

/// A server's clock may be behind ours.
const EARLIER: SignedDuration = SignedDuration::from_mins(5);

impl Engine {
    /// Whether it is there already; then it counts as sent. A look that could not be made proves nothing, and refuses, and
    /// so does one that finds something alike, unless the person has looked (`anyway`).
    pub(super) async fn another_copy_sent(&self, id: &str, anyway: bool) -> Outcome<bool> {
        let delivery = self.delivery(id).await?;
        // A thread that has begun here is looked for part by part.
        if delivery.state != State::Held || delivery.parts_sent > 0 || !self.was_copied(&delivery).await? {
            return Ok(false);
        }
        let accounts = self.ports.store.accounts().await.map_err(of_store)?;
        let account = accounts
            .into_iter()
            .find(|account| account.id == delivery.account)
            .ok_or_else(|| Problem::new(Code::UnknownAccount).with("account", &delivery.account))?;
        let _busy = self.wait_to_occupy(&account.id).await;
        let receipt = match self.find(&delivery, &account).await? {
            Found::There(receipt) => receipt,
            Found::Absent => return Ok(false),
            Found::Alike { .. } | Found::CannotTell if anyway => return Ok(false),
            Found::Alike { url } => {
                let url = url.unwrap_or_else(|| account.server.clone());
                return Err(Problem::new(Code::MayBeThere).with("url", url));
            }
            Found::CannotTell => return Err(Problem::new(Code::MayBeThere).with("url", &account.server)),
        };
        let differs = self.visibility_difference(&delivery, &receipt).await;
        let sent = {
            let _gate = self.gate.lock().await;
            let before = self.delivery(id).await?;
            if before.revision != delivery.revision {
                return Err(Problem::new(Code::NotPossibleNow));
            }
            let mut sent = before.clone();
            sent.state = step(before.state, Step::Prove).map_err(of_step)?;
            sent.receipt = Some(receipt);
            sent.parts_sent = sent.parts;
            sent.sent_at = Some(self.now());
            sent.hold_until = None;
            let mut changes = vec![
                self.entry(&sent, Event::Looked, Some("there".to_owned())),
                self.entry(&sent, Event::Sent, Some("copy".to_owned())),
                Change::Delivery {
                    expect: expect_of(&before),
                    delivery: Box::new(sent.clone()),
                },
            ];
            changes.extend(differs.map(|differs| self.entry_of(&sent, &differs)));
            self.ports.store.commit(changes).await.map_err(of_store)?;
            sent
        };
        self.tell_delivery(&sent);
        self.tell_changed();
        Ok(true)
    }

    /// A part was found to be there that this folder did not prove itself: the one that it was copied from may have sent
    /// the next one too, so that is looked up before it goes. The caller holds the gate and commits the changes.
    pub(crate) async fn doubt_rest(&self, delivery: &mut Delivery) -> Outcome<Vec<Change>> {
        if delivery.state != State::Queued || !self.was_copied(delivery).await? {
            return Ok(Vec::new());
        }
        let proved = delivery.clone();
        let now = self.now();
        delivery.state = step(proved.state, Step::Doubt).map_err(of_step)?;
        delivery.open_question = Some(self.asked_of_a_copy(now));
        Ok(vec![
            self.entry(delivery, Event::Unknown, Some("copy".to_owned())),
            Change::Delivery {
                expect: expect_of(&proved),
                delivery: Box::new(delivery.clone()),
            },
        ])
    }

    /// The rest of a thread was approved in a copy: the next part is looked for before it goes.
    pub(super) async fn rest_is_doubted(&self, delivery: &Delivery) -> Outcome<bool> {
        let has_begun = delivery.parts_sent > 0 && delivery.frozen.is_some();
        Ok(delivery.state == State::Held && has_begun && self.was_copied(delivery).await?)
    }

    pub(crate) fn asked_of_a_copy(&self, now: Timestamp) -> OpenQuestion {
        OpenQuestion {
            copied: true,
            ..OpenQuestion::new(now, self.settings.looks.next(now, 0))
        }
    }

    /// Not found by what it was frozen with here. In a copy, the other folder may have frozen it anew: what was plainly
    /// turned away begins anew when a person tries it again.
    pub(crate) async fn seen_by_another_copy(&self, delivery: &Delivery, account: &Account) -> Seen {
        match self.was_copied(delivery).await {
            Ok(true) if delivery.parts_sent == 0 => {}
            Ok(_) => return Seen::Absent,
            Err(_) => return Seen::Nothing,
        }
        match self.find(delivery, account).await {
            Ok(Found::There(receipt)) => Seen::AllThere(receipt),
            Ok(Found::Alike { url }) => Seen::alike(url),
            Ok(Found::Absent) => Seen::Absent,
            Ok(Found::CannotTell) => Seen::CannotTell,
            Err(_) => Seen::Nothing,
        }
    }

    async fn was_copied(&self, delivery: &Delivery) -> Outcome<bool> {
        let adopted = self.ports.store.setting(ADOPTED_AT).await.map_err(of_store)?;
        let adopted: Option<Timestamp> = adopted.and_then(|json| serde_json::from_str(&json).ok());
        Ok(adopted.is_some_and(|adopted| delivery.created_at <= adopted))
    }

    async fn is_quiet_reply(&self, delivery: &Delivery) -> Outcome<bool> {
        let revision = self.ports.store.revision(&delivery.revision).await;
        Ok(revision
            .map_err(of_store)?
            .is_some_and(|revision| revision.content.quiet_reply))
    }

    async fn find(&self, delivery: &Delivery, account: &Account) -> Outcome<Found> {
        let publisher = self
            .ports
            .publishers
            .publisher(account.network)
            .ok_or_else(|| Problem::new(Code::NotBuiltYet))?;
        let refused = |mute| of_mute(mute, account);
        let mut session = self.session(account).await.map_err(refused)?;
        let outgoing = match self.outgoing(delivery, account).await {
            Ok(outgoing) => outgoing,
            // What it would become cannot be said any more: a picture that the server takes no longer.
            Err(Stop::Refused(_)) => return Ok(Found::Alike { url: None }),
            Err(_) => return Err(Problem::new(Code::NotPossibleNow)),
        };
        let since = delivery
            .created_at
            .saturating_sub(EARLIER)
            .unwrap_or(Timestamp::MIN);
        // One post proves one delivery: two of the same words may both be meant.
        let known = self
            .ports
            .store
            .deliveries(&[State::Sent])
            .await
            .map_err(of_store)?;
        let known: Vec<String> = known
            .into_iter()
            .filter(|sent| sent.account == delivery.account)
            .filter_map(|sent| sent.receipt)
            .flat_map(|receipt| receipt.ids)
            .collect();
        let mut found = publisher.find(&session, &outgoing, since, &known).await;
        if matches!(found, Err(CallError::Token { .. })) {
            session = self.refresh(&session).await.map_err(refused)?;
            found = publisher.find(&session, &outgoing, since, &known).await;
        }
        self.note_paid(account, publisher.as_ref()).await;
        if let Err(error) = &found {
            self.note_look_error(account, error).await;
        }
        match found {
            // It may answer another post there than it would here: not what is looked for, and there all the same.
            Ok(Found::Absent) if self.is_quiet_reply(delivery).await? => Ok(Found::CannotTell),
            // However often it is asked, there is no more to be seen: a person has to look.
            Err(CallError::Refused { .. } | CallError::Unclear { status: Some(200) }) => {
                Ok(Found::Alike { url: None })
            }
            found => found.map_err(of_call),
        }
    }
}
