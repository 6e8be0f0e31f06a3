//! Since when what waits has been waiting, so that it is told once it has waited too long (`core::waiting`). Kept in the
//! store: a program that is started anew does not begin to count anew.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use kossori_core::delivery::State;
use kossori_core::ids::DeliveryId;
use kossori_core::plan::Placed;
use kossori_core::waiting::Waiting;
use serde::{Deserialize, Serialize};

use crate::engine::Engine;
use crate::model::{Delivery, Health};
use crate::planning::Board;
use crate::problem::Outcome;
use crate::schedule::put_setting;

const SETTING: &str = "waiting";

/// By what is waited for and by whom: `retry/ACCOUNT`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Waited(BTreeMap<String, Timestamp>);

fn word_of(key: &str) -> Option<Waiting> {
    Waiting::parse(key.split('/').next()?)
}

fn told_at(key: &str, since: Timestamp) -> Option<Timestamp> {
    since.saturating_add(word_of(key)?.told_after()?).ok()
}

impl Waited {
    /// What has waited too long, what matters most first.
    pub fn too_long(&self, now: Timestamp) -> Vec<Waiting> {
        let is_told =
            |(key, since): &(&String, &Timestamp)| told_at(key, **since).is_some_and(|at| at <= now);
        let told: Vec<Waiting> = self
            .0
            .iter()
            .filter(is_told)
            .filter_map(|(key, _)| word_of(key))
            .collect();
        Waiting::ALL
            .into_iter()
            .filter(|waiting| told.contains(waiting))
            .collect()
    }

    /// What outlasts the process: what takes minutes at most begins anew with the next one anyway.
    fn kept(&self) -> Waited {
        let long = |(key, _): &(&String, &Timestamp)| {
            let after = word_of(key).and_then(Waiting::told_after);
            after.is_some_and(|after| after >= SignedDuration::from_hours(1))
        };
        let kept = self
            .0
            .iter()
            .filter(long)
            .map(|(key, since)| (key.clone(), *since));
        Waited(kept.collect())
    }

    /// When the next of them is to be told.
    pub fn next(&self, now: Timestamp) -> Option<Timestamp> {
        self.0
            .iter()
            .filter_map(|(key, since)| told_at(key, *since))
            .filter(|at| *at > now)
            .min()
    }
}

impl Engine {
    pub(crate) async fn remember_waited(&self) -> Outcome<()> {
        let waited: Option<Waited> = self.setting(SETTING).await?;
        self.memory().waited = waited.unwrap_or_default();
        Ok(())
    }

    /// What waits now: what is new begins to count, what is over is forgotten.
    pub(crate) async fn note_waiting(&self, board: &Board, placed: &[Placed]) {
        let placed: BTreeMap<&DeliveryId, &Placed> = placed.iter().map(|place| (&place.id, place)).collect();
        let mut waits: BTreeMap<String, Timestamp> = BTreeMap::new();
        for delivery in &board.queue {
            for waiting in self.waits_for(board, placed.get(&delivery.id).copied(), delivery) {
                if waiting.told_after().is_some() {
                    waits.insert(format!("{}/{}", waiting.as_str(), delivery.account), board.now);
                }
            }
        }
        let (changed, news) = {
            let mut memory = self.memory();
            let told = memory.waited.too_long(board.now);
            for (key, since) in &mut waits {
                if let Some(known) = memory.waited.0.get(key) {
                    // One from a clock that was ahead counts from now.
                    *since = (*known).min(board.now);
                }
            }
            let before = memory.waited.kept();
            memory.waited.0 = waits;
            let kept = memory.waited.kept();
            (
                (before != kept).then_some(kept),
                told != memory.waited.too_long(board.now),
            )
        };
        if let Some(waited) = changed {
            // Not written now, it is counted as long as this process lives.
            let _ = self.ports.store.commit(vec![put_setting(SETTING, &waited)]).await;
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
        let may_go = matches!(delivery.state, State::Queued | State::Unknown);
        let health = board
            .accounts
            .get(&delivery.account)
            .map(|account| account.health);
        if may_go && health == Some(Health::Unreachable) {
            waits.push(Waiting::Unreachable);
        }
        let runs = |pause: &kossori_core::rules::Pause| pause.from <= board.now && pause.until.is_none();
        let pauses_on = board.rules.pause.as_ref().is_some_and(runs);
        waits.retain(|waiting| match waiting {
            // One that has an end is a plan, and so is a hold with one.
            Waiting::Paused => pauses_on,
            Waiting::Hold => delivery.hold_until.is_none(),
            _ => true,
        });
        if pauses_on && delivery.state == State::Queued {
            waits.push(Waiting::Paused);
        }
        waits
    }

    /// The words of what has waited too long, as `status` tells them.
    pub(crate) fn waited_too_long(&self, now: Timestamp) -> Vec<String> {
        let words = self.memory().waited.too_long(now);
        words
            .into_iter()
            .map(|waiting| waiting.as_str().to_owned())
            .collect()
    }
}
