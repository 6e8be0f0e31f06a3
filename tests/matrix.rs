//! One suite for the networks that no real server can be run of: the same cases for every adapter, against a server that
//! shares no code with it and keeps its own list of what it published. A cell is "pass", or "–" with core's reason why it
//! cannot happen there; the tests print it.

#![allow(clippy::unwrap_used, reason = "a test ends where a value is missing")]

use std::sync::Arc;
use std::time::Duration;

use kossori_core::answer::{Answer, Becomes, Receipt, Refusal, becomes};
use kossori_core::cost::{MicroUsd, PaidPart, Prices};
use kossori_core::network::{Case, Network, Persona, Software, Visibility, cannot_happen};
use kossori_engine::model::{Account, Health};
use kossori_engine::ports::{
    CallError, CleanPicture, Frozen, Look, Outgoing, OutgoingPart, OutgoingPicture, Paid, Publisher, Session,
    SignIn,
};
use kossori_engine::secret::Secret;
use kossori_networks::{Networks, Options};
use kossori_store::Database;
use serde_json::{Value, json};

use crate::networks::{FixedClock, PNG, noon};
use crate::support::servers::{Launched, cached_program, http, post_json};

/// A server, and what its post call is called in its faults.
struct Home {
    network: Network,
    script: &'static str,
    arguments: &'static [&'static str],
    post_call: &'static str,
    /// Its own word for a fault that it spells another way.
    html: &'static str,
}

const fn home(network: Network, script: &'static str, post_call: &'static str) -> Home {
    Home {
        network,
        script,
        arguments: &[],
        post_call,
        html: "html",
    }
}

const fn family(software: &'static [&'static str]) -> Home {
    Home {
        arguments: software,
        ..home(Network::Mastodon, "family_server.py", "POST /api/v1/statuses")
    }
}

struct Bench {
    home: &'static Home,
    server: Launched,
    publisher: Arc<dyn Publisher>,
    session: Session,
    told: std::cell::Cell<u8>,
}

