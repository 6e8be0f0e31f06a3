//! Deliveries as rows, and the compare in compare-and-set.

use std::collections::HashMap;

use jiff::Timestamp;
use kossori_core::delivery::{self, State};
use kossori_core::ids::{AccountId, AttemptId, DeliveryId, PostId};
use kossori_engine::model::{Delivery, FrozenPost, Planned};
use kossori_engine::ports::{Expect, Frozen, StoreError};
use sqlx::query::Query;
use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{Sqlite, SqliteConnection};

use crate::cells::{Cells, exactly_one, json, nanos};
use crate::error::Failure;

macro_rules! columns {
    () => {
        "id, post, account, revision, rank, wanted, override_window, expires_at, state, \
         planned_at, planned_window, planned_opened, attempt, attempts, \
         frozen_record, frozen_at, frozen_author, frozen_for_good, frozen_first_try, \
         parts, parts_sent, receipt, not_before, hold_until, refusal, open_question, sent_at, created_at, \
         deleted_at, deleted_ids"
    };
}

/// What goes into the columns; the rank as the argument says.
macro_rules! places {
    ($rank:literal) => {
        concat!(
            "?1, ?2, ?3, ?4, ",
            $rank,
            ", ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25, \
             ?26, ?27, ?28, ?29, ?30"
        )
    };
}

/// Stale if the account, the post or the revision is not there.
pub(crate) async fn add(connection: &mut SqliteConnection, delivery: &Delivery) -> Result<(), Failure> {
    const SQL: &str = concat!(
        "INSERT INTO deliveries (",
        columns!(),
        ") VALUES (",
        places!("?5"),
        ")"
    );
    bind(SQL, delivery)?.execute(connection).await?;
    Ok(())
}

/// The order stays as it is stored: whoever writes this may have read the row before somebody moved it.
pub(crate) async fn update(
    connection: &mut SqliteConnection,
    expect: &Expect,
    delivery: &Delivery,
) -> Result<(), Failure> {
    let stored = one(connection, &delivery.id).await?.ok_or(StoreError::Stale)?;
    let as_expected = stored.state == expect.state
        && expect
            .attempt
            .as_ref()
            .is_none_or(|attempt| stored.attempt.as_ref() == Some(attempt));
    if !as_expected {
        return Err(StoreError::Stale.into());
    }
    if let Err(broken) = delivery::may_become(&stored.standing(), &delivery.standing()) {
        tracing::error!(from = stored.state.as_str(), to = delivery.state.as_str(), %broken, "a change was refused");
        return Err(StoreError::Illegal.into());
    }
    const SQL: &str = concat!(
        "UPDATE deliveries SET (",
        columns!(),
        ") = (",
        places!("rank"),
        ") WHERE id = ?1 AND state = ?31 AND (?32 IS NULL OR attempt = ?32)"
    );
    let done = bind(SQL, delivery)?
        .bind(expect.state.as_str())
        .bind(expect.attempt.as_ref().map(AttemptId::as_str))
        .execute(connection)
        .await?;
    exactly_one(done)
}

/// Writes many stored times with one statement: [id, at, window, opened] each.
pub(crate) async fn plan(
    connection: &mut SqliteConnection,
    plans: &HashMap<DeliveryId, Option<Planned>>,
) -> Result<(), Failure> {
    let rows: Vec<_> = plans
        .iter()
        .map(|(id, planned)| {
            let planned = planned.as_ref();
            (
                id,
                planned.map(|planned| nanos(planned.at)),
                planned.and_then(|planned| planned.window.as_deref()),
                planned.and_then(|planned| planned.opened).map(nanos),
            )
        })
        .collect();
    // The plus keeps SQLite from starting at the index of states, which holds nearly every row here: it has to
    // start at the list.
    let done = sqlx::query(
        "UPDATE deliveries SET planned_at = new.at, planned_window = new.window, planned_opened = new.opened
         FROM (SELECT value ->> 0 AS id, value ->> 1 AS at, value ->> 2 AS window, value ->> 3 AS opened
               FROM json_each(?1)) AS new
         WHERE deliveries.id = new.id AND +deliveries.state IN ('queued', 'held')",
    )
    .bind(json(&rows)?)
    .execute(connection)
    .await?;
    if done.rows_affected() == plans.len() as u64 {
        Ok(())
    } else {
        Err(StoreError::Stale.into())
    }
}

