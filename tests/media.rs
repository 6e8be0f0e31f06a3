//! The picture worker as the process that it is: its limits, its death, and what it is told.

#![allow(clippy::unwrap_used, reason = "what cannot be set up is a failed test")]

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use kossori_engine::ports::{Cleaned, Media, MediaError, PictureBounds, PictureSource};
use kossori_media::{Worker, beside_current_exe};

/// 40 x 24 pixels, lossy WebP.
const PICTURE: &[u8] = include_bytes!("../src-tauri/media/tests/clean/fixtures/lossy.webp");

fn kossorid() -> PathBuf {
    beside_current_exe().expect("build kossorid first: cargo build -p kossori-resident")
}

/// The real one. These tests are not about time, and the machine may be busy.
fn worker() -> Worker {
    Worker::new(kossorid()).with_time_limit(Duration::from_secs(120))
}

fn picture() -> PictureSource {
    PictureSource::Bytes(Arc::from(PICTURE))
}

/// A program of the test's own in the worker's place.
fn program(folder: &Path, script: &str) -> PathBuf {
    let path = folder.join("worker");
    fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path
}

async fn with_program(script: &str) -> Result<(), MediaError> {
    let folder = tempfile::tempdir().unwrap();
    let worker = Worker::new(program(folder.path(), script)).with_time_limit(Duration::from_secs(120));
    worker
        .clean(picture(), PictureBounds::default())
        .await
        .map(|_| ())
}

/// A PNG of one colour: a few KiB that unpack to width x height x 4 bytes.
fn flat_png(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(png::ColorType::Rgba);
    encoder.set_compression(png::Compression::Fast);
    let mut writer = encoder.write_header().unwrap();
    writer
        .write_image_data(&[10, 200, 30, 128].repeat(width as usize * height as usize))
        .unwrap();
    writer.finish().unwrap();
    bytes
}

#[tokio::test]
async fn a_picture_goes_through_the_worker() {
    let worker = worker();
    let Cleaned {
        picture: cleaned,
        removed,
    } = worker.clean(picture(), PictureBounds::default()).await.unwrap();
    assert!(!removed, "it told nothing");
    assert_eq!(
        (cleaned.mime.as_str(), cleaned.width, cleaned.height),
        ("image/jpeg", 40, 24)
    );
    let here = kossori_media::clean(PICTURE, &PictureBounds::default()).unwrap();
    assert!(cleaned == here, "the child does what the function does");

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("写真.webp");
    fs::write(&path, PICTURE).unwrap();
    assert!(
        worker
            .clean(PictureSource::Path(path), PictureBounds::default())
            .await
            .unwrap()
            .picture
            == here
    );
}

#[tokio::test]
async fn a_large_picture_fits_the_workers_memory() {
    let worker = worker();
    let png = flat_png(7680, 4320);
    let bounds = PictureBounds {
        max_bytes: Some(2_000_000),
        max_pixels: Some(33_177_600),
    };
    let cleaned = worker
        .clean(PictureSource::Came(png), bounds)
        .await
        .unwrap()
        .picture;
    assert_eq!((cleaned.width, cleaned.height), (7680, 4320));
}

#[tokio::test]
async fn what_is_wrong_with_the_picture_is_an_answer() {
    let worker = worker();
    for (bytes, error) in [
        (b"no picture".as_slice(), MediaError::NotAPicture),
        (b"", MediaError::NotAPicture),
        (b"\0\0\0\x18ftypheic\0\0\0\0", MediaError::Heic),
        (&PICTURE[..60], MediaError::Broken),
    ] {
        let source = PictureSource::Bytes(Arc::from(bytes));
        assert_eq!(
            worker.clean(source, PictureBounds::default()).await.unwrap_err(),
            error
        );
    }
    let tiny = PictureBounds {
        max_bytes: Some(10),
        max_pixels: None,
    };
    assert_eq!(
        worker.clean(picture(), tiny).await.unwrap_err(),
        MediaError::CannotShrink
    );
}

