//! The judgement of a story: the servers' own lists against what the app promised.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use kossori_core::delivery::State;
use kossori_core::network::{Network, Persona};
use kossori_engine::model::{Delivery, Event, When};
use kossori_engine::ports::JournalRows;
use sha2::{Digest, Sha256};

use super::net::{Commit, Fate};
use super::story::{Promise, Story};
use crate::parts::tag;

/// What a post call may take: no more is waited for.
const WHOLE_CALL: SignedDuration = SignedDuration::from_millis(29_900);
/// From the beginning of one call to the beginning of another.
const DISTANCE: SignedDuration = SignedDuration::from_secs(10 * 60 - 1);

/// What is to go at an exact time, whatever is open then, may go so long after it.
const OWN_TIME: SignedDuration = SignedDuration::from_mins(10);

#[derive(Default)]
pub struct Verdict {
    pub posts: u64,
    /// Those of them with a post call that met a fault.
    pub met: u64,
    pub commits: u64,
    pub doubled: Vec<String>,
    pub lost: Vec<String>,
    pub outside: Vec<String>,
    pub wrong_account: Vec<String>,
    /// A wrong word about what is there, a wider visibility, a part out of order, spinning, a rule of the house broken.
    pub untrue: Vec<String>,
    /// Commits that the network made outside by itself, after the client had let go.
    pub by_network_outside: u64,
}

impl Verdict {
    pub fn faults(&self) -> Vec<String> {
        let named = [
            ("doubled", &self.doubled),
            ("lost", &self.lost),
            ("outside", &self.outside),
            ("wrong account", &self.wrong_account),
            ("untrue", &self.untrue),
        ];
        named
            .iter()
            .flat_map(|(name, all)| all.iter().map(move |line| format!("{name}: {line}")))
            .collect()
    }
}

pub fn judge(story: &Story) -> Verdict {
    let mut verdict = Verdict::default();
    let commits = story.all_commits();
    verdict.commits = commits.len() as u64;
    verdict.posts = story.promises.len() as u64;
    let met = story.machine.net.met();
    let is_met = |promise: &&Promise| met.contains(&(promise.author.clone(), promise.number));
    verdict.met = story.promises.iter().filter(is_met).count() as u64;
    each_once(story, &commits, &mut verdict);
    each_in_time(story, &commits, &mut verdict);
    each_as_promised(story, &commits, &mut verdict);
    each_true(story, &commits, &mut verdict);
    each_kept(story, &commits, &mut verdict);
    each_told(story, &commits, &mut verdict);
    apart(story, &commits, &mut verdict);
    verdict.untrue.extend(story.machine.net.wrongs());
    verdict.untrue.extend(story.machine.spins.iter().cloned());
    verdict.untrue.extend(story.machine.ticks_in_a_minute());
    verdict
}

fn is_misfiled(commit: &Commit) -> bool {
    commit.by_fate == Some(Fate::WrongAuthor)
}

fn each_once(story: &Story, commits: &[Commit], verdict: &mut Verdict) {
    let mut seen = BTreeMap::new();
    for commit in commits.iter().filter(|commit| !is_misfiled(commit)) {
        // Another wording of the same may be out as well, where a folder that was put back had forgotten the change.
        let promise = tag(&commit.text).and_then(|(number, _)| promise_of(story, number, &commit.author));
        let exactly = promise.is_some_and(|promise| promise.unsure && promise.copied.is_some());
        let words = exactly.then_some(commit.text.as_str());
        if let Some(first) = seen.insert((commit.author.as_str(), tag(&commit.text), words), commit) {
            verdict.doubled.push(format!("{first:?} and {commit:?}"));
        }
    }
}

fn promise_of<'a>(story: &'a Story, number: u64, author: &str) -> Option<&'a Promise> {
    let is_it = |promise: &&Promise| promise.number == number && promise.author == author;
    story.promises.iter().find(is_it)
}

