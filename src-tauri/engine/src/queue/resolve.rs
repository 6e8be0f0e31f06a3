//! What a person found out about an unknown outcome.

use kossori_api::{Code, MovedView, Problem, Resolution, Resolved};
use kossori_core::answer::Receipt;
use kossori_core::delivery::{State, Step, step};
use kossori_core::network::ThreadSending;

use crate::bug::Bug;
use crate::engine::Engine;
use crate::looking::Seen;
use crate::model::{Account, Delivery, Event};
use crate::planning::Redraw;
use crate::ports::{CallError, Change, Named};
use crate::problem::{Outcome, of_call, of_step, of_store, of_vault};
use crate::publish::{Difference, after_proof, expect_of, merge_proof};
use crate::tokens::Mute;

impl Engine {
    /// What a person found out about an unknown outcome. "Not there" looks once more first.
    pub(crate) async fn queue_resolve(
        &self,
        id: &str,
        resolution: &Resolution,
        request: &str,
    ) -> Outcome<Resolved> {
        let delivery = self.delivery(id).await?;
        if !matches!(delivery.state, State::Unknown | State::NeedsYou) {
            return Err(Problem::new(Code::NotPossibleNow));
        }
        let accounts = self.ports.store.accounts().await.map_err(of_store)?;
        let account = accounts
            .into_iter()
            .find(|account| account.id == delivery.account)
            .ok_or_else(|| Problem::new(Code::UnknownAccount).with("account", &delivery.account))?;
        // Nobody looks or refreshes meanwhile.
        let busy = self.wait_to_occupy(&account.id).await;
        let delivery = self.delivery(id).await?;
        let mut resolved = delivery.clone();
        let mut rows = Vec::new();
        let detail = match resolution {
            Resolution::There { url } if parts_wait_behind(&account, &delivery) => {
                let url = url.as_deref().ok_or_else(|| Problem::new(Code::PartUrlNeeded))?;
                let receipt = self.part_at(&delivery, &account, url).await?;
                let differs = self.visibility_difference(&delivery, &receipt).await;
                let widened = differs.as_ref().is_some_and(Difference::is_wider);
                rows.extend(differs.map(|differs| self.entry_of(&delivery, &differs)));
                let more = merge_proof(&mut resolved, &account, receipt);
                resolved.state = step(delivery.state, after_proof(more, widened)).map_err(of_step)?;
                if let Some(frozen) = &mut resolved.frozen {
                    frozen.first_try = None;
                }
                rows.push(self.entry(&resolved, Event::PartSent, None));
                if resolved.state == State::Held {
                    rows.push(self.rest_held(&resolved));
                }
                "there"
            }
            Resolution::There { url } => {
                resolved.state = step(delivery.state, Step::Prove).map_err(of_step)?;
                resolved.sent_at = Some(self.now());
                resolved.parts_sent = delivery.parts;
                if let Some(url) = url {
                    let ids = delivery
                        .receipt
                        .as_ref()
                        .map(|receipt| receipt.ids.clone())
                        .unwrap_or_default();
                    resolved.receipt = Some(Receipt {
                        ids,
                        url: Some(url.clone()),
                        visibility: None,
                        last_url: None,
                    });
                } else if let Some(receipt) = &mut resolved.receipt {
                    // It is that of the part before.
                    receipt.last_url = None;
                }
                "there"
            }
            Resolution::NotThere => {
                let (seen, account) = if self.has(Bug::PersonBelievedBlindly) {
                    (Seen::Absent, account.clone())
                } else {
                    self.look(&delivery, &account).await
                };
                match seen {
                    Seen::There(_) | Seen::AllThere(_) => {
                        let answered = self.answered_with(request, &());
                        self.settle(&delivery, &account, seen, Some(answered)).await?;
                        self.memory().stopped.remove(&delivery.id);
                        let moved = {
                            let _gate = self.gate.lock().await;
                            self.replan(Redraw::OnlyWhatMust).await?.2
                        };
                        self.tell_changed();
                        return self.resolved(id, moved).await;
                    }
                    // It looks once more first: a look that could not be made proves nothing.
                    Seen::Nothing => return Err(Problem::new(Code::ServerUnreachable)),
                    Seen::Absent | Seen::Unseen | Seen::Alike(_) | Seen::CannotTell => {}
                }
                resolved.state = step(delivery.state, Step::QueueAgain).map_err(of_step)?;
                rows.extend(self.never_taken(&delivery, &account).await?);
                if let Some(frozen) = &mut resolved.frozen {
                    // The person's word: it was never taken.
                    frozen.first_try = None;
                }
                "not_there"
            }
            Resolution::Leave => {
                resolved.state = step(delivery.state, Step::Leave).map_err(of_step)?;
                "leave"
            }
        };
        resolved.open_question = None;
        resolved.planned = None;
        let moved = {
            let _gate = self.gate.lock().await;
            let mut changes = vec![
                Change::Delivery {
                    expect: expect_of(&delivery),
                    delivery: Box::new(resolved.clone()),
                },
                self.entry(&resolved, Event::Resolved, Some(detail.to_owned())),
            ];
            changes.extend(rows);
            // Done twice, it would be said of the next part, or of another try.
            changes.push(self.answered_with(request, &()));
            if resolved.state == State::Queued && resolved.parts_sent > delivery.parts_sent {
                changes.extend(self.doubt_rest(&mut resolved).await?);
            }
            self.ports.store.commit(changes).await.map_err(of_store)?;
            let redraw = Redraw::Deliveries([delivery.id.clone()].into());
            self.replan(redraw).await?.2
        };
        self.memory().stopped.remove(&delivery.id);
        drop(busy);
        self.tell_delivery(&resolved);
        self.resolved(id, moved).await
    }

