//! Processes that flood a socket: this test binary again, told its part by the environment. What they flood is a bare
//! socket with an echo behind it (`link/flood.rs`) or the whole host (`host_flood.rs`).

#![allow(clippy::unwrap_used, reason = "what helps a test is a test: it fails loudly")]

use std::fs::File;
use std::io::{Read, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use kossori_api::{Call, PROTOCOL, Request};
use kossori_link::Program;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::link::{client_of, flood, frame, stranger};

/// What the host may grow by, and what anybody else may have to wait: the bounds of DESIGN.md.
pub const GROWTH_KIB: u64 = 8 * 1024;
pub const ANSWER: Duration = Duration::from_millis(200);
/// How late a due post may be.
pub const LATENESS: Duration = Duration::from_secs(1);

/// How long a flood of this part lasts: ten seconds with `KOSSORI_FULL=1`.
pub fn duration(role: &str) -> Duration {
    Duration::from_secs(match std::env::var_os("KOSSORI_FULL") {
        Some(_) => 10,
        // Who says nothing is shown out after two seconds; the flood must last longer to see it.
        None if role.starts_with("hold") => 3,
        None => 2,
    })
}

/// One flood at a time, in whatever processes the tests run: two measure one another. Freed with the file.
pub fn turn() -> File {
    let turn = File::create(std::env::temp_dir().join("kossori-one-flood-at-a-time")).unwrap();
    turn.lock().unwrap();
    turn
}

/// This binary, to be run with a part to play.
pub fn part(role: &str, path: &Path, time: Duration) -> Command {
    part_of(&std::env::current_exe().unwrap(), role, path, time)
}

/// The same, where this binary has another name.
pub fn part_of(program: &Path, role: &str, path: &Path, time: Duration) -> Command {
    // A thousand connections need more file descriptors than a shell hands out.
    let mut command = Command::new("/bin/sh");
    command
        .args(["-c", "ulimit -n 4096; exec \"$0\" \"$@\""])
        .arg(program)
        .args([
            "--exact",
            "support::flood::a_process_of_these_tests",
            "--nocapture",
            "--test-threads=1",
        ])
        .env("KOSSORI_LINK_PART", role)
        .env("KOSSORI_LINK_PATH", path)
        .env("KOSSORI_LINK_MS", time.as_millis().to_string())
        .stdin(Stdio::null())
        .stdout(Stdio::null());
    command
}

/// Does nothing but in a process that `part` started.
#[test]
fn a_process_of_these_tests() {
    let Ok(role) = std::env::var("KOSSORI_LINK_PART") else {
        return;
    };
    let path = PathBuf::from(std::env::var_os("KOSSORI_LINK_PATH").unwrap());
    let time = Duration::from_millis(std::env::var("KOSSORI_LINK_MS").unwrap().parse().unwrap());
    match role.as_str() {
        "host" => flood::be_the_host(&path),
        "stranger" => stranger::be_a_stranger(&path),
        "hold" => hold(&path, time, false),
        "hold_greeted" => hold(&path, time, true),
        role => pour(role, &path, time),
    }
}

/// A process that floods for a time. It ends with this value, whatever becomes of the test.
pub struct Flooder(Child);

/// What a flooder says that it did.
#[derive(Debug)]
pub struct Flooded {
    /// Bytes that the kernel took, 1,000,000 of them a second.
    pub mb_per_second: f64,
    pub connections: u64,
    /// Those of the connections that the host had not closed by the end; only of those that hold.
    pub still_open: u64,
}

impl Flooder {
    pub fn start(role: &str, path: &Path, time: Duration) -> Flooder {
        let mut command = part(role, path, time);
        Flooder(command.stdout(Stdio::piped()).spawn().unwrap())
    }

    pub fn has_ended(&mut self) -> bool {
        self.0.try_wait().unwrap().is_some()
    }

    pub fn said(mut self) -> Flooded {
        let mut said = String::new();
        self.0.stdout.take().unwrap().read_to_string(&mut said).unwrap();
        assert!(self.0.wait().unwrap().success(), "{said}");
        let line = said.lines().find(|line| line.starts_with('{')).unwrap();
        let figures: Value = serde_json::from_str(line).unwrap();
        Flooded {
            mb_per_second: figures["mb_per_second"].as_f64().unwrap(),
            connections: figures["connections"].as_u64().unwrap(),
            still_open: figures["still_open"].as_u64().unwrap(),
        }
    }
}

impl Drop for Flooder {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Read by `Flooder::said`, on a line of its own.
fn say(poured: u64, time: Duration, connections: u64, still_open: usize) {
    let mb_per_second = poured as f64 / 1e6 / time.as_secs_f64();
    println!(
        "\n{}",
        json!({"mb_per_second": mb_per_second, "connections": connections, "still_open": still_open})
    );
}

fn noise(bytes: usize, mut seed: u64) -> Vec<u8> {
    let mut noise = Vec::with_capacity(bytes + 8);
    while noise.len() < bytes {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        noise.extend_from_slice(&seed.to_le_bytes());
    }
    noise
}

fn hello() -> Vec<u8> {
    frame(&json!({"hello": client_of(PROTOCOL, Program::Command)}).to_string())
}

/// Four threads write as fast as they can, connect again when closed, and count what the kernel took.
fn pour(role: &str, path: &Path, time: Duration) {
    let (greets, load) = match role {
        "random" => (false, noise(256 * 1024, 0x9e37_79b9_7f4a_7c15)),
        "random_after_hello" => (true, noise(256 * 1024, 0x1234_5678_9abc_def1)),
        // The largest frame allowed, of nonsense.
        "large_rubbish" => (
            true,
            [&1_048_576_u32.to_be_bytes()[..], &noise(1_048_576, 77)].concat(),
        ),
        "json" => (
            true,
            frame(&json!({"n": vec![12_345; 2000]}).to_string()).repeat(16),
        ),
        "not_understood" => {
            let text = "x".repeat(15_000);
            (
                true,
                frame(&json!({"id": 1, "request": {"do": "?", "text": text}}).to_string()).repeat(16),
            )
        }
        "understood" => {
            let text = "x".repeat(15_000);
            (
                true,
                frame(&json!({"id": 1, "request": {"do": "echo", "text": text}}).to_string()).repeat(16),
            )
        }
        "understood_large" => {
            let text = "x".repeat(1_000_000);
            (
                true,
                frame(&json!({"id": 1, "request": {"do": "echo", "text": text}}).to_string()),
            )
        }
        // Questions that the whole host answers.
        "calls" => {
            let call = Call {
                request_id: "flood".to_owned(),
                request: Request::Status,
            };
            (
                true,
                frame(&json!({"id": 1, "request": call}).to_string()).repeat(256),
            )
        }
        "connect" => (false, Vec::new()),
        role => panic!("no part called {role}"),
    };
    let end = Instant::now() + time;
    let (poured, connections) = (AtomicU64::new(0), AtomicU64::new(0));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while Instant::now() < end {
                    let Ok(mut stream) = UnixStream::connect(path) else {
                        continue;
                    };
                    connections.fetch_add(1, Ordering::Relaxed);
                    if greets && stream.write_all(&hello()).is_err() {
                        continue;
                    }
                    let mut answers = stream.try_clone().unwrap();
                    // Answers are taken and thrown away, so that nothing but the host's own rules slows this down.
                    let taking = greets
                        .then(|| scope.spawn(move || std::io::copy(&mut answers, &mut std::io::sink())));
                    stream
                        .set_write_timeout(Some(Duration::from_millis(200)))
                        .unwrap();
                    while Instant::now() < end && !load.is_empty() {
                        match stream.write(&load) {
                            // After a part of a frame the rest is needed, or the next frame would be rubbish.
                            Ok(written) => {
                                poured.fetch_add(written as u64, Ordering::Relaxed);
                                if written < load.len() && stream.write_all(&load[written..]).is_err() {
                                    break;
                                }
                                poured.fetch_add((load.len() - written) as u64, Ordering::Relaxed);
                            }
                            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
                            Err(_) => break,
                        }
                    }
                    let _ = stream.shutdown(Shutdown::Both);
                    if let Some(taking) = taking {
                        let _ = taking.join();
                    }
                }
            });
        }
    });
    let (poured, connections) = (poured.into_inner(), connections.into_inner());
    say(poured, time, connections, 0);
}

/// A thousand connections, opened and kept.
fn hold(path: &Path, time: Duration, greets: bool) {
    let end = Instant::now() + time;
    let mut held = Vec::new();
    for _ in 0..1000 {
        let mut stream = UnixStream::connect(path).unwrap();
        if greets {
            let _ = stream.write_all(&hello());
            let _ = stream.write_all(&frame(r#"{"id":1,"subscribe":true}"#));
        }
        held.push(stream);
    }
    let opened = end.saturating_duration_since(Instant::now());
    std::thread::sleep(opened);
    let open = held
        .iter_mut()
        .filter(|stream| {
            stream.set_nonblocking(true).unwrap();
            let mut buffer = [0; 1024];
            loop {
                match (&**stream).read(&mut buffer) {
                    Ok(0) => return false,
                    Ok(_) => {}
                    Err(error) => return error.kind() == std::io::ErrorKind::WouldBlock,
                }
            }
        })
        .count();
    say(0, time, held.len() as u64, open);
}
