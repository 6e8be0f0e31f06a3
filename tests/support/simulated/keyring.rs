//! A keyring that can be locked, and be away.

use std::collections::BTreeMap;
use std::sync::Mutex;

use kossori_engine::ports::{Attention, Vault, VaultError};
use kossori_engine::secret::Secret;

use super::locked;

#[derive(Default)]
pub struct SimVault {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    entries: BTreeMap<String, String>,
    shut: Option<VaultError>,
    /// Reading works, writing does not.
    refuses_writes: bool,
    reads: u64,
}

impl SimVault {
    /// `None` opens it again.
    pub fn shut(&self, why: Option<VaultError>) {
        locked(&self.state).shut = why;
    }

    pub fn refuse_writes(&self, refuse: bool) {
        locked(&self.state).refuses_writes = refuse;
    }

    /// What is really in it, locked or not.
    pub fn entry(&self, name: &str) -> Option<String> {
        locked(&self.state).entries.get(name).cloned()
    }

    pub fn reads(&self) -> u64 {
        locked(&self.state).reads
    }
}

#[async_trait::async_trait]
impl Vault for SimVault {
    async fn read(&self, entry: &str, _: Attention) -> Result<Option<Secret>, VaultError> {
        let mut state = locked(&self.state);
        state.reads += 1;
        match state.shut {
            Some(why) => Err(why),
            None => Ok(state.entries.get(entry).cloned().map(Secret::new)),
        }
    }

    async fn write(&self, entry: &str, secret: &Secret, _: Attention) -> Result<(), VaultError> {
        let mut state = locked(&self.state);
        if let Some(why) = state.shut {
            return Err(why);
        }
        if state.refuses_writes {
            return Err(VaultError::Broken);
        }
        state.entries.insert(entry.to_owned(), secret.expose().to_owned());
        Ok(())
    }

    async fn remove(&self, entry: &str, _: Attention) -> Result<(), VaultError> {
        let mut state = locked(&self.state);
        if let Some(why) = state.shut {
            return Err(why);
        }
        state.entries.remove(entry);
        Ok(())
    }

    async fn unlock(&self) -> Result<(), VaultError> {
        locked(&self.state).shut = None;
        Ok(())
    }

    async fn is_locked(&self) -> Result<bool, VaultError> {
        Ok(locked(&self.state).shut == Some(VaultError::Locked))
    }

    async fn unlocked(&self) {
        std::future::pending().await
    }
}
