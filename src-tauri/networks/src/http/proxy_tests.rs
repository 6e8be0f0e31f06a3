//! A proxy that does everything wrong. Whatever it does, nothing goes by another way, and what it never passed on is not
//! called anything else.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use kossori_core::network::Network;
use kossori_core::proxy::ProxyKind;
use kossori_engine::ports::{CallError, SignIn};
use kossori_engine::secret::Secret;
use reqwest::dns::Resolve;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::{Body, Call, Clients, Failure, Http, Reply, address};
use crate::testing::{FixedClock, Stub, options, says, session, sign_in};

const LIMIT: Duration = Duration::from_millis(1_500);

fn through(proxy: &str, local: bool) -> Http {
    let sign_in = SignIn {
        proxy: Some(Secret::new(proxy.to_owned())),
        ..sign_in(local)
    };
    Clients::new(Arc::new(FixedClock), &options())
        .fresh(&sign_in)
        .unwrap()
}

async fn post(http: &Http, url: &str) -> Result<Reply, Failure> {
    let body = Body::Json(json!({"text": "hello"}));
    http.send(Call::post(format!("{url}/x"), body, LIMIT)).await
}

/// Says each of these in turn, every time after something has come, and then ends the connection or goes silent.
struct Script {
    address: String,
    connections: Arc<AtomicUsize>,
}

impl Script {
    async fn start(says: &'static [&'static [u8]], then_silent: bool) -> Script {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let connections = Arc::new(AtomicUsize::new(0));
        let counted = connections.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                counted.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(speak(stream, says, then_silent));
            }
        });
        Script { address, connections }
    }
}

async fn speak(mut stream: TcpStream, says: &'static [&'static [u8]], then_silent: bool) {
    let mut heard = [0; 4096];
    for said in says {
        if !matches!(stream.read(&mut heard).await, Ok(1..)) || stream.write_all(said).await.is_err() {
            return;
        }
    }
    if then_silent {
        tokio::time::sleep(Duration::from_secs(60)).await;
    }
}

const NO_AUTH: &[u8] = &[5, 0];
const LONG: &[u8] = &[b'x'; 20_000];

#[tokio::test]
async fn a_proxy_that_lets_nothing_through_is_gone_round_by_nobody() {
    let direct = Stub::start(|_| says(200, &[("Content-Type", "application/json")], "{}")).await;
    let https = direct.url.replace("http://", "https://");
    type Row = (&'static str, &'static str, &'static [&'static [u8]]);
    let table: Vec<Row> = vec![
        ("closes", "socks5h://", &[]),
        (
            "speaks of something else",
            "socks5h://",
            &[b"220 mail.example ESMTP\r\n"],
        ),
        ("is SOCKS4", "socks5h://", &[&[4, 0]]),
        ("takes no method", "socks5h://", &[&[5, 0xff]]),
        ("wants a password that there is none of", "socks5h://", &[&[5, 2]]),
        ("refuses the password", "socks5h://me:wrong@", &[&[5, 2], &[1, 1]]),
        (
            "takes none, though there is one",
            "socks5h://me:pass@",
            &[&[5, 0]],
        ),
        ("closes after hello", "socks5h://", &[NO_AUTH]),
        (
            "refuses by rule",
            "socks5h://",
            &[NO_AUTH, &[5, 2, 0, 1, 0, 0, 0, 0, 0, 0]],
        ),
        (
            "knows no such host",
            "socks5h://",
            &[NO_AUTH, &[5, 4, 0, 1, 0, 0, 0, 0, 0, 0]],
        ),
        (
            "answers nonsense",
            "socks5h://",
            &[NO_AUTH, &[5, 0, 0, 9, 9, 9, 9]],
        ),
        ("closes", "http://", &[]),
        ("answers a page", "http://", &[b"<html>Wi-Fi</html>\r\n\r\n"]),
        (
            "wants a password",
            "http://",
            &[b"HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n"],
        ),
        (
            "refuses",
            "http://",
            &[b"HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n"],
        ),
        (
            "reaches nothing",
            "http://",
            &[b"HTTP/1.1 502 No\r\nContent-Length: 0\r\n\r\n"],
        ),
        (
            "sends elsewhere",
            "http://",
            &[b"HTTP/1.1 302 No\r\nLocation: http://127.0.0.1/\r\n\r\n"],
        ),
        (
            "has endless headers",
            "http://",
            &[b"HTTP/1.1 200 OK\r\nx: ", LONG],
        ),
        ("says yes and closes", "http://", &[b"HTTP/1.1 200 OK\r\n\r\n"]),
        ("is no TLS", "https://", &[b"HTTP/1.1 200 OK\r\n\r\n"]),
    ];
    for (what, scheme, said) in table {
        for silent in [false, true] {
            let script = Script::start(said, silent).await;
            let http = through(&format!("{scheme}{}", script.address), true);
            // Through CONNECT and SOCKS the target's TLS begins only when the proxy has said yes.
            let targets: &[&str] = match scheme {
                "http://" => &[&https, "https://home.invalid"],
                _ => &[&https, "https://home.invalid", &direct.url, "http://home.invalid"],
            };
            for target in targets {
                assert_eq!(
                    post(&http, target).await.unwrap_err(),
                    Failure::NeverLeft,
                    "{scheme} {what}, then silent: {silent}, {target}"
                );
            }
            assert!(
                script.connections.load(Ordering::SeqCst) >= targets.len(),
                "{what}"
            );
        }
    }
    assert_eq!(direct.seen().len(), 0, "not a byte by another way");
}

