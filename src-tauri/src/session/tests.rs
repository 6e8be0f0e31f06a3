//! A host of the test's own on a socket of its own; what the session says is looked at as it comes.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use kossori_api::{Code, Event, PROTOCOL, Problem};
use kossori_link::{
    Answer, ConnectionInfo, Environment, EventSender, Handler, HelloClient, HelloHost, HostKind, Program,
    RawRequest, Refusal, Server, socket_path,
};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::{House, Refused, Session, Told, live};
use crate::page::{Connection, What};

/// Long enough for a machine that is busy; nothing waits for it that goes right.
pub const LIMIT: Duration = Duration::from_secs(20);

/// What the host does with a request.
#[derive(Clone, Copy, PartialEq)]
pub enum Manner {
    /// Answers with the request itself.
    Echoes,
    /// Refuses with a code that nobody knows.
    Refuses,
    /// Of an older version: it does not know the request.
    IsOld,
    /// Never answers.
    Sulks,
}

/// What each is, and was opened for.
pub type Newcomers = Arc<Mutex<Vec<(Program, Option<String>)>>>;

#[derive(Clone)]
struct Desk {
    manner: Manner,
    greeting: Option<&'static str>,
    /// The calls as they came.
    came: mpsc::UnboundedSender<Value>,
    newcomers: Newcomers,
}

impl Handler for Desk {
    fn greet(&self, client: &HelloClient, _connection: u64) -> Result<(), Refusal> {
        let newcomer = (client.program, client.shows.clone());
        self.newcomers.lock().unwrap().push(newcomer);
        self.greeting.map_or(Ok(()), |code| Err(Refusal::new(code)))
    }

    fn retire(&self) {}

    async fn call(&self, request: RawRequest, connection: ConnectionInfo) -> Answer {
        let call: Value = request.parse().unwrap();
        let _ = self.came.send(call.clone());
        match self.manner {
            Manner::Echoes => Answer::given(&json!({ "done": call["request"] })),
            Manner::Refuses => Answer::given(&json!({ "refused": { "code": "from_the_future" } })),
            Manner::IsOld => Answer::NotUnderstood,
            Manner::Sulks => {
                connection.gone().await;
                Answer::given(&Value::Null)
            }
        }
    }
}

pub struct Place {
    base: TempDir,
    house: House,
}

impl Place {
    pub fn new() -> Place {
        let base = tempfile::tempdir().unwrap();
        for name in ["data", "runtime"] {
            fs::create_dir(base.path().join(name)).unwrap();
        }
        let house = House {
            data_dir: base.path().join("data"),
            resident: base.path().join("kossorid"),
            environment: Environment {
                xdg_runtime_dir: Some(base.path().join("runtime")),
                ..Environment::of_process()
            },
            what: What::Main,
        };
        Place { base, house }
    }

    /// A resident that notes that it was started, and with what.
    pub fn has_a_resident(&self) {
        let script = format!(
            "#!/bin/sh\nprintf '%s\\n' \"$*\" >> '{}'\n",
            self.base.path().join("started").display()
        );
        fs::write(&self.house.resident, script).unwrap();
        fs::set_permissions(&self.house.resident, fs::Permissions::from_mode(0o755)).unwrap();
    }

    pub fn started(&self) -> Vec<String> {
        let noted = fs::read_to_string(self.base.path().join("started")).unwrap_or_default();
        noted.lines().map(str::to_owned).collect()
    }

    pub fn host(&self, manner: Manner) -> Playing {
        self.host_of(PROTOCOL, manner, None)
    }

    pub fn host_of(&self, protocol: u32, manner: Manner, greeting: Option<&'static str>) -> Playing {
        let folder = self.house.data_dir.canonicalize().unwrap();
        let server = Server::bind(&socket_path(&folder, &self.house.environment).unwrap()).unwrap();
        let (came, calls) = mpsc::unbounded_channel();
        let newcomers = Arc::default();
        let desk = Desk {
            manner,
            greeting,
            came,
            newcomers: Arc::clone(&newcomers),
        };
        let hello = HelloHost {
            protocol,
            build: "test".to_owned(),
            kind: HostKind::Resident,
            data_dir_hash: None,
        };
        let events = server.events();
        let (stop, stopped) = oneshot::channel::<()>();
        let serving = tokio::spawn(server.serve(hello, desk, async {
            let _ = stopped.await;
        }));
        Playing {
            calls,
            events,
            newcomers,
            stop,
            serving,
        }
    }

