//! The engine itself: the ports it asks, what it remembers between two ticks, and the tick.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Deref;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};
use kossori_core::clock::{Baseline, Doubt};
use kossori_core::cost::PaidPart;
use kossori_core::ids::{AccountId, DeliveryId};
use kossori_core::lookup::LookTimes;
use kossori_core::proxy::ProxyKind;
use tokio::sync::{Notify, broadcast};

use crate::model::JournalEntry;
use crate::patience::{Overslept, Waited};
use crate::planning::RulesRead;
use crate::ports::{Autostart, Clock, Ids, Loopback, Media, Publishers, Store, Timeline, Vault};
use crate::secret::Secret;
use crate::signing_in::SignIns;
use crate::tokens::HeldTokens;
use crate::unlocking::{KeyringWait, Watch};
use crate::waits::Waits;

pub struct Ports {
    pub store: Arc<dyn Store>,
    pub vault: Arc<dyn Vault>,
    pub clock: Arc<dyn Clock>,
    pub ids: Arc<dyn Ids>,
    pub media: Arc<dyn Media>,
    pub timeline: Arc<dyn Timeline>,
    pub publishers: Arc<dyn Publishers>,
    pub autostart: Arc<dyn Autostart>,
    pub loopback: Arc<dyn Loopback>,
}

/// Only the resident and `run` publish. A command's host answers its command and does nothing else: it claims
/// nothing, looks nothing up, refreshes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    Resident,
    Run,
    Command,
}

impl Role {
    pub fn publishes(self) -> bool {
        self != Role::Command
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Role::Resident => "resident",
            Role::Run => "run",
            Role::Command => "none",
        }
    }
}

/// What a host may set, and tests do.
#[derive(Clone, Debug)]
pub struct Settings {
    pub looks: LookTimes,
    /// The post call's own limit (RULES.md 3).
    pub post_limit: SignedDuration,
    /// After a call that got nowhere, the account's next one waits at least this long.
    pub backoff: SignedDuration,
    /// A whole sign-in: each of its calls has a limit of its own, and a server could use up every one of them.
    pub sign_in_limit: SignedDuration,
    /// A fault put in on purpose.
    #[cfg(feature = "planted")]
    pub bug: Option<crate::bug::Bug>,
}

/// As long as a person waits before they think that nothing happens any more.
const SIGN_IN_LIMIT: SignedDuration = SignedDuration::from_secs(60);

impl Default for Settings {
    fn default() -> Self {
        Settings {
            looks: LookTimes::default(),
            post_limit: SignedDuration::from_secs(30),
            backoff: SignedDuration::from_secs(30),
            sign_in_limit: SIGN_IN_LIMIT,
            #[cfg(feature = "planted")]
            bug: None,
        }
    }
}

/// A machine that is awake so long after it was about to sleep did not sleep, or its waking went unheard.
const SLEEP_COUNTS: SignedDuration = SignedDuration::from_secs(60);

pub struct Engine {
    pub(crate) ports: Ports,
    pub(crate) role: Role,
    pub(crate) settings: Settings,
    /// Held by whoever reads, decides and commits: decisions are made one after another.
    pub(crate) gate: tokio::sync::Mutex<()>,
    /// One picture at a time is worked on, so that no more than one is in memory.
    pub(crate) pictures: tokio::sync::Mutex<()>,
    /// Something changed: the ticker looks again.
    pub(crate) wake: Notify,
    pub(crate) events: broadcast::Sender<kossori_api::Event>,
    memory: Mutex<Memory>,
    retiring: AtomicBool,
    /// Requests that are being answered, by their ids: one that is sent again meanwhile waits for its answer.
    pub(crate) answering: Mutex<BTreeMap<String, Arc<tokio::sync::Mutex<()>>>>,
}

/// An account is spoken for by one attempt, look or fetch at a time. It is free again when this is dropped, however
/// that comes about.
pub(crate) struct Busy<E: Deref<Target = Engine>> {
    engine: E,
    account: AccountId,
}

impl<E: Deref<Target = Engine>> Drop for Busy<E> {
    fn drop(&mut self) {
        self.engine.memory().busy.remove(&self.account);
        self.engine.tell_changed();
    }
}

