//! Signing in by browser (NETWORKS.md 3.1). An app is registered for each sign-in: the address that the browser comes back
//! to must be registered to the letter, its port too, and a server may have forgotten an older app.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use kossori_core::network::Software;
use kossori_engine::ports::{Begun, CallError, CameBack, Drawn};
use kossori_engine::secret::Secret;
use reqwest::Url;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::{Server, Tokens, VERSION, about};
use crate::http::{Body, Call, Failure, Reply, address};
use crate::oauth;
use crate::refusal::tame;

/// The server shows the code on a page of its own.
const BY_HAND: &str = "urn:ietf:wg:oauth:2.0:oob";
/// What this adapter calls, and nothing else.
const FINE: &str = "read:accounts read:statuses read:search write:statuses write:media";
/// For servers that know no finer ones.
const COARSE: &str = "read write";

/// From `begin` to `finish`.
#[derive(Serialize, Deserialize)]
struct Kept {
    v: u64,
    origin: String,
    token_endpoint: String,
    /// As the server names itself, if it does.
    issuer: Option<String>,
    client_id: String,
    client_secret: String,
    redirect: String,
    state: String,
    verifier: String,
}

/// `name`: what the app is called, which the server shows to the person, and beside posts.
pub(super) async fn begin(
    server: &Server<'_>,
    name: &str,
    redirect: Option<&str>,
    drawn: &Drawn,
) -> Result<Begun, CallError> {
    let endpoints = endpoints(server).await?;
    let redirect = redirect.unwrap_or(BY_HAND);
    // Pixelfed takes any at registration and refuses these in the browser.
    let coarse = endpoints.knows_fine == Some(false) || about::software(server).await == Software::Pixelfed;
    let wanted = if coarse { COARSE } else { FINE };
    let (app, scopes) = match register(server, name, redirect, wanted).await {
        Err(error) if wanted == FINE && refuses_scopes(&error) => {
            (register(server, name, redirect, COARSE).await?, COARSE)
        }
        app => (app?, wanted),
    };

    let state = URL_SAFE_NO_PAD.encode(drawn.state);
    let verifier = URL_SAFE_NO_PAD.encode(drawn.verifier);
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()));
    let mut url = Url::parse(&endpoints.authorization).map_err(|_| CallError::AddressRefused)?;
    // Servers that know no PKCE ignore the challenge, and the verifier later.
    url.query_pairs_mut()
        .append_pair("response_type", "code")
        .append_pair("client_id", &app.id)
        .append_pair("redirect_uri", redirect)
        .append_pair("scope", scopes)
        .append_pair("state", &state)
        .append_pair("code_challenge", &challenge)
        .append_pair("code_challenge_method", "S256");
    let kept = Kept {
        v: VERSION,
        origin: server.origin.to_owned(),
        token_endpoint: endpoints.token,
        issuer: endpoints.issuer,
        client_id: app.id,
        client_secret: app.secret,
        redirect: redirect.to_owned(),
        state: state.clone(),
        verifier,
    };
    let kept = serde_json::to_string(&kept).map_err(|_| CallError::Unsupported("browser"))?;
    Ok(Begun {
        url: url.into(),
        expects: state,
        kept: Secret::new(kept),
    })
}

