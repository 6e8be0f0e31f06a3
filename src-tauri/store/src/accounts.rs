//! Accounts as rows.

use kossori_core::ids::AccountId;
use kossori_core::network::Network;
use kossori_core::proxy::ProxyKind;
use kossori_engine::model::Account;
use kossori_engine::ports::StoreError;
use sqlx::query::Query;
use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{Sqlite, SqliteConnection};

use crate::cells::{Cells, exactly_one, json, nanos, word};
use crate::error::Failure;

macro_rules! columns {
    () => {
        "id, network, server, handle, author_id, persona, client_name, software, limits, local_server, plc, \
         health, session_ends_at, added_at, about_at, proxy"
    };
}

macro_rules! places {
    () => {
        "?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16"
    };
}

pub(crate) async fn add(connection: &mut SqliteConnection, account: &Account) -> Result<(), Failure> {
    const SQL: &str = concat!("INSERT INTO accounts (", columns!(), ") VALUES (", places!(), ")");
    bind(SQL, account)?.execute(connection).await?;
    Ok(())
}

pub(crate) async fn update(connection: &mut SqliteConnection, account: &Account) -> Result<(), Failure> {
    const SQL: &str = concat!(
        "UPDATE accounts SET (",
        columns!(),
        ") = (",
        places!(),
        ") WHERE id = ?1"
    );
    exactly_one(bind(SQL, account)?.execute(connection).await?)
}

/// Stale while one of its deliveries is not final, and if it is not there.
pub(crate) async fn remove(connection: &mut SqliteConnection, id: &AccountId) -> Result<(), Failure> {
    let done = sqlx::query(
        "DELETE FROM accounts WHERE id = ?1 AND NOT EXISTS (
            SELECT 1 FROM deliveries WHERE account = ?1
                AND state NOT IN ('sent', 'rejected', 'missed', 'left', 'removed'))",
    )
    .bind(id.as_str())
    .execute(&mut *connection)
    .await?;
    exactly_one(done)?;
    sqlx::query("DELETE FROM practice_faults WHERE account = ?1")
        .bind(id.as_str())
        .execute(connection)
        .await?;
    Ok(())
}

pub(crate) async fn all(connection: &mut SqliteConnection) -> Result<Vec<Account>, Failure> {
    const SQL: &str = concat!("SELECT ", columns!(), " FROM accounts ORDER BY added_at, id");
    sqlx::query(SQL)
        .fetch_all(connection)
        .await?
        .iter()
        .map(of_row)
        .collect()
}

fn bind<'q>(
    sql: &'static str,
    account: &'q Account,
) -> Result<Query<'q, Sqlite, SqliteArguments>, StoreError> {
    Ok(sqlx::query(sql)
        .bind(account.id.as_str())
        .bind(account.network.as_str())
        .bind(&account.server)
        .bind(&account.handle)
        .bind(&account.author_id)
        .bind(word(&account.persona)?)
        .bind(account.client_name.as_deref())
        .bind(word(&account.software)?)
        .bind(json(&account.limits)?)
        .bind(account.local_server)
        .bind(account.plc.as_deref())
        .bind(word(&account.health)?)
        .bind(account.session_ends_at.map(nanos))
        .bind(nanos(account.added_at))
        .bind(nanos(account.about_at))
        .bind(account.proxy.map(ProxyKind::as_str)))
}

fn of_row(row: &SqliteRow) -> Result<Account, Failure> {
    let mut cells = Cells::of(row);
    Ok(Account {
        id: AccountId(cells.take()?),
        network: Network::parse(cells.take()?).ok_or(StoreError::Damaged)?,
        server: cells.take()?,
        handle: cells.take()?,
        author_id: cells.take()?,
        persona: cells.word()?,
        client_name: cells.take()?,
        software: cells.word()?,
        limits: cells.json()?,
        local_server: cells.take()?,
        plc: cells.take()?,
        health: cells.word()?,
        session_ends_at: cells.time_or_none()?,
        added_at: cells.time()?,
        about_at: cells.time()?,
        proxy: kind_of(cells.take()?)?,
    })
}

/// A kind that nobody knows is damage: to take it for none would be to call directly.
fn kind_of(word: Option<String>) -> Result<Option<ProxyKind>, Failure> {
    let kind = word.map(|word| ProxyKind::parse(&word).ok_or(StoreError::Damaged));
    Ok(kind.transpose()?)
}
