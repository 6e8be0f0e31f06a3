//! Who answers: the host that is running, or one of our own for this command (RULES.md 8).

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use kossori_api::{Call, Code, PROTOCOL, Problem, Reply, Request};
use kossori_host::{
    Attention, BUILD, Host, HostError, Ids as _, Options, Role, Settings, Storage, SystemIds, socket_of,
};
use kossori_link::{CallError, Client, ConnectError, HelloClient, Program, Refusal, data_dir_hash};
use serde_json::Value;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::task::{Outcome, read};

/// How long a command waits for a folder that another one uses.
const BUSY_FOR: Duration = Duration::from_secs(5);
/// The same for `run`, which is to stay, while it meets one command after another.
const RUN_WAITS_FOR: Duration = Duration::from_secs(30);

/// What a host of our own may do, or must do without.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Will {
    Usual,
    /// The person typed something that may make the system ask them.
    MayPrompt,
    /// It is about a folder that may not open at all.
    EvenShut,
}

pub struct Session {
    data_dir: PathBuf,
    answers: Answers,
}

enum Answers {
    There(Client),
    Ours {
        host: Arc<Host>,
        serving: JoinHandle<()>,
    },
}

impl Session {
    pub async fn open(data_dir: &Path, will: Will) -> Outcome<Session> {
        let options = Options {
            data_dir: data_dir.to_owned(),
            role: Role::Command,
            storage: Storage::Disk,
            settings: Settings::default(),
            attention: if will == Will::MayPrompt {
                Attention::Attended
            } else {
                Attention::Unattended
            },
        };
        let answers = match find(data_dir, options, will).await? {
            Found::There(client) => Answers::There(client),
            Found::Ours(host) => {
                let served = Arc::clone(&host);
                // Others are told to come back; that we cannot tell them does not stop this command.
                let serving = tokio::spawn(async move { drop(served.serve().await) });
                Answers::Ours { host, serving }
            }
        };
        Ok(Session {
            data_dir: data_dir.to_owned(),
            answers,
        })
    }

    /// Nothing runs that would publish.
    pub fn is_alone(&self) -> bool {
        matches!(self.answers, Answers::Ours { .. })
    }

    pub async fn ask(&self, request: &Request) -> Outcome<Value> {
        let call = Call {
            request_id: SystemIds.next(),
            request: request.clone(),
        };
        let reply = match &self.answers {
            Answers::Ours { host, .. } => host.answer(call).await,
            Answers::There(client) => match client.call(&call).await {
                // Whether it was carried out is not known: the same id again does it once.
                Err(CallError::Gone(_)) => again(&self.data_dir, call).await?,
                answered => of_call(answered)?,
            },
        };
        match reply {
            Reply::Done(value) => Ok(value),
            Reply::Refused(problem) => Err(problem),
        }
    }

    pub async fn close(self) {
        if let Answers::Ours { host, serving } = self.answers {
            host.retire();
            // It ends by itself once told; a socket that hangs must not keep the person.
            let _ = tokio::time::timeout(Duration::from_secs(2), serving).await;
            host.close().await;
        }
    }
}

/// The same request once more, to whoever answers for the folder now.
async fn again(data_dir: &Path, call: Call) -> Outcome<Reply> {
    let session = Box::pin(Session::open(data_dir, Will::Usual)).await?;
    let reply = match &session.answers {
        Answers::Ours { host, .. } => Ok(host.answer(call).await),
        Answers::There(client) => of_call(client.call(&call).await),
    };
    session.close().await;
    reply
}

pub enum Found {
    There(Client),
    Ours(Arc<Host>),
}

/// The running host, or one of our own; waits while another command has the folder.
pub async fn find(data_dir: &Path, options: Options, will: Will) -> Outcome<Found> {
    let socket = socket_of(data_dir)?;
    let begun = Instant::now();
    // Whoever is only starting, or does not serve, has five seconds. Commands that come one after another leave `run`
    // only short moments to get in.
    let (patience, longest_rest) = match options.role {
        Role::Run => (RUN_WAITS_FOR, Duration::from_millis(20)),
        Role::Command | Role::Resident => (BUSY_FOR, Duration::from_millis(200)),
    };
    let mut deadline = begun + BUSY_FOR;
    let mut rest = Duration::from_millis(10);
    loop {
        let waits_for = match Client::connect(&socket, hello(data_dir)).await {
            Ok(client) => return Ok(Found::There(client)),
            Err(ConnectError::NobodyThere | ConnectError::Closed) => {
                let host = match will {
                    Will::EvenShut => Host::open_or_shut(options.clone()).await,
                    _ => Host::open(options.clone()).await,
                };
                match host {
                    Ok(host) => return Ok(Found::Ours(host)),
                    Err(HostError::Taken) => Code::FolderInUse,
                    Err(HostError::Problem(problem)) => return Err(problem),
                }
            }
            Err(ConnectError::Refused(refusal)) => match refusal.code.as_str() {
                Refusal::BUSY_RETRY => {
                    // A command at work: the folder is alive and will be free.
                    deadline = (Instant::now() + BUSY_FOR).min(begun + patience);
                    Code::FolderInUse
                }
                Refusal::RETIRING => Code::Retiring,
                _ => return Err(of_refusal(&refusal.code)),
            },
            Err(ConnectError::NotOurs | ConnectError::NotAHost) => return Err(Code::SocketUnsafe.into()),
            Err(ConnectError::Silent | ConnectError::Io(_)) => return Err(Code::HostGone.into()),
        };
        if Instant::now() + rest > deadline {
            return Err(waits_for.into());
        }
        tokio::time::sleep(rest).await;
        rest = (rest * 2).min(longest_rest);
    }
}

pub fn hello(data_dir: &Path) -> HelloClient {
    HelloClient {
        protocol: PROTOCOL,
        build: BUILD.to_owned(),
        program: Program::Command,
        // A folder that is not there yet has no name that two programs would agree on.
        data_dir_hash: data_dir.canonicalize().ok().map(|path| data_dir_hash(&path)),
        shows: None,
    }
}

/// One request to a running host, without trying again.
pub async fn call(client: &Client, request: Request) -> Outcome<Value> {
    let call = Call {
        request_id: SystemIds.next(),
        request,
    };
    match of_call(client.call(&call).await)? {
        Reply::Done(value) => Ok(value),
        Reply::Refused(problem) => Err(problem),
    }
}

fn of_call(answered: Result<kossori_link::RawAnswer, CallError>) -> Outcome<Reply> {
    match answered {
        Ok(answer) => answer.parse::<Reply>().map_err(|_| Code::HostGone.into()),
        Err(CallError::Refused(refusal)) => {
            let refusal: Value = refusal.parse().unwrap_or_default();
            Err(of_refusal(refusal["code"].as_str().unwrap_or_default()))
        }
        Err(CallError::Gone(code)) => Err(of_refusal(code.as_deref().unwrap_or_default())),
        Err(CallError::Request(_)) => Err(Problem::new(Code::Internal)),
    }
}

/// The socket's own codes are `api`'s; what is none of them says that the host is of no use.
fn of_refusal(code: &str) -> Problem {
    let code = read::<Code>(Value::from(code)).unwrap_or(Code::HostGone);
    Problem::new(code)
}
