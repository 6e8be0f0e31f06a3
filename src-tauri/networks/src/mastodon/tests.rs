//! The adapter against servers that differ as real ones do.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use kossori_core::answer::{Answer, Receipt, Refusal};
use kossori_core::network::{Network, Software, Visibility};
use kossori_engine::ports::{
    CallError, CleanPicture, Frozen, Outgoing, OutgoingPart, OutgoingPicture, Publisher, SignIn,
};
use kossori_engine::secret::Secret;
use serde_json::{Value, json};

use super::Mastodon;
use crate::testing::{Does, FixedClock, Seen, Stub, json, now, options, says, session};

pub(super) const TOKENS: &str = r#"{"access_token":"t0ken"}"#;

pub(super) fn adapter() -> Mastodon {
    Mastodon::new(Arc::new(FixedClock), &options())
}

pub(super) fn outgoing(texts: &[&str]) -> Outgoing {
    let parts = texts.iter().map(|text| OutgoingPart {
        text: (*text).to_owned(),
        pictures: Vec::new(),
    });
    Outgoing {
        parts: parts.collect(),
        cw: None,
        visibility: Some(Visibility::Unlisted),
        lang: Some("ja-JP".to_owned()),
        reply_to: None,
        quote: None,
        repost: None,
        at: now(),
        key: [7; 16],
    }
}

pub(super) fn picture(alt: &str) -> OutgoingPicture {
    let bytes: Arc<[u8]> = Arc::from(&b"not really a picture"[..]);
    let picture = CleanPicture {
        bytes,
        mime: "image/png".to_owned(),
        width: 1,
        height: 1,
    };
    OutgoingPicture {
        picture,
        alt: alt.to_owned(),
    }
}

pub(super) fn status(id: &str, content: &str, visibility: &str) -> Value {
    json!({"id": id, "url": format!("https://example.social/@alice/{id}"), "content": content, "visibility": visibility,
           "account": {"id": "1", "acct": "alice"}, "in_reply_to_id": null, "media_attachments": []})
}

pub(super) async fn frozen_with(adapter: &Mastodon, outgoing: &Outgoing, newest: Value) -> Frozen {
    let stub = Stub::start(move |_| json(200, &newest)).await;
    adapter
        .freeze(&session(Network::Mastodon, &stub.url, "1", TOKENS), outgoing)
        .await
        .unwrap()
}

#[tokio::test]
async fn signing_in() {
    let stub = Stub::start(|seen: &Seen| match seen.path.as_str() {
        "/api/v1/accounts/verify_credentials" if seen.header("authorization") != Some("Bearer t0ken") => {
            json(401, &json!({"error": "The access token is invalid"}))
        }
        "/api/v1/accounts/verify_credentials" => json(200, &json!({"id": "1", "acct": "alice"})),
        "/api/v2/instance" => json(404, &json!({"error": "Record not found"})),
        "/api/v1/instance" => json(
            200,
            &json!({"uri": "example.social", "configuration": {"statuses": {"max_characters": 700}}}),
        ),
        "/.well-known/nodeinfo" => {
            let host = seen.header("host").unwrap();
            json(
                200,
                &json!({"links": [
                    {"rel": "http://nodeinfo.diaspora.software/ns/schema/2.0", "href": format!("http://{host}/nodeinfo/2.0")},
                    {"rel": "https://www.w3.org/ns/activitystreams#Application", "href": "https://elsewhere.example/actor"},
                ]}),
            )
        }
        "/nodeinfo/2.0" => json(200, &json!({"software": {"name": "Akkoma"}})),
        path => panic!("{path}"),
    })
    .await;
    let mut sign_in = SignIn {
        network: Network::Mastodon,
        server: Some(format!("{}/@alice", stub.url)),
        handle: None,
        secret: Some(Secret::new("t0ken\n".to_owned())),
        kept: None,
        client_id: None,
        client_secret: None,
        client_name: None,
        local_server: true,
        plc: None,
        proxy: None,
    };
    for given in ["t0ken\n", r#"{"access_token":"t0ken","scope":"read write"}"#] {
        sign_in.secret = Some(Secret::new(given.to_owned()));
        let signed_in = adapter().sign_in(&sign_in).await.unwrap();
        assert_eq!(signed_in.server, stub.url);
        assert_eq!(signed_in.handle, "alice@example.social");
        assert_eq!(signed_in.author_id, "1");
        assert_eq!(signed_in.tokens.expose(), TOKENS);
        assert_eq!(signed_in.about.limits.text.max, 700);
        assert_eq!(signed_in.about.software, Software::Akkoma);
    }
    for request in stub.seen().iter().filter(|seen| seen.path.contains("nodeinfo")) {
        assert_eq!(request.header("authorization"), None, "{}", request.path);
    }
    sign_in.secret = Some(Secret::new("wrong".to_owned()));
    let refused = adapter().sign_in(&sign_in).await.unwrap_err();
    assert!(matches!(refused, CallError::Token { .. }), "{refused:?}");
    sign_in.local_server = false;
    let refused = adapter().sign_in(&sign_in).await.unwrap_err();
    assert_eq!(refused, CallError::AddressRefused);
}

