//! A server that wants harm: what it answers takes no more memory, time or stack than any other answer, and leads nowhere.

use std::sync::Arc;
use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use super::{Body, Call, Clients, Failure, Http, Reply};
use crate::refusal::{self, ApiError, tame, tame_handle};
use crate::testing::{Does, FixedClock, Stub, options, says, sign_in};

const LIMIT: Duration = Duration::from_millis(700);
const JSON: &str = "Content-Type: application/json\r\n";

fn http() -> Http {
    Clients::new(Arc::new(FixedClock), &options())
        .fresh(&sign_in(true))
        .unwrap()
}

async fn answered(raw: Vec<u8>, floods: bool) -> Result<Reply, Failure> {
    let does = move |_: &_| match floods {
        true => Does::Floods(raw.clone()),
        false => Does::Says(raw.clone()),
    };
    let stub = Stub::start(does).await;
    let http = http();
    let call = http.send(Call::post(format!("{}/x", stub.url), Body::Empty, LIMIT));
    // A machine that is busy with other things takes its time to read what came.
    let outcome = tokio::time::timeout(LIMIT * 15, call).await.expect("it ends");
    assert_eq!(stub.seen().len(), 1, "asked once");
    outcome
}

fn head(more: &str) -> Vec<u8> {
    format!("HTTP/1.1 200 OK\r\nConnection: close\r\n{more}\r\n").into_bytes()
}

#[tokio::test]
async fn bodies_that_are_no_answer() {
    let json_of = |body: &[u8]| [head(JSON), body.to_vec()].concat();
    let typed =
        |content: &str, body: &[u8]| [head(&format!("Content-Type: {content}\r\n")), body.to_vec()].concat();
    // `{"id":"1"}`, packed: whoever unpacked it would read it, and a gigabyte of nothing too.
    let packed = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xab\x56\xca\x4c\x51\xb2\x52\x32\x54\xaa\x05\x00\xf3\xc8\x18\xf6\x0a\x00\x00\x00";
    let encoded = |name: &str| {
        [
            head(&format!("{JSON}Content-Encoding: {name}\r\n")),
            packed.to_vec(),
        ]
        .concat()
    };
    let deep = |open: &str| open.repeat(100_000).into_bytes();
    for (what, raw) in [
        ("a packed body, which was not asked for", encoded("gzip")),
        ("another", encoded("br")),
        ("a third", encoded("zstd")),
        ("lists in lists", json_of(&deep("["))),
        ("objects in objects", json_of(&deep("{\"a\":"))),
        ("no UTF-8", json_of(b"{\"id\":\"\xff\xfe\"}")),
        ("half a character", json_of(b"{\"id\":\"\\ud800\"}")),
        (
            "a number without end",
            json_of(format!("[1{}]", "0".repeat(5_000) + "e99999").as_bytes()),
        ),
        ("two values", json_of(b"{} {}")),
        ("a raw NUL", json_of(b"{\"id\":\"a\0b\"}")),
        ("nothing", json_of(b"")),
        (
            "JSON that says it is a page",
            typed("text/html", b"{\"id\":\"1\"}"),
        ),
        (
            "JSON that says nothing",
            [head(""), b"{\"id\":\"1\"}".to_vec()].concat(),
        ),
        (
            "JSON of another alphabet",
            typed("application/jsonp", b"{\"id\":\"1\"}"),
        ),
    ] {
        let reply = answered(raw, false)
            .await
            .unwrap_or_else(|failure| panic!("{what}: {failure:?}"));
        assert_eq!(reply.json, None, "{what}");
    }
    // Of two values under one name the last counts, wherever it is read.
    let twice = answered(json_of(b"{\"id\":\"1\",\"id\":\"2\"}"), false)
        .await
        .unwrap();
    assert_eq!(twice.json, Some(json!({"id": "2"})));
    let fine = answered(typed("application/ld+json; charset=utf-8", b"[1e300,-0]"), false).await;
    assert!(fine.unwrap().json.is_some());
}