impl Bench {
    async fn of(home: &'static Home) -> Bench {
        let server = Launched::start(&cached_program("venv/bin/python"), home.script, home.arguments);
        let ready = &server.ready;
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let url = text(&ready["server"]).unwrap();
        let token = text(&ready["accounts"][0]["token"]).unwrap();
        let options = Options {
            media_waits: vec![Duration::from_millis(100); 20],
            post_limit: Duration::from_millis(2_500),
            ..Options::default()
        };
        let timeline = Arc::new(Database::in_memory().await.unwrap());
        let publisher = Networks::new(timeline, Arc::new(FixedClock), options).publisher(home.network);
        let sign_in = SignIn {
            network: home.network,
            server: Some(url),
            handle: None,
            secret: Some(Secret::new(token)),
            client_id: text(&ready["client_id"]),
            client_secret: None,
            client_name: None,
            local_server: true,
            plc: None,
            proxy: None,
        };
        let made = publisher.sign_in(&sign_in).await.unwrap();
        let account = Account {
            id: "account-1".into(),
            network: home.network,
            server: made.server,
            handle: made.handle,
            author_id: made.author_id,
            persona: Persona::Personal,
            client_name: None,
            software: made.about.software,
            limits: made.about.limits,
            local_server: true,
            plc: None,
            proxy: None,
            health: Health::Ok,
            session_ends_at: made.session_ends_at,
            added_at: noon(),
            about_at: noon(),
        };
        Bench {
            home,
            server,
            publisher,
            session: Session {
                account,
                tokens: made.tokens,
                proxy: None,
            },
            told: std::cell::Cell::new(0),
        }
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.server.ready["server"].as_str().unwrap())
    }

    /// What it published, and has not deleted, with these words: its own list.
    async fn published(&self, words: &str) -> Vec<Value> {
        let log = http("GET", &self.url("/log"), &[], Vec::new()).await.json();
        let there = |entry: &Value| {
            entry["text"].as_str().is_some_and(|text| text == words)
                && entry["deleted"] != json!(true)
                && entry["deleted_at_ms"].is_null()
        };
        log.as_array()
            .unwrap()
            .iter()
            .filter(|entry| there(entry))
            .cloned()
            .collect()
    }

    async fn fault(&self, kind: &str) {
        let fault = json!({"on": self.home.post_call, "kind": kind, "times": 1});
        let said = post_json(&self.url("/_faults"), None, &fault).await;
        assert!(said.status < 300, "the fault is known: {kind}");
    }

    fn outgoing(&self, texts: &[&str], pictures: usize) -> Outgoing {
        let n = self.told.get() + 1;
        self.told.set(n);
        let needs = self.session.account.limits.media.required;
        let picture = |index: usize| OutgoingPicture {
            picture: CleanPicture {
                bytes: PNG
                    .iter()
                    .copied()
                    .chain([n, u8::try_from(index).unwrap()])
                    .collect(),
                mime: "image/png".to_owned(),
                width: 1,
                height: 1,
            },
            alt: format!("picture {index} 猫"),
        };
        let parts = texts.iter().enumerate().map(|(at, text)| OutgoingPart {
            text: (*text).to_owned(),
            pictures: (0..if at == 0 {
                pictures.max(usize::from(needs))
            } else {
                0
            })
                .map(picture)
                .collect(),
        });
        Outgoing {
            parts: parts.collect(),
            cw: None,
            visibility: None,
            lang: Some("ja".to_owned()),
            reply_to: None,
            quote: None,
            repost: None,
            at: noon(),
            key: [n; 16],
        }
    }

    /// As the engine does it: uploads, then the post call, part by part. The last answer, and the ids of those before it.
    async fn send(&self, outgoing: &Outgoing, frozen: &mut Frozen) -> (Vec<String>, Answer) {
        let mut ids: Vec<String> = Vec::new();
        let mut last = Answer::NeverLeft;
        for (index, part) in (0_u32..).zip(&outgoing.parts) {
            if !part.pictures.is_empty() {
                *frozen = self
                    .publisher
                    .upload(&self.session, frozen, index, &part.pictures)
                    .await
                    .unwrap();
            }
            let before = ids.last().map(String::as_str);
            last = self.publisher.post(&self.session, frozen, index, before).await;
            match &last {
                Answer::Posted { receipt, .. } => ids.extend(receipt.ids.clone()),
                _ => break,
            }
        }
        (ids, last)
    }

    async fn freeze(&self, outgoing: &Outgoing) -> Frozen {
        self.publisher.freeze(&self.session, outgoing).await.unwrap()
    }

    async fn one(&self, text: &str) -> (Frozen, Answer) {
        let outgoing = self.outgoing(&[text], 0);
        let mut frozen = self.freeze(&outgoing).await;
        let (_, answer) = self.send(&outgoing, &mut frozen).await;
        (frozen, answer)
    }

    /// What a look finds where the server lets somebody look.
    async fn looks(&self, frozen: &Frozen, there: bool) {
        let look = self.publisher.look(&self.session, frozen, 0, None).await.unwrap();
        match (self.home.network, &look) {
            (Network::LinkedIn, Look::CannotTell) => {}
            (_, Look::There(_)) if there => {}
            (_, Look::Absent) if !there => {}
            _ => panic!("{look:?}, there: {there}"),
        }
    }

    /// Nobody knows what became of it, whatever it was: it is looked up.
    fn is_unknown(&self, answer: &Answer) {
        let author = &self.session.account.author_id;
        assert_eq!(
            becomes(answer.clone(), author, false),
            Becomes::Unknown,
            "{answer:?}"
        );
    }

    fn is_sent(&self, answer: &Answer) -> Receipt {
        match becomes(answer.clone(), &self.session.account.author_id, false) {
            Becomes::Sent(receipt) => receipt,
            other => panic!("{other:?} of {answer:?}"),
        }
    }

    async fn case(&self, case: Case) {
        let words = format!("{} 昼休み <&> \"x\" 👩‍👩‍👧", case.as_str());
        let words = words.as_str();
        let faulty = async |kind: &str| {
            self.fault(kind).await;
            self.one(words).await
        };
        match case {
            Case::Publish => {
                let outgoing = self.outgoing(&[words], 0);
                let mut frozen = self.freeze(&outgoing).await;
                self.looks(&frozen, false).await;
                let (_, answer) = self.send(&outgoing, &mut frozen).await;
                let receipt = self.is_sent(&answer);
                assert_eq!((receipt.ids.len(), self.published(words).await.len()), (1, 1));
                self.looks(&frozen, true).await;
            }
            Case::Thread => {
                let texts = ["first of a thread", "second of a thread", "third of a thread"];
                let outgoing = self.outgoing(&texts, 0);
                let mut frozen = self.freeze(&outgoing).await;
                let (ids, answer) = self.send(&outgoing, &mut frozen).await;
                self.is_sent(&answer);
                assert_eq!(ids.len(), 3);
                for (index, text) in texts.iter().enumerate() {
                    let published = self.published(text).await;
                    assert_eq!(published.len(), 1, "{text}");
                    let parents = ["in_reply_to_id", "reply_to", "replyId", "in_reply_to"];
                    let parent = parents.iter().find_map(|key| published[0][*key].as_str());
                    assert_eq!(
                        parent,
                        index.checked_sub(1).map(|before| ids[before].as_str()),
                        "{text}"
                    );
                }
            }
            Case::Pictures => {
                let outgoing = self.outgoing(&[words], 2);
                let mut frozen = self.freeze(&outgoing).await;
                let (_, answer) = self.send(&outgoing, &mut frozen).await;
                self.is_sent(&answer);
                let published = self.published(words).await;
                let lists = ["media", "images", "files", "pictures"];
                let pictures = lists.iter().find_map(|key| published[0][*key].as_array());
                assert_eq!((published.len(), pictures.map(Vec::len)), (1, Some(2)));
            }
            Case::Duplicate => {
                let outgoing = self.outgoing(&[words], 0);
                let mut frozen = self.freeze(&outgoing).await;
                self.send(&outgoing, &mut frozen).await;
                let (_, again) = self.send(&outgoing, &mut frozen).await;
                self.is_unknown(&again);
                assert_eq!(self.published(words).await.len(), 1);
            }
            Case::LostAnswer => {
                let (frozen, answer) = faulty("drop_after").await;
                self.is_unknown(&answer);
                assert_eq!(self.published(words).await.len(), 1);
                self.looks(&frozen, true).await;
            }
            Case::Token => {
                let (_, answer) = faulty("unauthorized").await;
                let author = &self.session.account.author_id;
                assert_eq!(becomes(answer, author, false), Becomes::RefreshOnce);
                assert!(self.published(words).await.is_empty());
            }
            Case::RateLimit => {
                let (_, answer) = faulty("rate_limit").await;
                let Answer::Refused {
                    kind: Refusal::RateLimit { retry_after },
                    ..
                } = answer
                else {
                    panic!("{answer:?}")
                };
                assert!(
                    retry_after.is_some_and(|wait| wait.is_positive()),
                    "{retry_after:?}"
                );
                assert!(self.published(words).await.is_empty());
            }
            Case::FailureBefore => {
                let (frozen, answer) = faulty("500_before").await;
                self.is_unknown(&answer);
                self.looks(&frozen, false).await;
            }
            Case::FailureAfter => {
                let (frozen, answer) = faulty("500_after").await;
                self.is_unknown(&answer);
                assert_eq!(self.published(words).await.len(), 1);
                self.looks(&frozen, true).await;
            }
            Case::WrongAuthor => {
                let (_, answer) = faulty("other_author").await;
                self.is_unknown(&answer);
            }
            Case::WiderVisibility => {
                let mut outgoing = self.outgoing(&[words], 0);
                outgoing.visibility = Some(Visibility::Private);
                let mut frozen = self.freeze(&outgoing).await;
                self.fault("widen").await;
                let (ids, answer) = self.send(&outgoing, &mut frozen).await;
                let receipt = self.is_sent(&answer);
                assert_eq!(
                    receipt.visibility.as_deref(),
                    Some("public"),
                    "what it made of it is told"
                );
                // And it is removed if a person says so, or they hear that it is still there.
                let deleted = self.publisher.delete(&self.session, &ids[0]).await;
                let left = self.published(words).await.len();
                if self.session.account.software == Software::Snac {
                    assert!(
                        matches!(deleted, Err(CallError::Refused { status: 404, .. })),
                        "{deleted:?}"
                    );
                    assert_eq!(left, 1);
                } else {
                    assert_eq!((deleted, left), (Ok(()), 0));
                }
            }
            Case::Slow => {
                let outgoing = self.outgoing(&[words], 0);
                let mut frozen = self.freeze(&outgoing).await;
                for (index, part) in (0_u32..)
                    .zip(&outgoing.parts)
                    .filter(|(_, part)| !part.pictures.is_empty())
                {
                    let uploaded = self
                        .publisher
                        .upload(&self.session, &frozen, index, &part.pictures);
                    frozen = uploaded.await.unwrap();
                }
                // It takes the connection, and says nothing for as long as anybody waits.
                let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
                let mut elsewhere = self.session.clone();
                elsewhere.account.server = format!("http://{}", silent.local_addr().unwrap());
                let answer = self.publisher.post(&elsewhere, &frozen, 0, None).await;
                self.is_unknown(&answer);
                assert!(self.published(words).await.is_empty());
            }
            Case::Huge => {
                let (frozen, answer) = faulty("huge").await;
                self.is_unknown(&answer);
                self.looks(&frozen, true).await;
            }
            Case::Html => {
                let (_, answer) = faulty(self.home.html).await;
                self.is_unknown(&answer);
            }
        }
    }
}

