//! Accounts: signing in, checking, changing, leaving.

use std::sync::Arc;

use kossori_api::{AccountAdded, AccountChanged, AccountRemoved, Accounts, Code, Problem, SecretInput};
use kossori_core::delivery::{State, step};
use kossori_core::ids::AccountId;
use kossori_core::network::{Network, Persona};

use crate::engine::Engine;
use crate::limit::within;
use crate::model::{Account, Event, Health};
use crate::planning::{OPEN, Redraw};
use crate::ports::{Attention, Change, Publisher, SignIn, SignedIn};
use crate::problem::{Outcome, of_call, of_store, of_vault};
use crate::publish::expect_of;
use crate::queue::{gives_a_draft, taken_back_by};
use crate::secret::Secret;
use crate::tokens::{Mute, entry};

pub(crate) struct NewAccount<'a> {
    pub network: Network,
    pub handle: Option<&'a str>,
    pub server: Option<&'a str>,
    pub secret: Option<SecretInput>,
    pub persona: Option<Persona>,
    pub client_name: Option<&'a str>,
    pub local_server: bool,
    pub plc: Option<&'a str>,
}

impl Engine {
    pub(crate) async fn account_add(&self, new: NewAccount<'_>, request: &str) -> Outcome<AccountAdded> {
        if !new.network.is_built() {
            return Err(Problem::new(Code::NotBuiltYet).with("what", new.network));
        }
        let publisher = self
            .ports
            .publishers
            .publisher(new.network)
            .ok_or_else(|| Problem::new(Code::NotBuiltYet).with("what", new.network))?;
        if new.network != Network::Practice {
            if new.secret.is_none() {
                // Signing in by browser comes later: until then a secret comes in on standard input.
                return Err(Problem::new(Code::NotBuiltYet).with("what", "sign-in by browser"));
            }
            // Asked before the sign-in: a new session that cannot be kept would be a session lost.
            self.keyring_answers().await?;
        }
        let sign_in = SignIn {
            network: new.network,
            server: new.server.map(str::to_owned),
            handle: new.handle.map(str::to_owned),
            secret: new.secret.map(|secret| Secret::new(secret.into_text())),
            client_id: None,
            client_secret: None,
            client_name: new.client_name.map(str::to_owned),
            local_server: new.local_server,
            plc: new.plc.map(str::to_owned),
        };
        let signed_in = self.sign_in(&publisher, &sign_in).await?;

        let _gate = self.gate.lock().await;
        let known = self.ports.store.accounts().await.map_err(of_store)?;
        if let Some(same) = known
            .iter()
            .find(|account| is_same(account, new.network, &signed_in))
        {
            return Err(Problem::new(Code::AccountExists).with("account", &same.id));
        }
        let id = AccountId(self.ports.ids.next());
        let now = self.now();
        let account = Account {
            id: id.clone(),
            network: new.network,
            server: signed_in.server,
            handle: signed_in.handle,
            author_id: signed_in.author_id,
            persona: new.persona.unwrap_or(Persona::Personal),
            client_name: new.client_name.map(str::to_owned),
            software: signed_in.about.software,
            limits: signed_in.about.limits,
            local_server: new.local_server,
            plc: new.plc.map(str::to_owned),
            health: Health::Ok,
            session_ends_at: signed_in.session_ends_at,
            added_at: now,
            about_at: now,
        };
        if new.network != Network::Practice {
            let kept = self
                .keep_tokens(&id, &signed_in.tokens, Attention::Attended)
                .await;
            if let Err(error) = kept {
                // There is no account that they could be kept for.
                self.forget_tokens(&id);
                return Err(of_vault(error));
            }
        }
        let view = self.account_view(&account);
        let answer = AccountAdded {
            id: view.id,
            network: view.network,
            server: view.server,
            handle: view.handle,
            persona: view.persona,
        };
        let changes = vec![Change::AddAccount(account), self.answered_with(request, &answer)];
        if let Err(error) = self.ports.store.commit(changes).await {
            // Nobody would ever find these tokens again.
            let _ = self.ports.vault.remove(&entry(&id), Attention::Unattended).await;
            self.forget_tokens(&id);
            return Err(of_store(error));
        }
        self.tell_changed();
        Ok(answer)
    }

