//! No keyring, a locked one, one that dies.

use std::time::Duration;

use jiff::SignedDuration;
use jiff::tz::TimeZone;
use kossori_api::Code;
use serde_json::json;

use super::stub::{Manner, Stub};
use super::{Kept, refused, shown};
use crate::support::session_bus::{SessionBus, Start};
use crate::support::world::{Running, World, id_of, mastodon_sign_in, night_zone, now, wait_for};

const LIMIT: Duration = Duration::from_secs(60);

#[test]
fn without_a_keyring_everything_is_refused_and_nothing_written_down() {
    let world = World::on(SessionBus::without_keyring());
    let stub = Stub::start(Manner::Well, &[]);
    let sign_in = mastodon_sign_in(&stub.url);
    for arguments in [
        &["post", "add", "--account", "x", "--text", "x"][..],
        &["draft", "add", "--text", "x"],
        &["run", "--until-empty"],
        &["run"],
        &["unlock"],
        &sign_in,
    ] {
        refused(&world, arguments, "a-token\n", Code::KeyringAbsent);
    }
    assert_eq!(
        stub.count("GET /api/v1/accounts/verify_credentials"),
        0,
        "the server was not even asked"
    );
    assert!(
        !world.data_dir().join("kossori.db").exists(),
        "nothing is kept without a key"
    );
}

#[test]
fn a_locked_keyring_refuses_and_asks_nobody() {
    let world = World::start();
    let account = world.add_practice("me");
    world.open_wide();
    let draft = id_of(&world.ctl(&["draft", "add", "--text", "a draft"]));
    world.queue(&account, "waits");
    let before = Kept::of(&world, &[&account]);
    let stub = Stub::start(Manner::Well, &[]);
    let sign_in = mastodon_sign_in(&stub.url);
    world.bus.lock();
    let traffic = world.bus.record();
    for arguments in [
        &["post", "add", "--account", &account, "--text", "x"][..],
        &["post", "add", "--account", &account, "--draft", &draft],
        &["draft", "list"],
        &["run", "--until-empty"],
        &sign_in,
    ] {
        refused(&world, arguments, "a-token\n", Code::KeyringLocked);
    }
    assert_eq!(
        traffic.calls("org.freedesktop.Secret.Prompt", "Prompt"),
        0,
        "nothing asked the person"
    );
    drop(traffic);
    assert_eq!(
        stub.count("GET /api/v1/accounts/verify_credentials"),
        0,
        "no session is begun that cannot be kept"
    );
    world.bus.unlock_with_password();
    assert_eq!(Kept::of(&world, &[&account]), before);
}

#[test]
fn run_waits_for_a_locked_keyring_and_goes_on_by_itself() {
    let world = World::start();
    let account = world.add_practice("me");
    world.open_wide();
    let delivery = world.queue(&account, "waits");
    world.bus.lock();
    let host = world.start_command(&["run"]);
    wait_for("the host to say why it waits", LIMIT, || {
        let said = world.say(&["status"]);
        said.exit == 3 && said.stderr.contains("keyring_locked") && is_hosting(&world, &host)
    });
    refused(
        &world,
        &["post", "add", "--account", &account, "--text", "x"],
        "",
        Code::KeyringLocked,
    );
    world.bus.unlock_with_password();
    world.bus.announce_screen_unlocked();
    wait_for("the post after unlocking", LIMIT, || {
        world.say(&["queue", "show", &delivery]).exit == 0 && world.state_of(&delivery) == "sent"
    });
    drop(host);
    let posts = world.ctl(&["timeline", &account]);
    assert_eq!(posts["posts"].as_array().map(Vec::len), Some(1), "{posts}");
}

/// It holds the folder's lock, and lives.
fn is_hosting(world: &World, host: &Running) -> bool {
    let lock = std::fs::File::open(world.data_dir().join("lock")).expect("the lock file");
    std::path::Path::new(&format!("/proc/{}", host.pid())).exists() && lock.try_lock().is_err()
}

