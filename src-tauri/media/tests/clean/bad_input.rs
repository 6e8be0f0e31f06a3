//! What is no picture, is broken, or is a trap.

use image::DynamicImage;
use kossori_engine::ports::{MediaError, PictureBounds};
use kossori_media::{MAX_FILE_BYTES, clean};

use crate::make;
use crate::subjects::{Subject, animations, stills};

fn refused(bytes: &[u8]) -> MediaError {
    clean(bytes, &PictureBounds::default()).unwrap_err()
}

#[test]
fn what_is_no_picture() {
    let film = b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom";
    for bytes in [
        b"".as_slice(),
        b"\xff",
        b"Hello, this is a text.",
        b"%PDF-1.7",
        b"<svg/>",
        b"BM\0\0\0\0",
        film,
    ] {
        assert_eq!(refused(bytes), MediaError::NotAPicture, "{bytes:?}");
    }
}

#[test]
fn heic_by_its_brands() {
    for brands in [
        b"heic\0\0\0\0mif1heic".as_slice(),
        b"mif1\0\0\0\0heic",
        b"avif\0\0\0\0mif1",
        b"isom\0\0\0\0mif1heix",
    ] {
        let bytes = [b"\0\0\0\x18ftyp".as_slice(), brands].concat();
        assert_eq!(refused(&bytes), MediaError::Heic, "{brands:?}");
    }
}

/// 60,000 x 60,000 pixels in a few bytes. Refused by the header: decoding would take 10 GB.
#[test]
fn claims_of_size() {
    let side = 60_000_u32;
    let mut png = make::png(&DynamicImage::ImageRgb8(make::corners(8, 8)));
    let ihdr = [&side.to_be_bytes()[..], &side.to_be_bytes(), &[8, 2, 0, 0, 0]].concat();
    png.splice(8..33, make::png_chunk(b"IHDR", &ihdr));
    assert_eq!(refused(&png), MediaError::TooLarge);

    let mut jpeg = make::jpeg(&make::corners(8, 8));
    let frame = jpeg.windows(2).position(|pair| pair == [0xff, 0xc0]).unwrap();
    jpeg[frame + 5..frame + 9].copy_from_slice(&[0xea, 0x60, 0xea, 0x60]);
    assert_eq!(refused(&jpeg), MediaError::TooLarge);
    // As progressive, fewer pixels are too many: 6,500 x 6,500.
    jpeg[frame + 1] = 0xc2;
    jpeg[frame + 5..frame + 9].copy_from_slice(&[0x19, 0x64, 0x19, 0x64]);
    assert_eq!(refused(&jpeg), MediaError::TooLarge);

    let mut gif = make::gif(&[make::RED]);
    gif[6..10].copy_from_slice(&[0x60, 0xea, 0x60, 0xea]);
    assert_eq!(refused(&gif), MediaError::TooLarge);

    // A WebP has at most 16,384 pixels a side. Both kinds of pixels, and the header of an animation.
    let lossless = make::riff(&[make::riff_chunk(
        b"VP8L",
        &[0x2f, 0xff, 0xff, 0xff, 0x0f, 0, 0, 0],
    )]);
    assert_eq!(refused(&lossless), MediaError::TooLarge);
    let mut animated = make::animated_webp(&[make::RED]);
    animated[24..30].copy_from_slice(&[0x5f, 0xea, 0, 0x5f, 0xea, 0]);
    assert_eq!(refused(&animated), MediaError::TooLarge);
}

/// Few bytes that unpack to many frames.
#[test]
fn an_animation_without_end() {
    let canvas = 4_000_u16;
    let mut encoder = gif::Encoder::new(Vec::new(), canvas, canvas, &[0; 6]).unwrap();
    let mut frame =
        gif::Frame::from_indexed_pixels(canvas, canvas, vec![0; usize::from(canvas).pow(2)], None);
    frame.palette = None;
    frame.make_lzw_pre_encoded();
    for _ in 0..26 {
        encoder.write_lzw_pre_encoded_frame(&frame).unwrap();
    }
    let bytes = encoder.into_inner().unwrap();
    assert!(bytes.len() < 2_000_000);
    assert_eq!(refused(&bytes), MediaError::TooLarge);
}

