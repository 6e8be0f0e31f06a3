//! The arrows between the crates, and the outside crates that only some may name. Read from the manifests, so that a
//! new arrow fails here before anybody gets used to it; each forbidden one is added to a copy once, to see that.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// One crate: its folder, the workspace crates that it may import, and the outside crates that it has beside the
/// general ones.
struct Row {
    name: &'static str,
    folder: &'static str,
    inside: &'static [&'static str],
    outside: &'static [&'static str],
    /// General crates that this row must not have.
    never: &'static [&'static str],
}

/// Free for everybody whose row does not forbid them.
const GENERAL: &[&str] = &[
    "async-trait",
    "base64",
    "futures-util",
    "hex",
    "jiff",
    "libc",
    "rustix",
    "serde",
    "serde_json",
    "sha2",
    "thiserror",
    "tokio",
    "tracing",
    "uuid",
    "zeroize",
];

/// In tests of a crate only.
const IN_TESTS: &[&str] = &[
    "proptest",
    "tempfile",
    "kamadak-exif",
    "ring",
    "serde_json",
    "tokio",
];

const NO_RUNTIME: &[&str] = &[
    "async-trait",
    "base64",
    "futures-util",
    "libc",
    "rustix",
    "tokio",
    "tracing",
    "uuid",
];

const HOUSE: &[Row] = &[
    Row {
        name: "core",
        folder: "src-tauri/core",
        inside: &[],
        outside: &[
            "aho-corasick",
            "linkify",
            "regex",
            "unicode-normalization",
            "unicode-segmentation",
        ],
        never: &[
            "async-trait",
            "base64",
            "futures-util",
            "hex",
            "libc",
            "rustix",
            "serde_json",
            "tokio",
            "tracing",
            "uuid",
            "zeroize",
        ],
    },
    Row {
        name: "api",
        folder: "src-tauri/api",
        inside: &["core"],
        outside: &["ts-rs"],
        never: NO_RUNTIME,
    },
    Row {
        name: "messages",
        folder: "src-tauri/messages",
        inside: &["api"],
        outside: &[],
        never: NO_RUNTIME,
    },
    Row {
        name: "engine",
        folder: "src-tauri/engine",
        inside: &["core", "api"],
        outside: &[],
        never: &["rustix", "libc"],
    },
    Row {
        name: "networks",
        folder: "src-tauri/networks",
        inside: &["core", "engine"],
        outside: &["ipld-core", "p256", "reqwest", "rustls", "serde_ipld_dagcbor"],
        never: &[],
    },
    Row {
        name: "store",
        folder: "src-tauri/store",
        inside: &["core", "engine"],
        outside: &["libsqlite3-sys", "sqlx"],
        never: &[],
    },
    Row {
        name: "vault",
        folder: "src-tauri/vault",
        inside: &["core", "engine"],
        // `secret-service` is what `keyring` itself stands on where there is a Secret Service.
        outside: &["keyring", "secret-service", "zbus"],
        never: &[],
    },
    Row {
        name: "media",
        folder: "src-tauri/media",
        inside: &["core", "engine"],
        outside: &[
            "fast_image_resize",
            "gif",
            "image",
            "img-parts",
            "jpeg-encoder",
            "moxcms",
            "png",
            "seccompiler",
        ],
        never: &[],
    },
    Row {
        name: "link",
        folder: "src-tauri/link",
        inside: &["api"],
        outside: &[],
        never: &[],
    },
    Row {
        name: "host",
        folder: "src-tauri/host",
        inside: &[
            "core", "api", "messages", "engine", "networks", "store", "vault", "media", "link",
        ],
        // Listening to logind on the system bus.
        outside: &["zbus"],
        never: &[],
    },
    Row {
        name: "resident",
        folder: "src-tauri/resident",
        // The picture worker is media's own code, run in a process of its own.
        inside: &["host", "messages", "api", "media"],
        // The bus: asking the desktop whether a digest would disturb. The X server: keys that are heard everywhere.
        outside: &["ksni", "notify-rust", "tray-icon", "tao", "x11rb", "zbus"],
        never: &[],
    },
    Row {
        name: "cli",
        folder: "src-tauri/cli",
        inside: &["link", "host", "messages", "api"],
        outside: &["clap", "clap_complete"],
        never: &[],
    },
    Row {
        name: "shell",
        folder: ".",
        inside: &["link", "api", "messages"],
        // GTK and WebKit are Tauri's own: the input method, the file picker, the browser.
        outside: &["tauri", "tauri-build", "gtk", "gdkx11", "webkit2gtk"],
        never: &[],
    },
];

