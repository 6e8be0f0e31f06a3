//! What is written: drafts, posts and their wordings.

use kossori_core::ids::{DraftId, PostId};
use kossori_engine::model::{Draft, Post, Revision};
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;

use crate::cells::{Cells, exactly_one, integer, json, nanos};
use crate::error::Failure;

pub(crate) async fn add(connection: &mut SqliteConnection, draft: &Draft) -> Result<(), Failure> {
    sqlx::query("INSERT INTO drafts (id, rev, content, accounts, updated_at) VALUES (?1, ?2, ?3, ?4, ?5)")
        .bind(draft.id.as_str())
        .bind(integer(draft.rev)?)
        .bind(json(&draft.content)?)
        .bind(json(&draft.accounts)?)
        .bind(nanos(draft.updated_at))
        .execute(connection)
        .await?;
    Ok(())
}

pub(crate) async fn update(
    connection: &mut SqliteConnection,
    draft: &Draft,
    base_rev: u64,
) -> Result<(), Failure> {
    let done = sqlx::query(
        "UPDATE drafts SET rev = ?2, content = ?3, accounts = ?4, updated_at = ?5 WHERE id = ?1 AND rev = ?6",
    )
    .bind(draft.id.as_str())
    .bind(integer(draft.rev)?)
    .bind(json(&draft.content)?)
    .bind(json(&draft.accounts)?)
    .bind(nanos(draft.updated_at))
    .bind(integer(base_rev)?)
    .execute(connection)
    .await?;
    exactly_one(done)
}

/// Stale if it is gone: a draft that is queued twice at once becomes one post.
pub(crate) async fn remove(connection: &mut SqliteConnection, id: &DraftId) -> Result<(), Failure> {
    let done = sqlx::query("DELETE FROM drafts WHERE id = ?1")
        .bind(id.as_str())
        .execute(connection)
        .await?;
    exactly_one(done)
}

pub(crate) async fn count(connection: &mut SqliteConnection) -> Result<u64, Failure> {
    let count: i64 = sqlx::query_scalar("SELECT count(*) FROM drafts")
        .fetch_one(connection)
        .await?;
    Ok(count.unsigned_abs())
}

/// The one worked on last comes first.
pub(crate) async fn all(connection: &mut SqliteConnection) -> Result<Vec<Draft>, Failure> {
    sqlx::query("SELECT id, rev, content, accounts, updated_at FROM drafts ORDER BY updated_at DESC, id DESC")
        .fetch_all(connection)
        .await?
        .iter()
        .map(of_row)
        .collect()
}

pub(crate) async fn one(connection: &mut SqliteConnection, id: &DraftId) -> Result<Option<Draft>, Failure> {
    sqlx::query("SELECT id, rev, content, accounts, updated_at FROM drafts WHERE id = ?1")
        .bind(id.as_str())
        .fetch_optional(connection)
        .await?
        .as_ref()
        .map(of_row)
        .transpose()
}

fn of_row(row: &SqliteRow) -> Result<Draft, Failure> {
    let mut cells = Cells::of(row);
    Ok(Draft {
        id: DraftId(cells.take()?),
        rev: cells.number()?,
        content: cells.json()?,
        accounts: cells.json()?,
        updated_at: cells.time()?,
    })
}

pub(crate) async fn add_post(connection: &mut SqliteConnection, post: &Post) -> Result<(), Failure> {
    sqlx::query("INSERT INTO posts (id, created_at) VALUES (?1, ?2)")
        .bind(post.id.as_str())
        .bind(nanos(post.created_at))
        .execute(connection)
        .await?;
    Ok(())
}

pub(crate) async fn add_revision(
    connection: &mut SqliteConnection,
    revision: &Revision,
) -> Result<(), Failure> {
    sqlx::query("INSERT INTO revisions (id, post, content, created_at) VALUES (?1, ?2, ?3, ?4)")
        .bind(&revision.id)
        .bind(revision.post.as_str())
        .bind(json(&revision.content)?)
        .bind(nanos(revision.created_at))
        .execute(connection)
        .await?;
    Ok(())
}

/// Those that are there, in the order of their making.
pub(crate) async fn revisions<T: AsRef<str>>(
    connection: &mut SqliteConnection,
    ids: &[T],
) -> Result<Vec<Revision>, Failure> {
    let ids: Vec<&str> = ids.iter().map(AsRef::as_ref).collect();
    sqlx::query(
        "SELECT id, post, content, created_at FROM revisions
         WHERE id IN (SELECT value FROM json_each(?1)) ORDER BY created_at, id",
    )
    .bind(json(&ids)?)
    .fetch_all(connection)
    .await?
    .iter()
    .map(|row| {
        let mut cells = Cells::of(row);
        Ok(Revision {
            id: cells.take()?,
            post: PostId(cells.take()?),
            content: cells.json()?,
            created_at: cells.time()?,
        })
    })
    .collect()
}
