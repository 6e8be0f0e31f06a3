//! What is publicly known to have gone wrong with other schedulers, and the tests that keep it from happening here: the
//! list in docs/reliability.md names them, and none that is not there.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::support::servers::repository;
use crate::support::simulated::{Turn, World};

/// Two ticks at the same moment publish the same row in some schedulers.
#[test]
fn many_ticks_at_the_same_moment_publish_once() {
    let mut world = World::new("2026-11-24 09:00");
    let account = world.bluesky("me");
    world.server.script([Turn::slow(3, 3)]);
    let delivery = world.post_at(&account, "Text", "2026-11-24 12:20");
    world.advance("12:20");
    let engine = world.engine();
    world.block_on(async {
        let ticks = (0..8).map(|_| engine.tick());
        for ticked in futures_util::future::join_all(ticks).await {
            ticked.expect("a tick");
        }
    });
    world.advance("12:21");
    assert_eq!(world.state(&delivery), "sent");
    assert_eq!(world.server.calls("post").len(), 1);
    assert_eq!(world.commits().len(), 1);
    world.judge();
}

#[test]
fn every_test_that_the_list_of_known_failures_names_is_there() {
    let page =
        std::fs::read_to_string(repository().join("docs/reliability.md")).expect("docs/reliability.md");
    let list = page
        .split("## Known failures of other schedulers")
        .nth(1)
        .and_then(|rest| rest.split("\n## ").next())
        .expect("the list");
    let named: Vec<&str> = list
        .split('`')
        .skip(1)
        .step_by(2)
        .filter(|word| word.contains("::"))
        .collect();
    let mut sources = BTreeMap::new();
    for folder in ["tests", "src-tauri"] {
        read_all(&repository().join(folder), &mut sources);
    }
    let missing: Vec<&&str> = named.iter().filter(|name| !is_test(name, &sources)).collect();
    assert!(named.len() >= 12, "the list names {} tests", named.len());
    assert!(missing.is_empty(), "no such tests: {missing:?}");
}

/// A test of that name stands in a module of that name, by its file.
fn is_test(name: &str, sources: &BTreeMap<PathBuf, String>) -> bool {
    let Some((module, function)) = name.rsplit_once("::") else {
        return false;
    };
    let file = format!("{}.rs", module.replace("::", "/"));
    let begins = format!("fn {function}(");
    let of_module = sources.iter().filter(|(path, _)| path.ends_with(&file));
    of_module
        .flat_map(|(_, source)| tests_of(source))
        .any(|line| line.starts_with(&begins))
}

/// The lines at which tests begin.
fn tests_of(source: &str) -> Vec<&str> {
    let mut tests = Vec::new();
    let mut is_test = false;
    for line in source.lines().map(str::trim) {
        match line.strip_prefix("#[") {
            Some(attribute) => is_test |= attribute == "test]" || attribute.starts_with("tokio::test"),
            None => {
                if std::mem::take(&mut is_test) {
                    tests.push(line.strip_prefix("async ").unwrap_or(line));
                }
            }
        }
    }
    tests
}

#[test]
fn what_is_no_test_or_stands_elsewhere_is_not_there() {
    let source = "#[test]\nfn one() {}\n\nfn helper() {}\n\n#[tokio::test(flavor = \"multi_thread\")]\nasync fn two() {}\n";
    let sources = BTreeMap::from([(PathBuf::from("tests/engine/answers.rs"), source.to_owned())]);
    for (name, there) in [
        ("engine::answers::one", true),
        ("engine::answers::two", true),
        ("answers::one", true),
        ("engine::answers::helper", false),
        ("engine::answers::thr", false),
        ("engine::unknown::one", false),
        ("one", false),
    ] {
        assert_eq!(is_test(name, &sources), there, "{name}");
    }
}

fn read_all(folder: &Path, into: &mut BTreeMap<PathBuf, String>) {
    for entry in std::fs::read_dir(folder)
        .expect("a folder of the repository")
        .flatten()
    {
        let path = entry.path();
        let skipped = ["node_modules", "target", "gen"];
        if path.is_dir() && !skipped.iter().any(|name| path.ends_with(name)) {
            read_all(&path, into);
        } else if path.extension().is_some_and(|kind| kind == "rs") {
            let source = std::fs::read_to_string(&path).expect("a source file");
            into.insert(path, source);
        }
    }
}
