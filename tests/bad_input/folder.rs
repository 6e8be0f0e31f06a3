//! A data folder that is newer, read-only, full, a copy, or used by two at once.

use std::process::Command;
use std::time::Duration;

use kossori_api::Code;
use kossori_engine::ports::{Attention, Vault as _};
use kossori_messages::{Language, say};
use kossori_vault::Keyring;
use serde_json::{Value, json};
use sqlx::{ConnectOptions as _, Connection as _};

use super::mounts::{is_inside, mount, unmount};
use super::{Kept, LANGUAGES, in_words, refused, shown};
use crate::support::pictures::telling_jpeg;
use crate::support::world::{Said, World, wait_for};

const LIMIT: Duration = Duration::from_secs(60);

#[tokio::test]
async fn one_of_a_newer_version_is_left_alone() {
    let world = World::start();
    let account = world.add_practice("me");
    world.queue(&account, "waits");
    let before = Kept::of(&world, &[&account]);
    let ours = set_version(&world, 99).await;
    let bytes = std::fs::read(world.data_dir().join("kossori.db")).expect("the database");
    for arguments in [
        &["status"][..],
        &["post", "add", "--account", &account, "--text", "x"],
        &["run", "--until-empty"],
        &["run"],
    ] {
        refused(&world, arguments, "", Code::FolderNewer);
    }
    assert_eq!(
        std::fs::read(world.data_dir().join("kossori.db")).expect("the database"),
        bytes,
        "nothing was written"
    );
    assert_eq!(set_version(&world, ours).await, 99, "and nothing was written");
    assert_eq!(Kept::of(&world, &[&account]), before);
}

/// Changes the number in the encrypted header, with the key that the keyring holds. Answers what it was.
async fn set_version(world: &World, to: i64) -> i64 {
    let named = std::fs::read(world.data_dir().join("folder.json")).expect("the folder's name");
    let named: Value = serde_json::from_slice(&named).expect("JSON");
    let entry = format!("folder.{}.key", named["id"].as_str().expect("an id"));
    let keyring = Keyring::on_bus("kossori", world.bus.address());
    let key = keyring
        .read(&entry, Attention::Unattended)
        .await
        .expect("it is open")
        .expect("the key");
    let mut database = sqlx::sqlite::SqliteConnectOptions::new()
        .filename(world.data_dir().join("kossori.db"))
        .pragma("key", format!("\"x'{}'\"", key.expose()))
        .connect()
        .await
        .expect("the key opens it");
    let version: i64 = sqlx::query_scalar("PRAGMA user_version")
        .fetch_one(&mut database)
        .await
        .expect("a number");
    sqlx::raw_sql(sqlx::AssertSqlSafe(format!("PRAGMA user_version = {to}")))
        .execute(&mut database)
        .await
        .expect("written");
    database.close().await.expect("closed");
    version
}

#[test]
fn a_read_only_one_is_said_so_and_kept() {
    if !is_inside("bad_input::folder::a_read_only_one_is_said_so_and_kept") {
        return;
    }
    let world = World::start();
    let account = world.add_practice("me");
    world.queue(&account, "waits");
    let before = Kept::of(&world, &[&account]);
    let folder = world.data_dir().to_owned();
    mount(&["--bind", &folder.display().to_string()], &folder);
    mount(&["-o", "remount,bind,ro"], &folder);
    for arguments in [
        &["queue", "list"][..],
        &["post", "add", "--account", &account, "--text", "x"],
        &["run", "--until-empty"],
        &["run"],
    ] {
        refused(&world, arguments, "", Code::FolderReadOnly);
    }
    unmount(&folder);
    assert_eq!(Kept::of(&world, &[&account]), before);
}

#[test]
fn a_full_one_takes_nothing_more_and_loses_nothing() {
    if !is_inside("bad_input::folder::a_full_one_takes_nothing_more_and_loses_nothing") {
        return;
    }
    let world = World::start();
    let folder = world.data_dir().to_owned();
    std::fs::create_dir_all(&folder).expect("a folder");
    mount(&["-t", "tmpfs", "-o", "size=2m,mode=0700", "tmpfs"], &folder);
    let account = world.add_practice("me");
    // Nothing is open, so nothing is sent meanwhile.
    world.ctl(&["pause"]);
    world.queue(&account, "the first");
    let mut taken = 1;
    let picture = world.bus.folder().join("picture.jpg");
    let path = picture.display().to_string();
    let with_picture = [
        "post",
        "add",
        "--account",
        &account,
        "--text",
        "with a picture",
        "--media",
        &path,
        "--alt",
        "机",
    ];
    loop {
        assert!(taken < 200, "the disk is never full");
        telling_jpeg(&picture, 1_600, 1_100, taken);
        let said = world.say(&with_picture);
        if said.exit != 0 {
            assert_eq!(said.refusal()["code"], json!("disk_full"), "{said:?}");
            break;
        }
        taken += 1;
    }
    assert!(taken > 2, "{taken}");
    // What is left takes a picture no more, and what was taken is whole.
    refused(&world, &with_picture, "", Code::DiskFull);
    let list = world.ctl(&["queue", "list"]);
    assert_eq!(
        list["deliveries"].as_array().map(Vec::len),
        usize::try_from(taken).ok()
    );
    // Not a byte left, for anybody.
    let ballast = folder.join("ballast");
    let mut rest = std::fs::File::create(&ballast).expect("a file");
    while std::io::Write::write_all(&mut rest, &[0; 512]).is_ok() {}
    drop(rest);
    let text = "長い文。".repeat(50);
    let mut last = 0;
    for n in 0..100 {
        let said = world.say_with(&text, &["draft", "add", "--stdin"]);
        last = n;
        if said.exit != 0 {
            assert_eq!(said.refusal()["code"], json!("disk_full"), "{said:?}");
            break;
        }
    }
    println!("{taken} posts and {last} drafts before the disk was full");
    assert!(last < 99, "the disk is never full");
    for arguments in [
        &["run", "--until-empty"][..],
        &["resume"],
        &["post", "add", "--account", &account, "--text", "x"],
    ] {
        refused(&world, arguments, "", Code::DiskFull);
    }
    std::fs::remove_file(&ballast).expect("removed");
    let list = world.ctl(&["queue", "list"]);
    assert_eq!(
        list["deliveries"].as_array().map(Vec::len),
        usize::try_from(taken).ok(),
        "nothing was lost"
    );
    assert_eq!(world.texts(&account), Vec::<Value>::new(), "nothing went out");
    mount(&["-o", "remount,size=64m"], &folder);
    world.ctl(&["resume"]);
    world.open_wide();
    let ended = world.ctl(&["run", "--until-empty"]);
    assert_eq!(
        ended["sent"],
        json!(taken),
        "with room again everything goes: {ended}"
    );
}

