//! Brought under a size.

use image::{DynamicImage, RgbaImage};
use kossori_engine::ports::{MediaError, PictureBounds};
use kossori_media::clean;

use crate::make::{self, decode, near, noise, seen_corners};
use crate::subjects::half_clear;

fn at_most(max_bytes: u64) -> PictureBounds {
    PictureBounds {
        max_bytes: Some(max_bytes),
        max_pixels: None,
    }
}

/// A picture that JPEG finds neither easy nor impossible.
fn photograph(width: u32, height: u32) -> image::RgbImage {
    let mut image = make::corners(width, height);
    for (pixel, rubbish) in image.pixels_mut().zip(noise(width, height).pixels()) {
        for (channel, rubbish) in pixel.0.iter_mut().zip(rubbish.0) {
            *channel = channel.saturating_add(rubbish / 16);
        }
    }
    image
}

#[test]
fn a_jpeg_goes_under_every_bound() {
    let dirty = make::jpeg(&photograph(640, 480));
    let mut widths = Vec::new();
    for max in [1_000_000, 90_000, 60_000, 40_000, 20_000, 5_000, 2_000] {
        let cleaned = clean(&dirty, &at_most(max)).unwrap();
        assert!(
            cleaned.bytes.len() as u64 <= max,
            "{} > {max}",
            cleaned.bytes.len()
        );
        assert_eq!(cleaned.mime, "image/jpeg");
        let image = decode(&cleaned.bytes);
        assert_eq!((image.width(), image.height()), (cleaned.width, cleaned.height));
        assert!((f64::from(image.width()) / f64::from(image.height()) - 4.0 / 3.0).abs() < 0.05);
        assert!(near(seen_corners(&image)[1], make::GREEN, 40));
        widths.push(cleaned.width);
        assert_eq!(
            cleaned,
            clean(&dirty, &at_most(max)).unwrap(),
            "the same each time"
        );
    }
    assert_eq!(widths[0], 640);
    assert!(widths.is_sorted_by(|a, b| a >= b), "{widths:?}");
    assert!(widths[2] == 640, "compression goes before pixels: {widths:?}");
}

#[test]
fn fewer_pixels_where_the_network_counts_them() {
    let bounds = PictureBounds {
        max_bytes: None,
        max_pixels: Some(10_000),
    };
    for dirty in [
        make::jpeg(&photograph(320, 240)),
        make::png(&DynamicImage::ImageRgb8(photograph(320, 240))),
    ] {
        let cleaned = clean(&dirty, &bounds).unwrap();
        let pixels = cleaned.width * cleaned.height;
        assert!(pixels <= 10_000 && pixels > 9_500, "{pixels}");
    }
}

#[test]
fn a_photograph_in_a_png_becomes_a_jpeg_when_it_must() {
    let png = make::png(&DynamicImage::ImageRgb8(photograph(320, 240)));
    assert_eq!(clean(&png, &at_most(10_000_000)).unwrap().mime, "image/png");
    let small = clean(&png, &at_most(60_000)).unwrap();
    assert_eq!((small.mime.as_str(), small.width), ("image/jpeg", 320));
    // An alpha channel that hides nothing does not stand in the way.
    let opaque = make::png(&DynamicImage::ImageRgba8(
        DynamicImage::ImageRgb8(photograph(320, 240)).to_rgba8(),
    ));
    assert_eq!(clean(&opaque, &at_most(60_000)).unwrap().mime, "image/jpeg");
}

#[test]
fn clear_pixels_stay_clear_however_small() {
    let mut image = half_clear(320, 240);
    for (pixel, rubbish) in image.pixels_mut().zip(noise(320, 240).pixels()) {
        pixel.0[0] = rubbish.0[0];
    }
    let small = clean(&make::png(&DynamicImage::ImageRgba8(image)), &at_most(30_000)).unwrap();
    assert_eq!(small.mime, "image/png");
    assert!(small.bytes.len() <= 30_000 && small.width < 320);
    let seen = decode(&small.bytes).to_rgba8();
    assert!(seen.get_pixel(0, small.height / 2).0[3] < 10 && seen.get_pixel(small.width - 1, 0).0[3] > 240);
}

#[test]
fn a_drawing_of_few_colours_keeps_its_exact_pixels() {
    let rgb = DynamicImage::ImageRgb8(make::corners(400, 300));
    let clear = DynamicImage::ImageRgba8(RgbaImage::from_fn(400, 300, |x, _| {
        image::Rgba([9, 8, 7, (x % 3) as u8 * 127])
    }));
    for drawing in [rgb, clear] {
        let cleaned = clean(&make::png(&drawing), &at_most(4_000)).unwrap();
        assert_eq!((cleaned.mime.as_str(), cleaned.width), ("image/png", 400));
        assert_eq!(decode(&cleaned.bytes).to_rgba8(), drawing.to_rgba8());
    }
}

#[test]
fn grey_and_sixteen_bits_and_a_still_gif_that_is_too_large() {
    let grey = DynamicImage::ImageRgb8(photograph(300, 200)).to_luma8();
    let cleaned = clean(&make::png(&DynamicImage::ImageLuma8(grey)), &at_most(15_000)).unwrap();
    assert_eq!(cleaned.mime, "image/jpeg");
    let deep = DynamicImage::ImageRgb8(make::corners(40, 24)).to_rgb16();
    let cleaned = clean(
        &make::png(&DynamicImage::ImageRgb16(deep)),
        &PictureBounds::default(),
    )
    .unwrap();
    assert_eq!(seen_corners(&decode(&cleaned.bytes))[2], make::BLUE);
    let gif = make::gif(&[make::GREEN]);
    let small = clean(
        &gif,
        &PictureBounds {
            max_bytes: None,
            max_pixels: Some(200),
        },
    )
    .unwrap();
    assert_eq!(small.mime, "image/png");
    assert!(small.width * small.height <= 200);
}

#[test]
fn what_no_size_fits_is_refused() {
    let dirty = make::jpeg(&photograph(64, 64));
    assert_eq!(clean(&dirty, &at_most(50)).unwrap_err(), MediaError::CannotShrink);
    let clear = make::png(&DynamicImage::ImageRgba8(half_clear(64, 64)));
    assert_eq!(clean(&clear, &at_most(30)).unwrap_err(), MediaError::CannotShrink);
}
