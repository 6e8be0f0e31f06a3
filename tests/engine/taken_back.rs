//! Taking back what is partly out: what becomes a draft again holds nothing that was posted.

use jiff::SignedDuration;
use kossori_api::{Request, Resolution};
use kossori_core::answer::Refusal;
use kossori_core::network::Software;
use serde_json::Value;

use crate::support::simulated::{Turn, World, content, page, text};

const MORNING: &str = "2026-11-24 09:00";
const THREE: &str = "Text one\n---\nText two\n---\nText three";

fn one_is_out() -> (World, String, String) {
    some_are_out(1)
}

fn some_are_out(parts: usize) -> (World, String, String) {
    let mut world = World::new(MORNING);
    let account = world.mastodon("me", Software::Mastodon);
    let wait = Some(SignedDuration::from_hours(2));
    let mut turns = vec![Turn::fine(); parts];
    turns.push(Turn::refused(429, Refusal::RateLimit { retry_after: wait }));
    world.server.script(turns);
    let delivery = world.post(&account, THREE);
    world.advance("12:05");
    assert_eq!(world.show(&delivery)["parts_sent"], parts);
    (world, account, delivery)
}

fn queued_again(world: &mut World, account: &str, draft: &str) {
    world.ask(Request::PostAdd(kossori_api::PostInput {
        accounts: vec![account.to_owned()],
        draft: Some(draft.to_owned()),
        confirm_persona: true,
        ..Default::default()
    }));
    world.advance("2026-11-25 23:00");
    let texts: Vec<String> = world.commits().into_iter().map(|commit| commit.text).collect();
    assert_eq!(texts, ["Text one", "Text two", "Text three"], "each once");
    world.judge();
}

fn is_the_rest(world: &mut World, draft: &str) {
    let shown: Value = world.ask(Request::DraftShow { id: draft.to_owned() });
    assert_eq!(shown["text"], "Text two\n---\nText three");
    assert_eq!(
        shown["reply_to"],
        page(&world.commits()[0].id),
        "it goes on where the thread ended"
    );
}

#[test]
fn of_a_thread_that_is_partly_out_the_rest_becomes_the_draft() {
    let (mut world, account, delivery) = one_is_out();
    let removed = world.ask(Request::QueueRemove {
        id: delivery,
        discard: false,
    });
    let draft = text(&removed["draft"]);
    is_the_rest(&mut world, &draft);
    queued_again(&mut world, &account, &draft);
}

#[test]
fn the_rest_answers_the_last_part_that_is_out() {
    let (mut world, account, delivery) = some_are_out(2);
    let removed = world.ask(Request::QueueRemove {
        id: delivery,
        discard: false,
    });
    let draft = text(&removed["draft"]);
    let shown: Value = world.ask(Request::DraftShow { id: draft.clone() });
    assert_eq!(shown["text"], "Text three");
    assert_eq!(shown["reply_to"], page(&world.commits()[1].id));
    queued_again(&mut world, &account, &draft);
}

#[test]
fn the_same_when_its_account_is_removed() {
    let (mut world, account, _) = one_is_out();
    let removed = world.ask(Request::AccountRemove { id: account });
    let draft = text(&removed["drafts"][0]);
    is_the_rest(&mut world, &draft);
    let again = world.mastodon("me", Software::Mastodon);
    queued_again(&mut world, &again, &draft);
}

fn lost_at_noon(world: &mut World, delivery: &str) {
    world.advance("12:00");
    while world.state(delivery) != "unknown" {
        world.advance_by(1);
    }
    assert_eq!(world.server.calls("post").len(), 1);
}

/// The order of two calls is not told by a clock that a person set between them.
#[test]
fn a_clock_that_was_set_back_makes_no_second_try_a_first_one() {
    let mut world = World::new(MORNING);
    let account = world.bluesky("me");
    world.server.blind_looks(true);
    world
        .server
        .script([Turn::lost_after_commit(), Turn::refused(400, Refusal::Other)]);
    let delivery = world.post(&account, "Text");
    lost_at_noon(&mut world, &delivery);
    world.set_clock("11:40");
    world.ask(Request::ClockConfirm);
    world.advance("12:30");
    assert_eq!(world.server.calls("post").len(), 2, "sent, and sent again");
    let state = world.state(&delivery);
    assert!(["unknown", "needs_you"].contains(&state.as_str()), "{state}");
    assert_eq!(world.commits().len(), 1, "the first one was taken");
}

