//! Quotes and reposts on servers that tell of them in different ways.

use kossori_core::answer::Answer;
use kossori_core::network::{Network, Software, Visibility};
use kossori_engine::ports::{CallError, Found, Frozen, Look, Outgoing, Publisher, Session};
use serde_json::{Value, json};

use super::tests::{TOKENS, adapter, outgoing, status};
use crate::testing::{Seen, Stub, json, now, session};

const BOBS: &str = "https://other.example/@bob/5";

fn on(stub: &Stub, software: Software) -> Session {
    let mut session = session(Network::Mastodon, &stub.url, "1", TOKENS);
    session.account.software = software;
    session.account.limits.refers.quote = true;
    session
}

fn bobs(change: &Value) -> Value {
    let mut bobs = json!({"id": "55", "url": BOBS, "content": "<p>hi</p>", "visibility": "public",
        "account": {"id": "9", "acct": "bob@other.example"}, "reblogged": false, "reblog": null});
    for (field, value) in change.as_object().unwrap() {
        bobs[field] = value.clone();
    }
    bobs
}

/// A server that knows Bob's post by its address, and answers the rest with `then`.
async fn with(post: Value, then: impl Fn(&Seen) -> crate::testing::Does + Send + Sync + 'static) -> Stub {
    Stub::start(move |seen| match seen.path.split('?').next().unwrap() {
        "/api/v2/search" => json(200, &json!({"statuses": [post]})),
        "/api/v1/accounts/1/statuses" => json(200, &json!([])),
        _ => then(seen),
    })
    .await
}

fn code(result: Result<Frozen, CallError>) -> String {
    match result {
        Err(CallError::Refused { code, .. }) => code,
        Err(CallError::Unsupported(what)) => what.to_owned(),
        other => panic!("{other:?}"),
    }
}

fn quoting() -> Outgoing {
    let mut quote = outgoing(&["my words", "more"]);
    quote.quote = Some(BOBS.to_owned());
    quote
}

fn reposting(visibility: Option<Visibility>) -> Outgoing {
    let mut repost = outgoing(&[""]);
    repost.visibility = visibility;
    repost.repost = Some(BOBS.to_owned());
    repost
}

#[tokio::test]
async fn a_quote_goes_in_the_servers_own_field() {
    for (software, field) in [
        (Software::Mastodon, "quoted_status_id"),
        (Software::Friendica, "quote_id"),
    ] {
        let stub = with(bobs(&json!({})), |seen| {
            let body = seen.json();
            let mut said = status("60", "<p>my words</p>", "unlisted");
            said["quote"] = json!({"state": "pending", "quoted_status": null});
            said["in_reply_to_id"] = body["in_reply_to_id"].clone();
            json(200, &said)
        })
        .await;
        let session = on(&stub, software);
        let frozen = adapter().freeze(&session, &quoting()).await.unwrap();
        for (part, before) in [(0, None), (1, Some("60"))] {
            let answer = adapter().post(&session, &frozen, part, before).await;
            assert!(matches!(answer, Answer::Posted { .. }), "{answer:?}");
        }
        let sent: Vec<Value> = stub
            .seen()
            .iter()
            .filter(|seen| seen.method == "POST")
            .map(Seen::json)
            .collect();
        assert_eq!(
            sent[0],
            json!({"status": "my words", "visibility": "unlisted", "language": "ja", field: "55"})
        );
        assert_eq!(sent[1].get(field), None, "the first part quotes");
        // A program that knows no quotes does not post it without.
        let record: Value = serde_json::from_str(&frozen.0).unwrap();
        assert_eq!(record["v"], 2);
    }
}

#[tokio::test]
async fn quotes_that_would_come_to_nothing() {
    let denied = json!({"quote_approval": {"automatic": [], "manual": [], "current_user": "denied"}});
    let asked_first = json!({"quote_approval": {"current_user": "manual"}});
    let stub = with(bobs(&denied), |_| panic!("nothing is sent")).await;
    let session = on(&stub, Software::Mastodon);
    assert_eq!(
        code(adapter().freeze(&session, &quoting()).await),
        "quote_not_allowed"
    );
    let stub = with(bobs(&asked_first), |_| panic!("nothing is sent")).await;
    let mut session = on(&stub, Software::Mastodon);
    adapter().freeze(&session, &quoting()).await.unwrap();
    // A server that is not known to have them would leave it out.
    session.account.limits.refers.quote = false;
    assert_eq!(code(adapter().freeze(&session, &quoting()).await), "quote");
    let stub = with(bobs(&json!({"url": "https://x.example/"})), |_| {
        panic!("nothing is sent")
    })
    .await;
    let session = on(&stub, Software::Mastodon);
    assert_eq!(
        code(adapter().freeze(&session, &quoting()).await),
        "quote_not_found"
    );
}