/// What is known only while the process lives.
#[derive(Default)]
pub(crate) struct Memory {
    pub baseline: Option<Baseline>,
    pub doubt: Option<ClockDoubt>,
    /// Rows about it that the journal does not have yet.
    pub clock_rows: Vec<JournalEntry>,
    /// A signed-in server's `Date` agreed with the clock since this process started, or a person confirmed it.
    pub clock_checked: bool,
    /// Since when, counted from boot, the machine has said that it is about to sleep.
    pub sleeps_since: Option<SignedDuration>,
    /// What is paid for of each wording that waits, by revision.
    pub paid_parts: BTreeMap<String, Arc<[PaidPart]>>,
    pub rules_read: Option<RulesRead>,
    /// A copy or a restored folder, not adopted yet.
    pub folder_is_a_copy: bool,
    pub tokens: BTreeMap<AccountId, HeldTokens>,
    /// Read and forgotten with the tokens.
    pub proxies: BTreeMap<AccountId, Secret>,
    /// What a person has set since this process began, or the keyring said: an account that was read before is older than that.
    pub proxies_set: BTreeMap<AccountId, Option<ProxyKind>>,
    /// Accounts with an attempt or a look under way; see [`Busy`].
    pub busy: BTreeSet<AccountId>,
    /// A look could not be written down: none before this moment.
    pub unwritten: Option<Timestamp>,
    /// The newest journal row when last looked.
    pub newest_row: Option<Timestamp>,
    /// Rows up to here may lie ahead of the clock: it was set right after they were written.
    pub known_rows: Option<Timestamp>,
    /// Since when what waits has been waiting.
    pub waited: Waited,
    /// Whom nobody calls for now.
    pub waits: Waits,
    /// The store could not be written or read: none of these accounts before this moment.
    pub backoff: BTreeMap<AccountId, Timestamp>,
    /// A change of them was refused as illegal: nothing becomes of them by itself. Known while the process lives.
    pub stopped: BTreeSet<DeliveryId>,
    /// Parts of them are being taken down; see `deleting`.
    pub deleting: BTreeSet<DeliveryId>,
    pub overslept: Overslept,
    /// When something last looked what is due.
    pub ticked: Option<Timestamp>,
    /// The keyring was locked or away when last asked.
    pub keyring: Option<crate::ports::VaultError>,
    /// Accounts whose tokens it did not give; see `unlocking`.
    pub keyring_waits: BTreeMap<AccountId, KeyringWait>,
    /// Sign-ins that wait for a person in the browser, by their ids.
    pub signing_in: SignIns,
    /// Listens for its signal.
    pub keyring_watch: Option<Watch>,
    /// Holds that are over and that the journal tells of, with the time that they were held until.
    pub holds_told: BTreeSet<(DeliveryId, Timestamp)>,
    /// A `sending` that a fault put in on purpose keeps back.
    pub written_late: Vec<crate::ports::Change>,
    /// Sent, rejected since start: `run` tells them.
    pub sent: u64,
    pub rejected: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ClockDoubt {
    Local(Doubt),
    /// A signed-in server's `Date` is more than two minutes off.
    ServerDisagrees,
}

impl Engine {
    pub fn new(ports: Ports, role: Role, settings: Settings) -> Arc<Engine> {
        let (events, _) = broadcast::channel(64);
        Arc::new(Engine {
            ports,
            role,
            settings,
            gate: tokio::sync::Mutex::new(()),
            pictures: tokio::sync::Mutex::new(()),
            wake: Notify::new(),
            events,
            memory: Mutex::new(Memory::default()),
            retiring: AtomicBool::new(false),
            answering: Mutex::default(),
        })
    }

    /// The folder is a copy, or was restored: nothing goes out until a person adopts it.
    pub fn set_folder_is_a_copy(&self, copy: bool) {
        self.memory().folder_is_a_copy = copy;
        self.wake.notify_one();
    }

    /// The machine said that it is about to sleep (RULES.md 7), or that it woke. Until then nothing is claimed and no
    /// post call begins: one that the sleep cut off would end as unknown.
    pub fn set_machine_sleeps(&self, sleeps: bool) {
        self.memory().sleeps_since = sleeps.then(|| self.since_boot());
        self.wake.notify_one();
    }

    /// For how much longer that word counts. Time asleep is counted too, so a word that was never taken back stops
    /// nothing for longer than [`SLEEP_COUNTS`].
    pub fn sleeps_for(&self) -> Option<SignedDuration> {
        let since = self.memory().sleeps_since?;
        let left = SLEEP_COUNTS - (self.since_boot() - since);
        left.is_positive().then_some(left)
    }

    /// The person is back, and a keyring that was locked may be open now: who waited to ask it again need not wait on.
    pub fn look_again(&self) {
        self.ask_keyring_once_more();
        self.wake.notify_one();
    }

    pub fn events(&self) -> broadcast::Receiver<kossori_api::Event> {
        self.events.subscribe()
    }

    /// Ends when something may have changed that the last tick did not see.
    pub async fn changed(&self) {
        self.wake.notified().await;
    }

    pub fn role(&self) -> Role {
        self.role
    }

    /// Claims nothing more. What is sending is finished; `is_busy` says whether anything is.
    pub fn retire(&self) {
        self.tell(kossori_api::Event::Retiring);
        self.give_way();
    }

    /// The same without telling anybody: the host goes on, with another engine.
    pub fn give_way(&self) {
        self.retiring.store(true, Ordering::SeqCst);
        self.wake.notify_one();
    }

    pub fn is_retiring(&self) -> bool {
        self.retiring.load(Ordering::SeqCst)
    }

    pub fn is_busy(&self) -> bool {
        !self.memory().busy.is_empty()
    }

    /// `None` while somebody else speaks for the account.
    pub(crate) fn occupy(self: &Arc<Self>, account: &AccountId) -> Option<Busy<Arc<Engine>>> {
        let free = self.memory().busy.insert(account.clone());
        free.then(|| Busy {
            engine: Arc::clone(self),
            account: account.clone(),
        })
    }

    /// Waits until nobody else speaks for the account.
    pub(crate) async fn wait_to_occupy(&self, account: &AccountId) -> Busy<&Engine> {
        // Listening begins before the look, so that no end is missed.
        let mut events = self.events();
        while !self.memory().busy.insert(account.clone()) {
            // Lagging behind is news enough to look again.
            let _ = events.recv().await;
        }
        Busy {
            engine: self,
            account: account.clone(),
        }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.ports.clock.now()
    }

    /// Never held across an await.
    pub(crate) fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn tell(&self, event: kossori_api::Event) {
        // Nobody listening is fine.
        let _ = self.events.send(event);
    }

    pub(crate) fn tell_changed(&self) {
        self.tell(kossori_api::Event::Changed);
        self.wake.notify_one();
    }

    pub(crate) fn since_boot(&self) -> SignedDuration {
        SignedDuration::try_from(self.ports.clock.since_boot()).unwrap_or(SignedDuration::MAX)
    }
}
