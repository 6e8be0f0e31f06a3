//! The program's own file was replaced, by an update: the new one takes over, in this process, when nothing is about to
//! go out (RULES.md 8).
//!
//! In this process, because a desktop that started the resident as a service of its own ends the service with it.

use std::ffi::OsString;
use std::fs::{self, File, Metadata};
use std::io::Read as _;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};

use jiff::{SignedDuration, Timestamp};
use kossori_api::Status;
use tokio::sync::Notify;

/// What is planned within this time goes out first.
const QUIET_FOR: SignedDuration = SignedDuration::from_mins(10);
/// Deliveries in these states are being sent.
const UNDER_WAY: [&str; 3] = ["claimed", "staged", "sending"];
/// What Linux puts behind the name of a running program whose file is gone.
const GONE: &[u8] = b" (deleted)";

pub struct Renewal {
    /// `None`: this program does not know its file, and is never renewed.
    program: Option<Program>,
    due: Notify,
    begun: AtomicBool,
    /// The person or the system ends the program, whatever has begun.
    ends: AtomicBool,
}

struct Program {
    path: PathBuf,
    file: Identity,
}

/// What another file at the same place differs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Identity {
    device: u64,
    inode: u64,
    changed: (i64, i64),
}

impl Identity {
    fn of(file: &Metadata) -> Identity {
        Identity {
            device: file.dev(),
            inode: file.ino(),
            changed: (file.mtime(), file.mtime_nsec()),
        }
    }
}

impl Renewal {
    pub fn of_process() -> Renewal {
        Renewal::of(std::env::current_exe().ok())
    }

    fn of(path: Option<PathBuf>) -> Renewal {
        let program = path.map(still_named).and_then(|path| {
            let file = Identity::of(&fs::metadata(&path).ok()?);
            Some(Program { path, file })
        });
        Renewal {
            program,
            due: Notify::new(),
            begun: AtomicBool::new(false),
            ends: AtomicBool::new(false),
        }
    }

    /// Whenever something has been told: is it time? `status`: `None` while the folder is shut, and nothing goes out.
    /// `in_hand`: somebody waits for an answer, or sends a picture. True if only that is in the way.
    pub fn look(&self, status: Option<&Status>, now: Timestamp, in_hand: bool) -> bool {
        let is_time = status.is_none_or(|status| is_quiet(status, now)) && self.is_replaced();
        if is_time && !in_hand {
            self.due.notify_one();
        }
        is_time && in_hand
    }

    /// The program is to end, and nothing takes over, also if that has begun.
    pub fn never(&self) {
        self.ends.store(true, Ordering::Relaxed);
    }

    /// Ends when it is time, and from then on `take_over` does something.
    pub async fn due(&self) {
        self.due.notified().await;
        self.begun.store(true, Ordering::Relaxed);
    }

    fn is_replaced(&self) -> bool {
        self.program.as_ref().is_some_and(|program| {
            fs::metadata(&program.path)
                .is_ok_and(|file| Identity::of(&file) != program.file && is_program(&program.path, &file))
        })
    }

    fn takes_over(&self) -> Option<&Program> {
        let wanted = self.begun.load(Ordering::Relaxed) && !self.ends.load(Ordering::Relaxed);
        self.program.as_ref().filter(|_| wanted)
    }

    /// The new program with the arguments of this one, which comes to its end here. If it cannot be started, this one
    /// once more. Comes back only if nothing was due.
    pub fn take_over(&self, arguments: &[OsString]) {
        let Some(program) = self.takes_over() else {
            return;
        };
        for path in [&program.path, Path::new("/proc/self/exe")] {
            // Comes back only if it did not begin.
            let error = Command::new(path).args(arguments).exec();
            tracing::warn!(kind = ?error.kind(), "the program could not be started again");
        }
    }
}

/// What is not there or no program is an update that is not done yet. Also looked at because the C library hands what the
/// system cannot start to the shell.
fn is_program(path: &Path, file: &Metadata) -> bool {
    const ELF: [u8; 4] = *b"\x7fELF";
    let mut begins = [0; ELF.len()];
    let mut reads = || File::open(path)?.read_exact(&mut begins);
    let known = reads().is_ok() && (begins == ELF || !cfg!(target_os = "linux"));
    file.is_file() && file.permissions().mode() & 0o111 != 0 && known
}

fn is_quiet(status: &Status, now: Timestamp) -> bool {
    let under_way = |state: &&str| status.counts.get(*state).is_some_and(|count| *count > 0);
    let soon = status.next_at.as_deref().is_some_and(|at| {
        // A time that cannot be read is one that may be soon.
        at.parse::<Timestamp>()
            .map_or(true, |at| at.duration_since(now) <= QUIET_FOR)
    });
    !soon && !UNDER_WAY.iter().any(under_way)
}

