//! The eight orientations of EXIF, turned into pixels.

use image::DynamicImage;
use kossori_engine::ports::PictureBounds;
use kossori_media::clean;

use crate::make::{
    self, BLUE, GREEN, RED, YELLOW, corners, decode, dirty_jpeg, dirty_png, dirty_webp, near, seen_corners,
};

/// What a viewer that follows the EXIF specification shows of `make::corners`: top left, top right, bottom left,
/// bottom right; and whether width and height change places.
const SHOWN: [([[u8; 3]; 4], bool); 8] = [
    ([RED, GREEN, BLUE, YELLOW], false),
    ([GREEN, RED, YELLOW, BLUE], false),
    ([YELLOW, BLUE, GREEN, RED], false),
    ([BLUE, YELLOW, RED, GREEN], false),
    ([RED, BLUE, GREEN, YELLOW], true),
    ([BLUE, RED, YELLOW, GREEN], true),
    ([YELLOW, GREEN, BLUE, RED], true),
    ([GREEN, YELLOW, RED, BLUE], true),
];

fn check(name: &str, turned: impl Fn(u16) -> Vec<u8>, bounds: PictureBounds) {
    for (orientation, (shown, sideways)) in (1..).zip(SHOWN) {
        let cleaned = clean(&turned(orientation), &bounds).unwrap();
        let image = decode(&cleaned.bytes);
        assert_eq!((image.width(), image.height()), (cleaned.width, cleaned.height));
        assert_eq!(
            image.width() < image.height(),
            sideways,
            "{name}, orientation {orientation}"
        );
        for (seen, shown) in seen_corners(&image).into_iter().zip(shown) {
            assert!(
                near(seen, shown, 12),
                "{name}, orientation {orientation}: {seen:?} instead of {shown:?}"
            );
        }
    }
}

#[test]
fn all_eight_orientations_in_all_formats_that_have_them() {
    let jpeg = make::jpeg(&corners(64, 32));
    let rgb = DynamicImage::ImageRgb8(corners(64, 32));
    let (png, webp) = (make::png(&rgb), make::webp(&rgb.to_rgba8()));
    check(
        "jpeg",
        |orientation| dirty_jpeg(&jpeg, orientation),
        PictureBounds::default(),
    );
    check(
        "png",
        |orientation| dirty_png(&png, orientation),
        PictureBounds::default(),
    );
    check(
        "webp",
        |orientation| dirty_webp(&webp, (64, 32), orientation),
        PictureBounds::default(),
    );
}

#[test]
fn also_when_it_gets_smaller() {
    let jpeg = make::jpeg(&corners(256, 128));
    let bounds = PictureBounds {
        max_bytes: None,
        max_pixels: Some(64 * 32),
    };
    check("small jpeg", |orientation| dirty_jpeg(&jpeg, orientation), bounds);
}

/// The text chunk is standard, the EXIF chunk may stand behind the pixels.
#[test]
fn the_exif_of_a_png_may_come_last() {
    let png = make::png(&DynamicImage::ImageRgb8(corners(64, 32)));
    let last = [make::png_chunk(b"eXIf", &make::exif(6))];
    let cleaned = clean(&make::png_with(&png, &[], &last), &PictureBounds::default()).unwrap();
    assert_eq!((cleaned.width, cleaned.height), (32, 64));
}
