//! Random rules and queues, planned, changed and planned again: every plan is judged by every minute.

use jiff::Timestamp;
use kossori_core::ids::AccountId;
use kossori_core::network::Persona;
use kossori_core::plan::{Blocked, Counted, When};
use kossori_core::rules::{BreakNow, CivilMinute, Closed, Days as Weekdays, OnHolidays, Overtime, Stretch};
use proptest::collection::vec;
use proptest::prelude::any;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use crate::judge::{Days, Judge};
use crate::minutes::{minute, moment, open_at};
use crate::world::{World, account};

const ACCOUNTS: [&str; 4] = ["me", "pal", "cat", "firm"];
const DAYS: i64 = 12;

/// Numbers out of which a case is made; shorter and smaller ones make simpler cases.
struct Tape<'a>(std::slice::Iter<'a, u16>);

impl Tape<'_> {
    fn below(&mut self, bound: i64) -> i64 {
        i64::from(self.0.next().copied().unwrap_or(0)) % bound
    }

    /// One in `times`.
    fn rarely(&mut self, times: i64) -> bool {
        self.below(times) == times - 1
    }
}

fn world(tape: &mut Tape<'_>) -> World {
    let mut world = World::new("2026-11-23");
    world.account("firm", Persona::Official);
    world.now = after(world.now, tape.below(3 * 24 * 60));
    for name in ACCOUNTS {
        let spacing = world.spacing(name);
        spacing.gap_minutes = [30, 0, 7, 90][tape.below(4) as usize];
        spacing.per_window = 1 + tape.below(4) as u32;
        spacing.jitter = tape.rarely(3);
        if tape.rarely(8) {
            world.block(name, Some(Blocked::BehindUnknown));
        }
    }
    for number in 0..tape.below(3) {
        let mut window = world.rules.windows[0].clone();
        window.name = format!("w{number}");
        window.period.days = Weekdays(1 + tape.below(127) as u8);
        window.period.from = CivilMinute(tape.below(1440) as u16);
        window.period.to =
            CivilMinute((i64::from(window.period.from.0) + 1 + tape.below(1439)) as u16 % 1440);
        if tape.rarely(3) {
            window.period.accounts = Some(vec![account("me"), account("cat")]);
        }
        world.rules.windows.push(window);
    }
    for window in &mut world.rules.windows {
        window.period.on_holidays = OnHolidays::Usual;
    }
    if tape.rarely(4) {
        world.rules.hours.clear();
    }
    for _ in 0..tape.below(8) {
        let of = account(ACCOUNTS[tape.below(4) as usize]);
        let at = moment(minute(world.now) - tape.below(120));
        let occurrence = open_at(&world.rules, &of, minute(at)).into_iter().next();
        world.counted.push(Counted {
            account: of,
            // Now and then an earlier attempt of one that waits.
            delivery: format!("d{}", tape.below(40)).as_str().into(),
            at,
            occurrence: occurrence.map(|open| (open.window, moment(open.opened))),
        });
    }
    world.counted.sort_by_key(|send| send.at);
    for _ in 0..1 + tape.below(12) {
        append(&mut world, tape);
    }
    world
}

fn after(at: Timestamp, count: i64) -> Timestamp {
    moment(minute(at) + count)
}

fn append(world: &mut World, tape: &mut Tape<'_>) {
    let now = world.now;
    let when = match tape.below(10) {
        0..4 => When::Next,
        4 => When::Window("evening".to_owned()),
        5 => When::Window("w0".to_owned()),
        6 => When::At {
            at: after(now, tape.below(2000)),
            override_window: false,
        },
        7 => When::At {
            at: after(now, tape.below(600)),
            override_window: true,
        },
        // In the middle of a day too, as another zone's day begins.
        number => When::FromDay {
            from: after(now, tape.below(6000) - 600),
            window: (number == 8).then(|| ["evening", "w0", "lunch"][tape.below(3) as usize].to_owned()),
        },
    };
    let id = format!("d{}", world.queue.len());
    let item = world.add(&id, ACCOUNTS[tape.below(4) as usize], when);
    item.calls = if tape.rarely(4) {
        1 + tape.below(30) as u32
    } else {
        1
    };
    item.not_before = tape.rarely(5).then(|| after(now, tape.below(1440)));
    item.expires_at = tape.rarely(5).then(|| after(now, 1 + tape.below(1440)));
    item.held = tape.rarely(10);
}

/// Something happens.
fn change(world: &mut World, tape: &mut Tape<'_>) {
    let now = world.now;
    let stretch = |tape: &mut Tape<'_>| {
        let from = after(now, tape.below(2000) - 30);
        Stretch {
            from,
            to: after(from, 1 + tape.below(300)),
        }
    };
    match tape.below(10) {
        0..2 => append(world, tape),
        2 => {
            let Stretch { from, to } = stretch(tape);
            world.rules.closed.push(Closed {
                id: String::new(),
                from,
                to,
            });
        }
        3 => world.rules.busy.push(stretch(tape)),
        4 => {
            world.rules.overtime = Some(Overtime {
                from: now,
                until: after(now, tape.below(400)),
            })
        }
        5 => {
            let accounts: Option<Vec<AccountId>> = tape.rarely(2).then(|| vec![account("me")]);
            world.rules.break_now = Some(BreakNow {
                from: now,
                to: after(now, 1 + tape.below(90)),
                accounts,
            });
            for item in world.queue.iter_mut().filter(|item| item.when == When::Next) {
                item.stored = None;
            }
        }
        6 => drop(world.queue.remove(tape.below(world.queue.len() as i64) as usize)),
        7 => world.now = after(now, tape.below(500)),
        8 => world.persona_gap += crate::world::minutes(5),
        _ => {
            for item in &mut world.queue {
                item.held = false;
            }
        }
    }
}

fn judged(world: &World) -> Vec<kossori_core::plan::Placed> {
    let days = Days::of(world, world.now, DAYS);
    let placed = world.plan();
    Judge { world, days: &days }.check(&placed);
    placed
}

#[test]
fn every_plan_is_as_a_look_at_every_minute_says() {
    let config = Config {
        cases: 150,
        max_shrink_iters: 200,
        failure_persistence: None,
        ..Config::default()
    };
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]);
    TestRunner::new_with_rng(config, rng)
        .run(&vec(any::<u16>(), 0..260), |numbers| {
            let mut tape = Tape(numbers.iter());
            let mut world = world(&mut tape);
            for _ in 0..4 {
                let placed = judged(&world);
                for (item, place) in world.queue.iter_mut().zip(placed) {
                    item.stored = place.slot;
                }
                // Nothing happened: nothing moves. Only what has no time may find that one has become free.
                let again = judged(&world);
                if world.queue.iter().all(|item| item.held || item.stored.is_some()) {
                    for (item, place) in world.queue.iter().zip(&again) {
                        assert_eq!(item.stored, place.slot, "{}: moved for nothing", item.id);
                    }
                }
                if world.queue.is_empty() {
                    break;
                }
                change(&mut world, &mut tape);
            }
            Ok(())
        })
        .unwrap_or_else(|error| panic!("{error}"));
}
