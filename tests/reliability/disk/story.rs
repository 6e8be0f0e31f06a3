//! What all of these tests tell: a person queues posts, a host publishes them over the bad disk, and the server says what
//! came of each.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use jiff::SignedDuration;
use jiff::civil::DateTime;
use serde_json::Value;

use super::forgetful::Forgetful;
use super::host::start_host;
use super::shim::{BadDisk, Fault, Kind};
use crate::support::pictures::telling_jpeg;
use crate::support::readers::{bluesky_posts, mastodon_posts};
use crate::support::servers::{BlueskyAccount, Mastodon, Pds};
use crate::support::tally::Row;
use crate::support::world::{Running, Said, World, id_of, mastodon_sign_in, run, wait_for};

/// Nothing of the host's disk is in it.
pub enum Server {
    Bluesky(Box<Pds>, BlueskyAccount),
    Mastodon(Box<Mastodon>),
    Forgetful(Forgetful),
}

impl Server {
    pub async fn bluesky() -> Server {
        let pds = Pds::start().await;
        let alice = pds.create_account("alice.test", "correct horse").await;
        Server::Bluesky(Box::new(pds), alice)
    }

    pub async fn mastodon() -> Server {
        Server::Mastodon(Box::new(Mastodon::start().await))
    }

    pub fn name(&self) -> &'static str {
        match self {
            Server::Bluesky(..) => "bluesky",
            Server::Mastodon(_) => "mastodon",
            Server::Forgetful(_) => "a server that ignores keys",
        }
    }

    fn takes_pictures(&self) -> bool {
        !matches!(self, Server::Forgetful(_))
    }

    pub async fn texts(&self) -> Vec<String> {
        match self {
            Server::Bluesky(pds, alice) => {
                let blobs = tempfile::tempdir().expect("a folder");
                let posts = bluesky_posts(&pds.direct, &alice.did, blobs.path()).await;
                let text = |record: &Value| record["text"].as_str().unwrap_or_default().to_owned();
                posts.iter().map(|post| text(&post.record)).collect()
            }
            Server::Mastodon(mastodon) => {
                let posts = mastodon_posts(&mastodon.direct, mastodon.token("alice")).await;
                posts.into_iter().map(|post| post.text).collect()
            }
            Server::Forgetful(forgetful) => forgetful.texts(),
        }
    }
}

/// The last that a host does is to look again: without a call to its disk for so long, it has nothing to do.
const IDLE: Duration = Duration::from_millis(1_300);
const LIMIT: Duration = Duration::from_secs(90);

pub struct Story {
    pub world: World,
    pub disk: BadDisk,
    pub server: Server,
    pub account: String,
    picture: PathBuf,
    /// Every text that a person tried to queue, and whether they were told that it is.
    queued: BTreeMap<String, bool>,
    /// The last host lived until it had nothing to do.
    rested: Cell<bool>,
}

/// What became of the texts of a story.
#[derive(Debug, Default)]
pub struct Became {
    pub sent: u64,
    pub doubled: Vec<String>,
    pub lost: Vec<String>,
    /// Left to the person, not there.
    pub asked: u64,
}

impl Story {
    pub fn begin(server: Server) -> Story {
        let world = World::start();
        let account = match &server {
            Server::Bluesky(pds, alice) => world.add_bluesky(pds, alice),
            Server::Mastodon(mastodon) => world.add_mastodon(mastodon, "alice"),
            Server::Forgetful(forgetful) => world.sign_in(&mastodon_sign_in(&forgetful.url), "a-token\n"),
        };
        world.open_wide();
        let picture = world.bus.folder().join("picture.jpg");
        telling_jpeg(&picture, 320, 240, 7);
        let disk = BadDisk::under(&world);
        Story {
            world,
            disk,
            server,
            account,
            picture,
            queued: BTreeMap::new(),
            rested: Cell::new(false),
        }
    }

    pub fn with_power(self) -> Story {
        Story {
            disk: self.disk.with_power(),
            ..self
        }
    }

    /// A command over the bad disk.
    pub fn say(&self, arguments: &[&str], stdin: &str, fault: Fault) -> Said {
        let mut command = self.world.command(arguments);
        self.disk.put_under(&mut command, fault);
        run(command, stdin)
    }

    /// `post add`. Answers whether it was acknowledged.
    pub fn add(&mut self, text: &str, picture: bool, fault: Fault) -> Said {
        let path = self.picture.display().to_string();
        let mut arguments = vec!["post", "add", "--account", &self.account, "--stdin"];
        if picture && self.server.takes_pictures() {
            arguments.extend(["--media", &path, "--alt", "noise"]);
        }
        let said = self.say(&arguments, text, fault);
        self.queued.insert(text.to_owned(), said.exit == 0);
        said
    }

    pub fn start_host(&self, fault: Fault) -> Running {
        start_host(&self.world, &self.disk, fault)
    }

    /// A host until the fault ends it, or it ends by itself, or has nothing left to do. Answers whether the fault fired.
    pub fn host_until_it_rests(&self, fault: Fault) -> bool {
        let mut host = self.start_host(fault);
        self.rested.set(false);
        let mut seen = (0, 0_u32);
        let step = Duration::from_millis(10);
        let mut waited = Duration::ZERO;
        loop {
            if host.0.try_wait().expect("a child").is_some() {
                break;
            }
            let calls = self.disk.count(Kind::Any);
            let grown = calls != seen.0;
            seen = (calls, if grown { 0 } else { seen.1 + 1 });
            // Before its first call it is being started, however long that takes on a busy machine.
            if calls > 0 && step * seen.1 >= IDLE {
                self.rested.set(true);
                break;
            }
            waited += step;
            // It tries again and again what the disk does not take: it has met its fault.
            if waited >= 4 * IDLE && self.disk.fired() {
                self.rested.set(true);
                break;
            }
            assert!(waited < 2 * LIMIT, "the host neither rests nor ends");
            std::thread::sleep(step);
        }
        host.kill();
        self.disk.fired()
    }

