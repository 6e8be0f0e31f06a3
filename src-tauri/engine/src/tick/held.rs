//! Holds whose time has come ask again: one row in the journal, and whoever listens hears of it. Nothing of them goes
//! until a person approves it.

use std::collections::BTreeSet;

use jiff::Timestamp;
use kossori_core::delivery::State;
use kossori_core::ids::DeliveryId;

use crate::engine::Engine;
use crate::model::{Delivery, Event};
use crate::ports::{Change, JournalRows};
use crate::problem::{Outcome, of_store};

impl Engine {
    /// The caller holds the gate.
    pub(super) async fn end_holds(&self) -> Outcome<()> {
        let now = self.now();
        let held = self
            .ports
            .store
            .deliveries(&[State::Held])
            .await
            .map_err(of_store)?;
        let over: Vec<(Timestamp, Delivery)> = held
            .into_iter()
            .filter(|delivery| delivery.hold_is_over(now))
            .filter_map(|delivery| Some((delivery.hold_until?, delivery)))
            .collect();
        let told: BTreeSet<(DeliveryId, Timestamp)> = {
            let mut memory = self.memory();
            // What is not held any more is forgotten, so that the set does not grow.
            let still = |(id, until): &(DeliveryId, Timestamp)| {
                over.iter()
                    .any(|(ends, delivery)| ends == until && delivery.id == *id)
            };
            memory.holds_told.retain(still);
            memory.holds_told.clone()
        };
        let new: Vec<(Timestamp, Delivery)> = over
            .into_iter()
            .filter(|(until, delivery)| !told.contains(&(delivery.id.clone(), *until)))
            .collect();
        let Some(first) = new.iter().map(|(until, _)| *until).min() else {
            return Ok(());
        };
        // An earlier process may have told of it.
        let rows = self
            .ports
            .store
            .journal(JournalRows::since(first))
            .await
            .map_err(of_store)?;
        let is_told = |until: Timestamp, delivery: &Delivery| {
            rows.iter().any(|row| {
                row.event == Event::HoldOver && row.at >= until && row.delivery.as_ref() == Some(&delivery.id)
            })
        };
        let untold: Vec<&Delivery> = new
            .iter()
            .filter(|(until, delivery)| !is_told(*until, delivery))
            .map(|(_, delivery)| delivery)
            .collect();
        if !untold.is_empty() {
            let changes: Vec<Change> = untold
                .iter()
                .map(|delivery| self.entry(delivery, Event::HoldOver, None))
                .collect();
            self.ports.store.commit(changes).await.map_err(of_store)?;
            for delivery in untold {
                self.tell_delivery(delivery);
            }
            self.tell(kossori_api::Event::Changed);
        }
        let new = new.into_iter().map(|(until, delivery)| (delivery.id, until));
        self.memory().holds_told.extend(new);
        Ok(())
    }
}
