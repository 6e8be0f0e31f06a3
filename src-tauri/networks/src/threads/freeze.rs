//! What a claim freezes: the texts, where looking begins, and the container of the first part.

use kossori_engine::ports::{CallError, Outgoing};
use serde::{Deserialize, Serialize};

use super::look::{self, List, Until};
use super::{Server, wire};
use crate::frozen;

#[derive(Serialize, Deserialize)]
pub(super) struct Record {
    v: u64,
    /// Of the claim: containers of later parts are kept under it.
    pub key: String,
    /// The text of each part.
    pub parts: Vec<String>,
    /// The id of the post that part 0 answers; later parts answer the one before.
    pub reply_to: Option<String>,
    /// The id of the post that part 0 quotes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quote: Option<String>,
    /// The id of the post that is reposted. Then there is one part, empty, and no container.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repost: Option<String>,
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
    let Refers {
        reply_to,
        quote,
        repost,
    } = refers(server, handle, outgoing).await?;
    let newest_thread = newest(server, List::Threads).await?;
    let newest_reply = if reply_to.is_some() || outgoing.parts.len() > 1 {
        newest(server, List::Replies).await?
    } else {
        None
    };
    Ok(Record {
        v: frozen::version(outgoing),
        key: hex::encode(outgoing.key),
        parts: outgoing.parts.iter().map(|part| part.text.clone()).collect(),
        reply_to,
        quote,
        repost,
        newest_thread,
        newest_reply,
        container: String::new(),
    })
}

/// The ids of the posts that are named by their URLs.
pub(super) struct Refers {
    pub reply_to: Option<String>,
    pub quote: Option<String>,
    pub repost: Option<String>,
}

/// And whether this can be sent at all.
pub(super) async fn refers(
    server: &Server<'_>,
    handle: &str,
    outgoing: &Outgoing,
) -> Result<Refers, CallError> {
    if outgoing.parts.iter().any(|part| !part.pictures.is_empty()) {
        return Err(CallError::Unsupported("pictures"));
    }
    if outgoing.visibility.is_some() {
        // There is none to choose, and nothing is made wider than was asked.
        return Err(CallError::Unsupported("visibility"));
    }
    Ok(Refers {
        reply_to: own_post(server, handle, outgoing.reply_to.as_deref(), "reply_not_found").await?,
        quote: own_post(server, handle, outgoing.quote.as_deref(), "quote_not_found").await?,
        repost: own_post(server, handle, outgoing.repost.as_deref(), "repost_not_found").await?,
    })
}

/// Only one's own posts can be read, so only those are found by their address. `missing`: the code of the refusal otherwise.
async fn own_post(
    server: &Server<'_>,
    handle: &str,
    url: Option<&str>,
    missing: &str,
) -> Result<Option<String>, CallError> {
    let Some(url) = url else {
        return Ok(None);
    };
    let until = Until::the_end();
    for list in [List::Threads, List::Replies] {
        if !look::is_of(url, handle) {
            break;
        }
        let at_url = |media: &wire::Media| look::is_at(media, url);
        match look::first(server, list, list.fields(), &until, at_url).await {
            Ok(Some(media)) => return Ok(Some(media.id)),
            // So far back that nobody sees to it: trying again finds no more.
            Ok(None) | Err(look::ENDLESS) => {}
            Err(error) => return Err(error),
        }
    }
    Err(CallError::Refused {
        status: 404,
        code: missing.to_owned(),
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
