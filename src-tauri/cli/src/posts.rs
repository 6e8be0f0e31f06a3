//! `post`: queue one, or see what the guard says of it.

use std::collections::BTreeMap;

use clap::{ArgMatches, Args, Subcommand};
use kossori_api::{
    Code, ContentInput, Findings, MediaInput, PartInput, PostAdded, PostInput, Problem, Request, WhenInput,
};
use serde::Deserialize;
use serde_json::Value;

use crate::content::{self, Content, bad_json, json_input, network_named, usage, visibility_named};
use crate::cost::dollars;
use crate::queue;
use crate::task::{Outcome, Task, read};
use crate::words::Words;

#[derive(Subcommand)]
pub enum Post {
    /// Queue a post: one delivery for each account
    #[command(after_help = ADD_HELP)]
    Add(Box<New>),
    /// What the checks say of it; nothing is queued
    #[command(after_help = "Example:\n  kossorictl post check --account ID --text 'Hello'")]
    Check(Box<New>),
    /// Hand a post on as it is, from each account named
    #[command(after_help = "Example:\n  kossorictl post repost https://example.social/@me/1 --account ID")]
    Repost(Box<Repost>),
    /// Take down, at its network, what was sent; of a thread all that is there
    #[command(after_help = "Example:\n  kossorictl post delete ID")]
    Delete {
        /// The delivery, as `queue list --all` names it
        delivery: String,
    },
}

const ADD_HELP: &str = "\
Example:
  kossorictl post add --account ID --stdin < text
  kossorictl post add --account ID --text 'Look' --media cat.jpg --alt 'A cat'
  kossorictl post add --json-stdin <<< '{\"accounts\":[\"ID\"],\"parts\":[{\"text\":\"Hello\",\"media\":[{\"path\":\"/tmp/cat.jpg\",\"alt\":\"A cat\"}]}],\"when\":{\"next\":true}}'

Others on this machine can read arguments while the command runs: --stdin, --text-file and --json-stdin are private.
With --thread a line of --- alone starts a new part, and a part still too long is split at a sentence;
with --numbered each part also ends with its number, counted within the limit.";

#[derive(Args)]
pub struct New {
    /// Who posts it; may be named more than once
    #[arg(long = "account", value_name = "ID")]
    accounts: Vec<String>,
    #[command(flatten)]
    content: Content,
    /// Take everything from a JSON object on standard input; flags go over it
    #[arg(long, group = "source")]
    json_stdin: bool,
    /// Take a draft's content; the draft is gone once it is queued
    #[arg(long, value_name = "ID", group = "source")]
    draft: Option<String>,
    /// A line of --- alone starts a new part; what is still too long is split
    #[arg(long)]
    thread: bool,
    /// A thread whose parts end with their numbers: 2/5
    #[arg(long)]
    numbered: bool,
    #[command(flatten)]
    when: When,
    #[command(flatten)]
    from: FromDay,
    /// Let the exact time go outside the windows, for this post alone
    #[arg(long)]
    override_window: bool,
    /// Not after this time
    #[arg(long, value_name = "TIME")]
    expires: Option<String>,
    /// Wait for a second look before it goes
    #[arg(long)]
    hold: bool,
    /// Yes, from this official or anonymous account
    #[arg(long)]
    confirm_persona: bool,
    /// The zone that times are read in [default: the system's]
    #[arg(long, value_name = "Z")]
    zone: Option<String>,
}

#[derive(Args, Clone)]
#[group(id = "when", multiple = false)]
pub struct When {
    /// In the next quiet window: the default
    #[arg(long)]
    next: bool,
    /// In the next occurrence of this window
    #[arg(long, value_name = "NAME")]
    window: Option<String>,
    /// At this time: 2026-11-25 12:30, 12:30 or RFC 3339
    #[arg(long, value_name = "TIME")]
    at: Option<String>,
}

/// Beside a window or the next one, so in no group with them.
#[derive(Args, Clone)]
pub struct FromDay {
    /// Not before this day: 2026-12-01; with --window the day on which that window opens
    #[arg(long, value_name = "DATE", conflicts_with = "at")]
    day: Option<String>,
}

