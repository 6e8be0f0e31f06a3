//! The main window opens again where it was, and everything is hidden at once for who wants that.

use serde_json::{Value, json};

use super::driven::start_resident;
use super::shown::wait_for_drafts;
use crate::resident::preferences;
use crate::support::driver::Driver;
use crate::support::screen::{LIMIT, Screen};
use crate::support::world::{Running, World, wait_for};

/// Left, top, width, height.
fn geometry(screen: &Screen<'_>, window: &str) -> [i32; 4] {
    let said = screen
        .xdotool(&["getwindowgeometry", "--shell", window])
        .expect("its place");
    ["X=", "Y=", "WIDTH=", "HEIGHT="].map(|name| {
        let line = said.lines().find_map(|line| line.strip_prefix(name));
        line.and_then(|number| number.parse().ok()).expect("a number")
    })
}

/// As the window manager has it.
fn state(screen: &Screen<'_>, window: &str) -> String {
    let said = screen
        .command("xprop")
        .args(["-id", window, "_NET_WM_STATE"])
        .output()
        .expect("xprop is needed (see script/setup)");
    String::from_utf8_lossy(&said.stdout).into_owned()
}

fn until_it_lies(
    screen: &Screen<'_>,
    window: &str,
    what: &str,
    is_so: impl Fn([i32; 4]) -> bool,
) -> [i32; 4] {
    let mut at = [0; 4];
    wait_for(what, LIMIT, || {
        at = geometry(screen, window);
        println!("{what}: it lies at {at:?}");
        is_so(at)
    });
    at
}

fn ends(mut window: Running) {
    window.end();
}

#[test]
fn the_main_window_opens_again_where_it_was_and_as_large() {
    let world = World::start();
    world.add_practice("me");
    let screen = Screen::on(&world);
    let _resident = start_resident(&screen);
    let window = screen.open("--main");
    let seen = screen.window();
    screen.wait_for_focus(&seen);
    assert!(
        screen
            .xdotool(&["windowsize", "--sync", &seen, "900", "600"])
            .is_some()
    );
    assert!(
        screen
            .xdotool(&["windowmove", "--sync", &seen, "137", "191"])
            .is_some()
    );
    let was = until_it_lies(&screen, &seen, "moved", |at| {
        at[2..] == [900, 600] && at[0] > 100 && at[1] > 150
    });
    screen.key("alt+F4");
    wait_for("the window to hide", LIMIT, || screen.seen().is_none());

    // Shown again by the same program, and by another one.
    let newcomer = screen.open("--main");
    let seen = screen.window();
    until_it_lies(&screen, &seen, "shown again", |at| at == was);
    ends(newcomer);
    ends(window);
    let window = screen.open("--main");
    let seen = screen.window();
    until_it_lies(&screen, &seen, "opened again", |at| at == was);

    // It fills the screen, and comes back so; made smaller, it is as it was before.
    screen.wait_for_focus(&seen);
    screen.key("alt+F10");
    until_it_lies(&screen, &seen, "maximised", |at| at[2] == 1280);
    screen.key("alt+F4");
    wait_for("the window to hide", LIMIT, || screen.seen().is_none());
    ends(window);
    let window = screen.open("--main");
    let seen = screen.window();
    until_it_lies(&screen, &seen, "maximised again", |at| at[2] == 1280);
    screen.wait_for_focus(&seen);
    // As wide as the screen may be a size alone: the desktop says that it is maximised, and then a key makes it smaller.
    wait_for("the desktop to have maximised it", LIMIT, || {
        state(&screen, &seen).contains("_NET_WM_STATE_MAXIMIZED_VERT")
    });
    screen.key("alt+F10");
    until_it_lies(&screen, &seen, "smaller again", |at| at[2..] == was[2..]);
    ends(window);

    // Another folder's has never been anywhere.
    let other = world.data_dir().with_file_name("another");
    let mut command = screen.ours("kossori", "C.UTF-8");
    command.args(["--main", "--data-dir"]).arg(&other);
    let window = Running(command.spawn().expect("the window starts"));
    let seen = screen.window();
    until_it_lies(&screen, &seen, "a new one", |at| at[2..] == [1080, 720]);
    ends(window);
    let mut command = world.bus.command("pkill");
    command.args(["-9", "-f", &format!("kossorid --data-dir {}", other.display())]);
    assert!(command.status().expect("pkill").success());
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_is_hidden_at_once_and_nothing_is_lost() {
    let world = World::start();
    world.add_practice("me");
    let screen = Screen::on(&world);
    let _resident = start_resident(&screen);
    let driver = Driver::open(&screen, "--compose", "en").await;
    let seen = screen.window();
    screen.wait_for_focus(&seen);
    // Without the focus, and with nothing in it, it would hide by itself.
    driver.press("Keep this window open").await;
    driver
        .until(
            "it to be pinned",
            "document.querySelector('[aria-label=\"Keep this window open\"][aria-pressed=true]')",
        )
        .await;
    let mut newcomer = screen.open("--main");
    // The one that comes takes the focus: it is given to the other one only after that.
    screen.wait_for_focus(&screen.window_besides(&seen));
    wait_for("the newcomer to end", LIMIT, || {
        newcomer.0.try_wait().expect("its state").is_some()
    });
    assert!(screen.xdotool(&["windowactivate", "--sync", &seen]).is_some());
    screen.wait_for_focus(&seen);
    driver.focus("textarea").await;
    screen.type_text("half a thou");
    // The page has it; whether it is saved yet is nobody's to wait for.
    driver
        .until(
            "the keys",
            "document.querySelector('textarea').value === 'half a thou'",
        )
        .await;
    world.ctl(&["hide"]);
    wait_for("both to hide", LIMIT, || screen.windows().is_empty());
    wait_for_drafts(&world, &["\"half a thou\""]);
    assert_eq!(driver.written().await, "half a thou", "it stays warm");
    let kept: Value = preferences::ask(&world, json!({ "do": "preferences_show" }))
        .await
        .expect("answered");
    assert_eq!(kept["veil"], true);
}
