//! An update while the programs run: a window that is newer than its resident, and one that is older (RULES.md 8). The
//! programs are the real ones; a relay between them changes the number in a hello.

use std::fs;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

use super::driven::{host_pid, host_pids, start_resident};
use super::shown::wait_for_drafts;
use crate::support::driver::{Driver, kill};
use crate::support::relay::Relay;
use crate::support::screen::{LIMIT, Screen};
use crate::support::world::{Running, World, program, wait_for};

/// The window's program in a folder where the resident beside it notes each start.
struct Installed {
    folder: TempDir,
}

impl Installed {
    fn new() -> Installed {
        let (window, resident) = (program("kossori"), program("kossorid"));
        // On the same disk, where a second name costs nothing.
        let folder = tempfile::tempdir_in(window.parent().expect("a folder")).expect("a folder");
        fs::hard_link(&window, folder.path().join("kossori")).expect("a second name");
        let script = format!(
            "#!/bin/sh\necho started >> {}\nexec {} \"$@\"\n",
            folder.path().join("starts").display(),
            resident.display()
        );
        let path = folder.path().join("kossorid");
        fs::write(&path, script).expect("a script");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o700)).expect("it may run");
        Installed { folder }
    }

    fn window(&self) -> PathBuf {
        self.folder.path().join("kossori")
    }

    /// How often the window has started a resident.
    fn starts(&self) -> usize {
        fs::read_to_string(self.folder.path().join("starts")).map_or(0, |starts| starts.lines().count())
    }
}

/// Ends whoever hosts last.
struct EndsHost<'a>(&'a World);

impl Drop for EndsHost<'_> {
    fn drop(&mut self) {
        if let Some(pid) = host_pid(self.0) {
            kill(pid);
        }
    }
}

/// A post whose call is under way for five seconds.
fn in_flight(world: &World, account: &str) -> String {
    world.ctl(&["practice", "next", account, "slow"]);
    let delivery = world.queue(account, "in flight");
    world.ctl(&["break", "5"]);
    wait_for("the post call to be under way", LIMIT, || {
        world.state_of(&delivery) == "sending"
    });
    delivery
}

