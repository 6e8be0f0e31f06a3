//! What each answer to the post call becomes (RULES.md 4).

use jiff::SignedDuration;
use kossori_api::MediaInput;
use kossori_core::answer::Refusal;
use kossori_engine::ports::CallError;

use crate::support::simulated::{Said, Turn, World, at};

const MORNING: &str = "2026-11-24 09:00";

/// A world with one post whose call has just met `turn` at 12:00.
fn after(turn: Turn) -> (World, String, String) {
    let mut world = World::new(MORNING);
    let account = world.bluesky("me");
    let delivery = world.post(&account, "Text");
    world.server.script([turn]);
    world.advance("12:00");
    (world, account, delivery)
}

#[test]
fn what_never_left_is_tried_again() {
    let (mut world, _, delivery) = after(Turn::never_left());
    assert_eq!(world.state(&delivery), "queued");
    world.advance("12:02");
    assert_eq!(world.state(&delivery), "sent");
    assert_eq!(world.commits().len(), 1);
    world.judge();
}

#[test]
fn a_token_that_ended_is_refreshed_once_and_kept_before_it_is_used() {
    let mut world = World::new(MORNING);
    let account = world.bluesky("me");
    let delivery = world.post(&account, "Text");
    world.advance("11:50");
    let before = world.vault.entry(&format!("account.{account}"));
    // Between the author check and the post call.
    world.server.slow_freezes([5]);
    world.advance("12:00:02");
    world.server.expire_access();
    world.advance("12:01");
    assert_eq!(world.state(&delivery), "sent");
    assert_eq!(world.server.calls("refresh").len(), 1);
    assert_ne!(world.vault.entry(&format!("account.{account}")), before);
    let posts = world.server.calls("post").len();
    assert!(posts <= 2, "{posts} post calls");
    world.judge();
}

#[test]
fn after_a_refresh_the_author_is_asked_before_the_post_call() {
    let (mut world, _, delivery) = after(Turn::refused(401, Refusal::Token));
    assert_eq!(world.state(&delivery), "sent");
    assert_eq!(world.server.calls("refresh").len(), 1);
    assert_eq!(world.server.calls("author").len(), 2, "once for each token set");
    assert_eq!(world.commits().len(), 1);
    world.judge();
}

/// The server said no to the sign-in, and no again to the pictures: nothing is in doubt, and nobody is asked.
#[test]
fn turned_away_after_a_refresh_it_is_rejected_and_not_unknown() {
    let mut world = World::new(MORNING);
    let account = world.bluesky("me");
    let delivery = world.post_with(&account, "Text", |input| {
        input.content.parts[0].media = vec![MediaInput {
            path: Some("/home/me/one.png".into()),
            alt: "one".to_owned(),
            ..MediaInput::default()
        }];
    });
    world.server.script([Turn {
        after: SignedDuration::from_secs(5),
        ..Turn::refused(401, Refusal::Token)
    }]);
    world.advance("12:00:02");
    assert_eq!(world.state(&delivery), "sending");
    let no = CallError::Refused {
        status: 403,
        code: "no".to_owned(),
        words: String::new(),
    };
    world.server.refuse("upload", Some(no));
    world.advance("12:30");
    assert_eq!(world.state(&delivery), "rejected");
    assert!(world.server.calls("look").is_empty());
    world.judge();
}

#[test]
fn twice_401_needs_a_sign_in_and_nothing_hammers_the_server() {
    let mut world = World::new(MORNING);
    let account = world.bluesky("me");
    let delivery = world.post(&account, "Text");
    world.server.script([
        Turn::refused(401, Refusal::Token),
        Turn::refused(401, Refusal::Token),
    ]);
    world.advance("12:00");
    assert_eq!(world.state(&delivery), "queued");
    assert_eq!(world.reason(&delivery).as_deref(), Some("needs_sign_in"));
    world.advance("23:00");
    assert!(
        world.server.calls("post").len() < 5,
        "{:?}",
        world.server.calls("post")
    );
    world.ask(kossori_api::Request::AccountSignIn {
        id: account,
        secret: Some(kossori_api::SecretInput::new("password".into())),
    });
    world.advance("2026-11-25 12:00");
    assert_eq!(world.state(&delivery), "sent");
    world.judge();
}

#[test]
fn a_refused_refresh_needs_a_sign_in() {
    let mut world = World::new(MORNING);
    let account = world.bluesky("me");
    let delivery = world.post(&account, "Text");
    world.server.revoke();
    world.advance("12:00");
    assert_eq!(world.reason(&delivery).as_deref(), Some("needs_sign_in"));
    world.advance("12:59");
    assert!(
        world.server.calls("refresh").len() < 5,
        "{:?}",
        world.server.calls("refresh")
    );
    assert!(world.commits().is_empty());
    let progress = world.ask(kossori_api::Request::RunProgress);
    assert_eq!(progress["done"], true, "nothing can be done now: {progress}");
    world.judge();
}

