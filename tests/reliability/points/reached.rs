//! That nothing is without a point: no step of the table, no call of a port on the way of a post.

use std::collections::{BTreeMap, BTreeSet};

use kossori_core::delivery::State;

use crate::support::points::{Point, Written, legal_steps};
use crate::support::servers::repository;

type Step = (State, &'static str, &'static str);

/// Steps that this network's deliveries never take, and why.
pub const NOT_ON_BLUESKY: [Step; 4] = [
    (State::Sending, "NextPart", "a thread goes at once"),
    (State::Unknown, "NextPart", "a thread goes at once"),
    (State::NeedsYou, "NextPart", "a thread goes at once"),
    (
        State::Staged,
        "Refuse",
        "after staging only a later part is uploaded",
    ),
];
pub const NOT_ON_MASTODON: [Step; 1] = [(State::Sending, "TryAgain", "its tokens cannot be refreshed")];

/// Steps that no story here takes: the simulation dies at them, and `reliability::disk::copied` proves what was held.
const ELSEWHERE_TAKEN: [Step; 9] = [
    (
        State::Sending,
        "HoldRest",
        "shown to more people than was asked: the simulation's servers do that",
    ),
    (State::Unknown, "HoldRest", "the same, and its answer lost"),
    (
        State::NeedsYou,
        "HoldRest",
        "the same, and a person said that it is there",
    ),
    (State::Queued, "Leave", "taken back while it may be there"),
    (State::Held, "Leave", "the same"),
    (State::Claimed, "Leave", "the same"),
    (State::Staged, "Leave", "the same"),
    (
        State::Held,
        "Doubt",
        "held while it may be there, and past its time",
    ),
    (State::Held, "Prove", "approved in a copy, and found to be there"),
];

pub fn every_step_is_a_point(written: &[Written], explained: &[Step]) {
    let explained = [explained, &ELSEWHERE_TAKEN].concat();
    let written: BTreeSet<&Written> = written.iter().collect();
    let table = legal_steps();
    let explains = |step: &&Written| {
        explained
            .iter()
            .any(|(from, which, _)| *from == step.from && *which == step.step)
    };
    let nowhere: Vec<&Step> = explained
        .iter()
        .filter(|(from, which, _)| !table.iter().any(|step| step.from == *from && step.step == *which))
        .collect();
    assert!(nowhere.is_empty(), "the table has no such steps: {nowhere:#?}");
    let without: Vec<&Written> = table
        .iter()
        .filter(|step| !written.contains(step) && !explains(step))
        .collect();
    assert!(without.is_empty(), "no story takes these steps: {without:#?}");
    let for_nothing: Vec<&Written> = table
        .iter()
        .filter(|step| written.contains(step) && explains(step))
        .collect();
    assert!(
        for_nothing.is_empty(),
        "these are taken after all: {for_nothing:#?}"
    );
    println!(
        "{} steps of the table were committed, of {}",
        written.len(),
        table.len()
    );
}

/// Calls that publishing does not make.
const ELSEWHERE: [(&str, &str); 21] = [
    ("media.thumb", "for the eye"),
    ("store.counts", "for the eye"),
    ("store.deliveries_named", "for the journal's reader"),
    ("store.drafts", "drafts are not on the way of a post"),
    ("store.draft", "drafts are not on the way of a post"),
    ("timeline.publish", "practice's server, not the app"),
    ("timeline.find", "practice's server, not the app"),
    ("timeline.posts", "practice's server, not the app"),
    ("timeline.set_fault", "practice's server, not the app"),
    ("timeline.take_fault", "practice's server, not the app"),
    (
        "publisher.begin",
        "a person signs in by browser: there is no account yet",
    ),
    (
        "publisher.finish",
        "a person signs in by browser: there is no account yet",
    ),
    (
        "publisher.revoke",
        "a person signs out, and nothing is being sent",
    ),
    ("publisher.delete", "a person takes down what was sent"),
    ("store.last_thread", "only for a quiet reply"),
    ("timeline.remove", "practice's server, not the app"),
    ("vault.remove", "only when an account is removed"),
    ("vault.unlock", "a person's"),
    (
        "vault.is_locked",
        "only while something waits for a keyring that is locked",
    ),
    (
        "vault.unlocked",
        "only while something waits for a keyring that is locked",
    ),
    ("store.commit", "named by what it writes"),
];

pub const NOT_CALLED_ON_BLUESKY: [(&str, &str); 2] = [
    (
        "publisher.sign_in",
        "a person signs in; before the stories, and in one of them on Mastodon",
    ),
    (
        "publisher.at_url",
        "only where a thread goes part by part: a story of Mastodon's",
    ),
];

/// The ports' own source says which calls there are.
pub fn every_call_is_a_point(points: &BTreeMap<&'static str, Vec<Point>>, explained: &[(&str, &str)]) {
    let explained = [explained, &ELSEWHERE].concat();
    let passed: BTreeSet<&str> = points
        .values()
        .flatten()
        .filter_map(|point| point.name.split([':', ' ']).next())
        .collect();
    assert!(passed.contains("commit"), "commits are points");
    let mut without = Vec::new();
    let mut nowhere: BTreeSet<&str> = explained.iter().map(|(known, _)| *known).collect();
    for port in ["store", "vault", "publisher", "media", "timeline", "clock"] {
        let file = repository().join(format!("src-tauri/engine/src/ports/{port}.rs"));
        let source = std::fs::read_to_string(file).expect("a port's source");
        let calls = source
            .lines()
            .filter_map(|line| line.trim().strip_prefix("async fn "));
        for call in calls.filter_map(|rest| rest.split('(').next()) {
            let name = format!("{port}.{call}");
            if !nowhere.remove(name.as_str()) && !passed.contains(name.as_str()) {
                without.push(name);
            }
        }
    }
    assert!(without.is_empty(), "no story passes these calls: {without:?}");
    assert!(nowhere.is_empty(), "no port has such a call: {nowhere:?}");
}
