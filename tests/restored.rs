//! A backup is restored, and the folder goes on when a person says so; a keyring that fails meanwhile, and a database
//! that is gone.

use std::path::PathBuf;
use std::time::Duration;

use jiff::SignedDuration;
use kossori_api::{Code, Event, Request};
use kossori_link::{Client, HelloClient, Next, Program, data_dir_hash};
use serde_json::{Value, json};

use crate::support::hosted::{Hosted, settle};
use crate::support::simulated::at;
use crate::support::world::{World, deliveries_of, id_of, now, run, wait_for};

const SOON: Duration = Duration::from_secs(20);

/// Something due at once, in a folder whose `run` makes a backup before it sends it.
fn queue_due(world: &World) -> (String, String) {
    let account = world.add_practice("me");
    world.open_wide();
    let queued = world.ctl_with("once", &["post", "add", "--account", &account, "--stdin"]);
    (account, deliveries_of(&queued).remove(0))
}

fn newest_backup(world: &World) -> String {
    id_of(&world.ctl(&["backup", "list"])["backups"][0])
}

/// The socket of the host that runs.
fn socket_of(world: &World) -> PathBuf {
    std::fs::read_dir(world.bus.folder().join("runtime/kossori"))
        .expect("the socket's folder")
        .flatten()
        .map(|entry| entry.path())
        .find(|path| path.extension().is_some_and(|ending| ending == "sock"))
        .expect("the host's socket")
}

