//! What opening says of a file that is not as it should be, and what it then leaves alone.

use std::fs;

use kossori_engine::ports::{Change, Store, StoreError};

use super::{Folder, KEY, furnish, key, opening, picture, run};
use crate::migrate::{MIGRATIONS, Migration, latest};
use crate::{BackupWhy, Database, DatabaseKey, Opening};

/// A closed database of several hundred pages.
async fn full_of_pages() -> Folder {
    let folder = Folder::new();
    let database = folder.open().await;
    furnish(&database).await;
    database
        .commit(vec![Change::AddPicture(picture("m", "ab", &vec![5; 2_000_000]))])
        .await
        .unwrap();
    database.close().await.unwrap();
    folder
}

async fn open(folder: &Folder, key: &DatabaseKey) -> Result<Database, StoreError> {
    Database::open(&folder.database(), key, opening()).await
}

fn spoil(folder: &Folder, from: usize, bytes: usize) {
    let mut file = fs::read(folder.database()).unwrap();
    for byte in &mut file[from..from + bytes] {
        *byte ^= 0x55;
    }
    fs::write(folder.database(), file).unwrap();
}

fn error(opened: Result<Database, StoreError>) -> StoreError {
    opened.err().expect("it must not open")
}

#[tokio::test]
async fn what_was_written_is_there_again() {
    let folder = full_of_pages().await;
    let database = folder.open().await;
    assert_eq!(database.accounts().await.unwrap(), [super::account("a")]);
    assert!(
        !folder.0.path().join("backups").exists(),
        "opening as it is needs no backup"
    );
}

#[tokio::test]
async fn a_wrong_key() {
    let folder = full_of_pages().await;
    let before = fs::read(folder.database()).unwrap();
    let mut other = KEY;
    other[31] ^= 1;
    assert_eq!(
        error(open(&folder, &DatabaseKey::new(other)).await),
        StoreError::WrongKey
    );
    assert_eq!(
        fs::read(folder.database()).unwrap(),
        before,
        "nothing is written with a wrong key"
    );
    open(&folder, &key()).await.unwrap();
}

#[tokio::test]
async fn a_damaged_first_page_is_not_a_wrong_key() {
    for (what, from, bytes) in [("one byte", 100, 1), ("all but the salt", 16, 4080)] {
        let folder = full_of_pages().await;
        spoil(&folder, from, bytes);
        assert_eq!(error(open(&folder, &key()).await), StoreError::Damaged, "{what}");
        let other = DatabaseKey::new([9; 32]);
        assert_eq!(
            error(open(&folder, &other).await),
            StoreError::WrongKey,
            "{what}, and a wrong key"
        );
    }
}

#[tokio::test]
async fn without_its_salt_a_backup_tells_that_the_key_is_right() {
    let folder = full_of_pages().await;
    let database = folder.open().await;
    database.backup(super::at(0), BackupWhy::Asked).await.unwrap();
    database.close().await.unwrap();
    spoil(&folder, 0, 4096);
    assert_eq!(error(open(&folder, &key()).await), StoreError::Damaged);
    assert_eq!(
        error(open(&folder, &DatabaseKey::new([9; 32])).await),
        StoreError::WrongKey
    );
}

#[tokio::test]
async fn a_file_cut_short_or_of_something_else() {
    let folder = full_of_pages().await;
    let bytes = fs::read(folder.database()).unwrap();
    fs::write(folder.database(), &bytes[..1000]).unwrap();
    assert_eq!(
        error(open(&folder, &key()).await),
        StoreError::Damaged,
        "no database has 1,000 bytes"
    );
    fs::write(folder.database(), vec![0; 8192]).unwrap();
    assert_eq!(
        error(open(&folder, &key()).await),
        StoreError::WrongKey,
        "nothing of ours is in it"
    );
    assert_eq!(
        fs::read(folder.database()).unwrap(),
        vec![0; 8192],
        "and it is left as it is"
    );
}

#[tokio::test]
async fn damage_further_in_is_said_by_the_read_that_meets_it() {
    let folder = full_of_pages().await;
    let pages = fs::metadata(folder.database()).unwrap().len() as usize / 4096;
    spoil(&folder, (pages - 100) * 4096 + 50, 1);
    let database = open(&folder, &key()).await.unwrap();
    assert_eq!(database.check().await, Err(StoreError::Damaged));
    assert_eq!(
        database.picture(&"m".into()).await.err(),
        Some(StoreError::Damaged)
    );
    assert_eq!(
        database.accounts().await.unwrap().len(),
        1,
        "the rest can still be read"
    );
    database
        .commit(vec![Change::RemoveDraft("x".into())])
        .await
        .expect_err("stale, as ever");
}

#[tokio::test]
async fn a_whole_database_checks() {
    let folder = full_of_pages().await;
    folder.open().await.check().await.unwrap();
}

#[tokio::test]
async fn a_newer_one_is_left_alone() {
    let folder = Folder::new();
    let database = folder.open().await;
    run(&database, "PRAGMA user_version = 99").await.unwrap();
    database.close().await.unwrap();
    let before = fs::read(folder.database()).unwrap();
    assert_eq!(error(open(&folder, &key()).await), StoreError::Newer);
    assert_eq!(fs::read(folder.database()).unwrap(), before);
    assert!(!folder.0.path().join("backups").exists());
}

#[tokio::test]
async fn a_missing_one_is_made_only_if_asked() {
    let folder = Folder::new();
    let asked_not = Opening {
        create: false,
        ..opening()
    };
    let opened = Database::open(&folder.database(), &key(), asked_not).await;
    assert_eq!(error(opened), StoreError::Broken);
    assert!(!folder.database().exists(), "and not left behind");
    folder.open().await;
    Database::open(&folder.database(), &key(), asked_not)
        .await
        .unwrap();
}

