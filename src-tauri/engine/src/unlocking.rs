//! Waiting for the keyring (RULES.md 6). Nobody polls it: an account whose tokens it did not give waits for the
//! Secret Service's own signal, for a person, or for what its plan brings anyway.
//!
//! gnome-keyring says nothing when PAM unlocks it, so the plan's own moments count too: a stored time that passed
//! unclaimed is drawn again, and asks once more. That makes [`CHANCES`] questions an account in each stretch of its open
//! or shut time, however long that is, and nothing in between. One that is stuck or answers nonsense gives no signal
//! either: it is asked again each time after twice as long.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use kossori_core::ids::AccountId;
use kossori_core::plan::{HORIZON_DAYS, LATE};
use tokio::task::JoinHandle;

use crate::engine::{Engine, Memory};
use crate::model::{EXACT_GRACE, When};
use crate::ports::VaultError;

/// Questions in one stretch of open or shut time without a signal or a person: at the time that was drawn, and once
/// more when it is drawn again.
const CHANCES: u32 = 2;
/// Signals in one stretch that are believed of a keyring that then gives nothing: another one of its collections may
/// be locked for good, and the signal would come at once, again and again.
const SIGNALS_BELIEVED: u32 = 3;

/// An account that the keyring did not give its tokens.
#[derive(Clone, Copy, Debug)]
pub(crate) struct KeyringWait {
    pub why: VaultError,
    /// Not asked before this moment. It passes early at a signal, or when a person wants something sent.
    until: Timestamp,
    asked: u32,
    signals: u32,
    /// When the account's time next turns from open to shut or back: there all of this begins anew.
    stretch_ends: Timestamp,
}

/// Of a keyring that is locked or away a signal tells the end. One that is stuck or answers nonsense gives none.
fn tells_when_it_opens(why: VaultError) -> bool {
    match why {
        VaultError::Locked | VaultError::Absent | VaultError::Dismissed => true,
        VaultError::TimedOut | VaultError::Broken => false,
    }
}

/// When it is asked again without a signal, after the `asked`th question of a stretch. `None`: not in this one.
fn asked_again_at(why: VaultError, asked: u32, now: Timestamp) -> Option<Timestamp> {
    let wait = if tells_when_it_opens(why) {
        (asked < CHANCES).then_some(LATE)?
    } else {
        // Each time twice as long: six times in an hour.
        LATE.saturating_mul(2_i32.saturating_pow(asked.saturating_sub(1)))
    };
    now.saturating_add(wait).ok()
}

/// Ends with whoever holds it.
pub(crate) struct Watch(JoinHandle<()>);

impl Drop for Watch {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Memory {
    /// The keyring is not asked for this account now.
    pub fn waits_for_keyring(&self, account: &AccountId, now: Timestamp) -> bool {
        self.keyring_waits
            .get(account)
            .is_some_and(|wait| now < wait.until)
    }

    /// The keyring was asked in this stretch of open or shut time already, and nobody has said since that it is open.
    pub fn waits_for_its_moment(&self, account: &AccountId, now: Timestamp) -> bool {
        self.keyring_waits
            .get(account)
            .is_some_and(|wait| now < wait.stretch_ends && wait.until > Timestamp::MIN)
    }

    /// Why the account's tokens cannot be had, as far as is known.
    pub fn keyring_keeps_from(&self, account: &AccountId) -> Option<VaultError> {
        self.keyring?;
        self.keyring_waits.get(account).map(|wait| wait.why)
    }

    /// When the account may ask again by itself.
    pub fn keyring_asked_again_at(&self, account: &AccountId) -> Option<Timestamp> {
        self.keyring_waits.get(account).map(|wait| wait.until)
    }
}

impl Engine {
    /// The keyring gave nothing for this account: it waits.
    pub(crate) async fn keyring_gave_nothing(&self, account: &AccountId, why: VaultError) {
        let now = self.now();
        let stretch_ends = self.stretch_ends(account, now).await;
        let mut memory = self.memory();
        memory.keyring = Some(why);
        let before = memory
            .keyring_waits
            .get(account)
            .filter(|wait| now < wait.stretch_ends);
        let asked = before.map_or(0, |wait| wait.asked) + 1;
        let wait = KeyringWait {
            why,
            until: asked_again_at(why, asked, now).map_or(stretch_ends, |again| again.min(stretch_ends)),
            asked,
            signals: before.map_or(0, |wait| wait.signals),
            stretch_ends,
        };
        memory.keyring_waits.insert(account.clone(), wait);
    }

