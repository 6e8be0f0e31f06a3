//! The adapter against a server that answers as Threads is documented to, and as others report that it does.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::SignedDuration;
use kossori_core::answer::{Answer, Receipt, Refusal};
use kossori_core::network::{Network, Visibility};
use kossori_engine::ports::{
    CallError, CameBack, CleanPicture, Drawn, Found, Frozen, Look, Named, Outgoing, OutgoingPart,
    OutgoingPicture, Publisher, Session, SignIn,
};
use kossori_engine::secret::Secret;
use reqwest::Url;
use serde_json::{Value, json};

use super::Threads;
use crate::Options;
use crate::testing::{Does, FixedClock, Seen, Stub, json, now, options, says, session};

const ALICE: &str = "17841400001";
const PAGE: &str = "https://me.example/back";

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

fn sign_in(server: &str) -> SignIn {
    SignIn {
        network: Network::Threads,
        server: Some(server.to_owned()),
        handle: None,
        secret: None,
        kept: None,
        client_id: Some(format!("4711 {PAGE}")),
        client_secret: Some(Secret::new("my-secret".to_owned())),
        client_name: None,
        local_server: true,
        plc: None,
        proxy: None,
    }
}

fn drawn() -> Drawn {
    Drawn {
        state: [0xab; 16],
        verifier: [1; 32],
    }
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

#[tokio::test]
async fn a_container_is_frozen_and_then_published() {
    let (stub, _) = start(World::default()).await;
    let (adapter, session) = (adapter(), alice(&stub.url));
    let frozen = adapter
        .freeze(&session, &outgoing(&["Lunch & #昼休み"]))
        .await
        .unwrap();
    let record: Value = serde_json::from_str(&frozen.0).unwrap();
    assert_eq!(record["container"], "501");
    assert_eq!(record["newest_thread"], json!({"id": "90", "at": BEFORE}));
    assert_eq!(
        record["newest_reply"],
        Value::Null,
        "nobody asks for what is not needed"
    );
    assert_eq!(adapter.upload(&session, &frozen, 0, &[]).await.unwrap(), frozen);
    let made = posts(&stub);
    assert_eq!(made.len(), 1, "nothing is published by that");
    assert_eq!(of(&made[0].1, "media_type"), Some("TEXT"));
    assert_eq!(of(&made[0].1, "text"), Some("Lunch & #昼休み"));
    assert_eq!(of(&made[0].1, "reply_to_id"), None);
    assert_eq!(of(&made[0].1, "auto_publish_text"), None);

    assert_eq!(adapter.post(&session, &frozen, 0, None).await, posted("100"));
    adapter.post(&session, &frozen, 0, None).await;
    let published = posts(&stub);
    assert_eq!(published.len(), 3);
    for again in &published[1..] {
        assert_eq!(again.0, "17841400001/threads_publish");
        assert_eq!(
            of(&again.1, "creation_id"),
            Some("501"),
            "the same container, always"
        );
    }
    for (record, part, replies_to) in [
        (Frozen("{\"v\":2}".into()), 0, None),
        (Frozen("nonsense".into()), 0, None),
        (frozen.clone(), 1, None),
        (frozen.clone(), 1, Some("not/an/id")),
        (frozen.clone(), 7, Some("100")),
    ] {
        let answer = adapter.post(&session, &record, part, replies_to).await;
        assert_eq!(answer, Answer::NeverLeft, "{part} {replies_to:?}");
    }
    assert_eq!(posts(&stub).len(), 3);
}

#[tokio::test]
async fn what_is_not_possible_there() {
    let (stub, _) = start(World::default()).await;
    let (adapter, session) = (adapter(), alice(&stub.url));
    let mut hidden = outgoing(&["one"]);
    hidden.visibility = Some(Visibility::Private);
    let refused = adapter.freeze(&session, &hidden).await.unwrap_err();
    assert_eq!(refused, CallError::Unsupported("visibility"));
    let picture = OutgoingPicture {
        picture: CleanPicture {
            bytes: Arc::from(&b"x"[..]),
            mime: "image/png".to_owned(),
            width: 1,
            height: 1,
        },
        alt: String::new(),
    };
    let mut pictured = outgoing(&["one"]);
    pictured.parts[0].pictures = vec![picture.clone()];
    let refused = adapter.freeze(&session, &pictured).await.unwrap_err();
    assert_eq!(refused, CallError::Unsupported("pictures"));
    let frozen = adapter.freeze(&session, &outgoing(&["one"])).await.unwrap();
    let refused = adapter
        .upload(&session, &frozen, 0, &[picture])
        .await
        .unwrap_err();
    assert_eq!(refused, CallError::Unsupported("pictures"));
    let mut strange = alice(&stub.url);
    strange.account.author_id = "../me".to_owned();
    let refused = adapter.author(&strange).await.unwrap_err();
    assert_eq!(refused, CallError::Unsupported("author"));
}

#[tokio::test]
async fn containers_that_are_not_ready() {
    // What it says of itself, what comes of it.
    for (status, expected) in [
        ("IN_PROGRESS", CallError::Unclear { status: Some(200) }),
        ("EXPIRED", CallError::Unclear { status: Some(200) }),
        ("PUBLISHED", CallError::Unclear { status: Some(200) }),
        ("SOMETHING_NEW", CallError::Unclear { status: Some(200) }),
        (
            "ERROR",
            CallError::Refused {
                status: 400,
                code: "container_error".to_owned(),
                words: String::new(),
            },
        ),
    ] {
        let (stub, _) = start(World {
            status,
            ..World::default()
        })
        .await;
        let frozen = adapter().freeze(&alice(&stub.url), &outgoing(&["one"])).await;
        assert_eq!(frozen.unwrap_err(), expected, "{status}");
    }
}

#[tokio::test]
async fn answers_to_one_s_own_post() {
    let (stub, world) = start(World::default()).await;
    let (adapter, session) = (adapter(), alice(&stub.url));
    let mut reply = outgoing(&["and more"]);
    reply.reply_to = Some("https://www.threads.net/@alice/post/C91/?xmt=5".to_owned());
    let frozen = adapter.freeze(&session, &reply).await.unwrap();
    let record: Value = serde_json::from_str(&frozen.0).unwrap();
    assert_eq!(
        (&record["reply_to"], &record["newest_reply"]["id"]),
        (&json!("91"), &json!("91"))
    );
    assert_eq!(of(&posts(&stub)[0].1, "reply_to_id"), Some("91"));

    let mut answer = media("100", "and more", AFTER);
    answer["replied_to"] = json!({"id": "91"});
    world.lock().unwrap().replies.insert(0, answer);
    world.lock().unwrap().status = "PUBLISHED";
    let looked = adapter.look(&session, &frozen, 0, None).await.unwrap();
    assert_eq!(looked, Look::There(receipt("100")));

    // Others' posts cannot be read, and one's own are found or are not there.
    for url in [
        "https://www.threads.com/@bob/post/C91",
        "https://www.threads.com/@alice/post/C55",
        "https://elsewhere.example/x",
    ] {
        reply.reply_to = Some(url.to_owned());
        let refused = adapter.freeze(&session, &reply).await.unwrap_err();
        assert!(
            matches!(&refused, CallError::Refused { status: 404, code, .. } if code == "reply_not_found"),
            "{url}: {refused:?}"
        );
    }

    // Nor is one found that lies further back than anybody looks.
    let stub = Stub::start(|seen| match asked(seen).0.as_str() {
        "me/threads" | "me/replies" => json(
            200,
            &json!({"data": [media("7", "x", BEFORE)], "paging": {"cursors": {"after": "on"}}}),
        ),
        other => panic!("{other}"),
    })
    .await;
    let refused = adapter.freeze(&alice(&stub.url), &reply_to_own(55)).await;
    assert!(
        matches!(&refused, Err(CallError::Refused { status: 404, .. })),
        "{refused:?}"
    );
}

fn reply_to_own(code: u32) -> Outgoing {
    let mut reply = outgoing(&["and more"]);
    reply.reply_to = Some(format!("https://www.threads.com/@alice/post/C{code}"));
    reply
}

fn refused(status: u16, kind: Refusal, code: &str, words: &str) -> Answer {
    Answer::Refused {
        status,
        kind,
        code: code.to_owned(),
        words: words.to_owned(),
    }
}

#[tokio::test]
async fn what_the_answer_to_the_post_call_means() {
    let unclear = |status| Answer::Unclear { status: Some(status) };
    let html = |status| says(status, &[("Content-Type", "text/html")], "<html>");
    let no_limit = || Refusal::RateLimit { retry_after: None };
    let error = |code: i64, words: &str| json!({"message": words, "type": "OAuthException", "code": code, "fbtrace_id": "A"});
    let cases: Vec<(Does, Answer)> = vec![
        (json(200, &json!({})), unclear(200)),
        (json(200, &json!({"id": ""})), unclear(200)),
        (json(200, &json!({"id": 100})), unclear(200)),
        (json(200, &json!({"id": "../me"})), unclear(200)),
        (json(201, &json!({"id": "100"})), unclear(201)),
        (html(200), unclear(200)),
        (html(400), unclear(400)),
        (html(500), unclear(500)),
        (
            says(302, &[("Location", "https://elsewhere.example/")], ""),
            unclear(302),
        ),
        (json(400, &json!({"message": "not Graph's"})), unclear(400)),
        (json(400, &json!({"error": "text"})), unclear(400)),
        (graph(500, error(190, "x")), unclear(500)),
        (graph(400, error(1, "An unknown error occurred")), unclear(400)),
        (
            graph(400, error(2, "Service temporarily unavailable")),
            unclear(400),
        ),
        (
            graph(400, json!({"message": "x", "code": 100, "is_transient": true})),
            unclear(400),
        ),
        (Does::Hangs, Answer::Unclear { status: None }),
        (Does::Waits, Answer::Unclear { status: None }),
        (
            Does::Floods(b"HTTP/1.1 200 X\r\nContent-Type: application/json\r\n\r\n".to_vec()),
            unclear(200),
        ),
        (
            graph(
                400,
                error(190, "Error validating access token: Session has expired"),
            ),
            refused(
                400,
                Refusal::Token,
                "graph_190",
                "Error validating access token: Session has expired",
            ),
        ),
        (
            graph(401, error(190, "Invalid OAuth access token")),
            refused(401, Refusal::Token, "graph_190", "Invalid OAuth access token"),
        ),
        (
            graph(400, error(4, "limit")),
            refused(400, no_limit(), "graph_4", "limit"),
        ),
        (
            graph(
                400,
                json!({"message": "(#4) Application request limit reached", "code": 4, "is_transient": true}),
            ),
            refused(
                400,
                no_limit(),
                "graph_4",
                "(#4) Application request limit reached",
            ),
        ),
        (
            graph(403, error(17, "limit")),
            refused(403, no_limit(), "graph_17", "limit"),
        ),
        (
            graph(400, error(32, "limit")),
            refused(400, no_limit(), "graph_32", "limit"),
        ),
        (
            graph(400, error(613, "limit")),
            refused(400, no_limit(), "graph_613", "limit"),
        ),
        (
            graph(
                400,
                json!({"message": "Application request limit reached", "code": 9, "error_subcode": 2207042}),
            ),
            refused(
                400,
                no_limit(),
                "graph_9_2207042",
                "Application request limit reached",
            ),
        ),
        (
            graph(429, error(80, "slow")),
            refused(429, no_limit(), "graph_80", "slow"),
        ),
        (
            graph(403, error(10, "no permission")),
            refused(403, Refusal::Other, "graph_10", "no permission"),
        ),
        (
            graph(403, error(200, "no permission")),
            refused(403, Refusal::Other, "graph_200", "no permission"),
        ),
        (
            graph(
                400,
                json!({"message": "Param text is bad\n", "code": 100, "error_subcode": 5, "error_user_msg": "Say it otherwise"}),
            ),
            refused(
                400,
                Refusal::Other,
                "graph_100_5",
                "Param text is bad : Say it otherwise",
            ),
        ),
        (
            graph(
                400,
                json!({"message": "THREADS_API__LINK_LIMIT_EXCEEDED", "code": 100}),
            ),
            refused(
                400,
                Refusal::Other,
                "threads_api__link_limit_exceeded",
                "THREADS_API__LINK_LIMIT_EXCEEDED",
            ),
        ),
        // Made a moment ago, and not known everywhere yet.
        (
            graph(
                400,
                json!({"message": "The requested resource does not exist", "code": 24, "error_subcode": 4279009}),
            ),
            refused(
                400,
                Refusal::RateLimit {
                    retry_after: Some(SignedDuration::from_secs(30)),
                },
                "graph_24_4279009",
                "The requested resource does not exist",
            ),
        ),
    ];
    let adapter = adapter();
    for (index, (does, expected)) in cases.into_iter().enumerate() {
        let (stub, world) = start(World::default()).await;
        let session = alice(&stub.url);
        let frozen = adapter.freeze(&session, &outgoing(&["one"])).await.unwrap();
        world.lock().unwrap().publishing = Some(does);
        let answer = adapter.post(&session, &frozen, 0, None).await;
        assert_eq!(answer, expected, "case {index}");
        assert_eq!(posts(&stub).len(), 2, "it is never published twice: case {index}");
    }
}

#[tokio::test]
async fn a_refusal_is_not_believed_of_what_was_published_before() {
    let adapter = adapter();
    let not_there = || graph(400, json!({"message": "does not exist", "code": 24}));
    let other = || graph(400, json!({"message": "already", "code": 100}));
    let plain = |code: &str, words: &str| refused(400, Refusal::Other, code, words);
    for (status, does, expected) in [
        ("PUBLISHED", not_there(), Answer::Unclear { status: None }),
        ("PUBLISHED", other(), Answer::Unclear { status: None }),
        ("ERROR", not_there(), plain("graph_24", "does not exist")),
        ("SOMETHING_NEW", not_there(), plain("graph_24", "does not exist")),
        ("FINISHED", other(), plain("graph_100", "already")),
    ] {
        let (stub, world) = start(World::default()).await;
        let session = alice(&stub.url);
        let frozen = adapter.freeze(&session, &outgoing(&["one"])).await.unwrap();
        {
            let mut world = world.lock().unwrap();
            (world.status, world.publishing) = (status, Some(does));
        }
        let answer = adapter.post(&session, &frozen, 0, None).await;
        assert_eq!(answer, expected, "{status}");
    }
}

/// It waited for a window for longer than a container lives: nothing was posted, and nothing is lost.
#[tokio::test]
async fn a_first_container_that_became_too_old_gets_another() {
    for forgets in [false, true] {
        another_container_takes_its_place(forgets).await;
    }
}

async fn another_container_takes_its_place(forgets: bool) {
    let world = World {
        forgets,
        ..World::default()
    };
    let (stub, world) = start(world).await;
    let (adapter, session) = (adapter(), alice(&stub.url));
    let frozen = adapter.freeze(&session, &outgoing(&["one"])).await.unwrap();
    world.lock().unwrap().expired = vec!["501"];
    let answer = adapter.post(&session, &frozen, 0, None).await;
    assert_eq!(answer, posted("100"));
    let published: Vec<String> = posts(&stub)
        .iter()
        .filter_map(|(_, pairs)| of(pairs, "creation_id").map(str::to_owned))
        .collect();
    assert_eq!(published, ["501", "502"]);
    // It is there already, by an earlier call: another one would be a second copy.
    world
        .lock()
        .unwrap()
        .threads
        .insert(0, media("100", "one", AFTER));
    let before = posts(&stub).len();
    assert_eq!(
        self::adapter().post(&session, &frozen, 0, None).await,
        posted("100")
    );
    assert_eq!(
        posts(&stub).len(),
        before + 1,
        "one that is turned away, and none made"
    );
}

/// A slow container is waited for by the next call, and is no reason to make another one each time.
#[tokio::test]
async fn a_container_that_is_not_ready_in_time_is_kept() {
    let (stub, world) = start(World::default()).await;
    let (adapter, session) = (adapter(), alice(&stub.url));
    let frozen = thread(&stub, &adapter).await;
    world.lock().unwrap().status = "IN_PROGRESS";
    let before = posts(&stub).len();
    for _ in 0..3 {
        let answer = adapter.post(&session, &frozen, 1, Some("100")).await;
        assert_eq!(answer, Answer::NeverLeft);
    }
    assert_eq!(posts(&stub).len(), before + 1);
    world.lock().unwrap().status = "FINISHED";
    let answer = adapter.post(&session, &frozen, 1, Some("100")).await;
    assert_eq!(answer, posted("100"));
    assert_eq!(posts(&stub).len(), before + 2);
    // Once it may be out, one that is on its way is looked for, and not published again.
    world.lock().unwrap().status = "IN_PROGRESS";
    let answer = adapter.post(&session, &frozen, 1, Some("100")).await;
    assert_eq!(answer, Answer::Unclear { status: None });
}

#[tokio::test]
async fn whose_it_is() {
    // What the post says of itself once it is out; the address and the author that come of it.
    for (told, url, author) in [
        (
            json(200, &json!({"permalink": "p", "username": "alice"})),
            Some("p"),
            true,
        ),
        (
            json(200, &json!({"permalink": "p", "username": "bob"})),
            Some("p"),
            false,
        ),
        (
            graph(
                400,
                json!({"message": "not to be seen", "code": 100, "error_subcode": 33}),
            ),
            None,
            false,
        ),
        (json(200, &json!({})), None, true),
        (json(500, &json!({})), None, true),
        (Does::Hangs, None, true),
        (Does::Waits, None, true),
    ] {
        let told = Mutex::new(Some(told));
        let stub = Stub::start(move |seen| match asked(seen).0.as_str() {
            "17841400001/threads_publish" => json(200, &json!({"id": "100"})),
            "100" => told.lock().unwrap().take().unwrap(),
            other => panic!("{other}"),
        })
        .await;
        let frozen = Frozen(
            json!({"v": 1, "key": "k", "parts": ["one"], "reply_to": null, "newest_thread": null, "newest_reply": null,
                   "container": "501"})
            .to_string()
            .into(),
        );
        let answer = adapter().post(&alice(&stub.url), &frozen, 0, None).await;
        let expected = Answer::Posted {
            receipt: Receipt {
                ids: vec!["100".to_owned()],
                url: url.map(str::to_owned),
                visibility: None,
                last_url: None,
            },
            author: author.then(|| ALICE.to_owned()),
        };
        assert_eq!(answer, expected);
    }
}

#[tokio::test]
async fn looking_at_the_container_and_then_at_the_posts() {
    let unclear = || Err(CallError::Unclear { status: Some(200) });
    let found = || Ok(Look::There(receipt("100")));
    let one = || media("100", " Lunch\n昼休み ", AFTER);
    let same_before = || media("80", "Lunch #昼休み", "2026-11-23T11:00:00+0000");
    let another = || media("101", "Lunch", AFTER);
    // What the container says, what was posted since, what comes of it.
    for (status, since, expected) in [
        ("FINISHED", vec![], Ok(Look::Absent)),
        ("FINISHED", vec![one()], found()),
        ("EXPIRED", vec![one()], found()),
        ("EXPIRED", vec![], Ok(Look::Unseen)),
        ("ERROR", vec![], Ok(Look::Absent)),
        ("IN_PROGRESS", vec![one()], unclear()),
        ("PUBLISHED", vec![one()], found()),
        ("PUBLISHED", vec![another(), one()], found()),
        ("PUBLISHED", vec![another()], unclear()),
        ("PUBLISHED", vec![], unclear()),
        ("SOMETHING_NEW", vec![one()], found()),
        ("SOMETHING_NEW", vec![], unclear()),
    ] {
        let (stub, world) = start(World::default()).await;
        let (adapter, session) = (adapter(), alice(&stub.url));
        let frozen = adapter
            .freeze(&session, &outgoing(&["Lunch #昼休み"]))
            .await
            .unwrap();
        {
            let mut world = world.lock().unwrap();
            world.status = status;
            let before = [vec![media("90", "before", BEFORE)], vec![same_before()]];
            world.threads = [since].into_iter().chain(before).flatten().collect();
        }
        let looked = adapter.look(&session, &frozen, 0, None).await;
        assert_eq!(looked, expected, "{status}");
        // The post at which looking ends was deleted: what is older is not it either.
        world.lock().unwrap().threads.retain(|media| media["id"] != "90");
        assert_eq!(
            adapter.look(&session, &frozen, 0, None).await,
            expected,
            "{status}"
        );
    }
}

#[tokio::test]
async fn a_container_that_cannot_be_asked() {
    let gone = || graph(400, json!({"message": "does not exist", "code": 24}));
    let token = || graph(400, json!({"message": "expired", "code": 190}));
    let limit = || graph(400, json!({"message": "limit", "code": 4}));
    for (does, there, expected) in [
        (gone(), true, Ok(Look::There(receipt("100")))),
        (gone(), false, Ok(Look::Unseen)),
        (Does::Hangs, true, Err(CallError::Offline)),
        (
            token(),
            true,
            Err(CallError::Token {
                code: "graph_190".to_owned(),
                words: "expired".to_owned(),
            }),
        ),
        (limit(), true, Err(CallError::RateLimit { retry_after: None })),
        (
            says(200, &[("Content-Type", "text/html")], "<html>"),
            false,
            Err(CallError::Unclear { status: Some(200) }),
        ),
    ] {
        let does = Mutex::new(Some(does));
        let stub = Stub::start(move |seen| match asked(seen).0.as_str() {
            "501" => does.lock().unwrap().take().unwrap(),
            "me/threads" if there => json(200, &page(json!([media("100", "one", AFTER)]))),
            "me/threads" => json(200, &page(json!([]))),
            other => panic!("{other}"),
        })
        .await;
        let frozen = Frozen(
            json!({"v": 1, "key": "k", "parts": ["one"], "reply_to": null, "newest_thread": null, "newest_reply": null,
                   "container": "501"})
            .to_string()
            .into(),
        );
        let looked = adapter().look(&alice(&stub.url), &frozen, 0, None).await;
        assert_eq!(looked, expected);
    }
}

#[tokio::test]
async fn looking_goes_through_all_pages_or_says_nothing() {
    let record = |mark: Value| {
        Frozen(
            json!({"v": 1, "key": "k", "parts": ["one"], "reply_to": null, "newest_thread": mark, "newest_reply": null,
                   "container": "501"})
            .to_string()
            .into(),
        )
    };
    let pages = AtomicUsize::new(0);
    let stub = Stub::start(move |seen| {
        let (path, pairs) = asked(seen);
        if path == "501" {
            return json(200, &json!({"status": "PUBLISHED"}));
        }
        match of(&pairs, "after") {
            None => json(
                200,
                &json!({"data": [media("102", "x", AFTER)], "paging": {"cursors": {"after": "p2"}}}),
            ),
            Some("p2") => json(
                200,
                &json!({"data": [media("101", "y", AFTER)], "paging": {"cursors": {"after": "p3"}}}),
            ),
            Some("p3") if pages.fetch_add(1, Ordering::SeqCst) == 0 => {
                json(200, &json!({"data": [media("100", "one", AFTER)], "paging": {}}))
            }
            Some("p3") => json(200, &json!({"data": "nonsense"})),
            other => panic!("{other:?}"),
        }
    })
    .await;
    let (adapter, session) = (adapter(), alice(&stub.url));
    let looked = adapter.look(&session, &record(Value::Null), 0, None).await;
    assert_eq!(looked, Ok(Look::There(receipt("100"))));
    let looked = adapter.look(&session, &record(Value::Null), 0, None).await;
    assert_eq!(
        looked,
        Err(CallError::Unclear { status: Some(200) }),
        "a page that cannot be read"
    );

    // Round in circles, and without an end.
    for circle in [true, false] {
        let number = AtomicUsize::new(0);
        let stub = Stub::start(move |seen| {
            if asked(seen).0 == "501" {
                return json(400, &json!({"error": {"message": "gone", "code": 24}}));
            }
            let after = if circle { 1 } else { number.fetch_add(1, Ordering::SeqCst) };
            json(
                200,
                &json!({"data": [media("102", "x", AFTER)], "paging": {"cursors": {"after": format!("c{after}")}}}),
            )
        })
        .await;
        let looked = adapter
            .look(&alice(&stub.url), &record(Value::Null), 0, None)
            .await;
        assert_eq!(looked, Err(CallError::Unclear { status: None }), "never absent");
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

#[tokio::test]
async fn later_parts_answer_the_part_before() {
    let (stub, world) = start(World::default()).await;
    let (adapter, session) = (adapter(), alice(&stub.url));
    let frozen = thread(&stub, &adapter).await;
    // The same words before, and to somebody else.
    world
        .lock()
        .unwrap()
        .replies
        .splice(0..0, [answer_to("99", "92", "two")]);
    world.lock().unwrap().publishing = Some(json(200, &json!({"id": "100"})));
    assert_eq!(
        adapter.post(&session, &frozen, 1, Some("100")).await,
        posted("100")
    );
    let posts = posts(&stub);
    assert_eq!(posts.len(), 4);
    assert_eq!(of(&posts[2].1, "text"), Some("two"));
    assert_eq!(of(&posts[2].1, "reply_to_id"), Some("100"));
    assert_eq!(of(&posts[3].1, "creation_id"), Some("502"));
}

#[tokio::test]
async fn a_later_part_whose_answer_is_lost_is_published_once() {
    let (stub, world) = start(World::default()).await;
    let (adapter, session) = (adapter(), alice(&stub.url));
    let frozen = thread(&stub, &adapter).await;
    let post = async |adapter: &Threads| adapter.post(&session, &frozen, 1, Some("100")).await;
    let look = async |adapter: &Threads| adapter.look(&session, &frozen, 1, Some("100")).await;

    world.lock().unwrap().publishing = Some(Does::Hangs);
    assert_eq!(post(&adapter).await, Answer::Unclear { status: None });
    // It did not arrive: a person is asked, nothing is published again by itself.
    assert_eq!(look(&adapter).await, Ok(Look::Unseen));
    // The person says that it is not there: the same container again, not another one.
    world.lock().unwrap().publishing = Some(Does::Hangs);
    assert_eq!(post(&adapter).await, Answer::Unclear { status: None });
    let asked = posts(&stub);
    assert_eq!(of(&asked[3].1, "creation_id"), Some("502"));
    assert_eq!(of(&asked[4].1, "creation_id"), Some("502"));

    // It did arrive, and is not to be seen yet: neither absent nor published again.
    world.lock().unwrap().status = "PUBLISHED";
    assert_eq!(
        look(&adapter).await,
        Err(CallError::Unclear { status: Some(200) })
    );
    assert_eq!(post(&adapter).await, Answer::Unclear { status: None });
    assert_eq!(posts(&stub).len(), 5);
    // A program that was started anew knows no container, and asks.
    let anew = self::adapter();
    assert_eq!(look(&anew).await, Ok(Look::Unseen));
    // It is to be seen.
    world
        .lock()
        .unwrap()
        .replies
        .insert(0, answer_to("100", "103", "two"));
    for adapter in [&adapter, &anew] {
        assert_eq!(look(adapter).await, Ok(Look::There(receipt("103"))));
        assert_eq!(
            post(adapter).await,
            posted("103"),
            "it is found instead of published again"
        );
    }
    assert_eq!(posts(&stub).len(), 5);
}

#[tokio::test]
async fn a_later_part_whose_container_is_worth_nothing_gets_another() {
    for status in ["ERROR", "EXPIRED"] {
        let (stub, world) = start(World::default()).await;
        let (adapter, session) = (adapter(), alice(&stub.url));
        let frozen = thread(&stub, &adapter).await;
        world.lock().unwrap().publishing = Some(Does::Hangs);
        adapter.post(&session, &frozen, 1, Some("100")).await;
        world.lock().unwrap().status = status;
        let looked = adapter.look(&session, &frozen, 1, Some("100")).await;
        assert_eq!(looked, Ok(Look::Unseen));
        let before = stub.seen().len();
        let again = adapter.post(&session, &frozen, 1, Some("100")).await;
        assert!(!matches!(again, Answer::Posted { .. }), "{again:?}");
        let made: Vec<String> = stub.seen()[before..]
            .iter()
            .filter(|seen| seen.method == "POST")
            .map(|seen| asked(seen).0)
            .collect();
        assert_eq!(
            made,
            ["17841400001/threads"],
            "another one, which is not ready either"
        );
    }
}

#[tokio::test]
async fn what_goes_wrong_before_a_later_part_is_published_published_nothing() {
    let error = |code: i64| json!({"message": "x", "code": code});
    for (does, expected) in [
        (Does::Hangs, Answer::NeverLeft),
        (Does::Waits, Answer::NeverLeft),
        (json(500, &json!({})), Answer::NeverLeft),
        (json(200, &json!({"data": "nonsense"})), Answer::NeverLeft),
        (
            graph(400, error(190)),
            refused(401, Refusal::Token, "graph_190", "x"),
        ),
        (
            graph(400, error(4)),
            refused(429, Refusal::RateLimit { retry_after: None }, "rate_limit", ""),
        ),
        (
            graph(403, error(10)),
            refused(403, Refusal::Other, "graph_10", "x"),
        ),
    ] {
        let does = Mutex::new(Some(does));
        let stub = Stub::start(move |seen| match asked(seen).0.as_str() {
            "me/replies" => does.lock().unwrap().take().unwrap(),
            other => panic!("{other}"),
        })
        .await;
        let frozen = Frozen(
            json!({"v": 1, "key": "k", "parts": ["one", "two"], "reply_to": null, "newest_thread": null,
                   "newest_reply": null, "container": "501"})
            .to_string()
            .into(),
        );
        let answer = adapter().post(&alice(&stub.url), &frozen, 1, Some("100")).await;
        assert_eq!(answer, expected);
    }
}

#[tokio::test]
async fn finding_what_another_copy_sent() {
    let since = now();
    for (threads, replies, known, expected) in [
        (vec![], vec![], "", Found::Absent),
        // The same words, before.
        (vec![media("90", "one", BEFORE)], vec![], "", Found::Absent),
        (vec![media("100", "one", AFTER)], vec![], "100", Found::Absent),
        (
            vec![media("100", "one", AFTER)],
            vec![],
            "",
            Found::Alike {
                url: receipt("100").url,
            },
        ),
        (
            vec![media("100", "one", AFTER)],
            vec![answer_to("99", "101", "two")],
            "",
            Found::Alike {
                url: receipt("100").url,
            },
        ),
        (
            vec![media("100", "one", AFTER)],
            vec![answer_to("100", "101", "two")],
            "",
            Found::There(Receipt {
                ids: vec!["100".to_owned(), "101".to_owned()],
                last_url: receipt("101").url,
                ..receipt("100")
            }),
        ),
    ] {
        let (stub, _) = start(World {
            threads,
            replies,
            ..World::default()
        })
        .await;
        let found = adapter()
            .find(
                &alice(&stub.url),
                &outgoing(&["one", "two"]),
                since,
                &[known.to_owned()],
            )
            .await;
        assert_eq!(found.unwrap(), expected);
        assert!(posts(&stub).is_empty(), "looking makes no containers");
    }
    // There is no seeing to the end: that is said, so that a person looks, and no sign that the network is away.
    let stub = Stub::start(|_| {
        json(
            200,
            &json!({"data": [media("102", "x", AFTER)], "paging": {"cursors": {"after": "c"}}}),
        )
    })
    .await;
    let found = adapter()
        .find(&alice(&stub.url), &outgoing(&["one"]), since, &[])
        .await;
    assert_eq!(found, Err(CallError::Unclear { status: Some(200) }));
}

#[tokio::test]
async fn a_part_that_a_person_names_by_its_address() {
    let (stub, world) = start(World::default()).await;
    let (adapter, session) = (adapter(), alice(&stub.url));
    let frozen = thread(&stub, &adapter).await;
    let answers = [answer_to("100", "104", "another"), answer_to("100", "103", "two")];
    world.lock().unwrap().replies.splice(0..0, answers);
    for (code, expected) in [
        ("@alice/post/C103", Named::ThePart(receipt("103"))),
        ("@Alice/post/C103/?igshid=1", Named::ThePart(receipt("103"))),
        ("@alice/post/C104", Named::OtherContent),
        ("@alice/post/C91", Named::Nothing),
        ("@alice/post/C77", Named::Nothing),
        ("@bob/post/C103", Named::OtherAuthor),
        ("@alice", Named::Nothing),
    ] {
        let url = format!("https://www.threads.net/{code}");
        let named = adapter
            .at_url(&session, &frozen, 1, Some("100"), &url)
            .await
            .unwrap();
        assert_eq!(named, expected, "{code}");
    }
}

#[tokio::test]
async fn deleting() {
    let gone = || graph(400, json!({"message": "gone", "code": 24}));
    let hidden = || {
        graph(
            400,
            json!({"message": "hidden", "code": 100, "error_subcode": 33}),
        )
    };
    let no = |code: &str, words: &str| {
        Err(CallError::Refused {
            status: 400,
            code: code.to_owned(),
            words: words.to_owned(),
        })
    };
    for (does, read, expected) in [
        (json(200, &json!({"success": true})), None, Ok(())),
        (gone(), None, Ok(())),
        (hidden(), Some(hidden()), Ok(())),
        // It is there, and this token may not.
        (
            hidden(),
            Some(json(200, &json!({"id": "100"}))),
            no("graph_100_33", "hidden"),
        ),
        (
            graph(400, json!({"message": "no permission", "code": 10})),
            None,
            no("graph_10", "no permission"),
        ),
        (
            says(500, &[], ""),
            None,
            Err(CallError::Unclear { status: Some(500) }),
        ),
    ] {
        let answers = Mutex::new((Some(does), read));
        let stub = Stub::start(move |seen| {
            assert_eq!(asked(seen).0, "100");
            let mut answers = answers.lock().unwrap();
            if seen.method == "DELETE" {
                answers.0.take().unwrap()
            } else {
                answers.1.take().unwrap()
            }
        })
        .await;
        assert_eq!(adapter().delete(&alice(&stub.url), "100").await, expected);
    }
    let refused = adapter().delete(&alice("http://127.0.0.1:9"), "../me").await;
    assert_eq!(refused, Err(CallError::BadFrozen));
}

fn sixty_days() -> Option<jiff::Timestamp> {
    now().checked_add(SignedDuration::from_hours(60 * 24)).ok()
}

/// Codes, short and long tokens, as Meta hands them out.
async fn grants() -> Stub {
    Stub::start(|seen: &Seen| {
        let (path, pairs) = asked(seen);
        match path.as_str() {
            "oauth/access_token" if of(&pairs, "code") == Some("AQold") => json(
                400,
                &json!({"error_type": "OAuthException", "code": 400, "error_message": "This authorization code has expired"}),
            ),
            "oauth/access_token" => json(200, &json!({"access_token": "THshort", "user_id": 17841400001_u64})),
            "access_token" if of(&pairs, "access_token") == Some("THshort") => {
                assert_eq!(of(&pairs, "client_secret"), Some("my-secret"));
                json(200, &json!({"access_token": "THlong", "token_type": "bearer", "expires_in": 5184000}))
            }
            "access_token" => graph(400, json!({"message": "Session key invalid", "type": "OAuthException", "code": 452})),
            "refresh_access_token" if of(&pairs, "access_token") == Some("THtoken") => {
                json(200, &json!({"access_token": "THnew", "token_type": "bearer", "expires_in": 5184000}))
            }
            "refresh_access_token" => graph(400, json!({"message": "Session has expired", "code": 190})),
            "me" if matches!(of(&pairs, "access_token"), Some("THlong" | "THtoken")) => {
                json(200, &json!({"id": ALICE, "username": "alice"}))
            }
            "me" => graph(400, json!({"message": "Invalid OAuth access token", "type": "OAuthException", "code": 190})),
            other => panic!("{other}"),
        }
    })
    .await
}

#[tokio::test]
async fn signing_in_by_token() {
    let stub = grants().await;
    // What is given, with the app's secret; the token that is kept, whether somebody said when it ends.
    for (given, secret, kept, told) in [
        ("THtoken\n", false, "THtoken", false),
        ("THtoken", true, "THtoken", false),
        ("THshort", true, "THlong", true),
        (
            r#"{"access_token":"THtoken","expires_in":5184000}"#,
            false,
            "THtoken",
            true,
        ),
        (r#"{"access_token":"THtoken"}"#, true, "THtoken", false),
    ] {
        let mut wish = sign_in(&stub.url);
        wish.secret = Some(Secret::new(given.to_owned()));
        wish.client_id = None;
        if !secret {
            wish.client_secret = None;
        }
        let signed_in = adapter().sign_in(&wish).await.unwrap();
        assert_eq!(signed_in.author_id, ALICE);
        assert_eq!(
            (signed_in.handle.as_str(), &signed_in.server),
            ("alice", &stub.url)
        );
        assert_eq!(signed_in.session_ends_at, sixty_days(), "{given}");
        let tokens: Value = serde_json::from_str(signed_in.tokens.expose()).unwrap();
        assert_eq!(tokens["access_token"], kept, "{given}");
        let renewed = if told { 7 * 24 } else { 25 };
        let at = now().checked_add(SignedDuration::from_hours(renewed)).ok();
        assert_eq!(adapter().access_ends_at(&signed_in.tokens), at, "{given}");
    }
    let mut wish = sign_in(&stub.url);
    wish.secret = Some(Secret::new("wrong".to_owned()));
    let refused = adapter().sign_in(&wish).await.unwrap_err();
    assert!(matches!(refused, CallError::Token { .. }), "{refused:?}");
    wish.server = Some("https://graph.elsewhere.example".to_owned());
    assert_eq!(
        adapter().sign_in(&wish).await.unwrap_err(),
        CallError::AddressRefused
    );
    let asked = Stub::start(|_| json(200, &json!({"id": "../x", "username": "y"}))).await;
    let mut wish = sign_in(&asked.url);
    (wish.secret, wish.client_secret) = (Some(Secret::new("THtoken".to_owned())), None);
    let strange = adapter().sign_in(&wish).await.unwrap_err();
    assert_eq!(strange, CallError::Unclear { status: Some(200) });
}

#[tokio::test]
async fn signing_in_by_browser() {
    let stub = grants().await;
    let wish = sign_in(&stub.url);
    let begun = adapter().begin(&wish, None, &drawn()).await.unwrap();
    let state = "ab".repeat(16);
    let expected = format!(
        "{}/oauth/authorize?client_id=4711&redirect_uri=https%3A%2F%2Fme.example%2Fback&scope=threads_basic%2C\
         threads_content_publish%2Cthreads_manage_replies%2Cthreads_read_replies%2Cthreads_delete&response_type=code\
         &state={state}",
        stub.url
    );
    assert_eq!(begun.url, expected);
    let pasted = |text: String| CameBack::Pasted(Secret::new(text));
    for came in [
        pasted(format!("{PAGE}?code=AQgood&state={state}#_")),
        pasted("AQgood#_".to_owned()),
        // A token that was made in the app itself.
        pasted("THtoken".to_owned()),
    ] {
        let signed_in = adapter().finish(&wish, &begun, &came).await.unwrap();
        assert_eq!(
            (signed_in.author_id.as_str(), signed_in.session_ends_at),
            (ALICE, sixty_days())
        );
        // Signed in again, the registration that the tokens came of need not be named: it lies with them in the keyring.
        let again = SignIn {
            client_id: None,
            client_secret: None,
            kept: Some(signed_in.tokens.clone()),
            ..sign_in(&stub.url)
        };
        let begun_again = adapter().begin(&again, None, &drawn()).await.unwrap();
        assert_eq!(begun_again.url, begun.url);
        let signed_in_again = adapter().finish(&again, &begun_again, &came).await.unwrap();
        // Exchanged for one that lasts, too.
        assert_eq!(signed_in_again.tokens.expose(), signed_in.tokens.expose());
        // A token alone leaves the registration where it is.
        let by_token = SignIn {
            secret: Some(Secret::new("THtoken".to_owned())),
            kept: Some(signed_in.tokens.clone()),
            client_id: None,
            client_secret: None,
            ..sign_in(&stub.url)
        };
        let by_token = adapter().sign_in(&by_token).await.unwrap();
        assert!(by_token.tokens.expose().contains("my-secret"));
    }
    let exchanged = &stub.seen()[0];
    assert_eq!(
        String::from_utf8(exchanged.body.clone()).unwrap(),
        "client_id=4711&client_secret=my-secret&grant_type=authorization_code&redirect_uri=https%3A%2F%2Fme.example%2Fback\
         &code=AQgood"
    );
    for (came, code) in [
        (pasted(format!("{PAGE}?code=AQgood&state=other")), "state_differs"),
        (
            pasted(format!("{PAGE}?error=access_denied&state={state}")),
            "access_denied",
        ),
        (
            pasted(format!("{PAGE}?code=AQold&state={state}")),
            "OAuthException",
        ),
    ] {
        let refused = adapter().finish(&wish, &begun, &came).await.unwrap_err();
        assert!(
            matches!(&refused, CallError::Refused { code: found, .. } if found == code),
            "{refused:?}"
        );
    }

    // What is missing.
    let mut wish = sign_in(&stub.url);
    wish.client_id = Some("4711".to_owned());
    let begun = adapter().begin(&wish, None, &drawn()).await;
    assert_eq!(begun.unwrap_err(), CallError::Unsupported("no_redirect"));
    assert!(adapter().begin(&wish, Some(PAGE), &drawn()).await.is_ok());
    let begun = adapter()
        .begin(&wish, Some("http://127.0.0.1:8737/"), &drawn())
        .await;
    assert_eq!(begun.unwrap_err(), CallError::Unsupported("redirect"));
    wish.client_secret = None;
    let begun = adapter().begin(&wish, Some(PAGE), &drawn()).await;
    assert_eq!(begun.unwrap_err(), CallError::Unsupported("no_client_secret"));
    wish.client_id = None;
    let begun = adapter().begin(&wish, Some(PAGE), &drawn()).await;
    assert_eq!(begun.unwrap_err(), CallError::Unsupported("no_client_id"));
}

#[tokio::test]
async fn renewing() {
    let stub = grants().await;
    let renewed = adapter().refresh(&alice(&stub.url)).await.unwrap();
    assert_eq!(renewed.session_ends_at, sixty_days());
    let tokens: Value = serde_json::from_str(renewed.tokens.expose()).unwrap();
    assert_eq!(tokens["access_token"], "THnew");
    assert_eq!(
        stub.seen()[0].path,
        "/refresh_access_token?grant_type=th_refresh_token&access_token=THtoken"
    );
    assert_eq!(tokens["app"], Value::Null);
    let mut own = alice(&stub.url);
    own.tokens = Secret::new(
        r#"{"access_token":"THtoken","since":0,"app":{"id":"4711 p","secret":"hush"}}"#.to_owned(),
    );
    let renewed = adapter().refresh(&own).await.unwrap();
    let tokens: Value = serde_json::from_str(renewed.tokens.expose()).unwrap();
    assert_eq!(tokens["app"], json!({"id": "4711 p", "secret": "hush"}));
    let mut over = alice(&stub.url);
    over.tokens = Secret::new(r#"{"access_token":"THold","since":0}"#.to_owned());
    let refused = adapter().refresh(&over).await.unwrap_err();
    assert!(matches!(refused, CallError::Token { .. }), "{refused:?}");
    over.tokens = Secret::new("nonsense".to_owned());
    let refused = adapter().refresh(&over).await.unwrap_err();
    assert!(matches!(refused, CallError::Token { .. }), "{refused:?}");
    assert_eq!(adapter().access_ends_at(&over.tokens), None);
    let author = adapter().author(&alice(&stub.url)).await.unwrap();
    assert_eq!((author.id.as_str(), author.handle.as_str()), (ALICE, "alice"));
}

/// As its account is kept, when it is signed in again.
#[tokio::test]
async fn the_networks_own_server_may_be_named() {
    let mut again = sign_in("https://graph.threads.net");
    again.local_server = false;
    let begun = adapter().begin(&again, None, &drawn()).await.unwrap();
    assert!(
        begun.url.starts_with("https://threads.com/oauth/authorize?"),
        "{}",
        begun.url
    );
    let mut elsewhere = sign_in("https://other.example");
    elsewhere.local_server = false;
    let refused = adapter().begin(&elsewhere, None, &drawn()).await.unwrap_err();
    assert_eq!(refused, CallError::AddressRefused);
}
