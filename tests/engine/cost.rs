//! What posting costs: what was spent is counted once, and what the month's cap does not allow waits and says so.

use jiff::SignedDuration;
use kossori_api::{Code, CostPatch, Request};
use kossori_core::answer::Refusal;
use kossori_core::network::{Network, Persona};
use kossori_engine::ports::{Change, Paid, SPENT, Store as _};
use serde_json::{Value, json};

use crate::support::simulated::{Turn, World, input, text};

const MORNING: &str = "2026-11-24 09:00";
/// With a link 0.20, without 0.015.
const DEAR: &str = "Text https://example.com/";

fn world() -> (World, String) {
    let mut world = World::new(MORNING);
    let account = world.account(Network::X, "me", Persona::Personal);
    (world, account)
}

fn set(world: &mut World, change: impl FnOnce(&mut CostPatch)) -> Value {
    let mut patch = CostPatch::default();
    change(&mut patch);
    world.ask(Request::CostSet(patch))
}

fn cap(world: &mut World, usd: &str) {
    set(world, |patch| patch.cap = Some(Some(usd.to_owned())));
}

fn spent(world: &mut World) -> f64 {
    world.ask(Request::CostShow)["spent_usd"].as_f64().expect("a sum")
}

fn is(sum: f64, expected: f64) {
    assert!((sum - expected).abs() < 1e-9, "{sum} instead of {expected}");
}

fn rules(findings: &Value) -> Vec<String> {
    let all = findings["findings"].as_array().cloned().unwrap_or_default();
    all.iter().map(|finding| text(&finding["rule"])).collect()
}

fn told(world: &mut World) -> Vec<String> {
    let status = world.ask(Request::Status);
    let waits = status["waits"].as_array().cloned().unwrap_or_default();
    waits.iter().map(text).collect()
}

fn approve(world: &mut World, id: &str) {
    world.ask(Request::QueueApprove {
        id: id.to_owned(),
        confirm_persona: true,
        anyway: false,
    });
}

/// The composer's number and the sender's are the same.
#[test]
fn what_is_said_is_what_is_counted() {
    for (words, cost) in [
        ("Text", 0.015),
        (DEAR, 0.2),
        ("Text one\n---\nText example.com", 0.215),
    ] {
        let (mut world, account) = world();
        let bluesky = world.bluesky("me");
        let both = [account.as_str(), bluesky.as_str()];
        let check = world.ask(Request::PostCheck(input(&both, words, |_| {})));
        is(
            check["accounts"][&account]["cost_usd"].as_f64().expect("a sum"),
            cost,
        );
        let pieces = |account: &str| {
            check["accounts"][account]["pieces"]
                .as_array()
                .expect("parts")
                .clone()
        };
        let sum: f64 = pieces(&account)
            .iter()
            .filter_map(|piece| piece["cost_usd"].as_f64())
            .sum();
        is(sum, cost);
        assert_eq!(check["accounts"][&bluesky]["cost_usd"], Value::Null, "free");
        assert!(
            pieces(&bluesky).iter().all(|piece| piece["cost_usd"].is_null()),
            "free"
        );
        let notes = rules(&check).iter().filter(|rule| *rule == "link_cost").count();
        assert_eq!(notes, usize::from(cost > 0.1), "{check}");
        let id = world.post(&account, words);
        world.advance("13:00");
        assert_eq!(world.state(&id), "sent");
        let show = world.ask(Request::CostShow);
        is(show["spent_usd"].as_f64().expect("a sum"), cost);
        is(show["accounts"][&account].as_f64().expect("a sum"), cost);
        assert_eq!(show["month"], "2026-11");
        assert_eq!(
            (&show["cap_usd"], &show["left_usd"]),
            (&Value::Null, &Value::Null)
        );
        world.judge();
    }
}

#[test]
fn prices_are_the_persons_and_amounts_are_read_strictly() {
    let (mut world, account) = world();
    let shown = set(&mut world, |patch| {
        patch.post = Some("0.5".to_owned());
        patch.read = Some("0".to_owned());
    });
    assert_eq!(
        shown["prices"],
        json!({"post": 0.5, "post_with_link": 0.2, "picture_text": 0.005, "delete": 0.01, "read": 0.0})
    );
    let check = world.ask(Request::PostCheck(input(&[&account], "Text", |_| {})));
    is(
        check["accounts"][&account]["cost_usd"].as_f64().expect("a sum"),
        0.5,
    );
    for wrong in ["", "five", "-1", "1,50", "0.0000001"] {
        let patch = CostPatch {
            cap: Some(Some(wrong.to_owned())),
            ..CostPatch::default()
        };
        assert_eq!(world.refusal(Request::CostSet(patch)), Code::BadAmount, "{wrong}");
    }
}