    /// All the calls of a sign-in, and no longer than a person waits for them.
    async fn sign_in(&self, publisher: &Arc<dyn Publisher>, sign_in: &SignIn) -> Outcome<SignedIn> {
        let limit = self.settings.sign_in_limit;
        within(self.ports.clock.as_ref(), limit, publisher.sign_in(sign_in))
            .await
            .ok_or_else(|| Problem::new(Code::SignInTooSlow))?
            .map_err(of_call)
    }

    pub(crate) async fn account_list(&self) -> Outcome<Accounts> {
        let accounts = self.ports.store.accounts().await.map_err(of_store)?;
        Ok(Accounts {
            accounts: accounts
                .iter()
                .map(|account| self.account_view(account))
                .collect(),
        })
    }

    pub(crate) async fn account(&self, id: &str) -> Outcome<Account> {
        let accounts = self.ports.store.accounts().await.map_err(of_store)?;
        accounts
            .into_iter()
            .find(|account| account.id.as_str() == id)
            .ok_or_else(|| Problem::new(Code::UnknownAccount).with("account", id))
    }

    /// Asks the server who the tokens speak for, and what it accepts.
    pub(crate) async fn account_check(&self, id: &str) -> Outcome<AccountChanged> {
        let account = self.account(id).await?;
        let _busy = self.wait_to_occupy(&account.id).await;
        if let Some(held) = self.memory().tokens.get_mut(&account.id) {
            held.author_checked = false;
        }
        let session = match self.ready(&account).await {
            Ok(session) => session,
            Err(mute) => {
                self.note_mute(&account, &mute).await;
                return Err(match mute {
                    Mute::Keyring(error) => of_vault(error),
                    Mute::NeedsSignIn => Problem::new(Code::NeedsSignIn).with("account", &account.handle),
                    Mute::Call(error) => of_call(error),
                });
            }
        };
        if let Some(publisher) = self.ports.publishers.publisher(account.network) {
            let about = publisher.about(&session).await.map_err(of_call)?;
            let now = self.now();
            self.memory().backoff.remove(&account.id);
            self.end_wait(&account.id).await;
            self.note_reached(&account.id);
            return self
                .change_account(&account.id, |account| {
                    account.limits = about.limits;
                    account.software = about.software;
                    account.about_at = now;
                    account.health = Health::Ok;
                })
                .await;
        }
        self.change_account(&account.id, |_| {}).await
    }

    /// New tokens for the same author; another author is refused.
    pub(crate) async fn account_sign_in(
        &self,
        id: &str,
        secret: Option<SecretInput>,
    ) -> Outcome<AccountChanged> {
        let account = self.account(id).await?;
        let publisher = self
            .ports
            .publishers
            .publisher(account.network)
            .ok_or_else(|| Problem::new(Code::NotBuiltYet).with("what", account.network))?;
        if secret.is_none() && account.network != Network::Practice {
            return Err(Problem::new(Code::NotBuiltYet).with("what", "sign-in by browser"));
        }
        if account.network != Network::Practice {
            self.keyring_answers().await?;
        }
        let sign_in = SignIn {
            network: account.network,
            server: Some(account.server.clone()),
            handle: Some(account.handle.clone()),
            secret: secret.map(|secret| Secret::new(secret.into_text())),
            client_id: None,
            client_secret: None,
            client_name: account.client_name.clone(),
            local_server: account.local_server,
            plc: account.plc.clone(),
        };
        let signed_in = self.sign_in(&publisher, &sign_in).await?;
        if signed_in.author_id != account.author_id {
            return Err(Problem::new(Code::OtherAccount).with("account", &account.handle));
        }
        if account.network != Network::Practice {
            self.keep_tokens(&account.id, &signed_in.tokens, Attention::Unattended)
                .await
                .map_err(of_vault)?;
        } else {
            self.drop_tokens(&account.id);
        }
        self.memory().backoff.remove(&account.id);
        self.end_wait(&account.id).await;
        let now = self.now();
        self.change_account(&account.id, |account| {
            account.handle = signed_in.handle;
            account.server = signed_in.server;
            account.limits = signed_in.about.limits;
            account.software = signed_in.about.software;
            account.about_at = now;
            account.health = Health::Ok;
            account.session_ends_at = signed_in.session_ends_at;
        })
        .await
    }

