//! The texts, compiled in and read once.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use crate::Language;

type Texts = BTreeMap<String, String>;

pub(crate) const ENGLISH: &str = include_str!("../../../ui/messages/en.json");
pub(crate) const JAPANESE: &str = include_str!("../../../ui/messages/ja.json");

static EN: LazyLock<Texts> = LazyLock::new(|| read(ENGLISH));
static JA: LazyLock<Texts> = LazyLock::new(|| read(JAPANESE));

pub(crate) fn text(language: Language, key: &str) -> Option<&'static str> {
    of(language).get(key).map(String::as_str)
}

pub(crate) fn of(language: Language) -> &'static Texts {
    match language {
        Language::En => &EN,
        Language::Ja => &JA,
    }
}

fn read(json: &str) -> Texts {
    // The files are part of the program, and a test reads both.
    serde_json::from_str(json).expect("a catalogue is a flat object of texts")
}
