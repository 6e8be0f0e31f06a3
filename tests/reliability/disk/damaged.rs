//! Wrong bytes in the database, in its log, in a backup: it is said before anything goes out, the newest backup that is
//! whole is the one to go back to, and what is damaged is kept aside.

use std::fs;

use serde_json::{Value, json};

use super::forgetful::Forgetful;
use super::shim::{Chance, Fault, Kind};
use super::story::{Server, Story};
use crate::support::tally::{Row, amount};

/// Somewhere in the file: a bit, some bytes, or all from there on.
fn spoil(bytes: &mut Vec<u8>, chance: &mut Chance) -> String {
    let at = usize::try_from(chance.below(bytes.len() as u64)).expect("small");
    match chance.below(4) {
        0 | 1 => {
            bytes[at] ^= 1 << chance.below(8);
            format!("a bit at {at}")
        }
        2 => {
            let end = (at + 1 + usize::try_from(chance.below(6_000)).expect("small")).min(bytes.len());
            bytes[at..end].fill(0);
            format!("zeros from {at} to {end}")
        }
        _ => {
            bytes.truncate(at);
            format!("cut at {at}")
        }
    }
}

/// The last frames that were on the disk before the post call.
fn hole_in_sending(log: &mut [u8], story: &Story) -> String {
    const FRAME: usize = 24 + 4096;
    let note = fs::read(story.disk.folder().join("kossori.db-sent")).expect("what was sent is noted");
    let frames = usize::from(note[14]) * 256 + usize::from(note[15]);
    let from = 32 + FRAME * (frames - 2) + 277;
    log[from..from + 5_091].fill(0);
    format!(
        "zeros from {from}, in frame {} of those before the call",
        frames - 2
    )
}

fn spoilt_anew(good: &[u8], chance: &mut Chance) -> Vec<u8> {
    let mut spoilt = good.to_vec();
    while spoilt == good {
        spoil(&mut spoilt, chance);
    }
    spoilt
}

fn row(fault: &str, how: &str) -> Row {
    Row::new(fault, how, "a server that ignores keys")
}

#[tokio::test(flavor = "multi_thread")]
async fn database_is_found_kept_aside_and_restored_for_a_server_that_ignores_keys() {
    let mut story = Story::begin(Server::Forgetful(Forgetful::start()));
    let mut chance = Chance::new(7);
    for number in 0..5 {
        assert_eq!(story.add(&format!("post {number}"), false, Fault::None).exit, 0);
    }
    // Two backups: an older one, and the day's from before the posts went.
    assert_eq!(story.world.ctl(&["run", "--until-empty"])["sent"], json!(5));
    story.age_backups();
    let made = story.newest_backup();
    assert_eq!(story.world.ctl(&["run", "--until-empty"])["sent"], json!(0));
    let newest = story.newest_backup();
    assert_ne!(made, newest);
    let backups = story.disk.folder().join("backups");
    let older = made_older(&story);
    let file = |id: &str| backups.join(format!("{id}.db"));
    let good = fs::read(file(&newest)).expect("a backup");
    let database = story.put_away();
    let mut runs = 0;
    for number in 0..amount(12, 200) {
        let mut spoilt = database.clone();
        let what = spoil(&mut spoilt, &mut chance);
        if spoilt == database {
            continue;
        }
        story.put_back(&spoilt);
        // Each second time the newest backup is damaged too.
        let is_newest = number % 2 == 0;
        let wanted = if is_newest { &newest } else { &older };
        if !is_newest {
            fs::write(file(&newest), spoilt_anew(&good, &mut chance)).expect("written");
        }
        runs += 1;
        // Whatever is read of it is what was written, or nothing is.
        let ran = story.world.say(&["run", "--until-empty"]);
        assert_eq!(ran.exit, 1, "{what}: it is found at the start: {ran:?}");
        let refusal = ran.refusal();
        assert_eq!(refusal["code"], "database_damaged", "{what}: {ran:?}");
        assert_eq!(refusal["args"]["way_back"], "whole", "{what}: {ran:?}");
        assert_eq!(
            refusal["args"]["backup"], **wanted,
            "{what}: the newest whole one"
        );
        let hint = refusal["hint"].as_str().unwrap_or_default();
        let command = format!("kossorictl backup restore {wanted}");
        assert!(hint.contains(&command), "{what}: {hint}");
        if !is_newest {
            // With the last whole one gone too there is nothing to go back to, and that is said.
            let whole = fs::read(file(&older)).expect("a backup");
            fs::write(file(&older), spoilt_anew(&whole, &mut chance)).expect("written");
            let refusal = story.world.say(&["run", "--until-empty"]).refusal();
            assert_eq!(refusal["args"]["way_back"], "none", "{what}: {refusal}");
            assert_eq!(refusal["args"]["backup"], Value::Null, "{what}: {refusal}");
            fs::write(file(&older), whole).expect("written");
        }
        let doctor = story.world.ctl(&["doctor"]);
        let mut checks = doctor["checks"].as_array().expect("checks").iter();
        // The folder does not open, or one of its database's pages does not check.
        assert!(
            checks
                .any(|check| check["ok"] == false
                    && (check["name"] == "folder" || check["name"] == "database")),
            "{what}: {doctor}, {ran:?}"
        );
        let offered = story
            .backups()
            .into_iter()
            .find(|(_, whole)| *whole)
            .expect("a whole one")
            .0;
        assert_eq!(&offered, wanted, "{what}: a damaged one is not offered");
        story.world.ctl(&["backup", "restore", &offered]);
        assert_eq!(
            story.world.ctl(&["status"])["reason"],
            "folder_is_a_copy",
            "{what}"
        );
        story.is_whole();
        let kept = fs::read_dir(story.disk.folder()).expect("the folder").flatten();
        let kept = kept
            .filter(|entry| {
                entry
                    .file_name()
                    .to_string_lossy()
                    .starts_with("kossori.db.kept-")
            })
            .any(|entry| {
                fs::read(entry.path()).is_ok_and(|bytes| bytes.len().abs_diff(spoilt.len()) < 100_000)
            });
        assert!(kept, "{what}: it is kept aside");
        // What waited in it is held, or asked about, and nothing goes again by itself.
        story.world.ctl(&["adopt"]);
        assert_eq!(
            story.world.say(&["run", "--until-empty"]).value()["sent"],
            json!(0),
            "{what}"
        );
        fs::write(file(&newest), &good).expect("written");
    }
    // The older backup at last: five were still waiting in it.
    story.world.ctl(&["backup", "restore", &older]);
    assert_eq!(
        story.world.say(&["run", "--until-empty"]).value()["sent"],
        json!(0)
    );
    story.world.ctl(&["adopt"]);
    story.settle();
    let note =
        "Found at the start each time, kept aside, the newest whole backup restored, adopted, and run.";
    let row = row(
        "wrong bytes in the database, and in its newest backup",
        "a bit, zeros, or cut short at a random place",
    );
    story.became().await.into_row(row, runs, note).held();
}

