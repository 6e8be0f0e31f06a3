//! Token sets as a server knows them: they end, are replaced, and are taken away.

use jiff::{SignedDuration, Timestamp};
use kossori_engine::ports::CallError;

use super::{Caller, Net, State};
use crate::parts::locked;

/// How long a replaced refresh token is still taken, as Bluesky's server does.
const GRACE: SignedDuration = SignedDuration::from_hours(2);
/// The life of a Bluesky access token.
const ACCESS_LIFE: SignedDuration = SignedDuration::from_mins(120);

pub(super) struct Access {
    serial: u64,
    pub(super) good_until: Timestamp,
    refreshed_at: Timestamp,
    revoked: bool,
}

impl Net {
    /// Nothing helps the account but a new sign-in.
    pub fn revoke(&self, author: &str) {
        if let Some(access) = locked(&self.state).access.get_mut(author) {
            access.revoked = true;
        }
    }

    /// A set that is newer than the keyring's would be lost with the process.
    pub(super) fn used_before_kept(&self, kind: &str, caller: &Caller<'_>) -> Option<String> {
        let kept = self.vault.entry(&caller.entry);
        let newer = kept.is_none_or(|kept| serial_of(&kept) < serial_of(caller.tokens));
        newer.then(|| {
            format!(
                "{}: {kind} with tokens that the keyring does not hold",
                self.clock.true_now()
            )
        })
    }

    /// The answer to a refresh may be lost although the server has made the new set.
    pub fn renew(&self, author: &str, tokens: &str) -> Result<String, CallError> {
        let mut state = locked(&self.state);
        let now = self.clock.true_now();
        let revoked = || CallError::Token {
            code: "revoked".to_owned(),
            words: String::new(),
        };
        let serial = serial_of(tokens);
        let lost = {
            let bumpiness = state.bumpiness;
            state.luck.percent(bumpiness)
        };
        let access = state.access.get_mut(author).ok_or_else(revoked)?;
        let graced = serial + 1 == access.serial && now.duration_since(access.refreshed_at) < GRACE;
        if access.revoked || !(serial == access.serial || graced) {
            return Err(revoked());
        }
        if !graced {
            access.serial += 1;
            access.refreshed_at = now;
        }
        access.good_until = now + ACCESS_LIFE;
        let made = token(author, access.serial, access.good_until);
        if lost { Err(CallError::Offline) } else { Ok(made) }
    }

    pub fn sign_in(&self, author: &str, expires: bool) -> String {
        let mut state = locked(&self.state);
        let now = self.clock.true_now();
        let good_until = if expires {
            now + ACCESS_LIFE
        } else {
            Timestamp::MAX
        };
        let serial = state.access.get(author).map_or(0, |access| access.serial) + 2;
        state.access.insert(
            author.to_owned(),
            Access {
                serial,
                good_until,
                refreshed_at: Timestamp::MIN,
                revoked: false,
            },
        );
        token(author, serial, good_until)
    }
}

impl State {
    pub(super) fn is_revoked(&self, author: &str) -> bool {
        self.access.get(author).is_some_and(|access| access.revoked)
    }

    pub(super) fn takes(&self, author: &str, tokens: &str, now: Timestamp) -> bool {
        self.access.get(author).is_some_and(|access| {
            !access.revoked
                && tokens.split('/').next() == Some(author)
                && serial_of(tokens) == access.serial
                && now < access.good_until
        })
    }
}

fn token(author: &str, serial: u64, good_until: Timestamp) -> String {
    format!("{author}/{serial}/{}", good_until.as_nanosecond())
}

fn serial_of(token: &str) -> u64 {
    token
        .split('/')
        .nth(1)
        .and_then(|serial| serial.parse().ok())
        .unwrap_or(0)
}

/// What a client can read of its access token.
pub fn ends_at(token: &str) -> Option<Timestamp> {
    let nanos: i128 = token.split('/').nth(2)?.parse().ok()?;
    Timestamp::from_nanosecond(nanos)
        .ok()
        .filter(|at| *at < Timestamp::MAX)
}
