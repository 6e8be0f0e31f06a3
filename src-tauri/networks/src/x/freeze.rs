//! What a claim freezes: the texts, and where looking begins.

use kossori_engine::model::Account;
use kossori_engine::ports::{CallError, Outgoing};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Server, VERSION, page, wire};
use crate::http::plain_id;

#[derive(Serialize, Deserialize)]
pub(super) struct Record {
    v: u64,
    /// The account's newest own post at the claim: what is looked for came after it.
    pub last_own: Option<String>,
    pub parts: Vec<Part>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct Part {
    pub text: String,
    /// The post that part 0 answers; later parts answer the one before.
    pub in_reply_to: Option<String>,
    /// How many pictures it has, and what they became once uploaded.
    pub pictures: usize,
    pub media: Vec<Uploaded>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct Uploaded {
    pub id: String,
    /// What posts call it.
    pub key: Option<String>,
}

impl Uploaded {
    /// A key is a kind and, behind a low line, the id.
    pub fn is(&self, key: &str) -> bool {
        self.key.as_deref() == Some(key) || key.rsplit_once('_').is_some_and(|(_, id)| id == self.id)
    }
}

impl Part {
    /// What part `index` answers: the post that the claim froze, or the part before it.
    pub fn parent<'a>(&'a self, index: u32, replies_to: Option<&'a str>) -> Option<&'a str> {
        if index == 0 {
            self.in_reply_to.as_deref()
        } else {
            replies_to
        }
    }

    /// The body of the post call. There is no language in it, no key, and nobody who reads it but everybody.
    pub fn body(&self, parent: Option<&str>) -> Value {
        let mut body = json!({ "text": self.text });
        if let Some(id) = parent {
            body["reply"] = json!({ "in_reply_to_tweet_id": id });
        }
        if !self.media.is_empty() {
            let ids: Vec<&str> = self.media.iter().map(|one| one.id.as_str()).collect();
            body["media"] = json!({ "media_ids": ids });
        }
        body
    }
}

pub(super) async fn freeze(
    server: &Server<'_>,
    account: &Account,
    outgoing: &Outgoing,
) -> Result<Record, CallError> {
    // Before the reading, which is paid for.
    let mut record = record(account, outgoing, None)?;
    record.last_own = newest_own(server, &account.author_id).await?;
    Ok(record)
}

pub(super) fn record(
    account: &Account,
    outgoing: &Outgoing,
    last_own: Option<String>,
) -> Result<Record, CallError> {
    // Everybody reads what is posted there: asked for fewer readers, it is not posted at all.
    if outgoing.visibility.is_some() {
        return Err(CallError::Unsupported("visibility"));
    }
    let in_reply_to = match &outgoing.reply_to {
        Some(url) => Some(page::read(url, &account.server).ok_or_else(not_found)?.id),
        None => None,
    };
    let parts = outgoing.parts.iter().enumerate().map(|(index, part)| Part {
        text: part.text.clone(),
        in_reply_to: in_reply_to.clone().filter(|_| index == 0),
        pictures: part.pictures.len(),
        media: Vec::new(),
    });
    Ok(Record {
        v: VERSION,
        last_own,
        parts: parts.collect(),
    })
}

/// Of the fewest that can be asked for. Reposts and answers are among them: their ids are as good to begin at.
async fn newest_own(server: &Server<'_>, author: &str) -> Result<Option<String>, CallError> {
    let reply = server
        .get_reply(&format!("/2/users/{}/tweets?max_results=5", plain_id(author)?))
        .await?;
    let page = wire::page(reply)?;
    server.charge(|tally, account| tally.read(account, &page.data));
    Ok(page
        .data
        .into_iter()
        .map(|post| post.id)
        .filter(|id| wire::is_id(id))
        .max_by(|one, other| wire::age(one).cmp(&wire::age(other))))
}

fn not_found() -> CallError {
    CallError::Refused {
        status: 404,
        code: "reply_not_found".to_owned(),
        words: String::new(),
    }
}
