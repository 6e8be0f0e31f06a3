//! `hide`, `unlock`, `adopt`, `backup`, `clock`, `doctor`: the folder, its keyring and its clock.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use kossori_api::{BackupView, Backups, Doctor as DoctorAnswer, Moved, Request};
use serde_json::Value;

use crate::args::not_built_yet;
use crate::session::Will;
use crate::task::{Outcome, Task, read};
use crate::words::Words;

#[derive(Subcommand)]
pub enum Backup {
    /// All of them
    #[command(after_help = "Example:\n  kossorictl backup list")]
    List,
    /// One more, now
    #[command(after_help = "Example:\n  kossorictl backup make")]
    Make,
    /// Back to one; the folder is paused until adopted
    #[command(after_help = "Example:\n  kossorictl backup restore ID")]
    Restore { id: String },
}

#[derive(Subcommand)]
pub enum Clock {
    /// It is right: go on
    #[command(after_help = "Example:\n  kossorictl clock confirm")]
    Confirm,
}

#[derive(Args)]
pub struct File {
    file: PathBuf,
}

#[derive(Args)]
pub struct Doctor {
    /// Write what helps to find a fault to a file (not built yet)
    #[arg(long, value_name = "FILE")]
    bundle: Option<PathBuf>,
}

pub fn unlock() -> Task {
    let show = |words: &Words, _: Value| Ok(words.say("cli.unlocked", &[]));
    Task::Ask {
        request: Request::Unlock,
        will: Will::MayPrompt,
        show,
    }
}

pub fn hide() -> Task {
    Task::ask(Request::Hide, |words, _| Ok(words.say("cli.hidden", &[])))
}

pub fn adopt() -> Task {
    Task::ask(Request::Adopt, |words, answer| {
        let moved: Moved = read(answer)?;
        Ok(words.lines([words.say("cli.adopted", &[]), words.moved(&moved.moved)]))
    })
}

pub fn backup(backup: Backup) -> Task {
    match backup {
        Backup::List => Task::Ask {
            request: Request::BackupList,
            will: Will::EvenShut,
            show: show_backups,
        },
        Backup::Make => Task::ask(Request::BackupMake, |words, answer| {
            let made: BackupView = read(answer)?;
            Ok(words.say("cli.backed_up", &[("id", &made.id)]))
        }),
        Backup::Restore { id } => {
            let show = |words: &Words, _: Value| Ok(words.say("cli.restored", &[]));
            Task::Ask {
                request: Request::BackupRestore { id },
                will: Will::EvenShut,
                show,
            }
        }
    }
}

pub fn clock(clock: &Clock) -> Task {
    let Clock::Confirm = clock;
    Task::ask(Request::ClockConfirm, |words, _| {
        Ok(words.say("cli.clock_confirmed", &[]))
    })
}

pub fn doctor(doctor: &Doctor) -> Outcome<Task> {
    if doctor.bundle.is_some() {
        return Err(not_built_yet("--bundle"));
    }
    Ok(Task::Ask {
        request: Request::Doctor,
        will: Will::EvenShut,
        show: show_doctor,
    })
}

fn show_backups(words: &Words, answer: Value) -> Outcome<String> {
    let list: Backups = read(answer)?;
    if list.backups.is_empty() {
        return Ok(words.say("cli.backups_none", &[]));
    }
    let rows: Vec<Vec<String>> = list
        .backups
        .iter()
        .map(|backup| {
            let damaged = match backup.whole {
                Some(false) => words.say("cli.backup_damaged", &[]),
                _ => String::new(),
            };
            vec![backup.id.clone(), words.time(&backup.at), damaged]
        })
        .collect();
    Ok(words.table(&rows))
}

fn show_doctor(words: &Words, answer: Value) -> Outcome<String> {
    let doctor: DoctorAnswer = read(answer)?;
    let mut lines = Vec::new();
    for check in doctor.checks {
        lines.push(check.message);
        lines.extend(check.hint);
    }
    Ok(words.lines(lines))
}
