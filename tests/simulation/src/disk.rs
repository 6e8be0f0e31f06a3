//! The store of a story: `Memory` behind a disk that can be full, fail a write, lose power, and a process that can die at
//! any call.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use jiff::Timestamp;
use kossori_core::delivery::State;
use kossori_core::ids::{AccountId, DeliveryId, DraftId, MediaId};
use kossori_engine::model::{Account, Attempt, Delivery, Draft, JournalEntry, Revision, StoredPicture, Wait};
use kossori_engine::ports::{
    Change, Clock as _, Fault, Frozen, JournalRows, NewTimelinePost, PictureFacts, Store, StoreError,
    Timeline, TimelineError, TimelinePost,
};

use super::luck::Luck;
use super::memory::Memory;
use crate::clock::SimClock;
use crate::parts::locked;

/// Commits between two moments at which a database that does not sync each of them is surely on the disk.
const CHECKPOINT: usize = 12;

/// Calls that one moment of simulated time may cause before the engine counts as spinning.
const MOST_CALLS_A_MOMENT: u64 = 60_000;

pub struct Disk(Mutex<Inner>, Arc<AtomicBool>);

struct Inner {
    memory: Memory,
    clock: Arc<SimClock>,
    luck: Luck,
    /// `synchronous=NORMAL`: a commit may still be lost to the power.
    syncs_late: bool,
    full: bool,
    unwritable: Option<StoreError>,
    /// The commit that fails, counted down.
    fails_in: Option<u64>,
    /// The call at which the process dies, counted down.
    dies_in: Option<u64>,
    /// So many calls after the next upload.
    dies_after_upload: Option<u64>,
    /// What counts down began with an upload, and no post call has been made since.
    between: bool,
    died_between: u64,
    dead: bool,
    calls: u64,
    /// How many there were when this moment began.
    calls_before: u64,
    practice_faults: u64,
    /// How often practice refused a post of the account.
    practice_refused: BTreeMap<AccountId, u64>,
    /// When each delivery became `missed`, by the machine's clock.
    missed: BTreeMap<DeliveryId, Timestamp>,
    /// Deliveries that were `sending` when a process ended.
    cut_off: BTreeSet<DeliveryId>,
    /// States that a commit brought a delivery into.
    reached: BTreeSet<&'static str>,
    wrote_nothing: u64,
}

impl Disk {
    pub fn new(seed: u64, clock: Arc<SimClock>, syncs_late: bool) -> Disk {
        let inner = Inner {
            memory: Memory::default(),
            clock,
            luck: Luck::stream(seed, 4),
            syncs_late,
            full: false,
            unwritable: None,
            fails_in: None,
            dies_in: None,
            dies_after_upload: None,
            between: false,
            died_between: 0,
            dead: false,
            calls: 0,
            calls_before: 0,
            practice_faults: 0,
            practice_refused: BTreeMap::new(),
            missed: BTreeMap::new(),
            cut_off: BTreeSet::new(),
            reached: BTreeSet::new(),
            wrote_nothing: 0,
        };
        Disk(Mutex::new(inner), Arc::default())
    }

    pub fn set_full(&self, full: bool) {
        locked(&self.0).full = full;
    }

    pub fn fail_in(&self, commits: u64) {
        locked(&self.0).fails_in = Some(commits);
    }

    pub fn die_in(&self, calls: u64) {
        locked(&self.0).dies_in = Some(calls);
    }

    /// The process dies so many calls after its next upload.
    pub fn die_after_upload(&self, calls: u64) {
        locked(&self.0).dies_after_upload = Some(calls);
    }

    pub fn uploads(&self) {
        let mut inner = locked(&self.0);
        if let Some(calls) = inner.dies_after_upload.take() {
            inner.dies_in = Some(calls);
            inner.between = true;
        }
    }

    pub fn posts(&self) {
        locked(&self.0).between = false;
    }

    /// Deaths between an upload and its post call.
    pub fn died_between(&self) -> u64 {
        locked(&self.0).died_between
    }

    /// A process ended when the post call was about to be made, or was: the next one could not know.
    pub fn was_cut_off(&self, delivery: &DeliveryId) -> bool {
        locked(&self.0).cut_off.contains(delivery)
    }

    pub fn practice_faults(&self) -> u64 {
        locked(&self.0).practice_faults
    }

    pub fn practice_refused(&self, account: &str) -> u64 {
        locked(&self.0)
            .practice_refused
            .iter()
            .filter(|(of, _)| of.as_str() == account)
            .map(|(_, times)| times)
            .sum()
    }

    pub fn missed_at(&self, delivery: &DeliveryId) -> Option<Timestamp> {
        locked(&self.0).missed.get(delivery).copied()
    }

    /// A copy of all that is on it.
    pub fn copy(&self) -> Memory {
        locked(&self.0).memory.clone()
    }

