//! What becomes of a post call.

use jiff::{SignedDuration, Timestamp};
use kossori_core::answer::{Answer, Refusal};
use tokio::sync::oneshot;

use super::lists::Keys;
use super::{HELD_AT_MOST, Parcel, Reply, State, Then, refused};

/// What goes wrong with one post call, or with what is around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fate {
    Fine,
    NeverLeft,
    LostBeforeCommit,
    LostAfterCommit,
    /// Held for minutes, and delivered after the client has given up.
    DeliveredLate,
    /// The same request arrives twice.
    DeliveredTwice,
    ErrorBeforeCommit,
    ErrorAfterCommit,
    /// The commit takes most of the limit.
    SlowCommit,
    /// The answer comes after the limit.
    SlowAnswer,
    /// The connection stays open and nothing ever comes.
    Silent,
    Garbage,
    WrongAuthor,
    WiderVisibility,
    RateLimit,
    TokenRefused,
    /// Taken, and answered as a duplicate.
    CalledDuplicate,
    Refused,
    OutOfCredit,
}

impl Fate {
    pub const ALL: [Fate; 18] = [
        Fate::NeverLeft,
        Fate::LostBeforeCommit,
        Fate::LostAfterCommit,
        Fate::DeliveredLate,
        Fate::DeliveredTwice,
        Fate::ErrorBeforeCommit,
        Fate::ErrorAfterCommit,
        Fate::SlowCommit,
        Fate::SlowAnswer,
        Fate::Silent,
        Fate::Garbage,
        Fate::WrongAuthor,
        Fate::WiderVisibility,
        Fate::RateLimit,
        Fate::TokenRefused,
        Fate::CalledDuplicate,
        Fate::Refused,
        Fate::OutOfCredit,
    ];
}

impl State {
    pub(super) fn draw(&mut self, keys: Keys, visibility: &str) -> Fate {
        if let Some(fate) = self.next_fate.take() {
            return fate;
        }
        let roughness = self.roughness;
        if !self.luck.percent(roughness) {
            return Fate::Fine;
        }
        // What few posts can meet comes as often as the rest.
        if visibility != "public" && self.luck.percent(25) {
            return Fate::WiderVisibility;
        }
        let fate = *self.luck.of(&Fate::ALL);
        match fate {
            Fate::WiderVisibility if visibility == "public" => Fate::LostAfterCommit,
            // A server that forgets keys makes two of it, whatever the client does: no TCP delivers twice, and what a
            // broken proxy does is not the client's.
            Fate::DeliveredTwice if keys != Keys::ForEver && keys != Keys::ForAnHour => Fate::LostAfterCommit,
            fate => fate,
        }
    }

    /// What becomes of a post call that leaves now. An error: it did not.
    pub(super) fn send(
        &mut self,
        now: Timestamp,
        fate: Fate,
        parcel: Parcel,
    ) -> Result<oneshot::Receiver<Answer>, Answer> {
        if fate == Fate::NeverLeft {
            return Err(Answer::NeverLeft);
        }
        let (tell, told) = oneshot::channel();
        let course = self.course(now, fate, parcel);
        for (at, parcel) in course.commits {
            self.at(at, Then::Commit(parcel));
        }
        self.at(course.answer.0, Then::Answer(tell, course.answer.1));
        Ok(told)
    }

