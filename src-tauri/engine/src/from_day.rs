//! Days before which something does not go: each begins where the window that it is about is described.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use kossori_core::plan;

use crate::model::When;
use crate::planning::Board;

impl Board {
    /// The zone in which a window is described: its own, or the system's.
    fn zone_of(&self, window: Option<&str>) -> TimeZone {
        let windows = &self.rules.windows;
        window
            .and_then(|name| windows.iter().find(|window| window.name == name))
            .and_then(|window| window.period.zone.as_deref())
            .and_then(|zone| TimeZone::get(zone).ok())
            .unwrap_or_else(|| self.zone.clone())
    }

    /// When that day begins where the window is described.
    pub fn day_begins(&self, day: Date, window: Option<&str>) -> Timestamp {
        let begins = day.to_zoned_datetime(self.zone_of(window));
        begins.map_or(Timestamp::MAX, |midnight| midnight.timestamp())
    }

    /// No more to be waited for, and not to be asked for.
    pub fn day_is_past(&self, day: Date, window: Option<&str>) -> bool {
        day < self.now.to_zoned_datetime(self.zone_of(window)).date()
    }

    pub fn asked_for(&self, when: &When, override_window: bool) -> plan::When {
        match when {
            When::Next => plan::When::Next,
            When::Window(name) => plan::When::Window(name.clone()),
            When::FromDay { day, window } => plan::When::FromDay {
                from: self.day_begins(*day, window.as_deref()),
                window: window.clone(),
            },
            When::At(at) => plan::When::At {
                at: *at,
                override_window,
            },
        }
    }
}
