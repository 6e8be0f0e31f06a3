//! A relay at a folder's socket. It passes on whatever two programs say, and makes one of them look older or newer: all
//! programs of a build have one protocol number, and only the number in the hello is another one here.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

use super::screen::LIMIT;

/// What a host answered to a hello, by the program that said it: its code if it refused.
pub type Met = (String, Option<String>);

pub struct Relay {
    ways: Arc<Ways>,
    serving: JoinHandle<()>,
}

struct Ways {
    /// The first one that listens is the host.
    hosts: Vec<PathBuf>,
    /// How long a client is kept waiting while none of them does.
    patience: Duration,
    newer_by: Mutex<HashMap<String, i64>>,
    met: watch::Sender<Vec<Met>>,
    /// Whose hellos wait for a word of the test.
    held: watch::Sender<Option<String>>,
    came: watch::Sender<usize>,
}

impl Relay {
    /// At the place of the host that listens there, which is reached under the name that this answers as well.
    pub fn before(place: &Path) -> (Relay, PathBuf) {
        let host = place.with_extension("host");
        std::fs::rename(place, &host).expect("the socket is there");
        (Relay::at(place, &[&host], Duration::ZERO), host)
    }

    /// At a place where nobody listens. When no host does any more, it ends as a host does.
    pub fn at(place: &Path, hosts: &[&Path], patience: Duration) -> Relay {
        let listener = UnixListener::bind(place).expect("the place is free");
        let ways = Arc::new(Ways {
            hosts: hosts.iter().map(|host| host.to_path_buf()).collect(),
            patience,
            newer_by: Mutex::default(),
            met: watch::Sender::default(),
            held: watch::Sender::default(),
            came: watch::Sender::default(),
        });
        let serving = tokio::spawn(serve(listener, place.to_owned(), ways.clone()));
        Relay { ways, serving }
    }

    /// From its next hello on, a program (`window`, `resident` …) is of a protocol so much newer than its own.
    pub fn newer(&self, program: &str, by: i64) {
        let mut newer_by = self.ways.newer_by.lock().expect("no panic");
        newer_by.insert(program.to_owned(), by);
    }

    /// Its next hello is passed on only after `let_go`.
    pub fn hold(&self, program: &str) {
        self.ways.held.send_replace(Some(program.to_owned()));
    }

    pub async fn until_held(&self) {
        let mut came = self.ways.came.subscribe();
        let held = tokio::time::timeout(LIMIT, came.wait_for(|count| *count > 0)).await;
        held.expect("somebody comes").expect("the relay lives");
    }

    pub fn let_go(&self) {
        self.ways.held.send_replace(None);
    }

    pub fn met(&self) -> Vec<Met> {
        self.ways.met.borrow().clone()
    }

    /// Until a program has been answered this so often.
    pub async fn until_met(&self, program: &str, refused: Option<&str>, times: usize) {
        let mut met = self.ways.met.subscribe();
        let so_often = |met: &Vec<Met>| {
            let like = |(who, code): &&Met| who == program && code.as_deref() == refused;
            met.iter().filter(like).count() >= times
        };
        let waited = tokio::time::timeout(LIMIT, met.wait_for(so_often)).await;
        let waited = waited.map(|met| met.is_ok());
        assert_eq!(
            waited,
            Ok(true),
            "{program}, {refused:?} {times} times: {:?}",
            self.met()
        );
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn serve(listener: UnixListener, place: PathBuf, ways: Arc<Ways>) {
    let mut talks = JoinSet::new();
    loop {
        tokio::select! {
            client = listener.accept() => {
                let (client, _) = client.expect("a client");
                talks.spawn(pass(client, ways.clone()));
            }
            Some(ended) = talks.join_next() => {
                if let Ok(Err(client)) = ended {
                    // Before the client notices: whoever it starts is to find the place free.
                    drop(std::fs::remove_file(&place));
                    drop(listener);
                    drop(client);
                    break;
                }
            }
        }
    }
    // Those who are still connected to a host talk on.
    while talks.join_next().await.is_some() {}
}

/// Gives the client back if there is no host.
async fn pass(mut client: UnixStream, ways: Arc<Ways>) -> Result<(), UnixStream> {
    let Some(mut hello) = read(&mut client).await else {
        return Ok(());
    };
    let said = &mut hello["hello"];
    let program = said["program"].as_str().expect("a program's name").to_owned();
    let newer = ways.newer_by.lock().expect("no panic").get(&program).copied();
    let protocol = said["protocol"].as_i64().expect("a number");
    said["protocol"] = (protocol + newer.unwrap_or(0)).into();
    if ways.held.borrow().as_ref() == Some(&program) {
        ways.came.send_modify(|count| *count += 1);
        let mut held = ways.held.subscribe();
        drop(held.wait_for(Option::is_none).await);
    }
    let Some(mut host) = ways.host().await else {
        return Err(client);
    };
    write(&mut host, &hello).await;
    let Some(answer) = read(&mut host).await else {
        return Ok(());
    };
    let code = answer["refuse"]["code"].as_str().map(str::to_owned);
    ways.met.send_modify(|met| met.push((program, code)));
    write(&mut client, &answer).await;
    drop(copy_bidirectional(&mut client, &mut host).await);
    Ok(())
}

impl Ways {
    async fn host(&self) -> Option<UnixStream> {
        let looked = async {
            loop {
                for host in &self.hosts {
                    if let Ok(host) = UnixStream::connect(host).await {
                        return host;
                    }
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(self.patience, looked).await.ok()
    }
}

/// A frame: four bytes of length, and JSON. `None`: the connection is over.
async fn read(stream: &mut UnixStream) -> Option<Value> {
    let length = stream.read_u32().await.ok()?;
    let mut body = vec![0; length as usize];
    stream.read_exact(&mut body).await.ok()?;
    Some(serde_json::from_slice(&body).expect("JSON"))
}

async fn write(stream: &mut UnixStream, frame: &Value) {
    let body = frame.to_string();
    let length = u32::try_from(body.len()).expect("short");
    // Whoever went meanwhile is noticed by the next read.
    drop(
        stream
            .write_all(&[&length.to_be_bytes(), body.as_bytes()].concat())
            .await,
    );
}
