//! `kill -9` between the claim and the answer, again and again: what was queued is there once.
//!
//! The host runs in a process of its own, which is this test binary once more: so its look-ups can come sooner than a
//! person's would, and everything else is what a person runs.

#![allow(
    clippy::print_stdout,
    reason = "what was met on the way belongs to the result"
)]

use std::time::Duration;

use kossori_core::lookup::LookTimes;
use kossori_host::Settings;

use crate::support::killable;
use crate::support::pictures::telling_jpeg;
use crate::support::readers::bluesky_posts;
use crate::support::servers::Pds;
use crate::support::world::{Running, World, wait_for};

const POST_CALL: &str = "putRecord";
/// Longer than the time between two moments by far, and than the server's delay on one side of its commit.
const HELD: Duration = Duration::from_millis(500);

fn moments() -> u32 {
    if std::env::var_os("KOSSORI_FULL").is_some() {
        50
    } else {
        12
    }
}

/// Not a test but the host that the tests kill: it does nothing unless it is told a folder.
#[test]
fn a_host_to_be_killed() {
    let second = jiff::SignedDuration::from_secs(1);
    killable::host(Settings {
        looks: LookTimes {
            first: vec![second / 10, second / 3, second],
            then_every: second,
            // Sooner than the server commits what it still holds: a resend then meets the first one's commit.
            resend_from: second / 3,
            ..LookTimes::default()
        },
        ..Settings::default()
    });
}

fn start_host(world: &World) -> Running {
    let mut command = killable::command(world, "kill::a_host_to_be_killed");
    Running(command.spawn().expect("the host starts"))
}

/// Fails with what the folder says of it.
fn wait_until_sent(world: &World, delivery: &str) {
    let mut looks = 0;
    wait_for("the post after the kill", Duration::from_secs(90), || {
        looks += 1;
        if looks == 300 {
            let shown = world.say(&["queue", "show", delivery]).stdout;
            let journal = world.say(&["journal"]).stdout;
            println!(
                "not sent yet: {shown}\n{}\n{journal}",
                world.say(&["status"]).stdout
            );
        }
        ended(world, delivery)
    });
}

fn ended(world: &World, delivery: &str) -> bool {
    world.say(&["queue", "show", delivery]).exit == 0 && {
        let state = world.state_of(delivery);
        assert!(
            matches!(
                state.as_str(),
                "queued" | "claimed" | "staged" | "sending" | "unknown" | "sent"
            ),
            "{state}"
        );
        state == "sent"
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn bluesky_server_has_each_post_once_however_the_host_was_killed() {
    let pds = Pds::start().await;
    let alice = pds.create_account("alice.test", "correct horse").await;
    let world = World::start();
    let account = world.add_bluesky(&pds, &alice);
    world.open_wide();
    pds.gate.delay(HELD, HELD, POST_CALL);
    let picture = world.bus.folder().join("picture.jpg");
    telling_jpeg(&picture, 640, 480, 7);

    // One undisturbed pass says how long the way from the first question about the account to the answer is.
    let whole = {
        let seen = pds.gate.log().len();
        let delivery = queue(&world, &account, "undisturbed", None);
        let mut host = start_host(&world);
        wait_for("the undisturbed post", Duration::from_secs(60), || {
            ended(&world, &delivery)
        });
        host.kill();
        let log = pds.gate.log();
        let first = log
            .get(seen)
            .expect("a question about the account")
            .received_at_ms;
        let last = log
            .iter()
            .rev()
            .find(|call| call.path.contains(POST_CALL))
            .expect("the post call");
        let answered =
            last.committed_at_ms.expect("a commit") + i64::try_from(HELD.as_millis()).expect("small");
        Duration::from_millis(u64::try_from(answered - first).expect("forward"))
    };
    assert!(whole >= 2 * HELD, "the delays are in the interval: {whole:?}");

    let mut reached = std::collections::BTreeMap::<String, u32>::new();
    let moments = moments();
    for moment in 0..moments {
        let text = format!("moment {moment}");
        let with = (moment % 2 == 1).then(|| picture.display().to_string());
        let delivery = queue(&world, &account, &text, with.as_deref());
        let seen = pds.gate.log().len();
        let mut host = start_host(&world);
        wait_for("the host's first question", Duration::from_secs(30), || {
            pds.gate.log().len() > seen
        });
        std::thread::sleep(whole * moment / moments);
        host.kill();
        *reached.entry(world.state_of(&delivery)).or_default() += 1;
        let mut host = start_host(&world);
        wait_until_sent(&world, &delivery);
        host.end();
    }
    println!("killed at {moments} moments over {whole:?}; states found after the kill: {reached:?}");
    assert!(
        reached.len() >= 2,
        "the moments are spread over more than one state: {reached:?}"
    );

    let blobs = tempfile::tempdir().expect("a folder");
    let posts = bluesky_posts(&pds.direct, &alice.did, blobs.path()).await;
    for moment in 0..moments {
        let text = format!("moment {moment}");
        let copies: Vec<_> = posts
            .iter()
            .filter(|post| post.record["text"] == text.as_str())
            .collect();
        assert_eq!(copies.len(), 1, "{text}: {} copies", copies.len());
        assert_eq!(
            copies[0].blobs.len(),
            usize::try_from(moment % 2).expect("0 or 1"),
            "{text}: its picture"
        );
    }
    assert_eq!(
        posts.len(),
        usize::try_from(moments).expect("small") + 1,
        "and nothing else"
    );
}

fn queue(world: &World, account: &str, text: &str, picture: Option<&str>) -> String {
    match picture {
        Some(picture) => world.queue_with(account, text, &["--media", picture, "--alt", "noise"]),
        None => world.queue(account, text),
    }
}

#[test]
fn practice_has_each_post_once_however_the_host_was_killed() {
    let world = World::start();
    let account = world.add_practice("me");
    world.open_wide();
    let moments = moments();
    for moment in 0..moments {
        // `slow` makes practice answer five seconds after its commit: kills before, at and after the commit.
        world.ctl(&["practice", "next", &account, "slow"]);
        let delivery = queue(&world, &account, &format!("moment {moment}"), None);
        let mut host = start_host(&world);
        wait_for("the host", Duration::from_secs(30), || {
            world.say(&["status"]).exit == 0
        });
        std::thread::sleep(Duration::from_millis(
            u64::from(moment) * 400 / u64::from(moments),
        ));
        host.kill();
        let mut host = start_host(&world);
        wait_until_sent(&world, &delivery);
        host.kill();
    }
    let texts = world.texts(&account);
    for moment in 0..moments {
        let copies = texts
            .iter()
            .filter(|text| **text == format!("moment {moment}"))
            .count();
        assert_eq!(copies, 1, "moment {moment}: {copies} copies");
    }
}
