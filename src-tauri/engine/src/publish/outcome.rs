//! What becomes of the rows: what an answer to the post call does to them, and what a stop before it does.

use jiff::{SignedDuration, Timestamp};
use kossori_core::answer::{self, Answer, Becomes, Receipt, Refusal, Why};
use kossori_core::cost::{Booking, Kind};
use kossori_core::delivery::{Step, step};
use kossori_core::ids::DeliveryId;
use kossori_core::network::ThreadSending;

use super::Stop;
use super::claim::may_be_there_since;
use super::difference::{Difference, after_proof, is_wider};
use super::post_call::Leaving;
use super::put::Put;
use super::rows::expect_of;
use super::voice::Voice;
use crate::bug::Bug;
use crate::engine::Engine;
use crate::model::{Account, Delivery, Event, OpenQuestion, ServerRefusal, WaitWhy};
use crate::ports::Change;

/// Why a part of a thread went back.
const NO_PARENT: &str = "no_parent";
/// What became of a call that was turned away because something of the same words is there.
const DUPLICATE: &str = "duplicate";

impl Engine {
    /// Does what the answer table says. Answers whether another post call follows in this attempt: of the next part, or
    /// of this one after a refresh. What is plainly turned away was not taken; of an earlier call of this part, which may
    /// have been (`tried_before`), that says nothing.
    pub(super) async fn hear(
        &self,
        delivery: &mut Delivery,
        account: &Account,
        voice: &mut Voice,
        answer: Answer,
        leaving: &Leaving,
    ) -> Result<bool, Stop> {
        let tried_before = leaving.tried_before;
        let answer = self.misheard(answer, account);
        let becomes = answer::becomes(answer, &account.author_id, voice.refreshed);
        let turned_away = matches!(
            becomes,
            Becomes::RefreshOnce | Becomes::Queued(_) | Becomes::Rejected { .. } | Becomes::NotYet { .. }
        );
        if turned_away
            && !tried_before
            && let Some(frozen) = &mut delivery.frozen
        {
            // Its key's life has not begun.
            frozen.first_try = None;
        }
        // Nor was it paid for.
        let back = leaving.booked.clone().filter(|_| turned_away && !tried_before);
        let back = back.map(|booked| {
            Change::Book(Booking {
                kind: Kind::TurnedAway,
                ..booked
            })
        });
        match becomes {
            Becomes::Sent(receipt) => return self.prove(delivery, account, receipt).await,
            Becomes::RefreshOnce => match self.refresh_voice(voice).await {
                Ok(()) => {
                    let also = Vec::from_iter(back);
                    self.move_on(delivery, Step::TryAgain, Event::PutBack, Some("token"), also)
                        .await?;
                    return Ok(true);
                }
                Err(mute) => {
                    // First of all: whatever becomes of the row, nobody is called again at once.
                    self.note_mute(account, &mute).await;
                    let put = Put {
                        health: None,
                        ..self.put_of_mute(&mute)
                    };
                    self.answered_no(delivery, account, &put, false, back).await?;
                }
            },
            Becomes::Queued(why) => {
                let never_left = why == Why::NeverLeft;
                let put = self.put_of_why(&why);
                self.wait_with_put(account, &put).await;
                self.answered_no(delivery, account, &put, never_left, back)
                    .await?;
            }
            Becomes::NotYet { code, words } => {
                let refusal = ServerRefusal { code, words };
                let wait = self.parent_wait(delivery).await?;
                match wait.filter(|_| !tried_before) {
                    Some(wait) => {
                        let put = Put {
                            not_before: self.now().saturating_add(wait).ok(),
                            refusal: Some(refusal),
                            ..self.put(NO_PARENT, None, None)
                        };
                        self.answered_no(delivery, account, &put, false, back).await?;
                    }
                    None => {
                        self.turned_away(delivery, account, refusal, tried_before, back)
                            .await?;
                    }
                }
            }
            Becomes::Rejected { code, words } => {
                let refusal = ServerRefusal { code, words };
                self.turned_away(delivery, account, refusal, tried_before, back)
                    .await?;
            }
            Becomes::SentBefore(receipt) => {
                if tried_before || self.was_lost(delivery).await? {
                    return self.prove(delivery, account, receipt).await;
                }
                self.lose_to(delivery, receipt.url).await?;
            }
            Becomes::Unknown => self.lose(delivery).await?,
        }
        Ok(false)
    }

