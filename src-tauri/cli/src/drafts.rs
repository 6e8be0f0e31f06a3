//! `draft`: text being written, not queued.

use clap::{ArgMatches, Args, Subcommand};
use kossori_api::{ContentInput, DraftAdded, DraftDetail, Drafts, Request};
use serde_json::Value;

use crate::content::{self, Content};
use crate::session::Session;
use crate::task::{Outcome, Task, read};
use crate::words::{Words, one_line};

#[derive(Subcommand)]
pub enum Draft {
    /// Write one down
    #[command(
        after_help = "Example:\n  kossorictl draft add --text 'An idea' --media photo.jpg --alt 'A cat'"
    )]
    Add(Box<Typed>),
    /// All of them
    #[command(after_help = "Example:\n  kossorictl draft list")]
    List,
    /// All of one
    #[command(after_help = "Example:\n  kossorictl draft show ID")]
    Show { id: String },
    /// Change it; what is not named stays
    #[command(after_help = "Example:\n  kossorictl draft edit ID --text 'A better idea'")]
    Edit(Box<TypedEdit>),
    /// Remove it
    #[command(after_help = "Example:\n  kossorictl draft remove ID")]
    Remove { id: String },
}

#[derive(Args)]
pub struct Typed {
    /// Who is meant to post it
    #[arg(long = "account", value_name = "ID")]
    accounts: Vec<String>,
    #[command(flatten)]
    content: Content,
}

#[derive(Args)]
pub struct TypedEdit {
    id: String,
    #[command(flatten)]
    typed: Typed,
}

/// An edit that begins with what is there.
pub struct Edit {
    id: String,
    accounts: Option<Vec<String>>,
    content: Content,
    leaf: ArgMatches,
}

pub fn task(draft: Draft, leaf: &ArgMatches) -> Outcome<Task> {
    Ok(match draft {
        Draft::Add(typed) => {
            let content = typed.content.over(ContentInput::default(), leaf)?;
            content::not_nothing(&content)?;
            Task::ask(
                Request::DraftAdd {
                    accounts: typed.accounts,
                    content,
                },
                show_saved,
            )
        }
        Draft::List => Task::ask(Request::DraftList, show_list),
        Draft::Show { id } => Task::ask(Request::DraftShow { id }, show_one),
        Draft::Edit(edit) => {
            let Typed { accounts, content } = edit.typed;
            if accounts.is_empty() && content.is_empty() {
                return Err(kossori_api::Code::NoContent.into());
            }
            let accounts = (!accounts.is_empty()).then_some(accounts);
            Task::EditDraft(Edit {
                id: edit.id,
                accounts,
                content,
                leaf: leaf.clone(),
            })
        }
        Draft::Remove { id } => Task::ask(Request::DraftRemove { id }, |words, _| Ok(words.done())),
    })
}

impl Edit {
    pub async fn carry_out(self, session: &Session) -> Outcome<Value> {
        let old: DraftDetail = read(session.ask(&Request::DraftShow { id: self.id.clone() }).await?)?;
        let content = self.content.over(content::kept(old.content)?, &self.leaf)?;
        let base_rev = Some(old.rev);
        session
            .ask(&Request::DraftEdit {
                id: self.id,
                base_rev,
                accounts: self.accounts,
                content,
            })
            .await
    }
}

pub fn show_saved(words: &Words, answer: Value) -> Outcome<String> {
    let saved: DraftAdded = read(answer)?;
    Ok(words.lines([words.say("cli.draft_saved", &[]), saved.id]))
}

fn show_list(words: &Words, answer: Value) -> Outcome<String> {
    let list: Drafts = read(answer)?;
    if list.drafts.is_empty() {
        return Ok(words.say("cli.no_drafts", &[]));
    }
    let rows: Vec<Vec<String>> = list
        .drafts
        .iter()
        .map(|draft| {
            vec![
                draft.id.clone(),
                words.time(&draft.updated_at),
                one_line(&draft.text),
            ]
        })
        .collect();
    Ok(words.table(&rows))
}

fn show_one(words: &Words, answer: Value) -> Outcome<String> {
    let draft: DraftDetail = read(answer)?;
    let pictures = draft
        .media
        .iter()
        .map(|picture| words.say("cli.picture_alt", &[("alt", &picture.alt)]));
    let head = format!("{}  {}", draft.id, words.time(&draft.updated_at));
    Ok(words.lines(
        [head]
            .into_iter()
            .chain(draft.cw)
            .chain([draft.text])
            .chain(pictures),
    ))
}
