//! Unknown outcomes are looked up, and never resent blindly (RULES.md 5).

use std::sync::Arc;

use jiff::Timestamp;
use kossori_api::{Code, Problem};
use kossori_core::answer::Receipt;
use kossori_core::delivery::{State, Step, step};
use kossori_core::ids::DeliveryId;
use kossori_core::lookup::{self, LookTimes, Looked, Resend, Verdict};
use kossori_core::network::Network;

use crate::bug::Bug;
use crate::engine::{Busy, Engine};
use crate::model::{Account, Delivery, Event, OpenQuestion};
use crate::ports::{CallError, Change, Look, Publisher, Session};
use crate::problem::{Outcome, of_step, of_store};
use crate::publish::{Difference, after_proof, expect_of, margin, merge_proof, opening_now};
use crate::tick::ends;
use crate::tokens::Mute;

/// What a look told.
pub(crate) enum Seen {
    There(Receipt),
    /// With every part that it has.
    AllThere(Receipt),
    Absent,
    /// Not found, and never to be sent again by itself.
    Unseen,
    /// At this address there is something that may be it: the person is asked at once.
    Alike(String),
    /// It could not be made, or the network lets nobody look.
    Nothing,
    /// Nobody can look here, ever: the person is asked at once.
    CannotTell,
}

impl Seen {
    /// Without an address nothing was seen that could be named.
    pub(crate) fn alike(url: Option<String>) -> Seen {
        url.map_or(Seen::CannotTell, Seen::Alike)
    }
}

impl Engine {
    /// The look that is due. The account is marked busy meanwhile.
    pub(crate) async fn look_due(self: Arc<Self>, busy: Busy<Arc<Engine>>, id: DeliveryId, account: Account) {
        if let Ok(Some(delivery)) = self.ports.store.delivery(&id).await
            && delivery.state == State::Unknown
        {
            self.keep_wariness(&account).await;
            let (seen, account) = self.look(&delivery, &account).await;
            // A failed write leaves the question open: it is asked again, but not at once.
            let settled = self.settle(&delivery, &account, seen, None).await;
            if let Err(problem) = settled
                && problem.code != Code::NotPossibleNow
            {
                if problem.code == Code::Internal {
                    self.stop(&delivery.id);
                }
                self.memory().unwritten = self.now().saturating_add(self.settings.backoff).ok();
            }
        }
        drop(busy);
    }

    /// One look; the account comes back as the server now describes it. Reading is allowed outside windows.
    pub(crate) async fn look(&self, delivery: &Delivery, account: &Account) -> (Seen, Account) {
        let mut account = account.clone();
        let Some(frozen) = &delivery.frozen else {
            return (Seen::Nothing, account);
        };
        let Some(publisher) = self.ports.publishers.publisher(account.network) else {
            return (Seen::Nothing, account);
        };
        let session = match self.session(&account).await {
            Ok(session) => session,
            Err(mute) => {
                if mute == Mute::ProxyMissing {
                    self.note_mute(&account, &mute).await;
                }
                return (Seen::Nothing, account);
            }
        };
        let part = delivery.parts_sent;
        let replies_to = delivery
            .receipt
            .as_ref()
            .and_then(|receipt| receipt.ids.last())
            .cloned();
        let mut session = session;
        let mut looked = publisher
            .look(&session, &frozen.record, part, replies_to.as_deref())
            .await;
        if matches!(looked, Err(CallError::Token { .. })) {
            match self.refresh(&session).await {
                Ok(fresh) => {
                    session = fresh;
                    looked = publisher
                        .look(&session, &frozen.record, part, replies_to.as_deref())
                        .await;
                }
                Err(mute) => self.note_mute(&account, &mute).await,
            }
        }
        // Where nobody can look, nothing was called.
        if looked.as_ref().is_ok_and(|look| *look != Look::CannotTell) {
            // Before what comes next: that may be turned away.
            self.recovered(&account).await;
        }
        let seen = match looked {
            Ok(Look::There(receipt)) => Seen::There(receipt),
            Ok(Look::Absent) => self.seen_by_another_copy(delivery, &account).await,
            Ok(Look::Alike { url }) => Seen::alike(url),
            Ok(Look::Unseen) => match self.seen_by_another_copy(delivery, &account).await {
                Seen::Absent => Seen::Unseen,
                seen => seen,
            },
            Ok(Look::CannotTell) => Seen::CannotTell,
            Err(error) => {
                if matches!(error, CallError::Offline) {
                    self.note_mute(&account, &Mute::Call(error)).await;
                } else {
                    self.note_look_error(&account, &error).await;
                }
                Seen::Nothing
            }
        };
        self.note_spent(&account, publisher.as_ref()).await;
        self.note_paid(&account, publisher.as_ref()).await;
        if matches!(seen, Seen::Absent) {
            self.ask_about(&mut account, &publisher, &session).await;
        }
        (seen, account)
    }

