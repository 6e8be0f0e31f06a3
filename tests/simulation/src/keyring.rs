//! A keyring that can be locked, and be away.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use kossori_engine::ports::{Attention, Vault, VaultError};
use kossori_engine::secret::Secret;

use tokio::sync::Notify;

use crate::parts::locked;

#[derive(Default)]
pub struct SimVault {
    state: Mutex<State>,
    /// It says that it is open.
    signal: Notify,
    /// The process that asks has died: it gets no further.
    dead: Arc<AtomicBool>,
}

#[derive(Default)]
struct State {
    entries: BTreeMap<String, String>,
    shut: Option<VaultError>,
    /// Reading works, writing does not.
    refuses_writes: bool,
    reads: u64,
    /// Asked while it was shut.
    denied: u64,
    /// Entries that it did not take.
    unwritten: u64,
    pretends: bool,
}

impl SimVault {
    pub fn of_process(dead: Arc<AtomicBool>) -> SimVault {
        SimVault {
            dead,
            ..SimVault::default()
        }
    }

    async fn pass(&self) {
        if self.dead.load(Ordering::SeqCst) {
            std::future::pending::<()>().await;
        }
    }

    /// `None` opens it again, and says so.
    pub fn shut(&self, why: Option<VaultError>) {
        locked(&self.state).shut = why;
        if why.is_none() {
            self.signal.notify_waiters();
        }
    }

    /// As PAM unlocks gnome-keyring: without a word.
    pub fn open_silently(&self) {
        locked(&self.state).shut = None;
    }

    /// It calls itself open and gives nothing: another of its collections is locked.
    pub fn pretend_open(&self) {
        locked(&self.state).pretends = true;
    }

    pub fn refuse_writes(&self, refuse: bool) {
        locked(&self.state).refuses_writes = refuse;
    }

    /// What is really in it, locked or not.
    pub fn entry(&self, name: &str) -> Option<String> {
        locked(&self.state).entries.get(name).cloned()
    }

    /// All of that.
    pub fn entries(&self) -> Vec<(String, String)> {
        let state = locked(&self.state);
        let entries = state.entries.iter();
        entries.map(|(name, text)| (name.clone(), text.clone())).collect()
    }

    /// Somebody deleted it, in the keyring's own program.
    pub fn lose(&self, name: &str) {
        locked(&self.state)
            .entries
            .remove(name)
            .expect("there was such an entry");
    }

    /// How often it was asked for something and gave nothing: shut, or unwilling to write.
    pub fn denied(&self) -> (u64, u64) {
        let state = locked(&self.state);
        (state.denied, state.unwritten)
    }

    pub fn reads(&self) -> u64 {
        locked(&self.state).reads
    }
}

#[async_trait::async_trait]
impl Vault for SimVault {
    async fn read(&self, entry: &str, _: Attention) -> Result<Option<Secret>, VaultError> {
        self.pass().await;
        let mut state = locked(&self.state);
        state.reads += 1;
        match state.shut {
            Some(why) => {
                state.denied += 1;
                Err(why)
            }
            None => Ok(state.entries.get(entry).cloned().map(Secret::new)),
        }
    }

    async fn write(&self, entry: &str, secret: &Secret, _: Attention) -> Result<(), VaultError> {
        self.pass().await;
        let mut state = locked(&self.state);
        if let Some(why) = state.shut {
            state.denied += 1;
            return Err(why);
        }
        if state.refuses_writes {
            state.unwritten += 1;
            return Err(VaultError::Broken);
        }
        state.entries.insert(entry.to_owned(), secret.expose().to_owned());
        Ok(())
    }

    async fn remove(&self, entry: &str, _: Attention) -> Result<(), VaultError> {
        self.pass().await;
        let mut state = locked(&self.state);
        if let Some(why) = state.shut {
            state.denied += 1;
            return Err(why);
        }
        state.entries.remove(entry);
        Ok(())
    }

    async fn unlock(&self) -> Result<(), VaultError> {
        self.shut(None);
        Ok(())
    }

    async fn is_locked(&self) -> Result<bool, VaultError> {
        Ok(locked(&self.state).shut == Some(VaultError::Locked))
    }

    async fn unlocked(&self) {
        loop {
            let mut signalled = std::pin::pin!(self.signal.notified());
            // Listening begins before the look, so that no signal falls in between.
            signalled.as_mut().enable();
            let open = {
                let state = locked(&self.state);
                state.shut.is_none() || state.pretends
            };
            if open {
                return;
            }
            signalled.await;
        }
    }
}
