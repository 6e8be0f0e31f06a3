use super::{Broken, Frozen, Standing, may_become};
use crate::delivery::{State, Step, step};

const FROZEN: Frozen<'static> = Frozen {
    record: "record",
    author: "author",
    for_good: true,
    tried: true,
};

/// Its post call was not made yet.
const UNTRIED: Frozen<'static> = Frozen {
    tried: false,
    ..FROZEN
};

fn standing(state: State) -> Standing<'static> {
    Standing {
        state,
        account: "a",
        revision: "r",
        attempt: Some("t"),
        frozen: Some(FROZEN),
        parts_sent: 1,
        has_receipt: true,
    }
}

#[test]
fn only_steps_of_the_table_lead_anywhere() {
    for from in State::ALL {
        for to in State::ALL {
            let legal = Step::ALL.into_iter().any(|by| step(from, by) == Ok(to))
                || from == to && !from.is_final() && from != State::Sending;
            let expected = if legal { Ok(()) } else { Err(Broken::Step) };
            assert_eq!(
                may_become(&standing(from), &standing(to)),
                expected,
                "{from:?} {to:?}"
            );
        }
    }
    for end in [State::Sent, State::Left, State::Removed] {
        for to in State::ALL {
            assert_eq!(
                may_become(&standing(end), &standing(to)),
                Err(Broken::Step),
                "{end:?} {to:?}"
            );
        }
    }
}

#[test]
fn each_rule_is_kept() {
    let record = |record| Frozen { record, ..FROZEN };
    let at = standing;
    let cases = [
        (
            at(State::Queued),
            Standing {
                account: "b",
                ..at(State::Held)
            },
            Broken::Account,
        ),
        (
            at(State::Claimed),
            Standing {
                attempt: Some("u"),
                ..at(State::Staged)
            },
            Broken::Attempt,
        ),
        (
            at(State::Staged),
            Standing {
                attempt: None,
                ..at(State::Sending)
            },
            Broken::Attempt,
        ),
        (
            at(State::Unknown),
            Standing {
                frozen: None,
                ..at(State::Queued)
            },
            Broken::Unfrozen,
        ),
        (
            at(State::Queued),
            Standing {
                frozen: Some(Frozen {
                    for_good: false,
                    ..FROZEN
                }),
                ..at(State::Claimed)
            },
            Broken::Unfrozen,
        ),
        // Edited in the queue, or after a refusal with a part already out.
        (
            at(State::Queued),
            Standing {
                revision: "s",
                ..at(State::Queued)
            },
            Broken::Worded,
        ),
        (
            at(State::Rejected),
            Standing {
                revision: "s",
                ..at(State::Queued)
            },
            Broken::Worded,
        ),
        // The rest of a thread whose next part was not tried yet.
        (
            Standing {
                frozen: Some(UNTRIED),
                ..at(State::Queued)
            },
            Standing {
                frozen: Some(UNTRIED),
                revision: "s",
                ..at(State::Queued)
            },
            Broken::Worded,
        ),
        // Lost once, then missed.
        (
            Standing {
                parts_sent: 0,
                ..at(State::Missed)
            },
            Standing {
                parts_sent: 0,
                frozen: None,
                ..at(State::Queued)
            },
            Broken::Unfrozen,
        ),
        (
            at(State::Queued),
            Standing {
                frozen: Some(Frozen {
                    author: "other",
                    ..FROZEN
                }),
                ..at(State::Claimed)
            },
            Broken::Author,
        ),
        (
            at(State::Staged),
            Standing {
                frozen: Some(record("other")),
                ..at(State::Sending)
            },
            Broken::Record,
        ),
        (
            at(State::Queued),
            Standing {
                parts_sent: 0,
                ..at(State::Queued)
            },
            Broken::Unproved,
        ),
        (
            at(State::Queued),
            Standing {
                parts_sent: 2,
                ..at(State::Claimed)
            },
            Broken::Proof,
        ),
        (
            at(State::Unknown),
            Standing {
                parts_sent: 2,
                ..at(State::Unknown)
            },
            Broken::Proof,
        ),
        (
            Standing {
                frozen: None,
                ..at(State::Staged)
            },
            Standing {
                frozen: None,
                ..at(State::Sending)
            },
            Broken::Sending,
        ),
        (
            Standing {
                frozen: None,
                ..at(State::Staged)
            },
            Standing {
                frozen: Some(Frozen {
                    for_good: false,
                    ..FROZEN
                }),
                ..at(State::Sending)
            },
            Broken::Sending,
        ),
        (
            Standing {
                attempt: None,
                ..at(State::Staged)
            },
            Standing {
                attempt: None,
                ..at(State::Sending)
            },
            Broken::Sending,
        ),
        (
            at(State::Sending),
            Standing {
                has_receipt: false,
                ..at(State::Sent)
            },
            Broken::Receipt,
        ),
        (
            at(State::Sending),
            Standing {
                has_receipt: false,
                parts_sent: 2,
                attempt: Some("u"),
                ..at(State::Staged)
            },
            Broken::Receipt,
        ),
    ];
    for (from, to, broken) in cases {
        assert_eq!(may_become(&from, &to), Err(broken), "{from:?} to {to:?}");
    }
}

#[test]
fn what_must_be_possible_is() {
    let at = standing;
    let none_out = |state| Standing {
        parts_sent: 0,
        ..at(state)
    };
    for (from, to) in [
        (
            Standing {
                attempt: None,
                ..at(State::Queued)
            },
            at(State::Claimed),
        ),
        // The next part of a thread, with an attempt of its own.
        (
            at(State::Sending),
            Standing {
                attempt: Some("u"),
                parts_sent: 2,
                frozen: Some(UNTRIED),
                ..at(State::Staged)
            },
        ),
        // Its pictures' ids come into the record before its first try.
        (
            Standing {
                frozen: Some(UNTRIED),
                ..at(State::Staged)
            },
            Standing {
                frozen: Some(Frozen {
                    record: "with pictures",
                    ..FROZEN
                }),
                ..at(State::Sending)
            },
        ),
        (
            at(State::Unknown),
            Standing {
                parts_sent: 2,
                ..at(State::Queued)
            },
        ),
        (
            at(State::NeedsYou),
            Standing {
                has_receipt: false,
                ..at(State::Sent)
            },
        ),
        (
            Standing {
                frozen: Some(UNTRIED),
                ..none_out(State::Rejected)
            },
            Standing {
                frozen: None,
                revision: "s",
                ..none_out(State::Queued)
            },
        ),
        // Claimed, and taken back to be edited before it was sent: it is frozen anew at its next claim.
        (
            Standing {
                frozen: Some(Frozen {
                    for_good: false,
                    ..UNTRIED
                }),
                ..none_out(State::Claimed)
            },
            Standing {
                frozen: None,
                revision: "s",
                ..none_out(State::Queued)
            },
        ),
        // An answer that was lost proves nothing, and needs no receipt.
        (
            none_out(State::Sending),
            Standing {
                has_receipt: false,
                ..none_out(State::Unknown)
            },
        ),
        // Found to be there when it was approved in a copy.
        (
            Standing {
                has_receipt: false,
                ..none_out(State::Held)
            },
            at(State::Sent),
        ),
    ] {
        assert_eq!(may_become(&from, &to), Ok(()), "{from:?} to {to:?}");
    }
}

#[test]
fn what_was_written_is_never_shown() {
    let shown = format!("{FROZEN:?}");
    assert_eq!(shown, "Frozen { bytes: 6, for_good: true, tried: true, .. }");
}
