//! Posts around others: quoting one, handing one on, and the quiet reply to the account's own last thread.

use kossori_api::{Code, PostInput, Request, Resolution};
use kossori_core::answer::Refusal;
use kossori_core::network::{Refers, Software, Visibility};
use kossori_engine::ports::{CallError, Change, Store as _};
use serde_json::{Value, json};

use crate::support::simulated::{Turn, World, input, page, text};

const MORNING: &str = "2026-11-24 09:00";
const HERS: &str = "https://example.social/@her/1";

/// Whatever is queued goes at once while something is open.
fn roomy() -> World {
    let mut world = World::new(MORNING);
    world.ask(Request::SpacingSet {
        account: None,
        gap_minutes: Some(0),
        per_window: Some(100),
        jitter: None,
        persona_gap_minutes: None,
    });
    world
}

fn repost(input: &mut PostInput) {
    input.content.parts.clear();
    input.content.repost = Some(HERS.to_owned());
}

fn quietly(input: &mut PostInput) {
    input.content.quiet_reply = true;
}

/// The one finding that refused it.
fn found(world: &mut World, account: &str, change: impl FnOnce(&mut PostInput)) -> String {
    let post = Request::PostAdd(input(&[account], "Text", change));
    let problem = world.try_ask(post).expect_err("it is refused");
    assert_eq!(problem.code, Code::Blocked);
    let rules: Vec<&str> = problem.findings.iter().map(|one| one.rule.as_str()).collect();
    assert_eq!(rules.len(), 1, "{rules:?}");
    rules[0].to_owned()
}

fn refers(world: &mut World) -> Value {
    world.ask(Request::AccountList)["accounts"][0]["refers"].clone()
}

#[test]
fn a_repost_whose_answer_is_lost_is_looked_for_and_there_once() {
    let mut world = roomy();
    let account = world.mastodon("me", Software::Mastodon);
    world.server.script([Turn::lost_after_commit()]);
    let delivery = world.post_with(&account, "", repost);
    assert_eq!(world.show(&delivery)["repost"], HERS);
    world.advance("12:30");
    assert_eq!(world.state(&delivery), "sent");
    let commits = world.commits();
    assert_eq!(commits.len(), 1);
    assert_eq!(commits[0].repost.as_deref(), Some(HERS));
    assert_eq!((commits[0].text.as_str(), &commits[0].quote), ("", &None));
    assert!(!world.server.calls("look").is_empty());
    world.judge();
}

#[test]
fn a_repost_has_no_words_and_a_server_that_hands_on() {
    let mut world = roomy();
    let account = world.mastodon("me", Software::Mastodon);
    let with_words = |input: &mut PostInput| input.content.repost = Some(HERS.to_owned());
    assert_eq!(found(&mut world, &account, with_words), "repost_with_words");
    // Not its text for a thread, either: nothing is there to be cut.
    let cut = |input: &mut PostInput| {
        repost(input);
        input.thread = true;
    };
    let checked = world.ask(Request::PostCheck(input(&[&account], "", cut)));
    assert_eq!(checked["findings"], json!([]));
    assert_eq!(
        checked["accounts"][&account]["bells"], "unknown",
        "a repost's row: a post of its own rings"
    );
    let practice = world.practice("me");
    assert_eq!(found(&mut world, &practice, repost), "repost_unsupported");
    let quoting = |input: &mut PostInput| input.content.quote = Some(HERS.to_owned());
    assert_eq!(found(&mut world, &account, quoting), "quote_unsupported");
}

#[test]
fn a_quote_goes_with_the_first_part() {
    let mut world = roomy();
    let account = world.bluesky("me");
    assert_eq!(
        refers(&mut world),
        json!({ "replies": true, "quotes": true, "reposts": true, "quiet_replies": false })
    );
    let delivery = world.post_with(&account, "Text one\n---\nText two", |input| {
        input.content.quote = Some(HERS.to_owned());
    });
    world.advance("12:30");
    assert_eq!(world.state(&delivery), "sent");
    let quotes: Vec<Option<String>> = world.commits().into_iter().map(|commit| commit.quote).collect();
    assert_eq!(quotes, [Some(HERS.to_owned()), None]);
    world.judge();
}

/// A single post and a thread went out at lunch.
fn after_lunch() -> (World, String, [String; 2]) {
    let mut world = roomy();
    let account = world.mastodon("me", Software::GoToSocial);
    let first = world.post_at(&account, "Text one", "2026-11-24 12:10");
    let thread = world.post_at(&account, "Text two\n---\nText three", "2026-11-24 12:20");
    world.advance("13:05");
    assert_eq!(world.commits().len(), 3);
    (world, account, [first, thread])
}

