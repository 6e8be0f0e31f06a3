//! Servers that speak Mastodon's API and are something else: each as NETWORKS.md 3 and 10 describe it, in a table.

use kossori_core::answer::{Answer, Refusal};
use kossori_core::network::{Network, Software, Visibility};
use kossori_engine::ports::{CallError, Frozen, Look, Named, Publisher, Session};
use serde_json::{Value, json};

use super::look_tests::timeline;
use super::tests::{TOKENS, adapter, frozen_with, outgoing, picture, status};
use crate::testing::{Does, Seen, Stub, json, says, session};

/// One software, and what it does otherwise than Mastodon.
struct Kin {
    nodeinfo: &'static str,
    software: Software,
    /// `None`: it has no `/api/v2/instance`.
    v2: Option<Value>,
    v1: Value,
}

fn family() -> Vec<Kin> {
    let kin = |nodeinfo, software, v2, v1| Kin {
        nodeinfo,
        software,
        v2,
        v1,
    };
    let said = || json!({"configuration": {"statuses": {"max_characters": 5000}}});
    let with_urls = || json!({"configuration": {"statuses": {"characters_reserved_per_url": 23}}});
    vec![
        kin("mastodon", Software::Mastodon, Some(said()), json!({})),
        kin("akkoma", Software::Akkoma, Some(with_urls()), json!({})),
        kin(
            "Pleroma",
            Software::Pleroma,
            None,
            json!({"max_toot_chars": 5000}),
        ),
        kin("gotosocial", Software::GoToSocial, Some(said()), json!({})),
        kin("pixelfed", Software::Pixelfed, Some(said()), json!({})),
        kin("friendica", Software::Friendica, Some(said()), json!({})),
        kin("snac", Software::Snac, None, said()),
        kin("sharkey", Software::Unknown, Some(with_urls()), json!({})),
    ]
}

fn of(stub: &Stub, software: Software) -> Session {
    let mut session = session(Network::Mastodon, &stub.url, "1", TOKENS);
    session.account.software = software;
    session
}

#[tokio::test]
async fn told_apart_and_what_each_accepts() {
    for kin in family() {
        let (name, v2, v1) = (kin.nodeinfo, kin.v2, kin.v1);
        let stub = Stub::start(move |seen: &Seen| match seen.path.as_str() {
            "/api/v2/instance" => match &v2 {
                Some(said) => json(200, said),
                None => says(404, &[], ""),
            },
            "/api/v1/instance" => json(200, &v1),
            "/.well-known/nodeinfo" => {
                let href = format!("http://{}/nodeinfo/2.0", seen.header("host").unwrap());
                let rel = "http://nodeinfo.diaspora.software/ns/schema/2.0";
                json(200, &json!({"links": [{"rel": rel, "href": href}]}))
            }
            _ => json(200, &json!({"software": {"name": name}})),
        })
        .await;
        let about = adapter().about(&of(&stub, Software::Unknown)).await.unwrap();
        assert_eq!(about.software, kin.software, "{name}");
        let (text, media) = (&about.limits.text, &about.limits.media);
        let url_length = match kin.software {
            Software::Mastodon => Some(23),
            Software::GoToSocial => Some(25),
            // It says so itself.
            Software::Unknown => Some(23),
            _ => None,
        };
        assert_eq!(text.url_length, url_length, "{name}");
        let is_pixelfed = kin.software == Software::Pixelfed;
        assert_eq!(media.required, is_pixelfed, "{name}");
        assert_eq!(text.cw_max, is_pixelfed.then_some(140), "{name}");
        let without: &[Visibility] = match kin.software {
            Software::Pixelfed => &[Visibility::Direct],
            Software::Snac => &[Visibility::Unlisted],
            _ => &[],
        };
        assert_eq!(about.limits.without, without, "{name}");
        assert_eq!(text.cw_is_title, kin.software == Software::Friendica, "{name}");
        assert_eq!(
            kin.software.honours_idempotency_key(),
            matches!(
                kin.software,
                Software::Mastodon | Software::Akkoma | Software::Pleroma
            ),
            "{name}"
        );
    }
}

