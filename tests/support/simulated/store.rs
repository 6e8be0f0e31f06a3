//! The real store, watched: it can refuse, and the process can die before or after any commit.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use jiff::Timestamp;
use kossori_core::delivery::State;
use kossori_core::ids::{AccountId, DeliveryId, DraftId, MediaId};
use kossori_engine::model::{Account, Attempt, Delivery, Draft, JournalEntry, Revision, StoredPicture, Wait};
use kossori_engine::ports::{
    Change, Fault, Frozen, JournalRows, NewTimelinePost, PictureFacts, Store, StoreError, Timeline,
    TimelineError, TimelinePost,
};
use kossori_store::Database;

use super::locked;

/// Where the process dies: at the commit that brings a delivery into a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Die {
    Before(State),
    After(State),
    /// At the server, before and after it has committed.
    ServerBefore,
    ServerAfter,
}

pub struct WatchedStore {
    database: Arc<Database>,
    under_way: AtomicUsize,
    dead: AtomicBool,
    state: Mutex<Watched>,
}

#[derive(Default)]
struct Watched {
    refuses: Option<StoreError>,
    /// Of these no change is legal.
    wrong: BTreeSet<DeliveryId>,
    die: Option<Die>,
    /// The last committed state of each delivery, with what it froze.
    last: Vec<(DeliveryId, State, Option<Frozen>)>,
}

struct UnderWay<'a>(&'a AtomicUsize);

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl WatchedStore {
    pub fn new(database: Arc<Database>) -> WatchedStore {
        WatchedStore {
            database,
            under_way: AtomicUsize::new(0),
            dead: AtomicBool::new(false),
            state: Mutex::default(),
        }
    }

    pub fn is_idle(&self) -> bool {
        self.under_way.load(Ordering::SeqCst) == 0
    }

    /// Every commit answers this and writes nothing.
    pub fn refuse(&self, error: Option<StoreError>) {
        locked(&self.state).refuses = error;
    }

    /// As if no step led on from what is stored of it: damage, or a fault of ours.
    pub fn nothing_is_legal_for(&self, delivery: &str, is_so: bool) {
        let id = DeliveryId(delivery.to_owned());
        let wrong = &mut locked(&self.state).wrong;
        if is_so {
            wrong.insert(id);
        } else {
            wrong.remove(&id);
        }
    }

    pub fn die(&self, die: Die) {
        locked(&self.state).die = Some(die);
    }

    pub fn is_dead(&self) -> bool {
        self.dead.load(Ordering::SeqCst)
    }

    pub fn revive(&self) {
        self.dead.store(false, Ordering::SeqCst);
        locked(&self.state).die = None;
    }

    /// `sending` with exactly this record is committed.
    pub fn is_sending(&self, frozen: &Frozen) -> bool {
        let state = locked(&self.state);
        state
            .last
            .iter()
            .any(|(_, at, record)| *at == State::Sending && record.as_ref() == Some(frozen))
    }

    /// At a point where the process may be told to die; a dead process gets no further.
    pub async fn pass(&self, point: Option<Die>) {
        if point.is_some() && locked(&self.state).die == point {
            self.dead.store(true, Ordering::SeqCst);
        }
        if self.is_dead() {
            std::future::pending::<()>().await;
        }
    }

    async fn begin(&self) -> UnderWay<'_> {
        self.pass(None).await;
        self.under_way.fetch_add(1, Ordering::SeqCst);
        UnderWay(&self.under_way)
    }
}

macro_rules! passed_on {
    ($self:ident, $call:expr) => {{
        let under_way = $self.begin().await;
        let answer = $call.await;
        drop(under_way);
        $self.pass(None).await;
        answer
    }};
}

#[async_trait]
impl Store for WatchedStore {
    async fn commit(&self, changes: Vec<Change>) -> Result<(), StoreError> {
        let states: Vec<(DeliveryId, State, Option<Frozen>)> = changes
            .iter()
            .filter_map(|change| match change {
                Change::Delivery { delivery, .. } | Change::AddDelivery(delivery) => Some((
                    delivery.id.clone(),
                    delivery.state,
                    delivery.frozen.as_ref().map(|frozen| frozen.record.clone()),
                )),
                _ => None,
            })
            .collect();
        for (_, state, _) in &states {
            self.pass(Some(Die::Before(*state))).await;
        }
        if let Some(error) = locked(&self.state).refuses.clone() {
            return Err(error);
        }
        if states
            .iter()
            .any(|(id, ..)| locked(&self.state).wrong.contains(id))
        {
            return Err(StoreError::Illegal);
        }
        let done = passed_on!(self, self.database.commit(changes));
        if done.is_ok() {
            let mut watched = locked(&self.state);
            watched
                .last
                .retain(|(id, _, _)| !states.iter().any(|(changed, _, _)| changed == id));
            watched.last.extend(states.iter().cloned());
        }
        for (_, state, _) in &states {
            self.pass(Some(Die::After(*state))).await;
        }
        done
    }

