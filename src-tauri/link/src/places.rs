//! Who may be connected. One rule: the process with the most connections gives way.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{Notify, Semaphore};

use crate::limits::{PENALTIES, PLACES, PLACES_PER_PROCESS};

#[derive(Default)]
pub(crate) struct Places {
    table: Mutex<Table>,
}

#[derive(Default)]
struct Table {
    /// Counts every change; an age without a clock.
    now: u64,
    held: HashMap<u64, Held>,
    processes: HashMap<i32, Process>,
    penalties: usize,
}

struct Held {
    pid: i32,
    stage: Stage,
    in_hand: usize,
    subscribed: bool,
    touched: u64,
    leave: Arc<Notify>,
}

/// In the order in which a process's connections give way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    BeforeHello,
    Idle,
    /// Waits for an answer or for events.
    Busy,
}

struct Process {
    held: usize,
    penalties: usize,
    big_frame: Arc<Semaphore>,
}

impl Places {
    fn table(&self) -> MutexGuard<'_, Table> {
        // Every change below is complete before anything can panic.
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A place for a new connection of this process. Where all are taken, a process with more gives one up: an idle
    /// one if then it still has as many as the newcomer's, a busy one if more. `None`: the process has its share, or
    /// nobody has to give way to it.
    pub(crate) fn admit(self: &Arc<Places>, pid: i32) -> Option<Place> {
        let mut table = self.table();
        let (own, penalties) = table
            .processes
            .get(&pid)
            .map_or((0, 0), |it| (it.held, it.penalties));
        if own + penalties >= PLACES_PER_PROCESS {
            // A process that opens connections and says nothing pushes out its own, never what works.
            let oldest = table
                .held
                .iter()
                .filter(|(_, held)| held.pid == pid && held.stage == Stage::BeforeHello)
                .min_by_key(|(_, held)| held.touched)
                .map(|(&id, _)| id)?;
            table.push_out(oldest);
        } else if table.held.len() >= PLACES {
            let giving_way = table
                .held
                .iter()
                .map(|(&id, held)| (id, held, table.processes.get(&held.pid).map_or(0, |it| it.held)))
                .filter(|(_, held, of_process)| *of_process > own + usize::from(held.stage == Stage::Busy))
                .min_by_key(|(_, held, of_process)| (Reverse(*of_process), held.stage, held.touched))
                .map(|(id, ..)| id)?;
            table.push_out(giving_way);
        }
        table.now += 1;
        let id = table.now;
        let process = table.processes.entry(pid).or_insert_with(|| Process {
            held: 0,
            penalties: 0,
            big_frame: Arc::new(Semaphore::new(1)),
        });
        process.held += 1;
        let big_frame = process.big_frame.clone();
        let leave = Arc::new(Notify::new());
        table.held.insert(
            id,
            Held {
                pid,
                stage: Stage::BeforeHello,
                in_hand: 0,
                subscribed: false,
                touched: id,
                leave: leave.clone(),
            },
        );
        Some(Place {
            places: self.clone(),
            id,
            pid,
            leave,
            big_frame,
        })
    }
}

impl Table {
    fn push_out(&mut self, id: u64) {
        if let Some(held) = self.held.remove(&id) {
            held.leave.notify_one();
            self.change(held.pid, |process| process.held -= 1);
        }
    }

    fn change(&mut self, pid: i32, change: impl FnOnce(&mut Process)) {
        if let Some(process) = self.processes.get_mut(&pid) {
            change(process);
            if process.held == 0 && process.penalties == 0 {
                self.processes.remove(&pid);
            }
        }
    }
}

/// A connection's right to be there; given back when dropped.
pub(crate) struct Place {
    places: Arc<Places>,
    id: u64,
    pid: i32,
    leave: Arc<Notify>,
    /// The one big frame that the process may have under way.
    pub(crate) big_frame: Arc<Semaphore>,
}

impl Place {
    pub(crate) fn id(&self) -> u64 {
        self.id
    }

    pub(crate) fn pid(&self) -> i32 {
        self.pid
    }

    /// Waits until somebody else needs the place.
    pub(crate) async fn leave(&self) {
        self.leave.notified().await;
    }

    pub(crate) fn greeted(&self) {
        self.touch(|_| {});
    }

    pub(crate) fn subscribed(&self) {
        self.touch(|held| held.subscribed = true);
    }

    pub(crate) fn request_began(&self) {
        self.touch(|held| held.in_hand += 1);
    }

    pub(crate) fn request_ended(&self) {
        self.touch(|held| held.in_hand = held.in_hand.saturating_sub(1));
    }

    fn touch(&self, change: impl FnOnce(&mut Held)) {
        let mut table = self.places.table();
        table.now += 1;
        let now = table.now;
        // Pushed out already: nothing to keep.
        if let Some(held) = table.held.get_mut(&self.id) {
            change(held);
            held.touched = now;
            held.stage = if held.in_hand > 0 || held.subscribed {
                Stage::Busy
            } else {
                Stage::Idle
            };
        }
    }

    /// Gives the place back but leaves it counted against its process until the penalty is dropped. `None` when
    /// enough are remembered already.
    pub(crate) fn punish(self) -> Option<Penalty> {
        let penalty = {
            let mut table = self.places.table();
            if table.penalties >= PENALTIES {
                None
            } else {
                table.penalties += 1;
                let process = table.processes.entry(self.pid).or_insert_with(|| Process {
                    held: 0,
                    penalties: 0,
                    big_frame: self.big_frame.clone(),
                });
                process.penalties += 1;
                Some(Penalty {
                    places: self.places.clone(),
                    pid: self.pid,
                })
            }
        };
        drop(self);
        penalty
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut table = self.places.table();
        if table.held.remove(&self.id).is_some() {
            table.change(self.pid, |process| process.held -= 1);
        }
    }
}

