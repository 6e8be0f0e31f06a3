//! Which kind of picture the bytes are, by their first bytes. Names and extensions of files are not asked.

use kossori_engine::ports::MediaError;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Jpeg,
    Png,
    Gif,
    WebP,
}

/// # Errors
/// `Heic` for HEIC, HEIF and AVIF, which share one container; `NotAPicture` for everything else that is not known.
pub(crate) fn kind(bytes: &[u8]) -> Result<Kind, MediaError> {
    match bytes {
        [0xff, 0xd8, 0xff, ..] => Ok(Kind::Jpeg),
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Ok(Kind::Png),
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Ok(Kind::Gif),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Ok(Kind::WebP),
        [_, _, _, _, b'f', b't', b'y', b'p', rest @ ..] if is_heif(rest) => Err(MediaError::Heic),
        _ => Err(MediaError::NotAPicture),
    }
}

/// `rest` is the `ftyp` box after its name: major brand, minor version, compatible brands. A film has other brands.
fn is_heif(rest: &[u8]) -> bool {
    const BRANDS: [&[u8]; 13] = [
        b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"mif2", b"msf1",
        b"avif", b"avis",
    ];
    let brands = rest
        .chunks_exact(4)
        .take(16)
        .enumerate()
        .filter(|(place, _)| *place != 1);
    brands.into_iter().any(|(_, brand)| BRANDS.contains(&brand))
}
