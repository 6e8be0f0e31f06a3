//! From a thought to the timeline, and what may happen on the way.

use std::process::{Child, Command};

use jiff::ToSpan as _;
use jiff::tz::TimeZone;
use serde_json::json;

use super::{Desk, PIXEL, is_japanese, until};
use crate::support::world::{night_zone, now};

#[test]
fn a_draft_goes_out_in_a_break_and_once() {
    let desk = Desk::new();
    let me = desk.practice("me", "personal");
    let draft = desk.json(&["draft", "add", "--account", &me, "--text", "A quiet thought"]);
    let draft = draft["id"].as_str().expect("an id");
    // Closed for weeks, in both ways to say it.
    let today = now()
        .to_zoned_datetime(TimeZone::get(night_zone()).expect("a zone"))
        .date();
    let reopens = today.saturating_add(40.days());
    let (from, to) = (format!("{today} 00:00"), format!("{reopens} 00:00"));
    let closed = desk.json(&["closed", "add", "--from", &from, "--to", &to]);
    let other = desk.json(&["closed", "add", "--from", "00:00", "--to", &to]);
    let added = desk.json(&["post", "add", "--account", &me, "--draft", draft]);
    assert_eq!(added["deliveries"].as_array().expect("deliveries").len(), 1);
    assert_eq!(
        desk.json(&["draft", "list"]),
        json!({ "drafts": [] }),
        "the draft became the post"
    );

    let empty = desk.json(&["run", "--until-empty"]);
    assert_eq!(
        (&empty["sent"], &empty["waiting"]),
        (&json!(0), &json!(1)),
        "nothing goes out in a closed period"
    );
    assert!(
        empty["next_at"]
            .as_str()
            .is_some_and(|at| at.starts_with(&reopens.to_string())),
        "{empty}"
    );
    let said = desk.run(&["run", "--until-empty"]);
    let day = reopens.strftime("%a %-d %B");
    assert!(
        said.out
            .starts_with(&format!("Nothing goes out now. The next time is {day}")),
        "{said:?}"
    );
    assert_eq!(desk.json(&["timeline", &me]), json!({ "posts": [] }));

    for id in [closed, other] {
        desk.json(&["closed", "remove", id["id"].as_str().expect("an id")]);
    }
    let spread = desk.json(&["break", "15"]);
    assert_eq!(spread["open"][0]["window"], "break");
    assert_eq!(
        spread["will_send"].as_array().expect("a list").len(),
        1,
        "{spread}"
    );
    let ran = desk.json(&["run", "--until-empty"]);
    let expected =
        json!({ "sent": 1, "rejected": 0, "unknown": 0, "needs_you": 0, "waiting": 0, "next_at": null });
    assert_eq!(ran, expected);
    let again = desk.json(&["run", "--until-empty"]);
    assert_eq!(again["sent"], 0);
    let posts = desk.json(&["timeline", &me]);
    assert_eq!(posts["posts"].as_array().expect("posts").len(), 1, "once");
    assert_eq!(posts["posts"][0]["text"], "A quiet thought");
    assert_eq!(desk.json(&["queue", "list"]), json!({ "deliveries": [] }));
    assert_eq!(
        desk.json(&["queue", "list", "--all"])["deliveries"][0]["state"],
        "sent"
    );
}

#[test]
fn pictures_belong_to_the_part_and_the_words_that_they_were_named_with() {
    let desk = Desk::new();
    let me = desk.practice("me", "personal");
    let picture = desk.file("dot.png", PIXEL);
    let picture = picture.to_str().expect("UTF-8");
    let text = desk.file("thread.txt", "one\n---\ntwo\n".as_bytes());
    let text = text.to_str().expect("UTF-8");
    // The same file by a relative path: the host may stand elsewhere.
    let add = [
        "post",
        "add",
        "--account",
        &me,
        "--thread",
        "--text-file",
        text,
        "--part",
        "2",
        "--media",
        "dot.png",
        "--alt",
        "second",
        "--part",
        "1",
        "--media",
        picture,
        "--media",
        picture,
        "--alt",
        "third",
    ];
    desk.json(&add);
    desk.everything_now();
    assert_eq!(desk.json(&["run", "--until-empty"])["sent"], 1);
    let posts = desk.json(&["timeline", &me]);
    let alts = |post: usize| -> Vec<String> {
        let media = posts["posts"][post]["media"].as_array().expect("media");
        media
            .iter()
            .map(|picture| picture["alt"].as_str().expect("alt").to_owned())
            .collect()
    };
    assert_eq!(
        (posts["posts"][0]["text"].as_str(), alts(0)),
        (Some("one"), vec![String::new(), "third".to_owned()])
    );
    assert_eq!(
        (posts["posts"][1]["text"].as_str(), alts(1)),
        (Some("two"), vec!["second".to_owned()])
    );
}

