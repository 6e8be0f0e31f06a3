//! Nothing but pixels is left.

use std::io::{Cursor, Write};
use std::process::{Command, Stdio};

use kossori_engine::ports::PictureBounds;
use kossori_media::clean;

use crate::make::{BLUE, CANARY, GREEN, RED, YELLOW, decode, exif, near, seen_corners};
use crate::subjects::{animations, stills};

fn hits(bytes: &[u8]) -> usize {
    let canary = CANARY.as_bytes();
    bytes
        .windows(canary.len())
        .filter(|window| *window == canary)
        .count()
}

#[test]
fn no_canary_is_left_in_any_format() {
    for subject in stills().into_iter().chain(animations()) {
        assert!(
            hits(&subject.bytes) > 0,
            "{}: the canary must be there before",
            subject.name
        );
        let cleaned = clean(&subject.bytes, &PictureBounds::default()).expect(subject.name);
        assert_eq!(hits(&cleaned.bytes), 0, "{}", subject.name);
        assert_eq!((cleaned.width, cleaned.height), (40, 24), "{}", subject.name);
    }
}

#[test]
fn an_independent_reader_finds_no_exif() {
    let read = |bytes: &[u8]| exif::Reader::new().read_from_container(&mut Cursor::new(bytes));
    let mut found_before = 0;
    for subject in stills().into_iter().chain(animations()) {
        found_before += usize::from(read(&subject.bytes).is_ok());
        let cleaned = clean(&subject.bytes, &PictureBounds::default()).expect(subject.name);
        assert!(read(&cleaned.bytes).is_err(), "{}: EXIF is left", subject.name);
    }
    assert!(
        found_before >= 8,
        "the reader must find EXIF in the dirty pictures: it found {found_before}"
    );
    assert!(exif::Reader::new().read_raw(exif(6)).is_ok());
}

#[test]
fn the_picture_itself_is_left() {
    for subject in stills() {
        let cleaned = clean(&subject.bytes, &PictureBounds::default()).expect(subject.name);
        assert_eq!(cleaned.mime, subject.mime, "{}", subject.name);
        let before = seen_corners(&decode(&subject.bytes));
        let after = seen_corners(&decode(&cleaned.bytes));
        for ((before, after), drawn) in before.into_iter().zip(after).zip([RED, GREEN, BLUE, YELLOW]) {
            assert!(
                near(before, after, 8),
                "{}: {before:?} became {after:?}",
                subject.name
            );
            // Palettes and inks are coarse.
            assert!(
                near(after, drawn, 50),
                "{}: {after:?} was drawn as {drawn:?}",
                subject.name
            );
        }
    }
}

#[test]
fn a_jpeg_that_fits_keeps_its_compressed_pixels() {
    for subject in stills().into_iter().take(2) {
        let cleaned = clean(&subject.bytes, &PictureBounds::default()).expect(subject.name);
        assert_eq!(decode(&subject.bytes), decode(&cleaned.bytes), "{}", subject.name);
        assert!(cleaned.bytes.len() < subject.bytes.len());
    }
}

#[test]
fn cleaning_twice_changes_nothing_and_is_the_same_each_time() {
    for subject in stills().into_iter().chain(animations()) {
        let once = clean(&subject.bytes, &PictureBounds::default()).expect(subject.name);
        assert_eq!(
            once,
            clean(&subject.bytes, &PictureBounds::default()).expect(subject.name),
            "{}",
            subject.name
        );
        let twice = clean(&once.bytes, &PictureBounds::default()).expect(subject.name);
        assert_eq!(once.mime, twice.mime, "{}", subject.name);
        assert_eq!(decode(&once.bytes), decode(&twice.bytes), "{}", subject.name);
    }
}

/// exiftool knows more formats of metadata than anyone: it may name only what the format itself needs.
#[test]
fn exiftool_finds_only_structure() {
    const STRUCTURE: [&str; 8] = [
        "SourceFile",
        "ExifTool",
        "File",
        "PNG",
        "GIF",
        "RIFF",
        "JFIF",
        "Composite",
    ];
    // Within a format's own group, names that could carry more than structure.
    const NEVER: [&str; 12] = [
        "Comment",
        "Author",
        "XMP",
        "Exif",
        "Profile",
        "ModifyDate",
        "Thumbnail",
        "Trailer",
        "Copyright",
        "GPS",
        "Unknown",
        "Warning",
    ];
    let tags = |bytes: &[u8]| -> Option<Vec<String>> {
        let mut child = Command::new("exiftool")
            .args(["-j", "-G1", "-a", "-u", "-U", "-ee", "-"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .ok()?;
        child.stdin.take()?.write_all(bytes).ok()?;
        let output = child.wait_with_output().ok()?;
        let read: Vec<serde_json::Map<String, serde_json::Value>> =
            serde_json::from_slice(&output.stdout).ok()?;
        Some(read.into_iter().flatten().map(|(tag, _)| tag).collect())
    };
    let plain = |tag: &String| {
        let (group, name) = tag.split_once(':').unwrap_or((tag, ""));
        let never = |name: &str| {
            NEVER
                .iter()
                .any(|never| name.contains(never) && name != "ExifToolVersion")
        };
        // What exiftool says of the pipe that it reads from is not in the bytes.
        group == "System" || STRUCTURE.contains(&group) && !never(name)
    };
    for subject in stills().into_iter().chain(animations()) {
        let Some(before) = tags(&subject.bytes) else {
            println!("skipped: exiftool is not installed (libimage-exiftool-perl)");
            return;
        };
        if !subject.name.contains("interlaced") {
            assert!(
                !before.iter().all(plain),
                "{}: exiftool must find something before",
                subject.name
            );
        }
        let cleaned = clean(&subject.bytes, &PictureBounds::default()).expect(subject.name);
        let left: Vec<String> = tags(&cleaned.bytes)
            .unwrap()
            .into_iter()
            .filter(|tag| !plain(tag))
            .collect();
        assert!(left.is_empty(), "{}: {left:?}", subject.name);
    }
}