pub(crate) struct Penalty {
    places: Arc<Places>,
    pid: i32,
}

impl Drop for Penalty {
    fn drop(&mut self) {
        let mut table = self.places.table();
        table.penalties -= 1;
        table.change(self.pid, |process| process.penalties -= 1);
    }
}

#[cfg(test)]
mod tests {
    use super::{Place, Places};
    use crate::limits::{PENALTIES, PLACES, PLACES_PER_PROCESS};
    use std::sync::Arc;

    fn held(place: &Place) -> bool {
        place.places.table().held.contains_key(&place.id)
    }

    /// Every place taken by processes with their full share, all subscribed.
    fn full_of_busy_ones(places: &Arc<Places>) -> Vec<Place> {
        let mut taken = Vec::new();
        for pid in 0..(PLACES / PLACES_PER_PROCESS) as i32 {
            for _ in 0..PLACES_PER_PROCESS {
                let place = places.admit(pid).unwrap();
                place.subscribed();
                taken.push(place);
            }
        }
        taken
    }

    #[test]
    fn a_process_over_its_share_pushes_out_its_own_silent_ones_only() {
        let places = Arc::new(Places::default());
        let other = places.admit(1).unwrap();
        let mine: Vec<_> = (0..PLACES_PER_PROCESS)
            .map(|_| places.admit(7).unwrap())
            .collect();
        let next = places.admit(7).unwrap();
        assert!(
            held(&other) && held(&next) && !held(&mine[0]) && held(&mine[1]),
            "the oldest goes"
        );
        for place in mine.iter().chain([&next]) {
            place.greeted();
        }
        assert!(
            places.admit(7).is_none(),
            "one that said hello is not pushed out by its own process"
        );
        drop(next);
        assert!(places.admit(7).is_some(), "a place given back is free");
    }

    #[test]
    fn when_all_are_taken_the_largest_process_gives_way_even_with_work_in_hand() {
        let places = Arc::new(Places::default());
        let mut taken = full_of_busy_ones(&places);
        let newcomer = places.admit(99).expect("a process that has none is let in");
        assert_eq!(taken.iter().filter(|place| !held(place)).count(), 1);
        assert_eq!(places.table().held.len(), PLACES);
        newcomer.subscribed();
        taken.retain(held);
        let again = places.admit(98).expect("and the next one");
        assert!(held(&newcomer) && held(&again), "a process with one keeps it");
    }

    #[test]
    fn an_idle_one_of_the_same_process_goes_before_one_with_work_in_hand() {
        let places = Arc::new(Places::default());
        let taken = full_of_busy_ones(&places);
        taken[5].request_began();
        let idle = &taken[PLACES_PER_PROCESS + 3];
        places.table().held.get_mut(&idle.id).unwrap().subscribed = false;
        idle.request_ended();
        let _newcomer = places.admit(99).unwrap();
        assert!(!held(idle));
        assert_eq!(taken.iter().filter(|place| held(place)).count(), PLACES - 1);
    }

    #[test]
    fn where_everybody_has_one_the_idle_give_way_and_the_busy_do_not() {
        let places = Arc::new(Places::default());
        let taken: Vec<_> = (0..PLACES as i32).map(|pid| places.admit(pid).unwrap()).collect();
        taken.iter().for_each(Place::subscribed);
        assert!(
            places.admit(1000).is_none(),
            "nobody has more than the newcomer would"
        );
        drop(taken);
        let taken: Vec<_> = (0..PLACES as i32).map(|pid| places.admit(pid).unwrap()).collect();
        taken.iter().for_each(Place::greeted);
        assert!(places.admit(1000).is_some());
        assert!(!held(&taken[0]) && held(&taken[1]), "the one idle longest");
    }

    #[test]
    fn who_has_as_many_takes_nothing_from_who_has_fewer() {
        let places = Arc::new(Places::default());
        let polite = places.admit(99).unwrap();
        polite.greeted();
        let mut greedy = Vec::new();
        for turn in 0..1000 {
            if let Some(place) = places.admit(turn % 5) {
                place.subscribed();
                greedy.push(place);
            }
        }
        assert_eq!(places.table().held.len(), PLACES);
        assert!(
            held(&polite),
            "idle as it is, five greedy processes do not push it out"
        );
        assert!(places.admit(98).is_some());
    }

    #[test]
    fn a_punished_place_counts_until_the_penalty_ends_and_leaves_nothing_behind() {
        let places = Arc::new(Places::default());
        let penalties: Vec<_> = (0..PLACES_PER_PROCESS)
            .map(|_| places.admit(7).unwrap().punish().unwrap())
            .collect();
        assert!(places.admit(7).is_none(), "nothing but penalties: no place");
        assert!(places.admit(8).is_some(), "others are not concerned");
        drop(penalties);
        drop(places.admit(7).expect("the penalties are over"));
        let all: Vec<_> = (0..PENALTIES as i32)
            .map(|pid| places.admit(pid).unwrap().punish().unwrap())
            .collect();
        assert!(
            places.admit(5000).unwrap().punish().is_none(),
            "no more are remembered"
        );
        drop(all);
        let table = places.table();
        assert_eq!(
            (table.held.len(), table.processes.len(), table.penalties),
            (0, 0, 0)
        );
    }
}
