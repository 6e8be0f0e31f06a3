//! The data folder: made private, locked, and told apart from a copy of itself.

use std::fs;
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use kossori_api::{Code, Problem};
use rustix::fs::{FlockOperation, flock};
use serde::{Deserialize, Serialize};

/// Held for as long as the process hosts the folder.
pub struct Folder {
    pub path: PathBuf,
    pub id: String,
    _lock: fs::File,
}

#[derive(Debug)]
pub enum FolderError {
    /// Another process holds the lock.
    Taken,
    Problem(Problem),
}

impl From<Code> for FolderError {
    fn from(code: Code) -> FolderError {
        FolderError::Problem(Problem::new(code))
    }
}

/// What tells a folder from a copy of it (RULES.md 6). Never the device number: it changes with the order of disks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fingerprint {
    pub inode: u64,
    /// Nanoseconds; `None` where the file system keeps none.
    pub born: Option<i128>,
    pub machine: String,
    pub epoch: u64,
}

#[derive(Serialize, Deserialize)]
struct Named {
    id: String,
}

/// The folder that a program is to use: the one given, `$XDG_DATA_HOME/kossori`, `~/.local/share/kossori`.
pub fn data_dir(given: Option<PathBuf>) -> Result<PathBuf, Problem> {
    let unusable = || Problem::new(Code::FolderUnusable);
    if let Some(given) = given {
        return std::path::absolute(given).map_err(|_| unusable());
    }
    // A relative one counts as unset, as its specification says.
    let of = |name: &str| {
        std::env::var_os(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    let home = || of("HOME").map(|home| home.join(".local/share"));
    of("XDG_DATA_HOME")
        .or_else(home)
        .map(|base| base.join("kossori"))
        .ok_or_else(unusable)
}

impl Folder {
    /// Makes the folder if need be, takes its lock, reads or makes its name.
    pub fn open(path: &Path, new_id: impl FnOnce() -> String) -> Result<Folder, FolderError> {
        // Before anything is made there: what exists already of the path says where the rest will lie.
        let wanted = std::path::absolute(path).map_err(|error| of_io(&error))?;
        let standing = wanted.ancestors().find_map(|above| above.canonicalize().ok());
        // Where nobody can be asked what is mounted, the folder is taken as it is.
        let mounts = fs::read_to_string("/proc/self/mounts").unwrap_or_default();
        if standing.is_some_and(|standing| is_on_network(&standing, &mounts)) {
            return Err(Code::FolderOnNetwork.into());
        }
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(path)
            .map_err(|error| of_io(&error))?;
        let path = path.canonicalize().map_err(|error| of_io(&error))?;
        let lock = fs::OpenOptions::new()
            .create(true)
            .read(true)
            .write(true)
            .truncate(false)
            .mode(0o600)
            .open(path.join("lock"))
            .map_err(|error| of_io(&error))?;
        match flock(&lock, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(rustix::io::Errno::WOULDBLOCK) => return Err(FolderError::Taken),
            Err(error) => return Err(of_io(&error.into())),
        }
        let id = name(&path, new_id)?;
        Ok(Folder {
            path,
            id,
            _lock: lock,
        })
    }

    pub fn database(&self) -> PathBuf {
        self.path.join("kossori.db")
    }

    pub fn fingerprint(&self, epoch: u64) -> io::Result<Fingerprint> {
        let found = fs::metadata(&self.path)?;
        let born = found
            .created()
            .ok()
            .and_then(|born| born.duration_since(std::time::UNIX_EPOCH).ok())
            .and_then(|born| i128::try_from(born.as_nanos()).ok());
        let machine = fs::read_to_string("/etc/machine-id")
            .unwrap_or_default()
            .trim()
            .to_owned();
        Ok(Fingerprint {
            inode: found.ino(),
            born,
            machine,
            epoch,
        })
    }
}

impl Fingerprint {
    /// Is the folder that looks like `self` the one that the keyring remembers? One that is ahead of the keyring is:
    /// it was written first. One behind is a copy, or was restored.
    pub fn is_copy_of(&self, remembered: &Fingerprint) -> bool {
        let same_birth = match (self.born, remembered.born) {
            (Some(a), Some(b)) => a == b,
            _ => true,
        };
        self.inode != remembered.inode
            || !same_birth
            || self.machine != remembered.machine
            || self.epoch < remembered.epoch
    }
}

/// The folder's name in the keyring: not secret, made once.
fn name(path: &Path, new_id: impl FnOnce() -> String) -> Result<String, FolderError> {
    let file = path.join("folder.json");
    match fs::read(&file) {
        Ok(bytes) => serde_json::from_slice::<Named>(&bytes)
            .map(|named| named.id)
            .map_err(|_| Code::FolderUnusable.into()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let named = Named { id: new_id() };
            let fresh = path.join("folder.json.new");
            let bytes = serde_json::to_vec(&named).map_err(|_| FolderError::from(Code::Internal))?;
            let write = || -> io::Result<()> {
                let mut open = fs::OpenOptions::new();
                let mut target = open
                    .create(true)
                    .write(true)
                    .truncate(true)
                    .mode(0o600)
                    .open(&fresh)?;
                io::Write::write_all(&mut target, &bytes)?;
                target.sync_all()?;
                fs::rename(&fresh, &file)?;
                fs::File::open(path)?.sync_all()
            };
            write().map_err(|error| of_io(&error))?;
            Ok(named.id)
        }
        Err(error) => Err(of_io(&error)),
    }
}

/// Locks and `fsync` mean little there, and two machines could publish from one folder. `mounts` is
/// `/proc/self/mounts`.
fn is_on_network(path: &Path, mounts: &str) -> bool {
    const NETWORK: [&str; 12] = [
        "nfs",
        "nfs4",
        "cifs",
        "smb3",
        "smbfs",
        "fuse.sshfs",
        "fuse.rclone",
        "9p",
        "afs",
        "ceph",
        "glusterfs",
        "davfs",
    ];
    let mut nearest: Option<(usize, &str)> = None;
    for line in mounts.lines() {
        let mut fields = line.split(' ');
        let (Some(_), Some(point), Some(kind)) = (fields.next(), fields.next(), fields.next()) else {
            continue;
        };
        let point = point.replace("\\040", " ");
        // The last of equals is the one on top.
        if path.starts_with(&point) && nearest.is_none_or(|(length, _)| point.len() >= length) {
            nearest = Some((point.len(), kind));
        }
    }
    nearest.is_some_and(|(_, kind)| {
        NETWORK
            .iter()
            .any(|known| kind == *known || kind == format!("fuse.{known}"))
    })
}

fn of_io(error: &io::Error) -> FolderError {
    let code = match error.kind() {
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => Code::FolderReadOnly,
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Code::DiskFull,
        _ => Code::FolderUnusable,
    };
    code.into()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::is_on_network;

    const MOUNTS: &str = "\
/dev/sda2 / ext4 rw,relatime 0 0
tmpfs /run tmpfs rw 0 0
server:/export /srv/nfs nfs4 rw,vers=4.2 0 0
//server/share /mnt/my\\040share cifs rw 0 0
/dev/sdb1 /srv/nfs/local xfs rw 0 0
me@server: /home/me/far fuse.sshfs rw 0 0
drive: /home/me/drive fuse.rclone rw 0 0
dav /home/me/dav fuse.davfs rw 0 0
host /mnt/host 9p rw 0 0
server:/old /mnt/over nfs rw 0 0
tmpfs /mnt/over tmpfs rw 0 0
/dev/fuse /home/me/near fuse.gocryptfs rw 0 0
";

    #[test]
    fn the_mount_that_a_folder_lies_on_decides() {
        for (folder, expected) in [
            ("/home/me/.local/share/kossori", false),
            ("/srv/nfs", true),
            ("/srv/nfs/me/kossori", true),
            // Another file system below it, and a name that only begins like it.
            ("/srv/nfs/local/kossori", false),
            ("/srv/nfs-not/kossori", false),
            ("/mnt/my share/kossori", true),
            ("/home/me/far/kossori", true),
            ("/home/me/drive/kossori", true),
            ("/home/me/dav/kossori", true),
            ("/home/me/near/kossori", false),
            ("/mnt/host/kossori", true),
            // What was mounted last lies on top.
            ("/mnt/over/kossori", false),
        ] {
            assert_eq!(is_on_network(Path::new(folder), MOUNTS), expected, "{folder}");
        }
        assert!(!is_on_network(Path::new("/home/me"), ""), "nothing is known");
        assert!(
            !is_on_network(Path::new("/home/me"), "half\n\n"),
            "nothing can be read"
        );
    }
}
