//! Token sets: read from the keyring when a window comes near, kept until it ends, replaced before they are used
//! (RULES.md 6).

use jiff::{SignedDuration, Timestamp};
use kossori_core::ids::AccountId;
use kossori_core::network::Network;

use crate::bug::Bug;
use crate::engine::Engine;
use crate::model::{Account, Health};
use crate::ports::{Attention, CallError, Change, Session, VaultError};
use crate::problem::{Outcome, of_store};
use crate::secret::Secret;

/// Read at most this long before they are needed.
pub(crate) const AHEAD: SignedDuration = SignedDuration::from_mins(15);

/// A token set in memory, with what has been checked of it.
pub(crate) struct HeldTokens {
    pub tokens: Secret,
    /// The server named the author for exactly this set.
    pub author_checked: bool,
    /// The keyring has not taken it yet. The old set may be worth nothing any more, so this one is not forgotten; nor
    /// is it used.
    pub unsaved: bool,
    /// When the server was last asked about itself with them; see `about`.
    pub about_asked: Option<Timestamp>,
}

/// Why an account cannot speak now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Mute {
    Keyring(VaultError),
    /// No tokens, or the server takes them no more.
    NeedsSignIn,
    /// It goes through a proxy, and the keyring has none for it.
    ProxyMissing,
    Call(CallError),
}

pub(crate) fn entry(account: &AccountId) -> String {
    format!("account.{account}")
}