/// A client that is told what happens.
async fn client(world: &World) -> Client {
    let hello = HelloClient {
        protocol: kossori_api::PROTOCOL,
        build: "test".to_owned(),
        program: Program::Command,
        data_dir_hash: Some(data_dir_hash(
            &world.data_dir().canonicalize().expect("the folder"),
        )),
        shows: None,
    };
    Client::connect(&socket_of(world), hello)
        .await
        .expect("the host answers")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_goes_on_with_the_backup_that_is_restored_under_it() {
    let world = World::start();
    let (account, delivery) = queue_due(&world);
    let mut running = world.start_run();
    wait_for("the post", SOON, || world.state_of(&delivery) == "sent");
    let client = client(&world).await;
    let mut events = client.subscribe().await.expect("told what happens");

    world.ctl(&["backup", "restore", &newest_backup(&world)]);
    assert!(running.0.try_wait().expect("a child").is_none(), "`run` lives on");
    let status = world.ctl(&["status"]);
    assert_eq!(
        (&status["host"], &status["reason"]),
        (&json!("run"), &json!("folder_is_a_copy"))
    );
    assert_eq!(world.state_of(&delivery), "queued", "as it was in the backup");
    // What makes it tick makes it send, if it may.
    world.ctl(&["pause"]);
    world.ctl(&["resume"]);
    assert_eq!(world.state_of(&delivery), "queued");
    assert_eq!(
        world.ctl(&["timeline", &account])["posts"],
        json!([]),
        "nothing went out again"
    );

    let planned = world.ctl(&["queue", "show", &delivery])["planned_at"].clone();
    let adopted = world.ctl(&["adopt"]);
    assert_eq!(
        adopted["moved"],
        json!([{"id": &delivery, "from": planned, "to": null}]),
        "it had a time and has none until it is approved"
    );
    assert_eq!(
        world.state_of(&delivery),
        "held",
        "the other folder may have sent it"
    );
    world.ctl(&["queue", "approve", &delivery]);
    wait_for("what was approved", SOON, || world.state_of(&delivery) == "sent");
    assert!(running.0.try_wait().expect("a child").is_none());

    // Who was told before is told of the engine that took over, and not that the host retires.
    let mut told = Vec::new();
    while !told
        .iter()
        .any(|event: &Value| event.to_string().contains("\"sent\""))
    {
        let next = tokio::time::timeout(SOON, events.next())
            .await
            .expect("told in time");
        match next {
            Next::Event(event) => told.push(event.parse::<Value>().expect("JSON")),
            Next::Missed => {}
            Next::Gone => panic!("the host left: {told:?}"),
        }
    }
    let retiring = serde_json::to_value(Event::Retiring).expect("JSON");
    assert!(!told.contains(&retiring), "{told:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_backup_leaves_a_run_as_it_was() {
    let world = World::start();
    let (_, delivery) = queue_due(&world);
    let _running = world.start_run();
    wait_for("the post", SOON, || world.state_of(&delivery) == "sent");
    let said = world.say(&["backup", "restore", "none"]);
    assert_eq!(said.refusal()["code"], "unknown_backup");
    let status = world.ctl(&["status"]);
    assert_eq!(
        (&status["host"], &status["reason"]),
        (&json!("run"), &Value::Null)
    );
}

/// It waits for what it was started for; between two engines it has none, and does not take that for the end.
#[test]
fn a_run_until_empty_goes_on_with_the_backup_that_is_restored_under_it() {
    let world = World::start();
    let (account, first) = queue_due(&world);
    assert_eq!(world.ctl(&["run", "--until-empty"])["sent"], json!(1));
    let in_a_while = (now() + SignedDuration::from_secs(300)).to_string();
    let second = world.queue_with(&account, "later", &["--at", &in_a_while]);
    let mut running = world.start_command(&["run", "--until-empty"]);
    wait_for("the host", SOON, || {
        world.socket().is_some() && world.ctl(&["status"])["host"] == "run"
    });
    assert!(running.0.try_wait().expect("a child").is_none(), "it waits");

    world.ctl(&["backup", "restore", &newest_backup(&world)]);
    let exit = running.0.wait().expect("it ends");
    assert_eq!(exit.code(), Some(3), "a copy waits for a person");
    assert_eq!(world.ctl(&["status"])["reason"], "folder_is_a_copy");
    assert_eq!(
        world.state_of(&first),
        "queued",
        "as it was in the backup, and not sent again"
    );
    let unknown = world.say(&["queue", "show", &second]);
    assert_eq!(unknown.refusal()["code"], "unknown_delivery", "queued since");
}

/// Of no use, it changes nothing: neither the folder nor what the keyring remembers of it.
#[test]
fn a_damaged_backup_leaves_the_folder_itself() {
    let world = World::start();
    let (_, delivery) = queue_due(&world);
    assert_eq!(world.ctl(&["run", "--until-empty"])["sent"], json!(1));
    let id = newest_backup(&world);
    let path = std::fs::read_dir(world.data_dir().join("backups"))
        .expect("the backups")
        .flatten()
        .map(|entry| entry.path())
        .find(|path| path.to_string_lossy().contains(&id))
        .expect("its file");
    let mut bytes = std::fs::read(&path).expect("the backup");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&path, bytes).expect("damaged");

    let said = world.say(&["backup", "restore", &id]);
    assert_eq!(said.refusal()["code"], "backup_damaged");
    assert_eq!(said.refusal()["args"]["way_back"], "none", "there is no other");
    for _ in 0..2 {
        // Each a start of its own: a keyring that is ahead of the folder would make it a copy.
        let ran = world.ctl(&["run", "--until-empty"]);
        assert_eq!(ran["waiting"], json!(0), "{ran}");
        assert_eq!(world.ctl(&["status"])["reason"], Value::Null);
    }
    assert_eq!(world.state_of(&delivery), "sent");
}

#[tokio::test]
async fn a_keyring_that_fails_while_a_folder_is_adopted_leaves_it_paused() {
    let mut hosted = Hosted::new("2026-11-24 12:10").await;
    let account = hosted.practice().await;
    let delivery = hosted.post(&account, "once").await;
    hosted.until(&delivery, "sent").await;
    // A later one waits for the evening, in the folder and in its backup.
    hosted.clock.pass_to(at("2026-11-24 13:30"));
    let waiting = hosted.post(&account, "this evening").await;
    hosted.end().await;
    hosted.clock.pass_to(at("2026-11-25 13:31"));
    hosted.start().await;
    let listed = hosted.ask(Request::BackupList).await;
    let id = id_of(&listed["backups"][0]);
    hosted.ask(Request::BackupRestore { id }).await;
    hosted.vault.refuse_writes(true);

    let copy = json!("folder_is_a_copy");
    for again in 0..3 {
        let refused = hosted
            .try_ask(Request::Adopt)
            .await
            .expect_err("nothing can be written");
        assert_eq!(refused.code, Code::KeyringBroken);
        let status = hosted.ask(Request::Status).await;
        assert_eq!(status["reason"], copy, "paused after try {again}");
        assert_eq!(
            hosted.state_of(&waiting).await,
            "queued",
            "nothing of it was done"
        );
        hosted.end().await;
        hosted.start().await;
        let status = hosted.ask(Request::Status).await;
        assert_eq!(status["reason"], copy, "paused after start {again}");
    }
    hosted.clock.pass_to(at("2026-11-25 18:40"));
    for _ in 0..50 {
        settle().await;
        assert_eq!(hosted.state_of(&waiting).await, "queued", "a copy sends nothing");
    }

    hosted.vault.refuse_writes(false);
    let adopted = hosted.ask(Request::Adopt).await;
    assert_eq!(adopted["moved"][0]["id"], json!(waiting));
    assert_eq!(hosted.ask(Request::Status).await["reason"], Value::Null);
    hosted.end().await;
    hosted.start().await;
    assert_eq!(
        hosted.ask(Request::Status).await["reason"],
        Value::Null,
        "adopted for good"
    );
    let approve = Request::QueueApprove {
        id: waiting.clone(),
        confirm_persona: false,
        anyway: false,
    };
    hosted.ask(approve).await;
    hosted.until(&waiting, "sent").await;
}

#[test]
fn a_lost_database_is_said_and_comes_back_from_a_backup() {
    let world = World::start();
    let (account, delivery) = queue_due(&world);
    assert_eq!(world.ctl(&["run", "--until-empty"])["sent"], json!(1));
    let database = world.data_dir().join("kossori.db");
    for ending in ["db", "db-wal", "db-shm"] {
        // The log may be gone already: it is emptied when the database is closed.
        drop(std::fs::remove_file(
            world.data_dir().join(format!("kossori.{ending}")),
        ));
    }
    assert!(!database.exists());

    let newest = newest_backup(&world);
    let mut sentences = Vec::new();
    for language in ["en_GB.UTF-8", "ja_JP.UTF-8"] {
        for command in [
            &["status"][..],
            &["run", "--until-empty"],
            &["adopt"],
            &["queue", "list"],
        ] {
            let mut command = world.command(command);
            command.env("LC_ALL", language);
            let said = run(command, "");
            assert_eq!(said.exit, 1, "{said:?}");
            let refusal = said.refusal();
            assert_eq!(refusal["code"], "database_damaged");
            sentences.push(refusal["message"].as_str().expect("a sentence").to_owned());
            assert!(
                refusal["hint"]
                    .as_str()
                    .is_some_and(|hint| hint.contains(&format!("backup restore {newest}")))
            );
            assert!(!database.exists(), "nothing begins anew as if nothing had been");
        }
    }
    sentences.dedup();
    assert_eq!(
        sentences,
        ["The database is damaged.", "データベースが壊れています。"]
    );

    world.ctl(&["backup", "restore", &newest]);
    assert!(database.exists());
    assert_eq!(world.ctl(&["status"])["reason"], "folder_is_a_copy");
    assert_eq!(world.state_of(&delivery), "queued", "as it was in the backup");
    assert_eq!(world.ctl(&["timeline", &account])["posts"], json!([]));
    world.ctl(&["adopt"]);
    assert_eq!(world.state_of(&delivery), "held");
}
