//! Containers and what becomes of them, what is not possible there, and what is deleted.

use std::sync::{Arc, Mutex};

use kossori_core::answer::{Answer, Receipt};
use kossori_core::network::Visibility;
use kossori_engine::ports::{CallError, CleanPicture, Frozen, OutgoingPicture, Publisher};
use serde_json::{Value, json};

use super::{
    AFTER, ALICE, BEFORE, World, adapter, alice, asked, graph, media, of, outgoing, posted, posts, start,
    thread,
};
use crate::testing::{Does, Stub, json, says};

#[tokio::test]
async fn a_container_is_frozen_and_then_published() {
    let (stub, _) = start(World::default()).await;
    let (adapter, session) = (adapter(), alice(&stub.url));
    let frozen = adapter
        .freeze(&session, &outgoing(&["Lunch & #昼休み"]))
        .await
        .unwrap();
    let record: Value = serde_json::from_str(&frozen.0).unwrap();
    assert_eq!(record["container"], "501");
    assert_eq!(record["newest_thread"], json!({"id": "90", "at": BEFORE}));
    assert_eq!(
        record["newest_reply"],
        Value::Null,
        "nobody asks for what is not needed"
    );
    assert_eq!(adapter.upload(&session, &frozen, 0, &[]).await.unwrap(), frozen);
    let made = posts(&stub);
    assert_eq!(made.len(), 1, "nothing is published by that");
    assert_eq!(of(&made[0].1, "media_type"), Some("TEXT"));
    assert_eq!(of(&made[0].1, "text"), Some("Lunch & #昼休み"));
    assert_eq!(of(&made[0].1, "reply_to_id"), None);
    assert_eq!(of(&made[0].1, "auto_publish_text"), None);

    assert_eq!(adapter.post(&session, &frozen, 0, None).await, posted("100"));
    adapter.post(&session, &frozen, 0, None).await;
    let published = posts(&stub);
    assert_eq!(published.len(), 3);
    for again in &published[1..] {
        assert_eq!(again.0, "17841400001/threads_publish");
        assert_eq!(
            of(&again.1, "creation_id"),
            Some("501"),
            "the same container, always"
        );
    }
    for (record, part, replies_to) in [
        (Frozen("{\"v\":2}".into()), 0, None),
        (Frozen("nonsense".into()), 0, None),
        (frozen.clone(), 1, None),
        (frozen.clone(), 1, Some("not/an/id")),
        (frozen.clone(), 7, Some("100")),
    ] {
        let answer = adapter.post(&session, &record, part, replies_to).await;
        assert_eq!(answer, Answer::NeverLeft, "{part} {replies_to:?}");
    }
    assert_eq!(posts(&stub).len(), 3);
}

#[tokio::test]
async fn what_is_not_possible_there() {
    let (stub, _) = start(World::default()).await;
    let (adapter, session) = (adapter(), alice(&stub.url));
    let mut hidden = outgoing(&["one"]);
    hidden.visibility = Some(Visibility::Private);
    let refused = adapter.freeze(&session, &hidden).await.unwrap_err();
    assert_eq!(refused, CallError::Unsupported("visibility"));
    let picture = OutgoingPicture {
        picture: CleanPicture {
            bytes: Arc::from(&b"x"[..]),
            mime: "image/png".to_owned(),
            width: 1,
            height: 1,
        },
        alt: String::new(),
    };
    let mut pictured = outgoing(&["one"]);
    pictured.parts[0].pictures = vec![picture.clone()];
    let refused = adapter.freeze(&session, &pictured).await.unwrap_err();
    assert_eq!(refused, CallError::Unsupported("pictures"));
    let frozen = adapter.freeze(&session, &outgoing(&["one"])).await.unwrap();
    let refused = adapter
        .upload(&session, &frozen, 0, &[picture])
        .await
        .unwrap_err();
    assert_eq!(refused, CallError::Unsupported("pictures"));
    let mut strange = alice(&stub.url);
    strange.account.author_id = "../me".to_owned();
    let refused = adapter.author(&strange).await.unwrap_err();
    assert_eq!(refused, CallError::Unsupported("author"));
}

#[tokio::test]
async fn containers_that_are_not_ready() {
    // What it says of itself, what comes of it.
    for (status, expected) in [
        ("IN_PROGRESS", CallError::Unclear { status: Some(200) }),
        ("EXPIRED", CallError::Unclear { status: Some(200) }),
        ("PUBLISHED", CallError::Unclear { status: Some(200) }),
        ("SOMETHING_NEW", CallError::Unclear { status: Some(200) }),
        (
            "ERROR",
            CallError::Refused {
                status: 400,
                code: "container_error".to_owned(),
                words: String::new(),
            },
        ),
    ] {
        let (stub, _) = start(World {
            status,
            ..World::default()
        })
        .await;
        let frozen = adapter().freeze(&alice(&stub.url), &outgoing(&["one"])).await;
        assert_eq!(frozen.unwrap_err(), expected, "{status}");
    }
}

/// It waited for a window for longer than a container lives: nothing was posted, and nothing is lost.
#[tokio::test]
async fn a_first_container_that_became_too_old_gets_another() {
    for forgets in [false, true] {
        another_container_takes_its_place(forgets).await;
    }
}

