//! A month in the life of a person and their machine, drawn from a seed: what they write and change, and what breaks.

use std::collections::{BTreeMap, BTreeSet};

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use kossori_api::{
    ContentInput, PartInput, PeriodInput, PostInput, Request, Resolution, SecretInput, WhenInput,
};
use kossori_core::network::{Network, Persona, Visibility};
use kossori_engine::Bug;
use kossori_engine::ports::VaultError;
use serde_json::Value;

use super::luck::Luck;
use super::machine::Machine;
use super::net::Fate;
use super::open::Openings;
use super::servers::FORGETFUL;

/// How long everything goes wrong.
const ROUGH: SignedDuration = SignedDuration::from_hours(24 * 32);
/// How long all is well afterwards, so that whatever can come to rest does.
const CALM_DAYS: u32 = 24;

/// What breaks on this side of the network.
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
    ServersStumble,
    ClocksChange,
}

impl Trouble {
    pub const ALL: [Trouble; 14] = [
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
        Trouble::ServersStumble,
        Trouble::ClocksChange,
    ];
}

pub struct Who {
    pub id: String,
    pub name: &'static str,
    pub persona: Persona,
    pub network: Network,
}

/// What the app said it would see to: one text for one account.
pub struct Promise {
    pub number: u64,
    pub author: String,
    /// The last delivery of it.
    pub delivery: String,
    pub visibility: Visibility,
    /// From when on which wording: its parts.
    pub wordings: Vec<(Timestamp, Vec<String>)>,
    /// The person took it back.
    pub withdrawn: bool,
    /// What of it was not out yet was queued as a post of its own.
    pub begun_anew: bool,
}

pub struct Story {
    pub seed: u64,
    pub machine: Machine,
    pub people: Vec<Who>,
    pub openings: Openings,
    pub promises: Vec<Promise>,
    /// Texts that were refused when they were queued.
    pub refused: BTreeSet<u64>,
    /// Nobody answered: it may be there or not.
    pub unanswered: BTreeSet<u64>,
    pub troubles: BTreeSet<Trouble>,
    pub fates: BTreeSet<Fate>,
    /// Drafts that came back when something was taken from the queue.
    drafts: Vec<(String, u64, Who2)>,
    luck: Luck,
    numbers: u64,
    pub asked: u64,
    /// Why each delivery still waited when last looked.
    pub reasons: BTreeMap<String, String>,
}

#[derive(Clone)]
struct Who2 {
    id: String,
    name: String,
}

const ZONES: [(&str, &str); 5] = [
    ("Asia/Tokyo", "2026-11-24T09:00"),
    ("Europe/Berlin", "2027-03-08T09:00"),
    ("America/New_York", "2026-10-12T09:00"),
    ("Australia/Lord_Howe", "2027-03-15T09:00"),
    ("Asia/Tokyo", "2027-02-24T09:00"),
];

impl Story {
    pub fn begin(seed: u64, bug: Option<Bug>) -> Story {
        let mut luck = Luck::stream(seed, 1);
        let (zone, begins) = *luck.of(&ZONES);
        let zone = TimeZone::get(zone).expect("the zone");
        let begins: jiff::civil::DateTime = begins.parse().expect("a civil time");
        let now = begins
            .to_zoned_datetime(zone.clone())
            .expect("it exists")
            .timestamp();
        let machine = Machine::new(seed, now, zone.clone(), bug);
        let mut story = Story {
            seed,
            machine,
            people: Vec::new(),
            openings: Openings::new(zone, now),
            promises: Vec::new(),
            refused: BTreeSet::new(),
            unanswered: BTreeSet::new(),
            troubles: BTreeSet::new(),
            fates: BTreeSet::new(),
            drafts: Vec::new(),
            luck,
            numbers: 0,
            asked: 0,
            reasons: BTreeMap::new(),
        };
        story.settle_in();
        story
    }

