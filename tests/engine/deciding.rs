//! What a person decides about an outcome that nobody knows: what moves with it, and what becomes of a thread that goes
//! part by part.

use kossori_api::{Request, Resolution};
use kossori_core::network::Software;

use crate::support::simulated::{Turn, World, at, page};

const MORNING: &str = "2026-11-24 09:00";

fn resolution(id: &str, resolution: Resolution) -> Request {
    Request::QueueResolve {
        id: id.to_owned(),
        resolution,
    }
}

fn there(id: &str, url: Option<&str>) -> Request {
    let url = url.map(str::to_owned);
    resolution(id, Resolution::There { url })
}

/// A thread of three whose second part went out unseen: nobody can look, so the person is asked at once.
fn second_part_open() -> (World, String, String) {
    let mut world = World::new(MORNING);
    let account = world.mastodon("me", Software::Unknown);
    let delivery = world.post(&account, "Text one\n---\nText two\n---\nText three");
    world.server.set_cannot_tell();
    world.server.script([Turn::fine(), Turn::lost_after_commit()]);
    world.advance("12:05");
    assert_eq!(world.state(&delivery), "needs_you");
    assert_eq!(world.show(&delivery)["parts_sent"], 1);
    (world, account, delivery)
}

#[test]
fn a_part_that_a_person_points_at_is_proved_and_the_rest_answers_it() {
    let (mut world, _, delivery) = second_part_open();
    let commits = world.commits();
    let resolved = world.ask(there(&delivery, Some(&page(&commits[1].id))));
    assert_eq!(
        (resolved["state"].as_str(), resolved["parts_sent"].as_u64()),
        (Some("queued"), Some(2))
    );
    assert_eq!(
        resolved["url"],
        page(&commits[0].id),
        "the thread's is its first part's"
    );
    world.advance("2026-11-24 19:00");
    assert_eq!(world.state(&delivery), "sent");
    let commits = world.commits();
    let texts: Vec<&str> = commits.iter().map(|commit| commit.text.as_str()).collect();
    assert_eq!(texts, ["Text one", "Text two", "Text three"]);
    assert_eq!(commits[2].reply_to.as_deref(), Some(commits[1].id.as_str()));
    let events = world.events(Some(&delivery));
    assert!(events.contains(&"resolved".to_owned()), "{events:?}");
    world.judge();
}

#[test]
fn without_an_address_or_with_a_wrong_one_nothing_is_taken() {
    let (mut world, account, delivery) = second_part_open();
    let first = world.commits()[0].id.clone();
    let other = world.mastodon("other", Software::Unknown);
    world.post_at(&other, "Text two", "2026-11-24 12:30");
    world.advance("12:35");
    let of_other = world.commits().last().map(|commit| page(&commit.id));
    for (url, code) in [
        (None, "part_url_needed"),
        (Some(page("id-99")), "part_url_not_found"),
        (
            Some("https://elsewhere.example/@me/id-2".to_owned()),
            "part_url_not_found",
        ),
        (of_other, "part_url_other_author"),
        (Some(page(&first)), "part_url_other_text"),
    ] {
        let request = there(&delivery, url.as_deref());
        assert_eq!(world.refusal(request).as_str(), code, "{url:?}");
        let shown = world.show(&delivery);
        assert_eq!(
            (shown["state"].as_str(), shown["parts_sent"].as_u64()),
            (Some("needs_you"), Some(1)),
            "{url:?}"
        );
    }
    world.server.set_offline(true);
    let away = there(&delivery, Some(&page("id-2")));
    assert_eq!(world.refusal(away).as_str(), "server_unreachable");
    world.server.set_offline(false);
    // An expired token is refreshed, as for a look.
    world.server.expire_access();
    world.ask(there(&delivery, Some(&page("id-2"))));
    world.advance("2026-11-25 23:00");
    assert_eq!(world.state(&delivery), "sent");
    let of_me = world
        .commits()
        .into_iter()
        .filter(|commit| commit.author.ends_with(":me"));
    assert_eq!(of_me.count(), 3);
    let _ = account;
    world.judge();
}

#[test]
fn nothing_of_the_account_goes_before_the_rest_of_a_thread_that_was_pointed_at() {
    let (mut world, account, delivery) = second_part_open();
    let second = world.commits()[1].id.clone();
    world.advance("13:30");
    let behind = world.post(&account, "Text behind");
    world.ask(there(&delivery, Some(&page(&second))));
    world.advance("2026-11-25 23:00");
    assert_eq!(world.state(&behind), "sent");
    let texts: Vec<String> = world.commits().into_iter().map(|commit| commit.text).collect();
    assert_eq!(texts, ["Text one", "Text two", "Text three", "Text behind"]);
    world.judge();
}

#[test]
fn a_decision_answers_what_moved() {
    for (decision, state) in [
        (Resolution::There { url: None }, "sent"),
        (Resolution::NotThere, "queued"),
        (Resolution::Leave, "left"),
    ] {
        let mut world = World::new(MORNING);
        let account = world.mastodon("me", Software::Unknown);
        let delivery = world.post_at(&account, "Text", "2026-11-24 12:20");
        let behind = world.post_at(&account, "Text behind", "2026-11-24 12:22");
        world.server.script([Turn::lost_before_commit()]);
        world.advance("12:23");
        assert_eq!(world.state(&delivery), "unknown");
        assert_eq!(world.reason(&behind).as_deref(), Some("behind_unknown"));
        let before = world.planned(&behind);
        let resolved = world.ask(resolution(&delivery, decision.clone()));
        assert_eq!(resolved["state"], state);
        let moved: Vec<&str> = resolved["moved"]
            .as_array()
            .expect("what moved")
            .iter()
            .filter_map(|moved| moved["id"].as_str())
            .collect();
        if world.planned(&behind) != before && state != "queued" {
            assert!(moved.contains(&behind.as_str()), "{decision:?}: {resolved}");
        }
        if state == "queued" {
            assert!(moved.contains(&delivery.as_str()), "{decision:?}: {resolved}");
        }
        world.judge();
    }
}

#[test]
fn a_decision_that_a_look_makes_answers_what_moved_too() {
    let mut world = World::new(MORNING);
    let account = world.mastodon("me", Software::Unknown);
    let delivery = world.post_at(&account, "Text", "2026-11-24 12:20");
    world.server.script([Turn::lost_after_commit()]);
    world.advance_to(at("2026-11-24 12:20"));
    let resolved = world.ask(resolution(&delivery, Resolution::NotThere));
    assert_eq!(resolved["state"], "sent", "the look found it");
    assert!(resolved["moved"].is_array(), "{resolved}");
    world.judge();
}
