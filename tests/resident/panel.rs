//! A real panel, and a real mouse.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use super::{Installed, SOON, Window, wait_until_served};
use crate::support::session_bus::SessionBus;
use crate::support::world::{Running, World, wait_for};

/// What of a desktop is needed: a screen, Xfce's settings and its panel with nothing but the tray in it.
struct Screen {
    display: String,
    // Ended in this order.
    _panel: Running,
    _settings: Running,
    _screen: Running,
}

const SETTINGS: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<channel name="xfce4-panel" version="1.0">
  <property name="configver" type="int" value="2"/>
  <property name="panels" type="array">
    <value type="int" value="1"/>
    <property name="panel-1" type="empty">
      <property name="position" type="string" value="p=6;x=0;y=0"/>
      <property name="length" type="uint" value="100"/>
      <property name="position-locked" type="bool" value="true"/>
      <property name="size" type="uint" value="32"/>
      <property name="plugin-ids" type="array">
        <value type="int" value="1"/>
      </property>
    </property>
  </property>
  <property name="plugins" type="empty">
    <property name="plugin-1" type="string" value="systray">
      <property name="known-items" type="array">
        <value type="string" value="kossori"/>
      </property>
    </property>
  </property>
</channel>
"#;

impl Screen {
    fn start(bus: &SessionBus) -> Screen {
        let mut command = Command::new("Xvfb");
        command.args([
            "-displayfd",
            "1",
            "-screen",
            "0",
            "800x600x24",
            "-nolisten",
            "tcp",
        ]);
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut screen = Running(command.spawn().expect("Xvfb"));
        let mut number = String::new();
        BufReader::new(screen.0.stdout.take().expect("piped"))
            .read_line(&mut number)
            .expect("Xvfb prints its display");
        let display = format!(":{}", number.trim());

        let folder = bus.folder().join("config/xfce4/xfconf/xfce-perchannel-xml");
        std::fs::create_dir_all(&folder).expect("a folder");
        std::fs::write(folder.join("xfce4-panel.xml"), SETTINGS).expect("the panel's settings");
        let spawn = |program: &str, arguments: &[&str]| {
            let mut command = bus.command(program);
            command
                .args(arguments)
                .env("DISPLAY", &display)
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::null());
            Running(
                command
                    .spawn()
                    .unwrap_or_else(|error| panic!("{program}: {error}")),
            )
        };
        let settings = spawn(XFCONFD, &[]);
        let on_the_bus = |name: &str| {
            let mut wait = bus.command("gdbus");
            wait.args(["wait", "--session", "--timeout", "30", name]);
            assert!(
                wait.status().expect("gdbus").success(),
                "{name} did not come to the bus"
            );
        };
        on_the_bus("org.xfce.Xfconf");
        let panel = spawn("xfce4-panel", &["--disable-wm-check"]);
        on_the_bus("org.kde.StatusNotifierWatcher");
        Screen {
            display,
            _panel: panel,
            _settings: settings,
            _screen: screen,
        }
    }

    fn xdotool(&self, arguments: &[&str]) {
        let status = Command::new("xdotool")
            .args(arguments)
            .env("DISPLAY", &self.display)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        assert!(status.expect("xdotool").success(), "{arguments:?}");
    }

    fn click(&self, x: i32, button: &str) {
        self.xdotool(&["mousemove", &x.to_string(), "14", "click", button]);
    }
}

const XFCONFD: &str = "/usr/lib/x86_64-linux-gnu/xfce4/xfconf/xfconfd";

#[tokio::test(flavor = "multi_thread")]
async fn real_clicks_on_xfces_panel() {
    if !Path::new(XFCONFD).exists() || !Path::new("/usr/bin/xfce4-panel").exists() {
        println!("skipped: there is no xfce4-panel (see script/setup)");
        return;
    }
    let world = World::start();
    world.add_practice("me");
    let screen = Screen::start(&world.bus);
    let installed = Installed::new();
    let _resident = installed.start(&world);
    wait_until_served(&world);
    // The icon is somewhere at the left of the panel, once the panel has drawn it.
    let mut at = 0;
    wait_for("a left click to open the composer", SOON, || {
        at = at % 64 + 8;
        screen.click(at, "1");
        // The host hears of it in milliseconds.
        std::thread::sleep(Duration::from_millis(50));
        !installed.starts().is_empty()
    });
    let mut window = Window::open(&world, None).await.expect("let in");
    let (what, clicked) = window.shown().await;
    assert_eq!(what, "compose");
    let (x, y) = clicked.expect("the panel says where");
    assert!((0..800).contains(&x) && (0..600).contains(&y), "{x} {y}");

    // The first line of the menu that a right click opens.
    let chosen = async {
        loop {
            screen.click(at, "3");
            tokio::time::sleep(Duration::from_millis(300)).await;
            screen.xdotool(&["key", "Down"]);
            screen.xdotool(&["key", "Return"]);
            let told = tokio::time::timeout(Duration::from_secs(1), window.shown()).await;
            // Anything else is clicks that the panel passed on late.
            if let Ok((what, None)) = told {
                return what;
            }
        }
    };
    let what = tokio::time::timeout(SOON, chosen)
        .await
        .expect("the menu's first line");
    assert_eq!(what, "compose");
    assert_eq!(installed.starts().len(), 1, "{:?}", installed.starts());
}
