//! Backups: whole copies, encrypted with the same key, opened and checked before they count.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use kossori_engine::ports::StoreError;
use sqlx::{Connection, SqliteConnection};

use crate::database::{Database, DatabaseFile};
use crate::diagnosis::{diagnose, diagnose_code};
use crate::error::{Failure, meaning, of_io};
use crate::files;
use crate::key::DatabaseKey;
use crate::lane::{Access, Place, connect};
use crate::{migrate, raw, restore};

/// How many are kept.
const KEPT: usize = 5;

const DAY: SignedDuration = SignedDuration::from_hours(24);

const NAME_BEGINS: &str = "kossori-";
const NAME_ENDS: &str = ".db";
/// A copy that is not checked yet, or was left by a crash.
const UNFINISHED: &str = ".part";
/// The copy itself, and what SQLite makes beside it.
const BESIDE: [&str; 4] = ["", "-journal", "-wal", "-shm"];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BackupWhy {
    Daily,
    BeforeMigration,
    /// A person asked for it.
    Asked,
}

impl BackupWhy {
    const ALL: [BackupWhy; 3] = [BackupWhy::Daily, BackupWhy::BeforeMigration, BackupWhy::Asked];

    /// As it stands in the file's name.
    pub fn as_str(self) -> &'static str {
        match self {
            BackupWhy::Daily => "daily",
            BackupWhy::BeforeMigration => "before-migration",
            BackupWhy::Asked => "asked",
        }
    }
}

/// One backup that opened and was whole when it was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BackupFile {
    pub path: PathBuf,
    /// To the second.
    pub at: Timestamp,
    pub why: BackupWhy,
    pub bytes: u64,
}

impl Database {
    /// Makes `backups/kossori-<UTC date>-<UTC time>-<why>.db` beside the database, opens and checks it, and
    /// only then removes what is older than the newest five. One of the same second and reason is replaced.
    /// Reading and writing go on meanwhile.
    ///
    /// # Errors
    /// `Full`, `ReadOnly`; `Damaged` if the copy, or the database itself, does not check; `Broken` in memory.
    /// A copy that failed is removed, and no older one is.
    pub async fn backup(&self, now: Timestamp, why: BackupWhy) -> Result<BackupFile, StoreError> {
        let file = self.file.as_ref().ok_or(StoreError::Broken)?;
        let _one_at_a_time = self.backing_up.lock().await;
        make(file, now, why).await
    }

    /// The daily backup, if the newest backup of any kind is 24 h old (or lies in the future: the clock was
    /// set back). In memory it is never due.
    ///
    /// # Errors
    /// Those of [`Database::backup`].
    pub async fn backup_if_due(&self, now: Timestamp) -> Result<Option<BackupFile>, StoreError> {
        let Some(newest) = self.file.as_ref().map(|file| list(&file.path)).transpose()? else {
            return Ok(None);
        };
        let is_due = newest.first().is_none_or(|newest| {
            let age = now.duration_since(newest.at);
            age >= DAY || age.is_negative() && age <= -SignedDuration::from_secs(1)
        });
        if is_due {
            self.backup(now, BackupWhy::Daily).await.map(Some)
        } else {
            Ok(None)
        }
    }

    /// Newest first.
    ///
    /// # Errors
    /// `ReadOnly` if the folder may not be read, else `Broken`.
    pub fn backups(&self) -> Result<Vec<BackupFile>, StoreError> {
        self.file.as_ref().map_or(Ok(Vec::new()), |file| list(&file.path))
    }

    /// The newest one that is whole. Slow: it decrypts it, and all newer ones.
    ///
    /// # Errors
    /// `ReadOnly` if the folder may not be read, else `Broken`.
    pub async fn newest_whole_backup(&self) -> Result<Option<BackupFile>, StoreError> {
        match &self.file {
            Some(file) => restore::newest_whole(&file.path, &file.key).await,
            None => Ok(None),
        }
    }

