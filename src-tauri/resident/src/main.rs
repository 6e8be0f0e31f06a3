//! `kossorid`, the resident. For now it is the picture worker alone; the tray and the host come to live here later.

use std::process::ExitCode;

fn main() -> ExitCode {
    // The picture worker is answered before anything else is set up: no runtime, no threads, no files. Its memory
    // limit counts address space, and every thread would take its share of it.
    let mut arguments = std::env::args_os().skip(1);
    if arguments.next().is_some_and(|first| first == "--picture-worker") && arguments.next().is_none() {
        return kossori_media::picture_worker();
    }
    not_built_yet();
    ExitCode::from(2)
}

#[allow(clippy::print_stderr, reason = "there is no tray to say it in")]
fn not_built_yet() {
    eprintln!(
        "The tray is not built yet; use kossorictl. / トレイはまだありません。kossorictl を使ってください。"
    );
}