#[tokio::test]
async fn a_quote_whose_answer_was_lost() {
    let re = "<p class=\"quote-inline\">RE: <a href=\"x\">other.example/@bob/5</a></p><p>my words</p>";
    let quote_of = |id: &str| json!({"state": "accepted", "quoted_status": {"id": id}});
    for (software, content, quote, expected) in [
        (Software::Mastodon, re, quote_of("55"), "there"),
        (
            Software::Mastodon,
            re,
            json!({"state": "pending", "quoted_status": null}),
            "there",
        ),
        (Software::Mastodon, re, quote_of("56"), "absent"),
        (Software::Mastodon, "<p>my words</p>", json!(null), "alike"),
        (
            Software::Friendica,
            "<p>my words</p>",
            json!({"id": "55"}),
            "there",
        ),
        (
            Software::Friendica,
            "<p>my words</p><p>♲ bob: hi</p>",
            json!(null),
            "alike",
        ),
        (Software::Friendica, "<p>words of mine</p>", json!(null), "absent"),
    ] {
        let mut there = status("61", content, "unlisted");
        there["quote"] = quote.clone();
        let said = there.clone();
        let stub = Stub::start(move |seen| {
            let listed = match (seen.path.contains("limit=1&"), seen.path.contains("max_id")) {
                (false, false) => json!([said]),
                _ => json!([]),
            };
            match seen.path.starts_with("/api/v2/search") {
                true => json(200, &json!({"statuses": [bobs(&json!({}))]})),
                false => json(200, &listed),
            }
        })
        .await;
        let session = on(&stub, software);
        let frozen = adapter().freeze(&session, &quoting()).await.unwrap();
        let said = match adapter().look(&session, &frozen, 0, None).await.unwrap() {
            Look::There(_) => "there",
            Look::Alike { .. } => "alike",
            Look::Absent => "absent",
            Look::CannotTell | Look::Unseen => "cannot tell",
        };
        assert_eq!(said, expected, "{software:?} {content} {quote}");
    }
}

/// The same words with a quote of somebody's are another post.
#[tokio::test]
async fn a_quote_is_not_taken_for_plain_words() {
    for (software, expected) in [
        (Software::Mastodon, Look::Absent),
        (Software::Unknown, Look::Alike { url: None }),
    ] {
        let mut there = status("61", "<p>my words</p>", "unlisted");
        there["quote"] = json!({"state": "accepted", "quoted_status": {"id": "55"}});
        there["url"] = json!(null);
        let stub =
            Stub::start(
                move |seen| match seen.path.contains("max_id") || seen.path.contains("limit=1&") {
                    true => json(200, &json!([])),
                    false => json(200, &json!([there])),
                },
            )
            .await;
        let session = on(&stub, software);
        let frozen = adapter()
            .freeze(&session, &outgoing(&["my words"]))
            .await
            .unwrap();
        let look = adapter().look(&session, &frozen, 0, None).await.unwrap();
        assert_eq!(look, expected, "{software:?}");
    }
}

