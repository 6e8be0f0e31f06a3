//! GIF: every frame decoded and encoded anew with its palette and timing. Comments, application blocks and whatever
//! stands behind the trailer are never looked at.

use std::borrow::Cow;
use std::io::Cursor;
use std::num::NonZeroU64;

use gif::{DecodeOptions, Encoder, MemoryLimit, Repeat};
use image::codecs::gif::GifDecoder;
use image::metadata::Orientation;
use kossori_engine::ports::MediaError;

use crate::clean::{Decoded, broken, decode_all};
use crate::limits::{FramePixels, MAX_FILE_BYTES, MAX_PIXELS, check_pixels};

pub(crate) struct Again {
    pub(crate) bytes: Vec<u8>,
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) frames: usize,
}

/// # Errors
/// `TooLarge` when the frames together are more than will be worked on, or the result outgrows what is ever sent.
pub(crate) fn encode_again(bytes: &[u8]) -> Result<Again, MediaError> {
    let mut options = DecodeOptions::new();
    if let Some(most) = NonZeroU64::new(MAX_PIXELS) {
        options.set_memory_limit(MemoryLimit::Bytes(most));
    }
    options.allow_unknown_blocks(true);
    let mut decoder = options
        .read_info(Cursor::new(bytes))
        .map_err(|error| broken_gif(&error))?;
    let (width, height) = (decoder.width(), decoder.height());
    check_pixels(width.into(), height.into(), MAX_PIXELS)?;

    let palette = decoder.global_palette().map(<[u8]>::to_vec).unwrap_or_default();
    let mut encoder = Encoder::new(Vec::new(), width, height, &palette).map_err(|_| MediaError::Broken)?;
    let mut pixels = FramePixels::default();
    let mut frames = 0;
    while let Some(frame) = decoder.next_frame_info().map_err(|error| broken_gif(&error))? {
        // The header of a frame is counted before its pixels are unpacked.
        pixels.add(frame.width.into(), frame.height.into())?;
        let mut frame = frame.clone();
        let mut buffer = vec![0; decoder.buffer_size()];
        decoder
            .read_into_buffer(&mut buffer)
            .map_err(|error| broken_gif(&error))?;
        frame.buffer = Cow::Owned(buffer);
        frame.interlaced = false;
        frame.needs_user_input = false;
        if frames == 0 && decoder.repeat() != Repeat::default() {
            encoder
                .set_repeat(decoder.repeat())
                .map_err(|_| MediaError::Broken)?;
        }
        encoder.write_frame(&frame).map_err(|_| MediaError::Broken)?;
        frames += 1;
        if encoder.get_ref().len() as u64 > MAX_FILE_BYTES {
            return Err(MediaError::TooLarge);
        }
    }
    if frames == 0 {
        return Err(MediaError::Broken);
    }
    let bytes = encoder.into_inner().map_err(|_| MediaError::Broken)?;
    Ok(Again {
        bytes,
        width: width.into(),
        height: height.into(),
        frames,
    })
}

fn broken_gif(error: &gif::DecodingError) -> MediaError {
    match error {
        gif::DecodingError::MemoryLimit => MediaError::TooLarge,
        _ => MediaError::Broken,
    }
}

/// The first frame on its canvas, for a still picture that has to become smaller.
pub(crate) fn decode(bytes: &[u8]) -> Result<Decoded, MediaError> {
    let image = decode_all(GifDecoder::new(Cursor::new(bytes)).map_err(|error| broken(&error))?)?;
    Ok(Decoded {
        image,
        orientation: Orientation::NoTransforms,
        profile: None,
    })
}
