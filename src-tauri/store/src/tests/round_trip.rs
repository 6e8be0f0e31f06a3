//! Whatever the engine writes, it reads again, cell for cell.

use jiff::Timestamp;
use kossori_core::answer::Receipt;
use kossori_core::delivery::State;
use kossori_core::network::{Network, Persona, Software, Visibility};
use kossori_core::post::{Content, Part, Picture, Variant};
use kossori_core::proxy::ProxyKind;
use kossori_engine::model::{
    Account, Attempt, Delivery, Draft, Event, FrozenPost, Health, JournalEntry, OpenQuestion, Planned, Post,
    Revision, ServerRefusal, When,
};
use kossori_engine::ports::{Change, Expect, Frozen, JournalRows, Store};
use proptest::option::of;
use proptest::prelude::{BoxedStrategy, Just, Strategy, any};
use proptest::sample::select;
use proptest::{collection, prop_assert_eq, prop_oneof, proptest};

use super::{account, at, delivery, picture, post, revision};
use crate::Database;

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        Just(String::new()),
        Just("こっそり 👨‍👩‍👧 \u{202e}\u{0} ' \" -- ; \\ null".to_owned()),
    ]
}

/// To the nanosecond, over the years that fit.
fn time() -> impl Strategy<Value = Timestamp> {
    prop_oneof![
        any::<i64>().prop_map(|nanos| Timestamp::from_nanosecond(i128::from(nanos)).unwrap()),
        Just(Timestamp::UNIX_EPOCH),
        Just(at(0)),
    ]
}

fn content() -> impl Strategy<Value = Content> {
    let picture = (text(), text()).prop_map(|(id, alt)| Picture {
        media: id.into(),
        alt,
    });
    let part = (text(), collection::vec(picture, 0..3)).prop_map(|(text, media)| Part { text, media });
    let variant = (select(&Network::ALL[..]), text()).prop_map(|(network, text)| Variant { network, text });
    let visibility = select(vec![
        Visibility::Public,
        Visibility::Unlisted,
        Visibility::Private,
        Visibility::Direct,
    ]);
    (
        collection::vec(part, 0..4),
        of(text()),
        of(visibility),
        of(text()),
        (of(text()), of(text()), of(text()), any::<bool>()),
        collection::vec(variant, 0..2),
    )
        .prop_map(
            |(parts, cw, visibility, lang, (reply_to, quote, repost, quiet_reply), variants)| Content {
                parts,
                cw,
                visibility,
                lang,
                reply_to,
                quote,
                repost,
                quiet_reply,
                variants,
            },
        )
}

fn an_account() -> impl Strategy<Value = Account> {
    let personas = select(vec![Persona::Personal, Persona::Official, Persona::Anonymous]);
    let software = select(Software::ALL.to_vec());
    let health = select(vec![
        Health::Ok,
        Health::NeedsSignIn,
        Health::ProxyMissing,
        Health::OutOfCredit,
        Health::Unreachable,
        Health::Refused,
    ]);
    (
        (
            select(&Network::ALL[..]),
            text(),
            text(),
            text(),
            personas,
            of(text()),
        ),
        (
            software,
            any::<bool>(),
            of(text()),
            health,
            of(time()),
            time(),
            time(),
            of(select(ProxyKind::ALL.to_vec())),
        ),
    )
        .prop_map(
            |((network, server, handle, author_id, persona, client_name), rest)| {
                let (software, local_server, plc, health, session_ends_at, added_at, about_at, proxy) = rest;
                Account {
                    id: "a".into(),
                    network,
                    server,
                    handle,
                    author_id,
                    persona,
                    client_name,
                    software,
                    limits: network.default_limits(),
                    local_server,
                    plc,
                    proxy,
                    health,
                    session_ends_at,
                    added_at,
                    about_at,
                }
            },
        )
}

