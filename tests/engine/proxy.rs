//! An account that has a proxy calls through it or not at all, whatever the database and the keyring have been through.

use kossori_api::{Code, Request, SecretInput};
use kossori_core::network::{Network, Persona};
use kossori_engine::ports::{Attention, Vault as _, VaultError};
use kossori_engine::secret::Secret;
use serde_json::{Value, json};

use crate::support::simulated::{Turn, World};

const MORNING: &str = "2026-11-24 09:00";
const LINE: &str = "socks5h://me:pass@127.0.0.1:9050";

fn through(id: &str, line: &str) -> Request {
    Request::AccountEdit {
        id: id.to_owned(),
        persona: None,
        client_name: None,
        proxy: Some(SecretInput::new(line.to_owned())),
    }
}

fn entry(id: &str) -> String {
    format!("account.{id}.proxy")
}

fn shown(world: &mut World) -> Value {
    world.ask(Request::AccountList)["accounts"][0]["proxy"].clone()
}

/// As a backup leaves it that is older than the account's proxy: the keyring has one, the database says none.
fn restored(world: &mut World, id: &str) {
    let line = Secret::new(LINE.to_owned());
    world
        .block_on(world.vault.write(&entry(id), &line, Attention::Unattended))
        .expect("it is open");
    world.crash();
    world.start();
    assert_eq!(shown(world), Value::Null);
}

fn check(id: &str) -> Request {
    Request::AccountCheck { id: id.to_owned() }
}

#[test]
fn what_the_keyring_has_counts_in_a_folder_that_was_restored() {
    // A person who asks, a post that goes, and one that is looked for.
    for story in ["check", "post", "look"] {
        let mut world = World::new(MORNING);
        let account = world.bluesky("me");
        let id = world.post(&account, "Text");
        if story == "look" {
            world.server.script([Turn::lost_after_commit()]);
            world.advance("12:00:01");
            assert_eq!(world.state(&id), "unknown");
        }
        let before = world.server.ways().len();
        restored(&mut world, &account);
        if story == "check" {
            world.ask(check(&account));
        } else {
            world.advance("12:30");
            assert_eq!(world.state(&id), "sent", "{story}");
        }
        assert_eq!(world.server.ways()[before..], [Some(LINE.to_owned())], "{story}");
        assert_eq!(shown(&mut world), "socks5h", "{story}");
        world.judge();
    }
}

#[test]
fn behind_a_keyring_that_does_not_say_nobody_is_called() {
    let mut world = World::new(MORNING);
    let account = world.bluesky("me");
    let id = world.post(&account, "Text");
    restored(&mut world, &account);
    world.vault.shut(Some(VaultError::Locked));
    assert_eq!(world.refusal(check(&account)), Code::KeyringLocked);
    world.advance("12:30");
    assert_eq!(world.reason(&id).as_deref(), Some("keyring_locked"));
    assert_eq!(world.server.ways(), []);
    world.vault.shut(None);
    world.settle();
    assert_eq!(world.state(&id), "sent");
    assert_eq!(world.server.ways(), [Some(LINE.to_owned())]);
    world.judge();
}

/// One that stayed in the keyring would count again.
#[test]
fn none_is_none_when_the_keyring_has_lost_it() {
    let mut world = World::new(MORNING);
    let account = world.bluesky("me");
    world.ask(through(&account, LINE));
    world.vault.shut(Some(VaultError::Locked));
    assert_eq!(world.refusal(through(&account, "none")), Code::KeyringLocked);
    assert_eq!(shown(&mut world), "socks5h");
    world.vault.shut(None);
    world.ask(check(&account));
    assert_eq!(world.ask(through(&account, "none"))["proxy"], Value::Null);
    assert_eq!(world.vault.entry(&entry(&account)), None);
    world.crash();
    world.start();
    world.ask(check(&account));
    assert_eq!(world.server.ways(), [Some(LINE.to_owned()), None]);
    world.judge();
}

#[test]
fn a_proxy_that_was_set_before_the_keyring_locked_does_not_stop_lunch() {
    for is_new in [false, true] {
        let mut world = World::new(MORNING);
        let account = if is_new {
            world.advance("11:50");
            let added = world.ask(Request::AccountAdd {
                network: Network::Bluesky,
                handle: Some("me".to_owned()),
                server: None,
                secret: Some(SecretInput::new("password".to_owned())),
                client_id: None,
                persona: Some(Persona::Personal),
                client_name: None,
                local_server: false,
                plc: None,
                proxy: Some(SecretInput::new(LINE.to_owned())),
            });
            added["id"].as_str().expect("an id").to_owned()
        } else {
            world.bluesky("me")
        };
        // Drawn late enough that the tokens are held, or are not asked for in time.
        let id = world.post(&account, "Text");
        if !is_new {
            world.crash();
            world.start();
            world.advance("11:50");
            assert_eq!(world.ask(through(&account, LINE))["proxy"], json!("socks5h"));
        }
        world.settle();
        world.vault.shut(Some(VaultError::Locked));
        world.advance("12:30");
        assert_eq!(world.state(&id), "sent", "new: {is_new}");
        assert_eq!(world.server.ways().last(), Some(&Some(LINE.to_owned())));
        world.judge();
    }
}
