//! A server that refuses is called at most once in half a minute, whatever it refuses and whoever asks, and not before
//! the moment that it named; a restart forgets none of it.

use jiff::{SignedDuration, Timestamp};
use kossori_api::WhenInput;
use kossori_core::network::Software;
use kossori_engine::ports::CallError;

use crate::support::simulated::{Turn, World, at};
use crate::support::tally::amount;

const MORNING: &str = "2026-11-24 09:00";
const KINDS: [&str; 7] = ["author", "about", "freeze", "upload", "post", "look", "refresh"];

fn no(status: u16) -> CallError {
    CallError::Refused {
        status,
        code: "no".to_owned(),
        words: String::new(),
    }
}

fn token() -> CallError {
    CallError::Token {
        code: "expired".to_owned(),
        words: String::new(),
    }
}

fn rate_limit(seconds: Option<i64>) -> CallError {
    CallError::RateLimit {
        retry_after: seconds.map(SignedDuration::from_secs),
    }
}

fn refusals() -> Vec<CallError> {
    vec![
        rate_limit(Some(0)),
        token(),
        no(403),
        rate_limit(None),
        rate_limit(Some(7)),
        CallError::OutOfCredit,
        no(422),
    ]
}

/// After each refused call the next of any kind comes half a minute later at the soonest. What belongs to one round
/// (a refresh and the call once more, RULES.md 4) comes at the same moment.
fn called_with_care(world: &World, story: &str) -> usize {
    let calls = world.server.all_calls();
    let refused = world.server.refused();
    for no in &refused {
        let soon: Vec<&Timestamp> = calls
            .iter()
            .filter(|call| *call > no && call.duration_since(*no) < SignedDuration::from_secs(30))
            .collect();
        assert!(soon.is_empty(), "{story}: refused at {no}, called at {soon:?}");
        // Of the first moment nobody could know: all three called. From then on one of them tries for all.
        let most = if Some(no) == refused.first() { 9 } else { 3 };
        let round = refused.iter().filter(|other| *other == no).count();
        assert!(round <= most, "{story}: {round} calls refused at {no}");
    }
    refused.len()
}

/// Accounts on one server, each with several posts that are due.
fn crowd(lost: bool) -> World {
    let mut world = World::new(MORNING);
    for name in ["one", "two", "three"] {
        let account = world.mastodon(name, Software::Mastodon);
        for post in 0..3 {
            let when = WhenInput::At("12:01".to_owned());
            world.post_with(&account, &format!("Text {name} {post}"), |input| {
                input.when = when;
                input.expires = Some("2026-11-26 23:00".to_owned());
            });
        }
    }
    if lost {
        world
            .server
            .script([Turn::lost_before_commit(), Turn::lost_before_commit()]);
    }
    world
}

#[test]
fn whatever_is_refused_it_is_not_asked_again_at_once() {
    let mut met = 0;
    let some = usize::try_from(amount(3, 7)).expect("a few");
    for (n, kind) in KINDS.into_iter().enumerate() {
        // A sample has others for each kind, so that together they have all.
        for error in refusals().into_iter().cycle().skip(n * some).take(some) {
            let story = format!("{kind} {error:?}");
            let mut world = crowd(kind == "look");
            if kind == "refresh" {
                world.server.expire_access();
            }
            world.server.refuse(kind, Some(error));
            world.advance("2026-11-24 13:30");
            met += called_with_care(&world, &story);
            world.judge();
        }
    }
    assert!(met > KINDS.len() * 3, "{met} calls were refused");
}

#[test]
fn a_program_that_is_started_again_and_again_does_not_call_each_time() {
    for kind in KINDS {
        for error in [rate_limit(Some(1)), no(403), token()] {
            let story = format!("{kind} {error:?}, restarted");
            let mut world = crowd(kind == "look");
            if kind == "refresh" {
                world.server.expire_access();
            }
            world.server.refuse(kind, Some(error));
            world.advance("12:00");
            for _ in 0..60 {
                world.advance_by(7);
                world.crash();
                world.start();
            }
            called_with_care(&world, &story);
            world.judge();
        }
    }
}

#[test]
fn a_rate_limit_is_the_accounts_and_survives_a_restart() {
    for kind in ["post", "freeze"] {
        let mut world = World::new(MORNING);
        let account = world.mastodon("me", Software::Mastodon);
        let first = world.post_at(&account, "Text first", "12:01");
        let second = world.post_at(&account, "Text second", "12:02");
        world.server.refuse(kind, Some(rate_limit(Some(600))));
        world.advance("12:01:30");
        world.server.refuse(kind, None);
        assert_eq!(
            world.reason(&second).as_deref(),
            Some("retry"),
            "it waits too: {kind}"
        );
        world.crash();
        world.start();
        world.advance("12:10:59");
        assert_eq!(world.server.calls(kind).len(), 1, "not before it may: {kind}");
        world.advance("12:50");
        assert_eq!(
            (world.state(&first).as_str(), world.state(&second).as_str()),
            ("sent", "sent")
        );
        assert_eq!(world.commits()[0].at, at("2026-11-24 12:11:00"));
        world.judge();
    }
}

#[test]
fn what_is_used_up_is_not_tried() {
    let mut world = World::new(MORNING);
    let account = world.mastodon("me", Software::Mastodon);
    let first = world.post_at(&account, "Text first", "12:01");
    let second = world.post_at(&account, "Text second", "12:02");
    world.advance("12:00");
    world.server.set_spent(Some(at("2026-11-24 12:30")));
    world.advance("12:01");
    // The first was staged when it was told; it goes when it may.
    world.crash();
    world.start();
    world.advance("12:29:59");
    assert!(
        world.server.calls("post").is_empty(),
        "{:?}",
        world.server.calls("post")
    );
    world.advance("12:31");
    assert_eq!(world.state(&first), "sent");
    world.advance("19:30");
    assert_eq!(world.state(&second), "sent");
    assert!(world.server.refused().is_empty(), "nothing was refused");
    world.judge();
}

/// Somebody who is asked to wait until another span waits without a time, and says why.
#[test]
fn a_long_wait_of_one_account_leaves_the_others_alone() {
    let mut world = World::new(MORNING);
    let one = world.mastodon("one", Software::Mastodon);
    let two = world.mastodon("two", Software::Mastodon);
    let waits = world.post_at(&one, "Text one", "12:01");
    let goes = world.post_at(&two, "Text two", "12:20");
    world.server.refuse("post", Some(rate_limit(Some(7200))));
    world.advance("12:10");
    world.server.refuse("post", None);
    world.advance("12:59");
    assert_eq!(
        (world.state(&waits).as_str(), world.state(&goes).as_str()),
        ("queued", "sent")
    );
    world.advance("19:00");
    assert_eq!(world.state(&waits), "sent");
    world.judge();
}
