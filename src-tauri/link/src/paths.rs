//! Where a data folder's socket lies (RULES.md 8).

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

/// `sockaddr_un` holds 108 bytes, one of them the closing zero.
const MAX_PATH: usize = 107;

/// What the process finds around itself; an argument, so that a test can be somebody else.
#[derive(Clone, Debug)]
pub struct Environment {
    /// `$XDG_RUNTIME_DIR`. A relative one counts as unset, as its specification says.
    pub xdg_runtime_dir: Option<PathBuf>,
    /// Our effective user id.
    pub uid: u32,
    /// Where the users' runtime folders lie: `/run/user`.
    pub run_user: PathBuf,
    pub temp_dir: PathBuf,
}

impl Environment {
    pub fn of_process() -> Environment {
        Environment {
            xdg_runtime_dir: std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from),
            uid: rustix::process::geteuid().as_raw(),
            run_user: PathBuf::from("/run/user"),
            temp_dir: std::env::temp_dir(),
        }
    }
}

/// Why there is no safe place for the socket. `api` calls all of them `socket_unsafe`.
#[derive(Debug, thiserror::Error)]
pub enum SocketPathError {
    #[error("{0} belongs to another user")]
    NotOurs(PathBuf),
    #[error("{0} is open to other users")]
    NotPrivate(PathBuf),
    #[error("{0} is no folder")]
    NotAFolder(PathBuf),
    #[error("the socket's path has {0} bytes, more than a socket's address holds")]
    TooLong(usize),
    #[error("{path}: {source}")]
    Io { path: PathBuf, source: io::Error },
}

/// The first 16 hexadecimal digits of the SHA-256 of the folder's canonical path.
pub fn data_dir_hash(data_dir_canonical: &Path) -> String {
    let digest = Sha256::digest(data_dir_canonical.as_os_str().as_bytes());
    digest
        .iter()
        .take(8)
        .fold(String::with_capacity(16), |mut text, byte| {
            // Writing to a String cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
}

/// The folder's socket. Makes the folder that it lies in, with mode 0700; host and client both come through here, so
/// neither speaks through a folder that somebody else could have put there.
pub fn socket_path(data_dir_canonical: &Path, environment: &Environment) -> Result<PathBuf, SocketPathError> {
    let folder = socket_folder(environment)?;
    let path = folder.join(format!("{}.sock", data_dir_hash(data_dir_canonical)));
    let bytes = path.as_os_str().len();
    if bytes > MAX_PATH {
        return Err(SocketPathError::TooLong(bytes));
    }
    Ok(path)
}

fn socket_folder(environment: &Environment) -> Result<PathBuf, SocketPathError> {
    let uid = environment.uid;
    if let Some(runtime) = environment
        .xdg_runtime_dir
        .as_deref()
        .filter(|path| path.is_absolute())
    {
        // A shell of `su` still carries the other user's variable.
        if look(runtime, fs::metadata(runtime))?.uid() != uid {
            return Err(SocketPathError::NotOurs(runtime.to_owned()));
        }
        return inside_our_own(runtime, uid);
    }
    let run_user = environment.run_user.join(uid.to_string());
    if fs::symlink_metadata(&run_user).is_ok_and(|found| found.is_dir() && found.uid() == uid) {
        return inside_our_own(&run_user, uid);
    }
    // Anybody may write to the temporary folder, so what is there is never repaired, only refused.
    let folder = environment.temp_dir.join(format!("kossori-{uid}"));
    let found = made(&folder, uid)?;
    if found.mode() & 0o777 != 0o700 {
        return Err(SocketPathError::NotPrivate(folder));
    }
    Ok(folder)
}

/// `kossori` in a folder that nobody else can write to; made private if it is not.
fn inside_our_own(parent: &Path, uid: u32) -> Result<PathBuf, SocketPathError> {
    let folder = parent.join("kossori");
    let found = made(&folder, uid)?;
    if found.mode() & 0o777 != 0o700 {
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o700)).map_err(|source| {
            SocketPathError::Io {
                path: folder.clone(),
                source,
            }
        })?;
    }
    Ok(folder)
}

/// Makes the folder if it is missing, and looks at what is there without following a link.
fn made(folder: &Path, uid: u32) -> Result<fs::Metadata, SocketPathError> {
    match fs::DirBuilder::new().mode(0o700).create(folder) {
        Ok(()) => {}
        Err(source) if source.kind() == io::ErrorKind::AlreadyExists => {}
        Err(source) => {
            return Err(SocketPathError::Io {
                path: folder.to_owned(),
                source,
            });
        }
    }
    let found = look(folder, fs::symlink_metadata(folder))?;
    if found.uid() != uid {
        return Err(SocketPathError::NotOurs(folder.to_owned()));
    }
    Ok(found)
}

