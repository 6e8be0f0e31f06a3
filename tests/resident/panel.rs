//! A real panel, and a real mouse.

use std::time::Duration;

use super::{Installed, SOON, Window, wait_until_served};
use crate::support::screen::Screen;
use crate::support::world::{World, wait_for};

#[tokio::test(flavor = "multi_thread")]
async fn real_clicks_on_xfces_panel() {
    let world = World::start();
    world.add_practice("me");
    let mut screen = Screen::on(&world);
    screen.show_panel();
    let installed = Installed::new();
    let _resident = installed.start(&world);
    wait_until_served(&world);
    // The icon is somewhere at the left of the panel, once the panel has drawn it.
    let mut at = 0;
    wait_for("a left click to open the composer", SOON, || {
        at = at % 64 + 8;
        screen.click((at, 14), "1");
        // The host hears of it in milliseconds.
        std::thread::sleep(Duration::from_millis(50));
        !installed.starts().is_empty()
    });
    let mut window = Window::open(&world, None).await.expect("let in");
    let (what, clicked) = window.shown().await;
    assert_eq!(what, "compose");
    let (x, y) = clicked.expect("the panel says where");
    assert!((0..1280).contains(&x) && (0..900).contains(&y), "{x} {y}");

    // The first line of the menu that a right click opens.
    let chosen = async {
        loop {
            screen.click((at, 14), "3");
            tokio::time::sleep(Duration::from_millis(300)).await;
            screen.key("Down");
            screen.key("Return");
            let told = tokio::time::timeout(Duration::from_secs(1), window.shown()).await;
            // Anything else is clicks that the panel passed on late.
            if let Ok((what, None)) = told {
                return what;
            }
        }
    };
    let what = tokio::time::timeout(SOON, chosen)
        .await
        .expect("the menu's first line");
    assert_eq!(what, "compose");
    assert_eq!(installed.starts().len(), 1, "{:?}", installed.starts());
}
