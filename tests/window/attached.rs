//! Pictures come into the real window as people bring them, from the clipboard and from the system's picker, and go out
//! with their words and without anything else in them.

use std::time::Duration;

use serde_json::{Value, json};

use super::driven::{queue, start_resident};
use super::shown::wait_for_drafts;
use crate::support::beside::Beside;
use crate::support::driver::Driver;
use crate::support::pictures::{find, is_of_the_form, telling_jpeg, telling_png};
use crate::support::readers::{bluesky_posts, exiftool};
use crate::support::screen::{LIMIT, Screen};
use crate::support::servers::Pds;
use crate::support::world::{World, wait_for};

const CANARIES: [&str; 4] = [
    "Canary Artist",
    "Canary Comment",
    "Canary Creator",
    "Canary Byline",
];

/// Ctrl+Return, and the one delivery that comes of it.
async fn queues(screen: &Screen<'_>, driver: &Driver, queued: &str) -> String {
    screen.key("ctrl+Return");
    driver.until_it_says(queued).await;
    let waiting = queue(screen.world);
    assert_eq!(waiting.len(), 1, "queued once: {waiting:?}");
    waiting[0]["id"].as_str().expect("an id").to_owned()
}

fn goes_out_in_the_break(world: &World, delivery: &str) {
    assert_eq!(world.state_of(delivery), "queued", "nothing goes out before");
    world.ctl(&["break", "5"]);
    wait_for("the post to go out in the break", Duration::from_secs(60), || {
        world.state_of(delivery) == "sent"
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn bluesky_server_gets_once_what_was_pasted_into_the_window() {
    let pds = Pds::start().await;
    let alice = pds.create_account("alice.test", "correct horse").await;
    let world = World::start();
    world.add_bluesky(&pds, &alice);
    let screen = Screen::on(&world);
    let _resident = start_resident(&screen);
    let driver = Driver::open(&screen, "--compose", "en").await;
    let window = screen.window();
    screen.wait_for_focus(&window);
    screen.type_text("The tea is ready.");

    let path = world.bus.folder().join("copied.png");
    telling_png(&path, 900, 600, 3);
    let copied = Beside::copies(&screen, &path, &["image/png"]);
    screen.key("ctrl+v");
    driver.until_it_says("Metadata removed").await;
    drop(copied);
    driver
        .click(&screen, &window, "button[aria-label='Describe picture 1']")
        .await;
    driver
        .until("its field", "document.activeElement.matches('.strip textarea')")
        .await;
    screen.type_text("A cup on a desk");
    screen.key("Escape");
    driver.until_it_says("A cup on a desk").await;
    wait_for_drafts(&world, &["\"The tea is ready.\""]);

    let delivery = queues(&screen, &driver, "Queued.").await;
    goes_out_in_the_break(&world, &delivery);
    let blobs = tempfile::tempdir().expect("a folder");
    let posts = bluesky_posts(&pds.direct, &alice.did, blobs.path()).await;
    assert_eq!(posts.len(), 1, "once");
    assert_eq!(posts[0].record["text"], "The tea is ready.");
    let images = posts[0].record["embed"]["images"].as_array().expect("a picture");
    assert_eq!((images.len(), &images[0]["alt"]), (1, &json!("A cup on a desk")));
    let picture = &posts[0].blobs[0].path;
    let found = exiftool(picture).await;
    assert!(found.iter().any(|(_, tag)| tag == "ImageWidth"), "{found:?}");
    let telling: Vec<_> = found
        .into_iter()
        .filter(|(group, tag)| !is_of_the_form(group, tag))
        .collect();
    assert!(
        telling.is_empty(),
        "metadata in what the server serves: {telling:?}"
    );
    let bytes = std::fs::read(picture).expect("the picture");
    for canary in CANARIES {
        assert!(
            !find(&bytes, canary.as_bytes()),
            "{canary} is in what the server serves"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_is_picked_by_its_path_and_goes_out_described() {
    let world = World::start();
    let me = world.add_practice("me");
    let path = world.bus.folder().join("picked.jpg");
    telling_jpeg(&path, 900, 600, 5);
    let screen = Screen::on(&world);
    let _resident = start_resident(&screen);
    let driver = Driver::open(&screen, "--compose", "en").await;
    let window = screen.window();
    screen.wait_for_focus(&window);
    driver.type_into("textarea", "お茶が入りました。").await;

    screen.key("ctrl+i");
    let mut chooser = None;
    wait_for("the picker", LIMIT, || {
        chooser = screen.xdotool(&["search", "--onlyvisible", "--name", "^Add pictures$"]);
        chooser.is_some()
    });
    screen.wait_for_focus(&chooser.expect("waited for"));
    // A path that is typed is taken.
    screen.type_text(&path.display().to_string());
    screen.key("Return");
    driver.until_it_says("Metadata removed").await;
    screen.wait_for_focus(&window);
    driver
        .click(&screen, &window, "button[aria-label='Describe picture 1']")
        .await;
    driver
        .until("its field", "document.activeElement.matches('.strip textarea')")
        .await;
    driver.type_into(".strip textarea", "机の上の湯のみ").await;
    screen.key("Escape");
    driver.until_it_says("机の上の湯のみ").await;

    let delivery = queues(&screen, &driver, "Queued.").await;
    goes_out_in_the_break(&world, &delivery);
    let timeline = world.ctl(&["timeline", &me]);
    let posts = timeline["posts"].as_array().expect("posts");
    assert_eq!(posts.len(), 1, "once");
    assert_eq!(posts[0]["text"], "お茶が入りました。");
    let alts: Vec<&Value> = posts[0]["media"]
        .as_array()
        .expect("pictures")
        .iter()
        .map(|picture| &picture["alt"])
        .collect();
    assert_eq!(alts, [&json!("机の上の湯のみ")], "{timeline}");
}
