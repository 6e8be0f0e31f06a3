//! `queue`: what waits, and what a person decides about it.

use clap::{ArgMatches, Args, Subcommand};
use kossori_api::{
    Deliveries, DeliveryDetail, DeliveryView, Moved, Removed, Request, Resolution, Resolved, WhenInput,
};
use serde_json::Value;

use crate::content::{self, Content};
use crate::posts::{FromDay, When};
use crate::session::Session;
use crate::task::{Outcome, Task, read};
use crate::words::{Words, one_line};

#[derive(Subcommand)]
pub enum Queue {
    /// What is not final, and what was rejected or missed
    #[command(after_help = "Example:\n  kossorictl queue list --all")]
    List {
        /// Every one, sent ones too
        #[arg(long)]
        all: bool,
    },
    /// All of one, with its findings and tries
    #[command(after_help = "Example:\n  kossorictl queue show ID")]
    Show { id: String },
    /// Change what was written; what is not named stays
    #[command(after_help = "Example:\n  kossorictl queue edit ID --text 'Better words'")]
    Edit(Box<TypedEdit>),
    /// Change when it goes
    #[command(after_help = "Example:\n  kossorictl queue when ID --window lunch --day 2026-12-01")]
    When(TypedWhen),
    /// To a position, from 1, among those without an exact time
    #[command(after_help = "Example:\n  kossorictl queue move ID --to 1")]
    Move {
        id: String,
        #[arg(long, value_name = "N")]
        to: u32,
    },
    /// Wait for a second look
    #[command(after_help = "Example:\n  kossorictl queue hold ID --until '2026-11-25 09:00'")]
    Hold(Hold),
    /// Let it go
    #[command(after_help = "Example:\n  kossorictl queue approve ID")]
    Approve {
        id: String,
        /// Yes, from this official or anonymous account
        #[arg(long)]
        confirm_persona: bool,
        /// Although something like it is there that a copy of this folder may have sent
        #[arg(long)]
        anyway: bool,
    },
    /// Try again what was turned away or waits to be tried
    #[command(after_help = "Example:\n  kossorictl queue retry ID")]
    Retry { id: String },
    /// Take it back; its text becomes a draft
    #[command(after_help = "Example:\n  kossorictl queue remove ID")]
    Remove {
        id: String,
        /// Forget the text too
        #[arg(long)]
        discard: bool,
    },
    /// Decide about one whose outcome nobody knows
    #[command(after_help = "Example:\n  kossorictl queue resolve ID --not-there")]
    Resolve(Resolve),
}

#[derive(Args)]
pub struct TypedEdit {
    id: String,
    #[command(flatten)]
    content: Content,
    /// A line of --- alone starts a new part; what is still too long is split
    #[arg(long)]
    thread: bool,
    /// A thread whose parts end with their numbers, made anew
    #[arg(long)]
    numbered: bool,
    /// Yes, from this official or anonymous account
    #[arg(long)]
    confirm_persona: bool,
}

#[derive(Args)]
#[command(group(clap::ArgGroup::new("a_time").required(true).args(["next", "window", "at"])))]
pub struct TypedWhen {
    id: String,
    #[command(flatten)]
    when: When,
    #[command(flatten)]
    from: FromDay,
    /// Let the exact time go outside the windows, for this post alone
    #[arg(long)]
    override_window: bool,
    /// The zone that the time is read in [default: the system's]
    #[arg(long, value_name = "Z")]
    zone: Option<String>,
}

#[derive(Args)]
pub struct Hold {
    id: String,
    /// Ask again at this time
    #[arg(long, value_name = "T")]
    until: Option<String>,
    /// The zone that the time is read in [default: the system's]
    #[arg(long, value_name = "Z")]
    zone: Option<String>,
}

#[derive(Args)]
#[command(group(clap::ArgGroup::new("found").required(true).args(["there", "not_there", "leave"])))]
pub struct Resolve {
    id: String,
    /// It is there
    #[arg(long)]
    there: bool,
    /// Where it is; for a part of a thread that others wait behind, on the account's own server
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// It is not there: look once more, then queue it again
    #[arg(long)]
    not_there: bool,
    /// Leave it as it is; it will not be sent again
    #[arg(long)]
    leave: bool,
}

/// An edit that begins with what is there.
pub struct Edit {
    id: String,
    content: Content,
    thread: bool,
    numbered: bool,
    confirm_persona: bool,
    leaf: ArgMatches,
}

