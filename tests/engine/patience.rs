//! What waits too long is told, at the moment at which it has, and with what to do about it.

use jiff::SignedDuration;
use kossori_api::{PeriodInput, Request, SecretInput};
use kossori_core::answer::Refusal;
use kossori_core::network::Software;
use kossori_core::waiting::Waiting;
use kossori_engine::ports::CallError;
use kossori_messages::{Language, knows};
use serde_json::Value;

use crate::support::simulated::{Turn, World, at};

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

/// Where nothing waits yet, too: a sign-in before it ends costs no post.
#[test]
fn a_session_that_ends_is_told_two_days_before() {
    let mut world = World::new(MORNING);
    world.server.set_session_ends(Some(at("2026-11-27 12:00")));
    let account = world.bluesky("me");
    world.advance("2026-11-25 11:59:59");
    assert_eq!(told(&mut world).1, Vec::<String>::new());
    world.advance("2026-11-25 12:00");
    assert_eq!(told(&mut world).1, ["session_ends"]);
    world.server.set_session_ends(Some(at("2027-01-24 12:00")));
    world.ask(Request::AccountSignIn {
        id: account,
        secret: Some(SecretInput::new("secret".to_owned())),
        client_id: None,
    });
    assert_eq!(told(&mut world).1, Vec::<String>::new());
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

/// Between two refusals it is tried, and does not wait: that begins nothing anew.
#[test]
fn a_server_that_refuses_again_and_again_is_told_after_six_hours() {
    // A Saturday without work hours.
    let mut world = World::new("2026-11-28 08:00");
    world.ask(Request::WindowAdd {
        name: "day".into(),
        title: None,
        period: PeriodInput {
            days: "daily".into(),
            from: "09:00".into(),
            to: "23:00".into(),
            ..PeriodInput::default()
        },
        disabled: false,
    });
    let account = world.bluesky("me");
    let delivery = world.post(&account, "Text");
    let short = Some(SignedDuration::from_mins(4));
    world.server.script(vec![
        Turn::refused(429, Refusal::RateLimit { retry_after: short });
        200
    ]);
    while world.server.calls("post").is_empty() {
        world.advance_by(60);
    }
    let began = world.server.calls("post")[0];
    world.advance_to(began + SignedDuration::from_mins(358));
    assert_eq!(told(&mut world).1, Vec::<String>::new());
    assert_eq!(world.show(&delivery)["waits"], Value::Null);
    world.advance_to(began + SignedDuration::from_mins(366));
    let waits = [told(&mut world).1, {
        world.advance_by(60);
        told(&mut world).1
    }];
    assert!(waits.contains(&vec!["retry".to_owned()]), "{waits:?}");
    assert!(world.server.calls("post").len() > 60);
}

/// Queued, and never sent: each time that comes is slept over.
#[test]
fn what_is_slept_over_again_and_again_is_told_after_days() {
    let mut world = World::new(MORNING);
    let account = world.bluesky("me");
    let delivery = world.post(&account, "Text");
    for day in 24..26 {
        world.advance(&format!("2026-11-{day} 10:00"));
        world.sleep_over(&format!("2026-11-{day} 14:05"));
        assert_eq!(told(&mut world).1, Vec::<String>::new(), "day {day}");
        world.advance(&format!("2026-11-{day} 15:00"));
        world.sleep_over(&format!("2026-11-{day} 23:30"));
    }
    // A program that is started anew has not forgotten.
    world.crash();
    world.start();
    world.advance("2026-11-26 10:00");
    world.sleep_over("2026-11-26 14:06");
    assert_eq!(
        told(&mut world),
        ("needs_you".to_owned(), vec!["overslept".to_owned()])
    );
    assert_eq!(world.show(&delivery)["waits"], "overslept");
    assert!(world.commits().is_empty());
    world.advance("2026-11-26 20:00");
    assert_eq!(world.state(&delivery), "sent");
    assert_eq!(told(&mut world), ("idle".to_owned(), Vec::new()));
    world.judge();
}

/// One night, and then its time lies ahead for days: that is the plan's.
#[test]
fn what_was_slept_over_once_is_not_told() {
    let mut world = World::new("2026-11-22 12:00");
    world.ask(Request::WindowAdd {
        name: "sunday".into(),
        title: None,
        period: PeriodInput {
            days: "sun".into(),
            from: "20:00".into(),
            to: "21:00".into(),
            ..PeriodInput::default()
        },
        disabled: false,
    });
    let account = world.bluesky("me");
    let delivery = world.post_with(&account, "Text", |input| {
        input.when = kossori_api::WhenInput::Window("sunday".into());
    });
    world.advance("19:00");
    world.sleep_over("2026-11-23 09:00");
    for day in 23..29 {
        world.advance(&format!("2026-11-{day} 19:00"));
        assert_eq!(told(&mut world).1, Vec::<String>::new(), "day {day}");
    }
    world.advance("2026-11-29 21:30");
    assert_eq!(world.state(&delivery), "sent");
}

/// The machine was awake each time: what held it back has a word of its own.
#[test]
fn what_was_tried_when_its_time_came_is_not_called_slept_over() {
    let mut world = World::new(MORNING);
    let account = world.bluesky("me");
    world.post(&account, "Text");
    world.server.set_offline(true);
    world.advance("2026-11-28 20:00");
    assert_eq!(told(&mut world).1, ["unreachable"]);
    world.server.set_offline(false);
    world.advance("2026-11-29 13:00");
    assert_eq!(told(&mut world), ("idle".to_owned(), Vec::new()));
    world.judge();
}

/// It was reached in between: what fails after that begins anew.
#[test]
fn a_server_that_answered_in_between_has_not_been_away_for_hours() {
    let mut world = World::new(MORNING);
    let account = world.bluesky("me");
    world.post(&account, "Text");
    world.server.set_offline(true);
    world.advance("18:00");
    assert_eq!(told(&mut world).1, ["unreachable"]);
    world.server.set_offline(false);
    world.ask(Request::AccountCheck { id: account.clone() });
    assert_eq!(told(&mut world).1, Vec::<String>::new());
    world.server.set_offline(true);
    world.advance("18:45");
    let health = world.ask(Request::AccountList)["accounts"][0]["health"].clone();
    assert_eq!(health, "unreachable");
    assert_eq!(told(&mut world).1, Vec::<String>::new());
}

/// The program ends right after: what is over stays over.
#[test]
fn what_was_over_when_the_program_ended_is_not_told_by_the_next() {
    let mut world = World::new(MORNING);
    let account = world.mastodon("me", Software::Mastodon);
    let delivery = world.post(&account, "Text");
    let wait = Some(SignedDuration::from_hours(9));
    world
        .server
        .refuse("post", Some(CallError::RateLimit { retry_after: wait }));
    world.advance("18:30");
    assert_eq!(told(&mut world).1, ["retry"]);
    world.server.refuse("post", None);
    world.ask(Request::QueueRetry { id: delivery.clone() });
    world.advance("18:35");
    assert_eq!(world.state(&delivery), "sent");
    world.crash();
    world.start();
    assert_eq!(told(&mut world), ("idle".to_owned(), Vec::new()));
}

/// One after another they wait for more than a week, and the second of them does not.
#[test]
fn each_waits_for_itself() {
    let mut world = World::new(MORNING);
    let account = world.practice("me");
    let first = world.post_with(&account, "Text", |input| input.hold = true);
    world.advance("2026-11-30 09:00");
    let second = world.post_with(&account, "Text two", |input| input.hold = true);
    world.advance("2026-12-01 09:00:01");
    assert_eq!(told(&mut world).1, ["hold"]);
    assert_eq!(world.show(&first)["waits"], "hold");
    assert_eq!(world.show(&second)["waits"], Value::Null, "not this one");
    world.ask(Request::QueueRemove {
        id: first,
        discard: true,
    });
    world.advance("2026-12-02 09:00");
    assert_eq!(told(&mut world).1, Vec::<String>::new());
}

/// What a person ended begins anew.
#[test]
fn a_hold_after_a_hold_is_a_new_one() {
    let mut world = World::new(MORNING);
    let account = world.practice("me");
    let held = world.post_with(&account, "Text", |input| input.hold = true);
    world.advance("2026-12-02 14:00");
    assert_eq!(told(&mut world).1, ["hold"]);
    world.ask(Request::QueueApprove {
        id: held.clone(),
        confirm_persona: false,
        anyway: false,
    });
    world.advance("2026-12-02 14:01");
    world.ask(Request::QueueHold {
        id: held.clone(),
        until: None,
        zone: None,
    });
    world.advance("2026-12-02 14:02");
    assert_eq!(world.state(&held), "held");
    assert_eq!(told(&mut world).1, Vec::<String>::new());
}

#[test]
fn a_server_that_turns_the_account_away_is_not_called_unreachable() {
    let mut world = World::new(MORNING);
    let account = world.bluesky("me");
    let delivery = world.post(&account, "Text");
    let no = CallError::Refused {
        status: 403,
        code: "AccountSuspended".to_owned(),
        words: "Account is suspended".to_owned(),
    };
    world.server.refuse("author", Some(no));
    world.advance("12:30");
    let health = |world: &mut World| world.ask(Request::AccountList)["accounts"][0]["health"].clone();
    assert_eq!(health(&mut world), "refused");
    assert_eq!(told(&mut world).1, Vec::<String>::new());
    world.advance("18:01");
    assert_eq!(told(&mut world).1, ["refused"]);
    assert_eq!(world.show(&delivery)["waits"], "refused");
    world.server.refuse("author", None);
    world.advance("18:31");
    assert_eq!(world.state(&delivery), "sent");
    assert_eq!(health(&mut world), "ok");
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
        anyway: false,
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
