//! What the API charges for besides post calls (NETWORKS.md 1.2), counted as its answers come. It counts a post that is read once
//! a day, in UTC.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::civil::Date;
use jiff::tz::TimeZone;
use kossori_core::ids::AccountId;
use kossori_engine::ports::{Clock, Paid};

use super::wire;

pub(super) struct Tally {
    clock: Arc<dyn Clock>,
    accounts: Mutex<BTreeMap<AccountId, Counted>>,
}

#[derive(Default)]
struct Counted {
    day: Option<Date>,
    read: BTreeSet<String>,
    untold: Paid,
}

impl Tally {
    pub fn new(clock: Arc<dyn Clock>) -> Tally {
        Tally {
            clock,
            accounts: Mutex::default(),
        }
    }

    fn accounts(&self) -> MutexGuard<'_, BTreeMap<AccountId, Counted>> {
        self.accounts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn count(&self, account: &AccountId, what: impl FnOnce(&mut Counted)) {
        what(self.accounts().entry(account.clone()).or_default());
    }

    pub fn read(&self, account: &AccountId, posts: &[wire::Post]) {
        let today = TimeZone::UTC.to_datetime(self.clock.now()).date();
        self.count(account, |counted| {
            if counted.day.replace(today) != Some(today) {
                counted.read.clear();
            }
            let before = counted.read.len();
            counted.read.extend(posts.iter().map(|post| post.id.clone()));
            counted.untold.read += (counted.read.len() - before) as u64;
        });
    }

    pub fn described(&self, account: &AccountId) {
        self.count(account, |counted| counted.untold.described += 1);
    }

    pub fn deleted(&self, account: &AccountId) {
        self.count(account, |counted| counted.untold.deleted += 1);
    }

    /// Since this was last asked.
    pub fn take(&self, account: &AccountId) -> Paid {
        self.accounts()
            .get_mut(account)
            .map(|counted| std::mem::take(&mut counted.untold))
            .unwrap_or_default()
    }
}
