//! The account that is there already: other tokens for the same author.

use kossori_api::{AccountChanged, Code, Problem, SecretInput};
use kossori_core::network::Network;

use super::{has_own_registration, makes_a_session};
use crate::engine::Engine;
use crate::model::{Account, Health};
use crate::ports::{Attention, Session, SignIn, SignedIn};
use crate::problem::{Outcome, of_vault};
use crate::secret::Secret;
use crate::tokens::entry;

/// The sign-in of an account that is there already.
pub(super) fn sign_in_again(account: &Account, secret: Option<Secret>, proxy: Option<Secret>) -> SignIn {
    SignIn {
        network: account.network,
        server: Some(account.server.clone()),
        handle: Some(account.handle.clone()),
        secret,
        kept: None,
        client_id: None,
        client_secret: None,
        client_name: account.client_name.clone(),
        local_server: account.local_server,
        plc: account.plc.clone(),
        proxy,
    }
}

impl Engine {
    /// New tokens for the same author; another author is refused.
    pub(crate) async fn account_sign_in(
        &self,
        id: &str,
        secret: Option<SecretInput>,
        client_id: Option<String>,
    ) -> Outcome<AccountChanged> {
        let account = self.account(id).await?;
        let publisher = self.publisher_of(account.network)?;
        if account.network != Network::Practice {
            if secret.is_none() {
                return Err(Problem::new(Code::NeedsSignIn).with("account", &account.handle));
            }
            self.keyring_answers().await?;
        }
        let proxy = self.proxy_for_person(&account).await?;
        let secret = secret.map(|secret| Secret::new(secret.into_text()));
        let sign_in = SignIn {
            client_id,
            kept: self.kept(&account).await,
            ..sign_in_again(&account, secret, proxy)
        };
        let signed_in = self.in_time(&sign_in, publisher.sign_in(&sign_in)).await?;
        let made = makes_a_session(account.network);
        self.again(&sign_in, &account, signed_in, made).await
    }

    /// New tokens for an account that is there. `made`: as in `added`.
    pub(super) async fn again(
        &self,
        sign_in: &SignIn,
        account: &Account,
        signed_in: SignedIn,
        made: bool,
    ) -> Outcome<AccountChanged> {
        let refused = if signed_in.author_id != account.author_id {
            Some(Problem::new(Code::OtherAccount).with("account", &account.handle))
        } else {
            // It may have been removed while its person was in the browser.
            self.account(account.id.as_str()).await.err()
        };
        if let Some(problem) = refused {
            if made {
                self.give_back(sign_in, signed_in).await;
            }
            return Err(problem);
        }
        let old = self.set_that_ends(sign_in, account, &signed_in).await;
        let mut kept = Ok(());
        if account.network != Network::Practice {
            kept = self
                .keep_tokens(&account.id, &signed_in.tokens, Attention::Unattended)
                .await;
        } else {
            self.drop_tokens(&account.id);
        }
        // What is under way may speak with the old set: that one is left then. What begins now has the new one.
        let in_use = self.memory().busy.contains(&account.id);
        self.memory().backoff.remove(&account.id);
        self.end_wait(&account.id).await;
        let now = self.now();
        let changed = self
            .change_account(&account.id, |account| {
                account.handle = signed_in.handle;
                account.server = signed_in.server;
                account.limits = signed_in.about.limits;
                account.software = signed_in.about.software;
                account.about_at = now;
                account.health = Health::Ok;
                account.session_ends_at = signed_in.session_ends_at;
            })
            .await;
        if let Err(error) = kept {
            // They are good, and in memory: they are written down when the keyring takes them.
            self.keyring_gave_nothing(&account.id, error).await;
            return Err(of_vault(error));
        }
        if !in_use {
            self.revoke(old).await;
        }
        changed
    }

    /// What the account has spoken with so far, if nobody needs it any more and ending it leaves the new set as it is. Not where
    /// sets are given under a registration of the person's own: they may end together.
    async fn set_that_ends(&self, sign_in: &SignIn, account: &Account, new: &SignedIn) -> Option<Session> {
        if account.network == Network::Practice || has_own_registration(account.network) {
            return None;
        }
        let held = self
            .memory()
            .tokens
            .get(&account.id)
            .map(|held| held.tokens.clone());
        let tokens = match held {
            Some(tokens) => tokens,
            None => {
                let entry = entry(&account.id);
                let read = self.ports.vault.read(&entry, Attention::Unattended).await;
                read.ok().flatten()?
            }
        };
        (tokens.expose() != new.tokens.expose()).then(|| Session {
            account: self.as_it_goes(account),
            tokens,
            proxy: sign_in.proxy.clone(),
        })
    }
}
