//! `kossorictl` as a person and a script meet it: the real program, on a real keyring, in folders of the test's own.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use crate::support::session_bus::{SessionBus, Start};
use crate::support::world::night_zone;

mod bad_input;
mod help;
mod places;
mod shapes;
mod story;

/// The program as it was built beside this test.
fn program() -> PathBuf {
    let tests = std::env::current_exe().expect("the test's own path");
    let folder = tests
        .parent()
        .and_then(Path::parent)
        .expect("target/PROFILE/deps/TEST");
    for name in ["kossorictl", "kossorid"] {
        let path = folder.join(name);
        assert!(
            path.exists(),
            "{} is missing; build first: cargo build -p kossori-cli -p kossori-resident",
            path.display()
        );
    }
    folder.join("kossorictl")
}

/// A person's session: a bus, a keyring, a data folder.
struct Desk {
    bus: SessionBus,
    folder: TempDir,
}

/// What a command left behind.
#[derive(Debug)]
struct Ran {
    exit: i32,
    out: String,
    err: String,
}

impl Desk {
    fn new() -> Desk {
        Desk::on(SessionBus::start())
    }

    fn on(bus: SessionBus) -> Desk {
        Desk {
            bus,
            folder: tempfile::tempdir().expect("a temporary folder"),
        }
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = self.bus.command(&program().display().to_string());
        for name in ["LC_ALL", "LC_MESSAGES", "LANG"] {
            command.env_remove(name);
        }
        command.env("TZ", night_zone()).current_dir(self.folder.path());
        command.arg("--data-dir").arg(self.data()).args(args);
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    fn run(&self, args: &[&str]) -> Ran {
        finish(self.command(args), "")
    }

    fn run_with(&self, args: &[&str], stdin: &str) -> Ran {
        finish(self.command(args), stdin)
    }

    fn run_in(&self, language: &str, args: &[&str], stdin: &str) -> Ran {
        let mut command = self.command(args);
        command.env("LC_ALL", language);
        finish(command, stdin)
    }

    /// The JSON that a command which must work answers.
    fn json(&self, args: &[&str]) -> Value {
        let ran = self.run(&[args, &["--json"]].concat());
        assert_eq!(ran.exit, 0, "{args:?}: {ran:?}");
        assert_eq!(ran.err, "", "{args:?}");
        serde_json::from_str(&ran.out).unwrap_or_else(|error| panic!("{args:?}: {error}: {}", ran.out))
    }

    /// A practice account's id.
    fn practice(&self, name: &str, persona: &str) -> String {
        let added = self.json(&["account", "add", "practice", "--name", name, "--persona", persona]);
        added["id"].as_str().expect("an id").to_owned()
    }

    /// A queued post's delivery.
    fn queue(&self, account: &str, text: &str) -> String {
        let added = self.json(&["post", "add", "--account", account, "--text", text]);
        added["deliveries"][0]["id"].as_str().expect("an id").to_owned()
    }

    /// Everything that waits goes now.
    fn everything_now(&self) {
        self.json(&[
            "spacing",
            "set",
            "--gap",
            "0",
            "--per-window",
            "99",
            "--jitter",
            "off",
        ]);
        self.json(&["break", "30"]);
    }

    fn start(&self, args: &[&str]) -> Child {
        self.command(args).spawn().expect("kossorictl")
    }

    fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, bytes).expect("a file");
        path
    }
}

impl Ran {
    fn error(&self) -> Value {
        assert_eq!(
            self.out, "",
            "a refused command says nothing on standard output: {self:?}"
        );
        serde_json::from_str(&self.err).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

fn finish(mut command: Command, stdin: &str) -> Ran {
    if !stdin.is_empty() {
        command.stdin(Stdio::piped());
    }
    let mut child = command.spawn().expect("kossorictl");
    if let Some(mut pipe) = child.stdin.take() {
        // A command that refuses before it reads closes the pipe.
        let _ = pipe.write_all(stdin.as_bytes());
    }
    let output = child.wait_with_output().expect("its output");
    Ran {
        exit: output.status.code().expect("it was not killed"),
        out: String::from_utf8(output.stdout).expect("UTF-8"),
        err: String::from_utf8(output.stderr).expect("UTF-8"),
    }
}

/// The smallest PNG: one pixel.
const PIXEL: &[u8] = &[
    137, 80, 78, 71, 13, 10, 26, 10, 0, 0, 0, 13, 73, 72, 68, 82, 0, 0, 0, 1, 0, 0, 0, 1, 8, 6, 0, 0, 0, 31,
    21, 196, 137, 0, 0, 0, 13, 73, 68, 65, 84, 120, 156, 99, 56, 33, 39, 247, 31, 0, 4, 186, 2, 4, 62, 87,
    31, 199, 0, 0, 0, 0, 73, 69, 78, 68, 174, 66, 96, 130,
];

fn is_japanese(text: &str) -> bool {
    text.chars()
        .any(|c| matches!(c, '\u{3041}'..='\u{30ff}' | '\u{4e00}'..='\u{9fff}'))
}

/// Waits for what another process does.
fn until(is_so: impl Fn() -> bool) {
    #[allow(
        clippy::disallowed_methods,
        reason = "a test's own patience, no rule of the subject"
    )]
    let begun = Instant::now();
    while !is_so() {
        assert!(
            begun.elapsed() < Duration::from_secs(30),
            "it did not happen in 30 s"
        );
        std::thread::sleep(Duration::from_millis(50));
    }
}
