//! Weeks of bad luck, the same in every run: whatever happens, once each, inside, and at last quiet.

use jiff::SignedDuration;
use kossori_api::{Request, SecretInput};
use kossori_core::answer::Refusal;
use kossori_core::network::{Network, Persona, Software};
use kossori_engine::ports::{StoreError, VaultError};

use crate::support::simulated::{Turn, World, at, input};

/// A small generator: the luck of a run is its seed.
struct Luck(u64);

impl Luck {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }

    fn turn(&mut self) -> Turn {
        let slow = |luck: &mut Luck| i64::try_from(luck.below(40)).unwrap_or(0);
        match self.below(10) {
            0 => Turn::lost_after_commit(),
            1 => Turn::lost_before_commit(),
            2 => Turn::never_left(),
            3 => Turn::refused(401, Refusal::Token),
            4 => Turn::refused(
                429,
                Refusal::RateLimit {
                    retry_after: Some(SignedDuration::from_secs(slow(self) * 60)),
                },
            ),
            5 => Turn::refused(500, Refusal::Other),
            6 => Turn::slow(slow(self), 0),
            7 => Turn::slow(0, slow(self)),
            8 => Turn::slow(1, 1),
            _ => Turn::fine(),
        }
    }
}

fn storm(seed: u64) {
    let mut luck = Luck(seed);
    let mut world = World::unspaced("2026-11-24 09:00");
    let me = world.account(Network::Bluesky, "me", Persona::Personal);
    let firm = world.account(Network::Bluesky, "firm", Persona::Official);
    let fedi = world.mastodon("fedi", Software::Mastodon);
    let accounts = [me, firm, fedi];
    let mut deliveries = Vec::new();
    for step in 0..160 {
        match luck.below(14) {
            0..=3 => {
                let account = accounts[usize::try_from(luck.below(3)).unwrap_or(0)].clone();
                let words = match luck.below(4) {
                    0 => format!("Text {seed}.{step} a\n---\nText {seed}.{step} b"),
                    _ => format!("Text {seed}.{step}"),
                };
                deliveries.push(world.post(&account, &words));
            }
            4 | 5 => {
                let turn = luck.turn();
                world.server.script([turn]);
            }
            6 => {
                world.server.set_offline(true);
                let minutes = luck.below(50);
                world.advance_by(i64::try_from(minutes * 60).unwrap_or(0));
                world.server.set_offline(false);
            }
            7 => {
                world.vault.shut(Some(VaultError::Locked));
                let minutes = luck.below(90);
                world.advance_by(i64::try_from(minutes * 60).unwrap_or(0));
                world.vault.shut(None);
            }
            8 => world.server.expire_access(),
            9 => {
                let asleep = SignedDuration::from_secs(i64::try_from(luck.below(20_000)).unwrap_or(0));
                world.clock.suspend_to(world.now() + asleep);
                world.settle();
            }
            10 => {
                world.crash();
                let down = SignedDuration::from_secs(i64::try_from(luck.below(3_000)).unwrap_or(0));
                world.clock.pass_to(world.now() + down);
                world.start();
            }
            11 => {
                world.store.refuse(Some(StoreError::Full));
                world.advance_by(i64::try_from(luck.below(600)).unwrap_or(0));
                world.store.refuse(None);
            }
            12 => {
                let (from, to) = (world.now(), world.now() + SignedDuration::from_mins(20));
                world.allow_between(from, to);
                world.ask(Request::BreakNow {
                    minutes: 20,
                    accounts: Vec::new(),
                    practice_only: false,
                });
            }
            _ => {
                let what = Request::PostAdd(input(
                    &[&accounts[0], &accounts[1]],
                    &format!("Text {seed}.{step} both"),
                    |_| {},
                ));
                world.ask(what);
            }
        }
        // Short steps find it in the middle of things, long ones bring the days on.
        let seconds = if luck.below(2) == 0 {
            luck.below(90)
        } else {
            luck.below(9_000)
        };
        world.advance_by(i64::try_from(seconds).unwrap_or(0));
    }
    world.server.calm();
    for account in &accounts {
        // Two refusals of the sign-in one after the other are part of the luck.
        let secret = Some(SecretInput::new("password".into()));
        world.ask(Request::AccountSignIn {
            id: account.clone(),
            secret,
            client_id: None,
        });
    }
    let end = world.now() + SignedDuration::from_hours(24 * 30);
    world.advance_to(end);
    let list = world.ask(Request::QueueList { all: true });
    for delivery in list["deliveries"].as_array().into_iter().flatten() {
        let state = delivery["state"].as_str().unwrap_or_default();
        assert!(
            matches!(state, "sent" | "needs_you"),
            "seed {seed}: still {state}: {delivery}"
        );
    }
    let commits = world.commits();
    for (index, commit) in commits.iter().enumerate() {
        for other in &commits[index + 1..] {
            let official = |author: &str| author == "bluesky:firm";
            let apart = other.at.duration_since(commit.at).abs();
            // From the beginning of one call to the beginning of the other; a commit comes up to 30 s later.
            let least = SignedDuration::from_secs(10 * 60 - 30);
            assert!(
                official(&commit.author) == official(&other.author) || apart >= least,
                "seed {seed}: two personas {apart:#} apart: {commit:?} {other:?}"
            );
        }
    }
    assert!(
        commits
            .first()
            .is_some_and(|commit| commit.at > at("2026-11-24 09:00")),
        "something went out"
    );
    world.judge();
}

#[test]
fn whatever_happens_once_each_and_inside() {
    for seed in 1..=8 {
        storm(seed);
    }
}
