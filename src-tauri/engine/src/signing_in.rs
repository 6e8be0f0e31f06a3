//! Signing in: with a secret that a person typed, or by browser, which is begun, waited for and ended (RULES.md 8). Both
//! come to the same: the server has named the author, and the tokens are in the keyring before the account is there.

use std::sync::Arc;

use kossori_api::{AccountChanged, Code, Problem, SecretInput, SignInBegun};
use kossori_core::network::{Field, Network, Way};

use crate::engine::Engine;
use crate::limit::within;
use crate::model::Account;
use crate::ports::{CallError, CameBack, Drawn, LoopbackError, Publisher, Session, SignIn, SignedIn};
use crate::problem::{Outcome, of_call};
use crate::secret::Secret;

mod new;
mod again;
mod waiting;

use again::sign_in_again;
pub(crate) use new::{NewAccount, Own};
pub(crate) use waiting::SignIns;
use waiting::{Came, Gone, PATIENCE};

/// Whose sign-in it is.
#[derive(Clone)]
enum Whose {
    New(Own),
    Again(Box<Account>),
}

impl Engine {
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
