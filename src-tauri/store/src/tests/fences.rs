//! What the database itself refuses, even to a program that tries.

use kossori_core::delivery::State;
use kossori_engine::model::{Delivery, Event, FrozenPost};
use kossori_engine::ports::{Change, Expect, Frozen, Store, StoreError};

use super::{delivery, entry, furnish, number, run};
use crate::Database;

#[tokio::test]
async fn the_journal_is_append_only() {
    let database = Database::in_memory().await.unwrap();
    furnish(&database).await;
    let looked = entry(1, Some("t"), Event::Looked);
    database
        .commit(vec![Change::Journal(looked.clone()), Change::Journal(looked)])
        .await
        .unwrap();
    for sql in [
        "UPDATE journal SET detail = 'other'",
        "UPDATE journal SET at = at + 1",
        "DELETE FROM journal",
        "REPLACE INTO journal (id, at, event) VALUES (1, 0, 'sent')",
        "DELETE FROM journal_repeats",
        "UPDATE journal_repeats SET repeats = 1",
        "UPDATE journal_repeats SET repeats = repeats + 2",
        "REPLACE INTO journal_repeats (entry, repeats, last_at) VALUES (1, 9, 0)",
        "DELETE FROM attempts",
        "DELETE FROM deliveries",
    ] {
        let rows = sql.contains("attempts");
        if rows {
            database
                .commit(vec![Change::AddAttempt(super::attempt("t", "d"))])
                .await
                .unwrap();
        }
        let refused = run(&database, sql).await.expect_err(sql);
        assert_eq!(
            crate::error::meaning(&refused, None),
            StoreError::Stale,
            "{sql}: {refused}"
        );
    }
    assert_eq!(number(&database, "SELECT count(*) FROM journal").await, 1);
    assert_eq!(number(&database, "SELECT repeats FROM journal_repeats").await, 1);
    run(&database, "UPDATE journal_repeats SET repeats = repeats + 1")
        .await
        .unwrap();
}

#[tokio::test]
async fn what_is_final_stays() {
    for from in State::ALL {
        for to in State::ALL {
            let database = Database::in_memory().await.unwrap();
            furnish(&database).await;
            let before = Delivery {
                state: from,
                ..delivery("x", 2)
            };
            database
                .commit(vec![Change::AddDelivery(Box::new(before))])
                .await
                .unwrap();
            let may = !from.is_final()
                || from == to
                || matches!(from, State::Rejected | State::Missed)
                    && matches!(to, State::Queued | State::Removed);
            let sql = format!("UPDATE deliveries SET state = '{}' WHERE id = 'x'", to.as_str());
            let done = run(&database, sql.leak()).await;
            assert_eq!(done.is_ok(), may, "{from:?} to {to:?}");
        }
    }
}

/// Whatever the program above asks for: a step that is not in the table, or of a frozen row, writes nothing.
#[tokio::test]
async fn an_illegal_change_writes_nothing_of_its_list() {
    let frozen = |for_good| {
        Some(FrozenPost {
            record: Frozen("{}".into()),
            at: super::at(1),
            author_id: "author".into(),
            for_good,
            first_try: Some(super::at(1)),
        })
    };
    let unknown = Delivery {
        state: State::Unknown,
        attempt: Some("t".into()),
        frozen: frozen(true),
        ..delivery("x", 2)
    };
    let illegal = [
        Delivery {
            state: State::Sending,
            ..unknown.clone()
        },
        Delivery {
            state: State::Queued,
            frozen: None,
            ..unknown.clone()
        },
        Delivery {
            state: State::Queued,
            frozen: frozen(false),
            ..unknown.clone()
        },
        Delivery {
            state: State::Queued,
            account: "b".into(),
            ..unknown.clone()
        },
        Delivery {
            state: State::Sent,
            attempt: Some("u".into()),
            ..unknown.clone()
        },
    ];
    for wanted in illegal {
        let database = Database::in_memory().await.unwrap();
        furnish(&database).await;
        database
            .commit(vec![
                Change::AddAccount(super::account("b")),
                Change::AddDelivery(Box::new(unknown.clone())),
            ])
            .await
            .unwrap();
        let change = Change::Delivery {
            expect: Expect {
                state: State::Unknown,
                attempt: None,
            },
            delivery: Box::new(wanted.clone()),
        };
        let row = Change::Journal(entry(5, Some("t"), Event::Looked));
        let done = database.commit(vec![row, change]).await;
        assert_eq!(done, Err(StoreError::Illegal), "{wanted:?}");
        assert_eq!(
            database.delivery(&"x".into()).await.unwrap(),
            Some(unknown.clone())
        );
        assert_eq!(number(&database, "SELECT count(*) FROM journal").await, 0);
    }
}

/// The engine's table of steps and the fence agree: no legal step runs into it.
#[tokio::test]
async fn the_fence_forbids_no_legal_step() {
    use kossori_core::delivery::{Step, step};
    for from in State::ALL.into_iter().filter(|state| state.is_final()) {
        for by in Step::ALL {
            if let Ok(to) = step(from, by) {
                assert!(
                    matches!(from, State::Rejected | State::Missed)
                        && matches!(to, State::Queued | State::Removed),
                    "{from:?} {by:?} {to:?} is legal, but the database refuses it"
                );
            }
        }
    }
}

#[tokio::test]
async fn nonsense_is_refused() {
    let database = Database::in_memory().await.unwrap();
    furnish(&database).await;
    for sql in [
        "UPDATE deliveries SET state = 'posted'",
        "UPDATE deliveries SET parts_sent = parts + 1",
        "UPDATE deliveries SET frozen_record = '{}'",
        "UPDATE deliveries SET planned_window = 'lunch'",
        "UPDATE deliveries SET rank = 'first'",
        "UPDATE deliveries SET receipt = 'no json'",
        "UPDATE accounts SET persona = 'secret'",
    ] {
        run(&database, sql).await.expect_err(sql);
    }
}
