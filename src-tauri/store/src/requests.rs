//! Settings, what requests were answered, and whom nobody calls for now.

use jiff::{SignedDuration, Timestamp};
use kossori_core::cost::Booking;
use kossori_engine::model::Wait;
use kossori_engine::ports::{SPENT, booked};
use sqlx::SqliteConnection;

use crate::cells::{Cells, nanos, word};
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

pub(crate) async fn book(connection: &mut SqliteConnection, booking: &Booking) -> Result<(), Failure> {
    let stored = setting(connection, SPENT).await?;
    let json = booked(stored.as_deref(), booking)?;
    put_setting(connection, SPENT, json).await
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

pub(crate) async fn wait(
    connection: &mut SqliteConnection,
    who: &str,
    wait: Option<Wait>,
) -> Result<(), Failure> {
    let Some(wait) = wait else {
        sqlx::query("DELETE FROM waits WHERE who = ?1")
            .bind(who)
            .execute(connection)
            .await?;
        return Ok(());
    };
    sqlx::query(
        "INSERT INTO waits (who, until, why) VALUES (?1, ?2, ?3)
         ON CONFLICT (who) DO UPDATE SET until = excluded.until, why = excluded.why",
    )
    .bind(who)
    .bind(nanos(wait.until))
    .bind(word(&wait.why)?)
    .execute(connection)
    .await?;
    Ok(())
}

pub(crate) async fn waits(connection: &mut SqliteConnection) -> Result<Vec<(String, Wait)>, Failure> {
    sqlx::query("SELECT who, until, why FROM waits ORDER BY who")
        .fetch_all(connection)
        .await?
        .iter()
        .map(|row| {
            let mut cells = Cells::of(row);
            let who = cells.take()?;
            let until = cells.time()?;
            let why = cells.word()?;
            Ok((who, Wait { until, why }))
        })
        .collect()
}
