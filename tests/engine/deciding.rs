//! What a person decides about an outcome that nobody knows, and what moves with it.

use kossori_api::{Request, Resolution};
use kossori_core::network::Software;

use crate::support::simulated::{Turn, World, at};

const MORNING: &str = "2026-11-24 09:00";

fn resolution(id: &str, resolution: Resolution) -> Request {
    Request::QueueResolve {
        id: id.to_owned(),
        resolution,
    }
}

#[test]
fn a_decision_answers_what_moved() {
    for (decision, state) in [
        (Resolution::There { url: None }, "sent"),
        (Resolution::NotThere, "queued"),
        (Resolution::Leave, "left"),
    ] {
        let mut world = World::new(MORNING);
        let account = world.mastodon("me", Software::Unknown);
        let delivery = world.post_at(&account, "Text", "2026-11-24 12:20");
        let behind = world.post_at(&account, "Text behind", "2026-11-24 12:22");
        world.server.script([Turn::lost_before_commit()]);
        world.advance("12:23");
        assert_eq!(world.state(&delivery), "unknown");
        assert_eq!(world.reason(&behind).as_deref(), Some("behind_unknown"));
        let before = world.planned(&behind);
        let resolved = world.ask(resolution(&delivery, decision.clone()));
        assert_eq!(resolved["state"], state);
        let moved: Vec<&str> = resolved["moved"]
            .as_array()
            .expect("what moved")
            .iter()
            .filter_map(|moved| moved["id"].as_str())
            .collect();
        if world.planned(&behind) != before && state != "queued" {
            assert!(moved.contains(&behind.as_str()), "{decision:?}: {resolved}");
        }
        if state == "queued" {
            assert!(moved.contains(&delivery.as_str()), "{decision:?}: {resolved}");
        }
        world.judge();
    }
}

#[test]
fn a_decision_that_a_look_makes_answers_what_moved_too() {
    let mut world = World::new(MORNING);
    let account = world.mastodon("me", Software::Unknown);
    let delivery = world.post_at(&account, "Text", "2026-11-24 12:20");
    world.server.script([Turn::lost_after_commit()]);
    world.advance_to(at("2026-11-24 12:20"));
    let resolved = world.ask(resolution(&delivery, Resolution::NotThere));
    assert_eq!(resolved["state"], "sent", "the look found it");
    assert!(resolved["moved"].is_array(), "{resolved}");
    world.judge();
}
