//! A host in a process of its own that can be killed: this test binary once more.

#![allow(clippy::print_stderr, reason = "the host is a program, and says why it ends")]

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use kossori_engine::ports::Attention;
use kossori_host::{Host, HostError, Options, Role, Settings, Storage};

use super::world::{World, night_zone};

const FOLDER: &str = "KOSSORI_TEST_HOST";

/// For a test that is no test but the host: it hosts the folder that it was told, and does nothing if it was told none.
pub fn host(settings: Settings) {
    let Some(folder) = std::env::var_os(FOLDER).map(PathBuf::from) else {
        return;
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let options = Options {
            data_dir: folder,
            role: Role::Run,
            storage: Storage::Disk,
            settings,
            attention: Attention::Unattended,
        };
        let host = loop {
            match Host::open(options.clone()).await {
                Ok(host) => break host,
                // A command of the test has the folder for a moment: a host waits for it (RULES.md 8).
                Err(HostError::Taken) => tokio::time::sleep(Duration::from_millis(3)).await,
                // A disk that fails just now is a reason to end, as the program's `run` does.
                Err(HostError::Problem(problem)) => {
                    eprintln!("the host does not open: {problem:?}");
                    std::process::exit(1);
                }
            }
        };
        host.serve().await.expect("the host serves");
    });
}

/// Starts it: `test` is the path of the one that calls `host`.
pub fn command(world: &World, test: &str) -> Command {
    let program = std::env::current_exe().expect("this program");
    let mut command: Command = world.bus.command(&program.display().to_string());
    command
        .args(["--exact", test, "--nocapture"])
        .env(FOLDER, world.data_dir())
        .env("TZ", night_zone())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(if std::env::var_os("KOSSORI_HEARD").is_some() {
            Stdio::inherit()
        } else {
            Stdio::null()
        });
    command
}
