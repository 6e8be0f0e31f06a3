//! The real servers that the tests publish to: Bluesky's reference server and a Mastodon-compatible one. Each is a
//! process of its own on loopback, behind a gate (`gate.rs`), with a throwaway folder; dropping it ends it.
//! `script/setup` installs them; their launchers are in `tests/servers/`.

mod gate;

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use http_body_util::Full;
use serde_json::{Value, json};
use tempfile::TempDir;

pub use gate::{Gate, Lose, Place, Request, Rule};

/// The folder of the whole repository.
pub fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the tests are a folder of the repository")
        .to_owned()
}

/// A file of `tests/servers/`.
pub fn server_file(name: &str) -> PathBuf {
    repository().join("tests/servers").join(name)
}

/// A program that `script/setup` has put into `.cache/`.
pub fn cached_program(path: &str) -> PathBuf {
    let program = repository().join(".cache").join(path);
    assert!(
        program.exists(),
        "{path} is not installed: run script/setup first"
    );
    program
}

/// A running launcher: it has said that it is ready, and dies with this value.
pub struct Launched {
    child: Child,
    /// What it said when it was ready.
    pub ready: Value,
    folder: TempDir,
}

impl Launched {
    /// Starts a launcher with a new throwaway folder as its first argument, and waits until it says it is ready.
    pub fn start(program: &Path, script: &str, arguments: &[&str]) -> Launched {
        let folder = TempDir::new().expect("a throwaway folder");
        let mut child = Command::new(program)
            .arg(server_file(script))
            .arg(folder.path())
            .args(arguments)
            .current_dir(folder.path())
            .env_remove("NODE_OPTIONS")
            .env_remove("PYTHONPATH")
            .env("LOG_ENABLED", "false")
            .env("TMPDIR", folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("a launcher starts");
        let stdout = child.stdout.take().expect("its output is piped");
        let (first_line, ready) = mpsc::channel();
        std::thread::spawn(move || {
            let mut lines = BufReader::new(stdout).lines();
            if let Some(Ok(line)) = lines.next() {
                drop(first_line.send(line));
            }
            // Read on to the end, so that the server never writes into a broken pipe.
            lines.for_each(drop);
        });
        let mut launched = Launched {
            child,
            ready: Value::Null,
            folder,
        };
        let line = ready.recv_timeout(Duration::from_secs(90)).unwrap_or_else(|_| {
            panic!("{script} did not say that it is ready (run script/setup; its own words are above)")
        });
        launched.ready = serde_json::from_str(&line).expect("the ready line is JSON");
        launched
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The server's throwaway folder.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Closes its standard input, as the kernel does when a test is killed, and waits up to 30 s for its end.
    pub fn abandon(&mut self) -> Option<ExitStatus> {
        drop(self.child.stdin.take());
        for _ in 0..3_000 {
            if let Ok(Some(ended)) = self.child.try_wait() {
                return Some(ended);
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        None
    }

    fn said(&self, name: &str) -> String {
        self.ready[name]
            .as_str()
            .unwrap_or_else(|| panic!("the ready line names {name}"))
            .to_owned()
    }
}

impl Drop for Launched {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Bluesky's reference server, with its own directory of identities.
pub struct Pds {
    /// Its address for clients, through the gate; accounts name it as their server.
    pub url: String,
    /// The directory that knows the accounts' identities.
    pub plc: String,
    pub gate: Gate,
    /// The server itself, behind the gate: what tests do there is not in the gate's log.
    pub direct: String,
    pub process: Launched,
}

/// An account on a `Pds`.
pub struct BlueskyAccount {
    pub did: String,
    pub handle: String,
    /// What a client of ours signs in with.
    pub app_password: String,
    /// A session of the account's owner, for what a test does by itself.
    pub access_jwt: String,
}

impl Pds {
    pub async fn start() -> Pds {
        blocking(|| {
            let place = gate::Place::reserve();
            let public = format!("http://{}", place.host_and_port());
            let process = Launched::start(&cached_program("node/bin/node"), "pds.mjs", &[&public]);
            let (direct, plc) = (process.said("pds"), process.said("plc"));
            let gate = Gate::open(place, &direct);
            Pds {
                url: gate.url.clone(),
                plc,
                gate,
                direct,
                process,
            }
        })
        .await
    }

    /// Makes an account; `handle` ends in `.test`.
    pub async fn create_account(&self, handle: &str, password: &str) -> BlueskyAccount {
        let email = format!("{handle}@example.test");
        let owner = json!({ "handle": handle, "password": password, "email": email });
        let made = self.call("com.atproto.server.createAccount", None, &owner).await;
        let access_jwt = made["accessJwt"].as_str().expect("a session").to_owned();
        let named = json!({ "name": "kossori" });
        let app = self
            .call("com.atproto.server.createAppPassword", Some(&access_jwt), &named)
            .await;
        BlueskyAccount {
            did: made["did"].as_str().expect("a DID").to_owned(),
            handle: handle.to_owned(),
            app_password: app["password"].as_str().expect("an app password").to_owned(),
            access_jwt,
        }
    }

    /// Calls a procedure on the server itself, past the gate.
    pub async fn call(&self, procedure: &str, bearer: Option<&str>, input: &Value) -> Value {
        let reply = post_json(&format!("{}/xrpc/{procedure}", self.direct), bearer, input).await;
        assert_eq!(
            reply.status,
            200,
            "{procedure}: {}",
            String::from_utf8_lossy(&reply.body)
        );
        reply.json()
    }
}

/// A Mastodon-compatible server with the accounts `alice` and `bob`.
pub struct Mastodon {
    /// Its address for clients, through the gate.
    pub url: String,
    pub gate: Gate,
    /// The server itself, behind the gate.
    pub direct: String,
    pub process: Launched,
}

impl Mastodon {
    pub async fn start() -> Mastodon {
        blocking(|| {
            let place = gate::Place::reserve();
            let public = place.host_and_port();
            let process = Launched::start(
                &cached_program("venv/bin/python"),
                "mastodon_server.py",
                &[&public],
            );
            let direct = process.said("mastodon");
            let gate = Gate::open(place, &direct);
            Mastodon {
                url: gate.url.clone(),
                gate,
                direct,
                process,
            }
        })
        .await
    }

    /// The token of `alice`, `bob`, or `lane0` to `lane7`.
    pub fn token(&self, username: &str) -> &str {
        token_of(&self.process, username)
    }
}

/// A server of no known software that keeps no keys; it shares no code with ours, and its log is the truth.
pub struct Forgetful {
    pub gate: Gate,
    /// The server itself, behind the gate.
    pub direct: String,
    pub process: Launched,
}

impl Forgetful {
    pub async fn start() -> Forgetful {
        blocking(|| {
            let place = gate::Place::reserve();
            let process = Launched::start(&cached_program("venv/bin/python"), "forgetful_server.py", &["8"]);
            let direct = process.said("server");
            Forgetful {
                gate: Gate::open(place, &direct),
                direct,
                process,
            }
        })
        .await
    }

    /// Everything that it accepted: `account`, `text`, `at_ms`.
    pub async fn log(&self) -> Vec<Value> {
        let log = http("GET", &format!("{}/log", self.direct), &[], Vec::new()).await;
        log.json().as_array().cloned().expect("a list")
    }

    /// The token of one of its accounts, `lane0` to `lane7`.
    pub fn token(&self, username: &str) -> &str {
        token_of(&self.process, username)
    }
}

/// Of the accounts that a launcher has named.
fn token_of<'a>(process: &'a Launched, username: &str) -> &'a str {
    let accounts = process.ready["accounts"]
        .as_array()
        .expect("the server lists its accounts");
    let account = accounts.iter().find(|account| account["username"] == username);
    account
        .and_then(|account| account["token"].as_str())
        .expect("one of the server's accounts")
}

/// A server's whole answer.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub body: Vec<u8>,
}

impl Reply {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("the answer is JSON")
    }
}

/// One plain HTTP exchange with a server on loopback. Panics when the connection breaks; `try_http` does not.
pub async fn http(method: &str, url: &str, headers: &[(&str, &str)], body: Vec<u8>) -> Reply {
    try_http(method, url, headers, body)
        .await
        .expect("the server answers")
}

/// As `http`, with `None` for a connection that broke before the answer.
pub async fn try_http(method: &str, url: &str, headers: &[(&str, &str)], body: Vec<u8>) -> Option<Reply> {
    let address = gate::address_of(url);
    let path = url.splitn(4, '/').nth(3).unwrap_or("");
    let mut request = hyper::Request::builder().method(method).uri(format!("/{path}"));
    request = request.header("host", address.to_string());
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request
        .body(Full::new(body.into()))
        .expect("a well-formed request");
    let answer = gate::exchange(address, request).await.ok()?;
    Some(Reply {
        status: answer.status().as_u16(),
        body: answer.into_body().to_vec(),
    })
}

/// Posts JSON, signed in where a bearer token is given.
pub async fn post_json(url: &str, bearer: Option<&str>, input: &Value) -> Reply {
    let signed_in = bearer.map(|token| format!("Bearer {token}"));
    let mut headers = vec![("content-type", "application/json")];
    headers.extend(signed_in.as_deref().map(|value| ("authorization", value)));
    http("POST", url, &headers, input.to_string().into_bytes()).await
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(work)
        .await
        .unwrap_or_else(|panic| std::panic::resume_unwind(panic.into_panic()))
}
