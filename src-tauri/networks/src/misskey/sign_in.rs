//! Signing in: with a token that was made in the server's settings, or by MiAuth (NETWORKS.md 4.1), which needs no
//! registration: the person allows a session in the browser, and the server gives its token to who asks for it, once.

use jiff::Timestamp;
use kossori_engine::ports::{Begun, CallError, CameBack, Drawn, SignIn, SignedIn};
use kossori_engine::secret::Secret;
use reqwest::Url;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Server, Tokens, about, parsed, wire};
use crate::http::{address, plain_id};
use crate::oauth;
use crate::refusal::tame_handle;

const PERMISSIONS: &str = "write:notes,write:drive,read:account";

/// What `finish` needs to know. The session's name is a secret until its token was fetched.
#[derive(Serialize, Deserialize)]
struct Kept {
    session: String,
}

pub(super) fn origin(sign_in: &SignIn) -> Result<String, CallError> {
    let typed = sign_in
        .server
        .as_deref()
        .ok_or(CallError::Unsupported("no_server"))?;
    address::origin(typed, sign_in.local_server).ok_or(CallError::AddressRefused)
}

/// One line with the token, or what a sign-in elsewhere answered, as JSON.
pub(super) fn given_token(given: &str) -> String {
    match serde_json::from_str::<Tokens>(given) {
        Ok(tokens) => tokens.token,
        Err(_) => given.trim().to_owned(),
    }
}

pub(super) async fn with_token(server: &Server<'_>) -> Result<SignedIn, CallError> {
    let token = server.token.clone().ok_or(CallError::Unsupported("no_token"))?;
    let (me, _) = me(server).await?;
    let about = about::about(server).await?;
    let tokens = serde_json::to_string(&Tokens { token }).map_err(|_| CallError::Unsupported("token"))?;
    Ok(SignedIn {
        server: server.origin.to_owned(),
        handle: full_handle(&me, server.origin),
        author_id: me.id,
        tokens: Secret::new(tokens),
        session_ends_at: None,
        about,
    })
}

pub(super) async fn me(server: &Server<'_>) -> Result<(wire::User, Option<Timestamp>), CallError> {
    let reply = server.reply("i", json!({})).await?;
    let date = reply.date;
    let me: wire::User = parsed(reply)?;
    if plain_id(&me.id).is_err() || me.username.is_empty() {
        return Err(CallError::Unclear { status: Some(200) });
    }
    Ok((me, date))
}

/// The server leaves its own domain out.
pub(super) fn full_handle(me: &wire::User, origin: &str) -> String {
    let host = origin.split_once("://").map_or(origin, |(_, host)| host);
    tame_handle(&format!("{}@{host}", me.username))
}

pub(super) async fn begin(
    server: &Server<'_>,
    redirect: Option<&str>,
    drawn: &Drawn,
) -> Result<Begun, CallError> {
    // The browser would show a page of something else, and nobody here would ever hear of it.
    about::about(server).await?;
    let session = session_name(&drawn.verifier);
    let mut pairs = vec![
        ("name", server.options.client_name.as_str()),
        ("permission", PERMISSIONS),
    ];
    if let Some(redirect) = redirect {
        pairs.push(("callback", redirect));
    }
    let url = Url::parse_with_params(&format!("{}/miauth/{session}", server.origin), pairs)
        .map_err(|_| CallError::AddressRefused)?;
    let expects = session.clone();
    let kept = serde_json::to_string(&Kept { session }).map_err(|_| CallError::Unsupported("browser"))?;
    Ok(Begun {
        url: url.into(),
        expects,
        kept: Secret::new(kept),
    })
}

/// The token of the session that was begun, if the person allowed it. It is given out once.
pub(super) async fn checked(
    server: &Server<'_>,
    begun: &Begun,
    came: &CameBack,
) -> Result<String, CallError> {
    let kept: Kept =
        serde_json::from_str(begun.kept.expose()).map_err(|_| CallError::Unsupported("browser"))?;
    let named = match came {
        CameBack::Redirected(pairs) => Some(session_of(pairs.iter().map(|(name, value)| (name, value)))),
        // Whatever was pasted, the server knows whether the session was allowed; another session's address is told.
        CameBack::Pasted(pasted) => Url::parse(pasted.expose().trim()).ok().and_then(|url| {
            let pairs: Vec<(String, String)> = url.query_pairs().into_owned().collect();
            session_of(pairs.iter().map(|(name, value)| (name, value))).map(Some)
        }),
    };
    if let Some(named) = named
        && !named.is_some_and(|named| oauth::same(&named, &kept.session))
    {
        return Err(refused("state_differs"));
    }
    let answer: wire::Checked = server
        .ask(&format!("miauth/{}/check", kept.session), json!({}))
        .await?;
    match answer.token.filter(|token| !token.is_empty()) {
        _ if !answer.ok => Err(refused("access_denied")),
        Some(token) => Ok(token),
        None => Err(CallError::Unclear { status: Some(200) }),
    }
}

fn session_of<'a>(mut pairs: impl Iterator<Item = (&'a String, &'a String)>) -> Option<String> {
    pairs
        .find(|(name, _)| *name == "session")
        .map(|(_, value)| value.clone())
}

fn refused(code: &str) -> CallError {
    CallError::Refused {
        status: 403,
        code: code.to_owned(),
        words: String::new(),
    }
}

/// A UUID of version 4, of the first 16 bytes that were drawn.
fn session_name(drawn: &[u8; 32]) -> String {
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&drawn[..16]);
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    let digits = hex::encode(bytes);
    format!(
        "{}-{}-{}-{}-{}",
        &digits[..8],
        &digits[8..12],
        &digits[12..16],
        &digits[16..20],
        &digits[20..]
    )
}
