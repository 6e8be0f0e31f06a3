//! The socket's two ends together: hello, calls, events, ends, and other users. Floods have a file of their own.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "what helps a test is a test: it fails loudly and prints its figures"
)]

pub(crate) mod flood;
pub(crate) mod stranger;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener as StdListener;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use kossori_link::{
    Answer, CallError, Client, ConnectError, ConnectionInfo, EventSender, Handler, HelloClient, HelloHost,
    HostKind, Next, Program, RawRequest, Refusal, Server,
};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::sync::{Notify, oneshot};
use tokio::task::JoinHandle;

/// A host that does a little of everything.
#[derive(Default)]
pub(crate) struct Desk {
    waiting: AtomicUsize,
    most_waiting: AtomicUsize,
    go_on: Notify,
    gone: Notify,
    retired: AtomicUsize,
    left: Mutex<Vec<u64>>,
    window: AtomicUsize,
}

#[derive(Clone, Default)]
pub(crate) struct AtDesk(Arc<Desk>);

impl Handler for AtDesk {
    fn greet(&self, client: &HelloClient, _: u64) -> Result<(), Refusal> {
        if client.program == Program::Window && self.0.window.fetch_add(1, Ordering::SeqCst) > 0 {
            return Err(Refusal::new("window_open"));
        }
        Ok(())
    }

    fn retire(&self) {
        self.0.retired.fetch_add(1, Ordering::SeqCst);
    }

    async fn call(&self, request: RawRequest, connection: ConnectionInfo) -> Answer {
        let desk = &self.0;
        let Ok(request) = request.parse::<Value>() else {
            return Answer::NotUnderstood;
        };
        match request["do"].as_str() {
            Some("echo") => Answer::given(&request["text"]),
            Some("refuse") => Answer::error(&json!({"code": "no_account"})),
            Some("panic") => panic!("as asked"),
            Some("long") => Answer::given(&"x".repeat(kossori_link::limits::MAX_FRAME)),
            Some("wait") => {
                let now = desk.waiting.fetch_add(1, Ordering::SeqCst) + 1;
                desk.most_waiting.fetch_max(now, Ordering::SeqCst);
                desk.go_on.notified().await;
                desk.waiting.fetch_sub(1, Ordering::SeqCst);
                Answer::given(&"waited")
            }
            Some("wait_until_gone") => {
                connection.gone().await;
                desk.gone.notify_one();
                Answer::given(&())
            }
            _ => Answer::NotUnderstood,
        }
    }

    fn left(&self, connection: u64) {
        self.0.left.lock().unwrap().push(connection);
    }
}

pub(crate) fn host_of(protocol: u32, kind: HostKind) -> HelloHost {
    HelloHost {
        protocol,
        build: "host".into(),
        kind,
        data_dir_hash: None,
    }
}

pub(crate) fn client_of(protocol: u32, program: Program) -> HelloClient {
    HelloClient {
        protocol,
        build: "client".into(),
        program,
        data_dir_hash: None,
        shows: None,
    }
}

struct Running {
    folder: tempfile::TempDir,
    desk: Arc<Desk>,
    events: EventSender,
    stop: Option<oneshot::Sender<()>>,
    serving: JoinHandle<()>,
}

impl Running {
    fn start(kind: HostKind) -> Running {
        let folder = tempfile::tempdir().unwrap();
        let server = Server::bind(&folder.path().join("s")).unwrap();
        let (stop, stopped) = oneshot::channel();
        let desk = AtDesk::default();
        Running {
            events: server.events(),
            desk: desk.0.clone(),
            serving: tokio::spawn(server.serve(host_of(2, kind), desk, async {
                let _ = stopped.await;
            })),
            stop: Some(stop),
            folder,
        }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("s")
    }

    async fn client(&self) -> Client {
        Client::connect(&self.path(), client_of(2, Program::Command))
            .await
            .unwrap()
    }

