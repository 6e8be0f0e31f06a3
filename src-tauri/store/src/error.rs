//! What an error of the database means to the engine. Only codes are logged: messages may quote values.

use kossori_engine::ports::StoreError;

/// Inside the crate an error is either decided already or still the driver's.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error(transparent)]
    Is(#[from] StoreError),
    #[error(transparent)]
    Sql(#[from] sqlx::Error),
}

// Primary result codes and the extended ones that matter here: https://www.sqlite.org/rescode.html
const PERM: i32 = 3;
const READONLY: i32 = 8;
const IOERR: i32 = 10;
const CORRUPT: i32 = 11;
const FULL: i32 = 13;
const CANTOPEN: i32 = 14;
const NOTADB: i32 = 26;
const CONSTRAINT_FOREIGNKEY: i32 = 787;
const CONSTRAINT_PRIMARYKEY: i32 = 1555;
const CONSTRAINT_TRIGGER: i32 = 1811;
const CONSTRAINT_UNIQUE: i32 = 2067;
const IOERR_SHORT_READ: i32 = 522;
const IOERR_DATA: i32 = 8202;
const IOERR_CORRUPTFS: i32 = 8458;

/// The extended result code, if the database itself said no.
pub(crate) fn code(error: &sqlx::Error) -> Option<i32> {
    error.as_database_error()?.code()?.parse().ok()
}

/// Whether the operating system's own error says more than the database's code.
pub(crate) fn wants_errno(error: &sqlx::Error) -> bool {
    code(error).is_some_and(|code| matches!(code & 0xff, IOERR | CANTOPEN | PERM))
}

/// `errno` is the operating system's last error on that connection, if it was asked for.
pub(crate) fn meaning(error: &sqlx::Error, errno: Option<i32>) -> StoreError {
    match error {
        sqlx::Error::Io(error) => return of_io(error),
        // A row that does not say what the types say was not written by this program as it is.
        sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => return StoreError::Damaged,
        _ => {}
    }
    code(error).map_or(StoreError::Broken, |code| meaning_of_code(code, errno))
}

/// The same for an extended result code that came by itself.
pub(crate) fn meaning_of_code(code: i32, errno: Option<i32>) -> StoreError {
    match code {
        // Somebody else made it first, took away what it stands on, or brought it to its end.
        CONSTRAINT_UNIQUE | CONSTRAINT_PRIMARYKEY | CONSTRAINT_FOREIGNKEY | CONSTRAINT_TRIGGER => {
            StoreError::Stale
        }
        IOERR_SHORT_READ | IOERR_DATA | IOERR_CORRUPTFS => StoreError::Damaged,
        code => match code & 0xff {
            FULL => StoreError::Full,
            READONLY => StoreError::ReadOnly,
            CORRUPT | NOTADB => StoreError::Damaged,
            IOERR | CANTOPEN | PERM => errno.map_or(StoreError::Broken, |errno| {
                of_io(&std::io::Error::from_raw_os_error(errno))
            }),
            _ => StoreError::Broken,
        },
    }
}

pub(crate) fn of_io(error: &std::io::Error) -> StoreError {
    use std::io::ErrorKind;
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => StoreError::Full,
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => StoreError::ReadOnly,
        _ => StoreError::Broken,
    }
}
