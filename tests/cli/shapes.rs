//! The JSON of the contract, key by key.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::Value;

use super::{Desk, PIXEL};
use crate::support::world::night_zone;

const DELIVERY: &str = "id post account state reason position planned_at window text parts parts_sent attempts frozen \
                        expires_at url";
const SPREAD: &str = "open[].from open[].to open[].window will_send[].delivery will_send[].at waits moved";
const WINDOW: &str = "name title days[] from to zone accounts holidays enabled first_day last_day";
const COST: &str = "cap_usd spent_usd left_usd month prices.post prices.post_with_link prices.picture_text prices.delete \
                    prices.read accounts";

/// Keys that must be there, more may be. `[]`: each of a list that is not empty; `*`: each of an object's values.
fn expect(answer: &Value, at: &str, keys: &str) {
    for key in keys.split_whitespace() {
        look(answer, key, &format!("{at}: {key} in {answer}"));
    }
}

fn look(value: &Value, path: &str, told: &str) {
    let (step, rest) = path.split_once('.').unwrap_or((path, ""));
    let (name, each) = match step.strip_suffix("[]") {
        Some(name) => (name, true),
        None => (step, false),
    };
    let found: Vec<&Value> = if name == "*" {
        let all: Vec<&Value> = value
            .as_object()
            .unwrap_or_else(|| panic!("{told}: no object"))
            .values()
            .collect();
        assert!(!all.is_empty(), "{told}: empty");
        all
    } else {
        vec![
            value
                .get(name)
                .unwrap_or_else(|| panic!("{told}: {name} is missing")),
        ]
    };
    for found in found {
        if each {
            let list = found
                .as_array()
                .unwrap_or_else(|| panic!("{told}: {name} is no list"));
            assert!(!list.is_empty(), "{told}: {name} is empty");
            if !rest.is_empty() {
                list.iter().for_each(|one| look(one, rest, told));
            }
        } else if !rest.is_empty() {
            look(found, rest, told);
        }
    }
}

fn each_of(list: &str, keys: &str) -> String {
    keys.split_whitespace()
        .map(|key| format!("{list}[].{key} "))
        .collect()
}

