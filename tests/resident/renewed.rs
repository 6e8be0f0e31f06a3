//! The resident's program is replaced while it runs.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::Duration;

use kossori_api::{Call, PROTOCOL, Reply};
use kossori_link::{Client, HelloClient, Next, Program};
use serde_json::{Value, json};

use super::{Installed, SOON, exit_of, wait_until_served};
use crate::support::panel::Panel;
use crate::support::world::{World, now, program, wait_for};

/// As an update does it: another file takes the place.
fn replace(kossorid: &Path) -> u64 {
    let fresh = kossorid.with_extension("new");
    fs::copy(program("kossorid"), &fresh).expect("a copy");
    fs::rename(&fresh, kossorid).expect("in its place");
    inode(kossorid)
}

fn inode(path: &Path) -> u64 {
    fs::metadata(path).expect("a file").ino()
}

fn running(pid: u32) -> Option<u64> {
    // Not to be seen while one program gives way to the other.
    Some(fs::metadata(format!("/proc/{pid}/exe")).ok()?.ino())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_program_takes_over_in_the_same_process_and_goes_on() {
    let world = World::start();
    let me = world.add_practice("me");
    let mut panel = Panel::start(&world.bus).await;
    let installed = Installed::new();
    let mut resident = installed.start(&world);
    drop(panel.icon().await);
    let old = running(resident.pid()).expect("it runs");
    let new = replace(&installed.folder.path().join("kossorid"));
    assert_ne!(old, new);
    let waiting = world.queue(&me, "after the update");
    wait_for("the new program", SOON, || running(resident.pid()) == Some(new));

    drop(panel.icon().await);
    wait_until_served(&world);
    assert_eq!(world.ctl(&["status"])["host"], "resident");
    world.ctl(&["break", "5"]);
    wait_for("the post", SOON, || world.state_of(&waiting) == "sent");
    assert_eq!(world.texts(&me), ["after the update"]);
    assert!(resident.0.try_wait().expect("its state").is_none());
    resident.end();
}

#[test]
fn what_is_planned_soon_goes_out_first() {
    let world = World::start();
    let me = world.add_practice("me");
    let installed = Installed::new();
    let mut resident = installed.start(&world);
    wait_until_served(&world);
    let old = running(resident.pid()).expect("it runs");
    world.open_wide();
    let at = now()
        .saturating_add(jiff::SignedDuration::from_secs(6))
        .expect("a time");
    let soon = world.queue_with(&me, "soon", &["--at", &at.to_string()]);
    let new = replace(&installed.folder.path().join("kossorid"));
    // Told of this, it looks, and finds something planned.
    world.ctl(&["draft", "add", "--text", "meanwhile"]);
    wait_for("the post", SOON, || {
        let ran = running(resident.pid());
        let waits = world.state_of(&soon) != "sent";
        assert!(!waits || ran == Some(old), "it gave way too soon");
        !waits
    });
    wait_for("the new program", SOON, || running(resident.pid()) == Some(new));
    wait_until_served(&world);
    assert_eq!(world.texts(&me), ["soon"]);
    resident.end();
}

/// Half an update, or something else in its place.
#[test]
fn what_is_no_program_does_not_take_over() {
    let world = World::start();
    world.add_practice("me");
    let installed = Installed::new();
    let mut resident = installed.start(&world);
    wait_until_served(&world);
    let old = running(resident.pid()).expect("it runs");
    let kossorid = installed.folder.path().join("kossorid");
    let script = kossorid.with_extension("new");
    fs::copy(installed.window(), &script).expect("a copy");
    fs::rename(&script, &kossorid).expect("in its place");
    world.ctl(&["draft", "add", "--text", "told of this, it looks"]);
    assert_eq!(world.ctl(&["status"])["host"], "resident");
    let new = replace(&kossorid);
    world.ctl(&["draft", "add", "--text", "and again"]);
    let mut between = Vec::new();
    wait_for("the new program", SOON, || {
        between.extend(running(resident.pid()));
        between.last() == Some(&new)
    });
    between.dedup();
    // It may have taken over before the first look.
    between.retain(|ran| *ran != old);
    assert_eq!(between, [new], "nothing else ran in between");
    resident.end();
}

/// A client of the test's own.
struct Guest(Client);

impl Guest {
    async fn come(world: &World) -> Guest {
        let hello = HelloClient {
            protocol: PROTOCOL,
            build: "test".to_owned(),
            program: Program::Command,
            data_dir_hash: None,
            shows: None,
        };
        let socket = world.socket().expect("the folder is there");
        Guest(Client::connect(&socket, hello).await.expect("let in"))
    }

    /// `None`: the host went away.
    async fn ask(&self, request: Value) -> Option<Value> {
        let call = Call {
            request_id: request.to_string(),
            request: serde_json::from_value(request).expect("a request"),
        };
        match self.0.call(&call).await.ok()?.parse().expect("a reply") {
            Reply::Done(value) => Some(value),
            Reply::Refused(problem) => panic!("refused: {problem}"),
        }
    }
}

/// What a person waits for is answered, and what they send arrives, by the program that began with it.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_in_hand_is_done_first() {
    let world = World::start();
    world.add_practice("me");
    let mut panel = Panel::start(&world.bus).await;
    let installed = Installed::new();
    let mut resident = installed.start(&world);
    let icon = panel.icon().await;
    icon.until("idle").await;
    let old = running(resident.pid()).expect("it runs");
    let guest = Guest::come(&world).await;
    let begun = guest.ask(json!({ "do": "picture_begin", "bytes": 3 })).await;
    let upload = begun.expect("begun")["upload"].clone();
    // The keyring stands still, as it does while it asks the person.
    world.bus.freeze_keyring();
    let unlocking = Guest::come(&world).await;
    let unlocked = tokio::spawn(async move { unlocking.ask(json!({ "do": "unlock" })).await });

    let new = replace(&installed.folder.path().join("kossorid"));
    for (change, state) in [("pause", "paused"), ("resume", "idle")] {
        // Told of this, it looks, and somebody waits.
        world.ctl(&[change]);
        icon.until(state).await;
        assert_eq!(running(resident.pid()), Some(old), "{change}");
    }
    world.bus.thaw_keyring();
    assert_eq!(unlocked.await.expect("no panic"), Some(json!({})));
    for (at, letter) in ["YQ==", "Yg=="].into_iter().enumerate() {
        let piece = json!({ "do": "picture_chunk", "upload": upload, "at": at, "base64": letter });
        assert_eq!(guest.ask(piece).await, Some(json!({})), "the host is gone");
    }
    assert_eq!(running(resident.pid()), Some(old));
    // Nobody is told of this; with it, nothing is in hand any more.
    drop(guest);
    wait_for("the new program", SOON, || running(resident.pid()) == Some(new));
    wait_until_served(&world);
    resident.end();
}

