//! Looking back: the journal in pages, what came of each delivery, and what its view tells of what was asked.

use std::collections::BTreeSet;

use kossori_api::{Code, JournalInput, PostInput, Request, WhenInput};
use kossori_core::answer::Refusal;
use kossori_core::network::{Software, Visibility};
use serde_json::{Value, json};

use crate::support::simulated::{Said, Turn, World, input, page, text};

const MORNING: &str = "2026-11-24 09:00";

fn rows(answer: &Value) -> Vec<Value> {
    answer["entries"].as_array().cloned().expect("entries")
}

fn journal(world: &mut World, change: impl FnOnce(&mut JournalInput)) -> Value {
    let mut asked = JournalInput::default();
    change(&mut asked);
    world.ask(Request::Journal(asked))
}

/// One went out, one was turned away, one was removed, one waits.
fn four() -> (World, String, [String; 4]) {
    let mut world = World::new(MORNING);
    let account = world.mastodon("me", Software::Mastodon);
    let out = world.post_at(&account, "Text one", "2026-11-24 12:05");
    let refused = world.post_at(&account, "Text two", "2026-11-24 12:20");
    let removed = world.post_at(&account, "Text three", "2026-11-24 12:40");
    let waits = world.post_at(&account, "Text four", "2026-11-24 19:00");
    world
        .server
        .script([Turn::fine(), Turn::refused(422, Refusal::Other)]);
    world.advance("12:30");
    world.ask(Request::QueueRemove {
        id: removed.clone(),
        discard: true,
    });
    (world, account, [out, refused, removed, waits])
}

#[test]
fn pages_are_all_of_it_and_nothing_twice() {
    let (mut world, account, _) = four();
    let all = rows(&journal(&mut world, |_| {}));
    assert!(all.len() > 9, "{} rows", all.len());
    for limit in [1, 2, 5, 400] {
        let mut pages: Vec<Value> = Vec::new();
        let mut until: Option<String> = None;
        loop {
            let answer = journal(&mut world, |asked| {
                asked.limit = Some(limit);
                asked.until.clone_from(&until);
            });
            let read = rows(&answer);
            assert!(read.len() >= (limit as usize).min(all.len() - pages.len()));
            pages.splice(0..0, read);
            until = answer["more"].as_str().map(str::to_owned);
            if until.is_none() {
                break;
            }
        }
        assert_eq!(pages, all, "limit {limit}");
    }
    let of_it = |row: &&Value| row["delivery"].is_string();
    assert!(
        all.iter()
            .filter(of_it)
            .all(|row| row["account"] == json!(account))
    );
}

#[test]
fn what_came_of_each_is_told_once_with_the_delivery_as_it_is_now() {
    let (mut world, _, [out, refused, removed, waits]) = four();
    let answer = journal(&mut world, |asked| asked.outcomes = true);
    let told: Vec<(String, String)> = rows(&answer)
        .iter()
        .map(|row| (text(&row["delivery"]), text(&row["event"])))
        .collect();
    let expected = [(&out, "sent"), (&refused, "rejected"), (&removed, "removed")];
    let expected: Vec<(String, String)> = expected.map(|(id, event)| (id.clone(), event.to_owned())).into();
    assert_eq!(told, expected, "not what waits, {waits}");
    let views = answer["deliveries"].as_array().cloned().expect("deliveries");
    let shown: BTreeSet<(String, String, String)> = views
        .iter()
        .map(|view| (text(&view["id"]), text(&view["state"]), text(&view["text"])))
        .collect();
    let view = |id: &String, state: &str, words: &str| (id.clone(), state.to_owned(), words.to_owned());
    let expected = [
        view(&out, "sent", "Text one"),
        view(&refused, "rejected", "Text two"),
        view(&removed, "removed", "Text three"),
    ];
    assert_eq!(shown, expected.into());
    // Tried again and sent, it stands where it was sent, and once.
    world.ask(Request::QueueRetry { id: refused.clone() });
    world.advance("20:00");
    let answer = journal(&mut world, |asked| {
        asked.outcomes = true;
        asked.limit = Some(10);
    });
    let told: Vec<String> = rows(&answer).iter().map(|row| text(&row["delivery"])).collect();
    assert_eq!(told.iter().filter(|id| **id == refused).count(), 1, "{told:?}");
    assert_eq!(
        rows(&journal(&mut world, |asked| {
            asked.outcomes = true;
            asked.limit = Some(1);
        }))
        .len(),
        1
    );
}

#[test]
fn each_part_has_its_id_and_its_address() {
    let mut world = World::new(MORNING);
    let account = world.mastodon("me", Software::Mastodon);
    let thread = world.post(&account, "Text one\n---\nText two\n---\nText three");
    world.advance("15:00");
    let shown = world.show(&thread);
    let receipts = shown["receipts"].as_array().cloned().expect("receipts");
    assert_eq!(receipts.len(), 3);
    for (receipt, part) in receipts.iter().zip(1..) {
        assert_eq!(receipt["part"], part);
        let id = text(&receipt["id"]);
        let url = json!(page(&id));
        // The receipt keeps the first one's and the last one's; what this network's pages look like is its adapter's to say.
        assert_eq!(receipt["url"], if part == 2 { json!(null) } else { url });
    }
}

