//! What the host brings to the socket: who is let in, and what is answered.

use std::fmt;
use std::future::Future;
use std::ops::Range;
use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::value::{RawValue, to_raw_value};
use tokio::sync::watch;

use crate::frame::Body;
use crate::hello::{HelloClient, Refusal};

/// What the host does with what comes.
pub trait Handler: Send + Sync + 'static {
    /// A client whose protocol fits said hello: let it in, or say why not (a second window, say).
    fn greet(&self, _client: &HelloClient, _connection: u64) -> Result<(), Refusal> {
        Ok(())
    }

    /// A newer client came: claim nothing more, finish what is being sent, end. May be called more than once.
    fn retire(&self);

    /// Runs to its end even when the client has gone meanwhile.
    fn call(&self, request: RawRequest, connection: ConnectionInfo) -> impl Future<Output = Answer> + Send;

    /// A client asked for events: what is sent from now on reaches it.
    fn subscribed(&self, _connection: u64) {}

    /// A connection that was let in has ended.
    fn left(&self, _connection: u64) {}
}

/// A request as it came. Its `Debug` shows its size alone.
pub struct RawRequest {
    pub(crate) body: Body,
    /// Where in the frame the request lies.
    pub(crate) request: Range<usize>,
}

impl RawRequest {
    pub fn as_bytes(&self) -> &[u8] {
        &self.body[self.request.clone()]
    }

    pub fn parse<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_slice(self.as_bytes())
    }
}

impl fmt::Debug for RawRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RawRequest({} bytes)", self.request.len())
    }
}

pub enum Answer {
    Given(Box<RawValue>),
    /// A refusal of `api`.
    Error(Box<RawValue>),
    /// Nothing that a program of ours sends. After three, the connection is closed.
    NotUnderstood,
}

impl Answer {
    pub fn given(value: &impl Serialize) -> Answer {
        to_raw_value(value).map_or_else(|_| Answer::internal(), Answer::Given)
    }

    pub fn error(value: &impl Serialize) -> Answer {
        to_raw_value(value).map_or_else(|_| Answer::internal(), Answer::Error)
    }

    fn internal() -> Answer {
        to_raw_value(&Refusal::new("internal")).map_or(Answer::NotUnderstood, Answer::Error)
    }
}

/// Who asks.
#[derive(Clone, Debug)]
pub struct ConnectionInfo {
    /// Never used twice while the host lives.
    pub id: u64,
    /// 0 for a process of another pid namespace.
    pub pid: i32,
    pub hello: Arc<HelloClient>,
    pub(crate) alive: watch::Receiver<()>,
}

impl ConnectionInfo {
    /// Ends when the client is no longer there; for requests that wait.
    pub async fn gone(&self) {
        let mut alive = self.alive.clone();
        while alive.changed().await.is_ok() {}
    }
}