    /// Reads every page of the database and checks it. Slow: it decrypts the whole file.
    ///
    /// # Errors
    /// `Damaged`, or those of any read.
    pub async fn check(&self) -> Result<(), StoreError> {
        // Seals are read from the file itself. A page of it that a loss of power has torn is whole in the log, and only there.
        let seals = match self.empty_log().await {
            Ok(true) => Seals::Read,
            _ => Seals::OfWhatIsRead,
        };
        let mut held = self.read().await?;
        let done = match held.connection() {
            Ok(connection) => check(connection, seals).await,
            Err(failure) => Err(failure),
        };
        held.settle(done).await
    }
}

/// The backups of the database at `database`, newest first. Works while it is closed or cannot be opened.
pub(crate) fn list(database: &Path) -> Result<Vec<BackupFile>, StoreError> {
    let entries = match fs::read_dir(folder_of(database)) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(of_io(&error)),
    };
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry.map_err(|error| of_io(&error))?;
        // Whatever is not named as ours are is somebody else's, and is neither listed nor removed.
        let Some((at, why)) = entry.file_name().to_str().and_then(of_name) else {
            continue;
        };
        let bytes = entry.metadata().map_err(|error| of_io(&error))?.len();
        found.push(BackupFile {
            path: entry.path(),
            at,
            why,
            bytes,
        });
    }
    found.sort_by(|a, b| (b.at, &b.path).cmp(&(a.at, &a.path)));
    Ok(found)
}

pub(crate) async fn make(
    file: &DatabaseFile,
    now: Timestamp,
    why: BackupWhy,
) -> Result<BackupFile, StoreError> {
    let folder = folder_of(&file.path);
    if !folder.is_dir() {
        files::make_private_folder(&folder)?;
        files::sync_folder_of(&folder)?;
    }
    remove_unfinished(&folder)?;
    let path = folder.join(name(now, why));
    let unfinished = files::beside(&path, UNFINISHED);
    let made = write(file, &unfinished).await;
    if let Err(error) = made {
        tracing::warn!(%error, "the backup failed");
        // Best effort: the error that we have matters more.
        let _ = remove_unfinished(&folder);
        return Err(error);
    }
    fs::rename(&unfinished, &path).map_err(|error| of_io(&error))?;
    files::sync_folder_of(&path)?;
    let backups = list(&file.path)?;
    let made = backups
        .iter()
        .find(|backup| backup.path == path)
        .cloned()
        .ok_or(StoreError::Broken)?;
    // Of those from before a migration the last is enough: one that is cut off again and again costs no day's backup.
    let (again, older): (Vec<_>, Vec<_>) = backups
        .iter()
        .filter(|backup| backup.path != path)
        .partition(|backup| why == BackupWhy::BeforeMigration && backup.why == why);
    // The new one is kept even if the clock was set back and it counts as the oldest.
    for old in again.into_iter().chain(older.into_iter().skip(KEPT - 1)) {
        files::remove(&old.path)?;
    }
    Ok(made)
}

/// What copies that were cut off have left. Whoever holds the folder makes one at a time.
fn remove_unfinished(folder: &Path) -> Result<(), StoreError> {
    for entry in fs::read_dir(folder).map_err(|error| of_io(&error))? {
        let entry = entry.map_err(|error| of_io(&error))?;
        let is_ours = entry.file_name().to_str().is_some_and(|name| {
            name.split_once(UNFINISHED)
                .is_some_and(|(backup, suffix)| of_name(backup).is_some() && BESIDE.contains(&suffix))
        });
        if is_ours {
            files::remove(&entry.path())?;
        }
    }
    Ok(())
}

/// Copies, checks, and brings to the disk.
async fn write(file: &DatabaseFile, unfinished: &Path) -> Result<(), StoreError> {
    files::open_private(unfinished, true)?;
    let to = Place::File {
        path: unfinished.to_owned(),
        key: file.key.clone(),
    };
    let from = connect(&file.place(), Access::Read)
        .await
        .map_err(|error| meaning(&error, None))?;
    let to_connection = connect(&to, Access::Write)
        .await
        .map_err(|error| meaning(&error, None))?;
    // The copy owns both connections: dropped half-way, this future leaves it nothing to trip over.
    let runtime = tokio::runtime::Handle::current();
    let source = file.place();
    tokio::task::spawn_blocking(move || runtime.block_on(copy(&source, from, to_connection)))
        .await
        .map_err(|_| StoreError::Broken)??;
    inspect(&to).await?;
    files::sync(unfinished)
}

