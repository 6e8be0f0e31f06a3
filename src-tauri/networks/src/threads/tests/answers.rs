//! What an answer to the post call means.

use jiff::SignedDuration;
use kossori_core::answer::{Answer, Refusal};
use kossori_engine::ports::Publisher;
use serde_json::json;

use super::{World, adapter, alice, graph, outgoing, posts, refused, start};
use crate::testing::{Does, json, says};

#[tokio::test]
async fn what_the_answer_to_the_post_call_means() {
    let unclear = |status| Answer::Unclear { status: Some(status) };
    let html = |status| says(status, &[("Content-Type", "text/html")], "<html>");
    let no_limit = || Refusal::RateLimit { retry_after: None };
    let error = |code: i64, words: &str| json!({"message": words, "type": "OAuthException", "code": code, "fbtrace_id": "A"});
    let cases: Vec<(Does, Answer)> = vec![
        (json(200, &json!({})), unclear(200)),
        (json(200, &json!({"id": ""})), unclear(200)),
        (json(200, &json!({"id": 100})), unclear(200)),
        (json(200, &json!({"id": "../me"})), unclear(200)),
        (json(201, &json!({"id": "100"})), unclear(201)),
        (html(200), unclear(200)),
        (html(400), unclear(400)),
        (html(500), unclear(500)),
        (
            says(302, &[("Location", "https://elsewhere.example/")], ""),
            unclear(302),
        ),
        (json(400, &json!({"message": "not Graph's"})), unclear(400)),
        (json(400, &json!({"error": "text"})), unclear(400)),
        (graph(500, error(190, "x")), unclear(500)),
        (graph(400, error(1, "An unknown error occurred")), unclear(400)),
        (
            graph(400, error(2, "Service temporarily unavailable")),
            unclear(400),
        ),
        (
            graph(400, json!({"message": "x", "code": 100, "is_transient": true})),
            unclear(400),
        ),
        (Does::Hangs, Answer::Unclear { status: None }),
        (Does::Waits, Answer::Unclear { status: None }),
        (
            Does::Floods(b"HTTP/1.1 200 X\r\nContent-Type: application/json\r\n\r\n".to_vec()),
            unclear(200),
        ),
        (
            graph(
                400,
                error(190, "Error validating access token: Session has expired"),
            ),
            refused(
                400,
                Refusal::Token,
                "graph_190",
                "Error validating access token: Session has expired",
            ),
        ),
        (
            graph(401, error(190, "Invalid OAuth access token")),
            refused(401, Refusal::Token, "graph_190", "Invalid OAuth access token"),
        ),
        (
            graph(400, error(4, "limit")),
            refused(400, no_limit(), "graph_4", "limit"),
        ),
        (
            graph(
                400,
                json!({"message": "(#4) Application request limit reached", "code": 4, "is_transient": true}),
            ),
            refused(
                400,
                no_limit(),
                "graph_4",
                "(#4) Application request limit reached",
            ),
        ),
        (
            graph(403, error(17, "limit")),
            refused(403, no_limit(), "graph_17", "limit"),
        ),
        (
            graph(400, error(32, "limit")),
            refused(400, no_limit(), "graph_32", "limit"),
        ),
        (
            graph(400, error(613, "limit")),
            refused(400, no_limit(), "graph_613", "limit"),
        ),
        (
            graph(
                400,
                json!({"message": "Application request limit reached", "code": 9, "error_subcode": 2207042}),
            ),
            refused(
                400,
                no_limit(),
                "graph_9_2207042",
                "Application request limit reached",
            ),
        ),
        (
            graph(429, error(80, "slow")),
            refused(429, no_limit(), "graph_80", "slow"),
        ),
        (
            graph(403, error(10, "no permission")),
            refused(403, Refusal::Other, "graph_10", "no permission"),
        ),
        (
            graph(403, error(200, "no permission")),
            refused(403, Refusal::Other, "graph_200", "no permission"),
        ),
        (
            graph(
                400,
                json!({"message": "Param text is bad\n", "code": 100, "error_subcode": 5, "error_user_msg": "Say it otherwise"}),
            ),
            refused(
                400,
                Refusal::Other,
                "graph_100_5",
                "Param text is bad : Say it otherwise",
            ),
        ),
        (
            graph(
                400,
                json!({"message": "THREADS_API__LINK_LIMIT_EXCEEDED", "code": 100}),
            ),
            refused(
                400,
                Refusal::Other,
                "threads_api__link_limit_exceeded",
                "THREADS_API__LINK_LIMIT_EXCEEDED",
            ),
        ),
        // Made a moment ago, and not known everywhere yet.
        (
            graph(
                400,
                json!({"message": "The requested resource does not exist", "code": 24, "error_subcode": 4279009}),
            ),
            refused(
                400,
                Refusal::RateLimit {
                    retry_after: Some(SignedDuration::from_secs(30)),
                },
                "graph_24_4279009",
                "The requested resource does not exist",
            ),
        ),
    ];
    let adapter = adapter();
    for (index, (does, expected)) in cases.into_iter().enumerate() {
        let (stub, world) = start(World::default()).await;
        let session = alice(&stub.url);
        let frozen = adapter.freeze(&session, &outgoing(&["one"])).await.unwrap();
        world.lock().unwrap().publishing = Some(does);
        let answer = adapter.post(&session, &frozen, 0, None).await;
        assert_eq!(answer, expected, "case {index}");
        assert_eq!(posts(&stub).len(), 2, "it is never published twice: case {index}");
    }
}

#[tokio::test]
async fn a_refusal_is_not_believed_of_what_was_published_before() {
    let adapter = adapter();
    let not_there = || graph(400, json!({"message": "does not exist", "code": 24}));
    let other = || graph(400, json!({"message": "already", "code": 100}));
    let plain = |code: &str, words: &str| refused(400, Refusal::Other, code, words);
    for (status, does, expected) in [
        ("PUBLISHED", not_there(), Answer::Unclear { status: None }),
        ("PUBLISHED", other(), Answer::Unclear { status: None }),
        ("ERROR", not_there(), plain("graph_24", "does not exist")),
        ("SOMETHING_NEW", not_there(), plain("graph_24", "does not exist")),
        ("FINISHED", other(), plain("graph_100", "already")),
    ] {
        let (stub, world) = start(World::default()).await;
        let session = alice(&stub.url);
        let frozen = adapter.freeze(&session, &outgoing(&["one"])).await.unwrap();
        {
            let mut world = world.lock().unwrap();
            (world.status, world.publishing) = (status, Some(does));
        }
        let answer = adapter.post(&session, &frozen, 0, None).await;
        assert_eq!(answer, expected, "{status}");
    }
}
