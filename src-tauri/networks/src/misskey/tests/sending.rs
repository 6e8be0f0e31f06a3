use std::sync::Mutex;

use jiff::SignedDuration;
use kossori_core::answer::{Answer, Receipt, Refusal};
use kossori_core::network::Visibility;
use kossori_engine::ports::{CallError, Frozen, Publisher};
use serde_json::{Value, json};

use super::{
    OTHERS, Script, adapter, answers, asked, at, error, frozen_with, note, outgoing, picture, record,
};
use crate::testing::{Does, Seen, Stub, says};

#[tokio::test]
async fn what_is_sent() {
    let stub = Stub::start(|seen: &Seen| match seen.path.as_str() {
        "/api/users/notes" if seen.json()["sinceId"] == json!("a4") => {
            answers(200, &json!([note("a5", "y", &[])]))
        }
        "/api/users/notes" if seen.json()["sinceId"] == json!("a5") => answers(200, &json!([])),
        "/api/users/notes" => answers(200, &json!([note("a4", "x", &[])])),
        "/api/ap/show" => answers(
            200,
            &json!({"type": "Note", "object": {"id": "a1", "uri": OTHERS, "visibility": "public"}}),
        ),
        "/api/notes/create" => answers(
            200,
            &json!({"createdNote": note("a6", "one", &[("visibility", json!("followers"))])}),
        ),
        path => panic!("{path}"),
    })
    .await;
    let adapter = adapter();
    let mut thread = outgoing(&[" one ", "two"]);
    thread.cw = Some("quiet".to_owned());
    thread.reply_to = Some(OTHERS.to_owned());
    let frozen = adapter.freeze(&at(&stub), &thread).await.unwrap();
    assert_eq!(
        record(&frozen)["last_own"],
        "a5",
        "the list of the newest may lag behind"
    );
    assert_eq!(
        frozen,
        adapter.freeze(&at(&stub), &thread).await.unwrap(),
        "nothing is drawn at random"
    );

    let first = adapter.post(&at(&stub), &frozen, 0, None).await;
    let expected = Receipt {
        ids: vec!["a6".to_owned()],
        url: Some(format!("{}/notes/a6", stub.url)),
        visibility: Some("private".to_owned()),
        last_url: None,
    };
    assert_eq!(
        first,
        Answer::Posted {
            receipt: expected,
            author: Some("u1".to_owned())
        }
    );
    adapter.post(&at(&stub), &frozen, 0, None).await;
    adapter.post(&at(&stub), &frozen, 1, Some("a6")).await;
    let posts = asked(&stub, "/api/notes/create");
    let body = |text: &str, reply: &str| json!({"text": text, "visibility": "home", "cw": "quiet", "replyId": reply});
    assert_eq!(posts[0].json(), body(" one ", "a1"));
    assert_eq!(posts[0].json(), posts[1].json());
    assert_eq!(posts[2].json(), body("two", "a6"));
    assert_eq!(posts[0].header("authorization"), Some("Bearer t0ken"));

    // A later part without what it answers would start a thread of its own.
    assert_eq!(
        adapter.post(&at(&stub), &frozen, 1, None).await,
        Answer::NeverLeft
    );
    let newer = Frozen("{\"v\":2}".into());
    assert_eq!(adapter.post(&at(&stub), &newer, 0, None).await, Answer::NeverLeft);
    assert_eq!(
        adapter.look(&at(&stub), &newer, 0, None).await,
        Err(CallError::BadFrozen)
    );
}

