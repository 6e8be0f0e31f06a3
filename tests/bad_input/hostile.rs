//! Servers that answer HTML, without end, a byte every ten seconds, or with a way elsewhere.

use std::time::Duration;

use jiff::SignedDuration;
use kossori_api::Code;
use serde_json::{Value, json};

use super::stub::{Manner, Stub};
use super::{LANGUAGES, refused, refused_in, shown};
use crate::support::process::number_of;
use crate::support::world::{World, bluesky_sign_in, mastodon_sign_in, now, wait_for};

const POST: &str = "POST /api/v1/statuses";
const SECRET: &str = "a-token-of-nobody\n";
/// The cap of a body, and what two sockets may hold besides.
const MOST_TAKEN: u64 = 16 * 1024 * 1024;

fn sign_ins(url: &str) -> [Vec<&str>; 2] {
    [
        mastodon_sign_in(url).to_vec(),
        bluesky_sign_in("me.test", url, url).to_vec(),
    ]
}

fn no_account(world: &World) {
    assert_eq!(world.ctl(&["account", "list"])["accounts"], json!([]));
}

#[test]
fn a_sign_in_at_a_server_that_makes_no_sense_adds_nothing() {
    let world = World::start();
    for manner in [Manner::Html, Manner::Endless, Manner::Redirect] {
        let stub = Stub::start(manner, &[]);
        for arguments in sign_ins(&stub.url) {
            let began = now();
            let said = refused(&world, &arguments, SECRET, Code::ServerUnclear);
            assert!(
                now().duration_since(began) < SignedDuration::from_secs(20),
                "{manner:?}"
            );
            assert!(!format!("{said:?}").contains("Wi-Fi"), "{said:?}");
        }
        assert_eq!(
            stub.count("GET /elsewhere") + stub.count("POST /elsewhere"),
            0,
            "{manner:?}"
        );
        assert!(
            stub.most_bytes() < MOST_TAKEN,
            "{} bytes were taken",
            stub.most_bytes()
        );
    }
    no_account(&world);
}

#[test]
fn a_sign_in_at_a_server_of_a_byte_in_ten_seconds_ends() {
    // Each waits for its limit, so all wait at once.
    std::thread::scope(|all| {
        for which in 0..2 {
            for (manner, code) in [
                (Manner::Drip, Code::ServerUnreachable),
                (Manner::DripBody, Code::ServerUnclear),
            ] {
                for language in LANGUAGES {
                    all.spawn(move || {
                        let stub = Stub::start(manner, &[]);
                        let world = World::start();
                        let began = now();
                        refused_in(language, &world, &sign_ins(&stub.url)[which], SECRET, code);
                        let took = now().duration_since(began);
                        assert!(took < SignedDuration::from_secs(25), "{manner:?} took {took:#}");
                        no_account(&world);
                    });
                }
            }
        }
    });
}

/// A post call, and an answer that says nothing: it may be there, so it is not sent again.
#[test]
fn a_post_at_a_server_that_makes_no_sense_is_sent_once_and_looked_up() {
    let world = World::start();
    let manners = [
        Manner::Html,
        Manner::Endless,
        Manner::Redirect,
        Manner::Drip,
        Manner::DripBody,
    ];
    let stubs = manners.map(|manner| Stub::start(Manner::Well, &[(POST, manner)]));
    let [found, lost @ ..] = &stubs;
    // This one took the post, and says so when asked.
    found.list_posts();
    let accounts: Vec<String> = stubs
        .iter()
        .map(|stub| world.sign_in(&mastodon_sign_in(&stub.url), SECRET))
        .collect();
    world.open_wide();
    let host = world.start_run();
    let firsts: Vec<String> = accounts
        .iter()
        .map(|account| world.queue(account, "once"))
        .collect();
    let seconds: Vec<String> = accounts
        .iter()
        .map(|account| world.queue(account, "behind"))
        .collect();

    let limit = Duration::from_secs(60);
    wait_for("the post that the server tells of", limit, || {
        world.state_of(&firsts[0]) == "sent"
    });
    for (delivery, stub) in firsts.iter().zip(&stubs).skip(1) {
        wait_for("an open outcome", limit, || world.state_of(delivery) == "unknown");
        assert_eq!(stub.count(POST), 1, "one post call");
    }
    // Looked up at least once by now, and neither sent again nor forgotten.
    wait_for("a look", limit, || {
        lost.iter()
            .all(|stub| stub.count("GET /api/v1/accounts/1/statuses") >= 2)
    });
    for ((first, second), stub) in firsts.iter().zip(&seconds).zip(&stubs).skip(1) {
        let (first, second) = (shown(&world, first), shown(&world, second));
        assert_eq!(
            (&first["state"], &first["text"]),
            (&json!("unknown"), &json!("once"))
        );
        assert_eq!(
            (&second["state"], &second["reason"], &second["text"]),
            (&json!("queued"), &json!("behind_unknown"), &json!("behind"))
        );
        assert_eq!(stub.count(POST), 1, "nothing was sent again");
        assert_eq!(stub.count("POST /elsewhere") + stub.count("GET /elsewhere"), 0);
        assert!(
            stub.most_bytes() < MOST_TAKEN,
            "{} bytes were taken",
            stub.most_bytes()
        );
    }
    // The post behind the one that was found went on, to the same bad answer.
    wait_for("what waited behind it", limit, || found.count(POST) == 2);
    let grown = number_of(host.pid(), "status", "VmHWM:");
    assert!(grown < 200_000, "the host holds {grown} KiB");
    drop(host);
}