#[test]
fn a_quiet_reply_answers_the_end_of_the_last_thread() {
    let (mut world, account, _) = after_lunch();
    assert_eq!(refers(&mut world)["quiet_replies"], true);
    let checked = world.ask(Request::PostCheck(input(&[&account], "Text four", quietly)));
    assert_eq!(
        checked["accounts"][&account]["bells"], "unknown",
        "followers elsewhere may be rung"
    );
    let quiet = world.post_with(&account, "Text four", quietly);
    // The last one is that of the moment when it goes, and neither a repost nor what few can see.
    let next = world.post_at(&account, "Text five", "2026-11-24 18:31");
    let direct = world.post_with(&account, "Text six", |input| {
        input.when = kossori_api::WhenInput::At("2026-11-24 18:32".into());
        input.content.visibility = Some(Visibility::Direct);
    });
    let handed_on = world.post_with(&account, "", |input| {
        repost(input);
        input.when = kossori_api::WhenInput::At("2026-11-24 18:33".into());
    });
    world.ask(Request::QueueWhen {
        id: quiet.clone(),
        when: kossori_api::WhenInput::At("2026-11-24 18:40".into()),
        override_window: false,
        zone: None,
        expires: None,
    });
    world.advance("18:50");
    for delivery in [&next, &direct, &handed_on, &quiet] {
        assert_eq!(world.state(delivery), "sent");
    }
    let commits = world.commits();
    let of = |text: &str| {
        commits
            .iter()
            .find(|commit| commit.text == text)
            .expect("it is there")
    };
    assert_eq!(of("Text four").reply_to, Some(page(&of("Text five").id)));
    assert_eq!(of("Text five").reply_to, None);
    // And the next one goes on there.
    let after = world.post_with(&account, "Text seven", quietly);
    world.advance("19:30");
    assert_eq!(world.state(&after), "sent");
    let commits = world.commits();
    let of = |text: &str| {
        commits
            .iter()
            .find(|commit| commit.text == text)
            .expect("it is there")
    };
    assert_eq!(of("Text seven").reply_to, Some(page(&of("Text four").id)));
    world.judge();
}

#[test]
fn of_a_thread_the_last_part_is_answered_and_one_that_was_deleted_never() {
    let (mut world, account, [first, thread]) = after_lunch();
    let quiet = world.post_with(&account, "Text four", quietly);
    world.advance("18:50");
    assert_eq!(world.state(&quiet), "sent");
    let commits = world.commits();
    assert_eq!(commits[3].reply_to, Some(page(&commits[2].id)), "Text three's");

    for gone in [quiet, thread] {
        world.ask(Request::PostDelete { id: gone });
    }
    let quiet = world.post_with(&account, "Text five", quietly);
    world.advance("19:30");
    assert_eq!(world.state(&quiet), "sent");
    let commits = world.commits();
    assert_eq!(commits[4].reply_to, Some(page(&commits[0].id)), "Text one's");

    // Queued while there was one, and then there is none: it is turned away, and no post of its own.
    let late = world.post_with(&account, "Text six", |input| {
        quietly(input);
        input.when = kossori_api::WhenInput::At("2026-11-24 20:30".into());
    });
    for gone in [quiet, first] {
        world.ask(Request::PostDelete { id: gone });
    }
    world.advance("22:00");
    let shown = world.show(&late);
    assert_eq!(shown["state"], "rejected");
    assert_eq!(shown["code"], "finding.quiet_reply_no_thread");
    assert_eq!(world.commits().len(), 5);
    assert_eq!(found(&mut world, &account, quietly), "quiet_reply_no_thread");
    world.judge();
}

#[test]
fn a_quiet_reply_is_offered_where_the_own_server_keeps_it_silent() {
    let mut world = roomy();
    let account = world.mastodon("me", Software::Mastodon);
    world.post(&account, "Text zero");
    world.advance("12:40");
    assert_eq!(refers(&mut world)["quiet_replies"], false);
    assert_eq!(found(&mut world, &account, quietly), "quiet_reply_unsupported");
    let both = |input: &mut PostInput| {
        quietly(input);
        input.content.reply_to = Some(HERS.to_owned());
    };
    world.server.set_software(Software::Akkoma);
    world.ask(Request::AccountCheck { id: account.clone() });
    assert_eq!(found(&mut world, &account, both), "quiet_reply_with_reply");
    world.post_with(&account, "Text", quietly);
}

