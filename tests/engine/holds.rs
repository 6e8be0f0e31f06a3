//! What is held until a time asks again when it has come, and goes only when a person says so.

use kossori_api::{Event, Request};
use serde_json::Value;

use crate::support::simulated::{World, at, text};

const MORNING: &str = "2026-11-24 09:00";

fn over(world: &mut World, delivery: &str) -> usize {
    let events = world.events(Some(delivery));
    events.iter().filter(|event| *event == "hold_over").count()
}

fn state(status: &Value) -> String {
    text(&status["state"])
}

#[test]
fn a_hold_that_is_over_asks_again_and_nothing_goes_by_itself() {
    let mut world = World::new(MORNING);
    let account = world.bluesky("me");
    let delivery = world.post(&account, "Text");
    world.ask(Request::QueueHold {
        id: delivery.clone(),
        until: Some("2026-11-24 12:10".into()),
        zone: None,
    });
    world.advance("12:09");
    assert_eq!(world.reason(&delivery).as_deref(), Some("hold"));
    assert_eq!(state(&world.ask(Request::Status)), "queued");
    assert_eq!(over(&mut world, &delivery), 0);

    let mut events = world.engine().events();
    world.advance("12:11");
    assert_eq!(world.state(&delivery), "held");
    assert_eq!(world.reason(&delivery).as_deref(), Some("hold_over"));
    assert_eq!(state(&world.ask(Request::Status)), "needs_you");
    let run = world.ask(Request::RunProgress);
    assert_eq!(
        (run["needs_you"].as_u64(), run["waiting"].as_u64()),
        (Some(1), Some(0))
    );
    let heard = std::iter::from_fn(|| events.try_recv().ok())
        .any(|event| matches!(event, Event::Delivery { id, state } if id == delivery && state == "held"));
    assert!(heard, "clients hear of it");

    // Once, whatever comes: ticks, a restart, the next day.
    world.crash();
    world.start();
    world.advance("2026-11-25 12:30");
    assert_eq!(over(&mut world, &delivery), 1);
    assert_eq!(world.state(&delivery), "held");
    assert!(world.commits().is_empty());

    world.ask(Request::QueueApprove {
        id: delivery.clone(),
        confirm_persona: false,
        anyway: false,
    });
    world.advance("2026-11-25 12:31");
    assert_eq!(world.state(&delivery), "sent");
    assert_eq!(state(&world.ask(Request::Status)), "idle");
    world.judge();
}

#[test]
fn a_second_hold_asks_again_too() {
    let mut world = World::new(MORNING);
    let account = world.bluesky("me");
    let delivery = world.post(&account, "Text");
    for (n, until) in ["2026-11-24 09:10", "2026-11-24 09:20"].into_iter().enumerate() {
        world.ask(Request::QueueHold {
            id: delivery.clone(),
            until: Some(until.into()),
            zone: None,
        });
        world.advance_to(at(until));
        assert_eq!(over(&mut world, &delivery), n + 1);
        world.ask(Request::QueueApprove {
            id: delivery.clone(),
            confirm_persona: false,
            anyway: false,
        });
        assert_eq!(state(&world.ask(Request::Status)), "queued");
    }
    world.judge();
}
