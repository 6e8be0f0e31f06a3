//! Named points at which a process can be killed. The engine touches the world through its ports alone, so every port is
//! wrapped, and each call of one has a point before it and one after it: every await between two transitions lies
//! between two points. Commits are named by the steps that they write. Nothing of this is in the programs.

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use kossori_core::answer::{Answer, Refusal};
use kossori_engine::ports::CallError;
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;

mod keyring;
mod ports;
mod steps;

pub use keyring::FileVault;
pub use ports::{WatchedClock, WatchedVault};
pub use steps::{Written, legal_steps, named};

/// What the process is at: bringing to an end what it found, or a story of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Phase {
    Recovery,
    Story,
}

/// The `passage`-th time, from 1, that a process comes by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Point {
    pub phase: Phase,
    pub name: String,
    pub passage: u32,
}

/// A call that is answered here and never made: what no server of the tests can be brought to say at that moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    /// `post`, `freeze`, `upload`.
    pub to: String,
    /// So many of these calls are made before.
    pub after: u32,
    pub word: Word,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Word {
    NeverLeft,
    Token,
    Refused,
}

impl Word {
    pub fn answer(self) -> Answer {
        let refused = |status, kind| Answer::Refused {
            status,
            kind,
            code: "scripted".to_owned(),
            words: "as the test says".to_owned(),
        };
        match self {
            Word::NeverLeft => Answer::NeverLeft,
            Word::Token => refused(401, Refusal::Token),
            Word::Refused => refused(422, Refusal::Other),
        }
    }

    pub fn error(self) -> CallError {
        let (code, words) = ("scripted".to_owned(), "as the test says".to_owned());
        match self {
            Word::NeverLeft => CallError::Offline,
            Word::Token => CallError::Token { code, words },
            Word::Refused => CallError::Refused {
                status: 422,
                code,
                words,
            },
        }
    }
}

/// What a process that is going to be killed tells whoever kills it: a line each in a file, so that nothing is lost.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Told {
    /// The request that queued it was answered.
    Queued {
        delivery: String,
        text: String,
    },
    /// Nothing was open from the one moment to the other, both in milliseconds since 1970.
    Shut {
        from: i64,
        to: i64,
    },
    /// Told right before the end.
    Killed(Point),
    /// All that was passed, in order, and the steps that were committed.
    Passed {
        points: Vec<Point>,
        written: Vec<Written>,
    },
    Row(Row),
    Done,
    Failed(String),
}

/// A delivery as the folder has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    pub delivery: String,
    pub account: String,
    pub state: String,
    pub text: String,
    pub parts_sent: u32,
    /// The journal's events of it, oldest first.
    pub events: Vec<String>,
}

pub struct Points {
    report: PathBuf,
    state: Mutex<State>,
    reached: Notify,
    released: Notify,
    committed: Notify,
}

struct State {
    phase: Phase,
    passages: BTreeMap<String, u32>,
    passed: Vec<Point>,
    written: Vec<Written>,
    /// The last state that was committed of a delivery.
    states: BTreeMap<String, &'static str>,
    armed: Option<Point>,
    /// Whoever comes by here waits.
    held: Option<String>,
    waits: bool,
    said: Vec<Said>,
}

impl Points {
    pub fn new(report: &Path, armed: Option<Point>) -> Arc<Points> {
        let state = State {
            phase: Phase::Recovery,
            passages: BTreeMap::new(),
            passed: Vec::new(),
            written: Vec::new(),
            states: BTreeMap::new(),
            armed,
            held: None,
            waits: false,
            said: Vec::new(),
        };
        Arc::new(Points {
            report: report.to_owned(),
            state: Mutex::new(state),
            reached: Notify::new(),
            released: Notify::new(),
            committed: Notify::new(),
        })
    }

    /// All ports but those that the machine brings, which are wrapped before the host has them.
    pub fn around(self: &Arc<Points>) -> kossori_host::Between {
        let points = Arc::clone(self);
        Arc::new(move |ports| ports::wrapped(ports, &points))
    }

