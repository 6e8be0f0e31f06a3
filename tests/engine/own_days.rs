//! Days off, overtime and public holidays: set, looked at, taken back.

use kossori_api::{HolidayTableInput, Request};
use kossori_core::network::{Network, Persona};
use serde_json::{Value, json};

use crate::support::simulated::{World, text};

/// A Wednesday.
const MORNING: &str = "2026-11-25 10:00";

fn open_on(world: &mut World, day: &str) -> Vec<String> {
    let spans = world.ask(Request::Spans {
        from: format!("{day} 00:00"),
        to: format!("{day} 23:59"),
        hours: None,
    });
    let windows = spans["open"].as_array().expect("a list").iter();
    windows.map(|one| text(&one["window"])).collect()
}

#[test]
fn a_day_off_is_listed_and_can_be_taken_back() {
    let mut world = World::new(MORNING);
    assert_eq!(world.ask(Request::DayOffList), json!({"days": []}));
    for date in ["2026-12-28", "2026-11-26"] {
        let spread = world.ask(Request::DayOff {
            date: Some(date.to_owned()),
        });
        assert!(spread["open"].is_array());
    }
    assert_eq!(
        world.ask(Request::DayOffList),
        json!({"days": ["2026-11-26", "2026-12-28"]}),
        "in order"
    );
    assert_eq!(open_on(&mut world, "2026-11-26"), ["weekend", "lunch", "evening"]);
    let remove = |date: &str| Request::DayOffRemove {
        date: date.to_owned(),
    };
    world.ask(remove("2026-11-26"));
    assert_eq!(
        open_on(&mut world, "2026-11-26"),
        ["lunch", "evening"],
        "a day like any other"
    );
    assert_eq!(world.ask(Request::DayOffList), json!({"days": ["2026-12-28"]}));
    assert_eq!(world.refusal(remove("2026-11-26")).as_str(), "unknown_day_off");
    assert_eq!(world.refusal(remove("someday")).as_str(), "bad_date");
}

/// What was drawn for the morning of a day off has to leave it when the work hours hold again.
#[test]
fn a_day_that_is_no_day_off_any_more_sends_nothing_in_its_work_hours() {
    let mut world = World::new("2026-11-25 08:00");
    world.ask(Request::DayOff { date: None });
    let me = world.practice("me");
    let id = world.post(&me, "on a day off");
    let planned = |world: &mut World| {
        let shown = world.ask(Request::QueueShow { id: id.clone() });
        (text(&shown["planned_at"]), text(&shown["window"]))
    };
    let (at, window) = planned(&mut world);
    assert!(
        at.starts_with("2026-11-25T09:") && window == "weekend",
        "{at} {window}"
    );
    let spread = world.ask(Request::DayOffRemove {
        date: "2026-11-25".into(),
    });
    assert_eq!(spread["moved"][0]["id"], id.as_str());
    let (at, window) = planned(&mut world);
    assert!(
        at.starts_with("2026-11-25T12:") && window == "lunch",
        "{at} {window}"
    );
}

#[test]
fn overtime_is_shown_and_ended() {
    let mut world = World::new(MORNING);
    let none = json!({"from": null, "until": null});
    assert_eq!(world.ask(Request::OvertimeShow), none);
    assert_eq!(world.refusal(Request::OvertimeEnd).as_str(), "no_overtime");
    world.ask(Request::Overtime {
        until: "2026-11-25 23:00".into(),
    });
    let running = world.ask(Request::OvertimeShow);
    assert!(text(&running["from"]).starts_with("2026-11-25T10:00"));
    assert!(text(&running["until"]).starts_with("2026-11-25T23:00"));
    assert_eq!(open_on(&mut world, "2026-11-25"), ["lunch"]);
    world.ask(Request::OvertimeEnd);
    assert_eq!(world.ask(Request::OvertimeShow), none);
    assert_eq!(open_on(&mut world, "2026-11-25"), ["lunch", "evening"]);
    world.ask(Request::Overtime {
        until: "2026-11-25 19:00".into(),
    });
    world.advance("2026-11-25 19:00");
    assert_eq!(world.ask(Request::OvertimeShow), none, "it is over by itself");
    assert_eq!(world.refusal(Request::OvertimeEnd).as_str(), "no_overtime");
}

#[test]
fn the_holidays_of_the_next_year_have_their_names() {
    let mut world = World::new(MORNING);
    world.ask(Request::HolidaysSet {
        table: HolidayTableInput::None,
    });
    assert_eq!(world.ask(Request::HolidaysShow)["coming"], json!([]));
    world.ask(Request::HolidaysSet {
        table: HolidayTableInput::Jp,
    });
    let shown = world.ask(Request::HolidaysShow);
    let coming: Vec<&Value> = shown["coming"].as_array().expect("a list").iter().collect();
    assert_eq!(coming[0], &json!({"date": "2027-01-01", "name": "new_year"}));
    assert_eq!(
        coming.last().copied(),
        Some(&json!({"date": "2027-11-23", "name": "labour"})),
        "a year of them: Monday's has passed"
    );
}

#[test]
fn an_account_says_what_its_followers_hear() {
    let mut world = World::new(MORNING);
    let practice = world.practice("me");
    let blue = world.account(Network::Bluesky, "haruka", Persona::Personal);
    let listed = world.ask(Request::AccountList);
    let of = |id: &str| {
        let all = listed["accounts"].as_array().expect("a list").iter();
        all.clone().find(|one| one["id"] == id).cloned().expect("listed")
    };
    assert_eq!(
        of(&practice)["bells"],
        json!({"post": "silent", "reply": "silent", "repost": "silent"})
    );
    assert!(of(&practice)["checked_at"].is_null(), "there is no server");
    assert_eq!(
        of(&blue)["bells"],
        json!({"post": "rings", "reply": "rings", "repost": "unknown"})
    );
    assert!(text(&of(&blue)["checked_at"]).starts_with("2026-11-25T10:00"));
}
