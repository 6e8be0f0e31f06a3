//! Servers, keyrings and folders that are not as they should be, met by the real program: each time one plain sentence
//! with a code and a next step in both languages, nothing published, nothing lost. What can be wrong with a command
//! line by itself is in `cli/bad_input.rs`.

use kossori_api::Code;
use serde_json::Value;

use crate::support::world::{Said, World, night_zone, program, run};

mod disk;
mod far;
mod folder;
mod hostile;
mod keyring;
mod mounts;
mod real_servers;
mod stub;
mod writing;

const LANGUAGES: [&str; 2] = ["en_US.UTF-8", "ja_JP.UTF-8"];

/// Everything that a person could miss: the queue with its texts, drafts, timelines.
#[derive(Debug, PartialEq)]
struct Kept(Vec<Value>);

impl Kept {
    /// `accounts` are practice accounts.
    fn of(world: &World, accounts: &[&str]) -> Kept {
        let mut kept = vec![
            world.ctl(&["queue", "list", "--all"]),
            world.ctl(&["draft", "list"]),
            world.ctl(&["account", "list"]),
        ];
        kept.extend(accounts.iter().map(|id| world.ctl(&["timeline", id])));
        Kept(kept)
    }
}

/// Refused in both languages, with this code and exit; answers what was said in each.
fn refused(world: &World, arguments: &[&str], stdin: &str, code: Code) -> [Value; 2] {
    LANGUAGES.map(|language| refused_in(language, world, arguments, stdin, code))
}

fn refused_in(language: &str, world: &World, arguments: &[&str], stdin: &str, code: Code) -> Value {
    let said = in_language(language, world, arguments, stdin);
    assert_eq!(said.stdout, "", "{arguments:?}: {said:?}");
    let refusal = said.refusal();
    assert_eq!(
        (refusal["code"].as_str(), said.exit),
        (Some(code.as_str()), i32::from(code.exit() as u8)),
        "{arguments:?}: {said:?}"
    );
    for name in ["message", "hint"] {
        is_a_sentence(&refusal[name], language);
    }
    println!(
        "{}: {} {}",
        code.as_str(),
        refusal["message"].as_str().unwrap_or_default(),
        refusal["hint"].as_str().unwrap_or_default()
    );
    refusal
}

fn in_language(language: &str, world: &World, arguments: &[&str], stdin: &str) -> Said {
    let mut command = world.command(arguments);
    command.env("LC_ALL", language);
    run(command, stdin)
}

/// Without `--json`: what a person reads.
fn in_words(world: &World, language: &str, arguments: &[&str]) -> Said {
    let mut command = world.bus.command(&program("kossorictl").display().to_string());
    command
        .env("LC_ALL", language)
        .env("TZ", night_zone())
        .args(arguments);
    run(command, "")
}

/// In the language of its reader, and with nothing left to be filled in.
fn is_a_sentence(value: &Value, language: &str) {
    let said = value.as_str().unwrap_or_default();
    let japanese = said
        .chars()
        .any(|c| matches!(c, '\u{3041}'..='\u{30ff}' | '\u{4e00}'..='\u{9fff}'));
    assert!(
        !said.is_empty() && !said.contains('{') && japanese == language.starts_with("ja"),
        "{language}: {said:?}"
    );
}

/// The delivery as `queue show` tells it.
fn shown(world: &World, delivery: &str) -> Value {
    world.ctl(&["queue", "show", delivery])
}