#[tokio::test]
async fn nodeinfo_that_cannot_be_trusted_is_unknown_software() {
    let mastodon = json!({"software": {"name": "mastodon"}});
    let rel = "http://nodeinfo.diaspora.software/ns/schema/2.1";
    let elsewhere = Stub::start(move |_| json(200, &mastodon)).await;
    let other_origin = json!({"links": [{"rel": rel, "href": format!("{}/nodeinfo", elsewhere.url)}]});
    let cases: Vec<Box<dyn Fn() -> Does + Send + Sync>> = vec![
        Box::new(move || json(200, &other_origin)),
        Box::new(|| json(404, &json!({}))),
        Box::new(|| says(200, &[("Content-Type", "text/html")], "<html>")),
        Box::new(|| json(200, &json!({"links": 3}))),
        Box::new(|| Does::Hangs),
    ];
    for case in cases {
        let stub = Stub::start(move |seen| match seen.path.as_str() {
            "/api/v2/instance" => json(200, &json!({"domain": "example.social"})),
            _ => case(),
        })
        .await;
        let about = adapter()
            .about(&session(Network::Mastodon, &stub.url, "1", TOKENS))
            .await
            .unwrap();
        assert_eq!(about.software, Software::Unknown);
    }
    assert_eq!(elsewhere.seen().len(), 0, "another origin is not even asked");
}

#[tokio::test]
async fn what_is_sent() {
    let stub = Stub::start(|seen: &Seen| match seen.path.as_str() {
        path if path.starts_with("/api/v1/accounts/1/statuses") => {
            json(200, &json!([status("99", "<p>x</p>", "public")]))
        }
        path if path.starts_with("/api/v2/search") => json(
            200,
            &json!({"statuses": [{"id": "50", "url": "https://other.example/@bob/5"}], "accounts": []}),
        ),
        "/api/v1/statuses" => json(200, &status("100", "", "public")),
        path => panic!("{path}"),
    })
    .await;
    let adapter = adapter();
    let session = session(Network::Mastodon, &stub.url, "1", TOKENS);
    let mut thread = outgoing(&["one", "two"]);
    thread.cw = Some("quiet".to_owned());
    thread.reply_to = Some("https://other.example/@bob/5".to_owned());
    let frozen = adapter.freeze(&session, &thread).await.unwrap();
    assert_eq!(
        frozen,
        adapter.freeze(&session, &thread).await.unwrap(),
        "nothing is drawn at random"
    );
    assert_eq!(
        serde_json::from_str::<Value>(&frozen.0).unwrap()["last_own"],
        "99"
    );

    let first = adapter.post(&session, &frozen, 0, None).await;
    let expected = Receipt {
        ids: vec!["100".to_owned()],
        url: Some("https://example.social/@alice/100".to_owned()),
        visibility: Some("public".to_owned()),
        last_url: None,
    };
    assert_eq!(
        first,
        Answer::Posted {
            receipt: expected,
            author: Some("1".to_owned())
        }
    );
    adapter.post(&session, &frozen, 0, None).await;
    adapter.post(&session, &frozen, 1, Some("100")).await;

    let posts: Vec<Seen> = stub
        .seen()
        .into_iter()
        .filter(|seen| seen.method == "POST")
        .collect();
    let body = |text: &str, reply: &str| {
        json!({"status": text, "visibility": "unlisted", "spoiler_text": "quiet", "sensitive": true, "language": "ja",
               "in_reply_to_id": reply})
    };
    assert_eq!(posts[0].json(), body("one", "50"));
    assert_eq!(posts[0].json(), posts[1].json());
    assert_eq!(posts[2].json(), body("two", "100"));
    let keys: Vec<_> = posts
        .iter()
        .map(|post| post.header("idempotency-key").unwrap())
        .collect();
    assert_eq!(keys[0], keys[1], "the same part, the same key");
    assert_ne!(keys[0], keys[2], "another part, another key");
    assert_eq!(posts[0].header("authorization"), Some("Bearer t0ken"));

    // A later part without what it answers would start a thread of its own.
    assert_eq!(adapter.post(&session, &frozen, 1, None).await, Answer::NeverLeft);
    assert_eq!(
        adapter.post(&session, &Frozen("{\"v\":2}".into()), 0, None).await,
        Answer::NeverLeft
    );
}

