//! Signing in: with a secret that a person typed, or by browser, which is begun, waited for and ended (RULES.md 8). Both
//! come to the same: the server has named the author, and the tokens are in the keyring before the account is there.

use std::sync::Arc;

use kossori_api::{AccountAdded, AccountChanged, Code, Problem, SecretInput, SignInBegun};
use kossori_core::ids::AccountId;
use kossori_core::network::{Field, Network, Persona, Way};
use serde::Serialize;

use crate::engine::Engine;
use crate::limit::within;
use crate::model::{Account, Health};
use crate::ports::{
    Attention, CallError, CameBack, Change, Drawn, LoopbackError, Publisher, Session, SignIn, SignedIn,
};
use crate::problem::{Outcome, of_call, of_store, of_vault};
use crate::proxies::Given;
use crate::secret::Secret;
use crate::tokens::entry;

mod waiting;

pub(crate) use waiting::SignIns;
use waiting::{Came, Gone, PATIENCE};

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

/// Whose sign-in it is.
#[derive(Clone)]
enum Whose {
    New(Own),
    Again(Box<Account>),
}

impl NewAccount {
    /// What this network needs and was not given.
    fn missing(&self) -> Option<Code> {
        let blank = |text: &Option<String>| text.as_deref().is_none_or(|text| text.trim().is_empty());
        let form = self.network.sign_in();
        form.required.iter().find_map(|field| match field {
            Field::Server if blank(&self.server) => Some(Code::ServerMissing),
            Field::Handle if blank(&self.handle) => Some(Code::BadHandle),
            Field::ClientId if blank(&self.client_id) => Some(Code::ClientIdMissing),
            _ => None,
        })
    }

