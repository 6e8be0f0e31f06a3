//! Other programs of the tray that somebody may have, measured as the resident is: how long until the icon is there, what
//! they take from the machine all day.

use std::fs;
use std::process::Stdio;

use serde_json::json;
use tokio::time::Instant;

use super::resident::spread;
use super::{asked, pss, switches};
use crate::support::panel::Panel;
use crate::support::screen::Screen;
use crate::support::world::{Running, World};

const STARTS: usize = 5;
const RESTS: std::time::Duration = std::time::Duration::from_secs(60);

/// The resident first. Those that are not installed are left out, and that is told.
const PROGRAMS: [&str; 4] = ["kossorid", "keepassxc", "copyq", "diodon"];

/// The password safe would ask about updates, and open its window.
const SAFE: &str = "[General]\nConfigVersion=2\nUpdateCheckMessageShown=true\n\n[GUI]\nCheckForUpdates=false\nShowTrayIcon=true\n\
                    MinimizeOnStartup=true\nMinimizeToTray=true\n";

fn start(screen: &Screen<'_>, name: &str) -> Option<Running> {
    let mut command = match name {
        "kossorid" => {
            let mut command = screen.ours(name, "C.UTF-8");
            command.arg("--data-dir").arg(screen.world.data_dir());
            command
        }
        _ => screen.command(name),
    };
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command.spawn().ok().map(Running)
}

/// The process and all below it.
fn tree(pid: u32) -> Vec<u32> {
    let mut found = vec![pid];
    let mut at = 0;
    while at < found.len() {
        let children = fs::read_to_string(format!("/proc/{0}/task/{0}/children", found[at]));
        let children = children.unwrap_or_default();
        found.extend(
            children
                .split_whitespace()
                .filter_map(|pid| pid.parse::<u32>().ok()),
        );
        at += 1;
    }
    found
}

fn desktop(world: &World) -> Screen<'_> {
    let settings = world.bus.folder().join("config/keepassxc");
    fs::create_dir_all(&settings).expect("a folder");
    fs::write(settings.join("keepassxc.ini"), SAFE).expect("written");
    Screen::on(world)
}

#[tokio::test(flavor = "multi_thread")]
async fn starts() {
    if asked().is_none() {
        return;
    }
    let world = World::start();
    world.add_practice("me");
    let screen = desktop(&world);
    let mut panel = Panel::start(&world.bus).await;
    let mut told = serde_json::Map::new();
    for name in PROGRAMS {
        let mut took = Vec::new();
        // The first one fills the page cache and is not counted.
        for n in 0..=STARTS {
            let begun = Instant::now();
            let Some(mut program) = start(&screen, name) else {
                break;
            };
            drop(panel.icon().await);
            if n > 0 {
                took.push(u64::try_from(begun.elapsed().as_millis()).expect("short"));
            }
            program.end();
        }
        if !took.is_empty() {
            told.insert(name.to_owned(), spread(took));
        }
    }
    println!("{}", json!(told));
}

#[tokio::test(flavor = "multi_thread")]
async fn rests() {
    let Some(minutes) = asked() else { return };
    let world = World::start();
    world.add_practice("me");
    let screen = desktop(&world);
    let mut panel = Panel::start(&world.bus).await;
    let mut told = serde_json::Map::new();
    for name in PROGRAMS {
        let Some(mut program) = start(&screen, name) else {
            continue;
        };
        drop(panel.icon().await);
        tokio::time::sleep(RESTS).await;
        let pids = tree(program.pid());
        let woken = || pids.iter().map(|pid| switches(*pid)).sum::<u64>();
        let (before, mut samples) = (woken(), Vec::new());
        for _ in 0..minutes {
            tokio::time::sleep(RESTS).await;
            samples.push(pids.iter().map(|pid| pss(*pid)).sum());
        }
        told.insert(
            name.to_owned(),
            json!({ "pss_kib": spread(samples), "switches": woken() - before, "minutes": minutes, "processes": pids.len() }),
        );
        program.end();
    }
    println!("{}", json!(told));
}