#[test]
fn every_command_answers_as_the_contract_says() {
    let desk = Desk::new();
    let added = desk.json(&["account", "add", "practice", "--name", "me"]);
    expect(&added, "account add", "id network server handle persona");
    let me = added["id"].as_str().expect("an id").to_owned();
    desk.json(&["spacing", "set", "--account", &me, "--gap", "40"]);
    let draft = desk.json(&["draft", "add", "--account", &me, "--text", "An idea"]);
    expect(&draft, "draft add", "id rev");
    let picture = desk.file("dot.png", PIXEL);
    let picture = picture.to_str().expect("UTF-8");
    let post = desk.json(&[
        "post",
        "add",
        "--account",
        &me,
        "--text",
        "one",
        "--media",
        picture,
        "--alt",
        "a dot",
    ]);
    expect(
        &post,
        "post add",
        "post deliveries[].id deliveries[].account deliveries[].state deliveries[].planned_at deliveries[].window moved",
    );
    let one = post["deliveries"][0]["id"].as_str().expect("an id").to_owned();
    let two = desk.queue(&me, "two");
    let three = desk.queue(&me, "three");

    let draft = draft["id"].as_str().expect("an id");
    let table: Vec<(Vec<&str>, String)> = vec![
        (vec!["account", "list"], each_of(
            "accounts",
            "id network server handle persona health session_ends_at refers.replies refers.quotes refers.reposts \
             refers.quiet_replies bells.post bells.reply bells.repost checked_at",
        )),
        (vec!["account", "check", &me], "id network server handle persona health moved".to_owned()),
        (vec!["account", "edit", &me, "--client-name", "Quiet"], "id persona moved".to_owned()),
        (vec!["draft", "list"], each_of("drafts", "id text accounts updated_at rev")),
        (vec!["draft", "show", draft], "id text accounts updated_at rev content.parts[].text".to_owned()),
        (vec!["draft", "edit", draft, "--text", "A better idea"], "id rev".to_owned()),
        (
            vec!["post", "check", "--account", &me, "--text", "x\u{200b}", "--media", picture],
            each_of("findings", "rule severity message part from to")
                + "accounts.*.length accounts.*.limit accounts.*.bells accounts.*.cost_usd accounts.*.alt_max \
                   accounts.*.pieces[].text accounts.*.pieces[].length accounts.*.pieces[].pictures \
                   accounts.*.pieces[].bells accounts.*.pieces[].cost_usd",
        ),
        (vec!["queue", "list"], each_of("deliveries", DELIVERY)),
        (vec!["queue", "list", "--all"], each_of("deliveries", DELIVERY)),
        (vec!["queue", "show", &one], format!("{DELIVERY} findings tries")),
        (vec!["queue", "edit", &one, "--text", "uno"], "moved".to_owned()),
        (vec!["queue", "move", &three, "--to", "1"], "moved[].id moved[].from moved[].to".to_owned()),
        (vec!["queue", "when", &two, "--window", "lunch"], "moved".to_owned()),
        (vec!["queue", "when", &two, "--window", "lunch", "--day", "9999-12-01"], "moved".to_owned()),
        (vec!["queue", "hold", &two], "moved".to_owned()),
        (vec!["queue", "approve", &two], "moved".to_owned()),
        (vec!["queue", "retry", &two], "moved".to_owned()),
        (vec!["queue", "remove", &two], "draft moved".to_owned()),
        (vec!["window", "list"], each_of("windows", WINDOW)),
        (
            vec!["window", "add", "tea", "--days", "daily", "--from", "15:00", "--to", "15:10"],
            each_of("windows", WINDOW) + "moved",
        ),
        (vec!["window", "edit", "tea", "--to", "15:20"], each_of("windows", WINDOW) + "moved"),
        (vec!["window", "disable", "tea"], each_of("windows", WINDOW) + "moved"),
        (vec!["window", "enable", "tea"], each_of("windows", WINDOW) + "moved"),
        (vec!["window", "remove", "tea"], each_of("windows", WINDOW) + "moved"),
        (vec!["hours", "show"], each_of("hours", WINDOW)),
        (
            vec!["hours", "add", "--days", "sat", "--from", "10:00", "--to", "11:00"],
            each_of("hours", WINDOW) + "moved",
        ),
        (
            vec!["spacing", "show"],
            "default.gap_minutes default.per_window default.jitter default.persona_gap_minutes accounts.*.gap_minutes \
             accounts.*.per_window accounts.*.jitter accounts.*.persona_gap_minutes"
                .to_owned(),
        ),
        (vec!["spacing", "set", "--account", &me, "--as-all"], "default accounts moved".to_owned()),
        (vec!["cost", "show"], format!("{COST} moved")),
        (vec!["cost", "set", "--cap", "5", "--post", "0.02"], format!("{COST} moved")),
        (vec!["cost", "set", "--cap", "none"], format!("{COST} moved")),
        (vec!["holidays", "show"], "table".to_owned()),
        (vec!["holidays", "set", "jp"], "table covered_from covered_to coming[].date coming[].name moved".to_owned()),
        (
            vec!["plan"],
            each_of("deliveries", "id account planned_at window why_not_sooner")
                + "deliveries[].why_not_sooner",
        ),
        (vec!["closed", "add", "--from", "2030-01-01 00:00", "--to", "2030-01-02 00:00"], "id open will_send waits moved".to_owned()),
        (vec!["closed", "list"], each_of("closed", "id from to")),
        (vec!["break", "60"], SPREAD.to_owned()),
        (vec!["break", "end"], "open will_send waits moved".to_owned()),
        (vec!["pause", "--for", "2h"], "open will_send waits moved".to_owned()),
        (vec!["resume"], "open will_send waits moved".to_owned()),
        (vec!["day-off", "2030-01-03"], "open will_send waits moved".to_owned()),
        (vec!["day-off", "list"], "days[]".to_owned()),
        (vec!["day-off", "remove", "2030-01-03"], "open will_send waits moved".to_owned()),
        (vec!["break", "60"], SPREAD.to_owned()),
        (vec!["practice", "next", &me, "slow"], String::new()),
        // Else the second post would wait the break's five minutes.
        (
            vec!["spacing", "set", "--account", &me, "--gap", "0", "--per-window", "9", "--jitter", "off"],
            "default accounts moved".to_owned(),
        ),
        (vec!["break", "60"], SPREAD.to_owned()),
        (vec!["status"], "host state next_at counts.queued".to_owned()),
        (vec!["run", "--until-empty"], "sent rejected unknown needs_you waiting next_at".to_owned()),
        (vec!["status"], "host state next_at counts.sent".to_owned()),
        (
            vec!["queue", "show", &one],
            format!("{DELIVERY} ") + &each_of("tries", "n part began_at ended_at outcome code"),
        ),
        (
            vec!["timeline", &me],
            each_of("posts", "id text published_at reply_to cw media"),
        ),
        (
            vec!["post", "delete", &one],
            format!("{DELIVERY} deletable deleted_at parts_there visibility_differs repost findings tries"),
        ),
        (vec!["journal"], each_of("entries", "at delivery attempt event detail account")),
        (vec!["journal", "--until", "2030-01-01 00:00", "--limit", "2"], each_of("entries", "at event account") + "more"),
        (vec!["doctor"], each_of("checks", "name ok message hint")),
        (vec!["backup", "list"], each_of("backups", "id at")),
        (vec!["backup", "make"], "id at why bytes whole".to_owned()),
        (vec!["unlock"], String::new()),
        (vec!["hide"], String::new()),
        (vec!["hours", "clear"], "hours moved".to_owned()),
        (vec!["overtime", "--until", "2030-01-01 00:00"], "open will_send waits moved".to_owned()),
        (vec!["overtime", "show"], "from until".to_owned()),
        (vec!["overtime", "end"], "open will_send waits moved".to_owned()),
        (vec!["account", "sign-out", &me], "health moved".to_owned()),
        (vec!["account", "sign-in", &me], "health moved".to_owned()),
        (vec!["account", "remove", &me], "drafts moved".to_owned()),
        (vec!["draft", "remove", draft], String::new()),
    ];
    for (args, keys) in &table {
        expect(&desk.json(args), &args.join(" "), keys);
    }
}

