//! `plan`, `status`, `journal`, `timeline`, `practice`: looking on.

use clap::{Args, Subcommand, ValueEnum};
use kossori_api::{
    FaultInput, Journal as JournalAnswer, JournalInput, Plan as PlanAnswer, Request, Status as StatusAnswer,
    Timeline as TimelineAnswer,
};
use serde_json::Value;

use crate::content::usage;
use crate::task::{Outcome, Show, Task, read};
use crate::words::{Words, why};

#[derive(Args)]
pub struct Plan {
    /// So many days ahead
    #[arg(long, value_name = "N", conflicts_with = "on")]
    days: Option<u32>,
    /// This day alone
    #[arg(long, value_name = "DATE")]
    on: Option<String>,
}

#[derive(Args)]
pub struct Journal {
    /// From this time on
    #[arg(long, value_name = "T")]
    since: Option<String>,
    /// Before this time
    #[arg(long, value_name = "T")]
    until: Option<String>,
    /// The newest N rows
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    limit: Option<u32>,
    /// As a table for other programs
    #[arg(long)]
    csv: bool,
}

#[derive(Args)]
pub struct Timeline {
    account: String,
}

#[derive(Subcommand)]
pub enum Practice {
    /// What the account's next post meets
    #[command(after_help = "Example:\n  kossorictl practice next ID lost-answer")]
    Next { account: String, fault: Fault },
}

#[derive(Clone, Copy, ValueEnum)]
pub enum Fault {
    /// It is there, but the answer is lost
    LostAnswer,
    /// The network says no
    Refuse,
    /// Too many posts
    RateLimit,
    /// The sign-in has ended
    SignOut,
    /// The answer takes its time
    Slow,
}

pub fn plan(typed: Plan) -> Task {
    Task::ask(
        Request::Plan {
            days: typed.days,
            on: typed.on,
        },
        show_plan,
    )
}

pub fn status() -> Task {
    Task::ask(Request::Status, show_status)
}

pub fn journal(typed: Journal, json: bool) -> Outcome<Task> {
    if typed.csv && json {
        return Err(usage("--csv --json"));
    }
    let show: Show = if typed.csv { show_csv } else { show_journal };
    let rows = JournalInput {
        since: typed.since,
        until: typed.until,
        limit: typed.limit,
        outcomes: false,
    };
    Ok(Task::ask(Request::Journal(rows), show))
}

pub fn timeline(typed: Timeline) -> Task {
    Task::ask(
        Request::Timeline {
            account: typed.account,
        },
        show_timeline,
    )
}

pub fn practice(typed: Practice) -> Task {
    let Practice::Next { account, fault } = typed;
    let fault = match fault {
        Fault::LostAnswer => FaultInput::LostAnswer,
        Fault::Refuse => FaultInput::Refuse,
        Fault::RateLimit => FaultInput::RateLimit,
        Fault::SignOut => FaultInput::SignOut,
        Fault::Slow => FaultInput::Slow,
    };
    Task::ask(Request::PracticeNext { account, fault }, |words, _| {
        Ok(words.say("cli.fault_set", &[]))
    })
}

fn show_plan(words: &Words, answer: Value) -> Outcome<String> {
    let plan: PlanAnswer = read(answer)?;
    let mut lines = Vec::new();
    for delivery in &plan.deliveries {
        let planned = words.planned(
            delivery.planned_at.as_deref(),
            delivery.window.as_deref(),
            delivery.reason.as_deref(),
        );
        lines.push(words.table(&[vec![delivery.id.clone(), planned]]));
        for reason in &delivery.why_not_sooner {
            lines.push(format!(
                "    {}",
                why(words.language, &reason.code, reason.until.as_deref())
            ));
        }
    }
    if lines.is_empty() {
        lines.push(words.say("cli.plan_empty", &[]));
    }
    lines.extend(plan.notes.iter().map(|note| words.word("cli", note)));
    Ok(words.lines(lines))
}

fn show_status(words: &Words, answer: Value) -> Outcome<String> {
    let status: StatusAnswer = read(answer)?;
    let (host, state) = (
        words.word("host", &status.host),
        words.word("status", &status.state),
    );
    let mut lines = vec![words.say("cli.status_row", &[("host", &host), ("state", &state)])];
    lines.extend(status.reason.iter().flat_map(|reason| words.halted(reason)));
    lines.extend(status.waits.iter().map(|waiting| words.word("wait", waiting)));
    lines.extend(
        status
            .next_at
            .map(|at| words.say("cli.next_at", &[("at", &words.time(&at))])),
    );
    lines.extend(status.counts.iter().filter(|(_, n)| **n > 0).map(|(state, n)| {
        words.say(
            "cli.count_row",
            &[("state", &words.word("state", state)), ("count", &n.to_string())],
        )
    }));
    Ok(words.lines(lines))
}

fn show_journal(words: &Words, answer: Value) -> Outcome<String> {
    let journal: JournalAnswer = read(answer)?;
    if journal.entries.is_empty() {
        return Ok(words.say("cli.journal_empty", &[]));
    }
    let rows: Vec<Vec<String>> = journal
        .entries
        .into_iter()
        .map(|entry| {
            vec![
                words.exact_time(&entry.at),
                words.word("event", &entry.event),
                entry.delivery.unwrap_or_default(),
                entry.detail.unwrap_or_default(),
            ]
        })
        .collect();
    Ok(words.table(&rows))
}

/// RFC 4180, in the journal's own words: it is for programs.
fn show_csv(_: &Words, answer: Value) -> Outcome<String> {
    let journal: JournalAnswer = read(answer)?;
    let mut csv = "at,delivery,attempt,event,detail\r\n".to_owned();
    for entry in journal.entries {
        let cells = [
            entry.at,
            entry.delivery.unwrap_or_default(),
            entry.attempt.unwrap_or_default(),
            entry.event,
            entry.detail.unwrap_or_default(),
        ];
        csv.push_str(&cells.map(|cell| quoted(&cell)).join(","));
        csv.push_str("\r\n");
    }
    Ok(csv)
}

fn quoted(cell: &str) -> String {
    if cell.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", cell.replace('"', "\"\""))
    } else {
        cell.to_owned()
    }
}

fn show_timeline(words: &Words, answer: Value) -> Outcome<String> {
    let timeline: TimelineAnswer = read(answer)?;
    if timeline.posts.is_empty() {
        return Ok(words.say("cli.timeline_empty", &[]));
    }
    let mut lines = Vec::new();
    for post in timeline.posts {
        lines.push(words.time(&post.published_at));
        lines.extend(post.cw);
        lines.push(post.text);
        lines.extend(
            post.media
                .iter()
                .map(|picture| words.say("cli.picture_alt", &[("alt", &picture.alt)])),
        );
    }
    Ok(words.lines(lines))
}
