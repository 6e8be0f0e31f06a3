//! The one window of a folder: whether it is there, and starting it when a person clicks (RULES.md 8).
//!
//! A click while one is there goes to it; the first click without one starts it; clicks while it is starting start
//! nothing. The last click waits until the window listens, so that it opens where the person clicked.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use kossori_api::Event;
use tokio::sync::Notify;

use crate::host::Host;

/// A window that has not said hello by then may be started once more.
const STARTS_FOR: Duration = Duration::from_secs(10);
/// A window that is to end saves what was typed in the last second before it does.
const LEAVES_WITHIN: Duration = Duration::from_secs(3);
/// What a window says that comes back to a host: it shows what it shows already.
const NOTHING: &str = "nothing";

/// The window's program. Tests count how often it is started.
#[async_trait]
pub trait WindowProgram: Send + Sync {
    /// Starts it; ends when it has ended, at once if it could not be started.
    async fn run(&self, what: What) -> Ended;
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    Well,
    /// With an error, or it could not be started at all.
    Badly,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    Compose,
    Main,
}

impl What {
    /// What a newcomer was opened for; an older one does not say. `None`: nothing, it has only come back.
    pub(crate) fn of(name: Option<&str>) -> Option<What> {
        match name {
            Some(NOTHING) => None,
            Some("main") => Some(What::Main),
            _ => Some(What::Compose),
        }
    }

    fn as_str(self) -> &'static str {
        match self {
            What::Compose => "compose",
            What::Main => "main",
        }
    }
}

#[derive(Clone, Copy)]
struct Show {
    what: What,
    at: Option<(i32, i32)>,
}

impl Show {
    fn event(self) -> Event {
        Event::Show {
            what: self.what.as_str().to_owned(),
            x: self.at.map(|(x, _)| x),
            y: self.at.map(|(_, y)| y),
        }
    }
}

pub(crate) struct Windows {
    program: Arc<dyn WindowProgram>,
    known: Mutex<Known>,
    went: Notify,
}

#[derive(Default)]
struct Known {
    /// The window's connection.
    window: Option<u64>,
    listens: bool,
    /// Counted up with each start; `Some` while that one may still come.
    starting: Option<u64>,
    starts: u64,
    /// How many starts there were when a window last said hello.
    came: u64,
    /// The last start came to nothing, and no window has come since.
    not_opened: bool,
    /// What the window is to show once it listens.
    wanted: Option<Show>,
}

/// What a click comes to.
enum Todo {
    Tell(Event),
    Start(u64),
    Wait,
}

impl Windows {
    pub fn new(program: Arc<dyn WindowProgram>) -> Windows {
        Windows {
            program,
            known: Mutex::default(),
            went: Notify::new(),
        }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A window said hello. `false`: there is one already.
    pub fn comes(&self, connection: u64) -> bool {
        let mut known = self.known();
        if known.window.is_some() {
            return false;
        }
        known.window = Some(connection);
        known.listens = false;
        known.starting = None;
        known.came = known.starts;
        true
    }

    /// It hears events from now on; answers what it is to be told first.
    pub fn listens(&self, connection: u64) -> Option<Event> {
        let mut known = self.known();
        if known.window != Some(connection) {
            return None;
        }
        known.listens = true;
        known.wanted.take().map(Show::event)
    }

    pub fn left(&self, connection: u64) {
        let mut known = self.known();
        if known.window == Some(connection) {
            known.window = None;
            known.wanted = None;
            self.went.notify_waiters();
        }
    }

    /// Ends when no window is connected.
    async fn all_gone(&self) {
        loop {
            let went = self.went.notified();
            if self.known().window.is_none() {
                return;
            }
            went.await;
        }
    }

    /// Answers whether that is news.
    fn opened(&self) -> bool {
        std::mem::take(&mut self.known().not_opened)
    }

    /// The program of a start has ended. Answers whether it is news that the window did not open.
    fn ended(&self, start: u64, ended: Ended) -> bool {
        let mut known = self.known();
        let in_vain = ended == Ended::Badly && known.came < start;
        in_vain && !std::mem::replace(&mut known.not_opened, true)
    }

    fn is_there(&self) -> bool {
        let known = self.known();
        known.window.is_some() || known.starting.is_some()
    }

    fn click(&self, show: Show) -> Todo {
        let mut known = self.known();
        if known.window.is_some() && known.listens {
            return Todo::Tell(show.event());
        }
        known.wanted = Some(show);
        if known.window.is_some() || known.starting.is_some() {
            return Todo::Wait;
        }
        known.starts += 1;
        known.starting = Some(known.starts);
        Todo::Start(known.starts)
    }

    /// The start is not waited for any longer. A window that died on its way shows nothing when the next one comes.
    fn gave_up(&self, start: u64, died: bool) {
        let mut known = self.known();
        if known.starting == Some(start) {
            known.starting = None;
            if died {
                known.wanted = None;
            }
        }
    }
}

impl Host {
    /// The person quits, or the session ends: the window goes first, with what it still has to save, then the host.
    pub async fn leave(&self) {
        self.tell(Event::Leaving);
        // One that cannot save stays with its text, and starts nobody.
        let _ = tokio::time::timeout(LEAVES_WITHIN, self.windows.all_gone()).await;
        self.retire();
    }