#[tokio::test]
async fn a_repost_is_proved_by_the_server() {
    let wrapper = |of: &str, author: Value| {
        json!({"id": "70", "url": null, "content": "", "visibility": "unlisted", "account": author,
               "reblog": bobs(&json!({"id": of, "reblogged": true}))})
    };
    let own = json!({"id": "1", "acct": "alice"});
    for (said, author) in [
        (wrapper("55", own.clone()), Some("1")),
        (wrapper("55", json!({"id": "2"})), Some("2")),
        (wrapper("55", json!(null)), None),
        (wrapper("56", own), None),
        // Friendica, Pixelfed and snac answer with the post itself.
        (bobs(&json!({"reblogged": true})), Some("1")),
        (bobs(&json!({"reblogged": false})), None),
        (bobs(&json!({"reblogged": true, "id": "56"})), None),
        (json!({}), None),
    ] {
        let answered = said.clone();
        let stub = with(bobs(&json!({})), move |seen| {
            assert_eq!(
                (seen.method.as_str(), seen.path.as_str()),
                ("POST", "/api/v1/statuses/55/reblog")
            );
            json(200, &answered)
        })
        .await;
        let session = on(&stub, Software::Mastodon);
        let frozen = adapter()
            .freeze(&session, &reposting(Some(Visibility::Unlisted)))
            .await
            .unwrap();
        let answer = adapter().post(&session, &frozen, 0, None).await;
        let sent = stub.seen().pop().unwrap();
        assert_eq!(sent.json(), json!({"visibility": "unlisted"}));
        let Answer::Posted {
            receipt,
            author: named,
        } = answer
        else {
            assert_eq!(
                (answer, author),
                (Answer::Unclear { status: Some(200) }, None),
                "{said}"
            );
            continue;
        };
        assert_eq!(named.as_deref(), author, "{said}");
        assert_eq!(
            (receipt.ids, receipt.url.as_deref()),
            (vec!["reblog:55".to_owned()], Some(BOBS))
        );
    }
    // Where nothing was asked for, the account's own setting counts.
    let stub = with(bobs(&json!({})), |_| {
        json(200, &bobs(&json!({"reblogged": true})))
    })
    .await;
    let session = on(&stub, Software::Mastodon);
    let frozen = adapter().freeze(&session, &reposting(None)).await.unwrap();
    adapter().post(&session, &frozen, 0, None).await;
    assert!(stub.seen().pop().unwrap().body.is_empty());
}

#[tokio::test]
async fn reposts_that_are_not_sent() {
    for (post, software, visibility, expected) in [
        (
            json!({"reblogged": true}),
            Software::Mastodon,
            None,
            "already_reposted",
        ),
        (
            json!({"url": "https://x.example/"}),
            Software::Mastodon,
            None,
            "repost_not_found",
        ),
        (
            json!({"id": "../5"}),
            Software::Mastodon,
            None,
            "repost_not_found",
        ),
        (
            json!({}),
            Software::Unknown,
            Some(Visibility::Private),
            "repost_would_be_wider",
        ),
        (
            json!({}),
            Software::Mastodon,
            Some(Visibility::Direct),
            "repost_would_be_wider",
        ),
    ] {
        let stub = with(bobs(&post), |_| panic!("nothing is sent")).await;
        let session = on(&stub, software);
        let refused = adapter().freeze(&session, &reposting(visibility)).await;
        assert_eq!(code(refused), expected, "{post}");
    }
    // What somebody reposted is reposted, not the repost.
    let around = json!({"id": "77", "url": BOBS, "reblog": bobs(&json!({}))});
    let stub = with(around, |_| panic!("nothing is sent")).await;
    let frozen = adapter()
        .freeze(&on(&stub, Software::Mastodon), &reposting(None))
        .await
        .unwrap();
    let record: Value = serde_json::from_str(&frozen.0).unwrap();
    assert_eq!(record["parts"][0]["repost"]["id"], "55");
    assert_eq!(record["v"], 2);
}

#[tokio::test]
async fn a_repost_whose_answer_was_lost() {
    for (post, answered, expected) in [
        (bobs(&json!({"reblogged": true})), 200, "there"),
        (bobs(&json!({})), 200, "absent"),
        (bobs(&json!({"reblogged": null})), 200, "cannot tell"),
        (bobs(&json!({"id": "56", "reblogged": true})), 200, "cannot tell"),
        // The post is gone, and perhaps the repost went before.
        (json!({"error": "Record not found"}), 404, "cannot tell"),
        (json!({"error": "down"}), 503, "error"),
    ] {
        let said = post.clone();
        let stub = with(bobs(&json!({})), move |_| json(answered, &said)).await;
        let session = on(&stub, Software::Mastodon);
        let frozen = adapter().freeze(&session, &reposting(None)).await.unwrap();
        let look = adapter().look(&session, &frozen, 0, None).await;
        assert_eq!(
            stub.seen().pop().unwrap().header("authorization"),
            Some("Bearer t0ken")
        );
        let said = match look {
            Ok(Look::There(receipt)) if receipt.ids == ["reblog:55"] => "there",
            Ok(Look::Absent) => "absent",
            Ok(Look::CannotTell) => "cannot tell",
            Err(CallError::Unclear { .. }) => "error",
            other => panic!("{other:?}"),
        };
        assert_eq!(said, expected, "{post}");
    }
    for (reblogged, known, there) in [(true, "", true), (true, "reblog:55", false), (false, "", false)] {
        let stub = with(bobs(&json!({"reblogged": reblogged})), |_| {
            panic!("it is not asked for twice")
        })
        .await;
        let session = on(&stub, Software::Mastodon);
        let known = [known.to_owned()];
        let found = adapter()
            .find(&session, &reposting(None), now(), &known)
            .await
            .unwrap();
        assert_eq!(matches!(found, Found::There(_)), there, "{found:?}");
    }
}