#[test]
fn a_keyring_killed_while_it_runs_stops_only_what_it_is_needed_for() {
    let mut world = World::start();
    let practice = world.add_practice("me");
    let (known, new) = (Stub::start(Manner::Well, &[]), Stub::start(Manner::Well, &[]));
    let [known_id, new_id] =
        [&known, &new].map(|stub| world.sign_in(&mastodon_sign_in(&stub.url), "a-token\n"));
    let host = world.start_run();
    world.open_wide();
    let first = world.queue(&known_id, "with the keyring");
    wait_for("the first post", LIMIT, || world.state_of(&first) == "sent");
    // The other account's tokens were read with it, the window being open; signing in again is what needs the keyring.
    world.bus.kill_keyring();
    let deliveries = [&practice, &known_id].map(|account| world.queue(account, "without the keyring"));
    for delivery in &deliveries {
        wait_for("what needs no keyring any more", LIMIT, || {
            world.state_of(delivery) == "sent"
        });
    }
    let before = Kept::of(&world, &[&practice]);
    refused(
        &world,
        &["account", "sign-in", &new_id, "--token-stdin"],
        "another-token\n",
        Code::KeyringAbsent,
    );
    assert_eq!(Kept::of(&world, &[&practice]), before);

    // A host that starts now has nothing to open the folder with.
    drop(host);
    refused(&world, &["run"], "", Code::KeyringAbsent);
    world.bus.start_keyring(Start::Unlocked);
    assert_eq!(Kept::of(&world, &[&practice]), before, "it is all there again");
    assert_eq!(known.count("POST /api/v1/statuses"), 2, "each post once");
    assert_eq!(new.count("POST /api/v1/statuses"), 0);
    let posts = world.ctl(&["timeline", &practice]);
    assert_eq!(posts["posts"].as_array().map(Vec::len), Some(1), "{posts}");
}

/// The tokens were never read, and now there is nobody to give them: it waits, and goes when they are back.
#[test]
fn a_keyring_killed_before_the_tokens_were_read_keeps_the_post_waiting() {
    let mut world = World::start();
    let stub = Stub::start(Manner::Well, &[]);
    let account = world.sign_in(&mastodon_sign_in(&stub.url), "a-token\n");
    world.ctl(&["pause"]);
    let host = world.start_run();
    let delivery = world.queue(&account, "waits");
    world.bus.kill_keyring();
    world.open_wide();
    world.ctl(&["resume"]);
    wait_for("it to say why it waits", LIMIT, || {
        shown(&world, &delivery)["reason"] == json!("keyring_absent")
    });
    assert_eq!(stub.count("POST /api/v1/statuses"), 0);
    world.bus.start_keyring(Start::Unlocked);
    // The service's coming to the bus is signal enough.
    wait_for("the post with the keyring back", Duration::from_secs(20), || {
        world.state_of(&delivery) == "sent"
    });
    assert_eq!(stub.count("POST /api/v1/statuses"), 1);
    drop(host);
}

/// Locked with a post due: the Secret Service is asked when the post is due, and then left alone until it speaks.
#[test]
fn a_locked_keyring_with_a_post_due_is_not_polled_and_its_unlocking_sends() {
    let world = World::start();
    let stub = Stub::start(Manner::Well, &[]);
    let account = world.sign_in(&mastodon_sign_in(&stub.url), "a-token\n");
    world.ctl(&["pause"]);
    let host = world.start_run();
    world.open_wide();
    let delivery = world.queue(&account, "waits");
    world.bus.lock();
    let traffic = world.bus.record();
    // Each question to the keyring begins with looking for the default collection.
    let questions = || traffic.calls("org.freedesktop.Secret.Service", "ReadAlias");
    world.ctl(&["resume"]);
    wait_for("it to say why it waits", LIMIT, || {
        shown(&world, &delivery)["reason"] == json!("keyring_locked")
    });
    wait_for("it to listen", LIMIT, || questions() >= 2);
    let asked = questions();
    // In full, longer than the half minute after which any other call is made again, and than the minute after which
    // the time is drawn anew: this second chance is one question. The hour is `engine::keyring`'s, in simulated time.
    let (seconds, most) = match std::env::var_os("KOSSORI_FULL") {
        Some(_) => (75, 1),
        None => (5, 0),
    };
    std::thread::sleep(Duration::from_secs(seconds));
    let more = questions() - asked;
    assert!(more <= most, "asked {more} times more in {seconds} s");
    assert_eq!(stub.count("POST /api/v1/statuses"), 0);
    assert_eq!(
        traffic.calls("org.freedesktop.Secret.Prompt", "Prompt"),
        0,
        "nothing asked the person"
    );
    let began = now();
    world.bus.unlock_with_password();
    world.bus.announce_screen_unlocked();
    wait_for("the post after unlocking", Duration::from_secs(15), || {
        stub.count("POST /api/v1/statuses") == 1
    });
    let took = now().duration_since(began);
    assert!(took < jiff::SignedDuration::from_secs(10), "{took:#}");
    wait_for("its being written down", LIMIT, || {
        world.state_of(&delivery) == "sent"
    });
    drop(traffic);
    drop(host);
}

