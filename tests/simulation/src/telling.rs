//! One story from its seed to its judgement.

use std::collections::BTreeSet;

use kossori_engine::Bug;

use crate::judge::{Verdict, judge};
use crate::net::Fate;
use crate::story::{Story, Trouble};

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
    /// Simulated time that passed, in days.
    pub days: u64,
    /// What happened, line by line.
    pub trace: Vec<String>,
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
        days: u64::try_from(days).unwrap_or(0),
        trace: story.machine.net.trace(),
    }
}
