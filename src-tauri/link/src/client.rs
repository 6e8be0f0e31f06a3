//! The client's end.

use std::collections::HashMap;
use std::fmt;
use std::io;
use std::os::unix::net::UnixStream as StdStream;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rustix::net::sockopt::{Timeout, set_socket_timeout};
use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType, connect, socket_with};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use tokio::io::AsyncWriteExt;
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::{broadcast, mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::frame::{Body, EncodeError, FrameReader, encode};
use crate::hello::{HelloClient, HelloHost, Refusal};
use crate::limits::{CLIENT_EVENTS_KEPT, CONNECT_LIMIT, MAX_FRAME, MAX_HELLO};
use crate::peer::our_users_process;
use crate::wire::{ClientHello, FromHost, HostHello, RequestFrame, SubscribeFrame};

#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// No socket, or nobody listens: no host has this folder.
    #[error("nobody is there")]
    NobodyThere,
    /// Refused by the host, with a code of `api`: `updated_start_again`, `retiring`, `busy_retry` …
    #[error("refused: {}", .0.code)]
    Refused(Refusal),
    /// Another user's process listens there.
    #[error("the host belongs to another user")]
    NotOurs,
    /// The host closed before its hello, as one does that ends or that has no place left: try again.
    #[error("the host closed the connection")]
    Closed,
    /// A host that takes no connection or says nothing in 5 s.
    #[error("the host does not answer")]
    Silent,
    /// What answered speaks no protocol of ours.
    #[error("what is there is no host")]
    NotAHost,
    #[error(transparent)]
    Io(io::Error),
}

impl From<io::Error> for ConnectError {
    /// A host that ends while somebody connects resets the connection, at whatever step that is noticed.
    fn from(error: io::Error) -> ConnectError {
        match error.kind() {
            io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe => ConnectError::Closed,
            _ => ConnectError::Io(error),
        }
    }
}

impl ConnectError {
    /// Whether a host may be there a moment later: it is starting, ending, or answers one command.
    pub fn may_pass(&self) -> bool {
        match self {
            ConnectError::NobodyThere | ConnectError::Closed => true,
            ConnectError::Refused(refusal) => {
                refusal.code == Refusal::BUSY_RETRY || refusal.code == Refusal::RETIRING
            }
            _ => false,
        }
    }
}

#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// The host's own refusal, as `api` has it.
    #[error("the host refused")]
    Refused(RawAnswer),
    /// The connection ended; whether the request was carried out is not known, so it is sent again under its id. The
    /// code is the host's last word, if it had one.
    #[error("the connection ended")]
    Gone(Option<String>),
    #[error(transparent)]
    Request(#[from] EncodeError),
}

/// An answer as it came. Its `Debug` shows its size alone.
pub struct RawAnswer {
    raw: Box<RawValue>,
}

impl RawAnswer {
    pub fn get(&self) -> &str {
        self.raw.get()
    }

    pub fn parse<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_str(self.raw.get())
    }
}

impl fmt::Debug for RawAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RawAnswer({} bytes)", self.raw.get().len())
    }
}

/// A connection to the host. Calls may overlap; it ends when this is dropped.
pub struct Client {
    host: HelloHost,
    waiting: Arc<Waiting>,
    out: mpsc::Sender<Body>,
    reader: JoinHandle<()>,
    writer: JoinHandle<()>,
}

impl Client {
    /// Connects and says hello.
    pub async fn connect(path: &Path, hello: HelloClient) -> Result<Client, ConnectError> {
        let stream = timeout(CONNECT_LIMIT, open(path))
            .await
            .map_err(|_| ConnectError::Silent)??;
        if our_users_process(&stream)?.is_none() {
            return Err(ConnectError::NotOurs);
        }
        let (reader, mut writer) = stream.into_split();
        let mut reader = FrameReader::new(reader);
        let hello = encode(&ClientHello { hello }).map_err(|_| ConnectError::NotAHost)?;
        // A host without a place for us has answered and closed before this; the answer is still there to read.
        let said = writer.write_all(&hello).await;
        let answer = timeout(CONNECT_LIMIT, reader.frame(MAX_HELLO)).await;
        let answer = match answer.map_err(|_| ConnectError::Silent)? {
            Ok(Some(frame)) => frame,
            Ok(None) => return Err(ConnectError::Closed),
            Err(_) if said.is_err() => return Err(ConnectError::Closed),
            Err(crate::frame::FrameError::Io(error)) => return Err(error.into()),
            Err(_) => return Err(ConnectError::NotAHost),
        };
        match serde_json::from_slice(&answer).map_err(|_| ConnectError::NotAHost)? {
            HostHello::Refuse(refusal) => Err(ConnectError::Refused(refusal)),
            HostHello::Hello(host) => Ok(Client::over(reader, writer, host)),
        }
    }

