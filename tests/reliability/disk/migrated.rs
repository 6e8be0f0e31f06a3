//! Killed, or without room, at every call to the disk while an older database is brought to this program's version: each
//! row is there, the new tables are there once, and a host that is started on it sends what waits once, and nothing anew.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::time::Duration;

use jiff::SignedDuration;
use kossori_store::{BackupWhy, Database, Opening, backups_of, check_backup};
use sqlx::Connection as _;

use super::failing::CODES;
use super::forgetful::{Forgetful, Mood};
use super::older::{self, Keys, Rows};
use super::power::KEPT;
use super::shim::{Chance, EIO, ENOSPC, Fault, Kind};
use super::story::{Server, Story};
use crate::support::tally::{Row, amount};
use crate::support::world::{mastodon_sign_in, now, wait_for};

const LIMIT: Duration = Duration::from_secs(90);

/// One account on a server of its own: what is cut off there keeps nobody else waiting.
struct Account {
    server: Forgetful,
    id: String,
}

impl Account {
    fn on(story: &Story) -> Account {
        let server = Forgetful::start();
        let id = story.world.sign_in(&mastodon_sign_in(&server.url), "a-token\n");
        Account { server, id }
    }
}

/// A database of before, and the world around it as it was then.
struct Old {
    story: Story,
    keys: Keys,
    accounts: Vec<Account>,
    database: Vec<u8>,
    rows: Rows,
    backups: Vec<(PathBuf, Vec<u8>)>,
    mark: String,
    /// How many posts each server has.
    had: Vec<usize>,
    /// What a new database of today's program is made of.
    today: (i64, Vec<String>),
}

