//! The engine's `Store`, each question handed to the file that knows its table.

use std::sync::PoisonError;

use async_trait::async_trait;
use jiff::Timestamp;
use kossori_core::delivery::State;
use kossori_core::ids::{AccountId, DeliveryId, DraftId, MediaId};
use kossori_engine::model::{Account, Attempt, Delivery, Draft, JournalEntry, Revision, StoredPicture, Wait};
use kossori_engine::ports::{Change, JournalRows, PictureFacts, Store, StoreError};

use crate::database::Database;
use crate::{accounts, attempts, commit, deliveries, drafts, journal, log, pictures, requests};

/// Takes the reading lane, asks, settles.
macro_rules! ask {
    ($database:expr, $connection:ident => $question:expr) => {{
        let mut held = $database.read().await?;
        let answer = match held.connection() {
            Ok($connection) => $question.await,
            Err(failure) => Err(failure),
        };
        held.settle(answer).await
    }};
}

#[async_trait]
impl Store for Database {
    async fn commit(&self, changes: Vec<Change>) -> Result<(), StoreError> {
        // A post call is about to be made: nothing that happens to the log may make that unsaid.
        let sends = changes.iter().any(
            |change| matches!(change, Change::Delivery { delivery, .. } if delivery.state == State::Sending),
        );
        let written = async {
            let mut held = self.writer.hold().await?;
            let done = match held.connection() {
                Ok(connection) => commit::commit(connection, changes).await,
                Err(failure) => Err(failure),
            };
            if let (true, true, Some(file)) = (sends, done.is_ok(), &self.file) {
                let path = file.path.clone();
                drop(tokio::task::spawn_blocking(move || log::note_reached(&path)).await);
            }
            held.settle(done).await
        }
        .await;
        let mut unwritable = self.unwritable.lock().unwrap_or_else(PoisonError::into_inner);
        match &written {
            Ok(()) => *unwritable = None,
            Err(error @ (StoreError::Full | StoreError::ReadOnly)) => *unwritable = Some(error.clone()),
            Err(_) => {}
        }
        written
    }

    fn unwritable(&self) -> Option<StoreError> {
        self.unwritable
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    async fn setting(&self, name: &str) -> Result<Option<String>, StoreError> {
        ask!(self, connection => requests::setting(connection, name))
    }

    async fn answered(&self, request: &str) -> Result<Option<String>, StoreError> {
        ask!(self, connection => requests::answered(connection, request))
    }

    async fn accounts(&self) -> Result<Vec<Account>, StoreError> {
        ask!(self, connection => accounts::all(connection))
    }

    async fn drafts(&self) -> Result<Vec<Draft>, StoreError> {
        ask!(self, connection => drafts::all(connection))
    }

    async fn draft(&self, id: &DraftId) -> Result<Option<Draft>, StoreError> {
        ask!(self, connection => drafts::one(connection, id))
    }

    async fn draft_count(&self) -> Result<u64, StoreError> {
        ask!(self, connection => drafts::count(connection))
    }

    async fn deliveries(&self, states: &[State]) -> Result<Vec<Delivery>, StoreError> {
        ask!(self, connection => deliveries::in_states(connection, states))
    }

    async fn delivery(&self, id: &DeliveryId) -> Result<Option<Delivery>, StoreError> {
        ask!(self, connection => deliveries::one(connection, id))
    }

    async fn deliveries_named(&self, ids: &[DeliveryId]) -> Result<Vec<Delivery>, StoreError> {
        ask!(self, connection => deliveries::named(connection, ids))
    }

    async fn deliveries_that_differed(&self) -> Result<Vec<Delivery>, StoreError> {
        ask!(self, connection => deliveries::that_differed(connection))
    }

    async fn last_thread(
        &self,
        account: &AccountId,
        until: Option<Timestamp>,
    ) -> Result<Option<Delivery>, StoreError> {
        ask!(self, connection => deliveries::last_thread(connection, account, until))
    }

    async fn ranks(&self) -> Result<Option<(i64, i64)>, StoreError> {
        ask!(self, connection => deliveries::ranks(connection))
    }

    async fn counts(&self) -> Result<Vec<(State, u64)>, StoreError> {
        ask!(self, connection => deliveries::counts(connection))
    }

    async fn revision(&self, id: &str) -> Result<Option<Revision>, StoreError> {
        let found = ask!(self, connection => drafts::revisions(connection, &[id]))?;
        Ok(found.into_iter().next())
    }

    async fn revisions(&self, ids: &[String]) -> Result<Vec<Revision>, StoreError> {
        ask!(self, connection => drafts::revisions(connection, ids))
    }

    async fn picture(&self, id: &MediaId) -> Result<Option<StoredPicture>, StoreError> {
        ask!(self, connection => pictures::one(connection, id))
    }

    async fn picture_facts(&self, ids: &[MediaId]) -> Result<Vec<PictureFacts>, StoreError> {
        ask!(self, connection => pictures::facts(connection, ids))
    }

    async fn attempts(&self, delivery: &DeliveryId) -> Result<Vec<Attempt>, StoreError> {
        ask!(self, connection => attempts::of_delivery(connection, delivery))
    }

    async fn counted_attempts(&self, since: Timestamp) -> Result<Vec<Attempt>, StoreError> {
        ask!(self, connection => attempts::counted(connection, since))
    }

    async fn waits(&self) -> Result<Vec<(String, Wait)>, StoreError> {
        ask!(self, connection => requests::waits(connection))
    }

    async fn journal(&self, rows: JournalRows) -> Result<Vec<JournalEntry>, StoreError> {
        ask!(self, connection => journal::rows(connection, rows))
    }

    async fn newest_journal(&self) -> Result<Option<Timestamp>, StoreError> {
        ask!(self, connection => journal::newest(connection))
    }
}
