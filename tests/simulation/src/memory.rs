//! A store in memory that answers as the real one does, and can be taken apart: it is what a disk would still hold. That
//! it answers alike is tested in `likeness.rs`, change by change, beside the database.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use kossori_core::delivery::{State, may_become};
use kossori_core::ids::{AccountId, DeliveryId, DraftId, MediaId};
use kossori_engine::model::{
    Account, Attempt, Delivery, Draft, Event, JournalEntry, Post, Revision, StoredPicture, Wait,
};
use kossori_engine::ports::{Change, Fault, NewTimelinePost, PictureFacts, StoreError, TimelinePost};

/// How long an answer is remembered.
const REMEMBERED: SignedDuration = SignedDuration::from_hours(1);
/// Rows of an attempt in the journal, and from where on repeats get none of their own.
const MOST_ROWS: usize = 20;
const SPARING_FROM: usize = 12;

#[derive(Clone, Default)]
pub struct Memory {
    settings: BTreeMap<String, String>,
    accounts: BTreeMap<AccountId, Account>,
    drafts: BTreeMap<DraftId, Draft>,
    posts: BTreeMap<String, Post>,
    revisions: BTreeMap<String, Revision>,
    pictures: BTreeMap<MediaId, StoredPicture>,
    deliveries: BTreeMap<DeliveryId, Delivery>,
    attempts: Vec<Attempt>,
    journal: Vec<Row>,
    answered: BTreeMap<String, (String, Timestamp)>,
    waits: BTreeMap<String, Wait>,
    timeline: Vec<(AccountId, TimelinePost)>,
    faults: BTreeMap<AccountId, Fault>,
    /// How to take back each commit since the last that is surely on the disk, the oldest first.
    unsynced: Vec<Vec<Undo>>,
}

#[derive(Clone)]
struct Row {
    entry: JournalEntry,
    repeated_at: Option<Timestamp>,
}

/// What was there before a change.
#[derive(Clone)]
enum Undo {
    Setting(String, Option<String>),
    Account(AccountId, Option<Account>),
    Draft(DraftId, Option<Draft>),
    Post(String),
    Revision(String),
    Picture(MediaId),
    Delivery(DeliveryId, Option<Box<Delivery>>),
    AttemptAdded,
    Attempt(usize, Box<Attempt>),
    RowAdded,
    Repeated(usize, Option<Timestamp>),
    Answered(String, Option<(String, Timestamp)>),
    Wait(String, Option<Wait>),
}

impl Memory {
    /// All of them or none.
    pub fn commit(&mut self, changes: Vec<Change>) -> Result<(), StoreError> {
        let mut undo = Vec::new();
        for change in changes {
            if let Err(error) = self.apply(change, &mut undo) {
                self.take_back(undo);
                return Err(error);
            }
        }
        self.unsynced.push(undo);
        Ok(())
    }

    /// Every commit so far is on the disk.
    pub fn synced(&mut self) {
        self.unsynced.clear();
    }

    pub fn unsynced(&self) -> usize {
        self.unsynced.len()
    }

    /// The power goes, and the last `commits` were not on the disk yet.
    pub fn forget_last(&mut self, commits: usize) {
        for _ in 0..commits {
            if let Some(undo) = self.unsynced.pop() {
                self.take_back(undo);
            }
        }
        self.unsynced.clear();
    }

    fn take_back(&mut self, undo: Vec<Undo>) {
        for step in undo.into_iter().rev() {
            match step {
                Undo::Setting(name, before) => put_back(&mut self.settings, name, before),
                Undo::Account(id, before) => put_back(&mut self.accounts, id, before),
                Undo::Draft(id, before) => put_back(&mut self.drafts, id, before),
                Undo::Post(id) => drop(self.posts.remove(&id)),
                Undo::Revision(id) => drop(self.revisions.remove(&id)),
                Undo::Picture(id) => drop(self.pictures.remove(&id)),
                Undo::Delivery(id, before) => put_back(&mut self.deliveries, id, before.map(|row| *row)),
                Undo::AttemptAdded => drop(self.attempts.pop()),
                Undo::Attempt(index, before) => self.attempts[index] = *before,
                Undo::RowAdded => drop(self.journal.pop()),
                Undo::Repeated(index, before) => self.journal[index].repeated_at = before,
                Undo::Answered(request, before) => put_back(&mut self.answered, request, before),
                Undo::Wait(who, before) => put_back(&mut self.waits, who, before),
            }
        }
    }

