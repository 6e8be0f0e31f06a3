//! What a fault did, counted: the rows of `docs/reliability.md`. A test that injects faults makes one row of each kind,
//! which holds its bars; `script/reliability` collects the rows of the long forms.

use std::fs::OpenOptions;
use std::io::Write;

use serde::{Deserialize, Serialize};

/// Where `script/reliability` collects rows, one JSON object a line.
const FILE: &str = "KOSSORI_TALLY";

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// What breaks, in a few plain words: "the answer is lost".
    pub fault: String,
    /// How it is made to: "the gate cuts the connection after the server's commit".
    pub how: String,
    /// `practice`, `bluesky`, `mastodon` …, or what it was tried on.
    pub on: String,
    /// Posts that met the fault. One that never fired is no run.
    pub runs: u64,
    pub doubled: u64,
    pub lost: u64,
    /// Committed outside an open span, by the server's own clock. `None`: nothing could be, or nobody looked.
    pub outside: Option<u64>,
    /// `None`: there is one account only, or nobody looked.
    pub wrong_account: Option<u64>,
    /// Left to the person, because nobody can know.
    pub asked: u64,
    /// Whatever else belongs to the figure.
    pub note: String,
}

impl Row {
    pub fn new(fault: &str, how: &str, on: &str) -> Row {
        Row {
            fault: fault.to_owned(),
            how: how.to_owned(),
            on: on.to_owned(),
            ..Row::default()
        }
    }

    /// Something is shut at times, and the judge knows when each post was committed or begun.
    pub fn judges_time(self) -> Row {
        Row {
            outside: Some(0),
            ..self
        }
    }

    /// The app has several accounts, and the judge looks into all of them.
    pub fn judges_account(self) -> Row {
        Row {
            wrong_account: Some(0),
            ..self
        }
    }

    pub fn add_outside(&mut self, more: u64) {
        *self.outside.as_mut().expect("its judge looks at the time") += more;
    }

    pub fn add_wrong_account(&mut self, more: u64) {
        *self
            .wrong_account
            .as_mut()
            .expect("its judge looks at the account") += more;
    }

    /// Prints the row, hands it to whoever collects, and fails unless every bar that was looked at is held.
    pub fn held(&self) {
        let measured = |bar: Option<u64>| bar.map_or("—".to_owned(), |count| count.to_string());
        println!(
            "{} · {} · {}: {} runs, {} doubled, {} lost, {} outside, {} from the wrong account, {} asked. {}",
            self.fault,
            self.how,
            self.on,
            self.runs,
            self.doubled,
            self.lost,
            measured(self.outside),
            measured(self.wrong_account),
            self.asked,
            self.note
        );
        hand_on(self);
        assert!(self.runs > 0, "the fault never fired: {self:?}");
        let broken = [
            self.doubled,
            self.lost,
            self.outside.unwrap_or(0),
            self.wrong_account.unwrap_or(0),
        ];
        assert_eq!(broken, [0; 4], "doubled, lost, outside, wrong account: {self:?}");
    }
}

fn hand_on(what: &impl Serialize) {
    let Some(file) = std::env::var_os(FILE) else {
        return;
    };
    let mut file = OpenOptions::new()
        .create(true)
        .append(true)
        .open(file)
        .expect("the tally's file opens");
    let line = serde_json::to_string(what).expect("it is JSON");
    writeln!(file, "{line}").expect("the line is written");
}

/// A table of its own in `docs/reliability.md`.
#[derive(Clone, Debug, Serialize)]
pub struct Sheet {
    pub title: String,
    pub columns: Vec<String>,
    pub lines: Vec<Vec<String>>,
}

impl Sheet {
    /// Prints it, and hands it to whoever collects.
    pub fn show(&self) {
        println!("{}\n  {}", self.title, self.columns.join(" · "));
        for line in &self.lines {
            println!("  {}", line.join(" · "));
        }
        hand_on(self);
    }
}

/// How often a fault is tried: a sample with every test run, the whole with `KOSSORI_LONG`.
pub fn amount(sample: u64, whole: u64) -> u64 {
    if std::env::var_os("KOSSORI_LONG").is_some() {
        whole
    } else {
        sample
    }
}
