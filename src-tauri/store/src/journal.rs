//! The journal: rows are added, never changed, never removed. An attempt has at most 20 of them (RULES.md 3);
//! what repeats is counted beside the row that it repeats.

use jiff::Timestamp;
use kossori_core::ids::{AccountId, AttemptId, DeliveryId};
use kossori_engine::model::{Event, JournalEntry};
use kossori_engine::ports::JournalRows;
use sqlx::{AssertSqlSafe, SqliteConnection};

use crate::cells::{Cells, json, nanos, time, word};
use crate::error::Failure;

/// Rows that one attempt may have.
const MOST: usize = 20;

/// From here on an event that the attempt has a row of gets no second one, whatever its detail, so that the
/// rows that are left go to what has not happened yet (the proof that it was sent, before all).
const SPARING_FROM: usize = 12;

pub(crate) async fn add(connection: &mut SqliteConnection, entry: &JournalEntry) -> Result<(), Failure> {
    let event = word(&entry.event)?;
    if let Some(attempt) = &entry.attempt {
        let rows: Vec<(i64, String, Option<String>)> =
            sqlx::query_as("SELECT id, event, detail FROM journal WHERE attempt = ?1 ORDER BY id DESC")
                .bind(attempt.as_str())
                .fetch_all(&mut *connection)
                .await?;
        if let Some(row) = repeated(&rows, &event, entry.detail.as_deref()) {
            return count(connection, row, entry.at).await;
        }
    }
    sqlx::query(
        "INSERT INTO journal (at, delivery, attempt, account, event, detail, digest)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )
    .bind(nanos(entry.at))
    .bind(entry.delivery.as_ref().map(DeliveryId::as_str))
    .bind(entry.attempt.as_ref().map(AttemptId::as_str))
    .bind(entry.account.as_ref().map(AccountId::as_str))
    .bind(event)
    .bind(entry.detail.as_deref())
    .bind(entry.digest.as_deref())
    .execute(connection)
    .await?;
    Ok(())
}

/// The row (of `rows`, newest first) that counts the new event instead of a row of its own.
fn repeated(rows: &[(i64, String, Option<String>)], event: &str, detail: Option<&str>) -> Option<i64> {
    let newest = rows.first()?;
    if newest.1 == event && newest.2.as_deref() == detail {
        return Some(newest.0);
    }
    if rows.len() < SPARING_FROM {
        return None;
    }
    let same = rows.iter().find(|row| row.1 == event);
    match same {
        Some(row) => Some(row.0),
        None if rows.len() >= MOST => Some(newest.0),
        None => None,
    }
}

async fn count(connection: &mut SqliteConnection, row: i64, at: Timestamp) -> Result<(), Failure> {
    sqlx::query(
        "INSERT INTO journal_repeats (entry, repeats, last_at) VALUES (?1, 1, ?2)
         ON CONFLICT (entry) DO UPDATE
         SET repeats = repeats + 1, last_at = max(last_at, excluded.last_at)",
    )
    .bind(row)
    .bind(nanos(at))
    .execute(connection)
    .await?;
    Ok(())
}

/// A row that says what came of its delivery, and none of them came later.
const LAST_OUTCOME: &str = "entry.delivery IS NOT NULL
    AND entry.event IN (SELECT value FROM json_each(?3))
    AND NOT EXISTS (SELECT 1 FROM journal AS later WHERE later.delivery = entry.delivery AND later.id > entry.id
        AND later.event IN (SELECT value FROM json_each(?3)))";

pub(crate) async fn rows(
    connection: &mut SqliteConnection,
    rows: JournalRows,
) -> Result<Vec<JournalEntry>, Failure> {
    let chosen = if rows.outcomes { LAST_OUTCOME } else { "?3 IS NULL" };
    let outcomes = rows.outcomes.then(|| json(&Event::OUTCOMES)).transpose()?;
    let range =
        format!("FROM journal AS entry WHERE entry.at >= ?1 AND (?2 IS NULL OR entry.at < ?2) AND {chosen}");
    let since = rows.since.map_or(i64::MIN, nanos);
    let until = rows.until.map(nanos);
    let since = match rows.limit {
        None => since,
        Some(limit) => {
            let sql =
                format!("SELECT entry.at {range} ORDER BY entry.at DESC, entry.id DESC LIMIT 1 OFFSET ?4");
            let first: Option<i64> = sqlx::query_scalar(AssertSqlSafe(sql))
                .bind(since)
                .bind(until)
                .bind(outcomes.as_deref())
                .bind(i64::from(limit.max(1)) - 1)
                .fetch_optional(&mut *connection)
                .await?;
            first.unwrap_or(since)
        }
    };
    let sql = format!(
        "SELECT at, delivery, attempt, account, event, detail, digest {range} ORDER BY entry.at, entry.id"
    );
    sqlx::query(AssertSqlSafe(sql))
        .bind(since)
        .bind(until)
        .bind(outcomes.as_deref())
        .fetch_all(connection)
        .await?
        .iter()
        .map(|row| {
            let mut cells = Cells::of(row);
            Ok(JournalEntry {
                at: cells.time()?,
                delivery: cells.take::<Option<String>>()?.map(DeliveryId),
                attempt: cells.take::<Option<String>>()?.map(AttemptId),
                account: cells.take::<Option<String>>()?.map(AccountId),
                event: cells.word()?,
                detail: cells.take()?,
                digest: cells.take()?,
            })
        })
        .collect()
}

/// Counted repeats too: a wall clock before it was set back. A row that says the clock is in doubt is none: set ahead
/// for a minute by mistake, it would else be doubted at every start until that time has come. For the same reason rows
/// from before the clock was last confirmed are none: whoever confirmed it knew of them.
pub(crate) async fn newest(connection: &mut SqliteConnection) -> Result<Option<Timestamp>, Failure> {
    // The word stands in the text, so that the index of just these rows is used.
    let confirmed: Option<i64> =
        sqlx::query_scalar("SELECT max(id) FROM journal WHERE event = 'clock_confirmed'")
            .fetch_one(&mut *connection)
            .await?;
    let since = confirmed.unwrap_or(0);
    let row: Option<i64> = sqlx::query_scalar(
        "SELECT at FROM journal WHERE event <> ?1 AND id >= ?2 ORDER BY at DESC, id DESC LIMIT 1",
    )
    .bind(word(&Event::ClockUnsure)?)
    .bind(since)
    .fetch_optional(&mut *connection)
    .await?;
    let repeat: Option<i64> = sqlx::query_scalar(
        "SELECT last_at FROM journal_repeats WHERE entry >= ?1 ORDER BY last_at DESC LIMIT 1",
    )
    .bind(since)
    .fetch_optional(connection)
    .await?;
    Ok(row.max(repeat).map(time).transpose()?)
}
