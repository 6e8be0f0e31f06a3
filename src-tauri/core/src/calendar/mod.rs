//! When an account may publish (RULES.md 1). The plan asks for spans, the claim for the span it is in.
//!
//! How it is decided, for one account, highest first:
//!
//! - **pause**, then a **closed period**: nothing is open;
//! - **break now**: open, in work hours, overtime and busy time too;
//! - **busy**: no window is open;
//! - **overtime**: no window is open in what it adds to the work hours of the day. A minute of the work hours
//!   themselves stays theirs: overtime declared in the morning leaves lunch alone;
//! - **work hours**: a window is open in them only if its whole occurrence lies within one occurrence of them.
//!   Only hours that apply to the account count;
//! - **windows**: open in all their minutes.
//!
//! An occurrence is a period on one of its days: the day on which it starts, by the clock of the period's own
//! zone, decides weekday, holiday, first and last day. Minutes that the clock skips are not open. In an hour that
//! the clock shows twice windows are open in the first pass only, work hours hold in both; a day shown twice at
//! midnight is such an hour too. "The whole occurrence" means all minutes it has, as instants: the window's zone
//! and the hours' zone may differ. Everything is half open: the first moment is inside, the last is not.
//!
//! What is not decided here: whether the clock can be trusted (RULES.md 7).

mod known;
mod occurrence;
mod stretches;
mod walk;
mod zone;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use thiserror::Error;

use crate::holidays;
use crate::ids::AccountId;
use crate::rules::{HolidayTable, PeriodError, Rules, Stretch};
use known::Known;
use occurrence::{Holidays, Occurrence, Recurring};
use stretches::{clipped, holds, minus, near, normalised, within};
use walk::Walk;
use zone::{Clock, DAY_SECONDS, Repeated, timestamp};

/// Nothing open within so many days is nothing to plan for (RULES.md 2).
pub const HORIZON_DAYS: i64 = 400;

#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum CalendarError {
    #[error("a period that cannot be used: {0}")]
    Period(#[from] PeriodError),
}

/// A maximal stretch in which the account may publish.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    pub from: Timestamp,
    pub to: Timestamp,
    /// Every occurrence that is open at some time in the span, by `from`, then `opened`.
    pub openings: Vec<Opening>,
}

/// One contiguous piece of one occurrence that is open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opening {
    /// The window's name, or `break`.
    pub window: String,
    /// The first moment of the occurrence, open or not: with `window` it names the occurrence.
    pub opened: Timestamp,
    pub from: Timestamp,
    pub to: Timestamp,
    pub is_break: bool,
}

impl Span {
    pub fn holds(&self, at: Timestamp) -> bool {
        self.from <= at && at < self.to
    }

    /// What a send at `at` counts for: the occurrence that opened first among those open, a break before all,
    /// and of two that opened together the first by name (RULES.md 2). `None` outside the span only.
    pub fn occurrence_at(&self, at: Timestamp) -> Option<&Opening> {
        self.openings
            .iter()
            .filter(|opening| opening.from <= at && at < opening.to)
            .min_by_key(|opening| opening.rank())
    }
}

impl Opening {
    /// Of those that are open at the same moment the least is the one that a send counts for.
    pub(crate) fn rank(&self) -> (bool, Timestamp, &str) {
        (!self.is_break, self.opened, &self.window)
    }
}

/// Why an account may not publish now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Shut {
    Paused,
    Closed,
    Busy,
    /// Work hours or overtime, and no window that may open in them.
    WorkHours,
    /// No window is open.
    OutsideWindow,
}

/// The rules, zones resolved and periods checked.
pub struct Calendar {
    zones: Vec<TimeZone>,
    windows: Vec<(String, Recurring)>,
    hours: Vec<Recurring>,
    holidays: Holidays,
    table: HolidayTable,
    pause: Vec<Stretch>,
    /// Pause and closed periods: what a break does not open either.
    never: Vec<Stretch>,
    busy: Vec<Stretch>,
    overtime: Vec<Stretch>,
    break_now: Option<(Stretch, Option<Vec<AccountId>>)>,
    /// What was found so far: the same weeks are asked for again and again.
    known: Known,
}

