//! The person's own registration with a network that takes no public clients (Threads, LinkedIn; RULES.md 8).

use kossori_engine::ports::{CallError, SignIn};
use serde::{Deserialize, Serialize};

/// It is kept in the keyring, in the set of the tokens that came of it: who signs in again need not type it again.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct OwnApp {
    /// As it was typed.
    pub id: String,
    pub secret: String,
}

/// All that is read here of a token set.
#[derive(Deserialize)]
struct Before {
    #[serde(default)]
    app: Option<OwnApp>,
}

impl OwnApp {
    /// What is given now, and for the rest what the tokens were made with that the account has (`SignIn::kept`). A secret is
    /// no other registration's.
    ///
    /// # Errors
    /// `no_client_id`, `no_client_secret`.
    pub(crate) fn of(sign_in: &SignIn) -> Result<OwnApp, CallError> {
        let before = sign_in
            .kept
            .as_ref()
            .and_then(|set| serde_json::from_str::<Before>(set.expose()).ok()?.app);
        let typed = filled(sign_in.client_id.as_deref());
        let before =
            before.filter(|before| typed.is_none_or(|typed| registration(typed) == registration(&before.id)));
        // What stands behind an id is typed once, too.
        let id = typed
            .filter(|typed| before.is_none() || typed.contains(char::is_whitespace))
            .or(before.as_ref().map(|before| before.id.as_str()))
            .ok_or(CallError::Unsupported("no_client_id"))?;
        let secret = filled(sign_in.client_secret.as_ref().map(|secret| secret.expose()))
            .or(before.as_ref().map(|before| before.secret.as_str()))
            .ok_or(CallError::Unsupported("no_client_secret"))?;
        Ok(OwnApp {
            id: id.to_owned(),
            secret: secret.to_owned(),
        })
    }
}

/// A page of Threads may stand behind it.
fn registration(id: &str) -> Option<&str> {
    id.split_whitespace().next()
}

fn filled(typed: Option<&str>) -> Option<&str> {
    typed.map(str::trim).filter(|typed| !typed.is_empty())
}

#[cfg(test)]
mod tests {
    use kossori_core::network::Network;
    use kossori_engine::secret::Secret;

    use super::*;

    fn sign_in(id: Option<&str>, secret: Option<&str>, set: Option<&str>) -> SignIn {
        let kept = |text: &str| Secret::new(text.to_owned());
        SignIn {
            network: Network::LinkedIn,
            server: None,
            handle: None,
            secret: None,
            kept: set.map(kept),
            client_id: id.map(str::to_owned),
            client_secret: secret.map(kept),
            client_name: None,
            local_server: false,
            plc: None,
            proxy: None,
        }
    }

    #[test]
    fn what_is_given_wins_over_what_was_kept_and_a_secret_is_no_other_registrations() {
        const SET: Option<&str> = Some(r#"{"access_token":"t","app":{"id":"old","secret":"hush"}}"#);
        const PAGED: Option<&str> =
            Some(r#"{"access_token":"t","app":{"id":"old https://me.example/","secret":"hush"}}"#);
        const NO_ID: Result<(&str, &str), &str> = Err("no_client_id");
        const NO_SECRET: Result<(&str, &str), &str> = Err("no_client_secret");
        for (id, secret, set, expected) in [
            (None, None, SET, Ok(("old", "hush"))),
            (Some(" "), Some(""), SET, Ok(("old", "hush"))),
            (Some(" old "), None, SET, Ok(("old", "hush"))),
            (None, Some("new hush"), SET, Ok(("old", "new hush"))),
            (Some("new"), Some("its own"), SET, Ok(("new", "its own"))),
            (Some("old"), None, PAGED, Ok(("old https://me.example/", "hush"))),
            (
                Some("old  https://other.example/"),
                None,
                PAGED,
                Ok(("old  https://other.example/", "hush")),
            ),
            (Some("older https://me.example/"), None, PAGED, NO_SECRET),
            (Some("new"), None, SET, NO_SECRET),
            (Some("new"), None, None, NO_SECRET),
            (None, Some("its own"), None, NO_ID),
            (None, None, Some(r#"{"access_token":"t"}"#), NO_ID),
            (None, None, Some("a token of one line"), NO_ID),
        ] {
            let app = OwnApp::of(&sign_in(id, secret, set));
            let found = match &app {
                Ok(app) => Ok((app.id.as_str(), app.secret.as_str())),
                Err(CallError::Unsupported(why)) => Err(*why),
                Err(other) => panic!("{other:?}"),
            };
            assert_eq!(found, expected, "{id:?} {secret:?} {set:?}");
        }
    }
}
