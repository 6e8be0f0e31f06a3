//! How a resident comes to its folder (RULES.md 8): another resident has it, a command has it for a moment, `run` has
//! it and gives way, or nobody has.

use std::sync::Arc;
use std::time::Duration;

use kossori_api::{Call, Code, PROTOCOL, Problem, Request};
use kossori_engine::ports::Ids as _;
use kossori_link::{Client, ConnectError, HelloClient, HostKind, Program, Refusal, data_dir_hash};
use tokio::time::Instant;

use crate::SystemIds;
use crate::host::{Host, HostError, Options};
use crate::serve::{BUILD, canonical, socket_of};

/// How long a folder may be taken by somebody who does not answer at its socket: a little more than a command waits for
/// a person at the keyring's prompt. Whoever answers is waited for again and again.
const MUTE_FOR: Duration = Duration::from_secs(150);
/// `run` finishes what it sends, and is asked again after this.
const ASKED_AGAIN_AFTER: Duration = Duration::from_secs(5);
const LONGEST_REST: Duration = Duration::from_millis(200);

pub enum Arrived {
    /// The folder is ours, still shut: `Host::serve_and_open`.
    Host(Arc<Host>),
    /// Another resident has it already.
    Another,
}

pub async fn arrive(options: &Options) -> Result<Arrived, Problem> {
    let socket = socket_of(&options.data_dir)?;
    let mut deadline = Instant::now() + MUTE_FOR;
    let mut rest = Duration::from_millis(10);
    loop {
        let hello = HelloClient {
            protocol: PROTOCOL,
            build: BUILD.to_owned(),
            program: Program::Resident,
            data_dir_hash: Some(data_dir_hash(&canonical(&options.data_dir))),
            shows: None,
        };
        let answers = match Client::connect(&socket, hello).await {
            Ok(client) if client.host().kind == HostKind::Run => {
                give_way(&client).await;
                true
            }
            Ok(_) => return Ok(Arrived::Another),
            Err(ConnectError::NobodyThere | ConnectError::Closed) => match Host::begin(options.clone()) {
                Ok(host) => return Ok(Arrived::Host(host)),
                Err(HostError::Taken) => false,
                Err(HostError::Problem(problem)) => return Err(problem),
            },
            Err(ConnectError::Refused(refusal)) => match refusal.code.as_str() {
                // A command at work, or an older host that our hello has just asked to retire.
                Refusal::BUSY_RETRY | Refusal::RETIRING => true,
                Refusal::UPDATED_START_AGAIN => return Err(Code::UpdatedStartAgain.into()),
                _ => return Err(Code::FolderInUse.into()),
            },
            Err(ConnectError::NotOurs | ConnectError::NotAHost) => return Err(Code::SocketUnsafe.into()),
            // Alive and very busy, or hanging: the deadline decides.
            Err(ConnectError::Silent | ConnectError::Io(_)) => false,
        };
        let now = Instant::now();
        if answers {
            deadline = now + MUTE_FOR;
        } else if now > deadline {
            return Err(Code::FolderInUse.into());
        }
        tokio::time::sleep(rest).await;
        rest = (rest * 2).min(LONGEST_REST);
    }
}

/// Asks `run` for the folder, and waits until it has closed the connection or a while has passed.
async fn give_way(client: &Client) {
    let retire = Call {
        request_id: SystemIds.next(),
        request: Request::Retire,
    };
    let asked = async {
        // It is looked at again either way.
        if client.call(&retire).await.is_ok()
            && let Ok(mut events) = client.subscribe().await
        {
            while !matches!(events.next().await, kossori_link::Next::Gone) {}
        }
    };
    let _ = tokio::time::timeout(ASKED_AGAIN_AFTER, asked).await;
}
