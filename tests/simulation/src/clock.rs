//! A clock that stands still until the test moves it.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use kossori_engine::ports::Clock;

use crate::parts::{ZONE, locked};

pub struct SimClock {
    state: Arc<Mutex<State>>,
}

struct State {
    now: Timestamp,
    since_boot: Duration,
    /// What time it really was when the machine started.
    booted: Timestamp,
    zone: TimeZone,
    /// Raised when the wall clock is set and when the machine wakes: every sleeper ends then.
    upheavals: u64,
    sleepers: BTreeMap<u64, Sleeper>,
    next: u64,
}

struct Sleeper {
    until: Timestamp,
    waker: Waker,
}

impl SimClock {
    pub fn new(now: Timestamp) -> Arc<SimClock> {
        SimClock::in_zone(now, TimeZone::get(ZONE).expect("the zone"))
    }

    pub fn in_zone(now: Timestamp, zone: TimeZone) -> Arc<SimClock> {
        let up = Duration::from_secs(3_600);
        let state = State {
            now,
            since_boot: up,
            booted: now - up,
            zone,
            upheavals: 0,
            sleepers: BTreeMap::new(),
            next: 0,
        };
        Arc::new(SimClock {
            state: Arc::new(Mutex::new(state)),
        })
    }

    /// The earliest moment that somebody sleeps until.
    pub fn next_deadline(&self) -> Option<Timestamp> {
        locked(&self.state)
            .sleepers
            .values()
            .map(|sleeper| sleeper.until)
            .min()
    }

    /// Time passes, on both clocks.
    pub fn pass_to(&self, to: Timestamp) {
        self.change(to, true, false);
    }

    /// Time passes while nothing runs; the machine wakes at `to`.
    pub fn suspend_to(&self, to: Timestamp) {
        self.change(to, true, true);
    }

    /// The wall clock is set, forwards or back.
    pub fn jump_to(&self, to: Timestamp) {
        self.change(to, false, true);
    }

    fn change(&self, to: Timestamp, passes: bool, wakes_all: bool) {
        let woken: Vec<Waker> = {
            let mut state = locked(&self.state);
            if passes {
                let passed = to.duration_since(state.now);
                state.since_boot += Duration::try_from(passed).expect("time does not run backwards");
            }
            state.now = to;
            state.upheavals += u64::from(wakes_all);
            let due = state
                .sleepers
                .values()
                .filter(|sleeper| wakes_all || sleeper.until <= to);
            due.map(|sleeper| sleeper.waker.clone()).collect()
        };
        woken.into_iter().for_each(Waker::wake);
    }

    /// What time it really is, whatever the wall clock is set to: servers know.
    pub fn true_now(&self) -> Timestamp {
        let state = locked(&self.state);
        state.booted + state.since_boot
    }

    /// Waits for `until` through every upheaval: a server's own time.
    pub async fn wait(&self, until: Timestamp) {
        while self.now() < until {
            self.sleep_until(until).await;
        }
    }
}

#[async_trait::async_trait]
impl Clock for SimClock {
    fn now(&self) -> Timestamp {
        locked(&self.state).now
    }

    fn zone(&self) -> TimeZone {
        locked(&self.state).zone.clone()
    }

    fn since_boot(&self) -> Duration {
        locked(&self.state).since_boot
    }

    async fn sleep_until(&self, at: Timestamp) {
        let (id, upheavals) = {
            let mut state = locked(&self.state);
            state.next += 1;
            (state.next, state.upheavals)
        };
        Sleep {
            state: Arc::clone(&self.state),
            id,
            until: at,
            upheavals,
        }
        .await;
    }
}

struct Sleep {
    state: Arc<Mutex<State>>,
    id: u64,
    until: Timestamp,
    upheavals: u64,
}

impl Future for Sleep {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let mut state = locked(&self.state);
        if state.now >= self.until || state.upheavals != self.upheavals {
            return Poll::Ready(());
        }
        let sleeper = Sleeper {
            until: self.until,
            waker: context.waker().clone(),
        };
        state.sleepers.insert(self.id, sleeper);
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        locked(&self.state).sleepers.remove(&self.id);
    }
}
