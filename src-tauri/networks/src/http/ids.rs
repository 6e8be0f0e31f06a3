//! Ids that servers name, before they become a part of an address.

use kossori_engine::ports::CallError;

/// Longer than any network's.
const MOST: usize = 128;

/// The id, if it can be a part of a path or a query as it is. A server that names another one, `../../oauth/revoke` or `1?x=`,
/// would choose what is called with the account's token.
pub(crate) fn plain_id(id: &str) -> Result<&str, CallError> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    if (1..=MOST).contains(&id.len()) && id.bytes().all(plain) {
        Ok(id)
    } else {
        Err(CallError::Unclear { status: Some(200) })
    }
}