    fn course(&mut self, now: Timestamp, fate: Fate, parcel: Parcel) -> Course {
        let commit_at = now + self.luck.seconds(0, 2);
        let answer_at = commit_at + self.luck.seconds(0, 2);
        let posted = Reply::to(&parcel);
        let lost = Reply::Plain(Answer::Unclear { status: None });
        let unclear = |status: u16| Reply::Plain(Answer::Unclear { status: Some(status) });
        let by_fate = Parcel {
            by_fate: Some(fate),
            ..parcel.clone()
        };
        let taken = vec![(commit_at, parcel)];
        let (commits, answer) = match fate {
            Fate::Fine => (taken, (answer_at, posted)),
            Fate::NeverLeft | Fate::LostBeforeCommit => (Vec::new(), (answer_at, lost)),
            Fate::LostAfterCommit => (taken, (answer_at, lost)),
            Fate::DeliveredLate => {
                let late = now + self.luck.seconds(31, HELD_AT_MOST.as_secs());
                // Half of the time the connection breaks at once, half of the time nobody hears anything.
                let answer = if self.luck.percent(50) {
                    (answer_at, lost)
                } else {
                    (now + HELD_AT_MOST, posted)
                };
                (vec![(late, by_fate)], answer)
            }
            Fate::DeliveredTwice => {
                let mut twice = taken;
                twice.push((commit_at + self.luck.seconds(0, 120), by_fate));
                (
                    twice,
                    (answer_at, if self.luck.percent(50) { posted } else { lost }),
                )
            }
            Fate::ErrorBeforeCommit => {
                let status = *self.luck.of(&[500, 502, 503, 504]);
                (Vec::new(), (answer_at, unclear(status)))
            }
            Fate::ErrorAfterCommit => {
                let status = *self.luck.of(&[500, 502, 503, 504]);
                (taken, (answer_at, unclear(status)))
            }
            Fate::SlowCommit => {
                let slow = now + self.luck.seconds(20, 29);
                let answer_at = slow + self.luck.seconds(0, 5);
                let slowly = taken.into_iter().map(|(_, parcel)| (slow, parcel));
                (slowly.collect(), (answer_at, posted))
            }
            Fate::SlowAnswer => (taken, (commit_at + self.luck.seconds(31, 90), posted)),
            Fate::Silent => {
                // The connection stays up for longer than anybody should wait for it.
                let never = now + SignedDuration::from_hours(24 * 365);
                (self.perhaps(taken), (never, lost))
            }
            Fate::Garbage => (self.perhaps(taken), (answer_at, unclear(200))),
            Fate::WrongAuthor => {
                let theirs = Parcel {
                    author: "somebody-else".to_owned(),
                    ..by_fate
                };
                let answer = (answer_at, Reply::to(&theirs));
                (vec![(commit_at, theirs)], answer)
            }
            Fate::WiderVisibility => {
                let wider = Parcel {
                    visibility: "public".to_owned(),
                    ..by_fate
                };
                let mut answer = Reply::to(&wider);
                if let Reply::Posted { visibility, .. } = &mut answer {
                    *visibility = Some("public".to_owned());
                }
                (vec![(commit_at, wider)], (answer_at, answer))
            }
            Fate::RateLimit => {
                let wait = self.luck.seconds(1, 7_200);
                self.refuses_until.insert(by_fate.author, now + wait);
                let kind = Refusal::RateLimit {
                    retry_after: Some(wait),
                };
                (Vec::new(), (answer_at, Reply::Plain(refused(429, kind))))
            }
            Fate::TokenRefused => {
                if let Some(access) = self.access.get_mut(&by_fate.author) {
                    access.good_until = now;
                }
                let refused = refused(401, Refusal::Token);
                (Vec::new(), (answer_at, Reply::Plain(refused)))
            }
            Fate::CalledDuplicate => {
                let refused = refused(409, Refusal::Duplicate);
                (taken, (answer_at, Reply::Plain(refused)))
            }
            Fate::Refused => {
                let status = *self.luck.of(&[400, 403, 413, 422]);
                let refused = refused(status, Refusal::Other);
                (Vec::new(), (answer_at, Reply::Plain(refused)))
            }
            Fate::OutOfCredit => {
                let refused = refused(402, Refusal::OutOfCredit);
                (Vec::new(), (answer_at, Reply::Plain(refused)))
            }
        };
        Course { commits, answer }
    }

    fn perhaps<T>(&mut self, taken: Vec<T>) -> Vec<T> {
        if self.luck.percent(50) { taken } else { Vec::new() }
    }
}

/// What happens at the server, and what the client would hear.
struct Course {
    commits: Vec<(Timestamp, Parcel)>,
    answer: (Timestamp, Reply),
}
