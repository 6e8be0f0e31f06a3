//! Settings and accounts in the main window.

use serde_json::{Value, json};

use super::driven::start_resident;
use super::main_window;
use crate::resident::preferences::ask;
use crate::support::driver::Driver;
use crate::support::screen::{LIMIT, Screen};
use crate::support::servers::Mastodon;
use crate::support::world::{World, wait_for};

/// As the list does that drops down.
async fn chooses(driver: &Driver, list: &str, value: &str) {
    let found = format!("document.querySelector(\"select[aria-label='{list}']\")");
    driver.until(list, &found).await;
    driver
        .run(&format!(
            "const list = {found}; list.value = '{value}'; list.dispatchEvent(new Event('change', {{ bubbles: true }}))"
        ))
        .await;
}

async fn kept(world: &World, name: &str) -> Value {
    let kept = ask(world, json!({ "do": "preferences_show" })).await;
    kept.expect("answered")[name].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn language_look_and_veil_are_chosen_and_kept() {
    let world = World::start();
    let me = world.add_practice("me");
    let screen = Screen::on(&world);
    let _resident = start_resident(&screen);
    world.queue(&me, "nobody's business");
    let driver = main_window::open(&screen, "en").await;
    driver.until_it_says("nobody's business").await;
    screen.key("ctrl+6");
    chooses(&driver, "Language", "ja").await;
    driver
        .until("Japanese", "document.documentElement.lang === 'ja'")
        .await;
    chooses(&driver, "見た目", "dark").await;
    driver
        .until(
            "the dark look",
            "document.documentElement.dataset.theme === 'dark'",
        )
        .await;
    assert_eq!(
        (kept(&world, "language").await, kept(&world, "theme").await),
        (json!("ja"), json!("dark"))
    );

    screen.key("ctrl+1");
    driver.until_it_says("配信予定").await;
    screen.key("ctrl+period");
    driver
        .until("the veil", "document.querySelector('.veils .it')")
        .await;
    assert_eq!(kept(&world, "veil").await, true);
    screen.key("ctrl+6");
    driver.press("目かくし").await;
    driver
        .until("the choice to be kept", "document.querySelector('[role=switch][aria-label=\"目かくし\"]')?.getAttribute('aria-checked') === 'false'")
        .await;
    assert_eq!(kept(&world, "veil").await, false);
    screen.key("ctrl+1");
    driver
        .until(
            "no veil",
            "!document.querySelector('.veils') && document.querySelector('.it')",
        )
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_is_made_at_once() {
    let world = World::start();
    world.add_practice("me");
    let screen = Screen::on(&world);
    let _resident = start_resident(&screen);
    // The day's own may come meanwhile.
    let made = || {
        let list = world.ctl(&["backup", "list"]);
        let backups = list["backups"].as_array().expect("backups");
        backups.iter().filter(|one| one["why"] == "asked").count()
    };
    assert_eq!(made(), 0);
    let driver = main_window::open(&screen, "ja").await;
    screen.key("ctrl+6");
    driver.press("今すぐとる").await;
    driver.until_it_says("バックアップしました（").await;
    assert_eq!(made(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_for_practice_is_added_by_keys() {
    let world = World::start();
    world.add_practice("me");
    let screen = Screen::on(&world);
    let _resident = start_resident(&screen);
    let driver = main_window::open(&screen, "ja").await;
    screen.key("ctrl+4");
    driver.press("アカウントを足す").await;
    driver.press("練習").await;
    driver.focus("form.add input[type=text]").await;
    screen.type_text("second");
    screen.key("Return");
    let handles = || -> Vec<Value> {
        let list = world.ctl(&["account", "list"]);
        let accounts = list["accounts"].as_array().expect("accounts");
        accounts.iter().map(|account| account["handle"].clone()).collect()
    };
    wait_for("both accounts", LIMIT, || handles() == ["me", "second"]);
    driver
        .until(
            "it in the list",
            "document.querySelectorAll('.who-row').length === 2",
        )
        .await;
}

/// The page adds no server of this machine by itself; one that the command line has added signs in again like any other.
#[tokio::test(flavor = "multi_thread")]
async fn a_servers_account_is_signed_out_and_in_again_by_token() {
    let server = Mastodon::start().await;
    let world = World::start();
    let alice = world.add_mastodon(&server, "alice");
    let screen = Screen::on(&world);
    let _resident = start_resident(&screen);
    let driver = main_window::open(&screen, "en").await;
    let health = || {
        let list = world.ctl(&["account", "list"]);
        let account = list["accounts"]
            .as_array()
            .expect("accounts")
            .iter()
            .find(|one| one["id"] == alice.as_str());
        account.expect("alice")["health"].clone()
    };
    screen.key("ctrl+4");
    driver.press("Sign out…").await;
    driver.press("Sign out of this account").await;
    driver.until_it_says("Signed out. What is queued waits.").await;
    assert_eq!(health(), "needs_sign_in");
    driver.press("Sign in again").await;
    driver.press("With a token").await;
    driver.focus("form.add input[type=password]").await;
    screen.type_text(server.token("alice"));
    screen.key("Return");
    driver.until_it_says("Signed in.").await;
    assert_eq!(health(), "ok");
    let secret = driver
        .run("return [...document.querySelectorAll('input')].map(one => one.value).join()")
        .await;
    assert!(
        !secret.to_string().contains(server.token("alice")),
        "the token is nowhere longer than it has to be"
    );

    // And what a loopback server is from here.
    driver.press("Add an account").await;
    driver.press("Mastodon").await;
    driver.press("With a token").await;
    driver
        .until(
            "the form",
            "document.querySelector('form.add input[type=password]')",
        )
        .await;
    driver.focus("form.add input[type=text]").await;
    screen.type_text(&server.url);
    driver.focus("form.add input[type=password]").await;
    screen.type_text(server.token("bob"));
    screen.key("Return");
    driver
        .until(
            "a refusal with its code",
            "document.querySelector('form.add .find')",
        )
        .await;
    let accounts = world.ctl(&["account", "list"]);
    assert_eq!(accounts["accounts"].as_array().expect("accounts").len(), 1);
}
