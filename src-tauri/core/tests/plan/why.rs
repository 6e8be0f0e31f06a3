//! Why not sooner: what kept a delivery from an earlier moment, for those who ask.

use kossori_core::plan::{Why, WhyCode};

use crate::world::{World, at, minutes, slot};

/// The rows of one, each with the moment at which it ended.
fn rows(world: &World, index: usize) -> Vec<(WhyCode, jiff::Timestamp)> {
    let placed = world.plan();
    placed[index]
        .why_not_sooner
        .iter()
        .map(|Why { code, until }| (*code, until.unwrap()))
        .collect()
}

#[test]
fn why_not_sooner_names_what_kept_it() {
    let mut world = World::new("11:00");
    world.explain = true;
    world.closed("11:30", "12:10");
    world.sent("x", "cat", "12:05", "lunch", "12:00");
    world.next("a", "me");
    world.next("b", "me");
    world.next("c", "me");
    let a = vec![
        (WhyCode::OutsideWindow, at("12:10")),
        (WhyCode::Persona, at("12:15")),
    ];
    assert_eq!(rows(&world, 0), a);
    let c = [WhyCode::Order, WhyCode::Cap, WhyCode::OutsideWindow];
    assert_eq!(rows(&world, 2).iter().map(|row| row.0).collect::<Vec<_>>(), c);
    world.planned();
    assert_eq!(rows(&world, 0), a, "and of a stored time too");
    world.explain = false;
    assert!(rows(&world, 0).is_empty(), "only when asked");
    world.explain = true;
    world.pause("11:00", None);
    let placed = world.plan();
    assert_eq!(
        placed[0].why_not_sooner,
        [Why {
            code: WhyCode::Pause,
            until: None
        }]
    );
}

#[test]
fn what_keeps_it_twice_is_one_row() {
    let mut world = World::new("12:10");
    world.sent("x", "cat", "12:05", "lunch", "12:00");
    world.next("a", "me");
    world.next("c", "cat").stored = Some(slot("12:20", "lunch", "12:00"));
    assert_eq!(rows(&world, 0), [], "nobody asked");
    world.explain = true;
    assert_eq!(rows(&world, 0), [(WhyCode::Persona, at("12:30"))]);
}

#[test]
fn a_retry_time_is_named_if_it_is_what_keeps_it() {
    let mut world = World::new("12:10");
    world.explain = true;
    world.next("a", "me").not_before = Some(at("12:20"));
    assert_eq!(rows(&world, 0), [(WhyCode::Retry, at("12:20"))]);
    world.item("a").not_before = Some(at("12:10"));
    assert_eq!(rows(&world, 0), [], "it is over");
    world.item("a").not_before = Some(at("12:00"));
    assert_eq!(rows(&world, 0), []);
    world.remove("a");
    world.exact("x", "me", "12:45").not_before = Some(at("12:20"));
    world.sent("s", "me", "12:40", "lunch", "12:00");
    assert_eq!(
        rows(&world, 0),
        [],
        "an exact time as asked was not kept from any"
    );
    world.queue[0].when = kossori_core::plan::When::At {
        at: at("12:56"),
        override_window: false,
    };
    world.queue[0].calls = 6;
    let margin = [
        (WhyCode::Margin, at("13:00")),
        (WhyCode::OutsideWindow, at("18:30")),
    ];
    assert_eq!(
        rows(&world, 0),
        margin,
        "the exact time is later than the retry time"
    );
}

#[test]
fn the_order_is_named_if_it_is_what_keeps_it() {
    let mut world = World::new("12:00");
    world.explain = true;
    world.spacing("me").gap_minutes = 0;
    world.next("a", "me");
    world.next("b", "me");
    assert_eq!(rows(&world, 1), [], "both go now");
    world.item("a").stored = Some(slot("12:05", "lunch", "12:00"));
    assert_eq!(rows(&world, 1), [(WhyCode::Order, at("12:05"))]);
}

#[test]
fn jitter_is_named_where_it_is_what_keeps_it() {
    let mut world = World::new("12:00");
    world.explain = true;
    world.spacing("me").jitter = true;
    world.next("a", "me");
    let drawn = world.plan()[0].slot.clone().unwrap().at;
    assert!(drawn > at("12:00"));
    assert_eq!(rows(&world, 0), [(WhyCode::Jitter, drawn)]);
    world.planned();
    assert_eq!(
        rows(&world, 0),
        [(WhyCode::Jitter, drawn)],
        "of the stored time too"
    );
    for (stored, why) in [
        ("12:00", "it could not be sooner"),
        ("12:40", "something else kept it, that is over"),
    ] {
        world.item("a").stored = Some(slot(stored, "lunch", "12:00"));
        assert_eq!(rows(&world, 0), [], "{why}");
    }
    assert!(drawn.duration_since(at("12:00")) < minutes(15));
}
