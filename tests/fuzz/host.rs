//! A folder with something of everything in it, its real host in this process, and what is told apart from it: whether
//! anything was written.

use std::fs::File;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use futures_util::StreamExt as _;
use futures_util::stream;
use kossori_api::{Reply, Request};
use kossori_core::network::Network;
use kossori_engine::ports::{Autostart as _, Publisher, Publishers};
use kossori_host::{Attention, Host, Machine, Options, Role, Settings, Storage};
use kossori_simulation::{SimAutostart, SimClock, SimVault};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::valid::Known;
use crate::support::hosted::NoWindow;
use crate::support::simulated::at;
use crate::support::world::{deliveries_of, id_of};

pub struct Fuzzed {
    pub host: Arc<Host>,
    pub known: Known,
    vault: Arc<SimVault>,
    autostart: Arc<SimAutostart>,
    folder: TempDir,
}

/// Everything that can differ: what is kept in files, in the keyring, and by the desktop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Digest {
    files: Vec<(PathBuf, u64)>,
    entries: Vec<(String, String)>,
    autostart: bool,
}

/// Nothing here reaches another machine.
struct PracticeAlone(Arc<dyn Publishers>);

impl Publishers for PracticeAlone {
    fn publisher(&self, network: Network) -> Option<Arc<dyn Publisher>> {
        (network == Network::Practice)
            .then(|| self.0.publisher(network))
            .flatten()
    }
}

impl Fuzzed {
    pub async fn new() -> Fuzzed {
        let vault = Arc::<SimVault>::default();
        let autostart = Arc::<SimAutostart>::default();
        // In memory where there is such a place: a commit then costs no disk.
        let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir());
        let folder = folder.expect("a temporary folder");
        let machine = Machine {
            // A Tuesday, outside any window: nothing is due.
            clock: SimClock::new(at("2026-11-24 15:00")),
            vault: vault.clone(),
            signs: Box::pin(stream::pending().fuse()),
            window: Arc::new(NoWindow),
            autostart: autostart.clone(),
            between: Some(Arc::new(|mut ports| {
                ports.publishers = Arc::new(PracticeAlone(ports.publishers));
                ports
            })),
        };
        let options = Options {
            data_dir: folder.path().join("kossori"),
            // It does what it is asked, and nothing by itself.
            role: Role::Command,
            storage: Storage::Disk,
            settings: Settings::default(),
            attention: Attention::Unattended,
        };
        let host = Host::open_on(options, machine).await.expect("the host opens");
        let known = fill(&host).await;
        Fuzzed {
            host,
            known,
            vault,
            autostart,
            folder,
        }
    }

    pub async fn close(self) {
        self.host.close().await;
    }

    fn data_dir(&self) -> PathBuf {
        self.folder.path().join("kossori")
    }

    /// The head of the log's index, which SQLite writes anew with each commit and at no other time.
    pub fn commits(&self) -> [u8; 48] {
        let mut head = [0; 48];
        let mut index = File::open(self.data_dir().join("kossori.db-shm")).expect("the log's index");
        index.read_exact(&mut head).expect("its head");
        head
    }

    pub fn digest(&self) -> Digest {
        let mut files = Vec::new();
        let mut folders = vec![self.data_dir()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(&folder).expect("a folder").flatten() {
                let path = entry.path();
                if path.is_dir() {
                    folders.push(path);
                } else if !is_of_readers(&path) {
                    let bytes = std::fs::read(&path).expect("a file");
                    let mut hasher = DefaultHasher::new();
                    bytes.hash(&mut hasher);
                    files.push((path, hasher.finish()));
                }
            }
        }
        files.sort();
        Digest {
            files,
            entries: self.vault.entries(),
            autostart: self.autostart.is_on(),
        }
    }
}

/// Readers note in it how far they read.
fn is_of_readers(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "db-shm")
}

async fn ask(host: &Host, request: Value) -> Value {
    let read: Request = serde_json::from_value(request.clone()).expect("a request");
    match host.ask(read).await {
        Reply::Done(value) => value,
        Reply::Refused(problem) => panic!("{request}: {problem:?}"),
    }
}

async fn fill(host: &Host) -> Known {
    let account = json!({"do": "account_add", "network": "practice", "handle": "me", "local_server": false});
    let account = id_of(&ask(host, account).await);
    let content = json!({"parts": [{"text": "a thought", "media": []}]});
    let draft = json!({"do": "draft_add", "accounts": [account], "content": content});
    let draft = id_of(&ask(host, draft).await);
    let post = json!({"do": "post_add", "accounts": [account], "content": content});
    let queued = deliveries_of(&ask(host, post).await).remove(0);
    let closed = json!({"do": "closed_add", "from": "2026-12-28 00:00", "to": "2027-01-04 00:00", "zone": "Asia/Tokyo"});
    ask(host, closed).await;
    let closed = ask(host, json!({"do": "closed_list"})).await;
    let windows = ask(host, json!({"do": "window_list"})).await;
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    Known {
        account,
        draft,
        queued,
        window: text(&windows["windows"][0]["name"]),
        closed: text(&closed["closed"][0]["id"]),
    }
}
