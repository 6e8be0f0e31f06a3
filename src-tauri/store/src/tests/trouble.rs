//! Full disks and folders that may not be written.

use std::path::Path;
use std::process::Command;

use kossori_engine::ports::{Change, Store, StoreError};

use super::{Folder, account, at, furnish, key, number, opening, picture, play, playing, run, this_program};
use crate::{BackupWhy, Database};

/// Commits pictures of 100 kB until one is refused; answers how many were taken and the refusal.
async fn fill(database: &Database) -> (usize, StoreError) {
    for n in 0..10_000 {
        let name = format!("m{n}");
        let changes = vec![
            Change::PutSetting {
                name: "filled",
                json: n.to_string(),
            },
            Change::AddPicture(picture(&name, &name, &vec![n as u8; 100_000])),
        ];
        if let Err(error) = database.commit(changes).await {
            return (n, error);
        }
    }
    panic!("a gigabyte fits: the disk is not full");
}

/// What a full disk left: everything answered for, and nothing of what was refused.
async fn is_as_answered(database: &Database, taken: usize) {
    assert_eq!(
        number(database, "SELECT count(*) FROM pictures").await,
        taken as i64
    );
    assert_eq!(
        database.setting("filled").await.unwrap(),
        taken.checked_sub(1).map(|n| n.to_string())
    );
    assert!(database.delivery(&"d".into()).await.unwrap().is_some());
}

#[tokio::test]
async fn a_database_at_its_limit_is_full_and_recovers() {
    let folder = Folder::new();
    let database = folder.open().await;
    furnish(&database).await;
    run(&database, "PRAGMA max_page_count = 400").await.unwrap();
    let (taken, error) = fill(&database).await;
    assert_eq!(error, StoreError::Full);
    assert!(taken > 2);
    is_as_answered(&database, taken).await;
    // The limit was the connection's, which was given up: the next one writes again.
    database
        .commit(vec![Change::AddAccount(account("b"))])
        .await
        .unwrap();
}

/// Runs `test` again as `role`, in a mount namespace of its own with 2 MiB of disk at its folder.
fn with_a_small_disk(test: &str, role: &str) {
    const MOUNT: &str = "mount -t tmpfs -o size=2m tmpfs \"$0\" && exec \"$@\"";
    let may = Command::new("unshare")
        .args(["-rm", "true"])
        .status()
        .is_ok_and(|status| status.success());
    if !may {
        println!("skipped: this user may not make a mount namespace");
        return;
    }
    let folder = Folder::new();
    let place = folder.0.path();
    let words = ["unshare", "-rm", "sh", "-c", MOUNT, place.to_str().unwrap()];
    let output = play(test, role, place, &words, &this_program()).output().unwrap();
    let (said, complained) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert!(output.status.success(), "{said}\n{complained}");
    assert!(said.contains("did play its role"), "{said}\n{complained}");
}

#[tokio::test]
async fn a_full_disk_is_full_and_recovers() {
    let Some(place) = playing("full") else {
        return with_a_small_disk("tests::trouble::a_full_disk_is_full_and_recovers", "full");
    };
    let path = place.join("kossori.db");
    let ballast = place.join("ballast");
    let database = super::open(&path).await;
    furnish(&database).await;
    std::fs::write(&ballast, vec![0; 300_000]).unwrap();
    let (taken, error) = fill(&database).await;
    assert_eq!(error, StoreError::Full);
    is_as_answered(&database, taken).await;
    // Room for the copy's first pages only.
    let backup = database.backup(at(0), BackupWhy::Daily).await;
    assert_eq!(backup, Err(StoreError::Full));
    assert_eq!(
        std::fs::read_dir(place.join("backups")).unwrap().count(),
        0,
        "the half copy is gone"
    );
    drop(database);

    let database = super::open(&path).await;
    is_as_answered(&database, taken).await;
    std::fs::remove_file(&ballast).unwrap();
    database
        .commit(vec![Change::AddAccount(account("b"))])
        .await
        .unwrap();
    database.check().await.unwrap();
    println!("did play its role: {taken} pictures before the disk was full");
}

