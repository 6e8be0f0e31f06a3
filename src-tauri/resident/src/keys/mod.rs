//! Keys that are heard everywhere, for who wants them: nothing is opened or listened to before a person has chosen one, and
//! nothing is ever polled.

#[cfg_attr(target_os = "linux", path = "x11.rs")]
#[cfg_attr(not(target_os = "linux"), path = "none.rs")]
mod platform;

use std::sync::Arc;

use kossori_api::{Preferences, Shortcut, ShortcutsView};
use kossori_host::Host;
use tokio::sync::{mpsc, watch};

use crate::tray::Action;
use platform::Listening;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    Write,
    Hide,
}

impl Which {
    fn as_str(self) -> &'static str {
        match self {
            Which::Write => "write",
            Which::Hide => "hide",
        }
    }

    fn action(self) -> Action {
        match self {
            Which::Write => Action::Write(None),
            Which::Hide => Action::Hide,
        }
    }
}

/// Where a session can be told apart by its environment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Desktop {
    X11,
    Wayland,
    None,
}

impl Desktop {
    fn of(variable: impl Fn(&str) -> Option<String>) -> Desktop {
        let is_set = |name: &str| variable(name).is_some_and(|value| !value.is_empty());
        let session = variable("XDG_SESSION_TYPE");
        // An X server for old programs hears only what is typed into them.
        if is_set("WAYLAND_DISPLAY") || session.as_deref() == Some("wayland") {
            Desktop::Wayland
        } else if is_set("DISPLAY") && cfg!(target_os = "linux") {
            Desktop::X11
        } else {
            Desktop::None
        }
    }

    fn as_str(self) -> &'static str {
        match self {
            Desktop::X11 => "x11",
            Desktop::Wayland => "wayland",
            Desktop::None => "none",
        }
    }
}

type Wanted = Vec<(Which, Shortcut)>;

fn wanted(preferences: Option<&Preferences>) -> Wanted {
    let Some(preferences) = preferences else {
        return Vec::new();
    };
    let chosen = [
        (Which::Write, &preferences.shortcut_write),
        (Which::Hide, &preferences.shortcut_hide),
    ];
    let read = |(which, text): (Which, &Option<String>)| {
        let shortcut = Shortcut::parse(text.as_deref()?).ok()?;
        Some((which, shortcut))
    };
    chosen.into_iter().filter_map(read).collect()
}

/// Follows what the person prefers, and tells the host what came of it. Does not end.
pub async fn keep(
    host: &Arc<Host>,
    mut prefers: watch::Receiver<Option<Preferences>>,
    heard: mpsc::UnboundedSender<Action>,
) {
    let mut desktop = Desktop::of(|name| std::env::var(name).ok());
    let mut listening: Option<Arc<Listening>> = None;
    let mut listens_to = Wanted::new();
    loop {
        let wants = wanted(prefers.borrow_and_update().as_ref());
        let mut taken = Vec::new();
        if desktop == Desktop::X11 && (wants != listens_to || !wants.is_empty()) {
            let (now, keys, heard) = (listening.take(), wants.clone(), heard.clone());
            // Its answers may take their time, and the rest of the resident does not wait for them.
            let listens = tokio::task::spawn_blocking(move || {
                let listening = match now.filter(|listening| listening.is_alive()) {
                    Some(listening) => listening,
                    None => Listening::begin(move |which| {
                        // Refused only when the program is ending.
                        let _ = heard.send(which.action());
                    })?,
                };
                let taken = listening.listen_to(&keys);
                Some((listening, taken))
            });
            match listens.await.ok().flatten() {
                Some((now, not_ours)) => {
                    // Without a key that is wanted there is nothing to be connected for.
                    listening = (!wants.is_empty()).then_some(now);
                    taken = not_ours;
                }
                None => desktop = Desktop::None,
            }
            listens_to = wants;
        }
        host.set_shortcuts(Some(ShortcutsView {
            desktop: desktop.as_str().to_owned(),
            taken: taken.iter().map(|which| which.as_str().to_owned()).collect(),
        }));
        if prefers.changed().await.is_err() {
            return std::future::pending().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use kossori_api::Preferences;

    use super::{Desktop, Which, wanted};

    #[test]
    fn nothing_is_listened_to_before_somebody_wants_it() {
        assert!(wanted(None).is_empty());
        assert!(wanted(Some(&Preferences::default())).is_empty());
        let preferences = Preferences {
            shortcut_hide: Some("Ctrl+Alt+H".to_owned()),
            // Of a later version.
            shortcut_write: Some("Ctrl+Eject".to_owned()),
            ..Preferences::default()
        };
        let wants = wanted(Some(&preferences));
        assert_eq!(wants.len(), 1);
        assert_eq!(
            (wants[0].0, wants[0].1.to_string()),
            (Which::Hide, "Ctrl+Alt+H".to_owned())
        );
    }

    #[test]
    fn an_x_server_inside_wayland_hears_nothing_of_the_rest() {
        let of = |set: &[(&str, &str)]| {
            Desktop::of(|name| {
                set.iter()
                    .find(|(known, _)| *known == name)
                    .map(|(_, value)| (*value).to_owned())
            })
        };
        assert_eq!(of(&[]), Desktop::None);
        assert_eq!(of(&[("DISPLAY", "")]), Desktop::None);
        assert_eq!(of(&[("DISPLAY", ":0")]), Desktop::X11);
        assert_eq!(
            of(&[("DISPLAY", ":0"), ("XDG_SESSION_TYPE", "x11")]),
            Desktop::X11
        );
        assert_eq!(
            of(&[("DISPLAY", ":0"), ("XDG_SESSION_TYPE", "wayland")]),
            Desktop::Wayland
        );
        assert_eq!(
            of(&[("DISPLAY", ":0"), ("WAYLAND_DISPLAY", "wayland-0")]),
            Desktop::Wayland
        );
    }
}
