//! What waits: looking at it, changing it, and what a person decides.

use kossori_api::{
    Code, ContentInput, ContentView, Deliveries, DeliveryDetail, Moved, Problem, Removed, Resolution,
    TryView, WhenInput,
};
use kossori_core::delivery::{State, Step, step};
use kossori_core::ids::DeliveryId;
use kossori_core::network::ThreadSending;

use crate::engine::Engine;
use crate::looking::Seen;
use crate::model::{Account, Attempt, Delivery, Event, Revision, When};
use crate::planning::{Board, OPEN, Redraw};
use crate::ports::Change;
use crate::posts::{check_when, fits_some_window, refuse_clash};
use crate::problem::{Outcome, of_step, of_store};
use crate::publish::{expect_of, may_be_there_since};
use crate::views::positions;

impl Engine {
    pub(crate) async fn delivery(&self, id: &str) -> Outcome<Delivery> {
        let found = self
            .ports
            .store
            .delivery(&DeliveryId(id.to_owned()))
            .await
            .map_err(of_store)?;
        found.ok_or_else(|| Problem::new(Code::UnknownDelivery).with("delivery", id))
    }

    pub(crate) async fn queue_list(&self, all: bool) -> Outcome<Deliveries> {
        let states: Vec<State> = if all {
            State::ALL.to_vec()
        } else {
            OPEN.into_iter().chain([State::Rejected, State::Missed]).collect()
        };
        let deliveries = self.ports.store.deliveries(&states).await.map_err(of_store)?;
        Ok(Deliveries {
            deliveries: self.delivery_views(&deliveries).await?,
        })
    }

    async fn delivery_views(&self, deliveries: &[Delivery]) -> Outcome<Vec<kossori_api::DeliveryView>> {
        let board = self.board().await?;
        let placed = board.explained();
        let positions = positions(&board.queue);
        let ids: Vec<String> = deliveries
            .iter()
            .map(|delivery| delivery.revision.clone())
            .collect();
        let revisions = self.ports.store.revisions(&ids).await.map_err(of_store)?;
        let contents: std::collections::BTreeMap<&str, &Revision> = revisions
            .iter()
            .map(|revision| (revision.id.as_str(), revision))
            .collect();
        Ok(deliveries
            .iter()
            .map(|delivery| {
                let content = contents
                    .get(delivery.revision.as_str())
                    .map(|revision| &revision.content);
                self.delivery_view(&board, &placed, &positions, content, delivery)
            })
            .collect())
    }

    pub(crate) async fn queue_show(&self, id: &str) -> Outcome<DeliveryDetail> {
        let delivery = self.delivery(id).await?;
        let view = self.delivery_views(std::slice::from_ref(&delivery)).await?.pop();
        let view = view.ok_or_else(|| Problem::new(Code::UnknownDelivery).with("delivery", id))?;
        let tries = self.ports.store.attempts(&delivery.id).await.map_err(of_store)?;
        let accounts = self.ports.store.accounts().await.map_err(of_store)?;
        let mut content = ContentView::default();
        let findings = match (
            accounts.iter().find(|account| account.id == delivery.account),
            self.ports
                .store
                .revision(&delivery.revision)
                .await
                .map_err(of_store)?,
        ) {
            (Some(account), Some(revision)) => {
                content = self.content_view(&revision.content).await?;
                let taken = crate::intake::Taken {
                    content: revision.content,
                    new_pictures: Vec::new(),
                };
                self.check(&taken, &[account], false).await?.views()
            }
            _ => Vec::new(),
        };
        Ok(DeliveryDetail {
            delivery: view,
            findings,
            tries: tries.iter().map(|attempt| self.try_view(attempt)).collect(),
            content,
        })
    }

    fn try_view(&self, attempt: &Attempt) -> TryView {
        TryView {
            n: attempt.n,
            part: attempt.part + 1,
            began_at: self.show_time(attempt.began_at),
            ended_at: attempt.ended_at.map(|at| self.show_time(at)),
            outcome: attempt.outcome.clone(),
            code: attempt.code.clone(),
        }
    }

