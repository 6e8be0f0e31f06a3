//! Containers: what is made before it is published. To make one publishes nothing; one that is not published is gone after a
//! day.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use kossori_engine::ports::CallError;

use super::freeze::Record;
use super::{Server, is_id, parsed, wire};

/// What a container says of itself (NETWORKS.md 5.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Status {
    /// Still being made, or just being published.
    InProgress,
    /// Made, and not published.
    Finished,
    Published,
    /// With the server's reason.
    Failed(String),
    /// It was not published within a day.
    Expired,
}

/// Makes the container of part `index`, which answers `replies_to`.
pub(super) async fn make(
    server: &Server<'_>,
    author: &str,
    record: &Record,
    index: u32,
    replies_to: Option<&str>,
) -> Result<String, CallError> {
    let text = record.parts.get(index as usize).ok_or(CallError::BadFrozen)?;
    let mut pairs = vec![("media_type", "TEXT".to_owned()), ("text", text.clone())];
    if let Some(id) = record.parent(index, replies_to) {
        pairs.push(("reply_to_id", id.to_owned()));
    }
    let call = server.form(&format!("{author}/threads"), pairs, server.options.call_limit);
    let reply = server.http.send(call).await?;
    if reply.status != 200 {
        return Err(wire::call_error(&reply));
    }
    let made: wire::Made = parsed(reply)?;
    if is_id(&made.id) {
        Ok(made.id)
    } else {
        Err(CallError::Unclear { status: Some(200) })
    }
}

pub(super) async fn status(server: &Server<'_>, id: &str) -> Result<Status, CallError> {
    if !is_id(id) {
        return Err(CallError::BadFrozen);
    }
    let container: wire::Container = server.get(id, &[("fields", "status,error_message")]).await?;
    Ok(match container.status.as_str() {
        "IN_PROGRESS" => Status::InProgress,
        "FINISHED" => Status::Finished,
        "PUBLISHED" => Status::Published,
        "ERROR" => Status::Failed(container.error_message),
        "EXPIRED" => Status::Expired,
        _ => return Err(CallError::Unclear { status: Some(200) }),
    })
}

pub(super) async fn wait_until_ready(server: &Server<'_>, id: &str) -> Result<(), CallError> {
    for wait in &server.options.media_waits {
        tokio::time::sleep(*wait).await;
        match status(server, id).await? {
            Status::Finished => return Ok(()),
            Status::InProgress => {}
            Status::Failed(words) => {
                return Err(CallError::Refused {
                    status: 400,
                    code: "container_error".to_owned(),
                    words: crate::refusal::tame(&words),
                });
            }
            Status::Published | Status::Expired => break,
        }
    }
    Err(CallError::Unclear { status: Some(200) })
}

/// Which part of which claim, and what it answers.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Of {
    key: String,
    part: u32,
    replies_to: Option<String>,
}

impl Of {
    pub fn part(record: &Record, part: u32, replies_to: Option<&str>) -> Of {
        Of {
            key: record.key.clone(),
            part,
            replies_to: replies_to.map(str::to_owned),
        }
    }

    pub fn replies_to(&self) -> Option<&str> {
        self.replies_to.as_deref()
    }
}

/// Containers that no record holds: those of later parts, and those made in the place of one that became too old. Each was made,
/// and is not known to be published, as long as the program runs.
#[derive(Default)]
pub(super) struct Kept(Mutex<HashMap<Of, Made>>);

#[derive(Clone)]
pub(super) struct Made {
    pub container: String,
    /// A publishing call may have been made for it.
    pub may_be_out: bool,
}

/// More than are ever open at once. Forgotten ones are looked for among the account's own posts.
const MOST_KEPT: usize = 256;

impl Kept {
    pub fn get(&self, of: &Of) -> Option<Made> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.get(of).cloned()
    }

    pub fn keep(&self, of: &Of, container: &str, may_be_out: bool) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= MOST_KEPT && !kept.contains_key(of) {
            kept.clear();
        }
        let made = Made {
            container: container.to_owned(),
            may_be_out,
        };
        kept.insert(of.clone(), made);
    }
}