    /// The keyring gave what was asked for: nobody waits for it any more.
    pub(crate) fn keyring_gave(&self) {
        let waited = {
            let mut memory = self.memory();
            memory.keyring = None;
            memory.keyring_watch = None;
            let waited = !memory.keyring_waits.is_empty();
            memory.keyring_waits.clear();
            waited
        };
        if waited {
            self.tell_changed();
        }
    }

    /// A person has unlocked the keyring, or it says itself that it is open: what waits is looked at now.
    pub fn keyring_opened(&self) {
        {
            let mut memory = self.memory();
            memory.keyring = None;
            for wait in memory.keyring_waits.values_mut() {
                wait.until = Timestamp::MIN;
            }
        }
        self.tell_changed();
    }

    fn keyring_signalled(&self) {
        for wait in self.memory().keyring_waits.values_mut() {
            wait.signals += 1;
        }
        self.keyring_opened();
    }

    /// A person wants something sent: they are here, and may have opened the keyring without its having said so.
    pub(crate) fn ask_keyring_once_more(&self) {
        let waited = {
            let mut memory = self.memory();
            for wait in memory.keyring_waits.values_mut() {
                wait.until = Timestamp::MIN;
            }
            !memory.keyring_waits.is_empty()
        };
        if waited {
            self.tell_changed();
        }
    }

    /// Listens for the keyring's own signal while something waits for it.
    pub(crate) fn watch_keyring(self: &Arc<Self>) {
        let now = self.now();
        let mut memory = self.memory();
        let mut waiting = memory
            .keyring_waits
            .values()
            .filter(|wait| now < wait.until && tells_when_it_opens(wait.why))
            .peekable();
        let wanted = waiting.peek().is_some() && waiting.all(|wait| wait.signals < SIGNALS_BELIEVED);
        let listens = memory
            .keyring_watch
            .as_ref()
            .is_some_and(|watch| !watch.0.is_finished());
        if !wanted || listens {
            return;
        }
        // Held weakly: nobody keeps an engine alive by waiting for it.
        let (vault, engine) = (Arc::clone(&self.ports.vault), Arc::downgrade(self));
        let watch = tokio::spawn(async move {
            vault.unlocked().await;
            if let Some(engine) = engine.upgrade() {
                engine.keyring_signalled();
            }
        });
        memory.keyring_watch = Some(Watch(watch));
    }

    /// When the account's time next turns from open to shut or back.
    async fn stretch_ends(&self, account: &AccountId, now: Timestamp) -> Timestamp {
        let Ok(board) = self.board().await else {
            // A store that gives nothing now lets nothing be sent either.
            return now.saturating_add(LATE).unwrap_or(Timestamp::MAX);
        };
        let horizon = now
            .saturating_add(SignedDuration::from_hours(24 * HORIZON_DAYS))
            .unwrap_or(Timestamp::MAX);
        let turns = match board.calendar.span_at(account, now) {
            Some(span) => span.to,
            None => board
                .calendar
                .spans_from(account, now, horizon)
                .next()
                .map_or(horizon, |span| span.from),
        };
        // An override opens minutes of its own.
        let overrides = board
            .queue
            .iter()
            .filter(|delivery| &delivery.account == account && delivery.override_window)
            .filter_map(|delivery| match delivery.when {
                When::At(at) => Some([Some(at), at.saturating_add(EXACT_GRACE).ok()]),
                When::Next | When::Window(_) | When::FromDay { .. } => None,
            });
        overrides
            .flatten()
            .flatten()
            .filter(|turn| *turn > now)
            .fold(turns, Timestamp::min)
    }
}
