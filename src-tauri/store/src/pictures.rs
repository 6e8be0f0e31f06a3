//! Cleaned pictures. Two of the same bytes are kept once.

use kossori_core::ids::MediaId;
use kossori_engine::model::StoredPicture;
use kossori_engine::ports::{CleanPicture, PictureFacts, StoreError};
use sqlx::SqliteConnection;

use crate::cells::{Cells, integer, json};
use crate::error::Failure;

/// Adding the same picture again is fine; another one under its id is stale.
pub(crate) async fn add(connection: &mut SqliteConnection, picture: StoredPicture) -> Result<(), Failure> {
    let StoredPicture { id, picture, sha256 } = picture;
    let length = integer(picture.bytes.len() as u64)?;
    let is_new = sqlx::query_scalar::<_, String>("SELECT sha256 FROM pictures WHERE id = ?1")
        .bind(id.as_str())
        .fetch_optional(&mut *connection)
        .await?;
    match is_new {
        Some(known) if known == sha256 => return Ok(()),
        Some(_) => return Err(StoreError::Stale.into()),
        None => {}
    }
    sqlx::query("INSERT INTO picture_bytes (sha256, bytes) VALUES (?1, ?2) ON CONFLICT (sha256) DO NOTHING")
        .bind(sha256.as_str())
        .bind(&*picture.bytes)
        .execute(&mut *connection)
        .await?;
    sqlx::query(
        "INSERT INTO pictures (id, sha256, mime, width, height, length) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )
    .bind(id.as_str())
    .bind(sha256)
    .bind(picture.mime)
    .bind(i64::from(picture.width))
    .bind(i64::from(picture.height))
    .bind(length)
    .execute(connection)
    .await?;
    Ok(())
}

pub(crate) async fn one(
    connection: &mut SqliteConnection,
    id: &MediaId,
) -> Result<Option<StoredPicture>, Failure> {
    let row = sqlx::query(
        "SELECT p.id, p.mime, p.width, p.height, p.sha256, b.bytes
         FROM pictures p JOIN picture_bytes b ON b.sha256 = p.sha256 WHERE p.id = ?1",
    )
    .bind(id.as_str())
    .fetch_optional(connection)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let mut cells = Cells::of(&row);
    let id = MediaId(cells.take()?);
    let mime = cells.take()?;
    let (width, height) = (cells.number()?, cells.number()?);
    let sha256 = cells.take()?;
    let bytes: &[u8] = cells.take()?;
    Ok(Some(StoredPicture {
        id,
        picture: CleanPicture {
            bytes: bytes.into(),
            mime,
            width,
            height,
        },
        sha256,
    }))
}

/// Those that are there, in no promised order.
pub(crate) async fn facts(
    connection: &mut SqliteConnection,
    ids: &[MediaId],
) -> Result<Vec<PictureFacts>, Failure> {
    sqlx::query(
        "SELECT id, mime, width, height, length, sha256 FROM pictures
         WHERE id IN (SELECT value FROM json_each(?1))",
    )
    .bind(json(&ids)?)
    .fetch_all(connection)
    .await?
    .iter()
    .map(|row| {
        let mut cells = Cells::of(row);
        Ok(PictureFacts {
            id: MediaId(cells.take()?),
            mime: cells.take()?,
            width: cells.number()?,
            height: cells.number()?,
            bytes: cells.number()?,
            sha256: cells.take()?,
        })
    })
    .collect()
}
