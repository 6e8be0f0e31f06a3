//! The encrypted database: SQLite by way of SQLCipher, behind the engine's `Store` and `Timeline` ports.
//!
//! What is deliberately absent: no clock (times come in as arguments), no statement text or bound value in any
//! log, no key in any SQL text, no transaction that is held across anything but the database itself.

mod accounts;
mod attempts;
mod backup;
mod cells;
mod commit;
mod database;
mod deliveries;
mod diagnosis;
mod drafts;
mod error;
mod files;
mod journal;
mod key;
mod lane;
mod log;
mod migrate;
mod pictures;
mod raw;
mod requests;
mod restore;
mod seal;
mod store;
mod sweep;
mod timeline;

pub use backup::{BackupFile, BackupWhy};
pub use database::{Database, Opening};
pub use key::DatabaseKey;
pub use restore::{RESTORED, backups_of, check_backup, finish_restore, newest_whole, restore};
pub use sweep::Swept;

#[cfg(test)]
mod tests;
