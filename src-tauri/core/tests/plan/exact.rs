//! Exact times: as asked, met within ten minutes, else as any other; an override opens its own ten minutes.

use kossori_core::plan::{Blocked, When};

use crate::world::{World, at, slot};

#[test]
fn an_exact_time_is_as_asked_without_jitter_gap_or_cap_but_counted() {
    let mut world = World::new("11:00");
    world.spacing("me").jitter = true;
    for (id, time) in [("x", "12:05"), ("y", "12:06"), ("z", "12:06")] {
        world.exact(id, "me", time);
    }
    world.sent("s", "me", "12:04", "lunch", "12:00");
    assert_eq!(
        world.planned(),
        ["x 12:05 lunch", "y 12:06 lunch", "z 12:06 lunch"]
    );
    world.spacing("me").jitter = false;
    world.next("a", "me");
    assert_eq!(
        world.planned()[3],
        "a 18:30 evening",
        "lunch has had more than its cap"
    );
    world.spacing("me").per_window = 5;
    world.item("a").stored = None;
    assert_eq!(
        world.planned()[3],
        "a 12:36 lunch",
        "and the gap is counted from them"
    );
}

#[test]
fn an_exact_time_draws_anew_only_what_it_forbids() {
    let mut world = World::new("11:00");
    world.next("a", "me").stored = Some(slot("12:05", "lunch", "12:00"));
    world.next("b", "me").stored = Some(slot("12:50", "lunch", "12:00"));
    world.next("c", "cat").stored = Some(slot("12:31", "lunch", "12:00"));
    world.next("d", "pal").stored = Some(slot("12:20", "lunch", "12:00"));
    world.exact("x", "me", "12:25");
    let moved = [
        "a 12:55 lunch",
        "b 18:30 evening",
        "c 12:35 lunch",
        "d 12:20 lunch",
        "x 12:25 lunch",
    ];
    assert_eq!(
        world.planned(),
        moved,
        "a by the gap, b by the cap and a, c by its persona, d not at all"
    );
}

#[test]
fn exact_times_of_two_personas_that_are_queued_stand() {
    let mut world = World::new("11:00");
    world.exact("x", "me", "12:25");
    world.exact("y", "cat", "12:26");
    assert_eq!(world.planned(), ["x 12:25 lunch", "y 12:26 lunch"]);
}

#[test]
fn an_exact_time_is_met_within_ten_minutes_after_it() {
    let cases = [
        ("11:55", "11:00", "x 12:00 lunch", "opens five minutes later"),
        (
            "11:50",
            "11:00",
            "x 12:00 lunch",
            "counts as next: the ten minutes are over when it opens",
        ),
        (
            "12:59:10",
            "11:00",
            "x 12:59:10 lunch",
            "50 s of the span are left",
        ),
        ("12:59:30", "11:00", "x 18:30 evening", "30 s are too few"),
        (
            "12:10",
            "12:19:59",
            "x 12:19:59 lunch",
            "late, but within the ten minutes",
        ),
        (
            "14:00",
            "11:00",
            "x 18:30 evening",
            "nothing is open then: as any other, and not before it",
        ),
        (
            "14:00",
            "12:10",
            "x 18:30 evening",
            "not in the window that is open before it",
        ),
    ];
    for (asked, now, expected, why) in cases {
        let mut world = World::new(now);
        world.exact("x", "me", asked);
        assert_eq!(world.planned(), [expected], "{asked} at {now}: {why}");
    }
}

#[test]
fn an_exact_time_that_was_not_met_counts_as_next_until_it_expires() {
    let mut world = World::new("12:25");
    world.spacing("me").jitter = true;
    world.sent("s", "me", "12:05", "lunch", "12:00");
    world.exact("x", "me", "12:10").expires_at = Some(at("2026-11-24"));
    let times = world.planned();
    assert!(
        world.queue[0].stored.as_ref().unwrap().at > at("12:35"),
        "gap and jitter: {times:?}"
    );
    world.now = at("22:29:30");
    assert_eq!(
        world.planned(),
        ["x none NoWindow"],
        "no window before it expires"
    );
}

#[test]
fn an_unmet_exact_time_takes_its_place_in_the_queue_and_holds_nobody_up() {
    let mut world = World::new("12:00");
    world.exact("x", "me", "2026-11-24 14:00");
    world.next("a", "me");
    world.next("b", "me");
    assert_eq!(
        world.planned(),
        ["x 11-24 18:30 evening", "a 12:00 lunch", "b 12:30 lunch"]
    );

    let mut world = World::new("12:58");
    world.next("a", "me");
    world.next("b", "me");
    world.next("c", "me");
    let before = world.planned();
    assert_eq!(before, ["a 12:58 lunch", "b 18:30 evening", "c 19:00 evening"]);
    world.exact("x", "me", "14:00");
    let after = world.planned();
    assert_eq!(after[..3], before, "it has no right to go before the others");
    assert_eq!(after[3], "x 11-24 12:00 lunch");
}

