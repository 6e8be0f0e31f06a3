use std::collections::{BTreeMap, BTreeSet};

use kossori_api::{Code, FindingView, Problem, Said};

use crate::catalogue::{ENGLISH, JAPANESE, text};
use crate::{Language, finding, moment, problem, say, window_title};

/// Japanese texts without a kana or kanji, looked at one by one.
const NO_JAPANESE_NEEDED: [&str; 2] = ["cli.event_row", "cli.finding_row"];
/// Japanese texts that are made of other texts and punctuation.
const JOINTS: [&str; 10] = [
    "cli.planned",
    "cli.moved_row",
    "cli.checked",
    "cli.span",
    "status_row",
    "ui.days.span",
    "ui.journal.account",
    "ui.period.days_run",
    "ui.whose.one",
    "why.until",
];

fn placeholders(text: &str) -> BTreeSet<String> {
    text.split('{')
        .skip(1)
        .filter_map(|rest| rest.split_once('}'))
        .map(|(name, _)| name.to_owned())
        .collect()
}

fn of(language: Language) -> BTreeMap<String, String> {
    let file = match language {
        Language::En => ENGLISH,
        Language::Ja => JAPANESE,
    };
    serde_json::from_str(file).expect("a catalogue is a flat object of texts")
}

fn is_japanese(c: char) -> bool {
    matches!(c, '\u{3041}'..='\u{30ff}' | '\u{4e00}'..='\u{9fff}' | '々')
}

#[test]
fn both_catalogues_say_the_same_things() {
    let (en, ja) = (of(Language::En), of(Language::Ja));
    let keys = |texts: &BTreeMap<String, String>| texts.keys().cloned().collect::<BTreeSet<_>>();
    assert_eq!(keys(&en), keys(&ja));
    for (key, english) in &en {
        assert_eq!(placeholders(english), placeholders(&ja[key]), "{key}");
        assert!(
            !english.trim().is_empty() && !ja[key].trim().is_empty(),
            "{key} is empty"
        );
    }
}

#[test]
fn every_text_is_found_as_it_stands_in_its_file() {
    for language in [Language::En, Language::Ja] {
        let all = of(language);
        for (key, whole) in &all {
            assert_eq!(text(language, key).as_deref(), Some(whole.as_str()), "{key}");
            // What comes just before and just behind a key is not taken for it.
            for near in [&key[..key.len() - 1], &format!("{key}\0"), &format!("{key}\": ")] {
                assert_eq!(text(language, near).is_some(), all.contains_key(near), "{near}");
            }
        }
        for none in ["", " ", "{", "}", "\"", "\n", "zzz", "日本"] {
            assert_eq!(text(language, none), None, "{none}");
        }
    }
}

#[test]
fn the_files_are_flat_and_sorted() {
    for text in [ENGLISH, JAPANESE] {
        let keys: Vec<&str> = text
            .lines()
            .filter_map(|line| line.trim().strip_prefix('"')?.split_once('"'))
            .map(|(key, _)| key)
            .collect();
        assert!(keys.len() > 300);
        assert!(keys.is_sorted(), "the keys are not in order");
        assert_eq!(
            keys.iter().collect::<BTreeSet<_>>().len(),
            keys.len(),
            "a key stands twice"
        );
    }
}

#[test]
fn every_code_has_a_sentence_and_a_next_step() {
    for language in Language::ALL {
        for code in Code::ALL {
            let said = problem(language, &Problem::new(*code));
            assert_ne!(said.message, format!("error.{code}"));
            assert_ne!(said.hint, format!("hint.{code}"));
        }
    }
}

