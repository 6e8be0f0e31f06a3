//! Going back to a backup. Nothing is deleted: what was there is kept aside.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use kossori_engine::ports::StoreError;

use crate::backup::{self, BackupFile};
use crate::error::of_io;
use crate::files;
use crate::key::DatabaseKey;
use crate::lane::Place;

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

/// Puts the backup in the place of the database at `path`, which must be closed. The backup is copied and
/// checked first and stays where it is. Answers where the old database is kept now
/// (`kossori.db.kept-<UTC date>-<UTC time>`, with its log beside it), or `None` if there was none.
///
/// At no moment is there no database at `path`: a crash leaves the old or the new one.
///
/// # Errors
/// `WrongKey` or `Damaged` if the backup is; `Full`, `ReadOnly`, `Broken`. The old database then stays as it
/// was, unless its log was set aside already.
pub async fn restore(
    path: &Path,
    key: &DatabaseKey,
    backup: &Path,
    now: Timestamp,
) -> Result<Option<PathBuf>, StoreError> {
    let fresh = files::beside(path, ".restoring");
    let copied = copy(backup, &fresh);
    let place = Place::File {
        path: fresh.clone(),
        key: Arc::new(key.clone()),
    };
    let checked = match copied {
        Ok(()) => backup::inspect(&place).await,
        Err(error) => Err(error),
    };
    if let Err(error) = checked {
        // Ours, made a moment ago.
        let _ = files::remove(&fresh);
        return Err(error);
    }
    let kept = set_aside(path, now)?;
    // The log's new name is on the disk before the database's: a loss of power would pair one with the other else.
    files::sync_folder_of(path)?;
    fs::rename(&fresh, path).map_err(|error| of_io(&error))?;
    files::sync_folder_of(path)?;
    Ok(kept)
}

/// The backups of the database at `path`, newest first, whether or not it can be opened.
///
/// # Errors
/// `ReadOnly` if the folder may not be read, else `Broken`.
pub fn backups_of(path: &Path) -> Result<Vec<BackupFile>, StoreError> {
    backup::list(path)
}

fn copy(from: &Path, to: &Path) -> Result<(), StoreError> {
    files::remove(to)?;
    let mut source = fs::File::open(from).map_err(|error| of_io(&error))?;
    let mut target = files::open_private(to, true)?;
    std::io::copy(&mut source, &mut target).map_err(|error| of_io(&error))?;
    target.sync_all().map_err(|error| of_io(&error))
}

/// A second name for the old file, then its log out of the way: a log of one database beside another would be
/// read as its own.
fn set_aside(path: &Path, now: Timestamp) -> Result<Option<PathBuf>, StoreError> {
    if !path.try_exists().map_err(|error| of_io(&error))? {
        return Ok(None);
    }
    let mut kept = files::beside(path, &now.strftime(".kept-%Y%m%d-%H%M%S").to_string());
    let mut again = 1;
    while kept.try_exists().map_err(|error| of_io(&error))? {
        again += 1;
        kept = files::beside(path, &format!("{}-{again}", now.strftime(".kept-%Y%m%d-%H%M%S")));
    }
    if fs::hard_link(path, &kept).is_err() {
        // No hard links on this file system.
        fs::copy(path, &kept).map_err(|error| of_io(&error))?;
        files::sync(&kept)?;
    }
    for suffix in ["-wal", "-shm"] {
        match fs::rename(files::beside(path, suffix), files::beside(&kept, suffix)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(of_io(&error)),
            _ => {}
        }
    }
    Ok(Some(kept))
}
