//! Uploading pictures to the account's drive.

use kossori_engine::ports::{CallError, OutgoingPicture};
use serde_json::json;

use super::{Server, parsed, wire};
use crate::http::{Body, Call};

/// The ids, in the pictures' order. They are ready when the upload is answered.
pub(super) async fn upload(
    server: &Server<'_>,
    pictures: &[OutgoingPicture],
    sensitive: bool,
) -> Result<Vec<String>, CallError> {
    let mut ids: Vec<String> = Vec::with_capacity(pictures.len());
    for picture in pictures {
        let mut file = send(server, picture, sensitive, false).await?;
        // The same bytes twice in one note: the server would answer the same file, and refuse to show it twice.
        if ids.contains(&file.id) {
            file = send(server, picture, sensitive, true).await?;
        }
        if file.id.is_empty() || ids.contains(&file.id) {
            return Err(CallError::Unclear { status: Some(200) });
        }
        describe(server, &file, picture, sensitive).await?;
        ids.push(file.id);
    }
    Ok(ids)
}

/// Without `force` bytes that are there already are answered with the file that has them (NETWORKS.md 4.2), so that an
/// upload whose answer was lost leaves nothing behind.
async fn send(
    server: &Server<'_>,
    picture: &OutgoingPicture,
    sensitive: bool,
    force: bool,
) -> Result<wire::File, CallError> {
    let mime = picture.picture.mime.clone();
    // A name of no meaning: the person's own file name never leaves.
    let name = format!("picture.{}", mime.rsplit('/').next().unwrap_or("bin"));
    let mut fields = Vec::new();
    if !picture.alt.is_empty() {
        fields.push(("comment", picture.alt.clone()));
    }
    if sensitive {
        fields.push(("isSensitive", "true".to_owned()));
    }
    if force {
        fields.push(("force", "true".to_owned()));
    }
    let body = Body::Form {
        file: picture.picture.bytes.clone(),
        mime,
        name,
        fields,
    };
    let call = Call::post(
        server.url("drive/files/create"),
        body,
        server.options.upload_limit,
    );
    parsed(server.http.send(server.signed(call)).await?)
}

/// A file that was there before has the description of before. What is none now is left as it is, and so is a mark as
/// sensitive: older notes show the same file.
async fn describe(
    server: &Server<'_>,
    file: &wire::File,
    picture: &OutgoingPicture,
    sensitive: bool,
) -> Result<(), CallError> {
    let mut changes = json!({ "fileId": file.id });
    let mut differs = false;
    if !picture.alt.is_empty() && file.comment.as_deref() != Some(&picture.alt) {
        changes["comment"] = json!(picture.alt);
        differs = true;
    }
    if sensitive && !file.is_sensitive {
        changes["isSensitive"] = json!(true);
        differs = true;
    }
    if differs {
        let _: wire::File = server.ask("drive/files/update", changes).await?;
    }
    Ok(())
}
