//! What cannot be done: a code, a sentence and a next step in both languages, nothing queued, nothing lost.

use std::io::Write;
use std::process::Stdio;

use kossori_api::Code;
use kossori_core::guard::Rule;
use kossori_messages::{Language, knows};

use super::{Desk, PIXEL, is_japanese, until};
use crate::support::world::mastodon_sign_in;

/// `ACCOUNT` and `DELIVERY` stand for ids; the file names for files of the test's folder.
const TABLE: &[(&str, &str, i32)] = &[
    ("post add --account ACCOUNT", "no_content", 2),
    ("post add --text x", "no_account", 2),
    ("post add --account nobody --text x", "unknown_account", 1),
    ("post add --account ACCOUNT --text=", "blocked", 3),
    ("post add --account ACCOUNT --text=\u{200b}", "blocked", 3),
    ("post add --account ACCOUNT --text-file long.txt", "blocked", 3),
    (
        "post add --account ACCOUNT --text x --lang no_language",
        "blocked",
        3,
    ),
    (
        "post add --account ACCOUNT --text x --visibility unlisted",
        "blocked",
        3,
    ),
    (
        "post add --account ACCOUNT --text x --visibility secret",
        "unknown_visibility",
        2,
    ),
    (
        "post add --account ACCOUNT --text x --variant myspace=y",
        "unknown_network",
        2,
    ),
    ("post add --account ACCOUNT --text x --variant y", "usage", 2),
    (
        "post add --account ACCOUNT --text x --media text.png",
        "not_a_picture",
        1,
    ),
    (
        "post add --account ACCOUNT --text x --media huge.png",
        "picture_too_large",
        1,
    ),
    (
        "post add --account ACCOUNT --text x --media cut.png",
        "picture_broken",
        1,
    ),
    (
        "post add --account ACCOUNT --text x --media photo.heic",
        "picture_heic",
        1,
    ),
    (
        "post add --account ACCOUNT --text x --media missing.png",
        "file_unreadable",
        2,
    ),
    (
        "post add --account ACCOUNT --text x --media .",
        "file_unreadable",
        2,
    ),
    (
        "post add --account ACCOUNT --text x --media dot.png --media dot.png --media dot.png --media dot.png --media dot.png",
        "blocked",
        3,
    ),
    ("post add --account ACCOUNT --text x --alt nothing", "usage", 2),
    (
        "post add --account ACCOUNT --text x --media dot.png --alt a --alt b",
        "usage",
        2,
    ),
    (
        "post add --account ACCOUNT --text x --part 0 --media dot.png",
        "usage",
        2,
    ),
    (
        "post add --account ACCOUNT --text-file missing.txt",
        "file_unreadable",
        2,
    ),
    (
        "post add --account ACCOUNT --text-file dot.png",
        "file_unreadable",
        2,
    ),
    ("post add --account ACCOUNT --draft none", "unknown_draft", 1),
    (
        "post add --account ACCOUNT --text x --window tea",
        "unknown_window",
        1,
    ),
    ("post add --account ACCOUNT --text x --at soon", "bad_time", 2),
    (
        "post add --account ACCOUNT --text x --at 2020-01-01T12:00",
        "time_is_past",
        2,
    ),
    (
        "post add --account ACCOUNT --text x --at 2027-03-28T02:30 --zone Europe/Berlin",
        "time_does_not_exist",
        2,
    ),
    (
        "post add --account ACCOUNT --text x --at 2027-01-05T12:30 --zone Mars",
        "unknown_zone",
        2,
    ),
    (
        "post add --account ACCOUNT --text x --expires 2020-01-01T12:00",
        "time_is_past",
        2,
    ),
    // Practice has no other posts: each is refused before anything is queued.
    (
        "post add --account ACCOUNT --text x --quote https://example.social/1",
        "blocked",
        3,
    ),
    ("post add --account ACCOUNT --text x --quiet-reply", "blocked", 3),
    (
        "post add --account ACCOUNT --text x --reply-to example.social/1",
        "blocked",
        3,
    ),
    (
        "post add --account ACCOUNT --quote https://example.social/1",
        "no_content",
        2,
    ),
    (
        "post repost https://example.social/1 --account ACCOUNT",
        "blocked",
        3,
    ),
    ("post repost not-a-url --account ACCOUNT", "blocked", 3),
    (
        "post repost https://example.social/1 --account nobody",
        "unknown_account",
        1,
    ),
    ("post delete none", "unknown_delivery", 1),
    ("post delete DELIVERY", "not_sent", 1),
    ("draft add", "no_content", 2),
    ("draft show none", "unknown_draft", 1),
    ("draft edit none --text x", "unknown_draft", 1),
    ("draft remove none", "unknown_draft", 1),
    ("queue show none", "unknown_delivery", 1),
    ("queue move DELIVERY --to 0", "bad_position", 2),
    ("queue move DELIVERY --to 9", "bad_position", 2),
    ("queue approve DELIVERY", "not_possible_now", 1),
    ("queue resolve DELIVERY --not-there", "not_possible_now", 1),
    (
        "window add tea --days mon-fri --from 15:00 --to 15:00",
        "window_empty",
        2,
    ),
    (
        "window add tea --days someday --from 15:00 --to 15:10",
        "bad_days",
        2,
    ),
    (
        "window add tea --days daily --from 25:00 --to 15:10",
        "bad_time",
        2,
    ),
    (
        "window add break --days daily --from 15:00 --to 15:10",
        "window_name",
        2,
    ),
    (
        "window add lunch --days daily --from 15:00 --to 15:10",
        "window_exists",
        1,
    ),
    (
        "window add tea --days daily --from 15:00 --to 15:10 --zone Mars",
        "unknown_zone",
        2,
    ),
    (
        "window add tea --days daily --from 15:00 --to 15:10 --first-day x",
        "bad_date",
        2,
    ),
    (
        "window add tea --days daily --from 15:00 --to 15:10 --first-day 2027-02-01 --last-day 2027-01-01",
        "window_dates",
        2,
    ),
    ("window edit lunch --to 12:00", "window_empty", 2),
    ("window remove tea", "unknown_window", 1),
    (
        "hours set --days mon-fri --from 9:00 --to 9:00",
        "window_empty",
        2,
    ),
    ("break 0", "break_length", 2),
    ("break 721", "break_length", 2),
    ("break long", "usage", 2),
    ("break end", "no_break", 1),
    ("pause --for long", "bad_duration", 2),
    ("pause --until 2020-01-01T12:00", "time_is_past", 2),
    ("overtime --until 2020-01-01T12:00", "time_is_past", 2),
    (
        "closed add --from 2027-01-02T00:00 --to 2027-01-01T00:00",
        "closed_backwards",
        2,
    ),
    ("closed remove none", "unknown_closed", 1),
    ("day-off someday", "bad_date", 2),
    ("day-off remove someday", "bad_date", 2),
    ("day-off remove 2026-12-28", "unknown_day_off", 1),
    ("overtime", "usage", 2),
    ("overtime end", "no_overtime", 1),
    ("plan --on someday", "bad_date", 2),
    ("spacing set --account nobody --gap 5", "unknown_account", 1),
    ("journal --since once", "bad_time", 2),
    ("timeline nobody", "unknown_account", 1),
    ("practice next nobody slow", "unknown_account", 1),
    ("account check nobody", "unknown_account", 1),
    ("account add practice --name me", "account_exists", 1),
    ("backup restore none", "unknown_backup", 1),
    ("clock confirm", "clock_is_sure", 1),
    ("adopt", "not_a_copy", 1),
];