#[test]
fn a_refreshed_set_that_the_keyring_does_not_take_is_not_used_before_it_is_kept() {
    let mut world = World::new(MORNING);
    let account = world.bluesky("me");
    let delivery = world.post(&account, "Text");
    world.advance("11:50");
    world.server.expire_access();
    world.vault.refuse_writes(true);
    world.advance("12:05");
    assert!(world.commits().is_empty());
    world.vault.refuse_writes(false);
    world.advance("12:59");
    assert_eq!(world.state(&delivery), "sent");
    assert_eq!(
        world.server.calls("refresh").len(),
        1,
        "the received set was not lost"
    );
    world.judge();
}

#[test]
fn a_rate_limit_waits_as_long_as_it_says() {
    let wait = Some(SignedDuration::from_mins(20));
    let (mut world, _, delivery) = after(Turn::refused(429, Refusal::RateLimit { retry_after: wait }));
    assert_eq!(world.state(&delivery), "queued");
    assert_eq!(world.reason(&delivery).as_deref(), Some("retry"));
    world.advance("13:00");
    assert_eq!(world.commits()[0].at, at("2026-11-24 12:20"));
    world.judge();
    let (mut world, ..) = after(Turn::refused(429, Refusal::RateLimit { retry_after: None }));
    world.advance("13:00");
    assert_eq!(world.commits()[0].at, at("2026-11-24 12:15"));
    world.judge();
}

#[test]
fn out_of_credit_pauses_the_account() {
    let (mut world, account, delivery) = after(Turn::refused(402, Refusal::OutOfCredit));
    assert_eq!(world.reason(&delivery).as_deref(), Some("out_of_credit"));
    let other = world.post(&account, "Text other");
    world.advance("12:59");
    assert_eq!(world.server.calls("post").len(), 1);
    assert_eq!(world.state(&other), "queued");
    let list = world.ask(kossori_api::Request::AccountList);
    assert_eq!(list["accounts"][0]["health"], "out_of_credit");
    world.judge();
}

#[test]
fn a_plain_no_is_rejected_with_the_servers_words() {
    for status in [400, 403, 404, 413, 422] {
        let (mut world, account, delivery) = after(Turn::refused(status, Refusal::Other));
        let shown = world.show(&delivery);
        assert_eq!(shown["state"], "rejected");
        assert_eq!(shown["code"], format!("code_{status}"));
        assert_eq!(shown["server_words"], format!("Words of {status}."));
        // It blocks nothing behind it, and an edit queues it again.
        let other = world.post(&account, "Text other");
        world.advance("12:31");
        assert_eq!(world.state(&other), "sent");
        let edit = kossori_api::Request::QueueEdit {
            id: delivery.clone(),
            content: crate::support::simulated::content("Text better"),
            thread: false,
            numbered: false,
            confirm_persona: false,
        };
        world.ask(edit);
        world.advance("23:00");
        assert_eq!(world.state(&delivery), "sent");
        assert_eq!(world.commits()[1].text, "Text better");
        world.judge();
    }
}

#[test]
fn everything_else_is_unknown() {
    let turns = [
        Turn::says(Said::Lost),
        Turn::says(Said::PostedBy("somebody else")),
        Turn::says(Said::PostedByNobody),
        Turn {
            commits: true,
            ..Turn::refused(409, Refusal::Duplicate)
        },
        Turn {
            commits: true,
            ..Turn::refused(500, Refusal::Other)
        },
    ];
    for turn in turns {
        let (mut world, _, delivery) = after(turn.clone());
        assert_eq!(world.state(&delivery), "unknown", "{turn:?}");
        world.advance("12:00:02");
        assert_eq!(
            world.state(&delivery),
            "sent",
            "the first look found it: {turn:?}"
        );
        assert_eq!(world.commits().len(), 1);
        world.judge();
    }
}

#[test]
fn a_visibility_that_differs_is_journalled() {
    let mut world = World::new(MORNING);
    let account = world.mastodon("me", kossori_core::network::Software::Mastodon);
    let delivery = world.post_with(&account, "Text", |input| {
        input.content.visibility = Some(kossori_core::network::Visibility::Private);
    });
    world.server.script([Turn::says(Said::PostedAs("public"))]);
    world.advance("12:01");
    assert_eq!(world.state(&delivery), "sent");
    assert!(
        world
            .events(Some(&delivery))
            .contains(&"visibility_differs".to_owned())
    );
    world.judge();
}

/// Of a thread each part's answer counts, whatever becomes of the rest.
#[test]
fn a_visibility_that_differs_in_a_thread_is_journalled_with_its_part() {
    for part in 0..2 {
        let mut world = World::new(MORNING);
        let account = world.mastodon("me", kossori_core::network::Software::Mastodon);
        let delivery = world.post_with(&account, "Text one\n---\nText two\n---\nText three", |input| {
            input.content.visibility = Some(kossori_core::network::Visibility::Private);
        });
        let mut turns = vec![
            Turn::fine(),
            Turn::fine(),
            Turn::refused(402, Refusal::OutOfCredit),
        ];
        turns[part] = Turn::says(Said::PostedAs("public"));
        world.server.script(turns);
        world.advance("12:01");
        assert_eq!(world.show(&delivery)["parts_sent"], 2);
        let events = world.events(Some(&delivery));
        let told = events
            .iter()
            .filter(|event| *event == "visibility_differs")
            .count();
        assert_eq!(told, 1, "part {part}: {events:?}");
    }
}
