//! What `commit` answered for is there, however the process ends.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use kossori_engine::ports::{Change, Store};

use super::{Folder, account, draft, play, playing, this_program};

const TEST: &str = "tests::durability::nothing_answered_for_is_lost_by_a_kill";

#[tokio::test]
async fn nothing_answered_for_is_lost_by_a_kill() {
    if let Some(place) = playing("commit") {
        let database = super::open(&place.join("kossori.db")).await;
        let begin = database.accounts().await.unwrap().len();
        for number in begin.. {
            let name = format!("n{number}");
            let changes = vec![
                Change::AddAccount(account(&name)),
                Change::AddDraft(draft(&name, 1, &"text ".repeat(200))),
            ];
            database.commit(changes).await.unwrap();
            println!("kept {number}");
        }
    }
    let folder = Folder::new();
    let mut wanted = 0;
    for (round, commits) in [30, 1, 77, 200].into_iter().enumerate() {
        let mut child = play(TEST, "commit", folder.0.path(), &[], &this_program())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let answered = BufReader::new(child.stdout.take().unwrap())
            .lines()
            .map_while(Result::ok)
            .filter_map(|line| line.strip_prefix("kept ")?.parse::<usize>().ok());
        let last = answered.take(commits).last().expect("it commits");
        child.kill().unwrap();
        child.wait().unwrap();
        wanted = wanted.max(last + 1);

        let database = folder.open().await;
        let accounts = database.accounts().await.unwrap();
        let drafts = database.drafts().await.unwrap();
        assert!(
            accounts.len() >= wanted,
            "round {round}: {} of {wanted} are there",
            accounts.len()
        );
        assert_eq!(
            accounts.len(),
            drafts.len(),
            "a commit is there whole or not at all"
        );
        database.check().await.unwrap();
    }
    assert!(wanted >= 308);
}
