//! A person at the real window, with the real resident beside it: what is typed goes out in the break, once, and is not
//! lost whatever is killed.

use std::os::unix::net::UnixStream;
use std::process::Command;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;

use super::shown::{drafts, wait_for_drafts};
use crate::support::driver::{Driver, kill};
use crate::support::screen::{LIMIT, Screen};
use crate::support::world::{Running, World, now, program, run, wait_for};

pub fn start_resident(screen: &Screen<'_>) -> Running {
    let mut command = screen.ours("kossorid", "C.UTF-8");
    command.arg("--data-dir").arg(screen.world.data_dir());
    let resident = Running(command.spawn().expect("kossorid starts"));
    wait_until_served(screen.world);
    resident
}

fn wait_until_served(world: &World) {
    wait_for("the resident to listen", LIMIT, || {
        world
            .socket()
            .is_some_and(|socket| UnixStream::connect(socket).is_ok())
    });
}

/// The resident that the window started, or whoever hosts now.
pub fn host_pid(world: &World) -> Option<u32> {
    host_pids(world).first().copied()
}

pub fn host_pids(world: &World) -> Vec<u32> {
    let found = Command::new("pgrep")
        .args([
            "-f",
            &format!("kossorid --data-dir {}", world.data_dir().display()),
        ])
        .output()
        .expect("pgrep");
    String::from_utf8_lossy(&found.stdout)
        .lines()
        .filter_map(|line| line.parse().ok())
        .collect()
}

pub fn queue(world: &World) -> Vec<Value> {
    let list = world.ctl(&["queue", "list"]);
    list["deliveries"].as_array().expect("deliveries").clone()
}

