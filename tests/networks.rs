//! What the adapters of practice, Bluesky and Mastodon must do beyond the cases of `matrix`, against real servers: a table of
//! checks, the same for all. What arrived is told by readers that share no code with ours. Then what only one network has.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test ends where a value is missing, and tells its step"
)]

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use kossori_core::answer::{Answer, Receipt, Refusal};
use kossori_core::network::{Network, Persona, ThreadSending, Visibility};
use kossori_engine::model::{Account, Health};
use kossori_engine::ports::{
    CallError, CleanPicture, Clock, Fault, Frozen, Look, Named, Outgoing, OutgoingPart, OutgoingPicture,
    Publisher, Session, SignIn, Timeline,
};
use kossori_engine::secret::Secret;
use kossori_networks::{Networks, Options};
use kossori_store::Database;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::readers::{BlueskyPost, bluesky_posts, mastodon_posts};
use crate::support::servers::{BlueskyAccount, Gate, Lose, Mastodon, Pds};

mod refers;

/// One grey pixel and a comment.
pub const PNG: &[u8] =
    b"\x89PNG\x0d\x0a\x1a\x0a\x00\x00\x00\x0dIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x00\x00\
    \x00\x00:~\x9bU\x00\x00\x00\x0dtEXtComment\x00hello\xe6\xff\xae$\x00\x00\x00\x0aIDATx\x9cc\
    h\x00\x00\x00\x82\x00\x81w\xcdr\xb6\x00\x00\x00\x00IEND\xaeB`\x82";

pub fn noon() -> Timestamp {
    "2026-11-23T12:00:00Z".parse().unwrap()
}

pub struct FixedClock;

#[async_trait]
impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        noon()
    }

    fn zone(&self) -> jiff::tz::TimeZone {
        jiff::tz::TimeZone::UTC
    }

    fn since_boot(&self) -> Duration {
        Duration::ZERO
    }

    async fn sleep_until(&self, _at: Timestamp) {}
}

/// An account that is signed in on a real server.
pub struct Bench {
    pub publisher: Arc<dyn Publisher>,
    pub session: Session,
    server: Server,
}

enum Server {
    Practice(Arc<Database>),
    Bluesky(Pds, BlueskyAccount),
    Mastodon(Mastodon),
}

/// A post as a stranger reads it.
#[derive(Debug)]
pub struct Arrived {
    pub id: String,
    pub text: String,
    pub parent: Option<String>,
    pub alts: Vec<String>,
}

impl Bench {
    pub async fn practice() -> Bench {
        let database = Arc::new(Database::in_memory().await.unwrap());
        Self::signed_in(Server::Practice(database.clone()), database, None, "alice", None).await
    }

    pub async fn bluesky() -> Bench {
        let pds = Pds::start().await;
        let alice = pds.create_account("alice.test", "correct horse").await;
        let (url, handle, password) = (pds.url.clone(), alice.handle.clone(), alice.app_password.clone());
        let database = Arc::new(Database::in_memory().await.unwrap());
        let server = Server::Bluesky(pds, alice);
        Self::signed_in(server, database, Some(url), &handle, Some(password)).await
    }

    pub async fn mastodon() -> Bench {
        let mastodon = Mastodon::start().await;
        let (url, token) = (mastodon.url.clone(), mastodon.token("alice").to_owned());
        let database = Arc::new(Database::in_memory().await.unwrap());
        Self::signed_in(
            Server::Mastodon(mastodon),
            database,
            Some(url),
            "alice",
            Some(token),
        )
        .await
    }

