//! A server that speaks Mastodon's API, says of itself that it is something else, and knows no `Idempotency-Key`: what is
//! sent to it twice is there twice. It keeps its own list.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};

pub struct Forgetful {
    pub url: String,
    kept: Arc<Mutex<Kept>>,
}

#[derive(Default)]
struct Kept {
    posted: Vec<Value>,
    mood: Mood,
    /// Posts that came, taken or not.
    came: usize,
}

/// What becomes of a post that comes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mood {
    #[default]
    Takes,
    /// It says that it does not want it.
    Refuses,
    /// It hangs up and takes nothing.
    Drops,
    /// It takes nothing, and says nothing as long as the client waits.
    Ignores,
    /// It takes it, and says nothing as long as the client waits.
    TakesInSilence,
    /// It takes it and hangs up, and answers nothing else either.
    TakesAndIsGone,
}

/// Ids have this many digits, so that they are in order as words too.
const FIRST: usize = 1_000_000;

impl Forgetful {
    pub fn start() -> Forgetful {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("its port"));
        let kept = Arc::new(Mutex::new(Kept::default()));
        let theirs = Arc::clone(&kept);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let kept = Arc::clone(&theirs);
                // A client that dies has hung up.
                std::thread::spawn(move || drop(answer(stream, &kept)));
            }
        });
        Forgetful { url, kept }
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        lock(&self.kept)
    }

    pub fn texts(&self) -> Vec<String> {
        let text = |status: &Value| status["text"].as_str().unwrap_or_default().to_owned();
        self.kept().posted.iter().map(text).collect()
    }

    pub fn be(&self, mood: Mood) {
        self.kept().mood = mood;
    }

    pub fn came(&self) -> usize {
        self.kept().came
    }

    /// As it was when it had so many.
    pub fn go_back_to(&self, posts: usize) {
        self.kept().posted.truncate(posts);
    }
}

fn lock(kept: &Mutex<Kept>) -> MutexGuard<'_, Kept> {
    kept.lock().unwrap_or_else(PoisonError::into_inner)
}

fn answer(mut stream: TcpStream, kept: &Mutex<Kept>) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut first = String::new();
    reader.read_line(&mut first)?;
    let mut words = first.split_whitespace();
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
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
    let Some((status, said)) = said(method, path, query, &body, &mut lock(kept)) else {
        if matches!(lock(kept).mood, Mood::Ignores | Mood::TakesInSilence) {
            // Until the client hangs up.
            drop(reader.read(&mut [0]));
        }
        return Ok(());
    };
    let said = said.to_string();
    write!(
        stream,
        "HTTP/1.1 {status} .\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{said}",
        said.len()
    )
}

/// `None`: it hangs up, sooner or later.
fn said(method: &str, path: &str, query: &str, body: &[u8], kept: &mut Kept) -> Option<(u16, Value)> {
    let me = json!({"id": "1", "acct": "alice", "username": "alice"});
    let posted = &mut kept.posted;
    if method == "GET" && kept.mood == Mood::TakesAndIsGone && kept.came > 0 {
        return None;
    }
    Some(match (method, path) {
        ("GET", "/api/v1/accounts/verify_credentials") => (200, me),
        ("GET", "/api/v2/instance") => (200, json!({"domain": "forgetful.example"})),
        ("GET", "/api/v1/accounts/1/statuses") => {
            let asked = |name: &str| {
                query
                    .split('&')
                    .filter_map(|pair| pair.split_once('='))
                    .find(|(key, _)| *key == name)
                    .map(|(_, value)| value)
            };
            let id = |status: &Value| status["id"].as_str().unwrap_or_default().to_owned();
            let page = posted.iter().rev().filter(|status| {
                asked("since_id").is_none_or(|since| id(status).as_str() > since)
                    && asked("max_id").is_none_or(|max| id(status).as_str() < max)
            });
            let limit = asked("limit").and_then(|limit| limit.parse().ok()).unwrap_or(20);
            (200, page.take(limit).cloned().collect())
        }
        ("POST", "/api/v1/statuses") => {
            kept.came += 1;
            match kept.mood {
                Mood::Refuses => return Some((422, json!({"error": "Validation failed"}))),
                Mood::Drops | Mood::Ignores => return None,
                Mood::Takes | Mood::TakesInSilence | Mood::TakesAndIsGone => {}
            }
            let asked: Value = serde_json::from_slice(body).unwrap_or_default();
            let id = (FIRST + posted.len()).to_string();
            let status = json!({"id": id, "url": format!("https://forgetful.example/@alice/{id}"), "account": me,
                "content": format!("<p>{}</p>", asked["status"].as_str().unwrap_or_default()),
                "text": asked["status"], "visibility": asked["visibility"], "in_reply_to_id": null,
                "media_attachments": []});
            posted.push(status.clone());
            if kept.mood != Mood::Takes {
                return None;
            }
            (200, status)
        }
        _ => (404, json!({"error": "Record not found"})),
    })
}
