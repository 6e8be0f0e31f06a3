//! A gate in front of a real server: it passes every request on, keeps an account of it, and can hold or lose it on
//! either side of the server's commit. It runs on a thread of its own, so that a test may block without stopping it.

use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, UNIX_EPOCH};

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONNECTION, CONTENT_LENGTH, EXPECT, TRANSFER_ENCODING};
use hyper::service::service_fn;
use hyper::{Method, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::sync::oneshot;

/// One request as the server's side saw it. Times are milliseconds since 1970, UTC, by this machine's clock.
#[derive(Clone, Debug)]
pub struct Request {
    pub method: String,
    /// Path and query.
    pub path: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    pub received_at_ms: i64,
    /// When the server had produced its answer, so at the latest when it committed. `None`: the server never had the
    /// whole request, or has not answered yet.
    pub committed_at_ms: Option<i64>,
    /// The server's own answer, also when the client never got it.
    pub status: Option<u16>,
}

impl Request {
    /// The value of a header, by its lower-case name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }
}

/// What is lost on the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lose {
    /// The connection breaks before the server has the request.
    Request,
    /// The server commits, and the connection breaks before the client has the answer.
    Answer,
}

/// An answer that is not the server's.
#[derive(Clone, Debug)]
pub struct Instead {
    /// The server never gets the request; else it has committed, and its own answer is lost.
    pub before: bool,
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: Vec<u8>,
}

/// What happens to the requests it matches; the first rule that matches and is not used up decides.
#[derive(Clone, Debug, Default)]
pub struct Rule {
    /// Parts of `METHOD path`, any of which matches, separated by `|`. Empty matches everything.
    pub matching: String,
    /// Held for so long before the server gets it.
    pub before: Duration,
    /// Held for so long after the server has answered.
    pub after: Duration,
    pub lose: Option<Lose>,
    /// Rewrites a media server's 200 into "still processing": 202 to an upload, 206 to a question, no address.
    pub processing: bool,
    pub instead: Option<Instead>,
    /// What stands for what in the request that the server gets, and in the answer that the client gets.
    pub asked: Option<(String, String)>,
    pub answered: Option<(String, String)>,
    /// How many requests it serves; `None` is all.
    pub times: Option<u32>,
}

/// The gate's own address and its switches. Dropping it closes it.
pub struct Gate {
    pub url: String,
    shared: Arc<Shared>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    rules: Vec<Rule>,
    log: Vec<Request>,
}

/// An address on loopback that is reserved for a gate, before the server behind it is known.
pub struct Place(TcpListener);

impl Place {
    pub fn reserve() -> Place {
        Place(TcpListener::bind("127.0.0.1:0").expect("loopback has a free port"))
    }

    pub fn host_and_port(&self) -> String {
        self.0
            .local_addr()
            .expect("a bound socket has an address")
            .to_string()
    }
}

impl Gate {
    /// Opens the gate in front of the server at `server`, an `http://ADDRESS:PORT`.
    pub fn open(place: Place, server: &str) -> Gate {
        let server = address_of(server);
        let url = format!("http://{}", place.host_and_port());
        let shared = Arc::new(Shared::default());
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::spawn({
            let shared = Arc::clone(&shared);
            move || serve(place.0, server, &shared, stopped)
        });
        Gate {
            url,
            shared,
            stop: Some(stop),
            thread: Some(thread),
        }
    }

    pub fn rule(&self, rule: Rule) {
        self.shared.lock().rules.push(rule);
    }

    /// Holds the matching requests before the server gets them, and its answers after it has committed.
    pub fn delay(&self, before: Duration, after: Duration, matching: &str) {
        self.rule(Rule {
            matching: matching.into(),
            before,
            after,
            ..Rule::default()
        });
    }

    /// Breaks the connections of the next `times` matching requests, on the given side of the commit.
    pub fn lose(&self, what: Lose, times: u32, matching: &str) {
        self.rule(Rule {
            matching: matching.into(),
            lose: Some(what),
            times: Some(times),
            ..Rule::default()
        });
    }

    /// Makes the next `times` answers about media say "still processing".
    pub fn keep_processing(&self, times: u32) {
        self.rule(Rule {
            matching: "/media".into(),
            processing: true,
            times: Some(times),
            ..Rule::default()
        });
    }

    /// Takes all rules away: from now on everything passes at once.
    pub fn clear(&self) {
        self.shared.lock().rules.clear();
    }

    /// All requests so far, in the order of their arrival.
    pub fn log(&self) -> Vec<Request> {
        self.shared.lock().log.clone()
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn rule_for(&self, method: &str, path: &str) -> Rule {
        let wanted = format!("{method} {path}");
        let mut state = self.lock();
        let found = state
            .rules
            .iter_mut()
            .find(|rule| rule.times != Some(0) && rule.matching.split('|').any(|part| wanted.contains(part)));
        let Some(rule) = found else { return Rule::default() };
        if let Some(left) = &mut rule.times {
            *left -= 1;
        }
        rule.clone()
    }

    /// Changes one entry of the log, and makes it first where `index` is `None`.
    fn enter(&self, request: Request) -> usize {
        let mut state = self.lock();
        state.log.push(request);
        state.log.len() - 1
    }

    fn amend(&self, index: usize, change: impl FnOnce(&mut Request)) {
        if let Some(entry) = self.lock().log.get_mut(index) {
            change(entry);
        }
    }
}

fn serve(listener: TcpListener, server: SocketAddr, shared: &Arc<Shared>, stopped: oneshot::Receiver<()>) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime for the gate");
    runtime.block_on(async {
        listener
            .set_nonblocking(true)
            .expect("sockets can be non-blocking");
        let listener = tokio::net::TcpListener::from_std(listener).expect("a listener inside a runtime");
        let accepting = async {
            loop {
                let Ok((client, _)) = listener.accept().await else {
                    continue;
                };
                let shared = Arc::clone(shared);
                tokio::spawn(
                    hyper::server::conn::http1::Builder::new()
                        .timer(TokioTimer::new())
                        .serve_connection(
                            TokioIo::new(client),
                            service_fn(move |request| pass(Arc::clone(&shared), server, request)),
                        ),
                );
            }
        };
        tokio::select! { () = accepting => {}, _ = stopped => {} }
    });
}

