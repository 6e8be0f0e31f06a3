//! Backups: made, checked, counted, and put back.

use std::fs;

use kossori_engine::ports::{Change, Store, StoreError};

use super::{Folder, account, at, furnish, key, open, picture};
use crate::{BackupWhy, Database, DatabaseKey, RESTORED, finish_restore, restore};

const DAY: i64 = 86_400;

#[tokio::test]
async fn a_backup_opens_and_holds_what_was_there() {
    let folder = Folder::new();
    let database = folder.open().await;
    furnish(&database).await;
    let made = database.backup(at(DAY), BackupWhy::Asked).await.unwrap();
    assert_eq!(made.path.file_name().unwrap(), "kossori-20261124-120000-asked.db");
    assert_eq!((made.at, made.why), (at(DAY), BackupWhy::Asked));
    assert_eq!(database.backups().unwrap(), std::slice::from_ref(&made));
    // What comes after the backup is not in it.
    database
        .commit(vec![Change::AddAccount(account("later"))])
        .await
        .unwrap();

    let elsewhere = Folder::new();
    fs::copy(&made.path, elsewhere.database()).unwrap();
    let copy = elsewhere.open().await;
    assert_eq!(copy.accounts().await.unwrap(), [account("a")]);
    assert!(copy.delivery(&"d".into()).await.unwrap().is_some());
    let left: Vec<_> = fs::read_dir(folder.0.path().join("backups")).unwrap().collect();
    assert_eq!(left.len(), 1, "nothing else is left beside it");
}

#[tokio::test]
async fn the_newest_five_are_kept() {
    let folder = Folder::new();
    let database = folder.open().await;
    furnish(&database).await;
    let strange = folder.0.path().join("backups/kossori-20010101-000000-mine.db");
    for day in 0..7 {
        database.backup(at(day * DAY), BackupWhy::Daily).await.unwrap();
        fs::write(&strange, b"not ours").unwrap();
    }
    let days = |backups: Vec<crate::BackupFile>| backups.iter().map(|b| b.at).collect::<Vec<_>>();
    assert_eq!(
        days(database.backups().unwrap()),
        [6, 5, 4, 3, 2].map(|day| at(day * DAY))
    );
    // The clock was set back: the new one counts as the oldest and is kept all the same.
    database.backup(at(-DAY), BackupWhy::Asked).await.unwrap();
    assert_eq!(
        days(database.backups().unwrap()),
        [6, 5, 4, 3, -1].map(|day| at(day * DAY))
    );
    assert!(
        strange.exists(),
        "a file that we did not name is not ours to remove"
    );
}

#[tokio::test]
async fn daily_means_once_in_a_day() {
    let folder = Folder::new();
    let database = folder.open().await;
    assert!(
        database.backup_if_due(at(0)).await.unwrap().is_some(),
        "there is none yet"
    );
    assert_eq!(database.backup_if_due(at(0)).await.unwrap(), None);
    assert_eq!(database.backup_if_due(at(DAY - 1)).await.unwrap(), None);
    assert!(database.backup_if_due(at(DAY)).await.unwrap().is_some());
    assert!(
        database.backup_if_due(at(-5)).await.unwrap().is_some(),
        "the clock was set back"
    );
    let memory = Database::in_memory().await.unwrap();
    assert_eq!(memory.backup_if_due(at(0)).await.unwrap(), None);
    assert_eq!(
        memory.backup(at(0), BackupWhy::Asked).await,
        Err(StoreError::Broken)
    );
    assert_eq!(memory.backups().unwrap(), []);
}

#[tokio::test]
async fn one_that_does_not_check_is_removed_and_said() {
    let folder = Folder::new();
    let database = folder.open().await;
    database
        .commit(vec![Change::AddPicture(picture("m", "ab", &vec![5; 2_000_000]))])
        .await
        .unwrap();
    let good = database.backup(at(0), BackupWhy::Daily).await.unwrap();
    database.close().await.unwrap();
    let mut bytes = fs::read(folder.database()).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(folder.database(), bytes).unwrap();

    let database = folder.open().await;
    assert_eq!(
        database.backup(at(DAY), BackupWhy::Daily).await,
        Err(StoreError::Damaged)
    );
    assert_eq!(database.backups().unwrap(), [good], "the good one stays");
    let left: Vec<_> = fs::read_dir(folder.0.path().join("backups")).unwrap().collect();
    assert_eq!(left.len(), 1, "of the failed one nothing stays: {left:?}");
}