impl Calendar {
    /// `system_zone` is what a period without a zone means. A disabled period is not looked at, so that a fault
    /// in it stops nothing. A stretch that ends before it starts is none.
    pub fn new(rules: &Rules, system_zone: &TimeZone) -> Result<Calendar, CalendarError> {
        let mut zones = Zones {
            names: vec![None],
            zones: vec![system_zone.clone()],
        };
        let mut windows = Vec::new();
        for window in rules.windows.iter().filter(|window| window.period.enabled) {
            window.period.check()?;
            let zone = zones.index(window.period.zone.as_deref())?;
            windows.push((
                window.name.clone(),
                Recurring::new(&window.period, zone, Repeated::FirstPass),
            ));
        }
        let mut hours = Vec::new();
        for work in rules.hours.iter().filter(|work| work.period.enabled) {
            work.period.check()?;
            let zone = zones.index(work.period.zone.as_deref())?;
            hours.push(Recurring::new(&work.period, zone, Repeated::BothPasses));
        }

        let days_off = rules.days_off.iter().copied();
        let holidays = match rules.holidays {
            HolidayTable::Jp => Holidays::new(holidays::japanese_holidays().chain(days_off)),
            HolidayTable::None => Holidays::new(days_off),
        };
        let pause: Vec<Stretch> = rules
            .pause
            .iter()
            .map(|pause| Stretch {
                from: pause.from,
                to: pause.until.unwrap_or(Timestamp::MAX),
            })
            .collect();
        let closed = rules.closed.iter().map(|closed| Stretch {
            from: closed.from,
            to: closed.to,
        });
        let overtime = rules.overtime.iter().map(|over| Stretch {
            from: over.from,
            to: over.until,
        });
        Ok(Calendar {
            zones: zones.zones,
            windows,
            hours,
            holidays,
            table: rules.holidays,
            never: normalised(closed.chain(pause.iter().copied()).collect()),
            pause: normalised(pause),
            busy: normalised(rules.busy.clone()),
            overtime: normalised(overtime.collect()),
            break_now: rules.break_now.as_ref().map(|now| {
                (
                    Stretch {
                        from: now.from,
                        to: now.to,
                    },
                    now.accounts.clone(),
                )
            }),
            known: Known::default(),
        })
    }

    /// The open spans of `account` in `[from, to)`, in order, disjoint, cut at both ends.
    pub fn spans(&self, account: &AccountId, from: Timestamp, to: Timestamp) -> Vec<Span> {
        self.spans_from(account, from, to).collect()
    }

    /// The same, found as they are asked for: whoever takes only the first pays for the first.
    pub fn spans_from<'a>(
        &'a self,
        account: &'a AccountId,
        from: Timestamp,
        to: Timestamp,
    ) -> impl Iterator<Item = Span> + 'a {
        Walk::new(self, account, from, to)
    }

    /// The span that holds `at`, from `at` to its real end, or to `HORIZON_DAYS` later if nothing ends it before.
    pub fn span_at(&self, account: &AccountId, at: Timestamp) -> Option<Span> {
        if !self.is_open(account, at) {
            return None;
        }
        let horizon = timestamp(at.as_second() + HORIZON_DAYS * DAY_SECONDS);
        self.spans_from(account, at, horizon).next()
    }

    /// Why `account` may not publish at `at`; `None` if it may.
    pub fn shut_at(&self, account: &AccountId, at: Timestamp) -> Option<Shut> {
        if self.is_open(account, at) {
            None
        } else if holds(&self.pause, at) {
            Some(Shut::Paused)
        } else if holds(&self.never, at) {
            Some(Shut::Closed)
        } else if holds(&self.busy, at) {
            Some(Shut::Busy)
        } else if holds(&self.overtime, at) || holds(&self.work(account, at, just_after(at)).union, at) {
            Some(Shut::WorkHours)
        } else {
            Some(Shut::OutsideWindow)
        }
    }

    /// When `account` works in `[from, to)`, overtime too, in order, disjoint, cut at both ends.
    pub fn work_hours(&self, account: &AccountId, from: Timestamp, to: Timestamp) -> Vec<Stretch> {
        if from >= to {
            return Vec::new();
        }
        let union = self.work(account, from, to).union;
        let all = normalised([union.as_slice(), near(&self.overtime, from, to)].concat());
        clipped(&all, from, to)
    }

    /// Whether the holiday table in force knows this year. With no table there is nothing to know.
    pub fn holiday_year_covered(&self, year: i16) -> bool {
        match self.table {
            HolidayTable::Jp => holidays::covers(year),
            HolidayTable::None => true,
        }
    }

    fn is_open(&self, account: &AccountId, at: Timestamp) -> bool {
        self.known
            .is_open(account, at, |from, to| self.find_openings(account, from, to))
    }

    /// The spans within `[from, to)`, all at once. The time this takes grows with the length.
    fn stretch_of_spans(&self, account: &AccountId, from: Timestamp, to: Timestamp) -> Vec<Span> {
        let mut spans: Vec<Span> = Vec::new();
        for opening in self.openings(account, from, to) {
            match spans.last_mut() {
                Some(span) if opening.from <= span.to => {
                    span.to = span.to.max(opening.to);
                    span.openings.push(opening);
                }
                _ => spans.push(Span {
                    from: opening.from,
                    to: opening.to,
                    openings: vec![opening],
                }),
            }
        }
        spans
    }

    /// Everything open within `[from, to)`, cut at both ends, in the order of `Span::openings`.
    fn openings(&self, account: &AccountId, from: Timestamp, to: Timestamp) -> Vec<Opening> {
        if from >= to {
            return Vec::new();
        }
        self.known.openings(account, from, to, |from, to| {
            self.find_openings(account, from, to)
        })
    }

    fn find_openings(&self, account: &AccountId, from: Timestamp, to: Timestamp) -> Vec<Opening> {
        let work = self.work(account, from, to);
        let never = near(&self.never, from, to);
        // What overtime adds; inside the work hours their own rule goes on.
        let added = minus(near(&self.overtime, from, to), &work.union);
        let shut = normalised([never, near(&self.busy, from, to), &added].concat());

        let mut openings = Vec::new();
        let mut push = |window: &str, opened: Timestamp, is_break: bool, pieces: &[Stretch]| {
            openings.extend(clipped(pieces, from, to).into_iter().map(|piece| Opening {
                window: window.to_owned(),
                opened,
                from: piece.from,
                to: piece.to,
                is_break,
            }));
        };
        if let Some((now, accounts)) = &self.break_now
            && accounts
                .as_ref()
                .is_none_or(|accounts| accounts.contains(account))
            && now.from < now.to
        {
            push(
                "break",
                now.from,
                true,
                &minus(std::slice::from_ref(now), &self.never),
            );
        }
        let days = Days::around(from, to);
        for (name, window) in self
            .windows
            .iter()
            .filter(|(_, window)| window.applies_to(account))
        {
            let clock = &work.clocks[window.zone];
            for occurrence in window.occurrences(days.first, days.last, clock, &self.holidays) {
                let whole = occurrence.whole();
                if whole.to <= from || to <= whole.from {
                    continue;
                }
                let taken = if work.hold_all_of(&occurrence) {
                    &[]
                } else {
                    work.union.as_slice()
                };
                let free = minus(&minus(&occurrence.pieces, taken), &shut);
                push(name, whole.from, false, &free);
            }
        }
        openings.sort_by(|a, b| (a.from, a.opened, &a.window).cmp(&(b.from, b.opened, &b.window)));
        openings
    }

    /// The work hours that could matter to a window that is open somewhere in `[from, to)`.
    fn work(&self, account: &AccountId, from: Timestamp, to: Timestamp) -> Work {
        let days = Days::around(from, to);
        // Occurrences of windows reach a day or two beyond, and work hours that hold them a day or two beyond that.
        let (first, last) = (days.first - 2, days.last + 3);
        let clocks: Vec<Clock> = self
            .zones
            .iter()
            .map(|zone| Clock::new(zone, (first - 3) * DAY_SECONDS, (last + 4) * DAY_SECONDS))
            .collect();
        let mut occurrences: Vec<(Stretch, Occurrence)> = Vec::new();
        for hours in self.hours.iter().filter(|hours| hours.applies_to(account)) {
            let clock = &clocks[hours.zone];
            occurrences.extend(
                hours
                    .occurrences(first, last, clock, &self.holidays)
                    .map(|one| (one.whole(), one)),
            );
        }
        occurrences.sort_unstable_by_key(|(whole, _)| *whole);
        let union = normalised(
            occurrences
                .iter()
                .flat_map(|(_, one)| one.pieces.iter().copied())
                .collect(),
        );
        Work {
            clocks,
            occurrences,
            union,
        }
    }
}

