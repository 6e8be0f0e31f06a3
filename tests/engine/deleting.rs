//! Taking down what was sent: all proved parts, the last one first, at any time, and only what a person named.

use kossori_api::{Code, Problem, Request, Resolution, WhenInput};
use kossori_core::answer::Refusal;
use kossori_core::network::{Network, Persona, Software, Visibility};
use kossori_engine::ports::{CallError, Paid, VaultError};
use serde_json::{Value, json};

use crate::support::simulated::{Said, Turn, World, page, text};

const MORNING: &str = "2026-11-24 09:00";

fn delete(id: &str) -> Request {
    Request::PostDelete { id: id.to_owned() }
}

/// Nobody chose a visibility, and the account's own posts are for followers.
#[test]
fn what_is_wider_than_the_accounts_own_posts_holds_the_rest_too() {
    let mut world = World::new(MORNING);
    let account = world.mastodon("me", Software::Mastodon);
    world.server.means(Visibility::Private);
    world.server.script([Turn::says(Said::PostedAs("public"))]);
    let thread = world.post(&account, "Text one\n---\nText two");
    world.advance("15:00");
    let shown = world.show(&thread);
    assert_eq!(
        (&shown["state"], &shown["visibility_differs"]),
        (&json!("held"), &json!({ "asked": "private", "got": "public" }))
    );
    assert_eq!(there(&world), ["Text one"]);
    world.judge();
}

/// A thread of three went out at lunch; now it is afternoon, and nothing is open.
fn thread() -> (World, String) {
    let mut world = World::new(MORNING);
    let account = world.mastodon("me", Software::Mastodon);
    let delivery = world.post(&account, "Text one\n---\nText two\n---\nText three");
    world.advance("15:00");
    assert_eq!(world.state(&delivery), "sent");
    (world, delivery)
}

/// Which of the server's posts are still there.
fn there(world: &World) -> Vec<String> {
    let commits = world.commits().into_iter().filter(|commit| !commit.deleted);
    commits.map(|commit| commit.text).collect()
}

fn refused(world: &mut World, id: &str) -> Problem {
    world.try_ask(delete(id)).expect_err("it is refused")
}

fn down() -> Option<CallError> {
    Some(CallError::Unclear { status: Some(503) })
}

#[test]
fn all_parts_go_and_its_state_stays() {
    let (mut world, delivery) = thread();
    let shown = world.show(&delivery);
    assert_eq!(
        (&shown["deletable"], &shown["parts_there"], &shown["deleted_at"]),
        (&json!(true), &json!([1, 2, 3]), &json!(null))
    );
    let deleted = world.ask(delete(&delivery));
    assert_eq!(there(&world), [""; 0]);
    assert_eq!(deleted["state"], "sent");
    assert_eq!(
        (&deleted["deletable"], &deleted["parts_there"]),
        (&json!(false), &json!([]))
    );
    assert!(
        deleted["deleted_at"]
            .as_str()
            .is_some_and(|at| at.contains("15:00")),
        "{deleted}"
    );
    let events = world.events(Some(&delivery));
    let times = events.iter().filter(|event| *event == "deleted").count();
    assert_eq!(times, 3, "a row a part: {events:?}");
    // Asked again, nobody is called again.
    let calls = world.server.calls("delete").len();
    assert_eq!(calls, 3);
    assert_eq!(world.ask(delete(&delivery))["deleted_at"], deleted["deleted_at"]);
    assert_eq!(world.server.calls("delete").len(), calls);
    // A start later it is known too.
    world.crash();
    world.start();
    assert_eq!(world.show(&delivery)["deleted_at"], deleted["deleted_at"]);
    world.judge();
}

#[test]
fn half_way_it_says_what_is_left_and_goes_on_there() {
    let (mut world, delivery) = thread();
    let ids: Vec<String> = world.commits().into_iter().map(|commit| commit.id).collect();
    world.server.refuse_delete_of(&ids[1], down());
    let problem = refused(&mut world, &delivery);
    assert_eq!(problem.code, Code::PartlyDeleted);
    assert_eq!(problem.args["left"], "1, 2");
    assert_eq!(there(&world), ["Text one", "Text two"], "the last one goes first");
    let shown = world.show(&delivery);
    assert_eq!(
        (&shown["state"], &shown["parts_there"], &shown["deleted_at"]),
        (&json!("sent"), &json!([1, 2]), &json!(null))
    );
    world.server.refuse_delete_of(&ids[1], None);
    // Gone by the person's own hand meanwhile: no error.
    world.server.deleted_elsewhere(&ids[1]);
    world.ask(delete(&delivery));
    assert_eq!(there(&world), [""; 0]);
    assert_eq!(
        world.server.calls("delete").len(),
        4,
        "what was gone is not asked for again"
    );
    world.judge();
}

