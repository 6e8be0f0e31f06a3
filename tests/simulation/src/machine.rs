//! A person's machine in a story: a clock, a disk, a keyring, a way to the network, and a process that may die.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use kossori_api::{Call, Problem, Reply, Request};
use kossori_core::network::Network;
use kossori_engine::ports::{Clock as _, Timeline};
use kossori_engine::{Bug, Engine, Ports, Role, Settings};
use serde_json::Value;

use super::disk::Disk;
use super::idle::Idle;
use super::luck::Luck;
use super::memory::Memory;
use super::net::{HELD_AT_MOST, Net};
use super::practice::Practice;
use super::servers::{Adapters, Wired};
use crate::autostart::SimAutostart;
use crate::clock::SimClock;
use crate::keyring::SimVault;
use crate::parts::{SimIds, SimMedia, locked};

/// Moments at which something happens between two acts of a story.
const MOST_MOMENTS: u32 = 8_000;
/// Ticks that any simulated minute may have.
const MOST_TICKS_A_MINUTE: usize = 60;

pub struct Machine {
    pub clock: Arc<SimClock>,
    pub net: Arc<Net>,
    pub disk: Arc<Disk>,
    pub vault: Arc<SimVault>,
    pub luck: Luck,
    /// How far the wall clock is from the truth.
    pub off: SignedDuration,
    bug: Option<Bug>,
    ids: Arc<SimIds>,
    pub practice: Arc<Practice>,
    /// The folder was put back, and nobody has said yet that it may go on.
    copy: Arc<AtomicBool>,
    process: Option<Process>,
    ticks: Arc<Mutex<Vec<Timestamp>>>,
    requests: u64,
    pub deaths: u64,
    /// Commits that the disk had refused when the process was started.
    refused_before: u64,
    pub spins: Vec<String>,
}

struct Process {
    runtime: tokio::runtime::Runtime,
    engine: Arc<Engine>,
    started: Arc<AtomicBool>,
    idle: Idle,
}

impl Machine {
    pub fn new(seed: u64, now: Timestamp, zone: TimeZone, bug: Option<Bug>) -> Machine {
        let clock = SimClock::in_zone(now, zone);
        let disk = Arc::new(Disk::new(
            seed,
            Arc::clone(&clock),
            bug == Some(Bug::CommitsNotSynced),
        ));
        let vault = Arc::new(SimVault::of_process(disk.death()));
        let net = Net::new(seed, Arc::clone(&clock), Arc::clone(&vault), Arc::clone(&disk));
        let practice = Practice::new(&disk, &clock);
        let mut machine = Machine {
            practice,
            copy: Arc::default(),
            refused_before: 0,
            clock,
            net,
            disk,
            vault,
            luck: Luck::stream(seed, 3),
            off: SignedDuration::ZERO,
            bug,
            ids: Arc::default(),
            process: None,
            ticks: Arc::default(),
            requests: 0,
            deaths: 0,
            spins: Vec::new(),
        };
        machine.start();
        machine
    }

    pub fn now(&self) -> Timestamp {
        self.clock.true_now()
    }

    fn start(&mut self) {
        let (runtime, idle) = Idle::runtime();
        let timeline: Arc<dyn Timeline> = self.practice.clone();
        let wired = |network| {
            Arc::new(Wired {
                network,
                net: Arc::clone(&self.net),
                clock: Arc::clone(&self.clock),
                disk: Arc::clone(&self.disk),
            })
        };
        let adapters = Adapters {
            wired: Network::ALL.into_iter().map(wired).collect(),
            practice: self.practice.publisher(),
        };
        let ports = Ports {
            store: self.disk.clone(),
            vault: self.vault.clone(),
            clock: self.clock.clone(),
            ids: self.ids.clone(),
            media: Arc::new(SimMedia),
            timeline,
            publishers: Arc::new(adapters),
            autostart: Arc::new(SimAutostart::default()),
            loopback: Arc::new(kossori_engine::ports::NoLoopback),
        };
        let settings = Settings {
            bug: self.bug,
            ..Settings::default()
        };
        let engine = Engine::new(ports, Role::Resident, settings);
        let started = Arc::new(AtomicBool::new(false));
        runtime.spawn(live(
            Arc::clone(&engine),
            Arc::clone(&self.clock),
            Arc::clone(&self.ticks),
            Arc::clone(&started),
            Arc::clone(&self.copy),
        ));
        self.process = Some(Process {
            runtime,
            engine,
            started,
            idle,
        });
        self.net.say(|| "start".to_owned());
        self.refused_before = self.disk.refused();
        self.settle();
    }

