//! Frozen records as JSON. Each adapter's is private to it and carries a version, so that an older program says
//! plainly that it cannot read what a newer one wrote, instead of sending something else.

use kossori_engine::ports::{CallError, Frozen};
use serde::Serialize;
use serde::de::DeserializeOwned;

pub(crate) fn write<T: Serialize>(record: &T) -> Result<Frozen, CallError> {
    let json = serde_json::to_string(record).map_err(|_| CallError::BadFrozen)?;
    Ok(Frozen(json.into()))
}

/// Reads a record of version `version` (its field `v`).
pub(crate) fn read<T: DeserializeOwned>(frozen: &Frozen, version: u64) -> Result<T, CallError> {
    let value: serde_json::Value = serde_json::from_str(&frozen.0).map_err(|_| CallError::BadFrozen)?;
    if value.get("v").and_then(serde_json::Value::as_u64) != Some(version) {
        return Err(CallError::BadFrozen);
    }
    serde_json::from_value(value).map_err(|_| CallError::BadFrozen)
}
