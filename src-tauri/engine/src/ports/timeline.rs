//! The practice network's own memory: a table of its own, written in its own transaction, so that practice can
//! answer late or not at all like a server.

use async_trait::async_trait;
use jiff::Timestamp;
use kossori_core::ids::{AccountId, MediaId};
use kossori_core::quiet_debug;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewTimelinePost {
    pub account: AccountId,
    /// The client's key: the same key again answers the post that is there and makes none.
    pub key: String,
    pub published_at: Timestamp,
    pub parts: Vec<NewTimelinePart>,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewTimelinePart {
    pub text: String,
    pub cw: Option<String>,
    pub reply_to: Option<String>,
    pub pictures: Vec<TimelinePicture>,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimelinePicture {
    pub media: Option<MediaId>,
    pub alt: String,
    pub sha256: String,
}

#[derive(Clone, PartialEq, Eq)]
pub struct TimelinePost {
    pub id: String,
    pub key: String,
    pub part: u32,
    pub text: String,
    pub published_at: Timestamp,
    pub reply_to: Option<String>,
    pub cw: Option<String>,
    pub pictures: Vec<TimelinePicture>,
}

quiet_debug!(NewTimelinePart { pictures; text, cw, reply_to });
quiet_debug!(TimelinePicture { media, sha256; alt });
quiet_debug!(TimelinePost { id, key, part, published_at, pictures; text, reply_to, cw });

/// What the next call of the account will meet (`practice next`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fault {
    /// It is posted, and the answer never comes.
    LostAnswer,
    Refuse,
    RateLimit,
    SignOut,
    /// It answers after 5 s.
    Slow,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the practice timeline cannot be read or written")]
pub struct TimelineError;

#[async_trait]
pub trait Timeline: Send + Sync {
    /// All parts or none, in one transaction of its own. Answers the ids in order.
    async fn publish(&self, post: NewTimelinePost) -> Result<Vec<String>, TimelineError>;
    /// Ids of the parts posted with this key, in order; empty if there are none.
    async fn find(&self, account: &AccountId, key: &str) -> Result<Vec<String>, TimelineError>;
    /// Oldest first.
    async fn posts(&self, account: &AccountId) -> Result<Vec<TimelinePost>, TimelineError>;
    /// One that is gone already is no error.
    async fn remove(&self, account: &AccountId, id: &str) -> Result<(), TimelineError>;
    async fn set_fault(&self, account: &AccountId, fault: Option<Fault>) -> Result<(), TimelineError>;
    /// Takes the fault: the next call meets it, the one after does not.
    async fn take_fault(&self, account: &AccountId) -> Result<Option<Fault>, TimelineError>;
}
