//! Places in the queue: what is moved keeps its new place, whatever an attempt writes meanwhile.

use jiff::SignedDuration;
use kossori_api::Request;
use kossori_core::answer::Refusal;

use crate::support::simulated::{Turn, World};

const MORNING: &str = "2026-11-24 09:00";

fn positions(world: &mut World, deliveries: &[&String]) -> Vec<Option<u64>> {
    let position = |id: &&String| world.show(id)["position"].as_u64();
    deliveries.iter().map(position).collect()
}

fn move_to(world: &mut World, delivery: &str, to: u32) {
    world.ask(Request::QueueMove {
        id: delivery.to_owned(),
        to,
    });
}

#[test]
fn a_move_past_one_that_is_being_sent_stands_when_it_comes_back() {
    let mut world = World::new(MORNING);
    let account = world.bluesky("me");
    let first = world.post(&account, "Text one");
    let second = world.post(&account, "Text two");
    let third = world.post(&account, "Text three");
    let busy = Refusal::RateLimit {
        retry_after: Some(SignedDuration::from_mins(20)),
    };
    world.server.script([Turn {
        before: SignedDuration::from_secs(10),
        ..Turn::refused(429, busy)
    }]);
    world.advance("12:00:05");
    assert_eq!(world.state(&first), "sending");
    move_to(&mut world, &third, 1);
    let moved = [Some(2), Some(3), Some(1)];
    assert_eq!(positions(&mut world, &[&first, &second, &third]), moved);
    world.advance("12:00:20");
    assert_eq!(world.state(&first), "queued", "turned away for a while");
    assert_eq!(positions(&mut world, &[&first, &second, &third]), moved);
    world.advance("2026-11-25 23:00");
    assert_eq!(world.commits().len(), 3);
    world.judge();
}

#[test]
fn one_that_is_moved_during_its_own_slow_upload_keeps_its_place() {
    let mut world = World::new(MORNING);
    let account = world.bluesky("me");
    let first = world.post(&account, "Text one");
    let second = world.post(&account, "Text two");
    let third = world.post(&account, "Text three");
    world.server.slow_freezes([10]);
    world.advance("12:00:05");
    assert_eq!(world.state(&first), "claimed");
    move_to(&mut world, &first, 3);
    assert_eq!(world.state(&first), "queued");
    let moved = [Some(3), Some(1), Some(2)];
    assert_eq!(positions(&mut world, &[&first, &second, &third]), moved);
    // The attempt that was voided comes to its end, and the one that is first now goes.
    world.advance("12:00:30");
    assert_eq!(world.state(&second), "sent");
    assert_eq!(positions(&mut world, &[&first, &third]), [Some(2), Some(1)]);
    world.advance("2026-11-25 23:00");
    let texts: Vec<String> = world.commits().into_iter().map(|commit| commit.text).collect();
    assert_eq!(texts, ["Text two", "Text three", "Text one"]);
    world.judge();
}
