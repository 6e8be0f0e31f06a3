//! A host under a flood on its socket: it stays small, answers others, and a post that is due goes out on time.

use std::io::Write;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use crate::support::world::{Running, World, now, wait_for};

const SOCKET: &str = "KOSSORI_TEST_FLOOD";

/// Not a test but the process that floods: it does nothing unless it is told a socket.
#[test]
fn a_flooding_process() {
    let Some(socket) = std::env::var_os(SOCKET).map(PathBuf::from) else {
        return;
    };
    let rubbish: Vec<u8> = (0..1_u32 << 20)
        .map(|n| u8::try_from(n.wrapping_mul(2_654_435_761) >> 24).expect("8 bits"))
        .collect();
    // Ended by whoever started it.
    loop {
        if let Ok(mut stream) = UnixStream::connect(&socket) {
            while stream.write_all(&rubbish).is_ok() {}
        }
    }
}

/// What of it is in memory. From `statm`, which anybody may read: the programs let nobody look further in.
fn resident_kib(pid: u32) -> u64 {
    let statm = std::fs::read_to_string(format!("/proc/{pid}/statm")).expect("the process lives");
    let pages = statm
        .split_whitespace()
        .nth(1)
        .and_then(|pages| pages.parse::<u64>().ok());
    pages.expect("resident pages") * page_size() / 1024
}

fn page_size() -> u64 {
    u64::try_from(rustix::param::page_size()).expect("small")
}

#[test]
fn a_due_post_is_on_time_and_others_are_answered_while_somebody_floods() {
    let world = World::start();
    let account = world.add_practice("me");
    world.open_wide();
    let running = world.start_run();
    // Everything that the host ever loads is loaded: one post has gone out.
    world.ctl_with("warm", &["post", "add", "--account", &account, "--stdin"]);
    let posts = || {
        world.ctl(&["timeline", &account])["posts"]
            .as_array()
            .expect("posts")
            .len()
    };
    wait_for("the first post", Duration::from_secs(30), || posts() == 1);
    let before = resident_kib(running.pid());

    let runtime = world.bus.folder().join("runtime").join("kossori");
    let socket = std::fs::read_dir(runtime)
        .expect("the socket's folder")
        .flatten()
        .map(|entry| entry.path())
        .find(|path| path.extension().is_some_and(|extension| extension == "sock"))
        .expect("the host's socket");
    let program = std::env::current_exe().expect("this program");
    let mut command = world.bus.command(&program.display().to_string());
    command
        .args(["--exact", "host_flood::a_flooding_process", "--nocapture"])
        .env(SOCKET, &socket);
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let flood = Running(command.spawn().expect("the flooder starts"));

    let due = now()
        .saturating_add(jiff::SignedDuration::from_secs(4))
        .expect("a time");
    let at = due.to_string();
    world.ctl_with(
        "due",
        &["post", "add", "--account", &account, "--stdin", "--at", &at],
    );
    let mut most = before;
    wait_for("the due post", Duration::from_secs(30), || {
        most = most.max(resident_kib(running.pid()));
        posts() == 2
    });
    drop(flood);
    let timeline = world.ctl(&["timeline", &account]);
    let published: jiff::Timestamp = timeline["posts"][1]["published_at"]
        .as_str()
        .expect("a time")
        .parse()
        .expect("RFC 3339");
    let late = published.duration_since(due);
    println!("due post late by {late:?}; RSS {before} KiB before, {most} KiB at most under the flood");
    assert!(
        late >= jiff::SignedDuration::ZERO && late <= jiff::SignedDuration::from_secs(1),
        "late by {late:?}"
    );
    assert!(most <= before + 8 * 1024, "RSS grew from {before} to {most} KiB");
}