    async fn signed_in(
        server: Server,
        timeline: Arc<Database>,
        url: Option<String>,
        handle: &str,
        secret: Option<String>,
    ) -> Bench {
        let (network, plc) = match &server {
            Server::Practice(_) => (Network::Practice, None),
            Server::Bluesky(pds, _) => (Network::Bluesky, Some(pds.plc.clone())),
            Server::Mastodon(_) => (Network::Mastodon, None),
        };
        let options = Options {
            media_waits: vec![Duration::from_millis(20); 5],
            ..Options::default()
        };
        let options = Options {
            practice_slow: Duration::from_millis(1),
            // Long enough for a server on a busy machine.
            post_limit: Duration::from_secs(5),
            ..options
        };
        let publisher = Networks::new(timeline, Arc::new(FixedClock), options).publisher(network);
        let sign_in = SignIn {
            network,
            server: url,
            handle: Some(handle.to_owned()),
            secret: secret.map(Secret::new),
            kept: None,
            client_id: None,
            client_secret: None,
            client_name: None,
            local_server: true,
            plc: plc.clone(),
            proxy: None,
        };
        let made = publisher.sign_in(&sign_in).await.unwrap();
        let account = Account {
            id: "account-1".into(),
            network,
            server: made.server,
            handle: made.handle,
            author_id: made.author_id,
            persona: Persona::Personal,
            client_name: None,
            software: made.about.software,
            limits: made.about.limits,
            local_server: true,
            plc,
            proxy: None,
            health: Health::Ok,
            session_ends_at: made.session_ends_at,
            added_at: noon(),
            about_at: noon(),
        };
        Bench {
            publisher,
            session: Session {
                account,
                tokens: made.tokens,
                proxy: None,
            },
            server,
        }
    }

    fn network(&self) -> Network {
        self.session.account.network
    }

    async fn freeze(&self, outgoing: &Outgoing) -> Frozen {
        self.publisher.freeze(&self.session, outgoing).await.unwrap()
    }

    /// As the engine does it: uploads, then the post call, for all parts at once or each in turn.
    async fn send(&self, frozen: &Frozen, outgoing: &Outgoing) -> Result<Vec<String>, Answer> {
        let pictures_of = |parts: &[OutgoingPart]| -> Vec<OutgoingPicture> {
            parts.iter().flat_map(|part| part.pictures.clone()).collect()
        };
        let at_once = self.network().thread() == ThreadSending::AtOnce;
        let calls: Vec<&[OutgoingPart]> = if at_once {
            vec![&outgoing.parts[..]]
        } else {
            outgoing.parts.chunks(1).collect()
        };
        let mut frozen = frozen.clone();
        let mut ids: Vec<String> = Vec::new();
        for (index, parts) in (0_u32..).zip(calls) {
            let pictures = pictures_of(parts);
            frozen = self
                .publisher
                .upload(&self.session, &frozen, index, &pictures)
                .await
                .unwrap();
            match self
                .publisher
                .post(&self.session, &frozen, index, ids.last().map(String::as_str))
                .await
            {
                Answer::Posted { receipt, author } => {
                    assert_eq!(author.as_deref(), Some(self.session.account.author_id.as_str()));
                    ids.extend(receipt.ids);
                }
                other => return Err(other),
            }
        }
        Ok(ids)
    }

    async fn look(&self, frozen: &Frozen) -> Look {
        self.publisher.look(&self.session, frozen, 0, None).await.unwrap()
    }

    /// Oldest first.
    async fn arrived(&self) -> Vec<Arrived> {
        match &self.server {
            Server::Practice(database) => {
                let posts = database.posts(&self.session.account.id).await.unwrap();
                let mut arrived: Vec<Arrived> = Vec::new();
                for post in posts {
                    let before = (post.part > 0).then(|| arrived.last().unwrap().id.clone());
                    arrived.push(Arrived {
                        id: post.id,
                        text: post.text,
                        parent: before.or(post.reply_to),
                        alts: post.pictures.into_iter().map(|picture| picture.alt).collect(),
                    });
                }
                arrived
            }
            Server::Bluesky(..) => self.bluesky_posts().await.into_iter().map(of_bluesky).collect(),
            Server::Mastodon(mastodon) => {
                let posts = mastodon_posts(&mastodon.direct, mastodon.token("alice")).await;
                let of_mastodon = |post: crate::support::readers::MastodonPost| Arrived {
                    id: post.id,
                    text: post.text,
                    parent: post.in_reply_to_id,
                    alts: post
                        .media
                        .into_iter()
                        .map(|media| media.description.unwrap_or_default())
                        .collect(),
                };
                posts.into_iter().map(of_mastodon).collect()
            }
        }
    }

    async fn bluesky_posts(&self) -> Vec<BlueskyPost> {
        let Server::Bluesky(pds, alice) = &self.server else {
            panic!("not Bluesky")
        };
        let folder = TempDir::new().unwrap();
        bluesky_posts(&pds.direct, &alice.did, folder.path()).await
    }

    pub async fn arrived_with(&self, text: &str) -> Vec<Arrived> {
        self.arrived()
            .await
            .into_iter()
            .filter(|post| post.text == text)
            .collect()
    }

