//! Gap, cap, persona distance, margin, jitter, and a break now.

use jiff::SignedDuration;
use kossori_core::network::Persona;
use kossori_core::rules::{BreakNow, Days};

use crate::world::{World, account, at, minutes, slot};

#[test]
fn gap_and_cap_are_each_accounts_own() {
    let mut world = World::new("11:00");
    world.spacing("me").gap_minutes = 5;
    world.spacing("me").per_window = 3;
    for (id, of) in [
        ("a", "me"),
        ("b", "me"),
        ("c", "me"),
        ("d", "me"),
        ("e", "pal"),
        ("f", "pal"),
        ("g", "pal"),
    ] {
        world.next(id, of);
    }
    let me = [
        "a 12:00 lunch",
        "b 12:05 lunch",
        "c 12:10 lunch",
        "d 18:30 evening",
    ];
    let planned = world.planned();
    assert_eq!(planned[..4], me);
    assert_eq!(
        planned[4..],
        ["e 12:00 lunch", "f 12:30 lunch", "g 18:30 evening"]
    );
}

#[test]
fn what_left_counts_whatever_came_of_it() {
    let mut world = World::new("12:20");
    world.sent("x", "me", "12:15", "lunch", "12:00");
    world.next("a", "me");
    world.next("b", "cat");
    assert_eq!(world.planned(), ["a 12:45 lunch", "b 12:25 lunch"]);
    world.sent("y", "me", "12:16", "lunch", "12:00");
    assert_eq!(world.planned()[0], "a 18:30 evening");
}

#[test]
fn persona_distance_is_between_any_two_of_different_personas() {
    let mut world = World::new("12:00");
    world.account("firm", Persona::Official);
    for (id, of) in [("a", "me"), ("b", "cat"), ("c", "firm"), ("d", "pal")] {
        world.next(id, of);
    }
    assert_eq!(
        world.planned(),
        ["a 12:00 lunch", "b 12:10 lunch", "c 12:20 lunch", "d 12:00 lunch"]
    );
    world.persona_gap = minutes(15);
    let wider = ["a 12:00 lunch", "b 12:35 lunch", "c 12:20 lunch", "d 12:00 lunch"];
    assert_eq!(world.planned(), wider, "settable upward; who is in front stands");
}

#[test]
fn a_send_counts_for_the_occurrence_that_opened_first() {
    let mut world = World::new("12:10");
    let mut noon = world.rules.windows[0].clone();
    noon.name = "noon".to_owned();
    noon.period.from.0 = 12 * 60 + 5;
    noon.period.to.0 = 13 * 60 + 30;
    world.rules.windows.push(noon);
    world.sent("x", "me", "12:03", "lunch", "12:00");
    world.spacing("me").gap_minutes = 10;
    for id in ["a", "b", "c", "d"] {
        world.next(id, "me");
    }
    let planned = ["a 12:13 lunch", "b 13:00 noon", "c 13:10 noon", "d 18:30 evening"];
    assert_eq!(
        world.planned(),
        planned,
        "lunch has two, so noon's two lie after lunch"
    );
}

#[test]
fn in_a_break_the_gap_is_small_the_cap_its_own_and_jitter_off() {
    let mut world = World::new("12:30");
    for name in ["me", "pal"] {
        world.spacing(name).jitter = true;
    }
    world.spacing("pal").gap_minutes = 3;
    world.sent("x", "me", "12:05", "lunch", "12:00");
    world.sent("y", "me", "12:28", "lunch", "12:00");
    world.break_now("12:30", "12:50");
    for (id, of) in [("a", "me"), ("b", "me"), ("c", "me"), ("d", "pal"), ("e", "pal")] {
        world.next(id, of);
    }
    let planned = world.planned();
    assert_eq!(
        planned[..2],
        ["a 12:33 break", "b 12:38 break"],
        "5 min from the last, counted for the break alone"
    );
    assert!(
        planned[2].contains("evening"),
        "lunch was full before, the break is now: {planned:?}"
    );
    assert_eq!(
        planned[3..],
        ["d 12:30 break", "e 12:33 break"],
        "an account's own gap, where it is smaller"
    );
    // A second one replaces the first, and counts anew.
    world.break_now("12:45", "12:59");
    world.counted.clear();
    world.sent("a", "me", "12:33", "break", "12:30");
    world.sent("b", "me", "12:38", "break", "12:30");
    world.queue.drain(..2);
    world.item("c").stored = None;
    assert_eq!(world.planned_at("12:45")[0], "c 12:45 break");
    // When it ends, what was not sent is drawn anew.
    world.rules.break_now = None;
    assert!(
        world.planned()[0].ends_with("evening"),
        "30 min are the gap again"
    );
}

#[test]
fn a_break_opens_for_its_accounts_in_work_hours() {
    let mut world = World::new("15:00");
    world.rules.break_now = Some(BreakNow {
        from: at("15:00"),
        to: at("15:30"),
        accounts: Some(vec![account("me")]),
    });
    world.next("a", "me");
    world.next("b", "pal");
    assert_eq!(world.planned(), ["a 15:00 break", "b 18:30 evening"]);
}

