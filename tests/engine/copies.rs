//! A folder that is a copy, or was restored: what the other one may have sent is looked for, or asked about (RULES.md 6).

use jiff::SignedDuration;
use kossori_api::{Request, Resolution};
use kossori_core::answer::Refusal;
use kossori_core::network::Software;
use kossori_engine::ports::CallError;
use serde_json::Value;

use crate::support::simulated::{Turn, World, page};

const MORNING: &str = "2026-11-24 09:00";

fn adopt(world: &World) {
    world.engine().set_folder_is_a_copy(true);
    let engine = world.engine();
    world
        .block_on(async move { engine.adopt(Vec::new()).await })
        .expect("adopted");
}

/// Not taken, and not before two hours from now.
fn turned_away() -> Turn {
    let wait = Some(SignedDuration::from_hours(2));
    Turn::refused(429, Refusal::RateLimit { retry_after: wait })
}

fn approve(delivery: &str, anyway: bool) -> Request {
    Request::QueueApprove {
        id: delivery.to_owned(),
        confirm_persona: false,
        anyway,
    }
}

#[test]
fn a_copy_is_paused_until_it_is_adopted() {
    let mut world = World::new(MORNING);
    let account = world.bluesky("me");
    let waiting = world.post(&account, "Text waiting");
    let lost = world.post_at(&account, "Text lost", "2026-11-24 12:10");
    world.server.script([Turn::lost_after_commit()]);
    world.engine().set_folder_is_a_copy(true);
    world.advance("12:30");
    assert!(
        world.server.calls("post").is_empty(),
        "nothing goes out of a copy"
    );
    assert_eq!(world.reason(&waiting).as_deref(), Some("folder_is_a_copy"));
    let _ = lost;
    adopt(&world);
    assert_eq!(world.state(&waiting), "held", "the other folder may have sent it");
    world.advance("23:00");
    assert!(world.server.calls("post").is_empty());
    world.ask(approve(&waiting, false));
    world.advance("2026-11-25 13:00");
    assert_eq!(world.state(&waiting), "sent");
    world.judge();
}

/// The other one may be in the middle of it, or may have been put out of order there.
#[test]
fn in_a_copy_a_thread_that_has_begun_elsewhere_goes_only_at_a_second_word() {
    let mut world = World::new(MORNING);
    let account = world.mastodon("me", Software::Mastodon);
    world.post(&account, "Text before");
    world.advance("12:30");
    let waiting = world.post_at(&account, "Text one\n---\nText two", "2026-11-24 19:00");
    adopt(&world);
    let id = world.server.posted_elsewhere("Text one");
    let refusal = world
        .try_ask(approve(&waiting, false))
        .expect_err("it may be there");
    assert_eq!(refusal.code.as_str(), "may_be_there");
    assert_eq!(refusal.args.get("url"), Some(&page(&id)));
    assert_eq!(world.state(&waiting), "held");
    world.ask(approve(&waiting, true));
    assert_eq!(world.state(&waiting), "queued");

    world.server.posted_elsewhere("Text two");
    world.ask(Request::QueueHold {
        id: waiting.clone(),
        until: None,
        zone: None,
    });
    assert_eq!(world.refusal(approve(&waiting, false)).as_str(), "already_there");
    assert_eq!(world.state(&waiting), "sent");
    world.advance("23:00");
    assert_eq!(world.server.calls("post").len(), 1);
}

#[test]
fn in_a_copy_what_was_frozen_for_good_is_looked_up() {
    let mut world = World::new(MORNING);
    let account = world.bluesky("me");
    let delivery = world.post(&account, "Text");
    // Turned away for an hour in this folder; the folder that it was copied from has sent it meanwhile.
    world.server.script([Turn {
        commits: true,
        ..turned_away()
    }]);
    world.advance("12:05");
    assert_eq!(world.state(&delivery), "queued");
    adopt(&world);
    assert_eq!(world.state(&delivery), "unknown");
    world.advance("12:06");
    assert_eq!(world.state(&delivery), "sent");
    assert_eq!(world.server.calls("post").len(), 1);
    world.judge();
}

/// The folder that it was copied from has sent one part more than this one knows, and perhaps the next as well.
#[test]
fn in_a_copy_the_next_part_of_a_thread_is_looked_for_too() {
    let mut world = World::new(MORNING);
    let account = world.mastodon("me", Software::Mastodon);
    world.server.script([
        Turn::fine(),
        Turn {
            commits: true,
            ..turned_away()
        },
    ]);
    let delivery = world.post(&account, "Text one\n---\nText two\n---\nText three");
    world.advance("12:01");
    assert_eq!(world.state(&delivery), "queued");
    adopt(&world);
    world.advance("12:01:05");
    let shown = world.show(&delivery);
    assert_eq!(
        (&shown["parts_sent"], &shown["state"]),
        (&2.into(), &"unknown".into()),
        "the second is found, and the third is in doubt"
    );
    world.advance("23:00");
    assert_eq!(world.state(&delivery), "sent");
    let (looks, posts) = (world.server.calls("look"), world.server.calls("post"));
    assert_eq!(posts.len(), 3, "the third was not there, and went after all");
    let between = looks.iter().filter(|at| **at < posts[2]).count();
    assert!(between >= 2, "it was looked for first: {looks:?}, {posts:?}");
    world.judge();
}

