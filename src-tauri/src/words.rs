//! The few sentences that the shell says by itself: on a terminal, before there is a page to say them.

use std::process::ExitCode;

use kossori_api::Problem;
use kossori_messages::{Language, say};

#[derive(Clone)]
pub struct Words {
    language: Language,
}

impl Words {
    pub fn of_process() -> Words {
        let of = |name: &str| std::env::var(name).ok();
        let (all, messages, lang) = (of("LC_ALL"), of("LC_MESSAGES"), of("LANG"));
        Words {
            language: Language::from_environment(all.as_deref(), messages.as_deref(), lang.as_deref()),
        }
    }

    /// `ja` or `en`.
    pub fn language(&self) -> &'static str {
        self.language.as_str()
    }

    pub fn say(&self, key: &str) -> String {
        say(self.language, key, &[])
    }

    #[allow(clippy::print_stdout, reason = "it was asked for on a terminal")]
    pub fn tell(&self, text: &str) -> ExitCode {
        println!("{text}");
        ExitCode::SUCCESS
    }

    #[allow(clippy::print_stderr, reason = "there is no window to say it in")]
    pub fn complain(&self, problem: &Problem) {
        let said = kossori_messages::problem(self.language, problem);
        eprintln!("{}", said.message);
    }

    #[allow(clippy::print_stderr, reason = "there is no window to say it in")]
    pub fn complain_plainly(&self, key: &str) {
        eprintln!("{}", self.say(key));
    }
}
