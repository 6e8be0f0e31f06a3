//! A folder with a host, an account and a wire of its own: one post after another meets a break.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream;
use jiff::SignedDuration;
use kossori_api::{FaultInput, MediaInput, PartInput, PictureFileInput, Reply, Request, SecretInput};
use kossori_core::lookup::LookTimes;
use kossori_core::network::Network;
use kossori_host::{
    Attention, Ended, Host, Machine, NotHere, Options, Role, Settings, Storage, SystemClock, What,
    WindowProgram,
};
use serde_json::Value;
use tempfile::TempDir;
use tokio::task::JoinHandle;

use crate::support::points::Points;
use crate::support::simulated::{SimVault, input};
use crate::support::wire::{Break, Wire};
use crate::support::world::{deliveries_of, id_of, now};

/// A folder's own counting of what was sent in a break takes longer with every post.
const POSTS_A_FOLDER: u32 = 50;
/// A server that is busy may answer after the client has given up, and then nothing breaks: another post is tried.
const TRIES: u32 = 5;
/// When the client gives up. Shorter than a person's 30 s, and the same in what it does.
pub const POST_LIMIT: Duration = Duration::from_millis(700);

/// Where the lane's account lives.
#[derive(Clone, Debug)]
pub struct Home {
    pub network: Network,
    pub handle: String,
    pub secret: String,
    pub plc: Option<String>,
    pub picture: PathBuf,
}

pub struct Lane {
    home: Home,
    wire: Option<Wire>,
    open: Option<Open>,
    /// Nothing was open from the one moment to the other.
    pub shut: Vec<(i64, i64)>,
    /// Of what the wire saw, where the kind of break begins that is tried now.
    pub from: usize,
    pub posts: Vec<Posted>,
}

struct Open {
    host: Arc<Host>,
    /// They stop nothing here: they tell what is committed.
    points: Arc<Points>,
    ticking: JoinHandle<()>,
    account: String,
    /// Kept in the folder, for posts to name.
    picture: Option<String>,
    posts: u32,
    _folder: TempDir,
}

/// What became of a post, as the folder says.
#[derive(Clone, Debug)]
pub struct Posted {
    pub mark: String,
    pub parts: u32,
    pub state: String,
    pub broken: bool,
    /// The byte that its wire was cut at.
    pub cut: Option<usize>,
    /// Nothing was open for a while, when nobody knew what had become of it.
    pub shut: bool,
}

struct NoWindow;

#[async_trait::async_trait]
impl WindowProgram for NoWindow {
    async fn run(&self, _what: What) -> Ended {
        Ended::Well
    }
}

/// What a post is, which says how long its call and the answer are. Where threads do not go at once all are the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    Thread,
    Picture,
}

/// What one post goes through.
#[derive(Clone, Debug)]
pub struct Trial {
    pub what: Break,
    pub shape: Shape,
    /// The break ends as soon as the outcome is unknown, and another one begins when it was looked up.
    pub shut: bool,
}

impl Lane {
    pub fn new(home: Home, wire: Option<Wire>) -> Lane {
        Lane {
            home,
            wire,
            open: None,
            shut: Vec::new(),
            from: 0,
            posts: Vec::new(),
        }
    }

    pub fn wire(&self) -> &Wire {
        self.wire.as_ref().expect("only practice has none")
    }

    /// Another kind of break begins.
    pub fn begin(&mut self) {
        self.shut.clear();
        self.from = self.wire().seen().len();
    }

    pub fn handle(&self) -> &str {
        &self.home.handle
    }

    /// Posts until the wire has broken as it should.
    pub async fn go(&mut self, mark: &str, trial: &Trial) {
        if self.try_once(mark, trial).await {
            return;
        }
        for again in 2..=TRIES {
            if self.try_once(&format!("{mark}・{again}"), trial).await {
                return;
            }
        }
    }

    /// Queues a post, breaks its call, and waits until it has ended or a person is asked.
    async fn try_once(&mut self, mark: &str, trial: &Trial) -> bool {
        self.ready().await;
        let before = self.wire().seen().len();
        self.wire().break_next(trial.what.clone());
        let (delivery, parts) = self.queue(mark, trial.shape).await;
        if trial.shut {
            self.until(&delivery, &["unknown", "sent", "needs_you", "rejected"])
                .await;
            self.shut_meanwhile(&delivery, &trial.what).await;
        }
        let state = self.until(&delivery, &["sent", "needs_you", "rejected"]).await;
        self.wire().mend();
        if matches!(trial.what, Break::Late(_)) {
            self.until_delivered(before).await;
        }
        let broken = self.wire().seen()[before..].iter().any(|seen| seen.broken);
        self.posts.push(Posted {
            mark: mark.to_owned(),
            parts,
            state,
            broken,
            cut: match trial.what {
                Break::Request { after, .. } | Break::Answer { after, .. } if broken => Some(after),
                _ => None,
            },
            shut: trial.shut,
        });
        broken
    }

