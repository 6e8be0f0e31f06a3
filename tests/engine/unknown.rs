//! Unknown outcomes: looked up, never resent blindly (RULES.md 5).

use jiff::Timestamp;
use kossori_api::{Request, Resolution};
use kossori_core::network::{Network, Software};
use serde_json::Value;

use crate::support::simulated::{Turn, World, at};

const MORNING: &str = "2026-11-24 09:00";

/// An account of each way to resend.
fn account(world: &mut World, network: Network, software: Software) -> String {
    match network {
        Network::Bluesky => world.bluesky("me"),
        _ => world.mastodon("me", software),
    }
}

fn lost(network: Network, software: Software, when: &str) -> (World, String, String) {
    let mut world = World::new(MORNING);
    let account = account(&mut world, network, software);
    let delivery = world.post_at(&account, "Text", when);
    world.server.script([Turn::lost_before_commit()]);
    world.advance_to(at(when));
    assert_eq!(world.state(&delivery), "unknown");
    (world, account, delivery)
}

fn resolve(world: &mut World, id: &str, resolution: Resolution) {
    world.ask(Request::QueueResolve {
        id: id.to_owned(),
        resolution,
    });
}

fn moments(times: &[&str]) -> Vec<Timestamp> {
    times
        .iter()
        .map(|time| at(&format!("2026-11-24 {time}")))
        .collect()
}

/// What would be sent again is another call, which may make a second copy (a later part on Threads): it is looked for as often as
/// anything, and then a person is asked, though the network has keys.
#[test]
fn what_is_not_called_absent_is_never_sent_again_by_itself() {
    let (mut world, _, delivery) = lost(Network::Bluesky, Software::Unknown, "2026-11-24 12:20");
    world.server.never_absent();
    world.advance("12:29:50");
    assert_eq!(world.state(&delivery), "unknown");
    assert_eq!(world.server.calls("look").len(), 3);
    world.advance("12:30:02");
    assert_eq!(world.state(&delivery), "needs_you");
    assert_eq!(world.server.calls("post").len(), 1);
    resolve(&mut world, &delivery, Resolution::NotThere);
    world.advance("12:59");
    assert_eq!(world.state(&delivery), "sent");
    assert_eq!(world.commits().len(), 1);
    world.judge();
}

/// The token ends while the outcome is asked for: that says nothing of the post.
#[test]
fn a_look_that_is_turned_away_refreshes_and_looks_again() {
    for taken in [true, false] {
        let mut world = World::new(MORNING);
        let account = world.bluesky("me");
        let delivery = world.post_at(&account, "Text", "2026-11-24 12:20");
        world.server.script([if taken {
            Turn::lost_after_commit()
        } else {
            Turn::lost_before_commit()
        }]);
        world.advance("12:20:01");
        assert_eq!(world.state(&delivery), "unknown");
        world.server.expire_access();
        world.advance("12:20:03");
        assert_eq!(world.server.calls("refresh").len(), 1);
        let shown = world.show(&delivery);
        let expected = if taken { "sent" } else { "unknown" };
        assert_eq!(
            (&shown["state"], &shown["code"]),
            (&expected.into(), &Value::Null)
        );
        world.advance("13:00");
        assert_eq!(world.state(&delivery), "sent");
        assert_eq!(world.commits().len(), 1);
        world.judge();
    }
}

#[test]
fn it_looks_after_2_15_60_seconds_10_minutes_and_then_hourly() {
    let (mut world, _, delivery) = lost(Network::Mastodon, Software::Unknown, "2026-11-24 12:20");
    world.server.set_offline(true);
    world.advance("15:29");
    let looks = world.server.calls("look");
    assert_eq!(
        looks,
        moments(&["12:20:02", "12:20:15", "12:21", "12:30", "13:30", "14:30"])
    );
    assert_eq!(world.state(&delivery), "unknown");
    // 24 h without a look that succeeded: the person is asked.
    world.advance("2026-11-25 12:19");
    assert_eq!(world.state(&delivery), "unknown");
    world.advance("2026-11-25 12:31");
    assert_eq!(world.state(&delivery), "needs_you");
    assert!(
        world.events(Some(&delivery)).len() <= 25,
        "{:?}",
        world.events(Some(&delivery))
    );
    world.judge();
}

#[test]
fn what_may_be_resent_is_after_the_60_s_look() {
    for (network, software) in [
        (Network::Bluesky, Software::Unknown),
        (Network::Mastodon, Software::Mastodon),
    ] {
        let (mut world, _, delivery) = lost(network, software, "2026-11-24 12:20");
        world.advance("12:20:59");
        assert_eq!(world.server.calls("post").len(), 1);
        world.advance("12:21:01");
        assert_eq!(world.server.calls("post").len(), 2, "{network}");
        assert_eq!(world.state(&delivery), "sent");
        assert_eq!(world.commits()[0].at, at("2026-11-24 12:21"));
        assert!(world.events(Some(&delivery)).contains(&"resent".to_owned()));
        world.judge();
    }
}