/// A folder that has just been opened has things to tell.
async fn until_nothing_is_told(world: &World) {
    let guest = Guest::come(world).await;
    let mut events = guest.0.subscribe().await.expect("events");
    let quiet = Duration::from_secs(1);
    while let Ok(Next::Event(_)) = tokio::time::timeout(quiet, events.next()).await {}
}

/// Who opens the menu is about to choose from it.
#[tokio::test(flavor = "multi_thread")]
async fn the_menu_that_opens_stays() {
    let world = World::start();
    world.add_practice("me");
    let mut panel = Panel::start(&world.bus).await;
    let installed = Installed::new();
    let mut resident = installed.start(&world);
    let icon = panel.icon().await;
    let old = running(resident.pid()).expect("it runs");
    until_nothing_is_told(&world).await;
    let new = replace(&installed.folder.path().join("kossorid"));
    for _ in 0..20 {
        icon.open_menu().await;
        icon.until_menu("Pause", true).await;
        assert_eq!(world.ctl(&["status"])["host"], "resident");
        assert_eq!(running(resident.pid()), Some(old));
    }
    icon.choose("Until I resume").await;
    wait_for("the new program", SOON, || running(resident.pid()) == Some(new));
    wait_until_served(&world);
    assert_eq!(
        world.ctl(&["status"])["reason"],
        "paused",
        "what was chosen was done"
    );
    resident.end();
}

/// It has to give way and to end at once: it ends, and nothing begins in its place.
#[tokio::test(flavor = "multi_thread")]
async fn a_program_that_is_told_to_end_is_not_renewed() {
    let world = World::start();
    world.add_practice("me");
    let mut panel = Panel::start(&world.bus).await;
    let installed = Installed::new();
    let mut resident = installed.start(&world);
    let icon = panel.icon().await;
    icon.until("idle").await;
    let guest = Guest::come(&world).await;
    replace(&installed.folder.path().join("kossorid"));
    let signal = |name: &str| {
        let pid = resident.pid().to_string();
        let sent = std::process::Command::new("kill").args([name, &pid]).status();
        assert!(sent.expect("kill").success());
    };
    signal("-STOP");
    // Told of this, it looks.
    let asked = tokio::spawn(async move { guest.ask(json!({ "do": "pause", "duration": "1h" })).await });
    signal("-TERM");
    signal("-CONT");
    assert_eq!(exit_of(&mut resident), Some(0));
    drop(asked.await);
}
