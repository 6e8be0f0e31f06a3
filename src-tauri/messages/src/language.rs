//! Which language a person reads.

use kossori_api::LanguageChoice;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    #[default]
    En,
    Ja,
}

impl Language {
    pub const ALL: [Language; 2] = [Language::En, Language::Ja];

    /// The first of the three that is set and not empty decides, as POSIX has it; what is not Japanese reads English.
    pub fn from_environment(lc_all: Option<&str>, lc_messages: Option<&str>, lang: Option<&str>) -> Language {
        let locale = [lc_all, lc_messages, lang]
            .into_iter()
            .flatten()
            .find(|value| !value.is_empty());
        let language = locale
            .unwrap_or_default()
            .split(['_', '.', '@', '-'])
            .next()
            .unwrap_or_default();
        if language.eq_ignore_ascii_case("ja") {
            Language::Ja
        } else {
            Language::En
        }
    }

    /// What a person chose goes before what the desktop says.
    pub fn chosen(self, choice: LanguageChoice) -> Language {
        match choice {
            LanguageChoice::System => self,
            LanguageChoice::Ja => Language::Ja,
            LanguageChoice::En => Language::En,
        }
    }

    /// For `lang` attributes.
    pub fn as_str(self) -> &'static str {
        match self {
            Language::En => "en",
            Language::Ja => "ja",
        }
    }
}