#[test]
fn with_no_span_open_the_same_key_goes_in_the_next() {
    let (mut world, _, delivery) = lost(Network::Bluesky, Software::Unknown, "2026-11-24 12:59");
    world.advance("18:29");
    assert_eq!(world.server.calls("post").len(), 1);
    world.advance("18:31");
    assert_eq!(world.state(&delivery), "sent");
    world.judge();
}

#[test]
fn an_idempotency_key_is_never_used_beyond_its_life() {
    // No span is open after the 60 s look, and in the evening the key is too old: the person is asked.
    let (mut world, _, delivery) = lost(Network::Mastodon, Software::Mastodon, "2026-11-24 12:59");
    world.advance("23:00");
    assert_eq!(
        world.server.calls("post").len(),
        1,
        "{:?}",
        world.server.calls("post")
    );
    assert_eq!(world.state(&delivery), "needs_you");
    world.judge();

    // Taken for absent, resent, rate-limited until the key is too old: not sent again either.
    let (mut world, _, delivery) = lost(Network::Mastodon, Software::Mastodon, "2026-11-24 18:40");
    let wait = Some(jiff::SignedDuration::from_mins(55));
    world.server.script([Turn::refused(
        429,
        kossori_core::answer::Refusal::RateLimit { retry_after: wait },
    )]);
    world.advance("22:30");
    assert_eq!(
        world.server.calls("post").len(),
        2,
        "{:?}",
        world.server.calls("post")
    );
    assert_eq!(world.state(&delivery), "needs_you");
    world.judge();
}

#[test]
fn unknown_software_is_never_resent_and_the_person_is_asked() {
    let (mut world, account, delivery) = lost(Network::Mastodon, Software::Unknown, "2026-11-24 12:20");
    world.advance("12:29");
    assert_eq!(world.state(&delivery), "unknown");
    world.advance("12:30");
    assert_eq!(world.state(&delivery), "needs_you");
    let other = world.post(&account, "Text other");
    world.advance("2026-11-25 23:00");
    assert_eq!(world.state(&other), "sent", "needs_you blocks nothing behind it");
    assert_eq!(world.commits().len(), 1);
    assert_eq!(world.state(&delivery), "needs_you");
    world.judge();
}

#[test]
fn software_is_asked_before_a_resend() {
    let (mut world, _, delivery) = lost(Network::Mastodon, Software::Mastodon, "2026-11-24 12:20");
    // The server changed hands meanwhile.
    world.server.set_software(Software::Unknown);
    world.advance("14:00");
    assert_eq!(world.server.calls("post").len(), 1);
    assert_eq!(world.state(&delivery), "needs_you");
    world.judge();
}

#[test]
fn where_nobody_can_look_the_person_is_asked_at_once() {
    let (mut world, _, delivery) = lost(Network::Mastodon, Software::Unknown, "2026-11-24 12:20");
    world.server.set_cannot_tell();
    world.advance("12:20:03");
    assert_eq!(world.state(&delivery), "needs_you");
    world.judge();
}

#[test]
fn behind_an_unknown_nothing_of_that_account_goes_and_others_do() {
    let mut world = World::new(MORNING);
    let me = world.mastodon("me", Software::Unknown);
    let other = world.bluesky("other");
    let first = world.post_at(&me, "Text one", "2026-11-24 12:01");
    let behind = world.post_at(&me, "Text behind", "2026-11-24 12:05");
    let beside = world.post_at(&other, "Text beside", "2026-11-24 12:06");
    world.server.script([Turn::lost_before_commit()]);
    world.advance("12:09");
    assert_eq!(world.state(&first), "unknown");
    assert_eq!(world.state(&beside), "sent");
    assert_eq!(world.state(&behind), "queued");
    assert_eq!(world.reason(&behind).as_deref(), Some("behind_unknown"));
    world.advance("12:59");
    assert_eq!(
        world.state(&behind),
        "sent",
        "once the person is asked, it goes on"
    );
    world.judge();
}

#[test]
fn not_even_an_override_goes_past_an_unknown_of_its_account() {
    let (mut world, account, delivery) = lost(Network::Mastodon, Software::Unknown, "2026-11-24 12:58");
    let past = world.post_with(&account, "Text past", |input| {
        input.when = kossori_api::WhenInput::At("2026-11-24 13:02".into());
        input.override_window = true;
    });
    world.allow("13:02", "13:12");
    world.advance("13:07:59");
    assert_eq!(world.state(&delivery), "unknown");
    assert_eq!(world.server.calls("post").len(), 1);
    world.advance("13:12");
    assert_eq!(world.state(&delivery), "needs_you");
    assert_eq!(
        world.state(&past),
        "sent",
        "within its ten minutes, once the person is asked"
    );
    world.judge();
}