    /// A connection that said hello and is otherwise by hand.
    async fn by_hand(&self) -> UnixStream {
        let mut stream = UnixStream::connect(self.path()).await.unwrap();
        let hello = json!({"hello": client_of(2, Program::Command)});
        stream.write_all(&frame(&hello.to_string())).await.unwrap();
        assert!(read_frame(&mut stream).await.unwrap()["hello"].is_object());
        stream
    }
}

pub(crate) fn frame(body: &str) -> Vec<u8> {
    let mut frame = (body.len() as u32).to_be_bytes().to_vec();
    frame.extend_from_slice(body.as_bytes());
    frame
}

/// `None`: the connection is over.
async fn read_frame(stream: &mut UnixStream) -> Option<Value> {
    let length = stream.read_u32().await.ok()?;
    let mut body = vec![0; length as usize];
    stream.read_exact(&mut body).await.ok()?;
    Some(serde_json::from_slice(&body).unwrap())
}

/// Lets everybody run until it is so; what never becomes so fails the test rather than hangs it.
async fn until(what: &str, so: impl Fn() -> bool) {
    for _ in 0..10_000 {
        if so() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    panic!("not within 10 s: {what}");
}

async fn echo(client: &Client, text: &str) -> String {
    client
        .call(&json!({"do": "echo", "text": text}))
        .await
        .unwrap()
        .parse()
        .unwrap()
}

#[tokio::test]
async fn calls_are_answered_refused_and_survive_what_the_handler_does() {
    let running = Running::start(HostKind::Resident);
    let client = running.client().await;
    assert_eq!(client.host(), &host_of(2, HostKind::Resident));
    assert_eq!(echo(&client, "こっそり").await, "こっそり");
    let long = "あ".repeat(kossori_link::limits::MAX_PICTURE_PIECE / 3 * 4 / 3);
    assert_eq!(echo(&client, &long).await, long, "as large as a picture's piece");
    for (ask, code) in [
        ("refuse", "no_account"),
        ("panic", "internal"),
        ("long", "answer_too_long"),
        ("?", "bad_request"),
    ] {
        let refused = client.call(&json!({"do": ask})).await;
        let Err(CallError::Refused(problem)) = refused else {
            panic!("{ask}: {refused:?}")
        };
        assert_eq!(problem.parse::<Value>().unwrap()["code"], code, "{ask}");
    }
    let too_long = client.call(&"x".repeat(kossori_link::limits::MAX_FRAME)).await;
    assert!(matches!(too_long, Err(CallError::Request(_))), "never sent");
    assert_eq!(echo(&client, "still there").await, "still there");
}

#[tokio::test]
async fn nobody_there_is_told_from_somebody_who_refuses() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s");
    let connect = |protocol, program| Client::connect(&path, client_of(protocol, program));
    assert!(
        matches!(connect(2, Program::Window).await, Err(ConnectError::NobodyThere)),
        "no file"
    );
    drop(StdListener::bind(&path).unwrap());
    assert!(
        matches!(connect(2, Program::Window).await, Err(ConnectError::NobodyThere)),
        "a dead host's file"
    );

    for (kind, protocol, code, retired) in [
        (HostKind::Resident, 3, "retiring", 1),
        (HostKind::Run, 3, "retiring", 1),
        (HostKind::Resident, 1, "updated_start_again", 0),
        (HostKind::Command, 2, "busy_retry", 0),
    ] {
        let running = Running::start(kind);
        let refused = Client::connect(&running.path(), client_of(protocol, Program::Window)).await;
        let Err(ConnectError::Refused(refusal)) = refused else {
            panic!("{kind:?} {protocol}")
        };
        assert_eq!(refusal.code, code);
        assert_eq!(
            running.desk.retired.load(Ordering::SeqCst),
            retired,
            "{kind:?} {protocol}"
        );
        assert!(
            running.desk.left.lock().unwrap().is_empty(),
            "who was not let in does not leave"
        );
    }
}