impl When {
    /// What is not typed is as `base` has it.
    pub fn over(self, from: FromDay, base: WhenInput) -> WhenInput {
        let day = match &base {
            WhenInput::FromDay { day, .. } => Some(day.clone()),
            WhenInput::Next | WhenInput::Window(_) | WhenInput::At(_) => None,
        };
        let when = match (self.next, self.window, self.at) {
            (_, Some(name), _) => WhenInput::Window(name),
            (_, _, Some(at)) => return WhenInput::At(at),
            (true, ..) => WhenInput::Next,
            _ => base,
        };
        let Some(day) = from.day.or(day) else { return when };
        let window = match when {
            WhenInput::Window(name) => Some(name),
            WhenInput::FromDay { window, .. } => window,
            WhenInput::Next | WhenInput::At(_) => None,
        };
        WhenInput::FromDay { day, window }
    }
}

#[derive(Args)]
pub struct Repost {
    /// The post's address
    url: String,
    /// Who hands it on; may be named more than once
    #[arg(long = "account", value_name = "ID", required = true)]
    accounts: Vec<String>,
    #[command(flatten)]
    when: When,
    #[command(flatten)]
    from: FromDay,
    /// Let the exact time go outside the windows, for this post alone
    #[arg(long)]
    override_window: bool,
    /// Not after this time
    #[arg(long, value_name = "TIME")]
    expires: Option<String>,
    /// Wait for a second look before it goes
    #[arg(long)]
    hold: bool,
    /// Yes, from this official or anonymous account
    #[arg(long)]
    confirm_persona: bool,
    /// The zone that times are read in [default: the system's]
    #[arg(long, value_name = "Z")]
    zone: Option<String>,
}

impl Repost {
    fn input(self) -> PostInput {
        PostInput {
            accounts: self.accounts,
            content: ContentInput {
                repost: Some(self.url),
                ..ContentInput::default()
            },
            when: self.when.over(self.from, WhenInput::Next),
            override_window: self.override_window,
            expires: self.expires,
            hold: self.hold,
            confirm_persona: self.confirm_persona,
            zone: self.zone,
            ..PostInput::default()
        }
    }
}

pub fn task(post: Post, leaf: &ArgMatches) -> Outcome<Task> {
    Ok(match post {
        Post::Add(new) => Task::ask(Request::PostAdd(input(*new, leaf)?), show_added),
        Post::Check(new) => Task::ask(Request::PostCheck(input(*new, leaf)?), show_findings),
        Post::Repost(repost) => Task::ask(Request::PostAdd(repost.input()), show_added),
        Post::Delete { delivery } => Task::ask(Request::PostDelete { id: delivery }, queue::show_one),
    })
}

fn input(new: New, leaf: &ArgMatches) -> Outcome<PostInput> {
    let base = if new.json_stdin {
        of_json(json_input()?)?
    } else {
        PostInput::default()
    };
    if new.draft.is_some() && !new.content.is_empty() {
        // The draft's own content goes out: what is typed beside it would be lost.
        return Err(usage("--draft"));
    }
    let content = new.content.over(base.content, leaf)?;
    if new.draft.is_none() {
        content::not_nothing(&content)?;
    }
    let mut accounts = base.accounts;
    accounts.extend(new.accounts);
    Ok(PostInput {
        accounts,
        content,
        draft: new.draft,
        base_rev: None,
        thread: base.thread || new.thread,
        numbered: base.numbered || new.numbered,
        when: new.when.over(new.from, base.when),
        override_window: base.override_window || new.override_window,
        expires: new.expires.or(base.expires),
        hold: base.hold || new.hold,
        // The window's: what was taken back there goes on as it was.
        hold_until: None,
        again: None,
        confirm_persona: base.confirm_persona || new.confirm_persona,
        zone: new.zone.or(base.zone),
    })
}