    fn apply(&mut self, change: Change, undo: &mut Vec<Undo>) -> Result<(), StoreError> {
        match change {
            Change::PutSetting { name, json } => {
                let before = self.settings.insert(name.to_owned(), json);
                undo.push(Undo::Setting(name.to_owned(), before));
            }
            Change::AddAccount(account) => {
                stale_if(self.accounts.contains_key(&account.id))?;
                undo.push(Undo::Account(account.id.clone(), None));
                self.accounts.insert(account.id.clone(), account);
            }
            Change::UpdateAccount(account) => {
                let slot = self.accounts.get_mut(&account.id).ok_or(StoreError::Stale)?;
                undo.push(Undo::Account(account.id.clone(), Some(slot.clone())));
                *slot = account;
            }
            Change::RemoveAccount(id) => {
                let open = self
                    .deliveries
                    .values()
                    .any(|d| d.account == id && !d.state.is_final());
                stale_if(open)?;
                let before = self.accounts.remove(&id).ok_or(StoreError::Stale)?;
                undo.push(Undo::Account(id, Some(before)));
            }
            Change::AddDraft(draft) => {
                stale_if(self.drafts.contains_key(&draft.id))?;
                undo.push(Undo::Draft(draft.id.clone(), None));
                self.drafts.insert(draft.id.clone(), draft);
            }
            Change::UpdateDraft { draft, base_rev } => {
                let slot = self.drafts.get_mut(&draft.id).ok_or(StoreError::Stale)?;
                stale_if(slot.rev != base_rev)?;
                undo.push(Undo::Draft(draft.id.clone(), Some(slot.clone())));
                *slot = draft;
            }
            Change::RemoveDraft(id) => {
                let before = self.drafts.remove(&id).ok_or(StoreError::Stale)?;
                undo.push(Undo::Draft(id, Some(before)));
            }
            Change::AddPost(post) => {
                let id = post.id.as_str().to_owned();
                stale_if(self.posts.contains_key(&id))?;
                undo.push(Undo::Post(id.clone()));
                self.posts.insert(id, post);
            }
            Change::AddRevision(revision) => {
                let known = self.posts.contains_key(revision.post.as_str());
                stale_if(!known || self.revisions.contains_key(&revision.id))?;
                undo.push(Undo::Revision(revision.id.clone()));
                self.revisions.insert(revision.id.clone(), revision);
            }
            Change::AddPicture(picture) => {
                stale_if(self.pictures.contains_key(&picture.id))?;
                undo.push(Undo::Picture(picture.id.clone()));
                self.pictures.insert(picture.id.clone(), picture);
            }
            Change::AddDelivery(delivery) => self.add_delivery(*delivery, undo)?,
            Change::Delivery { expect, delivery } => {
                let slot = self.deliveries.get_mut(&delivery.id).ok_or(StoreError::Stale)?;
                let attempt_fits = expect.attempt.is_none() || slot.attempt == expect.attempt;
                stale_if(slot.state != expect.state || !attempt_fits)?;
                if may_become(&slot.standing(), &delivery.standing()).is_err() {
                    return Err(StoreError::Illegal);
                }
                let before = slot.clone();
                *slot = Delivery {
                    rank: before.rank,
                    ..*delivery
                };
                undo.push(Undo::Delivery(before.id.clone(), Some(Box::new(before))));
            }
            Change::Plan { id, planned } => {
                let slot = self.deliveries.get_mut(&id).ok_or(StoreError::Stale)?;
                stale_if(!matches!(slot.state, State::Queued | State::Held))?;
                undo.push(Undo::Delivery(id, Some(Box::new(slot.clone()))));
                slot.planned = planned;
            }
            Change::Rank { id, rank } => {
                let slot = self.deliveries.get_mut(&id).ok_or(StoreError::Stale)?;
                stale_if(slot.state.is_final())?;
                undo.push(Undo::Delivery(id, Some(Box::new(slot.clone()))));
                slot.rank = rank;
            }
            Change::AddAttempt(attempt) => {
                let same = |a: &Attempt| a.id == attempt.id && a.part == attempt.part;
                let live = |a: &Attempt| a.delivery == attempt.delivery && a.ended_at.is_none();
                let one_more = attempt.ended_at.is_none() && self.attempts.iter().any(live);
                stale_if(one_more || self.attempts.iter().any(same))?;
                stale_if(!self.deliveries.contains_key(&attempt.delivery))?;
                undo.push(Undo::AttemptAdded);
                self.attempts.push(attempt);
            }
            Change::UpdateAttempt(attempt) => {
                let place = self.attempts.iter().position(|a| {
                    a.id == attempt.id && a.part == attempt.part && a.delivery == attempt.delivery
                });
                let index = place.ok_or(StoreError::Stale)?;
                undo.push(Undo::Attempt(index, Box::new(self.attempts[index].clone())));
                self.attempts[index] = attempt;
            }
            Change::Journal(entry) => self.add_row(entry, undo),
            Change::Wait { who, wait } => {
                undo.push(Undo::Wait(who.clone(), self.waits.get(&who).copied()));
                put_back(&mut self.waits, who, wait);
            }
            Change::Answered { request, answer, at } => {
                let forgotten = at.checked_sub(REMEMBERED).unwrap_or(Timestamp::MIN);
                let old: Vec<String> = self
                    .answered
                    .iter()
                    .filter(|(_, (_, at))| *at < forgotten)
                    .map(|(request, _)| request.clone())
                    .collect();
                for request in old {
                    let before = self.answered.remove(&request);
                    undo.push(Undo::Answered(request, before));
                }
                stale_if(self.answered.contains_key(&request))?;
                undo.push(Undo::Answered(request.clone(), None));
                self.answered.insert(request, (answer.0, at));
            }
        }
        Ok(())
    }

