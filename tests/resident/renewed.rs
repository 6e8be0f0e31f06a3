//! The resident's program is replaced while it runs.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use super::{Installed, SOON, wait_until_served};
use crate::support::panel::Panel;
use crate::support::world::{World, now, program, wait_for};

/// As an update does it: another file takes the place.
fn replace(kossorid: &Path) -> u64 {
    let fresh = kossorid.with_extension("new");
    fs::copy(program("kossorid"), &fresh).expect("a copy");
    fs::rename(&fresh, kossorid).expect("in its place");
    inode(kossorid)
}

fn inode(path: &Path) -> u64 {
    fs::metadata(path).expect("a file").ino()
}

fn running(pid: u32) -> Option<u64> {
    // Not to be seen while one program gives way to the other.
    Some(fs::metadata(format!("/proc/{pid}/exe")).ok()?.ino())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_program_takes_over_in_the_same_process_and_goes_on() {
    let world = World::start();
    let me = world.add_practice("me");
    let mut panel = Panel::start(&world.bus).await;
    let installed = Installed::new();
    let mut resident = installed.start(&world);
    drop(panel.icon().await);
    let old = running(resident.pid()).expect("it runs");
    let new = replace(&installed.folder.path().join("kossorid"));
    assert_ne!(old, new);
    let waiting = world.queue(&me, "after the update");
    wait_for("the new program", SOON, || running(resident.pid()) == Some(new));

    drop(panel.icon().await);
    wait_until_served(&world);
    assert_eq!(world.ctl(&["status"])["host"], "resident");
    world.ctl(&["break", "5"]);
    wait_for("the post", SOON, || world.state_of(&waiting) == "sent");
    assert_eq!(world.texts(&me), ["after the update"]);
    assert!(resident.0.try_wait().expect("its state").is_none());
    resident.end();
}

#[test]
fn what_is_planned_soon_goes_out_first() {
    let world = World::start();
    let me = world.add_practice("me");
    let installed = Installed::new();
    let mut resident = installed.start(&world);
    wait_until_served(&world);
    let old = running(resident.pid()).expect("it runs");
    world.open_wide();
    let at = now()
        .saturating_add(jiff::SignedDuration::from_secs(6))
        .expect("a time");
    let soon = world.queue_with(&me, "soon", &["--at", &at.to_string()]);
    let new = replace(&installed.folder.path().join("kossorid"));
    // Told of this, it looks, and finds something planned.
    world.ctl(&["draft", "add", "--text", "meanwhile"]);
    wait_for("the post", SOON, || {
        let ran = running(resident.pid());
        let waits = world.state_of(&soon) != "sent";
        assert!(!waits || ran == Some(old), "it gave way too soon");
        !waits
    });
    wait_for("the new program", SOON, || running(resident.pid()) == Some(new));
    wait_until_served(&world);
    assert_eq!(world.texts(&me), ["soon"]);
    resident.end();
}

/// Half an update, or something else in its place.
#[test]
fn what_is_no_program_does_not_take_over() {
    let world = World::start();
    world.add_practice("me");
    let installed = Installed::new();
    let mut resident = installed.start(&world);
    wait_until_served(&world);
    let old = running(resident.pid()).expect("it runs");
    let kossorid = installed.folder.path().join("kossorid");
    let script = kossorid.with_extension("new");
    fs::copy(installed.window(), &script).expect("a copy");
    fs::rename(&script, &kossorid).expect("in its place");
    world.ctl(&["draft", "add", "--text", "told of this, it looks"]);
    assert_eq!(world.ctl(&["status"])["host"], "resident");
    let new = replace(&kossorid);
    world.ctl(&["draft", "add", "--text", "and again"]);
    let mut between = Vec::new();
    wait_for("the new program", SOON, || {
        between.extend(running(resident.pid()));
        between.last() == Some(&new)
    });
    between.dedup();
    assert_eq!(between, [old, new], "nothing else ran in between");
    resident.end();
}
