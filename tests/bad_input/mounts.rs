//! Tests that mount something: each runs again in a mount namespace of its own, which ends with it.

use std::path::Path;
use std::process::Command;

/// Set for a test that runs again.
const INSIDE: &str = "KOSSORI_TEST_MOUNTS";

/// False in the outer run, where the test is done once this returns.
pub fn is_inside(test: &str) -> bool {
    if std::env::var_os(INSIDE).is_some() {
        return true;
    }
    let may = Command::new("unshare").args(["-rm", "true"]).status();
    if !may.is_ok_and(|status| status.success()) {
        println!("skipped: this user may not make a mount namespace");
        return false;
    }
    let output = Command::new("unshare")
        .arg("-rm")
        .arg(std::env::current_exe().expect("this program"))
        .args(["--exact", test, "--nocapture"])
        .env(INSIDE, "1")
        .output()
        .expect("unshare runs");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && said.contains("1 passed"),
        "{said}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    println!("{said}");
    false
}

pub fn mount(arguments: &[&str], place: &Path) {
    let mounted = Command::new("mount").args(arguments).arg(place).status();
    assert!(mounted.expect("mount runs").success(), "{arguments:?}");
}

pub fn unmount(place: &Path) {
    let gone = Command::new("umount").arg(place).status();
    assert!(gone.expect("umount runs").success(), "{}", place.display());
}
