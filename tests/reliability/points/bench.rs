//! A server and folders whose processes are killed, and what the server has in the end.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use kossori_core::network::Network;
use tempfile::TempDir;

use super::plan::{Looks, Plan};
use super::process::PLAN;
use super::stories::{Call, Story};
use crate::support::listed::{bluesky_texts, mastodon_texts};
use crate::support::pictures::telling_jpeg;
use crate::support::points::{Point, Told, told};
use crate::support::servers::stand_in::{Keys, Kind, Pictures};
use crate::support::servers::{Forgetful, Gate, Mastodon, Pds, Rule, StandIn, http};
use crate::support::world::{Running, night_zone};

const ITSELF: &str = "reliability::points::process::a_process_to_be_killed";

/// A name that would tell something.
const PICTURE: &str = "Yamada-desk-at-work.jpg";
const TOLD: &[u8] = b"Yamada";

pub enum Server {
    Bluesky(Pds),
    Mastodon(Mastodon),
    Forgetful(Forgetful),
    StandIn(StandIn),
}

/// A server with two accounts.
pub struct Bench {
    server: Server,
    /// Handle, secret, and the server's name of it.
    accounts: Vec<(String, String, String)>,
    folder: TempDir,
}

/// A post as the server has it.
#[derive(Clone, Debug)]
pub struct Posted {
    pub account: String,
    pub text: String,
}

/// A folder, and everything that its processes told.
pub struct Chain<'a> {
    bench: &'a Bench,
    folder: PathBuf,
    name: String,
    processes: u32,
    pub told: Vec<Told>,
}

impl Bench {
    pub async fn bluesky() -> Bench {
        let pds = Pds::start().await;
        let mut accounts = Vec::new();
        for handle in ["alice.test", "bob.test"] {
            let made = pds.create_account(handle, "correct horse").await;
            accounts.push((handle.to_owned(), made.app_password, made.did));
        }
        Bench::with(Server::Bluesky(pds), accounts)
    }

    pub async fn mastodon() -> Bench {
        let server = Mastodon::start().await;
        let mut accounts = Vec::new();
        for handle in ["alice", "bob"] {
            let token = server.token(handle).to_owned();
            let bearer = format!("Bearer {token}");
            let url = format!("{}/api/v1/accounts/verify_credentials", server.direct);
            let me = http("GET", &url, &[("authorization", &bearer)], Vec::new()).await;
            let id = me.json()["id"].as_str().expect("an id").to_owned();
            accounts.push((handle.to_owned(), token, id));
        }
        Bench::with(Server::Mastodon(server), accounts)
    }

    pub async fn forgetful() -> Bench {
        let server = Forgetful::start().await;
        let account = |handle: &str| (handle.to_owned(), server.token(handle).to_owned(), String::new());
        let accounts = ["lane0", "lane1"].map(account).to_vec();
        Bench::with(Server::Forgetful(server), accounts)
    }

    /// A network that no real server can be run of.
    pub async fn stand_in(kind: &'static Kind) -> Bench {
        let server = StandIn::start(kind).await;
        let account = |username: &&str| {
            let token = server.token(username).to_owned();
            (server.handle(username), token, (*username).to_owned())
        };
        let accounts = kind.accounts[..2].iter().map(account).collect();
        Bench::with(Server::StandIn(server), accounts)
    }

    fn with(server: Server, accounts: Vec<(String, String, String)>) -> Bench {
        let folder = tempfile::tempdir().expect("a folder");
        telling_jpeg(&folder.path().join(PICTURE), 96, 64, 3);
        Bench {
            server,
            accounts,
            folder,
        }
    }

    pub fn network(&self) -> Network {
        match &self.server {
            Server::Bluesky(_) => Network::Bluesky,
            Server::Mastodon(_) | Server::Forgetful(_) => Network::Mastodon,
            Server::StandIn(server) => server.kind.network,
        }
    }

    /// Nothing may be sent twice here: what nobody knows is left as it is.
    pub fn leaves(&self) -> bool {
        match &self.server {
            Server::Bluesky(_) | Server::Mastodon(_) => false,
            Server::Forgetful(_) => true,
            Server::StandIn(server) => server.kind.keys == Keys::Never,
        }
    }

