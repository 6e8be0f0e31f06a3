//! A month of a folder that is used: the plan is made anew every minute, and what is stored goes back into it.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use kossori_core::calendar::Calendar;
use kossori_core::network::Persona;
use kossori_core::plan::{Blocked, Counted, When};
use kossori_core::rules::{BreakNow, Closed, Overtime, Pause, Stretch};

use crate::judge::{Days, Judge};
use crate::minutes::{minute, moment};
use crate::world::{World, at, minutes, tokyo};

const DELIVERIES: usize = 120;
const ACCOUNTS: [&str; 5] = ["me", "pal", "cat", "firm", "desk"];
const MONTH: i64 = 30;

struct Month {
    world: World,
    days: Days,
    calendar: Calendar,
    /// Accounts and whether the time was an exact one, in the order of leaving.
    sent: Vec<(Counted, bool)>,
    missed: usize,
    causes: BTreeMap<&'static str, usize>,
    /// How long after its planned time a send leaves.
    lag: SignedDuration,
}

fn civil(day: i64, hour: i64, minute: i64) -> Timestamp {
    at("2026-11-30")
        .checked_add(minutes((day * 24 + hour) * 60 + minute))
        .unwrap()
}

impl Month {
    fn new(lag: SignedDuration) -> Month {
        let mut world = World::new("2026-11-30");
        world.account("firm", Persona::Official);
        world.account("desk", Persona::Official);
        for name in ACCOUNTS {
            world.spacing(name).jitter = name != "pal";
        }
        let days = Days::of(&world, world.now, MONTH + 2);
        let calendar = world.calendar();
        Month {
            world,
            days,
            calendar,
            sent: Vec::new(),
            missed: 0,
            causes: BTreeMap::new(),
            lag,
        }
    }

    fn rules_changed(&mut self) {
        self.days = Days::of(&self.world, civil(0, 0, 0), MONTH + 2);
        self.calendar = self.world.calendar();
    }

    /// What the person does at this minute; whether they did anything.
    fn person(&mut self, day: i64, of_day: i64) -> bool {
        let (now, time) = (self.world.now, (of_day / 60, of_day % 60));
        let posts = [(7, 50), (11, 58), (12, 20), (15, 3), (18, 45), (21, 0)];
        let mut acted = false;
        for (number, post) in posts.iter().enumerate() {
            // Three at a time: there is more than the windows take at once.
            for _ in 0..3 {
                let count = self.world.queue.len() + self.sent.len() + self.missed;
                if *post == time && (day + number as i64) % 3 == 0 && count < DELIVERIES {
                    self.append(count);
                    acted = true;
                }
            }
        }
        let redraw: fn(&When) -> bool = match (day, time) {
            (2, (15, 0)) => {
                let to = civil(day, 15, 40);
                self.world.rules.break_now = Some(BreakNow {
                    from: now,
                    to,
                    accounts: None,
                });
                |when| *when == When::Next
            }
            (4, (12, 10)) => {
                self.world.rules.pause = Some(Pause {
                    from: now,
                    until: None,
                });
                |_| false
            }
            (5, (19, 0)) => {
                self.world.rules.pause = None;
                |_| true
            }
            (7, (17, 0)) => {
                self.world.rules.overtime = Some(Overtime {
                    from: now,
                    until: civil(day, 20, 0),
                });
                |_| false
            }
            (8, (9, 0)) => {
                let (from, to) = (civil(day, 12, 10), civil(day, 12, 40));
                self.world.rules.busy.push(Stretch { from, to });
                |_| false
            }
            (10, (12, 1)) => {
                let (from, to) = (now, civil(11, 12, 30));
                self.world.rules.closed.push(Closed {
                    id: "c".to_owned(),
                    from,
                    to,
                });
                |_| false
            }
            (13, (8, 0)) => {
                self.world.rules.windows[1].period.to.0 = 20 * 60;
                |_| false
            }
            (6, (10, 0)) => {
                self.world.block("me", Some(Blocked::BehindUnknown));
                |_| false
            }
            (6, (11, 30)) => {
                self.world.block("me", None);
                |_| false
            }
            (9 | 16, (10, 0)) => {
                for item in &mut self.world.queue {
                    item.held = false;
                }
                |_| false
            }
            _ => return acted,
        };
        for item in self.world.queue.iter_mut().filter(|item| redraw(&item.when)) {
            item.stored = None;
        }
        self.rules_changed();
        true
    }

