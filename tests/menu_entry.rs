//! The application menu's entry, which packages install: where the desktop shows no tray icon it is how one writes.

use std::collections::BTreeMap;
use std::path::Path;

use kossori_messages::{Language, say};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the workspace")
}

#[test]
fn the_menus_entry_opens_the_composer_and_says_what_it_is() {
    let text = std::fs::read_to_string(root().join("src-tauri/desktop/kossori.desktop")).expect("the entry");
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some("[Desktop Entry]"));
    let entry: BTreeMap<&str, &str> = lines
        .map(|line| line.split_once('=').unwrap_or_else(|| panic!("no value: {line}")))
        .collect();
    let about = |language| say(language, "autostart.about", &[]);
    let (en, ja) = (about(Language::En), about(Language::Ja));
    for (name, value) in [
        ("Type", "Application"),
        ("Name", "Kossori"),
        ("Name[ja]", "Kossori"),
        ("Comment", en.as_str()),
        ("Comment[ja]", ja.as_str()),
        ("Exec", "kossori --compose"),
        ("TryExec", "kossori"),
        ("StartupWMClass", "kossori"),
        ("Icon", "kossori"),
        ("Terminal", "false"),
    ] {
        assert_eq!(entry.get(name), Some(&value), "{name}");
    }
    assert!(!entry.contains_key("NoDisplay"), "it is to be found");
    // What it starts knows the argument, and its picture has a file.
    let usage = say(Language::En, "shell.usage", &[]);
    assert!(usage.contains("kossori [--compose | "), "{usage}");
    assert!(root().join("src-tauri/icons/kossori.svg").exists());
}