#[tokio::test]
async fn answers_that_prove_nothing() {
    let adapter = adapter();
    let frozen = frozen_with(&adapter, &outgoing(&["one"]), json!([])).await;
    // The answer to the post call, what it means.
    let cases: Vec<(Box<dyn Fn() -> Does + Send + Sync>, Answer)> = vec![
        (
            Box::new(|| json(200, &json!({"no": "id"}))),
            Answer::Unclear { status: Some(200) },
        ),
        (
            Box::new(|| json(200, &json!({"id": ""}))),
            Answer::Unclear { status: Some(200) },
        ),
        (
            Box::new(|| json(200, &json!({"id": 5}))),
            Answer::Unclear { status: Some(200) },
        ),
        (
            Box::new(|| says(200, &[("Content-Type", "text/html")], "ok")),
            Answer::Unclear { status: Some(200) },
        ),
        (
            Box::new(|| says(422, &[], "")),
            Answer::Unclear { status: Some(422) },
        ),
        (
            Box::new(|| json(500, &json!({"error": "x"}))),
            Answer::Unclear { status: Some(500) },
        ),
        (
            Box::new(|| json(200, &json!({"id": "100", "account": {"acct": "alice"}}))),
            Answer::Unclear { status: Some(200) },
        ),
        (
            Box::new(|| json(200, &json!({"id": "100", "account": {"id": 1}}))),
            Answer::Unclear { status: Some(200) },
        ),
        (
            Box::new(|| json(200, &json!({"id": "100", "account": {"id": "", "acct": "alice"}}))),
            Answer::Unclear { status: Some(200) },
        ),
        // Without a word on who posted it, it may be anybody's.
        (
            Box::new(|| {
                json(
                    200,
                    &json!({"id": "100", "url": "https://example.social/@alice/100"}),
                )
            }),
            Answer::Unclear { status: Some(200) },
        ),
        (
            Box::new(|| json(200, &json!({"id": "100", "account": null}))),
            Answer::Unclear { status: Some(200) },
        ),
        (Box::new(|| Does::Hangs), Answer::Unclear { status: None }),
    ];
    for (does, expected) in cases {
        let stub = Stub::start(move |_| does()).await;
        let answer = adapter
            .post(
                &session(Network::Mastodon, &stub.url, "1", TOKENS),
                &frozen,
                0,
                None,
            )
            .await;
        assert_eq!(answer, expected);
    }
    // Said to be somebody else's: told as it is, so that it can be judged.
    let stub = Stub::start(|_| json(200, &json!({"id": "100", "account": {"id": "2", "acct": "bob"}}))).await;
    let bobs = session(Network::Mastodon, &stub.url, "1", TOKENS);
    let answer = adapter.post(&bobs, &frozen, 0, None).await;
    assert!(matches!(answer, Answer::Posted { author: Some(author), .. } if author == "2"));
    // Status, words, what kind of refusal.
    for (status, words, kind) in [
        (401, "The access token is invalid", Refusal::Token),
        (403, "Invalid credentials.", Refusal::Token),
        (403, "This action is not allowed", Refusal::Other),
        (400, "Duplicate idempotency key.", Refusal::Duplicate),
        (
            409,
            "An identical request is still being processed",
            Refusal::Duplicate,
        ),
        (
            422,
            "Validation failed: Text character limit of 500 exceeded",
            Refusal::Other,
        ),
        (404, "Record not found", Refusal::Other),
    ] {
        let stub = Stub::start(move |_| json(status, &json!({"error": words}))).await;
        let answer = adapter
            .post(
                &session(Network::Mastodon, &stub.url, "1", TOKENS),
                &frozen,
                0,
                None,
            )
            .await;
        let Answer::Refused {
            kind: found,
            words: kept,
            ..
        } = answer
        else {
            panic!("{status} {words}: {answer:?}")
        };
        assert_eq!((found, kept.as_str()), (kind, words), "{status} {words}");
    }
}

