//! A client that floods the socket: the host grows by at most 8 MiB and others are answered within 200 ms. Host and
//! flooders are processes of their own: this test binary again, told its part by the environment.
//!
//! 3 s each; 10 s with `KOSSORI_FULL=1`.

use std::io::{Read, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use kossori_link::{Answer, Client, ConnectionInfo, Handler, HostKind, Program, RawRequest, Server};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::{client_of, frame, host_of};

const GROWTH_KIB: u64 = 8 * 1024;
const ANSWER: Duration = Duration::from_millis(200);
/// How late a due post may be. Not the flood but the polite client's own large frame takes most of it, in a build
/// without optimisation.
const LATENESS: Duration = Duration::from_secs(1);

/// This binary, to be run with a part to play.
pub(super) fn part(role: &str, path: &Path, time: Duration) -> Command {
    // A thousand connections need more file descriptors than a shell hands out.
    let mut command = Command::new("/bin/sh");
    command
        .args(["-c", "ulimit -n 4096; exec \"$0\" \"$@\""])
        .arg(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "link::flood::a_process_of_these_tests",
            "--nocapture",
            "--test-threads=1",
        ])
        .env("KOSSORI_LINK_PART", role)
        .env("KOSSORI_LINK_PATH", path)
        .env("KOSSORI_LINK_MS", time.as_millis().to_string())
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
        "host" => be_the_host(&path),
        "stranger" => super::stranger::be_a_stranger(&path),
        "hold" => hold(&path, time, false),
        "hold_greeted" => hold(&path, time, true),
        role => pour(role, &path, time),
    }
}

/// Echoes, and says how late its own timer was at worst: what a due post would feel.
struct Echo {
    latest_us: Arc<AtomicU64>,
}

impl Handler for Echo {
    fn retire(&self) {}

    async fn call(&self, request: RawRequest, _: ConnectionInfo) -> Answer {
        let Ok(request) = request.parse::<Value>() else {
            return Answer::NotUnderstood;
        };
        match request["do"].as_str() {
            Some("echo") => Answer::given(&request["text"].as_str().map(str::len)),
            Some("lateness") => Answer::given(&self.latest_us.swap(0, Ordering::Relaxed)),
            _ => Answer::NotUnderstood,
        }
    }
}

fn be_the_host(path: &Path) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let latest_us = Arc::new(AtomicU64::new(0));
        let worst = latest_us.clone();
        tokio::spawn(async move {
            loop {
                let due = Instant::now() + Duration::from_millis(20);
                tokio::time::sleep_until(due).await;
                worst.fetch_max(due.elapsed().as_micros() as u64, Ordering::Relaxed);
            }
        });
        let server = Server::bind(path).unwrap();
        server
            .serve(
                host_of(2, HostKind::Resident),
                Echo { latest_us },
                std::future::pending(),
            )
            .await;
    });
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
    frame(&json!({"hello": client_of(2, Program::Command)}).to_string())
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
    eprintln!(
        "  {role}: {:.0} MB/s taken by the kernel, {:.0} connections/s",
        poured.load(Ordering::Relaxed) as f64 / 1e6 / time.as_secs_f64(),
        connections.load(Ordering::Relaxed) as f64 / time.as_secs_f64(),
    );
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
    eprintln!(
        "  hold: 1000 opened in {:?}, {open} still open at the end",
        time - opened
    );
}

