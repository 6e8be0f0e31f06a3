//! A store in memory that answers as the real one does, and can be taken apart: it is what a disk would still hold. That
//! it answers alike is tested in `likeness.rs`, change by change, beside the database.

mod asked;

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use kossori_core::delivery::{State, may_become};
use kossori_core::ids::{AccountId, DeliveryId, DraftId, MediaId};
use kossori_engine::model::{
    Account, Attempt, Delivery, Draft, JournalEntry, Post, Revision, StoredPicture, Wait,
};
use kossori_engine::ports::{Change, Fault, SPENT, StoreError, TimelinePost, booked};

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
            Change::Deleted { id, ids, at } => {
                let slot = self.deliveries.get_mut(&id).ok_or(StoreError::Stale)?;
                undo.push(Undo::Delivery(id, Some(Box::new(slot.clone()))));
                slot.deleted_ids = ids;
                slot.deleted_at = at;
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
            Change::Book(booking) => {
                let json = booked(self.settings.get(SPENT).map(String::as_str), &booking)?;
                let before = self.settings.insert(SPENT.to_owned(), json);
                undo.push(Undo::Setting(SPENT.to_owned(), before));
            }
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

fn stale_if(stale: bool) -> Result<(), StoreError> {
    if stale { Err(StoreError::Stale) } else { Ok(()) }
}

fn put_back<K: Ord, V>(map: &mut BTreeMap<K, V>, key: K, before: Option<V>) {
    match before {
        Some(value) => drop(map.insert(key, value)),
        None => drop(map.remove(&key)),
    }
}
