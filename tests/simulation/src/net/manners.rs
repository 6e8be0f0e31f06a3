//! Whether whoever refused, or asked to wait, is left alone: nobody calls before the moment that the server named, and no
//! account of a server that refused within half a minute. What a person asks for is not judged, nor anything while the
//! clock is wrong or just after a process died.
//!
//! What follows at once is one errand: a look at the last post, uploads, the post call. An errand that was under way when
//! another account was refused goes on; one that is refused itself is over, but for one refresh of its tokens and the call
//! once more. And it has an end: what goes on for longer is judged as if it began.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use kossori_core::answer::{Answer, Refusal, retry_after};
use kossori_engine::ports::CallError;

use super::{Caller, Net, State};
use crate::parts::locked;

/// Within an errand the next call follows the last one's answer so soon.
const AT_ONCE: SignedDuration = SignedDuration::from_secs(1);
/// A thread of pictures needs most.
const MOST_CALLS: u32 = 10;
/// One when the account's author is asked for, and the attempt's one.
const MOST_REFRESHES: u32 = 2;
/// How long a server that refused is left alone.
const LEFT_ALONE: SignedDuration = SignedDuration::from_secs(30);
/// A wait that was heard of so shortly before the process died may not have been written down.
const UNWRITTEN: SignedDuration = SignedDuration::from_secs(5);

#[derive(Default)]
pub(super) struct Manners {
    /// By author.
    errands: BTreeMap<String, Errand>,
    /// By author, and whether it is a look: heard when, and until when.
    asked: BTreeMap<(String, bool), (Timestamp, Timestamp)>,
    /// By server: when it last refused whom.
    refused: BTreeMap<String, Refused>,
    excused_until: Option<Timestamp>,
    /// A person has asked and is not answered yet: what they asked for may wait for its turn.
    asking: bool,
    wrong_clock: bool,
    /// Errands that began to a server that had refused or asked to wait, in time or not.
    judged: u64,
}

struct Errand {
    calls: u32,
    /// When its last call ended, or began if it is still under way.
    last: Timestamp,
    /// Its tokens were refused so often: they are refreshed.
    refreshes: u32,
    /// It was refused: whatever follows is another one.
    is_over: bool,
}

struct Refused {
    at: Timestamp,
    whom: String,
    /// A server that is away may be looked at at once: looks have times of their own.
    away: bool,
}

/// What an answer means to whoever wants to call again.
enum Said {
    Well,
    Token,
    No,
    Away,
    Wait(SignedDuration),
    /// Neither a yes nor a no.
    Nothing,
}

fn said_by(answer: &Answer) -> Said {
    match answer {
        Answer::Posted { .. } => Said::Well,
        Answer::NeverLeft => Said::Away,
        Answer::Unclear { status: Some(500..) } => Said::Away,
        Answer::Unclear { .. } => Said::Nothing,
        Answer::Refused { kind, .. } => match kind {
            Refusal::RateLimit { retry_after: asked } => Said::Wait(retry_after(*asked)),
            Refusal::Token => Said::Token,
            Refusal::Duplicate => Said::Nothing,
            _ => Said::No,
        },
    }
}

fn said_of(verdict: &Result<(), CallError>) -> Said {
    match verdict {
        Ok(()) => Said::Well,
        Err(CallError::RateLimit { retry_after: asked }) => Said::Wait(retry_after(*asked)),
        Err(CallError::Token { .. }) => Said::Token,
        Err(CallError::Offline | CallError::Unclear { .. }) => Said::Away,
        Err(CallError::OutOfCredit | CallError::Refused { .. } | CallError::AddressRefused) => Said::No,
        Err(CallError::BadFrozen | CallError::Unsupported(_)) => Said::Nothing,
    }
}

