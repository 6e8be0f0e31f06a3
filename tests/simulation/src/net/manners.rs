//! Whether whoever was asked to wait is left alone: nobody calls before the moment that the server named, and no other
//! account of a server that refuses within half a minute. What a call that had begun before goes on with is not judged, nor
//! what a person asks for, nor anything while the clock is wrong or just after a process died.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::{Caller, Net, State};
use crate::parts::locked;

/// Calls that follow each other sooner are one errand.
const SAME_ERRAND: SignedDuration = SignedDuration::from_secs(5);
/// How long a server that refused is left alone by its other accounts.
const LEFT_ALONE: SignedDuration = SignedDuration::from_secs(30);
/// A wait that was heard of so shortly before the process died may not have been written down.
const UNWRITTEN: SignedDuration = SignedDuration::from_secs(5);

#[derive(Default)]
pub(super) struct Manners {
    /// By author: when its last call ended, or began if it is still under way.
    last: BTreeMap<String, Timestamp>,
    /// By author, and whether it is a look: heard when, and until when.
    asked: BTreeMap<(String, bool), (Timestamp, Timestamp)>,
    /// By server: when it last refused whom.
    refused: BTreeMap<String, (Timestamp, String)>,
    excused_until: Option<Timestamp>,
    wrong_clock: bool,
    /// Calls that were held back by nobody and might have been.
    pub(super) judged: u64,
}

impl State {
    /// A call begins.
    pub(super) fn begins(&mut self, now: Timestamp, kind: &str, caller: &Caller<'_>) {
        let manners = &mut self.manners;
        let before = manners.last.insert(caller.author.to_owned(), now);
        let goes_on = before.is_some_and(|last| now.duration_since(last) <= SAME_ERRAND);
        let excused = manners.excused_until.is_some_and(|until| now < until);
        if goes_on || excused || manners.wrong_clock {
            return;
        }
        let of = (caller.author.to_owned(), kind == "look");
        let until = manners.asked.get(&of).map(|(_, until)| *until);
        if until.is_some_and(|until| now < until) {
            self.wrongs.push(format!(
                "{now}: {kind} of {} although its server asked to wait until {until:?}",
                caller.author
            ));
        }
        let Some((heard, whom)) = manners.refused.get(caller.server) else {
            return;
        };
        if now.duration_since(*heard) < LEFT_ALONE && whom != caller.author {
            self.wrongs.push(format!(
                "{now}: {kind} of {} although {} refused {whom} at {heard}",
                caller.author, caller.server
            ));
        }
    }
}

impl Net {
    /// The client has an answer, which asks to wait or does not.
    pub(super) fn heard(&self, kind: &str, caller: &Caller<'_>, asked: Option<SignedDuration>) {
        let mut state = locked(&self.state);
        let now = self.clock.true_now();
        let author = caller.author.to_owned();
        let manners = &mut state.manners;
        manners.last.insert(author.clone(), now);
        let Some(wait) = asked.filter(|_| !manners.wrong_clock) else {
            return;
        };
        manners.judged += 1;
        let refused = (now, author.clone());
        manners.refused.insert(caller.server.to_owned(), refused);
        let until = now + wait;
        manners.asked.insert((author.clone(), false), (now, until));
        if kind == "look" {
            manners.asked.insert((author, true), (now, until));
        }
    }

    /// A person may call whom they want.
    pub fn person_asks(&self, ends_waits: bool) {
        let until = self.clock.true_now() + SignedDuration::from_secs(60);
        let manners = &mut locked(&self.state).manners;
        manners.excused_until = manners.excused_until.max(Some(until));
        if ends_waits {
            manners.asked.clear();
        }
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
        manners.refused.retain(|_, (heard, _)| written(*heard));
    }
}