#[test]
fn an_exact_time_waits_for_its_retry_time_and_its_expiry_ends_it() {
    let mut world = World::new("12:10");
    world.exact("x", "me", "12:10").not_before = Some(at("12:14"));
    assert_eq!(world.planned(), ["x 12:14 lunch"]);
    world.item("x").not_before = Some(at("12:30"));
    assert_eq!(world.planned(), ["x 12:30 lunch"]);
    world.item("x").expires_at = Some(at("12:30"));
    assert_eq!(world.planned(), ["x none NoWindow"]);

    let mut world = World::new("11:00");
    world.exact("x", "me", "11:55").expires_at = Some(at("12:00"));
    assert_eq!(
        world.planned(),
        ["x none NoWindow"],
        "nothing is open before it expires"
    );
}

#[test]
fn an_exact_time_of_a_blocked_account_has_none_in_the_open_span() {
    let mut world = World::new("12:10");
    world.block("me", Some(Blocked::BehindUnknown));
    world.exact("x", "me", "12:12");
    world.exact("y", "me", "18:40");
    assert_eq!(world.planned(), ["x none BehindUnknown", "y 18:40 evening"]);
    world.block("me", None);
    assert_eq!(world.planned_at("12:15"), ["x 12:15 lunch", "y 18:40 evening"]);
}

#[test]
fn an_override_at_the_end_of_the_open_span_is_not_in_it() {
    for (asked, expected) in [("12:59", "x none NeedsSignIn"), ("13:00", "x 13:00 -")] {
        let mut world = World::new("12:30");
        world.block("me", Some(Blocked::NeedsSignIn));
        let when = When::At {
            at: at(asked),
            override_window: true,
        };
        world.add("x", "me", when);
        assert_eq!(world.planned(), [expected]);
    }
}

#[test]
fn an_override_opens_its_own_ten_minutes() {
    type Change = fn(&mut World);
    let cases: [(Change, &str, &str, &str); 14] = [
        (
            |_| {},
            "11:00",
            "x 14:00 -",
            "in work hours, outside every window",
        ),
        (
            |w| w.rules.busy.push(during("13:00", "15:00")),
            "11:00",
            "x 14:00 -",
            "in busy time",
        ),
        (
            |w| {
                let until = at("20:00");
                w.rules.overtime = Some(kossori_core::rules::Overtime {
                    from: at("13:00"),
                    until,
                });
            },
            "11:00",
            "x 14:00 -",
            "in overtime",
        ),
        (
            |w| w.break_now("13:50", "14:20"),
            "13:55",
            "x 14:00 break",
            "in a break it counts for the break",
        ),
        (
            |w| w.pause("11:00", None),
            "11:00",
            "x none OutsideWindow",
            "never against a pause",
        ),
        (
            |w| w.closed("13:00", "15:00"),
            "11:00",
            "x none OutsideWindow",
            "nor against a closed period",
        ),
        (
            |w| w.closed("13:00", "14:04"),
            "11:00",
            "x 14:04 -",
            "when that ends within the ten minutes",
        ),
        (
            |w| w.closed("14:00:30", "14:03"),
            "11:00",
            "x 14:03 -",
            "45 s must be left before it begins",
        ),
        (|_| {}, "14:08", "x 14:08 -", "late, but within the ten minutes"),
        (
            |_| {},
            "14:09:15",
            "x 14:09:15 -",
            "the last moment with 45 s of them left",
        ),
        (|_| {}, "14:09:16", "x none OutsideWindow", "44 s are too few"),
        (
            |w| w.queue[0].expires_at = Some(at("14:00")),
            "11:00",
            "x none OutsideWindow",
            "it expires at that moment",
        ),
        (
            |w| {
                w.queue[0].stored = Some(slot("14:00", "-", "14:00"));
                w.closed("14:00:20", "14:03");
            },
            "14:00:30",
            "x 14:03 -",
            "a stored time that passed stands only where it may still go",
        ),
        (
            |_| {},
            "14:10",
            "x none OutsideWindow",
            "after them it is missed, it does not count as next",
        ),
    ];
    for (change, now, expected, why) in cases {
        let mut world = World::new(now);
        world.add(
            "x",
            "me",
            When::At {
                at: at("14:00"),
                override_window: true,
            },
        );
        change(&mut world);
        let planned = world.planned();
        assert_eq!(planned, [expected], "{why}");
        assert_eq!(world.planned(), planned, "and again: {why}");
    }
}

fn during(from: &str, to: &str) -> kossori_core::rules::Stretch {
    kossori_core::rules::Stretch {
        from: at(from),
        to: at(to),
    }
}

#[test]
fn an_override_stands_late_and_counts_for_the_window_it_falls_in() {
    let mut world = World::new("11:00");
    world.add(
        "x",
        "me",
        When::At {
            at: at("12:30"),
            override_window: true,
        },
    );
    world.next("a", "me").stored = Some(slot("12:45", "lunch", "12:00"));
    assert_eq!(world.planned(), ["x 12:30 lunch", "a 18:30 evening"]);
    assert_eq!(world.planned_at("12:30:40")[0], "x 12:30 lunch");
    assert_eq!(world.planned_at("12:31:00")[0], "x 12:31 lunch");
}
