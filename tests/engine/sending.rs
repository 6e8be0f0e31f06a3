//! In the window, once, and never outside.

use jiff::SignedDuration;
use kossori_api::{Code, JournalInput, Request, WhenInput};
use kossori_core::answer::Refusal;
use kossori_core::network::{Network, Persona, Software};
use serde_json::Value;

use crate::support::simulated::{Turn, World, at, input, text};

const MORNING: &str = "2026-11-24 09:00";

#[test]
fn a_post_goes_out_in_the_window_and_once() {
    let mut world = World::new(MORNING);
    let practice = world.practice("me");
    let bluesky = world.bluesky("me.example");
    let here = world.post(&practice, "Text for practice");
    let there = world.post(&bluesky, "Text for the server");
    assert_eq!(world.planned(&here), Some(at("2026-11-24 12:00")));
    world.advance("11:59:59");
    assert!(
        world.commits().is_empty() && world.timeline(&practice).is_empty(),
        "nothing goes before lunch"
    );
    world.advance("2026-11-25 09:00");
    assert_eq!(
        world.timeline(&practice),
        [("Text for practice".to_owned(), at("2026-11-24 12:00"))]
    );
    let commits = world.commits();
    assert_eq!(commits.len(), 1, "{commits:?}");
    assert_eq!(commits[0].at, at("2026-11-24 12:00"));
    for delivery in [&here, &there] {
        assert_eq!(world.state(delivery), "sent");
        assert_eq!(
            world.events(Some(delivery)),
            ["queued", "claimed", "staged", "sending", "sent"]
        );
    }
    assert!(
        world.ticks() < 60,
        "{} ticks for two posts and a day",
        world.ticks()
    );
    world.judge();
}

#[test]
fn with_nothing_open_nothing_goes_and_the_next_time_is_told() {
    let mut world = World::new(MORNING);
    let account = world.bluesky("me");
    world.post(&account, "Text");
    world.advance("11:00");
    let progress = world.ask(Request::RunProgress);
    assert_eq!(progress["done"], true, "{progress}");
    assert_eq!(progress["waiting"], 1);
    assert_eq!(progress["next_at"], "2026-11-24T12:00:00.000+09:00");
    let status = world.ask(Request::Status);
    assert_eq!(status["next_at"], "2026-11-24T12:00:00.000+09:00");
    assert_eq!(status["state"], "queued");
    assert!(world.commits().is_empty());
    world.judge();
}

#[test]
fn asleep_over_lunch_it_goes_in_the_evening() {
    let mut world = World::new(MORNING);
    let account = world.bluesky("me");
    let delivery = world.post_at(&account, "Text", "2026-11-24 12:20");
    world.advance("12:10");
    world.sleep_over("14:05");
    world.advance("18:29:59");
    assert!(world.commits().is_empty(), "nothing goes out at 14:05");
    assert_eq!(world.planned(&delivery), Some(at("2026-11-24 18:30")));
    world.advance("23:00");
    assert_eq!(world.commits()[0].at, at("2026-11-24 18:30"));
    assert_eq!(world.state(&delivery), "sent");
    world.judge();
}

#[test]
fn asleep_in_the_middle_of_the_post_call_nothing_is_sent_after() {
    for (committed, turn) in [(false, Turn::slow(3_600, 0)), (true, Turn::slow(2, 3_600))] {
        let mut world = World::new(MORNING);
        let account = world.bluesky("me");
        let delivery = world.post_at(&account, "Text", "2026-11-24 12:58");
        world.server.script([turn]);
        world.advance("12:58:10");
        assert_eq!(world.state(&delivery), "sending");
        world.sleep_over("14:05");
        assert_eq!(
            world.state(&delivery),
            "unknown",
            "the call was dropped at the wake-up"
        );
        world.advance("14:06");
        assert_eq!(
            world.server.calls("post").len(),
            1,
            "nothing is sent after the span"
        );
        // Found absent, it waits for the evening, as it is.
        assert_eq!(world.state(&delivery), if committed { "sent" } else { "queued" });
        assert_eq!(world.show(&delivery)["frozen"], true);
        world.advance("23:00");
        assert_eq!(world.state(&delivery), "sent");
        assert_eq!(world.commits().len(), 1);
        world.judge();
    }
}