/// What the upload and the question after it are answered, whether the picture counts as ready, and how often it is asked.
#[tokio::test]
async fn uploads() {
    const URL: &str = "https://example.social/m1.png";
    let ready = || json(200, &json!({"id": "m1", "url": URL}));
    let waits = || json(202, &json!({"id": "m1", "url": null}));
    let missing = || json(404, &json!({"error": "Record not found"}));
    let nothing = |status: u16| move || says(status, &[], "");
    type Answers = Box<dyn Fn() -> Does + Send + Sync>;
    let cases: Vec<(&str, Answers, Answers, Answers, bool, usize)> = vec![
        (
            "both there",
            Box::new(ready),
            Box::new(missing),
            Box::new(missing),
            true,
            0,
        ),
        (
            "no v2",
            Box::new(missing),
            Box::new(ready),
            Box::new(missing),
            true,
            0,
        ),
        (
            "no v2, said otherwise",
            Box::new(nothing(405)),
            Box::new(ready),
            Box::new(missing),
            true,
            0,
        ),
        (
            "no question",
            Box::new(waits),
            Box::new(missing),
            Box::new(missing),
            true,
            1,
        ),
        (
            "an address is there at once",
            Box::new(move || json(202, &json!({"id": "m1", "url": URL}))),
            Box::new(missing),
            Box::new(nothing(500)),
            true,
            0,
        ),
        (
            "neither",
            Box::new(missing),
            Box::new(missing),
            Box::new(missing),
            false,
            0,
        ),
        (
            "broken",
            Box::new(nothing(500)),
            Box::new(ready),
            Box::new(missing),
            false,
            0,
        ),
        (
            "broken later",
            Box::new(waits),
            Box::new(ready),
            Box::new(nothing(500)),
            false,
            1,
        ),
    ];
    let mut post = outgoing(&["one"]);
    post.parts[0].pictures = vec![picture("a cat")];
    let adapter = adapter();
    let frozen = frozen_with(&adapter, &post, json!([])).await;
    for (why, v2, v1, question, expected, asked) in cases {
        let stub = Stub::start(
            move |seen: &Seen| match (seen.method.as_str(), seen.path.as_str()) {
                ("POST", "/api/v2/media") => v2(),
                ("POST", "/api/v1/media") => v1(),
                ("GET", "/api/v1/media/m1") => question(),
                (_, path) => panic!("{path}"),
            },
        )
        .await;
        let there = of(&stub, Software::Unknown);
        let uploaded = adapter.upload(&there, &frozen, 0, &post.parts[0].pictures).await;
        assert_eq!(uploaded.is_ok(), expected, "{why}: {uploaded:?}");
        let questions = stub.seen().iter().filter(|seen| seen.method == "GET").count();
        assert_eq!(questions, asked, "{why}");
    }
}

