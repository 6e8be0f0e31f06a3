//! What the journal says of a clock in doubt (RULES.md 7): a row when the doubt arises, a row when it ends.

use jiff::SignedDuration;
use kossori_api::{JournalInput, Request};
use kossori_engine::ports::StoreError;

use crate::support::simulated::{World, text};

const MORNING: &str = "2026-11-24 09:00";

/// The journal's rows about the clock, as `event detail`.
fn rows(world: &mut World) -> Vec<String> {
    let journal = world.ask(Request::Journal(JournalInput::default()));
    let entries = journal["entries"].as_array().cloned().unwrap_or_default();
    entries
        .iter()
        .filter(|entry| text(&entry["event"]).starts_with("clock_"))
        .map(|entry| {
            format!(
                "{} {}",
                text(&entry["event"]),
                entry["detail"].as_str().unwrap_or("-")
            )
        })
        .collect()
}

fn reason(world: &mut World) -> Option<String> {
    let status = world.ask(Request::Status);
    status["reason"].as_str().map(str::to_owned)
}

#[test]
fn a_jump_is_one_row_and_the_persons_word_another() {
    for (jump, why) in [
        ("12:10", "clock_unsure jumped"),
        ("2026-11-24 07:10", "clock_unsure before_journal"),
    ] {
        let mut world = World::new(MORNING);
        let account = world.practice("me");
        world.post(&account, "Text");
        world.advance("09:10");
        assert!(rows(&mut world).is_empty());
        world.set_clock(jump);
        world.advance_by(30);
        assert_eq!(rows(&mut world), [why]);
        // Ticks, and another jump, add nothing to a doubt that is there.
        world.advance("13:30");
        world.set_clock("14:50");
        world.advance("15:30");
        assert_eq!(rows(&mut world), [why]);
        world.ask(Request::ClockConfirm);
        world.advance("2026-11-25 23:00");
        assert_eq!(rows(&mut world), [why, "clock_confirmed -"]);
        world.judge();
    }
}

#[test]
fn a_server_that_disagrees_is_one_row_and_its_agreeing_another() {
    let mut world = World::new(MORNING);
    let account = world.bluesky("me");
    let delivery = world.post(&account, "Text");
    world.server.set_clock_off(SignedDuration::from_mins(10));
    world.advance("12:40");
    let asked = world.server.calls("author").len();
    assert!(asked > 2, "it disagreed {asked} times");
    assert_eq!(rows(&mut world), ["clock_unsure server"]);
    world.server.set_clock_off(SignedDuration::ZERO);
    world.advance("12:58");
    assert_eq!(world.state(&delivery), "sent");
    let both = ["clock_unsure server", "clock_confirmed server"];
    assert_eq!(rows(&mut world), both);
    world.advance("2026-11-25 23:00");
    assert_eq!(rows(&mut world), both);
    world.judge();
}

#[test]
fn a_server_ends_the_doubt_of_a_jump() {
    let mut world = World::new(MORNING);
    let account = world.bluesky("me");
    world.post(&account, "Text");
    world.advance("09:10");
    world.set_clock("11:30");
    world.advance("12:30");
    assert_eq!(
        rows(&mut world),
        ["clock_unsure jumped", "clock_confirmed server"]
    );
    assert_eq!(world.commits().len(), 1);
    world.judge();
}

#[test]
fn a_clock_far_ahead_for_a_minute_is_not_doubted_for_ever() {
    let mut world = World::new(MORNING);
    let account = world.practice("me");
    let delivery = world.post(&account, "Text");
    let other = world.practice("other");
    let exact = world.post_at(&other, "At its time", "12:20");
    world.advance("09:10");
    world.set_clock("2027-11-24 09:10");
    world.advance_by(60);
    world.set_clock("2026-11-24 09:11");
    world.advance_by(60);
    assert_eq!(rows(&mut world), ["clock_unsure jumped"]);
    world.crash();
    world.start();
    world.advance("09:30");
    assert_eq!(reason(&mut world), None, "the row of next year says nothing");
    world.advance("12:30");
    assert_eq!(
        (world.state(&delivery).as_str(), world.state(&exact).as_str()),
        ("sent", "sent"),
        "the wrong year neither moved the one nor missed the other"
    );
    assert_eq!(rows(&mut world), ["clock_unsure jumped"]);
    world.judge();
}

#[test]
fn on_a_full_disk_the_doubt_holds_and_is_written_down_later() {
    let mut world = World::new(MORNING);
    let account = world.practice("me");
    world.post(&account, "Text");
    world.advance("09:10");
    world.store.refuse(Some(StoreError::Full));
    world.set_clock("11:30");
    world.advance("12:10");
    assert_eq!(reason(&mut world).as_deref(), Some("clock_unsure"));
    assert!(world.timeline(&account).is_empty());
    world.store.refuse(None);
    assert!(rows(&mut world).is_empty());
    world.advance("12:40");
    assert_eq!(rows(&mut world), ["clock_unsure jumped"]);
    world.judge();
}

/// Rows were written with a clock that was a year ahead: whoever sets it right is asked once, not at every start.
#[test]
fn rows_of_a_wrong_clock_are_doubted_once() {
    let mut world = World::new("2027-11-24 09:00");
    let account = world.practice("me");
    let delivery = world.post(&account, "Text");
    world.advance("09:10");
    world.crash();
    world.set_clock_alone("2026-11-24 09:00");
    world.start();
    assert_eq!(reason(&mut world).as_deref(), Some("clock_unsure"));
    world.ask(Request::ClockConfirm);
    for _ in 0..2 {
        world.crash();
        world.start();
        assert_eq!(reason(&mut world), None, "the person has said that it is right");
    }
    let both = ["clock_unsure before_journal", "clock_confirmed -"];
    assert_eq!(rows(&mut world), both);
    world.set_clock_alone("2026-11-24 08:00");
    world.crash();
    world.start();
    assert_eq!(
        reason(&mut world).as_deref(),
        Some("clock_unsure"),
        "set back behind what was written since, it is doubted again"
    );
    world.set_clock("2026-11-24 09:05");
    world.ask(Request::ClockConfirm);
    world.ask(Request::QueueRetry { id: delivery.clone() });
    world.advance("12:30");
    assert_eq!(world.state(&delivery), "sent");
    world.judge();
}
