//! The commands that the page has of its shell, called by the page itself, with arguments that no page of ours gives, and such
//! as it does not have at all.

use kossori_api::Request;
use serde_json::{Value, json};

use super::mutate::malformed;
use super::socket::{filled, told};
use super::valid::{Known, requests};
use super::{seed, whole};
use crate::support::chance::Chance;
use crate::support::driver::Driver;
use crate::support::screen::Screen;
use crate::support::world::wait_for;
use crate::window::driven::start_resident;

/// In one script.
const ROUND: usize = 250;

/// Calls them one after another; what came of each, and how long the slowest took.
const CALL: &str = r"
    window.__called = null;
    // As text: written down, a field called __proto__ would be none.
    const calls = JSON.parse(CALLS);
    (async () => {
        const came = [];
        let slowest = 0;
        for (const [name, args] of calls) {
            const began = performance.now();
            const hangs = new Promise((given) => setTimeout(() => given('hangs'), 10_000));
            const call = window.__TAURI_INTERNALS__.invoke(name, args).then(
                () => 'done',
                (refused) => typeof refused === 'object' ? refused.code : refused.includes('not allowed') ? 'not_allowed' : 'refused');
            came.push(await Promise.race([call, hangs]));
            slowest = Math.max(slowest, performance.now() - began);
        }
        window.__called = { came, slowest };
    })();
    return true;
";

async fn call(driver: &Driver, calls: &[(String, Value)]) -> (Vec<String>, f64) {
    driver
        .run(&CALL.replace("CALLS", &json!(json!(calls).to_string()).to_string()))
        .await;
    driver.until("the calls to be answered", "window.__called").await;
    let called = driver.run("return window.__called").await;
    let came = serde_json::from_value(called["came"].clone()).expect("what came");
    (came, called["slowest"].as_f64().expect("milliseconds"))
}

/// As a page writes it down, which has but one kind of number: `-0.0` is its 0.
fn as_from_a_page(value: &Value) -> Value {
    match value {
        Value::Number(number) => match number.as_f64() {
            #[allow(clippy::cast_possible_truncation, reason = "all of them fit")]
            Some(whole) if number.is_f64() && whole.fract() == 0.0 && whole.abs() < 9e15 => {
                json!(whole as i64)
            }
            _ => value.clone(),
        },
        Value::Array(all) => all.iter().map(as_from_a_page).collect(),
        Value::Object(all) => {
            let all = all.iter().map(|(name, one)| (name.clone(), as_from_a_page(one)));
            Value::Object(all.collect())
        }
        _ => value.clone(),
    }
}

/// `ask`, with what is no request.
fn no_request(chance: &mut Chance, known: &Known, all: &[Value]) -> (String, Value) {
    let ids = [known.account.as_str(), &known.draft, &known.queued];
    loop {
        let valid = &all[usize::try_from(chance.below(all.len() as u64)).expect("small")];
        let bytes = malformed(chance, valid, &ids);
        let Ok(request) = serde_json::from_slice::<Value>(&bytes) else {
            continue;
        };
        if bytes.len() < 20_000 && serde_json::from_value::<Request>(as_from_a_page(&request)).is_err() {
            let args = match chance.below(20) {
                0 => json!({"asked": request}),
                _ => json!({"request": request}),
            };
            // Deeper than anybody reads, Tauri refuses it by itself.
            if serde_json::from_str::<Value>(&format!("[[{args}]]")).is_err() {
                continue;
            }
            return ("ask".to_owned(), args);
        }
    }
}

