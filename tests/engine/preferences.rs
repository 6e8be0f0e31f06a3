//! What a person prefers: kept, told, and changed one thing at a time.

use kossori_api::{Code, Event, PreferencesPatch, Request, ThemeChoice};
use kossori_engine::ports::{Autostart, AutostartError};
use serde_json::{Value, json};

use crate::support::simulated::{World, locked};

/// As the page asks: JSON that names what changes.
fn set(world: &mut World, change: Value) -> Value {
    world.ask(request(change))
}

fn request(mut change: Value) -> Request {
    change["do"] = json!("preferences_set");
    let request: Request = serde_json::from_value(change).expect("a request");
    // It crosses the socket once more, from the window's shell.
    serde_json::from_value(serde_json::to_value(request).expect("JSON")).expect("the same request")
}

#[test]
fn a_new_folder_prefers_what_the_desktop_says_and_no_digest() {
    let mut world = World::new("2026-11-24 09:00");
    let expected = json!({
        "language": "system", "theme": "system", "digest_at": null, "autostart": false,
        "autostart_possible": true,
        "veil": false, "shortcut_write": null, "shortcut_hide": null,
        "first_run_done": false, "awake_told": false, "tray_told": false,
    });
    assert_eq!(world.ask(Request::PreferencesShow), expected);
    assert_eq!(set(&mut world, json!({})), expected);
}

#[test]
fn one_thing_changes_and_the_rest_stays() {
    let mut world = World::new("2026-11-24 09:00");
    set(&mut world, json!({ "language": "ja", "digest_at": "9:30" }));
    let mut events = world.engine().events();
    let answer = set(&mut world, json!({ "theme": "dark", "veil": true }));
    let told = std::iter::from_fn(|| events.try_recv().ok()).any(|event| matches!(event, Event::Changed));
    assert!(told, "clients hear of it");
    let expected = json!({
        "language": "ja", "theme": "dark", "digest_at": "09:30", "autostart": false,
        "autostart_possible": true,
        "veil": true, "shortcut_write": null, "shortcut_hide": null, "first_run_done": false, "awake_told": false, "tray_told": false,
    });
    assert_eq!(answer, expected);
    world.crash();
    world.start();
    assert_eq!(world.ask(Request::PreferencesShow), expected);
    // Null is a word of its own: no digest.
    assert_eq!(
        set(&mut world, json!({ "digest_at": null }))["digest_at"],
        Value::Null
    );
    assert_eq!(world.ask(Request::PreferencesShow)["language"], "ja");
}

#[test]
fn a_time_that_is_none_changes_nothing() {
    let mut world = World::new("2026-11-24 09:00");
    for bad in ["", "24:00", "9", "12:60", "noon", "-1:00"] {
        let asked = request(json!({ "digest_at": bad, "veil": true, "autostart": true }));
        assert_eq!(world.refusal(asked), Code::BadTime, "{bad}");
    }
    assert_eq!(world.ask(Request::PreferencesShow)["veil"], false);
    assert!(!world.autostart.is_on());
}

#[test]
fn whether_it_starts_at_sign_in_is_the_systems_to_say() {
    let mut world = World::new("2026-11-24 09:00");
    assert_eq!(set(&mut world, json!({ "autostart": true }))["autostart"], true);
    // In the desktop's own settings.
    world.autostart.set(false).expect("off");
    assert_eq!(world.ask(Request::PreferencesShow)["autostart"], false);

    *locked(&world.autostart.refuses) = Some(AutostartError::Unwritable);
    let patch = PreferencesPatch {
        autostart: Some(true),
        theme: Some(ThemeChoice::Dark),
        ..PreferencesPatch::default()
    };
    let code = world.refusal(Request::PreferencesSet(patch));
    assert_eq!(code, Code::AutostartUnwritable);
    assert_eq!(
        world.ask(Request::PreferencesShow)["theme"],
        "system",
        "all or nothing"
    );
    assert_eq!(
        world.ask(Request::PreferencesShow)["autostart_possible"],
        true,
        "it may be writable tomorrow"
    );

    *locked(&world.autostart.refuses) = Some(AutostartError::NotHere);
    assert_eq!(world.ask(Request::PreferencesShow)["autostart_possible"], false);
}

#[test]
fn a_key_that_is_heard_everywhere_is_kept_as_it_is_said_and_a_wrong_one_refused() {
    let mut world = World::new("2026-11-24 09:00");
    let kept = set(
        &mut world,
        json!({ "shortcut_write": "alt+ctrl+k", "shortcut_hide": "win+F12" }),
    );
    assert_eq!(kept["shortcut_write"], "Ctrl+Alt+K");
    assert_eq!(kept["shortcut_hide"], "Super+F12");
    for (change, code) in [
        (json!({ "shortcut_write": "K" }), Code::BadShortcut),
        (json!({ "shortcut_write": "super+f12" }), Code::ShortcutTwice),
    ] {
        let refused = world.try_ask(request(change)).expect_err("refused");
        assert_eq!(refused.code, code);
    }
    assert_eq!(world.ask(Request::PreferencesShow), kept, "as it was");
    let kept = set(&mut world, json!({ "shortcut_write": null }));
    assert_eq!(
        (&kept["shortcut_write"], &kept["shortcut_hide"]),
        (&json!(null), &json!("Super+F12"))
    );
}
