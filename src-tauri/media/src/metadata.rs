//! Whether a picture tells anything beside its pixels, so that a person reads that it was taken out only where it was.
//!
//! A colour profile alone does not count: its colours are kept, converted. Nor does what stands in for bytes that
//! every file of its kind has, such as JFIF's header or an animation's timing.

use crate::kind::{Kind, kind};
use crate::webp;

/// Of what cannot be walked through it says no: whatever that is, the cleaning refuses it or copies none of it.
#[must_use]
pub fn tells(bytes: &[u8]) -> bool {
    match kind(bytes) {
        Ok(Kind::Jpeg) => jpeg(bytes),
        Ok(Kind::Png) => png(bytes),
        Ok(Kind::Gif) => gif(bytes),
        Ok(Kind::WebP) => webp(bytes),
        Err(_) => None,
    }
    .unwrap_or(false)
}

/// EXIF, XMP, IPTC, comments, second pictures: whatever segment decoding does not need, and what lies behind the end.
fn jpeg(bytes: &[u8]) -> Option<bool> {
    let mut at = 2;
    loop {
        at += bytes.get(at..)?.iter().position(|byte| *byte == 0xff)?;
        let marker = *bytes.get(at + 1)?;
        match marker {
            0xd9 => return Some(behind(bytes, at + 2)),
            // Fill bytes, stuffed zeros, restarts: inside of the pixels or between segments.
            0xff => at += 1,
            0x00 | 0x01 | 0xd0..=0xd8 => at += 2,
            _ => {
                let length = bytes.get(at + 2..at + 4)?;
                let length = usize::from(u16::from_be_bytes([length[0], length[1]]));
                let content = bytes.get(at + 4..at + 2 + length)?;
                let of_the_form = match marker {
                    0xe0 => content.starts_with(b"JFIF\0"),
                    0xe2 => content.starts_with(b"ICC_PROFILE\0"),
                    0xee => content.starts_with(b"Adobe"),
                    0xe1..=0xef | 0xfe => false,
                    _ => true,
                };
                if !of_the_form {
                    return Some(true);
                }
                at += 2 + length;
            }
        }
    }
}

fn png(bytes: &[u8]) -> Option<bool> {
    let mut at = 8;
    loop {
        let length = u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?) as usize;
        let of_the_form = match bytes.get(at + 4..at + 8)? {
            b"IEND" => return Some(behind(bytes, at + 12)),
            b"IHDR" | b"PLTE" | b"IDAT" | b"tRNS" | b"gAMA" | b"cHRM" | b"sRGB" | b"iCCP" | b"cICP" => true,
            b"bKGD" | b"sBIT" | b"pHYs" | b"hIST" | b"acTL" | b"fcTL" | b"fdAT" => true,
            _ => false,
        };
        if !of_the_form {
            return Some(true);
        }
        at = at.checked_add(length)?.checked_add(12)?;
    }
}

fn gif(bytes: &[u8]) -> Option<bool> {
    let table = |flags: u8| match flags & 0x80 {
        0 => 0,
        _ => 3 << ((flags & 7) + 1),
    };
    let mut at = 13 + table(*bytes.get(10)?);
    loop {
        let blocks = match bytes.get(at)? {
            0x3b => return Some(behind(bytes, at + 1)),
            0x2c => at + 11 + table(*bytes.get(at + 9)?),
            0x21 => match bytes.get(at + 1)? {
                0xf9 => at + 2,
                0xff if bytes.get(at + 3..)?.starts_with(b"NETSCAPE2.0") => at + 2,
                _ => return Some(true),
            },
            _ => return None,
        };
        at = blocks;
        while let length @ 1.. = usize::from(*bytes.get(at)?) {
            at += length + 1;
        }
        at += 1;
    }
}

fn webp(bytes: &[u8]) -> Option<bool> {
    let end = u32::from_le_bytes(bytes.get(4..8)?.try_into().ok()?) as usize + 8;
    let chunks = webp::chunks(bytes.get(..end)?, 12).ok()?;
    let of_the_form =
        |name: &[u8; 4]| [b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF", b"ICCP"].contains(&name);
    Some(behind(bytes, end) || chunks.iter().any(|(name, _)| !of_the_form(name)))
}

/// More than padding.
fn behind(bytes: &[u8], from: usize) -> bool {
    bytes
        .get(from..)
        .unwrap_or_default()
        .iter()
        .any(|byte| *byte != 0)
}
