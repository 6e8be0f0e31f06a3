//! Who a handle belongs to and where that account lives: handle → DID → its document → its server (NETWORKS.md 2.1).

use kossori_engine::ports::CallError;
use serde_json::Value;

use super::xrpc::Pds;
use super::{PLC, post_at, session};
use crate::http::address;
use crate::oauth::refused;

/// An account that its own document knows.
pub(super) struct Identity {
    pub did: String,
    pub handle: String,
    /// The origin of its own server.
    pub pds: String,
}

/// `pds`: whoever is asked whose the handle is. It is not believed: the document of the DID has to name the handle too.
///
/// # Errors
/// `handle_not_found` where nobody has it, or the one who is named does not say so.
pub(super) async fn find(
    pds: &Pds<'_>,
    plc: Option<&str>,
    typed: &str,
    local: bool,
) -> Result<Identity, CallError> {
    let did = match typed.starts_with("did:") {
        true => Some(typed.to_owned()),
        false => post_at::resolve(pds, &typed.to_lowercase()).await?,
    };
    let did = did.ok_or_else(not_found)?;
    let document = document(pds, plc, &did).await?.ok_or_else(not_found)?;
    let handle =
        handles(&document).find(|handle| typed.starts_with("did:") || handle.eq_ignore_ascii_case(typed));
    let handle = handle.ok_or_else(not_found)?.to_owned();
    let endpoint = session::pds_of(&document).ok_or_else(not_found)?;
    let pds = address::origin(&endpoint, local).ok_or(CallError::AddressRefused)?;
    Ok(Identity { did, handle, pds })
}

/// `None`: whoever keeps it does not have it, or it is somebody else's.
pub(super) async fn document(
    pds: &Pds<'_>,
    plc: Option<&str>,
    did: &str,
) -> Result<Option<Value>, CallError> {
    let Some(url) = place_of(plc, did) else {
        return Ok(None);
    };
    let document: Value = match pds.get(url, None).await {
        // A plain no. The directory's errors are no XRPC errors. What else is said may be said otherwise a moment later.
        Err(
            CallError::Refused { .. }
            | CallError::Unclear {
                status: Some(400..=499),
            },
        ) => return Ok(None),
        answer => answer?.parsed()?,
    };
    Ok(Some(document).filter(|document| document.get("id").and_then(Value::as_str) == Some(did)))
}

/// Where a DID's document is. `None`: it is none of the two kinds that there are.
fn place_of(plc: Option<&str>, did: &str) -> Option<String> {
    let is_plain = |text: &str, more: &[u8]| {
        let known = |byte: u8| byte.is_ascii_alphanumeric() || more.contains(&byte);
        !text.is_empty() && text.bytes().all(known)
    };
    if let Some(host) = did.strip_prefix("did:web:") {
        return is_plain(host, b".-").then(|| format!("https://{host}/.well-known/did.json"));
    }
    let name = did.strip_prefix("did:plc:")?;
    let directory = plc.unwrap_or(PLC).trim_end_matches('/');
    is_plain(name, b"").then(|| format!("{directory}/{did}"))
}

fn handles(document: &Value) -> impl Iterator<Item = &str> {
    let names = document.get("alsoKnownAs").and_then(Value::as_array);
    names
        .into_iter()
        .flatten()
        .filter_map(|name| name.as_str()?.strip_prefix("at://"))
}

fn not_found() -> CallError {
    refused("handle_not_found", "")
}

#[cfg(test)]
mod tests {
    use super::place_of;

    #[test]
    fn where_documents_are() {
        for (plc, did, expected) in [
            (
                None,
                "did:plc:abc234",
                Some("https://plc.directory/did:plc:abc234"),
            ),
            (
                Some("http://127.0.0.1:9/"),
                "did:plc:abc",
                Some("http://127.0.0.1:9/did:plc:abc"),
            ),
            (
                None,
                "did:web:me.example.com",
                Some("https://me.example.com/.well-known/did.json"),
            ),
            (None, "did:web:127.0.0.1%3A8080", None),
            (None, "did:web:me.example/..", None),
            (None, "did:web:", None),
            (None, "did:plc:../x", None),
            (None, "did:plc:", None),
            (None, "did:plc:a?b", None),
            (None, "did:web:me@10.0.0.1", None),
            (None, "did:web:a.example#", None),
            (None, "did:web:a.example%2Fx", None),
            (None, "did:web:a.example:443", None),
            (None, "https://evil.example", None),
            (None, "", None),
            (None, "did:key:zabc", None),
            (None, "alice.test", None),
        ] {
            assert_eq!(place_of(plc, did).as_deref(), expected, "{did}");
        }
    }
}
