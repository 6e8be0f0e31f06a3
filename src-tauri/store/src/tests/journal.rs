//! Twenty rows an attempt, whatever happens, and the one that matters among them.

use kossori_core::ids::DeliveryId;
use kossori_engine::model::{Event, JournalEntry};
use kossori_engine::ports::{Change, JournalRows, Store};

use super::{at, entry, number};
use crate::Database;

async fn write(database: &Database, entries: impl IntoIterator<Item = JournalEntry>) {
    database
        .commit(entries.into_iter().map(Change::Journal).collect())
        .await
        .unwrap();
}

#[tokio::test]
async fn repeats_are_counted_in_one_row() {
    let database = Database::in_memory().await.unwrap();
    write(
        &database,
        (0..50).map(|hour| entry(hour, Some("t"), Event::Looked)),
    )
    .await;
    assert_eq!(
        database.journal(JournalRows::default()).await.unwrap(),
        [entry(0, Some("t"), Event::Looked)]
    );
    assert_eq!(number(&database, "SELECT repeats FROM journal_repeats").await, 49);
    assert_eq!(
        database.newest_journal().await.unwrap(),
        Some(at(49)),
        "a repeat is a sign of the clock too"
    );
}

#[tokio::test]
async fn a_row_of_a_doubted_clock_is_no_sign_of_the_time() {
    let database = Database::in_memory().await.unwrap();
    write(&database, [entry(9, None, Event::ClockUnsure)]).await;
    assert_eq!(database.newest_journal().await.unwrap(), None);
    write(
        &database,
        [
            entry(3, None, Event::ClockConfirmed),
            entry(8, None, Event::ClockUnsure),
        ],
    )
    .await;
    assert_eq!(database.newest_journal().await.unwrap(), Some(at(3)));
}

#[tokio::test]
async fn rows_from_before_the_clock_was_confirmed_are_no_sign_of_it() {
    let database = Database::in_memory().await.unwrap();
    let ahead = [
        entry(900, Some("t"), Event::Looked),
        entry(901, Some("t"), Event::Looked),
        entry(902, None, Event::Planned),
    ];
    write(&database, ahead).await;
    assert_eq!(database.newest_journal().await.unwrap(), Some(at(902)));
    write(&database, [entry(5, None, Event::ClockConfirmed)]).await;
    assert_eq!(database.newest_journal().await.unwrap(), Some(at(5)));
    write(
        &database,
        [
            entry(7, Some("u"), Event::Looked),
            entry(9, Some("u"), Event::Looked),
        ],
    )
    .await;
    assert_eq!(
        database.newest_journal().await.unwrap(),
        Some(at(9)),
        "what came after it counts, repeats too"
    );
}

#[tokio::test]
async fn other_attempts_and_none_have_rows_of_their_own() {
    let database = Database::in_memory().await.unwrap();
    write(
        &database,
        [
            entry(0, Some("t"), Event::Looked),
            entry(1, Some("u"), Event::Looked),
        ],
    )
    .await;
    write(
        &database,
        (2..32).map(|second| entry(second, None, Event::Planned)),
    )
    .await;
    assert_eq!(database.journal(JournalRows::default()).await.unwrap().len(), 32);
    assert_eq!(
        database.journal(JournalRows::since(at(31))).await.unwrap(),
        [entry(31, None, Event::Planned)]
    );
}

#[tokio::test]
async fn an_attempt_has_at_most_twenty_rows_and_keeps_its_end() {
    let database = Database::in_memory().await.unwrap();
    write(
        &database,
        [
            entry(0, Some("t"), Event::Claimed),
            entry(1, Some("t"), Event::Sending),
        ],
    )
    .await;
    for look in 0..100 {
        let looked = JournalEntry {
            detail: Some(format!("look {look}")),
            ..entry(look + 2, Some("t"), Event::Looked)
        };
        write(&database, [looked, entry(look + 2, Some("t"), Event::Unknown)]).await;
    }
    write(
        &database,
        [
            entry(200, Some("t"), Event::Resolved),
            entry(201, Some("t"), Event::Sent),
        ],
    )
    .await;
    let rows = database.journal(JournalRows::default()).await.unwrap();
    assert!(rows.len() <= 20, "{} rows", rows.len());
    assert_eq!(
        rows.last(),
        Some(&entry(201, Some("t"), Event::Sent)),
        "the end of it is never folded away"
    );
    let all = number(
        &database,
        "SELECT count(*) + (SELECT sum(repeats) FROM journal_repeats) FROM journal",
    );
    assert_eq!(all.await, 204, "and all are counted");
}

fn of(delivery: &str, entry: JournalEntry) -> JournalEntry {
    JournalEntry {
        delivery: Some(DeliveryId(delivery.to_owned())),
        ..entry
    }
}

#[tokio::test]
async fn a_page_never_ends_within_a_moment() {
    let database = Database::in_memory().await.unwrap();
    let rows = [1, 2, 3, 3, 3, 4].map(|second| entry(second, None, Event::Planned));
    write(&database, rows.clone()).await;
    let page = |limit, until: Option<i64>| JournalRows {
        limit: Some(limit),
        until: until.map(at),
        ..JournalRows::default()
    };
    assert_eq!(database.journal(page(1, None)).await.unwrap(), rows[5..]);
    assert_eq!(
        database.journal(page(2, None)).await.unwrap(),
        rows[2..],
        "all three of one moment"
    );
    assert_eq!(database.journal(page(2, Some(3))).await.unwrap(), rows[..2]);
    assert_eq!(database.journal(page(9, None)).await.unwrap(), rows);
    let between = JournalRows {
        until: Some(at(4)),
        ..JournalRows::since(at(2))
    };
    assert_eq!(database.journal(between).await.unwrap(), rows[1..5]);
}

#[tokio::test]
async fn of_each_delivery_the_last_row_that_says_what_came_of_it() {
    let database = Database::in_memory().await.unwrap();
    let rows = [
        of("a", entry(1, Some("t"), Event::Claimed)),
        of("a", entry(2, Some("t"), Event::Unknown)),
        of("b", entry(3, Some("u"), Event::Rejected)),
        of("a", entry(4, Some("t"), Event::Sent)),
        of("a", entry(5, Some("t"), Event::VisibilityDiffers)),
        of("b", entry(6, None, Event::Queued)),
        of("c", entry(7, None, Event::Queued)),
        entry(8, None, Event::Paused),
    ];
    write(&database, rows.clone()).await;
    let outcomes = |limit| JournalRows {
        limit,
        outcomes: true,
        ..JournalRows::default()
    };
    let told = database.journal(outcomes(None)).await.unwrap();
    assert_eq!(told, [rows[2].clone(), rows[3].clone()]);
    assert_eq!(database.journal(outcomes(Some(1))).await.unwrap(), rows[3..4]);
}
