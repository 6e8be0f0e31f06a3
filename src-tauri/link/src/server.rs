//! The host's end: the socket file and who gets in.

use std::fs;
use std::future::Future;
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::Arc;

use rustix::net::SendFlags;
use serde::Serialize;
use tokio::net::{UnixListener, UnixSocket, UnixStream};
use tokio::sync::{Semaphore, broadcast, watch};
use tokio::task::JoinSet;

use crate::connection::{Common, attend};
use crate::frame::{Body, EncodeError, encode};
use crate::handler::Handler;
use crate::hello::{HelloHost, Refusal};
use crate::limits::{
    ACCEPT_REST, ACCEPTS_PER_TURN, BACKLOG, BIG_FRAMES, EVENTS_KEPT, IN_HAND_ALL, MAX_EVENT,
};
use crate::peer::our_users_process;
use crate::places::Places;
use crate::wire::{EventFrame, HostHello};

#[derive(Debug, thiserror::Error)]
#[error("{path}: {source}")]
pub struct BindError {
    path: PathBuf,
    source: io::Error,
}

#[derive(Debug, thiserror::Error)]
pub enum EventError {
    #[error("an event of {0} bytes")]
    TooLong(usize),
    #[error(transparent)]
    Encode(#[from] EncodeError),
}

/// Pushes events to the clients that asked for them.
#[derive(Clone)]
pub struct EventSender {
    events: broadcast::Sender<Arc<Body>>,
}

impl EventSender {
    /// Never waits: who does not keep up is closed. An event is at most `MAX_EVENT` bytes; it says that something
    /// changed, and what has size is asked for.
    pub fn send(&self, event: &impl Serialize) -> Result<(), EventError> {
        if self.events.receiver_count() == 0 {
            return Ok(());
        }
        let frame = encode(&EventFrame { event })?;
        if frame.len() > MAX_EVENT {
            return Err(EventError::TooLong(frame.len()));
        }
        // Refused only when the last listener has just gone.
        let _ = self.events.send(Arc::new(frame));
        Ok(())
    }
}

/// The listening socket. It is unlinked when this goes, unless another one has taken its path.
pub struct Server {
    listener: UnixListener,
    events: broadcast::Sender<Arc<Body>>,
    file: SocketFile,
}

struct SocketFile {
    path: PathBuf,
    /// Device and inode.
    identity: (u64, u64),
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        if fs::symlink_metadata(&self.path).is_ok_and(|found| (found.dev(), found.ino()) == self.identity) {
            let _ = fs::remove_file(&self.path);
        }
    }
}

impl Server {
    /// Listens at `path`, which comes from `socket_path`. The caller holds the folder's lock, and keeps it until this
    /// is gone: so whatever lies at the path is a dead host's and is removed. Needs a tokio runtime.
    pub fn bind(path: &Path) -> Result<Server, BindError> {
        let bind = || -> io::Result<Server> {
            match fs::remove_file(path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
            let socket = UnixSocket::new_stream()?;
            socket.bind(path)?;
            let found = fs::symlink_metadata(path)?;
            let file = SocketFile {
                path: path.to_owned(),
                identity: (found.dev(), found.ino()),
            };
            // The folder is private already; nobody came in between, since nothing listens yet.
            fs::set_permissions(path, fs::Permissions::from_mode(0o600))?;
            let listener = socket.listen(BACKLOG)?;
            Ok(Server {
                listener,
                events: broadcast::channel(EVENTS_KEPT).0,
                file,
            })
        };
        bind().map_err(|source| BindError {
            path: path.to_owned(),
            source,
        })
    }

    pub fn path(&self) -> &Path {
        &self.file.path
    }

    pub fn events(&self) -> EventSender {
        EventSender {
            events: self.events.clone(),
        }
    }

    /// Serves until `stop` ends; then the socket file goes at once, requests in hand are answered, and this returns.
    /// Dropping it instead closes every connection; requests in hand still run to their end.
    pub async fn serve<H: Handler>(self, hello: HelloHost, handler: H, stop: impl Future<Output = ()>) {
        let Server {
            listener,
            events,
            file,
        } = self;
        let (stopper, stopping) = watch::channel(false);
        let common = Arc::new(Common {
            hello,
            handler,
            events,
            big_frames: Arc::new(Semaphore::new(BIG_FRAMES)),
            in_hand: Arc::new(Semaphore::new(IN_HAND_ALL)),
            stopping,
        });
        let places = Arc::new(Places::default());
        let mut connections = JoinSet::new();
        let full = encode(&HostHello::Refuse(Refusal::new(Refusal::BUSY_RETRY)));
        let mut stop = pin!(stop);
        let mut taken = 0;
        loop {
            let accepted = tokio::select! {
                biased;
                () = &mut stop => break,
                Some(_) = connections.join_next() => continue,
                accepted = listener.accept() => accepted,
            };
            match accepted {
                Ok((stream, _)) => match our_users_process(&stream) {
                    Ok(Some(pid)) => match places.admit(pid) {
                        Some(place) => {
                            connections.spawn(attend(stream, place, common.clone()));
                        }
                        None => say_full(&stream, full.as_ref().map_or(&[], |frame| frame)),
                    },
                    Ok(None) => tracing::warn!("a process of another user was refused"),
                    Err(error) => tracing::debug!(%error, "a peer without credentials was refused"),
                },
                Err(error) => {
                    tracing::warn!(%error, "no connection could be taken");
                    tokio::time::sleep(ACCEPT_REST).await;
                }
            }
            taken += 1;
            if taken % ACCEPTS_PER_TURN == 0 {
                tokio::task::yield_now().await;
            }
        }
        drop(listener);
        drop(file);
        let _ = stopper.send(true);
        while connections.join_next().await.is_some() {}
        // Those of clients that had gone before.
        let _ = common.in_hand.acquire_many(IN_HAND_ALL as u32).await;
    }
}

/// A fresh connection's buffer is empty, so this neither waits nor fails for want of room.
fn say_full(stream: &UnixStream, frame: &[u8]) {
    let _ = rustix::net::send(stream, frame, SendFlags::DONTWAIT | SendFlags::NOSIGNAL);
}
