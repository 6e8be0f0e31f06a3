//! What is put together in the composer is what the host holds, and what goes out.

use serde_json::{Value, json};

use super::driven::{queue, start_resident};
use super::shown::wait_for_drafts;
use crate::support::beside::Beside;
use crate::support::driver::Driver;
use crate::support::readers::mastodon_posts;
use crate::support::screen::{LIMIT, Screen};
use crate::support::servers::Mastodon;
use crate::support::world::{World, wait_for};

fn all_go_out(world: &World, count: usize) {
    wait_for("all to go out", LIMIT, || {
        let counts = world.ctl(&["status"])["counts"]["sent"].as_u64();
        counts == Some(count as u64)
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_gets_its_own_words_and_the_others_the_common_ones() {
    let server = Mastodon::start().await;
    let world = World::start();
    let me = world.add_practice("me");
    let alice = world.add_mastodon(&server, "alice");
    let screen = Screen::on(&world);
    let _resident = start_resident(&screen);
    let driver = Driver::open(&screen, "--compose", "en").await;
    screen.wait_for_focus(&screen.window());
    screen.type_text("For everybody.");
    // Beside a real account the one for practice is chosen by hand.
    driver.press("me, Practice, Personal").await;
    wait_for_drafts(&world, &["\"For everybody.\""]);
    driver.press("Own words for a network").await;
    driver.press("Use own words for Mastodon").await;
    driver.until_focused("textarea").await;
    screen.key("ctrl+a");
    screen.type_text("For Mastodon alone.");
    let typed = "document.querySelector('textarea').value === 'For Mastodon alone.'";
    driver.until("the last key", typed).await;
    driver.press("Common text").await;
    assert_eq!(driver.written().await, "For everybody.");
    screen.key("ctrl+Return");
    driver.until_it_says("Queued.").await;

    let text_of = |account: &str| {
        let waiting = queue(&world);
        let one = waiting.iter().find(|one| one["account"] == account);
        one.expect("a delivery")["text"].clone()
    };
    assert_eq!(
        (text_of(&me), text_of(&alice)),
        (json!("For everybody."), json!("For Mastodon alone."))
    );
    world.ctl(&["break", "5"]);
    all_go_out(&world, 2);
    assert_eq!(world.texts(&me), ["For everybody."]);
    let posts = mastodon_posts(&server.direct, server.token("alice")).await;
    let texts: Vec<&str> = posts.iter().map(|post| post.text.as_str()).collect();
    assert_eq!(texts, ["For Mastodon alone."]);
}

#[tokio::test(flavor = "multi_thread")]
async fn parts_of_a_thread_go_out_in_the_order_into_which_they_were_put() {
    let world = World::start();
    let me = world.add_practice("me");
    let screen = Screen::on(&world);
    let _resident = start_resident(&screen);
    let driver = Driver::open(&screen, "--compose", "ja").await;
    screen.wait_for_focus(&screen.window());
    screen.type_text("one");
    screen.key("alt+Return");
    screen.type_text("two");
    screen.key("alt+Return");
    screen.type_text("three");
    driver
        .until(
            "the parts",
            "document.querySelector('textarea').value === 'one\\n---\\ntwo\\n---\\nthree'",
        )
        .await;
    driver.press("出る形を見る").await;
    driver.until_it_says("投稿の順番").await;
    // What is shown is the host's answer.
    driver.until_it_says("全 3 件の 3 番目").await;
    driver.focus("[data-part-row='2'] .handle").await;
    screen.key("alt+Up");
    driver.until_focused("[data-part-row='1'] .handle").await;
    screen.key("alt+Up");
    driver.until_focused("[data-part-row='0'] .handle").await;
    screen.key("Escape");
    assert_eq!(driver.written().await, "three\n---\none\n---\ntwo");
    screen.key("ctrl+Return");
    driver.until_it_says("予約しました。").await;

    let waiting = queue(&world);
    assert_eq!(waiting.len(), 1);
    assert_eq!(waiting[0]["parts"], 3);
    world.ctl(&["break", "5"]);
    all_go_out(&world, 1);
    let timeline = world.ctl(&["timeline", &me]);
    let posts = timeline["posts"].as_array().expect("posts");
    let told: Vec<(&Value, &Value)> = posts
        .iter()
        .map(|post| (&post["text"], &post["reply_to"]))
        .collect();
    assert_eq!(
        told,
        [
            (&json!("three"), &Value::Null),
            (&json!("one"), &posts[0]["id"]),
            (&json!("two"), &posts[1]["id"]),
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_servers_post_whose_address_is_pasted_is_answered() {
    let server = Mastodon::start().await;
    let world = World::start();
    let alice = world.add_mastodon(&server, "alice");
    let screen = Screen::on(&world);
    let _resident = start_resident(&screen);
    world.open_wide();
    let first = world.queue(&alice, "A question.");
    all_go_out(&world, 1);
    let address = world.ctl(&["queue", "show", &first])["url"]
        .as_str()
        .expect("an address")
        .to_owned();

    let driver = Driver::open(&screen, "--compose", "ja").await;
    screen.wait_for_focus(&screen.window());
    driver
        .until(
            "the account",
            "document.querySelector('.chip[aria-pressed=true]')",
        )
        .await;
    let copied = Beside::copies_text(&screen, &address);
    screen.key("ctrl+v");
    driver.until_it_says("投稿の URL のようです。").await;
    drop(copied);
    driver.press("返信する").await;
    driver
        .until_it_says("返信にして、URL を文章から外しました。")
        .await;
    assert_eq!(driver.written().await, "");
    driver.type_into("textarea", "答えです。").await;
    wait_for_drafts(&world, &["\"答えです。\""]);
    screen.key("ctrl+Return");
    all_go_out(&world, 2);
    let posts = mastodon_posts(&server.direct, server.token("alice")).await;
    assert_eq!(posts.len(), 2);
    assert_eq!(posts[1].text, "答えです。");
    assert_eq!(posts[1].in_reply_to_id.as_ref(), Some(&posts[0].id));
}