#[test]
fn an_edit_keeps_what_it_does_not_name() {
    let desk = Desk::new();
    let me = desk.practice("me", "personal");
    let picture = desk.file("dot.png", PIXEL);
    let picture = picture.to_str().expect("UTF-8");
    let with = [
        "--text", "rough", "--cw", "long", "--lang", "en", "--media", picture, "--alt", "a dot",
    ];
    let draft = desk.json(&[&["draft", "add", "--account", &me][..], &with].concat());
    let draft = draft["id"].as_str().expect("an id");
    desk.json(&["draft", "edit", draft, "--text", "fine"]);
    let shown = desk.json(&["draft", "show", draft]);
    assert_eq!(
        (&shown["text"], &shown["cw"], &shown["media"][0]["alt"]),
        (&json!("fine"), &json!("long"), &json!("a dot"))
    );
    assert_eq!(shown["accounts"], json!([me]));

    let added = desk.json(&[&["post", "add", "--account", &me][..], &with].concat());
    let queued = added["deliveries"][0]["id"].as_str().expect("an id");
    desk.json(&["queue", "edit", queued, "--text", "fine"]);
    let shown = desk.json(&["queue", "show", queued]);
    assert_eq!(
        (&shown["text"], &shown["content"]["cw"]),
        (&json!("fine"), &json!("long"))
    );
    assert_eq!(shown["content"]["parts"][0]["media"][0]["alt"], "a dot");

    let removed = desk.json(&["queue", "remove", queued]);
    let back = desk.json(&[
        "draft",
        "show",
        removed["draft"].as_str().expect("the text came back"),
    ]);
    assert_eq!((&back["text"], &back["cw"]), (&json!("fine"), &json!("long")));
}

#[test]
fn every_fault_of_practice_shows_its_state() {
    let desk = Desk::new();
    let me = desk.practice("me", "personal");
    let run = |fault: &str, text: &str, minutes: &str| {
        desk.json(&["practice", "next", &me, fault]);
        let id = desk.queue(&me, text);
        desk.everything_now();
        desk.json(&["break", minutes]);
        let ran = desk.run(&["run", "--until-empty", "--json"]);
        let shown = desk.json(&["queue", "show", &id]);
        (id, ran.exit, shown)
    };

    let (_, exit, shown) = run("lost-answer", "lost", "30");
    assert_eq!(
        (exit, &shown["state"]),
        (0, &json!("sent")),
        "it was looked up and found: {shown}"
    );
    assert_eq!(
        shown["tries"].as_array().expect("tries").len(),
        1,
        "and not sent twice"
    );

    let (refused, exit, shown) = run("refuse", "refused", "30");
    assert_eq!((exit, &shown["state"]), (0, &json!("rejected")));
    assert_eq!(shown["server_words"], "Refused for practice.");
    let said = desk.run_in("ja_JP.UTF-8", &["queue", "show", &refused], "");
    assert!(said.out.contains("サーバーの言葉"), "{said:?}");
    desk.json(&["queue", "remove", &refused, "--discard"]);

    // The server asks to wait for longer than this break lasts.
    let (limited, exit, shown) = run("rate-limit", "limited", "1");
    assert_eq!((exit, &shown["state"]), (0, &json!("queued")), "{shown}");
    desk.json(&["queue", "remove", &limited, "--discard"]);

    let (out, exit, shown) = run("sign-out", "signed out", "30");
    assert_eq!(
        (exit, &shown["state"], &shown["reason"]),
        (3, &json!("queued"), &json!("needs_sign_in"))
    );
    assert_eq!(
        desk.json(&["account", "list"])["accounts"][0]["health"],
        "needs_sign_in"
    );
    assert_eq!(desk.json(&["account", "sign-in", &me])["health"], "ok");
    desk.json(&["queue", "retry", &out]);
    assert_eq!(desk.json(&["run", "--until-empty"])["sent"], 1);

    let posts = desk.json(&["timeline", &me]);
    let texts: Vec<&str> = posts["posts"]
        .as_array()
        .expect("posts")
        .iter()
        .map(|post| post["text"].as_str().expect("text"))
        .collect();
    assert_eq!(texts, ["lost", "signed out"]);
}

#[test]
fn a_persona_wants_a_deliberate_yes() {
    let desk = Desk::new();
    let shop = desk.practice("shop", "official");
    let add = ["post", "add", "--account", &shop, "--text", "News"];
    let refused = desk.run(&[&add[..], &["--json"]].concat());
    assert_eq!(
        (refused.exit, refused.error()["code"].as_str()),
        (3, Some("confirm_persona"))
    );
    assert_eq!(desk.json(&["queue", "list"]), json!({ "deliveries": [] }));
    let added = desk.json(&[&add[..], &["--confirm-persona"]].concat());
    let id = added["deliveries"][0]["id"].as_str().expect("an id");
    let edit = desk.run(&["queue", "edit", id, "--text", "Other news", "--json"]);
    assert_eq!(
        (edit.exit, edit.error()["code"].as_str()),
        (3, Some("confirm_persona")),
        "an edit asks again"
    );
}