    /// What was on it once takes the place of what is.
    pub fn put_back(&self, memory: Memory) {
        locked(&self.0).memory = memory;
    }

    pub fn is_dead(&self) -> bool {
        locked(&self.0).dead
    }

    /// Commits that were refused so far.
    pub fn refused(&self) -> u64 {
        locked(&self.0).wrote_nothing
    }

    /// A new process stands before what the last one left. With the power gone, a disk that syncs late has lost the end.
    pub fn restart(&self, power_was_cut: bool) {
        let mut inner = locked(&self.0);
        let sending = inner.memory.deliveries(&[State::Sending]);
        inner
            .cut_off
            .extend(sending.into_iter().map(|delivery| delivery.id));
        inner.dead = false;
        self.1.store(false, Ordering::SeqCst);
        inner.dies_in = None;
        inner.between = false;
        inner.fails_in = None;
        if power_was_cut && inner.syncs_late {
            let most = inner.memory.unsynced() as u64;
            let lost = inner.luck.below(most + 1);
            inner.memory.forget_last(usize::try_from(lost).unwrap_or(0));
        }
    }

    /// Whether the process has died, for whatever else it could reach.
    pub fn death(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.1)
    }

    pub fn begin_moment(&self) {
        let mut inner = locked(&self.0);
        inner.calls_before = inner.calls;
    }

    pub fn is_spinning(&self) -> bool {
        let inner = locked(&self.0);
        inner.calls - inner.calls_before > MOST_CALLS_A_MOMENT
    }

    pub fn reached(&self) -> BTreeSet<&'static str> {
        locked(&self.0).reached.clone()
    }

    /// `sending` with exactly this record is committed.
    pub fn is_sending(&self, frozen: &Frozen) -> bool {
        let sending = locked(&self.0).memory.deliveries(&[State::Sending]);
        sending
            .iter()
            .any(|delivery| delivery.frozen.as_ref().is_some_and(|of| &of.record == frozen))
    }

    /// Past the engine: what is on the disk.
    pub fn look<T>(&self, look: impl FnOnce(&Memory) -> T) -> T {
        look(&locked(&self.0).memory)
    }

    /// Every call of the process passes here. A dead process gets no further, and others may go first.
    pub async fn pass(&self) {
        let (dead, yields) = {
            let mut inner = locked(&self.0);
            inner.calls += 1;
            match &mut inner.dies_in {
                Some(0) => {
                    inner.died_between += u64::from(inner.between && !inner.dead);
                    inner.dead = true;
                }
                Some(left) => *left -= 1,
                None => {}
            }
            let spins = inner.calls - inner.calls_before > MOST_CALLS_A_MOMENT;
            self.1.store(inner.dead, Ordering::SeqCst);
            (inner.dead || spins, inner.luck.percent(25))
        };
        if dead {
            std::future::pending::<()>().await;
        }
        if yields {
            tokio::task::yield_now().await;
        }
    }

    fn write(&self, changes: Vec<Change>) -> Result<(), StoreError> {
        let mut inner = locked(&self.0);
        let fails = match &mut inner.fails_in {
            Some(0) => {
                inner.fails_in = None;
                true
            }
            Some(left) => {
                *left -= 1;
                false
            }
            None => false,
        };
        if inner.full || fails {
            inner.wrote_nothing += 1;
            let error = if inner.full {
                StoreError::Full
            } else {
                StoreError::Broken
            };
            inner.unwritable = (error == StoreError::Full).then_some(error.clone());
            return Err(error);
        }
        let states: Vec<(DeliveryId, State)> = changes
            .iter()
            .filter_map(|change| match change {
                Change::Delivery { delivery, .. } | Change::AddDelivery(delivery) => {
                    Some((delivery.id.clone(), delivery.state))
                }
                _ => None,
            })
            .collect();
        inner.memory.commit(changes)?;
        inner.unwritable = None;
        inner
            .reached
            .extend(states.iter().map(|(_, state)| state.as_str()));
        let now = inner.clock.now();
        let missed = states.into_iter().filter(|(_, state)| *state == State::Missed);
        inner.missed.extend(missed.map(|(id, _)| (id, now)));
        if !inner.syncs_late || inner.memory.unsynced() >= CHECKPOINT {
            inner.memory.synced();
        }
        Ok(())
    }
}

macro_rules! asked {
    ($self:ident, $memory:ident => $answer:expr) => {{
        $self.pass().await;
        let answer = {
            #[allow(unused_mut, reason = "some questions change something")]
            let mut inner = locked(&$self.0);
            let $memory = &mut inner.memory;
            $answer
        };
        $self.pass().await;
        Ok(answer)
    }};
}

#[async_trait]
impl Store for Disk {
    async fn commit(&self, changes: Vec<Change>) -> Result<(), StoreError> {
        self.pass().await;
        let done = self.write(changes);
        self.pass().await;
        done
    }

    fn unwritable(&self) -> Option<StoreError> {
        locked(&self.0).unwritable.clone()
    }

