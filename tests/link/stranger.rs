//! Another user at either end is refused, whatever the files' modes let through.

use std::env;
use std::fs::{self, File};
use std::io::{Read, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Child;
use std::time::Duration;

use kossori_link::{Client, ConnectError, HostKind, Program};
use serde_json::json;

use super::{Running, client_of, frame};
use crate::support::flood;

/// Only as root can a test be two users.
fn as_somebody_else(role: &str, path: &Path) -> Option<Child> {
    if fs::metadata("/proc/self").map(|it| it.uid()).ok() != Some(0) {
        println!("skipped: not root, so there is no second user to be");
        return None;
    }
    let mut command = flood::part_of(Path::new("/dev/stdin"), role, path, Duration::from_secs(20));
    // By its open file: the folders above it may be closed to others, as root's home is on Debian.
    command.stdin(File::open(env::current_exe().unwrap()).unwrap());
    Some(command.uid(65534).gid(65534).spawn().unwrap())
}

#[tokio::test]
async fn another_users_client_is_refused_by_the_host() {
    let running = Running::start(HostKind::Resident);
    // Doors wide open, so that nothing but the look at the peer keeps it out.
    fs::set_permissions(running.folder.path(), fs::Permissions::from_mode(0o777)).unwrap();
    fs::set_permissions(running.path(), fs::Permissions::from_mode(0o777)).unwrap();
    let Some(mut stranger) = as_somebody_else("stranger", &running.path()) else {
        return;
    };
    let ended = tokio::task::spawn_blocking(move || stranger.wait().unwrap())
        .await
        .unwrap();
    assert!(ended.success(), "it was connected, and closed without a word");
    assert!(running.desk.left.lock().unwrap().is_empty());
}

#[tokio::test]
async fn another_users_host_is_refused_by_the_client_even_for_root() {
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o777)).unwrap();
    let path = folder.path().join("s");
    let Some(mut host) = as_somebody_else("host", &path) else {
        return;
    };
    let refused = Client::connect_within(&path, &client_of(2, Program::Command), Duration::from_secs(10))
        .await
        .err();
    host.kill().unwrap();
    host.wait().unwrap();
    assert!(matches!(refused, Some(ConnectError::NotOurs)), "{refused:?}");
}

/// The part of `another_users_client_is_refused_by_the_host` that runs as the other user.
pub(crate) fn be_a_stranger(path: &Path) {
    let mut stream = UnixStream::connect(path).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    let hello = json!({"hello": client_of(2, Program::Command)});
    // It may be closed already.
    let _ = stream.write_all(&frame(&hello.to_string()));
    let mut said = Vec::new();
    let ended = stream.read_to_end(&mut said);
    assert_eq!(said, b"", "a stranger is told nothing");
    let waited = ended.is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock);
    assert!(!waited, "a stranger is closed at once");
}
