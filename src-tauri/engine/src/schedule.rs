//! The person's own time: windows, work hours, breaks, pauses, closed periods, spacing. A change is planned on the
//! rules as they will be, and committed with the plan that it makes.

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use kossori_api::{
    ClosedAdded, ClosedList, ClosedView, Code, HolidayTableInput, HolidaysView, Hours, OpenView, PeriodInput,
    PeriodPatch, Problem, SpacingPart, SpacingView, Spread, WindowView, Windows,
};
use kossori_core::delivery::{State, Step, step};
use kossori_core::ids::AccountId;
use kossori_core::rules::{
    BreakNow, CivilMinute, Closed, Days, HolidayTable, OnHolidays, Overtime, Pause, Period, Rules, Spacing,
    Window, WorkHours,
};

use crate::engine::Engine;
use crate::model::{Event, When};
use crate::planning::{Board, Drawn, Redraw};
use crate::ports::Change;
use crate::problem::{Outcome, of_step, of_store};
use crate::publish::expect_of;
use crate::tick::put;
use crate::times::{of_period, show};
use crate::views::by_id;

/// What a change of the rules does besides.
struct After {
    redraw: Redraw,
    /// A pause or a closing: attempts that have not reached `sending` are voided in the same transaction.
    voids: bool,
    event: Option<Event>,
}

impl Default for After {
    fn default() -> Self {
        After {
            redraw: Redraw::OnlyWhatMust,
            voids: false,
            event: None,
        }
    }
}

impl Engine {
    /// Changes the rules, plans on them, commits both.
    async fn change_rules<T>(
        &self,
        change: impl FnOnce(&mut Rules) -> Outcome<(T, After)>,
    ) -> Outcome<(T, Board, Drawn)> {
        let _gate = self.gate.lock().await;
        let mut rules = self.rules().await?;
        let (told, after) = change(&mut rules)?;
        let mut board = self.board_with(rules, self.spacing().await?).await?;
        let mut changes = vec![put("rules", &board.rules)];
        if after.voids {
            self.void_what_is_shut(&mut board, &mut changes).await?;
        }
        if let Some(event) = after.event {
            changes.push(self.folder_entry(event, None));
        }
        let drawn = self.draw(&mut board, &after.redraw);
        changes.extend(drawn.changes.iter().cloned());
        self.ports.store.commit(changes).await.map_err(of_store)?;
        self.tell_changed();
        Ok((told, board, drawn))
    }

    async fn void_what_is_shut(&self, board: &mut Board, changes: &mut Vec<Change>) -> Outcome<()> {
        for index in 0..board.queue.len() {
            let delivery = board.queue[index].clone();
            if !delivery.state.is_before_sending()
                || crate::publish::opening_now(board, &delivery, board.now).is_some()
            {
                continue;
            }
            let mut back = delivery.clone();
            back.state = step(delivery.state, Step::Void).map_err(of_step)?;
            back.planned = None;
            changes.extend(self.void(&delivery).await?);
            changes.push(Change::Delivery {
                expect: expect_of(&delivery),
                delivery: Box::new(back.clone()),
            });
            board.queue[index] = back;
        }
        Ok(())
    }

    // Windows

    pub(crate) async fn window_list(&self) -> Outcome<Windows> {
        let rules = self.rules().await?;
        Ok(Windows {
            windows: rules.windows.iter().map(window_view).collect(),
            ..Windows::default()
        })
    }

    pub(crate) async fn window_add(
        &self,
        name: &str,
        title: Option<&str>,
        input: &PeriodInput,
    ) -> Outcome<Windows> {
        let plain = !name.is_empty()
            && name
                .chars()
                .all(|c| c.is_alphanumeric() || matches!(c, '-' | '_'));
        if !plain || name == "break" {
            return Err(Problem::new(Code::WindowName).with("name", name));
        }
        let period = self.read_period(input, OnHolidays::Usual).await?;
        let window = Window {
            name: name.to_owned(),
            title: title.unwrap_or_default().to_owned(),
            period,
        };
        let ((), board, drawn) = self
            .change_rules(|rules| {
                if rules.windows.iter().any(|known| known.name == window.name) {
                    return Err(Problem::new(Code::WindowExists).with("name", &window.name));
                }
                let redraw = Redraw::Accounts(
                    window
                        .period
                        .accounts
                        .clone()
                        .map(|ids| ids.into_iter().collect()),
                );
                rules.windows.push(window);
                Ok((
                    (),
                    After {
                        redraw,
                        ..After::default()
                    },
                ))
            })
            .await?;
        Ok(windows_view(&board, drawn, 0))
    }

