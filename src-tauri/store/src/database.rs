//! Opening, resting and closing.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use kossori_engine::ports::StoreError;
use sqlx::{Connection, SqliteConnection};
use tokio::sync::Mutex;

use crate::backup::{self, BackupWhy};
use crate::diagnosis::diagnose;
use crate::error::{Failure, meaning};
use crate::files;
use crate::key::DatabaseKey;
use crate::lane::{Access, Held, Lane, Place, connect, errno_of, is_nameable};
use crate::log;
use crate::migrate::{self, MIGRATIONS, Migration};

/// How to open.
#[derive(Clone, Copy, Debug)]
pub struct Opening {
    /// Make a new database if there is no file. Without it a missing file is [`StoreError::Broken`], so that a
    /// folder that lost its database is noticed instead of beginning anew.
    pub create: bool,
    /// The wall clock: names the backup that is made before a migration.
    pub now: Timestamp,
}

/// The encrypted database of one folder: one connection that writes and one that reads.
///
/// Times are kept to the nanosecond; those before 1677 or after 2262 are kept as the nearest one that fits.
pub struct Database {
    pub(crate) writer: Lane,
    /// In memory there is one connection for everything.
    reader: Option<Lane>,
    /// `None` in memory.
    pub(crate) file: Option<DatabaseFile>,
    pub(crate) backing_up: Mutex<()>,
    /// What kept the last commit from being written.
    pub(crate) unwritable: std::sync::Mutex<Option<StoreError>>,
}

#[derive(Clone)]
pub(crate) struct DatabaseFile {
    pub(crate) path: PathBuf,
    pub(crate) key: Arc<DatabaseKey>,
}

impl DatabaseFile {
    pub(crate) fn place(&self) -> Place {
        Place::File {
            path: self.path.clone(),
            key: Arc::clone(&self.key),
        }
    }
}

impl Database {
    /// Opens or makes the database at `path` (absolute), brings it to this program's version, and makes a
    /// backup first if that changes an existing one. Backups live in the folder `backups` beside it.
    ///
    /// # Errors
    /// `WrongKey` if no page of the file was written with `key`, `Damaged` if some were but it cannot be read,
    /// `Newer` if a newer program wrote it (nothing is written then), `ReadOnly`, `Full`, else `Broken`.
    pub async fn open(path: &Path, key: &DatabaseKey, opening: Opening) -> Result<Self, StoreError> {
        Self::open_with(path, key, opening, MIGRATIONS).await
    }

    pub(crate) async fn open_with(
        path: &Path,
        key: &DatabaseKey,
        opening: Opening,
        migrations: &[Migration],
    ) -> Result<Self, StoreError> {
        if !is_nameable(path) {
            return Err(StoreError::Broken);
        }
        let is_new = files::open_private(path, opening.create)?
            .metadata()
            .map_err(|error| crate::error::of_io(&error))?
            .len()
            == 0;
        if is_new && !opening.create {
            return Err(StoreError::Broken);
        }
        let file = DatabaseFile {
            path: path.to_owned(),
            key: Arc::new(key.clone()),
        };
        let place = file.place();
        let looked_at = path.to_owned();
        let log_is_damaged = tokio::task::spawn_blocking(move || log::is_damaged(&looked_at));
        if log_is_damaged.await.unwrap_or(false) {
            tracing::warn!("the database's log is damaged");
            return Err(StoreError::Damaged);
        }
        let mut writer = match connect(&place, Access::Write).await {
            Ok(writer) => writer,
            Err(error) => return Err(diagnose(&place, &error, None).await),
        };
        let opened = prepare(&mut writer, &file, is_new, opening.now, migrations).await;
        if let Err(failure) = opened {
            let error = match failure {
                Failure::Is(error) => error,
                Failure::Sql(error) => {
                    let errno = errno_of(&mut writer, &error).await;
                    tracing::warn!(
                        code = crate::error::code(&error),
                        errno,
                        "the database does not open"
                    );
                    diagnose(&place, &error, errno).await
                }
            };
            // Best effort: what matters is the error that we have.
            let _ = writer.close().await;
            return Err(error);
        }
        let reader = connect(&file.place(), Access::Read)
            .await
            .map_err(|error| meaning(&error, None))?;
        // SQLite does not say so if the name of a log that it has made did not reach the disk: with a loss of power then,
        // everything that was committed into it would be gone.
        files::sync_folder_of(path)?;
        Ok(Database {
            writer: Lane::new(file.place(), Access::Write, writer),
            reader: Some(Lane::new(file.place(), Access::Read, reader)),
            file: Some(file),
            backing_up: Mutex::new(()),
            unwritable: std::sync::Mutex::default(),
        })
    }

