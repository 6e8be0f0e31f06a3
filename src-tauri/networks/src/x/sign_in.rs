//! Signing in by browser: OAuth 2 with PKCE, as a public client under the person's own client id (NETWORKS.md 1.1). And what
//! else is asked of the token endpoints.

use std::net::IpAddr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kossori_engine::ports::{Begun, CallError, CameBack, Clock, Drawn, SignIn};
use kossori_engine::secret::Secret;
use reqwest::Url;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::tokens::{Granted, Tokens};
use super::{call_error, wire};
use crate::Options;
use crate::http::{Body, Call, Http, Reply, address};
use crate::oauth;
use crate::refusal::{self, tame};

const API: &str = "https://api.x.com";
const PAGES: &str = "https://x.com";
const SCOPES: &str = "tweet.read tweet.write users.read media.write offline.access";

/// Where calls go and where the person does.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub api: String,
    pages: String,
}

impl Place {
    /// There is one X. Another server is one for tests, on this machine, and has everything on one origin.
    pub fn of(sign_in: &SignIn) -> Result<Place, CallError> {
        let Some(typed) = sign_in.server.as_deref() else {
            return Ok(Place::own());
        };
        let origin = address::origin(typed, sign_in.local_server).ok_or(CallError::AddressRefused)?;
        if origin == API {
            return Ok(Place::own());
        }
        let here = Url::parse(&origin).ok().is_some_and(|url| {
            let host = url.host_str().unwrap_or_default();
            let literal: Option<IpAddr> = host.trim_matches(['[', ']']).parse().ok();
            literal.map_or(host == "localhost", |address| address.is_loopback())
        });
        if !here {
            return Err(CallError::AddressRefused);
        }
        Ok(Place {
            pages: origin.clone(),
            api: origin,
        })
    }

    fn own() -> Place {
        Place {
            api: API.to_owned(),
            pages: PAGES.to_owned(),
        }
    }
}

/// The origin of the pages that people see, for an API's.
pub(super) fn pages_of(api: &str) -> &str {
    if api == API { PAGES } else { api }
}

/// What has to be known again when the person comes back.
#[derive(Serialize, Deserialize)]
struct Kept {
    client_id: String,
    redirect: String,
    state: String,
    verifier: String,
}

pub(super) fn begin(sign_in: &SignIn, redirect: Option<&str>, drawn: &Drawn) -> Result<Begun, CallError> {
    let place = Place::of(sign_in)?;
    // Signed in again, it is the registration of the tokens that there were, unless another one is named.
    let before = sign_in.kept.as_ref().and_then(|old| Tokens::read(old).ok());
    let client_id = sign_in
        .client_id
        .as_deref()
        .or(before.as_ref().and_then(|old| old.client_id.as_deref()))
        .map(str::trim)
        .filter(|id| !id.is_empty())
        .ok_or(CallError::Unsupported("no_client_id"))?;
    // X shows no code that could be pasted: it always leads to an address that was registered.
    let redirect = redirect.ok_or(CallError::Unsupported("no_redirect"))?;
    let kept = Kept {
        client_id: client_id.to_owned(),
        redirect: redirect.to_owned(),
        state: hex::encode(drawn.state),
        verifier: URL_SAFE_NO_PAD.encode(drawn.verifier),
    };
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(kept.verifier.as_bytes()));
    let page = format!("{}/i/oauth2/authorize", place.pages);
    let url = Url::parse_with_params(
        &page,
        [
            ("response_type", "code"),
            ("client_id", client_id),
            ("redirect_uri", redirect),
            ("scope", SCOPES),
            ("state", &kept.state),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ],
    )
    .map_err(|_| CallError::AddressRefused)?;
    let written = serde_json::to_string(&kept).map_err(|_| CallError::Unsupported("kept"))?;
    Ok(Begun {
        expects: kept.state,
        // A space as `+` is form's own writing; as `%20` everybody reads it.
        url: String::from(url).replace('+', "%20"),
        kept: Secret::new(written),
    })
}

/// What is given for tokens. The code lives 30 s and is good for one try.
pub(super) struct Exchange {
    kept: Kept,
    code: String,
}

impl Exchange {
    /// The state is looked at first: without it nobody knows who says what else is there.
    pub fn of(begun: &Begun, came: &CameBack) -> Result<Exchange, CallError> {
        let kept: Kept =
            serde_json::from_str(begun.kept.expose()).map_err(|_| CallError::Unsupported("kept"))?;
        let pairs = match came {
            CameBack::Redirected(pairs) => pairs.clone(),
            // The address that the browser ended at.
            CameBack::Pasted(address) => Url::parse(address.expose().trim())
                .map(|url| url.query_pairs().into_owned().collect())
                .unwrap_or_default(),
        };
        let one = |name: &str| {
            let mut all = pairs.iter().filter(|(known, _)| known == name);
            match (all.next(), all.next()) {
                (Some((_, value)), None) => Some(value.as_str()),
                _ => None,
            }
        };
        if !one("state").is_some_and(|state| oauth::same(state, &kept.state)) {
            return Err(refused("state_differs", ""));
        }
        if let Some(error) = one("error") {
            // Words that came through the browser are anybody's, and are not shown.
            let code = if error == "access_denied" {
                "access_denied"
            } else {
                "sign_in_refused"
            };
            return Err(refused(code, ""));
        }
        let code = one("code").filter(|code| !code.is_empty());
        let code = code.ok_or_else(|| refused("no_code", ""))?.to_owned();
        Ok(Exchange { kept, code })
    }