    pub fn rested(&self) -> bool {
        self.rested.get()
    }

    /// Why the folder as a whole sends nothing: null.
    pub fn pauses(&self) -> Value {
        self.world.ctl(&["status"])["reason"].clone()
    }

    /// A good disk, until nothing goes out by itself any more.
    pub fn settle(&self) {
        let mut host = self.start_host(Fault::None);
        wait_for("the host", LIMIT, || self.world.say(&["status"]).exit == 0);
        assert_eq!(self.pauses(), Value::Null, "the folder goes on by itself");
        wait_for("everything to be settled", 2 * LIMIT, || {
            let states = self.states();
            states
                .values()
                .all(|state| matches!(state.as_str(), "sent" | "needs_you" | "held" | "removed"))
        });
        host.end();
    }

    /// The day's backup is due again.
    pub fn age_backups(&self) {
        let folder = self.disk.folder().join("backups");
        let day = SignedDuration::from_hours(25);
        let mut names: Vec<_> = std::fs::read_dir(&folder)
            .into_iter()
            .flatten()
            .flatten()
            .filter_map(|entry| entry.file_name().into_string().ok())
            .filter(|name| name.ends_with("-daily.db"))
            .collect();
        // The oldest first, so that none takes another's name.
        names.sort();
        for name in names {
            let made = DateTime::strptime("kossori-%Y%m%d-%H%M%S-daily.db", &name).expect("a backup's name");
            let older = made.checked_sub(day).expect("a time");
            let older = older.strftime("kossori-%Y%m%d-%H%M%S-daily.db").to_string();
            std::fs::rename(folder.join(&name), folder.join(older)).expect("renamed");
        }
    }

    /// By name, and whether they are whole; newest first.
    pub fn backups(&self) -> Vec<(String, bool)> {
        let listed = self.world.ctl(&["backup", "list"]);
        let rows = listed["backups"].as_array().expect("rows");
        let row = |row: &Value| (id_of(row), row["whole"] == true);
        rows.iter().map(row).collect()
    }

    pub fn newest_backup(&self) -> String {
        self.backups().remove(0).0
    }

    pub fn is_whole(&self) {
        let doctor = self.world.ctl(&["doctor"]);
        let checks = doctor["checks"].as_array().expect("checks");
        assert!(checks.iter().all(|check| check["ok"] == true), "{doctor}");
    }

    /// The whole database as it is now, closed.
    pub fn put_away(&self) -> Vec<u8> {
        // A command opens it alone and closes it, so nothing is left in its log.
        self.world.ctl(&["status"]);
        std::fs::read(self.disk.folder().join("kossori.db")).expect("the database")
    }

    pub fn put_back(&self, database: &[u8]) {
        for entry in std::fs::read_dir(self.disk.folder())
            .expect("the folder")
            .flatten()
        {
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.starts_with("kossori.db") {
                std::fs::remove_file(entry.path()).expect("removed");
            }
        }
        std::fs::write(self.disk.folder().join("kossori.db"), database).expect("written");
    }

    /// The state of each text that the folder knows.
    pub fn states(&self) -> BTreeMap<String, String> {
        let list = self.world.ctl(&["queue", "list", "--all"]);
        let rows = list["deliveries"].as_array().expect("rows");
        let word = |row: &Value, name: &str| row[name].as_str().unwrap_or_default().to_owned();
        rows.iter()
            .map(|row| (word(row, "text"), word(row, "state")))
            .collect()
    }

    /// As the server's list has it, and where it has nothing, as the folder says.
    pub async fn became(&self) -> Became {
        let mut copies: BTreeMap<String, u64> = BTreeMap::new();
        for text in self.server.texts().await {
            *copies.entry(text).or_default() += 1;
        }
        let states = self.states();
        let mut became = Became::default();
        for (text, acknowledged) in &self.queued {
            match (
                copies.get(text).copied().unwrap_or(0),
                states.get(text).map(String::as_str),
            ) {
                (0, Some("needs_you")) => became.asked += 1,
                (0, _) if *acknowledged => became.lost.push(text.clone()),
                (0, Some(state)) => panic!("{text}, which was refused, is {state} and not there"),
                (0, None) => {}
                (1, _) => became.sent += 1,
                _ => became.doubled.push(text.clone()),
            }
        }
        for text in copies.keys() {
            assert!(self.queued.contains_key(text), "nobody wrote {text:?}");
        }
        became
    }
}

impl Became {
    /// There is one account, and a break that is open throughout: neither time nor account can be wrong.
    pub fn into_row(self, row: Row, runs: u64, note: &str) -> Row {
        if !self.doubled.is_empty() || !self.lost.is_empty() {
            println!("doubled: {:?}, lost: {:?}", self.doubled, self.lost);
        }
        Row {
            runs,
            doubled: self.doubled.len() as u64,
            lost: self.lost.len() as u64,
            asked: self.asked,
            note: format!("{} sent. {note}", self.sent),
            ..row
        }
    }

    /// One story of several.
    pub fn onto(self, row: Row, runs: u64) -> Row {
        if !self.doubled.is_empty() || !self.lost.is_empty() {
            println!("doubled: {:?}, lost: {:?}", self.doubled, self.lost);
        }
        Row {
            runs: row.runs + runs,
            doubled: row.doubled + self.doubled.len() as u64,
            lost: row.lost + self.lost.len() as u64,
            asked: row.asked + self.asked,
            ..row
        }
    }
}
