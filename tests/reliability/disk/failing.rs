//! The N-th call to the disk fails: once, from then on, or half of a write is done; then the power goes, or the process
//! dies. What was refused was said with a code, what was acknowledged goes out, and nothing goes out twice.

use std::collections::BTreeSet;

use serde_json::Value;

use super::forgetful::Forgetful;
use super::power::Kept;
use super::shim::{Chance, EIO, ENOSPC, Fault, Kind};
use super::story::{Server, Story};
use crate::support::tally::{Row, amount};

const FAULTS: [(Kind, i32, &str); 8] = [
    (Kind::Open, EIO, "once"),
    (Kind::Open, ENOSPC, "once"),
    (Kind::Write, EIO, "once"),
    (Kind::Write, EIO, "on"),
    (Kind::Write, ENOSPC, "short"),
    // The kernel says it once; what was not written then is gone, whatever a later fsync says.
    (Kind::Sync, EIO, "once"),
    (Kind::Name, EIO, "once"),
    // Full from then on.
    (Kind::Full, ENOSPC, "on"),
];

/// What a command may say of a disk.
pub const CODES: [&str; 4] = [
    "disk_full",
    "folder_unusable",
    "folder_read_only",
    "database_damaged",
];

/// Every call of a `post add`, and of a host that makes a backup and sends, in turn.
fn cases(story: &mut Story) -> Vec<(bool, Fault)> {
    let mut cases = Vec::new();
    for pass in 0..2 {
        story.age_backups();
        let said = story.add(&format!("undisturbed {pass}"), true, Fault::None);
        assert_eq!(said.exit, 0, "{said:?}");
        let adding = FAULTS.map(|(kind, ..)| story.disk.count(kind));
        assert!(!story.host_until_it_rests(Fault::None));
        let hosting = FAULTS.map(|(kind, ..)| story.disk.count(kind));
        story.disk.forget();
        cases.clear();
        for (counts, is_adding) in [(adding, true), (hosting, false)] {
            for ((kind, errno, how), count) in FAULTS.into_iter().zip(counts) {
                cases.extend((1..=count).map(|nth| (is_adding, Fault::Fail(kind, nth, errno, how))));
            }
        }
    }
    cases
}

/// Anew after so many: what is in the folder grows, and the N-th call would be another one.
const OF_ONE_STORY: u64 = 100;

async fn fails(server: impl Fn() -> Server, sample: u64, seed: u64) {
    let mut chance = Chance::new(seed);
    let mut row = Row::new(
        "a call to the disk fails",
        "the N-th open, write, fsync, rename or link of a whole story",
        server().name(),
    );
    let (mut number, mut wanted, mut all) = (0, 1, 0);
    let (mut refused, mut ended) = (0, 0);
    let mut codes = BTreeSet::new();
    while number < wanted {
        let mut story = Story::begin(server()).with_power();
        let cases = cases(&mut story);
        all = cases.len() as u64;
        wanted = amount(sample, all);
        let mut fired = 0;
        for _ in 0..OF_ONE_STORY.min(wanted - number) {
            let (is_adding, fault) = cases[usize::try_from(number * all / wanted).expect("small")];
            story.age_backups();
            let during = |stage: bool| if stage == is_adding { fault } else { Fault::None };
            let said = story.add(&format!("case {number}"), number % 4 == 0, during(true));
            let mut fires = is_adding && story.disk.fired();
            if said.exit != 0 {
                refused += 1;
                assert!(fires, "{fault:?}: refused without a reason: {said:?}");
                let code = said.refusal()["code"].as_str().unwrap_or_default().to_owned();
                assert!(CODES.contains(&code.as_str()), "{fault:?}: {said:?}");
                codes.insert(code);
            }
            if !is_adding {
                fires = story.host_until_it_rests(fault);
                ended += u64::from(fires && !story.rested());
            }
            fired += u64::from(fires);
            if chance.below(2) == 0 {
                story.disk.cut_power(&mut chance, Kept::Nothing);
            } else {
                story.disk.forget();
            }
            assert_eq!(
                story.pauses(),
                Value::Null,
                "{fault:?}: the folder goes on by itself"
            );
            number += 1;
        }
        println!("{number} of {wanted} cases");
        story.settle();
        story.is_whole();
        row = story.became().await.onto(row, fired);
    }
    row.note = format!(
        "{wanted} of {all} calls: open, write, fsync, rename with EIO or ENOSPC, full from then on; then the power or the \
         process gone. {refused} commands refused ({}), {ended} hosts ended.",
        codes.into_iter().collect::<Vec<_>>().join(", ")
    );
    row.held();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_ignores_keys_has_each_post_once() {
    fails(|| Server::Forgetful(Forgetful::start()), 16, 4).await;
}
