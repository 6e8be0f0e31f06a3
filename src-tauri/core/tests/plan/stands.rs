//! A stored time stands while it lies ahead and is allowed.

use jiff::SignedDuration;
use kossori_core::plan::{Blocked, When};

use crate::world::{World, at, slot};

#[test]
fn appending_a_post_moves_no_other() {
    let mut world = World::new("09:00");
    for name in ["me", "pal", "cat"] {
        world.spacing(name).jitter = true;
    }
    for (number, of) in ["me", "cat", "pal", "me", "me", "cat"].into_iter().enumerate() {
        let before = world.planned();
        world.next(&format!("n{number}"), of);
        let after = world.planned();
        assert_eq!(after[..before.len()], before[..], "n{number} was appended");
    }
}

#[test]
fn a_stored_time_stands_though_an_earlier_one_is_free() {
    let mut world = World::new("11:00");
    world.next("a", "me").stored = Some(slot("12:47:13", "lunch", "12:00"));
    assert_eq!(world.planned(), ["a 12:47:13 lunch"]);
    // Neither does it move when the one before it goes away.
    world.next("b", "me").stored = Some(slot("18:40", "evening", "18:30"));
    world.remove("a");
    assert_eq!(world.planned(), ["b 18:40 evening"]);
}

#[test]
fn what_forbids_a_stored_time() {
    type Change = fn(&mut World);
    let cases: [(Change, &str, &str); 13] = [
        (|_| {}, "a 12:47 lunch", "nothing"),
        (
            |w| w.closed("12:40", "13:00"),
            "a 18:30 evening",
            "a closed period",
        ),
        (|w| w.pause("11:00", None), "a none Paused", "a pause"),
        (
            |w| w.rules.windows[0].period.enabled = false,
            "a 18:30 evening",
            "its window is gone",
        ),
        (
            |w| w.queue[0].calls = 18,
            "a 18:30 evening",
            "a thread for which too little is left",
        ),
        (
            |w| w.queue[0].expires_at = Some(at("12:47")),
            "a 12:00 lunch",
            "it expires by then, and has no later time",
        ),
        (
            |w| w.queue[0].not_before = Some(at("12:48")),
            "a 12:48 lunch",
            "it may be retried only later",
        ),
        (
            |w| w.queue[0].when = When::Window("evening".to_owned()),
            "a 18:30 evening",
            "another window is asked for",
        ),
        (
            |w| w.sent("x", "me", "12:20", "lunch", "12:00"),
            "a 12:50 lunch",
            "a send within the gap",
        ),
        (
            |w| w.sent("x", "cat", "12:38", "lunch", "12:00"),
            "a 12:48 lunch",
            "a send of another persona",
        ),
        (
            |w| {
                w.sent("x", "me", "10:00", "lunch", "12:00");
                w.sent("y", "me", "10:30", "lunch", "12:00");
            },
            "a 18:30 evening",
            "its window has had its cap",
        ),
        (|w| w.now = at("12:47:59.999"), "a 12:47 lunch", "not yet 60 s"),
        (
            |w| w.now = at("12:48:00"),
            "a 12:48 lunch",
            "60 s went by unclaimed",
        ),
    ];
    for (change, expected, why) in cases {
        let mut world = World::new("11:00");
        world.next("a", "me").stored = Some(slot("12:47", "lunch", "12:00"));
        change(&mut world);
        assert_eq!(world.planned(), [expected], "{why}");
    }
}

#[test]
fn what_passed_unclaimed_is_drawn_in_the_rest_of_its_span_and_never_outside() {
    let mut world = World::new("11:00");
    world.next("a", "me");
    world.next("b", "me");
    assert_eq!(world.planned(), ["a 12:00 lunch", "b 12:30 lunch"]);
    assert_eq!(
        world.planned_at("12:01:00"),
        ["a 12:01 lunch", "b 12:31 lunch"],
        "what stands behind it follows"
    );
    assert_eq!(world.planned_at("12:58:00"), ["a 12:58 lunch", "b 18:30 evening"]);
    assert_eq!(
        world.planned_at("12:59:30"),
        ["a 18:30 evening", "b 19:00 evening"],
        "under 45 s are left"
    );
    // Asleep over the evening, awake in the working hours of Tuesday.
    assert_eq!(
        world.planned_at("2026-11-24 14:05"),
        ["a 18:30 evening", "b 19:00 evening"]
    );
}

#[test]
fn a_claim_that_is_late_by_less_than_a_minute_drifts_nobody() {
    let mut world = World::new("11:00");
    world.next("a", "me");
    world.exact("x", "cat", "12:20");
    world.next("b", "me");
    let planned = world.planned();
    for second in (0..60).step_by(7) {
        world.now = at("12:00")
            .checked_add(SignedDuration::from_secs(second))
            .unwrap();
        assert_eq!(world.planned(), planned, "{second} s late");
    }
    world.remove("a");
    world.sent("a", "me", "12:00", "lunch", "12:00");
    world.now = at("12:20:30");
    assert_eq!(
        world.planned(),
        ["x 12:20 lunch", "b 12:30 lunch"],
        "nor an exact time"
    );
}

#[test]
fn a_removal_moves_none_to_an_earlier_time() {
    let mut world = World::new("11:00");
    for id in ["a", "b", "c"] {
        world.next(id, "me");
    }
    assert_eq!(
        world.planned(),
        ["a 12:00 lunch", "b 12:30 lunch", "c 18:30 evening"]
    );
    world.remove("a");
    assert_eq!(world.planned(), ["b 12:30 lunch", "c 18:30 evening"]);
}

