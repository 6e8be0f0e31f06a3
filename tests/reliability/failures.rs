//! What is publicly known to have gone wrong with other schedulers, and the tests that keep it from happening here: the
//! list in docs/reliability.md names them, and none that is not there.

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
    let mut sources = String::new();
    read_all(&repository().join("tests"), &mut sources);
    read_all(&repository().join("src-tauri"), &mut sources);
    let missing: Vec<&&str> = named
        .iter()
        .filter(|name| {
            let function = name.rsplit("::").next().unwrap_or(name);
            !sources.contains(&format!("fn {function}("))
        })
        .collect();
    assert!(named.len() >= 12, "the list names {} tests", named.len());
    assert!(missing.is_empty(), "not there: {missing:?}");
}

fn read_all(folder: &std::path::Path, into: &mut String) {
    for entry in std::fs::read_dir(folder)
        .expect("a folder of the repository")
        .flatten()
    {
        let path = entry.path();
        let skipped = ["node_modules", "target", "gen"];
        if path.is_dir() && !skipped.iter().any(|name| path.ends_with(name)) {
            read_all(&path, into);
        } else if path.extension().is_some_and(|kind| kind == "rs") {
            into.push_str(&std::fs::read_to_string(&path).expect("a source file"));
        }
    }
}
