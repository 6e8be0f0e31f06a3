//! Quotes and renotes.

use kossori_core::answer::Answer;
use kossori_core::network::Visibility;
use kossori_engine::ports::{CallError, Found, Frozen, Look, Outgoing, Publisher};
use serde_json::{Value, json};

use super::{OTHERS, adapter, answers, asked, at, note, outgoing, page_of, record};
use crate::testing::{Seen, Stub, now};

fn quoting() -> Outgoing {
    let mut quote = outgoing(&["my words", "more"]);
    quote.quote = Some(OTHERS.to_owned());
    quote
}

fn reposting(visibility: Option<Visibility>) -> Outgoing {
    let mut repost = outgoing(&[""]);
    repost.visibility = visibility;
    repost.repost = Some(OTHERS.to_owned());
    repost
}

fn bobs(visibility: &str) -> Value {
    json!({"id": "b1", "userId": "u9", "uri": OTHERS, "visibility": visibility, "text": "hi"})
}

/// A server that knows Bob's note, with these notes of the account's own.
async fn with(theirs: Value, own: Vec<Value>) -> Stub {
    Stub::start(move |seen: &Seen| match seen.path.as_str() {
        "/api/ap/show" => answers(200, &json!({"type": "Note", "object": theirs})),
        "/api/users/notes" => answers(200, &json!(page_of(&own, seen, 100))),
        "/api/notes/create" => {
            let body = seen.json();
            let made = note(
                "a6",
                "x",
                &[
                    ("text", body["text"].clone()),
                    ("renoteId", body["renoteId"].clone()),
                ],
            );
            answers(200, &json!({"createdNote": made}))
        }
        path => panic!("{path}"),
    })
    .await
}

