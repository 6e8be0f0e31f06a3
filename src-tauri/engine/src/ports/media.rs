//! Pictures: decoded, cleaned and brought under a size, in a process of its own.

use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;

/// No larger file is taken, whichever way it comes in.
pub const MAX_FILE_BYTES: u64 = 64 * 1024 * 1024;

/// Where a picture comes from. A path is read once; the person's file is never read again.
pub enum PictureSource {
    Path(PathBuf),
    /// What is kept already.
    Bytes(Arc<[u8]>),
    /// What came in: let go of as soon as the worker has it.
    Came(Vec<u8>),
}

/// What the result must fit in. `None` bounds nothing (but see the adapter's own hard limits).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct PictureBounds {
    pub max_bytes: Option<u64>,
    pub max_pixels: Option<u64>,
}

/// A picture without metadata, upright.
#[derive(Clone, PartialEq, Eq)]
pub struct CleanPicture {
    pub bytes: Arc<[u8]>,
    /// `image/jpeg`, `image/png`, `image/webp` or `image/gif`.
    pub mime: String,
    pub width: u32,
    pub height: u32,
}

impl std::fmt::Debug for CleanPicture {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "CleanPicture({}, {}x{}, {} bytes)",
            self.mime,
            self.width,
            self.height,
            self.bytes.len()
        )
    }
}

/// A picture as it came out of the cleaning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cleaned {
    pub picture: CleanPicture,
    /// It told something beside its pixels (place, camera, author, comments …), and no longer does.
    pub removed: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MediaError {
    #[error("the file cannot be read")]
    Unreadable,
    #[error("this is no picture that can be read here")]
    NotAPicture,
    #[error("HEIC pictures cannot be read here")]
    Heic,
    #[error("the picture is broken")]
    Broken,
    /// More pixels, or more bytes in the file, than will be decoded at all.
    #[error("the picture is too large")]
    TooLarge,
    /// It cannot be brought under the bounds (an animation, for one).
    #[error("the picture cannot be made small enough")]
    CannotShrink,
    /// The worker died, ran over its memory or its 20 s.
    #[error("the picture could not be worked on")]
    WorkerDied,
    #[error("the picture worker's program is missing")]
    WorkerMissing,
}

#[async_trait]
pub trait Media: Send + Sync {
    async fn clean(&self, source: PictureSource, bounds: PictureBounds) -> Result<Cleaned, MediaError>;
    /// Small and still, for the eye: at most 256 pixels a side, JPEG or PNG.
    async fn thumb(&self, picture: Arc<[u8]>) -> Result<CleanPicture, MediaError>;
}
