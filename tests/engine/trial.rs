//! The time that is named before a post is queued, against the one that it gets.

use jiff::{SignedDuration, Timestamp};
use kossori_api::{PostInput, Request, WhenInput};
use kossori_core::network::{Network, Persona};
use serde_json::{Value, json};

use crate::support::simulated::{World, input, text};

fn named(world: &mut World, accounts: &[&str], change: impl Fn(&mut PostInput)) -> Value {
    let checked = world.ask(Request::PostCheck(input(accounts, "to be named", change)));
    checked["times"].clone()
}

fn moment(value: &Value) -> Timestamp {
    text(value).parse().expect("a time")
}

/// Three personas, two months of lunches and evenings: each post is named a time, queued, and gets that one or one at most
/// a quarter of an hour later, in the window that was named.
#[test]
fn what_is_named_is_what_it_gets() {
    let mut world = World::unspaced("2026-11-20 09:00");
    let accounts = [
        world.practice("me"),
        world.account(Network::Practice, "office", Persona::Official),
        world.account(Network::Practice, "nobody", Persona::Anonymous),
    ];
    let mut exact = 0;
    for n in 0..120 {
        let account = &accounts[n % 3];
        let when = match n % 5 {
            0 => WhenInput::Window("evening".to_owned()),
            _ => WhenInput::Next,
        };
        let ask = |input: &mut PostInput| {
            input.when = when.clone();
            input.confirm_persona = true;
        };
        let trial = named(&mut world, &[account], ask)[account].clone();
        let delivery = world.post_with(account, &format!("Text {n}"), ask);
        let got = world.show(&delivery);
        assert_eq!(trial["window"], got["window"], "{n}: {trial} {got}");
        let behind = moment(&got["planned_at"]).duration_since(moment(&trial["not_before"]));
        assert!(
            (SignedDuration::ZERO..=SignedDuration::from_mins(15)).contains(&behind),
            "{n}: {behind} behind what was named"
        );
        exact += usize::from(behind.is_zero());
    }
    assert!(exact < 120, "times are drawn behind what is named");
    let before = world.commits().len();
    named(&mut world, &[&accounts[0]], |_| {});
    assert_eq!(world.commits().len(), before, "nothing is kept of it");
}

#[test]
fn several_accounts_are_named_together() {
    let mut world = World::new("2026-11-25 09:00");
    let (me, office) = (
        world.practice("me"),
        world.account(Network::Practice, "office", Persona::Official),
    );
    let times = named(&mut world, &[&me, &office], |_| {});
    let apart = moment(&times[&office]["not_before"]).duration_since(moment(&times[&me]["not_before"]));
    assert!(
        apart >= SignedDuration::from_mins(10),
        "personas keep their distance: {times}"
    );
}

#[test]
fn without_a_time_the_reason_is_named() {
    let mut world = World::new("2026-11-25 09:00");
    let me = world.practice("me");
    let outside = |input: &mut PostInput| input.when = WhenInput::At("2026-11-25 15:00".to_owned());
    let trial = named(&mut world, &[&me], outside)[&me].clone();
    assert_eq!(trial["window"], "evening", "not in work hours: {trial}");
    let unknown = |input: &mut PostInput| input.when = WhenInput::Window("siesta".to_owned());
    assert_eq!(
        named(&mut world, &[&me], unknown),
        json!({}),
        "no such time can be asked for"
    );
    let held = named(&mut world, &[&me], |input| input.hold = true)[&me].clone();
    assert_eq!(
        (&held["not_before"], &held["reason"]),
        (&Value::Null, &json!("hold"))
    );
    world.ask(Request::Pause {
        duration: None,
        until: None,
    });
    let paused = named(&mut world, &[&me], |_| {})[&me].clone();
    assert_eq!(
        (&paused["not_before"], &paused["reason"]),
        (&Value::Null, &json!("paused"))
    );
}
