//! A host from its start to its end.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use kossori_api::{Code, Event, Problem, ShortcutsView};
use kossori_engine::ports::{Attention, Autostart, Clock, Ids, Media, Vault};
use kossori_engine::{Engine, Ports, Role, Settings};
use kossori_vault::Keyring;
use tokio::sync::{Mutex as AsyncMutex, Notify, broadcast, watch};
use tokio::time::Instant;

use crate::autostart::{self, NotHere};
use crate::clock::{SystemClock, SystemIds};
use crate::folder::{Folder, FolderError};
use crate::in_hand::InHand;
use crate::logind::{self, Signs};
use crate::memory_vault::MemoryVault;
use crate::open::{self, Opened, Parts};
use crate::uploads::Uploads;
use crate::way_back::{self, Known};
use crate::windows::{Beside, WindowProgram, Windows};

/// Events kept for a listener that does not look; one that misses some looks at the whole again.
const EVENTS_KEPT: usize = 64;
/// A folder that did not open just now is not tried again for each of the requests that come together.
const TRIED_JUST_NOW: Duration = Duration::from_secs(1);

/// Where the folder lives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Storage {
    Disk,
    /// Key and folder in memory, practice only: `run --ephemeral`.
    Memory,
}

#[derive(Clone, Debug)]
pub struct Options {
    pub data_dir: PathBuf,
    pub role: Role,
    pub storage: Storage,
    pub settings: Settings,
    /// May opening the folder make the system ask the person? Only for what a person typed or clicked to that end.
    pub attention: Attention,
}

/// What a host has from the machine that it runs on. Tests bring their own.
pub struct Machine {
    pub clock: Arc<dyn Clock>,
    pub vault: Arc<dyn Vault>,
    pub signs: Signs,
    pub window: Arc<dyn WindowProgram>,
    pub autostart: Arc<dyn Autostart>,
    /// What stands between the engine and its ports: nothing, but for tests that watch or stop it there.
    pub between: Option<Between>,
}

pub type Between = Arc<dyn Fn(Ports) -> Ports + Send + Sync>;

impl Machine {
    fn real(options: &Options) -> Machine {
        let storage = &options.storage;
        Machine {
            clock: Arc::new(SystemClock),
            vault: match storage {
                Storage::Disk => Arc::new(Keyring::new("kossori")),
                Storage::Memory => Arc::new(MemoryVault::default()),
            },
            signs: logind::signs(),
            window: Arc::new(Beside::new(&options.data_dir)),
            autostart: match storage {
                Storage::Disk => autostart::of_machine(&options.data_dir).into(),
                Storage::Memory => Arc::new(NotHere),
            },
            between: None,
        }
    }
}

#[derive(Debug)]
pub enum HostError {
    /// Another process holds the folder.
    Taken,
    Problem(Problem),
}

impl From<Problem> for HostError {
    fn from(problem: Problem) -> HostError {
        HostError::Problem(problem)
    }
}

pub struct Host {
    pub(crate) options: Options,
    /// `None` in memory.
    pub(crate) folder: Option<Folder>,
    pub(crate) parts: Parts,
    pub(crate) opened: AsyncMutex<Option<Arc<Opened>>>,
    /// That of `opened`, for those who wait for it. Another one takes its place when a backup is restored.
    pub(crate) engine: watch::Sender<Option<Arc<Engine>>>,
    way_back: AsyncMutex<Known>,
    /// Why it is not open, and when that was found.
    shut: Mutex<Option<(Problem, Instant)>>,
    pub(crate) retire: Notify,
    pub(crate) signs: AsyncMutex<Signs>,
    /// A request was answered, or somebody left: there is something to rest from.
    pub(crate) asked: Notify,
    /// What is told to whoever listens, in this process and at the socket.
    pub(crate) told: broadcast::Sender<Event>,
    pub(crate) windows: Windows,
    pub(crate) in_hand: InHand,
    pub(crate) uploads: Uploads,
    /// What the resident knows of its icon.
    tray: Mutex<Option<bool>>,
    /// And of keys that are heard everywhere.
    shortcuts: Mutex<Option<ShortcutsView>>,
}