#[tokio::test]
async fn visibilities() {
    let stub = Stub::start(
        |seen: &Seen| match (seen.path.as_str(), &seen.json()["username"]) {
            ("/api/users/notes", _) => answers(200, &json!([])),
            ("/api/users/show", name) if *name == "bob" => {
                answers(200, &json!({"id": "u2", "username": "bob"}))
            }
            ("/api/users/show", name) if *name == "nobody" => error(404, "NO_SUCH_USER"),
            ("/api/users/show", _) => error(400, "FAILED_TO_RESOLVE_REMOTE_USER"),
            (path, _) => panic!("{path}"),
        },
    )
    .await;
    let adapter = adapter();
    let mut post = outgoing(&["@bob @nobody hi", "two"]);
    for (visibility, word) in [
        (None, "public"),
        (Some(Visibility::Public), "public"),
        (Some(Visibility::Unlisted), "home"),
        (Some(Visibility::Private), "followers"),
        (Some(Visibility::Direct), "specified"),
    ] {
        post.visibility = visibility;
        let frozen = record(&adapter.freeze(&at(&stub), &post).await.unwrap());
        let readers = if word == "specified" {
            json!(["u2"])
        } else {
            json!([])
        };
        assert_eq!(frozen["parts"][0]["visibility"], word);
        assert_eq!(frozen["parts"][0]["visible_user_ids"], readers, "{word}");
        assert_eq!(frozen["parts"][1]["visible_user_ids"], json!([]), "{word}");
        assert_eq!(frozen["last_own"], Value::Null);
    }
    post.parts[1].text = "@eve@gone.example".to_owned();
    let refused = adapter.freeze(&at(&stub), &post).await.unwrap_err();
    assert!(
        matches!(&refused, CallError::Refused { code, .. } if code == "FAILED_TO_RESOLVE_REMOTE_USER"),
        "who is not found would not see it: {refused:?}"
    );
}

/// What the post call is answered, and what that means.
#[tokio::test]
async fn answers_that_prove_nothing() {
    let adapter = adapter();
    let frozen = frozen_with(&adapter, &outgoing(&["one"]), vec![]).await;
    let created = |note: Value| answers(200, &json!({"createdNote": note}));
    let cases: Vec<(Script, Option<u16>)> = vec![
        (Box::new(|| answers(200, &json!({"no": "note"}))), Some(200)),
        (Box::new(move || created(note("", "one", &[]))), Some(200)),
        (
            Box::new(move || created(json!({"id": 5, "userId": "u1"}))),
            Some(200),
        ),
        (
            Box::new(move || created(json!({"id": "a6", "text": "one"}))),
            Some(200),
        ),
        (
            Box::new(move || created(json!({"id": "a6", "userId": ""}))),
            Some(200),
        ),
        // Said twice, differently.
        (
            Box::new(move || created(note("a6", "one", &[("userId", json!("u2"))]))),
            Some(200),
        ),
        (Box::new(|| says(204, &[], "")), Some(204)),
        (
            Box::new(|| says(200, &[("Content-Type", "text/html")], "<html>ok")),
            Some(200),
        ),
        (
            Box::new(|| says(200, &[("Content-Type", "application/json")], "{\"createdNote\"")),
            Some(200),
        ),
        (
            Box::new(|| Does::Floods(b"HTTP/1.1 200 X\r\nContent-Type: application/json\r\n\r\n{".to_vec())),
            Some(200),
        ),
        (Box::new(|| says(400, &[], "")), Some(400)),
        (
            Box::new(|| answers(400, &json!({"statusCode": 400, "error": "Bad Request"}))),
            Some(400),
        ),
        (
            Box::new(|| says(413, &[("Content-Type", "text/html")], "<html>too large")),
            Some(413),
        ),
        (Box::new(|| error(500, "INTERNAL_ERROR")), Some(500)),
        (Box::new(|| error(200, "INTERNAL_ERROR")), Some(200)),
        (Box::new(|| says(302, &[("Location", "/")], "")), Some(302)),
        (Box::new(|| Does::Hangs), None),
        (Box::new(|| Does::Waits), None),
    ];
    for (number, (does, status)) in cases.into_iter().enumerate() {
        let stub = Stub::start(move |_| does()).await;
        let answer = adapter.post(&at(&stub), &frozen, 0, None).await;
        assert_eq!(answer, Answer::Unclear { status }, "case {number}");
        assert_eq!(stub.seen().len(), 1, "case {number}: nothing is tried again");
    }
    // Said to be somebody else's: told as it is, so that it can be judged.
    let stub = Stub::start(|_| answers(200, &json!({"createdNote": {"id": "a6", "userId": "u2"}}))).await;
    let answer = adapter.post(&at(&stub), &frozen, 0, None).await;
    assert!(matches!(answer, Answer::Posted { author: Some(author), .. } if author == "u2"));
    // Nobody there.
    let gone = at(&stub);
    drop(stub);
    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    assert_eq!(adapter.post(&gone, &frozen, 0, None).await, Answer::NeverLeft);
}

