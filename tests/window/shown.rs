//! The built window on a screen of its own. It takes minutes to build, so it is not built for this: without it each
//! test says so and ends.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::support::pictures::find;
use crate::support::world::{Running, World, wait_for};

const BUILD: &str = "(cd ui && npm run build) && cargo build -p kossori --features window --profile window";
const LIMIT: Duration = Duration::from_secs(60);

/// `target/window/kossori`, beside the folder that the tests were built in.
fn built() -> Option<PathBuf> {
    let tests = std::env::current_exe().expect("the tests' own program");
    let target = tests.ancestors().find(|folder| folder.join("window").is_dir());
    let found = target
        .map(|target| target.join("window/kossori"))
        .filter(|path| path.exists());
    if found.is_none() {
        println!("skipped: the window is not built. To try it: {BUILD}");
    }
    found
}

/// A screen, the window on it, and a keyboard.
struct Screen<'a> {
    world: &'a World,
    display: String,
    _server: Running,
}

impl Screen<'_> {
    fn on(world: &World) -> Screen<'_> {
        let mut server = Command::new("Xvfb")
            .args([
                "-displayfd",
                "1",
                "-screen",
                "0",
                "1280x800x24",
                "-nolisten",
                "tcp",
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
        Screen {
            world,
            display: format!(":{}", number.trim()),
            _server: Running(server),
        }
    }

    fn open(&self, program: &Path, what: &str) -> Running {
        let child: Child = self
            .command(&program.display().to_string())
            .args([what, "--data-dir"])
            .arg(self.world.data_dir())
            .env("LC_ALL", "C.UTF-8")
            .stdin(Stdio::null())
            .stdout(fs::File::create(self.printed()).expect("a file"))
            .stderr(
                fs::File::options()
                    .append(true)
                    .open(self.printed())
                    .expect("a file"),
            )
            .spawn()
            .expect("the window starts");
        Running(child)
    }

    /// What the window says on its terminal.
    fn printed(&self) -> PathBuf {
        self.world.bus.folder().join("printed")
    }

    fn command(&self, program: &str) -> Command {
        let mut command = self.world.bus.command(program);
        command.env("DISPLAY", &self.display);
        command
    }

    fn xdotool(&self, arguments: &[&str]) -> Option<String> {
        let output = self.command("xdotool").args(arguments).output().expect("xdotool");
        output
            .status
            .success()
            .then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }

    /// The window that can be seen now.
    fn seen(&self) -> Option<String> {
        let found = self.xdotool(&["search", "--onlyvisible", "--name", "^Kossori$"])?;
        found.lines().next().map(str::to_owned)
    }

    fn window(&self) -> String {
        wait_for("the window to be shown", LIMIT, || self.seen().is_some());
        self.seen().expect("it was there just now")
    }

    /// As a window manager gives it the focus.
    fn focus(&self, window: &str) {
        assert!(self.xdotool(&["windowfocus", "--sync", window]).is_some());
    }

    fn key(&self, key: &str) {
        assert!(self.xdotool(&["key", key]).is_some());
    }
}

fn drafts(world: &World) -> Vec<String> {
    let list = world.ctl(&["draft", "list"]);
    let drafts = list["drafts"].as_array().expect("drafts");
    drafts
        .iter()
        .filter_map(|draft| draft["id"].as_str())
        .map(|id| world.ctl(&["draft", "show", id])["content"]["parts"][0]["text"].to_string())
        .collect()
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
    let Some(program) = built() else { return };
    let world = World::start();
    let me = world.add_practice("me");
    let _host = world.start_run();
    let screen = Screen::on(&world);
    let mut window = screen.open(&program, "--compose");
    let seen = screen.window();
    assert_eq!(
        screen.xdotool(&["getwindowname", &seen]).as_deref(),
        Some("Kossori")
    );

    screen.focus(&seen);
    let thought = "hippopotamus in a teacup";
    // What is typed before the page has its accounts is kept as well.
    assert!(screen.xdotool(&["type", "--delay", "20", thought]).is_some());
    let kept = format!("{thought:?}");
    wait_for("the draft to be kept", LIMIT, || drafts(&world) == [kept.clone()]);

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
    let Some(program) = built() else { return };
    let world = World::start();
    world.add_practice("me");
    let _host = world.start_run();
    let screen = Screen::on(&world);
    let mut window = screen.open(&program, "--compose");
    let seen = screen.window();
    screen.focus(&seen);
    // Only a window that had the focus can lose it.
    wait_for("the focus", LIMIT, || {
        screen.xdotool(&["getwindowfocus"]).as_deref() == Some(&*seen)
    });
    let other = screen.command("xmessage").arg("elsewhere").spawn();
    let _other = other.map(Running).ok();
    let elsewhere = || screen.xdotool(&["search", "--onlyvisible", "--class", "xmessage"]);
    wait_for("another window", LIMIT, || elsewhere().is_some());
    screen.focus(&elsewhere().expect("it was there just now"));
    wait_for("the window to hide", LIMIT, || screen.seen().is_none());
    assert!(window.0.try_wait().expect("its state").is_none(), "it stays warm");
}

#[test]
fn the_main_window_opens_by_itself_and_closing_hides_it() {
    let Some(program) = built() else { return };
    let world = World::start();
    world.add_practice("me");
    let _host = world.start_run();
    let screen = Screen::on(&world);
    let _window = screen.open(&program, "--main");
    let seen = screen.window();
    let size = screen
        .xdotool(&["getwindowgeometry", "--shell", &seen])
        .expect("its size");
    assert!(
        size.contains("WIDTH=1080") && size.contains("HEIGHT=720"),
        "{size}"
    );
}

#[test]
fn the_window_brings_no_database() {
    let Some(program) = built() else { return };
    let output = Command::new("nm")
        .args(["-D", "--defined-only"])
        .arg(&program)
        .output()
        .expect("nm is needed (see script/setup)");
    assert!(output.status.success());
    let symbols = String::from_utf8_lossy(&output.stdout);
    let ours: Vec<&str> = symbols.lines().filter(|line| line.contains("sqlite3_")).collect();
    assert!(ours.is_empty(), "WebKit would bind to these: {ours:?}");
}