#[tokio::test]
async fn heads_without_end() {
    let line = |n: usize| format!("x-{n}: y\r\n");
    let many: String = (0..5_000).map(line).collect();
    let long = format!("x: {}\r\n", "y".repeat(4_000_000));
    let before = "HTTP/1.1 103 Early Hints\r\nx: y\r\n\r\n".repeat(50_000);
    for (what, raw, floods) in [
        ("many headers", head(&many), false),
        ("a long one", head(&long), false),
        ("one that never ends", b"HTTP/1.1 200 OK\r\nx: ".to_vec(), true),
        ("hints, then nothing", before.into_bytes(), false),
        ("a status of its own", b"HTTP/1.1 99999 X\r\n\r\n".to_vec(), false),
        (
            "two lengths",
            head("Content-Length: 1\r\nContent-Length: 2\r\n"),
            false,
        ),
        ("a length below nothing", head("Content-Length: -1\r\n"), false),
        (
            "another protocol",
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n".to_vec(),
            false,
        ),
    ] {
        match answered(raw, floods).await {
            Err(Failure::Cut | Failure::Senseless { .. }) => {}
            Ok(reply) if reply.json.is_none() => {}
            other => panic!("{what}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn no_call_follows_a_redirect() {
    for method in [Method::GET, Method::POST, Method::PUT, Method::DELETE] {
        for (status, place) in [
            (301, "{}/y"),
            (302, "http://169.254.169.254/latest/meta-data"),
            (303, "{}/y"),
            (307, "{}/y"),
            (308, "file:///etc/passwd"),
        ] {
            let elsewhere = Stub::start(|_| says(200, &[], "")).await;
            let target = place.replace("{}", &elsewhere.url);
            let stub = Stub::start(move |_| says(status, &[("Location", &target)], "")).await;
            let url = format!("{}/x", stub.url);
            let call = match method {
                Method::GET => Call::get(url, LIMIT),
                Method::PUT => Call::put(url, Body::Empty, LIMIT),
                Method::DELETE => Call::delete(url, LIMIT),
                _ => Call::post(url, Body::Empty, LIMIT),
            };
            let reply = http().send(call.bearer("token")).await.unwrap();
            assert_eq!(
                (reply.status, elsewhere.seen().len(), stub.seen().len()),
                (status, 0, 1)
            );
        }
    }
}

#[tokio::test]
async fn waits_and_dates_of_another_age() {
    for (name, value) in [
        ("Retry-After", "999999999999"),
        ("Retry-After", "-1"),
        ("Retry-After", "1e9"),
        ("Retry-After", "Fri, 31 Dec 9999 23:59:59 GMT"),
        ("Retry-After", "Thu, 01 Jan 1970 00:00:00 GMT"),
        ("Retry-After", "９"),
        ("Date", "Fri, 31 Dec 9999 23:59:59 GMT"),
        ("Date", "yesterday"),
        ("RateLimit-Reset", "9223372036854775807"),
        ("x-ratelimit-reset", "-9999-01-01T00:00:00Z"),
    ] {
        let headers = [(name, value), ("Content-Type", "application/json")];
        let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let stub = Stub::start(move |_| {
            let headers: Vec<(&str, &str)> = headers.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
            says(429, &headers, "{}")
        })
        .await;
        let reply = http()
            .send(Call::get(format!("{}/x", stub.url), LIMIT))
            .await
            .unwrap();
        let wait = kossori_core::answer::retry_after(reply.retry_after);
        assert!(
            (1..=24 * 3600).contains(&wait.as_secs()),
            "{name}: {value} is {wait:?}"
        );
    }
}

#[test]
fn what_a_server_calls_things_is_one_short_line_that_runs_forward() {
    let wild = "\u{1b}[2J\u{1b}]0;title\u{7}\u{9b}2K\0\r\nalice\u{202e}ecila\u{2066}\u{2028}\u{feff}\u{200f}";
    for tamed in [tame(wild), tame_handle(wild)] {
        let plain = |c: char| c == ' ' || c.is_ascii_graphic();
        assert!(tamed.chars().all(plain) && tamed.contains("alice"), "{tamed:?}");
    }
    assert_eq!(tame("アリス é 👩‍👩‍👧"), "アリス é 👩‍👩‍👧", "nothing else is touched");
    assert_eq!(tame_handle(&"長".repeat(100_000)).chars().count(), 320);

    let reply = Reply {
        status: 422,
        json: Some(Value::Null),
        date: None,
        retry_after: None,
        headers: reqwest::header::HeaderMap::new(),
    };
    let error = ApiError {
        code: format!("{wild}{}", "x".repeat(1_000)),
        words: wild.to_owned(),
        token: false,
        duplicate: false,
    };
    let kossori_engine::ports::CallError::Refused { code, words, .. } =
        refusal::call_error(&reply, Some(error.clone()))
    else {
        panic!("refused")
    };
    let kossori_core::answer::Answer::Refused { code: again, .. } = refusal::answer(&reply, Some(error))
    else {
        panic!("refused")
    };
    assert!(
        code.len() <= 100 && code.chars().all(|c| c.is_ascii_graphic()),
        "{code:?}"
    );
    assert_eq!(code, again);
    assert!(!words.contains(char::is_control));
}
