//! A session bus of a test's own, with a real gnome-keyring on it and a throwaway home.
//!
//! Nothing on this bus can be started by asking for it: there is a keyring exactly while the test keeps one,
//! and a prompt that a program asks for is refused at once, there being nobody to show it, unless the test has a screen
//! (`show_prompts`). The programs needed (dbus-daemon, gnome-keyring-daemon with gcr-prompter, gdbus,
//! dbus-monitor, secret-tool, Xvfb, xdotool) are what `script/setup` installs.

use std::fs::{DirBuilder, File, read_to_string};
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::fs::DirBuilderExt;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;
use tokio::time::Instant;

const PASSWORD: &str = "correct horse battery staple";
const SECRETS: &str = "org.freedesktop.secrets";
const SECRETS_PATH: &str = "/org/freedesktop/secrets";

pub struct SessionBus {
    // Ended in this order, the folder last.
    keyring: Option<Ended>,
    _daemon: Ended,
    address: String,
    folder: TempDir,
}

/// In which state a keyring that is started stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// The login keyring is made if there is none, and open.
    Unlocked,
    /// As after signing in without a password: an existing login keyring is locked, a missing one stays
    /// missing.
    AsFound,
}

impl SessionBus {
    /// A bus with an unlocked keyring.
    pub fn start() -> Self {
        let mut bus = Self::without_keyring();
        bus.start_keyring(Start::Unlocked);
        bus
    }

    /// A bus and nothing else.
    pub fn without_keyring() -> Self {
        let folder = tempfile::Builder::new()
            .prefix("kossori-bus-")
            .tempdir()
            .expect("a temporary folder");
        for name in ["home", "data", "config", "cache", "runtime"] {
            DirBuilder::new()
                .mode(0o700)
                .create(folder.path().join(name))
                .expect("a folder in it");
        }
        let config = folder.path().join("bus.conf");
        std::fs::write(&config, bus_config(&folder.path().join("runtime"))).expect("the bus's configuration");

        let mut command = Command::new("dbus-daemon");
        command
            .arg("--config-file")
            .arg(&config)
            .args(["--nofork", "--nopidfile", "--print-address"]);
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut daemon = spawn(&mut command);
        let mut address = String::new();
        let printed = daemon.0.stdout.take().expect("piped");
        BufReader::new(printed)
            .read_line(&mut address)
            .expect("dbus-daemon prints its address");
        let address = address.trim().to_owned();
        assert!(address.starts_with("unix:"), "dbus-daemon ended at once");
        SessionBus {
            keyring: None,
            _daemon: daemon,
            address,
            folder,
        }
    }

    pub fn address(&self) -> &str {
        &self.address
    }

    /// The throwaway home, data, config, cache and runtime folders lie in here.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// What a program needs in its environment to find this bus and nothing of the person who runs the tests.
    pub fn env(&self) -> Vec<(String, String)> {
        let folder = |name: &str| self.folder.path().join(name).display().to_string();
        [
            ("DBUS_SESSION_BUS_ADDRESS", self.address.clone()),
            ("HOME", folder("home")),
            ("XDG_DATA_HOME", folder("data")),
            ("XDG_CONFIG_HOME", folder("config")),
            ("XDG_CACHE_HOME", folder("cache")),
            ("XDG_RUNTIME_DIR", folder("runtime")),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into()
    }

    /// A command with `env`, without a display, and without a keyring of the session around the tests.
    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.envs(self.env());
        for name in [
            "DISPLAY",
            "WAYLAND_DISPLAY",
            "GNOME_KEYRING_CONTROL",
            "SSH_AUTH_SOCK",
        ] {
            command.env_remove(name);
        }
        command
    }

    /// Ends when the keyring answers on the bus.
    pub fn start_keyring(&mut self, start: Start) {
        self.kill_keyring();
        let mut command = self.command("gnome-keyring-daemon");
        command
            .args(["--foreground", "--components=secrets"])
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        if start == Start::Unlocked {
            command.arg("--unlock");
        }
        let mut keyring = spawn(command.stdin(Stdio::piped()));
        let mut stdin = keyring.0.stdin.take().expect("piped");
        if start == Start::Unlocked {
            stdin
                .write_all(PASSWORD.as_bytes())
                .expect("the keyring reads its password");
        }
        drop(stdin);
        self.keyring = Some(keyring);
        let waited = self
            .command("gdbus")
            .args(["wait", "--session", "--timeout", "30", SECRETS])
            .status();
        assert!(
            waited.expect("gdbus").success(),
            "gnome-keyring did not come to the bus in 30 s"
        );
    }

