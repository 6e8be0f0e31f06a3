//! Profiles go, and what they said is in the pixels.

use image::{DynamicImage, Rgb, RgbImage};
use kossori_engine::ports::PictureBounds;
use kossori_media::clean;
use moxcms::ColorProfile;

use crate::make::{self, decode, near};

fn jpeg_with_profile(image: &RgbImage, profile: &ColorProfile) -> Vec<u8> {
    let plain = make::jpeg(image);
    let content = [b"ICC_PROFILE\0\x01\x01".as_slice(), &profile.encode().unwrap()].concat();
    let length = u16::try_from(content.len() + 2).unwrap().to_be_bytes();
    [&plain[..2], &[0xff, 0xe2], &length[..], &content, &plain[2..]].concat()
}

fn has_profile(bytes: &[u8]) -> bool {
    [b"ICC_PROFILE".as_slice(), b"iCCP", b"ICCP", b"acsp"]
        .iter()
        .any(|mark| bytes.windows(mark.len()).any(|at| at == *mark))
}

#[test]
fn wide_colours_are_converted_and_the_profile_goes() {
    // (200, 100, 50) in Display P3 is (216, 95, 31) in sRGB, by the two standards' matrices and shared curve.
    let flat = RgbImage::from_pixel(32, 32, Rgb([200, 100, 50]));
    let dirty = jpeg_with_profile(&flat, &ColorProfile::new_display_p3());
    assert!(has_profile(&dirty));
    let cleaned = clean(&dirty, &PictureBounds::default()).unwrap();
    assert!(!has_profile(&cleaned.bytes));
    let seen = decode(&cleaned.bytes).to_rgb8().get_pixel(16, 16).0;
    assert!(near(seen, [216, 95, 31], 5), "{seen:?}");
}

#[test]
fn a_profile_that_says_srgb_costs_no_quality() {
    let noise = make::noise(32, 32);
    let dirty = jpeg_with_profile(&noise, &ColorProfile::new_srgb());
    let cleaned = clean(&dirty, &PictureBounds::default()).unwrap();
    assert!(!has_profile(&cleaned.bytes));
    assert_eq!(
        decode(&dirty),
        decode(&cleaned.bytes),
        "the compressed pixels are copied"
    );
}

#[test]
fn webp_profiles_with_clear_pixels() {
    let mut image = DynamicImage::ImageRgb8(RgbImage::from_pixel(32, 32, Rgb([200, 100, 50]))).to_rgba8();
    image.get_pixel_mut(0, 0).0[3] = 0;
    let dirty = make::riff(&[
        make::vp8x(0b0011_0000, 32, 32),
        make::riff_chunk(b"ICCP", &ColorProfile::new_display_p3().encode().unwrap()),
        make::webp_pixels(&make::webp(&image)),
    ]);
    let cleaned = clean(&dirty, &PictureBounds::default()).unwrap();
    assert!(!has_profile(&cleaned.bytes));
    let seen = decode(&cleaned.bytes).to_rgba8();
    assert_eq!(seen.get_pixel(0, 0).0[3], 0);
    let [r, g, b, alpha] = seen.get_pixel(16, 16).0;
    assert!(
        near([r, g, b], [216, 95, 31], 3) && alpha == 255,
        "{r} {g} {b} {alpha}"
    );
}

#[test]
fn rubbish_in_place_of_a_profile_is_dropped() {
    let plain = make::jpeg(&make::corners(32, 32));
    let content = b"ICC_PROFILE\0\x01\x01SECRET-CANARY rubbish";
    let length = u16::try_from(content.len() + 2).unwrap().to_be_bytes();
    let dirty = [&plain[..2], &[0xff, 0xe2], &length[..], content, &plain[2..]].concat();
    assert!(!has_profile(
        &clean(&dirty, &PictureBounds::default()).unwrap().bytes
    ));
}