    pub(crate) async fn resolved(&self, id: &str, moved: Vec<MovedView>) -> Outcome<Resolved> {
        let detail = self.queue_show(id).await?;
        Ok(Resolved { detail, moved })
    }

    /// The open part's proof, read where the person says that it is: the rest of the thread goes as an answer to it.
    async fn part_at(&self, delivery: &Delivery, account: &Account, url: &str) -> Outcome<Receipt> {
        let frozen = delivery
            .frozen
            .as_ref()
            .ok_or_else(|| Problem::new(Code::NotPossibleNow))?;
        let publisher = self
            .ports
            .publishers
            .publisher(account.network)
            .ok_or_else(|| Problem::new(Code::NotBuiltYet))?;
        let refused = |mute| of_mute(mute, account);
        let mut session = self.session(account).await.map_err(refused)?;
        let before = delivery.receipt.as_ref().and_then(|receipt| receipt.ids.last());
        let before = before.map(String::as_str);
        let mut named = publisher
            .at_url(&session, &frozen.record, delivery.parts_sent, before, url)
            .await;
        if matches!(named, Err(CallError::Token { .. })) {
            session = self.refresh(&session).await.map_err(refused)?;
            named = publisher
                .at_url(&session, &frozen.record, delivery.parts_sent, before, url)
                .await;
        }
        self.note_paid(account, publisher.as_ref()).await;
        match named.map_err(of_call)? {
            Named::ThePart(receipt) => Ok(receipt),
            Named::Nothing => Err(Problem::new(Code::PartUrlNotFound)),
            Named::OtherAuthor => Err(Problem::new(Code::PartUrlOtherAuthor)),
            Named::OtherContent => Err(Problem::new(Code::PartUrlOtherText)),
        }
    }
}

pub(crate) fn of_mute(mute: Mute, account: &Account) -> Problem {
    match mute {
        Mute::Keyring(error) => of_vault(error),
        Mute::NeedsSignIn => Problem::new(Code::NeedsSignIn).with("account", &account.handle),
        Mute::ProxyMissing => Problem::new(Code::ProxyMissing).with("account", &account.handle),
        Mute::Call(error) => of_call(error),
    }
}

/// Parts of the thread would still have to go after the one that is open.
fn parts_wait_behind(account: &Account, delivery: &Delivery) -> bool {
    account.network.thread() == ThreadSending::PartByPart && delivery.parts_sent + 1 < delivery.parts
}
