//! What a person changes of a delivery that waits: its words, whether it goes, whether it stays.

use jiff::Timestamp;
use kossori_api::{Code, ContentInput, Moved, Problem, Removed};
use kossori_core::delivery::{State, Step, step};

use crate::engine::Engine;
use crate::intake::Cut;
use crate::model::{Delivery, Event, Revision, When};
use crate::planning::Redraw;
use crate::ports::Change;
use crate::posts::{fits_some_window, refuse_clash};
use crate::problem::{Outcome, of_step, of_store};
use crate::publish::{expect_of, may_be_there_since};

impl Engine {
    /// New words. What never reached `sending`, or was plainly turned away, may be edited; an attempt under way is
    /// voided in the same transaction.
    pub(crate) async fn queue_edit(
        &self,
        id: &str,
        content: &ContentInput,
        cut: Cut,
        confirm_persona: bool,
    ) -> Outcome<Moved> {
        let taken = self.take(content).await?;
        let _gate = self.gate.lock().await;
        let delivery = self.delivery(id).await?;
        editable(&delivery)?;
        let mut board = self.board().await?;
        let account = board.account(&delivery.account)?.clone();
        let checked = self.check(&taken, &[&account], cut, &board.costs.till()).await?;
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
            wait_anew(&mut edited, board.now);
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

    pub(crate) async fn queue_approve(
        &self,
        id: &str,
        confirm_persona: bool,
        anyway: bool,
    ) -> Outcome<Moved> {
        if self.another_copy_sent(id, anyway).await? {
            return Err(Problem::new(Code::AlreadyThere));
        }
        let _gate = self.gate.lock().await;
        let delivery = self.delivery(id).await?;
        let mut board = self.board().await?;
        let account = board.account(&delivery.account)?;
        if account.persona.needs_confirm() && !confirm_persona {
            return Err(Problem::new(Code::ConfirmPersona).with("account", &account.handle));
        }
        if board.costs.over.contains(&delivery.id) && delivery.state == State::Queued {
            return self.let_go(&board, &delivery).await;
        }
        let mut approved = delivery.clone();
        approved.hold_until = None;
        let doubted = self.rest_is_doubted(&delivery).await?;
        let approves = if doubted { Step::Doubt } else { Step::Approve };
        approved.state = step(delivery.state, approves).map_err(of_step)?;
        if doubted {
            approved.open_question = Some(self.asked_of_a_copy(board.now));
            approved.planned = None;
        }
        if let When::At(at) = approved.when {
            // While it was held it stood in nobody's way.
            refuse_clash(self, &board, &approved, at)?;
        }
        let redraw = Redraw::Deliveries([delivery.id.clone()].into());
        let mut changes = vec![self.entry(&approved, Event::Approved, None)];
        if doubted {
            changes.push(self.entry(&approved, Event::Unknown, Some("copy".to_owned())));
        }
        self.change_one(&mut board, &delivery, approved, redraw, changes)
            .await
    }

    /// Sooner, if it can be: a waiting time after a refusal ends, and the time is drawn anew.
    pub(crate) async fn queue_retry(&self, id: &str) -> Outcome<Moved> {
        let _gate = self.gate.lock().await;
        let delivery = self.delivery(id).await?;
        if self.loses_parts(&delivery) {
            // What is left of it would answer a part that is not there any more.
            return Err(Problem::new(Code::NotPossibleNow));
        }
        self.memory().backoff.remove(&delivery.account);
        self.end_wait(&delivery.account).await;
        let mut board = self.board().await?;
        let mut again = match delivery.state {
            State::Rejected | State::Missed => {
                let mut again = delivery.clone();
                again.state = step(delivery.state, Step::Edit).map_err(of_step)?;
                if !is_partly_out(&delivery) {
                    again.frozen = None;
                }
                wait_anew(&mut again, board.now);
                again
            }
            _ => self.back_to_waiting(&delivery)?,
        };
        again.not_before = None;
        again.refusal = None;
        again.planned = None;
        let mut changes = self.void(&delivery).await?;
        changes.push(self.entry(&again, Event::Queued, Some("retry".to_owned())));
        let redraw = Redraw::Deliveries([delivery.id.clone()].into());
        self.change_one(&mut board, &delivery, again, redraw, changes)
            .await
    }

    /// The text becomes a draft again, unless it is to be discarded. Of a thread it is what is not out yet.
    pub(crate) async fn queue_remove(&self, id: &str, discard: bool, request: &str) -> Outcome<Removed> {
        let _gate = self.gate.lock().await;
        let delivery = self.delivery(id).await?;
        let mut board = self.board().await?;
        // What may be out already is left as it is, and gives no draft: queued again it would be there twice.
        let discard = discard || !gives_a_draft(&delivery);
        let mut removed = delivery.clone();
        removed.state = step(delivery.state, taken_back_by(&delivery)).map_err(of_step)?;
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
            self.draft_of_rest(&delivery, vec![delivery.account.clone()])
                .await?
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
}

/// How a person takes it back: what may be out already is left as it is.
pub(crate) fn taken_back_by(delivery: &Delivery) -> Step {
    let ended = matches!(delivery.state, State::Rejected | State::Missed);
    if gives_a_draft(delivery) || ended {
        Step::Remove
    } else {
        Step::Leave
    }
}

/// Whether its words may become a draft again: queued once more, what is out already would be there twice.
pub(crate) fn gives_a_draft(delivery: &Delivery) -> bool {
    delivery.state != State::NeedsYou && may_be_there_since(delivery).is_none()
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

/// Parts of it are out, or may be: it is sent again as it is, or not at all.
fn is_partly_out(delivery: &Delivery) -> bool {
    delivery.parts_sent > 0 || may_be_there_since(delivery).is_some()
}

/// It waits anew: an exact time that has passed cannot be met any more.
fn wait_anew(delivery: &mut Delivery, now: Timestamp) {
    delivery.expires_at = None;
    delivery.override_window = false;
    if matches!(delivery.when, When::At(at) if at < now) {
        delivery.when = When::Next;
    }
}
