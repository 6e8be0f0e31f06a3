//! What takes a deliberate hand: an official account's held key, and an exact time.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::driven::{queue, start_resident};
use super::shown::wait_for_drafts;
use crate::support::driver::Driver;
use crate::support::screen::Screen;
use crate::support::world::{World, id_of, night_zone};

fn presses(screen: &Screen<'_>, what: &str, key: &str) {
    assert!(screen.xdotool(&[what, key]).is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_official_account_is_queued_by_a_key_that_is_held_and_not_by_one_that_is_let_go() {
    let world = World::start();
    let office = [
        "account",
        "add",
        "practice",
        "--name",
        "office",
        "--persona",
        "official",
    ];
    let office = id_of(&world.ctl(&office));
    let screen = Screen::on(&world);
    let _resident = start_resident(&screen);
    let driver = Driver::open(&screen, "--compose", "ja").await;
    screen.wait_for_focus(&screen.window());
    driver
        .until(
            "the account, not chosen",
            "document.querySelector('.chip[aria-pressed=false]')",
        )
        .await;
    driver.type_into("textarea", "本日は休業します。").await;
    screen.key("alt+1");
    driver.until_it_says("押しつづけて予約").await;
    wait_for_drafts(&world, &["\"本日は休業します。\""]);

    presses(&screen, "keydown", "ctrl");
    presses(&screen, "keydown", "Return");
    driver
        .until(
            "the key to be held",
            "document.querySelector('.holdb .lab').innerText.startsWith('そのまま')",
        )
        .await;
    presses(&screen, "keyup", "Return");
    driver.until_it_says("押しつづけて予約").await;
    assert_eq!(queue(&world), Vec::<Value>::new(), "it was let go");

    presses(&screen, "keydown", "Return");
    driver.until_it_says("予約しました。").await;
    presses(&screen, "keyup", "Return");
    presses(&screen, "keyup", "ctrl");
    let waiting = queue(&world);
    assert_eq!(waiting.len(), 1, "{waiting:?}");
    assert_eq!(
        (&waiting[0]["account"], &waiting[0]["state"]),
        (&json!(office), &json!("queued"))
    );
    assert_eq!(waiting[0]["text"], "本日は休業します。");
}

/// The civil time at which the one delivery goes, and what is told of it.
fn planned(world: &World) -> (String, Value) {
    let waiting = queue(world);
    let [one] = &waiting[..] else {
        panic!("one delivery: {waiting:?}")
    };
    let at: Timestamp = one["planned_at"]
        .as_str()
        .expect("a time")
        .parse()
        .expect("RFC 3339");
    let zone = TimeZone::get(night_zone()).expect("a zone");
    let shown = world.ctl(&["queue", "show", one["id"].as_str().expect("an id")]);
    (at.to_zoned_datetime(zone).strftime("%H:%M:%S").to_string(), shown)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_exact_time_in_full_width_is_the_time_that_is_kept() {
    let world = World::start();
    world.add_practice("me");
    let screen = Screen::on(&world);
    let _resident = start_resident(&screen);
    let driver = Driver::open(&screen, "--compose", "ja").await;
    screen.wait_for_focus(&screen.window());
    screen.type_text("oyasumi");
    wait_for_drafts(&world, &["\"oyasumi\""]);
    screen.key("ctrl+t");
    driver.until_focused(".c-time input").await;
    // Some window of a new folder is open then on every day.
    driver.type_into(".c-time input", "２０：００").await;
    screen.key("Return");
    driver
        .until("the chooser to close", "!document.querySelector('.c-time')")
        .await;
    driver.until_it_says("20:00").await;
    screen.key("ctrl+Return");
    driver.until_it_says("予約しました。").await;
    let (at, shown) = planned(&world);
    assert_eq!(at, "20:00:00");
    assert_eq!(shown["override_window"], false);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_time_outside_the_windows_takes_a_yes_by_keys() {
    let world = World::start();
    world.add_practice("me");
    let screen = Screen::on(&world);
    let _resident = start_resident(&screen);
    let driver = Driver::open(&screen, "--compose", "en").await;
    screen.wait_for_focus(&screen.window());
    screen.type_text("awake");
    wait_for_drafts(&world, &["\"awake\""]);
    screen.key("ctrl+t");
    driver.until_focused(".c-time input").await;
    screen.type_text("04:30");
    driver.until_it_says("No quiet window is open then.").await;
    screen.key("ctrl+Return");
    driver.until_it_says("Set the time first").await;
    assert_eq!(queue(&world), Vec::<Value>::new(), "nobody said yes");
    driver.focus(".c-time [type=checkbox]").await;
    screen.key("space");
    screen.key("ctrl+Return");
    driver.until_it_says("Queued.").await;
    let (at, shown) = planned(&world);
    assert_eq!(at, "04:30:00");
    assert_eq!(shown["override_window"], true);
}
