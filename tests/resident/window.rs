//! Clicks and the one window of a folder.

use std::time::Duration;

use kossori_link::ConnectError;

use super::{Installed, SOON, Window};
use crate::support::panel::Panel;
use crate::support::world::{World, wait_for};

#[tokio::test(flavor = "multi_thread")]
async fn clicks_start_one_window_and_then_go_to_it() {
    let world = World::start();
    world.add_practice("me");
    let mut panel = Panel::start(&world.bus).await;
    let installed = Installed::new();
    let _resident = installed.start(&world);
    let icon = panel.icon().await;
    icon.click(11, 22).await;
    icon.click(33, 44).await;
    wait_for("the window to be started", SOON, || {
        !installed.starts().is_empty()
    });
    let mut window = Window::open(&world, None).await.expect("let in");
    assert_eq!(window.shown().await, ("compose".to_owned(), Some((33, 44))));
    icon.click(55, 66).await;
    assert_eq!(window.shown().await, ("compose".to_owned(), Some((55, 66))));
    icon.choose("Open Kossori").await;
    assert_eq!(window.shown().await, ("main".to_owned(), None));
    icon.choose("Write…").await;
    assert_eq!(window.shown().await, ("compose".to_owned(), None));

    // A newcomer is sent away, and the living one comes to the front, with what the newcomer was opened for. One of an
    // older build does not say.
    for (opened_for, shown) in [
        (Some("compose"), "compose"),
        (Some("main"), "main"),
        (None, "compose"),
    ] {
        match Window::open(&world, opened_for).await.map(|_| ()) {
            Err(ConnectError::Refused(refusal)) => assert_eq!(refusal.code, "window_open"),
            other => panic!("a second window was let in: {other:?}"),
        }
        assert_eq!(window.shown().await, (shown.to_owned(), None));
    }
    let compose = format!("--compose --data-dir {}", world.data_dir().display());
    assert_eq!(
        installed.starts(),
        [compose.as_str()],
        "one start for all these clicks"
    );

    // Gone, it is started again, for what was asked.
    drop(window);
    let main = format!("--main --data-dir {}", world.data_dir().display());
    std::fs::remove_file(installed.window().with_extension("started")).expect("removed");
    let started_again = async {
        while installed.starts().is_empty() {
            icon.choose("Open Kossori").await;
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(SOON, started_again)
        .await
        .expect("started again");
    assert_eq!(installed.starts(), [main.as_str()]);
}

/// Whatever keeps it from opening, the tray says that it did not, until one opens.
#[tokio::test(flavor = "multi_thread")]
async fn a_window_that_cannot_be_opened_is_said_in_the_tray() {
    const SAID: &str = "The window could not be opened.";
    let world = World::start();
    world.add_practice("me");
    let mut panel = Panel::start(&world.bus).await;
    let installed = Installed::new();
    let _resident = installed.start(&world);
    let icon = panel.icon().await;
    icon.until("idle").await;
    for missing in [false, true] {
        if missing {
            std::fs::remove_file(installed.window()).expect("removed");
        } else {
            std::fs::write(installed.window(), "#!/bin/sh\nexit 1\n").expect("a script");
        }
        icon.click(1, 2).await;
        icon.until("needs_you").await;
        icon.until_menu(SAID, true).await;
        assert!(icon.tooltip().await.1.starts_with(SAID));
        let window = Window::open(&world, None).await.expect("let in");
        icon.until("idle").await;
        icon.until_menu(SAID, false).await;
        drop(window);
        // A click goes to a window for as long as the host knows of one.
        let gone = async {
            while Window::open(&world, None).await.is_err() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(SOON, gone).await.expect("it left");
    }
}

/// One that dies before it said hello is started again by the next click.
#[tokio::test(flavor = "multi_thread")]
async fn a_window_that_dies_on_its_way_may_be_started_again() {
    let world = World::start();
    world.add_practice("me");
    let mut panel = Panel::start(&world.bus).await;
    let installed = Installed::new();
    std::fs::write(installed.window(), "#!/bin/sh\necho \"$@\" >> \"$0.started\"\n").expect("a script");
    let _resident = installed.start(&world);
    let icon = panel.icon().await;
    for n in 1..=2 {
        let started = async {
            while installed.starts().len() < n {
                icon.click(n as i32, 0).await;
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(SOON, started).await.expect("started");
    }
}
