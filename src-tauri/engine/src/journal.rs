//! Journal rows: ids, times, codes, and a salted digest of what was meant. No text.

use jiff::Timestamp;
use kossori_core::post::Content;
use sha2::{Digest, Sha256};

use crate::engine::Engine;
use crate::model::{Delivery, Event, JournalEntry};
use crate::ports::Change;
use crate::problem::Outcome;

impl Engine {
    pub(crate) fn entry(&self, delivery: &Delivery, event: Event, detail: Option<String>) -> Change {
        Change::Journal(JournalEntry {
            at: self.now(),
            delivery: Some(delivery.id.clone()),
            attempt: delivery.attempt.clone(),
            account: Some(delivery.account.clone()),
            event,
            detail,
            digest: None,
        })
    }

    pub(crate) fn folder_entry(&self, event: Event, detail: Option<String>) -> Change {
        Change::Journal(JournalEntry {
            at: self.now(),
            delivery: None,
            attempt: None,
            account: None,
            event,
            detail,
            digest: None,
        })
    }

    /// Proves to the owner what was queued, and nothing to anybody else: the salt is the folder's own.
    pub(crate) async fn digest(&self, content: &Content) -> Outcome<Option<String>> {
        let Some(salt) = self.setting::<String>("salt").await? else {
            return Ok(None);
        };
        let mut hash = Sha256::new();
        hash.update(salt.as_bytes());
        // A struct of plain fields always serialises.
        hash.update(serde_json::to_vec(content).unwrap_or_default());
        Ok(Some(
            hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect(),
        ))
    }
}

/// The later of two moments, one of which may not be.
pub(crate) fn later(a: Option<Timestamp>, b: Timestamp) -> Timestamp {
    a.map_or(b, |a| a.max(b))
}
