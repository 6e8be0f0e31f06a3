use super::{IllegalStep, State, Step, step};
use State::{
    Claimed, Held, Left, Missed, NeedsYou, Queued, Rejected, Removed, Sending, Sent, Staged, Unknown,
};

/// RULES.md 3, state by state: every step there is, and where it leads.
fn steps_of(state: State) -> Vec<(Step, State)> {
    let before_sending = vec![
        (Step::Refuse, Rejected),
        (Step::PutBack, Queued),
        (Step::Void, Queued),
        (Step::Crash, Queued),
        (Step::Edit, Queued),
        (Step::Hold, Held),
        (Step::Remove, Removed),
        (Step::Leave, Left),
    ];
    match state {
        Queued => vec![
            (Step::Claim, Claimed),
            (Step::Edit, Queued),
            (Step::Hold, Held),
            (Step::Doubt, Unknown),
            (Step::Expire, Missed),
            (Step::Remove, Removed),
            (Step::Leave, Left),
        ],
        Held => vec![
            (Step::Approve, Queued),
            (Step::Edit, Held),
            (Step::Doubt, Unknown),
            (Step::Prove, Sent),
            (Step::Expire, Missed),
            (Step::Remove, Removed),
            (Step::Leave, Left),
        ],
        Claimed => [before_sending, vec![(Step::Stage, Staged)]].concat(),
        Staged => [before_sending, vec![(Step::Send, Sending)]].concat(),
        Sending => vec![
            (Step::Prove, Sent),
            (Step::NextPart, Staged),
            (Step::HoldRest, Held),
            (Step::TryAgain, Staged),
            (Step::Refuse, Rejected),
            (Step::PutBack, Queued),
            (Step::Lose, Unknown),
            (Step::Crash, Unknown),
        ],
        Unknown => vec![
            (Step::Prove, Sent),
            (Step::NextPart, Queued),
            (Step::HoldRest, Held),
            (Step::SendAgain, Queued),
            (Step::QueueAgain, Queued),
            (Step::AskPerson, NeedsYou),
            (Step::Leave, Left),
        ],
        NeedsYou => vec![
            (Step::Prove, Sent),
            (Step::NextPart, Queued),
            (Step::HoldRest, Held),
            (Step::QueueAgain, Queued),
            (Step::Leave, Left),
        ],
        Rejected | Missed => vec![(Step::Edit, Queued), (Step::Remove, Removed)],
        Sent | Left | Removed => vec![],
    }
}

#[test]
fn every_step_leads_where_the_rules_say_and_there_is_no_other() {
    for from in State::ALL {
        let legal = steps_of(from);
        for by in Step::ALL {
            let expected = match legal.iter().find(|(which, _)| *which == by) {
                Some((_, to)) => Ok(*to),
                None if matches!(from, Sending | Unknown) => Err(IllegalStep::AlreadySending),
                None if matches!(from, Sent | Left | Removed) => Err(IllegalStep::Final),
                None => Err(IllegalStep::NoSuchStep),
            };
            assert_eq!(step(from, by), expected, "{from:?}, {by:?}");
        }
    }
}

/// The store keeps these words; they may never change.
#[test]
fn stored_words_are_those_of_the_rules_and_read_back() {
    let words = "queued held claimed staged sending unknown needs_you sent rejected missed left removed";
    assert_eq!(State::ALL.map(State::as_str).join(" "), words);
    for state in State::ALL {
        assert_eq!(State::parse(state.as_str()), Some(state));
    }
    for word in ["", "Queued", "needs you", "draft"] {
        assert_eq!(State::parse(word), None, "{word:?}");
    }
}

#[test]
fn what_is_said_of_a_state() {
    let those = |what: fn(State) -> bool| {
        let states = State::ALL.into_iter().filter(|state| what(*state));
        states.map(State::as_str).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(those(State::is_final), "sent rejected missed left removed");
    assert_eq!(those(State::is_before_sending), "claimed staged");
    assert_eq!(those(State::blocks_account), "sending unknown");
}
