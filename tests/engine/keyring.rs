//! A keyring that is locked while a post is due: it is not polled (RULES.md 6).

use kossori_api::Request;
use kossori_core::network::Software;
use kossori_engine::ports::VaultError;

use crate::support::simulated::World;

/// Break, no jitter: what is due goes at once, and an hour of open window lies ahead.
fn due_behind(why: VaultError) -> (World, String, u64) {
    let mut world = World::new("2026-11-24 09:00");
    let account = world.bluesky("me");
    let delivery = world.post(&account, "Text");
    world.crash();
    world.start();
    world.vault.shut(Some(why));
    let before = world.vault.reads();
    world.advance("12:00");
    (world, delivery, before)
}

#[test]
fn an_hour_of_open_window_behind_a_locked_keyring_asks_it_a_handful_of_times() {
    let (mut world, delivery, before) = due_behind(VaultError::Locked);
    world.advance("12:59:59");
    let asked = world.vault.reads() - before;
    // 15 minutes before the window; at the time that was drawn, and when it was drawn again.
    assert_eq!(asked, 3, "in the hour and the quarter before it");
    assert_eq!(world.state(&delivery), "queued");
    assert_eq!(world.show(&delivery)["attempts"], 0);
    assert_eq!(
        world.planned(&delivery),
        None,
        "no time in a window that it cannot use"
    );
    assert_eq!(world.reason(&delivery).as_deref(), Some("keyring_locked"));
    let ticks = world.ticks();
    world.advance("18:00");
    assert_eq!(
        world.vault.reads() - before,
        asked,
        "nothing is asked while it is shut"
    );
    assert!(world.ticks() - ticks < 6, "nor is anybody woken for it");
    // The evening is another stretch, with chances of its own.
    world.advance("22:29");
    assert_eq!(world.vault.reads() - before, 6);
    world.judge();
}

#[test]
fn status_speaks_of_the_keyring_only_while_something_waits_for_it() {
    for takes_back in [
        |id: &str| Request::QueueRemove {
            id: id.to_owned(),
            discard: true,
        },
        |id: &str| Request::QueueHold {
            id: id.to_owned(),
            until: None,
            zone: None,
        },
    ] {
        let (mut world, delivery, _) = due_behind(VaultError::Locked);
        assert_eq!(world.ask(Request::Status)["reason"], "keyring_locked");
        world.ask(takes_back(&delivery));
        assert_eq!(
            world.ask(Request::Status)["reason"],
            serde_json::Value::Null,
            "nobody asks it for anything, so nobody would learn that it opened"
        );
        world.judge();
    }
}

#[test]
fn the_drawn_moment_has_its_chance_however_late_it_lies() {
    let mut world = World::new("2026-11-24 09:00");
    world.ask(kossori_api::Request::SpacingSet {
        account: None,
        gap_minutes: None,
        per_window: None,
        jitter: Some(true),
        persona_gap_minutes: None,
    });
    let account = world.bluesky("me");
    let delivery = world.post(&account, "Text");
    let drawn = world.planned(&delivery).expect("a time");
    let opens = crate::support::simulated::at("2026-11-24 12:00");
    assert!(drawn - opens > jiff::SignedDuration::from_mins(2), "{drawn}");
    world.crash();
    world.start();
    world.vault.shut(Some(VaultError::Locked));
    world.advance("12:02");
    assert_eq!(world.planned(&delivery), Some(drawn), "its time stands");
    let before = world.vault.reads();
    world.vault.open_silently();
    world.advance("12:16");
    assert_eq!(
        world.vault.reads() - before,
        2,
        "asked at its moment, for proxy and tokens, and not before"
    );
    assert_eq!(world.state(&delivery), "sent");
    world.judge();
}

#[test]
fn its_signal_sends_what_waits_at_once() {
    let (mut world, delivery, before) = due_behind(VaultError::Locked);
    world.advance("12:20:07");
    let asked = world.vault.reads() - before;
    world.vault.shut(None);
    world.settle();
    assert_eq!(world.state(&delivery), "sent", "at the very moment");
    assert_eq!(world.vault.reads() - before, asked + 2, "proxy and tokens");
    assert_eq!(world.ask(Request::Status)["reason"], serde_json::Value::Null);
    world.judge();
}

/// PAM unlocks gnome-keyring without a word: the plan's own second time finds it open.
#[test]
fn an_unlocking_that_nobody_announced_is_found_when_the_time_is_drawn_again() {
    let (mut world, delivery, _) = due_behind(VaultError::Locked);
    world.advance("12:00:30");
    world.vault.open_silently();
    world.advance("12:00:59");
    assert_eq!(world.state(&delivery), "queued");
    world.advance("12:01:05");
    assert_eq!(world.state(&delivery), "sent");
    world.judge();
}

