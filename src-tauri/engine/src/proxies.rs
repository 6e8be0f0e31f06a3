//! Proxies: kept in the keyring beside the account's tokens, read with them, and never done without by an account that
//! has one. Where the keyring has one and the account says none (a backup from before it was set was restored), the
//! keyring is right.

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

    /// The account's proxy, without any prompt, from memory or the keyring. `Ok(None)`: it has none, and calls directly; the
    /// keyring was asked once since this process began. Then [`Self::as_it_goes`] is as the keyring said.
    ///
    /// The caller does not hold the gate.
    pub(crate) async fn proxy_of(&self, account: &Account) -> Result<Option<Secret>, Mute> {
        let id = &account.id;
        loop {
            let (set, known) = {
                let memory = self.memory();
                let set = memory.proxies_set.get(id).copied();
                (set, memory.proxies.get(id).cloned())
            };
            let says = set.unwrap_or(account.proxy);
            match (says, known) {
                (Some(_), Some(known)) => return Ok(Some(known)),
                // Practice calls nobody, and must go on without any keyring.
                (None, _) if set.is_some() || account.network == Network::Practice => return Ok(None),
                _ => {}
            }
            let read = self
                .ports
                .vault
                .read(&proxy_entry(id), Attention::Unattended)
                .await;
            let line = match read {
                Ok(line) => line,
                Err(error) => {
                    self.keyring_gave_nothing(id, error).await;
                    return Err(Mute::Keyring(error));
                }
            };
            // An entry that says "none" is none that this account could go through.
            let kind = match line.as_ref().map(|line| proxy::read(line.expose())) {
                Some(Ok(Some(kind))) => Some(kind),
                None if says.is_none() => None,
                _ => return Err(Mute::ProxyMissing),
            };
            {
                let mut memory = self.memory();
                if memory.proxies_set.get(id).copied() != set {
                    // A person has changed it meanwhile.
                    continue;
                }
                memory.proxies_set.insert(id.clone(), kind);
                if let Some(line) = &line {
                    memory.proxies.entry(id.clone()).or_insert_with(|| line.clone());
                }
            }
            if line.is_some() {
                self.keyring_gave();
            }
            if kind != account.proxy {
                // Only what is shown: whoever calls has it from memory, and the next process from the keyring again.
                let set = |stored: &mut Account| stored.proxy = self.as_it_goes(stored).proxy;
                let _ = self.amend_account(id, set).await;
            }
            return Ok(line);
        }
    }

    /// The same for a person who waits for the answer.
    pub(crate) async fn proxy_for_person(&self, account: &Account) -> Outcome<Option<Secret>> {
        self.proxy_of(account).await.map_err(|mute| match mute {
            Mute::Keyring(error) => of_vault(error),
            _ => Problem::new(Code::ProxyMissing).with("account", &account.handle),
        })
    }

    /// Into the keyring, and into memory as tokens are: a keyring that locks before lunch gives it no more.
    pub(crate) async fn keep_proxy(
        &self,
        account: &AccountId,
        line: &Secret,
        attention: Attention,
    ) -> Result<(), VaultError> {
        let entry = proxy_entry(account);
        self.ports.vault.write(&entry, line, attention).await?;
        self.memory().proxies.insert(account.clone(), line.clone());
        Ok(())
    }

    /// Nothing of the account is under way meanwhile. The keyring has the new one before the account says that it goes
    /// through it, and has lost the old one before the account says that it does not: one that stayed would count again at
    /// the next start. What is cut off in between calls nobody, and says so.
    pub(crate) async fn change_proxy(
        &self,
        account: &Account,
        typed: SecretInput,
    ) -> Outcome<AccountChanged> {
        let given = given(account.network, Some(typed))?;
        let _busy = self.wait_to_occupy(&account.id).await;
        let kept = match &given {
            Some(given) => {
                self.keep_proxy(&account.id, &given.line, Attention::Unattended)
                    .await
            }
            None if account.network == Network::Practice => Ok(()),
            None => {
                let entry = proxy_entry(&account.id);
                self.ports.vault.remove(&entry, Attention::Unattended).await
            }
        };
        kept.map_err(of_vault)?;
        {
            let mut memory = self.memory();
            if given.is_none() {
                memory.proxies.remove(&account.id);
            }
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
