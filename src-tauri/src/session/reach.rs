//! Reaching the folder's host, and starting it.

use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use kossori_api::{Code, PROTOCOL, Problem};
use kossori_link::{Client, ConnectError, Events, HelloClient, Program, Refusal, data_dir_hash, socket_path};
use serde_json::Value;
use tokio::time::{Instant, sleep};

use super::House;

/// A resident that was started listens by then; so does the folder after one command.
const COMES_WITHIN: Duration = Duration::from_secs(5);
/// However many commands come one after another, and however long a host that retires still sends.
const LONGEST_WAIT: Duration = Duration::from_secs(60);
/// The host's refusal of a second window; it has brought the first one to the front.
const WINDOW_OPEN: &str = "window_open";
/// What a window that comes back asks to be shown.
const NOTHING: &str = "nothing";

pub enum NotReached {
    OtherWindow,
    Because(Problem),
}

impl From<Code> for NotReached {
    fn from(code: Code) -> NotReached {
        NotReached::Because(code.into())
    }
}

impl House {
    /// The host, and its events from now on.
    /// `again`: this window was connected before, and its being there is no news.
    pub(super) async fn reach(&self, again: bool) -> Result<(Client, Events), NotReached> {
        let begun = Instant::now();
        let mut deadline = begun + COMES_WITHIN;
        let mut rest = Duration::from_millis(5);
        let mut started = false;
        loop {
            let waits_for = match self.connect(again).await {
                Ok(reached) => return Ok(reached),
                Err(ConnectError::NobodyThere | ConnectError::Closed) => {
                    if !started {
                        started = true;
                        self.start()?;
                        deadline = Instant::now() + COMES_WITHIN;
                    }
                    Code::HostGone
                }
                Err(ConnectError::Refused(refusal)) => match refusal.code.as_str() {
                    WINDOW_OPEN => return Err(NotReached::OtherWindow),
                    // The one there is alive, and about to make room.
                    code @ (Refusal::BUSY_RETRY | Refusal::RETIRING) => {
                        deadline = (Instant::now() + COMES_WITHIN).min(begun + LONGEST_WAIT);
                        known(code).unwrap_or(Code::HostGone)
                    }
                    code => return Err(known(code).unwrap_or(Code::HostGone).into()),
                },
                Err(ConnectError::NotOurs | ConnectError::NotAHost) => return Err(Code::SocketUnsafe.into()),
                Err(ConnectError::Silent | ConnectError::Io(_)) => return Err(Code::HostGone.into()),
            };
            if Instant::now() + rest > deadline {
                return Err(waits_for.into());
            }
            sleep(rest).await;
            rest = (rest * 2).min(Duration::from_millis(100));
        }
    }

    async fn connect(&self, again: bool) -> Result<(Client, Events), ConnectError> {
        let folder = self.data_dir.canonicalize().ok();
        let hello = HelloClient {
            protocol: PROTOCOL,
            build: env!("CARGO_PKG_VERSION").to_owned(),
            program: Program::Window,
            // A folder that is not there yet has no name that two programs would agree on.
            data_dir_hash: folder.as_deref().map(data_dir_hash),
            shows: Some(if again { NOTHING } else { self.what.label() }.to_owned()),
        };
        let client = Client::connect(&self.socket(folder)?, hello).await?;
        let events = client.subscribe().await.map_err(|_| ConnectError::Closed)?;
        Ok((client, events))
    }

    /// Looked for each time: whoever is started makes the folder.
    fn socket(&self, folder: Option<PathBuf>) -> Result<PathBuf, ConnectError> {
        let folder = folder.unwrap_or_else(|| self.data_dir.clone());
        socket_path(&folder, &self.environment).map_err(|_| ConnectError::NotOurs)
    }

    /// Starts the resident, which outlives us. One that finds another one ends by itself.
    fn start(&self) -> Result<(), NotReached> {
        let mut resident = Command::new(&self.resident)
            .arg("--data-dir")
            .arg(&self.data_dir)
            .env_remove("WEBKIT_DISABLE_COMPOSITING_MODE")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // What ends us from a terminal does not end it.
            .process_group(0)
            .spawn()
            .map_err(|_| NotReached::from(Code::HostGone))?;
        // It is waited for, or one that ends stays in the process table until we do.
        std::thread::spawn(move || resident.wait());
        Ok(())
    }
}

/// The socket's codes are among `api`'s.
pub(super) fn known(code: &str) -> Option<Code> {
    serde_json::from_value(Value::from(code)).ok()
}