    pub fn gate(&self) -> &Gate {
        match &self.server {
            Server::Bluesky(server) => &server.gate,
            Server::Mastodon(server) => &server.gate,
            Server::Forgetful(server) => &server.gate,
            Server::StandIn(server) => &server.gate,
        }
    }

    pub fn post_call(&self) -> &'static str {
        match &self.server {
            Server::Bluesky(_) => "repo.putRecord|repo.applyWrites",
            Server::Mastodon(_) | Server::Forgetful(_) => "POST /api/v1/statuses",
            Server::StandIn(server) => server.kind.post_call,
        }
    }

    fn look(&self) -> &'static str {
        match &self.server {
            Server::Bluesky(_) => "repo.getRecord",
            // The claim asks for the newest one only.
            Server::Mastodon(_) | Server::Forgetful(_) => "statuses?limit=40",
            Server::StandIn(server) => server.kind.look.expect("no story loses its looks"),
        }
    }

    fn set_gate(&self, story: &Story) {
        self.gate().clear();
        for (lose, call) in &story.lost {
            self.gate().rule(Rule {
                matching: match call {
                    Call::Post => self.post_call().to_owned(),
                    Call::Look => self.look().to_owned(),
                },
                lose: Some(*lose),
                times: (*call == Call::Post).then_some(1),
                ..Rule::default()
            });
        }
    }

    pub async fn posts(&self) -> Vec<Posted> {
        let mut posts = Vec::new();
        for (handle, secret, id) in &self.accounts {
            let texts = match &self.server {
                Server::Bluesky(server) => bluesky_texts(&server.direct, id).await,
                Server::Mastodon(server) => mastodon_texts(&server.direct, secret, id).await,
                Server::Forgetful(server) => logged(&server.log().await, handle),
                Server::StandIn(server) => server.texts(id).await,
            };
            posts.extend(texts.into_iter().map(|text| Posted {
                account: handle.clone(),
                text,
            }));
        }
        posts
    }

    /// How many requests had a picture in them. None says what its file was called.
    pub fn pictures_without_names(&self) -> usize {
        let has = |body: &[u8], what: &[u8]| body.windows(what.len()).any(|here| here == what);
        let requests = self.gate().log();
        for request in &requests {
            let named = has(&request.body, TOLD)
                || format!("{} {:?}", request.path, request.headers).contains("Yamada");
            assert!(!named, "{} {} tells a file's name", request.method, request.path);
        }
        // What a JPEG begins with.
        let pictures = requests
            .iter()
            .filter(|request| has(&request.body, b"\xff\xd8\xff"));
        pictures.count()
    }

    /// A new folder, set up.
    pub fn chain(&self, name: &str) -> Chain<'_> {
        let mut chain = Chain {
            bench: self,
            folder: self.folder.path().join(name.replace([' ', ','], "-")),
            name: name.to_owned(),
            processes: 0,
            told: Vec::new(),
        };
        std::fs::create_dir_all(&chain.folder).expect("the chain's folder");
        let set_up = Story {
            name: "set up",
            ..Story::default()
        };
        chain.run(Some(&set_up), None);
        chain
    }
}

