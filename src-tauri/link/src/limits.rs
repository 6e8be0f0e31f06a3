//! Every number that bounds what a client can make the host do.

use std::time::Duration;

/// Bytes of a frame's body. DESIGN.md, "Secrets and screen": frames of at most 1 MiB.
pub const MAX_FRAME: usize = 1_048_576;
/// Raw bytes of a pasted picture that fit into one frame as base64, with room for the request around them.
pub const MAX_PICTURE_PIECE: usize = 720 * 1024;
/// A hello is short; nobody unknown may send more than this.
pub(crate) const MAX_HELLO: usize = 4 * 1024;
/// Bytes of an event. `EVENTS_KEPT` of them are what slow readers can make the host keep.
pub const MAX_EVENT: usize = 32 * 1024;

/// Bytes up to which a frame is received without a pass.
pub(crate) const SMALL_FRAME: usize = 16 * 1024;
/// A larger frame's buffer grows by this.
pub(crate) const GROWTH: usize = 64 * 1024;
/// Frames over `SMALL_FRAME` that are being received or answered at once.
pub(crate) const BIG_FRAMES: usize = 2;

/// Connections open at once. A person's programs need three or four.
pub(crate) const PLACES: usize = 64;
pub(crate) const PLACES_PER_PROCESS: usize = 16;
/// Requests of one connection that are being answered at once.
pub(crate) const IN_HAND: usize = 4;
/// Requests being answered at once, those of connections that have gone included.
pub(crate) const IN_HAND_ALL: usize = PLACES * IN_HAND;
/// Requests that no version of ours would send, until the connection is closed.
pub(crate) const STRIKES: u32 = 3;
pub(crate) const EVENTS_KEPT: usize = 64;

/// Connections waiting in the kernel. Few, because a newcomer stands behind all of them.
pub(crate) const BACKLOG: u32 = 64;
/// Connections taken before everybody else has a turn.
pub(crate) const ACCEPTS_PER_TURN: usize = 16;

pub(crate) const HELLO_LIMIT: Duration = Duration::from_secs(2);
pub(crate) const FRAME_LIMIT: Duration = Duration::from_secs(5);
pub(crate) const WRITE_LIMIT: Duration = Duration::from_secs(5);
/// For the frame that says why a connection is closed.
pub(crate) const LAST_WORD_LIMIT: Duration = Duration::from_millis(500);
/// How long a place stays taken after rubbish.
pub(crate) const PENALTY: Duration = Duration::from_secs(1);
/// Penalties remembered at once; what is beyond goes unpunished rather than costs memory.
pub(crate) const PENALTIES: usize = 128;
/// Rest after the system refused to hand over a connection (out of file descriptors).
pub(crate) const ACCEPT_REST: Duration = Duration::from_millis(50);

/// How long a client waits for a place in the kernel's queue, and then for the host's hello.
pub(crate) const CONNECT_LIMIT: Duration = Duration::from_secs(5);
/// Events kept for a client that does not look; older ones are then told as missed.
pub(crate) const CLIENT_EVENTS_KEPT: usize = 256;
