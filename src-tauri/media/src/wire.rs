//! What goes over the pipes between the program and its picture worker: once there, once back.
//!
//! Each way: four bytes with the length of a JSON header (little endian), the header, then the bytes it announces.

use kossori_engine::ports::{MediaError, PictureBounds};
use serde::{Deserialize, Serialize};

/// Longer headers are not ours.
pub(crate) const MAX_HEADER_BYTES: u32 = 4096;

#[derive(Serialize, Deserialize)]
pub(crate) struct Request {
    pub(crate) bounds: PictureBounds,
    pub(crate) length: u64,
    /// What a worker or a program of before an update does not name is false.
    #[serde(default)]
    pub(crate) thumb: bool,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Answer {
    Picture {
        mime: String,
        width: u32,
        height: u32,
        length: u64,
        #[serde(default)]
        removed: bool,
    },
    Error(MediaError),
}

pub(crate) fn header<T: Serialize>(header: &T) -> serde_json::Result<Vec<u8>> {
    let json = serde_json::to_vec(header)?;
    let mut framed = (json.len() as u32).to_le_bytes().to_vec();
    framed.extend(json);
    Ok(framed)
}
