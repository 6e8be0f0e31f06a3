//! What nothing refers to is forgotten; everything else stays.

use kossori_engine::model::{Draft, Post, Revision};
use kossori_engine::ports::{Change, NewTimelinePart, NewTimelinePost, Store, Timeline, TimelinePicture};

use super::{at, content, draft, furnish, number, picture, post, revision};
use crate::{Database, Swept};

/// A UUIDv7 of the `second` of the tests' day.
fn uuid7(second: i64, tail: &str) -> String {
    let digits = format!("{:012x}", at(second).as_millisecond());
    format!("{}-{}-7000-8000-{tail:0>12}", &digits[..8], &digits[8..])
}

#[tokio::test]
async fn only_what_nothing_refers_to_goes() {
    let database = Database::in_memory().await.unwrap();
    furnish(&database).await;
    let [in_draft, in_revision, in_practice, loose, young] =
        [(1, "d"), (1, "e"), (1, "f"), (1, "a"), (100, "b")].map(|(second, tail)| uuid7(second, tail));
    let mut changes = vec![
        Change::AddPost(post("p-loose")),
        Change::AddRevision(revision("r-loose", "p-loose", "gone")),
        Change::AddPost(post("p-pictures")),
        Change::AddPost(Post {
            created_at: at(100),
            ..post("p-young")
        }),
        Change::AddRevision(Revision {
            created_at: at(100),
            ..revision("r-young", "p-young", "stays")
        }),
        Change::AddDraft(Draft {
            content: content("draft", &[&in_draft]),
            ..draft("w", 1, "")
        }),
        Change::AddRevision(Revision {
            content: content("queued", &[&in_revision]),
            created_at: at(100),
            ..revision("r-pictures", "p-pictures", "")
        }),
        Change::AddPicture(picture("not-a-uuid", "77", b"kept")),
    ];
    for (id, sha256) in [
        (&in_draft, "11"),
        (&in_revision, "22"),
        (&in_practice, "33"),
        (&loose, "44"),
        (&young, "55"),
    ] {
        changes.push(Change::AddPicture(picture(id, sha256, sha256.as_bytes())));
    }
    // The same bytes under a second id that stays.
    changes.push(Change::AddPicture(picture(&uuid7(100, "c"), "44", b"44")));
    database.commit(changes).await.unwrap();
    let shown = TimelinePicture {
        media: Some(in_practice.as_str().into()),
        alt: String::new(),
        sha256: "33".into(),
    };
    let part = NewTimelinePart {
        text: "x".into(),
        cw: None,
        reply_to: None,
        pictures: vec![shown],
    };
    let new = NewTimelinePost {
        account: "a".into(),
        key: "k".into(),
        published_at: at(2),
        parts: vec![part],
    };
    database.publish(new).await.unwrap();

    let swept = database.sweep(at(50)).await.unwrap();
    assert_eq!(
        swept,
        Swept {
            revisions: 1,
            posts: 1,
            pictures: 1
        }
    );
    for id in [
        &in_draft,
        &in_revision,
        &in_practice,
        &young,
        &"not-a-uuid".to_owned(),
    ] {
        assert!(
            database.picture(&id.as_str().into()).await.unwrap().is_some(),
            "{id} is referred to, or young"
        );
    }
    assert_eq!(database.picture(&loose.as_str().into()).await.unwrap(), None);
    assert!(
        database
            .picture(&uuid7(100, "c").as_str().into())
            .await
            .unwrap()
            .is_some(),
        "its bytes stay"
    );
    assert_eq!(database.revision("r-loose").await.unwrap(), None);
    assert!(database.revision("r").await.unwrap().is_some());
    assert!(database.revision("r-young").await.unwrap().is_some());

    let swept = database.sweep(at(1000)).await.unwrap();
    assert_eq!(
        swept,
        Swept {
            revisions: 2,
            posts: 2,
            pictures: 3
        },
        "later, the young ones too"
    );
    assert_eq!(number(&database, "SELECT count(*) FROM picture_bytes").await, 3);
}

#[tokio::test]
async fn the_file_gets_smaller() {
    let folder = super::Folder::new();
    let database = folder.open().await;
    let big = vec![7; 4_000_000];
    database
        .commit(vec![Change::AddPicture(picture(&uuid7(1, "a"), "44", &big))])
        .await
        .unwrap();
    let pages = number(&database, "PRAGMA page_count").await;
    database.sweep(at(50)).await.unwrap();
    let after = number(&database, "PRAGMA page_count").await;
    assert!(pages > 900 && after < 200, "{pages} pages before, {after} after");
}
