//! The process dies at every state, before and after the server's commit, and is started again: once each.

use kossori_api::{Call, Request, Resolution};
use kossori_core::delivery::State;
use kossori_core::network::{Network, Software};
use kossori_engine::ports::Timeline as _;

use crate::support::simulated::{Die, Turn, World, at};

const POINTS: [Die; 10] = [
    Die::Before(State::Claimed),
    Die::After(State::Claimed),
    Die::Before(State::Staged),
    Die::After(State::Staged),
    Die::Before(State::Sending),
    Die::After(State::Sending),
    Die::ServerBefore,
    Die::ServerAfter,
    Die::Before(State::Sent),
    Die::After(State::Sent),
];

fn die_at(network: Network, point: Die, restarted_at: &str) -> (World, String, String) {
    let mut world = World::new("2026-11-24 09:00");
    let account = match network {
        Network::Practice => world.practice("me"),
        Network::Bluesky => world.bluesky("me"),
        _ => world.mastodon("me", Software::Mastodon),
    };
    let delivery = world.post_at(&account, "Text", "2026-11-24 12:20");
    world.store.die(point);
    world.advance("12:20");
    assert!(world.store.is_dead(), "{point:?} was reached");
    world.crash();
    let moment = world.moment(restarted_at);
    world.clock.pass_to(moment);
    world.start();
    (world, account, delivery)
}

#[test]
fn killed_at_any_state_it_is_published_once() {
    for network in [Network::Practice, Network::Bluesky, Network::Mastodon] {
        for point in POINTS {
            let (mut world, account, delivery) = die_at(network, point, "12:20:20");
            world.advance("23:00");
            assert_eq!(
                world.state(&delivery),
                "sent",
                "{network} {point:?}: {:?}",
                world.events(Some(&delivery))
            );
            let published = match network {
                Network::Practice => world.timeline(&account).len(),
                _ => world.commits().len(),
            };
            assert_eq!(published, 1, "{network} {point:?}");
            world.judge();
        }
    }
}

#[test]
fn killed_at_lunch_and_started_in_the_afternoon_nothing_goes_before_the_evening() {
    for point in POINTS {
        let (mut world, _, delivery) = die_at(Network::Bluesky, point, "14:05");
        world.advance("18:29:59");
        for commit in world.commits() {
            assert!(commit.at < at("2026-11-24 13:00"), "{point:?}: {commit:?}");
        }
        world.advance("23:00");
        assert_eq!(world.state(&delivery), "sent", "{point:?}");
        assert_eq!(world.commits().len(), 1, "{point:?}");
        world.judge();
    }
}

#[test]
fn at_start_claimed_and_staged_wait_again_and_sending_is_unknown() {
    for (point, state) in [
        (Die::After(State::Claimed), "queued"),
        (Die::After(State::Staged), "queued"),
        (Die::After(State::Sending), "unknown"),
        (Die::ServerAfter, "unknown"),
    ] {
        let (mut world, _, delivery) = die_at(Network::Bluesky, point, "14:05");
        assert_eq!(world.state(&delivery), state, "{point:?}");
        let tries = world.show(&delivery)["tries"].clone();
        assert_eq!(tries[0]["outcome"], "crash", "{tries}");
        world.judge();
    }
}

#[test]
fn killed_in_the_middle_of_a_thread_each_part_goes_once() {
    for point in [
        Die::ServerBefore,
        Die::ServerAfter,
        Die::Before(State::Sent),
        Die::After(State::Sending),
    ] {
        let mut world = World::new("2026-11-24 09:00");
        let account = world.mastodon("me", Software::Mastodon);
        let delivery = world.post(&account, "Text one\n---\nText two\n---\nText three");
        world.server.script([crate::support::simulated::Turn::slow(1, 1)]);
        world.advance("12:00:01");
        world.store.die(point);
        world.advance("12:00:20");
        assert!(world.store.is_dead(), "{point:?} was reached");
        world.crash();
        world.start();
        world.advance("23:00");
        assert_eq!(
            world.state(&delivery),
            "sent",
            "{point:?}: {:?}",
            world.events(Some(&delivery))
        );
        let texts: Vec<String> = world.commits().into_iter().map(|commit| commit.text).collect();
        assert_eq!(texts, ["Text one", "Text two", "Text three"], "{point:?}");
        world.judge();
    }
}

#[test]
fn the_practice_timeline_is_its_own_witness() {
    // The server's commit stands although the process died with the answer.
    let (mut world, account, delivery) = die_at(Network::Practice, Die::ServerAfter, "14:05");
    let posts = tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a runtime")
        .block_on(world.store.posts(&kossori_core::ids::AccountId(account)))
        .expect("the timeline");
    assert_eq!(posts.len(), 1);
    world.advance("14:06");
    assert_eq!(world.state(&delivery), "sent");
}

/// A person's word on one part is not said of the next when the client asks the next process the same.
#[test]
fn killed_while_a_person_decides_their_word_counts_once() {
    let mut world = World::new("2026-11-24 09:00");
    let account = world.mastodon("me", Software::Unknown);
    let delivery = world.post(&account, "Text one\n---\nText two\n---\nText three");
    world.server.blind_looks(true);
    world.server.script([Turn::lost_after_commit()]);
    world.advance("12:20");
    assert_eq!(world.state(&delivery), "needs_you");
    let there = Request::QueueResolve {
        id: delivery.clone(),
        resolution: Resolution::There {
            url: Some("https://server.example/@me/id-1".to_owned()),
        },
    };
    world.store.die(Die::After(State::Queued));
    let call = Call {
        request_id: "the same".to_owned(),
        request: there.clone(),
    };
    let (engine, store) = (world.engine(), std::sync::Arc::clone(&world.store));
    world.block_on(async move {
        let died = async {
            while !store.is_dead() {
                tokio::task::yield_now().await;
            }
        };
        tokio::select! {
            biased;
            reply = engine.handle(call) => panic!("nobody is left to answer: {reply:?}"),
            () = died => {}
        }
    });
    world.crash();
    world.start();
    let answer = world.try_ask_as("the same", there).expect("it is done");
    assert_eq!(answer["id"], delivery.as_str());
    world.advance("13:00");
    let texts: Vec<String> = world.commits().into_iter().map(|commit| commit.text).collect();
    assert_eq!(
        texts,
        ["Text one", "Text two", "Text three"],
        "said of the first alone"
    );
    world.judge();
}
