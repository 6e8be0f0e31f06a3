//! What may become of a stored delivery, whoever asks for it (RULES.md 3): the last word before a row is written, in
//! every build. The engine takes its steps from the table; this refuses what no step could have made.

use super::{State, Step, step};

/// What counts of a delivery's row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing<'a> {
    pub state: State,
    pub account: &'a str,
    pub revision: &'a str,
    pub attempt: Option<&'a str>,
    pub frozen: Option<Frozen<'a>>,
    pub parts_sent: u32,
    pub has_receipt: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Frozen<'a> {
    pub record: &'a str,
    pub author: &'a str,
    pub for_good: bool,
    /// The post call of the part at hand was made and may have been taken.
    pub tried: bool,
}

/// Holds what was written: its size is shown, never the words.
impl std::fmt::Debug for Frozen<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Frozen")
            .field("bytes", &self.record.len())
            .field("for_good", &self.for_good)
            .field("tried", &self.tried)
            .finish_non_exhaustive()
    }
}

/// The rule that a change would break.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    #[error("no step leads from the one state to the other")]
    Step,
    #[error("a delivery keeps its account")]
    Account,
    #[error("an attempt keeps its id")]
    Attempt,
    #[error("what was frozen for good stays")]
    Unfrozen,
    #[error("what was frozen for good is not worded anew")]
    Worded,
    #[error("a record that may have been taken is not replaced")]
    Record,
    #[error("what was frozen keeps its author")]
    Author,
    #[error("a proved part stays proved")]
    Unproved,
    #[error("only a proof counts a part as sent")]
    Proof,
    #[error("nothing is sent without an attempt and a record that is frozen for good")]
    Sending,
    #[error("nothing is sent without a receipt")]
    Receipt,
}

/// May `from` become `to` in one write?
///
/// # Errors
/// The first rule that it breaks. Nothing is to be written then.
pub fn may_become(from: &Standing<'_>, to: &Standing<'_>) -> Result<(), Broken> {
    use State::{Claimed, Missed, NeedsYou, Rejected, Sending, Sent, Staged, Unknown};
    let stays = from.state == to.state && !from.state.is_final() && from.state != Sending;
    if !stays
        && !Step::ALL
            .into_iter()
            .any(|by| step(from.state, by) == Ok(to.state))
    {
        return Err(Broken::Step);
    }
    if from.account != to.account {
        return Err(Broken::Account);
    }
    let may_be_new = to.state == Claimed && !stays || (from.state, to.state) == (Sending, Staged);
    if from.attempt != to.attempt && !may_be_new {
        return Err(Broken::Attempt);
    }
    // Plainly turned away, or never in time: it begins anew, if nothing of it is out or may be.
    let tried = from.frozen.is_some_and(|frozen| frozen.tried);
    let begins_anew = matches!(from.state, Rejected | Missed) && from.parts_sent == 0 && !tried;
    if let Some(before) = from.frozen.filter(|frozen| frozen.for_good && !begins_anew) {
        let after = to
            .frozen
            .filter(|frozen| frozen.for_good)
            .ok_or(Broken::Unfrozen)?;
        if from.revision != to.revision {
            return Err(Broken::Worded);
        }
        if before.author != after.author {
            return Err(Broken::Author);
        }
        // An upload tells the record of a part that was not tried yet.
        if before.tried && before.record != after.record {
            return Err(Broken::Record);
        }
    }
    if to.parts_sent < from.parts_sent {
        return Err(Broken::Unproved);
    }
    let may_prove = matches!(from.state, Sending | Unknown | NeedsYou) && !stays;
    if to.parts_sent > from.parts_sent && !may_prove {
        return Err(Broken::Proof);
    }
    let ready = to.frozen.is_some_and(|frozen| frozen.for_good && frozen.tried) && to.attempt.is_some();
    if to.state == Sending && !ready {
        return Err(Broken::Sending);
    }
    // A person's word that it is there needs none.
    let proved = from.state == Sending && (to.state == Sent || to.parts_sent > from.parts_sent);
    if proved && !to.has_receipt {
        return Err(Broken::Receipt);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{Broken, Frozen, Standing, may_become};
    use crate::delivery::{State, Step, step};

    const FROZEN: Frozen<'static> = Frozen {
        record: "record",
        author: "author",
        for_good: true,
        tried: true,
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
        let untried = Frozen {
            tried: false,
            ..FROZEN
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
                    frozen: Some(untried),
                    ..at(State::Staged)
                },
            ),
            // Its pictures' ids come into the record before its first try.
            (
                Standing {
                    frozen: Some(untried),
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
                    frozen: Some(untried),
                    ..none_out(State::Rejected)
                },
                Standing {
                    frozen: None,
                    revision: "s",
                    ..none_out(State::Queued)
                },
            ),
        ] {
            assert_eq!(may_become(&from, &to), Ok(()), "{from:?} to {to:?}");
        }
    }
}
