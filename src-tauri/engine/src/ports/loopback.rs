//! Where a browser comes back to: a port of this machine.

use async_trait::async_trait;

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LoopbackError {
    #[error("none of the ports is free")]
    Taken,
}

/// Opens ports on 127.0.0.1 and nowhere else.
#[async_trait]
pub trait Loopback: Send + Sync {
    /// Listens on the first of `ports` that is free; on any one if there are none to choose from.
    async fn listen(&self, ports: &[u16]) -> Result<Box<dyn Listening>, LoopbackError>;
}

/// An open port. Dropping it closes the port.
#[async_trait]
pub trait Listening: Send {
    /// `http://127.0.0.1:PORT/`.
    fn address(&self) -> String;
    /// The query of the first visit that says what is expected: pairs, decoded, in order. The visitor is told to go back to
    /// Kossori. Anything else that comes to the port is turned away, so that no other page can end a sign-in.
    async fn visit(&mut self, expects: &str) -> Vec<(String, String)>;
}

/// Where nobody has a browser.
pub struct NoLoopback;

#[async_trait]
impl Loopback for NoLoopback {
    async fn listen(&self, _ports: &[u16]) -> Result<Box<dyn Listening>, LoopbackError> {
        Err(LoopbackError::Taken)
    }
}
