//! The host that is killed: this test binary once more, with looks that come sooner than a person's would.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use jiff::SignedDuration;
use kossori_core::lookup::LookTimes;
use kossori_engine::ports::Attention;
use kossori_host::{Host, HostError, Options, Role, Settings, Storage};

use super::shim::{BadDisk, Fault};
use crate::support::world::{Running, World, night_zone};

const FOLDER: &str = "KOSSORI_TEST_BAD_DISK";

/// Not a test but the host: it does nothing unless it is told a folder.
#[test]
fn a_host_on_a_bad_disk() {
    let Some(folder) = std::env::var_os(FOLDER).map(PathBuf::from) else {
        return;
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let second = SignedDuration::from_secs(1);
        let settings = Settings {
            looks: LookTimes {
                first: vec![second / 20, second / 5, second / 2],
                then_every: second / 2,
                resend_from: second / 5,
                ask_from: second / 2,
                ..LookTimes::default()
            },
            backoff: second,
            ..Settings::default()
        };
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
                Err(HostError::Taken) => tokio::time::sleep(std::time::Duration::from_millis(3)).await,
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

pub fn start_host(world: &World, disk: &BadDisk, fault: Fault) -> Running {
    let program = std::env::current_exe().expect("this program");
    let mut command: Command = world.bus.command(&program.display().to_string());
    command
        .args([
            "--exact",
            "reliability::disk::host::a_host_on_a_bad_disk",
            "--nocapture",
        ])
        .env(FOLDER, world.data_dir())
        .env("TZ", night_zone())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(if std::env::var_os("KOSSORI_HEARD").is_some() {
            Stdio::inherit()
        } else {
            Stdio::null()
        });
    disk.put_under(&mut command, fault);
    Running(command.spawn().expect("the host starts"))
}
