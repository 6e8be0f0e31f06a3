//! What is found to be put right is one commit, unless a row of it is refused: then each delivery is one of its own, so that
//! the one that cannot be put right keeps no other from it.

use kossori_core::ids::DeliveryId;

use crate::engine::Engine;
use crate::ports::{Change, StoreError};
use crate::problem::{Outcome, of_store};

/// All that is written of one delivery: this belongs together.
pub(crate) struct Right {
    pub id: DeliveryId,
    pub changes: Vec<Change>,
}

impl Engine {
    /// The caller holds the gate. A delivery whose change is refused as illegal is stopped, and shown.
    pub(super) async fn put_right(&self, found: Vec<Right>) -> Outcome<()> {
        let (stopped, found): (Vec<Right>, Vec<Right>) = {
            let memory = self.memory();
            found
                .into_iter()
                .partition(|right| memory.stopped.contains(&right.id))
        };
        let apart = if found.is_empty() {
            stopped
        } else {
            let all = found.iter().flat_map(|right| right.changes.iter().cloned());
            match self.ports.store.commit(all.collect()).await {
                Ok(()) => stopped,
                Err(StoreError::Illegal) => found.into_iter().chain(stopped).collect(),
                Err(error) => return Err(of_store(error)),
            }
        };
        for right in apart {
            match self.ports.store.commit(right.changes).await {
                Ok(()) => {}
                Err(StoreError::Illegal) => self.stop(&right.id),
                Err(error) => return Err(of_store(error)),
            }
        }
        Ok(())
    }
}