    pub fn begin_story(&self, said: &[Said]) {
        let mut state = self.lock();
        state.phase = Phase::Story;
        state.passages.clear();
        state.said = said.to_vec();
    }

    /// The next one who comes by `name` waits there for [`Points::release`].
    pub fn hold_at(&self, name: &str) {
        self.lock().held = Some(name.to_owned());
    }

    pub async fn somebody_waits(&self) {
        loop {
            let mut reached = std::pin::pin!(self.reached.notified());
            reached.as_mut().enable();
            if self.lock().waits {
                return;
            }
            reached.await;
        }
    }

    pub fn release(&self) {
        let mut state = self.lock();
        state.held = None;
        state.waits = false;
        drop(state);
        self.released.notify_waiters();
    }

    /// Until the delivery is committed in one of these states; asks nobody, so it costs nothing.
    pub async fn until(&self, delivery: &str, wanted: &[&str]) -> &'static str {
        loop {
            let mut committed = std::pin::pin!(self.committed.notified());
            committed.as_mut().enable();
            let state = self.lock().states.get(delivery).copied();
            match state {
                Some(state) if wanted.contains(&state) => return state,
                _ => committed.await,
            }
        }
    }

    pub fn tell(&self, told: &Told) {
        let line = serde_json::to_string(told).expect("what is told is JSON") + "\n";
        let file = OpenOptions::new().create(true).append(true).open(&self.report);
        file.and_then(|mut file| file.write_all(line.as_bytes()))
            .expect("the report is written");
    }

    pub fn tell_passed(&self) {
        let state = self.lock();
        let told = Told::Passed {
            points: state.passed.clone(),
            written: state.written.clone(),
        };
        drop(state);
        self.tell(&told);
    }

    pub fn passages(&self, name: &str) -> u32 {
        self.lock().passages.get(name).copied().unwrap_or(0)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn count(&self, name: &str) -> bool {
        let mut state = self.lock();
        let passage = state.passages.entry(name.to_owned()).or_default();
        *passage += 1;
        let point = Point {
            passage: *passage,
            phase: state.phase,
            name: name.to_owned(),
        };
        if state.armed.as_ref() == Some(&point) {
            self.tell(&Told::Killed(point));
            die();
        }
        let held = state.held.as_deref() == Some(name);
        if held {
            state.waits = true;
        }
        state.passed.push(point);
        held
    }

    pub(self) async fn pass(&self, name: &str) {
        let mut released = std::pin::pin!(self.released.notified());
        released.as_mut().enable();
        if self.count(name) {
            self.reached.notify_waiters();
            released.await;
        }
    }

    pub(self) fn pass_at_once(&self, name: &str) {
        self.count(name);
    }

    pub(self) fn write_down(&self, written: Vec<Written>, states: Vec<(String, &'static str)>) {
        let mut state = self.lock();
        state.written.extend(written);
        state.states.extend(states);
        drop(state);
        self.committed.notify_waiters();
    }

    /// What this call is answered instead of being made.
    pub(self) fn said_to(&self, call: &str) -> Option<Word> {
        let mut state = self.lock();
        let index = state.said.iter().position(|said| said.to == call)?;
        if state.said[index].after > 0 {
            state.said[index].after -= 1;
            return None;
        }
        Some(state.said.remove(index).word)
    }
}

/// As by `kill -9`: nothing of the process runs on, not even the other threads.
fn die() -> ! {
    let us = rustix::process::getpid();
    rustix::process::kill_process(us, rustix::process::Signal::KILL).expect("one may kill oneself");
    loop {
        std::thread::park();
    }
}

/// Every line that was told. A process that was killed while it wrote one leaves half of it, which is none.
pub fn told(report: &Path) -> Vec<Told> {
    let text = std::fs::read_to_string(report).unwrap_or_default();
    text.lines()
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect()
}
