//! Accounts whose calls go through a proxy of their own, met by real ones (SOCKS5 and HTTP) which keep their own record, and
//! by servers that share no code with us. The names of the servers lead somewhere in the proxy alone.

#![allow(clippy::unwrap_used, reason = "a test ends where a value is missing")]

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use kossori_api::{Code, Request, SecretInput};
use kossori_core::answer::Answer;
use kossori_core::network::{Network, Persona};
use kossori_core::proxy::ProxyKind;
use kossori_engine::model::{Account, Health};
use kossori_engine::ports::{
    Attention, CallError, CameBack, CleanPicture, Drawn, Look, Outgoing, OutgoingPart, OutgoingPicture,
    Publisher, Session, SignIn, Vault,
};
use kossori_engine::secret::Secret;
use kossori_networks::{Networks, Options};
use kossori_store::Database;
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};

use crate::networks::{FixedClock, PNG, noon};
use crate::support::hosted::Hosted;
use crate::support::servers::{Launched, cached_program, http, post_json};

/// What only the proxies know.
const NAME: &str = "home.invalid";

/// In front of a server: from which ports it was called.
struct Door {
    port: u16,
    callers: Arc<Mutex<Vec<u16>>>,
}

impl Door {
    async fn before(server: &Value) -> Door {
        let behind = server.as_str().unwrap().trim_start_matches("http://").to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let callers: Arc<Mutex<Vec<u16>>> = Arc::default();
        let noted = callers.clone();
        tokio::spawn(async move {
            while let Ok((mut near, from)) = listener.accept().await {
                noted.lock().unwrap().push(from.port());
                let behind = behind.clone();
                tokio::spawn(async move {
                    let mut far = TcpStream::connect(behind).await.unwrap();
                    // Cut off from either side, it ends.
                    let _ = tokio::io::copy_bidirectional(&mut near, &mut far).await;
                });
            }
        });
        Door { port, callers }
    }

    fn url(&self) -> String {
        format!("http://{NAME}:{}", self.port)
    }

    fn callers(&self) -> Vec<u16> {
        self.callers.lock().unwrap().clone()
    }
}

struct Proxy {
    process: Launched,
    user: Option<&'static str>,
}

impl Proxy {
    fn start(user: Option<&'static str>) -> Proxy {
        let name = format!("{NAME}=127.0.0.1");
        let mut arguments = vec![name.as_str()];
        arguments.extend(user.iter().flat_map(|user| ["--user", user]));
        let process = Launched::start(&cached_program("venv/bin/python"), "proxy_server.py", &arguments);
        Proxy { process, user }
    }

    fn line(&self, kind: ProxyKind) -> String {
        let port = match kind {
            ProxyKind::Socks5h => &self.process.ready["socks"],
            ProxyKind::Http | ProxyKind::Https => &self.process.ready["http"],
        };
        let user = self.user.map(|user| format!("{user}@")).unwrap_or_default();
        format!("{}://{user}127.0.0.1:{port}", kind.as_str())
    }

    fn control(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.process.ready["control"])
    }

    async fn log(&self) -> Vec<Value> {
        let log = http("GET", &self.control("/log"), &[], Vec::new()).await.json();
        log.as_array().cloned().unwrap()
    }

    /// The ports that it called from.
    async fn ports(&self) -> Vec<u64> {
        let log = self.log().await;
        log.iter()
            .filter_map(|entry| entry["from_port"].as_u64())
            .collect()
    }

    async fn fault(&self, kind: &str, on: &str) {
        post_json(&self.control("/_faults"), None, &json!({"kind": kind, "on": on})).await;
    }
}

async fn networks() -> Networks {
    let timeline = Arc::new(Database::in_memory().await.unwrap());
    let options = Options {
        media_waits: vec![Duration::from_millis(50); 20],
        post_limit: Duration::from_millis(2_500),
        connect_limit: Duration::from_millis(1_000),
        ..Options::default()
    };
    Networks::new(timeline, Arc::new(FixedClock), options)
}

fn sign_in(network: Network, server: String, token: Option<&Value>, proxy: &str) -> SignIn {
    SignIn {
        network,
        server: Some(server),
        handle: None,
        secret: token.map(|token| Secret::new(token.as_str().unwrap().to_owned())),
        kept: None,
        client_id: None,
        client_secret: None,
        client_name: None,
        local_server: true,
        plc: None,
        proxy: Some(Secret::new(proxy.to_owned())),
    }
}

