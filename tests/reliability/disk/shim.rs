//! The bad disk as a test orders it. What it does is in `shims/disk.c`.

pub use crate::support::chance::Chance;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use crate::support::servers::repository;
use crate::support::world::World;

pub const EIO: i32 = 5;
pub const ENOSPC: i32 = 28;

/// Which calls are meant, in the order of the shim's counters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Open,
    Write,
    Sync,
    /// rename, link, unlink, mkdir.
    Name,
    Any,
    /// Whatever takes room: a write, a file or a name that is made.
    Full,
}

impl Kind {
    fn as_str(self) -> &'static str {
        match self {
            Kind::Open => "open",
            Kind::Write => "write",
            Kind::Sync => "sync",
            Kind::Name => "name",
            Kind::Any => "any",
            Kind::Full => "full",
        }
    }

    fn counter(self) -> usize {
        match self {
            Kind::Open => 0,
            Kind::Write => 1,
            Kind::Sync => 2,
            Kind::Name => 3,
            Kind::Any => 5,
            Kind::Full => 6,
        }
    }
}

/// What happens at the `nth` call of its kind, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    None,
    /// `once`, `on` (and from then on), or `short` (a write does half).
    Fail(Kind, u64, i32, &'static str),
    /// `before`, `half` or `after` it is done.
    Kill(Kind, u64, &'static str),
}

pub struct BadDisk {
    folder: PathBuf,
    pub beside: PathBuf,
    keeps_log: bool,
}

const FIRED: usize = 7;
const COUNTERS: usize = 8;

impl BadDisk {
    /// Under the world's data folder.
    pub fn under(world: &World) -> BadDisk {
        let base = world.bus.folder().canonicalize().expect("the world's folder");
        let within = world.data_dir().strip_prefix(world.bus.folder());
        BadDisk::of(
            base.join(within.expect("in the world's folder")),
            base.join("beside"),
        )
    }

    pub fn of(folder: PathBuf, beside: PathBuf) -> BadDisk {
        std::fs::create_dir_all(&beside).expect("a folder");
        BadDisk {
            folder,
            beside,
            keeps_log: false,
        }
    }

    /// It keeps what a loss of power would take.
    pub fn with_power(self) -> BadDisk {
        BadDisk {
            keeps_log: true,
            ..self
        }
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The program runs over it. Its counters begin anew.
    pub fn put_under(&self, command: &mut Command, fault: Fault) {
        std::fs::write(self.beside.join("counts"), [0; COUNTERS * 8]).expect("the counters");
        command
            .env("LD_PRELOAD", library())
            .env("KOSSORI_SHIM_FOLDER", &self.folder)
            .env("KOSSORI_SHIM_BESIDE", &self.beside);
        if self.keeps_log {
            command.env("KOSSORI_SHIM_POWER", "1");
        }
        match fault {
            Fault::None => command,
            Fault::Fail(kind, nth, errno, how) => command.env(
                "KOSSORI_SHIM_FAIL",
                format!("{}:{nth}:{errno}:{how}", kind.as_str()),
            ),
            Fault::Kill(kind, nth, how) => {
                command.env("KOSSORI_SHIM_KILL", format!("{}:{nth}:{how}", kind.as_str()))
            }
        };
    }

    /// Calls of this kind since the last program was put over it.
    pub fn count(&self, kind: Kind) -> u64 {
        self.counter(kind.counter())
    }

    pub fn fired(&self) -> bool {
        self.counter(FIRED) > 0
    }

    fn counter(&self, index: usize) -> u64 {
        let bytes = std::fs::read(self.beside.join("counts")).expect("the counters");
        let counter = bytes.chunks_exact(8).nth(index).expect("a counter");
        u64::from_le_bytes(counter.try_into().expect("eight bytes"))
    }
}

/// Compiled when the first test of this process wants it. Others may do the same at this moment: each into a file of its
/// own.
fn library() -> &'static Path {
    static LIBRARY: OnceLock<PathBuf> = OnceLock::new();
    LIBRARY.get_or_init(|| {
        let tests = std::env::current_exe().expect("the tests' own program");
        let built = tests.with_file_name("disk-shim.so");
        let fresh = tests.with_file_name(format!("disk-shim-{}.so", std::process::id()));
        let compiled = Command::new("cc")
            .args(["-shared", "-fPIC", "-O2", "-Wall", "-Wextra", "-Werror", "-o"])
            .arg(&fresh)
            .arg(repository().join("tests/shims/disk.c"))
            .args(["-ldl", "-lpthread"])
            .status()
            .expect("a C compiler: run script/setup first");
        assert!(compiled.success(), "shims/disk.c compiles");
        std::fs::rename(&fresh, &built).expect("the library in its place");
        built
    })
}
