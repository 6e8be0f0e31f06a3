//! A window from a day on: never before that day, never outside that window, and once.

use kossori_api::{Code, PeriodInput, Request, WhenInput};
use serde_json::json;

use crate::support::simulated::{World, at, input, text};

/// A Tuesday.
const MORNING: &str = "2026-11-24 09:00";

fn from(day: &str, window: Option<&str>) -> WhenInput {
    WhenInput::FromDay {
        day: day.to_owned(),
        window: window.map(str::to_owned),
    }
}

fn post(world: &mut World, account: &str, when: WhenInput) -> String {
    world.post_with(account, "Text", |input| input.when = when)
}

fn moved_to(delivery: &str, when: WhenInput) -> Request {
    Request::QueueWhen {
        id: delivery.to_owned(),
        when,
        override_window: false,
        zone: None,
        expires: None,
    }
}

#[test]
fn it_goes_out_in_that_window_on_that_day_and_once() {
    let mut world = World::new(MORNING);
    let account = world.bluesky("me");
    let far = post(&mut world, &account, from("2026-11-26", Some("lunch")));
    let near = world.post(&account, "Near");
    assert_eq!(world.planned(&far), Some(at("2026-11-26 12:00")));
    assert_eq!(
        world.planned(&near),
        Some(at("2026-11-24 12:00")),
        "nobody waits for it"
    );
    assert_eq!(
        world.show(&far)["when"],
        json!({ "from_day": { "day": "2026-11-26", "window": "lunch" } })
    );
    assert_eq!(
        world.show(&far)["expires_at"],
        json!(null),
        "as any other of a window"
    );
    world.advance("2026-11-26 11:59:59");
    assert_eq!(world.commits().len(), 1);
    world.advance("2026-11-27 09:00");
    let commits = world.commits();
    assert_eq!(commits.len(), 2, "{commits:?}");
    assert_eq!(commits[1].at, at("2026-11-26 12:00"));
    world.judge();
}

#[test]
fn asleep_over_that_window_it_waits_for_its_next_one() {
    let mut world = World::new(MORNING);
    let account = world.bluesky("me");
    let delivery = post(&mut world, &account, from("2026-11-26", Some("lunch")));
    world.advance("2026-11-26 11:00");
    world.sleep_over("2026-11-26 14:05");
    world.advance("2026-11-28 09:00");
    let commits = world.commits();
    assert_eq!(commits.len(), 1, "{commits:?}");
    assert_eq!(commits[0].at, at("2026-11-27 12:00"), "no evening comes between");
    assert_eq!(world.state(&delivery), "sent");
    world.judge();
}

#[test]
fn what_waits_is_moved_to_a_day_and_back() {
    let mut world = World::new(MORNING);
    let account = world.bluesky("me");
    let first = world.post(&account, "First");
    let second = world.post(&account, "Second");
    let before = world.show(&first);
    let moved = world.ask(moved_to(&first, from("2026-11-26", Some("evening"))));
    assert_eq!(text(&moved["moved"][0]["id"]), first);
    assert_eq!(
        moved["moved"].as_array().map(Vec::len),
        Some(1),
        "no other: {moved}"
    );
    assert_eq!(world.planned(&first), Some(at("2026-11-26 18:30")));
    // Nearer than what stands before it in the queue, which an order would keep it behind.
    world.ask(moved_to(&second, from("2026-11-25", Some("lunch"))));
    assert_eq!(world.planned(&second), Some(at("2026-11-25 12:00")));
    world.ask(moved_to(&first, WhenInput::Next));
    assert_eq!(world.show(&first)["when"], before["when"]);
    world.advance("2026-11-25 13:00");
    assert_eq!(world.commits().len(), 2);
    world.judge();
}

