use kossori_core::answer::Receipt;
use kossori_engine::ports::{CallError, Found, Look, Named, Publisher};
use serde_json::{Value, json};

use super::{
    Script, adapter, answers, asked, at, error, frozen_with, note, outgoing, page_of, picture, timeline,
};
use crate::testing::{Does, Seen, Stub, says};

const UNREADABLE: CallError = CallError::Unclear { status: Some(200) };

/// Ids of one length, as servers make them.
fn id(number: u32) -> String {
    format!("a{number:05}")
}

fn noise(from: u32, to: u32) -> Vec<Value> {
    (from..=to)
        .map(|number| note(&id(number), "other", &[]))
        .collect()
}

fn with(number: u32, text: &str, change: &[(&str, Value)]) -> Vec<Value> {
    let mut notes = noise(1, 60);
    notes[number as usize - 1] = note(&id(number), text, change);
    notes
}

/// The account's notes, and whether the one that was frozen after note 10 is among them.
#[tokio::test]
async fn among_the_accounts_own() {
    let adapter = adapter();
    let text = "昼休み\nhttps://example.com/a?b=1 @bob@other.example";
    let frozen = frozen_with(&adapter, &outgoing(&[text, "two"]), noise(1, 10)).await;
    for (why, notes, found) in [
        ("there", with(40, text, &[]), Some("unlisted")),
        (
            "with white space at its ends",
            with(40, &format!(" {text}\n\u{feff}"), &[]),
            Some("unlisted"),
        ),
        (
            "narrowed by the server",
            with(40, text, &[("visibility", json!("followers"))]),
            Some("private"),
        ),
        (
            "widened by the server",
            with(40, text, &[("visibility", json!("public"))]),
            Some("public"),
        ),
        ("the first after the claim", with(11, text, &[]), Some("unlisted")),
        ("absent", noise(1, 60), None),
        ("none since", noise(1, 10), None),
        ("the same words from before the claim", with(10, text, &[]), None),
        (
            "the same words as an answer",
            with(40, text, &[("replyId", json!("a00003"))]),
            None,
        ),
        (
            "the same words as a quote",
            with(40, text, &[("renoteId", json!("a00003"))]),
            None,
        ),
        (
            "the same words with a poll",
            with(40, text, &[("poll", json!({"choices": []}))]),
            None,
        ),
        (
            "the same words under a warning",
            with(40, text, &[("cw", json!("x"))]),
            None,
        ),
        (
            "the same words with a picture",
            with(40, text, &[("fileIds", json!(["f1"]))]),
            None,
        ),
        (
            "a renote",
            with(40, text, &[("text", json!(null)), ("renoteId", json!("b1"))]),
            None,
        ),
        ("half of the words", with(40, "昼休み", &[]), None),
    ] {
        let stub = timeline(notes, 7).await;
        let look = adapter.look(&at(&stub), &frozen, 0, None).await.unwrap();
        match (look, found) {
            (Look::There(receipt), Some(visibility)) => {
                let number = if why.starts_with("the first") { 11 } else { 40 };
                let expected = Receipt {
                    ids: vec![id(number)],
                    url: Some(format!("{}/notes/{}", stub.url, id(number))),
                    visibility: Some(visibility.to_owned()),
                    last_url: None,
                };
                assert_eq!(receipt, expected, "{why}");
            }
            (look, found) => assert_eq!((look, found), (Look::Absent, None), "{why}"),
        }
        let first = &asked(&stub, "/api/users/notes")[0];
        let question = json!({"userId": "u1", "limit": 100, "withReplies": true, "withRenotes": true,
                              "withChannelNotes": true, "sinceId": id(10)});
        assert_eq!(first.json(), question, "{why}");
    }

    // A later part is told by what it answers.
    let second = with(41, "two", &[("replyId", json!(id(40)))]);
    let stub = timeline(second, 7).await;
    let there = adapter.look(&at(&stub), &frozen, 1, Some(&id(40))).await;
    assert!(matches!(there, Ok(Look::There(_))), "{there:?}");
    assert_eq!(
        adapter.look(&at(&stub), &frozen, 1, Some(&id(39))).await,
        Ok(Look::Absent)
    );
}