    fn append(&mut self, number: usize) {
        let now = self.world.now;
        let of = ACCOUNTS[number * 3 % 5];
        let soon = moment(minute(now) + 37 + (number as i64 * 211) % 3000);
        let when = match number % 8 {
            1 => When::Window("evening".to_owned()),
            3 => When::At {
                at: self.free(of, soon),
                override_window: false,
            },
            5 => When::At {
                at: self.free(of, soon),
                override_window: true,
            },
            6 => When::Window("weekend".to_owned()),
            7 => When::FromDay {
                from: civil(
                    minute(now).div_euclid(1440) - minute(civil(0, 0, 0)).div_euclid(1440) + 3,
                    0,
                    0,
                ),
                window: (!number.is_multiple_of(3)).then(|| "lunch".to_owned()),
            },
            _ => When::Next,
        };
        let item = self.world.add(&format!("d{number}"), of, when);
        item.calls = if number % 9 == 4 { 5 } else { 1 };
        item.held = number == 12 || number == 20;
        item.not_before = (number % 11 == 7).then(|| moment(minute(now) + 190));
    }

    /// What queueing would say: an exact time lies within no persona distance of another or of what left.
    fn free(&self, of: &str, mut at: Timestamp) -> Timestamp {
        let persona = |account| self.world.accounts[account].persona;
        let of = crate::world::account(of);
        let mine = persona(&of);
        let near = |at: Timestamp| {
            let exact = self.world.queue.iter().filter_map(|item| match item.when {
                When::At { at, .. } => Some((&item.account, at)),
                _ => None,
            });
            let left = self.world.counted.iter().map(|send| (&send.account, send.at));
            exact.chain(left).any(|(account, other)| {
                persona(account) != mine && other.duration_since(at).abs() < minutes(10)
            })
        };
        while near(at) {
            at = at.checked_add(minutes(1)).unwrap();
        }
        at
    }

    /// Plans; whatever moved must have had to.
    fn plan(&mut self, something_happened: bool) {
        let placed = self.world.plan_by(&self.calendar);
        let moved: Vec<_> = self
            .world
            .queue
            .iter()
            .zip(&placed)
            .filter(|(item, place)| {
                item.stored.as_ref().map(|slot| slot.at) != place.slot.as_ref().map(|slot| slot.at)
            })
            .map(|(item, place)| (item.clone(), place.slot.clone()))
            .collect();
        if !moved.is_empty() || something_happened || minute(self.world.now) % 60 == 0 {
            let causes = Judge {
                world: &self.world,
                days: &self.days,
            }
            .check(&placed);
            for (item, slot) in moved.iter().filter(|(item, _)| item.stored.is_some()) {
                let (_, cause) = causes
                    .iter()
                    .find(|(id, _)| *id == item.id)
                    .unwrap_or_else(|| panic!("{} moved without a cause", item.id));
                *self.causes.entry(cause).or_default() += 1;
                let (from, to) = (
                    item.stored.as_ref().map(|slot| slot.at),
                    slot.as_ref().map(|slot| slot.at),
                );
                assert!(
                    to.is_none_or(|to| Some(to) > from),
                    "{}: nothing moves a time earlier",
                    item.id
                );
                // Some seconds late, though not 60, it can have come too near to what is planned after it.
                let late = from.is_some_and(|from| from < self.world.now);
                let by_itself = late || *cause == "passed";
                assert!(
                    something_happened || by_itself || self.front_moved(&item.id, &moved),
                    "{}: {cause}",
                    item.id
                );
            }
        }
        for (item, place) in self.world.queue.iter_mut().zip(placed) {
            item.stored = place.slot;
        }
    }

    /// Something before it in the queue was drawn: it may have to make room. An exact time is before all.
    fn front_moved(
        &self,
        id: &kossori_core::ids::DeliveryId,
        moved: &[(kossori_core::plan::Item, Option<kossori_core::plan::Slot>)],
    ) -> bool {
        let place =
            |id: &kossori_core::ids::DeliveryId| self.world.queue.iter().position(|item| item.id == *id);
        moved.iter().any(|(other, _)| {
            matches!(other.when, When::At { .. }) && other.id != *id || place(&other.id) < place(id)
        })
    }

