//! Wrong key or damaged file? SQLCipher says the same of both when the first page does not verify. But every
//! page carries a seal of its own (HMAC-SHA512 over its bytes, initialisation vector and number), made with
//! the key; one page with our seal proves that the key is right and the file is damaged.
//!
//! The format is SQLCipher 4's with its default settings: pages of 4,096 bytes with 80 reserved at the end
//! (16 of vector, 64 of seal), salt in the file's first 16 bytes, seal key = PBKDF2-HMAC-SHA512(key, salt with
//! each byte XOR 0x3a, 2 rounds, 32 bytes).

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use sha2::{Digest, Sha512};
use zeroize::Zeroizing;

use crate::key::DatabaseKey;

const PAGE: usize = 4096;
const SALT: usize = 16;
const SEAL: usize = 64;
const BLOCK: usize = 128;
/// Pages looked at, evenly over the file: enough for any damage short of all of it.
const LOOKS: u64 = 64;

/// Whether any page of the file was sealed with `key`. A file that cannot be read proves nothing.
pub(crate) fn any_page_is_ours(path: &Path, key: &DatabaseKey) -> bool {
    any_page(path, key, Some(LOOKS), |seal| seal == Seal::Ours).unwrap_or(false)
}

/// Whether any page of the file is neither sealed with `key` nor empty. Reads all of it.
pub(crate) fn any_page_is_spoilt(path: &Path, key: &DatabaseKey) -> bool {
    is_cut(path) || any_page(path, key, None, |seal| seal == Seal::Spoilt).unwrap_or(false)
}

/// Whether the file ends within a page: no database does, whatever its key.
pub(crate) fn is_cut(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|facts| facts.len() % PAGE as u64 != 0)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Seal {
    Ours,
    /// Nothing but zeros: a page that was never written.
    Empty,
    Spoilt,
}

fn any_page(
    path: &Path,
    key: &DatabaseKey,
    looks: Option<u64>,
    is_wanted: impl Fn(Seal) -> bool,
) -> std::io::Result<bool> {
    let mut file = File::open(path)?;
    let pages = file.metadata()?.len() / PAGE as u64;
    let mut salt = [0; SALT];
    file.read_exact(&mut salt)?;
    let seal_key = seal_key(key, salt);
    let stride = looks.map_or(1, |looks| (pages / looks).max(1));
    let mut page = vec![0; PAGE];
    let mut index = 0;
    while index < pages {
        file.seek(SeekFrom::Start(index * PAGE as u64))?;
        file.read_exact(&mut page)?;
        let number = u32::try_from(index + 1).unwrap_or(u32::MAX);
        if is_wanted(seal_of(&page, number, &seal_key)) {
            return Ok(true);
        }
        index += stride;
    }
    Ok(false)
}

fn seal_of(page: &[u8], number: u32, seal_key: &[u8; 32]) -> Seal {
    let from = if number == 1 { SALT } else { 0 };
    if hmac(seal_key, &[&page[from..PAGE - SEAL], &number.to_le_bytes()]) == page[PAGE - SEAL..] {
        Seal::Ours
    } else if page.iter().all(|byte| *byte == 0) {
        Seal::Empty
    } else {
        Seal::Spoilt
    }
}

fn seal_key(key: &DatabaseKey, salt: [u8; SALT]) -> Zeroizing<[u8; 32]> {
    let salt = salt.map(|byte| byte ^ 0x3a);
    let first = hmac(key.bytes(), &[&salt, &1_u32.to_be_bytes()]);
    let second = hmac(key.bytes(), &[&first]);
    let mut out = Zeroizing::new([0; 32]);
    for (out, (first, second)) in out.iter_mut().zip(first.iter().zip(&second)) {
        *out = first ^ second;
    }
    out
}

/// HMAC-SHA512 (RFC 2104); `key` is never longer than a block here.
fn hmac(key: &[u8], parts: &[&[u8]]) -> [u8; SEAL] {
    let mut inner = Zeroizing::new([0x36_u8; BLOCK]);
    let mut outer = Zeroizing::new([0x5c_u8; BLOCK]);
    for (index, byte) in key.iter().enumerate() {
        inner[index] ^= byte;
        outer[index] ^= byte;
    }
    let mut hash = Sha512::new_with_prefix(*inner);
    for part in parts {
        hash.update(part);
    }
    Sha512::new_with_prefix(*outer)
        .chain_update(hash.finalize())
        .finalize()
        .into()
}
