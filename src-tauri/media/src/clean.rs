//! The whole way of a picture, from foreign bytes to clean ones.

use std::io::Cursor;

use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder};
use kossori_engine::ports::{CleanPicture, MediaError, PictureBounds};

use crate::fit::{Prefer, fit};
use crate::kind::{Kind, kind};
use crate::limits::{MAX_FILE_BYTES, MAX_PIXELS, check_pixels};
use crate::{animation, colour, gif, jpeg, png, webp};

/// A decoded picture, with what has still to be done to it.
pub(crate) struct Decoded {
    pub(crate) image: DynamicImage,
    pub(crate) orientation: Orientation,
    pub(crate) profile: Option<Vec<u8>>,
}

/// Cleans one picture and brings it under `bounds`. The same bytes and bounds give the same result. It touches no file,
/// no clock and no network.
///
/// # Errors
/// `NotAPicture`, `Heic`, `Broken` and `TooLarge` for what cannot be read; `CannotShrink` when no size fits `bounds`.
pub fn clean(bytes: &[u8], bounds: &PictureBounds) -> Result<CleanPicture, MediaError> {
    if bytes.len() as u64 > MAX_FILE_BYTES {
        return Err(MediaError::TooLarge);
    }
    let limit = Limit::new(bounds);
    match kind(bytes)? {
        Kind::Jpeg => clean_jpeg(bytes, limit),
        Kind::Png => clean_png(bytes, limit),
        Kind::Gif => clean_gif(bytes, limit),
        Kind::WebP => clean_webp(bytes, limit),
    }
}

/// The bounds with our own hard limits filled in.
#[derive(Clone, Copy)]
pub(crate) struct Limit {
    pub(crate) bytes: u64,
    pub(crate) pixels: u64,
}

impl Limit {
    fn new(bounds: &PictureBounds) -> Self {
        Self {
            bytes: bounds.max_bytes.unwrap_or(MAX_FILE_BYTES).min(MAX_FILE_BYTES),
            pixels: bounds.max_pixels.unwrap_or(MAX_PIXELS).min(MAX_PIXELS),
        }
    }

    pub(crate) fn holds(&self, bytes: usize, width: u32, height: u32) -> bool {
        bytes as u64 <= self.bytes && u64::from(width) * u64::from(height) <= self.pixels
    }
}

fn clean_jpeg(bytes: &[u8], limit: Limit) -> Result<CleanPicture, MediaError> {
    let scan = jpeg::scan(bytes)?;
    let decoded = jpeg::decode(bytes, &scan)?;
    let transform = colour::to_srgb(decoded.profile.as_deref(), &decoded.image);
    if decoded.orientation == Orientation::NoTransforms
        && transform.is_none()
        && let Some(stripped) = jpeg::strip(bytes, &scan)
        && limit.holds(stripped.len(), scan.width, scan.height)
    {
        return Ok(finished(stripped, "image/jpeg", scan.width, scan.height));
    }
    if scan.decodes_wrongly() {
        return Err(MediaError::NotAPicture);
    }
    let mut image = decoded.image;
    if let Some(transform) = transform {
        transform.apply(&mut image);
    }
    fit(image, decoded.orientation, Prefer::Jpeg, limit)
}

fn clean_png(bytes: &[u8], limit: Limit) -> Result<CleanPicture, MediaError> {
    match png::decode(bytes)? {
        png::Png::Still(decoded) => fit_decoded(decoded, Prefer::Png, limit),
        png::Png::Animated => animation::finish(animation::png(bytes, limit)?, "image/png", limit),
    }
}

fn clean_gif(bytes: &[u8], limit: Limit) -> Result<CleanPicture, MediaError> {
    let again = gif::encode_again(bytes)?;
    if again.frames > 1 {
        return animation::finish(again.into(), "image/gif", limit);
    }
    if limit.holds(again.bytes.len(), again.width, again.height) {
        return Ok(finished(again.bytes, "image/gif", again.width, again.height));
    }
    fit_decoded(gif::decode(bytes)?, Prefer::Png, limit)
}

fn clean_webp(bytes: &[u8], limit: Limit) -> Result<CleanPicture, MediaError> {
    let parts = webp::parts(bytes)?;
    if parts.animated {
        return animation::finish(animation::webp(bytes, &parts, limit)?, "image/webp", limit);
    }
    let prefer = if parts.lossy { Prefer::Jpeg } else { Prefer::WebP };
    fit_decoded(webp::decode(bytes, &parts)?, prefer, limit)
}

fn fit_decoded(decoded: Decoded, prefer: Prefer, limit: Limit) -> Result<CleanPicture, MediaError> {
    let Decoded {
        mut image,
        orientation,
        profile,
    } = decoded;
    if let Some(transform) = colour::to_srgb(profile.as_deref(), &image) {
        transform.apply(&mut image);
    }
    drop(profile);
    fit(image, orientation, prefer, limit)
}

pub(crate) fn finished(bytes: Vec<u8>, mime: &str, width: u32, height: u32) -> CleanPicture {
    CleanPicture {
        bytes: bytes.into(),
        mime: mime.to_owned(),
        width,
        height,
    }
}

/// Decodes with a decoder of the `image` crate, after its header has been held against our own limits.
pub(crate) fn decode_all<D: ImageDecoder>(mut decoder: D) -> Result<DynamicImage, MediaError> {
    let (width, height) = decoder.dimensions();
    check_pixels(width, height, MAX_PIXELS)?;
    let mut limits = image::Limits::default();
    limits.max_alloc = Some(MAX_PIXELS * 8);
    decoder.set_limits(limits).map_err(|error| broken(&error))?;
    DynamicImage::from_decoder(decoder).map_err(|error| broken(&error))
}

pub(crate) fn broken(error: &image::ImageError) -> MediaError {
    match error {
        image::ImageError::Limits(_) => MediaError::TooLarge,
        _ => MediaError::Broken,
    }
}

/// The orientation that an EXIF block asks for; a block that cannot be read asks for none.
pub(crate) fn orientation(exif: Option<&[u8]>) -> Orientation {
    // WebP writers often keep the prefix that belongs to JPEG.
    let exif = exif.map(|block| block.strip_prefix(b"Exif\0\0").unwrap_or(block));
    exif.and_then(Orientation::from_exif_chunk)
        .unwrap_or(Orientation::NoTransforms)
}

pub(crate) type Bytes<'a> = Cursor<&'a [u8]>;
