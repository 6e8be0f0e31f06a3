//! Numbered migrations. The number stands in the database's own header (`user_version`), which is encrypted
//! with the rest, and changes in the same transaction as the tables.

use kossori_engine::ports::StoreError;
use sqlx::{AssertSqlSafe, Connection, SqliteConnection};

use crate::error::Failure;

#[derive(Clone, Copy)]
pub(crate) struct Migration {
    pub(crate) number: u32,
    pub(crate) sql: &'static str,
}

/// In order, from 1, without gaps. One that was released is never changed: a new one follows it.
pub(crate) const MIGRATIONS: &[Migration] = &[
    Migration {
        number: 1,
        sql: include_str!("../migrations/0001_beginning.sql"),
    },
    Migration {
        number: 2,
        sql: include_str!("../migrations/0002_waits.sql"),
    },
    Migration {
        number: 3,
        sql: include_str!("../migrations/0003_proxy.sql"),
    },
    Migration {
        number: 4,
        sql: include_str!("../migrations/0004_deleted.sql"),
    },
    Migration {
        number: 5,
        sql: include_str!("../migrations/0005_looking_back.sql"),
    },
    Migration {
        number: 6,
        sql: include_str!("../migrations/0006_from_day.sql"),
    },
];

/// 0: nothing was ever written.
pub(crate) async fn version(connection: &mut SqliteConnection) -> Result<u32, Failure> {
    let version: i64 = sqlx::query_scalar("PRAGMA user_version")
        .fetch_one(connection)
        .await?;
    u32::try_from(version).map_err(|_| StoreError::Damaged.into())
}

pub(crate) fn latest(migrations: &[Migration]) -> u32 {
    migrations.last().map_or(0, |migration| migration.number)
}

/// All that are missing in one transaction: the database is as it was, or of this program's version. Left between two of
/// them, the next start would take it for what was before, and its backup would be kept instead of the one that is.
pub(crate) async fn run(
    connection: &mut SqliteConnection,
    from: u32,
    migrations: &[Migration],
) -> Result<(), Failure> {
    let to = latest(migrations);
    if from >= to {
        return Ok(());
    }
    let mut all = connection.begin_with("BEGIN IMMEDIATE").await?;
    for migration in migrations.iter().filter(|migration| migration.number > from) {
        sqlx::raw_sql(migration.sql).execute(&mut *all).await?;
    }
    let number = format!("PRAGMA user_version = {to}");
    sqlx::raw_sql(AssertSqlSafe(number)).execute(&mut *all).await?;
    all.commit().await?;
    tracing::info!(from, to, "migrated");
    Ok(())
}
