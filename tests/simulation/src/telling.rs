//! One story from its seed to its judgement.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use kossori_engine::Bug;

use crate::judge::{Verdict, judge};
use crate::net::Fate;
use crate::parts::locked;
use crate::story::Story;
use crate::trouble::Trouble;

pub struct Told {
    pub seed: u64,
    pub verdict: Verdict,
    pub troubles: BTreeSet<Trouble>,
    pub fates: BTreeSet<Fate>,
    /// States that a commit brought a delivery into.
    pub states: BTreeSet<&'static str>,
    /// Times that the person was asked about an unknown outcome.
    pub asked: u64,
    pub deaths: u64,
    /// Errands to a server that had refused, or asked to wait.
    pub manners_judged: u64,
    /// Simulated time that passed, in days.
    pub days: u64,
    /// What happened, line by line.
    pub trace: Vec<String>,
}

impl Told {
    /// The kinds of fault that something met, and the states that were reached.
    pub fn kinds(&self) -> Vec<String> {
        let fates = self.fates.iter().map(|fate| format!("{fate:?}"));
        let troubles = self.troubles.iter().map(|trouble| format!("{trouble:?}"));
        let states = self.states.iter().map(|state| format!("state {state}"));
        fates.chain(troubles).chain(states).collect()
    }
}

pub fn tell(seed: u64, bug: Option<Bug>) -> Told {
    let mut story = Story::begin(seed, bug);
    let begun = story.machine.now();
    story.live();
    let days = story.machine.now().duration_since(begun).as_hours() / 24;
    Told {
        seed,
        verdict: judge(&story),
        troubles: story.troubles.clone(),
        fates: story.fates.clone(),
        states: story.machine.disk.reached(),
        asked: story.asked,
        deaths: story.machine.deaths,
        manners_judged: story.machine.net.manners_judged(),
        days: u64::try_from(days).unwrap_or(0),
        trace: story.machine.net.trace(),
    }
}

/// The first of so many stories in which the fault shows, and how.
pub fn first_found(bug: Bug, within: u64) -> Option<(u64, String)> {
    let next = AtomicU64::new(1);
    let first: Mutex<Option<(u64, String)>> = Mutex::default();
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::SeqCst);
                    if seed > within || locked(&first).is_some() {
                        return;
                    }
                    let faults = tell(seed, Some(bug)).verdict.faults();
                    if let Some(fault) = faults.into_iter().next() {
                        locked(&first).get_or_insert((seed, fault));
                    }
                }
            });
        }
    });
    locked(&first).take()
}
