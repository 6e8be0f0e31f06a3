//! Whom nobody calls for now (RULES.md 4). Who refused, or could not be reached, is called again after half a minute at
//! the soonest, by one account at a time, and not before the moment that it named itself. Kept in the store: a program
//! that is started again and again must not call it each time.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use kossori_core::answer::retry_after;
use kossori_core::ids::AccountId;
use kossori_core::network::Network;

use crate::engine::Engine;
use crate::model::{Account, Wait, WaitWhy};
use crate::ports::{CallError, Change, Publisher};
use crate::problem::{Outcome, of_store};

/// No wait is longer: one that is was written by a clock that was ahead.
const LONGEST: SignedDuration = SignedDuration::from_hours(24);
/// A server that refused is approached with care for so long after its wait: by one account at a time.
const WARY_FOR: SignedDuration = SignedDuration::from_hours(24);

/// By an account's id, or a server's address.
#[derive(Debug, Default)]
pub(crate) struct Waits(BTreeMap<String, Wait>);

impl Waits {
    fn of(&self, who: &str, now: Timestamp) -> Option<Wait> {
        let wait = self.0.get(who)?;
        (now < wait.until && wait.until.duration_since(now) <= LONGEST).then_some(*wait)
    }

    /// Until when nothing of the account goes out, because its server asked for that.
    pub fn asked(&self, account: &AccountId, now: Timestamp) -> Option<Timestamp> {
        self.of(account.as_str(), now)
            .filter(|wait| wait.why == WaitWhy::Asked)
            .map(|wait| wait.until)
    }

    /// When the account may be called again, by itself and by its server.
    pub fn until(&self, account: &Account, now: Timestamp) -> Option<Timestamp> {
        let own = self.of(account.id.as_str(), now);
        let servers = server_of(account).and_then(|server| self.of(server, now));
        own.into_iter().chain(servers).map(|wait| wait.until).max()
    }

    /// The same for a look. Who could not be reached may be looked at again sooner: looks have times of their own. And
    /// who may post no more for hours may still read.
    pub fn until_for_look(&self, account: &Account, now: Timestamp) -> Option<Timestamp> {
        let own = self.of(&looks_of(account), now);
        let servers = server_of(account).and_then(|server| self.of(server, now));
        own.into_iter()
            .chain(servers)
            .filter(|wait| wait.why != WaitWhy::Away)
            .map(|wait| wait.until)
            .max()
    }

    pub fn forget_old(&mut self, now: Timestamp) {
        self.0
            .retain(|_, wait| wait.until.saturating_add(WARY_FOR).unwrap_or(Timestamp::MAX) > now);
    }

    /// What is asked for stands against anything shorter, and against any guess.
    fn set(&mut self, who: &str, wait: Wait, now: Timestamp) -> bool {
        let stands = self
            .of(who, now)
            .is_some_and(|before| before.until >= wait.until && before.why >= wait.why);
        if stands {
            return false;
        }
        let until = self
            .of(who, now)
            .map_or(wait.until, |before| before.until.max(wait.until));
        let why = self
            .of(who, now)
            .map_or(wait.why, |before| before.why.max(wait.why));
        self.0.insert(who.to_owned(), Wait { until, why });
        true
    }
}

fn looks_of(account: &Account) -> String {
    format!("{}/looks", account.id)
}

/// Practice has none.
fn server_of(account: &Account) -> Option<&str> {
    (account.network != Network::Practice).then_some(account.server.as_str())
}

impl Engine {
    /// What an earlier process knew.
    pub(crate) async fn remember_waits(&self) -> Outcome<()> {
        let waits = self.ports.store.waits().await.map_err(of_store)?;
        self.memory().waits = Waits(waits.into_iter().collect());
        Ok(())
    }

    /// A call that published nothing, or did not leave, went wrong.
    pub(crate) async fn note_call_error(&self, account: &Account, error: &CallError) {
        let now = self.now();
        let short = self.settings.backoff;
        let (wait, why) = match error {
            CallError::RateLimit { retry_after: asked } => (retry_after(*asked).max(short), WaitWhy::Asked),
            CallError::Offline | CallError::Unclear { .. } => (short, WaitWhy::Away),
            CallError::Token { .. }
            | CallError::OutOfCredit
            | CallError::Refused { .. }
            | CallError::AddressRefused => (short, WaitWhy::Refused),
            // Nobody was called.
            CallError::BadFrozen | CallError::Unsupported(_) => return,
        };
        self.wait(account, now.saturating_add(wait).unwrap_or(Timestamp::MAX), why)
            .await;
    }

    /// A look was refused: that account's looks wait too.
    pub(crate) async fn note_look_error(&self, account: &Account, error: &CallError) {
        self.note_call_error(account, error).await;
        let now = self.now();
        let who = looks_of(account);
        let wait = {
            let mut memory = self.memory();
            let own = memory.waits.of(account.id.as_str(), now);
            own.filter(|wait| wait.why != WaitWhy::Away && memory.waits.set(&who, *wait, now))
        };
        if wait.is_some() {
            self.keep_waits(vec![Change::Wait { who, wait }]).await;
        }
    }

