//! Answers to one's own posts: the later parts of a thread.

use std::sync::Mutex;

use kossori_core::answer::{Answer, Refusal};
use kossori_engine::ports::{CallError, Frozen, Look, Outgoing, Publisher};
use serde_json::{Value, json};

use super::{
    AFTER, BEFORE, World, adapter, alice, answer_to, asked, graph, media, of, outgoing, posted, posts,
    receipt, refused, start, thread,
};
use crate::testing::{Does, Stub, json};
use crate::threads::Threads;

#[tokio::test]
async fn answers_to_one_s_own_post() {
    let (stub, world) = start(World::default()).await;
    let (adapter, session) = (adapter(), alice(&stub.url));
    let mut reply = outgoing(&["and more"]);
    reply.reply_to = Some("https://www.threads.net/@alice/post/C91/?xmt=5".to_owned());
    let frozen = adapter.freeze(&session, &reply).await.unwrap();
    let record: Value = serde_json::from_str(&frozen.0).unwrap();
    assert_eq!(
        (&record["reply_to"], &record["newest_reply"]["id"]),
        (&json!("91"), &json!("91"))
    );
    assert_eq!(of(&posts(&stub)[0].1, "reply_to_id"), Some("91"));

    let mut answer = media("100", "and more", AFTER);
    answer["replied_to"] = json!({"id": "91"});
    world.lock().unwrap().replies.insert(0, answer);
    world.lock().unwrap().status = "PUBLISHED";
    let looked = adapter.look(&session, &frozen, 0, None).await.unwrap();
    assert_eq!(looked, Look::There(receipt("100")));

    // Others' posts cannot be read, and one's own are found or are not there.
    for url in [
        "https://www.threads.com/@bob/post/C91",
        "https://www.threads.com/@alice/post/C55",
        "https://elsewhere.example/x",
    ] {
        reply.reply_to = Some(url.to_owned());
        let refused = adapter.freeze(&session, &reply).await.unwrap_err();
        assert!(
            matches!(&refused, CallError::Refused { status: 404, code, .. } if code == "reply_not_found"),
            "{url}: {refused:?}"
        );
    }

    // Nor is one found that lies further back than anybody looks.
    let stub = Stub::start(|seen| match asked(seen).0.as_str() {
        "me/threads" | "me/replies" => json(
            200,
            &json!({"data": [media("7", "x", BEFORE)], "paging": {"cursors": {"after": "on"}}}),
        ),
        other => panic!("{other}"),
    })
    .await;
    let refused = adapter.freeze(&alice(&stub.url), &reply_to_own(55)).await;
    assert!(
        matches!(&refused, Err(CallError::Refused { status: 404, .. })),
        "{refused:?}"
    );
}

fn reply_to_own(code: u32) -> Outgoing {
    let mut reply = outgoing(&["and more"]);
    reply.reply_to = Some(format!("https://www.threads.com/@alice/post/C{code}"));
    reply
}

#[tokio::test]
async fn later_parts_answer_the_part_before() {
    let (stub, world) = start(World::default()).await;
    let (adapter, session) = (adapter(), alice(&stub.url));
    let frozen = thread(&stub, &adapter).await;
    // The same words before, and to somebody else.
    world
        .lock()
        .unwrap()
        .replies
        .splice(0..0, [answer_to("99", "92", "two")]);
    world.lock().unwrap().publishing = Some(json(200, &json!({"id": "100"})));
    assert_eq!(
        adapter.post(&session, &frozen, 1, Some("100")).await,
        posted("100")
    );
    let posts = posts(&stub);
    assert_eq!(posts.len(), 4);
    assert_eq!(of(&posts[2].1, "text"), Some("two"));
    assert_eq!(of(&posts[2].1, "reply_to_id"), Some("100"));
    assert_eq!(of(&posts[3].1, "creation_id"), Some("502"));
}

