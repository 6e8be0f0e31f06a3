//! A keyring that outlives the process: a file an entry. What it answered to have written is written.

use std::path::{Path, PathBuf};

use kossori_engine::ports::{Attention, Vault, VaultError};
use kossori_engine::secret::Secret;

pub struct FileVault(PathBuf);

impl FileVault {
    pub fn in_folder(folder: &Path) -> FileVault {
        std::fs::create_dir_all(folder).expect("the keyring's folder");
        FileVault(folder.to_owned())
    }

    /// Changes the entries whose name begins so.
    pub fn amend(&self, beginning: &str, change: impl Fn(&str) -> Option<String>) {
        for entry in std::fs::read_dir(&self.0).expect("the keyring's folder") {
            let path = entry.expect("an entry").path();
            let named = path
                .file_name()
                .is_some_and(|name| name.to_string_lossy().starts_with(beginning));
            if named && let Some(changed) = change(&std::fs::read_to_string(&path).expect("an entry")) {
                std::fs::write(&path, changed).expect("an entry is written");
            }
        }
    }
}

#[async_trait::async_trait]
impl Vault for FileVault {
    async fn read(&self, entry: &str, _: Attention) -> Result<Option<Secret>, VaultError> {
        Ok(std::fs::read_to_string(self.0.join(entry)).ok().map(Secret::new))
    }

    async fn write(&self, entry: &str, secret: &Secret, _: Attention) -> Result<(), VaultError> {
        // Whole or not at all, as a keyring's.
        let beside = self.0.join(format!(".{entry}"));
        std::fs::write(&beside, secret.expose())
            .and_then(|()| std::fs::rename(&beside, self.0.join(entry)))
            .map_err(|_| VaultError::Broken)
    }

    async fn remove(&self, entry: &str, _: Attention) -> Result<(), VaultError> {
        let _ = std::fs::remove_file(self.0.join(entry));
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
