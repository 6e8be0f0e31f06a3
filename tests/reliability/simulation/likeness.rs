//! The simulation's store answers as the real one does: the same changes go into both, and after each list both are
//! asked everything.

use jiff::{SignedDuration, Timestamp};
use kossori_core::cost::{Booking, Kind, MicroUsd};
use kossori_core::delivery::State;
use kossori_core::ids::{AccountId, AttemptId, DeliveryId, DraftId, MediaId, PostId};
use kossori_core::network::{Network, Persona, Software, Visibility};
use kossori_core::post::{Content, Part};
use kossori_engine::model::{
    Account, Attempt, Delivery, Draft, Event, FrozenPost, Health, JournalEntry, Planned, Post, Revision,
    Wait, WaitWhy, When,
};
use kossori_engine::ports::{AnswerJson, Change, Expect, Frozen, JournalRows, SPENT, Store as _};
use kossori_simulation::{Luck, Memory};
use kossori_store::Database;

/// Few of each, so that changes meet what is there as often as not.
const NAMES: [&str; 4] = ["a", "b", "c", "d"];

struct Maker {
    luck: Luck,
    /// Time goes on, as it does for whoever writes a journal, and now and then the clock is set back.
    now: Timestamp,
}

impl Maker {
    fn name(&mut self) -> String {
        (*self.luck.of(&NAMES)).to_owned()
    }

    fn at(&mut self) -> Timestamp {
        let step = self.luck.seconds(0, 900);
        self.now += step;
        if self.luck.percent(4) {
            self.now - SignedDuration::from_hours(1)
        } else {
            self.now
        }
    }

    fn state(&mut self) -> State {
        *self.luck.of(&State::ALL)
    }

    fn maybe<T>(&mut self, make: impl FnOnce(&mut Maker) -> T) -> Option<T> {
        let there = self.luck.percent(50);
        there.then(|| make(self))
    }

    fn content(&mut self) -> Content {
        Content {
            parts: vec![Part {
                text: format!("words {}", self.luck.below(9)),
                media: Vec::new(),
            }],
            cw: None,
            visibility: *self
                .luck
                .of(&[None, Some(Visibility::Public), Some(Visibility::Direct)]),
            lang: None,
            reply_to: None,
            quote: None,
            repost: self
                .luck
                .percent(30)
                .then(|| "https://example.social/1".to_owned()),
            quiet_reply: false,
            variants: Vec::new(),
        }
    }

    fn account(&mut self) -> Account {
        let name = self.name();
        Account {
            id: AccountId(name.clone()),
            network: Network::Bluesky,
            server: "https://server.example".to_owned(),
            handle: name.clone(),
            author_id: name,
            persona: Persona::Personal,
            client_name: None,
            software: Software::Unknown,
            limits: Network::Bluesky.default_limits(),
            local_server: false,
            plc: None,
            proxy: None,
            health: *self.luck.of(&[Health::Ok, Health::NeedsSignIn]),
            session_ends_at: None,
            added_at: self.at(),
            about_at: self.now,
        }
    }

    fn delivery(&mut self) -> Delivery {
        let parts = 1 + u32::try_from(self.luck.below(3)).unwrap_or(0);
        Delivery {
            id: DeliveryId(self.name()),
            post: PostId(self.name()),
            account: AccountId(self.name()),
            revision: self.name(),
            rank: i64::try_from(self.luck.below(5)).unwrap_or(0),
            when: When::Next,
            override_window: false,
            expires_at: self.maybe(Maker::at),
            state: self.state(),
            planned: self.maybe(Maker::planned),
            attempt: self.maybe(|maker| AttemptId(maker.name())),
            attempts: 1,
            frozen: self.maybe(|maker| FrozenPost {
                record: Frozen(format!("record {}", maker.luck.below(3)).into()),
                at: maker.at(),
                author_id: "a".to_owned(),
                for_good: maker.luck.percent(50),
                first_try: maker.maybe(Maker::at),
            }),
            parts,
            parts_sent: u32::try_from(self.luck.below(u64::from(parts) + 1)).unwrap_or(0),
            receipt: None,
            not_before: self.maybe(Maker::at),
            hold_until: None,
            refusal: None,
            open_question: None,
            sent_at: self.maybe(Maker::at),
            deleted_at: None,
            deleted_ids: Vec::new(),
            created_at: self.at(),
        }
    }