    /// Practice, which has its faults within.
    pub async fn lose_answer(&mut self, mark: &str) {
        self.ready().await;
        let account = self.open().account.clone();
        let fault = FaultInput::LostAnswer;
        self.ask(Request::PracticeNext { account, fault }).await;
        let (delivery, parts) = self.queue(mark, Shape::Thread).await;
        let state = self.until(&delivery, &["sent", "needs_you", "rejected"]).await;
        let shown = self.show(&delivery).await;
        let lost = shown["tries"]
            .as_array()
            .is_some_and(|tries| tries.iter().any(|one| one["outcome"] == "unknown"));
        self.posts.push(Posted {
            mark: mark.to_owned(),
            parts,
            state,
            broken: lost,
            cut: None,
            shut: false,
        });
    }

    pub async fn timeline(&self) -> Vec<String> {
        let account = self.open().account.clone();
        let timeline = self.ask(Request::Timeline { account }).await;
        let posts = timeline["posts"].as_array().cloned().unwrap_or_default();
        posts
            .iter()
            .filter_map(|post| post["text"].as_str().map(str::to_owned))
            .collect()
    }

    async fn queue(&mut self, mark: &str, shape: Shape) -> (String, u32) {
        let parts = parts(&self.home, mark, shape, self.open());
        let count = u32::try_from(parts.len()).expect("few");
        let account = self.open().account.clone();
        let request = Request::PostAdd(input(&[account.as_str()], "", |post| post.content.parts = parts));
        let added = self.ask(request).await;
        if let Some(open) = &mut self.open {
            open.posts += 1;
        }
        (deliveries_of(&added).remove(0), count)
    }