    fn unwritable(&self) -> Option<StoreError> {
        locked(&self.state).refuses.clone()
    }

    async fn setting(&self, name: &str) -> Result<Option<String>, StoreError> {
        passed_on!(self, self.database.setting(name))
    }

    async fn answered(&self, request: &str) -> Result<Option<String>, StoreError> {
        passed_on!(self, self.database.answered(request))
    }

    async fn accounts(&self) -> Result<Vec<Account>, StoreError> {
        passed_on!(self, self.database.accounts())
    }

    async fn drafts(&self) -> Result<Vec<Draft>, StoreError> {
        passed_on!(self, self.database.drafts())
    }

    async fn draft(&self, id: &DraftId) -> Result<Option<Draft>, StoreError> {
        passed_on!(self, self.database.draft(id))
    }

    async fn draft_count(&self) -> Result<u64, StoreError> {
        passed_on!(self, self.database.draft_count())
    }

    async fn deliveries(&self, states: &[State]) -> Result<Vec<Delivery>, StoreError> {
        passed_on!(self, self.database.deliveries(states))
    }

    async fn delivery(&self, id: &DeliveryId) -> Result<Option<Delivery>, StoreError> {
        passed_on!(self, self.database.delivery(id))
    }

    async fn deliveries_named(&self, ids: &[DeliveryId]) -> Result<Vec<Delivery>, StoreError> {
        passed_on!(self, self.database.deliveries_named(ids))
    }

    async fn deliveries_that_differed(&self) -> Result<Vec<Delivery>, StoreError> {
        passed_on!(self, self.database.deliveries_that_differed())
    }

    async fn last_thread(
        &self,
        account: &AccountId,
        until: Option<Timestamp>,
    ) -> Result<Option<Delivery>, StoreError> {
        passed_on!(self, self.database.last_thread(account, until))
    }

    async fn ranks(&self) -> Result<Option<(i64, i64)>, StoreError> {
        passed_on!(self, self.database.ranks())
    }

    async fn counts(&self) -> Result<Vec<(State, u64)>, StoreError> {
        passed_on!(self, self.database.counts())
    }

    async fn revision(&self, id: &str) -> Result<Option<Revision>, StoreError> {
        passed_on!(self, self.database.revision(id))
    }

    async fn revisions(&self, ids: &[String]) -> Result<Vec<Revision>, StoreError> {
        passed_on!(self, self.database.revisions(ids))
    }

    async fn picture(&self, id: &MediaId) -> Result<Option<StoredPicture>, StoreError> {
        passed_on!(self, self.database.picture(id))
    }

    async fn picture_facts(&self, ids: &[MediaId]) -> Result<Vec<PictureFacts>, StoreError> {
        passed_on!(self, self.database.picture_facts(ids))
    }

    async fn attempts(&self, delivery: &DeliveryId) -> Result<Vec<Attempt>, StoreError> {
        passed_on!(self, self.database.attempts(delivery))
    }

    async fn counted_attempts(&self, since: Timestamp) -> Result<Vec<Attempt>, StoreError> {
        passed_on!(self, self.database.counted_attempts(since))
    }

    async fn waits(&self) -> Result<Vec<(String, Wait)>, StoreError> {
        passed_on!(self, self.database.waits())
    }

    async fn journal(&self, rows: JournalRows) -> Result<Vec<JournalEntry>, StoreError> {
        passed_on!(self, self.database.journal(rows))
    }

    async fn newest_journal(&self) -> Result<Option<Timestamp>, StoreError> {
        passed_on!(self, self.database.newest_journal())
    }
}

#[async_trait]
impl Timeline for WatchedStore {
    async fn publish(&self, post: NewTimelinePost) -> Result<Vec<String>, TimelineError> {
        self.pass(Some(Die::ServerBefore)).await;
        let done = passed_on!(self, self.database.publish(post));
        self.pass(Some(Die::ServerAfter)).await;
        done
    }

    async fn find(&self, account: &AccountId, key: &str) -> Result<Vec<String>, TimelineError> {
        passed_on!(self, self.database.find(account, key))
    }

    async fn posts(&self, account: &AccountId) -> Result<Vec<TimelinePost>, TimelineError> {
        passed_on!(self, self.database.posts(account))
    }

    async fn remove(&self, account: &AccountId, id: &str) -> Result<(), TimelineError> {
        passed_on!(self, self.database.remove(account, id))
    }

    async fn set_fault(&self, account: &AccountId, fault: Option<Fault>) -> Result<(), TimelineError> {
        passed_on!(self, self.database.set_fault(account, fault))
    }

    async fn take_fault(&self, account: &AccountId) -> Result<Option<Fault>, TimelineError> {
        passed_on!(self, self.database.take_fault(account))
    }
}
