//! What the tray shows, as plain data. No text of a post, no handle and no account's name is ever in it.

use kossori_api::{Problem, Status};
use kossori_messages::{Language, knows, moment, say};

use super::wrap;

/// The lengths of a break that the menu offers, in minutes.
const BREAKS: [u32; 3] = [5, 15, 30];
/// And of a pause, beside the one without an end.
const PAUSES: [Pause; 3] = [Pause::Minutes(30), Pause::Hours(1), Pause::Hours(3)];
/// Deliveries that have not gone out and still may.
const WAITING: [&str; 5] = ["queued", "held", "claimed", "staged", "sending"];
/// What an answer to the keyring's question would end.
const LOCKED: [&str; 3] = ["keyring_locked", "keyring_dismissed", "keyring_timed_out"];

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Face {
    pub state: State,
    /// Shown beside the name of the program.
    pub tooltip: String,
    pub menu: Vec<Line>,
}

/// Each has its icon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Idle,
    Queued,
    Paused,
    NeedsYou,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line {
    Act(String, Action),
    /// To be read, not chosen.
    Say(String),
    More(String, Vec<Line>),
    Rule,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Where the person clicked, if the tray knows.
    Write(Option<(i32, i32)>),
    /// So many minutes.
    Break(u32),
    EndBreak,
    Pause(Pause),
    Resume,
    /// The keyring's question is put to the person.
    Unlock,
    Open,
    /// The windows go at once, and lists are veiled when they come back.
    Hide,
    Quit,
    /// The menu is about to be read: what time alone changed is looked at.
    Look,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pause {
    Minutes(u32),
    Hours(u32),
    UntilResumed,
}

impl Pause {
    /// As `pause` takes it.
    pub fn duration(self) -> Option<String> {
        match self {
            Pause::Minutes(minutes) => Some(format!("{minutes}m")),
            Pause::Hours(hours) => Some(format!("{hours}h")),
            Pause::UntilResumed => None,
        }
    }
}

/// What the host answered.
pub enum Seen {
    Starting,
    Open(Box<Status>),
    /// Why the folder is shut.
    Shut(Problem),
}

pub struct Words {
    pub language: Language,
    /// `2026-11-23`, in the system's zone.
    pub today: String,
}

impl Words {
    fn say(&self, key: &str, args: &[(&str, &str)]) -> String {
        say(self.language, key, args)
    }

    fn time(&self, rfc3339: &str) -> String {
        moment(self.language, rfc3339, Some(&self.today))
    }

    /// What has waited too long, and what to do about it.
    fn waits(&self, status: &Status) -> Option<String> {
        let key = format!("wait.{}", status.waits.first()?);
        Some(if knows(self.language, &key) {
            self.say(&key, &[])
        } else {
            self.say("tray.needs_you", &[])
        })
    }

    /// How many wait, and how many of all need a person; nothing where there are neither.
    fn numbers(&self, status: &Status) -> Option<String> {
        let needs = status.counts.get("needs_you").copied().unwrap_or(0);
        let (waiting, needs) = (waiting(status), needs);
        let (n, needing) = (waiting.to_string(), needs.to_string());
        match (waiting, needs) {
            (0, 0) => None,
            (_, 0) => Some(self.say("tray.count_waiting", &[("n", &n)])),
            (0, _) => Some(self.say("tray.count_needs", &[("n", &needing)])),
            (_, _) => Some(self.say("tray.count_both", &[("n", &n), ("needs", &needing)])),
        }
    }

    fn pause(&self, pause: Pause) -> String {
        match pause {
            Pause::Minutes(minutes) => self.say("tray.break_for", &[("minutes", &minutes.to_string())]),
            Pause::Hours(1) => self.say("tray.pause_hour", &[]),
            Pause::Hours(hours) => self.say("tray.pause_hours", &[("hours", &hours.to_string())]),
            Pause::UntilResumed => self.say("tray.pause_open", &[]),
        }
    }

    fn reason(&self, reason: &str) -> String {
        self.say(&format!("reason.{reason}"), &[])
    }
}

impl Face {
    /// `in_vain`: the window that a person clicked for did not open.
    pub fn of(words: &Words, seen: &Seen, in_vain: bool) -> Face {
        let face = Face::of_host(words, seen);
        if !in_vain {
            return face;
        }
        let said = words.say("tray.not_opened", &[]);
        let mut menu = face.menu;
        menu.insert(1, Line::Say(said.clone()));
        Face {
            state: State::NeedsYou,
            tooltip: said,
            menu,
        }
    }

    fn of_host(words: &Words, seen: &Seen) -> Face {
        match seen {
            Seen::Starting => Face {
                state: State::Idle,
                tooltip: words.say("tray.starting", &[]),
                menu: menu(words, words.say("tray.starting", &[]), None, false),
            },
            Seen::Shut(problem) => {
                let why = why_shut(words, problem);
                Face {
                    state: State::NeedsYou,
                    tooltip: why.clone(),
                    menu: menu(words, why, None, LOCKED.contains(&problem.code.as_str())),
                }
            }
            Seen::Open(status) => {
                let locked = status
                    .reason
                    .as_deref()
                    .is_some_and(|reason| LOCKED.contains(&reason));
                let mut menu = menu(words, next(words, status), Some(status), locked);
                if let Some(waits) = words.waits(status) {
                    menu.splice(2..2, wrap::lines(&waits).into_iter().map(Line::Say));
                }
                Face {
                    state: state_of(status),
                    tooltip: tooltip(words, status),
                    menu,
                }
            }
        }
    }
}

fn state_of(status: &Status) -> State {
    match status.state.as_str() {
        "idle" => State::Idle,
        "queued" => State::Queued,
        "paused" => State::Paused,
        // What a later version of the host knows is for a person to look at.
        _ => State::NeedsYou,
    }
}

fn why_shut(words: &Words, problem: &Problem) -> String {
    let code = problem.code.as_str();
    if knows(words.language, &format!("reason.{code}")) {
        words.say("tray.halted", &[("reason", &words.reason(code))])
    } else {
        kossori_messages::problem(words.language, problem).message
    }
}

fn tooltip(words: &Words, status: &Status) -> String {
    if let Some(waits) = words.waits(status) {
        return waits;
    }
    if let Some(halted) = halted(words, status) {
        return halted;
    }
    let key = match state_of(status) {
        State::Idle => "tray.nothing",
        State::Queued => "tray.queued",
        State::Paused => "tray.paused",
        State::NeedsYou => "tray.needs_you",
    };
    words.say(key, &[])
}

/// Why nothing at all goes out, if a person did not want it so.
fn halted(words: &Words, status: &Status) -> Option<String> {
    let reason = status.reason.as_deref().filter(|_| !is_paused(status))?;
    Some(words.say("tray.halted", &[("reason", &words.reason(reason))]))
}

fn is_paused(status: &Status) -> bool {
    status.reason.as_deref() == Some("paused")
}

fn waiting(status: &Status) -> u64 {
    let count = |state: &&str| status.counts.get(*state).copied().unwrap_or(0);
    WAITING.iter().map(count).sum()
}

/// What goes next and when, in one line, or why nothing does.
fn next(words: &Words, status: &Status) -> String {
    if let Some(halted) = halted(words, status) {
        return halted;
    }
    if is_paused(status) {
        return match &status.paused_until {
            Some(until) => words.say("tray.paused_until", &[("at", &words.time(until))]),
            None => words.say("tray.paused", &[]),
        };
    }
    match &status.next_at {
        Some(at) => words.say("tray.next", &[("at", &words.time(at))]),
        None if status.state == "needs_you" => words.say("tray.needs_you", &[]),
        None if waiting(status) > 0 => words.say("tray.no_time", &[]),
        None => words.say("tray.nothing", &[]),
    }
}

/// `status`: `None` while the folder is shut, when there is nothing to break or pause.
fn menu(words: &Words, next: String, status: Option<&Status>, locked: bool) -> Vec<Line> {
    let act = |key: &str, action: Action| Line::Act(words.say(key, &[]), action);
    let mut lines = vec![act("tray.write", Action::Write(None)), Line::Say(next)];
    lines.extend(status.and_then(|status| words.numbers(status)).map(Line::Say));
    if locked {
        lines.push(act("tray.unlock", Action::Unlock));
    }
    lines.push(Line::Rule);
    if let Some(status) = status {
        let length = |minutes: u32| {
            let label = words.say("tray.break_for", &[("minutes", &minutes.to_string())]);
            Line::Act(label, Action::Break(minutes))
        };
        let lengths = BREAKS.into_iter().map(length).collect();
        lines.push(Line::More(words.say("tray.break", &[]), lengths));
        if let Some(until) = &status.break_until {
            let label = words.say("tray.break_end_at", &[("at", &words.time(until))]);
            lines.push(Line::Act(label, Action::EndBreak));
        }
        lines.push(if is_paused(status) {
            act("tray.resume", Action::Resume)
        } else {
            let lengths = PAUSES.into_iter().chain([Pause::UntilResumed]);
            let lengths = lengths.map(|pause| Line::Act(words.pause(pause), Action::Pause(pause)));
            Line::More(words.say("tray.pause", &[]), lengths.collect())
        });
        lines.push(Line::Rule);
    }
    lines.push(act("tray.open", Action::Open));
    lines.push(act("tray.hide", Action::Hide));
    let quit = match status.map_or(0, waiting) {
        0 => words.say("tray.quit", &[]),
        1 => words.say("tray.quit_one", &[]),
        n => words.say("tray.quit_more", &[("n", &n.to_string())]),
    };
    lines.push(Line::Act(quit, Action::Quit));
    lines
}

#[cfg(test)]
#[path = "face_tests.rs"]
mod tests;
