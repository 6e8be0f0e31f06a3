//! PNG, decoded and encoded anew. Eight bits a channel: more helps no eye on a timeline, and doubles the memory.

use std::collections::BTreeMap;
use std::io::Cursor;

use image::{DynamicImage, ImageBuffer};
use kossori_engine::ports::MediaError;
use png::{BitDepth, ColorType, Compression, Decoder, Encoder, Filter, Limits, Transformations};

use crate::clean::{Bytes, Decoded, orientation};
use crate::limits::{MAX_PIXELS, check_pixels};

pub(crate) enum Png {
    Still(Decoded),
    Animated,
}

/// What the decoder may set aside beside the pixels: rows and the chunks that we read.
const SIDE_BYTES: usize = 32 * 1024 * 1024;

pub(crate) fn reader(
    bytes: &[u8],
    transformations: Transformations,
) -> Result<png::Reader<Bytes<'_>>, MediaError> {
    let mut decoder = Decoder::new_with_limits(Cursor::new(bytes), Limits { bytes: SIDE_BYTES });
    decoder.set_ignore_text_chunk(true);
    decoder.set_transformations(transformations);
    let header = decoder.read_header_info().map_err(|error| broken(&error))?;
    check_pixels(header.width, header.height, MAX_PIXELS)?;
    decoder.read_info().map_err(|error| broken(&error))
}

/// # Errors
/// `Broken` also when anything after the pixels is cut off: a picture that has lost its end may have lost more.
pub(crate) fn decode(bytes: &[u8]) -> Result<Png, MediaError> {
    let mut reader = reader(bytes, Transformations::normalize_to_color8())?;
    if reader
        .info()
        .animation_control
        .is_some_and(|control| control.num_frames > 1)
    {
        return Ok(Png::Animated);
    }
    let mut pixels = vec![0; reader.output_buffer_size().ok_or(MediaError::TooLarge)?];
    let frame = reader.next_frame(&mut pixels).map_err(|error| broken(&error))?;
    reader.finish().map_err(|error| broken(&error))?;
    let (width, height) = (frame.width, frame.height);
    let image = match frame.color_type {
        ColorType::Grayscale => ImageBuffer::from_raw(width, height, pixels).map(DynamicImage::ImageLuma8),
        ColorType::GrayscaleAlpha => {
            ImageBuffer::from_raw(width, height, pixels).map(DynamicImage::ImageLumaA8)
        }
        ColorType::Rgb => ImageBuffer::from_raw(width, height, pixels).map(DynamicImage::ImageRgb8),
        ColorType::Rgba => ImageBuffer::from_raw(width, height, pixels).map(DynamicImage::ImageRgba8),
        ColorType::Indexed => None,
    };
    let info = reader.info();
    Ok(Png::Still(Decoded {
        image: image.ok_or(MediaError::Broken)?,
        orientation: orientation(info.exif_metadata.as_deref()),
        profile: info.icc_profile.as_ref().map(|profile| profile.to_vec()),
    }))
}

pub(crate) fn broken(error: &png::DecodingError) -> MediaError {
    match error {
        png::DecodingError::LimitsExceeded => MediaError::TooLarge,
        _ => MediaError::Broken,
    }
}

/// Few colours are written as a palette, as screenshots and drawings mostly come.
pub(crate) fn encode(image: &DynamicImage) -> Result<Vec<u8>, MediaError> {
    let (channels, color) = match image {
        DynamicImage::ImageLuma8(_) => (1, ColorType::Grayscale),
        DynamicImage::ImageLumaA8(_) => (2, ColorType::GrayscaleAlpha),
        DynamicImage::ImageRgb8(_) => (3, ColorType::Rgb),
        DynamicImage::ImageRgba8(_) => (4, ColorType::Rgba),
        _ => return Err(MediaError::Broken),
    };
    let mut out = Vec::new();
    let mut encoder = Encoder::new(&mut out, image.width(), image.height());
    encoder.set_depth(BitDepth::Eight);
    encoder.set_compression(Compression::Balanced);
    let indexed = (channels >= 3)
        .then(|| Indexed::new(image.as_bytes(), channels))
        .flatten();
    let data = match &indexed {
        Some(indexed) => {
            encoder.set_color(ColorType::Indexed);
            encoder.set_filter(Filter::NoFilter);
            encoder.set_palette(indexed.palette.as_slice());
            if channels == 4 {
                encoder.set_trns(indexed.alpha.as_slice());
            }
            indexed.pixels.as_slice()
        }
        None => {
            encoder.set_color(color);
            image.as_bytes()
        }
    };
    let mut writer = encoder.write_header().map_err(|_| MediaError::CannotShrink)?;
    writer
        .write_image_data(data)
        .map_err(|_| MediaError::CannotShrink)?;
    writer.finish().map_err(|_| MediaError::CannotShrink)?;
    Ok(out)
}

struct Indexed {
    palette: Vec<u8>,
    alpha: Vec<u8>,
    pixels: Vec<u8>,
}

impl Indexed {
    /// `None` for more than 256 colours. Colours stand in the order in which they are first met.
    fn new(bytes: &[u8], channels: usize) -> Option<Self> {
        let mut places: BTreeMap<&[u8], u8> = BTreeMap::new();
        let mut indexed = Self {
            palette: Vec::new(),
            alpha: Vec::new(),
            pixels: Vec::new(),
        };
        let mut last: (&[u8], u8) = (&[], 0);
        for colour in bytes.chunks_exact(channels) {
            if last.0 != colour {
                let place = match places.get(colour) {
                    Some(place) => *place,
                    None => {
                        let place = u8::try_from(places.len()).ok()?;
                        places.insert(colour, place);
                        indexed.palette.extend(&colour[..3]);
                        indexed.alpha.push(colour.get(3).copied().unwrap_or(255));
                        place
                    }
                };
                last = (colour, place);
            }
            indexed.pixels.push(last.1);
        }
        Some(indexed)
    }
}
