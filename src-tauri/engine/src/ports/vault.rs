//! The OS keyring, as the engine asks it.

use async_trait::async_trait;

use crate::secret::Secret;

/// May the call make the system ask the person something? Only a click, or `unlock` or `account add`
/// typed on a terminal, may (RULES.md 6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attention {
    Unattended,
    Attended,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VaultError {
    #[error("the keyring is locked")]
    Locked,
    /// No bus, no Secret Service on it, or it went away.
    #[error("there is no keyring service")]
    Absent,
    /// 5 s unattended, 120 s attended.
    #[error("the keyring did not answer in time")]
    TimedOut,
    /// The person closed the prompt.
    #[error("the unlocking was dismissed")]
    Dismissed,
    #[error("the keyring answered something unexpected")]
    Broken,
}

/// Entries are named by plain text without secrets or handles in it. An entry over 2,500 bytes is split by
/// the adapter; callers never notice.
#[async_trait]
pub trait Vault: Send + Sync {
    /// `Ok(None)`: there is no such entry.
    async fn read(&self, entry: &str, attention: Attention) -> Result<Option<Secret>, VaultError>;
    /// Written and read back before it answers.
    async fn write(&self, entry: &str, secret: &Secret, attention: Attention) -> Result<(), VaultError>;
    /// Removing what is not there is fine.
    async fn remove(&self, entry: &str, attention: Attention) -> Result<(), VaultError>;
    /// Asks the system to unlock; this is the call that may prompt.
    async fn unlock(&self) -> Result<(), VaultError>;
    /// Reads the service's `Locked` property. Never prompts.
    async fn is_locked(&self) -> Result<bool, VaultError>;
    /// Ends when the keyring has become readable. It is told so by the service; it does not poll.
    async fn unlocked(&self);
}