    fn sign_in(self) -> (SignIn, Own) {
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

/// The sign-in of an account that is there already.
fn sign_in_again(account: &Account, secret: Option<Secret>, proxy: Option<Secret>) -> SignIn {
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

    /// A sign-in by browser begins: for a new account, or for the one that is named.
    pub(crate) async fn sign_in_begin(
        &self,
        account: Option<&str>,
        new: Option<NewAccount>,
        paste: bool,
    ) -> Outcome<SignInBegun> {
        let (sign_in, whose) = match (account, new) {
            (Some(id), given) => {
                let account = self.account(id).await?;
                let proxy = self.proxy_for_person(&account).await?;
                let mut sign_in = sign_in_again(&account, None, proxy);
                if let Some(given) = given {
                    let (given, _) = given.sign_in();
                    (sign_in.client_id, sign_in.client_secret) = (given.client_id, given.client_secret);
                }
                sign_in.kept = self.kept(&account).await;
                (sign_in, Whose::Again(Box::new(account)))
            }
            (None, Some(new)) => {
                if let Some(missing) = new.missing() {
                    return Err(Problem::new(missing));
                }
                let (sign_in, own) = new.sign_in();
                (sign_in, Whose::New(own))
            }
            (None, None) => return Err(Problem::new(Code::UnknownNetwork)),
        };
        let publisher = self.publisher_of(sign_in.network)?;
        let form = sign_in.network.sign_in();
        if !form.has(if paste { Way::Paste } else { Way::Browser }) {
            return Err(Problem::new(Code::NoBrowserSignIn).with("network", sign_in.network));
        }
        let waiting = self.sign_ins();
        if waiting.is_full() {
            return Err(Problem::new(Code::SignInsFull));
        }
        self.keyring_answers().await?;
        let listening = match paste {
            true => None,
            false => Some(
                self.ports
                    .loopback
                    .listen(form.ports)
                    .await
                    .map_err(of_loopback)?,
            ),
        };
        let mut drawn = Drawn {
            state: [0; 16],
            verifier: [0; 32],
        };
        self.ports.ids.random(&mut drawn.state);
        self.ports.ids.random(&mut drawn.verifier);
        let address = listening.as_ref().map(|listening| listening.address());
        let begun = self
            .in_time(&sign_in, publisher.begin(&sign_in, address.as_deref(), &drawn))
            .await?;
        let id = self.ports.ids.next();
        let url = begun.url.clone();
        waiting.put(&id, sign_in, whose, begun, listening, &self.ports.clock);
        let until = self
            .now()
            .saturating_add(PATIENCE)
            .unwrap_or(jiff::Timestamp::MAX);
        Ok(SignInBegun {
            id,
            url,
            until: self.show_time(until),
        })
    }

    /// Waits for the browser, or takes what was pasted, and ends the sign-in.
    pub(crate) async fn sign_in_wait(
        &self,
        id: &str,
        pasted: Option<SecretInput>,
        request: &str,
    ) -> Outcome<AccountChanged> {
        let waiting = self.sign_ins();
        let came = match pasted {
            Some(pasted) => CameBack::Pasted(Secret::new(pasted.into_text())),
            None => {
                let mut came = waiting.came(id).map_err(of_gone)?;
                let came = came.wait_for(|came| !matches!(came, Came::NotYet)).await;
                match came.map(|came| came.clone()) {
                    Ok(Came::Back(pairs)) => CameBack::Redirected(pairs),
                    Ok(Came::TooLate | Came::NotYet) => return Err(of_gone(Gone::Expired)),
                    // It was cancelled meanwhile.
                    Err(_) => return Err(of_gone(Gone::Unknown)),
                }
            }
        };
        let clock = self.ports.clock.as_ref();
        let signing_in = waiting.take(id, clock).map_err(of_gone)?;
        let (mut sign_in, whose) = (signing_in.sign_in.clone(), signing_in.whose.clone());
        let finished = async {
            if let Whose::Again(account) = &whose {
                // It may have been changed while the person was in the browser.
                sign_in.proxy = self.proxy_for_person(account).await?;
            }
            let publisher = self.publisher_of(sign_in.network)?;
            let finish = publisher.finish(&sign_in, &signing_in.begun, &came);
            self.in_time(&sign_in, finish).await
        };
        let signed_in = match finished.await {
            Ok(signed_in) => signed_in,
            Err(problem) => {
                // A slip of the paste is no reason to begin again.
                match came {
                    CameBack::Pasted(_) => waiting.put_back(id, signing_in, clock),
                    CameBack::Redirected(_) => drop(waiting.end(id)),
                }
                return Err(problem);
            }
        };
        drop(signing_in);
        if !waiting.end(id) {
            // Given up while the server was asked: nothing is added, and what it gave is worth nothing to anybody.
            self.give_back(&sign_in, signed_in).await;
            return Err(of_gone(Gone::Unknown));
        }
        match whose {
            Whose::Again(account) => self.again(&sign_in, &account, signed_in, true).await,
            Whose::New(own) => {
                let answer = |account: &Account| self.account_changed(account, Vec::new());
                self.added(&sign_in, own, signed_in, true, request, answer).await
            }
        }
    }

    pub(crate) fn sign_in_cancel(&self, id: &str) -> Outcome<()> {
        match self.sign_ins().cancel(id) {
            true => Ok(()),
            false => Err(of_gone(Gone::Unknown)),
        }
    }

    fn sign_ins(&self) -> SignIns {
        self.memory().signing_in.clone()
    }

    /// The tokens that an account has, if it can be told.
    async fn kept(&self, account: &Account) -> Option<Secret> {
        self.session(account).await.ok().map(|session| session.tokens)
    }

    pub(crate) fn publisher_of(&self, network: Network) -> Outcome<Arc<dyn Publisher>> {
        let publisher = self.ports.publishers.publisher(network);
        publisher.ok_or_else(|| Problem::new(Code::NotBuiltYet).with("what", network))
    }

    /// All the calls of a sign-in, and no longer than a person waits for them.
    async fn in_time<T>(
        &self,
        sign_in: &SignIn,
        calls: impl Future<Output = Result<T, CallError>>,
    ) -> Outcome<T> {
        let limit = self.settings.sign_in_limit;
        within(self.ports.clock.as_ref(), limit, calls)
            .await
            .ok_or_else(|| Problem::new(Code::SignInTooSlow))?
            .map_err(|error| of_sign_in(error, sign_in))
    }

    /// The account that was not there before. `made`: the tokens were made by this sign-in, and nobody has them elsewhere.
    async fn added<T: Serialize>(
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

    fn account_of(&self, network: Network, own: Own, signed_in: SignedIn) -> Account {
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

    /// Makes what a sign-in gave, and nobody keeps, worthless at the server. Not where an account that is here could lose its own
    /// with it: what is given under one registration may end together.
    async fn give_back(&self, sign_in: &SignIn, signed_in: SignedIn) {
        let network = sign_in.network;
        if has_own_registration(network) {
            let known = self.ports.store.accounts().await.unwrap_or_default();
            if known.iter().any(|account| is_same(account, network, &signed_in)) {
                return;
            }
        }
        let own = Own {
            persona: None,
            client_name: sign_in.client_name.clone(),
            local_server: sign_in.local_server,
            plc: sign_in.plc.clone(),
            proxy: None,
        };
        let (tokens, proxy) = (signed_in.tokens.clone(), sign_in.proxy.clone());
        let account = self.account_of(network, own, signed_in);
        self.revoke(Some(Session {
            account,
            tokens,
            proxy,
        }))
        .await;
    }

    /// New tokens for an account that is there. `made`: as in `added`.
    async fn again(
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

fn of_loopback(error: LoopbackError) -> Problem {
    Problem::new(match error {
        LoopbackError::Taken => Code::SignInPortsTaken,
    })
}

fn of_gone(gone: Gone) -> Problem {
    Problem::new(match gone {
        Gone::Unknown => Code::UnknownSignIn,
        Gone::Expired => Code::SignInExpired,
    })
}

/// Elsewhere the secret that was typed is the token itself, and may be in use.
fn makes_a_session(network: Network) -> bool {
    network.sign_in().has(Way::AppPassword)
}

/// Sets are given under a registration that the person may have made.
fn has_own_registration(network: Network) -> bool {
    network.sign_in().asks_for(Field::ClientId)
}

fn of_sign_in(error: CallError, sign_in: &SignIn) -> Problem {
    match &error {
        CallError::Refused { code, .. } if code == "handle_not_found" => Problem::new(Code::HandleNotFound),
        CallError::Refused { code, .. } if code == "issuer_differs" => Problem::new(Code::ServerUnclear),
        CallError::Refused { code, .. } if code == "not_granted" => Problem::new(Code::SignInNotGranted),
        CallError::Refused { code, .. } if code == "other_account" => {
            let asked = sign_in.handle.as_deref().unwrap_or_default();
            Problem::new(Code::OtherAccount).with("account", asked)
        }
        CallError::Refused { code, .. } if code == "access_denied" => Problem::new(Code::SignInDenied),
        CallError::Refused { code, .. } if code == "state_differs" => Problem::new(Code::SignInDiffers),
        CallError::Unsupported("no_client_id") => Problem::new(Code::ClientIdMissing),
        CallError::Unsupported("no_server") => Problem::new(Code::ServerMissing),
        CallError::Unsupported("no_handle") => Problem::new(Code::BadHandle),
        CallError::Unsupported("no_redirect" | "redirect") => Problem::new(Code::RedirectMissing),
        CallError::Unsupported("no_client_secret") => Problem::new(Code::ClientSecretMissing),
        _ => of_call(error),
    }
}

/// The same network, server and author.
fn is_same(account: &Account, network: Network, signed_in: &SignedIn) -> bool {
    account.network == network
        && account.server == signed_in.server
        && account.author_id == signed_in.author_id
}
