//! `kossorid`, the resident: it stays all day, hosts the data folder and stands in the tray.
//!
//! Read in this order: `life` (from its start to its end), `tray` (what a tray is, what it shows), then the platform's;
//! `digest` (the one sentence a day, for who wants it); `keys` (those that are heard everywhere); `renewal` (an update takes over).

mod life;
mod digest;
mod keys;
mod renewal;
mod tray;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use kossori_api::{Code, Problem};
use kossori_messages::Language;
use rustix::process::{DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit};

use crate::renewal::Renewal;
use crate::tray::Tray as _;

fn main() -> ExitCode {
    // The picture worker is answered before anything else is set up: no runtime, no threads, no files. Its memory
    // limit counts address space, and every thread would take its share of it.
    let mut arguments = std::env::args_os().skip(1);
    if arguments.next().is_some_and(|first| first == "--picture-worker") && arguments.next().is_none() {
        return kossori_media::picture_worker();
    }
    keep_memory_private();
    let language = language();
    let renewal = Arc::new(Renewal::of_process());
    let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    let ended = data_dir(arguments.iter().cloned()).and_then(|data_dir| {
        let renewal = Arc::clone(&renewal);
        tray::of_this_platform().run(move |port| life::live(data_dir, language, port, renewal))
    });
    renewal.take_over(&arguments);
    let code = match ended {
        Ok(()) => 0,
        Err(problem) => complain(language, &problem),
    };
    kossori_host::leave(code)
}

/// Tokens and texts pass through here: no core dump, and no other process of the person looks in.
fn keep_memory_private() {
    // A system that refuses either still has its posts go out.
    let _ = setrlimit(
        Resource::Core,
        Rlimit {
            current: Some(0),
            maximum: Some(0),
        },
    );
    let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
}

/// The one flag that there is.
fn data_dir(mut arguments: impl Iterator<Item = OsString>) -> Result<PathBuf, Problem> {
    let usage = |text: &OsString| Problem::new(Code::Usage).with("text", text.to_string_lossy());
    let mut given = None;
    while let Some(argument) = arguments.next() {
        let value = argument
            .to_str()
            .and_then(|text| text.strip_prefix("--data-dir="));
        given = Some(match value {
            Some(value) => PathBuf::from(value),
            None if argument == "--data-dir" => arguments
                .next()
                .map(PathBuf::from)
                .ok_or_else(|| usage(&argument))?,
            None => return Err(usage(&argument)),
        });
    }
    kossori_host::data_dir(given)
}

fn language() -> Language {
    let of = |name: &str| std::env::var(name).ok();
    let (all, messages, lang) = (of("LC_ALL"), of("LC_MESSAGES"), of("LANG"));
    Language::from_environment(all.as_deref(), messages.as_deref(), lang.as_deref())
}

#[allow(clippy::print_stderr, reason = "it came to no tray to say it in")]
fn complain(language: Language, problem: &Problem) -> u8 {
    eprintln!(
        "kossorid: {}",
        kossori_messages::problem(language, problem).message
    );
    problem.code.exit() as u8
}