    fn add_delivery(&mut self, delivery: Delivery, undo: &mut Vec<Undo>) -> Result<(), StoreError> {
        let known = self.accounts.contains_key(&delivery.account)
            && self.posts.contains_key(delivery.post.as_str())
            && self.revisions.contains_key(&delivery.revision);
        stale_if(!known || self.deliveries.contains_key(&delivery.id))?;
        undo.push(Undo::Delivery(delivery.id.clone(), None));
        self.deliveries.insert(delivery.id.clone(), delivery);
        Ok(())
    }

    fn add_row(&mut self, entry: JournalEntry, undo: &mut Vec<Undo>) {
        if let Some(index) = self.repeated(&entry) {
            let row = &mut self.journal[index];
            undo.push(Undo::Repeated(index, row.repeated_at));
            row.repeated_at = row.repeated_at.max(Some(entry.at));
            return;
        }
        undo.push(Undo::RowAdded);
        self.journal.push(Row {
            entry,
            repeated_at: None,
        });
    }

    /// The row that counts the entry instead of a row of its own.
    fn repeated(&self, entry: &JournalEntry) -> Option<usize> {
        entry.attempt.as_ref()?;
        let rows: Vec<usize> = (0..self.journal.len())
            .rev()
            .filter(|index| self.journal[*index].entry.attempt == entry.attempt)
            .collect();
        let newest = *rows.first()?;
        let same = |index: &usize| self.journal[*index].entry.event == entry.event;
        if same(&newest) && self.journal[newest].entry.detail == entry.detail {
            return Some(newest);
        }
        if rows.len() < SPARING_FROM {
            return None;
        }
        let spared = rows.iter().copied().find(|index| same(index));
        spared.or((rows.len() >= MOST_ROWS).then_some(newest))
    }
}

/// The questions that the engine asks.
impl Memory {
    pub fn setting(&self, name: &str) -> Option<String> {
        self.settings.get(name).cloned()
    }

    pub fn answered(&self, request: &str) -> Option<String> {
        self.answered.get(request).map(|(answer, _)| answer.clone())
    }

    pub fn waits(&self) -> Vec<(String, Wait)> {
        self.waits
            .iter()
            .map(|(who, wait)| (who.clone(), *wait))
            .collect()
    }

    pub fn accounts(&self) -> Vec<Account> {
        let mut all: Vec<Account> = self.accounts.values().cloned().collect();
        all.sort_by(|a, b| (a.added_at, &a.id).cmp(&(b.added_at, &b.id)));
        all
    }

    pub fn drafts(&self) -> Vec<Draft> {
        let mut all: Vec<Draft> = self.drafts.values().cloned().collect();
        all.sort_by(|a, b| (b.updated_at, &b.id).cmp(&(a.updated_at, &a.id)));
        all
    }

    pub fn draft(&self, id: &DraftId) -> Option<Draft> {
        self.drafts.get(id).cloned()
    }

    pub fn deliveries(&self, states: &[State]) -> Vec<Delivery> {
        let wanted = self.deliveries.values().filter(|d| states.contains(&d.state));
        let mut all: Vec<Delivery> = wanted.cloned().collect();
        all.sort_by(|a, b| (a.rank, &a.id).cmp(&(b.rank, &b.id)));
        all
    }

    pub fn delivery(&self, id: &DeliveryId) -> Option<Delivery> {
        self.deliveries.get(id).cloned()
    }

    pub fn ranks(&self) -> Option<(i64, i64)> {
        let ranks = || self.deliveries.values().map(|d| d.rank);
        ranks().min().zip(ranks().max())
    }

    pub fn counts(&self) -> Vec<(State, u64)> {
        let mut counts: BTreeMap<&str, (State, u64)> = BTreeMap::new();
        for delivery in self.deliveries.values() {
            counts
                .entry(delivery.state.as_str())
                .or_insert((delivery.state, 0))
                .1 += 1;
        }
        counts.into_values().collect()
    }

