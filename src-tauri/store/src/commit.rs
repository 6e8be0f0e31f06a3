//! Every write of the engine: one list of changes, one transaction, all or nothing.

use std::collections::HashMap;

use kossori_core::ids::DeliveryId;
use kossori_engine::model::Planned;
use kossori_engine::ports::Change;
use sqlx::{Connection, SqliteConnection};

use crate::error::Failure;
use crate::{accounts, attempts, deliveries, drafts, journal, pictures, requests};

/// How many stored times go to SQLite in one statement.
const PLANS_AT_ONCE: usize = 500;

/// The transaction takes the write lock at its beginning, so that nothing it reads can change before it
/// writes. Dropped half-way, it is rolled back.
pub(crate) async fn commit(connection: &mut SqliteConnection, changes: Vec<Change>) -> Result<(), Failure> {
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    let mut plans = HashMap::new();
    for change in changes {
        match change {
            Change::Plan { id, planned } => {
                plans.insert(id, planned);
                if plans.len() < PLANS_AT_ONCE {
                    continue;
                }
                flush(&mut transaction, &mut plans).await?;
            }
            other => {
                flush(&mut transaction, &mut plans).await?;
                apply(&mut transaction, other).await?;
            }
        }
    }
    flush(&mut transaction, &mut plans).await?;
    transaction.commit().await?;
    Ok(())
}

/// Stored times that stand next to each other in the list are written together; a later one of the same
/// delivery has replaced the earlier.
async fn flush(
    connection: &mut SqliteConnection,
    plans: &mut HashMap<DeliveryId, Option<Planned>>,
) -> Result<(), Failure> {
    if plans.is_empty() {
        return Ok(());
    }
    deliveries::plan(connection, plans).await?;
    plans.clear();
    Ok(())
}

async fn apply(connection: &mut SqliteConnection, change: Change) -> Result<(), Failure> {
    match change {
        Change::PutSetting { name, json } => requests::put_setting(connection, name, json).await,
        Change::AddAccount(account) => accounts::add(connection, &account).await,
        Change::UpdateAccount(account) => accounts::update(connection, &account).await,
        Change::RemoveAccount(id) => accounts::remove(connection, &id).await,
        Change::AddDraft(draft) => drafts::add(connection, &draft).await,
        Change::UpdateDraft { draft, base_rev } => drafts::update(connection, &draft, base_rev).await,
        Change::RemoveDraft(id) => drafts::remove(connection, &id).await,
        Change::AddPost(post) => drafts::add_post(connection, &post).await,
        Change::AddRevision(revision) => drafts::add_revision(connection, &revision).await,
        Change::AddPicture(picture) => pictures::add(connection, picture).await,
        Change::AddDelivery(delivery) => deliveries::add(connection, &delivery).await,
        Change::Delivery { expect, delivery } => deliveries::update(connection, &expect, &delivery).await,
        Change::Plan { id, planned } => deliveries::plan(connection, &HashMap::from([(id, planned)])).await,
        Change::Deleted { id, ids, at } => deliveries::set_deleted(connection, &id, &ids, at).await,
        Change::Rank { id, rank } => deliveries::set_rank(connection, &id, rank).await,
        Change::AddAttempt(attempt) => attempts::add(connection, &attempt).await,
        Change::UpdateAttempt(attempt) => attempts::update(connection, &attempt).await,
        Change::Journal(entry) => journal::add(connection, &entry).await,
        Change::Book(booking) => requests::book(connection, &booking).await,
        Change::Wait { who, wait } => requests::wait(connection, &who, wait).await,
        Change::Answered { request, answer, at } => requests::answer(connection, request, answer.0, at).await,
    }
}
