//! A person's machine in small: a session bus with a keyring, a data folder, and `kossorictl` as a program.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use kossori_link::data_dir_hash;
use serde_json::Value;

use super::servers::{BlueskyAccount, Mastodon, Pds};
use super::session_bus::SessionBus;

pub struct World {
    pub bus: SessionBus,
    data_dir: PathBuf,
}

/// What a command said.
#[derive(Debug)]
pub struct Said {
    pub exit: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Said {
    /// The one JSON value on standard output.
    pub fn value(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|_| panic!("no JSON on standard output: {self:?}"))
    }

    /// The refusal on standard error.
    pub fn refusal(&self) -> Value {
        serde_json::from_str(&self.stderr).unwrap_or_else(|_| panic!("no JSON on standard error: {self:?}"))
    }
}

impl World {
    pub fn start() -> World {
        World::on(SessionBus::start())
    }

    pub fn on(bus: SessionBus) -> World {
        let data_dir = bus.folder().join("data").join("kossori");
        World { bus, data_dir }
    }

    /// The same machine with another folder.
    pub fn with_folder(self, data_dir: PathBuf) -> World {
        World { data_dir, ..self }
    }

    pub fn data_dir(&self) -> &Path {
        &self.data_dir
    }

    /// `kossorictl` with this world around it.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.bus.command(&program("kossorictl").display().to_string());
        command
            .env("TZ", night_zone())
            .env("LC_ALL", "C.UTF-8")
            .env_remove("LC_MESSAGES")
            .env_remove("LANG");
        command
            .args(["--data-dir", &self.data_dir.display().to_string(), "--json"])
            .args(arguments);
        command
    }

    pub fn say(&self, arguments: &[&str]) -> Said {
        self.say_with("", arguments)
    }

    pub fn say_with(&self, stdin: &str, arguments: &[&str]) -> Said {
        run(self.command(arguments), stdin)
    }

    /// A command that must succeed; its value.
    pub fn ctl(&self, arguments: &[&str]) -> Value {
        self.ctl_with("", arguments)
    }

    pub fn ctl_with(&self, stdin: &str, arguments: &[&str]) -> Value {
        let said = self.say_with(stdin, arguments);
        assert_eq!(said.exit, 0, "{arguments:?}: {said:?}");
        said.value()
    }

    /// A command of the program that goes on by itself. Killed when dropped.
    pub fn start_command(&self, arguments: &[&str]) -> Running {
        let mut command = self.command(arguments);
        command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        Running(command.spawn().expect("kossorictl starts"))
    }

    /// Where the folder's host listens, once the folder is there.
    pub fn socket(&self) -> Option<PathBuf> {
        let name = data_dir_hash(&self.data_dir.canonicalize().ok()?);
        let folder = self.bus.folder().join("runtime").join("kossori");
        Some(folder.join(format!("{name}.sock")))
    }

    /// `run`, and until it answers.
    pub fn start_run(&self) -> Running {
        let running = self.start_command(&["run"]);
        // Nobody else uses the folder now, so whoever listens is the host. Asking by command would keep it out.
        wait_for("the host to listen", Duration::from_secs(60), || {
            self.socket()
                .is_some_and(|socket| UnixStream::connect(socket).is_ok())
        });
        assert_eq!(self.ctl(&["status"])["host"], "run");
        running
    }

    pub fn add_practice(&self, name: &str) -> String {
        id_of(&self.ctl(&["account", "add", "practice", "--name", name]))
    }

    /// `alice` or `bob` of the server, signed in by token.
    pub fn add_mastodon(&self, server: &Mastodon, username: &str) -> String {
        self.sign_in(&mastodon_sign_in(&server.url), server.token(username))
    }

    pub fn add_bluesky(&self, server: &Pds, account: &BlueskyAccount) -> String {
        let arguments = bluesky_sign_in(&account.handle, &server.url, &server.plc);
        self.sign_in(&arguments, &account.app_password)
    }

    /// `account add` with the secret on its standard input; the account's id.
    pub fn sign_in(&self, arguments: &[&str], secret: &str) -> String {
        id_of(&self.ctl_with(secret, arguments))
    }

    /// Queues a text for the next moment that is open; its one delivery.
    pub fn queue(&self, account: &str, text: &str) -> String {
        self.queue_with(account, text, &[])
    }

    /// As `queue`, with more of `post add`'s options.
    pub fn queue_with(&self, account: &str, text: &str, options: &[&str]) -> String {
        let add = [&["post", "add", "--account", account, "--stdin"], options].concat();
        deliveries_of(&self.ctl_with(text, &add)).remove(0)
    }

    /// The texts of a practice timeline, in its order.
    pub fn texts(&self, account: &str) -> Vec<Value> {
        let timeline = self.ctl(&["timeline", account]);
        let posts = timeline["posts"].as_array().expect("posts");
        posts.iter().map(|post| post["text"].clone()).collect()
    }

    /// No gap, no cap to speak of, no jitter, and a break for hours: whatever is queued goes at once.
    pub fn open_wide(&self) {
        self.ctl(&[
            "spacing",
            "set",
            "--gap",
            "0",
            "--per-window",
            "1000",
            "--jitter",
            "off",
        ]);
        self.ctl(&["break", "720"]);
    }

    pub fn state_of(&self, delivery: &str) -> String {
        self.ctl(&["queue", "show", delivery])["state"]
            .as_str()
            .expect("a state")
            .to_owned()
    }
}

