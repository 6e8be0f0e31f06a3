//! What the host leaves open because it speaks no language: sentences of findings, reasons, checks, and the titles
//! of the windows that every folder begins with.

use kossori_api::{Code, FindingView, Problem};
use kossori_messages::{Language, say};
use serde_json::Value;

use crate::words::why;

pub fn fill(answer: &mut Value, language: Language) {
    each(answer, "findings", |finding| {
        if let Ok(view) = serde_json::from_value::<FindingView>(finding.clone()) {
            finding["message"] = kossori_messages::finding(language, &view).into();
        }
    });
    each(answer, "windows", |window| {
        let of = |name: &str| window[name].as_str().unwrap_or_default().to_owned();
        window["title"] = kossori_messages::window_title(language, &of("name"), &of("title")).into();
    });
    each(answer, "checks", |check| fill_check(check, language));
    each(answer, "deliveries", |delivery| {
        each(delivery, "why_not_sooner", |reason| {
            let code = reason["code"].as_str().unwrap_or_default();
            reason["text"] = why(language, code, reason["until"].as_str()).into();
        });
    });
}

/// Every object in the list `name` of `answer`, if it has one.
fn each(answer: &mut Value, name: &str, mut of_one: impl FnMut(&mut Value)) {
    let list = answer.get_mut(name).and_then(Value::as_array_mut);
    list.into_iter()
        .flatten()
        .filter(|item| item.is_object())
        .for_each(&mut of_one);
}

/// The host sends the code of what is wrong.
fn fill_check(check: &mut Value, language: Language) {
    let name = check["name"].as_str().unwrap_or_default();
    if check["ok"].as_bool() == Some(true) {
        check["message"] = say(language, &format!("check.{name}"), &[]).into();
        return;
    }
    if let Ok(code) = serde_json::from_value::<Code>(check["message"].clone()) {
        let said = kossori_messages::problem(language, &Problem::new(code));
        check["message"] = said.message.into();
        check["hint"] = said.hint.into();
    }
}
