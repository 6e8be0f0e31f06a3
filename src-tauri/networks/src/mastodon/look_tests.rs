//! Looking for a post whose answer was lost, and for what another copy of the folder may have sent.

use kossori_core::answer::Receipt;
use kossori_core::network::{Network, Software};
use kossori_engine::ports::{CallError, Found, Look, Named, Publisher};
use serde_json::{Value, json};

use super::tests::{TOKENS, adapter, frozen_with, outgoing, picture, status};
use crate::testing::{Stub, json, session};

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
            "a narrower visibility",
            with_ours("private"),
            true,
            true,
            Software::Mastodon,
            true,
        ),
        (
            "a narrower visibility, on Akkoma",
            with_ours("direct"),
            true,
            true,
            Software::Akkoma,
            true,
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
            Look::There(receipt) => {
                assert_eq!((found, receipt.ids), (true, vec!["40".to_owned()]), "{why}");
                assert!(receipt.visibility.is_some(), "what became of it is told: {why}");
            }
            other => assert_eq!((found, other), (false, Look::Absent), "{why}"),
        }
    }

    // A server that makes none wider: it may be somebody's of the same words, and is not sent again before a person looked.
    for (visibility, software) in [("public", Software::Mastodon), ("local", Software::Akkoma)] {
        let stub = timeline(with_ours(visibility), true, true, 7).await;
        let mut session = session(Network::Mastodon, &stub.url, "1", TOKENS);
        session.account.software = software;
        let look = adapter.look(&session, &frozen, 0, None).await;
        assert!(matches!(look, Ok(Look::Alike { .. })), "{visibility}: {look:?}");
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
