//! The real engine over the real store, in a world whose clock, keyring and servers the test holds in its hands.
//!
//! Nothing here sleeps: simulated time moves only when the test moves it, and each step waits until all tasks are
//! idle. What the servers committed, and when by their own clock, is the truth that the tests judge by.

use std::sync::{Arc, Mutex};

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use kossori_api::{
    Call, Code, ContentInput, JournalInput, PartInput, PostInput, Problem, Reply, Request, WhenInput,
};
use kossori_core::network::{Network, Persona, Software};
use kossori_engine::ports::{Clock as _, Publisher, Publishers, Timeline};
use kossori_engine::{Engine, Ports, Role, Settings};
use kossori_networks::Networks;
use kossori_store::Database;
use serde_json::Value;
use tokio::task::JoinHandle;

mod server;
mod store;

pub use kossori_simulation::{SimAutostart, SimClock, SimIds, SimMedia, SimVault, ZONE, locked};
pub use server::{Commit, Said, Scripted, Server, Turn, page};
pub use store::{Die, WatchedStore};

/// Ticks that one step of simulated time may cause before the engine counts as spinning.
const MOST_TICKS_A_STEP: u64 = 40;
/// Ticks in any minute of simulated time.
const MOST_TICKS_A_MINUTE: usize = 60;

/// `2026-11-24 12:30` or `2026-11-24 12:30:15.250`, in Tokyo.
pub fn at(text: &str) -> Timestamp {
    let civil: jiff::civil::DateTime = text.parse().expect("a civil time");
    civil
        .to_zoned_datetime(TimeZone::get(ZONE).expect("the zone"))
        .expect("a time that exists")
        .timestamp()
}

struct Adapters {
    real: Networks,
    bluesky: Arc<Scripted>,
    mastodon: Arc<Scripted>,
    x: Arc<Scripted>,
}

impl Publishers for Adapters {
    fn publisher(&self, network: Network) -> Option<Arc<dyn Publisher>> {
        match network {
            Network::Bluesky => Some(self.bluesky.clone()),
            Network::Mastodon => Some(self.mastodon.clone()),
            Network::X => Some(self.x.clone()),
            other => Some(self.real.publisher(other)),
        }
    }
}

pub struct World {
    pub clock: Arc<SimClock>,
    pub server: Arc<Server>,
    pub vault: Arc<SimVault>,
    pub autostart: Arc<SimAutostart>,
    pub store: Arc<WatchedStore>,
    pub settings: Settings,
    pub role: Role,
    ids: Arc<SimIds>,
    process: Option<Process>,
    requests: u64,
    ticks: Arc<Mutex<Vec<Timestamp>>>,
    /// Stretches besides the default windows in which the test opened something.
    opened: Vec<(Timestamp, Timestamp)>,
}

/// What dies in a crash: the engine and all its tasks.
struct Process {
    runtime: tokio::runtime::Runtime,
    engine: Arc<Engine>,
}

impl World {
    /// A new folder at `now` (see [`at`]), without jitter, with a host that ticks.
    pub fn new(now: &str) -> World {
        let mut world = World::unspaced(now);
        world.ask(Request::SpacingSet {
            account: None,
            gap_minutes: None,
            per_window: None,
            jitter: Some(false),
            persona_gap_minutes: None,
        });
        world
    }

    pub fn unspaced(now: &str) -> World {
        let runtime = runtime();
        let database = Arc::new(
            runtime
                .block_on(Database::in_memory())
                .expect("a database in memory"),
        );
        let clock = SimClock::new(at(now));
        let vault = Arc::new(SimVault::default());
        let store = Arc::new(WatchedStore::new(database));
        let server = Server::new(Arc::clone(&clock), Arc::clone(&vault), Arc::clone(&store));
        let mut world = World {
            clock,
            server,
            vault,
            autostart: Arc::default(),
            store,
            settings: Settings::default(),
            role: Role::Resident,
            ids: Arc::new(SimIds::default()),
            process: None,
            requests: 0,
            ticks: Arc::default(),
            opened: Vec::new(),
        };
        world.start();
        world
    }

