//! What the answers show of the rules and of what they open.

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use kossori_api::{HolidayView, HolidaysView, Hours, MovedView, OpenView, Spread, WindowView, Windows};
use kossori_core::holidays::{holiday_name, japanese_holidays};
use kossori_core::ids::AccountId;
use kossori_core::rules::{HolidayTable, OnHolidays, Period, Rules, Window};

use crate::engine::Engine;
use crate::planning::{Board, Drawn};
use crate::times::show;
use crate::views::by_id;

impl Engine {
    /// What is open in the next 24 hours, what will go in them, and what waits.
    pub(super) fn spread(&self, board: &Board, drawn: Drawn) -> Spread {
        let until = board
            .now
            .saturating_add(SignedDuration::from_hours(24))
            .unwrap_or(Timestamp::MAX);
        let zone = self.ports.clock.zone();
        let mut open: Vec<(Timestamp, Timestamp, String)> = Vec::new();
        let everybody = AccountId(String::new());
        let ids: Vec<&AccountId> = if board.accounts.is_empty() {
            vec![&everybody]
        } else {
            board.accounts.keys().collect()
        };
        for id in ids {
            for span in board.calendar.spans(id, board.now, until) {
                for opening in &span.openings {
                    let row = (opening.from, opening.to, opening.window.clone());
                    if !open.contains(&row) {
                        open.push(row);
                    }
                }
            }
        }
        open.sort();
        let open = open
            .into_iter()
            .map(|(from, to, window)| OpenView {
                from: show(from, &zone),
                to: show(to, &zone),
                window,
            })
            .collect();
        let placed = by_id(drawn.placed);
        let (will_send, waits) = self.will_and_waits(board, &placed, until);
        Spread {
            open,
            will_send,
            waits,
            moved: drawn.moved,
        }
    }
}

pub(super) fn windows_view(rules: &Rules, moved: Vec<MovedView>, now_next: u32) -> Windows {
    Windows {
        windows: rules.windows.iter().map(window_view).collect(),
        moved,
        now_next,
    }
}

pub(super) fn hours_view(rules: &Rules, moved: Vec<MovedView>) -> Hours {
    Hours {
        hours: rules.hours.iter().map(|work| period_view(&work.period)).collect(),
        moved,
    }
}

pub(super) fn holidays_view(rules: &Rules, today: Date, moved: Vec<MovedView>) -> HolidaysView {
    let covered = match rules.holidays {
        HolidayTable::Jp => {
            let mut years = japanese_holidays().map(|day| day.year());
            let first = years.next();
            first.map(|first| (first, years.last().unwrap_or(first)))
        }
        HolidayTable::None => None,
    };
    HolidaysView {
        table: match rules.holidays {
            HolidayTable::Jp => "jp",
            HolidayTable::None => "none",
        }
        .to_owned(),
        covered_from: covered.map(|(from, _)| from),
        covered_to: covered.map(|(_, to)| to),
        coming: match rules.holidays {
            HolidayTable::Jp => coming(today),
            HolidayTable::None => Vec::new(),
        },
        moved,
    }
}

/// Of the year that begins with `today`.
fn coming(today: Date) -> Vec<HolidayView> {
    let until = today.saturating_add(jiff::Span::new().years(1));
    japanese_holidays()
        .filter(|day| (today..until).contains(day))
        .map(|day| HolidayView {
            date: day.to_string(),
            name: holiday_name(day).as_str().to_owned(),
        })
        .collect()
}

fn window_view(window: &Window) -> WindowView {
    WindowView {
        name: window.name.clone(),
        title: window.title.clone(),
        ..period_view(&window.period)
    }
}

fn period_view(period: &Period) -> WindowView {
    WindowView {
        name: String::new(),
        title: String::new(),
        days: period.days.names().map(str::to_owned).collect(),
        from: period.from.to_string(),
        to: period.to.to_string(),
        zone: period.zone.clone(),
        accounts: period
            .accounts
            .as_ref()
            .map(|ids| ids.iter().map(ToString::to_string).collect()),
        holidays: match period.on_holidays {
            OnHolidays::Usual => "usual",
            OnHolidays::Skip => "skip",
            OnHolidays::Also => "also",
        }
        .to_owned(),
        enabled: period.enabled,
        first_day: period.first_day.map(|day| day.to_string()),
        last_day: period.last_day.map(|day| day.to_string()),
    }
}
