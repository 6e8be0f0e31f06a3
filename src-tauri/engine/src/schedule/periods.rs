//! What comes back every week: windows and work hours.

use kossori_api::{Code, Hours, PeriodInput, PeriodPatch, Problem, Windows};
use kossori_core::delivery::State;
use kossori_core::ids::AccountId;
use kossori_core::rules::{OnHolidays, Period, Rules, Window, WorkHours};

use super::reading::apply;
use super::views::{hours_view, windows_view};
use super::{After, put_setting};
use crate::engine::Engine;
use crate::model::When;
use crate::planning::Redraw;
use crate::ports::Change;
use crate::problem::{Outcome, of_store};
use crate::publish::expect_of;
use crate::times::of_period;

impl Engine {
    pub(crate) async fn window_list(&self) -> Outcome<Windows> {
        Ok(windows_view(&self.rules().await?, Vec::new(), 0))
    }

    pub(crate) async fn window_add(
        &self,
        name: &str,
        title: Option<&str>,
        input: &PeriodInput,
        enabled: bool,
    ) -> Outcome<Windows> {
        let plain = !name.is_empty()
            && name
                .chars()
                .all(|c| c.is_alphanumeric() || matches!(c, '-' | '_'));
        if !plain || name == "break" {
            return Err(Problem::new(Code::WindowName).with("name", name));
        }
        let mut period = self.read_period(input, OnHolidays::Usual).await?;
        period.enabled = enabled;
        let window = Window {
            name: name.to_owned(),
            title: title.unwrap_or_default().to_owned(),
            period,
        };
        let (board, drawn) = self
            .change_rules(|rules| {
                if rules.windows.iter().any(|known| known.name == window.name) {
                    return Err(Problem::new(Code::WindowExists).with("name", &window.name));
                }
                let redraw = concerned(&window.period);
                rules.windows.push(window);
                Ok(After {
                    redraw,
                    ..After::default()
                })
            })
            .await?;
        Ok(windows_view(&board.rules, drawn.moved, 0))
    }

    pub(crate) async fn window_edit(&self, name: &str, patch: &PeriodPatch) -> Outcome<Windows> {
        let known: Option<Vec<AccountId>> = match &patch.accounts {
            Some(ids) if !ids.is_empty() => Some(self.known_accounts(ids).await?),
            _ => None,
        };
        let (board, drawn) = self
            .change_rules(|rules| {
                let window = find_window(rules, name)?;
                if let Some(title) = &patch.title {
                    window.title.clone_from(title);
                }
                let before = window.period.clone();
                let period = &mut window.period;
                apply(period, patch, known)?;
                period.check().map_err(|error| of_period(&error))?;
                // Only a window that may have become wider draws anything earlier (RULES.md 2).
                let redraw = if *period == before {
                    Redraw::OnlyWhatMust
                } else {
                    concerned(period)
                };
                Ok(After {
                    redraw,
                    voids: true,
                    ..After::default()
                })
            })
            .await?;
        Ok(windows_view(&board.rules, drawn.moved, 0))
    }

    pub(crate) async fn window_enable(&self, name: &str, enabled: bool) -> Outcome<Windows> {
        let (board, drawn) = self
            .change_rules(|rules| {
                let period = &mut find_window(rules, name)?.period;
                period.enabled = enabled;
                let redraw = if enabled {
                    concerned(period)
                } else {
                    Redraw::OnlyWhatMust
                };
                Ok(After {
                    redraw,
                    voids: !enabled,
                    ..After::default()
                })
            })
            .await?;
        Ok(windows_view(&board.rules, drawn.moved, 0))
    }

    /// Deliveries meant for it go in the next window instead; the answer says how many.
    pub(crate) async fn window_remove(&self, name: &str) -> Outcome<Windows> {
        let _gate = self.gate.lock().await;
        let mut rules = self.rules().await?;
        find_window(&mut rules, name)?;
        rules.windows.retain(|window| window.name != name);
        let mut board = self.board_with(rules, self.spacing().await?).await?;
        let mut changes = vec![put_setting("rules", &board.rules)];
        let mut now_next = 0;
        for delivery in &mut board.queue {
            // What is sending keeps its row to itself; if it comes back, no window of that name means the next one.
            let next = match &delivery.when {
                When::Window(window) if window == name => When::Next,
                When::FromDay {
                    day,
                    window: Some(window),
                } if window == name => When::FromDay {
                    day: *day,
                    window: None,
                },
                _ => continue,
            };
            if delivery.state != State::Sending {
                let before = delivery.clone();
                delivery.when = next;
                now_next += 1;
                changes.push(Change::Delivery {
                    expect: expect_of(&before),
                    delivery: Box::new(delivery.clone()),
                });
            }
        }
        self.void_what_is_shut(&mut board, &mut changes).await?;
        let drawn = self.draw(&mut board, &Redraw::OnlyWhatMust);
        changes.extend(drawn.changes.iter().cloned());
        self.ports.store.commit(changes).await.map_err(of_store)?;
        self.tell_changed();
        Ok(windows_view(&board.rules, drawn.moved, now_next))
    }

    pub(crate) async fn hours_show(&self) -> Outcome<Hours> {
        Ok(hours_view(&self.rules().await?, Vec::new()))
    }

    pub(crate) async fn hours_change(&self, input: Option<&PeriodInput>, replace: bool) -> Outcome<Hours> {
        let period = match input {
            Some(input) => Some(self.read_period(input, OnHolidays::Skip).await?),
            None => None,
        };
        if period
            .as_ref()
            .is_some_and(|period| period.on_holidays == OnHolidays::Also)
        {
            return Err(Problem::new(Code::Usage).with("text", "--holidays also"));
        }
        let (board, drawn) = self
            .change_rules(|rules| {
                if replace {
                    rules.hours.clear();
                }
                rules.hours.extend(period.map(|period| WorkHours { period }));
                // Fewer work hours open more; more of them shut what was drawn.
                Ok(After {
                    voids: true,
                    ..After::default()
                })
            })
            .await?;
        Ok(hours_view(&board.rules, drawn.moved))
    }
}

/// The deliveries that a wider window may bring forward: those of its accounts.
fn concerned(period: &Period) -> Redraw {
    Redraw::Accounts(period.accounts.clone().map(|ids| ids.into_iter().collect()))
}

fn find_window<'a>(rules: &'a mut Rules, name: &str) -> Outcome<&'a mut Window> {
    rules
        .windows
        .iter_mut()
        .find(|window| window.name == name)
        .ok_or_else(|| Problem::new(Code::UnknownWindow).with("name", name))
}
