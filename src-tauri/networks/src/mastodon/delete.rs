//! Taking a post away again.

use kossori_engine::ports::CallError;

use super::{Server, repost, wire};
use crate::http::Call;

/// One that is gone is no error. One that is still there is, whatever the server says of it.
pub(super) async fn delete(server: &Server<'_>, id: &str) -> Result<(), CallError> {
    let reposted = repost::named(id);
    if !is_plain(reposted.unwrap_or(id)) {
        return Err(CallError::Unsupported("delete"));
    }
    if let Some(of) = reposted {
        return repost::undo(server, of).await;
    }
    let path = format!("/api/v1/statuses/{id}");
    let call = Call::delete(server.url(&path), server.options.call_limit);
    let reply = server.http.send(server.signed(call)).await?;
    match reply.status {
        200..300 => Ok(()),
        404 | 410 => is_gone(server, &path).await,
        405 | 501 => Err(CallError::Unsupported("delete")),
        _ => Err(server.call_error(&reply)),
    }
}

/// It becomes part of a path. Every server's own ids are of these.
pub(super) fn is_plain(id: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    !id.is_empty() && id.bytes().all(plain)
}

/// "Not found" is what a server says of a post that is gone, and snac of every one (NETWORKS.md 10).
async fn is_gone(server: &Server<'_>, path: &str) -> Result<(), CallError> {
    let reply = server.get_reply(path).await?;
    match reply.status {
        404 | 410 => Ok(()),
        200 => {
            let _there: wire::Status = super::parsed(reply)?;
            Err(CallError::Refused {
                status: 404,
                code: "not_found".to_owned(),
                words: String::new(),
            })
        }
        _ => Err(server.call_error(&reply)),
    }
}
