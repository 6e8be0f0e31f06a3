//! The calendar once more, slowly: every minute is asked on its own. The zone says what the clock shows, the
//! definitions of RULES.md 1 say whether it is open, in their order. Nothing here is shared with `core::calendar`:
//! no intervals, no offsets by piece, its own reading of the holiday table.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::LazyLock;

use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use kossori_core::calendar::Shut;
use kossori_core::ids::AccountId;
use kossori_core::rules::{HolidayTable, OnHolidays, Period, Rules};

/// Days are numbered from here.
const FIRST_DAY: Date = date(2020, 1, 1);

static HOLIDAYS: LazyLock<HashSet<Date>> = LazyLock::new(|| {
    let table = include_str!("../../src/holidays/jp.txt");
    let lines = table.lines().filter(|line| !line.starts_with('#'));
    lines
        .flat_map(|line| {
            let (year, days) = line.split_once(' ').unwrap();
            days.split(' ')
                .map(move |day| format!("{year}-{day}").parse().unwrap())
        })
        .collect()
});

/// What a zone's clock shows in one minute.
#[derive(Clone, Copy)]
struct Shown {
    day: i16,
    minute: u16,
    /// The first time that it shows this.
    first: bool,
}

/// What a zone's clock shows in every minute of a range.
pub struct Clock(Vec<Shown>);

impl Clock {
    /// Asked minute by minute; that something is shown again is seen by having seen it. (The zone's own word on
    /// repeated times is not asked for: the library has one wrong, in America/Nuuk on 2023-10-28.)
    pub fn new(zone: &TimeZone, minutes: std::ops::Range<i64>) -> Clock {
        let mut known = (FIRST_DAY, 0i16);
        let days = Days::of(&minutes);
        let mut seen = vec![false; days.count * 1440];
        Clock(
            minutes
                .map(|minute| {
                    let civil = zone.to_datetime(moment(minute));
                    assert_eq!(
                        (civil.second(), civil.subsec_nanosecond()),
                        (0, 0),
                        "offsets are whole minutes"
                    );
                    if civil.date() != known.0 {
                        let days = civil.date().duration_since(FIRST_DAY).as_hours() / 24;
                        known = (civil.date(), i16::try_from(days).unwrap());
                    }
                    let minute = u16::from(civil.hour().unsigned_abs()) * 60
                        + u16::from(civil.minute().unsigned_abs());
                    let here = &mut seen[days.index(known.1) * 1440 + usize::from(minute)];
                    let first = !*here;
                    *here = true;
                    Shown {
                        day: known.1,
                        minute,
                        first,
                    }
                })
                .collect(),
        )
    }
}

pub fn moment(minute: i64) -> Timestamp {
    Timestamp::from_second(minute * 60).unwrap()
}

/// An occurrence: which period, and the day it belongs to.
type One = (usize, i16);

/// What the slow way found. Times are minutes since 1970.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// Maximal runs of open minutes.
    pub spans: Vec<(i64, i64)>,
    /// Window or `break`, its first minute, and the runs in which it is open, sorted.
    pub openings: Vec<(String, i64, i64, i64)>,
    /// Runs of one and the same answer.
    pub shut: Vec<(i64, i64, Option<Shut>)>,
}

struct Ready<'a> {
    period: &'a Period,
    clock: &'a Clock,
    /// The minute with which the clock's list begins.
    begins: i64,
    /// Of each day from `days.first` on.
    occurs: Vec<bool>,
    days: Days,
}

/// The days that the minutes of a range can belong to, and some more.
#[derive(Clone, Copy)]
struct Days {
    first: i16,
    count: usize,
}

impl Days {
    fn of(minutes: &std::ops::Range<i64>) -> Days {
        let first = Timestamp::from_second(minutes.start * 60)
            .unwrap()
            .to_zoned_datetime(TimeZone::UTC)
            .date();
        let first = i16::try_from(first.duration_since(FIRST_DAY).as_hours() / 24).unwrap() - 3;
        Days {
            first,
            count: usize::try_from((minutes.end - minutes.start) / 1440 + 7).unwrap(),
        }
    }

