//! A log with wrong bytes in it, and one that a loss of power tore.

use std::fs;
use std::path::PathBuf;

use kossori_core::delivery::State;
use kossori_engine::model::{Delivery, FrozenPost};
use kossori_engine::ports::{Change, Expect, Frozen, Store, StoreError};

use super::{Folder, account, at, delivery, furnish, key, opening};
use crate::{BackupWhy, Database, files};

const COMMITS: usize = 12;
const HEADER: usize = 32;
const FRAME: usize = 24 + 4096;

/// The log of a process that was killed, with every commit in it.
async fn left_behind() -> (Folder, Vec<u8>) {
    let folder = Folder::new();
    let database = folder.open().await;
    for number in 0..COMMITS {
        let added = Change::AddAccount(account(&format!("n{number}")));
        database.commit(vec![added]).await.unwrap();
    }
    let kept = Folder::new();
    for suffix in ["", "-wal"] {
        let from = files::beside(&folder.database(), suffix);
        fs::copy(from, files::beside(&kept.database(), suffix)).unwrap();
    }
    let log = fs::read(log_of(&kept)).unwrap();
    assert_eq!((log.len() - HEADER) % FRAME, 0, "whole frames");
    (kept, log)
}

fn log_of(folder: &Folder) -> PathBuf {
    files::beside(&folder.database(), "-wal")
}

async fn opened(folder: &Folder, log: &[u8]) -> Result<usize, StoreError> {
    let database = fs::read(folder.database()).unwrap();
    fs::write(log_of(folder), log).unwrap();
    let opened = match Database::open(&folder.database(), &key(), opening()).await {
        Ok(opened) => {
            let accounts = opened.accounts().await.unwrap().len();
            opened.close().await.unwrap();
            Ok(accounts)
        }
        Err(error) => Err(error),
    };
    fs::write(folder.database(), database).unwrap();
    let _ = fs::remove_file(files::beside(&folder.database(), "-shm"));
    opened
}

fn commits_before(log: &[u8], offset: usize) -> usize {
    let frames = offset.saturating_sub(HEADER) / FRAME;
    (0..frames)
        .filter(|frame| log[HEADER + frame * FRAME + 4..][..4] != [0; 4])
        .count()
}

#[tokio::test]
async fn a_wrong_byte_in_the_log_loses_no_commit_without_a_word() {
    let (folder, log) = left_behind().await;
    assert_eq!(opened(&folder, &log).await, Ok(COMMITS));
    let all = commits_before(&log, log.len());
    let (mut said, mut last) = (0, 0);
    for offset in (0..log.len()).step_by(997).chain(0..HEADER) {
        let mut spoilt = log.clone();
        spoilt[offset] ^= 0x40;
        match opened(&folder, &spoilt).await {
            Err(StoreError::Damaged) => said += 1,
            // In the last commits nobody can tell it from a loss of power.
            Ok(accounts) => {
                assert!(
                    commits_before(&log, offset) + 3 > all,
                    "{offset}: {accounts} are left"
                );
                last += 1;
            }
            other => panic!("{offset}: {other:?}"),
        }
    }
    println!("{said} said, {last} in the last commits");
    assert!(said > 20 * last.min(1), "{said} said, {last} not");
}

/// Whatever a loss of power leaves of the last commit, the ones before it are there.
#[tokio::test]
async fn a_torn_last_commit_is_no_damage() {
    let (folder, log) = left_behind().await;
    let all = commits_before(&log, log.len());
    let last = (HEADER..log.len())
        .step_by(FRAME)
        .find(|offset| commits_before(&log, *offset) == all - 1)
        .unwrap();
    for from in (last..log.len()).step_by(512) {
        let mut cut = log.clone();
        cut.truncate(from);
        let mut zeroed = log.clone();
        zeroed[from..].fill(0);
        let mut hole = log.clone();
        let end = (from + 512).min(log.len());
        hole[from..end].fill(0);
        for (what, torn) in [("cut", cut), ("zeroed", zeroed), ("hole", hole)] {
            let accounts = opened(&folder, &torn).await;
            assert_eq!(accounts, Ok(COMMITS - 1), "{what} at {from}");
        }
    }
}

/// A loss of power while the log is brought into the file tears pages there that the log has whole.
#[tokio::test]
async fn a_page_that_is_whole_in_the_log_alone_is_no_damage() {
    let made = Folder::new();
    let database = made.open().await;
    furnish(&database).await;
    database.close().await.unwrap();
    let database = made.open().await;
    for number in 0..COMMITS {
        let added = Change::AddAccount(account(&format!("n{number}")));
        database.commit(vec![added]).await.unwrap();
    }
    let folder = Folder::new();
    for suffix in ["", "-wal"] {
        let from = files::beside(&made.database(), suffix);
        fs::copy(from, files::beside(&folder.database(), suffix)).unwrap();
    }
    let log = fs::read(log_of(&folder)).unwrap();
    let mut file = fs::read(folder.database()).unwrap();
    let mut torn = 0;
    for frame in log[HEADER..].chunks_exact(FRAME) {
        let page = u32::from_be_bytes([frame[0], frame[1], frame[2], frame[3]]) as usize;
        let end = page * (FRAME - 24);
        // The first one tells whether the key fits, and is written anew by most commits.
        if page > 1 && end <= file.len() {
            file[end - 700..end - 200].fill(7);
            torn += 1;
        }
    }
    assert!(torn > 3, "{torn}");
    fs::write(folder.database(), &file).unwrap();
    let database = folder.open().await;
    assert_eq!(database.check().await, Ok(()));
    assert!(database.accounts().await.unwrap().len() >= COMMITS);
    database.backup(at(9), BackupWhy::Asked).await.unwrap();
}

