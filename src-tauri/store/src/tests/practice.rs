//! The practice network's memory.

use kossori_engine::ports::{
    Change, Fault, NewTimelinePart, NewTimelinePost, Store, Timeline, TimelinePicture,
};

use super::{account, at};
use crate::Database;

fn thread(account: &str, key: &str, second: i64, texts: &[&str]) -> NewTimelinePost {
    NewTimelinePost {
        account: account.into(),
        key: key.into(),
        published_at: at(second),
        parts: texts
            .iter()
            .map(|text| NewTimelinePart {
                text: (*text).into(),
                cw: Some("careful".into()),
                reply_to: None,
                pictures: vec![TimelinePicture {
                    media: None,
                    alt: "a cat".into(),
                    sha256: "ab".into(),
                }],
            })
            .collect(),
    }
}

#[tokio::test]
async fn the_same_key_makes_nothing_new() {
    let database = Database::in_memory().await.unwrap();
    let first = database
        .publish(thread("a", "k", 1, &["one", "two"]))
        .await
        .unwrap();
    assert_eq!(first.len(), 2);
    assert_eq!(
        database.publish(thread("a", "k", 9, &["other"])).await.unwrap(),
        first
    );
    assert_eq!(database.find(&"a".into(), "k").await.unwrap(), first);
    assert!(database.find(&"a".into(), "other").await.unwrap().is_empty());
    assert!(database.find(&"b".into(), "k").await.unwrap().is_empty());

    let other = database.publish(thread("b", "k", 2, &["theirs"])).await.unwrap();
    assert!(
        !first.contains(&other[0]),
        "another account's post of the same key is another post"
    );
    let posts = database.posts(&"a".into()).await.unwrap();
    assert_eq!(
        posts.iter().map(|post| post.text.as_str()).collect::<Vec<_>>(),
        ["one", "two"]
    );
    assert_eq!(posts[0].reply_to, None);
    assert_eq!(
        posts[1].reply_to.as_ref(),
        Some(&first[0]),
        "a thread hangs together"
    );
    assert_eq!(posts[1].pictures[0].alt, "a cat");
    assert_eq!(
        (posts[1].part, posts[1].published_at, posts[1].cw.as_deref()),
        (1, at(1), Some("careful"))
    );
}

#[tokio::test]
async fn what_is_removed_is_one_post_of_its_account() {
    let database = Database::in_memory().await.unwrap();
    let (a, b) = ("a".into(), "b".into());
    let ids = database
        .publish(thread("a", "k", 1, &["one", "two"]))
        .await
        .unwrap();
    database.publish(thread("b", "k", 2, &["theirs"])).await.unwrap();
    database.remove(&b, &ids[0]).await.unwrap();
    assert_eq!(
        database.find(&a, "k").await.unwrap(),
        ids,
        "another account's call"
    );
    for _ in 0..2 {
        // The second time it is gone already.
        database.remove(&a, &ids[0]).await.unwrap();
        assert_eq!(database.find(&a, "k").await.unwrap(), ids[1..]);
    }
    assert_eq!(database.posts(&b).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_fault_is_met_once() {
    let database = Database::in_memory().await.unwrap();
    let a = "a".into();
    assert_eq!(database.take_fault(&a).await.unwrap(), None);
    for fault in [
        Fault::LostAnswer,
        Fault::Refuse,
        Fault::RateLimit,
        Fault::SignOut,
        Fault::Slow,
    ] {
        database.set_fault(&a, Some(Fault::Slow)).await.unwrap();
        database.set_fault(&a, Some(fault)).await.unwrap();
        assert_eq!(
            database.take_fault(&"b".into()).await.unwrap(),
            None,
            "another account's is another's"
        );
        assert_eq!(database.take_fault(&a).await.unwrap(), Some(fault));
        assert_eq!(database.take_fault(&a).await.unwrap(), None);
    }
    database.set_fault(&a, Some(Fault::Slow)).await.unwrap();
    database.set_fault(&a, None).await.unwrap();
    assert_eq!(database.take_fault(&a).await.unwrap(), None);
}

#[tokio::test]
async fn it_is_there_though_the_engine_wrote_nothing() {
    let folder = super::Folder::new();
    let database = folder.open().await;
    database.publish(thread("a", "k", 1, &["one"])).await.unwrap();
    // The engine's commit about it never comes: the power went.
    drop(database);
    let database = folder.open().await;
    assert_eq!(database.posts(&"a".into()).await.unwrap().len(), 1);
    assert!(database.accounts().await.unwrap().is_empty());
    database
        .commit(vec![Change::AddAccount(account("a"))])
        .await
        .unwrap();
}