#[tokio::test]
async fn files_that_cannot_be_read() {
    let worker = worker();
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    for path in [
        folder.path().join("absent"),
        folder.path().to_owned(),
        PathBuf::from("/dev/zero"),
        pipe,
    ] {
        let error = worker
            .clean(PictureSource::Path(path.clone()), PictureBounds::default())
            .await
            .unwrap_err();
        assert_eq!(error, MediaError::Unreadable, "{}", path.display());
    }
    let large = folder.path().join("large");
    fs::File::create(&large)
        .unwrap()
        .set_len(kossori_media::MAX_FILE_BYTES + 1)
        .unwrap();
    let error = worker
        .clean(PictureSource::Path(large), PictureBounds::default())
        .await
        .unwrap_err();
    assert_eq!(error, MediaError::TooLarge);
}

#[tokio::test]
async fn a_worker_that_is_missing() {
    let worker = Worker::new(PathBuf::from("/nowhere/kossorid"));
    assert_eq!(
        worker
            .clean(picture(), PictureBounds::default())
            .await
            .unwrap_err(),
        MediaError::WorkerMissing
    );
}

#[tokio::test]
async fn a_worker_that_dies() {
    for script in [
        "exit 1",
        "kill -9 $$",
        "cat >/dev/null; kill -9 $$",
        "printf '\\377\\0'; exit 0",
    ] {
        assert_eq!(
            with_program(script).await.unwrap_err(),
            MediaError::WorkerDied,
            "{script}"
        );
    }
}

/// Each says something that a sound worker never says.
#[tokio::test]
async fn an_answer_is_not_believed() {
    let answer = |json: &str, rest: &str| {
        format!(
            "cat >/dev/null; printf '\\{:03o}\\000\\000\\000'; printf '%s' '{json}{rest}'",
            json.len()
        )
    };
    let honest = r#"{"picture":{"mime":"image/png","width":2,"height":2,"length":3}}"#;
    assert_eq!(
        with_program(&answer(honest, "abc")).await,
        Ok(()),
        "the form of the answers below is right"
    );
    let lies = [
        answer(honest, "ab"),
        answer(honest, "abcd"),
        answer(
            r#"{"picture":{"mime":"text/html","width":2,"height":2,"length":3}}"#,
            "abc",
        ),
        answer(
            r#"{"picture":{"mime":"image/png","width":0,"height":2,"length":3}}"#,
            "abc",
        ),
        answer(
            r#"{"picture":{"mime":"image/png","width":2,"height":2,"length":9999999999}}"#,
            "abc",
        ),
        answer(
            r#"{"picture":{"mime":"image/png","width":90000,"height":90000,"length":3}}"#,
            "abc",
        ),
        answer("rubbish", ""),
        "cat >/dev/null; printf '\\377\\377\\377\\177'".to_owned(),
        "cat >/dev/null; yes".to_owned(),
    ];
    for script in lies {
        assert_eq!(
            with_program(&script).await.unwrap_err(),
            MediaError::WorkerDied,
            "{script}"
        );
    }
}

#[tokio::test]
async fn a_worker_that_never_answers_is_killed() {
    let folder = tempfile::tempdir().unwrap();
    let note = folder.path().join("pid");
    let script = format!("echo $$ > {}; exec sleep 1000", note.display());
    let worker = Worker::new(program(folder.path(), &script)).with_time_limit(Duration::from_secs(3));
    let error = worker
        .clean(picture(), PictureBounds::default())
        .await
        .unwrap_err();
    assert_eq!(error, MediaError::WorkerDied);
    let pid = fs::read_to_string(note).unwrap();
    assert!(
        !Path::new("/proc").join(pid.trim()).exists(),
        "it is gone, and reaped"
    );
}