#[test]
fn a_server_that_refuses_is_not_asked_again_at_once() {
    let (mut world, delivery) = thread();
    let ids: Vec<String> = world.commits().into_iter().map(|commit| commit.id).collect();
    let no = CallError::RateLimit {
        retry_after: Some(jiff::SignedDuration::from_mins(5)),
    };
    world.server.refuse_delete_of(&ids[2], Some(no));
    assert_eq!(refused(&mut world, &delivery).code, Code::ServerBusy);
    assert_eq!(refused(&mut world, &delivery).code, Code::ServerBusy);
    assert_eq!(world.server.calls("delete").len(), 1);
    world.server.refuse_delete_of(&ids[2], None);
    world.advance("15:06");
    world.ask(delete(&delivery));
    assert_eq!(there(&world), [""; 0]);
}

#[test]
fn a_token_that_has_ended_is_renewed_once_and_one_that_is_revoked_says_so() {
    let (mut world, delivery) = thread();
    world.server.expire_access();
    world.ask(delete(&delivery));
    assert_eq!(there(&world), [""; 0]);

    let (mut world, delivery) = thread();
    world.server.revoke();
    assert_eq!(refused(&mut world, &delivery).code, Code::NeedsSignIn);
    let accounts = world.ask(Request::AccountList);
    assert_eq!(accounts["accounts"][0]["health"], "needs_sign_in");
    assert_eq!(there(&world).len(), 3);
    world.judge();
}

#[test]
fn behind_a_locked_keyring_it_is_refused_without_a_prompt() {
    let (mut world, delivery) = thread();
    world.crash();
    world.start();
    world.vault.shut(Some(VaultError::Locked));
    assert_eq!(refused(&mut world, &delivery).code, Code::KeyringLocked);
    assert!(world.server.calls("delete").is_empty());
    world.vault.shut(None);
    world.ask(delete(&delivery));
    assert_eq!(there(&world), [""; 0]);
    world.judge();
}

#[test]
fn another_accounts_post_stays() {
    let mut world = World::new(MORNING);
    let (me, other) = (
        world.mastodon("me", Software::Mastodon),
        world.mastodon("other", Software::Mastodon),
    );
    let mine = world.post(&me, "Text of mine");
    world.post(&other, "Text of the other");
    world.advance("12:50");
    assert_eq!(there(&world).len(), 2);
    world.ask(delete(&mine));
    assert_eq!(there(&world), ["Text of the other"]);
    let second = world.post_at(&me, "Text of mine again", "2026-11-24 12:55");
    world.advance("13:30");
    assert_eq!(world.state(&second), "sent");
    // Without its account nobody speaks for it.
    world.ask(Request::AccountRemove { id: me });
    let calls = world.server.calls("delete").len();
    assert_eq!(world.refusal(delete(&second)), Code::UnknownAccount);
    assert_eq!(world.refusal(delete("nobody")), Code::UnknownDelivery);
    assert_eq!(world.server.calls("delete").len(), calls);
    assert_eq!(there(&world), ["Text of the other", "Text of mine again"]);
    world.judge();
}

#[test]
fn what_is_not_proved_or_still_goes_on_is_not_deleted() {
    let mut world = World::new(MORNING);
    let account = world.mastodon("me", Software::GoToSocial);
    let queued = world.post_at(&account, "Text one", "2026-11-24 12:10");
    assert_eq!(world.refusal(delete(&queued)), Code::NotSent);
    world.server.script([Turn::slow(10, 5)]);
    world.advance("12:10:05");
    assert_eq!(world.state(&queued), "sending");
    assert_eq!(world.refusal(delete(&queued)), Code::AlreadySending);
    world.advance("12:11");

    world.server.script([Turn::lost_before_commit()]);
    let unknown = world.post_at(&account, "Text two", "2026-11-24 12:15");
    world.advance("12:15:30");
    assert_eq!(world.state(&unknown), "unknown");
    assert_eq!(world.refusal(delete(&unknown)), Code::OutcomeOpen);
    world.ask(Request::QueueResolve {
        id: unknown.clone(),
        resolution: kossori_api::Resolution::Leave,
    });
    assert_eq!(
        world.refusal(delete(&unknown)),
        Code::NotSent,
        "nothing of it is known to be there"
    );
    assert!(world.server.calls("delete").is_empty());
    world.judge();
}

