//! The practice network's memory: tables and transactions of its own, so that a post can be there while the
//! engine's own commit about it is not.

use async_trait::async_trait;
use kossori_core::ids::AccountId;
use kossori_engine::ports::{Fault, NewTimelinePost, StoreError, Timeline, TimelineError, TimelinePost};
use sha2::{Digest, Sha256};
use sqlx::{Connection, SqliteConnection};

use crate::cells::{Cells, json, nanos, of_word, word};
use crate::database::Database;
use crate::error::Failure;
use crate::key::push_hex;

#[async_trait]
impl Timeline for Database {
    async fn publish(&self, post: NewTimelinePost) -> Result<Vec<String>, TimelineError> {
        let mut held = self.writer.hold().await.map_err(unusable)?;
        let done = match held.connection() {
            Ok(connection) => publish(connection, &post).await,
            Err(failure) => Err(failure),
        };
        held.settle(done).await.map_err(unusable)
    }

    async fn find(&self, account: &AccountId, key: &str) -> Result<Vec<String>, TimelineError> {
        let mut held = self.read().await.map_err(unusable)?;
        let found = match held.connection() {
            Ok(connection) => find(connection, account, key).await,
            Err(failure) => Err(failure),
        };
        held.settle(found).await.map_err(unusable)
    }

    async fn posts(&self, account: &AccountId) -> Result<Vec<TimelinePost>, TimelineError> {
        let mut held = self.read().await.map_err(unusable)?;
        let found = match held.connection() {
            Ok(connection) => posts(connection, account).await,
            Err(failure) => Err(failure),
        };
        held.settle(found).await.map_err(unusable)
    }

    async fn remove(&self, account: &AccountId, id: &str) -> Result<(), TimelineError> {
        let mut held = self.writer.hold().await.map_err(unusable)?;
        let done = match held.connection() {
            Ok(connection) => remove(connection, account, id).await,
            Err(failure) => Err(failure),
        };
        held.settle(done).await.map_err(unusable)
    }

    async fn set_fault(&self, account: &AccountId, fault: Option<Fault>) -> Result<(), TimelineError> {
        let mut held = self.writer.hold().await.map_err(unusable)?;
        let done = match held.connection() {
            Ok(connection) => set_fault(connection, account, fault).await,
            Err(failure) => Err(failure),
        };
        held.settle(done).await.map_err(unusable)
    }

    async fn take_fault(&self, account: &AccountId) -> Result<Option<Fault>, TimelineError> {
        let mut held = self.writer.hold().await.map_err(unusable)?;
        let done = match held.connection() {
            Ok(connection) => take_fault(connection, account).await,
            Err(failure) => Err(failure),
        };
        held.settle(done).await.map_err(unusable)
    }
}

// The port has one error: a server would not say either why its disk is gone.
fn unusable(_: StoreError) -> TimelineError {
    TimelineError
}

/// A later part that answers nothing answers the part before it, as in any thread.
async fn publish(connection: &mut SqliteConnection, post: &NewTimelinePost) -> Result<Vec<String>, Failure> {
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    let there = find(&mut transaction, &post.account, &post.key).await?;
    if !there.is_empty() {
        transaction.rollback().await?;
        return Ok(there);
    }
    let mut ids: Vec<String> = Vec::with_capacity(post.parts.len());
    for (number, part) in (0_u32..).zip(&post.parts) {
        let id = id_of(&post.account, &post.key, number);
        sqlx::query(
            "INSERT INTO practice_posts (account, key, part, id, text, cw, reply_to, pictures, published_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        )
        .bind(post.account.as_str())
        .bind(post.key.as_str())
        .bind(i64::from(number))
        .bind(id.as_str())
        .bind(part.text.as_str())
        .bind(part.cw.as_deref())
        .bind(part.reply_to.as_ref().or(ids.last()).map(String::as_str))
        .bind(json(&part.pictures)?)
        .bind(nanos(post.published_at))
        .execute(&mut *transaction)
        .await?;
        ids.push(id);
    }
    transaction.commit().await?;
    Ok(ids)
}

/// Made of the key, so that the same post has the same id wherever it is asked for.
fn id_of(account: &AccountId, key: &str, part: u32) -> String {
    let digest = Sha256::new()
        .chain_update(account.as_str())
        .chain_update([0])
        .chain_update(key)
        .chain_update([0])
        .chain_update(part.to_be_bytes())
        .finalize();
    let mut id = String::from("p-");
    push_hex(&mut id, &digest[..10]);
    id
}

async fn find(
    connection: &mut SqliteConnection,
    account: &AccountId,
    key: &str,
) -> Result<Vec<String>, Failure> {
    Ok(
        sqlx::query_scalar("SELECT id FROM practice_posts WHERE account = ?1 AND key = ?2 ORDER BY part")
            .bind(account.as_str())
            .bind(key)
            .fetch_all(connection)
            .await?,
    )
}

async fn posts(connection: &mut SqliteConnection, account: &AccountId) -> Result<Vec<TimelinePost>, Failure> {
    sqlx::query(
        "SELECT id, key, part, text, published_at, reply_to, cw, pictures FROM practice_posts
         WHERE account = ?1 ORDER BY published_at, seq",
    )
    .bind(account.as_str())
    .fetch_all(connection)
    .await?
    .iter()
    .map(|row| {
        let mut cells = Cells::of(row);
        Ok(TimelinePost {
            id: cells.take()?,
            key: cells.take()?,
            part: cells.number()?,
            text: cells.take()?,
            published_at: cells.time()?,
            reply_to: cells.take()?,
            cw: cells.take()?,
            pictures: cells.json()?,
        })
    })
    .collect()
}

async fn remove(connection: &mut SqliteConnection, account: &AccountId, id: &str) -> Result<(), Failure> {
    sqlx::query("DELETE FROM practice_posts WHERE account = ?1 AND id = ?2")
        .bind(account.as_str())
        .bind(id)
        .execute(connection)
        .await?;
    Ok(())
}

async fn set_fault(
    connection: &mut SqliteConnection,
    account: &AccountId,
    fault: Option<Fault>,
) -> Result<(), Failure> {
    let query = match fault {
        Some(fault) => sqlx::query(
            "INSERT INTO practice_faults (account, fault) VALUES (?1, ?2)
             ON CONFLICT (account) DO UPDATE SET fault = excluded.fault",
        )
        .bind(account.as_str())
        .bind(word(&fault)?),
        None => sqlx::query("DELETE FROM practice_faults WHERE account = ?1").bind(account.as_str()),
    };
    query.execute(connection).await?;
    Ok(())
}

async fn take_fault(
    connection: &mut SqliteConnection,
    account: &AccountId,
) -> Result<Option<Fault>, Failure> {
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    let fault: Option<String> = sqlx::query_scalar("SELECT fault FROM practice_faults WHERE account = ?1")
        .bind(account.as_str())
        .fetch_optional(&mut *transaction)
        .await?;
    let Some(fault) = fault else {
        // The usual case writes nothing: no call pays for a fault that nobody set.
        transaction.rollback().await?;
        return Ok(None);
    };
    sqlx::query("DELETE FROM practice_faults WHERE account = ?1")
        .bind(account.as_str())
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await?;
    Ok(Some(of_word(fault)?))
}