fn each_in_time(story: &Story, commits: &[Commit], verdict: &mut Verdict) {
    for commit in commits {
        let number = tag(&commit.text).map_or(0, |(number, _)| number);
        let open = |at: Timestamp| story.openings.allows(at, number);
        if open(commit.at) || open(commit.stamped) {
            continue;
        }
        match commit.by_fate {
            // Delivered when the whole time of the call had passed, all of which was open.
            Some(Fate::DeliveredLate | Fate::DeliveredTwice)
                if commit.at - WHOLE_CALL >= commit.left_at
                    && open(commit.left_at)
                    && open(commit.left_at + WHOLE_CALL) =>
            {
                verdict.by_network_outside += 1;
            }
            _ => verdict.outside.push(format!("{commit:?}")),
        }
    }
}

/// Whose, in which words, how visible, as an answer to what.
fn each_as_promised(story: &Story, commits: &[Commit], verdict: &mut Verdict) {
    for commit in commits.iter().filter(|commit| !is_misfiled(commit)) {
        let Some((number, part)) = tag(&commit.text) else {
            verdict
                .untrue
                .push(format!("words that nobody wrote: {commit:?}"));
            continue;
        };
        if story.refused.contains(&number) {
            verdict
                .untrue
                .push(format!("text {number} was refused and is there"));
            continue;
        }
        let Some(promise) = promise_of(story, number, &commit.author) else {
            verdict.wrong_account.push(format!("{commit:?}"));
            continue;
        };
        let says = |(_, parts): &(Timestamp, Vec<String>)| parts.get(part) == Some(&commit.text);
        let true_words = if promise.unsure {
            promise.wordings.iter().any(says)
        } else {
            let mut newest_first = promise.wordings.iter().rev();
            let in_force = newest_first.find(|(from, _)| *from <= commit.left_at);
            in_force.is_some_and(says)
        };
        if !true_words {
            verdict.untrue.push(format!(
                "other words than the last ones: {commit:?} {:?}",
                promise.wordings
            ));
        }
        let pictures = promise.pictures.get(part).map_or(&[][..], Vec::as_slice);
        if !shows(commit, pictures) {
            verdict
                .untrue
                .push(format!("other pictures than {pictures:?}: {commit:?}"));
        }
        let wider = commit.by_fate == Some(Fate::WiderVisibility);
        if commit.visibility != promise.visibility.as_str() && !wider {
            verdict
                .untrue
                .push(format!("another visibility than asked: {commit:?}"));
        }
        if part > 0 && !promise.begun_anew {
            let mut before = commits.iter().filter(|other| {
                other.author == commit.author
                    && tag(&other.text) == Some((number, part - 1))
                    && !is_misfiled(other)
            });
            // In another wording it may be out as well (`each_once`).
            let several = promise.unsure && promise.copied.is_some();
            let before = before.find(|other| !several || Some(&other.id) == commit.reply_to.as_ref());
            if before.map(|other| &other.id) != commit.reply_to.as_ref() {
                verdict
                    .untrue
                    .push(format!("no answer to the part before: {commit:?}, {before:?}"));
            }
        }
    }
}

/// By what they show; practice names them by their sum.
fn shows(commit: &Commit, pictures: &[String]) -> bool {
    let sum = |path: &String| hex::encode(Sha256::digest(path.as_bytes()));
    commit.pictures == pictures
        || commit
            .pictures
            .iter()
            .eq(pictures.iter().map(sum).collect::<Vec<_>>().iter())
}

