//! Clocks that jump, keyrings that lock, disks that fill, folders that are copies, servers that are away.

use jiff::SignedDuration;
use kossori_api::{Code, Request};
use kossori_core::network::Software;
use kossori_engine::ports::{StoreError, VaultError};

use crate::support::simulated::{Turn, World, at, page};

const MORNING: &str = "2026-11-24 09:00";

#[test]
fn a_clock_that_jumps_stops_claims_until_a_person_confirms() {
    for jump in ["12:10", "2026-11-24 07:10"] {
        let mut world = World::new(MORNING);
        let account = world.practice("me");
        let delivery = world.post(&account, "Text");
        world.advance("09:10");
        world.set_clock(jump);
        world.advance_by(30);
        assert_eq!(
            world.ask(Request::Status)["reason"],
            "clock_unsure",
            "jumped to {jump}"
        );
        world.advance("12:40");
        assert!(world.timeline(&account).is_empty(), "jumped to {jump}");
        assert_eq!(world.reason(&delivery).as_deref(), Some("clock_unsure"));
        world.ask(Request::ClockConfirm);
        world.advance("12:59");
        assert_eq!(world.state(&delivery), "sent", "jumped to {jump}");
        world.judge();
    }
}

#[test]
fn a_clock_set_back_before_the_newest_row_can_be_confirmed_at_once() {
    let mut world = World::new("2026-11-24 18:00");
    let account = world.practice("me");
    let delivery = world.post(&account, "Text");
    world.set_clock("12:10");
    world.advance_by(1);
    assert_eq!(world.ask(Request::Status)["reason"], "clock_unsure");
    world.ask(Request::ClockConfirm);
    world.advance("12:11");
    assert_eq!(
        world.ask(Request::Status)["reason"],
        serde_json::Value::Null,
        "rows of 18:00 are in the journal"
    );
    // The stored time lies ahead and is allowed: it stands.
    world.advance("18:31");
    assert_eq!(world.state(&delivery), "sent");
    world.judge();
}

#[test]
fn a_servers_date_settles_the_doubt() {
    let mut world = World::new(MORNING);
    let account = world.bluesky("me");
    let delivery = world.post(&account, "Text");
    world.advance("09:10");
    world.set_clock("11:30");
    world.advance("12:00:30");
    assert_eq!(
        world.state(&delivery),
        "sent",
        "{:?}",
        world.server.calls("author")
    );
    world.judge();
}

#[test]
fn a_server_that_disagrees_stops_the_first_claim() {
    let mut world = World::new(MORNING);
    let account = world.bluesky("me");
    let delivery = world.post(&account, "Text");
    world.server.set_clock_off(SignedDuration::from_mins(10));
    world.advance("12:40");
    assert!(world.commits().is_empty());
    assert_eq!(world.reason(&delivery).as_deref(), Some("clock_unsure"));
    assert!(
        world.server.calls("author").len() < 30,
        "{:?}",
        world.server.calls("author").len()
    );
    world.server.set_clock_off(SignedDuration::ZERO);
    world.advance("12:58");
    assert_eq!(world.state(&delivery), "sent");
    world.judge();
}

#[test]
fn sleeping_is_no_jump() {
    let mut world = World::new(MORNING);
    let account = world.practice("me");
    world.post(&account, "Text");
    world.sleep_over("11:30");
    world.advance("12:01");
    assert_eq!(world.timeline(&account).len(), 1);
    world.judge();
}

#[test]
fn behind_a_locked_keyring_nothing_is_claimed_and_practice_goes_on() {
    let mut world = World::new(MORNING);
    let account = world.bluesky("me");
    let practice = world.practice("here");
    let delivery = world.post(&account, "Text");
    world.post(&practice, "Text for practice");
    world.crash();
    world.start();
    world.vault.shut(Some(VaultError::Locked));
    world.advance("12:10");
    assert_eq!(world.state(&delivery), "queued");
    assert_eq!(world.reason(&delivery).as_deref(), Some("keyring_locked"));
    assert_eq!(world.timeline(&practice).len(), 1);
    assert!(world.server.calls("post").is_empty());
    assert_eq!(world.show(&delivery)["attempts"], 0, "it was not claimed");
    world.vault.shut(None);
    world.advance("12:15");
    assert_eq!(world.state(&delivery), "sent");
    world.judge();
}

