use kossori_api::{Code, Problem, Status};
use kossori_messages::Language;

use super::{Action, Face, Line, Pause, Seen, State, Words};

const NOON: &str = "2026-11-25T12:07:00.000+09:00";

fn words(language: Language) -> Words {
    Words {
        language,
        today: "2026-11-25".to_owned(),
    }
}

fn status(state: &str, change: impl FnOnce(&mut Status)) -> Seen {
    let mut status = Status {
        host: "resident".to_owned(),
        state: state.to_owned(),
        ..Status::default()
    };
    change(&mut status);
    Seen::Open(Box::new(status))
}

fn count(status: &mut Status, state: &str, n: u64) {
    status.counts.insert(state.to_owned(), n);
}

/// The menu as a person reads it; what cannot be chosen in brackets.
fn read(lines: &[Line]) -> Vec<String> {
    let line = |line: &Line| match line {
        Line::Act(label, _) => label.clone(),
        Line::Say(text) => format!("[{text}]"),
        Line::More(label, lines) => format!("{label} > {}", read(lines).join(" | ")),
        Line::Rule => "-".to_owned(),
    };
    lines.iter().map(line).collect()
}

fn face(seen: &Seen) -> Face {
    Face::of(&words(Language::En), seen, false)
}

#[test]
fn what_waited_too_long_is_said_with_what_to_do() {
    for waiting in ["retry", "needs_sign_in", "paused"] {
        for language in [Language::En, Language::Ja] {
            let seen = status("needs_you", |s| s.waits = vec![waiting.to_owned()]);
            let face = Face::of(&words(language), &seen, false);
            let sentence = kossori_messages::say(language, &format!("wait.{waiting}"), &[]);
            assert_eq!((face.state, &face.tooltip), (State::NeedsYou, &sentence));
            let lines = super::wrap::lines(&sentence);
            let said: Vec<Line> = lines.into_iter().map(Line::Say).collect();
            assert_eq!(
                face.menu[2..2 + said.len()],
                said,
                "in the menu, under what goes next"
            );
        }
    }
    let later = face(&status("needs_you", |s| {
        s.waits = vec!["what_a_later_host_knows".to_owned()]
    }));
    assert_eq!(later.tooltip, "A post needs you");
}

#[test]
fn icon_tooltip_and_line_follow_the_status() {
    let paused = |status: &mut Status| status.reason = Some("paused".to_owned());
    let table: Vec<(Seen, State, &str, &str)> = vec![
        (Seen::Starting, State::Idle, "Starting", "Starting"),
        (
            status("idle", |_| {}),
            State::Idle,
            "Nothing is waiting",
            "Nothing is waiting",
        ),
        (
            status("queued", |s| s.next_at = Some(NOON.to_owned())),
            State::Queued,
            "Posts are waiting",
            "Next: today 12:07",
        ),
        (
            status("queued", |s| count(s, "held", 1)),
            State::Queued,
            "Posts are waiting",
            "Waiting, without a time yet",
        ),
        (
            status("paused", paused),
            State::Paused,
            "Paused: nothing goes out",
            "Paused: nothing goes out",
        ),
        (
            status("paused", |s| {
                paused(s);
                s.paused_until = Some(NOON.to_owned());
            }),
            State::Paused,
            "Paused: nothing goes out",
            "Paused until today 12:07",
        ),
        (
            status("needs_you", |s| count(s, "needs_you", 1)),
            State::NeedsYou,
            "A post needs you",
            "A post needs you",
        ),
        (
            status("needs_you", |s| s.next_at = Some(NOON.to_owned())),
            State::NeedsYou,
            "A post needs you",
            "Next: today 12:07",
        ),
        (
            status("needs_you", |s| s.reason = Some("clock_unsure".to_owned())),
            State::NeedsYou,
            "Nothing goes out: the clock is unsure",
            "Nothing goes out: the clock is unsure",
        ),
        (
            Seen::Shut(Problem::new(Code::KeyringLocked)),
            State::NeedsYou,
            "Nothing goes out: the keyring is locked",
            "Nothing goes out: the keyring is locked",
        ),
    ];
    for (seen, state, tooltip, line) in table {
        let face = face(&seen);
        assert_eq!((face.state, face.tooltip.as_str()), (state, tooltip));
        assert_eq!(read(&face.menu)[1], format!("[{line}]"), "{tooltip}");
    }
}

#[test]
fn the_whole_menu() {
    let seen = status("queued", |s| {
        s.next_at = Some(NOON.to_owned());
        count(s, "queued", 2);
        count(s, "held", 1);
        count(s, "needs_you", 1);
        count(s, "sent", 40);
    });
    assert_eq!(
        read(&face(&seen).menu),
        [
            "Write…",
            "[Next: today 12:07]",
            "[Waiting: 3, needing you: 1]",
            "-",
            "Break now > 5 minutes | 15 minutes | 30 minutes",
            "Pause > 30 minutes | 1 hour | 3 hours | Until I resume",
            "-",
            "Open Kossori",
            "Hide everything",
            "Quit (3 posts are waiting)",
        ]
    );
    assert_eq!(
        read(&Face::of(&words(Language::Ja), &seen, false).menu),
        [
            "書く…",
            "[次の配信：今日 12:07]",
            "[配信待ち 3 件、要確認 1 件]",
            "-",
            "今から休憩 > 5 分 | 15 分 | 30 分",
            "一時停止する > 30 分 | 1 時間 | 3 時間 | 再開するまで",
            "-",
            "Kossori を開く",
            "すべて隠す",
            "終了（3 件が配信待ち）",
        ]
    );
}

