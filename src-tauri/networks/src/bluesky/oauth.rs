//! Signing in by browser (NETWORKS.md 2.1; atproto's OAuth profile): as the loopback client, which needs no registration, with
//! the request pushed first, PKCE, and tokens bound to a key of the session's own.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use kossori_core::network::Network;
use kossori_engine::ports::{Begun, CallError, CameBack, Drawn, SignIn};
use kossori_engine::secret::Secret;
use reqwest::Url;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::dpop::{Key, Proofs};
use super::session::{Bound, Tokens};
use super::xrpc::Pds;
use super::{ENTRYWAY, authority, identity};
use crate::Options;
use crate::http::{Body, Call, Http, Reply, address};
use crate::oauth::{self, refused};
use crate::refusal::{self, ApiError, tame};

/// As little as posting needs: posts of one's own, and pictures for them.
const SCOPE: &str = "atproto repo:app.bsky.feed.post repo:app.bsky.feed.repost blob:image/*";
/// For servers from before there were single permissions.
const SCOPE_BEFORE: &str = "atproto transition:generic";
/// Where the loopback client may come back to, on any port.
const REDIRECT: &str = "http://127.0.0.1/";

/// What has to be known again when the person comes back.
#[derive(Serialize, Deserialize)]
struct Kept {
    did: String,
    pds: String,
    issuer: String,
    token_endpoint: String,
    revocation_endpoint: Option<String>,
    client_id: String,
    redirect: String,
    state: String,
    verifier: String,
    key: Key,
}

/// Signed in, and not looked at yet: whom the tokens speak for.
pub(super) struct Granted {
    pub tokens: Tokens,
    pub did: String,
    /// The account's own server.
    pub pds: String,
}

#[derive(Deserialize)]
struct TokenAnswer {
    access_token: String,
    token_type: String,
    refresh_token: String,
    scope: String,
    sub: String,
    /// In seconds. Unsaid, it counts as over, and is renewed when it is needed next.
    #[serde(default)]
    expires_in: i64,
}

#[derive(Deserialize)]
struct Pushed {
    request_uri: String,
}

/// Where tokens are given, and by whose calls.
struct Desk<'a> {
    http: &'a Http,
    proofs: &'a Proofs,
    options: &'a Options,
    key: &'a Key,
}

impl Desk<'_> {
    async fn ask(&self, url: &str, pairs: Vec<(&'static str, String)>) -> Result<Reply, CallError> {
        // What it says of limits is its own, and nothing of posts, even where it is the same server.
        let call = Call::post(url.to_owned(), Body::Pairs(pairs), self.options.call_limit).apart();
        Ok(self.proofs.send(self.http, call, self.key, None).await?)
    }

    async fn revoke(&self, bound: &Bound, token: &str) -> Result<(), CallError> {
        let url = bound.revocation_endpoint.as_deref();
        let url = url.ok_or(CallError::Unsupported("revoke"))?;
        let pairs = vec![
            ("token", token.to_owned()),
            ("client_id", bound.client_id.clone()),
        ];
        let reply = self.ask(url, pairs).await?;
        match reply.status {
            200 => Ok(()),
            _ => Err(refusal::call_error(&reply, error_of(&reply))),
        }
    }
}

/// `http`: of nobody yet.
pub(super) async fn begin(
    http: &Http,
    proofs: &Proofs,
    options: &Options,
    sign_in: &SignIn,
    redirect: Option<&str>,
    drawn: &Drawn,
) -> Result<Begun, CallError> {
    let redirect = redirect.ok_or(CallError::Unsupported("no_redirect"))?;
    let typed = sign_in.server.as_deref().unwrap_or(ENTRYWAY);
    let origin = address::origin(typed, sign_in.local_server).ok_or(CallError::AddressRefused)?;
    let asked = Pds {
        http: http.clone(),
        origin: &origin,
        options,
        proofs,
    };
    // Signed in again, it is the same account, whatever it is called by now.
    let before = sign_in
        .kept
        .as_ref()
        .and_then(|old| Tokens::read(old).ok()?.did());
    let name = before.or_else(|| {
        let handle = sign_in.handle.as_deref()?.trim().trim_start_matches('@');
        (!handle.is_empty()).then(|| handle.to_owned())
    });
    let name = name.ok_or(CallError::Unsupported("no_handle"))?;
    let whose = identity::find(&asked, sign_in.plc.as_deref(), &name, sign_in.local_server).await?;
    let authority = authority::of(&asked, &whose.pds, sign_in.local_server).await?;

    let key = Key::of(&drawn.verifier).ok_or(CallError::Unsupported("key"))?;
    // The server learns the verifier, so it is not what the key is made of, but another child of it.
    let verifier = Sha256::new()
        .chain_update(b"kossori pkce verifier")
        .chain_update(drawn.verifier)
        .finalize();
    let desk = Desk {
        http,
        proofs,
        options,
        key: &key,
    };
    let mut kept = Kept {
        client_id: String::new(),
        did: whose.did,
        pds: whose.pds,
        issuer: authority.issuer,
        token_endpoint: authority.token_endpoint,
        revocation_endpoint: authority.revocation_endpoint,
        redirect: redirect.to_owned(),
        state: oauth::state(drawn),
        verifier: URL_SAFE_NO_PAD.encode(verifier),
        key: key.clone(),
    };
    let pushed_to = authority.pushed_authorization_request_endpoint;
    let pushed = match push(&desk, &mut kept, &pushed_to, &whose.handle, SCOPE).await {
        Err(CallError::Refused { code, .. }) if code == "invalid_scope" => {
            push(&desk, &mut kept, &pushed_to, &whose.handle, SCOPE_BEFORE).await?
        }
        pushed => pushed?,
    };
    let url = oauth::with_query(
        &authority.authorization_endpoint,
        &[
            ("client_id", kept.client_id.as_str()),
            ("request_uri", pushed.request_uri.as_str()),
        ],
    )?;
    let written = serde_json::to_string(&kept).map_err(|_| CallError::Unsupported("kept"))?;
    Ok(Begun {
        expects: kept.state,
        url,
        kept: Secret::new(written),
    })
}