/// Two fit one by one and not together: the second loses its time as the first goes, says why, and goes when it may.
#[test]
fn the_second_that_no_longer_fits_waits_and_the_others_go_on() {
    let (mut world, account) = world();
    cap(&mut world, "0.23");
    let first = world.post(&account, DEAR);
    let second = world.post(&account, &format!("{DEAR} again"));
    let cheap = world.post(&account, "Text");
    assert!(world.planned(&second).is_some(), "alone it fits");
    assert!(told(&mut world).is_empty());
    world.advance("13:00");
    assert_eq!(world.state(&first), "sent");
    assert_eq!(
        (world.state(&second), world.planned(&second)),
        ("queued".to_owned(), None)
    );
    assert_eq!(world.reason(&second).as_deref(), Some("cost_cap"));
    assert_eq!(world.show(&second)["waits"], "cost_cap");
    assert_eq!(told(&mut world), ["cost_cap"]);
    world.advance("22:30");
    assert_eq!(
        world.state(&cheap),
        "sent",
        "it is no longer behind the one that waits"
    );
    is(spent(&mut world), 0.215);
    // A higher cap lets it go.
    cap(&mut world, "1");
    assert!(world.planned(&second).is_some());
    assert!(told(&mut world).is_empty());
    world.advance("2026-11-25 13:00");
    assert_eq!(world.state(&second), "sent");
    is(spent(&mut world), 0.415);
    world.judge();
}

/// Between queueing and claim something else takes the money, at the very moment too.
#[test]
fn the_cap_is_asked_again_at_the_claim() {
    let (mut world, account) = world();
    let other = world.account(Network::X, "other", Persona::Personal);
    cap(&mut world, "0.25");
    let when =
        |input: &mut kossori_api::PostInput| input.when = kossori_api::WhenInput::At("12:05".to_owned());
    let one = world.post_with(&account, DEAR, when);
    let two = world.post_with(&other, &format!("{DEAR} too"), when);
    world.server.script([Turn::slow(5, 5)]);
    world.advance("12:30");
    let states = [world.state(&one), world.state(&two)];
    assert_eq!(
        states.iter().filter(|state| *state == "sent").count(),
        1,
        "{states:?}"
    );
    assert_eq!(
        states.iter().filter(|state| *state == "queued").count(),
        1,
        "{states:?}"
    );
    is(spent(&mut world), 0.2);
    world.judge();
}

#[test]
fn a_cap_that_is_lowered_stops_what_was_planned() {
    let (mut world, account) = world();
    let id = world.post(&account, "Text");
    assert!(world.planned(&id).is_some());
    cap(&mut world, "0.01");
    assert_eq!(
        (world.planned(&id), world.reason(&id)),
        (None, Some("cost_cap".to_owned()))
    );
    world.advance("2026-11-25 13:00");
    assert!(world.commits().is_empty());
    set(&mut world, |patch| patch.cap = Some(None));
    world.advance("2026-11-25 22:30");
    assert_eq!(world.state(&id), "sent");
    world.judge();
}

#[test]
fn a_new_month_is_a_new_account() {
    let mut world = World::new("2026-11-30 09:00");
    let account = world.account(Network::X, "me", Persona::Personal);
    cap(&mut world, "0.02");
    let first = world.post(&account, "Text");
    let second = world.post(&account, "Text again");
    world.advance("22:30");
    assert_eq!(world.state(&first), "sent");
    assert_eq!(world.reason(&second).as_deref(), Some("cost_cap"));
    // The month ends at midnight in UTC, nine in the morning here: by itself it has a time then.
    world.advance("2026-12-01 08:59");
    assert_eq!(world.planned(&second), None);
    world.advance("2026-12-01 09:01");
    assert!(world.planned(&second).is_some());
    assert!(told(&mut world).is_empty());
    world.advance("2026-12-01 13:00");
    assert_eq!(world.state(&second), "sent");
    let show = world.ask(Request::CostShow);
    assert_eq!(show["month"], "2026-12");
    is(show["spent_usd"].as_f64().expect("a sum"), 0.015);
    world.judge();
}