    /// `connect`, again and again while nobody is there yet or the one there is about to go, for at most `limit`
    /// (RULES.md 8: 5 s for a resident that was just started). Answers the last error when the time is over.
    pub async fn connect_within(
        path: &Path,
        hello: &HelloClient,
        limit: Duration,
    ) -> Result<Client, ConnectError> {
        let deadline = tokio::time::Instant::now() + limit;
        let mut rest = Duration::from_millis(5);
        loop {
            match Client::connect(path, hello.clone()).await {
                Err(error) if error.may_pass() && tokio::time::Instant::now() + rest < deadline => {}
                done => return done,
            }
            tokio::time::sleep(rest).await;
            rest = (rest * 2).min(Duration::from_millis(100));
        }
    }

    fn over(reader: FrameReader<OwnedReadHalf>, writer: OwnedWriteHalf, host: HelloHost) -> Client {
        let waiting = Arc::new(Waiting::default());
        let (out, outgoing) = mpsc::channel(1);
        Client {
            host,
            reader: tokio::spawn(read(reader, waiting.clone())),
            // A task of its own: a call given up half way must not leave half a frame behind.
            writer: tokio::spawn(write(writer, outgoing)),
            waiting,
            out,
        }
    }

    pub fn host(&self) -> &HelloHost {
        &self.host
    }

    /// Asks and waits for the answer. The time limit is the caller's: dropping this gives up the answer, not the
    /// request. More than four at once wait for one another at the host.
    pub async fn call(&self, request: &impl Serialize) -> Result<RawAnswer, CallError> {
        let expected = self.waiting.expect().ok_or_else(|| self.gone())?;
        let frame = encode(&RequestFrame {
            id: expected.id,
            request,
        })?;
        self.ask(frame, expected).await
    }

    /// Asks for events. What changes after this has returned is told; look at the whole once after it.
    pub async fn subscribe(&self) -> Result<Events, CallError> {
        let events = self.waiting.listen().ok_or_else(|| self.gone())?;
        let expected = self.waiting.expect().ok_or_else(|| self.gone())?;
        let frame = encode(&SubscribeFrame {
            id: expected.id,
            subscribe: true,
        })?;
        self.ask(frame, expected).await?;
        Ok(Events { events })
    }

    async fn ask(&self, frame: Body, mut expected: Expected) -> Result<RawAnswer, CallError> {
        self.out.send(frame).await.map_err(|_| self.gone())?;
        match (&mut expected.answer).await {
            Ok(Ok(raw)) => Ok(RawAnswer { raw }),
            Ok(Err(raw)) => Err(CallError::Refused(RawAnswer { raw })),
            Err(_) => Err(self.gone()),
        }
    }

    fn gone(&self) -> CallError {
        CallError::Gone(self.waiting.state().last_word.clone())
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        self.reader.abort();
        self.writer.abort();
    }
}

/// The host's events, from `Client::subscribe`.
pub struct Events {
    events: broadcast::Receiver<Arc<RawValue>>,
}

pub enum Next {
    Event(RawAnswer),
    /// Some were dropped because nobody looked here for long: look at the whole again.
    Missed,
    /// The connection has ended.
    Gone,
}

