//! Far too much pasted into the real window: it lives, says in a sentence that it takes none of it, and has what was
//! written before. The text has fifty megabytes; so has the picture with `KOSSORI_FULL=1`, and seven without: unoptimised
//! programs take half a minute for the larger one.

use kossori_api::{LanguageChoice, PreferencesPatch, Request};
use std::fs::File;
use std::io::BufWriter;
use std::path::Path;
use tokio::time::Instant;

use super::driven::start_resident;
use super::shown::wait_for_drafts;
use crate::support::beside::Beside;
use crate::support::driver::Driver;
use crate::support::guest::Guest;
use crate::support::screen::Screen;
use crate::support::world::World;

const BEFORE: &str = "written before";
pub async fn speaks(world: &World, language: LanguageChoice) {
    let patch = PreferencesPatch {
        language: Some(language),
        ..PreferencesPatch::default()
    };
    Guest::of(world).await.ask(Request::PreferencesSet(patch)).await;
}

/// Pasted with the keyboard; the window says one of these sentences, each in its language, and goes on.
async fn refuses(file: &Path, kinds: &[&str], english: &str, japanese: &str) {
    let world = World::start();
    world.add_practice("me");
    let screen = Screen::on(&world);
    let _resident = start_resident(&screen);
    let driver = Driver::open(&screen, "--compose", "en").await;
    screen.wait_for_focus(&screen.window());
    screen.type_text(BEFORE);
    wait_for_drafts(&world, &[&format!("{BEFORE:?}")]);
    let copied = Beside::copies(&screen, file, kinds);

    let pasted = Instant::now();
    screen.key("ctrl+v");
    driver.until_it_says(english).await;
    let took = pasted.elapsed();
    let size = file.metadata().expect("the file").len();
    println!("{size} bytes of {}: said after {} ms", kinds[0], took.as_millis());
    assert_eq!(driver.written().await, BEFORE);
    speaks(&world, LanguageChoice::Ja).await;
    driver.until_it_says(japanese).await;
    drop(copied);

    // It still takes keys, and saves them.
    screen.type_text(" and after");
    wait_for_drafts(&world, &[&format!("\"{BEFORE} and after\"")]);
    let pictures = driver
        .run("return document.querySelectorAll('.strip').length")
        .await;
    assert_eq!(pictures, 0, "nothing came in");
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_megabytes_of_text_are_refused_in_a_sentence() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("text");
    let line = "All work and no play. お茶。\n";
    std::fs::write(&file, line.repeat(50_000_000 / line.len() + 1)).expect("a text");
    refuses(
        &file,
        &["UTF8_STRING", "text/plain;charset=utf-8", "text/plain"],
        "That is more than fits here (100,000 characters). What was there is kept.",
        "多すぎて入りません（10 万字まで）。それまでの文章はそのままです。",
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_that_is_far_too_large_is_refused_in_a_sentence() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("picture");
    too_large_png(&file, std::env::var_os("KOSSORI_FULL").is_some());
    refuses(
        &file,
        &["image/png"],
        "The picture image.png is too large to be opened safely. Make it smaller and try again. Your text is kept.",
        "画像 image.png は大きすぎて、安全に開けません。小さくしてから、もう一度試してください。文章はそのまま残っています。",
    )
    .await;
}

/// Below the limit of what is taken in at all, above that of what is decoded.
fn too_large_png(path: &Path, heavy: bool) {
    const SIDE: u32 = 7300;
    const { assert!(SIDE as u64 * SIDE as u64 > kossori_media::MAX_PIXELS) };
    let file = BufWriter::new(File::create(path).expect("a file"));
    let (depth, bits) = match heavy {
        true => (png::BitDepth::Eight, 8),
        false => (png::BitDepth::One, 1),
    };
    let mut encoder = png::Encoder::new(file, SIDE, SIDE);
    encoder.set_depth(depth);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_compression(png::Compression::NoCompression);
    let mut writer = encoder.write_header().expect("a header");
    let pixels = vec![0x77; (SIDE * bits).div_ceil(8) as usize * SIDE as usize];
    writer.write_image_data(&pixels).expect("pixels");
    writer.finish().expect("an end");
    let bytes = path.metadata().expect("the file").len();
    assert!(bytes < 64 << 20 && (bytes > 50_000_000 || !heavy), "{bytes}");
}