    fn planned(&mut self) -> Planned {
        Planned {
            at: self.at(),
            window: Some("lunch".to_owned()),
            opened: Some(self.now),
        }
    }

    fn attempt(&mut self) -> Attempt {
        Attempt {
            id: AttemptId(self.name()),
            delivery: DeliveryId(self.name()),
            account: AccountId(self.name()),
            n: 1,
            part: u32::try_from(self.luck.below(2)).unwrap_or(0),
            began_at: self.at(),
            sending_at: self.maybe(Maker::at),
            ended_at: self.maybe(Maker::at),
            outcome: None,
            code: None,
            window: None,
            opened: None,
            never_left: self.luck.percent(30),
        }
    }

    fn entry(&mut self) -> JournalEntry {
        JournalEntry {
            at: self.at(),
            delivery: self.maybe(|maker| DeliveryId(maker.name())),
            attempt: self.maybe(|maker| AttemptId(maker.name())),
            account: None,
            event: *self.luck.of(&[
                Event::Looked,
                Event::PutBack,
                Event::ClockUnsure,
                Event::ClockConfirmed,
            ]),
            detail: self.maybe(Maker::name),
            digest: None,
        }
    }

    fn draft(&mut self, rev: u64) -> Draft {
        Draft {
            id: DraftId(self.name()),
            rev,
            content: self.content(),
            accounts: Vec::new(),
            updated_at: self.at(),
        }
    }

    fn change(&mut self) -> Change {
        match self.luck.below(23) {
            0 => Change::PutSetting {
                name: "rules",
                json: format!("{}", self.luck.below(9)),
            },
            1 => Change::AddAccount(self.account()),
            2 => Change::UpdateAccount(self.account()),
            3 => Change::RemoveAccount(AccountId(self.name())),
            4 => Change::AddDraft(self.draft(1)),
            5 => {
                let base_rev = 1 + self.luck.below(2);
                Change::UpdateDraft {
                    draft: self.draft(base_rev + 1),
                    base_rev,
                }
            }
            6 => Change::RemoveDraft(DraftId(self.name())),
            7 => Change::AddPost(Post {
                id: PostId(self.name()),
                created_at: self.at(),
            }),
            8 => Change::AddRevision(Revision {
                id: self.name(),
                post: PostId(self.name()),
                content: self.content(),
                created_at: self.at(),
            }),
            9 | 10 => Change::AddDelivery(Box::new(self.delivery())),
            11..=13 => Change::Delivery {
                expect: Expect {
                    state: self.state(),
                    attempt: self.maybe(|maker| AttemptId(maker.name())),
                },
                delivery: Box::new(self.delivery()),
            },
            14 => Change::Plan {
                id: DeliveryId(self.name()),
                planned: self.maybe(Maker::planned),
            },
            15 => Change::Rank {
                id: DeliveryId(self.name()),
                rank: i64::try_from(self.luck.below(9)).unwrap_or(0),
            },
            21 => Change::Deleted {
                id: DeliveryId(self.name()),
                ids: self.maybe(Maker::name).into_iter().collect(),
                at: self.maybe(Maker::at),
            },
            16 => Change::AddAttempt(self.attempt()),
            17 => Change::UpdateAttempt(self.attempt()),
            18 => Change::Journal(self.entry()),
            19 => Change::Book(Booking {
                account: AccountId(self.name()),
                at: self.at(),
                sum: MicroUsd(self.luck.below(9)),
                kind: *self.luck.of(&[Kind::Spent, Kind::TurnedAway]),
                turns: self.luck.below(2) == 0,
            }),
            20 => Change::Wait {
                who: self.name(),
                wait: self.maybe(|maker| Wait {
                    until: maker.at(),
                    why: WaitWhy::Refused,
                }),
            },
            _ => Change::Answered {
                request: self.name(),
                answer: AnswerJson("{}".to_owned()),
                at: self.at(),
            },
        }
    }
}

