//! The process that is killed: a host that this test binary runs once more, with every port between two points. It
//! first brings to an end what it finds open, as a person would who looks into their queue, and then lives its story.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::{self, StreamExt};
use jiff::{SignedDuration, Timestamp};
use kossori_api::{Code, PostInput, Problem, Reply, Request, Resolution, SecretInput};
use kossori_core::lookup::LookTimes;
use kossori_core::network::Network;
use kossori_host::{
    Attention, Ended, Host, Machine, NotHere, Options, Role, Settings, Sign, Signs, Storage, SystemClock,
    What, WindowProgram,
};
use serde_json::Value;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::plan::{Looks, Plan};
use super::story;
use crate::support::points::{FileVault, Points, Told, WatchedClock, WatchedVault};
use crate::support::servers::stand_in::Pictures;
use crate::support::simulated::input;
use crate::support::world::{deliveries_of, now};

pub const PLAN: &str = "KOSSORI_TEST_PLAN";

/// Nothing of a story takes so long, on a busy machine either.
const LIMIT: Duration = Duration::from_secs(200);

/// Not a test but the process that the tests kill: it does nothing unless it is told a plan.
#[test]
fn a_process_to_be_killed() {
    let Some(plan) = std::env::var_os(PLAN).map(PathBuf::from) else {
        return;
    };
    let plan = std::fs::read(plan).expect("the plan");
    let plan: Plan = serde_json::from_slice(&plan).expect("a plan");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let points = Points::new(&plan.report, plan.armed.clone());
        let lived = tokio::time::timeout(LIMIT, live(&plan, &points)).await;
        match lived {
            Ok(()) => points.tell(&Told::Done),
            Err(_) => points.tell(&Told::Failed("it took too long".to_owned())),
        }
    });
}

async fn live(plan: &Plan, points: &Arc<Points>) {
    if plan.spoil_tokens {
        FileVault::in_folder(&plan.keyring).amend("account.", |tokens| {
            let mut tokens: Value = serde_json::from_str(tokens).ok()?;
            tokens["access"] = "spoilt".into();
            Some(tokens.to_string())
        });
    }
    let mut process = Process::open(plan, points).await;
    process.recover().await;
    points.begin_story(&plan.said);
    if let Some(story) = &plan.story {
        story::live(&mut process, story).await;
    }
    if plan.record {
        points.tell_passed();
    }
    if plan.list {
        process.list().await;
    }
    process.close().await;
}

/// These processes click nothing.
struct NoWindow;

#[async_trait::async_trait]
impl WindowProgram for NoWindow {
    async fn run(&self, _what: What) -> Ended {
        Ended::Well
    }
}

pub struct Process<'a> {
    pub plan: &'a Plan,
    pub points: &'a Arc<Points>,
    /// `None` only while it is opened anew.
    host: Option<Arc<Host>>,
    ticking: Option<JoinHandle<()>>,
    tell: mpsc::UnboundedSender<Sign>,
}

