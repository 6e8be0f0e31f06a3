//! Whom a frozen record was meant for, beside what the server shows; and where people see what was posted.

use kossori_core::answer::{Answer, Receipt};
use kossori_core::network::{Network, Software, Visibility};
use kossori_engine::ports::{Frozen, Outgoing, Publisher, Session};
use serde_json::{Value, json};

use super::tests::{TOKENS, adapter, outgoing, status};
use crate::testing::{Seen, Stub, json, session};

const BOBS: &str = "https://other.example/@bob/5";

/// An account whose posts are usually for followers; what it sends is shown as `shown`.
async fn server(shown: &'static str) -> (Stub, Session) {
    let stub = Stub::start(move |seen: &Seen| match seen.path.split('?').next().unwrap() {
        "/api/v1/accounts/verify_credentials" => json(
            200,
            &json!({"id": "1", "acct": "alice", "source": {"privacy": "private"}}),
        ),
        "/api/v1/accounts/1/statuses" => json(200, &json!([])),
        "/api/v1/statuses" => json(200, &status("100", "<p>one</p>", shown)),
        "/api/v2/search" => json(
            200,
            &json!({"statuses": [{"id": "55", "url": BOBS, "content": "<p>hi</p>", "visibility": "unlisted",
                "account": {"id": "9", "acct": "bob@other.example"}, "reblogged": false, "reblog": null}]}),
        ),
        path => panic!("{path}"),
    })
    .await;
    let session = session(Network::Mastodon, &stub.url, "1", TOKENS);
    (stub, session)
}

fn meant(chosen: Option<Visibility>) -> Outgoing {
    let mut outgoing = outgoing(&["one", "two"]);
    outgoing.visibility = chosen;
    outgoing
}

async fn shown(session: &Session, frozen: &Frozen) -> Receipt {
    match adapter().post(session, frozen, 0, None).await {
        Answer::Posted { receipt, .. } => receipt,
        answer => panic!("{answer:?}"),
    }
}

#[tokio::test]
async fn what_was_meant_is_told_in_the_words_of_what_is_shown() {
    for (chosen, expected) in [
        (Some(Visibility::Public), Visibility::Public),
        (Some(Visibility::Unlisted), Visibility::Unlisted),
        (Some(Visibility::Private), Visibility::Private),
        (Some(Visibility::Direct), Visibility::Direct),
        // As the account's own posts are.
        (None, Visibility::Private),
    ] {
        let (_stub, session) = server(expected.as_str()).await;
        let frozen = adapter().freeze(&session, &meant(chosen)).await.unwrap();
        assert_eq!(adapter().meant_for(&frozen), Some(expected), "{chosen:?}");
        let seen = shown(&session, &frozen).await.visibility;
        assert_eq!(seen.as_deref(), Some(expected.as_str()), "nothing differs");
    }
    // A server's own word is none of ours, and stays as it is.
    for wider in ["public", "local"] {
        let (_stub, session) = server(wider).await;
        let frozen = adapter().freeze(&session, &meant(None)).await.unwrap();
        let seen = shown(&session, &frozen).await.visibility;
        assert_eq!(seen.as_deref(), Some(wider));
        assert_ne!(
            seen.as_deref(),
            adapter().meant_for(&frozen).map(Visibility::as_str),
            "it differs"
        );
    }
}

#[tokio::test]
async fn a_repost_was_meant_for_whom_it_says() {
    for chosen in [None, Some(Visibility::Private)] {
        let (_stub, session) = server("public").await;
        let mut repost = outgoing(&[""]);
        (repost.visibility, repost.repost) = (chosen, Some(BOBS.to_owned()));
        let frozen = adapter().freeze(&session, &repost).await.unwrap();
        assert_eq!(adapter().meant_for(&frozen), chosen);
    }
}

#[test]
fn a_record_that_cannot_be_read_says_nothing() {
    let record = |record: Value| Frozen(record.to_string().into());
    for odd in [
        json!({}),
        json!({"v": 1, "last_own": null, "parts": []}),
        json!({"v": 99, "parts": []}),
    ] {
        assert_eq!(adapter().meant_for(&record(odd.clone())), None, "{odd}");
    }
}

#[test]
fn only_of_mastodons_own_numbers_a_page_is_known() {
    let account = |software, handle: &str| {
        let mut account = session(Network::Mastodon, "https://social.example", "1", TOKENS).account;
        account.software = software;
        account.handle = handle.to_owned();
        account
    };
    let alice = "alice@social.example";
    for (software, handle, id, expected) in [
        (
            Software::Mastodon,
            alice,
            "100",
            Some("https://social.example/@alice/100"),
        ),
        (Software::Akkoma, alice, "100", None),
        (Software::Unknown, alice, "100", None),
        (Software::Mastodon, "alice", "100", None),
        (Software::Mastodon, alice, "reblog:55", None),
        (Software::Mastodon, alice, "../100", None),
        (Software::Mastodon, alice, "A9x", None),
    ] {
        let page = adapter().page(&account(software, handle), id);
        assert_eq!(page.as_deref(), expected, "{software:?} {handle} {id}");
    }
}
