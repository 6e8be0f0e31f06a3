//! Tells stories for as long as it is told to, or one of them in every detail: `soak --minutes N`, `soak --seed N`,
//! `soak --seeds FROM TO`. `soak --planted` says in which story each planted fault shows.

#![allow(clippy::print_stdout, reason = "what it found is said")]
#![allow(
    clippy::disallowed_methods,
    reason = "how long it goes on is real time; the stories have their own"
)]

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime};

use kossori_simulation::{Bug, first_found, locked, tell};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |index: usize| arguments.get(index).and_then(|text| text.parse::<u64>().ok());
    match (arguments.first().map(String::as_str), number(1), number(2)) {
        (Some("--seed"), Some(seed), None) => one(seed),
        (Some("--seeds"), Some(from), Some(to)) => many(from, &|seed| seed < to),
        (Some("--minutes"), Some(minutes), None) => {
            let ends = Instant::now() + Duration::from_secs(minutes * 60);
            // Seeds that nobody has told yet.
            let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
            let from = since.map_or(1, |since| since.as_secs()) * 1_000;
            many(from, &|_| Instant::now() < ends)
        }
        (Some("--planted"), None, None) => planted(),
        _ => {
            println!("soak --minutes N | --seed N | --seeds FROM TO | --planted");
            ExitCode::from(2)
        }
    }
}

fn planted() -> ExitCode {
    let mut code = ExitCode::SUCCESS;
    for bug in Bug::ALL {
        let begun = Instant::now();
        match first_found(bug, 500) {
            Some((seed, fault)) => {
                let what: String = fault.chars().take(110).collect();
                println!(
                    "{bug:?}: story {seed}, {:.0} s: {what}",
                    begun.elapsed().as_secs_f64()
                );
            }
            None => {
                println!("{bug:?}: NOT FOUND");
                code = ExitCode::FAILURE;
            }
        }
    }
    code
}

fn one(seed: u64) -> ExitCode {
    let told = tell(seed, None);
    for line in &told.trace {
        println!("{line}");
    }
    report(seed, &told.verdict.faults())
}

fn report(seed: u64, faults: &[String]) -> ExitCode {
    for fault in faults {
        println!("seed {seed}: {fault}");
    }
    if faults.is_empty() {
        println!("seed {seed}: nothing wrong");
        return ExitCode::SUCCESS;
    }
    println!("replay: script/soak --seed {seed}");
    ExitCode::FAILURE
}

fn many(from: u64, goes_on: &(dyn Fn(u64) -> bool + Sync)) -> ExitCode {
    let next = AtomicU64::new(from);
    let (told, wrong, posts) = (AtomicU64::new(0), AtomicU64::new(0), AtomicU64::new(0));
    let judged = AtomicU64::new(0);
    let kinds: Mutex<BTreeMap<String, u64>> = Mutex::default();
    let begun = Instant::now();
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::SeqCst);
                    if !goes_on(seed) {
                        return;
                    }
                    let story = tell(seed, None);
                    told.fetch_add(1, Ordering::SeqCst);
                    posts.fetch_add(story.verdict.posts, Ordering::SeqCst);
                    judged.fetch_add(story.manners_judged, Ordering::SeqCst);
                    for kind in story.kinds() {
                        *locked(&kinds).entry(kind).or_default() += 1;
                    }
                    let faults = story.verdict.faults();
                    if !faults.is_empty() {
                        wrong.fetch_add(1, Ordering::SeqCst);
                        report(seed, &faults);
                    }
                }
            });
        }
    });
    let counts = [told, wrong, posts, judged];
    let [told, wrong, posts, judged] = counts.map(|count| count.load(Ordering::SeqCst));
    let shares = locked(&kinds);
    let shares: Vec<String> = shares
        .iter()
        .map(|(kind, count)| format!("{kind} {} %", count * 100 / told.max(1)))
        .collect();
    println!("something met: {}", shares.join(", "));
    println!(
        "{told} stories, {posts} posts promised, {judged} times back to a server that had refused, {wrong} stories with a \
         fault, {:.0} s",
        begun.elapsed().as_secs_f64()
    );
    if wrong == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
