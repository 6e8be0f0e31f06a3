//! What waits: looking at it.

mod change;
mod copied;
mod order;
mod resolve;
mod writing;

pub(crate) use change::{gives_a_draft, taken_back_by};
pub(crate) use resolve::of_mute;

use std::collections::BTreeMap;

use kossori_api::{Code, ContentView, Deliveries, DeliveryDetail, DeliveryView, Problem, TryView};
use kossori_core::delivery::State;
use kossori_core::ids::DeliveryId;

use crate::engine::Engine;
use crate::intake::{Cut, Taken};
use crate::model::{Attempt, Delivery, Revision};
use crate::planning::OPEN;
use crate::problem::{Outcome, of_store};
use crate::views::positions;

impl Engine {
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
                let taken = Taken {
                    content: revision.content,
                    new_pictures: Vec::new(),
                };
                let costs = self.board().await?.costs;
                let waits = matches!(delivery.state, State::Queued | State::Held);
                let till = if waits && delivery.frozen.is_none() {
                    costs.till()
                } else {
                    costs.prices_only()
                };
                self.check(&taken, &[account], Cut::Nowhere, &till).await?.views()
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

    pub(crate) async fn delivery(&self, id: &str) -> Outcome<Delivery> {
        let found = self
            .ports
            .store
            .delivery(&DeliveryId(id.to_owned()))
            .await
            .map_err(of_store)?;
        found.ok_or_else(|| Problem::new(Code::UnknownDelivery).with("delivery", id))
    }

    pub(crate) async fn delivery_views(&self, deliveries: &[Delivery]) -> Outcome<Vec<DeliveryView>> {
        let board = self.board().await?;
        let placed = board.explained();
        let positions = positions(&board.queue);
        let ids: Vec<String> = deliveries
            .iter()
            .map(|delivery| delivery.revision.clone())
            .collect();
        let revisions = self.ports.store.revisions(&ids).await.map_err(of_store)?;
        let contents: BTreeMap<&str, &Revision> = revisions
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

    /// How many of what is out others see otherwise than was asked for.
    pub(crate) async fn differing_count(&self) -> Outcome<u64> {
        let deliveries = self
            .ports
            .store
            .deliveries_that_differed()
            .await
            .map_err(of_store)?;
        let ids: Vec<String> = deliveries
            .iter()
            .map(|delivery| delivery.revision.clone())
            .collect();
        let revisions = self.ports.store.revisions(&ids).await.map_err(of_store)?;
        let accounts = self.ports.store.accounts().await.map_err(of_store)?;
        let differs = |delivery: &&Delivery| {
            let revision = revisions.iter().find(|revision| revision.id == delivery.revision);
            let account = accounts.iter().find(|account| account.id == delivery.account);
            let content = revision.map(|revision| &revision.content);
            account.is_some_and(|account| self.differing(account.network, content, delivery).is_some())
        };
        Ok(deliveries.iter().filter(differs).count() as u64)
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
}