    /// Starts a process over the folder as it is.
    pub fn start(&mut self) {
        assert!(self.process.is_none(), "one process at a time");
        self.store.revive();
        let runtime = runtime();
        let timeline: Arc<dyn Timeline> = self.store.clone();
        let options = kossori_networks::Options::default();
        let adapters = Adapters {
            real: Networks::new(Arc::clone(&timeline), self.clock.clone(), options),
            bluesky: Arc::new(Scripted {
                network: Network::Bluesky,
                server: Arc::clone(&self.server),
            }),
            mastodon: Arc::new(Scripted {
                network: Network::Mastodon,
                server: Arc::clone(&self.server),
            }),
            x: Arc::new(Scripted {
                network: Network::X,
                server: Arc::clone(&self.server),
            }),
        };
        let ports = Ports {
            store: self.store.clone(),
            vault: self.vault.clone(),
            clock: self.clock.clone(),
            ids: self.ids.clone(),
            media: Arc::new(SimMedia),
            timeline,
            publishers: Arc::new(adapters),
            autostart: self.autostart.clone(),
            loopback: Arc::new(kossori_engine::ports::NoLoopback),
        };
        let engine = Engine::new(ports, self.role, self.settings.clone());
        runtime.block_on(engine.start()).expect("the engine starts");
        runtime.spawn(tick_on(
            Arc::clone(&engine),
            Arc::clone(&self.clock),
            Arc::clone(&self.ticks),
        ));
        self.process = Some(Process { runtime, engine });
        self.settle();
    }

    /// The process dies where it stands; nothing of it runs on.
    pub fn crash(&mut self) {
        let process = self.process.take().expect("a process");
        drop(process.engine);
        process.runtime.shutdown_background();
    }

    fn process(&self) -> &Process {
        self.process.as_ref().expect("a process")
    }

    pub fn engine(&self) -> Arc<Engine> {
        Arc::clone(&self.process().engine)
    }

    /// Lets every task run until all wait for the clock, a server or a request.
    pub fn settle(&self) {
        let before = locked(&self.ticks).len();
        self.process().runtime.block_on(async {
            let mut quiet = 0;
            while quiet < 40 {
                tokio::task::yield_now().await;
                if self.store.is_idle() {
                    quiet += 1
                } else {
                    quiet = 0
                }
                let ticks = locked(&self.ticks).len() - before;
                assert!(
                    ticks as u64 <= MOST_TICKS_A_STEP,
                    "the engine spins: {ticks} ticks at {}",
                    self.clock.now()
                );
            }
        });
    }

    /// Simulated time passes up to `text` (or `HH:MM` of the same day), stopping wherever somebody waits for it.
    pub fn advance(&self, text: &str) {
        self.advance_to(self.moment(text));
    }

    pub fn advance_to(&self, to: Timestamp) {
        self.settle();
        while let Some(next) = self.clock.next_deadline().filter(|next| *next <= to) {
            self.clock.pass_to(next.max(self.clock.now()));
            self.settle();
        }
        self.clock.pass_to(to);
        self.settle();
    }

    pub fn advance_by(&self, seconds: i64) {
        self.advance_to(self.clock.now() + SignedDuration::from_secs(seconds));
    }

    /// The machine sleeps until `text`: nobody is woken in between, everybody at the end.
    pub fn sleep_over(&self, text: &str) {
        self.clock.suspend_to(self.moment(text));
        self.settle();
    }

    /// The wall clock is set; no time passes.
    pub fn set_clock(&self, text: &str) {
        self.clock.jump_to(self.moment(text));
        self.settle();
    }

    /// The same while no process lives, or without letting it look.
    pub fn set_clock_alone(&self, text: &str) {
        self.clock.jump_to(self.moment(text));
    }

    pub fn moment(&self, text: &str) -> Timestamp {
        if text.len() > "12:00:00.000".len() {
            return at(text);
        }
        let day = self
            .clock
            .now()
            .to_zoned_datetime(TimeZone::get(ZONE).expect("the zone"))
            .date();
        at(&format!("{day} {text}"))
    }

    /// What the host does with the engine besides requests.
    pub fn block_on<T>(&self, work: impl Future<Output = T>) -> T {
        let done = self.process().runtime.block_on(work);
        self.settle();
        done
    }

    pub fn ticks(&self) -> usize {
        locked(&self.ticks).len()
    }

    pub fn try_ask_as(&mut self, id: &str, request: Request) -> Result<Value, Problem> {
        let call = Call {
            request_id: id.to_owned(),
            request,
        };
        let process = self.process();
        let reply = process.runtime.block_on(process.engine.handle(call));
        self.settle();
        match reply {
            Reply::Done(value) => Ok(value),
            Reply::Refused(problem) => Err(problem),
        }
    }

    pub fn try_ask(&mut self, request: Request) -> Result<Value, Problem> {
        self.requests += 1;
        let id = format!("request-{}", self.requests);
        self.try_ask_as(&id, request)
    }