#[test]
fn states_reasons_and_the_like_are_covered() {
    let families = [
        (
            "state",
            "queued held claimed staged sending unknown needs_you sent rejected missed left removed",
        ),
        (
            "reason",
            "paused needs_sign_in proxy_missing out_of_credit cost_cap outside_window no_window clock_unsure folder_is_a_copy keyring_locked \
             keyring_absent keyring_timed_out keyring_dismissed keyring_broken disk_full folder_read_only \
             behind_unknown looking retry gap cap persona hold hold_over closed busy margin holiday pause order jitter",
        ),
        (
            "why",
            "gap cap persona margin closed busy holiday hold pause order retry jitter outside_window cost_cap",
        ),
        ("severity", "block hold warn note"),
        (
            "health",
            "ok needs_sign_in proxy_missing out_of_credit unreachable refused",
        ),
        ("persona", "personal official anonymous"),
        ("window", "lunch evening weekend break"),
        ("bell", "rings silent unknown"),
        ("host", "resident run none"),
        ("backup_why", "daily before-migration asked"),
        (
            "holiday",
            "new_year coming_of_age foundation emperor vernal_equinox showa constitution greenery children marine \
             mountain aged autumnal_equinox sports culture labour substitute between other",
        ),
        ("status", "idle queued paused needs_you"),
        ("check", "keyring folder database pictures"),
        ("check_name", "keyring folder database pictures"),
        (
            "event",
            "queued planned claimed staged sending sent part_sent put_back rejected unknown looked resent needs_you \
             resolved missed removed voided held hold_over approved edited visibility_differs deleted paused resumed \
             clock_unsure clock_confirmed adopted",
        ),
    ];
    for (family, names) in families {
        for name in names.split_whitespace() {
            for language in Language::ALL {
                assert!(
                    crate::knows(language, &format!("{family}.{name}")),
                    "{family}.{name} in {language:?}"
                );
            }
        }
    }
}

#[test]
fn what_a_server_says_has_a_sentence_and_a_next_step() {
    for language in Language::ALL {
        for said in Said::ALL {
            for family in ["said", "said_next"] {
                let key = format!("{family}.{}", said.as_str());
                assert!(crate::knows(language, &key), "{key} in {language:?}");
            }
        }
    }
}

#[test]
fn sentences_are_sentences() {
    let families = [
        "error.",
        "hint.",
        "finding.",
        "why.",
        "check.",
        "said.",
        "said_next.",
        "unknown.alike",
        "unknown.copy",
        "unknown.sentence",
        "unknown.looking",
    ];
    let ja = of(Language::Ja);
    for (key, english) in &of(Language::En) {
        if families.iter().any(|family| key.starts_with(family)) {
            assert!(english.ends_with('.'), "{key}: {english}");
            let japanese = &ja[key];
            // A sentence made of two ends with the second one.
            assert!(japanese.ends_with('。'), "{key}: {japanese}");
        }
    }
}

#[test]
fn the_tone_is_plain() {
    for (key, text) in &of(Language::En) {
        let lower = text.to_lowercase();
        for word in ["please", "oops", "success", "failed", "!"] {
            assert!(!lower.contains(word), "{key}: {text}");
        }
    }
    for (key, text) in &of(Language::Ja) {
        for word in ["失敗", "エラーが発生", "!", "！"] {
            assert!(!text.contains(word), "{key}: {text}");
        }
        assert!(
            !text.contains(['(', ')']),
            "{key}: brackets are full width in Japanese: {text}"
        );
        let reviewed =
            NO_JAPANESE_NEEDED.contains(&key.as_str()) || JOINTS.iter().any(|joint| key.ends_with(joint));
        assert!(
            text.chars().any(is_japanese) || reviewed,
            "{key} is not in Japanese: {text}"
        );
        half_width_stands_apart(key, text);
    }
}

/// A space between Japanese and Latin letters or digits, except in dates (`12月`).
fn half_width_stands_apart(key: &str, text: &str) {
    let filled: String = crate::filled(text, |_| Some("A".to_owned()));
    let dates = key.starts_with("date.");
    for (a, b) in filled.chars().zip(filled.chars().skip(1)) {
        let meet = is_japanese(a) && b.is_ascii_alphanumeric() || a.is_ascii_alphanumeric() && is_japanese(b);
        assert!(!meet || dates, "{key}: {a}{b} in {text}");
    }
}