/// One of the others; some of them are answered, and change nothing that is kept.
fn other(chance: &mut Chance) -> (String, Value) {
    let text = json!("x".repeat(usize::try_from(chance.below(50_000)).expect("small")));
    let odd = [
        json!(null),
        json!(-1),
        json!([]),
        json!({}),
        json!("../../../etc/passwd"),
        json!("file:///etc/passwd"),
        json!("javascript:alert(1)"),
        json!("考えごと"),
        json!("\u{0}"),
        json!([[[[[[[[1]]]]]]]]),
        json!(1e300),
        text,
    ];
    let mut any = || odd[usize::try_from(chance.below(odd.len() as u64)).expect("small")].clone();
    let (one, two) = (any(), any());
    let name = chance.one_of(&[
        "painted",
        "mounted",
        "keep_open",
        "open_composer",
        "open_draft",
        "keep_open_draft",
        "pasted_picture",
        "open_external",
        "may_leave",
        // What Tauri and its plugins would have.
        "plugin:fs|read_text_file",
        "plugin:shell|execute",
        "plugin:event|emit",
        "plugin:window|close",
        "plugin:webview|create_webview",
        "plugin:path|resolve_directory",
        "plugin:app|version",
        "quit",
        "",
    ]);
    let args = match name {
        // A reason that there is would hold the window, by right.
        "keep_open" => json!({"reason": one, "on": two}),
        "open_composer" => json!({"draft": one}),
        "keep_open_draft" => json!({"mark": one}),
        "open_external" => json!({"url": one}),
        "may_leave" => json!({"kept": one}),
        _ => {
            json!({"path": one, "program": "sh", "args": two, "label": "main", "event": "host", "payload": {}})
        }
    };
    (name.to_owned(), args)
}

#[tokio::test(flavor = "multi_thread")]
async fn malformed_calls_of_the_shells_commands_change_nothing() {
    let (world, known) = filled();
    let screen = Screen::on(&world);
    let _resident = start_resident(&screen);
    let before = told(&world);
    let driver = Driver::open(&screen, "--compose", "en").await;
    screen.window();
    let seed = seed();
    let mut chance = Chance::new(seed);
    let all = requests(&known);
    let wanted = if whole() { 100_000 } else { 4_000 };
    let (mut sent, mut slowest) = (0, 0.0_f64);
    while sent < wanted {
        let calls: Vec<(String, Value)> = (0..ROUND)
            .map(|_| match chance.below(3) {
                0 => other(&mut chance),
                _ => no_request(&mut chance, &known, &all),
            })
            .collect();
        let (came, took) = call(&driver, &calls).await;
        assert_eq!(came.len(), calls.len());
        for ((name, args), came) in calls.iter().zip(&came) {
            let right = match name.as_str() {
                "ask" => came == "not_understood",
                "painted" | "mounted" | "open_draft" | "pasted_picture" => came == "done",
                "keep_open" | "open_composer" | "keep_open_draft" | "open_external" | "may_leave" => {
                    came == "done" || came == "refused"
                }
                _ => came == "not_allowed" || came == "refused",
            };
            assert!(right, "seed {seed}, {name} {args}: {came}");
        }
        sent += calls.len();
        slowest = slowest.max(took);
    }
    println!("{sent} calls from the page (seed {seed}), slowest {slowest:.0} ms");
    assert!(slowest < 1_000.0, "the slowest took {slowest} ms");
    assert_eq!(told(&world), before);
    let noted = driver
        .run("return window.__TAURI_INTERNALS__.invoke('open_draft')")
        .await;
    assert!(noted.is_null(), "what is no mark was noted: {noted}");
}

/// However often the page asks.
#[tokio::test(flavor = "multi_thread")]
async fn one_chooser_is_open_at_a_time() {
    let (world, _) = filled();
    let screen = Screen::on(&world);
    let _resident = start_resident(&screen);
    let driver = Driver::open(&screen, "--compose", "en").await;
    let window = screen.window();
    screen.wait_for_focus(&window);
    let choosers = || {
        let found = screen.xdotool(&["search", "--onlyvisible", "--name", "^Add pictures$"]);
        found.map_or(0, |found| found.lines().count())
    };
    for _ in 0..2 {
        driver
            .run(
                "window.__picked = []; \
                 for (let i = 0; i < 20; i++) \
                   window.__TAURI_INTERNALS__.invoke('pick_pictures').then((picked) => window.__picked.push(picked.length)); \
                 return true",
            )
            .await;
        driver
            .until("all but one to be answered", "window.__picked.length === 19")
            .await;
        // A window that is just being mapped may be seen, not seen, and seen again; more than one stay more than one.
        wait_for("one chooser", crate::support::screen::LIMIT, || choosers() == 1);
        screen.key("Escape");
        driver
            .until("the last one", "window.__picked.length === 20")
            .await;
        assert_eq!(
            driver
                .run("return window.__picked.every((picked) => picked === 0)")
                .await,
            true
        );
        wait_for("the chooser to go", crate::support::screen::LIMIT, || {
            choosers() == 0
        });
    }
}
