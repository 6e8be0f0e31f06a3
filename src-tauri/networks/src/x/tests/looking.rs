//! Looking for what may be there.

use kossori_core::answer::Receipt;
use kossori_engine::ports::{CallError, Found, Frozen, Look, Named, Outgoing, Publisher};
use serde_json::{Value, json};

use super::{adapter, frozen_of, outgoing, page, picture, session};
use crate::testing::{Does, Seen, Stub, json, says};

const LINK: &str = "昼休み & <3 example.com/a";

fn post(id: u64, text: &str) -> Value {
    json!({"id": id.to_string(), "text": text, "conversation_id": id.to_string(),
           "created_at": "2026-11-23T12:31:01.000Z"})
}

fn answering(id: u64, text: &str, parent: u64) -> Value {
    let mut post = post(id, text);
    post["conversation_id"] = json!("1");
    post["referenced_posts"] = json!([{"type": "replied_to", "id": parent.to_string()}]);
    post
}

/// What X makes of `LINK`.
fn with_link(id: u64, full: &str) -> Value {
    let mut post = post(id, "昼休み &amp; &lt;3 https://t.co/abc");
    post["entities"] =
        json!({"urls": [{"start": 0, "end": 1, "url": "https://t.co/abc", "expanded_url": full}]});
    post
}

fn with_pictures(mut post: Value, keys: &[&str]) -> Value {
    post["text"] = json!(format!("{} https://t.co/pic", post["text"].as_str().unwrap()));
    post["attachments"] = json!({"media_keys": keys});
    post["entities"] = json!({"urls": [{"url": "https://t.co/pic", "media_key": keys[0]}]});
    post
}

fn noise(from: u64, to: u64) -> Vec<Value> {
    (from..=to).rev().map(|id| post(id, "other")).collect()
}

fn query(seen: &Seen, name: &str) -> Option<String> {
    let url = reqwest::Url::parse(&format!("http://x{}", seen.path)).unwrap();
    let mut pairs = url.query_pairs();
    pairs
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.into_owned())
}

/// A server with these own posts, newest first, in pages of seven.
async fn timeline(posts: Vec<Value>, knows_since: bool) -> Stub {
    Stub::start(move |seen| {
        assert!(
            seen.path.starts_with("/2/users/7/tweets?max_results=100&"),
            "{}",
            seen.path
        );
        let since = query(seen, "since_id").filter(|_| knows_since);
        let since: u64 = since.map_or(0, |id| id.parse().unwrap());
        let from = query(seen, "pagination_token").map_or(0, |token| token[1..].parse().unwrap());
        let all: Vec<&Value> = posts
            .iter()
            .filter(|post| post["id"].as_str().unwrap().parse::<u64>().unwrap() > since)
            .collect();
        let part: Vec<Value> = all
            .iter()
            .skip(from)
            .take(7)
            .map(|post| (*post).clone())
            .collect();
        let next = (all.len() > from + 7).then(|| format!("t{}", from + 7));
        json(200, &page(&part, next.as_deref()))
    })
    .await
}

async fn looked(frozen: &Frozen, part: u32, parent: Option<&str>, posts: Vec<Value>) -> Look {
    let stub = timeline(posts, true).await;
    adapter()
        .look(&session(&stub.url), frozen, part, parent)
        .await
        .unwrap()
}

/// The id of what is there, or of what is like it.
fn id_of(look: &Look) -> (&'static str, Option<String>) {
    let id = |url: &str| url.rsplit('/').next().unwrap().to_owned();
    match look {
        Look::There(receipt) => ("there", receipt.ids.first().cloned()),
        Look::Alike { url } => ("alike", url.as_deref().map(id)),
        Look::Absent => ("absent", None),
        Look::Unseen | Look::CannotTell => ("cannot tell", None),
    }
}