/// Whatever the app calls sent is there, word for word, and nothing waits any more.
fn each_true(story: &Story, commits: &[Commit], verdict: &mut Verdict) {
    let there: BTreeSet<(&str, &str)> = commits
        .iter()
        .filter(|commit| !is_misfiled(commit))
        .map(|commit| (commit.author.as_str(), commit.text.as_str()))
        .collect();
    story.machine.disk.look(|memory| {
        for delivery in memory.deliveries(&State::ALL) {
            let who = story
                .people
                .iter()
                .find(|who| who.id == delivery.account.as_str());
            let author = who.map_or("", |who| who.name);
            match delivery.state {
                State::Sent => {
                    let revision = memory.revisions(std::slice::from_ref(&delivery.revision));
                    let parts = revision.iter().flat_map(|revision| &revision.content.parts);
                    for part in parts.filter(|part| !there.contains(&(author, part.text.as_str()))) {
                        verdict
                            .lost
                            .push(format!("{author}: said to be sent, and not there: {}", part.text));
                    }
                }
                state if !state.is_final() => verdict.lost.push(format!(
                    "{author}: still {state:?} after weeks of calm: {:?} {delivery:?}",
                    story.reasons.get(delivery.id.as_str()),
                )),
                _ => {}
            }
        }
    });
}

/// What was promised is known, and what the app says of it is so.
fn each_kept(story: &Story, commits: &[Commit], verdict: &mut Verdict) {
    let states = story.states();
    for promise in &story.promises {
        let name = format!("text {} of {}", promise.number, promise.author);
        let Some(delivery) = states.get(&promise.delivery) else {
            if !promise.may_be_missing {
                verdict
                    .lost
                    .push(format!("{name}: acknowledged, and not in the folder"));
            }
            continue;
        };
        let parts = promise.wordings.last().map_or(0, |(_, parts)| parts.len());
        let there = (0..parts)
            .filter(|part| {
                commits.iter().any(|commit| {
                    commit.author == promise.author
                        && tag(&commit.text) == Some((promise.number, *part))
                        && !is_misfiled(commit)
                })
            })
            .count();
        let said = delivery.parts_sent as usize;
        let unsaid = there > said.max(parts.saturating_sub(delivery.parts as usize) + said);
        match delivery.state {
            State::Sent if there < parts && !promise.unsure => verdict.lost.push(format!(
                "{name}: said to be sent, {there} of {parts} parts are there"
            )),
            State::Left => {
                let by_person = promise.left || promise.withdrawn || promise.unsure;
                let was_open = story.machine.net.was_doubtful(&promise.author, promise.number)
                    || story.machine.disk.was_cut_off(&delivery.id)
                    || promise.copied.is_some()
                    || was_asked_as_a_copy(story, delivery)
                    || is_practice(story, &promise.author);
                if !by_person {
                    verdict.lost.push(format!("{name}: left by nobody"));
                } else if !was_open && there < parts {
                    verdict
                        .lost
                        .push(format!("{name}: left, and it never was in doubt: {delivery:?}"));
                }
            }
            State::Missed if !was_over(story, delivery) => {
                verdict
                    .lost
                    .push(format!("{name}: missed, and its time was not over: {delivery:?}"));
            }
            State::Rejected if delivery.refusal.is_none() || !was_refused(story, promise) => {
                verdict
                    .lost
                    .push(format!("{name}: rejected by nobody: {delivery:?}"));
            }
            State::Rejected | State::Missed | State::Removed => {
                if unsaid && !promise.unsure && promise.copied.is_none() {
                    verdict.untrue.push(format!(
                        "{name}: {:?} with {said} parts sent, and {there} are there",
                        delivery.state
                    ));
                }
                let by_person = promise.withdrawn || promise.unsure;
                // Only a person removes: what was turned away, in `attend`.
                if delivery.state == State::Removed
                    && !by_person
                    && there < parts
                    && delivery.refusal.is_none()
                {
                    verdict.lost.push(format!("{name}: removed by nobody"));
                }
            }
            // Of what is open every one is told above.
            _ => {}
        }
    }
}

