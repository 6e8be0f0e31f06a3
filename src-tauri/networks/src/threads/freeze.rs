//! What a claim freezes: the texts, where looking begins, and the container of the first part.

use kossori_engine::ports::{CallError, Outgoing};
use serde::{Deserialize, Serialize};

use super::look::{self, List, Until};
use super::{Server, VERSION};

#[derive(Serialize, Deserialize)]
pub(super) struct Record {
    v: u64,
    /// Of the claim: containers of later parts are kept under it.
    pub key: String,
    /// The text of each part.
    pub parts: Vec<String>,
    /// The id of the post that part 0 answers; later parts answer the one before.
    pub reply_to: Option<String>,
    /// The account's newest own posts at the claim: what is looked for came after them. Answers are a list of their own, and
    /// asked for only where something of this goes there.
    pub newest_thread: Option<Mark>,
    pub newest_reply: Option<Mark>,
    /// Of part 0. Empty only before it is made.
    pub container: String,
}

/// A post where looking ends. One that was deleted meanwhile does not come up: then its time is where.
#[derive(Serialize, Deserialize)]
pub(super) struct Mark {
    pub id: String,
    pub at: Option<String>,
}

impl Record {
    /// What part `index` answers: the post that the claim froze, or the part before it.
    pub fn parent<'a>(&'a self, index: u32, replies_to: Option<&'a str>) -> Option<&'a str> {
        if index == 0 {
            self.reply_to.as_deref()
        } else {
            replies_to
        }
    }

    /// Where looking through `list` ends.
    pub fn mark(&self, list: List) -> Option<&Mark> {
        match list {
            List::Threads => self.newest_thread.as_ref(),
            List::Replies => self.newest_reply.as_ref(),
        }
    }
}

/// Everything but the container.
pub(super) async fn draft(
    server: &Server<'_>,
    handle: &str,
    outgoing: &Outgoing,
) -> Result<Record, CallError> {
    let reply_to = parent(server, handle, outgoing).await?;
    let newest_thread = newest(server, List::Threads).await?;
    let newest_reply = if reply_to.is_some() || outgoing.parts.len() > 1 {
        newest(server, List::Replies).await?
    } else {
        None
    };
    Ok(Record {
        v: VERSION,
        key: hex::encode(outgoing.key),
        parts: outgoing.parts.iter().map(|part| part.text.clone()).collect(),
        reply_to,
        newest_thread,
        newest_reply,
        container: String::new(),
    })
}

/// The id of what is answered, and whether this can be sent at all.
pub(super) async fn parent(
    server: &Server<'_>,
    handle: &str,
    outgoing: &Outgoing,
) -> Result<Option<String>, CallError> {
    if outgoing.parts.iter().any(|part| !part.pictures.is_empty()) {
        return Err(CallError::Unsupported("pictures"));
    }
    if outgoing.visibility.is_some() {
        // There is none to choose, and nothing is made wider than was asked.
        return Err(CallError::Unsupported("visibility"));
    }
    let Some(url) = &outgoing.reply_to else {
        return Ok(None);
    };
    // Only one's own posts can be read, so only those are found by their address.
    let until = Until::the_end();
    for list in [List::Threads, List::Replies] {
        if !look::is_of(url, handle) {
            break;
        }
        match look::first(server, list, &until, |media| look::is_at(media, url)).await {
            Ok(Some(media)) => return Ok(Some(media.id)),
            // So far back that nobody sees to it: trying again finds no more.
            Ok(None) | Err(look::ENDLESS) => {}
            Err(error) => return Err(error),
        }
    }
    Err(CallError::Refused {
        status: 404,
        code: "reply_not_found".to_owned(),
        words: String::new(),
    })
}

async fn newest(server: &Server<'_>, list: List) -> Result<Option<Mark>, CallError> {
    let newest = look::newest(server, list).await?;
    Ok(newest.map(|media| Mark {
        id: media.id,
        at: media.timestamp,
    }))
}
