//! What a person prefers, and the resident at once.

use kossori_api::{Call, PROTOCOL, Reply};
use kossori_link::{Client, HelloClient, Program};
use serde_json::{Value, json};

use super::{start_resident, wait_until_served};
use crate::support::panel::Panel;
use crate::support::world::World;

/// As the page asks it of the resident; the whole of the preferences.
pub async fn prefer(world: &World, mut change: Value) -> Value {
    change["do"] = json!("preferences_set");
    match ask(world, change).await {
        Ok(preferences) => preferences,
        Err(code) => panic!("refused: {code}"),
    }
}

/// What it answers, or the code of its refusal.
pub async fn ask(world: &World, request: Value) -> Result<Value, String> {
    let hello = HelloClient {
        protocol: PROTOCOL,
        build: "test".to_owned(),
        program: Program::Command,
        data_dir_hash: None,
        shows: None,
    };
    let socket = world.socket().expect("the folder is there");
    let client = Client::connect(&socket, hello).await.expect("let in");
    let call = Call {
        request_id: request.to_string(),
        request: serde_json::from_value(request).expect("a request"),
    };
    let answer = client.call(&call).await.expect("answered");
    match answer.parse().expect("a reply") {
        Reply::Done(value) => Ok(value),
        Reply::Refused(problem) => Err(problem.code.as_str().to_owned()),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tray_speaks_the_chosen_language_at_once() {
    let world = World::start();
    world.add_practice("me");
    let mut panel = Panel::start(&world.bus).await;
    let _resident = start_resident(&world);
    let icon = panel.icon().await;
    icon.until_menu("Nothing is waiting", true).await;
    prefer(&world, json!({ "language": "ja" })).await;
    icon.until_menu("予定はありません", true).await;
    prefer(&world, json!({ "language": "system" })).await;
    icon.until_menu("Nothing is waiting", true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn it_starts_at_sign_in_by_an_entry_of_its_own() {
    let world = World::start();
    world.add_practice("me");
    let mut panel = Panel::start(&world.bus).await;
    let _resident = start_resident(&world);
    panel.icon().await.until("idle").await;
    let entry = world.bus.folder().join("config/autostart/kossori.desktop");
    assert_eq!(
        prefer(&world, json!({ "autostart": true })).await["autostart"],
        true
    );
    let text = std::fs::read_to_string(&entry).expect("the entry");
    let kossorid = crate::support::world::program("kossorid");
    let exec = format!("Exec=\"{}\"", kossorid.display());
    assert!(text.lines().any(|line| line == exec), "{exec} in {text}");
    assert_eq!(
        prefer(&world, json!({ "autostart": false })).await["autostart"],
        false
    );
    assert!(!entry.exists());
}

/// One that is tried out neither takes the place of the usual folder at sign-in nor removes it.
#[tokio::test(flavor = "multi_thread")]
async fn no_other_folder_starts_at_sign_in() {
    let usual = World::start();
    usual.add_practice("me");
    let mut resident = start_resident(&usual);
    wait_until_served(&usual);
    let kept = prefer(&usual, json!({ "autostart": true })).await;
    assert_eq!(
        (&kept["autostart"], &kept["autostart_possible"]),
        (&json!(true), &json!(true))
    );
    let entry = usual.bus.folder().join("config/autostart/kossori.desktop");
    let text = std::fs::read(&entry).expect("the entry");
    resident.end();

    let folder = usual.bus.folder().join("tried-out");
    let other = usual.with_folder(folder);
    other.add_practice("me");
    let _resident = start_resident(&other);
    wait_until_served(&other);
    let kept = prefer(&other, json!({ "veil": true })).await;
    assert_eq!(
        (&kept["autostart"], &kept["autostart_possible"]),
        (&json!(false), &json!(false))
    );
    assert_eq!(
        ask(&other, json!({ "do": "preferences_set", "autostart": true })).await,
        Err("autostart_not_here".to_owned())
    );
    prefer(&other, json!({ "autostart": false })).await;
    assert_eq!(std::fs::read(&entry).expect("the entry"), text, "as it was");
}
