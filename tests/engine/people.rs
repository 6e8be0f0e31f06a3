//! What people do meanwhile: pausing, closing, editing, moving, removing, approving, and asking twice.

use kossori_api::{Code, Request, WhenInput};
use kossori_core::network::{Network, Persona};

use crate::support::simulated::{Turn, World, at, content, input, text};

const MORNING: &str = "2026-11-24 09:00";

/// A world whose one delivery is claimed at 12:20 and stays so for ten seconds.
fn claimed() -> (World, String, String) {
    let mut world = World::new(MORNING);
    let account = world.bluesky("me");
    let delivery = world.post_at(&account, "Text", "2026-11-24 12:20");
    world.server.slow_freezes([10]);
    world.advance("12:20:05");
    assert_eq!(world.state(&delivery), "claimed");
    (world, account, delivery)
}

fn sending() -> (World, String, String) {
    let mut world = World::new(MORNING);
    let account = world.bluesky("me");
    let delivery = world.post_at(&account, "Text", "2026-11-24 12:20");
    world.server.script([Turn::slow(10, 5)]);
    world.advance("12:20:05");
    assert_eq!(world.state(&delivery), "sending");
    (world, account, delivery)
}

fn edit(delivery: &str, words: &str) -> Request {
    Request::QueueEdit {
        id: delivery.to_owned(),
        content: content(words),
        thread: false,
        numbered: false,
        confirm_persona: false,
    }
}

fn move_to(delivery: &str, when: WhenInput) -> Request {
    Request::QueueWhen {
        id: delivery.to_owned(),
        when,
        override_window: false,
        zone: None,
        expires: None,
    }
}

#[test]
fn an_edit_before_sending_voids_the_attempt() {
    let (mut world, _, delivery) = claimed();
    world.ask(edit(&delivery, "Text edited"));
    assert_eq!(world.state(&delivery), "queued");
    assert!(world.events(Some(&delivery)).contains(&"voided".to_owned()));
    world.advance("23:00");
    let commits = world.commits();
    assert_eq!(commits.len(), 1, "{commits:?}");
    assert_eq!(commits[0].text, "Text edited");
    world.judge();
}

#[test]
fn a_move_a_removal_a_hold_a_pause_and_a_closing_before_sending_void_it() {
    for what in 0..5 {
        let (mut world, _, delivery) = claimed();
        let state = match what {
            0 => {
                world.ask(move_to(&delivery, WhenInput::Window("evening".into())));
                "queued"
            }
            1 => {
                let removed = world.ask(Request::QueueRemove {
                    id: delivery.clone(),
                    discard: false,
                });
                let draft = world.ask(Request::DraftShow {
                    id: text(&removed["draft"]),
                });
                assert_eq!(draft["text"], "Text");
                "removed"
            }
            2 => {
                world.ask(Request::QueueHold {
                    id: delivery.clone(),
                    until: None,
                    zone: None,
                });
                "held"
            }
            3 => {
                world.ask(Request::Pause {
                    duration: Some("1h".into()),
                    until: None,
                });
                "queued"
            }
            _ => {
                world.ask(Request::ClosedAdd {
                    from: "2026-11-24T12:20:00+09:00".into(),
                    to: "2026-11-24T13:00:00+09:00".into(),
                    zone: None,
                });
                "queued"
            }
        };
        assert_eq!(world.state(&delivery), state, "case {what}");
        assert!(
            world.events(Some(&delivery)).contains(&"voided".to_owned()),
            "case {what}"
        );
        world.advance("13:00");
        assert!(world.commits().is_empty(), "case {what}: nothing of it went");
        world.advance("23:00");
        assert_eq!(
            world.commits().len(),
            usize::from(state == "queued"),
            "case {what}"
        );
        world.judge();
    }
}

#[test]
fn from_sending_on_it_is_refused() {
    let (mut world, account, delivery) = sending();
    let refused = [
        edit(&delivery, "Text edited"),
        move_to(&delivery, WhenInput::Next),
        Request::QueueMove {
            id: delivery.clone(),
            to: 1,
        },
        Request::QueueHold {
            id: delivery.clone(),
            until: None,
            zone: None,
        },
        Request::QueueRemove {
            id: delivery.clone(),
            discard: false,
        },
        Request::QueueRetry { id: delivery.clone() },
    ];
    for request in refused {
        let code = world.refusal(request.clone());
        assert!(
            matches!(code.as_str(), "already_sending" | "bad_position"),
            "{request:?}: {code}"
        );
    }
    assert_eq!(
        world.refusal(Request::AccountRemove { id: account }).as_str(),
        "account_is_sending"
    );
    // A pause does not call back what has left.
    world.ask(Request::Pause {
        duration: None,
        until: None,
    });
    world.advance("12:21");
    assert_eq!(world.state(&delivery), "sent");
    world.judge();
}

