//! The person quits, with a window there: it saves, ends too, and starts nobody.

use std::process::Command;
use std::time::Duration;

use tokio::time::Instant;

use super::driven::{host_pid, start_resident};
use super::shown::{drafts, wait_for_drafts};
use crate::support::driver::Driver;
use crate::support::panel::Panel;
use crate::support::screen::{LIMIT, Screen};
use crate::support::session_bus::Start;
use crate::support::world::{Running, World, wait_for};

fn wait_for_end(what: &str, program: &mut Running) {
    wait_for(what, LIMIT, || program.0.try_wait().expect("its state").is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn quitting_from_the_tray_ends_the_window_with_everything_saved() {
    let world = World::start();
    world.add_practice("me");
    let mut panel = Panel::start(&world.bus).await;
    let screen = Screen::on(&world);
    let mut resident = start_resident(&screen);
    let icon = panel.icon().await;
    let mut window = screen.open("--compose");
    screen.wait_for_focus(&screen.window());
    // The last key is younger than what is waited for before a save.
    screen.type_text("typed until the end");
    icon.choose("Quit").await;
    wait_for_end("the resident to end", &mut resident);
    wait_for_end("the window to end", &mut window);
    assert_eq!(host_pid(&world), None, "nobody was started again");
    assert_eq!(drafts(&world), ["\"typed until the end\""]);
}

/// The page's process stands still while keys are typed and the person quits: what it has said until then knows nothing of
/// them.
#[tokio::test(flavor = "multi_thread")]
async fn keys_that_are_on_their_way_to_the_page_when_the_person_quits_are_saved() {
    let world = World::start();
    world.add_practice("me");
    let mut panel = Panel::start(&world.bus).await;
    let screen = Screen::on(&world);
    let mut resident = start_resident(&screen);
    let icon = panel.icon().await;
    let mut window = screen.open("--compose");
    screen.wait_for_focus(&screen.window());
    screen.type_text("saved ");
    wait_for_drafts(&world, &["\"saved \""]);
    signal_page(&window, "STOP");
    screen.type_text("and not saved");
    icon.choose("Quit").await;
    // A program that believed what the page had said would end now.
    let deadline = Instant::now() + Duration::from_millis(300);
    while Instant::now() < deadline {
        let ended = window.0.try_wait().expect("its state");
        assert!(ended.is_none(), "it ended with keys on their way: {ended:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    signal_page(&window, "CONT");
    wait_for_end("the window to end", &mut window);
    wait_for_end("the resident to end", &mut resident);
    assert_eq!(drafts(&world), ["\"saved and not saved\""]);
}

/// Sends a signal to the process in which a window's page runs.
fn signal_page(window: &Running, signal: &str) {
    let sent = Command::new("pkill")
        .args([
            &format!("-{signal}"),
            "-P",
            &window.pid().to_string(),
            "WebKitWebProces",
        ])
        .status();
    assert!(sent.expect("pkill").success(), "the page's process");
}

/// Nobody waits for ever for a page that says nothing more.
#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_stands_still_does_not_keep_who_quits() {
    let world = World::start();
    world.add_practice("me");
    let mut panel = Panel::start(&world.bus).await;
    let screen = Screen::on(&world);
    let mut resident = start_resident(&screen);
    let icon = panel.icon().await;
    let mut window = screen.open("--compose");
    screen.wait_for_focus(&screen.window());
    screen.type_text("saved");
    wait_for_drafts(&world, &["\"saved\""]);
    signal_page(&window, "STOP");
    icon.choose("Quit").await;
    wait_for_end("the window to end", &mut window);
    wait_for_end("the resident to end", &mut resident);
    assert_eq!(drafts(&world), ["\"saved\""]);
}

#[test]
fn a_session_that_ends_takes_a_hidden_window_along() {
    let world = World::start();
    world.add_practice("me");
    let screen = Screen::on(&world);
    let mut resident = start_resident(&screen);
    let mut window = screen.open("--compose");
    screen.wait_for_focus(&screen.window());
    screen.key("Escape");
    wait_for("the window to hide", LIMIT, || screen.seen().is_none());
    // SIGTERM.
    resident.end();
    wait_for_end("the window to end", &mut window);
    assert_eq!(host_pid(&world), None, "nobody was started again");
}

/// Behind a locked keyring nothing can be saved: the text stays in sight, and nobody is started for it.
#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_saved_when_the_person_quits_is_said() {
    for (language, sentence) in [
        ("en", "What you have written since is not saved: copy it first."),
        (
            "ja",
            "そのあとに書いたものは保存されていません。先にコピーしてください。",
        ),
    ] {
        let mut world = World::start();
        world.add_practice("me");
        world.bus.start_keyring(Start::AsFound);
        let mut panel = Panel::start(&world.bus).await;
        let screen = Screen::on(&world);
        let mut resident = start_resident(&screen);
        let icon = panel.icon().await;
        icon.until("needs_you").await;
        let driver = Driver::open(&screen, "--compose", language).await;
        screen.wait_for_focus(&screen.window());
        screen.type_text("only here");
        driver
            .until(
                "what was typed",
                "document.querySelector('textarea').value === 'only here'",
            )
            .await;
        icon.choose("Quit").await;
        wait_for_end("the resident to end", &mut resident);
        driver.until_it_says(sentence).await;
        assert!(screen.seen().is_some(), "it stays");
        let text = driver
            .run("return document.querySelector('textarea').value")
            .await;
        assert_eq!(text, "only here");
        assert_eq!(host_pid(&world), None, "nobody was started again");
    }
}