#[test]
fn a_small_gap_begins_with_its_break() {
    let mut world = World::new("12:00");
    world.break_now("12:10", "12:40");
    world.sent("x", "me", "12:00", "lunch", "12:00");
    world.next("a", "me");
    assert_eq!(world.planned(), ["a 12:10 break"], "not the 30 min of lunch");
}

#[test]
fn a_claim_needs_45_s_of_the_span_and_45_s_a_part() {
    for (now, calls, expected) in [
        ("12:59:15", 1, "a 12:59:15 lunch"),
        ("12:59:16", 1, "a 18:30 evening"),
        ("12:55:30", 6, "a 12:55:30 lunch"),
        ("12:55:31", 6, "a 18:30 evening"),
        ("12:00", 81, "a 18:30 evening"),
    ] {
        let mut world = World::new(now);
        world.next("a", "me").calls = calls;
        assert_eq!(world.planned(), [expected], "{calls} calls at {now}");
    }
}

#[test]
fn jitter_is_a_share_of_what_remains_and_one_posts_deliveries_go_together() {
    let (mut most, mut least) = (SignedDuration::ZERO, SignedDuration::MAX);
    for number in 0..200 {
        let mut world = World::new("11:00");
        for name in ["me", "pal", "cat"] {
            world.spacing(name).jitter = true;
            world.next(&format!("p{number}/{name}"), name);
        }
        let planned = world.plan();
        let at_of = |index: usize| planned[index].slot.as_ref().unwrap().at;
        let jitter = at_of(0).duration_since(at("12:00"));
        assert!(
            !jitter.is_negative() && jitter < minutes(15),
            "p{number}: {jitter:?}"
        );
        assert_eq!(
            at_of(0),
            at_of(1),
            "p{number} goes to one persona's accounts together"
        );
        assert!(
            at_of(2).duration_since(at_of(0)).abs() >= minutes(10),
            "p{number}"
        );
        assert_eq!(world.plan(), planned, "the same input, the same plan");
        (most, least) = (most.max(jitter), least.min(jitter));
    }
    assert!(
        most > minutes(13) && least < minutes(2),
        "it uses its width: {least:?} to {most:?}"
    );
}

#[test]
fn jitter_breaks_no_rule() {
    type Change = fn(&mut World);
    // Each leaves what starts at 12:10 four minutes.
    let cases: [(Change, &str); 5] = [
        (|w| w.rules.windows[0].period.to.0 -= 46, "the end of the window"),
        (|w| w.item("a").expires_at = Some(at("12:14")), "its expiry"),
        (
            |w| w.next("b", "cat").stored = Some(slot("12:24", "lunch", "12:00")),
            "another persona's stored time",
        ),
        (
            |w| w.exact("x", "me", "12:44").calls = 1,
            "an exact time, and the gap before it",
        ),
        (|w| w.closed("12:14", "12:50"), "a closed period"),
    ];
    for (change, why) in cases {
        let mut jittered = 0;
        for number in 0..40 {
            let mut world = World::new("12:10");
            world.spacing("me").jitter = true;
            world.next("a", "me").post = kossori_core::ids::PostId::from(format!("p{number}"));
            change(&mut world);
            let jitter = world.plan()[0]
                .slot
                .as_ref()
                .unwrap()
                .at
                .duration_since(at("12:10"));
            assert!(!jitter.is_negative() && jitter <= minutes(4), "{why}: {jitter:?}");
            jittered += usize::from(jitter > minutes(2));
        }
        assert!(jittered > 5, "{why}: what remains is used, {jittered} of 40");
    }
}

/// Two windows that open at the same moment; of the one in New York the clock goes back in it, and an hour of it is shut.
fn opened_together(york: &str, utc: &str) -> World {
    let mut world = World::new("2026-11-01 15:50");
    let mut window = world.rules.windows[0].clone();
    window.period.days = Days::DAILY;
    let mut push = |name: &str, zone: &str, from: u16, to: u16| {
        let mut window = window.clone();
        window.name = name.to_owned();
        window.period.zone = Some(zone.to_owned());
        window.period.from.0 = from * 60;
        window.period.to.0 = to * 60;
        world.rules.windows.push(window);
    };
    push(york, "America/New_York", 1, 3);
    push(utc, "UTC", 5, 8);
    world.rules.windows.drain(..3);
    world.rules.hours.clear();
    world
}

#[test]
fn of_two_that_opened_together_a_send_counts_for_the_first_by_name() {
    // York is shut from 15:00 to 16:00 of Tokyo's clock, the other open from 14:00 to 17:00.
    let mut world = opened_together("a", "b");
    world.spacing("me").per_window = 1;
    world.sent("x", "me", "2026-11-01 15:10", "b", "2026-11-01 14:00");
    world.next("d", "me");
    assert_eq!(
        world.planned(),
        ["d 16:00 a"],
        "b is full, and a opens again before it closes"
    );

    let mut latest = SignedDuration::ZERO;
    for number in 0..40 {
        let mut world = opened_together("b", "a");
        world.spacing("me").jitter = true;
        world.next(&format!("p{number}"), "me");
        let slot = world.plan()[0].slot.clone().unwrap();
        assert_eq!(slot.window.as_deref(), Some("a"));
        latest = latest.max(slot.at.duration_since(world.now));
    }
    assert!(
        latest > minutes(12),
        "what opens beside it ends no jitter: {latest:?}"
    );
}