    /// New words. What never reached `sending`, or was plainly turned away, may be edited; an attempt under way is
    /// voided in the same transaction.
    pub(crate) async fn queue_edit(
        &self,
        id: &str,
        content: &ContentInput,
        thread: bool,
        confirm_persona: bool,
    ) -> Outcome<Moved> {
        let taken = self.take(content).await?;
        let _gate = self.gate.lock().await;
        let delivery = self.delivery(id).await?;
        editable(&delivery)?;
        let mut board = self.board().await?;
        let account = board.account(&delivery.account)?.clone();
        let checked = self.check(&taken, &[&account], thread).await?;
        if checked.blocks() {
            return Err(checked.refusal());
        }
        if account.persona.needs_confirm() && !confirm_persona {
            return Err(Problem::new(Code::ConfirmPersona).with("account", &account.handle));
        }
        let content = checked
            .per_account
            .first()
            .map(|(_, content)| content.clone())
            .unwrap_or_default();
        let revision = Revision {
            id: self.ports.ids.next(),
            post: delivery.post.clone(),
            content,
            created_at: self.now(),
        };
        let mut edited = delivery.clone();
        edited.state = step(delivery.state, Step::Edit).map_err(of_step)?;
        edited.revision.clone_from(&revision.id);
        edited.parts = u32::try_from(revision.content.parts.len())
            .unwrap_or(u32::MAX)
            .max(1);
        edited.frozen = None;
        edited.refusal = None;
        edited.not_before = None;
        if matches!(delivery.state, State::Rejected | State::Missed) {
            // It waits anew: an exact time that has passed cannot be met any more.
            edited.expires_at = None;
            edited.override_window = false;
            edited.when = match edited.when {
                When::At(at) if at < board.now => When::Next,
                other => other,
            };
        }
        fits_some_window(&board, &edited)?;
        let digest = self.digest(&revision.content).await?;
        let mut changes: Vec<Change> = taken.new_pictures.into_iter().map(Change::AddPicture).collect();
        changes.push(Change::AddRevision(revision));
        changes.extend(self.void(&delivery).await?);
        let mut entry = self.entry(&edited, Event::Edited, None);
        if let Change::Journal(row) = &mut entry {
            row.digest = digest;
        }
        changes.push(entry);
        self.change_one(&mut board, &delivery, edited, Redraw::OnlyWhatMust, changes)
            .await
    }

    pub(crate) async fn queue_when(
        &self,
        id: &str,
        when: &WhenInput,
        override_window: bool,
        zone: Option<&str>,
    ) -> Outcome<Moved> {
        let when = self.read_when(when, zone)?;
        let _gate = self.gate.lock().await;
        let delivery = self.delivery(id).await?;
        let mut board = self.board().await?;
        check_when(&board, &when)?;
        let mut changed = self.back_to_waiting(&delivery)?;
        changed.expires_at = match (&when, &delivery.when) {
            (When::At(_), _) => self.read_expiry(None, &when, zone)?,
            // An exact time's own expiry goes with it.
            (_, When::At(_)) => None,
            _ => delivery.expires_at,
        };
        changed.when = when;
        changed.override_window = override_window;
        changed.planned = None;
        fits_some_window(&board, &changed)?;
        if let When::At(at) = changed.when {
            refuse_clash(self, &board, &changed, at)?;
        }
        let mut changes = self.void(&delivery).await?;
        changes.push(self.entry(&changed, Event::Planned, Some("when".to_owned())));
        let redraw = Redraw::Deliveries([delivery.id.clone()].into());
        self.change_one(&mut board, &delivery, changed, redraw, changes)
            .await
    }

