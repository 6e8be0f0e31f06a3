//! What breaks on this side of the network. It counts as having come when something met it: a call, an entry that was
//! asked for, a commit, or what was under way or due meanwhile.

use jiff::{SignedDuration, Timestamp};
use kossori_api::{FaultInput, Request};
use kossori_core::delivery::State;
use kossori_core::network::Network;
use kossori_engine::ports::{CallError, VaultError};

use super::story::Story;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Trouble {
    Killed,
    PowerCut,
    DiskFull,
    WriteFails,
    ClockAhead,
    ClockBehind,
    Suspended,
    KeyringLocked,
    KeyringGone,
    KeyringRefusesWrites,
    Offline,
    SignedOut,
    ServerAway,
    ServersStumble,
    UploadFails,
    KilledAfterUpload,
    PracticeStumbles,
    FolderPutBack,
    ClocksChange,
}

impl Trouble {
    pub const ALL: [Trouble; 19] = [
        Trouble::Killed,
        Trouble::PowerCut,
        Trouble::DiskFull,
        Trouble::WriteFails,
        Trouble::ClockAhead,
        Trouble::ClockBehind,
        Trouble::Suspended,
        Trouble::KeyringLocked,
        Trouble::KeyringGone,
        Trouble::KeyringRefusesWrites,
        Trouble::Offline,
        Trouble::SignedOut,
        Trouble::ServerAway,
        Trouble::ServersStumble,
        Trouble::UploadFails,
        Trouble::KilledAfterUpload,
        Trouble::PracticeStumbles,
        Trouble::FolderPutBack,
        Trouble::ClocksChange,
    ];
}

/// What a trouble could meet.
struct Stake {
    /// Between its claim and its outcome.
    under_way: bool,
    planned: Vec<Timestamp>,
}

impl Stake {
    /// Something was under way when it began, or due in between.
    fn was_met(&self, from: Timestamp, to: Timestamp) -> bool {
        self.under_way || self.planned.iter().any(|at| from <= *at && *at <= to)
    }
}

impl Story {
    pub fn break_something(&mut self) {
        let trouble = *self.luck.of(&Trouble::ALL);
        self.machine.net.say(|| format!("trouble {trouble:?}"));
        let met = match trouble {
            Trouble::Killed => {
                let deaths = self.machine.deaths;
                let calls = self.luck.below(400);
                self.machine.disk.die_in(calls);
                // Near what happens, if anything is about to.
                self.go_on(20_000);
                self.machine.deaths > deaths
            }
            Trouble::PowerCut => {
                self.go_on(900);
                self.wait_for_a_post_call();
                let (from, stake) = (self.machine.now(), self.stake());
                self.machine.crash(true);
                stake.was_met(from, self.machine.now())
            }
            Trouble::DiskFull => {
                let refused = self.machine.disk.refused();
                self.machine.disk.set_full(true);
                self.go_on(7_200);
                self.machine.disk.set_full(false);
                self.machine.disk.refused() > refused
            }
            Trouble::WriteFails => {
                let refused = self.machine.disk.refused();
                let commits = self.luck.below(12);
                self.machine.disk.fail_in(commits);
                self.go_on(20_000);
                self.machine.disk.refused() > refused
            }
            Trouble::ClockAhead | Trouble::ClockBehind => {
                let off = self.luck.seconds(300, 20_000);
                let ahead = trouble == Trouble::ClockAhead;
                let (from, stake) = (self.machine.now(), self.stake());
                self.machine.set_clock(if ahead { off } else { -off });
                self.go_on(20_000);
                self.machine.set_clock(SignedDuration::ZERO);
                // Due by the one clock or the other.
                let to = self.machine.now();
                stake.was_met(
                    if ahead { from } else { from - off },
                    if ahead { to + off } else { to },
                )
            }
            Trouble::Suspended => {
                self.wait_for_a_post_call();
                let (from, stake) = (self.machine.now(), self.stake());
                let asleep = self.luck.seconds(0, 50_000);
                self.machine.sleep_for(asleep);
                stake.was_met(from, self.machine.now())
            }
            Trouble::KeyringLocked | Trouble::KeyringGone => {
                let (denied, _) = self.machine.vault.denied();
                let locked = trouble == Trouble::KeyringLocked;
                let why = if locked {
                    VaultError::Locked
                } else {
                    VaultError::Absent
                };
                self.machine.vault.shut(Some(why));
                self.go_on(20_000);
                self.machine.vault.shut(None);
                self.machine.vault.denied().0 > denied
            }
            Trouble::KeyringRefusesWrites => {
                let (_, unwritten) = self.machine.vault.denied();
                self.machine.vault.refuse_writes(true);
                // New tokens are few.
                self.go_on(40_000);
                self.machine.vault.refuse_writes(false);
                self.machine.vault.denied().1 > unwritten
            }
            Trouble::Offline => {
                let offline = self.machine.net.counts().offline;
                self.machine.net.set_offline(true);
                self.go_on(30_000);
                self.machine.net.set_offline(false);
                self.machine.net.counts().offline > offline
            }
            Trouble::SignedOut => {
                let who = self.luck.of(&self.people).name;
                self.machine.net.revoke(who);
                false
            }
            Trouble::ServerAway => {
                let away = self.machine.net.counts().away;
                let servers: Vec<&str> = self.people.iter().map(|who| who.server).collect();
                let server = *self.luck.of(&servers);
                let how = match self.luck.below(3) {
                    0 => CallError::Offline,
                    1 => CallError::Unclear { status: Some(503) },
                    _ => CallError::RateLimit {
                        retry_after: Some(self.luck.seconds(1, 3_600)),
                    },
                };
                self.machine.net.set_away(Some((server, how)));
                self.go_on(60_000);
                self.machine.net.set_away(None);
                self.machine.net.counts().away > away
            }
            Trouble::KilledAfterUpload => {
                let calls = self.luck.below(25);
                self.machine.disk.die_after_upload(calls);
                false
            }
            Trouble::PracticeStumbles => {
                let practised = self.people.iter().find(|who| who.network == Network::Practice);
                let account = practised.expect("an account").id.clone();
                // `slow` waits for a real clock.
                let fault = *self.luck.of(&[
                    FaultInput::LostAnswer,
                    FaultInput::Refuse,
                    FaultInput::RateLimit,
                    FaultInput::SignOut,
                ]);
                self.ask(Request::PracticeNext { account, fault });
                false
            }
            Trouble::FolderPutBack => {
                self.keep_folder();
                false
            }
            // These are not begun: they last, and what met them is seen in the end.
            Trouble::ServersStumble | Trouble::UploadFails | Trouble::ClocksChange => false,
        };
        if met {
            self.troubles.insert(trouble);
        }
    }

