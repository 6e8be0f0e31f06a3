//! Publishing is silent: whatever comes of a post, no notification, no focus that changes, no window that rises.

use std::fs::{self, File};
use std::process::Stdio;

use super::driven::start_resident;
use crate::support::screen::{LIMIT, Screen};
use crate::support::world::{Running, World, wait_for};

/// A thousand posts with `KOSSORI_FULL=1`.
fn posts() -> usize {
    match std::env::var_os("KOSSORI_FULL") {
        Some(_) => 1_000,
        None => 50,
    }
}

/// What the window manager says of focus and order of the windows, a line a change.
struct WindowLog<'a, 'w> {
    screen: &'a Screen<'w>,
    _spy: Running,
}

impl WindowLog<'_, '_> {
    fn start<'a, 'w>(screen: &'a Screen<'w>) -> WindowLog<'a, 'w> {
        let log = File::create(screen.world.bus.folder().join("windows.log")).expect("a file");
        let spy = screen
            .command("xprop")
            .args(["-root", "-spy", "_NET_ACTIVE_WINDOW", "_NET_CLIENT_LIST_STACKING"])
            .stdin(Stdio::null())
            .stdout(log)
            .stderr(Stdio::null())
            .spawn()
            .expect("xprop is needed (see script/setup)");
        let log = WindowLog {
            screen,
            _spy: Running(spy),
        };
        wait_for("the first two lines", LIMIT, || log.lines() >= 2);
        log
    }

    fn lines(&self) -> usize {
        let log = fs::read_to_string(self.screen.world.bus.folder().join("windows.log"));
        log.expect("the log").lines().count()
    }
}

#[test]
fn nothing_rings_rises_or_takes_the_focus_whatever_comes_of_a_post() {
    let world = World::start();
    let accounts: Vec<String> = (0..5).map(|n| world.add_practice(&format!("me{n}"))).collect();
    let screen = Screen::on(&world);
    let _resident = start_resident(&screen);
    // The person works elsewhere; the composer was open before, and is warm.
    let _window = screen.open("--compose");
    screen.wait_for_focus(&screen.window());
    let elsewhere = screen.command("xmessage").arg("elsewhere").spawn();
    let _elsewhere = Running(elsewhere.expect("xmessage is needed (see script/setup)"));
    wait_for("the composer to hide", LIMIT, || screen.seen().is_none());
    let traffic = world.bus.record();
    let log = WindowLog::start(&screen);
    let before = log.lines();

    world.open_wide();
    let [usual, lost, refused, limited, signed_out] = &accounts[..] else {
        unreachable!("five accounts")
    };
    for (account, outcome) in [
        (lost, "lost-answer"),
        (limited, "rate-limit"),
        (signed_out, "sign-out"),
    ] {
        world.ctl(&["practice", "next", account, outcome]);
        world.queue(account, outcome);
    }
    for n in 0..posts() - 3 {
        let account = if n % 3 == 2 { refused } else { usual };
        match n % 3 {
            1 => drop(world.ctl(&["practice", "next", usual, "slow"])),
            2 => drop(world.ctl(&["practice", "next", refused, "refuse"])),
            _ => {}
        }
        let delivery = world.queue(account, &format!("post {n}"));
        wait_for("its outcome", LIMIT, || {
            ["sent", "rejected", "needs_you"].contains(&&*world.state_of(&delivery))
        });
    }
    for word in ["sent", "rejected", "unknown", "rate_limit", "sign_in"] {
        wait_for(word, LIMIT, || world.ctl(&["journal"]).to_string().contains(word));
    }

    assert_eq!(
        traffic.calls("org.freedesktop.Notifications", "Notify"),
        0,
        "a notification"
    );
    assert_eq!(log.lines(), before, "a window changed its place or the focus");

    // Both would have been noticed.
    let notify = "gdbus call --session --dest org.freedesktop.Notifications --object-path /org/freedesktop/Notifications \
                  --method org.freedesktop.Notifications.Notify x 0 '' a b '[]' '{}' 0";
    // Nobody shows it here: asking is what counts.
    let _ = screen
        .command("sh")
        .args(["-c", notify])
        .stderr(Stdio::null())
        .status();
    wait_for("the planted notification", LIMIT, || {
        traffic.calls("org.freedesktop.Notifications", "Notify") == 1
    });
    let _again = screen.open("--compose");
    wait_for("the planted window", LIMIT, || log.lines() > before);
}