/// With the row that says `sending`, and back with the row that says that it was not taken.
#[test]
fn what_may_be_there_is_spent_and_what_was_turned_away_is_not() {
    for (turn, state, sum) in [
        (Turn::fine(), "sent", 0.015),
        (Turn::lost_after_commit(), "sent", 0.015),
        (Turn::lost_before_commit(), "needs_you", 0.015),
        (Turn::refused(400, Refusal::Other), "rejected", 0.0),
        (Turn::refused(402, Refusal::OutOfCredit), "queued", 0.0),
        // They come again, and are counted then.
        (Turn::never_left(), "sent", 0.015),
        (Turn::refused(401, Refusal::Token), "sent", 0.015),
    ] {
        let (mut world, account) = world();
        let id = world.post(&account, "Text");
        let story = format!("{turn:?}");
        world.server.script([turn]);
        world.advance("13:00");
        assert_eq!(world.state(&id), state, "{story}");
        let told = spent(&mut world);
        assert!((told - sum).abs() < 1e-9, "{story}: {told} instead of {sum}");
        world.judge();
    }
}

/// What nobody found, and a person says is not there, was not taken: it is counted when it is sent again, and then alone.
#[test]
fn a_part_is_counted_once_however_often_it_is_tried() {
    let (mut world, account) = world();
    let id = world.post(&account, "Text");
    world.server.script([Turn::lost_before_commit()]);
    world.advance("13:00");
    assert_eq!(world.state(&id), "needs_you");
    cap(&mut world, "0.015");
    let resolve = Request::QueueResolve {
        id: id.clone(),
        resolution: kossori_api::Resolution::NotThere,
    };
    world.ask_while_time_passes(resolve).expect("it is queued again");
    is(spent(&mut world), 0.0);
    world.advance("22:30");
    assert_eq!(world.state(&id), "sent", "its money is there again");
    is(spent(&mut world), 0.015);
    world.judge();
}

#[test]
fn a_crash_in_the_call_leaves_it_spent() {
    let (mut world, account) = world();
    let id = world.post(&account, "Text");
    world.server.script([Turn::slow(20, 0)]);
    world.advance("12:00:10");
    assert_eq!(world.state(&id), "sending");
    is(spent(&mut world), 0.015);
    world.crash();
    world.start();
    is(spent(&mut world), 0.015);
}

/// A thread is checked as a whole before it begins, and once begun it is finished: nobody else gets its money.
#[test]
fn a_thread_that_has_begun_is_finished() {
    let (mut world, account) = world();
    cap(&mut world, "0.045");
    let thread = world.post(&account, "Text 1\n---\nText 2\n---\nText 3");
    let other = world.account(Network::X, "other", Persona::Personal);
    // The second part never left in this window.
    world.server.script([Turn::fine(), Turn::never_left()]);
    world.advance("12:00:20");
    assert_eq!(world.show(&thread)["parts_sent"], 1);
    let third = world.post(&other, "Text of another");
    assert_eq!(
        world.reason(&third).as_deref(),
        Some("cost_cap"),
        "what is left is the thread's"
    );
    cap(&mut world, "0");
    world.advance("13:00");
    assert_eq!(world.state(&thread), "sent");
    is(spent(&mut world), 0.045);
    world.judge();

    let (mut world, account) = self::world();
    cap(&mut world, "0.04");
    let thread = world.post(&account, "Text 1\n---\nText 2\n---\nText 3");
    world.advance("13:00");
    assert_eq!(world.reason(&thread).as_deref(), Some("cost_cap"));
    assert!(world.commits().is_empty(), "not one part of it");
}

/// A person may let one go; other words are asked about again.
#[test]
fn a_person_lets_it_go() {
    let (mut world, account) = world();
    cap(&mut world, "0.01");
    let id = world.post(&account, "Text");
    let other = world.post(&account, "Text too");
    assert_eq!(world.reason(&id).as_deref(), Some("cost_cap"));
    approve(&mut world, &id);
    assert!(world.planned(&id).is_some());
    assert_eq!(
        world.events(Some(&id)).last().map(String::as_str),
        Some("approved")
    );
    world.ask(Request::QueueEdit {
        id: id.clone(),
        content: crate::support::simulated::content("Text, otherwise"),
        thread: false,
        numbered: false,
        confirm_persona: true,
    });
    assert_eq!(world.reason(&id).as_deref(), Some("cost_cap"), "other words");
    approve(&mut world, &id);
    world.advance("13:00");
    assert_eq!(
        (world.state(&id), world.state(&other)),
        ("sent".to_owned(), "queued".to_owned())
    );
    is(spent(&mut world), 0.015);
    world.judge();
}

