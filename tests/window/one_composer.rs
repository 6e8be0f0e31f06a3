//! The main window writes in the one composer that there is.

use super::driven::{note_of_open_draft, start_resident};
use super::shown::wait_for_drafts;
use crate::support::driver::Driver;
use crate::support::screen::{LIMIT, Screen};
use crate::support::world::{World, id_of, wait_for};

/// The window beside the main one, once it can be typed into.
fn composer(screen: &Screen<'_>, main: &str) -> String {
    let composer = screen.window_besides(main);
    screen.wait_for_focus(&composer);
    composer
}

#[tokio::test(flavor = "multi_thread")]
async fn who_writes_from_the_main_window_gets_the_composer_and_its_draft() {
    let world = World::start();
    world.add_practice("me");
    let screen = Screen::on(&world);
    let _resident = start_resident(&screen);
    // The driver's window is the main one.
    let driver = Driver::open(&screen, "--main", "en").await;
    let main = screen.window();
    screen.wait_for_focus(&main);
    driver.until_it_says("Choose a language").await;
    let skip = "[...document.querySelectorAll('button')].find(b => b.textContent === 'Skip').click()";
    driver.run(skip).await;

    let first = composer(&screen, &main);
    driver.until_it_says("Nothing is waiting").await;
    screen.type_text("one");
    wait_for_drafts(&world, &["\"one\""]);

    // Asked for again, it is the same one, which goes on.
    assert!(screen.xdotool(&["windowactivate", "--sync", &main]).is_some());
    screen.key("ctrl+n");
    assert_eq!(composer(&screen, &main), first);
    screen.type_text(" thought");
    wait_for_drafts(&world, &["\"one thought\""]);
    assert_eq!(screen.windows().len(), 2);

    // A draft is opened there too, and what stood there is kept.
    let another = id_of(&world.ctl(&["draft", "add", "--text", "another"]));
    assert!(screen.xdotool(&["windowactivate", "--sync", &main]).is_some());
    screen.key("ctrl+2");
    driver.until_it_says("another").await;
    let open = "[...document.querySelectorAll('.open')].find(b => b.textContent.includes('another')).click()";
    driver.run(open).await;
    assert_eq!(composer(&screen, &main), first);
    // What is typed before it stands there belongs to the one before.
    wait_for("it to stand there", LIMIT, || {
        note_of_open_draft(&world).as_ref() == Some(&another)
    });
    screen.key("ctrl+End");
    screen.type_text(" one");
    wait_for("both drafts", LIMIT, || {
        let mut drafts = super::shown::drafts(&world);
        drafts.sort();
        drafts == ["\"another one\"", "\"one thought\""]
    });

    // Away with it, the main window stays.
    screen.key("Escape");
    wait_for("the composer to hide", LIMIT, || {
        screen.windows() == std::slice::from_ref(&main)
    });
}

#[test]
fn one_key_hides_both_windows() {
    let world = World::start();
    world.add_practice("me");
    let screen = Screen::on(&world);
    let _resident = start_resident(&screen);
    let mut window = screen.open("--compose");
    let first = screen.window();
    screen.wait_for_focus(&first);
    screen.type_text("kept");
    wait_for_drafts(&world, &["\"kept\""]);
    // The other one, from outside; the composer stays beside it, pinned by nobody, for the ten seconds of its text.
    let mut newcomer = screen.open("--main");
    wait_for("both windows", LIMIT, || screen.windows().len() == 2);
    wait_for("the newcomer to end", LIMIT, || {
        newcomer.0.try_wait().expect("its state").is_some()
    });
    let main = screen.windows().into_iter().find(|window| *window != first);
    screen.wait_for_focus(&main.expect("waited for"));
    screen.key("ctrl+shift+h");
    wait_for("both to hide", std::time::Duration::from_secs(5), || {
        screen.windows().is_empty()
    });
    assert!(window.0.try_wait().expect("its state").is_none(), "it stays warm");
}
