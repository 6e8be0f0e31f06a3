//! A Japanese input method, IBus with Anthy, typing into the real window.

use std::process::{Command, Stdio};

use super::driven::{queue, start_resident};
use super::shown::{drafts, wait_for_drafts};
use crate::support::driver::Driver;
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

#[tokio::test(flavor = "multi_thread")]
async fn an_input_method_composes_in_the_text_and_nothing_is_queued_by_its_keys() {
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

    let driver = Driver::open_with(&screen, "--compose", "en", &[("GTK_IM_MODULE", "ibus")]).await;
    screen.wait_for_focus(&screen.window());
    // It begins with Latin letters; this changes to Hiragana, unless it came too early.
    loop {
        screen.key("ctrl+j");
        screen.key("a");
        screen.key("Return");
        driver
            .until(
                "a letter",
                "/[aあ]/.test(document.querySelector('textarea').value)",
            )
            .await;
        let written = driver
            .run("return document.querySelector('textarea').value")
            .await;
        screen.key("ctrl+a");
        screen.key("Delete");
        driver
            .until("it to be gone", "document.querySelector('textarea').value === ''")
            .await;
        if written.to_string().contains('あ') {
            break;
        }
    }

    let until_written = async |text: &str| {
        let condition = format!("document.querySelector('textarea').value === {text:?}");
        driver.until(text, &condition).await;
    };
    screen.type_text("nihongo");
    until_written("にほんご").await;
    // While it composes, this is the input method's.
    screen.key("ctrl+Return");
    screen.key("space");
    until_written("日本語").await;
    screen.key("Return");
    wait_for_drafts(&world, &["\"日本語\""]);
    assert!(queue(&world).is_empty(), "a key of the input method queued it");

    screen.key("ctrl+Return");
    wait_for("the post to be queued", LIMIT, || queue(&world).len() == 1);
    assert!(drafts(&world).is_empty());
}
