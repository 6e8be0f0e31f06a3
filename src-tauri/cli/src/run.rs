//! `run`: publishes while it runs, or looks on while another host does.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use kossori_api::{Code, Journal, JournalInput, Problem, Reply, Request, RunView, Status};
use kossori_host::{
    Attention, Clock as _, Host, HostError, Options, Role, Settings, Storage, SystemClock, socket_of,
};
use kossori_link::{Client, Next};
use serde_json::json;
use tokio::signal::unix::{SignalKind, signal};

use crate::complain;
use crate::session::{self, Found, Will, hello};
use crate::task::{Done, Outcome, read};
use crate::words::Words;

#[derive(Args)]
pub struct Run {
    /// End when nothing is left that could go now; exit 3 if a person is needed
    #[arg(long)]
    until_empty: bool,
    /// Practice only: key and folder in memory, gone at the end
    #[arg(long)]
    ephemeral: bool,
}

/// How a stretch of running ended.
enum Ended {
    /// Ctrl-C, SIGTERM, or nothing is left to do.
    Over(RunView, Option<Box<Status>>),
    /// Another host has the folder now.
    TakenOver,
    /// The host that we looked on at is gone.
    HostGone,
}

pub async fn run(data_dir: &Path, args: &Run, words: &Words, json: bool) -> Outcome<Done> {
    let mut teller = Teller::new(words, !json);
    let mut stop = Stop::listen()?;
    if args.ephemeral {
        teller.say("cli.run_ephemeral");
        let host = match Host::open(options(data_dir, Storage::Memory)).await {
            Ok(host) => host,
            Err(HostError::Taken) => return Err(Code::FolderInUse.into()),
            Err(HostError::Problem(problem)) => return Err(problem),
        };
        return match publish(data_dir, &host, args, &mut teller, &mut stop).await? {
            Ended::Over(view, status) => Ok(done(words, args, &view, status.as_deref())),
            Ended::TakenOver | Ended::HostGone => Err(Code::Retiring.into()),
        };
    }
    loop {
        let ended = match session::find(data_dir, options(data_dir, Storage::Disk), Will::Usual).await? {
            Found::Ours(host) => publish(data_dir, &host, args, &mut teller, &mut stop).await?,
            Found::There(client) => look_on(&client, args, &mut teller, &mut stop).await?,
        };
        match ended {
            Ended::Over(view, status) => return Ok(done(words, args, &view, status.as_deref())),
            Ended::TakenOver => {
                teller.say("cli.run_retired");
                // Whoever asked for the folder gets it first.
                let socket = socket_of(data_dir)?;
                if Client::connect_within(&socket, &hello(data_dir), Duration::from_secs(5))
                    .await
                    .is_err()
                {
                    return Err(Code::Retiring.into());
                }
            }
            Ended::HostGone => {}
        }
    }
}

fn options(data_dir: &Path, storage: Storage) -> Options {
    Options {
        data_dir: data_dir.to_owned(),
        role: Role::Run,
        storage,
        settings: Settings::default(),
        attention: Attention::Unattended,
    }
}

/// Hosts and publishes.
async fn publish(
    data_dir: &Path,
    host: &Arc<Host>,
    args: &Run,
    teller: &mut Teller<'_>,
    stop: &mut Stop,
) -> Outcome<Ended> {
    if !args.until_empty {
        teller.say("cli.run_started");
    }
    let served = Arc::clone(host);
    let mut serving = tokio::spawn(async move { served.serve().await });
    let outcome = {
        let watching = watch(data_dir, teller);
        tokio::pin!(watching);
        let mut looking = true;
        loop {
            tokio::select! {
                served = &mut serving => {
                    break match served {
                        Ok(Ok(())) => Ok(None),
                        Ok(Err(problem)) => Err(problem),
                        Err(_) => Err(Problem::new(Code::Internal)),
                    };
                }
                view = host.until_empty(), if args.until_empty => break view.map(Some),
                () = stop.told() => break view_of(host).await.map(Some),
                () = &mut watching, if looking => looking = false,
            }
        }
    };
    let view = match outcome {
        Ok(Some(view)) => view,
        Ok(None) => {
            host.close().await;
            return Ok(Ended::TakenOver);
        }
        Err(problem) => {
            end(host, &mut serving).await;
            return Err(problem);
        }
    };
    if !args.until_empty {
        teller.say("cli.run_ending");
    }
    host.retire();
    let _ = (&mut serving).await;
    teller.tell_new(
        host.ask(Request::Journal(JournalInput::since(teller.since.clone())))
            .await,
    );
    // What was being sent when we were told to end has ended now.
    let view = if args.until_empty {
        view
    } else {
        view_of(host).await.unwrap_or(view)
    };
    let status = match host.ask(Request::Status).await {
        Reply::Done(value) => read(value).ok(),
        Reply::Refused(_) => None,
    };
    host.close().await;
    Ok(Ended::Over(view, status.map(Box::new)))
}