    /// To a position, from 1. Draws anew the moved one and, where it must, what stands behind it.
    pub(crate) async fn queue_move(&self, id: &str, to: u32) -> Outcome<Moved> {
        let _gate = self.gate.lock().await;
        let delivery = self.delivery(id).await?;
        let mut board = self.board().await?;
        let mut others: Vec<(DeliveryId, i64)> = board
            .queue
            .iter()
            .filter(|d| d.id != delivery.id && !matches!(d.when, When::At(_)))
            .map(|d| (d.id.clone(), d.rank))
            .collect();
        if matches!(delivery.when, When::At(_)) || to < 1 || to as usize > others.len() + 1 {
            return Err(Problem::new(Code::BadPosition).with("most", others.len() + 1));
        }
        let mut moved = self.back_to_waiting(&delivery)?;
        moved.planned = None;
        let index = to as usize - 1;
        let mut ranks: Vec<i64> = others
            .iter()
            .map(|(_, rank)| *rank)
            .chain([delivery.rank])
            .collect();
        ranks.sort_unstable();
        others.insert(index, (delivery.id.clone(), delivery.rank));
        let mut changes = self.void(&delivery).await?;
        // The same ranks, dealt out in the new order: only what lies between moves.
        let mut behind = std::collections::BTreeSet::from([delivery.id.clone()]);
        for ((id, old), new) in others.iter().zip(&ranks) {
            if old == new {
                continue;
            }
            if *id == delivery.id {
                moved.rank = *new;
            } else {
                changes.push(Change::Rank {
                    id: id.clone(),
                    rank: *new,
                });
                if let Some(other) = board.queue.iter_mut().find(|d| d.id == *id) {
                    other.rank = *new;
                }
                behind.insert(id.clone());
            }
        }
        board.queue.sort_by(|a, b| (a.rank, &a.id).cmp(&(b.rank, &b.id)));
        changes.push(self.entry(&moved, Event::Planned, Some("move".to_owned())));
        self.change_one(&mut board, &delivery, moved, Redraw::Deliveries(behind), changes)
            .await
    }

    pub(crate) async fn queue_hold(
        &self,
        id: &str,
        until: Option<&str>,
        zone: Option<&str>,
    ) -> Outcome<Moved> {
        let until = until.map(|text| self.read_time(text, zone)).transpose()?;
        let _gate = self.gate.lock().await;
        let delivery = self.delivery(id).await?;
        let mut board = self.board().await?;
        let mut held = delivery.clone();
        held.state = step(delivery.state, Step::Hold).map_err(of_step)?;
        held.hold_until = until;
        held.planned = None;
        let mut changes = self.void(&delivery).await?;
        changes.push(self.entry(&held, Event::Held, None));
        self.change_one(&mut board, &delivery, held, Redraw::OnlyWhatMust, changes)
            .await
    }

    pub(crate) async fn queue_approve(&self, id: &str, confirm_persona: bool) -> Outcome<Moved> {
        let _gate = self.gate.lock().await;
        let delivery = self.delivery(id).await?;
        let mut board = self.board().await?;
        let account = board.account(&delivery.account)?;
        if account.persona.needs_confirm() && !confirm_persona {
            return Err(Problem::new(Code::ConfirmPersona).with("account", &account.handle));
        }
        let mut approved = delivery.clone();
        approved.state = step(delivery.state, Step::Approve).map_err(of_step)?;
        approved.hold_until = None;
        if let When::At(at) = approved.when {
            // While it was held it stood in nobody's way.
            refuse_clash(self, &board, &approved, at)?;
        }
        let redraw = Redraw::Deliveries([delivery.id.clone()].into());
        let changes = vec![self.entry(&approved, Event::Approved, None)];
        self.change_one(&mut board, &delivery, approved, redraw, changes)
            .await
    }

