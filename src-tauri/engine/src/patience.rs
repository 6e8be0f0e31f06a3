//! Since when what waits has been waiting, so that it is told once it has waited too long (`core::waiting`). Kept in the
//! store: a program that is started anew does not begin to count anew.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use kossori_core::delivery::State;
use kossori_core::ids::{AccountId, DeliveryId};
use kossori_core::plan::Placed;
use kossori_core::waiting::Waiting;
use serde::{Deserialize, Serialize};

use crate::engine::Engine;
use crate::model::{Account, Delivery, Health};
use crate::planning::Board;
use crate::problem::Outcome;
use crate::schedule::put_setting;

const SETTING: &str = "waited";
const OVERSLEPT: &str = "overslept";

/// Of what is tried again and again, what is gone for less than this has not ended: between two refusals there is a try.
const BETWEEN: SignedDuration = SignedDuration::from_mins(10);

/// So many outlast the process.
const MOST: usize = 200;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Since {
    at: Timestamp,
    /// It does not wait for it now, since then.
    gone: Option<Timestamp>,
}

/// By what is waited for and by whom: `retry/DELIVERY`, `unreachable/ACCOUNT`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Waited(BTreeMap<String, Since>);

/// What was slept over: its time came while nothing was awake. By delivery, at which moments this was seen first and last.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Overslept {
    seen: BTreeMap<String, (Timestamp, Timestamp)>,
    /// It has changed since it was written down.
    #[serde(skip)]
    changed: bool,
}

impl Overslept {
    pub fn missed(&mut self, delivery: &DeliveryId, now: Timestamp) {
        let seen = self.seen.entry(delivery.to_string()).or_insert((now, now));
        seen.1 = now;
        self.changed = true;
    }

    pub fn forget(&mut self, delivery: &DeliveryId) {
        self.changed |= self.seen.remove(delivery.as_str()).is_some();
    }

    /// Again, days after the first time, and just now: what has its time ahead in a machine that is awake is the plan's.
    fn tells(&self, delivery: &DeliveryId, now: Timestamp) -> bool {
        self.seen.get(delivery.as_str()).is_some_and(|(first, last)| {
            last.duration_since(*first) >= SignedDuration::from_hours(48)
                && now.duration_since(*last) < SignedDuration::from_hours(24)
        })
    }

    /// Answers what is to be written down.
    fn note(&mut self, board: &Board) -> Option<Overslept> {
        let before = self.seen.len();
        self.seen
            .retain(|id, _| board.queue.iter().any(|delivery| delivery.id.as_str() == id));
        let changed = std::mem::take(&mut self.changed) || self.seen.len() != before;
        changed.then(|| self.clone())
    }
}

fn key_of(waiting: Waiting, delivery: &Delivery) -> String {
    let who = if waiting.is_shared() {
        delivery.account.as_str()
    } else {
        delivery.id.as_str()
    };
    format!("{}/{who}", waiting.as_str())
}

fn word_of(key: &str) -> Option<Waiting> {
    Waiting::parse(key.split('/').next()?)
}

fn told_at(key: &str, since: Timestamp) -> Option<Timestamp> {
    since.saturating_add(word_of(key)?.told_after()?).ok()
}

impl Waited {
    fn waiting(&self) -> impl Iterator<Item = (&String, Timestamp)> {
        self.0
            .iter()
            .filter(|(_, since)| since.gone.is_none())
            .map(|(key, since)| (key, since.at))
    }

    fn is_too_long(&self, key: &str, now: Timestamp) -> bool {
        self.0.get(key).is_some_and(|since| {
            since.gone.is_none() && told_at(key, since.at).is_some_and(|told| told <= now)
        })
    }

    /// What has waited too long, what matters most first.
    pub fn too_long(&self, now: Timestamp) -> Vec<Waiting> {
        let told: BTreeSet<Waiting> = self
            .0
            .keys()
            .filter(|key| self.is_too_long(key, now))
            .filter_map(|key| word_of(key))
            .collect();
        Waiting::ALL
            .into_iter()
            .filter(|waiting| told.contains(waiting))
            .collect()
    }