#[test]
fn a_keyring_that_locks_with_the_screen_does_not_stop_lunch() {
    let mut world = World::new(MORNING);
    let account = world.bluesky("me");
    world.crash();
    world.start();
    let delivery = world.post(&account, "Text");
    world.advance("11:44");
    assert_eq!(
        world.vault.reads(),
        1,
        "only the question whether it is open, at sign-in: 15 min before is soon enough"
    );
    world.advance("11:50");
    assert_eq!(world.vault.reads(), 2);
    world.vault.shut(Some(VaultError::Locked));
    // The network is away too, for a moment.
    world.server.set_offline(true);
    world.advance("12:00:20");
    world.server.set_offline(false);
    world.advance("12:10");
    assert_eq!(world.state(&delivery), "sent");
    world.judge();
}

#[test]
fn tokens_that_would_end_in_the_window_are_refreshed_before_it() {
    let mut world = World::new(MORNING);
    let account = world.bluesky("me");
    world.crash();
    world.start();
    world.post(&account, "Text");
    world.server.set_access_ends(Some(at("2026-11-24 12:05")));
    world.advance("11:59");
    let refreshes = world.server.calls("refresh");
    assert_eq!(refreshes.len(), 1, "{refreshes:?}");
    let ahead = at("2026-11-24 12:00").duration_since(refreshes[0]);
    assert!(
        (10..=30).contains(&ahead.as_mins()),
        "{ahead:#} before the window"
    );
    world.advance("12:01");
    assert_eq!(world.commits().len(), 1);
    world.judge();
}

#[test]
fn a_practice_post_is_on_time() {
    let mut world = World::new(MORNING);
    let account = world.practice("me");
    for (n, when) in ["12:00:07", "12:13:11", "12:31:59", "12:44:44"]
        .iter()
        .enumerate()
    {
        world.post_at(&account, &format!("Text {n}"), &format!("2026-11-24 {when}"));
    }
    world.advance("13:00");
    let times: Vec<_> = world.timeline(&account).into_iter().map(|(_, at)| at).collect();
    let asked =
        ["12:00:07", "12:13:11", "12:31:59", "12:44:44"].map(|when| at(&format!("2026-11-24 {when}")));
    assert_eq!(times, asked);
    world.judge();
}

#[test]
fn a_server_that_is_away_is_asked_calmly() {
    let mut world = World::new(MORNING);
    let account = world.bluesky("me");
    let delivery = world.post(&account, "Text");
    world.server.set_offline(true);
    world.advance("12:30");
    let calls = world.server.calls("author").len();
    assert!((1..=62).contains(&calls), "{calls} calls in half an hour");
    world.server.set_offline(false);
    world.advance("12:32");
    assert_eq!(world.state(&delivery), "sent");
    let list = world.ask(Request::AccountList);
    assert_eq!(list["accounts"][0]["health"], "ok");
    world.judge();
}

#[test]
fn a_full_disk_leaves_nothing_half_done() {
    for error in [StoreError::Full, StoreError::ReadOnly] {
        let mut world = World::new(MORNING);
        let account = world.bluesky("me");
        let delivery = world.post(&account, "Text");
        world.store.refuse(Some(error.clone()));
        let code = world.refusal(Request::PostAdd(crate::support::simulated::input(
            &[&account],
            "Text too",
            |_| {},
        )));
        assert!(matches!(code, Code::DiskFull | Code::FolderReadOnly), "{code}");
        world.advance("12:10");
        assert!(
            world.server.calls("post").is_empty(),
            "nothing is sent that could not be written down first"
        );
        let reason = Some(code.as_str());
        assert_eq!(world.reason(&delivery).as_deref(), reason, "the person is told");
        let status = world.ask(Request::Status);
        assert_eq!(
            (status["state"].as_str(), status["reason"].as_str()),
            (Some("needs_you"), reason)
        );
        world.store.refuse(None);
        assert_eq!(world.ask(Request::Status)["reason"], serde_json::Value::Null);
        assert_eq!(world.state(&delivery), "queued");
        let list = world.ask(Request::QueueList { all: true });
        assert_eq!(list["deliveries"].as_array().map(Vec::len), Some(1));
        world.advance("12:15");
        assert_eq!(world.state(&delivery), "sent");
        assert_eq!(world.commits().len(), 1);
        world.judge();
    }
}