async fn signed_in(publisher: &dyn Publisher, id: &str, sign_in: &SignIn) -> Session {
    let made = publisher.sign_in(sign_in).await.unwrap();
    Session {
        account: Account {
            id: id.into(),
            network: sign_in.network,
            server: made.server,
            handle: made.handle,
            author_id: made.author_id,
            persona: Persona::Personal,
            client_name: None,
            software: made.about.software,
            limits: made.about.limits,
            local_server: true,
            plc: None,
            proxy: Some(ProxyKind::Socks5h),
            health: Health::Ok,
            session_ends_at: made.session_ends_at,
            added_at: noon(),
            about_at: noon(),
        },
        tokens: made.tokens,
        proxy: sign_in.proxy.clone(),
    }
}

fn outgoing(text: &str, n: u8) -> Outgoing {
    let picture = OutgoingPicture {
        picture: CleanPicture {
            bytes: PNG.iter().copied().chain([n]).collect(),
            mime: "image/png".to_owned(),
            width: 1,
            height: 1,
        },
        alt: "a cat".to_owned(),
    };
    Outgoing {
        parts: vec![OutgoingPart {
            text: text.to_owned(),
            pictures: vec![picture],
        }],
        cw: None,
        visibility: None,
        lang: None,
        reply_to: None,
        quote: None,
        repost: None,
        at: noon(),
        key: [n; 16],
    }
}

/// Frozen, uploaded, posted, found, asked about, deleted: all that an account does.
async fn does_everything(publisher: &dyn Publisher, session: &Session, n: u8) {
    let words = format!("昼休み {n}");
    let content = outgoing(&words, n);
    publisher.author(session).await.unwrap();
    publisher.about(session).await.unwrap();
    let frozen = publisher.freeze(session, &content).await.unwrap();
    let frozen = publisher
        .upload(session, &frozen, 0, &content.parts[0].pictures)
        .await
        .unwrap();
    let Answer::Posted { receipt, .. } = publisher.post(session, &frozen, 0, None).await else {
        panic!("it was posted")
    };
    let look = publisher.look(session, &frozen, 0, None).await.unwrap();
    assert!(matches!(look, Look::There(_)), "{look:?}");
    publisher.delete(session, &receipt.ids[0]).await.unwrap();
}

fn server(script: &str, arguments: &[&str]) -> Launched {
    Launched::start(&cached_program("venv/bin/python"), script, arguments)
}

/// Whom the server was called by, and what the proxy was asked for: each call one connection, and no other.
async fn went_through(door: &Door, proxy: &Proxy, kind: ProxyKind) {
    let callers: BTreeSet<u64> = door.callers().into_iter().map(u64::from).collect();
    let ports: BTreeSet<u64> = proxy.ports().await.into_iter().collect();
    assert_eq!(callers, ports, "whoever called was the proxy");
    assert_eq!(
        callers.len(),
        door.callers().len(),
        "no connection served two calls"
    );
    for entry in proxy.log().await {
        assert_eq!(
            (&entry["host"], &entry["named"]),
            (&json!(NAME), &json!(true)),
            "{entry}"
        );
        let user = proxy.user.and_then(|user| user.split(':').next());
        assert_eq!(
            (entry["user"].as_str(), &entry["let_in"]),
            (user, &json!(true)),
            "{entry}"
        );
        let expected = match kind {
            ProxyKind::Socks5h => "socks",
            // Of http:// it is the absolute form.
            ProxyKind::Http | ProxyKind::Https => "absolute",
        };
        assert_eq!(entry["kind"], expected);
    }
}

#[tokio::test]
async fn all_that_an_account_does_goes_through_its_proxy() {
    for (network, script, arguments) in [
        (Network::Mastodon, "family_server.py", &["gotosocial"][..]),
        (Network::Misskey, "misskey_server.py", &[]),
    ] {
        for (kind, user) in [
            (ProxyKind::Socks5h, None),
            (ProxyKind::Socks5h, Some("lane:p:w-1~")),
            (ProxyKind::Http, None),
            (ProxyKind::Http, Some("lane:p:w-1~")),
        ] {
            let fake = server(script, arguments);
            let door = Door::before(&fake.ready["server"]).await;
            let proxy = Proxy::start(user);
            let publisher = networks().await.publisher(network);
            let asked = sign_in(
                network,
                door.url(),
                Some(&fake.ready["accounts"][0]["token"]),
                &proxy.line(kind),
            );
            let session = signed_in(publisher.as_ref(), "one", &asked).await;
            let signing = proxy.log().await.len();
            assert!(signing >= 2, "the sign-in too, from its first call on");
            does_everything(publisher.as_ref(), &session, 1).await;
            assert!(proxy.log().await.len() >= signing + 6);
            went_through(&door, &proxy, kind).await;
        }
    }
}

