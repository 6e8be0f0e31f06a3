//! Looking for what may be there: by its container, among the posts, by its address.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use kossori_core::answer::Receipt;
use kossori_engine::ports::{CallError, Found, Frozen, Look, Named, Publisher};
use serde_json::{Value, json};

use super::{
    AFTER, BEFORE, World, adapter, alice, answer_to, asked, graph, media, of, outgoing, page, posts, receipt,
    start, thread,
};
use crate::testing::{Does, Stub, json, now, says};

#[tokio::test]
async fn looking_at_the_container_and_then_at_the_posts() {
    let unclear = || Err(CallError::Unclear { status: Some(200) });
    let found = || Ok(Look::There(receipt("100")));
    let one = || media("100", " Lunch\n昼休み ", AFTER);
    let same_before = || media("80", "Lunch #昼休み", "2026-11-23T11:00:00+0000");
    let another = || media("101", "Lunch", AFTER);
    // What the container says, what was posted since, what comes of it.
    for (status, since, expected) in [
        ("FINISHED", vec![], Ok(Look::Absent)),
        ("FINISHED", vec![one()], found()),
        ("EXPIRED", vec![one()], found()),
        ("EXPIRED", vec![], Ok(Look::Unseen)),
        ("ERROR", vec![], Ok(Look::Absent)),
        ("IN_PROGRESS", vec![one()], unclear()),
        ("PUBLISHED", vec![one()], found()),
        ("PUBLISHED", vec![another(), one()], found()),
        ("PUBLISHED", vec![another()], unclear()),
        ("PUBLISHED", vec![], unclear()),
        ("SOMETHING_NEW", vec![one()], found()),
        ("SOMETHING_NEW", vec![], unclear()),
    ] {
        let (stub, world) = start(World::default()).await;
        let (adapter, session) = (adapter(), alice(&stub.url));
        let frozen = adapter
            .freeze(&session, &outgoing(&["Lunch #昼休み"]))
            .await
            .unwrap();
        {
            let mut world = world.lock().unwrap();
            world.status = status;
            let before = [vec![media("90", "before", BEFORE)], vec![same_before()]];
            world.threads = [since].into_iter().chain(before).flatten().collect();
        }
        let looked = adapter.look(&session, &frozen, 0, None).await;
        assert_eq!(looked, expected, "{status}");
        // The post at which looking ends was deleted: what is older is not it either.
        world.lock().unwrap().threads.retain(|media| media["id"] != "90");
        assert_eq!(
            adapter.look(&session, &frozen, 0, None).await,
            expected,
            "{status}"
        );
    }
}

#[tokio::test]
async fn a_container_that_cannot_be_asked() {
    let gone = || graph(400, json!({"message": "does not exist", "code": 24}));
    let token = || graph(400, json!({"message": "expired", "code": 190}));
    let limit = || graph(400, json!({"message": "limit", "code": 4}));
    for (does, there, expected) in [
        (gone(), true, Ok(Look::There(receipt("100")))),
        (gone(), false, Ok(Look::Unseen)),
        (Does::Hangs, true, Err(CallError::Offline)),
        (
            token(),
            true,
            Err(CallError::Token {
                code: "graph_190".to_owned(),
                words: "expired".to_owned(),
            }),
        ),
        (limit(), true, Err(CallError::RateLimit { retry_after: None })),
        (
            says(200, &[("Content-Type", "text/html")], "<html>"),
            false,
            Err(CallError::Unclear { status: Some(200) }),
        ),
    ] {
        let does = Mutex::new(Some(does));
        let stub = Stub::start(move |seen| match asked(seen).0.as_str() {
            "501" => does.lock().unwrap().take().unwrap(),
            "me/threads" if there => json(200, &page(json!([media("100", "one", AFTER)]))),
            "me/threads" => json(200, &page(json!([]))),
            other => panic!("{other}"),
        })
        .await;
        let frozen = Frozen(
            json!({"v": 1, "key": "k", "parts": ["one"], "reply_to": null, "newest_thread": null, "newest_reply": null,
                   "container": "501"})
            .to_string()
            .into(),
        );
        let looked = adapter().look(&alice(&stub.url), &frozen, 0, None).await;
        assert_eq!(looked, expected);
    }
}

