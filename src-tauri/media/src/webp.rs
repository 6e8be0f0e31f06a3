//! WebP: a list of named chunks, of which a few hold pixels.

use std::io::Cursor;
use std::ops::Range;

use image::codecs::webp::{WebPDecoder, WebPEncoder};
use image::{DynamicImage, ExtendedColorType};
use kossori_engine::ports::MediaError;

use crate::clean::{Decoded, broken, decode_all, orientation};
use crate::limits::{MAX_PIXELS, check_pixels};

/// The chunks of a file, up to the length that its header states. Trailers lie behind that.
pub(crate) struct Parts {
    pub(crate) animated: bool,
    pub(crate) lossy: bool,
    pub(crate) chunks: Vec<Chunk>,
}

/// A name and where its content lies.
pub(crate) type Chunk = ([u8; 4], Range<usize>);

impl Parts {
    pub(crate) fn chunk<'a>(&self, bytes: &'a [u8], name: &[u8; 4]) -> Option<&'a [u8]> {
        self.chunks
            .iter()
            .find(|(found, _)| found == name)
            .map(|(_, content)| &bytes[content.clone()])
    }
}

pub(crate) fn parts(bytes: &[u8]) -> Result<Parts, MediaError> {
    let stated = bytes
        .get(4..8)
        .and_then(|four| four.try_into().ok())
        .map(u32::from_le_bytes);
    let end = stated.ok_or(MediaError::Broken)? as usize + 8;
    let inside = bytes.get(..end).ok_or(MediaError::Broken)?;
    let chunks = chunks(inside, 12)?;
    for (name, content) in &chunks {
        claimed_size(*name, &inside[content.clone()])?;
    }
    let has = |name: &[u8; 4]| chunks.iter().any(|(found, _)| found == name);
    Ok(Parts {
        animated: has(b"ANIM") || has(b"ANMF"),
        lossy: has(b"VP8 "),
        chunks,
    })
}

/// Holds what a chunk says of the picture's size against our own limits.
fn claimed_size(name: [u8; 4], content: &[u8]) -> Result<(), MediaError> {
    let (width, height) = match (&name, content) {
        (b"VP8X", [_, _, _, _, w0, w1, w2, h0, h1, h2, ..]) => {
            let side = |bytes: [u8; 3]| 1 + u32::from_le_bytes([bytes[0], bytes[1], bytes[2], 0]);
            (side([*w0, *w1, *w2]), side([*h0, *h1, *h2]))
        }
        (b"VP8L", [0x2f, a, b, c, d, ..]) => {
            let bits = u32::from_le_bytes([*a, *b, *c, *d]);
            ((bits & 0x3fff) + 1, (bits >> 14 & 0x3fff) + 1)
        }
        (b"VP8 ", [_, _, _, 0x9d, 0x01, 0x2a, w0, w1, h0, h1, ..]) => {
            let side = |low, high| u32::from(u16::from_le_bytes([low, high]) & 0x3fff);
            (side(*w0, *w1), side(*h0, *h1))
        }
        _ => return Ok(()),
    };
    check_pixels(width, height, MAX_PIXELS)
}

/// The chunks from `from` to the end of `bytes`. Contents of odd length are padded by one byte.
pub(crate) fn chunks(bytes: &[u8], from: usize) -> Result<Vec<Chunk>, MediaError> {
    let mut found = Vec::new();
    let mut at = from;
    while at < bytes.len() {
        let [a, b, c, d, l0, l1, l2, l3] = *bytes.get(at..at + 8).ok_or(MediaError::Broken)? else {
            return Err(MediaError::Broken);
        };
        let length = u32::from_le_bytes([l0, l1, l2, l3]) as usize;
        let content = at + 8..at + 8 + length;
        if content.end > bytes.len() {
            return Err(MediaError::Broken);
        }
        at = content.end + length % 2;
        found.push(([a, b, c, d], content));
    }
    Ok(found)
}

pub(crate) fn decoder(bytes: &[u8]) -> Result<WebPDecoder<Cursor<&[u8]>>, MediaError> {
    let mut decoder = WebPDecoder::new(Cursor::new(bytes)).map_err(|error| broken(&error))?;
    let (width, height) = image::ImageDecoder::dimensions(&decoder);
    check_pixels(width, height, MAX_PIXELS)?;
    // Frames of an animation that do not cover it are laid on nothing.
    if decoder.has_animation() {
        decoder
            .set_background_color(image::Rgba([0; 4]))
            .map_err(|error| broken(&error))?;
    }
    Ok(decoder)
}

pub(crate) fn decode(bytes: &[u8], parts: &Parts) -> Result<Decoded, MediaError> {
    Ok(Decoded {
        image: decode_all(decoder(bytes)?)?,
        orientation: orientation(parts.chunk(bytes, b"EXIF")),
        profile: parts.chunk(bytes, b"ICCP").map(<[u8]>::to_vec),
    })
}

/// A WebP has at most 16,383 pixels a side.
pub(crate) fn can_hold(image: &DynamicImage) -> bool {
    image.width().max(image.height()) < 16_384
}

/// Without loss: there is no other WebP encoder in Rust.
pub(crate) fn encode(image: &DynamicImage) -> Result<Vec<u8>, MediaError> {
    let color = ExtendedColorType::from(image.color());
    let mut out = Vec::new();
    WebPEncoder::new_lossless(&mut out)
        .encode(image.as_bytes(), image.width(), image.height(), color)
        .map_err(|_| MediaError::CannotShrink)?;
    Ok(out)
}
