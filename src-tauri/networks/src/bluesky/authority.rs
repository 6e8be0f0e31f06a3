//! Who may speak for an account's server: it names one authority, and that one has to say of itself that it is this (RFC 9728,
//! RFC 8414; NETWORKS.md 2.1).

use kossori_engine::ports::CallError;
use serde::Deserialize;

use super::xrpc::Pds;
use crate::http::address;
use crate::oauth::refused;

#[derive(Deserialize)]
struct Resource {
    #[serde(default)]
    resource: Option<String>,
    authorization_servers: Vec<String>,
}

/// What an authority says of itself, as far as it is needed.
#[derive(Deserialize)]
pub(super) struct Authority {
    pub issuer: String,
    pub authorization_endpoint: String,
    pub token_endpoint: String,
    pub pushed_authorization_request_endpoint: String,
    #[serde(default)]
    pub revocation_endpoint: Option<String>,
    #[serde(default)]
    code_challenge_methods_supported: Vec<String>,
    #[serde(default)]
    dpop_signing_alg_values_supported: Vec<String>,
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
    #[serde(default)]
    protected_resources: Option<Vec<String>>,
}

/// The authority of the server at `origin`, asked there and then at itself.
///
/// # Errors
/// `issuer_differs` where one does not say what the other does; `Unclear` where either is not of this kind.
pub(super) async fn of(pds: &Pds<'_>, origin: &str, local: bool) -> Result<Authority, CallError> {
    let senseless = || CallError::Unclear { status: Some(200) };
    let at = format!("{origin}/.well-known/oauth-protected-resource");
    let server: Resource = pds.get(at, None).await?.parsed()?;
    if server.resource.is_some_and(|named| !is_origin(&named, origin)) {
        return Err(differs());
    }
    let [issuer] = &server.authorization_servers[..] else {
        return Err(senseless());
    };
    // An origin and nothing else: what would come after it is looked for at another place.
    let issuer_origin = address::origin(issuer, local).ok_or(CallError::AddressRefused)?;
    if !is_origin(issuer, &issuer_origin) {
        return Err(senseless());
    }
    let at = format!("{issuer_origin}/.well-known/oauth-authorization-server");
    let authority: Authority = pds.get(at, None).await?.parsed()?;
    if authority.issuer != issuer_origin {
        return Err(differs());
    }
    // Not every authority lists them; one that does has to know this server.
    let listed = authority.protected_resources.as_deref();
    if listed.is_some_and(|all| !all.iter().any(|one| is_origin(one, origin))) {
        return Err(differs());
    }
    let has = |all: &[String], one: &str| all.iter().any(|known| known == one);
    let fits = authority.authorization_response_iss_parameter_supported
        && has(&authority.code_challenge_methods_supported, "S256")
        && has(&authority.dpop_signing_alg_values_supported, "ES256");
    if !fits {
        return Err(senseless());
    }
    // The browser opens it, where nothing of ours looks at the address again.
    if address::allowed(&authority.authorization_endpoint, local).is_none() {
        return Err(CallError::AddressRefused);
    }
    Ok(authority)
}

fn is_origin(text: &str, origin: &str) -> bool {
    text.strip_suffix('/').unwrap_or(text) == origin
}

fn differs() -> CallError {
    refused("issuer_differs", "")
}
