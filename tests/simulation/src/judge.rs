//! The judgement of a story: the servers' own lists against what the app promised.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use kossori_core::delivery::State;
use kossori_core::network::Persona;

use super::net::{Commit, Fate};
use super::story::{Promise, Story};
use crate::parts::tag;

/// From the beginning of one call to the beginning of another.
const DISTANCE: SignedDuration = SignedDuration::from_secs(10 * 60 - 1);

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
    let commits = story.machine.net.commits();
    verdict.commits = commits.len() as u64;
    verdict.posts = story.promises.len() as u64;
    let met = story.machine.net.met();
    let is_met = |promise: &&Promise| met.contains(&(promise.author.clone(), promise.number));
    verdict.met = story.promises.iter().filter(is_met).count() as u64;
    each_once(&commits, &mut verdict);
    each_in_time(story, &commits, &mut verdict);
    each_as_promised(story, &commits, &mut verdict);
    each_kept(story, &commits, &mut verdict);
    apart(story, &commits, &mut verdict);
    verdict.untrue.extend(story.machine.net.wrongs());
    verdict.untrue.extend(story.machine.spins.iter().cloned());
    verdict.untrue.extend(story.machine.ticks_in_a_minute());
    verdict
}

fn is_misfiled(commit: &Commit) -> bool {
    commit.by_fate == Some(Fate::WrongAuthor)
}

fn each_once(commits: &[Commit], verdict: &mut Verdict) {
    let mut seen = BTreeMap::new();
    for commit in commits.iter().filter(|commit| !is_misfiled(commit)) {
        if let Some(first) = seen.insert((commit.author.as_str(), tag(&commit.text)), commit) {
            verdict.doubled.push(format!("{first:?} and {commit:?}"));
        }
    }
}

fn each_in_time(story: &Story, commits: &[Commit], verdict: &mut Verdict) {
    for commit in commits {
        let number = tag(&commit.text).map_or(0, |(number, _)| number);
        if story.openings.allows(commit.at, number) {
            continue;
        }
        match commit.by_fate {
            Some(Fate::DeliveredLate | Fate::DeliveredTwice)
                if story.openings.allows(commit.left_at, number) =>
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
        if story.unanswered.contains(&number) {
            continue;
        }
        let of_text: Vec<&Promise> = story.promises.iter().filter(|p| p.number == number).collect();
        let Some(promise) = of_text.iter().find(|promise| promise.author == commit.author) else {
            verdict.wrong_account.push(format!("{commit:?}"));
            continue;
        };
        let in_force = promise
            .wordings
            .iter()
            .rev()
            .find(|(from, _)| *from <= commit.left_at);
        if in_force.is_none_or(|(_, parts)| parts.get(part) != Some(&commit.text)) {
            verdict.untrue.push(format!(
                "other words than the last ones: {commit:?} {:?}",
                promise.wordings
            ));
        }
        let wider = commit.by_fate == Some(Fate::WiderVisibility);
        if commit.visibility != promise.visibility.as_str() && !wider {
            verdict
                .untrue
                .push(format!("another visibility than asked: {commit:?}"));
        }
        if part > 0 && !promise.begun_anew {
            let before = commits.iter().find(|other| {
                other.author == commit.author
                    && tag(&other.text) == Some((number, part - 1))
                    && !is_misfiled(other)
            });
            if before.map(|other| &other.id) != commit.reply_to.as_ref() {
                verdict
                    .untrue
                    .push(format!("no answer to the part before: {commit:?}, {before:?}"));
            }
        }
    }
}

/// What was promised is there, or the app says why not; and what it says is so.
fn each_kept(story: &Story, commits: &[Commit], verdict: &mut Verdict) {
    let states = story.states();
    for promise in &story.promises {
        if story.unanswered.contains(&promise.number) {
            continue;
        }
        let name = format!("text {} of {}", promise.number, promise.author);
        let Some(delivery) = states.get(&promise.delivery) else {
            verdict
                .lost
                .push(format!("{name}: acknowledged, and not in the folder"));
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
        match delivery.state {
            State::Sent if there < parts => {
                verdict.lost.push(format!(
                    "{name}: said to be sent, {there} of {parts} parts are there"
                ));
            }
            State::Sent | State::Left => {}
            State::Missed if delivery.expires_at.is_none() && !delivery.override_window => {
                verdict.lost.push(format!("{name}: missed, and it had no end"));
            }
            State::Rejected if delivery.refusal.is_none() => {
                verdict.lost.push(format!("{name}: rejected by nobody"));
            }
            State::Rejected | State::Missed | State::Removed => {
                let said = delivery.parts_sent as usize;
                if there > said.max(parts - delivery.parts as usize + said) {
                    verdict.untrue.push(format!(
                        "{name}: {:?} with {said} parts sent, and {there} are there",
                        delivery.state
                    ));
                }
                if delivery.state == State::Removed && !promise.withdrawn && there < parts {
                    // Only a person removes: what was turned away, in `attend`.
                    let turned_away = delivery.refusal.is_some();
                    if !turned_away {
                        verdict.lost.push(format!("{name}: removed by nobody"));
                    }
                }
            }
            open => verdict.lost.push(format!(
                "{name}: still {open:?} after weeks of calm: {:?} {delivery:?}",
                story.reasons.get(&promise.delivery),
            )),
        }
    }
    for number in &story.refused {
        if commits
            .iter()
            .any(|commit| tag(&commit.text).map(|(of, _)| of) == Some(*number))
        {
            verdict
                .untrue
                .push(format!("text {number} was refused and is there"));
        }
    }
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
            if near && persona(commit) != persona(other) {
                verdict
                    .untrue
                    .push(format!("two personas together: {commit:?} {other:?}"));
            }
        }
    }
}