    /// Software and limits, before a resend may rest on them.
    async fn ask_about(&self, account: &mut Account, publisher: &Arc<dyn Publisher>, session: &Session) {
        if account.network == Network::Practice {
            return;
        }
        let asked = publisher.about(session).await;
        if let Err(error) = &asked {
            self.note_look_error(account, error).await;
        }
        if let Ok(about) = asked {
            let now = self.now();
            // Asked again before the next resend: a write that fails costs nothing.
            let _ = self
                .amend_account(&account.id, |stored| {
                    stored.software = about.software;
                    stored.limits = about.limits.clone();
                    stored.about_at = now;
                })
                .await;
            account.software = about.software;
            account.limits = about.limits;
        } else {
            // Who cannot say what software it is gets nothing resent.
            account.software = kossori_core::network::Software::Unknown;
        }
    }

    /// Writes down what the look told, and what follows; `also` in the same commit.
    pub(crate) async fn settle(
        &self,
        seen_of: &Delivery,
        account: &Account,
        seen: Seen,
        also: Option<Change>,
    ) -> Outcome<Delivery> {
        let settled = {
            let _gate = self.gate.lock().await;
            self.settle_gated(seen_of, account, seen, also).await?
        };
        if settled.state == State::Sent {
            self.memory().sent += 1;
        }
        self.tell_delivery(&settled);
        Ok(settled)
    }