fn made_older(story: &Story) -> String {
    story.backups().pop().expect("a backup").0
}

/// What a killed process leaves in the log is the newest of all: what was sent just now.
#[tokio::test(flavor = "multi_thread")]
async fn log_loses_nothing_in_silence_for_a_server_that_ignores_keys() {
    let mut story = Story::begin(Server::Forgetful(Forgetful::start()));
    let mut chance = Chance::new(8);
    let (mut runs, mut said, mut without) = (0, 0, 0);
    for number in 0..amount(10, 150) {
        let text = format!("post {number}");
        let added = story.add(&text, false, Fault::None);
        assert_eq!(added.exit, 0, "{added:?}");
        // Dies with all of its commits in the log. A busy machine may look as if it rested before it began.
        for _ in 0..10 {
            story.host_until_it_rests(Fault::Kill(Kind::Any, u64::MAX, "before"));
            if story.server.texts().await.contains(&text) {
                break;
            }
        }
        let log = story.disk.folder().join("kossori.db-wal");
        let good = fs::read(&log).expect("the log of a host that was killed");
        let mut spoilt = good.clone();
        // Every third one is just where the post call was made ready.
        let what = if number % 3 == 0 {
            hole_in_sending(&mut spoilt, &story)
        } else {
            spoil(&mut spoilt, &mut chance)
        };
        // The whole of a log that ends sooner is what a loss of power leaves: no program can know of the rest.
        if spoilt == good || what.starts_with("cut") {
            without += 1;
            continue;
        }
        fs::write(&log, &spoilt).expect("written");
        runs += 1;
        let ran = story.world.say(&["run", "--until-empty"]);
        if ran.exit == 1 && ran.refusal()["code"] == "database_damaged" {
            said += 1;
            // The person's own way back; here the log as it was is at hand.
            fs::write(&log, &good).expect("written");
        } else {
            assert!(ran.exit == 0 || ran.exit == 3, "{what}: {ran:?}");
        }
    }
    story.settle();
    story.is_whole();
    let note = format!(
        "{said} said as damaged and put right, the others in what a loss of power could have torn. {without} more were cut \
         short or spoilt nothing, and were not tried."
    );
    let row = row(
        "wrong bytes in the database's log",
        "a bit or zeros at a random place, or where a post call was made ready, after a kill",
    );
    story.became().await.into_row(row, runs, &note).held();
}
