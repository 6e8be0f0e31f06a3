//! Ten thousand deliveries, and a hundred thousand rows of the journal. The bounds are loose, for slow machines and builds without optimisation; what was
//! measured is printed.

// The tests measure; nothing here decides anything by a clock.
#![allow(clippy::disallowed_methods)]

use std::time::{Duration, Instant};

use jiff::Timestamp;
use kossori_core::delivery::State;
use kossori_engine::model::{Event, Planned};
use kossori_engine::ports::{Change, JournalRows, Store};

use super::{Folder, account, at, delivery, number, post, revision, run};
use crate::Database;

#[tokio::test]
async fn ten_thousand() {
    const MANY: i64 = 10_000;
    let folder = Folder::new();
    let database = folder.open().await;
    let timed = |what: &str, began: Instant, most: u64| {
        let took = began.elapsed();
        println!("{what}: {} ms", took.as_millis());
        assert!(took < Duration::from_millis(most), "{what} took {took:?}");
    };

    let mut changes = vec![
        Change::AddAccount(account("a")),
        Change::AddPost(post("p")),
        Change::AddRevision(revision("r", "p", "text")),
    ];
    changes.extend(
        (0..MANY).map(|n| Change::AddDelivery(Box::new(delivery(&format!("d{n:06}"), n * 7919 % MANY)))),
    );
    let began = Instant::now();
    database.commit(changes).await.unwrap();
    timed("add 10,000", began, 30_000);

    let began = Instant::now();
    let listed = database.deliveries(&[State::Queued]).await.unwrap();
    timed("list 10,000", began, 5_000);
    assert_eq!(listed.len(), MANY as usize);
    assert!(listed.is_sorted_by_key(|delivery| delivery.rank));

    let plans = |second: i64| {
        listed
            .iter()
            .map(|delivery| Change::Plan {
                id: delivery.id.clone(),
                planned: Some(Planned {
                    at: at(second + delivery.rank),
                    window: Some("lunch".into()),
                    opened: Some(at(0)),
                }),
            })
            .collect::<Vec<_>>()
    };
    for round in 1..=3 {
        let changes = plans(round);
        let began = Instant::now();
        database.commit(changes).await.unwrap();
        timed("plan 10,000", began, 10_000);
    }
    let planned = database
        .delivery(&listed[77].id)
        .await
        .unwrap()
        .unwrap()
        .planned
        .unwrap();
    assert_eq!(planned.at, at(3 + listed[77].rank));

    let began = Instant::now();
    database
        .commit(vec![Change::Rank {
            id: "d000001".into(),
            rank: -1,
        }])
        .await
        .unwrap();
    timed("one small commit", began, 1_000);
    let began = Instant::now();
    database.counts().await.unwrap();
    database.ranks().await.unwrap();
    timed("counts and ranks", began, 1_000);
    let began = Instant::now();
    let made = database.backup(at(0), crate::BackupWhy::Asked).await.unwrap();
    timed("backup, checked", began, 20_000);
    println!("backup: {} bytes", made.bytes);
    let began = Instant::now();
    database.close().await.unwrap();
    timed("close", began, 5_000);
    let began = Instant::now();
    let database = folder.open().await;
    timed("open", began, 5_000);
    drop(database);
}

/// Years of posting: a delivery a minute, with ten rows each; one in a hundred was seen otherwise than asked for.
const YEARS: &str = r#"
    WITH RECURSIVE counted (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM counted WHERE n < 99999)
    INSERT INTO journal (at, delivery, attempt, event)
    SELECT n * 6000000000, printf('d%06d', n / 10), printf('t%06d', n / 10),
        CASE n % 1000 WHEN 9 THEN 'visibility_differs'
            ELSE '["queued","planned","approved","claimed","staged","sending","unknown","looked","sent","looked"]' ->> (n % 10)
        END
    FROM counted
"#;

async fn journalled(database: &Database, deliveries: i64) {
    let mut changes = vec![
        Change::AddAccount(account("a")),
        Change::AddPost(post("p")),
        Change::AddRevision(revision("r", "p", "text")),
    ];
    changes.extend((0..deliveries).map(|n| Change::AddDelivery(Box::new(delivery(&format!("d{n:06}"), n)))));
    database.commit(changes).await.unwrap();
    run(database, YEARS).await.unwrap();
}

#[tokio::test]
async fn a_hundred_thousand_rows_of_the_journal() {
    const DELIVERIES: i64 = 10_000;
    let folder = Folder::new();
    let database = folder.open().await;
    journalled(&database, DELIVERIES).await;
    assert_eq!(number(&database, "SELECT count(*) FROM journal").await, 100_000);
    let page = |until: Option<i64>| JournalRows {
        until: until.map(|n| Timestamp::from_second(n * 60).unwrap()),
        limit: Some(101),
        outcomes: true,
        ..JournalRows::default()
    };
    for (what, until) in [
        ("the newest page", None),
        ("a page from the middle", Some(DELIVERIES / 2)),
        ("the oldest page", Some(101)),
    ] {
        let began = Instant::now();
        let rows = database.journal(page(until)).await.unwrap();
        let took = began.elapsed();
        println!("{what}: {} ms", took.as_millis());
        // Without an index by delivery one from the middle takes 26 s where it takes 51 ms with it.
        assert!(took < Duration::from_secs(2), "{what} took {took:?}");
        assert_eq!(rows.len(), 101);
        assert!(rows.iter().all(|row| row.event == Event::Sent));
    }
    let mut quickest = Duration::MAX;
    for _ in 0..5 {
        let began = Instant::now();
        let differing = database.deliveries_that_differed().await.unwrap();
        quickest = quickest.min(began.elapsed());
        assert_eq!(differing.len(), 100);
    }
    println!("what was seen otherwise: {} ms", quickest.as_millis());
    // Without its index it takes 221 ms where it takes 4 ms with it.
    assert!(quickest < Duration::from_millis(100), "it took {quickest:?}");
}