    fn settle_in(&mut self) {
        for (name, network, persona, server) in [
            ("me", Network::Bluesky, Persona::Personal, None),
            ("firm", Network::Bluesky, Persona::Official, None),
            ("fedi", Network::Mastodon, Persona::Personal, None),
            ("forgetful", Network::Mastodon, Persona::Personal, Some(FORGETFUL)),
        ] {
            let added = self.done(Request::AccountAdd {
                network,
                handle: Some(name.to_owned()),
                server: server.map(str::to_owned),
                secret: Some(SecretInput::new("password".to_owned())),
                persona: Some(persona),
                client_name: None,
                local_server: false,
                plc: None,
            });
            self.people.push(Who {
                id: text(&added["id"]),
                name,
                persona,
                network,
            });
        }
        self.done(Request::HolidaysSet {
            table: kossori_api::HolidayTableInput::None,
        });
        let jitter = Some(self.luck.percent(50));
        self.done(Request::SpacingSet {
            account: None,
            gap_minutes: Some(10),
            per_window: Some(5),
            jitter,
            persona_gap_minutes: None,
        });
        if self.luck.percent(40) {
            let period = PeriodInput {
                days: "mon-sun".to_owned(),
                from: "1:30".to_owned(),
                to: "3:30".to_owned(),
                ..PeriodInput::default()
            };
            self.done(Request::WindowAdd {
                name: "night".to_owned(),
                title: None,
                period,
            });
            let now = self.machine.now();
            self.openings.change(now, |held| held.night = true);
        }
    }

    /// What cannot be refused on a good day.
    fn done(&mut self, request: Request) -> Value {
        match self.machine.ask(request.clone()) {
            Some(Ok(value)) => value,
            other => panic!("seed {}: {request:?}: {other:?}", self.seed),
        }
    }

    pub fn live(&mut self) {
        let ends = self.machine.now() + ROUGH;
        let posts = 25 + self.luck.below(60);
        let others = self.luck.below(8);
        self.machine.net.set_roughness(posts, others);
        if others > 0 {
            self.troubles.insert(Trouble::ServersStumble);
        }
        if self.openings.clocks_change(self.machine.now(), ends) {
            self.troubles.insert(Trouble::ClocksChange);
        }
        while self.machine.now() < ends && self.machine.spins.is_empty() {
            match self.luck.below(100) {
                0..=27 => self.write(),
                28..=37 => self.change_something(),
                38..=41 => self.take_a_break(),
                42..=47 => self.attend(),
                48..=69 => self.break_something(),
                _ => {}
            }
            let step = match self.luck.below(5) {
                0 => self.luck.seconds(0, 60),
                1 => self.luck.seconds(60, 1_800),
                2 | 3 => self.luck.seconds(1_800, 12_000),
                _ => self.luck.seconds(12_000, 36_000),
            };
            self.machine.advance_by(step);
        }
        self.calm_down();
    }

    fn calm_down(&mut self) {
        self.machine.net.set_roughness(0, 0);
        self.machine.net.set_offline(false);
        self.machine.disk.set_full(false);
        self.machine.vault.refuse_writes(false);
        self.machine.vault.shut(None);
        if self.machine.off != SignedDuration::ZERO {
            self.machine.set_clock(SignedDuration::ZERO);
        }
        self.machine.advance_by(SignedDuration::from_mins(30));
        self.resume();
        for _ in 0..CALM_DAYS {
            if !self.machine.spins.is_empty() {
                return;
            }
            self.attend();
            self.machine.advance_by(SignedDuration::from_hours(24));
            if self.is_at_rest() {
                break;
            }
        }
        self.fates = self.machine.net.fired();
    }

    fn is_at_rest(&mut self) -> bool {
        let open = [
            "queued",
            "held",
            "claimed",
            "staged",
            "sending",
            "unknown",
            "needs_you",
        ];
        let list = self.ask(Request::QueueList { all: false });
        list.is_some_and(|list| {
            let all = list["deliveries"].as_array().cloned().unwrap_or_default();
            let why = |delivery: &Value| (text(&delivery["id"]), text(&delivery["reason"]));
            self.reasons = all.iter().map(why).collect();
            !all.iter()
                .any(|delivery| open.contains(&delivery["state"].as_str().unwrap_or_default()))
        })
    }