impl Engine {
    /// The account's session, without any prompt. Tokens come from memory or the keyring.
    pub(crate) async fn session(&self, account: &Account) -> Result<Session, Mute> {
        let proxy = self.proxy_of(account).await?;
        let account = &self.as_it_goes(account);
        let held = self
            .memory()
            .tokens
            .get(&account.id)
            .map(|held| (held.tokens.clone(), held.unsaved));
        if let Some((tokens, unsaved)) = held {
            if unsaved {
                self.keep_tokens_unattended(&account.id, &tokens).await?;
            }
            return Ok(Session {
                account: account.clone(),
                tokens,
                proxy,
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
            match read {
                Ok(tokens) => {
                    self.keyring_gave();
                    tokens.ok_or(Mute::NeedsSignIn)?
                }
                Err(error) => {
                    self.keyring_gave_nothing(&account.id, error).await;
                    return Err(Mute::Keyring(error));
                }
            }
        };
        let held = HeldTokens {
            tokens: tokens.clone(),
            author_checked: false,
            unsaved: false,
            about_asked: None,
        };
        self.memory().tokens.insert(account.id.clone(), held);
        Ok(Session {
            account: account.clone(),
            tokens,
            proxy,
        })
    }

    /// A session whose author the server has confirmed for this token set, and the clock with it. One refresh if
    /// the token is no longer taken.
    pub(crate) async fn ready(&self, account: &Account) -> Result<Session, Mute> {
        let session = self.session(account).await?;
        match self.confirm_author(&session).await {
            Err(Mute::Call(CallError::Token { .. })) => {
                let session = self.refresh(&session).await?;
                self.confirm_author(&session).await.map_err(|mute| match mute {
                    Mute::Call(CallError::Token { .. }) => Mute::NeedsSignIn,
                    other => other,
                })?;
                Ok(session)
            }
            Err(mute) => Err(mute),
            Ok(()) => Ok(session),
        }
    }

    /// Asks the server who the tokens speak for, once for each set; its answer tells the time too.
    pub(crate) async fn confirm_author(&self, session: &Session) -> Result<(), Mute> {
        let account = &session.account;
        let checked = self
            .memory()
            .tokens
            .get(&account.id)
            .is_some_and(|held| held.author_checked);
        if checked && !self.needs_clock_check(account) {
            return Ok(());
        }
        let publisher = self
            .ports
            .publishers
            .publisher(account.network)
            .ok_or(Mute::NeedsSignIn)?;
        let author = publisher.author(session).await.map_err(Mute::Call)?;
        if author.id != account.author_id {
            // The tokens speak for somebody else: never publish with them.
            return Err(Mute::NeedsSignIn);
        }
        if let Some(date) = author.date {
            self.hear_server_time(date).await;
        }
        if let Some(held) = self.memory().tokens.get_mut(&account.id) {
            held.author_checked = true;
        }
        Ok(())
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
        let refreshed = publisher.refresh(session).await;
        if let Some(tokens) = self.replaced_meanwhile(session) {
            // A person signed in again: their set is the newer one, whatever was answered about the old.
            return Ok(Session {
                tokens,
                ..session.clone()
            });
        }
        let refreshed = refreshed.map_err(|error| match error {
            CallError::Token { .. } => Mute::NeedsSignIn,
            other => Mute::Call(other),
        })?;
        // Removed or signed out meanwhile: nothing of it is written again.
        let signed_out = !self.memory().tokens.contains_key(&account.id);
        if signed_out || self.account(account.id.as_str()).await.is_err() {
            return Err(Mute::NeedsSignIn);
        }
        self.keep_tokens_unattended(&account.id, &refreshed.tokens)
            .await?;
        if refreshed.session_ends_at != account.session_ends_at {
            let ends_at = refreshed.session_ends_at;
            // Only what is shown: the new set is kept and good.
            let _ = self
                .amend_account(&account.id, |stored| stored.session_ends_at = ends_at)
                .await;
        }
        Ok(Session {
            tokens: refreshed.tokens,
            ..session.clone()
        })
    }

    fn replaced_meanwhile(&self, session: &Session) -> Option<Secret> {
        let memory = self.memory();
        let held = memory.tokens.get(&session.account.id)?;
        let other = held.tokens.expose() != session.tokens.expose() && !held.unsaved;
        other.then(|| held.tokens.clone())
    }

    /// Into the keyring first, then into memory. If the keyring does not take it, it is kept in memory at least:
    /// the old set may be worth nothing any more.
    pub(crate) async fn keep_tokens(
        &self,
        account: &AccountId,
        tokens: &Secret,
        attention: Attention,
    ) -> Result<(), VaultError> {
        let written = if self.has(Bug::RefreshNotStored) && attention == Attention::Unattended {
            Ok(())
        } else {
            self.ports.vault.write(&entry(account), tokens, attention).await
        };
        let held = HeldTokens {
            tokens: tokens.clone(),
            author_checked: false,
            unsaved: written.is_err(),
            about_asked: None,
        };
        self.memory().tokens.insert(account.clone(), held);
        if written.is_ok() {
            self.keyring_gave();
        }
        written
    }

    /// The same, and the account waits for a keyring that does not take it.
    async fn keep_tokens_unattended(&self, account: &AccountId, tokens: &Secret) -> Result<(), Mute> {
        let kept = self.keep_tokens(account, tokens, Attention::Unattended).await;
        if let Err(error) = kept {
            self.keyring_gave_nothing(account, error).await;
        }
        kept.map_err(Mute::Keyring)
    }

    /// Forgets the set, unless memory is the only place that has it.
    pub(crate) fn drop_tokens(&self, account: &AccountId) {
        let mut memory = self.memory();
        memory.proxies.remove(account);
        if memory.tokens.get(account).is_some_and(|held| !held.unsaved) {
            memory.tokens.remove(account);
        }
    }

    /// The account is signed out or gone.
    pub(crate) fn forget_tokens(&self, account: &AccountId) {
        let mut memory = self.memory();
        memory.tokens.remove(account);
        memory.proxies.remove(account);
        memory.keyring_waits.remove(account);
        if memory.keyring_waits.is_empty() {
            // Nobody needs it any more: what it last said is no news.
            memory.keyring = None;
            memory.keyring_watch = None;
        }
    }

    /// Changes what is stored of an account, as it is then, and not as somebody read it a while ago. The caller does
    /// not hold the gate.
    pub(crate) async fn amend_account(
        &self,
        id: &AccountId,
        change: impl FnOnce(&mut Account),
    ) -> Outcome<Account> {
        let _gate = self.gate.lock().await;
        self.amend_account_gated(id, change).await
    }

    /// The same. The caller holds the gate.
    pub(crate) async fn amend_account_gated(
        &self,
        id: &AccountId,
        change: impl FnOnce(&mut Account),
    ) -> Outcome<Account> {
        let stored = self.account(id.as_str()).await?;
        let mut account = stored.clone();
        change(&mut account);
        if account != stored {
            self.ports
                .store
                .commit(vec![Change::UpdateAccount(account.clone())])
                .await
                .map_err(of_store)?;
            self.tell_changed();
        }
        Ok(account)
    }

    /// Remembers on the account what became of it; nothing to do if it says so already.
    pub(crate) async fn set_health(&self, id: &AccountId, health: Health) {
        // A failure here is seen again at the next call: the health is only what is shown.
        let _ = self.amend_account(id, |account| account.health = health).await;
    }

    /// Reads the tokens that a window soon needs, and refreshes those that would end before `until`.
    pub(crate) async fn fetch_ahead(&self, account: &Account, until: Timestamp) {
        if account.network == Network::Practice || self.memory().tokens.contains_key(&account.id) {
            return;
        }
        let session = match self.session(account).await {
            Ok(session) => session,
            // Its entry is gone: a person signs in again, and hears of it before the window.
            Err(Mute::NeedsSignIn) => return self.set_health(&account.id, Health::NeedsSignIn).await,
            Err(Mute::ProxyMissing) => return self.set_health(&account.id, Health::ProxyMissing).await,
            Err(_) => return,
        };
        let Some(publisher) = self.ports.publishers.publisher(account.network) else {
            return;
        };
        let mut session = session;
        if publisher
            .access_ends_at(&session.tokens)
            .is_some_and(|ends| ends < until)
        {
            match self.refresh(&session).await {
                Ok(fresh) => session = fresh,
                Err(mute) => {
                    // What is not a person's to mend is tried again when the window is open.
                    return self.note_mute(account, &mute).await;
                }
            }
        }
        self.with_todays_about(session).await;
    }
}