/// On the heap: a debug build has hardly stack enough for its trees.
fn a_delivery(state: impl Strategy<Value = State> + 'static) -> BoxedStrategy<Delivery> {
    let when = prop_oneof![
        Just(When::Next),
        text().prop_map(When::Window),
        time().prop_map(When::At)
    ];
    let planned =
        (time(), of(text()), of(time())).prop_map(|(at, window, opened)| Planned { at, window, opened });
    let frozen = (text(), time(), text(), any::<bool>(), of(time())).prop_map(
        |(record, at, author_id, for_good, first_try)| FrozenPost {
            record: Frozen(record.into()),
            at,
            author_id,
            for_good,
            first_try,
        },
    );
    let receipt = (collection::vec(text(), 0..3), of(text()), of(text()), of(text())).prop_map(
        |(ids, url, visibility, last_url)| Receipt {
            ids,
            url,
            last_url,
            visibility,
        },
    );
    let refusal = (text(), text()).prop_map(|(code, words)| ServerRefusal { code, words });
    let question = (
        time(),
        any::<(u32, u32)>(),
        time(),
        any::<(bool, bool)>(),
        of(text()),
    )
        .prop_map(
            |(since, (looks, looked), next_look, (failed, copied), alike)| OpenQuestion {
                since,
                looks,
                looked,
                next_look,
                failed,
                copied,
                alike,
            },
        );
    (
        (
            any::<i64>(),
            when,
            any::<bool>(),
            of(time()),
            state,
            of(planned),
            of(text()),
            any::<u32>(),
        ),
        (
            of(frozen).boxed(),
            any::<(u32, u32)>(),
            of(receipt).boxed(),
            of(time()),
            of(time()),
        ),
        (of(refusal).boxed(), of(question).boxed(), of(time()), time()),
    )
        .prop_map(|(first, second, third)| {
            let (rank, when, override_window, expires_at, state, planned, attempt, attempts) = first;
            let (frozen, (some, more), receipt, not_before, hold_until) = second;
            let (refusal, open_question, sent_at, created_at) = third;
            Delivery {
                rank,
                when,
                override_window,
                expires_at,
                state,
                planned,
                attempt: attempt.map(Into::into),
                attempts,
                frozen,
                parts: some.max(more),
                parts_sent: some.min(more),
                receipt,
                not_before,
                hold_until,
                refusal,
                open_question,
                sent_at,
                created_at,
                ..delivery("d", 0)
            }
        })
        .boxed()
}

fn an_attempt() -> impl Strategy<Value = Attempt> {
    (
        (text(), any::<u32>(), any::<u32>(), time(), of(time()), of(time())),
        (of(text()), of(text()), of(text()), of(time()), any::<bool>()),
    )
        .prop_map(|((id, n, part, began_at, sending_at, ended_at), rest)| {
            let (outcome, code, window, opened, never_left) = rest;
            Attempt {
                id: id.into(),
                delivery: "d".into(),
                account: "a".into(),
                n,
                part,
                began_at,
                sending_at,
                ended_at,
                outcome,
                code,
                window,
                opened,
                never_left,
            }
        })
}

fn an_entry() -> impl Strategy<Value = JournalEntry> {
    let events = select(vec![
        Event::Queued,
        Event::PartSent,
        Event::NeedsYou,
        Event::VisibilityDiffers,
    ]);
    (
        time(),
        of(text()),
        of(text()),
        of(text()),
        events,
        of(text()),
        of(text()),
    )
        .prop_map(
            |(at, delivery, attempt, account, event, detail, digest)| JournalEntry {
                at,
                delivery: delivery.map(Into::into),
                attempt: attempt.map(Into::into),
                account: account.map(Into::into),
                event,
                detail,
                digest,
            },
        )
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap()
        .block_on(future)
}

proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(48))]

    #[test]
    fn accounts_and_drafts(first in an_account(), second in an_account(), content in content(), rev in 0..u64::MAX / 4, now in time()) {
        let (accounts, changed, drafts) = block_on(async {
            let database = Database::in_memory().await.unwrap();
            database.commit(vec![Change::AddAccount(first.clone())]).await.unwrap();
            let accounts = database.accounts().await.unwrap();
            let draft = Draft {
                id: "w".into(), rev, content: content.clone(),
                accounts: vec!["a".into(), "b \" c".into()], updated_at: now,
            };
            database.commit(vec![Change::UpdateAccount(second.clone()), Change::AddDraft(draft)]).await.unwrap();
            let draft = Draft {
                id: "w".into(), rev: rev + 1, content: Content::default(), accounts: vec![], updated_at: at(5),
            };
            let before = database.drafts().await.unwrap();
            database.commit(vec![Change::UpdateDraft { draft, base_rev: rev }]).await.unwrap();
            (accounts, database.accounts().await.unwrap(), (before, database.draft(&"w".into()).await.unwrap()))
        });
        prop_assert_eq!(accounts, vec![first]);
        prop_assert_eq!(changed, vec![second]);
        let (before, after) = drafts;
        prop_assert_eq!(before.len(), 1);
        prop_assert_eq!(&before[0].content, &content);
        prop_assert_eq!(before[0].updated_at, now);
        prop_assert_eq!(&before[0].accounts, &vec!["a".into(), "b \" c".into()]);
        let after = after.unwrap();
        prop_assert_eq!((after.rev, after.content, after.accounts), (rev + 1, Content::default(), vec![]));
    }

    #[test]
    fn deliveries(
        first in a_delivery(select(vec![State::Queued, State::Unknown])),
        second in a_delivery(select(vec![State::Sent, State::Queued, State::NeedsYou, State::Left])),
        content in content(),
    ) {
        // Nothing of the first row forbids the second: what may be written is another test's.
        let melt = |frozen: FrozenPost| FrozenPost { for_good: false, ..frozen };
        let first = Delivery { parts_sent: 0, frozen: first.frozen.map(melt), ..first };
        let second = match first.state {
            State::Queued => Delivery { state: State::Claimed, parts_sent: 0, ..second },
            _ => Delivery { attempt: first.attempt.clone(), ..second },
        };
        // On the heap: a debug build has hardly stack enough for two of them in each layer.
        let (added, updated, revision) = block_on(Box::pin(async {
            let database = Database::in_memory().await.unwrap();
            let wording = Revision { content: content.clone(), ..revision("r", "p", "") };
            database.commit(vec![
                Change::AddAccount(account("a")),
                Change::AddPost(post("p")),
                Change::AddRevision(wording),
                Change::AddDelivery(Box::new(first.clone())),
            ]).await.unwrap();
            let added = database.delivery(&"d".into()).await.unwrap().unwrap();
            let expect = Expect { state: first.state, attempt: first.attempt.clone() };
            database.commit(vec![Change::Delivery { expect, delivery: Box::new(second.clone()) }]).await.unwrap();
            let updated = database.deliveries(&[second.state]).await.unwrap();
            (added, updated, database.revision("r").await.unwrap().unwrap())
        }));
        prop_assert_eq!(&added, &first);
        // The order is another change's.
        prop_assert_eq!(updated, vec![Delivery { rank: added.rank, ..second }]);
        prop_assert_eq!(revision.content, content);
    }

    #[test]
    fn attempts_and_journal(first in an_attempt(), second in an_attempt(), entry in an_entry()) {
        let second = Attempt { id: first.id.clone(), part: first.part, ..second };
        let (added, updated, journal, newest) = block_on(async {
            let database = Database::in_memory().await.unwrap();
            super::furnish(&database).await;
            database.commit(vec![Change::AddAttempt(first.clone()), Change::Journal(entry.clone())]).await.unwrap();
            let added = database.attempts(&"d".into()).await.unwrap();
            database.commit(vec![Change::UpdateAttempt(second.clone())]).await.unwrap();
            let updated = database.attempts(&"d".into()).await.unwrap();
            (added, updated, database.journal(JournalRows::default()).await.unwrap(), database.newest_journal().await.unwrap())
        });
        prop_assert_eq!(added, vec![first]);
        prop_assert_eq!(updated, vec![second]);
        prop_assert_eq!(newest, Some(entry.at));
        prop_assert_eq!(journal, vec![entry]);
    }

    #[test]
    fn pictures(bytes in collection::vec(any::<u8>(), 0..20_000), id in text(), sha256 in text()) {
        let stored = picture(&id, &sha256, &bytes);
        let (read, facts) = block_on(async {
            let database = Database::in_memory().await.unwrap();
            database.commit(vec![Change::AddPicture(stored.clone())]).await.unwrap();
            let facts = database.picture_facts(&[id.as_str().into(), "other".into()]).await.unwrap();
            (database.picture(&id.as_str().into()).await.unwrap(), facts)
        });
        prop_assert_eq!(read.as_ref(), Some(&stored));
        prop_assert_eq!(facts.len(), 1);
        prop_assert_eq!(facts[0].bytes, bytes.len() as u64);
        prop_assert_eq!((&facts[0].sha256, facts[0].width, facts[0].height), (&sha256, 3, 2));
    }
}