pub fn task(queue: Queue, leaf: &ArgMatches) -> Outcome<Task> {
    Ok(match queue {
        Queue::List { all } => Task::ask(Request::QueueList { all }, show_list),
        Queue::Show { id } => Task::ask(Request::QueueShow { id }, show_one),
        Queue::Edit(typed) => {
            if typed.content.is_empty() && !typed.thread && !typed.numbered {
                return Err(kossori_api::Code::NoContent.into());
            }
            let TypedEdit {
                id,
                content,
                thread,
                numbered,
                confirm_persona,
            } = *typed;
            Task::EditQueued(Edit {
                id,
                content,
                thread,
                numbered,
                confirm_persona,
                leaf: leaf.clone(),
            })
        }
        Queue::When(typed) => {
            let request = Request::QueueWhen {
                id: typed.id,
                when: typed.when.over(typed.from, WhenInput::Next),
                override_window: typed.override_window,
                zone: typed.zone,
                expires: None,
            };
            Task::ask(request, show_moved)
        }
        Queue::Move { id, to } => Task::ask(Request::QueueMove { id, to }, show_moved),
        Queue::Hold(Hold { id, until, zone }) => {
            Task::ask(Request::QueueHold { id, until, zone }, show_moved)
        }
        Queue::Approve {
            id,
            confirm_persona,
            anyway,
        } => {
            let request = Request::QueueApprove {
                id,
                confirm_persona,
                anyway,
            };
            Task::ask(request, show_moved)
        }
        Queue::Retry { id } => Task::ask(Request::QueueRetry { id }, show_moved),
        Queue::Remove { id, discard } => Task::ask(Request::QueueRemove { id, discard }, show_removed),
        Queue::Resolve(typed) => {
            // clap waives `requires` where the flag that is missing excludes one that is there.
            if typed.url.is_some() && !typed.there {
                return Err(content::usage("--url"));
            }
            let resolution = if typed.there {
                Resolution::There { url: typed.url }
            } else if typed.not_there {
                Resolution::NotThere
            } else {
                Resolution::Leave
            };
            Task::ask(
                Request::QueueResolve {
                    id: typed.id,
                    resolution,
                },
                show_resolved,
            )
        }
    })
}

impl Edit {
    pub async fn carry_out(self, session: &Session) -> Outcome<Value> {
        let old: DeliveryDetail = read(session.ask(&Request::QueueShow { id: self.id.clone() }).await?)?;
        let mut base = content::kept(old.content)?;
        if (self.thread || self.numbered) && self.content.has_text() {
            // What is typed is the whole thread's, and not its first part's alone.
            base.parts.iter_mut().skip(1).for_each(|part| part.text.clear());
        }
        let content = self.content.over(base, &self.leaf)?;
        let (thread, numbered, confirm_persona) = (self.thread, self.numbered, self.confirm_persona);
        session
            .ask(&Request::QueueEdit {
                id: self.id,
                content,
                thread,
                numbered,
                confirm_persona,
            })
            .await
    }
}

pub fn show_moved(words: &Words, answer: Value) -> Outcome<String> {
    let moved: Moved = read(answer)?;
    Ok(words.lines([words.done(), words.moved(&moved.moved)]))
}

fn show_removed(words: &Words, answer: Value) -> Outcome<String> {
    let removed: Removed = read(answer)?;
    let said = match &removed.draft {
        Some(id) => words.say("cli.text_back", &[("id", id)]),
        None => words.say("cli.text_discarded", &[]),
    };
    Ok(words.lines([said, words.moved(&removed.moved)]))
}

fn show_list(words: &Words, answer: Value) -> Outcome<String> {
    let list: Deliveries = read(answer)?;
    if list.deliveries.is_empty() {
        return Ok(words.say("cli.queue_empty", &[]));
    }
    let rows: Vec<Vec<String>> = list
        .deliveries
        .iter()
        .map(|delivery| row(words, delivery))
        .collect();
    Ok(words.table(&rows))
}

fn row(words: &Words, delivery: &DeliveryView) -> Vec<String> {
    vec![
        delivery.id.clone(),
        words.word("state", &delivery.state),
        time_of(words, delivery),
        one_line(&said(words, delivery)),
    ]
}

fn time_of(words: &Words, delivery: &DeliveryView) -> String {
    match (&delivery.sent_at, delivery.state.as_str()) {
        (Some(at), _) => words.time(at),
        (None, "queued" | "held") => words.planned(
            delivery.planned_at.as_deref(),
            delivery.window.as_deref(),
            delivery.reason.as_deref(),
        ),
        _ => String::new(),
    }
}

fn show_resolved(words: &Words, answer: Value) -> Outcome<String> {
    let resolved: Resolved = read(answer)?;
    Ok(words.lines([in_full(words, &resolved.detail), words.moved(&resolved.moved)]))
}

pub fn show_one(words: &Words, answer: Value) -> Outcome<String> {
    let detail: DeliveryDetail = read(answer)?;
    Ok(in_full(words, &detail))
}