/// A program that is killed when it is dropped.
pub struct Running(pub Child);

impl Running {
    pub fn pid(&self) -> u32 {
        self.0.id()
    }

    /// SIGKILL, and until it is gone.
    pub fn kill(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }

    /// SIGTERM: it finishes what it does and ends by itself.
    pub fn end(&mut self) {
        drop(Command::new("kill").arg(self.pid().to_string()).status());
        drop(self.0.wait());
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.kill();
    }
}

pub fn run(mut command: Command, stdin: &str) -> Said {
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().expect("the program starts");
    // A program that does not read it has its reasons.
    drop(child.stdin.take().expect("a pipe").write_all(stdin.as_bytes()));
    let mut stderr = child.stderr.take().expect("a pipe");
    let errors = std::thread::spawn(move || {
        let mut text = String::new();
        stderr.read_to_string(&mut text).map(|_| text)
    });
    let output = child.wait_with_output().expect("the program ends");
    Said {
        exit: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: errors.join().expect("the reader").expect("text"),
    }
}

/// A program of ours, beside the tests' own. `KOSSORI_PROGRAMS` names another folder: a release build, to measure.
pub fn program(name: &str) -> PathBuf {
    let folder = std::env::var_os("KOSSORI_PROGRAMS")
        .map(PathBuf::from)
        .unwrap_or_else(|| {
            let tests = std::env::current_exe().expect("the tests' own program");
            let folder = tests.parent().expect("a folder");
            if folder.ends_with("deps") {
                folder.parent().expect("a folder").to_owned()
            } else {
                folder.to_owned()
            }
        });
    let found = folder.join(name);
    assert!(
        found.exists(),
        "{} is missing: cargo build --workspace --features kossori/window",
        found.display()
    );
    found
}

/// How one signs in at a server of the tests that speaks Mastodon's API.
pub fn mastodon_sign_in(url: &str) -> [&str; 7] {
    [
        "account",
        "add",
        "mastodon",
        "--server",
        url,
        "--token-stdin",
        "--local-server",
    ]
}

/// How one signs in at a server of the tests that speaks Bluesky's.
pub fn bluesky_sign_in<'a>(handle: &'a str, url: &'a str, directory: &'a str) -> [&'a str; 11] {
    [
        "account",
        "add",
        "bluesky",
        "--handle",
        handle,
        "--server",
        url,
        "--plc",
        directory,
        "--app-password-stdin",
        "--local-server",
    ]
}

pub fn id_of(value: &Value) -> String {
    value["id"]
        .as_str()
        .unwrap_or_else(|| panic!("no id: {value}"))
        .to_owned()
}

/// The deliveries of `post add`'s answer.
pub fn deliveries_of(value: &Value) -> Vec<String> {
    let rows = value["deliveries"]
        .as_array()
        .unwrap_or_else(|| panic!("no deliveries: {value}"));
    rows.iter()
        .map(|row| row["id"].as_str().expect("an id").to_owned())
        .collect()
}

/// Looks until it holds, and fails when it never does.
pub fn wait_for(what: &str, limit: Duration, mut holds: impl FnMut() -> bool) {
    let deadline = now()
        .saturating_add(jiff::SignedDuration::try_from(limit).expect("a limit"))
        .expect("a time");
    while !holds() {
        assert!(now() < deadline, "waited {limit:?} in vain for {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// The wall clock: tests speak of real servers' times.
pub fn now() -> Timestamp {
    #[allow(
        clippy::disallowed_methods,
        reason = "what real servers say is compared with real time"
    )]
    Timestamp::now()
}

/// A zone in which it is past one at night now: whatever the hour at which the tests run, no window of a new folder is
/// open, and none opens for hours. The same for the whole life of a test's process.
pub fn night_zone() -> &'static str {
    static ZONE: OnceLock<String> = OnceLock::new();
    ZONE.get_or_init(|| {
        let hour = i32::from(now().to_zoned_datetime(TimeZone::UTC).hour());
        // From 11 behind to 12 ahead of UTC. The names count the other way.
        match (1 - hour + 35) % 24 - 11 {
            0 => "Etc/UTC".to_owned(),
            ahead if ahead > 0 => format!("Etc/GMT-{ahead}"),
            behind => format!("Etc/GMT+{}", -behind),
        }
    })
}

/// The stretch of the first open window that a command's answer names.
pub fn first_open(answer: &Value) -> (Timestamp, Timestamp) {
    let open = &answer["open"][0];
    let at = |name: &str| open[name].as_str().expect("a time").parse().expect("RFC 3339");
    (at("from"), at("to"))
}
