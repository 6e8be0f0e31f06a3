//! Signing in: with a secret that a person typed, or by browser, which is begun, waited for and ended (RULES.md 8). Both
//! come to the same: the server has named the author, and the tokens are in the keyring before the account is there.

use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use kossori_api::{AccountAdded, AccountChanged, Code, Problem, SecretInput, SignInBegun};
use kossori_core::ids::AccountId;
use kossori_core::network::{Field, Network, Persona, Way};
use serde::Serialize;
use tokio::sync::watch;
use tokio::task::AbortHandle;

use crate::engine::Engine;
use crate::limit::within;
use crate::model::{Account, Health};
use crate::ports::{
    Attention, Begun, CallError, CameBack, Change, Drawn, LoopbackError, Publisher, SignIn, SignedIn,
};
use crate::problem::{Outcome, of_call, of_store, of_vault};
use crate::proxies::Given;
use crate::secret::Secret;
use crate::tokens::entry;

/// How long a person has in the browser.
const PATIENCE: SignedDuration = SignedDuration::from_mins(5);
/// At once: each may hold a port.
const MOST: usize = 4;

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

/// One that waits for a person in the browser. Dropping it closes its port.
pub(crate) struct SigningIn {
    sign_in: SignIn,
    whose: Whose,
    begun: Begun,
    came: watch::Receiver<Came>,
    listening: Option<AbortHandle>,
    /// Counted from boot.
    ends: Duration,
}

#[derive(Clone)]
enum Came {
    NotYet,
    Back(Vec<(String, String)>),
    TooLate,
}

