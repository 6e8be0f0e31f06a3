//! The account that was not there before.

use kossori_api::{AccountAdded, Code, Problem, SecretInput};
use kossori_core::ids::AccountId;
use kossori_core::network::{Field, Network, Persona};
use serde::Serialize;

use super::{is_same, makes_a_session};
use crate::engine::Engine;
use crate::model::{Account, Health};
use crate::ports::{Attention, Change, SignIn, SignedIn};
use crate::problem::{Outcome, of_store, of_vault};
use crate::proxies::Given;
use crate::secret::Secret;
use crate::tokens::entry;

/// What a person says of an account that is to be added.
pub(crate) struct NewAccount {
    pub network: Network,
    pub handle: Option<String>,
    pub server: Option<String>,
    pub secret: Option<SecretInput>,
    pub client_id: Option<String>,
    pub client_secret: Option<SecretInput>,
    pub own: Own,
}

/// What is the person's own about it, and no server's.
#[derive(Clone)]
pub(crate) struct Own {
    pub persona: Option<Persona>,
    pub client_name: Option<String>,
    pub local_server: bool,
    pub plc: Option<String>,
    pub proxy: Option<Given>,
}

impl NewAccount {
    /// What this network needs and was not given.
    pub(super) fn missing(&self) -> Option<Code> {
        let blank = |text: &Option<String>| text.as_deref().is_none_or(|text| text.trim().is_empty());
        let form = self.network.sign_in();
        form.required.iter().find_map(|field| match field {
            Field::Server if blank(&self.server) => Some(Code::ServerMissing),
            Field::Handle if blank(&self.handle) => Some(Code::BadHandle),
            Field::ClientId if blank(&self.client_id) => Some(Code::ClientIdMissing),
            _ => None,
        })
    }

    pub(super) fn sign_in(self) -> (SignIn, Own) {
        let secret = |given: Option<SecretInput>| given.map(|secret| Secret::new(secret.into_text()));
        let sign_in = SignIn {
            network: self.network,
            server: self.server,
            handle: self.handle,
            secret: secret(self.secret),
            kept: None,
            client_id: self.client_id,
            client_secret: secret(self.client_secret),
            client_name: self.own.client_name.clone(),
            local_server: self.own.local_server,
            plc: self.own.plc.clone(),
            proxy: self.own.proxy.clone().map(|given| given.line),
        };
        (sign_in, self.own)
    }
}

impl Engine {
    pub(crate) async fn account_add(&self, new: NewAccount, request: &str) -> Outcome<AccountAdded> {
        let publisher = self.publisher_of(new.network)?;
        if new.network != Network::Practice {
            if new.secret.is_none() {
                return Err(Problem::new(Code::NeedsSignIn).with("account", new.network));
            }
            // Asked before the sign-in: a new session that cannot be kept would be a session lost.
            self.keyring_answers().await?;
        }
        let (sign_in, own) = new.sign_in();
        let signed_in = self.in_time(&sign_in, publisher.sign_in(&sign_in)).await?;
        let answer = |account: &Account| {
            let view = self.account_view(account);
            AccountAdded {
                id: view.id,
                network: view.network,
                server: view.server,
                handle: view.handle,
                persona: view.persona,
            }
        };
        let made = makes_a_session(sign_in.network);
        self.added(&sign_in, own, signed_in, made, request, answer).await
    }

    /// The account that was not there before. `made`: the tokens were made by this sign-in, and nobody has them elsewhere.
    pub(super) async fn added<T: Serialize>(
        &self,
        sign_in: &SignIn,
        own: Own,
        signed_in: SignedIn,
        made: bool,
        request: &str,
        answer: impl FnOnce(&Account) -> T,
    ) -> Outcome<T> {
        let added = self
            .added_gated(sign_in.network, own, signed_in.clone(), request, answer)
            .await;
        if added.is_err() && made {
            self.give_back(sign_in, signed_in).await;
        }
        added
    }

    /// Its tokens first, then itself.
    async fn added_gated<T: Serialize>(
        &self,
        network: Network,
        own: Own,
        signed_in: SignedIn,
        request: &str,
        answer: impl FnOnce(&Account) -> T,
    ) -> Outcome<T> {
        let _gate = self.gate.lock().await;
        let known = self.ports.store.accounts().await.map_err(of_store)?;
        if let Some(same) = known.iter().find(|account| is_same(account, network, &signed_in)) {
            return Err(Problem::new(Code::AccountExists).with("account", &same.id));
        }
        let (tokens, proxy) = (signed_in.tokens.clone(), own.proxy.clone());
        let account = self.account_of(network, own, signed_in);
        let id = account.id.clone();
        if let Some(given) = &proxy {
            self.keep_proxy(&id, &given.line, Attention::Attended)
                .await
                .map_err(of_vault)?;
        }
        if network != Network::Practice {
            let kept = self.keep_tokens(&id, &tokens, Attention::Attended).await;
            if let Err(error) = kept {
                // There is no account that they could be kept for.
                self.forget_tokens(&id);
                self.forget_proxy(&id).await;
                return Err(of_vault(error));
            }
        }
        let answer = answer(&account);
        let changes = vec![Change::AddAccount(account), self.answered_with(request, &answer)];
        if let Err(error) = self.ports.store.commit(changes).await {
            // Nobody would ever find these tokens again.
            let _ = self.ports.vault.remove(&entry(&id), Attention::Unattended).await;
            self.forget_tokens(&id);
            if proxy.is_some() {
                self.forget_proxy(&id).await;
            }
            return Err(of_store(error));
        }
        let kind = proxy.map(|given| given.kind);
        self.memory().proxies_set.insert(id, kind);
        self.tell_changed();
        Ok(answer)
    }

    pub(super) fn account_of(&self, network: Network, own: Own, signed_in: SignedIn) -> Account {
        let now = self.now();
        Account {
            id: AccountId(self.ports.ids.next()),
            network,
            server: signed_in.server,
            handle: signed_in.handle,
            author_id: signed_in.author_id,
            persona: own.persona.unwrap_or(Persona::Personal),
            client_name: own.client_name,
            software: signed_in.about.software,
            limits: signed_in.about.limits,
            local_server: own.local_server,
            plc: own.plc,
            proxy: own.proxy.as_ref().map(|given| given.kind),
            health: Health::Ok,
            session_ends_at: signed_in.session_ends_at,
            added_at: now,
            about_at: now,
        }
    }
}
