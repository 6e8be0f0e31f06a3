//! What will be decoded at all, whatever the bounds of a network are.

use kossori_engine::ports::MediaError;

/// No larger file is read; no larger answer is made.
pub use kossori_engine::ports::MAX_FILE_BYTES;

/// Pixels of a thumbnail's longer side.
pub(crate) const THUMB_SIDE: u32 = 256;

/// A telephone's 50-megapixel picture (8192 x 6144) passes. With four bytes a pixel and a turned copy beside it, that
/// is about what fits the worker's 512 MiB.
pub const MAX_PIXELS: u64 = 51_000_000;

/// A progressive JPEG is held as coefficients, six bytes a pixel, beside its decoded pixels.
pub const MAX_PROGRESSIVE_PIXELS: u64 = 40_000_000;

/// All frames of an animation together. It bounds time, not memory: frames are worked on one by one.
pub const MAX_ANIMATION_PIXELS: u64 = 400_000_000;

/// Refuses a picture by what its header claims, before anything is set aside for it.
pub(crate) fn check_pixels(width: u32, height: u32, most: u64) -> Result<(), MediaError> {
    if width == 0 || height == 0 {
        return Err(MediaError::Broken);
    }
    if u64::from(width) * u64::from(height) > most {
        return Err(MediaError::TooLarge);
    }
    Ok(())
}

/// Counts the pixels of an animation's frames as they come.
#[derive(Default)]
pub(crate) struct FramePixels(u64);

impl FramePixels {
    pub(crate) fn add(&mut self, width: u32, height: u32) -> Result<(), MediaError> {
        self.0 += u64::from(width) * u64::from(height);
        if self.0 > MAX_ANIMATION_PIXELS {
            Err(MediaError::TooLarge)
        } else {
            Ok(())
        }
    }
}
