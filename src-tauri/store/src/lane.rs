//! One connection and the queue before it. A lane makes no task and no timer: idle, its thread waits on a
//! channel and never wakes.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use kossori_engine::ports::StoreError;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, SqliteConnection};
use tokio::sync::{Mutex, MutexGuard};

use crate::diagnosis::diagnose;
use crate::error::{Failure, code, meaning, wants_errno};
use crate::key::DatabaseKey;
use crate::raw;

/// How long a connection waits for the other one's lock. Only one process opens the database.
const BUSY: Duration = Duration::from_secs(5);

/// Prepared statements that a connection keeps.
const STATEMENTS: usize = 64;

/// For every connection, before anything is read. `recursive_triggers` makes REPLACE run the triggers that
/// forbid deleting; `cipher_log_level` keeps SQLCipher off the standard error; `secure_delete` zeroes what is
/// deleted inside the encrypted pages too.
const PRAGMAS: &str = "
    PRAGMA cipher_log_level = NONE;
    PRAGMA temp_store = MEMORY;
    PRAGMA trusted_schema = OFF;
    PRAGMA cell_size_check = ON;
    PRAGMA secure_delete = ON;
    PRAGMA recursive_triggers = ON;
    PRAGMA synchronous = FULL;
    PRAGMA cache_size = -1024;
    PRAGMA journal_size_limit = 1048576;
";

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    Write,
    Read,
    /// Reads a file that nobody writes, and makes no file beside it.
    Inspect,
}

/// How to open one more connection.
#[derive(Clone)]
pub(crate) enum Place {
    File {
        path: PathBuf,
        key: Arc<DatabaseKey>,
    },
    /// Gone with its connection, so it is never opened again.
    Memory,
}

impl Place {
    fn can_reopen(&self) -> bool {
        matches!(self, Place::File { .. })
    }
}

pub(crate) async fn connect(place: &Place, access: Access) -> Result<SqliteConnection, sqlx::Error> {
    let options = SqliteConnectOptions::new()
        .busy_timeout(BUSY)
        .statement_cache_capacity(STATEMENTS)
        .thread_name(|_| "store".to_owned())
        .disable_statement_logging();
    let options = match place {
        Place::File { path, .. } => options
            .filename(path)
            .read_only(access == Access::Inspect)
            .immutable(access == Access::Inspect),
        Place::Memory => options.in_memory(true),
    };
    let mut connection = options.connect().await?;
    if let Place::File { key, .. } = place {
        let mut handle = connection.lock_handle().await?;
        raw::set_key(&mut handle, key)
            .map_err(|code| sqlx::Error::Protocol(format!("the key was not taken: {code}")))?;
    }
    sqlx::raw_sql(PRAGMAS).execute(&mut connection).await?;
    if access == Access::Read {
        sqlx::raw_sql("PRAGMA query_only = ON")
            .execute(&mut connection)
            .await?;
    }
    Ok(connection)
}

pub(crate) struct Lane {
    place: Place,
    access: Access,
    slot: Mutex<Slot>,
}

struct Slot {
    connection: Option<SqliteConnection>,
    /// False from taking the lane until its work is settled: a caller that was dropped in between leaves it
    /// so, and the next one does not build on what it finds.
    settled: bool,
    closed: bool,
}

impl Lane {
    pub(crate) fn new(place: Place, access: Access, connection: SqliteConnection) -> Self {
        Lane {
            place,
            access,
            slot: Mutex::new(Slot {
                connection: Some(connection),
                settled: true,
                closed: false,
            }),
        }
    }

