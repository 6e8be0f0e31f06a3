//! Whom a frozen record was meant for, beside what the server shows; and where people see what was posted.

use kossori_core::answer::{Answer, Receipt};
use kossori_core::network::{Network, Visibility};
use kossori_engine::ports::{Frozen, Publisher};
use serde_json::json;

use super::{OTHERS, TOKENS, adapter, answers, at, note, outgoing, record};
use crate::testing::{Seen, Stub, session};

/// It knows a note of somebody else's, which is for `theirs`; what is sent is shown as `shown`.
async fn server(theirs: &'static str, shown: &'static str) -> Stub {
    Stub::start(move |seen: &Seen| match seen.path.as_str() {
        "/api/users/notes" => answers(200, &json!([])),
        "/api/ap/show" => answers(
            200,
            &json!({"type": "Note",
                "object": {"id": "b1", "userId": "u9", "uri": OTHERS, "visibility": theirs, "text": "hi"}}),
        ),
        "/api/notes/create" => {
            let made = note("a1", "one", &[("visibility", json!(shown))]);
            answers(200, &json!({"createdNote": made}))
        }
        path => panic!("{path}"),
    })
    .await
}

async fn shown(stub: &Stub, frozen: &Frozen) -> Receipt {
    match adapter().post(&at(stub), frozen, 0, None).await {
        Answer::Posted { receipt, .. } => receipt,
        answer => panic!("{answer:?}"),
    }
}

#[tokio::test]
async fn what_was_meant_is_told_in_the_words_of_what_is_shown() {
    for (chosen, theirs) in [
        (Visibility::Public, "public"),
        (Visibility::Unlisted, "home"),
        (Visibility::Private, "followers"),
        (Visibility::Direct, "specified"),
    ] {
        let stub = server("public", theirs).await;
        let mut post = outgoing(&["one", "two"]);
        post.visibility = Some(chosen);
        let frozen = adapter().freeze(&at(&stub), &post).await.unwrap();
        assert_eq!(record(&frozen)["parts"][0]["visibility"], theirs);
        assert_eq!(adapter().meant_for(&frozen), Some(chosen));
        let seen = shown(&stub, &frozen).await.visibility;
        assert_eq!(seen.as_deref(), Some(chosen.as_str()), "nothing differs");
    }
    // What is none of its four words stays as it is, and is none of ours.
    let stub = server("public", "local").await;
    let frozen = adapter().freeze(&at(&stub), &outgoing(&["one"])).await.unwrap();
    assert_eq!(shown(&stub, &frozen).await.visibility.as_deref(), Some("local"));
}

#[tokio::test]
async fn where_nothing_was_chosen_it_was_meant_for_whom_what_it_answers_is() {
    for (theirs, expected) in [
        ("public", Visibility::Public),
        ("home", Visibility::Unlisted),
        ("followers", Visibility::Private),
        ("specified", Visibility::Direct),
        // Whatever comes: for not everybody.
        ("local", Visibility::Private),
    ] {
        let stub = server(theirs, "public").await;
        let mut reply = outgoing(&["one"]);
        (reply.visibility, reply.reply_to) = (None, Some(OTHERS.to_owned()));
        let frozen = adapter().freeze(&at(&stub), &reply).await.unwrap();
        assert_eq!(adapter().meant_for(&frozen), Some(expected), "{theirs}");
    }
    let stub = server("public", "public").await;
    let mut post = outgoing(&["one"]);
    post.visibility = None;
    let frozen = adapter().freeze(&at(&stub), &post).await.unwrap();
    assert_eq!(adapter().meant_for(&frozen), Some(Visibility::Public));
}

#[test]
fn a_record_that_cannot_be_read_says_nothing() {
    for odd in [
        "{}",
        r#"{"v":1,"last_own":null,"parts":[]}"#,
        r#"{"v":99,"parts":[]}"#,
    ] {
        assert_eq!(adapter().meant_for(&Frozen(odd.into())), None, "{odd}");
    }
}

#[test]
fn the_page_follows_from_the_id() {
    let account = session(Network::Misskey, "https://social.example", "u1", TOKENS).account;
    for (id, expected) in [
        ("9abc_x-1", Some("https://social.example/notes/9abc_x-1")),
        ("", None),
        ("../a", None),
        ("a?b", None),
    ] {
        assert_eq!(adapter().page(&account, id).as_deref(), expected, "{id:?}");
    }
}