#[tokio::test]
async fn looking() {
    let frozen = frozen_of(&outgoing(&[LINK, "two"])).await;
    let among = |one: Value| [noise(41, 60), vec![one], noise(1, 39)].concat();
    let mut repost = with_link(40, "http://example.com/a");
    repost["referenced_tweets"] = json!([{"type": "retweeted", "id": "5"}]);
    let mut answers = with_link(40, "http://example.com/a");
    answers["referenced_tweets"] = json!([{"type": "replied_to", "id": "5"}]);
    let mut untold = with_link(40, "http://example.com/a");
    untold["conversation_id"] = json!("5");
    let pictured = with_pictures(post(40, "two"), &["3_1"]);
    for (why, posts, expected) in [
        ("there", among(with_link(40, "http://example.com/a")), "there"),
        (
            "another link",
            among(with_link(40, "http://example.com/b")),
            "alike",
        ),
        ("nothing", noise(1, 60), "absent"),
        ("no post at all", vec![], "absent"),
        (
            "from before the claim",
            [noise(11, 60), vec![with_link(9, "http://example.com/a")]].concat(),
            "absent",
        ),
        ("somebody's, handed on", among(repost), "absent"),
        ("an answer", among(answers), "absent"),
        ("an answer, it is not said to what", among(untold), "alike"),
        ("other words with a picture", among(pictured), "absent"),
    ] {
        for knows_since in [true, false] {
            let stub = timeline(posts.clone(), knows_since).await;
            let look = adapter()
                .look(&session(&stub.url), &frozen, 0, None)
                .await
                .unwrap();
            let id = (expected != "absent").then(|| "40".to_owned());
            assert_eq!(id_of(&look), (expected, id), "{why}, {knows_since}");
            let seen = stub.seen();
            assert!(
                seen.iter()
                    .all(|seen| query(seen, "since_id").as_deref() == Some("10")),
                "{why}"
            );
        }
    }
    // A later part is told by what it answers.
    for (posts, parent, expected) in [
        (vec![answering(41, "two", 40)], "40", "there"),
        (vec![answering(41, "@alice two", 40)], "40", "there"),
        (vec![answering(41, "two", 40)], "39", "absent"),
        (vec![post(41, "two")], "40", "absent"),
    ] {
        let look = looked(&frozen, 1, Some(parent), posts).await;
        assert_eq!(id_of(&look).0, expected, "{parent}");
    }
}

#[tokio::test]
async fn looks_that_say_nothing() {
    let frozen = frozen_of(&outgoing(&["one"])).await;
    let unclear = |status| Err(CallError::Unclear { status: Some(status) });
    let offline = || Err(CallError::Offline);
    let html = [("Content-Type", "text/html")];
    let one = || page(&[post(40, "one")], None);
    let mut more = one();
    more["meta"]["result_count"] = json!(2);
    let mut nameless = one();
    nameless["data"][0]
        .as_object_mut()
        .unwrap()
        .remove("conversation_id");
    let mut linked = page(&[post(40, "one https://t.co/a")], None);
    linked["data"][0]["entities"] = json!({});
    let mut bobs = one();
    bobs["data"][0]["author_id"] = json!("8");
    let cases: Vec<(&str, super::Says, Result<Look, CallError>)> = vec![
        (
            "a page",
            Box::new(move || says(200, &html, "<html>")),
            unclear(200),
        ),
        ("nothing", Box::new(|| json(200, &json!({}))), unclear(200)),
        (
            "errors",
            Box::new(|| json(200, &json!({"errors": [{"title": "x"}]}))),
            unclear(200),
        ),
        (
            "not as many as it says",
            Box::new(move || json(200, &more)),
            unclear(200),
        ),
        (
            "fields were dropped",
            Box::new(move || json(200, &nameless)),
            unclear(200),
        ),
        (
            "links were dropped",
            Box::new(move || json(200, &linked)),
            unclear(200),
        ),
        (
            "somebody else's",
            Box::new(move || json(200, &bobs)),
            unclear(200),
        ),
        (
            "for ever",
            Box::new(|| json(200, &page(&[post(40, "x")], Some("same")))),
            unclear(200),
        ),
        (
            "a token that is none",
            Box::new(|| json(200, &page(&[], Some("a&b")))),
            unclear(200),
        ),
        (
            "their trouble",
            Box::new(|| json(503, &json!({"title": "x"}))),
            unclear(503),
        ),
        (
            "too much",
            Box::new(|| Does::Floods(b"HTTP/1.1 200 X\r\n\r\n".to_vec())),
            unclear(200),
        ),
        ("cut", Box::new(|| Does::Hangs), offline()),
        ("too late", Box::new(|| Does::Waits), offline()),
        (
            "no credit",
            Box::new(|| json(402, &json!({"title": "CreditsDepleted", "detail": "x"}))),
            Err(CallError::OutOfCredit),
        ),
    ];
    for (why, does, expected) in cases {
        let stub = Stub::start(move |_| does()).await;
        let look = adapter().look(&session(&stub.url), &frozen, 0, None).await;
        assert_eq!(look, expected, "{why}");
    }
    // The second page is lost: what is on the first one is no answer.
    let stub = Stub::start(|seen| match query(seen, "pagination_token") {
        None => json(200, &page(&noise(34, 40), Some("t7"))),
        Some(_) => json(500, &json!({})),
    })
    .await;
    let look = adapter().look(&session(&stub.url), &frozen, 0, None).await;
    assert_eq!(look, Err(CallError::Unclear { status: Some(500) }));
    // More than can be looked through.
    let stub = timeline(noise(11, 200), true).await;
    let look = adapter().look(&session(&stub.url), &frozen, 0, None).await;
    assert_eq!(look, Err(CallError::Unclear { status: Some(200) }));
    assert_eq!(stub.seen().len(), 10);
}

