//! A commit whose last change does not find what it expects writes nothing at all.

use kossori_core::delivery::State;
use kossori_core::network::Visibility;
use kossori_core::post::Content;
use kossori_engine::model::{Attempt, Delivery, FrozenPost, Planned};
use kossori_engine::ports::{AnswerJson, Change, Expect, Frozen, Store, StoreError};

use super::{account, at, attempt, delivery, draft, entry, furnish, number, picture, post, revision};
use crate::Database;

fn expecting(state: State, attempt: Option<&str>, to: Delivery) -> Change {
    Change::Delivery {
        expect: Expect {
            state,
            attempt: attempt.map(Into::into),
        },
        delivery: Box::new(to),
    }
}

/// Account `a`, post, revision, delivery `d` claimed by `t1`; `done` is sent, `over` rejected; draft `w` at 3.
async fn house() -> Database {
    let database = Database::in_memory().await.unwrap();
    furnish(&database).await;
    let claimed = Delivery {
        state: State::Claimed,
        attempt: Some("t1".into()),
        ..delivery("d", 1)
    };
    database
        .commit(vec![
            expecting(State::Queued, None, claimed),
            Change::AddAttempt(attempt("t1", "d")),
            Change::AddDelivery(Box::new(Delivery {
                state: State::Sent,
                ..delivery("done", 2)
            })),
            Change::AddDelivery(Box::new(Delivery {
                state: State::Rejected,
                ..delivery("over", 3)
            })),
            Change::AddDelivery(Box::new(delivery("next", 4))),
            Change::AddDraft(draft("w", 3, "text")),
            Change::AddPicture(picture("m", "ab", b"bytes")),
            Change::Answered {
                request: "q".into(),
                answer: AnswerJson("{}".into()),
                at: at(0),
            },
            Change::PutSetting {
                name: "zone",
                json: "\"before\"".into(),
            },
        ])
        .await
        .unwrap();
    database
}

/// Everything that the crate keeps, as one number that any write changes.
async fn everything(database: &Database) -> (i64, Option<String>) {
    let rows = number(
        database,
        "SELECT (SELECT count(*) FROM accounts) * 1 + (SELECT count(*) FROM drafts) * 10
            + (SELECT count(*) FROM posts) * 100 + (SELECT count(*) FROM revisions) * 1000
            + (SELECT count(*) FROM pictures) * 10000 + (SELECT count(*) FROM deliveries) * 100000
            + (SELECT count(*) FROM attempts) * 1000000 + (SELECT count(*) FROM journal) * 10000000
            + (SELECT count(*) FROM answered) * 100000000 + (SELECT count(*) FROM picture_bytes) * 1000000000
            + (SELECT count(*) FROM deliveries WHERE planned_at IS NOT NULL OR rank > 100) * 10000000000",
    )
    .await;
    (rows, database.setting("zone").await.unwrap())
}

