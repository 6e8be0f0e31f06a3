//! Killed at the N-th call while a backup is made or restored: the old one or the new one is there, never half of one, and
//! the story goes on.

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;

use super::forgetful::Forgetful;
use super::power::KEPT;
use super::shim::{Chance, EIO, Fault, Kind};
use super::story::{Server, Story};
use crate::support::tally::{Row, amount};

/// Every so many calls, each before, in the middle of, or after it, and with an error in its place.
fn faults(calls: u64, sample: u64, chance: &mut Chance) -> Vec<Fault> {
    let all = amount(sample, calls * 4);
    (0..all)
        .map(|number| {
            let nth = 1 + number * calls / all;
            match chance.one_of(&["before", "half", "after", ""]) {
                "" => Fault::Fail(Kind::Any, nth, EIO, "once"),
                how => Fault::Kill(Kind::Any, nth, how),
            }
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn while_a_backup_is_restored_the_server_has_each_post_once() {
    let mut story = Story::begin(Server::Forgetful(Forgetful::start())).with_power();
    let mut chance = Chance::new(5);
    for number in 0..3 {
        assert_eq!(story.add(&format!("post {number}"), false, Fault::None).exit, 0);
    }
    // The day's backup is made before they go.
    assert!(!story.host_until_it_rests(Fault::None));
    let id = story.newest_backup();
    let database = story.disk.folder().join("kossori.db");
    let after_sending = story.put_away();
    story.disk.forget();
    assert_eq!(story.say(&["backup", "restore", &id], "", Fault::None).exit, 0);
    let calls = story.disk.count(Kind::Any);
    assert!(calls > 15, "{calls} calls");
    let (mut fired, mut old, mut new) = (0, 0, 0);
    for fault in faults(calls, 16, &mut chance) {
        story.put_back(&after_sending);
        story.disk.forget();
        let said = story.say(&["backup", "restore", &id], "", fault);
        fired += u64::from(story.disk.fired());
        let kept = chance.one_of(&KEPT);
        story.disk.cut_power(&mut chance, kept);
        assert!(database.exists(), "{fault:?}: no database at all");
        let status = story.world.ctl(&["status"]);
        let states: BTreeSet<String> = story.states().into_values().collect();
        let states: Vec<&str> = states.iter().map(String::as_str).collect();
        match states[..] {
            ["sent"] => {
                assert_ne!(said.exit, 0, "{fault:?}: restored, it was said");
                assert_eq!(status["reason"], Value::Null, "{fault:?}: it is as it was");
                old += 1;
            }
            ["queued"] => {
                assert_eq!(status["reason"], "folder_is_a_copy", "{fault:?}");
                new += 1;
            }
            _ => panic!("{fault:?}: half of it: {states:?}"),
        }
        story.is_whole();
    }
    // Whichever it is at last.
    assert!(!story.host_until_it_rests(Fault::None));
    drop(story.world.say(&["adopt"]));
    story.settle();
    let row = Row::new(
        "killed or failing while a backup is restored",
        "at the N-th call to the disk, and what was not synced lost",
        "a server that ignores keys",
    );
    let note = format!(
        "{calls} calls; the old database {old} times, as it was, the backup's {new} times and paused, half of one never."
    );
    story.became().await.into_row(row, fired, &note).held();
}

/// Anew after so many: what is in the folder grows, and with it the calls that come before a backup.
const OF_ONE_STORY: usize = 50;

#[tokio::test(flavor = "multi_thread")]
async fn while_a_backup_is_made_the_server_has_each_post_once() {
    let mut chance = Chance::new(6);
    let mut row = Row::new(
        "killed or failing while a backup is made",
        "at the N-th call to the disk, and what was not synced lost",
        "a server that ignores keys",
    );
    let (mut all, mut tried, mut made) = (1, 0, 0);
    let mut calls = 0;
    while tried < all {
        let mut story = Story::begin(Server::Forgetful(Forgetful::start())).with_power();
        for pass in 0..2 {
            story.age_backups();
            assert_eq!(
                story.add(&format!("undisturbed {pass}"), false, Fault::None).exit,
                0
            );
            assert!(!story.host_until_it_rests(Fault::None));
            story.disk.forget();
        }
        calls = story.disk.count(Kind::Any);
        let faults = faults(calls, 10, &mut chance);
        all = faults.len();
        let (mut fired, mut made_here) = (0, 0);
        for (number, fault) in faults.into_iter().enumerate().skip(tried).take(OF_ONE_STORY) {
            story.age_backups();
            let before = story.backups();
            assert_eq!(story.add(&format!("post {number}"), false, Fault::None).exit, 0);
            fired += u64::from(story.host_until_it_rests(fault));
            let kept = chance.one_of(&KEPT);
            story.disk.cut_power(&mut chance, kept);
            assert_eq!(
                story.pauses(),
                Value::Null,
                "{fault:?}: the folder goes on by itself"
            );
            let after = story.backups();
            made_here += u64::from(after.len() > before.len() || after.first() != before.first());
            assert!(after.iter().all(|(_, whole)| *whole), "{fault:?}: {after:?}");
            let kept_of_before = before.iter().filter(|backup| after.contains(backup)).count();
            assert!(
                kept_of_before >= before.len().min(4),
                "{fault:?}: {before:?}, then {after:?}"
            );
            // What is left over of one is replaced, and not more and more.
            let names = fs::read_dir(story.disk.folder().join("backups")).expect("the backups");
            assert!(names.count() < 20, "unfinished copies pile up");
            tried += 1;
        }
        made += made_here;
        story.settle();
        story.is_whole();
        row = story.became().await.onto(row, fired);
    }
    row.note =
        format!("{calls} calls; a new backup {made} times, every listed one whole, the older ones kept.");
    row.held();
}