    fn ask(&mut self, request: Request) -> Option<Value> {
        self.machine.ask(request)?.ok()
    }

    fn resume(&mut self) {
        if self.openings.now().paused && self.ask(Request::Resume).is_some() {
            let now = self.machine.now();
            self.openings.change(now, |held| held.paused = false);
        }
    }

    fn words(&mut self, number: u64, parts: u64, wording: u64) -> Vec<String> {
        let noise = self.luck.draw();
        (0..parts)
            .map(|part| {
                format!(
                    "T{number}.{part} v{wording} {:x}",
                    noise.rotate_left(part as u32 * 7)
                )
            })
            .collect()
    }

    /// Something new is written and queued.
    fn write(&mut self) {
        self.numbers += 1;
        let number = self.numbers;
        let mut chosen = vec![usize::try_from(self.luck.below(4)).unwrap_or(0)];
        if self.luck.percent(8) && chosen[0] != 1 {
            chosen.push(if chosen[0] == 2 { 0 } else { 2 });
        }
        let parts = if self.luck.percent(20) {
            2 + self.luck.below(2)
        } else {
            1
        };
        let wording = self.words(number, parts, 0);
        let fedi = chosen
            .iter()
            .all(|index| self.people[*index].network == Network::Mastodon);
        let visibility = if fedi && self.luck.percent(30) {
            *self.luck.of(&[Visibility::Private, Visibility::Unlisted])
        } else {
            Visibility::Public
        };
        let mut input = PostInput {
            accounts: chosen
                .iter()
                .map(|index| self.people[*index].id.clone())
                .collect(),
            content: content(&wording, fedi.then_some(visibility)),
            confirm_persona: true,
            hold: self.luck.percent(8),
            ..PostInput::default()
        };
        let on_time = self.machine.off == SignedDuration::ZERO;
        let mut opens = None;
        match self.luck.below(20) {
            0..=2 if on_time => {
                let at = self.machine.now() + self.luck.seconds(60, 200_000);
                input.when = WhenInput::At(at.to_string());
                if self.luck.percent(30) {
                    input.override_window = true;
                    opens = Some(at);
                }
            }
            3 | 4 => input.when = WhenInput::Window("evening".to_owned()),
            5 | 6 if on_time => {
                let at = self.machine.now() + self.luck.seconds(7_200, 200_000);
                input.expires = Some(at.to_string());
            }
            _ => {}
        }
        let asked_at = self.machine.now();
        match self.machine.ask(Request::PostAdd(input)) {
            Some(Ok(added)) => {
                if let Some(at) = opens {
                    self.openings
                        .change(asked_at, |held| held.overrides.push((number, at)));
                }
                let rows = added["deliveries"].as_array().cloned().unwrap_or_default();
                for row in rows {
                    let of = text(&row["account"]);
                    let who = self.people.iter().find(|who| who.id == of).expect("an account");
                    self.promises.push(Promise {
                        number,
                        author: who.name.to_owned(),
                        delivery: text(&row["id"]),
                        visibility,
                        wordings: vec![(asked_at, wording.clone())],
                        withdrawn: false,
                        begun_anew: false,
                    });
                }
            }
            Some(Err(_)) => drop(self.refused.insert(number)),
            None => drop(self.unanswered.insert(number)),
        }
    }

