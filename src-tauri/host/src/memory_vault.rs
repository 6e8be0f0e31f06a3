//! The keyring of a folder that is kept in memory: gone with the process, like everything else of it.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use kossori_engine::ports::{Attention, Vault, VaultError};
use kossori_engine::secret::Secret;

#[derive(Default)]
pub struct MemoryVault {
    entries: Mutex<BTreeMap<String, Secret>>,
}

impl MemoryVault {
    fn entries(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Secret>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Vault for MemoryVault {
    async fn read(&self, entry: &str, _: Attention) -> Result<Option<Secret>, VaultError> {
        Ok(self.entries().get(entry).cloned())
    }

    async fn write(&self, entry: &str, secret: &Secret, _: Attention) -> Result<(), VaultError> {
        self.entries().insert(entry.to_owned(), secret.clone());
        Ok(())
    }

    async fn remove(&self, entry: &str, _: Attention) -> Result<(), VaultError> {
        self.entries().remove(entry);
        Ok(())
    }

    async fn unlock(&self) -> Result<(), VaultError> {
        Ok(())
    }

    async fn is_locked(&self) -> Result<bool, VaultError> {
        Ok(false)
    }

    async fn unlocked(&self) {}
}