async fn row(home: &'static Home) {
    let bench = Bench::of(home).await;
    let name = match home.arguments {
        [software, ..] => format!("{} ({software})", home.network),
        [] => home.network.to_string(),
    };
    for case in Case::ALL {
        match cannot_happen(home.network, bench.session.account.software, case) {
            Some(reason) => println!("{name} × {}: – {reason}", case.as_str()),
            None => {
                println!("{name} × {} …", case.as_str());
                bench.case(case).await;
                println!("{name} × {}: pass", case.as_str());
            }
        }
    }
}

static GOTOSOCIAL: Home = family(&["gotosocial"]);
static PIXELFED: Home = family(&["pixelfed"]);
static FRIENDICA: Home = family(&["friendica"]);
static SNAC: Home = family(&["snac"]);
static MISSKEY: Home = home(Network::Misskey, "misskey_server.py", "notes/create");
static X: Home = home(Network::X, "x_server.py", "POST /2/tweets");
static THREADS: Home = home(
    Network::Threads,
    "threads_server.py",
    "POST /{user}/threads_publish",
);
static LINKEDIN: Home = home(Network::LinkedIn, "linkedin_server.py", "POST /rest/posts");

#[tokio::test]
async fn gotosocial_keeps_every_case() {
    row(&GOTOSOCIAL).await;
}

