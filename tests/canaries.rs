//! Nothing of a person's lies in clear anywhere: not while running, not after `kill -9`, not after the end.

use std::fs;
use std::os::unix::fs::FileTypeExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use kossori_engine::ports::PictureBounds;

use crate::support::guest::Guest;
use crate::support::pictures::{find, telling_jpeg};
use crate::support::servers::Mastodon;
use crate::support::world::{World, wait_for};

/// A canary in every form in which a program might write it down.
fn forms(canary: &str) -> Vec<(&'static str, Vec<u8>)> {
    let utf16 = |order: fn(u16) -> [u8; 2]| canary.encode_utf16().flat_map(order).collect::<Vec<u8>>();
    let escaped: String = canary
        .encode_utf16()
        .map(|unit| match u8::try_from(unit) {
            Ok(byte) if byte.is_ascii() => char::from(byte).to_string(),
            _ => format!("\\u{unit:04x}"),
        })
        .collect();
    let mut forms = vec![
        ("UTF-8", canary.as_bytes().to_vec()),
        ("UTF-16LE", utf16(u16::to_le_bytes)),
        ("UTF-16BE", utf16(u16::to_be_bytes)),
        ("JSON", escaped.into_bytes()),
    ];
    forms.extend(base64_forms(canary.as_bytes()));
    forms
}

/// The three ways in which bytes stand in base64, by where they begin, without what their neighbours change.
fn base64_forms(bytes: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    (0..3)
        .map(|shift| {
            let mut shifted = vec![0; shift];
            shifted.extend_from_slice(bytes);
            let text = base64(&shifted);
            let from = [0, 2, 3][shift];
            let whole = shifted.len() / 3 * 4;
            ("base64", text.as_bytes()[from..whole].to_vec())
        })
        .collect()
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for group in bytes.chunks(3) {
        let bits = group
            .iter()
            .fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte))
            << (8 * (3 - group.len()));
        for letter in 0..=group.len() {
            let index = (bits >> (18 - 6 * letter)) & 63;
            text.push(char::from(LETTERS[usize::try_from(index).expect("6 bits")]));
        }
    }
    text
}

/// Every file below `root` that holds one of the canaries.
fn hits(root: &Path, canaries: &[(String, Vec<u8>)]) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        // What goes while we look is looked at no more.
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            let Ok(kind) = entry.file_type() else { continue };
            let path: PathBuf = entry.path();
            if kind.is_dir() {
                folders.push(path);
            } else if !kind.is_socket() && !kind.is_fifo() {
                let bytes = fs::read(&path).unwrap_or_default();
                for (name, canary) in canaries.iter().filter(|(_, canary)| find(&bytes, canary)) {
                    found.push(format!("{name} in {} ({} bytes)", path.display(), canary.len()));
                }
            }
        }
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn server_token_text_handle_alt_and_pixels_are_nowhere_in_clear() {
    let mastodon = Mastodon::start().await;
    let token = mastodon.token("alice").to_owned();
    let world = World::start();
    // The person's own files lie outside of what is searched.
    let desk = tempfile::tempdir().expect("a folder");
    let picture = desk.path().join("picture.jpg");
    telling_jpeg(&picture, 640, 480, 3);
    let text = "カナリア本文 Kq7Zt9Wm 昼に出す";
    let draft = "カナリア下書き Vx3Rb8Np まだ出さない";
    let alt = "カナリア代替 Jh5Lc2Ds 机の上";
    let name = "KanariaHandleGw4";

    let clean = kossori_media::clean(
        &fs::read(&picture).expect("the picture"),
        &PictureBounds::default(),
    )
    .expect("clean");
    // Another one, pasted into the running host.
    let pasted = desk.path().join("pasted.jpg");
    telling_jpeg(&pasted, 640, 480, 9);
    let pasted = fs::read(&pasted).expect("the picture");
    let clean_pasted = kossori_media::clean(&pasted, &PictureBounds::default()).expect("clean");
    let mut canaries: Vec<(String, Vec<u8>)> = Vec::new();
    for (what, canary) in [
        ("text", text),
        ("draft", draft),
        ("alt", alt),
        ("handle", name),
        ("token", token.as_str()),
    ] {
        canaries.extend(
            forms(canary)
                .into_iter()
                .map(|(form, bytes)| (format!("{what} as {form}"), bytes)),
        );
    }
    for (what, clean) in [("pixels", &clean), ("pasted pixels", &clean_pasted)] {
        let middle = clean.bytes.len() / 2;
        let canary = &clean.bytes[middle..middle + 48];
        assert!(
            find(&pasted, canary) == (what == "pasted pixels"),
            "{what}: as they were compressed, before too"
        );
        canaries.push((what.to_owned(), canary.to_vec()));
        let forms = base64_forms(canary).into_iter();
        canaries.extend(forms.map(|(form, bytes)| (format!("{what} as {form}"), bytes)));
    }

    // The search itself: one planted in clear, in each form, is seen.
    let root = world.bus.folder().to_owned();
    for (what, canary) in &canaries {
        let planted = root.join("data").join("planted");
        fs::write(&planted, [b"before".as_slice(), canary, b"after"].concat()).expect("a file");
        assert!(
            hits(&root, &canaries)
                .iter()
                .any(|hit| hit.starts_with(what.as_str())),
            "{what} goes unseen"
        );
        fs::remove_file(&planted).expect("the file goes");
    }
    assert_eq!(
        hits(&root, &canaries),
        Vec::<String>::new(),
        "nothing is there yet"
    );

    let practice = world.add_practice(name);
    let account = world.add_mastodon(&mastodon, "alice");
    world.open_wide();
    world.ctl_with(draft, &["draft", "add", "--account", &practice, "--stdin"]);
    // Held long enough to be looked at and killed while sending.
    mastodon
        .gate
        .delay(Duration::from_secs(20), Duration::ZERO, "/api/v1/statuses");
    let path = picture.display().to_string();
    let queue = |account: &str| world.queue_with(account, text, &["--media", &path, "--alt", alt]);
    let (local, remote) = (queue(&practice), queue(&account));
    let mut running = world.start_run();
    wait_for(
        "one to be sent, one to be sending",
        Duration::from_secs(60),
        || world.state_of(&local) == "sent" && world.state_of(&remote) == "sending",
    );
    assert_eq!(
        hits(&root, &canaries),
        Vec::<String>::new(),
        "while it runs and sends"
    );
    // Killed while a picture comes in, more than its middle.
    let guest = Guest::of(&world).await;
    let upload = guest.begin(pasted.len()).await.expect("begun");
    let most = guest.chunk(&upload, 0, &pasted[..pasted.len() * 2 / 3]).await;
    most.expect("taken");
    running.kill();
    assert_eq!(hits(&root, &canaries), Vec::<String>::new(), "after kill -9");
    mastodon.gate.clear();
    assert_eq!(world.state_of(&remote), "unknown");
    let mut running = world.start_run();
    assert_eq!(hits(&root, &canaries), Vec::<String>::new(), "while it looks up");
    let guest = Guest::of(&world).await;
    let added = guest.paste(&pasted).await.expect("added");
    assert_eq!(added["bytes"], clean_pasted.bytes.len(), "that very picture");
    assert_eq!(
        hits(&root, &canaries),
        Vec::<String>::new(),
        "while a pasted picture is kept"
    );
    running.end();
    assert_eq!(hits(&root, &canaries), Vec::<String>::new(), "after the end");
    let database = fs::read(world.data_dir().join("kossori.db")).expect("the database");
    assert!(
        database.len() > 10_000 && !database.starts_with(b"SQLite format"),
        "the database is there, and closed"
    );
}
