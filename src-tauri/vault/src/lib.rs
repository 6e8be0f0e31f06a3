//! The OS keyring. This crate alone sees it.
//!
//! Every call runs on one dedicated thread with a time limit (`line`), opens the platform's keyring afresh
//! (`platform`) and reads or writes entries of any length as keyring entries of at most 2,500 bytes
//! (`entries`). Nothing is kept between calls: no connection that could be stale, no secret, no idle thread
//! of a bus library.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use kossori_engine::ports::{Attention, Vault, VaultError};
use kossori_engine::secret::Secret;

mod backend;
mod entries;
mod line;

#[cfg(all(unix, not(any(target_os = "macos", target_os = "ios", target_os = "android"))))]
#[path = "secret_service.rs"]
mod platform;
#[cfg(not(all(unix, not(any(target_os = "macos", target_os = "ios", target_os = "android")))))]
#[path = "native.rs"]
mod platform;

use backend::{Backend, Errand};
use entries::Entries;
use line::Line;
use platform::Platform;

/// How long a call may take before it answers `TimedOut` (RULES.md 6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    pub unattended: Duration,
    pub attended: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            unattended: Duration::from_secs(5),
            attended: Duration::from_secs(120),
        }
    }
}

/// The user's own keyring. Must be used inside a tokio runtime with time and, for `unlocked`, I/O.
pub struct Keyring {
    platform: Arc<Platform>,
    line: Arc<Line<Platform>>,
}

impl Keyring {
    /// `prefix` sets our entries apart from those of other programs: it is their `service`, and the name of
    /// an entry is their `username`. The keyring shows both in clear: neither may hold a handle.
    pub fn new(prefix: &str) -> Self {
        Self::over(Platform::new(prefix), Limits::default())
    }

    /// The keyring on the D-Bus bus at `address` instead of the session's own.
    #[cfg(all(unix, not(any(target_os = "macos", target_os = "ios", target_os = "android"))))]
    pub fn on_bus(prefix: &str, address: &str) -> Self {
        Self::over(Platform::on_bus(prefix, address), Limits::default())
    }

    pub fn with_limits(self, limits: Limits) -> Self {
        Keyring {
            line: Arc::new(Line::new(Arc::clone(&self.platform), limits)),
            platform: self.platform,
        }
    }

    fn over(platform: Platform, limits: Limits) -> Self {
        let platform = Arc::new(platform);
        Keyring {
            line: Arc::new(Line::new(Arc::clone(&platform), limits)),
            platform,
        }
    }

    async fn with_entries<T: Send + 'static>(
        &self,
        attention: Attention,
        work: impl FnOnce(Entries<'_>) -> Result<T, VaultError> + Send + 'static,
    ) -> Result<T, VaultError> {
        let open_and_work = move |platform: &Platform, errand: &Errand| {
            let drawer = platform.open(errand)?;
            work(Entries::new(&*drawer, errand))
        };
        self.line.call(attention, open_and_work).await
    }
}

#[async_trait]
impl Vault for Keyring {
    async fn read(&self, entry: &str, attention: Attention) -> Result<Option<Secret>, VaultError> {
        let entry = entry.to_owned();
        self.with_entries(attention, move |entries| entries.read(&entry))
            .await
    }

    async fn write(&self, entry: &str, secret: &Secret, attention: Attention) -> Result<(), VaultError> {
        let (entry, secret) = (entry.to_owned(), secret.clone());
        self.with_entries(attention, move |entries| entries.write(&entry, &secret))
            .await
    }

    async fn remove(&self, entry: &str, attention: Attention) -> Result<(), VaultError> {
        let entry = entry.to_owned();
        self.with_entries(attention, move |entries| entries.remove(&entry))
            .await
    }

    async fn unlock(&self) -> Result<(), VaultError> {
        self.line
            .call(Attention::Attended, |platform: &Platform, errand: &Errand| {
                platform.unlock(errand)
            })
            .await
    }

    async fn is_locked(&self) -> Result<bool, VaultError> {
        let look = |platform: &Platform, errand: &Errand| platform.is_locked(errand);
        match self.line.call(Attention::Unattended, look).await {
            // A person is being asked to unlock it at this moment.
            Err(VaultError::Locked) => Ok(true),
            answer => answer,
        }
    }

    async fn unlocked(&self) {
        self.platform.unlocked().await;
    }
}
