//! The person quits, with a window there: it saves, ends too, and starts nobody.

use super::driven::{host_pid, start_resident};
use super::shown::drafts;
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