impl Host {
    /// Takes the folder and opens it. A resident or `run` whose keyring is locked hosts all the same and waits for it;
    /// a command says so and ends.
    pub async fn open(options: Options) -> Result<Arc<Host>, HostError> {
        let machine = Machine::real(&options);
        Host::open_on(options, machine).await
    }

    pub async fn open_on(options: Options, machine: Machine) -> Result<Arc<Host>, HostError> {
        let host = Host::take(options, machine)?;
        match host.try_open(host.options.attention).await {
            Ok(_) => Ok(host),
            Err(problem) if host.waits_for(&problem) => Ok(host),
            Err(problem) => Err(problem.into()),
        }
    }

    /// Takes the folder and leaves it shut: `serve_and_open` goes on. A resident is there before its keyring answers.
    pub(crate) fn begin(options: Options) -> Result<Arc<Host>, HostError> {
        let machine = Machine::real(&options);
        Host::take(options, machine)
    }

    /// The same for what concerns a folder that may not open at all: looking what is wrong with it, and its backups.
    pub async fn open_or_shut(options: Options) -> Result<Arc<Host>, HostError> {
        let machine = Machine::real(&options);
        let host = Host::take(options, machine)?;
        // Why it did not open is remembered, and answered to whatever needs it open.
        let _ = host.try_open(host.options.attention).await;
        Ok(host)
    }

    fn take(options: Options, machine: Machine) -> Result<Arc<Host>, HostError> {
        crate::memory::keep_small();
        let ids: Arc<dyn Ids> = Arc::new(SystemIds);
        let media: Arc<dyn Media> = Arc::new(kossori_media::Worker::new(
            // Missing, it is said when a picture comes, not before.
            kossori_media::beside_current_exe().unwrap_or_else(|| PathBuf::from("kossorid")),
        ));
        let folder = match options.storage {
            Storage::Memory => None,
            Storage::Disk => match Folder::open(&options.data_dir, || SystemIds.next()) {
                Ok(folder) => Some(folder),
                Err(FolderError::Taken) => return Err(HostError::Taken),
                Err(FolderError::Problem(problem)) => return Err(problem.into()),
            },
        };
        let in_hand = InHand::default();
        let parts = Parts {
            vault: machine.vault,
            clock: machine.clock,
            ids,
            media,
            autostart: machine.autostart,
            between: machine.between,
            role: options.role,
            settings: options.settings.clone(),
        };
        Ok(Arc::new(Host {
            folder,
            parts,
            opened: AsyncMutex::new(None),
            engine: watch::Sender::new(None),
            way_back: AsyncMutex::default(),
            shut: Mutex::new(None),
            retire: Notify::new(),
            signs: AsyncMutex::new(machine.signs),
            asked: Notify::new(),
            told: broadcast::channel(EVENTS_KEPT).0,
            windows: Windows::new(machine.window),
            uploads: Uploads::new(&in_hand),
            in_hand,
            tray: Mutex::new(None),
            shortcuts: Mutex::new(None),
            options,
        }))
    }

    /// A publishing host lives on behind a locked or missing keyring.
    pub(crate) fn waits_for(&self, problem: &Problem) -> bool {
        let keyring = matches!(
            problem.code,
            Code::KeyringLocked | Code::KeyringAbsent | Code::KeyringTimedOut | Code::KeyringBroken
        );
        keyring && self.options.role == Role::Resident
            || problem.code == Code::KeyringLocked && self.options.role == Role::Run
    }

    pub(crate) async fn try_open(&self, attention: Attention) -> Result<Arc<Opened>, Problem> {
        let mut slot = self.opened.lock().await;
        self.open_into(&mut slot, attention).await
    }

    pub(crate) async fn open_into(
        &self,
        slot: &mut Option<Arc<Opened>>,
        attention: Attention,
    ) -> Result<Arc<Opened>, Problem> {
        if let Some(opened) = slot.as_ref() {
            return Ok(Arc::clone(opened));
        }
        let opened = match &self.folder {
            Some(folder) => open::open(folder, &self.parts, attention).await,
            None => open::open_in_memory(&self.parts).await,
        };
        match opened {
            Ok(opened) => {
                let opened = Arc::new(opened);
                *slot = Some(Arc::clone(&opened));
                self.set_shut(None);
                self.engine.send_replace(Some(Arc::clone(&opened.engine)));
                Ok(opened)
            }
            Err(problem) => {
                // What was known is no news: whoever is told looks again, and a look may try again.
                if self.set_shut(Some(problem.clone())) {
                    self.tell(Event::Changed);
                }
                Err(problem)
            }
        }
    }