/// The place of the program's file, also when what runs is the one that was there before.
fn still_named(path: PathBuf) -> PathBuf {
    match path.as_os_str().as_bytes().strip_suffix(GONE) {
        Some(named) if !path.exists() => PathBuf::from(OsString::from_vec(named.to_vec())),
        _ => path,
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;
    use std::path::PathBuf;

    use jiff::Timestamp;
    use kossori_api::Status;

    use super::{Renewal, is_quiet, still_named};

    fn now() -> Timestamp {
        "2026-11-25T03:00:00Z".parse().unwrap()
    }

    #[test]
    fn quiet_is_nothing_under_way_and_nothing_planned_in_the_next_ten_minutes() {
        let table = [
            (None, None, true),
            (Some("2026-11-25T12:10:00.001+09:00"), None, true),
            (Some("2026-11-25T12:10:00.000+09:00"), None, false),
            (Some("2026-11-25T11:59:00.000+09:00"), None, false),
            (Some("at lunch"), None, false),
            (None, Some("claimed"), false),
            (None, Some("staged"), false),
            (None, Some("sending"), false),
            (None, Some("queued"), true),
        ];
        for (next_at, state, quiet) in table {
            let mut status = Status {
                next_at: next_at.map(str::to_owned),
                ..Status::default()
            };
            if let Some(state) = state {
                status.counts.insert(state.to_owned(), 1);
            }
            assert_eq!(is_quiet(&status, now()), quiet, "{next_at:?} {state:?}");
        }
    }

    #[test]
    fn another_program_at_the_same_place_has_replaced_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("kossorid");
        let write = |name: &str, mode: u32| {
            let file = folder.path().join(name);
            fs::write(&file, format!("\x7fELF {name}")).unwrap();
            fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
            file
        };
        write("kossorid", 0o755);
        let renewal = Renewal::of(Some(path.clone()));
        assert!(!renewal.is_replaced());
        let kept = folder.path().join("kept");
        fs::rename(&path, &kept).unwrap();
        assert!(!renewal.is_replaced(), "nothing is there yet");
        fs::rename(write("half", 0o600), &path).unwrap();
        assert!(!renewal.is_replaced(), "it cannot be started");
        let script = write("script", 0o755);
        fs::write(&script, "#!/bin/sh").unwrap();
        fs::rename(script, &path).unwrap();
        assert!(!renewal.is_replaced(), "it is no program");
        fs::rename(write("new", 0o755), &path).unwrap();
        assert!(renewal.is_replaced());
        fs::rename(&kept, &path).unwrap();
        assert!(!renewal.is_replaced(), "the old one is back");
    }

    #[test]
    fn a_program_that_was_replaced_before_it_looked_knows_its_place() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("kossorid");
        let with = |end: &str| PathBuf::from(format!("{}{end}", path.display()));
        assert_eq!(still_named(with(" (deleted)")), path);
        fs::write(with(" (deleted)"), "so it is called").unwrap();
        assert_eq!(still_named(with(" (deleted)")), with(" (deleted)"));
        assert_eq!(still_named(path.clone()), path);
    }

    /// One whose program has been replaced.
    fn replaced(folder: &std::path::Path) -> Renewal {
        let path = folder.join("kossorid");
        let write = |to: &std::path::Path| {
            fs::write(to, "\x7fELF").unwrap();
            fs::set_permissions(to, fs::Permissions::from_mode(0o755)).unwrap();
        };
        write(&path);
        let renewal = Renewal::of(Some(path.clone()));
        let new = path.with_extension("new");
        write(&new);
        fs::rename(&new, &path).unwrap();
        renewal
    }

    #[tokio::test]
    async fn it_waits_for_what_is_in_hand() {
        let folder = tempfile::tempdir().unwrap();
        let renewal = replaced(folder.path());
        assert!(renewal.look(None, now(), true), "it is only waited for");
        let at_once = std::time::Duration::ZERO;
        assert!(tokio::time::timeout(at_once, renewal.due()).await.is_err());
        assert!(renewal.takes_over().is_none());
        assert!(!renewal.look(None, now(), false));
        renewal.due().await;
        assert!(renewal.takes_over().is_some());
    }

    #[tokio::test]
    async fn nothing_takes_over_from_a_program_that_is_to_end() {
        for begun_first in [true, false] {
            let folder = tempfile::tempdir().unwrap();
            let renewal = replaced(folder.path());
            renewal.look(None, now(), false);
            if begun_first {
                renewal.due().await;
                renewal.never();
            } else {
                renewal.never();
                renewal.due().await;
            }
            assert!(renewal.takes_over().is_none(), "{begun_first}");
        }
    }

    #[test]
    fn nothing_takes_over_that_was_not_due() {
        Renewal::of(None).take_over(&[]);
        Renewal::of_process().take_over(&[]);
    }
}
