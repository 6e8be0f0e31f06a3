//! What the page may do was looked at line by line. A change here is to be looked at as well.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn text(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn value(path: &str) -> Value {
    serde_json::from_str(&text(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// All files under a folder of the repository, by their path in it.
fn files(folder: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut folders = vec![root().join(folder)];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(&next)
            .expect("a folder of the repository")
            .flatten()
        {
            if entry.path().is_dir() {
                folders.push(entry.path());
            } else {
                let path = entry.path();
                let path = path.strip_prefix(root()).expect("inside");
                found.insert(path.display().to_string());
            }
        }
    }
    found
}

#[test]
fn the_page_may_use_the_bridge_and_hear_events_and_nothing_else() {
    assert_eq!(
        files("src-tauri/capabilities"),
        BTreeSet::from(["src-tauri/capabilities/windows.json".to_owned()])
    );
    let capability = value("src-tauri/capabilities/windows.json");
    assert_eq!(capability["identifier"], "windows");
    assert_eq!(capability["windows"], json!(["compose", "main"]));
    assert_eq!(
        capability["permissions"],
        json!(["bridge", "core:event:allow-listen", "core:event:allow-unlisten"])
    );
    for wider in ["remote", "webviews", "platforms"] {
        assert_eq!(capability.get(wider), None, "{wider}");
    }
    assert_eq!(capability["local"], true);
}

#[test]
fn the_bridge_is_the_commands_that_the_page_calls() {
    assert_eq!(
        files("src-tauri/permissions"),
        BTreeSet::from(["src-tauri/permissions/bridge.toml".to_owned()])
    );
    let permissions: toml::Table = text("src-tauri/permissions/bridge.toml").parse().expect("TOML");
    let permissions = permissions["permission"].as_array().expect("permissions");
    assert_eq!(permissions.len(), 1);
    assert_eq!(permissions[0]["identifier"].as_str(), Some("bridge"));
    assert_eq!(permissions[0].get("scope"), None);
    let allowed: BTreeSet<&str> = permissions[0]["commands"]["allow"]
        .as_array()
        .expect("commands")
        .iter()
        .filter_map(toml::Value::as_str)
        .collect();
    let page = text("ui/src/bridge/tauri.ts");
    let called: BTreeSet<&str> = page
        .split("invoke(\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .collect();
    assert_eq!(allowed, called, "allowed, and called by the page");
    let shell = text("src-tauri/src/window.rs");
    let answered: BTreeSet<&str> = shell
        .split("commands::")
        .skip(1)
        .filter_map(|rest| rest.split_once(',').map(|(name, _)| name))
        .filter(|name| allowed.contains(name))
        .collect();
    assert_eq!(allowed, answered, "allowed, and answered by the shell");
}

#[test]
fn the_build_looks_for_both_where_they_are() {
    let build = text("src-tauri/build.rs");
    for pattern in [
        ".capabilities_path_pattern(\"src-tauri/capabilities/**/*\")",
        ".permissions_path_pattern(\"src-tauri/permissions/**/*\")",
    ] {
        assert!(
            build.contains(pattern),
            "without {pattern} it builds with none, and does not say so"
        );
    }
}

#[test]
fn nothing_from_elsewhere_is_loaded_or_run() {
    let config = value("tauri.conf.json");
    let app = &config["app"];
    assert_eq!(app["withGlobalTauri"], false);
    assert_eq!(
        app["windows"],
        json!([]),
        "windows are made by the shell, with their guards"
    );
    let security = &app["security"];
    let names: BTreeSet<&str> = security
        .as_object()
        .expect("security")
        .keys()
        .map(String::as_str)
        .collect();
    assert_eq!(names, BTreeSet::from(["assetProtocol", "capabilities", "csp"]));
    assert_eq!(security["assetProtocol"], json!({ "enable": false }));
    assert_eq!(security["capabilities"], json!(["windows"]));
    let csp: Vec<&str> = security["csp"].as_str().expect("a policy").split("; ").collect();
    assert_eq!(
        csp,
        [
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self' data: blob:",
            "connect-src ipc: http://ipc.localhost",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        ]
    );
    assert_eq!(config["build"]["frontendDist"], "ui/dist");
    assert_eq!(
        config["build"].get("devUrl"),
        None,
        "the page is always the one inside"
    );
    assert_eq!(config.get("plugins"), None);
}

#[test]
fn windows_are_kept_out_of_shared_screens_where_the_system_can() {
    let made = text("src-tauri/src/window/views.rs");
    assert!(
        made.contains(".content_protected(true)"),
        "on Windows and macOS; Linux has no way"
    );
}

#[test]
fn the_shell_has_no_feature_that_reaches_further() {
    let manifest: toml::Table = text("Cargo.toml").parse().expect("TOML");
    let tauri = &manifest["dependencies"]["tauri"];
    assert_eq!(tauri["default-features"].as_bool(), Some(false));
    assert_eq!(tauri["optional"].as_bool(), Some(true));
    let features: Vec<&str> = tauri["features"]
        .as_array()
        .expect("features")
        .iter()
        .filter_map(toml::Value::as_str)
        .collect();
    assert_eq!(features, ["wry", "x11", "compression"]);
    let window: Vec<&str> = manifest["features"]["window"]
        .as_array()
        .expect("features")
        .iter()
        .filter_map(toml::Value::as_str)
        .filter(|feature| !feature.starts_with("dep:"))
        .collect();
    assert_eq!(
        window,
        ["tauri/custom-protocol"],
        "the page inside, no developer tools"
    );
}
