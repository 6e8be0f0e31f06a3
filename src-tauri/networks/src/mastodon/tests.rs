//! The adapter against servers that differ as real ones do.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use kossori_core::answer::{Answer, Receipt, Refusal};
use kossori_core::network::{Network, Software, Visibility};
use kossori_engine::ports::{
    CallError, CleanPicture, Found, Frozen, Look, Named, Outgoing, OutgoingPart, OutgoingPicture, Publisher,
    SignIn,
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
        client_id: None,
        client_secret: None,
        client_name: None,
        local_server: true,
        plc: None,
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

/// A server with these own statuses, newest first. `since` and `max`: whether it knows those parameters.
pub(super) async fn timeline(statuses: Vec<Value>, since: bool, max: bool, page: usize) -> Stub {
    Stub::start(move |seen| {
        let url = reqwest::Url::parse(&format!("http://x{}", seen.path)).unwrap();
        let number = |name: &str| {
            url.query_pairs()
                .find(|(key, _)| key == name)
                .map(|(_, value)| value.parse::<u64>().unwrap())
        };
        let (since_id, max_id) = (
            number("since_id").filter(|_| since),
            number("max_id").filter(|_| max),
        );
        let page: Vec<&Value> = statuses
            .iter()
            .filter(|status| {
                let id: u64 = status["id"].as_str().unwrap().parse().unwrap();
                since_id.is_none_or(|since| id > since) && max_id.is_none_or(|max| id < max)
            })
            .take(page)
            .collect();
        json(200, &json!(page))
    })
    .await
}

#[tokio::test]
async fn looking() {
    let adapter = adapter();
    let text = "昼休み https://example.com/a?b=1&c=2 @bob@other.example";
    let ours = "<p>昼休み <a href=\"https://example.com/a?b=1&amp;c=2\"><span class=\"invisible\">https://</span>example.com\
                /a?b=1&amp;c=2</a> <span class=\"h-card\"><a href=\"x\">@<span>bob</span></a></span></p>";
    let frozen = frozen_with(
        &adapter,
        &outgoing(&[text, "two"]),
        json!([status("10", "", "public")]),
    )
    .await;
    let noise = |from: u64, to: u64| {
        (from..=to)
            .rev()
            .map(|id| status(&id.to_string(), "<p>other</p>", "public"))
    };
    let with_ours = |visibility: &str| -> Vec<Value> {
        noise(41, 60)
            .chain([status("40", ours, visibility)])
            .chain(noise(1, 39))
            .collect()
    };
    let mut a_reply = with_ours("unlisted");
    a_reply[20]["in_reply_to_id"] = json!("3");
    let mut with_picture = with_ours("unlisted");
    with_picture[20]["media_attachments"] = json!([{"id": "m"}]);
    let before_claim: Vec<Value> = noise(11, 60).chain([status("9", ours, "unlisted")]).collect();

    // Description, statuses, knows since_id, knows max_id, software, found.
    for (why, statuses, since, max, software, found) in [
        (
            "there",
            with_ours("unlisted"),
            true,
            true,
            Software::Mastodon,
            true,
        ),
        (
            "there, on a server without since_id",
            with_ours("unlisted"),
            false,
            true,
            Software::Mastodon,
            true,
        ),
        (
            "absent",
            noise(1, 60).collect(),
            true,
            true,
            Software::Mastodon,
            false,
        ),
        (
            "absent, without since_id",
            noise(1, 60).collect(),
            false,
            true,
            Software::Mastodon,
            false,
        ),
        (
            "the same text from before the claim",
            before_claim,
            true,
            true,
            Software::Mastodon,
            false,
        ),
        (
            "the same text as a reply",
            a_reply,
            true,
            true,
            Software::Mastodon,
            false,
        ),
        (
            "the same text with a picture",
            with_picture,
            true,
            true,
            Software::Mastodon,
            false,
        ),
        (
            "another visibility",
            with_ours("public"),
            true,
            true,
            Software::Mastodon,
            false,
        ),
        (
            "another visibility, software unknown",
            with_ours("public"),
            true,
            true,
            Software::Unknown,
            true,
        ),
    ] {
        let stub = timeline(statuses, since, max, 7).await;
        let mut session = session(Network::Mastodon, &stub.url, "1", TOKENS);
        session.account.software = software;
        let look = adapter.look(&session, &frozen, 0, None).await.unwrap();
        match look {
            Look::There(receipt) => assert_eq!((found, receipt.ids), (true, vec!["40".to_owned()]), "{why}"),
            other => assert_eq!((found, other), (false, Look::Absent), "{why}"),
        }
    }

    // Too much since, or a server that knows neither parameter: an incomplete look says nothing.
    for (statuses, max) in [
        (noise(1, 900).collect::<Vec<_>>(), true),
        (noise(20, 60).collect(), false),
    ] {
        let stub = timeline(statuses, false, max, 7).await;
        let look = adapter
            .look(
                &session(Network::Mastodon, &stub.url, "1", TOKENS),
                &frozen,
                0,
                None,
            )
            .await;
        assert_eq!(look, Err(CallError::Unclear { status: Some(200) }));
    }

    // A later part is told by what it answers.
    let mut second = status("41", "<p>two</p>", "unlisted");
    second["in_reply_to_id"] = json!("40");
    let stub = timeline(vec![second], true, true, 7).await;
    let session = session(Network::Mastodon, &stub.url, "1", TOKENS);
    assert!(matches!(
        adapter.look(&session, &frozen, 1, Some("40")).await,
        Ok(Look::There(_))
    ));
    assert_eq!(
        adapter.look(&session, &frozen, 1, Some("39")).await,
        Ok(Look::Absent)
    );
}

#[tokio::test]
async fn pictures_alone_are_found_by_their_ids() {
    let mut post = outgoing(&[""]);
    post.parts[0].pictures = vec![picture("a cat")];
    let adapter = adapter();
    let frozen = frozen_with(&adapter, &post, json!([])).await;
    let stub = Stub::start(|_| json(200, &json!({"id": "m1"}))).await;
    let uploading = session(Network::Mastodon, &stub.url, "1", TOKENS);
    let frozen = adapter
        .upload(&uploading, &frozen, 0, &post.parts[0].pictures)
        .await
        .unwrap();
    for (id, found) in [("m1", true), ("m2", false)] {
        let mut status = status("40", "", "public");
        status["media_attachments"] = json!([{"id": id}]);
        let stub = timeline(vec![status], true, true, 40).await;
        let look = adapter
            .look(
                &session(Network::Mastodon, &stub.url, "1", TOKENS),
                &frozen,
                0,
                None,
            )
            .await
            .unwrap();
        assert_eq!(matches!(look, Look::There(_)), found, "{id}");
    }
}

/// Of what another copy of the folder may have sent neither keys nor uploads are known.
#[tokio::test]
async fn finding() {
    let adapter = adapter();
    let thread = outgoing(&["one", "two"]);
    let mut pictures = outgoing(&[""]);
    pictures.parts[0].pictures = vec![picture("a cat")];
    let one = || status("40", "<p>one</p>", "unlisted");
    let answering = |id: &str, text: &str, parent: &str| {
        let mut answer = status(id, text, "unlisted");
        answer["in_reply_to_id"] = json!(parent);
        answer
    };
    let mut cat = status("40", "", "unlisted");
    cat["media_attachments"] = json!([{"id": "m"}]);
    let mut older = one();
    older["created_at"] = json!("2000-01-01T00:00:00Z");
    let page = |id: &str| Some(format!("https://example.social/@alice/{id}"));
    let whole = || {
        Found::There(Receipt {
            ids: vec!["40".to_owned(), "41".to_owned()],
            url: page("40"),
            last_url: page("41"),
            visibility: Some("unlisted".to_owned()),
        })
    };
    let begun = || Found::Alike { url: page("40") };
    for (why, post, statuses, known, expected) in [
        ("nothing is there", &thread, vec![], "", Found::Absent),
        (
            "all of it",
            &thread,
            vec![answering("41", "<p>two</p>", "40"), one()],
            "",
            whole(),
        ),
        ("its first part alone", &thread, vec![one()], "", begun()),
        (
            "its second part answers something else",
            &thread,
            vec![answering("41", "<p>two</p>", "39"), one()],
            "",
            begun(),
        ),
        (
            "its second part alone",
            &thread,
            vec![answering("41", "<p>two</p>", "40")],
            "",
            Found::Absent,
        ),
        (
            "another one of the same words",
            &thread,
            vec![one()],
            "40",
            Found::Absent,
        ),
        ("an older one", &thread, vec![older], "", Found::Absent),
        (
            "for other readers",
            &thread,
            vec![status("40", "<p>one</p>", "public")],
            "",
            begun(),
        ),
        (
            "a picture without a word",
            &pictures,
            vec![cat.clone()],
            "",
            begun(),
        ),
        ("the same, known", &pictures, vec![cat], "40", Found::Absent),
        (
            "neither words nor pictures",
            &pictures,
            vec![status("40", "", "unlisted")],
            "",
            Found::Absent,
        ),
    ] {
        let stub = timeline(statuses, true, true, 40).await;
        let session = session(Network::Mastodon, &stub.url, "1", TOKENS);
        let since = "2026-01-01T00:00:00Z".parse().unwrap();
        let found = adapter.find(&session, post, since, &[known.to_owned()]).await;
        assert_eq!(found, Ok(expected), "{why}");
    }
}

/// The part was not tried here, so nothing here knows its uploads: another copy of the folder may have sent it.
#[tokio::test]
async fn pictures_without_a_word_are_a_persons_to_judge() {
    let adapter = adapter();
    let mut thread = outgoing(&["one", ""]);
    thread.parts[1].pictures = vec![picture("a cat")];
    let frozen = frozen_with(&adapter, &thread, json!([status("10", "", "public")])).await;
    let mut cat = status("41", "", "unlisted");
    cat["in_reply_to_id"] = json!("40");
    cat["media_attachments"] = json!([{"id": "m"}]);
    let stub = timeline(vec![cat.clone()], true, true, 40).await;
    let there = session(Network::Mastodon, &stub.url, "1", TOKENS);
    let url = Some("https://example.social/@alice/41".to_owned());
    assert_eq!(
        adapter.look(&there, &frozen, 1, Some("40")).await,
        Ok(Look::Alike { url })
    );
    let elsewhere = adapter.look(&there, &frozen, 1, Some("39")).await;
    assert_eq!(elsewhere, Ok(Look::Absent), "an answer to another post");
    let stub = Stub::start(move |_| json(200, &cat)).await;
    let there = session(Network::Mastodon, &stub.url, "1", TOKENS);
    let page = format!("{}/@alice/41", stub.url);
    let named = adapter.at_url(&there, &frozen, 1, Some("40"), &page).await;
    assert!(
        matches!(named, Ok(Named::ThePart(_))),
        "the person has looked: {named:?}"
    );
}

/// What the server has at `/api/v1/statuses/41`, what the person pasted, and what that proves of part 1 of a thread
/// whose part 0 is 40.
#[tokio::test]
async fn a_part_that_a_person_names_by_its_address() {
    let adapter = adapter();
    let frozen = frozen_with(
        &adapter,
        &outgoing(&["one", "two & a half"]),
        json!([status("10", "", "public")]),
    )
    .await;
    let part = |change: &dyn Fn(&mut Value)| {
        let mut part = status("41", "<p>two &amp; a half</p>", "unlisted");
        part["in_reply_to_id"] = json!("40");
        change(&mut part);
        part
    };
    let right = part(&|_| {});
    let cases: Vec<(&str, Value, &str, &str)> = vec![
        ("the part", right.clone(), "/@alice/41", "the part"),
        (
            "with what browsers add",
            right.clone(),
            "/@alice/41/?x=1#y",
            "the part",
        ),
        (
            "as the server names it",
            right.clone(),
            "/users/alice/statuses/41",
            "the part",
        ),
        (
            "public where unlisted was asked",
            part(&|p| p["visibility"] = json!("public")),
            "/@alice/41",
            "the part",
        ),
        (
            "another author",
            part(&|p| p["account"]["id"] = json!("2")),
            "/@alice/41",
            "other author",
        ),
        (
            "no author",
            part(&|p| p["account"] = json!(null)),
            "/@alice/41",
            "other author",
        ),
        (
            "other words",
            part(&|p| p["content"] = json!("<p>two</p>")),
            "/@alice/41",
            "other content",
        ),
        (
            "an answer to something else",
            part(&|p| p["in_reply_to_id"] = json!("39")),
            "/@alice/41",
            "other content",
        ),
        (
            "no answer",
            part(&|p| p["in_reply_to_id"] = json!(null)),
            "/@alice/41",
            "other content",
        ),
        (
            "with a picture",
            part(&|p| p["media_attachments"] = json!([{"id": "m"}])),
            "/@alice/41",
            "other content",
        ),
        (
            "from before the claim",
            part(&|p| p["id"] = json!("10")),
            "/@alice/10",
            "other content",
        ),
        (
            "from long before the claim",
            part(&|p| p["id"] = json!("9")),
            "/@alice/9",
            "other content",
        ),
        (
            "another status than was asked for",
            right.clone(),
            "/@alice/42",
            "nothing",
        ),
        ("the profile", right.clone(), "", "nothing"),
        (
            "a path that steps out",
            right.clone(),
            "/@alice/..%2f41",
            "nothing",
        ),
    ];
    for (why, there, path, expected) in cases {
        let stub = Stub::start(move |_| json(200, &there)).await;
        let session = session(Network::Mastodon, &stub.url, "1", TOKENS);
        let url = format!("{}{path}", stub.url);
        let named = adapter
            .at_url(&session, &frozen, 1, Some("40"), &url)
            .await
            .unwrap();
        let said = match &named {
            Named::ThePart(receipt) => {
                assert_eq!(receipt.ids, ["41"], "{why}");
                "the part"
            }
            Named::Nothing => "nothing",
            Named::OtherAuthor => "other author",
            Named::OtherContent => "other content",
        };
        assert_eq!(said, expected, "{why}");
        for asked in stub.seen() {
            assert_eq!(asked.method, "GET", "{why}");
            assert!(
                asked.path.starts_with("/api/v1/statuses/"),
                "{why}: {}",
                asked.path
            );
        }
    }
}

#[tokio::test]
async fn an_address_elsewhere_is_not_even_asked_for() {
    let adapter = adapter();
    let frozen = frozen_with(&adapter, &outgoing(&["one", "two"]), json!([])).await;
    let stub = Stub::start(|_| json(404, &json!({"error": "Record not found"}))).await;
    let session = session(Network::Mastodon, &stub.url, "1", TOKENS);
    for url in [
        "https://elsewhere.example/@alice/41".to_owned(),
        format!("{}.evil.example/@alice/41", stub.url),
        "41".to_owned(),
        String::new(),
    ] {
        let named = adapter.at_url(&session, &frozen, 1, Some("40"), &url).await;
        assert_eq!(named, Ok(Named::Nothing), "{url}");
    }
    assert_eq!(stub.seen().len(), 0);
    let gone = format!("{}/@alice/41", stub.url);
    let named = adapter.at_url(&session, &frozen, 1, Some("40"), &gone).await;
    assert_eq!(named, Ok(Named::Nothing), "404");

    let hanging = Stub::start(|_| says(502, &[("Content-Type", "text/html")], "<html>")).await;
    let session = crate::testing::session(Network::Mastodon, &hanging.url, "1", TOKENS);
    let url = format!("{}/@alice/41", hanging.url);
    let unclear = adapter.at_url(&session, &frozen, 1, Some("40"), &url).await;
    assert_eq!(
        unclear,
        Err(CallError::Unclear { status: Some(502) }),
        "an answer that says nothing"
    );
}