    pub fn gate(&self) -> Option<&Gate> {
        match &self.server {
            Server::Practice(_) => None,
            Server::Bluesky(pds, _) => Some(&pds.gate),
            Server::Mastodon(mastodon) => Some(&mastodon.gate),
        }
    }

    /// What practice's next post meets.
    pub async fn practise(&self, fault: Fault) {
        let Server::Practice(database) = &self.server else {
            panic!("not practice")
        };
        let set = database.set_fault(&self.session.account.id, Some(fault));
        set.await.unwrap();
    }

    /// The same account with a token that the server does not know.
    pub async fn signed_out(&self) -> Session {
        let tokens = match &self.server {
            Server::Practice(_) => {
                self.practise(Fault::SignOut).await;
                String::new()
            }
            Server::Bluesky(..) => json!({"access": "garbage", "refresh": "garbage"}).to_string(),
            Server::Mastodon(_) => json!({"access_token": "garbage"}).to_string(),
        };
        Session {
            tokens: Secret::new(tokens),
            ..self.session.clone()
        }
    }
}

pub const POST_CALLS: &str = "POST /api/v1/statuses|putRecord|applyWrites";

fn of_bluesky(post: BlueskyPost) -> Arrived {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let images = post.record["embed"]["images"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    Arrived {
        id: post.uri,
        text: text(&post.record["text"]),
        parent: post.record["reply"]["parent"]["uri"].as_str().map(str::to_owned),
        alts: images.iter().map(|image| text(&image["alt"])).collect(),
    }
}

/// `n` sets the moment and the keys apart from other claims.
fn outgoing(n: u8, texts: &[&str]) -> Outgoing {
    let parts = texts.iter().map(|text| OutgoingPart {
        text: (*text).to_owned(),
        pictures: Vec::new(),
    });
    Outgoing {
        parts: parts.collect(),
        cw: None,
        visibility: None,
        lang: Some("ja".to_owned()),
        reply_to: None,
        quote: None,
        repost: None,
        at: noon() + SignedDuration::from_secs(i64::from(n)),
        key: [n; 16],
    }
}

fn picture(last_byte: u8, alt: &str) -> OutgoingPicture {
    let bytes: Vec<u8> = PNG.iter().copied().chain([last_byte]).collect();
    let picture = CleanPicture {
        bytes: bytes.into(),
        mime: "image/png".to_owned(),
        width: 1,
        height: 1,
    };
    OutgoingPicture {
        picture,
        alt: alt.to_owned(),
    }
}

async fn the_contract(bench: Bench) {
    let network = bench.network();
    let b = &bench;
    println!("{network}: the author is who signed in");
    let author = b.publisher.author(&b.session).await.unwrap();
    assert_eq!(
        (author.id, author.handle),
        (
            b.session.account.author_id.clone(),
            b.session.account.handle.clone()
        )
    );
    assert_eq!(author.date, None, "{network}: no date over plain HTTP");
    assert_eq!(
        b.publisher.about(&b.session).await.unwrap().limits,
        b.session.account.limits
    );

    let once = outgoing(1, &["一つだけ 👩‍👩‍👧 <&> \"quoted\"\n\nsecond paragraph"]);
    let frozen = b.freeze(&once).await;
    let ids = b.send(&frozen, &once).await.unwrap();
    assert_eq!(
        b.arrived_with(&once.parts[0].text).await.len(),
        1,
        "to the letter"
    );

    println!("{network}: the same frozen post again makes no second copy");
    let again = b.send(&frozen, &once).await.unwrap();
    assert_eq!((again, b.arrived().await.len()), (ids, 1));

    println!("{network}: another post is not taken for it");
    let other = outgoing(2, &["another"]);
    let frozen_other = b.freeze(&other).await;
    assert_eq!(b.look(&frozen_other).await, Look::Absent);

    if let Some(gate) = b.gate() {
        println!("{network}: a lost request is not there, and goes again");
        let lost = outgoing(4, &["the request is lost"]);
        let frozen_lost = b.freeze(&lost).await;
        gate.lose(Lose::Request, 1, POST_CALLS);
        assert_eq!(
            b.send(&frozen_lost, &lost).await,
            Err(Answer::Unclear { status: None })
        );
        assert_eq!(b.look(&frozen_lost).await, Look::Absent);
        b.send(&frozen_lost, &lost).await.unwrap();
        assert_eq!(b.arrived_with("the request is lost").await.len(), 1);
    }

    println!("{network}: a text that is too long is refused in the server's words");
    let long = outgoing(5, &["あ".repeat(600).as_str()]);
    let frozen_long = b.freeze(&long).await;
    let Err(Answer::Refused {
        status,
        kind: Refusal::Other,
        code,
        words,
    }) = b.send(&frozen_long, &long).await
    else {
        panic!("{network}: a long text must be refused")
    };
    assert!(
        matches!(status, 400 | 422) && !code.is_empty() && !words.is_empty(),
        "{status} {code} {words}"
    );
    assert_eq!(b.look(&frozen_long).await, Look::Absent);

    println!("{network}: a token that is not valid is told, whatever is asked");
    let mut signed_out = b.session.clone();
    if network != Network::Practice {
        signed_out = b.signed_out().await;
        let error = b.publisher.author(&signed_out).await.unwrap_err();
        assert!(matches!(error, CallError::Token { .. }), "{network}: {error:?}");
    }
    let error = b.publisher.refresh(&signed_out).await.unwrap_err();
    assert!(matches!(error, CallError::Token { .. }), "{network}: {error:?}");

    println!("{network}: a thread's pictures are where they belong, with their words");
    let mut thread = outgoing(7, &["first", "second", "third"]);
    thread.parts[0].pictures = vec![picture(1, "a cat 猫"), picture(2, "a dog")];
    thread.parts[2].pictures = vec![picture(3, "a bird")];
    let before = b.arrived().await.len();
    b.send(&b.freeze(&thread).await, &thread).await.unwrap();
    let arrived = &b.arrived().await[before..];
    let alts: Vec<_> = arrived.iter().map(|post| post.alts.clone()).collect();
    assert_eq!(alts, [vec!["a cat 猫", "a dog"], vec![], vec!["a bird"]]);

    println!("{network}: a frozen record that cannot be read is not sent");
    for damaged in ["", "{}", r#"{"v":999}"#, r#"{"v":1}"#] {
        let damaged = Frozen(damaged.into());
        assert_eq!(
            b.publisher.post(&b.session, &damaged, 0, None).await,
            Answer::NeverLeft
        );
        let look = b.publisher.look(&b.session, &damaged, 0, None).await;
        assert_eq!(look.unwrap_err(), CallError::BadFrozen);
    }
}

#[tokio::test]
async fn practice_keeps_the_contract() {
    the_contract(Bench::practice().await).await;
}

#[tokio::test]
async fn bluesky_keeps_the_contract() {
    the_contract(Bench::bluesky().await).await;
}

#[tokio::test]
async fn mastodon_keeps_the_contract() {
    the_contract(Bench::mastodon().await).await;
}

#[tokio::test]
async fn practice_shows_every_state() {
    let b = Bench::practice().await;
    let Server::Practice(database) = &b.server else {
        panic!("practice")
    };
    let wait = Refusal::RateLimit {
        retry_after: Some(SignedDuration::from_secs(60)),
    };
    for (n, fault, expected) in [
        (1, Fault::Refuse, Some((422, Refusal::Other))),
        (2, Fault::RateLimit, Some((429, wait))),
        (3, Fault::SignOut, Some((401, Refusal::Token))),
        (4, Fault::Slow, None),
    ] {
        let post = outgoing(n, &["practice"]);
        let frozen = b.freeze(&post).await;
        database
            .set_fault(&b.session.account.id, Some(fault))
            .await
            .unwrap();
        match (b.send(&frozen, &post).await, expected) {
            (Err(Answer::Refused { status, kind, .. }), Some(expected)) => {
                assert_eq!((status, kind), expected)
            }
            (Ok(ids), None) => assert_eq!(ids.len(), 1),
            (other, _) => panic!("{fault:?}: {other:?}"),
        }
        // The fault is met once.
        b.send(&frozen, &post).await.unwrap();
    }
    assert_eq!(b.arrived().await.len(), 4);
}

#[tokio::test]
async fn bluesky_content_ids_are_the_servers() {
    let b = Bench::bluesky().await;
    let text = "👩‍👩‍👧昼休み https://example.com/あ?b=1 を見た。 #昼休み @alice.test @nobody.test です";
    let mut post = outgoing(1, &[text, "two"]);
    post.cw = Some("nudity".to_owned());
    post.parts[0].pictures = vec![picture(1, "猫"), picture(2, "")];
    let frozen = b.freeze(&post).await;
    b.send(&frozen, &post).await.unwrap();
    let record: Value = serde_json::from_str(&frozen.0).unwrap();
    let posts = b.bluesky_posts().await;
    let computed: Vec<_> = record["parts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|part| part["cid"].clone())
        .collect();
    assert_eq!(
        posts.iter().map(|post| json!(post.cid)).collect::<Vec<_>>(),
        computed
    );
    let blobs: Vec<_> = posts[0]
        .blobs
        .iter()
        .map(|blob| (blob.cid.clone(), blob.bytes))
        .collect();
    let named = record["parts"][0]["pictures"].as_array().unwrap();
    let named: Vec<_> = named
        .iter()
        .map(|blob| {
            (
                blob["cid"].as_str().unwrap().to_owned(),
                blob["size"].as_u64().unwrap(),
            )
        })
        .collect();
    assert_eq!(blobs, named);

    let read = &posts[0].record;
    assert_eq!(read["labels"]["values"][0]["val"], "nudity");
    assert_eq!(read["langs"], json!(["ja"]));
    assert_eq!(read["createdAt"], "2026-11-23T12:00:01.000Z");
    assert_eq!(posts[1].record["createdAt"], "2026-11-23T12:00:01.001Z");
    let ratio = &read["embed"]["images"][0]["aspectRatio"];
    assert_eq!((&ratio["width"], &ratio["height"]), (&json!(1), &json!(1)));
    // The server takes any offsets, so here they are compared with what a reader would cut out.
    let stored = read["text"].as_str().unwrap();
    let cut: Vec<_> = read["facets"]
        .as_array()
        .unwrap()
        .iter()
        .map(|facet| {
            let at = |name: &str| usize::try_from(facet["index"][name].as_u64().unwrap()).unwrap();
            stored
                .get(at("byteStart")..at("byteEnd"))
                .expect("on character boundaries")
        })
        .collect();
    assert_eq!(
        cut,
        ["https://example.com/あ?b=1", "#昼休み", "@alice.test"],
        "a mention of nobody is plain text"
    );
    assert_eq!(
        read["facets"][2]["features"][0]["did"],
        json!(b.session.account.author_id)
    );
}

#[tokio::test]
async fn bluesky_threads_are_all_or_nothing() {
    let b = Bench::bluesky().await;
    // The last part is over the server's limit: the ones before it must not appear.
    let bad = outgoing(1, &["good", "good too", "あ".repeat(301).as_str()]);
    let frozen = b.freeze(&bad).await;
    let answer = b.send(&frozen, &bad).await.unwrap_err();
    assert!(
        matches!(
            answer,
            Answer::Refused {
                status: 400,
                kind: Refusal::Other,
                ..
            }
        ),
        "{answer:?}"
    );
    assert_eq!(b.arrived().await.len(), 0);
    assert_eq!(b.look(&frozen).await, Look::Absent);

    // The answer of a whole thread is lost: found; and sent again it makes no second copy.
    let thread = outgoing(2, &["one", "two"]);
    let frozen = b.freeze(&thread).await;
    b.gate().unwrap().lose(Lose::Answer, 1, POST_CALLS);
    assert_eq!(
        b.send(&frozen, &thread).await,
        Err(Answer::Unclear { status: None })
    );
    assert!(matches!(b.look(&frozen).await, Look::There(Receipt { ids, .. }) if ids.len() == 2));
    assert_eq!(
        b.send(&frozen, &thread).await,
        Err(Answer::Unclear { status: Some(500) })
    );
    assert_eq!(b.arrived().await.len(), 2);
}

#[tokio::test]
async fn bluesky_replies_and_refreshes() {
    let mut b = Bench::bluesky().await;
    let post = outgoing(1, &["root"]);
    let root = b.send(&b.freeze(&post).await, &post).await.unwrap().remove(0);
    let rkey = root.rsplit('/').next().unwrap();
    let mut reply = outgoing(2, &["reply", "and more"]);
    reply.reply_to = Some(format!("https://bsky.app/profile/alice.test/post/{rkey}"));
    b.send(&b.freeze(&reply).await, &reply).await.unwrap();
    let posts = b.bluesky_posts().await;
    for (index, root, parent) in [(1, 0, 0), (2, 0, 1)] {
        for (role, to) in [("root", root), ("parent", parent)] {
            let reference = &posts[index].record["reply"][role];
            assert_eq!(reference["uri"], json!(posts[to].uri), "{role} of post {index}");
            assert_eq!(reference["cid"], json!(posts[to].cid), "{role} of post {index}");
        }
    }
    reply.reply_to = Some("https://bsky.app/profile/alice.test/post/3kaaaaaaaaaaa".to_owned());
    let refused = b.publisher.freeze(&b.session, &reply).await.unwrap_err();
    assert!(matches!(refused, CallError::Refused { code, .. } if code == "reply_not_found"));

    let refreshed = b.publisher.refresh(&b.session).await.unwrap();
    assert_ne!(refreshed.tokens.expose(), b.session.tokens.expose());
    let ends = b
        .publisher
        .access_ends_at(&refreshed.tokens)
        .expect("an access token tells its end");
    assert!(refreshed.session_ends_at.expect("so does a session") > ends);
    b.session.tokens = refreshed.tokens;
    let post = outgoing(3, &["after the refresh"]);
    b.send(&b.freeze(&post).await, &post).await.unwrap();
}

#[tokio::test]
async fn mastodon_keeps_visibility_warning_and_language() {
    let b = Bench::mastodon().await;
    let Server::Mastodon(mastodon) = &b.server else {
        panic!("mastodon")
    };
    let mut quiet = outgoing(1, &["quiet"]);
    quiet.visibility = Some(Visibility::Unlisted);
    quiet.cw = Some("warning".to_owned());
    let frozen = b.freeze(&quiet).await;
    let Answer::Posted { receipt, .. } = b.publisher.post(&b.session, &frozen, 0, None).await else {
        panic!("posted")
    };
    assert_eq!(receipt.visibility.as_deref(), Some("unlisted"));
    let posts = mastodon_posts(&mastodon.direct, mastodon.token("alice")).await;
    let post = &posts[0];
    assert_eq!(
        (
            post.visibility.as_str(),
            post.spoiler_text.as_str(),
            post.sensitive
        ),
        ("unlisted", "warning", true)
    );
    assert_eq!(post.language.as_deref(), Some("ja"));

    let mut reply = outgoing(2, &["reply"]);
    reply.reply_to = receipt.url;
    b.send(&b.freeze(&reply).await, &reply).await.unwrap();
    assert_eq!(
        b.arrived_with("reply").await[0].parent,
        Some(receipt.ids[0].clone())
    );
}

#[tokio::test]
async fn mastodon_waits_for_pictures() {
    let b = Bench::mastodon().await;
    let mut post = outgoing(1, &["with a picture"]);
    post.parts[0].pictures = vec![picture(1, "a cat")];
    let gate = b.gate().unwrap();
    gate.keep_processing(3);
    b.send(&b.freeze(&post).await, &post).await.unwrap();
    let asked = gate
        .log()
        .iter()
        .filter(|request| request.path.starts_with("/api/v1/media/"))
        .count();
    assert_eq!(
        (asked, b.arrived().await[0].alts.clone()),
        (3, vec!["a cat".to_owned()])
    );
}

#[tokio::test]
async fn mastodon_knows_a_part_by_its_address() {
    let b = Bench::mastodon().await;
    let thread = outgoing(1, &["first of two", "second of two"]);
    let frozen = b.freeze(&thread).await;
    let mut ids: Vec<String> = Vec::new();
    let mut urls: Vec<String> = Vec::new();
    for part in 0..2 {
        let before = ids.last().map(String::as_str);
        let answer = b.publisher.post(&b.session, &frozen, part, before).await;
        let Answer::Posted { receipt, .. } = answer else {
            panic!("{answer:?}")
        };
        urls.extend(receipt.url);
        ids.extend(receipt.ids);
    }
    let at = async |part: u32, url: &str| {
        let before = ids.first().filter(|_| part == 1).map(String::as_str);
        let named = b.publisher.at_url(&b.session, &frozen, part, before, url).await;
        match named.unwrap() {
            Named::ThePart(receipt) => receipt.ids.concat(),
            other => format!("{other:?}"),
        }
    };
    assert_eq!(at(0, &urls[0]).await, ids[0]);
    assert_eq!(at(1, &urls[1]).await, ids[1]);
    assert_eq!(at(1, &urls[0]).await, "OtherContent");
    assert_eq!(at(1, &format!("{}0000", urls[1])).await, "Nothing");
}