    async fn settle_gated(
        &self,
        seen_of: &Delivery,
        account: &Account,
        seen: Seen,
        also: Option<Change>,
    ) -> Outcome<Delivery> {
        let now = self.now();
        // Its place in the queue may have changed while the look was under way.
        let delivery = &self.delivery(seen_of.id.as_str()).await?;
        if delivery.state != seen_of.state || delivery.attempt != seen_of.attempt {
            return Err(Problem::new(Code::NotPossibleNow));
        }
        let mut settled = delivery.clone();
        let mut question = delivery
            .open_question
            .clone()
            .unwrap_or(OpenQuestion::new(now, now));
        if !self.clock_is_unsure() {
            // Before the clock was set back.
            question.since = question.since.min(now);
        }
        let looked = !matches!(seen, Seen::Nothing | Seen::CannotTell);
        let failed_before = question.failed;
        let next = next_look(&self.settings.looks, question.since, question.looks + 1, now);
        let waits = self.memory().waits.until_for_look(account, now);
        let question = OpenQuestion {
            looks: question.looks + 1,
            looked: question.looked + u32::from(looked),
            failed: !looked,
            // A server that refuses is not looked at sooner than it may be.
            next_look: waits.map_or(next, |until| next.max(until)),
            ..question
        };
        let mut changes = Vec::from_iter(also);
        let (told, event) = match seen {
            Seen::There(receipt) => {
                let differs = self.visibility_difference(delivery, &receipt).await;
                let widened = differs.as_ref().is_some_and(Difference::is_wider);
                changes.extend(differs.map(|differs| self.entry_of(delivery, &differs)));
                let more = merge_proof(&mut settled, account, receipt);
                settled.state = step(delivery.state, after_proof(more, widened)).map_err(of_step)?;
                settled.open_question = None;
                if more {
                    if let Some(frozen) = &mut settled.frozen {
                        frozen.first_try = None;
                    }
                    ("there", Event::PartSent)
                } else {
                    settled.sent_at = Some(now);
                    ("there", Event::Sent)
                }
            }
            Seen::AllThere(receipt) => {
                let differs = self.visibility_difference(delivery, &receipt).await;
                changes.extend(differs.map(|differs| self.entry_of(delivery, &differs)));
                settled.receipt = Some(receipt);
                settled.parts_sent = settled.parts;
                settled.state = step(delivery.state, Step::Prove).map_err(of_step)?;
                settled.open_question = None;
                settled.sent_at = Some(now);
                ("there", Event::Sent)
            }
            Seen::Alike(url) => {
                settled.open_question = Some(OpenQuestion {
                    alike: Some(url),
                    ..question
                });
                settled.state = step(delivery.state, Step::AskPerson).map_err(of_step)?;
                ("cannot_tell", Event::NeedsYou)
            }
            Seen::CannotTell => {
                settled.open_question = Some(question);
                settled.state = step(delivery.state, Step::AskPerson).map_err(of_step)?;
                ("cannot_tell", Event::NeedsYou)
            }
            Seen::Absent | Seen::Unseen | Seen::Nothing => {
                let told = if looked { "absent" } else { "no_answer" };
                let first_try = delivery
                    .frozen
                    .as_ref()
                    .and_then(|f| f.first_try)
                    .unwrap_or(question.since);
                let resend = if matches!(seen, Seen::Unseen) {
                    Resend::Never
                } else {
                    self.resend_now(delivery, account).await?
                };
                let verdict = if self.has(Bug::ResendsBlindly) {
                    Verdict::SendAgain
                } else {
                    lookup::verdict(
                        &self.settings.looks,
                        resend,
                        question.since,
                        first_try,
                        now,
                        if looked {
                            Looked::Absent
                        } else if failed_before {
                            Looked::FailedAgain
                        } else {
                            Looked::Failed
                        },
                    )
                };
                match verdict {
                    Verdict::LookAgain => {
                        settled.open_question = Some(question);
                        (told, Event::Looked)
                    }
                    Verdict::SendAgain => {
                        settled.open_question = None;
                        settled.state = step(delivery.state, Step::SendAgain).map_err(of_step)?;
                        (told, Event::Looked)
                    }
                    Verdict::AskPerson => {
                        settled.open_question = Some(question);
                        settled.state = step(delivery.state, Step::AskPerson).map_err(of_step)?;
                        (told, Event::NeedsYou)
                    }
                }
            }
        };
        if event != Event::Looked {
            changes.push(self.entry(&settled, Event::Looked, Some(told.to_owned())));
            changes.push(self.entry(&settled, event, None));
        } else {
            changes.push(self.entry(&settled, event, Some(told.to_owned())));
        }
        changes.push(Change::Delivery {
            expect: expect_of(delivery),
            delivery: Box::new(settled.clone()),
        });
        if settled.state == State::Held {
            changes.push(self.rest_held(&settled));
        } else if event == Event::PartSent {
            changes.extend(self.doubt_rest(&mut settled).await?);
        }
        self.ports.store.commit(changes).await.map_err(of_store)?;
        Ok(settled)
    }

    /// A key with a short life is used only if a span is open for it now: in the next one it may be too old.
    /// What was turned away since, or is past its time, is not sent again by itself at all.
    async fn resend_now(&self, delivery: &Delivery, account: &Account) -> Outcome<Resend> {
        if delivery.refusal.is_some() || ends(delivery).is_some_and(|ends| self.now() >= ends) {
            return Ok(Resend::Never);
        }
        let resend = lookup::resend(account.network, account.software);
        if self.has(Bug::KeyLifeForgotten) && matches!(resend, Resend::WithinKeyLife(_)) {
            return Ok(Resend::SameKey);
        }
        if !matches!(resend, Resend::WithinKeyLife(_)) {
            return Ok(resend);
        }
        let board = self.board().await?;
        let open = opening_now(&board, delivery, board.now)
            .is_some_and(|opening| opening.until.duration_since(board.now) >= margin(account, delivery));
        Ok(if open { resend } else { Resend::Never })
    }
}

/// Looks that were slept over are not made up for: the next one is the next that lies ahead.
fn next_look(times: &LookTimes, since: Timestamp, looks: u32, now: Timestamp) -> Timestamp {
    let mut next = times.next(since, looks);
    for look in looks.saturating_add(1)..u32::MAX {
        if next > now {
            return next;
        }
        let later = times.next(since, look);
        if later <= next {
            break;
        }
        next = later;
    }
    next.max(now)
}
