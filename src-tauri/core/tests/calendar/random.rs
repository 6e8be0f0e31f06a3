//! Rules nobody would think of, in zones with odd clocks, for some weeks around a jump: the model again.

use std::collections::HashMap;

use jiff::civil::date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use kossori_core::calendar::Calendar;
use kossori_core::ids::AccountId;
use kossori_core::rules::{
    BreakNow, CivilMinute, Closed, Days, HolidayTable, OnHolidays, Overtime, Pause, Period, Rules, Stretch,
    Window, WorkHours,
};

use crate::every_minute::{MARGIN, differences};
use crate::model::{Clock, Clocks, moment};
use crate::shapes::me;

/// A zone, and a moment near which its clock does something odd.
const PLACES: [(&str, &str); 15] = [
    ("America/New_York", "2026-03-08T07:00Z"),
    ("America/New_York", "2026-11-01T06:00Z"),
    ("Europe/Dublin", "2027-10-31T01:00Z"),
    ("Australia/Lord_Howe", "2026-04-04T15:00Z"),
    ("Australia/Lord_Howe", "2026-10-03T15:30Z"),
    ("America/Havana", "2026-11-01T05:00Z"),
    ("Asia/Beirut", "2026-10-24T21:00Z"),
    ("Asia/Beirut", "2026-03-28T22:00Z"),
    ("America/Santiago", "2027-04-04T03:00Z"),
    ("Africa/Casablanca", "2027-02-07T02:00Z"),
    ("America/Scoresbysund", "2024-03-31T01:00Z"),
    ("Africa/Cairo", "2026-10-29T21:00Z"),
    ("Pacific/Apia", "2021-04-03T14:00Z"),
    ("America/Nuuk", "2023-03-26T01:00Z"),
    ("America/Nuuk", "2023-10-29T01:00Z"),
];

/// xorshift64*: the same cases every time, so that a failure can be looked at.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) % n
    }

    fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }

    fn minute(&mut self) -> u16 {
        // Half of them near midnight to four, where clocks jump; many on the quarter, so that edges meet.
        let minute = if self.one_in(2) {
            (self.below(360) + 1320) % 1440
        } else {
            self.below(1440)
        };
        (if self.one_in(3) { minute } else { minute / 15 * 15 }) as u16
    }

    fn period(&mut self, zones: &[&str]) -> Period {
        let from = self.minute();
        let to = match self.minute() {
            to if to == from => 1440,
            to => to,
        };
        let day = |dice: &mut Dice, center: i64| {
            let days = dice.below(7) as i64 - 3 + center;
            Some(date(2026, 10, 31) + SignedDuration::from_hours(24 * days))
        };
        Period {
            days: Days(self.below(127) as u8 + 1),
            from: CivilMinute(from),
            to: CivilMinute(to),
            zone: self
                .one_in(4)
                .then(|| zones[self.below(zones.len() as u64) as usize].to_owned()),
            accounts: match self.below(8) {
                0 => Some(vec![AccountId::from("other")]),
                1 => Some(vec![me()]),
                _ => None,
            },
            on_holidays: [OnHolidays::Usual, OnHolidays::Skip, OnHolidays::Also][self.below(3) as usize],
            first_day: if self.one_in(6) { day(self, -3) } else { None },
            last_day: if self.one_in(6) { day(self, 4) } else { None },
            enabled: !self.one_in(12),
        }
    }

    fn stretch(&mut self, center: Timestamp) -> Stretch {
        let start = self.below(8000) as i64 - 4000;
        let from = center + SignedDuration::from_mins(start);
        Stretch {
            from,
            to: from + SignedDuration::from_mins(self.below(900) as i64),
        }
    }

    fn rules(&mut self, center: Timestamp, zones: &[&str]) -> Rules {
        let windows = (0..1 + self.below(4))
            .map(|n| Window {
                name: format!("w{n}"),
                title: String::new(),
                period: self.period(zones),
            })
            .collect();
        let hours = (0..self.below(4))
            .map(|_| WorkHours {
                period: self.period(zones),
            })
            .collect();
        let accounts = self.one_in(3).then(|| vec![me()]);
        let (closed, now, pause, over) = (
            self.stretch(center),
            self.stretch(center),
            self.stretch(center),
            self.stretch(center),
        );
        Rules {
            windows,
            hours,
            closed: vec![Closed {
                id: "c".to_owned(),
                from: closed.from,
                to: closed.to,
            }],
            break_now: self.one_in(2).then_some(BreakNow {
                from: now.from,
                to: now.to,
                accounts,
            }),
            pause: self.one_in(5).then_some(Pause {
                from: pause.from,
                until: Some(pause.to),
            }),
            overtime: self.one_in(2).then_some(Overtime {
                from: over.from,
                until: over.to,
            }),
            days_off: vec![date(2026, 11, 2)],
            busy: (0..self.below(3)).map(|_| self.stretch(center)).collect(),
            holidays: if self.one_in(2) {
                HolidayTable::Jp
            } else {
                HolidayTable::None
            },
        }
    }
}

