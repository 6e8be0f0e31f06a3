//! What a host that runs for days does once a day: a backup, and forgetting what nothing names any more.

use kossori_api::{ContentInput, MediaInput, PartInput, PictureFileInput, Request, WhenInput};
use kossori_core::ids::MediaId;
use kossori_engine::ports::Store as _;
use kossori_store::{Database, DatabaseKey, Opening};
use serde_json::Value;

use crate::support::hosted::{Hosted, settle};
use crate::support::pictures::telling_jpeg;
use crate::support::simulated::{at, input};
use crate::support::world::now;

fn shown(hosted: &Hosted, text: &str, seed: u32) -> ContentInput {
    let path = hosted.data_dir().with_file_name(format!("picture-{seed}.jpg"));
    telling_jpeg(&path, 90, 60, seed);
    ContentInput {
        parts: vec![PartInput {
            text: text.to_owned(),
            media: vec![MediaInput {
                path: Some(path),
                alt: "a test picture".to_owned(),
                ..MediaInput::default()
            }],
        }],
        ..ContentInput::default()
    }
}

fn id(value: &Value) -> String {
    value
        .as_str()
        .unwrap_or_else(|| panic!("no id: {value}"))
        .to_owned()
}

async fn draft(hosted: &Hosted, account: &str, seed: u32) -> (String, MediaId) {
    let content = shown(hosted, "a draft", seed);
    let accounts = vec![account.to_owned()];
    let added = hosted.ask(Request::DraftAdd { accounts, content }).await;
    let draft = id(&added["id"]);
    let shown = hosted.ask(Request::DraftShow { id: draft.clone() }).await;
    let media = id(&shown["content"]["parts"][0]["media"][0]["id"]);
    (draft, MediaId(media))
}

/// A picture alone, as the window adds it before the draft is saved.
async fn attach(hosted: &Hosted, seed: u32) -> MediaId {
    let path = hosted.data_dir().with_file_name(format!("picture-{seed}.jpg"));
    telling_jpeg(&path, 90, 60, seed);
    let added = hosted.ask(Request::PictureAdd(PictureFileInput { path })).await;
    MediaId(id(&added["id"]))
}

async fn backups(hosted: &Hosted) -> Vec<Value> {
    let listed = hosted.ask(Request::BackupList).await;
    listed["backups"].as_array().cloned().expect("backups")
}

/// With the runtime's time paused: the host has taken the last question, is quiet for long enough, and rests.
async fn let_it_rest() {
    settle().await;
    tokio::time::advance(std::time::Duration::from_secs(6)).await;
    settle().await;
}

/// The host's database, after it has ended.
async fn database(hosted: &Hosted) -> Database {
    let named = std::fs::read(hosted.data_dir().join("folder.json")).expect("the folder's name");
    let named: Value = serde_json::from_slice(&named).expect("JSON");
    let entry = format!("folder.{}.key", id(&named["id"]));
    let secret = kossori_engine::secret::Secret::new(hosted.vault.entry(&entry).expect("a key"));
    let key = DatabaseKey::from_secret(&secret).expect("a key");
    let opening = Opening {
        create: false,
        now: kossori_engine::ports::Clock::now(hosted.clock.as_ref()),
    };
    Database::open(&hosted.data_dir().join("kossori.db"), &key, opening)
        .await
        .expect("it opens")
}

/// Far from the machine's own time, in which pictures get their ids: whatever day it is, they are old enough by then.
const FIRST: &str = "2040-01-10 12:10";
const NEXT: &str = "2040-01-11 12:15";