/// With a secret on standard input; nobody listens on port 1.
const SIGN_INS: &[(&str, &str, i32)] = &[
    (
        "account add mastodon --server http://127.0.0.1:1 --token-stdin",
        "address_refused",
        1,
    ),
    (
        "account add mastodon --server https://127.0.0.1:1 --token-stdin",
        "address_refused",
        1,
    ),
    (
        "account add mastodon --server http://127.0.0.1:1 --token-stdin --local-server",
        "server_unreachable",
        1,
    ),
    (
        "account add bluesky --handle me.test --server http://127.0.0.1:1 --app-password-stdin --local-server",
        "server_unreachable",
        1,
    ),
];

/// By browser: nothing is opened for what cannot be begun.
const BY_BROWSER: &[(&str, &str, i32)] = &[
    ("account add x --client-id id --paste", "usage", 2),
    ("account add threads", "no_browser_sign_in", 2),
    (
        "account add mastodon --server http://127.0.0.1:1",
        "address_refused",
        1,
    ),
    (
        "account add mastodon --server http://127.0.0.1:1 --local-server",
        "server_unreachable",
        1,
    ),
    (
        "account add misskey --server http://127.0.0.1:1 --local-server",
        "server_unreachable",
        1,
    ),
];

/// The first line is the proxy, a secret stands behind it.
const PROXIES: &[(&str, &str, &str, i32)] = &[
    (
        "--proxy-stdin --token-stdin",
        "127.0.0.1:9050\na-token\n",
        "bad_proxy",
        2,
    ),
    (
        "--proxy-stdin --token-stdin",
        "a-token\nsocks5h://127.0.0.1:1\n",
        "bad_proxy",
        2,
    ),
    (
        "--proxy-stdin --token-stdin",
        "socks5://127.0.0.1:1\na-token\n",
        "proxy_resolves_here",
        2,
    ),
    (
        "--proxy-stdin --token-stdin",
        "socks5h://127.0.0.1:1\na-token\n",
        "server_unreachable",
        1,
    ),
    (
        "--proxy-stdin --token-stdin",
        "http://me:pass@127.0.0.1:1\na-token\n",
        "server_unreachable",
        1,
    ),
    (
        "--proxy-stdin --token-stdin",
        "socks5h://127.0.0.1:1\n",
        "usage",
        2,
    ),
    (
        "--proxy-stdin",
        "socks5h://127.0.0.1:1\n",
        "server_unreachable",
        1,
    ),
];

