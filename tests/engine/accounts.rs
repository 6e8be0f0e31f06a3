//! Signing in takes its time and no more, and what it does to the plan is answered.

use jiff::SignedDuration;
use kossori_api::{Code, Request, SecretInput};
use kossori_core::network::{Network, Persona, Software};

use crate::support::simulated::World;

const NOON: &str = "2026-11-24 12:00";

fn secret() -> Option<SecretInput> {
    Some(SecretInput::new("password".to_owned()))
}

fn new_account(name: &str) -> Request {
    Request::AccountAdd {
        network: Network::Mastodon,
        handle: Some(name.to_owned()),
        server: None,
        secret: secret(),
        client_id: None,
        persona: Some(Persona::Personal),
        client_name: None,
        local_server: false,
        plc: None,
        proxy: None,
    }
}

/// Ids that `moved` names.
fn moved(answer: &serde_json::Value) -> Vec<String> {
    let rows = answer["moved"].as_array().expect("`moved` is a list");
    rows.iter()
        .map(|row| row["id"].as_str().expect("an id").to_owned())
        .collect()
}

#[test]
fn another_persona_moves_what_now_stands_too_near() {
    let mut world = World::new("2026-11-24 09:00");
    let (one, two) = (
        world.account(Network::Practice, "one", Persona::Personal),
        world.account(Network::Practice, "two", Persona::Personal),
    );
    let (first, second) = (world.post(&one, "Text one"), world.post(&two, "Text two"));
    assert_eq!(
        world.planned(&first),
        world.planned(&second),
        "the same person may"
    );
    let edited = world.ask(Request::AccountEdit {
        id: two,
        persona: Some(Persona::Official),
        client_name: None,
        proxy: None,
    });
    assert_eq!(moved(&edited).len(), 1, "{edited}");
    assert_eq!(edited["persona"], "official");
    let (first, second) = (
        world.planned(&first).expect("a time"),
        world.planned(&second).expect("a time"),
    );
    assert_eq!(second.duration_since(first).abs(), SignedDuration::from_mins(10));
}

#[test]
fn an_account_that_goes_leaves_room() {
    let mut world = World::new("2026-11-24 09:00");
    let account = world.practice("me");
    world.post(&account, "Text");
    let removed = world.ask(Request::AccountRemove { id: account });
    assert_eq!(removed["drafts"].as_array().map(Vec::len), Some(1), "{removed}");
    assert!(moved(&removed).is_empty(), "what became a draft has not moved");
}

#[test]
fn signing_out_takes_the_time_away_and_signing_in_gives_it_back() {
    let mut world = World::new(NOON);
    let account = world.mastodon("me", Software::Mastodon);
    world.ask(Request::SpacingSet {
        account: None,
        gap_minutes: Some(30),
        per_window: None,
        jitter: None,
        persona_gap_minutes: None,
    });
    world.post(&account, "Text one");
    let second = world.post(&account, "Text two");
    assert!(world.planned(&second).is_some());
    let out = world.ask(Request::AccountSignOut { id: account.clone() });
    assert_eq!(out["health"], "needs_sign_in");
    assert_eq!(moved(&out), std::slice::from_ref(&second));
    assert_eq!(world.planned(&second), None);
    let back = world.ask(Request::AccountSignIn {
        id: account,
        secret: secret(),
        client_id: None,
    });
    assert_eq!(back["health"], "ok");
    assert_eq!(moved(&back), std::slice::from_ref(&second));
    assert!(world.planned(&second).is_some());
}

#[test]
fn a_sign_in_that_takes_too_long_is_given_up() {
    let mut world = World::new(NOON);
    assert_eq!(world.settings.sign_in_limit, SignedDuration::from_secs(60));
    let account = world.mastodon("me", Software::Mastodon);
    for request in [
        new_account("other"),
        Request::AccountSignIn {
            id: account.clone(),
            secret: secret(),
            client_id: None,
        },
    ] {
        for (seconds, takes) in [(59, true), (3_600, false)] {
            world.server.slow_sign_ins([seconds]);
            let began = world.now();
            let answered = world.ask_while_time_passes(request.clone());
            let took = world.now().duration_since(began).as_secs();
            match answered {
                Ok(_) => assert!(takes && took == 59, "{took} s"),
                Err(problem) => {
                    // The first round has added the account: the second finds it, once it is signed in.
                    assert_eq!(problem.code, Code::SignInTooSlow);
                    assert!(!takes && took == 60, "{took} s");
                }
            }
        }
    }
    let list = world.ask(Request::AccountList);
    assert_eq!(list["accounts"].as_array().map(Vec::len), Some(2));
}

/// The old set is worth nothing any more, but where sets are given under a registration of the person's own.
#[test]
fn who_signs_in_again_leaves_no_old_session() {
    for (network, ends) in [(Network::Bluesky, true), (Network::X, false)] {
        let mut world = World::new(NOON);
        let account = world.account(network, "me", Persona::Personal);
        let entry = format!("account.{account}");
        let old = world.vault.entry(&entry).expect("tokens");
        let again = Request::AccountSignIn {
            id: account.clone(),
            secret: secret(),
            client_id: None,
        };
        // A sign-in that leads to nothing ends nothing.
        world.server.set_offline(true);
        world.try_ask(again.clone()).expect_err("nobody is there");
        assert!(world.server.ended().is_empty());
        world.server.set_offline(false);
        world.ask(again);
        assert_ne!(world.vault.entry(&entry).as_ref(), Some(&old));
        let ended = world.server.ended();
        assert_eq!(ended, if ends { vec![old] } else { Vec::new() }, "{network}");
        world.ask(Request::AccountCheck { id: account });
        world.judge();
    }
}

#[test]
fn an_account_gives_up_its_own_spacing_and_keeps_to_that_of_all() {
    let mut world = World::new("2026-11-24 09:00");
    let account = world.practice("me");
    let spacing = |account: Option<&str>, gap: u32| Request::SpacingSet {
        account: account.map(str::to_owned),
        gap_minutes: Some(gap),
        per_window: None,
        jitter: None,
        persona_gap_minutes: None,
    };
    world.ask(spacing(Some(&account), 50));
    let first = world.post(&account, "One");
    let second = world.post(&account, "Two");
    let apart = |world: &mut World| {
        let [first, second] = [&first, &second].map(|id| world.planned(id).expect("a time"));
        second.duration_since(first)
    };
    assert_eq!(apart(&mut world), SignedDuration::from_mins(50));
    let answer = world.ask(Request::SpacingAsAll {
        account: account.clone(),
    });
    assert_eq!(answer["accounts"], serde_json::json!({}));
    assert_eq!(
        moved(&answer),
        Vec::<String>::new(),
        "a time that is allowed stands"
    );
    // What holds for all holds for it again, also as it changes.
    let answer = world.ask(spacing(None, 55));
    assert_eq!(moved(&answer), std::slice::from_ref(&second));
    assert_eq!(apart(&mut world), SignedDuration::from_mins(55));
    // Nothing to give up, and nobody.
    world.ask(Request::SpacingAsAll { account });
    let nobody = Request::SpacingAsAll {
        account: "nobody".to_owned(),
    };
    assert_eq!(
        world.try_ask(nobody).expect_err("refused").code,
        Code::UnknownAccount
    );
}
