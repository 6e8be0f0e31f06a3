//! What the store keeps, in the design's words.

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use kossori_core::answer::Receipt;
use kossori_core::delivery::{self, State};
use kossori_core::ids::{AccountId, AttemptId, DeliveryId, DraftId, MediaId, PostId};
use kossori_core::network::{Limits, Network, Persona, Software};
use kossori_core::post::Content;
use kossori_core::proxy::ProxyKind;
use kossori_core::quiet_debug;
use serde::{Deserialize, Serialize};

use crate::ports::Frozen;

#[derive(Clone, Debug, PartialEq)]
pub struct Account {
    pub id: AccountId,
    pub network: Network,
    /// The origin that calls go to; empty for practice.
    pub server: String,
    pub handle: String,
    /// The server's own id of the author.
    pub author_id: String,
    pub persona: Persona,
    pub client_name: Option<String>,
    pub software: Software,
    pub limits: Limits,
    /// Loopback, private and `http://` addresses are allowed.
    pub local_server: bool,
    /// Bluesky: another PLC directory.
    pub plc: Option<String>,
    /// All its calls go through a proxy of this kind, which the keyring has under `proxy_entry`; without it none goes out.
    pub proxy: Option<ProxyKind>,
    pub health: Health,
    pub session_ends_at: Option<Timestamp>,
    pub added_at: Timestamp,
    /// When the server was last asked about itself.
    pub about_at: Timestamp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Health {
    Ok,
    NeedsSignIn,
    /// It goes through a proxy, and the keyring has none for it.
    ProxyMissing,
    OutOfCredit,
    Unreachable,
    /// The server answers, and turns the account away.
    Refused,
}

impl Health {
    /// Nothing of the account can go out before a person has done something about it.
    pub fn is_mute(self) -> bool {
        match self {
            Health::NeedsSignIn | Health::ProxyMissing | Health::OutOfCredit => true,
            Health::Ok | Health::Unreachable | Health::Refused => false,
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    pub id: DraftId,
    pub rev: u64,
    pub content: Content,
    pub accounts: Vec<AccountId>,
    pub updated_at: Timestamp,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Post {
    pub id: PostId,
    pub created_at: Timestamp,
}

/// A wording of a post. Deliveries point at one; an edit makes another. May be forgotten while the journal stays.
#[derive(Clone, Debug, PartialEq)]
pub struct Revision {
    pub id: String,
    pub post: PostId,
    pub content: Content,
    pub created_at: Timestamp,
}

/// When the person wants it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum When {
    Next,
    Window(String),
    At(Timestamp),
    /// Not before that day, which is the named window's zone's, else the system's: `kossori_core::plan::When`.
    FromDay {
        day: Date,
        window: Option<String>,
    },
}

/// A stored time: drawn once, it stands while it lies ahead and is allowed (RULES.md 2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Planned {
    pub at: Timestamp,
    /// The window's name, `break` for a break now, `None` for an exact time outside them (override).
    pub window: Option<String>,
    /// The occurrence's start: with the window it names what the cap counts in.
    pub opened: Option<Timestamp>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Delivery {
    pub id: DeliveryId,
    pub post: PostId,
    pub account: AccountId,
    pub revision: String,
    /// Queue order over all accounts; smaller goes first.
    pub rank: i64,
    pub when: When,
    /// Opens its exact time to 10 min later, for this delivery alone.
    pub override_window: bool,
    pub expires_at: Option<Timestamp>,
    pub state: State,
    pub planned: Option<Planned>,
    /// The claim under way, or the last one.
    pub attempt: Option<AttemptId>,
    /// Claims so far.
    pub attempts: u32,
    pub frozen: Option<FrozenPost>,
    pub parts: u32,
    pub parts_sent: u32,
    /// Proof of the parts so far; complete when `sent`.
    pub receipt: Option<Receipt>,
    /// Not before this moment (Retry-After).
    pub not_before: Option<Timestamp>,
    pub hold_until: Option<Timestamp>,
    /// Why it was rejected, or last turned away: the API's code and the server's words.
    pub refusal: Option<ServerRefusal>,
    pub open_question: Option<OpenQuestion>,
    pub sent_at: Option<Timestamp>,
    /// Since when nothing of it is there any more, because a person took it down.
    pub deleted_at: Option<Timestamp>,
    /// Those ids of the receipt that were taken down.
    pub deleted_ids: Vec<String>,
    pub created_at: Timestamp,
}

impl Delivery {
    /// The ids of what is proved to be there, in the order of the parts.
    pub fn ids_there(&self) -> Vec<&str> {
        let proved = self.receipt.iter().flat_map(|receipt| &receipt.ids);
        proved
            .filter(|id| !self.deleted_ids.contains(id))
            .map(String::as_str)
            .collect()
    }

    /// The parts of it, from 1, that were sent and not taken down; of some nobody may know the id.
    pub fn parts_there(&self) -> Vec<u32> {
        let ids = self.receipt.as_ref().map_or(&[][..], |receipt| &receipt.ids);
        let gone = |part: u32| {
            ids.get(part as usize)
                .is_some_and(|id| self.deleted_ids.contains(id))
        };
        (0..self.parts_sent)
            .filter(|part| !gone(*part))
            .map(|part| part + 1)
            .collect()
    }

    /// What counts of it when a change of it is to be written.
    pub fn standing(&self) -> delivery::Standing<'_> {
        delivery::Standing {
            state: self.state,
            account: self.account.as_str(),
            revision: &self.revision,
            attempt: self.attempt.as_ref().map(AttemptId::as_str),
            frozen: self.frozen.as_ref().map(|frozen| delivery::Frozen {
                record: &frozen.record.0,
                author: &frozen.author_id,
                for_good: frozen.for_good,
                tried: frozen.first_try.is_some(),
            }),
            parts_sent: self.parts_sent,
            has_receipt: self.receipt.is_some(),
        }
    }

    /// Held until a time that has come: a person is asked again, and nothing goes by itself.
    pub fn hold_is_over(&self, now: Timestamp) -> bool {
        self.state == State::Held && self.hold_until.is_some_and(|until| until <= now)
    }

    /// Nothing more becomes of it until a person has decided.
    pub fn asks_person(&self, now: Timestamp) -> bool {
        self.state == State::NeedsYou || self.hold_is_over(now)
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct FrozenPost {
    pub record: Frozen,
    /// The moment of the claim.
    pub at: Timestamp,
    pub author_id: String,
    /// It reached `sending` once: from then on it is resent as it is, resolved or left, never edited.
    pub for_good: bool,
    /// When the post call of the current part was first made.
    pub first_try: Option<Timestamp>,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerRefusal {
    pub code: String,
    /// May quote what was sent.
    pub words: String,
}

quiet_debug!(ServerRefusal { code; words });

/// What is known of an unknown outcome.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenQuestion {
    pub since: Timestamp,
    pub looks: u32,
    /// Looks that succeeded.
    pub looked: u32,
    pub next_look: Timestamp,
    /// The last look told nothing.
    #[serde(default)]
    pub failed: bool,
    /// No answer was lost here: another copy of the folder may have sent it.
    #[serde(default)]
    pub copied: bool,
    /// Where something is that may be it.
    #[serde(default)]
    pub alike: Option<String>,
}

quiet_debug!(OpenQuestion { since, looks, looked, next_look, failed, copied; alike });

impl OpenQuestion {
    pub fn new(since: Timestamp, next_look: Timestamp) -> OpenQuestion {
        OpenQuestion {
            since,
            looks: 0,
            looked: 0,
            next_look,
            failed: false,
            copied: false,
            alike: None,
        }
    }
}

/// One try of one part: a row of `queue show`'s `tries`, and what gap, cap and persona distance count.
#[derive(Clone, Debug, PartialEq)]
pub struct Attempt {
    pub id: AttemptId,
    pub delivery: DeliveryId,
    pub account: AccountId,
    pub n: u32,
    pub part: u32,
    pub began_at: Timestamp,
    /// When `sending` was committed.
    pub sending_at: Option<Timestamp>,
    pub ended_at: Option<Timestamp>,
    pub outcome: Option<String>,
    pub code: Option<String>,
    /// The occurrence that it counts for.
    pub window: Option<String>,
    pub opened: Option<Timestamp>,
    /// Provably never left: counts against nothing.
    pub never_left: bool,
}

/// Append-only. Ids, times, codes and a salted digest; no text.
#[derive(Clone, Debug, PartialEq)]
pub struct JournalEntry {
    pub at: Timestamp,
    pub delivery: Option<DeliveryId>,
    pub attempt: Option<AttemptId>,
    pub account: Option<AccountId>,
    pub event: Event,
    /// Codes and ids only.
    pub detail: Option<String>,
    /// Salted digest of the content, so that the owner can prove what it was.
    pub digest: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    Queued,
    Planned,
    Claimed,
    Staged,
    Sending,
    Sent,
    PartSent,
    PutBack,
    Rejected,
    Unknown,
    Looked,
    Resent,
    NeedsYou,
    Resolved,
    Missed,
    Removed,
    Voided,
    Held,
    /// The time that it was held until has come: it asks again.
    HoldOver,
    Approved,
    Edited,
    VisibilityDiffers,
    /// A person took it down again, or a part of it.
    Deleted,
    Paused,
    Resumed,
    ClockUnsure,
    ClockConfirmed,
    Adopted,
}

impl Event {
    /// Those after which nothing more, or somebody's answer, is waited for.
    pub const OUTCOMES: [Event; 8] = [
        Event::Sent,
        Event::PartSent,
        Event::Rejected,
        Event::Unknown,
        Event::NeedsYou,
        Event::Resolved,
        Event::Missed,
        Event::Removed,
    ];

    /// It says what came of a delivery, and not what is to come of it.
    pub fn is_outcome(self) -> bool {
        Event::OUTCOMES.contains(&self)
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Event::Queued => "queued",
            Event::Planned => "planned",
            Event::Claimed => "claimed",
            Event::Staged => "staged",
            Event::Sending => "sending",
            Event::Sent => "sent",
            Event::PartSent => "part_sent",
            Event::PutBack => "put_back",
            Event::Rejected => "rejected",
            Event::Unknown => "unknown",
            Event::Looked => "looked",
            Event::Resent => "resent",
            Event::NeedsYou => "needs_you",
            Event::Resolved => "resolved",
            Event::Missed => "missed",
            Event::Removed => "removed",
            Event::Voided => "voided",
            Event::Held => "held",
            Event::HoldOver => "hold_over",
            Event::Approved => "approved",
            Event::Edited => "edited",
            Event::VisibilityDiffers => "visibility_differs",
            Event::Deleted => "deleted",
            Event::Paused => "paused",
            Event::Resumed => "resumed",
            Event::ClockUnsure => "clock_unsure",
            Event::ClockConfirmed => "clock_confirmed",
            Event::Adopted => "adopted",
        }
    }
}

/// Nobody calls an account or a server before this moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wait {
    pub until: Timestamp,
    pub why: WaitWhy,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WaitWhy {
    /// It could not be reached, or its answer made no sense.
    Away,
    /// It said no.
    Refused,
    /// It named the moment itself.
    Asked,
}

/// A cleaned picture, kept in the encrypted database.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredPicture {
    pub id: MediaId,
    pub picture: crate::ports::CleanPicture,
    /// Lower-case hex.
    pub sha256: String,
}

/// How long after its exact time a delivery may still start in an open span (RULES.md 2).
pub const EXACT_GRACE: SignedDuration = SignedDuration::from_mins(10);
