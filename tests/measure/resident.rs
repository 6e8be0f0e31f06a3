//! What the resident and the window cost a person all day: memory, wake-ups, and the time from the click on the tray to a
//! letter on the screen.

use image::{ImageBuffer, Rgb};
use serde_json::json;
use tokio::time::Instant;

use super::{asked, fill, three_accounts, watch};
use crate::support::eyes::Eyes;
use crate::support::panel::Panel;
use crate::support::screen::{LIMIT, Screen};
use crate::support::servers::Mastodon;
use crate::support::world::{Running, World, wait_for};
use crate::window::driven::start_resident;

const RUNS: usize = 20;

/// With the middle one first: of sorted values, in the unit they have.
pub fn spread(mut values: Vec<u64>) -> serde_json::Value {
    values.sort_unstable();
    let at = |share: usize| values[(values.len() - 1) * share / 100];
    json!({ "median": at(50), "p95": at(95), "least": at(0), "most": at(100), "runs": values.len() })
}

/// What it costs with nothing to do.
async fn rests(pid: u32, minutes: u64) -> serde_json::Value {
    let (samples, switches) = watch(pid, minutes).await;
    json!({ "pss_kib": spread(samples), "switches": switches, "minutes": minutes })
}

/// Twelve megapixels that do not compress to nothing.
fn picture(folder: &std::path::Path, n: u32) -> String {
    let pixels = ImageBuffer::from_fn(4000, 3000, |x, y| {
        let noise = (x.wrapping_mul(7919) ^ y.wrapping_mul(104_729)).wrapping_add(n) % 61;
        Rgb([(x / 16) as u8, (y / 12) as u8, noise as u8])
    });
    let path = folder.join(format!("{n}.jpg"));
    pixels.save(&path).expect("a picture");
    path.display().to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn resident_before_and_after_the_window_and_pictures() {
    let Some(minutes) = asked() else { return };
    let mastodon = Mastodon::start().await;
    let world = World::start();
    let accounts = three_accounts(&world, &mastodon);
    let mut screen = Screen::on(&world);
    screen.show_panel();
    let resident = start_resident(&screen);
    let rows = fill(&world, &accounts);
    let before = rests(resident.pid(), minutes).await;

    let mut window = screen.open("--compose");
    screen.wait_for_focus(&screen.window());
    window.kill();
    let after_window = rests(resident.pid(), minutes).await;

    world.ctl(&["spacing", "set", "--gap", "0"]);
    let pictures: Vec<String> = (0..4).map(|n| picture(world.bus.folder(), n)).collect();
    let mut options = Vec::new();
    for picture in &pictures {
        options.extend(["--media", picture, "--alt", "a plain"]);
    }
    world.ctl(&["break", "30"]);
    // It goes now. The break is open to others that wait as well: what they leave in memory is in the figure.
    options.push("--override-window");
    let sent = world.queue_with(&accounts[1], "four pictures", &options);
    wait_for("the post with pictures", LIMIT, || {
        world.state_of(&sent) == "sent"
    });
    world.ctl(&["break", "end"]);
    let after_pictures = rests(resident.pid(), minutes.min(3)).await;
    println!(
        "{}",
        json!({
            "before": before, "after_window": after_window, "after_pictures": after_pictures,
            "journal_rows": rows,
        })
    );
}

/// From the program's start to its icon at the panel, with the keyring unlocked.
#[tokio::test(flavor = "multi_thread")]
async fn start_to_tray() {
    if asked().is_none() {
        return;
    }
    let world = World::start();
    world.add_practice("me");
    let screen = Screen::on(&world);
    let mut panel = Panel::start(&world.bus).await;
    let mut took = Vec::new();
    for _ in 0..RUNS {
        let mut command = screen.ours("kossorid", "C.UTF-8");
        command.arg("--data-dir").arg(world.data_dir());
        let begun = Instant::now();
        let mut resident = Running(command.spawn().expect("kossorid starts"));
        let _icon = panel.icon().await;
        took.push(u64::try_from(begun.elapsed().as_millis()).expect("short"));
        resident.end();
    }
    println!("{}", json!({ "start_to_tray_ms": spread(took) }));
}

/// Whether the system forgot what of the files it had in memory: only who is root may ask it to.
fn drop_page_cache() -> bool {
    rustix::fs::sync();
    std::fs::write("/proc/sys/vm/drop_caches", "3").is_ok()
}

/// From the mouse button's release on the icon to the first frame in which a typed key is seen: with no window there,
/// and with one that is hidden; last with nothing there and no page of a file in memory.
#[tokio::test(flavor = "multi_thread")]
async fn click_to_letter() {
    if asked().is_none() {
        return;
    }
    let world = World::start();
    world.add_practice("me");
    let mut screen = Screen::on(&world);
    screen.show_panel();
    let _resident = start_resident(&screen);
    let mut eyes = Eyes::on(screen.display());
    let icon = eyes.find_icon(|| screen.seen().is_some());
    let window = screen.window();
    screen.wait_for_focus(&window);
    let place = screen.place_of(&window);
    let (mut nothing, mut warm) = (Vec::new(), Vec::new());
    let forget = || {
        // Gone with its text.
        screen.key("ctrl+a");
        screen.key("Delete");
        screen.end_window();
        wait_for("the window to be gone", LIMIT, || screen.seen().is_none());
        for draft in crate::window::shown::draft_ids(&world) {
            world.ctl(&["draft", "remove", &draft]);
        }
    };
    for _ in 0..RUNS {
        forget();
        nothing.push(eyes.click_and_type(icon, place));
        screen.wait_for_focus(&screen.window());
        screen.key("ctrl+a");
        screen.key("Delete");
        eyes.until_blank(place);
        screen.key("Escape");
        wait_for("the window to hide", LIMIT, || screen.seen().is_none());
        warm.push(eyes.click_and_type(icon, place));
        screen.wait_for_focus(&screen.window());
    }
    forget();
    let cold = drop_page_cache().then(|| eyes.click_and_type(icon, place));
    println!(
        "{}",
        json!({ "from_nothing_ms": spread(nothing), "warm_ms": spread(warm), "cold_ms": cold })
    );
}
