//! The queue in the main window, by its keys: what is done there the host has done, and what is taken back is as it was.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::Value;

use super::driven::{queue, start_resident};
use super::main_window;
use super::shown::drafts;
use crate::support::driver::Driver;
use crate::support::screen::{LIMIT, Screen};
use crate::support::world::{World, night_zone, wait_for};

async fn opens_line(driver: &Driver, screen: &Screen<'_>, delivery: &str) {
    driver.focus(&format!(".it[data-id='{delivery}'] > .open")).await;
    screen.key("Return");
    driver
        .until(
            "the open line",
            &format!("document.querySelector(\".it.cur[data-id='{delivery}']\")"),
        )
        .await;
}

fn shows(world: &World, delivery: &str) -> Value {
    world.ctl(&["queue", "show", delivery])
}

#[tokio::test(flavor = "multi_thread")]
async fn a_post_is_put_on_hold_and_given_a_time_and_both_are_taken_back() {
    let world = World::start();
    let me = world.add_practice("me");
    let screen = Screen::on(&world);
    let _resident = start_resident(&screen);
    let first = world.queue(&me, "first");
    let driver = main_window::open(&screen, "en").await;
    driver.until_it_says("first").await;
    opens_line(&driver, &screen, &first).await;
    driver.press("Hold").await;
    driver.until_it_says("It is on hold.").await;
    assert_eq!(shows(&world, &first)["state"], "held");
    screen.key("ctrl+z");
    wait_for("it to wait again", LIMIT, || {
        shows(&world, &first)["state"] == "queued"
    });

    driver.press("Another time").await;
    driver.press("An exact time…").await;
    driver.until_focused(".c-time input").await;
    screen.type_text("20:00");
    screen.key("Return");
    driver.until_it_says("The time is changed.").await;
    let after = shows(&world, &first);
    let at: Timestamp = after["planned_at"]
        .as_str()
        .expect("a time")
        .parse()
        .expect("RFC 3339");
    let at = at.to_zoned_datetime(TimeZone::get(night_zone()).expect("a zone"));
    assert_eq!(at.strftime("%H:%M:%S").to_string(), "20:00:00");
    screen.key("ctrl+z");
    wait_for("the next break to be meant again", LIMIT, || {
        shows(&world, &first)["when"] != after["when"]
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_removed_comes_back_exactly() {
    let world = World::start();
    let me = world.add_practice("me");
    let screen = Screen::on(&world);
    let _resident = start_resident(&screen);
    let particular = [
        "--at",
        "04:30",
        "--override-window",
        "--expires",
        "05:30",
        "--cw",
        "お茶",
    ];
    let second = world.queue_with(&me, "二つめ", &particular);
    let before = shows(&world, &second);
    let driver = main_window::open(&screen, "ja").await;
    driver.until_it_says("二つめ").await;
    driver.focus(".it > .open").await;
    screen.key("Delete");
    driver
        .until_it_says("外しました。本文は下書きに戻りました。")
        .await;
    assert_eq!(queue(&world), Vec::<Value>::new());
    assert_eq!(drafts(&world), ["\"二つめ\""]);
    screen.key("ctrl+z");
    let mut back = Vec::new();
    wait_for("it to wait again", LIMIT, || {
        back = queue(&world);
        back.len() == 1
    });
    wait_for("its draft to go", LIMIT, || drafts(&world).is_empty());
    let after = shows(&world, back[0]["id"].as_str().expect("an id"));
    for same in [
        "account",
        "state",
        "text",
        "content",
        "when",
        "planned_at",
        "expires_at",
        "override_window",
    ] {
        assert!(!before[same].is_null(), "{same} is told: {before}");
        assert_eq!(after[same], before[same], "{same}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_order_is_changed_by_keys_and_the_sheet_of_keys_says_how() {
    let world = World::start();
    let me = world.add_practice("me");
    let screen = Screen::on(&world);
    let _resident = start_resident(&screen);
    let [first, second] = ["first", "second"].map(|text| world.queue(&me, text));
    let driver = main_window::open(&screen, "en").await;
    driver.until_it_says("second").await;
    screen.key("question");
    driver
        .until("the sheet", "document.querySelector('dialog[open]')")
        .await;
    driver.until_it_says("Earlier or later in the queue").await;
    screen.key("Escape");
    driver
        .until("no sheet", "!document.querySelector('dialog')")
        .await;

    screen.key("j");
    screen.key("j");
    driver
        .until_focused(&format!(".it[data-id='{second}'] > .open"))
        .await;
    screen.key("alt+Up");
    let order = || -> Vec<String> {
        let mut waiting = queue(&world);
        waiting.sort_by_key(|one| one["position"].as_u64());
        waiting
            .iter()
            .map(|one| one["id"].as_str().expect("an id").to_owned())
            .collect()
    };
    wait_for("the other order", LIMIT, || {
        order() == [second.as_str(), first.as_str()]
    });
    driver.until_it_says("Undo").await;
    driver
        .until_focused(&format!(".it[data-id='{second}'] > .open"))
        .await;
    screen.key("ctrl+z");
    wait_for("the first order", LIMIT, || {
        order() == [first.as_str(), second.as_str()]
    });
}