/// A text, as what the old database has it, what becomes of it once a host is started, and how often it is there then.
type Fate = (&'static str, &'static str, &'static str, usize);
const FATES: [Fate; 14] = [
    ("out", "sent", "sent", 1),
    ("out, too", "sent", "sent", 1),
    ("turned away", "rejected", "rejected", 0),
    ("taken back", "removed", "removed", 0),
    ("too late", "missed", "missed", 0),
    ("for a second look", "held", "held", 0),
    ("let be", "left", "left", 0),
    ("asked about", "needs_you", "needs_you", 0),
    ("no word of it", "unknown", "sent", 1),
    ("behind it", "queued", "sent", 1),
    ("cut off, there", "sending", "sent", 1),
    ("cut off, not there", "sending", "needs_you", 0),
    ("ready to go", "staged", "sent", 1),
    ("just begun", "claimed", "sent", 1),
];

impl Old {
    /// Every state that a delivery can be in, as a host left them that was killed; the rows in the tables of `version`.
    async fn make(version: usize) -> Old {
        let story = Story::begin(Server::Forgetful(Forgetful::start())).with_power();
        let accounts: Vec<Account> = (0..7).map(|_| Account::on(&story)).collect();
        let add = |account: usize, text: &str, more: &[&str]| {
            story.world.queue_with(&accounts[account].id, text, more)
        };
        let be = |account: usize, mood: Mood| accounts[account].server.be(mood);
        let until = |text: &str, state: &str| {
            wait_for(text, LIMIT, || {
                story.states().get(text).is_some_and(|is| is == state)
            });
        };
        let mut host = story.start_host(Fault::None);
        wait_for("the host", LIMIT, || story.world.say(&["status"]).exit == 0);
        for text in ["out", "out, too"] {
            add(0, text, &[]);
            until(text, "sent");
        }
        be(0, Mood::Refuses);
        add(0, "turned away", &[]);
        until("turned away", "rejected");
        be(0, Mood::Takes);
        add(0, "for a second look", &["--hold"]);
        let removed = add(0, "taken back", &["--hold"]);
        story.world.ctl(&["queue", "remove", &removed]);
        let soon = now() + SignedDuration::from_secs(3);
        add(0, "too late", &["--hold", "--expires", &soon.to_string()]);
        be(1, Mood::Drops);
        let left = add(1, "let be", &[]);
        until("let be", "needs_you");
        story.world.ctl(&["queue", "resolve", &left, "--leave"]);
        add(1, "asked about", &[]);
        until("asked about", "needs_you");
        until("too late", "missed");
        be(2, Mood::TakesAndIsGone);
        add(2, "no word of it", &[]);
        until("no word of it", "unknown");
        add(2, "behind it", &[]);
        be(3, Mood::TakesInSilence);
        add(3, "cut off, there", &[]);
        for (account, text) in [(4, "cut off, not there"), (5, "ready to go"), (6, "just begun")] {
            be(account, Mood::Ignores);
            add(account, text, &[]);
        }
        wait_for("the posts", LIMIT, || {
            accounts[3..].iter().all(|account| account.server.came() == 1)
        });
        host.kill();
        for account in &accounts {
            account.server.be(Mood::Takes);
        }
        let keys = Keys::of(&story.world).await;
        let folder = story.disk.folder();
        let older = story.world.bus.folder().join("older.db");
        older::make(&keys, &folder.join("kossori.db"), &older, version).await;
        let mut database = keys.open(&older).await;
        older::execute(&mut database, BEFORE.to_owned()).await;
        let rows = older::rows(&mut database).await;
        database.close().await.expect("closed");
        let fresh = story.world.bus.folder().join("fresh.db");
        let opening = Opening {
            create: true,
            now: now(),
        };
        let made = Database::open(&fresh, &keys.database(), opening)
            .await
            .expect("made");
        made.close().await.expect("closed");
        let today = older::schema(&mut keys.open(&fresh).await).await;
        assert_eq!(usize::try_from(today.0), Ok(older::migrations().len()));
        let backups = fs::read_dir(folder.join("backups")).expect("the day's backup");
        let backups = backups.map(|entry| entry.expect("a file").path());
        Old {
            database: fs::read(&older).expect("the older database"),
            rows,
            backups: backups
                .map(|path| (path.clone(), fs::read(path).expect("a backup")))
                .collect(),
            mark: keys.mark().await,
            had: accounts
                .iter()
                .map(|account| account.server.texts().len())
                .collect(),
            today,
            keys,
            accounts,
            story,
        }
    }

    /// The folder, the keyring and the servers as they were.
    async fn again(&self) {
        self.story.put_back(&self.database);
        let backups = self.story.disk.folder().join("backups");
        fs::remove_dir_all(&backups).expect("removed");
        fs::create_dir(&backups).expect("a folder");
        for (path, bytes) in &self.backups {
            fs::write(path, bytes).expect("written");
        }
        self.keys.put_mark_back(&self.mark).await;
        for (account, had) in self.accounts.iter().zip(&self.had) {
            account.server.go_back_to(*had);
        }
        self.story.disk.forget();
    }

    /// The program of today opens it as it is now: it has every row of before, and one of each thing of today.
    async fn opens_whole(&self, what: &str) {
        let path = self.story.disk.folder().join("kossori.db");
        let opening = Opening {
            create: false,
            now: now(),
        };
        let opened = Database::open(&path, &self.keys.database(), opening).await;
        let opened = opened.unwrap_or_else(|error| panic!("{what}: it does not open: {error}"));
        opened
            .check()
            .await
            .unwrap_or_else(|error| panic!("{what}: {error}"));
        opened.close().await.expect("closed");
        let mut database = self.keys.open(&path).await;
        assert_eq!(older::schema(&mut database).await, self.today, "{what}");
        let rows = older::rows(&mut database).await;
        database.close().await.expect("closed");
        for (table, before) in &self.rows {
            // What a later version added has no place in the older one.
            let known = |row: &BTreeMap<String, String>| {
                let mut row = lasting(table, row);
                row.retain(|column, _| before.first().is_none_or(|old| old.contains_key(column)));
                row
            };
            let after: BTreeSet<_> = rows[table].iter().map(known).collect();
            for row in before {
                let row = lasting(table, row);
                assert!(after.contains(&row), "{what}: {table} has lost {row:?}");
            }
            if ["deliveries", "attempts", "accounts", "posts"].contains(&table.as_str()) {
                assert_eq!(after.len(), before.len(), "{what}: {table}");
            }
        }
        self.has_its_backups(what).await;
    }

    /// Those of before are there, each is whole, and the newest is the old database to the last row.
    async fn has_its_backups(&self, what: &str) {
        let path = self.story.disk.folder().join("kossori.db");
        let backups = backups_of(&path).expect("listed");
        for (path, _) in &self.backups {
            assert!(path.exists(), "{what}: {} is gone", path.display());
        }
        for backup in &backups {
            let whole = check_backup(&backup.path, &self.keys.database()).await;
            assert_eq!(whole, Ok(()), "{what}: {backup:?}");
        }
        let newest = backups
            .iter()
            .find(|backup| backup.why == BackupWhy::BeforeMigration);
        let newest = newest.unwrap_or_else(|| panic!("{what}: no backup from before: {backups:?}"));
        let mut backup = self.keys.open(&newest.path).await;
        assert_eq!(older::rows(&mut backup).await, self.rows, "{what}: the backup");
        backup.close().await.expect("closed");
    }

    /// A host on it: what waits goes once, and nothing that was sent. Answers what is there twice, and what is not.
    fn goes_on(&self, what: &str) -> (u64, u64) {
        let mut host = self.story.start_host(Fault::None);
        let becomes = FATES.map(|(text, _, at_last, _)| (text.to_owned(), at_last.to_owned()));
        let becomes = BTreeMap::from(becomes);
        // Nobody else uses the folder now, so whoever listens is the host. Asking by command would keep it out.
        wait_for(&format!("{what}: the host"), LIMIT, || {
            let socket = self.story.world.socket();
            socket.is_some_and(|socket| UnixStream::connect(socket).is_ok())
        });
        wait_for(&format!("{what}: {becomes:?}"), LIMIT, || {
            let states = self.story.states();
            // Once it is final it stays so: no use to wait on.
            for (text, state) in &states {
                let ends = ["sent", "rejected", "missed", "left", "removed"].contains(&state.as_str());
                assert!(!ends || *state == becomes[text], "{what}: {text:?} is {state}");
            }
            states == becomes
        });
        host.end();
        let mut copies: BTreeMap<String, usize> = BTreeMap::new();
        for text in self.accounts.iter().flat_map(|account| account.server.texts()) {
            *copies.entry(text).or_default() += 1;
        }
        let (mut doubled, mut lost) = (0, 0);
        for (text, _, _, times) in FATES {
            let there = copies.remove(text).unwrap_or(0);
            doubled += u64::from(there > times);
            lost += u64::from(there < times);
            if there != times {
                println!("{what}: {text:?} is there {there} times");
            }
        }
        assert!(copies.is_empty(), "{what}: nobody wrote {copies:?}");
        (doubled, lost)
    }
}

/// What today's program writes otherwise than the one of then, and the two states that none of its posts stands still in.
const BEFORE: &str = "
    UPDATE deliveries SET frozen_first_try = frozen_at WHERE state = 'rejected';
    UPDATE deliveries SET state = 'staged', frozen_for_good = 0, frozen_first_try = NULL
        WHERE revision IN (SELECT id FROM revisions WHERE content LIKE '%ready to go%');
    UPDATE deliveries SET state = 'claimed', frozen_record = NULL, frozen_at = NULL, frozen_author = NULL,
            frozen_for_good = NULL, frozen_first_try = NULL
        WHERE revision IN (SELECT id FROM revisions WHERE content LIKE '%just begun%');
    UPDATE attempts SET sending_at = NULL
        WHERE delivery IN (SELECT id FROM deliveries WHERE state IN ('staged', 'claimed'));
";

/// A row without what any start changes: a command that was killed may have come as far as that.
fn lasting(table: &str, row: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let mut row = row.clone();
    let changing: &[&str] = match table {
        "deliveries" => {
            let state = match row["state"].trim_matches('\'') {
                "claimed" | "staged" => "queued",
                "sending" => "unknown",
                // What was rejected was not taken: today's program has no time of a first try for it.
                "rejected" => {
                    row.insert("frozen_first_try".to_owned(), "NULL".to_owned());
                    "rejected"
                }
                state => state,
            };
            row.insert("state".to_owned(), state.to_owned());
            &["planned_at", "planned_window", "planned_opened", "open_question"]
        }
        "attempts" => &["ended_at", "outcome"],
        _ => &[],
    };
    row.retain(|column, _| !changing.contains(&column.as_str()));
    row
}

/// As many of them as are wanted, over the whole of them.
fn some_of(faults: Vec<Fault>, sample: u64) -> Vec<Fault> {
    let all = faults.len() as u64;
    let wanted = amount(sample, all);
    let nth = |number: u64| faults[usize::try_from(number * all / wanted).expect("small")];
    (0..wanted).map(nth).collect()
}

/// What a fault does to the opening that meets it, and to all that comes after.
struct Met {
    fired: u64,
    refused: BTreeSet<String>,
    doubled: u64,
    lost: u64,
}

async fn meets(old: &Old, faults: &[Fault], chance: &mut Chance) -> Met {
    let mut met = Met {
        fired: 0,
        refused: BTreeSet::new(),
        doubled: 0,
        lost: 0,
    };
    for fault in faults {
        let what = format!("{fault:?}");
        old.again().await;
        let said = old.story.say(&["status"], "", *fault);
        if !old.story.disk.fired() {
            assert_eq!(said.exit, 0, "{what}: {said:?}");
            continue;
        }
        met.fired += 1;
        if said.exit > 0 {
            let code = said.refusal()["code"].as_str().unwrap_or_default().to_owned();
            assert!(CODES.contains(&code.as_str()), "{what}: {said:?}");
            met.refused.insert(code);
        }
        if chance.below(2) == 0 {
            let kept = chance.one_of(&KEPT);
            old.story.disk.cut_power(chance, kept);
        }
        old.opens_whole(&what).await;
        let (doubled, lost) = old.goes_on(&what);
        met.doubled += doubled;
        met.lost += lost;
    }
    met
}

#[tokio::test(flavor = "multi_thread")]
async fn each_row_is_there_and_each_post_goes_once() {
    let mut chance = Chance::new(9);
    // Every version that there was.
    for version in 1..older::migrations().len() {
        let old = Old::make(version).await;
        let had = FATES.map(|(text, state, ..)| (text.to_owned(), format!("'{state}'")));
        let states = old.rows["deliveries"].iter().map(|row| row["state"].clone());
        let wanted = had.iter().map(|(_, state)| state.clone());
        assert_eq!(states.collect::<BTreeSet<_>>(), wanted.collect(), "every state");
        old.again().await;
        assert_eq!(old.story.say(&["status"], "", Fault::None).exit, 0);
        let count = |kind| old.story.disk.count(kind);
        let (calls, writes, full) = (count(Kind::Any), count(Kind::Write), count(Kind::Full));
        assert!(calls > 60 && full > 20, "{calls} calls, {full} that take room");
        let failing = [Kind::Open, Kind::Write, Kind::Sync, Kind::Name]
            .map(|kind| (1..=count(kind)).map(move |nth| Fault::Fail(kind, nth, EIO, "once")));

        // One more than there are: at last it runs through.
        let killed = (1..=calls + 1).map(|nth| Fault::Kill(Kind::Any, nth, "before"));
        let killed = killed.chain((1..=writes).map(|nth| Fault::Kill(Kind::Write, nth, "half")));
        let killed = some_of(killed.collect(), 10);
        let met = meets(&old, &killed, &mut chance).await;
        let row = |fault: &str, how: &str, met: &Met, note: String| Row {
            runs: met.fired,
            doubled: met.doubled,
            lost: met.lost,
            asked: met.fired,
            note,
            ..Row::new(fault, how, "a server that ignores keys")
        };
        row(
            &format!("killed while a database of version {version} is brought to today's"),
            "at the N-th call to the disk; then the power or the process gone",
            &met,
            format!(
                "{calls} calls; {} posts in all twelve states: every row there, the new tables once, the backup from \
                 before whole. Asked is the one that was cut off and is not there.",
                FATES.len()
            ),
        )
        .held();

        let full = (1..=full).map(|nth| Fault::Fail(Kind::Full, nth, ENOSPC, "on"));
        let failing = some_of(full.chain(failing.into_iter().flatten()).collect(), 8);
        let met = meets(&old, &failing, &mut chance).await;
        let codes: Vec<_> = met.refused.iter().map(String::as_str).collect();
        let note = format!("Said as {}; with room again it goes on.", codes.join(", "));
        row(
            &format!("the disk fails while a database of version {version} is brought to today's"),
            "full from the N-th call on that takes room; the N-th open, write, fsync or rename fails",
            &met,
            note,
        )
        .held();
    }
}
