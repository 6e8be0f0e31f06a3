//! A period made ready: on which days it occurs, and when each occurrence is.

use jiff::civil::Date;

use super::zone::{Clock, DAY_SECONDS, Repeated};
use crate::ids::AccountId;
use crate::rules::{Days, OnHolidays, Period, Stretch};

/// Days are counted from 1970-01-01, a Thursday.
pub(super) fn day_number(date: Date) -> i64 {
    date.duration_since(Date::constant(1970, 1, 1)).as_secs() / DAY_SECONDS
}

/// Sorted day numbers of the public holidays, days off among them.
pub(super) struct Holidays(Vec<i64>);

impl Holidays {
    pub(super) fn new(dates: impl Iterator<Item = Date>) -> Holidays {
        let mut days: Vec<i64> = dates.map(day_number).collect();
        days.sort_unstable();
        days.dedup();
        Holidays(days)
    }

    fn holds(&self, day: i64) -> bool {
        self.0.binary_search(&day).is_ok()
    }
}

pub(super) struct Recurring {
    days: Days,
    /// Civil seconds after the midnight that begins the day it belongs to; `to` may lie in the next day.
    from: i64,
    to: i64,
    /// Which of the calendar's zones.
    pub(super) zone: usize,
    accounts: Option<Vec<AccountId>>,
    on_holidays: OnHolidays,
    first_day: i64,
    last_day: i64,
    repeated: Repeated,
}

/// One occurrence: all its minutes, whatever else shuts some of them. Never empty.
pub(super) struct Occurrence {
    pub(super) pieces: Vec<Stretch>,
}

impl Occurrence {
    /// The hull of the pieces.
    pub(super) fn whole(&self) -> Stretch {
        Stretch {
            from: self.pieces[0].from,
            to: self.pieces[self.pieces.len() - 1].to,
        }
    }
}

impl Recurring {
    pub(super) fn new(period: &Period, zone: usize, repeated: Repeated) -> Recurring {
        let next_day = if period.crosses_midnight() { DAY_SECONDS } else { 0 };
        Recurring {
            days: period.days,
            from: i64::from(period.from.0) * 60,
            to: i64::from(period.to.0) * 60 + next_day,
            zone,
            accounts: period.accounts.clone(),
            on_holidays: period.on_holidays,
            first_day: period.first_day.map_or(i64::MIN, day_number),
            last_day: period.last_day.map_or(i64::MAX, day_number),
            repeated,
        }
    }

    pub(super) fn applies_to(&self, account: &AccountId) -> bool {
        self.accounts
            .as_ref()
            .is_none_or(|accounts| accounts.contains(account))
    }

    /// Weekday, holiday, first and last day are those of the day on which an occurrence starts, by the period's
    /// own clock (RULES.md 1).
    fn occurs_on(&self, day: i64, holidays: &Holidays) -> bool {
        if day < self.first_day || day > self.last_day {
            return false;
        }
        let weekday = (day + 3).rem_euclid(7) as u8;
        let usual = self.days.holds(weekday);
        match self.on_holidays {
            OnHolidays::Usual => usual,
            OnHolidays::Skip => usual && !holidays.holds(day),
            OnHolidays::Also => usual || holidays.holds(day),
        }
    }

    /// Those that belong to the days from `first` to `last`, in order. An occurrence that the clock skips as a
    /// whole is none.
    pub(super) fn occurrences<'a>(
        &'a self,
        first: i64,
        last: i64,
        clock: &'a Clock,
        holidays: &'a Holidays,
    ) -> impl Iterator<Item = Occurrence> + 'a {
        (first..=last)
            .filter(|&day| self.occurs_on(day, holidays))
            .filter_map(|day| {
                let midnight = day * DAY_SECONDS;
                let pieces = clock.instants(midnight + self.from, midnight + self.to, self.repeated);
                (!pieces.is_empty()).then_some(Occurrence { pieces })
            })
    }
}