    async fn shut_meanwhile(&mut self, delivery: &str, what: &Break) {
        self.ask(Request::BreakEnd).await;
        let windows = self.ask(Request::WindowList).await;
        assert_eq!(windows["windows"], serde_json::json!([]), "nothing else is open");
        let from = now().as_millisecond();
        while self.ask(Request::RunProgress).await["done"] != true {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        if let Break::Late(after) = what {
            // Until what was on its way has arrived: there is no taking it back.
            tokio::time::sleep(*after + Duration::from_millis(100)).await;
        }
        let state = self.show(delivery).await["state"].clone();
        assert!(state != "sending", "nothing is sent while nothing is open");
        let to = now().as_millisecond();
        self.shut.push((from, to));
        self.break_now().await;
    }

    async fn until_delivered(&self, before: usize) {
        let limit = tokio::time::Instant::now() + Duration::from_secs(5);
        while !self.wire().seen()[before..]
            .iter()
            .any(|seen| seen.late && seen.answered_ms.is_some())
        {
            assert!(tokio::time::Instant::now() < limit, "the late one never came");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    async fn until(&self, delivery: &str, wanted: &[&str]) -> String {
        let ended = self.open().points.until(delivery, wanted);
        match tokio::time::timeout(Duration::from_secs(30), ended).await {
            Ok(state) => state.to_owned(),
            Err(_) => panic!("it does not end: {}", self.show(delivery).await),
        }
    }

    async fn show(&self, delivery: &str) -> Value {
        let id = delivery.to_owned();
        self.ask(Request::QueueShow { id }).await
    }

    fn open(&self) -> &Open {
        self.open.as_ref().expect("a host")
    }

    async fn ask(&self, request: Request) -> Value {
        let asked = format!("{request:?}");
        match self.open().host.ask(request).await {
            Reply::Done(value) => value,
            Reply::Refused(problem) => panic!("{asked} was refused: {problem:?}"),
        }
    }

    async fn break_now(&self) {
        let minutes = 720;
        let (accounts, practice_only) = (Vec::new(), false);
        self.ask(Request::BreakNow {
            minutes,
            accounts,
            practice_only,
        })
        .await;
    }

    /// A host that is open, over a folder that is not full.
    async fn ready(&mut self) {
        if self.home.network != Network::Practice
            && self
                .open
                .as_ref()
                .is_some_and(|open| open.posts >= POSTS_A_FOLDER)
        {
            self.close().await;
        }
        if self.open.is_some() {
            return;
        }
        let folder = tempfile::tempdir().expect("a folder");
        let options = Options {
            data_dir: folder.path().join("data"),
            role: Role::Run,
            storage: Storage::Disk,
            settings: settings(),
            attention: Attention::Unattended,
        };
        let points = Points::new(&folder.path().join("told"), None);
        let machine = Machine {
            clock: Arc::new(SystemClock),
            vault: Arc::new(SimVault::default()),
            signs: Box::pin(stream::pending().fuse()),
            window: Arc::new(NoWindow),
            autostart: Arc::new(NotHere),
            between: Some(points.around()),
        };
        let host = Host::open_on(options, machine).await.expect("the host opens");
        let ticks = Arc::clone(&host);
        self.open = Some(Open {
            host,
            points,
            ticking: tokio::spawn(async move { ticks.tick_until_retired().await }),
            account: String::new(),
            picture: None,
            posts: 0,
            _folder: folder,
        });
        let network = self.home.network;
        let added = self
            .ask(Request::AccountAdd {
                network,
                handle: (network != Network::Mastodon).then(|| self.home.handle.clone()),
                server: self.wire.as_ref().map(|wire| wire.url.clone()),
                secret: (network != Network::Practice).then(|| SecretInput::new(self.home.secret.clone())),
                client_id: None,
                persona: None,
                client_name: None,
                local_server: network != Network::Practice,
                plc: self.home.plc.clone(),
                proxy: None,
            })
            .await;
        let mut picture = None;
        if network == Network::Bluesky {
            let path = self.home.picture.clone();
            let kept = self.ask(Request::PictureAdd(PictureFileInput { path })).await;
            picture = Some(id_of(&kept));
        }
        if let Some(open) = &mut self.open {
            open.account = id_of(&added);
            open.picture = picture;
        }
        // Whatever the time of day is: nothing but a break is open.
        let windows = self.ask(Request::WindowList).await;
        for window in windows["windows"].as_array().cloned().unwrap_or_default() {
            let name = window["name"].as_str().expect("a name").to_owned();
            self.ask(Request::WindowRemove { name }).await;
        }
        self.ask(Request::SpacingSet {
            account: None,
            gap_minutes: Some(0),
            per_window: Some(10_000),
            jitter: Some(false),
            persona_gap_minutes: None,
        })
        .await;
        self.break_now().await;
    }

    pub async fn close(&mut self) {
        if let Some(open) = self.open.take() {
            open.host.retire();
            open.ticking.await.expect("no panic");
            open.host.close().await;
        }
    }
}

/// Long ones: as many bytes on the wire as the network takes. On Bluesky a thread, which goes at once, or a picture whose
/// description is long.
fn parts(home: &Home, mark: &str, shape: Shape, open: &Open) -> Vec<PartInput> {
    let text = |part: usize, letters: usize| {
        let head = format!("〔{mark}〕その{part}、");
        let body: String = "昼休みにこっそり書いた、長いひとこと。"
            .chars()
            .cycle()
            .take(letters)
            .collect();
        head + &body
    };
    let described = |alt: usize| MediaInput {
        media: open.picture.clone(),
        alt: "窓の外の、春の風景。".chars().cycle().take(alt).collect(),
        ..MediaInput::default()
    };
    let part = |text: String, media: Vec<MediaInput>| PartInput { text, media };
    match home.network {
        Network::Bluesky if shape == Shape::Thread => (1..=5)
            .map(|part_n| part(text(part_n, 260), Vec::new()))
            .collect(),
        Network::Bluesky => vec![part(text(1, 260), vec![described(1_200)])],
        // Four bytes a letter.
        Network::Mastodon => {
            let body: String = "𠮷".repeat(450);
            vec![part(format!("〔{mark}〕その1、{body}"), Vec::new())]
        }
        _ => vec![part(text(1, 100), Vec::new())],
    }
}

/// As a person's, only sooner.
fn settings() -> Settings {
    let ms = SignedDuration::from_millis;
    Settings {
        looks: LookTimes {
            first: vec![ms(30), ms(100), ms(250)],
            then_every: ms(250),
            resend_from: ms(100),
            // Only what may not be sent again.
            ask_from: ms(250),
            ..LookTimes::default()
        },
        backoff: ms(150),
        post_limit: SignedDuration::try_from(POST_LIMIT).expect("short"),
        ..Settings::default()
    }
}
