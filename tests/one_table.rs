//! What differs between networks is one row of a table and one adapter: nobody else names a network. The practice network
//! is built in and may be named everywhere.

#![allow(clippy::unwrap_used, reason = "a test ends where a value is missing")]

use std::path::{Path, PathBuf};

use kossori_core::network::Network;

/// Where a network is named besides its adapter, and why.
const NAMED_IN: &[(&str, &str)] = &[
    (
        "src-tauri/core/src/network.rs",
        "the list, and Mastodon the software",
    ),
    ("src-tauri/core/src/network/table/", "the rows"),
    (
        "src-tauri/core/src/guard/language.rs",
        "a language tag for private use begins with x",
    ),
    ("src-tauri/networks/src/lib.rs", "the list of adapters"),
    ("src-tauri/networks/src/bluesky/dpop.rs", "a coordinate of a key"),
    ("src-tauri/src/session.rs", "a coordinate of a window"),
    (
        "ui/src/firstrun/StepAccount.svelte",
        "the two that a first run offers",
    ),
    ("ui/src/main/accounts/AddAccount.svelte", "an example of a handle"),
    ("ui/src/main/queue/profile.ts", "where a profile can be opened"),
];

/// Only its own folder names these.
fn adapter_of(path: &str) -> Option<&str> {
    let (folder, _) = path.strip_prefix("src-tauri/networks/src/")?.split_once('/')?;
    Network::parse(folder).map(Network::as_str)
}

fn sources(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let is_test = name == "tests" || name == "test" || name == "tests.rs" || name == "testing.rs";
        if path.is_dir() {
            if !is_test && name != "node_modules" && name != "target" {
                sources(&path, into);
            }
        } else if [".rs", ".ts", ".svelte"].iter().any(|end| name.ends_with(end))
            && !is_test
            && ![".test.ts", ".gen.ts", "_tests.rs", "_test.rs"]
                .iter()
                .any(|end| name.ends_with(end))
        {
            into.push(path);
        }
    }
}

/// The lines that name one, tests left out. `of_its_own`: the network whose adapter it is.
fn named(source: &str, of_its_own: Option<&str>) -> Vec<String> {
    let code = source
        .split("#[cfg(test)]\nmod tests {")
        .next()
        .unwrap_or_default();
    let others = Network::ALL
        .into_iter()
        .filter(|network| *network != Network::Practice && Some(network.as_str()) != of_its_own);
    let words: Vec<String> = others
        .flat_map(|network| [format!("\"{network}\""), format!("Network::{network:?}")])
        .collect();
    let names = |line: &str| {
        !line.trim_start().starts_with("//")
            && words.iter().any(|word| {
                line.match_indices(word.as_str()).any(|(at, _)| {
                    let next = line[at + word.len()..].chars().next();
                    word.starts_with('"') || !next.is_some_and(char::is_alphanumeric)
                })
            })
    };
    code.lines()
        .filter(|line| names(line))
        .map(str::to_owned)
        .collect()
}

#[test]
fn nobody_but_its_row_and_its_adapter_names_a_network() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut all = Vec::new();
    for folder in ["src-tauri", "ui/src"] {
        sources(&root.join(folder), &mut all);
    }
    assert!(all.len() > 300, "{} sources", all.len());
    let mut strangers = Vec::new();
    let mut excused = std::collections::BTreeSet::new();
    for path in all {
        let short = path
            .strip_prefix(&root)
            .unwrap()
            .to_string_lossy()
            .replace('\\', "/");
        let found = named(&std::fs::read_to_string(&path).unwrap(), adapter_of(&short));
        if found.is_empty() {
            continue;
        }
        match NAMED_IN.iter().find(|(start, _)| short.starts_with(start)) {
            Some((start, _)) => {
                excused.insert(*start);
            }
            None => strangers.extend(found.into_iter().map(|line| format!("{short}: {}", line.trim()))),
        }
    }
    assert!(
        strangers.is_empty(),
        "a network is named where core's table (core/src/network) should be asked:\n{}",
        strangers.join("\n")
    );
    for (start, why) in NAMED_IN {
        assert!(excused.contains(start), "{start} names none any more ({why})");
    }
}

#[test]
fn a_name_is_seen() {
    for line in [
        "if network == Network::X {",
        "account.network === \"linkedin\"",
        "Network::Threads => 1,",
    ] {
        assert_eq!(named(line, None), [line]);
    }
    for line in [
        "// Network::X",
        "Network::Xylo",
        "a threads of",
        "Network::Practice",
    ] {
        assert!(named(line, None).is_empty(), "{line}");
    }
    assert!(named("Network::X", Some("x")).is_empty());
}