impl Events {
    pub async fn next(&mut self) -> Next {
        match self.events.recv().await {
            Ok(event) => Next::Event(RawAnswer {
                raw: (*event).to_owned(),
            }),
            Err(broadcast::error::RecvError::Lagged(_)) => Next::Missed,
            Err(broadcast::error::RecvError::Closed) => Next::Gone,
        }
    }
}

type Answered = Result<Box<RawValue>, Box<RawValue>>;

/// Who waits for what.
#[derive(Default)]
struct Waiting {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    ended: bool,
    last_id: u64,
    answers: HashMap<u64, oneshot::Sender<Answered>>,
    events: Option<broadcast::Sender<Arc<RawValue>>>,
    last_word: Option<String>,
}

struct Expected {
    id: u64,
    answer: oneshot::Receiver<Answered>,
    waiting: Arc<Waiting>,
}

impl Drop for Expected {
    fn drop(&mut self) {
        self.waiting.state().answers.remove(&self.id);
    }
}

impl Waiting {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// `None`: the connection has ended.
    fn expect(self: &Arc<Waiting>) -> Option<Expected> {
        let mut state = self.state();
        if state.ended {
            return None;
        }
        state.last_id += 1;
        let id = state.last_id;
        let (sender, answer) = oneshot::channel();
        state.answers.insert(id, sender);
        Some(Expected {
            id,
            answer,
            waiting: self.clone(),
        })
    }

    fn listen(&self) -> Option<broadcast::Receiver<Arc<RawValue>>> {
        let mut state = self.state();
        if state.ended {
            return None;
        }
        let events = state
            .events
            .get_or_insert_with(|| broadcast::channel(CLIENT_EVENTS_KEPT).0);
        Some(events.subscribe())
    }

    fn take(&self, frame: FromHost) {
        let mut state = self.state();
        if let Some(refusal) = frame.refuse {
            state.last_word = Some(refusal.code);
        } else if let Some(event) = frame.event {
            if let Some(events) = &state.events {
                let _ = events.send(Arc::from(event));
            }
        } else if let Some(waiting) = frame.id.and_then(|id| state.answers.remove(&id)) {
            let answered = match frame.error {
                Some(error) => Err(error),
                None => Ok(frame.answer.unwrap_or_else(|| RawValue::NULL.to_owned())),
            };
            let _ = waiting.send(answered);
        }
    }

    fn end(&self) {
        let mut state = self.state();
        state.ended = true;
        state.answers.clear();
        state.events = None;
    }
}

async fn read(mut reader: FrameReader<OwnedReadHalf>, waiting: Arc<Waiting>) {
    while let Ok(Some(frame)) = reader.frame(MAX_FRAME).await {
        match serde_json::from_slice(&frame) {
            Ok(frame) => waiting.take(frame),
            Err(_) => break,
        }
    }
    waiting.end();
}

async fn write(mut writer: OwnedWriteHalf, mut outgoing: mpsc::Receiver<Body>) {
    while let Some(frame) = outgoing.recv().await {
        if writer.write_all(&frame).await.is_err() {
            break;
        }
    }
}

async fn open(path: &Path) -> Result<UnixStream, ConnectError> {
    let opened = match UnixStream::connect(path).await {
        // The host's queue is full. Only a connect that blocks gets into the kernel's queue for it.
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
            let path = path.to_owned();
            let waited = tokio::task::spawn_blocking(move || open_blocking(&path)).await;
            waited.map_err(io::Error::other)?.and_then(UnixStream::from_std)
        }
        opened => opened,
    };
    opened.map_err(|error| match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused => ConnectError::NobodyThere,
        io::ErrorKind::WouldBlock => ConnectError::Silent,
        _ => error.into(),
    })
}

fn open_blocking(path: &Path) -> io::Result<StdStream> {
    let socket = socket_with(
        AddressFamily::UNIX,
        SocketType::STREAM,
        SocketFlags::CLOEXEC,
        None,
    )?;
    set_socket_timeout(&socket, Timeout::Send, Some(CONNECT_LIMIT))?;
    connect(&socket, &SocketAddrUnix::new(path)?)?;
    let stream = StdStream::from(socket);
    stream.set_write_timeout(None)?;
    stream.set_nonblocking(true)?;
    Ok(stream)
}