#[tokio::test]
async fn a_read_only_disk_is_said_so() {
    let Some(place) = playing("read-only") else {
        return with_a_small_disk("tests::trouble::a_read_only_disk_is_said_so", "read-only");
    };
    let path = place.join("kossori.db");
    let database = super::open(&path).await;
    furnish(&database).await;
    database.close().await.unwrap();
    let remounted = Command::new("mount")
        .args(["-o", "remount,ro"])
        .arg(&place)
        .status()
        .unwrap();
    assert!(remounted.success());
    assert_eq!(
        Database::open(&path, &key(), opening()).await.err(),
        Some(StoreError::ReadOnly)
    );
    let new = Database::open(&place.join("new.db"), &key(), opening()).await;
    assert_eq!(new.err(), Some(StoreError::ReadOnly));
    println!("did play its role");
}

/// EFBIG has no code of SQLite's own: it comes as an input/output error, and errno tells.
#[tokio::test]
async fn a_limit_on_file_size_is_full() {
    const TEST: &str = "tests::trouble::a_limit_on_file_size_is_full";
    let Some(place) = playing("limit") else {
        let folder = Folder::new();
        let words = ["sh", "-c", "trap '' XFSZ; ulimit -f 2000; exec \"$@\"", "sh"];
        let output = play(TEST, "limit", folder.0.path(), &words, &this_program())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(
            output.status.success() && said.contains("did play its role"),
            "{said}\n{}",
            String::from_utf8_lossy(&output.stderr)
        );
        return;
    };
    let database = super::open(&place.join("kossori.db")).await;
    furnish(&database).await;
    let (taken, error) = fill(&database).await;
    assert_eq!(error, StoreError::Full);
    is_as_answered(&database, taken).await;
    println!("did play its role");
}

/// Root may write anywhere, so the folder is tried as nobody.
#[cfg(unix)]
#[tokio::test]
async fn a_folder_that_may_not_be_written_is_said_so() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    const TEST: &str = "tests::trouble::a_folder_that_may_not_be_written_is_said_so";
    let allow = |path: &Path, mode| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    let Some(place) = playing("not-mine") else {
        let folder = Folder::new();
        let place = folder.0.path();
        let is_root = std::fs::metadata(place).unwrap().uid() == 0;
        let mut words = vec![];
        let mut program = this_program();
        if is_root {
            words = vec![
                "setpriv",
                "--reuid=65534",
                "--regid=65534",
                "--clear-groups",
                "--",
            ];
            if !Command::new("setpriv")
                .arg("--version")
                .output()
                .is_ok_and(|output| output.status.success())
            {
                println!("skipped: root cannot be refused, and there is no setpriv to be somebody else");
                return;
            }
            // Where nobody can start it.
            let copy = place.join("tests");
            std::fs::copy(&program, &copy).unwrap();
            program = copy;
            let work = place.join("work");
            std::fs::create_dir(&work).unwrap();
            std::os::unix::fs::chown(&work, Some(65534), Some(65534)).unwrap();
            allow(place, 0o755);
        } else {
            std::fs::create_dir(place.join("work")).unwrap();
        }
        let output = play(TEST, "not-mine", &place.join("work"), &words, &program)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(
            output.status.success() && said.contains("did play its role"),
            "{said}\n{}",
            String::from_utf8_lossy(&output.stderr)
        );
        return;
    };
    let path = place.join("kossori.db");
    let database = super::open(&path).await;
    furnish(&database).await;
    database.close().await.unwrap();
    let open = async || Database::open(&path, &key(), opening()).await;

    allow(&path, 0o400);
    assert_eq!(
        open().await.err(),
        Some(StoreError::ReadOnly),
        "the file may not be written"
    );
    allow(&path, 0o600);
    allow(&place, 0o500);
    assert_eq!(
        open().await.err(),
        Some(StoreError::ReadOnly),
        "nothing may be made beside it"
    );
    allow(&path, 0o400);
    assert_eq!(open().await.err(), Some(StoreError::ReadOnly), "neither");
    let new = Database::open(&place.join("new.db"), &key(), opening()).await;
    assert_eq!(new.err(), Some(StoreError::ReadOnly), "nothing new may be made");
    allow(&place, 0o700);
    allow(&path, 0o600);
    let database = open().await.unwrap();
    assert!(database.delivery(&"d".into()).await.unwrap().is_some());
    allow(&place, 0o500);
    assert_eq!(
        database.backup(at(0), BackupWhy::Asked).await.err(),
        Some(StoreError::ReadOnly)
    );
    allow(&place, 0o700);
    println!("did play its role");
}