    fn end_process(&mut self) {
        if let Some(process) = self.process.take() {
            drop(process.engine);
            drop(process.runtime);
        }
    }

    /// The process dies where it stands; after a while somebody starts it again.
    pub fn crash(&mut self, power: bool) {
        self.net.say(|| format!("dies, power cut: {power}"));
        self.deaths += 1;
        let disk_took_all = self.disk.refused() == self.refused_before;
        self.net.process_died(disk_took_all);
        self.end_process();
        let down = match self.luck.below(3) {
            0 => self.luck.seconds(0, 20),
            1 => self.luck.seconds(20, 1_200),
            _ => self.luck.seconds(1_200, 18_000),
        };
        self.pass(self.now() + down);
        self.disk.restart(power);
        self.start();
    }

    /// The folder is put back as it was, with the program ended; it takes its person so long that nothing is on its way
    /// any more. From then on it is a copy.
    pub fn put_back(&mut self, memory: Memory) {
        self.net.say(|| "put back".to_owned());
        self.net.process_died(false);
        self.end_process();
        self.pass(self.now() + HELD_AT_MOST + SignedDuration::from_mins(1));
        self.disk.put_back(memory);
        self.disk.restart(false);
        self.copy.store(true, Ordering::SeqCst);
        self.start();
    }

    pub fn is_copy(&self) -> bool {
        self.copy.load(Ordering::SeqCst)
    }

    /// The person says that the copy may go on.
    pub fn adopt(&mut self) {
        let adopted = self.ask_with(|engine| async move { engine.adopt(Vec::new()).await.map(drop) });
        if matches!(adopted, Some(Ok(()))) {
            self.copy.store(false, Ordering::SeqCst);
        }
    }

    /// Time passes for whoever is awake.
    fn pass(&mut self, to: Timestamp) {
        let wall = to + self.off;
        if wall > self.clock.now() {
            self.clock.pass_to(wall);
        }
        self.net.run_until(self.now());
    }

    /// Lets every task run until all wait for the clock, a server or a request; a process that died meanwhile is started
    /// again.
    pub fn settle(&mut self) {
        let Some(process) = &self.process else { return };
        self.disk.begin_moment();
        process.idle.wait(&process.runtime);
        if self.disk.is_spinning() {
            let at = self.now();
            self.spins.push(format!("{at}: the engine does not come to rest"));
            self.end_process();
            return;
        }
        if self.disk.is_dead() {
            self.crash(false);
        }
    }

    pub fn advance_to(&mut self, to: Timestamp) {
        self.advance_until(to, |_| false);
    }

    /// Until then, or until a moment at which `enough` is so.
    pub fn advance_until(&mut self, to: Timestamp, enough: impl Fn(&Machine) -> bool) {
        self.settle();
        let mut moments = 0_u32;
        loop {
            if !self.spins.is_empty() || enough(self) {
                return;
            }
            let sleeper = self
                .clock
                .next_deadline()
                .map(|wall| wall.checked_sub(self.off).unwrap_or(wall));
            let next = [sleeper, self.net.next_event()].into_iter().flatten().min();
            let Some(next) = next.filter(|next| *next <= to) else {
                break;
            };
            moments += 1;
            if moments > MOST_MOMENTS {
                let at = self.now();
                self.spins.push(format!("{at}: time does not pass"));
                return;
            }
            let next = next.max(self.now());
            self.pass(next);
            self.settle();
        }
        if to > self.now() {
            self.pass(to);
        }
        self.settle();
    }

    pub fn advance_by(&mut self, by: SignedDuration) {
        self.advance_to(self.now() + by);
    }

    /// The machine sleeps; the servers do not.
    pub fn sleep_for(&mut self, by: SignedDuration) {
        let to = self.now() + by;
        self.net.say(|| format!("sleeps until {to}"));
        // What comes from the network meanwhile waits in the machine's buffers until it wakes.
        self.clock.suspend_to(to + self.off);
        self.net.run_until(to);
        self.settle();
    }