/// Before the post call a bad answer changes nothing: it waits.
#[test]
fn a_server_gone_bad_before_the_post_call_leaves_it_in_the_queue() {
    let world = World::start();
    for manner in [Manner::Html, Manner::Endless, Manner::Redirect] {
        let stub = Stub::start(
            Manner::Well,
            // What a claim asks for first; signing in does not.
            &[("GET /api/v1/accounts/1/statuses", manner)],
        );
        let account = world.sign_in(&mastodon_sign_in(&stub.url), SECRET);
        world.open_wide();
        let id = world.queue(&account, "waits");
        // It would try again for as long as the break lasts.
        let mut host = world.start_run();
        wait_for("a first try, and back", Duration::from_secs(60), || {
            stub.count("GET /api/v1/accounts/1/statuses") > 0 && world.state_of(&id) == "queued"
        });
        host.end();
        let delivery = shown(&world, &id);
        assert_eq!(
            (&delivery["state"], &delivery["text"]),
            (&json!("queued"), &json!("waits")),
            "{manner:?}"
        );
        assert_eq!(stub.count(POST), 0);
        let removed = world.ctl(&["account", "remove", &account]);
        assert_eq!(removed["drafts"].as_array().map(Vec::len), Some(1), "{removed}");
    }
    let drafts: Value = world.ctl(&["draft", "list"]);
    assert_eq!(drafts["drafts"].as_array().map(Vec::len), Some(3), "{drafts}");
}

/// Every call ends just before its own limit, and there are several: together they take no longer than a person waits.
#[tokio::test]
async fn a_sign_in_whose_every_call_is_slow_ends_at_its_own_limit() {
    let call_limit = Duration::from_secs(2);
    let limit = SignedDuration::from_secs(3);
    // Who it is, what the server is, nodeinfo and its document: 4 calls of 1.5 s.
    let late = Stub::start(Manner::Late(Duration::from_millis(1_500)), &[]);
    // A byte every ten seconds, and more time for each call than for all.
    let drip = Stub::start(Manner::Drip, &[]);
    for (stub, call_limit, wanted) in [
        (&late, call_limit, Code::SignInTooSlow),
        (&drip, Duration::from_secs(20), Code::SignInTooSlow),
        (&drip, call_limit, Code::ServerUnreachable),
    ] {
        let engine = engine_with(limit, call_limit).await;
        let began = now();
        let reply = engine.handle(sign_in_call(&stub.url)).await;
        let took = now().duration_since(began);
        let kossori_api::Reply::Refused(problem) = reply else {
            panic!("{reply:?}")
        };
        assert_eq!(problem.code, wanted, "after {took:#}");
        assert!(took < limit + SignedDuration::from_secs(2), "{took:#}");
    }
    // With time enough it is the same server that signs in.
    let engine = engine_with(SignedDuration::from_secs(60), call_limit).await;
    let reply = engine.handle(sign_in_call(&late.url)).await;
    assert!(matches!(reply, kossori_api::Reply::Done(_)), "{reply:?}");
}

async fn engine_with(
    sign_in_limit: SignedDuration,
    call_limit: Duration,
) -> std::sync::Arc<kossori_engine::Engine> {
    use std::sync::Arc;

    struct Real(kossori_networks::Networks);
    impl kossori_engine::ports::Publishers for Real {
        fn publisher(
            &self,
            network: kossori_core::network::Network,
        ) -> Option<Arc<dyn kossori_engine::ports::Publisher>> {
            Some(self.0.publisher(network))
        }
    }

    let database = Arc::new(kossori_store::Database::in_memory().await.expect("a database"));
    let clock = Arc::new(kossori_host::SystemClock);
    let options = kossori_networks::Options {
        call_limit,
        ..kossori_networks::Options::default()
    };
    let ports = kossori_engine::Ports {
        store: database.clone(),
        vault: Arc::new(kossori_host::MemoryVault::default()),
        clock: clock.clone(),
        ids: Arc::new(kossori_host::SystemIds),
        media: Arc::new(crate::support::simulated::SimMedia),
        timeline: database.clone(),
        autostart: Arc::new(kossori_host::NotHere),
        loopback: Arc::new(kossori_engine::ports::NoLoopback),
        publishers: Arc::new(Real(kossori_networks::Networks::new(database, clock, options))),
    };
    let settings = kossori_engine::Settings {
        sign_in_limit,
        ..kossori_engine::Settings::default()
    };
    let engine = kossori_engine::Engine::new(ports, kossori_engine::Role::Command, settings);
    engine.start().await.expect("it starts");
    engine
}

fn sign_in_call(url: &str) -> kossori_api::Call {
    kossori_api::Call {
        request_id: url.to_owned(),
        request: kossori_api::Request::AccountAdd {
            network: kossori_api::Network::Mastodon,
            handle: None,
            server: Some(url.to_owned()),
            secret: Some(kossori_api::SecretInput::new("a-token".to_owned())),
            client_id: None,
            persona: None,
            client_name: None,
            local_server: true,
            plc: None,
            proxy: None,
        },
    }
}
