//! The local socket's two ends: where it lies, frames, the hello, who may speak, and how the host stays small and
//! quick while somebody floods it (RULES.md 8).
//!
//! The crate carries requests, answers and events as JSON that it does not read: what they mean is `api`'s. It runs
//! on a single-threaded runtime, sets no timer while nothing is half done, and so wakes nobody from an idle host.
//!
//! What goes over the wire, each as a frame of four length bytes (big-endian) and a JSON body:
//!
//! ```text
//! client  {"hello":{"protocol","build","program","data_dir_hash"?}}
//! host    {"hello":{"protocol","build","kind"}}                or {"refuse":{"code"}} and the end
//! client  {"id":1,"request":…}   {"id":2,"subscribe":true}
//! host    {"id":1,"answer":…}    {"id":1,"error":{"code",…}}   {"event":…}
//! host    {"refuse":{"code"}} and the end                      after something that is no frame of ours
//! ```
//!
//! Invariants that hold whatever a client does:
//! - A frame costs no more memory than what of it has arrived and one step of growth; a frame over `SMALL_FRAME`
//!   needs one of `BIG_FRAMES` passes, of which one process holds one at most, until it is answered.
//! - At most `PLACES` connections are open, `PLACES_PER_PROCESS` of them by one process. Where all are taken, the
//!   process with the most gives way to one with fewer, never the other way round: nobody locks another one out.
//! - A connection has at most `IN_HAND` requests in hand; further ones stay in the kernel's buffer.
//! - Whoever has not said hello in `HELLO_LIMIT`, leaves a frame unfinished for `FRAME_LIMIT` or an answer unread for
//!   `WRITE_LIMIT`, or falls `EVENTS_KEPT` events behind, is closed.
//! - Rubbish closes the connection, and its place stays taken for `PENALTY`, so a process has at most
//!   `PLACES_PER_PROCESS` tries in that time.
//! - A request in hand runs to its end even when its client has gone; `ConnectionInfo::gone` tells it so.

mod client;
mod connection;
pub mod frame;
mod handler;
pub mod hello;
pub mod limits;
pub mod paths;
mod peer;
mod places;
mod server;
mod wire;

pub use client::{CallError, Client, ConnectError, Events, Next, RawAnswer};
pub use handler::{Answer, ConnectionInfo, Handler, RawRequest};
pub use hello::{HelloClient, HelloHost, HostKind, Meeting, Program, Refusal, meet};
pub use paths::{Environment, SocketPathError, data_dir_hash, socket_path};
pub use server::{BindError, EventError, EventSender, Server};
