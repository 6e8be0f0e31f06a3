//! The window's side of the link: one connection to the folder's host, made again when it ends, by starting the
//! resident if nobody is there (RULES.md 8). It knows of no window; it is driven by channels, and its tests play the
//! host.

mod reach;
#[cfg(test)]
mod ending_tests;
#[cfg(test)]
mod tests;

use std::future::Future;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use kossori_api::{Call, Code, Problem, Request};
use kossori_link::{CallError, Client, Environment, Events, Next, RawAnswer, Refusal};
use serde::Serialize;
use serde_json::{Value, json};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::page::{Connection, What};
use reach::NotReached;

/// Between two tries to start a resident that could not be started.
const TRIES_AGAIN_AFTER: Duration = Duration::from_secs(5);
const TRIES_AGAIN_AT_LEAST_AFTER: Duration = Duration::from_secs(60);
/// A host that ends sooner than that is not simply started again: it would be, for ever.
const LIVES_AT_LEAST: Duration = Duration::from_secs(5);
/// The socket's word for a request that its host does not know: an older one, say.
const NOT_UNDERSTOOD: &str = "bad_request";

/// The folder, and the program that is its host.
#[derive(Clone, Debug)]
pub struct House {
    data_dir: PathBuf,
    resident: PathBuf,
    environment: Environment,
    /// What this program was started to show.
    what: What,
}

impl House {
    pub fn of(data_dir: PathBuf, what: What) -> House {
        let ours = std::env::current_exe().unwrap_or_default();
        House {
            data_dir,
            resident: ours.with_file_name("kossorid"),
            environment: Environment::of_process(),
            what,
        }
    }
}

/// What the session has to say.
#[derive(Debug, PartialEq)]
pub enum Told {
    Connection(Connection),
    /// It could not be reached, and why.
    Gone(Problem),
    /// An event of `api`, as it came.
    Event(Value),
    /// The host wants the window seen.
    Show {
        what: What,
        at: Option<(i32, i32)>,
    },
    /// Another window of this folder lives.
    OtherWindow,
    /// The person quits: this window is to end, and nobody is started for it any more.
    Leaving,
    /// The person wants nothing seen.
    Hide,
}

/// A refusal as the page gets it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Refused {
    Problem(Problem),
    /// The host's own words; a newer one may have codes that are not known here.
    AsItCame(Value),
}

impl From<Code> for Refused {
    fn from(code: Code) -> Refused {
        Refused::Problem(code.into())
    }
}

type Answered = Result<Value, Refused>;

pub struct Asked {
    call: Call,
    answer: oneshot::Sender<Answered>,
    resent: bool,
}

impl Asked {
    fn answer(self, answered: Answered) {
        // A page that was closed meanwhile does not hear it.
        let _ = self.answer.send(answered);
    }
}

/// The page's end of the session.
#[derive(Clone)]
pub struct Session {
    asked: mpsc::UnboundedSender<Asked>,
}

impl Session {
    pub fn new() -> (Session, mpsc::UnboundedReceiver<Asked>) {
        let (asked, to_ask) = mpsc::unbounded_channel();
        (Session { asked }, to_ask)
    }

    /// Only what `api` has goes to the host, each with an id of its own, under which it may be sent again.
    pub fn ask(&self, request: Value) -> impl Future<Output = Answered> + Send + use<> {
        let waits = serde_json::from_value::<Request>(request).map(|request| {
            let (answer, answered) = oneshot::channel();
            let call = Call {
                request_id: uuid::Uuid::now_v7().to_string(),
                request,
            };
            // A session that has ended drops it, and that is answered below.
            let _ = self.asked.send(Asked {
                call,
                answer,
                resent: false,
            });
            answered
        });
        async move {
            match waits {
                Ok(answered) => answered.await.unwrap_or_else(|_| Err(Code::HostGone.into())),
                // What it was is not said: it may be a text.
                Err(_) => Err(Code::NotUnderstood.into()),
            }
        }
    }
}

/// How a connection ended.
enum Ended {
    /// The page's end is gone.
    Page,
    /// What was not answered by then.
    Host(Vec<Asked>),
    /// The same, and the person quits.
    Leaving(Vec<Asked>),
}

/// Lives until the page's end is dropped, or another window turns out to live when this one has only come.
pub async fn live(house: House, mut asked: mpsc::UnboundedReceiver<Asked>, tell: impl Fn(Told)) {
    let mut unanswered = Vec::new();
    let mut pause = TRIES_AGAIN_AFTER;
    let mut short_lives = 0;
    let mut again = false;
    loop {
        tell(Told::Connection(Connection::Starting));
        let problem = match house.reach(again).await {
            Ok((client, events)) => {
                again = true;
                tell(Told::Connection(Connection::Connected));
                let since = Instant::now();
                match serve(client, events, &mut asked, unanswered, &tell).await {
                    Ended::Host(left) => unanswered = left,
                    Ended::Leaving(left) => return left_alone(left, asked, &tell).await,
                    Ended::Page => return,
                }
                if since.elapsed() >= LIVES_AT_LEAST {
                    short_lives = 0;
                    pause = TRIES_AGAIN_AFTER;
                    continue;
                }
                short_lives += 1;
                if short_lives < 3 {
                    continue;
                }
                Code::HostGone.into()
            }
            Err(NotReached::OtherWindow) => {
                tell(Told::OtherWindow);
                if !again {
                    return;
                }
                // It may have text that only it has: it comes back when the other one has gone.
                Code::HostGone.into()
            }
            Err(NotReached::Because(problem)) => problem,
        };
        tell(Told::Gone(problem.clone()));
        for one in unanswered.drain(..) {
            one.answer(Err(Refused::Problem(problem.clone())));
        }
        if !refuse_for(pause, &mut asked, &problem).await {
            return;
        }
        pause = (pause * 2).min(TRIES_AGAIN_AT_LEAST_AFTER);
    }
}

