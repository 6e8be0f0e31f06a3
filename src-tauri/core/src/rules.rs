//! What the person set about time: windows, work hours, breaks, pauses. Data only; `calendar` reads it.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::ids::AccountId;

mod period;

pub use period::{NoCivilMinute, NoDays, PeriodError, default_rules};

/// Everything that decides when an account may publish (RULES.md 1).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rules {
    pub windows: Vec<Window>,
    pub hours: Vec<WorkHours>,
    #[serde(default)]
    pub closed: Vec<Closed>,
    #[serde(default)]
    pub break_now: Option<BreakNow>,
    #[serde(default)]
    pub pause: Option<Pause>,
    #[serde(default)]
    pub overtime: Option<Overtime>,
    #[serde(default)]
    pub days_off: Vec<Date>,
    /// Stretches in which a calendar says the person is busy.
    #[serde(default)]
    pub busy: Vec<Stretch>,
    pub holidays: HolidayTable,
}

/// A recurring stretch of civil time. One that crosses midnight belongs to the day on which it starts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Period {
    pub days: Days,
    pub from: CivilMinute,
    /// `24:00` is legal; equal to `from` is not. Not later than `from`: crosses midnight.
    pub to: CivilMinute,
    /// An IANA name; `None` is the system's zone.
    pub zone: Option<String>,
    /// `None`: all accounts.
    pub accounts: Option<Vec<AccountId>>,
    pub on_holidays: OnHolidays,
    pub first_day: Option<Date>,
    /// Inclusive.
    pub last_day: Option<Date>,
    pub enabled: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    pub name: String,
    pub title: String,
    pub period: Period,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkHours {
    pub period: Period,
}

/// Minutes since civil midnight, 0 to 1440.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CivilMinute(pub u16);

/// Bit 0 is Monday, bit 6 Sunday.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Days(pub u8);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OnHolidays {
    /// As on any other such weekday.
    Usual,
    /// Not on a public holiday.
    Skip,
    /// On its weekdays and on every public holiday too.
    Also,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum HolidayTable {
    Jp,
    None,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Closed {
    pub id: String,
    pub from: Timestamp,
    pub to: Timestamp,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BreakNow {
    pub from: Timestamp,
    pub to: Timestamp,
    /// `None`: all accounts.
    pub accounts: Option<Vec<AccountId>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pause {
    pub from: Timestamp,
    /// `None`: until resumed.
    pub until: Option<Timestamp>,
}

/// Work hours longer today: from `from` until `until` no window opens, save within the work hours themselves, where
/// their own rule goes on. So `from` may be the moment at which it was said, and lunch stays open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Overtime {
    pub from: Timestamp,
    pub until: Timestamp,
}

/// Half open: `from` is inside, `to` is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Stretch {
    pub from: Timestamp,
    pub to: Timestamp,
}

/// Gap, cap, jitter and persona distance (RULES.md 2), in minutes where they are times.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spacing {
    pub gap_minutes: u32,
    pub per_window: u32,
    pub jitter: bool,
    pub persona_gap_minutes: u32,
}

impl Default for Spacing {
    fn default() -> Self {
        Spacing {
            gap_minutes: 30,
            per_window: 2,
            jitter: true,
            persona_gap_minutes: 10,
        }
    }
}
