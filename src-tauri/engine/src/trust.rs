//! Whether the wall clock may be acted on (RULES.md 7).

use kossori_core::clock::{self, Baseline};

use crate::engine::{ClockDoubt, Engine};
use crate::model::{Account, Event, JournalEntry};
use crate::ports::Change;
use crate::problem::{Outcome, of_store};

impl Engine {
    /// Looks at the clock; called at start and at each tick.
    pub(crate) async fn watch_clock(&self) -> Outcome<()> {
        let newest = self.ports.store.newest_journal().await.map_err(of_store)?;
        let (now, since_boot) = (self.now(), self.since_boot());
        {
            let mut memory = self.memory();
            memory.newest_row = newest;
            let newest = newest.filter(|newest| memory.known_rows.is_none_or(|known| *newest > known));
            let baseline = *memory
                .baseline
                .get_or_insert_with(|| Baseline::take(now, since_boot));
            if let Some(doubt) = clock::doubt(baseline, now, since_boot, newest) {
                memory.begin_doubt(ClockDoubt::Local(doubt), now);
            }
        }
        self.write_clock_rows().await;
        Ok(())
    }

    pub(crate) fn clock_is_unsure(&self) -> bool {
        self.memory().doubt.is_some()
    }

    /// Also while the machine is about to sleep: nobody knows what time it will be when the call is made.
    pub(crate) fn nothing_may_begin(&self) -> bool {
        self.clock_is_unsure() || self.sleeps_for().is_some()
    }

    /// A signed-in server said what time it is, over HTTPS.
    pub(crate) async fn hear_server_time(&self, date: jiff::Timestamp) {
        let (now, since_boot) = (self.now(), self.since_boot());
        {
            let mut memory = self.memory();
            if clock::agrees(now, date) {
                memory.end_doubt(now);
                memory.clock_checked = true;
                memory.baseline = Some(Baseline::take(now, since_boot));
                memory.known_rows = memory.known_rows.max(memory.newest_row);
            } else {
                memory.begin_doubt(ClockDoubt::ServerDisagrees, now);
            }
        }
        self.write_clock_rows().await;
    }

    /// Practice and local servers need no second opinion on the time; the others do before the first claim.
    pub(crate) fn needs_clock_check(&self, account: &Account) -> bool {
        let remote = account.network != kossori_core::network::Network::Practice && !account.local_server;
        remote && !self.memory().clock_checked
    }

    /// The person says that the clock is right.
    pub(crate) async fn confirm_clock(&self) -> Outcome<()> {
        self.write_clock_rows().await;
        let (now, since_boot) = (self.now(), self.since_boot());
        let entry = JournalEntry {
            at: now,
            delivery: None,
            attempt: None,
            account: None,
            event: Event::ClockConfirmed,
            detail: None,
            digest: None,
        };
        self.ports
            .store
            .commit(vec![Change::Journal(entry)])
            .await
            .map_err(of_store)?;
        let newest = self.ports.store.newest_journal().await.map_err(of_store)?;
        {
            let mut memory = self.memory();
            memory.known_rows = newest;
            memory.doubt = None;
            memory.clock_checked = true;
            memory.baseline = Some(Baseline::take(now, since_boot));
        }
        self.tell_changed();
        Ok(())
    }
}
