//! A folder that is a copy, or was restored, goes on (RULES.md 6): what was not final is looked up or asked about,
//! for the folder that it was copied from may have sent it.

use kossori_core::delivery::{State, Step, step};

use crate::engine::Engine;
use crate::model::{Event, OpenQuestion};
use crate::planning::Redraw;
use crate::ports::Change;
use crate::problem::{Outcome, of_step, of_store};
use crate::publish::expect_of;

impl Engine {
    /// What may have left becomes `unknown` and is looked up; what was still waiting is held until a person
    /// approves it.
    pub async fn adopt(&self) -> Outcome<()> {
        let _gate = self.gate.lock().await;
        let now = self.now();
        let waiting = self
            .ports
            .store
            .deliveries(&[State::Queued])
            .await
            .map_err(of_store)?;
        let mut changes = vec![self.folder_entry(Event::Adopted, None)];
        for delivery in waiting {
            let mut asked = delivery.clone();
            asked.planned = None;
            let event = if delivery.frozen.as_ref().is_some_and(|frozen| frozen.for_good) {
                asked.state = step(delivery.state, Step::Doubt).map_err(of_step)?;
                asked.open_question = Some(OpenQuestion {
                    since: now,
                    looks: 0,
                    looked: 0,
                    next_look: self.settings.looks.next(now, 0),
                });
                Event::Unknown
            } else {
                asked.state = step(delivery.state, Step::Hold).map_err(of_step)?;
                Event::Held
            };
            changes.push(self.entry(&asked, event, Some("copy".to_owned())));
            changes.push(Change::Delivery {
                expect: expect_of(&delivery),
                delivery: Box::new(asked),
            });
        }
        self.ports.store.commit(changes).await.map_err(of_store)?;
        self.set_folder_is_a_copy(false);
        self.replan(Redraw::OnlyWhatMust).await?;
        self.tell_changed();
        Ok(())
    }
}
