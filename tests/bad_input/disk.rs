//! A disk that fills while `run` has something to send: nothing goes out that could not be written down first, the
//! person is told, and with room again it goes out by itself, once.

use std::fs::File;
use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

use jiff::SignedDuration;
use kossori_messages::{Language, say};
use serde_json::{Value, json};

use super::mounts::{is_inside, mount};
use super::stub::{Manner, Stub};
use super::{LANGUAGES, in_words, shown};
use crate::resident::start_resident;
use crate::support::panel::Panel;
use crate::support::readers::mastodon_posts;
use crate::support::servers::Mastodon;
use crate::support::world::{World, mastodon_sign_in, now, wait_for};

const POST: &str = "POST /api/v1/statuses";
/// A try that found no room is made again after half a minute.
const LIMIT: Duration = Duration::from_secs(90);

/// The data folder on a small disk of its own.
struct Disk {
    folder: PathBuf,
}

impl Disk {
    fn under(world: &World) -> Disk {
        let folder = world.data_dir().to_owned();
        std::fs::create_dir_all(&folder).expect("a folder");
        mount(&["-t", "tmpfs", "-o", "size=8m,mode=0700", "tmpfs"], &folder);
        Disk { folder }
    }

    /// To the last byte.
    fn load(&self) {
        let mut ballast = File::create(self.folder.join("ballast")).expect("a file");
        while ballast.write_all(&[0; 512]).is_ok() {}
    }

    /// And to the last row: files that are there have room of their own.
    fn fill(&self, world: &World) {
        self.load();
        for text in ["長い文。".repeat(50), "x".to_owned()] {
            wait_for("the disk to be full", LIMIT, || {
                let said = world.say_with(&text, &["draft", "add", "--stdin"]);
                said.exit != 0 && said.refusal()["code"] == "disk_full"
            });
        }
    }

    fn free(&self) {
        std::fs::remove_file(self.folder.join("ballast")).expect("removed");
    }
}

/// What the journal tells of a delivery.
fn events(world: &World, delivery: &str) -> Vec<Value> {
    let journal = world.ctl(&["journal"]);
    let rows = journal["entries"].as_array().expect("rows");
    rows.iter()
        .filter(|row| row["delivery"] == delivery)
        .map(|row| row["event"].clone())
        .collect()
}

/// `status` says that nothing goes out, why, and what to do, in both languages.
fn is_told(world: &World) {
    assert_eq!(world.say(&["status"]).value()["reason"], "disk_full");
    for (name, language) in LANGUAGES.into_iter().zip([Language::En, Language::Ja]) {
        let folder = world.data_dir().display().to_string();
        let said = in_words(world, name, &["status", "--data-dir", &folder]);
        println!("{}", said.stdout);
        for key in ["reason.disk_full", "hint.disk_full"] {
            assert!(said.stdout.contains(&say(language, key, &[])), "{said:?}");
        }
    }
}

fn is_whole(world: &World) {
    let doctor = world.ctl(&["doctor"]);
    let checks = doctor["checks"].as_array().expect("checks");
    let database = checks.iter().find(|check| check["name"] == "database");
    assert_eq!(database.map(|check| &check["ok"]), Some(&json!(true)), "{doctor}");
}

#[test]
fn full_before_a_post_is_due_holds_it_back_and_says_so() {
    if !is_inside("bad_input::disk::full_before_a_post_is_due_holds_it_back_and_says_so") {
        return;
    }
    let world = World::start();
    let disk = Disk::under(&world);
    let stub = Stub::start(Manner::Well, &[]);
    let remote = world.sign_in(&mastodon_sign_in(&stub.url), "a-token\n");
    let local = world.add_practice("me");
    world.open_wide();
    let host = world.start_run();
    let due = now() + SignedDuration::from_secs(25);
    let at = due.to_string();
    let deliveries = [&remote, &local].map(|account| world.queue_with(account, "once", &["--at", &at]));
    disk.fill(&world);
    assert!(now() < due, "it was full before they were due");
    for delivery in &deliveries {
        wait_for("it to say why it waits", LIMIT, || {
            let shown = shown(&world, delivery);
            (&shown["state"], &shown["reason"]) == (&json!("queued"), &json!("disk_full"))
        });
    }
    is_told(&world);
    assert!(now() >= due, "nothing is said of what is not due");
    let nothing_went = || {
        assert_eq!(stub.count(POST), 0, "a post call without its row");
        assert_eq!(world.texts(&local), Vec::<Value>::new());
    };
    nothing_went();
    // It is tried again meanwhile, and nothing comes of that either.
    let tried = due + SignedDuration::from_secs(45);
    wait_for("another try", LIMIT, || now() > tried);
    nothing_went();
    disk.free();
    for delivery in &deliveries {
        wait_for("the post with room again", LIMIT, || {
            world.state_of(delivery) == "sent"
        });
        let events = events(&world, delivery);
        for once in ["claimed", "staged", "sending", "sent"] {
            let times = events.iter().filter(|event| *event == once).count();
            assert_eq!(times, 1, "{once}: {events:?}");
        }
    }
    assert_eq!(stub.count(POST), 1);
    assert_eq!(world.texts(&local), [json!("once")]);
    assert_eq!(world.ctl(&["status"])["reason"], Value::Null);
    is_whole(&world);
    drop(host);
}

