//! What the servers list: the truth that a story is judged by.

use jiff::{SignedDuration, Timestamp};
use kossori_core::answer::{Answer, Receipt};
use serde_json::Value;

use super::fate::Fate;
use super::{Caller, Net, Parcel, Reply, State};
use crate::parts::locked;

/// How long a Mastodon-like server remembers an idempotency key.
const KEY_LIFE: SignedDuration = SignedDuration::from_hours(1);

/// How long a server keeps a picture that no post shows.
const UNUSED: SignedDuration = SignedDuration::from_hours(24);

/// A picture that a server keeps.
pub(super) struct Upload {
    shows: String,
    at: Timestamp,
}

/// What an account's server does with a key that it has seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keys {
    /// The key is the post's name.
    ForEver,
    ForAnHour,
    Ignored,
}

impl Keys {
    /// Whether a key that was sent so long ago still names the post.
    pub fn keep(self, ago: SignedDuration) -> bool {
        match self {
            Keys::ForEver => true,
            Keys::ForAnHour => ago < KEY_LIFE,
            Keys::Ignored => false,
        }
    }
}

#[derive(Clone, Debug)]
pub struct Commit {
    pub at: Timestamp,
    /// By the server's own clock. Practice's is the machine's.
    pub stamped: Timestamp,
    /// When the client let go of it.
    pub left_at: Timestamp,
    pub author: String,
    pub key: String,
    pub part: u32,
    pub text: String,
    pub pictures: Vec<String>,
    pub visibility: String,
    pub reply_to: Option<String>,
    pub id: String,
    /// The network or the server did this by itself: no client could have kept it from happening.
    pub by_fate: Option<Fate>,
}

impl Net {
    pub fn commits(&self) -> Vec<Commit> {
        locked(&self.state).commits.clone()
    }

    /// What is there of the author.
    pub fn find(&self, author: &str, matches: impl Fn(&Commit) -> bool) -> Vec<Commit> {
        let state = locked(&self.state);
        let mine = state
            .commits
            .iter()
            .filter(|commit| commit.author == author && matches(commit));
        mine.cloned().collect()
    }

    /// Answers the picture's name there: what it shows, where that is how pictures are named, else one of its own.
    pub fn keep_picture(&self, caller: &Caller<'_>, shows: &str) -> String {
        let mut state = locked(&self.state);
        let name = match caller.keys {
            Keys::ForEver => shows.to_owned(),
            Keys::ForAnHour | Keys::Ignored => format!("media-{}", state.uploads.len() + 1),
        };
        let upload = Upload {
            shows: shows.to_owned(),
            at: self.clock.true_now(),
        };
        state
            .uploads
            .insert((caller.author.to_owned(), name.clone()), upload);
        self.disk.uploads();
        name
    }

    pub fn commits_so_far(&self) -> usize {
        locked(&self.state).commits.len()
    }
}

impl State {
    /// What the pictures of a part show. `None`: one of them is not on the server, or no more.
    pub(super) fn shown(
        &mut self,
        now: Timestamp,
        caller: &Caller<'_>,
        record: &Value,
        part: u32,
    ) -> Option<Vec<String>> {
        let named = |of: &str| record[of][part as usize].as_array().cloned().unwrap_or_default();
        let names = named("media");
        if names.len() != named("pictures").len() {
            self.wrongs
                .push(format!("{now}: a post call before its pictures were uploaded"));
            return None;
        }
        let shown = names.iter().map(|name| {
            let name = name.as_str().unwrap_or_default().to_owned();
            let upload = self.uploads.get(&(caller.author.to_owned(), name))?;
            (now.duration_since(upload.at) < UNUSED).then(|| upload.shows.clone())
        });
        shown.collect()
    }

    pub(super) fn commit(&mut self, now: Timestamp, parcel: &Parcel) {
        let mut ids: Vec<String> = Vec::new();
        for part in &parcel.parts {
            let text = &part.text;
            let same = |commit: &&Commit| {
                commit.author == parcel.author && commit.key == parcel.key && commit.part == part.number
            };
            let known = self
                .commits
                .iter()
                .rev()
                .find(same)
                .filter(|commit| parcel.keys.keep(now.duration_since(commit.at)));
            if let Some(known) = known {
                ids.push(known.id.clone());
                continue;
            }
            let id = format!("id-{}", self.commits.len() + 1);
            let reply_to = ids.last().cloned().or_else(|| parcel.replies_to.clone());
            self.trace
                .push(format!("{now} commit {} {text:?} {id}", parcel.author));
            self.commits.push(Commit {
                at: now,
                stamped: now,
                left_at: parcel.left_at,
                author: parcel.author.clone(),
                key: parcel.key.clone(),
                part: part.number,
                text: text.clone(),
                pictures: part.pictures.clone(),
                visibility: parcel.visibility.clone(),
                reply_to,
                id: id.clone(),
                by_fate: parcel.by_fate,
            });
            ids.push(id);
        }
    }

    pub(super) fn answer(&self, reply: Reply) -> Answer {
        match reply {
            Reply::Plain(answer) => answer,
            Reply::Posted {
                key,
                author,
                named,
                visibility,
                parts,
            } => {
                let ids = parts.iter().filter_map(|part| {
                    let found =
                        self.commits.iter().rev().find(|commit| {
                            commit.author == author && commit.key == key && commit.part == *part
                        });
                    found.map(|commit| commit.id.clone())
                });
                let receipt = Receipt {
                    ids: ids.collect(),
                    url: Some("https://server.example/post".to_owned()),
                    visibility,
                    last_url: None,
                };
                Answer::Posted {
                    receipt,
                    author: named,
                }
            }
        }
    }
}
