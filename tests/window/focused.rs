//! A desktop that gives no window the focus by itself, as many do with one that is in no taskbar.

use super::driven::start_resident;
use super::shown::wait_for_drafts;
use crate::support::screen::{LIMIT, Screen};
use crate::support::world::{World, wait_for};

const SETTINGS: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<channel name="xfwm4" version="1.0">
  <property name="general" type="empty">
    <property name="focus_new" type="bool" value="false"/>
  </property>
</channel>
"#;

#[test]
fn the_composer_asks_for_the_focus_when_it_opens_and_when_it_comes_again() {
    let world = World::start();
    world.add_practice("me");
    let folder = world.bus.folder().join("config/xfce4/xfconf/xfce-perchannel-xml");
    std::fs::create_dir_all(&folder).expect("a folder");
    std::fs::write(folder.join("xfwm4.xml"), SETTINGS).expect("the window manager's settings");
    let screen = Screen::on(&world);
    let _resident = start_resident(&screen);
    let _window = screen.open("--compose");
    screen.wait_for_focus(&screen.window());
    screen.type_text("typed at once");
    wait_for_drafts(&world, &["\"typed at once\""]);
    screen.key("Escape");
    wait_for("the window to hide", LIMIT, || screen.seen().is_none());
    let _newcomer = screen.open("--compose");
    screen.wait_for_focus(&screen.window());
    screen.key("ctrl+End");
    screen.type_text(", and again");
    wait_for_drafts(&world, &["\"typed at once, and again\""]);
}
