//! Which steps of the delivery's table a commit writes.

use kossori_core::delivery::{State, Step, step};
use kossori_engine::model::Event;
use kossori_engine::ports::Change;
use serde::{Deserialize, Serialize};

/// A step that was committed: from which state, by which of the table's names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Written {
    pub from: State,
    pub step: String,
}

/// The whole table.
pub fn legal_steps() -> Vec<Written> {
    let all = State::ALL
        .into_iter()
        .flat_map(|from| Step::ALL.map(|which| (from, which)));
    all.filter(|(from, which)| step(*from, *which).is_ok())
        .map(|(from, which)| Written {
            from,
            step: format!("{which:?}"),
        })
        .collect()
}

/// The commit's name, and what it writes. Steps that lead the same way are told apart by what the journal says.
pub fn named(changes: &[Change]) -> (String, Vec<Written>) {
    let mut names: Vec<String> = Vec::new();
    let mut written = Vec::new();
    for change in changes {
        let name = match change {
            Change::Delivery { expect, delivery } => {
                let said: Vec<(Event, Option<&str>)> = changes
                    .iter()
                    .filter_map(|change| match change {
                        Change::Journal(row) if row.delivery.as_ref() == Some(&delivery.id) => {
                            Some((row.event, row.detail.as_deref()))
                        }
                        _ => None,
                    })
                    .collect();
                let which = which(expect.state, delivery.state, &said);
                let way = format!("{}→{}", expect.state.as_str(), delivery.state.as_str());
                match which {
                    Some(which) => {
                        written.push(Written {
                            from: expect.state,
                            step: format!("{which:?}"),
                        });
                        format!("{way} {which:?}")
                    }
                    None => way,
                }
            }
            Change::AddDelivery(delivery) => format!("new {}", delivery.state.as_str()),
            Change::Journal(row) if row.delivery.is_none() => row.event.as_str().to_owned(),
            Change::PutSetting { name, .. } => (*name).to_owned(),
            Change::UpdateAccount(_) => "account".to_owned(),
            Change::AddAccount(_) => "new account".to_owned(),
            Change::Deleted { .. } => "deleted".to_owned(),
            Change::Plan { .. } => "plan".to_owned(),
            Change::AddPicture(_) => "picture".to_owned(),
            _ => continue,
        };
        if !names.contains(&name) {
            names.push(name);
        }
    }
    (format!("commit {}", names.join(", ")), written)
}

fn which(from: State, to: State, said: &[(Event, Option<&str>)]) -> Option<Step> {
    let has = |event: Event| said.iter().any(|(known, _)| *known == event);
    let crash = said.iter().any(|(_, detail)| *detail == Some("crash"));
    let before_sending = from.is_before_sending();
    let which = match (from, to) {
        (_, State::Claimed) => Step::Claim,
        (State::Claimed, State::Staged) => Step::Stage,
        (State::Sending, State::Staged) if has(Event::PartSent) => Step::NextPart,
        (State::Sending, State::Staged) => Step::TryAgain,
        (_, State::Sending) => Step::Send,
        (_, State::Sent) => Step::Prove,
        (_, State::Rejected) => Step::Refuse,
        (State::Sending, State::Unknown) if crash => Step::Crash,
        (State::Sending, State::Unknown) => Step::Lose,
        (State::Queued, State::Unknown) => Step::Doubt,
        (State::Sending, State::Queued) => Step::PutBack,
        (State::Unknown | State::NeedsYou, State::Queued) if has(Event::PartSent) => Step::NextPart,
        (State::Unknown | State::NeedsYou, State::Queued) if has(Event::Resolved) => Step::QueueAgain,
        (State::Unknown, State::Queued) => Step::SendAgain,
        (_, State::NeedsYou) => Step::AskPerson,
        (_, State::Left) => Step::Leave,
        (_, State::Missed) => Step::Expire,
        (_, State::Removed) => Step::Remove,
        (State::Held, State::Queued) => Step::Approve,
        (State::Held, State::Held) if has(Event::Edited) => Step::Edit,
        (State::Queued | State::Claimed | State::Staged, State::Held) => Step::Hold,
        (_, State::Queued) if has(Event::Edited) => Step::Edit,
        (State::Rejected | State::Missed, State::Queued) => Step::Edit,
        (_, State::Queued) if before_sending && crash => Step::Crash,
        (_, State::Queued) if before_sending && has(Event::PutBack) => Step::PutBack,
        (_, State::Queued) if before_sending => Step::Void,
        // The state stays: another time, another look.
        _ => return None,
    };
    assert_eq!(
        step(from, which),
        Ok(to),
        "{from:?} to {to:?} by {which:?}: {said:?}"
    );
    Some(which)
}