/// To the account itself a server leaves out its answers to whom it mutes; a stranger sees them, if the server shows any.
#[tokio::test]
async fn answers_to_the_muted() {
    let adapter = adapter();
    let mut reply = outgoing(&["one"]);
    reply.reply_to = Some(super::OTHERS.to_owned());
    let ours = || note(&id(20), "one", &[("replyId", json!("b1"))]);
    // What the account sees, what a stranger is answered, what a look and a search find.
    let cases: Vec<(Vec<Value>, Script, &str)> = vec![
        (vec![ours()], Box::new(|| panic!("found already")), "there"),
        (
            noise(11, 19),
            Box::new(move || answers(200, &json!([ours()]))),
            "there",
        ),
        (noise(11, 19), Box::new(|| answers(200, &json!([]))), "absent"),
        (
            noise(11, 19),
            Box::new(|| error(401, "CREDENTIAL_REQUIRED")),
            "absent",
        ),
        (
            noise(11, 19),
            Box::new(|| error(403, "PERMISSION_DENIED")),
            "absent",
        ),
        (
            noise(11, 19),
            Box::new(|| error(500, "INTERNAL_ERROR")),
            "unclear",
        ),
        (noise(11, 19), Box::new(|| Does::Hangs), "unclear"),
    ];
    for (number, (own, stranger, expected)) in cases.into_iter().enumerate() {
        let stub = Stub::start(move |seen: &Seen| {
            let signed = seen.header("authorization").is_some();
            match (seen.path.as_str(), signed, seen.json()["sinceId"].as_str()) {
                ("/api/ap/show", ..) => answers(
                    200,
                    &json!({"type": "Note", "object": {"id": "b1", "uri": super::OTHERS}}),
                ),
                (_, true, _) => answers(200, &json!(page_of(&own, seen, 100))),
                (_, false, Some("a00020")) => answers(200, &json!([])),
                (_, false, _) => stranger(),
            }
        })
        .await;
        let frozen = frozen_with_reply(&adapter, &reply).await;
        let look = match adapter.look(&at(&stub), &frozen, 0, None).await {
            Ok(Look::There(_)) => "there",
            Ok(_) => "absent",
            Err(_) => "unclear",
        };
        assert_eq!(look, expected, "case {number}");
        if number > 0 {
            let found = match adapter
                .find(&at(&stub), &reply, jiff::Timestamp::UNIX_EPOCH, &[])
                .await
            {
                Ok(Found::There(_)) => "there",
                Ok(_) => "absent",
                Err(_) => "unclear",
            };
            assert_eq!(found, expected, "case {number}");
        }
    }
}

async fn frozen_with_reply(adapter: &super::Misskey, reply: &super::Outgoing) -> super::Frozen {
    let stub = Stub::start(|seen: &Seen| match seen.path.as_str() {
        "/api/ap/show" => answers(
            200,
            &json!({"type": "Note", "object": {"id": "b1", "uri": super::OTHERS}}),
        ),
        _ => answers(200, &json!(page_of(&noise(1, 10), seen, 100))),
    })
    .await;
    adapter.freeze(&at(&stub), reply).await.unwrap()
}

/// An account that had no note yet, and one whose words are changed by a server of cats.
#[tokio::test]
async fn first_notes_and_cats() {
    let adapter = adapter();
    let frozen = frozen_with(&adapter, &outgoing(&["なんでもない morning"]), vec![]).await;
    let cat = |is_cat: bool| {
        note(
            &id(1),
            "にゃんでもにゃい mornyan",
            &[("user", json!({"id": "u1", "username": "alice", "isCat": is_cat}))],
        )
    };
    for (why, notes, found) in [
        ("there", vec![note(&id(1), "なんでもない morning", &[])], true),
        ("a cat's", vec![cat(true)], true),
        ("no cat's", vec![cat(false)], false),
        ("nothing", vec![], false),
    ] {
        let stub = timeline(notes, 7).await;
        let look = adapter.look(&at(&stub), &frozen, 0, None).await.unwrap();
        assert_eq!(matches!(look, Look::There(_)), found, "{why}");
        assert_eq!(
            asked(&stub, "/api/users/notes")[0].json()["sinceId"],
            "0",
            "{why}"
        );
    }
}

