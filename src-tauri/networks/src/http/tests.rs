//! What may become of a request, shown with a server that misbehaves in each way.

use std::sync::Arc;
use std::time::Duration;

use kossori_core::answer::{Answer, Becomes, Refusal, Why, becomes};
use kossori_core::network::Network;
use kossori_engine::ports::CallError;
use reqwest::header::HeaderMap;
use serde_json::json;

use super::{Body, Call, Clients, Failure, Http, Reply};
use crate::refusal::{self, ApiError};
use crate::testing::{Does, FixedClock, Stub, options, says, session, sign_in};

const LIMIT: Duration = Duration::from_millis(700);

fn http(local: bool) -> Http {
    Clients::new(Arc::new(FixedClock), &options())
        .fresh(&sign_in(local))
        .unwrap()
}

async fn post(url: &str) -> Result<Reply, Failure> {
    http(true)
        .send(Call::post(
            format!("{url}/x"),
            Body::Json(json!({"text": "hello"})),
            LIMIT,
        ))
        .await
}

async fn failure_with(does: impl Fn() -> Does + Send + Sync + 'static) -> (Failure, usize) {
    let stub = Stub::start(move |_| does()).await;
    let failure = post(&stub.url).await.expect_err("no usable answer");
    (failure, stub.seen().len())
}

#[tokio::test]
async fn what_never_left() {
    // Nobody listens there: bound once, so that the port is ours, and closed.
    let port = {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        listener.local_addr().unwrap().port()
    };
    assert_eq!(
        post(&format!("http://127.0.0.1:{port}")).await.unwrap_err(),
        Failure::NeverLeft,
        "refused port"
    );
    assert_eq!(
        post("http://no-such-host.invalid").await.unwrap_err(),
        Failure::NeverLeft,
        "no such name"
    );

    // The server waits for more of what is no HTTP; then one that hangs up in the middle.
    let stub = Stub::start(|_| says(200, &[], "")).await;
    for (why, stub) in [
        ("TLS that hangs", stub),
        ("TLS that breaks", Stub::closing().await),
    ] {
        let https = stub.url.replace("http://", "https://");
        assert_eq!(post(&https).await.unwrap_err(), Failure::NeverLeft, "{why}");
    }
    assert_eq!(Answer::from(Failure::NeverLeft), Answer::NeverLeft);
    assert_eq!(CallError::from(Failure::NeverLeft), CallError::Offline);
}

#[tokio::test]
async fn addresses_that_may_not_be_called() {
    let stub = Stub::start(|_| says(200, &[], "")).await;
    let https = stub.url.replace("http://", "https://");
    let port = stub.url.rsplit(':').next().unwrap();
    for url in [
        stub.url.clone(),
        https,
        // A name that resolves to loopback: only the resolver can tell.
        format!("https://localhost:{port}"),
        "https://[::1]".to_owned(),
        "https://10.0.0.1".to_owned(),
    ] {
        let call = Call::get(format!("{url}/"), LIMIT);
        assert_eq!(
            http(false).send(call).await.unwrap_err(),
            Failure::AddressRefused,
            "{url}"
        );
    }
    assert_eq!(stub.seen().len(), 0);
    assert_eq!(
        CallError::from(Failure::AddressRefused),
        CallError::AddressRefused
    );
}

#[tokio::test]
async fn whatever_may_have_left_is_not_called_never_left() {
    let stub = Stub::closing().await;
    assert_eq!(
        post(&stub.url).await.unwrap_err(),
        Failure::Cut,
        "closed before reading"
    );

    assert_eq!(
        failure_with(|| Does::Hangs).await,
        (Failure::Cut, 1),
        "closed after reading, and not sent twice"
    );
    assert_eq!(
        failure_with(|| Does::Waits).await,
        (Failure::Cut, 1),
        "no answer in time"
    );
    assert_eq!(
        failure_with(|| Does::Says(b"nonsense\r\n\r\n".to_vec())).await,
        (Failure::Cut, 1)
    );
    assert_eq!(
        failure_with(|| Does::Says(b"HTTP/1.1 20".to_vec())).await,
        (Failure::Cut, 1)
    );

    let senseless = (Failure::Senseless { status: 200 }, 1);
    let head =
        |more: &str| format!("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n{more}\r\n").into_bytes();
    let cut = move || Does::Says([head("Content-Length: 100\r\n"), b"{".to_vec()].concat());
    assert_eq!(failure_with(cut).await, senseless, "a body cut short");
    assert_eq!(
        failure_with(move || Does::Drips(head(""))).await,
        senseless,
        "a byte at a time, past the limit"
    );
    assert_eq!(
        failure_with(move || Does::Floods(head(""))).await,
        senseless,
        "an endless body"
    );
    let huge = move || Does::Floods(head("Content-Length: 10000000000\r\n"));
    assert_eq!(
        failure_with(huge).await,
        senseless,
        "10 GB, refused by its length"
    );

    for failure in [Failure::Cut, Failure::Senseless { status: 200 }] {
        let answer = Answer::from(failure);
        assert!(matches!(answer, Answer::Unclear { .. }));
        assert_eq!(becomes(answer, "author", false), Becomes::Unknown);
    }
}