#[test]
fn asleep_between_claim_and_post_call_it_waits_for_the_next_span() {
    let mut world = World::new(MORNING);
    let account = world.bluesky("me");
    let delivery = world.post_at(&account, "Text", "2026-11-24 12:20");
    world.server.slow_freezes([20]);
    world.advance("12:20:10");
    assert_eq!(world.state(&delivery), "claimed");
    world.sleep_over("14:05");
    assert_eq!(world.state(&delivery), "queued");
    world.advance("23:00");
    assert_eq!(world.commits()[0].at, at("2026-11-24 18:30"));
    world.judge();
}

#[test]
fn the_post_call_ends_after_30_seconds_and_with_the_span() {
    let mut world = World::new(MORNING);
    let account = world.bluesky("me");
    let delivery = world.post_at(&account, "Text", "2026-11-24 12:20");
    world.server.script([Turn::slow(31, 0)]);
    world.advance("12:20:29.999");
    assert_eq!(world.state(&delivery), "sending");
    world.advance("12:20:30");
    assert_eq!(world.state(&delivery), "unknown");
    world.judge();

    // 50 s before the end it is claimed; the uploads take 15 s, and the call may not last beyond the end.
    let mut world = World::new(MORNING);
    let account = world.bluesky("me");
    let delivery = world.post_at(&account, "Text", "2026-11-24 12:59:10");
    world.server.slow_freezes([19]);
    world.server.script([Turn::slow(32, 0)]);
    world.advance("12:59:59.999");
    assert_ne!(world.state(&delivery), "sent");
    world.advance("13:00");
    assert_ne!(world.state(&delivery), "sending", "never beyond the span's end");
    world.advance("18:00");
    assert!(world.commits().is_empty());
    world.judge();
}

#[test]
fn a_claim_needs_45_seconds_of_the_span() {
    for (when, goes) in [
        ("2026-11-24 12:59:15", "2026-11-24 12:59:15"),
        ("2026-11-24 12:59:16", "2026-11-24 18:30"),
    ] {
        let mut world = World::new(MORNING);
        let account = world.bluesky("me");
        world.post_at(&account, "Text", when);
        world.advance("23:00");
        assert_eq!(world.commits()[0].at, at(goes), "asked for {when}");
        world.judge();
    }
}

#[test]
fn the_45_seconds_count_from_the_claim_and_not_from_the_plan() {
    let mut world = World::new(MORNING);
    let account = world.bluesky("me");
    let delivery = world.post_at(&account, "Text", "2026-11-24 12:59:10");
    // Planned with 50 s to go; when the server has said who speaks, 40 are left.
    world.server.slow_authors([10]);
    world.advance("13:30");
    assert_eq!(world.show(&delivery)["attempts"], 0, "it was not claimed");
    world.advance("23:00");
    assert_eq!(world.commits()[0].at, at("2026-11-24 18:30"));
    world.judge();
}

#[test]
fn a_thread_goes_part_by_part_in_order() {
    let mut world = World::new(MORNING);
    let account = world.mastodon("me", Software::Mastodon);
    let delivery = world.post(&account, "Text one\n---\nText two\n---\nText three");
    world.advance("12:05");
    let commits = world.commits();
    let texts: Vec<&str> = commits.iter().map(|commit| commit.text.as_str()).collect();
    assert_eq!(texts, ["Text one", "Text two", "Text three"]);
    assert_eq!(commits[0].reply_to, None);
    assert_eq!(commits[1].reply_to.as_deref(), Some(commits[0].id.as_str()));
    assert_eq!(commits[2].reply_to.as_deref(), Some(commits[1].id.as_str()));
    let shown = world.show(&delivery);
    assert_eq!(
        (shown["parts_sent"].as_u64(), shown["state"].as_str()),
        (Some(3), Some("sent")),
        "{shown}"
    );
    let parts: Vec<u64> = shown["tries"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|t| t["part"].as_u64())
        .collect();
    assert_eq!(parts, [1, 2, 3]);
    world.judge();
}