/// Servers that page otherwise than they should. An incomplete look says nothing.
#[tokio::test]
async fn pages() {
    let adapter = adapter();
    let frozen = frozen_with(&adapter, &outgoing(&["one"]), noise(1, 10)).await;
    let ours = || with(40, "one", &[]);
    type Pager = Box<dyn Fn(&Seen) -> Vec<Value> + Send + Sync>;
    let newest_first = |notes: Vec<Value>, knows_since: bool, knows_until: bool| -> Pager {
        Box::new(move |seen: &Seen| {
            let mut asked = seen.json();
            if !knows_since {
                asked.as_object_mut().unwrap().remove("sinceId");
            }
            if !knows_until {
                asked.as_object_mut().unwrap().remove("untilId");
            }
            let mut seen = seen.clone();
            if asked["untilId"].is_null() {
                asked["untilId"] = json!("z");
            }
            seen.body = asked.to_string().into_bytes();
            page_of(&notes, &seen, 7)
        })
    };
    let cases: Vec<(&str, Pager, Result<bool, CallError>)> = vec![
        ("newest first", newest_first(ours(), true, true), Ok(true)),
        (
            "newest first, absent",
            newest_first(noise(1, 60), true, true),
            Ok(false),
        ),
        (
            "newest first, without sinceId",
            newest_first(ours(), false, true),
            Ok(true),
        ),
        (
            "newest first, without sinceId, absent",
            newest_first(with(9, "one", &[]), false, true),
            Ok(false),
        ),
        (
            "newest first, knowing neither",
            newest_first(noise(1, 60), false, false),
            Err(UNREADABLE),
        ),
        (
            "always the same page",
            Box::new(|_| noise(20, 26)),
            Err(UNREADABLE),
        ),
        (
            "in no order",
            Box::new(|_| {
                vec![
                    note(&id(20), "x", &[]),
                    note(&id(22), "x", &[]),
                    note(&id(21), "x", &[]),
                ]
            }),
            Err(UNREADABLE),
        ),
        (
            "without end",
            Box::new(|seen: &Seen| {
                let since = seen.json()["sinceId"].as_str().unwrap()[1..]
                    .parse::<u32>()
                    .unwrap();
                noise(since + 1, since + 7)
            }),
            Err(UNREADABLE),
        ),
    ];
    for (why, pager, expected) in cases {
        let stub = Stub::start(move |seen| answers(200, &json!(pager(seen)))).await;
        let look = adapter.look(&at(&stub), &frozen, 0, None).await;
        let found = look.map(|look| matches!(look, Look::There(_)));
        assert_eq!(found, expected, "{why}");
    }

    let cases: Vec<(Script, CallError)> = vec![
        (
            Box::new(|| says(200, &[("Content-Type", "text/html")], "<html>")),
            UNREADABLE,
        ),
        (
            Box::new(|| says(200, &[("Content-Type", "application/json")], "[{\"id\"")),
            UNREADABLE,
        ),
        (Box::new(|| answers(200, &json!({"notes": []}))), UNREADABLE),
        (Box::new(|| answers(200, &json!([{"id": 5}]))), UNREADABLE),
        (
            Box::new(|| Does::Floods(b"HTTP/1.1 200 X\r\nContent-Type: application/json\r\n\r\n[".to_vec())),
            UNREADABLE,
        ),
        (
            Box::new(|| says(502, &[], "")),
            CallError::Unclear { status: Some(502) },
        ),
        (
            Box::new(|| says(204, &[], "")),
            CallError::Unclear { status: Some(204) },
        ),
        (
            Box::new(|| error(429, "RATE_LIMIT_EXCEEDED")),
            CallError::RateLimit { retry_after: None },
        ),
        (Box::new(|| Does::Hangs), CallError::Offline),
    ];
    for (does, expected) in cases {
        // The first page is well, the second is not.
        let stub = Stub::start(move |seen| match seen.json()["sinceId"].as_str() {
            Some("a00010") => answers(200, &json!(noise(11, 17))),
            _ => does(),
        })
        .await;
        assert_eq!(adapter.look(&at(&stub), &frozen, 0, None).await, Err(expected));
        let unfrozen = adapter.freeze(&at(&stub), &outgoing(&["one"])).await;
        assert!(
            unfrozen.is_err(),
            "what was there before is not known: {unfrozen:?}"
        );
    }
}

