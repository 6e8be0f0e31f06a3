//! Attempts as rows. A claim that tries several parts has a row for each.

use jiff::Timestamp;
use kossori_core::ids::{AccountId, AttemptId, DeliveryId};
use kossori_engine::model::Attempt;
use kossori_engine::ports::StoreError;
use sqlx::query::Query;
use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{Sqlite, SqliteConnection};

use crate::cells::{Cells, exactly_one, nanos};
use crate::error::Failure;

macro_rules! columns {
    () => {
        "id, part, delivery, account, n, began_at, sending_at, ended_at, outcome, code, \"window\", opened, \
         never_left"
    };
}

macro_rules! places {
    () => {
        "?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13"
    };
}

/// Stale if the delivery is not there, or has an attempt that has not ended: end that one first, in the same
/// list of changes if need be.
pub(crate) async fn add(connection: &mut SqliteConnection, attempt: &Attempt) -> Result<(), Failure> {
    const SQL: &str = concat!("INSERT INTO attempts (", columns!(), ") VALUES (", places!(), ")");
    bind(SQL, attempt)?.execute(connection).await?;
    Ok(())
}

/// Stale if there is no such attempt of that part of that delivery.
pub(crate) async fn update(connection: &mut SqliteConnection, attempt: &Attempt) -> Result<(), Failure> {
    const SQL: &str = concat!(
        "UPDATE attempts SET (",
        columns!(),
        ") = (",
        places!(),
        ") WHERE id = ?1 AND part = ?2 AND delivery = ?3"
    );
    exactly_one(bind(SQL, attempt)?.execute(connection).await?)
}

pub(crate) async fn of_delivery(
    connection: &mut SqliteConnection,
    delivery: &DeliveryId,
) -> Result<Vec<Attempt>, Failure> {
    const SQL: &str = concat!(
        "SELECT ",
        columns!(),
        " FROM attempts WHERE delivery = ?1 ORDER BY n, part, began_at, id"
    );
    sqlx::query(SQL)
        .bind(delivery.as_str())
        .fetch_all(connection)
        .await?
        .iter()
        .map(of_row)
        .collect()
}

pub(crate) async fn counted(
    connection: &mut SqliteConnection,
    since: Timestamp,
) -> Result<Vec<Attempt>, Failure> {
    const SQL: &str = concat!(
        "SELECT ",
        columns!(),
        " FROM attempts WHERE sending_at >= ?1 AND never_left = 0 ORDER BY sending_at, id, part"
    );
    sqlx::query(SQL)
        .bind(nanos(since))
        .fetch_all(connection)
        .await?
        .iter()
        .map(of_row)
        .collect()
}

fn bind<'q>(
    sql: &'static str,
    attempt: &'q Attempt,
) -> Result<Query<'q, Sqlite, SqliteArguments>, StoreError> {
    Ok(sqlx::query(sql)
        .bind(attempt.id.as_str())
        .bind(i64::from(attempt.part))
        .bind(attempt.delivery.as_str())
        .bind(attempt.account.as_str())
        .bind(i64::from(attempt.n))
        .bind(nanos(attempt.began_at))
        .bind(attempt.sending_at.map(nanos))
        .bind(attempt.ended_at.map(nanos))
        .bind(attempt.outcome.as_deref())
        .bind(attempt.code.as_deref())
        .bind(attempt.window.as_deref())
        .bind(attempt.opened.map(nanos))
        .bind(attempt.never_left))
}

fn of_row(row: &SqliteRow) -> Result<Attempt, Failure> {
    let mut cells = Cells::of(row);
    Ok(Attempt {
        id: AttemptId(cells.take()?),
        part: cells.number()?,
        delivery: DeliveryId(cells.take()?),
        account: AccountId(cells.take()?),
        n: cells.number()?,
        began_at: cells.time()?,
        sending_at: cells.time_or_none()?,
        ended_at: cells.time_or_none()?,
        outcome: cells.take()?,
        code: cells.take()?,
        window: cells.take()?,
        opened: cells.time_or_none()?,
        never_left: cells.take()?,
    })
}
