//! Quotes and reposts, of one's own posts: others' cannot be found by their address.

use kossori_core::answer::Answer;
use kossori_engine::ports::{CallError, Found, Look, Outgoing, Publisher};
use serde_json::{Value, json};

use super::tests::{AFTER, World, adapter, alice, media, of, outgoing, posts, start};
use crate::testing::{json, now};

const OWN: &str = "https://www.threads.com/@alice/post/C90";

fn quoting(url: &str) -> Outgoing {
    let mut quote = outgoing(&["my words"]);
    quote.quote = Some(url.to_owned());
    quote
}

fn reposting(url: &str) -> Outgoing {
    let mut repost = outgoing(&[""]);
    repost.repost = Some(url.to_owned());
    repost
}

#[tokio::test]
async fn the_container_names_what_is_quoted() {
    let (stub, _) = start(World::default()).await;
    let frozen = adapter().freeze(&alice(&stub.url), &quoting(OWN)).await.unwrap();
    let made = posts(&stub);
    assert_eq!((made.len(), of(&made[0].1, "quote_post_id")), (1, Some("90")));
    let record: Value = serde_json::from_str(&frozen.0).unwrap();
    assert_eq!((&record["v"], &record["container"]), (&json!(2), &json!("501")));
    for (missing, post) in [
        (
            "quote_not_found",
            quoting("https://www.threads.com/@bob/post/C90"),
        ),
        (
            "quote_not_found",
            quoting("https://www.threads.com/@alice/post/C99"),
        ),
        (
            "repost_not_found",
            reposting("https://www.threads.com/@bob/post/C90"),
        ),
    ] {
        let refused = adapter().freeze(&alice(&stub.url), &post).await;
        assert!(matches!(refused, Err(CallError::Refused { code, .. }) if code == missing));
    }
    assert_eq!(posts(&stub).len(), 1, "no container is made of what is not found");
}

#[tokio::test]
async fn a_repost_is_one_call() {
    for (status, said, posted) in [
        (200, json!({"id": "100"}), true),
        // The original's own: it would be deleted in place of the repost.
        (200, json!({"id": "90"}), false),
        (200, json!({}), false),
        (500, json!({}), false),
    ] {
        let (stub, world) = start(World::default()).await;
        let session = alice(&stub.url);
        let frozen = adapter().freeze(&session, &reposting(OWN)).await.unwrap();
        assert!(posts(&stub).is_empty(), "there is no container");
        world.lock().unwrap().reposting = Some(json(status, &said));
        let answer = adapter().post(&session, &frozen, 0, None).await;
        let sent = posts(&stub);
        assert_eq!((sent.len(), sent[0].0.as_str()), (1, "90/repost"));
        match answer {
            Answer::Posted { receipt, .. } if posted => assert_eq!(receipt.ids, ["100"]),
            other => assert_eq!((other, posted), (Answer::Unclear { status: Some(status) }, false)),
        }
    }
}

#[tokio::test]
async fn looking() {
    let repost = |id: &str, of: &str, at: &str| {
        let mut made = media(id, "", at);
        made["media_type"] = json!("REPOST_FACADE");
        made["reposted_post"] = json!({"id": of});
        made
    };
    for (there, expected) in [
        (repost("95", "90", AFTER), true),
        (repost("95", "89", AFTER), false),
        (repost("90", "90", AFTER), false),
        (media("95", "", AFTER), false),
    ] {
        let (before, _) = start(World::default()).await;
        let frozen = adapter()
            .freeze(&alice(&before.url), &reposting(OWN))
            .await
            .unwrap();
        let mut world = World::default();
        world.threads.insert(0, there.clone());
        let (after, _) = start(world).await;
        match adapter()
            .look(&alice(&after.url), &frozen, 0, None)
            .await
            .unwrap()
        {
            Look::There(receipt) if expected => assert_eq!(receipt.ids, ["95"]),
            // It would be called again otherwise, and make another one.
            Look::Unseen if !expected => {}
            other => panic!("{there}: {other:?}"),
        }
        let since = now() - jiff::SignedDuration::from_mins(5);
        let found = adapter()
            .find(&alice(&after.url), &reposting(OWN), since, &[])
            .await
            .unwrap();
        assert_eq!(matches!(found, Found::There(_)), expected, "{found:?}");
    }
    let quote = |of: Value| {
        let mut made = media("95", "my words", AFTER);
        made["quoted_post"] = of;
        made
    };
    for (there, expected) in [
        (quote(json!({"id": "90"})), true),
        (quote(json!(null)), true),
        (quote(json!({"id": "89"})), false),
    ] {
        let (before, _) = start(World::default()).await;
        let frozen = adapter()
            .freeze(&alice(&before.url), &quoting(OWN))
            .await
            .unwrap();
        let mut world = World::default();
        world.threads.insert(0, there.clone());
        let (after, _) = start(world).await;
        let look = adapter()
            .look(&alice(&after.url), &frozen, 0, None)
            .await
            .unwrap();
        assert_eq!(matches!(look, Look::There(_)), expected, "{there} {look:?}");
    }
}