    /// For up to so many seconds.
    fn go_on(&mut self, most: i64) {
        let wait = self.luck.seconds(0, most);
        self.machine.advance_by(wait);
    }

    /// Half of the time: until the next post call is under way, for that is when it hurts.
    fn wait_for_a_post_call(&mut self) {
        if self.luck.percent(50) {
            return;
        }
        let posts = self.machine.net.counts().posts;
        let until = self.machine.now() + SignedDuration::from_hours(14);
        self.machine
            .advance_until(until, |machine| machine.net.counts().posts > posts);
        let a_little = SignedDuration::from_millis(i64::try_from(self.luck.below(3_000)).unwrap_or(0));
        self.machine.advance_by(a_little);
    }

    fn stake(&self) -> Stake {
        self.machine.disk.look(|memory| {
            let under_way =
                memory.deliveries(&[State::Claimed, State::Staged, State::Sending, State::Unknown]);
            let waiting = memory.deliveries(&[State::Queued]);
            let at = |delivery: &kossori_engine::model::Delivery| Some(delivery.planned.as_ref()?.at);
            Stake {
                under_way: !under_way.is_empty(),
                planned: waiting.iter().filter_map(at).collect(),
            }
        })
    }

    /// What lasted for the whole story, and what was seen only when it was met.
    pub fn count_what_lasted(&mut self) {
        let counts = self.machine.net.counts();
        let met = [
            (Trouble::ServersStumble, counts.stumbled),
            (Trouble::SignedOut, counts.signed_out),
            (Trouble::UploadFails, counts.failed_uploads),
            (Trouble::KilledAfterUpload, self.machine.disk.died_between()),
            (Trouble::PracticeStumbles, self.machine.disk.practice_faults()),
        ];
        let met = met.into_iter().filter(|(_, times)| *times > 0);
        self.troubles.extend(met.map(|(trouble, _)| trouble));
    }

    /// The zone's clocks were set since then while something waited.
    pub fn note_clock_change(&mut self, since: Timestamp, waited: bool) {
        if waited && self.openings.clocks_change(since, self.machine.now()) {
            self.troubles.insert(Trouble::ClocksChange);
        }
    }

    /// Something is to go, at a time that is drawn.
    pub fn something_waits(&self) -> bool {
        !self.stake().planned.is_empty()
    }
}