    async fn turned_away(
        &self,
        delivery: &mut Delivery,
        account: &Account,
        refusal: ServerRefusal,
        tried_before: bool,
        back: Option<Change>,
    ) -> Result<(), Stop> {
        self.wait_after_refusal(account).await;
        if tried_before {
            // This try was turned away; what became of the earlier one it does not say.
            delivery.refusal = Some(refusal);
            self.lose(delivery).await
        } else {
            self.rejected(delivery, refusal, back).await
        }
    }

    /// How long this part waits for the one before it to be known everywhere. `None`: it answers none of this thread, or has
    /// waited often enough.
    async fn parent_wait(&self, delivery: &Delivery) -> Result<Option<SignedDuration>, Stop> {
        if delivery.parts_sent == 0 {
            return Ok(None);
        }
        let attempts = self.ports.store.attempts(&delivery.id).await?;
        let waited = attempts.iter().filter(|attempt| {
            attempt.part == delivery.parts_sent && attempt.code.as_deref() == Some(NO_PARENT)
        });
        Ok(answer::PARENT_WAITS.get(waited.count()).copied())
    }

    /// Whether nobody ever knew what became of an earlier call of this part as it is: a person said that it was not there. A call
    /// that was turned away as a duplicate was none: what is there was there before it.
    async fn was_lost(&self, delivery: &Delivery) -> Result<bool, Stop> {
        let Some(frozen) = &delivery.frozen else {
            return Ok(false);
        };
        let attempts = self.ports.store.attempts(&delivery.id).await?;
        Ok(attempts.iter().any(|attempt| {
            attempt.part == delivery.parts_sent
                && attempt.outcome.as_deref() == Some("unknown")
                && attempt.code.as_deref() != Some(DUPLICATE)
                && attempt.sending_at.is_some_and(|at| at >= frozen.at)
        }))
    }

    /// What was heard, unless a fault was put in on purpose.
    fn misheard(&self, answer: Answer, account: &Account) -> Answer {
        match answer {
            Answer::Unclear {
                status: Some(500..=599),
            } if self.has(Bug::ResendsOnServerError) => Answer::NeverLeft,
            Answer::Posted { receipt, .. } if self.has(Bug::AuthorNotCompared) => Answer::Posted {
                receipt,
                author: Some(account.author_id.clone()),
            },
            Answer::Refused {
                kind: Refusal::Duplicate,
                code,
                words,
                ..
            } if self.has(Bug::DuplicateIsRefusal) => Answer::Refused {
                status: 400,
                kind: Refusal::Other,
                code,
                words,
            },
            heard => heard,
        }
    }

