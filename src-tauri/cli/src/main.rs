//! `kossorictl`: a client of whoever hosts the data folder, and the host for one command if nobody does.
//!
//! Read in this order: `args` (every command), `task` (what a command comes to), `session` (who answers), then the
//! commands, each group in its file: its flags, the request they make, and how the answer is read out.

// A command line speaks on its standard output and error.
#![allow(clippy::print_stdout, clippy::print_stderr)]

mod args;
mod task;
mod session;
mod words;
mod fill;
mod complain;

mod accounts;
mod sign_in;
mod content;
mod drafts;
mod posts;
mod queue;
mod windows;
mod today;
mod cost;
mod look;
mod folder;
mod run;

use rustix::process::{DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit};

fn main() {
    keep_memory_private();
    let words = words::Words::of_process();
    let raw: Vec<std::ffi::OsString> = std::env::args_os().collect();
    let json = args::asks_for_json(&raw);
    let outcome = args::read(raw).and_then(|call| match call {
        args::Call::Said(text) => Ok(task::Done::plain(text)),
        args::Call::Command(command) => task::run_to_end(*command, &words),
    });
    let exit = match outcome {
        Ok(done) => complain::answer(&done, json),
        Err(refusal) => complain::refuse(&refusal, &words, json),
    };
    kossori_host::leave(exit as u8)
}

/// Tokens and texts pass through here: no core dump, and no other process of the person looks in.
fn keep_memory_private() {
    // A system that refuses either still runs the command.
    let _ = setrlimit(
        Resource::Core,
        Rlimit {
            current: Some(0),
            maximum: Some(0),
        },
    );
    let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
}
