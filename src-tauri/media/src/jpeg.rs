//! JPEG: read by segments, decoded, and written anew or copied by an allow-list of segments.

use std::io::Cursor;
use std::ops::Range;

use image::DynamicImage;
use image::codecs::jpeg::JpegDecoder;
use kossori_engine::ports::MediaError;

use crate::clean::{Decoded, decode_all, orientation};
use crate::limits::{MAX_PIXELS, MAX_PROGRESSIVE_PIXELS, check_pixels};

/// What the segments of a JPEG say, up to its first end marker. Second pictures and trailers lie behind that.
pub(crate) struct Scan {
    pub(crate) width: u32,
    pub(crate) height: u32,
    components: u8,
    progressive: bool,
    scans: usize,
    /// The segments that decoding needs, markers included, scans with their compressed data.
    needed: Vec<Range<usize>>,
    /// Something about a needed segment is odd, so it is not copied blindly.
    odd: bool,
    has_jfif: bool,
    adobe_transform: Option<u8>,
    exif: Option<Range<usize>>,
    profile: Vec<(u8, Range<usize>)>,
}

const SOF_BASELINE: u8 = 0xc0;
const SOF_EXTENDED: u8 = 0xc1;
const SOF_PROGRESSIVE: u8 = 0xc2;

/// # Errors
/// `Broken` when it ends before its end marker, `TooLarge` by what the frame header claims.
pub(crate) fn scan(bytes: &[u8]) -> Result<Scan, MediaError> {
    let mut scan = Scan {
        width: 0,
        height: 0,
        components: 0,
        progressive: false,
        scans: 0,
        needed: Vec::new(),
        odd: false,
        has_jfif: false,
        adobe_transform: None,
        exif: None,
        profile: Vec::new(),
    };
    let mut at = 2;
    loop {
        at = next_marker(bytes, at)?;
        let marker = bytes[at + 1];
        match marker {
            0xd9 if scan.needed.is_empty() || scan.components == 0 => return Err(MediaError::Broken),
            0xd9 => return Ok(scan),
            0x01 | 0xd0..=0xd7 => {
                at += 2;
                continue;
            }
            0x00 | 0xd8 => return Err(MediaError::Broken),
            _ => {}
        }
        let start = at;
        let length = bytes.get(at + 2..at + 4).ok_or(MediaError::Broken)?;
        let length = usize::from(u16::from_be_bytes([length[0], length[1]]));
        let body = at + 4..at + 2 + length;
        let content = bytes.get(body.clone()).ok_or(MediaError::Broken)?;
        at = body.end;
        if marker == 0xda {
            at = end_of_entropy(bytes, at)?;
        }
        scan.take(marker, content, &body, start..at)?;
    }
}

/// The place of the next marker's 0xff, fill bytes and rubbish between segments skipped.
fn next_marker(bytes: &[u8], from: usize) -> Result<usize, MediaError> {
    let rest = bytes.get(from..).ok_or(MediaError::Broken)?;
    let found = rest
        .windows(2)
        .position(|pair| pair[0] == 0xff && pair[1] != 0xff);
    found.map(|place| from + place).ok_or(MediaError::Broken)
}

fn end_of_entropy(bytes: &[u8], from: usize) -> Result<usize, MediaError> {
    let rest = bytes.get(from..).ok_or(MediaError::Broken)?;
    let end = rest
        .windows(2)
        .position(|pair| pair[0] == 0xff && !matches!(pair[1], 0x00 | 0xd0..=0xd7));
    end.map(|place| from + place).ok_or(MediaError::Broken)
}

impl Scan {
    fn take(
        &mut self,
        marker: u8,
        content: &[u8],
        body: &Range<usize>,
        whole: Range<usize>,
    ) -> Result<(), MediaError> {
        match marker {
            SOF_BASELINE | SOF_EXTENDED | SOF_PROGRESSIVE => {
                let [_precision, h1, h0, w1, w0, components, rest @ ..] = content else {
                    return Err(MediaError::Broken);
                };
                self.odd |= self.components != 0 || rest.len() != usize::from(*components) * 3;
                self.height = u32::from(u16::from_be_bytes([*h1, *h0]));
                self.width = u32::from(u16::from_be_bytes([*w1, *w0]));
                self.components = *components;
                self.progressive = marker == SOF_PROGRESSIVE;
                let most = if marker == SOF_PROGRESSIVE {
                    MAX_PROGRESSIVE_PIXELS
                } else {
                    MAX_PIXELS
                };
                check_pixels(self.width, self.height, most)?;
            }
            // Lossless, hierarchical and arithmetic pictures: no decoder here knows them.
            0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf => {
                return Err(MediaError::NotAPicture);
            }
            0xdb => self.odd |= !quantisation_is_plain(content),
            0xc4 => self.odd |= !huffman_is_plain(content),
            0xdd => self.odd |= content.len() != 2,
            0xda => {
                self.scans += 1;
                self.odd |= content
                    .first()
                    .is_none_or(|count| content.len() != usize::from(*count) * 2 + 4)
            }
            0xe0 if content.starts_with(b"JFIF\0") => {
                self.has_jfif = true;
                return Ok(());
            }
            0xe1 if self.exif.is_none() && content.starts_with(b"Exif\0\0") => {
                self.exif = Some(body.clone());
                return Ok(());
            }
            0xe2 if content.starts_with(b"ICC_PROFILE\0") && content.len() > 14 => {
                self.profile.push((content[12], body.start + 14..body.end));
                return Ok(());
            }
            0xee if content.starts_with(b"Adobe") && content.len() >= 12 => {
                self.adobe_transform = Some(content[11]);
                return Ok(());
            }
            _ => return Ok(()),
        }
        self.needed.push(whole);
        Ok(())
    }
}