async fn end(host: &Arc<Host>, serving: &mut tokio::task::JoinHandle<Outcome<()>>) {
    host.retire();
    if !serving.is_finished() {
        let _ = serving.await;
    }
    host.close().await;
}

async fn view_of(host: &Arc<Host>) -> Outcome<RunView> {
    match host.ask(Request::RunProgress).await {
        Reply::Done(value) => read(value),
        // The keyring never opened: nothing happened that could be told.
        Reply::Refused(problem) if problem.code == Code::KeyringLocked => Ok(RunView::default()),
        Reply::Refused(problem) => Err(problem),
    }
}

/// Tells what happens, as a client of our own socket, until it closes.
async fn watch(data_dir: &Path, teller: &mut Teller<'_>) {
    if !teller.speaks {
        return;
    }
    let Ok(socket) = socket_of(data_dir) else { return };
    let Ok(client) = Client::connect_within(&socket, &hello(data_dir), Duration::from_secs(5)).await else {
        return;
    };
    let Ok(mut events) = client.subscribe().await else {
        return;
    };
    loop {
        let request = Request::Journal(JournalInput::since(teller.since.clone()));
        match session::call(&client, request).await {
            Ok(value) => teller.tell_new(Reply::Done(value)),
            Err(problem) => teller.tell_new(Reply::Refused(problem)),
        }
        if matches!(events.next().await, Next::Gone) {
            return;
        }
    }
}

/// Another host publishes: this one is its client.
async fn look_on(client: &Client, args: &Run, teller: &mut Teller<'_>, stop: &mut Stop) -> Outcome<Ended> {
    if !args.until_empty {
        teller.say("cli.run_client");
    }
    let Ok(mut events) = client.subscribe().await else {
        return Ok(Ended::HostGone);
    };
    let before = match progress(client).await? {
        Some(view) => view,
        None => return Ok(Ended::HostGone),
    };
    loop {
        let Some(mut view) = progress(client).await? else {
            return Ok(Ended::HostGone);
        };
        view.sent = view.sent.saturating_sub(before.sent);
        view.rejected = view.rejected.saturating_sub(before.rejected);
        if teller.speaks
            && let Ok(value) = session::call(
                client,
                Request::Journal(JournalInput::since(teller.since.clone())),
            )
            .await
        {
            teller.tell_new(Reply::Done(value));
        }
        if args.until_empty && view.done {
            let status = session::call(client, Request::Status).await.and_then(read).ok();
            return Ok(Ended::Over(view, status.map(Box::new)));
        }
        // Between two events time alone can change what is left to do.
        let wait = async {
            if args.until_empty {
                tokio::time::sleep(Duration::from_secs(1)).await;
            } else {
                std::future::pending::<()>().await;
            }
        };
        tokio::select! {
            next = events.next() => {
                if matches!(next, Next::Gone) {
                    return Ok(Ended::HostGone);
                }
            }
            () = wait => {}
            () = stop.told() => return Ok(Ended::Over(view, None)),
        }
    }
}

/// `None`: the host is gone.
async fn progress(client: &Client) -> Outcome<Option<RunView>> {
    match session::call(client, Request::RunProgress).await {
        Ok(value) => read(value).map(Some),
        Err(problem) if matches!(problem.code, Code::HostGone | Code::Retiring) => Ok(None),
        Err(problem) => Err(problem),
    }
}