    /// What waits now: what is new begins to count, what is over for good is forgotten.
    fn note(&mut self, waits: BTreeSet<String>, now: Timestamp) {
        self.0.retain(|key, since| {
            let waits = waits.contains(key);
            if let Some(gone) = since.gone
                && !(SignedDuration::ZERO..BETWEEN).contains(&now.duration_since(gone))
            {
                return false;
            }
            if waits {
                since.gone = None;
                // One from a clock that was ahead counts from now.
                since.at = since.at.min(now);
            } else {
                since.gone.get_or_insert(now);
            }
            waits || word_of(key).is_some_and(Waiting::is_tried_again)
        });
        for key in waits {
            self.0.entry(key).or_insert(Since { at: now, gone: None });
        }
    }

    /// What outlasts the process: what takes minutes at most begins anew with the next one anyway.
    fn kept(&self) -> Waited {
        let long = |(key, _): &(&String, &Since)| {
            let after = word_of(key).and_then(Waiting::told_after);
            after.is_some_and(|after| after >= SignedDuration::from_hours(1))
        };
        let mut kept: Vec<(&String, &Since)> = self.0.iter().filter(long).collect();
        // Thousands may wait for the same: an account's word stands for all of its own, and of the others those that have
        // waited longest are told first.
        kept.sort_by_key(|(key, since)| (!word_of(key).is_some_and(Waiting::is_shared), since.at));
        kept.truncate(MOST);
        Waited(
            kept.into_iter()
                .map(|(key, since)| (key.clone(), *since))
                .collect(),
        )
    }

    /// The server answers this account again: what is refused after this begins anew.
    fn reached(&mut self, account: &AccountId) {
        for waiting in [Waiting::Unreachable, Waiting::Refused] {
            self.0.remove(&format!("{}/{account}", waiting.as_str()));
        }
    }

    /// But for what nothing waits for any more.
    fn of(&self, board: &Board) -> Waited {
        let queue = board.queue.iter();
        let whose: BTreeSet<&str> = queue
            .flat_map(|delivery| [delivery.id.as_str(), delivery.account.as_str()])
            .collect();
        let stands = |key: &str| {
            let who = key.split('/').nth(1);
            // A session's end is worth telling before anything waits for it.
            let ends = word_of(key) == Some(Waiting::SessionEnds);
            who.is_some_and(|who| {
                whose.contains(who) || ends && board.accounts.contains_key(&AccountId::from(who))
            })
        };
        let left = self.0.iter().filter(|(key, _)| stands(key));
        Waited(left.map(|(key, since)| (key.clone(), *since)).collect())
    }

    /// When the next of them is to be told.
    pub fn next(&self, now: Timestamp) -> Option<Timestamp> {
        self.waiting()
            .filter_map(|(key, since)| told_at(key, since))
            .filter(|at| *at > now)
            .min()
    }
}

/// How long before its end a session is told.
const ENDS_SOON: SignedDuration = SignedDuration::from_hours(48);

/// When a session that ends is to be told. A refresh that is due moves the end before that.
pub(crate) fn told_that_it_ends(account: &Account) -> Option<Timestamp> {
    let ends = account.session_ends_at.filter(|_| account.health == Health::Ok)?;
    ends.saturating_sub(ENDS_SOON).ok()
}

fn sessions_that_end(board: &Board) -> impl Iterator<Item = String> {
    board
        .accounts
        .values()
        .filter(|account| told_that_it_ends(account).is_some_and(|at| at <= board.now))
        .map(|account| format!("{}/{}", Waiting::SessionEnds.as_str(), account.id))
}

impl Engine {
    pub(crate) async fn remember_waited(&self) -> Outcome<()> {
        let kept: Option<Waited> = self.setting(SETTING).await?;
        self.memory().waited = kept.unwrap_or_default();
        let overslept: Option<Overslept> = self.setting(OVERSLEPT).await?;
        self.memory().overslept = overslept.unwrap_or_default();
        Ok(())
    }

    /// What is unreachable or turned away after this counts from then.
    pub(crate) fn note_reached(&self, account: &AccountId) {
        self.memory().waited.reached(account);
    }