#[tokio::test]
async fn redirects_are_not_followed() {
    for status in [301, 302, 303, 307, 308] {
        let elsewhere = Stub::start(|_| says(200, &[("Content-Type", "application/json")], "{}")).await;
        let target = format!("{}/y", elsewhere.url);
        let stub = Stub::start(move |_| says(status, &[("Location", &target)], "")).await;
        let reply = post(&stub.url).await.unwrap();
        assert_eq!((reply.status, elsewhere.seen().len()), (status, 0));
        assert_eq!(answer(&reply), Answer::Unclear { status: Some(status) });
    }
}

/// An API whose errors are `{"error": code}`.
fn api_error(reply: &Reply) -> Option<ApiError> {
    let code = reply.json.as_ref()?.get("error")?.as_str()?.to_owned();
    let (token, duplicate) = (code == "expired", code == "twice");
    Some(ApiError {
        words: format!("words of {code}"),
        code,
        token,
        duplicate,
    })
}

fn answer(reply: &Reply) -> Answer {
    refusal::answer(reply, api_error(reply))
}

#[tokio::test]
async fn the_table_of_answers() {
    use Becomes::{Queued, RefreshOnce, Unknown};
    let json_type = ("Content-Type", "application/json");
    let html_type = ("Content-Type", "text/html");
    let body = r#"{"error":"no"}"#;
    let rejected = || Becomes::Rejected {
        code: "no".to_owned(),
        words: "words of no".to_owned(),
    };
    let wait = |seconds| Queued(Why::RateLimit(jiff::SignedDuration::from_secs(seconds)));
    let plain = vec![json_type];
    type Row = (u16, Vec<(&'static str, &'static str)>, &'static str, Becomes);
    // Status, headers, body, what becomes of the delivery.
    let table: Vec<Row> = vec![
        (400, plain.clone(), body, rejected()),
        (403, plain.clone(), body, rejected()),
        (404, plain.clone(), body, rejected()),
        (413, plain.clone(), body, rejected()),
        (422, plain.clone(), body, rejected()),
        (401, plain.clone(), body, RefreshOnce),
        (400, plain.clone(), r#"{"error":"expired"}"#, RefreshOnce),
        (403, plain.clone(), r#"{"error":"expired"}"#, RefreshOnce),
        (409, plain.clone(), body, Unknown),
        (422, plain.clone(), r#"{"error":"twice"}"#, Unknown),
        (418, plain.clone(), body, Unknown),
        (500, plain.clone(), body, Unknown),
        (503, plain.clone(), body, Unknown),
        (429, plain.clone(), body, wait(15 * 60)),
        (429, vec![json_type, ("Retry-After", "40")], body, wait(40)),
        (429, vec![json_type, ("Retry-After", "0")], body, wait(1)),
        (
            429,
            vec![json_type, ("Retry-After", "999999999")],
            body,
            wait(24 * 3600),
        ),
        // The clock stands at 12:31:00; without a `Date` in the answer it counts from there.
        (
            429,
            vec![json_type, ("Retry-After", "Mon, 23 Nov 2026 12:33:00 GMT")],
            body,
            wait(120),
        ),
        (
            429,
            vec![
                json_type,
                ("Date", "Mon, 23 Nov 2026 12:32:00 GMT"),
                ("Retry-After", "Mon, 23 Nov 2026 12:33:00 GMT"),
            ],
            body,
            wait(60),
        ),
        // Not that API's body, whatever the status says.
        (400, vec![html_type], "<html>no</html>", Unknown),
        (401, vec![html_type], "<html>no</html>", Unknown),
        (401, plain.clone(), "", Unknown),
        (403, vec![], "", Unknown),
        (404, plain.clone(), "[]", Unknown),
        (404, plain.clone(), r#"{"detail":"no"}"#, Unknown),
        (409, vec![html_type], "x", Unknown),
        (413, vec![html_type], "<html>too large</html>", Unknown),
        (422, plain.clone(), "", Unknown),
        (422, plain.clone(), "{\"error\":", Unknown),
        (429, vec![html_type], "slow down", Unknown),
        (400, vec![html_type], body, Unknown),
        (400, vec![], body, Unknown),
        (503, vec![html_type], "<html>busy</html>", Unknown),
    ];
    for (status, headers, body, expected) in table {
        let description = format!("{status} {headers:?} {body}");
        let (own_headers, own_body) = (
            headers
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect::<Vec<_>>(),
            body.to_owned(),
        );
        let stub = Stub::start(move |_| {
            let headers: Vec<(&str, &str)> = own_headers
                .iter()
                .map(|(name, value)| (name.as_str(), value.as_str()))
                .collect();
            says(status, &headers, &own_body)
        })
        .await;
        let reply = post(&stub.url).await.unwrap();
        assert_eq!(
            becomes(answer(&reply), "author", false),
            expected,
            "{description}"
        );
        assert_eq!(stub.seen().len(), 1, "{description}: sent once");
    }
}

#[test]
fn words_are_tamed() {
    assert_eq!(refusal::tame("one\r\ntwo\u{7}"), "one  two ");
    assert_eq!(refusal::tame(&"あ".repeat(2_000)).chars().count(), 500);
}

#[tokio::test]
async fn calls_that_publish_nothing_say_what_went_wrong() {
    let of = |status, body: &str, retry_after| {
        let reply = Reply {
            status,
            json: serde_json::from_str(body).ok(),
            date: None,
            retry_after,
            headers: HeaderMap::new(),
        };
        let error = api_error(&reply);
        refusal::call_error(&reply, error)
    };
    let no = |status| CallError::Refused {
        status,
        code: "no".into(),
        words: "words of no".into(),
    };
    assert_eq!(of(422, r#"{"error":"no"}"#, None), no(422));
    assert_eq!(of(404, "", None), CallError::Unclear { status: Some(404) });
    assert_eq!(
        of(500, r#"{"error":"no"}"#, None),
        CallError::Unclear { status: Some(500) }
    );
    assert_eq!(
        of(401, "", None),
        CallError::Unclear { status: Some(401) },
        "a portal's 401 is no sign-out"
    );
    assert!(matches!(
        of(401, r#"{"error":"no"}"#, None),
        CallError::Token { .. }
    ));
    assert!(matches!(
        of(400, r#"{"error":"expired"}"#, None),
        CallError::Token { .. }
    ));
    assert_eq!(of(429, "", None), CallError::RateLimit { retry_after: None });
    let reply = Reply {
        status: 401,
        json: Some(json!({"error": "no"})),
        date: None,
        retry_after: None,
        headers: HeaderMap::new(),
    };
    assert!(matches!(
        answer(&reply),
        Answer::Refused {
            kind: Refusal::Token,
            ..
        }
    ));
}

#[tokio::test]
async fn each_account_has_its_own_name_and_sends_nothing_else_of_itself() {
    let stub = Stub::start(|_| says(200, &[("Set-Cookie", "a=b")], "")).await;
    let clients = Clients::new(Arc::new(FixedClock), &options());
    let mut session = session(Network::Mastodon, &stub.url, "1", "");
    for name in [None, Some("Quiet"), None] {
        session.account.client_name = name.map(str::to_owned);
        let http = clients.of(&session).unwrap();
        http.send(Call::get(format!("{}/", stub.url), LIMIT))
            .await
            .unwrap();
    }
    let seen = stub.seen();
    let names: Vec<_> = seen
        .iter()
        .map(|seen| seen.header("user-agent").unwrap())
        .collect();
    assert_eq!(names, ["Kossori", "Quiet", "Kossori"]);
    for request in &seen {
        let mut others: Vec<&str> = request.headers.iter().map(|(name, _)| name.as_str()).collect();
        others.sort_unstable();
        assert_eq!(
            others,
            ["accept", "host", "user-agent"],
            "no cookie, no referrer, no language"
        );
    }
}

#[tokio::test]
async fn a_date_counts_over_https_alone() {
    let stub = Stub::start(|_| says(200, &[("Date", "Mon, 23 Nov 2026 12:32:00 GMT")], "")).await;
    let reply = post(&stub.url).await.unwrap();
    assert_eq!(reply.date, None);
}
