//! What people read, in both languages: a code and its arguments become a sentence and a next step. The catalogues
//! are `ui/messages/{en,ja}.json`, the same files that the window uses, flat and sorted, with `{names}` in them.

use std::borrow::Cow;

use kossori_api::{Code, FindingView, Problem, TYPED, WAY_BACK};

mod catalogue;
mod language;
mod time;

pub use language::Language;
pub use time::{is_moment, moment};

/// What is said of a refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sentence {
    pub message: String,
    /// The next step.
    pub hint: String,
}

/// The catalogue's text for `key` with its `{names}` filled in. A key that is not there comes back as it is: odd to
/// read, but nothing is lost.
pub fn say(language: Language, key: &str, args: &[(&str, &str)]) -> String {
    let find = |name: &str| {
        args.iter()
            .find(|(known, _)| *known == name)
            .map(|(_, value)| (*value).to_owned())
    };
    catalogue::text(language, key).map_or_else(|| key.to_owned(), |text| filled(&text, find))
}

/// Whether there is such a text: for what servers and later versions may name.
pub fn knows(language: Language, key: &str) -> bool {
    catalogue::text(language, key).is_some()
}

pub fn problem(language: Language, problem: &Problem) -> Sentence {
    let find = |name: &str| problem.args.get(name).map(|value| shown(language, value));
    let of = |kind: &str, code: Code| {
        let key = format!("{kind}.{code}");
        catalogue::text(language, &key).map_or(key.clone(), |text| filled(&text, find))
    };
    // What was left out was not misread.
    if problem.code == Code::Usage && problem.args.contains_key(TYPED) {
        let left_out = |key| catalogue::text(language, key).map(|text| filled(&text, find));
        return Sentence {
            message: left_out("error.usage_missing").unwrap_or_default(),
            hint: left_out("hint.usage_missing").unwrap_or_default(),
        };
    }
    // Whether there is a way back is part of the next step.
    let way_back = problem.args.get(WAY_BACK).and_then(|kind| {
        let key = format!("hint.{}_{kind}", problem.code);
        catalogue::text(language, &key)
    });
    Sentence {
        message: of("error", problem.code),
        hint: way_back.map_or_else(|| of("hint", problem.code), |text| filled(&text, find)),
    }
}

pub fn finding(language: Language, finding: &FindingView) -> String {
    let key = format!("finding.{}", finding.rule);
    let find = |name: &str| finding.args.get(name).map(|value| shown(language, value));
    let counted = COUNTED.iter().find(|(rule, _)| *rule == finding.rule);
    let one = counted.is_some_and(|(_, name)| finding.args.get(*name).is_some_and(|value| value == "1"));
    one.then(|| catalogue::text(language, &format!("{key}_one")))
        .flatten()
        .or_else(|| catalogue::text(language, &key))
        .map_or_else(|| finding.rule.clone(), |text| filled(&text, find))
}

/// What is counted in a finding's sentence: of one it has its own words (`_one`).
const COUNTED: [(&str, &str); 6] = [
    ("alt_too_long", "over"),
    ("too_long", "over"),
    ("too_many_bytes", "over"),
    ("too_many_links", "max"),
    ("too_many_parts", "max"),
    ("too_many_pictures", "max"),
];

/// A window's title: its own, or, of those that every folder begins with, the one in the reader's language.
pub fn window_title(language: Language, name: &str, title: &str) -> String {
    if !title.is_empty() {
        return title.to_owned();
    }
    let key = format!("window.{name}");
    catalogue::text(language, &key).map_or_else(|| name.to_owned(), Cow::into_owned)
}

fn shown(language: Language, value: &str) -> String {
    if is_moment(value) {
        moment(language, value, None)
    } else {
        value.to_owned()
    }
}

/// Text with its `{names}` filled in, once: what comes in is not looked through for names again.
fn filled(text: &str, find: impl Fn(&str) -> Option<String>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let Some((name, behind)) = after.split_once('}') else {
            out.push('{');
            rest = after;
            continue;
        };
        // Nothing known of it: a dash reads better than a hole.
        out.push_str(&find(name).unwrap_or_else(|| "–".to_owned()));
        rest = behind;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests;
