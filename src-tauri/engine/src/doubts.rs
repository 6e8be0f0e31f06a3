//! The journal's rows of a doubt about the clock: one when it arises, one when a server ends it. What ends it by a
//! person's word is written with that word.

use jiff::Timestamp;
use kossori_core::clock::Doubt;

use crate::engine::{ClockDoubt, Engine, Memory};
use crate::model::{Event, JournalEntry};
use crate::ports::Change;

impl Memory {
    /// A doubt that is there already stays one doubt, whatever else speaks against the clock.
    pub(crate) fn begin_doubt(&mut self, doubt: ClockDoubt, now: Timestamp) {
        self.clock_checked = false;
        if self.doubt.replace(doubt).is_none() {
            let why = match doubt {
                ClockDoubt::Local(Doubt::Jumped) => "jumped",
                ClockDoubt::Local(Doubt::BeforeJournal) => "before_journal",
                ClockDoubt::ServerDisagrees => "server",
            };
            self.clock_rows.push(row(Event::ClockUnsure, why, now));
        }
    }

    /// A signed-in server's `Date` agrees.
    pub(crate) fn end_doubt(&mut self, now: Timestamp) {
        if self.doubt.take().is_some() {
            self.clock_rows.push(row(Event::ClockConfirmed, "server", now));
        }
    }
}

impl Engine {
    /// Writes down what the journal does not know yet. What cannot be written now stays for the next time: a full disk
    /// ends no doubt and makes none.
    pub(crate) async fn write_clock_rows(&self) {
        let rows = std::mem::take(&mut self.memory().clock_rows);
        if rows.is_empty() {
            return;
        }
        let changes = rows.iter().cloned().map(Change::Journal).collect();
        match self.ports.store.commit(changes).await {
            Ok(()) => self.tell_changed(),
            Err(error) => {
                tracing::warn!(%error, "a doubt about the clock could not be written down");
                self.memory().clock_rows.splice(..0, rows);
                // Not the ticker: it would come back at once, for as long as the disk is full.
                self.tell(kossori_api::Event::Changed);
            }
        }
    }
}

fn row(event: Event, detail: &str, at: Timestamp) -> JournalEntry {
    JournalEntry {
        at,
        delivery: None,
        attempt: None,
        account: None,
        event,
        detail: Some(detail.to_owned()),
        digest: None,
    }
}