#[test]
fn a_disk_that_fills_during_the_post_call_loses_no_answer() {
    let mut world = World::new(MORNING);
    let account = world.bluesky("me");
    let delivery = world.post(&account, "Text");
    world.server.script([Turn::slow(3, 3)]);
    world.advance("12:00:02");
    world.store.refuse(Some(StoreError::Full));
    world.advance("12:05");
    world.store.refuse(None);
    world.advance("12:06");
    assert_eq!(world.state(&delivery), "sent");
    assert_eq!(world.server.calls("post").len(), 1);
    world.judge();
}

#[test]
fn a_look_that_cannot_be_written_down_does_not_spin() {
    let mut world = World::new(MORNING);
    let account = world.mastodon("me", Software::Unknown);
    let delivery = world.post(&account, "Text");
    world.server.script([Turn::lost_before_commit()]);
    world.advance("12:00:01");
    world.store.refuse(Some(StoreError::Full));
    world.advance("12:10");
    let looks = world.server.calls("look").len();
    assert!(looks < 30, "{looks} looks in ten minutes");
    world.store.refuse(None);
    world.advance("12:30");
    assert_eq!(world.state(&delivery), "needs_you");
    world.judge();
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
    let engine = world.engine();
    let _ = lost;
    world
        .block_on(async move { engine.adopt(Vec::new()).await })
        .expect("adopted");
    assert_eq!(world.state(&waiting), "held", "the other folder may have sent it");
    world.advance("23:00");
    assert!(world.server.calls("post").is_empty());
    world.ask(Request::QueueApprove {
        id: waiting.clone(),
        confirm_persona: false,
        anyway: false,
    });
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
    world.engine().set_folder_is_a_copy(true);
    let engine = world.engine();
    world
        .block_on(async move { engine.adopt(Vec::new()).await })
        .expect("adopted");
    let id = world.server.posted_elsewhere("Text one");
    let approve = |anyway| Request::QueueApprove {
        id: waiting.clone(),
        confirm_persona: false,
        anyway,
    };
    let refusal = world.try_ask(approve(false)).expect_err("it may be there");
    assert_eq!(refusal.code.as_str(), "may_be_there");
    assert_eq!(refusal.args.get("url"), Some(&page(&id)));
    assert_eq!(world.state(&waiting), "held");
    world.ask(approve(true));
    assert_eq!(world.state(&waiting), "queued");

    world.server.posted_elsewhere("Text two");
    world.ask(Request::QueueHold {
        id: waiting.clone(),
        until: None,
        zone: None,
    });
    assert_eq!(world.refusal(approve(false)).as_str(), "already_there");
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
    let wait = Some(SignedDuration::from_hours(2));
    world.server.script([Turn {
        commits: true,
        ..Turn::refused(
            429,
            kossori_core::answer::Refusal::RateLimit { retry_after: wait },
        )
    }]);
    world.advance("12:05");
    assert_eq!(world.state(&delivery), "queued");
    world.engine().set_folder_is_a_copy(true);
    let engine = world.engine();
    world
        .block_on(async move { engine.adopt(Vec::new()).await })
        .expect("adopted");
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
    let wait = Some(SignedDuration::from_hours(2));
    world.server.script([
        Turn::fine(),
        Turn {
            commits: true,
            ..Turn::refused(
                429,
                kossori_core::answer::Refusal::RateLimit { retry_after: wait },
            )
        },
    ]);
    let delivery = world.post(&account, "Text one\n---\nText two\n---\nText three");
    world.advance("12:01");
    assert_eq!(world.state(&delivery), "queued");
    world.engine().set_folder_is_a_copy(true);
    let engine = world.engine();
    world
        .block_on(async move { engine.adopt(Vec::new()).await })
        .expect("adopted");
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
