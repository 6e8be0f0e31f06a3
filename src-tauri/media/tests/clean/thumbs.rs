//! Small pictures for the eye, and whether a picture told anything before it was cleaned.

use kossori_engine::ports::{MediaError, PictureBounds};
use kossori_media::{clean, tells, thumb};

use crate::make::{self, BLUE, CANARY, GREEN, RED, YELLOW, decode, near, seen_corners};
use crate::subjects::{animations, half_clear, stills};

#[test]
fn what_told_something_is_told_from_what_did_not() {
    for subject in stills().into_iter().chain(animations()) {
        assert!(tells(&subject.bytes), "{} is dirty", subject.name);
        let cleaned = clean(&subject.bytes, &PictureBounds::default()).expect(subject.name);
        assert!(!tells(&cleaned.bytes), "{} was cleaned", subject.name);
    }
    for bytes in [
        &b"no picture"[..],
        b"",
        &[0xff, 0xd8, 0xff],
        b"GIF89a",
        b"RIFF\xff\xff\xff\xffWEBP",
    ] {
        assert!(!tells(bytes));
    }
}

#[test]
fn each_way_of_telling_is_seen_alone() {
    let jpeg = make::jpeg(&make::corners(40, 24));
    let segment = |marker: u8, content: &[u8]| {
        let length = u16::try_from(content.len() + 2).unwrap().to_be_bytes();
        [&jpeg[..2], &[0xff, marker], &length, content, &jpeg[2..]].concat()
    };
    let png = make::png(&make::corners(40, 24).into());
    let png_with =
        |name: &[u8; 4], content: &[u8]| make::png_with(&png, &[make::png_chunk(name, content)], &[]);
    for (what, told, bytes) in [
        ("jpeg", false, jpeg.clone()),
        ("a profile alone", false, segment(0xe2, b"ICC_PROFILE\0\x01\x01")),
        ("EXIF", true, segment(0xe1, b"Exif\0\0")),
        ("IPTC", true, segment(0xed, b"Photoshop 3.0\0")),
        ("a comment", true, segment(0xfe, b"hello")),
        ("second pictures", true, segment(0xe2, b"MPF\0")),
        ("padding", false, [&jpeg[..], &[0; 9]].concat()),
        ("a trailer", true, [&jpeg[..], b"film"].concat()),
        ("png", false, png.clone()),
        ("how dense its pixels are", false, png_with(b"pHYs", &[0; 9])),
        ("text", true, png_with(b"tEXt", b"Author\0me")),
        ("time", true, png_with(b"tIME", &[0; 7])),
        ("EXIF in a PNG", true, png_with(b"eXIf", b"II*\0")),
        ("behind the PNG", true, [&png[..], b"x"].concat()),
    ] {
        assert_eq!(tells(&bytes), told, "{what}");
    }
}

#[test]
fn a_thumbnail_is_small_still_and_the_same_picture() {
    for subject in stills().into_iter().chain(animations()) {
        let cleaned = clean(&subject.bytes, &PictureBounds::default()).expect(subject.name);
        let small = thumb(&cleaned.bytes).expect(subject.name);
        assert_eq!((small.width, small.height), (40, 24), "{}", subject.name);
        assert!(
            ["image/jpeg", "image/png"].contains(&small.mime.as_str()),
            "{}: {}",
            subject.name,
            small.mime
        );
        assert!(!tells(&small.bytes), "{}", subject.name);
        assert!(!small.bytes.windows(8).any(|at| at == &CANARY.as_bytes()[..8]));
        if subject.mime == "image/gif" || animations().iter().any(|other| other.name == subject.name) {
            continue;
        }
        for (seen, drawn) in seen_corners(&decode(&small.bytes))
            .into_iter()
            .zip([RED, GREEN, BLUE, YELLOW])
        {
            assert!(near(seen, drawn, 60), "{}: {seen:?} for {drawn:?}", subject.name);
        }
    }
}

#[test]
fn a_large_picture_gets_256_pixels_on_its_longer_side() {
    for (width, height, expected) in [
        (1000, 400, (256, 102)),
        (300, 900, (85, 256)),
        (256, 256, (256, 256)),
    ] {
        let opaque = make::jpeg(&make::corners(width, height));
        let clear = make::png(&half_clear(width, height).into());
        for (bytes, mime) in [(opaque, "image/jpeg"), (clear, "image/png")] {
            let small = thumb(&bytes).unwrap();
            assert_eq!((small.width, small.height), expected, "{mime}");
            assert_eq!(small.mime, mime);
            assert_ne!(*small.bytes, *bytes, "never the kept one itself");
        }
    }
    assert_eq!(thumb(b"no picture").unwrap_err(), MediaError::NotAPicture);
}