impl<'a> Process<'a> {
    async fn open(plan: &'a Plan, points: &'a Arc<Points>) -> Process<'a> {
        let options = Options {
            data_dir: plan.data_dir.clone(),
            role: Role::Run,
            storage: Storage::Disk,
            settings: settings(plan.looks),
            attention: Attention::Unattended,
        };
        let (tell, signs) = signs();
        let vault = Arc::new(FileVault::in_folder(&plan.keyring));
        let machine = Machine {
            clock: Arc::new(WatchedClock {
                real: Arc::new(SystemClock),
                points: Arc::clone(points),
            }),
            vault: Arc::new(WatchedVault::new(vault, points)),
            signs,
            window: Arc::new(NoWindow),
            autostart: Arc::new(NotHere),
            between: Some(points.around()),
        };
        let host = Host::open_on(options, machine).await.expect("the host opens");
        Process {
            plan,
            points,
            host: Some(host),
            ticking: None,
            tell,
        }
    }

    fn host(&self) -> &Arc<Host> {
        self.host.as_ref().expect("a host")
    }

    pub fn tick(&mut self) {
        let host = Arc::clone(self.host());
        self.ticking
            .get_or_insert_with(|| tokio::spawn(async move { host.tick_until_retired().await }));
    }

    pub async fn close(&mut self) {
        if let Some(ticking) = self.ticking.take() {
            self.host().retire();
            ticking.await.expect("no panic");
        }
        self.host().close().await;
    }

    /// The same folder and keyring, in which the folder lies behind: as if it had been brought back from elsewhere.
    pub async fn reopen_as_copy(&mut self) {
        self.close().await;
        FileVault::in_folder(&self.plan.keyring).amend("folder.", |mark| {
            let mut mark: Value = serde_json::from_str(mark).ok()?;
            mark["epoch"] = (mark.get("epoch")?.as_u64()? + 1).into();
            Some(mark.to_string())
        });
        // The lock is let go with it.
        drop(self.host.take());
        *self = Process::open(self.plan, self.points).await;
    }

    pub async fn try_ask(&self, request: Request) -> Result<Value, Problem> {
        match self.host().ask(request).await {
            Reply::Done(value) => Ok(value),
            Reply::Refused(problem) => Err(problem),
        }
    }

    pub async fn ask(&self, request: Request) -> Value {
        let asked = format!("{request:?}");
        self.try_ask(request)
            .await
            .unwrap_or_else(|problem| self.fail(&format!("{asked} was refused: {problem:?}")))
    }

    pub fn fail(&self, why: &str) -> ! {
        self.points.tell(&Told::Failed(why.to_owned()));
        panic!("{why}");
    }

    pub fn sign(&self, sign: Sign) {
        self.tell.send(sign).expect("the host listens");
    }

    /// The id of the story's account.
    pub async fn account(&self) -> String {
        let accounts = self.accounts().await;
        accounts[self.plan.author].0.clone()
    }

    /// Ids and handles, in the plan's order.
    pub async fn accounts(&self) -> Vec<(String, String)> {
        let listed = self.ask(Request::AccountList).await;
        let listed = listed["accounts"].as_array().cloned().unwrap_or_default();
        let of = |handle: &String| {
            let found = listed.iter().find(|known| {
                known["handle"]
                    .as_str()
                    .is_some_and(|known| known.starts_with(handle.as_str()))
            });
            let found = found.unwrap_or_else(|| self.fail(&format!("no account of {handle}: {listed:?}")));
            (
                found["id"].as_str().unwrap_or_default().to_owned(),
                handle.clone(),
            )
        };
        self.plan.accounts.iter().map(|(handle, _)| of(handle)).collect()
    }

    /// A new folder with both accounts, nothing between two posts, and an open break.
    pub async fn set_up(&self) {
        for (handle, secret) in &self.plan.accounts {
            let network = self.plan.network;
            let add = Request::AccountAdd {
                network,
                handle: (network == Network::Bluesky).then(|| handle.clone()),
                server: Some(self.plan.url.clone()),
                secret: Some(SecretInput::new(secret.clone())),
                client_id: self.plan.client_id.clone(),
                persona: None,
                client_name: None,
                local_server: true,
                plc: self.plan.plc.clone(),
                proxy: None,
            };
            // A password is a lot of work for a server on a machine that has much else to do.
            let mut tries = 3;
            while let Err(problem) = self.try_ask(add.clone()).await {
                tries -= 1;
                if tries == 0 || problem.code != Code::ServerUnreachable {
                    self.fail(&format!("{problem:?}"));
                }
            }
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

    pub async fn break_now(&self) {
        self.ask(Request::BreakNow {
            minutes: 720,
            accounts: Vec::new(),
            practice_only: false,
        })
        .await;
    }

    /// Queues a text of the story; its delivery.
    pub async fn add(&self, letter: &str, change: impl FnOnce(&mut PostInput)) -> String {
        let text = format!("〔{}{letter}〕こっそり書いた、昼休みのひとこと。", self.plan.mark);
        let account = self.account().await;
        let mut post = input(&[account.as_str()], &text, change);
        let first = &mut post.content.parts[0];
        if self.plan.pictures == Pictures::Must && first.media.is_empty() {
            first.media.push(story::picture(self.plan));
        }
        let added = self.ask(Request::PostAdd(post)).await;
        let delivery = deliveries_of(&added).remove(0);
        self.points.tell(&Told::Queued {
            delivery: delivery.clone(),
            text,
        });
        delivery
    }

    pub async fn show(&self, delivery: &str) -> Value {
        let id = delivery.to_owned();
        self.ask(Request::QueueShow { id }).await
    }

    pub async fn until(&self, delivery: &str, wanted: &str) {
        let wanted = [wanted];
        let ended = self.points.until(delivery, &wanted);
        if tokio::time::timeout(Duration::from_secs(60), ended)
            .await
            .is_err()
        {
            let shown = self.show(delivery).await;
            let status = self.ask(Request::Status).await;
            self.fail(&format!("not {wanted:?}: {shown}; {status}"));
        }
    }

    pub async fn resolve(&self, delivery: &str, resolution: Resolution) -> Result<Value, Problem> {
        let id = delivery.to_owned();
        self.try_ask(Request::QueueResolve { id, resolution }).await
    }

    pub async fn sign_in_again(&self, delivery: &Value) -> Result<Value, Problem> {
        let accounts = self.accounts().await;
        let index = accounts
            .iter()
            .position(|(id, _)| delivery["account"] == id.as_str());
        let index = index.unwrap_or_else(|| self.fail(&format!("whose is it? {delivery}")));
        let secret = Some(SecretInput::new(self.plan.accounts[index].1.clone()));
        let id = accounts[index].0.clone();
        self.try_ask(Request::AccountSignIn {
            id,
            secret,
            client_id: None,
        })
        .await
    }
}

/// As a person's, only sooner.
fn settings(looks: Looks) -> Settings {
    let ms = SignedDuration::from_millis;
    let looks = match looks {
        Looks::Soon => LookTimes {
            first: vec![ms(30), ms(100), ms(250)],
            then_every: ms(250),
            resend_from: ms(100),
            ..LookTimes::default()
        },
        Looks::Asking => LookTimes {
            first: vec![ms(30), ms(100), ms(250)],
            then_every: ms(250),
            resend_from: SignedDuration::from_hours(1),
            ask_from: ms(100),
            ask_at_latest: ms(200),
        },
        Looks::Late => LookTimes {
            first: vec![SignedDuration::from_hours(1)],
            resend_from: SignedDuration::from_mins(1),
            ..LookTimes::default()
        },
    };
    Settings {
        looks,
        backoff: ms(150),
        post_limit: SignedDuration::from_secs(5),
        ..Settings::default()
    }
}

pub fn in_a_moment(after: Duration) -> String {
    let at: Timestamp = now() + SignedDuration::try_from(after).expect("short");
    at.to_string()
}

fn signs() -> (mpsc::UnboundedSender<Sign>, Signs) {
    let (tell, told) = mpsc::unbounded_channel();
    let next = |mut told: mpsc::UnboundedReceiver<Sign>| async {
        let sign = told.recv().await?;
        Some((sign, told))
    };
    (tell, Box::pin(stream::unfold(told, next).fuse()))
}
