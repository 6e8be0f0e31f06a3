//! A screen of the test's own, with a window manager, a keyboard and a mouse, and the real window on it.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use super::world::{Running, World, night_zone, program, wait_for};

/// Long enough for a machine that is busy; nothing waits for it that goes right.
pub const LIMIT: Duration = Duration::from_secs(60);

pub struct Screen<'a> {
    pub world: &'a World,
    display: String,
    // Ended in this order.
    desktop: Vec<Running>,
    _server: Running,
}

/// Xfce's panel with nothing in it but the tray.
const PANEL: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
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

const XFCONFD: &str = "/usr/lib/x86_64-linux-gnu/xfce4/xfconf/xfconfd";

impl Screen<'_> {
    pub fn on(world: &World) -> Screen<'_> {
        let mut server = Command::new("Xvfb")
            .args([
                "-displayfd",
                "1",
                "-screen",
                "0",
                "1280x900x24",
                "-nolisten",
                "tcp",
                // Clients come and go; the last one to leave is not to take those that come with it.
                "-noreset",
                // Keys do not repeat: on a busy machine one looks as if it were held down.
                "-r",
            ])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("Xvfb is needed (see script/setup)");
        let mut number = String::new();
        let printed = server.stdout.take().expect("piped");
        BufReader::new(printed)
            .read_line(&mut number)
            .expect("Xvfb prints its display");
        let display = format!(":{}", number.trim());
        // Its settings are read when it starts.
        let config = world.bus.folder().join("config");
        let folder = config.join("xfce4/xfconf/xfce-perchannel-xml");
        fs::create_dir_all(&folder).expect("a folder");
        fs::write(folder.join("xfce4-panel.xml"), PANEL).expect("the panel's settings");
        let mut screen = Screen {
            world,
            display,
            desktop: Vec::new(),
            _server: Running(server),
        };
        screen.add(XFCONFD, &[]);
        screen.wait_for_name("org.xfce.Xfconf");
        screen.add("xfwm4", &[]);
        wait_for("the window manager", LIMIT, || {
            let ended = screen.desktop[0].0.try_wait().expect("its state");
            let printed = || fs::read_to_string(screen.printed());
            assert!(ended.is_none(), "it ended: {ended:?} {:?}", printed());
            screen.is_managed()
        });
        screen
    }

    /// A panel at the top, with a tray.
    pub fn show_panel(&mut self) {
        self.show_panel_in("Adwaita");
    }

    /// The same in a theme of GTK's, as `Adwaita:dark`.
    pub fn show_panel_in(&mut self, theme: &str) {
        let theme = format!("GTK_THEME={theme}");
        self.add("env", &[&theme, "xfce4-panel", "--disable-wm-check"]);
        self.wait_for_name("org.kde.StatusNotifierWatcher");
    }

    fn add(&mut self, program: &str, arguments: &[&str]) {
        let mut command = self.command(program);
        let printed = File::options().create(true).append(true).open(self.printed());
        command
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(printed.expect("a file"));
        let running = command
            .spawn()
            .unwrap_or_else(|error| panic!("{program} is needed (see script/setup): {error}"));
        self.desktop.insert(0, Running(running));
    }

    fn wait_for_name(&self, name: &str) {
        let mut wait = self.command("gdbus");
        wait.args(["wait", "--session", "--timeout", "30", name]);
        assert!(
            wait.status().expect("gdbus").success(),
            "{name} did not come to the bus"
        );
    }

    /// Whether somebody manages the windows of this screen.
    fn is_managed(&self) -> bool {
        let root = self
            .command("xprop")
            .args(["-root", "_NET_SUPPORTING_WM_CHECK"])
            .output()
            .expect("xprop is needed (see script/setup)");
        String::from_utf8_lossy(&root.stdout).contains("window id")
    }

    pub fn command(&self, program: &str) -> Command {
        let mut command = self.world.bus.command(program);
        command.env("DISPLAY", &self.display);
        command
    }

    /// What xdotool says, if it could do what it was told.
    pub fn xdotool(&self, arguments: &[&str]) -> Option<String> {
        let output = self.command("xdotool").args(arguments).output().expect("xdotool");
        output
            .status
            .success()
            .then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }

    /// `kossori` or `kossorid` on this screen. What it says on its terminal is in `printed`.
    pub fn ours(&self, name: &str, language: &str) -> Command {
        let mut command = self.command(&program(name).display().to_string());
        let printed = File::options().create(true).append(true).open(self.printed());
        command
            .env("TZ", night_zone())
            .env("LC_ALL", language)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(printed.expect("a file"));
        command
    }

    /// The window, opened by hand.
    pub fn open(&self, what: &str) -> Running {
        let mut command = self.ours("kossori", "C.UTF-8");
        command.args([what, "--data-dir"]).arg(self.world.data_dir());
        Running(command.spawn().expect("the window starts"))
    }

    pub fn printed(&self) -> PathBuf {
        self.world.bus.folder().join("printed")
    }

    /// The windows of ours that can be seen now.
    pub fn windows(&self) -> Vec<String> {
        let found = self.xdotool(&["search", "--onlyvisible", "--name", "^Kossori$"]);
        found.unwrap_or_default().lines().map(str::to_owned).collect()
    }

    /// The first of them.
    pub fn seen(&self) -> Option<String> {
        self.windows().into_iter().next()
    }

    /// The other one, once it is shown.
    pub fn window_besides(&self, first: &str) -> String {
        let mut second = None;
        wait_for("the second window", LIMIT, || {
            second = self.windows().into_iter().find(|window| window != first);
            second.is_some()
        });
        second.expect("waited for")
    }

    pub fn window(&self) -> String {
        let mut seen = None;
        wait_for("the window to be shown", LIMIT, || {
            seen = self.seen();
            seen.is_some()
        });
        seen.expect("waited for")
    }

    /// Until a window has the focus: only then does it take keys.
    pub fn wait_for_focus(&self, window: &str) {
        wait_for("the focus", LIMIT, || {
            self.xdotool(&["getwindowfocus"]).as_deref() == Some(window)
        });
    }

    pub fn display(&self) -> &str {
        &self.display
    }

    /// The upper left corner of a window.
    pub fn place_of(&self, window: &str) -> (i16, i16) {
        let said = self
            .xdotool(&["getwindowgeometry", "--shell", window])
            .expect("its place");
        let number = |name: &str| {
            let line = said.lines().find_map(|line| line.strip_prefix(name));
            line.and_then(|number| number.parse().ok()).expect("a number")
        };
        (number("X="), number("Y="))
    }

    /// Ends the window of this world's folder, whoever started it.
    pub fn end_window(&self) {
        let folder = self.world.data_dir().display().to_string();
        let ended = Command::new("pkill")
            .args(["-9", "-f", &format!("kossori --compose --data-dir {folder}")])
            .status();
        assert!(ended.expect("pkill").success(), "there was none");
    }

    pub fn click(&self, (x, y): (i32, i32), button: &str) {
        let (x, y) = (x.to_string(), y.to_string());
        assert!(self.xdotool(&["mousemove", &x, &y, "click", button]).is_some());
    }

    pub fn key(&self, key: &str) {
        assert!(self.xdotool(&["key", key]).is_some());
    }

    pub fn type_text(&self, text: &str) {
        assert!(self.xdotool(&["type", "--delay", "15", text]).is_some());
    }
}
