//! Servers that stand for networks of which no real one can be run. Each shares no code with ours, is a process of its own, and
//! keeps its own list of what it published: that is the truth.

use kossori_core::network::Network;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::gate::Place;
use super::{Gate, Launched, blocking, cached_program, http, post_json, repository};

/// Whether a second copy is possible, as the network's own documentation has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keys {
    /// It never is.
    Always,
    /// It always is, so nothing may be sent a second time without a person's word.
    Never,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Pictures {
    Never,
    May,
    /// No post without one.
    Must,
}

#[derive(Debug)]
pub struct Kind {
    /// In rows, and what the names of its tests begin with.
    pub on: &'static str,
    pub network: Network,
    script: &'static str,
    arguments: &'static [&'static str],
    /// Whose accounts sign in with a name of the tests' own.
    pub accounts: &'static [&'static str],
    /// A part of `METHOD path`.
    pub post_call: &'static str,
    /// Of looks, and of nothing else; parts of `METHOD path`. `None`: what is asked at a claim is the same call.
    pub look: Option<&'static str>,
    pub keys: Keys,
    pub pictures: Pictures,
    /// A post may have several parts.
    pub threads: bool,
    /// It lets somebody look what became of a post.
    pub looks: bool,
}

const LANES: &[&str] = &["lane0", "lane1", "lane2", "lane3"];
const PEOPLE: &[&str] = &["alice", "bob"];

const fn family(on: &'static str, arguments: &'static [&'static str]) -> Kind {
    Kind {
        on,
        network: Network::Mastodon,
        script: "family_server.py",
        arguments,
        accounts: LANES,
        post_call: "POST /api/v1/statuses",
        look: Some("statuses?limit=40"),
        keys: Keys::Never,
        pictures: Pictures::May,
        threads: true,
        looks: true,
    }
}

pub static GOTOSOCIAL: Kind = family("gotosocial", &["gotosocial", "4"]);
pub static AKKOMA: Kind = family("akkoma", &["akkoma", "4"]);
pub static PLEROMA: Kind = family("pleroma", &["pleroma", "4"]);
pub static PIXELFED: Kind = Kind {
    pictures: Pictures::Must,
    ..family("pixelfed", &["pixelfed", "4"])
};
pub static FRIENDICA: Kind = family("friendica", &["friendica", "4"]);
pub static SNAC: Kind = family("snac", &["snac", "4"]);
pub static MISSKEY: Kind = Kind {
    on: "misskey",
    network: Network::Misskey,
    script: "misskey_server.py",
    arguments: &["4"],
    post_call: "POST /api/notes/create",
    look: None,
    ..family("misskey", &[])
};
pub static X: Kind = Kind {
    network: Network::X,
    script: "x_server.py",
    accounts: PEOPLE,
    post_call: "POST /2/tweets",
    look: None,
    ..family("x", &[])
};
pub static THREADS: Kind = Kind {
    network: Network::Threads,
    script: "threads_server.py",
    // It publishes 250 posts a day for a person: more are needed here.
    arguments: &["1000000"],
    accounts: PEOPLE,
    post_call: "/threads_publish",
    look: None,
    keys: Keys::Always,
    pictures: Pictures::Never,
    ..family("threads", &[])
};
pub static LINKEDIN: Kind = Kind {
    network: Network::LinkedIn,
    script: "linkedin_server.py",
    accounts: PEOPLE,
    post_call: "POST /rest/posts",
    look: None,
    threads: false,
    looks: false,
    ..family("linkedin", &[])
};

/// X's own OpenAPI document, which lies beside the repository; without it, X's stand-in knows a short list by heart.
pub fn x_specification() -> Option<String> {
    let file = repository().join("../shared/specs/x-api-v2.json");
    let there = file.is_file();
    if !there {
        println!(
            "skipped: {} is not there, so nothing is compared with it",
            file.display()
        );
    }
    there.then(|| file.to_str().expect("a path in UTF-8").to_owned())
}

pub struct StandIn {
    pub kind: &'static Kind,
    pub gate: Gate,
    /// The server itself, behind the gate.
    pub direct: String,
    pub process: Launched,
}

impl StandIn {
    pub async fn start(kind: &'static Kind) -> StandIn {
        let server = blocking(|| {
            let place = Place::reserve();
            let specification = (kind.network == Network::X).then(x_specification).flatten();
            let mut arguments = kind.arguments.to_vec();
            arguments.extend(specification.as_deref());
            let process = Launched::start(&cached_program("venv/bin/python"), kind.script, &arguments);
            let direct = process.said("server");
            StandIn {
                kind,
                gate: Gate::open(place, &direct),
                direct,
                process,
            }
        })
        .await;
        if kind.network == Network::X {
            // More than its own limits allow in a quarter of an hour.
            let often = [
                "POST /2/tweets",
                "GET /2/users/me",
                "GET /2/users/{id}/tweets",
                "GET /2/tweets/{id}",
            ];
            let limits: Value = often
                .iter()
                .map(|&call| (call.to_owned(), json!(1_000_000)))
                .collect();
            server.post("/_settings", &json!({ "limits": limits })).await;
        }
        server
    }

    /// Everything that it published, as it tells it: `account`, `text` and more.
    pub async fn log(&self) -> Vec<Value> {
        let log = http("GET", &format!("{}/log", self.direct), &[], Vec::new()).await;
        log.json().as_array().cloned().expect("a list")
    }

    /// The texts of one account.
    pub async fn texts(&self, username: &str) -> Vec<String> {
        let log = self.log().await;
        let of = log.iter().filter(|entry| entry["account"] == username);
        of.filter_map(|entry| entry["text"].as_str().map(str::to_owned))
            .collect()
    }

    pub async fn post(&self, path: &str, input: &Value) {
        let said = post_json(&format!("{}{path}", self.direct), None, input).await;
        assert!(said.status < 300, "{path}: {said:?}");
    }

    /// What it says of one of its accounts.
    fn account(&self, username: &str) -> &Value {
        let accounts = self.process.ready["accounts"].as_array();
        let mut accounts = accounts.into_iter().flatten();
        accounts
            .find(|account| account["username"] == username)
            .expect("one of the server's accounts")
    }

    pub fn token(&self, username: &str) -> &str {
        self.account(username)["token"].as_str().expect("a token")
    }

    /// All that a sign-in there would give, as far as an adapter may be given more than a token.
    pub fn tokens(&self, username: &str) -> String {
        let account = self.account(username);
        match account["refresh_token"].as_str() {
            Some(refresh) => json!({"access_token": account["token"], "refresh_token": refresh}).to_string(),
            None => self.token(username).to_owned(),
        }
    }

    /// How the account's handle begins: its user name, or on LinkedIn a person's name.
    pub fn handle(&self, username: &str) -> String {
        let account = self.account(username);
        let handle = account["name"].as_str().unwrap_or(username);
        handle.to_owned()
    }

    /// Of the person's own registration with the network.
    pub fn client_id(&self) -> Option<String> {
        self.process.ready["client_id"].as_str().map(str::to_owned)
    }

    /// Beginnings of the first lines of post calls.
    pub fn first_lines(&self) -> Vec<String> {
        if self.kind.network != Network::Threads {
            return vec![format!("{} ", self.kind.post_call)];
        }
        let ids = PEOPLE
            .iter()
            .map(|name| self.account(name)["id"].as_str().expect("an id"));
        ids.map(|id| format!("POST /v1.0/{id}/threads_publish "))
            .collect()
    }
}