    /// What is due leaves; what expired is missed.
    fn send(&mut self) -> bool {
        let now = self.world.now;
        let due: Vec<_> = self
            .world
            .queue
            .iter()
            .filter(|item| item.stored.as_ref().is_some_and(|slot| slot.at <= now))
            .cloned()
            .collect();
        let blocked = |item: &kossori_core::plan::Item| self.world.accounts[&item.account].blocked.is_some();
        let due: Vec<_> = due.into_iter().filter(|item| !blocked(item)).collect();
        for item in &due {
            let slot = item.stored.clone().unwrap();
            let exact = matches!(item.when, When::At { at, .. } if slot.at.duration_since(at) < minutes(10));
            let judge = Judge {
                world: &World {
                    now: slot.at,
                    ..self.world.clone()
                },
                days: &self.days,
            };
            let override_window = matches!(
                item.when,
                When::At {
                    override_window: true,
                    ..
                }
            );
            if override_window {
                assert!(exact, "{}: within its ten minutes", item.id);
            } else if exact {
                assert_eq!(judge.wrong_alone(item, slot.at), None, "{}: exact", item.id);
            } else {
                assert_eq!(
                    judge.wrong(item, slot.at, &judge.counted()),
                    None,
                    "{} leaves at {}",
                    item.id,
                    slot.at
                );
            }
            let send = Counted {
                account: item.account.clone(),
                delivery: item.id.clone(),
                at: slot.at.checked_add(self.lag).unwrap(),
                occurrence: slot.window.clone().zip(slot.opened),
            };
            self.world.counted.push(send.clone());
            self.world.counted.sort_by_key(|send| send.at);
            self.world.queue.retain(|other| other.id != item.id);
            self.sent.push((send, exact));
        }
        let missed = |item: &kossori_core::plan::Item| match item.when {
            When::At {
                at,
                override_window: true,
            } => now >= at.checked_add(minutes(10)).unwrap(),
            _ => item.expires_at.is_some_and(|expires| now >= expires),
        };
        let before = self.world.queue.len();
        self.world.queue.retain(|item| !missed(item));
        self.missed += before - self.world.queue.len();
        !due.is_empty()
    }
}

fn lived(lag: SignedDuration) -> Month {
    let mut month = Month::new(lag);
    let mut sent_before = false;
    for number in 0..MONTH * 24 * 60 {
        let (day, of_day) = (number / 1440, number % 1440);
        month.world.now = civil(0, 0, number);
        // The machine sleeps over lunch and into the afternoon, on one day.
        if day == 3 && (11 * 60 + 50..14 * 60 + 5).contains(&of_day) {
            continue;
        }
        let acted = month.person(day, of_day);
        // A send that left some seconds late comes as near as those seconds.
        month.plan(acted || sent_before && !month.lag.is_zero());
        // No network for some hours, on some evenings and one lunch.
        let offline = day % 5 == 1 && (18 * 60 + 50..19 * 60 + 40).contains(&of_day)
            || day == 8 && (12 * 60..12 * 60 + 45).contains(&of_day);
        sent_before = !offline && month.send();
        month
            .world
            .counted
            .retain(|send| month.world.now.duration_since(send.at) < SignedDuration::from_hours(72));
    }
    month
}

#[test]
fn a_month_planned_anew_every_minute() {
    let month = lived(SignedDuration::ZERO);
    assert!(
        month.world.queue.is_empty(),
        "everything went: {:?}",
        month.world.queue
    );
    assert_eq!(month.sent.len() + month.missed, DELIVERIES);
    assert!(
        month.missed <= DELIVERIES / 16,
        "overrides alone, without a network or against a pause or a closing"
    );
    for cause in ["passed", "outside", "gap", "persona", "blocked"] {
        assert!(
            month.causes.contains_key(cause),
            "{cause} moved nothing: {:?}",
            month.causes
        );
    }
    let persona = |send: &Counted| month.world.accounts[&send.account].persona;
    for (number, (send, exact)) in month.sent.iter().enumerate() {
        let hour = tokyo().to_datetime(send.at).hour();
        let asleep = send.at >= civil(3, 11, 50) && send.at < civil(3, 18, 30);
        assert!(
            !asleep,
            "{} went at {hour} on the day on which the machine slept over lunch",
            send.delivery
        );
        for (other, other_exact) in &month.sent[..number] {
            let apart = send.at.duration_since(other.at).abs();
            if persona(send) != persona(other) && !(*exact && *other_exact) {
                assert!(
                    apart >= minutes(10),
                    "{} and {}: {apart:?}",
                    send.delivery,
                    other.delivery
                );
            }
            if send.account == other.account && !exact {
                let is_break =
                    |send: &Counted| matches!(&send.occurrence, Some((name, _)) if name == "break");
                let gap = if is_break(send) || is_break(other) {
                    minutes(5)
                } else {
                    minutes(30)
                };
                assert!(
                    apart >= gap,
                    "{} and {}: {apart:?}",
                    send.delivery,
                    other.delivery
                );
            }
        }
        let before = month.sent[..number]
            .iter()
            .filter(|(other, _)| other.account == send.account && other.occurrence == send.occurrence);
        assert!(*exact || before.count() < 2, "{}: over its cap", send.delivery);
    }
}

#[test]
fn a_month_in_which_every_send_leaves_some_seconds_late() {
    let month = lived(SignedDuration::from_secs(7));
    assert_eq!(month.sent.len() + month.missed, DELIVERIES);
}