    /// A request that waits for a server: time passes until it is answered.
    pub fn ask_while_time_passes(&mut self, request: Request) -> Result<Value, Problem> {
        let asked = self.begin(request);
        self.answer(asked)
    }

    /// A request that others overtake; see [`World::answer`].
    pub fn begin(&mut self, request: Request) -> JoinHandle<Reply> {
        self.requests += 1;
        let call = Call {
            request_id: format!("request-{}", self.requests),
            request,
        };
        let process = self.process();
        let engine = Arc::clone(&process.engine);
        let asked = process.runtime.spawn(async move { engine.handle(call).await });
        self.settle();
        asked
    }

    /// Time passes until it is answered.
    pub fn answer(&mut self, asked: JoinHandle<Reply>) -> Result<Value, Problem> {
        while !asked.is_finished() {
            let next = self.clock.next_deadline().expect("it waits for a moment");
            self.clock.pass_to(next.max(self.clock.now()));
            self.settle();
        }
        match self.process().runtime.block_on(asked).expect("no panic") {
            Reply::Done(value) => Ok(value),
            Reply::Refused(problem) => Err(problem),
        }
    }

    pub fn ask(&mut self, request: Request) -> Value {
        self.try_ask(request.clone())
            .unwrap_or_else(|problem| panic!("{request:?} was refused: {problem:?}"))
    }

    pub fn refusal(&mut self, request: Request) -> Code {
        match self.try_ask(request.clone()) {
            Ok(value) => panic!("{request:?} was not refused: {value}"),
            Err(problem) => problem.code,
        }
    }

    pub fn practice(&mut self, name: &str) -> String {
        self.account(Network::Practice, name, Persona::Personal)
    }

    pub fn bluesky(&mut self, name: &str) -> String {
        self.account(Network::Bluesky, name, Persona::Personal)
    }

    pub fn mastodon(&mut self, name: &str, software: Software) -> String {
        self.server.set_software(software);
        self.account(Network::Mastodon, name, Persona::Personal)
    }

    pub fn account(&mut self, network: Network, name: &str, persona: Persona) -> String {
        let secret =
            (network != Network::Practice).then(|| kossori_api::SecretInput::new("password".to_owned()));
        let added = self.ask(Request::AccountAdd {
            network,
            handle: Some(name.to_owned()),
            server: None,
            secret,
            client_id: None,
            persona: Some(persona),
            client_name: None,
            local_server: false,
            plc: None,
            proxy: None,
        });
        text(&added["id"])
    }

    /// Queues a text for the next window; answers the delivery.
    pub fn post(&mut self, account: &str, text: &str) -> String {
        self.post_with(account, text, |_| {})
    }

    pub fn post_at(&mut self, account: &str, text: &str, when: &str) -> String {
        let when = WhenInput::At(when.to_owned());
        self.post_with(account, text, |input| input.when = when)
    }

    pub fn post_with(&mut self, account: &str, words: &str, change: impl FnOnce(&mut PostInput)) -> String {
        let added = self.ask(Request::PostAdd(input(&[account], words, change)));
        text(&added["deliveries"][0]["id"])
    }

    /// `queue show`.
    pub fn show(&mut self, delivery: &str) -> Value {
        self.ask(Request::QueueShow {
            id: delivery.to_owned(),
        })
    }

    pub fn state(&mut self, delivery: &str) -> String {
        text(&self.show(delivery)["state"])
    }

    pub fn reason(&mut self, delivery: &str) -> Option<String> {
        self.show(delivery)["reason"].as_str().map(str::to_owned)
    }

    pub fn planned(&mut self, delivery: &str) -> Option<Timestamp> {
        self.show(delivery)["planned_at"]
            .as_str()
            .map(|at| at.parse().expect("RFC 3339"))
    }

    /// The journal's events, those of one delivery or all.
    pub fn events(&mut self, delivery: Option<&str>) -> Vec<String> {
        let journal = self.ask(Request::Journal(JournalInput::default()));
        let entries = journal["entries"].as_array().cloned().unwrap_or_default();
        let mine = |entry: &&Value| delivery.is_none_or(|id| entry["delivery"].as_str() == Some(id));
        entries
            .iter()
            .filter(mine)
            .map(|entry| text(&entry["event"]))
            .collect()
    }

    /// The test opened this itself (a break, an override): the oracle allows commits in it.
    pub fn allow(&mut self, from: &str, to: &str) {
        self.allow_between(self.moment(from), self.moment(to));
    }