#[tokio::test]
async fn by_pictures() {
    let adapter = adapter();
    let stub = Stub::start(|_| answers(200, &json!({"id": "f1", "comment": "a cat"}))).await;
    for (text, file, found) in [
        ("", "f1", true),
        ("", "f2", false),
        ("one", "f1", true),
        ("one", "f2", false),
    ] {
        let mut post = outgoing(&[text]);
        post.parts[0].pictures = vec![picture("bytes", "a cat")];
        let frozen = frozen_with(&adapter, &post, vec![]).await;
        let frozen = adapter
            .upload(&at(&stub), &frozen, 0, &post.parts[0].pictures)
            .await
            .unwrap();
        let files = ("fileIds", json!([file]));
        let own = timeline(vec![note(&id(1), text, std::slice::from_ref(&files))], 7).await;
        let look = adapter.look(&at(&own), &frozen, 0, None).await.unwrap();
        assert_eq!(matches!(look, Look::There(_)), found, "{text:?} {file}");
        // The same bytes are the same file in another note.
        let other = timeline(vec![note(&id(1), "other words", &[files])], 7).await;
        assert_eq!(
            adapter.look(&at(&other), &frozen, 0, None).await,
            Ok(Look::Absent)
        );
    }
    // Not tried here, so its uploads are not known: a person has to look.
    let mut post = outgoing(&[""]);
    post.parts[0].pictures = vec![picture("bytes", "")];
    let frozen = frozen_with(&adapter, &post, vec![]).await;
    let own = timeline(
        vec![note(
            &id(1),
            "",
            &[("text", json!(null)), ("fileIds", json!(["f9"]))],
        )],
        7,
    )
    .await;
    let url = Some(format!("{}/notes/{}", own.url, id(1)));
    assert_eq!(
        adapter.look(&at(&own), &frozen, 0, None).await,
        Ok(Look::Alike { url })
    );
}

/// Of what another copy of the folder may have sent its uploads are not known.
#[tokio::test]
async fn finding() {
    let adapter = adapter();
    let thread = outgoing(&["one", "two"]);
    let mut pictures = outgoing(&[""]);
    pictures.parts[0].pictures = vec![picture("bytes", "a cat")];
    let one = |change: &[(&str, Value)]| note(&id(40), "one", change);
    let two = |parent: u32| note(&id(41), "two", &[("replyId", json!(id(parent)))]);
    let cat = note(&id(40), "", &[("text", json!(null)), ("fileIds", json!(["f1"]))]);
    for (why, post, notes, known, expected) in [
        ("nothing is there", &thread, vec![], "", "absent"),
        ("all of it", &thread, vec![one(&[]), two(40)], "", "there"),
        ("its first part alone", &thread, vec![one(&[])], "", "alike"),
        (
            "its second part answers something else",
            &thread,
            vec![one(&[]), two(39)],
            "",
            "alike",
        ),
        ("its second part alone", &thread, vec![two(40)], "", "absent"),
        (
            "another one of the same words",
            &thread,
            vec![one(&[])],
            "a00040",
            "absent",
        ),
        (
            "an older one",
            &thread,
            vec![one(&[("createdAt", json!("2000-01-01T00:00:00Z"))])],
            "",
            "absent",
        ),
        (
            "for other readers",
            &thread,
            vec![one(&[("visibility", json!("public"))])],
            "",
            "alike",
        ),
        (
            "a picture without a word",
            &pictures,
            vec![cat.clone()],
            "",
            "alike",
        ),
        ("the same, known", &pictures, vec![cat], "a00040", "absent"),
        (
            "neither words nor pictures",
            &pictures,
            vec![note(&id(40), "", &[])],
            "",
            "absent",
        ),
    ] {
        let stub = timeline(notes, 100).await;
        let page = |number: u32| Some(format!("{}/notes/{}", stub.url, id(number)));
        let since = "2026-01-01T00:00:00Z".parse().unwrap();
        let found = adapter
            .find(&at(&stub), post, since, &[known.to_owned()])
            .await
            .unwrap();
        let expected = match expected {
            "absent" => Found::Absent,
            "alike" => Found::Alike { url: page(40) },
            _ => Found::There(Receipt {
                ids: vec![id(40), id(41)],
                url: page(40),
                last_url: page(41),
                visibility: Some("unlisted".to_owned()),
            }),
        };
        assert_eq!(found, expected, "{why}");
        let dated = asked(&stub, "/api/users/notes");
        let dated = dated
            .iter()
            .find(|seen| !seen.json()["sinceDate"].is_null())
            .unwrap();
        assert_eq!(dated.json()["sinceDate"], json!(1_767_225_599_999_i64), "{why}");
    }
}

