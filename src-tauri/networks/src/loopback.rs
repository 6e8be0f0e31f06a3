//! The port of this machine that a browser comes back to after a sign-in (RULES.md 8): 127.0.0.1 and nothing else, for one
//! visit, with just enough of HTTP to take a query and say that it arrived.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use crate::oauth;
use async_trait::async_trait;
use kossori_engine::ports::{Listening, Loopback, LoopbackError};
use reqwest::Url;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// A query with a code and a state comes nowhere near it.
const HEAD_MOST: usize = 16 * 1024;
/// A browser sends its request at once; whoever else holds a connection open does not hold up the next.
const PATIENCE: Duration = Duration::from_secs(5);
/// What has come when no connection can be taken, as without a descriptor left.
const REST: Duration = Duration::from_millis(100);

pub struct LoopbackPorts {
    page: String,
}

impl LoopbackPorts {
    /// `page`: what the visitor reads, as HTML without scripts, styles included.
    pub fn new(page: String) -> Self {
        LoopbackPorts { page }
    }
}

#[async_trait]
impl Loopback for LoopbackPorts {
    async fn listen(&self, ports: &[u16]) -> Result<Box<dyn Listening>, LoopbackError> {
        let any = [0];
        let ports = if ports.is_empty() { &any[..] } else { ports };
        for port in ports {
            let Ok(listener) = TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).await else {
                continue;
            };
            if let Ok(at) = listener.local_addr() {
                let page = self.page.clone();
                return Ok(Box::new(Open { listener, at, page }));
            }
        }
        Err(LoopbackError::Taken)
    }
}

struct Open {
    listener: TcpListener,
    at: SocketAddr,
    page: String,
}

#[async_trait]
impl Listening for Open {
    fn address(&self) -> String {
        format!("http://{}/", self.at)
    }

    async fn visit(&mut self, expects: &str) -> Vec<(String, String)> {
        loop {
            // No descriptor left, for one: the next may get one.
            let Ok((mut stream, _)) = self.listener.accept().await else {
                tokio::time::sleep(REST).await;
                continue;
            };
            let heard = tokio::time::timeout(PATIENCE, head(&mut stream)).await;
            let pairs = heard.ok().flatten().and_then(|head| self.pairs(&head, expects));
            let (status, page) = match &pairs {
                Some(_) => ("200 OK", self.page.as_str()),
                None => ("404 Not Found", ""),
            };
            let _ = tokio::time::timeout(PATIENCE, say(&mut stream, status, page)).await;
            if let Some(pairs) = pairs {
                return pairs;
            }
        }
    }
}

impl Open {
    /// The query, if it is a browser's that was sent here. A name that somebody pointed at this machine is none.
    fn pairs(&self, head: &str, expects: &str) -> Option<Vec<(String, String)>> {
        let mut lines = head.split("\r\n");
        let mut words = lines.next()?.split(' ');
        let (Some("GET"), Some(target), Some(_)) = (words.next(), words.next(), words.next()) else {
            return None;
        };
        let host = lines.find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("host").then(|| value.trim())
        });
        if host != Some(self.at.to_string().as_str()) || !(target.starts_with("/?")) {
            return None;
        }
        let url = Url::parse(&format!("http://{}{target}", self.at)).ok()?;
        let pairs: Vec<(String, String)> = url
            .query_pairs()
            .map(|(name, value)| (name.into_owned(), value.into_owned()))
            .collect();
        let told = |(_, value): &(String, String)| oauth::same(value, expects);
        pairs.iter().any(told).then_some(pairs)
    }
}

async fn head(stream: &mut TcpStream) -> Option<String> {
    let mut head = Vec::new();
    let mut piece = [0; 1024];
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        let read = stream.read(&mut piece).await.ok().filter(|read| *read > 0)?;
        head.extend_from_slice(&piece[..read]);
        if head.len() > HEAD_MOST {
            return None;
        }
    }
    String::from_utf8(head).ok()
}

async fn say(stream: &mut TcpStream, status: &str, page: &str) {
    let answer = format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\nConnection: close\r\n\
         Cache-Control: no-store\r\nReferrer-Policy: no-referrer\r\nX-Content-Type-Options: nosniff\r\n\
         Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'\r\n\r\n{page}",
        page.len()
    );
    // Whoever is gone already has been heard.
    let _ = stream.write_all(answer.as_bytes()).await;
    let _ = stream.shutdown().await;
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use kossori_engine::ports::{Listening, Loopback, LoopbackError};
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpStream;

    use super::LoopbackPorts;

    async fn open(ports: &[u16]) -> Result<Box<dyn Listening>, LoopbackError> {
        LoopbackPorts::new("<p>done".to_owned()).listen(ports).await
    }

    fn host_of(listening: &dyn Listening) -> String {
        let address = listening.address();
        address
            .trim_start_matches("http://")
            .trim_end_matches('/')
            .to_owned()
    }

    async fn ask(host: &str, request: String) -> String {
        let mut stream = TcpStream::connect(host).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    }

    #[tokio::test]
    async fn one_visit_is_heard_and_the_port_is_closed() {
        let mut listening = open(&[]).await.unwrap();
        let host = host_of(listening.as_ref());
        assert!(host.starts_with("127.0.0.1:"));
        let visitor = tokio::spawn({
            let host = host.clone();
            async move {
                let get = |target: &str, host: &str| {
                    format!("GET {target} HTTP/1.1\r\nHost: {host}\r\nAccept: */*\r\n\r\n")
                };
                // Not the end of a sign-in, or not sent here by a browser.
                for (request, why) in [
                    (get("/favicon.ico", &host), "another path"),
                    (get("/", &host), "no query"),
                    (get("/?x=1", &host), "nothing told"),
                    (get("/?code=1&state=guessed", &host), "another state"),
                    (get("/?state=%E6%98%BC", "evil.example"), "another host"),
                    (get("//evil.example/?state=%E6%98%BC", &host), "another authority"),
                    ("POST /?state=%E6%98%BC HTTP/1.1\r\n\r\n".to_owned(), "a post"),
                    (format!("GET /?code={} ", "x".repeat(20_000)), "too long"),
                ] {
                    assert!(ask(&host, request).await.starts_with("HTTP/1.1 404"), "{why}");
                }
                ask(&host, get("/?code=a%20b&state=%E6%98%BC&iss=x", &host)).await
            }
        });
        let pairs = tokio::time::timeout(Duration::from_secs(20), listening.visit("昼"))
            .await
            .unwrap();
        let pairs: Vec<(&str, &str)> = pairs.iter().map(|(name, value)| (&**name, &**value)).collect();
        assert_eq!(pairs, [("code", "a b"), ("state", "昼"), ("iss", "x")]);
        let page = visitor.await.unwrap();
        assert!(
            page.starts_with("HTTP/1.1 200") && page.ends_with("<p>done"),
            "{page}"
        );
        assert!(page.contains("default-src 'none'"));
        drop(listening);
        assert!(TcpStream::connect(&host).await.is_err());
    }

    #[tokio::test]
    async fn of_registered_ports_the_first_free_one() {
        let first = open(&[]).await.unwrap();
        let second = open(&[]).await.unwrap();
        let port = |listening: &dyn Listening| host_of(listening)[10..].parse::<u16>().unwrap();
        let (taken, free) = (port(first.as_ref()), port(second.as_ref()));
        drop(second);
        let third = open(&[taken, free]).await.unwrap();
        assert_eq!(port(third.as_ref()), free);
        assert_eq!(open(&[taken, free]).await.err(), Some(LoopbackError::Taken));
    }
}