    pub fn allow_between(&mut self, from: Timestamp, to: Timestamp) {
        self.opened.push((from, to));
    }

    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Moments of the commits, as the servers' own clock says, in order.
    pub fn commits(&self) -> Vec<Commit> {
        self.server.commits()
    }

    /// Everything that the practice timeline of `account` holds: text and time.
    pub fn timeline(&mut self, account: &str) -> Vec<(String, Timestamp)> {
        let timeline = self.ask(Request::Timeline {
            account: account.to_owned(),
        });
        let posts = timeline["posts"].as_array().cloned().unwrap_or_default();
        let post = |post: &Value| {
            (
                text(&post["text"]),
                text(&post["published_at"]).parse().expect("RFC 3339"),
            )
        };
        posts.iter().map(post).collect()
    }

    /// What must hold in every story: no text twice, nothing outside what was open, `sending` committed before
    /// each post call, tokens in the keyring before they are used, no spinning, no text in the journal.
    pub fn judge(&mut self) {
        let mut seen = Vec::new();
        for commit in self.commits() {
            let key = (commit.author.clone(), commit.text.clone(), commit.repost.clone());
            assert!(!seen.contains(&key), "published twice: {commit:?}");
            seen.push(key);
            assert!(self.may_be_open(commit.at), "published outside: {commit:?}");
        }
        let wrongs = self.server.wrongs();
        assert!(wrongs.is_empty(), "{wrongs:?}");
        let ticks = locked(&self.ticks).clone();
        for (index, first) in ticks.iter().enumerate() {
            let minute = ticks[index..]
                .iter()
                .take_while(|tick| tick.duration_since(*first).as_secs().abs() < 60);
            let count = minute.count();
            assert!(
                count <= MOST_TICKS_A_MINUTE,
                "{count} ticks in the minute from {first}"
            );
        }
        if self.process.is_some() {
            let journal = self.ask(Request::Journal(JournalInput::default())).to_string();
            assert!(
                !journal.contains("Text"),
                "a text stands in the journal: {journal}"
            );
        }
    }

    /// The default windows of a new folder in Tokyo, on weekdays that are no holidays.
    fn may_be_open(&self, moment: Timestamp) -> bool {
        let zoned = moment.to_zoned_datetime(TimeZone::get(ZONE).expect("the zone"));
        let minute = i32::from(zoned.hour()) * 60 + i32::from(zoned.minute());
        let weekend = matches!(
            zoned.weekday(),
            jiff::civil::Weekday::Saturday | jiff::civil::Weekday::Sunday
        );
        let usual = if weekend {
            (9 * 60..22 * 60 + 30).contains(&minute)
        } else {
            (12 * 60..13 * 60).contains(&minute) || (18 * 60 + 30..22 * 60 + 30).contains(&minute)
        };
        usual
            || self
                .opened
                .iter()
                .any(|(from, to)| *from <= moment && moment < *to)
    }
}

/// The host's own loop (`host::Host::tick_until_retired`), on the simulated clock.
async fn tick_on(engine: Arc<Engine>, clock: Arc<SimClock>, ticks: Arc<Mutex<Vec<Timestamp>>>) {
    loop {
        locked(&ticks).push(clock.now());
        let next = match engine.tick().await {
            Ok(next) => next,
            Err(_) => clock.now().checked_add(SignedDuration::from_secs(30)).ok(),
        };
        let sleep = async {
            match next {
                Some(at) => clock.sleep_until(at).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = engine.changed() => {}
            () = sleep => {}
        }
    }
}

pub fn input(accounts: &[&str], words: &str, change: impl FnOnce(&mut PostInput)) -> PostInput {
    let parts = words.split("\n---\n").map(|text| PartInput {
        text: text.to_owned(),
        media: Vec::new(),
    });
    let mut input = PostInput {
        accounts: accounts.iter().map(|id| (*id).to_owned()).collect(),
        content: content_of(parts.collect()),
        confirm_persona: true,
        ..PostInput::default()
    };
    change(&mut input);
    input
}

pub fn content(words: &str) -> ContentInput {
    content_of(vec![PartInput {
        text: words.to_owned(),
        media: Vec::new(),
    }])
}

fn content_of(parts: Vec<PartInput>) -> ContentInput {
    ContentInput {
        parts,
        ..ContentInput::default()
    }
}

pub fn text(value: &Value) -> String {
    value
        .as_str()
        .unwrap_or_else(|| panic!("no text: {value}"))
        .to_owned()
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a runtime")
}