#[tokio::test]
async fn replies_to_what_is_not_there() {
    let mut reply = outgoing(&["one"]);
    reply.reply_to = Some("https://other.example/@bob/5".to_owned());
    for (status, body) in [
        (200, json!({"statuses": []})),
        (404, json!({"error": "Record not found"})),
        // Found by its words, perhaps: it is not what was named.
        (
            200,
            json!({"statuses": [{"id": "1", "url": "https://x.example/1"}]}),
        ),
    ] {
        let stub = Stub::start(move |_| json(status, &body)).await;
        let refused = adapter()
            .freeze(&session(Network::Mastodon, &stub.url, "1", TOKENS), &reply)
            .await
            .unwrap_err();
        assert!(
            matches!(&refused, CallError::Refused { code, .. } if code == "reply_not_found"),
            "{refused:?}"
        );
    }
}

#[tokio::test]
async fn pictures_are_waited_for() {
    let mut post = outgoing(&["one"]);
    post.parts[0].pictures = vec![picture("a cat"), picture("")];
    let adapter = adapter();
    let frozen = frozen_with(&adapter, &post, json!([])).await;
    let asked = Arc::new(AtomicUsize::new(0));
    let counter = asked.clone();
    let stub = Stub::start(move |seen| match (seen.method.as_str(), seen.path.as_str()) {
        ("POST", "/api/v2/media") if seen.body.windows(5).any(|part| part == b"a cat") => {
            json(202, &json!({"id": "m1", "url": null}))
        }
        ("POST", "/api/v2/media") => json(202, &json!({"id": "m2"})),
        ("GET", "/api/v1/media/m1") if counter.fetch_add(1, Ordering::SeqCst) == 0 => {
            json(206, &json!({"id": "m1"}))
        }
        ("GET", "/api/v1/media/m1") => json(200, &json!({"id": "m1"})),
        ("GET", "/api/v1/media/m2") => json(404, &json!({"error": "Record not found"})),
        ("POST", "/api/v1/statuses") => json(200, &status("100", "", "unlisted")),
        (_, path) => panic!("{path}"),
    })
    .await;
    let session = session(Network::Mastodon, &stub.url, "1", TOKENS);
    assert_eq!(
        adapter.post(&session, &frozen, 0, None).await,
        Answer::NeverLeft,
        "not without its pictures"
    );
    let uploaded = adapter
        .upload(&session, &frozen, 0, &post.parts[0].pictures)
        .await
        .unwrap();
    assert_eq!(asked.load(Ordering::SeqCst), 2, "asked until it was ready");
    let requests = stub.seen().len();
    let again = adapter
        .upload(&session, &uploaded, 0, &post.parts[0].pictures)
        .await
        .unwrap();
    assert_eq!(
        (again == uploaded, stub.seen().len()),
        (true, requests),
        "uploaded once"
    );
    adapter.post(&session, &uploaded, 0, None).await;
    assert_eq!(
        stub.seen().last().unwrap().json()["media_ids"],
        json!(["m1", "m2"])
    );
    let upload = &stub.seen()[0];
    let body = String::from_utf8_lossy(&upload.body).into_owned();
    assert!(
        body.contains("filename=\"picture.png\"") && body.contains("Content-Type: image/png"),
        "{body}"
    );

    // Never ready: given up after the last wait.
    let stub = Stub::start(|seen| match seen.method.as_str() {
        "POST" => json(202, &json!({"id": "m1"})),
        _ => json(206, &json!({"id": "m1"})),
    })
    .await;
    let session = crate::testing::session(Network::Mastodon, &stub.url, "1", TOKENS);
    let given_up = adapter
        .upload(&session, &frozen, 0, &post.parts[0].pictures)
        .await
        .unwrap_err();
    assert_eq!(
        (given_up, stub.seen().len()),
        (CallError::Unclear { status: Some(206) }, 4)
    );
}