#[test]
fn a_changed_window_draws_anew_what_it_forbids_and_no_more() {
    let mut world = World::new("11:00");
    world.next("a", "me").stored = Some(slot("12:05", "lunch", "12:00"));
    world.next("b", "me").stored = Some(slot("12:50", "lunch", "12:00"));
    world.next("c", "cat").stored = Some(slot("19:00", "evening", "18:30"));
    world.rules.windows[0].period.to.0 -= 15;
    assert_eq!(
        world.planned(),
        ["a 12:05 lunch", "b 18:30 evening", "c 19:00 evening"]
    );
}

#[test]
fn a_blocked_account_has_no_time_in_the_open_span_and_its_queue_keeps_its_order() {
    for (blocked, word) in [
        (Blocked::BehindUnknown, "BehindUnknown"),
        (Blocked::NeedsSignIn, "NeedsSignIn"),
        (Blocked::ProxyMissing, "ProxyMissing"),
        (Blocked::OutOfCredit, "OutOfCredit"),
        (Blocked::Keyring, "Keyring"),
    ] {
        let mut world = World::new("12:10");
        world.next("a", "me").stored = Some(slot("12:20", "lunch", "12:00"));
        world.next("b", "me").stored = Some(slot("12:50", "lunch", "12:00"));
        world.next("c", "me").stored = Some(slot("18:40", "evening", "18:30"));
        world.block("me", Some(blocked));
        let none = [
            format!("a none {word}"),
            format!("b none {word}"),
            "c 18:40 evening".to_owned(),
        ];
        assert_eq!(world.planned(), none);
        world.next("d", "me");
        world.now = at("12:11");
        assert_eq!(
            world.planned()[3],
            "d 19:10 evening",
            "appended, and not before those without a time"
        );
        world.now = at("12:20");
        world.block("me", None);
        let again = [
            "a 12:20 lunch",
            "b 12:50 lunch",
            "c 18:40 evening",
            "d 19:10 evening",
        ];
        assert_eq!(
            world.planned(),
            again,
            "drawn when it may go, a before b before the others"
        );
    }
}

#[test]
fn what_finds_no_room_in_the_open_span_of_a_blocked_account_has_a_time_in_a_later_one() {
    let mut world = World::new("12:40");
    world.block("me", Some(Blocked::BehindUnknown));
    for id in ["a", "b", "c"] {
        world.next(id, "me");
    }
    assert_eq!(
        world.planned(),
        ["a none BehindUnknown", "b 18:30 evening", "c 19:00 evening"]
    );
    world.item("a").not_before = Some(at("13:30"));
    let later = ["a 18:30 evening", "b 19:00 evening", "c 11-24 12:00 lunch"];
    assert_eq!(world.planned(), later, "a retry time after the span");
}

#[test]
fn a_blocked_account_has_times_when_its_span_is_not_open() {
    let mut world = World::new("11:00");
    world.block("me", Some(Blocked::NeedsSignIn));
    world.next("a", "me");
    assert_eq!(world.planned(), ["a 12:00 lunch"]);
}

#[test]
fn what_has_no_time_keeps_no_other_persona_away() {
    let mut world = World::new("12:10");
    world.block("me", Some(Blocked::BehindUnknown));
    world.next("a", "me");
    world.next("b", "cat");
    assert_eq!(world.planned(), ["a none BehindUnknown", "b 12:10 lunch"]);
    world.block("me", None);
    assert_eq!(
        world.planned(),
        ["a 12:20 lunch", "b 12:10 lunch"],
        "and takes nobody's place when it may go"
    );
}

#[test]
fn a_place_without_a_time_pushes_no_stored_time_away() {
    let mut world = World::new("12:45");
    world.rules.windows[0].period.to.0 = 14 * 60;
    world.rules.busy.push(kossori_core::rules::Stretch {
        from: at("13:00"),
        to: at("13:05"),
    });
    world.rules.hours.clear();
    world.block("me", Some(Blocked::BehindUnknown));
    world.next("a", "me");
    world.next("b", "me").stored = Some(slot("13:10", "lunch", "12:00"));
    assert_eq!(world.planned(), ["a none BehindUnknown", "b 13:10 lunch"]);
}

#[test]
fn nothing_open_within_400_days_has_no_time() {
    let mut world = World::new("11:00");
    let first = |days: i64| Some(tokyo_day("2026-11-23", days));
    world.rules.windows.truncate(1);
    world.rules.windows[0].period.days = kossori_core::rules::Days::DAILY;
    world.rules.hours.clear();
    world.next("a", "me");
    world.rules.windows[0].period.first_day = first(399);
    assert_eq!(world.planned(), ["a 12-27 12:00 lunch"]);
    world.rules.windows[0].period.first_day = first(401);
    assert_eq!(
        world.planned(),
        ["a none NoWindow"],
        "a stored time that is forbidden now goes too"
    );
    world.rules.windows.clear();
    assert_eq!(world.planned(), ["a none NoWindow"]);
    world.next("nobody", "gone");
    assert_eq!(
        world.planned()[1],
        "nobody none NoWindow",
        "an account that does not exist has no window"
    );
}

fn tokyo_day(day: &str, later: i64) -> jiff::civil::Date {
    let day: jiff::civil::Date = day.parse().unwrap();
    day.checked_add(SignedDuration::from_hours(24 * later)).unwrap()
}
