//! An account that is signed in on a server, whatever the server is.

use std::cell::{Cell, RefCell};
use std::sync::Arc;
use std::time::Duration;

use kossori_core::answer::{Answer, Becomes, Receipt, becomes};
use kossori_core::network::{Network, Persona, Software, ThreadSending};
use kossori_engine::model::{Account, Health};
use kossori_engine::ports::{
    CleanPicture, Frozen, Look, Outgoing, OutgoingPart, OutgoingPicture, Publisher, Session, SignIn,
};
use kossori_engine::secret::Secret;
use kossori_networks::{Networks, Options};
use kossori_store::Database;
use serde_json::{Value, json};

use crate::networks::{self, FixedClock, PNG, noon};
use crate::support::servers::stand_in::Kind;
use crate::support::servers::{StandIn, http};

/// A row: what answers, and what it is taken for.
pub struct Home {
    pub name: &'static str,
    pub network: Network,
    pub software: Software,
    pub server: Which,
}

pub enum Which {
    Practice,
    Bluesky,
    Mastodon,
    /// And what its faults call its post call, and the page of somebody else's.
    StandIn(&'static Kind, &'static str),
}

pub struct Bench {
    pub(super) home: &'static Home,
    pub(super) server: Server,
    pub publisher: Arc<dyn Publisher>,
    pub session: Session,
    /// The next post call is made with this one.
    pub(super) spoilt: RefCell<Option<Session>>,
    told: Cell<u8>,
}

pub(super) enum Server {
    Real(Box<networks::Bench>),
    StandIn(StandIn),
}

/// A post as the server has it.
#[derive(Debug)]
pub struct Published {
    pub id: String,
    pub parent: Option<String>,
    /// What its pictures are described with.
    pub alts: Vec<String>,
}

impl Bench {
    pub async fn of(home: &'static Home) -> Bench {
        let real = match &home.server {
            Which::Practice => networks::Bench::practice().await,
            Which::Bluesky => networks::Bench::bluesky().await,
            Which::Mastodon => networks::Bench::mastodon().await,
            Which::StandIn(kind, _) => return Bench::stand_in(home, kind).await,
        };
        Bench {
            home,
            publisher: real.publisher.clone(),
            session: real.session.clone(),
            server: Server::Real(Box::new(real)),
            spoilt: RefCell::default(),
            told: Cell::new(0),
        }
    }

    async fn stand_in(home: &'static Home, kind: &'static Kind) -> Bench {
        let server = StandIn::start(kind).await;
        let options = Options {
            media_waits: vec![Duration::from_millis(100); 20],
            post_limit: Duration::from_millis(2_500),
            ..Options::default()
        };
        let timeline = Arc::new(Database::in_memory().await.unwrap());
        let publisher = Networks::new(timeline, Arc::new(FixedClock), options).publisher(home.network);
        let sign_in = SignIn {
            network: home.network,
            server: Some(server.gate.url.clone()),
            handle: None,
            secret: Some(Secret::new(server.tokens(kind.accounts[0]))),
            kept: None,
            client_id: server.client_id(),
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
            publisher,
            session: Session {
                account,
                tokens: made.tokens,
                proxy: None,
            },
            server: Server::StandIn(server),
            spoilt: RefCell::default(),
            told: Cell::new(0),
        }
    }

    /// What it published, and has not deleted, with these words: its own list.
    pub async fn published(&self, words: &str) -> Vec<Published> {
        let server = match &self.server {
            Server::Real(real) => {
                let arrived = real.arrived_with(words).await.into_iter();
                let published = arrived.map(|post| Published {
                    id: post.id,
                    parent: post.parent,
                    alts: post.alts,
                });
                return published.collect();
            }
            Server::StandIn(server) => server,
        };
        let there = |entry: &&Value| {
            entry["text"].as_str().is_some_and(|text| text == words)
                && entry["deleted"] != json!(true)
                && entry["deleted_at_ms"].is_null()
        };
        let of = |entry: &Value| {
            let parents = ["in_reply_to_id", "reply_to", "replyId", "in_reply_to"];
            let parent = parents.iter().find_map(|key| entry[*key].as_str());
            let id = ["id", "urn"].iter().find_map(|key| entry[*key].as_str());
            let lists = ["alts", "media", "images", "files"];
            let pictures = lists.iter().find_map(|key| entry[*key].as_array());
            let alt = |picture: &Value| {
                let alts = [picture, &picture["alt"], &picture["comment"]];
                let alt = alts.into_iter().find_map(Value::as_str);
                alt.expect("a description").to_owned()
            };
            Published {
                id: id.expect("an id").to_owned(),
                parent: parent.map(str::to_owned),
                alts: pictures.into_iter().flatten().map(alt).collect(),
            }
        };
        server.log().await.iter().filter(there).map(of).collect()
    }