    /// SIGKILL: what was not on its disk is gone.
    pub fn kill_keyring(&mut self) {
        self.keyring = None;
    }

    /// Killed, started again, unlocked with the same password.
    pub fn restart_keyring(&mut self) {
        self.start_keyring(Start::Unlocked);
    }

    /// The keyring stands still, alive but answering nothing, until `thaw_keyring`.
    pub fn freeze_keyring(&self) {
        self.signal_keyring("-STOP");
    }

    pub fn thaw_keyring(&self) {
        self.signal_keyring("-CONT");
    }

    fn signal_keyring(&self, signal: &str) {
        let id = self.keyring.as_ref().expect("a keyring").0.id().to_string();
        assert!(
            Command::new("kill")
                .args([signal, &id])
                .status()
                .expect("kill")
                .success()
        );
    }

    /// Locks the default keyring, as a screen lock does it on some desktops.
    pub fn lock(&self) {
        let collection = self.default_collection();
        self.gdbus_call(
            SECRETS_PATH,
            "org.freedesktop.Secret.Service.Lock",
            &[&format!("[objectpath '{collection}']")],
        );
    }

    /// Unlocks the login keyring as signing in does (PAM): over the keyring's control socket, without a prompt
    /// and without a signal on the bus.
    pub fn unlock_with_password(&self) {
        const UNLOCK: u32 = 1;
        let socket = self.folder.path().join("runtime/keyring/control");
        let mut control = UnixStream::connect(socket).expect("the keyring's control socket");
        let password = PASSWORD.as_bytes();
        let length = u32::try_from(password.len()).expect("short");
        // One byte that carries the credentials, then length, operation, and the one argument.
        let mut packet = vec![0];
        for number in [12 + length, UNLOCK, length] {
            packet.extend(number.to_be_bytes());
        }
        packet.extend(password);
        control.write_all(&packet).expect("written");
        let mut answer = [0; 8];
        control.read_exact(&mut answer).expect("answered");
        assert_eq!(
            answer,
            [0, 0, 0, 8, 0, 0, 0, 0],
            "the keyring refused its password"
        );
    }

    /// The object path of the default keyring; `/` when there is none.
    pub fn default_collection(&self) -> String {
        let answer = self.gdbus_call(
            SECRETS_PATH,
            "org.freedesktop.Secret.Service.ReadAlias",
            &["default"],
        );
        answer.split('\'').nth(1).expect("an object path").to_owned()
    }

    fn gdbus_call(&self, path: &str, method: &str, arguments: &[&str]) -> String {
        let mut command = self.command("gdbus");
        command.args(["call", "--session", "--timeout", "30", "--dest", SECRETS]);
        command
            .args(["--object-path", path, "--method", method])
            .args(arguments);
        let output = command.output().expect("gdbus");
        assert!(
            output.status.success(),
            "{method}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// What a screen saver says when the person has come back.
    pub fn announce_screen_unlocked(&self) {
        let mut emit = self.command("gdbus");
        emit.args([
            "emit",
            "--session",
            "--object-path",
            "/org/freedesktop/ScreenSaver",
        ]);
        emit.args(["--signal", "org.freedesktop.ScreenSaver.ActiveChanged", "false"]);
        assert!(emit.status().expect("gdbus").success());
    }

    /// From now on there is a screen for prompts, and the desktop's real program that shows them.
    pub fn show_prompts(&self) -> Prompts<'_> {
        let mut command = Command::new("Xvfb");
        command.args([
            "-displayfd",
            "1",
            "-screen",
            "0",
            "800x600x24",
            "-nolisten",
            "tcp",
            "-noreset",
        ]);
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut screen = spawn(&mut command);
        let mut number = String::new();
        let printed = screen.0.stdout.take().expect("piped");
        BufReader::new(printed)
            .read_line(&mut number)
            .expect("Xvfb prints its display");
        let display = format!(":{}", number.trim());

        let program = ["/usr/libexec/gcr-prompter", "/usr/lib/gcr/gcr-prompter"];
        let program = program
            .into_iter()
            .find(|path| Path::new(path).exists())
            .expect("gcr-prompter is needed");
        let mut command = self.command(program);
        command
            .env("DISPLAY", &display)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let prompter = spawn(&mut command);
        let mut wait = self.command("gdbus");
        wait.args([
            "wait",
            "--session",
            "--timeout",
            "30",
            "org.gnome.keyring.SystemPrompter",
        ]);
        assert!(
            wait.status().expect("gdbus").success(),
            "gcr-prompter did not come to the bus in 30 s"
        );
        Prompts {
            bus: self,
            display,
            _prompter: prompter,
            _screen: screen,
        }
    }

    /// Records what goes over the bus from now on.
    pub fn record(&self) -> Recording<'_> {
        let path = self.folder.path().join(format!("traffic-{}", std::process::id()));
        let file = File::create(&path).expect("a file");
        let mut command = self.command("dbus-monitor");
        command
            .arg("--session")
            .stdin(Stdio::null())
            .stdout(file)
            .stderr(Stdio::null());
        let recording = Recording {
            bus: self,
            monitor: spawn(&mut command),
            path,
        };
        recording.so_far();
        recording
    }
}