/// Outside crates that nobody may name: each clashes with one that we have, or would be a second way.
const NOBODY: &[&str] = &["rusqlite", "megalodon", "openssl", "native-tls"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Dependencies of a manifest: (name, whether only in tests).
fn dependencies(manifest: &str) -> BTreeSet<(String, bool)> {
    let manifest: toml::Table = manifest.parse().expect("a manifest is TOML");
    let mut found = BTreeSet::new();
    collect(&manifest, &mut found);
    if let Some(targets) = manifest.get("target").and_then(toml::Value::as_table) {
        for target in targets.values().filter_map(toml::Value::as_table) {
            collect(target, &mut found);
        }
    }
    found
}

fn collect(table: &toml::Table, found: &mut BTreeSet<(String, bool)>) {
    for (section, in_tests) in [
        ("dependencies", false),
        ("build-dependencies", false),
        ("dev-dependencies", true),
    ] {
        let Some(section) = table.get(section).and_then(toml::Value::as_table) else {
            continue;
        };
        for (name, value) in section {
            // A renamed dependency is what it really is.
            let real = value
                .as_table()
                .and_then(|t| t.get("package"))
                .and_then(toml::Value::as_str);
            found.insert((real.unwrap_or(name).to_owned(), in_tests));
        }
    }
}

/// Every arrow of `row` that the house does not have.
fn wrong(row: &Row, manifest: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    for (name, in_tests) in dependencies(manifest) {
        let allowed = match name.strip_prefix("kossori-") {
            Some(inside) => row.inside.contains(&inside),
            None if NOBODY.contains(&name.as_str()) => false,
            None if in_tests && IN_TESTS.contains(&name.as_str()) => true,
            None => {
                row.outside.contains(&name.as_str())
                    || GENERAL.contains(&name.as_str()) && !row.never.contains(&name.as_str())
            }
        };
        if !allowed {
            wrong.push(format!("{} → {name}", row.name));
        }
    }
    wrong
}

fn manifests(root: &Path) -> BTreeMap<&'static str, String> {
    HOUSE
        .iter()
        .map(|row| {
            let path = root.join(row.folder).join("Cargo.toml");
            (
                row.name,
                std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display())),
            )
        })
        .collect()
}

#[test]
fn the_manifests_have_only_the_houses_arrows() {
    let manifests = manifests(&root());
    let wrong: Vec<String> = HOUSE
        .iter()
        .flat_map(|row| wrong(row, &manifests[row.name]))
        .collect();
    assert!(
        wrong.is_empty(),
        "arrows that ARCHITECTURE.md does not have: {wrong:?}"
    );
}

#[test]
fn every_package_of_the_workspace_has_a_row() {
    let workspace: toml::Table = std::fs::read_to_string(root().join("Cargo.toml"))
        .expect("the root manifest")
        .parse()
        .expect("a manifest is TOML");
    let members = workspace["workspace"]["members"].as_array().expect("members");
    for member in members
        .iter()
        .filter_map(toml::Value::as_str)
        .filter(|member| !member.starts_with("tests"))
    {
        assert!(
            HOUSE.iter().any(|row| row.folder == member),
            "{member} has no row in the house"
        );
    }
}

#[test]
fn every_forbidden_arrow_is_found_when_it_is_added() {
    let copy = tempfile::tempdir().expect("a temporary folder");
    let mut tried = 0;
    let all_inside: Vec<&str> = HOUSE
        .iter()
        .map(|row| row.name)
        .filter(|name| *name != "shell")
        .collect();
    let reserved: BTreeSet<&str> = HOUSE
        .iter()
        .flat_map(|row| row.outside.iter().copied())
        .chain(NOBODY.iter().copied())
        .collect();
    for row in HOUSE {
        let folder = copy.path().join(row.folder);
        std::fs::create_dir_all(&folder).expect("a folder of the copy");
        let path = folder.join("Cargo.toml");
        let manifest =
            std::fs::read_to_string(root().join(row.folder).join("Cargo.toml")).expect("a manifest");
        let inside = all_inside
            .iter()
            .filter(|name| **name != row.name && !row.inside.contains(*name))
            .map(|name| format!("kossori-{name}"));
        let outside = reserved
            .iter()
            .filter(|name| !row.outside.contains(*name))
            .map(|name| (*name).to_owned());
        let never = row.never.iter().map(|name| (*name).to_owned());
        for forbidden in inside.chain(outside).chain(never) {
            if dependencies(&manifest).contains(&(forbidden.clone(), false)) {
                continue;
            }
            let added = format!("{manifest}\n[target.'cfg(all())'.dependencies]\n\"{forbidden}\" = \"*\"\n");
            std::fs::write(&path, &added).expect("a manifest of the copy");
            let found = wrong(
                row,
                &std::fs::read_to_string(&path).expect("what was just written"),
            );
            assert_eq!(
                found,
                [format!("{} → {forbidden}", row.name)],
                "an added arrow went unseen"
            );
            tried += 1;
        }
    }
    assert!(
        tried > 250,
        "only {tried} arrows were tried: the house has far more that are forbidden"
    );
}
