//! Plain output: short sentences and narrow tables, times as the person reads them.

use kossori_api::{FindingView, MovedView};
use kossori_host::{Clock as _, SystemClock};
use kossori_messages::{Language, moment, say};

pub struct Words {
    pub language: Language,
    /// `2026-11-23`, in the system's zone.
    today: String,
}

impl Words {
    pub fn of_process() -> Words {
        let of = |name: &str| std::env::var(name).ok();
        let (all, messages, lang) = (of("LC_ALL"), of("LC_MESSAGES"), of("LANG"));
        let clock = SystemClock;
        Words {
            language: Language::from_environment(all.as_deref(), messages.as_deref(), lang.as_deref()),
            today: clock.now().to_zoned_datetime(clock.zone()).date().to_string(),
        }
    }

    pub fn say(&self, key: &str, args: &[(&str, &str)]) -> String {
        say(self.language, key, args)
    }

    pub fn done(&self) -> String {
        self.say("cli.done", &[])
    }

    pub fn time(&self, rfc3339: &str) -> String {
        moment(self.language, rfc3339, Some(&self.today))
    }

    /// The time with seconds, for what happens as one looks on.
    pub fn exact_time(&self, rfc3339: &str) -> String {
        let clock = rfc3339
            .split_once('T')
            .and_then(|(date, time)| Some((date, time.get(..8)?)));
        match clock {
            Some((date, time)) if date == self.today => time.to_owned(),
            Some((date, time)) => format!("{date} {time}"),
            None => rfc3339.to_owned(),
        }
    }

    /// A word of a family (`state`, `reason` …); one that a newer host knows is shown as it is.
    pub fn word(&self, family: &str, name: &str) -> String {
        let key = format!("{family}.{name}");
        if kossori_messages::knows(self.language, &key) {
            self.say(&key, &[])
        } else {
            name.to_owned()
        }
    }

    /// Why nothing goes out at all, and what a person can do about it.
    pub fn halted(&self, reason: &str) -> Vec<String> {
        let next_step = format!("hint.{reason}");
        let mut lines = vec![self.say("cli.status_reason", &[("reason", &self.word("reason", reason))])];
        if kossori_messages::knows(self.language, &next_step) {
            lines.push(self.say(&next_step, &[]));
        }
        lines
    }

    pub fn window(&self, name: &str) -> String {
        kossori_messages::window_title(self.language, name, "")
    }

    /// When it goes, or why no time is known.
    pub fn planned(&self, at: Option<&str>, window: Option<&str>, reason: Option<&str>) -> String {
        match (at, window, reason) {
            (Some(at), Some(window), _) => self.say(
                "cli.planned",
                &[("at", &self.time(at)), ("window", &self.window(window))],
            ),
            (Some(at), None, _) => self.time(at),
            (None, _, Some(reason)) => {
                self.say("cli.no_time_because", &[("reason", &self.word("reason", reason))])
            }
            (None, _, None) => self.say("cli.no_time", &[]),
        }
    }

    pub fn moved(&self, moved: &[MovedView]) -> String {
        if moved.is_empty() {
            return String::new();
        }
        let time = |at: &Option<String>| {
            at.as_deref()
                .map_or_else(|| self.say("cli.no_time", &[]), |at| self.time(at))
        };
        let row = |moved: &MovedView| {
            let (from, to) = (time(&moved.from), time(&moved.to));
            self.say(
                "cli.moved_row",
                &[("id", &moved.id), ("from", &from), ("to", &to)],
            )
        };
        self.lines(
            [self.say("cli.moved", &[])]
                .into_iter()
                .chain(moved.iter().map(row)),
        )
    }

    pub fn finding(&self, finding: &FindingView) -> String {
        let message = kossori_messages::finding(self.language, finding);
        let severity = self.word("severity", &finding.severity);
        let row = self.say(
            "cli.finding_row",
            &[("severity", &severity), ("message", &message)],
        );
        match finding.part {
            Some(part) if part > 1 => {
                format!("{}  {row}", self.say("cli.part", &[("n", &part.to_string())]))
            }
            _ => row,
        }
    }

    /// Lines under one another; empty ones are left out.
    pub fn lines(&self, lines: impl IntoIterator<Item = String>) -> String {
        lines
            .into_iter()
            .filter(|line| !line.is_empty())
            .collect::<Vec<_>>()
            .join("\n")
    }

    /// Columns under one another.
    pub fn table(&self, rows: &[Vec<String>]) -> String {
        let columns = rows.iter().map(Vec::len).max().unwrap_or_default();
        let widths: Vec<usize> = (0..columns)
            .map(|column| {
                rows.iter()
                    .filter_map(|row| row.get(column))
                    .map(|cell| width(cell))
                    .max()
                    .unwrap_or_default()
            })
            .collect();
        let line = |row: &Vec<String>| {
            let mut line = String::new();
            for (cell, wide) in row.iter().zip(&widths) {
                line.push_str(cell);
                line.extend(std::iter::repeat_n(' ', wide - width(cell) + 2));
            }
            line.trim_end().to_owned()
        };
        rows.iter().map(line).collect::<Vec<_>>().join("\n")
    }
}

/// In columns of a terminal, near enough: what is not Latin takes two.
fn width(text: &str) -> usize {
    text.chars().map(|c| if c >= '\u{1100}' { 2 } else { 1 }).sum()
}

/// A text on one line, cut where lists want it short.
pub fn one_line(text: &str) -> String {
    const MOST: usize = 60;
    let line: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(MOST) {
        Some((at, _)) => format!("{}…", &line[..at]),
        None => line,
    }
}

/// Why it does not go sooner, as a sentence.
pub fn why(language: Language, code: &str, until: Option<&str>) -> String {
    let key = format!("why.{code}");
    let sentence = if kossori_messages::knows(language, &key) {
        say(language, &key, &[])
    } else {
        code.to_owned()
    };
    match until {
        Some(until) => say(
            language,
            "why.until",
            &[("why", &sentence), ("time", &moment(language, until, None))],
        ),
        None => sentence,
    }
}