#[test]
fn files_over_64_mib() {
    let mut jpeg = make::jpeg(&make::corners(8, 8));
    jpeg.resize(MAX_FILE_BYTES as usize + 1, 0);
    assert_eq!(refused(&jpeg), MediaError::TooLarge);
}

/// What is whole of a subject: up to its own end, without the trailer behind it.
fn whole(subject: &Subject) -> usize {
    (0..subject.bytes.len())
        .rev()
        .find(|end| clean(&subject.bytes[..*end], &PictureBounds::default()).is_err())
        .map_or(0, |end| end + 1)
}

#[test]
fn cut_off_anywhere_is_broken() {
    for subject in stills().into_iter().chain(animations()) {
        let end = whole(&subject);
        assert!(end > subject.bytes.len() / 4, "{}", subject.name);
        // Short of 16 bytes, even the kind may not be known any more.
        for cut in (16..end).step_by(1 + end / 120) {
            let error = clean(&subject.bytes[..cut], &PictureBounds::default()).expect_err(subject.name);
            assert_eq!(
                error,
                MediaError::Broken,
                "{} cut at {cut} of {end}",
                subject.name
            );
        }
    }
}

/// Bytes changed at random, with a fixed seed: an answer each time, never a panic, and no canary that was not decoded.
#[test]
fn random_damage() {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 16) as usize % below
    };
    let (mut cleaned, mut refused) = (0, 0);
    let bounds = PictureBounds {
        max_bytes: Some(20_000),
        max_pixels: Some(500_000),
    };
    for subject in stills().into_iter().chain(animations()) {
        for _ in 0..300 {
            let mut bytes = subject.bytes.clone();
            for _ in 0..1 + random(6) {
                let place = random(bytes.len());
                match random(4) {
                    0 => bytes[place] ^= 1 << random(8),
                    1 => bytes[place] = random(256) as u8,
                    2 => bytes[place] = 0xff,
                    _ => bytes.truncate(place.max(16)),
                }
            }
            match clean(&bytes, &bounds) {
                Ok(picture) => {
                    cleaned += 1;
                    assert!(
                        bounds
                            .max_bytes
                            .is_none_or(|max| picture.bytes.len() as u64 <= max)
                    );
                    let canary = make::CANARY.as_bytes();
                    assert!(
                        !picture.bytes.windows(canary.len()).any(|at| at == canary),
                        "{}",
                        subject.name
                    );
                }
                Err(_) => refused += 1,
            }
        }
    }
    assert!(
        cleaned > 300 && refused > 300,
        "both must happen: {cleaned} cleaned, {refused} refused"
    );
}

/// Baseline with one scan a colour: the decoder gets its colours wrong without a word. It passes untouched or not at all.
#[test]
fn a_jpeg_that_would_be_decoded_wrongly() {
    let mut bytes = Vec::new();
    let mut encoder = jpeg_encoder::Encoder::new(&mut bytes, 90);
    encoder.set_sampling_factor(jpeg_encoder::SamplingFactor::F_2_2);
    encoder.set_optimized_huffman_tables(true);
    encoder
        .encode(&make::corners(64, 32), 64, 32, jpeg_encoder::ColorType::Rgb)
        .unwrap();
    let whole = clean(&bytes, &PictureBounds::default()).unwrap();
    assert_eq!(whole.bytes.len(), bytes.len());
    let smaller = PictureBounds {
        max_bytes: None,
        max_pixels: Some(100),
    };
    assert_eq!(clean(&bytes, &smaller).unwrap_err(), MediaError::NotAPicture);
}
