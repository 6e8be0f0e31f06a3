//! A host from its start to its end.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::SignedDuration;
use kossori_api::{BackupView, Backups, Call, Code, Doctor, Problem, Reply, Request, RunView};
use kossori_engine::ports::{Attention, Clock, Ids, Media, Vault};
use kossori_engine::{Engine, Role, Settings};
use kossori_vault::Keyring;
use tokio::sync::{Mutex as AsyncMutex, Notify};

use crate::clock::{SystemClock, SystemIds};
use crate::folder::{Folder, FolderError};
use crate::memory_vault::MemoryVault;
use crate::open::{self, Opened, Parts};

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
    folder: Option<Folder>,
    parts: Parts,
    opened: AsyncMutex<Option<Arc<Opened>>>,
    /// Why it is not open.
    shut: Mutex<Option<Problem>>,
    /// The folder was opened, or is to be retired.
    changed: Notify,
    retire: Notify,
    /// A request was answered: there is something to rest from.
    asked: Notify,
}

/// Quiet for so long, a host rests.
const REST_AFTER: std::time::Duration = std::time::Duration::from_secs(5);

impl Host {
    /// Takes the folder and opens it. A resident or `run` whose keyring is locked hosts all the same and waits for it;
    /// a command says so and ends.
    pub async fn open(options: Options) -> Result<Arc<Host>, HostError> {
        let host = Host::take(options)?;
        match host.try_open(host.options.attention).await {
            Ok(_) => Ok(host),
            Err(problem) if host.waits_for(&problem) => Ok(host),
            Err(problem) => Err(problem.into()),
        }
    }

    /// The same for what concerns a folder that may not open at all: looking what is wrong with it, and its backups.
    pub async fn open_or_shut(options: Options) -> Result<Arc<Host>, HostError> {
        let host = Host::take(options)?;
        // Why it did not open is remembered, and answered to whatever needs it open.
        let _ = host.try_open(host.options.attention).await;
        Ok(host)
    }

    fn take(options: Options) -> Result<Arc<Host>, HostError> {
        crate::memory::keep_small();
        let ids: Arc<dyn Ids> = Arc::new(SystemIds);
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let vault: Arc<dyn Vault> = match options.storage {
            Storage::Disk => Arc::new(Keyring::new("kossori")),
            Storage::Memory => Arc::new(MemoryVault::default()),
        };
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
        let parts = Parts {
            vault,
            clock,
            ids,
            media,
            role: options.role,
            settings: options.settings.clone(),
        };
        Ok(Arc::new(Host {
            folder,
            parts,
            opened: AsyncMutex::new(None),
            shut: Mutex::new(None),
            changed: Notify::new(),
            retire: Notify::new(),
            asked: Notify::new(),
            options,
        }))
    }

    /// A publishing host lives on behind a locked or missing keyring.
    fn waits_for(&self, problem: &Problem) -> bool {
        let keyring = matches!(
            problem.code,
            Code::KeyringLocked | Code::KeyringAbsent | Code::KeyringTimedOut | Code::KeyringBroken
        );
        keyring && self.options.role == Role::Resident
            || problem.code == Code::KeyringLocked && self.options.role == Role::Run
    }

