//! When a delivery that waits is to go: at another time, or in another place of the queue.

use std::collections::BTreeSet;

use kossori_api::{Code, Moved, Problem, WhenInput};
use kossori_core::ids::DeliveryId;

use crate::engine::Engine;
use crate::model::{Event, When};
use crate::planning::Redraw;
use crate::ports::Change;
use crate::posts::{check_when, fits_some_window, refuse_clash};
use crate::problem::Outcome;

impl Engine {
    pub(crate) async fn queue_when(
        &self,
        id: &str,
        when: &WhenInput,
        override_window: bool,
        expires: Option<&str>,
        zone: Option<&str>,
    ) -> Outcome<Moved> {
        let when = self.read_when(when, zone)?;
        let _gate = self.gate.lock().await;
        let delivery = self.delivery(id).await?;
        let mut board = self.board().await?;
        check_when(&board, &when, when == delivery.when)?;
        let mut changed = self.back_to_waiting(&delivery)?;
        changed.expires_at = match (&when, &delivery.when) {
            _ if expires.is_some() => self.read_expiry(expires, &when, zone)?,
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
        let mut behind = BTreeSet::from([delivery.id.clone()]);
        for ((id, old), new) in others.iter().zip(&ranks) {
            if old == new {
                continue;
            }
            changes.push(Change::Rank {
                id: id.clone(),
                rank: *new,
            });
            if *id == delivery.id {
                moved.rank = *new;
            } else if let Some(other) = board.queue.iter_mut().find(|d| d.id == *id) {
                other.rank = *new;
            }
            behind.insert(id.clone());
        }
        board.queue.sort_by(|a, b| (a.rank, &a.id).cmp(&(b.rank, &b.id)));
        changes.push(self.entry(&moved, Event::Planned, Some("move".to_owned())));
        self.change_one(&mut board, &delivery, moved, Redraw::Deliveries(behind), changes)
            .await
    }
}