/// Tables 0 to 3, each whole, and nothing behind them.
fn quantisation_is_plain(mut content: &[u8]) -> bool {
    while let [kind, rest @ ..] = content {
        let length = if kind >> 4 == 0 { 64 } else { 128 };
        if kind & 15 > 3 || kind >> 4 > 1 || rest.len() < length {
            return false;
        }
        content = &rest[length..];
    }
    true
}

fn huffman_is_plain(mut content: &[u8]) -> bool {
    while let [kind, rest @ ..] = content {
        let Some(counts) = rest.get(..16) else {
            return false;
        };
        let length = 16 + counts.iter().map(|count| usize::from(*count)).sum::<usize>();
        if kind & 15 > 3 || kind >> 4 > 1 || rest.len() < length {
            return false;
        }
        content = &rest[length..];
    }
    true
}

impl Scan {
    /// A sequential picture whose colours come one after the other. zune-jpeg 0.5.15 decodes these to wrong colours and
    /// says nothing (its issue 422), so its pixels may be copied, but not used.
    pub(crate) fn decodes_wrongly(&self) -> bool {
        !self.progressive && self.scans > 1
    }
}

pub(crate) fn decode(bytes: &[u8], scan: &Scan) -> Result<Decoded, MediaError> {
    let decoder = JpegDecoder::new(Cursor::new(bytes)).map_err(|error| crate::clean::broken(&error))?;
    let image = decode_all(decoder)?;
    if (image.width(), image.height()) != (scan.width, scan.height) {
        return Err(MediaError::Broken);
    }
    // Four components were cyan, magenta, yellow and black; the profile speaks of those, not of the decoded pixels.
    let profile = (scan.components < 4 && !scan.profile.is_empty()).then(|| {
        let mut pieces = scan.profile.clone();
        pieces.sort_by_key(|(number, _)| *number);
        pieces
            .into_iter()
            .flat_map(|(_, piece)| bytes[piece].iter().copied())
            .collect()
    });
    Ok(Decoded {
        image,
        orientation: orientation(scan.exif.clone().map(|block| &bytes[block])),
        profile,
    })
}

/// The same compressed pixels with only the segments that decoding needs. `None` when it had better be encoded anew.
pub(crate) fn strip(bytes: &[u8], scan: &Scan) -> Option<Vec<u8>> {
    if scan.odd || !matches!(scan.components, 1 | 3) {
        return None;
    }
    let mut out = Vec::with_capacity(scan.needed.iter().map(ExactSizeIterator::len).sum::<usize>() + 64);
    out.extend([0xff, 0xd8]);
    // Both are written from scratch: the originals may hold a thumbnail, or bytes behind their fields.
    if scan.has_jfif {
        out.extend(b"\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00");
    }
    if let Some(transform) = scan.adobe_transform {
        out.extend(b"\xff\xee\x00\x0eAdobe\x00\x64\x00\x00\x00\x00");
        out.push(transform);
    }
    for range in &scan.needed {
        out.extend(&bytes[range.clone()]);
    }
    out.extend([0xff, 0xd9]);
    Some(out)
}

/// `fine_colour` keeps colour at full resolution, as drawings and text need; photographs do not.
///
/// # Errors
/// `CannotShrink` for pixels that a JPEG cannot hold.
pub(crate) fn encode(image: &DynamicImage, quality: u8, fine_colour: bool) -> Result<Vec<u8>, MediaError> {
    let kind = match image {
        DynamicImage::ImageLuma8(_) => jpeg_encoder::ColorType::Luma,
        DynamicImage::ImageRgb8(_) => jpeg_encoder::ColorType::Rgb,
        _ => return Err(MediaError::CannotShrink),
    };
    let side = |length: u32| u16::try_from(length).map_err(|_| MediaError::CannotShrink);
    let mut out = Vec::new();
    // One scan with the standard tables: the encoder's optimised tables would split the colours into scans of their
    // own, which is legal and rare, and rare is what other people's decoders get wrong.
    let mut encoder = jpeg_encoder::Encoder::new(&mut out, quality);
    encoder.set_sampling_factor(match fine_colour {
        true => jpeg_encoder::SamplingFactor::F_1_1,
        false => jpeg_encoder::SamplingFactor::F_2_2,
    });
    encoder
        .encode(
            image.as_bytes(),
            side(image.width())?,
            side(image.height())?,
            kind,
        )
        .map_err(|_| MediaError::CannotShrink)?;
    Ok(out)
}