#[test]
fn paused_until_resumed() {
    let mut world = World::new(MORNING);
    let account = world.bluesky("me");
    let delivery = world.post(&account, "Text");
    let spread = world.ask(Request::Pause {
        duration: None,
        until: None,
    });
    assert_eq!(spread["waits"][0]["reason"], "paused", "{spread}");
    world.advance("12:30");
    assert!(world.commits().is_empty());
    assert_eq!(world.reason(&delivery).as_deref(), Some("paused"));
    assert_eq!(world.ask(Request::Status)["state"], "paused");
    let resumed = world.ask(Request::Resume);
    assert_eq!(
        resumed["will_send"][0]["at"], "2026-11-24T12:30:00.000+09:00",
        "{resumed}"
    );
    world.advance("12:31");
    assert_eq!(world.state(&delivery), "sent");
    let events = world.events(None);
    assert!(events.contains(&"paused".to_owned()) && events.contains(&"resumed".to_owned()));
    world.judge();
}

#[test]
fn a_pause_that_ends_by_itself() {
    let mut world = World::new(MORNING);
    let account = world.bluesky("me");
    world.post(&account, "Text");
    world.ask(Request::Pause {
        duration: Some("3h30m".into()),
        until: None,
    });
    world.advance("23:00");
    assert_eq!(world.commits()[0].at, at("2026-11-24 12:30"));
    world.judge();
}

#[test]
fn closed_over_lunch() {
    let mut world = World::new(MORNING);
    let account = world.bluesky("me");
    world.post(&account, "Text");
    let closed = world.ask(Request::ClosedAdd {
        from: "11:50".into(),
        to: "2026-11-24 19:00".into(),
        zone: None,
    });
    world.advance("18:59");
    assert!(world.commits().is_empty());
    // A break does not open what is closed.
    world.ask(Request::BreakNow {
        minutes: 1,
        accounts: Vec::new(),
        practice_only: false,
    });
    world.advance("18:59:50");
    assert!(world.commits().is_empty());
    world.ask(Request::ClosedRemove {
        id: text(&closed["id"]),
    });
    world.advance("19:05");
    assert_eq!(world.commits().len(), 1);
    world.judge();
}

#[test]
fn held_until_a_person_approves() {
    let mut world = World::new(MORNING);
    let account = world.bluesky("me");
    let held = world.post_with(&account, "Text held", |input| input.hold = true);
    let free = world.post(&account, "Text free");
    world.advance("12:30");
    assert_eq!(
        (world.state(&held).as_str(), world.state(&free).as_str()),
        ("held", "sent"),
        "it blocks nothing"
    );
    world.ask(Request::QueueApprove {
        id: held.clone(),
        confirm_persona: false,
        anyway: false,
    });
    world.advance("12:31");
    assert_eq!(world.state(&held), "sent");
    world.judge();
}

#[test]
fn removing_an_account_makes_drafts() {
    let (mut world, account, delivery) = claimed();
    let second = world.post(&account, "Text second");
    let removed = world.ask(Request::AccountRemove { id: account.clone() });
    let drafts = world.ask(Request::DraftList);
    let mut texts: Vec<String> = drafts["drafts"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|d| text(&d["text"]))
        .collect();
    texts.sort();
    assert_eq!(texts, ["Text", "Text second"]);
    assert_eq!(removed["drafts"].as_array().map(Vec::len), Some(2));
    assert_eq!(
        (world.state(&delivery).as_str(), world.state(&second).as_str()),
        ("removed", "removed")
    );
    assert_eq!(world.vault.entry(&format!("account.{account}")), None);
    world.advance("23:00");
    assert!(world.commits().is_empty());
    world.judge();
}