    fn index(self, day: i16) -> usize {
        usize::try_from(day - self.first).unwrap()
    }
}

impl Ready<'_> {
    fn shown(&self, minute: i64) -> Shown {
        self.clock.0[usize::try_from(minute - self.begins).unwrap()]
    }

    /// The day of the occurrence that has the minute, if any has.
    fn day_of(&self, shown: Shown) -> Option<i16> {
        let (from, to) = (self.period.from.0, self.period.to.0);
        let day = if from < to {
            (from <= shown.minute && shown.minute < to).then_some(shown.day)
        } else if shown.minute >= from {
            Some(shown.day)
        } else if shown.minute < to {
            Some(shown.day - 1)
        } else {
            None
        }?;
        self.occurs[self.days.index(day)].then_some(day)
    }
}

fn ready<'a>(period: &'a Period, rules: &Rules, clocks: &Clocks<'a>, days: Days) -> Ready<'a> {
    let (clock, begins) = clocks[&period.zone.as_deref()];
    let occurs = (0..days.count)
        .map(|number| {
            let day = FIRST_DAY + SignedDuration::from_hours(24 * (number as i64 + i64::from(days.first)));
            let holiday = rules.holidays == HolidayTable::Jp && HOLIDAYS.contains(&day)
                || rules.days_off.contains(&day);
            let weekday = period.days.0 & (1 << day.weekday().to_monday_zero_offset()) != 0;
            let by_day = match period.on_holidays {
                OnHolidays::Usual => weekday,
                OnHolidays::Skip => weekday && !holiday,
                OnHolidays::Also => weekday || holiday,
            };
            let begun = period.first_day.is_none_or(|first| first <= day);
            let ended = period.last_day.is_some_and(|last| last < day);
            by_day && begun && !ended
        })
        .collect();
    Ready {
        period,
        clock,
        begins,
        occurs,
        days,
    }
}

