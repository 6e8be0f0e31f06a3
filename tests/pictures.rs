//! Pictures through the real socket of a real host, with its real worker: by path, pasted in pieces, cut off, far too
//! large. Each is kept clean, or refused in a plain sentence with nothing else lost and the host still small.

#![allow(clippy::unwrap_used, reason = "what cannot be set up is a failed test")]

use std::path::{Path, PathBuf};
use std::time::Duration;

use kossori_api::{Code, ContentInput, PartInput, PictureFileInput, Problem, Request};
use kossori_engine::ports::MAX_FILE_BYTES;
use kossori_messages::Language;
use serde_json::{Value, json};

use crate::support::guest::{Guest, bytes_of};
use crate::support::pictures::{find, is_of_the_form, telling_jpeg};
use crate::support::process::{number_of, resident_kib};
use crate::support::readers::exiftool;
use crate::support::world::{Running, World, wait_for};

const MIB: usize = 1024 * 1024;
/// What the largest picture may cost the host for a moment: once coming in, or a few times 16 MiB on its way into the
/// database, and room for the allocator.
const GROWTH_KIB: u64 = 112 * 1024;

/// 12 megapixels, a position, a name and comments.
fn large(folder: &Path) -> (PathBuf, Vec<u8>) {
    telling(folder, 4000, 3000)
}

/// Where its size does not matter: the worker's 20 s are long enough for it on any machine.
fn small(folder: &Path) -> (PathBuf, Vec<u8>) {
    telling(folder, 900, 600)
}

fn telling(folder: &Path, width: u32, height: u32) -> (PathBuf, Vec<u8>) {
    let path = folder.join("picture.jpg");
    telling_jpeg(&path, width, height, 5);
    let bytes = std::fs::read(&path).unwrap();
    (path, bytes)
}

fn add(path: &Path) -> Request {
    Request::PictureAdd(PictureFileInput {
        path: path.to_owned(),
    })
}

async fn told_by(bytes: &[u8]) -> Vec<(String, String)> {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), bytes).unwrap();
    let found = exiftool(file.path()).await;
    assert!(
        found.iter().any(|(_, tag)| tag == "ImageWidth"),
        "no picture: {found:?}"
    );
    let plain = |(group, tag): &(String, String)| is_of_the_form(group, tag);
    found.into_iter().filter(|tag| !plain(tag)).collect()
}

/// The host, once everything that it ever loads is loaded.
fn started(world: &World) -> Running {
    world.add_practice("me");
    world.start_run()
}

#[tokio::test(flavor = "multi_thread")]
async fn twelve_megapixels_come_by_path_and_in_pieces_and_are_shown_small() {
    let world = World::start();
    let _host = started(&world);
    let desk = tempfile::tempdir().unwrap();
    let (path, bytes) = large(desk.path());
    assert!(
        !told_by(&bytes).await.is_empty(),
        "the reader finds what is there before"
    );
    let guest = Guest::of(&world).await;

    let pasted = guest.paste(&bytes).await.unwrap();
    let picked = guest.ask(add(&path)).await;
    std::fs::remove_file(&path).unwrap();
    for added in [&pasted, &picked] {
        assert_eq!(
            (
                &added["width"],
                &added["height"],
                &added["mime"],
                &added["removed"]
            ),
            (&json!(4000), &json!(3000), &json!("image/jpeg"), &json!(true)),
        );
        let id = added["id"].as_str().unwrap().to_owned();
        let thumb = bytes_of(&guest.ask(Request::PictureThumb { id }).await);
        let small = image::load_from_memory(&thumb).unwrap();
        assert_eq!((small.width(), small.height()), (256, 192));
        assert!(thumb.len() < 64 * 1024, "{} bytes", thumb.len());
        assert_eq!(told_by(&thumb).await, []);
    }
    assert_eq!(
        pasted["sha256"], picked["sha256"],
        "the same picture, whichever way it came"
    );
    assert_ne!(pasted["id"], picked["id"]);
}