#[tokio::test]
async fn refusals() {
    let adapter = adapter();
    let frozen = frozen_with(&adapter, &outgoing(&["one"]), vec![]).await;
    for (status, code, kind) in [
        (401, "AUTHENTICATION_FAILED", Refusal::Token),
        (401, "CREDENTIAL_REQUIRED", Refusal::Token),
        (403, "AUTHENTICATION_FAILED", Refusal::Token),
        (400, "CREDENTIAL_REQUIRED", Refusal::Token),
        (403, "PERMISSION_DENIED", Refusal::Other),
        (403, "YOUR_ACCOUNT_SUSPENDED", Refusal::Other),
        (403, "YOUR_ACCOUNT_MOVED", Refusal::Other),
        (400, "CONTAINS_PROHIBITED_WORDS", Refusal::Other),
        (400, "CONTAINS_TOO_MANY_MENTIONS", Refusal::Other),
        (400, "NO_SUCH_REPLY_TARGET", Refusal::Other),
        (400, "NO_SUCH_FILE", Refusal::Other),
        (409, "WHATEVER", Refusal::Duplicate),
        (
            429,
            "RATE_LIMIT_EXCEEDED",
            Refusal::RateLimit { retry_after: None },
        ),
    ] {
        let stub = Stub::start(move |_| error(status, code)).await;
        let answer = adapter.post(&at(&stub), &frozen, 0, None).await;
        let expected = Answer::Refused {
            status,
            kind,
            code: code.to_owned(),
            words: format!("{code}."),
        };
        assert_eq!(answer, expected, "{status} {code}");
    }
    let stub = Stub::start(|_| {
        let body = json!({"error": {"code": "RATE_LIMIT_EXCEEDED", "id": "x", "message": "Later.", "kind": "client"}});
        let headers = [("Content-Type", "application/json"), ("Retry-After", "77")];
        says(429, &headers, &body.to_string())
    })
    .await;
    let Answer::Refused { kind, .. } = adapter.post(&at(&stub), &frozen, 0, None).await else {
        panic!("429");
    };
    let retry_after = Some(SignedDuration::from_secs(77));
    assert_eq!(kind, Refusal::RateLimit { retry_after });
    // Which field, and what is wrong with it, in one line.
    let stub = Stub::start(|_| {
        let info = json!({"param": "#/properties/text/maxLength", "reason": "must NOT have more than\n3000 characters"});
        answers(400, &json!({"error": {"code": "INVALID_PARAM", "message": "Invalid param.", "id": "x", "info": info}}))
    })
    .await;
    let Answer::Refused { words, .. } = adapter.post(&at(&stub), &frozen, 0, None).await else {
        panic!("400");
    };
    assert_eq!(
        words,
        "Invalid param. (#/properties/text/maxLength: must NOT have more than 3000 characters)"
    );
}

