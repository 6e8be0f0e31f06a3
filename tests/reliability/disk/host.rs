//! The host that is killed, with looks that come sooner than a person's would.

use jiff::SignedDuration;
use kossori_core::lookup::LookTimes;
use kossori_host::Settings;

use super::shim::{BadDisk, Fault};
use crate::support::killable;
use crate::support::world::{Running, World};

/// Not a test but the host: it does nothing unless it is told a folder.
#[test]
fn a_host_on_a_bad_disk() {
    let second = SignedDuration::from_secs(1);
    killable::host(Settings {
        looks: LookTimes {
            first: vec![second / 20, second / 5, second / 2],
            then_every: second / 2,
            resend_from: second / 5,
            ask_from: second / 2,
            ..LookTimes::default()
        },
        backoff: second,
        ..Settings::default()
    });
}

pub fn start_host(world: &World, disk: &BadDisk, fault: Fault) -> Running {
    let mut command = killable::command(world, "reliability::disk::host::a_host_on_a_bad_disk");
    disk.put_under(&mut command, fault);
    Running(command.spawn().expect("the host starts"))
}
