//! How long each thing may wait before a person is told, although nothing has gone wrong that they could see. What has
//! its own time ahead is not waiting too long: a weekend with nothing open is no fault.

use jiff::SignedDuration;

/// Everything that a delivery can wait for: the words of the contract's `state` and `reason`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Waiting {
    // A person's to decide, at once.
    NeedsYou,
    HoldOver,
    Stopped,
    FolderIsACopy,
    ClockUnsure,
    KeyringLocked,
    KeyringAbsent,
    KeyringTimedOut,
    KeyringDismissed,
    KeyringBroken,
    DiskFull,
    FolderReadOnly,
    NeedsSignIn,
    /// The keyring has no proxy for an account that goes through one.
    ProxyMissing,
    /// A session ends within two days, whatever is done: a sign-in now costs no post.
    SessionEnds,
    OutOfCredit,
    /// The month's cap is reached.
    CostCap,
    // What goes on by itself, for a while.
    Sending,
    Claimed,
    Staged,
    Looking,
    BehindUnknown,
    Retry,
    NoWindow,
    NoTime,
    Unreachable,
    Refused,
    /// Its time came and went again, days after the first time: the machine slept, or nothing ran.
    Overslept,
    Paused,
    Hold,
    // The plan's: its time lies ahead and is told.
    OutsideWindow,
    Gap,
    Cap,
    Persona,
    Closed,
    Busy,
    Margin,
    Holiday,
    Pause,
    Order,
    Jitter,
}

const MINUTE: SignedDuration = SignedDuration::from_mins(1);
const HOUR: SignedDuration = SignedDuration::from_hours(1);
const DAY: SignedDuration = SignedDuration::from_hours(24);