#[tokio::test]
async fn refusals_of_the_post_call() {
    let adapter = adapter();
    let frozen = frozen_with(&adapter, &outgoing(&["one"]), json!([])).await;
    type Expected = Result<(Refusal, &'static str), Answer>;
    let unclear = |status: u16| Err(Answer::Unclear { status: Some(status) });
    let cases: Vec<(Software, Does, Expected)> = vec![
        (
            Software::Pixelfed,
            json(400, &json!({"error": "Duplicate idempotency key."})),
            Ok((Refusal::Duplicate, "Duplicate idempotency key.")),
        ),
        (
            Software::Pixelfed,
            json(401, &json!({"error": "Unauthenticated."})),
            Ok((Refusal::Token, "Unauthenticated.")),
        ),
        (
            Software::Pixelfed,
            json(
                422,
                &json!({"message": "The spoiler text is too long.", "errors": {"spoiler_text": ["x"]}}),
            ),
            Ok((Refusal::Other, "The spoiler text is too long.")),
        ),
        // A gateway's, which knows nothing of posts.
        (
            Software::Pixelfed,
            json(403, &json!({"message": "Forbidden"})),
            unclear(403),
        ),
        // An account that was never used is answered an empty list.
        (Software::Pixelfed, json(200, &json!([])), unclear(200)),
        (
            Software::Friendica,
            json(
                500,
                &json!({"error": "Direct messages are currently unsupported"}),
            ),
            unclear(500),
        ),
        // It may be the token, and it may be anything: nothing is called unsent for an empty body.
        (Software::Snac, says(422, &[], ""), unclear(422)),
    ];
    for (software, does, expected) in cases {
        let does = std::sync::Mutex::new(Some(does));
        let stub = Stub::start(move |_| does.lock().unwrap().take().unwrap()).await;
        let answer = adapter.post(&of(&stub, software), &frozen, 0, None).await;
        assert_eq!(
            stub.seen()[0].header("accept"),
            Some("application/json"),
            "{software:?}"
        );
        match (answer, expected) {
            (Answer::Refused { kind, words, .. }, Ok(expected)) => {
                assert_eq!((kind, words.as_str()), expected, "{software:?}");
            }
            (answer, expected) => assert_eq!(Err(answer), expected, "{software:?}"),
        }
    }
}

/// "public" comes back for a post that was sent as "unlisted": it is told, in what was answered and in what is found.
#[tokio::test]
async fn a_wider_audience_is_told() {
    let adapter = adapter();
    let frozen = frozen_with(&adapter, &outgoing(&["one"]), json!([])).await;
    let stub = Stub::start(|_| json(200, &status("40", "<p>one</p>", "public"))).await;
    let answer = adapter.post(&of(&stub, Software::Snac), &frozen, 0, None).await;
    let Answer::Posted { receipt, .. } = answer else {
        panic!("{answer:?}")
    };
    assert_eq!(receipt.visibility.as_deref(), Some("public"));
    for software in Software::ALL {
        let stub = timeline(vec![status("40", "<p>one</p>", "public")], true, true, 40).await;
        let look = adapter
            .look(&of(&stub, software), &frozen, 0, None)
            .await
            .unwrap();
        match look {
            Look::There(receipt) => {
                assert_eq!(receipt.visibility.as_deref(), Some("public"), "{software:?}");
                assert!(!software.honours_idempotency_key(), "{software:?}");
            }
            other => {
                assert!(matches!(other, Look::Alike { .. }), "{software:?}: {other:?}");
                assert!(
                    software.honours_idempotency_key(),
                    "these make none wider: it may be another"
                );
            }
        }
    }
}

/// A post as it was sent, what it came back as, and the software that may have made that of it: nobody may call it absent.
#[tokio::test]
async fn what_a_server_makes_of_a_post() {
    let adapter = adapter();
    let words = frozen_with(&adapter, &outgoing(&["so *quiet*, see #x"]), json!([])).await;
    let mut post = outgoing(&[""]);
    post.parts[0].pictures = vec![picture("a cat")];
    let cat = frozen_with(&adapter, &post, json!([])).await;
    let stub = Stub::start(|_| json(200, &json!({"id": "m1"}))).await;
    let cat = adapter
        .upload(&of(&stub, Software::Mastodon), &cat, 0, &post.parts[0].pictures)
        .await
        .unwrap();
    let formatted = || status("40", "<p>so <i>quiet</i>, see #x</p>", "unlisted");
    let another_id = || {
        let mut status = status("40", "", "unlisted");
        status["media_attachments"] = json!([{"id": "https://example.social/p/1_0"}]);
        status
    };
    let mut empty_source = status("40", "<p>so *quiet*, see #x</p>", "unlisted");
    empty_source["text"] = json!("");
    let alike = [Software::Friendica, Software::Snac, Software::Unknown];
    let cases: Vec<(&str, &Frozen, Value, Vec<Software>, &str)> = vec![
        (
            "formatted",
            &words,
            formatted(),
            [&alike[..], &[Software::GoToSocial, Software::Pixelfed]].concat(),
            "alike",
        ),
        (
            "formatted",
            &words,
            formatted(),
            vec![Software::Mastodon, Software::Akkoma, Software::Pleroma],
            "absent",
        ),
        (
            "a picture under another id",
            &cat,
            another_id(),
            [&alike[..], &[Software::Akkoma, Software::Pleroma]].concat(),
            "alike",
        ),
        (
            "a picture under another id",
            &cat,
            another_id(),
            vec![Software::Mastodon, Software::GoToSocial, Software::Pixelfed],
            "absent",
        ),
        (
            "an empty source",
            &words,
            empty_source,
            Software::ALL.to_vec(),
            "there",
        ),
        (
            "other words",
            &words,
            status("40", "<p>so loud, see #x</p>", "unlisted"),
            Software::ALL.to_vec(),
            "absent",
        ),
    ];
    for (why, frozen, there, software, expected) in cases {
        for software in software {
            let stub = timeline(vec![there.clone()], true, true, 40).await;
            let look = adapter.look(&of(&stub, software), frozen, 0, None).await.unwrap();
            let said = match look {
                Look::There(_) => "there",
                Look::Alike { .. } => "alike",
                Look::Absent => "absent",
                Look::Unseen | Look::CannotTell => "cannot tell",
            };
            assert_eq!(said, expected, "{why}, {software:?}");
        }
    }

    // A person who looked and says that it is there is believed.
    let stub = Stub::start(move |_| json(200, &formatted())).await;
    let page = format!("{}/@alice/40", stub.url);
    let named = adapter
        .at_url(&of(&stub, Software::Friendica), &words, 0, None, &page)
        .await;
    assert!(matches!(named, Ok(Named::ThePart(_))), "{named:?}");
}

/// What `DELETE` is answered, what the post's address is answered after it, and what that comes to.
#[tokio::test]
async fn taking_away() {
    let missing = || json(404, &json!({"error": "Record not found"}));
    let there = || json(200, &status("40", "<p>one</p>", "public"));
    let unclear = |status: u16| Err(CallError::Unclear { status: Some(status) });
    let still = CallError::Unsupported("delete");
    type Answers = Box<dyn Fn() -> Does + Send + Sync>;
    let cases: Vec<(&str, Answers, Answers, Result<(), CallError>)> = vec![
        ("taken away", Box::new(there), Box::new(missing), Ok(())),
        (
            "taken away without a word",
            Box::new(|| says(204, &[], "")),
            Box::new(missing),
            Ok(()),
        ),
        ("gone already", Box::new(missing), Box::new(missing), Ok(())),
        (
            "gone for good",
            Box::new(|| says(410, &[], "")),
            Box::new(|| says(410, &[], "")),
            Ok(()),
        ),
        (
            "snac",
            Box::new(|| says(404, &[], "")),
            Box::new(there),
            Err(still),
        ),
        (
            "not found, and then?",
            Box::new(missing),
            Box::new(|| says(502, &[], "")),
            unclear(502),
        ),
        (
            "a page",
            Box::new(missing),
            Box::new(|| says(200, &[], "<html>")),
            unclear(200),
        ),
        (
            "no such thing",
            Box::new(|| says(405, &[], "")),
            Box::new(there),
            Err(CallError::Unsupported("delete")),
        ),
        (
            "too often",
            Box::new(|| json(429, &json!({"error": "Too many requests"}))),
            Box::new(there),
            Err(CallError::RateLimit { retry_after: None }),
        ),
        (
            "broken",
            Box::new(|| says(500, &[], "")),
            Box::new(there),
            unclear(500),
        ),
    ];
    for (why, delete, get, expected) in cases {
        let stub = Stub::start(
            move |seen: &Seen| match (seen.method.as_str(), seen.path.as_str()) {
                ("DELETE", "/api/v1/statuses/40") => delete(),
                ("GET", "/api/v1/statuses/40") => get(),
                (_, path) => panic!("{path}"),
            },
        )
        .await;
        let answer = adapter().delete(&of(&stub, Software::Unknown), "40").await;
        assert_eq!(answer, expected, "{why}");
    }
    let stub = Stub::start(|_| panic!("nothing is asked")).await;
    for id in ["", "../accounts", "40?x", "40/context"] {
        let answer = adapter().delete(&of(&stub, Software::Mastodon), id).await;
        assert_eq!(answer, Err(CallError::Unsupported("delete")), "{id}");
    }
    assert_eq!(stub.seen().len(), 0);
}

/// Friendica and snac: the address of a post's page, what a person pastes, and whether the part is found by it.
#[tokio::test]
async fn pages_that_do_not_name_their_id() {
    let adapter = adapter();
    let frozen = frozen_with(&adapter, &outgoing(&["one"]), json!([status("10", "", "public")])).await;
    for (why, software, page, pasted, expected) in [
        (
            "snac",
            Software::Snac,
            "/alice/p/1763901060.5",
            "/alice/p/1763901060.5",
            "part",
        ),
        (
            "with what browsers add",
            Software::Snac,
            "/alice/p/1.5",
            "/alice/p/1.5/?x#y",
            "part",
        ),
        (
            "another one's",
            Software::Snac,
            "/alice/p/1.5",
            "/alice/p/1.6",
            "nothing",
        ),
        (
            "the profile",
            Software::Friendica,
            "/display/ab-cd",
            "/profile/alice",
            "nothing",
        ),
        (
            "Friendica",
            Software::Friendica,
            "/display/ab-cd",
            "/display/ab-cd",
            "part",
        ),
        (
            "its address has its id",
            Software::GoToSocial,
            "/display/ab-cd",
            "/display/ab-cd",
            "nothing",
        ),
    ] {
        let stub = Stub::start(move |seen: &Seen| {
            let url = format!("http://{}{page}", seen.header("host").unwrap());
            let mut own = status("41", "<p>one</p>", "unlisted");
            own["url"] = json!(url);
            match seen.path.starts_with("/api/v1/accounts/1/statuses?") {
                true => json(200, &json!([own])),
                false => json(404, &json!({"error": "Record not found"})),
            }
        })
        .await;
        let url = format!("{}{pasted}", stub.url);
        let named = adapter.at_url(&of(&stub, software), &frozen, 0, None, &url).await;
        let said = match named {
            Ok(Named::ThePart(receipt)) if receipt.ids == ["41"] => "part",
            Ok(Named::Nothing) => "nothing",
            other => panic!("{why}: {other:?}"),
        };
        assert_eq!(said, expected, "{why}");
    }
    let stub = Stub::start(|_| panic!("nothing is asked")).await;
    let elsewhere = "https://elsewhere.example/display/ab-cd";
    let named = adapter
        .at_url(&of(&stub, Software::Friendica), &frozen, 0, None, elsewhere)
        .await;
    assert_eq!((named, stub.seen().len()), (Ok(Named::Nothing), 0));
}