    pub fn session(&self) -> (Session, Saying) {
        let (session, asked) = Session::new();
        let (tell, told) = mpsc::unbounded_channel();
        let house = self.house.clone();
        let living = tokio::spawn(live(house, asked, move |what| drop(tell.send(what))));
        (session, Saying { told, living })
    }
}

pub struct Playing {
    pub calls: mpsc::UnboundedReceiver<Value>,
    pub events: EventSender,
    pub newcomers: Newcomers,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<()>,
}

impl Playing {
    pub async fn call(&mut self) -> Value {
        timeout(LIMIT, self.calls.recv())
            .await
            .expect("no call came")
            .unwrap()
    }

    /// As a host does that is killed.
    pub async fn dies(self) {
        drop(self.stop);
        self.serving.abort();
        let _ = self.serving.await;
    }
}

pub struct Saying {
    told: mpsc::UnboundedReceiver<Told>,
    pub living: JoinHandle<()>,
}

impl Saying {
    pub async fn next(&mut self) -> Told {
        timeout(LIMIT, self.told.recv())
            .await
            .expect("it says nothing")
            .unwrap()
    }

    pub async fn says(&mut self, expected: &[Connection]) {
        for state in expected {
            assert_eq!(self.next().await, Told::Connection(*state));
        }
    }
}

use Connection::{Connected, Starting};

#[tokio::test]
async fn requests_answers_and_events_pass_through() {
    let place = Place::new();
    let mut host = place.host(Manner::Echoes);
    let (session, mut saying) = place.session();
    saying.says(&[Starting, Connected]).await;
    assert_eq!(
        *host.newcomers.lock().unwrap(),
        [(Program::Window, Some("main".to_owned()))]
    );

    let answer = session.ask(json!({ "do": "draft_show", "id": "d1" })).await;
    assert_eq!(answer, Ok(json!({ "do": "draft_show", "id": "d1" })));
    let call = host.call().await;
    let id = uuid::Uuid::parse_str(call["request_id"].as_str().unwrap()).unwrap();
    assert_eq!(id.get_version_num(), 7);

    host.events.send(&Event::Changed).unwrap();
    assert_eq!(saying.next().await, Told::Event(json!({ "event": "changed" })));
    host.events
        .send(&json!({ "event": "show", "what": "main", "x": 1200, "y": 4 }))
        .unwrap();
    let (what, at) = (What::Main, Some((1200, 4)));
    assert_eq!(saying.next().await, Told::Show { what, at });
    host.events
        .send(&json!({ "event": "show", "what": "compose", "x": null, "y": null }))
        .unwrap();
    let (what, at) = (What::Compose, None);
    assert_eq!(saying.next().await, Told::Show { what, at });
    host.events.send(&Event::Hide).unwrap();
    assert_eq!(saying.next().await, Told::Hide);
}

#[tokio::test]
async fn a_refusal_is_passed_on_and_what_api_lacks_does_not_leave() {
    let place = Place::new();
    let mut host = place.host(Manner::Refuses);
    let (session, mut saying) = place.session();
    saying.says(&[Starting, Connected]).await;

    for request in [
        json!({ "do": "read_everything" }),
        json!({ "do": "draft_show" }),
        json!("status"),
        json!([]),
    ] {
        let refused = session.ask(request).await.unwrap_err();
        assert_eq!(
            serde_json::to_value(&refused).unwrap(),
            json!({ "code": "not_understood" }),
        );
    }
    let refused = session.ask(json!({ "do": "status" })).await.unwrap_err();
    assert_eq!(
        serde_json::to_value(&refused).unwrap(),
        json!({ "code": "from_the_future" })
    );
    assert_eq!(
        host.call().await["request"]["do"],
        "status",
        "and nothing came before it"
    );
}

#[tokio::test]
async fn a_host_that_does_not_know_a_request_is_not_called_gone() {
    let place = Place::new();
    let _host = place.host(Manner::IsOld);
    let (session, mut saying) = place.session();
    saying.says(&[Starting, Connected]).await;
    let refused = session.ask(json!({ "do": "status" })).await.unwrap_err();
    assert_eq!(refused, Code::NotUnderstood.into());
}