    /// The answer proves this part, or all. Answers whether another part is to go now.
    async fn prove(
        &self,
        delivery: &mut Delivery,
        account: &Account,
        receipt: Receipt,
    ) -> Result<bool, Stop> {
        let before = delivery.clone();
        let differs = self.visibility_difference(&before, &receipt).await;
        let widened = differs.as_ref().is_some_and(Difference::is_wider);
        let parts_wait = merge_proof(delivery, account, receipt);
        let more = parts_wait && !widened;
        delivery.state = step(before.state, after_proof(parts_wait, widened)).map_err(|_| Stop::Gone)?;
        let now = self.now();
        let mut changes = vec![Change::UpdateAttempt(self.ended(&before, "sent", None).await?)];
        if parts_wait {
            if let Some(frozen) = &mut delivery.frozen {
                frozen.first_try = None;
            }
            changes.push(self.entry(delivery, Event::PartSent, None));
        }
        changes.extend(differs.map(|differs| self.entry_of(delivery, &differs)));
        if more {
            let attempt = self.new_attempt(delivery);
            changes.push(Change::AddAttempt(attempt));
        } else if parts_wait {
            delivery.planned = None;
            changes.push(self.rest_held(delivery));
        } else {
            delivery.sent_at = Some(now);
            changes.push(self.entry(delivery, Event::Sent, None));
        }
        changes.push(Change::Delivery {
            expect: expect_of(&before),
            delivery: Box::new(delivery.clone()),
        });
        self.commit_stubbornly(changes).await?;
        if !parts_wait {
            self.memory().sent += 1;
        }
        self.recovered(account).await;
        self.tell_delivery(delivery);
        Ok(more)
    }

    /// `sending` → `rejected`, or straight from before it: a plain no.
    async fn rejected(
        &self,
        delivery: &mut Delivery,
        refusal: ServerRefusal,
        back: Option<Change>,
    ) -> Result<(), Stop> {
        let before = delivery.clone();
        delivery.state = step(before.state, Step::Refuse).map_err(|_| Stop::Gone)?;
        delivery.planned = None;
        let code = refusal.code.clone();
        delivery.refusal = Some(refusal);
        let attempt = self.ended(&before, "rejected", Some(code.clone())).await?;
        let mut changes = vec![
            Change::UpdateAttempt(attempt),
            Change::Delivery {
                expect: expect_of(&before),
                delivery: Box::new(delivery.clone()),
            },
            self.entry(delivery, Event::Rejected, Some(code)),
        ];
        changes.extend(back);
        self.commit_stubbornly(changes).await?;
        self.memory().rejected += 1;
        self.tell_delivery(delivery);
        Ok(())
    }

    /// `sending` → `unknown`.
    async fn lose(&self, delivery: &mut Delivery) -> Result<(), Stop> {
        self.unknown(delivery, None, None).await
    }

    /// The same: it was turned away, because at this address there is one of the same words.
    async fn lose_to(&self, delivery: &mut Delivery, alike: Option<String>) -> Result<(), Stop> {
        self.unknown(delivery, alike, Some(DUPLICATE)).await
    }

    async fn unknown(
        &self,
        delivery: &mut Delivery,
        alike: Option<String>,
        code: Option<&str>,
    ) -> Result<(), Stop> {
        let before = delivery.clone();
        let now = self.now();
        delivery.state = step(before.state, Step::Lose).map_err(|_| Stop::Gone)?;
        delivery.planned = None;
        delivery.open_question = Some(OpenQuestion {
            alike,
            ..OpenQuestion::new(now, self.settings.looks.next(now, 0))
        });
        let changes = vec![
            Change::UpdateAttempt(self.ended(&before, "unknown", code.map(str::to_owned)).await?),
            Change::Delivery {
                expect: expect_of(&before),
                delivery: Box::new(delivery.clone()),
            },
            self.entry(delivery, Event::Unknown, None),
        ];
        self.commit_stubbornly(changes).await?;
        self.tell_delivery(delivery);
        Ok(())
    }

    /// `sending` → `queued`: provably not posted.
    async fn answered_no(
        &self,
        delivery: &mut Delivery,
        account: &Account,
        put: &Put,
        never_left: bool,
        back: Option<Change>,
    ) -> Result<(), Stop> {
        self.say_health(account, put).await;
        let before = delivery.clone();
        delivery.state = step(before.state, Step::PutBack).map_err(|_| Stop::Gone)?;
        delivery.not_before = put.not_before;
        delivery.refusal.clone_from(&put.refusal);
        delivery.planned = None;
        let mut attempt = self.ended(&before, "put_back", Some(put.code.clone())).await?;
        attempt.never_left = never_left;
        let mut changes = vec![
            Change::UpdateAttempt(attempt),
            Change::Delivery {
                expect: expect_of(&before),
                delivery: Box::new(delivery.clone()),
            },
            self.entry(delivery, Event::PutBack, Some(put.code.clone())),
        ];
        changes.extend(back);
        self.commit_stubbornly(changes).await?;
        self.tell_delivery(delivery);
        Ok(())
    }