#[test]
fn every_event_and_state_has_its_word() {
    use Event::{
        Adopted, Approved, Claimed, ClockConfirmed, ClockUnsure, Edited, Held, HoldOver, Looked, Missed,
        NeedsYou, PartSent, Paused, Planned, PutBack, Queued, Rejected, Removed, Resent, Resolved, Resumed,
        Sending, Sent, Staged, Unknown, VisibilityDiffers, Voided,
    };
    for event in [
        Adopted,
        Approved,
        Claimed,
        ClockConfirmed,
        ClockUnsure,
        Edited,
        Held,
        HoldOver,
        Looked,
        Missed,
        NeedsYou,
        PartSent,
        Paused,
        Planned,
        PutBack,
        Queued,
        Rejected,
        Removed,
        Resent,
        Resolved,
        Resumed,
        Sending,
        Sent,
        Staged,
        Unknown,
        VisibilityDiffers,
        Voided,
    ] {
        assert_eq!(
            crate::cells::word(&event).unwrap(),
            event.as_str(),
            "SQL and JSON use the same word"
        );
    }
    for state in State::ALL {
        assert_eq!(
            crate::cells::word(&state).unwrap(),
            state.as_str(),
            "a list of states goes as JSON"
        );
    }
}

#[tokio::test]
async fn a_time_beyond_the_range_is_kept_as_the_nearest() {
    let database = Database::in_memory().await.unwrap();
    let post = Post {
        created_at: Timestamp::MAX,
        ..post("p")
    };
    let wording = Revision {
        created_at: Timestamp::MAX,
        ..revision("r", "p", "")
    };
    database
        .commit(vec![Change::AddPost(post), Change::AddRevision(wording)])
        .await
        .unwrap();
    let kept = database.revision("r").await.unwrap().unwrap().created_at;
    assert_eq!(
        kept.as_nanosecond(),
        i128::from(i64::MAX),
        "the year 2262, not an error and not the past"
    );
}

#[tokio::test]
async fn lists_are_in_their_order() {
    let database = Database::in_memory().await.unwrap();
    super::furnish(&database).await;
    let mut changes = Vec::new();
    for (id, rank) in [("z", 5), ("y", 5), ("x", -3), ("w", 9)] {
        changes.push(Change::AddDelivery(Box::new(delivery(id, rank))));
    }
    changes.push(Change::AddDelivery(Box::new(Delivery {
        state: State::Held,
        ..delivery("h", 2)
    })));
    database.commit(changes).await.unwrap();
    let queued = database.deliveries(&[State::Queued]).await.unwrap();
    assert_eq!(super::ids(&queued), ["x", "d", "y", "z", "w"]);
    let both = database.deliveries(&[State::Held, State::Queued]).await.unwrap();
    assert_eq!(
        super::ids(&both),
        ["x", "d", "h", "y", "z", "w"],
        "one order over all states"
    );
    assert_eq!(super::ids(&database.deliveries(&[]).await.unwrap()), [""; 0]);
    assert_eq!(database.ranks().await.unwrap(), Some((-3, 9)));
    let mut counts = database.counts().await.unwrap();
    counts.sort();
    assert_eq!(counts, [(State::Queued, 5), (State::Held, 1)]);
}