#[test]
fn a_person_who_wants_it_sent_is_believed_to_have_opened_it() {
    for request in [
        |_: &str| Request::BreakNow {
            minutes: 30,
            accounts: Vec::new(),
            practice_only: false,
        },
        |delivery: &str| Request::QueueRetry {
            id: delivery.to_owned(),
        },
    ] {
        let (mut world, delivery, before) = due_behind(VaultError::Locked);
        world.advance("12:20");
        let asked = world.vault.reads() - before;
        let request = request(&delivery);
        world.ask(request.clone());
        assert_eq!(world.vault.reads() - before, asked + 1, "once, still locked");
        world.advance("12:29");
        assert_eq!(world.vault.reads() - before, asked + 1, "and not again");
        world.vault.open_silently();
        world.ask(request);
        world.advance("12:30");
        assert_eq!(world.state(&delivery), "sent");
        world.judge();
    }
}

/// New tokens came in and were kept: it is open, whatever it said.
#[test]
fn who_signs_in_again_does_not_wait_for_it_any_more() {
    let (mut world, delivery, _) = due_behind(VaultError::Locked);
    world.advance("12:20");
    world.vault.open_silently();
    let account = world.show(&delivery)["account"]
        .as_str()
        .expect("an id")
        .to_owned();
    world.ask(Request::AccountSignIn {
        id: account,
        secret: Some(kossori_api::SecretInput::new("password".to_owned())),
        client_id: None,
    });
    world.settle();
    assert_eq!(world.state(&delivery), "sent");
    world.judge();
}

#[test]
fn a_host_that_unlocks_it_for_a_person_says_so() {
    let (mut world, delivery, _) = due_behind(VaultError::Locked);
    world.advance("12:20");
    world.vault.open_silently();
    world.engine().keyring_opened();
    world.settle();
    assert_eq!(world.state(&delivery), "sent");
    world.judge();
}

/// It says that it is open and gives nothing, as when another of its collections stays locked.
#[test]
fn a_keyring_that_calls_itself_open_and_gives_nothing_is_not_asked_in_a_loop() {
    let mut world = World::new("2026-11-24 09:00");
    let account = world.bluesky("me");
    world.post(&account, "Text");
    world.crash();
    world.start();
    world.vault.shut(Some(VaultError::Locked));
    world.vault.pretend_open();
    let before = world.vault.reads();
    world.advance("12:59");
    let asked = world.vault.reads() - before;
    // Of each stretch, three signals are believed besides its two chances.
    assert!((4..=10).contains(&asked), "{asked} times");
    world.judge();
}

#[test]
fn each_way_of_not_answering_has_a_name_of_its_own() {
    for (why, word) in [
        (VaultError::Locked, "keyring_locked"),
        (VaultError::Absent, "keyring_absent"),
        (VaultError::TimedOut, "keyring_timed_out"),
        (VaultError::Broken, "keyring_broken"),
    ] {
        let (mut world, delivery, _) = due_behind(why);
        world.advance("12:10");
        let status = world.ask(Request::Status);
        assert_eq!(status["reason"], word);
        assert_eq!(status["state"], "needs_you", "{word}");
        assert_eq!(world.reason(&delivery).as_deref(), Some(word));
        world.vault.shut(None);
        if matches!(why, VaultError::Locked | VaultError::Absent) {
            world.settle();
        } else {
            // Nobody tells that it has come to itself.
            world.advance("12:16");
        }
        assert_eq!(world.state(&delivery), "sent", "{word}");
    }
}

#[test]
fn a_keyring_that_is_stuck_is_asked_ever_less() {
    for why in [VaultError::TimedOut, VaultError::Broken] {
        let (mut world, _, _) = due_behind(why);
        let before = world.vault.reads();
        world.advance("12:59:59");
        let asked = world.vault.reads() - before;
        // After 1, 3, 7, 15 and 31 minutes.
        assert_eq!(asked, 5, "{why}");
        world.judge();
    }
}

#[test]
fn an_exact_time_that_opens_its_own_minutes_does_not_ask_in_a_loop() {
    let mut world = World::new("2026-11-24 09:00");
    let account = world.mastodon("me", Software::Mastodon);
    let delivery = world.post_with(&account, "Text", |input| {
        input.when = kossori_api::WhenInput::At("2026-11-24 10:00".to_owned());
        input.override_window = true;
    });
    world.crash();
    world.start();
    world.vault.shut(Some(VaultError::Locked));
    let before = world.vault.reads();
    world.advance("10:05");
    assert_eq!(
        world.vault.reads() - before,
        3,
        "its own minutes are a stretch as any other: one before them, two in them"
    );
    world.allow("10:00", "10:10");
    world.vault.shut(None);
    world.settle();
    assert_eq!(world.state(&delivery), "sent");
    world.judge();
}