#[tokio::test]
async fn what_copies_left_that_a_crash_cut_off_goes_with_the_next_one() {
    let folder = Folder::new();
    let database = folder.open().await;
    let within = |name: &str| folder.0.path().join("backups").join(name);
    fs::create_dir(within("")).unwrap();
    let ours = [
        "kossori-20261123-120000-asked.db.part",
        "kossori-20261122-110000-daily.db.part",
        "kossori-20261122-110000-daily.db.part-journal",
    ];
    let of_others = ["kossori-20261122-110000-daily.db.part.gz", "notes.part"];
    for name in ours.iter().chain(&of_others) {
        fs::write(within(name), b"half of one").unwrap();
    }
    assert_eq!(database.backups().unwrap(), [], "half of one is none");
    database.backup(at(0), BackupWhy::Asked).await.unwrap();
    assert!(ours.iter().all(|name| !within(name).exists()));
    assert!(of_others.iter().all(|name| within(name).exists()));
}

#[tokio::test]
async fn writing_goes_on_meanwhile() {
    let folder = Folder::new();
    let database = folder.open().await;
    furnish(&database).await;
    database
        .commit(vec![Change::AddPicture(picture("m", "ab", &vec![5; 3_000_000]))])
        .await
        .unwrap();
    let (made, ()) = tokio::join!(database.backup(at(0), BackupWhy::Asked), async {
        for number in 0..20 {
            database
                .commit(vec![Change::AddAccount(account(&format!("n{number}")))])
                .await
                .unwrap();
        }
    });
    made.unwrap();
    assert_eq!(database.accounts().await.unwrap().len(), 21);
}

#[tokio::test]
async fn restoring_keeps_the_old_one_aside() {
    let folder = Folder::new();
    let database = folder.open().await;
    furnish(&database).await;
    let backup = database.backup(at(0), BackupWhy::Asked).await.unwrap();
    database
        .commit(vec![Change::AddAccount(account("later"))])
        .await
        .unwrap();
    // Not closed, as after a crash: its log is still beside it. (Dropped, it would tidy up in its own time.)
    std::mem::forget(database);
    assert!(folder.0.path().join("kossori.db-wal").exists());

    let kept = restore(&folder.database(), &key(), &backup.path, at(60))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(kept.file_name().unwrap(), "kossori.db.kept-20261123-120100");
    let database = folder.open().await;
    assert_eq!(
        database.accounts().await.unwrap(),
        [account("a")],
        "as it was at the backup"
    );
    assert_eq!(
        crate::backups_of(&folder.database()).unwrap(),
        std::slice::from_ref(&backup)
    );
    database.close().await.unwrap();
    let old = open(&kept).await;
    assert_eq!(
        old.accounts().await.unwrap().len(),
        2,
        "the old one with its log, whole"
    );
    old.close().await.unwrap();

    let again = restore(&folder.database(), &key(), &backup.path, at(60))
        .await
        .unwrap()
        .unwrap();
    assert_ne!(again, kept, "kept files are never written over");
    assert!(kept.exists());
}

#[tokio::test]
async fn a_bad_backup_is_not_put_back() {
    let folder = Folder::new();
    let database = folder.open().await;
    furnish(&database).await;
    let backup = database.backup(at(0), BackupWhy::Asked).await.unwrap();
    database.close().await.unwrap();
    let before = fs::read(folder.database()).unwrap();
    let names = || fs::read_dir(folder.0.path()).unwrap().count();
    let files = names();

    let other = DatabaseKey::new([1; 32]);
    let wrong = restore(&folder.database(), &other, &backup.path, at(60)).await;
    assert_eq!(wrong, Err(StoreError::WrongKey));
    let mut bytes = fs::read(&backup.path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&backup.path, bytes).unwrap();
    let damaged = restore(&folder.database(), &key(), &backup.path, at(60)).await;
    assert_eq!(damaged, Err(StoreError::Damaged));
    assert_eq!(
        fs::read(folder.database()).unwrap(),
        before,
        "the database stays as it is"
    );
    assert_eq!(names(), files, "and nothing is left beside it");
}

