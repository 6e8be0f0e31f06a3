//! The digest on a real bus, in a real minute: nothing by default, then one fixed sentence and no more.

use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::preferences::prefer;
use super::{SOON, command_of};
use crate::support::desktop::Desktop;
use crate::support::world::{Running, World, now, program, wait_for};

/// A zone of the test's own, in which a minute of the night begins in so many seconds: nobody waits a whole one.
fn zone_whose_minute_begins_in(seconds: i64) -> String {
    const DAY: i64 = 24 * 60 * 60;
    let then = now().as_second() + seconds;
    let wanted = 90 * 60;
    let ahead = (wanted - then.rem_euclid(DAY)).rem_euclid(DAY);
    let ahead = if ahead > DAY / 2 { ahead - DAY } else { ahead };
    // The names count the other way.
    let sign = if ahead < 0 { '+' } else { '-' };
    let part = ahead.abs();
    format!(
        "<night>{sign}{}:{:02}:{:02}",
        part / 3600,
        part / 60 % 60,
        part % 60
    )
}

/// The next minute that begins there in two seconds or later, as its clock shows it, and when that is.
fn next_minute(zone: &str) -> (String, Timestamp) {
    let zone = TimeZone::posix(zone).expect("a zone");
    let mut at = now() + SignedDuration::from_secs(2);
    let past = i64::from(at.to_zoned_datetime(zone.clone()).second());
    at = Timestamp::from_second(at.as_second() + 60 - past).expect("a moment");
    (at.to_zoned_datetime(zone).strftime("%H:%M").to_string(), at)
}

/// Until so many digests came.
async fn until_told(desktop: &Desktop, count: usize) {
    let limit = Duration::from_secs(80);
    let deadline = tokio::time::Instant::now() + limit;
    while desktop.notified().await.len() < count {
        assert!(tokio::time::Instant::now() < deadline, "no digest came");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_by_default_and_one_fixed_sentence_for_who_wants_it() {
    let world = World::start();
    let account = world.add_practice("canary");
    let desktop = Desktop::start(&world.bus).await;
    let zone = zone_whose_minute_begins_in(20);
    let mut command = command_of(&program("kossorid"), &world);
    let _resident = Running(command.env("TZ", &zone).spawn().expect("kossorid starts"));
    wait_for("the resident to host", SOON, || {
        let status = world.say(&["status"]);
        status.exit == 0 && status.value()["host"] == "resident"
    });
    world.open_wide();
    for n in 0..3 {
        let delivery = world.queue(&account, &format!("the canary's text {n}"));
        wait_for("the post", SOON, || world.state_of(&delivery) == "sent");
    }
    world.ctl(&["break", "end"]);
    assert!(desktop.notified().await.is_empty(), "off by default");

    let (at, due) = next_minute(&zone);
    assert_eq!(prefer(&world, json!({ "digest_at": at })).await["digest_at"], at);
    assert!(
        desktop.notified().await.is_empty() || now() >= due,
        "not before its time"
    );
    until_told(&desktop, 1).await;
    assert!(now() >= due, "not before its time");

    // There is news again and nothing in the way, and it looks: the next one waits for its time, here another that was
    // chosen.
    let delivery = world.queue(&account, "the canary's last text");
    world.open_wide();
    wait_for("the post", SOON, || world.state_of(&delivery) == "sent");
    world.ctl(&["break", "end"]);
    prefer(&world, json!({ "theme": "dark" })).await;
    let (at, due) = next_minute(&zone);
    prefer(&world, json!({ "digest_at": at })).await;
    until_told(&desktop, 2).await;
    assert!(now() >= due, "one a time");
    let told = desktop.notified().await;
    assert_eq!(told.len(), 2, "{told:?}");
    let told = &told[1];
    assert_eq!(told.app, "Kossori");
    assert_eq!(told.summary, "Kossori: have a look when it suits you.");
    assert_eq!((told.body.as_str(), told.icon.as_str()), ("", ""));
    assert!(told.actions.is_empty(), "{told:?}");
    assert!(told.is("transient") && told.is("suppress-sound"), "{told:?}");
    let urgency = told
        .hints
        .get("urgency")
        .and_then(|urgency| u8::try_from(urgency.clone()).ok());
    assert_eq!(urgency, Some(0), "{told:?}");
    let mut hints: Vec<&str> = told.hints.keys().map(String::as_str).collect();
    hints.sort_unstable();
    assert_eq!(hints, ["suppress-sound", "transient", "urgency"], "nothing else");
}
