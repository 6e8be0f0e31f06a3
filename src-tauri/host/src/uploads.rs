//! Pasted pictures on their way in, piece by piece: bounded, in order, and gone with their connection or when nothing
//! more comes. They are the host's because they belong to a connection; what becomes of them is the engine's.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use kossori_api::{Code, Problem};
use kossori_engine::ports::MAX_FILE_BYTES;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;

use crate::in_hand::{Hand, InHand};

/// At once, whoever sends them: a person has one clipboard.
const UPLOADS: usize = 4;
/// Of all of them together: one of the largest.
const BYTES: usize = MAX_FILE_BYTES as usize;
/// Without a piece for so long, the rest will not come.
const PATIENCE: Duration = Duration::from_secs(120);

/// A connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Guest(pub u64);

impl Guest {
    /// No connection has this number.
    pub const OURSELVES: Guest = Guest(0);
}

/// The right to hold so many bytes, given back when dropped.
pub struct Room(#[expect(dead_code, reason = "it is there to be dropped")] OwnedSemaphorePermit);

pub struct Uploads {
    coming: Arc<Mutex<Coming>>,
    room: Arc<Semaphore>,
    in_hand: InHand,
}

type Coming = HashMap<String, Upload>;

struct Upload {
    guest: Guest,
    /// Takes no memory before it is filled.
    bytes: Vec<u8>,
    length: usize,
    room: Room,
    /// Waits for [`PATIENCE`], and is ended when this is dropped.
    patience: JoinSet<()>,
    _in_hand: Hand,
}

impl Uploads {
    pub fn new(in_hand: &InHand) -> Uploads {
        Uploads {
            coming: Arc::default(),
            room: Arc::new(Semaphore::new(BYTES)),
            in_hand: in_hand.clone(),
        }
    }

    /// # Errors
    /// `picture_too_large`; `uploads_full` while others are on their way.
    pub fn begin(&self, guest: Guest, id: String, bytes: u64) -> Result<String, Problem> {
        let length = usize::try_from(bytes)
            .ok()
            .filter(|length| *length <= BYTES)
            .ok_or_else(|| Problem::new(Code::PictureTooLarge))?;
        let full = || Problem::new(Code::UploadsFull);
        let mut coming = self.coming();
        if coming.len() >= UPLOADS {
            return Err(full());
        }
        // `length` fits: it is at most BYTES.
        let room = Arc::clone(&self.room).try_acquire_many_owned(length as u32);
        let upload = Upload {
            guest,
            bytes: Vec::with_capacity(length),
            length,
            room: Room(room.map_err(|_| full())?),
            patience: self.patience(&id),
            _in_hand: self.in_hand.take(),
        };
        coming.insert(id.clone(), upload);
        Ok(id)
    }

    /// `piece`: `None` if it could not be read at all.
    ///
    /// # Errors
    /// `upload_broken` for what does not go on where the last piece ended, and the upload is gone: a picture with a
    /// hole is none.
    pub fn add(&self, guest: Guest, id: &str, at: u64, piece: Option<Vec<u8>>) -> Result<(), Problem> {
        let mut coming = self.coming();
        let upload = coming
            .get_mut(id)
            .filter(|upload| upload.guest == guest)
            .ok_or_else(broken)?;
        let goes_on = |piece: &Vec<u8>| {
            !piece.is_empty()
                && at == upload.bytes.len() as u64
                && piece.len() <= upload.length - upload.bytes.len()
        };
        match piece.filter(goes_on) {
            Some(piece) => {
                upload.bytes.extend_from_slice(&piece);
                upload.patience = self.patience(id);
                Ok(())
            }
            None => {
                coming.remove(id);
                Err(broken())
            }
        }
    }

    /// Answers the bytes, and the room that they take for as long as they are worked on.
    ///
    /// # Errors
    /// `upload_broken` if some are missing, or all.
    pub fn end(&self, guest: Guest, id: &str) -> Result<(Vec<u8>, Room), Problem> {
        let mut coming = self.coming();
        if coming.get(id).is_none_or(|upload| upload.guest != guest) {
            return Err(broken());
        }
        let upload = coming.remove(id).ok_or_else(broken)?;
        match upload.bytes.len() == upload.length {
            true => Ok((upload.bytes, upload.room)),
            false => Err(broken()),
        }
    }

    /// The connection has ended.
    pub fn left(&self, guest: Guest) {
        self.coming().retain(|_, upload| upload.guest != guest);
    }

    fn patience(&self, id: &str) -> JoinSet<()> {
        let (coming, id) = (Arc::downgrade(&self.coming), id.to_owned());
        let mut patience = JoinSet::new();
        patience.spawn(async move {
            tokio::time::sleep(PATIENCE).await;
            if let Some(coming) = coming.upgrade() {
                locked(&coming).remove(&id);
            }
        });
        patience
    }

    fn coming(&self) -> MutexGuard<'_, Coming> {
        locked(&self.coming)
    }
}

/// Nothing panics between two steps of a change.
fn locked(coming: &Mutex<Coming>) -> MutexGuard<'_, Coming> {
    coming.lock().unwrap_or_else(PoisonError::into_inner)
}

fn broken() -> Problem {
    Problem::new(Code::UploadBroken)
}

#[cfg(test)]
mod tests;