    /// Something that waits is edited, moved, held, taken back …
    fn change_something(&mut self) {
        if self.luck.percent(15) {
            return self.queue_a_draft();
        }
        if self.promises.is_empty() {
            return;
        }
        // Mostly what is new, for what is old is out.
        let most = self.promises.len() as u64;
        let back = self.luck.below(most.min(8));
        let index = usize::try_from(most - 1 - back).unwrap_or(0);
        let id = self.promises[index].delivery.clone();
        match self.luck.below(10) {
            0 => {
                let number = self.promises[index].number;
                let parts = self.promises[index].wordings[0].1.len() as u64;
                let version = self.promises[index].wordings.len() as u64;
                let wording = self.words(number, parts, version);
                let fedi = self
                    .people
                    .iter()
                    .any(|who| who.name == self.promises[index].author && who.network == Network::Mastodon);
                let visibility = fedi.then_some(self.promises[index].visibility);
                let edit = Request::QueueEdit {
                    id,
                    content: content(&wording, visibility),
                    thread: false,
                    confirm_persona: true,
                };
                let asked_at = self.machine.now();
                match self.machine.ask(edit) {
                    Some(Ok(_)) => self.promises[index].wordings.push((asked_at, wording)),
                    Some(Err(_)) => {}
                    // Nobody knows which of the two it is now.
                    None => drop(self.unanswered.insert(number)),
                }
            }
            1 => drop(self.ask(Request::QueueHold {
                id,
                until: None,
                zone: None,
            })),
            2 | 3 => drop(self.ask(Request::QueueApprove {
                id,
                confirm_persona: true,
                anyway: false,
            })),
            4 | 5 => {
                let discard = self.luck.percent(30);
                let number = self.promises[index].number;
                let author = self.promises[index].author.clone();
                match self.machine.ask(Request::QueueRemove { id, discard }) {
                    Some(Ok(removed)) => {
                        self.promises[index].withdrawn = true;
                        if let Some(draft) = removed["draft"].as_str() {
                            let who = self
                                .people
                                .iter()
                                .find(|who| who.name == author)
                                .expect("an account");
                            let who = Who2 {
                                id: who.id.clone(),
                                name: who.name.to_owned(),
                            };
                            self.drafts.push((draft.to_owned(), number, who));
                        }
                    }
                    Some(Err(_)) => {}
                    None => drop(self.unanswered.insert(number)),
                }
            }
            6 => drop(self.ask(Request::QueueMove { id, to: 1 })),
            7 => drop(self.ask(Request::QueueRetry { id })),
            _ => {
                let next = self.luck.percent(50);
                let evening = || WhenInput::Window("evening".to_owned());
                self.ask(Request::QueueWhen {
                    id,
                    when: if next { WhenInput::Next } else { evening() },
                    override_window: false,
                    zone: None,
                });
            }
        }
    }

    fn queue_a_draft(&mut self) {
        let Some((draft, number, who)) = self.drafts.pop() else {
            return;
        };
        let input = PostInput {
            accounts: vec![who.id.clone()],
            draft: Some(draft),
            confirm_persona: true,
            ..PostInput::default()
        };
        match self.machine.ask(Request::PostAdd(input)) {
            Some(Ok(added)) => {
                let promise = self
                    .promises
                    .iter_mut()
                    .rev()
                    .find(|promise| promise.number == number && promise.author == who.name);
                if let (Some(promise), Some(id)) = (promise, added["deliveries"][0]["id"].as_str()) {
                    promise.delivery = id.to_owned();
                    promise.withdrawn = false;
                    promise.begun_anew = true;
                }
            }
            Some(Err(_)) => {}
            None => drop(self.unanswered.insert(number)),
        }
    }

    fn take_a_break(&mut self) {
        if self.machine.off != SignedDuration::ZERO {
            return;
        }
        let asked_at = self.machine.now();
        match self.luck.below(8) {
            0..=2 => {
                let minutes = u32::try_from(5 + self.luck.below(40)).unwrap_or(5);
                let answered = self.machine.ask(Request::BreakNow {
                    minutes,
                    accounts: Vec::new(),
                    practice_only: false,
                });
                // Granted whatever was answered: the judge allows what may have been opened.
                let ends = self.machine.now() + SignedDuration::from_mins(i64::from(minutes));
                if !matches!(answered, Some(Err(_))) {
                    self.openings
                        .change(asked_at, |held| held.break_now = Some((asked_at, ends)));
                }
            }
            3 => {
                if self.ask(Request::BreakEnd).is_some() {
                    let now = self.machine.now();
                    self.openings.change(now, |held| held.break_now = None);
                }
            }
            4 => {
                let pause = Request::Pause {
                    duration: None,
                    until: None,
                };
                if self.ask(pause).is_some() {
                    let now = self.machine.now();
                    self.openings.change(now, |held| held.paused = true);
                }
            }
            5 => {
                let (from, to) = (
                    asked_at + self.luck.seconds(0, 80_000),
                    asked_at + self.luck.seconds(80_000, 160_000),
                );
                let close = Request::ClosedAdd {
                    from: from.to_string(),
                    to: to.to_string(),
                    zone: None,
                };
                if self.ask(close).is_some() {
                    let now = self.machine.now();
                    self.openings.change(now, |held| held.closed.push((from, to)));
                }
            }
            _ => {
                let without = !self.openings.now().without_lunch;
                let enable = Request::WindowEnable {
                    name: "lunch".to_owned(),
                    enabled: !without,
                };
                if self.ask(enable).is_some() {
                    let now = self.machine.now();
                    self.openings.change(now, |held| held.without_lunch = without);
                }
            }
        }
    }