#[test]
fn a_thread_that_was_turned_away_half_way() {
    let mut world = World::new(MORNING);
    let account = world.mastodon("me", Software::Mastodon);
    world
        .server
        .script([Turn::fine(), Turn::refused(422, Refusal::Other)]);
    let delivery = world.post(&account, "Text one\n---\nText two");
    world.advance("15:00");
    assert_eq!(world.state(&delivery), "rejected");
    assert_eq!(world.show(&delivery)["parts_there"], json!([1]));
    let deleted = world.ask(delete(&delivery));
    assert_eq!(
        (&deleted["state"], &deleted["parts_there"]),
        (&json!("rejected"), &json!([]))
    );
    assert_eq!(there(&world), [""; 0]);
    // The rest would answer what is not there any more.
    let retry = Request::QueueRetry { id: delivery.clone() };
    assert_eq!(world.refusal(retry), Code::NotPossibleNow);
    world.advance("22:00");
    assert_eq!(world.commits().len(), 1);
    world.judge();
}

#[test]
fn while_the_rest_of_a_thread_waits_nothing_of_it_is_deleted() {
    let mut world = World::new(MORNING);
    let account = world.mastodon("me", Software::Mastodon);
    let wait = Some(jiff::SignedDuration::from_hours(3));
    world.server.script([
        Turn::fine(),
        Turn::refused(429, Refusal::RateLimit { retry_after: wait }),
    ]);
    let delivery = world.post(&account, "Text one\n---\nText two");
    world.advance("13:30");
    assert_eq!(
        (world.state(&delivery).as_str(), there(&world).len()),
        ("queued", 1)
    );
    assert_eq!(world.refusal(delete(&delivery)), Code::RestWaits);
    world.ask(Request::QueueRemove {
        id: delivery.clone(),
        discard: false,
    });
    world.advance("17:00");
    world.ask(delete(&delivery));
    assert_eq!(there(&world), [""; 0]);
    world.judge();
}

#[test]
fn what_more_people_see_than_were_meant_to_is_shown_and_can_be_taken_down() {
    let mut world = World::new(MORNING);
    let account = world.mastodon("me", Software::Mastodon);
    let privately = |world: &mut World, text: &str, when: &str| {
        world.post_with(&account, text, |input| {
            input.content.visibility = Some(Visibility::Private);
            input.when = WhenInput::At(when.to_owned());
        })
    };
    world.server.script([Turn::says(Said::PostedAs("private"))]);
    let same = privately(&mut world, "Text one", "2026-11-24 12:10");
    world.advance("12:11");
    assert_eq!(world.show(&same)["visibility_differs"], json!(null));
    // The first part as asked, the second for everybody: the widest counts, and the rest waits for a person's word.
    world.server.script([
        Turn::says(Said::PostedAs("private")),
        Turn::says(Said::PostedAs("public")),
    ]);
    let wider = privately(
        &mut world,
        "Text two\n---\nText three\n---\nText four",
        "2026-11-24 12:20",
    );
    world.advance("12:30");
    let differs = json!({ "asked": "private", "got": "public" });
    let shown = world.show(&wider);
    assert_eq!(
        (
            &shown["state"],
            &shown["parts_sent"],
            &shown["visibility_differs"]
        ),
        (&json!("held"), &json!(2), &differs)
    );
    assert_eq!(there(&world), ["Text one", "Text two", "Text three"]);
    world.server.script([Turn::says(Said::PostedAs("private"))]);
    world.ask(Request::QueueApprove {
        id: wider.clone(),
        confirm_persona: false,
        anyway: false,
    });
    world.advance("12:50");
    let shown = world.show(&wider);
    assert_eq!(
        (&shown["state"], &shown["visibility_differs"]),
        (&json!("sent"), &differs)
    );
    assert_eq!(shown["deletable"], true);
    let deleted = world.ask(delete(&wider));
    assert!(deleted["deleted_at"].is_string());
    assert_eq!(there(&world), ["Text one"]);
    world.judge();
}

