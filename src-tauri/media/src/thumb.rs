//! A kept picture, small: what the window shows. An animation stands still.

use image::DynamicImage;
use image::codecs::png::PngDecoder;
use kossori_engine::ports::{CleanPicture, MediaError};

use crate::clean::{broken, decode_all, finished};
use crate::fit::{smaller, without_idle_alpha};
use crate::kind::{Kind, kind};
use crate::limits::THUMB_SIDE;
use crate::{gif, jpeg, png, webp};

const QUALITY: u8 = 82;

/// At most 256 pixels a side, always encoded anew. For pictures that came out of [`crate::clean`]: they stand upright
/// and in sRGB.
///
/// # Errors
/// Those of [`crate::clean`].
pub fn thumb(bytes: &[u8]) -> Result<CleanPicture, MediaError> {
    let image = without_idle_alpha(first_frame(bytes)?);
    let longest = image.width().max(image.height());
    let image = match longest > THUMB_SIDE {
        true => smaller(&image, f64::from(THUMB_SIDE) / f64::from(longest))?,
        false => image,
    };
    let (bytes, mime) = match image.color().has_alpha() {
        true => (png::encode(&image)?, "image/png"),
        false => (jpeg::encode(&image, QUALITY, false)?, "image/jpeg"),
    };
    Ok(finished(bytes, mime, image.width(), image.height()))
}

fn first_frame(bytes: &[u8]) -> Result<DynamicImage, MediaError> {
    let decoded = match kind(bytes)? {
        Kind::Jpeg => {
            let scan = jpeg::scan(bytes)?;
            if scan.decodes_wrongly() {
                return Err(MediaError::NotAPicture);
            }
            jpeg::decode(bytes, &scan)?
        }
        Kind::Gif => gif::decode(bytes)?,
        Kind::WebP => webp::decode(bytes, &webp::parts(bytes)?)?,
        Kind::Png => match png::decode(bytes)? {
            png::Png::Still(decoded) => decoded,
            png::Png::Animated => {
                let decoder = PngDecoder::new(std::io::Cursor::new(bytes)).map_err(|error| broken(&error))?;
                return Ok(decode_all(decoder)?.into_rgba8().into());
            }
        },
    };
    Ok(decoded.image)
}