#[test]
fn a_request_sent_twice_is_done_once() {
    let mut world = World::new(MORNING);
    let account = world.bluesky("me");
    let add = Request::PostAdd(input(&[&account], "Text", |_| {}));
    let first = world.try_ask_as("one", add.clone()).expect("queued");
    let again = world.try_ask_as("one", add).expect("answered again");
    assert_eq!(first, again);
    let list = world.ask(Request::QueueList { all: true });
    assert_eq!(list["deliveries"].as_array().map(Vec::len), Some(1));

    world.allow("09:00", "09:30");
    let pause = Request::BreakNow {
        minutes: 30,
        accounts: Vec::new(),
        practice_only: false,
    };
    let first = world.try_ask_as("two", pause.clone()).expect("a break");
    world.advance("09:10");
    let again = world.try_ask_as("two", pause).expect("answered again");
    assert_eq!(first, again, "the break is not begun anew");
    let plan = world.ask(Request::Status).to_string();
    world.post(&account, "Text late");
    world.advance("09:31");
    assert!(
        world
            .commits()
            .iter()
            .all(|commit| commit.at < at("2026-11-24 09:30")),
        "{plan}"
    );

    // Every other change too: the second answer is the first.
    let id = text(
        &world.ask(Request::QueueList { all: false })["deliveries"]
            .as_array()
            .cloned()
            .unwrap_or_default()
            .first()
            .map_or_else(|| serde_json::json!("none"), |delivery| delivery["id"].clone()),
    );
    let requests = [
        Request::DraftAdd {
            accounts: Vec::new(),
            content: content("Text draft"),
        },
        Request::ClosedAdd {
            from: "2026-12-24 09:00".into(),
            to: "2026-12-25 09:00".into(),
            zone: None,
        },
        Request::WindowAdd {
            name: "tea".into(),
            title: None,
            period: kossori_api::PeriodInput {
                days: "mon-fri".into(),
                from: "15:00".into(),
                to: "15:10".into(),
                ..kossori_api::PeriodInput::default()
            },
            disabled: false,
        },
        Request::QueueRemove { id, discard: true },
    ];
    for (n, request) in requests.into_iter().enumerate() {
        let id = format!("more-{n}");
        let first = world.try_ask_as(&id, request.clone());
        let again = world.try_ask_as(&id, request.clone());
        match (&first, &again) {
            (Ok(first), Ok(again)) => assert_eq!(first, again, "{request:?}"),
            (Err(_), Err(_)) if matches!(request, Request::QueueRemove { .. }) => {}
            other => panic!("{request:?}: {other:?}"),
        }
    }
    let closed = world.ask(Request::ClosedList);
    assert_eq!(closed["closed"].as_array().map(Vec::len), Some(1));
    world.judge();
}

#[test]
fn a_save_on_an_old_revision_makes_a_second_draft() {
    let mut world = World::new(MORNING);
    let draft = world.ask(Request::DraftAdd {
        accounts: Vec::new(),
        content: content("Text a"),
    });
    let id = text(&draft["id"]);
    let save = |words: &str, base| Request::DraftEdit {
        id: id.clone(),
        base_rev: Some(base),
        accounts: None,
        content: content(words),
    };
    let second = world.ask(save("Text b", 1));
    assert_eq!(
        (text(&second["id"]), second["rev"].as_u64()),
        (id.clone(), Some(2))
    );
    let stray = world.ask(save("Text c", 1));
    assert_ne!(text(&stray["id"]), id);
    assert_eq!(
        world.ask(Request::DraftShow { id: id.clone() })["text"],
        "Text b",
        "never overwritten"
    );
    let drafts = world.ask(Request::DraftList);
    assert_eq!(drafts["drafts"].as_array().map(Vec::len), Some(2));
}

#[test]
fn an_official_account_needs_a_confirm_each_time() {
    let mut world = World::new(MORNING);
    let firm = world.account(Network::Bluesky, "firm", Persona::Official);
    let add = |confirm| Request::PostAdd(input(&[&firm], "Text", |input| input.confirm_persona = confirm));
    assert_eq!(world.refusal(add(false)).as_str(), "confirm_persona");
    let added = world.ask(add(true));
    let delivery = text(&added["deliveries"][0]["id"]);
    assert_eq!(
        world.refusal(edit(&delivery, "Text edited")).as_str(),
        "confirm_persona",
        "an edit asks again"
    );
    world.judge();
}