    async fn try_open(&self, attention: Attention) -> Result<Arc<Opened>, Problem> {
        let mut slot = self.opened.lock().await;
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
                self.changed.notify_waiters();
                Ok(opened)
            }
            Err(problem) => {
                self.set_shut(Some(problem.clone()));
                Err(problem)
            }
        }
    }

    fn set_shut(&self, problem: Option<Problem>) {
        *self.shut.lock().unwrap_or_else(PoisonError::into_inner) = problem;
    }

    fn why_shut(&self) -> Problem {
        let shut = self.shut.lock().unwrap_or_else(PoisonError::into_inner).clone();
        shut.unwrap_or_else(|| Problem::new(Code::KeyringLocked))
    }

    pub(crate) async fn engine(&self) -> Option<Arc<Engine>> {
        self.opened
            .lock()
            .await
            .as_ref()
            .map(|opened| Arc::clone(&opened.engine))
    }

    pub async fn answer(&self, call: Call) -> Reply {
        let answer = self.try_answer(call).await;
        self.asked.notify_one();
        match answer {
            Ok(value) => Reply::Done(value),
            Err(problem) => Reply::Refused(problem),
        }
    }

    async fn try_answer(&self, call: Call) -> Result<serde_json::Value, Problem> {
        match &call.request {
            Request::Unlock => {
                self.parts
                    .vault
                    .unlock()
                    .await
                    .map_err(kossori_engine::of_vault)?;
                let opened = self.try_open(Attention::Attended).await?;
                // It may have been open before without having said so.
                opened.engine.keyring_opened();
                Ok(serde_json::json!({}))
            }
            Request::Retire => {
                self.retire.notify_one();
                Ok(serde_json::json!({}))
            }
            Request::BackupList => self.backups(),
            Request::BackupRestore { id } => self.restore(id).await,
            Request::Doctor => self.doctor().await,
            Request::Adopt => {
                let opened = self.opened_or_why().await?;
                let Some(folder) = &self.folder else {
                    return Err(Problem::new(Code::NotACopy));
                };
                if !open::is_copy(folder, &self.parts, &opened).await? {
                    return Err(Problem::new(Code::NotACopy));
                }
                open::adopt(folder, &self.parts, &opened).await?;
                Ok(serde_json::json!({}))
            }
            Request::AccountAdd { network, .. }
                if self.options.storage == Storage::Memory
                    && *network != kossori_core::network::Network::Practice =>
            {
                Err(Problem::new(Code::NotPractice))
            }
            _ => {
                let opened = self.opened_or_why().await?;
                match opened.engine.handle(call).await {
                    Reply::Done(value) => Ok(value),
                    Reply::Refused(problem) => Err(problem),
                }
            }
        }
    }

    async fn opened_or_why(&self) -> Result<Arc<Opened>, Problem> {
        let opened = self.opened.lock().await.as_ref().map(Arc::clone);
        opened.ok_or_else(|| self.why_shut())
    }

    fn backups(&self) -> Result<serde_json::Value, Problem> {
        let Some(folder) = &self.folder else {
            return to_value(&Backups::default());
        };
        let backups = kossori_store::backups_of(&folder.database()).map_err(kossori_engine::of_store)?;
        let zone = self.parts.clock.zone();
        let view = |backup: &kossori_store::BackupFile| BackupView {
            id: open::backup_id(&backup.path),
            at: backup
                .at
                .to_zoned_datetime(zone.clone())
                .strftime("%Y-%m-%dT%H:%M:%S%.3f%:z")
                .to_string(),
            why: backup.why.as_str().to_owned(),
            bytes: backup.bytes,
        };
        to_value(&Backups {
            backups: backups.iter().map(view).collect(),
        })
    }

    /// Closes the database, puts the backup in its place, opens again: as a copy, paused.
    async fn restore(&self, id: &str) -> Result<serde_json::Value, Problem> {
        let Some(folder) = &self.folder else {
            return Err(Problem::new(Code::UnknownBackup).with("id", id));
        };
        let mut epoch = 0;
        {
            let mut slot = self.opened.lock().await;
            if let Some(opened) = slot.as_ref() {
                if opened.engine.is_busy() {
                    return Err(Problem::new(Code::AccountIsSending));
                }
                epoch = open::epoch_of(&opened.database).await.unwrap_or(0);
                opened.engine.retire();
                opened.database.close().await.map_err(kossori_engine::of_store)?;
            }
            *slot = None;
        }
        let restored = open::restore(folder, &self.parts, id, epoch).await;
        self.try_open(Attention::Unattended).await?;
        restored?;
        Ok(serde_json::json!({}))
    }

    async fn doctor(&self) -> Result<serde_json::Value, Problem> {
        let check = |name: &str, problem: Option<Problem>| kossori_api::Check {
            name: name.to_owned(),
            ok: problem.is_none(),
            // The code; the client says it in its reader's language.
            message: problem
                .map(|problem| problem.code.as_str().to_owned())
                .unwrap_or_default(),
            hint: None,
        };
        let keyring = match self.parts.vault.is_locked().await {
            Ok(false) => None,
            Ok(true) => Some(Problem::new(Code::KeyringLocked)),
            Err(error) => Some(kossori_engine::of_vault(error)),
        };
        let opened = self.opened.lock().await.as_ref().map(Arc::clone);
        let folder = if opened.is_some() {
            None
        } else {
            Some(self.why_shut())
        };
        let database = match &opened {
            Some(opened) => opened.database.check().await.err().map(kossori_engine::of_store),
            None => None,
        };
        let worker = match kossori_media::beside_current_exe() {
            Some(_) => None,
            None => Some(Problem::new(Code::PictureWorkerMissing)),
        };
        let checks = vec![
            check("keyring", keyring),
            check("folder", folder),
            check("database", database),
            check("pictures", worker),
        ];
        to_value(&Doctor { checks })
    }

    /// Ticks until told to retire, then until nothing is sending.
    pub async fn tick_until_retired(&self) {
        let Some(engine) = self.wait_until_open().await else {
            return;
        };
        let (mut rested, mut look, mut next) = (false, true, None);
        loop {
            if look {
                next = self.tick(&engine).await;
            }
            let sleep = async {
                match next {
                    Some(at) => self.parts.clock.sleep_until(at).await,
                    None => std::future::pending().await,
                }
            };
            // Once after each burst of work, when it is over: an idle host wakes for nothing.
            let rest = async {
                if rested || engine.is_busy() {
                    std::future::pending::<()>().await;
                }
                tokio::time::sleep(REST_AFTER).await;
            };
            (rested, look) = tokio::select! {
                () = engine.changed() => (false, true),
                () = sleep => (false, true),
                () = self.retire.notified() => {
                    engine.retire();
                    (rested, true)
                }
                // A question that changed nothing is no reason to plan anew.
                () = self.asked.notified() => (false, false),
                () = rest => {
                    self.rest().await;
                    (true, false)
                }
            };
            if engine.is_retiring() && !engine.is_busy() {
                return;
            }
        }
    }

    /// One tick; answers when to come again.
    async fn tick(&self, engine: &Arc<Engine>) -> Option<jiff::Timestamp> {
        match engine.tick().await {
            Ok(next) => next,
            Err(problem) => {
                tracing::warn!(code = %problem.code, "the tick could not be finished");
                self.parts
                    .clock
                    .now()
                    .saturating_add(SignedDuration::from_secs(30))
                    .ok()
            }
        }
    }

    /// Gives back what the last burst of work left behind.
    async fn rest(&self) {
        if let Some(opened) = self.opened.lock().await.as_ref() {
            if let Err(error) = opened.database.backup_if_due(self.parts.clock.now()).await {
                tracing::warn!(%error, "the daily backup could not be made");
            }
            // It only holds on to memory then.
            let _ = opened.database.rest().await;
        }
        crate::memory::give_back();
    }

    /// `None`: retired before it opened.
    async fn wait_until_open(&self) -> Option<Arc<Engine>> {
        loop {
            if let Some(engine) = self.engine().await {
                return Some(engine);
            }
            let changed = self.changed.notified();
            tokio::select! {
                () = changed => {}
                () = self.parts.vault.unlocked() => {
                    match self.try_open(Attention::Unattended).await {
                        Ok(opened) => return Some(Arc::clone(&opened.engine)),
                        Err(problem) if self.waits_for(&problem) => {
                            // It says unlocked and gives nothing: ask again in a while, not in a loop.
                            tokio::time::sleep(std::time::Duration::from_secs(30)).await;
                        }
                        Err(problem) => {
                            tracing::error!(code = %problem.code, "the folder cannot be opened");
                            self.retire.notified().await;
                            return None;
                        }
                    }
                }
                () = self.retire.notified() => return None,
            }
        }
    }

    /// The engine as soon as the folder is open, by whoever opens it.
    pub(crate) async fn wait_for_engine(&self) -> Option<Arc<Engine>> {
        loop {
            let mut changed = std::pin::pin!(self.changed.notified());
            // Listening begins before the look, so that an opening between the two is not missed.
            changed.as_mut().enable();
            if let Some(engine) = self.engine().await {
                return Some(engine);
            }
            changed.await;
        }
    }

    pub(crate) async fn retired(&self) {
        self.retire.notified().await;
    }

    /// Asks the host to give up the folder.
    pub fn retire(&self) {
        self.retire.notify_one();
    }

    /// For `run --until-empty`: waits until nothing is left that could be done now.
    pub async fn until_empty(&self) -> Result<RunView, Problem> {
        let engine = match self.engine().await {
            Some(engine) => engine,
            None => return Err(self.why_shut()),
        };
        let mut events = engine.events();
        loop {
            let progress: RunView = match self.try_answer(call(Request::RunProgress)).await {
                Ok(value) => serde_json::from_value(value).map_err(|_| Problem::new(Code::Internal))?,
                Err(problem) => return Err(problem),
            };
            if progress.done {
                return Ok(progress);
            }
            // An event may be missed between the look and this; a second is soon enough then.
            let _ = tokio::time::timeout(std::time::Duration::from_secs(1), events.recv()).await;
        }
    }

    pub async fn close(&self) {
        if let Some(opened) = self.opened.lock().await.take()
            && let Err(error) = opened.database.close().await
        {
            tracing::warn!(%error, "the database was not closed cleanly");
        }
    }
}

pub(crate) fn call(request: Request) -> Call {
    Call {
        request_id: SystemIds.next(),
        request,
    }
}

fn to_value<T: serde::Serialize>(view: &T) -> Result<serde_json::Value, Problem> {
    serde_json::to_value(view).map_err(|_| Problem::new(Code::Internal))
}
