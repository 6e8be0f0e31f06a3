//! What a platform's keyring must answer. All of it blocks, and is called on the vault's own thread only.

use kossori_engine::ports::{Attention, VaultError};
use tokio::sync::watch;
use zeroize::Zeroizing;

pub(crate) trait Backend: Send + Sync + 'static {
    /// Unattended, a locked keyring answers `Locked` and nothing may prompt; attended, it is unlocked first.
    fn open(&self, errand: &Errand) -> Result<Box<dyn Drawer + '_>, VaultError>;
    fn is_locked(&self, errand: &Errand) -> Result<bool, VaultError>;
    fn unlock(&self, errand: &Errand) -> Result<(), VaultError>;
}

/// An open keyring: single entries as the platform keeps them, at most `entries::MAX_BYTES` long.
pub(crate) trait Drawer {
    fn get(&self, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>, VaultError>;
    fn put(&self, name: &str, value: &[u8]) -> Result<(), VaultError>;
    /// Deleting what is not there is fine.
    fn delete(&self, name: &str) -> Result<(), VaultError>;
    fn has(&self, name: &str) -> Result<bool, VaultError>;
}

/// What the thread is told about the call it is working for, and can tell about it.
#[derive(Clone)]
pub(crate) struct Errand {
    pub(crate) attention: Attention,
    given_up: watch::Receiver<bool>,
    asking: watch::Sender<bool>,
}

impl Errand {
    pub(crate) fn new(
        attention: Attention,
        given_up: watch::Receiver<bool>,
        asking: watch::Sender<bool>,
    ) -> Self {
        Errand {
            attention,
            given_up,
            asking,
        }
    }

    /// The call has missed its limit and its caller was told so: whatever it still had in mind to do must
    /// not happen, for a later call may already have written something newer.
    pub(crate) fn still_wanted(&self) -> Result<(), VaultError> {
        if *self.given_up.borrow() {
            Err(VaultError::TimedOut)
        } else {
            Ok(())
        }
    }

    /// Ends when the call was given up.
    #[cfg_attr(
        not(unix),
        allow(dead_code, reason = "only an asynchronous backend can stop half-way")
    )]
    pub(crate) async fn until_given_up(&self) {
        // An error means that the caller's side is gone: nobody waits for the answer.
        let _ = self.given_up.clone().wait_for(|given_up| *given_up).await;
    }

    /// Says, until the answer is dropped, that the system is asking the person something.
    #[cfg_attr(not(unix), allow(dead_code, reason = "elsewhere the system does not tell"))]
    pub(crate) fn asking(&self) -> Asking {
        self.asking.send_replace(true);
        Asking(self.asking.clone())
    }
}

pub(crate) struct Asking(watch::Sender<bool>);

impl Drop for Asking {
    fn drop(&mut self) {
        self.0.send_replace(false);
    }
}
