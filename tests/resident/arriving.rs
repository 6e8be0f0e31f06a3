//! Who else may have the folder when a resident comes.

use super::{SOON, exit_of, start_resident, wait_until_served};
use crate::support::world::{World, program, run, wait_for};

#[test]
fn a_second_resident_ends_well_and_the_first_goes_on() {
    let world = World::start();
    world.add_practice("me");
    let mut first = start_resident(&world);
    wait_until_served(&world);
    let mut second = start_resident(&world);
    assert_eq!(exit_of(&mut second), Some(0));
    assert!(first.0.try_wait().expect("its state").is_none());
    first.end();
    assert!(
        !world.socket().expect("the folder").exists(),
        "its socket went with it"
    );
}

#[test]
fn run_gives_way_and_looks_on() {
    let world = World::start();
    let account = world.add_practice("me");
    world.open_wide();
    let mut running = world.start_run();
    let _resident = start_resident(&world);
    wait_for("the resident to host", SOON, || {
        world.ctl(&["status"])["host"] == "resident"
    });
    let delivery = world.queue(&account, "by the resident");
    wait_for("the post", SOON, || world.state_of(&delivery) == "sent");
    assert!(
        running.0.try_wait().expect("its state").is_none(),
        "run goes on as a client"
    );
}

/// A command's host answers its own command only; the resident waits until it is done.
#[test]
fn a_commands_host_is_waited_for() {
    let world = World::start();
    world.add_practice("me");
    // The keyring stands still, so the command keeps the folder for its five seconds.
    world.bus.freeze_keyring();
    let mut command = world.start_command(&["status"]);
    wait_for("the command to have the folder", SOON, || {
        std::fs::File::open(world.data_dir().join("lock")).is_ok_and(|lock| {
            rustix::fs::flock(&lock, rustix::fs::FlockOperation::NonBlockingLockShared).is_err()
        })
    });
    let mut resident = start_resident(&world);
    exit_of(&mut command);
    world.bus.thaw_keyring();
    wait_for("the resident to host", SOON, || {
        assert!(resident.0.try_wait().expect("its state").is_none(), "it ended");
        let status = world.say(&["status"]);
        status.exit == 0 && status.value()["host"] == "resident"
    });
}

#[test]
fn what_is_being_sent_is_finished_before_it_ends() {
    let world = World::start();
    let account = world.add_practice("me");
    world.ctl(&["practice", "next", &account, "slow"]);
    let mut resident = start_resident(&world);
    wait_until_served(&world);
    world.open_wide();
    let delivery = world.queue(&account, "slowly");
    wait_for("the call to begin", SOON, || {
        world.state_of(&delivery) == "sending"
    });
    resident.end();
    assert_eq!(world.state_of(&delivery), "sent");
}

#[test]
fn a_folder_that_cannot_be_is_said_in_one_line() {
    let world = World::start();
    let kossorid = program("kossorid");
    let mut command = world.bus.command(&kossorid.display().to_string());
    command.args(["--data-dir", "/proc/nowhere"]);
    let said = run(command, "");
    assert_eq!((said.exit, said.stderr.lines().count()), (1, 1), "{said:?}");
}
