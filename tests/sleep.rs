//! The machine sleeps and wakes, a person unlocks their session: what logind says of it, and what the host does then.

use std::process::Stdio;
use std::time::Duration;

use kossori_host::Sign;
use serde_json::json;
use zbus::Connection;
use zbus::zvariant::Value;

use crate::support::hosted::{Hosted, settle};
use crate::support::session_bus::{Recording, SessionBus, Start};
use crate::support::simulated::at;
use crate::support::world::{Running, World, deliveries_of, now, wait_for};

const MANAGER_PATH: &str = "/org/freedesktop/login1";
const MANAGER: &str = "org.freedesktop.login1.Manager";
const SESSION_PATH: &str = "/org/freedesktop/login1/session/_31";
/// Far below the 60 s after which a host no longer believes that the machine sleeps.
const SOON: Duration = Duration::from_secs(20);

/// Who speaks on the system bus of these tests.
struct Voice<'a> {
    bus: &'a SessionBus,
    traffic: Recording<'a>,
    speaker: Connection,
}

impl<'a> Voice<'a> {
    async fn logind(bus: &'a SessionBus) -> Voice<'a> {
        let speaker = zbus::connection::Builder::address(bus.address())
            .and_then(|builder| builder.name("org.freedesktop.login1"))
            .expect("a good name and address")
            .build()
            .await
            .expect("the bus takes us for logind");
        Voice {
            bus,
            traffic: bus.record(),
            speaker,
        }
    }

    fn calls(&self, member: &str) -> usize {
        self.traffic.calls("org.freedesktop.DBus", member)
    }

    /// `run`, and until it listens to this bus.
    fn start_run(&self, world: &World) -> Running {
        let mut command = world.command(&["run"]);
        command
            .env("DBUS_SYSTEM_BUS_ADDRESS", self.bus.address())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let listening = self.calls("AddMatch") + 3;
        let running = Running(command.spawn().expect("kossorictl starts"));
        wait_for("the host to listen", Duration::from_secs(30), || {
            self.calls("AddMatch") >= listening
        });
        running
    }

    /// Says it, and waits until the host has asked the bus who did.
    async fn say<B>(&self, path: &str, interface: &str, member: &str, body: &B)
    where
        B: serde::Serialize + zbus::zvariant::DynamicType + Sync,
    {
        let asked = self.calls("GetNameOwner");
        self.speaker
            .emit_signal(None::<&str>, path, interface, member, body)
            .await
            .expect("the bus takes the signal");
        wait_for("the host to hear it", SOON, || self.calls("GetNameOwner") > asked);
    }

    async fn prepare_for_sleep(&self, sleeps: bool) {
        self.say(MANAGER_PATH, MANAGER, "PrepareForSleep", &(sleeps,))
            .await;
    }

    /// What a lock screen has logind say of a session.
    async fn locked_hint(&self, locked: bool) {
        let changed = std::collections::HashMap::from([("LockedHint", Value::from(locked))]);
        let body = ("org.freedesktop.login1.Session", changed, Vec::<&str>::new());
        let properties = "org.freedesktop.DBus.Properties";
        self.speaker
            .emit_signal(None::<&str>, SESSION_PATH, properties, "PropertiesChanged", &body)
            .await
            .expect("the bus takes the signal");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_claimed_between_going_to_sleep_and_waking() {
    let (world, system) = (World::start(), SessionBus::without_keyring());
    let logind = Voice::logind(&system).await;
    let account = world.add_practice("me");
    world.open_wide();
    let _run = logind.start_run(&world);

    logind.prepare_for_sleep(true).await;
    let queued = world.ctl_with("due now", &["post", "add", "--account", &account, "--stdin"]);
    let delivery = deliveries_of(&queued).remove(0);
    // Each of these makes a host that is awake look whether something is due.
    for to in ["paused", "resumed", "paused", "resumed"] {
        world.ctl(if to == "paused" { &["pause"] } else { &["resume"] });
        assert_eq!(world.state_of(&delivery), "queued", "{to}");
    }
    assert_eq!(world.ctl(&["timeline", &account])["posts"], json!([]));
    let journal = world.ctl(&["journal"]).to_string();
    assert!(!journal.contains("claimed"), "claimed before the machine slept");

    logind.prepare_for_sleep(false).await;
    wait_for("the post", SOON, || world.state_of(&delivery) == "sent");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_puts_nobody_to_sleep() {
    let (world, system) = (World::start(), SessionBus::without_keyring());
    let logind = Voice::logind(&system).await;
    let account = world.add_practice("me");
    world.open_wide();
    let _run = logind.start_run(&world);

    let stranger = zbus::connection::Builder::address(system.address())
        .expect("an address")
        .build()
        .await
        .expect("a connection");
    let names = zbus::fdo::DBusProxy::new(&stranger)
        .await
        .expect("the bus")
        .list_names()
        .await
        .expect("names");
    let asked = logind.calls("GetNameOwner");
    // Said to everybody on the bus by name: whatever they listen to, this reaches them.
    for name in names.iter().filter(|name| name.as_str().starts_with(':')) {
        stranger
            .emit_signal(
                Some(name.as_str()),
                MANAGER_PATH,
                MANAGER,
                "PrepareForSleep",
                &(true,),
            )
            .await
            .expect("the bus takes the signal");
    }
    wait_for("the host to ask who it was", SOON, || {
        logind.calls("GetNameOwner") > asked
    });
    let queued = world.ctl_with("due now", &["post", "add", "--account", &account, "--stdin"]);
    let delivery = deliveries_of(&queued).remove(0);
    wait_for("the post", SOON, || world.state_of(&delivery) == "sent");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_system_bus_that_goes_away_stops_nothing() {
    let world = World::start();
    let account = world.add_practice("me");
    world.open_wide();
    let system = SessionBus::without_keyring();
    let logind = Voice::logind(&system).await;
    let run = logind.start_run(&world);
    drop(logind);
    drop(system);
    let queued = world.ctl_with("all the same", &["post", "add", "--account", &account, "--stdin"]);
    let delivery = deliveries_of(&queued).remove(0);
    wait_for("the post", SOON, || world.state_of(&delivery) == "sent");
    // A loop of tries would show in the time that it takes of the processor.
    let ticks = |pid: u32| -> u64 {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).expect("the host lives");
        let fields = stat.rsplit(')').next().expect("fields");
        let at = |n: usize| {
            fields
                .split_whitespace()
                .nth(n)
                .and_then(|n| n.parse::<u64>().ok())
        };
        at(11).expect("user time") + at(12).expect("system time")
    };
    let (before, began) = (ticks(run.pid()), now());
    for _ in 0..100 {
        world.ctl(&["status"]);
    }
    let (spent, took) = (ticks(run.pid()) - before, now().duration_since(began));
    let spent = jiff::SignedDuration::from_millis(i64::try_from(spent * 10).expect("small"));
    assert!(
        spent * 4 < took,
        "{spent:#} of {took:#} went into a few questions"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_keyring_that_is_unlocked_with_the_session_opens_the_folder() {
    let (mut world, system) = (World::start(), SessionBus::without_keyring());
    world.add_practice("me");
    world.bus.start_keyring(Start::AsFound);
    let logind = Voice::logind(&system).await;
    let _run = logind.start_run(&world);
    let shut = || world.say(&["status"]).exit != 0;
    wait_for("the host to answer", Duration::from_secs(30), || {
        let said = world.say(&["status"]);
        said.exit == 3 && said.refusal()["code"] == "keyring_locked"
    });
    // As signing in does it, which the keyring tells nobody.
    world.bus.unlock_with_password();
    assert!(shut(), "it does not poll");
    logind.locked_hint(true).await;
    assert!(shut(), "that was the locking");
    logind.locked_hint(false).await;
    wait_for("the folder to open", SOON, || !shut());
    assert_eq!(world.ctl(&["status"])["host"], "run");
}

#[tokio::test]
async fn a_waking_that_nobody_heard_stops_nothing_for_long() {
    let hosted = Hosted::new("2026-11-24 12:10").await;
    let account = hosted.practice().await;
    // A sign is taken in order with everything else that the host waits for: the first post shows that it ticks.
    let first = hosted.post(&account, "before").await;
    hosted.until(&first, "sent").await;

    hosted.tell(Sign::Sleeps);
    settle().await;
    let second = hosted.post(&account, "meanwhile").await;
    hosted.clock.pass_to(at("2026-11-24 12:10:59"));
    for _ in 0..50 {
        settle().await;
        assert_eq!(
            hosted.state_of(&second).await,
            "queued",
            "the machine may sleep any moment"
        );
    }
    hosted.clock.suspend_to(at("2026-11-24 12:20"));
    hosted.until(&second, "sent").await;
}

#[tokio::test]
async fn a_machine_that_wakes_after_the_window_posts_in_the_next() {
    let hosted = Hosted::new("2026-11-24 12:10").await;
    let account = hosted.practice().await;
    hosted.tell(Sign::Sleeps);
    settle().await;
    let delivery = hosted.post(&account, "meanwhile").await;
    hosted.clock.suspend_to(at("2026-11-24 14:00"));
    hosted.tell(Sign::Wakes);
    for _ in 0..50 {
        settle().await;
        assert_eq!(hosted.state_of(&delivery).await, "queued", "nothing is open");
    }
    hosted.clock.pass_to(at("2026-11-24 18:30"));
    hosted.until(&delivery, "sent").await;
}
