//! How a command ends: its answer on standard output, or what went wrong and what to do on standard error.

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
        Some(value) if json => value.to_string(),
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
        in_json(problem, words).to_string()
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

fn print(to: &mut impl Write, text: &str) {
    let newline = if text.ends_with('\n') { "" } else { "\n" };
    // A reader that has gone away is no trouble of ours, and there is nowhere left to say that the output is full.
    let _ = write!(to, "{text}{newline}").and_then(|()| to.flush());
}

/// A line of `run`, as it happens.
pub fn line(text: &str) {
    print(&mut stdout().lock(), text);
}