    /// What waits now begins to count, or goes on.
    pub(crate) async fn note_waiting(&self, board: &Board, placed: &[Placed]) {
        let placed: BTreeMap<&DeliveryId, &Placed> = placed.iter().map(|place| (&place.id, place)).collect();
        let waits: BTreeSet<String> = board
            .queue
            .iter()
            .flat_map(|delivery| {
                let waits = self.waits_for(board, placed.get(&delivery.id).copied(), delivery);
                waits.into_iter().map(|waiting| key_of(waiting, delivery))
            })
            .chain(sessions_that_end(board))
            .collect();
        let overslept = self.memory().overslept.note(board);
        let (changed, news) = {
            let waited = &mut self.memory().waited;
            let (told, before) = (waited.too_long(board.now), waited.kept());
            waited.note(waits, board.now);
            let kept = waited.kept();
            (
                (before != kept).then_some(kept),
                told != waited.too_long(board.now),
            )
        };
        let mut changes = Vec::from_iter(changed.map(|kept| put_setting(SETTING, &kept)));
        changes.extend(overslept.map(|kept| put_setting(OVERSLEPT, &kept)));
        if !changes.is_empty() {
            // Not written now, it is counted as long as this process lives.
            let _ = self.ports.store.commit(changes).await;
        }
        if news {
            self.tell(kossori_api::Event::Changed);
        }
    }

    fn waits_for(&self, board: &Board, placed: Option<&Placed>, delivery: &Delivery) -> Vec<Waiting> {
        let reason = self.reason_of(board, placed, delivery);
        let mut waits: Vec<Waiting> = Vec::new();
        waits.extend(reason.as_deref().and_then(Waiting::parse));
        match delivery.state {
            State::NeedsYou => waits.push(Waiting::NeedsYou),
            State::Claimed => waits.push(Waiting::Claimed),
            State::Staged => waits.push(Waiting::Staged),
            State::Sending => waits.push(Waiting::Sending),
            State::Unknown => waits.push(Waiting::Looking),
            State::Queued if reason.is_none() && delivery.planned.is_none() => waits.push(Waiting::NoTime),
            _ => {}
        }
        if delivery.state == State::Queued && self.memory().overslept.tells(&delivery.id, board.now) {
            waits.push(Waiting::Overslept);
        }
        let may_go = matches!(delivery.state, State::Queued | State::Unknown);
        let health = board
            .accounts
            .get(&delivery.account)
            .map(|account| account.health);
        match health {
            Some(Health::Unreachable) if may_go => waits.push(Waiting::Unreachable),
            Some(Health::Refused) if may_go => waits.push(Waiting::Refused),
            _ => {}
        }
        let runs = |pause: &kossori_core::rules::Pause| pause.from <= board.now && pause.until.is_none();
        let pauses_on = board.rules.pause.as_ref().is_some_and(runs);
        waits.retain(|waiting| match waiting {
            // One that has an end is a plan, and so is a hold with one.
            Waiting::Paused => pauses_on,
            Waiting::Hold => delivery.hold_until.is_none(),
            waiting => waiting.told_after().is_some(),
        });
        if pauses_on && delivery.state == State::Queued {
            waits.push(Waiting::Paused);
        }
        waits
    }

    /// What `delivery` itself has waited for too long, what matters most first.
    pub(crate) fn waited_for_too_long(
        &self,
        board: &Board,
        placed: Option<&Placed>,
        delivery: &Delivery,
    ) -> Option<String> {
        let waits = self.waits_for(board, placed, delivery);
        let memory = self.memory();
        let too_long = |waiting: &&Waiting| {
            waits.contains(waiting) && memory.waited.is_too_long(&key_of(**waiting, delivery), board.now)
        };
        let waiting = Waiting::ALL.iter().find(too_long)?;
        Some(waiting.as_str().to_owned())
    }

    /// The words of what has waited too long, as `status` tells them.
    pub(crate) fn waited_too_long(&self, board: &Board) -> Vec<String> {
        let words = self.memory().waited.of(board).too_long(board.now);
        words
            .into_iter()
            .map(|waiting| waiting.as_str().to_owned())
            .collect()
    }
}
