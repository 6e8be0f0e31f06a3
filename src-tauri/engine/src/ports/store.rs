//! What is kept. Reads are small and named for their question; every write is one `commit` of a list of
//! changes, all or nothing, each with the state it expects to find. That is the whole of our exactly-once on
//! this side: a step whose expectation fails writes nothing at all.

use async_trait::async_trait;
use jiff::Timestamp;
use kossori_core::cost::{Booking, Spent};
use kossori_core::delivery::State;
use kossori_core::ids::{AccountId, AttemptId, DeliveryId, DraftId, MediaId};
use kossori_core::quiet::Quiet;

use crate::model::{
    Account, Attempt, Delivery, Draft, JournalEntry, Planned, Post, Revision, StoredPicture, Wait,
};

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// An expectation did not hold: somebody else moved first. Nothing was written.
    #[error("the row is no longer as expected")]
    Stale,
    /// No legal step makes this of what is stored (`kossori_core::delivery::may_become`). Nothing was written.
    #[error("the change is not legal")]
    Illegal,
    #[error("the disk is full")]
    Full,
    #[error("the folder cannot be written")]
    ReadOnly,
    #[error("the database is damaged")]
    Damaged,
    /// Written by a newer program.
    #[error("the database is of a newer version")]
    Newer,
    #[error("the key does not open the database")]
    WrongKey,
    #[error("the database cannot be used")]
    Broken,
}

/// The compare in compare-and-set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expect {
    pub state: State,
    /// `None`: whatever it is.
    pub attempt: Option<AttemptId>,
}

/// What a request was answered, as JSON: it may show what was queued.
#[derive(Clone, PartialEq, Eq)]
pub struct AnswerJson(pub String);

impl std::fmt::Debug for AnswerJson {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        Quiet(&self.0).fmt(f)
    }
}

/// The setting that holds the month's [`Spent`].
pub const SPENT: &str = "spent";

/// The stored account of the month after `booking`: what a store does with [`Change::Book`].
pub fn booked(stored: Option<&str>, booking: &Booking) -> Result<String, StoreError> {
    let spent = match stored {
        Some(json) => serde_json::from_str(json).map_err(|_| StoreError::Damaged)?,
        None => Spent::begin(booking.at),
    };
    serde_json::to_string(&spent.booked(booking)).map_err(|_| StoreError::Broken)
}

#[derive(Clone, Debug)]
pub enum Change {
    PutSetting {
        name: &'static str,
        json: String,
    },
    AddAccount(Account),
    /// Stale if the account is not there.
    UpdateAccount(Account),
    /// Its deliveries must be final or removed already.
    RemoveAccount(AccountId),
    /// Stale if a draft of this id is there.
    AddDraft(Draft),
    /// Stale unless the stored revision is `base_rev`.
    UpdateDraft {
        draft: Draft,
        base_rev: u64,
    },
    /// Stale if it is gone: a draft queued twice at once becomes one post.
    RemoveDraft(DraftId),
    AddPost(Post),
    AddRevision(Revision),
    AddPicture(StoredPicture),
    AddDelivery(Box<Delivery>),
    /// Writes every column of the delivery but its rank, if the stored row is as expected and may become this.
    Delivery {
        expect: Expect,
        delivery: Box<Delivery>,
    },
    /// Only the stored time; stale unless the row is `queued` or `held`.
    Plan {
        id: DeliveryId,
        planned: Option<Planned>,
    },
    /// Only what of it was taken down again; stale without the row. What is gone is written whatever the row says.
    Deleted {
        id: DeliveryId,
        /// All ids of it that are gone so far.
        ids: Vec<String>,
        /// Since when all of it is.
        at: Option<Timestamp>,
    },
    /// Only the order; stale if the row is final.
    Rank {
        id: DeliveryId,
        rank: i64,
    },
    /// Stale while the delivery has another attempt that has not ended: end that one earlier in the list.
    AddAttempt(Attempt),
    /// By id and part; stale if there is none.
    UpdateAttempt(Attempt),
    Journal(JournalEntry),
    /// Into the account of the month, as the transaction finds it.
    Book(Booking),
    /// Until when nobody calls an account or a server. `None`: forgotten.
    Wait {
        /// An account's id, or a server's address.
        who: String,
        wait: Option<Wait>,
    },
    /// Remembers what a request was answered, for an hour: a request sent again is answered again, not done again.
    Answered {
        request: String,
        answer: AnswerJson,
        at: Timestamp,
    },
}

