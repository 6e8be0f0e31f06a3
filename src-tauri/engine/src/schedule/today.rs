//! What a person says of this very day: a break, a pause, overtime.

use jiff::{SignedDuration, Timestamp};
use kossori_api::{Code, OvertimeView, Problem, Spread};
use kossori_core::ids::AccountId;
use kossori_core::network::Network;
use kossori_core::rules::{BreakNow, Overtime, Pause};

use super::After;
use crate::engine::Engine;
use crate::model::Event;
use crate::planning::Redraw;
use crate::problem::{Outcome, of_store};

impl Engine {
    pub(crate) async fn break_now(
        &self,
        minutes: u32,
        accounts: &[String],
        practice_only: bool,
    ) -> Outcome<Spread> {
        if !(1..=720).contains(&minutes) {
            return Err(Problem::new(Code::BreakLength).with("minutes", minutes));
        }
        let accounts = if practice_only {
            Some(self.practice_among(accounts).await?)
        } else if accounts.is_empty() {
            None
        } else {
            Some(self.known_accounts(accounts).await?)
        };
        let now = self.now();
        let to = now
            .saturating_add(SignedDuration::from_mins(i64::from(minutes)))
            .unwrap_or(Timestamp::MAX);
        let (board, drawn) = self
            .change_rules(|rules| {
                rules.break_now = Some(BreakNow {
                    from: now,
                    to,
                    accounts: accounts.clone(),
                });
                let redraw = Redraw::NextOf(accounts.map(|ids| ids.into_iter().collect()));
                Ok(After {
                    redraw,
                    ..After::default()
                })
            })
            .await?;
        Ok(self.spread(&board, drawn))
    }

    /// Those named, each of which must be practice; all of practice if none is named. Never none: that would open
    /// nothing and say nothing.
    async fn practice_among(&self, named: &[String]) -> Outcome<Vec<AccountId>> {
        let all = self.ports.store.accounts().await.map_err(of_store)?;
        let practice: Vec<AccountId> = all
            .into_iter()
            .filter(|account| account.network == Network::Practice)
            .map(|account| account.id)
            .collect();
        let chosen = if named.is_empty() {
            practice
        } else {
            let named = self.known_accounts(named).await?;
            if named.iter().any(|id| !practice.contains(id)) {
                return Err(Problem::new(Code::NotPractice));
            }
            named
        };
        if chosen.is_empty() {
            return Err(Problem::new(Code::NotPractice));
        }
        Ok(chosen)
    }

    pub(crate) async fn break_end(&self) -> Outcome<Spread> {
        let now = self.now();
        let (board, drawn) = self
            .change_rules(|rules| match &mut rules.break_now {
                Some(break_now) if break_now.to > now => {
                    break_now.to = now;
                    Ok(After {
                        voids: true,
                        ..After::default()
                    })
                }
                _ => Err(Problem::new(Code::NoBreak)),
            })
            .await?;
        Ok(self.spread(&board, drawn))
    }

    pub(crate) async fn pause(&self, duration: Option<&str>, until: Option<&str>) -> Outcome<Spread> {
        let until = match (duration, until) {
            (Some(duration), _) => Some(self.read_duration(duration)?),
            (None, Some(until)) => Some(self.read_time(until, None)?),
            (None, None) => None,
        };
        let now = self.now();
        if until.is_some_and(|until| until <= now) {
            return Err(Problem::new(Code::TimeIsPast).with("text", "--until"));
        }
        let (board, drawn) = self
            .change_rules(|rules| {
                rules.pause = Some(Pause { from: now, until });
                Ok(After {
                    voids: true,
                    event: Some(Event::Paused),
                    ..After::default()
                })
            })
            .await?;
        Ok(self.spread(&board, drawn))
    }

    pub(crate) async fn resume(&self) -> Outcome<Spread> {
        let (board, drawn) = self
            .change_rules(|rules| {
                rules.pause = None;
                Ok(After {
                    redraw: Redraw::Accounts(None),
                    event: Some(Event::Resumed),
                    ..After::default()
                })
            })
            .await?;
        Ok(self.spread(&board, drawn))
    }

    pub(crate) async fn overtime(&self, until: &str) -> Outcome<Spread> {
        let until = self.read_time(until, None)?;
        let now = self.now();
        if until <= now {
            return Err(Problem::new(Code::TimeIsPast).with("text", "--until"));
        }
        let (board, drawn) = self
            .change_rules(|rules| {
                rules.overtime = Some(Overtime { from: now, until });
                Ok(After {
                    voids: true,
                    ..After::default()
                })
            })
            .await?;
        Ok(self.spread(&board, drawn))
    }

    pub(crate) async fn overtime_show(&self) -> Outcome<OvertimeView> {
        let rules = self.rules().await?;
        let now = self.now();
        let running = rules.overtime.filter(|over| over.until > now);
        Ok(OvertimeView {
            from: running.as_ref().map(|over| self.show_time(over.from)),
            until: running.as_ref().map(|over| self.show_time(over.until)),
        })
    }

    pub(crate) async fn overtime_end(&self) -> Outcome<Spread> {
        let now = self.now();
        let (board, drawn) = self
            .change_rules(|rules| match &rules.overtime {
                Some(overtime) if overtime.until > now => {
                    rules.overtime = None;
                    Ok(After::default())
                }
                _ => Err(Problem::new(Code::NoOvertime)),
            })
            .await?;
        Ok(self.spread(&board, drawn))
    }
}
