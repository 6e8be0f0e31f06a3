//! A post of which nobody knows whether it is there, and a person who says what they found.

use super::driven::start_resident;
use super::main_window;
use crate::support::screen::{LIMIT, Screen};
use crate::support::servers::stand_in::LINKEDIN;
use crate::support::servers::{Lose, StandIn};
use crate::support::world::{World, wait_for};

/// The account of a network that lets nobody look.
fn signed_in(network: &StandIn, world: &World) -> String {
    let client = network.client_id().expect("a registration");
    let add = [
        "account",
        "add",
        "linkedin",
        "--client-id",
        &client,
        "--server",
        &network.gate.url,
        "--token-stdin",
        "--local-server",
    ];
    world.sign_in(&add, &network.tokens("alice"))
}

/// The network lets nobody look: the person is asked at once, and says no though it is there. Its own refusal of a second
/// copy settles it.
#[tokio::test(flavor = "multi_thread")]
async fn who_is_asked_answers_in_the_window_and_there_is_one_copy() {
    let network = StandIn::start(&LINKEDIN).await;
    let world = World::start();
    let alice = signed_in(&network, &world);
    let screen = Screen::on(&world);
    let _resident = start_resident(&screen);
    world.open_wide();
    network.gate.lose(Lose::Answer, 1, LINKEDIN.post_call);
    let delivery = world.queue(&alice, "一度だけ。");
    wait_for("the question", LIMIT, || world.state_of(&delivery) == "needs_you");

    let driver = main_window::open(&screen, "ja").await;
    driver.until_it_says("投稿できたか、わかりません。").await;
    driver.until_it_says("一度だけ。").await;
    assert_eq!(network.texts("alice").await, ["一度だけ。"]);
    driver.press("出ていない。予定に戻す").await;
    wait_for("it to be settled", LIMIT, || world.state_of(&delivery) == "sent");
    driver
        .until("no question", "!document.querySelector('.card-ask')")
        .await;
    assert_eq!(network.texts("alice").await, ["一度だけ。"], "there is one");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_said_to_be_there_is_not_sent_again() {
    let network = StandIn::start(&LINKEDIN).await;
    let world = World::start();
    let alice = signed_in(&network, &world);
    let screen = Screen::on(&world);
    let _resident = start_resident(&screen);
    world.open_wide();
    network.gate.lose(Lose::Request, 1, LINKEDIN.post_call);
    let delivery = world.queue(&alice, "Only once.");
    wait_for("the question", LIMIT, || world.state_of(&delivery) == "needs_you");
    let driver = main_window::open(&screen, "en").await;
    driver
        .until_it_says("We do not know whether this was posted.")
        .await;
    driver.press("It is there").await;
    driver
        .until("no question", "!document.querySelector('.card-ask')")
        .await;
    assert_eq!(world.state_of(&delivery), "sent");
    assert!(network.texts("alice").await.is_empty(), "nothing was sent for it");
}