    /// A database that is gone when it is dropped: nothing of it reaches a disk, so it needs no key.
    ///
    /// # Errors
    /// `Broken` if the machine has no memory or thread left.
    pub async fn in_memory() -> Result<Self, StoreError> {
        let mut writer = connect(&Place::Memory, Access::Write)
            .await
            .map_err(|error| meaning(&error, None))?;
        migrate::run(&mut writer, 0, MIGRATIONS)
            .await
            .map_err(|failure| match failure {
                Failure::Is(error) => error,
                Failure::Sql(error) => meaning(&error, None),
            })?;
        Ok(Database {
            writer: Lane::new(Place::Memory, Access::Write, writer),
            reader: None,
            file: None,
            backing_up: Mutex::new(()),
            unwritable: std::sync::Mutex::default(),
        })
    }

    /// Gives memory back: page caches, prepared statements and the connection that reads. For when nothing is expected for a while.
    ///
    /// # Errors
    /// Those of any read.
    pub async fn rest(&self) -> Result<(), StoreError> {
        let mut held = self.writer.hold().await?;
        let done = shrink(&mut held).await;
        held.settle(done).await?;
        match &self.reader {
            Some(reader) => reader.let_go().await,
            None => Ok(()),
        }
    }

    /// Brings everything into the main file, empties the write-ahead log and closes. Every later call answers
    /// `Broken`. Dropping the database instead loses nothing that was committed; it only leaves the log.
    ///
    /// # Errors
    /// Those of any write; it is closed all the same.
    pub async fn close(&self) -> Result<(), StoreError> {
        if let Some(reader) = &self.reader {
            reader.close().await?;
        }
        let emptied = self.empty_log().await;
        self.writer.close().await?;
        emptied.map(|_| ())
    }

    /// Brings everything into the main file. Answers whether the log is empty then.
    pub(crate) async fn empty_log(&self) -> Result<bool, StoreError> {
        let mut held = self.writer.hold().await?;
        let done = checkpoint(&mut held).await;
        held.settle(done).await
    }

    pub(crate) async fn read(&self) -> Result<Held<'_>, StoreError> {
        self.reader.as_ref().unwrap_or(&self.writer).hold().await
    }
}

/// Everything that happens on the first connection before the database counts as open.
async fn prepare(
    writer: &mut SqliteConnection,
    file: &DatabaseFile,
    is_new: bool,
    now: Timestamp,
    migrations: &[Migration],
) -> Result<(), Failure> {
    if is_new {
        // Only possible before the first page is written.
        sqlx::raw_sql("PRAGMA auto_vacuum = INCREMENTAL")
            .execute(&mut *writer)
            .await?;
    }
    // The first read: a key that does not fit is noticed here.
    let tables: i64 = sqlx::query_scalar("SELECT count(*) FROM sqlite_schema")
        .fetch_one(&mut *writer)
        .await?;
    let version = migrate::version(writer).await?;
    if version > migrate::latest(migrations) {
        return Err(StoreError::Newer.into());
    }
    if version == 0 && tables > 0 {
        // Somebody else's database under our key: not ours to change.
        return Err(StoreError::Broken.into());
    }
    let mode: String = sqlx::query_scalar("PRAGMA journal_mode = WAL")
        .fetch_one(&mut *writer)
        .await?;
    if mode != "wal" {
        return Err(StoreError::ReadOnly.into());
    }
    // Takes the write lock and lets it go: a folder that cannot be written says so now.
    writer.begin_with("BEGIN IMMEDIATE").await?.rollback().await?;
    if version > 0 && version < migrate::latest(migrations) {
        backup::make(file, now, BackupWhy::BeforeMigration).await?;
    }
    migrate::run(writer, version, migrations).await
}

async fn shrink(held: &mut Held<'_>) -> Result<(), Failure> {
    let connection = held.connection()?;
    connection.clear_cached_statements().await?;
    sqlx::raw_sql("PRAGMA shrink_memory").execute(connection).await?;
    Ok(())
}

/// Answers whether all of it is in the main file: not if somebody still reads what was there before.
async fn checkpoint(held: &mut Held<'_>) -> Result<bool, Failure> {
    let busy: i64 = sqlx::query_scalar("PRAGMA wal_checkpoint(TRUNCATE)")
        .fetch_one(held.connection()?)
        .await?;
    Ok(busy == 0)
}
