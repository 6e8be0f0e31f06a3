//! Taking a post away again.

use kossori_engine::ports::CallError;

use super::{Server, repost, wire};
use crate::http::{Call, plain_id};

/// One that is gone is no error. One that is still there is, whatever the server says of it.
pub(super) async fn delete(server: &Server<'_>, id: &str) -> Result<(), CallError> {
    let plain = |id| plain_id(id).map_err(|_| CallError::Unsupported("delete"));
    if let Some(of) = repost::named(id) {
        return repost::undo(server, plain(of)?).await;
    }
    let id = plain(id)?;
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

/// "Not found" is what a server says of a post that is gone, and snac of every one (NETWORKS.md 10): there a person has to.
async fn is_gone(server: &Server<'_>, path: &str) -> Result<(), CallError> {
    let reply = server.get_reply(path).await?;
    match reply.status {
        404 | 410 => Ok(()),
        200 => {
            let _there: wire::Status = super::parsed(reply)?;
            Err(CallError::Unsupported("delete"))
        }
        _ => Err(server.call_error(&reply)),
    }
}
