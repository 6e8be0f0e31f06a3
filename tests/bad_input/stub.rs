//! A server of the test's own that speaks Mastodon's API well or, where it is told to, badly.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};

/// How it answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Manner {
    Well,
    /// A page for people, with 200.
    Html,
    /// A body of 10 GB, as fast as it is taken.
    Endless,
    /// One byte every ten seconds, from the first one on.
    Drip,
    /// As `Drip`, but only the body.
    DripBody,
    /// To another path of its own, which nobody may follow with a token.
    Redirect,
    /// Well, but so long after it was asked.
    Late(Duration),
}

pub struct Stub {
    pub url: String,
    seen: Arc<Seen>,
}

#[derive(Default)]
struct Seen {
    calls: Mutex<Vec<String>>,
    /// The most that was taken of one answer.
    most_bytes: AtomicU64,
    /// What the account has posted, once a post call came.
    posted: Mutex<Option<Value>>,
    /// Posted texts stand in the account's list.
    lists: AtomicBool,
    /// It never was there again after this.
    gone: AtomicBool,
}

impl Stub {
    /// Answers in `usual`, except the paths of `except` (`METHOD /path`).
    pub fn start(usual: Manner, except: &[(&str, Manner)]) -> Stub {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("its port"));
        let except: HashMap<String, Manner> = except
            .iter()
            .map(|(path, manner)| ((*path).to_owned(), *manner))
            .collect();
        let seen = Arc::new(Seen::default());
        let (theirs, except) = (Arc::clone(&seen), Arc::new(except));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (seen, except) = (Arc::clone(&theirs), Arc::clone(&except));
                std::thread::spawn(move || {
                    if seen.gone.load(Ordering::SeqCst) {
                        return;
                    }
                    // A client that hangs up has its reasons; they are what is tested.
                    drop(answer(stream, &seen, usual, &except));
                });
            }
        });
        Stub { url, seen }
    }

    /// From now on the account's list tells what was posted.
    pub fn list_posts(&self) {
        self.seen.lists.store(true, Ordering::SeqCst);
    }

    pub fn count(&self, call: &str) -> usize {
        let calls = self.seen.calls.lock().expect("not poisoned");
        calls.iter().filter(|seen| *seen == call).count()
    }

    /// The most bytes of one answer that somebody took, or that wait in the sockets.
    pub fn most_bytes(&self) -> u64 {
        self.seen.most_bytes.load(Ordering::SeqCst)
    }
}

impl Drop for Stub {
    fn drop(&mut self) {
        self.seen.gone.store(true, Ordering::SeqCst);
    }
}

fn answer(
    mut stream: TcpStream,
    seen: &Seen,
    usual: Manner,
    except: &HashMap<String, Manner>,
) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut first = String::new();
    reader.read_line(&mut first)?;
    let mut words = first.split_whitespace();
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let path = target.split('?').next().unwrap_or_default();
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        if line.trim().is_empty() {
            break;
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap_or_default();
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;

    let call = format!("{method} {path}");
    seen.calls.lock().expect("not poisoned").push(call.clone());
    let good = well(seen, method, path, &body);
    let json = "content-type: application/json\r\nconnection: close\r\n";
    match except.get(&call).copied().unwrap_or(usual) {
        manner @ (Manner::Well | Manner::Late(_)) => {
            if let Manner::Late(after) = manner {
                std::thread::sleep(after);
            }
            let (status, body) = good;
            let body = body.to_string();
            write!(
                stream,
                "HTTP/1.1 {status} .\r\n{json}content-length: {}\r\n\r\n{body}",
                body.len()
            )
        }
        Manner::Html => {
            let body = "<!doctype html><title>Welcome</title><p>Log in to the Wi-Fi of the café.";
            write!(
                stream,
                "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
                body.len()
            )
        }
        Manner::Redirect => write!(
            stream,
            "HTTP/1.1 307 .\r\nlocation: /elsewhere\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
        ),
        Manner::Endless => {
            // No length, so that only what comes tells how much it is.
            write!(stream, "HTTP/1.1 200 OK\r\n{json}\r\n\"")?;
            let block = [b'x'; 65_536];
            let mut taken = 0;
            while taken < 10_000_000_000_u64 {
                stream.write_all(&block)?;
                taken += block.len() as u64;
                seen.most_bytes.fetch_max(taken, Ordering::SeqCst);
            }
            Ok(())
        }
        Manner::Drip => drip(stream, b"HTTP/1.1 200 OK\r\n"),
        Manner::DripBody => {
            write!(stream, "HTTP/1.1 200 OK\r\n{json}content-length: 100\r\n\r\n")?;
            drip(stream, b"{\"id\": \"1\"                    ")
        }
    }
}

fn drip(mut stream: TcpStream, bytes: &[u8]) -> std::io::Result<()> {
    for byte in bytes {
        stream.write_all(&[*byte])?;
        std::thread::sleep(Duration::from_secs(10));
    }
    Ok(())
}

/// What a well-behaved server of an unknown make answers.
fn well(seen: &Seen, method: &str, path: &str, body: &[u8]) -> (u16, Value) {
    let me = json!({"id": "1", "acct": "alice", "username": "alice"});
    match (method, path) {
        ("GET", "/api/v1/accounts/verify_credentials") => (200, me),
        ("GET", "/api/v2/instance") => (200, json!({"domain": "stub.example"})),
        ("GET", "/api/v1/accounts/1/statuses") => {
            let posted = seen.posted.lock().expect("not poisoned");
            let listed = posted.iter().filter(|_| seen.lists.load(Ordering::SeqCst));
            (200, listed.cloned().collect())
        }
        ("POST", "/api/v1/statuses") => {
            let asked: Value = serde_json::from_slice(body).unwrap_or_default();
            let status = json!({"id": "100", "url": "https://stub.example/@alice/100", "account": me,
                "content": format!("<p>{}</p>", asked["status"].as_str().unwrap_or_default()),
                "visibility": asked["visibility"], "in_reply_to_id": null, "media_attachments": []});
            *seen.posted.lock().expect("not poisoned") = Some(status.clone());
            (200, status)
        }
        _ => (404, json!({"error": "Record not found"})),
    }
}