/// The answer to the first part of a thread for few was lost, and it is there for everybody.
fn lost_and_wider(world: &mut World, account: &str) -> String {
    let thread = world.post_with(account, "Text one\n---\nText two", |input| {
        input.content.visibility = Some(Visibility::Private);
        input.when = WhenInput::At("2026-11-24 12:10".to_owned());
    });
    world.server.shows_as("public");
    world.server.script([Turn::lost_after_commit()]);
    thread
}

fn rest_is_held(world: &mut World, thread: &str) {
    let shown = world.show(thread);
    assert_eq!(
        (
            &shown["state"],
            &shown["parts_sent"],
            &shown["visibility_differs"]
        ),
        (
            &json!("held"),
            &json!(1),
            &json!({ "asked": "private", "got": "public" })
        )
    );
    world.advance("12:55");
    assert_eq!(there(world), ["Text one"]);
    world.ask(Request::QueueApprove {
        id: thread.to_owned(),
        confirm_persona: false,
        anyway: false,
    });
    world.advance("18:30");
    assert_eq!(world.state(thread), "sent");
    assert_eq!(there(world), ["Text one", "Text two"]);
    world.judge();
}

#[test]
fn a_look_that_finds_more_people_than_were_meant_to_see_it_holds_the_rest() {
    let mut world = World::new(MORNING);
    let account = world.mastodon("me", Software::Mastodon);
    let thread = lost_and_wider(&mut world, &account);
    world.advance("12:30");
    rest_is_held(&mut world, &thread);
}

#[test]
fn what_a_person_finds_shown_to_more_people_holds_the_rest_as_well() {
    for by_address in [true, false] {
        let mut world = World::new(MORNING);
        let account = world.mastodon("me", Software::Unknown);
        let thread = lost_and_wider(&mut world, &account);
        world.server.blind_looks(true);
        world.advance("12:50");
        assert_eq!(world.state(&thread), "needs_you");
        world.server.blind_looks(false);
        let resolution = if by_address {
            let url = Some(page(&world.commits()[0].id));
            Resolution::There { url }
        } else {
            // It looks once more, and finds it.
            Resolution::NotThere
        };
        world.ask(Request::QueueResolve {
            id: thread.clone(),
            resolution,
        });
        rest_is_held(&mut world, &thread);
    }
}

#[test]
fn practice_drops_it_from_its_timeline() {
    let mut world = World::new(MORNING);
    let account = world.practice("me");
    let (one, _) = (world.post(&account, "Text one"), world.post(&account, "Text two"));
    world.advance("12:50");
    assert_eq!(world.timeline(&account).len(), 2);
    world.ask(delete(&one));
    let left: Vec<String> = world
        .timeline(&account)
        .into_iter()
        .map(|(text, _)| text)
        .collect();
    assert_eq!(left, ["Text two"]);
    world.judge();
}

/// Of three parts the server turned the last one away.
fn two_of_three() -> (World, String, String) {
    let mut world = World::new(MORNING);
    let account = world.mastodon("me", Software::Mastodon);
    let no = Turn::refused(422, Refusal::Other);
    world.server.script([Turn::fine(), Turn::fine(), no]);
    let delivery = world.post(&account, "Text one\n---\nText two\n---\nText three");
    world.advance("12:10");
    assert_eq!(world.state(&delivery), "rejected");
    assert_eq!(world.show(&delivery)["parts_there"], json!([1, 2]));
    (world, account, delivery)
}

fn retry(id: &str) -> Request {
    Request::QueueRetry { id: id.to_owned() }
}

fn remove(id: &str) -> Request {
    Request::QueueRemove {
        id: id.to_owned(),
        discard: false,
    }
}

fn draft(world: &mut World, id: &Value) -> Value {
    world.ask(Request::DraftShow { id: text(id) })
}

#[test]
fn what_was_queued_again_while_the_deletion_waited_is_not_deleted() {
    let (mut world, account, delivery) = two_of_three();
    world.server.script([Turn::slow(10, 5)]);
    world.post_at(&account, "Text of another", "2026-11-24 12:20");
    world.advance("12:20:05");
    let deleting = world.begin(delete(&delivery));
    assert!(!deleting.is_finished(), "the account is sending");
    world.ask(retry(&delivery));
    let problem = world.answer(deleting).expect_err("the rest is to go");
    assert_eq!(problem.code, Code::RestWaits);
    world.advance("22:00");
    assert_eq!(world.state(&delivery), "sent");
    assert!(world.server.calls("delete").is_empty());
    assert_eq!(there(&world).len(), 4);
    world.judge();
}