const LATER: &[(&str, &str)] = &[
    ("export file.age", "export"),
    ("import file.age", "import"),
    ("doctor --bundle file", "--bundle"),
];

const USAGE: &[&str] = &[
    "",
    "fly",
    "post",
    "post add --unknown",
    "post add --text a --stdin",
    "post add --text a --next --at 12:00",
    "post add --draft id --text a",
    "post repost",
    "post repost https://example.social/1",
    "post repost https://example.social/1 --account id --next --at 12:00",
    "post delete",
    "queue when id",
    "queue resolve id",
    "queue resolve id --leave --url https://example.social",
    "queue move id --to first",
    "account add myspace",
    "account add practice --persona evil",
    "practice next id explode",
    "holidays set mars",
    "spacing set",
    "window edit lunch",
    "pause --for 1h --until 12:00",
    "journal --csv",
];

#[test]
fn each_has_a_code_a_sentence_and_a_next_step_in_both_languages() {
    let desk = Desk::new();
    let account = desk.practice("me", "personal");
    let delivery = desk.queue(&account, "stays");
    desk.file("dot.png", PIXEL);
    desk.file("text.png", b"This is no picture.");
    desk.file("cut.png", &PIXEL[..PIXEL.len() - 30]);
    desk.file("huge.png", &claiming(60_000, 60_000));
    desk.file("photo.heic", b"\0\0\0\x18ftypheic\0\0\0\0heicmif1\0\0\0\0");
    desk.file("long.txt", "あ".repeat(600).as_bytes());
    let before = desk.json(&["queue", "list", "--all"]);

    for (args, code, exit) in TABLE {
        let args = args.replace("ACCOUNT", &account).replace("DELIVERY", &delivery);
        check(&desk, &words(&args), "", code, *exit);
    }
    for (args, code, exit) in SIGN_INS {
        check(&desk, &words(args), "not-a-real-secret\n", code, *exit);
    }
    for (how, stdin, code, exit) in PROXIES {
        let args = format!("account add mastodon --server http://127.0.0.1:1 --local-server {how}");
        check(&desk, &words(&args), stdin, code, *exit);
    }
    let practice = words("account add practice --proxy-stdin");
    check(&desk, &practice, "socks5h://127.0.0.1:1\n", "proxy_needless", 2);
    let unknown = words("account edit id --proxy-stdin");
    check(&desk, &unknown, "none\n", "unknown_account", 1);
    for (args, code, exit) in BY_BROWSER {
        check(&desk, &words(args), "", code, *exit);
    }
    let json = ["post", "add", "--json-stdin"];
    for (input, code, exit) in [
        ("{", "bad_json", 2),
        ("[]", "bad_json", 2),
        ("{\"parts\":[{\"txet\":\"my words\"}]}", "bad_json", 2),
        (
            "{\"when\":{\"next\":false},\"parts\":[{\"text\":\"a\"}]}",
            "usage",
            2,
        ),
        ("{\"quote\":\"https://example.social/1\"}", "no_content", 2),
        ("{\"repost\":7}", "bad_json", 2),
        ("{\"accounts\":[]}", "no_content", 2),
    ] {
        let said = check(&desk, &json, input, code, exit);
        assert!(
            !said.contains("my words") && !said.contains("txet"),
            "what was written is not repeated: {said}"
        );
    }
    assert_eq!(
        desk.json(&["queue", "list", "--all"]),
        before,
        "nothing was queued, nothing lost"
    );
    assert_eq!(
        desk.json(&["timeline", &account])["posts"]
            .as_array()
            .map(Vec::len),
        Some(0)
    );
}