/// PAM unlocks gnome-keyring without a signal, and nothing on this desktop tells of the screen: `unlock` does.
#[test]
fn unlock_typed_by_a_person_sends_what_waits() {
    let world = World::start();
    let stub = Stub::start(Manner::Well, &[]);
    let account = world.sign_in(&mastodon_sign_in(&stub.url), "a-token\n");
    world.ctl(&["pause"]);
    let _host = world.start_run();
    world.open_wide();
    let delivery = world.queue(&account, "waits");
    world.bus.lock();
    world.ctl(&["resume"]);
    wait_for("it to say why it waits", LIMIT, || {
        shown(&world, &delivery)["reason"] == json!("keyring_locked")
    });
    let status = world.ctl(&["status"]);
    assert_eq!(
        (&status["state"], &status["reason"]),
        (&json!("needs_you"), &json!("keyring_locked"))
    );
    world.bus.unlock_with_password();
    world.ctl(&["unlock"]);
    wait_for("the post after unlocking", Duration::from_secs(15), || {
        world.state_of(&delivery) == "sent"
    });
}

/// Read before the window in which something is planned, however late in it, and kept: a screen that locks later stops
/// nothing. The window begins at a full minute, so this waits for one.
#[test]
fn a_keyring_locked_after_the_window_began_does_not_stop_a_post_late_in_it() {
    let world = World::start();
    let stub = Stub::start(Manner::Well, &[]);
    let account = world.sign_in(&mastodon_sign_in(&stub.url), "a-token\n");
    world.ctl(&["hours", "clear"]);
    for window in ["lunch", "evening", "weekend"] {
        world.ctl(&["window", "remove", window]);
    }
    let zone = TimeZone::get(night_zone()).expect("the zone");
    let civil = |at: jiff::Timestamp| at.to_zoned_datetime(zone.clone()).strftime("%H:%M").to_string();
    let later = |minutes: i64| now() + SignedDuration::from_mins(minutes);
    let (from, to) = (civil(later(40)), civil(later(100)));
    world.ctl(&[
        "window", "add", "quiet", "--days", "daily", "--from", &from, "--to", &to,
    ]);

    let host = world.start_run();
    let reads = world.bus.record();
    let read = || reads.calls("org.freedesktop.Secret.Item", "GetSecret");
    let delivery = world.queue(&account, "far away");
    wait_for("a plan", LIMIT, || {
        !shown(&world, &delivery)["planned_at"].is_null()
    });
    assert_eq!(read(), 0, "40 min are more than 15");

    // The first full minute that is not too near.
    let begin = (now() + SignedDuration::from_secs(60 + 10)).as_second() / 60 * 60;
    let begin = jiff::Timestamp::from_second(begin).expect("a time");
    let from = civil(begin);
    world.ctl(&["queue", "remove", &delivery, "--discard"]);
    world.ctl(&["window", "edit", "quiet", "--from", &from]);
    let late = (begin + SignedDuration::from_mins(30)).to_string();
    let delivery = world.queue_with(&account, "late in the window", &["--at", &late]);
    wait_for("the tokens to be read", LIMIT, || read() > 0);
    assert!(now() < begin, "read before the window begins");
    drop(reads);
    wait_for("the window to begin", Duration::from_secs(90), || now() > begin);
    world.bus.lock();
    assert_eq!(stub.count("POST /api/v1/statuses"), 0);
    // Nobody waits half an hour here: the person moves it.
    let soon = now() + SignedDuration::from_secs(5);
    world.ctl(&["queue", "when", &delivery, "--at", &soon.to_string()]);
    wait_for("the post", LIMIT, || world.state_of(&delivery) == "sent");
    assert!(now() < soon + SignedDuration::from_secs(10), "and on time");
    assert_eq!(stub.count("POST /api/v1/statuses"), 1);
    drop(host);
}
