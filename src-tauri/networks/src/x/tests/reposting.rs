//! Reposts, and that nothing is quoted.

use kossori_core::answer::{Answer, Refusal};
use kossori_engine::ports::{CallError, Found, Look, Outgoing, Publisher};
use serde_json::{Value, json};

use super::{adapter, frozen_of, outgoing, page, session};
use crate::testing::{Stub, json, now};

fn reposting(server: &str) -> Outgoing {
    let mut repost = outgoing(&[""]);
    repost.repost = Some(format!("{server}/bob/status/50"));
    repost
}

fn own(id: &str, text: &str, of: Option<&str>) -> Value {
    let mut post =
        json!({"id": id, "text": text, "conversation_id": id, "created_at": "2026-11-23T12:31:01.000Z"});
    if let Some(of) = of {
        post["referenced_posts"] = json!([{"type": "retweeted", "id": of}]);
    }
    post
}

#[tokio::test]
async fn what_is_sent() {
    for (said, posted) in [
        (json!({"data": {"retweeted": true, "rest_id": "50"}}), true),
        (json!({"data": {"retweeted": true}}), true),
        (json!({"data": {"retweeted": false, "rest_id": "50"}}), false),
        (json!({"data": {}}), false),
        (json!({}), false),
    ] {
        let answered = said.clone();
        let stub = Stub::start(move |seen| match (seen.method.as_str(), seen.path.as_str()) {
            ("GET", "/2/users/7/tweets?max_results=5") => json(200, &page(&[], None)),
            ("POST", "/2/users/7/retweets") => json(200, &answered),
            other => panic!("{other:?}"),
        })
        .await;
        let session = session(&stub.url);
        let frozen = adapter().freeze(&session, &reposting(&stub.url)).await.unwrap();
        let answer = adapter().post(&session, &frozen, 0, None).await;
        assert_eq!(stub.seen().pop().unwrap().json(), json!({"tweet_id": "50"}));
        match answer {
            Answer::Posted { receipt, author } if posted => {
                assert_eq!(
                    (receipt.ids.concat(), author.as_deref()),
                    ("repost:50".to_owned(), Some("7"))
                );
                assert_eq!(receipt.url, Some(format!("{}/i/status/50", stub.url)));
            }
            other => assert_eq!(
                (other, posted),
                (Answer::Unclear { status: Some(200) }, false),
                "{said}"
            ),
        }
    }
}

#[tokio::test]
async fn what_is_there_already_is_looked_for() {
    for (detail, kind) in [
        (
            "You cannot retweet a Tweet that you have already retweeted.",
            Refusal::Duplicate,
        ),
        ("You are not permitted to perform this action.", Refusal::Other),
    ] {
        let problem = json!({"detail": detail, "type": "about:blank", "title": "Forbidden", "status": 403});
        let stub = Stub::start(move |seen| match seen.method.as_str() {
            "GET" => json(200, &page(&[], None)),
            _ => json(403, &problem),
        })
        .await;
        let session = session(&stub.url);
        let frozen = adapter().freeze(&session, &reposting(&stub.url)).await.unwrap();
        let answer = adapter().post(&session, &frozen, 0, None).await;
        assert!(
            matches!(&answer, Answer::Refused { kind: found, words, .. } if *found == kind && words == detail),
            "{answer:?}"
        );
    }
}

#[tokio::test]
async fn what_is_not_sent() {
    let stub = Stub::start(|_| panic!("nobody is asked")).await;
    let session = session(&stub.url);
    let mut quote = outgoing(&["my words"]);
    quote.quote = Some(format!("{}/bob/status/50", stub.url));
    let refused = adapter().freeze(&session, &quote).await;
    assert_eq!(refused.unwrap_err(), CallError::Unsupported("quote"));
    let mut repost = reposting(&stub.url);
    repost.repost = Some("https://example.com/bob/status/50".to_owned());
    let refused = adapter().freeze(&session, &repost).await;
    assert!(matches!(refused, Err(CallError::Refused { code, .. }) if code == "repost_not_found"));
}

#[tokio::test]
async fn looking() {
    for (posts, expected) in [
        (
            vec![own("12", "other", None), own("11", "RT @bob: hi", Some("50"))],
            "there",
        ),
        (vec![own("11", "RT @bob: hi", Some("51"))], "absent"),
        (vec![own("11", "hi", None)], "absent"),
        (vec![], "absent"),
        // It is not told of what.
        (vec![own("11", "RT @bob: hi", None)], "alike"),
    ] {
        let listed = posts.clone();
        let stub = Stub::start(move |_| json(200, &page(&listed, None))).await;
        let session = session(&stub.url);
        let frozen = frozen_of(&outgoing(&["hi"])).await;
        let mut record: Value = serde_json::from_str(&frozen.0).unwrap();
        record["parts"][0]["repost"] = json!("50");
        record["parts"][0]["text"] = json!("");
        record["v"] = json!(2);
        let frozen = kossori_engine::ports::Frozen(record.to_string().into());
        let said = match adapter().look(&session, &frozen, 0, None).await.unwrap() {
            Look::There(receipt) if receipt.ids == ["repost:50"] => "there",
            Look::Alike { .. } => "alike",
            Look::Absent => "absent",
            other => panic!("{other:?}"),
        };
        assert_eq!(said, expected, "{posts:?}");
        for (known, there) in [("x", expected == "there"), ("repost:50", false)] {
            let found = adapter()
                .find(&session, &reposting(&stub.url), now(), &[known.to_owned()])
                .await
                .unwrap();
            assert_eq!(matches!(found, Found::There(_)), there, "{found:?}");
        }
    }
    // A repost is no post with the same words.
    let stub = Stub::start(|_| json(200, &page(&[own("11", "hi", Some("50"))], None))).await;
    let frozen = frozen_of(&outgoing(&["hi"])).await;
    let look = adapter()
        .look(&session(&stub.url), &frozen, 0, None)
        .await
        .unwrap();
    assert_eq!(look, Look::Absent);
}

#[tokio::test]
async fn it_is_undone_and_the_post_stays() {
    for (status, said, expected) in [
        (200, json!({"data": {"retweeted": false}}), true),
        (200, json!({"data": {"retweeted": true}}), false),
        (
            404,
            json!({"title": "Not Found Error", "detail": "x", "type": "about:blank"}),
            true,
        ),
        (404, json!({}), false),
    ] {
        let answered = said.clone();
        let stub = Stub::start(move |seen| {
            assert_eq!(
                (seen.method.as_str(), seen.path.as_str()),
                ("DELETE", "/2/users/7/retweets/50")
            );
            json(status, &answered)
        })
        .await;
        let undone = adapter().delete(&session(&stub.url), "repost:50").await;
        assert_eq!(undone.is_ok(), expected, "{status} {said}");
    }
}
