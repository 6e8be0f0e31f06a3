//! One delivery of which nothing can be written, through damage or a fault of ours, keeps no other from being put right.

use kossori_api::Request;
use serde_json::Value;

use crate::support::simulated::{Turn, World};

const MORNING: &str = "2026-11-24 09:00";

#[test]
fn what_cannot_be_put_right_at_a_start_keeps_no_other_cut_off() {
    let mut world = World::new(MORNING);
    let posts = ["one", "two"].map(|name| {
        let account = world.bluesky(name);
        world.post_at(&account, "Text", "2026-11-24 12:20")
    });
    world.server.script([Turn::slow(1, 20), Turn::slow(1, 20)]);
    world.advance("12:20:05");
    let [wrong, other] = &posts;
    assert_eq!([world.state(wrong), world.state(other)], ["sending", "sending"]);
    world.crash();
    world.store.nothing_is_legal_for(wrong, true);
    world.start();
    assert_eq!(world.state(wrong), "sending");
    assert_eq!(world.reason(wrong).as_deref(), Some("stopped"));
    world.advance("12:40");
    assert_eq!(world.state(other), "sent", "{:?}", world.events(Some(other)));
    assert_eq!(world.state(wrong), "sending", "nothing of it was written");
    let run = world.ask(Request::RunProgress);
    assert_eq!(run["done"], Value::Bool(true), "nobody waits for it: {run}");

    world.store.nothing_is_legal_for(wrong, false);
    world.crash();
    world.start();
    world.advance("12:50");
    assert_eq!(world.state(wrong), "sent", "{:?}", world.events(Some(wrong)));
    assert_eq!(world.commits().len(), 2);
    world.judge();
}

#[test]
fn what_cannot_be_missed_keeps_nothing_from_being_missed_or_sent() {
    let mut world = World::new(MORNING);
    let account = world.bluesky("me");
    let mut past = |text: &str| {
        world.post_with(&account, text, |input| {
            input.hold = true;
            input.expires = Some("2026-11-24 11:00".to_owned());
        })
    };
    let (wrong, other) = (past("one"), past("two"));
    let sent = world.post(&account, "three");
    world.store.nothing_is_legal_for(&wrong, true);
    world.advance("11:00:01");
    assert_eq!(world.state(&other), "missed");
    assert_eq!(world.state(&wrong), "held");
    assert_eq!(world.reason(&wrong).as_deref(), Some("stopped"));
    world.advance("12:50");
    assert_eq!(world.state(&sent), "sent");
    world.store.nothing_is_legal_for(&wrong, false);
    world.advance("19:00");
    assert_eq!(world.state(&wrong), "missed", "put right as soon as it can be");
}