#[tokio::test]
async fn it_is_told_nothing_but_the_one_word() {
    let folder = tempfile::tempdir().unwrap();
    let (environment, arguments) = (folder.path().join("environment"), folder.path().join("arguments"));
    let script = format!(
        "/bin/cat /proc/$$/environ > {}; /bin/cat /proc/$$/cmdline > {}",
        environment.display(),
        arguments.display()
    );
    let path = folder.path().join("写真 of my house.webp");
    fs::write(&path, PICTURE).unwrap();
    let worker = Worker::new(program(folder.path(), &script));
    worker
        .clean(PictureSource::Path(path), PictureBounds::default())
        .await
        .unwrap_err();
    assert_eq!(fs::read(environment).unwrap(), b"");
    let arguments = fs::read(arguments).unwrap();
    let last = arguments
        .strip_suffix(b"\0")
        .unwrap()
        .rsplit(|byte| *byte == 0)
        .next()
        .unwrap();
    assert_eq!(last, b"--picture-worker");
    assert!(!arguments.windows(2).any(|at| at == b"of"));
}

/// The same program under a smaller limit than its own, which it must not raise: the picture wants more, and that is a
/// plain error.
#[tokio::test]
async fn a_picture_that_wants_more_memory() {
    let folder = tempfile::tempdir().unwrap();
    let script = format!("ulimit -v 200000; exec {} --picture-worker", kossorid().display());
    let worker = Worker::new(program(folder.path(), &script));
    assert!(
        worker.clean(picture(), PictureBounds::default()).await.is_ok(),
        "a small one fits"
    );
    let png: Arc<[u8]> = Arc::from(flat_png(8000, 6000));
    let error = worker
        .clean(PictureSource::Bytes(png.clone()), PictureBounds::default())
        .await
        .unwrap_err();
    assert_eq!(error, MediaError::WorkerDied);
    assert!(
        self::worker()
            .clean(PictureSource::Bytes(png), PictureBounds::default())
            .await
            .is_ok()
    );
}

/// The worker, waiting for the rest of a request.
fn waiting() -> Child {
    let mut child = Command::new(kossorid())
        .arg("--picture-worker")
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    // More than a pipe holds: when this is through, the worker has read some of it, and its fences stand.
    let header = br#"{"bounds":{"max_bytes":null,"max_pixels":null},"length":1000000}"#;
    let input = child.stdin.as_mut().unwrap();
    input
        .write_all(&u32::try_from(header.len()).unwrap().to_le_bytes())
        .unwrap();
    input.write_all(header).unwrap();
    input.write_all(&vec![0; 300_000]).unwrap();
    child
}

#[test]
fn its_fences_stand_before_it_reads() {
    let mut child = waiting();
    let proc = Path::new("/proc").join(child.id().to_string());
    let (limits, status) = (
        fs::read_to_string(proc.join("limits")),
        fs::read_to_string(proc.join("status")),
    );
    child.kill().unwrap();
    child.wait().unwrap();

    let limits = limits.unwrap();
    for (name, most) in [
        ("Max address space", "536870912"),
        ("Max cpu time", "20"),
        ("Max core file size", "0"),
        ("Max file size", "0"),
        ("Max open files", "3"),
    ] {
        let line = limits.lines().find(|line| line.starts_with(name)).unwrap();
        let values: Vec<&str> = line[name.len()..].split_whitespace().take(2).collect();
        assert_eq!(values, [most, most], "{line}");
    }
    let status = status.unwrap();
    let field = |name: &str| {
        status
            .lines()
            .find_map(|line| line.strip_prefix(name))
            .unwrap()
            .trim()
            .to_owned()
    };
    assert_eq!(field("NoNewPrivs:"), "1");
    assert_eq!(field("Threads:"), "1");
    assert_eq!(field("Seccomp:"), "2", "a list of system calls is in force");
}

#[test]
fn what_kossorid_does_not_know_is_refused_in_one_line() {
    for arguments in [&["--picture-worker", "more"][..], &["--compose"], &["--data-dir"]] {
        let output = Command::new(kossorid()).args(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        assert!(output.stdout.is_empty());
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(said.lines().count(), 1, "{said}");
    }
}
