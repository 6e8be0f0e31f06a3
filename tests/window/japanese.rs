//! A Japanese input method, IBus with Anthy, typing into the real window.

use std::process::{Command, Stdio};

use super::driven::{queue, start_resident};
use super::shown::{drafts, wait_for_drafts};
use crate::support::screen::{LIMIT, Screen};
use crate::support::world::{Running, World, wait_for};

/// IBus's programs are the system's Python, whichever one comes first elsewhere.
fn ibus(screen: &Screen<'_>, program: &str) -> Command {
    let mut command = screen.command(program);
    command
        .env("PATH", "/usr/bin:/bin")
        .env("GSETTINGS_BACKEND", "memory")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command
}

#[test]
fn an_input_method_composes_in_the_text_and_nothing_is_queued_by_its_keys() {
    let world = World::start();
    world.add_practice("me");
    let screen = Screen::on(&world);
    let _resident = start_resident(&screen);
    let mut daemon = ibus(&screen, "ibus-daemon");
    daemon.args(["--xim", "--replace", "--panel=disable", "--cache=refresh"]);
    let _daemon = Running(daemon.spawn().expect("ibus is needed (see script/setup)"));
    let engine = |arguments: &[&str]| {
        let mut command = ibus(&screen, "ibus");
        let output = command
            .arg("engine")
            .args(arguments)
            .stdout(Stdio::piped())
            .output();
        String::from_utf8_lossy(&output.expect("ibus").stdout)
            .trim()
            .to_owned()
    };
    wait_for("the input method", LIMIT, || {
        // Where the keyboard's layout cannot be set as well it reports an error, and has chosen all the same.
        engine(&["anthy"]);
        engine(&[]) == "anthy"
    });

    let mut window = screen.ours("kossori", "C.UTF-8");
    window
        .env("GTK_IM_MODULE", "ibus")
        .args(["--compose", "--data-dir"])
        .arg(world.data_dir());
    let _window = Running(window.spawn().expect("the window starts"));
    screen.wait_for_focus(&screen.window());
    // It begins with Latin letters; this changes to Hiragana. What was typed too early is taken away again.
    let hiragana = || {
        screen.key("ctrl+j");
        screen.key("a");
        screen.key("Return");
        wait_for("a letter", LIMIT, || {
            drafts(&world).concat().contains(['a', 'あ'])
        });
        let kana = drafts(&world).concat().contains('あ');
        screen.key("ctrl+a");
        screen.key("Delete");
        wait_for("it to be taken away", LIMIT, || {
            !drafts(&world).concat().contains(['a', 'あ'])
        });
        kana
    };
    wait_for("Hiragana", LIMIT, hiragana);

    screen.type_text("nihongo");
    // While it composes, this is the input method's.
    screen.key("ctrl+Return");
    screen.key("space");
    screen.key("Return");
    wait_for_drafts(&world, &["\"日本語\""]);
    assert!(queue(&world).is_empty(), "a key of the input method queued it");

    screen.key("ctrl+Return");
    wait_for("the post to be queued", LIMIT, || queue(&world).len() == 1);
    assert!(drafts(&world).is_empty());
}