#[tokio::test]
async fn a_host_that_runs_over_midnight_makes_its_backup_and_forgets_what_nothing_names() {
    let mut hosted = Hosted::new(FIRST).await;
    let account = hosted.practice().await;
    let (removed, gone) = draft(&hosted, &account, 1).await;
    let never_shown = attach(&hosted, 5).await;
    let (_, drafted) = draft(&hosted, &account, 2).await;
    let posted = hosted
        .ask(Request::PostAdd(input(&[&account], "x", |input| {
            input.content = shown(&hosted, "sent today", 3);
        })))
        .await;
    let posted = id(&posted["deliveries"][0]["id"]);
    hosted.until(&posted, "sent").await;
    let queued = hosted
        .ask(Request::PostAdd(input(&[&account], "x", |input| {
            input.content = shown(&hosted, "for tomorrow", 4);
            input.when = WhenInput::At(NEXT.to_owned());
        })))
        .await;
    let queued = id(&queued["deliveries"][0]["id"]);
    hosted.ask(Request::DraftRemove { id: removed }).await;
    assert_eq!(backups(&hosted).await.len(), 1, "the one of the start");
    let asked = hosted.ask(Request::BackupMake).await;
    let listed = backups(&hosted).await;
    assert_eq!(listed.len(), 2, "one more, if a person asks");
    assert!(listed.contains(&asked), "{listed:?}");
    assert_eq!((&asked["why"], &asked["whole"]), (&"asked".into(), &true.into()));

    // From here on the pause before a host rests takes no time.
    tokio::time::pause();
    for _ in 0..3 {
        let_it_rest().await;
    }
    assert_eq!(backups(&hosted).await.len(), 2, "one a day");
    hosted.clock.pass_to(at(NEXT));
    hosted.until(&queued, "sent").await;
    let mut tries = 0;
    while backups(&hosted).await.len() < 3 {
        tries += 1;
        assert!(tries < 200, "a day has passed, and no backup was made");
        let_it_rest().await;
    }
    let made = backups(&hosted).await;
    assert_eq!(made[0]["why"], "daily");
    assert!(id(&made[0]["at"]).starts_with("2040-01-11T12:15:00"), "{made:?}");

    // What the host does then it has done before it ends.
    let media = |delivery: Value| MediaId(id(&delivery["content"]["parts"][0]["media"][0]["id"]));
    let sent = media(hosted.ask(Request::QueueShow { id: posted.clone() }).await);
    hosted.end().await;
    let database = database(&hosted).await;
    for (picture, why) in [
        (gone, "its draft is removed"),
        (never_shown, "no draft ever showed it"),
    ] {
        assert_eq!(database.picture(&picture).await.expect("it reads"), None, "{why}");
    }
    for (picture, whose) in [(drafted, "a draft's"), (sent, "a sent post's")] {
        assert!(
            database.picture(&picture).await.expect("it reads").is_some(),
            "{whose}"
        );
    }
    for delivery in [posted, queued] {
        let row = database
            .delivery(&delivery.as_str().into())
            .await
            .expect("it reads")
            .expect("kept");
        assert!(
            database
                .revision(&row.revision)
                .await
                .expect("it reads")
                .is_some(),
            "its text"
        );
    }
    database.close().await.expect("closed");
}

#[tokio::test]
async fn what_is_younger_than_a_day_is_not_forgotten() {
    // A picture's id is as old as the machine's own clock says: noon of the day that the host knows.
    let noon = now();
    let half = jiff::SignedDuration::from_hours(12);
    let mut hosted = Hosted::from(noon - half).await;
    let account = hosted.practice().await;
    let (removed, young) = draft(&hosted, &account, 1).await;
    let attached = attach(&hosted, 5).await;
    hosted.ask(Request::DraftRemove { id: removed }).await;
    hosted.end().await;
    hosted
        .clock
        .pass_to(noon + half + jiff::SignedDuration::from_mins(1));
    hosted.start().await;
    assert_eq!(
        backups(&hosted).await.len(),
        2,
        "the day's backup was made at the start"
    );
    hosted.end().await;
    let database = database(&hosted).await;
    for picture in [young, attached] {
        let kept = database.picture(&picture).await.expect("it reads");
        assert!(kept.is_some(), "a draft that is being saved may name it yet");
    }
    database.close().await.expect("closed");
}