#[tokio::test]
async fn what_is_answered() {
    let other = |object: Value| json!({"type": "Note", "object": object});
    let own = |path: &str| format!("own{path}");
    let there = json!({"id": "b1", "visibility": "public"});
    let in_channel = json!({"id": "b1", "visibility": "public", "channelId": "c1"});
    let theirs = json!({"id": "b2", "uri": "https://other.example/objects/5", "visibility": "public"});
    let elsewhere = json!({"id": "b2", "uri": "https://evil.example/notes/5"});
    let public = Visibility::Public;
    let private = Visibility::Private;
    // What is answered, what notes/show and ap/show say, the visibility, what is frozen or the error.
    type Case = (
        String,
        Result<Value, &'static str>,
        Result<Value, &'static str>,
        Visibility,
        &'static str,
    );
    let cases: Vec<Case> = vec![
        (own("/notes/b1"), Ok(there.clone()), Err("x"), private, "b1"),
        (
            own("/notes/b1/?x=1#y"),
            Ok(there.clone()),
            Err("x"),
            private,
            "b1",
        ),
        (own("/notes/b1"), Ok(in_channel.clone()), Err("x"), public, "b1"),
        (
            own("/notes/b1"),
            Ok(in_channel),
            Err("x"),
            private,
            "reply_would_be_wider",
        ),
        (
            own("/notes/b1"),
            Err("NO_SUCH_NOTE"),
            Err("NO_SUCH_OBJECT"),
            public,
            "reply_not_found",
        ),
        (
            own("/notes/b9"),
            Ok(there.clone()),
            Err("NO_SUCH_OBJECT"),
            public,
            "reply_not_found",
        ),
        (
            own("/@alice"),
            Err("x"),
            Err("NO_SUCH_OBJECT"),
            public,
            "reply_not_found",
        ),
        (own("/objects/7"), Err("x"), Ok(other(there)), public, "b1"),
        (OTHERS.to_owned(), Err("x"), Ok(other(theirs)), public, "b2"),
        (
            OTHERS.to_owned(),
            Err("x"),
            Ok(other(elsewhere)),
            public,
            "reply_not_found",
        ),
        (
            OTHERS.to_owned(),
            Err("x"),
            Ok(other(json!({"id": "b1"}))),
            public,
            "reply_not_found",
        ),
        (
            OTHERS.to_owned(),
            Err("x"),
            Ok(json!({"type": "User", "object": {"id": "u2"}})),
            public,
            "reply_not_found",
        ),
        (
            OTHERS.to_owned(),
            Err("x"),
            Err("NO_SUCH_OBJECT"),
            public,
            "reply_not_found",
        ),
        (
            OTHERS.to_owned(),
            Err("x"),
            Err("URI_INVALID"),
            public,
            "reply_not_found",
        ),
        (
            OTHERS.to_owned(),
            Err("x"),
            Err("FEDERATION_NOT_ALLOWED"),
            public,
            "FEDERATION_NOT_ALLOWED",
        ),
        (
            OTHERS.to_owned(),
            Err("x"),
            Err("REQUEST_FAILED"),
            public,
            "unclear",
        ),
    ];
    for (url, local, fetched, visibility, expected) in cases {
        let says = |what: &Result<Value, &'static str>| match what {
            Ok(value) => answers(200, value),
            Err(code) => error(400, code),
        };
        let stub = Stub::start(move |seen: &Seen| match seen.path.as_str() {
            "/api/users/notes" => answers(200, &json!([])),
            "/api/notes/show" => says(&local),
            "/api/ap/show" => says(&fetched),
            path => panic!("{path}"),
        })
        .await;
        let mut reply = outgoing(&["one"]);
        reply.visibility = Some(visibility);
        reply.reply_to = Some(url.replacen("own", &stub.url, 1));
        let got = match adapter().freeze(&at(&stub), &reply).await {
            Ok(frozen) => record(&frozen)["parts"][0]["reply_id"]
                .as_str()
                .unwrap()
                .to_owned(),
            Err(CallError::Refused { code, .. }) => code,
            Err(CallError::Unclear { .. }) => "unclear".to_owned(),
            Err(other) => panic!("{url}: {other:?}"),
        };
        assert_eq!(got, expected, "{url}");
    }
}