    /// `claimed` or `staged` → `queued`.
    pub(super) async fn put_back(&self, id: &DeliveryId, account: &Account, put: Put) {
        self.wait_with_put(account, &put).await;
        self.say_health(account, &put).await;
        if let Ok(Some(mut delivery)) = self.ports.store.delivery(id).await
            && delivery.state.is_before_sending()
            && let Ok(state) = step(delivery.state, Step::PutBack)
        {
            let before = delivery.clone();
            delivery.state = state;
            delivery.planned = None;
            delivery.not_before = put.not_before;
            delivery.refusal.clone_from(&put.refusal);
            let Ok(attempt) = self.ended(&before, "put_back", Some(put.code.clone())).await else {
                return;
            };
            let changes = vec![
                Change::UpdateAttempt(attempt),
                Change::Delivery {
                    expect: expect_of(&before),
                    delivery: Box::new(delivery.clone()),
                },
                self.entry(&delivery, Event::PutBack, Some(put.code)),
            ];
            if self.ports.store.commit(changes).await.is_ok() {
                self.tell_delivery(&delivery);
            }
        }
    }

    /// Before the row: who signs in because that waits for it is not overruled afterwards.
    async fn say_health(&self, account: &Account, put: &Put) {
        if let Some(health) = put.health {
            self.set_health(&account.id, health).await;
        }
    }

    /// What waits behind it is not put to a server that refuses at once.
    pub(super) async fn wait_after_refusal(&self, account: &Account) {
        let until = self.now().saturating_add(self.settings.backoff);
        self.wait(account, until.unwrap_or(Timestamp::MAX), WaitWhy::Refused)
            .await;
    }

    /// A plain no to a call before the post call: nothing was posted by this attempt, and trying again changes nothing.
    /// What an earlier one may have posted goes back, and is looked up and asked about.
    pub(super) async fn refuse_before_sending(
        &self,
        id: &DeliveryId,
        account: &Account,
        refusal: ServerRefusal,
    ) {
        let Ok(Some(mut delivery)) = self.ports.store.delivery(id).await else {
            return;
        };
        if !delivery.state.is_before_sending() {
            return;
        }
        if may_be_there_since(&delivery).is_some() {
            let put = Put {
                refusal: Some(refusal),
                ..self.put("refused", None, None)
            };
            self.put_back(id, account, put).await;
        } else {
            let _ = self.rejected(&mut delivery, refusal, None).await;
        }
    }
}

/// Writes a proof into the delivery; answers whether parts are still to go.
pub(crate) fn merge_proof(delivery: &mut Delivery, account: &Account, receipt: Receipt) -> bool {
    match account.network.thread() {
        ThreadSending::AtOnce => {
            delivery.parts_sent = delivery.parts;
            delivery.receipt = Some(receipt);
            false
        }
        ThreadSending::PartByPart => {
            delivery.parts_sent += 1;
            match &mut delivery.receipt {
                Some(so_far) => {
                    so_far.ids.extend(receipt.ids);
                    so_far.last_url = receipt.url;
                    // What is shown of a thread is the widest of its parts.
                    let wider = receipt.visibility.filter(|now| {
                        let before = so_far.visibility.as_deref();
                        before.is_none_or(|before| is_wider(now, before))
                    });
                    so_far.visibility = wider.or_else(|| so_far.visibility.take());
                }
                None => delivery.receipt = Some(receipt),
            }
            delivery.parts_sent < delivery.parts
        }
    }
}
