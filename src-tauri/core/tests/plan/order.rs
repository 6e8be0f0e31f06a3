//! The queue's order, what has begun, what waits for a person, and named windows.

use kossori_core::plan::When;

use crate::world::{World, at, slot};

#[test]
fn an_account_keeps_the_order_of_its_queue_and_accounts_are_planned_apart() {
    let mut world = World::new("11:00");
    for (id, of) in [("a", "me"), ("b", "me"), ("c", "me"), ("d", "pal"), ("e", "pal")] {
        world.next(id, of);
    }
    let apart = [
        "a 12:00 lunch",
        "b 12:30 lunch",
        "c 18:30 evening",
        "d 12:00 lunch",
        "e 12:30 lunch",
    ];
    assert_eq!(world.planned(), apart);
}

#[test]
fn a_delivery_is_not_drawn_before_the_last_placed_one_of_its_account() {
    let mut world = World::new("11:00");
    world.next("a", "me").not_before = Some(at("18:40"));
    world.next("b", "me");
    assert_eq!(
        world.planned(),
        ["a 18:40 evening", "b 19:10 evening"],
        "though lunch is free"
    );
    // But what is stored stands.
    let mut world = World::new("11:00");
    world.next("a", "me").not_before = Some(at("18:40"));
    world.next("b", "me").stored = Some(slot("12:10", "lunch", "12:00"));
    assert_eq!(world.planned(), ["a 18:40 evening", "b 12:10 lunch"]);
}

#[test]
fn what_stands_behind_the_moved_one_makes_room() {
    let mut world = World::new("12:00");
    // Approved just now: it is in front, and has no time yet.
    world.next("a", "me");
    world.next("b", "me").stored = Some(slot("12:10", "lunch", "12:00"));
    world.next("c", "me").stored = Some(slot("12:40", "lunch", "12:00"));
    world.next("d", "cat").stored = Some(slot("12:15", "lunch", "12:00"));
    let planned = [
        "a 12:00 lunch",
        "b 12:30 lunch",
        "c 18:30 evening",
        "d 12:15 lunch",
    ];
    assert_eq!(world.planned(), planned);
}

#[test]
fn a_drawn_one_keeps_its_distance_from_the_stored_times_of_other_personas_behind_it() {
    let mut world = World::new("12:00");
    world.next("a", "me");
    world.next("b", "cat").stored = Some(slot("12:05", "lunch", "12:00"));
    assert_eq!(world.planned(), ["a 12:15 lunch", "b 12:05 lunch"]);
    // Not from one that is forbidden by now.
    let mut world = World::new("12:00");
    world.next("a", "me");
    world.next("b", "cat").stored = Some(slot("12:05", "lunch", "12:00"));
    world.item("b").expires_at = Some(at("12:05"));
    assert_eq!(world.planned()[0], "a 12:00 lunch");
    // A claim that is late by some seconds is one that stands.
    let mut world = World::new("12:05:30");
    world.next("a", "me");
    world.next("b", "cat").stored = Some(slot("12:05", "lunch", "12:00"));
    assert_eq!(world.planned(), ["a 12:15:30 lunch", "b 12:05 lunch"]);
}

#[test]
fn what_has_begun_goes_first_of_its_account() {
    let mut world = World::new("11:00");
    world.next("a", "me").stored = Some(slot("12:10", "lunch", "12:00"));
    world.exact("x", "me", "12:00");
    world.exact("y", "me", "12:02");
    world.next("b", "pal").stored = Some(slot("12:05", "lunch", "12:00"));
    let rest = world.next("rest", "me");
    rest.first_of_account = true;
    rest.parts_out = true;
    rest.calls = 4;
    let planned = world.planned();
    assert_eq!(planned[4], "rest 12:00 lunch");
    assert_eq!(
        planned[1], "x 12:03 lunch",
        "four parts take three minutes of claims"
    );
    assert_eq!(planned[2], "y 12:03 lunch");
    assert_eq!(planned[0], "a 18:30 evening");
    assert_eq!(planned[3], "b 12:05 lunch", "another account is not concerned");
    // Until it is out nothing of the account goes, however long that is.
    world.item("rest").not_before = Some(at("2026-11-24 12:00"));
    let planned = world.planned();
    assert_eq!(planned[4], "rest 11-24 12:00 lunch");
    for (index, id) in [(0, "a"), (1, "x"), (2, "y")] {
        let stored = world.queue[index].stored.as_ref().unwrap();
        assert!(
            stored.at >= at("2026-11-24 12:03"),
            "{id} before what has begun: {planned:?}"
        );
    }
}

#[test]
fn the_rest_of_a_thread_goes_before_what_is_to_go_again() {
    let mut world = World::new("11:00");
    let again = world.next("again", "me");
    again.first_of_account = true;
    let rest = world.next("rest", "me");
    rest.when = When::Window("evening".to_owned());
    rest.first_of_account = true;
    rest.parts_out = true;
    rest.calls = 2;
    let planned = world.planned();
    assert_eq!(planned[1], "rest 18:30 evening");
    assert_eq!(
        planned[0], "again 19:00 evening",
        "not at lunch, where it could not be claimed"
    );
}