/// From the first question about the server to the revoked token.
#[tokio::test]
async fn a_sign_in_by_browser_goes_through_the_proxy() {
    let fake = server("family_server.py", &["gotosocial"]);
    let door = Door::before(&fake.ready["server"]).await;
    let proxy = Proxy::start(Some("me:pass"));
    let publisher = networks().await.publisher(Network::Mastodon);
    let asked = sign_in(
        Network::Mastodon,
        door.url(),
        None,
        &proxy.line(ProxyKind::Socks5h),
    );
    let drawn = Drawn {
        state: [7; 16],
        verifier: [8; 32],
    };
    let begun = publisher.begin(&asked, None, &drawn).await.unwrap();
    assert!(begun.url.starts_with(&door.url()), "{}", begun.url);
    // The person's browser goes its own way: here straight to the server.
    let page = begun
        .url
        .replace(&door.url(), fake.ready["server"].as_str().unwrap());
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let shown = http("POST", &page, &form, b"account=lane0&decision=authorize".to_vec()).await;
    let shown = String::from_utf8(shown.body).unwrap();
    let code = shown
        .split(|c: char| !(c.is_ascii_alphanumeric() || c == '-' || c == '_'))
        .find(|word| word.starts_with("code-"))
        .unwrap_or_else(|| panic!("a code in {shown}"));
    let came = CameBack::Pasted(Secret::new(code.to_owned()));
    let made = publisher.finish(&asked, &begun, &came).await.unwrap();
    let again = sign_in(
        Network::Mastodon,
        door.url(),
        None,
        &proxy.line(ProxyKind::Socks5h),
    );
    let again = SignIn {
        secret: Some(made.tokens),
        ..again
    };
    let session = signed_in(publisher.as_ref(), "one", &again).await;
    publisher.revoke(&session).await.unwrap();
    went_through(&door, &proxy, ProxyKind::Socks5h).await;
}

#[tokio::test]
async fn what_a_proxy_does_to_a_post_call() {
    let post_call = "POST /api/v1/statuses";
    for kind in [ProxyKind::Socks5h, ProxyKind::Http] {
        let fake = server("family_server.py", &["gotosocial"]);
        let door = Door::before(&fake.ready["server"]).await;
        let mut proxy = Proxy::start(Some("me:pass"));
        let publisher = networks().await.publisher(Network::Mastodon);
        let token = Some(&fake.ready["accounts"][0]["token"]);
        let asked = sign_in(Network::Mastodon, door.url(), token, &proxy.line(kind));
        let session = signed_in(publisher.as_ref(), "one", &asked).await;
        let text = Outgoing {
            parts: vec![OutgoingPart {
                text: "once".to_owned(),
                pictures: Vec::new(),
            }],
            ..outgoing("", 1)
        };
        let frozen = publisher.freeze(&session, &text).await.unwrap();
        let posted = async || {
            let log = http(
                "GET",
                &format!("{}/log", fake.ready["server"].as_str().unwrap()),
                &[],
                Vec::new(),
            )
            .await;
            log.json().as_array().map(Vec::len).unwrap()
        };
        let post = async |session: &Session| publisher.post(session, &frozen, 0, None).await;

        // It had a part of the request, or all of it: nobody knows.
        proxy.fault("cut_before", post_call).await;
        assert_eq!(post(&session).await, Answer::Unclear { status: None }, "{kind:?}");
        assert_eq!(posted().await, 0);

        // What SOCKS or CONNECT refused never left; an HTTP proxy that had the request may have passed it on.
        for (fault, socks) in [("refuse", true), ("nonsense", true), ("silent", true)] {
            proxy.fault(fault, "").await;
            let answer = post(&session).await;
            match (kind, &answer) {
                (ProxyKind::Socks5h, Answer::NeverLeft) if socks => {}
                (ProxyKind::Http, Answer::Unclear { .. }) => {}
                _ => panic!("{kind:?} {fault}: {answer:?}"),
            }
        }
        proxy.fault("", "").await;

        // A password that is no longer taken.
        let wrong = Session {
            proxy: Some(Secret::new(proxy.line(kind).replace("pass", "wrong"))),
            ..session.clone()
        };
        let answer = post(&wrong).await;
        match kind {
            ProxyKind::Socks5h => assert_eq!(answer, Answer::NeverLeft),
            _ => assert_eq!(answer, Answer::Unclear { status: Some(407) }),
        }
        // The account has a proxy, and nobody could say which.
        let lost = Session {
            proxy: None,
            ..session.clone()
        };
        assert_eq!(post(&lost).await, Answer::NeverLeft);
        assert_eq!(publisher.author(&lost).await, Err(CallError::Offline));
        assert_eq!(posted().await, 0);

        // The server has it, and its answer is lost: it is looked for, and found.
        proxy.fault("cut_after", post_call).await;
        assert_eq!(post(&session).await, Answer::Unclear { status: None }, "{kind:?}");
        proxy.fault("", "").await;
        let look = publisher.look(&session, &frozen, 0, None).await.unwrap();
        assert!(matches!(look, Look::There(_)), "{look:?}");
        assert_eq!(posted().await, 1);

        // Everybody who came was the proxy, and when it is gone nobody comes.
        let callers: BTreeSet<u64> = door.callers().into_iter().map(u64::from).collect();
        assert_eq!(callers, proxy.ports().await.into_iter().collect());
        proxy.process.abandon();
        assert_eq!(post(&session).await, Answer::NeverLeft);
        assert_eq!(publisher.author(&session).await, Err(CallError::Offline));
        assert_eq!(door.callers().len(), callers.len());
    }
}

