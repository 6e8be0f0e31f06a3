//! The queue's week in the main window, with a mouse: a delivery is taken hold of and let go on another day.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, ZonedDateTime};
use serde_json::Value;

use super::driven::start_resident;
use super::main_window;
use crate::support::driver::Driver;
use crate::support::screen::{LIMIT, Screen};
use crate::support::world::{World, night_zone, now, wait_for};

fn planned(world: &World, delivery: &str) -> ZonedDateTime {
    let shown = world.ctl(&["queue", "show", delivery]);
    let at: jiff::Timestamp = shown["planned_at"]
        .as_str()
        .expect("a time")
        .parse()
        .expect("RFC 3339");
    at.to_zoned_datetime(TimeZone::get(night_zone()).expect("a zone"))
}

/// Takes the one pill that there is by so many days to the right, and lets it go there.
async fn drags(screen: &Screen<'_>, driver: &Driver, window: &str, days: i32) {
    let (left, top) = screen.place_of(window);
    let moves = |x: i32, y: i32| {
        let (x, y) = (x.to_string(), y.to_string());
        assert!(screen.xdotool(&["mousemove", &x, &y]).is_some());
    };
    driver
        .until("its pill", "document.querySelector('.pills button.dv')")
        .await;
    driver
        .run("document.querySelector('.pills button.dv').scrollIntoView({ block: 'center' }); return true")
        .await;
    // Where the page's corner is on the screen it tells itself: a frame around the window is counted by nobody alike.
    driver
        .run("addEventListener('mousemove', ({ clientX, clientY }) => { window.__mouse = [clientX, clientY] }, true); return true")
        .await;
    let (mut left, mut top) = (i32::from(left), i32::from(top));
    let mut from = (0, 0);
    let over = async {
        // The picture may still take its size.
        while driver
            .run("return !!document.querySelector('.pills button.dv:hover')")
            .await
            != true
        {
            let seen = driver
                .run("const seen = window.__mouse; window.__mouse = null; return seen ?? null")
                .await;
            if let Ok((x, y)) = serde_json::from_value::<(i32, i32)>(seen) {
                (left, top) = (from.0 - x, from.1 - y);
            }
            let (x, y) = driver.middle_of(".pills button.dv").await;
            from = (left + x, top + y);
            moves(from.0, from.1);
        }
    };
    tokio::time::timeout(LIMIT, over)
        .await
        .expect("the mouse is over it");
    let (x, y) = from;
    let width = driver
        .run("return document.querySelector('.pills').getBoundingClientRect().width")
        .await;
    let far = (width.as_f64().expect("a width") * f64::from(days) / 7.0).round() as i32;
    assert!(screen.xdotool(&["mousedown", "1"]).is_some());
    // As a hand does: a few points first, which say that it is no click.
    for step in 1..=20 {
        moves(x + far * step / 20, y);
    }
    driver
        .until(
            "what it would become",
            "document.querySelector('.pills .dv.ghost')",
        )
        .await;
    assert!(screen.xdotool(&["mouseup", "1"]).is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delivery_is_dragged_to_another_day_of_the_week_and_taken_back() {
    let world = World::start();
    let me = world.add_practice("me");
    let screen = Screen::on(&world);
    let _resident = start_resident(&screen);
    // Next week, of which no day is past. On all of these days the evening's window is open at that time.
    let today = now().to_zoned_datetime(TimeZone::get(night_zone()).expect("a zone"));
    let ahead = 8 - i64::from(today.weekday().to_monday_one_offset());
    let monday = today
        .date()
        .saturating_add(SignedDuration::from_hours(24 * ahead));
    let delivery = world.queue_with(&me, "dragged", &["--at", &format!("{monday} 20:00")]);
    let before = world.ctl(&["queue", "show", &delivery]);
    assert_eq!(planned(&world, &delivery).date(), monday);
    let driver = main_window::open(&screen, "en").await;
    let window = screen.window();
    driver.press("The week after").await;
    drags(&screen, &driver, &window, 2).await;
    driver.until_it_says("Goes out Wed").await;
    // It is said while it is dragged already: the host has it a moment later.
    let wednesday = monday.saturating_add(SignedDuration::from_hours(48));
    wait_for("the host to have it", LIMIT, || {
        planned(&world, &delivery).date() == wednesday
    });
    let moved = planned(&world, &delivery);
    assert!(
        (18..23).contains(&moved.hour()),
        "in the evening's window: {moved}"
    );
    assert_eq!(world.texts(&me), Vec::<Value>::new());
    screen.key("ctrl+z");
    wait_for("it to be as it was", LIMIT, || {
        let after = world.ctl(&["queue", "show", &delivery]);
        ["when", "planned_at", "expires_at", "override_window"]
            .iter()
            .all(|same| after[same] == before[same])
    });
}