/// Servers that know the one or the other words for what is asked.
#[tokio::test]
async fn either_words_are_tried() {
    let frozen = frozen_of(&outgoing(&["one", "two"])).await;
    for refuses in [true, false] {
        let stub = Stub::start(move |seen| {
            if query(seen, "tweet.fields").is_some() {
                let mut part = answering(41, "two", 40);
                let references = part["referenced_posts"].take();
                part["referenced_tweets"] = references;
                return json(200, &page(&[part], None));
            }
            if refuses {
                let kind = "https://api.x.com/2/problems/invalid-request";
                return json(
                    400,
                    &json!({"title": "Invalid Request", "detail": "x", "type": kind}),
                );
            }
            json(200, &page(&[json!({"id": "41", "text": "two"})], None))
        })
        .await;
        let look = adapter()
            .look(&session(&stub.url), &frozen, 1, Some("40"))
            .await
            .unwrap();
        assert_eq!(id_of(&look), ("there", Some("41".to_owned())));
        assert_eq!(stub.seen().len(), 2);
    }
}

async fn uploaded(post: &Outgoing) -> Frozen {
    let frozen = frozen_of(post).await;
    let stub = Stub::start(|_| json(200, &json!({"data": {"id": "71"}}))).await;
    adapter()
        .upload(&session(&stub.url), &frozen, 0, &post.parts[0].pictures)
        .await
        .unwrap()
}

#[tokio::test]
async fn pictures() {
    let mut words = outgoing(&["a cat"]);
    words.parts[0].pictures = vec![picture(b"PNG", "image/png", "")];
    let mut bare = outgoing(&[""]);
    bare.parts[0].pictures = vec![picture(b"PNG", "image/png", "")];
    let (with_words, without) = (uploaded(&words).await, uploaded(&bare).await);
    let untried = frozen_of(&bare).await;
    let cat = |key: &str| with_pictures(post(40, "a cat"), &[key]);
    let only = |key: &str| with_pictures(post(40, ""), &[key]);
    for (why, frozen, there, expected) in [
        ("our upload", &with_words, cat("3_71"), "there"),
        (
            "our upload, its words changed",
            &with_words,
            with_pictures(post(40, "b"), &["3_71"]),
            "there",
        ),
        (
            "the same words, another picture",
            &with_words,
            cat("3_72"),
            "alike",
        ),
        (
            "the same words, no picture",
            &with_words,
            post(40, "a cat"),
            "alike",
        ),
        (
            "the same words, two pictures",
            &with_words,
            with_pictures(post(40, "a cat"), &["3_1", "3_2"]),
            "alike",
        ),
        ("our upload alone", &without, only("3_71"), "there"),
        ("another one alone", &without, only("3_72"), "alike"),
        ("nothing at all", &without, post(40, ""), "absent"),
        ("one from another copy", &untried, only("3_72"), "alike"),
        (
            "other words",
            &with_words,
            with_pictures(post(40, "b"), &["3_72"]),
            "absent",
        ),
    ] {
        let look = looked(frozen, 0, None, vec![there]).await;
        assert_eq!(id_of(&look).0, expected, "{why}");
    }
}