/// What the server has, what a person pasted, and what that proves of part 1 of a thread whose part 0 is note 40.
#[tokio::test]
async fn a_part_that_a_person_names_by_its_address() {
    let adapter = adapter();
    let frozen = frozen_with(&adapter, &outgoing(&["one", "two"]), noise(1, 10)).await;
    let part = |change: &[(&str, Value)]| {
        let mut part = note("a00041", "two", &[("replyId", json!("a00040"))]);
        for (field, value) in change {
            part[*field] = value.clone();
        }
        part
    };
    let bob = [
        ("userId", json!("u2")),
        ("user", json!({"id": "u2", "username": "bob"})),
    ];
    for (why, there, path, expected) in [
        ("the part", part(&[]), "/notes/a00041", "the part"),
        (
            "with what browsers add",
            part(&[]),
            "/notes/a00041/?x=1#y",
            "the part",
        ),
        (
            "made narrower",
            part(&[("visibility", json!("followers"))]),
            "/notes/a00041",
            "the part",
        ),
        ("another author", part(&bob), "/notes/a00041", "other author"),
        (
            "no author",
            part(&[("userId", json!(null)), ("user", json!(null))]),
            "/notes/a00041",
            "other author",
        ),
        (
            "other words",
            part(&[("text", json!("three"))]),
            "/notes/a00041",
            "other content",
        ),
        (
            "an answer to something else",
            part(&[("replyId", json!("a00039"))]),
            "/notes/a00041",
            "other content",
        ),
        (
            "no answer",
            part(&[("replyId", json!(null))]),
            "/notes/a00041",
            "other content",
        ),
        (
            "with a picture",
            part(&[("fileIds", json!(["f1"]))]),
            "/notes/a00041",
            "other content",
        ),
        (
            "from before the claim",
            part(&[("id", json!("a00010"))]),
            "/notes/a00010",
            "other content",
        ),
        (
            "another note than was asked for",
            part(&[]),
            "/notes/a00042",
            "nothing",
        ),
        ("the profile", part(&[]), "/@alice", "nothing"),
        ("no page of it", part(&[]), "/a00041", "nothing"),
        (
            "a path that steps out",
            part(&[]),
            "/notes/..%2fa00041",
            "nothing",
        ),
    ] {
        let stub = Stub::start(move |_| answers(200, &there)).await;
        let url = format!("{}{path}", stub.url);
        let named = adapter
            .at_url(&at(&stub), &frozen, 1, Some("a00040"), &url)
            .await
            .unwrap();
        let said = match &named {
            Named::ThePart(receipt) => {
                assert_eq!(receipt.ids, ["a00041"], "{why}");
                "the part"
            }
            Named::Nothing => "nothing",
            Named::OtherAuthor => "other author",
            Named::OtherContent => "other content",
        };
        assert_eq!(said, expected, "{why}");
        for seen in stub.seen() {
            assert_eq!(seen.path, "/api/notes/show", "{why}");
        }
    }
    let stub = Stub::start(|_| error(400, "NO_SUCH_NOTE")).await;
    for url in [
        "https://elsewhere.example/notes/a00041".to_owned(),
        format!("{}.evil.example/notes/a00041", stub.url),
        "a00041".to_owned(),
        String::new(),
    ] {
        let named = adapter.at_url(&at(&stub), &frozen, 1, Some("a00040"), &url).await;
        assert_eq!(named, Ok(Named::Nothing), "{url}");
    }
    assert_eq!(stub.seen().len(), 0, "an address elsewhere is not even asked for");
    let gone = format!("{}/notes/a00041", stub.url);
    let named = adapter
        .at_url(&at(&stub), &frozen, 1, Some("a00040"), &gone)
        .await;
    assert_eq!(named, Ok(Named::Nothing));
    let stub = Stub::start(|_| says(502, &[("Content-Type", "text/html")], "<html>")).await;
    let gone = format!("{}/notes/a00041", stub.url);
    let named = adapter
        .at_url(&at(&stub), &frozen, 1, Some("a00040"), &gone)
        .await;
    assert_eq!(
        named,
        Err(CallError::Unclear { status: Some(502) }),
        "an answer that says nothing"
    );
}
