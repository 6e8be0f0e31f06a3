//! What may become of a stored delivery, whoever asks for it (RULES.md 3): the last word before a row is written, in
//! every build. The engine takes its steps from the table; this refuses what no step could have made.

use super::{State, Step, step};

/// What counts of a delivery's row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing<'a> {
    pub state: State,
    pub account: &'a str,
    pub revision: &'a str,
    pub attempt: Option<&'a str>,
    pub frozen: Option<Frozen<'a>>,
    pub parts_sent: u32,
    pub has_receipt: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Frozen<'a> {
    pub record: &'a str,
    pub author: &'a str,
    pub for_good: bool,
    /// The post call of the part at hand was made and may have been taken.
    pub tried: bool,
}

/// Holds what was written: its size is shown, never the words.
impl std::fmt::Debug for Frozen<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Frozen")
            .field("bytes", &self.record.len())
            .field("for_good", &self.for_good)
            .field("tried", &self.tried)
            .finish_non_exhaustive()
    }
}

/// The rule that a change would break.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    #[error("no step leads from the one state to the other")]
    Step,
    #[error("a delivery keeps its account")]
    Account,
    #[error("an attempt keeps its id")]
    Attempt,
    #[error("what was frozen for good stays")]
    Unfrozen,
    #[error("what was frozen for good is not worded anew")]
    Worded,
    #[error("a record that may have been taken is not replaced")]
    Record,
    #[error("what was frozen keeps its author")]
    Author,
    #[error("a proved part stays proved")]
    Unproved,
    #[error("only a proof counts a part as sent")]
    Proof,
    #[error("nothing is sent without an attempt and a record that is frozen for good")]
    Sending,
    #[error("nothing is sent without a receipt")]
    Receipt,
}

/// May `from` become `to` in one write?
///
/// # Errors
/// The first rule that it breaks. Nothing is to be written then.
pub fn may_become(from: &Standing<'_>, to: &Standing<'_>) -> Result<(), Broken> {
    use State::{Claimed, Held, Missed, NeedsYou, Rejected, Sending, Sent, Staged, Unknown};
    let stays = from.state == to.state && !from.state.is_final() && from.state != Sending;
    if !stays
        && !Step::ALL
            .into_iter()
            .any(|by| step(from.state, by) == Ok(to.state))
    {
        return Err(Broken::Step);
    }
    if from.account != to.account {
        return Err(Broken::Account);
    }
    let may_be_new = to.state == Claimed && !stays || (from.state, to.state) == (Sending, Staged);
    if from.attempt != to.attempt && !may_be_new {
        return Err(Broken::Attempt);
    }
    // Plainly turned away, or never in time: it begins anew, if nothing of it is out or may be.
    let tried = from.frozen.is_some_and(|frozen| frozen.tried);
    let begins_anew = matches!(from.state, Rejected | Missed) && from.parts_sent == 0 && !tried;
    if let Some(before) = from.frozen.filter(|frozen| frozen.for_good && !begins_anew) {
        let after = to
            .frozen
            .filter(|frozen| frozen.for_good)
            .ok_or(Broken::Unfrozen)?;
        if from.revision != to.revision {
            return Err(Broken::Worded);
        }
        if before.author != after.author {
            return Err(Broken::Author);
        }
        // An upload tells the record of a part that was not tried yet.
        if before.tried && before.record != after.record {
            return Err(Broken::Record);
        }
    }
    if to.parts_sent < from.parts_sent {
        return Err(Broken::Unproved);
    }
    // What was held in a copy may be found to be there: then all of it is proved.
    let found = (from.state, to.state) == (Held, Sent);
    let proves = matches!(from.state, Sending | Unknown | NeedsYou) && !stays || found;
    if to.parts_sent > from.parts_sent && !proves {
        return Err(Broken::Proof);
    }
    let ready = to.frozen.is_some_and(|frozen| frozen.for_good && frozen.tried) && to.attempt.is_some();
    if to.state == Sending && !ready {
        return Err(Broken::Sending);
    }
    // A person's word that it is there needs none.
    let proved = found || from.state == Sending && (to.state == Sent || to.parts_sent > from.parts_sent);
    if proved && !to.has_receipt {
        return Err(Broken::Receipt);
    }
    Ok(())
}

#[cfg(test)]
#[path = "standing_tests.rs"]
mod tests;
