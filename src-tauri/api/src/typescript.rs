//! The window's TypeScript: written from the Rust, and fresh or this test fails.

use std::path::Path;

use kossori_core::network::{Field, Network};
use ts_rs::{Config, TS};

use crate::code::Code;
use crate::input::{
    ContentInput, CostPatch, FaultInput, HolidayTableInput, JournalInput, MediaInput, PartInput, PeriodInput,
    PeriodPatch, PictureChunkInput, PictureFileInput, PostInput, Resolution, SecretInput, WhenInput,
};
use crate::preferences::{LanguageChoice, PreferencesPatch, ThemeChoice};
use crate::request::Request;
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
        JournalInput::decl(&config),
        PeriodInput::decl(&config),
        PeriodPatch::decl(&config),
        Resolution::decl(&config),
        FaultInput::decl(&config),
        HolidayTableInput::decl(&config),
        LanguageChoice::decl(&config),
        ThemeChoice::decl(&config),
        PreferencesPatch::decl(&config),
        CostPatch::decl(&config),
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

/// What the page's forms are made of: core's table.
fn networks() -> String {
    let words = |all: Vec<&str>| serde_json::to_string(&all).expect("JSON").replace(',', ", ");
    let mut text = String::from(
        "// Written from core's table of networks by src-tauri/api's tests (KOSSORI_WRITE=1). Do not edit.\n\n\
         export type Way = \"nobody\" | \"browser\" | \"paste\" | \"app_password\" | \"token\";\n\
         export type Field = \"name\" | \"handle\" | \"server\" | \"client_id\" | \"client_secret\";\n\n\
         export interface Network {\n  name: string;\n  title: string;\n  ways: readonly Way[];\n  required: readonly Field[];\n  \
         optional: readonly Field[];\n  ports: readonly number[];\n  visibilities: readonly string[];\n  \
         pictures: boolean;\n  paid: boolean;\n}\n\nexport const NETWORKS: readonly Network[] = [\n",
    );
    for network in Network::ALL {
        let form = network.sign_in();
        let fields = |all: &[Field]| words(all.iter().map(|field| field.as_str()).collect());
        text.push_str(&format!(
            "  {{\n    name: \"{network}\",\n    title: \"{}\",\n    ways: {},\n    required: {},\n    optional: {},\n    ports: {:?},\n    \
             visibilities: {},\n    pictures: {},\n    paid: {},\n  }},\n",
            network.facts().title,
            words(form.ways.iter().map(|way| way.as_str()).collect()),
            fields(form.required),
            fields(form.optional),
            form.ports,
            words(network.visibilities().iter().map(|one| one.as_str()).collect()),
            network.default_limits().media.max_count > 0,
            network.is_paid(),
        ));
    }
    text + "];\n"
}

#[test]
fn the_typescript_is_fresh() {
    fresh("api.gen.ts", &generated());
    fresh("networks.gen.ts", &networks());
}

fn fresh(name: &str, fresh: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../ui/src")
        .join(name);
    if std::env::var_os("KOSSORI_WRITE").is_some() {
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("the folder");
        std::fs::write(&path, fresh).expect("the file is written");
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        kept == fresh,
        "ui/src/{name} is stale: KOSSORI_WRITE=1 cargo test -p kossori-api"
    );
}
