//! The real core and engine in thousands of simulated months in which everything breaks (`tests/simulation`). A failing
//! seed is told again by `script/soak --seed N`.

mod likeness;
mod lunches;

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use kossori_core::delivery::State;
use kossori_simulation::{Bug, Fate, Told, Trouble, first_found, locked, tell};

use crate::support::tally::{Row, amount};

/// In a hundred stories each kind of trouble comes in at least so many, and each state is reached in so many.
const OFTEN: u64 = 20;
const SOMETIMES: u64 = 5;
/// Each planted fault is found within so many stories.
const FOUND_WITHIN: u64 = 500;

/// Tells the stories on all processors; what `each` says of them stays in order.
fn tell_all(seeds: std::ops::Range<u64>, each: &(dyn Fn(&Told) + Sync)) {
    let next = AtomicU64::new(seeds.start);
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::SeqCst);
                    if seed >= seeds.end {
                        return;
                    }
                    each(&tell(seed, None));
                }
            });
        }
    });
}

#[derive(Default)]
struct Sum {
    stories: u64,
    days: u64,
    promised: u64,
    met: u64,
    committed: u64,
    doubled: u64,
    lost: u64,
    outside: u64,
    wrong_account: u64,
    untrue: u64,
    asked: u64,
    deaths: u64,
    manners_judged: u64,
    by_network_outside: u64,
    counts: BTreeMap<String, u64>,
    faults: Vec<String>,
    shortest: Option<u64>,
}

impl Sum {
    fn add(&mut self, told: &Told) {
        let verdict = &told.verdict;
        self.stories += 1;
        self.days += told.days;
        self.shortest = Some(self.shortest.map_or(told.days, |so_far| so_far.min(told.days)));
        self.promised += verdict.posts;
        self.met += verdict.met;
        self.committed += verdict.commits;
        self.doubled += verdict.doubled.len() as u64;
        self.lost += verdict.lost.len() as u64;
        self.outside += verdict.outside.len() as u64;
        self.wrong_account += verdict.wrong_account.len() as u64;
        self.untrue += verdict.untrue.len() as u64;
        self.asked += told.asked;
        self.deaths += told.deaths;
        self.manners_judged += told.manners_judged;
        self.by_network_outside += verdict.by_network_outside;
        for name in told.kinds() {
            *self.counts.entry(name).or_default() += 1;
        }
        for fault in verdict.faults() {
            self.faults
                .push(format!("{fault}\n  replay: script/soak --seed {}", told.seed));
        }
    }

    fn share(&self, name: &str) -> u64 {
        self.counts.get(name).copied().unwrap_or(0) * 100 / self.stories.max(1)
    }
}

#[test]
fn thousands_of_bad_months_each_post_once_inside_and_true() {
    let stories = amount(2_000, 5_000);
    let sum = Mutex::new(Sum::default());
    tell_all(1..stories + 1, &|told| locked(&sum).add(told));
    let sum = sum.into_inner().expect("no teller panicked");
    println!(
        "{} stories of {} to more days, {} days in all; {} posts promised, {} commits, {} deaths, {} times asked; {} \
         committed outside by the network itself, minutes after the client had let go",
        sum.stories,
        sum.shortest.unwrap_or(0),
        sum.days,
        sum.promised,
        sum.committed,
        sum.deaths,
        sum.asked,
        sum.by_network_outside
    );
    println!("in how many of a hundred stories something met it:");
    for (name, count) in &sum.counts {
        println!("  {name}: {} % ({count})", count * 100 / sum.stories);
    }
    assert!(sum.faults.is_empty(), "{}", sum.faults.join("\n"));
    let mut row = Row::new(
        "everything at once",
        "simulated months: crashes, power cuts, full disks, clocks, sleep, keyring, servers that are away, uploads, folders \
         that are put back, 18 fates of a post call",
        "bluesky, mastodon, threads, unknown software, misskey, x, linkedin, practice",
    )
    .judges_time()
    .judges_account();
    row.runs = sum.met;
    (row.doubled, row.lost, row.asked) = (sum.doubled, sum.lost, sum.asked);
    row.add_outside(sum.outside);
    row.add_wrong_account(sum.wrong_account);
    row.note = format!(
        "{} stories, {} simulated days; {} posts queued in them, all of them judged, and these had a post call of their \
         own that met a fault; {} wrong words of the app; {} commits outside were the network's own",
        sum.stories, sum.days, sum.promised, sum.untrue, sum.by_network_outside
    );
    row.held();
    assert!(
        sum.manners_judged > 10 * sum.stories,
        "{} times a server that had refused was called again",
        sum.manners_judged
    );
    assert!(sum.shortest >= Some(30), "a story is a month at least");
    for kind in Fate::ALL.map(|fate| format!("{fate:?}")) {
        assert!(
            sum.share(&kind) >= OFTEN,
            "{kind} came in {} % of the stories",
            sum.share(&kind)
        );
    }
    for kind in Trouble::ALL.map(|trouble| format!("{trouble:?}")) {
        assert!(
            sum.share(&kind) >= OFTEN,
            "{kind} came in {} % of the stories",
            sum.share(&kind)
        );
    }
    for state in State::ALL {
        let name = format!("state {}", state.as_str());
        let share = sum.share(&name);
        assert!(
            share >= SOMETIMES,
            "{name} was reached in {share} % of the stories"
        );
    }
}

#[test]
fn the_same_seed_is_the_same_story() {
    for seed in 1..=12 {
        let (first, second) = (tell(seed, None), tell(seed, None));
        assert!(first.trace.len() > 100, "something happens in it");
        for (index, (one, other)) in first.trace.iter().zip(&second.trace).enumerate() {
            assert_eq!(one, other, "seed {seed}, line {index}");
        }
        assert_eq!(first.trace.len(), second.trace.len(), "seed {seed}");
    }
    assert_ne!(tell(1, None).trace, tell(2, None).trace);
}

#[test]
fn every_planted_fault_is_found() {
    let mut missed = Vec::new();
    for bug in Bug::ALL {
        match first_found(bug, FOUND_WITHIN) {
            Some((seed, fault)) => {
                let what: String = fault.chars().take(90).collect();
                println!("{bug:?}: in story {seed}: {what}");
            }
            None => missed.push(bug),
        }
    }
    assert!(Bug::ALL.len() >= 10, "ten at least");
    assert!(
        missed.is_empty(),
        "not found within {FOUND_WITHIN} stories: {missed:?}"
    );
}

/// In a program that somebody runs there is no way to plant one.
#[test]
fn no_program_knows_the_planted_faults() {
    let root = crate::support::servers::repository();
    let manifest =
        |folder: &str| std::fs::read_to_string(root.join(folder).join("Cargo.toml")).expect("a manifest");
    for folder in [
        ".",
        "src-tauri/api",
        "src-tauri/cli",
        "src-tauri/core",
        "src-tauri/host",
        "src-tauri/link",
        "src-tauri/media",
        "src-tauri/messages",
        "src-tauri/networks",
        "src-tauri/resident",
        "src-tauri/store",
        "src-tauri/vault",
    ] {
        assert!(
            !manifest(folder).contains("planted"),
            "{folder} asks for the planted faults"
        );
    }
    let engine: toml::Table = manifest("src-tauri/engine").parse().expect("TOML");
    let features = engine["features"].as_table().expect("features");
    assert!(features.contains_key("planted") && !features.contains_key("default"));
    assert!(manifest("tests/simulation").contains("planted"));
}