type Broken = Box<dyn std::error::Error + Send + Sync>;

/// An error here is how hyper is told to break the connection without an answer.
async fn pass(
    shared: Arc<Shared>,
    server: SocketAddr,
    request: hyper::Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Broken> {
    let received_at_ms = now_ms();
    let (mut head, body) = request.into_parts();
    let path = head
        .uri
        .path_and_query()
        .map_or("/", |path| path.as_str())
        .to_owned();
    let rule = shared.rule_for(head.method.as_str(), &path);
    let header = |(name, value): (&hyper::header::HeaderName, &hyper::header::HeaderValue)| {
        (
            name.to_string(),
            String::from_utf8_lossy(value.as_bytes()).into_owned(),
        )
    };
    let entry = shared.enter(Request {
        method: head.method.to_string(),
        path,
        headers: head.headers.iter().map(header).collect(),
        body: Vec::new(),
        received_at_ms,
        committed_at_ms: None,
        status: None,
    });
    let mut body = body.collect().await?.to_bytes();
    shared.amend(entry, |request| request.body = body.to_vec());
    if let Some(instead) = rule.instead.as_ref().filter(|instead| instead.before) {
        return Ok(instead.answer());
    }
    if let Some(words) = &rule.asked {
        body = replaced(&body, words)?;
        head.headers.remove(CONTENT_LENGTH);
    }

    let is_upload = head.method == Method::POST;
    head.headers.remove(CONNECTION);
    head.headers.remove(TRANSFER_ENCODING);
    head.headers.remove(EXPECT);
    // A task of its own: what a server was sent it goes through with, also when the client dies meanwhile.
    let exchange = tokio::spawn(async move {
        tokio::time::sleep(rule.before).await;
        if rule.lose == Some(Lose::Request) {
            return Err(Broken::from("lost on the way to the server"));
        }
        let answer = exchange(server, hyper::Request::from_parts(head, Full::new(body))).await?;
        shared.amend(entry, |request| {
            request.committed_at_ms = Some(now_ms());
            request.status = Some(answer.status().as_u16());
        });
        Ok(answer)
    });
    let mut answer = exchange.await??;
    tokio::time::sleep(rule.after).await;
    if rule.lose == Some(Lose::Answer) {
        return Err(Broken::from("lost on the way back"));
    }
    if let Some(instead) = rule.instead {
        return Ok(instead.answer());
    }
    if let Some(words) = &rule.answered {
        *answer.body_mut() = replaced(answer.body(), words)?;
        answer.headers_mut().remove(CONTENT_LENGTH);
    }
    if rule.processing && answer.status() == StatusCode::OK {
        *answer.status_mut() = if is_upload {
            StatusCode::ACCEPTED
        } else {
            StatusCode::PARTIAL_CONTENT
        };
        let mut media: Value = serde_json::from_slice(answer.body())?;
        media["url"] = Value::Null;
        *answer.body_mut() = media.to_string().into();
        answer.headers_mut().remove(CONTENT_LENGTH);
    }
    answer.headers_mut().remove(TRANSFER_ENCODING);
    answer.headers_mut().remove(CONNECTION);
    Ok(answer.map(Full::new))
}

/// A rule that finds nothing to replace would try nothing.
fn replaced(body: &[u8], (from, to): &(String, String)) -> Result<Bytes, Broken> {
    let text = std::str::from_utf8(body)?;
    if !text.contains(from.as_str()) {
        return Err(Broken::from(format!("{from} does not occur")));
    }
    Ok(text.replace(from.as_str(), to).into())
}

impl Instead {
    fn answer(&self) -> Response<Full<Bytes>> {
        let mut answer = Response::new(Full::new(self.body.clone().into()));
        *answer.status_mut() = StatusCode::from_u16(self.status).expect("a status");
        for (name, value) in &self.headers {
            let value = value.parse().expect("a header's value");
            answer.headers_mut().insert(*name, value);
        }
        answer
    }
}

/// One request and its whole answer over a connection of its own.
pub(super) async fn exchange(
    server: SocketAddr,
    request: hyper::Request<Full<Bytes>>,
) -> Result<Response<Bytes>, Broken> {
    let stream = TcpStream::connect(server).await?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    let connection = tokio::spawn(connection);
    let (head, body) = sender.send_request(request).await?.into_parts();
    let body = body.collect().await?.to_bytes();
    drop(sender);
    connection.abort();
    Ok(Response::from_parts(head, body))
}

/// The socket address of an `http://ADDRESS:PORT` with or without a path.
pub(super) fn address_of(url: &str) -> SocketAddr {
    let rest = url
        .strip_prefix("http://")
        .expect("test servers speak plain http");
    rest.split('/')
        .next()
        .and_then(|host| host.parse().ok())
        .expect("test servers are named by address and port")
}

#[allow(
    clippy::disallowed_methods,
    reason = "the server's side has its own clock: the machine's"
)]
fn now_ms() -> i64 {
    let since = std::time::SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .expect("the clock is past 1970");
    i64::try_from(since.as_millis()).expect("this century fits")
}