/// What is about to be sent is the one commit that may not be lost, and it is the last one while the call is under way.
#[tokio::test]
async fn a_wrong_byte_in_what_is_about_to_be_sent_is_damage() {
    let folder = Folder::new();
    let database = folder.open().await;
    furnish(&database).await;
    let staged = Delivery {
        state: State::Staged,
        attempt: Some("t".into()),
        frozen: Some(FrozenPost {
            record: Frozen("{}".into()),
            at: at(1),
            author_id: "author".into(),
            for_good: true,
            first_try: Some(at(1)),
        }),
        ..delivery("x", 2)
    };
    let added = Change::AddDelivery(Box::new(staged.clone()));
    database.commit(vec![added]).await.unwrap();
    let before = fs::metadata(log_of(&folder)).unwrap().len();
    let sends = Change::Delivery {
        expect: Expect {
            state: State::Staged,
            attempt: Some("t".into()),
        },
        delivery: Box::new(Delivery {
            state: State::Sending,
            ..staged
        }),
    };
    database.commit(vec![sends]).await.unwrap();
    let kept = Folder::new();
    for suffix in ["", "-wal", "-sent"] {
        let from = files::beside(&folder.database(), suffix);
        fs::copy(from, files::beside(&kept.database(), suffix)).unwrap();
    }
    let log = fs::read(log_of(&kept)).unwrap();
    let note = fs::read(files::beside(&kept.database(), "-sent")).unwrap();
    let noted = |note: &[u8]| fs::write(files::beside(&kept.database(), "-sent"), note).unwrap();
    assert_eq!(opened(&kept, &log).await, Ok(1));
    let begins = usize::try_from(before).unwrap();
    assert!(log.len() > begins, "the commit is at the end of the log");
    for at in (begins..log.len()).step_by(512) {
        let mut wrong = log.clone();
        wrong[at] ^= 0x40;
        let mut zeroed = log.clone();
        zeroed[at..].fill(0);
        let mut cut = log.clone();
        cut.truncate(at);
        for (what, spoilt) in [("a bit", wrong), ("zeroed", zeroed), ("cut", cut)] {
            noted(&note);
            assert_eq!(
                opened(&kept, &spoilt).await,
                Err(StoreError::Damaged),
                "{what} at {at}"
            );
            // Without its note, or with one that was torn, it looks like a loss of power.
            for lesser in [&note[..0], &note[..17]] {
                noted(lesser);
                assert_eq!(opened(&kept, &spoilt).await, Ok(1), "{what} at {at}");
            }
        }
    }
    // What is written afterwards, or into a new log, is not what was noted.
    noted(&note);
    fs::write(log_of(&kept), &log).unwrap();
    let again = Database::open(&kept.database(), &key(), opening()).await.unwrap();
    again
        .commit(vec![Change::AddAccount(account("later"))])
        .await
        .unwrap();
    again.close().await.unwrap();
    let again = Database::open(&kept.database(), &key(), opening()).await.unwrap();
    again
        .commit(vec![Change::AddAccount(account("last"))])
        .await
        .unwrap();
    drop(again);
    let again = Database::open(&kept.database(), &key(), opening()).await.unwrap();
    assert_eq!(again.accounts().await.unwrap().len(), 3);
}

/// As a disk may give it back: a part of one page and the beginning of the next.
#[tokio::test]
async fn a_hole_over_two_frames_loses_no_commit_without_a_word() {
    let (folder, log) = left_behind().await;
    let all = commits_before(&log, log.len());
    for from in (HEADER..log.len()).step_by(1_531) {
        let end = (from + 5_091).min(log.len());
        let mut hole = log.clone();
        hole[from..end].fill(0);
        match opened(&folder, &hole).await {
            Err(StoreError::Damaged) => {}
            // With one commit at most behind it, it may be what a loss of power left of that one.
            Ok(accounts) => {
                let behind = HEADER + ((end - 1 - HEADER) / FRAME + 1) * FRAME;
                let whole = all - commits_before(&log, behind);
                assert!(
                    whole <= 1,
                    "{from}: {accounts} are left, {whole} commits behind it"
                );
            }
            other => panic!("{from}: {other:?}"),
        }
    }
}