    pub async fn tokens(
        self,
        http: &Http,
        api: &str,
        options: &Options,
        clock: &dyn Clock,
    ) -> Result<Tokens, CallError> {
        let client_id = self.kept.client_id;
        let pairs = vec![
            ("grant_type", "authorization_code".to_owned()),
            ("code", self.code),
            ("redirect_uri", self.kept.redirect),
            ("client_id", client_id.clone()),
            ("code_verifier", self.kept.verifier),
        ];
        let reply = ask(http, api, "token", pairs, options).await?;
        if reply.status != 200 {
            let error = wire::oauth_error(&reply).filter(|_| matches!(reply.status, 400 | 401 | 403));
            return Err(match error {
                Some(error) => CallError::Refused {
                    status: reply.status,
                    code: error.code,
                    words: tame(&error.words),
                },
                None => call_error(&reply),
            });
        }
        Ok(granted(reply)?.tokens(Some(&client_id), clock.now()))
    }
}

/// The refresh token that comes replaces the one before; where none comes, the one before stands.
pub(super) async fn refresh(
    http: &Http,
    api: &str,
    options: &Options,
    clock: &dyn Clock,
    old: Tokens,
) -> Result<Tokens, CallError> {
    let (Some(refresh_token), Some(client_id)) = (old.refresh_token, old.client_id) else {
        return Err(CallError::Token {
            code: "no_refresh_token".to_owned(),
            words: String::new(),
        });
    };
    let pairs = vec![
        ("grant_type", "refresh_token".to_owned()),
        ("refresh_token", refresh_token.clone()),
        ("client_id", client_id.clone()),
    ];
    let reply = ask(http, api, "token", pairs, options).await?;
    if reply.status != 200 {
        // One that was used before answers `invalid_request`, one that was ended `invalid_grant`, a client that is no more
        // `unauthorized_client`: a person has to sign in again, whichever it is.
        let error = wire::oauth_error(&reply).filter(|_| matches!(reply.status, 400 | 401));
        return Err(match error {
            Some(error) => CallError::Token {
                code: error.code,
                words: tame(&error.words),
            },
            None => call_error(&reply),
        });
    }
    let mut renewed = granted(reply)?.tokens(None, clock.now());
    renewed.refresh_token = renewed.refresh_token.or(Some(refresh_token));
    renewed.client_id = Some(client_id);
    Ok(renewed)
}

/// Both tokens: it is not documented that the end of one is the end of the other.
pub(super) async fn revoke(
    http: &Http,
    api: &str,
    options: &Options,
    tokens: &Tokens,
) -> Result<(), CallError> {
    let Some(client_id) = &tokens.client_id else {
        return Err(CallError::Unsupported("revoke"));
    };
    if let Some(token) = &tokens.refresh_token {
        revoke_one(http, api, options, token, client_id).await?;
    }
    match revoke_one(http, api, options, &tokens.access_token, client_id).await {
        // It went with the other one.
        Err(CallError::Refused { .. } | CallError::Token { .. }) if tokens.refresh_token.is_some() => Ok(()),
        answer => answer,
    }
}

async fn revoke_one(
    http: &Http,
    api: &str,
    options: &Options,
    token: &str,
    client_id: &str,
) -> Result<(), CallError> {
    let pairs = vec![("token", token.to_owned()), ("client_id", client_id.to_owned())];
    let reply = ask(http, api, "revoke", pairs, options).await?;
    match wire::oauth_error(&reply) {
        _ if reply.status == 200 => Ok(()),
        Some(error) => Err(refusal::call_error(&reply, Some(error))),
        None => Err(call_error(&reply)),
    }
}

async fn ask(
    http: &Http,
    api: &str,
    what: &str,
    pairs: Vec<(&'static str, String)>,
    options: &Options,
) -> Result<Reply, CallError> {
    let url = format!("{api}/2/oauth2/{what}");
    let call = Call::post(url, Body::Pairs(pairs), options.call_limit).apart();
    Ok(http.send(call).await?)
}

fn granted(reply: Reply) -> Result<Granted, CallError> {
    let senseless = CallError::Unclear {
        status: Some(reply.status),
    };
    reply
        .json
        .and_then(|json| serde_json::from_value::<Granted>(json).ok())
        .filter(Granted::is_usable)
        .ok_or(senseless)
}

fn refused(code: &str, words: &str) -> CallError {
    CallError::Refused {
        status: 400,
        code: code.to_owned(),
        words: words.to_owned(),
    }
}
