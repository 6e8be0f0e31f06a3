//! What page and shell say to one another, as `ui/src/bridge/bridge.ts` has it.

use serde::{Deserialize, Serialize};

/// The two windows, by what they show. The names are also their labels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum What {
    #[default]
    Compose,
    Main,
}

impl What {
    pub const ALL: [What; 2] = [What::Compose, What::Main];

    pub fn label(self) -> &'static str {
        match self {
            What::Compose => "compose",
            What::Main => "main",
        }
    }

    pub fn of_label(label: &str) -> Option<What> {
        What::ALL.into_iter().find(|what| what.label() == label)
    }
}

/// Why a window stays when it loses the focus.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    Pinned,
    Dialog,
    SignIn,
    Composing,
    Dragging,
    /// There is text: it holds the window for a while only.
    Text,
    /// The host has not committed all of it yet.
    Unsaved,
}

impl Reason {
    /// Whether it holds the program when no window is to be seen. A pin is for a window in sight, and what composes, drags
    /// or is asked in a window that was closed is over.
    pub fn holds_unseen(self) -> bool {
        matches!(self, Reason::Unsaved | Reason::SignIn)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Connection {
    Connected,
    Starting,
    Gone,
}

#[cfg(test)]
mod tests {
    use super::{Connection, Reason, What};

    #[test]
    fn the_words_are_the_bridges() {
        let bridge = include_str!("../../ui/src/bridge/bridge.ts");
        let words = |name: &str| -> Vec<String> {
            let start = format!("export type {name} = ");
            let line = bridge.lines().find_map(|line| line.strip_prefix(&start)).unwrap();
            line.trim_end_matches(';')
                .split(" | ")
                .map(|word| word.trim_matches('"').to_owned())
                .collect()
        };
        for word in words("StayOpen") {
            serde_json::from_value::<Reason>(word.into()).unwrap();
        }
        let whats: Vec<String> = What::ALL.iter().map(|what| what.label().to_owned()).collect();
        assert_eq!(whats, words("What"));
        let connections = [Connection::Connected, Connection::Starting, Connection::Gone];
        let connections: Vec<String> = connections
            .iter()
            .map(|state| serde_json::to_value(state).unwrap().as_str().unwrap().to_owned())
            .collect();
        assert_eq!(connections, words("Connection"));
    }
}