#[test]
fn of_a_folder_and_its_copy_one_goes_on() {
    let world = World::start();
    let account = world.add_practice("me");
    world.ctl(&["pause"]);
    world.ctl(&["run", "--until-empty"]);
    let delivery = world.queue(&account, "in both");
    world.open_wide();
    let copy = world.bus.folder().join("copy");
    let copied = Command::new("cp")
        .arg("-a")
        .arg(world.data_dir())
        .arg(&copy)
        .status();
    assert!(copied.expect("cp runs").success());
    let copy = copy.display().to_string();
    let in_copy = |arguments: &[&str]| world.say(&[arguments, &["--data-dir", &copy]].concat());
    let nothing_sent = |ended: &Said| {
        assert_eq!((ended.exit, &ended.value()["sent"]), (3, &json!(0)), "{ended:?}");
        assert_eq!(ended.value()["next_at"], Value::Null, "{ended:?}");
    };

    in_copy(&["resume"]);
    nothing_sent(&in_copy(&["run", "--until-empty"]));
    let status = in_copy(&["status"]).value();
    assert_eq!(
        (&status["reason"], &status["next_at"]),
        (&json!("folder_is_a_copy"), &Value::Null)
    );
    for (name, language) in LANGUAGES.into_iter().zip([Language::En, Language::Ja]) {
        for arguments in [&["status"][..], &["run", "--until-empty"]] {
            let said = in_words(&world, name, &[arguments, &["--data-dir", &copy]].concat());
            println!("{}", said.stdout);
            let next_step = say(language, "hint.folder_is_a_copy", &[]);
            assert!(said.stdout.contains(&next_step), "{said:?}");
        }
    }

    // The original does not mind, and sends it.
    refused(&world, &["adopt"], "", Code::NotACopy);
    world.ctl(&["resume"]);
    assert_eq!(world.ctl(&["run", "--until-empty"])["sent"], json!(1));
    nothing_sent(&in_copy(&["run", "--until-empty"]));

    // Adopted, the copy asks about what waited in it, and now the original is the copy.
    let adopted = in_copy(&["adopt"]);
    assert_eq!(adopted.exit, 0, "{adopted:?}");
    let held = &in_copy(&["queue", "list"]).value()["deliveries"][0];
    assert_eq!(
        (&held["state"], &held["text"], &held["id"]),
        (&json!("held"), &json!("in both"), &json!(delivery))
    );
    let ended = in_copy(&["run", "--until-empty"]).value();
    assert_eq!(
        ended["sent"],
        json!(0),
        "held until somebody approves it: {ended}"
    );
    world.queue(&account, "in the original, too late");
    nothing_sent(&world.say(&["run", "--until-empty"]));
    assert_eq!(
        world.texts(&account),
        [json!("in both")],
        "once, and nothing after the adoption"
    );
    let there = in_copy(&["timeline", &account]).value();
    assert_eq!(there["posts"], json!([]), "not once more from the copy");
}

#[test]
fn two_that_run_on_one_folder_publish_once() {
    let world = World::start();
    let account = world.add_practice("me");
    world.open_wide();
    let mut first = world.start_run();
    let second = world.start_command(&["run"]);
    let third = world.start_command(&["run"]);
    let before: Vec<String> = (0..5)
        .map(|n| world.queue(&account, &format!("post {n}")))
        .collect();
    for delivery in &before {
        wait_for("a post with three that run", LIMIT, || {
            world.state_of(delivery) == "sent"
        });
    }
    // Another one takes over from one that is killed.
    first.kill();
    let after = world.queue(&account, "post 5");
    wait_for("a post after the kill", LIMIT, || {
        world.say(&["queue", "show", &after]).exit == 0 && world.state_of(&after) == "sent"
    });
    let mut seen = world.texts(&account);
    seen.sort_by_key(Value::to_string);
    assert_eq!(
        seen,
        (0..6).map(|n| json!(format!("post {n}"))).collect::<Vec<_>>(),
        "each once"
    );
    assert_eq!(shown(&world, &after)["attempts"], json!(1));
    drop((second, third));
    assert_eq!(world.ctl(&["status"])["host"], json!("none"));
}
