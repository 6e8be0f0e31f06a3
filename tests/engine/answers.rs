//! What each answer to the post call becomes (RULES.md 4).

use jiff::SignedDuration;
use kossori_api::MediaInput;
use kossori_core::answer::{Receipt, Refusal};
use kossori_core::network::Software;
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
        client_id: None,
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

/// Of a thread each part's answer counts, and the rest waits for a person's word: they would come out as wide.
#[test]
fn a_visibility_that_differs_in_a_thread_is_journalled_with_its_part() {
    for part in 0..2 {
        let mut world = World::new(MORNING);
        let account = world.mastodon("me", kossori_core::network::Software::Mastodon);
        let delivery = world.post_with(&account, "Text one\n---\nText two\n---\nText three", |input| {
            input.content.visibility = Some(kossori_core::network::Visibility::Private);
        });
        let mut turns = vec![Turn::fine(), Turn::fine(), Turn::fine()];
        turns[part] = Turn::says(Said::PostedAs("public"));
        world.server.script(turns);
        world.advance("12:01");
        let shown = world.show(&delivery);
        assert_eq!(shown["state"], "held");
        assert_eq!(shown["parts_sent"], part + 1);
        let events = world.events(Some(&delivery));
        let told = events
            .iter()
            .filter(|event| *event == "visibility_differs")
            .count();
        assert_eq!(told, 1, "part {part}: {events:?}");
    }
}

/// A part that came before all of the network's servers knew the one before it: no part is lost by that, and none comes twice.
#[test]
fn a_part_waits_for_the_one_before_it_to_be_known() {
    let no_parent = || Turn::refused(404, Refusal::NoParent);
    for (refusals, ends) in [(1, "sent"), (3, "sent"), (4, "rejected")] {
        let mut world = World::new(MORNING);
        let account = world.mastodon("me", Software::Mastodon);
        let delivery = world.post(&account, "Text one\n---\nText two\n---\nText three");
        world.server.script([Turn::fine()]);
        world.server.script((0..refusals).map(|_| no_parent()));
        world.advance("12:00:02");
        let shown = world.show(&delivery);
        assert_eq!(
            (shown["state"].as_str(), shown["parts_sent"].as_u64()),
            (Some("queued"), Some(1))
        );
        world.advance("12:30");
        assert_eq!(world.state(&delivery), ends, "{refusals} times");
        assert_eq!(world.commits().len(), if ends == "sent" { 3 } else { 1 });
        world.judge();
    }
    // The first part answers none of its own thread: waiting changes nothing.
    let (mut world, _, delivery) = after(no_parent());
    assert_eq!(world.state(&delivery), "rejected");
    world.judge();
}

/// LinkedIn tells nobody what an account has posted, but names the twin of what it turns away (RULES.md 5).
#[test]
fn a_duplicate_that_is_named_proves_what_was_lost_and_nothing_else() {
    let twin = || Receipt {
        ids: vec!["urn:li:share:7".to_owned()],
        url: Some("https://www.linkedin.com/feed/update/urn:li:share:7/".to_owned()),
        ..Receipt::default()
    };
    let named = || Turn::refused(422, Refusal::DuplicateOf(Box::new(twin())));
    let morning = || {
        let mut world = World::new(MORNING);
        let account = world.bluesky("me");
        let delivery = world.post(&account, "Text");
        world.server.set_cannot_tell();
        (world, delivery)
    };
    // Lost, said not to be there, sent again: then it was there.
    let (mut world, delivery) = morning();
    world.server.script([Turn::lost_after_commit(), named()]);
    world.advance("12:11");
    assert_eq!(world.state(&delivery), "needs_you");
    world.ask(kossori_api::Request::QueueResolve {
        id: delivery.clone(),
        resolution: kossori_api::Resolution::NotThere,
    });
    world.advance("12:50");
    let shown = world.show(&delivery);
    assert_eq!(shown["state"], "sent");
    assert_eq!(shown["url"].as_str(), twin().url.as_deref());
    assert_eq!(world.commits().len(), 1);
    // Nothing was lost before: it may be something else of the same words, and a person has to look.
    let (mut world, delivery) = morning();
    world.server.script([named()]);
    world.advance("12:11");
    let shown = world.show(&delivery);
    assert_eq!(shown["state"], "needs_you");
    assert_eq!(shown["alike"].as_str(), twin().url.as_deref());
    // And where that person says that it is something else, no second refusal makes it theirs.
    world.server.script([named()]);
    world.ask(kossori_api::Request::QueueResolve {
        id: delivery.clone(),
        resolution: kossori_api::Resolution::NotThere,
    });
    world.advance("12:50");
    let shown = world.show(&delivery);
    assert_eq!(shown["state"], "needs_you");
    assert_eq!(world.server.calls("post").len(), 2);
    world.judge();
}