    /// What a stand-in tells beyond its network's API.
    pub async fn asked(&self, path: &str) -> Value {
        let Server::StandIn(server) = &self.server else {
            panic!("no stand-in")
        };
        http("GET", &format!("{}{path}", server.direct), &[], Vec::new())
            .await
            .json()
    }

    /// Nothing that left here names a picture's file.
    pub fn tells_no_names(&self) {
        let gate = match &self.server {
            Server::StandIn(server) => &server.gate,
            Server::Real(real) => match real.gate() {
                Some(gate) => gate,
                None => return,
            },
        };
        for request in gate.log() {
            let body = String::from_utf8_lossy(&request.body).into_owned();
            for behind in body.split("filename").skip(1) {
                assert!(behind.starts_with("=\"picture.png\"\r\n"), "{}", request.path);
            }
        }
    }

    pub fn outgoing(&self, texts: &[&str], pictures: usize) -> Outgoing {
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

    pub async fn upload(&self, frozen: Frozen, index: u32, parts: &[OutgoingPart]) -> Frozen {
        let pictures: Vec<OutgoingPicture> = parts.iter().flat_map(|part| part.pictures.clone()).collect();
        if pictures.is_empty() {
            return frozen;
        }
        let uploaded = self.publisher.upload(&self.session, &frozen, index, &pictures);
        uploaded.await.unwrap()
    }

    /// What goes in one call each.
    pub(super) fn calls<'a>(&self, outgoing: &'a Outgoing) -> Vec<&'a [OutgoingPart]> {
        match self.home.network.thread() {
            ThreadSending::AtOnce => vec![&outgoing.parts[..]],
            ThreadSending::PartByPart => outgoing.parts.chunks(1).collect(),
        }
    }

    /// As the engine does it: uploads, then the post call.
    pub(super) async fn call(
        &self,
        frozen: &mut Frozen,
        index: u32,
        parts: &[OutgoingPart],
        before: Option<&str>,
    ) -> Answer {
        *frozen = self.upload(frozen.clone(), index, parts).await;
        let session = self.spoilt.take().unwrap_or_else(|| self.session.clone());
        self.publisher.post(&session, frozen, index, before).await
    }

    /// All parts, or part by part. The last answer, and the ids of those before it.
    pub async fn send(&self, outgoing: &Outgoing, frozen: &mut Frozen) -> (Vec<String>, Answer) {
        let mut ids: Vec<String> = Vec::new();
        let mut last = Answer::NeverLeft;
        for (index, parts) in (0_u32..).zip(self.calls(outgoing)) {
            last = self
                .call(frozen, index, parts, ids.last().map(String::as_str))
                .await;
            match &last {
                Answer::Posted { receipt, .. } => ids.extend(receipt.ids.clone()),
                _ => break,
            }
        }
        (ids, last)
    }

    pub async fn freeze(&self, outgoing: &Outgoing) -> Frozen {
        self.publisher.freeze(&self.session, outgoing).await.unwrap()
    }

    pub async fn one(&self, text: &str) -> (Frozen, Answer) {
        let outgoing = self.outgoing(&[text], 0);
        let mut frozen = self.freeze(&outgoing).await;
        let (_, answer) = self.send(&outgoing, &mut frozen).await;
        (frozen, answer)
    }

    /// What a look finds, where the server lets somebody look: the one post that the server itself has with these words.
    pub async fn looks(&self, frozen: &Frozen, words: &str, there: bool) {
        let look = self.publisher.look(&self.session, frozen, 0, None).await.unwrap();
        if self.home.network == Network::LinkedIn {
            assert_eq!(look, Look::CannotTell);
            return;
        }
        let published = self.published(words).await;
        let ids: Vec<String> = published.into_iter().map(|post| post.id).collect();
        match &look {
            Look::There(receipt) if there => assert_eq!(receipt.ids, ids, "{words}"),
            Look::Absent if !there => assert!(ids.is_empty(), "{words}: {ids:?}"),
            _ => panic!("{look:?}, there: {there}, {words}"),
        }
    }

    /// As `looks`, with a post between that is not the one: the newest is not what is looked for.
    pub async fn looks_behind(&self, frozen: &Frozen, words: &str) {
        let (_, answer) = self.one(&format!("{words} meanwhile")).await;
        self.is_sent(&answer);
        self.looks(frozen, words, true).await;
    }

    /// Nobody knows what became of it, whatever it was: it is looked up.
    pub fn is_unknown(&self, answer: &Answer) {
        let author = &self.session.account.author_id;
        assert_eq!(
            becomes(answer.clone(), author, false),
            Becomes::Unknown,
            "{answer:?}"
        );
    }

    pub fn is_sent(&self, answer: &Answer) -> Receipt {
        match becomes(answer.clone(), &self.session.account.author_id, false) {
            Becomes::Sent(receipt) => receipt,
            other => panic!("{other:?} of {answer:?}"),
        }
    }
}
