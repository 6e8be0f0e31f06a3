//! Forgetting what nothing refers to any more.

use jiff::Timestamp;
use kossori_engine::ports::StoreError;
use sqlx::{Connection, SqliteConnection};

use crate::cells::nanos;
use crate::database::Database;
use crate::error::Failure;

/// How much was forgotten.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    pub revisions: u64,
    pub posts: u64,
    pub pictures: u64,
}

impl Database {
    /// Forgets revisions that no delivery names, posts without revision or delivery, and pictures that no
    /// draft, revision or practice post shows; then gives the room back to the file system. Only what was made
    /// before `before` goes: a picture is added a while before the draft that shows it is saved. (A picture's
    /// time is the one in its UUIDv7; one with another kind of id stays.)
    ///
    /// # Errors
    /// Those of any write; then nothing was forgotten.
    pub async fn sweep(&self, before: Timestamp) -> Result<Swept, StoreError> {
        let mut held = self.writer.hold().await?;
        let done = match held.connection() {
            Ok(connection) => sweep(connection, before).await,
            Err(failure) => Err(failure),
        };
        held.settle(done).await
    }
}

async fn sweep(connection: &mut SqliteConnection, before: Timestamp) -> Result<Swept, Failure> {
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    let revisions = sqlx::query(
        "DELETE FROM revisions
         WHERE created_at < ?1 AND NOT EXISTS (SELECT 1 FROM deliveries WHERE revision = revisions.id)",
    )
    .bind(nanos(before))
    .execute(&mut *transaction)
    .await?
    .rows_affected();
    let posts = sqlx::query(
        "DELETE FROM posts WHERE created_at < ?1
            AND NOT EXISTS (SELECT 1 FROM revisions WHERE post = posts.id)
            AND NOT EXISTS (SELECT 1 FROM deliveries WHERE post = posts.id)",
    )
    .bind(nanos(before))
    .execute(&mut *transaction)
    .await?
    .rows_affected();
    let pictures = sqlx::query(
        "WITH shown (id) AS (
            SELECT picture.value ->> 'media' FROM drafts, json_each(drafts.content, '$.parts') AS part,
                json_each(part.value, '$.media') AS picture
            UNION
            SELECT picture.value ->> 'media' FROM revisions, json_each(revisions.content, '$.parts') AS part,
                json_each(part.value, '$.media') AS picture
            UNION
            SELECT picture.value ->> 'media' FROM practice_posts, json_each(practice_posts.pictures) AS picture
        )
        DELETE FROM pictures WHERE id < ?1 AND NOT EXISTS (SELECT 1 FROM shown WHERE shown.id = pictures.id)",
    )
    .bind(least_uuid7(before))
    .execute(&mut *transaction)
    .await?
    .rows_affected();
    sqlx::query(
        "DELETE FROM picture_bytes
         WHERE NOT EXISTS (SELECT 1 FROM pictures WHERE pictures.sha256 = picture_bytes.sha256)",
    )
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await?;
    if revisions + posts + pictures > 0 {
        sqlx::raw_sql("PRAGMA incremental_vacuum")
            .execute(connection)
            .await?;
    }
    Ok(Swept {
        revisions,
        posts,
        pictures,
    })
}

/// What every UUIDv7 made before `at` sorts before: its first 48 bits are milliseconds since 1970.
fn least_uuid7(at: Timestamp) -> String {
    let digits = format!("{:012x}", at.as_millisecond().max(0));
    let (first, second) = digits.split_at(8);
    format!("{first}-{second}")
}