#[test]
fn a_quiet_reply_that_another_copy_may_have_sent_is_asked_about() {
    let (mut world, account, _) = after_lunch();
    let quiet = world.post_with(&account, "Text four", quietly);
    let engine = world.engine();
    world.block_on(engine.adopt(Vec::new())).expect("it goes on");
    let approve = |anyway| Request::QueueApprove {
        id: quiet.clone(),
        confirm_persona: true,
        anyway,
    };
    // What it answered there nobody knows here, so that it was not found says little.
    assert_eq!(world.refusal(approve(false)), Code::MayBeThere);
    world.ask(approve(true));
    world.advance("19:30");
    assert_eq!(world.state(&quiet), "sent");
    world.judge();
}

fn delete(id: &str) -> Request {
    Request::PostDelete { id: id.to_owned() }
}

fn resolve(world: &mut World, id: &str, resolution: Resolution) {
    world.ask(Request::QueueResolve {
        id: id.to_owned(),
        resolution,
    });
}

#[test]
fn what_an_open_quiet_reply_answers_is_not_deleted() {
    let (mut world, account, [first, thread]) = after_lunch();
    world.server.script([Turn::lost_before_commit()]);
    let quiet = world.post_with(&account, "Text four", quietly);
    world.advance("18:31");
    assert_eq!(world.state(&quiet), "unknown");
    assert_eq!(world.refusal(delete(&thread)), Code::QuietReplyOpen);
    world.advance("18:45");
    assert_eq!(world.state(&quiet), "needs_you");
    let later = world.post(&account, "Text five");
    world.advance("18:50");
    assert_eq!(world.state(&later), "sent");
    assert_eq!(world.refusal(delete(&thread)), Code::QuietReplyOpen);
    // It answers neither of these.
    world.ask(delete(&first));
    world.ask(delete(&later));
    resolve(&mut world, &quiet, Resolution::NotThere);
    world.advance("19:30");
    assert_eq!(world.state(&quiet), "sent");
    let commits = world.commits();
    let of = |text: &str| commits.iter().find(|commit| commit.text == text);
    let end = &of("Text three").expect("it is there").id;
    let answered = of("Text four").expect("it is there").reply_to.clone();
    assert_eq!(answered, Some(page(end)));
    // Now it is out.
    world.ask(delete(&thread));
    world.judge();
}

#[test]
fn a_thread_whose_last_part_is_there_by_a_word_alone_is_not_answered() {
    let (mut world, account, _) = after_lunch();
    world
        .server
        .script([Turn::fine(), Turn::fine(), Turn::lost_before_commit()]);
    let thread = world.post(&account, "Text four\n---\nText five\n---\nText six");
    world.advance("18:35");
    assert_eq!(world.state(&thread), "unknown");
    resolve(&mut world, &thread, Resolution::There { url: None });
    assert_eq!(world.state(&thread), "sent");
    // Where the last but one is, is known; the last one's page is not.
    assert_eq!(found(&mut world, &account, quietly), "quiet_reply_no_thread");
    world.judge();
}

#[test]
fn the_rest_of_a_quiet_reply_stays_one_if_what_it_would_answer_was_deleted() {
    let (mut world, account, _) = after_lunch();
    let no = Turn::refused(422, Refusal::Other);
    world.server.script([Turn::fine(), Turn::fine(), no]);
    let quiet = world.post_with(&account, "Text four\n---\nText five\n---\nText six", quietly);
    world.advance("18:35");
    assert_eq!(world.state(&quiet), "rejected");
    let first = world.commits()[3].id.clone();
    let down = CallError::Unclear { status: Some(503) };
    world.server.refuse_delete_of(&first, Some(down));
    assert_eq!(world.refusal(delete(&quiet)), Code::PartlyDeleted);
    let removed = world.ask(Request::QueueRemove {
        id: quiet,
        discard: false,
    });
    let draft = world.ask(Request::DraftShow {
        id: text(&removed["draft"]),
    });
    assert_eq!(draft["text"], "Text six");
    let content = &draft["content"];
    assert_eq!(
        (&content["quiet_reply"], &content["reply_to"]),
        (&json!(true), &json!(null))
    );
    world.judge();
}

/// Limits that were stored before they told what an account refers to say that all take replies.
#[test]
fn practice_takes_no_reply_whatever_was_stored_of_it() {
    let mut world = roomy();
    let account = world.practice("me");
    let mut stored = world.block_on(world.store.accounts()).expect("read").remove(0);
    stored.limits.refers = Refers::default();
    let put = Change::UpdateAccount(stored);
    world.block_on(world.store.commit(vec![put])).expect("written");
    let rule = found(&mut world, &account, |input| {
        input.content.reply_to = Some(HERS.to_owned());
    });
    assert_eq!(rule, "reply_unsupported");
    assert_eq!(refers(&mut world)["replies"], false);
}
