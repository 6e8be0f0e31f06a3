//! Proxies: kept in the keyring beside the account's tokens, read with them, and never done without by an account that
//! has one.

use kossori_api::{AccountChanged, Code, Problem, SecretInput};
use kossori_core::ids::AccountId;
use kossori_core::network::Network;
use kossori_core::proxy::{self, BadProxy, ProxyKind};

use crate::engine::Engine;
use crate::model::{Account, Health};
use crate::ports::{Attention, VaultError};
use crate::problem::{Outcome, of_vault};
use crate::secret::Secret;
use crate::tokens::Mute;

pub(crate) fn proxy_entry(account: &AccountId) -> String {
    format!("account.{account}.proxy")
}

/// A proxy as a person gave it, and what may be known of it.
#[derive(Clone, Debug)]
pub(crate) struct Given {
    pub kind: ProxyKind,
    pub line: Secret,
}

/// What a person typed. `Ok(None)`: none, or none any more.
pub(crate) fn given(network: Network, typed: Option<SecretInput>) -> Outcome<Option<Given>> {
    let Some(typed) = typed else { return Ok(None) };
    let typed = Secret::new(typed.into_text());
    let kind = proxy::read(typed.expose()).map_err(|bad| {
        Problem::new(match bad {
            BadProxy::ResolvesHere => Code::ProxyResolvesHere,
            BadProxy::Unreadable => Code::BadProxy,
        })
    })?;
    let Some(kind) = kind else { return Ok(None) };
    if network == Network::Practice {
        return Err(Problem::new(Code::ProxyNeedless));
    }
    let line = Secret::new(typed.expose().trim().to_owned());
    Ok(Some(Given { kind, line }))
}

impl Engine {
    /// The account with the way that its calls go now: it may have been changed since the account was read.
    pub(crate) fn as_it_goes(&self, account: &Account) -> Account {
        let set = self.memory().proxies_set.get(&account.id).copied();
        Account {
            proxy: set.unwrap_or(account.proxy),
            ..account.clone()
        }
    }

    /// The account's proxy, without any prompt, from memory or the keyring. `Ok(None)`: it has none, and calls directly.
    pub(crate) async fn proxy_of(&self, account: &Account) -> Result<Option<Secret>, Mute> {
        if account.proxy.is_none() {
            return Ok(None);
        }
        if let Some(known) = self.memory().proxies.get(&account.id).cloned() {
            return Ok(Some(known));
        }
        let entry = proxy_entry(&account.id);
        match self.ports.vault.read(&entry, Attention::Unattended).await {
            // An entry that says "none" is none that this account could go through.
            Ok(Some(line)) if matches!(proxy::read(line.expose()), Ok(Some(_))) => {
                self.keyring_gave();
                self.memory().proxies.insert(account.id.clone(), line.clone());
                Ok(Some(line))
            }
            Ok(_) => Err(Mute::ProxyMissing),
            Err(error) => {
                self.keyring_gave_nothing(&account.id, error).await;
                Err(Mute::Keyring(error))
            }
        }
    }

    /// The same for a person who waits for the answer.
    pub(crate) async fn proxy_for_person(&self, account: &Account) -> Outcome<Option<Secret>> {
        self.proxy_of(&self.as_it_goes(account))
            .await
            .map_err(|mute| match mute {
                Mute::Keyring(error) => of_vault(error),
                _ => Problem::new(Code::ProxyMissing).with("account", &account.handle),
            })
    }

    pub(crate) async fn keep_proxy(
        &self,
        account: &AccountId,
        line: &Secret,
        attention: Attention,
    ) -> Result<(), VaultError> {
        self.ports
            .vault
            .write(&proxy_entry(account), line, attention)
            .await
    }

    /// Nothing of the account is under way meanwhile. The keyring has the new one before the account says that it goes
    /// through it, and loses the old one after the account says that it does not: whatever is cut off, what the account
    /// says is never less than what a person was told.
    pub(crate) async fn change_proxy(
        &self,
        account: &Account,
        typed: SecretInput,
    ) -> Outcome<AccountChanged> {
        let given = given(account.network, Some(typed))?;
        let _busy = self.wait_to_occupy(&account.id).await;
        if let Some(given) = &given {
            self.keep_proxy(&account.id, &given.line, Attention::Unattended)
                .await
                .map_err(of_vault)?;
        }
        {
            let mut memory = self.memory();
            memory.proxies.remove(&account.id);
            // The server is seen anew: by the way that it is called from now on.
            if let Some(held) = memory.tokens.get_mut(&account.id) {
                held.author_checked = false;
            }
            memory.backoff.remove(&account.id);
        }
        let kind = given.map(|given| given.kind);
        if kind.is_some() {
            self.memory().proxies_set.insert(account.id.clone(), kind);
        }
        let changed = self
            .change_account(&account.id, |account| {
                account.proxy = kind;
                if account.health == Health::ProxyMissing {
                    account.health = Health::Ok;
                }
            })
            .await?;
        self.memory().proxies_set.insert(account.id.clone(), kind);
        if kind.is_none() && account.proxy.is_some() {
            // One that is left behind is read by nobody, and replaced by the next.
            self.forget_proxy(&account.id).await;
        }
        Ok(changed)
    }

    pub(crate) async fn forget_proxy(&self, account: &AccountId) {
        let entry = proxy_entry(account);
        if self
            .ports
            .vault
            .remove(&entry, Attention::Unattended)
            .await
            .is_err()
        {
            tracing::info!("the keyring did not remove a proxy");
        }
    }
}
