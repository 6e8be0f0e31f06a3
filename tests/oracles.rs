//! What the networks' own libraries say of a text, beside what we say: many strings of each kind, made by chance from a seed.
//! A difference is none, or has its reason.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::process::{Command, Stdio};

use kossori_core::network::Network;
use kossori_core::text::count::length;
use kossori_core::text::links::{EntityKind, entities};

use crate::support::chance::Chance;
use crate::support::servers::{cached_program, repository};
use crate::support::strings::{KINDS, text};

mod differences;

use differences::{Facet, words};

const OF_EACH: u64 = 20_000;
/// On request: `KOSSORI_LONG=1`.
const OF_EACH_AT_LENGTH: u64 = 200_000;

fn of_each() -> u64 {
    match std::env::var_os("KOSSORI_LONG") {
        Some(_) => OF_EACH_AT_LENGTH,
        None => OF_EACH,
    }
}

/// A line of the oracle's for each text.
fn ask(script: &str, texts: &[String]) -> Vec<String> {
    let folder = repository().join("tests/oracles");
    let mut oracle = Command::new(cached_program("node/bin/node"))
        .arg(folder.join(script))
        .env_remove("NODE_OPTIONS")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("Node.js starts");
    let mut input = oracle.stdin.take().expect("a pipe");
    let lines: String = texts
        .iter()
        .map(|text| serde_json::to_string(text).expect("JSON") + "\n")
        .collect();
    // It answers when it has read everything.
    let writing = std::thread::spawn(move || input.write_all(lines.as_bytes()));
    let output = oracle.wait_with_output().expect("it ends");
    writing.join().expect("a thread").expect("it read everything");
    assert!(output.status.success(), "{script} failed");
    let said = String::from_utf8(output.stdout).expect("text");
    let lines: Vec<String> = said.lines().map(str::to_owned).collect();
    assert_eq!(lines.len(), texts.len(), "a line for each text");
    lines
}

/// At least 10,000 different ones.
fn texts(kind: &str, seed: u64) -> Vec<String> {
    let mut chance = Chance::new(seed);
    let texts: Vec<String> = (0..of_each()).map(|_| text(kind, &mut chance)).collect();
    let different = texts.iter().collect::<BTreeSet<_>>().len();
    assert!(different >= 10_000, "{kind}: {different} different ones");
    texts
}

#[test]
fn x_counts_as_its_own_library_does() {
    let limit = Network::X.default_limits().text;
    for (seed, kind) in (1..).zip(KINDS) {
        let texts = texts(kind, seed);
        let wrong: Vec<String> = texts
            .iter()
            .zip(ask("count_x.mjs", &texts))
            .filter_map(|(text, said)| {
                let ours = length(text, None, &limit).count.to_string();
                (ours != said).then(|| format!("{text:?}: {ours}, X says {said}"))
            })
            .collect();
        assert!(
            wrong.is_empty(),
            "{kind}: {} of {} differ\n{}",
            wrong.len(),
            texts.len(),
            wrong[..wrong.len().min(20)].join("\n")
        );
        println!("X's count, {kind}: {} strings, 0 differences", texts.len());
    }
}

fn ours(text: &str) -> Vec<Facet> {
    let facet = |entity: kossori_core::text::links::Entity| {
        let (kind, value) = match entity.kind {
            EntityKind::Link(url) => ("link", url),
            EntityKind::Tag(name) => ("tag", name),
            EntityKind::Mention(handle) => ("mention", handle),
        };
        (entity.from, entity.to, kind.to_owned(), value)
    };
    entities(text).into_iter().map(facet).collect()
}

/// Of a thousand words in which anybody finds anything, how many have such a difference at most. Each is what
/// `differences.rs` says, to the letter, and there is none that nothing needs.
const REASONS: [(&str, usize); 17] = [
    ("a link ends before Japanese punctuation", 75),
    ("a scheme is not case sensitive", 55),
    ("a mention is a handle", 50),
    ("of two that overlap the first stays", 27),
    ("a link with a scheme stands right behind text without spaces", 21),
    ("a bare domain ends where its name does", 5),
    ("a bare domain has hyphens and underscores", 5),
    ("all trailing punctuation goes", 5),
    ("a link has something behind its scheme", 4),
    ("a link stands right behind a bracket or quotation mark", 4),
    ("a link ends where its domain meets text without spaces", 3),
    ("a tag has at most 640 bytes", 3),
    ("of a word theirs looks at the first run alone", 2),
    ("a name that begins with http has no scheme yet", 13),
    ("what goes on behind a name makes it none", 2),
    ("a bare domain is all Latin", 1),
    ("a mail address is no link", 1),
];

/// Of these, how many both sides find alike at least, in all kinds of text together.
const ALIKE: [(&str, usize); 3] = [("link", 7_000), ("mention", 30_000), ("tag", 20_000)];

#[test]
fn facets_are_those_of_blueskys_own_library_or_differ_with_a_reason() {
    let (mut alike, mut reasons) = (BTreeMap::<String, usize>::new(), BTreeMap::<&str, usize>::new());
    let mut found = 0;
    for (seed, kind) in (1_001..).zip(KINDS) {
        let texts = texts(kind, seed);
        let mut wrong = Vec::new();
        for (text, said) in texts.iter().zip(ask("facets.mjs", &texts)) {
            let theirs: Vec<Facet> = serde_json::from_str(&said).expect("facets");
            for word in words(text, &ours(text), &theirs) {
                found += 1;
                match word.reasons() {
                    Ok(all) => all
                        .into_iter()
                        .for_each(|reason| *reasons.entry(reason).or_default() += 1),
                    Err(what) => wrong.push(format!("{word:?}: {what}")),
                }
                for facet in word.ours.iter().filter(|facet| word.theirs.contains(facet)) {
                    *alike.entry(facet.2.clone()).or_default() += 1;
                }
            }
        }
        assert!(
            wrong.is_empty(),
            "{kind}: {} without a reason\n{}",
            wrong.len(),
            wrong[..wrong.len().min(20)].join("\n")
        );
    }
    println!("Bluesky's facets: {found} words, alike {alike:?}, differences {reasons:?}");
    let known: BTreeSet<&str> = REASONS.iter().map(|(reason, _)| *reason).collect();
    assert_eq!(reasons.keys().copied().collect::<BTreeSet<_>>(), known);
    for (reason, most) in REASONS {
        let times = reasons[reason];
        assert!(
            times * 1_000 <= found * most,
            "{reason}: {times} of {found} words"
        );
    }
    for (kind, least) in ALIKE {
        let found = alike.get(kind).copied().unwrap_or_default();
        assert!(found >= least, "{kind}: {found} found alike");
    }
}
