//! What a server accepts and which software it is, asked once a day (RULES.md 5): when it is called anyway, ahead of a
//! window or before a claim. Nobody is woken for it, and nothing waits long for it.

use jiff::{SignedDuration, Timestamp};
use kossori_core::network::{Network, Software};

use crate::engine::Engine;
use crate::limit::within;
use crate::model::Account;
use crate::ports::{About, CallError, Session};

/// What is known of a server is believed for so long.
const BELIEVED_FOR: SignedDuration = SignedDuration::from_hours(24);
/// Before a claim the window's time runs: a server that takes longer is taken as it was known.
const LIMIT: SignedDuration = SignedDuration::from_secs(10);
/// One that did not say is asked again after so long at the soonest.
const AGAIN_AFTER: SignedDuration = SignedDuration::from_hours(1);

impl Engine {
    /// The session with the account as its server describes it now, if it was asked too long ago.
    pub(crate) async fn with_todays_about(&self, mut session: Session) -> Session {
        let account = &session.account;
        let now = self.now();
        let old = now.duration_since(account.about_at) >= BELIEVED_FOR;
        if account.network == Network::Practice || !old || !self.may_ask_about(account, now) {
            return session;
        }
        let Some(publisher) = self.ports.publishers.publisher(account.network) else {
            return session;
        };
        let asked = within(self.ports.clock.as_ref(), LIMIT, publisher.about(&session)).await;
        let amended = match asked {
            Some(Ok(About { limits, software })) => {
                self.amend_account(&session.account.id, |account| {
                    account.limits = limits;
                    account.software = software;
                    account.about_at = now;
                })
                .await
            }
            // It goes by the limits that were known, and nothing is resent on what was known of its software.
            Some(Err(error)) => {
                if matches!(error, CallError::RateLimit { .. }) {
                    self.note_call_error(&session.account, &error).await;
                }
                self.amend_account(&session.account.id, |account| {
                    account.software = Software::Unknown;
                })
                .await
            }
            None => {
                self.amend_account(&session.account.id, |account| {
                    account.software = Software::Unknown;
                })
                .await
            }
        };
        if let Ok(account) = amended {
            session.account = account;
        }
        session
    }

    /// Not asked a little while ago, whatever the answer was; from now on it is.
    fn may_ask_about(&self, account: &Account, now: Timestamp) -> bool {
        let mut memory = self.memory();
        let Some(held) = memory.tokens.get_mut(&account.id) else {
            return false;
        };
        let lately = held
            .about_asked
            .is_some_and(|asked| now.duration_since(asked).abs() < AGAIN_AFTER);
        if !lately {
            held.about_asked = Some(now);
        }
        !lately
    }
}