#[test]
fn placeholders_are_known() {
    let known: BTreeSet<&str> = "account addresses alt at backup bell bytes code column count cw day delivery draft event file free from gap \
         handle help host id jitter kind last least length limit line max message minutes month most n name names network over part \
         parts per_window persona persona_gap picture pixels reason rejected asked got sent server_code severity state status text time \
         to unknown needs_you url waiting visibility weekday what who why window words year zone looks post with_link times cost cap left spent \
         hours size link needs shown command"
        .split_whitespace()
        .collect();
    for (key, text) in &of(Language::En) {
        for name in placeholders(text) {
            assert!(known.contains(name.as_str()), "{key}: {{{name}}}");
        }
    }
}

#[test]
fn what_is_filled_in_is_not_filled_again() {
    let said = problem(
        Language::En,
        &Problem::new(Code::UnknownWindow).with("name", "{name}"),
    );
    assert_eq!(said.message, "There is no window {name}.");
    assert_eq!(
        say(Language::En, "error.unknown_window", &[]),
        "There is no window –."
    );
    assert_eq!(say(Language::En, "no.such.key", &[]), "no.such.key");
}

#[test]
fn a_problem_tells_its_time_as_people_do() {
    let near = Problem::new(Code::PersonaTooNear).with("free", "2026-11-25T12:07:00.000+09:00");
    assert!(
        problem(Language::Ja, &near)
            .message
            .contains("11月25日（水）12:07"),
        "{:?}",
        problem(Language::Ja, &near)
    );
    assert!(
        problem(Language::En, &near)
            .message
            .contains("Wed 25 November 12:07")
    );
}

#[test]
fn moments() {
    let at = "2024-02-29T23:59:00.000+00:00";
    assert_eq!(moment(Language::En, at, None), "Thu 29 February 23:59");
    assert_eq!(moment(Language::Ja, at, Some("2024-02-29")), "今日 23:59");
    assert_eq!(
        moment(Language::Ja, "2027-01-03T00:00:00Z", Some("2026-12-31")),
        "2027年1月3日（日）00:00"
    );
    assert_eq!(
        moment(Language::En, "2027-01-03T00:00:00Z", None),
        "Sun 3 January 00:00"
    );
    for odd in [
        "",
        "soon",
        "2024-02-29",
        "T12:00",
        "12:00",
        "2024-02-29T23:59",
        "あT12:34",
        "2024-02-29T12:あ+",
    ] {
        assert_eq!(moment(Language::En, odd, None), odd);
    }
}

#[test]
fn findings_and_windows() {
    let long = FindingView {
        rule: "too_long".to_owned(),
        args: [("over", "12"), ("count", "312"), ("max", "300")]
            .map(|(a, b)| (a.to_owned(), b.to_owned()))
            .into(),
        ..FindingView::default()
    };
    assert_eq!(
        finding(Language::En, &long),
        "It is 12 characters too long (312 of 300)."
    );
    assert_eq!(finding(Language::Ja, &long), "12 字ぶん長いです（312/300）。");
    let mut by_one = long;
    by_one.args.insert("over".to_owned(), "1".to_owned());
    assert_eq!(
        finding(Language::En, &by_one),
        "It is 1 character too long (312 of 300)."
    );
    assert_eq!(window_title(Language::Ja, "lunch", ""), "昼休み");
    assert_eq!(window_title(Language::Ja, "tea", ""), "tea");
    assert_eq!(window_title(Language::Ja, "lunch", "ごはん"), "ごはん");
}

#[test]
fn whose_language() {
    let table = [
        (Some("ja_JP.UTF-8"), None, None, Language::Ja),
        (Some(""), Some("ja"), Some("en_US.UTF-8"), Language::Ja),
        (None, None, Some("ja_JP"), Language::Ja),
        (Some("C"), Some("ja_JP.UTF-8"), None, Language::En),
        (None, None, Some("jam"), Language::En),
        (None, None, None, Language::En),
    ];
    for (all, messages, lang, expected) in table {
        assert_eq!(
            Language::from_environment(all, messages, lang),
            expected,
            "{all:?} {messages:?} {lang:?}"
        );
    }
}
