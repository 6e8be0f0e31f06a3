//! The same over the real socket of a real host: what it cannot read is answered or ends the connection, and after three of
//! them it is over.

use std::path::Path;
use std::time::Duration;

use kossori_api::{Call, PROTOCOL};
use kossori_link::Program;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::time::{Instant, timeout};

use super::mutate::malformed;
use super::valid::{Known, requests};
use super::{seed, whole};
use crate::link::client_of;
use crate::support::chance::Chance;
use crate::support::screen::LIMIT;
use crate::support::world::{Running, World};

/// What `link` lets pass of a client.
const STRIKES: usize = 3;
/// More bad ones than it takes.
const AT_MOST: usize = 8;

/// Everything that commands tell of a folder.
pub fn told(world: &World) -> Vec<Value> {
    let asked: [&[&str]; 9] = [
        &["account", "list"],
        &["draft", "list"],
        &["queue", "list", "--all"],
        &["window", "list"],
        &["hours", "show"],
        &["closed", "list"],
        &["spacing", "show"],
        &["cost", "show"],
        &["journal"],
    ];
    asked.iter().map(|arguments| world.ctl(arguments)).collect()
}

/// One whose host runs, with something in it.
pub fn filled() -> (World, Known) {
    let world = World::start();
    let account = world.add_practice("me");
    let queued = world.queue(&account, "a thought");
    let draft = world.ctl_with("a draft", &["draft", "add", "--account", &account, "--stdin"]);
    let known = Known {
        draft: crate::support::world::id_of(&draft),
        window: world.ctl(&["window", "list"])["windows"][0]["name"]
            .as_str()
            .expect("a window")
            .to_owned(),
        closed: queued.clone(),
        account,
        queued,
    };
    (world, known)
}

#[tokio::test(flavor = "multi_thread")]
async fn over_the_socket_the_third_ends_it_and_nothing_is_changed() {
    let (world, known) = filled();
    let mut host = world.start_run();
    let socket = world.socket().expect("the folder is there");
    let before = told(&world);
    let wanted = if whole() { 20_000 } else { 2_000 };
    let seed = seed();
    let mut chance = Chance::new(seed);
    let all = requests(&known);
    let ids = [known.account.as_str(), &known.draft, &known.queued];
    let (mut sent, mut connections, mut slowest) = (0, 0, Duration::ZERO);
    while sent < wanted {
        let mut stream = greeted(&socket).await;
        connections += 1;
        let mut answered = 0;
        // Two, and it goes by itself, or as many as it can.
        let some = if chance.below(12) == 0 {
            AT_MOST
        } else {
            STRIKES - 1
        };
        for number in 1..=some {
            let valid = json!({"request_id": "x", "request": all[sent % all.len()]});
            let bytes = unreadable(&mut chance, &valid, &ids);
            sent += 1;
            let told = format!("seed {seed}, message {sent}: {}", String::from_utf8_lossy(&bytes));
            let began = Instant::now();
            let came = one(&mut stream, number as u64, &bytes).await;
            slowest = slowest.max(began.elapsed());
            match came {
                Came::Answered(answer) => {
                    answered += 1;
                    assert_eq!(answer["id"], number as u64, "{told}");
                    assert_eq!(answer["error"]["code"], "bad_request", "{told}");
                }
                Came::Over => break,
                Came::Nothing => panic!("no answer and no end; {told}"),
            }
        }
        assert!(answered <= STRIKES, "seed {seed}: {answered} were answered");
    }
    println!("{sent} messages over {connections} connections (seed {seed}), slowest answer {slowest:?}");
    assert_eq!(host.0.try_wait().expect("its state"), None, "the host lives");
    assert_eq!(told(&world), before);
    end(host);
}

fn end(mut host: Running) {
    host.end();
}

/// None that the host would understand.
fn unreadable(chance: &mut Chance, valid: &Value, ids: &[&str]) -> Vec<u8> {
    loop {
        let bytes = malformed(chance, valid, ids);
        if serde_json::from_slice::<Call>(&bytes).is_err() && bytes.len() < 1_000_000 {
            return bytes;
        }
    }
}

enum Came {
    Answered(Value),
    Over,
    Nothing,
}

async fn one(stream: &mut UnixStream, number: u64, bytes: &[u8]) -> Came {
    let body = [format!("{{\"id\":{number},\"request\":").as_bytes(), bytes, b"}"].concat();
    let length = u32::try_from(body.len()).expect("a frame").to_be_bytes();
    if stream.write_all(&length).await.is_err() || stream.write_all(&body).await.is_err() {
        return Came::Over;
    }
    let answered = async {
        loop {
            let frame = frame(stream).await?;
            if frame.get("id").is_some() {
                return Some(frame);
            }
            // Why it is closed.
            assert_eq!(frame["refuse"]["code"], "bad_frame", "{frame}");
        }
    };
    match timeout(LIMIT, answered).await {
        Err(_) => Came::Nothing,
        Ok(None) => Came::Over,
        Ok(Some(answer)) => Came::Answered(answer),
    }
}

/// `None`: the connection is over.
async fn frame(stream: &mut UnixStream) -> Option<Value> {
    let length = stream.read_u32().await.ok()?;
    let mut body = vec![0; length as usize];
    stream.read_exact(&mut body).await.ok()?;
    Some(serde_json::from_slice(&body).expect("the host speaks JSON"))
}

/// Who sent rubbish waits for its place.
async fn greeted(socket: &Path) -> UnixStream {
    let hello = json!({"hello": client_of(PROTOCOL, Program::Command)}).to_string();
    let length = u32::try_from(hello.len()).expect("short").to_be_bytes();
    let coming = async {
        loop {
            let Ok(mut stream) = UnixStream::connect(socket).await else {
                continue;
            };
            if stream.write_all(&length).await.is_ok()
                && stream.write_all(hello.as_bytes()).await.is_ok()
                && frame(&mut stream)
                    .await
                    .is_some_and(|answer| answer["hello"].is_object())
            {
                return stream;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(LIMIT, coming).await.expect("it is let in")
}