#[test]
fn what_comes_later_is_refused_and_never_ignored() {
    let desk = Desk::new();
    for (args, what) in LATER {
        let said = check(&desk, &words(args), "a-secret\n", "not_built_yet", 2);
        assert!(said.contains(what), "{args:?}: {said}");
    }
    assert!(!desk.data().exists(), "nothing was even opened");
}

#[test]
fn a_command_line_that_cannot_be_read_is_refused_in_json_too() {
    let desk = Desk::new();
    for args in USAGE {
        check(&desk, &words(args), "", "usage", 2);
    }
    assert!(!desk.data().exists());
}

/// Which argument it is, and the whole command as it is typed; nothing of what was typed as a value.
#[test]
fn what_is_missing_is_named_with_what_to_type() {
    let desk = Desk::new();
    for (args, missing, typed) in [
        (
            "account add x",
            "--client-id <ID>",
            "kossorictl account add x --client-id <ID>",
        ),
        (
            "account add x --persona official",
            "--client-id <ID>",
            "kossorictl account add x --client-id <ID> --persona <P>",
        ),
        ("post delete", "<DELIVERY>", "kossorictl post delete <DELIVERY>"),
        (
            "queue when my-own-word",
            "--next | --window <NAME> | --at <TIME>",
            "kossorictl queue when <--next|--window <NAME>|--at <TIME>> <ID>",
        ),
        ("overtime", "--until <T>", "kossorictl overtime --until <T>"),
    ] {
        let args = words(args);
        let english = desk.run_in("en_US.UTF-8", &args, "");
        let expected = format!(
            "This command also needs {missing}.\nType {typed}. What stands in < > is to be filled in; | means one or the other.\n\
             Code: usage\n"
        );
        assert_eq!((english.exit, english.err), (2, expected), "{args:?}");
        let japanese = desk.run_in("ja_JP.UTF-8", &args, "");
        let expected = format!(
            "このコマンドには {missing} も必要です。\n{typed} と入力してください。< > には実際の値を入れ、| はどれか一つを選びます。\nコード：usage\n"
        );
        assert_eq!((japanese.exit, japanese.err), (2, expected), "{args:?}");
        check(&desk, &args, "", "usage", 2);
    }
    assert!(!desk.data().exists());
}

