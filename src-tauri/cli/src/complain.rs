//! How a command ends: its answer on standard output, or what went wrong and what to do on standard error.

use std::borrow::Cow;
use std::io::{Write, stderr, stdout};

use kossori_api::{Exit, Problem};
use serde_json::{Value, json};

use crate::fill;
use crate::task::Done;
use crate::words::Words;

pub struct Refusal {
    pub problem: Problem,
    /// The command's own usage, where the command line itself was wrong.
    pub usage: Option<String>,
}

pub fn answer(done: &Done, json: bool) -> Exit {
    let text = match &done.json {
        Some(value) if json => in_ascii_controls(&value.to_string()),
        _ => done.plain.clone(),
    };
    if !text.is_empty() {
        print(&mut stdout().lock(), &text);
    }
    if done.needs_person {
        Exit::NeedsPerson
    } else {
        Exit::Done
    }
}

pub fn refuse(refusal: &Refusal, words: &Words, json: bool) -> Exit {
    let problem = &refusal.problem;
    let text = if json {
        in_ascii_controls(&in_json(problem, words).to_string())
    } else {
        in_words(refusal, words)
    };
    print(&mut stderr().lock(), &text);
    problem.code.exit()
}

fn in_json(problem: &Problem, words: &Words) -> Value {
    let said = kossori_messages::problem(words.language, problem);
    let mut error = json!({ "code": problem.code, "message": said.message, "hint": said.hint });
    if !problem.args.is_empty() {
        error["args"] = json!(problem.args);
    }
    if !problem.findings.is_empty() {
        error["findings"] = json!(problem.findings);
        fill::fill(&mut error, words.language);
    }
    error
}

/// The sentence, the findings, the next step, the code last.
fn in_words(refusal: &Refusal, words: &Words) -> String {
    let problem = &refusal.problem;
    let said = kossori_messages::problem(words.language, problem);
    let findings = problem.findings.iter().map(|finding| words.finding(finding));
    let usage = refusal
        .usage
        .iter()
        .map(|usage| words.say("cli.usage", &[("text", usage)]));
    let code = words.say("cli.code", &[("code", problem.code.as_str())]);
    words.lines(
        [said.message]
            .into_iter()
            .chain(findings)
            .chain([said.hint])
            .chain(usage)
            .chain([code]),
    )
}

/// What a server or a text wrote moves no cursor and asks the terminal nothing: its control characters are shown.
pub fn for_terminal(text: &str) -> Cow<'_, str> {
    let is_loose = |c: char| c.is_control() && !matches!(c, '\n' | '\t');
    // CSV ends its lines so.
    if !text.replace("\r\n", "\n").contains(is_loose) {
        return Cow::Borrowed(text);
    }
    let shown = |c: char| match c {
        '\n' | '\t' => c,
        '\u{0}'..='\u{1f}' => char::from_u32(0x2400 + u32::from(c)).unwrap_or('\u{fffd}'),
        c if c.is_control() => '\u{fffd}',
        c => c,
    };
    Cow::Owned(text.replace("\r\n", "\n").chars().map(shown).collect())
}

/// JSON writes those below U+0020 as escapes, and lets the others be.
fn in_ascii_controls(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for c in json.chars() {
        match c {
            '\u{7f}'..='\u{9f}' => text.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => text.push(c),
        }
    }
    text
}

fn print(to: &mut impl Write, text: &str) {
    let text = for_terminal(text);
    let newline = if text.ends_with('\n') { "" } else { "\n" };
    // A reader that has gone away is no trouble of ours, and there is nowhere left to say that the output is full.
    let _ = write!(to, "{text}{newline}").and_then(|()| to.flush());
}

/// A line of `run`, as it happens.
pub fn line(text: &str) {
    print(&mut stdout().lock(), text);
}

#[cfg(test)]
mod tests {
    use super::{for_terminal, in_ascii_controls};

    #[test]
    fn no_text_steers_the_terminal() {
        for (text, shown) in [
            ("a\n\tb\n", "a\n\tb\n"),
            ("at,event\r\n1,2\r\n", "at,event\r\n1,2\r\n"),
            ("\u{1b}[2J\u{1b}]0;x\u{7}", "␛[2J␛]0;x␇"),
            ("sent\rnot", "sent␍not"),
            ("\u{9b}2J\u{7f}\0", "\u{fffd}2J\u{fffd}␀"),
            ("昼休み", "昼休み"),
        ] {
            assert_eq!(for_terminal(text), shown, "{text:?}");
        }
        let json = serde_json::json!({ "handle": "\u{1b}[2J\u{9b}2J\u{7f}é" }).to_string();
        let safe = in_ascii_controls(&json);
        assert!(!safe.contains(char::is_control), "{safe:?}");
        assert_eq!(
            serde_json::from_str::<serde_json::Value>(&safe).ok(),
            serde_json::from_str(&json).ok(),
            "and says the same"
        );
    }
}
