//! Nothing that a person wrote, and nothing of the key, is readable on the disk.

use std::path::{Path, PathBuf};

use kossori_engine::model::{Delivery, FrozenPost, Revision};
use kossori_engine::ports::{AnswerJson, Change, Frozen, NewTimelinePart, NewTimelinePost, Store, Timeline};
use kossori_engine::secret::Secret;

use super::{Folder, KEY, account, at, content, delivery, draft, number, picture, post, revision};
use crate::{BackupWhy, DatabaseKey};

const CANARY: &str = "Kanarienvogel こっそり 7b1f";

/// The canary as it may stand on a disk, and what a plain database or a key would show of itself.
fn needles() -> Vec<(&'static str, Vec<u8>)> {
    let wide: Vec<u16> = CANARY.encode_utf16().collect();
    let hex = DatabaseKey::new(KEY).to_secret();
    vec![
        ("UTF-8", CANARY.as_bytes().to_vec()),
        (
            "UTF-16LE",
            wide.iter().flat_map(|unit| unit.to_le_bytes()).collect(),
        ),
        (
            "UTF-16BE",
            wide.iter().flat_map(|unit| unit.to_be_bytes()).collect(),
        ),
        ("header", b"SQLite format 3".to_vec()),
        ("schema", b"CREATE TABLE".to_vec()),
        ("key", KEY.to_vec()),
        ("key in hex", hex.expose().as_bytes().to_vec()),
    ]
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path))
        } else {
            found.push(path)
        }
    }
    found
}

fn hits(folder: &Path) -> Vec<(PathBuf, &'static str)> {
    let mut hits = Vec::new();
    for path in files(folder) {
        let bytes = std::fs::read(&path).unwrap();
        for (name, needle) in needles() {
            if bytes.windows(needle.len()).any(|window| window == needle) {
                hits.push((path.clone(), name));
            }
        }
    }
    hits
}

#[tokio::test]
async fn nothing_is_readable_in_any_file() {
    let folder = Folder::new();
    // First that the search finds what is there to be found.
    let side = folder.0.path().join("clear");
    for (name, needle) in needles() {
        std::fs::write(&side, [b"before".as_slice(), &needle, b"after"].concat()).unwrap();
        assert_eq!(
            hits(folder.0.path()),
            [(side.clone(), name)],
            "the search sees {name}"
        );
    }
    std::fs::remove_file(&side).unwrap();

    let database = folder.open().await;
    let frozen = FrozenPost {
        record: Frozen(CANARY.into()),
        at: at(0),
        author_id: CANARY.into(),
        for_good: true,
        first_try: None,
    };
    let mut changes = vec![
        Change::PutSetting {
            name: "note",
            json: format!("\"{CANARY}\""),
        },
        Change::AddAccount(kossori_engine::model::Account {
            handle: CANARY.into(),
            ..account("a")
        }),
        Change::AddDraft(draft("w", 1, CANARY)),
        Change::AddPost(post("p")),
        Change::AddRevision(Revision {
            content: content(CANARY, &[]),
            ..revision("r", "p", "")
        }),
        Change::AddPicture(picture("m", "ab", CANARY.repeat(2_000).as_bytes())),
        Change::Answered {
            request: "q".into(),
            answer: AnswerJson(CANARY.into()),
            at: at(0),
        },
    ];
    for number in 0..200 {
        let delivery = Delivery {
            frozen: Some(frozen.clone()),
            ..delivery(&format!("d{number}"), number)
        };
        changes.push(Change::AddDelivery(Box::new(delivery)));
    }
    database.commit(changes).await.unwrap();
    let part = NewTimelinePart {
        text: CANARY.into(),
        cw: None,
        reply_to: None,
        pictures: vec![],
    };
    let new = NewTimelinePost {
        account: "a".into(),
        key: "k".into(),
        published_at: at(2),
        parts: vec![part],
    };
    database.publish(new).await.unwrap();
    // A sort and a set too large for the cache must not spill into a clear file.
    number(&database, "SELECT count(*) FROM (SELECT DISTINCT b.bytes || a.id || c.id FROM deliveries a, deliveries c, picture_bytes b ORDER BY 1 LIMIT 500)").await;
    database.backup(at(0), BackupWhy::Asked).await.unwrap();
    database
        .commit(vec![Change::RemoveDraft("w".into())])
        .await
        .unwrap();

    let names: Vec<_> = files(folder.0.path())
        .iter()
        .map(|path| path.display().to_string())
        .collect();
    for wanted in [
        "kossori.db",
        "kossori.db-wal",
        "kossori.db-shm",
        "backups/kossori-",
    ] {
        assert!(
            names.iter().any(|name| name.contains(wanted)),
            "{wanted} is looked into: {names:?}"
        );
    }
    let log = std::fs::metadata(folder.0.path().join("kossori.db-wal"))
        .unwrap()
        .len();
    assert!(log > 100_000, "the log holds the writes: {log} bytes");
    assert_eq!(hits(folder.0.path()), []);

    database.close().await.unwrap();
    assert!(
        std::fs::metadata(folder.database()).unwrap().len() > 100_000,
        "now they are in the file"
    );
    assert_eq!(hits(folder.0.path()), []);
}

