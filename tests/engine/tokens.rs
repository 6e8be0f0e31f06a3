//! When tokens are read from the keyring and how long they are kept, and what a sign-out in mid-attempt does.

use kossori_api::{Code, MediaInput, Request, SecretInput};
use kossori_engine::ports::VaultError;

use crate::support::simulated::{Turn, World};

const MORNING: &str = "2026-11-24 09:00";

/// The one question besides tokens: is the keyring open? Asked at sign-in.
const AT_SIGN_IN: u64 = 1;

/// The first time in a process: the tokens, and whether there is a proxy.
const FIRST: u64 = 2;

/// A world whose process has started after the sign-in, so that it holds no tokens yet.
fn started_anew() -> (World, String) {
    let mut world = World::new(MORNING);
    let account = world.bluesky("me");
    world.crash();
    world.start();
    (world, account)
}

#[test]
fn a_keyring_that_locks_in_a_long_window_does_not_stop_its_last_post() {
    // The evening is 18:30 to 22:30. An exact time late in it, and one that is drawn late because of what else is
    // closed.
    for drawn in [false, true] {
        let (mut world, account) = started_anew();
        let delivery = if drawn {
            world.ask(Request::ClosedAdd {
                from: "2026-11-24T12:00:00+09:00".into(),
                to: "2026-11-24T13:00:00+09:00".into(),
                zone: None,
            });
            world.ask(Request::SpacingSet {
                account: Some(account.clone()),
                gap_minutes: Some(200),
                per_window: None,
                jitter: None,
                persona_gap_minutes: None,
            });
            world.post(&account, "Text first");
            let second = world.post(&account, "Text second");
            world.crash();
            world.start();
            second
        } else {
            world.post_at(&account, "Text", "2026-11-24 21:50")
        };
        let planned = world.planned(&delivery).expect("a time");
        assert!(
            planned > world.moment("21:40"),
            "it is drawn late in the window: {planned}"
        );
        world.advance("18:14");
        assert_eq!(
            world.vault.reads(),
            AT_SIGN_IN,
            "sooner than 15 min before the window"
        );
        world.advance("18:16");
        assert_eq!(
            world.vault.reads(),
            AT_SIGN_IN + FIRST,
            "read before the window begins"
        );
        world.advance("18:31");
        world.vault.shut(Some(VaultError::Locked));
        world.advance("22:29");
        assert_eq!(world.state(&delivery), "sent", "drawn: {drawn}");
        assert_eq!(
            world.vault.reads(),
            AT_SIGN_IN + FIRST,
            "kept until the window ends"
        );
        world.judge();
    }
}

#[test]
fn tokens_are_forgotten_with_the_window_and_read_again_before_the_next() {
    let (mut world, account) = started_anew();
    let lunch = world.post(&account, "Text at lunch");
    let evening = world.post_at(&account, "Text in the evening", "2026-11-24 22:00");
    world.advance("12:30");
    assert_eq!(world.state(&lunch), "sent");
    assert_eq!(world.vault.reads(), AT_SIGN_IN + FIRST);
    // Locked from the end of lunch until the evening is near: nobody asks meanwhile.
    world.advance("13:01");
    world.vault.shut(Some(VaultError::Locked));
    world.advance("18:14");
    assert_eq!(world.vault.reads(), AT_SIGN_IN + FIRST);
    world.vault.shut(None);
    world.advance("18:16");
    assert_eq!(
        world.vault.reads(),
        AT_SIGN_IN + FIRST + 1,
        "they were forgotten when lunch ended"
    );
    world.vault.shut(Some(VaultError::Locked));
    world.advance("22:05");
    assert_eq!(world.state(&evening), "sent");
    world.judge();
}

/// The person hears of it while there is still time to sign in again.
#[test]
fn tokens_that_are_gone_are_told_before_the_window() {
    let (mut world, account) = started_anew();
    let delivery = world.post_at(&account, "Text", "2026-11-24 21:50");
    let health = |world: &mut World| world.ask(Request::AccountList)["accounts"][0]["health"].clone();
    assert_eq!(health(&mut world), "ok");
    world.vault.lose(&format!("account.{account}"));
    world.advance("18:14");
    assert_eq!(health(&mut world), "ok", "nobody has looked yet");
    world.advance("18:16");
    assert_eq!(health(&mut world), "needs_sign_in");
    assert_eq!(world.ask(Request::Status)["state"], "needs_you");
    world.ask(sign_in(&account));
    world.advance("21:52");
    assert_eq!(world.state(&delivery), "sent");
    world.judge();
}

