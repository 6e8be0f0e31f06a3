//! Looking for a note whose answer was lost, among the account's own since the claim (RULES.md 5).

use jiff::Timestamp;
use kossori_core::answer::Receipt;
use kossori_engine::ports::{CallError, Found, Look};

use super::freeze::{Part, Record};
use super::own::{self, From};
use super::post::{page, parent, receipt};
use super::{Server, wire};

pub(super) async fn look(
    server: &Server<'_>,
    author: &str,
    record: &Record,
    index: u32,
    replies_to: Option<&str>,
) -> Result<Look, CallError> {
    let part = record.parts.get(index as usize).ok_or(CallError::BadFrozen)?;
    let wanted = Wanted::of(part, index, replies_to);
    let mut seen = Look::Absent;
    let from = From::Note(record.last_own.as_deref());
    own::walk(server, author, from, refers(part), |note| {
        match wanted.compare(&note) {
            // A server that changed the visibility says so in the receipt.
            Compared::Same | Compared::OtherVisibility => {
                seen = Look::There(receipt(note, server.origin));
                true
            }
            // Its uploads would be known, had they been made here: another copy of the folder may have sent it.
            Compared::OnlyPictures => {
                seen = Look::Alike {
                    url: Some(page(&note.id, server.origin)),
                };
                false
            }
            Compared::Different => false,
        }
    })
    .await?;
    Ok(seen)
}

/// Whether it may have to do with somebody else.
fn refers(part: &Part) -> bool {
    part.reply_id.is_some() || part.renote_id.is_some()
}

/// Something that was sent since then with uploads that are not known here. Of a thread each part has to be there, as an
/// answer to the one before.
pub(super) async fn find(
    server: &Server<'_>,
    author: &str,
    record: &Record,
    since: Timestamp,
    known: &[String],
) -> Result<Found, CallError> {
    let mut notes = Vec::new();
    let refers = record.parts.iter().any(refers);
    own::walk(server, author, From::At(since), refers, |note| {
        if !known.contains(&note.id) && !notes.iter().any(|seen: &wire::Note| seen.id == note.id) {
            notes.push(note);
        }
        false
    })
    .await?;

    let mut proof: Option<Receipt> = None;
    for (index, part) in (0_u32..).zip(&record.parts) {
        let before = proof.as_ref().and_then(|proof| proof.ids.last()).cloned();
        let wanted = Wanted::of(part, index, before.as_deref());
        let of_kind = |kind: Compared| notes.iter().position(|note| wanted.compare(note) == kind);
        if let Some(at) = of_kind(Compared::Same) {
            let next = receipt(notes.remove(at), server.origin);
            match &mut proof {
                Some(proof) => {
                    proof.ids.extend(next.ids);
                    proof.last_url = next.url;
                }
                None => proof = Some(next),
            }
            continue;
        }
        let alike = of_kind(Compared::OtherVisibility).or_else(|| of_kind(Compared::OnlyPictures));
        return Ok(match (proof, alike) {
            // It has begun there.
            (Some(proof), _) => Found::Alike { url: proof.url },
            (None, Some(at)) => Found::Alike {
                url: Some(page(&notes[at].id, server.origin)),
            },
            (None, None) => Found::Absent,
        });
    }
    proof.map(Found::There).ok_or(CallError::BadFrozen)
}

pub(super) struct Wanted<'a> {
    part: &'a Part,
    text: String,
    parent: Option<&'a str>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Compared {
    Same,
    OtherVisibility,
    /// No words, and as many pictures, whose uploads are not known.
    OnlyPictures,
    Different,
}

impl<'a> Wanted<'a> {
    pub fn of(part: &'a Part, index: u32, replies_to: Option<&'a str>) -> Wanted<'a> {
        Wanted {
            part,
            text: comparable(part.text.as_deref()),
            parent: parent(part, index, replies_to),
        }
    }

    pub fn compare(&self, note: &wire::Note) -> Compared {
        let ids = &self.part.file_ids;
        // The same bytes are the same file in any note of the account, so the rest has to be the same too.
        let pictures = if ids.is_empty() {
            note.file_ids.len() == self.part.pictures
        } else {
            note.file_ids.len() == ids.len() && ids.iter().all(|id| note.file_ids.contains(id))
        };
        let is_cat = note.user.as_ref().is_some_and(|user| user.is_cat);
        let same_text = |one: &str, other: &str| one == other || (is_cat && plain(one) == plain(other));
        let alike = pictures
            && same_text(&comparable(note.text.as_deref()), &self.text)
            && comparable(note.cw.as_deref()) == comparable(self.part.cw.as_deref())
            && note.reply_id.as_deref() == self.parent
            && note.renote_id == self.part.renote_id
            && note.poll.is_none();
        if !alike || (self.text.is_empty() && note.file_ids.is_empty() && self.part.renote_id.is_none()) {
            return Compared::Different;
        }
        if self.text.is_empty() && ids.is_empty() && self.part.pictures > 0 {
            return Compared::OnlyPictures;
        }
        match &note.visibility {
            Some(visibility) if *visibility != self.part.visibility => Compared::OtherVisibility,
            _ => Compared::Same,
        }
    }
}

/// The server takes white space off both ends, as JavaScript's `trim` does.
fn comparable(text: Option<&str>) -> String {
    text.unwrap_or_default()
        .trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}')
        .replace("\r\n", "\n")
}

/// An older server answers the words of a user who is a cat in a cat's tongue (misc/nyaize.ts).
fn plain(text: &str) -> String {
    let mut plain = text.to_lowercase();
    for (cat, plain_word) in [
        ("にゃ", "な"),
        ("ニャ", "ナ"),
        ("ﾆｬ", "ﾅ"),
        ("mornyan", "morning"),
        ("everynyan", "everyone"),
        ("nya", "na"),
    ] {
        plain = plain.replace(cat, plain_word);
    }
    plain
}
