//! Callers that go away half-way, and a database that nobody asks anything.

use std::time::Duration;

use kossori_engine::model::Delivery;
use kossori_engine::ports::{Change, Store, StoreError};

use super::{Folder, account, delivery, furnish, play, playing, this_program};
use crate::Database;

async fn dropped_commits_leave_nothing_open(database: Database) {
    furnish(&database).await;
    let mut expected = 1;
    let mut cut = 0;
    for round in 0..60_u32 {
        let changes: Vec<_> = (0..40)
            .map(|n| Change::AddDelivery(Box::new(delivery(&format!("{round}-{n}"), i64::from(n)))))
            .collect();
        // From "not even begun" to "just about done": the driver's worker goes on, we do not.
        let patience = Duration::from_micros(u64::from(round) * 150);
        let done = tokio::time::timeout(patience, database.commit(changes)).await;
        let there = database
            .counts()
            .await
            .unwrap()
            .iter()
            .map(|(_, n)| *n)
            .sum::<u64>();
        cut += u32::from(done.is_err());
        if let Ok(done) = done {
            done.unwrap();
            assert_eq!(there, expected + 40, "what was answered for is there");
        } else {
            // The worker may still be at its last step: the next commit waits for it.
            database
                .commit(vec![Change::PutSetting {
                    name: "after",
                    json: round.to_string(),
                }])
                .await
                .unwrap();
            let settled = database
                .counts()
                .await
                .unwrap()
                .iter()
                .map(|(_, n)| *n)
                .sum::<u64>();
            assert!(
                settled == expected || settled == expected + 40,
                "all or nothing: {settled}"
            );
        }
        expected = database
            .counts()
            .await
            .unwrap()
            .iter()
            .map(|(_, n)| *n)
            .sum::<u64>();
    }
    assert!(cut > 5, "some commits were dropped half-way: {cut}");
}

#[tokio::test]
async fn in_a_file_dropped_commits_leave_nothing_open() {
    let folder = Folder::new();
    dropped_commits_leave_nothing_open(folder.open().await).await;
}

#[tokio::test]
async fn in_memory_dropped_commits_leave_nothing_open() {
    dropped_commits_leave_nothing_open(Database::in_memory().await.unwrap()).await;
}

#[tokio::test]
async fn a_dropped_read_leaves_the_lane_free() {
    let folder = Folder::new();
    let database = folder.open().await;
    furnish(&database).await;
    let many = (0..2_000)
        .map(|n| Change::AddDelivery(Box::new(delivery(&format!("n{n}"), n))))
        .collect();
    database.commit(many).await.unwrap();
    for micros in 0..40 {
        let states = kossori_core::delivery::State::ALL;
        let _ = tokio::time::timeout(Duration::from_micros(micros * 100), database.deliveries(&states)).await;
        assert!(database.delivery(&"d".into()).await.unwrap().is_some());
    }
    let newest = Delivery {
        rank: 7,
        ..delivery("newest", 7)
    };
    database
        .commit(vec![Change::AddDelivery(Box::new(newest))])
        .await
        .unwrap();
    assert!(
        database.delivery(&"newest".into()).await.unwrap().is_some(),
        "no read holds an old snapshot"
    );
}

#[tokio::test]
async fn closed_is_closed() {
    let folder = Folder::new();
    let database = folder.open().await;
    furnish(&database).await;
    database.close().await.unwrap();
    assert_eq!(database.accounts().await.err(), Some(StoreError::Broken));
    assert_eq!(database.commit(vec![]).await, Err(StoreError::Broken));
    let names: Vec<_> = std::fs::read_dir(folder.0.path())
        .unwrap()
        .map(|e| e.unwrap().file_name())
        .collect();
    assert_eq!(names, ["kossori.db"], "no log is left behind");
}

#[tokio::test]
async fn reads_go_on_while_a_commit_waits() {
    let folder = Folder::new();
    let database = folder.open().await;
    furnish(&database).await;
    let held = database.writer.hold().await.unwrap();
    assert_eq!(database.accounts().await.unwrap(), [account("a")]);
    held.settle(Ok(())).await.unwrap();
}

/// How many threads are called `store`, their voluntary context switches, and whether all of them wait.
#[cfg(target_os = "linux")]
fn store_threads() -> (usize, u64, bool) {
    let mut threads = 0;
    let mut switches = 0;
    let mut all_wait = true;
    for task in std::fs::read_dir("/proc/self/task").unwrap() {
        let task = task.unwrap().path();
        if std::fs::read_to_string(task.join("comm")).is_ok_and(|name| name.trim() == "store") {
            threads += 1;
            let status = std::fs::read_to_string(task.join("status")).unwrap();
            all_wait &= status.contains("State:\tS");
            let line = status
                .lines()
                .find(|line| line.starts_with("voluntary_ctxt_switches"))
                .unwrap();
            switches += line.split_whitespace().last().unwrap().parse::<u64>().unwrap();
        }
    }
    (threads, switches, all_wait)
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn idle_it_never_wakes() {
    const TEST: &str = "tests::lanes::idle_it_never_wakes";
    let Some(place) = playing("idle") else {
        let folder = Folder::new();
        let output = play(TEST, "idle", folder.0.path(), &[], &this_program())
            .output()
            .unwrap();
        println!("{}", String::from_utf8_lossy(&output.stdout));
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        return;
    };
    let database = super::open(&place.join("kossori.db")).await;
    furnish(&database).await;
    database
        .deliveries(&kossori_core::delivery::State::ALL)
        .await
        .unwrap();
    database.rest().await.unwrap();
    // The answer comes before the thread that gave it lies down again, or is gone.
    let lies_down = async {
        loop {
            let threads = store_threads();
            if threads.2 && threads.0 == 1 {
                break threads;
            }
            tokio::task::yield_now().await;
        }
    };
    let before = tokio::time::timeout(Duration::from_secs(20), lies_down)
        .await
        .expect("it rests, and who reads is gone");
    // Three seconds are the measure, not a wait for something to have happened.
    tokio::time::sleep(Duration::from_secs(3)).await;
    let after = store_threads();
    println!("threads: {}, wake-ups in 3 s: {}", after.0, after.1 - before.1);
    assert_eq!(before, after, "no thread of the database woke");
    assert_eq!(after.0, 1, "the one that writes");
    assert_eq!(
        database.accounts().await.unwrap().len(),
        1,
        "rested, it still answers"
    );
    assert_eq!(store_threads().0, 2, "and the one that reads is there again");
}
