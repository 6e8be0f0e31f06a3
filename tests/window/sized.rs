//! How large the composer's window is.

use crate::support::screen::{LIMIT, Screen};
use crate::support::world::{World, wait_for};

fn size_of(screen: &Screen<'_>, window: &str) -> (u32, u32) {
    let said = screen.xdotool(&["getwindowgeometry", "--shell", window]);
    let number = |name: &str| {
        let said = said.as_deref().unwrap_or_default();
        let line = said.lines().find_map(|line| line.strip_prefix(name));
        line.and_then(|number| number.parse().ok()).unwrap_or_default()
    };
    (number("WIDTH="), number("HEIGHT="))
}

/// The desktop's setting: dots an inch.
fn opened_with(text: u32) -> (u32, u32) {
    let world = World::start();
    let screen = Screen::on(&world);
    let resource = format!("Xft.dpi:\t{text}\n");
    let set = screen
        .command("xprop")
        .args([
            "-root",
            "-f",
            "RESOURCE_MANAGER",
            "8s",
            "-set",
            "RESOURCE_MANAGER",
        ])
        .arg(resource)
        .status();
    assert!(set.expect("xprop is needed (see script/setup)").success());
    let _host = world.start_run();
    let _window = screen.open("--compose");
    let window = screen.window();
    let mut size = (0, 0);
    wait_for("a size that stays", LIMIT, || {
        let before = std::mem::replace(&mut size, size_of(&screen, &window));
        before == size
    });
    size
}

#[test]
fn it_grows_with_the_text_of_the_desktop() {
    assert_eq!(opened_with(96), (440, 520));
    assert_eq!(opened_with(144), (660, 780));
    // No more than the screen has, of which the window's manager takes nothing here.
    assert_eq!(opened_with(192), (880, 900));
}