async fn push(
    desk: &Desk<'_>,
    kept: &mut Kept,
    url: &str,
    handle: &str,
    scope: &str,
) -> Result<Pushed, CallError> {
    kept.client_id = client_id(scope)?;
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(kept.verifier.as_bytes()));
    let pairs = vec![
        ("response_type", "code".to_owned()),
        ("client_id", kept.client_id.clone()),
        ("redirect_uri", kept.redirect.clone()),
        ("scope", scope.to_owned()),
        ("state", kept.state.clone()),
        ("code_challenge", challenge),
        ("code_challenge_method", "S256".to_owned()),
        ("login_hint", handle.to_owned()),
    ];
    let reply = desk.ask(url, pairs).await?;
    if !reply.is_success() {
        return Err(refusal::call_error(&reply, error_of(&reply)));
    }
    parsed(reply)
}

/// The same for every sign-in of every person: its port is not part of it, nor is anything else that could tell two apart.
fn client_id(scope: &str) -> Result<String, CallError> {
    let url = oauth::with_query(
        "http://localhost/",
        &[("redirect_uri", REDIRECT), ("scope", scope)],
    )?;
    let query = url.split_once('?').map(|(_, query)| query).unwrap_or_default();
    Ok(format!("http://localhost?{query}"))
}

pub(super) async fn finish(
    http: &Http,
    proofs: &Proofs,
    options: &Options,
    begun: &Begun,
    came: &CameBack,
) -> Result<Granted, CallError> {
    let kept: Kept = serde_json::from_str(begun.kept.expose()).map_err(|_| CallError::Unsupported("kept"))?;
    let code = code(came, &kept)?;
    let pairs = vec![
        ("grant_type", "authorization_code".to_owned()),
        ("code", code),
        ("redirect_uri", kept.redirect),
        ("client_id", kept.client_id.clone()),
        ("code_verifier", kept.verifier),
    ];
    let desk = Desk {
        http,
        proofs,
        options,
        key: &kept.key,
    };
    let reply = desk.ask(&kept.token_endpoint, pairs).await?;
    let error = error_of(&reply).filter(|_| matches!(reply.status, 400 | 401 | 403));
    if let Some(error) = error {
        return Err(CallError::Refused {
            status: reply.status,
            code: error.code,
            words: tame(&error.words),
        });
    }
    let answer: TokenAnswer = granted(reply)?;
    let now = proofs.now();
    let mut bound = Bound {
        key: kept.key.clone(),
        did: kept.did.clone(),
        client_id: kept.client_id,
        token_endpoint: kept.token_endpoint,
        revocation_endpoint: kept.revocation_endpoint,
        access_ends_at: 0,
        // A public client's session ends then, whatever is done with it.
        session_ends_at: after(now, lasts()),
    };
    let wrong = if answer.sub != kept.did {
        // Somebody else was signed in on the page. Nobody else's session is kept, nor left behind.
        Some("other_account")
    } else if !may_post(&answer.scope) {
        Some("not_granted")
    } else {
        None
    };
    if let Some(code) = wrong {
        let _ = desk.revoke(&bound, &answer.refresh_token).await;
        return Err(refused(code, ""));
    }
    bound.access_ends_at = after(now, SignedDuration::from_secs(answer.expires_in));
    Ok(Granted {
        did: kept.did,
        pds: kept.pds,
        tokens: Tokens {
            access: answer.access_token,
            refresh: answer.refresh_token,
            bound: Some(bound),
        },
    })
}