    /// The account waits until then, and its server for half a minute.
    pub(crate) async fn wait(&self, account: &Account, until: Timestamp, why: WaitWhy) {
        if account.network == Network::Practice && why == WaitWhy::Refused {
            // Nobody's server is to be spared.
            return;
        }
        let now = self.now();
        let short = now
            .saturating_add(self.settings.backoff)
            .unwrap_or(Timestamp::MAX);
        let least = why.min(WaitWhy::Refused);
        let mut changes = Vec::new();
        {
            let mut memory = self.memory();
            let mut set = |who: &str, wait: Wait| {
                if memory.waits.set(who, wait, now) {
                    let wait = memory.waits.0.get(who).copied();
                    let who = who.to_owned();
                    changes.push(Change::Wait { who, wait });
                }
            };
            // Who was refused goes behind the others of its server: it would else take every half minute for itself.
            let last = now
                .saturating_add(self.settings.backoff * 2)
                .unwrap_or(Timestamp::MAX);
            let until = if why == WaitWhy::Refused {
                until.max(last)
            } else {
                until
            };
            set(account.id.as_str(), Wait { until, why });
            if let Some(server) = server_of(account) {
                let wait = Wait {
                    until: short,
                    why: least,
                };
                set(server, wait);
            }
        }
        self.keep_waits(changes).await;
    }

    /// The server has just said that nothing more is allowed for a while.
    pub(crate) async fn note_spent(&self, account: &Account, publisher: &dyn Publisher) -> Option<Timestamp> {
        let now = self.now();
        let until = publisher.spent_until(&account.id).filter(|until| *until > now)?;
        let until = until.min(now.saturating_add(LONGEST).unwrap_or(Timestamp::MAX));
        let wait = Wait {
            until,
            why: WaitWhy::Asked,
        };
        let (who, kept) = {
            let mut memory = self.memory();
            let who = account.id.to_string();
            let new = memory.waits.set(&who, wait, now);
            let kept = memory.waits.0.get(&who).copied().filter(|_| new);
            (who, kept)
        };
        if kept.is_some() {
            self.keep_waits(vec![Change::Wait { who, wait: kept }]).await;
        }
        Some(until)
    }

    /// The account has just worked: nothing but what was asked for stands.
    pub(crate) async fn forget_waits(&self, account: &Account) {
        let now = self.now();
        let mut changes = Vec::new();
        {
            let mut memory = self.memory();
            let looks = looks_of(account);
            let all = [Some(account.id.as_str()), Some(&looks), server_of(account)];
            for who in all.into_iter().flatten() {
                let asked = memory
                    .waits
                    .of(who, now)
                    .is_some_and(|wait| wait.why == WaitWhy::Asked);
                if !asked && memory.waits.0.remove(who).is_some() {
                    let who = who.to_owned();
                    changes.push(Change::Wait { who, wait: None });
                }
            }
        }
        self.keep_waits(changes).await;
    }

    /// A person wants it: the account need not wait. Its server is still not called twice in half a minute.
    pub(crate) async fn end_wait(&self, account: &AccountId) {
        let who = account.to_string();
        if self.memory().waits.0.remove(&who).is_some() {
            self.keep_waits(vec![Change::Wait { who, wait: None }]).await;
        }
    }

    /// May the account be called? A server that refused a while ago may, by this one: the next half minute is its own.
    pub(crate) fn may_call(&self, account: &Account, now: Timestamp, look: bool) -> bool {
        let mut memory = self.memory();
        let until = if look {
            memory.waits.until_for_look(account, now)
        } else {
            memory.waits.until(account, now)
        };
        if until.is_some() {
            return false;
        }
        let short = now
            .saturating_add(self.settings.backoff)
            .unwrap_or(Timestamp::MAX);
        if let Some(server) = server_of(account)
            && let Some(wary) = memory.waits.0.get_mut(server)
            && !(look && wary.why == WaitWhy::Away)
        {
            wary.until = short;
        }
        true
    }

    /// Before the first call to a server that refused: written down, so that a crash in the call is no reason to call at
    /// once again.
    pub(crate) async fn keep_wariness(&self, account: &Account) {
        let Some(server) = server_of(account) else {
            return;
        };
        let wait = self.memory().waits.0.get(server).copied();
        if wait.is_some() {
            let who = server.to_owned();
            self.keep_waits(vec![Change::Wait { who, wait }]).await;
        }
    }

    /// Not written now, it holds as long as this process lives.
    async fn keep_waits(&self, changes: Vec<Change>) {
        if changes.is_empty() {
            return;
        }
        if let Err(error) = self.ports.store.commit(changes).await {
            tracing::warn!(%error, "a wait could not be written down");
        }
    }
}
