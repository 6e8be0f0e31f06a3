//! The command line as it is typed.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{ArgMatches, Args, CommandFactory, FromArgMatches, Parser, Subcommand};
use kossori_api::{Code, Problem, TYPED};

use crate::complain::Refusal;
use crate::{accounts, cost, drafts, folder, look, posts, queue, run, today, windows};

/// Writes a post down now and lets it go out by itself, once, in your next break.
#[derive(Parser)]
#[command(
    name = "kossorictl",
    version,
    propagate_version = true,
    subcommand_required = true
)]
#[command(
    after_help = "Example:\n  kossorictl account add practice --name me\n  kossorictl post add --account ID --text 'Hello'\n  kossorictl run --until-empty"
)]
pub struct Cli {
    /// The folder that holds drafts, queue and journal [default: $XDG_DATA_HOME/kossori]
    #[arg(long, global = true, value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// One JSON value on standard output; errors as JSON on standard error
    #[arg(long, global = true)]
    pub json: bool,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Subcommand)]
pub enum Command {
    /// The identities that post: one on one network each
    #[command(subcommand, after_help = "Example:\n  kossorictl account list")]
    Account(accounts::Account),
    /// Text that is being written, not queued
    #[command(subcommand, after_help = "Example:\n  kossorictl draft add --text 'An idea'")]
    Draft(drafts::Draft),
    /// Queue a post, or check one
    #[command(
        subcommand,
        after_help = "Example:\n  kossorictl post add --account ID --text 'Hello'"
    )]
    Post(posts::Post),
    /// What waits, and what became of it
    #[command(subcommand, after_help = "Example:\n  kossorictl queue list")]
    Queue(queue::Queue),
    /// Quiet windows: when posts may go out
    #[command(subcommand, after_help = "Example:\n  kossorictl window list")]
    Window(windows::Window),
    /// Work hours: when nothing goes out, save in a window inside them
    #[command(subcommand, after_help = "Example:\n  kossorictl hours show")]
    Hours(windows::Hours),
    /// A break that begins now, for so many minutes; `break end` ends it
    #[command(after_help = "Example:\n  kossorictl break 15")]
    Break(today::BreakNow),
    /// Nothing goes out, until resumed or for a while
    #[command(after_help = "Example:\n  kossorictl pause --for 2h")]
    Pause(today::Pause),
    /// Ends a pause
    #[command(after_help = "Example:\n  kossorictl resume")]
    Resume,
    /// Periods in which nothing goes out at all
    #[command(subcommand, after_help = "Example:\n  kossorictl closed list")]
    Closed(today::Closed),
    /// Work hours last longer today
    #[command(after_help = "Example:\n  kossorictl overtime --until 21:00")]
    Overtime(today::Overtime),
    /// A day that counts as a public holiday: today, or the one named
    #[command(name = "day-off", after_help = "Example:\n  kossorictl day-off 2026-12-28")]
    DayOff(today::DayOff),
    /// How far apart posts go out
    #[command(subcommand, after_help = "Example:\n  kossorictl spacing show")]
    Spacing(windows::Spacing),
    /// When everything will go, and why not sooner
    #[command(after_help = "Example:\n  kossorictl plan --days 7")]
    Plan(look::Plan),
    /// Publish, while this runs
    #[command(after_help = "Example:\n  kossorictl run --until-empty")]
    Run(run::Run),
    /// What is the matter, in one line
    #[command(after_help = "Example:\n  kossorictl status --json")]
    Status,
    /// What was tried when, and what came of it
    #[command(after_help = "Example:\n  kossorictl journal --since 2026-11-23")]
    Journal(look::Journal),
    /// The posts of a practice account
    #[command(after_help = "Example:\n  kossorictl timeline ID")]
    Timeline(look::Timeline),
    /// Make a practice account misbehave, to see every state
    #[command(
        subcommand,
        after_help = "Example:\n  kossorictl practice next ID lost-answer"
    )]
    Practice(look::Practice),
    /// Close the windows at once and veil the lists
    #[command(after_help = "Example:\n  kossorictl hide")]
    Hide,
    /// Open the keyring; it may ask you
    #[command(after_help = "Example:\n  kossorictl unlock")]
    Unlock,
    /// Go on with a data folder that is a copy
    #[command(after_help = "Example:\n  kossorictl adopt")]
    Adopt,
    /// Copies of the database, made by themselves
    #[command(subcommand, after_help = "Example:\n  kossorictl backup list")]
    Backup(folder::Backup),
    /// Which public holidays count
    #[command(subcommand, after_help = "Example:\n  kossorictl holidays set jp")]
    Holidays(windows::Holidays),
    /// Say that the clock is right
    #[command(subcommand, after_help = "Example:\n  kossorictl clock confirm")]
    Clock(folder::Clock),
    /// What posting costs where it is paid for, and the most that a month may cost
    #[command(subcommand, after_help = "Example:\n  kossorictl cost show")]
    Cost(cost::Cost),
    /// Write everything but tokens to an encrypted file (not built yet)
    #[command(after_help = "Example:\n  kossorictl export kossori.age")]
    Export(folder::File),
    /// Read such a file (not built yet)
    #[command(after_help = "Example:\n  kossorictl import kossori.age")]
    Import(folder::File),
    /// Look whether everything is in order
    #[command(after_help = "Example:\n  kossorictl doctor")]
    Doctor(folder::Doctor),
    /// Completions for a shell
    #[command(
        after_help = "Example:\n  kossorictl completions bash > ~/.local/share/bash-completion/completions/kossorictl"
    )]
    Completions(Completions),
}

