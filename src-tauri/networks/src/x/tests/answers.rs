//! What answers to the post call mean (RULES.md 4).

use kossori_core::answer::{Answer, Refusal};
use kossori_engine::ports::{Frozen, Publisher};
use serde_json::json;

use super::{Says, adapter, frozen_of, outgoing, session};
use crate::testing::{Does, Stub, json, now, says};

async fn answer_to(frozen: &Frozen, says: Says) -> Answer {
    let stub = Stub::start(move |_| says()).await;
    let answer = adapter().post(&session(&stub.url), frozen, 0, None).await;
    assert_eq!(stub.seen().len(), 1, "one call, whatever comes of it");
    answer
}

#[tokio::test]
async fn answers_that_prove_nothing() {
    let frozen = frozen_of(&outgoing(&["one"])).await;
    let html = [("Content-Type", "text/html")];
    let cases: Vec<(&str, Says, Option<u16>)> = vec![
        (
            "no id",
            Box::new(|| json(201, &json!({"data": {"text": "one"}}))),
            Some(201),
        ),
        (
            "no text",
            Box::new(|| json(201, &json!({"data": {"id": "5"}}))),
            Some(201),
        ),
        (
            "an empty id",
            Box::new(|| json(201, &json!({"data": {"id": "", "text": ""}}))),
            Some(201),
        ),
        (
            "a number",
            Box::new(|| json(201, &json!({"data": {"id": 5, "text": ""}}))),
            Some(201),
        ),
        (
            "no id of theirs",
            Box::new(|| json(201, &json!({"data": {"id": "a", "text": ""}}))),
            Some(201),
        ),
        (
            "no data",
            Box::new(|| json(201, &json!({"id": "5", "text": "one"}))),
            Some(201),
        ),
        (
            "an error",
            Box::new(|| json(200, &json!({"errors": [{"title": "x"}]}))),
            Some(200),
        ),
        ("a page", Box::new(move || says(200, &html, "<html>")), Some(200)),
        (
            "a page of no",
            Box::new(move || says(403, &html, "<html>duplicate content")),
            Some(403),
        ),
        ("an empty no", Box::new(|| says(403, &[], "")), Some(403)),
        (
            "no error of theirs",
            Box::new(|| json(403, &json!({"error": "no"}))),
            Some(403),
        ),
        (
            "a problem of what stands before",
            Box::new(|| {
                json(
                    403,
                    &json!({"title": "Error 1020", "type": "https://proxy.example/1020"}),
                )
            }),
            Some(403),
        ),
        (
            "their own trouble",
            Box::new(|| json(500, &json!({"title": "x", "type": "about:blank"}))),
            Some(500),
        ),
        ("503", Box::new(move || says(503, &html, "<html>")), Some(503)),
        (
            "elsewhere",
            Box::new(|| says(302, &[("Location", "/2/tweets")], "")),
            Some(302),
        ),
        (
            "too much",
            Box::new(|| Does::Floods(b"HTTP/1.1 201 X\r\nContent-Type: application/json\r\n\r\n{".to_vec())),
            Some(201),
        ),
        ("nothing", Box::new(|| Does::Hangs), None),
        (
            "half a head",
            Box::new(|| Does::Says(b"HTTP/1.1 201".to_vec())),
            None,
        ),
        ("too late", Box::new(|| Does::Waits), None),
    ];
    for (why, says, status) in cases {
        assert_eq!(
            answer_to(&frozen, says).await,
            Answer::Unclear { status },
            "{why}"
        );
    }
    let closing = Stub::closing().await;
    let answer = adapter().post(&session(&closing.url), &frozen, 0, None).await;
    assert_eq!(answer, Answer::Unclear { status: None });
    drop(closing);
    let nobody = session("http://127.0.0.1:1");
    assert_eq!(adapter().post(&nobody, &frozen, 0, None).await, Answer::NeverLeft);

    // Said to be somebody else's: told as it is, so that it can be judged.
    let bobs: Says = Box::new(|| json(201, &json!({"data": {"id": "5", "text": "", "author_id": "8"}})));
    let answer = answer_to(&frozen, bobs).await;
    assert!(
        matches!(&answer, Answer::Posted { author: Some(id), .. } if id == "8"),
        "{answer:?}"
    );
}