#[tokio::test]
async fn the_handler_decides_who_comes_in_and_hears_who_left() {
    let running = Running::start(HostKind::Resident);
    let window = Client::connect(&running.path(), client_of(2, Program::Window))
        .await
        .unwrap();
    let second = Client::connect(&running.path(), client_of(2, Program::Window)).await;
    assert!(matches!(second, Err(ConnectError::Refused(refusal)) if refusal.code == "window_open"));
    drop(window);
    until("the window has left", || {
        running.desk.left.lock().unwrap().len() == 1
    })
    .await;
}

#[tokio::test]
async fn a_client_waits_for_a_host_that_is_starting() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s");
    let hello = client_of(2, Program::Command);
    let host = async {
        tokio::task::yield_now().await;
        let server = Server::bind(&path).unwrap();
        server
            .serve(
                host_of(2, HostKind::Resident),
                AtDesk::default(),
                std::future::pending(),
            )
            .await;
    };
    tokio::select! {
        () = host => unreachable!(),
        client = Client::connect_within(&path, &hello, Duration::from_secs(5)) => { client.unwrap(); }
    }
    let given_up =
        Client::connect_within(&folder.path().join("none"), &hello, Duration::from_millis(30)).await;
    assert!(matches!(given_up, Err(ConnectError::NobodyThere)));
}

#[tokio::test]
async fn the_socket_is_private_replaces_a_dead_one_and_goes_with_its_server_only() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s");
    drop(StdListener::bind(&path).unwrap());
    let first = Server::bind(&path).unwrap();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let second = Server::bind(&path).unwrap();
    drop(first);
    assert!(path.exists(), "the second one's is not the first one's to remove");
    drop(second);
    assert!(!path.exists());
}

