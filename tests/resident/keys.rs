//! Keys that are heard everywhere, on a real X server with a real keyboard.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use kossori_api::Event;
use kossori_link::Next;
use serde_json::{Value, json};
use x11rb::connection::Connection as _;
use x11rb::protocol::xproto::{ConnectionExt as _, GrabMode, ModMask};

use super::preferences::{ask, prefer};
use super::{Installed, SOON, Window, wait_until_served};
use crate::support::screen::Screen;
use crate::support::world::{Running, World, wait_for};

fn start(installed: &Installed, screen: &Screen<'_>, more: &[(&str, &str)]) -> Running {
    let mut command: Command = installed.command(screen.world);
    command
        .env("DISPLAY", screen.display())
        .env_remove("WAYLAND_DISPLAY")
        .env_remove("XDG_SESSION_TYPE")
        .envs(more.iter().copied());
    let running = Running(command.spawn().expect("kossorid starts"));
    wait_until_served(screen.world);
    running
}

fn shortcuts(world: &World) -> Value {
    world.ctl(&["status"])["shortcuts"].clone()
}

fn until_shortcuts(world: &World, expected: &Value) {
    let mut told = Value::Null;
    wait_for(&format!("{expected}"), SOON, || {
        told = shortcuts(world);
        println!("shortcuts: {told}");
        told == *expected
    });
}

/// How often its thread for keys has gone to sleep; none: there is no such thread.
fn sleeps(pid: u32) -> Option<u64> {
    let threads = std::fs::read_dir(Path::new("/proc").join(pid.to_string()).join("task")).ok()?;
    let keys = threads.flatten().find(|thread| {
        std::fs::read_to_string(thread.path().join("comm")).is_ok_and(|name| name.trim() == "keys")
    })?;
    let status = std::fs::read_to_string(keys.path().join("status")).ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"))?;
    line.trim().parse().ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chosen_key_opens_the_composer_wherever_the_person_is() {
    let world = World::start();
    world.add_practice("me");
    let screen = Screen::on(&world);
    let installed = Installed::new();
    let resident = start(&installed, &screen, &[]);
    until_shortcuts(&world, &json!({ "desktop": "x11", "taken": [] }));
    screen.key("ctrl+alt+k");
    assert_eq!(
        sleeps(resident.pid()),
        None,
        "nobody listens before somebody wants it"
    );

    prefer(
        &world,
        json!({ "shortcut_write": "alt+ctrl+k", "shortcut_hide": "Ctrl+Alt+H" }),
    )
    .await;
    wait_for("the key to be heard", SOON, || {
        screen.key("ctrl+alt+k");
        !installed.starts().is_empty()
    });
    let mut window = Window::open(&world, None).await.expect("let in");
    assert_eq!(window.shown().await, ("compose".to_owned(), None));
    // The same with the locks on, and not with another key held too.
    for lock in ["Num_Lock", "Caps_Lock"] {
        screen.key(lock);
        screen.key("ctrl+alt+k");
        assert_eq!(window.shown().await, ("compose".to_owned(), None), "with {lock}");
    }
    screen.key("ctrl+alt+shift+k");
    screen.key("ctrl+alt+h");
    let told = tokio::time::timeout(SOON, async {
        loop {
            match window.events.next().await {
                Next::Event(event) => match event.parse() {
                    Ok(Event::Hide) => return,
                    Ok(Event::Show { what, .. }) => panic!("{what} is shown for another key"),
                    _ => {}
                },
                _ => panic!("the host went away or told too much"),
            }
        }
    });
    told.await.expect("told to hide");
    wait_for("the veil", SOON, || world.ctl(&["status"])["host"] == "resident");
    let kept = ask(&world, json!({ "do": "preferences_show" }))
        .await
        .expect("answered");
    assert_eq!(kept["veil"], true);
    assert_eq!(kept["shortcut_write"], "Ctrl+Alt+K");

    // It sleeps until a key is pressed.
    let before = sleeps(resident.pid()).expect("it listens");
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_eq!(sleeps(resident.pid()), Some(before), "it polls");

    prefer(&world, json!({ "shortcut_write": null, "shortcut_hide": null })).await;
    wait_for("its end", SOON, || sleeps(resident.pid()).is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_another_program_has_is_told_and_a_wrong_one_refused() {
    let world = World::start();
    world.add_practice("me");
    let screen = Screen::on(&world);
    let (other, number) = x11rb::connect(Some(screen.display())).expect("the screen");
    let root = other.setup().roots[number].root;
    // J, on Xvfb's keyboard.
    let held = ModMask::CONTROL | ModMask::SHIFT;
    let grab = other.grab_key(false, root, held, 44, GrabMode::ASYNC, GrabMode::ASYNC);
    grab.expect("sent").check().expect("it is free");
    let installed = Installed::new();
    let _resident = start(&installed, &screen, &[]);
    prefer(
        &world,
        json!({ "shortcut_write": "Ctrl+Shift+J", "shortcut_hide": "Ctrl+Alt+H" }),
    )
    .await;
    until_shortcuts(&world, &json!({ "desktop": "x11", "taken": ["write"] }));
    prefer(&world, json!({ "shortcut_write": "Ctrl+Shift+L" })).await;
    until_shortcuts(&world, &json!({ "desktop": "x11", "taken": [] }));

    for (wrong, code) in [
        (json!({ "shortcut_write": "K" }), "bad_shortcut"),
        (json!({ "shortcut_hide": "Ctrl+Shift+L" }), "shortcut_twice"),
    ] {
        let mut request = wrong;
        request["do"] = json!("preferences_set");
        assert_eq!(ask(&world, request).await, Err(code.to_owned()));
    }
}

/// An X server is there for old programs, and would hear only what is typed into them.
#[tokio::test(flavor = "multi_thread")]
async fn on_wayland_nothing_is_listened_to_and_that_is_told() {
    let world = World::start();
    world.add_practice("me");
    let screen = Screen::on(&world);
    let installed = Installed::new();
    let resident = start(&installed, &screen, &[("WAYLAND_DISPLAY", "wayland-0")]);
    prefer(&world, json!({ "shortcut_write": "Ctrl+Alt+K" })).await;
    until_shortcuts(&world, &json!({ "desktop": "wayland", "taken": [] }));
    assert_eq!(sleeps(resident.pid()), None);
}
