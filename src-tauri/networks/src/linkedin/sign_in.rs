//! Signing in: with a token that the person made, or by browser with the person's own registration (NETWORKS.md 6.1).

use jiff::{SignedDuration, Timestamp};
use kossori_core::network::Network;
use kossori_engine::ports::{Begun, CallError, CameBack, Drawn, SignIn, SignedIn};
use kossori_engine::secret::Secret;
use serde::{Deserialize, Serialize};

use super::{API, LinkedIn, Server, about, form, parsed, site, wire};
use crate::own_app::OwnApp;
use crate::{oauth, refusal};

const SCOPES: &str = "openid profile w_member_social";
/// What cannot be missing of them.
const TO_POST: &str = "w_member_social";
/// Where the browser ends if nobody listens: at a page that does not open, whose address is pasted. The registration has to
/// name it, letter for letter; it is the first of the ports that are listened at (RULES.md 8), so that one entry does for both.
const NOBODY_LISTENS: &str = "http://127.0.0.1:8737/";

/// The token set.
#[derive(Serialize, Deserialize)]
pub(super) struct Tokens {
    pub access_token: String,
    /// In seconds since 1970, if it is known.
    #[serde(default)]
    ends_at: Option<i64>,
    #[serde(default)]
    app: Option<OwnApp>,
}

/// What a person gives as a token, if it is not one line.
#[derive(Deserialize)]
struct Given {
    access_token: String,
    #[serde(default)]
    expires_in: Option<i64>,
}

/// What a sign-in that has begun needs to end.
#[derive(Serialize, Deserialize)]
struct Kept {
    state: String,
    redirect: String,
}

pub(super) fn read_tokens(tokens: &Secret) -> Result<Tokens, CallError> {
    serde_json::from_str(tokens.expose()).map_err(|_| CallError::Token {
        code: "tokens_unreadable".to_owned(),
        words: String::new(),
    })
}

/// Where calls go.
fn origin(sign_in: &SignIn) -> Result<String, CallError> {
    match &sign_in.server {
        // An account that is signed in again names the network's own.
        Some(typed) if typed != API => oauth::stand_in(typed, sign_in.local_server),
        _ => Ok(API.to_owned()),
    }
}

pub(super) fn begin(sign_in: &SignIn, redirect: Option<&str>, drawn: &Drawn) -> Result<Begun, CallError> {
    let origin = origin(sign_in)?;
    // Asked for now: without it the person would go all the way for nothing.
    let app = OwnApp::of(sign_in)?;
    let kept = Kept {
        state: oauth::state(drawn),
        redirect: redirect.unwrap_or(NOBODY_LISTENS).to_owned(),
    };
    let url = oauth::with_query(
        &format!("{}/oauth/v2/authorization", site(&origin)),
        &[
            ("response_type", "code"),
            ("client_id", &app.id),
            ("redirect_uri", &kept.redirect),
            ("state", &kept.state),
            ("scope", SCOPES),
        ],
    )?;
    let written = serde_json::to_string(&kept).map_err(|_| CallError::Unsupported("kept"))?;
    Ok(Begun {
        expects: kept.state,
        url,
        kept: Secret::new(written),
    })
}

impl LinkedIn {
    pub(super) async fn sign_in_by_token(&self, sign_in: &SignIn) -> Result<SignedIn, CallError> {
        let secret = sign_in
            .secret
            .as_ref()
            .ok_or(CallError::Unsupported("no_token"))?;
        let given = match serde_json::from_str::<Given>(secret.expose()) {
            Ok(given) => given,
            Err(_) => Given {
                access_token: secret.expose().trim().to_owned(),
                expires_in: None,
            },
        };
        self.signed_in(sign_in, given.access_token, given.expires_in)
            .await
    }

    pub(super) async fn finish_in_browser(
        &self,
        sign_in: &SignIn,
        begun: &Begun,
        came: &CameBack,
    ) -> Result<SignedIn, CallError> {
        let kept: Kept =
            serde_json::from_str(begun.kept.expose()).map_err(|_| CallError::Unsupported("kept"))?;
        let code = oauth::code(came, &kept.state)?;
        let app = OwnApp::of(sign_in)?;
        let url = format!("{}/oauth/v2/accessToken", site(&origin(sign_in)?));
        let pairs = vec![
            ("grant_type", "authorization_code".to_owned()),
            ("code", code),
            ("redirect_uri", kept.redirect),
            ("client_id", app.id),
            ("client_secret", app.secret),
        ];
        let http = self.clients.fresh(sign_in)?;
        let reply = http.send(form(url, pairs, &self.options)).await?;
        if reply.status != 200 {
            return Err(refusal::call_error(&reply, wire::oauth_error(&reply)));
        }
        let granted: wire::Granted = parsed(reply)?;
        let may_post = granted
            .scope
            .as_deref()
            .is_none_or(|scope| scope.split([',', ' ']).any(|scope| scope == TO_POST));
        if !may_post {
            // It would sign in, and then be refused at every post.
            return Err(oauth::refused("scope_missing", TO_POST));
        }
        self.signed_in(sign_in, granted.access_token, granted.expires_in)
            .await
    }

    async fn signed_in(
        &self,
        sign_in: &SignIn,
        access_token: String,
        expires_in: Option<i64>,
    ) -> Result<SignedIn, CallError> {
        let origin = origin(sign_in)?;
        let server = Server {
            http: self.clients.fresh(sign_in)?,
            origin: &origin,
            token: access_token.clone(),
            options: &self.options,
        };
        let (info, _) = server.userinfo().await?;
        let told = expires_in.and_then(|seconds| self.in_seconds(seconds));
        let tokens = Tokens {
            access_token,
            ends_at: told.map(Timestamp::as_second),
            app: OwnApp::of(sign_in).ok(),
        };
        // Of a token alone nobody says when it ends, but none lasts longer (NETWORKS.md 6.1).
        let days = Network::LinkedIn.sign_in().lasts_days;
        let at_most = days.and_then(|days| self.in_seconds(i64::from(days) * 24 * 3_600));
        let session_ends_at = told.or(at_most);
        let tokens = serde_json::to_string(&tokens).map_err(|_| CallError::Unsupported("token"))?;
        Ok(SignedIn {
            handle: info.handle(),
            author_id: info.urn(),
            tokens: Secret::new(tokens),
            session_ends_at,
            about: about(),
            server: origin,
        })
    }

    fn in_seconds(&self, seconds: i64) -> Option<Timestamp> {
        let after = SignedDuration::from_secs(seconds);
        self.clock.now().checked_add(after).ok().filter(|_| seconds > 0)
    }
}
