//! What waits too long is told, at the moment at which it has, and with what to do about it.

use jiff::SignedDuration;
use kossori_api::Request;
use kossori_core::network::Software;
use kossori_core::waiting::Waiting;
use kossori_engine::ports::CallError;
use kossori_messages::{Language, knows};

use crate::support::simulated::World;

const MORNING: &str = "2026-11-24 09:00";
const ENGLISH: &str = include_str!("../../ui/messages/en.json");

fn told(world: &mut World) -> (String, Vec<String>) {
    let status = world.ask(Request::Status);
    let waits = status["waits"].as_array().cloned().unwrap_or_default();
    let words = waits.iter().filter_map(|word| word.as_str()).map(str::to_owned);
    (
        status["state"].as_str().unwrap_or_default().to_owned(),
        words.collect(),
    )
}

#[test]
fn every_reason_and_state_has_an_age_and_a_sentence() {
    let texts: serde_json::Map<String, serde_json::Value> = serde_json::from_str(ENGLISH).expect("flat JSON");
    // What has a word for people has an age, or is the plan's. These four say how the others are grouped.
    let groups = ["queued", "held", "unknown"];
    let mut words = 0;
    for word in texts.keys().filter_map(|key| key.strip_prefix("reason.")) {
        assert!(
            groups.contains(&word) || Waiting::parse(word).is_some(),
            "{word} has no age"
        );
        words += 1;
    }
    assert!(words > 30, "{words}");
    for waiting in Waiting::ALL {
        for language in [Language::En, Language::Ja] {
            let word = waiting.as_str();
            assert!(
                knows(language, &format!("reason.{word}")),
                "{word} has no word in {language:?}"
            );
            let said = knows(language, &format!("wait.{word}"));
            assert_eq!(
                said,
                waiting.told_after().is_some(),
                "what to do about {word}, {language:?}"
            );
        }
    }
}

#[test]
fn a_server_that_is_away_is_told_after_six_hours() {
    let mut world = World::new(MORNING);
    let account = world.bluesky("me");
    world.post(&account, "Text");
    world.server.set_offline(true);
    world.advance("17:59:59");
    assert_eq!(told(&mut world), ("queued".to_owned(), Vec::new()));
    let ticks = world.ticks();
    world.advance("18:00");
    assert_eq!(
        told(&mut world),
        ("needs_you".to_owned(), vec!["unreachable".to_owned()])
    );
    assert!(world.ticks() > ticks, "it comes by itself");
    world.server.set_offline(false);
    world.advance("18:31");
    assert_eq!(told(&mut world), ("idle".to_owned(), Vec::new()), "it is over");
    world.judge();
}

#[test]
fn a_rate_limit_of_a_day_is_told() {
    let mut world = World::new(MORNING);
    let account = world.mastodon("me", Software::Mastodon);
    world.post(&account, "Text");
    let day = Some(SignedDuration::from_hours(24));
    world
        .server
        .refuse("post", Some(CallError::RateLimit { retry_after: day }));
    world.advance("17:59");
    assert_eq!(told(&mut world).1, Vec::<String>::new());
    world.crash();
    world.start();
    world.advance("18:00:01");
    assert_eq!(
        told(&mut world).1,
        ["retry"],
        "a restart does not begin to count anew"
    );
    world.judge();
}

#[test]
fn a_pause_without_an_end_is_told_after_a_day() {
    for (duration, expected) in [(None, vec!["paused"]), (Some("3d"), vec![])] {
        let mut world = World::new(MORNING);
        let account = world.practice("me");
        world.post(&account, "Text");
        world.ask(Request::Pause {
            duration: duration.map(str::to_owned),
            until: None,
        });
        world.advance("2026-11-25 08:59:59");
        assert_eq!(told(&mut world), ("paused".to_owned(), Vec::new()));
        world.advance("2026-11-25 09:00:01");
        assert_eq!(told(&mut world).1, expected, "{duration:?}");
        world.judge();
    }
}

#[test]
fn a_sign_in_that_is_needed_is_told_at_once() {
    let mut world = World::new(MORNING);
    let account = world.bluesky("me");
    world.post(&account, "Text");
    world.server.revoke();
    world.advance("12:01");
    assert_eq!(
        told(&mut world),
        ("needs_you".to_owned(), vec!["needs_sign_in".to_owned()])
    );
    world.judge();
}

#[test]
fn a_hold_is_told_after_a_week_and_an_approval_ends_it() {
    let mut world = World::new(MORNING);
    let account = world.practice("me");
    let held = world.post_with(&account, "Text", |input| input.hold = true);
    world.advance("2026-12-01 08:59");
    assert_eq!(told(&mut world).1, Vec::<String>::new());
    world.advance("2026-12-01 09:00:01");
    assert_eq!(told(&mut world).1, ["hold"]);
    world.ask(Request::QueueApprove {
        id: held,
        confirm_persona: false,
    });
    assert_eq!(told(&mut world).1, Vec::<String>::new());
    world.judge();
}

#[test]
fn what_has_its_time_ahead_does_not_wait_too_long() {
    let mut world = World::new(MORNING);
    let account = world.practice("me");
    world.post_at(&account, "Text", "2026-12-14 12:10");
    for _ in 0..18 {
        world.advance_by(24 * 3600);
        assert_eq!(told(&mut world), ("queued".to_owned(), Vec::new()));
    }
    world.judge();
}