fn sign_out(account: &str) -> Request {
    Request::AccountSignOut {
        id: account.to_owned(),
    }
}

fn sign_in(account: &str) -> Request {
    Request::AccountSignIn {
        id: account.to_owned(),
        secret: Some(SecretInput::new("password".to_owned())),
        client_id: None,
    }
}

#[test]
fn a_sign_out_between_claim_and_sending_voids_the_attempt() {
    let (mut world, account) = started_anew();
    let delivery = world.post_at(&account, "Text", "2026-11-24 12:20");
    world.server.slow_freezes([10]);
    world.advance("12:20:05");
    assert_eq!(world.state(&delivery), "claimed");
    world.ask(sign_out(&account));
    world.advance("12:25");
    assert_eq!(world.state(&delivery), "queued");
    assert_eq!(world.reason(&delivery).as_deref(), Some("needs_sign_in"));
    world.advance("18:00");
    assert!(world.server.calls("post").is_empty(), "nothing goes signed out");
    assert!(!world.events(Some(&delivery)).contains(&"sending".to_owned()));
    assert_eq!(world.vault.entry(&format!("account.{account}")), None);
    world.ask(sign_in(&account));
    world.advance("18:31");
    assert_eq!(world.state(&delivery), "sent");
    assert_eq!(world.server.calls("post").len(), 1);
    assert_eq!(world.commits().len(), 1);
    world.judge();
}

#[test]
fn a_sign_out_while_it_sends_is_refused_and_the_answer_is_written_down() {
    for (turn, ends) in [
        (Turn::slow(10, 5), "sent"),
        (
            Turn {
                commits: false,
                ..Turn::lost_after_commit()
            },
            "unknown",
        ),
    ] {
        let (mut world, account) = started_anew();
        let delivery = world.post_at(&account, "Text", "2026-11-24 12:20");
        let behind = world.post_at(&account, "Text behind", "2026-11-24 12:40");
        let slow = Turn {
            before: jiff::SignedDuration::from_secs(10),
            ..turn
        };
        world.server.script([slow]);
        world.advance("12:20:05");
        assert_eq!(world.state(&delivery), "sending");
        assert_eq!(world.refusal(sign_out(&account)), Code::AccountIsSending);
        assert_eq!(world.state(&delivery), "sending");
        world.advance("12:20:16");
        assert_eq!(world.state(&delivery), ends);
        // Found absent, it is sent again by its own key, once; then nothing is open and it may be signed out.
        world.advance("12:22");
        assert_eq!(world.state(&delivery), "sent");
        world.ask(sign_out(&account));
        world.advance("12:45");
        assert_eq!(world.reason(&behind).as_deref(), Some("needs_sign_in"));
        assert_eq!(world.commits().len(), 1, "{:?}", world.commits());
        world.judge();
    }
}

#[test]
fn a_refresh_after_a_sign_out_brings_no_tokens_back() {
    let (mut world, account) = started_anew();
    let delivery = world.post_with(&account, "Text", |input| {
        input.when = kossori_api::WhenInput::At("2026-11-24 12:20".to_owned());
        input.content.parts[0].media = vec![MediaInput {
            path: Some("/picture.png".into()),
            alt: "a picture".to_owned(),
            ..MediaInput::default()
        }];
    });
    world.server.slow_freezes([10]);
    world.advance("12:20:05");
    assert_eq!(world.state(&delivery), "claimed");
    world.ask(sign_out(&account));
    // The server ends the session with it: the upload that comes next is turned away.
    world.server.expire_access();
    world.advance("12:25");
    assert_eq!(world.server.calls("refresh").len(), 1, "the attempt tried");
    assert_eq!(
        world.vault.entry(&format!("account.{account}")),
        None,
        "signed out is signed out"
    );
    assert_eq!(world.state(&delivery), "queued");
    assert_eq!(world.reason(&delivery).as_deref(), Some("needs_sign_in"));
    assert!(world.server.calls("post").is_empty());
}