#[tokio::test]
async fn a_host_that_dies_is_started_again_and_asked_again_under_the_same_id() {
    let place = Place::new();
    place.has_a_resident();
    let mut host = place.host(Manner::Sulks);
    let (session, mut saying) = place.session();
    saying.says(&[Starting, Connected]).await;
    let asking = tokio::spawn(session.ask(json!({ "do": "pause", "duration": "1h", "until": null })));
    let first = host.call().await;
    host.dies().await;
    saying.says(&[Starting]).await;

    while place.started().is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let mut host = place.host(Manner::Echoes);
    saying.says(&[Connected]).await;
    let second = host.call().await;
    assert_eq!(second, first, "the same request under the same id");
    assert_eq!(asking.await.unwrap(), Ok(first["request"].clone()));
    let folder = place.house.data_dir.display();
    assert_eq!(place.started(), [format!("--data-dir {folder}")]);
}

#[tokio::test]
async fn what_two_hosts_left_unanswered_is_given_back() {
    let place = Place::new();
    place.has_a_resident();
    let mut host = place.host(Manner::Sulks);
    let (session, mut saying) = place.session();
    saying.says(&[Starting, Connected]).await;
    let asking = tokio::spawn(session.ask(json!({ "do": "resume" })));
    host.call().await;
    host.dies().await;
    let mut host = place.host(Manner::Sulks);
    saying.says(&[Starting, Connected]).await;
    host.call().await;
    host.dies().await;
    let refused = timeout(LIMIT, asking).await.unwrap().unwrap();
    assert_eq!(refused, Err(Refused::Problem(Code::HostGone.into())));
}

#[tokio::test]
async fn without_a_resident_it_is_gone_and_says_so_at_once() {
    let place = Place::new();
    let (session, mut saying) = place.session();
    saying.says(&[Starting]).await;
    assert_eq!(saying.next().await, Told::Gone(Problem::new(Code::HostGone)));
    let refused = timeout(LIMIT, session.ask(json!({ "do": "status" })))
        .await
        .unwrap();
    assert_eq!(refused, Err(Refused::Problem(Code::HostGone.into())));
}

#[tokio::test]
async fn what_was_asked_while_it_starts_is_answered_then() {
    let place = Place::new();
    place.has_a_resident();
    let (session, mut saying) = place.session();
    let asking = tokio::spawn(session.ask(json!({ "do": "status" })));
    saying.says(&[Starting]).await;
    while place.started().is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let _host = place.host(Manner::Echoes);
    saying.says(&[Connected]).await;
    let answered = timeout(LIMIT, asking).await.unwrap().unwrap();
    assert_eq!(answered, Ok(json!({ "do": "status" })));
}

#[tokio::test]
async fn a_second_window_ends() {
    let place = Place::new();
    let _host = place.host_of(PROTOCOL, Manner::Echoes, Some("window_open"));
    let (_session, mut saying) = place.session();
    saying.says(&[Starting]).await;
    assert_eq!(saying.next().await, Told::OtherWindow);
    timeout(LIMIT, saying.living).await.expect("it ends").unwrap();
}

#[tokio::test]
async fn a_host_of_a_newer_version_is_told_of_as_such() {
    let place = Place::new();
    let _host = place.host_of(PROTOCOL + 1, Manner::Echoes, None);
    let (session, mut saying) = place.session();
    saying.says(&[Starting]).await;
    let problem = Problem::new(Code::UpdatedStartAgain);
    assert_eq!(saying.next().await, Told::Gone(problem.clone()));
    let refused = session.ask(json!({ "do": "status" })).await;
    assert_eq!(refused, Err(Refused::Problem(problem)));
}

#[tokio::test]
async fn a_host_that_retires_makes_room_for_a_new_one() {
    let place = Place::new();
    place.has_a_resident();
    let host = place.host_of(PROTOCOL, Manner::Echoes, Some("retiring"));
    let (_session, mut saying) = place.session();
    saying.says(&[Starting]).await;
    while host.newcomers.lock().unwrap().is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert!(place.started().is_empty(), "nobody is started while one is there");
    host.dies().await;
    while place.started().is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let _host = place.host(Manner::Echoes);
    saying.says(&[Connected]).await;
}

#[tokio::test]
async fn it_ends_with_the_page() {
    let place = Place::new();
    let _host = place.host(Manner::Echoes);
    let (session, mut saying) = place.session();
    saying.says(&[Starting, Connected]).await;
    drop(session);
    timeout(LIMIT, saying.living).await.expect("it ends").unwrap();
}
