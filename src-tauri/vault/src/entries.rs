//! Entries of any length, kept as keyring entries of at most 2,500 bytes (Windows ends at 2,560).
//!
//! A long value stands in chunks `NAME/a/1` to `NAME/a/n`, and `NAME` itself holds a header with their count
//! and digest. The next long value goes to `NAME/b/…`, the one after to `a` again. The header is written
//! last, so a crash at any point leaves the old value or the new one; chunks that no header names are
//! removed by the next write. Chunks end between characters: KWallet keeps nothing but UTF-8.

use kossori_engine::ports::VaultError;
use kossori_engine::secret::Secret;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::backend::{Drawer, Errand};

/// The longest value that one keyring entry is given, in bytes.
pub(crate) const MAX_BYTES: usize = 2_500;

/// What a header begins with. A short value that begins so is split all the same, to be told apart.
const MAGIC: &str = "kossori-split-1 ";
/// More chunks than this (10 MB) no header of ours names.
const MAX_CHUNKS: usize = 4_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Generation {
    A,
    B,
}

impl Generation {
    fn letter(self) -> &'static str {
        match self {
            Generation::A => "a",
            Generation::B => "b",
        }
    }

    fn other(self) -> Self {
        match self {
            Generation::A => Generation::B,
            Generation::B => Generation::A,
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
struct Header {
    generation: Generation,
    chunks: usize,
    digest: String,
}

impl Header {
    fn to_text(&self) -> String {
        format!(
            "{MAGIC}{} {} {}",
            self.generation.letter(),
            self.chunks,
            self.digest
        )
    }

    fn parse(text: &str) -> Option<Header> {
        let mut words = text.strip_prefix(MAGIC)?.split(' ');
        let generation = match words.next()? {
            "a" => Generation::A,
            "b" => Generation::B,
            _ => return None,
        };
        let chunks = words
            .next()?
            .parse()
            .ok()
            .filter(|chunks| (1..=MAX_CHUNKS).contains(chunks))?;
        let digest = words.next()?.to_owned();
        words.next().is_none().then_some(Header {
            generation,
            chunks,
            digest,
        })
    }
}

pub(crate) struct Entries<'a> {
    drawer: &'a dyn Drawer,
    errand: &'a Errand,
}

impl<'a> Entries<'a> {
    pub(crate) fn new(drawer: &'a dyn Drawer, errand: &'a Errand) -> Self {
        Entries { drawer, errand }
    }

    /// `Broken` when chunks are missing or do not match their digest.
    pub(crate) fn read(&self, name: &str) -> Result<Option<Secret>, VaultError> {
        let Some(first) = self.get(name)? else {
            return Ok(None);
        };
        if !first.expose().starts_with(MAGIC) {
            return Ok(Some(first));
        }
        let header = Header::parse(first.expose()).ok_or(VaultError::Broken)?;
        // The whole room at once: a text that grows leaves copies of itself behind.
        let mut whole = Zeroizing::new(String::with_capacity(header.chunks * MAX_BYTES));
        for number in 1..=header.chunks {
            let chunk = self
                .get(&chunk_name(name, header.generation, number))?
                .ok_or(VaultError::Broken)?;
            if chunk.expose().len() > MAX_BYTES {
                return Err(VaultError::Broken);
            }
            whole.push_str(chunk.expose());
        }
        if digest(&whole) != header.digest {
            return Err(VaultError::Broken);
        }
        Ok(Some(Secret::new(std::mem::take(&mut *whole))))
    }

    /// Answers when the value has been read back.
    pub(crate) fn write(&self, name: &str, secret: &Secret) -> Result<(), VaultError> {
        let text = secret.expose();
        let kept = if text.len() <= MAX_BYTES && !text.starts_with(MAGIC) {
            self.put(name, text)?;
            None
        } else {
            let before = self.get(name)?.and_then(|first| Header::parse(first.expose()));
            let generation = before.map_or(Generation::A, |header| header.generation.other());
            let mut chunks = 0;
            for chunk in split(text) {
                chunks += 1;
                self.put(&chunk_name(name, generation, chunks), chunk)?;
            }
            if chunks > MAX_CHUNKS {
                return Err(VaultError::Broken);
            }
            self.put(
                name,
                &Header {
                    generation,
                    chunks,
                    digest: digest(text),
                }
                .to_text(),
            )?;
            Some((generation, chunks))
        };
        match self.read(name)? {
            Some(back) if back.expose() == text => {}
            _ => return Err(VaultError::Broken),
        }
        // From here on the value is kept: what of the old one cannot be swept now, the next write sweeps.
        for generation in [Generation::A, Generation::B] {
            let first_stale = match kept {
                Some((kept, chunks)) if kept == generation => chunks + 1,
                _ => 1,
            };
            if self.sweep(name, generation, first_stale).is_err() {
                tracing::debug!("stale chunks of a keyring entry are left for the next write");
            }
        }
        Ok(())
    }

    pub(crate) fn remove(&self, name: &str) -> Result<(), VaultError> {
        self.errand.still_wanted()?;
        self.drawer.delete(name)?;
        self.sweep(name, Generation::A, 1)?;
        self.sweep(name, Generation::B, 1)
    }

    /// Deletes the chunks from `first` up. Last one first, so that a crash leaves no gap behind which a
    /// later sweep would miss the rest.
    fn sweep(&self, name: &str, generation: Generation, first: usize) -> Result<(), VaultError> {
        let mut end = first;
        while self.has(&chunk_name(name, generation, end))? {
            end += 1;
        }
        for number in (first..end).rev() {
            self.errand.still_wanted()?;
            self.drawer.delete(&chunk_name(name, generation, number))?;
        }
        Ok(())
    }

    fn get(&self, name: &str) -> Result<Option<Secret>, VaultError> {
        self.errand.still_wanted()?;
        let Some(mut bytes) = self.drawer.get(name)? else {
            return Ok(None);
        };
        match String::from_utf8(std::mem::take(&mut *bytes)) {
            Ok(text) => Ok(Some(Secret::new(text))),
            Err(error) => {
                drop(Zeroizing::new(error.into_bytes()));
                Err(VaultError::Broken)
            }
        }
    }

    fn put(&self, name: &str, value: &str) -> Result<(), VaultError> {
        self.errand.still_wanted()?;
        self.drawer.put(name, value.as_bytes())
    }

    fn has(&self, name: &str) -> Result<bool, VaultError> {
        self.errand.still_wanted()?;
        self.drawer.has(name)
    }
}

fn chunk_name(name: &str, generation: Generation, number: usize) -> String {
    format!("{name}/{}/{number}", generation.letter())
}

fn digest(text: &str) -> String {
    hex::encode(Sha256::digest(text.as_bytes()))
}

/// Pieces of at most `MAX_BYTES` that end between characters.
fn split(mut text: &str) -> impl Iterator<Item = &str> {
    std::iter::from_fn(move || {
        let (piece, rest) = text.split_at(text.floor_char_boundary(MAX_BYTES));
        text = rest;
        (!piece.is_empty()).then_some(piece)
    })
}

#[cfg(test)]
#[path = "entries_tests.rs"]
mod tests;