#[test]
fn moving_one_moves_no_other_but_those_behind_it() {
    let mut world = World::new(MORNING);
    let account = world.bluesky("me");
    let ids: Vec<String> = (0..4)
        .map(|n| world.post(&account, &format!("Text {n}")))
        .collect();
    let before: Vec<_> = ids.iter().map(|id| world.planned(id)).collect();
    world.ask(Request::QueueMove {
        id: ids[3].clone(),
        to: 3,
    });
    let after: Vec<_> = ids.iter().map(|id| world.planned(id)).collect();
    assert_eq!(before[..2], after[..2]);
    assert_eq!((after[3], after[2]), (before[2], before[3]));
    world.advance("2026-11-25 23:00");
    let texts: Vec<String> = world.commits().into_iter().map(|commit| commit.text).collect();
    assert_eq!(texts, ["Text 0", "Text 1", "Text 3", "Text 2"]);
    world.judge();
}

#[test]
fn removing_a_window_turns_its_deliveries_to_the_next() {
    let mut world = World::new(MORNING);
    let account = world.bluesky("me");
    let delivery = world.post_with(&account, "Text", |input| {
        input.when = WhenInput::Window("evening".into())
    });
    assert_eq!(world.planned(&delivery), Some(at("2026-11-24 18:30")));
    let removed = world.ask(Request::WindowRemove {
        name: "evening".into(),
    });
    assert_eq!(removed["now_next"], 1);
    // Its own time is gone; none of the others moves it before that.
    assert_eq!(world.planned(&delivery), Some(at("2026-11-25 12:00")));
    world.advance("2026-11-25 12:01");
    assert_eq!(world.state(&delivery), "sent");
    world.judge();
}

#[test]
fn a_window_that_is_added_disabled_takes_nothing_before_it_is_enabled() {
    let mut world = World::new(MORNING);
    let account = world.bluesky("me");
    let delivery = world.post(&account, "Text");
    assert_eq!(world.planned(&delivery), Some(at("2026-11-24 12:00")));
    let tea = |from: &str, to: &str| kossori_api::PeriodInput {
        days: "tue".into(),
        from: from.into(),
        to: to.into(),
        ..kossori_api::PeriodInput::default()
    };
    world.ask(Request::WindowAdd {
        name: "tea".into(),
        title: None,
        period: tea("10:00", "10:20"),
        disabled: true,
    });
    world.advance("10:30");
    assert_eq!(world.state(&delivery), "queued");
    assert_eq!(world.planned(&delivery), Some(at("2026-11-24 12:00")));
    world.judge();
}

#[test]
fn an_edit_of_the_account_during_an_attempt_is_not_undone_by_it() {
    let (mut world, account, delivery) = claimed();
    world.ask(Request::AccountEdit {
        id: account,
        persona: Some(Persona::Anonymous),
        client_name: Some("Other".into()),
        proxy: None,
    });
    // The attempt refreshes its tokens and comes to its end with the account as it was read before.
    world
        .server
        .script([Turn::refused(401, kossori_core::answer::Refusal::Token)]);
    world.advance("12:21");
    assert_eq!(world.state(&delivery), "sent");
    let list = world.ask(Request::AccountList);
    assert_eq!(list["accounts"][0]["persona"], "anonymous");
    world.judge();
}

#[test]
fn a_request_that_comes_again_while_it_is_answered_is_done_once() {
    let mut world = World::new(MORNING);
    let account = world.bluesky("me");
    let call = |id: &str| kossori_api::Call {
        request_id: id.to_owned(),
        request: Request::PostAdd(input(&[&account], "Text", |_| {})),
    };
    let engine = world.engine();
    let (first, again) =
        world.block_on(async { tokio::join!(engine.handle(call("one")), engine.handle(call("one"))) });
    let (kossori_api::Reply::Done(first), kossori_api::Reply::Done(again)) = (first, again) else {
        panic!("both are answered");
    };
    assert_eq!(first, again);
    let list = world.ask(Request::QueueList { all: true });
    assert_eq!(list["deliveries"].as_array().map(Vec::len), Some(1));
}

