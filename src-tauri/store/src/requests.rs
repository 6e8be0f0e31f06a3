//! Settings, and what requests were answered.

use jiff::{SignedDuration, Timestamp};
use sqlx::SqliteConnection;

use crate::cells::nanos;
use crate::error::Failure;

/// How long an answer is remembered.
const REMEMBERED: SignedDuration = SignedDuration::from_hours(1);

pub(crate) async fn put_setting(
    connection: &mut SqliteConnection,
    name: &str,
    json: String,
) -> Result<(), Failure> {
    sqlx::query(
        "INSERT INTO settings (name, json) VALUES (?1, ?2)
         ON CONFLICT (name) DO UPDATE SET json = excluded.json",
    )
    .bind(name)
    .bind(json)
    .execute(connection)
    .await?;
    Ok(())
}

pub(crate) async fn setting(
    connection: &mut SqliteConnection,
    name: &str,
) -> Result<Option<String>, Failure> {
    Ok(sqlx::query_scalar("SELECT json FROM settings WHERE name = ?1")
        .bind(name)
        .fetch_optional(connection)
        .await?)
}

/// Stale if the request has an answer already: it was done, and must not be done again.
pub(crate) async fn answer(
    connection: &mut SqliteConnection,
    request: String,
    answer: String,
    at: Timestamp,
) -> Result<(), Failure> {
    let forgotten = at.checked_sub(REMEMBERED).unwrap_or(Timestamp::MIN);
    sqlx::query("DELETE FROM answered WHERE at < ?1")
        .bind(nanos(forgotten))
        .execute(&mut *connection)
        .await?;
    sqlx::query("INSERT INTO answered (request, answer, at) VALUES (?1, ?2, ?3)")
        .bind(request)
        .bind(answer)
        .bind(nanos(at))
        .execute(connection)
        .await?;
    Ok(())
}

pub(crate) async fn answered(
    connection: &mut SqliteConnection,
    request: &str,
) -> Result<Option<String>, Failure> {
    Ok(
        sqlx::query_scalar("SELECT answer FROM answered WHERE request = ?1")
            .bind(request)
            .fetch_optional(connection)
            .await?,
    )
}