impl Chain<'_> {
    /// One process: it brings to an end what is open, then lives its story, if it has one. Answers what it told.
    pub fn run(&mut self, story: Option<&Story>, armed: Option<&Point>) -> Vec<Told> {
        match story {
            Some(story) => self.bench.set_gate(story),
            None => self.bench.gate().clear(),
        }
        self.spawn(story, armed, false)
    }

    /// All that the folder has, once everything that was open has ended.
    pub fn list(&mut self) -> Vec<Told> {
        self.bench.gate().clear();
        self.spawn(None, None, true)
    }

    fn spawn(&mut self, story: Option<&Story>, armed: Option<&Point>, list: bool) -> Vec<Told> {
        self.processes += 1;
        let n = self.processes;
        let file = |name: &str| self.folder.join(format!("{n}.{name}"));
        let (mut pictures, mut client_id) = (Pictures::May, None);
        let (url, direct, plc) = match &self.bench.server {
            Server::Bluesky(server) => (&server.url, &server.direct, Some(server.plc.clone())),
            Server::Mastodon(server) => (&server.url, &server.direct, None),
            Server::Forgetful(server) => (&server.gate.url, &server.direct, None),
            Server::StandIn(server) => {
                (pictures, client_id) = (server.kind.pictures, server.client_id());
                (&server.gate.url, &server.direct, None)
            }
        };
        let accounts = self.bench.accounts.iter();
        let plan = Plan {
            data_dir: self.folder.join("data"),
            keyring: self.folder.join("keyring"),
            report: file("told"),
            network: self.bench.network(),
            url: url.clone(),
            direct: direct.clone(),
            plc,
            client_id,
            pictures,
            accounts: accounts
                .map(|(handle, secret, _)| (handle.clone(), secret.clone()))
                .collect(),
            author: usize::from(n.is_multiple_of(2)),
            picture: self.bench.folder.path().join(PICTURE),
            story: story.map(|story| story.name.to_owned()),
            mark: format!("{}・{n}", self.name),
            armed: armed.cloned(),
            said: story.map(|story| story.said.clone()).unwrap_or_default(),
            looks: story.map_or(Looks::Soon, |story| story.looks),
            leaves: self.bench.leaves(),
            spoil_tokens: story.is_some_and(|story| story.spoil_tokens),
            record: !list,
            list,
        };
        let json = serde_json::to_vec(&plan).expect("a plan is JSON");
        std::fs::write(file("plan"), json).expect("the plan is written");
        let words = std::fs::File::create(file("words")).expect("a file for its words");
        let program = std::env::current_exe().expect("this program");
        let child = Command::new(program)
            .args(["--exact", ITSELF, "--nocapture"])
            .env(PLAN, file("plan"))
            .env("TZ", night_zone())
            .env_remove("DBUS_SESSION_BUS_ADDRESS")
            .stdin(Stdio::null())
            .stdout(words.try_clone().expect("a file"))
            .stderr(words)
            .spawn()
            .expect("the process starts");
        let mut running = Running(child);
        let ended = running.0.wait().expect("the process ends");
        let told = told(&plan.report);
        let well = match (ended.success(), armed) {
            (true, _) => told.iter().any(|told| matches!(told, Told::Done)),
            (false, Some(_)) => told.iter().any(|told| matches!(told, Told::Killed(_))),
            (false, None) => false,
        };
        let failed = told.iter().any(|told| matches!(told, Told::Failed(_)));
        if !well || failed {
            let words = std::fs::read_to_string(file("words")).unwrap_or_default();
            let failures: Vec<_> = told
                .iter()
                .filter(|told| matches!(told, Told::Failed(_)))
                .collect();
            panic!(
                "{} {n}, armed {armed:?}: {ended:?}, {failures:?}\n{words}",
                self.name
            );
        }
        for name in ["plan", "words", "told"] {
            drop(std::fs::remove_file(file(name)));
        }
        self.told.extend(
            told.iter()
                .filter(|told| !matches!(told, Told::Passed { .. }))
                .cloned(),
        );
        told
    }
}

fn logged(log: &[serde_json::Value], handle: &str) -> Vec<String> {
    let of = log.iter().filter(|entry| entry["account"] == handle);
    of.filter_map(|entry| entry["text"].as_str().map(str::to_owned))
        .collect()
}

/// Which of the stretches in which nothing was open these moments lie in.
pub fn outside(gate: &Gate, post_call: &str, told: &[Told]) -> u64 {
    let shut = |at: i64| {
        told.iter()
            .any(|told| matches!(told, Told::Shut { from, to } if (*from..*to).contains(&at)))
    };
    let commits = gate.log().into_iter().filter(|request| {
        let wanted = format!("{} {}", request.method, request.path);
        matches!(request.status, Some(200 | 201)) && post_call.split('|').any(|part| wanted.contains(part))
    });
    let outside = commits.filter(|request| request.committed_at_ms.is_some_and(shut));
    u64::try_from(outside.count()).expect("few")
}
