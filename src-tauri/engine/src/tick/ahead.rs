//! What is made ready before something goes: tokens are read and forgotten again, a doubtful clock is compared with a
//! server's.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use kossori_core::delivery::State;
use kossori_core::ids::AccountId;
use kossori_core::network::Network;

use crate::engine::Engine;
use crate::journal::later;
use crate::model::{Account, Planned};
use crate::planning::Board;
use crate::ports::Attention;
use crate::problem::{Outcome, of_vault};
use crate::tokens::{AHEAD, entry};

/// How long after a server disagreed about the time it is asked again.
const CLOCK_AGAIN: SignedDuration = SignedDuration::from_mins(5);

impl Engine {
    /// Tokens come in before a window and are forgotten after it.
    pub(super) fn mind_tokens(self: &Arc<Self>, board: &Board) {
        // Practice has none.
        for account in board
            .accounts
            .values()
            .filter(|account| account.network != Network::Practice)
        {
            let soonest = soonest(board, &account.id);
            // Before the window begins, not before its post: a keyring that locks with the screen stops nothing.
            let begins = window_begins(board, &account.id);
            let near = begins.is_some_and(|at| at.duration_since(board.now) <= AHEAD);
            let open = board.calendar.span_at(&account.id, board.now).is_some();
            let asked = board
                .queue
                .iter()
                .any(|d| d.account == account.id && d.state == State::Unknown);
            // Whom the keyring gave nothing has its next chance when its post is due, not before.
            let waits = self.memory().waits_for_its_moment(&account.id, board.now);
            if near && !waits && !self.memory().tokens.contains_key(&account.id) {
                let needed = soonest.unwrap_or(board.now);
                let until = board
                    .calendar
                    .span_at(&account.id, needed)
                    .map_or(needed, |span| span.to);
                self.begin_fetch(account.clone(), until);
            } else if !near && !open && !asked && !self.memory().busy.contains(&account.id) {
                self.drop_tokens(&account.id);
            }
        }
    }

    fn begin_fetch(self: &Arc<Self>, account: Account, until: Timestamp) {
        let Some(busy) = self.occupy_unless_waiting(&account, self.now()) else {
            return;
        };
        let engine = Arc::clone(self);
        tokio::spawn(async move {
            engine.keep_wariness(&account).await;
            engine.fetch_ahead(&account, until).await;
            if !engine.memory().tokens.contains_key(&account.id) {
                engine.wait_with(&account.id, engine.settings.backoff);
            }
            drop(busy);
        });
    }

    /// A doubt about the clock ends with a signed-in server's `Date`: asked when something is to go soon, for then
    /// the tokens may be read.
    pub(super) fn begin_clock_checks(self: &Arc<Self>, board: &Board) {
        if !self.clock_is_unsure() {
            return;
        }
        for account in board
            .accounts
            .values()
            .filter(|account| self.needs_clock_check(account))
        {
            let near = soonest(board, &account.id).is_some_and(|at| at.duration_since(board.now) <= AHEAD);
            if !near {
                continue;
            }
            let Some(busy) = self.occupy_unless_waiting(account, board.now) else {
                continue;
            };
            let (engine, account) = (Arc::clone(self), account.clone());
            tokio::spawn(async move {
                engine.keep_wariness(&account).await;
                match engine.ready(&account).await {
                    Err(mute) => engine.note_mute(&account, &mute).await,
                    Ok(_) if engine.clock_is_unsure() => engine.wait_with(&account.id, CLOCK_AGAIN),
                    Ok(_) => {}
                }
                drop(busy);
            });
        }
    }

    /// Reads and forgets one entry that is sure not to be there: is the keyring open?
    pub(crate) async fn keyring_answers(&self) -> Outcome<()> {
        let probe = entry(&AccountId("none".to_owned()));
        self.ports
            .vault
            .read(&probe, Attention::Unattended)
            .await
            .map(drop)
            .map_err(of_vault)
    }
}

/// When the first window begins in which something of the account is to go.
fn window_begins(board: &Board, account: &AccountId) -> Option<Timestamp> {
    board
        .queue
        .iter()
        .filter(|delivery| &delivery.account == account && delivery.state == State::Queued)
        .filter_map(|delivery| delivery.planned.as_ref().map(begins))
        .min()
}

pub(super) fn begins(planned: &Planned) -> Timestamp {
    planned.opened.map_or(planned.at, |opened| opened.min(planned.at))
}

fn soonest(board: &Board, account: &AccountId) -> Option<Timestamp> {
    board
        .queue
        .iter()
        .filter(|delivery| &delivery.account == account && delivery.state == State::Queued)
        .filter_map(|delivery| {
            delivery
                .planned
                .as_ref()
                .map(|planned| later(delivery.not_before, planned.at))
        })
        .min()
}
