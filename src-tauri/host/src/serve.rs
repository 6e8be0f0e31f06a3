//! The host at its socket.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use kossori_api::{Call, Code, Event, PROTOCOL, Problem, Reply};
use kossori_link::{
    Answer, ConnectionInfo, Environment, EventSender, Handler, HelloClient, HelloHost, HostKind, Program,
    RawRequest, Refusal, Server, data_dir_hash, socket_path,
};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

use crate::host::{Host, Storage};
use crate::uploads::Guest;
use crate::windows::What;
use crate::{Role, SystemIds};
use kossori_engine::ports::Ids as _;

/// Two builds of one protocol work together; this is shown, and compared by nobody.
pub const BUILD: &str = env!("CARGO_PKG_VERSION");

struct Desk(Arc<Host>);

impl Handler for Desk {
    fn greet(&self, client: &HelloClient, connection: u64) -> Result<(), Refusal> {
        if client.program != Program::Window || self.0.window_comes(connection) {
            return Ok(());
        }
        // One window a folder: the living one comes to the front if a person has opened another, which ends.
        if let Some(what) = What::of(client.shows.as_deref()) {
            self.0.show(what, None);
        }
        Err(Refusal::new(Refusal::WINDOW_OPEN))
    }

    fn retire(&self) {
        self.0.retire();
    }

    fn subscribed(&self, connection: u64) {
        if let Some(show) = self.0.windows.listens(connection) {
            self.0.tell(show);
        }
    }

    fn left(&self, connection: u64) {
        self.0.windows.left(connection);
        self.0.uploads.left(Guest(connection));
        // What was kept for it is to be given back.
        self.0.asked.notify_one();
    }

    async fn call(&self, request: RawRequest, connection: ConnectionInfo) -> Answer {
        match request.parse::<Call>() {
            Ok(call) => Answer::given(&self.0.answer_to(call, Guest(connection.id)).await),
            Err(_) => Answer::NotUnderstood,
        }
    }
}

/// The socket of a folder, which need not exist yet.
pub fn socket_of(data_dir: &Path) -> Result<PathBuf, Problem> {
    let unsafe_place = |_| Problem::new(Code::SocketUnsafe);
    socket_path(&canonical(data_dir), &Environment::of_process()).map_err(unsafe_place)
}

pub(crate) fn canonical(data_dir: &Path) -> PathBuf {
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
        let passing = tokio::spawn(pass_on(self.events(), events));
        let telling = tokio::spawn(pass_events(Arc::clone(self)));
        if self.options.role.publishes() {
            self.tick_until_retired().await;
        } else {
            self.retired().await;
        }
        let _ = stop.send(());
        let _ = serving.await;
        telling.abort();
        passing.abort();
        Ok(())
    }

    /// `serve`, and opens the folder meanwhile: a keyring that takes its time, or is locked, keeps nobody from the
    /// tray or the socket. Requests wait for the opening, or hear why it did not come about.
    pub async fn serve_and_open(self: &Arc<Host>) -> Result<(), Problem> {
        // In this order, so that the first request finds it opening rather than shut.
        let (opened, served) = tokio::join!(biased; self.try_open(self.options.attention), self.serve());
        if let Err(problem) = opened {
            tracing::warn!(code = %problem.code, "the folder did not open at once");
        }
        served
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

/// What the engine tells, whichever has the folder just now, the host tells.
async fn pass_events(host: Arc<Host>) {
    let mut engines = host.engine.subscribe();
    loop {
        let events = engines.borrow_and_update().as_ref().map(|engine| engine.events());
        // Opened, shut, or opened anew from a backup: whoever listens looks at the whole again.
        host.tell(Event::Changed);
        let Some(mut events) = events else {
            if engines.changed().await.is_err() {
                return;
            }
            continue;
        };
        loop {
            let event = tokio::select! {
                event = events.recv() => event,
                _ = engines.changed() => break,
            };
            match event {
                Ok(event) => host.tell(event),
                // Too slow: the same.
                Err(RecvError::Lagged(_)) => host.tell(Event::Changed),
                // It gave way: the next one, if there is one, is looked for above.
                Err(RecvError::Closed) => break,
            }
        }
    }
}

/// What the host tells goes to all who subscribed.
async fn pass_on(mut told: Receiver<Event>, sender: EventSender) {
    loop {
        let event = match told.recv().await {
            Ok(event) => event,
            Err(RecvError::Lagged(_)) => Event::Changed,
            Err(RecvError::Closed) => return,
        };
        // An event too long to send is a bug of ours, and no reason to stop telling.
        let _ = sender.send(&event);
    }
}