#[tokio::test]
async fn a_repost_is_undone_and_the_post_stays() {
    let refused = |words: &str| json(400, &json!({"error": words}));
    for (status, reblogged, expected) in [
        (200, false, Ok(())),
        // Pleroma, where there is none.
        (400, false, Ok(())),
        (400, true, Err(())),
        (404, false, Ok(())),
        (503, true, Err(())),
    ] {
        let stub = Stub::start(move |seen| match (seen.method.as_str(), seen.path.as_str()) {
            ("POST", "/api/v1/statuses/55/unreblog") if status == 200 => json(200, &bobs(&json!({}))),
            ("POST", "/api/v1/statuses/55/unreblog") if status == 400 => refused("Could not unrepeat"),
            ("POST", "/api/v1/statuses/55/unreblog") => json(status, &json!({"error": "Record not found"})),
            ("GET", "/api/v1/statuses/55") => json(200, &bobs(&json!({"reblogged": reblogged}))),
            other => panic!("{other:?}"),
        })
        .await;
        let session = on(&stub, Software::Pleroma);
        let undone = adapter().delete(&session, "reblog:55").await;
        assert_eq!(undone.map_err(drop), expected, "{status} {reblogged}");
    }
    let stub = Stub::start(|_| panic!("nobody is asked")).await;
    for id in ["reblog:", "reblog:../accounts", "reblog:5/5"] {
        let undone = adapter().delete(&on(&stub, Software::Mastodon), id).await;
        assert_eq!(undone, Err(CallError::Unsupported("delete")));
    }
}

/// What each of the parts is frozen as, of an answer to Bob's post (`theirs`) by an account whose posts are usually `own`.
async fn answered(theirs: &str, own: Value, chosen: Option<Visibility>) -> Value {
    let theirs = bobs(&json!({"visibility": theirs}));
    let stub = with(theirs, move |seen| match seen.path.as_str() {
        "/api/v1/accounts/verify_credentials" => json(
            200,
            &json!({"id": "1", "acct": "alice", "source": {"privacy": own}}),
        ),
        path => panic!("{path}"),
    })
    .await;
    let mut reply = outgoing(&["my words", "more"]);
    reply.visibility = chosen;
    reply.reply_to = Some(BOBS.to_owned());
    let frozen = adapter()
        .freeze(&on(&stub, Software::Mastodon), &reply)
        .await
        .unwrap();
    let record: Value = serde_json::from_str(&frozen.0).unwrap();
    let parts = record["parts"].as_array().unwrap().clone();
    assert_eq!(
        parts[0]["visibility"], parts[1]["visibility"],
        "the next parts as well"
    );
    parts[0]["visibility"].clone()
}

#[tokio::test]
async fn where_nothing_is_chosen_it_is_no_wider_than_the_account_s_own_posts_and_what_it_answers() {
    for (theirs, own, expected) in [
        ("public", json!("public"), "public"),
        ("public", Value::Null, "public"),
        ("public", json!("private"), "private"),
        ("unlisted", json!("public"), "unlisted"),
        ("unlisted", json!("private"), "private"),
        ("private", json!("public"), "private"),
        ("direct", json!("private"), "direct"),
        // Akkoma's, and whatever comes.
        ("local", json!("public"), "private"),
    ] {
        assert_eq!(
            answered(theirs, own.clone(), None).await,
            expected,
            "{theirs} {own}"
        );
    }
    let chosen = Some(Visibility::Public);
    assert_eq!(
        answered("private", json!("private"), chosen).await,
        "public",
        "a person's own word"
    );
}

#[tokio::test]
async fn a_post_is_as_the_account_s_posts_are() {
    let stub = with(bobs(&json!({})), |_| {
        json(
            200,
            &json!({"id": "1", "acct": "alice", "source": {"privacy": "private"}}),
        )
    })
    .await;
    let mut post = outgoing(&["my words"]);
    post.visibility = None;
    let frozen = adapter()
        .freeze(&on(&stub, Software::Mastodon), &post)
        .await
        .unwrap();
    let record: Value = serde_json::from_str(&frozen.0).unwrap();
    assert_eq!(record["parts"][0]["visibility"], "private");
}
