//! Times of the calendar that are unlike the others: closed periods, days off, holidays.

use jiff::civil::Date;
use kossori_api::{
    ClosedAdded, ClosedList, ClosedView, Code, DaysOff, HolidayTableInput, HolidaysView, Problem, Spread,
};
use kossori_core::rules::{Closed, HolidayTable};

use super::After;
use super::reading::read_date;
use super::views::holidays_view;
use crate::engine::Engine;
use crate::problem::Outcome;

impl Engine {
    pub(crate) async fn closed_add(&self, from: &str, to: &str, zone: Option<&str>) -> Outcome<ClosedAdded> {
        let (from, to) = (self.read_time(from, zone)?, self.read_time(to, zone)?);
        if to <= from {
            return Err(Problem::new(Code::ClosedBackwards));
        }
        let id = self.ports.ids.next();
        let closed = Closed {
            id: id.clone(),
            from,
            to,
        };
        let (board, drawn) = self
            .change_rules(|rules| {
                rules.closed.push(closed);
                Ok(After {
                    voids: true,
                    ..After::default()
                })
            })
            .await?;
        let Spread {
            open,
            will_send,
            waits,
            moved,
        } = self.spread(&board, drawn);
        Ok(ClosedAdded {
            id,
            open,
            will_send,
            waits,
            moved,
        })
    }

    pub(crate) async fn closed_list(&self) -> Outcome<ClosedList> {
        let rules = self.rules().await?;
        let view = |closed: &Closed| ClosedView {
            id: closed.id.clone(),
            from: self.show_time(closed.from),
            to: self.show_time(closed.to),
        };
        Ok(ClosedList {
            closed: rules.closed.iter().map(view).collect(),
        })
    }

    pub(crate) async fn closed_remove(&self, id: &str) -> Outcome<Spread> {
        let (board, drawn) = self
            .change_rules(|rules| {
                let before = rules.closed.len();
                rules.closed.retain(|closed| closed.id != id);
                if rules.closed.len() == before {
                    return Err(Problem::new(Code::UnknownClosed).with("id", id));
                }
                Ok(After::default())
            })
            .await?;
        Ok(self.spread(&board, drawn))
    }

    pub(crate) async fn day_off(&self, date: Option<&str>) -> Outcome<Spread> {
        let date = match date {
            Some(text) => read_date(text)?,
            None => self.today(),
        };
        let (board, drawn) = self
            .change_rules(|rules| {
                if !rules.days_off.contains(&date) {
                    rules.days_off.push(date);
                    rules.days_off.sort();
                }
                Ok(After {
                    voids: true,
                    ..After::default()
                })
            })
            .await?;
        Ok(self.spread(&board, drawn))
    }

    pub(crate) async fn day_off_list(&self) -> Outcome<DaysOff> {
        let rules = self.rules().await?;
        Ok(DaysOff {
            days: rules.days_off.iter().map(ToString::to_string).collect(),
        })
    }

    pub(crate) async fn day_off_remove(&self, date: &str) -> Outcome<Spread> {
        let date = read_date(date)?;
        let (board, drawn) = self
            .change_rules(|rules| {
                let before = rules.days_off.len();
                rules.days_off.retain(|day| *day != date);
                if rules.days_off.len() == before {
                    return Err(Problem::new(Code::UnknownDayOff).with("day", date));
                }
                // The work hours hold again, and windows of holidays are shut.
                Ok(After {
                    voids: true,
                    ..After::default()
                })
            })
            .await?;
        Ok(self.spread(&board, drawn))
    }

    pub(crate) async fn holidays_show(&self) -> Outcome<HolidaysView> {
        Ok(holidays_view(&self.rules().await?, self.today(), Vec::new()))
    }

    pub(crate) async fn holidays_set(&self, table: HolidayTableInput) -> Outcome<HolidaysView> {
        let (board, drawn) = self
            .change_rules(|rules| {
                rules.holidays = match table {
                    HolidayTableInput::Jp => HolidayTable::Jp,
                    HolidayTableInput::None => HolidayTable::None,
                };
                Ok(After {
                    voids: true,
                    ..After::default()
                })
            })
            .await?;
        Ok(holidays_view(&board.rules, self.today(), drawn.moved))
    }

    fn today(&self) -> Date {
        self.now().to_zoned_datetime(self.ports.clock.zone()).date()
    }
}