#[test]
fn without_its_window_it_still_waits_for_its_day() {
    let mut world = World::new(MORNING);
    let account = world.bluesky("me");
    let delivery = post(&mut world, &account, from("2026-11-26", Some("lunch")));
    let left = world.ask(Request::WindowRemove {
        name: "lunch".to_owned(),
    });
    assert_eq!(left["now_next"], 1, "{left}");
    assert_eq!(
        world.show(&delivery)["when"],
        json!({ "from_day": { "day": "2026-11-26", "window": null } })
    );
    assert_eq!(world.planned(&delivery), Some(at("2026-11-26 18:30")));
    // A break draws the next ones into itself, but not from a day that has not come.
    world.ask(Request::BreakNow {
        minutes: 30,
        accounts: Vec::new(),
        practice_only: false,
    });
    assert_eq!(world.planned(&delivery), Some(at("2026-11-26 18:30")));
    world.advance("2026-11-26 10:00");
    assert!(world.commits().is_empty());
    world.allow("2026-11-26 10:00", "2026-11-26 10:30");
    world.ask(Request::BreakNow {
        minutes: 30,
        accounts: Vec::new(),
        practice_only: false,
    });
    world.advance("2026-11-26 10:30");
    assert_eq!(world.commits().len(), 1, "on its day it does");
    world.judge();
}

#[test]
fn the_day_is_the_windows_own() {
    let mut world = World::new(MORNING);
    let account = world.bluesky("me");
    world.ask(Request::WindowAdd {
        name: "there".to_owned(),
        title: None,
        period: PeriodInput {
            days: "daily".to_owned(),
            from: "20:00".to_owned(),
            to: "22:00".to_owned(),
            zone: Some("America/New_York".to_owned()),
            ..PeriodInput::default()
        },
        disabled: false,
    });
    let delivery = post(&mut world, &account, from("2026-11-28", Some("there")));
    // On the 28th here it opens as well: there that is the 27th.
    assert_eq!(world.planned(&delivery), Some(at("2026-11-29 10:00")));
}

#[test]
fn a_day_that_is_past_no_date_and_no_window_are_refused() {
    let mut world = World::new(MORNING);
    let account = world.bluesky("me");
    let refused = |world: &mut World, when: WhenInput| {
        let post = Request::PostAdd(input(&[&account], "Text", |input| input.when = when));
        world.try_ask(post).expect_err("it is refused").code
    };
    assert_eq!(
        refused(&mut world, from("2026-11-23", Some("lunch"))),
        Code::TimeIsPast
    );
    // A time beside the date would be asked for in vain.
    for text in [
        "tomorrow",
        "2026-11-26 20:00",
        "2026-11-26T20:00-05:00",
        " 2026-11-26",
    ] {
        assert_eq!(
            refused(&mut world, from(text, Some("lunch"))),
            Code::BadDate,
            "{text}"
        );
    }
    assert_eq!(
        refused(&mut world, from("2026-11-25", Some("tea"))),
        Code::UnknownWindow
    );
    let today = post(&mut world, &account, from("2026-11-24", Some("lunch")));
    assert_eq!(world.planned(&today), Some(at("2026-11-24 12:00")));
}

#[test]
fn what_is_taken_back_waits_for_the_same_day_again_though_it_has_come() {
    let mut world = World::new(MORNING);
    let account = world.bluesky("me");
    let delivery = post(&mut world, &account, from("2026-11-24", Some("lunch")));
    world.sleep_over("2026-11-25 09:00");
    let when = from("2026-11-24", Some("lunch"));
    world.ask(moved_to(&delivery, when.clone()));
    let removed = world.ask(Request::QueueRemove {
        id: delivery.clone(),
        discard: false,
    });
    let draft = text(&removed["draft"]);
    world.ask(Request::PostAdd(input(&[&account], "", |input| {
        input.draft = Some(draft);
        input.again = Some(delivery);
        input.when = when;
    })));
    world.advance("2026-11-25 13:00");
    assert_eq!(world.commits()[0].at, at("2026-11-25 12:00"));
    world.judge();
}