/// Work hours around a stretch of time, and the clocks by which they were found.
struct Work {
    clocks: Vec<Clock>,
    /// By their hull.
    occurrences: Vec<(Stretch, Occurrence)>,
    union: Vec<Stretch>,
}

impl Work {
    /// The whole occurrence of a window lies within one occurrence of these hours.
    fn hold_all_of(&self, occurrence: &Occurrence) -> bool {
        let whole = occurrence.whole();
        // No occurrence lasts three days, not even on the day on which a clock goes back by a whole one.
        let earliest = timestamp(whole.from.as_second() - 3 * DAY_SECONDS);
        let after = self
            .occurrences
            .partition_point(|(hours, _)| hours.from <= whole.from);
        self.occurrences[..after]
            .iter()
            .rev()
            .take_while(|(hours, _)| hours.from >= earliest)
            .any(|(hours, one)| whole.to <= hours.to && within(&occurrence.pieces, &one.pieces))
    }
}

/// Days, by number since 1970, whose occurrences can reach into a stretch, in whatever zone: offsets are within 26
/// hours of UTC, and a day's occurrence may end at the end of the next day.
struct Days {
    first: i64,
    last: i64,
}

impl Days {
    fn around(from: Timestamp, to: Timestamp) -> Days {
        Days {
            first: from.as_second().div_euclid(DAY_SECONDS) - 4,
            last: to.as_second().div_euclid(DAY_SECONDS) + 2,
        }
    }
}

struct Zones<'a> {
    names: Vec<Option<&'a str>>,
    zones: Vec<TimeZone>,
}

impl<'a> Zones<'a> {
    fn index(&mut self, name: Option<&'a str>) -> Result<usize, PeriodError> {
        if let Some(index) = self.names.iter().position(|known| *known == name) {
            return Ok(index);
        }
        let wanted = name.unwrap_or_default();
        let zone = TimeZone::get(wanted).map_err(|_| PeriodError::UnknownZone(wanted.to_owned()))?;
        self.names.push(name);
        self.zones.push(zone);
        Ok(self.zones.len() - 1)
    }
}

fn just_after(at: Timestamp) -> Timestamp {
    Timestamp::from_nanosecond(at.as_nanosecond() + 1).unwrap_or(Timestamp::MAX)
}
