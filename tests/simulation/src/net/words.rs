//! What a server says before it has looked at what it is sent.

use jiff::{SignedDuration, Timestamp};
use kossori_core::answer::{Answer, Refusal};
use kossori_engine::ports::CallError;

use super::{Caller, State};

impl State {
    /// What a server says to a call that publishes nothing.
    pub(super) fn word(&mut self, now: Timestamp, kind: &str, caller: &Caller<'_>) -> Result<(), CallError> {
        self.counts.signed_out += u64::from(self.is_revoked(caller.author));
        let bumpiness = match self.bumpiness {
            0 => 0,
            // Pictures are long.
            bumpiness if kind == "upload" => bumpiness + 10,
            bumpiness => bumpiness,
        };
        let said = if self.offline {
            self.counts.offline += 1;
            Err(CallError::Offline)
        } else if let Some(how) = self.is_away(caller.server) {
            self.counts.away += 1;
            Err(how)
        } else if self.refuses(caller.author, now) {
            Err(CallError::RateLimit {
                retry_after: Some(SignedDuration::from_secs(60)),
            })
        } else if kind != "refresh" && !self.takes(caller.author, caller.tokens, now) {
            Err(CallError::Token {
                code: "expired".to_owned(),
                words: String::new(),
            })
        } else if self.luck.percent(bumpiness) {
            self.counts.stumbled += 1;
            match self.luck.below(4) {
                3 => Err(CallError::Refused {
                    status: 403,
                    code: "not_now".to_owned(),
                    words: String::new(),
                }),
                0 => Err(CallError::Offline),
                1 => Err(CallError::Unclear { status: Some(503) }),
                _ => Err(CallError::Unclear { status: None }),
            }
        } else {
            Ok(())
        };
        self.counts.failed_uploads += u64::from(kind == "upload" && said.is_err());
        said
    }

    /// What keeps a post call from being taken, whatever it would meet.
    pub(super) fn word_on_posting(&mut self, now: Timestamp, caller: &Caller<'_>) -> Result<(), Answer> {
        self.counts.signed_out += u64::from(self.is_revoked(caller.author));
        let wait = |retry_after| Answer::Refused {
            status: 429,
            kind: Refusal::RateLimit { retry_after },
            code: "code_429".to_owned(),
            words: String::new(),
        };
        if self.offline {
            self.counts.offline += 1;
            return Err(Answer::NeverLeft);
        }
        if let Some(how) = self.is_away(caller.server) {
            self.counts.away += 1;
            return Err(match how {
                CallError::RateLimit { retry_after } => wait(retry_after),
                _ => Answer::NeverLeft,
            });
        }
        if self.refuses(caller.author, now) {
            return Err(wait(Some(SignedDuration::from_secs(60))));
        }
        if !self.takes(caller.author, caller.tokens, now) {
            return Err(refused(401, Refusal::Token));
        }
        Ok(())
    }

    fn is_away(&self, server: &str) -> Option<CallError> {
        let (_, how) = self.away.as_ref().filter(|(away, _)| away == server)?;
        Some(how.clone())
    }

    fn refuses(&self, author: &str, now: Timestamp) -> bool {
        self.refuses_until.get(author).is_some_and(|until| now < *until)
    }
}

pub fn refused(status: u16, kind: Refusal) -> Answer {
    Answer::Refused {
        status,
        kind,
        code: format!("code_{status}"),
        words: String::new(),
    }
}