#[test]
fn a_secret_stands_nowhere_but_in_the_keyring() {
    const SECRET: &str = "tk-5e0d8c41-not-to-be-seen";
    let desk = Desk::new();
    let args = mastodon_sign_in("http://127.0.0.1:1");
    let mut command = desk.command(&args);
    let mut child = command.stdin(Stdio::piped()).spawn().expect("kossorictl");
    let mut pipe = child.stdin.take().expect("piped");
    pipe.write_all(SECRET.as_bytes()).expect("it reads");
    // It waits for the end of the line, so this is what anybody sees of it meanwhile.
    let seen = |name: &str| std::fs::read(format!("/proc/{}/{name}", child.id())).unwrap_or_default();
    let holds = |bytes: &[u8], text: &str| bytes.windows(text.len()).any(|part| part == text.as_bytes());
    // A process that was just started has no arguments for a moment.
    until(|| holds(&seen("cmdline"), "--token-stdin"));
    for name in ["cmdline", "environ"] {
        assert!(!holds(&seen(name), SECRET), "in {name}");
    }
    pipe.write_all(b"\n").expect("it reads");
    drop(pipe);
    let output = child.wait_with_output().expect("its output");
    assert_eq!(output.status.code(), Some(1));
    for said in [output.stdout, output.stderr] {
        assert!(!String::from_utf8_lossy(&said).contains(SECRET));
    }
    let empty = desk.run_with(&[&args[..], &["--json"]].concat(), "\n");
    assert_eq!((empty.exit, empty.error()["code"].as_str()), (2, Some("usage")));
}

#[test]
fn every_rule_of_the_guard_has_a_sentence() {
    for rule in Rule::ALL {
        for language in Language::ALL {
            assert!(
                knows(language, &format!("finding.{}", rule.as_str())),
                "{} in {language:?}",
                rule.as_str()
            );
        }
    }
}

fn words(args: &str) -> Vec<&str> {
    args.split_whitespace().collect()
}

/// The same refusal in JSON, in English and in Japanese; answers what was said in English.
fn check(desk: &Desk, args: &[&str], stdin: &str, code: &str, exit: i32) -> String {
    let with_json = [args, &["--json"]].concat();
    let english = desk.run_in("en_US.UTF-8", &with_json, stdin);
    let japanese = desk.run_in("ja_JP.UTF-8", &with_json, stdin);
    for (ran, is_ours) in [(&english, false), (&japanese, true)] {
        let error = ran.error();
        assert_eq!(
            (error["code"].as_str(), ran.exit),
            (Some(code), exit),
            "{args:?}: {ran:?}"
        );
        for name in ["message", "hint"] {
            let said = error[name].as_str().unwrap_or_default();
            assert!(
                !said.is_empty() && !said.contains('{'),
                "{args:?}: {name}: {said}"
            );
            assert_eq!(is_japanese(said) && is_ours, is_ours, "{args:?}: {name}: {said}");
        }
    }
    assert!(Code::ALL.iter().any(|known| known.as_str() == code));
    // Not JSON: sentence, next step, the code last. `journal --csv` is wrong with --json alone.
    if !args.contains(&"--csv") {
        let plain = desk.run_in("en_US.UTF-8", args, stdin);
        assert_eq!((plain.exit, plain.out.as_str()), (exit, ""), "{args:?}");
        assert!(
            plain.err.trim_end().ends_with(&format!("Code: {code}")),
            "{args:?}: {}",
            plain.err
        );
    }
    english.err
}

/// A PNG that says it is so large, and is not.
fn claiming(width: u32, height: u32) -> Vec<u8> {
    let mut png = PIXEL.to_vec();
    png[16..20].copy_from_slice(&width.to_be_bytes());
    png[20..24].copy_from_slice(&height.to_be_bytes());
    let sum = crc32(&png[12..29]);
    png[29..33].copy_from_slice(&sum.to_be_bytes());
    png
}

fn crc32(bytes: &[u8]) -> u32 {
    let mut sum = u32::MAX;
    for byte in bytes {
        sum ^= u32::from(*byte);
        for _ in 0..8 {
            sum = if sum & 1 == 1 {
                (sum >> 1) ^ 0xedb8_8320
            } else {
                sum >> 1
            };
        }
    }
    !sum
}
