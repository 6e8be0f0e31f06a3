//! A folder that is a copy, or was restored, goes on (RULES.md 6): what was not final is looked up or asked about,
//! for the folder that it was copied from may have sent it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use kossori_api::{Moved, MovedView};
use kossori_core::delivery::{State, Step, step};
use kossori_core::ids::DeliveryId;

use crate::engine::Engine;
use crate::model::Event;
use crate::planning::Redraw;
use crate::ports::Change;
use crate::problem::{Outcome, of_step, of_store};
use crate::publish::expect_of;
use crate::schedule::put_setting;

/// When it last was: what is older than this the folder that it was copied from may have sent.
pub(crate) const ADOPTED_AT: &str = "adopted_at";

impl Engine {
    /// What may have left becomes `unknown` and is looked up; what was still waiting is held until a person
    /// approves it. Answers every time that changed.
    ///
    /// `marks` say in the store that this is no copy any more: they are committed with the rest, or not at all, and
    /// nothing may go out before.
    pub async fn adopt(&self, marks: Vec<Change>) -> Outcome<Moved> {
        let _gate = self.gate.lock().await;
        let mut board = self.board().await?;
        let now = board.now;
        let before: BTreeMap<DeliveryId, Option<Timestamp>> = board
            .queue
            .iter()
            .map(|delivery| {
                let planned = delivery.planned.as_ref().map(|planned| planned.at);
                (delivery.id.clone(), planned)
            })
            .collect();
        let mut changes = vec![self.folder_entry(Event::Adopted, None)];
        changes.extend(marks);
        changes.push(put_setting(ADOPTED_AT, &now));
        for asked in board
            .queue
            .iter_mut()
            .filter(|delivery| delivery.state == State::Queued)
        {
            let waiting = asked.clone();
            asked.planned = None;
            let event = if waiting.frozen.as_ref().is_some_and(|frozen| frozen.for_good) {
                asked.state = step(waiting.state, Step::Doubt).map_err(of_step)?;
                asked.open_question = Some(self.asked_of_a_copy(now));
                Event::Unknown
            } else {
                asked.state = step(waiting.state, Step::Hold).map_err(of_step)?;
                Event::Held
            };
            changes.push(self.entry(asked, event, Some("copy".to_owned())));
            changes.push(Change::Delivery {
                expect: expect_of(&waiting),
                delivery: Box::new(asked.clone()),
            });
        }
        changes.extend(self.draw(&mut board, &Redraw::OnlyWhatMust).changes);
        self.ports.store.commit(changes).await.map_err(of_store)?;
        self.set_folder_is_a_copy(false);
        self.tell_changed();
        let show = |at: Option<Timestamp>| at.map(|at| self.show_time(at));
        let moved = board.queue.iter().filter_map(|delivery| {
            let from = before.get(&delivery.id).copied().flatten();
            let to = delivery.planned.as_ref().map(|planned| planned.at);
            (from != to).then(|| MovedView {
                id: delivery.id.to_string(),
                from: show(from),
                to: show(to),
            })
        });
        Ok(Moved {
            moved: moved.collect(),
        })
    }
}