    /// Waits its turn. A connection that was lost, or left in the middle of a write, is opened anew: closing
    /// the old one rolls back whatever it had begun.
    pub(crate) async fn hold(&self) -> Result<Held<'_>, StoreError> {
        let mut slot = self.slot.lock().await;
        if slot.closed {
            return Err(StoreError::Broken);
        }
        if !slot.settled && self.access == Access::Write && self.place.can_reopen() {
            slot.connection = None;
        }
        if slot.connection.is_none() {
            let fresh = connect(&self.place, self.access)
                .await
                .map_err(|error| meaning(&error, None))?;
            slot.connection = Some(fresh);
        }
        slot.settled = false;
        Ok(Held {
            slot,
            place: &self.place,
        })
    }

    /// Waits for the work under way, then closes until somebody wants it again: its memory, its thread and the schema that it
    /// read are nothing to keep for hours. Opening it again takes some milliseconds.
    pub(crate) async fn let_go(&self) -> Result<(), StoreError> {
        if !self.place.can_reopen() {
            return Ok(());
        }
        let mut slot = self.slot.lock().await;
        match slot.connection.take() {
            Some(connection) => connection.close().await.map_err(|error| meaning(&error, None)),
            None => Ok(()),
        }
    }

    /// Waits for the work under way, then closes for good.
    pub(crate) async fn close(&self) -> Result<(), StoreError> {
        let mut slot = self.slot.lock().await;
        slot.closed = true;
        match slot.connection.take() {
            Some(connection) => connection.close().await.map_err(|error| meaning(&error, None)),
            None => Ok(()),
        }
    }
}

impl Drop for Lane {
    /// Whoever did not close it waits here, as long as SQLite needs to let go of the file: the driver's thread would do
    /// it some time later, and a process that ends just then crashes in SQLCipher's own clean-up.
    fn drop(&mut self) {
        let Some(connection) = self.slot.get_mut().connection.take() else {
            return;
        };
        // A runtime of its own on a thread of its own: this may run inside another one, or after its end.
        let closing = std::thread::Builder::new().spawn(move || {
            if let Ok(runtime) = tokio::runtime::Builder::new_current_thread().build() {
                // Nobody is left to hear of an error.
                let _ = runtime.block_on(connection.close());
            }
        });
        if let Ok(closing) = closing {
            let _ = closing.join();
        }
    }
}

/// The lane in one caller's hands. Every use ends in [`Held::settle`].
pub(crate) struct Held<'a> {
    slot: MutexGuard<'a, Slot>,
    place: &'a Place,
}

impl Held<'_> {
    pub(crate) fn connection(&mut self) -> Result<&mut SqliteConnection, Failure> {
        self.slot
            .connection
            .as_mut()
            .ok_or(Failure::Is(StoreError::Broken))
    }

    /// Turns the driver's error into the engine's. After anything worse than an unmet expectation the
    /// connection is given up: SQLite may have rolled back by itself (a full disk), and the driver would go
    /// on counting a transaction that is no more.
    pub(crate) async fn settle<T>(mut self, done: Result<T, Failure>) -> Result<T, StoreError> {
        let error = match done {
            Ok(value) => {
                self.slot.settled = true;
                return Ok(value);
            }
            Err(Failure::Is(error)) => {
                self.slot.settled = true;
                return Err(error);
            }
            Err(Failure::Sql(error)) => error,
        };
        let errno = if wants_errno(&error) {
            self.errno().await
        } else {
            None
        };
        let meaning = diagnose(self.place, &error, errno).await;
        if meaning != StoreError::Stale {
            tracing::warn!(code = code(&error), errno, %meaning, "the database said no");
            if self.place.can_reopen() {
                self.slot.connection = None;
            }
        }
        self.slot.settled = true;
        Err(meaning)
    }

    async fn errno(&mut self) -> Option<i32> {
        let connection = self.slot.connection.as_mut()?;
        let mut handle = connection.lock_handle().await.ok()?;
        match raw::system_errno(&mut handle) {
            0 => None,
            errno => Some(errno),
        }
    }
}

/// The errno of a connection that is not in a lane yet.
pub(crate) async fn errno_of(connection: &mut SqliteConnection, error: &sqlx::Error) -> Option<i32> {
    if !wants_errno(error) {
        return None;
    }
    let mut handle = connection.lock_handle().await.ok()?;
    Some(raw::system_errno(&mut handle)).filter(|errno| *errno != 0)
}

/// Whether `path` can be given to the driver at all.
pub(crate) fn is_nameable(path: &Path) -> bool {
    path.to_str().is_some_and(|text| !text.contains('\0'))
}
