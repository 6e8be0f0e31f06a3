//! What a request brings with it, as the person typed, wrote or picked it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use kossori_core::network::{Network, Visibility};
use kossori_core::quiet_debug;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::preferences::given;

/// A secret on its way in. It is written out by one named function and shown by none.
#[derive(Clone, Deserialize, TS)]
#[serde(transparent)]
#[ts(type = "string")]
pub struct SecretInput(String);

impl SecretInput {
    pub fn new(text: String) -> SecretInput {
        SecretInput(text)
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn into_text(self) -> String {
        self.0
    }

    /// For the field that carries a secret over the socket to the host, and for nothing else.
    pub(crate) fn reveal<S: serde::Serializer>(
        secret: &Option<SecretInput>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        secret
            .as_ref()
            .map(|secret| secret.0.as_str())
            .serialize(serializer)
    }
}

impl std::fmt::Debug for SecretInput {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("<redacted>")
    }
}

#[derive(Clone, Default, PartialEq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
pub struct ContentInput {
    pub parts: Vec<PartInput>,
    pub cw: Option<String>,
    #[ts(type = "\"public\" | \"unlisted\" | \"private\" | \"direct\" | null")]
    pub visibility: Option<Visibility>,
    pub lang: Option<String>,
    pub reply_to: Option<String>,
    /// The URL of a post to show beside the words.
    pub quote: Option<String>,
    /// The URL of a post to hand on as it is: no words, no pictures.
    pub repost: Option<String>,
    /// As an answer to the account's own last thread, where that rings fewer bells.
    pub quiet_reply: bool,
    #[ts(type = "Record<string, string>")]
    pub variants: BTreeMap<Network, String>,
}

#[derive(Clone, Default, PartialEq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
pub struct PartInput {
    pub text: String,
    pub media: Vec<MediaInput>,
}

/// A picked file by its path, or a picture that is kept already.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
pub struct MediaInput {
    pub path: Option<PathBuf>,
    pub media: Option<String>,
    pub alt: String,
}

/// A file that was picked or dropped, by its path on this machine.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct PictureFileInput {
    pub path: PathBuf,
}

/// The next bytes of a pasted picture: those from `at` on, which is how many came before.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct PictureChunkInput {
    pub upload: String,
    pub at: u64,
    pub base64: String,
}

quiet_debug!(ContentInput { parts, visibility, lang, quiet_reply; cw, reply_to, quote, repost, variants });
quiet_debug!(PartInput { media; text });
quiet_debug!(MediaInput { media; path, alt });
quiet_debug!(PictureFileInput { ; path });
quiet_debug!(PictureChunkInput { upload, at; base64 });

/// When, as the person typed it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum WhenInput {
    #[default]
    Next,
    Window(String),
    At(String),
    /// Not before that day, a date in the zone of the window; without one the next window from then on, in the system's.
    FromDay {
        day: String,
        #[serde(default)]
        window: Option<String>,
    },
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
#[serde(default)]
pub struct PostInput {
    pub accounts: Vec<String>,
    pub content: ContentInput,
    /// Takes the content of this draft; the draft is gone once the post is queued.
    pub draft: Option<String>,
    /// The revision of the draft that was read; another one is refused, so that nobody queues text they have not seen.
    /// `None`: the newest.
    pub base_rev: Option<u64>,
    /// `---` alone on a line starts a new part, and a part still too long is split at a sentence.
    pub thread: bool,
    /// The same, and each part ends with its number: ` 2/5`.
    pub numbered: bool,
    pub when: WhenInput,
    pub override_window: bool,
    pub expires: Option<String>,
    pub hold: bool,
    /// Held until then, and asked about again: what was held so before is put back as it was.
    #[ts(optional = nullable)]
    pub hold_until: Option<String>,
    /// The delivery that was taken back and is queued again: it is of the same post as before.
    #[ts(optional = nullable)]
    pub again: Option<String>,
    pub confirm_persona: bool,
    /// The zone that times are read in; the system's if none.
    pub zone: Option<String>,
}

/// Which of the journal's rows. All, if nothing is said.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
#[serde(default)]
pub struct JournalInput {
    pub since: Option<String>,
    /// Before this moment.
    pub until: Option<String>,
    /// So many of them, the newest. What was written down at one and the same moment stays together.
    pub limit: Option<u32>,
    /// Of each delivery only the last row that says what came of it, and the deliveries themselves.
    pub outcomes: bool,
}

impl JournalInput {
    pub fn since(text: String) -> JournalInput {
        JournalInput {
            since: Some(text),
            ..JournalInput::default()
        }
    }
}

/// A window's or work hours' shape.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
#[serde(default)]
pub struct PeriodInput {
    pub days: String,
    pub from: String,
    pub to: String,
    pub zone: Option<String>,
    /// Empty: all.
    pub accounts: Vec<String>,
    /// `usual`, `skip` or `also`.
    pub holidays: Option<String>,
    pub first_day: Option<String>,
    pub last_day: Option<String>,
}

/// What of a window changes; what is `None` stays.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
#[serde(default)]
pub struct PeriodPatch {
    pub title: Option<String>,
    pub days: Option<String>,
    pub from: Option<String>,
    pub to: Option<String>,
    pub zone: Option<String>,
    pub accounts: Option<Vec<String>>,
    pub holidays: Option<String>,
    pub first_day: Option<String>,
    pub last_day: Option<String>,
}

/// What of the prices and the month's cap changes, in dollars as a person types them; what is not there stays.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
#[ts(optional_fields)]
pub struct CostPatch {
    /// Of all accounts together, a month in UTC; null: none.
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[ts(type = "string | null", optional)]
    pub cap: Option<Option<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub post: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub post_with_link: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub picture_text: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delete: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub read: Option<String>,
}

/// What a person found of an unknown outcome.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Resolution {
    There { url: Option<String> },
    NotThere,
    Leave,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum FaultInput {
    LostAnswer,
    Refuse,
    RateLimit,
    SignOut,
    Slow,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
pub enum HolidayTableInput {
    Jp,
    None,
}
