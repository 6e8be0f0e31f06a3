//! Faults that can be put in on purpose, to see whether the tests find them. Only a build together with the tests has them
//! (feature `planted`, refused without debug assertions), and there only a test's own code can choose one; in every other
//! build the question is answered `false` before it is compiled.

#[cfg(all(feature = "planted", not(debug_assertions)))]
compile_error!("a program that somebody runs has no planted faults: build it without the tests (-p)");

use crate::engine::Engine;

/// The classic ways to post twice, too late, or never.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bug {
    /// A server's 5xx is taken for "not posted".
    ResendsOnServerError,
    /// The database is not synced with each commit. (The simulated disk's.)
    CommitsNotSynced,
    /// What was due when the machine slept goes out when it wakes, whatever the hour.
    CatchesUp,
    /// The calendar is asked at the claim, and not again before the call.
    NoLookBeforeSending,
    /// New tokens are used, and not in the keyring.
    RefreshNotStored,
    /// A resend gets a key of its own.
    KeyMadeAnew,
    /// The row that says `sending` is written after the call.
    SendingWrittenLate,
    /// What was `sending` when the process died goes back to the queue.
    SendingQueuedAtStart,
    /// What is unknown is sent again without a look, on every network.
    ResendsBlindly,
    /// A key is used again however old it is.
    KeyLifeForgotten,
    /// Whoever the server names as the author, it counts as sent.
    AuthorNotCompared,
    /// The call is waited for as long as it takes.
    NoTimeLimit,
    /// A duplicate is taken for a refusal.
    DuplicateIsRefusal,
    /// A person's "it is not there" is believed without a look.
    PersonBelievedBlindly,
}

#[cfg(feature = "planted")]
impl Bug {
    pub const ALL: [Bug; 14] = [
        Bug::ResendsOnServerError,
        Bug::CommitsNotSynced,
        Bug::CatchesUp,
        Bug::NoLookBeforeSending,
        Bug::RefreshNotStored,
        Bug::KeyMadeAnew,
        Bug::SendingWrittenLate,
        Bug::SendingQueuedAtStart,
        Bug::ResendsBlindly,
        Bug::KeyLifeForgotten,
        Bug::AuthorNotCompared,
        Bug::NoTimeLimit,
        Bug::DuplicateIsRefusal,
        Bug::PersonBelievedBlindly,
    ];
}

impl Engine {
    #[cfg(feature = "planted")]
    pub(crate) fn has(&self, bug: Bug) -> bool {
        self.settings.bug == Some(bug)
    }

    #[cfg(not(feature = "planted"))]
    pub(crate) const fn has(&self, _: Bug) -> bool {
        false
    }
}
