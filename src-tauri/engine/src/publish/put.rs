//! Why something goes back to the queue, how long it waits there, and what that says of its account.

use jiff::Timestamp;
use kossori_core::answer::{self, Answer, Becomes, Why};

use crate::engine::Engine;
use crate::model::{Account, Health, ServerRefusal};
use crate::ports::CallError;
use crate::tokens::Mute;

/// Back to the queue: why, until when it waits there, and what it says of the account.
#[derive(Clone, Debug)]
pub(crate) struct Put {
    pub code: String,
    pub not_before: Option<Timestamp>,
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
        if let Some(until) = put.not_before {
            self.memory().backoff.insert(account.id.clone(), until);
        }
        // A server that is away says nothing against the tokens, and the keyring may be locked by now.
        if matches!(mute, Mute::NeedsSignIn | Mute::Call(CallError::Token { .. })) {
            self.drop_tokens(&account.id);
        }
        if let Some(health) = put.health {
            self.set_health(&account.id, health).await;
        }
    }

    /// The account has just worked.
    pub(crate) async fn recovered(&self, account: &Account) {
        self.memory().backoff.remove(&account.id);
        let reached = |stored: &mut Account| {
            if stored.health == Health::Unreachable {
                stored.health = Health::Ok;
            }
        };
        // Only what is shown; the next call says it again.
        let _ = self.amend_account(&account.id, reached).await;
    }

    pub(super) fn put(&self, code: &str, health: Option<Health>) -> Put {
        let not_before = self.now().saturating_add(self.settings.backoff).ok();
        Put {
            code: code.to_owned(),
            not_before,
            health,
            refusal: None,
        }
    }

    pub(super) fn put_of_why(&self, why: &Why) -> Put {
        match why {
            Why::NeverLeft => self.put("never_left", None),
            Why::RateLimit(wait) => Put {
                code: "rate_limit".to_owned(),
                not_before: self.now().saturating_add(*wait).ok(),
                health: None,
                refusal: None,
            },
            Why::NeedsSignIn => self.put("needs_sign_in", Some(Health::NeedsSignIn)),
            Why::OutOfCredit => self.put("out_of_credit", Some(Health::OutOfCredit)),
        }
    }

    pub(super) fn put_of_mute(&self, mute: &Mute) -> Put {
        match mute {
            Mute::NeedsSignIn | Mute::Call(CallError::Token { .. }) => {
                self.put("needs_sign_in", Some(Health::NeedsSignIn))
            }
            Mute::Keyring(_) => self.put("keyring", None),
            Mute::Call(CallError::RateLimit { retry_after }) => {
                let why = answer::becomes(
                    Answer::Refused {
                        status: 429,
                        kind: answer::Refusal::RateLimit {
                            retry_after: *retry_after,
                        },
                        code: String::new(),
                        words: String::new(),
                    },
                    "",
                    true,
                );
                match why {
                    Becomes::Queued(why) => self.put_of_why(&why),
                    _ => self.put("rate_limit", None),
                }
            }
            Mute::Call(CallError::OutOfCredit) => self.put("out_of_credit", Some(Health::OutOfCredit)),
            Mute::Call(CallError::Offline) => self.put("offline", Some(Health::Unreachable)),
            Mute::Call(_) => self.put("unclear", Some(Health::Unreachable)),
        }
    }
}