#[test]
fn it_is_said_before_it_is_queued() {
    let (mut world, account) = world();
    let other = world.account(Network::X, "other", Persona::Personal);
    cap(&mut world, "0.3");
    let both = [account.as_str(), other.as_str()];
    let check = world.ask(Request::PostCheck(input(&both, DEAR, |_| {})));
    let over: Vec<&Value> = check["findings"]
        .as_array()
        .expect("a list")
        .iter()
        .filter(|finding| finding["rule"] == "cost_cap")
        .collect();
    // The first takes what the second would need.
    assert_eq!(over.len(), 1, "{check}");
    assert_eq!(over[0]["account"].as_str(), Some(other.as_str()));
    assert_eq!(over[0]["severity"], "warn");
    assert_eq!(
        over[0]["args"],
        json!({"cost": "0.20", "left": "0.10", "cap": "0.30"})
    );
    assert_eq!(check["times"][&other]["reason"], "cost_cap");
    assert!(check["times"][&account]["not_before"].is_string());
    let added = world.ask(Request::PostAdd(input(&[&account], DEAR, |_| {})));
    assert_eq!(
        added["deliveries"][0]["state"], "queued",
        "nobody has to look at it again"
    );
}

/// Besides post calls: what the adapter says was paid for.
#[test]
fn reading_and_describing_are_counted_too() {
    let (mut world, account) = world();
    let paid = Paid {
        read: 5,
        described: 2,
        deleted: 1,
    };
    world.server.set_paid(paid);
    let id = world.post(&account, "Text");
    world.advance("13:00");
    assert_eq!(world.state(&id), "sent");
    is(spent(&mut world), 0.015 + 5.0 * 0.001 + 2.0 * 0.005 + 0.01);
    world.judge();
}

#[test]
fn an_account_that_is_gone_has_spent_what_it_spent() {
    let (mut world, account) = world();
    world.post(&account, "Text");
    world.advance("13:00");
    world.ask(Request::AccountRemove { id: account.clone() });
    is(spent(&mut world), 0.015);
    is(
        world.ask(Request::CostShow)["accounts"][&account]
            .as_f64()
            .expect("a sum"),
        0.015,
    );
    world.advance_by(SignedDuration::from_hours(24).as_secs());
    assert_eq!(world.ask(Request::CostShow)["cap_usd"], Value::Null);
}

/// Looks read, and cost, whatever the clock says: nobody has checked it.
#[test]
fn a_clock_that_is_ahead_begins_no_month() {
    let (mut world, account) = world();
    let id = world.post(&account, "Text");
    world.server.script([Turn::lost_before_commit()]);
    world.advance("12:00:01");
    assert_eq!(world.state(&id), "unknown");
    is(spent(&mut world), 0.015);
    world.crash();
    world.set_clock_alone("2030-01-05 12:00");
    world.server.set_paid(Paid {
        read: 5,
        ..Paid::default()
    });
    world.start();
    world.advance("2030-01-05 12:01");
    assert!(!world.server.calls("look").is_empty());
    world.crash();
    world.set_clock_alone("2026-11-24 12:10");
    world.start();
    let show = world.ask(Request::CostShow);
    assert_eq!(show["month"], "2026-11");
    is(show["spent_usd"].as_f64().expect("a sum"), 0.02);
}

/// A month that was begun by a clock that was ahead: what it holds is spent in this one, and the next is a new one.
#[test]
fn a_month_that_lies_ahead_is_left() {
    let mut world = World::new("2026-11-30 09:00");
    let account = world.account(Network::X, "me", Persona::Personal);
    cap(&mut world, "0.02");
    let ahead = json!({"month": "2030-01-01", "accounts": {&account: 20_000}});
    let put = Change::PutSetting {
        name: SPENT,
        json: ahead.to_string(),
    };
    world.block_on(world.store.commit(vec![put])).expect("written");
    world.crash();
    world.start();
    let show = world.ask(Request::CostShow);
    assert_eq!(show["month"], "2026-11");
    is(show["spent_usd"].as_f64().expect("a sum"), 0.02);
    let id = world.post(&account, "Text");
    assert_eq!(world.reason(&id).as_deref(), Some("cost_cap"));
    world.advance("2026-12-01 13:00");
    assert_eq!(world.state(&id), "sent");
    let show = world.ask(Request::CostShow);
    assert_eq!(show["month"], "2026-12");
    is(show["spent_usd"].as_f64().expect("a sum"), 0.015);
    world.judge();
}
