//! What moves keeps moving, or is refused.

use std::io::Cursor;

use image::AnimationDecoder;
use image::codecs::gif::GifDecoder;
use image::codecs::png::PngDecoder;
use image::codecs::webp::WebPDecoder;
use kossori_engine::ports::{MediaError, PictureBounds};
use kossori_media::clean;

use crate::make;
use crate::subjects::animations;

/// Every frame's pixels and how long it stays.
fn frames(mime: &str, bytes: &[u8]) -> Vec<(image::RgbaImage, image::Delay)> {
    let frames = match mime {
        "image/gif" => GifDecoder::new(Cursor::new(bytes)).unwrap().into_frames(),
        "image/webp" => WebPDecoder::new(Cursor::new(bytes)).unwrap().into_frames(),
        _ => PngDecoder::new(Cursor::new(bytes))
            .unwrap()
            .apng()
            .unwrap()
            .into_frames(),
    };
    frames
        .collect_frames()
        .unwrap()
        .into_iter()
        .map(|frame| (frame.buffer().clone(), frame.delay()))
        .collect()
}

#[test]
fn every_frame_is_left_with_its_time() {
    for subject in animations() {
        let cleaned = clean(&subject.bytes, &PictureBounds::default()).expect(subject.name);
        assert_eq!(cleaned.mime, subject.mime);
        let after = frames(subject.mime, &cleaned.bytes);
        assert_eq!(after.len(), 3, "{}", subject.name);
        assert!(frames(subject.mime, &subject.bytes) == after, "{}", subject.name);
    }
}

#[test]
fn how_often_it_repeats_is_left() {
    let cleaned = clean(&make::gif(&[make::RED, make::GREEN]), &PictureBounds::default()).unwrap();
    let mut decoder = gif::Decoder::new(Cursor::new(&cleaned.bytes)).unwrap();
    while decoder.next_frame_info().unwrap().is_some() {}
    assert_eq!(decoder.repeat(), gif::Repeat::Finite(3));
    let cleaned = clean(
        &make::apng(&[make::RED, make::GREEN], true),
        &PictureBounds::default(),
    )
    .unwrap();
    let reader = png::Decoder::new(Cursor::new(&cleaned.bytes))
        .read_info()
        .unwrap();
    assert_eq!(reader.info().animation_control.unwrap().num_plays, 5);
    let cleaned = clean(
        &make::animated_webp(&[make::RED, make::GREEN]),
        &PictureBounds::default(),
    )
    .unwrap();
    assert!(
        cleaned
            .bytes
            .windows(14)
            .any(|at| at == b"ANIM\x06\0\0\0\0\0\0\0\x04\0")
    );
}

#[test]
fn too_large_to_send_is_refused_not_stilled() {
    for subject in animations() {
        for bounds in [
            PictureBounds {
                max_bytes: Some(60),
                max_pixels: None,
            },
            PictureBounds {
                max_bytes: None,
                max_pixels: Some(40 * 24 - 1),
            },
        ] {
            assert_eq!(
                clean(&subject.bytes, &bounds).unwrap_err(),
                MediaError::CannotShrink,
                "{}",
                subject.name
            );
        }
    }
}
