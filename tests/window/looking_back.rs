//! Drafts that are found and gone on with, and what went out, found and taken down there.

use serde_json::Value;

use super::driven::{note_of_open_draft, start_resident};
use super::main_window;
use super::shown::drafts;
use crate::support::driver::Driver;
use crate::support::listed::bluesky_texts;
use crate::support::screen::{LIMIT, Screen};
use crate::support::servers::Pds;
use crate::support::world::{World, id_of, wait_for};

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_is_found_by_its_words_and_gone_on_with() {
    let world = World::start();
    world.add_practice("me");
    let screen = Screen::on(&world);
    let _resident = start_resident(&screen);
    let [_, tea, _] =
        ["梅の花", "tea at three", "庭の梅"].map(|text| id_of(&world.ctl(&["draft", "add", "--text", text])));
    let driver = main_window::open(&screen, "ja").await;
    let main = screen.window();
    screen.key("ctrl+2");
    driver.until_it_says("庭の梅").await;
    screen.key("ctrl+f");
    driver.until_focused("input[type=search]").await;
    driver.type_into("input[type=search]", "梅").await;
    driver.until_it_says("2 件の下書き").await;
    screen.key("ctrl+f");
    screen.type_text("TEA");
    driver
        .until(
            "the one line",
            "document.querySelectorAll('.line > .open').length === 1",
        )
        .await;
    screen.key("Return");
    screen.wait_for_focus(&screen.window_besides(&main));
    // Keys that are faster than that belong to what was open before.
    wait_for("the draft to be open", LIMIT, || {
        note_of_open_draft(&world).as_ref() == Some(&tea)
    });
    screen.key("ctrl+End");
    screen.type_text(", with milk");
    wait_for("the draft to be gone on with", LIMIT, || {
        let there = drafts(&world);
        there.len() == 3 && there.contains(&"\"tea at three, with milk\"".to_owned())
    });
}

/// Opens the one line that is left, and takes down there what it tells of.
async fn takes_down(screen: &Screen<'_>, driver: &Driver, words: [&str; 3]) {
    let [ask, yes, done] = words;
    driver
        .until(
            "the one line",
            "document.querySelectorAll('.it > .open').length === 1",
        )
        .await;
    driver.focus(".it > .open").await;
    screen.key("Return");
    driver.press(ask).await;
    // The safe answer is the one at hand.
    driver
        .until("a choice", "document.activeElement.closest('.acts')")
        .await;
    driver.press(yes).await;
    driver.until_it_says(done).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_post_is_found_in_the_journal_and_taken_down_from_the_practice_timeline() {
    let world = World::start();
    let me = world.add_practice("me");
    let screen = Screen::on(&world);
    let _resident = start_resident(&screen);
    world.open_wide();
    let [rain, sun] = ["Rain again.", "Sun at last."].map(|text| world.queue(&me, text));
    wait_for("both", LIMIT, || world.texts(&me).len() == 2);
    let driver = main_window::open(&screen, "en").await;
    screen.key("ctrl+3");
    driver.until_it_says("2 entries").await;
    screen.key("ctrl+f");
    driver.until_focused("input[type=search]").await;
    screen.type_text("rain");
    driver.until_it_says("1 of 2 entries").await;
    takes_down(
        &screen,
        &driver,
        ["Delete there…", "Delete it there", "Deleted there"],
    )
    .await;
    assert_eq!(world.texts(&me), ["Sun at last."]);
    let deleted = |id: &str| world.ctl(&["queue", "show", id])["deleted_at"].clone();
    assert!(deleted(&rain).is_string());
    assert_eq!(deleted(&sun), Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn bluesky_server_has_a_post_no_more_that_was_taken_down_in_the_journal() {
    let pds = Pds::start().await;
    let alice = pds.create_account("alice.test", "correct horse").await;
    let world = World::start();
    let me = world.add_practice("me");
    let there = world.add_bluesky(&pds, &alice);
    let screen = Screen::on(&world);
    let _resident = start_resident(&screen);
    world.open_wide();
    world.queue(&me, "練習です。");
    let delivery = world.queue(&there, "本番です。");
    wait_for("the posts", LIMIT, || {
        world.state_of(&delivery) == "sent" && world.texts(&me).len() == 1
    });
    assert_eq!(bluesky_texts(&pds.direct, &alice.did).await, ["本番です。"]);
    let driver = main_window::open(&screen, "ja").await;
    screen.key("ctrl+3");
    driver.until_it_says("2 件").await;
    let choose = "const all = document.querySelector(\"select[aria-label='ネットワーク']\"); all.value = 'bluesky'; \
                  all.dispatchEvent(new Event('change', { bubbles: true }))";
    driver.run(choose).await;
    driver.until_it_says("2 件のうち 1 件").await;
    takes_down(
        &screen,
        &driver,
        ["投稿先で削除…", "投稿先で削除する", "投稿先で削除済み"],
    )
    .await;
    wait_for("the host to know", LIMIT, || {
        world.ctl(&["queue", "show", &delivery])["deleted_at"].is_string()
    });
    assert!(bluesky_texts(&pds.direct, &alice.did).await.is_empty());
    assert_eq!(world.texts(&me), ["練習です。"]);
}