#[tokio::test]
async fn a_lost_database_comes_back() {
    let folder = Folder::new();
    let database = folder.open().await;
    furnish(&database).await;
    let backup = database.backup(at(0), BackupWhy::Asked).await.unwrap();
    database.close().await.unwrap();
    fs::remove_file(folder.database()).unwrap();
    assert_eq!(
        restore(&folder.database(), &key(), &backup.path, at(60)).await,
        Ok(None)
    );
    assert_eq!(folder.open().await.accounts().await.unwrap().len(), 1);
}

#[tokio::test]
async fn what_was_restored_says_so() {
    let folder = Folder::new();
    let database = folder.open().await;
    furnish(&database).await;
    let backup = database.backup(at(0), BackupWhy::Asked).await.unwrap();
    assert_eq!(database.setting(RESTORED).await, Ok(None));
    database.close().await.unwrap();
    restore(&folder.database(), &key(), &backup.path, at(60))
        .await
        .unwrap();
    let said = Ok(Some("true".to_owned()));
    let database = folder.open().await;
    assert_eq!(database.setting(RESTORED).await, said);
    database.close().await.unwrap();
    assert_eq!(
        open(&backup.path).await.setting(RESTORED).await,
        Ok(None),
        "the backup stays as it is"
    );
}

/// Killed when the backup was whole and ready: with the old database, its log, and what is to be in its place.
#[tokio::test]
async fn a_restore_that_was_cut_off_is_finished() {
    let folder = Folder::new();
    let database = folder.open().await;
    furnish(&database).await;
    let backup = database.backup(at(0), BackupWhy::Asked).await.unwrap();
    database
        .commit(vec![Change::AddAccount(account("later"))])
        .await
        .unwrap();
    std::mem::forget(database);
    let path = folder.database();
    let ready = path.with_file_name("kossori.db.to-restore");
    fs::copy(&backup.path, &ready).unwrap();
    finish_restore(&path, &key(), at(60)).await.unwrap();
    assert!(!ready.exists());
    let restored = folder.open().await;
    assert_eq!(restored.accounts().await.unwrap().len(), 1);
    restored.close().await.unwrap();
    let kept = open(&path.with_file_name("kossori.db.kept-20261123-120100")).await;
    assert_eq!(kept.accounts().await.unwrap().len(), 2, "with its log");
    finish_restore(&path, &key(), at(60)).await.unwrap();
    assert_eq!(
        folder.open().await.accounts().await.unwrap().len(),
        1,
        "nothing is left to do"
    );
}

/// Nothing may be renamed over a folder: the last step fails, and the database is what it was.
#[tokio::test]
async fn a_restore_that_fails_at_last_leaves_the_database_with_its_log() {
    let folder = Folder::new();
    let database = folder.open().await;
    furnish(&database).await;
    let backup = database.backup(at(0), BackupWhy::Asked).await.unwrap();
    database
        .commit(vec![Change::AddAccount(account("later"))])
        .await
        .unwrap();
    std::mem::forget(database);
    let path = folder.database();
    // The log's place beside the kept one is taken.
    let taken = path.with_file_name("kossori.db.kept-20261123-120100-wal");
    fs::create_dir_all(taken.join("full")).unwrap();
    let files = fs::read_dir(folder.0.path()).unwrap().count();
    assert!(restore(&path, &key(), &backup.path, at(60)).await.is_err());
    assert_eq!(
        fs::read_dir(folder.0.path()).unwrap().count(),
        files,
        "nothing is left beside it"
    );
    finish_restore(&path, &key(), at(60)).await.unwrap();
    let database = open(&path).await;
    assert_eq!(database.accounts().await.unwrap().len(), 2);
    assert_eq!(database.setting(RESTORED).await, Ok(None));
}