/// A drive that answers bytes that it has with the file that has them.
async fn drive(comment: Value, sensitive: bool) -> Stub {
    let made = Mutex::new(0);
    Stub::start(move |seen: &Seen| match seen.path.as_str() {
        "/api/drive/files/create" => {
            let has = |text: &str| seen.body.windows(text.len()).any(|part| part == text.as_bytes());
            let file = |id: String, comment: Value, sensitive: bool| {
                answers(
                    200,
                    &json!({"id": id, "name": "x", "comment": comment, "isSensitive": sensitive}),
                )
            };
            if has("old bytes") && !has("force") {
                return file("f0".to_owned(), comment.clone(), sensitive);
            }
            let mut made = made.lock().unwrap();
            *made += 1;
            let comment = if has("a cat") { json!("a cat") } else { json!(null) };
            file(format!("f{made}"), comment, has("isSensitive"))
        }
        "/api/drive/files/update" => answers(200, &json!({"id": "f0"})),
        "/api/notes/create" => answers(200, &json!({"createdNote": note("a6", "one", &[])})),
        path => panic!("{path}"),
    })
    .await
}

#[tokio::test]
async fn pictures() {
    let adapter = adapter();
    let mut post = outgoing(&["", "two"]);
    post.cw = Some("quiet".to_owned());
    post.parts[0].pictures = vec![picture("new bytes", "a cat"), picture("new bytes too", "")];
    let frozen = frozen_with(&adapter, &post, vec![]).await;
    let stub = drive(json!(null), false).await;
    let unsent = adapter.post(&at(&stub), &frozen, 0, None).await;
    assert_eq!(unsent, Answer::NeverLeft, "not without its pictures");
    let uploaded = adapter
        .upload(&at(&stub), &frozen, 0, &post.parts[0].pictures)
        .await
        .unwrap();
    let again = adapter
        .upload(&at(&stub), &uploaded, 0, &post.parts[0].pictures)
        .await
        .unwrap();
    assert_eq!(
        (again == uploaded, stub.seen().len()),
        (true, 2),
        "uploaded once, and nothing to put right"
    );
    adapter.post(&at(&stub), &uploaded, 0, None).await;
    let sent = json!({"visibility": "home", "cw": "quiet", "fileIds": ["f1", "f2"]});
    assert_eq!(
        asked(&stub, "/api/notes/create")[0].json(),
        sent,
        "no text is no field"
    );
    let body = String::from_utf8_lossy(&stub.seen()[0].body).into_owned();
    for part in [
        "filename=\"picture.png\"",
        "Content-Type: image/png",
        "name=\"comment\"",
        "name=\"isSensitive\"",
    ] {
        assert!(body.contains(part), "{part}: {body}");
    }
    assert!(!body.contains("name=\"i\"") && !body.contains("t0ken"), "{body}");
    assert_eq!(stub.seen()[0].header("authorization"), Some("Bearer t0ken"));
}

/// What the file that was there before is described as, whether it is sensitive, and what is put right for a picture with that
/// description, in a post with or without a warning.
#[tokio::test]
async fn bytes_that_were_there_before() {
    for (comment, sensitive, alt, cw, expected) in [
        (
            json!(null),
            false,
            "a cat",
            false,
            Some(json!({"fileId": "f0", "comment": "a cat"})),
        ),
        (
            json!("a dog"),
            false,
            "a cat",
            false,
            Some(json!({"fileId": "f0", "comment": "a cat"})),
        ),
        (json!("a cat"), false, "a cat", false, None),
        (
            json!("a cat"),
            false,
            "a cat",
            true,
            Some(json!({"fileId": "f0", "isSensitive": true})),
        ),
        (json!("a dog"), false, "", false, None),
        (json!(""), true, "", false, None),
        (
            json!("a dog"),
            false,
            "a cat",
            true,
            Some(json!({"fileId": "f0", "comment": "a cat", "isSensitive": true})),
        ),
    ] {
        let why = format!("{comment} {sensitive} {alt} {cw}");
        let adapter = adapter();
        let mut post = outgoing(&["one"]);
        post.cw = cw.then(|| "quiet".to_owned());
        post.parts[0].pictures = vec![picture("old bytes", alt)];
        let frozen = frozen_with(&adapter, &post, vec![]).await;
        let stub = drive(comment, sensitive).await;
        let uploaded = adapter
            .upload(&at(&stub), &frozen, 0, &post.parts[0].pictures)
            .await
            .unwrap();
        assert_eq!(record(&uploaded)["parts"][0]["file_ids"], json!(["f0"]), "{why}");
        let changes = asked(&stub, "/api/drive/files/update");
        assert_eq!(changes.first().map(Seen::json), expected, "{why}");
    }
    // Twice in one post: a note shows no file twice.
    let adapter = adapter();
    let mut post = outgoing(&["one"]);
    post.parts[0].pictures = vec![picture("old bytes", ""), picture("old bytes", "a cat")];
    let frozen = frozen_with(&adapter, &post, vec![]).await;
    let stub = drive(json!(null), false).await;
    let uploaded = adapter
        .upload(&at(&stub), &frozen, 0, &post.parts[0].pictures)
        .await
        .unwrap();
    assert_eq!(record(&uploaded)["parts"][0]["file_ids"], json!(["f0", "f1"]));
    assert_eq!(asked(&stub, "/api/drive/files/update").len(), 0);
}

