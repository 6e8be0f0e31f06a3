//! What the networks' own libraries say of a text, beside what we say: many strings of each kind, made by chance from a seed.
//! A difference is none, or has its reason.

use std::collections::BTreeMap;
use std::io::Write;
use std::process::{Command, Stdio};

use kossori_core::network::Network;
use kossori_core::text::count::length;
use kossori_core::text::links::{EntityKind, entities};

use crate::support::chance::Chance;
use crate::support::servers::{cached_program, repository};
use crate::support::strings::{KINDS, text};

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

#[test]
fn x_counts_as_its_own_library_does() {
    let limit = Network::X.default_limits().text;
    for (seed, kind) in (1..).zip(KINDS) {
        let mut chance = Chance::new(seed);
        let texts: Vec<String> = (0..of_each()).map(|_| text(kind, &mut chance)).collect();
        let different: std::collections::BTreeSet<&String> = texts.iter().collect();
        assert!(
            different.len() >= 10_000,
            "{kind}: {} different ones",
            different.len()
        );
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

type Facet = (usize, usize, String, String);

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

type Fits = fn(&str) -> bool;

/// Where we differ from Bluesky's library on purpose, and how a word shows that it is such a case. The first that fits is
/// the reason. What is said of them stands in `core/src/text/links.rs`.
const REASONS: [(&str, Fits); 10] = [
    ("text written without spaces", |word| {
        !word.is_ascii() && word.contains(['.', '#', '@', '$'])
    }),
    ("of two that overlap the first stays", |word| {
        word.matches(['#', '@', '$', ':']).count() > 1 || word.contains('#') && word.contains('.')
    }),
    ("a mail address is no link", |word| word.contains('@')),
    (
        "domains have hyphens, and underscores in what stands before them",
        |word| word.contains(['-', '_']),
    ),
    (
        "a scheme is not case sensitive, a sentence's capital is no domain",
        |word| word.contains(|c: char| c.is_ascii_uppercase()),
    ),
    (
        "brackets and quotation marks around a link are not part of it",
        |word| word.contains(['(', ')', '[', ']', '{', '}', '<', '>', '"', '\'']),
    ),
    ("all trailing punctuation goes", |word| {
        let marks = |c: char| c.is_ascii_punctuation() && c != '/';
        word.ends_with(|c: char| marks(c)) || word.contains("..")
    }),
    ("a bare domain without a path ends where the name does", |word| {
        !word.contains("://") && word.contains('.')
    }),
    ("a link has something behind its scheme", |word| {
        word.contains("://")
    }),
    ("a tag is measured in graphemes", |word| {
        word.starts_with(['#', '＃'])
    }),
];

#[test]
fn facets_are_those_of_blueskys_own_library_or_differ_with_a_reason() {
    for (seed, kind) in (1_001..).zip(KINDS) {
        let mut chance = Chance::new(seed);
        let texts: Vec<String> = (0..of_each()).map(|_| text(kind, &mut chance)).collect();
        let mut reasons: BTreeMap<&str, usize> = BTreeMap::new();
        let mut wrong = Vec::new();
        for (text, said) in texts.iter().zip(ask("facets.mjs", &texts)) {
            let theirs: Vec<Facet> = serde_json::from_str(&said).expect("facets");
            let ours = ours(text);
            for word in words_that_differ(text, &ours, &theirs) {
                match REASONS.iter().find(|(_, fits)| fits(word)) {
                    Some((reason, _)) => *reasons.entry(reason).or_default() += 1,
                    None => wrong.push(format!(
                        "{word:?} in {text:?}:\n  ours {ours:?}\n  theirs {theirs:?}"
                    )),
                }
            }
        }
        assert!(
            wrong.is_empty(),
            "{kind}: {} without a reason\n{}",
            wrong.len(),
            wrong[..wrong.len().min(20)].join("\n")
        );
        println!(
            "Bluesky's facets, {kind}: {} strings, differences: {reasons:?}",
            texts.len()
        );
    }
}

/// Neither library looks past white space, so a difference is one of a word.
fn words_that_differ<'a>(text: &'a str, ours: &[Facet], theirs: &[Facet]) -> Vec<&'a str> {
    let is_space = |c: char| c.is_whitespace() || c == '\u{feff}';
    let mut found = Vec::new();
    for word in text.split(is_space) {
        let from = word.as_ptr() as usize - text.as_ptr() as usize;
        let to = from + word.len();
        let within = |facets: &[Facet]| -> Vec<Facet> {
            facets
                .iter()
                .filter(|facet| from <= facet.0 && facet.0 < to.max(from + 1))
                .cloned()
                .collect()
        };
        if within(ours) != within(theirs) {
            found.push(word);
        }
    }
    found
}