    /// The person looks at what waits for them.
    pub fn attend(&mut self) {
        self.machine.vault.shut(None);
        self.resume();
        if self.machine.off == SignedDuration::ZERO
            && self
                .ask(Request::Status)
                .is_some_and(|status| status["reason"] == "clock_unsure")
        {
            self.ask(Request::ClockConfirm);
        }
        for index in 0..self.people.len() {
            let id = self.people[index].id.clone();
            let Some(list) = self.ask(Request::AccountList) else {
                return;
            };
            let accounts = list["accounts"].as_array().cloned().unwrap_or_default();
            let unwell = accounts
                .iter()
                .any(|account| account["id"] == id.as_str() && account["health"] != "ok");
            if unwell {
                self.ask(Request::AccountSignIn {
                    id,
                    secret: Some(SecretInput::new("password".to_owned())),
                });
            }
        }
        let Some(list) = self.ask(Request::QueueList { all: true }) else {
            return;
        };
        for delivery in list["deliveries"].as_array().cloned().unwrap_or_default() {
            self.decide(&delivery);
        }
    }

    fn decide(&mut self, delivery: &Value) {
        let id = text(&delivery["id"]);
        match delivery["state"].as_str().unwrap_or_default() {
            "needs_you" => self.resolve(&id, delivery),
            "rejected" => match self.luck.below(4) {
                0 | 1 => drop(self.ask(Request::QueueRetry { id })),
                2 => drop(self.ask(Request::QueueRemove { id, discard: true })),
                _ => {}
            },
            "held" => drop(self.ask(Request::QueueApprove {
                id,
                confirm_persona: true,
                anyway: false,
            })),
            _ => {}
        }
    }

    /// The person opens their profile and says what they see. What is still on its way has arrived by then: it is at
    /// most twenty minutes late, and nobody is asked so soon.
    fn resolve(&mut self, id: &str, delivery: &Value) {
        self.asked += 1;
        let Some(promise) = self.promises.iter().find(|promise| promise.delivery == id) else {
            return;
        };
        let author = promise.author.clone();
        if self.machine.net.is_under_way(&author) {
            return;
        }
        let number = promise.number;
        // Of a thread that was begun anew the first parts are out already.
        let all = promise.wordings.last().map_or(1, |(_, parts)| parts.len() as u64);
        let before = all.saturating_sub(delivery["parts"].as_u64().unwrap_or(all));
        let part = before + delivery["parts_sent"].as_u64().unwrap_or(0);
        let tag = format!("T{number}.{part} ");
        let there = self
            .machine
            .net
            .find(&author, |commit| commit.text.starts_with(&tag));
        let resolution = if self.luck.percent(12) {
            Resolution::Leave
        } else if let Some(commit) = there.first().filter(|_| !self.luck.percent(20)) {
            // One in five overlooks it.
            Resolution::There {
                url: Some(format!("https://server.example/@me/{}", commit.id)),
            }
        } else {
            Resolution::NotThere
        };
        self.ask(Request::QueueResolve {
            id: id.to_owned(),
            resolution,
        });
    }