/// The answer is this sign-in's, of this authority (RFC 9207), or it is not looked at.
fn code(came: &CameBack, kept: &Kept) -> Result<String, CallError> {
    let pairs = match came {
        CameBack::Redirected(pairs) => pairs.clone(),
        // The address that the browser ended at.
        CameBack::Pasted(address) => Url::parse(address.expose().trim())
            .map(|url| url.query_pairs().into_owned().collect())
            .map_err(|_| refused("no_code", ""))?,
    };
    let mut issuers = pairs.iter().filter(|(name, _)| name == "iss");
    let issuer = issuers.next().map(|(_, issuer)| issuer.clone());
    if issuer.as_ref() != Some(&kept.issuer) || issuers.next().is_some() {
        return Err(refused("state_differs", ""));
    }
    oauth::code(&CameBack::Redirected(pairs), &kept.state)
}

/// One refresh. The refresh token is good for one time: a server that sees it twice ends the session.
pub(super) async fn refresh(
    http: &Http,
    proofs: &Proofs,
    options: &Options,
    old: &Tokens,
    bound: &Bound,
) -> Result<Tokens, CallError> {
    let desk = Desk {
        http,
        proofs,
        options,
        key: &bound.key,
    };
    let pairs = vec![
        ("grant_type", "refresh_token".to_owned()),
        ("refresh_token", old.refresh.clone()),
        ("client_id", bound.client_id.clone()),
    ];
    let reply = desk.ask(&bound.token_endpoint, pairs).await?;
    let error = error_of(&reply).filter(|_| matches!(reply.status, 400 | 401));
    if let Some(error) = error {
        // Anything else, such as a clock that is wrong, is not mended by signing in again.
        let ended = matches!(
            error.code.as_str(),
            "invalid_grant" | "invalid_client" | "unauthorized_client" | "invalid_token"
        );
        let (status, code, words) = (reply.status, error.code, tame(&error.words));
        return Err(match ended {
            true => CallError::Token { code, words },
            false => CallError::Refused { status, code, words },
        });
    }
    let answer: TokenAnswer = granted(reply)?;
    if answer.sub != bound.did || !may_post(&answer.scope) {
        return Err(CallError::Token {
            code: "other_account".to_owned(),
            words: String::new(),
        });
    }
    let ends_in = SignedDuration::from_secs(answer.expires_in);
    Ok(Tokens {
        access: answer.access_token,
        refresh: answer.refresh_token,
        bound: Some(Bound {
            access_ends_at: after(proofs.now(), ends_in),
            ..bound.clone()
        }),
    })
}

/// The whole session, by its refresh token.
pub(super) async fn revoke(
    http: &Http,
    proofs: &Proofs,
    options: &Options,
    tokens: &Tokens,
    bound: &Bound,
) -> Result<(), CallError> {
    let desk = Desk {
        http,
        proofs,
        options,
        key: &bound.key,
    };
    desk.revoke(bound, &tokens.refresh).await
}

fn granted(reply: Reply) -> Result<TokenAnswer, CallError> {
    if reply.status != 200 {
        return Err(refusal::call_error(&reply, error_of(&reply)));
    }
    let answer: TokenAnswer = parsed(reply)?;
    // One that is not bound would be anybody's who sees it.
    let whole = answer.token_type.eq_ignore_ascii_case("dpop")
        && !answer.access_token.is_empty()
        && !answer.refresh_token.is_empty();
    whole
        .then_some(answer)
        .ok_or(CallError::Unclear { status: Some(200) })
}

/// What was asked for may be given in part, or left out by a server that does not know it.
fn may_post(scope: &str) -> bool {
    let has = |wanted: &str| scope.split(' ').any(|one| one == wanted);
    has("atproto") && (has("transition:generic") || SCOPE.split(' ').all(has))
}

fn lasts() -> SignedDuration {
    let days = Network::Bluesky.sign_in().lasts_days_by_browser;
    SignedDuration::from_hours(24 * i64::from(days.unwrap_or_default()))
}

fn after(now: Timestamp, span: SignedDuration) -> i64 {
    now.saturating_add(span).unwrap_or(now).as_second()
}

fn parsed<T: serde::de::DeserializeOwned>(reply: Reply) -> Result<T, CallError> {
    let senseless = CallError::Unclear {
        status: Some(reply.status),
    };
    let json = reply.json.and_then(|json| serde_json::from_value(json).ok());
    json.ok_or(senseless)
}

/// `{"error": code, "error_description": words}`.
fn error_of(reply: &Reply) -> Option<ApiError> {
    let json = reply.json.as_ref()?;
    let words = json.get("error_description").and_then(Value::as_str);
    Some(ApiError {
        code: json.get("error")?.as_str()?.to_owned(),
        words: words.unwrap_or_default().to_owned(),
        token: false,
        duplicate: false,
    })
}
