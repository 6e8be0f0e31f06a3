//! One unknown outcome in one lunch break, so many minutes before its end: does it settle by itself?

use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use kossori_api::{ContentInput, PartInput, PostInput, Request, SecretInput, WhenInput};
use kossori_core::network::{Network, Persona};
use serde_json::Value;

use crate::machine::Machine;
use crate::net::Fate;
use crate::parts::ZONE;

const DAY: Date = date(2026, 11, 24);

/// What becomes unknown, and may or may not be there.
pub const DOUBTFUL: [Fate; 8] = [
    Fate::LostBeforeCommit,
    Fate::LostAfterCommit,
    Fate::ErrorBeforeCommit,
    Fate::ErrorAfterCommit,
    Fate::SlowAnswer,
    Fate::Silent,
    Fate::Garbage,
    Fate::CalledDuplicate,
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settled {
    /// Known to be there, in this break.
    InTheBreak,
    /// Resent in the next window, or found later.
    Later,
    /// The person was asked. `fitted`: a look and a resend would still have fitted in the break.
    Asked { fitted: bool },
    /// It was neither settled nor asked about when the day was over.
    NotSettled,
    /// It never became unknown, and is sent.
    NeverUnknown,
}

pub struct Lunch {
    pub settled: Settled,
    /// It was acknowledged, the app does not ask about it in the end, and the server does not have it.
    pub lost: bool,
    pub copies: usize,
    pub outside: bool,
}

/// A post `before_end` the end of a lunch that lasts from 12:00 to 13:00, and the fate of its post call.
pub fn lunch(seed: u64, network: Network, before_end: SignedDuration, fate: Fate) -> Lunch {
    let zone = TimeZone::get(ZONE).expect("the zone");
    let at = |hour: i8, minute: i8| -> Timestamp {
        let civil = DAY.at(hour, minute, 0, 0);
        let zoned = civil.to_zoned_datetime(zone.clone()).expect("a time that exists");
        zoned.timestamp()
    };
    let mut machine = Machine::new(seed, at(9, 0), zone.clone(), None);
    let account = done(
        &mut machine,
        Request::AccountAdd {
            network,
            handle: Some("me".to_owned()),
            server: None,
            secret: Some(SecretInput::new("password".to_owned())),
            client_id: None,
            persona: Some(Persona::Personal),
            client_name: None,
            local_server: false,
            plc: None,
            proxy: None,
        },
    );
    let post = PostInput {
        accounts: vec![account["id"].as_str().unwrap_or_default().to_owned()],
        content: ContentInput {
            parts: vec![PartInput {
                text: "T1.0 words".to_owned(),
                media: Vec::new(),
            }],
            ..ContentInput::default()
        },
        when: WhenInput::At((at(13, 0) - before_end).to_string()),
        ..PostInput::default()
    };
    let added = done(&mut machine, Request::PostAdd(post));
    let id = added["deliveries"][0]["id"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    machine.net.set_next_fate(fate);
    let state = |machine: &mut Machine, to: Timestamp| {
        machine.advance_to(to);
        let shown = done(machine, Request::QueueShow { id: id.clone() });
        shown["state"].as_str().unwrap_or_default().to_owned()
    };
    let at_the_end = state(&mut machine, at(13, 0));
    let in_the_end = state(&mut machine, at(23, 30));
    let reached = machine.disk.reached();
    let commits = machine.net.commits();
    // The look that allows a resend comes 60 s after the call was given up, and takes a few seconds; the call has to end
    // in the break.
    let given_up = if matches!(fate, Fate::Silent | Fate::SlowAnswer) {
        30
    } else {
        5
    };
    let fitted = before_end >= SignedDuration::from_secs(given_up + 60 + 10 + 45 + 15);
    let was_unknown = reached.contains("unknown");
    let settled = if was_unknown && reached.contains("needs_you") {
        Settled::Asked { fitted }
    } else if in_the_end != "sent" {
        Settled::NotSettled
    } else if !was_unknown {
        Settled::NeverUnknown
    } else if at_the_end == "sent" {
        Settled::InTheBreak
    } else {
        Settled::Later
    };
    let open = |moment: Timestamp| {
        (at(12, 0)..at(13, 0)).contains(&moment) || (at(18, 30)..at(22, 30)).contains(&moment)
    };
    Lunch {
        settled,
        lost: commits.is_empty() && in_the_end != "needs_you",
        copies: commits.len(),
        outside: commits.iter().any(|commit| !open(commit.at)),
    }
}

fn done(machine: &mut Machine, request: Request) -> Value {
    match machine.ask(request.clone()) {
        Some(Ok(value)) => value,
        other => panic!("{request:?}: {other:?}"),
    }
}