/// On a stopped clock that jumps when everybody waits, as the host does for the one that does not read.
#[tokio::test(start_paused = true)]
async fn events_reach_who_asked_and_who_does_not_read_is_closed() {
    let running = Running::start(HostKind::Resident);
    let (listening, silent) = (running.client().await, running.client().await);
    let mut events = listening.subscribe().await.unwrap();
    let mut deaf = running.by_hand().await;
    deaf.write_all(&frame(r#"{"id":1,"subscribe":true}"#))
        .await
        .unwrap();
    assert_eq!(
        read_frame(&mut deaf).await.unwrap(),
        json!({"id": 1, "answer": null})
    );

    let text = "x".repeat(20_000);
    let mut heard = 0;
    // More than the socket's buffer and the queue hold for the one that never reads.
    for n in 0..200 {
        running.events.send(&json!({"n": n, "text": text})).unwrap();
        let Next::Event(event) = events.next().await else {
            panic!("lost at {n}")
        };
        assert_eq!(event.parse::<Value>().unwrap()["n"], n);
        heard += 1;
    }
    assert_eq!(heard, 200);
    assert_eq!(echo(&silent, "ok").await, "ok");
    until("the deaf one is closed", || {
        !running.desk.left.lock().unwrap().is_empty()
    })
    .await;
    let mut read = 0;
    while read_frame(&mut deaf).await.is_some() {
        read += 1;
    }
    assert!(read < 200, "it was closed before the end: {read}");
    assert!(
        running.events.send(&"x".repeat(40_000)).is_err(),
        "an event says that, not what"
    );
}

#[tokio::test]
async fn four_requests_are_in_hand_and_the_fifth_waits() {
    let running = Running::start(HostKind::Resident);
    let client = running.client().await;
    let wait = json!({"do": "wait"});
    let calls = async {
        tokio::join!(
            client.call(&wait),
            client.call(&wait),
            client.call(&wait),
            client.call(&wait),
            client.call(&wait),
            client.call(&wait),
        )
    };
    let other = async {
        until("four wait", || running.desk.waiting.load(Ordering::SeqCst) == 4).await;
        assert_eq!(
            echo(&running.client().await, "a").await,
            "a",
            "other connections are not concerned"
        );
        for _ in 0..6 {
            running.desk.go_on.notify_one();
            let client = running.client().await;
            echo(&client, "a turn for everybody").await;
        }
    };
    let (answers, ()) = tokio::join!(calls, other);
    assert!(answers.0.is_ok() && answers.5.is_ok());
    assert_eq!(running.desk.most_waiting.load(Ordering::SeqCst), 4);
}

#[tokio::test]
async fn at_the_end_what_is_in_hand_is_answered_and_the_socket_goes_at_once() {
    let mut running = Running::start(HostKind::Resident);
    let client = running.client().await;
    let end = async {
        until("it waits", || running.desk.waiting.load(Ordering::SeqCst) == 1).await;
        running.stop.take().unwrap().send(()).unwrap();
        until("the socket has gone", || {
            !running.folder.path().join("s").exists()
        })
        .await;
        running.desk.go_on.notify_one();
    };
    let wait = json!({"do": "wait"});
    let (answer, ()) = tokio::join!(client.call(&wait), end);
    assert_eq!(answer.unwrap().parse::<String>().unwrap(), "waited");
    running.serving.await.unwrap();
    assert!(matches!(client.call(&wait).await, Err(CallError::Gone(None))));
}

#[tokio::test]
async fn a_request_hears_that_its_client_has_gone_and_runs_to_its_end() {
    let running = Running::start(HostKind::Resident);
    let client = running.client().await;
    let ask = json!({"do": "wait_until_gone"});
    let given_up = tokio::time::timeout(Duration::from_millis(20), client.call(&ask)).await;
    assert!(given_up.is_err());
    assert_eq!(
        echo(&client, "fine").await,
        "fine",
        "an answer given up leaves the connection whole"
    );
    drop(client);
    tokio::time::timeout(Duration::from_secs(2), running.desk.gone.notified())
        .await
        .unwrap();
}

#[tokio::test]
async fn rubbish_gets_one_word_and_the_end() {
    let running = Running::start(HostKind::Resident);
    for rubbish in [
        frame("no json"),
        frame("[1,2]"),
        frame(r#"{"id":1}"#),
        frame(r#"{"request":{}}"#),
        vec![0, 0, 0, 0],
        vec![0xff; 64],
    ] {
        let mut stream = running.by_hand().await;
        stream.write_all(&rubbish).await.unwrap();
        let said = read_frame(&mut stream).await;
        assert_eq!(
            said,
            Some(json!({"refuse": {"code": "bad_frame"}})),
            "{rubbish:?}"
        );
        assert_eq!(read_frame(&mut stream).await, None);
    }
    let mut stream = running.by_hand().await;
    for id in 0..3 {
        stream
            .write_all(&frame(&json!({"id": id, "request": {"do": "?"}}).to_string()))
            .await
            .unwrap();
        assert_eq!(
            read_frame(&mut stream).await.unwrap()["error"]["code"],
            "bad_request"
        );
    }
    stream
        .write_all(&frame(r#"{"id":9,"request":{"do":"echo"}}"#))
        .await
        .unwrap();
    assert_eq!(
        read_frame(&mut stream).await,
        Some(json!({"refuse": {"code": "bad_frame"}}))
    );
}

/// On a stopped clock that jumps when everybody waits.
#[tokio::test(start_paused = true)]
async fn whoever_stops_half_way_is_closed_and_whoever_is_idle_is_not() {
    let running = Running::start(HostKind::Resident);
    let idle = running.client().await;
    let mut mute = UnixStream::connect(running.path()).await.unwrap();
    let began = tokio::time::Instant::now();
    assert_eq!(read_frame(&mut mute).await, None);
    assert_eq!(began.elapsed().as_secs(), 2, "no hello");

    let mut half = running.by_hand().await;
    let began = tokio::time::Instant::now();
    half.write_all(&frame(&"x".repeat(1000))[..500]).await.unwrap();
    assert_eq!(read_frame(&mut half).await, None);
    assert_eq!(began.elapsed().as_secs(), 5, "half a frame");

    tokio::time::sleep(Duration::from_secs(3600)).await;
    assert_eq!(echo(&idle, "an hour later").await, "an hour later");
}