fn each_case(cases: u64, mut check: impl FnMut(u64, &mut Dice, &Rules, &TimeZone, Timestamp)) {
    for case in 0..cases {
        let (name, at) = PLACES[(case % PLACES.len() as u64) as usize];
        let (zone, center) = (TimeZone::get(name).unwrap(), at.parse().unwrap());
        let mut dice = Dice(0x9E37_79B9_7F4A_7C15 ^ ((case + 1) << 20));
        let zones = [name, "America/New_York", "Pacific/Apia"];
        let rules = dice.rules(center, &zones);
        check(case, &mut dice, &rules, &zone, center);
    }
}

#[test]
fn rules_nobody_would_think_of() {
    let mut open = 0;
    each_case(450, |case, _, rules, zone, center| {
        let center = center.as_second() / 60;
        let known = center - 4 * 1440 - MARGIN..center + 4 * 1440 + MARGIN;
        let named = [zone.iana_name().unwrap(), "America/New_York", "Pacific/Apia"];
        let list: Vec<Clock> = named
            .iter()
            .map(|name| Clock::new(&TimeZone::get(name).unwrap(), known.clone()))
            .collect();
        let mut clocks: Clocks = HashMap::from([(None, (&list[0], known.start))]);
        clocks.extend(
            named
                .iter()
                .zip(&list)
                .map(|(name, clock)| (Some(*name), (clock, known.start))),
        );
        let wanted = center - 4 * 1440..center + 4 * 1440;
        let found = differences(rules, zone, &clocks, wanted.clone());
        assert!(found.is_empty(), "case {case}: {rules:#?}\n{}", found.join("\n"));
        open += Calendar::new(rules, zone)
            .unwrap()
            .spans(&me(), moment(wanted.start), moment(wanted.end))
            .len();
    });
    assert!(open > 2000, "only {open} spans: the cases have become too easy");
}

#[test]
fn a_part_of_the_time_is_that_part_of_the_whole() {
    each_case(200, |case, dice, rules, zone, center| {
        let calendar = Calendar::new(rules, zone).unwrap();
        let account = me();
        let hours = |hours: i64| center + SignedDuration::from_hours(hours);
        let end = hours(100 * 24);
        let whole = calendar.spans(&account, hours(-100 * 24), end);
        for _ in 0..20 {
            let seconds = SignedDuration::from_secs(dice.below(80 * 86_400) as i64 - 40 * 86_400);
            let (from, to) = (
                center + seconds,
                center + seconds + SignedDuration::from_hours(dice.below(700) as i64),
            );
            let part = calendar.spans(&account, from, to);
            let cut = |from_: Timestamp, to_: Timestamp| (from_.max(from), to_.min(to));
            let expected: Vec<_> = whole
                .iter()
                .map(|span| cut(span.from, span.to))
                .filter(|(from, to)| from < to)
                .collect();
            let said: Vec<_> = part.iter().map(|span| (span.from, span.to)).collect();
            assert_eq!(said, expected, "case {case}: {from} to {to}");
            let pieces = |spans: &[kossori_core::calendar::Span]| -> Vec<_> {
                let mut pieces: Vec<_> = spans
                    .iter()
                    .flat_map(|span| &span.openings)
                    .map(|one| (one.window.clone(), one.opened, cut(one.from, one.to)))
                    .filter(|(_, _, (from, to))| from < to)
                    .collect();
                pieces.sort();
                pieces
            };
            assert_eq!(pieces(&part), pieces(&whole), "case {case}: {from} to {to}");

            let held = whole.iter().find(|span| span.holds(from));
            let at = calendar.span_at(&account, from);
            assert_eq!(
                at.as_ref().map(|span| span.to.min(end)),
                held.map(|span| span.to),
                "case {case}: span at {from}"
            );
            assert_eq!(
                calendar.shut_at(&account, from).is_none(),
                held.is_some(),
                "case {case}: {from}"
            );
            if let (Some(at), Some(held)) = (at, held) {
                let name = |span: &kossori_core::calendar::Span| {
                    span.occurrence_at(from)
                        .map(|one| (one.window.clone(), one.opened))
                };
                assert!(name(&at).is_some(), "case {case}: something is open at {from}");
                assert_eq!(
                    name(&at),
                    name(held),
                    "case {case}: what a send at {from} counts for"
                );
            }
        }
    });
}