/// The tokens, and when they end, if the server says so.
pub(super) async fn finish(
    server: &Server<'_>,
    begun: &Begun,
    came: &CameBack,
) -> Result<(Tokens, Option<Timestamp>), CallError> {
    let kept: Kept = serde_json::from_str(begun.kept.expose())
        .ok()
        .filter(|kept: &Kept| kept.v == VERSION && kept.origin == server.origin)
        .ok_or_else(differs)?;
    let code = code(&kept, came)?;
    let pairs = vec![
        ("grant_type", "authorization_code".to_owned()),
        ("code", code),
        ("client_id", kept.client_id.clone()),
        ("client_secret", kept.client_secret.clone()),
        ("redirect_uri", kept.redirect),
        ("code_verifier", kept.verifier),
    ];
    let reply = post(server, kept.token_endpoint, pairs).await?;
    if !reply.is_success() {
        return Err(oauth_error(&reply));
    }
    let unclear = CallError::Unclear {
        status: Some(reply.status),
    };
    let json = reply.json.ok_or(unclear.clone())?;
    let access_token = text(&json, "access_token").ok_or(unclear)?;
    let ends_at = json
        .get("expires_in")
        .and_then(Value::as_i64)
        .zip(reply.date)
        .and_then(|(seconds, now)| now.checked_add(SignedDuration::from_secs(seconds)).ok());
    let tokens = Tokens {
        access_token,
        client_id: Some(kept.client_id),
        client_secret: Some(kept.client_secret),
    };
    Ok((tokens, ends_at))
}

/// Only the app that a token was made for may end it, so one that was made elsewhere stays.
pub(super) async fn revoke(server: &Server<'_>, tokens: &Tokens) -> Result<(), CallError> {
    let (Some(id), Some(secret)) = (&tokens.client_id, &tokens.client_secret) else {
        return Err(CallError::Unsupported("revoke"));
    };
    let pairs = vec![
        ("client_id", id.clone()),
        ("client_secret", secret.clone()),
        ("token", tokens.access_token.clone()),
    ];
    let reply = post(server, server.url("/oauth/revoke"), pairs).await?;
    match reply.status {
        200..300 => Ok(()),
        404 | 405 | 501 => Err(CallError::Unsupported("revoke")),
        _ => Err(oauth_error(&reply)),
    }
}

struct Endpoints {
    authorization: String,
    token: String,
    issuer: Option<String>,
    /// Whether the server names the finer scopes among its own; `None`: it names none.
    knows_fine: Option<bool>,
}

/// What the server says of its sign-in, where it does (Mastodon from 4.3 on), else what all of them have.
async fn endpoints(server: &Server<'_>) -> Result<Endpoints, CallError> {
    let url = server.url("/.well-known/oauth-authorization-server");
    let said = match server.http.send(Call::get(url, server.options.call_limit)).await {
        Ok(reply) if reply.status == 200 => reply.json,
        Ok(_) | Err(Failure::Cut | Failure::Senseless { .. }) => None,
        Err(failure) => return Err(failure.into()),
    };
    let own = |url: &str| address::origin(url, true).as_deref() == Some(server.origin);
    // One that speaks for another server says nothing of this one.
    let said = said.filter(|said| text(said, "issuer").is_some_and(|issuer| own(&issuer)));
    let said = said.as_ref();
    let endpoint = |name: &str, usual: &str| {
        said.and_then(|said| text(said, name))
            .filter(|url| own(url))
            .unwrap_or_else(|| server.url(usual))
    };
    let scopes = said.and_then(|said| said.get("scopes_supported")?.as_array());
    let knows =
        |scope: &str| scopes.is_some_and(|scopes| scopes.iter().any(|known| known.as_str() == Some(scope)));
    Ok(Endpoints {
        authorization: endpoint("authorization_endpoint", "/oauth/authorize"),
        token: endpoint("token_endpoint", "/oauth/token"),
        issuer: said.and_then(|said| text(said, "issuer")),
        knows_fine: scopes.map(|_| FINE.split(' ').all(knows)),
    })
}

struct App {
    id: String,
    secret: String,
}

async fn register(server: &Server<'_>, name: &str, redirect: &str, scopes: &str) -> Result<App, CallError> {
    let pairs = vec![
        ("client_name", name.to_owned()),
        ("redirect_uris", redirect.to_owned()),
        ("scopes", scopes.to_owned()),
    ];
    let reply = post(server, server.url("/api/v1/apps"), pairs).await?;
    if !reply.is_success() {
        return Err(oauth_error(&reply));
    }
    let unclear = CallError::Unclear {
        status: Some(reply.status),
    };
    let made = reply.json.and_then(|json| {
        Some(App {
            id: text(&json, "client_id")?,
            secret: text(&json, "client_secret")?,
        })
    });
    made.ok_or(unclear)
}

