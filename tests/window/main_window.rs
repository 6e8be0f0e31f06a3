//! The main window as somebody opens it who has been here before.

use serde_json::json;

use crate::resident::preferences::prefer;
use crate::support::driver::Driver;
use crate::support::screen::Screen;

/// Its first run is over; the list of sections is there, and takes keys.
pub async fn open(screen: &Screen<'_>, language: &str) -> Driver {
    prefer(screen.world, json!({ "first_run_done": true })).await;
    let driver = Driver::open(screen, "--main", language).await;
    screen.wait_for_focus(&screen.window());
    driver
        .until("the sections", "document.querySelector('nav.side')")
        .await;
    driver
}
