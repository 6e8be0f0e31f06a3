//! Rules read from what a person typed.

use jiff::civil::Date;
use kossori_api::{Code, PeriodInput, PeriodPatch, Problem};
use kossori_core::ids::AccountId;
use kossori_core::rules::{CivilMinute, Days, OnHolidays, Period};

use crate::engine::Engine;
use crate::problem::Outcome;
use crate::times::of_period;

impl Engine {
    /// `holidays` is what holds if the input does not say.
    pub(super) async fn read_period(&self, input: &PeriodInput, holidays: OnHolidays) -> Outcome<Period> {
        let accounts = if input.accounts.is_empty() {
            None
        } else {
            Some(self.known_accounts(&input.accounts).await?)
        };
        let period = Period {
            days: read_days(&input.days)?,
            from: read_minute(&input.from)?,
            to: read_minute(&input.to)?,
            zone: input.zone.clone(),
            accounts,
            on_holidays: input.holidays.as_deref().map_or(Ok(holidays), read_holidays)?,
            first_day: input.first_day.as_deref().map(read_date).transpose()?,
            last_day: input.last_day.as_deref().map(read_date).transpose()?,
            enabled: true,
        };
        period.check().map_err(|error| of_period(&error))?;
        Ok(period)
    }
}

/// Changes what the patch names. `known`: its accounts, looked up; none of them means all.
pub(super) fn apply(period: &mut Period, patch: &PeriodPatch, known: Option<Vec<AccountId>>) -> Outcome<()> {
    if let Some(days) = &patch.days {
        period.days = read_days(days)?;
    }
    if let Some(from) = &patch.from {
        period.from = read_minute(from)?;
    }
    if let Some(to) = &patch.to {
        period.to = read_minute(to)?;
    }
    if let Some(zone) = &patch.zone {
        period.zone = (zone != "system").then(|| zone.clone());
    }
    if patch.accounts.is_some() {
        period.accounts = known;
    }
    if let Some(holidays) = &patch.holidays {
        period.on_holidays = read_holidays(holidays)?;
    }
    if let Some(day) = &patch.first_day {
        period.first_day = read_day_or_none(day)?;
    }
    if let Some(day) = &patch.last_day {
        period.last_day = read_day_or_none(day)?;
    }
    Ok(())
}

fn read_days(text: &str) -> Outcome<Days> {
    Days::parse(text).map_err(|_| Problem::new(Code::BadDays).with("text", text))
}

fn read_minute(text: &str) -> Outcome<CivilMinute> {
    CivilMinute::parse(text).map_err(|_| Problem::new(Code::BadTime).with("text", text))
}

/// A date alone: a time beside it would be asked for in vain, so it is no date.
pub(crate) fn read_date(text: &str) -> Outcome<Date> {
    text.parse()
        .ok()
        .filter(|date: &Date| date.to_string() == text)
        .ok_or_else(|| Problem::new(Code::BadDate).with("text", text))
}

/// No text takes the day away.
fn read_day_or_none(text: &str) -> Outcome<Option<Date>> {
    (!text.is_empty()).then(|| read_date(text)).transpose()
}

fn read_holidays(text: &str) -> Outcome<OnHolidays> {
    match text {
        "usual" => Ok(OnHolidays::Usual),
        "skip" => Ok(OnHolidays::Skip),
        "also" => Ok(OnHolidays::Also),
        _ => Err(Problem::new(Code::Usage).with("text", text)),
    }
}
