//! What a command comes to: one request and how its answer is read out, or one of the few that need more.

use clap::CommandFactory;
use kossori_api::{Code, Problem, Request};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::args::{Cli, Command, Typed};
use crate::complain::Refusal;
use crate::session::{Session, Will};
use crate::words::Words;
use crate::{accounts, cost, drafts, fill, folder, look, posts, queue, run, sign_in, today, windows};

pub type Outcome<T> = Result<T, Problem>;

/// Reads an answer out in the person's language.
pub type Show = fn(&Words, Value) -> Outcome<String>;

pub enum Task {
    Ask {
        request: Request,
        will: Will,
        show: Show,
    },
    /// Looks first, then changes: what is not named stays as it is.
    EditDraft(drafts::Edit),
    EditQueued(queue::Edit),
    Run(run::Run),
    SignIn(Box<sign_in::SignInByBrowser>),
    /// Said without asking anybody.
    Say(String),
}

impl Task {
    pub fn ask(request: Request, show: Show) -> Task {
        Task::Ask {
            request,
            will: Will::Usual,
            show,
        }
    }
}

/// What is printed on standard output, and how the process ends.
pub struct Done {
    pub plain: String,
    /// `None`: it is plain text whatever was asked (help, completions, CSV).
    pub json: Option<Value>,
    pub needs_person: bool,
}

impl Done {
    pub fn plain(text: String) -> Done {
        Done {
            plain: text,
            json: None,
            needs_person: false,
        }
    }
}

pub fn run_to_end(typed: Typed, words: &Words) -> Result<Done, Refusal> {
    let json = typed.cli.json;
    let data_dir = kossori_host::data_dir(typed.cli.data_dir.clone())?;
    let task = task_of(typed)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|_| Problem::new(Code::Internal))?;
    let done = runtime.block_on(async {
        match task {
            Task::Say(text) => Ok(Done::plain(text)),
            Task::Run(args) => run::run(&data_dir, &args, words, json).await,
            Task::Ask { request, will, show } => {
                let session = Session::open(&data_dir, will).await?;
                let answer = session.ask(&request).await;
                let alone = session.is_alone();
                session.close().await;
                told(answer?, show, words, alone)
            }
            Task::SignIn(sign_in) => {
                let session = Session::open(&data_dir, sign_in.will).await?;
                let answer = sign_in.carry_out(&session, words).await;
                session.close().await;
                told(answer?, sign_in.show, words, false)
            }
            Task::EditDraft(edit) => {
                let session = Session::open(&data_dir, Will::Usual).await?;
                let answer = edit.carry_out(&session).await;
                session.close().await;
                told(answer?, drafts::show_saved, words, false)
            }
            Task::EditQueued(edit) => {
                let session = Session::open(&data_dir, Will::Usual).await?;
                let answer = edit.carry_out(&session).await;
                session.close().await;
                told(answer?, queue::show_moved, words, false)
            }
        }
    });
    // Nothing of ours is left to wait for; a look-up of a name may still block a thread.
    runtime.shutdown_background();
    Ok(done?)
}

fn told(mut answer: Value, show: Show, words: &Words, alone: bool) -> Outcome<Done> {
    fill::fill(&mut answer, words.language);
    let mut plain = show(words, answer.clone())?;
    if alone && answer.get("deliveries").is_some() && answer.get("post").is_some() {
        plain = words.lines([plain, words.say("cli.only_while_it_runs", &[])]);
    }
    Ok(Done {
        plain,
        json: Some(answer),
        needs_person: false,
    })
}

fn task_of(typed: Typed) -> Outcome<Task> {
    let Typed { cli, leaf } = typed;
    match cli.command {
        Command::Account(account) => accounts::task(account),
        Command::Draft(draft) => drafts::task(draft, &leaf),
        Command::Post(post) => posts::task(post, &leaf),
        Command::Queue(queue) => queue::task(queue, &leaf),
        Command::Window(window) => windows::window(window),
        Command::Hours(hours) => Ok(windows::hours(hours)),
        Command::Spacing(spacing) => windows::spacing(&spacing),
        Command::Holidays(holidays) => Ok(windows::holidays(&holidays)),
        Command::Break(break_now) => today::break_now(break_now),
        Command::Pause(pause) => Ok(today::pause(pause)),
        Command::Resume => Ok(Task::ask(Request::Resume, today::show_spread)),
        Command::Closed(closed) => Ok(today::closed(closed)),
        Command::Overtime(overtime) => today::overtime(overtime),
        Command::DayOff(day) => Ok(today::day_off(day)),
        Command::Plan(plan) => Ok(look::plan(plan)),
        Command::Status => Ok(look::status()),
        Command::Journal(journal) => look::journal(journal, cli.json),
        Command::Timeline(timeline) => Ok(look::timeline(timeline)),
        Command::Practice(practice) => Ok(look::practice(practice)),
        Command::Run(run) => Ok(Task::Run(run)),
        Command::Hide => Ok(folder::hide()),
        Command::Unlock => Ok(folder::unlock()),
        Command::Adopt => Ok(folder::adopt()),
        Command::Backup(backup) => Ok(folder::backup(backup)),
        Command::Clock(clock) => Ok(folder::clock(&clock)),
        Command::Doctor(doctor) => folder::doctor(&doctor),
        Command::Cost(cost) => cost::task(cost),
        Command::Export(_) => Err(crate::args::not_built_yet("export")),
        Command::Import(_) => Err(crate::args::not_built_yet("import")),
        Command::Completions(completions) => {
            let mut script = Vec::new();
            clap_complete::generate(completions.shell, &mut Cli::command(), "kossorictl", &mut script);
            Ok(Task::Say(String::from_utf8_lossy(&script).into_owned()))
        }
    }
}

/// An answer as the view that it is.
pub fn read<T: DeserializeOwned>(answer: Value) -> Outcome<T> {
    serde_json::from_value(answer).map_err(|_| Problem::new(Code::Internal))
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Refusal {
        Refusal { problem, usage: None }
    }
}