fn refuses_scopes(error: &CallError) -> bool {
    match error {
        CallError::Refused {
            status: 400 | 422,
            code,
            words,
        } => code == "invalid_scope" || words.to_lowercase().contains("scope"),
        _ => false,
    }
}

/// The code that the browser came back with, if it came back from where it was sent to.
fn code(kept: &Kept, came: &CameBack) -> Result<String, CallError> {
    let (pairs, with_state) = match came {
        CameBack::Redirected(pairs) => (pairs.clone(), true),
        CameBack::Pasted(pasted) => {
            let pasted = pasted.expose().trim();
            match Url::parse(pasted) {
                // A page of the server's own, which shows the code, is not told the state.
                Ok(url) if url.has_host() => {
                    let pairs = url.query_pairs().into_owned().collect();
                    (pairs, kept.redirect != BY_HAND)
                }
                _ => (vec![("code".to_owned(), pasted.to_owned())], false),
            }
        }
    };
    let one = |name: &str| {
        let mut values = pairs.iter().filter(|(known, _)| known == name);
        match (values.next(), values.next()) {
            (value, None) => Ok(value.map(|(_, value)| value.as_str())),
            // Which of the two was meant nobody knows.
            (_, Some(_)) => Err(differs()),
        }
    };
    match one("state")? {
        Some(state) if oauth::same(state, &kept.state) => {}
        None if !with_state => {}
        _ => return Err(differs()),
    }
    if let Some(issuer) = one("iss")? {
        let same = match &kept.issuer {
            Some(known) => issuer == known,
            None => address::origin(issuer, true).as_ref() == Some(&kept.origin),
        };
        if !same {
            return Err(differs());
        }
    }
    if let Some(error) = one("error")? {
        let words = one("error_description")?.unwrap_or_default();
        return Err(refused(400, plain(error).unwrap_or("refused"), words));
    }
    match one("code")? {
        Some(code) if !code.is_empty() => Ok(code.to_owned()),
        _ => Err(refused(400, "no_code", "")),
    }
}

async fn post(
    server: &Server<'_>,
    url: String,
    pairs: Vec<(&'static str, String)>,
) -> Result<Reply, CallError> {
    let call = Call::post(url, Body::Pairs(pairs), server.options.call_limit)
        .header("Accept", "application/json".to_owned());
    Ok(server.http.send(call).await?)
}

/// OAuth's errors have codes of their own. A 401 is about the app here: `invalid_client`, and whoever begins again registers
/// another one.
fn oauth_error(reply: &Reply) -> CallError {
    if reply.status == 429 {
        return CallError::RateLimit {
            retry_after: reply.retry_after,
        };
    }
    let json = reply.json.as_ref().filter(|_| (400..500).contains(&reply.status));
    let Some((json, error)) = json.and_then(|json| Some((json, text(json, "error")?))) else {
        return CallError::Unclear {
            status: Some(reply.status),
        };
    };
    let words = text(json, "error_description").unwrap_or_else(|| error.clone());
    refused(reply.status, plain(&error).unwrap_or("refused"), &words)
}

fn differs() -> CallError {
    refused(400, "state_differs", "")
}

fn refused(status: u16, code: &str, words: &str) -> CallError {
    CallError::Refused {
        status,
        code: code.to_owned(),
        words: tame(words),
    }
}

/// A code, and no sentence.
fn plain(code: &str) -> Option<&str> {
    let is_plain = !code.is_empty() && code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    (is_plain && code.len() <= 40).then_some(code)
}

/// Ids are numbers on some servers.
fn text(json: &Value, name: &str) -> Option<String> {
    match json.get(name)? {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}
