//! Ten posts are sent, and then the folder is there as it was before: restored from its backup, copied meanwhile, or on the
//! cloned machine. It is paused, and what was not final is looked for before it goes, also if a person says that it may.

use std::path::{Path, PathBuf};
use std::process::Command;

use kossori_engine::ports::{Attention, Vault as _};
use kossori_engine::secret::Secret;
use kossori_vault::Keyring;
use serde_json::{Value, json};

use super::forgetful::Forgetful;
use super::shim::Fault;
use super::story::{Server, Story};
use crate::support::tally::Row;
use crate::support::world::{Said, World, deliveries_of, run};

const POSTS: usize = 10;
const LATER: &str = "not yet";

/// The folder that is there again, as its person uses it.
struct Again<'a> {
    world: &'a World,
    folder: PathBuf,
    /// What it has for `/etc/machine-id`.
    machine: Option<PathBuf>,
}

impl Again<'_> {
    fn say(&self, story: &Story, arguments: &[&str]) -> Said {
        let folder = self.folder.display().to_string();
        let mut command = self
            .world
            .command(&[arguments, &["--data-dir", &folder]].concat());
        if let Some(machine) = &self.machine {
            story.disk.put_under(&mut command, Fault::None);
            command.env("KOSSORI_SHIM_MACHINE", machine);
        }
        run(command, "")
    }

    fn ctl(&self, story: &Story, arguments: &[&str]) -> Value {
        let said = self.say(story, arguments);
        assert_eq!(said.exit, 0, "{arguments:?}: {said:?}");
        said.value()
    }

    fn deliveries(&self, story: &Story) -> Vec<Value> {
        let list = self.ctl(story, &["queue", "list", "--all"]);
        list["deliveries"].as_array().expect("rows").clone()
    }
}

/// Ten for now, of which each third has a picture, and one that waits for its person.
fn queue(story: &mut Story) {
    for number in 0..POSTS {
        assert_eq!(
            story
                .add(&format!("post {number}"), number % 3 == 0, Fault::None)
                .exit,
            0
        );
    }
    let held = story.add(LATER, false, Fault::None).value();
    story.world.ctl(&["queue", "hold", &deliveries_of(&held)[0]]);
}

/// Paused until adopted; then everything waits for its person, who says of each that it may go.
async fn goes_on(story: &Story, again: &Again<'_>, row: Row) {
    let sent = story.server.texts().await.len();
    assert_eq!(sent, POSTS, "all ten had gone out");
    let ended = again.say(story, &["run", "--until-empty"]);
    assert_eq!((ended.exit, &ended.value()["sent"]), (3, &json!(0)), "{ended:?}");
    assert_eq!(again.ctl(story, &["status"])["reason"], "folder_is_a_copy");
    again.ctl(story, &["adopt"]);
    assert_eq!(
        again.say(story, &["run", "--until-empty"]).value()["sent"],
        json!(0)
    );
    let (mut found, mut waits) = (0, 0);
    for delivery in again.deliveries(story) {
        let (id, text) = (delivery["id"].as_str().expect("an id"), &delivery["text"]);
        assert_eq!(delivery["state"], "held", "{delivery}");
        let said = again.say(story, &["queue", "approve", id]);
        if *text == json!(LATER) {
            assert_eq!(said.exit, 0, "{said:?}");
            waits += 1;
        } else {
            assert_eq!(said.refusal()["code"], "already_there", "{said:?}");
            found += 1;
        }
    }
    for delivery in again.deliveries(story) {
        let waits = delivery["text"] == LATER;
        assert_eq!(
            delivery["state"],
            if waits { "queued" } else { "sent" },
            "{delivery}"
        );
    }
    assert_eq!((found, waits), (POSTS, 1), "each was found, and nothing else");
    assert_eq!(
        again.say(story, &["run", "--until-empty"]).value()["sent"],
        json!(1)
    );
    let became = story.became().await;
    assert_eq!(became.sent, POSTS as u64 + 1);
    became
        .into_row(
            row,
            POSTS as u64,
            "All ten found by a look when their person let them go.",
        )
        .held();
}

fn row(how: &str, story: &Story) -> Row {
    Row::new("the folder is there as it was before", how, story.server.name())
}

async fn restored(server: Server) {
    let mut story = Story::begin(server);
    queue(&mut story);
    // The day's backup is made at its start.
    assert_eq!(story.world.ctl(&["run", "--until-empty"])["sent"], json!(POSTS));
    story.world.ctl(&["backup", "restore", &story.newest_backup()]);
    let again = Again {
        world: &story.world,
        folder: story.world.data_dir().to_owned(),
        machine: None,
    };
    let row = row(
        "ten sent, then the backup from before restored and adopted",
        &story,
    );
    goes_on(&story, &again, row).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn restored_the_bluesky_server_has_each_post_once() {
    restored(Server::bluesky().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn restored_the_mastodon_server_has_each_post_once() {
    restored(Server::mastodon().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn restored_a_server_that_ignores_keys_has_each_post_once() {
    restored(Server::Forgetful(Forgetful::start())).await;
}

fn copy(from: &Path, to: &Path) {
    let copied = Command::new("cp").arg("-a").arg(from).arg(to).status();
    assert!(copied.expect("cp runs").success());
}

#[tokio::test(flavor = "multi_thread")]
async fn copied_the_mastodon_server_has_each_post_once() {
    let mut story = Story::begin(Server::mastodon().await);
    queue(&mut story);
    let folder = story.world.bus.folder().join("copy");
    copy(story.world.data_dir(), &folder);
    assert_eq!(story.world.ctl(&["run", "--until-empty"])["sent"], json!(POSTS));
    let again = Again {
        world: &story.world,
        folder,
        machine: None,
    };
    let row = row(
        "copied while ten were queued, sent by the original, the copy adopted",
        &story,
    );
    goes_on(&story, &again, row).await;
}

/// The same folder to the inode, the same keyring: only the machine's id tells them apart.
#[tokio::test(flavor = "multi_thread")]
async fn cloned_a_server_that_ignores_keys_has_each_post_once() {
    let mut story = Story::begin(Server::Forgetful(Forgetful::start()));
    assert_eq!(story.world.ctl(&["run", "--until-empty"])["sent"], json!(0));
    queue(&mut story);
    let keyring = Keyring::on_bus("kossori", story.world.bus.address());
    let named = std::fs::read(story.world.data_dir().join("folder.json")).expect("the folder's name");
    let named: Value = serde_json::from_slice(&named).expect("JSON");
    let mark = format!("folder.{}", named["id"].as_str().expect("an id"));
    let remembered = keyring
        .read(&mark, Attention::Unattended)
        .await
        .expect("it is open");
    let remembered = remembered.expect("the folder's mark").expose().to_owned();
    let database = story.put_away();

    assert_eq!(story.world.ctl(&["run", "--until-empty"])["sent"], json!(POSTS));
    story.put_back(&database);
    let mark_again = Secret::new(remembered);
    keyring
        .write(&mark, &mark_again, Attention::Unattended)
        .await
        .expect("it is open");
    let status = story.world.ctl(&["status"]);
    assert_eq!(
        status["reason"],
        Value::Null,
        "on its own machine it is the folder itself"
    );
    let machine = story.world.bus.folder().join("machine-id");
    std::fs::write(&machine, "00000000000000000000000000000000\n").expect("a machine");
    let again = Again {
        world: &story.world,
        folder: story.world.data_dir().to_owned(),
        machine: Some(machine),
    };
    let row = row(
        "the machine cloned while ten were queued, sent by the original, the clone adopted",
        &story,
    );
    goes_on(&story, &again, row).await;
}
