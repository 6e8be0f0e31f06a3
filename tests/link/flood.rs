//! A client that floods the socket: the host grows by at most 8 MiB and others are answered within 200 ms. Host and
//! flooders are processes of their own: this test binary again, told its part by the environment.
//!
//! Two or three seconds each; 10 s with `KOSSORI_FULL=1`.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use kossori_api::PROTOCOL;
use kossori_link::{Answer, Client, ConnectionInfo, Handler, HostKind, Program, RawRequest, Server};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::{client_of, host_of};
use crate::support::flood::{ANSWER, Flooder, GROWTH_KIB, LATENESS, duration, part, turn};
use crate::support::process::resident_kib;
use crate::support::world::Running;

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

pub(crate) fn be_the_host(path: &Path) {
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
                host_of(PROTOCOL, HostKind::Resident),
                Echo { latest_us },
                std::future::pending(),
            )
            .await;
    });
}

async fn timed_echo(client: &Client, text: &str) -> Duration {
    let began = Instant::now();
    let answer = client.call(&json!({"do": "echo", "text": text})).await.unwrap();
    assert_eq!(answer.parse::<usize>().unwrap(), text.len());
    began.elapsed()
}

/// One host, these flooders, and meanwhile somebody polite who stays, and one who comes anew each time.
async fn withstand(roles: &[&str]) {
    let _turn = turn();
    let time = duration(roles[0]);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s");
    let host = Running(part("host", &path, time).spawn().unwrap());
    let hello = client_of(PROTOCOL, Program::Command);
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
    let before = resident_kib(host.pid());

    let mut flooders: Vec<_> = roles
        .iter()
        .map(|role| Flooder::start(role, &path, time))
        .collect();
    let (mut most, mut slowest, mut slowest_new, mut slowest_large) =
        (before, Duration::ZERO, Duration::ZERO, Duration::ZERO);
    let mut asked = 0;
    while flooders.iter_mut().any(|flooder| !flooder.has_ended()) {
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
        most = most.max(resident_kib(host.pid()));
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let flooded: Vec<_> = flooders.into_iter().map(Flooder::said).collect();
    let lateness: u64 = staying
        .call(&json!({"do": "lateness"}))
        .await
        .unwrap()
        .parse()
        .unwrap();
    eprintln!(
        "{roles:?} for {time:?}: {asked} rounds, slowest answer {slowest:?}, newcomer {slowest_new:?}, 0.9 MB frame {slowest_large:?} (alone {large_alone:?}), \
         host's own timer late by {:.1} ms, memory {before} KiB + {} KiB; {flooded:?}",
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
    // Not the flood but the polite client's own large frame takes most of it, in a build without optimisation.
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