#[tokio::test]
async fn uploads_that_fail() {
    let adapter = adapter();
    let mut post = outgoing(&["one"]);
    post.parts[0].pictures = vec![picture("old bytes", "a cat")];
    let frozen = frozen_with(&adapter, &post, vec![]).await;
    let file = || answers(200, &json!({"id": "f0", "comment": null}));
    let refused = |status: u16, code: &str| CallError::Refused {
        status,
        code: code.to_owned(),
        words: format!("{code}."),
    };
    let cases: Vec<(Script, Script, CallError)> = vec![
        (
            Box::new(|| error(400, "NO_FREE_SPACE")),
            Box::new(file),
            refused(400, "NO_FREE_SPACE"),
        ),
        (
            Box::new(|| error(413, "MAX_FILE_SIZE_EXCEEDED")),
            Box::new(file),
            refused(413, "MAX_FILE_SIZE_EXCEEDED"),
        ),
        (
            Box::new(|| says(413, &[], "")),
            Box::new(file),
            CallError::Unclear { status: Some(413) },
        ),
        (
            Box::new(|| answers(200, &json!({"id": ""}))),
            Box::new(file),
            CallError::Unclear { status: Some(200) },
        ),
        (Box::new(|| Does::Hangs), Box::new(file), CallError::Offline),
        (
            Box::new(file),
            Box::new(|| error(400, "RESTRICTED_BY_ROLE")),
            refused(400, "RESTRICTED_BY_ROLE"),
        ),
        (Box::new(file), Box::new(|| Does::Hangs), CallError::Offline),
    ];
    for (create, update, expected) in cases {
        let stub = Stub::start(move |seen: &Seen| match seen.path.as_str() {
            "/api/drive/files/create" => create(),
            _ => update(),
        })
        .await;
        let failed = adapter
            .upload(&at(&stub), &frozen, 0, &post.parts[0].pictures)
            .await;
        assert_eq!(failed, Err(expected));
    }
}

#[tokio::test]
async fn taking_away() {
    let cases: Vec<(Script, Result<(), CallError>)> = vec![
        (Box::new(|| says(204, &[], "")), Ok(())),
        (Box::new(|| error(400, "NO_SUCH_NOTE")), Ok(())),
        (
            Box::new(|| says(200, &[("Content-Type", "text/html")], "<html>")),
            Err(CallError::Unclear { status: Some(200) }),
        ),
        (
            Box::new(|| error(429, "RATE_LIMIT_EXCEEDED")),
            Err(CallError::RateLimit { retry_after: None }),
        ),
        (
            Box::new(|| error(400, "ACCESS_DENIED")),
            Err(CallError::Refused {
                status: 400,
                code: "ACCESS_DENIED".to_owned(),
                words: "ACCESS_DENIED.".to_owned(),
            }),
        ),
    ];
    for (does, expected) in cases {
        let stub = Stub::start(move |_| does()).await;
        assert_eq!(adapter().delete(&at(&stub), "a6").await, expected);
        assert_eq!(stub.seen()[0].path, "/api/notes/delete");
        assert_eq!(stub.seen()[0].json(), json!({"noteId": "a6"}));
    }
}
