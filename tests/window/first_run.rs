//! From nothing at all to the first post, by the keyboard alone.

use serde_json::json;

use super::driven::{host_pid, queue};
use crate::resident::preferences::ask;
use crate::support::driver::{Driver, kill};
use crate::support::screen::{LIMIT, Screen};
use crate::support::world::{World, wait_for};

/// What the keys of each step are to lead to.
struct Says {
    /// The keys that choose it in the first step, where English is chosen already.
    choose: &'static [&'static str],
    language: &'static str,
    hours: &'static str,
    account: &'static str,
    show: &'static str,
    thought: &'static str,
    out: &'static str,
}

async fn comes_to_a_post(says: Says) {
    let world = World::start();
    let screen = Screen::on(&world);
    // No folder, no resident, nobody: the window begins it all.
    let driver = Driver::open(&screen, "--main", "en").await;
    let main = screen.window();
    screen.wait_for_focus(&main);
    driver.until_it_says("Choose a language").await;
    driver.until("the host", "!document.querySelector('.find')").await;
    for key in says.choose {
        screen.key(key);
    }
    let language = format!("document.documentElement.lang === '{}'", says.language);
    driver.until("the language", &language).await;
    screen.key("Return");
    driver.until_it_says(says.hours).await;
    screen.key("Return");
    driver.until_it_says(says.account).await;
    screen.key("Return");
    driver.until_it_says(says.show).await;
    screen.key("Tab");
    driver.until_focused("#example").await;
    screen.key("ctrl+a");
    screen.type_text(says.thought);
    screen.key("ctrl+Return");
    driver.until_it_says(says.out).await;

    let accounts = world.ctl(&["account", "list"]);
    let accounts = accounts["accounts"].as_array().expect("accounts");
    let [me] = &accounts[..] else {
        panic!("one account: {accounts:?}")
    };
    assert_eq!(me["network"], "practice");
    let id = me["id"].as_str().expect("an id");
    assert_eq!(world.texts(id), [says.thought]);
    let entry = world.bus.folder().join("config/autostart/kossori.desktop");
    assert!(entry.exists(), "it starts at sign-in, as was seen chosen");

    // On to writing: two stops back is the button before, three is the one that ends it.
    for _ in 0..3 {
        screen.key("Tab");
    }
    driver.until_focused(".foot .wide").await;
    screen.key("Return");
    screen.wait_for_focus(&screen.window_besides(&main));
    // Once, whether the page is there by then or only the field.
    screen.type_text("and on");
    screen.key("ctrl+Return");
    wait_for("it to be queued", LIMIT, || {
        queue(&world).iter().any(|one| one["text"] == "and on")
    });
    let kept = ask(&world, json!({ "do": "preferences_show" }))
        .await
        .expect("answered");
    assert_eq!(kept["first_run_done"], true);
    kill(host_pid(&world).expect("the window started it"));
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_alone_lead_from_an_empty_folder_to_the_first_post() {
    comes_to_a_post(Says {
        choose: &[],
        language: "en",
        hours: "When do you work?",
        account: "Where should it go?",
        show: "The practice timeline",
        thought: "Tea first.",
        out: "It went out at ",
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_alone_lead_there_in_japanese_too() {
    comes_to_a_post(Says {
        choose: &["Tab", "Up"],
        language: "ja",
        hours: "働いている時間は？",
        account: "どこへ出しますか",
        show: "練習の投稿先",
        thought: "ocha",
        out: " に出ました。",
    })
    .await;
}
