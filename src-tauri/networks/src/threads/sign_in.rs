//! Signing in: with a token that was made in the person's own app at Meta, or by browser with that app (NETWORKS.md 5.1). Its
//! redirects go to `https://` addresses that are not of this machine, so the address that the browser ends at is pasted.

use jiff::{SignedDuration, Timestamp};
use kossori_engine::ports::{Begun, CallError, CameBack, Drawn, Refreshed, Session, SignIn, SignedIn};
use kossori_engine::secret::Secret;
use reqwest::Url;
use serde::{Deserialize, Serialize};

use super::{API, SITE, Server, Threads, about, parsed, wire};
use crate::http::{Body, Call};
use crate::oauth;
use crate::own_app::OwnApp;
use crate::refusal::tame_handle;

const SCOPES: &str =
    "threads_basic,threads_content_publish,threads_manage_replies,threads_read_replies,threads_delete";
/// How tokens begin, and codes do not.
const TOKEN_BEGINS: &str = "TH";
/// What a long-lived token lasts.
const LIFE: SignedDuration = SignedDuration::from_hours(60 * 24);
/// A token is renewed so long after it was made, before the next window: never so late that a month without the program ends
/// the session.
const RENEWED_AFTER: SignedDuration = SignedDuration::from_hours(7 * 24);
/// One of unknown age is renewed as soon as it certainly may be, which is at an age of 24 h: then its end is known.
const UNKNOWN_RENEWED_AFTER: SignedDuration = SignedDuration::from_hours(25);

/// The token set. Times in seconds since 1970.
#[derive(Serialize, Deserialize)]
pub(super) struct Tokens {
    pub access_token: String,
    /// When it came here.
    since: i64,
    /// `None`: nobody said.
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

/// Id and page of an app: a sign-in has no field for the page that is registered there, and it stands behind the id, with a space
/// between.
fn id_and_page(app: &OwnApp) -> (&str, Option<&str>) {
    let mut words = app.id.split_whitespace();
    (words.next().unwrap_or_default(), words.next())
}

fn secret_of(sign_in: &SignIn) -> Option<&str> {
    let secret = sign_in.client_secret.as_ref()?.expose().trim();
    Some(secret).filter(|secret| !secret.is_empty())
}

pub(super) fn read_tokens(tokens: &Secret) -> Result<Tokens, CallError> {
    serde_json::from_str(tokens.expose()).map_err(|_| CallError::Token {
        code: "tokens_unreadable".to_owned(),
        words: String::new(),
    })
}

pub(super) fn renew_at(tokens: &Secret) -> Option<Timestamp> {
    let tokens = read_tokens(tokens).ok()?;
    let after = match tokens.ends_at {
        Some(_) => RENEWED_AFTER,
        None => UNKNOWN_RENEWED_AFTER,
    };
    let since = Timestamp::from_second(tokens.since).ok()?;
    since.checked_add(after).ok()
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
    let app = OwnApp::of(sign_in)?;
    let (id, registered) = id_and_page(&app);
    let page = redirect
        .or(registered)
        .ok_or(CallError::Unsupported("no_redirect"))?;
    let sound = Url::parse(page).is_ok_and(|url| url.scheme() == "https");
    if !sound {
        // The network would send nobody there.
        return Err(CallError::Unsupported("redirect"));
    }
    let kept = Kept {
        state: oauth::state(drawn),
        redirect: page.to_owned(),
    };
    let site = if origin == API { SITE } else { &origin };
    let url = oauth::with_query(
        &format!("{site}/oauth/authorize"),
        &[
            ("client_id", id),
            ("redirect_uri", page),
            ("scope", SCOPES),
            ("response_type", "code"),
            ("state", &kept.state),
        ],
    )?;
    let written = serde_json::to_string(&kept).map_err(|_| CallError::Unsupported("kept"))?;
    Ok(Begun {
        expects: kept.state,
        url,
        kept: Secret::new(written),
    })
}

impl Threads {
    pub(super) async fn sign_in_by_token(&self, sign_in: &SignIn) -> Result<SignedIn, CallError> {
        let token = sign_in
            .secret
            .as_ref()
            .ok_or(CallError::Unsupported("no_token"))?;
        self.by_token(sign_in, secret_of(sign_in), token).await
    }