    async fn waits(&self) -> Result<Vec<(String, Wait)>, StoreError> {
        asked!(self, memory => memory.waits())
    }

    async fn setting(&self, name: &str) -> Result<Option<String>, StoreError> {
        asked!(self, memory => memory.setting(name))
    }

    async fn answered(&self, request: &str) -> Result<Option<String>, StoreError> {
        asked!(self, memory => memory.answered(request))
    }

    async fn accounts(&self) -> Result<Vec<Account>, StoreError> {
        asked!(self, memory => memory.accounts())
    }

    async fn drafts(&self) -> Result<Vec<Draft>, StoreError> {
        asked!(self, memory => memory.drafts())
    }

    async fn draft(&self, id: &DraftId) -> Result<Option<Draft>, StoreError> {
        asked!(self, memory => memory.draft(id))
    }

    async fn draft_count(&self) -> Result<u64, StoreError> {
        asked!(self, memory => memory.drafts().len() as u64)
    }

    async fn deliveries(&self, states: &[State]) -> Result<Vec<Delivery>, StoreError> {
        asked!(self, memory => memory.deliveries(states))
    }

    async fn delivery(&self, id: &DeliveryId) -> Result<Option<Delivery>, StoreError> {
        asked!(self, memory => memory.delivery(id))
    }

    async fn deliveries_named(&self, ids: &[DeliveryId]) -> Result<Vec<Delivery>, StoreError> {
        asked!(self, memory => memory.deliveries_named(ids))
    }

    async fn deliveries_that_differed(&self) -> Result<Vec<Delivery>, StoreError> {
        asked!(self, memory => memory.deliveries_that_differed())
    }

    async fn last_thread(
        &self,
        account: &AccountId,
        until: Option<Timestamp>,
    ) -> Result<Option<Delivery>, StoreError> {
        asked!(self, memory => memory.last_thread(account, until))
    }

    async fn ranks(&self) -> Result<Option<(i64, i64)>, StoreError> {
        asked!(self, memory => memory.ranks())
    }

    async fn counts(&self) -> Result<Vec<(State, u64)>, StoreError> {
        asked!(self, memory => memory.counts())
    }

    async fn revision(&self, id: &str) -> Result<Option<Revision>, StoreError> {
        asked!(self, memory => memory.revisions(&[id.to_owned()]).into_iter().next())
    }

    async fn revisions(&self, ids: &[String]) -> Result<Vec<Revision>, StoreError> {
        asked!(self, memory => memory.revisions(ids))
    }

    async fn picture(&self, id: &MediaId) -> Result<Option<StoredPicture>, StoreError> {
        asked!(self, memory => memory.picture(id))
    }

    async fn picture_facts(&self, ids: &[MediaId]) -> Result<Vec<PictureFacts>, StoreError> {
        asked!(self, memory => memory.picture_facts(ids))
    }

    async fn attempts(&self, delivery: &DeliveryId) -> Result<Vec<Attempt>, StoreError> {
        asked!(self, memory => memory.attempts(delivery))
    }

    async fn counted_attempts(&self, since: Timestamp) -> Result<Vec<Attempt>, StoreError> {
        asked!(self, memory => memory.counted_attempts(since))
    }

    async fn journal(&self, rows: JournalRows) -> Result<Vec<JournalEntry>, StoreError> {
        asked!(self, memory => memory.journal(rows))
    }

    async fn newest_journal(&self) -> Result<Option<Timestamp>, StoreError> {
        asked!(self, memory => memory.newest_journal())
    }
}

#[async_trait]
impl Timeline for Disk {
    async fn publish(&self, post: NewTimelinePost) -> Result<Vec<String>, TimelineError> {
        asked!(self, memory => memory.publish(&post))
    }

    async fn find(&self, account: &AccountId, key: &str) -> Result<Vec<String>, TimelineError> {
        asked!(self, memory => memory.find(account, key))
    }

    async fn posts(&self, account: &AccountId) -> Result<Vec<TimelinePost>, TimelineError> {
        asked!(self, memory => memory.timeline(account))
    }

    async fn remove(&self, account: &AccountId, id: &str) -> Result<(), TimelineError> {
        asked!(self, memory => memory.remove(account, id))
    }

    async fn set_fault(&self, account: &AccountId, fault: Option<Fault>) -> Result<(), TimelineError> {
        asked!(self, memory => memory.set_fault(account, fault))
    }

    async fn take_fault(&self, account: &AccountId) -> Result<Option<Fault>, TimelineError> {
        let taken: Result<Option<Fault>, TimelineError> = asked!(self, memory => memory.take_fault(account));
        if let Ok(Some(fault)) = &taken {
            let mut inner = locked(&self.0);
            inner.practice_faults += 1;
            if *fault == Fault::Refuse {
                *inner.practice_refused.entry(account.clone()).or_default() += 1;
            }
        }
        taken
    }
}