/// Of what another copy of the folder may have sent.
#[tokio::test]
async fn finding() {
    let thread = outgoing(&["one", "two"]);
    let one = || post(40, "one");
    let mut older = one();
    older["created_at"] = json!("2000-01-01T00:00:00.000Z");
    for (why, posts, known, expected) in [
        ("nothing is there", vec![], "", Some(("absent", None))),
        ("all of it", vec![answering(41, "two", 40), one()], "", None),
        (
            "its first part alone",
            vec![one()],
            "",
            Some(("alike", Some("40"))),
        ),
        (
            "its second answers something else",
            vec![answering(41, "two", 39), one()],
            "",
            Some(("alike", Some("40"))),
        ),
        (
            "its second part alone",
            vec![answering(41, "two", 40)],
            "",
            Some(("absent", None)),
        ),
        (
            "another one of the same words",
            vec![one()],
            "40",
            Some(("absent", None)),
        ),
        ("an older one", vec![older], "", Some(("absent", None))),
    ] {
        let stub = timeline(posts, true).await;
        let session = session(&stub.url);
        let url = |id: &str| Some(format!("{}/alice/status/{id}", stub.url));
        let since = "2026-11-23T12:00:00.9Z".parse().unwrap();
        let found = adapter()
            .find(&session, &thread, since, &[known.to_owned()])
            .await
            .unwrap();
        let expected = match expected {
            Some(("absent", _)) => Found::Absent,
            Some((_, id)) => Found::Alike {
                url: id.and_then(url),
            },
            None => Found::There(Receipt {
                ids: vec!["40".to_owned(), "41".to_owned()],
                url: url("40"),
                last_url: url("41"),
                visibility: None,
            }),
        };
        assert_eq!(found, expected, "{why}");
        let start = query(&stub.seen()[0], "start_time");
        assert_eq!(start.as_deref(), Some("2026-11-23T12:00:00Z"), "{why}");
    }
}

#[tokio::test]
async fn a_part_that_a_person_names_by_its_address() {
    let frozen = frozen_of(&outgoing(&["one", "two"])).await;
    let own = || vec![answering(41, "two", 40), post(40, "one")];
    for (path, posts, expected) in [
        ("/alice/status/41", own(), "the part"),
        ("/Alice/status/41/photo/1?s=20", own(), "the part"),
        ("/i/status/41", own(), "the part"),
        ("/old_name/status/41", own(), "the part"),
        ("/alice/status/40", own(), "other content"),
        ("/alice/status/10", own(), "other content"),
        ("/alice/status/9", own(), "other content"),
        ("/alice/status/42", own(), "nothing"),
        ("/i/status/42", own(), "nothing"),
        ("/bob/status/42", own(), "other author"),
        (
            "/alice/status/41",
            vec![answering(41, "two", 39)],
            "other content",
        ),
        (
            "/alice/status/41",
            vec![answering(41, "three", 40)],
            "other content",
        ),
        ("/alice", own(), "nothing"),
        ("", own(), "nothing"),
    ] {
        let stub = timeline(posts, true).await;
        let url = format!("{}{path}", stub.url);
        let named = adapter()
            .at_url(&session(&stub.url), &frozen, 1, Some("40"), &url)
            .await
            .unwrap();
        let said = match &named {
            Named::ThePart(receipt) => {
                assert_eq!(receipt.ids, ["41"]);
                "the part"
            }
            Named::Nothing => "nothing",
            Named::OtherAuthor => "other author",
            Named::OtherContent => "other content",
        };
        assert_eq!(said, expected, "{path}");
    }
    let stub = timeline(own(), true).await;
    let elsewhere = "https://elsewhere.example/alice/status/41";
    let named = adapter()
        .at_url(&session(&stub.url), &frozen, 1, Some("40"), elsewhere)
        .await;
    assert_eq!((named, stub.seen().len()), (Ok(Named::Nothing), 0));
}
