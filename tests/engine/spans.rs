//! The picture of a day and of a week is the plan's own calendar: what it shows as open is where posts go, and nothing
//! else is.

use kossori_api::{Code, HolidayTableInput, PeriodInput, Request};
use serde_json::Value;

use crate::support::simulated::{World, text};

fn spans(world: &mut World, from: &str, to: &str) -> Value {
    world.ask(Request::Spans {
        from: from.to_owned(),
        to: to.to_owned(),
        hours: None,
    })
}

/// `24T12:00–13:00 lunch`, each.
fn shown(stretches: &Value) -> Vec<String> {
    let part = |one: &Value, name: &str, from: usize| text(&one[name])[from..16].to_owned();
    let all = stretches.as_array().expect("a list").iter();
    all.map(|one| {
        let window = one["window"].as_str().unwrap_or_default();
        format!("{}–{} {window}", part(one, "from", 8), part(one, "to", 11))
            .trim()
            .to_owned()
    })
    .collect()
}

#[test]
fn a_day_has_its_windows_and_its_work() {
    let mut world = World::new("2026-11-25 09:00");
    let day = spans(&mut world, "2026-11-25 00:00", "2026-11-26 00:00");
    assert_eq!(
        shown(&day["open"]),
        ["25T12:00–13:00 lunch", "25T18:30–22:30 evening"]
    );
    assert_eq!(shown(&day["work"]), ["25T09:00–18:00"]);
    assert!(day["open"][0]["accounts"].is_null() && day["work"][0]["accounts"].is_null());
    let part = spans(&mut world, "2026-11-25 12:30", "2026-11-25 19:00");
    assert_eq!(
        shown(&part["open"]),
        ["25T12:30–13:00 lunch", "25T18:30–19:00 evening"]
    );
}

/// What a picture drawn from windows alone would not know.
#[test]
fn holidays_breaks_closed_periods_overtime_and_pauses_are_in_it() {
    let mut world = World::new("2026-11-25 10:00");
    world.ask(Request::HolidaysSet {
        table: HolidayTableInput::Jp,
    });
    let holiday = spans(&mut world, "2026-11-23 00:00", "2026-11-24 00:00");
    assert_eq!(
        shown(&holiday["open"]),
        [
            "23T09:00–22:30 weekend",
            "23T12:00–13:00 lunch",
            "23T18:30–22:30 evening"
        ]
    );
    assert!(shown(&holiday["work"]).is_empty(), "Labour Thanksgiving Day");

    world.ask(Request::BreakNow {
        minutes: 15,
        accounts: Vec::new(),
        practice_only: false,
    });
    world.ask(Request::ClosedAdd {
        from: "2026-11-25 12:30".into(),
        to: "2026-11-25 19:00".into(),
        zone: None,
    });
    world.ask(Request::Overtime {
        until: "2026-11-25 20:00".into(),
    });
    let day = spans(&mut world, "2026-11-25 00:00", "2026-11-26 00:00");
    assert_eq!(
        shown(&day["open"]),
        [
            "25T10:00–10:15 break",
            "25T12:00–12:30 lunch",
            "25T20:00–22:30 evening"
        ]
    );
    assert_eq!(shown(&day["work"]), ["25T09:00–20:00"]);

    world.ask(Request::Pause {
        duration: None,
        until: Some("2026-11-25 21:00".into()),
    });
    let day = spans(&mut world, "2026-11-25 00:00", "2026-11-26 00:00");
    assert_eq!(shown(&day["open"]), ["25T21:00–22:30 evening"]);
}

#[test]
fn what_holds_for_some_accounts_names_them() {
    let mut world = World::new("2026-11-25 09:00");
    let (one, _two) = (world.practice("one"), world.practice("two"));
    world.ask(Request::WindowAdd {
        name: "tea".into(),
        title: None,
        period: PeriodInput {
            days: "daily".into(),
            from: "15:00".into(),
            to: "15:10".into(),
            accounts: vec![one.clone()],
            ..PeriodInput::default()
        },
        disabled: false,
    });
    let day = spans(&mut world, "2026-11-25 14:00", "2026-11-25 19:00");
    assert_eq!(
        shown(&day["open"]),
        ["25T15:00–15:10 tea", "25T18:30–19:00 evening"]
    );
    assert_eq!(day["open"][0]["accounts"], serde_json::json!([one]));
    assert!(day["open"][1]["accounts"].is_null());
}

#[test]
fn work_hours_can_be_looked_at_before_they_are_set() {
    let mut world = World::new("2026-11-25 08:00");
    let night = PeriodInput {
        days: "daily".into(),
        from: "20:00".into(),
        to: "23:00".into(),
        ..PeriodInput::default()
    };
    let tried = world.ask(Request::Spans {
        from: "2026-11-25 00:00".into(),
        to: "2026-11-26 00:00".into(),
        hours: Some(vec![night]),
    });
    assert_eq!(
        shown(&tried["open"]),
        ["25T12:00–13:00 lunch", "25T18:30–20:00 evening"]
    );
    assert_eq!(shown(&tried["work"]), ["25T20:00–23:00"]);
    let day = spans(&mut world, "2026-11-25 00:00", "2026-11-26 00:00");
    assert_eq!(shown(&day["work"]), ["25T09:00–18:00"], "nothing was set");
}

/// Every planned time of a long queue lies in an open stretch of the picture, in the window that it names.
#[test]
fn the_plan_and_the_picture_agree() {
    let mut world = World::new("2026-11-20 09:00");
    let account = world.practice("me");
    for n in 0..60 {
        world.post(&account, &format!("Text {n}"));
    }
    let picture = spans(&mut world, "2026-11-20 00:00", "2026-12-29 00:00");
    let open = picture["open"].as_array().expect("a list").clone();
    let plan = world.ask(Request::Plan { days: None, on: None });
    let planned = plan["deliveries"].as_array().expect("a list");
    assert_eq!(planned.len(), 60);
    for delivery in planned {
        let at: jiff::Timestamp = text(&delivery["planned_at"]).parse().expect("a time");
        let holds = open.iter().any(|span| {
            let moment = |name: &str| text(&span[name]).parse::<jiff::Timestamp>().expect("a time");
            moment("from") <= at && at < moment("to") && span["window"] == delivery["window"]
        });
        assert!(holds, "{delivery} lies in no stretch of the picture");
    }
}

#[test]
fn at_most_forty_days_and_never_backwards() {
    let mut world = World::new("2026-11-25 09:00");
    spans(&mut world, "2026-11-25 00:00", "2027-01-04 00:00");
    for (from, to) in [
        ("2026-11-25 00:00", "2027-01-04 00:01"),
        ("2026-11-25 00:00", "2026-11-25 00:00"),
        ("2026-11-26 00:00", "2026-11-25 00:00"),
    ] {
        let asked = Request::Spans {
            from: from.to_owned(),
            to: to.to_owned(),
            hours: None,
        };
        assert_eq!(world.refusal(asked), Code::Usage, "{from} to {to}");
    }
}
