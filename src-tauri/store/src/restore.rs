//! Going back to a backup. Nothing is deleted: what was there is kept aside.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use kossori_engine::ports::StoreError;
use sqlx::{Connection, SqliteConnection};

use crate::backup::{self, BackupFile};
use crate::diagnosis::diagnose;
use crate::error::{meaning, of_io};
use crate::files;
use crate::key::DatabaseKey;
use crate::lane::{Access, Place, connect, errno_of};

/// The setting that says of a database that it is a backup, put in the place of what came after it.
pub const RESTORED: &str = "restored";

/// The copy of a backup, not checked yet, or left by a crash.
const COPY: &str = ".restoring";
/// The same when it is whole: from then on it is to be the database.
const READY: &str = ".to-restore";

/// Whether `backup` could be put in the place of a database: it opens with the key, and all of it is whole.
///
/// # Errors
/// `WrongKey`, `Damaged` or `Newer`, or those of any read.
pub async fn check_backup(backup: &Path, key: &DatabaseKey) -> Result<(), StoreError> {
    backup::inspect(&Place::File {
        path: backup.to_owned(),
        key: Arc::new(key.clone()),
    })
    .await
}

/// Puts the backup in the place of the database at `path`, which must be closed, and writes into it that it was restored
/// ([`RESTORED`]). The backup is copied and checked first and stays where it is. Answers where the old database is kept now
/// (`kossori.db.kept-<UTC date>-<UTC time>`, with its log beside it), or `None` if there was none.
///
/// A crash leaves the old database, or what [`finish_restore`] goes on with; at no moment there is no database at `path`.
///
/// # Errors
/// `WrongKey` or `Damaged` if the backup is; `Full`, `ReadOnly`, `Broken`. The old database then stays as it was; if not
/// even that can be brought about, the restore is finished when the folder is opened.
pub async fn restore(
    path: &Path,
    key: &DatabaseKey,
    backup: &Path,
    now: Timestamp,
) -> Result<Option<PathBuf>, StoreError> {
    let fresh = files::beside(path, COPY);
    let ready = files::beside(path, READY);
    let kept = kept_beside(path, now)?;
    // Of one that was cut off before, the log may be out of the way already: that one is only to be finished.
    let is_first = !ready.try_exists().map_err(|error| of_io(&error))?;
    let restored = match prepare(&fresh, key, backup).await {
        Ok(()) => fs::rename(&fresh, &ready)
            .map_err(|error| of_io(&error))
            .and_then(|()| files::sync_folder_of(path))
            .and_then(|()| put_in_place(path, &ready, kept.as_deref())),
        Err(error) => Err(error),
    };
    if let Err(error) = restored {
        // Ours, made a moment ago.
        let _ = forget(&fresh);
        if is_first && let Err(why) = take_back(path, &ready, kept.as_deref()) {
            tracing::warn!(%why, "the restore is finished when the folder is opened");
        }
        return Err(error);
    }
    Ok(kept)
}

/// Goes on with a restore that was cut off when its backup was whole and ready: before the database is opened.
///
/// # Errors
/// As [`restore`]; the old database is not to be opened then.
pub async fn finish_restore(path: &Path, key: &DatabaseKey, now: Timestamp) -> Result<(), StoreError> {
    let ready = files::beside(path, READY);
    if !ready.try_exists().map_err(|error| of_io(&error))? {
        return Ok(());
    }
    check_backup(&ready, key).await?;
    tracing::info!("a restore that was cut off is finished");
    put_in_place(path, &ready, kept_beside(path, now)?.as_deref())
}

/// The backups of the database at `path`, newest first, whether or not it can be opened.
///
/// # Errors
/// `ReadOnly` if the folder may not be read, else `Broken`.
pub fn backups_of(path: &Path) -> Result<Vec<BackupFile>, StoreError> {
    backup::list(path)
}

/// The newest of them that is whole. Slow: it decrypts it, and all newer ones.
///
/// # Errors
/// `ReadOnly` if the folder may not be read, else `Broken`.
pub async fn newest_whole(path: &Path, key: &DatabaseKey) -> Result<Option<BackupFile>, StoreError> {
    for backup in backup::list(path)? {
        if check_backup(&backup.path, key).await.is_ok() {
            return Ok(Some(backup));
        }
    }
    Ok(None)
}

