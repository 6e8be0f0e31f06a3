//! The files around the database: made for their owner alone, and on the disk before anyone is told so.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::path::{Path, PathBuf};

use kossori_engine::ports::StoreError;

use crate::error::of_io;

/// Makes or opens `path` for reading and writing, for its owner alone. SQLite gives the files that it makes
/// beside it (`-wal`, `-shm`, `-journal`) the same rights.
pub(crate) fn open_private(path: &Path, create: bool) -> Result<File, StoreError> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(create);
    #[cfg(unix)]
    {
        use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
        options.mode(0o600);
        let file = options.open(path).map_err(|error| of_io(&error))?;
        let mode = file
            .metadata()
            .map_err(|error| of_io(&error))?
            .permissions()
            .mode();
        if mode & 0o077 != 0 {
            file.set_permissions(fs::Permissions::from_mode(0o600))
                .map_err(|error| of_io(&error))?;
        }
        Ok(file)
    }
    #[cfg(not(unix))]
    options.open(path).map_err(|error| of_io(&error))
}

pub(crate) fn make_private_folder(path: &Path) -> Result<(), StoreError> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt;
        builder.mode(0o700);
    }
    builder.create(path).map_err(|error| of_io(&error))
}

/// `kossori.db` and `-wal` → `kossori.db-wal`.
pub(crate) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    PathBuf::from(name)
}

/// Brings a file's bytes to the disk.
pub(crate) fn sync(path: &Path) -> Result<(), StoreError> {
    File::open(path)
        .and_then(|file| file.sync_all())
        .map_err(|error| of_io(&error))
}

/// Brings the names in the folder of `path` to the disk.
pub(crate) fn sync_folder_of(path: &Path) -> Result<(), StoreError> {
    #[cfg(unix)]
    if let Some(folder) = path.parent() {
        File::open(folder)
            .and_then(|folder| folder.sync_all())
            .map_err(|error| of_io(&error))?;
    }
    Ok(())
}

/// Removing what is not there is fine.
pub(crate) fn remove(path: &Path) -> Result<(), StoreError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(of_io(&error)),
        _ => Ok(()),
    }
}
