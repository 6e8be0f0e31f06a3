//! One dirty picture of every kind, by name.

use image::{DynamicImage, RgbaImage};

use crate::make;

pub const LOSSY_WEBP: &[u8] = include_bytes!("fixtures/lossy.webp");
pub const LOSSY_ALPHA_WEBP: &[u8] = include_bytes!("fixtures/lossy_alpha.webp");
pub const PROGRESSIVE_JPEG: &[u8] = include_bytes!("fixtures/progressive.jpg");
pub const CMYK_JPEG: &[u8] = include_bytes!("fixtures/cmyk.jpg");
pub const INTERLACED_GIF: &[u8] = include_bytes!("fixtures/interlaced.gif");

pub struct Subject {
    pub name: &'static str,
    pub bytes: Vec<u8>,
    pub mime: &'static str,
}

pub fn half_clear(width: u32, height: u32) -> RgbaImage {
    let mut image = DynamicImage::ImageRgb8(make::corners(width, height)).to_rgba8();
    for (x, _, pixel) in image.enumerate_pixels_mut() {
        pixel.0[3] = (x * 255 / width) as u8;
    }
    image
}

/// All of 40 x 24 pixels and in the order of `make::corners`, animations aside.
pub fn stills() -> Vec<Subject> {
    let corners = make::corners(40, 24);
    let rgba = DynamicImage::ImageRgb8(corners.clone()).to_rgba8();
    let subject = |name, bytes, mime| Subject { name, bytes, mime };
    let plain_png = make::png(&DynamicImage::ImageRgb8(corners.clone()));
    let clear_png = make::png(&DynamicImage::ImageRgba8(half_clear(40, 24)));
    vec![
        subject(
            "jpeg, copied",
            make::dirty_jpeg(&make::jpeg(&corners), 1),
            "image/jpeg",
        ),
        subject(
            "jpeg, progressive",
            make::dirty_jpeg(PROGRESSIVE_JPEG, 1),
            "image/jpeg",
        ),
        subject("jpeg, cmyk", make::dirty_jpeg(CMYK_JPEG, 1), "image/jpeg"),
        subject("png", make::dirty_png(&plain_png, 1), "image/png"),
        subject("png, half clear", make::dirty_png(&clear_png, 1), "image/png"),
        subject(
            "webp, lossless",
            make::dirty_webp(&make::webp(&rgba), (40, 24), 1),
            "image/webp",
        ),
        subject(
            "webp, lossy",
            make::dirty_webp(LOSSY_WEBP, (40, 24), 1),
            "image/jpeg",
        ),
        subject(
            "webp, lossy and half clear",
            make::dirty_webp(LOSSY_ALPHA_WEBP, (40, 24), 1),
            "image/webp",
        ),
        subject(
            "gif, interlaced",
            [INTERLACED_GIF, make::CANARY.as_bytes()].concat(),
            "image/gif",
        ),
    ]
}

pub fn animations() -> Vec<Subject> {
    let colours = [make::RED, make::GREEN, make::YELLOW];
    let subject = |name, bytes, mime| Subject { name, bytes, mime };
    vec![
        subject("gif, animated", make::gif(&colours), "image/gif"),
        subject("png, animated", make::apng(&colours, false), "image/png"),
        subject(
            "png, animated, with a picture of its own",
            make::apng(&colours, true),
            "image/png",
        ),
        subject("webp, animated", make::animated_webp(&colours), "image/webp"),
    ]
}