/// Pasted from a program that writes who and what it is.
#[tokio::test(flavor = "multi_thread")]
async fn a_pasted_png_is_cleaned_too() {
    let world = World::start();
    let _host = started(&world);
    let mut png = Vec::new();
    let mut encoder = png::Encoder::new(&mut png, 64, 48);
    encoder.set_color(png::ColorType::Rgba);
    encoder
        .add_text_chunk("Author".to_owned(), "Canary Artist".to_owned())
        .unwrap();
    let mut writer = encoder.write_header().unwrap();
    writer
        .write_image_data(&[10, 200, 30, 128].repeat(64 * 48))
        .unwrap();
    writer.finish().unwrap();
    let guest = Guest::of(&world).await;
    let pasted = guest.paste(&png).await.unwrap();
    assert_eq!(
        (&pasted["mime"], &pasted["removed"]),
        (&json!("image/png"), &json!(true))
    );
    let id = pasted["id"].as_str().unwrap().to_owned();
    let thumb = guest.ask(Request::PictureThumb { id }).await;
    assert_eq!(thumb["mime"], "image/png", "what is clear stays clear");
    assert!(find(&png, b"Canary Artist") && !find(&bytes_of(&thumb), b"Canary Artist"));
    let plain = guest.paste(&bytes_of(&thumb)).await.unwrap();
    assert_eq!(plain["removed"], json!(false), "it told nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_file_to_be_read_is_refused_at_once_in_a_sentence() {
    let world = World::start();
    let _host = started(&world);
    let desk = tempfile::tempdir().unwrap();
    let (pipe, dangling) = (desk.path().join("pipe.png"), desk.path().join("link.png"));
    assert!(
        std::process::Command::new("mkfifo")
            .arg(&pipe)
            .status()
            .unwrap()
            .success()
    );
    std::os::unix::fs::symlink("nowhere", &dangling).unwrap();
    let (there, _) = small(desk.path());
    let guest = Guest::of(&world).await;
    for path in [
        desk.path().join("moved away.png"),
        desk.path().to_owned(),
        pipe,
        dangling,
        PathBuf::from("/dev/zero"),
        PathBuf::from("picture.jpg"),
        PathBuf::from(format!("file://{}", there.display())),
    ] {
        let asked = tokio::time::timeout(Duration::from_secs(10), guest.try_ask(add(&path)));
        let problem = asked.await.expect("no waiting").expect_err("no picture");
        assert_eq!(problem.code, Code::PictureUnreadable, "{}", path.display());
        let name = path.file_name().unwrap().to_str().unwrap();
        for language in Language::ALL {
            let said = kossori_messages::problem(language, &problem);
            assert!(said.message.contains(name), "{}", said.message);
        }
    }
    assert_eq!(
        guest.ask(add(&there)).await["width"],
        json!(900),
        "what is there is taken"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_is_cut_off_leaves_nothing_and_the_next_goes_through() {
    let world = World::start();
    let _host = started(&world);
    let desk = tempfile::tempdir().unwrap();
    let (_, bytes) = small(desk.path());
    let (first, other) = (Guest::of(&world).await, Guest::of(&world).await);
    let upload = first.begin(60 * MIB).await.unwrap();
    first.chunk(&upload, 0, &[0; MIB / 2]).await.unwrap();
    assert_eq!(
        other.begin(60 * MIB).await,
        Err(Code::UploadsFull),
        "there is no room for two"
    );
    let foreign = other.chunk(&upload, MIB / 2, &bytes[..10]).await.unwrap_err();
    assert_eq!(foreign.code, Code::UploadBroken, "it is the other one's");

    drop(first);
    let mut begun = other.begin(60 * MIB).await;
    for _ in 0..1000 {
        if begun.is_ok() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
        begun = other.begin(60 * MIB).await;
    }
    let upload = begun.expect("its room is free once the host knows that it has gone");
    let missing = other.refusal(Request::PictureEnd { upload }).await;
    assert_eq!(missing, Code::UploadBroken, "nothing of it came");
    assert_eq!(other.paste(&bytes).await.unwrap()["removed"], json!(true));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paste_of_fifty_megabytes_loses_nothing_and_the_host_stays_small() {
    let world = World::start();
    let host = started(&world);
    let desk = tempfile::tempdir().unwrap();
    let (path, bytes) = large(desk.path());
    let guest = Guest::of(&world).await;
    // Once, so that the cipher and the database have what they need.
    guest.ask(add(&path)).await;
    let text = "まだ書いている 途中の下書き";
    let part = PartInput {
        text: text.to_owned(),
        media: Vec::new(),
    };
    let draft = guest
        .ask(Request::DraftAdd {
            accounts: Vec::new(),
            content: ContentInput {
                parts: vec![part],
                ..ContentInput::default()
            },
        })
        .await;
    let (before, peak) = (resident_kib(host.pid()), || {
        number_of(host.pid(), "status", "VmHWM:")
    });

    let film = [&bytes[..], &vec![0x5a; 50 * 1000 * 1000 - bytes.len()]].concat();
    let pasted = guest.paste(&film).await.unwrap();
    assert_eq!(
        (&pasted["width"], &pasted["removed"]),
        (&json!(4000), &json!(true))
    );
    assert!(
        pasted["bytes"].as_u64().unwrap() <= bytes.len() as u64,
        "what hung on it is gone"
    );
    let rubbish = vec![0x5a; 50 * 1000 * 1000];
    let refused = guest.paste(&rubbish).await.unwrap_err();
    assert_eq!(refused, Problem::new(Code::NotAPicture));
    let too_large = guest.begin(usize::try_from(MAX_FILE_BYTES).unwrap() + 1).await;
    assert_eq!(too_large, Err(Code::PictureTooLarge));
    let grown = peak().saturating_sub(before);
    assert!(grown < GROWTH_KIB, "{grown} KiB more at its peak");

    let kept = guest
        .ask(Request::DraftShow {
            id: draft["id"].as_str().unwrap().to_owned(),
        })
        .await;
    assert_eq!(kept["text"], Value::from(text));
    wait_for("the host to be small again", Duration::from_secs(60), || {
        resident_kib(host.pid()) < before + 8 * 1024
    });
}
