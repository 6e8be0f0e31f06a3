//! Tauri's part of the build, where the window is built at all.

#![allow(clippy::print_stdout, reason = "a build script speaks to cargo")]

fn main() {
    println!("cargo:rerun-if-changed=src-tauri/build.rs");
    #[cfg(feature = "window")]
    window();
}

#[cfg(feature = "window")]
fn window() {
    for read in [
        "src-tauri/capabilities",
        "src-tauri/permissions",
        "tauri.conf.json",
        "ui/dist",
    ] {
        println!("cargo:rerun-if-changed={read}");
    }
    // Without these patterns it looks beside the manifest, finds nothing, and builds silently without capabilities.
    let attributes = tauri_build::Attributes::new()
        .capabilities_path_pattern("src-tauri/capabilities/**/*")
        .app_manifest(tauri_build::AppManifest::new().permissions_path_pattern("src-tauri/permissions/**/*"));
    if let Err(error) = tauri_build::try_build(attributes) {
        println!("cargo::error={error:#}");
        std::process::exit(1);
    }
}