/// At the same server at the same time: each through its own, and over no connection that the other had.
#[tokio::test]
async fn two_personas_with_two_proxies_share_nothing() {
    let fake = server("family_server.py", &["gotosocial", "2"]);
    let door = Door::before(&fake.ready["server"]).await;
    let proxies = [Proxy::start(Some("one:a")), Proxy::start(Some("two:b"))];
    let publisher = networks().await.publisher(Network::Mastodon);
    let mut sessions = Vec::new();
    for (n, proxy) in proxies.iter().enumerate() {
        let token = Some(&fake.ready["accounts"][n]["token"]);
        let asked = sign_in(
            Network::Mastodon,
            door.url(),
            token,
            &proxy.line(ProxyKind::Socks5h),
        );
        sessions.push(signed_in(publisher.as_ref(), &format!("account-{n}"), &asked).await);
    }
    tokio::join!(
        does_everything(publisher.as_ref(), &sessions[0], 1),
        does_everything(publisher.as_ref(), &sessions[1], 2),
    );
    let ports: Vec<Vec<u64>> = vec![proxies[0].ports().await, proxies[1].ports().await];
    let all: BTreeSet<u64> = ports.iter().flatten().copied().collect();
    assert_eq!(all.len(), ports[0].len() + ports[1].len(), "no port twice");
    assert_eq!(all, door.callers().into_iter().map(u64::from).collect());
    for proxy in &proxies {
        let user = proxy.user.and_then(|user| user.split(':').next());
        assert!(
            proxy
                .log()
                .await
                .iter()
                .all(|entry| entry["user"].as_str() == user)
        );
    }
}

const NOW: &str = "2026-11-24 12:20";

fn add(url: String, token: &Value, proxy: Option<String>) -> Request {
    Request::AccountAdd {
        network: Network::Mastodon,
        handle: None,
        server: Some(url),
        secret: token.as_str().map(|token| SecretInput::new(token.to_owned())),
        client_id: None,
        persona: None,
        client_name: None,
        local_server: true,
        plc: None,
        proxy: proxy.map(SecretInput::new),
    }
}

fn through(id: &str, proxy: &str) -> Request {
    Request::AccountEdit {
        id: id.to_owned(),
        persona: None,
        client_name: None,
        proxy: Some(SecretInput::new(proxy.to_owned())),
    }
}