pub(crate) async fn set_deleted(
    connection: &mut SqliteConnection,
    id: &DeliveryId,
    ids: &[String],
    at: Option<Timestamp>,
) -> Result<(), Failure> {
    let done = sqlx::query("UPDATE deliveries SET deleted_at = ?2, deleted_ids = ?3 WHERE id = ?1")
        .bind(id.as_str())
        .bind(at.map(nanos))
        .bind(json(&ids)?)
        .execute(connection)
        .await?;
    exactly_one(done)
}

/// A wording that was forgotten says nothing against it.
pub(crate) async fn last_thread(
    connection: &mut SqliteConnection,
    account: &AccountId,
    until: Option<Timestamp>,
) -> Result<Option<Delivery>, Failure> {
    const SQL: &str = concat!(
        "SELECT ",
        columns!(),
        " FROM deliveries WHERE account = ?1 AND state = 'sent' AND deleted_ids = '[]'
             AND (?2 IS NULL OR sent_at <= ?2)
             AND NOT EXISTS (
                 SELECT 1 FROM revisions WHERE revisions.id = deliveries.revision
                     AND (content ->> 'repost' IS NOT NULL OR content ->> 'reply_to' IS NOT NULL
                         OR content ->> 'visibility' = 'direct'))
         ORDER BY sent_at DESC, id DESC LIMIT 1"
    );
    sqlx::query(SQL)
        .bind(account.as_str())
        .bind(until.map(nanos))
        .fetch_optional(connection)
        .await?
        .as_ref()
        .map(of_row)
        .transpose()
}

pub(crate) async fn set_rank(
    connection: &mut SqliteConnection,
    id: &DeliveryId,
    rank: i64,
) -> Result<(), Failure> {
    let done = sqlx::query(
        "UPDATE deliveries SET rank = ?2
         WHERE id = ?1 AND state NOT IN ('sent', 'rejected', 'missed', 'left', 'removed')",
    )
    .bind(id.as_str())
    .bind(rank)
    .execute(connection)
    .await?;
    exactly_one(done)
}

pub(crate) async fn in_states(
    connection: &mut SqliteConnection,
    states: &[State],
) -> Result<Vec<Delivery>, Failure> {
    const SQL: &str = concat!(
        "SELECT ",
        columns!(),
        " FROM deliveries WHERE state IN (SELECT value FROM json_each(?1)) ORDER BY rank, id"
    );
    sqlx::query(SQL)
        .bind(json(&states)?)
        .fetch_all(connection)
        .await?
        .iter()
        .map(of_row)
        .collect()
}

pub(crate) async fn one(
    connection: &mut SqliteConnection,
    id: &DeliveryId,
) -> Result<Option<Delivery>, Failure> {
    const SQL: &str = concat!("SELECT ", columns!(), " FROM deliveries WHERE id = ?1");
    sqlx::query(SQL)
        .bind(id.as_str())
        .fetch_optional(connection)
        .await?
        .as_ref()
        .map(of_row)
        .transpose()
}

pub(crate) async fn named(
    connection: &mut SqliteConnection,
    ids: &[DeliveryId],
) -> Result<Vec<Delivery>, Failure> {
    const SQL: &str = concat!(
        "SELECT ",
        columns!(),
        " FROM deliveries WHERE id IN (SELECT value FROM json_each(?1)) ORDER BY id"
    );
    sqlx::query(SQL)
        .bind(json(&ids)?)
        .fetch_all(connection)
        .await?
        .iter()
        .map(of_row)
        .collect()
}

pub(crate) async fn that_differed(connection: &mut SqliteConnection) -> Result<Vec<Delivery>, Failure> {
    // The word stands in the text, so that the index of just these rows is used.
    const SQL: &str = concat!(
        "SELECT ",
        columns!(),
        " FROM deliveries WHERE deleted_at IS NULL
             AND id IN (SELECT delivery FROM journal WHERE event = 'visibility_differs') ORDER BY id"
    );
    sqlx::query(SQL)
        .fetch_all(connection)
        .await?
        .iter()
        .map(of_row)
        .collect()
}

pub(crate) async fn ranks(connection: &mut SqliteConnection) -> Result<Option<(i64, i64)>, Failure> {
    // Two subqueries: SQLite answers a lone min or max from the end of the index, but not both at once.
    let (least, most): (Option<i64>, Option<i64>) =
        sqlx::query_as("SELECT (SELECT min(rank) FROM deliveries), (SELECT max(rank) FROM deliveries)")
            .fetch_one(connection)
            .await?;
    Ok(least.zip(most))
}