#[test]
fn a_thread_that_is_cut_goes_on_as_a_reply_before_anything_else_of_its_account() {
    let mut world = World::new(MORNING);
    let account = world.mastodon("me", Software::Mastodon);
    let thread = world.post_at(
        &account,
        "Text one\n---\nText two\n---\nText three",
        "2026-11-24 12:57",
    );
    let other = world.post_at(&account, "Text other", "2026-11-24 18:30");
    // The second part's answer comes late: too little of lunch is left for the third.
    world.server.script([
        Turn::slow(25, 4),
        Turn::slow(28, 0),
        Turn::slow(28, 0),
        Turn::slow(20, 0),
    ]);
    world.advance("12:57:40");
    // Shut before the second part is answered.
    world.ask(Request::ClosedAdd {
        from: "12:58".into(),
        to: "13:30".into(),
        zone: None,
    });
    world.advance("18:00");
    let first: Vec<String> = world.commits().into_iter().map(|commit| commit.text).collect();
    assert!(first.len() < 3, "{first:?}");
    world.advance("23:00");
    let commits = world.commits();
    let texts: Vec<&str> = commits.iter().map(|commit| commit.text.as_str()).collect();
    assert_eq!(
        texts,
        ["Text one", "Text two", "Text three", "Text other"],
        "{commits:?}"
    );
    assert_eq!(commits[2].reply_to.as_deref(), Some(commits[1].id.as_str()));
    assert_eq!(
        (world.state(&thread).as_str(), world.state(&other).as_str()),
        ("sent", "sent")
    );
    world.judge();
}

#[test]
fn two_personas_never_within_ten_minutes() {
    // The first one is slow: it is sent four minutes after its time.
    let mut world = World::new(MORNING);
    let me = world.account(Network::Bluesky, "me", Persona::Personal);
    let firm = world.account(Network::Bluesky, "firm", Persona::Official);
    world.post_at(&me, "Text mine", "2026-11-24 12:05");
    world.post_at(&firm, "Text ours", "2026-11-24 12:15");
    world.server.slow_freezes([240]);
    world.advance("13:00");
    world.advance("23:00");
    let commits = world.commits();
    assert_eq!(commits.len(), 2);
    let apart = commits[1].at.duration_since(commits[0].at);
    assert!(
        apart >= SignedDuration::from_mins(10),
        "{apart:#} apart: {commits:?}"
    );
    world.judge();
}

#[test]
fn one_post_at_one_exact_time_for_two_personas_is_refused() {
    let mut world = World::new(MORNING);
    let me = world.account(Network::Bluesky, "me", Persona::Personal);
    let firm = world.account(Network::Bluesky, "firm", Persona::Official);
    let exact = WhenInput::At("2026-11-24 12:05".into());
    let both = input(&[&me, &firm], "Text", |input| input.when = exact.clone());
    assert_eq!(world.refusal(Request::PostAdd(both)).as_str(), "persona_too_near");
    world.post_with(&me, "Text", |input| input.when = exact.clone());
    let near = input(&[&firm], "Text too", |input| {
        input.when = WhenInput::At("2026-11-24 12:14".into())
    });
    let problem = world.try_ask(Request::PostAdd(near)).expect_err("too near");
    assert_eq!(problem.code.as_str(), "persona_too_near");
    assert_eq!(
        problem.args.get("free").map(String::as_str),
        Some("2026-11-24T12:15:00.000+09:00")
    );
    world.post_at(&firm, "Text too", "2026-11-24 12:15");
    world.advance("23:00");
    assert_eq!(world.commits().len(), 2);
    world.judge();
}

