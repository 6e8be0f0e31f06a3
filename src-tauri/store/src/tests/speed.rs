//! Ten thousand deliveries. The bounds are loose, for slow machines and builds without optimisation; what was
//! measured is printed.

// The tests measure; nothing here decides anything by a clock.
#![allow(clippy::disallowed_methods)]

use std::time::{Duration, Instant};

use kossori_core::delivery::State;
use kossori_engine::model::Planned;
use kossori_engine::ports::{Change, Store};

use super::{Folder, account, at, delivery, post, revision};

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