    pub(crate) async fn account_sign_out(&self, id: &str) -> Outcome<AccountChanged> {
        let account = self.account(id).await?;
        self.refuse_while_sending(&account.id).await?;
        self.forget_tokens(&account.id);
        if account.network != Network::Practice {
            self.ports
                .vault
                .remove(&entry(&account.id), Attention::Unattended)
                .await
                .map_err(of_vault)?;
        }
        self.change_account(&account.id, |account| account.health = Health::NeedsSignIn)
            .await
    }

    pub(crate) async fn account_edit(
        &self,
        id: &str,
        persona: Option<Persona>,
        client_name: Option<&str>,
    ) -> Outcome<AccountChanged> {
        let account = self.account(id).await?;
        self.change_account(&account.id, |account| {
            if let Some(persona) = persona {
                account.persona = persona;
            }
            if let Some(name) = client_name {
                account.client_name = (!name.is_empty()).then(|| name.to_owned());
            }
        })
        .await
    }

    /// Changes an account and plans anew before anybody else does, so that what moved is answered.
    async fn change_account(
        &self,
        id: &AccountId,
        change: impl FnOnce(&mut Account),
    ) -> Outcome<AccountChanged> {
        let _gate = self.gate.lock().await;
        let account = self.amend_account_gated(id, change).await?;
        let (_, _, moved) = self.replan(Redraw::OnlyWhatMust).await?;
        self.tell_changed();
        let view = self.account_view(&account);
        Ok(AccountChanged {
            id: view.id,
            network: view.network,
            server: view.server,
            handle: view.handle,
            persona: view.persona,
            health: view.health,
            session_ends_at: view.session_ends_at,
            moved,
        })
    }

    /// Its deliveries become drafts.
    pub(crate) async fn account_remove(&self, id: &str) -> Outcome<AccountRemoved> {
        let account = self.account(id).await?;
        let gate = self.gate.lock().await;
        self.refuse_while_sending(&account.id).await?;
        let mine = self.ports.store.deliveries(&OPEN).await.map_err(of_store)?;
        let waiting = self
            .ports
            .store
            .deliveries(&[State::Rejected, State::Missed])
            .await
            .map_err(of_store)?;
        let mut changes = Vec::new();
        let mut drafts = Vec::new();
        for delivery in mine
            .into_iter()
            .chain(waiting)
            .filter(|delivery| delivery.account == account.id)
        {
            let mut gone = delivery.clone();
            let which = taken_back_by(&delivery);
            gone.state = step(delivery.state, which).map_err(crate::problem::of_step)?;
            gone.planned = None;
            changes.extend(self.void(&delivery).await?);
            changes.push(self.entry(&gone, Event::Removed, Some("account".to_owned())));
            changes.push(Change::Delivery {
                expect: expect_of(&delivery),
                delivery: Box::new(gone),
            });
            if gives_a_draft(&delivery)
                && let Some(draft) = self.draft_of_rest(&delivery, Vec::new()).await?
            {
                drafts.push(draft.id.to_string());
                changes.push(Change::AddDraft(draft));
            }
        }
        changes.push(Change::RemoveAccount(account.id.clone()));
        self.ports.store.commit(changes).await.map_err(of_store)?;
        let planned = self.replan(Redraw::OnlyWhatMust).await;
        // The keyring may take its time: nobody waits for that.
        drop(gate);
        self.forget_tokens(&account.id);
        self.end_wait(&account.id).await;
        if account.network != Network::Practice {
            // The account is gone either way; an entry left behind opens nothing of ours.
            let _ = self
                .ports
                .vault
                .remove(&entry(&account.id), Attention::Unattended)
                .await;
        }
        self.tell_changed();
        let (_, _, moved) = planned?;
        Ok(AccountRemoved { drafts, moved })
    }

    async fn refuse_while_sending(&self, account: &AccountId) -> Outcome<()> {
        let sending = self
            .ports
            .store
            .deliveries(&[State::Sending, State::Unknown])
            .await
            .map_err(of_store)?;
        match sending.iter().any(|delivery| &delivery.account == account) {
            true => Err(Problem::new(Code::AccountIsSending)),
            false => Ok(()),
        }
    }
}

/// The same network, server and author.
fn is_same(account: &Account, network: Network, signed_in: &SignedIn) -> bool {
    account.network == network
        && account.server == signed_in.server
        && account.author_id == signed_in.author_id
}
