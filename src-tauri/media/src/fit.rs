//! Brings decoded pixels under a number of bytes and pixels: first gentler compression, then fewer pixels.

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};
use image::metadata::Orientation;
use image::{DynamicImage, ImageBuffer};
use kossori_engine::ports::{CleanPicture, MediaError};

use crate::clean::{Limit, finished};
use crate::{jpeg, png, webp};

/// The format to try first: the one that the picture came in, or its nearest.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Prefer {
    Jpeg,
    Png,
    WebP,
}

/// JPEG qualities at full size, before pixels are given up.
const QUALITIES: [u8; 4] = [92, 86, 80, 72];
/// With fewer pixels, each should be good again.
const QUALITY_WHEN_SMALLER: u8 = 82;
const TRIES: usize = 24;

/// Turns the picture upright, encodes it, and shrinks it as far as `limit` asks.
///
/// # Errors
/// `CannotShrink` if even the smallest picture does not fit.
pub(crate) fn fit(
    image: DynamicImage,
    orientation: Orientation,
    prefer: Prefer,
    limit: Limit,
) -> Result<CleanPicture, MediaError> {
    let mut image = without_idle_alpha(image);
    let pixels = u64::from(image.width()) * u64::from(image.height());
    if pixels > limit.pixels {
        // Before it is turned: a turned picture needs a copy of itself.
        image = smaller(&image, (limit.pixels as f64 / pixels as f64).sqrt())?;
    }
    image.apply_orientation(orientation);

    if image.color().has_alpha() {
        return lossless(image, prefer, limit);
    }
    if prefer != Prefer::Jpeg
        && let Some(done) = encode_lossless(&image, prefer, limit)?
    {
        return Ok(done);
    }
    photograph(image, prefer != Prefer::Jpeg, limit)
}

/// An alpha channel that hides nothing only costs room, and stands in the way of JPEG.
pub(crate) fn without_idle_alpha(image: DynamicImage) -> DynamicImage {
    match &image {
        DynamicImage::ImageRgba8(pixels) if pixels.pixels().all(|pixel| pixel.0[3] == 255) => {
            DynamicImage::ImageRgb8(image.into_rgb8())
        }
        DynamicImage::ImageLumaA8(pixels) if pixels.pixels().all(|pixel| pixel.0[1] == 255) => {
            DynamicImage::ImageLuma8(image.into_luma8())
        }
        _ => image,
    }
}

fn photograph(mut image: DynamicImage, fine_colour: bool, limit: Limit) -> Result<CleanPicture, MediaError> {
    let longest = image.width().max(image.height());
    if longest > u32::from(u16::MAX) {
        image = smaller(&image, f64::from(u16::MAX) / f64::from(longest))?;
    }
    let mut size = 0;
    for quality in QUALITIES {
        let bytes = jpeg::encode(&image, quality, fine_colour)?;
        if bytes.len() as u64 <= limit.bytes {
            return Ok(finished(bytes, "image/jpeg", image.width(), image.height()));
        }
        size = bytes.len();
        // Quality alone never makes up for this much, so the other steps are not worth their time.
        if size as u64 / 4 > limit.bytes {
            break;
        }
    }
    shrink(&image, size, limit, |small| {
        Ok((
            jpeg::encode(small, QUALITY_WHEN_SMALLER, fine_colour)?,
            "image/jpeg",
        ))
    })
}

fn lossless(image: DynamicImage, prefer: Prefer, limit: Limit) -> Result<CleanPicture, MediaError> {
    if prefer != Prefer::Png
        && let Some(done) = encode_lossless(&image, Prefer::WebP, limit)?
    {
        return Ok(done);
    }
    let bytes = png::encode(&image)?;
    if bytes.len() as u64 <= limit.bytes {
        return Ok(finished(bytes, "image/png", image.width(), image.height()));
    }
    shrink(&image, bytes.len(), limit, |small| {
        Ok((png::encode(small)?, "image/png"))
    })
}

fn encode_lossless(
    image: &DynamicImage,
    prefer: Prefer,
    limit: Limit,
) -> Result<Option<CleanPicture>, MediaError> {
    let (bytes, mime) = match prefer {
        Prefer::WebP if webp::can_hold(image) => (webp::encode(image)?, "image/webp"),
        _ => (png::encode(image)?, "image/png"),
    };
    let fits = bytes.len() as u64 <= limit.bytes;
    Ok(fits.then(|| finished(bytes, mime, image.width(), image.height())))
}

/// Fewer and fewer pixels, always from the full picture, until it fits.
fn shrink(
    image: &DynamicImage,
    mut size: usize,
    limit: Limit,
    encode: impl Fn(&DynamicImage) -> Result<(Vec<u8>, &'static str), MediaError>,
) -> Result<CleanPicture, MediaError> {
    let mut scale = 1.0;
    for _ in 0..TRIES {
        let wanted = (limit.bytes as f64 / size.max(1) as f64).sqrt() * 0.98;
        scale *= wanted.clamp(0.25, 0.93);
        let small = smaller(image, scale)?;
        let (bytes, mime) = encode(&small)?;
        if bytes.len() as u64 <= limit.bytes {
            return Ok(finished(bytes, mime, small.width(), small.height()));
        }
        if small.width() == 1 && small.height() == 1 {
            break;
        }
        size = bytes.len();
    }
    Err(MediaError::CannotShrink)
}

/// Rounds down, so that a bound of pixels holds.
pub(crate) fn smaller(image: &DynamicImage, scale: f64) -> Result<DynamicImage, MediaError> {
    let side = |length: u32| ((f64::from(length) * scale) as u32).max(1);
    let (width, height) = (side(image.width()), side(image.height()));
    let pixel = match image {
        DynamicImage::ImageLuma8(_) => PixelType::U8,
        DynamicImage::ImageLumaA8(_) => PixelType::U8x2,
        DynamicImage::ImageRgb8(_) => PixelType::U8x3,
        _ => PixelType::U8x4,
    };
    let from = ImageRef::new(image.width(), image.height(), image.as_bytes(), pixel)
        .map_err(|_| MediaError::Broken)?;
    let mut to = Image::new(width, height, pixel);
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Lanczos3));
    Resizer::new()
        .resize(&from, &mut to, &options)
        .map_err(|_| MediaError::Broken)?;
    let bytes = to.into_vec();
    let image = match pixel {
        PixelType::U8 => ImageBuffer::from_raw(width, height, bytes).map(DynamicImage::ImageLuma8),
        PixelType::U8x2 => ImageBuffer::from_raw(width, height, bytes).map(DynamicImage::ImageLumaA8),
        PixelType::U8x3 => ImageBuffer::from_raw(width, height, bytes).map(DynamicImage::ImageRgb8),
        _ => ImageBuffer::from_raw(width, height, bytes).map(DynamicImage::ImageRgba8),
    };
    image.ok_or(MediaError::Broken)
}