pub(crate) async fn counts(connection: &mut SqliteConnection) -> Result<Vec<(State, u64)>, Failure> {
    sqlx::query("SELECT state, count(*) FROM deliveries GROUP BY state")
        .fetch_all(connection)
        .await?
        .iter()
        .map(|row| {
            let mut cells = Cells::of(row);
            Ok((
                State::parse(cells.take()?).ok_or(StoreError::Damaged)?,
                cells.number()?,
            ))
        })
        .collect()
}

fn bind<'q>(
    sql: &'static str,
    delivery: &'q Delivery,
) -> Result<Query<'q, Sqlite, SqliteArguments>, StoreError> {
    let planned = delivery.planned.as_ref();
    let frozen = delivery.frozen.as_ref();
    Ok(sqlx::query(sql)
        .bind(delivery.id.as_str())
        .bind(delivery.post.as_str())
        .bind(delivery.account.as_str())
        .bind(&delivery.revision)
        .bind(delivery.rank)
        .bind(json(&delivery.when)?)
        .bind(delivery.override_window)
        .bind(delivery.expires_at.map(nanos))
        .bind(delivery.state.as_str())
        .bind(planned.map(|planned| nanos(planned.at)))
        .bind(planned.and_then(|planned| planned.window.as_deref()))
        .bind(planned.and_then(|planned| planned.opened).map(nanos))
        .bind(delivery.attempt.as_ref().map(AttemptId::as_str))
        .bind(i64::from(delivery.attempts))
        .bind(frozen.map(|frozen| &*frozen.record.0))
        .bind(frozen.map(|frozen| nanos(frozen.at)))
        .bind(frozen.map(|frozen| frozen.author_id.as_str()))
        .bind(frozen.map(|frozen| frozen.for_good))
        .bind(frozen.and_then(|frozen| frozen.first_try).map(nanos))
        .bind(i64::from(delivery.parts))
        .bind(i64::from(delivery.parts_sent))
        .bind(delivery.receipt.as_ref().map(json).transpose()?)
        .bind(delivery.not_before.map(nanos))
        .bind(delivery.hold_until.map(nanos))
        .bind(delivery.refusal.as_ref().map(json).transpose()?)
        .bind(delivery.open_question.as_ref().map(json).transpose()?)
        .bind(delivery.sent_at.map(nanos))
        .bind(nanos(delivery.created_at))
        .bind(delivery.deleted_at.map(nanos))
        .bind(json(&delivery.deleted_ids)?))
}

fn of_row(row: &SqliteRow) -> Result<Delivery, Failure> {
    let mut cells = Cells::of(row);
    Ok(Delivery {
        id: DeliveryId(cells.take()?),
        post: PostId(cells.take()?),
        account: AccountId(cells.take()?),
        revision: cells.take()?,
        rank: cells.take()?,
        when: cells.json()?,
        override_window: cells.take()?,
        expires_at: cells.time_or_none()?,
        state: State::parse(cells.take()?).ok_or(StoreError::Damaged)?,
        planned: planned(&mut cells)?,
        attempt: cells.take::<Option<String>>()?.map(AttemptId),
        attempts: cells.number()?,
        frozen: frozen(&mut cells)?,
        parts: cells.number()?,
        parts_sent: cells.number()?,
        receipt: cells.json_or_none()?,
        not_before: cells.time_or_none()?,
        hold_until: cells.time_or_none()?,
        refusal: cells.json_or_none()?,
        open_question: cells.json_or_none()?,
        sent_at: cells.time_or_none()?,
        created_at: cells.time()?,
        deleted_at: cells.time_or_none()?,
        deleted_ids: cells.json()?,
    })
}

fn planned(cells: &mut Cells<'_>) -> Result<Option<Planned>, Failure> {
    let at = cells.time_or_none()?;
    let window = cells.take()?;
    let opened = cells.time_or_none()?;
    Ok(at.map(|at| Planned { at, window, opened }))
}

fn frozen(cells: &mut Cells<'_>) -> Result<Option<FrozenPost>, Failure> {
    let record: Option<&str> = cells.take()?;
    let at = cells.time_or_none()?;
    let author_id: Option<String> = cells.take()?;
    let for_good: Option<bool> = cells.take()?;
    let first_try = cells.time_or_none()?;
    let Some(record) = record else { return Ok(None) };
    Ok(Some(FrozenPost {
        record: Frozen(record.into()),
        at: at.ok_or(StoreError::Damaged)?,
        author_id: author_id.ok_or(StoreError::Damaged)?,
        for_good: for_good.ok_or(StoreError::Damaged)?,
        first_try,
    }))
}
