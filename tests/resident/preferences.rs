//! What a person prefers, and the resident at once.

use kossori_api::{Call, PROTOCOL, Reply};
use kossori_link::{Client, HelloClient, Program};
use serde_json::{Value, json};

use super::start_resident;
use crate::support::panel::Panel;
use crate::support::world::World;

/// As the page asks it of the resident; the whole of the preferences.
pub async fn prefer(world: &World, mut change: Value) -> Value {
    change["do"] = json!("preferences_set");
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
        request_id: change.to_string(),
        request: serde_json::from_value(change).expect("a request"),
    };
    let answer = client.call(&call).await.expect("answered");
    match answer.parse().expect("a reply") {
        Reply::Done(preferences) => preferences,
        Reply::Refused(problem) => panic!("refused: {problem}"),
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