#[tokio::test]
async fn pixelfed_keeps_every_case() {
    row(&PIXELFED).await;
}

#[tokio::test]
async fn friendica_keeps_every_case() {
    row(&FRIENDICA).await;
}

#[tokio::test]
async fn snac_keeps_every_case() {
    row(&SNAC).await;
}

#[tokio::test]
async fn misskey_keeps_every_case() {
    row(&MISSKEY).await;
}

#[tokio::test]
async fn x_keeps_every_case() {
    row(&X).await;
}

/// What is counted here is what the server bills: posts by their links, descriptions, deletions, and each post read once.
#[tokio::test]
async fn x_bills_what_is_counted() {
    let bench = Bench::of(&X).await;
    let prices = Prices::default();
    let (mut counted, mut frozen) = (MicroUsd::ZERO, None);
    for (texts, pictures) in [
        (&["昼休み"][..], 2),
        (&["see https://example.com/ and example.org"], 0),
        (&["one", "two example.com", "three"], 1),
    ] {
        let outgoing = bench.outgoing(texts, pictures);
        let mut record = bench.freeze(&outgoing).await;
        let (ids, answer) = bench.send(&outgoing, &mut record).await;
        bench.is_sent(&answer);
        for part in &outgoing.parts {
            let alts = part.pictures.iter().map(|picture| picture.alt.as_str());
            counted = counted.plus(PaidPart::of(&part.text, alts).call(&prices));
        }
        frozen = Some((record, ids));
    }
    let (record, ids) = frozen.unwrap();
    // Looked at twice, and paid for once.
    bench.looks(&record, true).await;
    bench.looks(&record, true).await;
    bench.publisher.delete(&bench.session, &ids[2]).await.unwrap();
    // What is turned away costs nothing.
    bench.fault("rate_limit").await;
    bench.one("again").await;

    let paid = bench.publisher.paid(&bench.session.account.id);
    assert_eq!((paid.described, paid.deleted), (3, 1));
    assert!(paid.read > 0, "{paid:?}");
    let counted = counted
        .plus(prices.read_own.times(paid.read))
        .plus(prices.media_metadata.times(paid.described))
        .plus(prices.delete.times(paid.deleted));
    let bill = http("GET", &bench.url("/_cost"), &[], Vec::new()).await.json();
    assert_eq!(bill["total"].as_u64(), Some(counted.0), "{bill}");
    let again = bench.publisher.paid(&bench.session.account.id);
    assert_eq!(again, Paid::default(), "told once");
}

#[tokio::test]
async fn threads_keeps_every_case() {
    row(&THREADS).await;
}

#[tokio::test]
async fn linkedin_keeps_every_case() {
    row(&LINKEDIN).await;
}