/// By the machine's clock, for the app has no other: it became `missed` when its time had passed: its expiry, or the ten minutes that it opens for itself.
fn was_over(story: &Story, delivery: &Delivery) -> bool {
    let own_end = match delivery.when {
        When::At(at) if delivery.override_window => Some(at + OWN_TIME),
        _ => None,
    };
    let end = [delivery.expires_at, own_end].into_iter().flatten().min();
    let missed = story.machine.disk.missed_at(&delivery.id);
    end.zip(missed).is_some_and(|(end, missed)| end <= missed)
}

/// The rest of a thread in a folder that was put back is asked about when it is approved, whoever sent what came before it.
fn was_asked_as_a_copy(story: &Story, delivery: &Delivery) -> bool {
    let journal = story
        .machine
        .disk
        .look(|memory| memory.journal(JournalRows::default()));
    journal.iter().any(|entry| {
        entry.delivery.as_ref() == Some(&delivery.id)
            && entry.event == Event::Unknown
            && entry.detail.as_deref() == Some("copy")
    })
}

/// Its server really turned it away. Practice does not know whom: of its account, as many as it refused at most.
fn was_refused(story: &Story, promise: &Promise) -> bool {
    if !is_practice(story, &promise.author) {
        return story.machine.net.was_turned_away(&promise.author, promise.number);
    }
    let account = story.people.iter().find(|who| who.name == promise.author);
    let account = account.map_or("", |who| who.id.as_str());
    let states = story.states();
    let of_account = |delivery: &&Delivery| delivery.account.as_str() == account;
    let rejected = |delivery: &&Delivery| delivery.state == State::Rejected;
    let rejected = states.values().filter(of_account).filter(rejected).count();
    rejected as u64 <= story.machine.disk.practice_refused(account)
}

/// What a server has shown to more people than was asked, and said so, is in the journal of what is sent. A folder that
/// was put back may have lost that row with the rest.
fn each_told(story: &Story, commits: &[Commit], verdict: &mut Verdict) {
    let states = story.states();
    let journal = story
        .machine
        .disk
        .look(|memory| memory.journal(JournalRows::default()));
    let wider = |commit: &&Commit| commit.by_fate == Some(Fate::WiderVisibility);
    for commit in commits.iter().filter(wider) {
        let number = tag(&commit.text).map_or(0, |(number, _)| number);
        let Some(promise) = promise_of(story, number, &commit.author) else {
            continue;
        };
        let sent = states
            .get(&promise.delivery)
            .filter(|delivery| delivery.state == State::Sent);
        let Some(delivery) = sent else { continue };
        let heard = story.machine.net.was_widened(&promise.author, number);
        // The row of what was begun anew is that of the delivery before.
        if !heard || promise.copied.is_some() || promise.begun_anew {
            continue;
        }
        let told = journal.iter().any(|entry| {
            entry.event == Event::VisibilityDiffers && entry.delivery.as_ref() == Some(&delivery.id)
        });
        if !told {
            verdict
                .untrue
                .push(format!("nothing says that more people see it: {commit:?}"));
        }
    }
}

fn is_practice(story: &Story, author: &str) -> bool {
    let mut people = story.people.iter();
    people.any(|who| who.name == author && who.network == Network::Practice)
}

/// Two personas never together.
fn apart(story: &Story, commits: &[Commit], verdict: &mut Verdict) {
    let persona = |commit: &Commit| {
        let who = story.people.iter().find(|who| who.name == commit.author);
        who.map_or(Persona::Personal, |who| who.persona)
    };
    let mut own: Vec<&Commit> = commits.iter().filter(|commit| !is_misfiled(commit)).collect();
    own.sort_by_key(|commit| commit.left_at);
    for (index, commit) in own.iter().enumerate() {
        for other in own[index + 1..].iter().take(4) {
            let near = other.left_at.duration_since(commit.left_at) < DISTANCE;
            let wrong_clock = [commit, other].iter().any(|of| of.stamped != of.at);
            if near && !wrong_clock && persona(commit) != persona(other) {
                verdict
                    .untrue
                    .push(format!("two personas together: {commit:?} {other:?}"));
            }
        }
    }
}
