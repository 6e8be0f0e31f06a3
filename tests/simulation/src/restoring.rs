//! A folder that is put back as it was once, after the one that it was copied from has gone on: by a backup, or by a copy.

use jiff::Timestamp;
use kossori_core::delivery::State;

use super::memory::Memory;
use super::open::InForce;
use super::story::{Author, Promise, Story};
use super::trouble::Trouble;
use crate::parts::tag;

/// More often would leave little of a month.
const AT_MOST: u64 = 2;

pub struct Backup {
    at: Timestamp,
    put_back_at: Timestamp,
    memory: Memory,
    promises: Vec<Promise>,
    drafts: Vec<(String, u64, Author)>,
    held: InForce,
}

impl Story {
    /// The folder as it is now is kept, and put back after hours or days.
    pub fn keep_folder(&mut self) {
        if self.backup.is_some() || self.put_back >= AT_MOST {
            return;
        }
        let at = self.machine.now();
        self.backup = Some(Backup {
            at,
            put_back_at: at + self.luck.seconds(3_600, 200_000),
            memory: self.machine.disk.copy(),
            promises: self.promises.clone(),
            drafts: self.drafts.clone(),
            held: self.openings.now(),
        });
    }

    pub fn put_back_what_is_due(&mut self) {
        let now = self.machine.now();
        let Some(backup) = self.backup.take_if(|backup| backup.put_back_at <= now) else {
            return;
        };
        self.put_back += 1;
        let open = |delivery: &kossori_engine::model::Delivery| !delivery.state.is_final();
        let waiting: Vec<String> = backup
            .memory
            .deliveries(&State::ALL)
            .iter()
            .filter(|delivery| open(delivery))
            .map(|delivery| delivery.id.to_string())
            .collect();
        self.machine.put_back(backup.memory);
        let now = self.machine.now();
        self.openings.change(now, |held| *held = backup.held);
        self.drafts = backup.drafts;
        let since = std::mem::replace(&mut self.promises, backup.promises);
        for promise in &mut self.promises {
            promise.copied.get_or_insert(backup.at);
        }
        for then in since {
            let same =
                |promise: &&mut Promise| promise.number == then.number && promise.author == then.author;
            match self.promises.iter_mut().find(same) {
                Some(promise) => promise.was_once(then),
                None => self.promises.push(Promise {
                    unsure: true,
                    may_be_missing: true,
                    ..then
                }),
            }
        }
        let sent_since = self.promises.iter().any(|promise| {
            waiting.contains(&promise.delivery)
                && self.listed(&promise.author).iter().any(|commit| {
                    commit.at >= backup.at && tag(&commit.text).map(|of| of.0) == Some(promise.number)
                })
        });
        if sent_since {
            self.troubles.insert(Trouble::FolderPutBack);
        }
        if self.luck.percent(50) {
            self.machine.adopt();
        }
    }
}

impl Promise {
    /// What the folder has forgotten of it may be out all the same.
    fn was_once(&mut self, then: Promise) {
        let changed = self.wordings.len() != then.wordings.len()
            || (self.withdrawn, self.left, self.begun_anew) != (then.withdrawn, then.left, then.begun_anew)
            || self.delivery != then.delivery;
        self.unsure |= changed || then.unsure;
        self.begun_anew |= then.begun_anew;
        self.may_be_missing |= then.may_be_missing && self.delivery.is_empty();
        self.wordings = then.wordings;
    }
}
