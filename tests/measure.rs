//! Figures of the built programs, for `docs/performance.md`: what a host costs while it waits, and how late it posts.
//! They take minutes, so they run only when `script/performance` asks for them; else they say so and end.

mod beside;
mod resident;

use std::time::Duration;

use crate::support::process::number_of;
use crate::support::servers::Mastodon;
use crate::support::world::{World, now, wait_for};

const POSTS: i64 = 200;
const APART: i64 = 3;

/// For how many minutes, if this run is to measure at all.
fn asked() -> Option<u64> {
    let minutes = std::env::var("KOSSORI_MEASURE")
        .ok()
        .and_then(|text| text.parse().ok());
    if minutes.is_none() {
        println!("not measured: script/performance asks for it");
    }
    minutes
}

/// PSS of the process, in KiB.
fn pss(pid: u32) -> u64 {
    number_of(pid, "smaps_rollup", "Pss:")
}

/// Voluntary context switches of all threads so far.
fn switches(pid: u32) -> u64 {
    let tasks = std::fs::read_dir(format!("/proc/{pid}/task")).expect("the host lives");
    tasks
        .flatten()
        .filter_map(|task| std::fs::read_to_string(task.path().join("status")).ok())
        .filter_map(|status| {
            let line = status
                .lines()
                .find(|line| line.starts_with("voluntary_ctxt_switches:"))?
                .to_owned();
            line.split_whitespace().nth(1)?.parse::<u64>().ok()
        })
        .sum()
}

/// Practice twice, and one on a server.
fn three_accounts(world: &World, mastodon: &Mastodon) -> [String; 3] {
    [
        world.add_practice("one"),
        world.add_practice("two"),
        world.add_mastodon(mastodon, "alice"),
    ]
}

/// One post out of the door, 200 queued, 2,000 journal rows and more: how many.
fn fill(world: &World, [practice, _, remote]: &[String; 3]) -> usize {
    // Keyring, database, HTTP and socket have all been used once.
    world.ctl(&["spacing", "set", "--gap", "0"]);
    world.ctl(&["break", "5"]);
    world.queue(remote, "warm");
    wait_for("the first post", Duration::from_secs(60), || {
        world.ctl(&["status"])["counts"]["sent"] == 1
    });
    world.ctl(&["break", "end"]);
    world.ctl(&["spacing", "set", "--gap", "30"]);
    // Nothing is to come due meanwhile: the windows begin the day after tomorrow.
    let far = now()
        .to_zoned_datetime(jiff::tz::TimeZone::UTC)
        .checked_add(jiff::ToSpan::days(2))
        .expect("a date");
    for window in ["lunch", "evening", "weekend"] {
        world.ctl(&["window", "edit", window, "--first-day", &far.date().to_string()]);
    }
    let mut last = String::new();
    for n in 0..200 {
        last = world.queue(practice, &format!("{n} 報告書"));
    }
    let rows = || world.ctl(&["journal"])["entries"].as_array().expect("rows").len();
    let mut have = rows();
    while have < 2_000 {
        for _ in have..2_000 {
            world.ctl(&["queue", "hold", &last]);
            world.ctl(&["queue", "approve", &last]);
        }
        have = rows();
    }
    have
}

/// PSS each minute for some minutes, in order of size, and the voluntary switches meanwhile.
async fn watch(pid: u32, minutes: u64) -> (Vec<u64>, u64) {
    // It rests a while after the last request before it counts as idle.
    tokio::time::sleep(Duration::from_secs(60)).await;
    let (before, mut samples) = (switches(pid), vec![pss(pid)]);
    for _ in 0..minutes {
        tokio::time::sleep(Duration::from_secs(60)).await;
        samples.push(pss(pid));
    }
    samples.sort_unstable();
    (samples, switches(pid) - before)
}

/// A full host with nothing to do for some minutes.
#[tokio::test(flavor = "multi_thread")]
async fn idle_server_and_host() {
    let Some(minutes) = asked() else { return };
    let mastodon = Mastodon::start().await;
    let world = World::start();
    let accounts = three_accounts(&world, &mastodon);
    let host = world.start_run();
    let have = fill(&world, &accounts);
    let pid = host.pid();
    let (samples, switched) = watch(pid, minutes).await;
    let tasks = std::fs::read_dir(format!("/proc/{pid}/task"))
        .expect("the host lives")
        .count();
    println!(
        "{{\"pss_kib_median\":{},\"pss_kib_least\":{},\"pss_kib_most\":{},\"minutes\":{minutes},\"voluntary_switches\":{switched},\"threads\":{tasks},\"journal_rows\":{have}}}",
        samples[samples.len() / 2],
        samples[0],
        samples[samples.len() - 1],
    );
}

/// 200 posts with exact times 3 s apart: the server's receive time minus the planned time.
#[tokio::test(flavor = "multi_thread")]
async fn lateness_at_a_server() {
    if asked().is_none() {
        return;
    }
    let mastodon = Mastodon::start().await;
    let world = World::start();
    let account = world.add_mastodon(&mastodon, "alice");
    let _host = world.start_run();
    world.open_wide();
    let begin = now()
        .saturating_add(jiff::SignedDuration::from_secs(60))
        .expect("a time")
        .as_second()
        + 1;
    let mut planned = std::collections::BTreeMap::new();
    for n in 0..POSTS {
        let at = jiff::Timestamp::from_second(begin + n * APART).expect("a time");
        let text = format!("lateness {n}");
        world.queue_with(&account, &text, &["--at", &at.to_string()]);
        planned.insert(text, at.as_millisecond());
    }
    let limit = Duration::from_secs(u64::try_from(POSTS * APART).expect("small") + 180);
    // Asked rarely: who measures must not be what is measured.
    let deadline = now()
        .saturating_add(jiff::SignedDuration::try_from(limit).expect("a limit"))
        .expect("a time");
    while world.ctl(&["status"])["counts"]["sent"] != POSTS {
        assert!(now() < deadline, "waited {limit:?} in vain for all posts");
        tokio::time::sleep(Duration::from_secs(10)).await;
    }
    let mut late: Vec<i64> = mastodon
        .gate
        .log()
        .iter()
        .filter(|call| call.method == "POST" && call.path.ends_with("/api/v1/statuses"))
        .filter_map(|call| {
            let body: serde_json::Value = serde_json::from_slice(&call.body).ok()?;
            Some(call.received_at_ms - planned.get(body["status"].as_str()?)?)
        })
        .collect();
    late.sort_unstable();
    assert_eq!(
        i64::try_from(late.len()).expect("small"),
        POSTS,
        "one post call each"
    );
    let at = |share: usize| late[(late.len() - 1) * share / 100];
    println!(
        "{{\"posts\":{POSTS},\"least_ms\":{},\"median_ms\":{},\"p95_ms\":{},\"p99_ms\":{},\"most_ms\":{}}}",
        late[0],
        at(50),
        at(95),
        at(99),
        late[late.len() - 1]
    );
}