impl State {
    /// A call begins.
    pub(super) fn begins(&mut self, now: Timestamp, kind: &str, caller: &Caller<'_>) {
        let manners = &mut self.manners;
        if let Some(errand) = manners.errands.get_mut(caller.author)
            && !errand.is_over
            && errand.calls < MOST_CALLS
            && now.duration_since(errand.last) <= AT_ONCE
        {
            errand.calls += 1;
            errand.last = now;
            return;
        }
        let begun = Errand {
            calls: 1,
            last: now,
            refreshes: 0,
            is_over: false,
        };
        manners.errands.insert(caller.author.to_owned(), begun);
        let excused = manners.excused_until.is_some_and(|until| now < until);
        if excused || manners.asking || manners.wrong_clock {
            return;
        }
        let of = (caller.author.to_owned(), kind == "look");
        let until = manners.asked.get(&of).map(|(_, until)| *until);
        let refused = manners.refused.get(caller.server);
        let refused = refused.filter(|refused| !(refused.away && kind == "look"));
        manners.judged += u64::from(until.is_some() || refused.is_some());
        if until.is_some_and(|until| now < until) {
            self.wrongs.push(format!(
                "{now}: {kind} of {} although its server asked to wait until {until:?}",
                caller.author
            ));
        }
        if let Some(Refused { at, whom, away }) = refused
            && now.duration_since(*at) < LEFT_ALONE
        {
            let did = if *away { "was away for" } else { "refused" };
            self.wrongs.push(format!(
                "{now}: {kind} of {} although {} {did} {whom} at {at}",
                caller.author, caller.server
            ));
        }
    }
}

impl Net {
    /// The client has the answer to a call that publishes nothing.
    pub(super) fn heard(&self, kind: &str, caller: &Caller<'_>, verdict: &Result<(), CallError>) {
        let said = match said_of(verdict) {
            // Asked on the side: what was known of the server does as well.
            Said::Token | Said::No | Said::Away if kind == "about" => Said::Nothing,
            said => said,
        };
        self.heard_that(kind, caller, said);
    }

    /// The client has the answer to the post call.
    pub(super) fn heard_of_post(&self, caller: &Caller<'_>, answer: &Answer) {
        self.heard_that("post", caller, said_by(answer));
    }

    fn heard_that(&self, kind: &str, caller: &Caller<'_>, said: Said) {
        let mut state = locked(&self.state);
        let now = self.clock.true_now();
        let author = caller.author.to_owned();
        let manners = &mut state.manners;
        if let Some(errand) = manners.errands.get_mut(&author) {
            errand.last = now;
            match said {
                Said::Well | Said::Nothing => {}
                Said::Token if errand.refreshes < MOST_REFRESHES && kind != "refresh" => {
                    errand.refreshes += 1;
                    return;
                }
                _ => errand.is_over = true,
            }
        }
        if manners.wrong_clock {
            return;
        }
        match said {
            Said::Nothing => return,
            Said::Well => {
                // It refuses no more.
                manners.refused.remove(caller.server);
                return;
            }
            Said::Token | Said::No | Said::Away => {}
            Said::Wait(wait) => {
                let until = now + wait;
                manners.asked.insert((author.clone(), false), (now, until));
                if kind == "look" {
                    manners.asked.insert((author.clone(), true), (now, until));
                }
            }
        }
        let refused = Refused {
            at: now,
            whom: author,
            away: matches!(said, Said::Away),
        };
        manners.refused.insert(caller.server.to_owned(), refused);
    }

    /// How many errands began to a server that had refused, or asked to wait.
    pub fn manners_judged(&self) -> u64 {
        locked(&self.state).manners.judged
    }

    /// A person may call whom they want.
    pub fn person_asks(&self, ends_waits: bool) {
        let until = self.clock.true_now() + SignedDuration::from_secs(60);
        let manners = &mut locked(&self.state).manners;
        manners.excused_until = manners.excused_until.max(Some(until));
        manners.asking = true;
        if ends_waits {
            manners.asked.clear();
        }
    }

    pub fn person_was_answered(&self) {
        locked(&self.state).manners.asking = false;
    }

    /// Waits are told by the wall clock.
    pub fn clock_is_wrong(&self, wrong: bool) {
        let manners = &mut locked(&self.state).manners;
        manners.wrong_clock = wrong;
        manners.asked.clear();
        manners.refused.clear();
    }

    /// What was not written down is forgotten with the process; with a disk that took nothing lately, all.
    pub fn process_died(&self, disk_took_all: bool) {
        let now = self.clock.true_now();
        let manners = &mut locked(&self.state).manners;
        let written = |heard: Timestamp| disk_took_all && now.duration_since(heard) > UNWRITTEN;
        manners.asked.retain(|_, (heard, _)| written(*heard));
        manners.refused.retain(|_, refused| written(refused.at));
        manners.errands.clear();
    }
}
