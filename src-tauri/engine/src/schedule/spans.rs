//! What is open and what is work, as a picture shows it: by the same calendar that the plan is made on.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use kossori_api::{Code, PeriodInput, Problem, SpanView, Spans, WorkView};
use kossori_core::calendar::Calendar;
use kossori_core::ids::AccountId;
use kossori_core::rules::{OnHolidays, WorkHours};

use crate::engine::Engine;
use crate::problem::{Outcome, of_store};
use crate::times::{of_calendar, show};

/// Five weeks and some days: a month as a calendar shows it.
const MOST: SignedDuration = SignedDuration::from_hours(40 * 24);

/// Stretches, each with the accounts that it holds for.
type Held<K> = BTreeMap<K, Vec<String>>;

impl Engine {
    pub(crate) async fn spans(&self, from: &str, to: &str, hours: Option<&[PeriodInput]>) -> Outcome<Spans> {
        let (start, end) = (self.read_time(from, None)?, self.read_time(to, None)?);
        if start >= end || end.duration_since(start) > MOST {
            return Err(Problem::new(Code::Usage).with("text", format!("{from} – {to}")));
        }
        let zone = self.ports.clock.zone();
        let mut rules = self.rules().await?;
        if let Some(hours) = hours {
            rules.hours.clear();
            for period in hours {
                let period = self.read_period(period, OnHolidays::Skip).await?;
                rules.hours.push(WorkHours { period });
            }
        }
        let calendar = Calendar::new(&rules, &zone).map_err(|error| of_calendar(&error))?;
        let accounts = self.ports.store.accounts().await.map_err(of_store)?;
        let mut ids: Vec<AccountId> = accounts.into_iter().map(|account| account.id).collect();
        if ids.is_empty() {
            // A new folder has its windows before its first account.
            ids.push(AccountId(String::new()));
        }

        let mut open: Held<(Timestamp, Timestamp, String)> = BTreeMap::new();
        let mut work: Held<(Timestamp, Timestamp)> = BTreeMap::new();
        for id in &ids {
            for opening in calendar
                .spans(id, start, end)
                .into_iter()
                .flat_map(|span| span.openings)
            {
                let key = (opening.from, opening.to, opening.window);
                open.entry(key).or_default().push(id.to_string());
            }
            for hours in calendar.work_hours(id, start, end) {
                let key = (hours.from, hours.to);
                work.entry(key).or_default().push(id.to_string());
            }
        }
        let some = |held: Vec<String>| (held.len() < ids.len()).then_some(held);
        Ok(Spans {
            open: open
                .into_iter()
                .map(|((from, to, window), held)| SpanView {
                    from: show(from, &zone),
                    to: show(to, &zone),
                    window,
                    accounts: some(held),
                })
                .collect(),
            work: work
                .into_iter()
                .map(|((from, to), held)| WorkView {
                    from: show(from, &zone),
                    to: show(to, &zone),
                    accounts: some(held),
                })
                .collect(),
        })
    }
}