#[tokio::test]
async fn nothing_is_written_when_the_last_change_is_stale() {
    let d = |state| Delivery {
        state,
        attempt: Some("t1".into()),
        ..delivery("d", 1)
    };
    let cases: Vec<(&str, Change)> = vec![
        (
            "the account is not there",
            Change::UpdateAccount(account("nobody")),
        ),
        ("the account is there already", Change::AddAccount(account("a"))),
        ("its deliveries are not final", Change::RemoveAccount("a".into())),
        (
            "there is no such account to remove",
            Change::RemoveAccount("nobody".into()),
        ),
        (
            "the draft is there already",
            Change::AddDraft(draft("w", 1, "other")),
        ),
        (
            "the draft moved on",
            Change::UpdateDraft {
                draft: draft("w", 4, "other"),
                base_rev: 2,
            },
        ),
        (
            "the draft is gone",
            Change::UpdateDraft {
                draft: draft("gone", 4, "other"),
                base_rev: 3,
            },
        ),
        ("the draft is gone already", Change::RemoveDraft("gone".into())),
        ("the post is there already", Change::AddPost(post("p"))),
        (
            "the revision is there already",
            Change::AddRevision(revision("r", "p", "other")),
        ),
        (
            "the revision's post is not there",
            Change::AddRevision(revision("r9", "nothing", "other")),
        ),
        (
            "another picture has that id",
            Change::AddPicture(picture("m", "cd", b"other")),
        ),
        (
            "the delivery is there already",
            Change::AddDelivery(Box::new(delivery("d", 7))),
        ),
        (
            "the delivery's account is not there",
            Change::AddDelivery(Box::new(Delivery {
                account: "nobody".into(),
                ..delivery("n", 7)
            })),
        ),
        (
            "the delivery's revision is not there",
            Change::AddDelivery(Box::new(Delivery {
                revision: "nothing".into(),
                ..delivery("n", 7)
            })),
        ),
        ("another state", expecting(State::Staged, None, d(State::Sending))),
        (
            "another attempt",
            expecting(State::Claimed, Some("t2"), d(State::Staged)),
        ),
        (
            "no attempt yet",
            expecting(State::Queued, Some("t1"), delivery("next", 4)),
        ),
        (
            "no such delivery",
            expecting(State::Queued, None, delivery("nothing", 1)),
        ),
        (
            "no stored time while claimed",
            Change::Plan {
                id: "d".into(),
                planned: None,
            },
        ),
        (
            "no stored time for nothing",
            Change::Plan {
                id: "nothing".into(),
                planned: Some(Planned {
                    at: at(1),
                    window: None,
                    opened: None,
                }),
            },
        ),
        (
            "no order for what is final",
            Change::Rank {
                id: "done".into(),
                rank: 500,
            },
        ),
        (
            "no order for nothing",
            Change::Rank {
                id: "nothing".into(),
                rank: 500,
            },
        ),
        (
            "the delivery has a live attempt",
            Change::AddAttempt(attempt("t2", "d")),
        ),
        (
            "the attempt's delivery is not there",
            Change::AddAttempt(attempt("t2", "nothing")),
        ),
        (
            "there is no such attempt",
            Change::UpdateAttempt(attempt("t9", "d")),
        ),
        (
            "no such part was tried",
            Change::UpdateAttempt(Attempt {
                part: 1,
                ..attempt("t1", "d")
            }),
        ),
        (
            "the request was answered",
            Change::Answered {
                request: "q".into(),
                answer: AnswerJson("again".into()),
                at: at(1),
            },
        ),
    ];
    for (why, stale) in cases {
        let database = house().await;
        let before = everything(&database).await;
        let mut changes = vec![
            Change::PutSetting {
                name: "zone",
                json: "\"after\"".into(),
            },
            Change::AddAccount(account("b")),
            Change::AddDraft(draft("w2", 1, "text")),
            Change::AddPost(post("p2")),
            Change::AddRevision(revision("r2", "p2", "text")),
            Change::AddPicture(picture("m2", "ef", b"more bytes")),
            Change::AddDelivery(Box::new(delivery("d2", 200))),
            Change::Plan {
                id: "next".into(),
                planned: Some(Planned {
                    at: at(9),
                    window: None,
                    opened: None,
                }),
            },
            Change::Rank {
                id: "next".into(),
                rank: 300,
            },
            Change::AddAttempt(attempt("t3", "next")),
            Change::Journal(entry(1, Some("t3"), kossori_engine::model::Event::Claimed)),
            Change::Answered {
                request: "q2".into(),
                answer: AnswerJson("{}".into()),
                at: at(1),
            },
        ];
        changes.push(stale);
        assert_eq!(
            database.commit(changes.clone()).await,
            Err(StoreError::Stale),
            "{why}"
        );
        assert_eq!(
            everything(&database).await,
            before,
            "nothing is written when {why}"
        );
        changes.pop();
        database.commit(changes).await.unwrap();
        assert_ne!(
            everything(&database).await,
            before,
            "without the stale change all of it is written"
        );
    }
}