    /// Sooner, if it can be: a waiting time after a refusal ends, and the time is drawn anew.
    pub(crate) async fn queue_retry(&self, id: &str) -> Outcome<Moved> {
        let _gate = self.gate.lock().await;
        let delivery = self.delivery(id).await?;
        let mut board = self.board().await?;
        let mut again = match delivery.state {
            State::Rejected | State::Missed => {
                let mut again = delivery.clone();
                again.state = step(delivery.state, Step::Edit).map_err(of_step)?;
                if !is_partly_out(&delivery) {
                    again.frozen = None;
                }
                again.expires_at = None;
                again.override_window = false;
                again.when = match again.when {
                    When::At(at) if at < board.now => When::Next,
                    other => other,
                };
                again
            }
            _ => self.back_to_waiting(&delivery)?,
        };
        again.not_before = None;
        again.refusal = None;
        again.planned = None;
        self.memory().backoff.remove(&delivery.account);
        let mut changes = self.void(&delivery).await?;
        changes.push(self.entry(&again, Event::Queued, Some("retry".to_owned())));
        let redraw = Redraw::Deliveries([delivery.id.clone()].into());
        self.change_one(&mut board, &delivery, again, redraw, changes)
            .await
    }

    /// The text becomes a draft again, unless it is to be discarded.
    pub(crate) async fn queue_remove(&self, id: &str, discard: bool, request: &str) -> Outcome<Removed> {
        let _gate = self.gate.lock().await;
        let delivery = self.delivery(id).await?;
        let mut board = self.board().await?;
        let mut removed = delivery.clone();
        removed.state = step(delivery.state, Step::Remove).map_err(of_step)?;
        removed.planned = None;
        let mut changes = self.void(&delivery).await?;
        changes.push(self.entry(&removed, Event::Removed, None));
        changes.push(Change::Delivery {
            expect: expect_of(&delivery),
            delivery: Box::new(removed.clone()),
        });
        let draft = if discard {
            None
        } else {
            let revision = self
                .ports
                .store
                .revision(&delivery.revision)
                .await
                .map_err(of_store)?;
            revision.map(|revision| self.new_draft(revision.content, vec![delivery.account.clone()]))
        };
        board.queue.retain(|d| d.id != delivery.id);
        let drawn = self.draw(&mut board, &Redraw::OnlyWhatMust);
        let answer = Removed {
            draft: draft.as_ref().map(|draft| draft.id.to_string()),
            moved: drawn.moved.clone(),
        };
        changes.extend(draft.map(Change::AddDraft));
        changes.extend(drawn.changes);
        changes.push(self.answered_with(request, &answer));
        self.ports.store.commit(changes).await.map_err(of_store)?;
        self.tell_delivery(&removed);
        self.tell_changed();
        Ok(answer)
    }