fn went_out_once(world: &World, account: &str, delivery: &str) {
    assert_eq!(world.state_of(delivery), "sent");
    assert_eq!(world.texts(account), ["in flight"]);
    let journal = world.ctl(&["journal"]);
    let calls = |row: &&Value| row["event"] == "sending";
    let rows = journal["entries"].as_array().expect("rows");
    assert_eq!(rows.iter().filter(calls).count(), 1, "one post call: {journal}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newer_window_waits_for_the_post_and_goes_on_with_a_new_resident() {
    let world = World::start();
    let me = world.add_practice("me");
    let screen = Screen::on(&world);
    let mut old = start_resident(&screen);
    let socket = world.socket().expect("the folder is there");
    let (relay, _) = Relay::before(&socket);
    relay.newer("window", 1);
    relay.hold("window");
    let installed = Installed::new();
    let _ends = EndsHost(&world);
    let window = installed.window();
    let opens = Driver::open_program(&window, &screen, "--compose", "en", &[]);
    let sends = async {
        relay.until_held().await;
        let delivery = in_flight(&world, &me);
        relay.let_go();
        relay.until_met("window", Some("retiring"), 1).await;
        assert!(old.0.try_wait().expect("its state").is_none(), "it still sends");
        assert_eq!(installed.starts(), 0);
        delivery
    };
    let (driver, delivery) = tokio::join!(opens, sends);
    screen.wait_for_focus(&screen.window());
    screen.type_text("meanwhile");

    wait_for("the old resident to end", LIMIT, || {
        old.0.try_wait().expect("its state").is_some()
    });
    assert!(old.0.wait().expect("its end").success());
    wait_for_drafts(&world, &["\"meanwhile\""]);
    driver.until_it_says("Saved ").await;
    assert_eq!(driver.written().await, "meanwhile");
    assert_eq!(installed.starts(), 1, "one new resident");
    assert_eq!(world.ctl(&["status"])["host"], "resident");
    went_out_once(&world, &me, &delivery);
    let met = relay.met();
    let asked_in_vain = met
        .iter()
        .all(|(who, code)| who != "window" || code.as_deref() == Some("retiring"));
    assert!(asked_in_vain, "the old one never served it: {met:?}");
}

/// The newer resident's socket lies in a folder of its own: the old place is the relay's, where the window asks.
fn place_apart(world: &World, socket: &Path) -> (PathBuf, PathBuf) {
    let runtime = world.bus.folder().join("runtime-of-the-newer");
    let folder = runtime.join("kossori");
    for folder in [&runtime, &folder] {
        fs::DirBuilder::new()
            .mode(0o700)
            .create(folder)
            .expect("a folder");
    }
    let place = folder.join(socket.file_name().expect("a name"));
    (runtime, place)
}

async fn is_told_that_it_is_old(language: &str, saved: &str, [told, kept, unsaved]: [&str; 3]) {
    let world = World::start();
    let me = world.add_practice("me");
    let screen = Screen::on(&world);
    let mut old = start_resident(&screen);
    let installed = Installed::new();
    let driver = Driver::open_program(&installed.window(), &screen, "--compose", language, &[]).await;
    screen.wait_for_focus(&screen.window());
    screen.type_text("before");
    driver.until_it_says(saved).await;
    let delivery = in_flight(&world, &me);

    // The newer resident asks the old one to go; the window is older than the newer one.
    let socket = world.socket().expect("the folder is there");
    let (runtime, place) = place_apart(&world, &socket);
    let host = socket.with_extension("host");
    fs::rename(&socket, &host).expect("the socket is there");
    let between = Relay::at(&place, &[&host], Duration::ZERO);
    between.newer("resident", 1);
    let relay = Relay::at(&socket, &[&host, &place], LIMIT);
    relay.newer("window", -1);
    let mut newer = screen.ours("kossorid", "C.UTF-8");
    newer
        .env("XDG_RUNTIME_DIR", &runtime)
        .arg("--data-dir")
        .arg(world.data_dir());
    let mut newer = Running(newer.spawn().expect("kossorid starts"));
    between.until_met("resident", Some("retiring"), 1).await;
    assert!(old.0.try_wait().expect("its state").is_none(), "it still sends");
    wait_for("the old resident to end", LIMIT, || {
        old.0.try_wait().expect("its state").is_some()
    });
    assert!(old.0.wait().expect("its end").success());

    driver.until_it_says(&[told, kept].concat()).await;
    assert_eq!(driver.written().await, "before");
    screen.type_text(" and after");
    driver
        .until(
            "what is typed now",
            "document.querySelector('textarea').value === 'before and after'",
        )
        .await;
    driver.until_it_says(&[told, unsaved].concat()).await;
    // It asks again now and then. When the old one went it may have started a resident, which has found the newer one.
    relay.until_met("window", Some("updated_start_again"), 2).await;
    assert!(
        installed.starts() <= 1,
        "the window starts residents: {}",
        installed.starts()
    );
    assert!(newer.0.try_wait().expect("its state").is_none(), "it stays");
    assert_eq!(host_pids(&world), [newer.pid()]);
    went_out_once(&world, &me, &delivery);
    wait_for_drafts(&world, &["\"before\""]);

    // What is not saved is not closed by a key; once it is taken elsewhere, the program ends, and the next one is new.
    screen.key("Escape");
    assert_eq!(driver.written().await, "before and after");
    screen.key("ctrl+a");
    screen.key("BackSpace");
    driver
        .until("no text", "document.querySelector('textarea').value === ''")
        .await;
    screen.key("Escape");
    driver.wait_for_end();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_window_is_told_to_be_started_again_and_keeps_its_text() {
    is_told_that_it_is_old(
        "en",
        "Saved ",
        [
            "Kossori was updated: start it again. Close this window and open it again from the tray.",
            " Your text is kept.",
            " What you have written since is not saved: copy it first.",
        ],
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_window_is_told_so_in_japanese() {
    is_told_that_it_is_old(
        "ja",
        "保存しました ",
        [
            "Kossori が更新されました。起動し直してください。このウィンドウを閉じて、トレイから開きなおしてください。",
            "文章はそのまま残っています。",
            "そのあとに書いたものは保存されていません。先にコピーしてください。",
        ],
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_window_that_is_opened_says_so_and_ends_when_it_is_closed() {
    let world = World::start();
    world.add_practice("me");
    let screen = Screen::on(&world);
    let resident = start_resident(&screen);
    let (relay, _) = Relay::before(&world.socket().expect("the folder is there"));
    relay.newer("window", -1);
    let installed = Installed::new();
    let driver = Driver::open_program(&installed.window(), &screen, "--compose", "en", &[]).await;
    screen.wait_for_focus(&screen.window());
    driver
        .until_it_says(
            "Kossori was updated: start it again. Close this window and open it again from the tray.",
        )
        .await;
    screen.key("Escape");
    driver.wait_for_end();
    assert_eq!(installed.starts(), 0);
    assert_eq!(host_pids(&world), [resident.pid()]);
}
