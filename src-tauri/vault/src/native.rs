//! Windows' Credential Manager and macOS' Keychain, by `keyring`'s own stores. Neither tells whether it is
//! locked, and both are open while their user is signed in.

use kossori_engine::ports::VaultError;
use zeroize::Zeroizing;

use crate::backend::{Backend, Drawer, Errand};

pub(crate) struct Platform {
    prefix: String,
}

impl Platform {
    pub(crate) fn new(prefix: &str) -> Self {
        Platform {
            prefix: prefix.to_owned(),
        }
    }

    pub(crate) async fn unlocked(&self) {}

    #[allow(
        clippy::disallowed_methods,
        reason = "this is the vault, and it runs on the vault's own thread"
    )]
    fn entry(&self, name: &str) -> Result<keyring::Entry, VaultError> {
        keyring::Entry::new(&self.prefix, name).map_err(|error| told(&error))
    }
}

impl Backend for Platform {
    fn open(&self, _errand: &Errand) -> Result<Box<dyn Drawer + '_>, VaultError> {
        Ok(Box::new(Open(self)))
    }

    fn is_locked(&self, _errand: &Errand) -> Result<bool, VaultError> {
        Ok(false)
    }

    fn unlock(&self, _errand: &Errand) -> Result<(), VaultError> {
        Ok(())
    }
}

struct Open<'a>(&'a Platform);

impl Drawer for Open<'_> {
    fn get(&self, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>, VaultError> {
        match self.0.entry(name)?.get_secret() {
            Ok(bytes) => Ok(Some(Zeroizing::new(bytes))),
            Err(keyring::Error::NoEntry) => Ok(None),
            Err(error) => Err(told(&error)),
        }
    }

    fn put(&self, name: &str, value: &[u8]) -> Result<(), VaultError> {
        self.0
            .entry(name)?
            .set_secret(value)
            .map_err(|error| told(&error))
    }

    fn delete(&self, name: &str) -> Result<(), VaultError> {
        match self.0.entry(name)?.delete_credential() {
            Ok(()) | Err(keyring::Error::NoEntry) => Ok(()),
            Err(error) => Err(told(&error)),
        }
    }

    fn has(&self, name: &str) -> Result<bool, VaultError> {
        Ok(self.get(name)?.is_some())
    }
}

/// `keyring`'s errors can carry the secret (`BadEncoding`): only their kind goes on.
fn told(error: &keyring::Error) -> VaultError {
    match error {
        keyring::Error::NoStorageAccess(_) => VaultError::Locked,
        keyring::Error::NoDefaultStore => VaultError::Absent,
        _ => VaultError::Broken,
    }
}