#[async_trait]
pub trait Store: Send + Sync {
    /// One transaction (`BEGIN IMMEDIATE`, `synchronous=FULL`): when it answers, a power cut loses none of it.
    async fn commit(&self, changes: Vec<Change>) -> Result<(), StoreError>;
    /// `Full` or `ReadOnly`, if that is what kept the last commit from being written.
    fn unwritable(&self) -> Option<StoreError>;

    async fn setting(&self, name: &str) -> Result<Option<String>, StoreError>;
    async fn answered(&self, request: &str) -> Result<Option<String>, StoreError>;

    async fn accounts(&self) -> Result<Vec<Account>, StoreError>;
    async fn drafts(&self) -> Result<Vec<Draft>, StoreError>;
    async fn draft(&self, id: &DraftId) -> Result<Option<Draft>, StoreError>;
    async fn draft_count(&self) -> Result<u64, StoreError>;

    /// In queue order (rank, then id).
    async fn deliveries(&self, states: &[State]) -> Result<Vec<Delivery>, StoreError>;
    async fn delivery(&self, id: &DeliveryId) -> Result<Option<Delivery>, StoreError>;
    /// Those of these that there are, in the order of their ids.
    async fn deliveries_named(&self, ids: &[DeliveryId]) -> Result<Vec<Delivery>, StoreError>;
    /// What the journal says was seen otherwise than asked for, and is not taken down.
    async fn deliveries_that_differed(&self) -> Result<Vec<Delivery>, StoreError>;
    /// The account's newest `sent` one that begins a conversation of its own for all to answer: none that handed a post on,
    /// answered another or went to those named in it alone, and none of which a part was taken down. With a moment, the newest
    /// of those that were sent by then.
    async fn last_thread(
        &self,
        account: &AccountId,
        until: Option<Timestamp>,
    ) -> Result<Option<Delivery>, StoreError>;
    /// The smallest and the largest rank in use.
    async fn ranks(&self) -> Result<Option<(i64, i64)>, StoreError>;
    async fn counts(&self) -> Result<Vec<(State, u64)>, StoreError>;
    async fn revision(&self, id: &str) -> Result<Option<Revision>, StoreError>;
    async fn revisions(&self, ids: &[String]) -> Result<Vec<Revision>, StoreError>;
    async fn picture(&self, id: &MediaId) -> Result<Option<StoredPicture>, StoreError>;
    /// Without the bytes: id, mime, width, height, length, sha256.
    async fn picture_facts(&self, ids: &[MediaId]) -> Result<Vec<PictureFacts>, StoreError>;

    async fn attempts(&self, delivery: &DeliveryId) -> Result<Vec<Attempt>, StoreError>;
    /// Attempts that reached `sending` at or after `since` and may have left, oldest first.
    async fn counted_attempts(&self, since: Timestamp) -> Result<Vec<Attempt>, StoreError>;

    /// Whom nobody calls before a moment, past ones included.
    async fn waits(&self) -> Result<Vec<(String, Wait)>, StoreError>;

    /// Oldest first.
    async fn journal(&self, rows: JournalRows) -> Result<Vec<JournalEntry>, StoreError>;
    /// The latest moment that a row tells, but for those that say the clock is in doubt.
    async fn newest_journal(&self) -> Result<Option<Timestamp>, StoreError>;
}

/// Which rows of the journal; all, by default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct JournalRows {
    /// At or after it.
    pub since: Option<Timestamp>,
    /// Before it.
    pub until: Option<Timestamp>,
    /// So many, the newest; what has the moment of the earliest of them comes too.
    pub limit: Option<u32>,
    /// Only rows that say what came of a delivery ([`Event::is_outcome`](crate::model::Event::is_outcome)), and of each delivery
    /// the last one.
    pub outcomes: bool,
}

impl JournalRows {
    pub fn since(since: Timestamp) -> JournalRows {
        JournalRows {
            since: Some(since),
            ..JournalRows::default()
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PictureFacts {
    pub id: MediaId,
    pub mime: String,
    pub width: u32,
    pub height: u32,
    pub bytes: u64,
    pub sha256: String,
}