#[derive(Args)]
pub struct Completions {
    pub shell: clap_complete::Shell,
}

/// A command line that was read.
pub enum Call {
    /// Help or version: what there is to say.
    Said(String),
    Command(Box<Typed>),
}

pub struct Typed {
    pub cli: Cli,
    /// The last subcommand's own matches: they know in which order flags stood.
    pub leaf: ArgMatches,
}

/// Told before parsing, because what cannot be parsed is to be refused in JSON too.
pub fn asks_for_json(raw: &[OsString]) -> bool {
    raw.iter()
        .skip(1)
        .take_while(|arg| *arg != "--")
        .any(|arg| arg == "--json")
}

pub fn read(raw: Vec<OsString>) -> Result<Call, Refusal> {
    let matches = match Cli::command().try_get_matches_from(raw) {
        Ok(matches) => matches,
        Err(error) => return of_clap(&error),
    };
    let mut leaf = &matches;
    while let Some((_, deeper)) = leaf.subcommand() {
        leaf = deeper;
    }
    match Cli::from_arg_matches(&matches) {
        Ok(cli) => Ok(Call::Command(Box::new(Typed {
            cli,
            leaf: leaf.clone(),
        }))),
        Err(error) => of_clap(&error),
    }
}

fn of_clap(error: &clap::Error) -> Result<Call, Refusal> {
    if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        return Ok(Call::Said(error.render().to_string()));
    }
    let usage = error.get(ContextKind::Usage).map(|usage| {
        let usage = usage.to_string();
        usage.trim().trim_start_matches("Usage:").trim().to_owned()
    });
    let problem = Problem::new(Code::Usage);
    // The usage is then the next step itself: what was typed, and what is missing.
    if let Some(missing) = what_is_missing(error)
        && let Some(typed) = usage.as_deref().and_then(|usage| usage.lines().next())
    {
        return Err(Refusal {
            problem: problem.with("text", missing).with(TYPED, typed),
            usage: None,
        });
    }
    Err(Refusal {
        problem: problem.with("text", what_is_wrong(error)),
        usage,
    })
}

/// The arguments that the command needs and that were not typed. Of several that stand for one another: `--a | --b`.
fn what_is_missing(error: &clap::Error) -> Option<String> {
    let Some(ContextValue::Strings(missing)) = error.get(ContextKind::InvalidArg) else {
        return None;
    };
    let plain = |arg: &String| match arg.strip_prefix('<').and_then(|arg| arg.strip_suffix('>')) {
        Some(group) if group.contains('|') => group.replace('|', " | "),
        _ => arg.clone(),
    };
    let is_missing = error.kind() == ErrorKind::MissingRequiredArgument;
    is_missing.then(|| missing.iter().map(plain).collect::<Vec<_>>().join(", "))
}

/// The word or flag that does not fit. The sentence around it is ours, in the person's language.
fn what_is_wrong(error: &clap::Error) -> String {
    let told = |kind: ContextKind| match error.get(kind) {
        Some(ContextValue::String(text)) if !text.is_empty() => Some(text.clone()),
        Some(ContextValue::Strings(texts)) if !texts.is_empty() => Some(texts.join(", ")),
        _ => None,
    };
    let arg = told(ContextKind::InvalidArg);
    let value = told(ContextKind::InvalidValue);
    match (arg, value) {
        // A value may be a text that nobody asked to see again: short ones only.
        (Some(arg), Some(value)) if value.chars().count() <= 40 => format!("{arg} {value}"),
        (Some(arg), _) => arg,
        _ => told(ContextKind::InvalidSubcommand)
            .or_else(|| told(ContextKind::ValidSubcommand))
            .unwrap_or_else(|| "kossorictl".to_owned()),
    }
}

/// `what` was typed and is of a later version: said, never ignored.
pub fn not_built_yet(what: &str) -> Problem {
    Problem::new(Code::NotBuiltYet).with("what", what)
}