#[tokio::test]
async fn the_expected_state_and_attempt_let_it_through() {
    let database = house().await;
    let staged = Delivery {
        state: State::Staged,
        attempt: Some("t1".into()),
        ..delivery("d", 1)
    };
    database
        .commit(vec![expecting(State::Claimed, Some("t1"), staged.clone())])
        .await
        .unwrap();
    let sending = Delivery {
        state: State::Sending,
        frozen: Some(FrozenPost {
            record: Frozen("{}".into()),
            at: at(1),
            author_id: "author".into(),
            for_good: true,
            first_try: Some(at(1)),
        }),
        ..staged
    };
    database
        .commit(vec![expecting(State::Staged, None, sending)])
        .await
        .unwrap();
    assert_eq!(
        database.delivery(&"d".into()).await.unwrap().unwrap().state,
        State::Sending
    );
}

#[tokio::test]
async fn a_row_read_before_a_move_does_not_undo_it() {
    let database = house().await;
    let read = database.delivery(&"d".into()).await.unwrap().unwrap();
    let rank = 77;
    database
        .commit(vec![Change::Rank { id: "d".into(), rank }])
        .await
        .unwrap();
    let staged = Delivery {
        state: State::Staged,
        parts: 2,
        ..read
    };
    database
        .commit(vec![expecting(State::Claimed, Some("t1"), staged.clone())])
        .await
        .unwrap();
    let stored = database.delivery(&"d".into()).await.unwrap().unwrap();
    assert_eq!(
        stored,
        Delivery { rank, ..staged },
        "all but its place is written"
    );
}

#[tokio::test]
async fn an_attempt_that_ended_makes_room_for_the_next() {
    let database = house().await;
    let ended = Attempt {
        ended_at: Some(at(20)),
        outcome: Some("voided".into()),
        ..attempt("t1", "d")
    };
    let next = Attempt {
        n: 2,
        ..attempt("t2", "d")
    };
    database
        .commit(vec![Change::UpdateAttempt(ended), Change::AddAttempt(next)])
        .await
        .unwrap();
    let tries = database.attempts(&"d".into()).await.unwrap();
    assert_eq!(tries.iter().map(|attempt| attempt.n).collect::<Vec<_>>(), [1, 2]);
}

#[tokio::test]
async fn the_last_thread_is_the_newest_that_others_may_answer() {
    let database = house().await;
    let sent = |id: &str, second: i64, revision: &str| Delivery {
        state: State::Sent,
        sent_at: Some(at(second)),
        revision: revision.into(),
        ..delivery(id, second)
    };
    let around = |id: &str, change: fn(&mut Content)| {
        let mut made = revision(id, "p", "");
        change(&mut made.content);
        Change::AddRevision(made)
    };
    let mine = |delivery: Delivery| Change::AddDelivery(Box::new(delivery));
    database
        .commit(vec![
            around("direct", |content| content.visibility = Some(Visibility::Direct)),
            around("handed on", |content| {
                content.repost = Some("https://example.social/1".into())
            }),
            around("answer", |content| {
                content.reply_to = Some("https://example.social/2".into())
            }),
            mine(sent("old", 20, "r")),
            mine(sent("new", 30, "r")),
            mine(sent("to somebody", 35, "answer")),
            mine(sent("to one", 40, "direct")),
            mine(sent("repost", 50, "handed on")),
            mine(Delivery {
                state: State::Rejected,
                ..sent("rejected", 60, "r")
            }),
        ])
        .await
        .unwrap();
    let last = async || {
        let last = database.last_thread(&"a".into(), None).await.unwrap();
        last.map(|delivery| delivery.id.0)
    };
    assert_eq!(last().await.as_deref(), Some("new"));
    assert_eq!(database.last_thread(&"b".into(), None).await.unwrap(), None);
    for (until, then) in [(29, "old"), (30, "new"), (31, "new")] {
        let last = database.last_thread(&"a".into(), Some(at(until))).await.unwrap();
        assert_eq!(last.map(|delivery| delivery.id.0).as_deref(), Some(then));
    }
    let gone = |id: &str, at| Change::Deleted {
        id: id.into(),
        ids: vec!["1".into()],
        at,
    };
    // A part of it is enough.
    database.commit(vec![gone("new", None)]).await.unwrap();
    assert_eq!(last().await.as_deref(), Some("old"));
    database.commit(vec![gone("old", Some(at(70)))]).await.unwrap();
    assert_eq!(
        last().await.as_deref(),
        Some("done"),
        "one without a time is the oldest"
    );
    let stored = database.delivery(&"old".into()).await.unwrap().unwrap();
    assert_eq!((stored.state, stored.deleted_at), (State::Sent, Some(at(70))));
    assert_eq!(stored.deleted_ids, ["1"]);
    // What is gone is gone, whatever became of the row meanwhile.
    database.commit(vec![gone("next", None)]).await.unwrap();
    let stored = database.delivery(&"next".into()).await.unwrap().unwrap();
    assert_eq!((stored.state, stored.deleted_ids.len()), (State::Queued, 1));
    let unknown = database.commit(vec![gone("nobody", None)]).await;
    assert_eq!(unknown, Err(StoreError::Stale));
}

