//! The window's TypeScript: written from the Rust, and fresh or this test fails.

use std::path::Path;

use ts_rs::{Config, TS};

use crate::code::Code;
use crate::preferences::{LanguageChoice, PreferencesPatch, ThemeChoice};
use crate::request::{
    ContentInput, FaultInput, HolidayTableInput, MediaInput, PartInput, PeriodInput, PeriodPatch,
    PictureChunkInput, PictureFileInput, PostInput, Request, Resolution, SecretInput, WhenInput,
};
use crate::view::declarations;
use crate::wire::{Call, Event, Problem};

fn generated() -> String {
    let config = Config::default();
    let mut all = vec![
        Code::decl(&config),
        Problem::decl(&config),
        Event::decl(&config),
        Call::decl(&config),
        Request::decl(&config),
        SecretInput::decl(&config),
        ContentInput::decl(&config),
        PartInput::decl(&config),
        MediaInput::decl(&config),
        PictureFileInput::decl(&config),
        PictureChunkInput::decl(&config),
        WhenInput::decl(&config),
        PostInput::decl(&config),
        PeriodInput::decl(&config),
        PeriodPatch::decl(&config),
        Resolution::decl(&config),
        FaultInput::decl(&config),
        HolidayTableInput::decl(&config),
        LanguageChoice::decl(&config),
        ThemeChoice::decl(&config),
        PreferencesPatch::decl(&config),
    ];
    all.extend(declarations(&config));
    let mut text =
        String::from("// Written from src-tauri/api by its tests (KOSSORI_WRITE=1). Do not edit.\n\n");
    for declaration in all {
        text.push_str("export ");
        text.push_str(&declaration);
        text.push_str("\n\n");
    }
    text
}

#[test]
fn the_typescript_is_fresh() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../ui/src/api.gen.ts");
    let fresh = generated();
    if std::env::var_os("KOSSORI_WRITE").is_some() {
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("the folder");
        std::fs::write(&path, &fresh).expect("the file is written");
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        kept == fresh,
        "ui/src/api.gen.ts is stale: KOSSORI_WRITE=1 cargo test -p kossori-api"
    );
}
