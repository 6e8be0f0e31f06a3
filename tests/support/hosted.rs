//! The real host over a real folder, with the clock, the keyring and the signs of the machine in the test's hands.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::{self, StreamExt};
use jiff::Timestamp;
use kossori_api::{Problem, Reply, Request};
use kossori_host::{
    Attention, Ended, Host, Machine, Options, Role, Settings, Sign, Signs, Storage, What, WindowProgram,
};
use serde_json::Value;
use tempfile::TempDir;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::simulated::{SimClock, SimVault, at, input};

pub struct Hosted {
    pub clock: Arc<SimClock>,
    pub vault: Arc<SimVault>,
    folder: TempDir,
    process: Option<Process>,
}

/// These tests click nothing.
pub struct NoWindow;

#[async_trait::async_trait]
impl WindowProgram for NoWindow {
    async fn run(&self, _what: What) -> Ended {
        Ended::Well
    }
}

struct Process {
    host: Arc<Host>,
    ticking: JoinHandle<()>,
    tell: mpsc::UnboundedSender<Sign>,
}

impl Hosted {
    /// A new folder at `now` (see [`at`]), with a host that ticks.
    pub async fn new(now: &str) -> Hosted {
        Hosted::from(at(now)).await
    }

    pub async fn from(now: Timestamp) -> Hosted {
        let mut hosted = Hosted {
            clock: SimClock::new(now),
            vault: Arc::default(),
            folder: tempfile::tempdir().expect("a temporary folder"),
            process: None,
        };
        hosted.start().await;
        hosted
    }

    pub fn data_dir(&self) -> PathBuf {
        self.folder.path().join("kossori")
    }

    pub async fn start(&mut self) {
        assert!(self.process.is_none(), "one process at a time");
        let options = Options {
            data_dir: self.data_dir(),
            role: Role::Run,
            storage: Storage::Disk,
            settings: Settings::default(),
            attention: Attention::Unattended,
        };
        let (tell, signs) = signs();
        let machine = Machine {
            clock: self.clock.clone(),
            vault: self.vault.clone(),
            signs,
            window: Arc::new(NoWindow),
            autostart: Arc::new(kossori_host::NotHere),
            between: None,
        };
        let host = Host::open_on(options, machine).await.expect("the host opens");
        let ticks = Arc::clone(&host);
        let ticking = tokio::spawn(async move { ticks.tick_until_retired().await });
        self.process = Some(Process { host, ticking, tell });
    }

    /// Ends as `run` does.
    pub async fn end(&mut self) {
        let process = self.process.take().expect("a process");
        process.host.retire();
        process.ticking.await.expect("no panic");
        process.host.close().await;
    }

    pub fn tell(&self, sign: Sign) {
        let process = self.process.as_ref().expect("a process");
        process.tell.send(sign).expect("the host listens");
    }

    pub async fn try_ask(&self, request: Request) -> Result<Value, Problem> {
        let process = self.process.as_ref().expect("a process");
        match process.host.ask(request).await {
            Reply::Done(value) => Ok(value),
            Reply::Refused(problem) => Err(problem),
        }
    }

    pub async fn ask(&self, request: Request) -> Value {
        self.try_ask(request.clone())
            .await
            .unwrap_or_else(|problem| panic!("{request:?} was refused: {problem:?}"))
    }

    /// A practice account without jitter.
    pub async fn practice(&self) -> String {
        self.ask(Request::SpacingSet {
            account: None,
            gap_minutes: Some(0),
            per_window: Some(100),
            jitter: Some(false),
            persona_gap_minutes: None,
        })
        .await;
        let added = self
            .ask(Request::AccountAdd {
                network: kossori_core::network::Network::Practice,
                handle: Some("me".to_owned()),
                server: None,
                secret: None,
                client_id: None,
                persona: None,
                client_name: None,
                local_server: false,
                plc: None,
                proxy: None,
            })
            .await;
        super::world::id_of(&added)
    }

    /// Queues a text for the next window; answers the delivery.
    pub async fn post(&self, account: &str, text: &str) -> String {
        let added = self.ask(Request::PostAdd(input(&[account], text, |_| {}))).await;
        super::world::deliveries_of(&added).remove(0)
    }

    pub async fn state_of(&self, delivery: &str) -> String {
        let shown = self
            .ask(Request::QueueShow {
                id: delivery.to_owned(),
            })
            .await;
        shown["state"].as_str().expect("a state").to_owned()
    }

    /// Looks until the delivery is in this state. The limit is real time, and fails the test.
    pub async fn until(&self, delivery: &str, state: &str) {
        for _ in 0..2_000 {
            if self.state_of(delivery).await == state {
                return;
            }
            settle().await;
        }
        panic!("in vain: {}, not {state}", self.state_of(delivery).await);
    }
}

/// Gives the host's tasks and the store's threads time, whatever time the test's runtime keeps.
pub async fn settle() {
    let pause = tokio::task::spawn_blocking(|| std::thread::sleep(Duration::from_millis(2)));
    pause.await.expect("no panic");
}

fn signs() -> (mpsc::UnboundedSender<Sign>, Signs) {
    let (tell, told) = mpsc::unbounded_channel();
    let next = |mut told: mpsc::UnboundedReceiver<Sign>| async {
        let sign = told.recv().await?;
        Some((sign, told))
    };
    (tell, Box::pin(stream::unfold(told, next).fuse()))
}