impl Waiting {
    /// What matters most comes first.
    pub const ALL: [Waiting; 41] = [
        Waiting::FolderIsACopy,
        Waiting::ClockUnsure,
        Waiting::KeyringLocked,
        Waiting::KeyringAbsent,
        Waiting::KeyringTimedOut,
        Waiting::KeyringDismissed,
        Waiting::KeyringBroken,
        Waiting::DiskFull,
        Waiting::FolderReadOnly,
        Waiting::NeedsYou,
        Waiting::HoldOver,
        Waiting::Stopped,
        Waiting::NeedsSignIn,
        Waiting::ProxyMissing,
        Waiting::OutOfCredit,
        Waiting::CostCap,
        Waiting::SessionEnds,
        Waiting::Sending,
        Waiting::Claimed,
        Waiting::Staged,
        Waiting::Looking,
        Waiting::BehindUnknown,
        Waiting::Retry,
        Waiting::Unreachable,
        Waiting::Refused,
        Waiting::Overslept,
        Waiting::NoWindow,
        Waiting::NoTime,
        Waiting::Paused,
        Waiting::Hold,
        Waiting::OutsideWindow,
        Waiting::Gap,
        Waiting::Cap,
        Waiting::Persona,
        Waiting::Closed,
        Waiting::Busy,
        Waiting::Margin,
        Waiting::Holiday,
        Waiting::Pause,
        Waiting::Order,
        Waiting::Jitter,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Waiting::NeedsYou => "needs_you",
            Waiting::HoldOver => "hold_over",
            Waiting::Stopped => "stopped",
            Waiting::FolderIsACopy => "folder_is_a_copy",
            Waiting::ClockUnsure => "clock_unsure",
            Waiting::KeyringLocked => "keyring_locked",
            Waiting::KeyringAbsent => "keyring_absent",
            Waiting::KeyringTimedOut => "keyring_timed_out",
            Waiting::KeyringDismissed => "keyring_dismissed",
            Waiting::KeyringBroken => "keyring_broken",
            Waiting::DiskFull => "disk_full",
            Waiting::FolderReadOnly => "folder_read_only",
            Waiting::NeedsSignIn => "needs_sign_in",
            Waiting::ProxyMissing => "proxy_missing",
            Waiting::SessionEnds => "session_ends",
            Waiting::OutOfCredit => "out_of_credit",
            Waiting::CostCap => "cost_cap",
            Waiting::Sending => "sending",
            Waiting::Claimed => "claimed",
            Waiting::Staged => "staged",
            Waiting::Looking => "looking",
            Waiting::BehindUnknown => "behind_unknown",
            Waiting::Retry => "retry",
            Waiting::NoWindow => "no_window",
            Waiting::NoTime => "no_time",
            Waiting::Unreachable => "unreachable",
            Waiting::Refused => "refused",
            Waiting::Overslept => "overslept",
            Waiting::Paused => "paused",
            Waiting::Hold => "hold",
            Waiting::OutsideWindow => "outside_window",
            Waiting::Gap => "gap",
            Waiting::Cap => "cap",
            Waiting::Persona => "persona",
            Waiting::Closed => "closed",
            Waiting::Busy => "busy",
            Waiting::Margin => "margin",
            Waiting::Holiday => "holiday",
            Waiting::Pause => "pause",
            Waiting::Order => "order",
            Waiting::Jitter => "jitter",
        }
    }

    pub fn parse(word: &str) -> Option<Waiting> {
        Waiting::ALL.into_iter().find(|waiting| waiting.as_str() == word)
    }

    /// Whether it says something of the account or the folder rather than of one delivery: then it goes on waiting
    /// while deliveries come and go.
    pub fn is_shared(self) -> bool {
        matches!(
            self,
            Waiting::FolderIsACopy
                | Waiting::ClockUnsure
                | Waiting::KeyringLocked
                | Waiting::KeyringAbsent
                | Waiting::KeyringTimedOut
                | Waiting::KeyringDismissed
                | Waiting::KeyringBroken
                | Waiting::DiskFull
                | Waiting::FolderReadOnly
                | Waiting::NeedsSignIn
                | Waiting::ProxyMissing
                | Waiting::SessionEnds
                | Waiting::OutOfCredit
                | Waiting::Unreachable
                | Waiting::Refused
                | Waiting::Paused
        )
    }

    /// Whether it is interrupted by tries, which end nothing if they fail.
    pub fn is_tried_again(self) -> bool {
        matches!(self, Waiting::Retry | Waiting::Unreachable | Waiting::Refused)
    }

    /// After how long a person is told. `None`: never; its planned time says all there is to say.
    pub fn told_after(self) -> Option<SignedDuration> {
        match self {
            Waiting::NeedsYou
            | Waiting::HoldOver
            | Waiting::Stopped
            | Waiting::FolderIsACopy
            | Waiting::ClockUnsure
            | Waiting::KeyringLocked
            | Waiting::KeyringAbsent
            | Waiting::KeyringTimedOut
            | Waiting::KeyringDismissed
            | Waiting::KeyringBroken
            | Waiting::DiskFull
            | Waiting::FolderReadOnly
            | Waiting::NeedsSignIn
            | Waiting::ProxyMissing
            | Waiting::SessionEnds
            | Waiting::OutOfCredit
            | Waiting::CostCap
            // Its word comes only after days.
            | Waiting::Overslept => Some(SignedDuration::ZERO),
            // A post call takes 30 s; uploads may take minutes.
            Waiting::Sending => Some(MINUTE * 5),
            Waiting::Claimed | Waiting::Staged => Some(MINUTE * 10),
            // The person is asked after ten minutes, or after a day without one look that succeeded.
            Waiting::Looking | Waiting::BehindUnknown => Some(HOUR),
            // From one window of a usual day to the next.
            Waiting::Unreachable | Waiting::Refused | Waiting::Retry => Some(HOUR * 6),
            Waiting::NoWindow => Some(HOUR),
            Waiting::NoTime | Waiting::Paused => Some(DAY),
            // Theirs to forget, but not for good.
            Waiting::Hold => Some(DAY * 7),
            Waiting::OutsideWindow
            | Waiting::Gap
            | Waiting::Cap
            | Waiting::Persona
            | Waiting::Closed
            | Waiting::Busy
            | Waiting::Margin
            | Waiting::Holiday
            | Waiting::Pause
            | Waiting::Order
            | Waiting::Jitter => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::Waiting;
    use crate::delivery::State;
    use crate::lookup::LookTimes;
    use crate::rules::default_rules;

    #[test]
    fn words_are_all_different_and_read_back() {
        for waiting in Waiting::ALL {
            assert_eq!(Waiting::parse(waiting.as_str()), Some(waiting));
        }
        let rank = |waiting| Waiting::ALL.iter().position(|other| *other == waiting);
        assert!(rank(Waiting::NeedsYou) < rank(Waiting::Retry));
    }

    /// A queued one waits for its reason, and an unknown one is being looked up.
    #[test]
    fn every_state_that_is_not_final_has_its_word() {
        for state in State::ALL.into_iter().filter(|state| !state.is_final()) {
            let word = match state {
                State::Queued => "no_time",
                State::Held => "hold",
                State::Unknown => "looking",
                other => other.as_str(),
            };
            let waiting = Waiting::parse(word);
            assert!(
                waiting.is_some_and(|waiting| waiting.told_after().is_some()),
                "{state:?}"
            );
        }
    }

    /// What is a person's to decide is told at once, what has its time ahead never, and the rest in its time.
    #[test]
    fn how_long_each_may_wait_unsaid() {
        let (minute, hour) = (60, 3600);
        let table = [
            (
                "folder_is_a_copy clock_unsure keyring_locked keyring_absent keyring_timed_out keyring_dismissed \
                 keyring_broken disk_full folder_read_only needs_you hold_over stopped needs_sign_in proxy_missing \
                 out_of_credit cost_cap session_ends",
                Some(0),
            ),
            ("sending", Some(5 * minute)),
            ("claimed staged", Some(10 * minute)),
            ("looking behind_unknown", Some(hour)),
            ("retry unreachable refused", Some(6 * hour)),
            ("overslept", Some(0)),
            ("no_window", Some(hour)),
            ("no_time paused", Some(24 * hour)),
            ("hold", Some(7 * 24 * hour)),
            (
                "outside_window gap cap persona closed busy margin holiday pause order jitter",
                None,
            ),
        ];
        let mut told = table
            .iter()
            .flat_map(|(words, after)| words.split(' ').map(|word| (word, *after)));
        for waiting in Waiting::ALL {
            let after = waiting.told_after().map(|after| after.as_secs());
            assert_eq!(Some((waiting.as_str(), after)), told.next());
        }
        assert_eq!(told.next(), None);
    }

    /// What an account or a folder waits for goes on while deliveries come and go, and a try that fails ends no wait.
    #[test]
    fn whose_each_wait_is_and_what_interrupts_it() {
        let those = |is: fn(Waiting) -> bool| {
            let words: Vec<&str> = Waiting::ALL
                .into_iter()
                .filter(|waiting| is(*waiting))
                .map(Waiting::as_str)
                .collect();
            words.join(" ")
        };
        assert_eq!(
            those(Waiting::is_shared),
            "folder_is_a_copy clock_unsure keyring_locked keyring_absent keyring_timed_out keyring_dismissed \
             keyring_broken disk_full folder_read_only needs_sign_in proxy_missing out_of_credit session_ends \
             unreachable refused paused"
        );
        assert_eq!(those(Waiting::is_tried_again), "retry unreachable refused");
    }

    #[test]
    fn nothing_is_told_before_it_had_time_to_settle_by_itself() {
        let after = |waiting: Waiting| waiting.told_after().unwrap();
        assert!(
            after(Waiting::Sending) > SignedDuration::from_secs(30),
            "a post call"
        );
        assert!(after(Waiting::Looking) > LookTimes::default().ask_from);
        // A server that is away at lunch has until the evening.
        let windows = default_rules(None).windows;
        let [lunch, evening] = [&windows[0].period, &windows[1].period];
        let between = SignedDuration::from_mins(i64::from(evening.from.0 - lunch.to.0));
        assert!(after(Waiting::Unreachable) > between && after(Waiting::Retry) > between);
        assert!(
            after(Waiting::Hold) > SignedDuration::from_hours(24),
            "theirs to forget for a while"
        );
    }
}
