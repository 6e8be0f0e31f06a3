//! The host at its socket.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use kossori_api::{Call, Code, PROTOCOL, Problem, Reply};
use kossori_link::{
    Answer, ConnectionInfo, Environment, Handler, HelloHost, HostKind, RawRequest, Server, data_dir_hash,
    socket_path,
};
use tokio::sync::broadcast::error::RecvError;

use crate::host::{Host, Storage};
use crate::{Role, SystemIds};
use kossori_engine::ports::Ids as _;

/// Two builds of one protocol work together; this is shown, and compared by nobody.
pub const BUILD: &str = env!("CARGO_PKG_VERSION");

struct Desk(Arc<Host>);

impl Handler for Desk {
    fn retire(&self) {
        self.0.retire();
    }

    async fn call(&self, request: RawRequest, _connection: ConnectionInfo) -> Answer {
        match request.parse::<Call>() {
            Ok(call) => Answer::given(&self.0.answer(call).await),
            Err(_) => Answer::NotUnderstood,
        }
    }
}

/// The socket of a folder, which need not exist yet.
pub fn socket_of(data_dir: &Path) -> Result<PathBuf, Problem> {
    let unsafe_place = |_| Problem::new(Code::SocketUnsafe);
    socket_path(&canonical(data_dir), &Environment::of_process()).map_err(unsafe_place)
}

fn canonical(data_dir: &Path) -> PathBuf {
    data_dir
        .canonicalize()
        .or_else(|_| std::path::absolute(data_dir))
        .unwrap_or_else(|_| data_dir.to_owned())
}

impl Host {
    /// Serves the folder's socket and ticks, until it is retired. A command's host serves nobody but says that it is
    /// busy.
    pub async fn serve(self: &Arc<Host>) -> Result<(), Problem> {
        let path = socket_of(&self.options.data_dir)?;
        if self.options.storage == Storage::Memory && tokio::net::UnixStream::connect(&path).await.is_ok() {
            // Nothing locks a folder in memory but the socket itself.
            return Err(Problem::new(Code::FolderInUse));
        }
        let server = Server::bind(&path).map_err(|_| Problem::new(Code::SocketUnsafe))?;
        let events = server.events();
        let hello = HelloHost {
            protocol: PROTOCOL,
            build: BUILD.to_owned(),
            kind: match self.options.role {
                Role::Resident => HostKind::Resident,
                Role::Run => HostKind::Run,
                Role::Command => HostKind::Command,
            },
            data_dir_hash: Some(data_dir_hash(&canonical(&self.options.data_dir))),
        };
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let serving = tokio::spawn(server.serve(hello, Desk(Arc::clone(self)), async {
            // The sender gone means the same.
            let _ = stopped.await;
        }));
        let telling = tokio::spawn(pass_events(Arc::clone(self), events));
        if self.options.role.publishes() {
            self.tick_until_retired().await;
        } else {
            self.retired().await;
        }
        let _ = stop.send(());
        let _ = serving.await;
        telling.abort();
        Ok(())
    }

    /// A request of this process itself.
    pub async fn ask(&self, request: kossori_api::Request) -> Reply {
        self.answer(Call {
            request_id: SystemIds.next(),
            request,
        })
        .await
    }
}

/// What the engine tells goes to all who subscribed.
async fn pass_events(host: Arc<Host>, sender: kossori_link::EventSender) {
    let mut engines = host.engine.subscribe();
    loop {
        let events = engines.borrow_and_update().as_ref().map(|engine| engine.events());
        let Some(mut events) = events else {
            if engines.changed().await.is_err() {
                return;
            }
            continue;
        };
        loop {
            let event = tokio::select! {
                event = events.recv() => event,
                // Opened anew, from a backup: whoever listens looks at the whole again.
                _ = engines.changed() => {
                    let _ = sender.send(&kossori_api::Event::Changed);
                    break;
                }
            };
            match event {
                Ok(event) => {
                    // An event too long to send is a bug of ours, and no reason to stop telling.
                    let _ = sender.send(&event);
                }
                // Too slow: the same.
                Err(RecvError::Lagged(_)) => {
                    let _ = sender.send(&kossori_api::Event::Changed);
                }
                Err(RecvError::Closed) => return,
            }
        }
    }
}