fn copy(from: &Path, to: &Path) -> Result<(), StoreError> {
    let mut source = fs::File::open(from).map_err(|error| of_io(&error))?;
    let mut target = files::open_private(to, true)?;
    std::io::copy(&mut source, &mut target).map_err(|error| of_io(&error))?;
    target.sync_all().map_err(|error| of_io(&error))
}

/// What is to be the database, whole and on the disk.
async fn prepare(fresh: &Path, key: &DatabaseKey, backup: &Path) -> Result<(), StoreError> {
    forget(fresh)?;
    copy(backup, fresh)?;
    check_backup(fresh, key).await?;
    let place = Place::File {
        path: fresh.to_owned(),
        key: Arc::new(key.clone()),
    };
    let mut connection = connect(&place, Access::Write)
        .await
        .map_err(|error| meaning(&error, None))?;
    let marked = mark(&mut connection).await;
    let errno = match &marked {
        Err(error) => errno_of(&mut connection, error).await,
        Ok(()) => None,
    };
    let closed = connection.close().await;
    if let Err(error) = marked.and(closed) {
        return Err(diagnose(&place, &error, errno).await);
    }
    files::sync(fresh)
}

/// Without a write-ahead log: the file alone is all of it.
async fn mark(connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    sqlx::raw_sql("PRAGMA journal_mode = DELETE")
        .execute(&mut *connection)
        .await?;
    sqlx::query("INSERT OR REPLACE INTO settings (name, json) VALUES (?1, 'true')")
        .bind(RESTORED)
        .execute(connection)
        .await?;
    Ok(())
}

fn forget(fresh: &Path) -> Result<(), StoreError> {
    for suffix in ["", "-journal", "-wal", "-shm"] {
        files::remove(&files::beside(fresh, suffix))?;
    }
    Ok(())
}

/// A name for the old database that nothing has yet; `None` if there is no old one.
fn kept_beside(path: &Path, now: Timestamp) -> Result<Option<PathBuf>, StoreError> {
    if !path.try_exists().map_err(|error| of_io(&error))? {
        return Ok(None);
    }
    let name = now.strftime(".kept-%Y%m%d-%H%M%S").to_string();
    let mut kept = files::beside(path, &name);
    let mut again = 1;
    while kept.try_exists().map_err(|error| of_io(&error))? {
        again += 1;
        kept = files::beside(path, &format!("{name}-{again}"));
    }
    Ok(Some(kept))
}

/// A second name for the old file, then its log out of the way: a log of one database beside another would be
/// read as its own.
fn put_in_place(path: &Path, ready: &Path, kept: Option<&Path>) -> Result<(), StoreError> {
    if let Some(kept) = kept {
        if fs::hard_link(path, kept).is_err() {
            // No hard links on this file system.
            fs::copy(path, kept).map_err(|error| of_io(&error))?;
            files::sync(kept)?;
        }
        move_log(path, kept)?;
        // The log's new name is on the disk before the database's: a loss of power would pair one with the other else.
        files::sync_folder_of(path)?;
    }
    fs::rename(ready, path).map_err(|error| of_io(&error))?;
    files::sync_folder_of(path)
}

/// The old database as it was, with its log, and nothing left to be finished.
fn take_back(path: &Path, ready: &Path, kept: Option<&Path>) -> Result<(), StoreError> {
    if !ready.try_exists().map_err(|error| of_io(&error))? {
        // It is in its place already.
        return Ok(());
    }
    if let Some(kept) = kept {
        if !files::beside(path, "-wal")
            .try_exists()
            .map_err(|error| of_io(&error))?
        {
            move_log(kept, path)?;
            files::sync_folder_of(path)?;
        }
        files::remove(kept)?;
    }
    files::remove(ready)?;
    files::sync_folder_of(path)
}

fn move_log(from: &Path, to: &Path) -> Result<(), StoreError> {
    for suffix in ["-wal", "-shm"] {
        match fs::rename(files::beside(from, suffix), files::beside(to, suffix)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(of_io(&error)),
            _ => {}
        }
    }
    Ok(())
}