#[test]
fn a_view_tells_what_was_asked_for() {
    let mut world = World::new(MORNING);
    let account = world.bluesky("me");
    let asked = |world: &mut World, change: &dyn Fn(&mut PostInput)| {
        let id = world.post_with(&account, "Text", |input| change(input));
        let shown = world.show(&id);
        (
            shown["when"].clone(),
            shown["override_window"].clone(),
            shown["hold_until"].clone(),
        )
    };
    let no = json!(false);
    assert_eq!(
        asked(&mut world, &|_| {}),
        (json!("next"), no.clone(), json!(null))
    );
    assert_eq!(
        asked(&mut world, &|input| input.when =
            WhenInput::Window("evening".into())),
        (json!({ "window": "evening" }), no.clone(), json!(null))
    );
    assert_eq!(
        asked(&mut world, &|input| {
            input.when = WhenInput::At("2026-11-24 15:00".into());
            input.override_window = true;
        }),
        (
            json!({ "at": "2026-11-24T15:00:00.000+09:00" }),
            json!(true),
            json!(null)
        )
    );
    assert_eq!(
        asked(&mut world, &|input| input.hold_until =
            Some("2026-11-24 18:00".into())),
        (json!("next"), no, json!("2026-11-24T18:00:00.000+09:00"))
    );
}

#[test]
fn what_was_taken_back_is_queued_again_as_it_was() {
    let mut world = World::new(MORNING);
    let account = world.bluesky("me");
    let first = world.post(&account, "Text one");
    let taken = world.post_with(&account, "Text two", |input| {
        input.expires = Some("2026-11-26 10:00".into());
        input.hold_until = Some("2026-11-24 11:00".into());
    });
    let last = world.post(&account, "Text three");
    let before = world.show(&taken);
    let draft = text(
        &world.ask(Request::QueueRemove {
            id: taken.clone(),
            discard: false,
        })["draft"],
    );
    let again = |id: &str, accounts: &[&str]| {
        Request::PostAdd(input(accounts, "", |input| {
            input.draft = Some(draft.clone());
            input.again = Some(id.to_owned());
            input.expires = Some(text(&before["expires_at"]));
            input.hold_until = Some(text(&before["hold_until"]));
        }))
    };
    let other = world.bluesky("other");
    assert_eq!(
        world.refusal(again(&first, &[&account])),
        Code::NotPossibleNow,
        "that one waits"
    );
    assert_eq!(
        world.refusal(again(&taken, &[&other])),
        Code::NotPossibleNow,
        "it was another account's"
    );
    let added = world.ask(again(&taken, &[&account]));
    let id = text(&added["deliveries"][0]["id"]);
    let mut after = world.show(&id);
    assert_ne!(id, taken);
    after["id"] = json!(taken);
    assert_eq!(after, before, "its post, its place, its hold and its end");
    let positions = [&first, &id, &last].map(|id| world.show(id)["position"].clone());
    assert_eq!(positions, [json!(1), json!(2), json!(3)]);
}

#[test]
fn what_is_queued_again_goes_where_it_went_and_moves_no_other() {
    let mut world = World::new(MORNING);
    let account = world.bluesky("me");
    let [first, second, last] = ["one", "two", "three"].map(|words| world.post(&account, words));
    let times = [&first, &second, &last].map(|id| world.planned(id));
    let draft = text(
        &world.ask(Request::QueueRemove {
            id: second.clone(),
            discard: false,
        })["draft"],
    );
    let added = world.ask(Request::PostAdd(input(&[&account], "", |input| {
        input.draft = Some(draft);
        input.again = Some(second);
    })));
    assert_eq!(added["moved"], json!([]));
    let again = text(&added["deliveries"][0]["id"]);
    assert_eq!([&first, &again, &last].map(|id| world.planned(id)), times);
}

#[test]
fn another_time_and_back_keeps_the_end_that_was_asked_for() {
    let mut world = World::new(MORNING);
    let account = world.bluesky("me");
    let id = world.post_with(&account, "Text", |input| {
        input.expires = Some("2026-11-26 10:00".into())
    });
    let before = world.show(&id);
    let when = |when: WhenInput, expires: Option<String>| Request::QueueWhen {
        id: id.clone(),
        when,
        override_window: false,
        zone: None,
        expires,
    };
    world.ask(when(WhenInput::At("2026-11-24 12:30".into()), None));
    assert_ne!(world.show(&id)["expires_at"], before["expires_at"]);
    world.ask(when(WhenInput::Next, Some(text(&before["expires_at"]))));
    assert_eq!(world.show(&id), before);
}

#[test]
fn the_status_counts_drafts_and_what_others_see_otherwise() {
    let mut world = World::new(MORNING);
    let account = world.mastodon("me", Software::Mastodon);
    let counts = |world: &mut World| {
        let status = world.ask(Request::Status);
        (status["drafts"].clone(), status["visibility_differs"].clone())
    };
    assert_eq!(counts(&mut world), (json!(0), json!(0)));
    world.ask(Request::DraftAdd {
        accounts: vec![account.clone()],
        content: crate::support::simulated::content("Text"),
    });
    world.server.script([
        Turn::says(Said::PostedAs("private")),
        Turn::says(Said::PostedAs("public")),
    ]);
    let private = |world: &mut World, when: &str| {
        world.post_with(&account, "Text", |input| {
            input.content.visibility = Some(Visibility::Private);
            input.when = WhenInput::At(when.to_owned());
        })
    };
    private(&mut world, "2026-11-24 12:05");
    let wider = private(&mut world, "2026-11-24 12:40");
    world.advance("12:10");
    assert_eq!(counts(&mut world), (json!(1), json!(0)), "seen as asked");
    world.advance("12:45");
    assert_eq!(counts(&mut world), (json!(1), json!(1)));
    world.ask(Request::PostDelete { id: wider });
    assert_eq!(counts(&mut world), (json!(1), json!(0)), "it is taken down");
}