/// Drafts of it are nobody's to count, and of nothing there is no number.
#[test]
fn the_numbers_are_what_waits_and_what_needs_a_person() {
    let numbers = |counts: &[(&str, u64)]| {
        let seen = status("queued", |s| {
            counts.iter().for_each(|(state, n)| count(s, state, *n))
        });
        read(&face(&seen).menu)[2].clone()
    };
    assert_eq!(numbers(&[("sent", 9), ("missed", 1)]), "-");
    assert_eq!(numbers(&[("queued", 1)]), "[Waiting: 1]");
    assert_eq!(numbers(&[("queued", 12), ("sending", 1)]), "[Waiting: 13]");
    assert_eq!(numbers(&[("needs_you", 2)]), "[Needing you: 2]");
    assert_eq!(
        numbers(&[("needs_you", 2), ("held", 4)]),
        "[Waiting: 4, needing you: 2]"
    );
}

#[test]
fn a_pause_is_as_long_as_its_line_says() {
    let Some(Line::More(_, lengths)) = face(&status("idle", |_| {}))
        .menu
        .into_iter()
        .find(|line| matches!(line, Line::More(label, _) if label == "Pause"))
    else {
        panic!("no pause is offered");
    };
    let offered: Vec<(String, Option<String>)> = lengths
        .into_iter()
        .map(|line| match line {
            Line::Act(label, Action::Pause(pause)) => (label, pause.duration()),
            other => panic!("{other:?}"),
        })
        .collect();
    let expected = [
        ("30 minutes", Some("30m")),
        ("1 hour", Some("1h")),
        ("3 hours", Some("3h")),
        ("Until I resume", None),
    ];
    let expected = expected.map(|(label, duration)| (label.to_owned(), duration.map(str::to_owned)));
    assert_eq!(offered, expected);
}

#[test]
fn a_break_and_a_pause_can_be_ended_while_they_run() {
    let seen = status("paused", |s| {
        s.reason = Some("paused".to_owned());
        s.break_until = Some(NOON.to_owned());
        count(s, "queued", 1);
    });
    let menu = face(&seen).menu;
    let offers = |action: Action| {
        let mut lines: Vec<&Line> = menu.iter().collect();
        while let Some(line) = lines.pop() {
            match line {
                Line::Act(label, does) if *does == action => return Some(label.as_str()),
                Line::More(_, below) => lines.extend(below),
                _ => {}
            }
        }
        None
    };
    assert_eq!(
        offers(Action::EndBreak),
        Some("End the break (until today 12:07)")
    );
    assert_eq!(offers(Action::Resume), Some("Resume"));
    assert_eq!(offers(Action::Pause(Pause::UntilResumed)), None);
    assert_eq!(offers(Action::Quit), Some("Quit (1 post is waiting)"));
}

/// One can write, open and quit at any time, and unlock what is locked; the rest needs an open folder.
#[test]
fn a_shut_folders_menu_offers_what_can_be_done() {
    for (code, offers) in [
        (
            Code::KeyringLocked,
            "Write… Unlock… Open Kossori Hide everything Quit",
        ),
        (
            Code::KeyringDismissed,
            "Write… Unlock… Open Kossori Hide everything Quit",
        ),
        (Code::DatabaseDamaged, "Write… Open Kossori Hide everything Quit"),
    ] {
        let face = face(&Seen::Shut(Problem::new(code)));
        let acts = face.menu.iter().filter_map(|line| match line {
            Line::Act(label, _) => Some(label.as_str()),
            _ => None,
        });
        assert_eq!(acts.collect::<Vec<_>>().join(" "), offers);
        assert!(!face.tooltip.contains("error."), "{}", face.tooltip);
    }
}

/// Open, and locked since: with the screen, say.
#[test]
fn a_keyring_that_locked_later_can_be_unlocked_from_the_menu() {
    let locked = status("needs_you", |s| s.reason = Some("keyring_locked".to_owned()));
    let offered = |seen: &Seen| {
        let unlock = Line::Act("Unlock…".to_owned(), Action::Unlock);
        face(seen).menu.contains(&unlock)
    };
    assert!(offered(&locked));
    let paused = status("paused", |s| s.reason = Some("paused".to_owned()));
    assert!(!offered(&paused));
}

#[test]
fn a_window_that_did_not_open_is_said_before_all_else() {
    for seen in [Seen::Starting, status("queued", |_| {})] {
        let face = Face::of(&words(Language::En), &seen, true);
        assert_eq!(face.state, State::NeedsYou);
        assert!(face.tooltip.starts_with("The window could not be opened."));
        let menu = read(&face.menu);
        assert_eq!(menu[0], "Write…", "it may be tried again: {menu:?}");
        assert_eq!(menu[1], format!("[{}]", face.tooltip));
        let usual = Face::of(&words(Language::En), &seen, false);
        assert_eq!(menu[2..], read(&usual.menu)[1..], "the rest is there");
    }
}