/// Found by its words, it is found with all its parts, and none of them goes again.
#[test]
fn in_a_copy_a_whole_thread_that_is_there_is_sent() {
    let mut world = World::new(MORNING);
    let account = world.mastodon("me", Software::Mastodon);
    world.server.script([Turn::fine(), turned_away()]);
    world.post(&account, "Text before");
    let delivery = world.post_at(
        &account,
        "Text one\n---\nText two\n---\nText three",
        "2026-11-24 19:00",
    );
    world.advance("19:01");
    for part in ["Text one", "Text two", "Text three"] {
        world.server.posted_elsewhere(part);
    }
    adopt(&world);
    assert_eq!(world.state(&delivery), "unknown");
    world.advance("23:00");
    let shown = world.show(&delivery);
    assert_eq!(
        (&shown["state"], &shown["parts_sent"]),
        (&"sent".into(), &3.into())
    );
    assert_eq!(
        world.server.calls("post").len(),
        2,
        "the last is the one that was turned away"
    );
}

#[test]
fn in_a_copy_what_is_only_like_it_is_told_with_its_address() {
    let mut world = World::new(MORNING);
    let account = world.mastodon("me", Software::Mastodon);
    world.server.script([Turn::fine(), turned_away()]);
    world.post(&account, "Text before");
    let delivery = world.post_at(&account, "Text one\n---\nText two", "2026-11-24 19:00");
    world.advance("19:01");
    let id = world.server.posted_elsewhere("Text one");
    adopt(&world);
    let shown = world.show(&delivery);
    assert_eq!((&shown["copied"], &shown["alike"]), (&true.into(), &Value::Null));
    world.advance("19:02");
    let shown = world.show(&delivery);
    assert_eq!(
        (&shown["state"], &shown["alike"], &shown["looks"]),
        (&"needs_you".into(), &page(&id).into(), &1.into())
    );
    world.advance("23:00");
    assert_eq!(world.server.calls("post").len(), 2);
}

/// A look that can never tell more is the person's to make, not tried for a day.
#[test]
fn in_a_copy_a_look_that_is_refused_is_asked_about() {
    let mut world = World::new(MORNING);
    let account = world.mastodon("me", Software::Mastodon);
    world.server.script([turned_away()]);
    let delivery = world.post(&account, "Text");
    let held = world.post_at(&account, "Text held", "2026-11-24 19:00");
    world.advance("12:01");
    adopt(&world);
    let gone = CallError::Refused {
        status: 404,
        code: "reply_not_found".to_owned(),
        words: String::new(),
    };
    world.server.refuse("find", Some(gone));
    world.advance("12:02");
    let shown = world.show(&delivery);
    assert_eq!(shown["state"], "needs_you");
    assert_eq!(
        (&shown["copied"], &shown["alike"]),
        (&true.into(), &Value::Null),
        "nothing was seen"
    );
    let resolved = Request::QueueResolve {
        id: delivery.clone(),
        resolution: Resolution::NotThere,
    };
    world.ask(resolved);
    assert_eq!(world.state(&delivery), "queued", "the person has looked");
    assert_eq!(world.refusal(approve(&held, false)).as_str(), "may_be_there");
    world.ask(approve(&held, true));
    assert_eq!(world.state(&held), "queued");
}

/// Its own first part is there: that says nothing of another copy.
#[test]
fn in_a_copy_the_rest_of_a_thread_that_is_let_go_is_looked_for_and_goes() {
    let mut world = World::new(MORNING);
    let account = world.mastodon("me", Software::Mastodon);
    world.server.script([Turn::fine(), turned_away()]);
    let delivery = world.post(&account, "Text one\n---\nText two");
    world.advance("12:01");
    world.ask(Request::QueueHold {
        id: delivery.clone(),
        until: None,
        zone: None,
    });
    adopt(&world);
    assert_eq!(world.state(&delivery), "held");
    world.advance("12:30");
    world.ask(approve(&delivery, false));
    let shown = world.show(&delivery);
    assert_eq!(
        (&shown["state"], &shown["copied"]),
        (&"unknown".into(), &true.into())
    );
    let looks = world.server.calls("look").len();
    world.advance("2026-11-25 13:00");
    assert_eq!(world.state(&delivery), "sent");
    assert!(
        world.server.calls("look").len() > looks,
        "it was looked for first"
    );
    world.judge();
}
