//! Uploading pictures and waiting until they are ready (NETWORKS.md 6.2).

use kossori_engine::ports::{CallError, OutgoingPicture};
use reqwest::Url;
use serde_json::json;

use super::{API, Server, call_error, encoded, parsed, wire};
use crate::http::{Body, Call};

/// The URNs, in the pictures' order, all of them ready.
pub(super) async fn upload(
    server: &Server<'_>,
    owner: &str,
    pictures: &[OutgoingPicture],
) -> Result<Vec<String>, CallError> {
    let mut images = Vec::with_capacity(pictures.len());
    for picture in pictures {
        let upload = initialize(server, owner).await?;
        put(server, &upload.url, picture).await?;
        wait_until_ready(server, &upload.image).await?;
        images.push(upload.image);
    }
    Ok(images)
}

async fn initialize(server: &Server<'_>, owner: &str) -> Result<wire::Upload, CallError> {
    let body = json!({ "initializeUploadRequest": { "owner": owner } });
    let url = server.url("/rest/images?action=initializeUpload");
    let call = Call::post(url, Body::Json(body), server.options.call_limit);
    let reply = server.send(call).await?;
    if reply.status != 200 {
        return Err(call_error(&reply));
    }
    let initialized: wire::Initialized = parsed(reply)?;
    if !initialized.value.image.starts_with("urn:li:image:") {
        return Err(CallError::Unclear { status: Some(200) });
    }
    Ok(initialized.value)
}

async fn put(server: &Server<'_>, url: &str, picture: &OutgoingPicture) -> Result<(), CallError> {
    let body = Body::Bytes {
        mime: picture.picture.mime.clone(),
        bytes: picture.picture.bytes.clone(),
    };
    let mut call = Call::put(url.to_owned(), body, server.options.upload_limit);
    if takes_token(server.origin, url) {
        call = call.bearer(&server.token);
    }
    let reply = server.http.send(call).await?;
    if reply.is_success() {
        Ok(())
    } else {
        Err(call_error(&reply))
    }
}

/// The address to upload to is one of `www.linkedin.com`, and the documented call has the token with it. An address of
/// anybody else gets the picture, which the server asked to be put there, but never the token.
fn takes_token(origin: &str, url: &str) -> bool {
    let Ok(url) = Url::parse(url) else {
        return false;
    };
    let host = url.host_str().unwrap_or_default();
    let its_own = url.scheme() == "https"
        && url.port().is_none()
        && (host == "linkedin.com" || host.ends_with(".linkedin.com"));
    url.origin().ascii_serialization() == origin || (origin == API && its_own)
}

async fn wait_until_ready(server: &Server<'_>, image: &str) -> Result<(), CallError> {
    for wait in &server.options.media_waits {
        tokio::time::sleep(*wait).await;
        let url = server.url(&format!("/rest/images/{}", encoded(image)));
        let reply = server.send(Call::get(url, server.options.call_limit)).await?;
        match reply.status {
            200 => {}
            // A token that may post need not be one that may ask. If it is not ready, the post call says so.
            403 => return Ok(()),
            _ => return Err(call_error(&reply)),
        }
        let image: wire::Image = parsed(reply)?;
        match image.status.as_str() {
            "AVAILABLE" => return Ok(()),
            "PROCESSING_FAILED" => {
                return Err(CallError::Refused {
                    status: 422,
                    code: "picture_refused".to_owned(),
                    words: image.status,
                });
            }
            _ => {}
        }
    }
    Err(CallError::Unclear { status: Some(200) })
}

#[cfg(test)]
mod tests {
    use super::{API, takes_token};

    #[test]
    fn who_gets_the_token() {
        for (url, expected) in [
            ("https://www.linkedin.com/dms-uploads/x", true),
            ("https://api.linkedin.com/mediaUpload/x", true),
            ("http://www.linkedin.com/dms-uploads/x", false),
            ("https://www.linkedin.com:8443/x", false),
            ("https://evil-linkedin.com/x", false),
            ("https://linkedin.com.example/x", false),
            ("https://elsewhere.example/linkedin.com", false),
            ("nonsense", false),
        ] {
            assert_eq!(takes_token(API, url), expected, "{url}");
        }
        assert!(takes_token("http://127.0.0.1:5", "http://127.0.0.1:5/upload/1"));
        assert!(!takes_token("http://127.0.0.1:5", "http://127.0.0.1:6/upload/1"));
        assert!(!takes_token("http://127.0.0.1:5", "https://www.linkedin.com/x"));
    }
}
