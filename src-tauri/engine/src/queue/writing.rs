//! How a change of what waits is written: the attempt under way voided, the plan that it makes, all in one commit.

use kossori_api::{Code, Moved, Problem};
use kossori_core::delivery::{State, Step, step};

use crate::engine::Engine;
use crate::model::{Delivery, Event};
use crate::planning::{Board, Redraw};
use crate::ports::Change;
use crate::problem::{Outcome, of_step, of_store};
use crate::publish::expect_of;

impl Engine {
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

    /// A delivery that waits, or whose attempt may still be voided, as a waiting one.
    pub(super) fn back_to_waiting(&self, delivery: &Delivery) -> Outcome<Delivery> {
        let mut waiting = delivery.clone();
        waiting.state = match delivery.state {
            State::Queued | State::Held => delivery.state,
            State::Claimed | State::Staged => step(delivery.state, Step::Void).map_err(of_step)?,
            State::Sending | State::Unknown => return Err(Problem::new(Code::AlreadySending)),
            _ => return Err(Problem::new(Code::NotPossibleNow)),
        };
        Ok(waiting)
    }

    /// Writes one changed delivery and what the plan makes of it, together. The caller holds the gate.
    pub(super) async fn change_one(
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
        // A person has decided about it.
        {
            let mut memory = self.memory();
            memory.stopped.remove(&after.id);
            memory.overslept.forget(&after.id);
        }
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