#[tokio::test]
async fn looking_goes_through_all_pages_or_says_nothing() {
    let record = |mark: Value| {
        Frozen(
            json!({"v": 1, "key": "k", "parts": ["one"], "reply_to": null, "newest_thread": mark, "newest_reply": null,
                   "container": "501"})
            .to_string()
            .into(),
        )
    };
    let pages = AtomicUsize::new(0);
    let stub = Stub::start(move |seen| {
        let (path, pairs) = asked(seen);
        if path == "501" {
            return json(200, &json!({"status": "PUBLISHED"}));
        }
        match of(&pairs, "after") {
            None => json(
                200,
                &json!({"data": [media("102", "x", AFTER)], "paging": {"cursors": {"after": "p2"}}}),
            ),
            Some("p2") => json(
                200,
                &json!({"data": [media("101", "y", AFTER)], "paging": {"cursors": {"after": "p3"}}}),
            ),
            Some("p3") if pages.fetch_add(1, Ordering::SeqCst) == 0 => {
                json(200, &json!({"data": [media("100", "one", AFTER)], "paging": {}}))
            }
            Some("p3") => json(200, &json!({"data": "nonsense"})),
            other => panic!("{other:?}"),
        }
    })
    .await;
    let (adapter, session) = (adapter(), alice(&stub.url));
    let looked = adapter.look(&session, &record(Value::Null), 0, None).await;
    assert_eq!(looked, Ok(Look::There(receipt("100"))));
    let looked = adapter.look(&session, &record(Value::Null), 0, None).await;
    assert_eq!(
        looked,
        Err(CallError::Unclear { status: Some(200) }),
        "a page that cannot be read"
    );

    // Round in circles, and without an end.
    for circle in [true, false] {
        let number = AtomicUsize::new(0);
        let stub = Stub::start(move |seen| {
            if asked(seen).0 == "501" {
                return json(400, &json!({"error": {"message": "gone", "code": 24}}));
            }
            let after = if circle { 1 } else { number.fetch_add(1, Ordering::SeqCst) };
            json(
                200,
                &json!({"data": [media("102", "x", AFTER)], "paging": {"cursors": {"after": format!("c{after}")}}}),
            )
        })
        .await;
        let looked = adapter
            .look(&alice(&stub.url), &record(Value::Null), 0, None)
            .await;
        assert_eq!(looked, Err(CallError::Unclear { status: None }), "never absent");
    }
}

#[tokio::test]
async fn finding_what_another_copy_sent() {
    let since = now();
    for (threads, replies, known, expected) in [
        (vec![], vec![], "", Found::Absent),
        // The same words, before.
        (vec![media("90", "one", BEFORE)], vec![], "", Found::Absent),
        (vec![media("100", "one", AFTER)], vec![], "100", Found::Absent),
        (
            vec![media("100", "one", AFTER)],
            vec![],
            "",
            Found::Alike {
                url: receipt("100").url,
            },
        ),
        (
            vec![media("100", "one", AFTER)],
            vec![answer_to("99", "101", "two")],
            "",
            Found::Alike {
                url: receipt("100").url,
            },
        ),
        (
            vec![media("100", "one", AFTER)],
            vec![answer_to("100", "101", "two")],
            "",
            Found::There(Receipt {
                ids: vec!["100".to_owned(), "101".to_owned()],
                last_url: receipt("101").url,
                ..receipt("100")
            }),
        ),
    ] {
        let (stub, _) = start(World {
            threads,
            replies,
            ..World::default()
        })
        .await;
        let found = adapter()
            .find(
                &alice(&stub.url),
                &outgoing(&["one", "two"]),
                since,
                &[known.to_owned()],
            )
            .await;
        assert_eq!(found.unwrap(), expected);
        assert!(posts(&stub).is_empty(), "looking makes no containers");
    }
    // There is no seeing to the end: that is said, so that a person looks, and no sign that the network is away.
    let stub = Stub::start(|_| {
        json(
            200,
            &json!({"data": [media("102", "x", AFTER)], "paging": {"cursors": {"after": "c"}}}),
        )
    })
    .await;
    let found = adapter()
        .find(&alice(&stub.url), &outgoing(&["one"]), since, &[])
        .await;
    assert_eq!(found, Err(CallError::Unclear { status: Some(200) }));
}

#[tokio::test]
async fn a_part_that_a_person_names_by_its_address() {
    let (stub, world) = start(World::default()).await;
    let (adapter, session) = (adapter(), alice(&stub.url));
    let frozen = thread(&stub, &adapter).await;
    let answers = [answer_to("100", "104", "another"), answer_to("100", "103", "two")];
    world.lock().unwrap().replies.splice(0..0, answers);
    for (code, expected) in [
        ("@alice/post/C103", Named::ThePart(receipt("103"))),
        ("@Alice/post/C103/?igshid=1", Named::ThePart(receipt("103"))),
        ("@alice/post/C104", Named::OtherContent),
        ("@alice/post/C91", Named::Nothing),
        ("@alice/post/C77", Named::Nothing),
        ("@bob/post/C103", Named::OtherAuthor),
        ("@alice", Named::Nothing),
    ] {
        let url = format!("https://www.threads.net/{code}");
        let named = adapter
            .at_url(&session, &frozen, 1, Some("100"), &url)
            .await
            .unwrap();
        assert_eq!(named, expected, "{code}");
    }
}