#[test]
fn retry_ends_the_waiting_after_a_refusal() {
    let mut world = World::new(MORNING);
    let account = world.bluesky("me");
    let delivery = world.post(&account, "Text");
    let wait = Some(jiff::SignedDuration::from_mins(50));
    world.server.script([Turn::refused(
        429,
        kossori_core::answer::Refusal::RateLimit { retry_after: wait },
    )]);
    world.advance("12:10");
    assert_eq!(world.state(&delivery), "queued");
    world.ask(Request::QueueRetry { id: delivery.clone() });
    world.advance("12:11");
    assert_eq!(world.state(&delivery), "sent");
    world.judge();
}

#[test]
fn what_was_missed_is_edited_and_waits_anew() {
    let mut world = World::new(MORNING);
    let account = world.bluesky("me");
    let delivery = world.post_with(&account, "Text", |input| input.expires = Some("11:00".into()));
    world.advance("11:30");
    assert_eq!(world.state(&delivery), "missed");
    world.ask(edit(&delivery, "Text better"));
    world.advance("12:01");
    assert_eq!(world.commits()[0].text, "Text better");
    world.judge();
}

#[test]
fn a_thread_that_fits_no_window_is_refused() {
    let mut world = World::new(MORNING);
    for name in ["lunch", "evening", "weekend"] {
        world.ask(Request::WindowRemove { name: name.into() });
    }
    world.ask(Request::WindowAdd {
        name: "tea".into(),
        title: None,
        period: kossori_api::PeriodInput {
            days: "daily".into(),
            from: "20:00".into(),
            to: "20:02".into(),
            ..kossori_api::PeriodInput::default()
        },
        disabled: false,
    });
    let account = world.mastodon("me", kossori_core::network::Software::Mastodon);
    let three = "Text one\n---\nText two\n---\nText three";
    let thread = Request::PostAdd(input(&[&account], three, |_| {}));
    assert_eq!(world.refusal(thread).as_str(), "thread_does_not_fit");
    world.post(&account, "Text one\n---\nText two");
    world.advance("21:00");
    assert_eq!(world.commits().len(), 2);
    world.judge();
}

#[test]
fn a_commands_host_publishes_nothing_and_a_retiring_one_claims_nothing_more() {
    let mut world = World::new(MORNING);
    let account = world.bluesky("me");
    world.crash();
    world.role = kossori_engine::Role::Command;
    world.start();
    let delivery = world.post(&account, "Text");
    world.advance("12:30");
    assert!(world.server.calls("post").is_empty() && world.server.calls("author").is_empty());
    assert_eq!(world.state(&delivery), "queued");
    world.crash();
    world.role = kossori_engine::Role::Resident;
    world.server.script([Turn::slow(5, 5)]);
    world.start();
    world.advance("12:30:02");
    assert_eq!(world.state(&delivery), "sending");
    let second = world.post_at(&account, "Text two", "2026-11-24 12:31");
    world.engine().retire();
    world.advance("13:00");
    assert_eq!(world.state(&delivery), "sent", "what is sending is finished");
    assert_eq!(world.state(&second), "queued");
    assert!(!world.engine().is_busy());
    world.judge();
}

#[test]
fn nobody_queues_a_draft_that_they_have_not_seen() {
    let mut world = World::new(MORNING);
    let account = world.bluesky("me");
    let words = |words: &str| input(&[], words, |_| {}).content;
    let mut told = world.engine().events();
    let added = world.ask(Request::DraftAdd {
        accounts: Vec::new(),
        content: words("Text as read"),
    });
    let draft = text(&added["id"]);
    world.ask(Request::DraftEdit {
        id: draft.clone(),
        base_rev: Some(1),
        accounts: None,
        content: words("Text of somebody else"),
    });
    let mut revisions = Vec::new();
    while let Ok(event) = told.try_recv() {
        if let kossori_api::Event::Draft { id, rev } = event {
            assert_eq!(id, draft);
            revisions.push(rev);
        }
    }
    assert_eq!(revisions, [1, 2], "each save is told");
    let queue = |base_rev| {
        let mut post = input(&[&account], "", |_| {});
        post.draft = Some(draft.clone());
        post.base_rev = base_rev;
        Request::PostAdd(post)
    };
    assert_eq!(world.refusal(queue(Some(1))), Code::DraftStale);
    world.ask(Request::DraftShow { id: draft.clone() });
    world.ask(queue(Some(2)));
    assert_eq!(
        world.refusal(Request::DraftShow { id: draft.clone() }),
        Code::UnknownDraft
    );
}
