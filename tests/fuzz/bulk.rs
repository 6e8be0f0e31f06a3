//! Many of them, straight into the host as its socket hands them on: read, and answered if they can be read.
//!
//! 30,000, which take less than a minute of one processor; a hundred thousand with `KOSSORI_FULL=1`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use kossori_api::{Call, Reply};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::host::Fuzzed;
use super::mutate::malformed;
use super::valid::{kind, requests};
use super::{seed, whole};
use crate::support::chance::Chance;

/// Longer is a hang. On a machine that stands still for as long, it is tried again.
const LIMIT: Duration = Duration::from_secs(1);
const TRIES: u32 = 4;
/// After so many the folder is looked at whole, and begun anew if anything was rightly changed in it.
const ROUND: usize = 500;

#[derive(Debug, Default)]
struct Tally {
    unread: usize,
    refused: usize,
    /// Still what a program of ours could send.
    done: usize,
    /// What they mean is what the valid one means: they are not counted.
    same: usize,
    slowest: Duration,
    codes: BTreeMap<String, usize>,
}

enum Came {
    Unread,
    Same,
    Refused(String),
    /// Whether it only asked for something.
    Done(bool),
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn malformed_requests_change_nothing() {
    let panics = count_panics();
    let seed = seed();
    let mut chance = Chance::new(seed);
    let mut fuzzed = Fuzzed::new().await;
    let mut all = requests(&fuzzed.known);
    let wanted = if whole() { 100_000 } else { 30_000 };
    let mut tally = Tally::default();
    let mut number = 0;
    while tally.unread + tally.refused < wanted {
        let before = fuzzed.digest();
        let mut changed = false;
        for _ in 0..ROUND {
            number += 1;
            let valid = &all[number % all.len()];
            let bytes = message(&mut chance, valid, &fuzzed);
            let commits = fuzzed.commits();
            let told = || {
                format!(
                    "seed {seed}, message {number}, {}: {}",
                    kind(valid),
                    shown(&bytes)
                )
            };
            let (came, took) = in_time(&fuzzed, valid, &bytes)
                .await
                .unwrap_or_else(|why| panic!("{why}; {}", told()));
            tally.slowest = tally.slowest.max(took);
            assert_eq!(
                panics.load(Ordering::SeqCst),
                0,
                "a task of its own panicked; {}",
                told()
            );
            match came {
                Came::Unread => tally.unread += 1,
                Came::Same => tally.same += 1,
                Came::Refused(code) => {
                    assert!(
                        fuzzed.commits() == commits,
                        "refused ({code}), and yet it wrote; {}",
                        told()
                    );
                    tally.refused += 1;
                    *tally.codes.entry(code).or_default() += 1;
                }
                Came::Done(only_asked) => {
                    assert!(
                        !only_asked || fuzzed.commits() == commits,
                        "it asked, and wrote; {}",
                        told()
                    );
                    changed |= fuzzed.commits() != commits;
                    tally.done += 1;
                }
            }
        }
        println!(
            "{number} so far: {} not read, {} refused, {} taken",
            tally.unread, tally.refused, tally.done
        );
        if changed {
            std::mem::replace(&mut fuzzed, Fuzzed::new().await).close().await;
            all = requests(&fuzzed.known);
        } else {
            let after = fuzzed.digest();
            assert_eq!(
                before, after,
                "seed {seed}, messages up to {number}: the folder is another one"
            );
        }
    }
    fuzzed.close().await;
    let mut codes = String::new();
    for (code, times) in &tally.codes {
        let _ = write!(codes, " {code} {times}");
    }
    println!(
        "{} messages malformed (seed {seed}): {} could not be read, {} were refused; beside them {} still said what a valid one \
         does, {} were taken; slowest {:?}. Refused with:{codes}",
        tally.unread + tally.refused,
        tally.unread,
        tally.refused,
        tally.same,
        tally.done,
        tally.slowest
    );
    assert!(
        tally.unread > wanted / 10 && tally.refused > wanted / 10,
        "they are no good: {tally:?}"
    );
    assert!(tally.codes.len() > 25, "they do not come far: {:?}", tally.codes);
    assert_eq!(
        tally.codes.get("internal"),
        None,
        "a fault of ours: look with this seed"
    );
}

fn message(chance: &mut Chance, valid: &Value, fuzzed: &Fuzzed) -> Vec<u8> {
    let id = format!("{:016x}", chance.below(u64::MAX));
    let known = &fuzzed.known;
    let ids = [
        known.account.as_str(),
        &known.draft,
        &known.queued,
        &known.window,
        &known.closed,
        "0194f3a2-7c1e-7000-8000-0000000000a1",
    ];
    malformed(chance, &json!({"request_id": id, "request": valid}), &ids)
}

/// What comes of it, and how long that took; or that it hangs or panics.
async fn in_time(fuzzed: &Fuzzed, valid: &Value, bytes: &[u8]) -> Result<(Came, Duration), String> {
    let mut slow = Duration::MAX;
    for _ in 0..TRIES {
        let began = Instant::now();
        let came = comes(fuzzed, valid, bytes).await?;
        let took = began.elapsed();
        if took < LIMIT {
            return Ok((came, took));
        }
        slow = slow.min(took);
    }
    Err(format!("it takes {slow:?}, each time"))
}

async fn comes(fuzzed: &Fuzzed, valid: &Value, bytes: &[u8]) -> Result<Came, String> {
    // As `host/serve.rs` does.
    let read = std::panic::catch_unwind(|| serde_json::from_slice::<Call>(bytes));
    let Ok(call) = read.map_err(|_| "reading it panics".to_owned())? else {
        return Ok(Came::Unread);
    };
    if said_again(&call) == *valid {
        return Ok(Came::Same);
    }
    let only_asks = only_asks(&said_again(&call));
    let host = Arc::clone(&fuzzed.host);
    // In a task of its own: one that blocks its thread is noticed too.
    let answering = tokio::spawn(async move { host.answer(call).await });
    match tokio::time::timeout(LIMIT * 20, answering).await {
        Err(_) => Err("it hangs".to_owned()),
        Ok(Err(_)) => Err("answering it panics".to_owned()),
        Ok(Ok(Reply::Refused(problem))) => Ok(Came::Refused(problem.code.as_str().to_owned())),
        Ok(Ok(Reply::Done(_))) => Ok(Came::Done(only_asks)),
    }
}

/// The request as it was understood.
fn said_again(call: &Call) -> Value {
    serde_json::to_value(&call.request).expect("it came as JSON")
}

fn only_asks(request: &Value) -> bool {
    let kind = kind(request);
    let asks = ["_list", "_show", "_thumb", "_progress"];
    asks.iter().any(|end| kind.ends_with(end))
        || [
            "post_check",
            "plan",
            "spans",
            "status",
            "journal",
            "timeline",
            "doctor",
            "retire",
            "unlock",
        ]
        .contains(&kind.as_str())
}

/// What somebody who looks for the cause needs of it.
fn shown(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let short: String = text.chars().take(1_500).collect();
    format!("{short} ({} bytes)", bytes.len())
}

/// Tasks that nobody waits for panic as well.
fn count_panics() -> Arc<AtomicUsize> {
    let panics = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&panics);
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        counted.fetch_add(1, Ordering::SeqCst);
        usual(panic);
    }));
    panics
}
