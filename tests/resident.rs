//! The resident as a desktop meets it: the real `kossorid` on a bus of the test's own, with a keyring, and a panel that
//! the test plays or a real one.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use kossori_api::{Event, PROTOCOL};
use kossori_link::{Client, ConnectError, Events, HelloClient, Next, Program};
use tempfile::TempDir;

use crate::support::panel::Panel;
use crate::support::session_bus::Start;
use crate::support::world::{Running, World, program, wait_for};

mod arriving;
mod digest;
mod keys;
mod panel;
pub mod preferences;
mod renewed;
mod window;

const SOON: Duration = Duration::from_secs(20);

/// `kossorid` beside a program that stands for the window and notes each start.
struct Installed {
    folder: TempDir,
}

impl Installed {
    fn new() -> Installed {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let kossorid = folder.path().join("kossorid");
        // The same file where that can be: it is large.
        if std::fs::hard_link(program("kossorid"), &kossorid).is_err() {
            std::fs::copy(program("kossorid"), &kossorid).expect("a copy");
        }
        let window = folder.path().join("kossori");
        // It ends when the folder is gone.
        let script = "#!/bin/sh\necho \"$@\" >> \"$0.started\"\nwhile [ -e \"$0\" ]; do sleep 0.1; done\n";
        std::fs::write(&window, script).expect("a script");
        std::fs::set_permissions(&window, std::fs::Permissions::from_mode(0o755)).expect("its mode");
        Installed { folder }
    }

    fn window(&self) -> PathBuf {
        self.folder.path().join("kossori")
    }

    /// With what arguments the window was started, once a line.
    fn starts(&self) -> Vec<String> {
        let noted = std::fs::read_to_string(self.folder.path().join("kossori.started"));
        noted.unwrap_or_default().lines().map(str::to_owned).collect()
    }

    fn command(&self, world: &World) -> Command {
        command_of(&self.folder.path().join("kossorid"), world)
    }

    fn start(&self, world: &World) -> Running {
        Running(self.command(world).spawn().expect("kossorid starts"))
    }
}

fn command_of(kossorid: &Path, world: &World) -> Command {
    let mut command = world.bus.command(&kossorid.display().to_string());
    command
        .env("TZ", crate::support::world::night_zone())
        .env("LC_ALL", "C.UTF-8")
        .arg("--data-dir")
        .arg(world.data_dir())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command
}

pub fn start_resident(world: &World) -> Running {
    Running(
        command_of(&program("kossorid"), world)
            .spawn()
            .expect("kossorid starts"),
    )
}

fn wait_until_served(world: &World) {
    wait_for("the resident to listen", SOON, || {
        world
            .socket()
            .is_some_and(|socket| std::os::unix::net::UnixStream::connect(socket).is_ok())
    });
}

/// How it ended by itself.
fn exit_of(running: &mut Running) -> Option<i32> {
    let mut ended = None;
    wait_for("the program to end", SOON, || {
        ended = running.0.try_wait().expect("its state");
        ended.is_some()
    });
    ended.and_then(|status| status.code())
}

/// The window's end of the socket.
struct Window {
    _client: Client,
    events: Events,
}

impl Window {
    async fn open(world: &World, shows: Option<&str>) -> Result<Window, ConnectError> {
        let hello = HelloClient {
            protocol: PROTOCOL,
            build: "test".to_owned(),
            program: Program::Window,
            data_dir_hash: None,
            shows: shows.map(str::to_owned),
        };
        let socket = world.socket().expect("the folder is there");
        let client = Client::connect(&socket, hello).await?;
        let events = client.subscribe().await.expect("events");
        Ok(Window {
            _client: client,
            events,
        })
    }