    pub(crate) async fn window_edit(&self, name: &str, patch: &PeriodPatch) -> Outcome<Windows> {
        let known: Option<Vec<AccountId>> = match &patch.accounts {
            Some(ids) if !ids.is_empty() => Some(self.known_accounts(ids).await?),
            _ => None,
        };
        let ((), board, drawn) = self
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
                Ok((
                    (),
                    After {
                        redraw,
                        voids: true,
                        event: None,
                    },
                ))
            })
            .await?;
        Ok(windows_view(&board, drawn, 0))
    }

    pub(crate) async fn window_enable(&self, name: &str, enabled: bool) -> Outcome<Windows> {
        let ((), board, drawn) = self
            .change_rules(|rules| {
                let period = &mut find_window(rules, name)?.period;
                period.enabled = enabled;
                let redraw = if enabled {
                    concerned(period)
                } else {
                    Redraw::OnlyWhatMust
                };
                Ok((
                    (),
                    After {
                        redraw,
                        voids: !enabled,
                        ..After::default()
                    },
                ))
            })
            .await?;
        Ok(windows_view(&board, drawn, 0))
    }

    /// Deliveries meant for it go in the next window instead; the answer says how many.
    pub(crate) async fn window_remove(&self, name: &str) -> Outcome<Windows> {
        let _gate = self.gate.lock().await;
        let mut rules = self.rules().await?;
        find_window(&mut rules, name)?;
        rules.windows.retain(|window| window.name != name);
        let mut board = self.board_with(rules, self.spacing().await?).await?;
        let mut changes = vec![put("rules", &board.rules)];
        let mut now_next = 0;
        for delivery in &mut board.queue {
            // What is sending keeps its row to itself; if it comes back, no window of that name means the next one.
            if delivery.when == When::Window(name.to_owned()) && delivery.state != State::Sending {
                let before = delivery.clone();
                delivery.when = When::Next;
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
        Ok(windows_view(&board, drawn, now_next))
    }

    // Work hours

    pub(crate) async fn hours_show(&self) -> Outcome<Hours> {
        let rules = self.rules().await?;
        Ok(Hours {
            hours: rules.hours.iter().map(|work| period_view(&work.period)).collect(),
            moved: Vec::new(),
        })
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
        let ((), board, drawn) = self
            .change_rules(|rules| {
                if replace {
                    rules.hours.clear();
                }
                rules.hours.extend(period.map(|period| WorkHours { period }));
                // Fewer work hours open more; more of them shut what was drawn.
                Ok((
                    (),
                    After {
                        redraw: Redraw::OnlyWhatMust,
                        voids: true,
                        event: None,
                    },
                ))
            })
            .await?;
        let hours = board
            .rules
            .hours
            .iter()
            .map(|work| period_view(&work.period))
            .collect();
        Ok(Hours {
            hours,
            moved: drawn.moved,
        })
    }

    // Today

    pub(crate) async fn break_now(&self, minutes: u32, accounts: &[String]) -> Outcome<Spread> {
        if !(1..=720).contains(&minutes) {
            return Err(Problem::new(Code::BreakLength).with("minutes", minutes));
        }
        let accounts = if accounts.is_empty() {
            None
        } else {
            Some(self.known_accounts(accounts).await?)
        };
        let now = self.now();
        let to = now
            .saturating_add(SignedDuration::from_mins(i64::from(minutes)))
            .unwrap_or(Timestamp::MAX);
        let ((), board, drawn) = self
            .change_rules(|rules| {
                rules.break_now = Some(BreakNow {
                    from: now,
                    to,
                    accounts: accounts.clone(),
                });
                let redraw = Redraw::NextOf(accounts.map(|ids| ids.into_iter().collect()));
                Ok((
                    (),
                    After {
                        redraw,
                        ..After::default()
                    },
                ))
            })
            .await?;
        Ok(self.spread(&board, drawn))
    }

    pub(crate) async fn break_end(&self) -> Outcome<Spread> {
        let now = self.now();
        let ((), board, drawn) = self
            .change_rules(|rules| match &mut rules.break_now {
                Some(break_now) if break_now.to > now => {
                    break_now.to = now;
                    Ok((
                        (),
                        After {
                            voids: true,
                            ..After::default()
                        },
                    ))
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
        let ((), board, drawn) = self
            .change_rules(|rules| {
                rules.pause = Some(Pause { from: now, until });
                Ok((
                    (),
                    After {
                        voids: true,
                        event: Some(Event::Paused),
                        ..After::default()
                    },
                ))
            })
            .await?;
        Ok(self.spread(&board, drawn))
    }

    pub(crate) async fn resume(&self) -> Outcome<Spread> {
        let ((), board, drawn) = self
            .change_rules(|rules| {
                rules.pause = None;
                Ok((
                    (),
                    After {
                        redraw: Redraw::Accounts(None),
                        voids: false,
                        event: Some(Event::Resumed),
                    },
                ))
            })
            .await?;
        Ok(self.spread(&board, drawn))
    }

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
        let ((), board, drawn) = self
            .change_rules(|rules| {
                rules.closed.push(closed);
                Ok((
                    (),
                    After {
                        voids: true,
                        ..After::default()
                    },
                ))
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
        let ((), board, drawn) = self
            .change_rules(|rules| {
                let before = rules.closed.len();
                rules.closed.retain(|closed| closed.id != id);
                match rules.closed.len() == before {
                    true => Err(Problem::new(Code::UnknownClosed).with("id", id)),
                    false => Ok((
                        (),
                        After {
                            redraw: Redraw::OnlyWhatMust,
                            ..After::default()
                        },
                    )),
                }
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
        let ((), board, drawn) = self
            .change_rules(|rules| {
                rules.overtime = Some(Overtime { from: now, until });
                Ok((
                    (),
                    After {
                        voids: true,
                        ..After::default()
                    },
                ))
            })
            .await?;
        Ok(self.spread(&board, drawn))
    }

    pub(crate) async fn day_off(&self, date: Option<&str>) -> Outcome<Spread> {
        let date: Date = match date {
            Some(text) => text
                .parse()
                .map_err(|_| Problem::new(Code::BadDate).with("text", text))?,
            None => self.now().to_zoned_datetime(self.ports.clock.zone()).date(),
        };
        let ((), board, drawn) = self
            .change_rules(|rules| {
                if !rules.days_off.contains(&date) {
                    rules.days_off.push(date);
                    rules.days_off.sort();
                }
                Ok((
                    (),
                    After {
                        redraw: Redraw::OnlyWhatMust,
                        voids: true,
                        event: None,
                    },
                ))
            })
            .await?;
        Ok(self.spread(&board, drawn))
    }

    pub(crate) async fn holidays_show(&self) -> Outcome<HolidaysView> {
        Ok(holidays_view(&self.rules().await?, Vec::new()))
    }

    pub(crate) async fn holidays_set(&self, table: HolidayTableInput) -> Outcome<HolidaysView> {
        let ((), board, drawn) = self
            .change_rules(|rules| {
                rules.holidays = match table {
                    HolidayTableInput::Jp => HolidayTable::Jp,
                    HolidayTableInput::None => HolidayTable::None,
                };
                Ok((
                    (),
                    After {
                        voids: true,
                        ..After::default()
                    },
                ))
            })
            .await?;
        Ok(holidays_view(&board.rules, drawn.moved))
    }

    // Spacing

    pub(crate) async fn spacing_show(&self) -> Outcome<SpacingView> {
        Ok(spacing_view(&self.spacing().await?, Vec::new()))
    }

    #[allow(clippy::too_many_arguments, reason = "each is one flag of the command")]
    pub(crate) async fn spacing_set(
        &self,
        account: Option<&str>,
        gap_minutes: Option<u32>,
        per_window: Option<u32>,
        jitter: Option<bool>,
        persona_gap_minutes: Option<u32>,
    ) -> Outcome<SpacingView> {
        let account = match account {
            Some(id) => Some(self.account(id).await?.id),
            None => None,
        };
        let _gate = self.gate.lock().await;
        let mut spacing = self.spacing().await?;
        let accounts = self.board().await?.accounts;
        if let Some(distance) = persona_gap_minutes {
            let least = Spacing::default().persona_gap_minutes;
            // It lies between any two accounts: one of them cannot set it for itself.
            if account.is_some() {
                return Err(Problem::new(Code::Usage).with("text", "--persona-gap"));
            }
            if distance < least && !Engine::persona_distance_may_shrink(&accounts) {
                return Err(Problem::new(Code::SpacingTooNear).with("least", least));
            }
        }
        if per_window == Some(0) {
            return Err(Problem::new(Code::Usage).with("text", "--per-window"));
        }
        let default = spacing.default.clone();
        let part = match &account {
            Some(id) => spacing.accounts.entry(id.clone()).or_insert(default),
            None => &mut spacing.default,
        };
        part.gap_minutes = gap_minutes.unwrap_or(part.gap_minutes);
        part.per_window = per_window.unwrap_or(part.per_window);
        part.jitter = jitter.unwrap_or(part.jitter);
        part.persona_gap_minutes = persona_gap_minutes.unwrap_or(part.persona_gap_minutes);
        let mut board = self.board_with(self.rules().await?, spacing).await?;
        let drawn = self.draw(&mut board, &Redraw::OnlyWhatMust);
        let mut changes = vec![put("spacing", &board.spacing)];
        changes.extend(drawn.changes);
        self.ports.store.commit(changes).await.map_err(of_store)?;
        self.tell_changed();
        Ok(spacing_view(&board.spacing, drawn.moved))
    }

    /// What is open in the next 24 hours, what will go in them, and what waits.
    fn spread(&self, board: &Board, drawn: Drawn) -> Spread {
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

    async fn read_period(&self, input: &PeriodInput, holidays: OnHolidays) -> Outcome<Period> {
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

/// The deliveries that a wider window may bring forward: those of its accounts.
fn concerned(period: &Period) -> Redraw {
    Redraw::Accounts(period.accounts.clone().map(|ids| ids.into_iter().collect()))
}

fn apply(period: &mut Period, patch: &PeriodPatch, known: Option<Vec<AccountId>>) -> Outcome<()> {
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
        period.first_day = if day.is_empty() {
            None
        } else {
            Some(read_date(day)?)
        };
    }
    if let Some(day) = &patch.last_day {
        period.last_day = if day.is_empty() {
            None
        } else {
            Some(read_date(day)?)
        };
    }
    Ok(())
}

fn read_days(text: &str) -> Outcome<Days> {
    Days::parse(text).map_err(|_| Problem::new(Code::BadDays).with("text", text))
}

fn read_minute(text: &str) -> Outcome<CivilMinute> {
    CivilMinute::parse(text).map_err(|_| Problem::new(Code::BadTime).with("text", text))
}

fn read_date(text: &str) -> Outcome<Date> {
    text.parse()
        .map_err(|_| Problem::new(Code::BadDate).with("text", text))
}

fn read_holidays(text: &str) -> Outcome<OnHolidays> {
    match text {
        "usual" => Ok(OnHolidays::Usual),
        "skip" => Ok(OnHolidays::Skip),
        "also" => Ok(OnHolidays::Also),
        _ => Err(Problem::new(Code::Usage).with("text", text)),
    }
}

fn find_window<'a>(rules: &'a mut Rules, name: &str) -> Outcome<&'a mut Window> {
    rules
        .windows
        .iter_mut()
        .find(|window| window.name == name)
        .ok_or_else(|| Problem::new(Code::UnknownWindow).with("name", name))
}

fn windows_view(board: &Board, drawn: Drawn, now_next: u32) -> Windows {
    Windows {
        windows: board.rules.windows.iter().map(window_view).collect(),
        moved: drawn.moved,
        now_next,
    }
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

fn holidays_view(rules: &Rules, moved: Vec<kossori_api::MovedView>) -> HolidaysView {
    let covered = match rules.holidays {
        HolidayTable::Jp => {
            let mut years = kossori_core::holidays::japanese_holidays().map(|day| day.year());
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
        moved,
    }
}

fn spacing_view(
    spacing: &crate::planning::SpacingSettings,
    moved: Vec<kossori_api::MovedView>,
) -> SpacingView {
    let part = |spacing: &Spacing| SpacingPart {
        gap_minutes: spacing.gap_minutes,
        per_window: spacing.per_window,
        jitter: spacing.jitter,
        persona_gap_minutes: spacing.persona_gap_minutes,
    };
    SpacingView {
        default: part(&spacing.default),
        accounts: spacing
            .accounts
            .iter()
            .map(|(id, own)| (id.to_string(), part(own)))
            .collect(),
        moved,
    }
}