#[test]
fn a_person_says_that_it_is_there() {
    let (mut world, _, delivery) = lost(Network::Mastodon, Software::Unknown, "2026-11-24 12:20");
    world.advance("12:40");
    resolve(
        &mut world,
        &delivery,
        Resolution::There {
            url: Some("https://server.example/1".into()),
        },
    );
    let shown = world.show(&delivery);
    assert_eq!(
        (shown["state"].as_str(), shown["url"].as_str()),
        (Some("sent"), Some("https://server.example/1"))
    );
    world.advance("2026-11-25 23:00");
    assert_eq!(world.server.calls("post").len(), 1);
    world.judge();
}

#[test]
fn not_there_looks_once_more_first() {
    // It is there after all.
    let (mut world, _, delivery) = lost(Network::Mastodon, Software::Unknown, "2026-11-24 12:20");
    world.server.set_offline(true);
    world.advance("12:25");
    world.server.set_offline(false);
    let looks = world.server.calls("look").len();
    resolve(&mut world, &delivery, Resolution::NotThere);
    assert_eq!(world.server.calls("look").len(), looks + 1);
    world.advance("12:59");
    assert_eq!(
        world.state(&delivery),
        "sent",
        "absent, so it was queued again and sent"
    );
    assert_eq!(world.commits().len(), 1);
    world.judge();

    let mut world = World::new(MORNING);
    let account = world.mastodon("me", Software::Unknown);
    let delivery = world.post_at(&account, "Text", "2026-11-24 12:20");
    world.server.script([Turn::lost_after_commit()]);
    world.advance("12:20");
    world.server.set_offline(true);
    world.advance("12:25");
    world.server.set_offline(false);
    resolve(&mut world, &delivery, Resolution::NotThere);
    assert_eq!(world.state(&delivery), "sent", "the look found it");
    world.advance("23:00");
    assert_eq!(world.commits().len(), 1);
    world.judge();
}

#[test]
fn not_there_is_resent_as_it_was_frozen() {
    let (mut world, _, delivery) = lost(Network::Mastodon, Software::Unknown, "2026-11-24 12:20");
    world.advance("13:10");
    assert_eq!(world.state(&delivery), "needs_you");
    let edit = Request::QueueEdit {
        id: delivery.clone(),
        content: crate::support::simulated::content("Text other"),
        thread: false,
        numbered: false,
        confirm_persona: false,
    };
    assert_eq!(world.refusal(edit.clone()).as_str(), "frozen_for_good");
    resolve(&mut world, &delivery, Resolution::NotThere);
    assert_eq!(world.state(&delivery), "queued");
    assert_eq!(world.show(&delivery)["frozen"], true);
    assert_eq!(world.refusal(edit).as_str(), "frozen_for_good");
    world.advance("18:31");
    assert_eq!(world.state(&delivery), "sent");
    assert_eq!(
        world.server.calls("freeze").len(),
        1,
        "it is sent as it was frozen"
    );
    world.judge();
}

#[test]
fn left_stays_left() {
    let (mut world, account, delivery) = lost(Network::Mastodon, Software::Unknown, "2026-11-24 12:20");
    resolve(&mut world, &delivery, Resolution::Leave);
    assert_eq!(world.state(&delivery), "left");
    let next = world.post(&account, "Text next");
    world.advance("23:00");
    assert_eq!(world.state(&next), "sent");
    assert_eq!(world.commits().len(), 1);
    world.judge();
}

#[test]
fn an_unknown_part_makes_the_thread_unknown_and_the_rest_follows_its_proof() {
    let mut world = World::new(MORNING);
    let account = world.mastodon("me", Software::Unknown);
    let delivery = world.post(&account, "Text one\n---\nText two\n---\nText three");
    world.server.script([Turn::fine(), Turn::lost_after_commit()]);
    world.advance("12:00");
    assert_eq!(world.state(&delivery), "unknown");
    assert_eq!(world.show(&delivery)["parts_sent"], 1);
    world.advance("12:10");
    assert_eq!(world.state(&delivery), "sent");
    let commits = world.commits();
    assert_eq!(commits.len(), 3);
    assert_eq!(commits[2].reply_to.as_deref(), Some(commits[1].id.as_str()));
    world.judge();
}

#[test]
fn asleep_between_the_looks_it_looks_once_at_the_wake_up() {
    let (mut world, _, delivery) = lost(Network::Mastodon, Software::Unknown, "2026-11-24 12:20");
    world.server.set_offline(true);
    world.advance("12:20:20");
    let before = world.server.calls("look").len();
    world.sleep_over("17:00:05");
    world.advance("17:00:10");
    assert_eq!(
        world.server.calls("look").len(),
        before + 1,
        "{:?}",
        world.server.calls("look")
    );
    assert_eq!(world.state(&delivery), "unknown");
    world.judge();
}
