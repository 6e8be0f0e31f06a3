//! `break`, `pause`, `closed`, `overtime`, `day-off`: the person's own time, as it is today.

use clap::{Args, Subcommand};
use kossori_api::{ClosedAdded, ClosedList, DaysOff, OvertimeView, Request, Spread};
use serde_json::Value;

use crate::content::usage;
use crate::task::{Outcome, Task, read};
use crate::words::Words;

#[derive(Args)]
pub struct BreakNow {
    /// 1 to 720, or `end`
    #[arg(value_name = "MINUTES|end")]
    length: String,
    /// For these accounts alone
    #[arg(long = "account", value_name = "ID")]
    accounts: Vec<String>,
}

#[derive(Args)]
pub struct Pause {
    /// Such as 90m, 2h or 1d
    #[arg(long = "for", value_name = "DUR", conflicts_with = "until")]
    duration: Option<String>,
    #[arg(long, value_name = "T")]
    until: Option<String>,
}

#[derive(Subcommand)]
pub enum Closed {
    /// Close a stretch of time
    #[command(
        after_help = "Example:\n  kossorictl closed add --from '2026-12-28 00:00' --to '2027-01-04 00:00'"
    )]
    Add {
        #[arg(long, value_name = "T")]
        from: String,
        #[arg(long, value_name = "T")]
        to: String,
        /// The zone that the times are read in [default: the system's]
        #[arg(long, value_name = "Z")]
        zone: Option<String>,
    },
    /// All of them
    #[command(after_help = "Example:\n  kossorictl closed list")]
    List,
    /// Open it again
    #[command(after_help = "Example:\n  kossorictl closed remove ID")]
    Remove { id: String },
}

#[derive(Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct Overtime {
    #[arg(long, value_name = "T", required = true)]
    until: Option<String>,
    #[command(subcommand)]
    what: Option<OvertimeWhat>,
}

#[derive(Subcommand)]
pub enum OvertimeWhat {
    /// Until when it goes on
    #[command(after_help = "Example:\n  kossorictl overtime show")]
    Show,
    /// No more overtime today
    #[command(after_help = "Example:\n  kossorictl overtime end")]
    End,
}

#[derive(Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct DayOff {
    /// Such as 2026-12-28 [default: today]
    date: Option<String>,
    #[command(subcommand)]
    what: Option<DayOffWhat>,
}

#[derive(Subcommand)]
pub enum DayOffWhat {
    /// All of them
    #[command(after_help = "Example:\n  kossorictl day-off list")]
    List,
    /// A day like any other again
    #[command(after_help = "Example:\n  kossorictl day-off remove 2026-12-28")]
    Remove { date: String },
}

pub fn break_now(typed: BreakNow) -> Outcome<Task> {
    if typed.length == "end" {
        if !typed.accounts.is_empty() {
            return Err(usage("--account"));
        }
        return Ok(Task::ask(Request::BreakEnd, show_spread));
    }
    let minutes = typed.length.parse().map_err(|_| usage(&typed.length))?;
    Ok(Task::ask(
        Request::BreakNow {
            minutes,
            accounts: typed.accounts,
            practice_only: false,
        },
        show_spread,
    ))
}

pub fn pause(typed: Pause) -> Task {
    Task::ask(
        Request::Pause {
            duration: typed.duration,
            until: typed.until,
        },
        show_spread,
    )
}

pub fn closed(typed: Closed) -> Task {
    match typed {
        Closed::Add { from, to, zone } => Task::ask(Request::ClosedAdd { from, to, zone }, show_closed_added),
        Closed::List => Task::ask(Request::ClosedList, show_closed),
        Closed::Remove { id } => Task::ask(Request::ClosedRemove { id }, show_spread),
    }
}

pub fn overtime(typed: Overtime) -> Outcome<Task> {
    Ok(match (typed.what, typed.until) {
        (Some(OvertimeWhat::Show), _) => Task::ask(Request::OvertimeShow, show_overtime),
        (Some(OvertimeWhat::End), _) => Task::ask(Request::OvertimeEnd, show_spread),
        (None, Some(until)) => Task::ask(Request::Overtime { until }, show_spread),
        (None, None) => return Err(usage("--until")),
    })
}

pub fn day_off(typed: DayOff) -> Task {
    match typed.what {
        Some(DayOffWhat::List) => Task::ask(Request::DayOffList, show_days_off),
        Some(DayOffWhat::Remove { date }) => Task::ask(Request::DayOffRemove { date }, show_spread),
        None => Task::ask(Request::DayOff { date: typed.date }, show_spread),
    }
}

/// What is open, what will go, what waits and why.
pub fn show_spread(words: &Words, answer: Value) -> Outcome<String> {
    let spread: Spread = read(answer)?;
    let mut lines = Vec::new();
    if spread.open.is_empty() {
        lines.push(words.say("cli.nothing_open", &[]));
    } else {
        lines.push(words.say("cli.open_next", &[]));
        let rows: Vec<Vec<String>> = spread
            .open
            .iter()
            .map(|open| vec![span(words, &open.from, &open.to), words.window(&open.window)])
            .collect();
        lines.push(words.table(&rows));
    }
    if spread.will_send.is_empty() {
        lines.push(words.say("cli.nothing_will_send", &[]));
    } else {
        lines.push(words.say("cli.will_send", &[]));
        let rows: Vec<Vec<String>> = spread
            .will_send
            .iter()
            .map(|will| vec![words.time(&will.at), will.delivery.clone()])
            .collect();
        lines.push(words.table(&rows));
    }
    if !spread.waits.is_empty() {
        lines.push(words.say("cli.waits", &[]));
        let rows: Vec<Vec<String>> = spread
            .waits
            .iter()
            .map(|wait| {
                let until = wait
                    .until
                    .as_deref()
                    .map(|until| words.time(until))
                    .unwrap_or_default();
                vec![wait.delivery.clone(), words.word("reason", &wait.reason), until]
            })
            .collect();
        lines.push(words.table(&rows));
    }
    lines.push(words.moved(&spread.moved));
    Ok(words.lines(lines))
}

fn show_closed_added(words: &Words, answer: Value) -> Outcome<String> {
    let added: ClosedAdded = read(answer.clone())?;
    Ok(words.lines([added.id, show_spread(words, answer)?]))
}

fn show_closed(words: &Words, answer: Value) -> Outcome<String> {
    let list: ClosedList = read(answer)?;
    if list.closed.is_empty() {
        return Ok(words.say("cli.closed_none", &[]));
    }
    let rows: Vec<Vec<String>> = list
        .closed
        .iter()
        .map(|closed| vec![closed.id.clone(), span(words, &closed.from, &closed.to)])
        .collect();
    Ok(words.table(&rows))
}

fn show_overtime(words: &Words, answer: Value) -> Outcome<String> {
    let overtime: OvertimeView = read(answer)?;
    Ok(match overtime.until {
        Some(until) => words.say("cli.overtime", &[("time", &words.time(&until))]),
        None => words.say("cli.overtime_none", &[]),
    })
}

fn show_days_off(words: &Words, answer: Value) -> Outcome<String> {
    let list: DaysOff = read(answer)?;
    if list.days.is_empty() {
        return Ok(words.say("cli.days_off_none", &[]));
    }
    Ok(words.lines(list.days))
}

fn span(words: &Words, from: &str, to: &str) -> String {
    words.say(
        "cli.span",
        &[("from", &words.time(from)), ("to", &words.time(to))],
    )
}