/// From the window to the practice timeline, in one language.
async fn writes_and_queues(language: &str, thought: &str, saved: &str, queued: &str) {
    let world = World::start();
    let me = world.add_practice("me");
    let screen = Screen::on(&world);
    let _resident = start_resident(&screen);
    let driver = Driver::open(&screen, "--compose", language).await;
    let window = screen.window();
    screen.wait_for_focus(&window);
    assert_eq!(driver.run("return document.documentElement.lang").await, language);
    if thought.is_ascii() {
        screen.type_text(thought);
    } else {
        driver.type_into("textarea", thought).await;
    }
    driver.until_it_says(saved).await;
    screen.key("ctrl+Return");
    driver.until_it_says(queued).await;
    let waiting = queue(&world);
    assert_eq!(waiting.len(), 1, "queued once: {waiting:?}");
    assert_eq!(drafts(&world), Vec::<String>::new(), "it is a draft no longer");
    assert_eq!(
        world.texts(&me),
        Vec::<Value>::new(),
        "nothing goes out before the break"
    );

    world.ctl(&["break", "5"]);
    let delivery = waiting[0]["id"].as_str().expect("an id");
    wait_for("the post to go out in the break", LIMIT, || {
        world.state_of(delivery) == "sent"
    });
    assert_eq!(world.texts(&me), [thought]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_written_goes_out_in_the_break_once() {
    writes_and_queues("en", "The report is done. Tea now.", "Saved ", "Queued.").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_written_in_japanese_goes_out_in_the_break_once() {
    writes_and_queues(
        "ja",
        "報告書、できました。お茶にします。",
        "保存しました ",
        "予約しました。",
    )
    .await;
}

/// A key typed, and when.
struct Typed {
    letters: String,
    times: Vec<Timestamp>,
}

impl Typed {
    /// One key after another, and after each `while_typing` with how many there were.
    fn into_window(screen: &Screen<'_>, text: &str, mut while_typing: impl FnMut(usize) -> bool) -> Typed {
        let mut typed = Typed {
            letters: String::new(),
            times: Vec::new(),
        };
        for letter in text.chars() {
            let key = if letter == ' ' {
                "space".to_owned()
            } else {
                letter.to_string()
            };
            screen.key(&key);
            typed.letters.push(letter);
            typed.times.push(now());
            if !while_typing(typed.times.len()) {
                break;
            }
        }
        typed
    }

    /// How much of it was older than that at a moment.
    fn before(&self, moment: Timestamp, age: Duration) -> &str {
        let count = self
            .times
            .iter()
            .filter(|time| moment.duration_since(**time) > age.try_into().expect("an age"))
            .count();
        &self.letters[..count]
    }
}

const PANGRAM: &str = "the quick brown fox jumps over the lazy dog and sleeps";

/// How many moments of the typing are tried: all twenty with `KOSSORI_FULL=1`.
fn moments() -> impl Iterator<Item = usize> {
    let all = std::env::var_os("KOSSORI_FULL").is_some();
    let step = PANGRAM.len() / 20;
    (1..=20)
        .map(move |moment| moment * step)
        .step_by(if all { 1 } else { 7 })
}

#[test]
fn a_window_killed_while_typing_loses_less_than_what_was_typed_in_the_last_second() {
    for moment in moments() {
        let world = World::start();
        world.add_practice("me");
        let screen = Screen::on(&world);
        let _resident = start_resident(&screen);
        let mut window = screen.open("--compose");
        screen.wait_for_focus(&screen.window());
        let typed = Typed::into_window(&screen, PANGRAM, |count| count < moment);
        let killed = now();
        window.kill();
        let kept = drafts(&world).concat();
        let kept = kept.trim_matches('"');
        println!("{kept:?} is kept, and noted {:?}", note_of_open_draft(&world));
        assert!(typed.letters.starts_with(kept), "{kept:?} of {:?}", typed.letters);
        // A save begins a second after the first key that is not saved, and takes a moment.
        let older = typed.before(killed, Duration::from_millis(1500));
        assert!(kept.len() >= older.len(), "{kept:?} is less than {older:?}");

        goes_on_with(&world, &screen, kept);
    }
}

#[test]
fn a_window_killed_as_soon_as_its_draft_is_kept_goes_on_with_it() {
    let world = World::start();
    world.add_practice("me");
    let screen = Screen::on(&world);
    let _resident = start_resident(&screen);
    let mut window = screen.open("--compose");
    screen.wait_for_focus(&screen.window());
    screen.type_text("a thought");
    wait_for_drafts(&world, &["\"a thought\""]);
    window.kill();
    goes_on_with(&world, &screen, "a thought");
}

/// The resident is stopped while the draft is on its way to it, and goes on when the window is not there any more.
#[test]
fn a_window_killed_before_its_draft_is_answered_for_goes_on_with_it() {
    let kept = (0..10).any(|round| {
        let world = World::start();
        world.add_practice("me");
        let screen = Screen::on(&world);
        let resident = start_resident(&screen);
        let mut window = screen.open("--compose");
        screen.wait_for_focus(&screen.window());
        signal(&resident, "STOP");
        screen.type_text("a thought");
        wait_for("the window to say that a draft is on its way", LIMIT, || {
            note_of_open_draft(&world).is_some_and(|note| note.starts_with("since:"))
        });
        // Its answer cannot come as long as the resident is stopped. What lies there by then may be another question.
        wait_for("something to lie there for the resident", LIMIT, || {
            lies_unread(&world) > 0
        });
        // Each round gives the draft longer to be what lies there.
        std::thread::sleep(Duration::from_millis(10 * round));
        window.kill();
        signal(&resident, "CONT");
        if drafts(&world).is_empty() {
            // It had not left the window.
            return false;
        }
        // As far as it was typed when it left.
        let there = drafts(&world);
        let kept = there.concat();
        let kept = kept.trim_matches('"');
        assert!(there.len() == 1 && !kept.is_empty(), "{there:?}");
        assert!("a thought".starts_with(kept), "{there:?}");
        goes_on_with(&world, &screen, kept);
        true
    });
    assert!(kept, "no draft got away from a window before it was killed");
}

/// How many bytes were sent to the host that it has not read.
fn lies_unread(world: &World) -> u64 {
    let socket = world.socket().expect("somebody is served").display().to_string();
    let said = Command::new("ss").args(["-xnH"]).output().expect("ss");
    let said = String::from_utf8_lossy(&said.stdout).into_owned();
    // Netid, State, Recv-Q, Send-Q, and the address of the host's end.
    let rows = said
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>());
    rows.filter(|row| row.get(4) == Some(&socket.as_str()))
        .filter_map(|row| row.get(2)?.parse::<u64>().ok())
        .sum()
}

fn signal(process: &Running, name: &str) {
    let sent = Command::new("kill")
        .args([&format!("-{name}"), &process.pid().to_string()])
        .status()
        .expect("kill");
    assert!(sent.success());
}

/// What the window's shell keeps in the folder of caches.
pub fn note_of_open_draft(world: &World) -> Option<String> {
    let caches = world.bus.folder().join("cache").join("kossori");
    let mut folders = std::fs::read_dir(caches).ok()?;
    folders.find_map(|folder| std::fs::read_to_string(folder.ok()?.path().join("open-draft")).ok())
}

/// A window that comes anew has the draft in it: what is typed now is no second one.
fn goes_on_with(world: &World, screen: &Screen<'_>, kept: &str) {
    let _window = screen.open("--compose");
    screen.wait_for_focus(&screen.window());
    screen.key("ctrl+End");
    screen.type_text("x");
    // A key that was faster than the draft stands behind it, an empty line between.
    let (after, below) = (format!("\"{kept}x\""), format!("\"{kept}\\n\\nx\""));
    wait_for(&format!("{after} or {below}"), LIMIT, || {
        let there = drafts(world);
        println!("there is {there:?}, and noted {:?}", note_of_open_draft(world));
        there == [after.as_str()] || there == [below.as_str()]
    });
}

#[test]
fn a_resident_killed_while_typing_is_started_again_and_no_key_is_lost() {
    for moment in moments() {
        let world = World::start();
        world.add_practice("me");
        let screen = Screen::on(&world);
        let mut resident = start_resident(&screen);
        let _window = screen.open("--compose");
        screen.wait_for_focus(&screen.window());
        Typed::into_window(&screen, PANGRAM, |count| {
            if count == moment {
                resident.kill();
            }
            true
        });
        wait_for("another resident", LIMIT, || host_pid(&world).is_some());
        wait_until_served(&world);
        wait_for_drafts(&world, &[&format!("{PANGRAM:?}")]);
        kill(host_pid(&world).expect("it runs"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_resident_that_cannot_be_started_is_said_and_the_text_stays() {
    let world = World::start();
    world.add_practice("me");
    let screen = Screen::on(&world);
    let mut resident = start_resident(&screen);
    let driver = Driver::open(&screen, "--compose", "en").await;
    screen.wait_for_focus(&screen.window());
    let folder = world.data_dir().to_owned();
    let aside = folder.with_extension("aside");
    resident.kill();
    std::fs::rename(&folder, &aside).expect("moved");
    std::fs::write(&folder, "no folder").expect("a file in its place");
    screen.type_text("still here");
    driver
        .until_it_says("Kossori does not start. Your text is kept here")
        .await;
    let text = driver
        .run("return document.querySelector('textarea').value")
        .await;
    assert_eq!(text, "still here");
    std::fs::remove_file(&folder).expect("removed");
    std::fs::rename(&aside, &folder).expect("moved back");
    wait_for("the text to be kept after all", LIMIT, || {
        world
            .socket()
            .is_some_and(|socket| UnixStream::connect(socket).is_ok())
            && drafts(&world) == ["\"still here\""]
    });
    if let Some(pid) = host_pid(&world) {
        kill(pid);
    }
}

#[test]
fn a_window_killed_while_a_post_is_due_holds_nothing_up() {
    let world = World::start();
    let me = world.add_practice("me");
    let screen = Screen::on(&world);
    let _resident = start_resident(&screen);
    let mut window = screen.open("--compose");
    screen.wait_for_focus(&screen.window());
    let delivery = world.queue(&me, "due in a moment");
    world.ctl(&["break", "5"]);
    window.kill();
    wait_for("the post", LIMIT, || world.state_of(&delivery) == "sent");
    assert_eq!(world.texts(&me), ["due in a moment"]);
}

#[test]
fn a_display_that_goes_away_takes_the_window_and_nothing_else() {
    let world = World::start();
    let me = world.add_practice("me");
    let screen = Screen::on(&world);
    let mut resident = start_resident(&screen);
    let mut window = screen.open("--compose");
    screen.wait_for_focus(&screen.window());
    screen.type_text("kept anyway");
    wait_for_drafts(&world, &["\"kept anyway\""]);
    drop(screen);
    wait_for("the window to end", LIMIT, || {
        window.0.try_wait().expect("its state").is_some()
    });
    assert!(resident.0.try_wait().expect("its state").is_none(), "it lives");
    let delivery = world.queue(&me, "without a display");
    world.ctl(&["break", "5"]);
    wait_for("the post", LIMIT, || world.state_of(&delivery) == "sent");
    assert_eq!(drafts(&world), ["\"kept anyway\""]);
}

#[test]
fn two_folders_have_two_windows_and_nothing_in_common() {
    let world = World::start();
    world.add_practice("me");
    let screen = Screen::on(&world);
    let _resident = start_resident(&screen);
    let _window = screen.open("--compose");
    let first = screen.window();
    screen.wait_for_focus(&first);
    screen.type_text("first");
    wait_for_drafts(&world, &["\"first\""]);

    let other = world.data_dir().with_file_name("another");
    let in_other = |arguments: &[&str]| {
        let mut command = world.bus.command(&program("kossorictl").display().to_string());
        command
            .arg("--data-dir")
            .arg(&other)
            .arg("--json")
            .args(arguments);
        run(command, "").value()
    };
    in_other(&["account", "add", "practice", "--name", "other"]);
    let mut command = screen.ours("kossori", "C.UTF-8");
    command.args(["--compose", "--data-dir"]).arg(&other);
    let _second = Running(command.spawn().expect("the window starts"));
    screen.wait_for_focus(&screen.window_besides(&first));
    screen.type_text("second");
    wait_for("the other draft", LIMIT, || {
        let list = in_other(&["draft", "list"]);
        list["drafts"].as_array().is_some_and(|drafts| drafts.len() == 1)
    });
    assert_eq!(drafts(&world), ["\"first\""]);
    let resident = Command::new("pkill")
        .args(["-9", "-f", &format!("kossorid --data-dir {}", other.display())])
        .status();
    assert!(
        resident.expect("pkill").success(),
        "the window had started its own resident"
    );
}
