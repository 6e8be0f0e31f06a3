//! The window program's shell: it shows the page, passes its requests to the folder's host and the host's events
//! back, and decides when the window comes and goes. No decision about posts lives here.
//!
//! What needs no web view compiles and is tested without one; `window`, behind the feature of that name, is the rest.

#![cfg_attr(
    not(feature = "window"),
    allow(dead_code, reason = "only the windows and the tests use it")
)]

mod arguments;
mod words;
mod page;
mod session;
mod stay;
mod place;
mod main_place;
mod outside;
mod open_draft;
#[cfg(feature = "window")]
mod window;

use std::process::ExitCode;

use arguments::Wish;
use words::Words;

pub fn run() -> ExitCode {
    let words = Words::of_process();
    match arguments::read(std::env::args_os().skip(1)) {
        Ok(Wish::Open(start)) => open(start, &words),
        Ok(Wish::Help) => words.tell(&words.say("shell.usage")),
        Ok(Wish::Version) => words.tell(concat!("kossori ", env!("CARGO_PKG_VERSION"))),
        Err(misread) => {
            words.complain(&misread.problem());
            words.complain_plainly("shell.usage");
            ExitCode::from(2)
        }
    }
}

#[cfg(feature = "window")]
fn open(start: arguments::Start, words: &Words) -> ExitCode {
    window::open(start, words)
}

#[cfg(not(feature = "window"))]
#[allow(clippy::print_stderr, reason = "there is no window to say it in")]
fn open(_: arguments::Start, _: &Words) -> ExitCode {
    eprintln!(
        "This kossori was built without its window; build it with --features window. / \
         この kossori は、ウィンドウなしでビルドされています。--features window を付けてビルドしてください。"
    );
    ExitCode::from(2)
}
