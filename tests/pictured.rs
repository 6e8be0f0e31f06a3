//! Pictures of the tray and its menu for `docs/screens`: the real resident on Xfce's panel. `script/screens` asks for them;
//! else this says so and ends.

use std::path::{Path, PathBuf};

use kossori_api::Status;

use crate::support::camera::{Camera, Part, changed, keep};
use crate::support::screen::{LIMIT, Screen};
use crate::support::world::{Running, World, now, wait_for};

/// Where the pictures are to lie, if this run is to take any at all.
fn asked() -> Option<PathBuf> {
    let folder = std::env::var_os("KOSSORI_PICTURES").map(PathBuf::from);
    if folder.is_none() {
        println!("no pictures taken: script/screens asks for them");
    }
    folder
}

/// The colour behind the panel and its menu.
const GROUND: u32 = 0x8f_9499;
const MARGIN: u32 = 8;
const SOMEWHERE_ELSE: [&str; 3] = ["mousemove", "900", "700"];

struct Themed {
    name: &'static str,
    gtk: &'static str,
}

const THEMES: [Themed; 2] = [
    Themed {
        name: "light",
        gtk: "Adwaita",
    },
    Themed {
        name: "dark",
        gtk: "Adwaita:dark",
    },
];
const LANGUAGES: [(&str, &str); 2] = [("ja", "ja_JP.UTF-8"), ("en", "C.UTF-8")];

#[test]
fn the_tray_and_its_menu() {
    let Some(folder) = asked() else { return };
    for theme in &THEMES {
        for (language, locale) in LANGUAGES {
            take(&folder, theme, language, locale);
        }
    }
}

fn take(folder: &Path, theme: &Themed, language: &str, locale: &str) {
    let world = World::start();
    let account = world.add_practice("me");
    let mut screen = Screen::on(&world);
    let camera = Camera::on(screen.display());
    let black = camera.take();
    camera.cover_ground(GROUND);
    assert!(screen.xdotool(&SOMEWHERE_ELSE).is_some());
    let ground = camera.take_changed("the ground", &black);
    screen.show_panel_in(theme.gtk);
    let empty = camera.take_changed("the panel", &ground);
    let Part(_, _, _, height) = changed(&ground, &empty);

    let mut resident = screen.ours("kossorid", locale);
    resident.env("KOSSORI_PANEL", theme.name);
    resident.arg("--data-dir").arg(world.data_dir());
    let _resident = Running(resident.spawn().expect("kossorid starts"));
    let mut shown = camera.take_changed("the icon", &empty);
    let icon = changed(&empty, &shown);
    let strip = Part(0, 0, 3 * height, height);

    let mut delivery = String::new();
    for state in ["idle", "queued", "paused", "needs_you"] {
        match state {
            "queued" => delivery = world.queue(&account, "a thought"),
            "paused" => drop(world.ctl(&["pause"])),
            "needs_you" => {
                world.ctl(&["resume"]);
                let soon = now() + jiff::SignedDuration::from_secs(2);
                world.ctl(&["queue", "hold", &delivery, "--until", &soon.to_string()]);
            }
            _ => {}
        }
        wait_for(state, LIMIT, || {
            let status: Status = serde_json::from_value(world.ctl(&["status"])).expect("a status");
            status.state == state
        });
        if state != "idle" {
            shown = camera.take_changed("the icon of this state", &shown);
        }
        let file = |name: String| folder.join(format!("{}-{}.png", name.replace('_', "-"), theme.name));
        // It says nothing in either language.
        keep(&shown, strip, &file(format!("tray-{state}")));

        screen.click(icon.middle(), "3");
        let mut menu = camera.take_changed("the menu", &shown);
        if state == "queued" {
            // The lengths of a break, in the line below the one that is only to be read.
            let closed = menu;
            for key in ["Down", "Down", "Right"] {
                screen.key(key);
            }
            menu = camera.take_changed("the menu in the menu", &closed);
            screen.key("Escape");
        }
        let Part(left, top, right, bottom) = changed(&shown, &menu).with(strip);
        let around = Part(left, top, right + MARGIN, bottom + MARGIN);
        keep(&menu, around, &file(format!("menu-{state}-{language}")));
        screen.key("Escape");
        assert!(screen.xdotool(&SOMEWHERE_ELSE).is_some());
        wait_for("the menu to close", LIMIT, || camera.take() == shown);
    }
}
