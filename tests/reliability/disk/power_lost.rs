//! Power lost at random moments, unsynced writes dropped: what was acknowledged is there, and there once.

use super::forgetful::Forgetful;
use super::power::KEPT;
use super::shim::{Chance, Fault, Kind};
use super::story::{Server, Story};
use crate::support::tally::{Row, amount};

/// Calls that a `post add`, and a host with something to send, make to their disk, from the first on. Measured each time.
struct Lengths {
    adding: u64,
    hosting: u64,
}

fn lengths(story: &mut Story) -> Lengths {
    let mut found = Lengths {
        adding: 0,
        hosting: 0,
    };
    // The first pass makes the day's backup, the second one does not.
    for pass in 0..2 {
        let said = story.add(&format!("undisturbed {pass}"), true, Fault::None);
        assert_eq!(said.exit, 0, "{said:?}");
        found.adding = story.disk.count(Kind::Any);
        assert!(!story.host_until_it_rests(Fault::None));
        found.hosting = story.disk.count(Kind::Any);
    }
    found
}

async fn power_lost_at(moments: u64, server: Server, seed: u64) {
    let mut story = Story::begin(server).with_power();
    let mut chance = Chance::new(seed);
    let lengths = lengths(&mut story);
    assert!(
        lengths.adding > 5 && lengths.hosting > 20,
        "the calls go through the shim"
    );
    let (mut moment, mut fired, mut writes, mut names, mut refused) = (0, 0, 0, 0, 0);
    // A moment behind the last call does not come.
    while fired < moments {
        assert!(moment < moments * 2, "{fired} of {moment} moments came");
        let how = chance.one_of(&["before", "half", "after"]);
        // One in four loses its power while the post is being queued.
        let adding = if chance.below(4) == 0 {
            Fault::Kill(Kind::Any, 1 + chance.below(lengths.adding), how)
        } else {
            Fault::None
        };
        let said = story.add(&format!("moment {moment}"), moment % 3 == 0, adding);
        refused += u64::from(said.exit != 0);
        let fires = if adding != Fault::None && story.disk.fired() {
            true
        } else {
            assert!(adding != Fault::None || said.exit == 0, "{said:?}");
            let at = 1 + chance.below(lengths.hosting);
            story.host_until_it_rests(Fault::Kill(Kind::Any, at, how))
        };
        fired += u64::from(fires);
        let kept = chance.one_of(&KEPT);
        let lost = story.disk.cut_power(&mut chance, kept);
        writes += lost.writes;
        names += lost.names;
        moment += 1;
        if moment % 100 == 0 {
            println!("{moment} moments, {fired} came");
        }
    }
    story.settle();
    story.is_whole();
    let note = format!(
        "of {moment} moments over {} calls, seed {seed}; {writes} unsynced writes and {names} names lost; {refused} not \
         acknowledged.",
        lengths.hosting
    );
    let row = Row::new(
        "the power goes",
        "killed at a random call to the disk, what no fsync had secured dropped, kept or torn",
        story.server.name(),
    );
    story.became().await.into_row(row, fired, &note).held();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_ignores_keys_has_each_post_once() {
    power_lost_at(amount(15, 500), Server::Forgetful(Forgetful::start()), 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_bluesky_server_has_each_post_once() {
    power_lost_at(amount(8, 250), Server::bluesky().await, 2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_mastodon_server_has_each_post_once() {
    power_lost_at(amount(8, 250), Server::mastodon().await, 3).await;
}