/// `--json-stdin`, as the contract has it.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Written {
    accounts: Vec<String>,
    parts: Vec<WrittenPart>,
    cw: Option<String>,
    visibility: Option<String>,
    lang: Option<String>,
    reply_to: Option<String>,
    quote: Option<String>,
    repost: Option<String>,
    quiet_reply: bool,
    variants: BTreeMap<String, String>,
    when: Option<WrittenWhen>,
    override_window: bool,
    expires: Option<String>,
    confirm_persona: bool,
    hold: bool,
    thread: bool,
    numbered: bool,
    zone: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct WrittenPart {
    text: String,
    media: Vec<WrittenMedia>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenMedia {
    path: std::path::PathBuf,
    #[serde(default)]
    alt: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum WrittenWhen {
    Next(bool),
    Window(String),
    At(String),
    FromDay {
        day: String,
        #[serde(default)]
        window: Option<String>,
    },
}

fn of_json(value: Value) -> Outcome<PostInput> {
    if !value.is_object() {
        return Err(Problem::new(Code::BadJson).with("text", "1:1"));
    }
    let written: Written = serde_json::from_value(value).map_err(|error| bad_json(&error))?;
    let mut parts = Vec::new();
    for part in written.parts {
        let mut media = Vec::new();
        for picture in part.media {
            let path = content::file(&picture.path)?;
            media.push(MediaInput {
                path: Some(path),
                media: None,
                alt: picture.alt,
            });
        }
        parts.push(PartInput {
            text: part.text,
            media,
        });
    }
    let mut variants = BTreeMap::new();
    for (network, text) in written.variants {
        variants.insert(network_named(&network)?, text);
    }
    Ok(PostInput {
        accounts: written.accounts,
        content: ContentInput {
            parts,
            cw: written.cw,
            visibility: written.visibility.as_deref().map(visibility_named).transpose()?,
            lang: written.lang,
            reply_to: written.reply_to,
            quote: written.quote,
            repost: written.repost,
            quiet_reply: written.quiet_reply,
            variants,
        },
        draft: None,
        base_rev: None,
        thread: written.thread,
        numbered: written.numbered,
        when: match written.when {
            None | Some(WrittenWhen::Next(true)) => WhenInput::Next,
            Some(WrittenWhen::Next(false)) => return Err(usage("when")),
            Some(WrittenWhen::Window(name)) => WhenInput::Window(name),
            Some(WrittenWhen::At(at)) => WhenInput::At(at),
            Some(WrittenWhen::FromDay { day, window }) => WhenInput::FromDay { day, window },
        },
        override_window: written.override_window,
        expires: written.expires,
        hold: written.hold,
        // The window's: what was taken back there goes on as it was.
        hold_until: None,
        again: None,
        confirm_persona: written.confirm_persona,
        zone: written.zone,
    })
}

fn show_added(words: &Words, answer: Value) -> Outcome<String> {
    let added: PostAdded = read(answer)?;
    let rows: Vec<Vec<String>> = added
        .deliveries
        .iter()
        .map(|delivery| {
            let reason = (delivery.state == "held").then_some("hold");
            let planned = words.planned(delivery.planned_at.as_deref(), delivery.window.as_deref(), reason);
            vec![delivery.id.clone(), words.word("state", &delivery.state), planned]
        })
        .collect();
    let findings = added.findings.iter().map(|finding| words.finding(finding));
    Ok(words.lines(
        [words.say("cli.queued", &[]), words.table(&rows)]
            .into_iter()
            .chain(findings)
            .chain([words.moved(&added.moved)]),
    ))
}

fn show_findings(words: &Words, answer: Value) -> Outcome<String> {
    let found: Findings = read(answer)?;
    let costs = found.accounts.iter().filter_map(|(id, check)| {
        let cost = dollars(check.cost_usd?);
        Some(words.say("cli.checked_cost", &[("account", id), ("cost", &cost)]))
    });
    let accounts = found.accounts.iter().map(|(id, check)| {
        let (length, limit) = (check.length.to_string(), check.limit.to_string());
        let bell = words.word("bell", &check.bells);
        words.say(
            "cli.checked",
            &[
                ("account", id),
                ("length", &length),
                ("limit", &limit),
                ("bell", &bell),
            ],
        )
    });
    let mut findings: Vec<String> = found
        .findings
        .iter()
        .map(|finding| words.finding(finding))
        .collect();
    if findings.is_empty() {
        findings.push(words.say("cli.no_findings", &[]));
    }
    Ok(words.lines(findings.into_iter().chain(accounts).chain(costs)))
}