fn in_full(words: &Words, detail: &DeliveryDetail) -> String {
    let delivery = &detail.delivery;
    let mut lines = vec![
        delivery.id.clone(),
        words.word("state", &delivery.state),
        time_of(words, delivery),
    ];
    if matches!(delivery.state.as_str(), "unknown" | "needs_you") {
        lines.push(outcome_open(words, delivery));
    }
    lines.extend(
        delivery
            .waits
            .as_deref()
            .map(|waiting| words.word("wait", waiting)),
    );
    if delivery.parts > 1 {
        let (sent, parts) = (delivery.parts_sent.to_string(), delivery.parts.to_string());
        lines.push(words.say("cli.parts", &[("sent", &sent), ("parts", &parts)]));
    }
    if let WhenInput::FromDay { day, .. } = &delivery.when {
        lines.push(words.say("cli.from_day", &[("day", day)]));
    }
    lines.extend(
        delivery
            .expires_at
            .as_deref()
            .map(|at| words.say("cli.expires", &[("at", &words.time(at))])),
    );
    if let Some(said) = delivery.said.as_deref() {
        lines.push(words.word("said", said));
        lines.push(words.word("said_next", said));
    }
    lines.extend(
        delivery
            .server_words
            .as_deref()
            .map(|said| words.say("cli.server_words", &[("words", said)])),
    );
    if delivery.frozen {
        lines.push(words.say("cli.frozen", &[]));
    }
    lines.extend(taken_down(words, delivery));
    lines.extend(delivery.url.clone());
    lines.push(said(words, delivery));
    lines.extend(detail.findings.iter().map(|finding| words.finding(finding)));
    if !detail.tries.is_empty() {
        lines.push(words.say("cli.tries", &[]));
        let rows: Vec<Vec<String>> = detail
            .tries
            .iter()
            .map(|one| {
                let outcome = one
                    .outcome
                    .as_deref()
                    .map(|outcome| words.word("event", outcome))
                    .unwrap_or_default();
                vec![
                    one.n.to_string(),
                    words.exact_time(&one.began_at),
                    outcome,
                    one.code.clone().unwrap_or_default(),
                ]
            })
            .collect();
        lines.push(words.table(&rows));
    }
    words.lines(lines)
}

/// Its text, or what it hands on.
fn said(words: &Words, delivery: &DeliveryView) -> String {
    match &delivery.repost {
        Some(url) => words.say("cli.hands_on", &[("url", url)]),
        None => delivery.text.clone(),
    }
}

/// What of it was taken down, or should perhaps be: more people see it than were meant to.
fn taken_down(words: &Words, delivery: &DeliveryView) -> Option<String> {
    if let Some(at) = &delivery.deleted_at {
        return Some(words.say("cli.deleted", &[("at", &words.time(at))]));
    }
    let left = &delivery.parts_there;
    if delivery.deletable && (left.len() as u64) < u64::from(delivery.parts_sent) {
        let left: Vec<String> = left.iter().map(u32::to_string).collect();
        let said = [("left", left.join(", ")), ("id", delivery.id.clone())];
        let said = said.each_ref().map(|(name, value)| (*name, value.as_str()));
        return Some(words.say("cli.partly_deleted", &said));
    }
    let differs = delivery.visibility_differs.as_ref()?;
    let (asked, got) = (
        words.word("ui.visibility", &differs.asked),
        words.word("ui.visibility", &differs.got),
    );
    let key = match delivery.deletable {
        true => "cli.visibility_differs",
        false => "cli.visibility_differs_only",
    };
    Some(words.say(key, &[("asked", &asked), ("got", &got), ("id", &delivery.id)]))
}

/// The one sentence that must not guess (RULES.md 5).
fn outcome_open(words: &Words, delivery: &DeliveryView) -> String {
    let time = delivery
        .asked_at
        .as_deref()
        .map(|at| words.time(at))
        .unwrap_or_default();
    let looks = delivery.looks.unwrap_or_default();
    let key = match (delivery.state.as_str(), looks) {
        ("unknown", _) if delivery.copied => "unknown.copy_looking",
        ("unknown", _) => "unknown.looking",
        _ if delivery.alike.is_some() => "unknown.alike",
        _ if delivery.copied => "unknown.copy",
        (_, 0) => "unknown.sentence_none",
        (_, 1) => "unknown.sentence_one",
        _ => "unknown.sentence",
    };
    words.say(
        key,
        &[
            ("handle", &delivery.account),
            ("time", &time),
            ("looks", &looks.to_string()),
            ("url", delivery.alike.as_deref().unwrap_or_default()),
        ],
    )
}