/// Its key is kept for an hour by the server's clock, and how much of that is left nobody can tell.
#[test]
fn a_key_from_a_time_that_lies_ahead_is_not_used_again() {
    let mut world = World::new(MORNING);
    let account = world.mastodon("me", Software::Mastodon);
    world.server.blind_looks(true);
    world.server.script([Turn::lost_after_commit()]);
    let delivery = world.post(&account, "Text");
    lost_at_noon(&mut world, &delivery);
    world.set_clock("11:30");
    world.ask(Request::ClockConfirm);
    world.advance("11:59");
    assert_eq!(world.state(&delivery), "needs_you");
    world.advance("13:30");
    assert_eq!(world.server.calls("post").len(), 1);
}

/// Its first post call may have been taken after all: under another key it would be a second copy.
#[test]
fn what_was_lost_and_then_refused_is_looked_up_and_not_worded_anew() {
    let mut world = World::new(MORNING);
    let account = world.bluesky("me");
    world
        .server
        .script([Turn::lost_before_commit(), Turn::refused(400, Refusal::Other)]);
    let delivery = world.post(&account, "Text");
    world.advance("12:02");
    assert_eq!(world.server.calls("post").len(), 2, "sent, and sent again");
    assert_eq!(
        world.state(&delivery),
        "unknown",
        "what became of the first is open"
    );
    world.advance("12:30");
    assert_eq!(world.server.calls("post").len(), 2, "not a third time by itself");
    assert_eq!(world.state(&delivery), "needs_you");
    let edit = Request::QueueEdit {
        id: delivery.clone(),
        content: content("Text anew"),
        thread: false,
        numbered: false,
        confirm_persona: true,
    };
    assert_eq!(world.refusal(edit).as_str(), "frozen_for_good");
    world.ask(Request::QueueResolve {
        id: delivery.clone(),
        resolution: Resolution::NotThere,
    });
    world.advance("13:00");
    assert_eq!(world.state(&delivery), "sent", "it goes as it was");
    world.judge();
}

/// For ten minutes no call gets away.
fn never_left() -> impl Iterator<Item = Turn> {
    std::iter::repeat_n(Turn::never_left(), 20)
}

/// Past its time it is not sent, and nobody calls it missed while it may be there.
#[test]
fn what_may_be_there_when_its_time_is_over_is_looked_up_and_asked_about() {
    let mut world = World::new(MORNING);
    let account = world.bluesky("me");
    world
        .server
        .script([Turn::lost_before_commit()].into_iter().chain(never_left()));
    let delivery = world.post_with(&account, "Text", |input| {
        input.expires = Some("2026-11-24 12:10".to_owned())
    });
    world.advance("12:09");
    assert_eq!(
        world.state(&delivery),
        "queued",
        "it waits for the next free moment"
    );
    world.advance("12:30");
    assert_eq!(world.state(&delivery), "needs_you");
    assert!(!world.events(Some(&delivery)).contains(&"missed".to_owned()));
    world.judge();
}

#[test]
fn what_may_be_there_gives_no_draft_when_it_is_taken_back() {
    let mut world = World::new(MORNING);
    let account = world.bluesky("me");
    world
        .server
        .script([Turn::lost_after_commit()].into_iter().chain(never_left()));
    world.server.blind_looks(true);
    let delivery = world.post(&account, "Text");
    world.advance("12:05");
    assert_eq!(
        world.state(&delivery),
        "queued",
        "looked up in vain, and about to go again"
    );
    let removed = world.ask(Request::QueueRemove {
        id: delivery.clone(),
        discard: false,
    });
    assert!(removed["draft"].is_null(), "{removed}");
    assert_eq!(world.state(&delivery), "left");
    world.advance("23:00");
    assert_eq!(world.commits().len(), 1);
    world.judge();
}

/// The rest of a thread goes first of its account: a post that is frozen for good does not stand in its way for ever, nor
/// it in the post's.
#[test]
fn the_rest_of_a_thread_and_a_post_that_is_to_go_again_do_not_wait_for_each_other() {
    let mut world = World::new(MORNING);
    let account = world.mastodon("me", Software::Mastodon);
    let wait = Some(SignedDuration::from_mins(10));
    world.server.script([
        Turn::refused(429, Refusal::RateLimit { retry_after: wait }),
        Turn::fine(),
        Turn::never_left(),
    ]);
    let first = world.post(&account, "Text alone");
    let thread = world.post_with(&account, THREE, |input| {
        input.when = kossori_api::WhenInput::Window("evening".to_owned());
    });
    world.advance("2026-11-26 23:00");
    assert_eq!(world.state(&first), "sent");
    assert_eq!(world.state(&thread), "sent");
    world.judge();
}