/// What `run` answers at its end.
fn done(words: &Words, args: &Run, view: &RunView, status: Option<&Status>) -> Done {
    let json = json!({
        "sent": view.sent,
        "rejected": view.rejected,
        "unknown": view.unknown,
        "needs_you": view.needs_you,
        "waiting": view.waiting,
        "next_at": view.next_at,
    });
    let waits_for_person = view.needs_you > 0 || status.is_some_and(|status| status.state == "needs_you");
    Done {
        plain: in_words(words, view, status),
        json: Some(json),
        needs_person: args.until_empty && waits_for_person,
    }
}

fn in_words(words: &Words, view: &RunView, status: Option<&Status>) -> String {
    let nothing_went = view.sent + view.rejected + view.unknown == 0;
    let at = view.next_at.as_deref().map(|at| words.time(at));
    let next = match (nothing_went, &at, view.waiting) {
        (true, Some(at), _) => words.say("cli.nothing_now", &[("at", at)]),
        (true, None, 0) => words.say("cli.queue_empty", &[]),
        (true, None, _) => words.say("cli.nothing_now_no_time", &[]),
        (false, Some(at), _) => words.say("cli.next_at", &[("at", at)]),
        (false, None, _) => String::new(),
    };
    let number = |n: u64| n.to_string();
    let sum = words.say(
        "cli.run_sum",
        &[
            ("sent", &number(view.sent)),
            ("rejected", &number(view.rejected)),
            ("unknown", &number(view.unknown)),
            ("needs_you", &number(view.needs_you)),
            ("waiting", &number(view.waiting)),
        ],
    );
    let reason = status.and_then(|status| status.reason.as_deref());
    let halted = reason.into_iter().flat_map(|reason| words.halted(reason));
    words.lines(
        [
            if nothing_went && view.needs_you == 0 {
                String::new()
            } else {
                sum
            },
            next,
        ]
        .into_iter()
        .chain(halted),
    )
}

/// What happened since the start, told once each.
struct Teller<'a> {
    words: &'a Words,
    speaks: bool,
    /// The time of the last thing told; several may share it.
    since: String,
    told: BTreeSet<(String, Option<String>, String)>,
}

impl<'a> Teller<'a> {
    fn new(words: &'a Words, speaks: bool) -> Self {
        let since = SystemClock.now().to_string();
        Teller {
            words,
            speaks,
            since,
            told: BTreeSet::new(),
        }
    }

    fn say(&self, key: &str) {
        if self.speaks {
            complain::line(&self.words.say(key, &[]));
        }
    }

    /// Short lines without any text of a post.
    fn tell_new(&mut self, reply: Reply) {
        if !self.speaks {
            return;
        }
        let journal: Journal = match reply {
            Reply::Done(value) => read(value).unwrap_or_default(),
            Reply::Refused(problem) if problem.code == Code::KeyringLocked && self.told.is_empty() => {
                self.told.insert((String::new(), None, problem.code.to_string()));
                return self.say("cli.run_locked");
            }
            Reply::Refused(_) => return,
        };
        for entry in journal.entries {
            let outcome = matches!(
                entry.event.as_str(),
                "sent" | "rejected" | "unknown" | "needs_you" | "missed"
            );
            let this = (entry.at.clone(), entry.delivery.clone(), entry.event.clone());
            if !outcome || !self.told.insert(this) {
                continue;
            }
            let time = self.words.exact_time(&entry.at);
            let state = self.words.word("state", &entry.event);
            let id = entry.delivery.unwrap_or_default();
            complain::line(&self.words.say(
                "cli.event_row",
                &[("time", &time), ("state", &state), ("id", &id)],
            ));
            self.told.retain(|(at, ..)| *at == entry.at || at.is_empty());
            self.since = entry.at;
        }
    }
}

/// Ctrl-C and SIGTERM.
struct Stop {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

impl Stop {
    fn listen() -> Outcome<Stop> {
        let listen = |kind| signal(kind).map_err(|_| Problem::new(Code::Internal));
        Ok(Stop {
            interrupt: listen(SignalKind::interrupt())?,
            terminate: listen(SignalKind::terminate())?,
        })
    }

    async fn told(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}