    fn break_something(&mut self) {
        let trouble = *self.luck.of(&Trouble::ALL);
        self.machine.net.say(|| format!("trouble {trouble:?}"));
        match trouble {
            Trouble::Killed => {
                let calls = self.luck.below(400);
                let deaths = self.machine.deaths;
                self.machine.disk.die_in(calls);
                // Near what happens, if anything is about to.
                let wait = self.luck.seconds(0, 20_000);
                self.machine.advance_by(wait);
                if self.machine.deaths > deaths {
                    self.troubles.insert(trouble);
                }
                return;
            }
            Trouble::PowerCut => {
                let wait = self.luck.seconds(0, 900);
                self.machine.advance_by(wait);
                self.wait_for_a_post_call();
                self.machine.crash(true);
            }
            Trouble::DiskFull => {
                let refused = self.machine.disk.refused();
                self.machine.disk.set_full(true);
                let wait = self.luck.seconds(0, 7_200);
                self.machine.advance_by(wait);
                self.machine.disk.set_full(false);
                if self.machine.disk.refused() == refused {
                    return;
                }
            }
            Trouble::WriteFails => {
                let refused = self.machine.disk.refused();
                let commits = self.luck.below(12);
                self.machine.disk.fail_in(commits);
                let wait = self.luck.seconds(0, 20_000);
                self.machine.advance_by(wait);
                if self.machine.disk.refused() == refused {
                    return;
                }
            }
            Trouble::ClockAhead | Trouble::ClockBehind => {
                let off = self.luck.seconds(300, 20_000);
                let ahead = trouble == Trouble::ClockAhead;
                self.machine.set_clock(if ahead { off } else { -off });
                let wait = self.luck.seconds(0, 20_000);
                self.machine.advance_by(wait);
                self.machine.set_clock(SignedDuration::ZERO);
            }
            Trouble::Suspended => {
                self.wait_for_a_post_call();
                let asleep = self.luck.seconds(0, 50_000);
                self.machine.sleep_for(asleep);
            }
            Trouble::KeyringLocked | Trouble::KeyringGone => {
                let locked = trouble == Trouble::KeyringLocked;
                let why = if locked {
                    VaultError::Locked
                } else {
                    VaultError::Absent
                };
                self.machine.vault.shut(Some(why));
                let wait = self.luck.seconds(0, 20_000);
                self.machine.advance_by(wait);
                self.machine.vault.shut(None);
            }
            Trouble::KeyringRefusesWrites => {
                self.machine.vault.refuse_writes(true);
                let wait = self.luck.seconds(0, 20_000);
                self.machine.advance_by(wait);
                self.machine.vault.refuse_writes(false);
            }
            Trouble::Offline => {
                self.machine.net.set_offline(true);
                let wait = self.luck.seconds(0, 10_000);
                self.machine.advance_by(wait);
                self.machine.net.set_offline(false);
            }
            Trouble::SignedOut => {
                let who = self.luck.of(&self.people).name;
                self.machine.net.revoke(who);
            }
            // These are not begun: they last.
            Trouble::ServersStumble | Trouble::ClocksChange => return,
        }
        self.troubles.insert(trouble);
    }

    /// Half of the time: until the next post call is under way, for that is when it hurts.
    fn wait_for_a_post_call(&mut self) {
        if self.luck.percent(50) {
            return;
        }
        let posts = self.machine.net.posts();
        let until = self.machine.now() + SignedDuration::from_hours(14);
        while self.machine.now() < until && self.machine.net.posts() == posts && self.machine.spins.is_empty()
        {
            self.machine.advance_by(SignedDuration::from_secs(20));
        }
        let a_little = SignedDuration::from_millis(i64::try_from(self.luck.below(3_000)).unwrap_or(0));
        self.machine.advance_by(a_little);
    }

    /// States as the folder has them, by delivery.
    pub fn states(&self) -> BTreeMap<String, kossori_engine::model::Delivery> {
        self.machine.disk.look(|memory| {
            memory
                .deliveries(&kossori_core::delivery::State::ALL)
                .into_iter()
                .map(|delivery| (delivery.id.to_string(), delivery))
                .collect()
        })
    }
}

fn content(wording: &[String], visibility: Option<Visibility>) -> ContentInput {
    ContentInput {
        parts: wording
            .iter()
            .map(|text| PartInput {
                text: text.clone(),
                media: Vec::new(),
            })
            .collect(),
        visibility,
        ..ContentInput::default()
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