    pub fn revisions(&self, ids: &[String]) -> Vec<Revision> {
        let named = self.revisions.values().filter(|r| ids.contains(&r.id));
        let mut all: Vec<Revision> = named.cloned().collect();
        all.sort_by(|a, b| (a.created_at, &a.id).cmp(&(b.created_at, &b.id)));
        all
    }

    pub fn picture(&self, id: &MediaId) -> Option<StoredPicture> {
        self.pictures.get(id).cloned()
    }

    pub fn picture_facts(&self, ids: &[MediaId]) -> Vec<PictureFacts> {
        let named = self.pictures.values().filter(|p| ids.contains(&p.id));
        named
            .map(|stored| PictureFacts {
                id: stored.id.clone(),
                mime: stored.picture.mime.clone(),
                width: stored.picture.width,
                height: stored.picture.height,
                bytes: stored.picture.bytes.len() as u64,
                sha256: stored.sha256.clone(),
            })
            .collect()
    }

    pub fn attempts(&self, delivery: &DeliveryId) -> Vec<Attempt> {
        let of = self.attempts.iter().filter(|a| &a.delivery == delivery);
        let mut all: Vec<Attempt> = of.cloned().collect();
        all.sort_by(|a, b| (a.n, a.part, a.began_at, &a.id).cmp(&(b.n, b.part, b.began_at, &b.id)));
        all
    }

    pub fn counted_attempts(&self, since: Timestamp) -> Vec<Attempt> {
        let counts = |a: &&Attempt| a.sending_at.is_some_and(|at| at >= since) && !a.never_left;
        let mut all: Vec<Attempt> = self.attempts.iter().filter(counts).cloned().collect();
        all.sort_by(|a, b| (a.sending_at, &a.id, a.part).cmp(&(b.sending_at, &b.id, b.part)));
        all
    }

    pub fn journal(&self, since: Option<Timestamp>) -> Vec<JournalEntry> {
        let rows = self.journal.iter().map(|row| &row.entry);
        let mut all: Vec<JournalEntry> = rows
            .filter(|entry| since.is_none_or(|since| entry.at >= since))
            .cloned()
            .collect();
        all.sort_by_key(|entry| entry.at);
        all
    }

    /// Rows from before the clock was last confirmed are none: whoever confirmed it knew of them.
    pub fn newest_journal(&self) -> Option<Timestamp> {
        let confirmed = |row: &Row| row.entry.event == Event::ClockConfirmed;
        let since = self.journal.iter().rposition(confirmed).unwrap_or(0);
        let rows = || self.journal[since..].iter();
        let counts = |row: &&Row| row.entry.event != Event::ClockUnsure;
        let row = rows().filter(counts).map(|row| row.entry.at).max();
        row.max(rows().filter_map(|row| row.repeated_at).max())
    }
}

/// The practice network's own.
impl Memory {
    pub fn publish(&mut self, post: &NewTimelinePost) -> Vec<String> {
        let there = self.find(&post.account, &post.key);
        if !there.is_empty() {
            return there;
        }
        let mut ids: Vec<String> = Vec::new();
        for (number, part) in (0_u32..).zip(&post.parts) {
            let id = format!("p-{}-{}-{number}", post.account, post.key);
            let posted = TimelinePost {
                id: id.clone(),
                key: post.key.clone(),
                part: number,
                text: part.text.clone(),
                published_at: post.published_at,
                reply_to: part.reply_to.clone().or_else(|| ids.last().cloned()),
                cw: part.cw.clone(),
                pictures: part.pictures.clone(),
            };
            self.timeline.push((post.account.clone(), posted));
            ids.push(id);
        }
        ids
    }

    pub fn find(&self, account: &AccountId, key: &str) -> Vec<String> {
        let mine = self
            .timeline
            .iter()
            .filter(|(of, post)| of == account && post.key == key);
        mine.map(|(_, post)| post.id.clone()).collect()
    }

    /// What every practice account has posted.
    pub fn timelines(&self) -> &[(AccountId, TimelinePost)] {
        &self.timeline
    }

    pub fn timeline(&self, account: &AccountId) -> Vec<TimelinePost> {
        let mine = self.timeline.iter().filter(|(of, _)| of == account);
        mine.map(|(_, post)| post.clone()).collect()
    }

    pub fn set_fault(&mut self, account: &AccountId, fault: Option<Fault>) {
        put_back(&mut self.faults, account.clone(), fault);
    }

    pub fn take_fault(&mut self, account: &AccountId) -> Option<Fault> {
        self.faults.remove(account)
    }
}

fn stale_if(stale: bool) -> Result<(), StoreError> {
    if stale { Err(StoreError::Stale) } else { Ok(()) }
}

fn put_back<K: Ord, V>(map: &mut BTreeMap<K, V>, key: K, before: Option<V>) {
    match before {
        Some(value) => drop(map.insert(key, value)),
        None => drop(map.remove(&key)),
    }
}
