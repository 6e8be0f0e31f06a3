//! Accounts: checking, changing, leaving. How they come: `signing_in`.

use jiff::SignedDuration;
use kossori_api::{AccountChanged, AccountRemoved, Accounts, Code, MovedView, Problem, SecretInput};
use kossori_core::delivery::{State, step};
use kossori_core::ids::AccountId;
use kossori_core::network::{Network, Persona};

use crate::engine::Engine;
use crate::limit::within;
use crate::model::{Account, Event, Health};
use crate::planning::{OPEN, Redraw};
use crate::ports::{Attention, CallError, Change, Session};
use crate::problem::{Outcome, of_call, of_store, of_vault};
use crate::publish::expect_of;
use crate::queue::{gives_a_draft, taken_back_by};
use crate::tokens::{Mute, entry};

/// A person who signs out waits no longer for a server.
const REVOKED_WITHIN: SignedDuration = SignedDuration::from_secs(10);

impl Engine {
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
                    Mute::ProxyMissing => Problem::new(Code::ProxyMissing).with("account", &account.handle),
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

    pub(crate) async fn account_sign_out(&self, id: &str) -> Outcome<AccountChanged> {
        let account = self.account(id).await?;
        self.refuse_while_sending(&account.id).await?;
        let session = self.session(&account).await.ok();
        if account.network != Network::Practice {
            self.ports
                .vault
                .remove(&entry(&account.id), Attention::Unattended)
                .await
                .map_err(of_vault)?;
        }
        self.forget_tokens(&account.id);
        let changed = self
            .change_account(&account.id, |account| {
                account.health = Health::NeedsSignIn;
                account.session_ends_at = None;
            })
            .await?;
        // What began to be sent meanwhile is looked for with the tokens that it went with.
        if self.refuse_while_sending(&account.id).await.is_ok() {
            self.revoke(session).await;
        }
        Ok(changed)
    }

    pub(crate) async fn account_edit(
        &self,
        id: &str,
        persona: Option<Persona>,
        client_name: Option<&str>,
        proxy: Option<SecretInput>,
    ) -> Outcome<AccountChanged> {
        let account = self.account(id).await?;
        let through = match proxy {
            Some(proxy) => self.change_proxy(&account, proxy).await?.moved,
            None => Vec::new(),
        };
        let mut changed = self
            .change_account(&account.id, |account| {
                if let Some(persona) = persona {
                    account.persona = persona;
                }
                if let Some(name) = client_name {
                    account.client_name = (!name.is_empty()).then(|| name.to_owned());
                }
            })
            .await?;
        changed.moved.splice(..0, through);
        Ok(changed)
    }

    /// Changes an account and plans anew before anybody else does, so that what moved is answered.
    pub(crate) async fn change_account(
        &self,
        id: &AccountId,
        change: impl FnOnce(&mut Account),
    ) -> Outcome<AccountChanged> {
        let _gate = self.gate.lock().await;
        let account = self.amend_account_gated(id, change).await?;
        let (_, _, moved) = self.replan(Redraw::OnlyWhatMust).await?;
        self.tell_changed();
        Ok(self.account_changed(&account, moved))
    }

    pub(crate) fn account_changed(&self, account: &Account, moved: Vec<MovedView>) -> AccountChanged {
        let view = self.account_view(account);
        AccountChanged {
            id: view.id,
            network: view.network,
            server: view.server,
            handle: view.handle,
            persona: view.persona,
            health: view.health,
            session_ends_at: view.session_ends_at,
            proxy: view.proxy,
            moved,
        }
    }

    /// Its deliveries become drafts.
    pub(crate) async fn account_remove(&self, id: &str) -> Outcome<AccountRemoved> {
        let account = self.account(id).await?;
        self.refuse_while_sending(&account.id).await?;
        let session = self.session(&account).await.ok();
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
        // The keyring and the server may take their time: nobody waits for that.
        drop(gate);
        self.forget_tokens(&account.id);
        self.revoke(session).await;
        self.end_wait(&account.id).await;
        if account.network != Network::Practice {
            // The account is gone either way; an entry left behind opens nothing of ours.
            let _ = self
                .ports
                .vault
                .remove(&entry(&account.id), Attention::Unattended)
                .await;
            self.forget_proxy(&account.id).await;
        }
        self.tell_changed();
        let (_, _, moved) = planned?;
        Ok(AccountRemoved { drafts, moved })
    }

    /// Makes the tokens worthless at the server, where it can and answers in time: here they are forgotten in any case.
    pub(crate) async fn revoke(&self, session: Option<Session>) {
        let Some(session) = session else { return };
        let network = session.account.network;
        let Ok(publisher) = self.publisher_of(network) else {
            return;
        };
        let revoked = within(
            self.ports.clock.as_ref(),
            REVOKED_WITHIN,
            publisher.revoke(&session),
        )
        .await;
        if !matches!(revoked, Some(Ok(()) | Err(CallError::Unsupported(_)))) {
            tracing::info!(%network, "the server did not revoke the sign-in");
        }
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
