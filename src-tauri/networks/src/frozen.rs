//! Frozen records as JSON. Each adapter's is private to it and carries a version, so that an older program says
//! plainly that it cannot read what a newer one wrote, instead of sending something else.

use kossori_engine::ports::{CallError, Frozen, Outgoing};
use serde::Serialize;
use serde::de::DeserializeOwned;

pub(crate) fn write<T: Serialize>(record: &T) -> Result<Frozen, CallError> {
    let json = serde_json::to_string(record).map_err(|_| CallError::BadFrozen)?;
    Ok(Frozen(json.into()))
}

/// The newest that is written and read here.
const VERSION: u64 = 2;

/// What a record of `outgoing` says of itself (its field `v`): 2 if it quotes or reposts, which a program that knows version 1
/// alone would leave out without a word.
pub(crate) fn version(outgoing: &Outgoing) -> u64 {
    if outgoing.quote.is_some() || outgoing.repost.is_some() {
        VERSION
    } else {
        1
    }
}

/// Reads a record of any version that is known.
pub(crate) fn read<T: DeserializeOwned>(frozen: &Frozen) -> Result<T, CallError> {
    let value: serde_json::Value = serde_json::from_str(&frozen.0).map_err(|_| CallError::BadFrozen)?;
    let version = value.get("v").and_then(serde_json::Value::as_u64);
    if !version.is_some_and(|version| (1..=VERSION).contains(&version)) {
        return Err(CallError::BadFrozen);
    }
    serde_json::from_value(value).map_err(|_| CallError::BadFrozen)
}