#[test]
fn json_on_standard_input_is_the_same_post() {
    let desk = Desk::new();
    let me = desk.practice("me", "personal");
    let picture = desk.file("dot.png", PIXEL);
    let written = json!({
        "accounts": [me],
        "parts": [{ "text": "first", "media": [{ "path": picture, "alt": "a dot" }] }, { "text": "second" }],
        "cw": "careful",
        "lang": "en",
        "variants": { "practice": "first, for practice" },
        "when": { "next": true },
        "hold": true,
    });
    let ran = desk.run_with(&["post", "add", "--json-stdin", "--json"], &written.to_string());
    assert_eq!(ran.exit, 0, "{ran:?}");
    let added: serde_json::Value = serde_json::from_str(&ran.out).expect("JSON");
    assert_eq!(added["deliveries"][0]["state"], "held");
    let shown = desk.json(&[
        "queue",
        "show",
        added["deliveries"][0]["id"].as_str().expect("an id"),
    ]);
    assert_eq!((&shown["parts"], &shown["reason"]), (&json!(2), &json!("hold")));
    assert_eq!(shown["text"], "first, for practice");
    assert_eq!(shown["content"]["parts"][0]["media"][0]["alt"], "a dot");
}

#[test]
fn the_day_of_json_on_standard_input_stays_beside_a_typed_window() {
    let desk = Desk::new();
    let me = desk.practice("me", "personal");
    for (typed, window) in [
        (vec!["--window", "lunch"], json!("lunch")),
        (vec!["--next"], json!(null)),
    ] {
        let written = json!({
            "accounts": [me],
            "parts": [{ "text": "later" }],
            "when": { "from_day": { "day": "2199-12-02", "window": "evening" } },
        });
        let args = [&["post", "add", "--json-stdin", "--json"], &typed[..]].concat();
        let ran = desk.run_with(&args, &written.to_string());
        assert_eq!(ran.exit, 0, "{ran:?}");
        let added: serde_json::Value = serde_json::from_str(&ran.out).expect("JSON");
        let id = added["deliveries"][0]["id"].as_str().expect("an id");
        let asked = json!({ "from_day": { "day": "2199-12-02", "window": window } });
        assert_eq!(desk.json(&["queue", "show", id])["when"], asked);
    }
}

#[test]
fn run_publishes_while_it_runs_and_ends_when_told() {
    let desk = Desk::new();
    let me = desk.practice("me", "personal");
    let mut running = desk.start(&["run"]);
    until(|| desk.json(&["status"])["host"] == "run");
    desk.queue(&me, "while it runs");
    desk.everything_now();
    until(|| {
        desk.json(&["timeline", &me])["posts"]
            .as_array()
            .is_some_and(|posts| posts.len() == 1)
    });
    let waited = desk.json(&["run", "--until-empty"]);
    assert_eq!(waited["waiting"], 0, "a second run is the first one's client");
    end(&mut running);
    let output = running.wait_with_output().expect("its output");
    assert_eq!(output.status.code(), Some(0));
    let said = String::from_utf8(output.stdout).expect("UTF-8");
    assert!(said.contains("Posts go out only while this runs"), "{said}");
    assert!(said.lines().any(|line| line.contains("  sent  ")), "{said}");
    assert!(
        !said.contains("while it runs\n") || !said.contains("while it runs  "),
        "no text of a post: {said}"
    );
    assert_eq!(desk.json(&["status"])["host"], "none");
}

#[test]
fn ephemeral_keeps_nothing() {
    let desk = Desk::on(crate::support::session_bus::SessionBus::without_keyring());
    let mut running = desk.start(&["run", "--ephemeral"]);
    until(|| desk.run(&["status", "--json"]).out.contains("\"run\""));
    let me = desk.practice("me", "personal");
    desk.queue(&me, "only to try");
    desk.everything_now();
    until(|| {
        desk.json(&["timeline", &me])["posts"]
            .as_array()
            .is_some_and(|posts| posts.len() == 1)
    });
    end(&mut running);
    assert_eq!(running.wait().expect("ended").code(), Some(0));
    assert!(
        !desk.data().join("kossori.db").exists(),
        "nothing is left on the disk"
    );
}

#[test]
fn plain_output_speaks_the_persons_language() {
    let desk = Desk::new();
    let me = desk.practice("me", "personal");
    desk.queue(&me, "x");
    for args in [
        &["account", "list"][..],
        &["queue", "list"],
        &["plan"],
        &["status"],
        &["window", "list"],
        &["spacing", "show"],
        &["holidays", "show"],
        &["journal"],
        &["doctor"],
        &["timeline", &me],
        &["draft", "list"],
        &["closed", "list"],
        &["break", "5"],
        &["run", "--until-empty"],
    ] {
        let ran = desk.run_in("ja_JP.UTF-8", args, "");
        assert!(ran.exit == 0 && is_japanese(&ran.out), "{args:?}: {ran:?}");
        let english = desk.run_in("C", args, "");
        assert!(
            english.exit == 0 && !is_japanese(&english.out),
            "{args:?}: {english:?}"
        );
    }
}

fn end(child: &mut Child) {
    let told = Command::new("kill")
        .args(["-TERM", &child.id().to_string()])
        .status();
    assert!(told.expect("kill").success());
}