#[test]
fn a_held_exact_time_is_checked_for_its_persona_when_it_is_approved() {
    let mut world = World::new(MORNING);
    let me = world.account(Network::Bluesky, "me", Persona::Personal);
    let firm = world.account(Network::Bluesky, "firm", Persona::Official);
    let held = world.post_with(&me, "Text mine", |input| {
        input.when = WhenInput::At("2026-11-24 12:05".into());
        input.hold = true;
    });
    world.post_at(&firm, "Text ours", "2026-11-24 12:06");
    let approve = Request::QueueApprove {
        id: held,
        confirm_persona: false,
        anyway: false,
    };
    assert_eq!(world.refusal(approve).as_str(), "persona_too_near");
    world.advance("23:00");
    assert_eq!(world.commits().len(), 1);
    world.judge();
}

#[test]
fn break_now_draws_anew_and_says_what_goes_and_what_waits() {
    let mut world = World::new(MORNING);
    let account = world.bluesky("me");
    let first = world.post(&account, "Text one");
    let second = world.post(&account, "Text two");
    let third = world.post(&account, "Text three");
    let exact = world.post_at(&account, "Text exact", "2026-11-24 12:40");
    world.advance("10:00");
    world.allow("10:00", "10:10");
    let spread = world.ask(Request::BreakNow {
        minutes: 10,
        accounts: Vec::new(),
        practice_only: false,
    });
    let will: Vec<(String, String)> = rows(&spread["will_send"], "delivery", "at");
    assert_eq!(
        will[0],
        (first.clone(), "2026-11-24T10:00:00.000+09:00".to_owned()),
        "{spread}"
    );
    assert_eq!(
        will[1],
        (second.clone(), "2026-11-24T10:05:00.000+09:00".to_owned()),
        "{spread}"
    );
    assert!(spread["open"][0]["window"] == "break", "{spread}");
    world.advance("10:30");
    assert_eq!(
        world.commits().iter().map(|c| c.at).collect::<Vec<_>>(),
        [at("2026-11-24 10:00"), at("2026-11-24 10:05")]
    );
    world.advance("23:00");
    for delivery in [&first, &second, &third, &exact] {
        assert_eq!(world.state(delivery), "sent");
    }
    world.judge();
}

#[test]
fn a_break_for_practice_only_sends_nothing_to_the_world() {
    let mut world = World::new(MORNING);
    let real = world.bluesky("me");
    let only_practice = |accounts: Vec<String>| Request::BreakNow {
        minutes: 10,
        accounts,
        practice_only: true,
    };
    assert_eq!(
        world.refusal(only_practice(Vec::new())),
        Code::NotPractice,
        "there is none"
    );
    let practice = world.practice("rehearsal");
    let other = world.practice("another");
    let there = world.post(&real, "Text for the server");
    let here = world.post(&practice, "Text for practice");
    let beside = world.post(&other, "Text beside it");
    assert_eq!(
        world.refusal(only_practice(vec![practice.clone(), real])),
        Code::NotPractice
    );
    world.advance("09:10");
    assert!(
        world.timeline(&practice).is_empty(),
        "a refused break opens nothing"
    );
    world.ask(only_practice(vec![practice.clone()]));
    world.advance("09:21");
    assert_eq!(world.state(&here), "sent");
    assert_eq!(world.state(&beside), "queued", "another is named");
    world.advance("09:30");
    world.ask(only_practice(Vec::new()));
    world.advance("11:59");
    assert_eq!(world.state(&beside), "sent");
    assert_eq!(world.state(&there), "queued");
    assert!(world.commits().is_empty(), "the world heard nothing");
    world.judge();
}