async fn compare(memory: &Memory, database: &Database, since: Timestamp) {
    let all = State::ALL;
    assert_eq!(
        memory.setting("rules"),
        database.setting("rules").await.expect("settings")
    );
    assert_eq!(
        memory.setting(SPENT),
        database.setting(SPENT).await.expect("settings")
    );
    assert_eq!(memory.waits(), database.waits().await.expect("waits"));
    assert_eq!(memory.accounts(), database.accounts().await.expect("accounts"));
    assert_eq!(memory.drafts(), database.drafts().await.expect("drafts"));
    assert_eq!(
        memory.deliveries(&all),
        database.deliveries(&all).await.expect("deliveries")
    );
    assert_eq!(memory.ranks(), database.ranks().await.expect("ranks"));
    let mut counts = database.counts().await.expect("counts");
    counts.sort_by_key(|(state, _)| state.as_str());
    assert_eq!(memory.counts(), counts);
    let everything = JournalRows::default();
    let after = JournalRows::since(since);
    let before = JournalRows {
        until: Some(since),
        limit: Some(3),
        ..everything
    };
    for outcomes in [false, true] {
        for rows in [everything, after, before] {
            let rows = JournalRows { outcomes, ..rows };
            let read = database.journal(rows).await.expect("the journal");
            assert_eq!(memory.journal(rows), read, "{rows:?}");
        }
    }
    assert_eq!(
        memory.deliveries_that_differed(),
        database.deliveries_that_differed().await.expect("deliveries")
    );
    assert_eq!(
        memory.drafts().len() as u64,
        database.draft_count().await.expect("a number")
    );
    let newest = database.newest_journal().await.expect("the newest row");
    assert_eq!(memory.newest_journal(), newest);
    let counted = database
        .counted_attempts(since)
        .await
        .expect("attempts that count");
    assert_eq!(memory.counted_attempts(since), counted);
    let names = NAMES.map(str::to_owned);
    assert_eq!(
        memory.revisions(&names),
        database.revisions(&names).await.expect("revisions")
    );
    let media = NAMES.map(|name| MediaId(name.to_owned()));
    assert_eq!(
        memory.picture_facts(&media),
        database.picture_facts(&media).await.expect("pictures")
    );
    for name in NAMES {
        let account = AccountId(name.to_owned());
        for until in [None, Some(since)] {
            let last = database.last_thread(&account, until).await;
            assert_eq!(
                memory.last_thread(&account, until),
                last.expect("the last thread")
            );
        }
        let id = DeliveryId(name.to_owned());
        assert_eq!(
            memory.delivery(&id),
            database.delivery(&id).await.expect("a delivery")
        );
        assert_eq!(
            memory.attempts(&id),
            database.attempts(&id).await.expect("attempts")
        );
        assert_eq!(
            memory.answered(name),
            database.answered(name).await.expect("an answer")
        );
        let draft = DraftId(name.to_owned());
        assert_eq!(
            memory.draft(&draft),
            database.draft(&draft).await.expect("a draft")
        );
    }
}

#[tokio::test]
async fn the_simulated_store_answers_as_the_real_one() {
    let (mut written, mut refused) = (0, 0);
    for seed in 0..24 {
        let database = Database::in_memory().await.expect("a database in memory");
        let mut memory = Memory::default();
        let mut maker = Maker {
            luck: Luck::stream(seed, 9),
            now: "2026-11-24T00:00:00Z".parse().expect("a time"),
        };
        for _ in 0..120 {
            let many = 1 + maker.luck.below(3);
            let changes: Vec<Change> = (0..many).map(|_| maker.change()).collect();
            let real = database.commit(changes.clone()).await;
            let ours = memory.commit(changes.clone());
            assert_eq!(ours, real, "seed {seed}: {changes:?}");
            if ours.is_ok() {
                written += 1
            } else {
                refused += 1
            }
            let since = maker.now - SignedDuration::from_hours(5);
            compare(&memory, &database, since).await;
        }
    }
    println!("{written} lists written, {refused} refused, alike in both");
    assert!(
        written > 300 && refused > 500,
        "{written} written, {refused} refused"
    );
}