/// Ends the process with the test, whatever becomes of the test.
struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn resident_kib(pid: u32) -> u64 {
    let rollup = std::fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).unwrap();
    let line = rollup.lines().find(|line| line.starts_with("Rss:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

async fn timed_echo(client: &Client, text: &str) -> Duration {
    let began = Instant::now();
    let answer = client.call(&json!({"do": "echo", "text": text})).await.unwrap();
    assert_eq!(answer.parse::<usize>().unwrap(), text.len());
    began.elapsed()
}

/// One host, these flooders, and meanwhile somebody polite who stays, and one who comes anew each time.
async fn withstand(roles: &[&str]) {
    // One flood at a time, in whatever processes the tests run: two measure one another. Freed with the file.
    let turn = std::fs::File::create(std::env::temp_dir().join("kossori-one-flood-at-a-time")).unwrap();
    turn.lock().unwrap();
    let time = Duration::from_secs(if std::env::var_os("KOSSORI_FULL").is_some() {
        10
    } else {
        3
    });
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s");
    let host = Ended(part("host", &path, time).spawn().unwrap());
    let hello = client_of(2, Program::Command);
    let staying = Client::connect_within(&path, &hello, Duration::from_secs(10))
        .await
        .unwrap();
    // Everything that is used for the first time is used now: a large frame, a newcomer.
    let piece = "x".repeat(900_000);
    for _ in 0..20 {
        timed_echo(&staying, &piece).await;
        timed_echo(&Client::connect(&path, hello.clone()).await.unwrap(), "hi").await;
    }
    let large_alone = timed_echo(&staying, &piece).await;
    staying.call(&json!({"do": "lateness"})).await.unwrap();
    let before = resident_kib(host.0.id());

    let mut flooders: Vec<_> = roles
        .iter()
        .map(|role| Ended(part(role, &path, time).spawn().unwrap()))
        .collect();
    let (mut most, mut slowest, mut slowest_new, mut slowest_large) =
        (before, Duration::ZERO, Duration::ZERO, Duration::ZERO);
    let mut asked = 0;
    while flooders
        .iter_mut()
        .any(|flooder| flooder.0.try_wait().unwrap().is_none())
    {
        slowest = slowest.max(timed_echo(&staying, "hi").await);
        let began = Instant::now();
        let newcomer = Client::connect(&path, hello.clone())
            .await
            .expect("a newcomer is let in");
        timed_echo(&newcomer, "hi").await;
        slowest_new = slowest_new.max(began.elapsed());
        if asked % 10 == 0 {
            slowest_large = slowest_large.max(timed_echo(&staying, &piece).await);
        }
        asked += 1;
        most = most.max(resident_kib(host.0.id()));
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    for flooder in &mut flooders {
        assert!(flooder.0.wait().unwrap().success());
    }
    let lateness: u64 = staying
        .call(&json!({"do": "lateness"}))
        .await
        .unwrap()
        .parse()
        .unwrap();
    eprintln!(
        "{roles:?} for {time:?}: {asked} rounds, slowest answer {slowest:?}, newcomer {slowest_new:?}, 0.9 MB frame {slowest_large:?} (alone {large_alone:?}), \
         host's own timer late by {:.1} ms, memory {before} KiB + {} KiB",
        lateness as f64 / 1000.0,
        most - before
    );
    assert!(
        asked >= 20,
        "too few questions were asked to say anything: {asked}"
    );
    assert!(
        most - before <= GROWTH_KIB,
        "the host grew by {} KiB",
        most - before
    );
    assert!(slowest <= ANSWER, "who was connected waited {slowest:?}");
    assert!(slowest_new <= ANSWER, "a newcomer waited {slowest_new:?}");
    assert!(
        lateness <= LATENESS.as_micros() as u64,
        "a due post would have been late by {lateness} µs"
    );
}

macro_rules! floods {
    ($($name:ident: $roles:expr;)*) => {
        $(#[tokio::test]
        async fn $name() {
            withstand(&$roles).await;
        })*
    };
}

floods! {
    random_bytes: ["random"];
    random_bytes_after_a_hello: ["random_after_hello"];
    the_largest_frames_of_rubbish: ["large_rubbish"];
    json_that_is_no_request: ["json"];
    requests_that_nobody_understands: ["not_understood"];
    good_requests_without_end: ["understood"];
    good_requests_of_the_largest_size: ["understood_large"];
    connections_without_end: ["connect"];
    a_thousand_connections_that_say_nothing: ["hold"];
    a_thousand_connections_that_said_hello: ["hold_greeted"];
    a_thousand_connections_each_of_five_processes: ["hold_greeted"; 5];
}