#[test]
fn what_is_to_go_again_goes_before_what_waits_in_front_of_it() {
    let mut world = World::new("11:00");
    world.next("a", "me");
    world.exact("x", "me", "12:00");
    world.next("again", "me").first_of_account = true;
    assert_eq!(
        world.planned(),
        ["a 18:30 evening", "x 12:00:45 lunch", "again 12:00 lunch"]
    );
}

#[test]
fn an_exact_time_goes_before_what_another_account_has_begun() {
    let mut world = World::new("12:20");
    world.next("again", "cat").first_of_account = true;
    world.exact("x", "me", "12:25");
    assert_eq!(world.planned(), ["again 12:35 lunch", "x 12:25 lunch"]);
}

#[test]
fn what_has_begun_keeps_its_distance_from_an_override_behind_another_that_has_begun() {
    let mut world = World::new("12:25");
    let over = |civil: &str| When::At {
        at: at(civil),
        override_window: true,
    };
    world.next("b", "cat").first_of_account = true;
    world.next("again", "me").first_of_account = true;
    world.item("again").stored = Some(slot("12:25", "lunch", "12:00"));
    world.add("x", "me", over("12:30")).stored = Some(slot("12:30", "lunch", "12:00"));
    assert_eq!(
        world.planned(),
        ["b 12:40 lunch", "again 12:25 lunch", "x 12:30 lunch"]
    );
    // Its ten minutes are over: it is missed, and keeps nobody away.
    world.now = at("12:40");
    world.item("b").stored = None;
    world.item("again").not_before = Some(at("18:00"));
    world.item("x").stored = Some(slot("12:39:30", "lunch", "12:00"));
    assert_eq!(
        world.planned(),
        ["b 12:40 lunch", "again 18:30 evening", "x none OutsideWindow"]
    );
}

#[test]
fn what_is_stored_right_behind_what_has_begun_stands() {
    let mut world = World::new("12:00");
    world.spacing("me").gap_minutes = 0;
    world.spacing("me").jitter = true;
    world.next("a", "me").stored = Some(slot("12:00:45", "lunch", "12:00"));
    let again = world.next("again", "me");
    again.first_of_account = true;
    again.stored = Some(slot("12:00", "lunch", "12:00"));
    assert_eq!(world.planned(), ["a 12:00:45 lunch", "again 12:00 lunch"]);
}

#[test]
fn own_earlier_attempts_do_not_stand_in_its_way() {
    let mut world = World::new("12:10");
    world.sent("a", "me", "12:09", "lunch", "12:00");
    world.sent("a", "me", "12:08", "lunch", "12:00");
    world.next("a", "me");
    world.next("b", "me");
    assert_eq!(
        world.planned(),
        ["a 12:10 lunch", "b 12:40 lunch"],
        "and count once"
    );
    world.spacing("me").per_window = 1;
    world.item("a").stored = None;
    assert_eq!(
        world.planned(),
        ["a 12:10 lunch", "b 18:30 evening"],
        "nor against its own cap"
    );
}

#[test]
fn held_deliveries_have_no_time_and_stand_in_nobodys_way() {
    let mut world = World::new("12:00");
    let held = world.next("a", "me");
    held.held = true;
    held.stored = Some(slot("12:05", "lunch", "12:00"));
    world.next("b", "me");
    world.next("c", "cat");
    assert_eq!(world.planned(), ["a none Hold", "b 12:00 lunch", "c 12:10 lunch"]);
}

#[test]
fn what_is_under_way_keeps_its_time_and_counts() {
    let mut world = World::new("12:20");
    let sending = world.next("a", "me");
    sending.under_way = true;
    sending.stored = Some(slot("12:15", "lunch", "12:00"));
    world.next("b", "me");
    world.next("c", "cat");
    assert_eq!(
        world.planned(),
        ["a 12:15 lunch", "b 12:45 lunch", "c 12:25 lunch"]
    );
}

#[test]
fn a_named_window_is_waited_for() {
    let mut world = World::new("12:00");
    let named = |name: &str| When::Window(name.to_owned());
    world.add("w", "pal", named("weekend"));
    world.add("e", "me", named("evening"));
    assert_eq!(world.planned(), ["w 11-28 09:00 weekend", "e 18:30 evening"]);
    world.now = at("22:00");
    world.item("e").stored = None;
    world.sent("p", "me", "21:00", "evening", "18:30");
    world.sent("q", "me", "21:30", "evening", "18:30");
    assert_eq!(
        world.planned()[1],
        "e 11-24 18:30 evening",
        "a later occurrence of it, when this one is full"
    );
    world.item("e").when = named("gone");
    assert_eq!(world.planned()[1], "e none NoWindow");
}

#[test]
fn a_named_window_inside_a_longer_span() {
    let mut world = World::new("2026-11-28 10:00");
    let mut late = world.rules.windows[2].clone();
    late.name = "late".to_owned();
    late.period.from.0 = 20 * 60;
    late.period.to.0 = 21 * 60;
    world.rules.windows.push(late);
    world.add("a", "me", When::Window("late".to_owned()));
    assert_eq!(
        world.planned(),
        ["a 20:00 weekend"],
        "then, counted for what opened first"
    );
    world.now = at("2026-11-28 20:59:30");
    world.item("a").stored = None;
    assert_eq!(
        world.planned(),
        ["a 11-29 20:00 weekend"],
        "its own window must last, not the span"
    );
}