    /// What a person found out about an unknown outcome. "Not there" looks once more first.
    pub(crate) async fn queue_resolve(&self, id: &str, resolution: &Resolution) -> Outcome<DeliveryDetail> {
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
        let detail = match resolution {
            Resolution::There { .. } if parts_wait_behind(&account, &delivery) => {
                // The rest could only go as an answer to this part, whose id a person does not know: what is there
                // stays, and the rest is left.
                return Err(Problem::new(Code::NotPossibleNow));
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
                    resolved.receipt = Some(kossori_core::answer::Receipt {
                        ids,
                        url: Some(url.clone()),
                        visibility: None,
                    });
                }
                "there"
            }
            Resolution::NotThere => {
                let (seen, account) = self.look(&delivery, &account).await;
                match seen {
                    Seen::There(_) => {
                        self.settle(&delivery, &account, seen).await?;
                        self.tell_changed();
                        return self.queue_show(id).await;
                    }
                    // It looks once more first: a look that could not be made proves nothing.
                    Seen::Nothing => return Err(Problem::new(Code::ServerUnreachable)),
                    Seen::Absent | Seen::CannotTell => {}
                }
                resolved.state = step(delivery.state, Step::QueueAgain).map_err(of_step)?;
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
        {
            let _gate = self.gate.lock().await;
            let changes = vec![
                Change::Delivery {
                    expect: expect_of(&delivery),
                    delivery: Box::new(resolved.clone()),
                },
                self.entry(&resolved, Event::Resolved, Some(detail.to_owned())),
            ];
            self.ports.store.commit(changes).await.map_err(of_store)?;
            self.replan(Redraw::Deliveries([delivery.id.clone()].into()))
                .await?;
        }
        drop(busy);
        self.tell_delivery(&resolved);
        self.queue_show(id).await
    }

    /// A delivery that waits, or whose attempt may still be voided, as a waiting one.
    fn back_to_waiting(&self, delivery: &Delivery) -> Outcome<Delivery> {
        let mut waiting = delivery.clone();
        waiting.state = match delivery.state {
            State::Queued | State::Held => delivery.state,
            State::Claimed | State::Staged => step(delivery.state, Step::Void).map_err(of_step)?,
            State::Sending | State::Unknown => return Err(Problem::new(Code::AlreadySending)),
            _ => return Err(Problem::new(Code::NotPossibleNow)),
        };
        Ok(waiting)
    }

    /// The rows that end an attempt which has not reached `sending`.
    pub(crate) async fn void(&self, delivery: &Delivery) -> Outcome<Vec<Change>> {
        if !delivery.state.is_before_sending() {
            return Ok(Vec::new());
        }
        let attempts = self.ports.store.attempts(&delivery.id).await.map_err(of_store)?;
        let mut changes = vec![self.entry(delivery, Event::Voided, None)];
        if let Some(mut attempt) = attempts
            .into_iter()
            .find(|a| Some(&a.id) == delivery.attempt.as_ref())
        {
            attempt.ended_at = Some(self.now());
            attempt.outcome = Some("voided".to_owned());
            changes.push(Change::UpdateAttempt(attempt));
        }
        Ok(changes)
    }

    /// Writes one changed delivery and what the plan makes of it, together. The caller holds the gate.
    async fn change_one(
        &self,
        board: &mut Board,
        before: &Delivery,
        after: Delivery,
        redraw: Redraw,
        mut changes: Vec<Change>,
    ) -> Outcome<Moved> {
        changes.push(Change::Delivery {
            expect: expect_of(before),
            delivery: Box::new(after.clone()),
        });
        match board.queue.iter_mut().find(|d| d.id == after.id) {
            Some(row) => *row = after.clone(),
            None => board.queue.push(after.clone()),
        }
        board.queue.sort_by(|a, b| (a.rank, &a.id).cmp(&(b.rank, &b.id)));
        let drawn = self.draw(board, &redraw);
        changes.extend(drawn.changes);
        self.ports.store.commit(changes).await.map_err(of_store)?;
        self.tell_delivery(&after);
        self.tell_changed();
        let mut moved = drawn.moved;
        // Its stored time was cleared to be drawn anew; it moved from there all the same.
        if let Some(view) = moved.iter_mut().find(|view| view.id == after.id.as_str()) {
            view.from = before.planned.as_ref().map(|planned| self.show_time(planned.at));
        }
        Ok(Moved { moved })
    }
}

/// Parts of it are out, or may be: it is sent again as it is, or not at all.
fn is_partly_out(delivery: &Delivery) -> bool {
    delivery.parts_sent > 0 || delivery.state == State::Missed && may_be_there_since(delivery).is_some()
}

/// Parts of the thread would still have to go after the one that is open.
fn parts_wait_behind(account: &Account, delivery: &Delivery) -> bool {
    account.network.thread() == ThreadSending::PartByPart && delivery.parts_sent + 1 < delivery.parts
}

fn editable(delivery: &Delivery) -> Outcome<()> {
    match delivery.state {
        State::Sending | State::Unknown => Err(Problem::new(Code::AlreadySending)),
        State::NeedsYou => Err(Problem::new(Code::FrozenForGood)),
        State::Sent | State::Left | State::Removed => Err(Problem::new(Code::NotPossibleNow)),
        State::Queued | State::Held | State::Claimed | State::Staged
            if delivery.frozen.as_ref().is_some_and(|frozen| frozen.for_good) =>
        {
            Err(Problem::new(Code::FrozenForGood))
        }
        State::Rejected | State::Missed if is_partly_out(delivery) => Err(Problem::new(Code::FrozenForGood)),
        _ => Ok(()),
    }
}
