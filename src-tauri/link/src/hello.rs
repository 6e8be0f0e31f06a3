//! The first frame each way, and what two programs of different age make of one another (RULES.md 8).

use serde::{Deserialize, Serialize};

/// What a client says first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HelloClient {
    pub protocol: u32,
    pub build: String,
    pub program: Program,
    /// Whose socket the client thinks this is: `data_dir_hash` of its folder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data_dir_hash: Option<String>,
    /// What a window was opened for, `compose` or `main`: if another one is there already, that one shows it. `nothing`:
    /// it has only come back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shows: Option<String>,
}

/// What the host answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HelloHost {
    pub protocol: u32,
    pub build: String,
    pub kind: HostKind,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data_dir_hash: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Program {
    Window,
    Command,
    Resident,
    Run,
    /// A newer version's; it must be understood far enough to be told to wait.
    #[serde(other)]
    Unknown,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HostKind {
    /// Stays all day and publishes.
    Resident,
    /// `kossorictl run`: publishes, and gives way to a resident.
    Run,
    /// Answers the command that it was started for, and nobody else.
    Command,
    #[serde(other)]
    Unknown,
}

/// Why the host does not talk to a client. The codes are `api`'s.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{code}")]
pub struct Refusal {
    pub code: String,
}

impl Refusal {
    pub const BUSY_RETRY: &str = "busy_retry";
    pub const RETIRING: &str = "retiring";
    pub const UPDATED_START_AGAIN: &str = "updated_start_again";
    /// The folder has a window, which was brought to the front instead of this one.
    pub const WINDOW_OPEN: &str = "window_open";
    /// The client meant another folder's host.
    pub const OTHER_FOLDER: &str = "other_folder";
    /// What came is no frame, no JSON or nothing that this protocol has.
    pub const BAD_FRAME: &str = "bad_frame";

    pub fn new(code: impl Into<String>) -> Refusal {
        Refusal { code: code.into() }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meeting {
    /// Same protocol; the builds may differ.
    Work,
    /// The client is newer: the host is to retire.
    Retire,
    /// The client is older than the host.
    TooOld,
    /// The host serves one command and nobody else.
    Busy,
    OtherFolder,
}

impl Meeting {
    /// What the client is refused with; `None` if they work.
    pub fn refusal(self) -> Option<Refusal> {
        let code = match self {
            Meeting::Work => return None,
            Meeting::Retire => Refusal::RETIRING,
            Meeting::TooOld => Refusal::UPDATED_START_AGAIN,
            Meeting::Busy => Refusal::BUSY_RETRY,
            Meeting::OtherFolder => Refusal::OTHER_FOLDER,
        };
        Some(Refusal::new(code))
    }
}

/// What is to happen between these two. A command's host is asked to retire by nobody, because it ends by itself; but
/// an older client hears at once that waiting will not help it.
pub fn meet(host: &HelloHost, client: &HelloClient) -> Meeting {
    if client.protocol < host.protocol {
        return Meeting::TooOld;
    }
    if host.kind == HostKind::Command {
        return Meeting::Busy;
    }
    if client.protocol > host.protocol {
        return Meeting::Retire;
    }
    match (&host.data_dir_hash, &client.data_dir_hash) {
        (Some(ours), Some(theirs)) if ours != theirs => Meeting::OtherFolder,
        _ => Meeting::Work,
    }
}

#[cfg(test)]
mod tests {
    use super::{HelloClient, HelloHost, HostKind, Meeting, Program, meet};

    #[test]
    fn who_works_with_whom() {
        use HostKind::{Command, Resident, Run};
        let table = [
            (Resident, 3, "a", 3, "a", Meeting::Work),
            (Resident, 3, "a", 3, "b", Meeting::Work),
            (Run, 3, "a", 3, "b", Meeting::Work),
            (Resident, 3, "a", 4, "a", Meeting::Retire),
            (Run, 3, "a", 4, "a", Meeting::Retire),
            (Resident, 3, "a", 2, "a", Meeting::TooOld),
            (Command, 3, "a", 3, "a", Meeting::Busy),
            (Command, 3, "a", 4, "a", Meeting::Busy),
            (Command, 3, "a", 2, "a", Meeting::TooOld),
        ];
        for (kind, protocol, build, theirs, their_build, expected) in table {
            let host = HelloHost {
                protocol,
                build: build.into(),
                kind,
                data_dir_hash: None,
            };
            let client = HelloClient {
                protocol: theirs,
                build: their_build.into(),
                program: Program::Window,
                data_dir_hash: None,
                shows: None,
            };
            assert_eq!(meet(&host, &client), expected, "{host:?} {client:?}");
        }
    }

    #[test]
    fn another_folders_client_is_told_so_and_silence_is_no_difference() {
        let table = [
            (Some("a"), Some("b"), Meeting::OtherFolder),
            (Some("a"), Some("a"), Meeting::Work),
            (Some("a"), None, Meeting::Work),
            (None, Some("b"), Meeting::Work),
        ];
        for (ours, theirs, expected) in table {
            let host = HelloHost {
                protocol: 1,
                build: String::new(),
                kind: HostKind::Resident,
                data_dir_hash: ours.map(String::from),
            };
            let client = HelloClient {
                protocol: 1,
                build: String::new(),
                program: Program::Command,
                data_dir_hash: theirs.map(String::from),
                shows: None,
            };
            assert_eq!(meet(&host, &client), expected, "{ours:?} {theirs:?}");
        }
    }

    #[test]
    fn a_newer_versions_hello_is_still_read() {
        let hello: HelloClient =
            serde_json::from_str(r#"{"protocol":9,"build":"x","program":"watch","mood":[1]}"#).unwrap();
        assert_eq!((hello.protocol, hello.program), (9, Program::Unknown));
    }
}