/// What went over the bus, as dbus-monitor prints it.
pub struct Recording<'a> {
    bus: &'a SessionBus,
    monitor: Ended,
    path: PathBuf,
}

impl Recording<'_> {
    /// Everything up to this moment: a signal is sent after it and waited for.
    pub fn so_far(&self) -> String {
        const MARK: &str = "net.invalid.Mark";
        let marks = |traffic: &str| {
            traffic
                .lines()
                .filter(|line| line.contains("interface=net.invalid"))
                .count()
        };
        let before = marks(&read_to_string(&self.path).expect("recorded"));
        loop {
            let mut emit = self.bus.command("gdbus");
            emit.args([
                "emit",
                "--session",
                "--object-path",
                "/net/invalid",
                "--signal",
                MARK,
            ]);
            assert!(emit.status().expect("gdbus").success());
            let traffic = read_to_string(&self.path).expect("recorded");
            if marks(&traffic) > before {
                return traffic;
            }
        }
    }

    /// How often `interface.member` was called.
    pub fn calls(&self, interface: &str, member: &str) -> usize {
        let wanted = format!("interface={interface}; member={member}");
        let is_call = |line: &&str| line.starts_with("method call") && line.trim_end().ends_with(&wanted);
        self.so_far().lines().filter(is_call).count()
    }
}

impl Drop for Recording<'_> {
    fn drop(&mut self) {
        self.monitor.end();
    }
}

/// A person at the keyboard.
pub struct Prompts<'a> {
    bus: &'a SessionBus,
    display: String,
    _prompter: Ended,
    _screen: Ended,
}

impl Prompts<'_> {
    /// Waits for a prompt and types the keyring's password.
    pub fn answer(&self) {
        self.at_the_prompt(&["type", PASSWORD]);
    }

    /// Waits for a prompt and closes it.
    pub fn dismiss(&self) {
        self.at_the_prompt(&[]);
    }

    /// Ends when a prompt stands on the screen.
    pub fn wait_for_prompt(&self) {
        let seen = self.xdotool(&["search", "--sync", "--onlyvisible", "--class", "gcr-prompter"]);
        assert!(seen, "no prompt appeared");
    }

    fn is_shown(&self) -> bool {
        self.xdotool(&["search", "--onlyvisible", "--class", "gcr-prompter"])
    }

    fn at_the_prompt(&self, typing: &[&str]) {
        self.wait_for_prompt();
        // A window takes keys some time after it is seen; what was typed too early is typed again. But not while it
        // thinks: then it takes a part of them, and each password after that would be a wrong one.
        while self.is_shown() {
            if typing.is_empty() {
                self.xdotool(&["key", "Escape"]);
            } else {
                self.xdotool(&["key", "ctrl+a"]);
                self.xdotool(typing);
                self.xdotool(&["key", "Return"]);
            }
            let thinks_until = Instant::now() + Duration::from_secs(5);
            while self.is_shown() && Instant::now() < thinks_until {
                std::thread::sleep(Duration::from_millis(20));
            }
        }
    }

    fn xdotool(&self, arguments: &[&str]) -> bool {
        let mut command = self.bus.command("timeout");
        command
            .arg("30")
            .arg("xdotool")
            .args(arguments)
            .env("DISPLAY", &self.display);
        command
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .expect("timeout")
            .success()
    }
}

/// A child that does not outlive its test.
struct Ended(Child);

impl Ended {
    fn end(&mut self) {
        // It may have ended by itself: then there is nothing to do.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Drop for Ended {
    fn drop(&mut self) {
        self.end();
    }
}

fn spawn(command: &mut Command) -> Ended {
    let program = command.get_program().to_string_lossy().into_owned();
    Ended(
        command
            .spawn()
            .unwrap_or_else(|error| panic!("{program} is needed (see script/setup): {error}")),
    )
}

/// A session bus as usual, but without the folders of services that it could start.
fn bus_config(runtime: &Path) -> String {
    format!(
        r#"<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:dir={}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"#,
        runtime.display()
    )
}