#[test]
fn a_break_that_ends_early_sends_nothing_more() {
    let mut world = World::new(MORNING);
    let account = world.bluesky("me");
    world.post(&account, "Text one");
    let second = world.post(&account, "Text two");
    world.allow("09:00", "09:30");
    world.ask(Request::BreakNow {
        minutes: 30,
        accounts: Vec::new(),
        practice_only: false,
    });
    world.advance("09:04");
    world.ask(Request::BreakEnd);
    world.advance("11:59");
    assert_eq!(world.commits().len(), 1);
    world.advance("13:00");
    assert_eq!(world.state(&second), "sent");
    world.judge();
}

#[test]
fn override_window_opens_its_ten_minutes_and_no_more() {
    let mut world = World::new(MORNING);
    let account = world.bluesky("me");
    let at_ten = |input: &mut kossori_api::PostInput| {
        input.when = WhenInput::At("2026-11-24 10:00".into());
        input.override_window = true;
    };
    let goes = world.post_with(&account, "Text goes", at_ten);
    world.allow("10:00", "10:10");
    world.advance("11:00");
    assert_eq!(world.commits()[0].at, at("2026-11-24 10:00"));
    assert_eq!(world.state(&goes), "sent");
    let journal = world.ask(Request::Journal(JournalInput::default())).to_string();
    assert!(
        journal.contains("override_window"),
        "the journal says so: {journal}"
    );
    world.judge();

    // Asleep over all of it, or paused: missed.
    for paused in [false, true] {
        let mut world = World::new(MORNING);
        let account = world.bluesky("me");
        let delivery = world.post_with(&account, "Text", at_ten);
        world.advance("09:50");
        if paused {
            world.ask(Request::Pause {
                duration: None,
                until: None,
            });
            world.advance("10:20");
        } else {
            world.sleep_over("10:20");
        }
        assert_eq!(world.state(&delivery), "missed", "paused: {paused}");
        world.advance("23:00");
        assert!(world.commits().is_empty());
        world.judge();
    }
}

#[test]
fn what_expires_is_missed() {
    let mut world = World::new(MORNING);
    let account = world.bluesky("me");
    let delivery = world.post_with(&account, "Text", |input| input.expires = Some("11:00".into()));
    world.advance("11:00:01");
    assert_eq!(world.state(&delivery), "missed");
    world.advance("2026-11-25 13:00");
    assert!(world.commits().is_empty());
    // An exact time without an expiry of its own expires with its civil day.
    let exact = world.post_at(&account, "Text exact", "2026-11-25 14:00");
    world.sleep_over("2026-11-26 00:00:01");
    assert_eq!(world.state(&exact), "missed");
    world.judge();
}

#[test]
fn gap_and_cap_hold_whatever_came_of_the_sends() {
    let mut world = World::new(MORNING);
    let account = world.bluesky("me");
    let ids: Vec<String> = (0..4)
        .map(|n| world.post(&account, &format!("Text {n}")))
        .collect();
    // One rejected, counted; one that never left, not counted.
    world
        .server
        .script([Turn::refused(422, Refusal::Other), Turn::never_left()]);
    world.advance("13:00");
    let posts = world.server.calls("post");
    assert_eq!(posts[0], at("2026-11-24 12:00"));
    assert_eq!(
        posts[1],
        at("2026-11-24 12:30"),
        "the rejected one counts for the gap"
    );
    assert!(
        posts[2] < at("2026-11-24 12:32"),
        "what never left does not count: {posts:?}"
    );
    assert_eq!(posts.len(), 3, "the cap is two: {posts:?}");
    world.advance("2026-11-25 23:00");
    assert_eq!(world.state(&ids[0]), "rejected");
    assert_eq!(world.commits().len(), 3);
    world.judge();
}

fn rows(list: &Value, first: &str, second: &str) -> Vec<(String, String)> {
    let list = list.as_array().cloned().unwrap_or_default();
    list.iter()
        .map(|row| (text(&row[first]), text(&row[second])))
        .collect()
}
