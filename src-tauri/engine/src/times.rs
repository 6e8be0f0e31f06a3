//! Times as a person types and reads them.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use kossori_api::{Code, Problem};
use kossori_core::calendar::CalendarError;
use kossori_core::rules::PeriodError;
use kossori_core::when::{self, WhenError};

use crate::engine::Engine;
use crate::problem::Outcome;

/// RFC 3339 with offset and milliseconds.
pub(crate) fn show(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned_datetime(zone.clone())
        .strftime("%Y-%m-%dT%H:%M:%S%.3f%:z")
        .to_string()
}

impl Engine {
    pub(crate) fn show_time(&self, at: Timestamp) -> String {
        show(at, &self.ports.clock.zone())
    }

    pub(crate) fn zone_named(&self, name: Option<&str>) -> Outcome<TimeZone> {
        match name {
            None => Ok(self.ports.clock.zone()),
            Some(name) => TimeZone::get(name).map_err(|_| Problem::new(Code::UnknownZone).with("zone", name)),
        }
    }

    pub(crate) fn read_time(&self, text: &str, zone: Option<&str>) -> Outcome<Timestamp> {
        let zone = self.zone_named(zone)?;
        when::moment(text, self.now(), &zone).map_err(|error| of_when(&error, text))
    }

    /// A duration from now, ending at a moment.
    pub(crate) fn read_duration(&self, text: &str) -> Outcome<Timestamp> {
        when::after(text, self.now(), &self.ports.clock.zone()).map_err(|error| match of_when(&error, text) {
            problem if problem.code == Code::BadTime => Problem::new(Code::BadDuration).with("text", text),
            problem => problem,
        })
    }
}

pub(crate) fn of_when(error: &WhenError, text: &str) -> Problem {
    let code = match error {
        WhenError::DoesNotExist => Code::TimeDoesNotExist,
        WhenError::UnknownZone(zone) => return Problem::new(Code::UnknownZone).with("zone", zone),
        _ => Code::BadTime,
    };
    Problem::new(code).with("text", text)
}

pub(crate) fn of_calendar(error: &CalendarError) -> Problem {
    match error {
        CalendarError::Period(error) => of_period(error),
    }
}

pub(crate) fn of_period(error: &PeriodError) -> Problem {
    match error {
        PeriodError::StartIsEnd => Problem::new(Code::WindowEmpty),
        PeriodError::UnknownZone(zone) => Problem::new(Code::UnknownZone).with("zone", zone),
        PeriodError::NoDays => Problem::new(Code::WindowDays),
        PeriodError::FirstDayAfterLastDay => Problem::new(Code::WindowDates),
        PeriodError::OutsideTheDay => Problem::new(Code::BadTime).with("text", "24:01"),
    }
}
