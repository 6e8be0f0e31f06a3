//! Token sets: read from the keyring when a window comes near, kept until it ends, replaced before they are used
//! (RULES.md 6).

use jiff::{SignedDuration, Timestamp};
use kossori_core::ids::AccountId;
use kossori_core::network::Network;

use crate::engine::Engine;
use crate::model::{Account, Health};
use crate::ports::{Attention, CallError, Change, Session, VaultError};
use crate::secret::Secret;

/// Read at most this long before they are needed.
pub(crate) const AHEAD: SignedDuration = SignedDuration::from_mins(15);

/// A token set in memory, with what has been checked of it.
pub(crate) struct HeldTokens {
    pub tokens: Secret,
    /// The server named the author for exactly this set.
    pub author_checked: bool,
}

/// Why an account cannot speak now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Mute {
    Keyring(VaultError),
    /// No tokens, or the server takes them no more.
    NeedsSignIn,
    Call(CallError),
    Store,
}

pub(crate) fn entry(account: &AccountId) -> String {
    format!("account.{account}")
}

impl Engine {
    /// The account's session, without any prompt. Tokens come from memory or the keyring.
    pub(crate) async fn session(&self, account: &Account) -> Result<Session, Mute> {
        if let Some(held) = self.memory().tokens.get(&account.id) {
            return Ok(Session {
                account: account.clone(),
                tokens: held.tokens.clone(),
            });
        }
        // Practice has no secret, and must go on without any keyring.
        let tokens = if account.network == Network::Practice {
            Secret::new(String::new())
        } else {
            let read = self
                .ports
                .vault
                .read(&entry(&account.id), Attention::Unattended)
                .await;
            self.memory().keyring = read.as_ref().err().copied();
            match read {
                Ok(Some(tokens)) => tokens,
                Ok(None) => return Err(Mute::NeedsSignIn),
                Err(error) => return Err(Mute::Keyring(error)),
            }
        };
        let held = HeldTokens {
            tokens: tokens.clone(),
            author_checked: false,
        };
        self.memory().tokens.insert(account.id.clone(), held);
        Ok(Session {
            account: account.clone(),
            tokens,
        })
    }

    /// A session whose author the server has confirmed for this token set, and the clock with it. One refresh if
    /// the token is no longer taken.
    pub(crate) async fn ready(&self, account: &Account) -> Result<Session, Mute> {
        let mut session = self.session(account).await?;
        let checked = self
            .memory()
            .tokens
            .get(&account.id)
            .is_some_and(|held| held.author_checked);
        if checked && !self.needs_clock_check(account) {
            return Ok(session);
        }
        let publisher = self
            .ports
            .publishers
            .publisher(account.network)
            .ok_or(Mute::NeedsSignIn)?;
        let author = match publisher.author(&session).await {
            Err(CallError::Token { .. }) => {
                session = self.refresh(&session).await?;
                publisher.author(&session).await
            }
            other => other,
        };
        match author {
            Ok(author) if author.id == account.author_id => {
                if let Some(date) = author.date {
                    self.hear_server_time(date);
                }
                if let Some(held) = self.memory().tokens.get_mut(&account.id) {
                    held.author_checked = true;
                }
                Ok(session)
            }
            // The tokens speak for somebody else: never publish with them.
            Ok(_) => Err(Mute::NeedsSignIn),
            Err(CallError::Token { .. }) => Err(Mute::NeedsSignIn),
            Err(error) => Err(Mute::Call(error)),
        }
    }

    /// One refresh. The new set is in the keyring, read back, before anybody uses it. The caller holds the
    /// account's `busy` mark, so that there is one at a time.
    pub(crate) async fn refresh(&self, session: &Session) -> Result<Session, Mute> {
        let account = &session.account;
        let publisher = self
            .ports
            .publishers
            .publisher(account.network)
            .ok_or(Mute::NeedsSignIn)?;
        let refreshed = publisher.refresh(session).await.map_err(|error| match error {
            CallError::Token { .. } => Mute::NeedsSignIn,
            other => Mute::Call(other),
        })?;
        self.keep_tokens(&account.id, &refreshed.tokens, Attention::Unattended)
            .await
            .map_err(Mute::Keyring)?;
        if refreshed.session_ends_at != account.session_ends_at {
            let mut account = account.clone();
            account.session_ends_at = refreshed.session_ends_at;
            self.ports
                .store
                .commit(vec![Change::UpdateAccount(account)])
                .await
                .map_err(|_| Mute::Store)?;
        }
        Ok(Session {
            account: account.clone(),
            tokens: refreshed.tokens,
        })
    }

    /// Into the keyring first, then into memory. If the keyring does not take it, it is kept in memory at least:
    /// the old set may be worth nothing any more.
    pub(crate) async fn keep_tokens(
        &self,
        account: &AccountId,
        tokens: &Secret,
        attention: Attention,
    ) -> Result<(), VaultError> {
        let written = self.ports.vault.write(&entry(account), tokens, attention).await;
        let held = HeldTokens {
            tokens: tokens.clone(),
            author_checked: false,
        };
        self.memory().tokens.insert(account.clone(), held);
        written
    }

    pub(crate) fn drop_tokens(&self, account: &AccountId) {
        self.memory().tokens.remove(account);
    }

    /// Remembers on the account what became of it; nothing to do if it says so already.
    pub(crate) async fn set_health(&self, id: &AccountId, health: Health) {
        let Ok(accounts) = self.ports.store.accounts().await else {
            return;
        };
        let Some(mut account) = accounts.into_iter().find(|account| &account.id == id) else {
            return;
        };
        if account.health == health {
            return;
        }
        account.health = health;
        // A failure here is seen again at the next call: the health is only what is shown.
        if self
            .ports
            .store
            .commit(vec![Change::UpdateAccount(account)])
            .await
            .is_ok()
        {
            self.tell_changed();
        }
    }

    /// Reads the tokens that a window soon needs, and refreshes those that would end in it.
    pub(crate) async fn fetch_ahead(&self, account: &Account, needed: Timestamp) {
        if account.network == Network::Practice || self.memory().tokens.contains_key(&account.id) {
            return;
        }
        let Ok(session) = self.session(account).await else {
            return;
        };
        let Some(publisher) = self.ports.publishers.publisher(account.network) else {
            return;
        };
        let until = needed
            .saturating_add(SignedDuration::from_mins(30))
            .unwrap_or(Timestamp::MAX);
        if publisher
            .access_ends_at(&session.tokens)
            .is_some_and(|ends| ends < until)
        {
            match self.refresh(&session).await {
                Err(Mute::NeedsSignIn) => self.set_health(&account.id, Health::NeedsSignIn).await,
                // Tried again when the window is open.
                Ok(_) | Err(_) => {}
            }
        }
    }
}
