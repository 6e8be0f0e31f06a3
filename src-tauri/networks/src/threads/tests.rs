//! The adapter against a server that answers as Threads is documented to, and as others report that it does.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use kossori_core::answer::{Answer, Receipt, Refusal};
use kossori_core::network::Network;
use kossori_engine::ports::{Frozen, Outgoing, OutgoingPart, Publisher, Session};
use reqwest::Url;
use serde_json::{Value, json};

use super::Threads;
use crate::Options;
use crate::testing::{Does, FixedClock, Seen, Stub, json, now, options, session};

mod sending;
mod answers;
mod threads;
mod looking;
mod signing_in;

const ALICE: &str = "17841400001";

pub(super) fn adapter() -> Threads {
    // A post call reads and makes things of its own, each with its share of the limit.
    let options = Options {
        post_limit: Duration::from_secs(3),
        ..options()
    };
    Threads::new(Arc::new(FixedClock), &options)
}

fn tokens(since: i64, ends_at: Option<i64>) -> String {
    json!({"access_token": "THtoken", "since": since, "ends_at": ends_at}).to_string()
}

pub(super) fn alice(server: &str) -> Session {
    let mut alice = session(Network::Threads, server, ALICE, &tokens(0, None));
    alice.account.handle = "alice".to_owned();
    alice
}

pub(super) fn outgoing(texts: &[&str]) -> Outgoing {
    let parts = texts.iter().map(|text| OutgoingPart {
        text: (*text).to_owned(),
        pictures: Vec::new(),
    });
    Outgoing {
        parts: parts.collect(),
        cw: None,
        visibility: None,
        lang: None,
        reply_to: None,
        quote: None,
        repost: None,
        at: now(),
        key: [7; 16],
    }
}

/// The path without its version, and the query's or the form's pairs.
fn asked(seen: &Seen) -> (String, Vec<(String, String)>) {
    let url = Url::parse(&format!("http://x{}", seen.path)).unwrap();
    let form = format!("http://x/?{}", String::from_utf8_lossy(&seen.body));
    let form = Url::parse(&form).unwrap();
    let pairs = url
        .query_pairs()
        .into_owned()
        .chain(form.query_pairs().into_owned())
        .collect();
    let path = url.path().trim_start_matches('/');
    (path.strip_prefix("v1.0/").unwrap_or(path).to_owned(), pairs)
}

pub(super) fn of<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let found = pairs.iter().find(|(known, _)| known == name);
    found.map(|(_, value)| value.as_str())
}

fn graph(status: u16, error: Value) -> Does {
    json(status, &json!({ "error": error }))
}

pub(super) fn media(id: &str, text: &str, at: &str) -> Value {
    json!({"id": id, "text": text, "timestamp": at, "permalink": format!("https://www.threads.com/@alice/post/C{id}")})
}

fn page(data: Value) -> Value {
    json!({"data": data, "paging": {"cursors": {"before": "B", "after": ""}}})
}

const BEFORE: &str = "2026-11-23T12:00:00+0000";

pub(super) const AFTER: &str = "2026-11-23T12:31:10+0000";

/// A small world: what its containers say, what was posted, and what the publishing call answers.
pub(super) struct World {
    status: &'static str,
    /// These are too old, whatever is said of the others.
    expired: Vec<&'static str>,
    /// Those are not known at all any more.
    forgets: bool,
    pub(super) threads: Vec<Value>,
    replies: Vec<Value>,
    publishing: Option<Does>,
    pub(super) reposting: Option<Does>,
    made: usize,
}

impl Default for World {
    fn default() -> Self {
        World {
            status: "FINISHED",
            expired: Vec::new(),
            forgets: false,
            threads: vec![media("90", "before", BEFORE)],
            replies: vec![media("91", "an answer", BEFORE)],
            publishing: None,
            reposting: None,
            made: 0,
        }
    }
}

impl World {
    fn answer(&mut self, seen: &Seen) -> Does {
        let (path, pairs) = asked(seen);
        assert_eq!(of(&pairs, "access_token"), Some("THtoken"));
        assert_eq!(seen.header("authorization"), None, "it goes as documented");
        match (seen.method.as_str(), path.as_str()) {
            ("GET", "me/threads") => json(200, &page(json!(self.threads))),
            ("GET", "me/replies") => json(200, &page(json!(self.replies))),
            ("POST", "17841400001/threads") => {
                self.made += 1;
                json(200, &json!({"id": format!("{}", 500 + self.made)}))
            }
            ("GET", id) if self.forgets && self.expired.contains(&id) => {
                graph(400, json!({"message": "does not exist", "code": 24}))
            }
            ("GET", id) if self.expired.contains(&id) => json(200, &json!({"id": id, "status": "EXPIRED"})),
            ("GET", id) if id.starts_with("50") => json(200, &json!({"id": id, "status": self.status})),
            ("POST", "17841400001/threads_publish")
                if self.expired.contains(&of(&pairs, "creation_id").unwrap()) =>
            {
                graph(400, json!({"message": "does not exist", "code": 24}))
            }
            ("POST", "17841400001/threads_publish") => self
                .publishing
                .take()
                .unwrap_or_else(|| json(200, &json!({"id": "100"}))),
            ("POST", "90/repost") => self.reposting.take().unwrap(),
            ("GET", "100") => json(
                200,
                &json!({"id": "100", "username": "Alice", "permalink": "https://www.threads.com/@alice/post/C100"}),
            ),
            other => panic!("{other:?}"),
        }
    }
}

pub(super) async fn start(world: World) -> (Stub, Arc<Mutex<World>>) {
    let world = Arc::new(Mutex::new(world));
    let shared = world.clone();
    let stub = Stub::start(move |seen| shared.lock().unwrap().answer(seen)).await;
    (stub, world)
}

pub(super) fn posts(stub: &Stub) -> Vec<(String, Vec<(String, String)>)> {
    let posted = stub.seen().into_iter().filter(|seen| seen.method == "POST");
    posted.map(|seen| asked(&seen)).collect()
}

fn receipt(id: &str) -> Receipt {
    Receipt {
        ids: vec![id.to_owned()],
        url: Some(format!("https://www.threads.com/@alice/post/C{id}")),
        visibility: None,
        last_url: None,
    }
}

fn posted(id: &str) -> Answer {
    Answer::Posted {
        receipt: receipt(id),
        author: Some(ALICE.to_owned()),
    }
}

fn refused(status: u16, kind: Refusal, code: &str, words: &str) -> Answer {
    Answer::Refused {
        status,
        kind,
        code: code.to_owned(),
        words: words.to_owned(),
    }
}

/// Part 0 is out as 100.
async fn thread(stub: &Stub, adapter: &Threads) -> Frozen {
    let session = alice(&stub.url);
    let frozen = adapter
        .freeze(&session, &outgoing(&["one", "two"]))
        .await
        .unwrap();
    assert_eq!(adapter.post(&session, &frozen, 0, None).await, posted("100"));
    frozen
}

fn answer_to(parent: &str, id: &str, text: &str) -> Value {
    let mut answer = media(id, text, AFTER);
    answer["replied_to"] = json!({ "id": parent });
    answer
}
