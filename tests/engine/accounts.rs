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
        persona: Some(Persona::Personal),
        client_name: None,
        local_server: false,
        plc: None,
    }
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