/// With room again the folder is opened by itself, and at once for whoever asks.
#[tokio::test(flavor = "multi_thread")]
async fn full_at_sign_in_opens_the_folder_with_room_again() {
    if !is_inside("bad_input::disk::full_at_sign_in_opens_the_folder_with_room_again") {
        return;
    }
    let world = World::start();
    let disk = Disk::under(&world);
    let account = world.add_practice("me");
    world.open_wide();
    let mut panel = Panel::start(&world.bus).await;
    for somebody_asks in [true, false] {
        disk.load();
        let mut resident = start_resident(&world);
        let icon = panel.icon().await;
        icon.until("needs_you").await;
        println!("{}", icon.tooltip().await.1);
        disk.free();
        let freed = now();
        if somebody_asks {
            wait_for("an answer", LIMIT, || world.say(&["status"]).exit == 0);
            assert!(
                now() < freed + SignedDuration::from_secs(15),
                "sooner than the next try by itself"
            );
        } else {
            tokio::time::timeout(LIMIT, icon.becomes("idle"))
                .await
                .expect("opened by itself");
        }
        let text = format!("somebody asks: {somebody_asks}");
        let delivery = world.queue(&account, &text);
        wait_for("the post", LIMIT, || world.state_of(&delivery) == "sent");
        is_whole(&world);
        resident.end();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn full_between_claim_and_answer_keeps_the_servers_answer() {
    if !is_inside("bad_input::disk::full_between_claim_and_answer_keeps_the_servers_answer") {
        return;
    }
    let mastodon = Mastodon::start().await;
    let held = Duration::from_secs(15);
    mastodon.gate.delay(Duration::ZERO, held, POST);
    let world = World::start();
    let disk = Disk::under(&world);
    let account = world.add_mastodon(&mastodon, "alice");
    world.open_wide();
    // Waits until there is room; and dies before there is.
    for dies in [false, true] {
        let text = format!("dies: {dies}");
        let mut host = world.start_run();
        let calls = || {
            let mut calls = mastodon.gate.log();
            calls.retain(|call| format!("{} {}", call.method, call.path).contains(POST));
            calls
        };
        let before = calls().len();
        let delivery = world.queue(&account, &text);
        wait_for("the server to commit", LIMIT, || {
            calls()
                .get(before)
                .is_some_and(|call| call.committed_at_ms.is_some())
        });
        let committed = calls()[before].committed_at_ms.expect("just seen");
        disk.fill(&world);
        let answered = committed + i64::try_from(held.as_millis()).expect("small");
        assert!(
            now().as_millisecond() < answered,
            "it was full before the answer came"
        );
        // Two tries to write the answer down are past by then.
        wait_for("the answer", LIMIT, || now().as_millisecond() > answered + 6_000);
        let row = shown(&world, &delivery);
        assert_eq!(
            (&row["state"], &row["reason"]),
            (&json!("sending"), &json!("disk_full")),
            "{row}"
        );
        is_told(&world);
        if dies {
            host.kill();
            disk.free();
            host = world.start_run();
        } else {
            disk.free();
        }
        wait_for("the answer in the journal", LIMIT, || {
            world.state_of(&delivery) == "sent"
        });
        let events = events(&world, &delivery);
        for (event, times) in [
            ("claimed", 1),
            ("sending", 1),
            ("sent", 1),
            ("unknown", usize::from(dies)),
        ] {
            let seen = events.iter().filter(|seen| *seen == event).count();
            assert_eq!(seen, times, "{event}: {events:?}");
        }
        assert_eq!(calls().len(), before + 1, "one post call");
        is_whole(&world);
        host.end();
    }
    let posts = mastodon_posts(&mastodon.direct, mastodon.token("alice")).await;
    assert_eq!(posts.len(), 2, "each once");
}
