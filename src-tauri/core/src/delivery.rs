//! One delivery: its states and every legal step between them (RULES.md 3). A step that is not in this
//! table does not happen: the engine asks here before it writes, and the store compares before it changes.

use serde::{Deserialize, Serialize};

mod standing;

pub use standing::{Broken, Frozen, Standing, may_become};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    Queued,
    Held,
    Claimed,
    Staged,
    Sending,
    Unknown,
    NeedsYou,
    Sent,
    Rejected,
    Missed,
    Left,
    Removed,
}

impl State {
    pub const ALL: [State; 12] = [
        State::Queued,
        State::Held,
        State::Claimed,
        State::Staged,
        State::Sending,
        State::Unknown,
        State::NeedsYou,
        State::Sent,
        State::Rejected,
        State::Missed,
        State::Left,
        State::Removed,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            State::Queued => "queued",
            State::Held => "held",
            State::Claimed => "claimed",
            State::Staged => "staged",
            State::Sending => "sending",
            State::Unknown => "unknown",
            State::NeedsYou => "needs_you",
            State::Sent => "sent",
            State::Rejected => "rejected",
            State::Missed => "missed",
            State::Left => "left",
            State::Removed => "removed",
        }
    }

    pub fn parse(text: &str) -> Option<State> {
        State::ALL.into_iter().find(|state| state.as_str() == text)
    }

    pub fn is_final(self) -> bool {
        matches!(
            self,
            State::Sent | State::Rejected | State::Missed | State::Left | State::Removed
        )
    }

    /// A claim is under way and has not yet reached the network's post call.
    pub fn is_before_sending(self) -> bool {
        matches!(self, State::Claimed | State::Staged)
    }

    /// While a delivery of an account is here, nothing else of that account is claimed.
    pub fn blocks_account(self) -> bool {
        matches!(self, State::Sending | State::Unknown)
    }
}

/// Why a delivery changes its state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    Claim,
    Stage,
    /// The post call is about to be made. Committed first.
    Send,
    /// The answer proves it is there.
    Prove,
    /// A part went out and others wait.
    NextPart,
    /// The same, but it came out wider than was asked: the rest waits for a person.
    HoldRest,
    Refuse,
    /// The server did not take the sign-in; refreshed, the same call is made once more.
    TryAgain,
    /// Provably not posted: it may be tried again.
    PutBack,
    /// Nobody can tell yet.
    Lose,
    /// Looked up, not found, and may be sent again as it is.
    SendAgain,
    /// Looked up often enough: a person decides.
    AskPerson,
    Hold,
    Approve,
    Edit,
    Expire,
    Remove,
    /// The person leaves it as it is.
    Leave,
    /// The person says that it is not there, and a look found nothing either.
    QueueAgain,
    /// The folder is a copy: the one that it was copied from may have sent it.
    Doubt,
    /// An edit, move, removal, pause or closing before `sending`; a crash before it.
    Void,
    /// The process died between `sending` and the answer.
    Crash,
}

impl Step {
    pub const ALL: [Step; 22] = [
        Step::Claim,
        Step::Stage,
        Step::Send,
        Step::Prove,
        Step::NextPart,
        Step::HoldRest,
        Step::Refuse,
        Step::TryAgain,
        Step::PutBack,
        Step::Lose,
        Step::SendAgain,
        Step::AskPerson,
        Step::Hold,
        Step::Approve,
        Step::Edit,
        Step::Expire,
        Step::Remove,
        Step::Leave,
        Step::QueueAgain,
        Step::Doubt,
        Step::Void,
        Step::Crash,
    ];
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IllegalStep {
    /// The post call is under way or its outcome is open.
    #[error("the delivery is already sending")]
    AlreadySending,
    #[error("the delivery is in a final state")]
    Final,
    #[error("no such step from this state")]
    NoSuchStep,
}

/// The one table of legal steps.
///
/// # Errors
/// Says why the step is refused; the delivery stays as it is.
pub fn step(from: State, step: Step) -> Result<State, IllegalStep> {
    use State::{
        Claimed, Held, Left, Missed, NeedsYou, Queued, Rejected, Removed, Sending, Sent, Staged, Unknown,
    };
    let to = match (from, step) {
        (Queued, Step::Claim) => Claimed,
        (Claimed, Step::Stage) => Staged,
        (Staged, Step::Send) => Sending,
        (Sending, Step::Prove) => Sent,
        (Sending, Step::NextPart | Step::TryAgain) => Staged,
        (Sending | Unknown | NeedsYou, Step::HoldRest) => Held,
        (Sending, Step::Refuse) => Rejected,
        (Sending, Step::PutBack) => Queued,
        (Sending, Step::Lose | Step::Crash) => Unknown,
        // Uploads and other calls before the post call may be refused too: nothing was posted.
        (Claimed | Staged, Step::Refuse) => Rejected,
        (Claimed | Staged, Step::Void | Step::PutBack | Step::Crash) => Queued,
        (Claimed | Staged, Step::Remove) => Removed,
        (Claimed | Staged, Step::Hold) => Held,
        (Claimed | Staged | Queued, Step::Edit) => Queued,
        // A held one: by another copy of the folder.
        (Unknown | NeedsYou | Held, Step::Prove) => Sent,
        (Unknown, Step::NextPart) => Queued,
        (NeedsYou, Step::NextPart) => Queued,
        (Unknown, Step::SendAgain) => Queued,
        (Unknown, Step::AskPerson) => NeedsYou,
        // One that waits and may be there already is not taken back, but left as it is.
        (Unknown | NeedsYou | Queued | Held | Claimed | Staged, Step::Leave) => Left,
        (Unknown | NeedsYou, Step::QueueAgain) => Queued,
        (Queued, Step::Hold) => Held,
        (Queued | Held, Step::Doubt) => Unknown,
        (Held, Step::Approve) => Queued,
        (Held, Step::Edit) => Held,
        (Queued | Held, Step::Expire) => Missed,
        (Rejected | Missed, Step::Edit) => Queued,
        (Queued | Held | Rejected | Missed, Step::Remove) => Removed,
        (Sending | Unknown, _) => return Err(IllegalStep::AlreadySending),
        (Sent | Left | Removed, _) => return Err(IllegalStep::Final),
        _ => return Err(IllegalStep::NoSuchStep),
    };
    Ok(to)
}

#[cfg(test)]
mod tests;