    /// Of damage, what there is to go back to. A folder that does not open has said it.
    pub(crate) async fn with_way_back(&self, problem: Problem) -> Problem {
        if !way_back::is_wanted(&problem) {
            return problem;
        }
        let opened = self.opened.lock().await.as_ref().map(Arc::clone);
        let Some(opened) = opened else {
            return problem;
        };
        let mut known = self.way_back.lock().await;
        way_back::tell_again(problem, &opened.database, &self.parts, &mut known).await
    }

    /// Answers whether it is another reason than before.
    fn set_shut(&self, problem: Option<Problem>) -> bool {
        let mut shut = self.shut();
        let differs = shut.as_ref().map(|(known, _)| known) != problem.as_ref();
        *shut = problem.map(|problem| (problem, Instant::now()));
        differs
    }

    fn shut(&self) -> MutexGuard<'_, Option<(Problem, Instant)>> {
        self.shut.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What happens from now on, for whoever hosts in this process: what a subscriber at the socket hears too.
    pub fn events(&self) -> broadcast::Receiver<Event> {
        self.told.subscribe()
    }

    pub(crate) fn tell(&self, event: Event) {
        // Nobody listening is fine.
        let _ = self.told.send(event);
    }

    pub(crate) fn why_shut(&self) -> Problem {
        let shut = self.shut().clone();
        shut.map_or_else(|| Problem::new(Code::KeyringLocked), |(problem, _)| problem)
    }

    /// Shut for what a person mends outside, or what passes by itself, and no signal tells of it.
    pub(crate) fn may_open_by_itself(&self) -> bool {
        matches!(
            self.why_shut().code,
            Code::DiskFull | Code::FolderReadOnly | Code::FolderUnusable
        )
    }

    /// For a request. It is tried again then where that may help; a keyring's folder waits for its signal.
    pub(crate) async fn opened_or_why(&self) -> Result<Arc<Opened>, Problem> {
        let mut slot = self.opened.lock().await;
        if slot.is_none() {
            let just_now = self
                .shut()
                .as_ref()
                .is_some_and(|(_, at)| at.elapsed() < TRIED_JUST_NOW);
            if just_now || !self.may_open_by_itself() {
                return Err(self.why_shut());
            }
        }
        self.open_into(&mut slot, Attention::Unattended).await
    }

    /// No request of a client, no upload and no unlocking is under way. Who only listens does not count.
    pub fn has_nothing_in_hand(&self) -> bool {
        self.in_hand.is_nothing()
    }

    /// Ends when that is so.
    pub async fn nothing_in_hand(&self) {
        self.in_hand.nothing().await;
    }

    /// Whether the desktop shows the resident's icon.
    pub fn set_tray(&self, shown: Option<bool>) {
        let known = std::mem::replace(
            &mut *self.tray.lock().unwrap_or_else(PoisonError::into_inner),
            shown,
        );
        if known != shown {
            self.tell(Event::Changed);
        }
    }

    /// What the desktop lets the resident hear.
    pub fn set_shortcuts(&self, now: Option<ShortcutsView>) {
        let mut known = self.shortcuts.lock().unwrap_or_else(PoisonError::into_inner);
        if *known != now {
            *known = now;
            drop(known);
            self.tell(Event::Changed);
        }
    }

    pub(crate) fn shortcuts(&self) -> Option<ShortcutsView> {
        self.shortcuts
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    pub(crate) fn tray(&self) -> Option<bool> {
        *self.tray.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) async fn retired(&self) {
        self.retire.notified().await;
    }

    /// Asks the host to give up the folder.
    pub fn retire(&self) {
        self.retire.notify_one();
    }

    pub async fn close(&self) {
        self.engine.send_replace(None);
        if let Some(opened) = self.opened.lock().await.take()
            && let Err(error) = opened.database.close().await
        {
            tracing::warn!(%error, "the database was not closed cleanly");
        }
    }
}