#[tokio::test]
async fn a_creation_that_was_cut_short_is_finished() {
    let folder = Folder::new();
    // The file and its first page are there, the tables are not.
    let database = Database::open_with(&folder.database(), &key(), opening(), &[])
        .await
        .unwrap();
    drop(database);
    furnish(&folder.open().await).await;
}

/// What a later program may bring.
fn later() -> Vec<Migration> {
    let newest = latest(MIGRATIONS);
    let more = [
        Migration {
            number: newest + 1,
            sql: "ALTER TABLE posts ADD COLUMN mood TEXT; UPDATE posts SET mood = 'calm';",
        },
        Migration {
            number: newest + 2,
            sql: "CREATE INDEX posts_by_mood ON posts (mood);",
        },
    ];
    [MIGRATIONS, &more].concat()
}

fn broken() -> Vec<Migration> {
    let more = [Migration {
        number: latest(MIGRATIONS) + 1,
        sql: "ALTER TABLE posts ADD COLUMN mood TEXT; SELECT * FROM nowhere;",
    }];
    [MIGRATIONS, &more].concat()
}

#[tokio::test]
async fn a_migration_comes_after_a_backup() {
    let folder = full_of_pages().await;
    let opened = Database::open_with(&folder.database(), &key(), opening(), &later())
        .await
        .unwrap();
    let newest = i64::from(latest(MIGRATIONS));
    assert_eq!(super::number(&opened, "PRAGMA user_version").await, newest + 2);
    assert_eq!(
        super::number(&opened, "SELECT count(*) FROM posts WHERE mood = 'calm'").await,
        1
    );
    let backups = opened.backups().unwrap();
    assert_eq!(
        backups.iter().map(|backup| backup.why).collect::<Vec<_>>(),
        [BackupWhy::BeforeMigration]
    );
    opened.close().await.unwrap();
    assert_eq!(
        error(open(&folder, &key()).await),
        StoreError::Newer,
        "the older program says so"
    );

    // The backup is the version before, and a way back.
    crate::restore(&folder.database(), &key(), &backups[0].path, super::at(5))
        .await
        .unwrap();
    let database = open(&folder, &key()).await.unwrap();
    assert_eq!(super::number(&database, "PRAGMA user_version").await, newest);
    assert_eq!(database.accounts().await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_migration_that_fails_leaves_the_version_before() {
    let folder = full_of_pages().await;
    let opened = Database::open_with(&folder.database(), &key(), opening(), &broken()).await;
    assert_eq!(error(opened), StoreError::Broken);
    let database = open(&folder, &key()).await.unwrap();
    let newest = i64::from(latest(MIGRATIONS));
    assert_eq!(super::number(&database, "PRAGMA user_version").await, newest);
    let columns = "SELECT count(*) FROM pragma_table_info('posts') WHERE name = 'mood'";
    assert_eq!(
        super::number(&database, columns).await,
        0,
        "half a migration is none"
    );
    assert_eq!(database.backups().unwrap().len(), 1);
}

/// The first of two goes through, the second does not: a full disk, or a process that is killed between them.
#[tokio::test]
async fn of_several_migrations_the_backup_is_from_before_the_first() {
    let folder = full_of_pages().await;
    let mut cut_off = later();
    cut_off.last_mut().unwrap().sql = "SELECT * FROM nowhere;";
    for again in 0..2 {
        let opening = Opening {
            now: super::at(again),
            ..opening()
        };
        let opened = Database::open_with(&folder.database(), &key(), opening, &cut_off).await;
        assert_eq!(error(opened), StoreError::Broken);
    }
    let opened = Database::open_with(&folder.database(), &key(), opening(), &later()).await;
    opened.unwrap().close().await.unwrap();
    let backups = crate::backups_of(&folder.database()).unwrap();
    let newest = backups
        .iter()
        .find(|backup| backup.why == BackupWhy::BeforeMigration);
    crate::restore(&folder.database(), &key(), &newest.unwrap().path, super::at(5))
        .await
        .unwrap();
    // Of a database that stands between two versions the program from before would say that it is newer.
    let database = open(&folder, &key()).await.unwrap();
    let version = super::number(&database, "PRAGMA user_version").await;
    assert_eq!(version, i64::from(latest(MIGRATIONS)));
}

#[tokio::test]
async fn a_migration_that_fails_again_and_again_costs_no_days_backup() {
    let folder = full_of_pages().await;
    let database = folder.open().await;
    let days = [0, 1, 2, 3].map(|day| super::at(day * 86_400));
    for day in days {
        database.backup(day, BackupWhy::Daily).await.unwrap();
    }
    database.close().await.unwrap();
    for again in 0..7 {
        let opening = Opening {
            now: super::at(4 * 86_400 + again),
            ..opening()
        };
        let opened = Database::open_with(&folder.database(), &key(), opening, &broken()).await;
        assert_eq!(error(opened), StoreError::Broken);
    }
    let backups = crate::backups_of(&folder.database()).unwrap();
    let of = |why| {
        let of = backups.iter().filter(move |backup| backup.why == why);
        of.map(|backup| backup.at).collect::<Vec<_>>()
    };
    assert_eq!(of(BackupWhy::BeforeMigration), [super::at(4 * 86_400 + 6)]);
    assert_eq!(of(BackupWhy::Daily), [days[3], days[2], days[1], days[0]]);
}

#[test]
fn migrations_are_numbered_without_gaps() {
    for (index, migration) in MIGRATIONS.iter().enumerate() {
        assert_eq!(migration.number as usize, index + 1);
    }
}