#[tokio::test]
async fn counted_are_those_that_may_have_left() {
    let database = house().await;
    let t1 = Attempt {
        sending_at: Some(at(12)),
        ended_at: Some(at(13)),
        ..attempt("t1", "d")
    };
    let never = Attempt {
        sending_at: Some(at(14)),
        ended_at: Some(at(15)),
        never_left: true,
        ..attempt("t2", "d")
    };
    let early = Attempt {
        sending_at: Some(at(3)),
        ended_at: Some(at(4)),
        ..attempt("t3", "d")
    };
    let waiting = attempt("t4", "next");
    database
        .commit(vec![
            Change::UpdateAttempt(t1),
            Change::AddAttempt(never),
            Change::AddAttempt(early),
            Change::AddAttempt(waiting),
        ])
        .await
        .unwrap();
    let ids = |attempts: Vec<Attempt>| attempts.into_iter().map(|a| a.id.0).collect::<Vec<_>>();
    assert_eq!(ids(database.counted_attempts(at(0)).await.unwrap()), ["t3", "t1"]);
    assert_eq!(
        ids(database.counted_attempts(at(12)).await.unwrap()),
        ["t1"],
        "at or after"
    );
    assert!(database.counted_attempts(at(13)).await.unwrap().is_empty());
}

#[tokio::test]
async fn answers_are_forgotten_after_an_hour() {
    let database = house().await;
    let answered = |request: &str, second| Change::Answered {
        request: request.into(),
        answer: AnswerJson("{}".into()),
        at: at(second),
    };
    database.commit(vec![answered("q2", 3600)]).await.unwrap();
    assert!(
        database.answered("q").await.unwrap().is_some(),
        "one hour is not more than an hour"
    );
    database.commit(vec![answered("q3", 3601)]).await.unwrap();
    assert_eq!(database.answered("q").await.unwrap(), None);
    assert_eq!(database.answered("q3").await.unwrap().as_deref(), Some("{}"));
}

#[tokio::test]
async fn an_account_goes_when_its_deliveries_are_final() {
    let database = Database::in_memory().await.unwrap();
    furnish(&database).await;
    let gone = Delivery {
        state: State::Removed,
        ..delivery("d", 1)
    };
    database
        .commit(vec![
            expecting(State::Queued, None, gone),
            Change::RemoveAccount("a".into()),
        ])
        .await
        .unwrap();
    assert!(database.accounts().await.unwrap().is_empty());
    assert!(
        database.delivery(&"d".into()).await.unwrap().is_some(),
        "the past stays"
    );
}

#[tokio::test]
async fn a_stored_time_written_twice_in_one_list_is_the_later_one() {
    let database = Database::in_memory().await.unwrap();
    furnish(&database).await;
    let plan = |second| Change::Plan {
        id: "d".into(),
        planned: Some(Planned {
            at: at(second),
            window: Some("lunch".into()),
            opened: Some(at(0)),
        }),
    };
    database.commit(vec![plan(1), plan(2), plan(2)]).await.unwrap();
    let planned = database.delivery(&"d".into()).await.unwrap().unwrap().planned;
    assert_eq!(
        planned,
        Some(Planned {
            at: at(2),
            window: Some("lunch".into()),
            opened: Some(at(0))
        })
    );
    database
        .commit(vec![Change::Plan {
            id: "d".into(),
            planned: None,
        }])
        .await
        .unwrap();
    assert_eq!(
        database.delivery(&"d".into()).await.unwrap().unwrap().planned,
        None
    );
}