async fn copy(
    source: &Place,
    mut from: SqliteConnection,
    mut to: SqliteConnection,
) -> Result<(), StoreError> {
    let copied = {
        let mut from = from.lock_handle().await.map_err(|error| meaning(&error, None))?;
        let mut to = to.lock_handle().await.map_err(|error| meaning(&error, None))?;
        raw::copy(&mut from, &mut to).map_err(|code| (code, raw::system_errno(&mut to)))
    };
    let copied = match copied {
        Ok(()) => Ok(()),
        Err((code, errno)) => Err(diagnose_code(source, code, Some(errno).filter(|errno| *errno != 0)).await),
    };
    let closed = to.close().await.map_err(|error| meaning(&error, None));
    // The source was only read: how it closes says nothing about the copy.
    let _ = from.close().await;
    copied.and(closed)
}

/// Opens a database that nobody writes and checks all of it.
///
/// # Errors
/// `WrongKey`, `Damaged`, `Newer`, or those of any read.
pub(crate) async fn inspect(place: &Place) -> Result<(), StoreError> {
    let mut connection = match connect(place, Access::Inspect).await {
        Ok(connection) => connection,
        Err(error) => return Err(diagnose(place, &error, None).await),
    };
    let checked = check(&mut connection, Seals::Read).await;
    let _ = connection.close().await;
    match checked {
        Ok(()) => Ok(()),
        Err(Failure::Is(error)) => Err(error),
        Err(Failure::Sql(error)) => Err(diagnose(place, &error, None).await),
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Seals {
    /// Of each page, also of those that hold nothing now.
    Read,
    /// A page that is read is looked for in the log first.
    OfWhatIsRead,
}

async fn check(connection: &mut SqliteConnection, seals: Seals) -> Result<(), Failure> {
    let version = migrate::version(connection).await?;
    if version == 0 {
        return Err(StoreError::Damaged.into());
    }
    // Each page's seal first: one row a page that does not verify, none if all do.
    let unsealed: Vec<String> = match seals {
        Seals::Read => {
            sqlx::query_scalar("PRAGMA cipher_integrity_check")
                .fetch_all(&mut *connection)
                .await?
        }
        Seals::OfWhatIsRead => Vec::new(),
    };
    let verdict: Vec<String> = sqlx::query_scalar("PRAGMA integrity_check(1)")
        .fetch_all(&mut *connection)
        .await?;
    if unsealed.is_empty() && verdict == ["ok"] {
        Ok(())
    } else {
        Err(StoreError::Damaged.into())
    }
}

/// Whether any backup opens with the key: then the key is right.
pub(crate) async fn any_opens(database: &Path, key: &Arc<DatabaseKey>) -> bool {
    for backup in list(database).unwrap_or_default() {
        let place = Place::File {
            path: backup.path,
            key: Arc::clone(key),
        };
        if let Ok(mut connection) = connect(&place, Access::Inspect).await {
            let version = migrate::version(&mut connection).await;
            let _ = connection.close().await;
            if version.is_ok() {
                return true;
            }
        }
    }
    false
}

pub(crate) fn folder_of(database: &Path) -> PathBuf {
    database.with_file_name("backups")
}

fn name(now: Timestamp, why: BackupWhy) -> String {
    format!(
        "{NAME_BEGINS}{}-{}{NAME_ENDS}",
        now.strftime("%Y%m%d-%H%M%S"),
        why.as_str()
    )
}

fn of_name(name: &str) -> Option<(Timestamp, BackupWhy)> {
    let rest = name.strip_prefix(NAME_BEGINS)?.strip_suffix(NAME_ENDS)?;
    let (time, why) = rest.split_at_checked(15)?;
    let why = why.strip_prefix('-')?;
    let why = BackupWhy::ALL.into_iter().find(|known| known.as_str() == why)?;
    let at = DateTime::strptime("%Y%m%d-%H%M%S", time).ok()?;
    Some((TimeZone::UTC.to_timestamp(at).ok()?, why))
}
