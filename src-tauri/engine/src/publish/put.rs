//! Why something goes back to the queue, how long it waits there, and what that says of its account.

use jiff::Timestamp;
use kossori_core::answer::{Why, retry_after};

use crate::engine::Engine;
use crate::model::WaitWhy::{Asked, Away, Refused};
use crate::model::{Account, Health, ServerRefusal, WaitWhy};
use crate::ports::CallError;
use crate::tokens::Mute;

/// Back to the queue: why, until when it waits there, and what it says of the account.
#[derive(Clone, Debug)]
pub(crate) struct Put {
    pub code: String,
    pub not_before: Option<Timestamp>,
    /// What is said by it of the account and its server; `None`: nothing.
    pub wait: Option<WaitWhy>,
    pub health: Option<Health>,
    pub refusal: Option<ServerRefusal>,
}

impl Engine {
    /// Before a claim there is no row to put back: the account waits, and says why.
    pub(crate) async fn note_mute(&self, account: &Account, mute: &Mute) {
        if matches!(mute, Mute::Keyring(_)) {
            // It waits for the keyring, and not for half a minute.
            return;
        }
        let put = self.put_of_mute(mute);
        self.wait_with_put(account, &put).await;
        // A server that is away says nothing against the tokens, and the keyring may be locked by now.
        if matches!(mute, Mute::NeedsSignIn | Mute::Call(CallError::Token { .. })) {
            self.drop_tokens(&account.id);
        }
        if let Some(health) = put.health {
            self.set_health(&account.id, health).await;
        }
    }

    /// The account waits, and everything else of it too: the server refuses them all.
    pub(super) async fn wait_with_put(&self, account: &Account, put: &Put) {
        if let (Some(until), Some(why)) = (put.not_before, put.wait) {
            self.wait(account, until, why).await;
        }
    }

    /// The account has just worked.
    pub(crate) async fn recovered(&self, account: &Account) {
        self.forget_waits(account).await;
        self.note_reached(&account.id);
        let reached = |stored: &mut Account| {
            if matches!(stored.health, Health::Unreachable | Health::Refused) {
                stored.health = Health::Ok;
            }
        };
        // Only what is shown; the next call says it again.
        let _ = self.amend_account(&account.id, reached).await;
    }

    pub(super) fn put(&self, code: &str, wait: Option<WaitWhy>, health: Option<Health>) -> Put {
        let not_before = self.now().saturating_add(self.settings.backoff).ok();
        Put {
            code: code.to_owned(),
            not_before,
            wait,
            health,
            refusal: None,
        }
    }

    pub(super) fn put_of_why(&self, why: &Why) -> Put {
        match why {
            Why::NeverLeft => self.put("never_left", Some(Away), None),
            Why::RateLimit(wait) => Put {
                code: "rate_limit".to_owned(),
                not_before: self.now().saturating_add(*wait).ok(),
                wait: Some(Asked),
                health: None,
                refusal: None,
            },
            Why::NeedsSignIn => self.put("needs_sign_in", Some(Refused), Some(Health::NeedsSignIn)),
            Why::OutOfCredit => self.put("out_of_credit", Some(Refused), Some(Health::OutOfCredit)),
        }
    }

    pub(super) fn put_of_mute(&self, mute: &Mute) -> Put {
        match mute {
            Mute::NeedsSignIn | Mute::Call(CallError::Token { .. }) => {
                self.put("needs_sign_in", Some(Refused), Some(Health::NeedsSignIn))
            }
            Mute::ProxyMissing => self.put("proxy_missing", None, Some(Health::ProxyMissing)),
            Mute::Keyring(_) => self.put("keyring", None, None),
            Mute::Call(CallError::RateLimit { retry_after: asked }) => {
                self.put_of_why(&Why::RateLimit(retry_after(*asked)))
            }
            Mute::Call(CallError::OutOfCredit) => {
                self.put("out_of_credit", Some(Refused), Some(Health::OutOfCredit))
            }
            Mute::Call(CallError::Offline) => self.put("offline", Some(Away), Some(Health::Unreachable)),
            Mute::Call(CallError::Refused { .. }) => {
                self.put("refused", Some(Refused), Some(Health::Refused))
            }
            Mute::Call(_) => self.put("unclear", Some(Away), Some(Health::Unreachable)),
        }
    }
}
