//! The window on a screen of its own.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use tokio::time::Instant;

use crate::support::pictures::find;
use crate::support::screen::{LIMIT, Screen};
use crate::support::world::{Running, World, program, wait_for};

pub fn draft_ids(world: &World) -> Vec<String> {
    let list = world.ctl(&["draft", "list"]);
    let drafts = list["drafts"].as_array().expect("drafts");
    let ids = drafts.iter().filter_map(|draft| draft["id"].as_str());
    ids.map(str::to_owned).collect()
}

/// The texts of the drafts, as JSON has them.
pub fn drafts(world: &World) -> Vec<String> {
    draft_ids(world)
        .iter()
        // One that was queued meanwhile is no draft any longer.
        .map(|id| world.say(&["draft", "show", id]))
        .filter(|shown| shown.exit == 0)
        .map(|shown| shown.value()["content"]["parts"][0]["text"].to_string())
        .collect()
}

/// Until these are the texts of the drafts, as JSON has them.
pub fn wait_for_drafts(world: &World, wanted: &[&str]) {
    let deadline = Instant::now() + LIMIT;
    loop {
        let there = drafts(world);
        if there == wanted {
            return;
        }
        assert!(
            Instant::now() < deadline,
            "waited in vain for {wanted:?}: there are {there:?}"
        );
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Whether a text stands in a file of the folder or below.
fn lies_in(folder: &Path, text: &str) -> bool {
    let Ok(entries) = fs::read_dir(folder) else {
        return false;
    };
    entries.flatten().any(|entry| {
        let path = entry.path();
        if path.is_dir() {
            lies_in(&path, text)
        } else {
            fs::read(&path).is_ok_and(|bytes| {
                // Web views keep strings with two bytes a letter too.
                let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
                find(&bytes, text.as_bytes()) || find(&bytes, &wide)
            })
        }
    })
}

#[test]
fn a_thought_is_typed_kept_and_queued_and_leaves_no_trace() {
    let world = World::start();
    let me = world.add_practice("me");
    let _host = world.start_run();
    let screen = Screen::on(&world);
    let mut window = screen.open("--compose");
    let seen = screen.window();
    assert_eq!(
        screen.xdotool(&["getwindowname", &seen]).as_deref(),
        Some("Kossori")
    );

    screen.wait_for_focus(&seen);
    let thought = "hippopotamus in a teacup";
    // What is typed before the page has its accounts is kept as well.
    assert!(screen.xdotool(&["type", "--delay", "20", thought]).is_some());
    wait_for_drafts(&world, &[&format!("{thought:?}")]);

    wait_for("the post to be queued", LIMIT, || {
        screen.key("ctrl+Return");
        drafts(&world).is_empty()
    });
    let queue = world.ctl(&["queue", "list"]);
    let queue = queue["deliveries"].as_array().expect("deliveries");
    assert_eq!(queue.len(), 1, "it was queued once");
    assert_eq!(queue[0]["account"], me.as_str());

    screen.key("Escape");
    wait_for("the window to hide", LIMIT, || screen.seen().is_none());
    assert!(window.0.try_wait().expect("its state").is_none(), "it stays warm");
    window.end();
    assert!(
        !lies_in(world.bus.folder(), thought),
        "the text lies on the disk as it is"
    );
    fs::write(world.bus.folder().join("cache/seen"), thought).expect("a file");
    assert!(
        lies_in(world.bus.folder(), thought),
        "and it would have been found"
    );
}

#[test]
fn it_hides_when_it_loses_the_focus_and_its_title_tells_nothing() {
    let world = World::start();
    world.add_practice("me");
    let _host = world.start_run();
    let screen = Screen::on(&world);
    let mut window = screen.open("--compose");
    let seen = screen.window();
    screen.wait_for_focus(&seen);
    let other = screen.command("xmessage").arg("elsewhere").spawn();
    let _other = other.map(Running).ok();
    let mut elsewhere = None;
    wait_for("another window", LIMIT, || {
        elsewhere = screen.xdotool(&["search", "--onlyvisible", "--class", "xmessage"]);
        elsewhere.is_some()
    });
    let elsewhere = elsewhere.expect("waited for");
    assert!(
        screen
            .xdotool(&["windowactivate", "--sync", &elsewhere])
            .is_some()
    );
    wait_for("the window to hide", LIMIT, || screen.seen().is_none());
    assert!(window.0.try_wait().expect("its state").is_none(), "it stays warm");
}

#[test]
fn the_main_window_opens_by_itself_and_closing_hides_it() {
    let world = World::start();
    world.add_practice("me");
    let _host = world.start_run();
    let screen = Screen::on(&world);
    let mut window = screen.open("--main");
    let seen = screen.window();
    let size = screen
        .xdotool(&["getwindowgeometry", "--shell", &seen])
        .expect("its size");
    assert!(
        size.contains("WIDTH=1080") && size.contains("HEIGHT=720"),
        "{size}"
    );
    // As the button in its title does: the desktop asks the window to close.
    screen.wait_for_focus(&seen);
    screen.key("alt+F4");
    wait_for("the window to hide", LIMIT, || screen.seen().is_none());
    assert!(window.0.try_wait().expect("its state").is_none(), "it stays warm");
    // A newcomer's wish shows it again.
    let mut newcomer = screen.open("--main");
    assert_eq!(screen.window(), seen);
    wait_for("the newcomer to end", LIMIT, || {
        newcomer.0.try_wait().expect("its state").is_some()
    });
}

#[test]
fn a_page_that_dies_is_loaded_again_with_its_text() {
    let world = World::start();
    world.add_practice("me");
    let _host = world.start_run();
    let screen = Screen::on(&world);
    let mut window = screen.open("--compose");
    let seen = screen.window();
    screen.wait_for_focus(&seen);
    screen.type_text("before");
    wait_for_drafts(&world, &["\"before\""]);
    let killed = Command::new("pkill")
        .args(["-9", "-P", &window.pid().to_string(), "WebKitWebProces"])
        .status();
    assert!(killed.expect("pkill").success(), "the page's process");
    // Keys are lost until it is there again, and then they are not.
    let deadline = Instant::now() + LIMIT;
    while !drafts(&world).concat().contains("after") {
        assert!(Instant::now() < deadline, "{:?}", drafts(&world));
        screen.type_text(" after");
        std::thread::sleep(Duration::from_millis(1500));
    }
    assert!(drafts(&world)[0].starts_with("\"before"), "{:?}", drafts(&world));
    assert_eq!(drafts(&world).len(), 1);
    assert!(window.0.try_wait().expect("its state").is_none());
}

#[test]
fn the_window_brings_no_database() {
    let output = Command::new("nm")
        .args(["-D", "--defined-only"])
        .arg(program("kossori"))
        .output()
        .expect("nm is needed (see script/setup)");
    assert!(output.status.success());
    let symbols = String::from_utf8_lossy(&output.stdout);
    let ours: Vec<&str> = symbols.lines().filter(|line| line.contains("sqlite3_")).collect();
    assert!(ours.is_empty(), "WebKit would bind to these: {ours:?}");
}
