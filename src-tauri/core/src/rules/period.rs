//! What the person types about periods, read and checked: minutes of the day, weekdays, the folder's first rules.

use std::fmt;

use jiff::tz::TimeZone;
use thiserror::Error;

use super::{CivilMinute, Days, HolidayTable, OnHolidays, Period, Rules, Window, WorkHours};

/// Why a period cannot be used (RULES.md 1).
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum PeriodError {
    #[error("a period that starts when it ends")]
    StartIsEnd,
    #[error("a start after 23:59 or an end after 24:00")]
    OutsideTheDay,
    #[error("a period on no weekday")]
    NoDays,
    #[error("a first day after the last day")]
    FirstDayAfterLastDay,
    #[error("no time zone of the name {0:?}")]
    UnknownZone(String),
}

impl Period {
    /// Whether the period means anything; `Calendar::new` refuses one that does not.
    pub fn check(&self) -> Result<(), PeriodError> {
        if self.from == self.to {
            return Err(PeriodError::StartIsEnd);
        }
        if self.from >= CivilMinute::MIDNIGHT_AFTER || self.to > CivilMinute::MIDNIGHT_AFTER {
            return Err(PeriodError::OutsideTheDay);
        }
        if self.days.is_empty() {
            return Err(PeriodError::NoDays);
        }
        if let (Some(first), Some(last)) = (self.first_day, self.last_day)
            && first > last
        {
            return Err(PeriodError::FirstDayAfterLastDay);
        }
        if let Some(name) = &self.zone {
            TimeZone::get(name).map_err(|_| PeriodError::UnknownZone(name.clone()))?;
        }
        Ok(())
    }

    /// Ends on the day after the one on which it starts. `22:00` to `00:00` does, by no minute; `24:00` says the same.
    pub fn crosses_midnight(&self) -> bool {
        self.to < self.from
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("not a time of day such as 9:00 or 24:00")]
pub struct NoCivilMinute;

impl CivilMinute {
    pub const MIDNIGHT: CivilMinute = CivilMinute(0);
    /// `24:00`: the end of a day, never a start.
    pub const MIDNIGHT_AFTER: CivilMinute = CivilMinute(24 * 60);

    pub const fn at(hour: u16, minute: u16) -> CivilMinute {
        CivilMinute(hour * 60 + minute)
    }

    /// `9:00`, `09:00`, up to `24:00`.
    pub fn parse(text: &str) -> Result<CivilMinute, NoCivilMinute> {
        let (hour, minute) = text.split_once(':').ok_or(NoCivilMinute)?;
        let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if !matches!(hour.len(), 1 | 2) || minute.len() != 2 || !digits(hour) || !digits(minute) {
            return Err(NoCivilMinute);
        }
        let hour: u16 = hour.parse().map_err(|_| NoCivilMinute)?;
        let minute: u16 = minute.parse().map_err(|_| NoCivilMinute)?;
        let whole = CivilMinute::at(hour, minute);
        if minute >= 60 || whole > CivilMinute::MIDNIGHT_AFTER {
            return Err(NoCivilMinute);
        }
        Ok(whole)
    }
}

impl fmt::Display for CivilMinute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("not weekdays such as mon-fri, sat,sun or daily")]
pub struct NoDays;

const DAY_NAMES: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

impl Days {
    pub const DAILY: Days = Days(0b111_1111);
    pub const MON_FRI: Days = Days(0b001_1111);
    pub const SAT_SUN: Days = Days(0b110_0000);

    pub fn is_empty(self) -> bool {
        self.0 & Days::DAILY.0 == 0
    }

    /// `weekday`: 0 is Monday, 6 Sunday.
    pub fn holds(self, weekday: u8) -> bool {
        weekday < 7 && self.0 & (1 << weekday) != 0
    }

    /// `mon-fri`, `sat,sun`, `mon,wed-fri`, `fri-mon` (over the weekend), `daily`; capitals as you like.
    pub fn parse(text: &str) -> Result<Days, NoDays> {
        let text = text.to_ascii_lowercase();
        if text == "daily" {
            return Ok(Days::DAILY);
        }
        let index = |name: &str| DAY_NAMES.iter().position(|day| *day == name.trim()).ok_or(NoDays);
        let mut bits = 0;
        for part in text.split(',') {
            let (first, last) = match part.split_once('-') {
                Some((first, last)) => (index(first)?, index(last)?),
                None => (index(part)?, index(part)?),
            };
            let steps = (last + 7 - first) % 7;
            for step in 0..=steps {
                bits |= 1 << ((first + step) % 7);
            }
        }
        Ok(Days(bits))
    }

    /// `mon` to `sun`, those that are set, in that order.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        (0u8..7)
            .zip(DAY_NAMES)
            .filter(move |(day, _)| self.holds(*day))
            .map(|(_, name)| name)
    }

    /// The other way round: from names such as `names` gives.
    pub fn from_names<'a>(names: impl IntoIterator<Item = &'a str>) -> Result<Days, NoDays> {
        let mut bits = 0;
        for name in names {
            bits |= 1 << DAY_NAMES.iter().position(|day| *day == name).ok_or(NoDays)?;
        }
        Ok(Days(bits))
    }
}

impl fmt::Display for Days {
    /// As `parse` reads it, runs of three and more with a dash.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 & Days::DAILY.0 == Days::DAILY.0 {
            return f.write_str("daily");
        }
        let mut comma = "";
        let mut day = 0;
        while day < 7 {
            let mut after = day;
            while after < 7 && self.holds(after) {
                after += 1;
            }
            let name = |day: u8| DAY_NAMES[usize::from(day)];
            match after - day {
                0 => after += 1,
                1 => write!(f, "{comma}{}", name(day))?,
                2 => write!(f, "{comma}{},{}", name(day), name(day + 1))?,
                _ => write!(f, "{comma}{}-{}", name(day), name(after - 1))?,
            }
            if self.holds(day) {
                comma = ",";
            }
            day = after;
        }
        Ok(())
    }
}

/// What a new folder gets, whoever makes it (RULES.md 1). The titles are empty: `messages` names the three.
/// `system_zone_name` is the IANA name of the system's zone; it decides the holiday table once, here.
pub fn default_rules(system_zone_name: Option<&str>) -> Rules {
    let period = |days, from, to, on_holidays| Period {
        days,
        from,
        to,
        zone: None,
        accounts: None,
        on_holidays,
        first_day: None,
        last_day: None,
        enabled: true,
    };
    let window = |name: &str, period| Window {
        name: name.to_owned(),
        title: String::new(),
        period,
    };
    let at = CivilMinute::at;
    Rules {
        windows: vec![
            window(
                "lunch",
                period(Days::MON_FRI, at(12, 0), at(13, 0), OnHolidays::Usual),
            ),
            window(
                "evening",
                period(Days::MON_FRI, at(18, 30), at(22, 30), OnHolidays::Usual),
            ),
            window(
                "weekend",
                period(Days::SAT_SUN, at(9, 0), at(22, 30), OnHolidays::Also),
            ),
        ],
        hours: vec![WorkHours {
            period: period(Days::MON_FRI, at(9, 0), at(18, 0), OnHolidays::Skip),
        }],
        closed: Vec::new(),
        break_now: None,
        pause: None,
        overtime: None,
        days_off: Vec::new(),
        busy: Vec::new(),
        holidays: if system_zone_name == Some("Asia/Tokyo") {
            HolidayTable::Jp
        } else {
            HolidayTable::None
        },
    }
}
