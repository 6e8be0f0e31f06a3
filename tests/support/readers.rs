//! Readers that share no code with ours: what arrived is what they say arrived.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::process::Command;

use super::servers::{cached_program, server_file};

/// A post as Mastodon.py reads it.
#[derive(Clone, Debug, Deserialize)]
pub struct MastodonPost {
    pub id: String,
    /// The server's time, milliseconds since 1970, UTC.
    pub created_at_ms: i64,
    /// The text that a reader sees, without markup.
    pub text: String,
    pub html: String,
    pub spoiler_text: String,
    pub sensitive: bool,
    pub visibility: String,
    pub language: Option<String>,
    pub in_reply_to_id: Option<String>,
    pub media: Vec<MastodonMedia>,
}

#[derive(Clone, Debug, Deserialize)]
pub struct MastodonMedia {
    pub id: String,
    pub kind: String,
    pub description: Option<String>,
    pub url: String,
}

/// All posts of the token's account, oldest first.
pub async fn mastodon_posts(server_url: &str, token: &str) -> Vec<MastodonPost> {
    read(
        Command::new(cached_program("venv/bin/python"))
            .arg(server_file("read_mastodon.py"))
            .arg(server_url)
            .env("TOKEN", token),
    )
    .await
}

/// A post as the `atproto` package reads it.
#[derive(Clone, Debug, Deserialize)]
pub struct BlueskyPost {
    pub uri: String,
    pub cid: String,
    /// The record: text, facets, embed, reply, labels, langs, createdAt.
    pub record: Value,
    /// The blobs it names, in order, fetched.
    pub blobs: Vec<BlueskyBlob>,
}

#[derive(Clone, Debug, Deserialize)]
pub struct BlueskyBlob {
    pub cid: String,
    pub mime_type: String,
    pub bytes: u64,
    /// Where its bytes are, as the server serves them.
    pub path: PathBuf,
}

/// All posts in an account's repository, in the order of their keys. Blobs are kept in `blob_folder`.
pub async fn bluesky_posts(server_url: &str, did: &str, blob_folder: &Path) -> Vec<BlueskyPost> {
    read(
        Command::new(cached_program("venv/bin/python"))
            .arg(server_file("read_bluesky.py"))
            .args([server_url, did])
            .arg(blob_folder),
    )
    .await
}

/// Every tag that exiftool finds in a file, unknown ones too, as (group, tag): `("IFD0", "Make")`. The groups
/// `ExifTool`, `System` and `File` are facts about the file, not data in it.
pub async fn exiftool(path: &Path) -> Vec<(String, String)> {
    let output = output(
        Command::new("exiftool")
            .args(["-a", "-u", "-U", "-ee", "-G1", "-S"])
            .arg(path),
    )
    .await;
    let text = String::from_utf8_lossy(&output).into_owned();
    let tag = |line: &str| {
        let (group, rest) = line.strip_prefix('[')?.split_once(']')?;
        Some((group.to_owned(), rest.split(':').next()?.trim().to_owned()))
    };
    text.lines().filter_map(tag).collect()
}

async fn read<T: DeserializeOwned>(command: &mut Command) -> T {
    serde_json::from_slice(&output(command).await).expect("a reader's words are JSON")
}

async fn output(command: &mut Command) -> Vec<u8> {
    let ended = command
        .kill_on_drop(true)
        .output()
        .await
        .expect("a reader starts: run script/setup first");
    assert!(
        ended.status.success(),
        "a reader failed: {}",
        String::from_utf8_lossy(&ended.stderr)
    );
    ended.stdout
}
