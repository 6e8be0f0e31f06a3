//! The smaller things that a simulated machine is made of.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use kossori_engine::ports::{CleanPicture, Cleaned, Ids, Media, MediaError, PictureBounds, PictureSource};

pub const ZONE: &str = "Asia/Tokyo";

pub fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// `T12.1 …`: text 12, part 1.
pub fn tag(text: &str) -> Option<(u64, usize)> {
    let (number, part) = text.strip_prefix('T')?.split(' ').next()?.split_once('.')?;
    Some((number.parse().ok()?, part.parse().ok()?))
}

/// Ids that are the same in every run, and sort by their making.
#[derive(Default)]
pub struct SimIds(AtomicU64);

impl Ids for SimIds {
    fn next(&self) -> String {
        let n = self.0.fetch_add(1, Ordering::SeqCst);
        format!("019a0000-0000-7000-8000-{n:012x}")
    }

    fn random(&self, bytes: &mut [u8]) {
        let n = self.0.fetch_add(1, Ordering::SeqCst);
        for (index, byte) in bytes.iter_mut().enumerate() {
            *byte = u8::try_from((n.rotate_right(u32::try_from(index * 8 % 64).unwrap_or(0))) & 0xff)
                .unwrap_or(0);
        }
    }
}

/// Hands every picture on as it is: its bytes are its path.
pub struct SimMedia;

#[async_trait::async_trait]
impl Media for SimMedia {
    async fn clean(&self, source: PictureSource, _: PictureBounds) -> Result<Cleaned, MediaError> {
        let bytes: Arc<[u8]> = match source {
            PictureSource::Path(path) => path.to_string_lossy().as_bytes().into(),
            PictureSource::Bytes(bytes) => bytes,
            PictureSource::Came(bytes) => bytes.into(),
        };
        Ok(Cleaned {
            picture: sim_picture(bytes),
            removed: true,
        })
    }

    async fn thumb(&self, _: Arc<[u8]>) -> Result<CleanPicture, MediaError> {
        Ok(sim_picture(b"small"[..].into()))
    }
}

fn sim_picture(bytes: Arc<[u8]>) -> CleanPicture {
    CleanPicture {
        bytes,
        mime: "image/png".to_owned(),
        width: 8,
        height: 8,
    }
}
