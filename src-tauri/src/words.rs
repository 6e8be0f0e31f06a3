//! The few sentences that the shell says by itself: on a terminal, before there is a page to say them, and in the
//! desktop's own choosers.

use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};

use kossori_api::{Preferences, Problem};
use kossori_messages::{Language, say};
use serde_json::Value;

#[derive(Clone)]
pub struct Words {
    environment: Language,
    spoken: Arc<Mutex<Language>>,
}

impl Words {
    pub fn of_process() -> Words {
        let of = |name: &str| std::env::var(name).ok();
        let (all, messages, lang) = (of("LC_ALL"), of("LC_MESSAGES"), of("LANG"));
        let environment = Language::from_environment(all.as_deref(), messages.as_deref(), lang.as_deref());
        Words {
            environment,
            spoken: Arc::new(Mutex::new(environment)),
        }
    }

    /// The system's language, `ja` or `en`: the page follows it where nothing else was chosen.
    pub fn of_system(&self) -> &'static str {
        self.environment.as_str()
    }

    /// The page reads the preferences when it begins and whenever they change: what it is answered holds here too.
    pub fn follow(&self, asked: &str, answer: &Value) {
        if !matches!(asked, "preferences_show" | "preferences_set") {
            return;
        }
        if let Ok(Preferences { language, .. }) = serde_json::from_value(answer.clone()) {
            *self.spoken.lock().unwrap_or_else(PoisonError::into_inner) = self.environment.chosen(language);
        }
    }

    fn language(&self) -> Language {
        *self.spoken.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn say(&self, key: &str) -> String {
        say(self.language(), key, &[])
    }

    #[allow(clippy::print_stdout, reason = "it was asked for on a terminal")]
    pub fn tell(&self, text: &str) -> ExitCode {
        println!("{text}");
        ExitCode::SUCCESS
    }

    #[allow(clippy::print_stderr, reason = "there is no window to say it in")]
    pub fn complain(&self, problem: &Problem) {
        let said = kossori_messages::problem(self.language(), problem);
        eprintln!("{}", said.message);
    }

    #[allow(clippy::print_stderr, reason = "there is no window to say it in")]
    pub fn complain_plainly(&self, key: &str) {
        eprintln!("{}", self.say(key));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use kossori_messages::Language;
    use serde_json::json;

    use super::Words;

    #[test]
    fn they_follow_what_the_page_is_answered() {
        let words = Words {
            environment: Language::En,
            spoken: Arc::new(Mutex::new(Language::En)),
        };
        let preferences = |language: &str| {
            json!({
                "language": language, "theme": "system", "digest_at": null, "autostart": false,
                "veil": false, "first_run_done": true, "awake_told": true,
            })
        };
        let kept = words.clone();
        let table = [
            ("preferences_show", preferences("ja"), Language::Ja),
            ("draft_show", preferences("en"), Language::Ja),
            ("preferences_show", json!({}), Language::Ja),
            ("preferences_set", preferences("en"), Language::En),
            ("preferences_set", preferences("ja"), Language::Ja),
            ("preferences_set", preferences("system"), Language::En),
        ];
        for (asked, answer, expected) in table {
            words.follow(asked, &answer);
            assert_eq!(kept.language(), expected, "{asked} {answer}");
        }
    }
}
