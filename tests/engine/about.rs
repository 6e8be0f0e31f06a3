//! A server is asked about itself once a day, when it is called anyway (RULES.md 5).

use kossori_core::network::Software;

use crate::support::simulated::{Turn, World, at};

/// A Mastodon account, and its process started anew so that the tokens are read when they are needed.
fn world_with(software: Software) -> (World, String) {
    let mut world = World::new("2026-11-24 09:00");
    let account = world.mastodon("me", software);
    world.crash();
    world.start();
    (world, account)
}

#[test]
fn a_server_is_asked_once_a_day_ahead_of_a_window() {
    let (mut world, account) = world_with(Software::Mastodon);
    world.post(&account, "Text one");
    world.advance("12:30");
    assert_eq!(world.commits().len(), 1);
    assert!(
        world.server.calls("about").is_empty(),
        "the sign-in's answer is of this morning"
    );
    world.crash();
    world.start();
    world.post_at(&account, "Text two", "2026-11-25 12:10");
    world.post_at(&account, "Text three", "2026-11-25 19:00");
    world.advance("2026-11-25 22:00");
    assert_eq!(world.commits().len(), 3);
    let asked = world.server.calls("about");
    assert_eq!(asked.len(), 1, "{asked:?}");
    let ahead = at("2026-11-25 12:00").duration_since(asked[0]);
    assert!((0..=15).contains(&ahead.as_mins()), "{ahead:#} before the window");
    // The day after too, in the same process.
    world.post_at(&account, "Text four", "2026-11-26 12:10");
    world.advance("2026-11-26 13:00");
    assert_eq!(world.server.calls("about").len(), 2);
    world.judge();
}

#[test]
fn nobody_is_woken_to_ask() {
    let (mut world, account) = world_with(Software::Mastodon);
    world.post_at(&account, "Text", "2026-11-30 12:10");
    world.settle();
    let ticks = world.ticks();
    world.advance("2026-11-30 11:44");
    assert!(world.server.calls("about").is_empty());
    assert!(
        world.ticks() - ticks <= 1,
        "{} ticks in six days",
        world.ticks() - ticks
    );
    world.judge();
}

#[test]
fn a_server_that_does_not_say_still_gets_the_post() {
    for slow in [false, true] {
        let (mut world, account) = world_with(Software::Mastodon);
        let delivery = world.post_at(&account, "Text", "2026-11-25 12:10");
        if slow {
            world.server.slow_abouts([3_600, 3_600]);
        } else {
            world.server.refuse_abouts(true);
        }
        world.advance("2026-11-25 12:11");
        assert_eq!(world.state(&delivery), "sent", "slow: {slow}");
        assert_eq!(
            world.server.calls("about").len(),
            1,
            "asked once, not at each step"
        );
        world.judge();
    }
}

/// What is not known of the server today is not relied on: an unknown outcome goes to a person.
#[test]
fn a_server_that_has_become_another_is_not_sent_to_twice() {
    let (mut world, account) = world_with(Software::Mastodon);
    let delivery = world.post_at(&account, "Text", "2026-11-25 12:10");
    world.server.set_software(Software::Unknown);
    world.server.script([Turn::lost_before_commit()]);
    world.advance("2026-11-25 12:30");
    assert_eq!(world.state(&delivery), "needs_you");
    assert_eq!(world.server.calls("post").len(), 1);
    world.judge();
}

/// The limits of today count for what was queued under yesterday's.
#[test]
fn a_limit_that_has_shrunk_is_seen_before_the_claim() {
    let (mut world, account) = world_with(Software::Mastodon);
    let delivery = world.post_at(
        &account,
        "Text of forty letters, or a few more.",
        "2026-11-25 12:10",
    );
    world.server.set_longest_text(Some(10));
    world.advance("2026-11-25 12:11");
    assert_eq!(world.state(&delivery), "rejected");
    assert!(world.server.calls("post").is_empty());
    world.judge();
}