    /// What it is told to show next.
    async fn shown(&mut self) -> (String, Option<(i32, i32)>) {
        let told = async {
            loop {
                let Next::Event(event) = self.events.next().await else {
                    panic!("the host went away or told too much")
                };
                if let Ok(Event::Show { what, x, y }) = event.parse() {
                    return (what, x.zip(y));
                }
            }
        };
        tokio::time::timeout(SOON, told)
            .await
            .expect("told to show something")
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tray_shows_the_queue_and_its_menu_does_what_it_says() {
    let world = World::start();
    let account = world.add_practice("canary");
    let mut panel = Panel::start(&world.bus).await;
    let mut resident = start_resident(&world);
    let icon = panel.icon().await;
    icon.until("idle").await;
    icon.until_menu("Nothing is waiting", true).await;
    assert_eq!(
        icon.tooltip().await,
        ("Kossori".to_owned(), "Nothing is waiting".to_owned())
    );

    let delivery = world.queue(&account, "the canary's text");
    icon.until("queued").await;
    icon.until_menu("Next: ", true).await;
    icon.until_menu("Quit (1 post is waiting)", true).await;
    let said = format!("{:?} {:?}", icon.tooltip().await, icon.labels().await);
    assert!(!said.contains("canary"), "{said}");

    icon.choose("Until I resume").await;
    icon.until("paused").await;
    assert_eq!(world.ctl(&["status"])["reason"], "paused");
    icon.choose("Resume").await;
    icon.until("queued").await;

    icon.choose("5 minutes").await;
    wait_for("the post to go out in the break", SOON, || {
        world.state_of(&delivery) == "sent"
    });
    assert_eq!(world.texts(&account), ["the canary's text"]);
    assert_eq!(world.ctl(&["status"])["host"], "resident");
    icon.until("idle").await;
    icon.until_menu("End the break", true).await;
    let label = icon
        .labels()
        .await
        .into_iter()
        .find(|label| label.starts_with("End the break"));
    icon.choose(&label.expect("the break runs")).await;
    icon.until_menu("End the break", false).await;
    assert!(world.ctl(&["status"])["break_until"].is_null());

    icon.choose("Quit").await;
    assert_eq!(exit_of(&mut resident), Some(0));
}

/// Where no icon is shown, whoever opens the main window is told.
#[tokio::test(flavor = "multi_thread")]
async fn the_status_says_whether_the_icon_is_shown() {
    let world = World::start();
    world.add_practice("me");
    let until = |shown: serde_json::Value| {
        wait_for("the status to say so", SOON, || {
            world.ctl(&["status"])["tray"] == shown
        });
    };
    assert!(world.ctl(&["status"])["tray"].is_null(), "a command has none");
    let _resident = start_resident(&world);
    wait_until_served(&world);
    until(false.into());
    let mut panel = Panel::start(&world.bus).await;
    drop(panel.icon().await);
    until(true.into());
    panel.end().await;
    until(false.into());
    let mut panel = Panel::start(&world.bus).await;
    drop(panel.icon().await);
    until(true.into());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panel_that_restarts_has_the_icon_again() {
    let world = World::start();
    world.add_practice("me");
    let mut panel = Panel::start(&world.bus).await;
    let _resident = start_resident(&world);
    panel.icon().await.until("idle").await;
    panel.end().await;
    // Meanwhile it hosts, and the icon that nobody shows changes.
    world.ctl(&["pause"]);
    assert_eq!(world.ctl(&["status"])["host"], "resident");
    let mut panel = Panel::start(&world.bus).await;
    panel.icon().await.until("paused").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_panel_or_a_bus_it_lives_and_publishes() {
    let world = World::start();
    let account = world.add_practice("me");
    let mut resident = start_resident(&world);
    wait_until_served(&world);
    world.open_wide();
    let delivery = world.queue(&account, "nobody looks");
    wait_for("the post", SOON, || world.state_of(&delivery) == "sent");
    // The panel comes late.
    let mut panel = Panel::start(&world.bus).await;
    panel.icon().await.until("idle").await;
    resident.end();

    let mut command = command_of(&program("kossorid"), &world);
    command.env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere");
    let mut resident = Running(command.spawn().expect("kossorid starts"));
    wait_until_served(&world);
    assert_eq!(world.say(&["status"]).refusal()["code"], "keyring_absent");
    assert!(resident.0.try_wait().expect("its state").is_none(), "it ended");
}

#[tokio::test(flavor = "multi_thread")]
async fn behind_a_locked_keyring_the_tray_is_there_and_says_so() {
    let mut world = World::start();
    world.add_practice("me");
    world.bus.start_keyring(Start::AsFound);
    let mut panel = Panel::start(&world.bus).await;
    let installed = Installed::new();
    let _resident = installed.start(&world);
    let icon = panel.icon().await;
    icon.until("needs_you").await;
    assert_eq!(icon.tooltip().await.1, "Nothing goes out: the keyring is locked");
    let labels = icon.labels().await;
    assert!(!labels.iter().any(|label| label.contains("Pause")), "{labels:?}");
    let status = world.say(&["status"]);
    assert_eq!(status.exit, 3);
    assert_eq!(status.refusal()["code"], "keyring_locked");
    // The click works at once all the same.
    icon.click(1, 2).await;
    wait_for("the window", SOON, || installed.starts().len() == 1);

    world.bus.unlock_with_password();
    world.bus.announce_screen_unlocked();
    icon.until("idle").await;
    assert_eq!(world.ctl(&["status"])["host"], "resident");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_locked_keyring_is_unlocked_from_the_menu() {
    let mut world = World::start();
    world.add_practice("me");
    world.bus.start_keyring(Start::AsFound);
    let mut panel = Panel::start(&world.bus).await;
    let _resident = start_resident(&world);
    let icon = panel.icon().await;
    icon.until("needs_you").await;
    let person = world.bus.show_prompts();
    icon.choose("Unlock…").await;
    person.answer();
    icon.until("idle").await;
    icon.until_menu("Unlock…", false).await;
    assert_eq!(world.ctl(&["status"])["host"], "resident");
}

#[test]
fn it_is_linked_with_no_toolkit_and_no_web_view() {
    let listed = Command::new("ldd")
        .arg(program("kossorid"))
        .output()
        .expect("ldd");
    let libraries = String::from_utf8_lossy(&listed.stdout).to_lowercase();
    assert!(libraries.contains("libc.so"), "{libraries}");
    for heavy in ["gtk", "webkit", "gdk", "qt", "appindicator"] {
        assert!(!libraries.contains(heavy), "{heavy} in {libraries}");
    }
}
