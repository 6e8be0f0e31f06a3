//! A month in the life of a person and their machine, drawn from a seed: what they write and change, and what breaks.

use std::collections::{BTreeMap, BTreeSet};

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use kossori_api::{PeriodInput, Request, SecretInput};
use kossori_core::network::{Network, Persona, Visibility};
use kossori_engine::Bug;
use serde_json::Value;

use super::luck::Luck;
use super::machine::Machine;
use super::net::{Commit, Fate};
use super::open::Openings;
use super::restoring::Backup;
use super::servers::{FORGETFUL, OTHER_PDS, PDS, SOCIAL};
use super::trouble::Trouble;

/// How long everything goes wrong.
const ROUGH: SignedDuration = SignedDuration::from_hours(24 * 32);
/// How long all is well afterwards, so that whatever can come to rest does.
const CALM_DAYS: u32 = 24;

pub struct Who {
    pub id: String,
    pub name: &'static str,
    pub persona: Persona,
    pub network: Network,
    /// Practice has none.
    pub server: &'static str,
}

/// What the app said it would see to: one text for one account.
#[derive(Clone)]
pub struct Promise {
    pub number: u64,
    pub author: String,
    /// The last delivery of it. Empty where nobody answered which that is.
    pub delivery: String,
    pub visibility: Visibility,
    /// From when on which wording: its parts.
    pub wordings: Vec<(Timestamp, Vec<String>)>,
    /// What each part shows.
    pub pictures: Vec<Vec<String>>,
    /// The person took it back.
    pub withdrawn: bool,
    /// The person left it as it was, whatever that was.
    pub left: bool,
    /// What of it was not out yet was queued as a post of its own.
    pub begun_anew: bool,
    /// A change of it was never answered, or is forgotten in a folder that was put back: it may be either way.
    pub unsure: bool,
    /// That it was queued was never answered, or is forgotten: the folder need not know it.
    pub may_be_missing: bool,
    /// It was in a folder that was put back, as it was then.
    pub copied: Option<Timestamp>,
}

pub struct Story {
    pub seed: u64,
    pub machine: Machine,
    pub people: Vec<Who>,
    pub openings: Openings,
    pub promises: Vec<Promise>,
    /// Texts that were refused when they were queued.
    pub refused: BTreeSet<u64>,
    pub troubles: BTreeSet<Trouble>,
    pub fates: BTreeSet<Fate>,
    /// Drafts that came back when something was taken from the queue.
    pub drafts: Vec<(String, u64, Author)>,
    pub luck: Luck,
    pub numbers: u64,
    pub asked: u64,
    /// Why each delivery still waited when last looked.
    pub reasons: BTreeMap<String, String>,
    /// The folder as it was once, to be put back.
    pub backup: Option<Backup>,
    pub put_back: u64,
}

#[derive(Clone)]
pub struct Author {
    pub id: String,
    pub name: String,
}

const ZONES: [(&str, &str); 5] = [
    ("Asia/Tokyo", "2026-11-24T09:00"),
    ("Europe/Berlin", "2027-03-08T09:00"),
    ("America/New_York", "2026-10-12T09:00"),
    ("Australia/Lord_Howe", "2027-03-15T09:00"),
    ("Asia/Tokyo", "2027-02-24T09:00"),
];

/// In a story the one is on a network that may be sent a thing twice, the other on one that may not: most often on Mastodon and on
/// unknown software.
fn networks_of(seed: u64) -> (Network, Network) {
    let keeps = match seed % 5 {
        3 => Network::Threads,
        _ => Network::Mastodon,
    };
    let forgets = match seed % 8 {
        1 => Network::Misskey,
        4 => Network::X,
        6 => Network::LinkedIn,
        _ => Network::Mastodon,
    };
    (keeps, forgets)
}

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
            troubles: BTreeSet::new(),
            fates: BTreeSet::new(),
            drafts: Vec::new(),
            luck,
            numbers: 0,
            asked: 0,
            reasons: BTreeMap::new(),
            backup: None,
            put_back: 0,
        };
        story.settle_in();
        story
    }

    fn settle_in(&mut self) {
        // Two on one server, or each on its own.
        let firms = if self.luck.percent(70) { PDS } else { OTHER_PDS };
        let (keeps, forgets) = networks_of(self.seed);
        for (name, network, persona, server) in [
            ("me", Network::Bluesky, Persona::Personal, PDS),
            ("firm", Network::Bluesky, Persona::Official, firms),
            ("fedi", keeps, Persona::Personal, SOCIAL),
            ("forgetful", forgets, Persona::Personal, FORGETFUL),
            ("practised", Network::Practice, Persona::Personal, ""),
        ] {
            let practice = network == Network::Practice;
            let added = self.done(Request::AccountAdd {
                network,
                handle: Some(name.to_owned()),
                server: (!practice).then(|| server.to_owned()),
                secret: (!practice).then(password),
                client_id: (network == Network::X).then(|| "client".to_owned()),
                persona: Some(persona),
                client_name: None,
                local_server: false,
                plc: None,
                proxy: None,
            });
            self.people.push(Who {
                id: text(&added["id"]),
                name,
                persona,
                network,
                server,
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
                disabled: false,
            });
            let now = self.machine.now();
            self.openings.change(now, |held| held.night = true);
        }
    }

    /// What cannot be refused on a good day.
    pub fn done(&mut self, request: Request) -> Value {
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
        while self.machine.now() < ends && self.machine.spins.is_empty() {
            let (since, waited) = (self.machine.now(), self.something_waits());
            self.put_back_what_is_due();
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
            self.note_clock_change(since, waited);
        }
        self.count_what_lasted();
        self.calm_down();
    }

    fn calm_down(&mut self) {
        self.machine.net.set_roughness(0, 0);
        self.machine.net.set_offline(false);
        self.machine.net.set_away(None);
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

    pub fn ask(&mut self, request: Request) -> Option<Value> {
        self.machine.ask(request)?.ok()
    }

    pub fn resume(&mut self) {
        let asked_at = self.machine.now();
        if self.openings.now().paused && self.ask(Request::Resume).is_some() {
            // It may be done long before it is answered.
            self.openings.change(asked_at, |held| held.paused = false);
        }
    }

    /// What the account's own list has.
    pub fn listed(&self, author: &str) -> Vec<Commit> {
        match self.people.iter().find(|who| who.name == author) {
            Some(who) if who.network == Network::Practice => self.machine.practice.commits(&who.id, author),
            _ => self.machine.net.find(author, |_| true),
        }
    }

    /// Everything that is there, whoever's.
    pub fn all_commits(&self) -> Vec<Commit> {
        let mut all = self.machine.net.commits();
        let practised = self.people.iter().filter(|who| who.network == Network::Practice);
        all.extend(practised.flat_map(|who| self.listed(who.name)));
        all
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

pub fn password() -> SecretInput {
    SecretInput::new("password".to_owned())
}

pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
