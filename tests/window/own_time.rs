//! When posts may go out, set in the main window by keys.

use serde_json::{Value, json};

use super::driven::start_resident;
use super::main_window;
use crate::resident::preferences::ask;
use crate::support::screen::{LIMIT, Screen};
use crate::support::world::{World, night_zone, now, wait_for};

fn lunch(world: &World) -> (Value, Value) {
    let windows = world.ctl(&["window", "list"]);
    let windows = windows["windows"].as_array().expect("windows");
    let lunch = windows
        .iter()
        .find(|window| window["name"] == "lunch")
        .expect("lunch");
    (lunch["from"].clone(), lunch["to"].clone())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_window_is_moved_in_the_picture_of_the_week_and_moved_back() {
    let world = World::start();
    world.add_practice("me");
    let screen = Screen::on(&world);
    let _resident = start_resident(&screen);
    let driver = main_window::open(&screen, "en").await;
    screen.key("ctrl+5");
    let lunch_in_picture = "[data-key='window lunch'][role=slider]";
    driver.focus(lunch_in_picture).await;
    screen.key("Down");
    screen.key("shift+Down");
    driver.until_it_says("12:15–13:30").await;
    assert_eq!(lunch(&world), (json!("12:00"), json!("13:00")), "not kept yet");
    screen.key("Return");
    wait_for("the host to have it", LIMIT, || {
        lunch(&world) == (json!("12:15"), json!("13:30"))
    });
    driver.until_it_says("Undo").await;
    screen.key("ctrl+z");
    wait_for("it to be as before", LIMIT, || {
        lunch(&world) == (json!("12:00"), json!("13:00"))
    });
    let as_before =
        format!("document.querySelector(\"{lunch_in_picture}\").ariaValueText.includes('12:00–13:00')");
    driver.until("the picture as before", &as_before).await;
    // Left by Escape, nothing of it is kept.
    driver.focus(lunch_in_picture).await;
    screen.key("ctrl+Up");
    driver.until_it_says("11:45–13:00").await;
    screen.key("Escape");
    driver
        .until(
            "the picture as before",
            "!document.querySelector('.piece.changed')",
        )
        .await;
    assert_eq!(lunch(&world), (json!("12:00"), json!("13:00")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_off_is_added_and_removed_by_keys() {
    let world = World::start();
    world.add_practice("me");
    let screen = Screen::on(&world);
    let _resident = start_resident(&screen);
    let driver = main_window::open(&screen, "ja").await;
    let days = async || {
        ask(&world, json!({ "do": "day_off_list" }))
            .await
            .expect("answered")
    };
    let none = days().await;
    screen.key("ctrl+5");
    driver.focus("[data-add=days]").await;
    screen.key("Return");
    driver.until_focused("form input[type=date]").await;
    // Tomorrow stands there.
    screen.key("Return");
    driver.until_it_says("を休みの日にしました。").await;
    let today = now()
        .to_zoned_datetime(jiff::tz::TimeZone::get(night_zone()).expect("a zone"))
        .date();
    let tomorrow = today.tomorrow().expect("a day").to_string();
    let with = days().await.to_string();
    assert!(with.contains(&tomorrow), "{with}");
    driver.focus("[data-of=days] button").await;
    screen.key("Delete");
    driver.until_it_says("は休みの日ではなくなりました。").await;
    assert_eq!(days().await, none);
}