#[tokio::test]
async fn a_later_part_whose_answer_is_lost_is_published_once() {
    let (stub, world) = start(World::default()).await;
    let (adapter, session) = (adapter(), alice(&stub.url));
    let frozen = thread(&stub, &adapter).await;
    let post = async |adapter: &Threads| adapter.post(&session, &frozen, 1, Some("100")).await;
    let look = async |adapter: &Threads| adapter.look(&session, &frozen, 1, Some("100")).await;

    world.lock().unwrap().publishing = Some(Does::Hangs);
    assert_eq!(post(&adapter).await, Answer::Unclear { status: None });
    // It did not arrive: a person is asked, nothing is published again by itself.
    assert_eq!(look(&adapter).await, Ok(Look::Unseen));
    // The person says that it is not there: the same container again, not another one.
    world.lock().unwrap().publishing = Some(Does::Hangs);
    assert_eq!(post(&adapter).await, Answer::Unclear { status: None });
    let asked = posts(&stub);
    assert_eq!(of(&asked[3].1, "creation_id"), Some("502"));
    assert_eq!(of(&asked[4].1, "creation_id"), Some("502"));

    // It did arrive, and is not to be seen yet: neither absent nor published again.
    world.lock().unwrap().status = "PUBLISHED";
    assert_eq!(
        look(&adapter).await,
        Err(CallError::Unclear { status: Some(200) })
    );
    assert_eq!(post(&adapter).await, Answer::Unclear { status: None });
    assert_eq!(posts(&stub).len(), 5);
    // A program that was started anew knows no container, and asks.
    let anew = self::adapter();
    assert_eq!(look(&anew).await, Ok(Look::Unseen));
    // It is to be seen.
    world
        .lock()
        .unwrap()
        .replies
        .insert(0, answer_to("100", "103", "two"));
    for adapter in [&adapter, &anew] {
        assert_eq!(look(adapter).await, Ok(Look::There(receipt("103"))));
        assert_eq!(
            post(adapter).await,
            posted("103"),
            "it is found instead of published again"
        );
    }
    assert_eq!(posts(&stub).len(), 5);
}

#[tokio::test]
async fn a_later_part_whose_container_is_worth_nothing_gets_another() {
    for status in ["ERROR", "EXPIRED"] {
        let (stub, world) = start(World::default()).await;
        let (adapter, session) = (adapter(), alice(&stub.url));
        let frozen = thread(&stub, &adapter).await;
        world.lock().unwrap().publishing = Some(Does::Hangs);
        adapter.post(&session, &frozen, 1, Some("100")).await;
        world.lock().unwrap().status = status;
        let looked = adapter.look(&session, &frozen, 1, Some("100")).await;
        assert_eq!(looked, Ok(Look::Unseen));
        let before = stub.seen().len();
        let again = adapter.post(&session, &frozen, 1, Some("100")).await;
        assert!(!matches!(again, Answer::Posted { .. }), "{again:?}");
        let made: Vec<String> = stub.seen()[before..]
            .iter()
            .filter(|seen| seen.method == "POST")
            .map(|seen| asked(seen).0)
            .collect();
        assert_eq!(
            made,
            ["17841400001/threads"],
            "another one, which is not ready either"
        );
    }
}

#[tokio::test]
async fn what_goes_wrong_before_a_later_part_is_published_published_nothing() {
    let error = |code: i64| json!({"message": "x", "code": code});
    for (does, expected) in [
        (Does::Hangs, Answer::NeverLeft),
        (Does::Waits, Answer::NeverLeft),
        (json(500, &json!({})), Answer::NeverLeft),
        (json(200, &json!({"data": "nonsense"})), Answer::NeverLeft),
        (
            graph(400, error(190)),
            refused(401, Refusal::Token, "graph_190", "x"),
        ),
        (
            graph(400, error(4)),
            refused(429, Refusal::RateLimit { retry_after: None }, "rate_limit", ""),
        ),
        (
            graph(403, error(10)),
            refused(403, Refusal::Other, "graph_10", "x"),
        ),
    ] {
        let does = Mutex::new(Some(does));
        let stub = Stub::start(move |seen| match asked(seen).0.as_str() {
            "me/replies" => does.lock().unwrap().take().unwrap(),
            other => panic!("{other}"),
        })
        .await;
        let frozen = Frozen(
            json!({"v": 1, "key": "k", "parts": ["one", "two"], "reply_to": null, "newest_thread": null,
                   "newest_reply": null, "container": "501"})
            .to_string()
            .into(),
        );
        let answer = adapter().post(&alice(&stub.url), &frozen, 1, Some("100")).await;
        assert_eq!(answer, expected);
    }
}