#[tokio::test]
async fn temporary_tables_stay_in_memory() {
    let folder = Folder::new();
    let database = folder.open().await;
    assert_eq!(number(&database, "PRAGMA temp_store").await, 2);
    let compiled =
        "SELECT count(*) FROM pragma_compile_options WHERE compile_options IN ('TEMP_STORE=2', 'HAS_CODEC')";
    assert_eq!(number(&database, compiled).await, 2);
}

#[tokio::test]
async fn the_promised_pragmas_are_on() {
    let folder = Folder::new();
    let database = folder.open().await;
    for (sql, wanted) in [
        ("PRAGMA synchronous", 2),
        ("PRAGMA foreign_keys", 1),
        ("PRAGMA secure_delete", 1),
        ("PRAGMA trusted_schema", 0),
        ("PRAGMA recursive_triggers", 1),
        ("PRAGMA auto_vacuum", 2),
        ("PRAGMA busy_timeout", 5000),
        ("SELECT journal_mode = 'wal' FROM pragma_journal_mode", 1),
    ] {
        assert_eq!(number(&database, sql).await, wanted, "{sql}");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn files_are_their_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new();
    // Made by somebody with a looser hand.
    std::fs::write(folder.database(), b"").unwrap();
    std::fs::set_permissions(folder.database(), std::fs::Permissions::from_mode(0o644)).unwrap();
    let database = folder.open().await;
    super::furnish(&database).await;
    database.backup(at(0), BackupWhy::Asked).await.unwrap();
    let found = files(folder.0.path());
    assert!(found.len() >= 4, "{found:?}");
    for path in found {
        let mode = std::fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{}", path.display());
    }
    let mode = std::fs::metadata(folder.0.path().join("backups"))
        .unwrap()
        .permissions()
        .mode()
        & 0o777;
    assert_eq!(mode, 0o700);
}

#[test]
fn the_key_does_not_show() {
    let key = DatabaseKey::new(KEY);
    assert_eq!(format!("{key:?}"), "<redacted>");
    let secret = key.to_secret();
    assert_eq!(secret.expose(), "30313233343536373839616263646566".repeat(2));
    assert_eq!(DatabaseKey::from_secret(&secret).unwrap().bytes(), &KEY);
    let capitals = Secret::new(secret.expose().to_uppercase());
    assert_eq!(DatabaseKey::from_secret(&capitals).unwrap().bytes(), &KEY);
    for bad in ["", "30", &"3".repeat(65), &"g".repeat(64), &"é".repeat(32)] {
        assert!(
            DatabaseKey::from_secret(&Secret::new(bad.to_owned())).is_none(),
            "{bad:?}"
        );
    }
}