async fn another_container_takes_its_place(forgets: bool) {
    let world = World {
        forgets,
        ..World::default()
    };
    let (stub, world) = start(world).await;
    let (adapter, session) = (adapter(), alice(&stub.url));
    let frozen = adapter.freeze(&session, &outgoing(&["one"])).await.unwrap();
    world.lock().unwrap().expired = vec!["501"];
    let answer = adapter.post(&session, &frozen, 0, None).await;
    assert_eq!(answer, posted("100"));
    let published: Vec<String> = posts(&stub)
        .iter()
        .filter_map(|(_, pairs)| of(pairs, "creation_id").map(str::to_owned))
        .collect();
    assert_eq!(published, ["501", "502"]);
    // It is there already, by an earlier call: another one would be a second copy.
    world
        .lock()
        .unwrap()
        .threads
        .insert(0, media("100", "one", AFTER));
    let before = posts(&stub).len();
    assert_eq!(
        self::adapter().post(&session, &frozen, 0, None).await,
        posted("100")
    );
    assert_eq!(
        posts(&stub).len(),
        before + 1,
        "one that is turned away, and none made"
    );
}

/// A slow container is waited for by the next call, and is no reason to make another one each time.
#[tokio::test]
async fn a_container_that_is_not_ready_in_time_is_kept() {
    let (stub, world) = start(World::default()).await;
    let (adapter, session) = (adapter(), alice(&stub.url));
    let frozen = thread(&stub, &adapter).await;
    world.lock().unwrap().status = "IN_PROGRESS";
    let before = posts(&stub).len();
    for _ in 0..3 {
        let answer = adapter.post(&session, &frozen, 1, Some("100")).await;
        assert_eq!(answer, Answer::NeverLeft);
    }
    assert_eq!(posts(&stub).len(), before + 1);
    world.lock().unwrap().status = "FINISHED";
    let answer = adapter.post(&session, &frozen, 1, Some("100")).await;
    assert_eq!(answer, posted("100"));
    assert_eq!(posts(&stub).len(), before + 2);
    // Once it may be out, one that is on its way is looked for, and not published again.
    world.lock().unwrap().status = "IN_PROGRESS";
    let answer = adapter.post(&session, &frozen, 1, Some("100")).await;
    assert_eq!(answer, Answer::Unclear { status: None });
}

#[tokio::test]
async fn whose_it_is() {
    // What the post says of itself once it is out; the address and the author that come of it.
    for (told, url, author) in [
        (
            json(200, &json!({"permalink": "p", "username": "alice"})),
            Some("p"),
            true,
        ),
        (
            json(200, &json!({"permalink": "p", "username": "bob"})),
            Some("p"),
            false,
        ),
        (
            graph(
                400,
                json!({"message": "not to be seen", "code": 100, "error_subcode": 33}),
            ),
            None,
            false,
        ),
        (json(200, &json!({})), None, true),
        (json(500, &json!({})), None, true),
        (Does::Hangs, None, true),
        (Does::Waits, None, true),
    ] {
        let told = Mutex::new(Some(told));
        let stub = Stub::start(move |seen| match asked(seen).0.as_str() {
            "17841400001/threads_publish" => json(200, &json!({"id": "100"})),
            "100" => told.lock().unwrap().take().unwrap(),
            other => panic!("{other}"),
        })
        .await;
        let frozen = Frozen(
            json!({"v": 1, "key": "k", "parts": ["one"], "reply_to": null, "newest_thread": null, "newest_reply": null,
                   "container": "501"})
            .to_string()
            .into(),
        );
        let answer = adapter().post(&alice(&stub.url), &frozen, 0, None).await;
        let expected = Answer::Posted {
            receipt: Receipt {
                ids: vec!["100".to_owned()],
                url: url.map(str::to_owned),
                visibility: None,
                last_url: None,
            },
            author: author.then(|| ALICE.to_owned()),
        };
        assert_eq!(answer, expected);
    }
}

#[tokio::test]
async fn deleting() {
    let gone = || graph(400, json!({"message": "gone", "code": 24}));
    let hidden = || {
        graph(
            400,
            json!({"message": "hidden", "code": 100, "error_subcode": 33}),
        )
    };
    let no = |code: &str, words: &str| {
        Err(CallError::Refused {
            status: 400,
            code: code.to_owned(),
            words: words.to_owned(),
        })
    };
    for (does, read, expected) in [
        (json(200, &json!({"success": true})), None, Ok(())),
        (gone(), None, Ok(())),
        (hidden(), Some(hidden()), Ok(())),
        // It is there, and this token may not.
        (
            hidden(),
            Some(json(200, &json!({"id": "100"}))),
            no("graph_100_33", "hidden"),
        ),
        (
            graph(400, json!({"message": "no permission", "code": 10})),
            None,
            no("graph_10", "no permission"),
        ),
        (
            says(500, &[], ""),
            None,
            Err(CallError::Unclear { status: Some(500) }),
        ),
    ] {
        let answers = Mutex::new((Some(does), read));
        let stub = Stub::start(move |seen| {
            assert_eq!(asked(seen).0, "100");
            let mut answers = answers.lock().unwrap();
            if seen.method == "DELETE" {
                answers.0.take().unwrap()
            } else {
                answers.1.take().unwrap()
            }
        })
        .await;
        assert_eq!(adapter().delete(&alice(&stub.url), "100").await, expected);
    }
    let refused = adapter().delete(&alice("http://127.0.0.1:9"), "../me").await;
    assert_eq!(refused, Err(CallError::BadFrozen));
}
