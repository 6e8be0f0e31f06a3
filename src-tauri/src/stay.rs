//! When the composer hides by itself, and when the program ends. Pure: the time is an argument, what is due is asked.

use std::collections::HashSet;
use std::time::Duration;

use crate::page::{Reason, What};

/// The tray's menu takes the focus and gives it back at once.
pub const SETTLES_AFTER: Duration = Duration::from_millis(150);
/// As long as that, text keeps the window in sight.
pub const TEXT_STAYS: Duration = Duration::from_secs(10);
/// A hidden window shows at once when it is wanted, and costs memory until it ends.
pub const WARM_FOR: Duration = Duration::from_secs(180);

/// Whoever quits waits so long for a page that says nothing any more; the host waits a little longer for the window.
pub const ANSWERS_WITHIN: Duration = Duration::from_secs(2);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    HideComposer,
    Leave,
}

/// Times are since any moment that stays the same.
#[derive(Debug)]
pub struct Stay {
    visible: HashSet<What>,
    reasons: HashSet<(What, Reason)>,
    /// When the composer lost the focus, and it is still without.
    without_focus: Option<Duration>,
    /// When the last reason that holds it for good went: a dialog that closes gives the focus back a moment later.
    let_go: Duration,
    /// Since when nothing is shown and nothing holds the program.
    idle: Duration,
    /// No host takes what this window has not saved: it is of a newer version, or the person has quit.
    outdated: bool,
    /// No host can be reached for now.
    gone: bool,
    /// The program ends as soon as everything is saved.
    leaving: bool,
    /// These pages are asked whether everything is, and until when their answers are waited for.
    asked: (HashSet<What>, Duration),
    /// It was to be seen before: a window that is still coming has something to say.
    closed: bool,
}

impl Stay {
    pub fn new(now: Duration) -> Stay {
        Stay {
            visible: HashSet::new(),
            reasons: HashSet::new(),
            without_focus: None,
            let_go: now,
            idle: now,
            outdated: false,
            gone: false,
            leaving: false,
            asked: (HashSet::new(), now),
            closed: false,
        }
    }

    /// Text that is not saved holds the composer for good, and with the last window the program ends: the next one is new.
    pub fn outdated(&mut self, is: bool) {
        self.outdated = is;
    }

    /// Text that is not saved holds the composer in sight until a host is there: no other window could show it.
    pub fn gone(&mut self, is: bool) {
        self.gone = is;
    }

    /// The person quits: the program ends once what was typed is saved, which these pages are asked about.
    pub fn leaves(&mut self, asked: impl IntoIterator<Item = What>, now: Duration) {
        self.leaving = true;
        self.asked = (asked.into_iter().collect(), now + ANSWERS_WITHIN);
    }

    /// A page's answer, which counts for more than what it said before.
    pub fn may_leave(&mut self, what: What, kept: bool) {
        if !self.leaving {
            return;
        }
        self.asked.0.remove(&what);
        if kept {
            self.reasons.remove(&(what, Reason::Unsaved));
        } else {
            self.reasons.insert((what, Reason::Unsaved));
        }
    }

    pub fn has_unsaved(&self) -> bool {
        self.reasons.iter().any(|(_, reason)| *reason == Reason::Unsaved)
    }

    pub fn shown(&mut self, what: What) {
        self.visible.insert(what);
        if what == What::Compose {
            // It gets the focus with this, or never had it: only losing it counts.
            self.without_focus = None;
        }
    }

    pub fn hidden(&mut self, what: What, now: Duration) {
        self.visible.remove(&what);
        self.closed = true;
        self.idle = now;
    }

    pub fn focused(&mut self, what: What, on: bool, now: Duration) {
        if what == What::Compose {
            self.without_focus = if on {
                None
            } else {
                self.without_focus.or(Some(now))
            };
        }
    }

    pub fn keep_open(&mut self, what: What, reason: Reason, on: bool, now: Duration) {
        if on {
            self.reasons.insert((what, reason));
        } else if self.reasons.remove(&(what, reason)) {
            self.idle = now;
            if what == What::Compose && !matches!(reason, Reason::Text | Reason::Unsaved) {
                self.let_go = now;
            }
        }
    }

    /// A page that is loaded anew takes its reasons with it.
    pub fn begins_anew(&mut self, what: What, now: Duration) {
        self.reasons.retain(|(of, _)| *of != what);
        self.idle = now;
    }

    /// What happens next if nothing else does, and when. A moment in the past is due now.
    pub fn due(&self) -> Option<(Duration, Act)> {
        let nobody_sees = self.visible.is_empty();
        if self.leaving && !self.has_unsaved() {
            let (asked, until) = &self.asked;
            return Some((if asked.is_empty() { self.idle } else { *until }, Act::Leave));
        }
        if self.outdated && self.closed && nobody_sees {
            return Some((self.idle, Act::Leave));
        }
        if self.visible.contains(&What::Compose)
            && let Some(lost) = self.without_focus
        {
            return self
                .holds_for()
                .map(|time| (lost.max(self.let_go) + time, Act::HideComposer));
        }
        if nobody_sees && !self.reasons.iter().any(|(_, reason)| reason.holds_unseen()) {
            return Some((self.idle + WARM_FOR, Act::Leave));
        }
        None
    }