#[test]
fn while_it_is_deleted_nobody_queues_the_rest_and_no_draft_answers_it() {
    let (mut world, _, delivery) = two_of_three();
    world.server.slow_deletes([5, 5]);
    let deleting = world.begin(delete(&delivery));
    assert_eq!(
        world.server.calls("delete").len(),
        1,
        "the first call is under way"
    );
    assert_eq!(world.refusal(retry(&delivery)), Code::NotPossibleNow);
    let removed = world.ask(remove(&delivery));
    let rest = draft(&mut world, &removed["draft"]);
    assert_eq!(
        (&rest["text"], &rest["reply_to"]),
        (&json!("Text three"), &json!(null))
    );
    let deleted = world.answer(deleting).expect("it goes on");
    assert_eq!(deleted["state"], "removed");
    assert!(deleted["deleted_at"].is_string(), "{deleted}");
    assert_eq!(there(&world), [""; 0]);
    world.advance("22:00");
    assert_eq!(world.commits().len(), 2);
    world.judge();
}

#[test]
fn what_is_left_to_go_answers_nothing_that_was_deleted() {
    let (mut world, _, delivery) = two_of_three();
    let first = world.commits()[0].id.clone();
    world.server.refuse_delete_of(&first, down());
    assert_eq!(refused(&mut world, &delivery).args["left"], "1");
    let removed = world.ask(remove(&delivery));
    let rest = draft(&mut world, &removed["draft"]);
    assert_eq!(
        (&rest["text"], &rest["reply_to"]),
        (&json!("Text three"), &json!(null))
    );

    // Nothing of it is there any more: all of it may go some other time.
    let (mut world, account, delivery) = two_of_three();
    world.ask(delete(&delivery));
    let removed = world.ask(Request::AccountRemove { id: account });
    let whole = draft(&mut world, &removed["drafts"][0]);
    assert_eq!(whole["text"], "Text one\n---\nText two\n---\nText three");
    world.judge();
}

#[test]
fn a_part_that_may_be_out_is_never_said_to_be_gone() {
    let mut world = World::new(MORNING);
    let account = world.mastodon("me", Software::GoToSocial);
    world.server.script([Turn::fine(), Turn::lost_after_commit()]);
    world.server.blind_looks(true);
    let delivery = world.post(&account, "Text one\n---\nText two");
    world.advance("12:05");
    world.ask(Request::QueueResolve {
        id: delivery.clone(),
        resolution: kossori_api::Resolution::Leave,
    });
    assert_eq!(world.state(&delivery), "left");
    let problem = refused(&mut world, &delivery);
    assert_eq!(problem.code, Code::PartlyDeleted);
    assert_eq!(problem.args["left"], "2");
    assert_eq!(there(&world), ["Text two"]);
    let shown = world.show(&delivery);
    assert_eq!(
        (&shown["deleted_at"], &shown["deletable"]),
        (&json!(null), &json!(false))
    );
    assert_eq!(world.refusal(delete(&delivery)), Code::DeleteByHand);
    world.judge();
}

#[test]
fn what_a_deletion_costs_is_counted_also_if_it_ends_half_way() {
    let mut world = World::new(MORNING);
    let account = world.account(Network::X, "me", Persona::Personal);
    let delivery = world.post(&account, "Text one\n---\nText two");
    world.advance("15:00");
    assert_eq!(world.state(&delivery), "sent");
    let spent = |world: &mut World| {
        let usd = world.ask(Request::CostShow)["spent_usd"].as_f64().expect("a sum");
        (usd * 1000.0).round()
    };
    assert_eq!(spent(&mut world), 30.0);
    let one = Paid {
        deleted: 1,
        ..Paid::default()
    };
    let first = world.commits()[0].id.clone();
    world.server.refuse_delete_of(&first, down());
    world.server.set_paid(one);
    // And it says that nothing more is allowed for a while: what comes next waits for that.
    world.server.set_spent(Some(world.moment("18:45")));
    assert_eq!(refused(&mut world, &delivery).code, Code::PartlyDeleted);
    assert_eq!(spent(&mut world), 40.0);
    world.server.set_spent(None);
    let next = world.post(&account, "Text three");
    world.advance("18:40");
    assert_eq!(world.state(&next), "queued");
    world.server.refuse_delete_of(&first, None);
    world.server.set_paid(one);
    world.ask(delete(&delivery));
    assert_eq!(spent(&mut world), 50.0);
    world.advance("19:30");
    assert_eq!(world.state(&next), "sent");
    world.judge();
}