/// Nobody is started again for a window that could not save in time: its text stays in sight, to be copied.
async fn left_alone(unanswered: Vec<Asked>, mut asked: mpsc::UnboundedReceiver<Asked>, tell: &impl Fn(Told)) {
    let problem = Problem::new(Code::Retiring);
    tell(Told::Gone(problem.clone()));
    for one in unanswered {
        one.answer(Err(Refused::Problem(problem.clone())));
    }
    while let Some(one) = asked.recv().await {
        one.answer(Err(Refused::Problem(problem.clone())));
    }
}

/// `false`: the page's end is gone.
async fn refuse_for(pause: Duration, asked: &mut mpsc::UnboundedReceiver<Asked>, problem: &Problem) -> bool {
    let until = Instant::now() + pause;
    while let Ok(next) = tokio::time::timeout_at(until, asked.recv()).await {
        match next {
            Some(one) => one.answer(Err(Refused::Problem(problem.clone()))),
            None => return false,
        }
    }
    true
}

/// Until the connection ends.
async fn serve(
    client: Client,
    mut events: Events,
    asked: &mut mpsc::UnboundedReceiver<Asked>,
    unanswered: Vec<Asked>,
    tell: &impl Fn(Told),
) -> Ended {
    let client = Arc::new(client);
    let mut under_way = JoinSet::new();
    for one in unanswered {
        under_way.spawn(put(client.clone(), one));
    }
    let mut left = Vec::new();
    let mut leaving = false;
    loop {
        tokio::select! {
            next = events.next() => match next {
                Next::Event(event) => {
                    let what = told(&event);
                    leaving |= what == Told::Leaving;
                    tell(what);
                }
                // Whoever is told that something changed looks at the whole.
                Next::Missed => tell(Told::Event(json!({ "event": "changed" }))),
                Next::Gone => break,
            },
            one = asked.recv() => match one {
                Some(one) => drop(under_way.spawn(put(client.clone(), one))),
                None => return Ended::Page,
            },
            Some(ended) = under_way.join_next() => left.extend(ended.ok().flatten()),
        }
    }
    while let Some(ended) = under_way.join_next().await {
        left.extend(ended.ok().flatten());
    }
    if leaving {
        Ended::Leaving(left)
    } else {
        Ended::Host(left)
    }
}

fn told(event: &RawAnswer) -> Told {
    let event: Value = event.parse().unwrap_or_default();
    if event["event"] == "leaving" {
        return Told::Leaving;
    }
    if event["event"] == "hide" {
        return Told::Hide;
    }
    if event["event"] != "show" {
        return Told::Event(event);
    }
    let number = |name: &str| event[name].as_i64().and_then(|number| i32::try_from(number).ok());
    Told::Show {
        what: event["what"]
            .as_str()
            .and_then(What::of_label)
            .unwrap_or_default(),
        at: number("x").zip(number("y")),
    }
}

/// Asks the host. What the connection's end left unanswered comes back, once: under its id it is not done twice.
async fn put(client: Arc<Client>, mut one: Asked) -> Option<Asked> {
    let code = match client.call(&one.call).await {
        Ok(answer) => {
            one.answer(of_reply(answer.parse().unwrap_or_default()));
            return None;
        }
        Err(CallError::Gone(word)) => word.unwrap_or_default(),
        Err(CallError::Refused(refusal)) => {
            let refusal: Value = refusal.parse().unwrap_or_default();
            let code = refusal["code"].as_str().unwrap_or_default().to_owned();
            if code != Refusal::RETIRING && code != Refusal::BUSY_RETRY {
                one.answer(Err(of_code(&code)));
                return None;
            }
            code
        }
        Err(CallError::Request(_)) => {
            one.answer(Err(Code::Internal.into()));
            return None;
        }
    };
    if one.resent || may_prompt(&one.call.request) {
        one.answer(Err(of_code(&code)));
        return None;
    }
    one.resent = true;
    Some(one)
}

/// The system asks a person because of these: only a click may bring that about, so they are never sent a second time.
fn may_prompt(request: &Request) -> bool {
    matches!(
        request,
        Request::Unlock
            | Request::AccountAdd { .. }
            | Request::AccountSignIn { .. }
            | Request::SignInBegin { .. }
            | Request::SignInWait { .. }
    )
}

/// `api`'s `Reply`, without a look at what is in it.
fn of_reply(reply: Value) -> Answered {
    let Value::Object(mut reply) = reply else {
        return Err(Code::HostGone.into());
    };
    match (reply.remove("done"), reply.remove("refused")) {
        (Some(done), _) => Ok(done),
        (None, Some(problem)) => Err(Refused::AsItCame(problem)),
        (None, None) => Err(Code::HostGone.into()),
    }
}

/// The socket's own codes are `api`'s; what is none of them says that the host is of no use.
fn of_code(code: &str) -> Refused {
    if code == NOT_UNDERSTOOD {
        return Code::NotUnderstood.into();
    }
    reach::known(code).unwrap_or(Code::HostGone).into()
}
