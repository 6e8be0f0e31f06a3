//! What is asked of the store, by the engine and by the practice network.

use std::collections::BTreeMap;

use jiff::Timestamp;
use kossori_core::delivery::State;
use kossori_core::ids::{AccountId, DeliveryId, DraftId, MediaId};
use kossori_core::network::Visibility;
use kossori_core::post::Content;
use kossori_engine::model::{
    Account, Attempt, Delivery, Draft, Event, JournalEntry, Revision, StoredPicture, Wait,
};
use kossori_engine::ports::{Fault, JournalRows, NewTimelinePost, PictureFacts, TimelinePost};

use super::{Memory, Row, put_back};

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

    pub fn last_thread(&self, account: &AccountId, until: Option<Timestamp>) -> Option<Delivery> {
        let answerable = |delivery: &&Delivery| {
            let content = self.revisions.get(&delivery.revision).map(|r| &r.content);
            // What answers somebody is a part of their conversation.
            let others = |c: &Content| {
                c.repost.is_some() || c.reply_to.is_some() || c.visibility == Some(Visibility::Direct)
            };
            delivery.state == State::Sent && delivery.deleted_ids.is_empty() && !content.is_some_and(others)
        };
        let of = self.deliveries.values().filter(|d| &d.account == account);
        let by_then = |d: &&Delivery| until.is_none_or(|until| d.sent_at.is_some_and(|at| at <= until));
        let last = of
            .filter(answerable)
            .filter(by_then)
            .max_by(|a, b| (a.sent_at, &a.id).cmp(&(b.sent_at, &b.id)));
        last.cloned()
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

    pub fn journal(&self, rows: JournalRows) -> Vec<JournalEntry> {
        let last = |index: usize, entry: &JournalEntry| {
            let later = &self.journal[index + 1..];
            let of_it = |row: &Row| row.entry.delivery == entry.delivery && row.entry.event.is_outcome();
            entry.delivery.is_some() && entry.event.is_outcome() && !later.iter().any(of_it)
        };
        let chosen = self.journal.iter().enumerate().filter(|(index, row)| {
            rows.since.is_none_or(|since| row.entry.at >= since)
                && rows.until.is_none_or(|until| row.entry.at < until)
                && (!rows.outcomes || last(*index, &row.entry))
        });
        let mut all: Vec<JournalEntry> = chosen.map(|(_, row)| row.entry.clone()).collect();
        all.sort_by_key(|entry| entry.at);
        let limit = rows.limit.map_or(all.len(), |limit| limit.max(1) as usize);
        let first = all
            .len()
            .checked_sub(limit)
            .and_then(|n| all.get(n))
            .map(|e| e.at);
        all.retain(|entry| first.is_none_or(|first| entry.at >= first));
        all
    }

    pub fn deliveries_named(&self, ids: &[DeliveryId]) -> Vec<Delivery> {
        let named = self.deliveries.values().filter(|d| ids.contains(&d.id));
        let mut all: Vec<Delivery> = named.cloned().collect();
        all.sort_by(|a, b| a.id.cmp(&b.id));
        all
    }

    pub fn deliveries_that_differed(&self) -> Vec<Delivery> {
        let rows = self.journal.iter().map(|row| &row.entry);
        let differed = rows.filter(|entry| entry.event == Event::VisibilityDiffers);
        let ids: Vec<DeliveryId> = differed.filter_map(|entry| entry.delivery.clone()).collect();
        let mut all = self.deliveries_named(&ids);
        all.retain(|delivery| delivery.deleted_at.is_none());
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

    pub fn remove(&mut self, account: &AccountId, id: &str) {
        self.timeline.retain(|(of, post)| of != account || post.id != id);
    }

    pub fn set_fault(&mut self, account: &AccountId, fault: Option<Fault>) {
        put_back(&mut self.faults, account.clone(), fault);
    }

    pub fn take_fault(&mut self, account: &AccountId) -> Option<Fault> {
        self.faults.remove(account)
    }
}