impl Drop for SigningIn {
    fn drop(&mut self) {
        if let Some(listening) = &self.listening {
            listening.abort();
        }
    }
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
        let signed_in = self.signed_in(publisher.sign_in(&sign_in)).await?;
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
        self.added(sign_in.network, own, signed_in, request, answer).await
    }

    /// New tokens for the same author; another author is refused.
    pub(crate) async fn account_sign_in(
        &self,
        id: &str,
        secret: Option<SecretInput>,
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
        let sign_in = sign_in_again(&account, secret, proxy);
        let signed_in = self.signed_in(publisher.sign_in(&sign_in)).await?;
        self.again(&account, signed_in).await
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
                // The old set may tell the registration that the new one is made under.
                sign_in.secret = self.session(&account).await.ok().map(|session| session.tokens);
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
        self.forget_old_sign_ins();
        if self.memory().signing_in.len() >= MOST {
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
            .in_time(publisher.begin(&sign_in, address.as_deref(), &drawn))
            .await?;

        let (tell, came) = watch::channel(Came::NotYet);
        let clock = Arc::clone(&self.ports.clock);
        let expects = begun.expects.clone();
        let listening = listening.map(|mut listening| {
            let waiting = tokio::spawn(async move {
                let visit = within(clock.as_ref(), PATIENCE, listening.visit(&expects)).await;
                // Nobody may be waiting any more.
                let _ = tell.send(visit.map_or(Came::TooLate, Came::Back));
            });
            waiting.abort_handle()
        });
        let id = self.ports.ids.next();
        let url = begun.url.clone();
        let signing_in = SigningIn {
            sign_in,
            whose,
            begun,
            came,
            listening,
            ends: self.ports.clock.since_boot() + Duration::try_from(PATIENCE).unwrap_or_default(),
        };
        self.memory().signing_in.insert(id.clone(), signing_in);
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
        let unknown = || Problem::new(Code::UnknownSignIn);
        let came = match pasted {
            Some(pasted) => CameBack::Pasted(Secret::new(pasted.into_text())),
            None => {
                let mut came = self
                    .memory()
                    .signing_in
                    .get(id)
                    .map(|signing_in| signing_in.came.clone())
                    .ok_or_else(unknown)?;
                let came = came.wait_for(|came| !matches!(came, Came::NotYet)).await;
                match came.map(|came| came.clone()) {
                    Ok(Came::Back(pairs)) => CameBack::Redirected(pairs),
                    Ok(Came::TooLate | Came::NotYet) => {
                        self.memory().signing_in.remove(id);
                        return Err(Problem::new(Code::SignInExpired));
                    }
                    // It was cancelled meanwhile.
                    Err(_) => return Err(unknown()),
                }
            }
        };
        // Whoever takes it out ends it: once.
        let mut signing_in = self.memory().signing_in.remove(id).ok_or_else(unknown)?;
        if signing_in.ends < self.ports.clock.since_boot() {
            return Err(Problem::new(Code::SignInExpired));
        }
        if let Whose::Again(account) = &signing_in.whose {
            // It may have been changed while the person was in the browser.
            signing_in.sign_in.proxy = self.proxy_for_person(account).await?;
        }
        let publisher = self.publisher_of(signing_in.sign_in.network)?;
        let finish = publisher.finish(&signing_in.sign_in, &signing_in.begun, &came);
        let signed_in = match self.in_time(finish).await {
            Ok(signed_in) => signed_in,
            Err(problem) => {
                // A slip of the paste is no reason to begin again.
                if matches!(came, CameBack::Pasted(_)) {
                    self.memory().signing_in.insert(id.to_owned(), signing_in);
                }
                return Err(problem);
            }
        };
        match signing_in.whose.clone() {
            Whose::Again(account) => self.again(&account, signed_in).await,
            Whose::New(own) => {
                let network = signing_in.sign_in.network;
                let answer = |account: &Account| self.account_changed(account, Vec::new());
                self.added(network, own, signed_in, request, answer).await
            }
        }
    }

    pub(crate) fn sign_in_cancel(&self, id: &str) -> Outcome<()> {
        let gone = self.memory().signing_in.remove(id);
        gone.map(drop).ok_or_else(|| Problem::new(Code::UnknownSignIn))
    }

    fn forget_old_sign_ins(&self) {
        let now = self.ports.clock.since_boot();
        self.memory().signing_in.retain(|_, one| one.ends >= now);
    }

    pub(crate) fn publisher_of(&self, network: Network) -> Outcome<Arc<dyn Publisher>> {
        let publisher = self.ports.publishers.publisher(network);
        publisher.ok_or_else(|| Problem::new(Code::NotBuiltYet).with("what", network))
    }

    /// All the calls of a sign-in, and no longer than a person waits for them.
    async fn signed_in(&self, calls: impl Future<Output = Result<SignedIn, CallError>>) -> Outcome<SignedIn> {
        self.in_time(calls).await
    }

    async fn in_time<T>(&self, calls: impl Future<Output = Result<T, CallError>>) -> Outcome<T> {
        let limit = self.settings.sign_in_limit;
        within(self.ports.clock.as_ref(), limit, calls)
            .await
            .ok_or_else(|| Problem::new(Code::SignInTooSlow))?
            .map_err(of_sign_in)
    }

    /// The account that was not there before: its tokens first, then itself.
    async fn added<T: Serialize>(
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
        let id = AccountId(self.ports.ids.next());
        let now = self.now();
        let account = Account {
            id: id.clone(),
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
        };
        if let Some(given) = &own.proxy {
            self.keep_proxy(&id, &given.line, Attention::Attended)
                .await
                .map_err(of_vault)?;
        }
        if network != Network::Practice {
            let kept = self
                .keep_tokens(&id, &signed_in.tokens, Attention::Attended)
                .await;
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
            if own.proxy.is_some() {
                self.forget_proxy(&id).await;
            }
            return Err(of_store(error));
        }
        self.tell_changed();
        Ok(answer)
    }

    /// New tokens for an account that is there.
    async fn again(&self, account: &Account, signed_in: SignedIn) -> Outcome<AccountChanged> {
        if signed_in.author_id != account.author_id {
            return Err(Problem::new(Code::OtherAccount).with("account", &account.handle));
        }
        // It may have been removed while its person was in the browser.
        self.account(account.id.as_str()).await?;
        let mut kept = Ok(());
        if account.network != Network::Practice {
            kept = self
                .keep_tokens(&account.id, &signed_in.tokens, Attention::Unattended)
                .await;
        } else {
            self.drop_tokens(&account.id);
        }
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
        changed
    }
}

fn of_loopback(error: LoopbackError) -> Problem {
    Problem::new(match error {
        LoopbackError::Taken => Code::SignInPortsTaken,
    })
}

fn of_sign_in(error: CallError) -> Problem {
    match &error {
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