#[tokio::test]
async fn a_proxy_that_is_away_is_gone_round_by_nobody() {
    let direct = Stub::start(|_| says(200, &[], "")).await;
    let port = {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        listener.local_addr().unwrap().port()
    };
    for proxy in [
        format!("socks5h://127.0.0.1:{port}"),
        format!("http://me:pass@127.0.0.1:{port}"),
        format!("https://127.0.0.1:{port}"),
        "socks5h://no-such-proxy.invalid:9050".to_owned(),
        // What some programs would take for no proxy at all.
        "http://me:%2a%26%3a%5b@no-such-proxy.invalid:1".to_owned(),
        "http://a!$&'()*+,;=:b:c~_-.@no-such-proxy.invalid:1".to_owned(),
        "socks5h://%E7%8C%AB@no_such_proxy.invalid:1".to_owned(),
    ] {
        let http = through(&proxy, true);
        for target in [direct.url.clone(), direct.url.replace("http://", "https://")] {
            assert_eq!(
                post(&http, &target).await.unwrap_err(),
                Failure::NeverLeft,
                "{proxy}"
            );
        }
    }
    assert_eq!(direct.seen().len(), 0);
}

/// Over `http://` an HTTP proxy has the whole request before it says anything: what it then says proves nothing.
#[tokio::test]
async fn a_request_that_an_http_proxy_has_had_is_not_called_never_left() {
    for said in [
        &b"HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n"[..],
        b"HTTP/1.1 502 No\r\nContent-Length: 0\r\n\r\n",
    ] {
        let script = Script::start(Box::leak(Box::new([said])), false).await;
        let http = through(&format!("http://{}", script.address), true);
        let reply = post(&http, "http://home.invalid").await.unwrap();
        assert!(reply.json.is_none() && !reply.is_success());
    }
    let script = Script::start(&[b""], false).await;
    let http = through(&format!("http://{}", script.address), true);
    assert_eq!(
        post(&http, "http://home.invalid").await.unwrap_err(),
        Failure::Cut
    );
}

#[tokio::test]
async fn an_account_whose_proxy_is_not_there_calls_nobody() {
    let direct = Stub::start(|_| says(200, &[], "")).await;
    let clients = Clients::new(Arc::new(FixedClock), &options());
    let mut lost = session(Network::Mastodon, &direct.url, "1", "");
    lost.account.proxy = Some(ProxyKind::Socks5h);
    assert_eq!(clients.of(&lost).err(), Some(CallError::Offline));
    // The client that it had before it had a proxy is not used either.
    lost.account.proxy = None;
    assert!(clients.of(&lost).is_ok());
    lost.account.proxy = Some(ProxyKind::Http);
    assert_eq!(clients.of(&lost).err(), Some(CallError::Offline));
    for line in [
        "",
        "none",
        "socks5://127.0.0.1:1",
        "127.0.0.1:1",
        "socks5h://a b:1",
        "ftp://a:1",
    ] {
        lost.proxy = Some(Secret::new(line.to_owned()));
        assert_eq!(clients.of(&lost).err(), Some(CallError::Offline), "{line:?}");
        let sign_in = SignIn {
            proxy: lost.proxy.clone(),
            ..sign_in(true)
        };
        assert_eq!(
            clients.fresh(&sign_in).err(),
            Some(CallError::Offline),
            "{line:?}"
        );
    }
    assert_eq!(direct.seen().len(), 0);
}

#[tokio::test]
async fn addresses_that_may_not_be_called_are_not_asked_of_the_proxy() {
    let script = Script::start(&[], false).await;
    let http = through(&format!("socks5h://{}", script.address), false);
    for url in [
        "https://127.0.0.1",
        "https://10.0.0.1",
        "https://[::1]",
        "https://0x7f.1",
        "https://169.254.169.254",
        "https://localhost",
        "https://localhost.",
        "https://metadata.google.internal",
        "https://router",
    ] {
        assert_eq!(
            post(&http, url).await.unwrap_err(),
            Failure::AddressRefused,
            "{url}"
        );
    }
    // Without leave for http:// no request is made of it.
    assert_eq!(
        post(&http, "http://example.social").await.unwrap_err(),
        Failure::AddressRefused
    );
    assert_eq!(script.connections.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn nothing_but_the_proxys_own_name_is_looked_up_here() {
    let resolver = address::Resolver::OfProxy("localhost".to_owned());
    let found = resolver.resolve("LOCALHOST".parse().unwrap()).await;
    assert!(found.is_ok_and(|mut found| found.next().is_some()));
    for name in ["localhost.", "a.localhost", "example.com"] {
        let refused = resolver.resolve(name.parse().unwrap()).await;
        assert!(
            refused.is_err_and(|error| error.is::<address::Refused>()),
            "{name}"
        );
    }
}