    pub fn set_clock(&mut self, off: SignedDuration) {
        self.net.say(|| format!("clock off by {off:#}"));
        self.off = off;
        self.net.clock_is_wrong(off != SignedDuration::ZERO);
        self.clock.jump_to(self.now() + off);
        self.settle();
    }

    /// What a window or a command asks. If the process dies in the middle, the client asks the next one the same, by the
    /// same id. `None`: nobody answers within ten minutes.
    pub fn ask(&mut self, request: Request) -> Option<Result<Value, Problem>> {
        self.requests += 1;
        let ends_waits = matches!(
            request,
            Request::QueueRetry { .. } | Request::AccountSignIn { .. }
        );
        self.net.person_asks(ends_waits);
        self.net.say(|| format!("asks {}", told(&request)));
        let call = Call {
            request_id: format!("request-{}", self.requests),
            request,
        };
        let answer = self.ask_with(|engine| {
            let call = call.clone();
            async move {
                match engine.handle(call).await {
                    Reply::Done(value) => Ok(value),
                    Reply::Refused(problem) => Err(problem),
                }
            }
        });
        self.net.person_was_answered();
        if let Some(Err(problem)) = &answer {
            self.net.say(|| format!("is refused: {:?}", problem.code));
        }
        answer
    }

    fn ask_with<T, F>(&mut self, asked: impl Fn(Arc<Engine>) -> F) -> Option<Result<T, Problem>>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, Problem>> + Send + 'static,
    {
        let until = self.now() + SignedDuration::from_mins(10);
        loop {
            let lives = self.deaths;
            let process = self.process.as_ref()?;
            if !process.started.load(Ordering::SeqCst) {
                if self.now() >= until {
                    return None;
                }
                self.advance_by(SignedDuration::from_secs(30));
                continue;
            }
            let mut answer = process.runtime.spawn(asked(Arc::clone(&process.engine)));
            self.settle();
            while self.deaths == lives && self.spins.is_empty() && !answer.is_finished() {
                if self.now() >= until {
                    return None;
                }
                self.advance_by(SignedDuration::from_secs(1));
            }
            if !self.spins.is_empty() {
                return None;
            }
            if self.deaths != lives {
                continue;
            }
            let process = self.process.as_ref()?;
            return match process.runtime.block_on(&mut answer) {
                Ok(answer) => Some(answer),
                // A panic of ours: as bad as can be.
                Err(error) => {
                    let at = self.now();
                    self.spins.push(format!("{at}: a request panicked: {error}"));
                    None
                }
            };
        }
    }

    pub fn ticks_in_a_minute(&self) -> Option<String> {
        let ticks = locked(&self.ticks);
        let mut first = 0;
        for (index, tick) in ticks.iter().enumerate() {
            while tick.duration_since(ticks[first]).abs() >= SignedDuration::from_secs(60) {
                first += 1;
            }
            let count = index + 1 - first;
            if count > MOST_TICKS_A_MINUTE {
                return Some(format!("{count} ticks in the minute from {}", ticks[first]));
            }
        }
        None
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        self.end_process();
    }
}

fn told(request: &Request) -> String {
    let mut words = format!("{request:?}");
    words.truncate(words.floor_char_boundary(120));
    words
}

/// What the host does: it starts the engine, again if the disk does not let it, and ticks.
async fn live(
    engine: Arc<Engine>,
    clock: Arc<SimClock>,
    ticks: Arc<Mutex<Vec<Timestamp>>>,
    started: Arc<AtomicBool>,
    copy: Arc<AtomicBool>,
) {
    let soon = SignedDuration::from_secs(30);
    while engine.start().await.is_err() {
        clock.sleep_until(clock.now() + soon).await;
    }
    engine.set_folder_is_a_copy(copy.load(Ordering::SeqCst));
    started.store(true, Ordering::SeqCst);
    loop {
        locked(&ticks).push(clock.true_now());
        let next = match engine.tick().await {
            Ok(next) => next,
            Err(_) => Some(clock.now() + soon),
        };
        let sleep = async {
            match next {
                Some(at) => clock.sleep_until(at).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            () = engine.changed() => {}
            () = sleep => {}
        }
    }
}
