//! The person's own time: windows, work hours, breaks, pauses, closed periods, spacing. A change is planned on the
//! rules as they will be, and committed with the plan that it makes.

mod periods;
mod today;
mod days;
mod spacing;
mod spans;
mod reading;
mod views;

pub(crate) use reading::read_date;

use kossori_core::delivery::{Step, step};
use kossori_core::rules::Rules;

use crate::engine::Engine;
use crate::model::Event;
use crate::planning::{Board, Drawn, Redraw};
use crate::ports::Change;
use crate::problem::{Outcome, of_step, of_store};
use crate::publish::{expect_of, opening_now};

/// What a change of the rules does besides.
#[derive(Default)]
struct After {
    redraw: Redraw,
    /// A pause or a closing: attempts that have not reached `sending` are voided in the same transaction.
    voids: bool,
    event: Option<Event>,
}

impl Engine {
    /// Changes the rules, plans on them, commits both.
    async fn change_rules(
        &self,
        change: impl FnOnce(&mut Rules) -> Outcome<After>,
    ) -> Outcome<(Board, Drawn)> {
        let _gate = self.gate.lock().await;
        let mut rules = self.rules().await?;
        let after = change(&mut rules)?;
        let mut board = self.board_with(rules, self.spacing().await?).await?;
        let mut changes = vec![put_setting("rules", &board.rules)];
        if after.voids {
            self.void_what_is_shut(&mut board, &mut changes).await?;
        }
        if let Some(event) = after.event {
            changes.push(self.folder_entry(event, None));
        }
        let drawn = self.draw(&mut board, &after.redraw);
        changes.extend(drawn.changes.iter().cloned());
        self.ports.store.commit(changes).await.map_err(of_store)?;
        // Time may open sooner than when the keyring was last asked, and a person is here.
        self.ask_keyring_once_more();
        self.tell_changed();
        Ok((board, drawn))
    }

    /// The caller commits `changes`; the board is as it will be.
    async fn void_what_is_shut(&self, board: &mut Board, changes: &mut Vec<Change>) -> Outcome<()> {
        for index in 0..board.queue.len() {
            let delivery = board.queue[index].clone();
            if !delivery.state.is_before_sending() || opening_now(board, &delivery, board.now).is_some() {
                continue;
            }
            let mut back = delivery.clone();
            back.state = step(delivery.state, Step::Void).map_err(of_step)?;
            back.planned = None;
            changes.extend(self.void(&delivery).await?);
            changes.push(Change::Delivery {
                expect: expect_of(&delivery),
                delivery: Box::new(back.clone()),
            });
            board.queue[index] = back;
        }
        Ok(())
    }
}

pub(crate) fn put_setting<T: serde::Serialize>(name: &'static str, value: &T) -> Change {
    // Settings are plain data: they always serialise.
    Change::PutSetting {
        name,
        json: serde_json::to_string(value).unwrap_or_default(),
    }
}
