//! For this crate's own tests: a server that does as told, a clock that stands still, sessions.

use std::future::Future;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use kossori_core::answer::Answer;
use kossori_core::network::{Network, Persona, Said, Software};
use kossori_engine::model::{Account, Health};
use kossori_engine::ports::{Clock, Session, SignIn};
use kossori_engine::secret::Secret;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use crate::Options;

pub(crate) const NOW: &str = "2026-11-23T12:31:00Z";

pub(crate) fn now() -> Timestamp {
    NOW.parse().unwrap()
}

pub(crate) struct FixedClock;

#[async_trait]
impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        now()
    }

    fn zone(&self) -> jiff::tz::TimeZone {
        jiff::tz::TimeZone::UTC
    }

    fn since_boot(&self) -> Duration {
        Duration::ZERO
    }

    async fn sleep_until(&self, _at: Timestamp) {}
}

/// What a refusal that was kept is shown as. `None` as well if the body was not believed to be the API's.
pub(crate) fn said(network: Network, answer: Answer) -> Option<Said> {
    match answer {
        Answer::Refused { code, words, .. } => network.said(&code, &words),
        Answer::NeverLeft | Answer::Posted { .. } | Answer::Unclear { .. } => None,
    }
}

/// Limits short enough for tests of limits, and long enough for loopback.
pub(crate) fn options() -> Options {
    Options {
        connect_limit: Duration::from_millis(400),
        post_limit: Duration::from_millis(700),
        call_limit: Duration::from_millis(700),
        upload_limit: Duration::from_millis(700),
        media_waits: [1, 1, 1].map(Duration::from_millis).to_vec(),
        practice_slow: Duration::from_millis(1),
        ..Options::default()
    }
}

pub(crate) fn session(network: Network, server: &str, author: &str, tokens: &str) -> Session {
    let account = Account {
        id: "account-1".into(),
        network,
        server: server.to_owned(),
        handle: "alice@example.social".to_owned(),
        author_id: author.to_owned(),
        persona: Persona::Personal,
        client_name: None,
        software: Software::Mastodon,
        limits: network.default_limits(),
        local_server: true,
        plc: None,
        proxy: None,
        health: Health::Ok,
        session_ends_at: None,
        added_at: now(),
        about_at: now(),
    };
    Session {
        account,
        proxy: None,
        tokens: Secret::new(tokens.to_owned()),
    }
}

/// One that says nothing but where it may go.
pub(crate) fn sign_in(local_server: bool) -> SignIn {
    SignIn {
        network: Network::Mastodon,
        server: None,
        handle: None,
        secret: None,
        kept: None,
        client_id: None,
        client_secret: None,
        client_name: None,
        local_server,
        plc: None,
        proxy: None,
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub method: String,
    /// Path and query.
    pub path: String,
    /// Lower-case names.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Seen {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

pub(crate) enum Does {
    /// These bytes, then the end of the connection.
    Says(Vec<u8>),
    /// The end of the connection, at once.
    Hangs,
    /// These bytes, then `\0` for ever.
    Floods(Vec<u8>),
    /// These bytes, then one a while, for ever.
    Drips(Vec<u8>),
    /// Nothing, for ever.
    Waits,
}

pub(crate) fn says(status: u16, headers: &[(&str, &str)], body: &str) -> Does {
    let mut head = format!(
        "HTTP/1.1 {status} X\r\nConnection: close\r\nContent-Length: {}\r\n",
        body.len()
    );
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    Does::Says(format!("{head}\r\n{body}").into_bytes())
}

pub(crate) fn json(status: u16, body: &Value) -> Does {
    says(
        status,
        &[("Content-Type", "application/json; charset=utf-8")],
        &body.to_string(),
    )
}

/// A server on loopback that remembers what it was asked. Dropping it ends it.
pub(crate) struct Stub {
    pub url: String,
    seen: Arc<Mutex<Vec<Seen>>>,
    task: JoinHandle<()>,
}

impl Stub {
    pub async fn start(script: impl Fn(&Seen) -> Does + Send + Sync + 'static) -> Self {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (script, log) = (Arc::new(script), seen.clone());
        Self::listen(seen, move |mut stream| {
            let (script, log) = (script.clone(), log.clone());
            async move {
                if let Some(request) = read(&mut stream).await {
                    let does = script(&request);
                    log.lock().unwrap().push(request);
                    act(&mut stream, does).await;
                }
            }
        })
        .await
    }

    /// Accepts, and closes without reading a byte.
    pub async fn closing() -> Self {
        Self::listen(Arc::default(), |stream| async move { drop(stream) }).await
    }

    async fn listen<F: Future<Output = ()> + Send + 'static>(
        seen: Arc<Mutex<Vec<Seen>>>,
        serve: impl Fn(TcpStream) -> F + Send + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream));
            }
        });
        Stub { url, seen, task }
    }

    pub fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }
}

impl Drop for Stub {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn act(stream: &mut TcpStream, does: Does) {
    match does {
        Does::Says(bytes) => {
            let _ = stream.write_all(&bytes).await;
            let _ = stream.shutdown().await;
        }
        Does::Hangs => {}
        Does::Floods(bytes) => {
            let _ = stream.write_all(&bytes).await;
            while stream.write_all(&[0; 65536]).await.is_ok() {}
        }
        Does::Drips(bytes) => {
            let _ = stream.write_all(&bytes).await;
            while stream.write_all(b" ").await.is_ok() {
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
        Does::Waits => std::future::pending().await,
    }
}

async fn read(stream: &mut TcpStream) -> Option<Seen> {
    let mut bytes = Vec::new();
    let head_end = loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break end;
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let head = String::from_utf8(bytes[..head_end].to_vec()).ok()?;
    let mut lines = head.split("\r\n");
    let mut first = lines.next()?.split(' ');
    let (method, path) = (first.next()?.to_owned(), first.next()?.to_owned());
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let length: usize = headers
        .iter()
        .find(|(name, _)| name == "content-length")
        .map_or(0, |(_, value)| value.parse().unwrap_or(0));
    let mut body = bytes[head_end + 4..].to_vec();
    let chunked = headers
        .iter()
        .any(|(name, value)| name == "transfer-encoding" && value == "chunked");
    while body.len() < length || (chunked && !body.ends_with(b"0\r\n\r\n")) {
        if stream.read_buf(&mut body).await.ok()? == 0 {
            return None;
        }
    }
    Some(Seen {
        method,
        path,
        headers,
        body,
    })
}
