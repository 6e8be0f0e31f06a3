//! The windows themselves. Everything here is Tauri's and GTK's; what is decided is decided in `stay`, `place` and
//! `session`.

mod at_once;
mod views;
mod commands;
mod backstage;

use std::process::ExitCode;

use kossori_api::{Code, Problem};
use rustix::process::{DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit};

use crate::arguments::{Start, data_dir};
use crate::session::{House, Session};
use crate::words::Words;
use commands::Shell;

pub fn open(start: Start, words: &Words) -> ExitCode {
    // Before GTK, WebKit and every thread: WebKit paints a window of this size sooner without its compositor.
    let _ = gtk::glib::setenv("WEBKIT_DISABLE_COMPOSITING_MODE", "1", true);
    if gtk::init().is_err() {
        words.complain_plainly("shell.not_opened");
        return ExitCode::from(1);
    }
    keep_memory_private();
    let Some(data_dir) = data_dir(start.data_dir, |name| std::env::var_os(name)) else {
        words.complain(&Problem::new(Code::FolderUnusable));
        return ExitCode::from(1);
    };
    let kept_in = views::kept_in(&data_dir, |name| std::env::var_os(name));
    let (session, asked) = Session::new();
    let (shell, said) = Shell::new(session, kept_in, words.clone());
    let house = House::of(data_dir, start.what);
    let app = tauri::Builder::default()
        .enable_macos_default_menu(false)
        .manage(shell)
        .invoke_handler(tauri::generate_handler![
            commands::ask,
            commands::painted,
            commands::mounted,
            commands::hide,
            commands::keep_open,
            commands::open_main,
            commands::open_composer,
            commands::open_draft,
            commands::keep_open_draft,
            commands::pick_pictures,
            commands::pasted_picture,
            commands::open_external,
            commands::may_leave,
        ])
        .on_window_event(commands::on_window_event)
        .setup(move |app| {
            views::quiet_gtk();
            backstage::begin(app.handle().clone(), house, asked, said, start.what)?;
            Ok(())
        })
        .build(tauri::generate_context!());
    match app {
        Ok(app) => {
            app.run(|_, _| {});
            ExitCode::SUCCESS
        }
        Err(_) => {
            words.complain_plainly("shell.not_opened");
            ExitCode::from(1)
        }
    }
}

/// Texts pass through here: no core dump, and no other process of the person looks in.
fn keep_memory_private() {
    // A system that refuses either still shows the window.
    let _ = setrlimit(
        Resource::Core,
        Rlimit {
            current: Some(0),
            maximum: Some(0),
        },
    );
    let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    /// As Tauri itself merges them (RFC 7396).
    fn merge(into: &mut Value, patch: Value) {
        match (into, patch) {
            (Value::Object(into), Value::Object(patch)) => {
                for (name, value) in patch {
                    merge(into.entry(name).or_insert(Value::Null), value);
                }
            }
            (into, patch) => *into = patch,
        }
    }

    /// They are read by no build on Linux: here at least Tauri knows each word of them.
    #[test]
    fn the_other_systems_configurations_are_such() {
        let ours = include_str!("../../tauri.conf.json");
        for (system, icon, text) in [
            (
                "windows",
                "icon.ico",
                include_str!("../../tauri.windows.conf.json"),
            ),
            ("macos", "icon.icns", include_str!("../../tauri.macos.conf.json")),
        ] {
            let mut merged: Value = serde_json::from_str(ours).expect("JSON");
            merge(&mut merged, serde_json::from_str(text).expect("JSON"));
            let config = serde_json::from_value::<tauri::Config>(merged);
            let config = config.unwrap_or_else(|error| panic!("{system}: {error}"));
            assert!(config.bundle.active, "{system}");
            let icons = &config.bundle.icon;
            assert!(
                icons.len() == 1 && icons[0].ends_with(icon),
                "{system}: {icons:?}"
            );
            let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
            assert!(root.join(&icons[0]).exists(), "{system}");
        }
    }
}