fn look(path: &Path, found: io::Result<fs::Metadata>) -> Result<fs::Metadata, SocketPathError> {
    let found = found.map_err(|source| SocketPathError::Io {
        path: path.to_owned(),
        source,
    })?;
    if found.is_dir() {
        Ok(found)
    } else {
        Err(SocketPathError::NotAFolder(path.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::{Environment, SocketPathError, data_dir_hash, socket_path};
    use std::fs;
    use std::os::unix::fs::{PermissionsExt, symlink};
    use std::path::{Path, PathBuf};

    const FOLDER: &str = "/home/hanako/.local/share/kossori";

    /// Three empty folders in one: runtime, run_user, temp.
    fn around(base: &Path) -> Environment {
        for name in ["runtime", "run_user", "temp"] {
            fs::create_dir(base.join(name)).unwrap();
        }
        Environment {
            xdg_runtime_dir: Some(base.join("runtime")),
            uid: rustix::process::geteuid().as_raw(),
            run_user: base.join("run_user"),
            temp_dir: base.join("temp"),
        }
    }

    fn mode(path: &Path) -> u32 {
        fs::symlink_metadata(path).unwrap().permissions().mode() & 0o777
    }

    fn set_mode(path: &Path, mode: u32) {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    fn path_in(environment: &Environment) -> Result<PathBuf, SocketPathError> {
        socket_path(Path::new(FOLDER), environment)
    }

    #[test]
    fn the_name_is_the_start_of_the_paths_sha256() {
        // printf %s /home/hanako/.local/share/kossori | sha256sum
        assert_eq!(data_dir_hash(Path::new(FOLDER)), "712c877e6e06d392");
    }

    #[test]
    fn the_runtime_folder_comes_first_and_the_folder_inside_is_private() {
        let base = tempfile::tempdir().unwrap();
        let environment = around(base.path());
        fs::create_dir(base.path().join("runtime/kossori")).unwrap();
        set_mode(&base.path().join("runtime/kossori"), 0o755);
        let path = path_in(&environment).unwrap();
        assert_eq!(path.parent().unwrap(), base.path().join("runtime/kossori"));
        assert_eq!(
            mode(path.parent().unwrap()),
            0o700,
            "a folder of ours that was open is closed"
        );
        assert_eq!(
            path_in(&environment).unwrap(),
            path,
            "and the second time it is the same one"
        );
    }

    #[test]
    fn without_the_variable_the_users_folder_and_then_the_temporary_one() {
        let base = tempfile::tempdir().unwrap();
        for unset in [None, Some(PathBuf::from("relative"))] {
            let environment = Environment {
                xdg_runtime_dir: unset,
                ..around(base.path())
            };
            let temp = base
                .path()
                .join("temp")
                .join(format!("kossori-{}", environment.uid));
            assert_eq!(path_in(&environment).unwrap().parent().unwrap(), temp);
            assert_eq!(mode(&temp), 0o700);

            let run_user = base.path().join("run_user").join(environment.uid.to_string());
            fs::create_dir(&run_user).unwrap();
            assert_eq!(
                path_in(&environment).unwrap().parent().unwrap(),
                run_user.join("kossori")
            );
            assert_eq!(mode(&run_user.join("kossori")), 0o700);
            for name in ["runtime", "run_user", "temp"] {
                fs::remove_dir_all(base.path().join(name)).unwrap();
            }
        }
    }

    #[test]
    fn a_folder_of_another_user_is_never_used() {
        let base = tempfile::tempdir().unwrap();
        let ours = around(base.path());
        let theirs = Environment {
            uid: ours.uid + 1,
            ..ours.clone()
        };
        assert!(
            matches!(path_in(&theirs), Err(SocketPathError::NotOurs(_))),
            "the runtime folder"
        );

        let theirs = Environment {
            xdg_runtime_dir: None,
            ..theirs
        };
        fs::create_dir(theirs.run_user.join(theirs.uid.to_string())).unwrap();
        let refused = path_in(&theirs).unwrap_err();
        let temp = theirs.temp_dir.join(format!("kossori-{}", theirs.uid));
        assert!(
            matches!(&refused, SocketPathError::NotOurs(path) if *path == temp),
            "a /run/user folder that is not ours is passed over, the temporary one refused: {refused:?}"
        );
    }

    #[test]
    fn a_temporary_folder_that_is_open_or_a_link_is_refused_and_left_alone() {
        let base = tempfile::tempdir().unwrap();
        let environment = Environment {
            xdg_runtime_dir: None,
            ..around(base.path())
        };
        let temp = environment.temp_dir.join(format!("kossori-{}", environment.uid));
        for open in [0o755, 0o770, 0o701] {
            fs::create_dir(&temp).unwrap();
            set_mode(&temp, open);
            assert!(
                matches!(path_in(&environment), Err(SocketPathError::NotPrivate(_))),
                "{open:o}"
            );
            assert_eq!(mode(&temp), open);
            fs::remove_dir(&temp).unwrap();
        }
        let elsewhere = base.path().join("elsewhere");
        fs::create_dir(&elsewhere).unwrap();
        set_mode(&elsewhere, 0o700);
        symlink(&elsewhere, &temp).unwrap();
        assert!(matches!(
            path_in(&environment),
            Err(SocketPathError::NotAFolder(_))
        ));
        fs::remove_file(&temp).unwrap();
        fs::write(&temp, "").unwrap();
        assert!(matches!(
            path_in(&environment),
            Err(SocketPathError::NotAFolder(_))
        ));

        symlink(&elsewhere, base.path().join("runtime/kossori")).unwrap();
        let environment = Environment {
            xdg_runtime_dir: Some(base.path().join("runtime")),
            ..environment
        };
        assert!(matches!(
            path_in(&environment),
            Err(SocketPathError::NotAFolder(_))
        ));
    }

    #[test]
    fn a_path_that_no_address_holds_is_refused() {
        let base = tempfile::tempdir().unwrap();
        let long = base.path().join("x".repeat(100));
        fs::create_dir(&long).unwrap();
        let environment = Environment {
            xdg_runtime_dir: Some(long),
            ..around(base.path())
        };
        assert!(matches!(path_in(&environment), Err(SocketPathError::TooLong(_))));
    }

    #[test]
    fn a_runtime_folder_that_is_missing_is_an_error_and_not_made() {
        let base = tempfile::tempdir().unwrap();
        let missing = base.path().join("gone");
        let environment = Environment {
            xdg_runtime_dir: Some(missing.clone()),
            ..around(base.path())
        };
        assert!(matches!(path_in(&environment), Err(SocketPathError::Io { .. })));
        assert!(!missing.exists());
    }
}
