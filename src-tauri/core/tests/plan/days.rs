//! A window from a day on: planned as any other in that window, never before that day, and beside the queue's order.

use jiff::Timestamp;
use kossori_core::plan::{When, WhyCode};

use crate::world::{World, at, slot};

fn from(day: &str, window: Option<&str>) -> When {
    When::FromDay {
        from: at(day),
        window: window.map(str::to_owned),
    }
}

#[test]
fn a_window_is_waited_for_from_its_day_on() {
    let mut world = World::new("11:00");
    world.add("a", "me", from("2026-11-26", Some("lunch")));
    assert_eq!(world.planned(), ["a 11-26 12:00 lunch"]);
    // A day on which it does not open: the next one that it does.
    world.item("a").when = from("2026-11-28", Some("lunch"));
    assert_eq!(world.planned(), ["a 11-30 12:00 lunch"]);
    // What is stored before a day that was asked for since does not stand.
    world.item("a").stored = Some(slot("12:10", "lunch", "12:00"));
    assert_eq!(world.planned(), ["a 11-30 12:00 lunch"]);
    // A day that has come keeps nothing back.
    world.item("a").when = from("2026-11-20", Some("lunch"));
    world.item("a").stored = None;
    assert_eq!(world.planned(), ["a 12:00 lunch"]);
}

#[test]
fn without_a_window_it_is_the_next_one_from_that_day_on() {
    let mut world = World::new("11:00");
    world.add("a", "me", from("2026-11-24", None));
    world.add("b", "pal", from("2026-11-28", None));
    assert_eq!(world.planned(), ["a 11-24 12:00 lunch", "b 11-28 09:00 weekend"]);
}

#[test]
fn what_crosses_midnight_is_of_the_day_on_which_it_opens() {
    let mut world = World::new("11:00");
    world.rules.windows[1].period.from.0 = 22 * 60;
    world.rules.windows[1].period.to.0 = 2 * 60;
    world.add("a", "me", from("2026-11-24", Some("evening")));
    world.add("b", "pal", from("2026-11-24", None));
    let planned = ["a 11-24 22:00 evening", "b 11-24 00:00 evening"];
    assert_eq!(world.planned(), planned, "Monday's evening lasts into Tuesday");
}

#[test]
fn gap_cap_and_margin_are_kept_as_by_any_other() {
    let mut world = World::new("11:00");
    world.add(
        "x",
        "me",
        When::At {
            at: at("2026-11-26 12:20"),
            override_window: false,
        },
    );
    for id in ["a", "b", "c"] {
        world.add(id, "me", from("2026-11-26", Some("lunch")));
    }
    world.spacing("me").per_window = 3;
    let planned = [
        "x 11-26 12:20 lunch",
        "a 11-26 12:50 lunch",
        "b 11-27 12:00 lunch",
        "c 11-27 12:30 lunch",
    ];
    assert_eq!(world.planned(), planned);
    for id in ["a", "b", "c"] {
        world.item(id).stored = None;
    }
    world.remove("x");
    world.spacing("me").per_window = 1;
    let planned = [
        "a 11-26 12:00 lunch",
        "b 11-27 12:00 lunch",
        "c 11-30 12:00 lunch",
    ];
    assert_eq!(world.planned(), planned);
}

#[test]
fn its_minute_is_drawn_and_it_expires_as_any_other() {
    let mut world = World::new("11:00");
    world.spacing("me").jitter = true;
    world.add("a", "me", from("2026-11-26", Some("lunch")));
    world.planned();
    let drawn = world.queue[0].stored.clone().unwrap().at;
    assert!(
        at("2026-11-26 12:00") < drawn && drawn < at("2026-11-26 12:15"),
        "{drawn}"
    );
    world.item("a").expires_at = Some(at("2026-11-26 12:00"));
    assert_eq!(
        world.planned(),
        ["a none NoWindow"],
        "before its day there is no other"
    );
}

#[test]
fn nobody_waits_for_its_day_and_it_waits_for_nobody() {
    let mut world = World::new("11:00");
    world.add("far", "me", from("2026-11-26", Some("lunch")));
    world.next("a", "me");
    world.add("w", "me", When::Window("weekend".to_owned()));
    world.next("b", "me");
    world.add("near", "me", from("2026-11-25", Some("evening")));
    let planned = [
        "far 11-26 12:00 lunch",
        "a 12:00 lunch",
        "w 11-28 09:00 weekend",
        "b 11-28 09:30 weekend",
        "near 11-25 18:30 evening",
    ];
    assert_eq!(world.planned(), planned);
}

#[test]
fn of_those_with_a_day_the_queues_order_is_kept() {
    let mut world = World::new("11:00");
    world.add("a", "me", from("2026-11-26", Some("lunch"))).stored =
        Some(slot("2026-11-26 12:40", "lunch", "2026-11-26 12:00"));
    world.add("b", "me", from("2026-11-26", Some("lunch")));
    world.add("c", "me", from("2026-11-25", Some("lunch")));
    world.add("d", "me", from("2026-11-27", Some("lunch")));
    let planned = [
        "a 11-26 12:40 lunch",
        "b 11-27 12:00 lunch",
        "c 11-25 12:00 lunch",
        "d 11-27 12:30 lunch",
    ];
    assert_eq!(world.planned(), planned, "b not before a, though there is room");
}

#[test]
fn its_day_is_named_as_what_it_waits_for() {
    let mut world = World::new("11:00");
    world.explain = true;
    world.add("a", "me", from("2026-11-26", Some("lunch")));
    let why: Vec<(WhyCode, Option<Timestamp>)> = world.plan()[0]
        .why_not_sooner
        .iter()
        .map(|why| (why.code, why.until))
        .collect();
    let expected = [
        (WhyCode::Day, Some(at("2026-11-26"))),
        (WhyCode::OutsideWindow, Some(at("2026-11-26 12:00"))),
    ];
    assert_eq!(why, expected);
}

#[test]
fn beyond_the_horizon_it_has_no_time() {
    let mut world = World::new("11:00");
    world.add("a", "me", from("2028-06-01", Some("lunch")));
    assert_eq!(world.planned(), ["a none NoWindow"]);
}
