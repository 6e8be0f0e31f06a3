//! Uploading pictures, waiting until they are ready, describing them (NETWORKS.md 1.3).

use std::sync::Arc;
use std::time::Duration;

use kossori_engine::ports::{CallError, OutgoingPicture};
use serde_json::json;

use super::freeze::Uploaded;
use super::tally::Tally;
use super::{Server, call_error, data, wire};
use crate::http::{Body, Call, Reply};
use crate::refusal::tame;

/// Up to this many bytes a picture goes in one call, and a larger one in pieces of this size: what is cut is sent again sooner,
/// and each call has its time limit to itself.
const PIECE: usize = 1024 * 1024;

/// In the pictures' order, all of them ready and described.
pub(super) async fn upload(
    server: &Server<'_>,
    pictures: &[OutgoingPicture],
) -> Result<Vec<Uploaded>, CallError> {
    let mut all = Vec::with_capacity(pictures.len());
    for picture in pictures {
        let made = if picture.picture.bytes.len() <= PIECE {
            at_once(server, picture).await?
        } else {
            in_pieces(server, picture).await?
        };
        if !wire::is_id(&made.id) {
            return Err(CallError::Unclear { status: Some(200) });
        }
        wait_until_ready(server, &made).await?;
        if !picture.alt.is_empty() {
            describe(server, &made.id, &picture.alt).await?;
        }
        all.push(Uploaded {
            id: made.id,
            key: made.media_key,
        });
    }
    Ok(all)
}

async fn at_once(server: &Server<'_>, picture: &OutgoingPicture) -> Result<wire::Media, CallError> {
    let body = form(
        picture,
        picture.picture.bytes.clone(),
        vec![("media_category", category(picture).to_owned())],
    );
    data(send(server, "/2/media/upload", body).await?)
}

async fn in_pieces(server: &Server<'_>, picture: &OutgoingPicture) -> Result<wire::Media, CallError> {
    let bytes = &picture.picture.bytes;
    let begun = Body::Json(json!({
        "media_type": picture.picture.mime,
        "media_category": category(picture),
        "total_bytes": bytes.len(),
    }));
    let begun: wire::Media = data(send(server, "/2/media/upload/initialize", begun).await?)?;
    if !wire::is_id(&begun.id) {
        return Err(CallError::Unclear { status: Some(200) });
    }
    let path = format!("/2/media/upload/{}", begun.id);
    for (index, piece) in bytes.chunks(PIECE).enumerate() {
        let body = form(
            picture,
            Arc::from(piece),
            vec![("segment_index", index.to_string())],
        );
        let reply = send(server, &format!("{path}/append"), body).await?;
        if !reply.is_success() {
            return Err(call_error(&reply));
        }
    }
    let made: wire::Media = data(send(server, &format!("{path}/finalize"), Body::Empty).await?)?;
    if made.id != begun.id {
        return Err(CallError::Unclear { status: Some(200) });
    }
    Ok(made)
}

fn category(picture: &OutgoingPicture) -> &'static str {
    if picture.picture.mime == "image/gif" {
        "tweet_gif"
    } else {
        "tweet_image"
    }
}

fn form(picture: &OutgoingPicture, file: Arc<[u8]>, fields: Vec<(&'static str, String)>) -> Body {
    let mime = picture.picture.mime.clone();
    Body::NamedForm {
        part: "media",
        file,
        // A name of no meaning: the person's own file name never leaves.
        name: format!("picture.{}", mime.rsplit('/').next().unwrap_or("bin")),
        mime,
        fields,
    }
}

async fn send(server: &Server<'_>, path: &str, body: Body) -> Result<Reply, CallError> {
    server
        .send(Call::post(server.url(path), body, server.options.upload_limit))
        .await
}

/// Asked as often as `Options::media_waits` says, and not sooner than the server wants to be asked, but for no longer than the
/// longest of those waits at a time.
async fn wait_until_ready(server: &Server<'_>, made: &wire::Media) -> Result<(), CallError> {
    let waits = &server.options.media_waits;
    let longest = waits.iter().max().copied().unwrap_or_default();
    let Some(mut after) = processing(made.processing_info.as_ref())? else {
        return Ok(());
    };
    for wait in waits {
        tokio::time::sleep(after.clamp(*wait, longest)).await;
        let path = format!("/2/media/upload?command=STATUS&media_id={}", made.id);
        let asked: wire::Media = data(server.get_reply(&path).await?)?;
        match processing(asked.processing_info.as_ref())? {
            None => return Ok(()),
            Some(next) => after = next,
        }
    }
    Err(CallError::Unclear { status: Some(200) })
}

/// `None`: it is ready. Otherwise after how long the server wants to be asked again.
fn processing(info: Option<&wire::Processing>) -> Result<Option<Duration>, CallError> {
    let Some(info) = info else {
        return Ok(None);
    };
    match info.state.as_str() {
        "succeeded" => Ok(None),
        "pending" | "in_progress" => Ok(Some(Duration::from_secs(info.check_after_secs.unwrap_or(0)))),
        "failed" => Err(CallError::Refused {
            status: 422,
            code: "media_failed".to_owned(),
            words: tame(info.words()),
        }),
        _ => Err(CallError::Unclear { status: Some(200) }),
    }
}

async fn describe(server: &Server<'_>, id: &str, alt: &str) -> Result<(), CallError> {
    let body = json!({ "id": id, "metadata": { "alt_text": { "text": alt } } });
    let url = server.url("/2/media/metadata");
    let reply = server
        .send(Call::post(url, Body::Json(body), server.options.call_limit))
        .await?;
    if !reply.is_success() {
        return Err(call_error(&reply));
    }
    server.charge(Tally::described);
    Ok(())
}
