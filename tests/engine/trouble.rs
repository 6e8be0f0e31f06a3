//! Clocks that jump, keyrings that lock, disks that fill, folders that are copies, servers that are away.

use jiff::SignedDuration;
use kossori_api::{Code, Request};
use kossori_core::network::Software;
use kossori_engine::ports::{StoreError, VaultError};

use crate::support::simulated::{Turn, World, at};

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
    assert_eq!(world.vault.reads(), 3, "the tokens, and whether there is a proxy");
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
