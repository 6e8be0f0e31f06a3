//! RULES.md 1 for a clock that never jumps, decided for each minute by itself. Minutes are counted since 1970.

use jiff::Timestamp;
use kossori_core::ids::AccountId;
use kossori_core::rules::{Period, Rules};

/// Tokyo is so far ahead.
const AHEAD: i64 = 9 * 60;
const DAY: i64 = 24 * 60;

/// An occurrence that is open at some minute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Open {
    pub is_break: bool,
    /// Its first minute.
    pub opened: i64,
    pub window: String,
}

pub fn minute(at: Timestamp) -> i64 {
    at.as_second().div_euclid(60)
}

pub fn moment(minute: i64) -> Timestamp {
    Timestamp::from_second(minute * 60).unwrap()
}

/// Whether `minute` is in `[from, to)`.
fn during(minute: i64, from: Timestamp, to: Timestamp) -> bool {
    from <= moment(minute) && moment(minute) < to
}

/// The first minute and the minute after the last of the occurrences that begin on the days around.
fn occurrences(period: &Period, minute: i64) -> impl Iterator<Item = (i64, i64)> {
    let today = (minute + AHEAD).div_euclid(DAY);
    (today - 2..=today + 1)
        .filter(|day| period.days.holds(u8::try_from((day + 3).rem_euclid(7)).unwrap()))
        .map(|day| {
            let midnight = day * DAY - AHEAD;
            let (from, to) = (i64::from(period.from.0), i64::from(period.to.0));
            let to = if to < from { to + DAY } else { to };
            (midnight + from, midnight + to)
        })
}

/// What is open for `account` at `minute`, what a send counts for first.
pub fn open_at(rules: &Rules, account: &AccountId, minute: i64) -> Vec<Open> {
    let is_paused = rules
        .pause
        .as_ref()
        .is_some_and(|pause| during(minute, pause.from, pause.until.unwrap_or(Timestamp::MAX)));
    if is_paused
        || rules
            .closed
            .iter()
            .any(|closed| during(minute, closed.from, closed.to))
    {
        return Vec::new();
    }
    let concerns =
        |accounts: &Option<Vec<AccountId>>| accounts.as_ref().is_none_or(|of| of.contains(account));
    let mut open = Vec::new();
    if let Some(now) = &rules.break_now
        && concerns(&now.accounts)
        && during(minute, now.from, now.to)
    {
        open.push(Open {
            is_break: true,
            opened: self::minute(now.from),
            window: "break".to_owned(),
        });
    }
    let hours: Vec<(i64, i64)> = rules
        .hours
        .iter()
        .filter(|hours| hours.period.enabled && concerns(&hours.period.accounts))
        .flat_map(|hours| occurrences(&hours.period, minute))
        .collect();
    let at_work = hours.iter().any(|(from, to)| (*from..*to).contains(&minute));
    let overtime = rules
        .overtime
        .as_ref()
        .is_some_and(|over| during(minute, over.from, over.until));
    let is_busy = rules.busy.iter().any(|busy| during(minute, busy.from, busy.to));
    if is_busy || overtime && !at_work {
        return open;
    }
    for window in rules
        .windows
        .iter()
        .filter(|window| window.period.enabled && concerns(&window.period.accounts))
    {
        for (from, to) in occurrences(&window.period, minute) {
            let inside = hours.iter().any(|hours| hours.0 <= from && to <= hours.1);
            if (from..to).contains(&minute) && (inside || !at_work) {
                open.push(Open {
                    is_break: false,
                    opened: from,
                    window: window.name.clone(),
                });
            }
        }
    }
    open.sort_by(|a, b| (!a.is_break, a.opened, &a.window).cmp(&(!b.is_break, b.opened, &b.window)));
    open
}
