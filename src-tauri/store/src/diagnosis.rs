//! What an error of one database file means: the code first, and where it can mean two things, the file itself.

use kossori_engine::ports::StoreError;

use crate::backup;
use crate::error::{code, meaning, meaning_of_code};
use crate::lane::Place;
use crate::seal;

const ERROR: i32 = 1;
const NOMEM: i32 = 7;
const NOTADB: i32 = 26;

/// `errno` is the operating system's last error on that connection, if it was asked for.
pub(crate) async fn diagnose(place: &Place, error: &sqlx::Error, errno: Option<i32>) -> StoreError {
    match code(error) {
        Some(code) => diagnose_code(place, code, errno).await,
        None => meaning(error, errno),
    }
}

pub(crate) async fn diagnose_code(place: &Place, code: i32, errno: Option<i32>) -> StoreError {
    let Place::File { path, key } = place else {
        return meaning_of_code(code, errno);
    };
    let (path, key) = (path.clone(), key.clone());
    match code & 0xff {
        // The first page does not verify: a wrong key and a damaged page look the same to SQLCipher.
        NOTADB => {
            let is_ours = {
                let (path, key) = (path.clone(), key.clone());
                tokio::task::spawn_blocking(move || {
                    seal::is_cut(&path) || seal::any_page_is_ours(&path, &key)
                })
            };
            if is_ours.await.unwrap_or(false) || backup::any_opens(&path, &key).await {
                StoreError::Damaged
            } else {
                StoreError::WrongKey
            }
        }
        // SQLCipher reports a later page that does not verify as a lack of memory.
        ERROR | NOMEM => {
            let is_damaged = tokio::task::spawn_blocking(move || seal::any_page_is_spoilt(&path, &key));
            if is_damaged.await.unwrap_or(false) {
                StoreError::Damaged
            } else {
                StoreError::Broken
            }
        }
        _ => meaning_of_code(code, errno),
    }
}