    /// Shown, kept warm, or starting: only the window knows which.
    pub fn window_is_there(&self) -> bool {
        self.windows.is_there()
    }

    /// What a person clicked for did not open, until a window comes.
    pub fn window_did_not_open(&self) -> bool {
        self.windows.known().not_opened
    }

    /// A window said hello. `false`: there is one already.
    pub(crate) fn window_comes(&self, connection: u64) -> bool {
        let comes = self.windows.comes(connection);
        if comes && self.windows.opened() {
            self.tell(Event::Changed);
        }
        comes
    }

    /// Brings the window to the front, or starts it: at once, whatever the keyring does. `at`: where the person
    /// clicked.
    pub fn show(self: &Arc<Host>, what: What, at: Option<(i32, i32)>) {
        match self.windows.click(Show { what, at }) {
            Todo::Tell(event) => self.tell(event),
            Todo::Wait => {}
            Todo::Start(start) => {
                let host = Arc::clone(self);
                tokio::spawn(async move {
                    let program = Arc::clone(&host.windows.program);
                    let mut runs = program.run(what);
                    let died = tokio::time::timeout(STARTS_FOR, &mut runs).await;
                    host.windows.gave_up(start, died.is_ok());
                    let ended = match died {
                        Ok(ended) => ended,
                        // Nobody else would notice that it ended.
                        Err(_) => runs.await,
                    };
                    if host.windows.ended(start, ended) {
                        host.tell(Event::Changed);
                    }
                });
            }
        }
    }
}

/// The program `kossori` beside the one that runs.
pub(crate) struct Beside {
    data_dir: PathBuf,
}

impl Beside {
    pub fn new(data_dir: &Path) -> Beside {
        Beside {
            data_dir: data_dir.to_owned(),
        }
    }
}

#[async_trait]
impl WindowProgram for Beside {
    async fn run(&self, what: What) -> Ended {
        const NAME: &str = if cfg!(windows) { "kossori.exe" } else { "kossori" };
        let Ok(ours) = std::env::current_exe() else {
            return Ended::Badly;
        };
        // What it is to show, and the folder: never a text or a handle, which every process could read there.
        let child = tokio::process::Command::new(ours.with_file_name(NAME))
            .arg(match what {
                What::Compose => "--compose",
                What::Main => "--main",
            })
            .arg("--data-dir")
            .arg(&self.data_dir)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        let ended = match child {
            Ok(mut child) => child.wait().await,
            Err(error) => Err(error),
        };
        match ended {
            Ok(status) if status.success() => Ended::Well,
            Ok(_) => Ended::Badly,
            Err(error) => {
                tracing::warn!(%error, "the window could not be started");
                Ended::Badly
            }
        }
    }
}

#[cfg(test)]
#[path = "windows_tests.rs"]
mod tests;