#[tokio::test]
async fn what_a_refusal_means() {
    let frozen = frozen_of(&outgoing(&["one"])).await;
    let problem = |status: u16, detail: &str| {
        let body = json!({"detail": detail, "type": "about:blank", "title": "Forbidden", "status": status});
        (status, body)
    };
    let typed = |status: u16, host: &str, name: &str, title: &str| {
        let kind = format!("https://api.{host}.com/2/problems/{name}");
        (status, json!({"title": title, "detail": "words", "type": kind}))
    };
    let old = |status: u16, number: i64, words: &str| {
        (status, json!({"errors": [{"code": number, "message": words}]}))
    };
    for ((status, body), kind, code) in [
        (
            problem(
                403,
                "You are not allowed to create a Tweet with duplicate content.",
            ),
            Refusal::Duplicate,
            "duplicate",
        ),
        (
            problem(403, "You cannot create a Post with Duplicate Content"),
            Refusal::Duplicate,
            "duplicate",
        ),
        (
            old(403, 187, "Status is a duplicate."),
            Refusal::Duplicate,
            "forbidden",
        ),
        (problem(409, "x"), Refusal::Duplicate, "conflict"),
        (problem(401, "Unauthorized"), Refusal::Token, "unauthorized"),
        (
            old(401, 89, "Invalid or expired token."),
            Refusal::Token,
            "unauthorized",
        ),
        (
            typed(
                403,
                "twitter",
                "unsupported-authentication",
                "Unsupported Authentication",
            ),
            Refusal::Token,
            "unsupported_authentication",
        ),
        (
            typed(402, "twitter", "credits", "CreditsDepleted"),
            Refusal::OutOfCredit,
            "credits",
        ),
        (problem(402, "x"), Refusal::OutOfCredit, "out_of_credit"),
        (
            (402, json!({"code": 1, "message": "x"})),
            Refusal::OutOfCredit,
            "out_of_credit",
        ),
        (
            typed(429, "x", "usage-capped", "UsageCapExceeded"),
            Refusal::OutOfCredit,
            "usage_capped",
        ),
        (
            typed(403, "twitter", "usage-capped", "UsageCapExceeded"),
            Refusal::OutOfCredit,
            "usage_capped",
        ),
        (
            (403, json!({"title": "CreditsDepleted", "detail": "x"})),
            Refusal::OutOfCredit,
            "forbidden",
        ),
        (
            problem(403, "You are not permitted to perform this action."),
            Refusal::Other,
            "not_permitted",
        ),
        (
            problem(
                403,
                "Your account is suspended and is not permitted to access this feature.",
            ),
            Refusal::Other,
            "suspended",
        ),
        (
            typed(403, "x", "user-suspended", "Forbidden"),
            Refusal::Other,
            "user_suspended",
        ),
        (
            typed(403, "x", "client-forbidden", "Forbidden"),
            Refusal::Other,
            "client_forbidden",
        ),
        (
            problem(403, "The Tweet contains an invalid URL."),
            Refusal::Other,
            "invalid_url",
        ),
        (
            problem(403, "A post may have a maximum of one cashtag"),
            Refusal::Other,
            "cashtag",
        ),
        (problem(403, "Forbidden"), Refusal::Other, "forbidden"),
        (
            typed(400, "x", "invalid-request", "Invalid Request"),
            Refusal::Other,
            "bad_request",
        ),
        (
            (400, json!({"code": 3, "message": "x"})),
            Refusal::Other,
            "bad_request",
        ),
        (problem(404, "x"), Refusal::Other, "not_found"),
        (problem(413, "x"), Refusal::Other, "too_large"),
    ] {
        let (sent, kept) = (body.clone(), body.to_string());
        let answer = answer_to(&frozen, Box::new(move || json(status, &sent))).await;
        let Answer::Refused {
            kind: found,
            code: named,
            words,
            ..
        } = answer
        else {
            panic!("{body}: {answer:?}")
        };
        assert_eq!((found, named.as_str()), (kind, code), "{body}");
        assert!(!words.is_empty() && kept.contains(&words), "{body}: {words}");
    }
    let words: Says = Box::new(|| {
        let body = json!({"errors": [{"message": "the plain words", "parameters": {}}], "title": "Invalid Request",
                          "detail": "One or more parameters to your request was invalid.",
                          "type": "https://api.twitter.com/2/problems/invalid-request"});
        let typed = [("Content-Type", "application/problem+json")];
        says(400, &typed, &body.to_string())
    });
    let answer = answer_to(&frozen, words).await;
    assert!(
        matches!(&answer, Answer::Refused { words, .. } if words == "the plain words"),
        "{answer:?}"
    );
}

#[tokio::test]
async fn limits_are_each_paths_own() {
    let frozen = frozen_of(&outgoing(&["one"])).await;
    let reset = now().as_second() + 600;
    let stub = Stub::start(move |seen| {
        let used_up = [
            ("Content-Type", "application/json".to_owned()),
            ("x-rate-limit-remaining", "0".to_owned()),
            ("x-rate-limit-reset", reset.to_string()),
        ];
        let used_up: Vec<(&str, &str)> = used_up
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        match seen.method.as_str() {
            "GET" => says(
                200,
                &used_up,
                r#"{"data":{"id":"7","name":"A","username":"alice"}}"#,
            ),
            _ => says(
                429,
                &used_up,
                r#"{"title":"Too Many Requests","detail":"x","type":"about:blank"}"#,
            ),
        }
    })
    .await;
    let (adapter, session) = (adapter(), session(&stub.url));
    adapter.author(&session).await.unwrap();
    assert_eq!(
        adapter.spent_until(&session.account.id),
        None,
        "it says nothing of posts"
    );
    let answer = adapter.post(&session, &frozen, 0, None).await;
    let Answer::Refused {
        kind: Refusal::RateLimit { retry_after },
        ..
    } = answer
    else {
        panic!("{answer:?}")
    };
    assert_eq!(retry_after.map(|wait| wait.as_secs()), Some(600));
    assert!(adapter.spent_until(&session.account.id).is_some());
    adapter.author(&session).await.unwrap();
    assert!(
        adapter.spent_until(&session.account.id).is_some(),
        "nor does it take it back"
    );
}
