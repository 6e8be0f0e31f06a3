//! What the database itself refuses, even to a program that tries.

use kossori_core::delivery::State;
use kossori_engine::model::{Delivery, Event};
use kossori_engine::ports::{Change, Expect, Store, StoreError};

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
            let change = Change::Delivery {
                expect: Expect {
                    state: from,
                    attempt: None,
                },
                delivery: Box::new(Delivery {
                    state: to,
                    ..delivery("x", 2)
                }),
            };
            let may = !from.is_final()
                || from == to
                || matches!(from, State::Rejected | State::Missed)
                    && matches!(to, State::Queued | State::Removed);
            let done = database.commit(vec![change]).await;
            let wanted = if may { Ok(()) } else { Err(StoreError::Stale) };
            assert_eq!(done, wanted, "{from:?} to {to:?}");
        }
    }
}

/// The engine's table of steps and the fence agree: no legal step runs into it.
#[tokio::test]
async fn the_fence_forbids_no_legal_step() {
    use Step::{
        Approve, AskPerson, Claim, Crash, Edit, Expire, Hold, Leave, Lose, NextPart, Prove, PutBack,
        QueueAgain, Refuse, Remove, Send, SendAgain, Stage, Void,
    };
    use kossori_core::delivery::{Step, step};
    for from in State::ALL.into_iter().filter(|state| state.is_final()) {
        for by in [
            Approve, AskPerson, Claim, Crash, Edit, Expire, Hold, Leave, Lose, NextPart, Prove, PutBack,
            QueueAgain, Refuse, Remove, Send, SendAgain, Stage, Void,
        ] {
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