    /// How long the composer stays without the focus; `None`: for good.
    fn holds_for(&self) -> Option<Duration> {
        let mut of_composer = self.reasons.iter().filter(|(what, _)| *what == What::Compose);
        let for_good = of_composer.clone().any(|(_, reason)| match reason {
            Reason::Text => false,
            Reason::Unsaved => self.outdated || self.gone,
            _ => true,
        });
        match (for_good, of_composer.next()) {
            (true, _) => None,
            (false, Some(_)) => Some(TEXT_STAYS),
            (false, None) => Some(SETTLES_AFTER),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{ANSWERS_WITHIN, Act, SETTLES_AFTER, Stay, TEXT_STAYS, WARM_FOR};
    use crate::page::{Reason, What};

    const COMPOSE: What = What::Compose;

    fn at(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    fn shown() -> Stay {
        let mut stay = Stay::new(at(0));
        stay.shown(COMPOSE);
        stay.focused(COMPOSE, true, at(0));
        stay
    }

    #[test]
    fn without_a_reason_it_hides_once_the_focus_has_settled() {
        let mut stay = shown();
        assert_eq!(stay.due(), None, "nothing happens to a window that has the focus");
        stay.focused(COMPOSE, false, at(1000));
        assert_eq!(stay.due(), Some((at(1000) + SETTLES_AFTER, Act::HideComposer)));
        stay.focused(COMPOSE, false, at(1100));
        assert_eq!(
            stay.due(),
            Some((at(1000) + SETTLES_AFTER, Act::HideComposer)),
            "a second word of the same loss puts nothing off"
        );
    }

    #[test]
    fn a_focus_that_comes_back_at_once_was_a_menu() {
        let mut stay = shown();
        stay.focused(COMPOSE, false, at(1000));
        stay.focused(COMPOSE, true, at(1090));
        assert_eq!(stay.due(), None);
    }

    #[test]
    fn a_window_that_never_had_the_focus_is_not_hidden_for_it() {
        let mut stay = Stay::new(at(0));
        stay.focused(COMPOSE, false, at(5));
        stay.shown(COMPOSE);
        assert_eq!(stay.due(), None);
    }

    #[test]
    fn unsaved_text_holds_it_for_ten_seconds_and_a_save_ends_that() {
        let mut stay = shown();
        stay.keep_open(COMPOSE, Reason::Unsaved, true, at(900));
        stay.focused(COMPOSE, false, at(1000));
        assert_eq!(stay.due(), Some((at(1000) + TEXT_STAYS, Act::HideComposer)));
        stay.keep_open(COMPOSE, Reason::Unsaved, false, at(3000));
        let (due, act) = stay.due().unwrap();
        assert_eq!(act, Act::HideComposer);
        assert!(due <= at(3000), "it was long without the focus: it hides at once");
    }

    #[test]
    fn every_other_reason_holds_it_for_good_and_its_end_lets_the_focus_come_back() {
        use Reason::{Composing, Dialog, Dragging, Pinned, SignIn};
        for reason in [Pinned, Dialog, SignIn, Composing, Dragging] {
            let mut stay = shown();
            stay.keep_open(COMPOSE, Reason::Unsaved, true, at(0));
            stay.keep_open(COMPOSE, reason, true, at(0));
            stay.focused(COMPOSE, false, at(1000));
            assert_eq!(stay.due(), None, "{reason:?}");
            stay.keep_open(COMPOSE, Reason::Unsaved, false, at(2000));
            assert_eq!(stay.due(), None, "{reason:?}");
            stay.keep_open(COMPOSE, reason, false, at(60_000));
            assert_eq!(
                stay.due(),
                Some((at(60_000) + SETTLES_AFTER, Act::HideComposer)),
                "{reason:?}"
            );
            stay.focused(COMPOSE, true, at(60_050));
            assert_eq!(stay.due(), None, "{reason:?}");
        }
    }

    #[test]
    fn the_main_window_neither_hides_nor_holds_the_composer() {
        let mut stay = shown();
        stay.shown(What::Main);
        stay.keep_open(What::Main, Reason::SignIn, true, at(0));
        stay.focused(What::Main, false, at(500));
        assert_eq!(stay.due(), None);
        stay.focused(COMPOSE, false, at(1000));
        assert_eq!(stay.due(), Some((at(1000) + SETTLES_AFTER, Act::HideComposer)));
    }

    #[test]
    fn the_program_ends_three_minutes_after_the_last_window_was_hidden() {
        let mut stay = shown();
        stay.shown(What::Main);
        stay.hidden(COMPOSE, at(1000));
        assert_eq!(stay.due(), None, "the other one is still to be seen");
        stay.hidden(What::Main, at(5000));
        assert_eq!(stay.due(), Some((at(5000) + WARM_FOR, Act::Leave)));
        stay.shown(COMPOSE);
        assert_eq!(stay.due(), None);
    }

    #[test]
    fn it_does_not_end_while_something_is_under_way() {
        let mut stay = shown();
        stay.keep_open(COMPOSE, Reason::Unsaved, true, at(0));
        stay.hidden(COMPOSE, at(1000));
        assert_eq!(stay.due(), None);
        stay.keep_open(COMPOSE, Reason::Unsaved, false, at(9000));
        assert_eq!(stay.due(), Some((at(9000) + WARM_FOR, Act::Leave)));
        stay.keep_open(COMPOSE, Reason::Unsaved, true, at(10_000));
        stay.begins_anew(COMPOSE, at(11_000));
        assert_eq!(stay.due(), Some((at(11_000) + WARM_FOR, Act::Leave)));
    }

    #[test]
    fn what_an_outdated_window_has_not_saved_holds_it_for_good_and_hidden_it_ends() {
        let mut stay = shown();
        stay.outdated(true);
        stay.keep_open(COMPOSE, Reason::Unsaved, true, at(900));
        stay.focused(COMPOSE, false, at(1000));
        assert_eq!(stay.due(), None, "nobody could bring it back");
        stay.hidden(COMPOSE, at(5000));
        assert_eq!(stay.due(), Some((at(5000), Act::Leave)), "a person has closed it");
        stay.outdated(false);
        assert_eq!(stay.due(), None, "it is understood again: it saves first");

        let mut coming = Stay::new(at(0));
        coming.outdated(true);
        assert_eq!(coming.due(), Some((WARM_FOR, Act::Leave)), "it says so first");
    }

    #[test]
    fn a_pin_and_what_ends_with_the_window_do_not_hold_a_program_nobody_sees() {
        use Reason::{Composing, Dialog, Dragging, Pinned, SignIn, Text, Unsaved};
        for (reason, holds) in [
            (Pinned, false),
            (Dialog, false),
            (Composing, false),
            (Dragging, false),
            (Text, false),
            (Unsaved, true),
            (SignIn, true),
        ] {
            let mut stay = shown();
            stay.keep_open(COMPOSE, reason, true, at(0));
            stay.hidden(COMPOSE, at(1000));
            let leaves = (!holds).then_some((at(1000) + WARM_FOR, Act::Leave));
            assert_eq!(stay.due(), leaves, "{reason:?}");
        }
    }

    #[test]
    fn without_a_host_unsaved_text_holds_it_for_good() {
        let mut stay = shown();
        stay.keep_open(COMPOSE, Reason::Unsaved, true, at(0));
        stay.focused(COMPOSE, false, at(1000));
        stay.gone(true);
        assert_eq!(stay.due(), None);
        stay.gone(false);
        assert_eq!(stay.due(), Some((at(1000) + TEXT_STAYS, Act::HideComposer)));
    }

    #[test]
    fn who_quits_waits_for_what_is_not_saved_and_for_nothing_else() {
        let mut stay = shown();
        stay.keep_open(COMPOSE, Reason::Pinned, true, at(0));
        stay.keep_open(COMPOSE, Reason::Unsaved, true, at(0));
        stay.leaves([COMPOSE], at(100));
        assert_eq!(stay.due(), None);
        stay.may_leave(COMPOSE, true);
        assert!(matches!(stay.due(), Some((when, Act::Leave)) if when <= at(900)));
    }

    #[test]
    fn who_quits_waits_for_each_pages_answer_whatever_it_said_before_but_not_for_ever() {
        let mut stay = shown();
        stay.shown(What::Main);
        stay.leaves(What::ALL, at(100));
        assert_eq!(stay.due(), Some((at(100) + ANSWERS_WITHIN, Act::Leave)));
        stay.may_leave(What::Main, true);
        assert_eq!(
            stay.due(),
            Some((at(100) + ANSWERS_WITHIN, Act::Leave)),
            "the other one has not answered"
        );
        stay.may_leave(COMPOSE, true);
        assert!(matches!(stay.due(), Some((when, Act::Leave)) if when <= at(100)));

        let mut stay = shown();
        stay.leaves([COMPOSE], at(100));
        stay.may_leave(COMPOSE, false);
        assert_eq!(stay.due(), None, "it could not save: its text stays in sight");
    }

    #[test]
    fn a_window_that_never_comes_does_not_keep_the_program() {
        assert_eq!(Stay::new(at(0)).due(), Some((WARM_FOR, Act::Leave)));
    }
}