/// The whole host: added through a proxy, which the keyring loses, and which a person sets again.
#[tokio::test]
async fn an_account_whose_proxy_was_lost_waits_for_a_person() {
    let mut hosted = Hosted::new(NOW).await;
    let fake = server("family_server.py", &["gotosocial"]);
    let token = &fake.ready["accounts"][0]["token"];
    let door = Door::before(&fake.ready["server"]).await;
    let proxy = Proxy::start(Some("me:s3cret-of-the-proxy"));
    let line = proxy.line(ProxyKind::Socks5h);

    for (typed, code) in [
        (line.replace("socks5h", "socks5"), Code::ProxyResolvesHere),
        ("127.0.0.1:9050".to_owned(), Code::BadProxy),
        (line.replace("me:", "you:"), Code::ServerUnreachable),
    ] {
        let refused = hosted
            .try_ask(add(door.url(), token, Some(typed)))
            .await
            .unwrap_err();
        assert_eq!(refused.code, code);
    }
    // Without the proxy the name leads nowhere.
    let refused = hosted.try_ask(add(door.url(), token, None)).await.unwrap_err();
    assert_eq!((refused.code, door.callers().len()), (Code::ServerUnreachable, 0));

    let added = hosted.ask(add(door.url(), token, Some(line.clone()))).await;
    let id = added["id"].as_str().unwrap().to_owned();
    let list = hosted.ask(Request::AccountList).await;
    assert_eq!(list["accounts"][0]["proxy"], "socks5h");
    assert!(
        !list.to_string().contains("s3cret") && !list.to_string().contains("9050"),
        "{list}"
    );
    let entry = format!("account.{id}.proxy");
    let kept = hosted
        .vault
        .read(&entry, Attention::Unattended)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(kept.expose(), line);

    // A program that is started anew reads it from the keyring, which has lost it.
    hosted.end().await;
    hosted.vault.remove(&entry, Attention::Unattended).await.unwrap();
    let before = door.callers().len();
    hosted.start().await;
    let check = Request::AccountCheck { id: id.clone() };
    let refused = hosted.try_ask(check.clone()).await.unwrap_err();
    assert_eq!(refused.code, Code::ProxyMissing);
    let again = Request::AccountSignIn {
        id: id.clone(),
        secret: token.as_str().map(|token| SecretInput::new(token.to_owned())),
        client_id: None,
    };
    assert_eq!(hosted.try_ask(again).await.unwrap_err().code, Code::ProxyMissing);
    let post = hosted.post(&id, "waits for its way").await;
    let shown = hosted.ask(Request::QueueShow { id: post.clone() }).await;
    assert_eq!(
        (&shown["state"], &shown["reason"]),
        (&json!("queued"), &json!("proxy_missing"))
    );
    assert_eq!(door.callers().len(), before, "nobody was called");
    assert_eq!(hosted.ask(Request::Status).await["state"], "needs_you");

    // Nothing is to be sent meanwhile: what is looked at is who was called.
    hosted
        .ask(Request::QueueRemove {
            id: post,
            discard: true,
        })
        .await;
    // Set again, it goes, and by that way alone.
    let changed = hosted.ask(through(&id, &line)).await;
    assert_eq!(
        (&changed["proxy"], &changed["health"]),
        (&json!("socks5h"), &json!("ok"))
    );
    hosted.ask(check).await;
    assert!(door.callers().len() > before);
    let callers: BTreeSet<u64> = door.callers().into_iter().map(u64::from).collect();
    assert_eq!(callers, proxy.ports().await.into_iter().collect());

    // Another one, and none.
    let other = Proxy::start(None);
    let http_line = other.line(ProxyKind::Http);
    assert_eq!(hosted.ask(through(&id, &http_line)).await["proxy"], "http");
    let before = proxy.log().await.len();
    hosted.ask(Request::AccountCheck { id: id.clone() }).await;
    assert_eq!(
        proxy.log().await.len(),
        before,
        "the old one is not used any more"
    );
    assert!(!other.log().await.is_empty());
    assert_eq!(hosted.ask(through(&id, "none")).await["proxy"], Value::Null);
    assert!(
        hosted
            .vault
            .read(&entry, Attention::Unattended)
            .await
            .unwrap()
            .is_none()
    );
    let refused = hosted
        .try_ask(Request::AccountCheck { id: id.clone() })
        .await
        .unwrap_err();
    assert_eq!(
        refused.code,
        Code::ServerUnreachable,
        "the name leads nowhere here"
    );

    hosted.ask(through(&id, &line)).await;
    hosted.ask(Request::AccountRemove { id }).await;
    assert!(
        hosted
            .vault
            .read(&entry, Attention::Unattended)
            .await
            .unwrap()
            .is_none()
    );

    // Nothing of it is in the folder.
    hosted.end().await;
    for file in walk(&hosted.data_dir()) {
        let bytes = std::fs::read(&file).unwrap_or_default();
        let found = bytes.windows(6).any(|window| window == b"s3cret");
        assert!(!found, "{}", file.display());
    }
    let practice = Request::AccountAdd {
        network: Network::Practice,
        handle: Some("me".to_owned()),
        server: None,
        secret: None,
        client_id: None,
        persona: None,
        client_name: None,
        local_server: false,
        plc: None,
        proxy: Some(SecretInput::new(line)),
    };
    hosted.start().await;
    assert_eq!(
        hosted.try_ask(practice).await.unwrap_err().code,
        Code::ProxyNeedless
    );
}

fn walk(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(walk(&path));
        } else {
            files.push(path);
        }
    }
    files
}
