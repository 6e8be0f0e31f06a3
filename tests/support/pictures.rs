//! Pictures with everything in them that must not leave.

use std::path::Path;
use std::process::Command;

use image::{ImageBuffer, Rgb};

/// A JPEG with a position, a name, a comment and a thumbnail-sized amount of XMP. `seed` makes it differ from others.
pub fn telling_jpeg(path: &Path, width: u32, height: u32, seed: u32) {
    telling(path, width, height, seed);
}

/// The same as a PNG, which is what desktops put on the clipboard.
pub fn telling_png(path: &Path, width: u32, height: u32, seed: u32) {
    telling(path, width, height, seed);
}

/// Of the format that its name says.
fn telling(path: &Path, width: u32, height: u32, seed: u32) {
    let picture = ImageBuffer::from_fn(width, height, |x, y| {
        let noise = (x.wrapping_mul(31) ^ y.wrapping_mul(17) ^ seed.wrapping_mul(101))
            .wrapping_mul(2_654_435_761)
            >> 26;
        let shade = u8::try_from((x + y + seed) % 190 + noise % 64).expect("below 256");
        Rgb([
            shade,
            u8::try_from(x % 256).expect("below 256"),
            u8::try_from((y + seed) % 256).expect("below 256"),
        ])
    });
    picture.save(path).expect("a picture is written");
    let written = Command::new("exiftool")
        .args([
            "-q",
            "-overwrite_original",
            "-GPSLatitude=35.6586",
            "-GPSLatitudeRef=N",
            "-GPSLongitude=139.7454",
            "-GPSLongitudeRef=E",
            "-Artist=Canary Artist",
            "-Comment=Canary Comment",
            "-XMP:Creator=Canary Creator",
            "-IPTC:By-line=Canary Byline",
        ])
        .arg(path)
        .status()
        .expect("exiftool runs");
    assert!(written.success(), "exiftool writes the metadata");
    let bytes = std::fs::read(path).expect("the picture");
    assert!(
        find(&bytes, b"Canary Artist"),
        "the metadata is in the picture that is attached"
    );
}

pub fn find(haystack: &[u8], needle: &[u8]) -> bool {
    !needle.is_empty() && haystack.windows(needle.len()).any(|window| window == needle)
}

/// Tags that tell nothing: the form of the picture itself.
pub fn is_of_the_form(group: &str, tag: &str) -> bool {
    matches!(
        group,
        "ExifTool" | "System" | "File" | "Composite" | "JFIF" | "PNG"
    ) && !tag.contains("Comment")
}
