//! The real database in real folders. What needs a process of its own (a kill, a full disk, a user who may not
//! write) runs this test program again with one test's name and a word in the environment.

mod backups;
mod damage;
mod durability;
mod expectations;
mod fences;
mod journal;
mod lanes;
mod opening;
mod practice;
mod round_trip;
mod secrecy;
mod speed;
mod sweep;
mod trouble;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use jiff::Timestamp;
use kossori_core::delivery::State;
use kossori_core::ids::{AttemptId, MediaId};
use kossori_core::network::{Network, Persona, Software};
use kossori_core::post::{Content, Part, Picture};
use kossori_engine::model::{
    Account, Attempt, Delivery, Draft, Event, Health, JournalEntry, Post, Revision, StoredPicture, When,
};
use kossori_engine::ports::{Change, CleanPicture, Store};

use crate::{Database, DatabaseKey, Opening};

pub(crate) const KEY: [u8; 32] = *b"0123456789abcdef0123456789abcdef";

pub(crate) fn key() -> DatabaseKey {
    DatabaseKey::new(KEY)
}

/// The n-th second of the tests' day.
pub(crate) fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_795_435_200 + second).unwrap()
}

pub(crate) fn opening() -> Opening {
    Opening {
        create: true,
        now: at(0),
    }
}

pub(crate) struct Folder(pub(crate) tempfile::TempDir);

impl Folder {
    pub(crate) fn new() -> Self {
        Folder(tempfile::tempdir().unwrap())
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.0.path().join("kossori.db")
    }

    pub(crate) async fn open(&self) -> Database {
        open(&self.database()).await
    }
}

pub(crate) async fn open(path: &Path) -> Database {
    Database::open(path, &key(), opening()).await.unwrap()
}

pub(crate) fn account(id: &str) -> Account {
    Account {
        id: id.into(),
        network: Network::Practice,
        server: String::new(),
        handle: format!("@{id}"),
        author_id: format!("author of {id}"),
        persona: Persona::Personal,
        client_name: None,
        software: Software::Unknown,
        limits: Network::Practice.default_limits(),
        local_server: false,
        plc: None,
        proxy: None,
        health: Health::Ok,
        session_ends_at: None,
        added_at: at(0),
        about_at: at(0),
    }
}

pub(crate) fn content(text: &str, pictures: &[&str]) -> Content {
    let media = pictures
        .iter()
        .map(|id| Picture {
            media: MediaId::from(*id),
            alt: "a picture".into(),
        })
        .collect();
    Content {
        parts: vec![Part {
            text: text.into(),
            media,
        }],
        ..Content::default()
    }
}

pub(crate) fn draft(id: &str, rev: u64, text: &str) -> Draft {
    Draft {
        id: id.into(),
        rev,
        content: content(text, &[]),
        accounts: vec!["a".into()],
        updated_at: at(1),
    }
}

pub(crate) fn post(id: &str) -> Post {
    Post {
        id: id.into(),
        created_at: at(0),
    }
}

pub(crate) fn revision(id: &str, post: &str, text: &str) -> Revision {
    Revision {
        id: id.into(),
        post: post.into(),
        content: content(text, &[]),
        created_at: at(0),
    }
}

pub(crate) fn delivery(id: &str, rank: i64) -> Delivery {
    Delivery {
        id: id.into(),
        post: "p".into(),
        account: "a".into(),
        revision: "r".into(),
        rank,
        when: When::Next,
        override_window: false,
        expires_at: None,
        state: State::Queued,
        planned: None,
        attempt: None,
        attempts: 0,
        frozen: None,
        parts: 1,
        parts_sent: 0,
        receipt: None,
        not_before: None,
        hold_until: None,
        refusal: None,
        open_question: None,
        sent_at: None,
        deleted_at: None,
        deleted_ids: Vec::new(),
        created_at: at(0),
    }
}

pub(crate) fn attempt(id: &str, delivery: &str) -> Attempt {
    Attempt {
        id: id.into(),
        delivery: delivery.into(),
        account: "a".into(),
        n: 1,
        part: 0,
        began_at: at(10),
        sending_at: None,
        ended_at: None,
        outcome: None,
        code: None,
        window: Some("lunch".into()),
        opened: Some(at(0)),
        never_left: false,
    }
}

pub(crate) fn entry(second: i64, attempt: Option<&str>, event: Event) -> JournalEntry {
    JournalEntry {
        at: at(second),
        delivery: Some("d".into()),
        attempt: attempt.map(AttemptId::from),
        account: Some("a".into()),
        event,
        detail: None,
        digest: None,
    }
}

pub(crate) fn picture(id: &str, sha256: &str, bytes: &[u8]) -> StoredPicture {
    StoredPicture {
        id: id.into(),
        picture: CleanPicture {
            bytes: Arc::from(bytes),
            mime: "image/png".into(),
            width: 3,
            height: 2,
        },
        sha256: sha256.into(),
    }
}

/// Account `a`, post `p` with revision `r`, and queued delivery `d`.
pub(crate) async fn furnish(database: &Database) {
    database
        .commit(vec![
            Change::AddAccount(account("a")),
            Change::AddPost(post("p")),
            Change::AddRevision(revision("r", "p", "text")),
            Change::AddDelivery(Box::new(delivery("d", 1))),
        ])
        .await
        .unwrap();
}

/// Runs statements that the crate itself would never make.
pub(crate) async fn run(database: &Database, sql: &'static str) -> Result<(), sqlx::Error> {
    let mut held = database.writer.hold().await.unwrap();
    let done = sqlx::raw_sql(sql).execute(held.connection().unwrap()).await;
    held.settle(Ok(())).await.unwrap();
    done.map(|_| ())
}

pub(crate) async fn number(database: &Database, sql: &'static str) -> i64 {
    let mut held = database.writer.hold().await.unwrap();
    let number = sqlx::query_scalar(sql)
        .fetch_one(held.connection().unwrap())
        .await
        .unwrap();
    held.settle(Ok(number)).await.unwrap()
}

const ROLE: &str = "KOSSORI_STORE_TEST_ROLE";
const PLACE: &str = "KOSSORI_STORE_TEST_PLACE";

/// The folder to work in, if this process was started to play `role`.
pub(crate) fn playing(role: &str) -> Option<PathBuf> {
    (std::env::var(ROLE).ok()? == role).then(|| PathBuf::from(std::env::var_os(PLACE).unwrap()))
}

/// This test program, to run `test` alone as `role` in `place`; `before` is a command line to start it with.
pub(crate) fn play(test: &str, role: &str, place: &Path, before: &[&str], program: &Path) -> Command {
    let mut words = before.iter().map(std::ffi::OsString::from).collect::<Vec<_>>();
    words.push(program.into());
    let mut command = Command::new(words.remove(0));
    command
        .args(words)
        .args(["--exact", test, "--nocapture", "--test-threads=1"]);
    command.env(ROLE, role).env(PLACE, place);
    command
}

pub(crate) fn this_program() -> PathBuf {
    std::env::current_exe().unwrap()
}

pub(crate) fn ids(deliveries: &[Delivery]) -> Vec<&str> {
    deliveries.iter().map(|delivery| delivery.id.as_str()).collect()
}
