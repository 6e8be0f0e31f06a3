//! Journal rows: ids, times, codes, and a salted digest of what was meant. No text.

use jiff::{SignedDuration, Timestamp};
use kossori_api::{Journal, JournalInput, JournalView};
use kossori_core::ids::DeliveryId;
use kossori_core::post::Content;
use sha2::{Digest, Sha256};

use crate::engine::Engine;
use crate::model::{Delivery, Event, JournalEntry};
use crate::ports::{Change, JournalRows};
use crate::problem::{Outcome, of_store};

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

/// Looking back.
impl Engine {
    pub(crate) async fn journal(&self, asked: &JournalInput) -> Outcome<Journal> {
        let read = |text: &Option<String>| text.as_deref().map(|text| self.read_past(text)).transpose();
        let rows = JournalRows {
            since: read(&asked.since)?,
            until: read(&asked.until)?,
            // One more tells whether anything lies before.
            limit: asked.limit.map(|limit| limit.max(1).saturating_add(1)),
            outcomes: asked.outcomes,
        };
        let mut entries = self.ports.store.journal(rows).await.map_err(of_store)?;
        let most = asked.limit.map_or(usize::MAX, |limit| limit.max(1) as usize);
        let mut more = None;
        if entries.len() > most {
            // What was written down at the moment of the earliest one stays with it: the next page begins before that.
            let first = entries[entries.len() - most].at;
            entries.retain(|entry| entry.at >= first);
            more = Some(first.to_string());
        }
        let deliveries = match asked.outcomes {
            true => self.delivery_views(&self.named(&entries).await?).await?,
            false => Vec::new(),
        };
        Ok(Journal {
            entries: entries.iter().map(|entry| self.journal_view(entry)).collect(),
            more,
            deliveries,
        })
    }

    async fn named(&self, entries: &[JournalEntry]) -> Outcome<Vec<Delivery>> {
        let ids: Vec<DeliveryId> = entries
            .iter()
            .filter_map(|entry| entry.delivery.clone())
            .collect();
        self.ports.store.deliveries_named(&ids).await.map_err(of_store)
    }

    fn journal_view(&self, entry: &JournalEntry) -> JournalView {
        JournalView {
            at: self.show_time(entry.at),
            delivery: entry.delivery.as_ref().map(ToString::to_string),
            attempt: entry.attempt.as_ref().map(ToString::to_string),
            event: entry.event.as_str().to_owned(),
            detail: entry.detail.clone(),
            account: entry.account.as_ref().map(ToString::to_string),
        }
    }

    /// A moment to look back to: a bare clock time is today's, not the next.
    fn read_past(&self, text: &str) -> Outcome<Timestamp> {
        let at = self.read_time(text, None)?;
        let bare = text.len() <= 5;
        Ok(if bare && at > self.now() {
            at.saturating_sub(SignedDuration::from_hours(24))
                .unwrap_or(Timestamp::MIN)
        } else {
            at
        })
    }
}

/// The later of two moments, one of which may not be.
pub(crate) fn later(a: Option<Timestamp>, b: Timestamp) -> Timestamp {
    a.map_or(b, |a| a.max(b))
}