fn code(result: Result<Frozen, CallError>) -> String {
    match result {
        Ok(_) => "ok".to_owned(),
        Err(CallError::Refused { code, .. }) => code,
        Err(CallError::Unsupported(what)) => what.to_owned(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn what_is_sent() {
    let stub = with(bobs("public"), vec![]).await;
    let (adapter, session) = (adapter(), at(&stub));
    let frozen = adapter.freeze(&session, &quoting()).await.unwrap();
    for (part, before) in [(0, None), (1, Some("a6"))] {
        let answer = adapter.post(&session, &frozen, part, before).await;
        assert!(matches!(answer, Answer::Posted { .. }), "{answer:?}");
    }
    let repost = adapter.freeze(&session, &reposting(None)).await.unwrap();
    assert_eq!(record(&repost)["v"], 2);
    let Answer::Posted { receipt, author } = adapter.post(&session, &repost, 0, None).await else {
        panic!("posted")
    };
    assert_eq!(
        (receipt.ids, author.as_deref()),
        (vec!["a6".to_owned()], Some("u1"))
    );
    let sent: Vec<Value> = asked(&stub, "/api/notes/create").iter().map(Seen::json).collect();
    assert_eq!(
        sent,
        [
            json!({"visibility": "home", "text": "my words", "renoteId": "b1"}),
            json!({"visibility": "home", "text": "more", "replyId": "a6"}),
            json!({"visibility": "public", "renoteId": "b1"}),
        ]
    );
}

#[tokio::test]
async fn what_may_not_be_renoted() {
    use Visibility::{Direct, Private, Public};
    for (theirs, author, visibility, quote, repost) in [
        (bobs("public"), "u1", Private, "ok", "ok"),
        (bobs("home"), "u1", Public, "ok", "ok"),
        // Only those named see one for those named.
        (
            bobs("specified"),
            "u1",
            Public,
            "quote_not_allowed",
            "repost_not_allowed",
        ),
        (
            bobs("followers"),
            "u1",
            Public,
            "quote_not_allowed",
            "repost_not_allowed",
        ),
        (bobs("followers"), "u9", Public, "ok", "ok"),
        // The server would make it one for all followers.
        (
            bobs("followers"),
            "u9",
            Direct,
            "quote_would_be_wider",
            "repost_would_be_wider",
        ),
        (bobs("public"), "u1", Direct, "ok", "repost_would_be_wider"),
        (
            json!({"id": "", "uri": OTHERS}),
            "u1",
            Public,
            "quote_not_found",
            "repost_not_found",
        ),
    ] {
        let stub = with(theirs.clone(), vec![]).await;
        let mut session = at(&stub);
        session.account.author_id = author.to_owned();
        let mut quoted = quoting();
        quoted.visibility = Some(visibility);
        assert_eq!(
            code(adapter().freeze(&session, &quoted).await),
            quote,
            "{theirs} {visibility:?}"
        );
        let reposted = reposting(Some(visibility));
        assert_eq!(
            code(adapter().freeze(&session, &reposted).await),
            repost,
            "{theirs} {visibility:?}"
        );
    }
    let stub = with(bobs("public"), vec![]).await;
    let mut without_words = quoting();
    without_words.parts[0].text = " ".to_owned();
    assert_eq!(
        code(adapter().freeze(&at(&stub), &without_words).await),
        "quote",
        "it would be a repost"
    );
}

#[tokio::test]
async fn looking() {
    let of = |id: &str, text: Value, renoted: Value| note(id, "", &[("text", text), ("renoteId", renoted)]);
    for (text, renoted, quote, repost) in [
        (json!("my words"), json!("b1"), true, false),
        (json!(null), json!("b1"), false, true),
        (json!("my words"), json!("b2"), false, false),
        (json!(null), json!("b2"), false, false),
        (json!("my words"), json!(null), false, false),
        (json!("other"), json!("b1"), false, false),
    ] {
        let before = with(bobs("public"), vec![of("a4", json!(null), json!("b1"))]).await;
        let after = with(
            bobs("public"),
            vec![
                of("a4", json!(null), json!("b1")),
                of("a5", text.clone(), renoted.clone()),
            ],
        )
        .await;
        for (post, expected) in [(quoting(), quote), (reposting(None), repost)] {
            let frozen = adapter().freeze(&at(&before), &post).await.unwrap();
            let look = adapter().look(&at(&after), &frozen, 0, None).await.unwrap();
            match look {
                Look::There(receipt) if expected => assert_eq!(receipt.ids, ["a5"]),
                Look::Absent if !expected => {}
                other => panic!("{text} {renoted}: {other:?}"),
            }
        }
    }
    // What was renoted of somebody who is muted is shown to strangers alone.
    let own = vec![of("a5", json!(null), json!("b1"))];
    let hiding = Stub::start(move |seen: &Seen| match seen.header("authorization") {
        Some(_) => answers(200, &json!([])),
        None => answers(200, &json!(page_of(&own, seen, 100))),
    })
    .await;
    let known = with(bobs("public"), vec![]).await;
    let frozen = adapter()
        .freeze(&at(&known), &reposting(Some(Visibility::Unlisted)))
        .await
        .unwrap();
    let look = adapter().look(&at(&hiding), &frozen, 0, None).await.unwrap();
    assert!(matches!(look, Look::There(_)), "{look:?}");

    for (known, there) in [("", true), ("a5", false)] {
        let stub = with(bobs("public"), vec![of("a5", json!(null), json!("b1"))]).await;
        let found = adapter()
            .find(
                &at(&stub),
                &reposting(Some(Visibility::Unlisted)),
                now(),
                &[known.to_owned()],
            )
            .await
            .unwrap();
        assert_eq!(matches!(found, Found::There(_)), there, "{found:?}");
    }
}

#[tokio::test]
async fn an_answer_is_no_wider_than_what_it_answers_if_nothing_is_chosen() {
    for (theirs, chosen, expected) in [
        ("public", None, "public"),
        ("home", None, "home"),
        ("followers", None, "followers"),
        ("specified", None, "specified"),
        ("followers", Some(Visibility::Unlisted), "home"),
    ] {
        let stub = with(bobs(theirs), Vec::new()).await;
        let mut reply = outgoing(&["my words", "more"]);
        reply.visibility = chosen;
        reply.reply_to = Some(OTHERS.to_owned());
        let frozen = adapter().freeze(&at(&stub), &reply).await.unwrap();
        let parts = record(&frozen)["parts"].clone();
        assert_eq!(parts[0]["visibility"], expected, "{theirs}");
        assert_eq!(parts[1]["visibility"], expected, "the next parts as well");
    }
}
