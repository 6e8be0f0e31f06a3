//! Who is at the other end: the kernel says so, not the peer.

use std::io;

use tokio::net::UnixStream;

/// The peer's process if it is of our user. Root is another user unless we are root ourselves: what runs as root has
/// no business here, and refusing it keeps a mistaken `sudo` from making files that we cannot read.
///
/// A process from another pid namespace is 0, and all of those share one allowance.
pub(crate) fn our_users_process(stream: &UnixStream) -> io::Result<Option<i32>> {
    let peer = stream.peer_cred()?;
    let ours = peer.uid() == rustix::process::geteuid().as_raw();
    Ok(ours.then(|| peer.pid().unwrap_or(0)))
}
