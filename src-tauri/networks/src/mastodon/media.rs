//! Uploading pictures and waiting until they are ready.

use kossori_engine::ports::{CallError, OutgoingPicture};

use super::{Server, parsed, wire};
use crate::http::{Body, Call, Reply, plain_id};

/// The ids, in the pictures' order, all of them ready.
pub(super) async fn upload(
    server: &Server<'_>,
    pictures: &[OutgoingPicture],
) -> Result<Vec<String>, CallError> {
    let mut ids = Vec::with_capacity(pictures.len());
    for picture in pictures {
        let mut reply = send(server, "/api/v2/media", picture).await?;
        // Not every server has both.
        if matches!(reply.status, 404 | 405 | 501) {
            reply = send(server, "/api/v1/media", picture).await?;
        }
        let ready = match reply.status {
            200 => true,
            202 => false,
            _ => return Err(server.call_error(&reply)),
        };
        let attachment: wire::Attachment = parsed(reply)?;
        // One that is still worked on has no address yet (NETWORKS.md 3.2).
        if !ready && attachment.url.is_none() {
            wait_until_ready(server, &attachment.id).await?;
        }
        ids.push(attachment.id);
    }
    Ok(ids)
}

async fn send(server: &Server<'_>, path: &str, picture: &OutgoingPicture) -> Result<Reply, CallError> {
    let mime = picture.picture.mime.clone();
    // A name of no meaning: the person's own file name never leaves.
    let name = format!("picture.{}", mime.rsplit('/').next().unwrap_or("bin"));
    let mut fields = Vec::new();
    if !picture.alt.is_empty() {
        fields.push(("description", picture.alt.clone()));
    }
    let body = Body::Form {
        file: picture.picture.bytes.clone(),
        mime,
        name,
        fields,
    };
    let call = Call::post(server.url(path), body, server.options.upload_limit);
    Ok(server.http.send(server.signed(call)).await?)
}

async fn wait_until_ready(server: &Server<'_>, id: &str) -> Result<(), CallError> {
    for wait in &server.options.media_waits {
        tokio::time::sleep(*wait).await;
        let reply = server
            .get_reply(&format!("/api/v1/media/{}", plain_id(id)?))
            .await?;
        match reply.status {
            200 => return Ok(()),
            206 => {}
            // Some servers cannot be asked (NETWORKS.md 10). If it is not ready, the post call says so.
            404 => return Ok(()),
            _ => return Err(server.call_error(&reply)),
        }
    }
    Err(CallError::Unclear { status: Some(206) })
}