/// The clock of each zone that the rules name, and the minute with which its list begins. `None`: the system's.
pub type Clocks<'a> = HashMap<Option<&'a str>, (&'a Clock, i64)>;

/// Decides the minutes of `wanted`. `clocks` are the zones' clocks over `known`, which reaches at least two days
/// further on both sides.
pub fn decide<'a>(
    rules: &'a Rules,
    account: &AccountId,
    clocks: &Clocks<'a>,
    known: std::ops::Range<i64>,
    wanted: std::ops::Range<i64>,
) -> Found {
    let days = Days::of(&known);
    let applies = |period: &&Period| {
        period.enabled
            && period
                .accounts
                .as_ref()
                .is_none_or(|accounts| accounts.contains(account))
    };
    let windows: Vec<(&str, Ready)> = rules
        .windows
        .iter()
        .filter(|window| applies(&&window.period))
        .map(|window| (window.name.as_str(), ready(&window.period, rules, clocks, days)))
        .collect();
    let hours: Vec<Ready> = rules
        .hours
        .iter()
        .map(|hours| &hours.period)
        .filter(applies)
        .map(|period| ready(period, rules, clocks, days))
        .collect();
    let of_windows = |minute: i64, list: &mut Vec<One>| {
        list.clear();
        for (index, (_, window)) in windows.iter().enumerate() {
            let shown = window.shown(minute);
            if shown.first
                && let Some(day) = window.day_of(shown)
            {
                list.push((index, day));
            }
        }
    };
    let of_hours = |minute: i64, list: &mut Vec<One>| {
        list.clear();
        list.extend(
            hours
                .iter()
                .enumerate()
                .filter_map(|(index, hours)| hours.day_of(hours.shown(minute)).map(|day| (index, day))),
        );
    };

    // First all minutes, to know each occurrence as a whole: when it begins, how many minutes it has, and how many
    // of them each occurrence of work hours has too. Days of a window and of hours that meet are at most 3 apart.
    let (mut now_open, mut now_work) = (Vec::new(), Vec::new());
    let slot = |(window, day): One| window * days.count + days.index(day);
    let shared = |one: One, (work, day): One| {
        (slot(one) * hours.len() + work) * 7 + usize::try_from(day - one.1 + 3).unwrap()
    };
    let mut begins = vec![i64::MAX; windows.len() * days.count];
    let mut minutes = vec![0u16; windows.len() * days.count];
    let mut both = vec![0u16; windows.len() * days.count * hours.len() * 7];
    for minute in known {
        of_windows(minute, &mut now_open);
        if now_open.is_empty() {
            continue;
        }
        of_hours(minute, &mut now_work);
        for &one in &now_open {
            begins[slot(one)] = begins[slot(one)].min(minute);
            minutes[slot(one)] += 1;
            for &work in &now_work {
                both[shared(one, work)] += 1;
            }
        }
    }
    let lies_within_hours = |one: One| {
        (0..hours.len() * 7).any(|work| both[slot(one) * hours.len() * 7 + work] == minutes[slot(one)])
    };

    let mut found = Found::default();
    let mut running: BTreeMap<(usize, i64), (i64, i64)> = BTreeMap::new();
    let mut open_here: Vec<(usize, i64)> = Vec::new();
    let name = |window: usize| windows.get(window).map_or("break", |(name, _)| name).to_owned();
    // Calendars can be long: each of their minutes is marked once.
    let mut busy_minutes = vec![false; usize::try_from(wanted.end - wanted.start).unwrap()];
    for busy in &rules.busy {
        for minute in busy.from.as_second() / 60..busy.to.as_second() / 60 {
            if wanted.contains(&minute) {
                busy_minutes[usize::try_from(minute - wanted.start).unwrap()] = true;
            }
        }
    }
    for minute in wanted.clone() {
        let at = moment(minute);
        let paused = rules
            .pause
            .as_ref()
            .is_some_and(|p| p.from <= at && p.until.is_none_or(|until| at < until));
        let closed = rules
            .closed
            .iter()
            .any(|closed| closed.from <= at && at < closed.to);
        let busy = busy_minutes[usize::try_from(minute - wanted.start).unwrap()];
        let overtime = rules
            .overtime
            .as_ref()
            .is_some_and(|over| over.from <= at && at < over.until);
        let on_break = rules.break_now.as_ref().filter(|now| {
            now.from <= at && at < now.to && now.accounts.as_ref().is_none_or(|a| a.contains(account))
        });
        of_windows(minute, &mut now_open);
        of_hours(minute, &mut now_work);
        let at_work = !now_work.is_empty();

        open_here.clear();
        if !paused && !closed {
            if let Some(now) = on_break {
                open_here.push((windows.len(), now.from.as_second() / 60));
            }
            if !busy && (at_work || !overtime) {
                for &one in &now_open {
                    if !at_work || lies_within_hours(one) {
                        open_here.push((one.0, begins[slot(one)]));
                    }
                }
            }
        }
        let shut = match () {
            () if !open_here.is_empty() => None,
            () if paused => Some(Shut::Paused),
            () if closed => Some(Shut::Closed),
            () if busy => Some(Shut::Busy),
            () if overtime || at_work => Some(Shut::WorkHours),
            () => Some(Shut::OutsideWindow),
        };

        match found.shut.last_mut() {
            Some((_, to, answer)) if *answer == shut => *to = minute + 1,
            _ => found.shut.push((minute, minute + 1, shut)),
        }
        if shut.is_none() {
            match found.spans.last_mut() {
                Some((_, to)) if *to == minute => *to = minute + 1,
                _ => found.spans.push((minute, minute + 1)),
            }
        }
        for &one in &open_here {
            match running.get_mut(&one) {
                Some((_, to)) if *to == minute => *to = minute + 1,
                _ => {
                    if let Some((from, to)) = running.insert(one, (minute, minute + 1)) {
                        found.openings.push((name(one.0), one.1, from, to));
                    }
                }
            }
        }
    }
    found.openings.extend(
        running
            .into_iter()
            .map(|((window, begun), (from, to))| (name(window), begun, from, to)),
    );
    found.openings.sort();
    found
}
