//! The three calls that the driver has no safe form for. This is the only file of the crate with `unsafe`: the
//! key is handed over as bytes instead of SQL text (which drivers log and `Debug` prints), a copy is made by
//! SQLite's own backup interface, and the operating system's last error is asked for.
#![allow(unsafe_code)]

use libsqlite3_sys as ffi;
use sqlx::sqlite::LockedSqliteHandle;

use crate::key::DatabaseKey;

/// Sets the key of a fresh connection. Wrong keys are noticed by the first read, not here.
///
/// # Errors
/// SQLite's result code.
pub(crate) fn set_key(connection: &mut LockedSqliteHandle<'_>, key: &DatabaseKey) -> Result<(), i32> {
    let raw_form = key.raw_form();
    let length = i32::try_from(raw_form.len()).map_err(|_| ffi::SQLITE_TOOBIG)?;
    // SAFETY: the handle is open and locked against its worker thread for as long as `connection` lives, and
    // `raw_form` outlives the call, which copies what it needs.
    let code = unsafe {
        ffi::sqlite3_key(
            connection.as_raw_handle().as_ptr(),
            raw_form.as_ptr().cast(),
            length,
        )
    };
    if code == ffi::SQLITE_OK { Ok(()) } else { Err(code) }
}

/// Copies the whole of `from` over `to`. Both have their keys set: SQLCipher refuses the copy otherwise, and
/// what is written is encrypted with the key of `to`.
///
/// # Errors
/// SQLite's result code; then `to` holds nothing that can be used.
pub(crate) fn copy(from: &mut LockedSqliteHandle<'_>, to: &mut LockedSqliteHandle<'_>) -> Result<(), i32> {
    let (from, to) = (from.as_raw_handle().as_ptr(), to.as_raw_handle().as_ptr());
    // SAFETY: both handles are open, distinct (two exclusive borrows) and locked against their worker threads
    // until this function returns; the backup object is finished exactly once, whatever the steps said.
    unsafe {
        let backup = ffi::sqlite3_backup_init(to, c"main".as_ptr(), from, c"main".as_ptr());
        if backup.is_null() {
            return Err(ffi::sqlite3_extended_errcode(to));
        }
        // All pages in one step: one read snapshot, so a commit beside it cannot make it start over.
        let stepped = ffi::sqlite3_backup_step(backup, -1);
        let finished = ffi::sqlite3_backup_finish(backup);
        match (stepped, finished) {
            (ffi::SQLITE_DONE, ffi::SQLITE_OK) => Ok(()),
            (ffi::SQLITE_DONE, code) | (code, _) => Err(code),
        }
    }
}

/// `errno` of the last failed file operation on this connection; 0 if there was none.
pub(crate) fn system_errno(connection: &mut LockedSqliteHandle<'_>) -> i32 {
    // SAFETY: the handle is open and locked for as long as `connection` lives; the call only reads it.
    unsafe { ffi::sqlite3_system_errno(connection.as_raw_handle().as_ptr()) }
}
