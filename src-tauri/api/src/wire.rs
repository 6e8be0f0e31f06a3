//! What crosses the socket.

use std::collections::BTreeMap;

use kossori_core::quiet::Quiet;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::code::Code;
use crate::request::Request;
use crate::view::FindingView;

/// Raised when a client and a host of different numbers could misunderstand one another.
pub const PROTOCOL: u32 = 1;

/// A request and the id under which it may be sent again without being done again.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct Call {
    pub request_id: String,
    pub request: Request,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reply {
    Done(serde_json::Value),
    Refused(Problem),
}

/// An answer may be a whole list of texts.
impl std::fmt::Debug for Reply {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Reply::Done(answer) => f.debug_tuple("Done").field(&Quiet(&answer.to_string())).finish(),
            Reply::Refused(problem) => f.debug_tuple("Refused").field(problem).finish(),
        }
    }
}

/// Of a damaged database or backup: `whole`, with `backup` and `at` of the newest whole one, or `none`.
pub const WAY_BACK: &str = "way_back";
/// Of a command line that leaves out what it needs: how the whole command is typed. What is missing is its `text`.
pub const TYPED: &str = "command";

/// A refusal: a code, what its sentence names, and where it came from a guard, the findings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS, thiserror::Error)]
#[error("{code}")]
pub struct Problem {
    pub code: Code,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub args: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<FindingView>,
}

impl Problem {
    pub fn new(code: Code) -> Problem {
        Problem {
            code,
            args: BTreeMap::new(),
            findings: Vec::new(),
        }
    }

    pub fn with(mut self, name: &str, value: impl std::fmt::Display) -> Problem {
        self.args.insert(name.to_owned(), value.to_string());
        self
    }
}

impl From<Code> for Problem {
    fn from(code: Code) -> Problem {
        Problem::new(code)
    }
}

/// Pushed to clients that asked for them.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// Something in queue, accounts or rules changed: look again.
    Changed,
    Delivery {
        id: String,
        state: String,
    },
    /// A draft was written: whoever shows an older revision reads it again.
    Draft {
        id: String,
        rev: u64,
    },
    /// The host gives up the folder; another one may take it.
    Retiring,
    /// The person quits, or the session ends: windows end as well, and nobody starts the host again for them.
    Leaving,
    /// Windows are to hide, whatever they show, at once.
    Hide,
    /// For the window: come to the front and show this. `x`, `y`: where the person clicked, if that is known.
    Show {
        #[ts(type = "\"compose\" | \"main\"")]
        what: String,
        x: Option<i32>,
        y: Option<i32>,
    },
}