    /// `secret`: of the app that the token was made under.
    async fn by_token(
        &self,
        sign_in: &SignIn,
        secret: Option<&str>,
        token: &Secret,
    ) -> Result<SignedIn, CallError> {
        let given = match serde_json::from_str::<Given>(token.expose()) {
            Ok(given) => given,
            Err(_) => Given {
                access_token: token.expose().trim().to_owned(),
                expires_in: None,
            },
        };
        let (token, lasts) = match secret {
            // A token of an hour becomes one of 60 days. One that is that already is refused, and good as it is.
            Some(secret) => match self.exchanged(sign_in, secret, &given.access_token).await {
                Ok(granted) => (granted.access_token, granted.expires_in),
                Err(CallError::Refused { .. } | CallError::Token { .. }) => {
                    (given.access_token, given.expires_in)
                }
                Err(error) => return Err(error),
            },
            None => (given.access_token, given.expires_in),
        };
        self.signed_in(sign_in, token, lasts).await
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
        if code.starts_with(TOKEN_BEGINS) {
            // The app's own page at Meta makes tokens too, and that was pasted.
            let token = Secret::new(code);
            return self.by_token(sign_in, Some(&app.secret), &token).await;
        }
        let pairs = vec![
            ("client_id", id_and_page(&app).0.to_owned()),
            ("client_secret", app.secret.clone()),
            ("grant_type", "authorization_code".to_owned()),
            ("redirect_uri", kept.redirect),
            ("code", code),
        ];
        let url = format!("{}/oauth/access_token", origin(sign_in)?);
        let call = Call::post(url, Body::Pairs(pairs), self.options.call_limit);
        let short = self.granted(sign_in, call).await?;
        let long = self.exchanged(sign_in, &app.secret, &short.access_token).await?;
        self.signed_in(sign_in, long.access_token, long.expires_in).await
    }

    async fn exchanged(
        &self,
        sign_in: &SignIn,
        secret: &str,
        token: &str,
    ) -> Result<wire::Granted, CallError> {
        let url = oauth::with_query(
            &format!("{}/access_token", origin(sign_in)?),
            &[
                ("grant_type", "th_exchange_token"),
                ("client_secret", secret),
                ("access_token", token),
            ],
        )?;
        self.granted(sign_in, Call::get(url, self.options.call_limit))
            .await
    }

    async fn granted(&self, sign_in: &SignIn, call: Call) -> Result<wire::Granted, CallError> {
        let reply = self.clients.fresh(sign_in)?.send(call).await?;
        if reply.status != 200 {
            return Err(wire::sign_in_error(&reply));
        }
        parsed(reply)
    }

    async fn signed_in(
        &self,
        sign_in: &SignIn,
        access_token: String,
        lasts: Option<i64>,
    ) -> Result<SignedIn, CallError> {
        let origin = origin(sign_in)?;
        let server = Server {
            http: self.clients.fresh(sign_in)?,
            origin: &origin,
            token: access_token.clone(),
            options: &self.options,
        };
        let (me, _) = server.me().await?;
        let (tokens, session_ends_at) = self.tokens(access_token, lasts, OwnApp::of(sign_in).ok())?;
        Ok(SignedIn {
            handle: tame_handle(&me.username),
            author_id: me.id,
            tokens,
            session_ends_at,
            about: about(),
            server: origin,
        })
    }

    /// 60 days more (`th_refresh_token`). It takes no secret, and a token that is at least 24 h old and has not ended.
    pub(super) async fn renewed(&self, session: &Session) -> Result<Refreshed, CallError> {
        let before = read_tokens(&session.tokens)?;
        let url = oauth::with_query(
            &format!("{}/refresh_access_token", session.account.server),
            &[
                ("grant_type", "th_refresh_token"),
                ("access_token", &before.access_token),
            ],
        )?;
        let http = self.clients.of(session)?;
        let reply = http.send(Call::get(url, self.options.call_limit)).await?;
        if reply.status != 200 {
            return Err(wire::sign_in_error(&reply));
        }
        let granted: wire::Granted = parsed(reply)?;
        let (tokens, session_ends_at) = self.tokens(granted.access_token, granted.expires_in, before.app)?;
        Ok(Refreshed {
            tokens,
            session_ends_at,
        })
    }

    /// `lasts` in seconds. Where nobody says it, the end that is shown is that of a token made just now.
    fn tokens(
        &self,
        access_token: String,
        lasts: Option<i64>,
        app: Option<OwnApp>,
    ) -> Result<(Secret, Option<Timestamp>), CallError> {
        let now = self.clock.now();
        let told = lasts
            .filter(|seconds| *seconds > 0)
            .and_then(|seconds| now.checked_add(SignedDuration::from_secs(seconds)).ok());
        let tokens = Tokens {
            access_token,
            since: now.as_second(),
            ends_at: told.map(Timestamp::as_second),
            app,
        };
        let json = serde_json::to_string(&tokens).map_err(|_| CallError::Unsupported("token"))?;
        Ok((Secret::new(json), told.or_else(|| now.checked_add(LIFE).ok())))
    }
}