#[test]
fn the_months_cap_is_kept_and_amounts_are_read_strictly() {
    let desk = Desk::new();
    let set = desk.json(&[
        "cost",
        "set",
        "--cap",
        "5",
        "--post-with-link",
        "0.25",
        "--read",
        "0",
    ]);
    assert_eq!((&set["cap_usd"], &set["left_usd"]), (&5.0.into(), &5.0.into()));
    let shown = desk.json(&["cost", "show"]);
    assert_eq!(shown["prices"]["post_with_link"], 0.25);
    assert_eq!(
        (&shown["prices"]["read"], &shown["prices"]["post"]),
        (&0.0.into(), &0.015.into())
    );
    let said = desk.run(&["cost", "show"]).out;
    assert!(said.contains("$5.00") && said.contains("$0.25"), "{said}");
    let none = desk.json(&["cost", "set", "--cap", "none"]);
    assert_eq!(
        (&none["cap_usd"], &none["left_usd"]),
        (&Value::Null, &Value::Null)
    );
    for wrong in ["five", "-1", "0.0000001"] {
        let cap = format!("--cap={wrong}");
        let refused = desk.run(&["--json", "cost", "set", &cap]);
        assert_eq!(refused.exit, 2, "{wrong}");
        assert!(refused.err.contains("bad_amount"), "{}", refused.err);
    }
    assert_eq!(desk.run(&["--json", "cost", "set"]).exit, 2, "nothing to set");
}

#[test]
fn parts_are_numbered_if_wished() {
    let desk = Desk::new();
    let me = desk.practice("me", "personal");
    let text = "one\n---\ntwo";
    let post = desk.json(&["post", "add", "--account", &me, "--text", text, "--numbered"]);
    let id = post["deliveries"][0]["id"].as_str().expect("an id");
    let parts = |show: &Value| -> Vec<String> {
        let parts = show["content"]["parts"].as_array().cloned().unwrap_or_default();
        parts
            .iter()
            .filter_map(|part| part["text"].as_str().map(str::to_owned))
            .collect()
    };
    assert_eq!(parts(&desk.json(&["queue", "show", id])), ["one 1/2", "two 2/2"]);
    desk.json(&[
        "queue",
        "edit",
        id,
        "--text",
        "one\n---\ntwo\n---\nthree",
        "--numbered",
    ]);
    let three = parts(&desk.json(&["queue", "show", id]));
    assert_eq!(three, ["one 1/3", "two 2/3", "three 3/3"]);
}

#[test]
fn times_carry_an_offset_and_milliseconds() {
    let desk = Desk::new();
    let me = desk.practice("me", "personal");
    desk.queue(&me, "x");
    let listed = desk.json(&["queue", "list"]);
    let at = listed["deliveries"][0]["planned_at"].as_str().expect("a time");
    let zone = TimeZone::get(night_zone()).expect("a zone");
    let moment: Timestamp = at.parse().expect("RFC 3339");
    let expected = moment
        .to_zoned_datetime(zone)
        .strftime("%Y-%m-%dT%H:%M:%S%.3f%:z")
        .to_string();
    assert_eq!(at, expected, "the offset of the machine's zone, and milliseconds");
}

#[test]
fn the_journal_is_read_in_pages_from_its_end() {
    let desk = Desk::new();
    let me = desk.practice("me", "personal");
    desk.queue(&me, "x");
    desk.queue(&me, "y");
    let rows = |args: &[&str]| desk.json(args)["entries"].as_array().cloned().expect("entries");
    let all = rows(&["journal"]);
    let first = desk.json(&["journal", "--limit", "1"]);
    let newest = first["entries"].as_array().cloned().expect("entries");
    assert!(all.ends_with(&newest) && newest.len() < all.len(), "{first}");
    let more = first["more"].as_str().expect("what lies before");
    let before = rows(&["journal", "--until", more]);
    assert_eq!([before, newest].concat(), all);
    for wrong in ["0", "-1", "many"] {
        assert_eq!(
            desk.run(&["journal", &format!("--limit={wrong}")]).exit,
            2,
            "{wrong}"
        );
    }
}

#[test]
fn the_journal_is_a_table_for_other_programs_too() {
    let desk = Desk::new();
    let me = desk.practice("me", "personal");
    let id = desk.queue(&me, "x");
    let ran = desk.run(&["journal", "--csv"]);
    let mut lines = ran.out.split("\r\n");
    assert_eq!(lines.next(), Some("at,delivery,attempt,event,detail"));
    assert!(
        lines.any(|line| line.contains(&id) && line.ends_with(",queued,")),
        "{}",
        ran.out
    );
}
